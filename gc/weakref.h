// gc/weakref.h: who refers weakly to which object: a table beside the heap.
//
// An object's header only says that there is something to find (GC_WEAKREFS); the table, in stripes
// by address, maps the object to the chain of its weak references. A reference embeds a WeakLink.
//
// Rule     `referent` is cleared once, under the stripe's lock or in a pause; the link is in its
//          chain exactly while `referent` is not NULL.
// Rule     under a stripe's lock nothing is dropped, allocated from a heap, or waited for.
// Threads  any attached thread.
// Proof    tests/unit/gc/test_weakref.c, stress/scenarios/
#ifndef ADDER_GC_WEAKREF_H
#define ADDER_GC_WEAKREF_H

#include "gc/vector.h"
#include "gil/ref.h"

typedef struct WeakLink {
    ObjectHead *referent;             // atomic: NULL when it has died
    ObjectHead *reference;            // the weak reference object around this link
    struct WeakLink *next, *previous; // lock of the stripe: newest first, behind the plain ones
    uint8_t stripe;                   // set once, with `referent`
    bool is_plain;     // may be handed out again for the same object; of each shape there is one
    bool has_callback; // wants to be called when the referent dies
} WeakLink;

// Links a new reference to a living object that the caller holds; `link->reference`, `is_plain` and
// `has_callback` are set. False without memory.
MUST_USE bool weak_link(WeakLink *link, ObjectHead *referent);

// An existing plain reference of this shape to the object, counted; or NO_REF.
Ref weak_find_plain(ObjectHead *referent, uint32_t shape);

// The object, counted; NO_REF when it has died or is dying.
Ref weak_get(WeakLink *link);

// Takes a reference that dies, or loses interest, out of the table.
void weak_unlink(WeakLink *link);

// The object dies: clears every reference to it, calls back those that want it, the
// newest first. Called by deallocation when GC_WEAKREFS is set, while the object is still
// whole; runs script code.
void weak_clear(ThreadState *ts, ObjectHead *referent);

// As above in a pause, for an object found unreachable: references to be called back, but for those
// that are unreachable themselves, are counted and added to `callbacks`.
void weak_clear_stopped(ObjectHead *referent, Vector *callbacks);

// How many references there are; and all of them (those that are not dying), counted, at most
// `capacity`: returns how many were stored.
size_t weak_count(ObjectHead *referent);
size_t weak_list(ObjectHead *referent, Ref *references, size_t capacity);

#endif
