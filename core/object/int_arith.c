// Arithmetic of ints of either form.
//
// Two immediates: 128-bit C arithmetic. Otherwise sign and magnitude over mpn functions;
// the bitwise operations on two's complement made in scratch limbs.
#include <float.h>
#include <math.h>
#include <string.h>

#include "core/object/float.h"
#include "core/object/int_internal.h"
#include "core/object/tuple.h"

// --- Sums and products ---------------------------------------------------------------------------

static Ref add_views(ThreadState *ts, const IntView *a, const IntView *b, bool negate_b)
{
    bool b_negative = b->is_negative != negate_b;
    if (a->size < b->size ||
        (a->size == b->size && a->size > 0 && mpn_cmp(a->limbs, b->limbs, a->size) < 0)) {
        // The larger magnitude first; the sign of the result is its sign.
        const IntView *c = a;
        a = b;
        b = c;
        bool sign = b_negative;
        b_negative = b->is_negative;
        BigInt *r = big_new(ts, a->size + 1);
        if (r == NULL) {
            return NO_REF;
        }
        mp_limb_t *to = big_room(r);
        if (sign == b_negative) {
            to[a->size] = mpn_add(to, a->limbs, a->size, b->limbs, b->size);
        } else {
            mpn_sub(to, a->limbs, a->size, b->limbs, b->size);
            to[a->size] = 0;
        }
        return big_finish(ts, r, a->size + 1, sign);
    }
    BigInt *r = big_new(ts, a->size + 1);
    if (r == NULL) {
        return NO_REF;
    }
    mp_limb_t *to = big_room(r);
    if (a->size == 0) {
        return big_finish(ts, r, 0, false);
    }
    if (a->is_negative == b_negative) {
        to[a->size] = mpn_add(to, a->limbs, a->size, b->limbs, b->size);
    } else {
        mpn_sub(to, a->limbs, a->size, b->limbs, b->size);
        to[a->size] = 0;
    }
    return big_finish(ts, r, a->size + 1, a->is_negative);
}

static Ref add_or_sub(ThreadState *ts, Value a, Value b, bool negate_b)
{
    IntView va, vb;
    int_view(a, &va);
    int_view(b, &vb);
    return add_views(ts, &va, &vb, negate_b);
}

static Ref multiply(ThreadState *ts, Value a, Value b)
{
    IntView va, vb;
    int_view(a, &va);
    int_view(b, &vb);
    if (va.size == 0 || vb.size == 0) {
        return REF_OF(small_int(0));
    }
    BigInt *r = big_new(ts, va.size + vb.size);
    if (r == NULL) {
        return NO_REF;
    }
    if (mul_limbs(ts, big_room(r), va.limbs, va.size, vb.limbs, vb.size) == STATUS_ERROR) {
        r->size = 0;
        Ref unused = REF_FROM_NEW(r);
        ref_drop(&unused);
        return NO_REF;
    }
    return big_finish(ts, r, va.size + vb.size, va.is_negative != vb.is_negative);
}

Ref int_negative(ThreadState *ts, Value a)
{
    if (!value_is_object(a)) {
        return int_from_i64(ts, -immediate_int(a));
    }
    IntView v;
    int_view(a, &v);
    return int_from_limbs(ts, v.limbs, v.size, !v.is_negative);
}

// --- Division ------------------------------------------------------------------------------------

static Ref raise_zero_division(ThreadState *ts, BinaryOp op)
{
    return raise(ts, EXC_ZeroDivisionError,
                 op == BIN_TRUE_DIV ? "division by zero"
                 : op == BIN_MOD    ? "integer modulo by zero"
                                    : "integer division or modulo by zero");
}

static void drop_unfinished(BigInt *b)
{
    if (b != NULL) {
        b->size = 0;
        Ref unused = REF_FROM_NEW(b);
        ref_drop(&unused);
    }
}

