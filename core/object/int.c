// Integers: construction, conversion to C numbers, comparison, hash, and the types int and bool.
#include "core/object/int.h"

#include <math.h>
#include <string.h>

#include "core/object/float.h"
#include "core/object/int_internal.h"
#include "core/object/str.h"
#include "core/object/tuple.h"

// --- Construction --------------------------------------------------------------------------------

Ref big_finish(ThreadState *ts, BigInt *b, mp_size_t count, bool is_negative)
{
    mp_limb_t *limbs = big_room(b);
    while (count > 0 && limbs[count - 1] == 0) {
        count--;
    }
    if (count <= 1) {
        mp_limb_t low = count == 0 ? 0 : limbs[0];
        if (low <= (mp_limb_t)SMALL_INT_MAX + is_negative) {
            Ref unused = REF_FROM_NEW(b);
            b->size = 0;
            ref_drop(&unused);
            return REF_OF(small_int(is_negative ? (int64_t)(0 - low) : (int64_t)low));
        }
    }
    b->size = is_negative ? -count : count;
    return REF_FROM_NEW(b);
}

Ref int_from_limbs(ThreadState *ts, const mp_limb_t *limbs, mp_size_t count, bool is_negative)
{
    while (count > 0 && limbs[count - 1] == 0) {
        count--;
    }
    if (count <= 1) {
        mp_limb_t low = count == 0 ? 0 : limbs[0];
        if (low <= (mp_limb_t)SMALL_INT_MAX + is_negative) {
            return REF_OF(small_int(is_negative ? (int64_t)(0 - low) : (int64_t)low));
        }
    }
    BigInt *b = big_new(ts, count);
    if (b == NULL) {
        return NO_REF;
    }
    memcpy(b->limbs, limbs, (size_t)count * sizeof *limbs);
    b->size = is_negative ? -count : count;
    return REF_FROM_NEW(b);
}

Ref int_from_i64(ThreadState *ts, int64_t i)
{
    if (LIKELY(fits_small_int(i))) {
        return REF_OF(small_int(i));
    }
    mp_limb_t limb = i < 0 ? 0 - (mp_limb_t)i : (mp_limb_t)i;
    return int_from_limbs(ts, &limb, 1, i < 0);
}

Ref int_from_u64(ThreadState *ts, uint64_t i)
{
    if (LIKELY(i <= (uint64_t)SMALL_INT_MAX)) {
        return REF_OF(small_int((int64_t)i));
    }
    mp_limb_t limb = i;
    return int_from_limbs(ts, &limb, 1, false);
}

Ref int_from_i128(ThreadState *ts, __int128 i)
{
    if (LIKELY(i >= SMALL_INT_MIN && i <= SMALL_INT_MAX)) {
        return REF_OF(small_int((int64_t)i));
    }
    unsigned __int128 magnitude = i < 0 ? 0 - (unsigned __int128)i : (unsigned __int128)i;
    mp_limb_t limbs[2] = {(mp_limb_t)magnitude, (mp_limb_t)(magnitude >> 64)};
    return int_from_limbs(ts, limbs, 2, i < 0);
}

Ref int_from_double(ThreadState *ts, double d)
{
    if (LIKELY(d > -4e18 && d < 4e18)) {
        return int_from_i64(ts, (int64_t)d);
    }
    if (isnan(d)) {
        return raise(ts, EXC_ValueError, "cannot convert float NaN to integer");
    }
    if (isinf(d)) {
        return raise(ts, EXC_OverflowError, "cannot convert float infinity to integer");
    }
    int exponent;
    double fraction = frexp(fabs(d), &exponent);
    mp_limb_t mantissa = (mp_limb_t)ldexp(fraction, 53);
    exponent -= 53; // > 0 here
    mp_limb_t limbs[18] = {0};
    int limb = exponent / 64, shift = exponent % 64;
    limbs[limb] = mantissa << shift;
    if (shift != 0) {
        limbs[limb + 1] = mantissa >> (64 - shift);
    }
    return int_from_limbs(ts, limbs, 18, d < 0);
}

Ref int_exact(ThreadState *ts, Value v)
{
    if (LIKELY(value_is_exactly_int(v))) {
        return ref_new(v);
    }
    IntView view;
    int_view(v, &view);
    return int_from_limbs(ts, view.limbs, view.size, view.is_negative);
}

// --- Conversion to C numbers ---------------------------------------------------------------------

