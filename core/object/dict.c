// core/object/dict.c: the dict as C code uses it: get, set, delete, copy, walk.
//
// Reading:  1. hash the key (may run script code);
//           2. unless others may be about: find, count the value, done;
//           3. otherwise probe without a lock, try-increment, and see that the table is still the
//              dict's own; when anything looks odd, do step 2 with the dict's lock held.
// Writing:  under the lock; what is replaced is dropped after it.
#include "core/object/dict_keys.h"
#include "core/object/tuple.h"

static Ref new_dict_of(ThreadState *ts, DictKeys *keys)
{
    Dict *d = object_new(ts, KIND_DICT, sizeof(Dict));
    if (d == NULL) {
        return NO_REF;
    }
    d->used = 0;
    d->keys = keys;
    d->namespace_id = 0;
    d->version = 0;
    d->replaced = 0;
    if (POLICY_FREE_THREADED) {
        object_track(&d->head); // only its owner could do it later
    }
    return REF_FROM_NEW(d);
}

Ref dict_new(ThreadState *ts) { return new_dict_of(ts, keys_empty); }

Ref dict_new_sized(ThreadState *ts, size_t expected)
{
    if (expected == 0) {
        return dict_new(ts);
    }
    DictKeys *keys = keys_new(ts, expected, true);
    if (keys == NULL) {
        return NO_REF;
    }
    Ref d = new_dict_of(ts, keys);
    if (is_error(d)) {
        raw_free(ts, keys);
    }
    return d;
}

// --- Reading -------------------------------------------------------------------------------------

enum { TRY_WITH_LOCK = 2 }; // beside the values of Lookup

static NO_INLINE int find_optimistic(ThreadState *ts, Dict *d, Value key, int64_t hash, Ref *out)
{
    DictKeys *k = atomic_load_acquire(&d->keys);
    bool key_is_str = value_is_exactly(key, KIND_STR);
    size_t mask = keys_mask(k), i = (size_t)hash & mask;
    uint32_t low = (1u << k->entry_bits) - 1, tag = keys_tag(k, k->is_wide, hash);
    for (uint64_t perturb = (uint64_t)hash;;) {
        uint32_t slot = keys_slot(k, k->is_wide, i);
        if (slot == SLOT_EMPTY) {
            return LOOKUP_ABSENT;
        }
        uint32_t number = slot & low;
        if ((slot & ~low) == tag && number >= SLOT_FIRST) {
            DictEntry *e = keys_entry(k, number - SLOT_FIRST);
            Value stored = {atomic_load_acquire(&e->key.bits)};
            bool same = stored.bits == key.bits;
            bool may_be =
                !same && (k->is_plain ? value_is_object(stored) || !value_is_small_int(key)
                                      : atomic_load_relaxed(entry_hash(e)) == hash);
            if (is_no_value(stored)) {
                return TRY_WITH_LOCK;
            }
            if (may_be) {
                Ref held;
                if (!shared_ref_try_load(&e->key, &held)) {
                    return TRY_WITH_LOCK;
                }
                Truth equal = TRUTH_FALSE;
                bool is_odd = held.v.bits != stored.bits || atomic_load_acquire(&d->keys) != k;
                if (!is_odd) {
                    if (k->is_plain && plain_hash(held.v) != hash) {
                        equal = TRUTH_FALSE;
                    } else if (key_is_str && value_is_exactly(held.v, KIND_STR)) {
                        equal = str_equal(held.v, key) ? TRUTH_TRUE : TRUTH_FALSE;
                    } else {
                        equal = object_compare_truth(ts, held.v, key, OP_EQ);
                    }
                }
                ref_drop(&held);
                if (equal == TRUTH_ERROR) {
                    return LOOKUP_ERROR;
                }
                if (is_odd || atomic_load_acquire(&d->keys) != k) {
                    return TRY_WITH_LOCK;
                }
                same = equal == TRUTH_TRUE;
            }
            if (same) {
                if (!shared_ref_try_load(&e->value, out)) {
                    return TRY_WITH_LOCK;
                }
                if (is_error(*out) || atomic_load_acquire(&e->key.bits) != stored.bits ||
                    atomic_load_acquire(&d->keys) != k) {
                    ref_drop(out);
                    return TRY_WITH_LOCK;
                }
                return LOOKUP_FOUND;
            }
        }
        i = PROBE_NEXT(i, perturb, mask);
    }
}