// Floor division of magnitudes with signs; either result may be left out.
static Status divide_views(ThreadState *ts, const IntView *a, const IntView *b, Ref *quotient,
                           Ref *remainder)
{
    mp_size_t qn = a->size >= b->size ? a->size - b->size + 1 : 0;
    BigInt *q = big_new(ts, qn + 1), *r = q == NULL ? NULL : big_new(ts, b->size);
    if (r == NULL) {
        drop_unfinished(q);
        return STATUS_ERROR;
    }
    mp_limb_t *qp = big_room(q), *rp = big_room(r);
    if (qn == 0) {
        memcpy(rp, a->limbs, (size_t)a->size * sizeof *rp);
        memset(rp + a->size, 0, (size_t)(b->size - a->size) * sizeof *rp);
    } else if (divide_limbs(ts, qp, rp, a->limbs, a->size, b->limbs, b->size) == STATUS_ERROR) {
        drop_unfinished(q);
        drop_unfinished(r);
        return STATUS_ERROR;
    }
    qp[qn] = 0;
    bool signs_differ = a->is_negative != b->is_negative;
    if (signs_differ && !mpn_zero_p(rp, b->size)) {
        // Towards minus infinity: one more below, and the remainder takes the divisor's sign.
        mpn_add_1(qp, qp, qn + 1, 1);
        mpn_sub_n(rp, b->limbs, rp, b->size);
    }
    if (quotient != NULL) {
        *quotient = big_finish(ts, q, qn + 1, signs_differ);
    } else {
        drop_unfinished(q);
    }
    if (remainder != NULL) {
        *remainder = big_finish(ts, r, b->size, b->is_negative);
    } else {
        drop_unfinished(r);
    }
    return STATUS_OK;
}

static void divide_small(int64_t a, int64_t b, int64_t *quotient, int64_t *remainder)
{
    int64_t q = a / b, r = a % b;
    if (r != 0 && (r < 0) != (b < 0)) {
        q--;
        r += b;
    }
    *quotient = q;
    *remainder = r;
}

static Status divide(ThreadState *ts, BinaryOp op, Value a, Value b, Ref *quotient, Ref *remainder)
{
    IntView va, vb;
    int_view(b, &vb);
    if (vb.size == 0) {
        (void)raise_zero_division(ts, op);
        return STATUS_ERROR;
    }
    if (!value_is_object(a) && !value_is_object(b)) {
        int64_t q, r;
        divide_small(immediate_int(a), immediate_int(b), &q, &r);
        if (quotient != NULL) {
            *quotient = int_from_i64(ts, q);
            if (is_error(*quotient)) {
                return STATUS_ERROR;
            }
        }
        if (remainder != NULL) {
            *remainder = REF_OF(small_int(r));
        }
        return STATUS_OK;
    }
    int_view(a, &va);
    return divide_views(ts, &va, &vb, quotient, remainder);
}

Ref int_divmod(ThreadState *ts, Value a, Value b, Ref *remainder)
{
    Ref quotient = NO_REF;
    return divide(ts, BIN_DIVMOD, a, b, &quotient, remainder) == STATUS_ERROR ? NO_REF : quotient;
}

