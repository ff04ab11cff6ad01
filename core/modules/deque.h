// core/modules/deque.h: collections.deque for other C code.
#ifndef ADDER_CORE_MODULES_DEQUE_H
#define ADDER_CORE_MODULES_DEQUE_H

#include "core/object/object.h"

Ref deque_new(ThreadState *ts);
Status deque_append(ThreadState *ts, Value deque, Value item);
// NO_REF without an exception: empty.
Ref deque_take_first(ThreadState *ts, Value deque);
size_t deque_count(Value deque);

#endif
