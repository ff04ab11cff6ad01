// core/object/mapping_proxy.c: read-only views of mappings.
#include "core/object/mapping_proxy.h"

#include "core/object/container.h"
#include "core/object/type_internal.h"

static Value mapping_of(Value v)
{
    return shared_ref_peek(&((MappingProxy *)value_head(v))->mapping);
}

Ref mapping_proxy_new(ThreadState *ts, Value mapping)
{
    MappingProxy *p = object_new(ts, KIND_MAPPING_PROXY, sizeof *p);
    if (p == NULL) {
        return NO_REF;
    }
    shared_ref_init(&p->mapping, ref_new(mapping));
    object_track(&p->head);
    return REF_FROM_NEW(p);
}

static Ref proxy_make(CALL_PARAMETERS)
{
    static const char *const parameters[] = {"mapping", NULL};
    Value mapping;
    if (arguments_bind(ts, "mappingproxy", parameters, 0, 1, 1, args, count, names, &mapping) ==
        STATUS_ERROR) {
        return NO_REF;
    }
    if (type_of(mapping)->slots.get_item == NULL || value_is_kind(mapping, KIND_LIST) ||
        value_is_tuple(mapping)) {
        return raise(ts, EXC_TypeError, "mappingproxy() argument must be a mapping, not %T",
                     mapping);
    }
    return mapping_proxy_new(ts, mapping);
}

static void proxy_finish(ThreadState *ts, ObjectHead *o)
{
    shared_ref_clear(&((MappingProxy *)o)->mapping);
}
static void proxy_traverse(ObjectHead *o, Visitor visit, void *context)
{
    visit(shared_ref_peek(&((MappingProxy *)o)->mapping), EDGE_COUNTED, context);
}

static Ref proxy_repr(ThreadState *ts, Value self)
{
    return format_str(ts, "mappingproxy(%R)", mapping_of(self));
}
static Ref proxy_str(ThreadState *ts, Value self) { return object_str(ts, mapping_of(self)); }
static int64_t proxy_length(ThreadState *ts, Value self)
{
    return object_length(ts, mapping_of(self));
}
static Ref proxy_get_item(ThreadState *ts, Value self, Value key)
{
    return object_get_item(ts, mapping_of(self), key);
}
static Truth proxy_contains(ThreadState *ts, Value self, Value key)
{
    return object_contains(ts, mapping_of(self), key);
}
static Ref proxy_iterate(ThreadState *ts, Value self)
{
    return object_iterate(ts, mapping_of(self));
}
static Status proxy_hash(ThreadState *ts, Value self, int64_t *hash)
{
    return object_hash(ts, mapping_of(self), hash);
}
static Ref proxy_compare(ThreadState *ts, Value a, Value b, CompareOp op)
{
    if (!value_is_kind(a, KIND_MAPPING_PROXY)) {
        return REF_OF(VALUE_NOT_IMPLEMENTED);
    }
    return object_compare(ts, mapping_of(a),
                          value_is_kind(b, KIND_MAPPING_PROXY) ? mapping_of(b) : b, op);
}

static Ref proxy_or(ThreadState *ts, Value left, Value right)
{
    return object_binary(ts, BIN_OR,
                         value_is_kind(left, KIND_MAPPING_PROXY) ? mapping_of(left) : left,
                         value_is_kind(right, KIND_MAPPING_PROXY) ? mapping_of(right) : right);
}

static Ref proxy_in_place_or(ThreadState *ts, Value left, Value right)
{
    return raise(ts, EXC_TypeError, "'|=' is not supported by %T; use '|' instead", left);
}

static Ref proxy_get(ThreadState *ts, Value self, const Value *args)
{
    Value all[2] = {args[0], is_no_value(args[1]) ? VALUE_NONE : args[1]};
    return object_call_method_z(ts, mapping_of(self), "get", all, 2);
}
static Ref proxy_keys(ThreadState *ts, Value self, const Value *args)
{
    return object_call_method_z(ts, mapping_of(self), "keys", NULL, 0);
}
static Ref proxy_values(ThreadState *ts, Value self, const Value *args)
{
    return object_call_method_z(ts, mapping_of(self), "values", NULL, 0);
}
static Ref proxy_items(ThreadState *ts, Value self, const Value *args)
{
    return object_call_method_z(ts, mapping_of(self), "items", NULL, 0);
}
static Ref proxy_copy(ThreadState *ts, Value self, const Value *args)
{
    return object_call_method_z(ts, mapping_of(self), "copy", NULL, 0);
}
static Ref proxy_reversed(ThreadState *ts, Value self, const Value *args)
{
    return object_call_method_z(ts, mapping_of(self), "__reversed__", NULL, 0);
}

static const NativeDef proxy_methods[] = {
    NATIVE("get", proxy_get, "($self, key, default=None, /)",
           "Return the value for key if key is in the mapping, else default."),
    NATIVE("keys", proxy_keys, "($self, /)",
           "D.keys() -> a set-like object providing a view on D's keys"),
    NATIVE("values", proxy_values, "($self, /)",
           "D.values() -> an object providing a view on D's values"),
    NATIVE("items", proxy_items, "($self, /)",
           "D.items() -> a set-like object providing a view on D's items"),
    NATIVE("copy", proxy_copy, "($self, /)", "D.copy() -> a shallow copy of D"),
    NATIVE("__reversed__", proxy_reversed, "($self, /)", "D.__reversed__() -> reverse iterator"),
    NATIVE_CLASS_GETITEM,
    NATIVE_END,
};

const TypeSpec spec_MAPPING_PROXY = {
    .name = "mappingproxy",
    .doc = "Read-only proxy of a mapping.",
    .base = KIND_OBJECT,
    .size = sizeof(MappingProxy),
    .flags = TYPE_COLLECTED | TYPE_IS_MAPPING,
    .slots = {.finish = proxy_finish,
              .traverse = proxy_traverse,
              .clear = proxy_finish,
              .repr = proxy_repr,
              .str = proxy_str,
              .hash = proxy_hash,
              .compare = proxy_compare,
              .iterate = proxy_iterate,
              .length = proxy_length,
              .get_item = proxy_get_item,
              .contains = proxy_contains,
              .binary = {[BIN_OR] = proxy_or},
              .in_place = {[BIN_OR] = proxy_in_place_or},
              .make = proxy_make},
    .methods = proxy_methods,
};
