// core/modules/sys.c: the sys module: what the runtime tells of itself.
#include "core/modules/sys.h"

#include <errno.h>
#include <float.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/compiler/compile.h"
#include "core/modules/io.h"
#include "core/object/exception.h"
#include "core/object/float.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/module.h"
#include "core/object/str.h"
#include "core/object/simple_namespace.h"
#include "core/object/struct_sequence.h"
#include "core/object/tuple.h"
#include "core/vm/import_internal.h"
#include "core/vm/frame.h"
#include "core/vm/runtime_state.h"

Ref sys_attribute(ThreadState *ts, const char *name)
{
    if (is_error(runtime_state.sys)) {
        return NO_REF;
    }
    Ref found = NO_REF;
    Lookup l = dict_get_z(ts, module_dict(runtime_state.sys.v), name, &found);
    return l == LOOKUP_FOUND ? found : NO_REF;
}

// --- Exceptions and frames -----------------------------------------------------------------------

static Ref sys_exc_info(BOUND_PARAMETERS)
{
    Value e = exception_handled(ts);
    if (is_no_value(e)) {
        return tuple_pack(ts, 3, VALUE_NONE, VALUE_NONE, VALUE_NONE);
    }
    OWNED Ref traceback = object_get_attribute(ts, e, NAME(__traceback__));
    return is_error(traceback) ? NO_REF : tuple_pack(ts, 3, type_value(type_of(e)), e, traceback.v);
}

static Ref sys_exception(BOUND_PARAMETERS)
{
    Value e = exception_handled(ts);
    return is_no_value(e) ? REF_NONE : ref_new(e);
}

static Ref sys_exit(BOUND_PARAMETERS)
{
    Value code = is_no_value(args[0]) ? VALUE_NONE : args[0];
    Value items[8];
    if (value_is_tuple(code) &&
        tuple_count(code) <= ARRAY_LENGTH(items)) { // the exception's arguments
        for (size_t i = 0; i < tuple_count(code); i++) {
            items[i] = tuple_item(code, i);
        }
        return raise_args(ts, EXC_SystemExit, items, tuple_count(code));
    }
    return value_is_none(code) ? raise_args(ts, EXC_SystemExit, NULL, 0)
                               : raise_value(ts, EXC_SystemExit, code);
}

static Ref sys_getframe(BOUND_PARAMETERS)
{
    int64_t depth = 0;
    if (!is_no_value(args[0]) && index_get(ts, args[0], &depth) == STATUS_ERROR) {
        return NO_REF;
    }
    Frame *f = frame_current(ts);
    while (f != NULL && depth-- > 0) {
        f = f->previous;
    }
    return f == NULL ? raise(ts, EXC_ValueError, "call stack is not deep enough")
                     : frame_object(ts, f);
}

static Ref sys_excepthook(BOUND_PARAMETERS)
{
    if (!value_is_exception(args[1])) {
        return raise(ts, EXC_TypeError, "print_exception(): Exception expected for value, %T found",
                     args[1]);
    }
    OWNED Ref text = traceback_format(ts, args[1]);
    if (is_error(text)) {
        return NO_REF;
    }
    write_to_stderr(ts, text.v);
    return REF_NONE;
}

static Ref sys_displayhook(BOUND_PARAMETERS)
{
    if (value_is_none(args[0])) {
        return REF_NONE;
    }
    Dict *builtins = dict_from(runtime_state.builtins_dict.v);
    if (dict_set_z(ts, builtins, "_", VALUE_NONE) == STATUS_ERROR) {
        return NO_REF;
    }
    OWNED Ref out = sys_attribute(ts, "stdout");
    if (is_error(out) || value_is_none(out.v)) {
        return raise(ts, EXC_RuntimeError, "lost sys.stdout");
    }
    OWNED Ref text = object_repr(ts, args[0]);
    OWNED Ref line = is_error(text) ? NO_REF : format_str(ts, "%U\n", text.v);
    if (is_error(line)) {
        return NO_REF;
    }
    OWNED Ref written = object_call_method_z(ts, out.v, "write", &line.v, 1);
    if (is_error(written) || dict_set_z(ts, builtins, "_", args[0]) == STATUS_ERROR) {
        return NO_REF;
    }
    return REF_NONE;
}

