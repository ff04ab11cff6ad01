// core/object/native_function.c: functions and methods written in C, as objects. Binding of
// arguments: core/vm/native_call.c.
#include "core/object/container.h"
#include "core/object/descriptors.h"
#include "core/object/function.h"
#include "core/object/module.h"
#include "core/object/type_internal.h"

// --- Functions, and methods bound to their object ------------------------------------------------

static NativeFunction *native_from(Value v) { return (NativeFunction *)value_head(v); }

Ref native_function_new(ThreadState *ts, const NativeDef *def, Value self, Value module)
{
    const Signature *signature = signature_of(ts, def);
    NativeFunction *f = signature == NULL ? NULL : object_new(ts, KIND_NATIVE_FUNCTION, sizeof *f);
    if (f == NULL) {
        return NO_REF;
    }
    f->def = def;
    f->signature = signature;
    shared_ref_init(&f->self, ref_new(self));
    shared_ref_init(&f->module, ref_new(module));
    object_track(&f->head);
    return REF_FROM_NEW(f);
}

static void native_finish(ThreadState *ts, ObjectHead *o)
{
    shared_ref_clear(&((NativeFunction *)o)->self);
    shared_ref_clear(&((NativeFunction *)o)->module);
}

static void native_traverse(ObjectHead *o, Visitor visit, void *context)
{
    visit(shared_ref_peek(&((NativeFunction *)o)->self), EDGE_COUNTED, context);
    visit(shared_ref_peek(&((NativeFunction *)o)->module), EDGE_COUNTED, context);
}

static Ref native_call_slot(CALL_PARAMETERS)
{
    const NativeFunction *f = native_from(self);
    return native_call(ts, f->def, f->signature, shared_ref_peek(&f->self), args, count, names);
}

static bool self_is_module(Value self)
{
    return is_no_value(self) || value_is_kind(self, KIND_MODULE);
}

static Ref native_repr(ThreadState *ts, Value v)
{
    const NativeFunction *f = native_from(v);
    Value self = shared_ref_peek(&f->self);
    if (self_is_module(self)) {
        return format_str(ts, "<built-in function %s>", f->def->name);
    }
    return format_str(ts, "<built-in method %s of %T object at %p>", f->def->name, self,
                      (void *)self.bits);
}

static Ref native_compare(ThreadState *ts, Value a, Value b, CompareOp op)
{
    if ((op != OP_EQ && op != OP_NE) || !value_is_kind(a, KIND_NATIVE_FUNCTION) ||
        !value_is_kind(b, KIND_NATIVE_FUNCTION)) {
        return REF_OF(VALUE_NOT_IMPLEMENTED);
    }
    bool same = native_from(a)->def == native_from(b)->def &&
                value_is_same(shared_ref_peek(&native_from(a)->self),
                              shared_ref_peek(&native_from(b)->self));
    return REF_OF(bool_value(same == (op == OP_EQ)));
}

static Status native_hash(ThreadState *ts, Value v, int64_t *hash)
{
    uint64_t h = (uintptr_t)native_from(v)->def + shared_ref_peek(&native_from(v)->self).bits * 31;
    *hash = (int64_t)(h >> 4);
    return STATUS_OK;
}

static Ref native_name(ThreadState *ts, Value v)
{
    return str_intern_z(ts, native_from(v)->def->name);
}

static Ref native_qualname(ThreadState *ts, Value v)
{
    Value self = shared_ref_peek(&native_from(v)->self);
    if (self_is_module(self)) {
        return native_name(ts, v);
    }
    Value type = value_is_type(self) ? self : type_value(type_of(self));
    OWNED Ref qualname = object_get_attribute(ts, type, NAME(__qualname__));
    return is_error(qualname) ? NO_REF
                              : format_str(ts, "%S.%s", qualname.v, native_from(v)->def->name);
}

static Ref native_self(ThreadState *ts, Value v)
{
    Value self = shared_ref_peek(&native_from(v)->self);
    return is_no_value(self) ? REF_NONE : ref_new(self);
}

static Ref native_module(ThreadState *ts, Value v)
{
    Value module = shared_ref_peek(&native_from(v)->module);
    Value self = shared_ref_peek(&native_from(v)->self);
    if (is_no_value(module) && value_is_kind(self, KIND_MODULE)) {
        OWNED Ref name = NO_REF;
        Lookup found = dict_get(ts, module_dict(self), NAME(__name__), &name);
        return found == LOOKUP_ERROR ? NO_REF : found == LOOKUP_FOUND ? ref_take(&name) : REF_NONE;
    }
    return is_no_value(module) ? REF_NONE : ref_new(module);
}

