// core/object/set_algebra.c: operators, comparisons and methods of set and frozenset.
//
// Which of two sets is walked, and whether a copy is made first, follows CPython, because it
// decides the order in which the result shows its items.
#include "core/object/set_table.h"
#include "core/object/tuple.h"

// Walks a set: `item` and `hash` are set for each step; the body drops nothing. Leave by break or
// return only after ref_drop(&item).
#define SET_FOR_EACH(ts, set, item, hash)                                                          \
    for (size_t position_ = 0; set_next_hashed((ts), (set), &position_, &(item), &(hash));         \
         ref_drop(&(item)))

// The base type whose empty instance takes results: subclasses yield plain sets.
static Type *plain_type(Value set)
{
    return value_is_kind(set, KIND_SET) ? TYPE_OF_KIND(SET) : TYPE_OF_KIND(FROZENSET);
}

static Ref plain_from(ThreadState *ts, Value like, Value iterable)
{
    OWNED Ref result = set_new_empty(ts, plain_type(like));
    if (is_error(result) || set_update(ts, result.v, iterable) == STATUS_ERROR) {
        return NO_REF;
    }
    return ref_take(&result);
}

Ref set_copy(ThreadState *ts, Value self) { return plain_from(ts, self, self); }

// --- Union, intersection, difference, symmetric difference ---------------------------------------

static Status add_common_of_set(ThreadState *ts, Value walked, Value tested, Value result)
{
    Ref item;
    int64_t hash;
    size_t position = 0;
    while (set_next_hashed(ts, set_from(walked), &position, &item, &hash)) {
        Lookup found = set_contains_hashed(ts, set_from(tested), item.v, hash);
        if (found == LOOKUP_FOUND) {
            if (set_add_unique(ts, set_from(result), item, hash) == STATUS_ERROR) {
                return STATUS_ERROR;
            }
            continue;
        }
        ref_drop(&item);
        if (found == LOOKUP_ERROR) {
            return STATUS_ERROR;
        }
    }
    return STATUS_OK;
}

static Ref intersection(ThreadState *ts, Value self, Value other)
{
    if (self.bits == other.bits) {
        return set_copy(ts, self);
    }
    OWNED Ref result = set_new_empty(ts, plain_type(self));
    if (is_error(result)) {
        return NO_REF;
    }
    if (value_is_set(other)) {
        Status status = set_size(other) > set_size(self)
                            ? add_common_of_set(ts, self, other, result.v)
                            : add_common_of_set(ts, other, self, result.v);
        return status == STATUS_ERROR ? NO_REF : ref_take(&result);
    }
    OWNED Ref it = object_iterate(ts, other);
    if (is_error(it)) {
        return NO_REF;
    }
    for (;;) {
        OWNED Ref item = iterator_next(ts, it.v);
        if (is_error(item)) {
            return has_exception(ts) ? NO_REF : ref_take(&result);
        }
        int64_t hash;
        Lookup found = key_hash(ts, item.v, &hash) == STATUS_ERROR
                           ? LOOKUP_ERROR
                           : set_contains_hashed(ts, set_from(self), item.v, hash);
        if (found == LOOKUP_ERROR ||
            (found == LOOKUP_FOUND &&
             set_add_hashed(ts, set_from(result.v), item.v, hash) == STATUS_ERROR)) {
            return NO_REF;
        }
    }
}

static Status difference_update(ThreadState *ts, Value self, Value other)
{
    if (self.bits == other.bits) {
        set_clear(ts, set_from(self));
        return STATUS_OK;
    }
    if (value_is_set(other)) {
        Ref item;
        int64_t hash;
        SET_FOR_EACH(ts, set_from(other), item, hash)
        {
            if (set_discard_hashed(ts, set_from(self), item.v, hash) == LOOKUP_ERROR) {
                ref_drop(&item);
                return STATUS_ERROR;
            }
        }
    } else {
        OWNED Ref it = object_iterate(ts, other);
        if (is_error(it)) {
            return STATUS_ERROR;
        }
        for (;;) {
            OWNED Ref item = iterator_next(ts, it.v);
            if (is_error(item)) {
                if (has_exception(ts)) {
                    return STATUS_ERROR;
                }
                break;
            }
            if (set_discard(ts, self, item.v) == LOOKUP_ERROR) {
                return STATUS_ERROR;
            }
        }
    }
    return set_compact(ts, set_from(self));
}

