// core/object/dict_keys.h: the table behind a dict: an index by hash,
// and entries in insertion order.
//
//   | DictKeys | index: 2^n slots of 2 or 4 bytes | entries: {key, value} or {key, value, hash} |
//
// A slot holds 0 (never used), 1 (deleted), or the entry's number plus two in its low `entry_bits`
// bits and bits of the hash, the tag, above: a probe looks at an entry only if the tag agrees. A
// table is `plain` while every key is exactly a str or a small int: such keys tell their hash
// themselves, and comparing them runs no script code. Other tables store the hash with each entry.
//
// Rule     entries are only ever appended; a deleted entry stays empty until the table is replaced
//          (unless nobody else can look: keys_reset). So a reader that finds a slot finds in its
//          entry the key it belongs to, or nothing.
// Rule     order of publication: hash, value, key, then the slot (release);
//          deletion: slot, key, value.
// Threads  written under the dict's lock; read by anyone,
//          validated by d->keys being the same after.
#ifndef ADDER_CORE_OBJECT_DICT_KEYS_H
#define ADDER_CORE_OBJECT_DICT_KEYS_H

#include "core/object/container.h"
#include "core/object/dict.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/str.h"

typedef struct DictEntry {
    SharedRef key, value; // key empty: deleted. The hash follows where the table is not plain.
} DictEntry;

struct DictKeys {
    uint32_t entry_count; // entries ever used; atomic
    uint32_t capacity;    // entries there is room for; 0 for the shared empty table
    uint32_t live_end;    // entries from here on are deleted: where popitem starts to look
    uint32_t entries_at;  // where the entries begin, in units of 8 bytes
    uint8_t log2;         // the index has 2^log2 slots
    uint8_t entry_bits;   // low bits of a slot
    uint8_t is_wide;      // slots of 4 bytes
    uint8_t is_plain;
    uint8_t stride;        // bytes of an entry: 16 or 24
    uint8_t live_start[3]; // little-endian: entries below are deleted; where taking the first
                           // starts to look
};

_Static_assert(sizeof(DictKeys) == 24, "a dict of three items: a table of 80 bytes");

enum { SLOT_EMPTY = 0, SLOT_DELETED = 1, SLOT_FIRST = 2 };

extern DictKeys *const keys_empty;

static inline size_t keys_mask(const DictKeys *k) { return ((size_t)1 << k->log2) - 1; }
static ALWAYS_INLINE DictEntry *keys_entry(const DictKeys *k, size_t i)
{
    return (DictEntry *)((char *)(uintptr_t)k + (size_t)k->entries_at * 8 + i * k->stride);
}
static ALWAYS_INLINE int64_t *entry_hash(DictEntry *e) { return (int64_t *)(e + 1); }
static ALWAYS_INLINE size_t keys_count(const DictKeys *k)
{
    // acquire: pairs with the release in keys_append; the entries below are there.
    return atomic_load_acquire(&k->entry_count);
}

static ALWAYS_INLINE uint32_t keys_slot(const DictKeys *k, bool is_wide, size_t i)
{
    // acquire: pairs with the release in keys_set_slot; the entry is there.
    return is_wide ? atomic_load_acquire(&((const uint32_t *)(const void *)(k + 1))[i])
                   : atomic_load_acquire(&((const uint16_t *)(const void *)(k + 1))[i]);
}
static ALWAYS_INLINE void keys_set_slot(DictKeys *k, size_t i, uint32_t slot)
{
    if (k->is_wide) {
        atomic_store_release(&((uint32_t *)(void *)(k + 1))[i], slot);
    } else {
        atomic_store_release(&((uint16_t *)(void *)(k + 1))[i], (uint16_t)slot);
    }
}
// The upper bits of a slot for this hash.
static ALWAYS_INLINE uint32_t keys_tag(const DictKeys *k, bool is_wide, int64_t hash)
{
    uint64_t mixed = (uint64_t)hash * 0x9E3779B97F4A7C15u;
    uint32_t low = (1u << k->entry_bits) - 1;
    return (uint32_t)(is_wide ? mixed >> 32 : mixed >> 48) & ~low;
}

// --- Hashes without script code ------------------------------------------------------------------

#define HASH_MODULUS (((int64_t)1 << 61) - 1)

