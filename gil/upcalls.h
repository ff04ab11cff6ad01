// gil/upcalls.h: what this folder calls and core/ defines.
#ifndef ADDER_GIL_UPCALLS_H
#define ADDER_GIL_UPCALLS_H

#include "gil/object_head.h"

typedef struct ThreadState ThreadState;

// The last reference is gone: runs the finaliser, clears weak references, drops the fields, frees
// the block. May run script code. Never recurses deeply: see core/object/object.c.
void object_dealloc(ThreadState *ts, ObjectHead *o);

// Runs what only the owner of a ThreadState's upper part can do, at a safepoint of that thread:
// signal handlers (main thread), a collection that is due, asynchronous exceptions.
// False: an exception is set. Takes the bits that it serves out of ts->eval_breaker itself
// (eval_breaker_take); bits that it leaves are seen again at the next safepoint.
bool safepoint_run_pending(ThreadState *ts);

#endif
