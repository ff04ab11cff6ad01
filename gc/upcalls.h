// gc/upcalls.h: what the collector asks of core/.
#ifndef ADDER_GC_UPCALLS_H
#define ADDER_GC_UPCALLS_H

#include "gc/visitor.h"
#include "gil/object_head.h"
#include "gil/thread_state.h"

// --- In a pause: no script code, no counting that may free, no lock ------------------------------

// Reports every reference that `o` holds, and its type as a mark-only edge if a script made it.
void object_traverse(ObjectHead *o, Visitor visit, void *context);

// Does it have a finalizer that has not run yet (a __del__, a generator to close)?
bool object_has_finalizer(const ObjectHead *o);

// Is it a type, which instances name without counting it?
bool object_is_type(const ObjectHead *o);

// Reports, as mark-only edges, what this thread keeps alive without a count: uncounted slots of its
// frames; the types of instances that are being deallocated or wait for it (ts->trash).
void visit_thread_roots(ThreadState *ts, Visitor visit, void *context);

// Empties every inline cache of every code object, and whatever else remembers types or shapes
// without a count: types are about to be freed, their addresses and shape ids to be used again.
void purge_inline_caches_stopped(void);

// For the accounting at exit: reports what objects that lie in no pool (builtin types) refer to,
// and what C variables hold; a name for messages.
void visit_static_objects(Visitor visit, void *context);
const char *object_kind_name(const ObjectHead *o);

// --- With the world running ----------------------------------------------------------------------

// Runs the finalizer if it has not run (GC_FINALIZED says so, and is set first).
// Errors are reported as unraisable. The caller holds a reference.
void object_finalize(ThreadState *ts, ObjectHead *o);

// Breaks cycles: drops what `o` refers to and leaves it valid. May do nothing (tuples).
void object_clear(ThreadState *ts, ObjectHead *o);

// Calls callback(reference) for a weak reference whose object has died; `callback` is dropped.
void weak_reference_call(ThreadState *ts, ObjectHead *reference);

// gc.callbacks, and the lines that gc.DEBUG_STATS asks for. `phase_stop`: after the collection.
typedef struct CollectionInfo {
    int generation;
    int64_t collected;
    int64_t uncollectable;
    uint64_t elapsed_ns;
} CollectionInfo;
void collection_notify(ThreadState *ts, bool phase_stop, const CollectionInfo *info);

// The process ends: lets go of the lists of gc.callbacks and gc.garbage.
void collection_end(ThreadState *ts);

// Asked only when gc_debug_flags() is not 0: objects found dead.
// True: they go to gc.garbage (counted by the callee) and are not cleared.
bool collection_found(ThreadState *ts, ObjectHead **objects, size_t count);

#endif
