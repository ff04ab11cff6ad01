// core/modules/builtins.h: the builtin functions, by topic; builtins.c has the table.
#ifndef ADDER_CORE_MODULES_BUILTINS_H
#define ADDER_CORE_MODULES_BUILTINS_H

#include "core/object/object.h"

#define BOUND_PARAMETERS ThreadState *ts, Value self, const Value *args

// --- builtins_iteration.c ------------------------------------------------------------------------

Ref builtin_all(BOUND_PARAMETERS);
Ref builtin_any(BOUND_PARAMETERS);
Ref builtin_sum(BOUND_PARAMETERS);
Ref builtin_min(CALL_PARAMETERS);
Ref builtin_max(CALL_PARAMETERS);
Ref builtin_sorted(BOUND_PARAMETERS);
Ref builtin_iter(CALL_PARAMETERS);
Ref builtin_next(CALL_PARAMETERS);
Ref builtin_aiter(BOUND_PARAMETERS);
Ref builtin_anext(CALL_PARAMETERS);
Ref builtin_len(BOUND_PARAMETERS);

// --- anext.c -------------------------------------------------------------------------------------

// Awaits `wrapped`; StopAsyncIteration becomes the other value.
Ref anext_awaitable_new(ThreadState *ts, Value wrapped, Value otherwise);

// --- builtins_code.c -----------------------------------------------------------------------------

Ref builtin_compile(BOUND_PARAMETERS);
Ref builtin_eval(BOUND_PARAMETERS);
Ref builtin_exec(BOUND_PARAMETERS);
Ref builtin_build_class(CALL_PARAMETERS);
Ref builtin_import(BOUND_PARAMETERS);
Ref builtin_globals(BOUND_PARAMETERS);
Ref builtin_locals(BOUND_PARAMETERS);
Ref builtin_vars(BOUND_PARAMETERS);
Ref builtin_dir(BOUND_PARAMETERS);

// --- builtins_text.c -----------------------------------------------------------------------------

Ref builtin_print(CALL_PARAMETERS);
Ref builtin_input(BOUND_PARAMETERS);

#endif
