// core/object/complex.c: complex numbers: two doubles. Immutable. See complex.h.
#include "core/object/complex.h"

#include <math.h>
#include <string.h>

#include "core/object/container.h"
#include "core/object/float.h"
#include "core/object/format.h"
#include "core/object/int.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/object/unicode.h"
#include "core/object/warn.h"

static Complex *complex_from(Value v) { return (Complex *)value_head(v); }
ComplexNumber complex_get(Value v) { return complex_from(v)->value; }

Ref complex_new(ThreadState *ts, ComplexNumber c)
{
    Complex *made = object_new(ts, KIND_COMPLEX, sizeof *made);
    if (made == NULL) {
        return NO_REF;
    }
    made->value = c;
    return REF_FROM_NEW(made);
}

// --- Arithmetic ----------------------------------------------------------------------------------

static ComplexNumber multiply(ComplexNumber a, ComplexNumber b)
{
    return (ComplexNumber){a.real * b.real - a.imag * b.imag, a.real * b.imag + a.imag * b.real};
}

// Divides by the larger part first, so that squares do not overflow (R.
// Smith, CACM 1962). False: by zero.
static bool divide(ComplexNumber a, ComplexNumber b, ComplexNumber *out)
{
    double real = fabs(b.real), imag = fabs(b.imag);
    if (real >= imag) {
        if (real == 0.0) {
            return false;
        }
        double ratio = b.imag / b.real, denominator = b.real + b.imag * ratio;
        *out = (ComplexNumber){(a.real + a.imag * ratio) / denominator,
                               (a.imag - a.real * ratio) / denominator};
    } else if (imag >= real) {
        double ratio = b.real / b.imag, denominator = b.real * ratio + b.imag;
        *out = (ComplexNumber){(a.real * ratio + a.imag) / denominator,
                               (a.imag * ratio - a.real) / denominator};
    } else {
        *out = (ComplexNumber){NAN, NAN};
    }
    return true;
}

static ComplexNumber power_of_int(ComplexNumber x, int64_t n)
{
    ComplexNumber result = {1.0, 0.0};
    for (uint64_t mask = (uint64_t)(n < 0 ? -n : n); mask != 0; mask >>= 1) {
        if ((mask & 1) != 0) {
            result = multiply(result, x);
        }
        x = multiply(x, x);
    }
    return result;
}

// False: zero to a negative or complex power.
static bool power(ComplexNumber a, ComplexNumber b, ComplexNumber *out)
{
    if (b.real == 0.0 && b.imag == 0.0) {
        *out = (ComplexNumber){1.0, 0.0};
        return true;
    }
    if (a.real == 0.0 && a.imag == 0.0) {
        *out = (ComplexNumber){0.0, 0.0};
        return b.imag == 0.0 && b.real >= 0.0;
    }
    if (b.imag == 0.0 && b.real == floor(b.real) && fabs(b.real) <= 100.0) {
        int64_t n = (int64_t)b.real;
        ComplexNumber whole = power_of_int(a, n);
        return n >= 0 ? (*out = whole, true) : divide((ComplexNumber){1.0, 0.0}, whole, out);
    }
    double length = pow(hypot(a.real, a.imag), b.real), angle = atan2(a.imag, a.real),
           phase = angle * b.real;
    if (b.imag != 0.0) {
        length /= exp(angle * b.imag);
        phase += b.imag * log(hypot(a.real, a.imag));
    }
    *out = (ComplexNumber){length * cos(phase), length * sin(phase)};
    return true;
}

// A number as complex; 0: another type, -1: error.
static int operand(ThreadState *ts, Value v, ComplexNumber *out)
{
    out->imag = 0.0;
    if (value_is_kind(v, KIND_COMPLEX)) {
        *out = complex_get(v);
        return 1;
    }
    if (value_is_float(v)) {
        out->real = float_get(v);
        return 1;
    }
    if (value_is_int(v)) {
        return int_to_double(ts, v, &out->real) == STATUS_ERROR ? -1 : 1;
    }
    return 0;
}

