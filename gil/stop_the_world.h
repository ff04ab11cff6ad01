// gil/stop_the_world.h: pauses, during which only one thread touches objects.
//
// In adder the thread that holds the GIL is alone anyway:
// a pause only says that it will not let go.
//
//  requester                                   every other thread
//  take the pause lock (detached meanwhile)
//  requested = true
//  repeat, for each other thread:
//    DETACHED: make it SUSPENDED  (CAS)          attach: waits while SUSPENDED
//    ATTACHED: set BREAK_STOP  ───────────────►  next safepoint: lets go of its critical sections,
//    until none is attached; sleep on            makes itself SUSPENDED, tells the requester, then
//    `bell` for a millisecond at most   ◄──────  attaches again: watches its state for a while,
//                                                long enough for most pauses, then sleeps
//  … alone …
//  requested = false
//  each SUSPENDED: make it DETACHED, wake it;   tries again
//  or ATTACHED if it has missed its turn
//  several times
//
// Rule     inside a pause: no script code, no finalizer, no ordinary lock (a suspended thread may
//          own it), nothing that waits or detaches. References may be taken and dropped where that
//          cannot free anything. Critical sections may be opened; they take no lock.
// Rule     a pause nests: the same thread may stop the stopped world.
// Threads  any attached thread may ask; requesters take turns. A thread that starts during a pause
//          is born suspended. stop_the_world may wait: critical sections are let go meanwhile.
// Proof    tests/unit/gil/test_stop_the_world.c
#ifndef ADDER_GIL_STOP_THE_WORLD_H
#define ADDER_GIL_STOP_THE_WORLD_H

#include "gil/thread_state.h"

void stop_the_world(ThreadState *ts);
void start_the_world(ThreadState *ts);

static inline bool world_is_stopped_by(const ThreadState *ts) { return ts->pause_depth > 0; }

// What pauses have cost so far: from the request to the restart, and to the moment all stood still.
typedef struct PauseStats {
    uint64_t count;
    uint64_t total_ns, longest_ns;
    uint64_t stopping_ns; // part of total_ns
} PauseStats;
PauseStats pause_stats(void);

// For gil/ alone. At a safepoint with BREAK_STOP set: stands still until the pause is over.
void stop_acknowledge(ThreadState *ts);
// After a thread has detached or ended while a pause was asked for.
void stop_ring_bell(void);
// All others stand still: the pause that they wait for will soon be over. A hint.
bool stop_is_complete(void);
// With threads_lock held: is a new thread born suspended?
bool stop_is_requested_locked(void);

#endif
