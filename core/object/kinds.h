// core/object/kinds.h: the kind byte of an object says which C structure it is, subclasses
// included. A kind's number is also the shape id of exact instances of that builtin type.
#ifndef ADDER_CORE_OBJECT_KINDS_H
#define ADDER_CORE_OBJECT_KINDS_H

#include "core/object/value.h"

typedef enum Kind {
#define KIND(name, source) KIND_##name,
#include "core/object/kinds.def"
#undef KIND
    KIND_COUNT,
} Kind;

_Static_assert(KIND_COUNT <= 255, "a kind is one byte");

// An object of this C structure, of the builtin type or of a subclass.
static ALWAYS_INLINE bool value_is_kind(Value v, Kind kind)
{
    return value_is_object(v) && value_head(v)->kind == kind;
}
// Exactly the builtin type. (relaxed: __class__ assignment may change a shape at any time.)
static ALWAYS_INLINE bool value_is_exactly(Value v, Kind kind)
{
    return value_is_object(v) && atomic_load_relaxed(&value_head(v)->shape) == (uint32_t)kind;
}

#endif
