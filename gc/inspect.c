// gc/inspect.c: all tracked objects, one after the other, and what gc.freeze does to them.
#include "alloc/statistics.h"
#include "gc/collector.h"
#include "gil/stop_the_world.h"

typedef struct Walk {
    int generation;
    void (*visit)(ObjectHead *o, void *context);
    void *context;
} Walk;

static int generation_of(uint8_t gc)
{
    return (gc & GC_YOUNG) != 0    ? GENERATION_YOUNG
           : (gc & GC_MIDDLE) != 0 ? GENERATION_MIDDLE
                                   : GENERATION_OLD;
}

static void walk_pool(Pool *pool, void *context)
{
    Walk *walk = context;
    if (pool->kind != POOL_COLLECTED) {
        return;
    }
    for (uint32_t offset = pool->first; offset < pool->untouched; offset += pool->block_size) {
        ObjectHead *o = pool_block_at(pool, offset);
        uint8_t gc = atomic_load_relaxed(&o->gc);
        // What a collection has found dead is nobody's to see.
        if ((gc & (GC_TRACKED | GC_UNREACHABLE)) != GC_TRACKED) {
            continue;
        }
        if (walk->generation < 0 || walk->generation == generation_of(gc)) {
            walk->visit(o, walk->context);
        }
    }
}

void gc_visit_tracked_stopped(int generation, void (*visit)(ObjectHead *o, void *context),
                              void *context)
{
    Walk walk = {generation, visit, context};
    heap_visit_pools_stopped(walk_pool, &walk);
}

static void freeze_one(ObjectHead *o, void *context)
{
    uint8_t gc = (uint8_t)(o->gc & ~(GC_YOUNG | GC_MIDDLE));
    atomic_store_relaxed(&o->gc, (uint8_t)(gc | GC_FROZEN));
}

static void unfreeze_one(ObjectHead *o, void *context) { gc_clear_flag(o, GC_FROZEN); }

static void count_frozen(ObjectHead *o, void *context)
{
    *(int64_t *)context += (o->gc & GC_FROZEN) != 0;
}

static void visit_all(ThreadState *ts, void (*visit)(ObjectHead *o, void *context), void *context)
{
    stop_the_world(ts);
    gc_visit_tracked_stopped(-1, visit, context);
    start_the_world(ts);
}

void gc_freeze(ThreadState *ts) { visit_all(ts, freeze_one, NULL); }

void gc_unfreeze(ThreadState *ts) { visit_all(ts, unfreeze_one, NULL); }

int64_t gc_frozen_count(ThreadState *ts)
{
    int64_t count = 0;
    visit_all(ts, count_frozen, &count);
    return count;
}
