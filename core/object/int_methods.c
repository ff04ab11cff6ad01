// int(…) and the methods of int.
#include <string.h>

#include "core/object/bytes.h"
#include "core/object/float.h"
#include "core/object/format.h"
#include "core/object/int_internal.h"
#include "core/object/str_methods.h"
#include "core/object/tuple.h"
#include "core/object/warn.h"

// --- int(x, base) --------------------------------------------------------------------------------

static Ref from_str(ThreadState *ts, Value text, int base)
{
    const Str *s = str_from(text);
    if (str_is_ascii(s)) {
        return int_from_text(ts, (const char *)s->data, s->length, base, text);
    }
    char *ascii = str_numeric_text(ts, s);
    if (ascii == NULL) {
        return NO_REF;
    }
    Ref result = int_from_text(ts, ascii, s->length, base, text);
    raw_free(ts, ascii);
    return result;
}

static Ref from_text_object(ThreadState *ts, Value v, int base)
{
    if (value_is_str(v)) {
        return from_str(ts, v, base);
    }
    BufferView view;
    if (buffer_get_brief(ts, v, &view) == STATUS_ERROR) {
        return NO_REF;
    }
    OWNED Ref copy = bytes_new(ts, view.data, view.size); // for the message
    buffer_release(ts, &view);
    if (is_error(copy)) {
        return NO_REF;
    }
    Bytes *b = bytes_from(copy.v);
    return int_from_text(ts, (const char *)b->data, b->size, base, copy.v);
}

// The result of a script's __int__ or __trunc__ as an exact int.
static Ref checked_int(ThreadState *ts, Ref made, const char *method)
{
    OWNED Ref result = made;
    if (is_error(result) || value_is_exactly_int(result.v)) {
        return ref_take(&result);
    }
    if (!value_is_int(result.v)) {
        return raise(ts, EXC_TypeError, "%s returned non-int (type %.200s)", method,
                     type_name(type_of(result.v)));
    }
    if (warn_format(
            ts, EXC_DeprecationWarning, 1,
            "%s returned non-int (type %.200s).  The ability to return an instance of a strict "
            "subclass of int is deprecated, and may be removed in a future version of "
            "Python.",
            method, type_name(type_of(result.v))) == STATUS_ERROR) {
        return NO_REF;
    }
    return int_exact(ts, result.v);
}

static Ref from_trunc(ThreadState *ts, Value v, Ref method)
{
    OWNED Ref trunc = method;
    if (warn_format(ts, EXC_DeprecationWarning, 1,
                    "The delegation of int() to __trunc__ is deprecated.") == STATUS_ERROR) {
        return NO_REF;
    }
    OWNED Ref name = str_intern_z(ts, "__trunc__");
    OWNED Ref result = is_error(name) ? NO_REF : type_call_special(ts, v, name.v, NULL, 0);
    if (is_error(result) || value_is_exactly_int(result.v)) {
        return ref_take(&result);
    }
    if (value_is_int(result.v)) {
        return int_exact(ts, result.v);
    }
    if (type_of(result.v)->slots.index == NULL) {
        return raise(ts, EXC_TypeError, "__trunc__ returned non-Integral (type %.200s)",
                     type_name(type_of(result.v)));
    }
    OWNED Ref index = object_index(ts, result.v);
    return is_error(index) ? NO_REF : int_exact(ts, index.v);
}

static Ref from_object(ThreadState *ts, Value v)
{
    if (value_is_exactly_int(v) || value_is_bool(v)) {
        return int_exact(ts, v);
    }
    if (value_is_float(v) && value_is_exactly(v, KIND_FLOAT) + value_is_flonum(v)) {
        return int_from_double(ts, float_get(v));
    }
    Type *t = type_of(v);
    if (t->slots.to_int != NULL) {
        return checked_int(ts, t->slots.to_int(ts, v), "__int__");
    }
    if (t->slots.index != NULL) {
        return checked_int(ts, t->slots.index(ts, v), "__index__");
    }
    OWNED Ref trunc_name = str_intern_z(ts, "__trunc__");
    if (is_error(trunc_name)) {
        return NO_REF;
    }
    Ref trunc = type_lookup(ts, t, trunc_name.v);
    if (!is_error(trunc)) {
        return from_trunc(ts, v, trunc);
    }
    if (has_exception(ts)) {
        return NO_REF;
    }
    if (value_is_str(v) || t->slots.buffer != NULL) {
        return from_text_object(ts, v, 10);
    }
    return raise(
        ts, EXC_TypeError,
        "int() argument must be a string, a bytes-like object or a real number, not '%.200s'",
        type_name(t));
}

