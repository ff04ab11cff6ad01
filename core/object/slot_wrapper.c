// core/object/slot_wrapper.c: a builtin type's slots as scripts see them: int.__add__ is a slot
// wrapper, (1).__add__ a method wrapper. Calling one checks the arguments and calls the slot.
#include "core/object/slot_dispatch.h"

#include "core/object/container.h"
#include "core/object/int.h"
#include "core/object/type_internal.h"

typedef struct MethodWrapper {
    ObjectHead head;
    SharedRef wrapper, self;
} MethodWrapper;

static Value row_name(const SlotRow *row) { return names_table[row->name]; }
static const char *row_text(const SlotRow *row)
{
    return (const char *)str_from(row_name(row))->data; // names are ASCII
}

Ref slot_wrapper_new(ThreadState *ts, const SlotRow *row, Type *owner, AnySlot function)
{
    SlotWrapper *w = object_new(ts, KIND_SLOT_WRAPPER, sizeof *w);
    if (w == NULL) {
        return NO_REF;
    }
    w->row = row;
    w->owner = owner;
    w->function = function;
    return REF_FROM_NEW(w);
}

// --- Calling -------------------------------------------------------------------------------------

static Status want(ThreadState *ts, size_t count, size_t wanted)
{
    if (count != wanted) {
        return raise_status(ts, EXC_TypeError, "expected %zu argument%s, got %zu", wanted,
                            wanted == 1 ? "" : "s", count);
    }
    return STATUS_OK;
}

static Ref of_status(Status status) { return status == STATUS_ERROR ? NO_REF : REF_NONE; }
static Ref of_truth(Truth truth)
{
    return truth == TRUTH_ERROR ? NO_REF : REF_OF(bool_value(truth == TRUTH_TRUE));
}

// object.__setattr__(some_class, …) would go around what the class's type guards.
static Status check_setattr(ThreadState *ts, const SlotWrapper *w, Value self)
{
    Type *t = type_of(self);
    while (t != NULL && type_is_heap(t)) {
        t = type_base(t);
    }
    if (t != NULL && slot_at(&t->slots, w->row->offset) != w->function) {
        return raise_status(ts, EXC_TypeError, "can't apply this %s to %s object", row_text(w->row),
                            type_name(t));
    }
    return STATUS_OK;
}

static Ref call_attribute_slot(ThreadState *ts, const SlotWrapper *w, Value self, const Value *args,
                               size_t count)
{
    size_t wanted = w->row->style == STYLE_SET_ATTRIBUTE ? 2 : 1;
    if (want(ts, count, wanted) == STATUS_ERROR) {
        return NO_REF;
    }
    if (!value_is_str(args[0])) {
        return raise(ts, EXC_TypeError, "attribute name must be string, not '%T'", args[0]);
    }
    OWNED Ref name = str_intern(ts, ref_new(args[0]));
    if (is_error(name)) {
        return NO_REF;
    }
    if (w->row->style == STYLE_GET_ATTRIBUTE) {
        return ((Ref(*)(ThreadState *, Value, Value))w->function)(ts, self, name.v);
    }
    if (check_setattr(ts, w, self) == STATUS_ERROR) {
        return NO_REF;
    }
    Value value = wanted == 2 ? args[1] : NO_VALUE;
    return of_status(
        ((Status(*)(ThreadState *, Value, Value, Value))w->function)(ts, self, name.v, value));
}

