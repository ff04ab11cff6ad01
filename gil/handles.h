// gil/handles.h: the four kinds of reference, as bare types. Meaning and use: gil/ref.h.
#ifndef ADDER_GIL_HANDLES_H
#define ADDER_GIL_HANDLES_H

#include <stdint.h>

typedef struct Value {
    uintptr_t bits;
} Value;
typedef struct Ref {
    Value v;
} Ref;
typedef struct SharedRef {
    uintptr_t bits;
} SharedRef;
typedef struct Slot {
    uintptr_t bits;
} Slot;

#endif
