// core/runtime.c: start-up and shutdown in order; running scripts from their several sources.
#include "core/runtime.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc/heap.h"
#include "core/compiler/compile.h"
#include "core/modules/signal.h"
#include "core/modules/sys.h"
#include "core/modules/thread.h"
#include "core/modules/codecs.h"
#include "core/modules/warnings.h"
#include "core/object/exception.h"
#include "core/object/hash.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/vm/frame.h"
#include "core/vm/import.h"
#include "core/vm/import_internal.h"
#include "gc/account.h"
#include "gc/collector.h"
#include "gc/generations.h"

RuntimeState runtime_state;

enum { EXIT_CODE_LOST = 99 }; // of a debug build, when objects were lost

// --- Memory ceiling ------------------------------------------------------------------------------

// The container's limit if there is one, else the machine's memory.
static uint64_t memory_of_machine(void)
{
    uint64_t bytes = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
    static const char *const files[] = {"/sys/fs/cgroup/memory.max",
                                        "/sys/fs/cgroup/memory/memory.limit_in_bytes"};
    for (size_t i = 0; i < ARRAY_LENGTH(files); i++) {
        FILE *f = fopen(files[i], "r");
        unsigned long long limit;
        if (f != NULL) {
            if (fscanf(f, "%llu", &limit) == 1 && limit > 0 && limit < bytes) {
                bytes = limit;
            }
            fclose(f);
        }
    }
    return bytes;
}

// --- Start-up ------------------------------------------------------------------------------------

static Status add_main_module(ThreadState *ts)
{
    OWNED Ref name = ref_new(NAME(__main__));
    OWNED Ref module = module_new(ts, name.v);
    if (is_error(module)) {
        return STATUS_ERROR;
    }
    Dict *d = module_dict(module.v);
    runtime_state.main_globals = ref_new(value_of(d));
    return dict_set(ts, d, NAME(__builtins__), runtime_state.builtins.v) == STATUS_ERROR ||
                   dict_set(ts, d, NAME(__doc__), VALUE_NONE) == STATUS_ERROR ||
                   dict_set(ts, d, NAME(__package__), VALUE_NONE) == STATUS_ERROR ||
                   dict_set(ts, d, NAME(__loader__), VALUE_NONE) == STATUS_ERROR ||
                   dict_set(ts, d, NAME(__spec__), VALUE_NONE) == STATUS_ERROR
               ? STATUS_ERROR
               : dict_set(ts, dict_from(runtime_state.modules.v), name.v, module.v);
}

