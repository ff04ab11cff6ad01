// alloc/remote_free.c: a block is freed by a thread that does not own its pool.
//
//  other thread                                       owner
//    FULL? tell its heap (under heap->lock):
//          clear FULL, put the pool in `delayed`  ─►   next time it needs a pool: takes `delayed`
//    ABANDONED? see abandoned.c
//    link the block before the chain (CAS, release) ─► when its own list is empty: takes the chain
//
// 1. Until its block is in the chain the other thread knows that the pool cannot vanish, for the
//    block counts as used; afterwards it looks at the pool no more. So it tells first, pushes then.
// 2. The owner sets FULL only over an empty chain. FULL is cleared once, by whoever frees first:
//    the owner (undeclare) or one other thread, which holds heap->lock meanwhile. So a pool is in
//    `delayed` at most once, and only while the owner still counts it among its full ones.
// 3. The owner may find a delayed pool whose chain is still empty, the push being under way. It
//    treats the pool as partial, finds nothing there and declares it full again: the other thread's
//    CAS fails, it sees FULL, and tells once more.
// 4. pool->heap changes under the old heap's lock only (abandon), so a thread that holds the lock
//    of the heap it found there knows that it tells the right one. Heaps are never freed.
#include "alloc/internal.h"

static size_t backlog; // atomic: pools in all `delayed` lists together

size_t heap_remote_backlog(void) { return atomic_load_relaxed(&backlog); }

static void tell_heap(Pool *pool)
{
    // acquire: pairs with the release in abandoned.c; nothing but the lock of the heap is used.
    Heap *heap = atomic_load_acquire(&pool->heap);
    if (heap == &heap_nobody) {
        return; // being abandoned: ABANDONED is about to be set
    }
    pthread_mutex_lock(&heap->lock);
    if (atomic_load_relaxed(&pool->heap) == heap &&
        (atomic_and_acq_rel(&pool->remote, ~(uint32_t)REMOTE_FULL) & REMOTE_FULL) != 0) {
        pool->next_delayed = heap->delayed;
        heap->delayed = pool;
        atomic_add_relaxed(&backlog, (size_t)1);
        // release: pairs with the acquire in next_pool(), which then takes the lock.
        atomic_store_release(&heap->has_delayed, true);
    }
    pthread_mutex_unlock(&heap->lock);
}

void remote_free(Heap *heap, Pool *pool, void *block)
{
    if (HEAP_WATCHED) {
        heap_watch_free(block);
    }
    uint32_t here = pool_offset_of(block) / POOL_GRANULE;
    uint32_t word = atomic_load_acquire(&pool->remote);
    for (;;) {
        if ((word & REMOTE_ABANDONED) != 0) {
            if (abandoned_free(heap, pool, block)) {
                return;
            }
            word = atomic_load_acquire(&pool->remote);
            continue;
        }
        if ((word & REMOTE_FULL) != 0) {
            tell_heap(pool);
            word = atomic_load_acquire(&pool->remote);
            continue;
        }
        link_set(block, (uint64_t)(word & REMOTE_CHAIN) * POOL_GRANULE);
        PERTURB("alloc.remote");
        // release: pairs with the acquire in pool_take_remote(); the link and all that was
        // done with the block come before. If it fails the word is looked at again as above.
        if (atomic_cas_weak_acq_rel(&pool->remote, &word,
                                    (word & ~(uint32_t)REMOTE_CHAIN) | here)) {
            return;
        }
    }
}

bool remote_declare_full(Pool *pool)
{
    ASSERT(pool->free == 0);
    ASSERT(pool->used == pool->capacity);
    uint32_t word = atomic_load_relaxed(&pool->remote);
    // acq_rel: what made the pool full comes before; a failure means that a block came in.
    if ((word & REMOTE_CHAIN) != 0 ||
        !atomic_cas_acq_rel(&pool->remote, &word, word | REMOTE_FULL)) {
        return false;
    }
    pool->is_full = 1;
    pool->notice = (uint32_t)pool->capacity - 1;
    return true;
}

bool remote_undeclare_full(Pool *pool)
{
    return (atomic_and_acq_rel(&pool->remote, ~(uint32_t)REMOTE_FULL) & REMOTE_FULL) != 0;
}

static Pool *take_delayed_locked(Heap *heap)
{
    Pool *list = heap->delayed;
    heap->delayed = NULL;
    atomic_store_relaxed(&heap->has_delayed, false);
    size_t count = 0;
    for (Pool *pool = list; pool != NULL; pool = pool->next_delayed) {
        count += 1;
    }
    atomic_add_relaxed(&backlog, (size_t)0 - count);
    return list;
}

Pool *remote_take_delayed(Heap *heap)
{
    pthread_mutex_lock(&heap->lock);
    Pool *list = take_delayed_locked(heap);
    pthread_mutex_unlock(&heap->lock);
    return list;
}

void remote_forget_delayed_locked(Heap *heap)
{
    for (Pool *pool = take_delayed_locked(heap), *next; pool != NULL; pool = next) {
        next = pool->next_delayed;
        pool->next_delayed = NULL;
    }
}
