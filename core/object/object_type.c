// core/object/object_type.c: `object`: what every value can do.
#include "core/object/container.h"
#include "core/object/instance.h"
#include "core/object/list.h"
#include "core/object/type_internal.h"

// --- Making --------------------------------------------------------------------------------------

static bool has_arguments(size_t count, Value names)
{
    return count > 0 || (!is_no_value(names) && tuple_count(names) > 0);
}

static Ref raise_abstract(ThreadState *ts, Value type)
{
    OWNED Ref names = object_get_attribute(ts, type, NAME(__abstractmethods__));
    OWNED Ref sorted = is_error(names) ? NO_REF : sequence_list(ts, names.v);
    if (is_error(sorted) || list_sort(ts, sorted.v, NO_VALUE, false) == STATUS_ERROR) {
        return NO_REF;
    }
    OWNED Ref comma = str_from_z(ts, ", ");
    OWNED Ref text = is_error(comma) ? NO_REF : str_join(ts, comma.v, sorted.v);
    if (is_error(text)) {
        return NO_REF;
    }
    return raise(ts, EXC_TypeError, "Can't instantiate abstract class %N with abstract method%s %U",
                 type_from(type), list_size(list_from(sorted.v)) > 1 ? "s" : "", text.v);
}

Ref object_make(CALL_PARAMETERS)
{
    Type *t = type_from(self);
    if (UNLIKELY(has_arguments(count, names))) {
        if (t->slots.make != object_make) {
            return raise(ts, EXC_TypeError,
                         "object.__new__() takes exactly one argument (the type to instantiate)");
        }
        if (t->slots.init == object_init) {
            return raise(ts, EXC_TypeError, "%N() takes no arguments", t);
        }
    }
    if (UNLIKELY((t->flags & TYPE_ABSTRACT) != 0)) {
        return raise_abstract(ts, self);
    }
    return instance_new(ts, t);
}

Status object_init(CALL_PARAMETERS)
{
    if (UNLIKELY(has_arguments(count, names))) {
        Type *t = type_of(self);
        if (t->slots.init != object_init) {
            return raise_status(
                ts, EXC_TypeError,
                "object.__init__() takes exactly one argument (the instance to initialize)");
        }
        if (t->slots.make == object_make) {
            return raise_status(
                ts, EXC_TypeError,
                "%N.__init__() takes exactly one argument (the instance to initialize)", t);
        }
    }
    return STATUS_OK;
}

// --- Text, identity ------------------------------------------------------------------------------

static Ref repr(ThreadState *ts, Value self)
{
    Value type = type_value(type_of(self));
    OWNED Ref module = object_get_attribute(ts, type, NAME(__module__));
    if (is_error(module)) {
        exception_clear(ts);
    }
    OWNED Ref qualname = object_get_attribute(ts, type, NAME(__qualname__));
    if (is_error(qualname)) {
        return NO_REF;
    }
    if (!is_error(module) && value_is_str(module.v) && !str_equal_z(module.v, "builtins")) {
        return format_str(ts, "<%U.%S object at %p>", module.v, qualname.v, (void *)self.bits);
    }
    return format_str(ts, "<%S object at %p>", qualname.v, (void *)self.bits);
}

static Ref str(ThreadState *ts, Value self)
{
    Ref (*own)(ThreadState *, Value) = type_of(self)->slots.repr;
    return (own == NULL ? repr : own)(ts, self);
}

static Status hash(ThreadState *ts, Value self, int64_t *out)
{
    uint64_t bits = self.bits; // aligned: the low bits carry nothing
    *out = (int64_t)(bits >> 4 | bits << 60);
    *out = *out == -1 ? -2 : *out;
    return STATUS_OK;
}

