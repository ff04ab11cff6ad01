// core/modules/signal.h: signals, as scripts see them.
//
// A C handler only notes the signal and interrupts the main thread (gil/wait.h): it
// sets BREAK_SIGNAL there and ends its wait. At its next safepoint the main thread
// calls the script's handlers.
#ifndef ADDER_CORE_MODULES_SIGNAL_H
#define ADDER_CORE_MODULES_SIGNAL_H

#include "core/object/object.h"

// Start-up, on the main thread: Control-C raises KeyboardInterrupt,
// SIGPIPE and SIGXFSZ are ignored.
Status signals_start(ThreadState *ts);
// At exit: system defaults again where scripts had set something; drops their handlers.
void signals_finish(ThreadState *ts);

// Calls the handlers of signals that have arrived, if this is the main thread. For
// safepoint_run_pending, which has taken BREAK_SIGNAL.
Status signals_run_handlers(ThreadState *ts);

bool signal_number_is_valid(int64_t number);
// As if the signal had arrived; nothing if it is ignored or left to the system.
void signal_simulate(ThreadState *ts, int number);

#endif
