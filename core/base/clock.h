// core/base/clock.h: clocks. All times are nanoseconds.
#ifndef ADDER_CORE_BASE_CLOCK_H
#define ADDER_CORE_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

// A clock that never goes back; its zero means nothing.
static inline uint64_t clock_monotonic_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

#endif