// unraisable: an object with exc_type, exc_value, exc_traceback, err_msg, object.
static Ref sys_unraisablehook(BOUND_PARAMETERS)
{
    OWNED Ref value = object_get_attribute_z(ts, args[0], "exc_value");
    OWNED Ref where = object_get_attribute_z(ts, args[0], "object");
    OWNED Ref message = object_get_attribute_z(ts, args[0], "err_msg");
    if (is_error(value) || is_error(where) || is_error(message)) {
        return NO_REF;
    }
    OWNED Ref head = value_is_none(message.v)
                         ? format_str(ts, "Exception ignored in: %R\n", where.v)
                         : format_str(ts, "%S: %R\n", message.v, where.v);
    if (is_error(head)) {
        return NO_REF;
    }
    write_to_stderr(ts, head.v);
    if (value_is_exception(value.v)) {
        OWNED Ref text = traceback_format(ts, value.v);
        if (is_error(text)) {
            return NO_REF;
        }
        write_to_stderr(ts, text.v);
    }
    return REF_NONE;
}

// --- Limits and switches -------------------------------------------------------------------------

static Ref sys_getrecursionlimit(BOUND_PARAMETERS) { return REF_OF(small_int(recursion_limit)); }

static Ref sys_setrecursionlimit(BOUND_PARAMETERS)
{
    int64_t limit;
    if (index_get(ts, args[0], &limit) == STATUS_ERROR) {
        return NO_REF;
    }
    if (limit < 1) {
        return raise(ts, EXC_ValueError, "recursion limit must be greater or equal than 1");
    }
    if (limit > 1000000000) {
        return raise(ts, EXC_OverflowError, "Python int too large to convert to C int");
    }
    if (ts->execution->depth >= limit) {
        return raise(
            ts, EXC_RecursionError,
            "cannot set the recursion limit to %ld at the recursion depth %u: the limit is too low",
            (long)limit, ts->execution->depth);
    }
    recursion_limit_set((uint32_t)limit);
    return REF_NONE;
}

static Ref sys_getswitchinterval(BOUND_PARAMETERS)
{
    return float_from_double(ts, (double)switch_interval_ns() / 1e9);
}

static Ref sys_setswitchinterval(BOUND_PARAMETERS)
{
    double seconds;
    if (object_to_double(ts, args[0], &seconds) == STATUS_ERROR) {
        return NO_REF;
    }
    if (!(seconds > 0)) {
        return raise(ts, EXC_ValueError, "switch interval must be strictly positive");
    }
    switch_interval_set_ns(seconds > 4e9 ? UINT64_MAX / 4 : (uint64_t)(seconds * 1e9));
    return REF_NONE;
}

static Ref sys_is_gil_enabled(BOUND_PARAMETERS)
{
    return REF_OF(bool_value(!POLICY_FREE_THREADED));
}
static Ref sys_is_finalizing(BOUND_PARAMETERS)
{
    return REF_OF(bool_value(runtime_state.finalizing));
}
static Ref sys_getdefaultencoding(BOUND_PARAMETERS) { return str_from_z(ts, "utf-8"); }
static Ref sys_getfilesystemencodeerrors(BOUND_PARAMETERS)
{
    return str_from_z(ts, "surrogateescape");
}
static Ref sys_gettrace(BOUND_PARAMETERS) { return REF_NONE; }

static Ref sys_settrace(BOUND_PARAMETERS)
{
    return value_is_none(args[0])
               ? REF_NONE
               : raise(ts, EXC_RuntimeError, "tracing is not available in this version of Adder");
}

static Ref sys_get_int_max_str_digits(BOUND_PARAMETERS)
{
    return REF_OF(small_int(int_max_str_digits()));
}

