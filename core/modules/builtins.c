// core/modules/builtins.c: the builtins module: its table, and the functions of one line or two.
#include "core/modules/builtins.h"

#include "core/modules/io.h"
#include "core/object/float.h"
#include "core/object/int.h"
#include "core/object/module.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/object/bytes.h"
#include "core/vm/runtime_state.h"

static Ref builtin_abs(BOUND_PARAMETERS) { return object_unary(ts, UN_ABSOLUTE, args[0]); }
static Ref builtin_ascii(BOUND_PARAMETERS) { return object_ascii(ts, args[0]); }
static Ref builtin_repr(BOUND_PARAMETERS) { return object_repr(ts, args[0]); }
static Ref builtin_id(BOUND_PARAMETERS) { return object_id(ts, args[0]); }
static Ref builtin_callable(BOUND_PARAMETERS)
{
    return REF_OF(bool_value(object_is_callable(args[0])));
}
static Ref builtin_divmod(BOUND_PARAMETERS)
{
    return object_binary(ts, BIN_DIVMOD, args[0], args[1]);
}

static Ref builtin_hash(BOUND_PARAMETERS)
{
    int64_t hash;
    return object_hash(ts, args[0], &hash) == STATUS_ERROR ? NO_REF : int_from_i64(ts, hash);
}

static Ref builtin_pow(BOUND_PARAMETERS)
{
    Value modulus = is_no_value(args[2]) ? VALUE_NONE : args[2];
    return value_is_none(modulus) ? object_binary(ts, BIN_POW, args[0], args[1])
                                  : object_power(ts, args[0], args[1], modulus);
}

static Ref builtin_round(BOUND_PARAMETERS)
{
    bool has_digits = !is_no_value(args[1]) && !value_is_none(args[1]);
    Ref method = type_lookup(ts, type_of(args[0]), NAME(__round__));
    if (is_error(method)) {
        return has_exception(ts)
                   ? NO_REF
                   : raise(ts, EXC_TypeError, "type %T doesn't define __round__ method", args[0]);
    }
    ref_drop(&method);
    return type_call_special(ts, args[0], NAME(__round__), args + 1, has_digits);
}

// Debian's `site` gives CPython these two; scripts use them.
static Ref builtin_exit(BOUND_PARAMETERS)
{
    Value code = is_no_value(args[0]) ? VALUE_NONE : args[0];
    return raise_value(ts, EXC_SystemExit, code);
}

static Ref number_in_base(ThreadState *ts, Value v, int base, const char *prefix)
{
    OWNED Ref index = object_index(ts, v);
    OWNED Ref digits = is_error(index) ? NO_REF : int_to_str(ts, index.v, base);
    if (is_error(digits)) {
        return NO_REF;
    }
    if (int_sign(index.v) >= 0) {
        return format_str(ts, "%s%U", prefix, digits.v);
    }
    OWNED Ref magnitude = str_substring(ts, digits.v, 1, str_length(digits.v));
    return is_error(magnitude) ? NO_REF : format_str(ts, "-%s%U", prefix, magnitude.v);
}
static Ref builtin_bin(BOUND_PARAMETERS) { return number_in_base(ts, args[0], 2, "0b"); }
static Ref builtin_oct(BOUND_PARAMETERS) { return number_in_base(ts, args[0], 8, "0o"); }
static Ref builtin_hex(BOUND_PARAMETERS) { return number_in_base(ts, args[0], 16, "0x"); }

static Ref builtin_chr(BOUND_PARAMETERS)
{
    if (!value_is_int(args[0])) {
        OWNED Ref index = object_index(ts, args[0]);
        if (is_error(index)) {
            return NO_REF;
        }
        Value again = index.v;
        return builtin_chr(ts, self, &again);
    }
    int64_t code;
    if (!int_to_i64(args[0], &code)) {
        return raise(ts, EXC_OverflowError, "Python int too large to convert to C int");
    }
    if (code < -2147483648LL || code > 2147483647LL) {
        return raise(ts, EXC_OverflowError, "signed integer is %s than %s",
                     code < 0 ? "less" : "greater", code < 0 ? "minimum" : "maximum");
    }
    if (code < 0 || code > 0x10FFFF) {
        return raise(ts, EXC_ValueError, "chr() arg not in range(0x110000)");
    }
    return str_from_char(ts, (uint32_t)code);
}

