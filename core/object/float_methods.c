// float(…) and the methods of float.
#include "core/object/float_methods.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/object/bytes.h"
#include "core/object/format.h"
#include "core/object/int.h"
#include "core/object/str_methods.h"
#include "core/object/tuple.h"
#include "core/object/unicode.h"
#include "core/object/warn.h"

// --- float(x) ------------------------------------------------------------------------------------

static COLD Ref raise_invalid(ThreadState *ts, Value original)
{
    return raise(ts, EXC_ValueError, "could not convert string to float: %R", original);
}

static Ref from_ascii(ThreadState *ts, const char *text, size_t size, Value original)
{
    const char *p = text, *end = text + size;
    while (p < end && ascii_is_space((uint8_t)*p)) {
        p++;
    }
    while (end > p && ascii_is_space((uint8_t)end[-1])) {
        end--;
    }
    double d;
    if (memchr(p, '_', (size_t)(end - p)) == NULL) {
        return double_parse(p, end, &d) == end && p < end ? float_from_double(ts, d)
                                                          : raise_invalid(ts, original);
    }
    // Underscores stand between digits only.
    char *copy = raw_alloc(ts, (size_t)(end - p) + 1);
    if (copy == NULL) {
        return NO_REF;
    }
    size_t n = 0;
    bool ok = true;
    for (const char *q = p; q < end; q++) {
        if (*q != '_') {
            copy[n++] = *q;
        } else {
            ok = ok && q > p && q + 1 < end && ascii_is_digit((uint8_t)q[-1]) &&
                 ascii_is_digit((uint8_t)q[1]);
        }
    }
    ok = ok && double_parse(copy, copy + n, &d) == copy + n;
    raw_free(ts, copy);
    return ok ? float_from_double(ts, d) : raise_invalid(ts, original);
}

static Ref from_str(ThreadState *ts, Value text)
{
    const Str *s = str_from(text);
    if (LIKELY(str_is_ascii(s))) {
        return from_ascii(ts, (const char *)s->data, s->length, text);
    }
    char *ascii = str_numeric_text(ts, s);
    if (ascii == NULL) {
        return NO_REF;
    }
    Ref result = from_ascii(ts, ascii, s->length, text);
    raw_free(ts, ascii);
    return result;
}

Ref float_from_text(ThreadState *ts, Value v)
{
    if (value_is_str(v)) {
        return from_str(ts, v);
    }
    BufferView view;
    if (buffer_get_brief(ts, v, &view) == STATUS_ERROR) {
        return NO_REF;
    }
    Ref result = from_ascii(ts, (const char *)view.data, view.size, v);
    buffer_release(ts, &view);
    return result;
}

static Ref from_object(ThreadState *ts, Value v)
{
    if (value_is_flonum(v) || value_is_exactly(v, KIND_FLOAT)) {
        return ref_new(v);
    }
    Type *t = type_of(v);
    if (value_is_exactly(v, KIND_STR)) {
        return from_str(ts, v);
    }
    if (t->slots.to_float != NULL) {
        OWNED Ref made = t->slots.to_float(ts, v);
        if (is_error(made)) {
            return NO_REF;
        }
        if (!value_is_float(made.v)) {
            return raise(ts, EXC_TypeError, "%.50s.__float__ returned non-float (type %.50s)",
                         type_name(t), type_name(type_of(made.v)));
        }
        if (!value_is_flonum(made.v) && !value_is_exactly(made.v, KIND_FLOAT) &&
            warn_format(
                ts, EXC_DeprecationWarning, 1,
                "%.50s.__float__ returned non-float (type %.50s).  The ability to return an "
                "instance of a strict subclass of float is deprecated, and may be removed in a "
                "future version of Python.",
                type_name(t), type_name(type_of(made.v))) == STATUS_ERROR) {
            return NO_REF;
        }
        return float_from_double(ts, float_get(made.v));
    }
    if (t->slots.index != NULL) {
        OWNED Ref index = object_index(ts, v);
        double d;
        return is_error(index) || int_to_double(ts, index.v, &d) == STATUS_ERROR
                   ? NO_REF
                   : float_from_double(ts, d);
    }
    if (value_is_str(v) || t->slots.buffer != NULL) {
        return float_from_text(ts, v);
    }
    return raise(ts, EXC_TypeError,
                 "float() argument must be a string or a real number, not '%.200s'", type_name(t));
}

