// core/object/mapping_proxy.h: a read-only view of a mapping: type.__dict__.
#ifndef ADDER_CORE_OBJECT_MAPPING_PROXY_H
#define ADDER_CORE_OBJECT_MAPPING_PROXY_H

#include "core/object/object.h"

typedef struct MappingProxy {
    ObjectHead head;
    SharedRef mapping;
} MappingProxy;

Ref mapping_proxy_new(ThreadState *ts, Value mapping);

#endif