bool int_to_i64(Value v, int64_t *out)
{
    if (LIKELY(!value_is_object(v))) {
        *out = immediate_int(v);
        return true;
    }
    IntView view;
    int_view(v, &view);
    if (view.size > 1 ||
        (view.size == 1 && view.limbs[0] > (mp_limb_t)INT64_MAX + (mp_limb_t)view.is_negative)) {
        return false;
    }
    mp_limb_t low = view.size == 0 ? 0 : view.limbs[0];
    *out = view.is_negative ? (int64_t)(0 - low) : (int64_t)low;
    return true;
}

bool int_to_u64(Value v, uint64_t *out)
{
    IntView view;
    int_view(v, &view);
    if (view.size > 1 || (view.is_negative && view.size > 0)) {
        return false;
    }
    *out = view.size == 0 ? 0 : view.limbs[0];
    return true;
}

// The 64 top bits of a number of more than one limb, the lowest set if anything below is (sticky),
// and how many bits lie below.
static mp_limb_t top_bits(const mp_limb_t *limbs, mp_size_t size, int64_t *below)
{
    int shift = __builtin_clzll(limbs[size - 1]);
    mp_limb_t top = limbs[size - 1] << shift, rest = 0;
    if (shift != 0) {
        top |= limbs[size - 2] >> (64 - shift);
        rest = limbs[size - 2] << shift;
    } else {
        rest = limbs[size - 2];
    }
    for (mp_size_t i = size - 2; rest == 0 && i-- > 0;) {
        rest = limbs[i];
    }
    *below = (size - 1) * 64 - shift;
    return top | (rest != 0);
}

// Rounded to even; infinity when too large.
static double view_to_double(const IntView *view)
{
    double d;
    if (view->size <= 1) {
        d = view->size == 0 ? 0.0 : (double)view->limbs[0];
    } else if (view->size > 16) {
        d = INFINITY;
    } else {
        int64_t below;
        mp_limb_t top = top_bits(view->limbs, view->size, &below);
        d = ldexp((double)top, (int)below); // the sticky bit makes this rounding the right one
    }
    return view->is_negative ? -d : d;
}

double int_frexp(Value v, int64_t *exponent)
{
    IntView view;
    int_view(v, &view);
    int64_t below = 0;
    int small;
    if (view.size == 0) {
        *exponent = 0;
        return 0.0;
    }
    mp_limb_t top = view.size == 1 ? view.limbs[0] : top_bits(view.limbs, view.size, &below);
    double d = frexp((double)top, &small);
    *exponent = below + small;
    return view.is_negative ? -d : d;
}

Status int_to_double(ThreadState *ts, Value v, double *out)
{
    if (LIKELY(value_is_small_int(v))) {
        *out = (double)small_int_get(v);
        return STATUS_OK;
    }
    IntView view;
    int_view(v, &view);
    *out = view_to_double(&view);
    if (isinf(*out)) {
        return raise_status(ts, EXC_OverflowError, "int too large to convert to float");
    }
    return STATUS_OK;
}

// --- Questions -----------------------------------------------------------------------------------

int int_sign(Value v)
{
    IntView view;
    int_view(v, &view);
    return view.size == 0 ? 0 : view.is_negative ? -1 : 1;
}

Truth int_is_true(Value v) { return int_sign(v) != 0; }

int int_compare(Value a, Value b)
{
    if (LIKELY(values_are_small_ints(a, b))) {
        int64_t x = small_int_get(a), y = small_int_get(b);
        return (x > y) - (x < y);
    }
    IntView va, vb;
    int_view(a, &va);
    int_view(b, &vb);
    bool na = va.is_negative && va.size > 0, nb = vb.is_negative && vb.size > 0;
    if (na != nb) {
        return na ? -1 : 1;
    }
    int order = va.size != vb.size ? (va.size < vb.size ? -1 : 1)
                : va.size == 0     ? 0
                                   : mpn_cmp(va.limbs, vb.limbs, va.size);
    order = (order > 0) - (order < 0);
    return na ? -order : order;
}

int int_compare_double(Value v, double d)
{
    if (isnan(d)) {
        return 2;
    }
    if (isinf(d)) {
        return d > 0 ? -1 : 1;
    }
    IntView view;
    int_view(v, &view);
    int sign = view.size == 0 ? 0 : view.is_negative ? -1 : 1, other = (d > 0) - (d < 0);
    if (sign != other) {
        return sign < other ? -1 : 1;
    }
    if (sign == 0) {
        return 0;
    }
    double magnitude = fabs(d);
    int exponent;
    (void)frexp(magnitude, &exponent); // magnitude < 2^exponent
    int64_t bits = (int64_t)int_bit_length(v);
    int order;
    if (exponent <= 0 || bits != exponent) {
        order = bits < exponent ? -1 : 1;
    } else {
        // As many bits before the point: compare the whole parts,
        // then see whether d has a fraction.
        double whole;
        double fraction = modf(magnitude, &whole);
        mp_limb_t limbs[18] = {0};
        int mantissa_exponent = exponent - 53;
        mp_limb_t mantissa =
            (mp_limb_t)ldexp(whole, mantissa_exponent > 0 ? -mantissa_exponent : 0);
        int shift = mantissa_exponent > 0 ? mantissa_exponent : 0;
        limbs[shift / 64] = mantissa << (shift % 64);
        if (shift % 64 != 0) {
            limbs[shift / 64 + 1] = mantissa >> (64 - shift % 64);
        }
        order = mpn_cmp(view.limbs, limbs, view.size);
        if (order == 0 && fraction > 0) {
            order = -1;
        }
        order = (order > 0) - (order < 0);
    }
    return sign < 0 ? -order : order;
}

