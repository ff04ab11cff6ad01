// core/object/value.h: numbers and constants inside a 64-bit word.
//
//   ...1    integer of 63 bits, shifted left by one
//   ..10    double, rotated left by three, whose exponent is ordinary (its top three bits are
//           011 or 100); 0.0 has a code of its own. inf, nan, -0.0 and extreme exponents
//           are objects (float.h).
//   .100    None, False, True, NotImplemented, Ellipsis (gil/ref.h)
//
// Origin   the double encoding is CRuby's flonum.
#ifndef ADDER_CORE_OBJECT_VALUE_H
#define ADDER_CORE_OBJECT_VALUE_H

#include <string.h>

#include "gil/ref.h"

#define SMALL_INT_MAX ((int64_t)0x3FFFFFFFFFFFFFFF)
#define SMALL_INT_MIN (-SMALL_INT_MAX - 1)

static ALWAYS_INLINE bool value_is_small_int(Value v) { return (v.bits & 1) != 0; }
static ALWAYS_INLINE bool values_are_small_ints(Value a, Value b)
{
    return (a.bits & b.bits & 1) != 0;
}
static ALWAYS_INLINE int64_t small_int_get(Value v) { return (int64_t)v.bits >> 1; }
// The caller knows that i fits 63 bits (int_from_i64 in int.h does not ask for that).
static ALWAYS_INLINE Value small_int(int64_t i) { return (Value){((uintptr_t)i << 1) | 1}; }
static ALWAYS_INLINE bool fits_small_int(int64_t i)
{
    return i >= SMALL_INT_MIN && i <= SMALL_INT_MAX;
}

#define FLONUM_ZERO 0x8000000000000002u
static ALWAYS_INLINE bool value_is_flonum(Value v) { return (v.bits & 3) == 2; }
static ALWAYS_INLINE double flonum_get(Value v)
{
    if (UNLIKELY(v.bits == FLONUM_ZERO)) {
        return 0.0;
    }
    uint64_t b = (2 - (v.bits >> 63)) | (v.bits & ~(uint64_t)3);
    b = (b >> 3) | (b << 61);
    double d;
    memcpy(&d, &b, sizeof d);
    return d;
}
// The immediate for d, or NO_VALUE when it needs an object.
static ALWAYS_INLINE Value flonum_try(double d)
{
    uint64_t b;
    memcpy(&b, &d, sizeof b);
    unsigned top = (unsigned)(b >> 60) & 7;
    if (LIKELY((top == 3 || top == 4) && b != 0x3000000000000000u)) {
        return (Value){(((b << 3) | (b >> 61)) & ~(uint64_t)3) | 2};
    }
    return b == 0 ? (Value){FLONUM_ZERO} : NO_VALUE;
}

static ALWAYS_INLINE Value bool_value(bool b) { return b ? VALUE_TRUE : VALUE_FALSE; }
static ALWAYS_INLINE bool value_is_bool(Value v)
{
    return v.bits == VALUE_TRUE.bits || v.bits == VALUE_FALSE.bits;
}
static ALWAYS_INLINE bool value_is_none(Value v) { return v.bits == VALUE_NONE.bits; }

#endif
