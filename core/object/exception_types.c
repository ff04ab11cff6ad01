// core/object/exception_types.c: exceptions with attributes of their own: StopIteration,
// SystemExit, AttributeError, NameError, ImportError, OSError, SyntaxError and the Unicode errors.
#include <errno.h>
#include <string.h>

#include "core/object/bytes.h"
#include "core/object/dict.h"
#include "core/object/exception_specs.h"
#include "core/object/instance.h"
#include "core/object/int.h"
#include "core/object/str.h"
#include "core/object/tuple.h"

// A plain read-write attribute in `extra`.
#define EXTRA_MEMBER(function, index, count)                                                       \
    static Ref get_##function(ThreadState *ts, Value self)                                         \
    {                                                                                              \
        Ref r = exception_extra(self, index);                                                      \
        return is_error(r) ? REF_NONE : r;                                                         \
    }                                                                                              \
    static Status set_##function(ThreadState *ts, Value self, Value value)                         \
    {                                                                                              \
        return exception_set_extra(ts, self, index, count, value);                                 \
    }
#define EXTRA_ROW(name, function, doc)                                                             \
    {                                                                                              \
        name, get_##function, set_##function, doc                                                  \
    }
#define GETSET_END                                                                                 \
    {                                                                                              \
        NULL, NULL, NULL, NULL                                                                     \
    }

// Keyword arguments that an __init__ takes by name. False: an unexpected one (TypeError is set).
static bool take_keywords(ThreadState *ts, const char *type, const Value *values, Value names,
                          const char *const *allowed, Value *out, size_t allowed_count)
{
    size_t count = is_no_value(names) ? 0 : tuple_count(names);
    for (size_t k = 0; k < count; k++) {
        size_t i = 0;
        while (i < allowed_count && !str_equal_z(tuple_item(names, k), allowed[i])) {
            i++;
        }
        if (i == allowed_count) {
            (void)raise(ts, EXC_TypeError, "'%U' is an invalid keyword argument for %s()",
                        tuple_item(names, k), type);
            return false;
        }
        out[i] = values[k];
    }
    return true;
}

// --- StopIteration, SystemExit -------------------------------------------------------------------

static Ref get_value(ThreadState *ts, Value self)
{
    Ref value = exception_extra(self, EXTRA_VALUE);
    if (!is_error(value)) {
        return value;
    }
    OWNED Ref args = exception_args(self);
    return tuple_count(args.v) > 0 ? ref_new(tuple_item(args.v, 0)) : REF_NONE;
}

static Status set_value(ThreadState *ts, Value self, Value value)
{
    return exception_set_extra(ts, self, EXTRA_VALUE, EXTRA_VALUE_COUNT,
                               is_no_value(value) ? VALUE_NONE : value);
}

static Ref get_code(ThreadState *ts, Value self)
{
    Ref value = exception_extra(self, EXTRA_VALUE);
    if (!is_error(value)) {
        return value;
    }
    OWNED Ref args = exception_args(self);
    switch (tuple_count(args.v)) {
    case 0:
        return REF_NONE;
    case 1:
        return ref_new(tuple_item(args.v, 0));
    default:
        return ref_take(&args);
    }
}

Status exception_keep_value(ThreadState *ts, Value self)
{
    bool is_stop = value_is_exception_of(self, EXC_StopIteration);
    if (!is_stop && !value_is_exception_of(self, EXC_SystemExit)) {
        return STATUS_OK;
    }
    OWNED Ref value = is_stop ? get_value(ts, self) : get_code(ts, self);
    return set_value(ts, self, value.v);
}

static const GetSetDef stop_iteration_getset[] = {
    {"value", get_value, set_value, "generator return value"}, GETSET_END};
static const GetSetDef system_exit_getset[] = {{"code", get_code, set_value, "exception code"},
                                               GETSET_END};

// --- AttributeError, NameError -------------------------------------------------------------------

