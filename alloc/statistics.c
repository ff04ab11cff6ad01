// alloc/statistics.c: walks arenas, pools and spans while nobody runs.
#include "alloc/statistics.h"

#include <string.h>

#include "alloc/internal.h"

void heap_visit_pools_stopped(void (*visit)(Pool *pool, void *context), void *context)
{
    uint32_t end = arena_index_end();
    for (uint32_t i = 0; i < end; i++) {
        Arena *arena = arena_at(i);
        uint64_t in_use = arena->base == NULL ? 0 : ~arena->free & ~arena->waiting;
        for (; in_use != 0; in_use &= in_use - 1) {
            visit((Pool *)(arena->base + (size_t)__builtin_ctzll(in_use) * POOL_BYTES), context);
        }
    }
    for (Pool *span = large_first_span(), *next; span != NULL; span = next) {
        next = span->next;
        visit(span, context);
    }
}

// `used` counts blocks in the remote chain; they are free, though nobody has taken them in yet.
static uint32_t count_remote(Pool *pool)
{
    uint32_t count = 0;
    uint32_t offset = (atomic_load_acquire(&pool->remote) & REMOTE_CHAIN) * POOL_GRANULE;
    for (; offset != 0; count++) {
        offset = (uint32_t)link_get(pool_block_at(pool, offset));
    }
    return count;
}

static void count_pool(Pool *pool, void *context)
{
    HeapStatistics *statistics = context;
    if (pool->is_span) {
        return;
    }
    ClassStatistics *class = &statistics->classes[pool->kind][pool->size_class];
    uint32_t used = pool->used - count_remote(pool);
    class->pools += 1;
    class->blocks_used += used;
    class->blocks_free += pool->capacity - used;
    statistics->pools += 1;
    statistics->blocks_used += used;
    statistics->bytes_used += (uint64_t)used * pool->block_size;
}

void heap_statistics_stopped(HeapStatistics *statistics)
{
    memset(statistics, 0, sizeof *statistics);
    statistics->arenas = arena_statistics();
    statistics->large = large_statistics();
    for (int kind = 0; kind < POOL_KINDS; kind++) {
        for (uint32_t i = 0; i < POOL_CLASSES; i++) {
            statistics->classes[kind][i].block_size = size_of_class(i);
        }
    }
    heap_visit_pools_stopped(count_pool, statistics);
    statistics->blocks_used += statistics->large.raw_count + statistics->large.span_count;
    statistics->bytes_used += statistics->large.raw_bytes + statistics->large.span_bytes;
}

static const char *const kind_names[POOL_KINDS] = {"collected objects", "other objects",
                                                   "raw memory"};

static void print_kind(FILE *out, int kind, const HeapStatistics *statistics)
{
    fprintf(out,
            "\n%s\n"
            "class   size   num pools   blocks in use  avail blocks\n"
            "-----   ----   ---------   -------------  ------------\n",
            kind_names[kind]);
    for (int i = 0; i < POOL_CLASSES; i++) {
        const ClassStatistics *class = &statistics->classes[kind][i];
        if (class->pools != 0) {
            fprintf(out, "%5d %6u %11llu %15llu %13llu\n", i, class->block_size,
                    (unsigned long long)class->pools, (unsigned long long)class->blocks_used,
                    (unsigned long long)class->blocks_free);
        }
    }
}

static void print_line(FILE *out, const char *what, uint64_t figure)
{
    fprintf(out, "%-40s = %20llu\n", what, (unsigned long long)figure);
}

void heap_print_statistics(FILE *out, const HeapStatistics *statistics)
{
    const ArenaStatistics *arenas = &statistics->arenas;
    fprintf(out, "Small block threshold = %d, in %d size classes; %d more up to %d.\n",
            POOL_SMALL_MAX, POOL_SMALL_CLASSES, POOL_MIDDLE_CLASSES, POOL_BLOCK_MAX);
    for (int kind = 0; kind < POOL_KINDS; kind++) {
        print_kind(out, kind, statistics);
    }
    fputc('\n', out);
    print_line(out, "# arenas allocated total", arenas->allocated_total);
    print_line(out, "# arenas reclaimed", arenas->freed_total);
    print_line(out, "# arenas highwater mark", arenas->count_peak);
    print_line(out, "# arenas allocated current", arenas->count);
    print_line(out, "bytes in these arenas", arenas->count * (uint64_t)ARENA_BYTES);
    fputc('\n', out);
    print_line(out, "# pools in use", statistics->pools);
    print_line(out, "# unused pools", arenas->pools_free);
    print_line(out, "# pools waiting for late readers", arenas->pools_waiting);
    print_line(out, "# blocks in use", statistics->blocks_used);
    print_line(out, "# bytes in these blocks", statistics->bytes_used);
    print_line(out, "# large objects", statistics->large.span_count);
    print_line(out, "# bytes in large objects", statistics->large.span_bytes);
    print_line(out, "# large raw blocks", statistics->large.raw_count);
    print_line(out, "# bytes in large raw blocks", statistics->large.raw_bytes);
}

bool heap_contains_stopped(const void *address)
{
    char *base = (char *)((uintptr_t)address & ~(uintptr_t)(ARENA_BYTES - 1));
    static uint32_t last; // mostly it is the same arena again
    uint32_t end = arena_index_end();
    for (uint32_t i = 0; i < end; i++) {
        uint32_t index = (last + i) % end;
        Arena *arena = arena_at(index);
        if (arena->base == base && base != NULL) {
            last = index;
            uint32_t pool = (uint32_t)(((uintptr_t)address - (uintptr_t)base) / POOL_BYTES);
            return ((arena->free | arena->waiting) >> pool & 1) == 0;
        }
    }
    for (Pool *span = large_first_span(); span != NULL; span = span->next) {
        if (span == pool_of(address)) {
            return true;
        }
    }
    return false;
}

bool heap_is_allocated_stopped(const void *block)
{
#if ADDER_DEBUG
    uint32_t granule = pool_offset_of(block) / POOL_GRANULE;
    Pool *pool = pool_of(block);
    return pool->is_span || (pool->allocated[granule / 64] >> (granule % 64) & 1) != 0;
#else
    return false;
#endif
}

typedef struct Visitor {
    void (*visit)(void *block, PoolKind kind, size_t size, void *context);
    void *context;
} Visitor;

static void visit_allocated(Pool *pool, void *context)
{
    Visitor *visitor = context;
    if (pool->is_span) {
        visitor->visit(pool_block_at(pool, pool->first), (PoolKind)pool->kind,
                       pool->span_bytes - pool->first, visitor->context);
        return;
    }
#if ADDER_DEBUG
    for (uint32_t granule = 0; granule < POOL_GRANULES; granule++) {
        if ((atomic_load_relaxed(&pool->allocated[granule / 64]) >> (granule % 64) & 1) != 0) {
            visitor->visit(pool_block_at(pool, granule * POOL_GRANULE), (PoolKind)pool->kind,
                           pool->block_size, visitor->context);
        }
    }
#endif
}

void heap_visit_allocated_stopped(void (*visit)(void *block, PoolKind kind, size_t size,
                                                void *context),
                                  void *context)
{
    Visitor visitor = {visit, context};
    heap_visit_pools_stopped(visit_allocated, &visitor);
}
