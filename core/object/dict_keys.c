// core/object/dict_keys.c: finding, appending, removing and rebuilding. See dict_keys.h.
#include "core/object/dict_keys.h"

static struct {
    DictKeys keys;
    uint16_t index[4];
} empty_table = {
    .keys =
        {.entries_at = 4, .log2 = 2, .entry_bits = 3, .is_plain = 1, .stride = sizeof(DictEntry)},
};
DictKeys *const keys_empty = &empty_table.keys;

// How many entries an index of 2^log2 slots takes: two thirds, three of four in the smallest.
static size_t room_of(unsigned log2) { return log2 == 2 ? 3 : ((size_t)2 << log2) / 3; }

DictKeys *keys_new(ThreadState *ts, size_t capacity, bool is_plain)
{
    unsigned log2 = 2;
    while (room_of(log2) < capacity && log2 < 32) {
        log2++;
    }
    if (UNLIKELY(log2 > 31)) {
        (void)raise_no_memory(ts);
        return NULL;
    }
    bool is_wide = log2 > 10;
    size_t index_bytes = (size_t)(is_wide ? 4 : 2) << log2;
    size_t stride = is_plain ? sizeof(DictEntry) : sizeof(DictEntry) + sizeof(int64_t);
    size_t head_bytes = sizeof(DictKeys) + index_bytes;
    size_t room = room_of(log2);
    DictKeys *k = raw_alloc(ts, head_bytes + room * stride);
    if (k == NULL) {
        return NULL;
    }
    *k = (DictKeys){
        .capacity = (uint32_t)room,
        .entries_at = (uint32_t)(head_bytes / 8),
        .log2 = (uint8_t)log2,
        .entry_bits = (uint8_t)MAX_OF(log2, 3u),
        .is_wide = is_wide,
        .is_plain = is_plain,
        .stride = (uint8_t)stride,
    };
    memset(k + 1, 0, index_bytes);
    return k;
}

void keys_link(DictKeys *k, size_t number, int64_t hash)
{
    size_t mask = keys_mask(k), i = (size_t)hash & mask;
    uint64_t perturb = (uint64_t)hash;
    while (keys_slot(k, k->is_wide, i) != SLOT_EMPTY) {
        i = PROBE_NEXT(i, perturb, mask);
    }
    keys_set_slot(k, i, keys_tag(k, k->is_wide, hash) | (uint32_t)(number + SLOT_FIRST));
}

size_t keys_place_of(DictKeys *k, size_t number, int64_t hash)
{
    size_t mask = keys_mask(k), i = (size_t)hash & mask;
    uint64_t perturb = (uint64_t)hash;
    uint32_t wanted = keys_tag(k, k->is_wide, hash) | (uint32_t)(number + SLOT_FIRST);
    while (keys_slot(k, k->is_wide, i) != wanted) {
        i = PROBE_NEXT(i, perturb, mask);
    }
    return i;
}

void keys_append(DictKeys *k, Ref key, int64_t hash, Ref value)
{
    size_t number = k->entry_count;
    ASSERT(number < k->capacity);
    DictEntry *e = keys_entry(k, number);
    if (!k->is_plain) {
        atomic_store_relaxed(entry_hash(e), hash);
    }
    // release: a reader that finds the value or the key may follow it.
    place_put(&e->value, value.v);
    place_put(&e->key, key.v);
    atomic_store_release(&k->entry_count, (uint32_t)number + 1);
    k->live_end = (uint32_t)number + 1;
    keys_link(k, number, hash);
}

void keys_remove(DictKeys *k, size_t number, size_t place, Ref *key, Ref *value)
{
    DictEntry *e = keys_entry(k, number);
    keys_set_slot(k, place, SLOT_DELETED);
    *key = shared_ref_swap(&e->key, NO_REF);
    *value = shared_ref_swap(&e->value, NO_REF);
    if (k->live_end == number + 1) {
        k->live_end = (uint32_t)number;
    }
}

void keys_move_to_end(DictKeys *k, size_t number, size_t place, int64_t hash)
{
    DictEntry *e = keys_entry(k, number);
    keys_append(k, (Ref){shared_ref_peek(&e->key)}, hash, (Ref){shared_ref_peek(&e->value)});
    keys_set_slot(k, place, SLOT_DELETED);
    place_put(&e->key, NO_VALUE); // moved: the references are the new entry's
    place_put(&e->value, NO_VALUE);
}

void keys_dispose(ThreadState *ts, DictKeys *k)
{
    if (k == keys_empty) {
        return;
    }
    size_t count = k->entry_count;
    for (size_t i = 0; i < count; i++) {
        DictEntry *e = keys_entry(k, i);
        Value key = shared_ref_peek(&e->key), value = shared_ref_peek(&e->value);
        if (!is_no_value(key)) {
            value_release(value);
            value_release(key);
        }
    }
    array_free(ts, k);
}

