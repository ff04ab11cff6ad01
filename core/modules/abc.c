// core/modules/abc.c: _abc: what abc.ABCMeta does at every isinstance and issubclass.
//
// Each abstract base class has an AbcData in its attribute _abc_impl: weak references to
// the classes that were registered, to those known to be subclasses, and to those known not to be.
//
// 1. Every registration anywhere raises one counter. What is known not to be a subclass holds
//    for the value that the counter had when the set was new; a set of older knowledge is replaced.
// 2. Whoever finds that a class is no subclass adds it to the set that was current when the search
//    began: had there been a registration meanwhile, that set is replaced before it is next asked.
// 3. A weak reference takes itself out of its set when its class dies.
#include <string.h>

#include "core/object/container.h"
#include "core/object/dict.h"
#include "core/object/function.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/module.h"
#include "core/object/set.h"
#include "core/object/str.h"
#include "core/object/tuple.h"

typedef struct AbcData {
    ObjectHead head;
    SharedRef registry, cache, negative; // sets of weak references; never empty places
    uint64_t negative_version;           // written under the lock; atomic
} AbcData;

static uint64_t registrations; // atomic

static void data_finish(ThreadState *ts, ObjectHead *o)
{
    AbcData *d = (AbcData *)o;
    shared_ref_clear(&d->registry);
    shared_ref_clear(&d->cache);
    shared_ref_clear(&d->negative);
}

static void data_traverse(ObjectHead *o, Visitor visit, void *context)
{
    AbcData *d = (AbcData *)o;
    visit_place(&d->registry, visit, context);
    visit_place(&d->cache, visit, context);
    visit_place(&d->negative, visit, context);
}

// The places stay usable while garbage is taken apart: the sets are emptied by their own clear.
const TypeSpec spec_ABC_DATA = {
    .name = "_abc._abc_data",
    .doc = "Internal state held by ABC machinery.",
    .base = KIND_OBJECT,
    .size = sizeof(AbcData),
    .flags = TYPE_COLLECTED | TYPE_NOT_CONSTRUCTIBLE,
    .slots = {.finish = data_finish, .traverse = data_traverse},
};

static Ref data_new(ThreadState *ts)
{
    OWNED Ref registry = set_new(ts, NO_VALUE);
    OWNED Ref cache = set_new(ts, NO_VALUE);
    OWNED Ref negative = set_new(ts, NO_VALUE);
    AbcData *d = is_error(registry) || is_error(cache) || is_error(negative)
                     ? NULL
                     : object_new(ts, KIND_ABC_DATA, sizeof *d);
    if (d == NULL) {
        return NO_REF;
    }
    shared_ref_init(&d->registry, ref_take(&registry));
    shared_ref_init(&d->cache, ref_take(&cache));
    shared_ref_init(&d->negative, ref_take(&negative));
    d->negative_version = atomic_load_relaxed(&registrations);
    object_track(&d->head);
    return REF_FROM_NEW(d);
}

static Ref data_of(ThreadState *ts, Value cls)
{
    OWNED Ref data = object_get_attribute(ts, cls, NAME(_abc_impl));
    if (!is_error(data) && !value_is_exactly(data.v, KIND_ABC_DATA)) {
        return raise(ts, EXC_TypeError, "_abc_impl is set to a wrong type");
    }
    return ref_take(&data);
}
static AbcData *data_from(Ref data) { return (AbcData *)value_head(data.v); }

// --- Sets of weak references ---------------------------------------------------------------------

static Ref weak_reference_to(ThreadState *ts, Value object, Value callback)
{
    Value type = type_value(TYPE_OF_KIND(WEAK_REFERENCE));
    return is_no_value(callback) ? object_call1(ts, type, object)
                                 : object_call2(ts, type, object, callback);
}

// Called with the dead reference; self is a weak reference to its set.
static Ref forget_reference(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref set = object_call0(ts, self);
    if (is_error(set)) {
        return NO_REF;
    }
    return value_is_none(set.v) || set_discard(ts, set.v, args[0]) != LOOKUP_ERROR ? REF_NONE
                                                                                   : NO_REF;
}