Ref float_make(CALL_PARAMETERS)
{
    Type *type = type_from(self);
    bool takes_own =
        type->slots.init != TYPE_OF_KIND(FLOAT)->slots.init; // __init__ may take keywords
    if (!is_no_value(names) && tuple_count(names) > 0 && !takes_own) {
        return raise(ts, EXC_TypeError, "float() takes no keyword arguments");
    }
    if (count > 1) {
        return raise(ts, EXC_TypeError, "float expected at most 1 argument, got %zu", count);
    }
    OWNED Ref number = count == 0 ? float_from_double(ts, 0.0) : from_object(ts, args[0]);
    if (is_error(number) || type == TYPE_OF_KIND(FLOAT)) {
        return ref_take(&number);
    }
    Float *f = object_new_of(ts, type);
    if (f != NULL) {
        f->value = float_get(number.v);
        if (type->flags & TYPE_COLLECTED) {
            object_track(&f->head);
        }
    }
    return REF_FROM_NEW(f);
}

// --- Methods -------------------------------------------------------------------------------------

Ref float_pair(ThreadState *ts, double a, double b)
{
    OWNED Ref first = float_from_double(ts, a);
    OWNED Ref second = float_from_double(ts, b);
    return is_error(first) || is_error(second) ? NO_REF : tuple_pack(ts, 2, first.v, second.v);
}

static Ref conjugate(ThreadState *ts, Value self, const Value *args)
{
    return float_from_double(ts, float_get(self));
}
static Ref trunc_method(ThreadState *ts, Value self, const Value *args)
{
    return int_from_double(ts, float_get(self));
}
static Ref floor_method(ThreadState *ts, Value self, const Value *args)
{
    return int_from_double(ts, floor(float_get(self)));
}
static Ref ceil_method(ThreadState *ts, Value self, const Value *args)
{
    return int_from_double(ts, ceil(float_get(self)));
}

static Ref round_method(ThreadState *ts, Value self, const Value *args)
{
    double d = float_get(self);
    if (is_no_value(args[0]) || value_is_none(args[0])) {
        double r = rint(d); // the default mode: half to even
        return int_from_double(ts, r);
    }
    int64_t places;
    OWNED Ref index = object_index(ts, args[0]);
    if (is_error(index)) {
        return NO_REF;
    }
    if (!int_to_i64(index.v, &places)) {
        places = int_sign(index.v) < 0 ? -100000 : 100000;
    }
    if (!isfinite(d) || places > 323) {
        return float_from_double(ts, d);
    }
    if (places < -308) {
        return float_from_double(ts, 0.0 * d);
    }
    double r = double_round(d, (int)places);
    if (isinf(r)) {
        return raise(ts, EXC_OverflowError, "rounded value too large to represent");
    }
    return float_from_double(ts, r);
}

static Ref as_integer_ratio(ThreadState *ts, Value self, const Value *args)
{
    double d = float_get(self);
    if (isinf(d)) {
        return raise(ts, EXC_OverflowError, "cannot convert Infinity to integer ratio");
    }
    if (isnan(d)) {
        return raise(ts, EXC_ValueError, "cannot convert NaN to integer ratio");
    }
    int exponent;
    double fraction = frexp(d, &exponent);
    for (int i = 0; i < 300 && fraction != floor(fraction); i++) {
        fraction *= 2;
        exponent--;
    }
    OWNED Ref numerator = int_from_double(ts, fraction);
    OWNED Ref denominator = REF_OF(small_int(1));
    if (is_error(numerator)) {
        return NO_REF;
    }
    Ref *scaled = exponent > 0 ? &numerator : &denominator;
    ref_set(scaled, int_binary(ts, BIN_LSHIFT, scaled->v, small_int(abs(exponent))));
    return is_error(*scaled) ? NO_REF : tuple_pack(ts, 2, numerator.v, denominator.v);
}