static Ref call_descriptor_slot(ThreadState *ts, const SlotWrapper *w, Value self,
                                const Value *args, size_t count)
{
    if (w->row->style == STYLE_GET) {
        if (count < 1 || count > 2) {
            return raise(ts, EXC_TypeError, "expected %s argument%s, got %zu",
                         count < 1 ? "at least 1" : "at most 2", count < 1 ? "" : "s", count);
        }
        Value instance = value_is_none(args[0]) ? NO_VALUE : args[0];
        Value owner = count < 2 || value_is_none(args[1]) ? NO_VALUE : args[1];
        if (is_no_value(instance) && is_no_value(owner)) {
            return raise(ts, EXC_TypeError, "__get__(None, None) is invalid");
        }
        return ((Ref(*)(ThreadState *, Value, Value, Value))w->function)(ts, self, instance, owner);
    }
    size_t wanted = w->row->style == STYLE_SET ? 2 : 1;
    if (want(ts, count, wanted) == STATUS_ERROR) {
        return NO_REF;
    }
    Value value = wanted == 2 ? args[1] : NO_VALUE;
    return of_status(
        ((Status(*)(ThreadState *, Value, Value, Value))w->function)(ts, self, args[0], value));
}

static Ref call_power_slot(ThreadState *ts, const SlotWrapper *w, Value self, const Value *args,
                           size_t count)
{
    if (count < 1 || count > 2) {
        return raise(ts, EXC_TypeError, "expected %s argument%s, got %zu",
                     count < 1 ? "at least 1" : "at most 2", count < 1 ? "" : "s", count);
    }
    bool is_right = w->row->style == STYLE_POWER_RIGHT;
    Value base = is_right ? args[0] : self, exponent = is_right ? self : args[0];
    if (count == 2 && !value_is_none(args[1])) {
        Ref (*power)(ThreadState *, Value, Value, Value) = w->owner->slots.power;
        return power == NULL ? REF_OF(VALUE_NOT_IMPLEMENTED) : power(ts, base, exponent, args[1]);
    }
    return ((Ref(*)(ThreadState *, Value, Value))w->function)(ts, base, exponent);
}

static Ref call_plain_slot(ThreadState *ts, const SlotWrapper *w, Value self, const Value *args)
{
    AnySlot f = w->function;
    switch (w->row->style) {
    case STYLE_UNARY:
        return ((Ref(*)(ThreadState *, Value))f)(ts, self);
    case STYLE_BINARY:
        return ((Ref(*)(ThreadState *, Value, Value))f)(ts, self, args[0]);
    case STYLE_BINARY_RIGHT:
        return ((Ref(*)(ThreadState *, Value, Value))f)(ts, args[0], self);
    case STYLE_COMPARE:
        return ((Ref(*)(ThreadState *, Value, Value, CompareOp))f)(ts, self, args[0],
                                                                   w->row->parameter);
    case STYLE_TRUTH:
        return of_truth(((Truth(*)(ThreadState *, Value))f)(ts, self));
    case STYLE_CONTAINS:
        return of_truth(((Truth(*)(ThreadState *, Value, Value))f)(ts, self, args[0]));
    case STYLE_SET_ITEM:
        return of_status(
            ((Status(*)(ThreadState *, Value, Value, Value))f)(ts, self, args[0], args[1]));
    case STYLE_DELETE_ITEM:
        return of_status(
            ((Status(*)(ThreadState *, Value, Value, Value))f)(ts, self, args[0], NO_VALUE));
    case STYLE_FINALIZE:
        return of_status(((Status(*)(ThreadState *, Value))f)(ts, self));
    case STYLE_HASH: {
        int64_t hash;
        return ((Status(*)(ThreadState *, Value, int64_t *))f)(ts, self, &hash) == STATUS_ERROR
                   ? NO_REF
                   : int_from_i64(ts, hash);
    }
    case STYLE_LENGTH: {
        int64_t length = ((int64_t(*)(ThreadState *, Value))f)(ts, self);
        return length < 0 ? NO_REF : int_from_i64(ts, length);
    }
    case STYLE_NEXT: {
        Ref next = ((Ref(*)(ThreadState *, Value))f)(ts, self);
        return is_error(next) && !has_exception(ts) ? raise_stop_iteration(ts, NO_VALUE) : next;
    }
    default:
        return raise(ts, EXC_SystemError, "unknown slot style");
    }
}

