// gc/vector.c: see the header.
#include "gc/vector.h"

#include <sys/mman.h>

enum { FIRST_ITEMS = 8192, KEPT_ITEMS = 64 * 1024 };

bool vector_grow(Vector *vector)
{
    size_t capacity = vector->capacity == 0 ? FIRST_ITEMS : vector->capacity * 2;
    size_t bytes = capacity * sizeof(void *);
    void *memory =
        vector->capacity == 0
            ? mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
            : mremap(vector->items, vector->capacity * sizeof(void *), bytes, MREMAP_MAYMOVE);
    if (memory == MAP_FAILED) {
        return false;
    }
    vector->items = memory;
    vector->capacity = capacity;
    return true;
}

void vector_free(Vector *vector)
{
    if (vector->capacity != 0) {
        munmap(vector->items, vector->capacity * sizeof(void *));
    }
    *vector = (Vector){0};
}

void vector_reset(Vector *vector)
{
    if (vector->capacity > KEPT_ITEMS) {
        vector_free(vector);
    }
    vector->count = 0;
}