static Ref def_doc(ThreadState *ts, const NativeDef *def)
{
    return def->doc == NULL ? REF_NONE : str_from_z(ts, def->doc);
}

// What inspect.signature reads; rows whose signature is for people only have none.
static Ref def_signature(ThreadState *ts, const NativeDef *def)
{
    if (def->signature == NULL || def->signature[0] != '(' ||
        strstr(def->signature, "...") != NULL) {
        return REF_NONE;
    }
    return str_from_z(ts, def->signature);
}

static Ref native_doc(ThreadState *ts, Value v) { return def_doc(ts, native_from(v)->def); }
static Ref native_signature(ThreadState *ts, Value v)
{
    return def_signature(ts, native_from(v)->def);
}

static Ref native_reduce(ThreadState *ts, Value v, const Value *args)
{
    Value self = shared_ref_peek(&native_from(v)->self);
    if (self_is_module(self)) {
        return native_name(ts, v);
    }
    OWNED Ref getattr = builtins_get(ts, "getattr");
    OWNED Ref name = is_error(getattr) ? NO_REF : native_name(ts, v);
    OWNED Ref pair = is_error(name) ? NO_REF : tuple_pack(ts, 2, self, name.v);
    return is_error(pair) ? NO_REF : tuple_pack(ts, 2, getattr.v, pair.v);
}

static const GetSetDef native_getset[] = {
    {"__name__", native_name, NULL, NULL},
    {"__qualname__", native_qualname, NULL, NULL},
    {"__self__", native_self, NULL, NULL},
    {"__module__", native_module, NULL, NULL},
    {"__doc__", native_doc, NULL, NULL},
    {"__text_signature__", native_signature, NULL, NULL},
    {NULL, NULL, NULL, NULL},
};
static const NativeDef native_methods[] = {NATIVE("__reduce__", native_reduce, "($self, /)", NULL),
                                           NATIVE_END};

const TypeSpec spec_NATIVE_FUNCTION = {
    .name = "builtin_function_or_method",
    .base = KIND_OBJECT,
    .size = sizeof(NativeFunction),
    .flags = TYPE_COLLECTED | TYPE_NOT_CONSTRUCTIBLE | TYPE_WEAK_REFERENCEABLE,
    .slots = {.finish = native_finish,
              .traverse = native_traverse,
              .repr = native_repr,
              .hash = native_hash,
              .compare = native_compare,
              .call = native_call_slot},
    .methods = native_methods,
    .getset = native_getset,
};

// --- Methods as found on the type ----------------------------------------------------------------

static MethodDescriptor *method_from(Value v) { return (MethodDescriptor *)value_head(v); }

static Ref descriptor_new(ThreadState *ts, Kind kind, const NativeDef *def, Type *owner)
{
    const Signature *signature = signature_of(ts, def);
    MethodDescriptor *m = signature == NULL ? NULL : object_new(ts, kind, sizeof *m);
    if (m == NULL) {
        return NO_REF;
    }
    m->def = def;
    m->signature = signature;
    m->owner = owner;
    return REF_FROM_NEW(m);
}

Ref method_descriptor_new(ThreadState *ts, const NativeDef *def, Type *owner)
{
    return descriptor_new(ts, KIND_METHOD_DESCRIPTOR, def, owner);
}

Ref class_method_descriptor_new(ThreadState *ts, const NativeDef *def, Type *owner)
{
    return descriptor_new(ts, KIND_CLASS_METHOD_DESCRIPTOR, def, owner);
}

static Ref method_call(CALL_PARAMETERS)
{
    const MethodDescriptor *m = method_from(self);
    if (count == 0) {
        return raise(ts, EXC_TypeError, "unbound method %N.%s() needs an argument", m->owner,
                     m->def->name);
    }
    if (!value_is_instance(args[0], m->owner)) {
        return raise(ts, EXC_TypeError,
                     "descriptor '%s' for '%N' objects doesn't apply to a '%T' object",
                     m->def->name, m->owner, args[0]);
    }
    return native_call(ts, m->def, m->signature, args[0], args + 1, count - 1, names);
}

