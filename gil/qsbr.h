// gil/qsbr.h: freeing what a lock-free reader may still be looking at (addert; at once in adder).
//
// Readers publish nothing while they read. Each attached thread says now and then, at a safepoint,
// that it holds no pointer into shared memory: a quiescent state. What was unlinked before every
// attached thread has passed one can be freed.
//
//  freeing thread                            every attached thread
//  unlink the memory
//  put it into the open batch
//  batch full: goal = sequence += 2 (RMW),
//    set BREAK_RECLAIM in all threads  ────► next safepoint: seen = sequence
//  later: min(seen) over attached threads    detach: seen = 0     attach: seen = sequence
//    >= goal? free the batch
//
// Rule     `seen` is changed and looked at by read-modify-write: either the freeing thread finds
//          the reader attached, or the reader, attaching later, finds the memory unlinked.
// Rule     a batch is closed by number or by bytes, whichever comes first.
// Threads  a queue belongs to its thread; an ending thread's goes to a common list, which whoever
//          polls looks through as well.
// Errors   without memory for a batch the pending ones are tried first, then the block is lost
//          (counted in QsbrStats).
// Proof    tests/unit/gil/test_qsbr_free.c
#ifndef ADDER_GIL_QSBR_H
#define ADDER_GIL_QSBR_H

#include "alloc/heap.h"
#include "alloc/upcalls.h" // reclaim_after_grace, for pools and large objects
#include "gil/policy.h"
#include "gil/thread_state.h"

void qsbr_free_raw(ThreadState *ts, void *raw_block);

// Frees a block of raw memory (an array, a key table) that other threads may be reading without a
// lock. NULL is allowed. May be called with object locks held; runs no script code.
static inline void free_after_grace(ThreadState *ts, void *raw_block)
{
    if (POLICY_FREE_THREADED && process_is_threaded() && !MUTANT(no_grace)) {
        qsbr_free_raw(ts, raw_block);
    } else {
        heap_free_raw(ts->heap, raw_block);
    }
}

// World stopped (or the process has one thread left):
// frees everything that waits, whoever queued it.
void qsbr_reclaim_stopped(void);
static inline void reclaim_all_stopped(void)
{
    if (POLICY_FREE_THREADED) {
        qsbr_reclaim_stopped();
    }
}

typedef struct QsbrStats {
    uint64_t waiting_bytes; // roughly: what waits for its grace period now
    uint64_t freed_bytes;   // since the start
    uint64_t lost_blocks;
} QsbrStats;
QsbrStats qsbr_stats(void);

// For gil/ alone.
void qsbr_online(ThreadState *ts);
void qsbr_offline(ThreadState *ts);
void qsbr_poll(ThreadState *ts); // at a safepoint with BREAK_RECLAIM set
void qsbr_leave(ThreadState *ts);
void qsbr_defer(void (*release)(void *memory), void *memory, size_t bytes);

#endif
