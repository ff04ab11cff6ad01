// core/object/set_table.h: the table behind a set, for the set's own files.
#ifndef ADDER_CORE_OBJECT_SET_TABLE_H
#define ADDER_CORE_OBJECT_SET_TABLE_H

#include "core/object/dict_keys.h"
#include "core/object/set.h"

typedef struct SetEntry {
    SharedRef key; // 0: never used; SET_EMPTIED; else the item
    int64_t hash;  // atomic; stored before the key
} SetEntry;

struct SetTable {
    uint32_t mask;          // number of entries less one
    uint32_t fill;          // entries not 0; under the lock
    uint32_t finger;        // where pop looks next
    uint32_t holds_objects; // 0: only immediates ever stood here, nothing to drop
    SetEntry entries[];
};

// Immediate that no script can see: its low bits are those of the constants.
#define SET_EMPTIED ((uintptr_t)0x54)
enum { SET_PROBES = 9, SET_TABLE_LEAST = 8 };

extern SetTable *const set_table_empty;

static ALWAYS_INLINE bool set_key_is_live(Value key)
{
    return key.bits != 0 && key.bits != SET_EMPTIED;
}

// Lock held or nobody else about. The place of the item, -1 absent, -2 error.
int64_t set_find(ThreadState *ts, Set *s, Value key, int64_t hash);
Status set_add_hashed(ThreadState *ts, Set *s, Value key, int64_t hash);
// For a set that nobody else has seen, and a key that it does not have. Steals.
Status set_add_unique(ThreadState *ts, Set *s, Ref key, int64_t hash);
Lookup set_contains_hashed(ThreadState *ts, Set *s, Value key, int64_t hash);
Lookup set_discard_hashed(ThreadState *ts, Set *s, Value key, int64_t hash);
// As set_next, with the hash.
bool set_next_concurrent(ThreadState *ts, Set *s, size_t *position, Ref *item, int64_t *hash);
static ALWAYS_INLINE bool set_next_hashed(ThreadState *ts, Set *s, size_t *position, Ref *item,
                                          int64_t *hash)
{
    if (UNLIKELY(is_concurrent())) {
        return set_next_concurrent(ts, s, position, item, hash);
    }
    const SetTable *t = s->table;
    for (size_t i = *position; i <= t->mask; i++) {
        Value stored = shared_ref_peek(&t->entries[i].key);
        if (set_key_is_live(stored)) {
            *item = ref_new(stored);
            *hash = t->entries[i].hash;
            *position = i + 1;
            return true;
        }
    }
    return false;
}
// Room for `added` items more, as CPython reckons before a merge.
Status set_presize(ThreadState *ts, Set *s, size_t added);
// A new table if more than a fifth of the entries are emptied ones.
Status set_compact(ThreadState *ts, Set *s);
Status set_merge(ThreadState *ts, Set *s, Set *other);
// Appends to a list what the set holds, as it is at one moment.
Status set_append_to(ThreadState *ts, Set *s, List *l);
void set_clear(ThreadState *ts, Set *s);
Lookup set_pop(ThreadState *ts, Set *s, Ref *item);
// Exchanges what two sets hold.
void set_swap(ThreadState *ts, Set *a, Set *b);
// An empty set of this kind: set, frozenset or (t) a subclass.
Ref set_new_empty(ThreadState *ts, Type *t);

// The methods, set_algebra.c.
Ref set_repr(ThreadState *ts, Value self);
Ref set_compare(ThreadState *ts, Value a, Value b, CompareOp op);
Ref set_iterate(ThreadState *ts, Value self);
Ref set_copy(ThreadState *ts, Value self);
Ref set_or(ThreadState *ts, Value a, Value b);
Ref set_and(ThreadState *ts, Value a, Value b);
Ref set_sub(ThreadState *ts, Value a, Value b);
Ref set_xor(ThreadState *ts, Value a, Value b);
Ref set_in_place_or(ThreadState *ts, Value a, Value b);
Ref set_in_place_and(ThreadState *ts, Value a, Value b);
Ref set_in_place_sub(ThreadState *ts, Value a, Value b);
Ref set_in_place_xor(ThreadState *ts, Value a, Value b);
Truth set_has_item(ThreadState *ts, Value self, Value item);
extern const NativeDef set_methods[], frozenset_methods[];

#endif
