#include "core/base/check.h"

#include <stdio.h>
#include <stdlib.h>

void check_failed(const char *expression, const char *file, int line)
{
    fprintf(stderr, "adder: internal error: %s:%d: check failed: %s\n", file, line, expression);
    abort();
}

#if ADDER_TORTURE
#include <sched.h>
#include "core/base/atomics.h"

// A counter-driven generator shared by all threads: races on it only add to the disorder.
void perturb_schedule(const char *place)
{
    static uint64_t counter;
    uint64_t x = atomic_add_relaxed(&counter, 0x9E3779B97F4A7C15u) ^ (uintptr_t)place;
    x ^= x >> 31;
    x *= 0xBF58476D1CE4E5B9u;
    x ^= x >> 29;
    for (unsigned n = (unsigned)(x & 7); n > 5; n--) {
        sched_yield();
    }
}
#endif
