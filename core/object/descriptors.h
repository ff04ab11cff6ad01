// core/object/descriptors.h: property, classmethod, staticmethod,
// and the descriptors of builtin types.
#ifndef ADDER_CORE_OBJECT_DESCRIPTORS_H
#define ADDER_CORE_OBJECT_DESCRIPTORS_H

#include "core/object/object.h"

typedef struct Property {
    ObjectHead head;
    SharedRef get, set, del; // callables or empty
    SharedRef doc;           // empty: none
    SharedRef name;          // from __set_name__, or empty
    bool doc_from_getter;
} Property;

// classmethod and staticmethod. Their __dict__ (a copy of the function's attributes) is the type's
// ordinary instance dict.
typedef struct MethodWrap {
    ObjectHead head;
    SharedRef function;
} MethodWrap;

// A computed attribute of a builtin type (a GetSetDef row).
typedef struct GetSetDescriptor {
    ObjectHead head;
    const GetSetDef *def;
    Type *owner; // builtin, or kept alive by being in its namespace
    SharedRef name;
} GetSetDescriptor;

// A place for one value in the instance: a row of __slots__, or a field of a struct sequence.
typedef struct MemberDescriptor {
    ObjectHead head;
    Type *owner;
    SharedRef name;
    uint32_t offset; // bytes from the object's start; TYPE_VAR_SIZE: from its extra part
    bool from_extra; // offset counts from instance_extra()
    bool read_only;
    bool is_optional; // empty reads as None
} MemberDescriptor;

Ref getset_descriptor_new(ThreadState *ts, const GetSetDef *def, Type *owner);
Ref member_descriptor_new(ThreadState *ts, Value name, Type *owner, uint32_t offset,
                          bool from_extra);
Ref static_method_new(ThreadState *ts, Value function);
Ref class_method_new(ThreadState *ts, Value function);
// classmethod rows of builtin types: bind to the class.
Ref class_method_descriptor_new(ThreadState *ts, const NativeDef *def, Type *owner);

#endif