static size_t arguments_of_style(unsigned style)
{
    switch (style) {
    case STYLE_BINARY:
    case STYLE_BINARY_RIGHT:
    case STYLE_COMPARE:
    case STYLE_CONTAINS:
    case STYLE_DELETE_ITEM:
        return 1;
    case STYLE_SET_ITEM:
        return 2;
    default:
        return 0;
    }
}

static Ref wrapper_invoke(ThreadState *ts, const SlotWrapper *w, Value self, const Value *args,
                          size_t count, Value names)
{
    unsigned style = w->row->style;
    if (style == STYLE_CALL) {
        return ((RawNative)w->function)(ts, self, args, count, names);
    }
    if (style == STYLE_INIT) {
        return of_status(((Status(*)(CALL_PARAMETERS))w->function)(ts, self, args, count, names));
    }
    if (!is_no_value(names) && tuple_count(names) > 0) {
        return raise(ts, EXC_TypeError, "wrapper %s() takes no keyword arguments",
                     row_text(w->row));
    }
    switch (style) {
    case STYLE_GET_ATTRIBUTE:
    case STYLE_SET_ATTRIBUTE:
    case STYLE_DELETE_ATTRIBUTE:
        return call_attribute_slot(ts, w, self, args, count);
    case STYLE_GET:
    case STYLE_SET:
    case STYLE_DELETE:
        return call_descriptor_slot(ts, w, self, args, count);
    case STYLE_POWER:
    case STYLE_POWER_RIGHT:
        return call_power_slot(ts, w, self, args, count);
    default:
        return want(ts, count, arguments_of_style(style)) == STATUS_ERROR
                   ? NO_REF
                   : call_plain_slot(ts, w, self, args);
    }
}

// --- Slot wrappers -------------------------------------------------------------------------------

static SlotWrapper *wrapper_from(Value v) { return (SlotWrapper *)value_head(v); }

static Ref wrapper_call(CALL_PARAMETERS)
{
    const SlotWrapper *w = wrapper_from(self);
    if (count == 0) {
        return raise(ts, EXC_TypeError, "descriptor '%s' of '%N' object needs an argument",
                     row_text(w->row), w->owner);
    }
    if (!value_is_instance(args[0], w->owner)) {
        return raise(ts, EXC_TypeError,
                     "descriptor '%s' requires a '%N' object but received a '%T'", row_text(w->row),
                     w->owner, args[0]);
    }
    return wrapper_invoke(ts, w, args[0], args + 1, count - 1, names);
}

static Ref wrapper_get(ThreadState *ts, Value self, Value instance, Value owner)
{
    if (is_no_value(instance)) {
        return ref_new(self);
    }
    const SlotWrapper *w = wrapper_from(self);
    if (!value_is_instance(instance, w->owner)) {
        return raise(ts, EXC_TypeError,
                     "descriptor '%s' for '%N' objects doesn't apply to a '%T' object",
                     row_text(w->row), w->owner, instance);
    }
    MethodWrapper *m = object_new(ts, KIND_METHOD_WRAPPER, sizeof *m);
    if (m == NULL) {
        return NO_REF;
    }
    shared_ref_init(&m->wrapper, ref_new(self));
    shared_ref_init(&m->self, ref_new(instance));
    object_track(&m->head);
    return REF_FROM_NEW(m);
}

static Ref wrapper_repr(ThreadState *ts, Value self)
{
    const SlotWrapper *w = wrapper_from(self);
    return format_str(ts, "<slot wrapper '%s' of '%N' objects>", row_text(w->row), w->owner);
}

static Ref get_name(ThreadState *ts, Value self)
{
    return ref_new(row_name(wrapper_from(self)->row));
}
static Ref get_qualname(ThreadState *ts, Value self)
{
    OWNED Ref owner =
        object_get_attribute(ts, type_value(wrapper_from(self)->owner), NAME(__qualname__));
    return is_error(owner) ? NO_REF
                           : format_str(ts, "%S.%s", owner.v, row_text(wrapper_from(self)->row));
}
static Ref get_objclass(ThreadState *ts, Value self)
{
    return ref_new(type_value(wrapper_from(self)->owner));
}
static Ref get_doc(ThreadState *ts, Value self)
{
    return str_from_z(ts, wrapper_from(self)->row->doc);
}

