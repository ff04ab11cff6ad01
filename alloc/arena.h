// alloc/arena.h: 1 MiB of address space, aligned to its size, cut into 64 pools.
//
// A pool is taken from the arena that is fullest, so that the others can drain; an arena whose
// pools are all free goes back to the system, except a few that are kept against the next need.
//
// Rule     A bit of `free` belongs to nobody, one of `waiting` to a reader that may still look,
//          every other one to a heap or to the abandoned pools.
// Threads  the lists are under one lock, taken last of all; `young` is atomic; the collector reads
//          with the world stopped and takes no lock.
// Proof    tests/unit/alloc/test_heap.c
#ifndef ADDER_ALLOC_ARENA_H
#define ADDER_ALLOC_ARENA_H

#include "alloc/pool.h"

enum {
    ARENA_BYTES = 1024 * 1024,
    ARENA_POOLS = ARENA_BYTES / POOL_BYTES,
};
_Static_assert(ARENA_POOLS == 64, "one word of bits");

typedef struct Arena {
    char *base;         // NULL: this record is unused
    uint64_t free;      // lock: pools for anyone to take
    uint64_t waiting;   // lock: pools that wait for a grace period
    uint64_t collected; // lock, or world stopped: pools in use for collected objects
    uint64_t young;     // atomic: pools that may hold young objects; cleared by the collector
    uint64_t middle;    // world stopped, atomic to retire: likewise middle-aged ones
    struct Arena *next, *prev; // lock: arenas with as many free pools; or unused records
    uint32_t index;
} Arena;

// Takes a pool; only `arena` in it is set. NULL when memory or the ceiling is exhausted.
Pool *arena_take_pool(PoolKind kind);

// Gives a pool back. Nobody may be able to look at it any more.
void arena_give_pool(Pool *pool);

// As above for a pool of objects: a late reader may still look at it.
void arena_retire_pool(Pool *pool);

// The pool holds young objects from now on: the collector should look.
void arena_mark_young(Pool *pool);

// Likewise for middle-aged objects. World stopped.
void arena_mark_middle(Pool *pool);

// Records in use lie below this index; some may be empty (base == NULL). World stopped.
uint32_t arena_index_end(void);
Arena *arena_at(uint32_t index);

// Asks for a share of the ceiling, or returns one; all that comes from the system is counted so.
bool system_bytes_reserve(size_t bytes);
void system_bytes_return(size_t bytes);

typedef struct ArenaStatistics {
    uint64_t allocated_total;
    uint64_t freed_total;
    uint64_t count;
    uint64_t count_peak;
    uint64_t pools_free;
    uint64_t pools_waiting;
} ArenaStatistics;
ArenaStatistics arena_statistics(void);

#endif