static Lookup find_exclusive(ThreadState *ts, Dict *d, Value key, int64_t hash, Ref *out)
{
    size_t place;
    int64_t number = dict_find(ts, d, key, hash, &place);
    if (number < 0) {
        return number == -1 ? LOOKUP_ABSENT : LOOKUP_ERROR;
    }
    *out = place_get(&keys_entry(d->keys, (size_t)number)->value);
    return LOOKUP_FOUND;
}

static NO_INLINE Lookup get_concurrent(ThreadState *ts, Dict *d, Value key, int64_t hash, Ref *out)
{
    int result = find_optimistic(ts, d, key, hash, out);
    if (result == TRY_WITH_LOCK) {
        CRITICAL_SECTION(ts, &d->head) { result = find_exclusive(ts, d, key, hash, out); }
    }
    return (Lookup)result;
}

Lookup dict_get_hashed(ThreadState *ts, Dict *d, Value key, int64_t hash, Ref *out)
{
    *out = NO_REF;
    if (UNLIKELY(d->namespace_id != 0)) {
        return namespace_get(ts, d, key, hash, out);
    }
    if (is_concurrent()) {
        return get_concurrent(ts, d, key, hash, out);
    }
    DictKeys *k = d->keys;
    if (LIKELY(k->is_plain && value_is_plain_key(key))) {
        size_t place;
        int64_t number = keys_find_plain(k, key, hash, &place);
        if (number < 0) {
            return LOOKUP_ABSENT;
        }
        *out = ref_new(shared_ref_peek(&keys_entry(k, (size_t)number)->value));
        return LOOKUP_FOUND;
    }
    return find_exclusive(ts, d, key, hash, out);
}

Lookup dict_get(ThreadState *ts, Dict *d, Value key, Ref *out)
{
    int64_t hash;
    if (UNLIKELY(key_hash(ts, key, &hash) == STATUS_ERROR)) {
        *out = NO_REF;
        return LOOKUP_ERROR;
    }
    return dict_get_hashed(ts, d, key, hash, out);
}

Lookup dict_get_z(ThreadState *ts, Dict *d, const char *name, Ref *out)
{
    *out = NO_REF;
    OWNED Ref key = str_intern_z(ts, name);
    return is_error(key) ? LOOKUP_ERROR : dict_get(ts, d, key.v, out);
}

Lookup dict_contains(ThreadState *ts, Dict *d, Value key)
{
    int64_t hash;
    if (UNLIKELY(key_hash(ts, key, &hash) == STATUS_ERROR)) {
        return LOOKUP_ERROR;
    }
    if (!is_concurrent() && d->namespace_id == 0) {
        size_t place;
        int64_t number = dict_find(ts, d, key, hash, &place);
        return number >= 0 ? LOOKUP_FOUND : number == -1 ? LOOKUP_ABSENT : LOOKUP_ERROR;
    }
    OWNED Ref value = NO_REF;
    return dict_get_hashed(ts, d, key, hash, &value);
}

// --- Writing -------------------------------------------------------------------------------------

Status dict_add_locked(ThreadState *ts, Dict *d, Ref key, int64_t hash, Ref value)
{
    if (UNLIKELY(dict_make_room(ts, d, value_is_plain_key(key.v)) == STATUS_ERROR)) {
        value_release(key.v);
        value_release(value.v);
        return STATUS_ERROR;
    }
    dict_maintain_tracking(d, value.v);
    if (!d->keys->is_plain) {
        dict_maintain_tracking(d, key.v);
    }
    keys_append(d->keys, key, hash, value);
    dict_note_change(d, 1);
    return STATUS_OK;
}

