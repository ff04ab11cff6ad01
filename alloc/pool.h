// alloc/pool.h: a pool is 16 KiB of equal blocks that belong to one heap.
//
//   | Pool | young, middle bitmaps (collected only) | block | block | ... | untouched |
//
// Rule     Blocks are untouched (never given out since the pool was set up), free (in `free` or in
//          the remote chain) or allocated; `used` counts the allocated ones and those in the remote
//          chain. The link of a free block is the word at offset 8, so a late reader of an object's
//          counts, in the first 8 bytes, finds what its last owner left there.
//          Kinds never mix: a collected object, a plain object and raw memory never share a pool,
//          and an object pool changes its size class or kind, or leaves, after a grace period only.
// Threads  The owner alone uses a pool without looking around; every other thread may only push
//          onto `remote`. `heap` and the lists change hands under the locks named below.
// Proof    tests/unit/alloc/
#ifndef ADDER_ALLOC_POOL_H
#define ADDER_ALLOC_POOL_H

#include "core/base/atomics.h"
#include "core/base/check.h"

typedef struct Heap Heap;
typedef struct Pool Pool;

enum {
    POOL_BYTES = 16 * 1024,
    POOL_GRANULE = 16, // alignment of blocks, step of the small size classes
    POOL_GRANULES = POOL_BYTES / POOL_GRANULE,
    POOL_BITMAP_WORDS = POOL_GRANULES / 64,
    POOL_SMALL_MAX = 512, // largest block of the classes that are 16 bytes apart
    POOL_SMALL_CLASSES = POOL_SMALL_MAX / POOL_GRANULE,
    POOL_MIDDLE_CLASSES = 14, // then 30 down to 2 blocks to the pool
    POOL_CLASSES = POOL_SMALL_CLASSES + POOL_MIDDLE_CLASSES,
    POOL_BLOCK_MAX = 7952, // anything larger is a span or comes from malloc
};

typedef enum PoolKind {
    POOL_COLLECTED, // objects that the cycle collector looks at
    POOL_PLAIN,     // other objects
    POOL_RAW,       // memory without a header
    POOL_KINDS,
} PoolKind;

// `remote`: what other threads have freed. The chain's head is its offset in granules.
enum {
    REMOTE_CHAIN = 0x3ff,     // offset / 16 of the first block, 0 for none
    REMOTE_FULL = 0x400,      // the owner does not look here: tell its heap before pushing
    REMOTE_ABANDONED = 0x800, // no owner: see abandoned.c
};

struct Pool {
    // The first 32 bytes are overwritten while the pool waits for a grace period.
    Heap *heap;         // atomic; owner, or &heap_nobody (abandoned, a span). See remote_free.c
    uint32_t free;      // owner only: offset of the first free block, 0 for none
    uint32_t used;      // owner only
    uint32_t notice;    // owner only: when `used` falls to this the heap wants to know
    uint32_t untouched; // owner only: offset of the first untouched block
    uint32_t block_size;
    uint32_t block_inverse; // 2^32 / block_size rounded up; 0 in a span
    uint16_t first;         // offset of the first block
    uint16_t capacity;      // blocks that fit
    uint8_t kind;           // PoolKind
    uint8_t size_class;
    uint8_t is_span;
    uint8_t is_full;    // owner only: in no list, since nothing was free
    uint32_t arena;     // index of its arena
    uint8_t is_young;   // owner, or world stopped: its arena knows of young objects here
    uint8_t is_middle;  // world stopped: likewise of middle-aged ones
    Pool *next, *prev;  // list of its heap (owner) or of abandoned pools (abandoned lock)
    uint32_t remote;    // atomic, any thread; a cache line of its own would cost too much
    Pool *next_delayed; // heap->lock: full pools in which another thread freed something
    size_t span_bytes;  // a span's whole size
    void *collector;    // the collector's side table, world stopped
#if ADDER_DEBUG
    uint64_t allocated[POOL_BITMAP_WORDS]; // owner only: finds double frees and leaks
#endif
};

// A pool of collected objects, or a span that holds one.
typedef struct CollectedPool {
    Pool pool;
    // Owner, or world stopped. By granule of the object's address. A set bit says "look there", the
    // object's header says what it is: bits of objects that died may stay set.
    uint64_t young[POOL_BITMAP_WORDS];
    uint64_t middle[POOL_BITMAP_WORDS];
} CollectedPool;

_Static_assert(offsetof(Pool, arena) >= 32, "must survive the wait for a grace period");
_Static_assert(offsetof(Pool, is_span) >= 32, "must survive the wait for a grace period");
_Static_assert((POOL_BYTES - sizeof(CollectedPool)) / POOL_BLOCK_MAX == 2, "two of the largest");

// The pool or span in which a pooled block lies.
static inline Pool *pool_of(const void *block)
{
    return (Pool *)((uintptr_t)block & ~(uintptr_t)(POOL_BYTES - 1));
}

static inline uint32_t pool_offset_of(const void *block)
{
    return (uint32_t)((uintptr_t)block & (POOL_BYTES - 1));
}

static inline void *pool_block_at(const Pool *pool, uint32_t offset)
{
    return (char *)(uintptr_t)pool + offset;
}

// Which block of the pool an address lies in, counted from 0.
static inline uint32_t pool_block_index(const Pool *pool, const void *block)
{
    uint32_t offset = (uint32_t)((uintptr_t)block - (uintptr_t)pool) - pool->first;
    return (uint32_t)(((uint64_t)offset * pool->block_inverse) >> 32);
}

static inline void *pool_block_by_index(const Pool *pool, uint32_t index)
{
    return pool_block_at(pool, pool->first + index * pool->block_size);
}

// How many blocks were ever given out: blocks from here on are untouched.
static inline uint32_t pool_touched_blocks(const Pool *pool)
{
    return (pool->untouched - pool->first) / pool->block_size;
}

// The word in a free block that links it to the next: offset 8, so that the counts of a freed
// object stay readable. The upper half clears the object's lock, collector, kind and flag bytes.
static inline uint64_t *pool_link_of(void *block) { return (uint64_t *)block + 1; }
// relaxed: a late lock-free reader may look at the collector's byte there; a link leaves it 0.
static inline void pool_set_link(void *block, uint64_t link)
{
    atomic_store_relaxed(pool_link_of(block), link);
}

#endif