static Ref copy_and_difference(ThreadState *ts, Value self, Value other)
{
    OWNED Ref result = set_copy(ts, self);
    if (is_error(result) || difference_update(ts, result.v, other) == STATUS_ERROR) {
        return NO_REF;
    }
    return ref_take(&result);
}

static Ref difference(ThreadState *ts, Value self, Value other)
{
    bool is_dict = value_is_exactly(other, KIND_DICT);
    if (!value_is_set(other) && !is_dict) {
        return copy_and_difference(ts, self, other);
    }
    size_t other_size = is_dict ? dict_size(dict_from(other)) : set_size(other);
    if ((set_size(self) >> 2) > other_size) {
        return copy_and_difference(ts, self, other);
    }
    OWNED Ref result = set_new_empty(ts, plain_type(self));
    if (is_error(result)) {
        return NO_REF;
    }
    Ref item;
    int64_t hash;
    size_t position = 0;
    while (set_next_hashed(ts, set_from(self), &position, &item, &hash)) {
        OWNED Ref value = NO_REF;
        Lookup found = is_dict ? dict_get_hashed(ts, dict_from(other), item.v, hash, &value)
                               : set_contains_hashed(ts, set_from(other), item.v, hash);
        if (found == LOOKUP_ABSENT) {
            if (set_add_unique(ts, set_from(result.v), item, hash) == STATUS_ERROR) {
                return NO_REF;
            }
            continue;
        }
        ref_drop(&item);
        if (found == LOOKUP_ERROR) {
            return NO_REF;
        }
    }
    return ref_take(&result);
}

// Discards the item if it is there, else adds it.
static Status toggle(ThreadState *ts, Value self, Value item, int64_t hash)
{
    Lookup found = set_discard_hashed(ts, set_from(self), item, hash);
    if (found == LOOKUP_ERROR) {
        return STATUS_ERROR;
    }
    return found == LOOKUP_FOUND ? STATUS_OK : set_add_hashed(ts, set_from(self), item, hash);
}

static Status symmetric_difference_update(ThreadState *ts, Value self, Value other)
{
    if (self.bits == other.bits) {
        set_clear(ts, set_from(self));
        return STATUS_OK;
    }
    if (value_is_exactly(other, KIND_DICT)) {
        size_t position = 0;
        Ref key, value;
        int64_t hash;
        while (dict_next_hashed(ts, dict_from(other), &position, &key, &value, &hash)) {
            Status status = toggle(ts, self, key.v, hash);
            ref_drop(&key);
            ref_drop(&value);
            if (status == STATUS_ERROR) {
                return STATUS_ERROR;
            }
        }
        return STATUS_OK;
    }
    OWNED Ref unique = value_is_set(other) ? ref_new(other) : plain_from(ts, self, other);
    if (is_error(unique)) {
        return STATUS_ERROR;
    }
    Ref item;
    int64_t hash;
    SET_FOR_EACH(ts, set_from(unique.v), item, hash)
    {
        if (toggle(ts, self, item.v, hash) == STATUS_ERROR) {
            ref_drop(&item);
            return STATUS_ERROR;
        }
    }
    return STATUS_OK;
}

static Ref symmetric_difference(ThreadState *ts, Value self, Value other)
{
    OWNED Ref result = plain_from(ts, self, other);
    if (is_error(result) || symmetric_difference_update(ts, result.v, self) == STATUS_ERROR) {
        return NO_REF;
    }
    return ref_take(&result);
}

static Status intersection_update(ThreadState *ts, Value self, Value other)
{
    OWNED Ref result = intersection(ts, self, other);
    if (is_error(result)) {
        return STATUS_ERROR;
    }
    set_swap(ts, set_from(self), set_from(result.v));
    return STATUS_OK;
}

// --- Operators: sets only ------------------------------------------------------------------------

static bool are_sets(Value a, Value b) { return value_is_set(a) && value_is_set(b); }

