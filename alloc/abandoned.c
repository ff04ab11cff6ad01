// alloc/abandoned.c: pools whose thread has ended while blocks in them live on.
//
// 1. Abandoning a pool sets ABANDONED in its remote word and files it by kind and size class.
// 2. A heap that needs a pool takes one from here before it takes a new one.
// 3. Whoever frees a block here adopts the pool with it: what one ended thread made is mostly
//    freed by one other thread, whose further frees then cost nothing special. A thread without a
//    heap frees under the lock.
// One lock guards the files and everything in an abandoned pool; it is taken after heap->lock and
// before that of the arenas. ABANDONED changes under it only.
#include "alloc/internal.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static Pool *abandoned[POOL_KINDS][POOL_CLASSES]; // lock
static uint32_t counts[POOL_KINDS][POOL_CLASSES]; // lock to change, atomic to read

void abandon_pool_locked(Pool *pool)
{
    pthread_mutex_lock(&lock);
    pool->is_full = 0;
    pool->notice = (uint32_t)NEVER;
    // release: pairs with the acquire in tell_heap(), which then asks for the old heap's lock.
    atomic_store_release(&pool->heap, &heap_nobody);
    atomic_or_acq_rel(&pool->remote, (uint32_t)REMOTE_ABANDONED);
    atomic_and_acq_rel(&pool->remote, ~(uint32_t)REMOTE_FULL);
    pool_list_add(&abandoned[pool->kind][pool->size_class], pool);
    uint32_t *count = &counts[pool->kind][pool->size_class];
    atomic_store_relaxed(count, *count + 1);
    pthread_mutex_unlock(&lock);
}

static void remove_from_file(Pool *pool)
{
    pool_list_remove(&abandoned[pool->kind][pool->size_class], pool);
    uint32_t *count = &counts[pool->kind][pool->size_class];
    atomic_store_relaxed(count, *count - 1);
}

static void adopt_pool(Heap *heap, Pool *pool)
{
    remove_from_file(pool);
    // In this order: who sees no ABANDONED finds the new owner.
    atomic_store_release(&pool->heap, heap);
    atomic_and_acq_rel(&pool->remote, ~(uint32_t)REMOTE_ABANDONED);
    pool_take_remote(pool);
}

Pool *abandoned_adopt(Heap *heap, PoolKind kind, uint32_t size_class)
{
    // relaxed: a pool that is abandoned this moment is found the next time.
    if (atomic_load_relaxed(&counts[kind][size_class]) == 0) {
        return NULL;
    }
    pthread_mutex_lock(&lock);
    Pool *pool = abandoned[kind][size_class];
    if (pool != NULL) {
        adopt_pool(heap, pool);
    }
    pthread_mutex_unlock(&lock);
    return pool;
}

static bool is_abandoned(Pool *pool)
{
    return (atomic_load_acquire(&pool->remote) & REMOTE_ABANDONED) != 0;
}

// With the lock held: if all blocks have come back the pool is the caller's, to release without it.
static bool take_if_empty(Pool *pool)
{
    pool_take_remote(pool);
    if (pool->used != 0) {
        return false;
    }
    remove_from_file(pool);
    atomic_and_acq_rel(&pool->remote, ~(uint32_t)REMOTE_ABANDONED);
    return true;
}

bool abandoned_free(Heap *heap, Pool *pool, void *block)
{
    pthread_mutex_lock(&lock);
    if (!is_abandoned(pool)) {
        pthread_mutex_unlock(&lock);
        return false;
    }
    pool_put_block(pool, block);
    bool is_empty = false;
    if (heap != NULL) {
        adopt_pool(heap, pool);
    } else {
        is_empty = take_if_empty(pool);
    }
    pthread_mutex_unlock(&lock);
    if (heap != NULL) {
        heap_list_pool(heap, pool);
    } else if (is_empty) {
        pool_release(pool);
    }
    return true;
}

void abandoned_trim(void)
{
    Pool *empty = NULL;
    pthread_mutex_lock(&lock);
    for (int kind = 0; kind < POOL_KINDS; kind++) {
        for (int i = 0; i < POOL_CLASSES; i++) {
            for (Pool *pool = abandoned[kind][i], *next; pool != NULL; pool = next) {
                next = pool->next;
                if (take_if_empty(pool)) {
                    pool_list_add(&empty, pool);
                }
            }
        }
    }
    pthread_mutex_unlock(&lock);
    while (empty != NULL) {
        Pool *pool = empty;
        pool_list_remove(&empty, pool);
        pool_release(pool);
    }
}

void abandoned_before_fork(void) { pthread_mutex_lock(&lock); }
void abandoned_after_fork(void) { pthread_mutex_unlock(&lock); }
