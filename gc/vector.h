// gc/vector.h: a growing array of pointers whose memory comes from the system directly:
// a collection may be what makes room in the heaps, so it does not ask them.
#ifndef ADDER_GC_VECTOR_H
#define ADDER_GC_VECTOR_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/check.h"

typedef struct Vector {
    void **items;
    size_t count;
    size_t capacity;
} Vector;

MUST_USE bool vector_grow(Vector *vector);

// False without memory.
static ALWAYS_INLINE MUST_USE bool vector_push(Vector *vector, void *item)
{
    if (UNLIKELY(vector->count == vector->capacity) && !vector_grow(vector)) {
        return false;
    }
    vector->items[vector->count++] = item;
    return true;
}

// Empties it; gives memory back if it has grown large.
void vector_reset(Vector *vector);
void vector_free(Vector *vector);

#endif
