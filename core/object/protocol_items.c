// core/object/protocol_items.c: iterating, lengths, items, membership.
#include "core/object/container.h"
#include "core/object/descriptors.h"
#include "core/object/generic_alias.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/sequences.h"
#include "core/object/type_internal.h"

Ref object_itself(ThreadState *ts, Value self) { return ref_new(self); }

Ref object_iterate(ThreadState *ts, Value v)
{
    const TypeSlots *slots = &type_of(v)->slots;
    if (LIKELY(slots->iterate != NULL)) {
        if (enter_native(ts, " in __iter__") == STATUS_ERROR) {
            return NO_REF;
        }
        Ref iterator = slots->iterate(ts, v);
        if (is_error(iterator) || LIKELY(type_of(iterator.v)->slots.next != NULL)) {
            return iterator;
        }
        (void)raise(ts, EXC_TypeError, "iter() returned non-iterator of type '%T'", iterator.v);
        ref_drop(&iterator);
        return NO_REF;
    }
    if (slots->get_item != NULL && !value_is_dict(v) && !value_is_type(v)) {
        return sequence_iterator_new(ts, v);
    }
    return raise(ts, EXC_TypeError, "'%T' object is not iterable", v);
}

Ref iterator_next(ThreadState *ts, Value iterator)
{
    Ref (*next)(ThreadState *, Value) = type_of(iterator)->slots.next;
    if (UNLIKELY(next == NULL)) {
        return raise(ts, EXC_TypeError, "'%T' object is not an iterator", iterator);
    }
    if (enter_native(ts, " while iterating") == STATUS_ERROR) {
        return NO_REF;
    }
    Ref item = next(ts, iterator);
    if (is_error(item) && UNLIKELY(has_exception(ts))) {
        (void)exception_clear_if(ts, EXC_StopIteration);
    }
    return item;
}

int64_t object_length(ThreadState *ts, Value v)
{
    int64_t (*length)(ThreadState *, Value) = type_of(v)->slots.length;
    if (UNLIKELY(length == NULL)) {
        (void)raise(ts, EXC_TypeError, "object of type '%T' has no len()", v);
        return -1;
    }
    return enter_native(ts, " in __len__") == STATUS_ERROR ? -1 : length(ts, v);
}

int64_t object_length_hint(ThreadState *ts, Value v, int64_t otherwise)
{
    if (type_of(v)->slots.length != NULL) {
        int64_t length = type_of(v)->slots.length(ts, v);
        if (length >= 0 || !exception_clear_if(ts, EXC_TypeError)) {
            return length;
        }
    }
    bool unbound;
    OWNED Ref f = type_lookup_special(ts, v, NAME(__length_hint__), &unbound);
    if (is_error(f)) {
        return has_exception(ts) ? -1 : otherwise;
    }
    OWNED Ref hint = unbound ? object_call1(ts, f.v, v) : object_call0(ts, f.v);
    if (is_error(hint)) {
        return exception_clear_if(ts, EXC_TypeError) ? otherwise : -1;
    }
    if (value_is_same(hint.v, VALUE_NOT_IMPLEMENTED)) {
        return otherwise;
    }
    if (!value_is_int(hint.v)) {
        (void)raise(ts, EXC_TypeError, "__length_hint__ must be an integer, not %T", hint.v);
        return -1;
    }
    int64_t n;
    if (!int_to_i64(hint.v, &n)) {
        (void)raise(ts, EXC_OverflowError, "Python int too large to convert to C ssize_t");
        return -1;
    }
    if (n < 0) {
        (void)raise(ts, EXC_ValueError, "__length_hint__() should return >= 0");
        return -1;
    }
    return n;
}

// --- Items ---------------------------------------------------------------------------------------

// class[key]: __class_getitem__, or list[int] and its like.
static Ref get_class_item(ThreadState *ts, Value v, Value key)
{
    if (value_is_same(v, type_value(TYPE_OF_KIND(TYPE)))) {
        return generic_alias_new(ts, v, key);
    }
    OWNED Ref f = NO_REF;
    Lookup found = object_lookup_attribute(ts, v, NAME(__class_getitem__), &f);
    if (found == LOOKUP_ERROR) {
        return NO_REF;
    }
    if (found == LOOKUP_FOUND && !value_is_none(f.v)) {
        return object_call1(ts, f.v, key);
    }
    return raise(ts, EXC_TypeError, "type '%N' is not subscriptable", type_from(v));
}

