// gil/parking_lot.h: where threads sleep until something at an address changes.
//
// Any byte or word can be waited for without room for a queue in it: sleepers lie in a table, found
// by the address. Parking compares the memory once more under the table's lock, so a change that is
// followed by an unpark is never missed:
//
//   waiter                                    changer
//   lock bucket                               change *address (or in `decide`, see below)
//     *address still as expected?             lock bucket
//     no: leave    yes: join the queue          take the first waiter of this address
//   unlock bucket                               decide(…): change *address knowing who waits
//   sleep until told                          unlock bucket
//                                             tell the waiter
//
// Rule     a waiter that has left the queue was told, or timed out, or was interrupted: exactly
//          one. One that was taken from the queue just as it timed out waits for the telling.
// Threads  any, attached or not; nothing here detaches (gil/mutex.h and gil/wait.h do).
// Origin   WebKit's parking lot, as in PEP 703.
// Proof    tests/unit/gil/test_parking_lot.c
#ifndef ADDER_GIL_PARKING_LOT_H
#define ADDER_GIL_PARKING_LOT_H

#include "gil/futex.h"

typedef enum {
    PARK_WOKEN,    // by an unpark
    PARK_MISMATCH, // the memory was not as expected; did not sleep
    PARK_TIMED_OUT,
    PARK_INTERRUPTED, // through interrupt_word
} ParkResult;

enum {
    PARK_WORD_TOLD = 1,
    PARK_WORD_INTERRUPTED = 2,
};

// Sleeps while the `size` bytes (1, 4 or 8) at `address` equal those at `expected`. `argument` is
// shown to `decide`. interrupt_word NULL: nothing interrupts; else whoever ors
// PARK_WORD_INTERRUPTED into it and wakes it (park_interrupt) ends the sleep. The caller clears
// that word beforehand.
ParkResult parking_lot_park(const void *address, const void *expected, size_t size,
                            uint64_t deadline_ns, void *argument, uint32_t *interrupt_word);

// Called with the bucket locked. `argument` is the waiter's that will be woken, NULL if there is
// none; `more`: others wait for the same address. It must be short and take no lock.
typedef void (*UnparkDecision)(void *context, void *argument, bool more);

// Wakes the longest waiter, if any. True: there was one.
bool parking_lot_unpark_one(const void *address, UnparkDecision decide, void *context);
// Wakes all; how many there were.
size_t parking_lot_unpark_all(const void *address);

// Async-signal-safe.
void park_interrupt(uint32_t *interrupt_word);

#endif
