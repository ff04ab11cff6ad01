// core/modules/math.c: the module math: functions of doubles. (math_integer.c: those of ints.)
#include "core/modules/math.h"

#include <errno.h>
#include <math.h>

#include "core/object/bytes.h"
#include "core/object/float.h"
#include "core/object/int.h"
#include "core/object/module.h"
#include "core/object/tuple.h"

static Ref raise_domain(ThreadState *ts) { return raise(ts, EXC_ValueError, "math domain error"); }
static Ref raise_range(ThreadState *ts) { return raise(ts, EXC_OverflowError, "math range error"); }

static inline Status get(ThreadState *ts, Value v, double *out)
{
    if (LIKELY(value_is_flonum(v))) {
        *out = flonum_get(v);
        return STATUS_OK;
    }
    return object_to_double(ts, v, out);
}

// A nan out of a number is a domain error; an infinity out of a finite number too, or an overflow.
static Ref checked(ThreadState *ts, double x, double r, bool can_overflow)
{
    if (UNLIKELY(!isfinite(r))) {
        if (isnan(r) && !isnan(x)) {
            return raise_domain(ts);
        }
        if (isinf(r) && isfinite(x)) {
            return can_overflow ? raise_range(ts) : raise_domain(ts);
        }
    }
    return float_from_double(ts, r);
}

#define FUNCTION(name, call, can_overflow)                                                         \
    static Ref math_##name(ThreadState *ts, Value self, const Value *args)                         \
    {                                                                                              \
        double x;                                                                                  \
        return get(ts, args[0], &x) == STATUS_ERROR ? NO_REF                                       \
                                                    : checked(ts, x, call(x), can_overflow);       \
    }
FUNCTION(acos, acos, false)
FUNCTION(acosh, acosh, false)
FUNCTION(asin, asin, false)
FUNCTION(asinh, asinh, false)
FUNCTION(atan, atan, false)
FUNCTION(atanh, atanh, false)
FUNCTION(cbrt, cbrt, false)
FUNCTION(cos, cos, false)
FUNCTION(cosh, cosh, true)
FUNCTION(erf, erf, false)
FUNCTION(erfc, erfc, false)
FUNCTION(exp, exp, true)
FUNCTION(exp2, exp2, true)
FUNCTION(expm1, expm1, true)
FUNCTION(fabs, fabs, false)
FUNCTION(log1p, log1p, false)
FUNCTION(sin, sin, false)
FUNCTION(sinh, sinh, true)
FUNCTION(sqrt, sqrt, false)
FUNCTION(tan, tan, false)
FUNCTION(tanh, tanh, false)

static Ref math_gamma(ThreadState *ts, Value self, const Value *args)
{
    double x;
    if (get(ts, args[0], &x) == STATUS_ERROR) {
        return NO_REF;
    }
    if (x == 0 || (x < 0 && x == floor(x))) {
        return raise_domain(ts); // minus infinity too
    }
    return checked(ts, x, tgamma(x), true);
}

static Ref math_lgamma(ThreadState *ts, Value self, const Value *args)
{
    double x;
    if (get(ts, args[0], &x) == STATUS_ERROR) {
        return NO_REF;
    }
    if (isfinite(x) && x <= 0 && x == floor(x)) {
        return raise_domain(ts);
    }
    int sign;
    return checked(ts, x, lgamma_r(x, &sign), true);
}

// --- Logarithms ----------------------------------------------------------------------------------