Ref set_or(ThreadState *ts, Value a, Value b)
{
    if (!are_sets(a, b)) {
        return not_implemented();
    }
    OWNED Ref result = set_copy(ts, a);
    if (is_error(result) || (a.bits != b.bits && set_update(ts, result.v, b) == STATUS_ERROR)) {
        return NO_REF;
    }
    return ref_take(&result);
}
Ref set_and(ThreadState *ts, Value a, Value b)
{
    return are_sets(a, b) ? intersection(ts, a, b) : not_implemented();
}
Ref set_sub(ThreadState *ts, Value a, Value b)
{
    return are_sets(a, b) ? difference(ts, a, b) : not_implemented();
}
Ref set_xor(ThreadState *ts, Value a, Value b)
{
    return are_sets(a, b) ? symmetric_difference(ts, a, b) : not_implemented();
}

static Ref in_place(ThreadState *ts, Value a, Value b,
                    Status (*update)(ThreadState *, Value, Value))
{
    if (!value_is_set(b)) {
        return not_implemented();
    }
    return update(ts, a, b) == STATUS_ERROR ? NO_REF : ref_new(a);
}
Ref set_in_place_or(ThreadState *ts, Value a, Value b) { return in_place(ts, a, b, set_update); }
Ref set_in_place_and(ThreadState *ts, Value a, Value b)
{
    return in_place(ts, a, b, intersection_update);
}
Ref set_in_place_sub(ThreadState *ts, Value a, Value b)
{
    return in_place(ts, a, b, difference_update);
}
Ref set_in_place_xor(ThreadState *ts, Value a, Value b)
{
    return in_place(ts, a, b, symmetric_difference_update);
}

// --- Comparing -----------------------------------------------------------------------------------

static Truth is_subset_of_set(ThreadState *ts, Value part, Value whole)
{
    if (set_size(part) > set_size(whole)) {
        return TRUTH_FALSE;
    }
    Ref item;
    int64_t hash;
    SET_FOR_EACH(ts, set_from(part), item, hash)
    {
        Lookup found = set_contains_hashed(ts, set_from(whole), item.v, hash);
        if (found != LOOKUP_FOUND) {
            ref_drop(&item);
            return (Truth)found;
        }
    }
    return TRUTH_TRUE;
}

Ref set_compare(ThreadState *ts, Value a, Value b, CompareOp op)
{
    if (!are_sets(a, b)) {
        return not_implemented();
    }
    size_t size_a = set_size(a), size_b = set_size(b);
    Truth result = TRUTH_FALSE;
    switch (op) {
    case OP_EQ:
    case OP_NE: {
        int64_t hash_a = atomic_load_relaxed(&set_from(a)->hash),
                hash_b = atomic_load_relaxed(&set_from(b)->hash);
        if (size_a == size_b && !(hash_a != -1 && hash_b != -1 && hash_a != hash_b)) {
            result = is_subset_of_set(ts, a, b);
        }
        if (op == OP_NE && result != TRUTH_ERROR) {
            result = result == TRUTH_TRUE ? TRUTH_FALSE : TRUTH_TRUE;
        }
        break;
    }
    case OP_LE:
        result = is_subset_of_set(ts, a, b);
        break;
    case OP_GE:
        result = is_subset_of_set(ts, b, a);
        break;
    case OP_LT:
        result = size_a < size_b ? is_subset_of_set(ts, a, b) : TRUTH_FALSE;
        break;
    case OP_GT:
        result = size_a > size_b ? is_subset_of_set(ts, b, a) : TRUTH_FALSE;
        break;
    }
    return ref_of_truth(result);
}

// x in s, where an unhashable set is looked for by what it would be as a frozenset.
static Lookup find_or_freeze(ThreadState *ts, Value self, Value item,
                             Lookup (*look)(ThreadState *, Set *, Value, int64_t))
{
    int64_t hash;
    if (key_hash(ts, item, &hash) == STATUS_OK) {
        return look(ts, set_from(self), item, hash);
    }
    if (!value_is_kind(item, KIND_SET) || !exception_clear_if(ts, EXC_TypeError)) {
        return LOOKUP_ERROR;
    }
    OWNED Ref frozen = frozenset_new(ts, item);
    if (is_error(frozen) || object_hash(ts, frozen.v, &hash) == STATUS_ERROR) {
        return LOOKUP_ERROR;
    }
    return look(ts, set_from(self), frozen.v, hash);
}

