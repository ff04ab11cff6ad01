// core/vm/import_finders.c: the finders that scripts put into sys.meta_path (PEP 451).
//
// The library's own finders stand in that list too, before importlib has been imported a stand-in.
// They are never asked: what they would find, import.c finds. PathFinder's or the stand-in's place
// among the others tells who is asked before that search and who after it; without it all are asked
// before. A spec that one of them returns is loaded by the library's importlib, whose own parts no
// finder of a script is asked for.
#include "core/vm/import_internal.h"

#include <string.h>

#include "core/object/list.h"
#include "core/object/str.h"
#include "core/vm/import.h"
#include "core/vm/runtime_state.h"

// The text of a finder's attribute; NULL: it has none.
static const char *text_of(ThreadState *ts, Value finder, Value name, Ref *keep)
{
    if (object_lookup_attribute(ts, finder, name, keep) == LOOKUP_ERROR) {
        exception_clear(ts); // it is a stranger then
    }
    size_t size;
    return !is_error(*keep) && value_is_str(keep->v) ? str_utf8(ts, keep->v, &size) : NULL;
}

static bool is_path_finder(ThreadState *ts, Value finder)
{
    OWNED Ref name = NO_REF;
    const char *text = text_of(ts, finder, NAME(__name__), &name);
    return text != NULL && strcmp(text, "PathFinder") == 0;
}

static bool is_stand_in(ThreadState *ts, Value finder)
{
    return value_is_kind(finder, KIND_SIMPLE_NAMESPACE) && is_path_finder(ts, finder);
}

Ref finder_stand_in(ThreadState *ts)
{
    OWNED Ref made = object_call0(ts, type_value(TYPE_OF_KIND(SIMPLE_NAMESPACE)));
    OWNED Ref name = is_error(made) ? NO_REF : str_from_z(ts, "PathFinder");
    return is_error(name) ||
                   object_set_attribute(ts, made.v, NAME(__name__), name.v) == STATUS_ERROR
               ? NO_REF
               : ref_take(&made);
}

Status finders_of_library_to_their_place(ThreadState *ts, Value meta_path)
{
    List *list = value_is_list(meta_path) ? list_from(meta_path) : NULL;
    size_t count = list != NULL ? list_size(list) : 0;
    for (size_t i = 0; i + 2 < count; i++) {
        OWNED Ref finder = list_get(ts, list, i);
        if (is_error(finder) || !is_stand_in(ts, finder.v)) {
            continue;
        }
        OWNED Ref last = list_take(ts, list, count - 1);
        OWNED Ref first = is_error(last) ? NO_REF : list_take(ts, list, count - 2);
        OWNED Ref stand_in = is_error(first) ? NO_REF : list_take(ts, list, i);
        return is_error(stand_in) || list_insert(ts, list, (int64_t)i, last.v) == STATUS_ERROR
                   ? STATUS_ERROR
                   : list_insert(ts, list, (int64_t)i, first.v);
    }
    return STATUS_OK;
}

// The stand-in, or made by the library's importlib.
static bool is_of_library(ThreadState *ts, Value finder)
{
    OWNED Ref module = NO_REF;
    const char *text = text_of(ts, finder, NAME(__module__), &module);
    return is_stand_in(ts, finder) ||
           (text != NULL && (strncmp(text, "importlib._bootstrap", 20) == 0 ||
                             strncmp(text, "_frozen_importlib", 17) == 0));
}

// Scripts' finders need it themselves.
static bool is_part_of_importlib(ThreadState *ts, Value name)
{
    size_t size;
    const char *text = str_utf8(ts, name, &size);
    return text != NULL &&
           (strcmp(text, "importlib") == 0 || strncmp(text, "importlib.", 10) == 0 ||
            strncmp(text, "_frozen_importlib", 17) == 0);
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
    if (is_error(finders) || is_part_of_importlib(ts, name)) {
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