static const char *signature_of_style(unsigned style)
{
    switch (style) {
    case STYLE_BINARY:
        return "($self, value, /)";
    case STYLE_CONTAINS:
    case STYLE_DELETE_ITEM:
        return "($self, key, /)";
    case STYLE_BINARY_RIGHT:
    case STYLE_COMPARE:
        return "($self, value, /)";
    case STYLE_SET_ITEM:
        return "($self, key, value, /)";
    case STYLE_POWER:
    case STYLE_POWER_RIGHT:
        return "($self, value, mod=None, /)";
    case STYLE_GET_ATTRIBUTE:
    case STYLE_DELETE_ATTRIBUTE:
        return "($self, name, /)";
    case STYLE_SET_ATTRIBUTE:
        return "($self, name, value, /)";
    case STYLE_GET:
        return "($self, instance, owner=None, /)";
    case STYLE_SET:
        return "($self, instance, value, /)";
    case STYLE_DELETE:
        return "($self, instance, /)";
    case STYLE_CALL:
    case STYLE_INIT:
        return "($self, /, *args, **kwargs)";
    default:
        return "($self, /)";
    }
}
static Ref get_text_signature(ThreadState *ts, Value self)
{
    return str_from_z(ts, signature_of_style(wrapper_from(self)->row->style));
}
static Ref reduce_wrapper(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref getattr = builtins_get(ts, "getattr");
    if (is_error(getattr)) {
        return NO_REF;
    }
    OWNED Ref pair =
        tuple_pack(ts, 2, type_value(wrapper_from(self)->owner), row_name(wrapper_from(self)->row));
    return is_error(pair) ? NO_REF : tuple_pack(ts, 2, getattr.v, pair.v);
}

static const GetSetDef wrapper_getset[] = {
    {"__name__", get_name, NULL, NULL},
    {"__qualname__", get_qualname, NULL, NULL},
    {"__objclass__", get_objclass, NULL, NULL},
    {"__doc__", get_doc, NULL, NULL},
    {"__text_signature__", get_text_signature, NULL, NULL},
    {NULL, NULL, NULL, NULL},
};
static const NativeDef wrapper_methods[] = {
    NATIVE("__reduce__", reduce_wrapper, "($self, /)", NULL), NATIVE_END};

const TypeSpec spec_SLOT_WRAPPER = {
    .name = "wrapper_descriptor",
    .base = KIND_OBJECT,
    .size = sizeof(SlotWrapper),
    .flags = TYPE_NOT_CONSTRUCTIBLE,
    .slots = {.repr = wrapper_repr, .call = wrapper_call, .descriptor_get = wrapper_get},
    .methods = wrapper_methods,
    .getset = wrapper_getset,
};

// --- Method wrappers -----------------------------------------------------------------------------

static MethodWrapper *method_from(Value v) { return (MethodWrapper *)value_head(v); }
static SlotWrapper *method_wrapper_of(Value v)
{
    return wrapper_from(shared_ref_peek(&method_from(v)->wrapper));
}

static void method_finish(ThreadState *ts, ObjectHead *o)
{
    shared_ref_clear(&((MethodWrapper *)o)->wrapper);
    shared_ref_clear(&((MethodWrapper *)o)->self);
}

static void method_traverse(ObjectHead *o, Visitor visit, void *context)
{
    visit(shared_ref_peek(&((MethodWrapper *)o)->wrapper), EDGE_COUNTED, context);
    visit(shared_ref_peek(&((MethodWrapper *)o)->self), EDGE_COUNTED, context);
}

static Ref method_call(CALL_PARAMETERS)
{
    return wrapper_invoke(ts, method_wrapper_of(self), shared_ref_peek(&method_from(self)->self),
                          args, count, names);
}

