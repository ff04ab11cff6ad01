// gil/safepoint.h: the half of a safepoint that never fails. See safepoint_poll in
// gil/thread_state.h for the usual way in.
#ifndef ADDER_GIL_SAFEPOINT_H
#define ADDER_GIL_SAFEPOINT_H

#include "gil/thread_state.h"

// Serves pauses, merges, reclamation and the GIL, but not what can raise an exception. May run
// finalizers. For native loops that cannot stop halfway.
void safepoint_serve_runtime(ThreadState *ts);

#endif
