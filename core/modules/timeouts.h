// core/modules/timeouts.h: seconds as scripts give them, in nanoseconds as C wants them (time.c).
#ifndef ADDER_CORE_MODULES_TIMEOUTS_H
#define ADDER_CORE_MODULES_TIMEOUTS_H

#include "core/object/object.h"

// An int or float of seconds; rounded away from zero, so that no timeout is too short.
// ValueError for nan, OverflowError beyond 292 years, TypeError for anything else.
Status seconds_to_ns(ThreadState *ts, Value seconds, int64_t *ns);

// Nanoseconds as a float of seconds.
Ref ns_to_seconds(ThreadState *ts, int64_t ns);

#endif