static Ref method_get(ThreadState *ts, Value self, Value instance, Value owner)
{
    const MethodDescriptor *m = method_from(self);
    if (is_no_value(instance)) {
        return ref_new(self);
    }
    if (!value_is_instance(instance, m->owner)) {
        return raise(ts, EXC_TypeError,
                     "descriptor '%s' for '%N' objects doesn't apply to a '%T' object",
                     m->def->name, m->owner, instance);
    }
    return native_function_new(ts, m->def, instance, NO_VALUE);
}

static Ref class_method_get(ThreadState *ts, Value self, Value instance, Value owner)
{
    const MethodDescriptor *m = method_from(self);
    Value class = is_no_value(owner) ? type_value(type_of(instance)) : owner;
    if (!value_is_type(class)) {
        return raise(ts, EXC_TypeError,
                     "descriptor '%s' for type '%N' needs a type, not a '%T' as arg 2",
                     m->def->name, m->owner, class);
    }
    if (!type_is_subtype(type_from(class), m->owner)) {
        return raise(ts, EXC_TypeError,
                     "descriptor '%s' requires a subtype of '%N' but received '%N'", m->def->name,
                     m->owner, type_from(class));
    }
    return native_function_new(ts, m->def, class, NO_VALUE);
}

static Ref class_method_call(CALL_PARAMETERS)
{
    const MethodDescriptor *m = method_from(self);
    if (count == 0) {
        return raise(ts, EXC_TypeError, "descriptor '%s' of '%N' object needs an argument",
                     m->def->name, m->owner);
    }
    OWNED Ref bound = class_method_get(ts, self, NO_VALUE, args[0]);
    return is_error(bound) ? NO_REF : object_call(ts, bound.v, args + 1, count - 1, names);
}

static Ref method_repr(ThreadState *ts, Value self)
{
    return format_str(ts, "<method '%s' of '%N' objects>", method_from(self)->def->name,
                      method_from(self)->owner);
}

static Ref method_name(ThreadState *ts, Value self)
{
    return str_intern_z(ts, method_from(self)->def->name);
}
static Ref method_qualname(ThreadState *ts, Value self)
{
    OWNED Ref qualname =
        object_get_attribute(ts, type_value(method_from(self)->owner), NAME(__qualname__));
    return is_error(qualname) ? NO_REF
                              : format_str(ts, "%S.%s", qualname.v, method_from(self)->def->name);
}
static Ref method_objclass(ThreadState *ts, Value self)
{
    return ref_new(type_value(method_from(self)->owner));
}
static Ref method_doc(ThreadState *ts, Value self) { return def_doc(ts, method_from(self)->def); }
static Ref method_signature(ThreadState *ts, Value self)
{
    return def_signature(ts, method_from(self)->def);
}
static Ref method_reduce(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref getattr = builtins_get(ts, "getattr");
    OWNED Ref name = is_error(getattr) ? NO_REF : method_name(ts, self);
    OWNED Ref pair =
        is_error(name) ? NO_REF : tuple_pack(ts, 2, type_value(method_from(self)->owner), name.v);
    return is_error(pair) ? NO_REF : tuple_pack(ts, 2, getattr.v, pair.v);
}

static const GetSetDef method_getset[] = {
    {"__name__", method_name, NULL, NULL},
    {"__qualname__", method_qualname, NULL, NULL},
    {"__objclass__", method_objclass, NULL, NULL},
    {"__doc__", method_doc, NULL, NULL},
    {"__text_signature__", method_signature, NULL, NULL},
    {NULL, NULL, NULL, NULL},
};
static const NativeDef method_methods[] = {NATIVE("__reduce__", method_reduce, "($self, /)", NULL),
                                           NATIVE_END};

const TypeSpec spec_METHOD_DESCRIPTOR = {
    .name = "method_descriptor",
    .base = KIND_OBJECT,
    .size = sizeof(MethodDescriptor),
    .flags = TYPE_NOT_CONSTRUCTIBLE,
    .slots = {.repr = method_repr, .call = method_call, .descriptor_get = method_get},
    .methods = method_methods,
    .getset = method_getset,
};

const TypeSpec spec_CLASS_METHOD_DESCRIPTOR = {
    .name = "classmethod_descriptor",
    .base = KIND_OBJECT,
    .size = sizeof(MethodDescriptor),
    .flags = TYPE_NOT_CONSTRUCTIBLE,
    .slots = {.repr = method_repr, .call = class_method_call, .descriptor_get = class_method_get},
    .methods = method_methods,
    .getset = method_getset,
};