Status dict_rebuild(ThreadState *ts, Dict *d, size_t capacity, bool is_plain)
{
    DictKeys *old = d->keys;
    DictKeys *fresh = keys_new(ts, capacity, is_plain);
    if (fresh == NULL) {
        return STATUS_ERROR;
    }
    size_t count = old->entry_count, to = 0;
    for (size_t i = 0; i < count; i++) {
        DictEntry *from = keys_entry(old, i);
        Value key = shared_ref_peek(&from->key);
        if (is_no_value(key)) {
            continue;
        }
        int64_t hash = entry_get_hash(old, from);
        DictEntry *e = keys_entry(fresh, to);
        shared_ref_init(&e->key, (Ref){key});
        shared_ref_init(&e->value, (Ref){shared_ref_peek(&from->value)});
        if (!is_plain) {
            *entry_hash(e) = hash;
        }
        keys_link(fresh, to, hash);
        to++;
    }
    fresh->entry_count = (uint32_t)to;
    fresh->live_end = (uint32_t)to;
    dict_publish_keys(d, fresh);
    if (old != keys_empty) {
        array_free(ts, old);
    }
    return STATUS_OK;
}

// The room that follows when `used` entries have filled their table: the next larger index, or the
// same one if deleted entries filled it.
static size_t grown_room(size_t used)
{
    unsigned log2 = 2;
    while (((size_t)1 << log2) + 1 < used * 3) {
        log2++;
    }
    return room_of(log2);
}

// Entries that stand in the table; in a namespace also those whose cell is empty.
static size_t count_live(const Dict *d)
{
    if (d->namespace_id == 0) {
        return d->used;
    }
    size_t live = 0;
    for (size_t i = 0; i < d->keys->entry_count; i++) {
        live += keys_entry(d->keys, i)->key.bits != 0;
    }
    return live;
}

// Nobody else looks: moves the live entries together within their table.
static void compact_in_place(Dict *d)
{
    DictKeys *k = d->keys;
    size_t count = k->entry_count, to = 0;
    memset(k + 1, 0, (size_t)k->entries_at * 8 - sizeof *k);
    for (size_t i = 0; i < count; i++) {
        DictEntry *from = keys_entry(k, i);
        if (from->key.bits == 0) {
            continue;
        }
        if (to != i) {
            memcpy(keys_entry(k, to), from, k->stride);
        }
        keys_link(k, to, entry_get_hash(k, keys_entry(k, to)));
        to++;
    }
    k->entry_count = (uint32_t)to;
    k->live_end = (uint32_t)to;
    memset(k->live_start, 0, sizeof k->live_start);
    d->replaced++;
}

Status dict_make_room(ThreadState *ts, Dict *d, bool is_plain)
{
    DictKeys *k = d->keys;
    bool stays_plain = k->is_plain && is_plain;
    if (LIKELY(k->entry_count < k->capacity && stays_plain == k->is_plain)) {
        return STATUS_OK;
    }
    size_t live = count_live(d);
    if (k->entry_count < k->capacity) {
        return dict_rebuild(ts, d, MAX_OF((size_t)k->capacity, live + 1), stays_plain);
    }
    size_t room = MAX_OF(grown_room(live), live + 1);
    if (room <= k->capacity && room * 4 > k->capacity && stays_plain == k->is_plain &&
        !is_concurrent() && k != keys_empty) {
        compact_in_place(d);
        return STATUS_OK;
    }
    return dict_rebuild(ts, d, room, stays_plain);
}

// As keys_find_plain, for any key and table. Runs script code to compare; then starts again if the
// dict was changed.
static NO_INLINE int64_t find_general(ThreadState *ts, Dict *d, Value key, int64_t hash,
                                      size_t *place)
{
    bool key_is_str = value_is_exactly(key, KIND_STR);
restart:;
    DictKeys *k = d->keys;
    size_t mask = keys_mask(k), i = (size_t)hash & mask;
    uint32_t low = (1u << k->entry_bits) - 1, tag = keys_tag(k, k->is_wide, hash);
    for (uint64_t perturb = (uint64_t)hash;;) {
        uint32_t slot = keys_slot(k, k->is_wide, i);
        if (slot == SLOT_EMPTY) {
            return -1;
        }
        uint32_t number = slot & low;
        if ((slot & ~low) == tag && number >= SLOT_FIRST) {
            DictEntry *e = keys_entry(k, number - SLOT_FIRST);
            Value stored = shared_ref_peek(&e->key);
            Truth same = stored.bits == key.bits ? TRUTH_TRUE : TRUTH_FALSE;
            if (same == TRUTH_FALSE && entry_get_hash(k, e) == hash) {
                if (key_is_str && value_is_exactly(stored, KIND_STR)) {
                    same = str_equal(stored, key) ? TRUTH_TRUE : TRUTH_FALSE;
                } else {
                    uint32_t replaced = d->replaced;
                    Ref held = place_get(&e->key);
                    same = object_compare_truth(ts, held.v, key, OP_EQ);
                    bool is_changed = d->replaced != replaced || e->key.bits != held.v.bits;
                    ref_drop(&held);
                    if (same == TRUTH_ERROR) {
                        return -2;
                    }
                    if (is_changed || d->replaced != replaced) {
                        goto restart;
                    }
                }
            }
            if (same == TRUTH_TRUE) {
                *place = i;
                return number - SLOT_FIRST;
            }
        }
        i = PROBE_NEXT(i, perturb, mask);
    }
}

int64_t dict_find(ThreadState *ts, Dict *d, Value key, int64_t hash, size_t *place)
{
    DictKeys *k = d->keys;
    if (LIKELY(k->is_plain && value_is_plain_key(key))) {
        return keys_find_plain(k, key, hash, place);
    }
    return find_general(ts, d, key, hash, place);
}