static Status start(ThreadState *ts)
{
    if (names_init(ts) == STATUS_ERROR || types_init(ts) == STATUS_ERROR ||
        errors_init(ts) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    runtime_state.modules = dict_new(ts);
    if (is_error(runtime_state.modules)) {
        return STATUS_ERROR;
    }
    runtime_state.builtins = import_native_module(ts, "builtins");
    if (is_error(runtime_state.builtins)) {
        return STATUS_ERROR;
    }
    runtime_state.builtins_dict = ref_new(value_of(module_dict(runtime_state.builtins.v)));
    runtime_state.sys = import_native_module(ts, "sys");
    if (is_error(runtime_state.sys) || sys_setup_streams(ts) == STATUS_ERROR ||
        import_start(ts) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    if (add_main_module(ts) == STATUS_ERROR || signals_start(ts) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    if (runtime_state.options.warning_count > 0) { // the library's module makes filters of them
        OWNED Ref warnings = import_module(ts, "warnings");
        exception_clear(ts);
    }
    return STATUS_OK;
}

ThreadState *runtime_create(const RuntimeOptions *options)
{
    runtime_state.options = *options;
    hash_init();
    int_init();
    ThreadState *ts = thread_state_create(true);
    if (ts == NULL) {
        fprintf(stderr, "%s: out of memory at start\n", options->program);
        return NULL;
    }
    warnings_start();
    codecs_start();
    types_prepare(ts);
    ts->execution = execution_new(ts);
    if (ts->execution == NULL || start(ts) == STATUS_ERROR) {
        fprintf(stderr, "%s: cannot start\n", options->program);
        if (has_exception(ts)) {
            exception_print(ts);
        }
        return NULL;
    }
    // Only now: without room for the runtime itself not even MemoryError could be told.
    heap_set_limit(options->max_heap != 0 ? options->max_heap : memory_of_machine() / 4 * 3);
    return ts;
}

// --- Shutdown ------------------------------------------------------------------------------------

// What atexit registered, if a script imported it.
static void run_exit_functions(ThreadState *ts)
{
    OWNED Ref module = NO_REF;
    if (dict_get_z(ts, dict_from(runtime_state.modules.v), "atexit", &module) != LOOKUP_FOUND) {
        return;
    }
    OWNED Ref result = object_call_method_z(ts, module.v, "_run_exitfuncs", NULL, 0);
    if (is_error(result)) {
        exception_unraisable(ts, module.v, "Exception ignored in atexit callback");
    }
}

// The finalizers of what these names hold, as long as they find all of the names.
static void finalize_held(ThreadState *ts, Dict *names)
{
    size_t position = 0;
    Ref key, value;
    while (dict_next(ts, names, &position, &key, &value)) {
        if (value_is_object(value.v) && object_has_finalizer(value_head(value.v))) {
            OWNED Ref del = type_lookup(ts, type_of(value.v), NAME(__del__));
            if (!is_error(del) && !value_is_kind(del.v, KIND_SLOT_WRAPPER)) { // a script's
                object_finalize(ts, value_head(value.v));
            }
        }
        ref_drop(&key);
        ref_drop(&value);
    }
}

static void finalize_held_by_modules(ThreadState *ts)
{
    finalize_held(ts, dict_from(runtime_state.main_globals.v));
    OWNED Ref list = object_call_method_z(ts, runtime_state.modules.v, "values", NULL, 0);
    OWNED Ref modules = is_error(list) ? NO_REF : sequence_tuple(ts, list.v);
    for (size_t i = 0; !is_error(modules) && i < tuple_count(modules.v); i++) {
        Value module = tuple_item(modules.v, i);
        if (value_is_kind(module, KIND_MODULE) && module.bits != runtime_state.sys.v.bits &&
            module.bits != runtime_state.builtins.v.bits) { // these two go last
            finalize_held(ts, module_dict(module));
        }
    }
    exception_clear(ts);
}

// A finalizer that still asks for one of the names finds None. Names of one underscore go first.
static void forget_names(ThreadState *ts, Dict *names)
{
    for (int round = 0; round < 2; round++) {
        size_t position = 0;
        Ref key, value;
        while (dict_next(ts, names, &position, &key, &value)) {
            Str *s = value_is_str(key.v) ? str_from(key.v) : NULL;
            bool private = s != NULL && s->length > 0 && str_char(s, 0) == '_' &&
                           (s->length < 2 || str_char(s, 1) != '_');
            if (s != NULL && !value_is_none(value.v) && (private || round == 1) &&
                !str_equal_z(key.v, "__builtins__") &&
                dict_set(ts, names, key.v, VALUE_NONE) == STATUS_ERROR) {
                exception_clear(ts);
            }
            ref_drop(&key);
            ref_drop(&value);
        }
    }
}

// What a script put in place of the standard streams may be finalized with its names: finalizers
// that print find the real ones.
static void restore_streams(ThreadState *ts)
{
    const char *const names[][2] = {
        {"stdin", "__stdin__"}, {"stdout", "__stdout__"}, {"stderr", "__stderr__"}};
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        OWNED Ref stream = sys_attribute(ts, names[i][1]);
        if (is_error(stream) ||
            module_add(ts, runtime_state.sys.v, names[i][0], stream.v) == STATUS_ERROR) {
            exception_clear(ts);
        }
    }
}

// Modules go in the reverse order of their import, __main__'s names first.
static void clear_modules(ThreadState *ts)
{
    restore_streams(ts);
    finalize_held_by_modules(ts);
    forget_names(ts, dict_from(runtime_state.main_globals.v));
    gc_collect(ts, GENERATION_OLD);
    OWNED Ref list = sequence_list(ts, runtime_state.modules.v);
    if (!is_error(list)) {
        for (size_t i = list_size(list_from(list.v)); i-- > 0;) {
            OWNED Ref name = list_get(ts, list_from(list.v), i);
            OWNED Ref module = NO_REF;
            if (is_error(name) || str_equal_z(name.v, "sys") || str_equal_z(name.v, "builtins") ||
                dict_get(ts, dict_from(runtime_state.modules.v), name.v, &module) != LOOKUP_FOUND) {
                continue;
            }
            if (value_is_kind(module.v, KIND_MODULE)) {
                forget_names(ts, module_dict(module.v));
            }
        }
    }
    exception_clear(ts);
    gc_collect(ts, GENERATION_OLD);
}

int runtime_destroy(ThreadState *ts, int code)
{
    thread_module_shutdown(ts);
    run_exit_functions(ts);
    if (sys_flush_streams(ts, true) == STATUS_ERROR) {
        code = 120;
    }
    atomic_store_relaxed(&runtime_state.finalizing, true);
    threads_shut_down_others(ts);
    signals_finish(ts);
    ref_drop(&ts->execution->context);
    ts->execution->context = NO_REF;
    clear_modules(ts);
    sys_flush_streams(ts, false);
    thread_scripts_end(ts);
    dict_clear(ts, module_dict(runtime_state.sys.v));
    dict_clear(ts, dict_from(runtime_state.builtins_dict.v));
    dict_clear(ts, dict_from(runtime_state.modules.v));
    gc_collect_at_exit(ts); // the last that scripts can run: they find these three empty, but there
    object_end_finalizers();
    codecs_finish();
    ref_drop(&runtime_state.main_globals);
    ref_drop(&runtime_state.sys);
    ref_drop(&runtime_state.builtins_dict);
    ref_drop(&runtime_state.builtins);
    ref_drop(&runtime_state.modules);
    warnings_finish();
    exception_clear(ts);
    gc_collect_at_exit(ts);
    import_finish(ts); // natives may be called until the last object has gone
    // Debug builds: every object is accounted for, unless daemon threads
    // hang with what they held in C.
    if (threads_lost() == 0 && gc_account_lost(ts, stderr) != 0 && code == 0) {
        code = EXIT_CODE_LOST;
    }
    return code;
}

// --- Exceptions at the top -----------------------------------------------------------------------

static int exit_code_of(ThreadState *ts, Value exception)
{
    OWNED Ref code = object_get_attribute(ts, exception, NAME(code));
    if (is_error(code)) {
        exception_clear(ts);
        return 1;
    }
    if (value_is_none(code.v)) {
        return 0;
    }
    int64_t number;
    if (value_is_int(code.v)) {
        return int_to_i64(code.v, &number) ? (int)(number & 0xFF) : 255;
    }
    sys_flush_streams(ts, false);
    OWNED Ref text = object_str(ts, code.v);
    OWNED Ref line = is_error(text) ? NO_REF : format_str(ts, "%U\n", text.v);
    if (!is_error(line)) {
        write_to_stderr(ts, line.v);
    }
    exception_clear(ts);
    return 1;
}

int runtime_report_exception(ThreadState *ts)
{
    if (exception_matches(ts, EXC_SystemExit)) {
        OWNED Ref exception = exception_fetch(ts);
        return exit_code_of(ts, exception.v);
    }
    bool interrupted = exception_matches(ts, EXC_KeyboardInterrupt);
    Ref exception = exception_fetch(ts); // flushing runs code, which drops what is pending
    sys_flush_streams(ts, false);
    exception_restore(ts, exception);
    exception_print(ts);
    return interrupted ? 130 : 1;
}

// --- Running -------------------------------------------------------------------------------------

Ref runtime_execute(ThreadState *ts, const char *source, size_t size, Value filename, int mode,
                    bool *incomplete)
{
    CompileOptions options = {.mode = (ParseMode)mode,
                              .optimize = runtime_state.options.optimize,
                              .incomplete = incomplete};
    OWNED Ref code = compile_source(ts, source, size, filename, &options);
    return is_error(code)
               ? NO_REF
               : interpreter_run_code(ts, code.v, runtime_state.main_globals.v, NO_VALUE, NO_VALUE);
}

static Status set_main(ThreadState *ts, const char *name, Value value)
{
    return dict_set_z(ts, dict_from(runtime_state.main_globals.v), name, value);
}

// sys.path[0]: where the script's own modules are.
static Status set_first_path(ThreadState *ts, const char *folder, size_t size)
{
    OWNED Ref path = sys_attribute(ts, "path");
    OWNED Ref first = str_decode(ts, (const uint8_t *)folder, size, "utf-8", "surrogateescape");
    if (is_error(path) || is_error(first)) {
        return STATUS_ERROR;
    }
    Value args[2] = {small_int(0), first.v};
    OWNED Ref done = object_call_method_z(ts, path.v, "insert", args, 2);
    return is_error(done) ? STATUS_ERROR : STATUS_OK;
}

static bool interrupted; // the script ended with KeyboardInterrupt

bool runtime_interrupted(void) { return interrupted; }

static int finish_run(ThreadState *ts, Ref result)
{
    interrupted = is_error(result) && exception_matches(ts, EXC_KeyboardInterrupt);
    int code = is_error(result) ? runtime_report_exception(ts) : 0;
    ref_drop(&result);
    return code;
}

char *runtime_read_file(int fd, size_t *size)
{
    size_t capacity = 1 << 16, used = 0;
    char *text = malloc(capacity);
    while (text != NULL) {
        ssize_t n = read(fd, text + used, capacity - used);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            free(text);
            return NULL;
        }
        used += (size_t)n;
        if (n == 0) {
            break;
        }
        if (used == capacity) {
            capacity *= 2;
            char *grown = realloc(text, capacity);
            if (grown == NULL) {
                free(text);
            }
            text = grown;
        }
    }
    *size = used;
    return text;
}

static int cannot_open(const char *path, const char *why, int error)
{
    fprintf(stderr, "%s: can't open file '%s': [Errno %d] %s\n", runtime_state.options.program,
            path, error, why);
    return 2;
}

static bool has_main_file(const char *folder)
{
    char path[4200];
    return (size_t)snprintf(path, sizeof path, "%s/__main__.py", folder) < sizeof path &&
           access(path, F_OK) == 0;
}

// The path from the root, as __file__ and tracebacks show it: malloc'd.
// NULL: no memory, or no folder.
static char *absolute_path(const char *path)
{
    char folder[4096];
    if (path[0] == '/') {
        return strdup(path);
    }
    path += path[0] == '.' && path[1] == '/' ? 2 : 0;
    size_t size = sizeof folder + strlen(path) + 2;
    char *absolute = getcwd(folder, sizeof folder) != NULL ? malloc(size) : NULL;
    if (absolute != NULL) {
        snprintf(absolute, size, "%s/%s", strcmp(folder, "/") == 0 ? "" : folder, path);
    }
    return absolute;
}

int runtime_run_file(ThreadState *ts, const char *path)
{
    struct stat s;
    if (stat(path, &s) == 0 && S_ISDIR(s.st_mode)) {
        if (!has_main_file(path)) {
            fprintf(stderr, "%s: can't find '__main__' module in '%s'\n",
                    runtime_state.options.program, path);
            return 1;
        }
        if (set_first_path(ts, path, strlen(path)) == STATUS_ERROR) {
            return runtime_report_exception(ts);
        }
        return runtime_run_module(ts, "__main__");
    }
    FILE *f = fopen(path, "rb");
    if (f == NULL) {
        int error = errno;
        char *absolute = absolute_path(path);
        int code = cannot_open(absolute != NULL ? absolute : path, strerror(error), error);
        free(absolute);
        return code;
    }
    size_t size;
    char *source = runtime_read_file(fileno(f), &size);
    fclose(f);
    if (source == NULL) {
        return cannot_open(path, strerror(errno), errno);
    }
    char *resolved = realpath(path, NULL);
    const char *folder = resolved != NULL ? resolved : path;
    const char *slash = strrchr(folder, '/');
    Ref result = NO_REF;
    char *absolute = absolute_path(path);
    const char *shown = absolute != NULL ? absolute : path;
    OWNED Ref filename =
        str_decode(ts, (const uint8_t *)shown, strlen(shown), "utf-8", "surrogateescape");
    free(absolute);
    if (!is_error(filename) &&
        set_first_path(ts, folder,
                       slash == NULL ? 0 : (size_t)(slash - folder) + (slash == folder)) ==
            STATUS_OK &&
        set_main(ts, "__file__", filename.v) == STATUS_OK &&
        set_main(ts, "__cached__", VALUE_NONE) == STATUS_OK) {
        CompileOptions options = {.mode = PARSE_EXEC,
                                  .is_script = true,
                                  .from_file = true,
                                  .optimize = runtime_state.options.optimize};
        OWNED Ref code = compile_source(ts, source, size, filename.v, &options);
        free(source);
        source = NULL;
        if (!is_error(code)) {
            result =
                interpreter_run_code(ts, code.v, runtime_state.main_globals.v, NO_VALUE, NO_VALUE);
        }
    }
    free(source);
    free(resolved);
    return finish_run(ts, result);
}

int runtime_run_string(ThreadState *ts, const char *source)
{
    OWNED Ref filename = ref_new(NAME(string_));
    if (set_first_path(ts, "", 0) == STATUS_ERROR) {
        return runtime_report_exception(ts);
    }
    return finish_run(ts,
                      runtime_execute(ts, source, strlen(source), filename.v, PARSE_EXEC, NULL));
}

int runtime_run_stdin(ThreadState *ts, const char *name)
{
    size_t size;
    wait_begin(ts);
    char *source = runtime_read_file(0, &size);
    wait_end(ts);
    if (source == NULL) {
        return cannot_open(name, strerror(errno), errno);
    }
    OWNED Ref filename = str_from_z(ts, name);
    Ref result = is_error(filename) || set_first_path(ts, "", 0) == STATUS_ERROR
                     ? NO_REF
                     : runtime_execute(ts, source, size, filename.v, PARSE_EXEC, NULL);
    free(source);
    return finish_run(ts, result);
}

// A module that was not found is the command line's mistake: one line. True: that was it.
static bool complain_about_module(ThreadState *ts)
{
    if (!exception_matches(ts, EXC_ImportError)) {
        return false;
    }
    OWNED Ref exception = exception_fetch(ts);
    OWNED Ref traceback = object_get_attribute(ts, exception.v, NAME(__traceback__));
    OWNED Ref line = !is_error(traceback) && value_is_none(traceback.v)
                         ? format_str(ts, "%s: %S\n", runtime_state.options.program, exception.v)
                         : NO_REF;
    exception_clear(ts);
    if (is_error(line)) {
        exception_restore(ts, ref_take(&exception));
        return false;
    }
    write_to_stderr(ts, line.v);
    return true;
}

int runtime_run_module(ThreadState *ts, const char *name)
{
    if (strcmp(name, "__main__") != 0) {
        char folder[4096];
        if (getcwd(folder, sizeof folder) == NULL ||
            set_first_path(ts, folder, strlen(folder)) == STATUS_ERROR) {
            return runtime_report_exception(ts);
        }
    }
    OWNED Ref result = import_run_as_main(ts, name);
    if (is_error(result) && complain_about_module(ts)) {
        return 1;
    }
    return finish_run(ts, ref_take(&result));
}

Ref runtime_load_application(ThreadState *ts, const char *spec)
{
    const char *colon = strrchr(spec, ':');
    size_t length = strlen(spec);
    const char *callable = "handle";
    OWNED Ref module = NO_REF;
    if (colon == NULL && length > 3 && strcmp(spec + length - 3, ".py") == 0) {
        char *resolved = realpath(spec, NULL);
        if (resolved == NULL) {
            OWNED Ref shown = str_from_z(ts, spec);
            return raise_os_error(ts, errno, shown.v);
        }
        char *slash = strrchr(resolved, '/');
        Status s = set_first_path(ts, resolved, slash == resolved ? 1 : (size_t)(slash - resolved));
        char name[256];
        snprintf(name, sizeof name, "%.*s", (int)(strlen(slash + 1) - 3), slash + 1);
        if (s == STATUS_OK) {
            module = import_file_as(ts, name, resolved);
        }
        free(resolved);
    } else {
        char name[512], folder[4096];
        snprintf(name, sizeof name, "%.*s", (int)(colon != NULL ? colon - spec : (ptrdiff_t)length),
                 spec);
        if (colon != NULL && colon[1] != '\0') {
            callable = colon + 1;
        }
        if (getcwd(folder, sizeof folder) != NULL &&
            set_first_path(ts, folder, strlen(folder)) == STATUS_OK) {
            module = import_module(ts, name);
        }
    }
    if (is_error(module)) {
        return NO_REF;
    }
    Ref found = object_get_attribute_z(ts, module.v, callable);
    if (is_error(found) && exception_clear_if(ts, EXC_AttributeError)) {
        return raise(ts, EXC_AttributeError, "%s has no function '%s(request)'", spec, callable);
    }
    if (!is_error(found) && !object_is_callable(found.v)) {
        ref_drop(&found);
        return raise(ts, EXC_TypeError, "'%s' of %s cannot be called", callable, spec);
    }
    return found;
}

// --- Foreign threads -----------------------------------------------------------------------------

ThreadState *runtime_thread_enter(void)
{
    threads_note_second();
    ThreadState *ts = thread_state_create(false);
    if (ts == NULL) {
        return NULL;
    }
    ts->execution = execution_new(ts);
    if (ts->execution == NULL) {
        exception_clear(ts);
        thread_state_destroy(ts);
        return NULL;
    }
    return ts;
}

void runtime_thread_leave(ThreadState *ts)
{
    thread_scripts_end(ts);
    thread_state_leave(ts);
    execution_free(ts, ts->execution);
    ts->execution = NULL;
    thread_state_destroy(ts);
}
