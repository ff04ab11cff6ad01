// alloc/arena.c: where pools come from.
//
// 1. Arenas that have free pools are listed by how many they have; `lists_in_use` says which lists
//    are not empty, so that the fullest arena is one bit scan away.
// 2. Giving a pool back moves its arena one list up. When all its pools are free, and
//    more arenas are so than one in eight and one, it is unmapped: a program that
//    allocates in waves keeps a little.
// 3. Records of arenas lie in chunks that never move, so that the collector walks them by index.
#include "alloc/arena.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "alloc/heap.h"
#include "alloc/internal.h"
#include "alloc/upcalls.h"

enum { CHUNK_ARENAS = 256, CHUNKS = 8192, SPARE_SHARE = 8 };

static Arena *chunks[CHUNKS];                 // lock to add; entries never change again
static uint32_t index_end;                    // lock
static Arena *unused_records;                 // lock
static Arena *by_free_count[ARENA_POOLS + 1]; // lock; [0] stays empty: full arenas are in no list
static uint64_t lists_in_use;                 // lock; bit n - 1 stands for by_free_count[n]
static uint64_t empty_count;                  // lock: arenas whose pools are all free
static ArenaStatistics statistics;            // lock
static size_t system_bytes;                   // atomic
static size_t limit_bytes;                    // atomic; 0 is none
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

bool system_bytes_reserve(size_t bytes)
{
    // relaxed: a figure, it publishes nothing.
    size_t limit = atomic_load_relaxed(&limit_bytes);
    size_t before = atomic_add_relaxed(&system_bytes, bytes);
    if (limit != 0 && (before + bytes > limit || before + bytes < before)) {
        system_bytes_return(bytes);
        return false;
    }
    return true;
}

void system_bytes_return(size_t bytes) { atomic_add_relaxed(&system_bytes, (size_t)0 - bytes); }

size_t heap_system_bytes(void) { return atomic_load_relaxed(&system_bytes); }

size_t heap_limit(void) { return atomic_load_relaxed(&limit_bytes); }

void heap_set_limit(size_t bytes) { atomic_store_relaxed(&limit_bytes, bytes); }

// --- address space -------------------------------------------------------------------------------