Status dict_set_locked(ThreadState *ts, Dict *d, Value key, int64_t hash, Ref value, Ref *old)
{
    size_t place;
    int64_t number = dict_find(ts, d, key, hash, &place);
    if (number >= 0) {
        dict_maintain_tracking(d, value.v);
        *old = shared_ref_swap(&keys_entry(d->keys, (size_t)number)->value, value);
        return STATUS_OK;
    }
    *old = NO_REF;
    if (UNLIKELY(number != -1)) {
        *old = value;
        return STATUS_ERROR;
    }
    return dict_add_locked(ts, d, ref_new(key), hash, value);
}

Status dict_set_hashed(ThreadState *ts, Dict *d, Value key, int64_t hash, Value value)
{
    if (UNLIKELY(d->namespace_id != 0)) {
        return namespace_set(ts, d, key, hash, value);
    }
    Ref old = NO_REF;
    Status status = STATUS_ERROR;
    CRITICAL_SECTION(ts, &d->head)
    {
        status = dict_set_locked(ts, d, key, hash, ref_new(value), &old);
    }
    ref_drop(&old);
    return status;
}

Status dict_set(ThreadState *ts, Dict *d, Value key, Value value)
{
    int64_t hash;
    return UNLIKELY(key_hash(ts, key, &hash) == STATUS_ERROR)
               ? STATUS_ERROR
               : dict_set_hashed(ts, d, key, hash, value);
}

Status dict_set_z(ThreadState *ts, Dict *d, const char *name, Value value)
{
    OWNED Ref key = str_intern_z(ts, name);
    return is_error(key) ? STATUS_ERROR : dict_set(ts, d, key.v, value);
}

static Lookup pop_locked(ThreadState *ts, Dict *d, Value key, int64_t hash, Ref *old_key, Ref *out)
{
    size_t place;
    int64_t number = dict_find(ts, d, key, hash, &place);
    if (number < 0) {
        return number == -1 ? LOOKUP_ABSENT : LOOKUP_ERROR;
    }
    keys_remove(d->keys, (size_t)number, place, old_key, out);
    dict_note_change(d, -1);
    return LOOKUP_FOUND;
}

static Lookup pop_hashed(ThreadState *ts, Dict *d, Value key, int64_t hash, Ref *out)
{
    if (UNLIKELY(d->namespace_id != 0)) {
        return namespace_pop(ts, d, key, hash, out);
    }
    Ref old_key = NO_REF;
    Lookup result = LOOKUP_ERROR;
    CRITICAL_SECTION(ts, &d->head) { result = pop_locked(ts, d, key, hash, &old_key, out); }
    ref_drop(&old_key);
    return result;
}

Lookup dict_pop(ThreadState *ts, Dict *d, Value key, Ref *out)
{
    *out = NO_REF;
    int64_t hash;
    if (dict_size(d) == 0) {
        return LOOKUP_ABSENT;
    }
    return key_hash(ts, key, &hash) == STATUS_ERROR ? LOOKUP_ERROR
                                                    : pop_hashed(ts, d, key, hash, out);
}

Lookup dict_delete(ThreadState *ts, Dict *d, Value key)
{
    int64_t hash;
    if (key_hash(ts, key, &hash) == STATUS_ERROR) {
        return LOOKUP_ERROR;
    }
    Ref old = NO_REF;
    Lookup result = pop_hashed(ts, d, key, hash, &old);
    ref_drop(&old);
    return result;
}

static Lookup pop_last_locked(Dict *d, Ref *key, Ref *value)
{
    DictKeys *k = d->keys;
    size_t i = k->live_end;
    while (i > 0 && keys_entry(k, i - 1)->key.bits == 0) {
        i--;
    }
    if (i == 0) {
        return LOOKUP_ABSENT;
    }
    int64_t hash = entry_get_hash(k, keys_entry(k, i - 1));
    keys_remove(k, i - 1, keys_place_of(k, i - 1, hash), key, value);
    k->live_end = (uint32_t)(i - 1);
    dict_note_change(d, -1);
    return LOOKUP_FOUND;
}