Truth set_has_item(ThreadState *ts, Value self, Value item)
{
    return (Truth)find_or_freeze(ts, self, item, set_contains_hashed);
}

Ref set_repr(ThreadState *ts, Value self)
{
    int inside = repr_enter(ts, self);
    if (inside != 0) {
        return inside > 0 ? format_str(ts, "%T(...)", self) : NO_REF;
    }
    if (set_size(self) == 0) {
        repr_leave(ts, self);
        return format_str(ts, "%T()", self);
    }
    bool is_bare = value_is_exactly(self, KIND_SET);
    StrBuilder text;
    builder_init(&text);
    Status status = STATUS_OK;
    if (!is_bare) {
        const char *name = type_name(type_of(self));
        OWNED Ref shown = str_from_z(ts, name);
        status = is_error(shown) ? STATUS_ERROR : builder_add(ts, &text, shown.v);
        status = status == STATUS_OK ? builder_add_char(ts, &text, '(') : status;
    }
    status = status == STATUS_OK ? builder_add_char(ts, &text, '{') : status;
    bool is_first = true;
    Ref item;
    size_t position = 0;
    while (status == STATUS_OK && set_next(ts, self, &position, &item)) {
        if (!is_first) {
            status = builder_add_ascii(ts, &text, ", ", 2);
        }
        is_first = false;
        OWNED Ref part = status == STATUS_OK ? object_repr(ts, item.v) : NO_REF;
        status = is_error(part) ? STATUS_ERROR : builder_add(ts, &text, part.v);
        ref_drop(&item);
    }
    status = status == STATUS_OK ? builder_add_ascii(ts, &text, "})", is_bare ? 1 : 2) : status;
    repr_leave(ts, self);
    if (status == STATUS_ERROR) {
        builder_abandon(ts, &text);
        return NO_REF;
    }
    return builder_finish(ts, &text);
}

// --- Methods -------------------------------------------------------------------------------------

static Ref method_add(ThreadState *ts, Value self, const Value *args)
{
    return set_add(ts, self, args[0]) == STATUS_ERROR ? NO_REF : REF_NONE;
}
static Ref method_clear(ThreadState *ts, Value self, const Value *args)
{
    set_clear(ts, set_from(self));
    return REF_NONE;
}
static Ref method_copy(ThreadState *ts, Value self, const Value *args)
{
    return set_copy(ts, self);
}
static Ref frozenset_method_copy(ThreadState *ts, Value self, const Value *args)
{
    return value_is_exactly(self, KIND_FROZENSET) ? ref_new(self) : set_copy(ts, self);
}
static Ref method_contains(ThreadState *ts, Value self, const Value *args)
{
    return ref_of_truth(set_has_item(ts, self, args[0]));
}
static Ref method_discard(ThreadState *ts, Value self, const Value *args)
{
    return find_or_freeze(ts, self, args[0], set_discard_hashed) == LOOKUP_ERROR ? NO_REF
                                                                                 : REF_NONE;
}
static Ref method_remove(ThreadState *ts, Value self, const Value *args)
{
    Lookup found = find_or_freeze(ts, self, args[0], set_discard_hashed);
    if (found == LOOKUP_ABSENT) {
        return raise_key_error(ts, args[0]);
    }
    return found == LOOKUP_ERROR ? NO_REF : REF_NONE;
}
static Ref method_pop(ThreadState *ts, Value self, const Value *args)
{
    Ref item;
    return set_pop(ts, set_from(self), &item) == LOOKUP_FOUND
               ? item
               : raise(ts, EXC_KeyError, "pop from an empty set");
}

// Methods that take any number of iterables: args[0] is their tuple.
static Ref method_union(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref result = set_copy(ts, self);
    for (size_t i = 0; i < tuple_count(args[0]) && !is_error(result); i++) {
        if (tuple_item(args[0], i).bits != self.bits &&
            set_update(ts, result.v, tuple_item(args[0], i)) == STATUS_ERROR) {
            return NO_REF;
        }
    }
    return ref_take(&result);
}