static Ref arithmetic(ThreadState *ts, BinaryOp op, Value left, Value right)
{
    ComplexNumber a, b, c = {0.0, 0.0};
    int known = operand(ts, left, &a);
    known = known == 1 ? operand(ts, right, &b) : known;
    if (known != 1) {
        return known < 0 ? NO_REF : not_implemented();
    }
    switch (op) {
    case BIN_ADD:
        c = (ComplexNumber){a.real + b.real, a.imag + b.imag};
        break;
    case BIN_SUB:
        c = (ComplexNumber){a.real - b.real, a.imag - b.imag};
        break;
    case BIN_MUL:
        c = multiply(a, b);
        break;
    case BIN_TRUE_DIV:
        if (!divide(a, b, &c)) {
            return raise(ts, EXC_ZeroDivisionError, "complex division by zero");
        }
        break;
    default:
        if (!power(a, b, &c)) {
            return raise(ts, EXC_ZeroDivisionError, "0.0 to a negative or complex power");
        }
        if (isinf(c.real) || isinf(c.imag)) {
            return raise(ts, EXC_OverflowError, "complex exponentiation");
        }
        break;
    }
    return complex_new(ts, c);
}

Ref complex_power(ThreadState *ts, double a, double b)
{
    ComplexNumber c;
    power((ComplexNumber){a, 0.0}, (ComplexNumber){b, 0.0}, &c);
    return isinf(c.real) || isinf(c.imag) ? raise(ts, EXC_OverflowError, "complex exponentiation")
                                          : complex_new(ts, c);
}

static Ref binary_add(ThreadState *ts, Value a, Value b) { return arithmetic(ts, BIN_ADD, a, b); }
static Ref binary_sub(ThreadState *ts, Value a, Value b) { return arithmetic(ts, BIN_SUB, a, b); }
static Ref binary_mul(ThreadState *ts, Value a, Value b) { return arithmetic(ts, BIN_MUL, a, b); }
static Ref binary_div(ThreadState *ts, Value a, Value b)
{
    return arithmetic(ts, BIN_TRUE_DIV, a, b);
}
static Ref binary_pow(ThreadState *ts, Value a, Value b) { return arithmetic(ts, BIN_POW, a, b); }

static Ref power_slot(ThreadState *ts, Value base, Value exponent, Value modulus)
{
    return is_no_value(modulus) || value_is_none(modulus)
               ? arithmetic(ts, BIN_POW, base, exponent)
               : raise(ts, EXC_ValueError, "complex modulo");
}

static Ref negative(ThreadState *ts, Value self)
{
    ComplexNumber c = complex_get(self);
    return complex_new(ts, (ComplexNumber){-c.real, -c.imag});
}
static Ref positive(ThreadState *ts, Value self)
{
    return value_is_exactly(self, KIND_COMPLEX) ? ref_new(self)
                                                : complex_new(ts, complex_get(self));
}
static Ref absolute(ThreadState *ts, Value self)
{
    ComplexNumber c = complex_get(self);
    double length = hypot(c.real, c.imag);
    if (isinf(length) && isfinite(c.real) && isfinite(c.imag)) {
        return raise(ts, EXC_OverflowError, "absolute value too large");
    }
    return float_from_double(ts, length);
}

static Truth truth(ThreadState *ts, Value self)
{
    ComplexNumber c = complex_get(self);
    return c.real != 0.0 || c.imag != 0.0 ? TRUTH_TRUE : TRUTH_FALSE;
}

static Status hash(ThreadState *ts, Value self, int64_t *out)
{
    ComplexNumber c = complex_get(self);
    uint64_t h =
        (uint64_t)double_hash(c.real, self) + 1000003u * (uint64_t)double_hash(c.imag, self);
    *out = h == UINT64_MAX ? -2 : (int64_t)h;
    return STATUS_OK;
}

static Ref compare(ThreadState *ts, Value a, Value b, CompareOp op)
{
    if (op != OP_EQ && op != OP_NE) {
        return not_implemented();
    }
    ComplexNumber x = complex_get(a);
    bool same;
    if (value_is_int(b)) { // exactly, without rounding the int
        same = x.imag == 0.0 && int_compare_double(b, x.real) == 0;
    } else if (value_is_float(b)) {
        same = x.imag == 0.0 && x.real == float_get(b);
    } else if (value_is_kind(b, KIND_COMPLEX)) {
        ComplexNumber y = complex_get(b);
        same = x.real == y.real && x.imag == y.imag;
    } else {
        return not_implemented();
    }
    return REF_OF(bool_value(same == (op == OP_EQ)));
}