static Status logarithm(ThreadState *ts, Value v, double (*log_of)(double), double *out)
{
    double x;
    if (value_is_int(v)) {
        int64_t exponent;
        if (int_sign(v) <= 0) {
            (void)raise_domain(ts);
            return STATUS_ERROR;
        }
        if (int_bit_length(v) <= 1023) {
            (void)int_to_double(ts, v, &x);
            *out = log_of(x);
        } else {
            x = int_frexp(v, &exponent);
            *out = log_of(x) + log_of(2.0) * (double)exponent;
        }
        return STATUS_OK;
    }
    if (get(ts, v, &x) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    if (x <= 0) {
        (void)raise_domain(ts);
        return STATUS_ERROR;
    }
    *out = log_of(x);
    return STATUS_OK;
}

static Ref math_log(CALL_PARAMETERS)
{
    double x, base;
    if (!is_no_value(names) && tuple_count(names) > 0) {
        return raise(ts, EXC_TypeError, "math.log() takes no keyword arguments");
    }
    if (count < 1 || count > 2) {
        return raise(ts, EXC_TypeError, "log expected at %s %d argument%s, got %zu",
                     count < 1 ? "least" : "most", count < 1 ? 1 : 2, count < 1 ? "" : "s", count);
    }
    if (logarithm(ts, args[0], log, &x) == STATUS_ERROR) {
        return NO_REF;
    }
    if (count == 1) {
        return float_from_double(ts, x);
    }
    if (logarithm(ts, args[1], log, &base) == STATUS_ERROR) {
        return NO_REF;
    }
    return float_binary(ts, BIN_TRUE_DIV, x, base);
}
static Ref math_log2(ThreadState *ts, Value self, const Value *args)
{
    double x;
    return logarithm(ts, args[0], log2, &x) == STATUS_ERROR ? NO_REF : float_from_double(ts, x);
}
static Ref math_log10(ThreadState *ts, Value self, const Value *args)
{
    double x;
    return logarithm(ts, args[0], log10, &x) == STATUS_ERROR ? NO_REF : float_from_double(ts, x);
}

// --- Two arguments -------------------------------------------------------------------------------

static Status get2(ThreadState *ts, const Value *args, double *x, double *y)
{
    return get(ts, args[0], x) == STATUS_ERROR ? STATUS_ERROR : get(ts, args[1], y);
}

static Ref math_atan2(ThreadState *ts, Value self, const Value *args)
{
    double y, x;
    return get2(ts, args, &y, &x) == STATUS_ERROR ? NO_REF : float_from_double(ts, atan2(y, x));
}
static Ref math_copysign(ThreadState *ts, Value self, const Value *args)
{
    double x, y;
    return get2(ts, args, &x, &y) == STATUS_ERROR ? NO_REF : float_from_double(ts, copysign(x, y));
}
static Ref math_fmod(ThreadState *ts, Value self, const Value *args)
{
    double x, y;
    if (get2(ts, args, &x, &y) == STATUS_ERROR) {
        return NO_REF;
    }
    double r = fmod(x, y);
    return isnan(r) && !isnan(x) && !isnan(y) ? raise_domain(ts) : float_from_double(ts, r);
}
static Ref math_remainder(ThreadState *ts, Value self, const Value *args)
{
    double x, y;
    if (get2(ts, args, &x, &y) == STATUS_ERROR) {
        return NO_REF;
    }
    double r = remainder(x, y);
    return isnan(r) && !isnan(x) && !isnan(y) ? raise_domain(ts) : float_from_double(ts, r);
}
static Ref math_nextafter(ThreadState *ts, Value self, const Value *args)
{
    double x, y;
    return get2(ts, args, &x, &y) == STATUS_ERROR ? NO_REF : float_from_double(ts, nextafter(x, y));
}
static Ref math_pow(ThreadState *ts, Value self, const Value *args)
{
    double x, y;
    if (get2(ts, args, &x, &y) == STATUS_ERROR) {
        return NO_REF;
    }
    double r = pow(x, y);
    if (isnan(r) && !isnan(x) && !isnan(y)) {
        return raise_domain(ts);
    }
    if (isinf(r) && isfinite(x) && isfinite(y)) {
        return x == 0 ? raise_domain(ts) : raise_range(ts);
    }
    return float_from_double(ts, r);
}

static Ref math_ldexp(ThreadState *ts, Value self, const Value *args)
{
    double x;
    if (get(ts, args[0], &x) == STATUS_ERROR) {
        return NO_REF;
    }
    if (!value_is_int(args[1])) {
        return raise(ts, EXC_TypeError, "Expected an int as second argument to ldexp.");
    }
    int64_t exponent;
    if (!int_to_i64(args[1], &exponent)) {
        exponent = int_sign(args[1]) < 0 ? -100000 : 100000;
    }
    exponent = exponent < -100000 ? -100000 : exponent > 100000 ? 100000 : exponent;
    double r = ldexp(x, (int)exponent);
    return isinf(r) && isfinite(x) ? raise_range(ts) : float_from_double(ts, r);
}

static Ref math_frexp(ThreadState *ts, Value self, const Value *args)
{
    double x;
    int exponent = 0;
    if (get(ts, args[0], &x) == STATUS_ERROR) {
        return NO_REF;
    }
    double fraction = isfinite(x) ? frexp(x, &exponent) : x;
    OWNED Ref first = float_from_double(ts, fraction);
    return is_error(first) ? NO_REF : tuple_pack(ts, 2, first.v, small_int(exponent));
}

static Ref math_modf(ThreadState *ts, Value self, const Value *args)
{
    double x, whole;
    if (get(ts, args[0], &x) == STATUS_ERROR) {
        return NO_REF;
    }
    double fraction = modf(x, &whole);
    OWNED Ref first = float_from_double(ts, fraction);
    OWNED Ref second = float_from_double(ts, whole);
    return is_error(first) || is_error(second) ? NO_REF : tuple_pack(ts, 2, first.v, second.v);
}

static Ref math_degrees(ThreadState *ts, Value self, const Value *args)
{
    double x;
    return get(ts, args[0], &x) == STATUS_ERROR ? NO_REF
                                                : float_from_double(ts, x * (180.0 / M_PI));
}
static Ref math_radians(ThreadState *ts, Value self, const Value *args)
{
    double x;
    return get(ts, args[0], &x) == STATUS_ERROR ? NO_REF
                                                : float_from_double(ts, x * (M_PI / 180.0));
}
static Ref math_ulp(ThreadState *ts, Value self, const Value *args)
{
    double x;
    if (get(ts, args[0], &x) == STATUS_ERROR) {
        return NO_REF;
    }
    x = fabs(x);
    if (!isfinite(x)) {
        return float_from_double(ts, x);
    }
    double next = nextafter(x, INFINITY);
    return float_from_double(ts, isinf(next) ? x - nextafter(x, -INFINITY) : next - x);
}

#define QUESTION(name, test)                                                                       \
    static Ref math_##name(ThreadState *ts, Value self, const Value *args)                         \
    {                                                                                              \
        double x;                                                                                  \
        return get(ts, args[0], &x) == STATUS_ERROR ? NO_REF : REF_OF(bool_value(test(x)));        \
    }
QUESTION(isfinite, isfinite)
QUESTION(isinf, isinf)
QUESTION(isnan, isnan)

static Ref math_isclose(ThreadState *ts, Value self, const Value *args)
{
    double a, b, relative = 1e-9, absolute = 0;
    if (get2(ts, args, &a, &b) == STATUS_ERROR ||
        (!is_no_value(args[2]) && get(ts, args[2], &relative) == STATUS_ERROR) ||
        (!is_no_value(args[3]) && get(ts, args[3], &absolute) == STATUS_ERROR)) {
        return NO_REF;
    }
    if (relative < 0 || absolute < 0) {
        return raise(ts, EXC_ValueError, "tolerances must be non-negative");
    }
    if (a == b) {
        return REF_OF(VALUE_TRUE);
    }
    if (isinf(a) || isinf(b)) {
        return REF_OF(VALUE_FALSE);
    }
    double difference = fabs(b - a);
    return REF_OF(bool_value(difference <= fabs(relative * b) || difference <= fabs(relative * a) ||
                             difference <= absolute));
}

// --- Norms and sums ------------------------------------------------------------------------------

// The root of the sum of squares, in extended precision, whose range needs no scaling either.
static Ref norm(ThreadState *ts, const double *x, size_t count)
{
    long double sum = 0;
    bool has_nan = false;
    for (size_t i = 0; i < count; i++) {
        if (isinf(x[i])) {
            return float_from_double(ts, INFINITY);
        }
        has_nan = has_nan || isnan(x[i]);
        sum += (long double)x[i] * (long double)x[i];
    }
    return float_from_double(ts, has_nan ? NAN : (double)sqrtl(sum));
}

static Ref math_hypot(CALL_PARAMETERS)
{
    double local[16], *x = local;
    if (!is_no_value(names) && tuple_count(names) > 0) {
        return raise(ts, EXC_TypeError, "math.hypot() takes no keyword arguments");
    }
    if (count > ARRAY_LENGTH(local)) {
        x = raw_alloc(ts, count * sizeof *x);
        if (x == NULL) {
            return NO_REF;
        }
    }
    Status status = STATUS_OK;
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        status = get(ts, args[i], &x[i]);
    }
    Ref result = status == STATUS_OK ? norm(ts, x, count) : NO_REF;
    if (x != local) {
        raw_free(ts, x);
    }
    return result;
}

