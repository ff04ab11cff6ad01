// Floats: arithmetic, comparison, hash, and the type.
#include "core/object/float.h"

#include <math.h>
#include <string.h>

#include "core/object/complex.h"
#include "core/object/float_methods.h"
#include "core/object/int.h"
#include "core/object/str.h"

Ref float_from_double_slow(ThreadState *ts, double d)
{
    Float *f = object_new(ts, KIND_FLOAT, sizeof *f);
    if (f != NULL) {
        f->value = d;
    }
    return REF_FROM_NEW(f);
}

#define HASH_BITS    61
#define HASH_MODULUS (((uint64_t)1 << HASH_BITS) - 1)

int64_t double_hash(double d, Value self)
{
    if (!isfinite(d)) {
        if (isinf(d)) {
            return d > 0 ? 314159 : -314159;
        }
        return (int64_t)(self.bits >> 4 | self.bits << 60);
    }
    if (fabs(d) < 9e15 && d == (double)(int64_t)d) {
        int64_t i = (int64_t)d;
        return i == -1 ? -2 : i; // as the int is, below the modulus
    }
    int exponent;
    double fraction = frexp(fabs(d), &exponent);
    uint64_t x = 0;
    while (fraction != 0) {
        x = ((x << 28) & HASH_MODULUS) | x >> (HASH_BITS - 28);
        fraction *= 268435456.0; // 2^28
        exponent -= 28;
        uint64_t y = (uint64_t)fraction;
        fraction -= (double)y;
        x += y;
        if (x >= HASH_MODULUS) {
            x -= HASH_MODULUS;
        }
    }
    exponent = exponent >= 0 ? exponent % HASH_BITS : HASH_BITS - 1 - (-1 - exponent) % HASH_BITS;
    x = ((x << exponent) & HASH_MODULUS) | x >> (HASH_BITS - exponent);
    int64_t hash = d < 0 ? -(int64_t)x : (int64_t)x;
    return hash == -1 ? -2 : hash;
}

// --- Arithmetic ----------------------------------------------------------------------------------

void double_divmod(double a, double b, double *quotient, double *remainder)
{
    double mod = fmod(a, b), div = (a - mod) / b;
    if (mod != 0) {
        if ((b < 0) != (mod < 0)) {
            mod += b;
            div -= 1;
        }
    } else {
        mod = copysign(0.0, b);
    }
    if (div != 0) {
        double whole = floor(div);
        *quotient = div - whole > 0.5 ? whole + 1 : whole;
    } else {
        *quotient = copysign(0.0, a / b);
    }
    *remainder = mod;
}

static double double_modulo(double a, double b)
{
    double mod = fmod(a, b);
    if (mod != 0) {
        return (b < 0) != (mod < 0) ? mod + b : mod;
    }
    return copysign(0.0, b);
}

static bool is_odd(double d) { return fmod(fabs(d), 2.0) == 1.0; }

static Ref raise_range(ThreadState *ts)
{
    OWNED Ref text = str_from_z(ts, "Numerical result out of range");
    if (is_error(text)) {
        return NO_REF;
    }
    Value args[2] = {small_int(34), text.v};
    return raise_args(ts, EXC_OverflowError, args, 2);
}

static Ref power(ThreadState *ts, double a, double b)
{
    if (b == 0 || a == 1.0) {
        return float_from_double(ts, 1.0);
    }
    if (isnan(a) || isnan(b)) {
        return float_from_double(ts, isnan(a) ? a : b);
    }
    if (isinf(b)) {
        a = fabs(a);
        double r = a == 1.0 ? 1.0 : (b > 0) == (a > 1.0) ? fabs(b) : 0.0;
        return float_from_double(ts, r);
    }
    if (isinf(a)) {
        double r = b > 0 ? (is_odd(b) ? a : fabs(a)) : is_odd(b) ? copysign(0.0, a) : 0.0;
        return float_from_double(ts, r);
    }
    if (a == 0) {
        if (b < 0) {
            return raise(ts, EXC_ZeroDivisionError, "0.0 cannot be raised to a negative power");
        }
        return float_from_double(ts, is_odd(b) ? a : 0.0);
    }
    if (a < 0 && b != floor(b)) {
        return complex_power(ts, a, b);
    }
    double r = pow(a, b);
    return isinf(r) ? raise_range(ts) : float_from_double(ts, r);
}