static Ref builtin_ord(BOUND_PARAMETERS)
{
    size_t length = 0;
    if (value_is_str(args[0])) {
        length = str_length(args[0]);
        if (length == 1) {
            return REF_OF(small_int((int64_t)str_char(str_from(args[0]), 0)));
        }
    } else if (value_is_bytes(args[0])) {
        length = bytes_from(args[0])->size;
        if (length == 1) {
            return REF_OF(small_int(bytes_from(args[0])->data[0]));
        }
    } else if (value_is_bytearray(args[0])) {
        BufferView view;
        if (buffer_get(ts, args[0], &view) == STATUS_ERROR) {
            return NO_REF;
        }
        length = view.size;
        Value result = length == 1 ? small_int(view.data[0]) : VALUE_NONE;
        buffer_release(ts, &view);
        if (length == 1) {
            return REF_OF(result);
        }
    } else {
        return raise(ts, EXC_TypeError, "ord() expected string of length 1, but %T found", args[0]);
    }
    return raise(ts, EXC_TypeError, "ord() expected a character, but string of length %zu found",
                 length);
}

static Ref builtin_format(BOUND_PARAMETERS)
{
    if (!is_no_value(args[1]) && !value_is_str(args[1])) {
        return raise(ts, EXC_TypeError, "format() argument 2 must be str, not %T", args[1]);
    }
    return object_format(ts, args[0], args[1]);
}

// --- Attributes and classes ----------------------------------------------------------------------

static Status check_name(ThreadState *ts, const char *function, Value name)
{
    if (value_is_str(name)) {
        return STATUS_OK;
    }
    return raise_status(ts, EXC_TypeError, "%s(): attribute name must be string", function);
}

static Ref builtin_getattr(CALL_PARAMETERS)
{
    if (!is_no_value(names) && tuple_count(names) > 0) {
        return raise(ts, EXC_TypeError, "getattr() takes no keyword arguments");
    }
    if (count < 2 || count > 3) {
        return raise(ts, EXC_TypeError, "getattr expected at %s %d arguments, got %zu",
                     count < 2 ? "least" : "most", count < 2 ? 2 : 3, count);
    }
    if (!value_is_str(args[1])) {
        return raise(ts, EXC_TypeError, "attribute name must be string, not '%T'", args[1]);
    }
    if (count == 2) {
        return object_get_attribute(ts, args[0], args[1]);
    }
    Ref found = NO_REF;
    switch (object_lookup_attribute(ts, args[0], args[1], &found)) {
    case LOOKUP_FOUND:
        return found;
    case LOOKUP_ABSENT:
        return ref_new(args[2]);
    default:
        return NO_REF;
    }
}

static Ref builtin_hasattr(BOUND_PARAMETERS)
{
    if (check_name(ts, "hasattr", args[1]) == STATUS_ERROR) {
        return NO_REF;
    }
    OWNED Ref found = NO_REF;
    Lookup l = object_lookup_attribute(ts, args[0], args[1], &found);
    return l == LOOKUP_ERROR ? NO_REF : REF_OF(bool_value(l == LOOKUP_FOUND));
}

static Ref builtin_setattr(BOUND_PARAMETERS)
{
    if (!value_is_str(args[1])) {
        return raise(ts, EXC_TypeError, "attribute name must be string, not '%T'", args[1]);
    }
    return object_set_attribute(ts, args[0], args[1], args[2]) == STATUS_ERROR ? NO_REF : REF_NONE;
}

static Ref builtin_delattr(BOUND_PARAMETERS)
{
    if (!value_is_str(args[1])) {
        return raise(ts, EXC_TypeError, "attribute name must be string, not '%T'", args[1]);
    }
    return object_set_attribute(ts, args[0], args[1], NO_VALUE) == STATUS_ERROR ? NO_REF : REF_NONE;
}

static Ref builtin_isinstance(BOUND_PARAMETERS)
{
    Truth t = object_is_instance(ts, args[0], args[1]);
    return t == TRUTH_ERROR ? NO_REF : REF_OF(bool_value(t == TRUTH_TRUE));
}