// --- Text ----------------------------------------------------------------------------------------

// A part as repr shows it: without ".0".
static Ref part_text(ThreadState *ts, double d)
{
    OWNED Ref text = double_repr(ts, d);
    size_t n = is_error(text) ? 0 : str_length(text.v);
    if (n > 2 && str_char(str_from(text.v), n - 1) == '0' &&
        str_char(str_from(text.v), n - 2) == '.') {
        return str_substring(ts, text.v, 0, n - 2);
    }
    return ref_take(&text);
}

static Ref repr(ThreadState *ts, Value self)
{
    ComplexNumber c = complex_get(self);
    OWNED Ref imag = part_text(ts, c.imag);
    if (is_error(imag)) {
        return NO_REF;
    }
    if (c.real == 0.0 && !signbit(c.real)) {
        return format_str(ts, "%Uj", imag.v);
    }
    OWNED Ref real = part_text(ts, c.real);
    bool has_sign = str_char(str_from(imag.v), 0) == '-';
    return is_error(real) ? NO_REF
                          : format_str(ts, "(%U%s%Uj)", real.v, has_sign ? "" : "+", imag.v);
}

// Only the empty specification: the parts would have to be aligned together.
static Ref method_format(ThreadState *ts, Value self, const Value *args)
{
    if (!value_is_str(args[0])) {
        return raise(ts, EXC_TypeError, "__format__() argument must be str, not %T", args[0]);
    }
    ComplexNumber c = complex_get(self);
    return str_length(args[0]) == 0 ? object_str(ts, self)
                                    : complex_format(ts, self, c.real, c.imag, args[0]);
}

// --- Reading text --------------------------------------------------------------------------------

static bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// An optional sign and a number; *end behind it.
static bool parse_part(const char *text, const char *end, double *out, const char **after)
{
    const char *sign = text;
    bool is_negative = false;
    if (sign < end && (*sign == '+' || *sign == '-')) {
        is_negative = *sign++ == '-';
    }
    if (sign < end && (*sign == '+' || *sign == '-')) {
        return false;
    }
    const char *stop = double_parse(sign, end, out);
    if (stop == NULL) {
        return false;
    }
    *out = is_negative ? -*out : *out;
    *after = stop;
    return true;
}

// "j", "+j", "-j": a sign alone in front of the unit.
static bool parse_unit(const char *text, const char *end, double *out, const char **after)
{
    *out = 1.0;
    if (text < end && (*text == '+' || *text == '-')) {
        *out = *text++ == '-' ? -1.0 : 1.0;
    }
    if (text < end && (*text == 'j' || *text == 'J')) {
        *after = text;
        return true;
    }
    return false;
}

static bool parse(const char *text, const char *end, ComplexNumber *out)
{
    while (text < end && is_space(*text)) {
        text++;
    }
    while (end > text && is_space(end[-1])) {
        end--;
    }
    if (end - text >= 2 && *text == '(' && end[-1] == ')') {
        text++;
        end--;
        while (text < end && is_space(*text)) {
            text++;
        }
        while (end > text && is_space(end[-1])) {
            end--;
        }
    }
    *out = (ComplexNumber){0.0, 0.0};
    double first;
    const char *at;
    if (!parse_part(text, end, &first, &at) && !parse_unit(text, end, &first, &at)) {
        return false;
    }
    if (at < end && (*at == 'j' || *at == 'J')) {
        out->imag = first;
        return at + 1 == end;
    }
    out->real = first;
    if (at == end) {
        return true;
    }
    if (*at != '+' && *at != '-') {
        return false;
    }
    const char *rest = at;
    if (!parse_part(rest, end, &out->imag, &at) && !parse_unit(rest, end, &out->imag, &at)) {
        return false;
    }
    return at + 1 == end && (*at == 'j' || *at == 'J');
}