// a / b correctly rounded: scale so that the quotient has 64 to 66 bits or what a subnormal result
// leaves of them, keep a sticky bit, let one conversion and one ldexp round. The quotient is
// trimmed to the bits that the result can hold before, so that nothing is rounded twice.
static Ref true_divide(ThreadState *ts, Value a, Value b)
{
    IntView va, vb;
    int_view(a, &va);
    int_view(b, &vb);
    if (vb.size == 0) {
        return raise_zero_division(ts, BIN_TRUE_DIV);
    }
    if (va.size == 0) {
        return float_from_double(ts, vb.is_negative ? -0.0 : 0.0);
    }
    const mp_limb_t exact = (mp_limb_t)1 << DBL_MANT_DIG;
    bool is_negative = va.is_negative != vb.is_negative;
    if (va.size == 1 && vb.size == 1 && va.limbs[0] <= exact && vb.limbs[0] <= exact) {
        double d = (double)va.limbs[0] / (double)vb.limbs[0];
        return float_from_double(ts, is_negative ? -d : d);
    }
    int64_t a_bits = (int64_t)int_bit_length(a), b_bits = (int64_t)int_bit_length(b);
    int64_t difference = a_bits - b_bits; // quotient in 2^(difference-1) .. 2^(difference+1)
    if (difference > DBL_MAX_EXP) {
        return raise(ts, EXC_OverflowError, "integer division result too large for a float");
    }
    if (difference < DBL_MIN_EXP - DBL_MANT_DIG - 1) {
        return float_from_double(ts, is_negative ? -0.0 : 0.0);
    }
    // Bits below the result's last place: two more than the significand, or fewer for subnormals.
    int64_t shift =
        MAX_OF(difference, DBL_MIN_EXP) - DBL_MANT_DIG - 2; // quotient is divided by 2^shift
    mp_size_t up = shift < 0 ? -shift : 0, down = shift > 0 ? shift : 0;
    mp_size_t an = va.size + up / 64 + 1, bn = vb.size + down / 64 + 1;
    mp_limb_t *scratch = raw_alloc(ts, (size_t)(2 * an + 2 * bn + 2) * sizeof *scratch);
    if (scratch == NULL) {
        return NO_REF;
    }
    mp_limb_t *ap = scratch, *bp = ap + an, *qp = bp + bn, *rp = qp + an + 1;
    memset(ap, 0, (size_t)an * sizeof *ap);
    memset(bp, 0, (size_t)bn * sizeof *bp);
    memcpy(ap + up / 64, va.limbs, (size_t)va.size * sizeof *ap);
    memcpy(bp + down / 64, vb.limbs, (size_t)vb.size * sizeof *bp);
    if (up % 64 != 0) {
        mpn_lshift(ap, ap, an, (unsigned)(up % 64));
    }
    if (down % 64 != 0) {
        mpn_lshift(bp, bp, bn, (unsigned)(down % 64));
    }
    while (an > 0 && ap[an - 1] == 0) {
        an--;
    }
    while (bp[bn - 1] == 0) {
        bn--;
    }
    mp_limb_t q = 0;
    bool inexact = true;
    if (an >= bn) {
        if (divide_limbs(ts, qp, rp, ap, an, bp, bn) == STATUS_ERROR) {
            raw_free(ts, scratch);
            return NO_REF;
        }
        q = qp[0]; // at most 57 bits
        inexact = !mpn_zero_p(rp, bn);
    }
    raw_free(ts, scratch);
    q |= inexact;
    // Round to even here: two bits lie below the last place when the quotient has 55 bits,
    // three when 56.
    int extra = q >> (DBL_MANT_DIG + 2) != 0 ? 3 : 2;
    mp_limb_t mask = ((mp_limb_t)1 << extra) - 1, half = (mp_limb_t)1 << (extra - 1),
              low = q & mask;
    q &= ~mask;
    if (low > half || (low == half && (q & (mask + 1)) != 0)) {
        q += mask + 1;
    }
    double d = ldexp((double)q, (int)shift);
    if (isinf(d)) {
        return raise(ts, EXC_OverflowError, "integer division result too large for a float");
    }
    return float_from_double(ts, is_negative ? -d : d);
}

// --- Shifts --------------------------------------------------------------------------------------

static Ref shift_left(ThreadState *ts, Value a, Value b)
{
    int64_t count;
    if (int_sign(b) < 0) {
        return raise(ts, EXC_ValueError, "negative shift count");
    }
    if (int_sign(a) == 0) {
        return REF_OF(small_int(0));
    }
    if (!int_to_i64(b, &count)) {
        return raise_no_memory(ts);
    }
    if (!value_is_object(a) && count < 64) {
        return int_from_i128(ts, (__int128)immediate_int(a) * ((__int128)1 << count));
    }
    IntView v;
    int_view(a, &v);
    mp_size_t whole = count / 64;
    BigInt *r = big_new(ts, v.size + whole + 1);
    if (r == NULL) {
        return NO_REF;
    }
    mp_limb_t *to = big_room(r);
    memset(to, 0, (size_t)whole * sizeof *to);
    if (count % 64 != 0) {
        to[whole + v.size] = mpn_lshift(to + whole, v.limbs, v.size, (unsigned)(count % 64));
    } else {
        memcpy(to + whole, v.limbs, (size_t)v.size * sizeof *to);
        to[whole + v.size] = 0;
    }
    return big_finish(ts, r, v.size + whole + 1, v.is_negative);
}

