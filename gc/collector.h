// gc/collector.h: finds and frees cycles of objects that nothing else refers to.
//
// One collection, by one thread, in this order:
//   pause     candidates: the generation's objects and the younger ones'; trial deletion (trial.h);
//             survivors grow older; weak references to what is unreachable are cleared
//   running   callbacks of those weak references; finalizers, each once
//   pause     (if any ran) what they have brought back to life stays; the rest is dead
//   running   the dead are cleared, which frees them
// References from outside the candidates keep an object alive whatever they are: of C variables,
// counted slots, older objects. What slots hold without a count is asked for (visit_thread_roots).
//
// Rule     one collection at a time: another request returns at once, and finds nothing.
// Rule     traverse reports what is counted, no more; clear leaves an object valid.
// Threads  any attached thread may collect, at a place where it may run script code.
// Errors   without memory for its tables a collection frees nothing.
// Origin   CPython's collector; PEP 442 for the order of finalization.
// Proof    tests/unit/gc/, tests/scripts/gc/, stress/scenarios/
#ifndef ADDER_GC_COLLECTOR_H
#define ADDER_GC_COLLECTOR_H

#include "gc/generations.h"
#include "gc/track.h"
#include "gc/upcalls.h"

// Collects this generation and the younger ones. Returns how many unreachable objects were found.
int64_t gc_collect(ThreadState *ts, int generation);

// At a safepoint with BREAK_COLLECT set: collects if something is due.
void gc_collect_due(ThreadState *ts);

// Collects until nothing more is found, at the end of the process.
void gc_collect_at_exit(ThreadState *ts);

bool gc_is_collecting(void);

// The flags of gc.set_debug, for those who report (core/modules/gc.c).
enum {
    GC_DEBUG_STATS = 1,
    GC_DEBUG_COLLECTABLE = 2,
    GC_DEBUG_UNCOLLECTABLE = 4,
    GC_DEBUG_SAVEALL = 32,
};
uint32_t gc_debug_flags(void);
void gc_set_debug_flags(uint32_t flags);

// --- Looking at all objects (inspect.c) ----------------------------------------------------------

// Moves everything tracked out of the collector's sight, and back to the old generation.
void gc_freeze(ThreadState *ts);
void gc_unfreeze(ThreadState *ts);
int64_t gc_frozen_count(ThreadState *ts);

// Calls `visit` for every tracked object, frozen ones too, of one generation or (-1) of all. World
// stopped. `visit` may take references, but may not allocate from a heap.
void gc_visit_tracked_stopped(int generation, void (*visit)(ObjectHead *o, void *context),
                              void *context);

#endif
