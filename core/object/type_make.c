// core/object/type_make.c: making classes: type(name, bases, namespace),
// as the class statement does.
//
//  1. The most derived metatype makes the class; if it is another one with a __new__ of its own,
//  that is
//     called instead.
//  2. The best base decides the C structure: of all bases' structures one must contain the others.
//  3. __slots__ becomes places in the instances (or none: then they have attributes of their own).
//  4. The namespace is copied and becomes the class's: names are interned, values get cells.
//  5. MRO, slots of special methods, shapes.
//  6. __set_name__ of the values, then __init_subclass__ of the base.
#include "core/object/descriptors.h"
#include "core/object/function.h"
#include "core/object/instance.h"
#include "core/object/list.h"
#include "core/object/mapping_proxy.h"
#include "core/object/shape.h"
#include "core/object/type_internal.h"
#include "core/object/upcalls.h"
#include "gc/track.h"

// The name of the module that runs, for type() calls: core/vm has it.
__attribute__((weak)) Ref frame_module_name(ThreadState *ts) { return NO_REF; }

// --- Metatype and best base ----------------------------------------------------------------------

Type *type_winner(ThreadState *ts, Type *metatype, Value bases)
{
    Type *winner = metatype;
    for (size_t i = 0; i < tuple_count(bases); i++) {
        Type *candidate = type_of(tuple_item(bases, i));
        if (type_is_subtype(winner, candidate)) {
            continue;
        }
        if (!type_is_subtype(candidate, winner)) {
            (void)raise(ts, EXC_TypeError,
                        "metaclass conflict: the metaclass of a derived class must be a "
                        "(non-strict) subclass of the metaclasses of all its bases");
            return NULL;
        }
        winner = candidate;
    }
    return winner;
}

// The nearest base (or t) that added to the C structure or has __slots__.
static Type *solid_base(Type *t)
{
    Type *base = type_base(t);
    if (base == NULL) {
        return t;
    }
    return t->kind != base->kind || t->basic_size != base->basic_size ? t : solid_base(base);
}

Type *type_best_base(ThreadState *ts, Value bases)
{
    Type *best = NULL, *winner = NULL;
    for (size_t i = 0; i < tuple_count(bases); i++) {
        Value v = tuple_item(bases, i);
        if (!value_is_type(v)) {
            (void)raise(ts, EXC_TypeError, "bases must be types");
            return NULL;
        }
        Type *base = type_from(v);
        if ((base->flags & TYPE_SUBCLASSABLE) == 0) {
            (void)raise(ts, EXC_TypeError, "type '%N' is not an acceptable base type", base);
            return NULL;
        }
        Type *candidate = solid_base(base);
        if (winner == NULL ||
            (!type_is_subtype(winner, candidate) && type_is_subtype(candidate, winner))) {
            winner = candidate;
            best = base;
        } else if (!type_is_subtype(winner, candidate)) {
            (void)raise(ts, EXC_TypeError, "multiple bases have instance lay-out conflict");
            return NULL;
        }
    }
    return best;
}

// What a type adds to its base's instances: slots, a dict, weak references.
static bool adds_nothing(const Type *t, const Type *base)
{
    uint32_t flags = TYPE_HAS_DICT | TYPE_WEAK_REFERENCEABLE;
    return t->kind == base->kind && t->basic_size == base->basic_size &&
           ((t->flags ^ base->flags) & flags) == 0;
}

static const Type *last_that_adds(const Type *t)
{
    const Type *base = type_base(t);
    while (base != NULL && adds_nothing(t, base)) {
        t = base;
        base = type_base(t);
    }
    return t;
}

static bool same_slot_names(const Type *a, const Type *b)
{
    Value mine = shared_ref_peek(&a->slot_names), theirs = shared_ref_peek(&b->slot_names);
    size_t count = is_no_value(mine) ? 0 : tuple_count(mine);
    if (count != (is_no_value(theirs) ? 0 : tuple_count(theirs))) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!str_equal(tuple_item(mine, i), tuple_item(theirs, i))) {
            return false;
        }
    }
    return true;
}