Ref int_make(CALL_PARAMETERS)
{
    Value base = NO_VALUE;
    size_t named = is_no_value(names) ? 0 : tuple_count(names);
    if (count + named > 2) {
        return raise(ts, EXC_TypeError, "int() takes at most 2 arguments (%zu given)",
                     count + named);
    }
    for (size_t i = 0; i < named; i++) {
        if (!str_equal_z(tuple_item(names, i), "base")) {
            return raise(ts, EXC_TypeError, "'%U' is an invalid keyword argument for int()",
                         tuple_item(names, i));
        }
        if (count == 2) {
            return raise(ts, EXC_TypeError,
                         "argument for int() given by name ('base') and position (2)");
        }
        base = args[count + i];
    }
    if (count == 2) {
        base = args[1];
    }
    OWNED Ref number = NO_REF;
    if (count == 0) {
        if (!is_no_value(base)) {
            return raise(ts, EXC_TypeError, "int() missing string argument");
        }
        number = REF_OF(small_int(0));
    } else if (is_no_value(base)) {
        number = from_object(ts, args[0]);
    } else {
        int64_t b;
        if (index_clamp(ts, base, &b) == STATUS_ERROR) {
            return NO_REF;
        }
        if (b != 0 && (b < 2 || b > 36)) {
            return raise(ts, EXC_ValueError, "int() base must be >= 2 and <= 36, or 0");
        }
        if (!value_is_str(args[0]) && !value_is_bytes(args[0]) && !value_is_bytearray(args[0])) {
            return raise(ts, EXC_TypeError, "int() can't convert non-string with explicit base");
        }
        number = from_text_object(ts, args[0], (int)b);
    }
    Type *type = type_from(self);
    if (is_error(number) || type == TYPE_OF_KIND(INT)) {
        return ref_take(&number);
    }
    IntView view;
    int_view(number.v, &view);
    BigInt *made = object_new_var_of(ts, type, (size_t)MAX_OF(view.size, 1), sizeof(mp_limb_t));
    if (made == NULL) {
        return NO_REF;
    }
    memcpy(made->limbs, view.limbs, (size_t)view.size * sizeof(mp_limb_t));
    made->size = view.is_negative ? -view.size : view.size;
    if (type->flags & TYPE_COLLECTED) {
        object_track(&made->head);
    }
    return REF_FROM_NEW(made);
}

// --- Bytes ---------------------------------------------------------------------------------------

Ref int_from_bytes(ThreadState *ts, const uint8_t *bytes, size_t size, bool big_endian,
                   bool is_signed)
{
    bool is_negative = is_signed && size > 0 && (bytes[big_endian ? 0 : size - 1] & 0x80) != 0;
    mp_size_t count = (mp_size_t)(size / 8 + 1);
    mp_limb_t local[8], *limbs = count <= 8 ? local : raw_alloc(ts, (size_t)count * sizeof *limbs);
    if (limbs == NULL) {
        return NO_REF;
    }
    memset(limbs, is_negative ? 0xFF : 0, (size_t)count * sizeof *limbs);
    for (size_t i = 0; i < size; i++) {
        ((uint8_t *)limbs)[i] = bytes[big_endian ? size - 1 - i : i];
    }
    if (is_negative) {
        mpn_neg(limbs, limbs, count);
    }
    Ref result = int_from_limbs(ts, limbs, count, is_negative);
    if (limbs != local) {
        raw_free(ts, limbs);
    }
    return result;
}

