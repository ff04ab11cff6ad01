// core/object/complex.h: complex numbers.
// Format specifications other than the empty one are left out.
#ifndef ADDER_CORE_OBJECT_COMPLEX_H
#define ADDER_CORE_OBJECT_COMPLEX_H

#include "core/object/object.h"

typedef struct ComplexNumber {
    double real, imag;
} ComplexNumber;

typedef struct Complex {
    ObjectHead head;
    ComplexNumber value;
} Complex;

Ref complex_new(ThreadState *ts, ComplexNumber c);
ComplexNumber complex_get(Value v); // of a complex
// a ** b of floats whose result is not real.
Ref complex_power(ThreadState *ts, double a, double b);

#endif