static Ref math_dist(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref p = sequence_tuple(ts, args[0]);
    OWNED Ref q = is_error(p) ? NO_REF : sequence_tuple(ts, args[1]);
    if (is_error(q)) {
        return NO_REF;
    }
    size_t count = tuple_count(p.v);
    if (tuple_count(q.v) != count) {
        return raise(ts, EXC_ValueError, "both points must have the same number of dimensions");
    }
    double *x = raw_alloc(ts, (count + 1) * sizeof *x);
    if (x == NULL) {
        return NO_REF;
    }
    Status status = STATUS_OK;
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        double a, b;
        Value pair[2] = {tuple_item(p.v, i), tuple_item(q.v, i)};
        status = get2(ts, pair, &a, &b);
        x[i] = status == STATUS_OK ? a - b : 0;
    }
    Ref result = status == STATUS_OK ? norm(ts, x, count) : NO_REF;
    raw_free(ts, x);
    return result;
}

// Exact partial sums that do not overlap (Shewchuk, 1997);
// the last step rounds half to even over them.
typedef struct Partials {
    double *p;
    size_t count, capacity;
    double local[32];
} Partials;

static Status add_partial(ThreadState *ts, Partials *s, double x)
{
    size_t n = 0;
    for (size_t i = 0; i < s->count; i++) {
        double y = s->p[i];
        if (fabs(x) < fabs(y)) {
            double t = x;
            x = y;
            y = t;
        }
        volatile double high = x + y, taken = high - x, low = y - taken;
        if (low != 0) {
            s->p[n++] = low;
        }
        x = high;
    }
    s->count = n;
    if (x == 0) {
        return STATUS_OK;
    }
    if (!isfinite(x)) {
        return raise_status(ts, EXC_OverflowError, "intermediate overflow in fsum");
    }
    if (n == s->capacity) {
        double *larger = raw_alloc(ts, 2 * n * sizeof *larger);
        if (larger == NULL) {
            return STATUS_ERROR;
        }
        for (size_t i = 0; i < n; i++) {
            larger[i] = s->p[i];
        }
        if (s->p != s->local) {
            raw_free(ts, s->p);
        }
        s->p = larger;
        s->capacity = 2 * n;
    }
    s->p[s->count++] = x;
    return STATUS_OK;
}

