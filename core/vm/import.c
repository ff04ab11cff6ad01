// core/vm/import.c: finding modules and running their code, once each, whatever threads ask.
//
//  1. import_name resolves a relative name against the package of the importing module.
//  2. Every part of a dotted name is looked up in sys.modules; a missing one is found: a
//     module written in C, or along sys.path (a package's parts: along its __path__) a
//     folder with __init__.py, a file NAME.py, or folders without __init__.py, which
//     together are a namespace package. Finders of scripts: import_finders.c.
//  3. Its code runs while the module is entered in sys.modules already. A Loading record keeps
//     other threads waiting until it is done; threads that wait for each other in a circle get the
//     module as it is, as CPython's importlib does.
#include "core/vm/import.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/object/bytes.h"
#include "core/object/exception.h"
#include "core/object/function.h"
#include "core/object/list.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/vm/code_store.h"
#include "core/vm/frame.h"
#include "core/vm/import_internal.h"
#include "core/vm/runtime_state.h"
#include "gil/wait.h"

#define MODULE(name, spec) extern const ModuleSpec spec __attribute__((weak));
#include "core/modules/modules.def"
#undef MODULE

static const struct {
    const char *name;
    const ModuleSpec *spec;
} native_modules[] = {
#define MODULE(name, spec) {#name, &spec},
#include "core/modules/modules.def"
#undef MODULE
};

static Dict *modules(void) { return dict_from(runtime_state.modules.v); }

// --- Modules in C --------------------------------------------------------------------------------

static const ModuleSpec *find_native(const char *name)
{
    for (size_t i = 0; i < ARRAY_LENGTH(native_modules); i++) {
        if (native_modules[i].spec != NULL && strcmp(native_modules[i].name, name) == 0) {
            return native_modules[i].spec;
        }
    }
    return NULL;
}