static const NativeDef forget_def = NATIVE("_destroy", forget_reference, "($self, reference, /)",
                                           "Takes a dead reference out of its set.");

static Lookup set_has_class(ThreadState *ts, Value set, Value cls)
{
    if (set_size(set) == 0) {
        return LOOKUP_ABSENT;
    }
    OWNED Ref reference = weak_reference_to(ts, cls, NO_VALUE);
    if (is_error(reference)) {
        // What cannot be referred to weakly is not in there.
        return exception_clear_if(ts, EXC_TypeError) ? LOOKUP_ABSENT : LOOKUP_ERROR;
    }
    return set_contains(ts, set, reference.v);
}

static Status set_add_class(ThreadState *ts, Value set, Value cls)
{
    OWNED Ref home = weak_reference_to(ts, set, NO_VALUE);
    OWNED Ref callback =
        is_error(home) ? NO_REF : native_function_new(ts, &forget_def, home.v, NO_VALUE);
    OWNED Ref reference = is_error(callback) ? NO_REF : weak_reference_to(ts, cls, callback.v);
    return is_error(reference) ? STATUS_ERROR : set_add(ts, set, reference.v);
}

// --- _abc_init -----------------------------------------------------------------------------------

static Truth is_abstract(ThreadState *ts, Value v)
{
    if (!value_is_object(v)) {
        return TRUTH_FALSE;
    }
    OWNED Ref flag = NO_REF;
    switch (object_lookup_attribute(ts, v, NAME(__isabstractmethod__), &flag)) {
    case LOOKUP_FOUND:
        return object_is_true(ts, flag.v);
    case LOOKUP_ABSENT:
        return TRUTH_FALSE;
    default:
        return TRUTH_ERROR;
    }
}

// The class's own abstract methods.
static Status add_own_abstracts(ThreadState *ts, Value cls, Value names)
{
    OWNED Ref dict = object_get_attribute(ts, cls, NAME(__dict__));
    OWNED Ref pairs =
        is_error(dict) ? NO_REF : object_call_method(ts, dict.v, NAME(items), NULL, 0);
    OWNED Ref list = is_error(pairs) ? NO_REF : sequence_list(ts, pairs.v);
    if (is_error(list)) {
        return STATUS_ERROR;
    }
    for (size_t i = 0;; i++) {
        OWNED Ref pair = list_get(ts, list_from(list.v), i);
        if (is_error(pair)) {
            return has_exception(ts) ? STATUS_ERROR : STATUS_OK;
        }
        Truth t = is_abstract(ts, tuple_item(pair.v, 1));
        if (t == TRUTH_ERROR ||
            (t == TRUTH_TRUE && set_add(ts, names, tuple_item(pair.v, 0)) == STATUS_ERROR)) {
            return STATUS_ERROR;
        }
    }
}

// Abstract methods of a base that the class did not define.
static Status add_inherited_abstracts(ThreadState *ts, Value cls, Value base, Value names)
{
    OWNED Ref inherited = NO_REF;
    Lookup found = object_lookup_attribute(ts, base, NAME(__abstractmethods__), &inherited);
    if (found != LOOKUP_FOUND) {
        return found == LOOKUP_ERROR ? STATUS_ERROR : STATUS_OK;
    }
    OWNED Ref iterator = object_iterate(ts, inherited.v);
    while (!is_error(iterator)) {
        OWNED Ref name = iterator_next(ts, iterator.v);
        if (is_error(name)) {
            return has_exception(ts) ? STATUS_ERROR : STATUS_OK;
        }
        OWNED Ref value = NO_REF;
        Lookup there = object_lookup_attribute(ts, cls, name.v, &value);
        Truth t = there == LOOKUP_FOUND    ? is_abstract(ts, value.v)
                  : there == LOOKUP_ABSENT ? TRUTH_FALSE
                                           : TRUTH_ERROR;
        if (t == TRUTH_ERROR || (t == TRUTH_TRUE && set_add(ts, names, name.v) == STATUS_ERROR)) {
            return STATUS_ERROR;
        }
    }
    return STATUS_ERROR;
}

