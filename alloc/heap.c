// alloc/heap.c: the pools of one thread.
//
// Where a pool of a heap can be:
//   current   the one that blocks are taken from, per kind and size class; possibly empty
//   partial   others in which something is, or may become, free
//   kept      one empty pool per class, against a program that frees and allocates in waves
//   full      pools that had nothing free; a free block moves them to partial, whoever frees it
//
// A block is looked for: in the current pool's list, its remote chain, its untouched rest; then the
// pool is full and the next one becomes current: partial, kept, abandoned by an ended thread, new.
#include "alloc/heap.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "alloc/arena.h"
#include "alloc/internal.h"

Heap heap_nobody;
pthread_mutex_t heap_registry_lock = PTHREAD_MUTEX_INITIALIZER;
Heap *heap_registry; // registry lock; heaps are never freed, only used again

// --- lists ---------------------------------------------------------------------------------------

static void make_current(Heap *heap, Pool *pool)
{
    pool->notice = (uint32_t)NEVER;
    heap->current[pool->kind][pool->size_class] = pool;
}

static void let_empty_pool_go(Heap *heap, Pool *pool)
{
    Pool **kept = &heap->kept[pool->kind][pool->size_class];
    if (*kept == NULL) {
        pool->notice = (uint32_t)NEVER;
        *kept = pool;
    } else {
        pool_release(pool);
    }
}

void heap_list_pool(Heap *heap, Pool *pool)
{
    if (pool->used == 0) {
        let_empty_pool_go(heap, pool);
        return;
    }
    pool->notice = 0;
    pool_list_add(&heap->partial[pool->kind][pool->size_class], pool);
}

// Pools that were full until another thread freed something there.
static void take_delayed(Heap *heap)
{
    Pool *pool = remote_take_delayed(heap);
    while (pool != NULL) {
        Pool *next = pool->next_delayed;
        pool->next_delayed = NULL;
        ASSERT(pool->is_full);
        pool->is_full = 0;
        pool_list_remove(&heap->full, pool);
        pool_take_remote(pool);
        heap_list_pool(heap, pool);
        pool = next;
    }
}

void heap_pool_noticed(Heap *heap, Pool *pool)
{
    if (!pool->is_full) {
        pool_list_remove(&heap->partial[pool->kind][pool->size_class], pool);
        let_empty_pool_go(heap, pool);
    } else if (remote_undeclare_full(pool)) {
        pool->is_full = 0;
        pool_list_remove(&heap->full, pool);
        heap_list_pool(heap, pool);
    } else {
        take_delayed(heap);
    }
}

static bool has_room(Pool *pool)
{
    return pool->free != 0 || pool_take_remote(pool) != 0 || pool_carve(pool);
}

// A pool that has room, now current; or NULL.
static Pool *next_pool(Heap *heap, PoolKind kind, uint32_t size_class)
{
    // acquire: pairs with the release in remote_free.c; a hint, the list itself is locked.
    if (atomic_load_acquire(&heap->has_delayed)) {
        take_delayed(heap);
    }
    Pool *pool;
    while ((pool = heap->partial[kind][size_class]) != NULL) {
        pool_list_remove(&heap->partial[kind][size_class], pool);
        if (has_room(pool)) {
            make_current(heap, pool);
            return pool;
        }
        if (remote_declare_full(pool)) {
            pool_list_add(&heap->full, pool);
        } else {
            pool_list_add(&heap->partial[kind][size_class], pool);
        }
    }
    pool = heap->kept[kind][size_class];
    if (pool != NULL) {
        heap->kept[kind][size_class] = NULL;
        make_current(heap, pool);
        return pool;
    }
    while ((pool = abandoned_adopt(heap, kind, size_class)) != NULL) {
        if (has_room(pool)) {
            make_current(heap, pool);
            return pool;
        }
        heap_list_pool(heap, pool);
    }
    pool = arena_take_pool(kind);
    if (pool != NULL) {
        pool_set_up(pool, heap, kind, size_class);
        make_current(heap, pool);
    }
    return pool;
}

