// tests/unit/gc/gc_test.h: a small object model for the collector's tests.
//
// A Node refers to others by counted edges, and to a class by an edge that is not counted. Every
// upcall is weak: should the runtime's own be linked in, the tests would not see their nodes.
#ifndef ADDER_TESTS_GC_TEST_H
#define ADDER_TESTS_GC_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "alloc/statistics.h"
#include "gc/collector.h"
#include "gc/dying.h"
#include "gc/weakref.h"
#include "gil/critical_section.h"
#include "gil/ref.h"
#include "gil/stop_the_world.h"

enum { EDGES = 4, NODE_PLAIN = 0, NODE_CLASS = 1, NODE_WEAK = 2 };

typedef struct Node {
    ObjectHead head;
    uint32_t name;
    bool has_finalizer;
    bool is_immutable;     // clear does nothing, like a tuple
    struct Node *saved_to; // its finalizer stores it there
    struct Node *class;    // not counted
    SharedRef edges[EDGES];
    WeakLink weak;
} Node;

static ThreadState *ts;
static int64_t nodes_alive; // atomic
static int64_t finalized;   // atomic
static int64_t called_back; // atomic
static uint32_t finalized_order[64];
static int64_t purges;
static SharedRef frame_slots[8]; // what a frame would hold without a count

__attribute__((weak)) void object_traverse(ObjectHead *o, Visitor visit, void *context)
{
    Node *node = (Node *)o;
    for (int i = 0; i < EDGES; i++) {
        visit(shared_ref_peek(&node->edges[i]), EDGE_COUNTED, context);
    }
    visit(value_of(node->class), EDGE_MARK_ONLY, context);
}

__attribute__((weak)) bool object_has_finalizer(const ObjectHead *o)
{
    return ((const Node *)o)->has_finalizer && (o->gc & GC_FINALIZED) == 0;
}

__attribute__((weak)) bool object_is_type(const ObjectHead *o) { return o->kind == NODE_CLASS; }

__attribute__((weak)) void visit_thread_roots(ThreadState *thread, Visitor visit, void *context)
{
    for (size_t i = 0; i < ARRAY_LENGTH(frame_slots); i++) {
        visit(shared_ref_peek(&frame_slots[i]), EDGE_MARK_ONLY, context);
    }
}

__attribute__((weak)) void purge_inline_caches_stopped(void) { purges += 1; }

__attribute__((weak)) void object_finalize(ThreadState *thread, ObjectHead *o)
{
    Node *node = (Node *)o;
    gc_set_flag(o, GC_FINALIZED);
    int64_t n = atomic_add_relaxed(&finalized, 1);
    if (n < 64) {
        finalized_order[n] = node->name;
    }
    if (node->saved_to != NULL) {
        Ref old = shared_ref_swap(&node->saved_to->edges[EDGES - 1], ref_new(value_of(o)));
        ref_drop(&old);
    }
}

__attribute__((weak)) void object_clear(ThreadState *thread, ObjectHead *o)
{
    Node *node = (Node *)o;
    for (int i = 0; i < EDGES && !node->is_immutable; i++) {
        shared_ref_clear(&node->edges[i]);
    }
}

__attribute__((weak)) void object_dealloc(ThreadState *thread, ObjectHead *o)
{
    Node *node = (Node *)o;
    gc_untrack(thread->heap, o);
    if ((o->gc & GC_WEAKREFS) != 0) {
        weak_clear(thread, o);
    }
    if (o->kind == NODE_WEAK) {
        weak_unlink(&node->weak);
    }
    for (int i = 0; i < EDGES; i++) {
        shared_ref_clear(&node->edges[i]);
    }
    atomic_sub_acq_rel(&nodes_alive, 1);
    atomic_store_relaxed(&o->own, 0u);
    atomic_store_relaxed(&o->shared, (uint32_t)SHARED_STATE_MERGED);
    heap_free_object(thread->heap, o);
}

__attribute__((weak)) void weak_reference_call(ThreadState *thread, ObjectHead *reference)
{
    atomic_add_relaxed(&called_back, 1);
}

__attribute__((weak)) void collection_notify(ThreadState *thread, bool phase_stop,
                                             const CollectionInfo *info)
{
}

__attribute__((weak)) void collection_end(ThreadState *thread) {}

__attribute__((weak)) bool collection_found(ThreadState *thread, ObjectHead **objects, size_t count)
{
    return false;
}

__attribute__((weak)) bool safepoint_run_pending(ThreadState *thread)
{
    if ((eval_breaker_take(thread, BREAK_COLLECT) & BREAK_COLLECT) != 0) {
        gc_collect_due(thread);
    }
    return true;
}

static MAYBE_UNUSED Node *node_new_sized(ThreadState *thread, uint32_t name, uint8_t kind,
                                         size_t size)
{
    Node *node = heap_alloc_object(thread->heap, size, true);
    assert_non_null(node);
    head_init(&node->head);
    memset((char *)node + 8, 0, sizeof *node - 8);
    node->head.kind = kind;
    node->name = name;
    atomic_add_relaxed(&nodes_alive, 1);
    gc_track(thread->heap, &node->head);
    if (kind == NODE_CLASS) {
        gc_defer(&node->head);
    }
    return node;
}

static MAYBE_UNUSED Node *node_new(uint32_t name)
{
    return node_new_sized(ts, name, NODE_PLAIN, sizeof(Node));
}

// Counted edge number i from one to another.
static MAYBE_UNUSED void node_link(Node *from, int i, Node *to)
{
    Ref old = shared_ref_swap(&from->edges[i], ref_new(value_of(to)));
    ref_drop(&old);
}

static MAYBE_UNUSED void node_drop(Node *node) { value_release(value_of(node)); }

static MAYBE_UNUSED Node *weak_new(Node *referent, bool has_callback)
{
    Node *node = node_new_sized(ts, 0, NODE_WEAK, sizeof(Node));
    node->weak.reference = &node->head;
    node->weak.has_callback = has_callback;
    node->weak.is_plain = !has_callback;
    assert_true(weak_link(&node->weak, &referent->head));
    return node;
}

static MAYBE_UNUSED bool weak_is_dead(Node *node)
{
    OWNED Ref r = weak_get(&node->weak);
    return is_error(r);
}

#endif
