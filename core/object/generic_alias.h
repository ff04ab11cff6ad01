// core/object/generic_alias.h: list[int] and int | str.
#ifndef ADDER_CORE_OBJECT_GENERIC_ALIAS_H
#define ADDER_CORE_OBJECT_GENERIC_ALIAS_H

#include "core/object/object.h"

// origin[args]; args that are no tuple stand for one argument.
Ref generic_alias_new(ThreadState *ts, Value origin, Value args);
// The body of `__class_getitem__` rows: NATIVE_CLASS("__class_getitem__", class_getitem, "($type,
// object, /)", …)
Ref class_getitem(ThreadState *ts, Value self, const Value *args);
// a | b for types, None and aliases; NotImplemented for anything else.
Ref union_type_or(ThreadState *ts, Value a, Value b);

#endif
