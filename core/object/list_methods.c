// core/object/list_methods.c: subscripts, slices and the methods of list.
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/sequences.h"
#include "core/object/str.h"
#include "core/object/tuple.h"

// --- Subscripts ----------------------------------------------------------------------------------

static Status read_index(ThreadState *ts, Value key, int64_t *i)
{
    if (LIKELY(value_is_small_int(key))) {
        *i = small_int_get(key);
        return STATUS_OK;
    }
    return index_get(ts, key, i);
}

static Ref stepped_slice(ThreadState *ts, List *l, int64_t start, int64_t step, int64_t count)
{
    OWNED Ref copy = list_new(ts, (size_t)count);
    if (is_error(copy)) {
        return NO_REF;
    }
    for (int64_t i = 0; i < count; i++) {
        Ref item = list_get(ts, l, (size_t)(start + i * step));
        if (is_error(item)) {
            break; // shrunk by another thread
        }
        if (list_append_ref(ts, list_from(copy.v), item) == STATUS_ERROR) {
            return NO_REF;
        }
    }
    return ref_take(&copy);
}

Ref list_get_item(ThreadState *ts, Value self, Value key)
{
    List *l = list_from(self);
    if (LIKELY(value_is_index(key))) {
        int64_t i;
        if (read_index(ts, key, &i) == STATUS_ERROR) {
            return NO_REF;
        }
        i = index_from_end(i, (int64_t)list_size(l));
        Ref item = i < 0 ? NO_REF : list_get(ts, l, (size_t)i);
        return UNLIKELY(is_error(item)) ? raise(ts, EXC_IndexError, "list index out of range")
                                        : item;
    }
    if (!value_is_exactly(key, KIND_SLICE)) {
        return raise(ts, EXC_TypeError, "list indices must be integers or slices, not %T", key);
    }
    int64_t start, step, count;
    if (slice_resolve(ts, key, (int64_t)list_size(l), &start, &step, &count) == STATUS_ERROR) {
        return NO_REF;
    }
    if (count <= 0) {
        return list_new(ts, 0);
    }
    return step == 1 ? list_slice(ts, l, (size_t)start, (size_t)(start + count))
                     : stepped_slice(ts, l, start, step, count);
}

// Replaces items start .. start + removed (as far as they exist) by those of `added`.
static Status replace_range(ThreadState *ts, List *l, int64_t start, int64_t removed, Value *added,
                            size_t added_count)
{
    size_t room = removed > 0 ? (size_t)removed : 0;
    Value few[8];
    Value *old = few;
    if (room > ARRAY_LENGTH(few) && (old = raw_alloc(ts, room * sizeof *old)) == NULL) {
        values_drop(added, added_count);
        return STATUS_ERROR;
    }
    size_t taken = 0;
    Status status = STATUS_OK;
    CRITICAL_SECTION(ts, &l->head)
    {
        size_t at = MIN_OF((size_t)start, l->size);
        taken = MIN_OF(room, l->size - at);
        if (taken != 0 || added_count != 0) {
            status = list_splice_locked(ts, l, at, taken, added, added_count, old);
        }
    }
    if (status == STATUS_ERROR) {
        values_drop(added, added_count);
    } else {
        values_drop(old, taken);
    }
    if (old != few) {
        raw_free(ts, old);
    }
    return status;
}

// The items of a list or tuple, counted, in an array from the raw heap (or `few`).
static Value *counted_items(ThreadState *ts, Value t, Value *few, size_t few_count)
{
    size_t count = tuple_count(t);
    Value *items = count <= few_count ? few : raw_alloc(ts, count * sizeof *items);
    for (size_t i = 0; i < count && items != NULL; i++) {
        items[i] = ref_new(tuple_item(t, i)).v;
    }
    return items;
}

static Status assign_slice(ThreadState *ts, List *l, int64_t start, int64_t count, Value sequence)
{
    Value few[8];
    Value *items = counted_items(ts, sequence, few, ARRAY_LENGTH(few));
    if (items == NULL) {
        return STATUS_ERROR;
    }
    Status status = replace_range(ts, l, start, count, items, tuple_count(sequence));
    if (items != few) {
        raw_free(ts, items);
    }
    return status;
}

