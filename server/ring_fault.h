// server/ring_fault.h: a shim under the ring that makes operations go wrong, for tests.
//
// Decisions are drawn from a seed when an operation is queued. To fail or to vanish, a no-op is
// queued in its place, so the kernel never does what the server is told did not happen. A shortened
// send is really short; a receive that ends early or delivers one byte is really a single one.
//
// Its clock runs by the seed as well: it jumps ahead at random, and a wait that would sleep passes
// at once, so that deadlines fire in odd moments and a test of minutes takes seconds.
//
// Rule     accepts and polls never vanish: nothing but a deadline could notice, and they have none.
// Proof    tests/unit/server/test_faults.c
#ifndef ADDER_SERVER_RING_FAULT_H
#define ADDER_SERVER_RING_FAULT_H

#include <stdbool.h>
#include <stdint.h>

typedef enum FaultOp {
    FAULT_OP_ACCEPT,
    FAULT_OP_RECV,
    FAULT_OP_SEND,
    FAULT_OP_CANCEL,
    FAULT_OP_POLL,
    FAULT_OPS,
} FaultOp;

typedef enum FaultAction {
    FAULT_NONE,
    FAULT_FAIL,     // completes with `error`
    FAULT_VANISH,   // never completes
    FAULT_SHORT,    // send less, receive one byte
    FAULT_ONE_SHOT, // a multishot operation that ends after one completion
} FaultAction;

typedef struct FaultOptions {
    uint64_t seed;
    unsigned per_mille;  // how many of a thousand operations go wrong
    unsigned ops;        // bit set of 1 << FaultOp; 0: all
    unsigned vanish;     // of a thousand faults, how many vanish
    int error;           // 0: drawn; else always this one (as -errno)
    unsigned queue_full; // of a thousand attempts to queue, how many find the queue full
    bool clock;          // use the seeded clock
} FaultOptions;

typedef struct RingFault RingFault;

// Returns NULL if memory is out. `thread_index` tells the seeds of several threads apart.
RingFault *ring_fault_create(const FaultOptions *options, unsigned thread_index);
void ring_fault_destroy(RingFault *fault);

// For ring.c: what is to happen to the operation with this tag.
FaultAction ring_fault_draw(RingFault *fault, FaultOp op, uint64_t tag);
bool ring_fault_queue_is_full(RingFault *fault);
uint32_t ring_fault_shorten(RingFault *fault, uint32_t size);
// Called for each completion; returns false if it is to be swallowed.
bool ring_fault_filter(RingFault *fault, uint64_t tag, int *result);
uint64_t ring_fault_now_ns(RingFault *fault);
// Returns how long to really wait for, having moved the clock.
uint64_t ring_fault_wait_ns(RingFault *fault, uint64_t timeout_ns);
uint64_t ring_fault_count(const RingFault *fault);

#endif