static Ref shift_right(ThreadState *ts, Value a, Value b)
{
    int64_t count;
    if (int_sign(b) < 0) {
        return raise(ts, EXC_ValueError, "negative shift count");
    }
    if (!int_to_i64(b, &count)) {
        count = INT64_MAX;
    }
    if (!value_is_object(a)) {
        return REF_OF(small_int(immediate_int(a) >> MIN_OF(count, 63)));
    }
    IntView v;
    int_view(a, &v);
    mp_size_t whole = count / 64;
    if (whole >= v.size) {
        return REF_OF(small_int(v.is_negative && v.size > 0 ? -1 : 0));
    }
    mp_size_t n = v.size - whole;
    BigInt *r = big_new(ts, n + 1);
    if (r == NULL) {
        return NO_REF;
    }
    mp_limb_t *to = big_room(r), lost = 0;
    if (count % 64 != 0) {
        lost = mpn_rshift(to, v.limbs + whole, n, (unsigned)(count % 64));
    } else {
        memcpy(to, v.limbs + whole, (size_t)n * sizeof *to);
    }
    to[n] = 0;
    if (v.is_negative && (lost != 0 || (whole > 0 && !mpn_zero_p(v.limbs, whole)))) {
        mpn_add_1(to, to, n + 1, 1); // towards minus infinity
    }
    return big_finish(ts, r, n + 1, v.is_negative);
}

// --- Bits ----------------------------------------------------------------------------------------

static void to_complement(const IntView *v, mp_limb_t *to, mp_size_t count)
{
    memcpy(to, v->limbs, (size_t)v->size * sizeof *to);
    memset(to + v->size, 0, (size_t)(count - v->size) * sizeof *to);
    if (v->is_negative) {
        mpn_neg(to, to, count);
    }
}

static Ref bitwise(ThreadState *ts, BinaryOp op, Value a, Value b)
{
    IntView va, vb;
    int_view(a, &va);
    int_view(b, &vb);
    mp_size_t count = MAX_OF(va.size, vb.size) + 1;
    BigInt *r = big_new(ts, count);
    mp_limb_t *scratch = r == NULL ? NULL : raw_alloc(ts, (size_t)count * sizeof *scratch);
    if (scratch == NULL) {
        drop_unfinished(r);
        return NO_REF;
    }
    mp_limb_t *to = big_room(r);
    to_complement(&va, to, count);
    to_complement(&vb, scratch, count);
    for (mp_size_t i = 0; i < count; i++) {
        to[i] = op == BIN_AND  ? to[i] & scratch[i]
                : op == BIN_OR ? to[i] | scratch[i]
                               : to[i] ^ scratch[i];
    }
    raw_free(ts, scratch);
    bool is_negative = to[count - 1] >> 63 != 0;
    if (is_negative) {
        mpn_neg(to, to, count);
    }
    return big_finish(ts, r, count, is_negative);
}

// --- Powers --------------------------------------------------------------------------------------

static Ref power_of_floats(ThreadState *ts, Value a, Value b)
{
    double x, y;
    if (int_to_double(ts, a, &x) == STATUS_ERROR || int_to_double(ts, b, &y) == STATUS_ERROR) {
        return NO_REF;
    }
    return float_binary(ts, BIN_POW, x, y);
}