static ALWAYS_INLINE int64_t small_int_hash(Value v)
{
    int64_t i = small_int_get(v);
    if (LIKELY((uint64_t)i < (uint64_t)HASH_MODULUS)) {
        return i;
    }
    return int_hash(v);
}
static ALWAYS_INLINE int64_t exact_str_hash(Value v)
{
    uint64_t hash = atomic_load_relaxed(&str_from(v)->hash);
    return (int64_t)(LIKELY(hash != 0) ? hash : str_hash(v));
}
static ALWAYS_INLINE bool value_is_plain_key(Value v)
{
    return value_is_small_int(v) || value_is_exactly(v, KIND_STR);
}
static ALWAYS_INLINE int64_t plain_hash(Value v)
{
    return value_is_small_int(v) ? small_int_hash(v) : exact_str_hash(v);
}
static ALWAYS_INLINE Status key_hash(ThreadState *ts, Value key, int64_t *hash)
{
    if (LIKELY(value_is_plain_key(key))) {
        *hash = plain_hash(key);
        return STATUS_OK;
    }
    return object_hash(ts, key, hash);
}
static ALWAYS_INLINE int64_t entry_get_hash(const DictKeys *k, DictEntry *e)
{
    return k->is_plain ? plain_hash(shared_ref_peek(&e->key)) : atomic_load_relaxed(entry_hash(e));
}

// --- Finding -------------------------------------------------------------------------------------

// CPython's probing: the low bits of the hash first, then all others by and by.
#define PROBE_SHIFT                  5
#define PROBE_NEXT(i, perturb, mask) ((perturb) >>= PROBE_SHIFT, ((i)*5 + (perturb) + 1) & (mask))

// Two different str objects with the same text?
static ALWAYS_INLINE bool plain_keys_equal(Value stored, Value key, int64_t hash)
{
    return value_is_object(stored) && value_is_object(key) &&
           atomic_load_relaxed(&str_from(stored)->hash) == (uint64_t)hash && str_equal(stored, key);
}

// Both the table and the key are plain; lock held or nobody else about. The entry's number or -1.
static ALWAYS_INLINE int64_t keys_find_plain_as(const DictKeys *k, bool is_wide, Value key,
                                                int64_t hash, size_t *place)
{
    size_t mask = keys_mask(k), i = (size_t)hash & mask;
    uint32_t low = (1u << k->entry_bits) - 1, tag = keys_tag(k, is_wide, hash);
    for (uint64_t perturb = (uint64_t)hash;;) {
        uint32_t slot = keys_slot(k, is_wide, i);
        if (slot == SLOT_EMPTY) {
            return -1;
        }
        uint32_t number = slot & low;
        if ((slot & ~low) == tag && number >= SLOT_FIRST) {
            Value stored = shared_ref_peek(&keys_entry(k, number - SLOT_FIRST)->key);
            if (stored.bits == key.bits || plain_keys_equal(stored, key, hash)) {
                *place = i;
                return number - SLOT_FIRST;
            }
        }
        i = PROBE_NEXT(i, perturb, mask);
    }
}
static ALWAYS_INLINE int64_t keys_find_plain(const DictKeys *k, Value key, int64_t hash,
                                             size_t *place)
{
    return UNLIKELY(k->is_wide) ? keys_find_plain_as(k, true, key, hash, place)
                                : keys_find_plain_as(k, false, key, hash, place);
}

// For instructions: the entry of a plain key (NULL: absent), found without a call and without
// a lock, as nobody else is about and no script code runs. False: not so; ask dict.h.
static ALWAYS_INLINE bool dict_find_quick(const Dict *d, Value key, int64_t *hash,
                                          DictEntry **entry)
{
    *hash = 0;
    *entry = NULL;
    if (UNLIKELY(is_concurrent() || d->namespace_id != 0)) {
        return false;
    }
    const DictKeys *k = d->keys; // not before: another thread may be replacing it
    if (UNLIKELY(!k->is_plain || !value_is_plain_key(key))) {
        return false;
    }
    size_t place;
    *hash = plain_hash(key);
    int64_t number = keys_find_plain(k, key, *hash, &place);
    *entry = number < 0 ? NULL : keys_entry(k, (size_t)number);
    return true;
}

// Lock held or nobody else about. The number of the entry, -1 absent, -2 error. May run script
// code: what it returns is true of the table as it is then.
int64_t dict_find(ThreadState *ts, Dict *d, Value key, int64_t hash, size_t *place);

// --- Changing; lock held -------------------------------------------------------------------------

// An empty table with room for `capacity` entries. NULL: MemoryError.
DictKeys *keys_new(ThreadState *ts, size_t capacity, bool is_plain);
// Puts a slot for a key that the table does not have.
void keys_link(DictKeys *k, size_t number, int64_t hash);
// Makes room for one key more (of this sort), replacing the table if need be.
Status dict_make_room(ThreadState *ts, Dict *d, bool is_plain);
// Replaces the table by one with room for `capacity` entries and without deleted ones.
Status dict_rebuild(ThreadState *ts, Dict *d, size_t capacity, bool is_plain);
// Appends an entry for an absent key; there is room. Counts neither the entry nor the references.
void keys_append(DictKeys *k, Ref key, int64_t hash, Ref value);
// Takes an entry out of the table; the references go to the caller.
void keys_remove(DictKeys *k, size_t number, size_t place, Ref *key, Ref *value);
// Puts an entry behind all others; there is room. A reader finds it before or after, never nothing.
void keys_move_to_end(DictKeys *k, size_t number, size_t place, int64_t hash);
// Drops all references and frees a table that nobody can reach any more through its dict.
void keys_dispose(ThreadState *ts, DictKeys *k);
// The place in the index of entry `number`.
size_t keys_place_of(DictKeys *k, size_t number, int64_t hash);

