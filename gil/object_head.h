// gil/object_head.h: the first sixteen bytes of every object, the same in both programs.
//
//   offset 0   own     adder: the whole reference count.
//                      addert: owner id (12 bits) above the owner's local count (20 bits).
//   offset 4   shared  addert: signed count of everybody else (30 bits) above the state (2 bits).
//                      adder: unused.
//   offset 8   shape   names the type and the attribute layout (core/object/shape.h).
//   offset 12  lock    the byte lock of this object (gil/mutex.h).
//   offset 13  gc      the collector's byte (gc/collector.h), written by the owner or world
//   stopped. offset 14  kind    which C structure this is (core/object/kinds.h); never changes.
//   offset 15  flags   of the kind; never the collector's.
//
// Rule     `own` is written by its owner alone until the object is merged, then by nobody.
// Rule     header words are never scratch: the collector's counts and marks lie in side tables.
// Rule     a free block of an object pool keeps own = 0, shared = MERGED with count 0, so that a
//          late lock-free reader fails; the free list's link lies beyond the count words.
#ifndef ADDER_GIL_OBJECT_HEAD_H
#define ADDER_GIL_OBJECT_HEAD_H

#include "core/base/check.h"

typedef struct ObjectHead {
    uint32_t own;
    uint32_t shared;
    uint32_t shape;
    uint8_t lock;
    uint8_t gc;
    uint8_t kind;
    uint8_t flags;
} ObjectHead;

_Static_assert(sizeof(ObjectHead) == 16, "the header is sixteen bytes in both programs");

// The states of a shared count. They only grow. An object is born UNSHARED; the first foreign
// reader that finds it makes it SHARED under its container's lock; QUEUED: a reference was handed
// to the owner (gil/brc.h); MERGED: own is 0 and shared holds the whole count.
enum {
    SHARED_STATE_UNSHARED = 0,
    SHARED_STATE_SHARED = 1,
    SHARED_STATE_QUEUED = 2,
    SHARED_STATE_MERGED = 3,
    SHARED_STATE_MASK = 3,
    SHARED_ONE = 4, // one reference in the shared word
};

// Bits of `gc`.
enum {
    GC_TRACKED = 1,       // the collector looks at it
    GC_YOUNG = 2,         // generation 0
    GC_MIDDLE = 4,        // generation 1; neither: old
    GC_FINALIZED = 8,     // its finaliser has run
    GC_FROZEN = 16,       // gc.freeze
    GC_DEFERRED = 32,     // addert: slots hold it without a count; only a full collection frees it
    GC_WEAKREFS = 64,     // the weak reference table knows it (gc/weakref.h)
    GC_UNREACHABLE = 128, // found dead by the collection that runs
};

#endif