static Status add_functions(ThreadState *ts, Value module, Value name, const NativeDef *functions)
{
    for (const NativeDef *def = functions; def != NULL && def->name != NULL; def++) {
        OWNED Ref f = native_function_new(ts, def, module, name);
        if (is_error(f) || module_add(ts, module, def->name, f.v) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    return STATUS_OK;
}

static Status change_modules(ThreadState *ts, Value name, Value module);

Ref import_native_module(ThreadState *ts, const char *text)
{
    const ModuleSpec *spec = find_native(text);
    if (spec == NULL) {
        return NO_REF;
    }
    OWNED Ref name = str_intern_z(ts, text);
    OWNED Ref module = is_error(name) ? NO_REF : module_new(ts, name.v);
    if (is_error(module)) {
        return NO_REF;
    }
    OWNED Ref doc = spec->doc != NULL ? str_from_z(ts, spec->doc) : REF_NONE;
    Dict *d = module_dict(module.v);
    OWNED Ref package = str_empty();
    if (is_error(doc) || dict_set(ts, d, NAME(__doc__), doc.v) == STATUS_ERROR ||
        dict_set(ts, d, NAME(__package__), package.v) == STATUS_ERROR ||
        dict_set(ts, d, NAME(__loader__), VALUE_NONE) == STATUS_ERROR ||
        dict_set(ts, d, NAME(__spec__), VALUE_NONE) == STATUS_ERROR ||
        add_functions(ts, module.v, name.v, spec->functions) == STATUS_ERROR ||
        (spec->setup != NULL && spec->setup(ts, module.v) == STATUS_ERROR) ||
        change_modules(ts, name.v, module.v) == STATUS_ERROR) {
        return NO_REF;
    }
    return ref_take(&module);
}

// --- Loading records -----------------------------------------------------------------------------

typedef struct Loading {
    struct Loading *next;
    Value name;     // kept alive by the loader
    uint64_t owner; // serial of the thread that loads
    uint32_t waiters;
    bool done;
    Event finished;
} Loading;

typedef struct Waiting {
    struct Waiting *next;
    uint64_t thread;
    Loading *on;
} Waiting;

static Mutex loading_mutex;
static Loading *loadings;
static uint32_t loading_count; // atomic: spares everybody the mutex while nothing is being loaded
static Waiting *waitings;

static Loading *find_loading(Value name)
{
    for (Loading *l = loadings; l != NULL; l = l->next) {
        if (!l->done && str_equal(l->name, name)) {
            return l;
        }
    }
    return NULL;
}

// Would waiting for `l` close a circle? loading_mutex is held.
static bool closes_circle(Loading *l, uint64_t me)
{
    for (int steps = 0; steps < 1000; steps++) {
        if (l->owner == me) {
            return true;
        }
        Waiting *w = waitings;
        while (w != NULL && w->thread != l->owner) {
            w = w->next;
        }
        // A waiter whose module is loaded goes on; it has only not been woken yet.
        if (w == NULL || w->on->done) {
            return false;
        }
        l = w->on;
    }
    return true;
}

static void unlink_waiting(Waiting *w)
{
    Waiting **place = &waitings;
    while (*place != w) {
        place = &(*place)->next;
    }
    *place = w->next;
}

// Another thread loads `name`: waits until it is done, unless that would never happen.
static Status wait_for_loading(ThreadState *ts, Value name)
{
    mutex_lock(&loading_mutex);
    Loading *l = find_loading(name);
    if (l == NULL || closes_circle(l, ts->serial)) {
        mutex_unlock(&loading_mutex);
        return STATUS_OK;
    }
    Waiting w = {.next = waitings, .thread = ts->serial, .on = l};
    waitings = &w;
    l->waiters++;
    mutex_unlock(&loading_mutex);
    WaitResult r = event_wait(ts, &l->finished, WAIT_FOREVER);
    mutex_lock(&loading_mutex);
    unlink_waiting(&w);
    bool last = --l->waiters == 0 && l->done;
    mutex_unlock(&loading_mutex);
    if (last) {
        free(l);
    }
    return r == WAIT_ERROR ? STATUS_ERROR : STATUS_OK;
}

// The library's importlib walks over sys.modules as it is loaded, which in CPython happens before
// there are threads. So nobody else begins to load a module meanwhile, and who has begun waits
// before it changes sys.modules.
static Status wait_for_importlib(ThreadState *ts)
{
    return atomic_load_acquire(&loading_count) != 0 ? wait_for_loading(ts, NAME(importlib))
                                                    : STATUS_OK;
}

// sys.modules[name] = module, or del sys.modules[name] for NO_VALUE. The mutex keeps importlib from
// beginning in between; what the name stood for is dropped after it.
static Status change_modules(ThreadState *ts, Value name, Value module)
{
    OWNED Ref old = NO_REF;
    if (dict_get(ts, modules(), name, &old) == LOOKUP_ERROR) {
        return STATUS_ERROR;
    }
    for (;;) {
        mutex_lock(&loading_mutex);
        Loading *l = find_loading(NAME(importlib));
        if (l == NULL || closes_circle(l, ts->serial)) {
            break;
        }
        mutex_unlock(&loading_mutex);
        if (wait_for_loading(ts, NAME(importlib)) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    Status status = STATUS_OK;
    if (!is_no_value(module)) {
        status = dict_set(ts, modules(), name, module);
    } else if (dict_delete(ts, modules(), name) == LOOKUP_ERROR) {
        status = STATUS_ERROR;
    }
    mutex_unlock(&loading_mutex);
    return status;
}

// NULL: somebody else loads it already (*busy), or out of memory.
static Loading *begin_loading(ThreadState *ts, Value name, bool *busy)
{
    Loading *l = calloc(1, sizeof *l);
    if (l == NULL) {
        raise_no_memory(ts);
        return NULL;
    }
    mutex_lock(&loading_mutex);
    *busy = find_loading(name) != NULL;
    if (!*busy) {
        l->name = name;
        l->owner = ts->serial;
        l->next = loadings;
        loadings = l;
        atomic_add_release(&loading_count, 1u);
    }
    mutex_unlock(&loading_mutex);
    if (*busy) {
        free(l);
        return NULL;
    }
    return l;
}

static void end_loading(Loading *l)
{
    mutex_lock(&loading_mutex);
    Loading **place = &loadings;
    while (*place != l) {
        place = &(*place)->next;
    }
    *place = l->next;
    atomic_add_release(&loading_count, (uint32_t)-1);
    l->done = true;
    bool nobody = l->waiters == 0;
    if (!nobody) {
        event_set(&l->finished);
    }
    mutex_unlock(&loading_mutex);
    if (nobody) {
        free(l);
    }
}

// --- Finding -------------------------------------------------------------------------------------

typedef struct Found {
    char *file;   // source, or NULL for a namespace package
    char *folder; // of a package, or NULL
    Ref portions; // list of folders of a namespace package
} Found;

static void found_free(Found *f)
{
    free(f->file);
    free(f->folder);
    ref_drop(&f->portions);
    *f = (Found){NULL, NULL, NO_REF};
}

static char *join_path(const char *folder, const char *name, const char *tail)
{
    size_t n = strlen(folder);
    bool slash = n > 0 && folder[n - 1] != '/';
    char *path = malloc(n + strlen(name) + strlen(tail) + 2);
    if (path != NULL) {
        sprintf(path, "%s%s%s%s", folder, slash ? "/" : "", name, tail);
    }
    return path;
}

static bool is_file(const char *path)
{
    struct stat s;
    return stat(path, &s) == 0 && S_ISREG(s.st_mode);
}

static bool is_folder(const char *path)
{
    struct stat s;
    return stat(path, &s) == 0 && S_ISDIR(s.st_mode);
}

// Looks into one entry of a search path. 1: found; 0: not here; -1: out of memory.
static int look_into(ThreadState *ts, const char *entry, const char *name, Found *f)
{
    char *folder = join_path(entry, name, "");
    char *init = join_path(entry, name, "/__init__.py");
    char *file = join_path(entry, name, ".py");
    int result = 0;
    if (folder == NULL || init == NULL || file == NULL) {
        raise_no_memory(ts);
        result = -1;
    } else if (is_file(init)) {
        f->file = init;
        f->folder = folder;
        init = folder = NULL;
        result = 1;
    } else if (is_file(file)) {
        f->file = file;
        file = NULL;
        result = 1;
    } else if (is_folder(folder)) {
        if (is_error(f->portions)) {
            f->portions = list_new(ts, 1);
        }
        OWNED Ref portion = str_from_z(ts, folder);
        if (is_error(f->portions) || is_error(portion) ||
            list_append(ts, list_from(f->portions.v), portion.v) == STATUS_ERROR) {
            result = -1;
        }
    }
    free(folder);
    free(init);
    free(file);
    return result;
}

// Searches a list of folders (sys.path or a package's __path__).
static int search_path(ThreadState *ts, Value path, const char *name, Found *f)
{
    OWNED Ref entries = sequence_list(ts, path);
    if (is_error(entries)) {
        return -1;
    }
    for (size_t i = 0;; i++) {
        OWNED Ref entry = list_get(ts, list_from(entries.v), i);
        if (is_error(entry)) {
            break;
        }
        if (!value_is_str(entry.v)) {
            continue;
        }
        size_t size;
        const char *text = str_utf8(ts, entry.v, &size);
        if (text == NULL) {
            exception_clear(ts);
            continue;
        }
        int r = look_into(ts, size == 0 ? "." : text, name, f);
        if (r != 0) {
            if (r > 0) {
                ref_drop(&f->portions);
            }
            return r;
        }
    }
    return is_error(f->portions) ? 0 : 1;
}

// --- Making the module ---------------------------------------------------------------------------

static Status set_attribute(ThreadState *ts, Value module, Value name, Value value)
{
    return dict_set(ts, module_dict(module), name, value);
}

// importlib's own spec, with a loader. NO_REF without exception: importlib is not there yet, or has
// none for this file.
static Ref spec_by_importlib(ThreadState *ts, Value name, Value file)
{
    OWNED Ref external = NO_REF;
    if (dict_get_z(ts, modules(), "_frozen_importlib_external", &external) != LOOKUP_FOUND) {
        return NO_REF;
    }
    Value arguments[] = {name, file};
    Ref spec = object_call_method_z(ts, external.v, "spec_from_file_location", arguments, 2);
    return is_error(spec) || !value_is_none(spec.v) ? spec : NO_REF; // None: it is no source file
}

// A small stand-in for importlib's ModuleSpec.
static Ref make_spec(ThreadState *ts, Value name, Value parent, Value origin, Value locations)
{
    OWNED Ref spec = object_call0(ts, type_value(TYPE_OF_KIND(SIMPLE_NAMESPACE)));
    if (is_error(spec)) {
        return NO_REF;
    }
    const struct {
        const char *name;
        Value value;
    } fields[] = {{"name", name},
                  {"loader", VALUE_NONE},
                  {"origin", origin},
                  {"submodule_search_locations", locations},
                  {"cached", VALUE_NONE},
                  {"parent", parent},
                  {"has_location", bool_value(!value_is_none(origin))},
                  {"_initializing", VALUE_FALSE}};
    for (size_t i = 0; i < ARRAY_LENGTH(fields); i++) {
        OWNED Ref field = str_intern_z(ts, fields[i].name);
        if (is_error(field) ||
            object_set_attribute(ts, spec.v, field.v, fields[i].value) == STATUS_ERROR) {
            return NO_REF;
        }
    }
    return ref_take(&spec);
}

static Status set_spec(ThreadState *ts, Value module, Value spec)
{
    OWNED Ref loader = object_get_attribute(ts, spec, NAME(loader));
    return is_error(loader) || set_attribute(ts, module, NAME(__spec__), spec) == STATUS_ERROR
               ? STATUS_ERROR
               : set_attribute(ts, module, NAME(__loader__), loader.v);
}

static Ref parent_of(ThreadState *ts, Value name, bool is_package)
{
    if (is_package) {
        return ref_new(name);
    }
    Str *s = str_from(name);
    for (size_t i = s->length; i-- > 0;) {
        if (str_char(s, i) == '.') {
            return str_substring(ts, name, 0, i);
        }
    }
    return str_empty();
}

static Status describe_module(ThreadState *ts, Value module, Value name, Found *f)
{
    bool is_package = f->folder != NULL || !is_error(f->portions);
    OWNED Ref parent = parent_of(ts, name, is_package);
    OWNED Ref file = f->file != NULL ? str_decode(ts, (const uint8_t *)f->file, strlen(f->file),
                                                  "utf-8", "surrogateescape")
                                     : REF_NONE;
    OWNED Ref locations = REF_NONE;
    if (f->folder != NULL) {
        OWNED Ref folder = str_decode(ts, (const uint8_t *)f->folder, strlen(f->folder), "utf-8",
                                      "surrogateescape");
        locations = is_error(folder) ? NO_REF : list_from_values(ts, &folder.v, 1);
    } else if (!is_error(f->portions)) {
        locations = ref_new(f->portions.v);
    }
    if (is_error(parent) || is_error(file) || is_error(locations)) {
        return STATUS_ERROR;
    }
    OWNED Ref spec = f->file != NULL ? spec_by_importlib(ts, name, file.v) : NO_REF;
    if (is_error(spec) && !has_exception(ts)) {
        spec = make_spec(ts, name, parent.v, file.v, locations.v);
    }
    if (is_error(spec) || set_spec(ts, module, spec.v) == STATUS_ERROR ||
        set_attribute(ts, module, NAME(__package__), parent.v) == STATUS_ERROR ||
        set_attribute(ts, module, NAME(__builtins__), runtime_state.builtins_dict.v) ==
            STATUS_ERROR ||
        (is_package && set_attribute(ts, module, NAME(__path__), locations.v) == STATUS_ERROR) ||
        (f->file != NULL &&
         (set_attribute(ts, module, NAME(__file__), file.v) == STATUS_ERROR ||
          set_attribute(ts, module, NAME(__cached__), VALUE_NONE) == STATUS_ERROR))) {
        return STATUS_ERROR;
    }
    return STATUS_OK;
}

// Gives a module that was loaded before importlib the spec and the loader that it would have now.
static Status renew_spec(ThreadState *ts, Value name, Value module)
{
    OWNED Ref old = NO_REF, file = NO_REF;
    if (!value_is_kind(module, KIND_MODULE) ||
        dict_get(ts, module_dict(module), NAME(__spec__), &old) != LOOKUP_FOUND ||
        !value_is_kind(old.v, KIND_SIMPLE_NAMESPACE) ||
        dict_get(ts, module_dict(module), NAME(__file__), &file) != LOOKUP_FOUND) {
        return has_exception(ts) ? STATUS_ERROR : STATUS_OK;
    }
    OWNED Ref spec = spec_by_importlib(ts, name, file.v);
    return is_error(spec) ? has_exception(ts) ? STATUS_ERROR : STATUS_OK
                          : set_spec(ts, module, spec.v);
}

static Status renew_specs(ThreadState *ts)
{
    OWNED Ref names = sequence_list(ts, value_of(modules()));
    for (size_t i = 0; !is_error(names); i++) {
        OWNED Ref name = list_get(ts, list_from(names.v), i);
        if (is_error(name)) {
            return STATUS_OK;
        }
        OWNED Ref module = NO_REF;
        Lookup l = dict_get(ts, modules(), name.v, &module);
        if (l == LOOKUP_ERROR ||
            (l == LOOKUP_FOUND && renew_spec(ts, name.v, module.v) == STATUS_ERROR)) {
            return STATUS_ERROR;
        }
    }
    return STATUS_ERROR;
}

// The library's importlib finds modules by finders in sys.meta_path and loads by its own rules.
// Finders are put there for those who ask them; what it loads, our machinery loads, so that
// there are no two of a kind.
static Status finish_importlib(ThreadState *ts)
{
    OWNED Ref bootstrap = import_module(ts, "importlib._bootstrap");
    OWNED Ref external =
        is_error(bootstrap) ? NO_REF : import_module(ts, "importlib._bootstrap_external");
    OWNED Ref imp = is_error(external) ? NO_REF : import_module(ts, "_imp");
    OWNED Ref load = NO_REF, finder = NO_REF;
    if (is_error(imp) ||
        dict_get_z(ts, module_dict(imp.v), "_find_and_load", &load) != LOOKUP_FOUND ||
        dict_set_z(ts, module_dict(bootstrap.v), "_find_and_load", load.v) == STATUS_ERROR ||
        dict_get_z(ts, module_dict(bootstrap.v), "BuiltinImporter", &finder) != LOOKUP_FOUND) {
        return STATUS_ERROR;
    }
    uint32_t magic = code_store_magic();
    OWNED Ref bytes = bytes_new(ts, (const uint8_t *)&magic, sizeof magic);
    OWNED Ref path = is_error(bytes) ? NO_REF : sys_attribute(ts, "meta_path");
    OWNED Ref added =
        is_error(path) ? NO_REF : object_call_method_z(ts, path.v, "append", &finder.v, 1);
    if (is_error(added) ||
        dict_set_z(ts, module_dict(external.v), "MAGIC_NUMBER", bytes.v) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    OWNED Ref done = object_call_method_z(ts, external.v, "_install", &bootstrap.v, 1);
    if (is_error(done) || finders_of_library_to_their_place(ts, path.v) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    // Under these names the library's zipimport knows them.
    return dict_set_z(ts, modules(), "_frozen_importlib", bootstrap.v) == STATUS_ERROR ||
                   dict_set_z(ts, modules(), "_frozen_importlib_external", external.v) ==
                       STATUS_ERROR
               ? STATUS_ERROR
               : renew_specs(ts);
}

// Runs the found code in a new module that is entered in sys.modules meanwhile. What stands there
// afterwards is the result: a module may replace itself.
static Ref load_found(ThreadState *ts, Value name, Found *f)
{
    OWNED Ref module = module_new(ts, name);
    if (is_error(module) || describe_module(ts, module.v, name, f) == STATUS_ERROR ||
        change_modules(ts, name, module.v) == STATUS_ERROR) {
        return NO_REF;
    }
    bool ok = true;
    if (f->file != NULL) {
        OWNED Ref filename =
            str_decode(ts, (const uint8_t *)f->file, strlen(f->file), "utf-8", "surrogateescape");
        OWNED Ref code = is_error(filename) ? NO_REF : code_for_file(ts, f->file, filename.v);
        OWNED Ref result = is_error(code)
                               ? NO_REF
                               : interpreter_run_code(ts, code.v, value_of(module_dict(module.v)),
                                                      NO_VALUE, NO_VALUE);
        ok = !is_error(result);
    }
    if (!ok || (str_equal_z(name, "importlib") && finish_importlib(ts) == STATUS_ERROR)) {
        OWNED Ref problem = exception_fetch(ts);
        if (change_modules(ts, name, NO_VALUE) == STATUS_ERROR) {
            exception_clear(ts);
        }
        exception_restore(ts, ref_take(&problem));
        return NO_REF;
    }
    Ref now = NO_REF;
    Lookup l = dict_get(ts, modules(), name, &now);
    return l == LOOKUP_FOUND ? now : l == LOOKUP_ABSENT ? ref_take(&module) : NO_REF;
}

static Ref raise_not_found(ThreadState *ts, Value name, Value parent, bool parent_is_no_package)
{
    OWNED Ref message =
        parent_is_no_package
            ? format_str(ts, "No module named %R; %R is not a package", name, parent)
            : format_str(ts, "No module named %R", name);
    return is_error(message)
               ? NO_REF
               : raise_import_error(ts, EXC_ModuleNotFoundError, message.v, name, VALUE_NONE);
}

// Finds and loads one module whose parent (NO_VALUE: none) is loaded.
static Ref find_and_load(ThreadState *ts, Value name, Value parent_name, Value parent)
{
    size_t size;
    const char *text = str_utf8(ts, name, &size);
    if (text == NULL) {
        return NO_REF;
    }
    Ref native = import_native_module(ts, text);
    if (!is_error(native) || has_exception(ts)) {
        return native;
    }
    OWNED Ref path = NO_REF;
    const char *last = text;
    if (is_no_value(parent)) {
        path = sys_attribute(ts, "path");
        if (is_error(path)) {
            return has_exception(ts)
                       ? NO_REF
                       : raise(ts, EXC_ImportError, "sys.path must be a list of directory names");
        }
    } else {
        Lookup l = object_lookup_attribute(ts, parent, NAME(__path__), &path);
        if (l != LOOKUP_FOUND) {
            return l == LOOKUP_ERROR ? NO_REF : raise_not_found(ts, name, parent_name, true);
        }
        const char *dot = strrchr(text, '.');
        last = dot != NULL ? dot + 1 : text;
    }
    Value package_path = is_no_value(parent) ? VALUE_NONE : path.v;
    Ref module = NO_REF;
    Lookup l = import_by_finders(ts, name, package_path, true, &module);
    if (l != LOOKUP_ABSENT) {
        return module;
    }
    Found f = {NULL, NULL, NO_REF};
    int r = search_path(ts, path.v, last, &f);
    if (r > 0) {
        module = load_found(ts, name, &f);
    } else if (r == 0 &&
               import_by_finders(ts, name, package_path, false, &module) == LOOKUP_ABSENT) {
        module = raise_not_found(ts, name, parent_name, false);
    }
    found_free(&f);
    return module;
}

// sys.modules[name], waiting for another thread that is loading it. LOOKUP_ABSENT: to be loaded.
static Lookup get_loaded(ThreadState *ts, Value name, Ref *out)
{
    Lookup l = dict_get(ts, modules(), name, out);
    if (l != LOOKUP_FOUND) {
        return l;
    }
    if (value_is_none(out->v)) {
        ref_drop(out);
        OWNED Ref message = format_str(ts, "import of %U halted; None in sys.modules", name);
        if (!is_error(message)) {
            raise_import_error(ts, EXC_ModuleNotFoundError, message.v, name, VALUE_NONE);
        }
        return LOOKUP_ERROR;
    }
    if (atomic_load_acquire(&loading_count) != 0 && wait_for_loading(ts, name) == STATUS_ERROR) {
        ref_drop(out);
        return LOOKUP_ERROR;
    }
    return LOOKUP_FOUND;
}

// One module by its full name, its parents first.
static Ref import_absolute(ThreadState *ts, Value name)
{
    Ref found = NO_REF;
    Lookup l = get_loaded(ts, name, &found);
    if (l != LOOKUP_ABSENT) {
        return l == LOOKUP_FOUND ? found : NO_REF;
    }
    if (enter_native(ts, " while importing") == STATUS_ERROR) {
        return NO_REF;
    }
    OWNED Ref parent_name = parent_of(ts, name, false);
    if (is_error(parent_name)) {
        return NO_REF;
    }
    OWNED Ref parent = NO_REF;
    bool has_parent = str_length(parent_name.v) > 0;
    if (has_parent) {
        parent = import_absolute(ts, parent_name.v);
        if (is_error(parent)) {
            return NO_REF;
        }
        l = get_loaded(ts, name, &found); // the parent's code may have imported it
        if (l != LOOKUP_ABSENT) {
            return l == LOOKUP_FOUND ? found : NO_REF;
        }
    }
    if (wait_for_importlib(ts) == STATUS_ERROR) {
        return NO_REF;
    }
    bool busy = false;
    Loading *loading = begin_loading(ts, name, &busy);
    if (loading == NULL) {
        if (!busy || wait_for_loading(ts, name) == STATUS_ERROR) {
            return NO_REF;
        }
        l = dict_get(ts, modules(), name, &found);
        return l == LOOKUP_FOUND   ? found
               : l == LOOKUP_ERROR ? NO_REF
                                   : find_and_load(ts, name, parent_name.v, parent.v);
    }
    // Another thread may have loaded it since we looked.
    l = dict_get(ts, modules(), name, &found);
    if (l != LOOKUP_ABSENT) {
        end_loading(loading);
        return l == LOOKUP_FOUND ? found : NO_REF;
    }
    OWNED Ref module = find_and_load(ts, name, parent_name.v, parent.v);
    if (!is_error(module) && has_parent) {
        // Before the others stop waiting: they count on the parent's attribute.
        size_t at = str_length(parent_name.v) + 1;
        Ref last = str_substring(ts, name, at, str_length(name));
        OWNED Ref attribute = is_error(last) ? NO_REF : str_intern(ts, last);
        if (is_error(attribute) ||
            object_set_attribute(ts, parent.v, attribute.v, module.v) == STATUS_ERROR) {
            exception_clear(ts);
        }
    }
    end_loading(loading);
    return ref_take(&module);
}

Ref import_full_name(ThreadState *ts, Value name)
{
    OWNED Ref interned = str_intern(ts, ref_new(name));
    return is_error(interned) ? NO_REF : import_absolute(ts, interned.v);
}

Ref import_module(ThreadState *ts, const char *dotted)
{
    OWNED Ref name = str_intern_z(ts, dotted);
    return is_error(name) ? NO_REF : import_absolute(ts, name.v);
}

// --- The statement -------------------------------------------------------------------------------

// The package that a relative import starts from.
static Ref package_of(ThreadState *ts, Value globals)
{
    if (!value_is_dict(globals)) {
        return raise(ts, EXC_KeyError, "'__name__' not in globals");
    }
    OWNED Ref package = NO_REF;
    Lookup l = dict_get(ts, dict_from(globals), NAME(__package__), &package);
    if (l == LOOKUP_FOUND && value_is_str(package.v)) {
        return ref_take(&package);
    }
    if (l == LOOKUP_FOUND && !value_is_none(package.v)) {
        return raise(ts, EXC_TypeError, "package must be a string");
    }
    OWNED Ref name = NO_REF;
    OWNED Ref path = NO_REF;
    if (dict_get(ts, dict_from(globals), NAME(__name__), &name) != LOOKUP_FOUND ||
        !value_is_str(name.v)) {
        return has_exception(ts) ? NO_REF : raise(ts, EXC_KeyError, "'__name__' not in globals");
    }
    bool is_package = dict_get(ts, dict_from(globals), NAME(__path__), &path) == LOOKUP_FOUND;
    return parent_of(ts, name.v, is_package);
}

static Ref resolve_relative(ThreadState *ts, Value name, Value globals, int level)
{
    OWNED Ref package = package_of(ts, globals);
    if (is_error(package)) {
        return NO_REF;
    }
    if (str_length(package.v) == 0) {
        return raise(ts, EXC_ImportError, "attempted relative import with no known parent package");
    }
    size_t end = str_length(package.v);
    for (int i = 1; i < level; i++) {
        Str *s = str_from(package.v);
        while (end > 0 && str_char(s, end - 1) != '.') {
            end--;
        }
        if (end == 0) {
            return raise(ts, EXC_ImportError, "attempted relative import beyond top-level package");
        }
        end--;
    }
    OWNED Ref base = str_substring(ts, package.v, 0, end);
    if (is_error(base) || str_length(name) == 0) {
        return ref_take(&base);
    }
    return format_str(ts, "%U.%U", base.v, name);
}

// from package import a, b: names that are no attributes yet may be submodules.
static Status import_submodules(ThreadState *ts, Value module, Value names, bool inside_all)
{
    OWNED Ref path = NO_REF;
    Lookup l = object_lookup_attribute(ts, module, NAME(__path__), &path);
    if (l != LOOKUP_FOUND) {
        return l == LOOKUP_ERROR ? STATUS_ERROR : STATUS_OK;
    }
    OWNED Ref own = object_get_attribute(ts, module, NAME(__name__));
    OWNED Ref list = is_error(own) ? NO_REF : sequence_list(ts, names);
    if (is_error(list)) {
        return STATUS_ERROR;
    }
    for (size_t i = 0;; i++) {
        OWNED Ref name = list_get(ts, list_from(list.v), i);
        if (is_error(name)) {
            return has_exception(ts) ? STATUS_ERROR : STATUS_OK;
        }
        if (!value_is_str(name.v)) {
            return raise_status(ts, EXC_TypeError, "Item in %s must be str, not %T",
                                inside_all ? "__all__" : "``from list''", name.v);
        }
        OWNED Ref there = NO_REF;
        if (str_equal_z(name.v, "*")) {
            OWNED Ref all = NO_REF;
            if (!inside_all &&
                object_lookup_attribute(ts, module, NAME(__all__), &all) == LOOKUP_FOUND &&
                import_submodules(ts, module, all.v, true) == STATUS_ERROR) {
                return STATUS_ERROR;
            }
            continue;
        }
        if (object_lookup_attribute(ts, module, name.v, &there) != LOOKUP_ABSENT) {
            if (has_exception(ts)) {
                return STATUS_ERROR;
            }
            continue;
        }
        OWNED Ref full = format_str(ts, "%U.%U", own.v, name.v);
        OWNED Ref sub = is_error(full) ? NO_REF : import_absolute(ts, full.v);
        if (is_error(sub)) {
            // The submodule itself may be missing: then the name is simply not there.
            OWNED Ref problem = exception_fetch(ts);
            OWNED Ref missing = NO_REF;
            bool is_it =
                value_is_exception_of(problem.v, EXC_ModuleNotFoundError) &&
                object_lookup_attribute(ts, problem.v, NAME(name), &missing) == LOOKUP_FOUND &&
                value_is_str(missing.v) && str_equal(missing.v, full.v);
            if (!is_it) {
                exception_restore(ts, ref_take(&problem));
                return STATUS_ERROR;
            }
        }
    }
}

static Ref first_part(ThreadState *ts, Value name)
{
    int64_t dot = str_find_char(str_from(name), '.', 0, str_length(name));
    return dot < 0 ? ref_new(name) : str_substring(ts, name, 0, (size_t)dot);
}

Ref import_name(ThreadState *ts, Value name, Value globals, Value from_list, int level)
{
    if (level < 0) {
        return raise(ts, EXC_ValueError, "level must be >= 0");
    }
    if (level == 0 && str_length(name) == 0) {
        return raise(ts, EXC_ValueError, "Empty module name");
    }
    OWNED Ref absolute = level > 0 ? resolve_relative(ts, name, globals, level) : ref_new(name);
    OWNED Ref module = is_error(absolute) ? NO_REF : import_absolute(ts, absolute.v);
    if (is_error(module)) {
        return NO_REF;
    }
    Truth wants_names = value_is_none(from_list) ? TRUTH_FALSE : object_is_true(ts, from_list);
    if (wants_names == TRUTH_ERROR) {
        return NO_REF;
    }
    if (wants_names == TRUTH_TRUE) {
        return import_submodules(ts, module.v, from_list, false) == STATUS_ERROR
                   ? NO_REF
                   : ref_take(&module);
    }
    if (str_find_char(str_from(name), '.', 0, str_length(name)) < 0) {
        return ref_take(&module);
    }
    if (level == 0) {
        OWNED Ref top = first_part(ts, name);
        return is_error(top) ? NO_REF : import_absolute(ts, top.v);
    }
    // from . import of `a.b` with nothing asked: the part of the absolute name up to `a`
    OWNED Ref head = first_part(ts, name);
    if (is_error(head)) {
        return NO_REF;
    }
    size_t cut = str_length(name) - str_length(head.v);
    OWNED Ref top = str_substring(ts, absolute.v, 0, str_length(absolute.v) - cut);
    return is_error(top) ? NO_REF : import_absolute(ts, top.v);
}

static bool is_initializing(Value name)
{
    mutex_lock(&loading_mutex);
    bool yes = find_loading(name) != NULL;
    mutex_unlock(&loading_mutex);
    return yes;
}

Ref import_from(ThreadState *ts, Value module, Value name)
{
    Ref found = NO_REF;
    Lookup l = object_lookup_attribute(ts, module, name, &found);
    if (l != LOOKUP_ABSENT) {
        return l == LOOKUP_FOUND ? found : NO_REF;
    }
    OWNED Ref own = NO_REF;
    l = object_lookup_attribute(ts, module, NAME(__name__), &own);
    if (l == LOOKUP_ERROR) {
        return NO_REF;
    }
    if (l == LOOKUP_FOUND && value_is_str(own.v)) {
        OWNED Ref full = format_str(ts, "%U.%U", own.v, name);
        if (is_error(full)) {
            return NO_REF;
        }
        l = dict_get(ts, modules(), full.v, &found);
        if (l != LOOKUP_ABSENT) {
            return l == LOOKUP_FOUND ? found : NO_REF;
        }
    } else {
        ref_set(&own, str_from_z(ts, "<unknown module name>"));
    }
    OWNED Ref file = NO_REF;
    if (object_lookup_attribute(ts, module, NAME(__file__), &file) == LOOKUP_ERROR ||
        is_error(own)) {
        return NO_REF;
    }
    bool has_file = !is_error(file) && value_is_str(file.v);
    OWNED Ref message = NO_REF;
    if (!has_file) {
        message = format_str(ts, "cannot import name %R from %R (unknown location)", name, own.v);
    } else if (is_initializing(own.v)) {
        message = format_str(ts,
                             "cannot import name %R from partially initialized module %R (most "
                             "likely due to a circular import) (%S)",
                             name, own.v, file.v);
    } else {
        message = format_str(ts, "cannot import name %R from %R (%S)", name, own.v, file.v);
    }
    return is_error(message) ? NO_REF
                             : raise_import_error(ts, EXC_ImportError, message.v, own.v,
                                                  has_file ? file.v : VALUE_NONE);
}

// --- Start-up and -m -----------------------------------------------------------------------------

static const char *library_folder(void)
{
    const char *given = runtime_state.options.stdlib;
    if (given == NULL) {
        given = getenv("ADDER_STDLIB");
    }
    return given != NULL && *given != '\0' ? given : "/usr/lib/python3.11";
}

static Status append_path(ThreadState *ts, Value path, const char *folder, size_t size)
{
    OWNED Ref text = str_decode(ts, (const uint8_t *)folder, size, "utf-8", "surrogateescape");
    return is_error(text) ? STATUS_ERROR : list_append(ts, list_from(path), text.v);
}

Status import_start(ThreadState *ts)
{
    OWNED Ref path = sys_attribute(ts, "path");
    if (is_error(path)) {
        return raise_status(ts, EXC_RuntimeError, "lost sys.path");
    }
    const char *more = runtime_state.options.isolated ? NULL : getenv("PYTHONPATH");
    while (more != NULL && *more != '\0') {
        size_t size = strcspn(more, ":");
        if (size > 0 && append_path(ts, path.v, more, size) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
        more += size + (more[size] == ':');
    }
    const char *library = library_folder();
    if (append_path(ts, path.v, library, strlen(library)) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    OWNED Ref stdlib = str_from_z(ts, library);
    OWNED Ref names = list_new(ts, ARRAY_LENGTH(native_modules));
    if (is_error(stdlib) || is_error(names) ||
        module_add(ts, runtime_state.sys.v, "_stdlib_dir", stdlib.v) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    for (size_t i = 0; i < ARRAY_LENGTH(native_modules); i++) {
        OWNED Ref name =
            native_modules[i].spec != NULL ? str_from_z(ts, native_modules[i].name) : REF_NONE;
        if (is_error(name) || (!value_is_none(name.v) &&
                               list_append(ts, list_from(names.v), name.v) == STATUS_ERROR)) {
            return STATUS_ERROR;
        }
    }
    return module_add_ref(ts, runtime_state.sys.v, "builtin_module_names",
                          list_to_tuple(ts, list_from(names.v)));
}

void import_finish(ThreadState *ts) { signatures_free(ts); }

Ref import_file_as(ThreadState *ts, const char *name, const char *path)
{
    OWNED Ref key = str_intern_z(ts, name);
    Found f = {.file = strdup(path)};
    if (is_error(key) || f.file == NULL) {
        return is_error(key) ? NO_REF : raise_no_memory(ts);
    }
    Ref module = load_found(ts, key.v, &f);
    found_free(&f);
    return module;
}

// The source that -m name runs: the module, or its __main__ if it is a package.
static Status find_main(ThreadState *ts, const char *name, Found *f, Ref *full_name)
{
    const char *dot = strrchr(name, '.');
    OWNED Ref path = NO_REF;
    if (dot == NULL) {
        path = sys_attribute(ts, "path");
    } else {
        char parent[512];
        snprintf(parent, sizeof parent, "%.*s", (int)(dot - name), name);
        OWNED Ref package = import_module(ts, parent);
        path = is_error(package) ? NO_REF : object_get_attribute(ts, package.v, NAME(__path__));
    }
    *full_name = str_intern_z(ts, name);
    if (is_error(path) || is_error(*full_name)) {
        return STATUS_ERROR;
    }
    int r = search_path(ts, path.v, dot != NULL ? dot + 1 : name, f);
    if (r == 0) {
        return raise_status(ts, EXC_ModuleNotFoundError, "No module named %s", name);
    }
    if (r < 0 || f->folder == NULL) {
        return r < 0 ? STATUS_ERROR : STATUS_OK;
    }
    OWNED Ref package = import_absolute(ts, full_name->v);
    char *main_file = is_error(package) ? NULL : join_path(f->folder, "__main__", ".py");
    if (main_file == NULL || !is_file(main_file)) {
        free(main_file);
        return is_error(package) ? STATUS_ERROR
                                 : raise_status(ts, EXC_ImportError,
                                                "No module named %s.__main__; '%s' is a package "
                                                "and cannot be directly executed",
                                                name, name);
    }
    free(f->file);
    f->file = main_file;
    return STATUS_OK;
}

Ref import_run_as_main(ThreadState *ts, const char *name)
{
    Found f = {NULL, NULL, NO_REF};
    OWNED Ref full = NO_REF;
    Status s = find_main(ts, name, &f, &full);
    OWNED Ref filename = s == STATUS_OK && f.file != NULL ? str_from_z(ts, f.file) : NO_REF;
    Ref result = NO_REF;
    if (s == STATUS_OK && !is_error(filename)) {
        OWNED Ref package = parent_of(ts, full.v, f.folder != NULL);
        Dict *globals = dict_from(runtime_state.main_globals.v);
        OWNED Ref code = code_for_file(ts, f.file, filename.v);
        OWNED Ref arguments = sys_attribute(ts, "argv");
        if (!is_error(code) && !is_error(package) && !is_error(arguments) &&
            object_set_item(ts, arguments.v, small_int(0), filename.v) == STATUS_OK &&
            dict_set(ts, globals, NAME(__file__), filename.v) == STATUS_OK &&
            dict_set(ts, globals, NAME(__package__), package.v) == STATUS_OK) {
            result = interpreter_run_code(ts, code.v, value_of(globals), NO_VALUE, NO_VALUE);
        }
    }
    found_free(&f);
    return result;
}
