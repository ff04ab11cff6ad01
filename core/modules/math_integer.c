// core/modules/math_integer.c: the functions of math whose arguments are ints, and prod.
#include "core/modules/math.h"
#include "core/object/int.h"
#include "core/object/tuple.h"

static Status no_keywords(ThreadState *ts, const char *name, Value names)
{
    if (!is_no_value(names) && tuple_count(names) > 0) {
        return raise_status(ts, EXC_TypeError, "math.%s() takes no keyword arguments", name);
    }
    return STATUS_OK;
}

static Ref lcm_of(ThreadState *ts, Value a, Value b)
{
    if (int_sign(a) == 0 || int_sign(b) == 0) {
        return REF_OF(small_int(0));
    }
    OWNED Ref divisor = int_gcd(ts, a, b);
    OWNED Ref part = is_error(divisor) ? NO_REF : int_binary(ts, BIN_FLOOR_DIV, a, divisor.v);
    OWNED Ref product = is_error(part) ? NO_REF : int_binary(ts, BIN_MUL, part.v, b);
    if (is_error(product)) {
        return NO_REF;
    }
    return int_sign(product.v) < 0 ? int_negative(ts, product.v) : ref_take(&product);
}

static Ref reduce(ThreadState *ts, const Value *args, size_t count, Value start,
                  Ref (*step)(ThreadState *, Value, Value))
{
    OWNED Ref result = ref_new(start);
    for (size_t i = 0; i < count; i++) {
        OWNED Ref number = object_index(ts, args[i]);
        if (is_error(number)) {
            return NO_REF;
        }
        ref_set(&result, step(ts, result.v, number.v));
        if (is_error(result)) {
            return NO_REF;
        }
    }
    return ref_take(&result);
}

Ref math_gcd(CALL_PARAMETERS)
{
    return no_keywords(ts, "gcd", names) == STATUS_ERROR
               ? NO_REF
               : reduce(ts, args, count, small_int(0), int_gcd);
}

Ref math_lcm(CALL_PARAMETERS)
{
    return no_keywords(ts, "lcm", names) == STATUS_ERROR
               ? NO_REF
               : reduce(ts, args, count, small_int(1), lcm_of);
}

Ref math_isqrt(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref n = object_index(ts, args[0]);
    if (is_error(n)) {
        return NO_REF;
    }
    if (int_sign(n.v) < 0) {
        return raise(ts, EXC_ValueError, "isqrt() argument must be nonnegative");
    }
    return int_square_root(ts, n.v);
}

Ref math_factorial(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref n = object_index(ts, args[0]);
    if (is_error(n)) {
        return NO_REF;
    }
    if (int_sign(n.v) < 0) {
        return raise(ts, EXC_ValueError, "factorial() not defined for negative values");
    }
    int64_t i;
    if (!int_to_i64(n.v, &i)) {
        return raise(ts, EXC_OverflowError,
                     "factorial() argument should not exceed 9223372036854775807");
    }
    return (uint64_t)i >> 40 != 0 ? raise_no_memory(ts) : int_factorial(ts, (uint64_t)i);
}

// n (n - 1) … (n - k + 1), divided by k! for combinations.
static Ref falling_product(ThreadState *ts, Value n, int64_t k, bool divide)
{
    OWNED Ref result = REF_OF(small_int(1));
    for (int64_t i = 0; i < k; i++) {
        OWNED Ref factor = int_binary(ts, BIN_SUB, n, small_int(i));
        if (is_error(factor)) {
            return NO_REF;
        }
        ref_set(&result, int_binary(ts, BIN_MUL, result.v, factor.v));
        if (!is_error(result) && divide) {
            ref_set(&result, int_binary(ts, BIN_FLOOR_DIV, result.v, small_int(i + 1)));
        }
        if (is_error(result) || !safepoint_poll(ts)) {
            return NO_REF;
        }
    }
    return ref_take(&result);
}

static Status choose_arguments(ThreadState *ts, const Value *args, Ref *n, Ref *k)
{
    *n = object_index(ts, args[0]);
    *k = is_error(*n) ? NO_REF : object_index(ts, args[1]);
    if (is_error(*k)) {
        return STATUS_ERROR;
    }
    if (int_sign(n->v) < 0 || int_sign(k->v) < 0) {
        return raise_status(ts, EXC_ValueError, "%c must be a non-negative integer",
                            int_sign(n->v) < 0 ? 'n' : 'k');
    }
    return STATUS_OK;
}

Ref math_comb(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref n = NO_REF;
    OWNED Ref k = NO_REF;
    if (choose_arguments(ts, args, &n, &k) == STATUS_ERROR) {
        return NO_REF;
    }
    OWNED Ref other = int_binary(ts, BIN_SUB, n.v, k.v);
    if (is_error(other)) {
        return NO_REF;
    }
    if (int_sign(other.v) < 0) {
        return REF_OF(small_int(0));
    }
    Value smaller = int_compare(other.v, k.v) < 0 ? other.v : k.v;
    int64_t steps;
    uint64_t whole;
    if (!int_to_i64(smaller, &steps)) {
        return raise(ts, EXC_OverflowError, "min(n - k, k) must not exceed 9223372036854775807");
    }
    if (int_to_u64(n.v, &whole)) {
        return int_combinations(ts, whole, (uint64_t)steps);
    }
    return falling_product(ts, n.v, steps, true);
}

Ref math_perm(ThreadState *ts, Value self, const Value *args)
{
    if (is_no_value(args[1]) || value_is_none(args[1])) {
        return math_factorial(ts, self, args);
    }
    OWNED Ref n = NO_REF;
    OWNED Ref k = NO_REF;
    if (choose_arguments(ts, args, &n, &k) == STATUS_ERROR) {
        return NO_REF;
    }
    if (int_compare(n.v, k.v) < 0) {
        return REF_OF(small_int(0));
    }
    int64_t steps;
    if (!int_to_i64(k.v, &steps)) {
        return raise(ts, EXC_OverflowError, "k must not exceed 9223372036854775807");
    }
    return falling_product(ts, n.v, steps, false);
}

Ref math_prod(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref iterator = object_iterate(ts, args[0]);
    OWNED Ref result = ref_new(is_no_value(args[1]) ? small_int(1) : args[1]);
    if (is_error(iterator)) {
        return NO_REF;
    }
    for (;;) {
        OWNED Ref item = iterator_next(ts, iterator.v);
        if (is_error(item)) {
            return has_exception(ts) ? NO_REF : ref_take(&result);
        }
        ref_set(&result, object_binary(ts, BIN_MUL, result.v, item.v));
        if (is_error(result)) {
            return NO_REF;
        }
    }
}