Lookup dict_pop_last(ThreadState *ts, Dict *d, Ref *key, Ref *value)
{
    Lookup result = LOOKUP_ABSENT;
    if (d->namespace_id != 0) {
        size_t position = SIZE_MAX;
        if (!dict_previous(ts, d, &position, key, value)) {
            return LOOKUP_ABSENT;
        }
        OWNED Ref old = NO_REF;
        return dict_pop(ts, d, key->v, &old) == LOOKUP_ERROR ? LOOKUP_ERROR : LOOKUP_FOUND;
    }
    CRITICAL_SECTION(ts, &d->head) { result = pop_last_locked(d, key, value); }
    return result;
}

static size_t live_start(const DictKeys *k)
{
    return k->live_start[0] | (size_t)k->live_start[1] << 8 | (size_t)k->live_start[2] << 16;
}

static Lookup pop_first_locked(Dict *d, Ref *key, Ref *value)
{
    DictKeys *k = d->keys;
    size_t i = live_start(k);
    while (i < k->entry_count && keys_entry(k, i)->key.bits == 0) {
        i++;
    }
    if (i == k->entry_count) {
        return LOOKUP_ABSENT;
    }
    int64_t hash = entry_get_hash(k, keys_entry(k, i));
    keys_remove(k, i, keys_place_of(k, i, hash), key, value);
    size_t hint = MIN_OF(i + 1, (size_t)0xFFFFFF);
    k->live_start[0] = (uint8_t)hint;
    k->live_start[1] = (uint8_t)(hint >> 8);
    k->live_start[2] = (uint8_t)(hint >> 16);
    dict_note_change(d, -1);
    return LOOKUP_FOUND;
}

Lookup dict_pop_first(ThreadState *ts, Dict *d, Ref *key, Ref *value)
{
    Lookup result = LOOKUP_ABSENT;
    CRITICAL_SECTION(ts, &d->head) { result = pop_first_locked(d, key, value); }
    return result;
}

// A new table in which entry `number` comes first.
static Status rebuild_with_first(ThreadState *ts, Dict *d, size_t number)
{
    DictKeys *old = d->keys;
    DictKeys *fresh = keys_new(ts, d->used + 1, old->is_plain);
    if (fresh == NULL) {
        return STATUS_ERROR;
    }
    for (size_t i = 0; i <= old->entry_count; i++) {
        size_t from = i == 0 ? number : i - 1;
        DictEntry *e = keys_entry(old, from);
        if ((i > 0 && from == number) || e->key.bits == 0) {
            continue;
        }
        keys_append(fresh, (Ref){shared_ref_peek(&e->key)}, entry_get_hash(old, e),
                    (Ref){shared_ref_peek(&e->value)});
    }
    dict_publish_keys(d, fresh);
    array_free(ts, old);
    return STATUS_OK;
}

static Lookup move_locked(ThreadState *ts, Dict *d, Value key, int64_t hash, bool to_end)
{
    size_t place;
    int64_t number = dict_find(ts, d, key, hash, &place);
    if (number < 0) {
        return number == -1 ? LOOKUP_ABSENT : LOOKUP_ERROR;
    }
    if (!to_end) {
        if (rebuild_with_first(ts, d, (size_t)number) == STATUS_ERROR) {
            return LOOKUP_ERROR;
        }
    } else if (d->keys->live_end != (size_t)number + 1) {
        if (d->keys->entry_count == d->keys->capacity) {
            Status status = dict_make_room(ts, d, d->keys->is_plain);
            atomic_store_relaxed(&d->version, d->version + 1);
            return status == STATUS_ERROR ? LOOKUP_ERROR : move_locked(ts, d, key, hash, to_end);
        }
        keys_move_to_end(d->keys, (size_t)number, place, hash);
    }
    atomic_store_relaxed(&d->version, d->version + 1);
    return LOOKUP_FOUND;
}

