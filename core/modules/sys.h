// core/modules/sys.h: what start-up and shutdown need of the sys module.
#ifndef ADDER_CORE_MODULES_SYS_H
#define ADDER_CORE_MODULES_SYS_H

#include <stdio.h>

#include "core/compiler/compile.h"
#include "core/modules/builtins.h"
#include "core/object/module.h"

extern const ModuleSpec module_sys;
Status sys_setup_streams(ThreadState *ts);
Status sys_flush_streams(ThreadState *ts);

#endif