bool type_layout_is_same(const Type *a, const Type *b)
{
    if (a->kind != b->kind || a->struct_size != b->struct_size) {
        return false;
    }
    a = last_that_adds(a);
    b = last_that_adds(b);
    return a == b || (type_base(a) == type_base(b) && a->basic_size == b->basic_size &&
                      same_slot_names(a, b) &&
                      ((a->flags ^ b->flags) & (TYPE_HAS_DICT | TYPE_WEAK_REFERENCEABLE)) == 0);
}

// --- __dict__ and __weakref__ of instances -------------------------------------------------------

static Ref get_instance_dict(ThreadState *ts, Value self)
{
    // A class found this through a metatype with a base that is no type.
    return value_is_type(self)
               ? mapping_proxy_new(ts, shared_ref_peek(&type_from(self)->namespace_))
               : object_get_dict(ts, self);
}

static Status set_instance_dict(ThreadState *ts, Value self, Value value)
{
    if (!value_is_object(self) || !type_has_dict(type_of(self))) {
        return raise_status(ts, EXC_AttributeError, "'%T' object has no attribute '__dict__'",
                            self);
    }
    if (!is_no_value(value) && !value_is_dict(value)) {
        return raise_status(ts, EXC_TypeError, "__dict__ must be set to a dictionary, not a '%T'",
                            value);
    }
    return instance_set_dict(ts, value_head(self), value);
}

__attribute__((weak)) Ref weakref_first(ThreadState *ts, Value self) { return REF_NONE; }
static Ref get_instance_weakref(ThreadState *ts, Value self) { return weakref_first(ts, self); }

const GetSetDef instance_dict_getset = {"__dict__", get_instance_dict, set_instance_dict,
                                        "dictionary for instance variables (if defined)"};
const GetSetDef instance_weakref_getset = {"__weakref__", get_instance_weakref, NULL,
                                           "list of weak references to the object (if defined)"};

// --- __slots__ -----------------------------------------------------------------------------------

typedef struct SlotPlan {
    Ref names; // sorted list of mangled names, or NO_REF: no __slots__
    bool adds_dict, adds_weakref;
} SlotPlan;

// Classes and modules keep their attributes in a namespace of their own.
static bool has_dict_elsewhere(const Type *base)
{
    return (base->flags & TYPE_IS_METATYPE) != 0 || base->kind == KIND_MODULE;
}

static bool is_identifier(ThreadState *ts, Value name)
{
    OWNED Ref result = object_call_method_z(ts, name, "isidentifier", NULL, 0);
    return value_is_same(result.v, VALUE_TRUE);
}

// _Class__name for names that begin with two underscores and do not end so.
Ref type_mangle(ThreadState *ts, Value class_name, Value name)
{
    const Str *s = str_from(name);
    size_t n = s->length;
    if (n < 3 || str_char(s, 0) != '_' || str_char(s, 1) != '_' ||
        (str_char(s, n - 1) == '_' && str_char(s, n - 2) == '_') ||
        str_find_char(s, '.', 0, n) >= 0) {
        return ref_new(name);
    }
    size_t start = 0, length = str_length(class_name);
    while (start < length && str_char(str_from(class_name), start) == '_') {
        start++;
    }
    if (start == length) {
        return ref_new(name);
    }
    OWNED Ref stripped = str_substring(ts, class_name, start, length);
    return is_error(stripped) ? NO_REF : format_str(ts, "_%U%U", stripped.v, name);
}