static double round_partials(const Partials *s)
{
    size_t n = s->count;
    if (n == 0) {
        return 0;
    }
    double high = s->p[--n], low = 0;
    while (n > 0) {
        double x = high, y = s->p[--n];
        volatile double sum = x + y, taken = sum - x;
        high = sum;
        low = y - taken;
        if (low != 0) {
            break;
        }
    }
    if (n > 0 && ((low < 0 && s->p[n - 1] < 0) || (low > 0 && s->p[n - 1] > 0))) {
        double y = low * 2;
        volatile double x = high + y, taken = x - high;
        if (y == taken) {
            high = x;
        }
    }
    return high;
}

static Ref math_fsum(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref iterator = object_iterate(ts, args[0]);
    if (is_error(iterator)) {
        return NO_REF;
    }
    Partials s = {.count = 0, .capacity = ARRAY_LENGTH(s.local)};
    s.p = s.local;
    double special = 0, infinities = 0;
    bool has_special = false;
    for (;;) {
        OWNED Ref item = iterator_next(ts, iterator.v);
        double x;
        if (is_error(item) || get(ts, item.v, &x) == STATUS_ERROR) {
            break;
        }
        if (!isfinite(x)) {
            has_special = true;
            special += x;
            if (isinf(x)) {
                infinities += x;
            }
        } else if (add_partial(ts, &s, x) == STATUS_ERROR) {
            break;
        }
    }
    double sum = has_special ? special : round_partials(&s);
    if (s.p != s.local) {
        raw_free(ts, s.p);
    }
    if (has_exception(ts)) {
        return NO_REF;
    }
    if (has_special && isnan(infinities)) {
        return raise(ts, EXC_ValueError, "-inf + inf in fsum");
    }
    return float_from_double(ts, sum);
}

