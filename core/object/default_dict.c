// core/object/default_dict.c: collections.defaultdict.
#include "core/object/dict_keys.h"
#include "core/object/tuple.h"

typedef struct DefaultDict {
    Dict dict;
    SharedRef factory; // None: no default
} DefaultDict;

extern const TypeSpec spec_DICT;

static DefaultDict *default_dict_from(Value v) { return (DefaultDict *)value_head(v); }
static Ref factory_of(Value self)
{
    return shared_ref_load(value_head(self), &default_dict_from(self)->factory);
}

static void set_factory(ThreadState *ts, Value self, Ref factory)
{
    object_store(ts, value_head(self), &default_dict_from(self)->factory, factory);
}

static Ref default_dict_make(CALL_PARAMETERS)
{
    DefaultDict *d = object_new_of(ts, type_from(self));
    if (d == NULL) {
        return NO_REF;
    }
    d->dict.used = 0;
    d->dict.keys = keys_empty;
    d->dict.namespace_id = 0;
    d->dict.version = 0;
    d->dict.replaced = 0;
    shared_ref_init(&d->factory, REF_NONE);
    object_track(&d->dict.head);
    return REF_FROM_NEW(d);
}

static Status default_dict_init(CALL_PARAMETERS)
{
    if (count > 0 && !value_is_none(args[0]) && !object_is_callable(args[0])) {
        return raise_status(ts, EXC_TypeError, "first argument must be callable or None");
    }
    set_factory(ts, self, count > 0 ? ref_new(args[0]) : REF_NONE);
    return count > 0 ? spec_DICT.slots.init(ts, self, args + 1, count - 1, names)
                     : spec_DICT.slots.init(ts, self, args, count, names);
}

static void default_dict_finish(ThreadState *ts, ObjectHead *o)
{
    shared_ref_clear(&((DefaultDict *)o)->factory);
    spec_DICT.slots.finish(ts, o);
}

static void default_dict_traverse(ObjectHead *o, Visitor visit, void *context)
{
    visit_place(&((DefaultDict *)o)->factory, visit, context);
    spec_DICT.slots.traverse(o, visit, context);
}

static void default_dict_clear(ThreadState *ts, ObjectHead *o)
{
    set_factory(ts, value_of(o), REF_NONE);
    spec_DICT.slots.clear(ts, o);
}

Ref default_dict_missing(ThreadState *ts, Value self, Value key)
{
    OWNED Ref factory = factory_of(self);
    if (value_is_none(factory.v)) {
        return raise_key_error(ts, key);
    }
    OWNED Ref value = object_call0(ts, factory.v);
    if (is_error(value) || object_set_item(ts, self, key, value.v) == STATUS_ERROR) {
        return NO_REF;
    }
    return ref_take(&value);
}

static Ref method_missing(ThreadState *ts, Value self, const Value *args)
{
    return default_dict_missing(ts, self, args[0]);
}

static Ref default_dict_repr(ThreadState *ts, Value self)
{
    OWNED Ref content = dict_repr(ts, self);
    if (is_error(content)) {
        return NO_REF;
    }
    OWNED Ref factory = factory_of(self);
    int inside = repr_enter(ts, factory.v);
    if (inside < 0) {
        return NO_REF;
    }
    OWNED Ref shown = inside > 0 ? str_from_z(ts, "...") : object_repr(ts, factory.v);
    if (inside == 0) {
        repr_leave(ts, factory.v);
    }
    return is_error(shown)
               ? NO_REF
               : format_str(ts, "%s(%U, %U)", type_short_name(self), shown.v, content.v);
}

static Ref copy_of(ThreadState *ts, Value self)
{
    OWNED Ref factory = factory_of(self);
    return object_call2(ts, type_value(type_of(self)), factory.v, self);
}
static Ref method_copy(ThreadState *ts, Value self, const Value *args) { return copy_of(ts, self); }

static Ref default_dict_or(ThreadState *ts, Value a, Value b)
{
    bool is_left = value_is_kind(a, KIND_DEFAULT_DICT);
    Value self = is_left ? a : b, other = is_left ? b : a;
    if (!value_is_dict(other)) {
        return not_implemented();
    }
    OWNED Ref result = NO_REF;
    if (is_left) {
        result = copy_of(ts, self);
    } else {
        OWNED Ref factory = factory_of(self);
        result = object_call2(ts, type_value(type_of(self)), factory.v, other);
    }
    if (is_error(result) ||
        dict_update(ts, dict_from(result.v), is_left ? other : self) == STATUS_ERROR) {
        return NO_REF;
    }
    return ref_take(&result);
}

static Ref method_reduce(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref factory = factory_of(self);
    OWNED Ref arguments = value_is_none(factory.v) ? tuple_empty() : tuple_pack(ts, 1, factory.v);
    OWNED Ref items =
        is_error(arguments) ? NO_REF : object_call_method(ts, self, NAME(items), NULL, 0);
    OWNED Ref it = is_error(items) ? NO_REF : object_iterate(ts, items.v);
    if (is_error(it)) {
        return NO_REF;
    }
    return tuple_pack(ts, 5, type_value(type_of(self)), arguments.v, VALUE_NONE, VALUE_NONE, it.v);
}

static Ref get_factory(ThreadState *ts, Value self) { return factory_of(self); }
static Status store_factory(ThreadState *ts, Value self, Value value)
{
    set_factory(ts, self, is_no_value(value) ? REF_NONE : ref_new(value));
    return STATUS_OK;
}

static const NativeDef default_dict_methods[] = {
    NATIVE("__missing__", method_missing, "($self, key, /)",
           "__missing__(key) # Called by __getitem__ for missing key; pseudo-code:\n"
           "  if self.default_factory is None: raise KeyError((key,))\n"
           "  self[key] = value = self.default_factory()\n  return value\n"),
    NATIVE("copy", method_copy, "($self, /)", "D.copy() -> a shallow copy of D."),
    NATIVE("__copy__", method_copy, "($self, /)", "D.copy() -> a shallow copy of D."),
    NATIVE("__reduce__", method_reduce, "($self, /)", "Return state information for pickling."),
    NATIVE_CLASS_GETITEM,
    NATIVE_END,
};
static const GetSetDef default_dict_getset[] = {
    {"default_factory", get_factory, store_factory,
     "Factory for default value called by __missing__()."},
    {NULL, NULL, NULL, NULL},
};

const TypeSpec spec_DEFAULT_DICT = {
    .name = "collections.defaultdict",
    .doc = "defaultdict(default_factory=None, /, [...]) --> dict with default factory\n\n"
           "d[key] makes a missing value by calling the default factory, which takes no "
           "arguments, and keeps it. All else is as in dict, whose arguments follow the "
           "factory.",
    .base = KIND_DICT,
    .size = sizeof(DefaultDict),
    .flags = TYPE_SUBCLASSABLE | TYPE_COLLECTED | TYPE_IS_MAPPING,
    .slots = {.finish = default_dict_finish,
              .traverse = default_dict_traverse,
              .clear = default_dict_clear,
              .repr = default_dict_repr,
              .binary = {[BIN_OR] = default_dict_or},
              .make = default_dict_make,
              .init = default_dict_init},
    .methods = default_dict_methods,
    .getset = default_dict_getset,
};
