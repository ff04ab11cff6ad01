// core/object/complex.c: the name `complex`. There are no complex numbers in this version: the library asks
// for the type (copy, numbers), a script that makes one is told so.
#include "core/object/object.h"

static Ref complex_make(CALL_PARAMETERS)
{
    return raise(ts, EXC_NotImplementedError, "complex numbers are not available in this version of Adder");
}

const TypeSpec spec_COMPLEX = {
    .name = "complex", .doc = "Complex numbers: not available in this version.", .base = KIND_OBJECT,
    .size = sizeof(ObjectHead), .slots = {.make = complex_make}};