// Underscores stand between digits only; returns the text without them, or false.
static bool remove_underscores(char *text, size_t *size)
{
    size_t to = 0;
    for (size_t i = 0; i < *size; i++) {
        bool between = text[i] == '_' && i > 0 && i + 1 < *size && text[i - 1] >= '0' &&
                       text[i - 1] <= '9' && text[i + 1] >= '0' && text[i + 1] <= '9';
        if (text[i] == '_' && !between) {
            return false;
        }
        if (text[i] != '_') {
            text[to++] = text[i];
        }
    }
    *size = to;
    return true;
}

static Ref from_text(ThreadState *ts, Value text)
{
    const Str *s = str_from(text);
    size_t size = s->length;
    char *copy = raw_alloc(ts, size + 1);
    if (copy == NULL) {
        return NO_REF;
    }
    for (size_t i = 0; i < size; i++) { // digits and spaces of any script
        uint32_t c = str_char(s, i);
        int digit = unicode_decimal_value(c);
        copy[i] = c < 128               ? (char)c
                  : digit >= 0          ? (char)('0' + digit)
                  : unicode_is_space(c) ? ' '
                                        : '?';
    }
    copy[size] = '\0';
    ComplexNumber c;
    bool good = remove_underscores(copy, &size) && parse(copy, copy + size, &c);
    raw_free(ts, copy);
    return good ? complex_new(ts, c)
                : raise(ts, EXC_ValueError, "complex() arg is a malformed string");
}

// --- Making --------------------------------------------------------------------------------------

// v.__complex__(); NO_REF without an exception: there is none.
static Ref call_complex(ThreadState *ts, Value v)
{
    OWNED Ref name = str_intern_z(ts, "__complex__");
    bool unbound;
    OWNED Ref method = is_error(name) ? NO_REF : type_lookup_special(ts, v, name.v, &unbound);
    if (is_error(method)) {
        return NO_REF;
    }
    OWNED Ref result = unbound ? object_call1(ts, method.v, v) : object_call0(ts, method.v);
    if (!is_error(result) && !value_is_kind(result.v, KIND_COMPLEX)) {
        return raise(ts, EXC_TypeError, "__complex__ returned non-complex (type %T)", result.v);
    }
    if (!is_error(result) && !value_is_exactly(result.v, KIND_COMPLEX) &&
        warn_format(ts, EXC_DeprecationWarning, 1,
                    "__complex__ returned non-complex (type %T).  The ability to return an "
                    "instance of a strict subclass of complex is deprecated, and may be removed "
                    "in a future version of Python.",
                    result.v) == STATUS_ERROR) {
        return NO_REF;
    }
    return ref_take(&result);
}

static bool is_real_number(Value v)
{
    const Type *t = type_of(v);
    return value_is_int(v) || value_is_float(v) || t->slots.to_float != NULL ||
           t->slots.index != NULL;
}

// An argument as complex. `which`: "first" or "second", for the message.
static Status part_argument(ThreadState *ts, Value v, bool is_first, ComplexNumber *out,
                            bool *is_complex)
{
    *is_complex = false;
    *out = (ComplexNumber){0.0, 0.0};
    if (is_first && !value_is_exactly(v, KIND_COMPLEX)) {
        OWNED Ref found = call_complex(ts, v);
        if (!is_error(found)) {
            *out = complex_get(found.v);
            *is_complex = true;
            return STATUS_OK;
        }
        if (has_exception(ts)) {
            return STATUS_ERROR;
        }
    }
    if (value_is_kind(v, KIND_COMPLEX)) {
        *out = complex_get(v);
        *is_complex = true;
        return STATUS_OK;
    }
    if (!is_real_number(v)) {
        return is_first
                   ? raise_status(ts, EXC_TypeError,
                                  "complex() first argument must be a string or a number, not '%T'",
                                  v)
                   : raise_status(ts, EXC_TypeError,
                                  "complex() second argument must be a number, not '%T'", v);
    }
    return object_to_double(ts, v, &out->real);
}

static Ref make_of(ThreadState *ts, Type *t, ComplexNumber c)
{
    if (t == TYPE_OF_KIND(COMPLEX)) {
        return complex_new(ts, c);
    }
    Complex *made = object_new_of(ts, t);
    if (made == NULL) {
        return NO_REF;
    }
    made->value = c;
    if ((t->flags & TYPE_COLLECTED) != 0) {
        object_track(&made->head);
    }
    return REF_FROM_NEW(made);
}