Ref int_power(ThreadState *ts, Value a, Value b, Value modulus)
{
    if (!is_no_value(modulus)) {
        return int_power_modulo(ts, a, b, modulus);
    }
    if (int_sign(b) < 0) {
        return power_of_floats(ts, a, b);
    }
    int64_t base;
    bool base_fits = int_to_i64(a, &base);
    if (base_fits && base >= -1 && base <= 1) {
        int64_t odd;
        if (base == 0) {
            return REF_OF(small_int(int_sign(b) == 0));
        }
        IntView v;
        int_view(b, &v);
        odd = v.size > 0 && (v.limbs[0] & 1) != 0;
        return REF_OF(small_int(odd ? base : 1));
    }
    uint64_t exponent;
    if (!int_to_u64(b, &exponent)) {
        return raise_no_memory(ts);
    }
    if (base_fits && base == 2) {
        return shift_left(ts, small_int(1), b);
    }
    if (exponent != 0 && int_bit_length(a) - 1 > (uint64_t)INT_LIMBS_MAX * 64 / exponent) {
        return raise_no_memory(ts);
    }
    // From the top bit down: square, and multiply where a bit is set.
    OWNED Ref result = REF_OF(small_int(1));
    if (exponent == 0) {
        return ref_take(&result);
    }
    ref_set(&result, int_exact(ts, a));
    for (int bit = 62 - __builtin_clzll(exponent); bit >= 0 && !is_error(result); bit--) {
        ref_set(&result, int_binary(ts, BIN_MUL, result.v, result.v));
        if (!is_error(result) && (exponent >> bit & 1) != 0) {
            ref_set(&result, int_binary(ts, BIN_MUL, result.v, a));
        }
        if (!is_error(result) && int_bit_length(result.v) > 1 << 16 && !safepoint_poll(ts)) {
            return NO_REF;
        }
    }
    return ref_take(&result);
}

// --- All of them ---------------------------------------------------------------------------------

static Ref binary_small(ThreadState *ts, BinaryOp op, int64_t x, int64_t y)
{
    switch (op) {
    case BIN_ADD:
        return int_from_i64(ts, x + y);
    case BIN_SUB:
        return int_from_i64(ts, x - y);
    case BIN_MUL:
        return int_from_i128(ts, (__int128)x * y);
    case BIN_AND:
        return REF_OF(small_int(x & y));
    case BIN_OR:
        return REF_OF(small_int(x | y));
    default:
        return REF_OF(small_int(x ^ y));
    }
}

static Ref divmod_tuple(ThreadState *ts, Value a, Value b)
{
    OWNED Ref remainder = NO_REF;
    OWNED Ref quotient = int_divmod(ts, a, b, &remainder);
    if (is_error(quotient) || is_error(remainder)) {
        return NO_REF;
    }
    Ref items[2] = {ref_take(&quotient), ref_take(&remainder)};
    return tuple_from_refs(ts, items, 2);
}

Ref int_binary(ThreadState *ts, BinaryOp op, Value a, Value b)
{
    bool small = !value_is_object(a) && !value_is_object(b);
    switch (op) {
    case BIN_ADD:
    case BIN_SUB:
        return small ? binary_small(ts, op, immediate_int(a), immediate_int(b))
                     : add_or_sub(ts, a, b, op == BIN_SUB);
    case BIN_MUL:
        return small ? binary_small(ts, op, immediate_int(a), immediate_int(b))
                     : multiply(ts, a, b);
    case BIN_AND:
    case BIN_OR:
    case BIN_XOR:
        return small ? binary_small(ts, op, immediate_int(a), immediate_int(b))
                     : bitwise(ts, op, a, b);
    case BIN_TRUE_DIV:
        return true_divide(ts, a, b);
    case BIN_FLOOR_DIV: {
        Ref quotient = NO_REF;
        return divide(ts, op, a, b, &quotient, NULL) == STATUS_ERROR ? NO_REF : quotient;
    }
    case BIN_MOD: {
        Ref remainder = NO_REF;
        return divide(ts, op, a, b, NULL, &remainder) == STATUS_ERROR ? NO_REF : remainder;
    }
    case BIN_POW:
        return int_power(ts, a, b, NO_VALUE);
    case BIN_LSHIFT:
        return shift_left(ts, a, b);
    case BIN_RSHIFT:
        return shift_right(ts, a, b);
    case BIN_DIVMOD:
        return divmod_tuple(ts, a, b);
    default:
        return REF_OF(VALUE_NOT_IMPLEMENTED);
    }
}