static Ref is_integer(ThreadState *ts, Value self, const Value *args)
{
    double d = float_get(self);
    return REF_OF(bool_value(isfinite(d) && floor(d) == d));
}

static Ref hex(ThreadState *ts, Value self, const Value *args)
{
    double d = float_get(self);
    if (!isfinite(d)) {
        return double_repr(ts, d);
    }
    char text[40];
    uint64_t bits;
    memcpy(&bits, &d, sizeof bits);
    int biased = (int)(bits >> 52 & 0x7FF);
    uint64_t fraction = bits & (((uint64_t)1 << 52) - 1);
    const char *sign = signbit(d) ? "-" : "";
    if (d == 0) {
        snprintf(text, sizeof text, "%s0x0.0p+0", sign);
    } else {
        snprintf(text, sizeof text, "%s0x%d.%013llxp%+d", sign, biased != 0,
                 (unsigned long long)fraction, biased != 0 ? biased - 1023 : -1022);
    }
    return str_from_ascii(ts, text, strlen(text));
}

static bool is_hex_digit(char c)
{
    return ascii_is_digit((uint8_t)c) || ((c | 32) >= 'a' && (c | 32) <= 'f');
}

static unsigned hex_digit_value(char c)
{
    return ascii_is_digit((uint8_t)c) ? (unsigned)(c - '0') : ((unsigned)c | 32) - 'a' + 10;
}

// mantissa * 2^exponent, rounded half to even once; `sticky`: something smaller was cut off.
static double scale_rounded(uint64_t mantissa, bool sticky, int64_t exponent)
{
    if (mantissa == 0) {
        return 0.0;
    }
    int bits = 64 - __builtin_clzll(mantissa);
    if (exponent + bits > DBL_MAX_EXP + 1) {
        return INFINITY;
    }
    int64_t unit =
        MAX_OF(exponent + bits - DBL_MANT_DIG, DBL_MIN_EXP - DBL_MANT_DIG); // of the last place
    int64_t shift = unit - exponent;
    if (shift <= 0) {
        return ldexp((double)mantissa, (int)exponent);
    }
    if (shift > 64) {
        return 0.0;
    }
    uint64_t kept = shift == 64 ? 0 : mantissa >> shift, half = (uint64_t)1 << (shift - 1);
    uint64_t rest = shift == 64 ? mantissa : mantissa & (half * 2 - 1);
    if (rest > half || (rest == half && (sticky || (kept & 1) != 0))) {
        kept++;
    }
    return ldexp((double)kept, (int)unit);
}

// False: malformed.
static bool parse_hex(const char *p, const char *end, double *out)
{
    bool is_negative = p < end && *p == '-';
    p += p < end && (*p == '+' || *p == '-');
    if (end - p >= 2 && p[0] == '0' && (p[1] | 32) == 'x') {
        p += 2;
    }
    uint64_t mantissa = 0;
    bool sticky = false, any = false, point = false;
    int64_t exponent = 0;
    for (; p < end && (is_hex_digit(*p) || (*p == '.' && !point)); p++) {
        if (*p == '.') {
            point = true;
            continue;
        }
        any = true;
        if (mantissa >> 60 == 0) {
            mantissa = mantissa << 4 | hex_digit_value(*p);
            exponent -= point ? 4 : 0;
        } else {
            sticky = sticky || *p != '0';
            exponent += point ? 0 : 4;
        }
    }
    if (any && p < end && (*p | 32) == 'p') {
        bool minus = ++p < end && *p == '-';
        int64_t given = 0;
        p += p < end && (*p == '+' || *p == '-');
        any = p < end;
        for (; p < end && ascii_is_digit((uint8_t)*p); p++) {
            given = given > (int64_t)1 << 50 ? given : given * 10 + (*p - '0');
        }
        exponent += minus ? -given : given;
    }
    double d = scale_rounded(mantissa, sticky, exponent);
    *out = is_negative ? -d : d;
    return any && p == end;
}