Ref float_binary(ThreadState *ts, BinaryOp op, double a, double b)
{
    if (UNLIKELY(b == 0)) {
        const char *what = op == BIN_TRUE_DIV    ? "float division by zero"
                           : op == BIN_FLOOR_DIV ? "float floor division by zero"
                           : op == BIN_MOD       ? "float modulo"
                           : op == BIN_DIVMOD    ? "float divmod()"
                                                 : NULL;
        if (what != NULL) {
            return raise(ts, EXC_ZeroDivisionError, "%s", what);
        }
    }
    double quotient, remainder;
    switch (op) {
    case BIN_ADD:
        return float_from_double(ts, a + b);
    case BIN_SUB:
        return float_from_double(ts, a - b);
    case BIN_MUL:
        return float_from_double(ts, a * b);
    case BIN_TRUE_DIV:
        return float_from_double(ts, a / b);
    case BIN_MOD:
        return float_from_double(ts, double_modulo(a, b));
    case BIN_FLOOR_DIV:
        double_divmod(a, b, &quotient, &remainder);
        return float_from_double(ts, quotient);
    case BIN_POW:
        return power(ts, a, b);
    case BIN_DIVMOD: {
        double_divmod(a, b, &quotient, &remainder);
        return float_pair(ts, quotient, remainder);
    }
    default:
        return REF_OF(VALUE_NOT_IMPLEMENTED);
    }
}

// --- Slots ---------------------------------------------------------------------------------------

// TRUTH_FALSE: neither a float nor an int.
static inline Truth operand(ThreadState *ts, Value v, double *out)
{
    if (LIKELY(value_is_float(v))) {
        *out = float_get(v);
        return TRUTH_TRUE;
    }
    if (value_is_int(v)) {
        return int_to_double(ts, v, out) == STATUS_ERROR ? TRUTH_ERROR : TRUTH_TRUE;
    }
    return TRUTH_FALSE;
}

static Ref binary_slot(ThreadState *ts, BinaryOp op, Value a, Value b)
{
    double x, y;
    Truth first = operand(ts, a, &x);
    Truth second = first == TRUTH_TRUE ? operand(ts, b, &y) : first;
    if (second != TRUTH_TRUE) {
        return second == TRUTH_ERROR ? NO_REF : REF_OF(VALUE_NOT_IMPLEMENTED);
    }
    return float_binary(ts, op, x, y);
}

#define BINARY_SLOT(name, op)                                                                      \
    static Ref name(ThreadState *ts, Value a, Value b) { return binary_slot(ts, op, a, b); }
BINARY_SLOT(add_slot, BIN_ADD)
BINARY_SLOT(sub_slot, BIN_SUB)
BINARY_SLOT(mul_slot, BIN_MUL)
BINARY_SLOT(true_div_slot, BIN_TRUE_DIV)
BINARY_SLOT(floor_div_slot, BIN_FLOOR_DIV)
BINARY_SLOT(mod_slot, BIN_MOD)
BINARY_SLOT(pow_slot, BIN_POW)
BINARY_SLOT(divmod_slot, BIN_DIVMOD)

static Ref power_slot(ThreadState *ts, Value base, Value exponent, Value modulus)
{
    if (!is_no_value(modulus) && !value_is_none(modulus)) {
        return raise(ts, EXC_TypeError,
                     "pow() 3rd argument not allowed unless all arguments are integers");
    }
    return pow_slot(ts, base, exponent);
}

