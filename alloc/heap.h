// alloc/heap.h: a thread's memory. Bytes, never objects.
//
// One heap per thread, in both programs, passed explicitly (ts->heap). Three kinds of memory, which
// never share a pool: collected objects, plain objects, raw memory.
//
//   up to 512 bytes     classes 16 bytes apart, in pools: the inline paths below
//   up to 7952 bytes    fourteen more classes, in pools as well
//   larger objects      an aligned span of their own (large.c), found by the collector
//   larger raw memory   malloc
//
// Rule     A block may be freed through any heap, and through NULL by a thread that has none; if
//          another heap owns it, it goes to that pool's remote chain. Memory of objects is
//          16-byte aligned; raw memory is 16-byte aligned up to 7952 bytes and 8-byte aligned
//          above. All of it is uninitialised, except that a free block's bytes 8 to 15 (shape,
//          lock, collector byte, kind, flags) are garbage or zero and must be set as well.
//          Whoever frees an object has left the two count words as a late reader must find them
//          (owner 0, MERGED with count 0): the allocator keeps those 8 bytes while the block is
//          free and clears the collector byte.
// Threads  a heap is used by its thread, or by whoever has stopped it.
// Errors   NULL when memory, the address space or the ceiling is exhausted; no exception is raised.
// Origin   pymalloc's geometry; mimalloc's remote list per page.
// Proof    tests/unit/alloc/
#ifndef ADDER_ALLOC_HEAP_H
#define ADDER_ALLOC_HEAP_H

#include <pthread.h>

#include "alloc/fault.h"
#include "alloc/pool.h"

struct Heap {
    // owner only. Never NULL: a pool without blocks stands in.
    Pool *current[POOL_KINDS][POOL_CLASSES];
    // owner only: other pools that may have room, and one empty pool kept for the next need.
    Pool *partial[POOL_KINDS][POOL_CLASSES];
    Pool *kept[POOL_KINDS][POOL_CLASSES];
    Pool *full;       // owner only: all pools without room, of any kind
    Heap *next_heap;  // registry lock
    bool is_live;     // registry lock: some thread uses it
    bool has_delayed; // atomic: `delayed` is worth a look
    pthread_mutex_t lock;
    // owner, or world stopped: tracked objects made, less those that died,
    // since the last collection
    int64_t tracked_count;
    Pool *delayed; // lock: full pools in which another thread freed something
};

// The owner of pools that have none: abandoned ones, and spans.
extern Heap heap_nobody;

// A heap for the calling thread; NULL without memory.
Heap *heap_create(void);

// The thread ends: its empty pools go back, the others wait for a heap that needs or frees their
// blocks. `heap` may not be used again.
void heap_abandon(Heap *heap);

// Takes over all abandoned pools, e.g. before the last accounting of a process that ends.
void heap_adopt(Heap *heap);

// Takes in what other threads have freed, by the owner or by whoever has stopped it. Without it the
// heap notices by and by, as it allocates.
void heap_fold_remote(Heap *heap);

// As above, then gives back every empty pool that is kept for later.
void heap_trim(Heap *heap);

// Calls `visit` for the heap of every thread that lives. World stopped: a thread that is
// just starting may add its heap, which is empty, so this takes a lock, which nobody
// holds across a safepoint.
void heap_visit_stopped(void (*visit)(Heap *heap, void *context), void *context);

// How many full pools wait for their owners to notice what other threads have freed there.
// Owners that sleep for long make this grow: heap_trim_all_stopped helps.
size_t heap_remote_backlog(void);

// Both for every heap that lives, and for abandoned pools. The world is stopped.
void heap_trim_all_stopped(void);

// The slow halves of the functions below.
void *heap_alloc_slow(Heap *heap, PoolKind kind, size_t size);
void heap_free_slow(Heap *heap, void *block);
void heap_pool_noticed(Heap *heap, Pool *pool);
void heap_free_large_raw(void *block);

