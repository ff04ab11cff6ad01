// alloc/pool.c: one pool, seen by its owner.
//
// 1. A new pool is all untouched. Blocks are carved a page at a time, in address order, so that
//    memory which is never needed is never touched.
// 2. Freed blocks are given out again last in, first out.
// 3. What others have freed lies in the remote chain, linked in the same way as the owner's list:
//    it is spliced in front of it as a whole.
#include "alloc/pool.h"

#include <string.h>

#include "alloc/arena.h"
#include "alloc/internal.h"

enum { CARVE_BYTES = 4096 };

// Middle classes: as many blocks to the pool as stands here, whatever the kind of pool.
#define MIDDLE(n) ((POOL_BYTES - sizeof(CollectedPool)) / (n) / POOL_GRANULE * POOL_GRANULE)
static const uint16_t middle_sizes[POOL_MIDDLE_CLASSES] = {
    MIDDLE(26), MIDDLE(22), MIDDLE(19), MIDDLE(16), MIDDLE(14), MIDDLE(12), MIDDLE(10),
    MIDDLE(8),  MIDDLE(7),  MIDDLE(6),  MIDDLE(5),  MIDDLE(4),  MIDDLE(3),  MIDDLE(2),
};
_Static_assert(MIDDLE(2) >= POOL_BLOCK_MAX, "the largest class holds the largest block");
_Static_assert(MIDDLE(26) > POOL_SMALL_MAX, "classes grow");

Pool no_pool;

uint32_t size_class_of(size_t size)
{
    if (size <= POOL_SMALL_MAX) {
        return size == 0 ? 0 : (uint32_t)((size - 1) / POOL_GRANULE);
    }
    uint32_t low = 0, high = POOL_MIDDLE_CLASSES - 1;
    while (low < high) {
        uint32_t half = (low + high) / 2;
        if (middle_sizes[half] >= size) {
            high = half;
        } else {
            low = half + 1;
        }
    }
    return POOL_SMALL_CLASSES + low;
}

uint32_t size_of_class(uint32_t size_class)
{
    return size_class < POOL_SMALL_CLASSES ? (size_class + 1) * POOL_GRANULE
                                           : middle_sizes[size_class - POOL_SMALL_CLASSES];
}

void pool_set_up(Pool *pool, Heap *heap, PoolKind kind, uint32_t size_class)
{
    uint32_t arena = pool->arena;
    size_t header = kind == POOL_COLLECTED ? sizeof(CollectedPool) : sizeof(Pool);
    header = (header + POOL_GRANULE - 1) / POOL_GRANULE * POOL_GRANULE;
    memset((void *)pool, 0, header);
    pool->arena = arena;
    pool->first = (uint16_t)header;
    pool->untouched = (uint32_t)header;
    pool->block_size = size_of_class(size_class);
    pool->block_inverse = (uint32_t)((1ull << 32) / pool->block_size + 1);
    pool->capacity = (uint16_t)((POOL_BYTES - header) / pool->block_size);
    pool->kind = (uint8_t)kind;
    pool->size_class = (uint8_t)size_class;
    pool->notice = (uint32_t)NEVER;
    atomic_store_relaxed(&pool->heap, heap);
}

bool pool_carve(Pool *pool)
{
    uint32_t end = pool->first + pool->capacity * pool->block_size;
    if (pool->untouched >= end) {
        return false;
    }
    ASSERT(pool->free == 0);
    uint32_t from = pool->untouched, count = 1 + CARVE_BYTES / pool->block_size;
    uint32_t to = MIN_OF(end, from + count * pool->block_size);
    for (uint32_t offset = from; offset < to; offset += pool->block_size) {
        uint32_t next = offset + pool->block_size;
        uint64_t *words = pool_block_at(pool, offset);
        words[0] = 0;
        words[1] = next < to ? next : 0;
    }
    watch_carve(pool, from, to);
    pool->free = from;
    pool->untouched = to;
    return true;
}

uint32_t pool_take_remote(Pool *pool)
{
    // relaxed: only a hint, the exchange below takes what there is.
    if ((atomic_load_relaxed(&pool->remote) & REMOTE_CHAIN) == 0) {
        return 0;
    }
    // acquire: pairs with the release in remote_free(); the links of the chain are visible.
    uint32_t word = atomic_and_acq_rel(&pool->remote, ~(uint32_t)REMOTE_CHAIN);
    uint32_t head = (word & REMOTE_CHAIN) * POOL_GRANULE;
    uint32_t count = 0, last = 0;
    for (uint32_t offset = head; offset != 0; count++) {
        last = offset;
        offset = (uint32_t)link_get(pool_block_at(pool, offset));
    }
    if (count != 0) {
        link_set(pool_block_at(pool, last), pool->free);
        pool->free = head;
        ASSERT(pool->used >= count);
        pool->used -= count;
    }
    return count;
}

void *pool_take_block(Pool *pool, size_t size)
{
    void *block = pool_block_at(pool, pool->free);
    pool->free = (uint32_t)link_get(block);
    pool->used += 1;
    if (HEAP_WATCHED) {
        heap_watch_alloc(block, size);
    }
    return block;
}

void pool_put_block(Pool *pool, void *block)
{
    link_set(block, pool->free);
    pool->free = pool_offset_of(block);
    pool->used -= 1;
}

void pool_release(Pool *pool)
{
    ASSERT(pool->used == 0);
    ASSERT(atomic_load_relaxed(&pool->remote) == 0);
    atomic_store_relaxed(&pool->heap, &heap_nobody);
    if (pool->kind == POOL_RAW) {
        arena_give_pool(pool);
    } else {
        arena_retire_pool(pool);
    }
}

void pool_list_add(Pool **list, Pool *pool)
{
    pool->prev = NULL;
    pool->next = *list;
    if (*list != NULL) {
        (*list)->prev = pool;
    }
    *list = pool;
}

void pool_list_remove(Pool **list, Pool *pool)
{
    if (pool->prev != NULL) {
        pool->prev->next = pool->next;
    } else {
        ASSERT(*list == pool);
        *list = pool->next;
    }
    if (pool->next != NULL) {
        pool->next->prev = pool->prev;
    }
    pool->next = pool->prev = NULL;
}