Lookup dict_move_hashed(ThreadState *ts, Dict *d, Value key, int64_t hash, bool to_end)
{
    Lookup result = LOOKUP_ERROR;
    CRITICAL_SECTION(ts, &d->head) { result = move_locked(ts, d, key, hash, to_end); }
    return result;
}

Lookup dict_move(ThreadState *ts, Dict *d, Value key, bool to_end)
{
    int64_t hash;
    return key_hash(ts, key, &hash) == STATUS_ERROR ? LOOKUP_ERROR
                                                    : dict_move_hashed(ts, d, key, hash, to_end);
}

static Lookup set_default_locked(ThreadState *ts, Dict *d, Value key, int64_t hash, Value value,
                                 Ref *out)
{
    size_t place;
    int64_t number = dict_find(ts, d, key, hash, &place);
    if (number >= 0) {
        *out = place_get(&keys_entry(d->keys, (size_t)number)->value);
        return LOOKUP_FOUND;
    }
    if (number != -1 ||
        dict_add_locked(ts, d, ref_new(key), hash, ref_new(value)) == STATUS_ERROR) {
        return LOOKUP_ERROR;
    }
    *out = ref_new(value);
    return LOOKUP_ABSENT;
}

Lookup dict_set_default(ThreadState *ts, Dict *d, Value key, Value value, Ref *out)
{
    *out = NO_REF;
    int64_t hash;
    return key_hash(ts, key, &hash) == STATUS_ERROR
               ? LOOKUP_ERROR
               : dict_set_default_hashed(ts, d, key, hash, value, out);
}

Lookup dict_set_default_hashed(ThreadState *ts, Dict *d, Value key, int64_t hash, Value value,
                               Ref *out)
{
    *out = NO_REF;
    if (UNLIKELY(d->namespace_id != 0)) {
        return namespace_set_default(ts, d, key, hash, value, out);
    }
    Lookup result = LOOKUP_ERROR;
    CRITICAL_SECTION(ts, &d->head) { result = set_default_locked(ts, d, key, hash, value, out); }
    return result;
}

void dict_clear(ThreadState *ts, Dict *d)
{
    if (UNLIKELY(d->namespace_id != 0)) {
        namespace_clear(ts, d);
        return;
    }
    DictKeys *old = keys_empty;
    CRITICAL_SECTION(ts, &d->head)
    {
        old = d->keys;
        dict_publish_keys(d, keys_empty);
        dict_note_change(d, -(ptrdiff_t)d->used);
    }
    keys_dispose(ts, old);
}

// --- Copying and walking -------------------------------------------------------------------------

// Lock held: a table with the same entries, each counted. NULL: MemoryError.
static DictKeys *copy_keys_locked(ThreadState *ts, Dict *d, bool *is_cyclic)
{
    DictKeys *from = d->keys;
    if (d->used == 0) {
        return keys_empty;
    }
    DictKeys *to = keys_new(ts, d->used, from->is_plain);
    if (to == NULL) {
        return NULL;
    }
    bool is_same_shape = from->log2 == to->log2 && from->entry_count == d->used;
    size_t count = from->entry_count, n = 0;
    for (size_t i = 0; i < count; i++) {
        DictEntry *e = keys_entry(from, i);
        if (e->key.bits == 0) {
            continue;
        }
        DictEntry *copy = keys_entry(to, n);
        Ref value = place_get(&e->value), key = place_get(&e->key);
        *is_cyclic = *is_cyclic || value_may_be_cyclic(value.v) ||
                     (!from->is_plain && value_may_be_cyclic(key.v));
        shared_ref_init(&copy->value, value);
        shared_ref_init(&copy->key, key);
        if (!from->is_plain) {
            *entry_hash(copy) = *entry_hash(e);
        }
        if (!is_same_shape) {
            keys_link(to, n, entry_get_hash(from, e));
        }
        n++;
    }
    if (is_same_shape) {
        memcpy(to + 1, from + 1, (size_t)to->entries_at * 8 - sizeof *to);
    }
    to->entry_count = (uint32_t)n;
    to->live_end = (uint32_t)n;
    return to;
}

