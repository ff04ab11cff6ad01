// alloc/internal.h: what the files of alloc/ share among themselves.
#ifndef ADDER_ALLOC_INTERNAL_H
#define ADDER_ALLOC_INTERNAL_H

#include "alloc/heap.h"

enum { NEVER = -1 }; // for pool->notice: no number of blocks in use

static inline uint64_t link_get(void *block)
{
    return HEAP_WATCHED ? heap_watched_link(block) : *pool_link_of(block);
}

static inline void link_set(void *block, uint64_t link)
{
    if (HEAP_WATCHED) {
        heap_watch_set_link(block, link);
    } else {
        pool_set_link(block, link);
    }
}

// --- size classes (pool.c) -----------------------------------------------------------------------

uint32_t size_class_of(size_t size);
uint32_t size_of_class(uint32_t size_class);

// --- pools (pool.c) ------------------------------------------------------------------------------

extern Pool no_pool; // stands for a pool with nothing in it
void pool_set_up(Pool *pool, Heap *heap, PoolKind kind, uint32_t size_class);
// Turns some untouched blocks into free ones; false when none is left.
bool pool_carve(Pool *pool);
// Owner: takes over what others have freed; how many blocks.
uint32_t pool_take_remote(Pool *pool);
// Owner: takes a free block, which must exist.
void *pool_take_block(Pool *pool, size_t size);
// Owner: puts a block on the free list, counting down.
void pool_put_block(Pool *pool, void *block);
// Back to its arena, from the hands of the owner, with nothing in use.
void pool_release(Pool *pool);

void pool_list_add(Pool **list, Pool *pool);
void pool_list_remove(Pool **list, Pool *pool);

// --- heaps (heap.c) ------------------------------------------------------------------------------

// Lists a pool that this heap now owns among those that may have room, or lets it go if empty.
void heap_list_pool(Heap *heap, Pool *pool);
extern pthread_mutex_t heap_registry_lock;
extern Heap *heap_registry;

// --- memory freed by other threads (remote_free.c) -----------------------------------------------

void remote_free(Heap *heap, Pool *pool, void *block);
// Owner: the heap will not look at this pool again until told; false if something came in.
bool remote_declare_full(Pool *pool);
// Owner: has freed a block itself. False if another thread told the heap before.
bool remote_undeclare_full(Pool *pool);
// Owner: the pools that others spoke of.
Pool *remote_take_delayed(Heap *heap);
// As above when the heap is about to give up all its pools, with its lock held.
void remote_forget_delayed_locked(Heap *heap);

// --- pools without an owner (abandoned.c) --------------------------------------------------------

void abandon_pool_locked(Pool *pool); // the lock of its heap is held
Pool *abandoned_adopt(Heap *heap, PoolKind kind, uint32_t size_class);
// Frees a block of an abandoned pool; false if the pool has an owner again.
bool abandoned_free(Heap *heap, Pool *pool, void *block);
void abandoned_trim(void);

// --- large blocks (large.c) ----------------------------------------------------------------------

void *large_alloc_object(PoolKind kind, size_t size);
void large_free_object(Pool *span);
void *large_alloc_raw(size_t size, bool zeroed);
void *large_realloc_raw(void *block, size_t size);

// --- watch.c: sanitizers and debug checks; all empty in a release build --------------------------

void watch_add_arena(char *base, size_t bytes);
void watch_remove_arena(char *base, size_t bytes);
void watch_open_pool(Pool *pool);
void watch_carve(Pool *pool, uint32_t from, uint32_t to);
void watch_span(Pool *span);

// --- fork ----------------------------------------------------------------------------------------

void arena_before_fork(void);
void arena_after_fork(void);
void abandoned_before_fork(void);
void abandoned_after_fork(void);
void large_before_fork(void);
void large_after_fork(void);

#endif