static Ref sys_set_int_max_str_digits(BOUND_PARAMETERS)
{
    int64_t digits;
    if (index_get(ts, args[0], &digits) == STATUS_ERROR) {
        return NO_REF;
    }
    if (digits != 0 && (digits < 640 || digits > INT32_MAX)) {
        return raise(ts, EXC_ValueError, "maxdigits must be 0 or larger than 640");
    }
    int_set_max_str_digits(digits);
    return REF_NONE;
}

// There are no audit hooks to be called.
static Ref sys_audit(CALL_PARAMETERS)
{
    if (count == 0) {
        return raise(ts, EXC_TypeError, "audit expected at least 1 argument, got 0");
    }
    return value_is_str(args[0])
               ? REF_NONE
               : raise(ts, EXC_TypeError, "expected str for argument 'event', not %T", args[0]);
}

static Ref sys_current_frames(BOUND_PARAMETERS)
{
    OWNED Ref frames = dict_new(ts);
    Frame *f = frame_current(ts);
    OWNED Ref ident = int_from_u64(ts, ts->native_ident);
    OWNED Ref frame = f != NULL ? frame_object(ts, f) : REF_NONE;
    if (is_error(frames) || is_error(ident) || is_error(frame) ||
        dict_set(ts, dict_from(frames.v), ident.v, frame.v) == STATUS_ERROR) {
        return NO_REF;
    }
    return ref_take(&frames);
}

static Ref sys_dis(BOUND_PARAMETERS)
{
    OWNED Ref code = value_is_exactly(args[0], KIND_CODE)
                         ? ref_new(args[0])
                         : object_get_attribute(ts, args[0], NAME(__code__));
    if (is_error(code)) {
        return NO_REF;
    }
    return disassemble(ts, code.v);
}

static const NativeDef functions[] = {
    NATIVE("exc_info", sys_exc_info, "($module, /)",
           "(type, value, traceback) of the exception being handled."),
    NATIVE("exception", sys_exception, "($module, /)", "The exception being handled, or None."),
    NATIVE("exit", sys_exit, "($module, status=None, /)",
           "Exit the interpreter by raising SystemExit(status)."),
    NATIVE("_getframe", sys_getframe, "($module, depth=0, /)", "A frame of the call stack."),
    NATIVE("_current_frames", sys_current_frames, "($module, /)",
           "The frame of this thread, by its ident."),
    NATIVE("excepthook", sys_excepthook, "($module, exctype, value, traceback, /)",
           "Print an exception to sys.stderr."),
    NATIVE("displayhook", sys_displayhook, "($module, object, /)",
           "Print an object to sys.stdout and save it in builtins._"),
    NATIVE("unraisablehook", sys_unraisablehook, "($module, unraisable, /)",
           "Report an exception that cannot be raised."),
    NATIVE("getrefcount", sys_getrefcount, "($module, object, /)",
           "Return the reference count of object."),
    NATIVE_RAW("getsizeof", sys_getsizeof, NULL, "Return the size of object in bytes."),
    NATIVE("intern", sys_intern, "($module, string, /)",
           "The one interned string equal to this one."),
    NATIVE("getallocatedblocks", sys_getallocatedblocks, "($module, /)",
           "Return the number of memory blocks currently allocated."),
    NATIVE("_debugmallocstats", sys_debugmallocstats, "($module, /)",
           "Print the state of the memory allocator to stderr."),
    NATIVE("getrecursionlimit", sys_getrecursionlimit, "($module, /)",
           "Return the current value of the recursion limit."),
    NATIVE("setrecursionlimit", sys_setrecursionlimit, "($module, limit, /)",
           "Set the maximum depth of calls."),
    NATIVE("getswitchinterval", sys_getswitchinterval, "($module, /)",
           "Return the current thread switch interval in seconds."),
    NATIVE("setswitchinterval", sys_setswitchinterval, "($module, interval, /)",
           "Set the ideal thread switching delay in seconds."),
    NATIVE("_is_gil_enabled", sys_is_gil_enabled, "($module, /)",
           "True in adder, False in addert."),
    NATIVE("is_finalizing", sys_is_finalizing, "($module, /)",
           "Return True if the interpreter is shutting down."),
    NATIVE("getdefaultencoding", sys_getdefaultencoding, "($module, /)",
           "The encoding of str.encode() by default."),
    NATIVE("getfilesystemencoding", sys_getdefaultencoding, "($module, /)",
           "The encoding of file names."),
    NATIVE("getfilesystemencodeerrors", sys_getfilesystemencodeerrors, "($module, /)",
           "How undecodable file names are kept."),
    NATIVE("gettrace", sys_gettrace, "($module, /)", "None: there is no tracing."),
    NATIVE("getprofile", sys_gettrace, "($module, /)", "None: there is no profiling."),
    NATIVE("settrace", sys_settrace, "($module, function, /)", "Only None is accepted."),
    NATIVE("setprofile", sys_settrace, "($module, function, /)", "Only None is accepted."),
    NATIVE("get_int_max_str_digits", sys_get_int_max_str_digits, "($module, /)",
           "The limit of digits in int and str conversions."),
    NATIVE("set_int_max_str_digits", sys_set_int_max_str_digits, "($module, /, maxdigits)",
           "Set that limit; 0 is none."),
    NATIVE_RAW("audit", sys_audit, NULL, "Nothing: nobody can listen for audit events."),
    NATIVE("_dis", sys_dis, "($module, code, /)",
           "The instructions of a function or code object as text."),
    NATIVE_END,
};

