// alloc/large.c: blocks too large for a pool.
//
// An object gets a span: memory aligned like a pool and headed like one, so that the collector, and
// whoever frees the object, find the header in the same way. Spans of all heaps are in one list; a
// freed one goes back to the system after a grace period. Raw memory comes from malloc, moved up by
// one word that holds its size: so its address is 8 bytes off, and known by that.
#include "alloc/large.h"

#include <stdlib.h>
#include <string.h>

#include "alloc/arena.h"
#include "alloc/internal.h"
#include "alloc/upcalls.h"

enum { RAW_PREFIX = 8 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static Pool *spans;        // lock, or world stopped
static uint64_t raw_count; // atomic
static uint64_t raw_bytes; // atomic

// --- objects -------------------------------------------------------------------------------------

void *large_alloc_object(PoolKind kind, size_t size)
{
    size_t header = kind == POOL_COLLECTED ? sizeof(CollectedPool) : sizeof(Pool);
    header = (header + POOL_GRANULE - 1) / POOL_GRANULE * POOL_GRANULE;
    if (size > SIZE_MAX / 2 || !system_bytes_reserve(size + header)) {
        return NULL;
    }
    size_t bytes = size + header;
    void *memory;
    if (posix_memalign(&memory, POOL_BYTES, bytes) != 0) {
        system_bytes_return(bytes);
        return NULL;
    }
    Pool *span = memory;
    memset((void *)span, 0, header + 2 * sizeof(uint64_t));
    span->first = (uint16_t)header;
    span->untouched = (uint32_t)header + POOL_GRANULE;
    span->block_size = POOL_GRANULE; // so that counting its blocks gives one
    span->capacity = 1;
    span->used = 1;
    span->kind = (uint8_t)kind;
    span->is_span = 1;
    span->is_young = 1; // the collector looks at every span
    span->span_bytes = bytes;
    atomic_store_relaxed(&span->heap, &heap_nobody);
    watch_span(span);
    pthread_mutex_lock(&lock);
    pool_list_add(&spans, span);
    pthread_mutex_unlock(&lock);
    return pool_block_at(span, span->first);
}

static void release_span(void *memory)
{
    system_bytes_return(((Pool *)memory)->span_bytes);
    free(memory);
}

void large_free_object(Pool *span)
{
    pthread_mutex_lock(&lock);
    pool_list_remove(&spans, span);
    pthread_mutex_unlock(&lock);
    // A reader that is late finds no object that the collector would care for.
    *pool_link_of(pool_block_at(span, span->first)) = 0;
    reclaim_after_grace(release_span, span, span->span_bytes);
}

Pool *large_first_span(void) { return spans; }

// --- raw memory ----------------------------------------------------------------------------------

static void *enter_raw(size_t *prefix, size_t size)
{
    *prefix = size;
    atomic_add_relaxed(&raw_count, 1);
    atomic_add_relaxed(&raw_bytes, size);
    return (char *)prefix + RAW_PREFIX;
}

static size_t *leave_raw(void *block)
{
    size_t *prefix = (size_t *)((char *)block - RAW_PREFIX);
    atomic_add_relaxed(&raw_count, (uint64_t)0 - 1);
    atomic_add_relaxed(&raw_bytes, 0 - (uint64_t)*prefix);
    return prefix;
}

void *large_alloc_raw(size_t size, bool zeroed)
{
    if (size > SIZE_MAX / 2 || !system_bytes_reserve(size + RAW_PREFIX)) {
        return NULL;
    }
    size_t *prefix = zeroed ? calloc(1, size + RAW_PREFIX) : malloc(size + RAW_PREFIX);
    if (prefix == NULL) {
        system_bytes_return(size + RAW_PREFIX);
        return NULL;
    }
    return enter_raw(prefix, size);
}

void heap_free_large_raw(void *block)
{
    if (block != NULL) {
        size_t *prefix = leave_raw(block);
        system_bytes_return(*prefix + RAW_PREFIX);
        free(prefix);
    }
}

void *large_realloc_raw(void *block, size_t size)
{
    size_t old = heap_raw_size(block);
    if (size > SIZE_MAX / 2 || (size > old && !system_bytes_reserve(size - old))) {
        return NULL;
    }
    size_t *prefix = leave_raw(block);
    size_t *moved = realloc(prefix, size + RAW_PREFIX);
    if (moved == NULL) {
        if (size > old) {
            system_bytes_return(size - old);
        }
        enter_raw(prefix, old);
        return NULL;
    }
    if (size < old) {
        system_bytes_return(old - size);
    }
    return enter_raw(moved, size);
}

LargeStatistics large_statistics(void)
{
    LargeStatistics result = {
        .raw_count = atomic_load_relaxed(&raw_count),
        .raw_bytes = atomic_load_relaxed(&raw_bytes),
    };
    pthread_mutex_lock(&lock);
    for (Pool *span = spans; span != NULL; span = span->next) {
        result.span_count += 1;
        result.span_bytes += span->span_bytes;
    }
    pthread_mutex_unlock(&lock);
    return result;
}

void large_before_fork(void) { pthread_mutex_lock(&lock); }
void large_after_fork(void) { pthread_mutex_unlock(&lock); }