#if defined(__SANITIZE_ADDRESS__)
#define HEAP_HAS_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HEAP_HAS_ASAN 1
#endif
#endif
#ifndef HEAP_HAS_ASAN
#define HEAP_HAS_ASAN 0
#endif
#define HEAP_WATCHED (ADDER_DEBUG || HEAP_HAS_ASAN)
// Marks, fills and checks blocks as they come and go (watch.c): debug and ASan builds.
void heap_watch_alloc(void *block, size_t size);
void heap_watch_free(void *block);
uint64_t heap_watched_link(void *block);
void heap_watch_set_link(void *block, uint64_t link);

static ALWAYS_INLINE void *heap_alloc_block(Heap *heap, PoolKind kind, size_t size)
{
    if (fault_strikes()) {
        return NULL;
    }
    if (LIKELY(size - 1 < POOL_SMALL_MAX)) {
        Pool *pool = heap->current[kind][(size - 1) / POOL_GRANULE];
        uint32_t offset = pool->free;
        if (LIKELY(offset != 0)) {
            void *block = pool_block_at(pool, offset);
            pool->used += 1;
            if (HEAP_WATCHED) {
                pool->free = (uint32_t)heap_watched_link(block);
                heap_watch_alloc(block, size);
            } else {
                pool->free = (uint32_t)*pool_link_of(block);
            }
            return block;
        }
    }
    return heap_alloc_slow(heap, kind, size);
}

static ALWAYS_INLINE void heap_free_block(Heap *heap, void *block)
{
    Pool *pool = pool_of(block);
    // relaxed: only this thread stores its own heap there, or takes it away.
    if (UNLIKELY(atomic_load_relaxed(&pool->heap) != heap)) {
        heap_free_slow(heap, block);
        return;
    }
    if (HEAP_WATCHED) {
        heap_watch_free(block);
        heap_watch_set_link(block, pool->free);
    } else {
        pool_set_link(block, pool->free);
    }
    pool->free = pool_offset_of(block);
    if (UNLIKELY(--pool->used == pool->notice)) {
        heap_pool_noticed(heap, pool);
    }
}

// Memory for an object of at least 16 bytes.
static ALWAYS_INLINE void *heap_alloc_object(Heap *heap, size_t size, bool collected)
{
    return heap_alloc_block(heap, collected ? POOL_COLLECTED : POOL_PLAIN, size);
}

static ALWAYS_INLINE void heap_free_object(Heap *heap, void *object)
{
    heap_free_block(heap, object);
}

// Raw memory. Zero bytes are one byte.
static ALWAYS_INLINE void *heap_alloc_raw(Heap *heap, size_t size)
{
    return heap_alloc_block(heap, POOL_RAW, size);
}

// As above, all zero.
void *heap_alloc_raw_zeroed(Heap *heap, size_t size);

// Changes the size of raw memory, moving it if need be; NULL in, new memory out. On failure the old
// block stands. Not for arrays that another thread may be reading.
void *heap_realloc_raw(Heap *heap, void *block, size_t size);

// NULL is allowed.
static ALWAYS_INLINE void heap_free_raw(Heap *heap, void *block)
{
    // Large raw blocks are the only ones that are 8 bytes off.
    if (UNLIKELY(((uintptr_t)block & 15) != 0 || block == NULL)) {
        heap_free_large_raw(block);
        return;
    }
    heap_free_block(heap, block);
}

// The bytes that a block really has.
size_t heap_object_size(const void *object);
size_t heap_raw_size(const void *block);

// Around fork(), by the thread that forks: the child finds every lock free.
void heap_before_fork(void);
void heap_after_fork(void);

// The ceiling, over all heaps: arenas and large blocks together may not exceed it. Zero: none.
void heap_set_limit(size_t bytes);
size_t heap_limit(void);
// What counts against it.
size_t heap_system_bytes(void);

#endif
