// gc/track.h: which objects the collector looks at, and of which generation they are.
//
// The collector's byte in the header says so (gil/object_head.h); bitmaps in pools, and words in
// arenas, say where young and middle objects may be, so that a young collection need not look
// elsewhere. Every tracked object lies in a pool or span of collected memory.
//
// Rule     the byte is stored plainly while nobody else knows the object (birth, death)
//          or the world is stopped; flags of a published object are set atomically (gc_set_flag).
// Rule     a young object's bit in its pool and its pool's bit in its arena are set:
//          only the pool's owner can do that, so what another thread tracks is old from the start.
#ifndef ADDER_GC_TRACK_H
#define ADDER_GC_TRACK_H

#include "alloc/arena.h"
#include "alloc/heap.h"
#include "gil/ref.h"

extern int64_t gc_deferred_count; // atomic: objects deferred since the last full collection
extern int64_t gc_trigger;        // atomic: a young collection is due when more objects are new

void gc_track_slow(ObjectHead *o);
void gc_collection_due(void);

// The last step of construction: from now on the collector may traverse `o`.
static ALWAYS_INLINE void gc_track(Heap *heap, ObjectHead *o)
{
    Pool *pool = pool_of(o);
    ASSERT(pool->kind == POOL_COLLECTED);
    ASSERT((o->gc & GC_TRACKED) == 0);
    if (LIKELY(atomic_load_relaxed(&pool->heap) == heap)) {
        uint32_t granule = pool_offset_of(o) / POOL_GRANULE;
        ((CollectedPool *)pool)->young[granule / 64] |= 1ull << (granule % 64);
        if (UNLIKELY(!pool->is_young)) {
            arena_mark_young(pool);
        }
        atomic_store_relaxed(&o->gc, (uint8_t)(o->gc | GC_TRACKED | GC_YOUNG));
    } else {
        gc_track_slow(o);
    }
    // relaxed: a threshold that was just changed may be missed once.
    if (UNLIKELY(++heap->tracked_count > atomic_load_relaxed(&gc_trigger))) {
        gc_collection_due();
    }
}

static inline bool gc_is_tracked(const ObjectHead *o)
{
    return (atomic_load_relaxed(&o->gc) & GC_TRACKED) != 0;
}

// The first step of destruction, before anything that may run code or let a pause happen.
static ALWAYS_INLINE void gc_untrack(Heap *heap, ObjectHead *o)
{
    if ((o->gc & GC_TRACKED) != 0) {
        atomic_store_relaxed(&o->gc, (uint8_t)(o->gc & ~(GC_TRACKED | GC_YOUNG | GC_MIDDLE)));
        heap->tracked_count -= heap->tracked_count > 0;
    }
}

static inline void gc_set_flag(ObjectHead *o, uint8_t flag)
{
    // relaxed: the flag publishes nothing.
    atomic_or_relaxed(&o->gc, flag);
}

static inline void gc_clear_flag(ObjectHead *o, uint8_t flag)
{
    atomic_and_relaxed(&o->gc, (uint8_t)~flag);
}

// Makes a new tracked object deferred (head_defer in gil/policy.h): slots may hold it without a
// count, and instances that do not count their type may name it. Full collections alone free
// it, so it is old from the start. Called right after gc_track, by its maker. Every type made
// by a script is deferred.
static inline void gc_defer(ObjectHead *o)
{
    // relaxed: a figure, see generation_due().
    atomic_add_relaxed(&gc_deferred_count, (int64_t)1);
    atomic_store_relaxed(&o->gc, (uint8_t)(o->gc & ~(GC_YOUNG | GC_MIDDLE)));
    head_defer(o);
}

// Marks a middle-aged object's place. World stopped.
void gc_mark_middle(ObjectHead *o);

#endif
