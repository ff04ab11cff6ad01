// alloc/large.h: objects and raw memory too large for a pool,
// as the collector and statistics see them.
// Threads  spans are listed under a lock; the collector walks them with the world stopped.
#ifndef ADDER_ALLOC_LARGE_H
#define ADDER_ALLOC_LARGE_H

#include "alloc/pool.h"

// The spans of all heaps, of both kinds of objects, linked by `next`. World stopped.
Pool *large_first_span(void);

typedef struct LargeStatistics {
    uint64_t span_count;
    uint64_t span_bytes;
    uint64_t raw_count;
    uint64_t raw_bytes;
} LargeStatistics;
LargeStatistics large_statistics(void);

#endif
