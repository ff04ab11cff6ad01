// gil/safepoint.h: the half of a safepoint that never fails. See safepoint_poll in
// gil/thread_state.h for the usual way in.
#ifndef ADDER_GIL_SAFEPOINT_H
#define ADDER_GIL_SAFEPOINT_H

#include "gil/ref.h"
#include "gil/thread_state.h"

// Serves pauses, merges, reclamation and the GIL, but not what can raise an exception. May run
// finalizers. For native loops that cannot stop halfway.
void safepoint_serve_runtime(ThreadState *ts);

// Sends an exception (an instance or a class) to the thread with this ident: it is raised there at
// the next safepoint, and ends a wait (gil/wait.h). One that was sent before and not raised yet is
// dropped; NO_REF takes it back. False: there is no such thread.
bool thread_send_exception(uint64_t native_ident, Ref exception);
// For safepoint_run_pending, which has taken BREAK_ASYNC: what was sent, or NO_REF.
MUST_USE Ref thread_take_sent_exception(ThreadState *ts);

#endif