// --- allocation ----------------------------------------------------------------------------------

static void *alloc_large(PoolKind kind, size_t size)
{
    return kind == POOL_RAW ? large_alloc_raw(size, false) : large_alloc_object(kind, size);
}

void *heap_alloc_slow(Heap *heap, PoolKind kind, size_t size)
{
    if (size > POOL_BLOCK_MAX || (HEAP_HAS_ASAN && kind == POOL_RAW)) {
        return alloc_large(kind, size);
    }
    uint32_t size_class = size_class_of(size);
    Pool *pool = heap->current[kind][size_class];
    while (!has_room(pool)) {
        if (pool != &no_pool) {
            if (!remote_declare_full(pool)) {
                continue;
            }
            pool_list_add(&heap->full, pool);
            heap->current[kind][size_class] = &no_pool;
        }
        pool = next_pool(heap, kind, size_class);
        if (pool == NULL) {
            return NULL;
        }
    }
    return pool_take_block(pool, size);
}

void heap_free_slow(Heap *heap, void *block)
{
    Pool *pool = pool_of(block);
    if (pool->is_span) {
        large_free_object(pool);
    } else {
        remote_free(heap, pool, block);
    }
}

void *heap_alloc_raw_zeroed(Heap *heap, size_t size)
{
    if (size > POOL_BLOCK_MAX || HEAP_HAS_ASAN) {
        return fault_strikes() ? NULL : large_alloc_raw(size, true);
    }
    void *block = heap_alloc_raw(heap, size);
    return block == NULL ? NULL : memset(block, 0, size);
}

static bool is_large_raw(const void *block) { return ((uintptr_t)block & 15) != 0; }

size_t heap_object_size(const void *object)
{
    Pool *pool = pool_of(object);
    return pool->is_span ? pool->span_bytes - pool->first : pool->block_size;
}

size_t heap_raw_size(const void *block)
{
    return is_large_raw(block) ? ((const size_t *)block)[-1] : pool_of(block)->block_size;
}

void *heap_realloc_raw(Heap *heap, void *block, size_t size)
{
    if (block == NULL) {
        return heap_alloc_raw(heap, size);
    }
    if (is_large_raw(block) && size > POOL_BLOCK_MAX) {
        return fault_strikes() ? NULL : large_realloc_raw(block, size);
    }
    size_t old = heap_raw_size(block);
    // Stay where the block is unless a good part of it would lie idle.
    if (!is_large_raw(block) && !HEAP_WATCHED && size <= old && size > old / 4 * 3) {
        return block;
    }
    void *moved = heap_alloc_raw(heap, size);
    if (moved != NULL) {
        memcpy(moved, block, MIN_OF(old, size));
        heap_free_raw(heap, block);
    }
    return moved;
}

// --- life of a heap ------------------------------------------------------------------------------

static void set_up_process(void)
{
    // Each of malloc's own arenas reserves 64 MiB of addresses; we must run in little of it, and
    // only large blocks come from malloc.
    mallopt(M_ARENA_MAX, 2);
    pthread_mutex_init(&heap_nobody.lock, NULL);
}

static void reset(Heap *heap)
{
    for (int kind = 0; kind < POOL_KINDS; kind++) {
        for (int i = 0; i < POOL_CLASSES; i++) {
            heap->current[kind][i] = &no_pool;
            heap->partial[kind][i] = NULL;
            heap->kept[kind][i] = NULL;
        }
    }
    heap->full = NULL;
    heap->tracked_count = 0;
}

Heap *heap_create(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, set_up_process);
    pthread_mutex_lock(&heap_registry_lock);
    Heap *heap = heap_registry;
    while (heap != NULL && heap->is_live) {
        heap = heap->next_heap;
    }
    if (heap == NULL && (heap = calloc(1, sizeof(Heap))) != NULL) {
        pthread_mutex_init(&heap->lock, NULL);
        heap->next_heap = heap_registry;
        heap_registry = heap;
    }
    if (heap != NULL) {
        heap->is_live = true;
        reset(heap);
    }
    pthread_mutex_unlock(&heap_registry_lock);
    return heap;
}