static Ref compare(ThreadState *ts, Value a, Value b, CompareOp op)
{
    if (op == OP_EQ) {
        return value_is_same(a, b) ? REF_OF(VALUE_TRUE) : REF_OF(VALUE_NOT_IMPLEMENTED);
    }
    if (op != OP_NE) {
        return REF_OF(VALUE_NOT_IMPLEMENTED);
    }
    // != is the opposite of what == says.
    Ref (*own)(ThreadState *, Value, Value, CompareOp) = type_of(a)->slots.compare;
    OWNED Ref equal = own == NULL ? compare(ts, a, b, OP_EQ) : own(ts, a, b, OP_EQ);
    if (is_error(equal) || value_is_same(equal.v, VALUE_NOT_IMPLEMENTED)) {
        return ref_take(&equal);
    }
    Truth truth = object_is_true(ts, equal.v);
    return truth == TRUTH_ERROR ? NO_REF : REF_OF(bool_value(truth == TRUTH_FALSE));
}

// --- __class__ -----------------------------------------------------------------------------------

static Ref get_class(ThreadState *ts, Value self) { return ref_new(type_value(type_of(self))); }

static Status set_class(ThreadState *ts, Value self, Value value)
{
    if (is_no_value(value)) {
        return raise_status(ts, EXC_TypeError, "can't delete __class__ attribute");
    }
    if (!value_is_type(value)) {
        return raise_status(ts, EXC_TypeError, "__class__ must be set to a class, not '%T' object",
                            value);
    }
    Type *now = type_of(self), *next = type_from(value);
    bool are_modules =
        type_is_subtype(now, TYPE_OF_KIND(MODULE)) && type_is_subtype(next, TYPE_OF_KIND(MODULE));
    if (!are_modules && ((now->flags | next->flags) & TYPE_IMMUTABLE) != 0) {
        return raise_status(
            ts, EXC_TypeError,
            "__class__ assignment only supported for mutable types or ModuleType subclasses");
    }
    if (now == next) {
        return STATUS_OK;
    }
    if (!type_layout_is_same(now, next) && !are_modules) {
        return raise_status(ts, EXC_TypeError,
                            "__class__ assignment: '%N' object layout differs from '%N'", next,
                            now);
    }
    if (value_is_type(self)) {
        return raise_status(ts, EXC_TypeError,
                            "__class__ assignment: classes keep their metaclass here");
    }
    bool changes_binding = now->slots.descriptor_get != next->slots.descriptor_get ||
                           now->slots.descriptor_set != next->slots.descriptor_set;
    if (instance_set_type(ts, value_head(self), next) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    if (changes_binding) { // it may stand in a class, where instructions know how it binds
        type_structure_changed(ts, TYPE_OF_KIND(OBJECT), NO_VALUE);
    }
    return STATUS_OK;
}

static const GetSetDef object_getset[] = {
    {"__class__", get_class, set_class, "the object's class"},
    {NULL, NULL, NULL, NULL},
};

// --- Pickling and copying ------------------------------------------------------------------------

// Names in __slots__ of the class and its bases, as copyreg._slotnames finds them.
static Ref slot_names_of(ThreadState *ts, Type *t)
{
    Cell *cell = namespace_cell(ts, type_namespace(t), NAME(__slotnames__), false);
    OWNED Ref known = cell == NULL ? NO_REF : cell_load(cell);
    if (value_is_list(known.v)) {
        return sequence_list(ts, known.v);
    }
    OWNED Ref names = list_new(ts, 4);
    OWNED Ref mro = shared_ref_load(&t->head, &t->mro);
    for (size_t i = 0; !is_error(names) && !is_error(mro) && i < tuple_count(mro.v); i++) {
        Value own = shared_ref_peek(&type_from(tuple_item(mro.v, i))->slot_names);
        for (size_t k = 0; !is_no_value(own) && k < tuple_count(own); k++) {
            if (list_append(ts, list_from(names.v), tuple_item(own, k)) == STATUS_ERROR) {
                return NO_REF;
            }
        }
    }
    return ref_take(&names);
}

static Ref own_state(ThreadState *ts, Value self)
{
    Type *t = type_of(self);
    if (value_is_object(self) && type_has_dict(t)) {
        return instance_dict_copy(ts, value_head(self));
    }
    return REF_NONE;
}

// None, the dict, or (dict, slots), as object.__getstate__ returns it.
static Ref default_state(ThreadState *ts, Value self, bool required)
{
    Type *t = type_of(self);
    if (required && type_is_heap(t) == false && t != TYPE_OF_KIND(OBJECT) &&
        (t->flags & TYPE_VAR_SIZE) != 0) {
        return raise(ts, EXC_TypeError, "cannot pickle '%N' object", t);
    }
    OWNED Ref state = own_state(ts, self);
    if (value_is_dict(state.v) && dict_size(dict_from(state.v)) == 0) {
        ref_set(&state, REF_NONE);
    }
    OWNED Ref names = is_error(state) ? NO_REF : slot_names_of(ts, t);
    OWNED Ref slots = is_error(names) ? NO_REF : dict_new(ts);
    if (is_error(slots)) {
        return NO_REF;
    }
    for (size_t i = 0; i < list_size(list_from(names.v)); i++) {
        OWNED Ref name = list_get(ts, list_from(names.v), i);
        OWNED Ref value = NO_REF;
        Lookup found = object_lookup_attribute(ts, self, name.v, &value);
        if (found == LOOKUP_ERROR ||
            (found == LOOKUP_FOUND &&
             dict_set(ts, dict_from(slots.v), name.v, value.v) == STATUS_ERROR)) {
            return NO_REF;
        }
    }
    if (dict_size(dict_from(slots.v)) > 0) {
        return tuple_pack(ts, 2, state.v, slots.v);
    }
    bool is_empty = value_is_dict(state.v) && dict_size(dict_from(state.v)) == 0;
    return is_empty ? REF_NONE : ref_take(&state);
}

static Ref getstate(ThreadState *ts, Value self, const Value *args)
{
    return default_state(ts, self, false);
}

static Ref state_of(ThreadState *ts, Value self)
{
    OWNED Ref f = object_get_attribute(ts, self, NAME(__getstate__));
    return is_error(f) ? NO_REF : object_call0(ts, f.v);
}

static Ref copyreg_attribute(ThreadState *ts, const char *name)
{
    OWNED Ref import = builtins_get(ts, "__import__");
    OWNED Ref text = is_error(import) ? NO_REF : str_from_z(ts, "copyreg");
    OWNED Ref module = is_error(text) ? NO_REF : object_call1(ts, import.v, text.v);
    return is_error(module) ? NO_REF : object_get_attribute_z(ts, module.v, name);
}

// (args, kwargs) for __newobj__; kwargs stays NO_REF when there are none.
static Status new_arguments(ThreadState *ts, Value self, Ref *args, Ref *kwargs)
{
    OWNED Ref extended = type_lookup(ts, type_of(self), NAME(__getnewargs_ex__));
    if (!is_error(extended)) {
        OWNED Ref pair = type_call_special(ts, self, NAME(__getnewargs_ex__), NULL, 0);
        if (is_error(pair)) {
            return STATUS_ERROR;
        }
        if (!value_is_tuple(pair.v)) {
            return raise_status(ts, EXC_TypeError,
                                "__getnewargs_ex__ should return a tuple, not '%T'", pair.v);
        }
        if (tuple_count(pair.v) != 2) {
            return raise_status(ts, EXC_ValueError,
                                "__getnewargs_ex__ should return a tuple of length 2, not %zu",
                                tuple_count(pair.v));
        }
        if (!value_is_tuple(tuple_item(pair.v, 0))) {
            return raise_status(
                ts, EXC_TypeError,
                "first item of the tuple returned by __getnewargs_ex__ must be a tuple, not '%T'",
                tuple_item(pair.v, 0));
        }
        if (!value_is_dict(tuple_item(pair.v, 1))) {
            return raise_status(
                ts, EXC_TypeError,
                "second item of the tuple returned by __getnewargs_ex__ must be a dict, not '%T'",
                tuple_item(pair.v, 1));
        }
        *args = ref_new(tuple_item(pair.v, 0));
        *kwargs = ref_new(tuple_item(pair.v, 1));
        return STATUS_OK;
    }
    OWNED Ref plain = type_lookup(ts, type_of(self), NAME(__getnewargs__));
    if (!is_error(plain)) {
        *args = type_call_special(ts, self, NAME(__getnewargs__), NULL, 0);
        if (!is_error(*args) && !value_is_tuple(args->v)) {
            return raise_status(ts, EXC_TypeError, "__getnewargs__ should return a tuple, not '%T'",
                                args->v);
        }
        return is_error(*args) ? STATUS_ERROR : STATUS_OK;
    }
    return STATUS_OK;
}

static Ref items_iterator(ThreadState *ts, Value self)
{
    OWNED Ref items = object_call_method_z(ts, self, "items", NULL, 0);
    return is_error(items) ? NO_REF : object_iterate(ts, items.v);
}

// (copyreg.__newobj__, (type, …), state, list items, dict items)
static Ref reduce_newobj(ThreadState *ts, Value self)
{
    Type *t = type_of(self);
    if (t->slots.make == NULL) {
        return raise(ts, EXC_TypeError, "cannot pickle '%N' object", t);
    }
    OWNED Ref args = NO_REF;
    OWNED Ref kwargs = NO_REF;
    if (new_arguments(ts, self, &args, &kwargs) == STATUS_ERROR) {
        return NO_REF;
    }
    bool has_kwargs = !is_error(kwargs) && dict_size(dict_from(kwargs.v)) > 0;
    bool required = is_error(args) && !value_is_list(self) && !value_is_dict(self);
    OWNED Ref maker = copyreg_attribute(ts, has_kwargs ? "__newobj_ex__" : "__newobj__");
    OWNED Ref call = NO_REF;
    if (is_error(maker)) {
        return NO_REF;
    }
    if (has_kwargs) {
        call = tuple_pack(ts, 3, type_value(t), args.v, kwargs.v);
    } else {
        size_t n = is_error(args) ? 0 : tuple_count(args.v);
        call = tuple_new(ts, n + 1);
        if (!is_error(call)) {
            tuple_init_item(call.v, 0, ref_new(type_value(t)));
            for (size_t i = 0; i < n; i++) {
                tuple_init_item(call.v, i + 1, ref_new(tuple_item(args.v, i)));
            }
            call = tuple_finish(ts, ref_take(&call));
        }
    }
    if (is_error(call)) {
        return NO_REF;
    }
    OWNED Ref state = NO_REF;
    if (required && !type_is_heap(t) && t->basic_size > sizeof(ObjectHead)) {
        OWNED Ref custom = type_lookup(ts, t, NAME(__getstate__));
        Type *owner = type_lookup_owner(ts, t, NAME(__getstate__));
        if (owner == TYPE_OF_KIND(OBJECT)) {
            return raise(ts, EXC_TypeError, "cannot pickle '%N' object", t);
        }
    }
    state = state_of(ts, self);
    OWNED Ref list_items = is_error(state)       ? NO_REF
                           : value_is_list(self) ? object_iterate(ts, self)
                                                 : REF_NONE;
    OWNED Ref dict_items = is_error(list_items)  ? NO_REF
                           : value_is_dict(self) ? items_iterator(ts, self)
                                                 : REF_NONE;
    return is_error(dict_items)
               ? NO_REF
               : tuple_pack(ts, 5, maker.v, call.v, state.v, list_items.v, dict_items.v);
}

static Ref reduce_by_protocol(ThreadState *ts, Value self, int64_t protocol)
{
    if (protocol >= 2) {
        return reduce_newobj(ts, self);
    }
    OWNED Ref f = copyreg_attribute(ts, "_reduce_ex");
    return is_error(f) ? NO_REF : object_call2(ts, f.v, self, small_int(protocol));
}

static Ref reduce(ThreadState *ts, Value self, const Value *args)
{
    return reduce_by_protocol(ts, self, 0);
}

static Ref reduce_ex(ThreadState *ts, Value self, const Value *args)
{
    int64_t protocol;
    if (index_get(ts, args[0], &protocol) == STATUS_ERROR) {
        return NO_REF;
    }
    // A class's own __reduce__ counts more.
    Type *owner = type_lookup_owner(ts, type_of(self), NAME(__reduce__));
    if (owner != NULL && owner != TYPE_OF_KIND(OBJECT)) {
        OWNED Ref f = object_get_attribute(ts, self, NAME(__reduce__));
        return is_error(f) ? NO_REF : object_call0(ts, f.v);
    }
    return reduce_by_protocol(ts, self, protocol);
}

// --- Other methods -------------------------------------------------------------------------------

static Ref format(ThreadState *ts, Value self, const Value *args)
{
    if (!value_is_str(args[0])) {
        return raise(ts, EXC_TypeError, "__format__() argument must be str, not %T", args[0]);
    }
    if (str_length(args[0]) > 0) {
        return raise(ts, EXC_TypeError, "unsupported format string passed to %T.__format__", self);
    }
    return object_str(ts, self);
}

static Ref subclasshook(ThreadState *ts, Value self, const Value *args)
{
    return REF_OF(VALUE_NOT_IMPLEMENTED);
}
static Ref init_subclass(ThreadState *ts, Value self, const Value *args) { return REF_NONE; }

static Ref sizeof_method(ThreadState *ts, Value self, const Value *args)
{
    return REF_OF(small_int(value_is_object(self) ? (int64_t)object_size(value_head(self)) : 0));
}

static Status merge_class_names(ThreadState *ts, Dict *names, Value class)
{
    OWNED Ref dict = NO_REF;
    if (object_lookup_attribute(ts, class, NAME(__dict__), &dict) == LOOKUP_FOUND &&
        dict_update(ts, names, dict.v) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    OWNED Ref bases = NO_REF;
    if (has_exception(ts) ||
        object_lookup_attribute(ts, class, NAME(__bases__), &bases) != LOOKUP_FOUND) {
        return has_exception(ts) ? STATUS_ERROR : STATUS_OK;
    }
    OWNED Ref items = sequence_tuple(ts, bases.v);
    for (size_t i = 0; !is_error(items) && i < tuple_count(items.v); i++) {
        if (merge_class_names(ts, names, tuple_item(items.v, i)) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    return is_error(items) ? STATUS_ERROR : STATUS_OK;
}

static Ref dir(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref names = dict_new(ts);
    OWNED Ref own = NO_REF;
    if (is_error(names) ||
        object_lookup_attribute(ts, self, NAME(__dict__), &own) == LOOKUP_ERROR) {
        return NO_REF;
    }
    if (!is_error(own) && value_is_dict(own.v) &&
        dict_update(ts, dict_from(names.v), own.v) == STATUS_ERROR) {
        return NO_REF;
    }
    OWNED Ref class = NO_REF;
    Lookup found = object_lookup_attribute(ts, self, NAME(__class__), &class);
    if (found == LOOKUP_ERROR ||
        (found == LOOKUP_FOUND &&
         merge_class_names(ts, dict_from(names.v), class.v) == STATUS_ERROR)) {
        return NO_REF;
    }
    return sequence_list(ts, names.v);
}

static const NativeDef object_methods[] = {
    NATIVE("__reduce__", reduce, "($self, /)", "Helper for pickle."),
    NATIVE("__reduce_ex__", reduce_ex, "($self, protocol, /)", "Helper for pickle."),
    NATIVE("__getstate__", getstate, "($self, /)", "Helper for pickle."),
    NATIVE_CLASS("__subclasshook__", subclasshook, "($type, subclass, /)",
                 "Asked by issubclass() through abc.ABCMeta: True or False decides, "
                 "NotImplemented does not."),
    NATIVE_CLASS("__init_subclass__", init_subclass, "($type, /)",
                 "Called when a class is subclassed; does nothing here."),
    NATIVE("__format__", format, "($self, format_spec, /)", "Default object formatter."),
    NATIVE("__sizeof__", sizeof_method, "($self, /)", "Size of object in memory, in bytes."),
    NATIVE("__dir__", dir, "($self, /)", "Default dir() implementation."),
    NATIVE_END,
};

const TypeSpec spec_OBJECT = {
    .name = "object",
    .doc = "The class above all others. Its own instances have no attributes.",
    .base = KIND_OBJECT,
    .size = sizeof(ObjectHead),
    .flags = TYPE_SUBCLASSABLE,
    .slots = {.repr = repr,
              .str = str,
              .hash = hash,
              .compare = compare,
              .get_attribute = generic_get_attribute,
              .set_attribute = generic_set_attribute,
              .make = object_make,
              .init = object_init},
    .methods = object_methods,
    .getset = object_getset,
};
