// core/object/exception_specs.h: what the sources of exception types share.
#ifndef ADDER_CORE_OBJECT_EXCEPTION_SPECS_H
#define ADDER_CORE_OBJECT_EXCEPTION_SPECS_H

#include "core/object/exception.h"

// For type.c: the description of a builtin exception type, and its base.
const TypeSpec *exception_spec(ExceptionId id);
extern ExceptionId exception_bases[EXC_COUNT];

// BaseException's own ways.
Ref exception_make(CALL_PARAMETERS);
Status exception_init(CALL_PARAMETERS);
Ref exception_str(ThreadState *ts, Value self);
Ref exception_args(Value exception);                        // never NO_REF
Ref exception_new_with(ThreadState *ts, Type *t, Ref args); // steals args
Status exception_store_args(ThreadState *ts, Value self, const Value *args, size_t count);
Status exception_refuse_keywords(ThreadState *ts, Value self, Value names);
Ref exception_reduce_with(ThreadState *ts, Value self, Value args, Value state);
// Before args is assigned: StopIteration.value and SystemExit.code stay what they are.
Status exception_keep_value(ThreadState *ts, Value self);

void exception_specs_fill(TypeSpec specs[EXC_COUNT]);
void exception_group_specs_fill(TypeSpec specs[EXC_COUNT]);

#endif