// --- Whole numbers out of others -----------------------------------------------------------------

static Ref by_method(ThreadState *ts, Value v, const char *method, double (*otherwise)(double))
{
    OWNED Ref name = str_intern_z(ts, method);
    if (is_error(name)) {
        return NO_REF;
    }
    if (!value_is_flonum(v) && !value_is_exactly(v, KIND_FLOAT)) {
        OWNED Ref found = type_lookup(ts, type_of(v), name.v);
        if (!is_error(found)) {
            return type_call_special(ts, v, name.v, NULL, 0);
        }
        if (has_exception(ts)) {
            return NO_REF;
        }
        if (otherwise == NULL) {
            return raise(ts, EXC_TypeError, "type %.100s doesn't define %s method",
                         type_name(type_of(v)), method);
        }
    }
    double x;
    if (get(ts, v, &x) == STATUS_ERROR) {
        return NO_REF;
    }
    return int_from_double(ts, otherwise == NULL ? x : otherwise(x));
}

static Ref math_floor(ThreadState *ts, Value self, const Value *args)
{
    if (value_is_flonum(args[0])) {
        return int_from_double(ts, floor(flonum_get(args[0])));
    }
    return value_is_exactly_int(args[0]) ? ref_new(args[0])
                                         : by_method(ts, args[0], "__floor__", floor);
}
static Ref math_ceil(ThreadState *ts, Value self, const Value *args)
{
    if (value_is_flonum(args[0])) {
        return int_from_double(ts, ceil(flonum_get(args[0])));
    }
    return value_is_exactly_int(args[0]) ? ref_new(args[0])
                                         : by_method(ts, args[0], "__ceil__", ceil);
}
static Ref math_trunc(ThreadState *ts, Value self, const Value *args)
{
    if (value_is_flonum(args[0])) {
        return int_from_double(ts, flonum_get(args[0]));
    }
    return value_is_exactly_int(args[0]) ? ref_new(args[0])
                                         : by_method(ts, args[0], "__trunc__", NULL);
}

