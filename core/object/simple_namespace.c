// core/object/simple_namespace.c: types.SimpleNamespace.
#include "core/object/simple_namespace.h"

#include "core/object/container.h"
#include "core/object/instance.h"
#include "core/object/list.h"
#include "core/object/type_internal.h"

Ref simple_namespace_new(ThreadState *ts)
{
    return instance_new(ts, TYPE_OF_KIND(SIMPLE_NAMESPACE));
}

static Ref make(CALL_PARAMETERS) { return instance_new(ts, type_from(self)); }

static Status init(CALL_PARAMETERS)
{
    if (count > 0) {
        return raise_status(ts, EXC_TypeError, "no positional arguments expected");
    }
    size_t named = is_no_value(names) ? 0 : tuple_count(names);
    for (size_t i = 0; i < named; i++) {
        OWNED Ref name = str_intern(ts, ref_new(tuple_item(names, i)));
        if (is_error(name) || instance_set(ts, value_head(self), name.v, args[i]) == LOOKUP_ERROR) {
            return STATUS_ERROR;
        }
    }
    return STATUS_OK;
}

static Status add_item(ThreadState *ts, StrBuilder *b, Value key, Value value, bool *first)
{
    OWNED Ref text = format_str(ts, "%s%S=%R", *first ? "" : ", ", key, value);
    *first = false;
    return is_error(text) ? STATUS_ERROR : builder_add(ts, b, text.v);
}

static Ref repr(ThreadState *ts, Value self)
{
    const char *name =
        type_of(self) == TYPE_OF_KIND(SIMPLE_NAMESPACE) ? "namespace" : type_name(type_of(self));
    int inside = repr_enter(ts, self);
    if (inside != 0) {
        return inside < 0 ? NO_REF : format_str(ts, "%s(...)", name);
    }
    StrBuilder b;
    builder_init(&b);
    OWNED Ref dict = instance_dict_copy(ts, value_head(self));
    Status status = is_error(dict) ? STATUS_ERROR : builder_add_ascii(ts, &b, name, strlen(name));
    status = status == STATUS_OK ? builder_add_char(ts, &b, '(') : status;
    size_t position = 0;
    bool first = true;
    Ref key, value;
    while (status == STATUS_OK && dict_next(ts, dict_from(dict.v), &position, &key, &value)) {
        if (value_is_str(key.v) && str_length(key.v) > 0) {
            status = add_item(ts, &b, key.v, value.v, &first);
        }
        ref_drop(&key);
        ref_drop(&value);
    }
    status = status == STATUS_OK ? builder_add_char(ts, &b, ')') : status;
    repr_leave(ts, self);
    if (status == STATUS_ERROR) {
        builder_abandon(ts, &b);
        return NO_REF;
    }
    return builder_finish(ts, &b);
}

static Ref compare(ThreadState *ts, Value a, Value b, CompareOp op)
{
    if (!value_is_kind(a, KIND_SIMPLE_NAMESPACE) || !value_is_kind(b, KIND_SIMPLE_NAMESPACE)) {
        return REF_OF(VALUE_NOT_IMPLEMENTED);
    }
    OWNED Ref left = instance_dict_copy(ts, value_head(a));
    OWNED Ref right = is_error(left) ? NO_REF : instance_dict_copy(ts, value_head(b));
    return is_error(right) ? NO_REF : object_compare(ts, left.v, right.v, op);
}

static Ref reduce(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref dict = instance_dict_copy(ts, value_head(self));
    OWNED Ref empty = tuple_empty();
    return is_error(dict) ? NO_REF : tuple_pack(ts, 3, type_value(type_of(self)), empty.v, dict.v);
}

static const NativeDef methods[] = {
    NATIVE("__reduce__", reduce, "($self, /)", "Return state information for pickling"),
    NATIVE_END,
};

const TypeSpec spec_SIMPLE_NAMESPACE = {
    .name = "types.SimpleNamespace",
    .doc = "A simple attribute-based namespace.\n\nSimpleNamespace(**kwargs)",
    .base = KIND_OBJECT,
    .size = sizeof(ObjectHead),
    .flags = TYPE_SUBCLASSABLE | TYPE_COLLECTED | TYPE_HAS_DICT,
    .slots = {.repr = repr, .compare = compare, .make = make, .init = init},
    .methods = methods,
};
