// core/object/float_methods.h: what the sources of float share.
#ifndef ADDER_CORE_OBJECT_FLOAT_METHODS_H
#define ADDER_CORE_OBJECT_FLOAT_METHODS_H

#include "core/object/float.h"

extern const NativeDef float_methods[];
Ref float_make(CALL_PARAMETERS);
Ref float_pair(ThreadState *ts, double a, double b); // a tuple
// Floor division and the remainder that goes with it; b is not 0.
void double_divmod(double a, double b, double *quotient, double *remainder);
// Half to even on the exact decimal value; places may be negative. Infinite when too large.
double double_round(double d, int places);

#endif
