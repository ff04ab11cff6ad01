// core/object/list.h: growable sequences.
//
// Readers take no lock: they load the array, check the index against size and the array's own capacity,
// try-increment, and validate (shared_ref_try_load). Writers hold the object's lock. A grown list
// publishes its new array first; the old one is freed after a grace period.
//
// Rule     items at and beyond `size` are empty (0) up to the array's capacity.
#ifndef ADDER_CORE_OBJECT_LIST_H
#define ADDER_CORE_OBJECT_LIST_H

#include "core/object/object.h"

typedef struct ListArray {
    size_t capacity;
    SharedRef items[];
} ListArray;

typedef struct List {
    ObjectHead head;
    size_t size;      // atomic; written under the lock
    ListArray *array; // NULL while the list never had items; atomic
} List;

static inline bool value_is_list(Value v) { return value_is_kind(v, KIND_LIST); }
static inline List *list_from(Value v) { return (List *)value_head(v); }
static inline size_t list_size(const List *l) { return atomic_load_relaxed(&l->size); }

Ref list_new(ThreadState *ts, size_t capacity);
Ref list_from_values(ThreadState *ts, const Value *items, size_t count);
Ref list_from_refs(ThreadState *ts, Ref *items, size_t count); // steals, even on failure
// Any thread, no lock. NO_REF without an exception when i is out of range.
Ref list_get(ThreadState *ts, List *l, size_t i);
Status list_append(ThreadState *ts, List *l, Value item);
Status list_append_ref(ThreadState *ts, List *l, Ref item); // steals
Status list_set(ThreadState *ts, List *l, size_t i, Ref item); // IndexError; steals
Status list_extend(ThreadState *ts, List *l, Value iterable);
Status list_sort(ThreadState *ts, Value list, Value key, bool reverse);
Ref list_to_tuple(ThreadState *ts, List *l);
Ref list_slice(ThreadState *ts, List *l, size_t start, size_t end);

#endif