static Ref fromhex(ThreadState *ts, Value self, const Value *args)
{
    if (!value_is_str(args[0])) {
        return raise(ts, EXC_TypeError, "fromhex() argument must be str, not %.50s",
                     type_name(type_of(args[0])));
    }
    size_t size;
    const char *text = str_utf8(ts, args[0], &size);
    if (text == NULL) {
        return NO_REF;
    }
    const char *p = text, *end = text + size;
    while (p < end && ascii_is_space((uint8_t)*p)) {
        p++;
    }
    while (end > p && ascii_is_space((uint8_t)end[-1])) {
        end--;
    }
    double d;
    const char *word = p < end && (*p == '+' || *p == '-') ? p + 1 : p;
    bool is_special =
        word < end && !is_hex_digit(*word) && *word != '.' && double_parse(p, end, &d) == end;
    if (!is_special && !parse_hex(p, end, &d)) {
        return raise(ts, EXC_ValueError, "invalid hexadecimal floating-point string");
    }
    if (!is_special && isinf(d)) {
        return raise(ts, EXC_OverflowError, "hexadecimal value too large to represent as a float");
    }
    Ref number = float_from_double(ts, d);
    if (is_error(number) || type_from(self) == TYPE_OF_KIND(FLOAT)) {
        return number;
    }
    Ref made = object_call1(ts, self, number.v);
    ref_drop(&number);
    return made;
}

static Ref getnewargs(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref number = float_from_double(ts, float_get(self));
    return is_error(number) ? NO_REF : tuple_pack(ts, 1, number.v);
}

static Ref getformat(ThreadState *ts, Value self, const Value *args)
{
    if (!value_is_str(args[0])) {
        return raise(ts, EXC_TypeError, "__getformat__() argument must be str, not %.50s",
                     type_name(type_of(args[0])));
    }
    if (!str_equal_z(args[0], "double") && !str_equal_z(args[0], "float")) {
        return raise(ts, EXC_ValueError, "__getformat__() argument 1 must be 'double' or 'float'");
    }
    return str_from_z(ts, "IEEE, little-endian");
}

static Ref dunder_format(ThreadState *ts, Value self, const Value *args)
{
    if (!value_is_str(args[0])) {
        return raise(ts, EXC_TypeError, "__format__() argument must be str, not %.50s",
                     type_name(type_of(args[0])));
    }
    return float_format(ts, self, args[0]);
}

const NativeDef float_methods[] = {
    NATIVE_CLASS("fromhex", fromhex, "($type, string, /)",
                 "Create a floating-point number from a hexadecimal string."),
    NATIVE("hex", hex, "($self, /)",
           "Return a hexadecimal representation of a floating-point number."),
    NATIVE("conjugate", conjugate, "($self, /)",
           "Return self, the complex conjugate of any float."),
    NATIVE("__trunc__", trunc_method, "($self, /)",
           "Return the Integral closest to x between 0 and x."),
    NATIVE("__floor__", floor_method, "($self, /)", "Return the floor as an Integral."),
    NATIVE("__ceil__", ceil_method, "($self, /)", "Return the ceiling as an Integral."),
    NATIVE("__round__", round_method, "($self, ndigits=None, /)",
           "Return the Integral closest to x, rounding half toward even."),
    NATIVE("as_integer_ratio", as_integer_ratio, "($self, /)",
           "Return integer ratio: a pair of ints in lowest terms with a positive denominator."),
    NATIVE("is_integer", is_integer, "($self, /)", "Return True if the float is an integer."),
    NATIVE("__getnewargs__", getnewargs, "($self, /)", ""),
    NATIVE_CLASS("__getformat__", getformat, "($type, typestr, /)", "For the use of test suites."),
    NATIVE("__format__", dunder_format, "($self, format_spec, /)",
           "Formats the float according to format_spec."),
    NATIVE_END,
};