static Ref builtin_issubclass(BOUND_PARAMETERS)
{
    Truth t = object_is_subclass(ts, args[0], args[1]);
    return t == TRUTH_ERROR ? NO_REF : REF_OF(bool_value(t == TRUTH_TRUE));
}

static const NativeDef functions[] = {
    NATIVE("abs", builtin_abs, "($module, x, /)", "Return the absolute value of the argument."),
    NATIVE("aiter", builtin_aiter, "($module, async_iterable, /)",
           "Return an AsyncIterator for an AsyncIterable object."),
    NATIVE("all", builtin_all, "($module, iterable, /)",
           "Return True if bool(x) is True for all values x in the iterable."),
    NATIVE_RAW("anext", builtin_anext, "($module, aiterator, default=None, /)",
               "Return the next item from the async iterator."),
    NATIVE("any", builtin_any, "($module, iterable, /)",
           "Return True if bool(x) is True for any x in the iterable."),
    NATIVE("ascii", builtin_ascii, "($module, obj, /)",
           "Return an ASCII-only representation of an object."),
    NATIVE("bin", builtin_bin, "($module, number, /)",
           "Return the binary representation of an integer."),
    NATIVE("callable", builtin_callable, "($module, obj, /)",
           "Return whether the object is callable."),
    NATIVE("chr", builtin_chr, "($module, i, /)",
           "Return a Unicode string of one character with ordinal i."),
    NATIVE("compile", builtin_compile,
           "($module, /, source, filename, mode, flags=0, dont_inherit=False, optimize=-1, *, "
           "_feature_version=-1)",
           "Compile source into a code object that can be executed by exec() or eval()."),
    NATIVE("delattr", builtin_delattr, "($module, obj, name, /)",
           "Delete the named attribute from the given object."),
    NATIVE("dir", builtin_dir, "($module, object=None, /)",
           "The names in the current scope, or the attributes of an object."),
    NATIVE("divmod", builtin_divmod, "($module, x, y, /)", "Return the tuple (x//y, x%y)."),
    NATIVE("eval", builtin_eval, "($module, source, globals=None, locals=None, /)",
           "Evaluate the given source in the context of globals and locals."),
    NATIVE("exec", builtin_exec, "($module, source, globals=None, locals=None, /, *, closure=None)",
           "Execute the given source in the context of globals and locals."),
    NATIVE("exit", builtin_exit, "($module, code=None)", "Leave: raise SystemExit(code)."),
    NATIVE("format", builtin_format, "($module, value, format_spec='', /)",
           "Return value.__format__(format_spec)."),
    NATIVE_RAW("getattr", builtin_getattr, "($module, object, name, default=None, /)",
               "Get a named attribute from an object."),
    NATIVE("globals", builtin_globals, "($module, /)",
           "Return the dictionary of the current scope's global variables."),
    NATIVE("hasattr", builtin_hasattr, "($module, obj, name, /)",
           "Return whether the object has an attribute with the given name."),
    NATIVE("hash", builtin_hash, "($module, obj, /)",
           "Return the hash value for the given object."),
    NATIVE("hex", builtin_hex, "($module, number, /)",
           "Return the hexadecimal representation of an integer."),
    NATIVE("id", builtin_id, "($module, obj, /)", "Return the identity of an object."),
    NATIVE("input", builtin_input, "($module, prompt=None, /)",
           "Read a line from standard input, without its newline."),
    NATIVE("isinstance", builtin_isinstance, "($module, obj, class_or_tuple, /)",
           "Return whether an object is an instance of a class or of a subclass thereof."),
    NATIVE("issubclass", builtin_issubclass, "($module, cls, class_or_tuple, /)",
           "Return whether cls is derived from another class or is the same class."),
    NATIVE_RAW("iter", builtin_iter, "($module, iterable, sentinel=None, /)",
               "Get an iterator from an object."),
    NATIVE("len", builtin_len, "($module, obj, /)", "Return the number of items in a container."),
    NATIVE("locals", builtin_locals, "($module, /)",
           "Return a dictionary of the current scope's local variables."),
    NATIVE_RAW("max", builtin_max, NULL,
               "The largest item of an iterable or of two or more arguments."),
    NATIVE_RAW("min", builtin_min, NULL,
               "The smallest item of an iterable or of two or more arguments."),
    NATIVE_RAW("next", builtin_next, "($module, iterator, default=None, /)",
               "Return the next item from the iterator."),
    NATIVE("oct", builtin_oct, "($module, number, /)",
           "Return the octal representation of an integer."),
    NATIVE("open", io_open,
           "($module, /, file, mode='r', buffering=-1, encoding=None, errors=None, newline=None, "
           "closefd=True, opener=None)",
           "Open a file and return a file object."),
    NATIVE("ord", builtin_ord, "($module, c, /)",
           "Return the Unicode code point for a one-character string."),
    NATIVE("pow", builtin_pow, "($module, /, base, exp, mod=None)",
           "base**exp, or base**exp % mod."),
    NATIVE_RAW("print", builtin_print, NULL, "Print the values to a stream, or to sys.stdout."),
    NATIVE("quit", builtin_exit, "($module, code=None)", "Leave: raise SystemExit(code)."),
    NATIVE("repr", builtin_repr, "($module, obj, /)",
           "Return the canonical string representation of the object."),
    NATIVE("round", builtin_round, "($module, /, number, ndigits=None)",
           "Round a number to a given precision in decimal digits."),
    NATIVE("setattr", builtin_setattr, "($module, obj, name, value, /)",
           "Set the named attribute on the given object."),
    NATIVE("sorted", builtin_sorted, "($module, iterable, /, *, key=None, reverse=False)",
           "Return a new list of all items from the iterable in ascending order."),
    NATIVE("sum", builtin_sum, "($module, iterable, /, start=0)",
           "The sum of a start value and an iterable of numbers."),
    NATIVE("vars", builtin_vars, "($module, object=None, /)",
           "The __dict__ of an object, or locals()."),
    NATIVE("__import__", builtin_import,
           "($module, /, name, globals=None, locals=None, fromlist=(), level=0)",
           "Import a module."),
    NATIVE_RAW("__build_class__", builtin_build_class, NULL, "What the class statement calls."),
    NATIVE_END,
};