Status int_to_bytes(ThreadState *ts, Value v, uint8_t *bytes, size_t size, bool big_endian,
                    bool is_signed)
{
    IntView view;
    int_view(v, &view);
    bool is_negative = view.is_negative && view.size > 0;
    if (is_negative && !is_signed) {
        return raise_status(ts, EXC_OverflowError, "can't convert negative int to unsigned");
    }
    uint64_t bits = int_bit_length(v);
    bool fits = bits <= size * 8;
    if (is_signed && bits > 0 && bits == size * 8) {
        // Only -2^(bits-1) uses the sign bit for its magnitude.
        fits = is_negative && mpn_scan1(view.limbs, 0) == bits - 1;
    }
    if (!fits) {
        return raise_status(ts, EXC_OverflowError, "int too big to convert");
    }
    unsigned carry = 1;
    for (size_t i = 0; i < size; i++) {
        uint8_t byte = i / 8 < (size_t)view.size ? (uint8_t)(view.limbs[i / 8] >> (i % 8 * 8)) : 0;
        if (is_negative) {
            unsigned sum = (uint8_t)~byte + carry;
            byte = (uint8_t)sum;
            carry = sum >> 8;
        }
        bytes[big_endian ? size - 1 - i : i] = byte;
    }
    return STATUS_OK;
}

static Status parse_order(ThreadState *ts, Value order, bool *big_endian)
{
    *big_endian = true;
    if (is_no_value(order)) {
        return STATUS_OK;
    }
    if (!value_is_str(order)) {
        return raise_status(ts, EXC_TypeError, "byteorder must be str, not %.50s",
                            type_name(type_of(order)));
    }
    *big_endian = str_equal_z(order, "big");
    if (!*big_endian && !str_equal_z(order, "little")) {
        return raise_status(ts, EXC_ValueError, "byteorder must be either 'little' or 'big'");
    }
    return STATUS_OK;
}

static Ref to_bytes(ThreadState *ts, Value self, const Value *args)
{
    int64_t size = 1;
    bool big_endian, is_signed = false;
    if (!is_no_value(args[0]) && index_get(ts, args[0], &size) == STATUS_ERROR) {
        return NO_REF;
    }
    if (parse_order(ts, args[1], &big_endian) == STATUS_ERROR) {
        return NO_REF;
    }
    if (!is_no_value(args[2])) {
        Truth t = object_is_true(ts, args[2]);
        if (t == TRUTH_ERROR) {
            return NO_REF;
        }
        is_signed = t == TRUTH_TRUE;
    }
    if (size < 0) {
        return raise(ts, EXC_ValueError, "length argument must be non-negative");
    }
    OWNED Ref bytes = bytes_new(ts, NULL, (size_t)size);
    if (is_error(bytes) || int_to_bytes(ts, self, bytes_from(bytes.v)->data, (size_t)size,
                                        big_endian, is_signed) == STATUS_ERROR) {
        return NO_REF;
    }
    return ref_take(&bytes);
}

static Ref from_bytes(ThreadState *ts, Value self, const Value *args)
{
    bool big_endian, is_signed = false;
    if (parse_order(ts, args[1], &big_endian) == STATUS_ERROR) {
        return NO_REF;
    }
    if (!is_no_value(args[2])) {
        Truth t = object_is_true(ts, args[2]);
        if (t == TRUTH_ERROR) {
            return NO_REF;
        }
        is_signed = t == TRUTH_TRUE;
    }
    OWNED Ref bytes = bytes_of(ts, args[0]);
    if (is_error(bytes)) {
        return NO_REF;
    }
    Bytes *b = bytes_from(bytes.v);
    OWNED Ref number = int_from_bytes(ts, b->data, b->size, big_endian, is_signed);
    if (is_error(number) || type_from(self) == TYPE_OF_KIND(INT)) {
        return ref_take(&number);
    }
    return object_call1(ts, self, number.v);
}

// --- Other methods -------------------------------------------------------------------------------

static Ref bit_length(ThreadState *ts, Value self, const Value *args)
{
    return int_from_u64(ts, int_bit_length(self));
}

static Ref bit_count(ThreadState *ts, Value self, const Value *args)
{
    IntView view;
    int_view(self, &view);
    return int_from_u64(ts, view.size == 0 ? 0 : mpn_popcount(view.limbs, view.size));
}

static Ref itself(ThreadState *ts, Value self, const Value *args) { return int_exact(ts, self); }