// --- Attributes ----------------------------------------------------------------------------------

static Ref list_of_strings(ThreadState *ts, int count, char **strings)
{
    OWNED Ref list = list_new(ts, (size_t)count);
    for (int i = 0; i < count && !is_error(list); i++) {
        OWNED Ref s = str_decode(ts, (const uint8_t *)strings[i], strlen(strings[i]), "utf-8",
                                 "surrogateescape");
        if (is_error(s) || list_append(ts, list_from(list.v), s.v) == STATUS_ERROR) {
            return NO_REF;
        }
    }
    return ref_take(&list);
}

static const StructSequenceField version_fields[] = {{"major", NULL},  {"minor", NULL},
                                                     {"micro", NULL},  {"releaselevel", NULL},
                                                     {"serial", NULL}, {"", NULL}};
static const StructSequenceSpec version_spec = {
    "sys.version_info", "Version information as a named tuple.", version_fields, 5};

static const StructSequenceField flag_fields[] = {{"debug", NULL},
                                                  {"inspect", NULL},
                                                  {"interactive", NULL},
                                                  {"optimize", NULL},
                                                  {"dont_write_bytecode", NULL},
                                                  {"no_user_site", NULL},
                                                  {"no_site", NULL},
                                                  {"ignore_environment", NULL},
                                                  {"verbose", NULL},
                                                  {"bytes_warning", NULL},
                                                  {"quiet", NULL},
                                                  {"hash_randomization", NULL},
                                                  {"isolated", NULL},
                                                  {"dev_mode", NULL},
                                                  {"utf8_mode", NULL},
                                                  {"warn_default_encoding", NULL},
                                                  {"safe_path", NULL},
                                                  {"int_max_str_digits", NULL},
                                                  {"", NULL}};
static const StructSequenceSpec flags_spec = {
    "sys.flags", "Flags provided through command line arguments.", flag_fields, 18};

static const StructSequenceField float_fields[] = {
    {"max", NULL},     {"max_exp", NULL},    {"max_10_exp", NULL}, {"min", NULL},
    {"min_exp", NULL}, {"min_10_exp", NULL}, {"dig", NULL},        {"mant_dig", NULL},
    {"epsilon", NULL}, {"radix", NULL},      {"rounds", NULL},     {"", NULL}};
static const StructSequenceSpec float_spec = {"sys.float_info", "Details of the float type.",
                                              float_fields, 11};

static const StructSequenceField int_fields[] = {{"bits_per_digit", NULL},
                                                 {"sizeof_digit", NULL},
                                                 {"default_max_str_digits", NULL},
                                                 {"str_digits_check_threshold", NULL},
                                                 {"", NULL}};
static const StructSequenceSpec int_spec = {"sys.int_info", "Details of the int type.", int_fields,
                                            4};