static Status setup(ThreadState *ts, Value module)
{
    static const Kind kinds[] = {
        KIND_OBJECT,  KIND_TYPE,   KIND_BOOL,      KIND_INT,          KIND_FLOAT,
        KIND_COMPLEX, KIND_STR,    KIND_BYTES,     KIND_BYTEARRAY,    KIND_MEMORYVIEW,
        KIND_TUPLE,   KIND_LIST,   KIND_DICT,      KIND_SET,          KIND_FROZENSET,
        KIND_RANGE,   KIND_SLICE,  KIND_ENUMERATE, KIND_REVERSED,     KIND_ZIP,
        KIND_MAP,     KIND_FILTER, KIND_PROPERTY,  KIND_CLASS_METHOD, KIND_STATIC_METHOD,
        KIND_SUPER};
    for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++) {
        if (module_add_type(ts, module, kinds[i]) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    for (int i = 0; i < EXC_COUNT; i++) {
        if (module_add(ts, module, type_name(TYPE_OF_EXCEPTION(i)),
                       type_value(TYPE_OF_EXCEPTION(i))) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    Value os_error = type_value(TYPE_OF_EXCEPTION(EXC_OSError));
    static const struct {
        const char *name;
        Value value;
    } constants[] = {
        {"None", {0x04}},           {"False", {0x14}},    {"True", {0x24}},
        {"NotImplemented", {0x34}}, {"Ellipsis", {0x44}},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(constants); i++) {
        if (module_add(ts, module, constants[i].name, constants[i].value) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    if (module_add(ts, module, "EnvironmentError", os_error) == STATUS_ERROR ||
        module_add(ts, module, "IOError", os_error) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    return module_add(ts, module, "__debug__", bool_value(runtime_state.options.optimize == 0));
}

const ModuleSpec module_builtins = {
    "builtins", "Built-in functions, types, exceptions, and other objects.", functions, setup};