static Status attribute_error_init(CALL_PARAMETERS)
{
    static const char *const allowed[] = {"name", "obj"};
    Value given[2] = {NO_VALUE, NO_VALUE};
    if (!take_keywords(ts, "AttributeError", args + count, names, allowed, given, 2) ||
        exception_store_args(ts, self, args, count) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    for (size_t i = 0; i < 2; i++) {
        if (exception_set_extra(ts, self, i, EXTRA_ATTRIBUTE_COUNT, given[i]) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    return STATUS_OK;
}
EXTRA_MEMBER(attribute_name, EXTRA_ATTRIBUTE_NAME, EXTRA_ATTRIBUTE_COUNT)
EXTRA_MEMBER(attribute_obj, EXTRA_ATTRIBUTE_OBJ, EXTRA_ATTRIBUTE_COUNT)
static const GetSetDef attribute_error_getset[] = {
    EXTRA_ROW("name", attribute_name, "attribute name"), EXTRA_ROW("obj", attribute_obj, "object"),
    GETSET_END};

static Status name_error_init(CALL_PARAMETERS)
{
    static const char *const allowed[] = {"name"};
    Value given = NO_VALUE;
    if (!take_keywords(ts, "NameError", args + count, names, allowed, &given, 1) ||
        exception_store_args(ts, self, args, count) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    return exception_set_extra(ts, self, EXTRA_NAME_NAME, EXTRA_NAME_COUNT, given);
}
EXTRA_MEMBER(name_name, EXTRA_NAME_NAME, EXTRA_NAME_COUNT)
static const GetSetDef name_error_getset[] = {EXTRA_ROW("name", name_name, "name"), GETSET_END};

// --- ImportError ---------------------------------------------------------------------------------

static Status import_error_init(CALL_PARAMETERS)
{
    static const char *const allowed[] = {"name", "path"};
    Value given[2] = {NO_VALUE, NO_VALUE};
    if (!take_keywords(ts, "ImportError", args + count, names, allowed, given, 2) ||
        exception_store_args(ts, self, args, count) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    Value all[3] = {count == 1 ? args[0] : NO_VALUE, given[0], given[1]};
    for (size_t i = 0; i < 3; i++) { // what is not given is reset
        if (exception_set_extra(ts, self, i, EXTRA_IMPORT_COUNT, all[i]) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    return STATUS_OK;
}

static Ref import_error_str(ThreadState *ts, Value self)
{
    OWNED Ref message = exception_extra(self, EXTRA_IMPORT_MSG);
    if (!is_error(message) && value_is_exactly(message.v, KIND_STR)) {
        return ref_take(&message);
    }
    return exception_str(ts, self);
}

static Ref import_error_reduce(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref own = exception_args(self);
    OWNED Ref state = instance_dict_copy(ts, value_head(self));
    OWNED Ref name = exception_extra(self, EXTRA_IMPORT_NAME);
    OWNED Ref path = exception_extra(self, EXTRA_IMPORT_PATH);
    if (is_error(state) ||
        (!is_error(name) && dict_set_z(ts, dict_from(state.v), "name", name.v) == STATUS_ERROR) ||
        (!is_error(path) && dict_set_z(ts, dict_from(state.v), "path", path.v) == STATUS_ERROR)) {
        return NO_REF;
    }
    return exception_reduce_with(ts, self, own.v, state.v);
}
EXTRA_MEMBER(import_msg, EXTRA_IMPORT_MSG, EXTRA_IMPORT_COUNT)
EXTRA_MEMBER(import_name, EXTRA_IMPORT_NAME, EXTRA_IMPORT_COUNT)
EXTRA_MEMBER(import_path, EXTRA_IMPORT_PATH, EXTRA_IMPORT_COUNT)
static const GetSetDef import_error_getset[] = {EXTRA_ROW("msg", import_msg, "exception message"),
                                                EXTRA_ROW("name", import_name, "module name"),
                                                EXTRA_ROW("path", import_path, "module path"),
                                                GETSET_END};
static const NativeDef import_error_methods[] = {
    NATIVE("__reduce__", import_error_reduce, "($self, /)", NULL), NATIVE_END};

// --- OSError -------------------------------------------------------------------------------------

static ExceptionId subclass_for_errno(int64_t number)
{
    switch (number) {
    case EAGAIN:
    case EALREADY:
    case EINPROGRESS:
        return EXC_BlockingIOError;
    case EPIPE:
    case ESHUTDOWN:
        return EXC_BrokenPipeError;
    case ECHILD:
        return EXC_ChildProcessError;
    case ECONNABORTED:
        return EXC_ConnectionAbortedError;
    case ECONNREFUSED:
        return EXC_ConnectionRefusedError;
    case ECONNRESET:
        return EXC_ConnectionResetError;
    case EEXIST:
        return EXC_FileExistsError;
    case ENOENT:
        return EXC_FileNotFoundError;
    case EISDIR:
        return EXC_IsADirectoryError;
    case ENOTDIR:
        return EXC_NotADirectoryError;
    case EINTR:
        return EXC_InterruptedError;
    case EACCES:
    case EPERM:
        return EXC_PermissionError;
    case ESRCH:
        return EXC_ProcessLookupError;
    case ETIMEDOUT:
        return EXC_TimeoutError;
    default:
        return EXC_OSError;
    }
}

// (errno, strerror[, filename[, winerror[, filename2]]]); args keeps the first two then.
static Status os_error_store(ThreadState *ts, Value self, const Value *args, size_t count)
{
    size_t kept = count;
    if (count >= 2 && count <= 5) {
        Value all[EXTRA_OS_COUNT] = {args[0], args[1], NO_VALUE, NO_VALUE, NO_VALUE};
        if (count >= 3 && !value_is_none(args[2])) {
            bool is_blocking = value_is_instance(self, TYPE_OF_EXCEPTION(EXC_BlockingIOError));
            if (is_blocking && value_is_int(args[2])) {
                all[EXTRA_OS_WRITTEN] = args[2];
            } else {
                all[EXTRA_OS_FILENAME] = args[2];
                all[EXTRA_OS_FILENAME2] = count == 5 ? args[4] : NO_VALUE;
                kept = 2;
            }
        }
        OWNED Ref extra = tuple_new(ts, EXTRA_OS_COUNT);
        if (is_error(extra)) {
            return STATUS_ERROR;
        }
        for (size_t i = 0; i < EXTRA_OS_COUNT; i++) {
            tuple_init_item(extra.v, i, ref_new(all[i]));
        }
        object_track(value_head(extra.v));
        exception_set_field(ts, self, &exception_from(self)->extra, ref_take(&extra));
    }
    return exception_store_args(ts, self, args, kept);
}

// A subclass with an __init__ of its own and no __new__ gets its arguments there.
static bool os_error_parses_in_init(const Type *t)
{
    return t->slots.init != TYPE_OF_EXCEPTION(EXC_OSError)->slots.init &&
           t->slots.make == TYPE_OF_EXCEPTION(EXC_OSError)->slots.make;
}

static Ref os_error_make(CALL_PARAMETERS)
{
    Type *t = type_from(self);
    if (os_error_parses_in_init(t)) {
        return exception_new_with(ts, t, tuple_empty());
    }
    if (!is_no_value(names) && tuple_count(names) > 0) {
        return raise(ts, EXC_TypeError, "%N() takes no keyword arguments", t);
    }
    int64_t number;
    if (t == TYPE_OF_EXCEPTION(EXC_OSError) && count >= 2 && count <= 5 && value_is_int(args[0]) &&
        int_to_i64(args[0], &number)) {
        t = TYPE_OF_EXCEPTION(subclass_for_errno(number));
    }
    OWNED Ref made = exception_new_with(ts, t, tuple_empty());
    if (is_error(made) || os_error_store(ts, made.v, args, count) == STATUS_ERROR) {
        return NO_REF;
    }
    return ref_take(&made);
}

static Status os_error_init(CALL_PARAMETERS)
{
    Type *t = type_of(self);
    if (!os_error_parses_in_init(t)) {
        return STATUS_OK;
    }
    if (exception_refuse_keywords(ts, self, names) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    return os_error_store(ts, self, args, count);
}

static Ref os_error_str(ThreadState *ts, Value self)
{
    OWNED Ref number = exception_extra(self, EXTRA_OS_ERRNO);
    OWNED Ref text = exception_extra(self, EXTRA_OS_STRERROR);
    OWNED Ref file = exception_extra(self, EXTRA_OS_FILENAME);
    OWNED Ref file2 = exception_extra(self, EXTRA_OS_FILENAME2);
    Value n = is_error(number) ? VALUE_NONE : number.v;
    Value s = is_error(text) ? VALUE_NONE : text.v;
    if (!is_error(file)) {
        return is_error(file2) ? format_str(ts, "[Errno %S] %S: %R", n, s, file.v)
                               : format_str(ts, "[Errno %S] %S: %R -> %R", n, s, file.v, file2.v);
    }
    if (!is_error(number) && !is_error(text)) {
        return format_str(ts, "[Errno %S] %S", n, s);
    }
    return exception_str(ts, self);
}

static Ref os_error_reduce(ThreadState *ts, Value self, const Value *unused)
{
    OWNED Ref args = exception_args(self);
    OWNED Ref file = exception_extra(self, EXTRA_OS_FILENAME);
    OWNED Ref file2 = exception_extra(self, EXTRA_OS_FILENAME2);
    if (tuple_count(args.v) == 2 && !is_error(file)) {
        Value number = tuple_item(args.v, 0), text = tuple_item(args.v, 1);
        ref_set(&args, is_error(file2)
                           ? tuple_pack(ts, 3, number, text, file.v)
                           : tuple_pack(ts, 5, number, text, file.v, VALUE_NONE, file2.v));
    }
    OWNED Ref state = is_error(args) ? NO_REF : instance_dict_copy(ts, value_head(self));
    return is_error(state) ? NO_REF : exception_reduce_with(ts, self, args.v, state.v);
}

EXTRA_MEMBER(os_errno, EXTRA_OS_ERRNO, EXTRA_OS_COUNT)
EXTRA_MEMBER(os_strerror, EXTRA_OS_STRERROR, EXTRA_OS_COUNT)
EXTRA_MEMBER(os_filename, EXTRA_OS_FILENAME, EXTRA_OS_COUNT)
EXTRA_MEMBER(os_filename2, EXTRA_OS_FILENAME2, EXTRA_OS_COUNT)

static Ref get_characters_written(ThreadState *ts, Value self)
{
    Ref written = exception_extra(self, EXTRA_OS_WRITTEN);
    return is_error(written) ? raise(ts, EXC_AttributeError, "characters_written") : written;
}

static Status set_characters_written(ThreadState *ts, Value self, Value value)
{
    if (is_no_value(value)) {
        OWNED Ref now = get_characters_written(ts, self);
        if (is_error(now)) {
            return STATUS_ERROR;
        }
        return exception_set_extra(ts, self, EXTRA_OS_WRITTEN, EXTRA_OS_COUNT, NO_VALUE);
    }
    OWNED Ref number = object_index(ts, value);
    return is_error(number)
               ? STATUS_ERROR
               : exception_set_extra(ts, self, EXTRA_OS_WRITTEN, EXTRA_OS_COUNT, number.v);
}

static const GetSetDef os_error_getset[] = {
    EXTRA_ROW("errno", os_errno, "POSIX exception code"),
    EXTRA_ROW("strerror", os_strerror, "exception strerror"),
    EXTRA_ROW("filename", os_filename, "exception filename"),
    EXTRA_ROW("filename2", os_filename2, "second exception filename"),
    EXTRA_ROW("characters_written", characters_written, NULL),
    GETSET_END};
static const NativeDef os_error_methods[] = {
    NATIVE("__reduce__", os_error_reduce, "($self, /)", NULL), NATIVE_END};

// --- SyntaxError ---------------------------------------------------------------------------------

static Status syntax_error_init(CALL_PARAMETERS)
{
    if (exception_refuse_keywords(ts, self, names) == STATUS_ERROR ||
        exception_store_args(ts, self, args, count) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    if (count == 0) {
        return STATUS_OK;
    }
    OWNED Ref info = NO_REF;
    size_t given = 0;
    if (count == 2) {
        info = sequence_tuple(ts, args[1]);
        if (is_error(info)) {
            return STATUS_ERROR;
        }
        given = tuple_count(info.v);
        if (given < 4) {
            return raise_status(ts, EXC_TypeError,
                                "function takes at least 4 arguments (%zu given)", given);
        }
        if (given > 6) {
            return raise_status(ts, EXC_TypeError, "function takes at most 6 arguments (%zu given)",
                                given);
        }
        if (given == 5) {
            return raise_status(ts, EXC_TypeError,
                                "end_offset must be provided when end_lineno is provided");
        }
    }
    OWNED Ref extra = tuple_new(ts, EXTRA_SYNTAX_COUNT);
    if (is_error(extra)) {
        return STATUS_ERROR;
    }
    tuple_init_item(extra.v, EXTRA_SYNTAX_MSG, ref_new(args[0]));
    for (size_t i = 1; i < EXTRA_SYNTAX_COUNT; i++) {
        tuple_init_item(extra.v, i, i <= given ? ref_new(tuple_item(info.v, i - 1)) : NO_REF);
    }
    object_track(value_head(extra.v));
    exception_set_field(ts, self, &exception_from(self)->extra, ref_take(&extra));
    return STATUS_OK;
}

static Ref syntax_error_str(ThreadState *ts, Value self)
{
    OWNED Ref message = exception_extra(self, EXTRA_SYNTAX_MSG);
    OWNED Ref file = exception_extra(self, EXTRA_SYNTAX_FILENAME);
    OWNED Ref line = exception_extra(self, EXTRA_SYNTAX_LINENO);
    Value text = is_error(message) ? VALUE_NONE : message.v;
    bool has_line = !is_error(line) && value_is_exactly_int(line.v);
    if (is_error(file) || !value_is_str(file.v)) {
        return has_line ? format_str(ts, "%S (line %S)", text, line.v) : object_str(ts, text);
    }
    size_t start = str_length(file.v);
    while (start > 0 && str_char(str_from(file.v), start - 1) != '/') {
        start--;
    }
    OWNED Ref base = str_substring(ts, file.v, start, str_length(file.v));
    if (is_error(base)) {
        return NO_REF;
    }
    return has_line ? format_str(ts, "%S (%U, line %S)", text, base.v, line.v)
                    : format_str(ts, "%S (%U)", text, base.v);
}

EXTRA_MEMBER(syntax_msg, EXTRA_SYNTAX_MSG, EXTRA_SYNTAX_COUNT)
EXTRA_MEMBER(syntax_filename, EXTRA_SYNTAX_FILENAME, EXTRA_SYNTAX_COUNT)
EXTRA_MEMBER(syntax_lineno, EXTRA_SYNTAX_LINENO, EXTRA_SYNTAX_COUNT)
EXTRA_MEMBER(syntax_offset, EXTRA_SYNTAX_OFFSET, EXTRA_SYNTAX_COUNT)
EXTRA_MEMBER(syntax_text, EXTRA_SYNTAX_TEXT, EXTRA_SYNTAX_COUNT)
EXTRA_MEMBER(syntax_end_lineno, EXTRA_SYNTAX_END_LINENO, EXTRA_SYNTAX_COUNT)
EXTRA_MEMBER(syntax_end_offset, EXTRA_SYNTAX_END_OFFSET, EXTRA_SYNTAX_COUNT)
EXTRA_MEMBER(syntax_print, EXTRA_SYNTAX_PRINT, EXTRA_SYNTAX_COUNT)
static const GetSetDef syntax_error_getset[] = {
    EXTRA_ROW("msg", syntax_msg, "exception msg"),
    EXTRA_ROW("filename", syntax_filename, "exception filename"),
    EXTRA_ROW("lineno", syntax_lineno, "exception lineno"),
    EXTRA_ROW("offset", syntax_offset, "exception offset"),
    EXTRA_ROW("text", syntax_text, "exception text"),
    EXTRA_ROW("end_lineno", syntax_end_lineno, "exception end lineno"),
    EXTRA_ROW("end_offset", syntax_end_offset, "exception end offset"),
    EXTRA_ROW("print_file_and_line", syntax_print, "exception print_file_and_line"),
    GETSET_END};

// --- Unicode errors ------------------------------------------------------------------------------

static bool is_translate(Value self)
{
    return value_is_exception_of(self, EXC_UnicodeTranslateError);
}
static bool is_decode(Value self) { return value_is_exception_of(self, EXC_UnicodeDecodeError); }

static Status check_unicode_arguments(ThreadState *ts, Value self, const Value *a, size_t position,
                                      Value *object, Ref *made)
{
    if (position == 1 && !value_is_str(a[0])) {
        return raise_status(ts, EXC_TypeError, "argument 1 must be str, not %T", a[0]);
    }
    *object = a[position];
    if (is_decode(self)) {
        if (!value_is_bytes(*object)) {
            BufferView view;
            if (buffer_get(ts, *object, &view) == STATUS_ERROR) {
                return STATUS_ERROR;
            }
            *made = bytes_new(ts, view.data, view.size);
            buffer_release(ts, &view);
            if (is_error(*made)) {
                return STATUS_ERROR;
            }
            *object = made->v;
        }
    } else if (!value_is_str(*object)) {
        return raise_status(ts, EXC_TypeError, "argument %zu must be str, not %T", position + 1,
                            *object);
    }
    if (!value_is_str(a[position + 3])) {
        return raise_status(ts, EXC_TypeError, "argument %zu must be str, not %T", position + 4,
                            a[position + 3]);
    }
    return STATUS_OK;
}

static Status unicode_error_init(CALL_PARAMETERS)
{
    if (exception_refuse_keywords(ts, self, names) == STATUS_ERROR ||
        exception_store_args(ts, self, args, count) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    size_t position = is_translate(self) ? 0 : 1; // of the object
    if (count != position + 4) {
        return raise_status(ts, EXC_TypeError, "function takes exactly %zu arguments (%zu given)",
                            position + 4, count);
    }
    Value object = NO_VALUE;
    OWNED Ref made = NO_REF;
    if (check_unicode_arguments(ts, self, args, position, &object, &made) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    OWNED Ref start = object_index(ts, args[position + 1]);
    OWNED Ref end = is_error(start) ? NO_REF : object_index(ts, args[position + 2]);
    OWNED Ref extra = is_error(end) ? NO_REF : tuple_new(ts, EXTRA_UNICODE_COUNT);
    if (is_error(extra)) {
        return STATUS_ERROR;
    }
    tuple_init_item(extra.v, EXTRA_UNICODE_ENCODING, position == 1 ? ref_new(args[0]) : NO_REF);
    tuple_init_item(extra.v, EXTRA_UNICODE_OBJECT, ref_new(object));
    tuple_init_item(extra.v, EXTRA_UNICODE_START, ref_take(&start));
    tuple_init_item(extra.v, EXTRA_UNICODE_END, ref_take(&end));
    tuple_init_item(extra.v, EXTRA_UNICODE_REASON, ref_new(args[position + 3]));
    object_track(value_head(extra.v));
    exception_set_field(ts, self, &exception_from(self)->extra, ref_take(&extra));
    return STATUS_OK;
}

static Ref unicode_error_text(ThreadState *ts, Value self, Value encoding, Value object,
                              Value reason, int64_t start, int64_t end)
{
    OWNED Ref prefix = is_translate(self) ? str_from_z(ts, "can't translate")
                                          : format_str(ts, "'%S' codec can't %s", encoding,
                                                       is_decode(self) ? "decode" : "encode");
    if (is_error(prefix)) {
        return NO_REF;
    }
    int64_t length =
        is_decode(self) ? (int64_t)bytes_from(object)->size : (int64_t)str_length(object);
    if (start >= 0 && start < length && end == start + 1) {
        if (is_decode(self)) {
            return format_str(ts, "%U byte 0x%02x in position %lld: %S", prefix.v,
                              (int)bytes_from(object)->data[start], (long long)start, reason);
        }
        uint32_t c = str_char(str_from(object), (size_t)start);
        const char *format = c <= 0xFF     ? "%U character '\\x%02x' in position %lld: %S"
                             : c <= 0xFFFF ? "%U character '\\u%04x' in position %lld: %S"
                                           : "%U character '\\U%08x' in position %lld: %S";
        return format_str(ts, format, prefix.v, c, (long long)start, reason);
    }
    return format_str(ts, "%U %s in position %lld-%lld: %S", prefix.v,
                      is_decode(self) ? "bytes" : "characters", (long long)start,
                      (long long)(end - 1), reason);
}

static Ref unicode_error_str(ThreadState *ts, Value self)
{
    OWNED Ref object = exception_extra(self, EXTRA_UNICODE_OBJECT);
    if (is_error(object)) {
        return str_empty();
    }
    OWNED Ref encoding = exception_extra(self, EXTRA_UNICODE_ENCODING);
    OWNED Ref reason = exception_extra(self, EXTRA_UNICODE_REASON);
    OWNED Ref start = exception_extra(self, EXTRA_UNICODE_START);
    OWNED Ref end = exception_extra(self, EXTRA_UNICODE_END);
    int64_t first = 0, last = 0;
    if (!is_error(start)) {
        (void)int_to_i64(start.v, &first);
    }
    if (!is_error(end)) {
        (void)int_to_i64(end.v, &last);
    }
    return unicode_error_text(ts, self, encoding.v, object.v,
                              is_error(reason) ? VALUE_NONE : reason.v, first, last);
}

EXTRA_MEMBER(unicode_encoding, EXTRA_UNICODE_ENCODING, EXTRA_UNICODE_COUNT)
EXTRA_MEMBER(unicode_object, EXTRA_UNICODE_OBJECT, EXTRA_UNICODE_COUNT)
EXTRA_MEMBER(unicode_start, EXTRA_UNICODE_START, EXTRA_UNICODE_COUNT)
EXTRA_MEMBER(unicode_end, EXTRA_UNICODE_END, EXTRA_UNICODE_COUNT)
EXTRA_MEMBER(unicode_reason, EXTRA_UNICODE_REASON, EXTRA_UNICODE_COUNT)
static const GetSetDef unicode_error_getset[] = {
    EXTRA_ROW("encoding", unicode_encoding, "exception encoding"),
    EXTRA_ROW("object", unicode_object, "exception object"),
    EXTRA_ROW("start", unicode_start, "exception start"),
    EXTRA_ROW("end", unicode_end, "exception end"),
    EXTRA_ROW("reason", unicode_reason, "exception reason"),
    GETSET_END};

// --- Rows ----------------------------------------------------------------------------------------

void exception_specs_fill(TypeSpec specs[EXC_COUNT])
{
    specs[EXC_StopIteration].getset = stop_iteration_getset;
    specs[EXC_SystemExit].getset = system_exit_getset;
    specs[EXC_AttributeError].slots.init = attribute_error_init;
    specs[EXC_AttributeError].getset = attribute_error_getset;
    specs[EXC_NameError].slots.init = name_error_init;
    specs[EXC_NameError].getset = name_error_getset;
    specs[EXC_ImportError].slots.init = import_error_init;
    specs[EXC_ImportError].slots.str = import_error_str;
    specs[EXC_ImportError].getset = import_error_getset;
    specs[EXC_ImportError].methods = import_error_methods;
    specs[EXC_OSError].slots.make = os_error_make;
    specs[EXC_OSError].slots.init = os_error_init;
    specs[EXC_OSError].slots.str = os_error_str;
    specs[EXC_OSError].getset = os_error_getset;
    specs[EXC_OSError].methods = os_error_methods;
    specs[EXC_SyntaxError].slots.init = syntax_error_init;
    specs[EXC_SyntaxError].slots.str = syntax_error_str;
    specs[EXC_SyntaxError].getset = syntax_error_getset;
    static const ExceptionId unicode[] = {EXC_UnicodeDecodeError, EXC_UnicodeEncodeError,
                                          EXC_UnicodeTranslateError};
    for (size_t i = 0; i < ARRAY_LENGTH(unicode); i++) {
        specs[unicode[i]].slots.init = unicode_error_init;
        specs[unicode[i]].slots.str = unicode_error_str;
        specs[unicode[i]].getset = unicode_error_getset;
    }
}
