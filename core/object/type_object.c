// core/object/type_object.c: `type` as scripts see it: calling a class, attributes of classes.
#include "core/object/container.h"
#include "core/object/descriptors.h"
#include "core/object/function.h"
#include "core/object/generic_alias.h"
#include "core/object/instance.h"
#include "core/object/list.h"
#include "core/object/mapping_proxy.h"
#include "core/object/type_internal.h"
#include "gil/stop_the_world.h"

// --- Attributes of a class -----------------------------------------------------------------------

Ref type_lookup_attribute(ThreadState *ts, Value self, Value name)
{
    Type *t = type_from(self);
    Type *metatype = type_of(self);
    OWNED Ref meta = type_lookup(ts, metatype, name);
    Ref (*meta_get)(ThreadState *, Value, Value, Value) = NULL;
    if (!is_error(meta)) {
        const TypeSlots *slots = &type_of(meta.v)->slots;
        meta_get = slots->descriptor_get;
        if (meta_get != NULL && slots->descriptor_set != NULL) {
            return meta_get(ts, meta.v, self, type_value(metatype));
        }
    }
    OWNED Ref found = type_lookup(ts, t, name);
    if (!is_error(found)) {
        Ref (*get)(ThreadState *, Value, Value, Value) = type_of(found.v)->slots.descriptor_get;
        return get == NULL || value_is_function(found.v) ? ref_take(&found)
                                                         : get(ts, found.v, NO_VALUE, self);
    }
    if (meta_get != NULL) {
        return meta_get(ts, meta.v, self, type_value(metatype));
    }
    return ref_take(&meta);
}

Ref type_get_attribute(ThreadState *ts, Value self, Value name)
{
    Ref found = type_lookup_attribute(ts, self, name);
    return is_error(found) && !has_exception(ts) ? raise_attribute_error(ts, self, name) : found;
}

static Status refuse_immutable(ThreadState *ts, const Type *t, Value name)
{
    if ((t->flags & TYPE_IMMUTABLE) != 0) {
        return raise_status(ts, EXC_TypeError, "cannot set %R attribute of immutable type '%N'",
                            name, t);
    }
    return STATUS_OK;
}