Ref dict_copy(ThreadState *ts, Dict *d)
{
    if (UNLIKELY(d->namespace_id != 0)) {
        OWNED Ref copy = dict_new_sized(ts, dict_size(d));
        if (is_error(copy) ||
            dict_merge(ts, dict_from(copy.v), value_of(d), true) == STATUS_ERROR) {
            return NO_REF;
        }
        return ref_take(&copy);
    }
    OWNED Ref result = dict_new(ts);
    if (is_error(result)) {
        return NO_REF;
    }
    Dict *copy = dict_from(result.v);
    bool is_cyclic = false, failed = false;
    CRITICAL_SECTION(ts, &d->head)
    {
        DictKeys *keys = copy_keys_locked(ts, d, &is_cyclic);
        if (keys == NULL) {
            failed = true;
        } else {
            copy->keys = keys;
            copy->used = keys->entry_count;
        }
    }
    if (failed) {
        return NO_REF;
    }
    if (is_cyclic && (copy->head.gc & GC_TRACKED) == 0) {
        object_track(&copy->head);
    }
    return ref_take(&result);
}

// What the entry's value place means: itself, or the content of the namespace's cell.
static Ref content_of(Dict *d, Ref stored)
{
    if (LIKELY(d->namespace_id == 0)) {
        return stored;
    }
    OWNED Ref cell = stored;
    return is_error(cell) ? NO_REF : cell_load((Cell *)value_head(cell.v));
}

// 1: the entry was read; 0: it is empty; -1: look again with the lock.
static int try_read_entry(Dict *d, DictKeys *k, size_t i, Ref *key, Ref *value, int64_t *hash)
{
    DictEntry *e = keys_entry(k, i);
    if (!is_concurrent()) {
        Value stored = shared_ref_peek(&e->key);
        if (is_no_value(stored)) {
            return 0;
        }
        *hash = entry_get_hash(k, e);
        *key = ref_new(stored);
        *value = ref_new(shared_ref_peek(&e->value));
        return 1;
    }
    if (!shared_ref_try_load(&e->key, key)) {
        return -1;
    }
    if (is_error(*key)) {
        return 0;
    }
    if (!shared_ref_try_load(&e->value, value)) {
        ref_drop(key);
        return -1;
    }
    if (is_error(*value) || atomic_load_acquire(&e->key.bits) != key->v.bits ||
        atomic_load_acquire(&d->keys) != k) {
        ref_drop(value);
        ref_drop(key);
        return -1;
    }
    *hash = k->is_plain ? plain_hash(key->v) : atomic_load_relaxed(entry_hash(e));
    return 1;
}

static bool read_entry(ThreadState *ts, Dict *d, size_t i, Ref *key, Ref *value, int64_t *hash)
{
    DictKeys *k = atomic_load_acquire(&d->keys);
    int result = i < keys_count(k) ? try_read_entry(d, k, i, key, value, hash) : 0;
    if (result < 0) {
        *key = NO_REF;
        CRITICAL_SECTION(ts, &d->head)
        {
            k = d->keys;
            DictEntry *e = keys_entry(k, i);
            if (i < k->entry_count && e->key.bits != 0) {
                *key = shared_ref_load_locked(&e->key);
                *value = shared_ref_load_locked(&e->value);
                *hash = entry_get_hash(k, e);
            }
        }
        result = !is_error(*key);
    }
    if (result == 0) {
        return false;
    }
    *value = content_of(d, *value);
    if (is_error(*value)) {
        ref_drop(key);
        return false;
    }
    return true;
}

bool dict_next_hashed(ThreadState *ts, Dict *d, size_t *position, Ref *key, Ref *value,
                      int64_t *hash)
{
    for (size_t i = *position; i < keys_count(atomic_load_acquire(&d->keys)); i++) {
        if (read_entry(ts, d, i, key, value, hash)) {
            *position = i + 1;
            return true;
        }
    }
    return false;
}