#define HASH_MODULUS (((uint64_t)1 << 61) - 1)

int64_t int_hash(Value v)
{
    IntView view;
    int_view(v, &view);
    int64_t hash;
    if (view.size <= 1) {
        mp_limb_t low = view.size == 0 ? 0 : view.limbs[0];
        hash = (int64_t)(low < HASH_MODULUS ? low : low % HASH_MODULUS);
    } else {
        hash = (int64_t)mpn_mod_1(view.limbs, view.size, HASH_MODULUS);
    }
    hash = view.is_negative ? -hash : hash;
    return hash == -1 ? -2 : hash;
}

uint64_t int_bit_length(Value v)
{
    IntView view;
    int_view(v, &view);
    return view.size == 0
               ? 0
               : (uint64_t)view.size * 64 - (uint64_t)__builtin_clzll(view.limbs[view.size - 1]);
}

// --- Slots ---------------------------------------------------------------------------------------

static Ref repr_slot(ThreadState *ts, Value self) { return int_to_str(ts, self, 10); }
static Status hash_slot(ThreadState *ts, Value self, int64_t *hash)
{
    *hash = int_hash(self);
    return STATUS_OK;
}
static Truth truth_slot(ThreadState *ts, Value self) { return int_is_true(self); }

static bool order_fits(int order, CompareOp op)
{
    switch (op) {
    case OP_LT:
        return order < 0;
    case OP_LE:
        return order <= 0;
    case OP_EQ:
        return order == 0;
    case OP_NE:
        return order != 0;
    case OP_GT:
        return order > 0;
    default:
        return order >= 0;
    }
}

static Ref compare_slot(ThreadState *ts, Value a, Value b, CompareOp op)
{
    if (!value_is_int(a) || !value_is_int(b)) {
        return REF_OF(VALUE_NOT_IMPLEMENTED);
    }
    return REF_OF(bool_value(order_fits(int_compare(a, b), op)));
}

#define BINARY_SLOT(name, op)                                                                      \
    static Ref name(ThreadState *ts, Value a, Value b)                                             \
    {                                                                                              \
        return LIKELY(value_is_int(a) && value_is_int(b)) ? int_binary(ts, op, a, b)               \
                                                          : REF_OF(VALUE_NOT_IMPLEMENTED);         \
    }
BINARY_SLOT(add_slot, BIN_ADD)
BINARY_SLOT(sub_slot, BIN_SUB)
BINARY_SLOT(mul_slot, BIN_MUL)
BINARY_SLOT(true_div_slot, BIN_TRUE_DIV)
BINARY_SLOT(floor_div_slot, BIN_FLOOR_DIV)
BINARY_SLOT(mod_slot, BIN_MOD)
BINARY_SLOT(pow_slot, BIN_POW)
BINARY_SLOT(lshift_slot, BIN_LSHIFT)
BINARY_SLOT(rshift_slot, BIN_RSHIFT)
BINARY_SLOT(and_slot, BIN_AND)
BINARY_SLOT(or_slot, BIN_OR)
BINARY_SLOT(xor_slot, BIN_XOR)
BINARY_SLOT(divmod_slot, BIN_DIVMOD)

static Ref power_slot(ThreadState *ts, Value base, Value exponent, Value modulus)
{
    if (!value_is_int(base) || !value_is_int(exponent)) {
        return REF_OF(VALUE_NOT_IMPLEMENTED);
    }
    if (is_no_value(modulus) || value_is_none(modulus)) {
        return int_power(ts, base, exponent, NO_VALUE);
    }
    return value_is_int(modulus) ? int_power(ts, base, exponent, modulus)
                                 : REF_OF(VALUE_NOT_IMPLEMENTED);
}

