// core/vm/import_finders.c: the finders that scripts put into sys.meta_path (PEP 451).
//
// Once importlib has been imported the library's own finders stand in that list too. They are never
// asked: what they would find, import.c finds. PathFinder's place among the others tells who is
// asked before that search and who after it; without it all are asked before. A spec that one of
// them returns is loaded by the library's importlib.
#include "core/vm/import_internal.h"

#include <string.h>

#include "core/object/list.h"
#include "core/object/str.h"
#include "core/vm/import.h"
#include "core/vm/runtime_state.h"

// Whether the library's importlib made it.
static bool is_of_library(ThreadState *ts, Value finder)
{
    OWNED Ref module = NO_REF;
    if (object_lookup_attribute(ts, finder, NAME(__module__), &module) != LOOKUP_FOUND) {
        exception_clear(ts);
        return false;
    }
    size_t size;
    const char *text = value_is_str(module.v) ? str_utf8(ts, module.v, &size) : NULL;
    return text != NULL && (strncmp(text, "importlib._bootstrap", 20) == 0 ||
                            strncmp(text, "_frozen_importlib", 17) == 0);
}

static bool is_path_finder(ThreadState *ts, Value finder)
{
    OWNED Ref name = NO_REF;
    if (object_lookup_attribute(ts, finder, NAME(__name__), &name) != LOOKUP_FOUND) {
        exception_clear(ts);
        return false;
    }
    return value_is_str(name.v) && str_equal_z(name.v, "PathFinder");
}

// The spec that a finder returns for a name; None: it does not know it.
static Ref ask(ThreadState *ts, Value finder, Value name, Value path)
{
    OWNED Ref find = NO_REF;
    Lookup l = object_lookup_attribute(ts, finder, NAME(find_spec), &find);
    if (l != LOOKUP_FOUND) {
        return l == LOOKUP_ERROR ? NO_REF : REF_NONE;
    }
    return object_call3(ts, find.v, name, path, VALUE_NONE);
}

static Ref load(ThreadState *ts, Value spec)
{
    // importlib itself first: it makes its parts ready.
    OWNED Ref importlib = import_module(ts, "importlib");
    OWNED Ref bootstrap = is_error(importlib) ? NO_REF : import_module(ts, "importlib._bootstrap");
    return is_error(bootstrap) ? NO_REF
                               : object_call_method_z(ts, bootstrap.v, "_load_unlocked", &spec, 1);
}

Lookup import_by_finders(ThreadState *ts, Value name, Value path, bool before_path, Ref *module)
{
    OWNED Ref finders = sys_attribute(ts, "meta_path");
    if (is_error(finders)) {
        return has_exception(ts) ? LOOKUP_ERROR : LOOKUP_ABSENT;
    }
    // A copy: a finder may change the list.
    OWNED Ref all = value_is_list(finders.v) ? sequence_list(ts, finders.v) : list_new(ts, 0);
    if (is_error(all)) {
        return LOOKUP_ERROR;
    }
    bool asked = before_path;
    for (size_t i = 0;; i++) {
        OWNED Ref finder = list_get(ts, list_from(all.v), i);
        if (is_error(finder)) {
            return LOOKUP_ABSENT;
        }
        if (is_of_library(ts, finder.v)) {
            if (is_path_finder(ts, finder.v)) {
                if (before_path) {
                    return LOOKUP_ABSENT;
                }
                asked = true;
            }
            continue;
        }
        if (!asked) {
            continue;
        }
        OWNED Ref spec = ask(ts, finder.v, name, path);
        if (is_error(spec)) {
            return LOOKUP_ERROR;
        }
        if (!value_is_none(spec.v)) {
            *module = load(ts, spec.v);
            return is_error(*module) ? LOOKUP_ERROR : LOOKUP_FOUND;
        }
    }
}
