// gc/finalize.c
//
// 1. Weak references to unreachable objects are cleared in the pause that found them: from then on
//    nobody can reach the objects but their own finalizers. A reference that is unreachable itself
//    has lost its callback; the others' callbacks are called first, in no object's presence.
// 2. Finalizers run once each, with all objects intact. They may bring objects back.
// 3. So another trial, over the unreachable objects only, keeps what has references from outside.
// 4. The rest is cleared object by object, each held while that happens, so that none dies inside
//    its own clear. Types come last, and wait further (dying.h).
// Objects are merged when they are found: the thread that collects drops them, not their owners.
#include "gc/finalize.h"

#include "gc/collector.h"
#include "gc/dying.h"
#include "gc/weakref.h"
#include "gil/brc.h"
#include "gil/ref.h"

// From here on it is the collector's; its own references do not count for it any more.
static void hold(ObjectHead *o)
{
    uint8_t gc = (uint8_t)(o->gc & ~(GC_YOUNG | GC_MIDDLE));
    atomic_store_relaxed(&o->gc, (uint8_t)(gc | GC_UNREACHABLE));
    if (POLICY_FREE_THREADED) {
        brc_merge_stopped(o);
    }
    head_retain(o);
}

// Back among the living: old, tracked as before, without the collector's reference,
// which is not the last one.
static void spare(ObjectHead *o)
{
    gc_clear_flag(o, GC_UNREACHABLE);
    value_release(value_of(o));
}

static void spare_all(Vector *objects)
{
    while (objects->count != 0) {
        spare(objects->items[--objects->count]);
    }
}

bool finalize_begin_stopped(Unreachable *unreachable, const Trial *trial)
{
    Vector *objects = &unreachable->objects;
    uint8_t flags = 0;
    unreachable->has_finalizers = false;
    for (size_t i = 0; i < trial->candidates.count; i++) {
        ObjectHead *o = trial->candidates.items[i];
        if (trial_is_reached(o)) {
            continue;
        }
        if (!vector_push(objects, o)) {
            spare_all(objects);
            return false;
        }
        flags |= o->gc;
        unreachable->has_finalizers = unreachable->has_finalizers || object_has_finalizer(o);
        hold(o);
    }
    // All are flagged by now, so references among them are known.
    for (size_t i = 0; i < objects->count && (flags & GC_WEAKREFS) != 0; i++) {
        ObjectHead *o = objects->items[i];
        if ((o->gc & GC_WEAKREFS) != 0) {
            weak_clear_stopped(o, &unreachable->callbacks);
        }
    }
    return true;
}

void finalize_run(ThreadState *ts, Unreachable *unreachable)
{
    for (size_t i = 0; i < unreachable->callbacks.count; i++) {
        ObjectHead *reference = unreachable->callbacks.items[i];
        weak_reference_call(ts, reference);
        value_release(value_of(reference));
    }
    unreachable->callbacks.count = 0;
    if (!unreachable->has_finalizers) {
        return;
    }
    for (size_t i = 0; i < unreachable->objects.count; i++) {
        ObjectHead *o = unreachable->objects.items[i];
        if (object_has_finalizer(o)) {
            object_finalize(ts, o);
        }
    }
}

static void visit_thread_slots(Trial *trial)
{
    threads_lock();
    for (ThreadState *ts = threads_first(); ts != NULL; ts = ts->next) {
        visit_thread_roots(ts, trial_visit_root, trial);
    }
    threads_unlock();
}

void finalize_keep_resurrected_stopped(Unreachable *unreachable, Trial *trial)
{
    Vector *objects = &unreachable->objects;
    trial_begin(trial, GC_UNREACHABLE, GC_FROZEN, 1);
    for (size_t i = 0; i < objects->count; i++) {
        trial_add(trial, objects->items[i]);
    }
    trial_subtract(trial);
    visit_thread_slots(trial);
    trial_mark(trial);
    size_t dead = 0;
    for (size_t i = 0; i < objects->count; i++) {
        ObjectHead *o = objects->items[i];
        if (trial->failed || trial_is_reached(o)) {
            // Something else refers to it, or it to itself: this is not the last reference.
            spare(o);
        } else {
            objects->items[dead++] = o;
        }
    }
    objects->count = dead;
    trial_end(trial);
}

void finalize_clear(ThreadState *ts, Unreachable *unreachable)
{
    Vector *objects = &unreachable->objects;
    size_t types = 0;
    for (size_t i = 0; i < objects->count; i++) {
        ObjectHead *o = objects->items[i];
        object_clear(ts, o);
        if (object_is_type(o)) {
            objects->items[types++] = o;
            continue;
        }
        gc_clear_flag(o, GC_UNREACHABLE);
        head_undefer_stopped(o); // nobody else can reach it
        value_release(value_of(o));
    }
    for (size_t i = 0; i < types; i++) {
        ObjectHead *o = objects->items[i];
        gc_untrack(ts->heap, o);
        dying_add(o);
    }
    vector_reset(objects);
}

void finalize_spare(ThreadState *ts, Unreachable *unreachable)
{
    spare_all(&unreachable->objects);
    vector_reset(&unreachable->objects);
}