static Status plan_one(ThreadState *ts, SlotPlan *plan, Type *base, Value class_name, Value item,
                       Dict *namespace_)
{
    if (!value_is_str(item)) {
        return raise_status(ts, EXC_TypeError, "__slots__ items must be strings, not '%T'", item);
    }
    if (!is_identifier(ts, item)) {
        return has_exception(ts) ? STATUS_ERROR
                                 : raise_status(ts, EXC_TypeError, "__slots__ must be identifiers");
    }
    if (str_equal_z(item, "__dict__")) {
        if (type_has_dict(base) || has_dict_elsewhere(base) || plan->adds_dict) {
            return raise_status(ts, EXC_TypeError, "__dict__ slot disallowed: we already got one");
        }
        plan->adds_dict = true;
        return STATUS_OK;
    }
    if (str_equal_z(item, "__weakref__")) {
        if ((base->flags & (TYPE_WEAK_REFERENCEABLE | TYPE_ITEMS_IN_HEADER)) != 0 ||
            plan->adds_weakref) {
            return raise_status(
                ts, EXC_TypeError,
                "__weakref__ slot disallowed: either we already got one, or __itemsize__ != 0");
        }
        plan->adds_weakref = true;
        return STATUS_OK;
    }
    OWNED Ref mangled = type_mangle(ts, class_name, item);
    if (is_error(mangled)) {
        return STATUS_ERROR;
    }
    bool is_harmless =
        str_equal_z(mangled.v, "__qualname__") || str_equal_z(mangled.v, "__classcell__");
    Lookup conflict = is_harmless ? LOOKUP_ABSENT : dict_contains(ts, namespace_, mangled.v);
    if (conflict == LOOKUP_FOUND) {
        return raise_status(ts, EXC_ValueError, "%R in __slots__ conflicts with class variable",
                            mangled.v);
    }
    return conflict == LOOKUP_ERROR ? STATUS_ERROR
                                    : list_append(ts, list_from(plan->names.v), mangled.v);
}