static Status type_assign_attribute(ThreadState *ts, Value self, Value name, Value value)
{
    Type *t = type_from(self);
    if (refuse_immutable(ts, t, name) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    OWNED Ref meta = type_lookup(ts, type_of(self), name);
    if (!is_error(meta)) {
        Status (*set)(ThreadState *, Value, Value, Value) = type_of(meta.v)->slots.descriptor_set;
        if (set != NULL) {
            return set(ts, meta.v, self, value);
        }
    }
    return type_set_attribute(ts, t, name, value);
}

// --- Calling -------------------------------------------------------------------------------------

static size_t names_count(Value names) { return is_no_value(names) ? 0 : tuple_count(names); }

Ref type_call(CALL_PARAMETERS)
{
    Type *t = type_from(self);
    if (UNLIKELY(t == TYPE_OF_KIND(TYPE))) {
        if (count == 1 && names_count(names) == 0) {
            return ref_new(type_value(type_of(args[0])));
        }
        if (count != 3) {
            return raise(ts, EXC_TypeError, "type() takes 1 or 3 arguments");
        }
    }
    if (UNLIKELY(t->slots.make == NULL || (t->flags & TYPE_NOT_CONSTRUCTIBLE) != 0)) {
        return raise(ts, EXC_TypeError, "cannot create '%N' instances", t);
    }
    Ref made = t->slots.make(ts, self, args, count, names);
    if (UNLIKELY(is_error(made))) {
        return NO_REF;
    }
    Type *actual = type_of(made.v);
    if (UNLIKELY(actual != t) && !type_is_subtype(actual, t)) {
        return made;
    }
    if (actual->slots.init != NULL &&
        actual->slots.init(ts, made.v, args, count, names) == STATUS_ERROR) {
        ref_drop(&made);
        return NO_REF;
    }
    return made;
}

static Ref resolve_winner(ThreadState *ts, Type *metatype, Value bases, Type **winner)
{
    for (size_t i = 0; i < tuple_count(bases); i++) {
        Value base = tuple_item(bases, i);
        if (value_is_type(base)) {
            continue;
        }
        OWNED Ref entries = NO_REF;
        Lookup found = object_lookup_attribute(ts, base, NAME(__mro_entries__), &entries);
        if (found == LOOKUP_FOUND) {
            return raise(ts, EXC_TypeError,
                         "type() doesn't support MRO entry resolution; use types.new_class()");
        }
        if (found == LOOKUP_ERROR) {
            return NO_REF;
        }
    }
    *winner = type_winner(ts, metatype, bases);
    return *winner == NULL ? NO_REF : REF_NONE;
}

static Ref type_new(CALL_PARAMETERS)
{
    if (count != 3) {
        return raise(ts, EXC_TypeError, "type.__new__() takes exactly 3 arguments (%zu given)",
                     count);
    }
    if (!value_is_str(args[0])) {
        return raise(ts, EXC_TypeError, "type.__new__() argument 1 must be str, not %T", args[0]);
    }
    if (!value_is_tuple(args[1])) {
        return raise(ts, EXC_TypeError, "type.__new__() argument 2 must be tuple, not %T", args[1]);
    }
    if (!value_is_dict(args[2])) {
        return raise(ts, EXC_TypeError, "type.__new__() argument 3 must be dict, not %T", args[2]);
    }
    Type *winner = NULL;
    if (is_error(resolve_winner(ts, type_from(self), args[1], &winner))) {
        return NO_REF;
    }
    if (winner != type_from(self) && winner->slots.make != type_new) {
        return winner->slots.make(ts, type_value(winner), args, count, names);
    }
    return type_make(ts, winner, args[0], args[1], args[2], args + count, names);
}

static Status type_init(CALL_PARAMETERS)
{
    if (count == 1 && names_count(names) > 0) {
        return raise_status(ts, EXC_TypeError, "type.__init__() takes no keyword arguments");
    }
    if (count != 1 && count != 3) {
        return raise_status(ts, EXC_TypeError, "type.__init__() takes 1 or 3 arguments");
    }
    return STATUS_OK;
}

// --- Text ----------------------------------------------------------------------------------------

static Ref get_module(ThreadState *ts, Value self);

static Ref type_repr(ThreadState *ts, Value self)
{
    Type *t = type_from(self);
    OWNED Ref module = get_module(ts, self);
    if (is_error(module)) {
        exception_clear(ts);
    }
    OWNED Ref qualname = shared_ref_load(&t->head, &t->qualname);
    if (!is_error(module) && value_is_str(module.v) && !str_equal_z(module.v, "builtins")) {
        return format_str(ts, "<class '%U.%U'>", module.v, qualname.v);
    }
    return type_is_heap(t) ? format_str(ts, "<class '%U'>", qualname.v)
                           : format_str(ts, "<class '%N'>", t);
}

// --- Attributes of `type` ------------------------------------------------------------------------

static Ref get_name(ThreadState *ts, Value self)
{
    return shared_ref_load(value_head(self), &type_from(self)->name);
}

static Status check_text(ThreadState *ts, const Type *t, Value value, const char *name)
{
    OWNED Ref attribute = str_intern_z(ts, name);
    if (is_error(attribute) || refuse_immutable(ts, t, attribute.v) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    if (is_no_value(value)) {
        return raise_status(ts, EXC_TypeError,
                            "cannot delete '%s' attribute of immutable type '%N'", name, t);
    }
    return STATUS_OK;
}

static void replace(ThreadState *ts, Type *t, SharedRef *field, Value value)
{
    object_store(ts, &t->head, field, ref_new(value));
}

void type_replace_paused(ThreadState *ts, SharedRef *field, Ref value)
{
    stop_the_world(ts);
    Ref old = shared_ref_swap(field, value);
    start_the_world(ts);
    ref_drop(&old);
}

static Status set_name(ThreadState *ts, Value self, Value value)
{
    Type *t = type_from(self);
    if (check_text(ts, t, value, "__name__") == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    if (!value_is_str(value)) {
        return raise_status(ts, EXC_TypeError, "can only assign string to %N.__name__, not '%T'", t,
                            value);
    }
    if (str_find_char(str_from(value), 0, 0, str_length(value)) >= 0) {
        return raise_status(ts, EXC_ValueError, "type name must not contain null characters");
    }
    if (type_set_name_text(ts, t, value) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    replace(ts, t, &t->name, value);
    return STATUS_OK;
}

static Ref get_qualname(ThreadState *ts, Value self)
{
    return shared_ref_load(value_head(self), &type_from(self)->qualname);
}

static Status set_qualname(ThreadState *ts, Value self, Value value)
{
    Type *t = type_from(self);
    if (check_text(ts, t, value, "__qualname__") == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    if (!value_is_str(value)) {
        return raise_status(ts, EXC_TypeError,
                            "can only assign string to %N.__qualname__, not '%T'", t, value);
    }
    replace(ts, t, &t->qualname, value);
    return STATUS_OK;
}

// An attribute of this class itself; NO_REF without an exception.
static Ref own_attribute(ThreadState *ts, const Type *t, Value name)
{
    Cell *cell = namespace_cell(ts, type_namespace(t), name, false);
    return cell == NULL ? NO_REF : cell_load(cell);
}

static Ref get_module(ThreadState *ts, Value self)
{
    Type *t = type_from(self);
    if (type_is_heap(t)) {
        Ref module = own_attribute(ts, t, NAME(__module__));
        return is_error(module) && !has_exception(ts)
                   ? raise_value(ts, EXC_AttributeError, NAME(__module__))
                   : module;
    }
    const char *dot = strrchr(t->spec->name, '.');
    return dot == NULL ? ref_new(NAME(builtins))
                       : str_from_utf8(ts, t->spec->name, (size_t)(dot - t->spec->name));
}

static Status set_module(ThreadState *ts, Value self, Value value)
{
    if (check_text(ts, type_from(self), value, "__module__") == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    return type_set_attribute(ts, type_from(self), NAME(__module__), value);
}

static Ref get_bases(ThreadState *ts, Value self)
{
    return shared_ref_load(value_head(self), &type_from(self)->bases);
}
static Ref get_base(ThreadState *ts, Value self)
{
    Type *base = type_base(type_from(self));
    return base == NULL ? REF_NONE : ref_new(type_value(base));
}
static Ref get_mro(ThreadState *ts, Value self)
{
    Ref mro = shared_ref_load(value_head(self), &type_from(self)->mro);
    return is_error(mro) ? REF_NONE : mro;
}
static Ref get_dict(ThreadState *ts, Value self)
{
    return mapping_proxy_new(ts, shared_ref_peek(&type_from(self)->namespace_));
}

static bool is_in_base_chain(const Type *t, const Type *of)
{
    while (t != NULL && t != of) {
        t = type_base(t);
    }
    return t != NULL;
}

static Status check_new_bases(ThreadState *ts, Type *t, Value value)
{
    if (!value_is_tuple(value)) {
        return raise_status(ts, EXC_TypeError, "can only assign tuple to %N.__bases__, not %T", t,
                            value);
    }
    if (tuple_count(value) == 0) {
        return raise_status(ts, EXC_TypeError,
                            "can only assign non-empty tuple to %N.__bases__, not ()", t);
    }
    for (size_t i = 0; i < tuple_count(value); i++) {
        Value base = tuple_item(value, i);
        if (!value_is_type(base)) {
            return raise_status(ts, EXC_TypeError,
                                "%N.__bases__ must be tuple of classes, not '%T'", t, base);
        }
        // A metatype's mro() may get here again: then the MRO is old, and the chain of bases tells.
        if (type_is_subtype(type_from(base), t) || is_in_base_chain(type_from(base), t)) {
            return raise_status(ts, EXC_TypeError, "a __bases__ item causes an inheritance cycle");
        }
    }
    return STATUS_OK;
}

static Status refresh_below(ThreadState *ts, Type *t)
{
    if (type_refresh_mro(ts, t) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    // Slots first: subclasses take them over.
    // They are read without care, so they change while nobody looks.
    bool stop = POLICY_FREE_THREADED && process_is_threaded();
    if (stop) {
        stop_the_world(ts);
    }
    Status status = slots_fix(ts, t);
    if (stop) {
        start_the_world(ts);
    }
    if (status == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    OWNED Ref below = type_subclasses(ts, t);
    for (size_t i = 0; !is_error(below) && i < list_size(list_from(below.v)); i++) {
        OWNED Ref sub = list_get(ts, list_from(below.v), i);
        if (refresh_below(ts, type_from(sub.v)) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    return is_error(below) ? STATUS_ERROR : STATUS_OK;
}

static void move_subclass(ThreadState *ts, Type *t, Value from, Value to)
{
    for (size_t i = 0; i < tuple_count(from); i++) {
        type_remove_subclass(type_from(tuple_item(from, i)), t);
    }
    for (size_t i = 0; i < tuple_count(to); i++) {
        if (type_add_subclass(ts, type_from(tuple_item(to, i)), t) == STATUS_ERROR) {
            exception_clear(ts);
        }
    }
}

static Status set_bases(ThreadState *ts, Value self, Value value)
{
    Type *t = type_from(self);
    if (check_text(ts, t, value, "__bases__") == STATUS_ERROR ||
        check_new_bases(ts, t, value) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    Type *base = type_best_base(ts, value);
    if (base == NULL) {
        return STATUS_ERROR;
    }
    Type *old_base = type_base(t);
    if (type_is_heap(base) != type_is_heap(old_base)) {
        return raise_status(ts, EXC_TypeError,
                            "__bases__ assignment: '%N' deallocator differs from '%N'", base,
                            old_base);
    }
    if (base->kind != old_base->kind || base->basic_size != old_base->basic_size ||
        (type_has_dict(base) && !type_has_dict(t))) {
        return raise_status(ts, EXC_TypeError,
                            "__bases__ assignment: '%N' object layout differs from '%N'", base,
                            old_base);
    }
    OWNED Ref old_bases = get_bases(ts, self);
    OWNED Ref kept_base = shared_ref_load(&t->head, &t->base);
    type_replace_paused(ts, &t->bases, ref_new(value));
    type_replace_paused(ts, &t->base, ref_new(type_value(base)));
    if (refresh_below(ts, t) == STATUS_ERROR) {
        if (!value_is_same(shared_ref_peek(&t->bases), value)) {
            return STATUS_ERROR; // a metatype's mro() has assigned other ones meanwhile
        }
        OWNED Ref error = exception_fetch(ts);
        type_replace_paused(ts, &t->bases, ref_take(&old_bases));
        type_replace_paused(ts, &t->base, ref_take(&kept_base));
        if (refresh_below(ts, t) == STATUS_ERROR) {
            exception_clear(ts);
        }
        exception_restore(ts, ref_take(&error));
        return STATUS_ERROR;
    }
    if (value_is_same(shared_ref_peek(&t->bases), value)) {
        move_subclass(ts, t, old_bases.v, value);
    }
    type_structure_changed(ts, t, NO_VALUE);
    return STATUS_OK;
}

static Ref get_doc(ThreadState *ts, Value self)
{
    Type *t = type_from(self);
    OWNED Ref doc = own_attribute(ts, t, NAME(__doc__));
    if (is_error(doc)) {
        return has_exception(ts) ? NO_REF : REF_NONE;
    }
    Ref (*get)(ThreadState *, Value, Value, Value) = type_of(doc.v)->slots.descriptor_get;
    return get == NULL ? ref_take(&doc) : get(ts, doc.v, NO_VALUE, self);
}

static Status set_doc(ThreadState *ts, Value self, Value value)
{
    if (check_text(ts, type_from(self), value, "__doc__") == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    return type_set_attribute(ts, type_from(self), NAME(__doc__), value);
}

static Ref get_annotations(ThreadState *ts, Value self)
{
    Type *t = type_from(self);
    if (!type_is_heap(t)) {
        return raise_attribute_error(ts, self, NAME(__annotations__));
    }
    OWNED Ref now = own_attribute(ts, t, NAME(__annotations__));
    if (is_error(now) && !has_exception(ts)) {
        now = dict_new(ts);
        if (is_error(now) ||
            type_set_attribute(ts, t, NAME(__annotations__), now.v) == STATUS_ERROR) {
            return NO_REF;
        }
    }
    Ref (*get)(ThreadState *, Value, Value, Value) =
        is_error(now) ? NULL : type_of(now.v)->slots.descriptor_get;
    return get == NULL ? ref_take(&now) : get(ts, now.v, NO_VALUE, self);
}

static Status set_annotations(ThreadState *ts, Value self, Value value)
{
    Type *t = type_from(self);
    if (refuse_immutable(ts, t, NAME(__annotations__)) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    if (is_no_value(value)) {
        OWNED Ref now = own_attribute(ts, t, NAME(__annotations__));
        if (is_error(now)) {
            return raise_value(ts, EXC_AttributeError, NAME(__annotations__)), STATUS_ERROR;
        }
    }
    return type_set_attribute(ts, t, NAME(__annotations__), value);
}

static Ref get_abstract(ThreadState *ts, Value self)
{
    Ref names = type_from(self) == TYPE_OF_KIND(TYPE)
                    ? NO_REF
                    : own_attribute(ts, type_from(self), NAME(__abstractmethods__));
    return is_error(names) && !has_exception(ts)
               ? raise_value(ts, EXC_AttributeError, NAME(__abstractmethods__))
               : names;
}

static Status set_abstract(ThreadState *ts, Value self, Value value)
{
    Type *t = type_from(self);
    Truth is_abstract = is_no_value(value) ? TRUTH_FALSE : object_is_true(ts, value);
    if (is_abstract == TRUTH_ERROR) {
        return STATUS_ERROR;
    }
    if (is_no_value(value)) {
        OWNED Ref now = get_abstract(ts, self);
        if (is_error(now)) {
            return STATUS_ERROR;
        }
    }
    if (type_set_attribute(ts, t, NAME(__abstractmethods__), value) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    if (is_abstract == TRUTH_TRUE) {
        atomic_or_relaxed(&t->flags, TYPE_ABSTRACT);
    } else {
        atomic_and_relaxed(&t->flags, ~(uint32_t)TYPE_ABSTRACT);
    }
    type_structure_changed(ts, t, NAME(__new__)); // instances are made another way
    return STATUS_OK;
}

static Ref get_text_signature(ThreadState *ts, Value self) { return REF_NONE; }

// CPython's bits, as far as library code looks at them.
static Ref get_flags(ThreadState *ts, Value self)
{
    const Type *t = type_from(self);
    int64_t flags = 1 << 12; // READY
    flags |= type_is_heap(t) ? 1 << 9 : 1 << 8;
    flags |= (t->flags & TYPE_SUBCLASSABLE) != 0 ? 1 << 10 : 0;
    flags |= (t->flags & TYPE_COLLECTED) != 0 ? 1 << 14 : 0;
    flags |= (t->flags & TYPE_ABSTRACT) != 0 ? 1 << 20 : 0;
    flags |= (t->flags & TYPE_IS_SEQUENCE) != 0 ? 1 << 5 : 0;
    flags |= (t->flags & TYPE_IS_MAPPING) != 0 ? 1 << 6 : 0;
    flags |= t->kind == KIND_INT || t->kind == KIND_BOOL ? 1 << 24 : 0;
    flags |= t->kind == KIND_LIST ? 1 << 25 : 0;
    flags |= t->kind == KIND_TUPLE ? 1 << 26 : 0;
    flags |= t->kind == KIND_BYTES ? 1 << 27 : 0;
    flags |= t->kind == KIND_STR ? 1 << 28 : 0;
    flags |= t->kind == KIND_DICT ? 1 << 29 : 0;
    flags |= (t->flags & TYPE_IS_EXCEPTION) != 0 ? 1 << 30 : 0;
    flags |= (t->flags & TYPE_IS_METATYPE) != 0 ? (int64_t)1 << 31 : 0;
    return REF_OF(small_int(flags));
}

static Ref get_basicsize(ThreadState *ts, Value self)
{
    const Type *t = type_from(self);
    return REF_OF(small_int(t->basic_size + (type_has_dict(t) ? 8 : 0)));
}
static Ref get_itemsize(ThreadState *ts, Value self)
{
    const Type *t = type_from(self);
    int64_t size = t->kind == KIND_TUPLE || t->kind == KIND_TYPE ? 8
                   : t->kind == KIND_BYTES                       ? 1
                   : t->kind == KIND_INT || t->kind == KIND_BOOL ? 4
                                                                 : 0;
    return REF_OF(small_int(size));
}
static Ref get_dictoffset(ThreadState *ts, Value self)
{
    const Type *t = type_from(self);
    return REF_OF(small_int(type_has_dict(t) ? (int64_t)t->basic_size : 0));
}
static Ref get_weakrefoffset(ThreadState *ts, Value self)
{
    const Type *t = type_from(self);
    return REF_OF(
        small_int((t->flags & TYPE_WEAK_REFERENCEABLE) != 0 ? (int64_t)t->basic_size : 0));
}

static const GetSetDef type_getset[] = {
    {"__name__", get_name, set_name, NULL},
    {"__qualname__", get_qualname, set_qualname, NULL},
    {"__bases__", get_bases, set_bases, NULL},
    {"__base__", get_base, NULL, NULL},
    {"__mro__", get_mro, NULL, NULL},
    {"__module__", get_module, set_module, NULL},
    {"__abstractmethods__", get_abstract, set_abstract, NULL},
    {"__dict__", get_dict, NULL, NULL},
    {"__doc__", get_doc, set_doc, NULL},
    {"__text_signature__", get_text_signature, NULL, NULL},
    {"__annotations__", get_annotations, set_annotations, NULL},
    {"__flags__", get_flags, NULL, NULL},
    {"__basicsize__", get_basicsize, NULL, NULL},
    {"__itemsize__", get_itemsize, NULL, NULL},
    {"__dictoffset__", get_dictoffset, NULL, NULL},
    {"__weakrefoffset__", get_weakrefoffset, NULL, NULL},
    {NULL, NULL, NULL, NULL},
};

// --- Methods of `type` ---------------------------------------------------------------------------

static Ref type_mro_method(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref bases = get_bases(ts, self);
    OWNED Ref mro = type_compute_mro(ts, type_from(self), bases.v);
    return is_error(mro) ? NO_REF : sequence_list(ts, mro.v);
}

static Ref type_subclasses_method(ThreadState *ts, Value self, const Value *args)
{
    return type_subclasses(ts, type_from(self));
}

static Ref type_prepare(CALL_PARAMETERS) { return dict_new(ts); }

static Ref type_instancecheck(ThreadState *ts, Value self, const Value *args)
{
    Truth yes = object_is_instance_plain(ts, args[0], self);
    return yes == TRUTH_ERROR ? NO_REF : REF_OF(bool_value(yes == TRUTH_TRUE));
}

static Ref type_subclasscheck(ThreadState *ts, Value self, const Value *args)
{
    Truth yes = object_is_subclass_plain(ts, args[0], self);
    return yes == TRUTH_ERROR ? NO_REF : REF_OF(bool_value(yes == TRUTH_TRUE));
}

static Ref type_dir(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref names = dict_new(ts);
    OWNED Ref mro = shared_ref_load(value_head(self), &type_from(self)->mro);
    for (size_t i = is_error(mro) ? 0 : tuple_count(mro.v); !is_error(names) && i-- > 0;) {
        OWNED Ref namespace_ = dict_copy(ts, type_namespace(type_from(tuple_item(mro.v, i))));
        if (is_error(namespace_) ||
            dict_update(ts, dict_from(names.v), namespace_.v) == STATUS_ERROR) {
            return NO_REF;
        }
    }
    return is_error(names) ? NO_REF : sequence_list(ts, names.v);
}

static Ref type_sizeof(ThreadState *ts, Value self, const Value *args)
{
    return REF_OF(small_int((int64_t)sizeof(Type)));
}

static const NativeDef type_methods[] = {
    NATIVE("mro", type_mro_method, "($self, /)", "Return a type's method resolution order."),
    NATIVE("__subclasses__", type_subclasses_method, "($self, /)",
           "Return a list of immediate subclasses."),
    NATIVE_CLASS_RAW("__prepare__", type_prepare, "($type, *args, **kwargs)",
                     "__prepare__() -> dict\nused to create the namespace for the class statement"),
    NATIVE("__instancecheck__", type_instancecheck, "($self, instance, /)",
           "Check if an object is an instance."),
    NATIVE("__subclasscheck__", type_subclasscheck, "($self, subclass, /)",
           "Check if a class is a subclass."),
    NATIVE("__dir__", type_dir, "($self, /)", "Specialized __dir__ implementation for types."),
    NATIVE("__sizeof__", type_sizeof, "($self, /)",
           "Return memory consumption of the type object."),
    NATIVE_END,
};

static Ref type_or(ThreadState *ts, Value left, Value right)
{
    return union_type_or(ts, left, right);
}

const TypeSpec spec_TYPE = {
    .name = "type",
    .doc = "type(object) -> the object's type\ntype(name, bases, dict, **kwds) -> a new type",
    .base = KIND_OBJECT,
    .size = sizeof(Type),
    .flags = TYPE_SUBCLASSABLE | TYPE_COLLECTED | TYPE_WEAK_REFERENCEABLE,
    .slots = {.finish = type_finish,
              .traverse = type_traverse,
              .clear = type_clear,
              .repr = type_repr,
              .call = type_call,
              .get_attribute = type_get_attribute,
              .set_attribute = type_assign_attribute,
              .binary = {[BIN_OR] = type_or},
              .make = type_new,
              .init = type_init},
    .methods = type_methods,
    .getset = type_getset,
};
