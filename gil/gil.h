// gil/gil.h: the global interpreter lock (adder).
//
// Who holds it may touch objects. Two queues wait for it: threads that return from a blocking call,
// and threads that were made to give it up. The first are served first, so that a thread which
// mostly waits for input is not slowed down by one that computes; every eighth time the second are.
//
//   give up for a blocking call   the lock is free for whoever comes; the first waiter is woken, or
//                                 given the lock if it has waited for twice the switch interval
//   made to give up (a waiter has waited for the switch interval and set BREAK_GIL in the holder)
//                                 the lock is handed to the first waiter, the loser queues up: it
//                                 cannot snatch the lock back while the other wakes up
//
// A thread back from a blocking call asks after a tenth of the interval. A request dies with the
// holding it was made for: taking the lock clears the taker's own BREAK_GIL.
//
// Rule     the world is stopped exactly while a thread with pause_depth > 0 holds the lock.
// Threads  all. Proof: tests/unit/gil/test_gil_gil.c
#ifndef ADDER_GIL_GIL_H
#define ADDER_GIL_GIL_H

#include "gil/thread_state.h"

// For thread_attach and thread_detach.
void gil_take(ThreadState *ts);
void gil_release(ThreadState *ts);

// At a safepoint with BREAK_GIL set: hands the lock over and waits for it again.
void gil_yield(ThreadState *ts);

#endif
