// alloc/watch.c: what debug and sanitizer builds add to every block that comes or goes.
//
// Debug:  a bit per block tells allocated from free, which finds double frees and leaks; fresh
//         memory is filled with 0xCD, freed memory with 0xDD, except the
//         first 16 bytes of an object.
// ASan:   free blocks and untouched memory are poisoned, again except the first 16 bytes of an
//         object block, at which a late reader may look; arenas are roots of the leak checker. Raw
//         memory comes from malloc, whatever its size (heap.c), so that its bounds are exact.
#include <string.h>

#include "alloc/internal.h"

#if HEAP_HAS_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/lsan_interface.h>
#define UNSANITIZED __attribute__((no_sanitize_address))
static void poison(void *p, size_t bytes) { ASAN_POISON_MEMORY_REGION(p, bytes); }
static void unpoison(void *p, size_t bytes) { ASAN_UNPOISON_MEMORY_REGION(p, bytes); }
static void add_root(void *p, size_t bytes) { __lsan_register_root_region(p, bytes); }
static void remove_root(void *p, size_t bytes) { __lsan_unregister_root_region(p, bytes); }
#else
#define UNSANITIZED
static void poison(void *p, size_t bytes) {}
static void unpoison(void *p, size_t bytes) {}
static void add_root(void *p, size_t bytes) {}
static void remove_root(void *p, size_t bytes) {}
#endif

enum { OBJECT_HEAD = 16, FRESH = 0xCD, FREED = 0xDD };

// How much of a free block stays readable.
static size_t head_of(const Pool *pool) { return pool->kind == POOL_RAW ? 0 : OBJECT_HEAD; }

#if ADDER_DEBUG
static uint64_t *word_of(void *block, uint64_t *bit)
{
    uint32_t granule = pool_offset_of(block) / POOL_GRANULE;
    *bit = 1ull << (granule % 64);
    return &pool_of(block)->allocated[granule / 64];
}

static void note_alloc(Pool *pool, void *block, size_t size)
{
    uint64_t bit;
    uint64_t *word = word_of(block, &bit);
    // relaxed: other threads change their own blocks' bits.
    CHECK((atomic_or_relaxed(word, bit) & bit) == 0);
    size_t head = head_of(pool);
    if (pool->kind != POOL_RAW) {
        head = OBJECT_HEAD;
    }
    memset((char *)block + head, FRESH, pool->block_size - head);
}

static void note_free(Pool *pool, void *block)
{
    uint64_t bit;
    uint64_t *word = word_of(block, &bit);
    CHECK((atomic_and_relaxed(word, ~bit) & bit) != 0); // else: freed twice
    size_t head = head_of(pool);
    memset((char *)block + head, FREED, pool->block_size - head);
}
#else
static void note_alloc(Pool *pool, void *block, size_t size) {}
static void note_free(Pool *pool, void *block) {}
#endif

void heap_watch_alloc(void *block, size_t size)
{
    Pool *pool = pool_of(block);
    unpoison(block, pool->block_size);
    note_alloc(pool, block, size);
}

void heap_watch_free(void *block)
{
    Pool *pool = pool_of(block);
    CHECK((pool_offset_of(block) - pool->first) % pool->block_size == 0);
    note_free(pool, block);
    size_t head = head_of(pool);
    poison((char *)block + head, pool->block_size - head);
}

UNSANITIZED uint64_t heap_watched_link(void *block) { return *pool_link_of(block); }

UNSANITIZED void heap_watch_set_link(void *block, uint64_t link) { pool_set_link(block, link); }

void watch_add_arena(char *base, size_t bytes)
{
    add_root(base, bytes);
    poison(base, bytes);
}

void watch_remove_arena(char *base, size_t bytes)
{
    remove_root(base, bytes);
    unpoison(base, bytes);
}

void watch_open_pool(Pool *pool) { unpoison(pool, POOL_BYTES); }

void watch_carve(Pool *pool, uint32_t from, uint32_t to)
{
    size_t head = head_of(pool);
    for (uint32_t offset = from; offset < to; offset += pool->block_size) {
        poison((char *)pool_block_at(pool, offset) + head, pool->block_size - head);
    }
}

void watch_span(Pool *span)
{
#if ADDER_DEBUG
    if (span->span_bytes > (size_t)span->first + OBJECT_HEAD) {
        memset((char *)pool_block_at(span, span->first) + OBJECT_HEAD, FRESH,
               span->span_bytes - span->first - OBJECT_HEAD);
    }
#endif
}
