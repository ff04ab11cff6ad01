// alloc/fault.h: makes the n-th allocation fail, in debug builds.
//
// Every request to a heap counts, whatever its size, in the order in which requests are made by the
// whole process. A release build counts nothing and never fails on purpose.
// Threads  any.
// Proof    tests/unit/alloc/test_fault.c
#ifndef ADDER_ALLOC_FAULT_H
#define ADDER_ALLOC_FAULT_H

#include "core/base/check.h"

// Lets the n-th request from now fail (1 is the next), and with `forever` each one after it too.
// Zero turns it off.
void fault_fail_allocation(uint64_t n, bool forever);

// Requests counted since the process started.
uint64_t fault_allocation_count(void);

// Did the armed fault strike?
bool fault_has_struck(void);

bool fault_counts_down(void);

// Is this request to fail?
static inline bool fault_strikes(void) { return ADDER_DEBUG && UNLIKELY(fault_counts_down()); }

#endif