bool dict_next(ThreadState *ts, Dict *d, size_t *position, Ref *key, Ref *value)
{
    int64_t hash;
    return dict_next_hashed(ts, d, position, key, value, &hash);
}

bool dict_previous(ThreadState *ts, Dict *d, size_t *position, Ref *key, Ref *value)
{
    size_t i = MIN_OF(*position, keys_count(atomic_load_acquire(&d->keys)));
    for (; i > 0; i--) {
        int64_t hash;
        if (read_entry(ts, d, i - 1, key, value, &hash)) {
            *position = i - 1;
            return true;
        }
    }
    *position = 0;
    return false;
}

// --- Merging -------------------------------------------------------------------------------------

static Status append_part(ThreadState *ts, Dict *d, List *l, DictEntry *e, DictPart part)
{
    OWNED Ref key = place_get(&e->key);
    OWNED Ref value = content_of(d, place_get(&e->value));
    if (is_error(value)) {
        return STATUS_OK; // an empty cell
    }
    switch (part) {
    case DICT_PART_KEYS:
        return list_append_ref(ts, l, ref_take(&key));
    case DICT_PART_VALUES:
        return list_append_ref(ts, l, ref_take(&value));
    default: {
        Ref pair = tuple_pack(ts, 2, key.v, value.v);
        return is_error(pair) ? STATUS_ERROR : list_append_ref(ts, l, pair);
    }
    }
}

Status dict_append_to(ThreadState *ts, Dict *d, List *l, DictPart part)
{
    Status status = list_reserve(ts, l, dict_size(d));
    if (status == STATUS_ERROR) {
        return status;
    }
    CRITICAL_SECTION(ts, &d->head)
    {
        for (size_t i = 0; i < d->keys->entry_count && status == STATUS_OK; i++) {
            DictEntry *e = keys_entry(d->keys, i);
            if (e->key.bits != 0) {
                status = append_part(ts, d, l, e, part);
            }
        }
    }
    return status;
}

// Takes over all of `from` into a dict that never held anything. False: it does; nothing happened.
static bool merge_into_new(ThreadState *ts, Dict *d, Dict *from, Status *status)
{
    bool is_new = false, is_cyclic = false;
    CRITICAL_SECTION2(ts, &d->head, &from->head)
    {
        is_new = d->keys == keys_empty;
        if (is_new) {
            DictKeys *keys = copy_keys_locked(ts, from, &is_cyclic);
            *status = keys == NULL ? STATUS_ERROR : STATUS_OK;
            if (keys != NULL) {
                dict_publish_keys(d, keys);
                dict_note_change(d, (ptrdiff_t)keys->entry_count);
            }
        }
    }
    if (is_cyclic && (d->head.gc & GC_TRACKED) == 0) {
        object_track(&d->head);
    }
    return is_new;
}

