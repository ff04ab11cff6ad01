// core/object/simple_namespace.h: types.SimpleNamespace, as sys.implementation uses it.
#ifndef ADDER_CORE_OBJECT_SIMPLE_NAMESPACE_H
#define ADDER_CORE_OBJECT_SIMPLE_NAMESPACE_H

#include "core/object/object.h"

// An empty one; set attributes with object_set_attribute.
Ref simple_namespace_new(ThreadState *ts);

#endif