static Ref make(CALL_PARAMETERS)
{
    static const char *const parameters[] = {"real", "imag", NULL};
    Value given[2];
    Type *t = type_from(self);
    if (arguments_bind(ts, "complex", parameters, 0, 2, 0, args, count, names, given) ==
        STATUS_ERROR) {
        return NO_REF;
    }
    Value r = given[0], i = given[1];
    if (!is_no_value(r) && is_no_value(i) && t == TYPE_OF_KIND(COMPLEX) &&
        value_is_exactly(r, KIND_COMPLEX)) {
        return ref_new(r);
    }
    if (!is_no_value(r) && value_is_str(r)) {
        if (!is_no_value(i)) {
            return raise(ts, EXC_TypeError, "complex() can't take second arg if first is a string");
        }
        OWNED Ref read = from_text(ts, r);
        return is_error(read) ? NO_REF : make_of(ts, t, complex_get(read.v));
    }
    if (!is_no_value(i) && value_is_str(i)) {
        return raise(ts, EXC_TypeError, "complex() second arg can't be a string");
    }
    ComplexNumber a = {0.0, 0.0}, b = {0.0, 0.0};
    bool a_complex = false, b_complex = false;
    if ((!is_no_value(r) && part_argument(ts, r, true, &a, &a_complex) == STATUS_ERROR) ||
        (!is_no_value(i) && part_argument(ts, i, false, &b, &b_complex) == STATUS_ERROR)) {
        return NO_REF;
    }
    ComplexNumber c = {a.real, b.real};
    if (b_complex) {
        c.real -= b.imag;
    }
    if (a_complex) {
        c.imag = is_no_value(i) ? a.imag : c.imag + a.imag; // alone it keeps the sign of a zero
    }
    return make_of(ts, t, c);
}

static Ref conjugate(ThreadState *ts, Value self, const Value *args)
{
    ComplexNumber c = complex_get(self);
    return complex_new(ts, (ComplexNumber){c.real, -c.imag});
}

static Ref method_complex(ThreadState *ts, Value self, const Value *args)
{
    return positive(ts, self);
}

static Ref get_real(ThreadState *ts, Value self)
{
    return float_from_double(ts, complex_get(self).real);
}
static Ref get_imag(ThreadState *ts, Value self)
{
    return float_from_double(ts, complex_get(self).imag);
}

static Ref method_getnewargs(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref real = get_real(ts, self);
    OWNED Ref imag = get_imag(ts, self);
    return is_error(real) || is_error(imag) ? NO_REF : tuple_pack(ts, 2, real.v, imag.v);
}

static const NativeDef methods[] = {
    NATIVE("conjugate", conjugate, "($self, /)",
           "Return the complex conjugate of its argument. (3-4j).conjugate() == 3+4j."),
    NATIVE("__complex__", method_complex, "($self, /)",
           "Convert this value to exact type complex."),
    NATIVE("__format__", method_format, "($self, format_spec, /)", "Convert to a string."),
    NATIVE("__getnewargs__", method_getnewargs, "($self, /)", NULL),
    NATIVE_END,
};

static const GetSetDef getset[] = {
    {"real", get_real, NULL, "the real part of a complex number"},
    {"imag", get_imag, NULL, "the imaginary part of a complex number"},
    {0},
};

const TypeSpec spec_COMPLEX = {
    .name = "complex",
    .doc = "Create a complex number from a real part and an optional imaginary part.\n\n"
           "This is equivalent to (real + imag*1j) where imag defaults to 0.",
    .base = KIND_OBJECT,
    .size = sizeof(Complex),
    .flags = TYPE_SUBCLASSABLE,
    .slots =
        {
            .repr = repr,
            .hash = hash,
            .compare = compare,
            .truth = truth,
            .make = make,
            .binary = {[BIN_ADD] = binary_add,
                       [BIN_SUB] = binary_sub,
                       [BIN_MUL] = binary_mul,
                       [BIN_TRUE_DIV] = binary_div,
                       [BIN_POW] = binary_pow},
            .power = power_slot,
            .unary = {[UN_NEGATIVE] = negative, [UN_POSITIVE] = positive, [UN_ABSOLUTE] = absolute},
        },
    .methods = methods,
    .getset = getset,
};
