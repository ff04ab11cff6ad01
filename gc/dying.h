// gc/dying.h: classes that were found dead and wait until none of their instances can be left.
//
// An instance does not count its type, so a class must outlive every instance. A full
// collection that finds a class dead clears it like everything else, but keeps its memory.
// The next full collection looks whether any object, alive or dead, still names it; if none
// does the class is freed.
//
// Rule     a dying class is untracked and flagged GC_UNREACHABLE;
//          the collector holds its references.
// Threads  the one thread that collects; `dying_note_instance` with the world stopped.
#ifndef ADDER_GC_DYING_H
#define ADDER_GC_DYING_H

#include "gc/vector.h"
#include "gil/object_head.h"
#include "gil/thread_state.h"

// Takes over the collector's reference to a cleared class. Without memory it is kept for ever.
void dying_add(ObjectHead *o);

// Full collection, world stopped: before objects are traversed, for every mark-only edge
// whose target is no candidate, and after. The last says whether some class has no instance left.
void dying_begin_stopped(void);
void dying_note_instance(ObjectHead *target);
bool dying_end_stopped(void);

// World running: frees the classes found so.
void dying_free(ThreadState *ts);

size_t dying_count(void);

#endif
