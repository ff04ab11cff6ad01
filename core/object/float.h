// core/object/float.h: doubles. Ordinary ones are immediates (value.h), the rest Float objects.
//
// Rule     a double that fits an immediate is never a Float object, except of a subclass.
// Rule     immutable: any thread may read a Float without a lock.
// Proof    tests/scripts/numbers/, against CPython's digits
#ifndef ADDER_CORE_OBJECT_FLOAT_H
#define ADDER_CORE_OBJECT_FLOAT_H

#include "core/object/object.h"

typedef struct Float {
    ObjectHead head;
    double value;
} Float;

// A float or a subclass.
static inline bool value_is_float(Value v)
{
    return value_is_flonum(v) || value_is_kind(v, KIND_FLOAT);
}
static inline double float_get(Value v) // value_is_float(v)
{
    return value_is_flonum(v) ? flonum_get(v) : ((Float *)value_head(v))->value;
}
Ref float_from_double_slow(ThreadState *ts, double d);
static inline Ref float_from_double(ThreadState *ts, double d)
{
    Value v = flonum_try(d);
    return LIKELY(v.bits != 0) ? REF_OF(v) : float_from_double_slow(ts, d);
}
Ref float_binary(ThreadState *ts, BinaryOp op, double a, double b);
int64_t double_hash(double d, Value self); // nan: by the identity of `self`
// The shortest text that reads back as d. Other formats: format.h.
Ref double_repr(ThreadState *ts, double d);
// float(text): ValueError for what is no number.
Ref float_from_text(ThreadState *ts, Value str_or_bytes);
// Reads a double from ASCII text; returns the end of what was read, NULL when there is none.
const char *double_parse(const char *text, const char *end, double *out);

#endif