static Ref repr_slot(ThreadState *ts, Value self) { return double_repr(ts, float_get(self)); }
static Status hash_slot(ThreadState *ts, Value self, int64_t *hash)
{
    *hash = double_hash(float_get(self), self);
    return STATUS_OK;
}
static Truth truth_slot(ThreadState *ts, Value self) { return float_get(self) != 0; }

static Ref compare_slot(ThreadState *ts, Value a, Value b, CompareOp op)
{
    if (!value_is_float(a)) {
        return REF_OF(VALUE_NOT_IMPLEMENTED);
    }
    double x = float_get(a);
    if (value_is_float(b)) {
        double y = float_get(b);
        switch (op) {
        case OP_LT:
            return REF_OF(bool_value(x < y));
        case OP_LE:
            return REF_OF(bool_value(x <= y));
        case OP_EQ:
            return REF_OF(bool_value(x == y));
        case OP_NE:
            return REF_OF(bool_value(x != y));
        case OP_GT:
            return REF_OF(bool_value(x > y));
        default:
            return REF_OF(bool_value(x >= y));
        }
    }
    if (!value_is_int(b)) {
        return REF_OF(VALUE_NOT_IMPLEMENTED);
    }
    int order = int_compare_double(b, x);
    if (order == 2) {
        return REF_OF(bool_value(op == OP_NE));
    }
    order = -order;
    switch (op) {
    case OP_LT:
        return REF_OF(bool_value(order < 0));
    case OP_LE:
        return REF_OF(bool_value(order <= 0));
    case OP_EQ:
        return REF_OF(bool_value(order == 0));
    case OP_NE:
        return REF_OF(bool_value(order != 0));
    case OP_GT:
        return REF_OF(bool_value(order > 0));
    default:
        return REF_OF(bool_value(order >= 0));
    }
}

static Ref negative_slot(ThreadState *ts, Value self)
{
    return float_from_double(ts, -float_get(self));
}
static Ref positive_slot(ThreadState *ts, Value self)
{
    return float_from_double(ts, float_get(self));
}
static Ref absolute_slot(ThreadState *ts, Value self)
{
    return float_from_double(ts, fabs(float_get(self)));
}
static Ref to_int_slot(ThreadState *ts, Value self) { return int_from_double(ts, float_get(self)); }

static Ref get_real(ThreadState *ts, Value self) { return float_from_double(ts, float_get(self)); }
static Ref get_imag(ThreadState *ts, Value self) { return float_from_double(ts, 0.0); }
static const GetSetDef getset[] = {
    {"real", get_real, NULL, "the real part of a complex number"},
    {"imag", get_imag, NULL, "the imaginary part of a complex number"},
    {NULL, NULL, NULL, NULL},
};

const TypeSpec spec_FLOAT = {
    .name = "float",
    .doc = "Convert a string or number to a floating point number, if possible.",
    .base = KIND_OBJECT,
    .size = sizeof(Float),
    .flags = TYPE_SUBCLASSABLE | TYPE_IMMUTABLE,
    .slots =
        {
            .repr = repr_slot,
            .hash = hash_slot,
            .compare = compare_slot,
            .truth = truth_slot,
            .binary = {[BIN_ADD] = add_slot,
                       [BIN_SUB] = sub_slot,
                       [BIN_MUL] = mul_slot,
                       [BIN_TRUE_DIV] = true_div_slot,
                       [BIN_FLOOR_DIV] = floor_div_slot,
                       [BIN_MOD] = mod_slot,
                       [BIN_POW] = pow_slot,
                       [BIN_DIVMOD] = divmod_slot},
            .power = power_slot,
            .unary = {[UN_NEGATIVE] = negative_slot,
                      [UN_POSITIVE] = positive_slot,
                      [UN_ABSOLUTE] = absolute_slot},
            .to_int = to_int_slot,
            .to_float = positive_slot,
            .make = float_make,
        },
    .methods = float_methods,
    .getset = getset,
};