static Status assign_stepped(ThreadState *ts, List *l, int64_t start, int64_t step, int64_t count,
                             Value sequence)
{
    if ((int64_t)tuple_count(sequence) != count) {
        return raise_status(ts, EXC_ValueError,
                            "attempt to assign sequence of size %zu to extended slice of size %lld",
                            tuple_count(sequence), (long long)count);
    }
    for (int64_t i = 0; i < count; i++) {
        if (list_set(ts, l, (size_t)(start + i * step), ref_new(tuple_item(sequence, (size_t)i))) ==
            STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    return STATUS_OK;
}

static Status delete_stepped(ThreadState *ts, List *l, int64_t start, int64_t step, int64_t count)
{
    if (step < 0) {
        start += step * (count - 1);
        step = -step;
    }
    Value *old = raw_alloc(ts, (size_t)count * sizeof *old);
    if (old == NULL) {
        return STATUS_ERROR;
    }
    size_t taken = 0;
    CRITICAL_SECTION(ts, &l->head)
    {
        size_t size = l->size, to = (size_t)start;
        for (size_t from = (size_t)start; from < size; from++) {
            if (taken < (size_t)count && from == (size_t)start + taken * (size_t)step) {
                old[taken++] = shared_ref_peek(&l->array->items[from]);
            } else {
                place_move(&l->array->items[to++], &l->array->items[from]);
            }
        }
        if (taken > 0) {
            atomic_store_relaxed(&l->size, size - taken);
            places_empty(&l->array->items[size - taken], taken);
        }
    }
    values_drop(old, taken);
    raw_free(ts, old);
    return STATUS_OK;
}

static Status set_slice(ThreadState *ts, List *l, Value slice, Value value)
{
    OWNED Ref sequence = NO_REF;
    if (!is_no_value(value)) {
        sequence = sequence_tuple(ts, value);
        if (is_error(sequence)) {
            if (exception_matches(ts, EXC_TypeError) && type_of(value)->slots.iterate == NULL) {
                int64_t start, step, count;
                exception_clear(ts);
                if (slice_resolve(ts, slice, 0, &start, &step, &count) == STATUS_ERROR) {
                    return STATUS_ERROR;
                }
                return raise_status(ts, EXC_TypeError,
                                    step == 1 ? "can only assign an iterable"
                                              : "must assign iterable to extended slice");
            }
            return STATUS_ERROR;
        }
    }
    int64_t start, step, count;
    if (slice_resolve(ts, slice, (int64_t)list_size(l), &start, &step, &count) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    if (is_no_value(value)) {
        if (count <= 0) {
            return STATUS_OK;
        }
        return step == 1 ? replace_range(ts, l, start, count, NULL, 0)
                         : delete_stepped(ts, l, start, step, count);
    }
    return step == 1 ? assign_slice(ts, l, start, count, sequence.v)
                     : assign_stepped(ts, l, start, step, MAX_OF(count, 0), sequence.v);
}

Status list_set_item(ThreadState *ts, Value self, Value key, Value value)
{
    List *l = list_from(self);
    if (LIKELY(value_is_index(key))) {
        int64_t i;
        if (read_index(ts, key, &i) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
        i = index_from_end(i, (int64_t)list_size(l));
        if (LIKELY(!is_no_value(value))) {
            return i >= 0 ? list_set(ts, l, (size_t)i, ref_new(value))
                          : raise_status(ts, EXC_IndexError, "list assignment index out of range");
        }
        OWNED Ref old = i < 0 ? NO_REF : list_take(ts, l, (size_t)i);
        return is_error(old)
                   ? raise_status(ts, EXC_IndexError, "list assignment index out of range")
                   : STATUS_OK;
    }
    if (!value_is_exactly(key, KIND_SLICE)) {
        return raise_status(ts, EXC_TypeError, "list indices must be integers or slices, not %T",
                            key);
    }
    return set_slice(ts, l, key, value);
}

// --- Methods -------------------------------------------------------------------------------------

static Ref method_append(ThreadState *ts, Value self, const Value *args)
{
    return list_append(ts, list_from(self), args[0]) == STATUS_ERROR ? NO_REF : REF_NONE;
}

static Ref method_insert(ThreadState *ts, Value self, const Value *args)
{
    int64_t i;
    if (index_get(ts, args[0], &i) == STATUS_ERROR) {
        return NO_REF;
    }
    return list_insert(ts, list_from(self), i, args[1]) == STATUS_ERROR ? NO_REF : REF_NONE;
}

static Ref method_extend(ThreadState *ts, Value self, const Value *args)
{
    return list_extend(ts, list_from(self), args[0]) == STATUS_ERROR ? NO_REF : REF_NONE;
}

static Ref method_pop(ThreadState *ts, Value self, const Value *args)
{
    List *l = list_from(self);
    int64_t i = -1;
    if (!is_no_value(args[0]) && read_index(ts, args[0], &i) == STATUS_ERROR) {
        return NO_REF;
    }
    size_t size = list_size(l);
    if (size == 0) {
        return raise(ts, EXC_IndexError, "pop from empty list");
    }
    i = index_from_end(i, (int64_t)size);
    Ref item = i < 0 ? NO_REF : list_take(ts, l, (size_t)i);
    return is_error(item) ? raise(ts, EXC_IndexError, "pop index out of range") : item;
}

// The first item in [start, stop) that equals x: its index, -1 none, -2 error.
static int64_t find_item(ThreadState *ts, List *l, Value x, int64_t start, int64_t stop)
{
    for (int64_t i = start; i < stop; i++) {
        OWNED Ref item = list_get(ts, l, (size_t)i);
        if (is_error(item)) {
            break;
        }
        Truth same = value_equal(ts, item.v, x);
        if (same != TRUTH_FALSE) {
            return same == TRUTH_TRUE ? i : -2;
        }
    }
    return -1;
}

static Ref method_remove(ThreadState *ts, Value self, const Value *args)
{
    List *l = list_from(self);
    int64_t i = find_item(ts, l, args[0], 0, INT64_MAX);
    if (i == -2) {
        return NO_REF;
    }
    OWNED Ref item = i < 0 ? NO_REF : list_take(ts, l, (size_t)i);
    return is_error(item) && i < 0 ? raise(ts, EXC_ValueError, "list.remove(x): x not in list")
                                   : REF_NONE;
}

static Ref method_index(ThreadState *ts, Value self, const Value *args)
{
    List *l = list_from(self);
    int64_t start = 0, stop = INT64_MAX;
    if ((!is_no_value(args[1]) && index_clamp(ts, args[1], &start) == STATUS_ERROR) ||
        (!is_no_value(args[2]) && index_clamp(ts, args[2], &stop) == STATUS_ERROR)) {
        return NO_REF;
    }
    int64_t size = (int64_t)list_size(l);
    start = clamp_bound(start, size);
    stop = stop < 0 ? clamp_bound(stop, size) : stop;
    int64_t i = find_item(ts, l, args[0], start, stop);
    if (i == -1) {
        return raise(ts, EXC_ValueError, "%R is not in list", args[0]);
    }
    return i < 0 ? NO_REF : REF_OF(small_int(i));
}

static Ref method_count(ThreadState *ts, Value self, const Value *args)
{
    List *l = list_from(self);
    int64_t found = 0;
    for (size_t i = 0;; i++) {
        OWNED Ref item = list_get(ts, l, i);
        if (is_error(item)) {
            return REF_OF(small_int(found));
        }
        Truth same = value_equal(ts, item.v, args[0]);
        if (same == TRUTH_ERROR) {
            return NO_REF;
        }
        found += same == TRUTH_TRUE;
    }
}

static Ref method_reverse(ThreadState *ts, Value self, const Value *args)
{
    list_reverse(ts, list_from(self));
    return REF_NONE;
}

static Ref method_clear(ThreadState *ts, Value self, const Value *args)
{
    list_clear(ts, list_from(self));
    return REF_NONE;
}

static Ref method_copy(ThreadState *ts, Value self, const Value *args)
{
    return list_slice(ts, list_from(self), 0, SIZE_MAX);
}

static Ref method_sort(ThreadState *ts, Value self, const Value *args)
{
    Truth reverse = is_no_value(args[1]) ? TRUTH_FALSE : object_is_true(ts, args[1]);
    if (reverse == TRUTH_ERROR) {
        return NO_REF;
    }
    Value key = is_no_value(args[0]) || value_is_none(args[0]) ? NO_VALUE : args[0];
    return list_sort(ts, self, key, reverse == TRUTH_TRUE) == STATUS_ERROR ? NO_REF : REF_NONE;
}

static Ref method_reversed(ThreadState *ts, Value self, const Value *args)
{
    return list_iterate_reversed(ts, self);
}

static Ref method_sizeof(ThreadState *ts, Value self, const Value *args)
{
    const List *l = list_from(self);
    size_t array =
        l->array == NULL ? 0 : sizeof(ListArray) + l->array->capacity * sizeof(SharedRef);
    return ref_of_size(object_size(&l->head) + array);
}

const NativeDef list_methods[] = {
    NATIVE("append", method_append, "($self, object, /)", "Append object to the end of the list."),
    NATIVE("clear", method_clear, "($self, /)", "Remove all items from list."),
    NATIVE("copy", method_copy, "($self, /)", "Return a shallow copy of the list."),
    NATIVE("count", method_count, "($self, value, /)", "Return number of occurrences of value."),
    NATIVE("extend", method_extend, "($self, iterable, /)",
           "Extend list by appending elements from the iterable."),
    NATIVE("index", method_index, "($self, value, start=0, stop=sys.maxsize, /)",
           "Return first index of value.\n\nRaises ValueError if the value is not present."),
    NATIVE("insert", method_insert, "($self, index, object, /)", "Insert object before index."),
    NATIVE("pop", method_pop, "($self, index=-1, /)",
           "Remove and return item at index (default last).\n\n"
           "Raises IndexError if list is empty or index is out of range."),
    NATIVE("remove", method_remove, "($self, value, /)",
           "Remove first occurrence of value.\n\nRaises ValueError if the value is not present."),
    NATIVE("reverse", method_reverse, "($self, /)", "Reverse *IN PLACE*."),
    NATIVE("sort", method_sort, "($self, /, *, key=None, reverse=False)",
           "Sort the list in ascending order and return None.\n\n"
           "The sort is in-place (i.e. the list itself is modified) and stable (i.e. the\n"
           "order of two equal elements is maintained).\n\n"
           "If a key function is given, apply it once to each list item and sort them,\n"
           "ascending or descending, according to their function values.\n\n"
           "The reverse flag can be set to sort in descending order."),
    NATIVE("__reversed__", method_reversed, "($self, /)",
           "Return a reverse iterator over the list."),
    NATIVE("__sizeof__", method_sizeof, "($self, /)",
           "Return the size of the list in memory, in bytes."),
    NATIVE_CLASS_GETITEM,
    NATIVE_END,
};
