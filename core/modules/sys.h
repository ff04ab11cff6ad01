// core/modules/sys.h: what start-up and shutdown need of the sys module.
#ifndef ADDER_CORE_MODULES_SYS_H
#define ADDER_CORE_MODULES_SYS_H

#include "core/modules/builtins.h"
#include "core/object/module.h"

extern const ModuleSpec module_sys;
Status sys_setup_streams(ThreadState *ts);
// Flushes stdout and stderr. STATUS_ERROR without an exception: stdout could not be written, which
// was told on stderr if `report`.
Status sys_flush_streams(ThreadState *ts, bool report);

// --- sys_memory.c --------------------------------------------------------------------------------

Ref sys_getrefcount(BOUND_PARAMETERS);
Ref sys_getsizeof(CALL_PARAMETERS);
Ref sys_intern(BOUND_PARAMETERS);
Ref sys_getallocatedblocks(BOUND_PARAMETERS);
Ref sys_debugmallocstats(BOUND_PARAMETERS);

#endif
