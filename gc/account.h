// gc/account.h: at the end of a process, what is still there and why.
//
// Objects that live on are reached from immortal ones, from builtin types, or from threads.
// One that is reached from nowhere was lost: its count was never dropped. Debug builds say so.
#ifndef ADDER_GC_ACCOUNT_H
#define ADDER_GC_ACCOUNT_H

#include <stdio.h>

#include "gil/thread_state.h"

// Prints every lost object, at most a few dozen, to `out` and returns how many there are.
// Call after gc_collect_at_exit, with no other thread attached. A release build finds nothing.
int64_t gc_account_lost(ThreadState *ts, FILE *out);

#endif
