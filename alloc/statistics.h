// alloc/statistics.h: how memory is used, for sys._debugmallocstats, sys.getallocatedblocks, the
// server's pages and the accounting at exit.
#ifndef ADDER_ALLOC_STATISTICS_H
#define ADDER_ALLOC_STATISTICS_H

#include <stdio.h>

#include "alloc/arena.h"
#include "alloc/large.h"

typedef struct ClassStatistics {
    uint32_t block_size;
    uint64_t pools;
    uint64_t blocks_used;
    uint64_t blocks_free; // free or untouched, in pools of this class
} ClassStatistics;

typedef struct HeapStatistics {
    ArenaStatistics arenas;
    LargeStatistics large;
    ClassStatistics classes[POOL_KINDS][POOL_CLASSES];
    uint64_t pools;
    uint64_t blocks_used; // in pools, and large ones
    uint64_t bytes_used;  // likewise
} HeapStatistics;

// Counts everything. The world is stopped, or nobody else has a heap.
void heap_statistics_stopped(HeapStatistics *statistics);

// Prints them as sys._debugmallocstats does: a line per size class in use, then arenas and sums.
void heap_print_statistics(FILE *out, const HeapStatistics *statistics);

// Calls `visit` for every pool in use and every span, all kinds. The world is stopped.
void heap_visit_pools_stopped(void (*visit)(Pool *pool, void *context), void *context);

// Does the address lie in a pool in use, or in a span? World stopped; slow.
bool heap_contains_stopped(const void *address);

// Debug builds: is the block of a pool that begins at this address allocated? World stopped.
bool heap_is_allocated_stopped(const void *block);

// Calls `visit` for every allocated block of a debug build's pools, and every span: what leaked, at
// exit. The world is stopped.
void heap_visit_allocated_stopped(void (*visit)(void *block, PoolKind kind, size_t size,
                                                void *context),
                                  void *context);

#endif
