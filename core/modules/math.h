// core/modules/math.h: what the two sources of the module math share.
#ifndef ADDER_CORE_MODULES_MATH_H
#define ADDER_CORE_MODULES_MATH_H

#include "core/object/str.h"
#include "core/object/type.h"

Ref math_comb(ThreadState *ts, Value self, const Value *args);
Ref math_perm(ThreadState *ts, Value self, const Value *args);
Ref math_factorial(ThreadState *ts, Value self, const Value *args);
Ref math_isqrt(ThreadState *ts, Value self, const Value *args);
Ref math_prod(ThreadState *ts, Value self, const Value *args);
Ref math_gcd(CALL_PARAMETERS);
Ref math_lcm(CALL_PARAMETERS);

#define MATH_INTEGER_ROWS                                                                          \
    NATIVE("comb", math_comb, "($module, n, k, /)",                                                \
           "Number of ways to choose k items from n items without repetition and without order."), \
        NATIVE(                                                                                    \
            "perm", math_perm, "($module, n, k=None, /)",                                          \
            "Number of ways to choose k items from n items without repetition and with order."),   \
        NATIVE("factorial", math_factorial, "($module, n, /)", "Find n!."),                        \
        NATIVE("isqrt", math_isqrt, "($module, n, /)",                                             \
               "Return the integer part of the square root of the input."),                        \
        NATIVE("prod", math_prod, "($module, iterable, /, *, start=1)",                            \
               "Calculate the product of all the elements in the input iterable."),                \
        NATIVE_RAW("gcd", math_gcd, "(*integers)", "Greatest Common Divisor."),                    \
        NATIVE_RAW("lcm", math_lcm, "(*integers)", "Least Common Multiple.")

#endif