void heap_fold_remote(Heap *heap)
{
    take_delayed(heap);
    for (int kind = 0; kind < POOL_KINDS; kind++) {
        for (int i = 0; i < POOL_CLASSES; i++) {
            pool_take_remote(heap->current[kind][i]);
            for (Pool *pool = heap->partial[kind][i], *next; pool != NULL; pool = next) {
                next = pool->next;
                if (pool_take_remote(pool) != 0 && pool->used == 0) {
                    pool_list_remove(&heap->partial[kind][i], pool);
                    let_empty_pool_go(heap, pool);
                }
            }
        }
    }
}

void heap_trim(Heap *heap)
{
    heap_fold_remote(heap);
    for (int kind = 0; kind < POOL_KINDS; kind++) {
        for (int i = 0; i < POOL_CLASSES; i++) {
            Pool *pool = heap->kept[kind][i];
            if (pool != NULL) {
                heap->kept[kind][i] = NULL;
                pool_release(pool);
            }
            pool = heap->current[kind][i];
            if (pool != &no_pool && pool->used == 0) {
                heap->current[kind][i] = &no_pool;
                pool_release(pool);
            }
        }
    }
}

void heap_visit_stopped(void (*visit)(Heap *heap, void *context), void *context)
{
    pthread_mutex_lock(&heap_registry_lock);
    for (Heap *heap = heap_registry; heap != NULL; heap = heap->next_heap) {
        if (heap->is_live) {
            visit(heap, context);
        }
    }
    pthread_mutex_unlock(&heap_registry_lock);
}

static void trim_one(Heap *heap, void *context) { heap_trim(heap); }

void heap_trim_all_stopped(void)
{
    heap_visit_stopped(trim_one, NULL);
    abandoned_trim();
}

static void abandon_list_locked(Pool **list)
{
    while (*list != NULL) {
        Pool *pool = *list;
        pool_list_remove(list, pool);
        abandon_pool_locked(pool);
    }
}

void heap_abandon(Heap *heap)
{
    heap_trim(heap);
    // heap->lock keeps out those who want to tell this heap of a pool while it changes hands.
    pthread_mutex_lock(&heap->lock);
    remote_forget_delayed_locked(heap);
    abandon_list_locked(&heap->full);
    for (int kind = 0; kind < POOL_KINDS; kind++) {
        for (int i = 0; i < POOL_CLASSES; i++) {
            abandon_list_locked(&heap->partial[kind][i]);
            if (heap->current[kind][i] != &no_pool) {
                abandon_pool_locked(heap->current[kind][i]);
            }
        }
    }
    reset(heap);
    pthread_mutex_unlock(&heap->lock);
    pthread_mutex_lock(&heap_registry_lock);
    heap->is_live = false;
    pthread_mutex_unlock(&heap_registry_lock);
}

void heap_adopt(Heap *heap)
{
    for (uint32_t kind = 0; kind < POOL_KINDS; kind++) {
        for (uint32_t i = 0; i < POOL_CLASSES; i++) {
            Pool *pool;
            while ((pool = abandoned_adopt(heap, (PoolKind)kind, i)) != NULL) {
                heap_list_pool(heap, pool);
            }
        }
    }
}

// --- fork ----------------------------------------------------------------------------------------

void heap_before_fork(void)
{
    pthread_mutex_lock(&heap_registry_lock);
    for (Heap *heap = heap_registry; heap != NULL; heap = heap->next_heap) {
        pthread_mutex_lock(&heap->lock);
    }
    abandoned_before_fork();
    large_before_fork();
    arena_before_fork();
}

void heap_after_fork(void)
{
    arena_after_fork();
    large_after_fork();
    abandoned_after_fork();
    for (Heap *heap = heap_registry; heap != NULL; heap = heap->next_heap) {
        pthread_mutex_unlock(&heap->lock);
    }
    pthread_mutex_unlock(&heap_registry_lock);
}