static Ref negative_slot(ThreadState *ts, Value self) { return int_negative(ts, self); }
static Ref positive_slot(ThreadState *ts, Value self) { return int_exact(ts, self); }
static Ref absolute_slot(ThreadState *ts, Value self)
{
    return int_sign(self) < 0 ? int_negative(ts, self) : int_exact(ts, self);
}
static Ref invert_slot(ThreadState *ts, Value self)
{
    if (!value_is_object(self)) {
        return int_from_i64(ts, ~immediate_int(self));
    }
    OWNED Ref negative = int_negative(ts, self);
    return is_error(negative) ? NO_REF : int_binary(ts, BIN_SUB, negative.v, small_int(1));
}
static Ref to_float_slot(ThreadState *ts, Value self)
{
    double d;
    return int_to_double(ts, self, &d) == STATUS_ERROR ? NO_REF : float_from_double(ts, d);
}

static Ref get_real(ThreadState *ts, Value self) { return int_exact(ts, self); }
static Ref get_imag(ThreadState *ts, Value self) { return REF_OF(small_int(0)); }
static Ref get_one(ThreadState *ts, Value self) { return REF_OF(small_int(1)); }

static const GetSetDef getset[] = {
    {"real", get_real, NULL, "the real part of a complex number"},
    {"imag", get_imag, NULL, "the imaginary part of a complex number"},
    {"numerator", get_real, NULL, "the numerator of a rational number in lowest terms"},
    {"denominator", get_one, NULL, "the denominator of a rational number in lowest terms"},
    {NULL, NULL, NULL, NULL},
};

const TypeSpec spec_INT = {
    .name = "int",
    .doc = "int([x]) -> integer\n"
           "int(x, base=10) -> integer\n\n"
           "The integer that a number or a string stands for; 0 without arguments. A float is "
           "truncated towards zero. With a base, x is a string, bytes or bytearray with an "
           "integer literal in that base; base 0 means as the prefix says.",
    .base = KIND_OBJECT,
    .size = sizeof(BigInt),
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
                       [BIN_LSHIFT] = lshift_slot,
                       [BIN_RSHIFT] = rshift_slot,
                       [BIN_AND] = and_slot,
                       [BIN_OR] = or_slot,
                       [BIN_XOR] = xor_slot,
                       [BIN_DIVMOD] = divmod_slot},
            .power = power_slot,
            .unary = {[UN_NEGATIVE] = negative_slot,
                      [UN_POSITIVE] = positive_slot,
                      [UN_INVERT] = invert_slot,
                      [UN_ABSOLUTE] = absolute_slot},
            .index = positive_slot,
            .to_int = positive_slot,
            .to_float = to_float_slot,
            .make = int_make,
        },
    .methods = int_methods,
    .getset = getset,
};

// --- bool ----------------------------------------------------------------------------------------

static Ref bool_repr(ThreadState *ts, Value self)
{
    return REF_OF(self.bits == VALUE_TRUE.bits ? NAME(true_) : NAME(false_));
}

static Ref bool_make(CALL_PARAMETERS)
{
    if (!is_no_value(names) && tuple_count(names) > 0) {
        return raise(ts, EXC_TypeError, "bool() takes no keyword arguments");
    }
    if (count > 1) {
        return raise(ts, EXC_TypeError, "bool expected at most 1 argument, got %zu", count);
    }
    if (count == 0) {
        return REF_OF(VALUE_FALSE);
    }
    Truth t = object_is_true(ts, args[0]);
    return t == TRUTH_ERROR ? NO_REF : REF_OF(bool_value(t == TRUTH_TRUE));
}

#define BOOL_SLOT(name, op, slow)                                                                  \
    static Ref name(ThreadState *ts, Value a, Value b)                                             \
    {                                                                                              \
        if (!value_is_bool(a) || !value_is_bool(b)) {                                              \
            return slow(ts, a, b);                                                                 \
        }                                                                                          \
        return REF_OF(bool_value((a.bits == VALUE_TRUE.bits) op(b.bits == VALUE_TRUE.bits)));      \
    }
BOOL_SLOT(bool_and, &, and_slot)
BOOL_SLOT(bool_or, |, or_slot)
BOOL_SLOT(bool_xor, ^, xor_slot)

const TypeSpec spec_BOOL = {
    .name = "bool",
    .doc = "bool(x) -> bool\n\nTrue when the argument x is true, False otherwise. The only two "
           "instances are\n"
           "the constants True and False.",
    .base = KIND_INT,
    .size = 0,
    .flags = TYPE_IMMUTABLE,
    .slots =
        {
            .repr = bool_repr,
            .binary = {[BIN_AND] = bool_and, [BIN_OR] = bool_or, [BIN_XOR] = bool_xor},
            .make = bool_make,
        },
};
