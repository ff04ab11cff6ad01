// core/object/list.h: growable sequences.
//
// Readers take no lock: they load the array, check the index against size and the array's
// own capacity, try-increment, and validate that the array is still the list's. Writers
// hold the object's lock. A grown list publishes its new array first; the old one is
// freed after a grace period.
//
// Rule     in addert, items at and beyond `size` are empty (0) up to the array's capacity.
#ifndef ADDER_CORE_OBJECT_LIST_H
#define ADDER_CORE_OBJECT_LIST_H

#include "core/object/container.h"
#include "core/object/object.h"

typedef struct ListArray {
    size_t capacity;
    SharedRef items[];
} ListArray;

typedef struct List {
    ObjectHead head;
    size_t size;      // atomic; written under the lock
    ListArray *array; // NULL while the list has no array; atomic
} List;

static inline bool value_is_list(Value v) { return value_is_kind(v, KIND_LIST); }
static inline List *list_from(Value v) { return (List *)value_head(v); }
static ALWAYS_INLINE size_t list_size(const List *l) { return atomic_load_relaxed(&l->size); }

Ref list_new(ThreadState *ts, size_t capacity);
Ref list_from_values(ThreadState *ts, const Value *items, size_t count);
Ref list_from_refs(ThreadState *ts, Ref *items, size_t count); // steals, even on failure

Ref list_get_concurrent(ThreadState *ts, List *l, size_t i);
// Any thread, no lock. NO_REF without an exception when i is out of range.
static ALWAYS_INLINE Ref list_get(ThreadState *ts, List *l, size_t i)
{
    if (UNLIKELY(i >= list_size(l))) {
        return NO_REF;
    }
    if (UNLIKELY(is_concurrent())) {
        return list_get_concurrent(ts, l, i);
    }
    return ref_new(shared_ref_peek(&l->array->items[i]));
}

Status list_append_slow(ThreadState *ts, List *l, Ref item);
static ALWAYS_INLINE Status list_append_ref(ThreadState *ts, List *l, Ref item) // steals
{
    bool locked = is_concurrent();
    if (LIKELY(!locked || brief_lock(&l->head))) {
        size_t size = l->size;
        ListArray *array = l->array;
        bool has_room = array != NULL && size < array->capacity;
        if (LIKELY(has_room)) {
            place_put(&array->items[size], item.v);
            atomic_store_relaxed(&l->size, size + 1);
        }
        if (locked) {
            brief_unlock(&l->head);
        }
        if (LIKELY(has_room)) {
            return STATUS_OK;
        }
    }
    return list_append_slow(ts, l, item);
}
static ALWAYS_INLINE Status list_append(ThreadState *ts, List *l, Value item)
{
    return list_append_ref(ts, l, ref_new(item));
}

Status list_set_slow(ThreadState *ts, List *l, size_t i, Ref item);
static ALWAYS_INLINE Status list_set(ThreadState *ts, List *l, size_t i,
                                     Ref item) // IndexError; steals
{
    if (LIKELY(!is_concurrent() && i < l->size)) {
        OWNED Ref old = shared_ref_swap(&l->array->items[i], item);
        return STATUS_OK;
    }
    return list_set_slow(ts, l, i, item);
}

Status list_extend(ThreadState *ts, List *l, Value iterable);
// Takes item i out. NO_REF without an exception: no such item.
Ref list_take(ThreadState *ts, List *l, size_t i);
Status list_insert(ThreadState *ts, List *l, int64_t i, Value item); // clamps i as the method does
void list_clear(ThreadState *ts, List *l);
void list_reverse(ThreadState *ts, List *l);
// key: NO_VALUE for none.
// key NO_VALUE or None: by the items themselves.
Status list_sort(ThreadState *ts, Value list, Value key, bool reverse);
Ref list_to_tuple(ThreadState *ts, List *l);
Ref list_slice(ThreadState *ts, List *l, size_t start, size_t end);

// Makes room for `added` items more.
Status list_reserve(ThreadState *ts, List *l, size_t added);

// --- Inside the list's files ---------------------------------------------------------------------

// Lock held. Replaces `removed` items from `start` on by `added` references, which are taken over
// (on failure they stay the caller's). The removed ones are moved to `old` (room for `removed`).
Status list_splice_locked(ThreadState *ts, List *l, size_t start, size_t removed,
                          const Value *added, size_t added_count, Value *old);
extern const NativeDef list_methods[]; // list_methods.c
Status list_set_item(ThreadState *ts, Value self, Value key, Value value);
Ref list_get_item(ThreadState *ts, Value self, Value key);
Ref list_iterate(ThreadState *ts, Value list); // list_iterator.c
Ref list_iterate_reversed(ThreadState *ts, Value list);

#endif
