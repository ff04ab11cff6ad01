// core/modules/warnings.h: what start-up and shutdown need of the module _warnings.
#ifndef ADDER_CORE_MODULES_WARNINGS_H
#define ADDER_CORE_MODULES_WARNINGS_H

#include "core/object/object.h"

// Warnings that C code issues (core/object/warn.h) come here from now on.
void warnings_start(void);
// Drops the filters and what was remembered, when no script runs any more.
void warnings_finish(void);

#endif