#define ONE(name, doc) NATIVE(#name, math_##name, "($module, x, /)", doc)
static const NativeDef functions[] = {
    ONE(acos, "Return the arc cosine (measured in radians) of x."),
    ONE(acosh, "Return the inverse hyperbolic cosine of x."),
    ONE(asin, "Return the arc sine (measured in radians) of x."),
    ONE(asinh, "Return the inverse hyperbolic sine of x."),
    ONE(atan, "Return the arc tangent (measured in radians) of x."),
    ONE(atanh, "Return the inverse hyperbolic tangent of x."),
    ONE(cbrt, "Return the cube root of x."),
    ONE(ceil, "Return the ceiling of x as an Integral."),
    ONE(cos, "Return the cosine of x (measured in radians)."),
    ONE(cosh, "Return the hyperbolic cosine of x."),
    ONE(degrees, "Convert angle x from radians to degrees."),
    ONE(erf, "Error function at x."),
    ONE(erfc, "Complementary error function at x."),
    ONE(exp, "Return e raised to the power of x."),
    ONE(exp2, "Return 2 raised to the power of x."),
    ONE(expm1, "Return exp(x)-1."),
    ONE(fabs, "Return the absolute value of the float x."),
    ONE(floor, "Return the floor of x as an Integral."),
    ONE(frexp, "Return the mantissa and exponent of x, as pair (m, e)."),
    ONE(gamma, "Gamma function at x."),
    ONE(isfinite, "Return True if x is neither an infinity nor a NaN, and False otherwise."),
    ONE(isinf, "Return True if x is a positive or negative infinity, and False otherwise."),
    ONE(isnan, "Return True if x is a NaN (not a number), and False otherwise."),
    ONE(lgamma, "Natural logarithm of absolute value of Gamma function at x."),
    ONE(log10, "Return the base 10 logarithm of x."),
    ONE(log1p, "Return the natural logarithm of 1+x (base e)."),
    ONE(log2, "Return the base 2 logarithm of x."),
    ONE(modf, "Return the fractional and integer parts of x."),
    ONE(radians, "Convert angle x from degrees to radians."),
    ONE(sin, "Return the sine of x (measured in radians)."),
    ONE(sinh, "Return the hyperbolic sine of x."),
    ONE(sqrt, "Return the square root of x."),
    ONE(tan, "Return the tangent of x (measured in radians)."),
    ONE(tanh, "Return the hyperbolic tangent of x."),
    ONE(trunc, "Truncates the Real x to the nearest Integral toward 0."),
    ONE(ulp, "Return the value of the least significant bit of the float x."),
    NATIVE("atan2", math_atan2, "($module, y, x, /)",
           "Return the arc tangent (measured in radians) of y/x."),
    NATIVE("copysign", math_copysign, "($module, x, y, /)",
           "Return a float with the magnitude of x but the sign of y."),
    NATIVE("dist", math_dist, "($module, p, q, /)",
           "Return the Euclidean distance between two points p and q."),
    NATIVE("fmod", math_fmod, "($module, x, y, /)", "Return fmod(x, y), according to platform C."),
    NATIVE("fsum", math_fsum, "($module, seq, /)",
           "Return an accurate floating point sum of values in the iterable seq."),
    NATIVE_RAW("hypot", math_hypot, "(*coordinates)",
               "Multidimensional Euclidean distance from the origin."),
    NATIVE("isclose", math_isclose, "($module, /, a, b, *, rel_tol=1e-09, abs_tol=0.0)",
           "Determine whether two floating point numbers are close in value."),
    NATIVE("ldexp", math_ldexp, "($module, x, i, /)", "Return x * (2**i)."),
    NATIVE_RAW("log", math_log, "(x, [base=math.e])",
               "Return the logarithm of x to the given base."),
    NATIVE("nextafter", math_nextafter, "($module, x, y, /)",
           "Return the next floating-point value after x towards y."),
    NATIVE("pow", math_pow, "($module, x, y, /)", "Return x**y (x to the power of y)."),
    NATIVE("remainder", math_remainder, "($module, x, y, /)",
           "Difference between x and the closest integer multiple of y."),
    MATH_INTEGER_ROWS,
    NATIVE_END,
};

static Status setup(ThreadState *ts, Value module)
{
    static const struct {
        const char *name;
        double value;
    } constants[] = {{"pi", M_PI}, {"e", M_E}, {"tau", 2 * M_PI}, {"inf", INFINITY}, {"nan", NAN}};
    for (size_t i = 0; i < ARRAY_LENGTH(constants); i++) {
        Ref value = float_from_double(ts, constants[i].value);
        if (is_error(value) ||
            module_add_ref(ts, module, constants[i].name, value) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    return STATUS_OK;
}

const ModuleSpec module_math = {
    "math", "This module provides access to the mathematical functions\ndefined by the C standard.",
    functions, setup};
