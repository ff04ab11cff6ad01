// core/object/warn.h: warnings from C code.
#ifndef ADDER_CORE_OBJECT_WARN_H
#define ADDER_CORE_OBJECT_WARN_H

#include "core/object/error.h"

// STATUS_ERROR: a filter made an exception of it.
Status warn_format(ThreadState *ts, ExceptionId category, int stack_level, const char *format, ...);

// Who issues warnings: set at start-up by the module that knows how (warnings.warn).
// While it is NULL nobody listens.
typedef Status (*WarnHook)(ThreadState *ts, Value text, Value category, int stack_level);
extern WarnHook warn_hook;

// The same for a place in a source that is being compiled.
Status warn_at(ThreadState *ts, Value category, const char *message, Value filename, int line);
typedef Status (*WarnAtHook)(ThreadState *ts, Value category, Value text, Value filename, int line);
extern WarnAtHook warn_at_hook;

#endif