static Status merge_dict(ThreadState *ts, Dict *d, Dict *from, bool override)
{
    if (d == from) {
        return STATUS_OK;
    }
    Status whole = STATUS_OK;
    if (d->namespace_id == 0 && from->namespace_id == 0 &&
        atomic_load_relaxed(&d->keys) == keys_empty && merge_into_new(ts, d, from, &whole)) {
        return whole;
    }
    if (dict_size(d) == 0 && d->namespace_id == 0 && from->namespace_id == 0 &&
        dict_size(from) > 3) {
        Status status = STATUS_OK;
        CRITICAL_SECTION(ts, &d->head)
        {
            if (d->keys->capacity - d->keys->entry_count < dict_size(from)) {
                status = dict_rebuild(ts, d, dict_size(from), true);
            }
        }
        if (status == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    size_t position = 0, size = dict_size(from);
    int64_t hash;
    Ref key, value;
    while (dict_next_hashed(ts, from, &position, &key, &value, &hash)) {
        Status status;
        if (override) {
            status = dict_set_hashed(ts, d, key.v, hash, value.v);
        } else {
            OWNED Ref there = NO_REF;
            status = dict_set_default_hashed(ts, d, key.v, hash, value.v, &there) == LOOKUP_ERROR
                         ? STATUS_ERROR
                         : STATUS_OK;
        }
        ref_drop(&key);
        ref_drop(&value);
        if (status == STATUS_ERROR) {
            return STATUS_ERROR;
        }
        if (dict_size(from) != size && !is_concurrent()) {
            return raise_status(ts, EXC_RuntimeError, "dict mutated during update");
        }
    }
    return STATUS_OK;
}

static Status merge_keys_method(ThreadState *ts, Dict *d, Value mapping, bool override)
{
    OWNED Ref keys = object_call_method(ts, mapping, NAME(keys), NULL, 0);
    if (is_error(keys)) {
        return STATUS_ERROR;
    }
    OWNED Ref it = object_iterate(ts, keys.v);
    if (is_error(it)) {
        return STATUS_ERROR;
    }
    for (;;) {
        OWNED Ref key = iterator_next(ts, it.v);
        if (is_error(key)) {
            return has_exception(ts) ? STATUS_ERROR : STATUS_OK;
        }
        if (!override) {
            Lookup there = dict_contains(ts, d, key.v);
            if (there == LOOKUP_ERROR) {
                return STATUS_ERROR;
            }
            if (there == LOOKUP_FOUND) {
                continue;
            }
        }
        OWNED Ref value = object_get_item(ts, mapping, key.v);
        if (is_error(value) || dict_set(ts, d, key.v, value.v) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
}

// Iterating such a dict gives its entries in order: dict itself, or subclasses that keep __iter__.
static bool walks_as_dict(Value v)
{
    return value_is_dict(v) && type_of(v)->slots.iterate == TYPE_OF_KIND(DICT)->slots.iterate;
}

Status dict_merge(ThreadState *ts, Dict *d, Value mapping, bool override)
{
    return walks_as_dict(mapping) ? merge_dict(ts, d, dict_from(mapping), override)
                                  : merge_keys_method(ts, d, mapping, override);
}

static Status update_pair(ThreadState *ts, Dict *d, Value pair, size_t number)
{
    if (value_is_exactly(pair, KIND_TUPLE) && tuple_count(pair) == 2) {
        return dict_set(ts, d, tuple_item(pair, 0), tuple_item(pair, 1));
    }
    OWNED Ref items = sequence_tuple(ts, pair);
    if (is_error(items)) {
        if (exception_matches(ts, EXC_TypeError)) {
            return raise_status(
                ts, EXC_TypeError,
                "cannot convert dictionary update sequence element #%zu to a sequence", number);
        }
        return STATUS_ERROR;
    }
    if (tuple_count(items.v) != 2) {
        return raise_status(ts, EXC_ValueError,
                            "dictionary update sequence element #%zu has length %zu; 2 is required",
                            number, tuple_count(items.v));
    }
    return dict_set(ts, d, tuple_item(items.v, 0), tuple_item(items.v, 1));
}

static Status update_pairs(ThreadState *ts, Dict *d, Value pairs)
{
    OWNED Ref it = object_iterate(ts, pairs);
    if (is_error(it)) {
        return STATUS_ERROR;
    }
    for (size_t number = 0;; number++) {
        OWNED Ref pair = iterator_next(ts, it.v);
        if (is_error(pair)) {
            return has_exception(ts) ? STATUS_ERROR : STATUS_OK;
        }
        if (update_pair(ts, d, pair.v, number) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
}

Status dict_update(ThreadState *ts, Dict *d, Value other)
{
    if (value_is_dict(other)) {
        return dict_merge(ts, d, other, true);
    }
    OWNED Ref keys = NO_REF;
    switch (object_lookup_attribute(ts, other, NAME(keys), &keys)) {
    case LOOKUP_FOUND:
        return dict_merge(ts, d, other, true);
    case LOOKUP_ABSENT:
        return update_pairs(ts, d, other);
    default:
        return STATUS_ERROR;
    }
}