static inline void dict_publish_keys(Dict *d, DictKeys *fresh)
{
    d->replaced++;
    // release: pairs with the acquire by which readers load the table.
    atomic_store_release(&d->keys, fresh);
}

static inline void dict_note_change(Dict *d, ptrdiff_t used_by)
{
    atomic_store_relaxed(&d->used, d->used + (size_t)used_by);
    atomic_store_relaxed(&d->version, d->version + 1);
}

// Adds an absent key; lock held, not a namespace. Steals both references, even on failure.
Status dict_add_locked(ThreadState *ts, Dict *d, Ref key, int64_t hash, Ref value);
// Stores; *old gets what was replaced, to be dropped after unlocking. Steals value.
Status dict_set_locked(ThreadState *ts, Dict *d, Value key, int64_t hash, Ref value, Ref *old);

// --- Namespaces (namespace.c): d->namespace_id != 0 ----------------------------------------------

Lookup namespace_get(ThreadState *ts, Dict *d, Value key, int64_t hash, Ref *out);
Status namespace_set(ThreadState *ts, Dict *d, Value key, int64_t hash, Value value);
Lookup namespace_pop(ThreadState *ts, Dict *d, Value key, int64_t hash,
                     Ref *out); // empties the cell
Lookup namespace_set_default(ThreadState *ts, Dict *d, Value key, int64_t hash, Value value,
                             Ref *out);
void namespace_clear(ThreadState *ts, Dict *d);

// --- All at once ---------------------------------------------------------------------------------

typedef enum { DICT_PART_KEYS, DICT_PART_VALUES, DICT_PART_ITEMS } DictPart;

// Appends to a list what the dict holds, as it is at one moment.
Status dict_append_to(ThreadState *ts, Dict *d, List *l, DictPart part);
// Is v a dict, or a view of one, that is walked as such? Then *d (borrowed
// from v) and *part say which.
bool dict_of_iterable(Value v, Dict **d, DictPart *part);

// --- Inside the dict's files ---------------------------------------------------------------------

extern const NativeDef dict_methods[]; // dict_methods.c
Ref dict_repr(ThreadState *ts, Value self);
Ref dict_compare(ThreadState *ts, Value a, Value b, CompareOp op);
Ref dict_or(ThreadState *ts, Value a, Value b);
Ref dict_in_place_or(ThreadState *ts, Value a, Value b);
Ref dict_view_keys(ThreadState *ts, Value d); // dict_views.c
Ref dict_view_values(ThreadState *ts, Value d);
Ref dict_view_items(ThreadState *ts, Value d);
Ref dict_iterate(ThreadState *ts, Value d);
Ref dict_iterate_reversed(ThreadState *ts, Value d);
// self[key] = self.default_factory(), for an absent key (default_dict.c).
Ref default_dict_missing(ThreadState *ts, Value self, Value key);
// The last entry taken out. LOOKUP_ABSENT: empty.
Lookup dict_pop_last(ThreadState *ts, Dict *d, Ref *key, Ref *value);
Lookup dict_set_default_hashed(ThreadState *ts, Dict *d, Value key, int64_t hash, Value value,
                               Ref *out);
// The first entry taken out; not for namespaces.
Lookup dict_pop_first(ThreadState *ts, Dict *d, Ref *key, Ref *value);
// Puts a key behind or before all others; not for namespaces.
Lookup dict_move(ThreadState *ts, Dict *d, Value key, bool to_end);
Lookup dict_move_hashed(ThreadState *ts, Dict *d, Value key, int64_t hash, bool to_end);
// As dict_next, with the hash of the key.
bool dict_next_hashed(ThreadState *ts, Dict *d, size_t *position, Ref *key, Ref *value,
                      int64_t *hash);
// As dict_next, from *position - 1 downwards; start with SIZE_MAX.
bool dict_previous(ThreadState *ts, Dict *d, size_t *position, Ref *key, Ref *value);
// Starts to be looked at by the collector once it holds something that may be part of a cycle.
static ALWAYS_INLINE void dict_maintain_tracking(Dict *d, Value v)
{
    if ((d->head.gc & GC_TRACKED) == 0 && value_may_be_cyclic(v)) {
        object_track(&d->head);
    }
}

#endif