static char *map_bytes(size_t bytes)
{
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

// The system mostly places a mapping beside the last one, aligned already; else map twice as much
// and cut off what is too much.
static char *map_arena(void)
{
    char *base = map_bytes(ARENA_BYTES);
    if (base == NULL || ((uintptr_t)base & (ARENA_BYTES - 1)) == 0) {
        return base;
    }
    munmap(base, ARENA_BYTES);
    base = map_bytes(2 * ARENA_BYTES);
    if (base == NULL) {
        return NULL;
    }
    size_t before = (0 - (uintptr_t)base) & (ARENA_BYTES - 1);
    if (before != 0) {
        munmap(base, before);
    }
    munmap(base + before + ARENA_BYTES, ARENA_BYTES - before);
    return base + before;
}

// --- records and lists, under the lock -----------------------------------------------------------

static Arena *take_record(void)
{
    if (unused_records != NULL) {
        Arena *arena = unused_records;
        unused_records = arena->next;
        return arena;
    }
    uint32_t chunk = index_end / CHUNK_ARENAS;
    if (index_end % CHUNK_ARENAS == 0) {
        if (chunk == CHUNKS) {
            return NULL;
        }
        chunks[chunk] = calloc(CHUNK_ARENAS, sizeof(Arena));
        if (chunks[chunk] == NULL) {
            return NULL;
        }
    }
    Arena *arena = &chunks[chunk][index_end % CHUNK_ARENAS];
    arena->index = index_end;
    index_end += 1;
    return arena;
}

static void return_record(Arena *arena)
{
    arena->next = unused_records;
    unused_records = arena;
}

static void list_arena(Arena *arena)
{
    int count = __builtin_popcountll(arena->free);
    arena->prev = NULL;
    arena->next = NULL;
    if (count == 0) {
        return;
    }
    arena->next = by_free_count[count];
    if (arena->next != NULL) {
        arena->next->prev = arena;
    }
    by_free_count[count] = arena;
    lists_in_use |= 1ull << (count - 1);
}

static void unlist_arena(Arena *arena)
{
    int count = __builtin_popcountll(arena->free);
    if (count == 0) {
        return;
    }
    if (arena->prev != NULL) {
        arena->prev->next = arena->next;
    } else {
        by_free_count[count] = arena->next;
        if (arena->next == NULL) {
            lists_in_use &= ~(1ull << (count - 1));
        }
    }
    if (arena->next != NULL) {
        arena->next->prev = arena->prev;
    }
}

static Arena *add_arena(void)
{
    if (!system_bytes_reserve(ARENA_BYTES)) {
        return NULL;
    }
    Arena *arena = take_record();
    char *base = arena == NULL ? NULL : map_arena();
    if (base == NULL) {
        if (arena != NULL) {
            return_record(arena);
        }
        system_bytes_return(ARENA_BYTES);
        return NULL;
    }
    watch_add_arena(base, ARENA_BYTES);
    arena->base = base;
    arena->free = ~0ull;
    arena->waiting = 0;
    arena->collected = 0;
    atomic_store_relaxed(&arena->young, (uint64_t)0);
    atomic_store_relaxed(&arena->middle, (uint64_t)0);
    empty_count += 1;
    list_arena(arena);
    statistics.allocated_total += 1;
    statistics.count += 1;
    statistics.count_peak = MAX_OF(statistics.count_peak, statistics.count);
    return arena;
}

static void drop_arena(Arena *arena)
{
    empty_count -= 1;
    ASSERT(arena->free == ~0ull && arena->waiting == 0 && arena->collected == 0);
    unlist_arena(arena);
    watch_remove_arena(arena->base, ARENA_BYTES);
    munmap(arena->base, ARENA_BYTES);
    arena->base = NULL;
    arena->free = 0;
    return_record(arena);
    system_bytes_return(ARENA_BYTES);
    statistics.freed_total += 1;
    statistics.count -= 1;
}

// --- pools ---------------------------------------------------------------------------------------

Arena *arena_at(uint32_t index) { return &chunks[index / CHUNK_ARENAS][index % CHUNK_ARENAS]; }

uint32_t arena_index_end(void) { return index_end; }

static uint64_t bit_of(const Arena *arena, const Pool *pool)
{
    return 1ull << (((uintptr_t)pool - (uintptr_t)arena->base) / POOL_BYTES);
}

Pool *arena_take_pool(PoolKind kind)
{
    pthread_mutex_lock(&lock);
    Arena *arena =
        lists_in_use == 0 ? add_arena() : by_free_count[__builtin_ctzll(lists_in_use) + 1];
    Pool *pool = NULL;
    if (arena != NULL) {
        unlist_arena(arena);
        empty_count -= arena->free == ~0ull;
        uint64_t bit = arena->free & (0 - arena->free);
        arena->free &= ~bit;
        if (kind == POOL_COLLECTED) {
            arena->collected |= bit;
        }
        list_arena(arena);
        pool = (Pool *)(arena->base + (size_t)__builtin_ctzll(bit) * POOL_BYTES);
        watch_open_pool(pool);
        pool->arena = arena->index;
    }
    pthread_mutex_unlock(&lock);
    return pool;
}

void arena_give_pool(Pool *pool)
{
    pthread_mutex_lock(&lock);
    Arena *arena = arena_at(pool->arena);
    uint64_t bit = bit_of(arena, pool);
    ASSERT((arena->free & bit) == 0);
    watch_open_pool(pool);
    atomic_and_relaxed(&arena->young, ~bit);
    atomic_and_relaxed(&arena->middle, ~bit);
    unlist_arena(arena);
    arena->free |= bit;
    arena->waiting &= ~bit;
    arena->collected &= ~bit;
    list_arena(arena);
    if (arena->free == ~0ull) {
        empty_count += 1;
        if (empty_count > 1 + statistics.count / SPARE_SHARE) {
            drop_arena(arena);
        }
    }
    pthread_mutex_unlock(&lock);
}

static void end_of_grace(void *pool) { arena_give_pool(pool); }

void arena_retire_pool(Pool *pool)
{
    pthread_mutex_lock(&lock);
    Arena *arena = arena_at(pool->arena);
    uint64_t bit = bit_of(arena, pool);
    arena->waiting |= bit;
    arena->collected &= ~bit;
    // relaxed: the owner marks, and it is the owner who retires.
    atomic_and_relaxed(&arena->young, ~bit);
    atomic_and_relaxed(&arena->middle, ~bit);
    pthread_mutex_unlock(&lock);
    reclaim_after_grace(end_of_grace, pool, POOL_BYTES);
}

void arena_mark_young(Pool *pool)
{
    Arena *arena = arena_at(pool->arena);
    pool->is_young = 1;
    // relaxed: read by the collector, with the world stopped.
    atomic_or_relaxed(&arena->young, bit_of(arena, pool));
}

void arena_mark_middle(Pool *pool)
{
    pool->is_middle = 1;
    Arena *arena = arena_at(pool->arena);
    atomic_store_relaxed(&arena->middle, arena->middle | bit_of(arena, pool));
}

ArenaStatistics arena_statistics(void)
{
    pthread_mutex_lock(&lock);
    ArenaStatistics result = statistics;
    result.pools_free = 0;
    result.pools_waiting = 0;
    for (uint32_t i = 0; i < index_end; i++) {
        Arena *arena = arena_at(i);
        if (arena->base != NULL) {
            result.pools_free += (uint64_t)__builtin_popcountll(arena->free);
            result.pools_waiting += (uint64_t)__builtin_popcountll(arena->waiting);
        }
    }
    pthread_mutex_unlock(&lock);
    return result;
}

void arena_before_fork(void) { pthread_mutex_lock(&lock); }
void arena_after_fork(void) { pthread_mutex_unlock(&lock); }
