// core/object/code_methods.h: what code.c's type takes from code_methods.c.
#ifndef ADDER_CORE_OBJECT_CODE_METHODS_H
#define ADDER_CORE_OBJECT_CODE_METHODS_H

#include "core/object/code.h"

Ref code_compare(ThreadState *ts, Value left, Value right, CompareOp op);
Status code_hash(ThreadState *ts, Value self, int64_t *hash);
Ref code_line_table(ThreadState *ts, Value self);
Ref code_exception_table(ThreadState *ts, Value self);
Ref code_lines(ThreadState *ts, Value self, const Value *args);
Ref code_replace(CALL_PARAMETERS);

#endif
