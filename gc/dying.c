// gc/dying.c: see the header.
// GC_YOUNG on an untracked, unreachable object says "named by an instance".
#include "gc/dying.h"

#include "gc/track.h"
#include "gc/upcalls.h"
#include "gil/ref.h"

static Vector waiting; // collecting thread
static Vector freed;   // collecting thread: found without instances

size_t dying_count(void) { return waiting.count + freed.count; }

void dying_add(ObjectHead *o)
{
    ASSERT((o->gc & GC_TRACKED) == 0);
    if (!vector_push(&waiting, o)) {
        return; // lost, but never wrong
    }
}

static bool is_dying(uint8_t gc) { return (gc & (GC_TRACKED | GC_UNREACHABLE)) == GC_UNREACHABLE; }

void dying_begin_stopped(void)
{
    for (size_t i = 0; i < waiting.count; i++) {
        ObjectHead *o = waiting.items[i];
        ASSERT(is_dying(o->gc));
        atomic_store_relaxed(&o->gc, (uint8_t)(o->gc & ~GC_YOUNG));
    }
}

void dying_note_instance(ObjectHead *target)
{
    if (UNLIKELY(is_dying(target->gc))) {
        atomic_store_relaxed(&target->gc, (uint8_t)(target->gc | GC_YOUNG));
    }
}

// A dying class is an instance too: its metatype must outlive it.
static void note_type(Value target, EdgeKind kind, void *context)
{
    (void)context;
    if (kind == EDGE_MARK_ONLY && value_is_object(target)) {
        dying_note_instance(value_head(target));
    }
}

bool dying_end_stopped(void)
{
    size_t kept = 0;
    for (size_t i = 0; i < waiting.count; i++) {
        object_traverse(waiting.items[i], note_type, NULL);
    }
    for (size_t i = 0; i < waiting.count; i++) {
        ObjectHead *o = waiting.items[i];
        if ((o->gc & GC_YOUNG) != 0 || !vector_push(&freed, o)) {
            waiting.items[kept++] = o;
        }
    }
    waiting.count = kept;
    return freed.count != 0;
}

void dying_free(ThreadState *ts)
{
    while (freed.count != 0) {
        ObjectHead *o = freed.items[--freed.count];
        gc_clear_flag(o, GC_YOUNG | GC_UNREACHABLE);
        head_undefer_stopped(o);
        value_release(value_of(o));
    }
    (void)ts;
}