Ref object_get_item(ThreadState *ts, Value v, Value key)
{
    Ref (*get)(ThreadState *, Value, Value) = type_of(v)->slots.get_item;
    if (LIKELY(get != NULL)) {
        return enter_native(ts, " in __getitem__") == STATUS_ERROR ? NO_REF : get(ts, v, key);
    }
    if (value_is_type(v)) {
        return get_class_item(ts, v, key);
    }
    return raise(ts, EXC_TypeError, "'%T' object is not subscriptable", v);
}

Status object_set_item(ThreadState *ts, Value v, Value key, Value value)
{
    Status (*set)(ThreadState *, Value, Value, Value) = type_of(v)->slots.set_item;
    if (LIKELY(set != NULL)) {
        return set(ts, v, key, value);
    }
    return raise_status(ts, EXC_TypeError, "'%T' object does%s support item %s", v,
                        is_no_value(value) ? "n't" : " not",
                        is_no_value(value) ? "deletion" : "assignment");
}

Truth object_contains(ThreadState *ts, Value v, Value item)
{
    Truth (*contains)(ThreadState *, Value, Value) = type_of(v)->slots.contains;
    if (LIKELY(contains != NULL)) {
        return enter_native(ts, " in __contains__") == STATUS_ERROR ? TRUTH_ERROR
                                                                    : contains(ts, v, item);
    }
    OWNED Ref iterator = NO_REF;
    const TypeSlots *slots = &type_of(v)->slots;
    if (slots->iterate == NULL && (slots->get_item == NULL || value_is_type(v))) {
        (void)raise(ts, EXC_TypeError, "argument of type '%T' is not iterable", v);
        return TRUTH_ERROR;
    }
    iterator = object_iterate(ts, v);
    if (is_error(iterator)) {
        return TRUTH_ERROR;
    }
    for (;;) {
        OWNED Ref next = iterator_next(ts, iterator.v);
        if (is_error(next)) {
            return has_exception(ts) ? TRUTH_ERROR : TRUTH_FALSE;
        }
        Truth equal = object_equal(ts, next.v, item);
        if (equal != TRUTH_FALSE) {
            return equal;
        }
    }
}

Ref sequence_list(ThreadState *ts, Value iterable)
{
    OWNED Ref list = list_new(ts, 0);
    if (is_error(list) || list_extend(ts, list_from(list.v), iterable) == STATUS_ERROR) {
        return NO_REF;
    }
    return ref_take(&list);
}

Ref sequence_tuple(ThreadState *ts, Value iterable)
{
    if (value_is_exactly(iterable, KIND_TUPLE)) {
        return ref_new(iterable);
    }
    if (value_is_exactly(iterable, KIND_LIST)) {
        return list_to_tuple(ts, list_from(iterable));
    }
    OWNED Ref list = sequence_list(ts, iterable);
    return is_error(list) ? NO_REF : list_to_tuple(ts, list_from(list.v));
}

// --- repr of what contains itself ----------------------------------------------------------------

// The thread's list of values being printed: a few words deep nearly always.

typedef struct Inside {
    struct Inside *outer;
    uintptr_t bits;
} Inside;

static Inside **inside_of(ThreadState *ts) { return (Inside **)&ts->inside_repr; }

int repr_enter(ThreadState *ts, Value v)
{
    for (Inside *at = *inside_of(ts); at != NULL; at = at->outer) {
        if (at->bits == v.bits) {
            return 1;
        }
    }
    Inside *entry = raw_alloc(ts, sizeof *entry);
    if (entry == NULL) {
        return -1;
    }
    entry->bits = v.bits;
    entry->outer = *inside_of(ts);
    *inside_of(ts) = entry;
    return 0;
}

void repr_leave(ThreadState *ts, Value v)
{
    for (Inside **at = inside_of(ts); *at != NULL; at = &(*at)->outer) {
        if ((*at)->bits == v.bits) {
            Inside *entry = *at;
            *at = entry->outer;
            raw_free(ts, entry);
            return;
        }
    }
}