static const StructSequenceField hash_fields[] = {
    {"width", NULL},     {"modulus", NULL},   {"inf", NULL},       {"nan", NULL},    {"imag", NULL},
    {"algorithm", NULL}, {"hash_bits", NULL}, {"seed_bits", NULL}, {"cutoff", NULL}, {"", NULL}};
static const StructSequenceSpec hash_spec = {"sys.hash_info", "Details of hashing.", hash_fields,
                                             9};

static const StructSequenceField thread_fields[] = {
    {"name", NULL}, {"lock", NULL}, {"version", NULL}, {"", NULL}};
static const StructSequenceSpec thread_spec = {"sys.thread_info", "Details of threads.",
                                               thread_fields, 3};

static Status add_sequence(ThreadState *ts, Value module, const char *name,
                           const StructSequenceSpec *spec, Ref *values, size_t count)
{
    OWNED Ref type = struct_sequence_type_new_closed(ts, spec);
    if (is_error(type)) {
        return STATUS_ERROR;
    }
    return module_add_ref(ts, module, name,
                          struct_sequence_new(ts, type_from(type.v), values, count));
}

#define INT(i) REF_OF(small_int(i))

static Status add_descriptions(ThreadState *ts, Value module)
{
    RuntimeOptions *o = &runtime_state.options;
    Ref version[5] = {INT(3), INT(11), INT(2), str_from_z(ts, "final"), INT(0)};
    Ref flags[18] = {INT(0),
                     INT(o->inspect),
                     INT(o->interactive),
                     INT(o->optimize),
                     INT(o->dont_write_bytecode),
                     INT(1),
                     INT(1),
                     INT(o->isolated),
                     INT(o->verbose),
                     INT(0),
                     INT(o->quiet),
                     INT(1),
                     INT(o->isolated),
                     REF_OF(VALUE_FALSE),
                     INT(1),
                     INT(0),
                     REF_OF(VALUE_FALSE),
                     INT(4300)};
    Ref floats[11] = {float_from_double(ts, DBL_MAX),
                      INT(DBL_MAX_EXP),
                      INT(DBL_MAX_10_EXP),
                      float_from_double(ts, DBL_MIN),
                      INT(DBL_MIN_EXP),
                      INT(DBL_MIN_10_EXP),
                      INT(DBL_DIG),
                      INT(DBL_MANT_DIG),
                      float_from_double(ts, DBL_EPSILON),
                      INT(FLT_RADIX),
                      INT(1)};
    Ref ints[4] = {INT(30), INT(4), INT(4300), INT(640)};
    Ref hashes[9] = {INT(64),      int_from_u64(ts, 2305843009213693951u),
                     INT(314159),  INT(0),
                     INT(1000003), str_from_z(ts, "siphash13"),
                     INT(64),      INT(128),
                     INT(0)};
    Ref threads[3] = {str_from_z(ts, "pthread"), str_from_z(ts, "futex"), REF_NONE};
    if (add_sequence(ts, module, "version_info", &version_spec, version, 5) == STATUS_ERROR ||
        add_sequence(ts, module, "flags", &flags_spec, flags, 18) == STATUS_ERROR ||
        add_sequence(ts, module, "float_info", &float_spec, floats, 11) == STATUS_ERROR ||
        add_sequence(ts, module, "int_info", &int_spec, ints, 4) == STATUS_ERROR ||
        add_sequence(ts, module, "hash_info", &hash_spec, hashes, 9) == STATUS_ERROR ||
        add_sequence(ts, module, "thread_info", &thread_spec, threads, 3) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    OWNED Ref implementation = simple_namespace_new(ts);
    if (is_error(implementation)) {
        return STATUS_ERROR;
    }
    OWNED Ref info = NO_REF;
    if (dict_get_z(ts, module_dict(module), "version_info", &info) != LOOKUP_FOUND) {
        return STATUS_ERROR;
    }
    const struct {
        const char *name;
        Ref value;
    } fields[] = {{"name", str_from_z(ts, "adder")},
                  {"cache_tag", str_from_z(ts, "adder-311")},
                  {"version", ref_take(&info)},
                  {"hexversion", INT(0x030B02F0)},
                  {"_multiarch", str_from_z(ts, "x86_64-linux-gnu")}};
    for (size_t i = 0; i < ARRAY_LENGTH(fields); i++) {
        OWNED Ref value = fields[i].value;
        OWNED Ref name = str_intern_z(ts, fields[i].name);
        if (is_error(value) || is_error(name) ||
            object_set_attribute(ts, implementation.v, name.v, value.v) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    return module_add(ts, module, "implementation", implementation.v);
}

#ifdef __clang__
#define COMPILER_TEXT "Clang " __clang_version__
#else
#define COMPILER_TEXT "GCC " __VERSION__
#endif
// As CPython's is laid out: the library's platform module takes it apart.
static const char version_text[] = "3.11.2 (Adder 0.1.0) [" COMPILER_TEXT "]";

static Ref meta_path(ThreadState *ts)
{
    OWNED Ref stand_in = finder_stand_in(ts);
    return is_error(stand_in) ? NO_REF : list_from_values(ts, &stand_in.v, 1);
}

static Ref warning_options(ThreadState *ts)
{
    OWNED Ref list = list_new(ts, 0);
    for (int i = 0; !is_error(list) && i < runtime_state.options.warning_count; i++) {
        OWNED Ref text = str_from_z(ts, runtime_state.options.warnings[i]);
        if (is_error(text) || list_append(ts, list_from(list.v), text.v) == STATUS_ERROR) {
            return NO_REF;
        }
    }
    return ref_take(&list);
}

// -X name and -X name=value
static Ref x_options(ThreadState *ts)
{
    OWNED Ref options = dict_new(ts);
    for (int i = 0; !is_error(options) && i < runtime_state.options.x_count; i++) {
        const char *text = runtime_state.options.x_options[i];
        size_t size = strcspn(text, "=");
        OWNED Ref name = str_from_utf8_replace(ts, text, size);
        OWNED Ref value = text[size] == '=' ? str_from_z(ts, text + size + 1) : REF_OF(VALUE_TRUE);
        if (is_error(name) || is_error(value) ||
            dict_set(ts, dict_from(options.v), name.v, value.v) == STATUS_ERROR) {
            return NO_REF;
        }
    }
    return ref_take(&options);
}

// The hooks under the names by which scripts find them again.
static Status keep_hooks(ThreadState *ts, Value module)
{
    static const char *const hooks[][2] = {{"excepthook", "__excepthook__"},
                                           {"displayhook", "__displayhook__"},
                                           {"unraisablehook", "__unraisablehook__"}};
    for (size_t i = 0; i < ARRAY_LENGTH(hooks); i++) {
        OWNED Ref hook = NO_REF;
        if (dict_get_z(ts, module_dict(module), hooks[i][0], &hook) != LOOKUP_FOUND ||
            module_add(ts, module, hooks[i][1], hook.v) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    return STATUS_OK;
}

static Status setup(ThreadState *ts, Value module)
{
    RuntimeOptions *o = &runtime_state.options;
    char executable[4096];
    ssize_t n = readlink("/proc/self/exe", executable, sizeof executable - 1);
    executable[n > 0 ? n : 0] = '\0';
    OWNED Ref builtin_names = tuple_empty();
    static const struct {
        const char *name, *text;
    } texts[] = {{"version", version_text}, {"platform", "linux"},
                 {"byteorder", "little"},   {"copyright", "Copyright (c) 2026 The Adder authors"},
                 {"prefix", "/usr"},        {"exec_prefix", "/usr"},
                 {"base_prefix", "/usr"},   {"base_exec_prefix", "/usr"},
                 {"platlibdir", "lib"},     {"float_repr_style", "short"},
                 {"ps1", ">>> "},           {"ps2", "... "}};
    for (size_t i = 0; i < ARRAY_LENGTH(texts); i++) {
        if ((texts[i].name[0] != 'p' || texts[i].name[1] != 's' || o->interactive) &&
            module_add_str(ts, module, texts[i].name, texts[i].text) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    char *one[1] = {(char *)""};
    if (module_add_str(ts, module, "executable", executable) == STATUS_ERROR ||
        module_add_str(ts, module, "_base_executable", executable) == STATUS_ERROR ||
        module_add_int(ts, module, "maxsize", INT64_MAX) == STATUS_ERROR ||
        module_add_int(ts, module, "maxunicode", 0x10FFFF) == STATUS_ERROR ||
        module_add_int(ts, module, "hexversion", 0x030B02F0) == STATUS_ERROR ||
        module_add_int(ts, module, "api_version", 1013) == STATUS_ERROR ||
        module_add(ts, module, "dont_write_bytecode", bool_value(o->dont_write_bytecode)) ==
            STATUS_ERROR ||
        module_add(ts, module, "pycache_prefix", VALUE_NONE) == STATUS_ERROR ||
        module_add(ts, module, "modules", runtime_state.modules.v) == STATUS_ERROR ||
        module_add_str(ts, module, "abiflags", "") == STATUS_ERROR ||
        module_add_ref(ts, module, "warnoptions", warning_options(ts)) == STATUS_ERROR ||
        module_add_ref(ts, module, "meta_path", meta_path(ts)) == STATUS_ERROR ||
        module_add_ref(ts, module, "path_hooks", list_new(ts, 0)) == STATUS_ERROR ||
        module_add_ref(ts, module, "path_importer_cache", dict_new(ts)) == STATUS_ERROR ||
        module_add_ref(ts, module, "_xoptions", x_options(ts)) == STATUS_ERROR ||
        module_add_ref(ts, module, "argv",
                       o->argc > 0 ? list_of_strings(ts, o->argc, o->argv)
                                   : list_of_strings(ts, 1, one)) == STATUS_ERROR ||
        module_add_ref(ts, module, "orig_argv", list_of_strings(ts, o->orig_argc, o->orig_argv)) ==
            STATUS_ERROR ||
        module_add_ref(ts, module, "path", list_new(ts, 4)) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    return keep_hooks(ts, module) == STATUS_ERROR ? STATUS_ERROR : add_descriptions(ts, module);
}

// The standard streams, once io can be used. Also as __stdin__ and so on.
Status sys_setup_streams(ThreadState *ts)
{
    static const struct {
        const char *name, *shown, *saved;
    } streams[] = {{"stdin", "<stdin>", "__stdin__"},
                   {"stdout", "<stdout>", "__stdout__"},
                   {"stderr", "<stderr>", "__stderr__"}};
    for (int fd = 0; fd < 3; fd++) {
        OWNED Ref stream =
            io_standard_stream(ts, fd, streams[fd].shown, fd > 0, runtime_state.options.unbuffered);
        if (is_error(stream) ||
            module_add(ts, runtime_state.sys.v, streams[fd].name, stream.v) == STATUS_ERROR ||
            module_add(ts, runtime_state.sys.v, streams[fd].saved, stream.v) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    return STATUS_OK;
}

Status sys_flush_streams(ThreadState *ts, bool report)
{
    Status s = STATUS_OK;
    Value names[2] = {NAME(stdout), NAME(stderr)}; // no memory is needed to find them
    for (int i = 0; i < 2; i++) {
        OWNED Ref stream = NO_REF;
        if (dict_get(ts, module_dict(runtime_state.sys.v), names[i], &stream) != LOOKUP_FOUND ||
            value_is_none(stream.v)) {
            exception_clear(ts);
            continue;
        }
        OWNED Ref closed = object_get_attribute_z(ts, stream.v, "closed");
        if (!is_error(closed) && value_is_same(closed.v, VALUE_TRUE)) {
            continue;
        }
        exception_clear(ts);
        OWNED Ref flushed = object_call_method_z(ts, stream.v, "flush", NULL, 0);
        if (is_error(flushed)) {
            if (i == 0) {
                s = STATUS_ERROR;
                if (report) {
                    exception_unraisable(ts, stream.v, NULL);
                }
            }
            exception_clear(ts);
        }
    }
    return s;
}

const ModuleSpec module_sys = {"sys", "What the interpreter tells of itself, and what can be set.",
                               functions, setup};