static Ref method_intersection(ThreadState *ts, Value self, const Value *args)
{
    if (tuple_count(args[0]) == 0) {
        return set_copy(ts, self);
    }
    OWNED Ref result = ref_new(self);
    for (size_t i = 0; i < tuple_count(args[0]); i++) {
        Ref next = intersection(ts, result.v, tuple_item(args[0], i));
        ref_set(&result, next);
        if (is_error(result)) {
            return NO_REF;
        }
    }
    return ref_take(&result);
}

static Ref method_difference(ThreadState *ts, Value self, const Value *args)
{
    if (tuple_count(args[0]) == 0) {
        return set_copy(ts, self);
    }
    OWNED Ref result = difference(ts, self, tuple_item(args[0], 0));
    for (size_t i = 1; i < tuple_count(args[0]) && !is_error(result); i++) {
        if (difference_update(ts, result.v, tuple_item(args[0], i)) == STATUS_ERROR) {
            return NO_REF;
        }
    }
    return ref_take(&result);
}

static Ref method_symmetric_difference(ThreadState *ts, Value self, const Value *args)
{
    return symmetric_difference(ts, self, args[0]);
}

static Ref update_each(ThreadState *ts, Value self, Value others,
                       Status (*update)(ThreadState *, Value, Value))
{
    for (size_t i = 0; i < tuple_count(others); i++) {
        if (update(ts, self, tuple_item(others, i)) == STATUS_ERROR) {
            return NO_REF;
        }
    }
    return REF_NONE;
}
static Ref method_update(ThreadState *ts, Value self, const Value *args)
{
    return update_each(ts, self, args[0], set_update);
}
static Ref method_difference_update(ThreadState *ts, Value self, const Value *args)
{
    return update_each(ts, self, args[0], difference_update);
}
static Ref method_intersection_update(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref result = method_intersection(ts, self, args);
    if (is_error(result)) {
        return NO_REF;
    }
    if (result.v.bits != self.bits) {
        set_swap(ts, set_from(self), set_from(result.v));
    }
    return REF_NONE;
}
static Ref method_symmetric_difference_update(ThreadState *ts, Value self, const Value *args)
{
    return symmetric_difference_update(ts, self, args[0]) == STATUS_ERROR ? NO_REF : REF_NONE;
}

static Ref method_issubset(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref other = value_is_set(args[0]) ? ref_new(args[0]) : set_new(ts, args[0]);
    return is_error(other) ? NO_REF : ref_of_truth(is_subset_of_set(ts, self, other.v));
}

static Ref method_issuperset(ThreadState *ts, Value self, const Value *args)
{
    if (value_is_set(args[0])) {
        return ref_of_truth(is_subset_of_set(ts, args[0], self));
    }
    OWNED Ref it = object_iterate(ts, args[0]);
    if (is_error(it)) {
        return NO_REF;
    }
    for (;;) {
        OWNED Ref item = iterator_next(ts, it.v);
        if (is_error(item)) {
            return has_exception(ts) ? NO_REF : REF_OF(VALUE_TRUE);
        }
        Lookup found = set_contains(ts, self, item.v);
        if (found != LOOKUP_FOUND) {
            return ref_of_truth((Truth)found);
        }
    }
}

static Ref method_isdisjoint(ThreadState *ts, Value self, const Value *args)
{
    Value other = args[0];
    if (self.bits == other.bits) {
        return REF_OF(bool_value(set_size(self) == 0));
    }
    if (value_is_set(other) && set_size(other) > set_size(self)) {
        other = self;
        self = args[0];
    }
    OWNED Ref it = object_iterate(ts, other);
    if (is_error(it)) {
        return NO_REF;
    }
    for (;;) {
        OWNED Ref item = iterator_next(ts, it.v);
        if (is_error(item)) {
            return has_exception(ts) ? NO_REF : REF_OF(VALUE_TRUE);
        }
        Lookup found = set_contains(ts, self, item.v);
        if (found != LOOKUP_ABSENT) {
            return found == LOOKUP_ERROR ? NO_REF : REF_OF(VALUE_FALSE);
        }
    }
}

