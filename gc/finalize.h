// gc/finalize.h: what happens to unreachable objects, in the order of PEP 442.
#ifndef ADDER_GC_FINALIZE_H
#define ADDER_GC_FINALIZE_H

#include "gc/trial.h"

// The unreachable objects of one collection. Each is flagged GC_UNREACHABLE, merged,
// and held by one reference of the collector's, from finalize_begin_stopped to the end.
typedef struct Unreachable {
    Vector objects;
    Vector callbacks; // weak references to be called, held
    bool has_finalizers;
} Unreachable;

// Flags and holds the objects; clears weak references to them and keeps those whose callback
// is due. False without memory: nothing has changed.
MUST_USE bool finalize_begin_stopped(Unreachable *unreachable, const Trial *trial);

// World running. Runs callbacks, then finalizers.
void finalize_run(ThreadState *ts, Unreachable *unreachable);

// World stopped. Takes out what is referred to from outside again, and all that it reaches.
void finalize_keep_resurrected_stopped(Unreachable *unreachable, Trial *trial);

// World running. Breaks the cycles and lets go of every object.
void finalize_clear(ThreadState *ts, Unreachable *unreachable);

// World running. Lets go without clearing (gc.DEBUG_SAVEALL, out of memory).
void finalize_spare(ThreadState *ts, Unreachable *unreachable);

#endif
