// core/object/set.h: set and frozenset. Lock-free membership tests, writers hold the object's lock.
//
// Open addressing with runs of linear probes; iteration follows the table, in the order CPython has
// for the same hashes (the parameters are the same).
//
// Rule     an entry of a table is filled once and emptied once: emptied ones are only reused by a
//          new table. A reader that finds a key finds its hash, or an emptied entry.
#ifndef ADDER_CORE_OBJECT_SET_H
#define ADDER_CORE_OBJECT_SET_H

#include "core/object/object.h"

typedef struct SetTable SetTable; // set_table.h

typedef struct Set {
    ObjectHead head;
    size_t used;      // atomic
    SetTable *table;  // atomic; never NULL (an empty set shares a static one)
    int64_t hash;     // frozenset: -1 until computed; atomic
    uint32_t version; // counts replaced tables; under the lock
} Set;

static inline bool value_is_set(Value v)
{
    return value_is_kind(v, KIND_SET) || value_is_kind(v, KIND_FROZENSET);
}
static inline Set *set_from(Value v) { return (Set *)value_head(v); }
static inline size_t set_size(Value v) { return atomic_load_relaxed(&set_from(v)->used); }
Ref set_new(ThreadState *ts, Value iterable /* or NO_VALUE */);
Ref frozenset_new(ThreadState *ts, Value iterable /* or NO_VALUE */);
Status set_add(ThreadState *ts, Value set, Value item);
Lookup set_contains(ThreadState *ts, Value set, Value item);
Lookup set_discard(ThreadState *ts, Value set, Value item);
Status set_update(ThreadState *ts, Value set, Value iterable);
bool set_next(ThreadState *ts, Value set, size_t *position, Ref *item); // as dict_next

#endif