static Ref method_reduce(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref items = sequence_list(ts, self);
    OWNED Ref arguments = is_error(items) ? NO_REF : tuple_pack(ts, 1, items.v);
    bool is_exact = value_is_exactly(self, KIND_SET) || value_is_exactly(self, KIND_FROZENSET);
    OWNED Ref state =
        is_exact ? REF_NONE : object_call_method(ts, self, NAME(__getstate__), NULL, 0);
    if (is_error(arguments) || is_error(state)) {
        return NO_REF;
    }
    return tuple_pack(ts, 3, type_value(type_of(self)), arguments.v, state.v);
}

static Ref method_sizeof(ThreadState *ts, Value self, const Value *args)
{
    const Set *s = set_from(self);
    size_t table = s->table == set_table_empty
                       ? 0
                       : sizeof(SetTable) + (s->table->mask + 1) * sizeof(SetEntry);
    return ref_of_size(object_size(&s->head) + table);
}

#define SHARED_METHODS                                                                             \
    NATIVE("__contains__", method_contains, "($self, object, /)",                                  \
           "x.__contains__(y) <==> y in x."),                                                      \
        NATIVE("difference", method_difference, "($self, /, *others)",                             \
               "Return the difference of two or more sets as a new set.\n\n"                       \
               "(i.e. all elements that are in this set but not the others.)"),                    \
        NATIVE("intersection", method_intersection, "($self, /, *others)",                         \
               "Return the intersection of two sets as a new set.\n\n"                             \
               "(i.e. all elements that are in both sets.)"),                                      \
        NATIVE("isdisjoint", method_isdisjoint, "($self, other, /)",                               \
               "Return True if two sets have a null intersection."),                               \
        NATIVE("issubset", method_issubset, "($self, other, /)",                                   \
               "Report whether another set contains this set."),                                   \
        NATIVE("issuperset", method_issuperset, "($self, other, /)",                               \
               "Report whether this set contains another set."),                                   \
        NATIVE("__reduce__", method_reduce, "($self, /)",                                          \
               "Return state information for pickling."),                                          \
        NATIVE("__sizeof__", method_sizeof, "($self, /)",                                          \
               "S.__sizeof__() -> size of S in memory, in bytes"),                                 \
        NATIVE("symmetric_difference", method_symmetric_difference, "($self, other, /)",           \
               "Return the symmetric difference of two sets as a new set.\n\n"                     \
               "(i.e. all elements that are in exactly one of the sets.)"),                        \
        NATIVE("union", method_union, "($self, /, *others)",                                       \
               "Return the union of sets as a new set.\n\n(i.e. all elements that are in either "  \
               "set.)"),                                                                           \
        NATIVE_CLASS_GETITEM

const NativeDef set_methods[] = {
    SHARED_METHODS,
    NATIVE("add", method_add, "($self, object, /)",
           "Add an element to a set.\n\nThis has no effect if the element is already present."),
    NATIVE("clear", method_clear, "($self, /)", "Remove all elements from this set."),
    NATIVE("copy", method_copy, "($self, /)", "Return a shallow copy of a set."),
    NATIVE("discard", method_discard, "($self, object, /)",
           "Remove an element from a set if it is a member.\n\n"
           "Unlike set.remove(), the discard() method does not raise\n"
           "an exception when an element is missing from the set."),
    NATIVE("difference_update", method_difference_update, "($self, /, *others)",
           "Remove all elements of another set from this set."),
    NATIVE("intersection_update", method_intersection_update, "($self, /, *others)",
           "Update a set with the intersection of itself and another."),
    NATIVE("pop", method_pop, "($self, /)",
           "Remove and return an arbitrary set element.\nRaises KeyError if the set is empty."),
    NATIVE("remove", method_remove, "($self, object, /)",
           "Remove an element from a set; it must be a member.\n\n"
           "If the element is not a member, raise a KeyError."),
    NATIVE("symmetric_difference_update", method_symmetric_difference_update, "($self, other, /)",
           "Update a set with the symmetric difference of itself and another."),
    NATIVE("update", method_update, "($self, /, *others)",
           "Update a set with the union of itself and others."),
    NATIVE_END,
};

const NativeDef frozenset_methods[] = {
    SHARED_METHODS,
    NATIVE("copy", frozenset_method_copy, "($self, /)", "Return a shallow copy of a set."),
    NATIVE_END,
};

