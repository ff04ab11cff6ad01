// gil/brc.h: biased reference counting, the hand-over between threads (addert).
//
// An object belongs to the thread that made it. The owner counts in `own`, cheaply; everyone else
// in `shared`, atomically. Only the sum has meaning, so `shared` alone may go negative. The first
// non-owner about to take it there gives its reference to the owner instead, who merges the counts.
//
//  non-owner, dropping                          owner
//  shared is 0, not QUEUED, not MERGED?
//    set QUEUED                 (CAS, acq_rel)
//    put its reference into the
//    owner's queue, set BREAK_MERGE  ───────►   at the next safepoint, for each reference queued:
//    owner detached? hold it, and do it             own = 0
//    for the owner                                  shared += local - 1, MERGED   (CAS, acq_rel)
//  else                                             sum 0 ? deallocate : whoever drops last will
//    shared -= 1                (CAS, acq_rel)
//
// Rule     `own` is cleared before MERGED is published: afterwards the object may be gone.
// Rule     a queue belongs to an owner id. Merging for an id without a thread and giving an id to a
//          new thread happen under the same lock, so a new thread simply inherits what is left.
// Threads  any attached thread may queue. The owner drains at safepoints, another thread drains for
//          it while it is detached (it is HELD meanwhile and cannot attach).
// Errors   none reach scripts: without memory for the queue the world
//          is stopped and merged in place.
// Origin   Choi, Shull, Torrellas, "Biased Reference Counting", PACT 2018.
// Proof    tests/unit/gil/test_brc_free.c, stress/scenarios/
#ifndef ADDER_GIL_BRC_H
#define ADDER_GIL_BRC_H

#include "gil/policy.h"
#include "gil/thread_state.h"

// The calling thread takes over its id, and gives it up: after the latter it may touch no reference
// count. Leaving may run finalizers.
void brc_enter(ThreadState *ts);
void brc_leave(ThreadState *ts);

// Merges what was queued to the calling thread; may run finalizers.
void brc_drain(ThreadState *ts);

// At its next drain, which is soon, this thread also merges for all threads that sleep.
void brc_ask_for_relief(ThreadState *ts);

// World stopped: `lost` never runs again; what is queued to it becomes
// the calling thread's business.
void brc_bury(ThreadState *lost);

// World stopped: merges every object that waits in a queue. One whose last reference was the queued
// one keeps a count of 1, the queue's, and is dropped by its owner after the pause; so every count
// is exact and no object is dead. In adder there is nothing to do.
void brc_merge_queued_stopped(void);

// Gives back n > 0 references of an object that the calling thread does not own.
// True: they were the last, and the caller deallocates it.
MUST_USE bool brc_release_many(ObjectHead *o, uint32_t n);
// World stopped: gives back n > 0 references, but keeps one if none would be left.
// How many it kept.
uint32_t brc_return_stopped(ObjectHead *o, uint32_t n);

// World stopped: makes `o` merged whatever its state. Its references stay as they are.
void brc_merge_stopped(ObjectHead *o);

static inline void brc_merge_all_stopped(void)
{
    if (POLICY_FREE_THREADED) {
        brc_merge_queued_stopped();
    }
}

#endif