static Ref as_integer_ratio(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref number = int_exact(ts, self);
    return is_error(number) ? NO_REF : tuple_pack(ts, 2, number.v, small_int(1));
}

// Half to even, to a multiple of 10 ** -digits.
static Ref round_to(ThreadState *ts, Value self, const Value *args)
{
    if (is_no_value(args[0])) {
        return int_exact(ts, self);
    }
    OWNED Ref digits = object_index(ts, args[0]);
    if (is_error(digits)) {
        return NO_REF;
    }
    if (int_sign(digits.v) >= 0) {
        return int_exact(ts, self);
    }
    OWNED Ref places = int_negative(ts, digits.v);
    if (is_error(places)) {
        return NO_REF;
    }
    int64_t n;
    if (!int_to_i64(places.v, &n) || (uint64_t)n > int_bit_length(self) / 3 + 2) {
        return REF_OF(small_int(0)); // 10 ** n is more than twice as large
    }
    OWNED Ref power = int_power(ts, small_int(10), places.v, NO_VALUE);
    if (is_error(power)) {
        return NO_REF;
    }
    OWNED Ref rest = NO_REF;
    OWNED Ref quotient = int_divmod(ts, self, power.v, &rest);
    if (is_error(quotient)) {
        return NO_REF;
    }
    OWNED Ref twice = int_binary(ts, BIN_ADD, rest.v, rest.v);
    OWNED Ref odd = int_binary(ts, BIN_AND, quotient.v, small_int(1));
    if (is_error(twice) || is_error(odd)) {
        return NO_REF;
    }
    int order = int_compare(twice.v, power.v);
    if (order > 0 || (order == 0 && int_sign(odd.v) != 0)) {
        ref_set(&quotient, int_binary(ts, BIN_ADD, quotient.v, small_int(1)));
    }
    return is_error(quotient) ? NO_REF : int_binary(ts, BIN_MUL, quotient.v, power.v);
}

static Ref dunder_format(ThreadState *ts, Value self, const Value *args)
{
    if (!value_is_str(args[0])) {
        return raise(ts, EXC_TypeError, "__format__() argument must be str, not %.50s",
                     type_name(type_of(args[0])));
    }
    return int_format(ts, self, args[0]);
}

static Ref getnewargs(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref number = int_exact(ts, self);
    return is_error(number) ? NO_REF : tuple_pack(ts, 1, number.v);
}

static Ref size_of(ThreadState *ts, Value self, const Value *args)
{
    return REF_OF(small_int(value_is_object(self) ? (int64_t)object_size(value_head(self)) : 0));
}

const NativeDef int_methods[] = {
    NATIVE("conjugate", itself, "($self, /)", "Returns self, the complex conjugate of any int."),
    NATIVE("bit_length", bit_length, "($self, /)",
           "Number of bits necessary to represent self in binary."),
    NATIVE("bit_count", bit_count, "($self, /)",
           "Number of ones in the binary representation of the absolute value of self."),
    NATIVE("to_bytes", to_bytes, "($self, /, length=1, byteorder='big', *, signed=False)",
           "Return an array of bytes representing an integer."),
    NATIVE_CLASS("from_bytes", from_bytes, "($type, /, bytes, byteorder='big', *, signed=False)",
                 "Return the integer represented by the given array of bytes."),
    NATIVE("as_integer_ratio", as_integer_ratio, "($self, /)",
           "Return integer ratio: the int itself and one."),
    NATIVE("__trunc__", itself, "($self, /)", "Truncating an Integral returns itself."),
    NATIVE("__floor__", itself, "($self, /)", "Flooring an Integral returns itself."),
    NATIVE("__ceil__", itself, "($self, /)", "Ceiling of an Integral returns itself."),
    NATIVE("__round__", round_to, "($self, ndigits=<unrepresentable>, /)",
           "Rounding an Integral returns itself. Rounding with an ndigits argument also returns an "
           "integer."),
    NATIVE("__getnewargs__", getnewargs, "($self, /)", ""),
    NATIVE("__format__", dunder_format, "($self, format_spec, /)",
           "Convert to a string according to format_spec."),
    NATIVE("__sizeof__", size_of, "($self, /)", "Returns size in memory, in bytes."),
    NATIVE_END,
};