static Status plan_slots(ThreadState *ts, SlotPlan *plan, Type *base, Value class_name, Value slots,
                         Dict *namespace_)
{
    OWNED Ref items = value_is_str(slots) ? tuple_pack(ts, 1, slots) : sequence_tuple(ts, slots);
    if (is_error(items)) {
        return STATUS_ERROR;
    }
    if (tuple_count(items.v) > 0 && (base->flags & TYPE_ITEMS_IN_HEADER) != 0) {
        return raise_status(ts, EXC_TypeError,
                            "nonempty __slots__ not supported for subtype of '%N'", base);
    }
    plan->names = list_new(ts, tuple_count(items.v));
    if (is_error(plan->names)) {
        return STATUS_ERROR;
    }
    for (size_t i = 0; i < tuple_count(items.v); i++) {
        if (plan_one(ts, plan, base, class_name, tuple_item(items.v, i), namespace_) ==
            STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    return list_sort(ts, plan->names.v, NO_VALUE, false);
}

static Status make_plan(ThreadState *ts, SlotPlan *plan, Value bases, Type *base, Value class_name,
                        Dict *namespace_)
{
    bool may_add_weakref = (base->flags & (TYPE_WEAK_REFERENCEABLE | TYPE_ITEMS_IN_HEADER)) == 0;
    OWNED Ref slots = NO_REF;
    Lookup found = dict_get(ts, namespace_, NAME(__slots__), &slots);
    if (found == LOOKUP_ERROR) {
        return STATUS_ERROR;
    }
    if (found == LOOKUP_ABSENT) {
        plan->adds_dict = !type_has_dict(base) && !has_dict_elsewhere(base);
        plan->adds_weakref = may_add_weakref;
        return STATUS_OK;
    }
    if (plan_slots(ts, plan, base, class_name, slots.v, namespace_) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    // What another base brings cannot be refused by __slots__.
    for (size_t i = 0; i < tuple_count(bases); i++) {
        Type *other = type_from(tuple_item(bases, i));
        plan->adds_dict |= other != base && type_has_dict(other) && !type_has_dict(base) &&
                           !has_dict_elsewhere(base);
        plan->adds_weakref |=
            other != base && (other->flags & TYPE_WEAK_REFERENCEABLE) != 0 && may_add_weakref;
    }
    return STATUS_OK;
}

// --- The namespace -------------------------------------------------------------------------------

static Ref copy_namespace(ThreadState *ts, Dict *from)
{
    OWNED Ref copy = dict_new_sized(ts, dict_size(from));
    size_t position = 0;
    OWNED Ref key = NO_REF;
    OWNED Ref value = NO_REF;
    while (!is_error(copy) && dict_next(ts, from, &position, &key, &value)) {
        if (value_is_exactly(key.v, KIND_STR) && !str_is_interned(str_from(key.v))) {
            key = str_intern(ts, ref_take(&key));
        }
        if (is_error(key) || dict_set(ts, dict_from(copy.v), key.v, value.v) == STATUS_ERROR) {
            return NO_REF;
        }
        ref_drop(&key);
        ref_drop(&value);
    }
    return ref_take(&copy);
}

// Takes a name out of the namespace; NO_REF without an exception when it is not there.
static Ref take(ThreadState *ts, Dict *d, Value name)
{
    Ref value = NO_REF;
    (void)dict_pop(ts, d, name, &value);
    return value;
}

static Status set_default(ThreadState *ts, Dict *d, Value name, Value value)
{
    Ref now = NO_REF;
    Lookup found = dict_set_default(ts, d, name, value, &now);
    ref_drop(&now);
    return found == LOOKUP_ERROR ? STATUS_ERROR : STATUS_OK;
}

static Status wrap(ThreadState *ts, Dict *d, Value name, Ref (*wrapper)(ThreadState *, Value))
{
    OWNED Ref f = NO_REF;
    Lookup found = dict_get(ts, d, name, &f);
    if (found != LOOKUP_FOUND || !value_is_function(f.v)) {
        return found == LOOKUP_ERROR ? STATUS_ERROR : STATUS_OK;
    }
    OWNED Ref wrapped = wrapper(ts, f.v);
    return is_error(wrapped) ? STATUS_ERROR : dict_set(ts, d, name, wrapped.v);
}

// What every class's namespace has, whatever the script wrote.
static Status complete_namespace(ThreadState *ts, Dict *d)
{
    Lookup has_module = dict_contains(ts, d, NAME(__module__));
    if (has_module == LOOKUP_ABSENT) {
        OWNED Ref module = frame_module_name(ts);
        if (!is_error(module) && dict_set(ts, d, NAME(__module__), module.v) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    if (has_module == LOOKUP_ERROR || has_exception(ts) ||
        wrap(ts, d, NAME(__new__), static_method_new) == STATUS_ERROR ||
        wrap(ts, d, NAME(__init_subclass__), class_method_new) == STATUS_ERROR ||
        wrap(ts, d, NAME(__class_getitem__), class_method_new) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    return STATUS_OK;
}

// What comes last in the order of the namespace.
static Status add_defaults(ThreadState *ts, Dict *d)
{
    Lookup has_eq = dict_contains(ts, d, NAME(__eq__));
    if (has_eq == LOOKUP_ERROR || set_default(ts, d, NAME(__doc__), VALUE_NONE) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    return has_eq == LOOKUP_FOUND ? set_default(ts, d, NAME(__hash__), VALUE_NONE) : STATUS_OK;
}

static Status add_members(ThreadState *ts, Type *t, const SlotPlan *plan)
{
    Dict *d = type_namespace(t);
    size_t count = is_error(plan->names) ? 0 : list_size(list_from(plan->names.v));
    uint32_t offset = t->basic_size - (uint32_t)(count * sizeof(SharedRef));
    bool from_extra = (t->flags & TYPE_VAR_SIZE) != 0;
    for (size_t i = 0; i < count; i++, offset += sizeof(SharedRef)) {
        OWNED Ref name = list_get(ts, list_from(plan->names.v), i);
        OWNED Ref interned = str_intern(ts, ref_take(&name));
        if (is_error(interned)) {
            return STATUS_ERROR;
        }
        OWNED Ref member = member_descriptor_new(
            ts, interned.v, t, offset - (from_extra ? t->struct_size : 0), from_extra);
        if (is_error(member) || dict_set(ts, d, interned.v, member.v) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    if (plan->adds_dict) {
        OWNED Ref dict = getset_descriptor_new(ts, &instance_dict_getset, t);
        if (is_error(dict) || set_default(ts, d, NAME(__dict__), dict.v) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    if (plan->adds_weakref) {
        OWNED Ref weakref = getset_descriptor_new(ts, &instance_weakref_getset, t);
        if (is_error(weakref) || set_default(ts, d, NAME(__weakref__), weakref.v) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    return STATUS_OK;
}

// --- The type object -----------------------------------------------------------------------------

// All that needs no script: fields, sizes. Tracked, with one reference.
static Ref new_type(ThreadState *ts, Type *metatype, Value name, Value qualname, Value bases,
                    Type *base, Value namespace_, const SlotPlan *plan)
{
    Type *t = object_new_of(ts, metatype);
    if (t == NULL) {
        return NO_REF;
    }
    size_t slot_count = is_error(plan->names) ? 0 : list_size(list_from(plan->names.v));
    memset((char *)t + sizeof(ObjectHead), 0, sizeof *t - sizeof(ObjectHead));
    uint32_t kept = TYPE_IS_EXCEPTION | TYPE_IS_SEQUENCE | TYPE_IS_MAPPING | TYPE_VAR_SIZE |
                    TYPE_IS_METATYPE | TYPE_WEAK_REFERENCEABLE | TYPE_ITEMS_IN_HEADER |
                    TYPE_HAS_DICT;
    t->flags = (base->flags & kept) | TYPE_MADE_BY_SCRIPT | TYPE_SUBCLASSABLE | TYPE_COLLECTED;
    const uint32_t patterns = TYPE_IS_SEQUENCE | TYPE_IS_MAPPING;
    for (size_t i = 0; i < tuple_count(bases); i++) { // the first base that is either decides
        uint32_t flags = atomic_load_relaxed(&type_from(tuple_item(bases, i))->flags) & patterns;
        if (flags != 0) {
            t->flags = (t->flags & ~patterns) | flags;
            break;
        }
    }
    t->flags |= plan->adds_dict ? TYPE_HAS_DICT : 0;
    t->flags |= plan->adds_weakref ? TYPE_WEAK_REFERENCEABLE : 0;
    t->kind = base->kind;
    t->struct_size = base->struct_size;
    t->basic_size = base->basic_size + (uint32_t)(slot_count * sizeof(SharedRef));
    shared_ref_init(&t->name, ref_new(name));
    shared_ref_init(&t->qualname, ref_new(qualname));
    shared_ref_init(&t->bases, ref_new(bases));
    shared_ref_init(&t->base, ref_new(type_value(base)));
    shared_ref_init(&t->namespace_, ref_new(namespace_));
    object_track(&t->head);
    return REF_FROM_NEW(t);
}

static Status give_mro(ThreadState *ts, Type *t, Value bases)
{
    Type *metatype = type_of(type_value(t));
    OWNED Ref mro = NO_REF;
    OWNED Ref custom = type_lookup(ts, metatype, NAME(mro));
    if (value_is_kind(custom.v, KIND_METHOD_DESCRIPTOR)) {
        mro = type_compute_mro(ts, t, bases);
    } else {
        OWNED Ref result = type_call_special(ts, type_value(t), NAME(mro), NULL, 0);
        mro = is_error(result) ? NO_REF : sequence_tuple(ts, result.v);
        for (size_t i = 0; !is_error(mro) && i < tuple_count(mro.v); i++) {
            if (!value_is_type(tuple_item(mro.v, i))) {
                return raise_status(ts, EXC_TypeError, "mro() returned a non-class ('%T')",
                                    tuple_item(mro.v, i));
            }
        }
    }
    if (is_error(mro)) {
        return STATUS_ERROR;
    }
    if (is_no_value(type_mro(t))) {
        shared_ref_init(&t->mro, ref_take(&mro));
    } else {
        type_replace_paused(ts, &t->mro, ref_take(&mro));
    }
    return STATUS_OK;
}

Status type_refresh_mro(ThreadState *ts, Type *t)
{
    OWNED Ref bases = shared_ref_load(&t->head, &t->bases);
    return give_mro(ts, t, bases.v);
}

static Status give_shape(ThreadState *ts, Type *t)
{
    uint32_t places = 0;
    if (type_has_dict(t) && (t->flags & TYPE_VAR_SIZE) == 0) {
        // A plain instance takes one block of 64 bytes; the first instances teach better.
        places = t->basic_size > sizeof(ObjectHead) ? 3 + (t->basic_size / 8) % 2 : 5;
    }
    Shape *root = shape_make_root(ts, t, places);
    if (root == NULL) {
        return STATUS_ERROR;
    }
    t->inline_count = places;
    t->shape = root->id;
    return STATUS_OK;
}

static Status register_with_bases(ThreadState *ts, Type *t, Value bases)
{
    for (size_t i = 0; i < tuple_count(bases); i++) {
        if (type_add_subclass(ts, type_from(tuple_item(bases, i)), t) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    return STATUS_OK;
}

// --- After the class exists ----------------------------------------------------------------------

static Status set_names(ThreadState *ts, Type *t)
{
    // A snapshot: __set_name__ may change the class.
    OWNED Ref snapshot = dict_copy(ts, type_namespace(t));
    size_t position = 0;
    OWNED Ref key = NO_REF;
    OWNED Ref value = NO_REF;
    while (!is_error(snapshot) && dict_next(ts, dict_from(snapshot.v), &position, &key, &value)) {
        Value args[2] = {type_value(t), key.v};
        Cell *method = value_is_function(value.v)
                           ? NULL
                           : type_lookup_cell_once(ts, type_of(value.v), NAME(__set_name__));
        OWNED Ref done =
            method == NULL ? REF_NONE : type_call_special(ts, value.v, NAME(__set_name__), args, 2);
        if (is_error(done)) {
            OWNED Ref cause = exception_fetch(ts);
            (void)raise(ts, EXC_RuntimeError,
                        "Error calling __set_name__ on '%T' instance %R in '%N'", value.v, key.v,
                        t);
            OWNED Ref error = exception_fetch(ts);
            (void)raise_object(ts, error.v, cause.v);
            return STATUS_ERROR;
        }
        ref_drop(&key);
        ref_drop(&value);
    }
    return is_error(snapshot) ? STATUS_ERROR : STATUS_OK;
}

static Status init_subclass(ThreadState *ts, Type *t, const Value *kwargs, Value kwnames)
{
    // super(t, t).__init_subclass__(**kwargs)
    OWNED Ref super =
        object_call2(ts, type_value(TYPE_OF_KIND(SUPER)), type_value(t), type_value(t));
    OWNED Ref f =
        is_error(super) ? NO_REF : object_get_attribute(ts, super.v, NAME(__init_subclass__));
    OWNED Ref done = is_error(f) ? NO_REF : object_call(ts, f.v, kwargs, 0, kwnames);
    return is_error(done) ? STATUS_ERROR : STATUS_OK;
}

// The plain __init_subclass__ of object and no arguments: nothing to call.
static bool init_subclass_is_plain(ThreadState *ts, Type *t, Value kwnames)
{
    if (!is_no_value(kwnames) && tuple_count(kwnames) > 0) {
        return false;
    }
    Value mro = type_mro(t);
    if (tuple_count(mro) == 0 || tuple_item(mro, 0).bits != (uintptr_t)t) {
        return false; // a metatype's own order
    }
    for (size_t i = 1; i < tuple_count(mro); i++) {
        Type *at = type_from(tuple_item(mro, i));
        if (namespace_cell(ts, type_namespace(at), NAME(__init_subclass__), false) != NULL) {
            return at == TYPE_OF_KIND(OBJECT);
        }
    }
    return true;
}

static Status fill_class_cell(ThreadState *ts, Value cell, Type *t)
{
    if (is_no_value(cell)) {
        return STATUS_OK;
    }
    if (!value_is_kind(cell, KIND_CELL)) {
        return raise_status(ts, EXC_TypeError,
                            "__classcell__ must be a nonlocal cell, not <class '%T'>", cell);
    }
    cell_store(ts, (Cell *)value_head(cell), ref_new(type_value(t)));
    return STATUS_OK;
}

static Ref check_qualname(ThreadState *ts, Dict *d, Value name)
{
    OWNED Ref qualname = take(ts, d, NAME(__qualname__));
    if (is_error(qualname)) {
        return has_exception(ts) ? NO_REF : ref_new(name);
    }
    if (!value_is_str(qualname.v)) {
        return raise(ts, EXC_TypeError, "type __qualname__ must be a str, not %T", qualname.v);
    }
    return ref_take(&qualname);
}

static Ref build(ThreadState *ts, Type *metatype, Value name, Value bases, Value source)
{
    Type *base = type_best_base(ts, bases);
    OWNED Ref namespace_ = base == NULL ? NO_REF : copy_namespace(ts, dict_from(source));
    if (is_error(namespace_)) {
        return NO_REF;
    }
    Dict *d = dict_from(namespace_.v);
    SlotPlan plan = {NO_REF, false, false};
    OWNED Ref plan_names = NO_REF;
    Status planned = make_plan(ts, &plan, bases, base, name, d);
    plan_names = plan.names;
    OWNED Ref cell = planned == STATUS_ERROR ? NO_REF : take(ts, d, NAME(__classcell__));
    OWNED Ref qualname = planned == STATUS_ERROR ? NO_REF : check_qualname(ts, d, name);
    if (is_error(qualname) || complete_namespace(ts, d) == STATUS_ERROR ||
        dict_become_namespace(ts, d) == STATUS_ERROR) {
        return NO_REF;
    }
    OWNED Ref made = new_type(ts, metatype, name, qualname.v, bases, base, namespace_.v, &plan);
    if (is_error(made)) {
        return NO_REF;
    }
    Type *t = type_from(made.v);
    OWNED Ref slot_names =
        is_error(plan.names) ? tuple_empty() : list_to_tuple(ts, list_from(plan.names.v));
    if (is_error(slot_names)) {
        return NO_REF;
    }
    shared_ref_init(&t->slot_names, ref_take(&slot_names));
    if (type_set_name_text(ts, t, name) == STATUS_ERROR ||
        add_members(ts, t, &plan) == STATUS_ERROR ||
        add_defaults(ts, type_namespace(t)) == STATUS_ERROR ||
        fill_class_cell(ts, cell.v, t) == STATUS_ERROR || give_mro(ts, t, bases) == STATUS_ERROR ||
        slots_fix(ts, t) == STATUS_ERROR || give_shape(ts, t) == STATUS_ERROR ||
        register_with_bases(ts, t, bases) == STATUS_ERROR) {
        return NO_REF;
    }
    gc_defer(&t->head);
    return ref_take(&made);
}

Ref type_make(ThreadState *ts, Type *metatype, Value name, Value bases, Value namespace_,
              const Value *kwargs, Value kwnames)
{
    OWNED Ref all_bases = tuple_count(bases) > 0
                              ? ref_new(bases)
                              : tuple_pack(ts, 1, type_value(TYPE_OF_KIND(OBJECT)));
    if (is_error(all_bases)) {
        return NO_REF;
    }
    if (str_find_char(str_from(name), 0, 0, str_length(name)) >= 0) {
        return raise(ts, EXC_ValueError, "type name must not contain null characters");
    }
    OWNED Ref made = build(ts, metatype, name, all_bases.v, namespace_);
    if (is_error(made) || set_names(ts, type_from(made.v)) == STATUS_ERROR) {
        return NO_REF;
    }
    if (!init_subclass_is_plain(ts, type_from(made.v), kwnames) &&
        init_subclass(ts, type_from(made.v), kwargs, kwnames) == STATUS_ERROR) {
        return NO_REF;
    }
    return ref_take(&made);
}

Ref type_make_simple(ThreadState *ts, const char *qualified_name, const Type *base, const char *doc)
{
    const char *dot = strrchr(qualified_name, '.');
    OWNED Ref name = str_from_z(ts, dot == NULL ? qualified_name : dot + 1);
    OWNED Ref bases = is_error(name) ? NO_REF : tuple_pack(ts, 1, type_value(base));
    OWNED Ref d = is_error(bases) ? NO_REF : dict_new(ts);
    OWNED Ref module = is_error(d) ? NO_REF
                       : dot == NULL
                           ? str_from_z(ts, "builtins")
                           : str_from_utf8(ts, qualified_name, (size_t)(dot - qualified_name));
    OWNED Ref text = is_error(module) ? NO_REF : doc == NULL ? REF_NONE : str_from_z(ts, doc);
    if (is_error(text) ||
        dict_set(ts, dict_from(d.v), NAME(__module__), module.v) == STATUS_ERROR ||
        dict_set(ts, dict_from(d.v), NAME(__doc__), text.v) == STATUS_ERROR) {
        return NO_REF;
    }
    return type_make(ts, type_of(type_value(base)), name.v, bases.v, d.v, NULL, NO_VALUE);
}