static Status compute_abstract_methods(ThreadState *ts, Value cls)
{
    OWNED Ref names = set_new(ts, NO_VALUE);
    OWNED Ref bases = is_error(names) ? NO_REF : object_get_attribute(ts, cls, NAME(__bases__));
    if (is_error(bases) || add_own_abstracts(ts, cls, names.v) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    if (!value_is_tuple(bases.v)) {
        return raise_status(ts, EXC_TypeError, "__bases__ is not tuple");
    }
    for (size_t i = 0; i < tuple_count(bases.v); i++) {
        if (add_inherited_abstracts(ts, cls, tuple_item(bases.v, i), names.v) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    OWNED Ref frozen = frozenset_new(ts, names.v);
    return is_error(frozen) ? STATUS_ERROR
                            : object_set_attribute(ts, cls, NAME(__abstractmethods__), frozen.v);
}

enum {
    TPFLAG_SEQUENCE = 1 << 5,
    TPFLAG_MAPPING = 1 << 6,
    COLLECTION_FLAGS = TYPE_IS_SEQUENCE | TYPE_IS_MAPPING
};

// __abc_tpflags__ in the body of a class: `match` takes its instances for sequences, or mappings.
static Status take_collection_flags(ThreadState *ts, Value cls)
{
    Type *t = type_from(cls);
    OWNED Ref given = NO_REF;
    Lookup found =
        dict_get_z(ts, dict_from(shared_ref_peek(&t->namespace_)), "__abc_tpflags__", &given);
    if (found != LOOKUP_FOUND) {
        return found == LOOKUP_ERROR ? STATUS_ERROR : STATUS_OK;
    }
    int64_t bits;
    if (!value_is_int(given.v) || !int_to_i64(given.v, &bits)) {
        return STATUS_OK;
    }
    if ((bits & (TPFLAG_SEQUENCE | TPFLAG_MAPPING)) == (TPFLAG_SEQUENCE | TPFLAG_MAPPING)) {
        return raise_status(
            ts, EXC_TypeError,
            "__abc_tpflags__ cannot be both Py_TPFLAGS_SEQUENCE and Py_TPFLAGS_MAPPING");
    }
    uint32_t flags = (bits & TPFLAG_SEQUENCE) != 0  ? TYPE_IS_SEQUENCE
                     : (bits & TPFLAG_MAPPING) != 0 ? TYPE_IS_MAPPING
                                                    : 0;
    atomic_or_relaxed(&t->flags, flags);
    OWNED Ref name = str_intern_z(ts, "__abc_tpflags__");
    return is_error(name) ? STATUS_ERROR : type_set_attribute(ts, t, name.v, NO_VALUE);
}

static Ref abc_init(ThreadState *ts, Value self, const Value *args)
{
    Value cls = args[0];
    if (compute_abstract_methods(ts, cls) == STATUS_ERROR) {
        return NO_REF;
    }
    OWNED Ref data = data_new(ts);
    if (is_error(data) || object_set_attribute(ts, cls, NAME(_abc_impl), data.v) == STATUS_ERROR) {
        return NO_REF;
    }
    return value_is_type(cls) && take_collection_flags(ts, cls) == STATUS_ERROR ? NO_REF : REF_NONE;
}

// --- _abc_register -------------------------------------------------------------------------------

static Status spread_collection_flags(ThreadState *ts, Value cls, uint32_t flags)
{
    Type *t = type_from(cls);
    if ((t->flags & TYPE_IMMUTABLE) != 0 || (t->flags & COLLECTION_FLAGS) == flags) {
        return STATUS_OK;
    }
    atomic_or_relaxed(&t->flags, flags);
    OWNED Ref list = object_call_method(ts, cls, NAME(__subclasses__), NULL, 0);
    if (is_error(list)) {
        return STATUS_ERROR;
    }
    for (size_t i = 0;; i++) {
        OWNED Ref sub = list_get(ts, list_from(list.v), i);
        if (is_error(sub)) {
            return has_exception(ts) ? STATUS_ERROR : STATUS_OK;
        }
        if (spread_collection_flags(ts, sub.v, flags) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
}

static Ref abc_register(ThreadState *ts, Value self, const Value *args)
{
    Value cls = args[0], subclass = args[1];
    if (!value_is_type(subclass)) {
        return raise(ts, EXC_TypeError, "Can only register classes");
    }
    Truth already = object_is_subclass(ts, subclass, cls);
    if (already != TRUTH_FALSE) {
        return already == TRUTH_ERROR ? NO_REF : ref_new(subclass);
    }
    Truth circle = object_is_subclass(ts, cls, subclass);
    if (circle != TRUTH_FALSE) {
        return circle == TRUTH_ERROR
                   ? NO_REF
                   : raise(ts, EXC_RuntimeError, "Refusing to create an inheritance cycle");
    }
    OWNED Ref data = data_of(ts, cls);
    OWNED Ref registry = is_error(data)
                             ? NO_REF
                             : shared_ref_load(&data_from(data)->head, &data_from(data)->registry);
    if (is_error(registry) || set_add_class(ts, registry.v, subclass) == STATUS_ERROR) {
        return NO_REF;
    }
    // release: whoever sees the new number finds the class in the registry.
    atomic_add_release(&registrations, (uint64_t)1);
    uint32_t flags = value_is_type(cls) ? type_from(cls)->flags & COLLECTION_FLAGS : 0;
    return flags != 0 && spread_collection_flags(ts, subclass, flags) == STATUS_ERROR
               ? NO_REF
               : ref_new(subclass);
}

// --- The checks ----------------------------------------------------------------------------------

// The set of what is known not to be a subclass, as of the registrations so far.
static Ref negative_set(ThreadState *ts, AbcData *d)
{
    uint64_t now = atomic_load_acquire(&registrations);
    if (atomic_load_acquire(&d->negative_version) == now) {
        return shared_ref_load(&d->head, &d->negative);
    }
    OWNED Ref fresh = set_new(ts, NO_VALUE);
    OWNED Ref old = NO_REF;
    if (is_error(fresh)) {
        return NO_REF;
    }
    CRITICAL_SECTION(ts, &d->head)
    {
        if (d->negative_version < now) {
            old = shared_ref_swap(&d->negative, ref_new(fresh.v));
            // release: pairs with the acquire above; the version implies its set.
            atomic_store_release(&d->negative_version, now);
        }
    }
    return shared_ref_load(&d->head, &d->negative);
}

static Lookup is_cached(ThreadState *ts, AbcData *d, Value cls)
{
    OWNED Ref cache = shared_ref_load(&d->head, &d->cache);
    return set_has_class(ts, cache.v, cls);
}

static Truth found_subclass(ThreadState *ts, AbcData *d, Value cls)
{
    OWNED Ref cache = shared_ref_load(&d->head, &d->cache);
    return set_add_class(ts, cache.v, cls) == STATUS_ERROR ? TRUTH_ERROR : TRUTH_TRUE;
}

// Is it a subclass of one of these? `classes`: a list of classes or of weak references to some.
static Truth is_subclass_of_any(ThreadState *ts, Value subclass, Value classes)
{
    for (size_t i = 0;; i++) {
        OWNED Ref candidate = list_get(ts, list_from(classes), i);
        if (is_error(candidate)) {
            return has_exception(ts) ? TRUTH_ERROR : TRUTH_FALSE;
        }
        if (value_is_kind(candidate.v, KIND_WEAK_REFERENCE)) {
            ref_set(&candidate, object_call0(ts, candidate.v));
        }
        if (value_is_none(candidate.v)) {
            continue;
        }
        Truth t = is_error(candidate) ? TRUTH_ERROR : object_is_subclass(ts, subclass, candidate.v);
        if (t != TRUTH_FALSE) {
            return t;
        }
    }
}

static Truth mro_contains(ThreadState *ts, Value subclass, Value cls)
{
    OWNED Ref mro = object_get_attribute(ts, subclass, NAME(__mro__));
    if (is_error(mro)) {
        return exception_clear_if(ts, EXC_AttributeError) ? TRUTH_FALSE : TRUTH_ERROR;
    }
    for (size_t i = 0; value_is_tuple(mro.v) && i < tuple_count(mro.v); i++) {
        if (value_is_same(tuple_item(mro.v, i), cls)) {
            return TRUTH_TRUE;
        }
    }
    return TRUTH_FALSE;
}

// What neither cache nor hook knows.
static Truth search(ThreadState *ts, AbcData *d, Value cls, Value subclass)
{
    Truth t = mro_contains(ts, subclass, cls);
    if (t != TRUTH_FALSE) {
        return t;
    }
    OWNED Ref registry = shared_ref_load(&d->head, &d->registry);
    if (set_size(registry.v) > 0) {
        OWNED Ref registered = sequence_list(ts, registry.v);
        t = is_error(registered) ? TRUTH_ERROR : is_subclass_of_any(ts, subclass, registered.v);
        if (t != TRUTH_FALSE) {
            return t;
        }
    }
    OWNED Ref subclasses = object_call_method(ts, cls, NAME(__subclasses__), NULL, 0);
    if (is_error(subclasses)) {
        return TRUTH_ERROR;
    }
    if (!value_is_list(subclasses.v)) {
        raise(ts, EXC_TypeError, "__subclasses__() must return a list");
        return TRUTH_ERROR;
    }
    return is_subclass_of_any(ts, subclass, subclasses.v);
}

static Truth check_subclass(ThreadState *ts, Value cls, Value subclass)
{
    if (!value_is_type(subclass)) {
        raise(ts, EXC_TypeError, "issubclass() arg 1 must be a class");
        return TRUTH_ERROR;
    }
    OWNED Ref data = data_of(ts, cls);
    if (is_error(data)) {
        return TRUTH_ERROR;
    }
    AbcData *d = data_from(data);
    Lookup known = is_cached(ts, d, subclass);
    if (known != LOOKUP_ABSENT) {
        return known == LOOKUP_FOUND ? TRUTH_TRUE : TRUTH_ERROR;
    }
    OWNED Ref negative = negative_set(ts, d);
    known = is_error(negative) ? LOOKUP_ERROR : set_has_class(ts, negative.v, subclass);
    if (known != LOOKUP_ABSENT) {
        return known == LOOKUP_FOUND ? TRUTH_FALSE : TRUTH_ERROR;
    }
    OWNED Ref answer = object_call_method(ts, cls, NAME(__subclasshook__), &subclass, 1);
    if (is_error(answer)) {
        return TRUTH_ERROR;
    }
    Truth t = value_is_same(answer.v, VALUE_TRUE) ? TRUTH_TRUE : TRUTH_FALSE;
    if (value_is_same(answer.v, VALUE_NOT_IMPLEMENTED)) {
        t = search(ts, d, cls, subclass);
    } else if (!value_is_bool(answer.v)) {
        raise(ts, EXC_AssertionError,
              "__subclasshook__ must return either False, True, or NotImplemented");
        return TRUTH_ERROR;
    }
    if (t == TRUTH_TRUE) {
        return found_subclass(ts, d, subclass);
    }
    return t == TRUTH_ERROR || set_add_class(ts, negative.v, subclass) == STATUS_ERROR
               ? TRUTH_ERROR
               : TRUTH_FALSE;
}

static Ref abc_subclasscheck(ThreadState *ts, Value self, const Value *args)
{
    return ref_of_truth(check_subclass(ts, args[0], args[1]));
}

static Truth ask_class(ThreadState *ts, Value cls, Value subclass)
{
    OWNED Ref answer = object_call_method(ts, cls, NAME(__subclasscheck__), &subclass, 1);
    return is_error(answer) ? TRUTH_ERROR : object_is_true(ts, answer.v);
}

static Truth check_instance(ThreadState *ts, Value cls, Value instance)
{
    OWNED Ref data = data_of(ts, cls);
    OWNED Ref subclass =
        is_error(data) ? NO_REF : object_get_attribute(ts, instance, NAME(__class__));
    if (is_error(subclass)) {
        return TRUTH_ERROR;
    }
    AbcData *d = data_from(data);
    Lookup known = is_cached(ts, d, subclass.v);
    if (known != LOOKUP_ABSENT) {
        return known == LOOKUP_FOUND ? TRUTH_TRUE : TRUTH_ERROR;
    }
    Value type = type_value(type_of(instance));
    if (!value_is_same(type, subclass.v)) {
        Truth t = ask_class(ts, cls, subclass.v);
        return t == TRUTH_FALSE ? ask_class(ts, cls, type) : t;
    }
    if (atomic_load_acquire(&d->negative_version) == atomic_load_acquire(&registrations)) {
        OWNED Ref negative = shared_ref_load(&d->head, &d->negative);
        known = set_has_class(ts, negative.v, subclass.v);
        if (known != LOOKUP_ABSENT) {
            return known == LOOKUP_FOUND ? TRUTH_FALSE : TRUTH_ERROR;
        }
    }
    return ask_class(ts, cls, subclass.v);
}

static Ref abc_instancecheck(ThreadState *ts, Value self, const Value *args)
{
    return ref_of_truth(check_instance(ts, args[0], args[1]));
}

// --- Looking at it and forgetting ----------------------------------------------------------------

static Ref get_cache_token(ThreadState *ts, Value self, const Value *args)
{
    return int_from_u64(ts, atomic_load_acquire(&registrations));
}

static Ref copy_set(ThreadState *ts, AbcData *d, const SharedRef *place)
{
    OWNED Ref set = shared_ref_load(&d->head, place);
    return set_new(ts, set.v);
}

static Ref get_dump(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref data = data_of(ts, args[0]);
    if (is_error(data)) {
        return NO_REF;
    }
    AbcData *d = data_from(data);
    OWNED Ref registry = copy_set(ts, d, &d->registry);
    OWNED Ref cache = copy_set(ts, d, &d->cache);
    OWNED Ref negative = copy_set(ts, d, &d->negative);
    OWNED Ref version = int_from_u64(ts, atomic_load_relaxed(&d->negative_version));
    return is_error(registry) || is_error(cache) || is_error(negative) || is_error(version)
               ? NO_REF
               : tuple_pack(ts, 4, registry.v, cache.v, negative.v, version.v);
}

static Status empty_set(ThreadState *ts, AbcData *d, SharedRef *place)
{
    OWNED Ref fresh = set_new(ts, NO_VALUE);
    if (is_error(fresh)) {
        return STATUS_ERROR;
    }
    object_store(ts, &d->head, place, ref_take(&fresh));
    return STATUS_OK;
}

static Ref reset_registry(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref data = data_of(ts, args[0]);
    return is_error(data) ||
                   empty_set(ts, data_from(data), &data_from(data)->registry) == STATUS_ERROR
               ? NO_REF
               : REF_NONE;
}

static Ref reset_caches(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref data = data_of(ts, args[0]);
    return is_error(data) ||
                   empty_set(ts, data_from(data), &data_from(data)->cache) == STATUS_ERROR ||
                   empty_set(ts, data_from(data), &data_from(data)->negative) == STATUS_ERROR
               ? NO_REF
               : REF_NONE;
}

static const NativeDef functions[] = {
    NATIVE("get_cache_token", get_cache_token, "($module, /)",
           "A token that changes with every registration."),
    NATIVE("_abc_init", abc_init, "($module, self, /)", "Sets a new abstract base class up."),
    NATIVE("_abc_register", abc_register, "($module, self, subclass, /)",
           "What ABCMeta.register does."),
    NATIVE("_abc_instancecheck", abc_instancecheck, "($module, self, instance, /)",
           "What isinstance asks."),
    NATIVE("_abc_subclasscheck", abc_subclasscheck, "($module, self, subclass, /)",
           "What issubclass asks."),
    NATIVE("_get_dump", get_dump, "($module, self, /)",
           "Copies of the registry, of both caches, and the version of the negative one."),
    NATIVE("_reset_registry", reset_registry, "($module, self, /)", "Forgets what was registered."),
    NATIVE("_reset_caches", reset_caches, "($module, self, /)", "Forgets what was found."),
    NATIVE_END,
};

static Status setup(ThreadState *ts, Value module) { return STATUS_OK; }

extern const ModuleSpec module_abc;
const ModuleSpec module_abc = {"_abc", "What abc.ABCMeta does at every isinstance and issubclass.",
                               functions, setup};