static Ref method_repr(ThreadState *ts, Value self)
{
    Value bound = shared_ref_peek(&method_from(self)->self);
    OWNED Ref id = object_id(ts, bound);
    return is_error(id)
               ? NO_REF
               : format_str(ts, "<method-wrapper '%s' of %T object at 0x%lx>",
                            row_text(method_wrapper_of(self)->row), bound, (long)bound.bits);
}

static Ref method_compare(ThreadState *ts, Value a, Value b, CompareOp op)
{
    if ((op != OP_EQ && op != OP_NE) || !value_is_kind(a, KIND_METHOD_WRAPPER) ||
        !value_is_kind(b, KIND_METHOD_WRAPPER)) {
        return REF_OF(VALUE_NOT_IMPLEMENTED);
    }
    bool same = value_is_same(shared_ref_peek(&method_from(a)->wrapper),
                              shared_ref_peek(&method_from(b)->wrapper)) &&
                value_is_same(shared_ref_peek(&method_from(a)->self),
                              shared_ref_peek(&method_from(b)->self));
    return REF_OF(bool_value(same == (op == OP_EQ)));
}

static Status method_hash(ThreadState *ts, Value self, int64_t *hash)
{
    uint64_t h = shared_ref_peek(&method_from(self)->self).bits * 31 +
                 shared_ref_peek(&method_from(self)->wrapper).bits;
    *hash = (int64_t)(h >> 4);
    return STATUS_OK;
}

static Value method_descriptor_value(Value self)
{
    return shared_ref_peek(&method_from(self)->wrapper);
}
static Ref method_name(ThreadState *ts, Value self)
{
    return get_name(ts, method_descriptor_value(self));
}
static Ref method_qualname(ThreadState *ts, Value self)
{
    return get_qualname(ts, method_descriptor_value(self));
}
static Ref method_objclass(ThreadState *ts, Value self)
{
    return get_objclass(ts, method_descriptor_value(self));
}
static Ref method_doc(ThreadState *ts, Value self)
{
    return get_doc(ts, method_descriptor_value(self));
}
static Ref method_text(ThreadState *ts, Value self)
{
    return get_text_signature(ts, method_descriptor_value(self));
}
static Ref method_self(ThreadState *ts, Value self)
{
    return ref_new(shared_ref_peek(&method_from(self)->self));
}
static Ref reduce_method(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref getattr = builtins_get(ts, "getattr");
    if (is_error(getattr)) {
        return NO_REF;
    }
    OWNED Ref pair = tuple_pack(ts, 2, shared_ref_peek(&method_from(self)->self),
                                row_name(method_wrapper_of(self)->row));
    return is_error(pair) ? NO_REF : tuple_pack(ts, 2, getattr.v, pair.v);
}

static const GetSetDef method_getset[] = {
    {"__name__", method_name, NULL, NULL},
    {"__qualname__", method_qualname, NULL, NULL},
    {"__objclass__", method_objclass, NULL, NULL},
    {"__doc__", method_doc, NULL, NULL},
    {"__text_signature__", method_text, NULL, NULL},
    {"__self__", method_self, NULL, NULL},
    {NULL, NULL, NULL, NULL},
};
static const NativeDef method_methods[] = {NATIVE("__reduce__", reduce_method, "($self, /)", NULL),
                                           NATIVE_END};

const TypeSpec spec_METHOD_WRAPPER = {
    .name = "method-wrapper",
    .base = KIND_OBJECT,
    .size = sizeof(MethodWrapper),
    .flags = TYPE_COLLECTED | TYPE_NOT_CONSTRUCTIBLE,
    .slots = {.finish = method_finish,
              .traverse = method_traverse,
              .repr = method_repr,
              .call = method_call,
              .compare = method_compare,
              .hash = method_hash},
    .methods = method_methods,
    .getset = method_getset,
};