// --- Iterator ------------------------------------------------------------------------------------

typedef struct SetIterator {
    ObjectHead head;
    SharedRef set;    // empty: exhausted
    size_t position;  // atomic
    size_t used;      // items at the start; SIZE_MAX: raise for ever
    size_t remaining; // atomic
} SetIterator;

Ref set_iterate(ThreadState *ts, Value self)
{
    SetIterator *it = object_new(ts, KIND_SET_ITERATOR, sizeof(SetIterator));
    if (it == NULL) {
        return NO_REF;
    }
    shared_ref_init(&it->set, ref_new(self));
    it->position = 0;
    it->used = set_size(self);
    it->remaining = it->used;
    object_track(&it->head);
    return REF_FROM_NEW(it);
}

static void exhaust(ThreadState *ts, SetIterator *it)
{
    object_store(ts, &it->head, &it->set, NO_REF);
}

static Ref set_iterator_next(ThreadState *ts, Value self)
{
    SetIterator *it = (SetIterator *)value_head(self);
    OWNED Ref set = shared_ref_load(&it->head, &it->set);
    if (is_error(set)) {
        return NO_REF;
    }
    if (atomic_load_relaxed(&it->used) != set_size(set.v)) {
        atomic_store_relaxed(&it->used, SIZE_MAX);
        return raise(ts, EXC_RuntimeError, "Set changed size during iteration");
    }
    Ref item;
    size_t position = atomic_load_relaxed(&it->position);
    if (!set_next(ts, set.v, &position, &item)) {
        exhaust(ts, it);
        return NO_REF;
    }
    size_t remaining = atomic_load_relaxed(&it->remaining);
    atomic_store_relaxed(&it->position, position);
    atomic_store_relaxed(&it->remaining, remaining == 0 ? 0 : remaining - 1);
    return item;
}

static void iterator_finish(ThreadState *ts, ObjectHead *o)
{
    shared_ref_clear(&((SetIterator *)o)->set);
}
static void iterator_traverse(ObjectHead *o, Visitor visit, void *context)
{
    visit_place(&((SetIterator *)o)->set, visit, context);
}

static Ref iterator_length_hint(ThreadState *ts, Value self, const Value *args)
{
    SetIterator *it = (SetIterator *)value_head(self);
    OWNED Ref set = shared_ref_load(&it->head, &it->set);
    bool is_same = !is_error(set) && set_size(set.v) == atomic_load_relaxed(&it->used);
    return ref_of_size(is_same ? atomic_load_relaxed(&it->remaining) : 0);
}

static Ref iterator_reduce(ThreadState *ts, Value self, const Value *args)
{
    SetIterator *it = (SetIterator *)value_head(self);
    OWNED Ref set = shared_ref_load(&it->head, &it->set);
    if (is_error(set)) {
        return reduce_through_builtin(ts, "iter", sequence_list(ts, tuple_empty().v), NO_VALUE);
    }
    OWNED Ref copy = set_iterate(ts, set.v);
    if (is_error(copy)) {
        return NO_REF;
    }
    SetIterator *other = (SetIterator *)value_head(copy.v);
    other->position = atomic_load_relaxed(&it->position);
    other->used = atomic_load_relaxed(&it->used);
    other->remaining = atomic_load_relaxed(&it->remaining);
    return reduce_through_builtin(ts, "iter", sequence_list(ts, copy.v), NO_VALUE);
}

static const NativeDef iterator_methods[] = {
    NATIVE("__length_hint__", iterator_length_hint, "($self, /)",
           "Private method returning an estimate of len(list(it))."),
    NATIVE("__reduce__", iterator_reduce, "($self, /)", "Return state information for pickling."),
    NATIVE_END,
};

const TypeSpec spec_SET_ITERATOR = {
    .name = "set_iterator",
    .base = KIND_OBJECT,
    .size = sizeof(SetIterator),
    .flags = TYPE_COLLECTED | TYPE_NOT_CONSTRUCTIBLE,
    .slots = {.finish = iterator_finish,
              .traverse = iterator_traverse,
              .clear = iterator_finish,
              .iterate = object_itself,
              .next = set_iterator_next},
    .methods = iterator_methods,
};
