// core/object/set.c: tables, membership, change, and the types set and frozenset.
#include "core/object/set.h"

#include "core/object/list.h"
#include "core/object/set_table.h"
#include "core/object/tuple.h"

static struct {
    SetTable table;
    SetEntry entries[SET_TABLE_LEAST];
} empty_table = {.table = {.mask = SET_TABLE_LEAST - 1}};
SetTable *const set_table_empty = &empty_table.table;

// --- Probing -------------------------------------------------------------------------------------

// Walks the entries that a hash may be in: a run of neighbours, then the next run.
// `i` is the place.
#define SET_PROBE_FOR(i, hash_, mask_)                                                             \
    for (size_t start_ = (size_t)(hash_) & (mask_), perturb_ = (size_t)(hash_),                    \
                run_ = start_ + SET_PROBES <= (mask_) ? SET_PROBES : 0, i = start_;                \
         ; run_ > 0 ? (run_--, i++)                                                                \
                    : (perturb_ >>= PROBE_SHIFT,                                                   \
                       start_ = (start_ * 5 + 1 + perturb_) & (mask_),                             \
                       run_ = start_ + SET_PROBES <= (mask_) ? SET_PROBES : 0, i = start_))

static SetTable *new_table(ThreadState *ts, size_t entries)
{
    if (UNLIKELY(entries > ((size_t)1 << 31))) {
        (void)raise_no_memory(ts);
        return NULL;
    }
    SetTable *t = raw_alloc(ts, sizeof(SetTable) + entries * sizeof(SetEntry));
    if (t != NULL) {
        *t = (SetTable){.mask = (uint32_t)(entries - 1)};
        memset(t->entries, 0, entries * sizeof(SetEntry));
    }
    return t;
}

static ALWAYS_INLINE void put_entry(SetTable *t, SetEntry *e, Value key, int64_t hash)
{
    t->holds_objects |= value_is_object(key);
    atomic_store_relaxed(&e->hash, hash);
    place_put(&e->key, key); // release: the hash is there
}

// Puts a key that the table does not have, and that never had one emptied.
static void insert_clean(SetTable *t, Value key, int64_t hash)
{
    size_t mask = t->mask, i = (size_t)hash & mask;
    for (size_t perturb = (size_t)hash;;) {
        SetEntry *e = &t->entries[i], *last = e + (i + SET_PROBES <= mask ? SET_PROBES : 0);
        do {
            if (e->key.bits == 0) {
                put_entry(t, e, key, hash);
                t->fill++;
                return;
            }
            e++;
        } while (e <= last);
        perturb >>= PROBE_SHIFT;
        i = (i * 5 + 1 + perturb) & mask;
    }
}

static void publish_table(ThreadState *ts, Set *s, SetTable *fresh)
{
    SetTable *old = s->table;
    s->version++;
    // release: pairs with the acquire by which readers load the table.
    atomic_store_release(&s->table, fresh);
    if (old != set_table_empty) {
        array_free(ts, old);
    }
}

// Lock held. A new table of more than `least` entries.
static Status resize_table(ThreadState *ts, Set *s, size_t least)
{
    size_t entries = SET_TABLE_LEAST;
    while (entries <= least) {
        entries <<= 1;
    }
    SetTable *fresh = new_table(ts, entries);
    if (fresh == NULL) {
        return STATUS_ERROR;
    }
    SetTable *old = s->table;
    for (size_t i = 0; i <= old->mask && old->fill != 0; i++) {
        Value key = shared_ref_peek(&old->entries[i].key);
        if (set_key_is_live(key)) {
            insert_clean(fresh, key, old->entries[i].hash);
        }
    }
    publish_table(ts, s, fresh);
    return STATUS_OK;
}

// 1: the entry holds the key; 0: another; -1: error; -2: the set changed, start again.
static NO_INLINE int compare_entry(ThreadState *ts, Set *s, SetEntry *e, Value stored, Value key)
{
    if (value_is_exactly(stored, KIND_STR) && value_is_exactly(key, KIND_STR)) {
        return str_equal(stored, key);
    }
    if (values_are_small_ints(stored, key)) {
        return 0;
    }
    uint32_t version = s->version;
    Ref held = place_get(&e->key);
    Truth same = object_compare_truth(ts, held.v, key, OP_EQ);
    bool is_changed = s->version != version || shared_ref_peek(&e->key).bits != held.v.bits;
    ref_drop(&held);
    if (same == TRUTH_ERROR) {
        return -1;
    }
    return is_changed || s->version != version ? -2 : same == TRUTH_TRUE;
}

// As set_find; when the key is absent *vacant is the entry where it belongs.
static ALWAYS_INLINE int64_t find_or_vacant(ThreadState *ts, Set *s, Value key, int64_t hash,
                                            SetEntry **vacant)
{
restart:;
    SetTable *t = s->table;
    size_t mask = t->mask, i = (size_t)hash & mask;
    for (size_t perturb = (size_t)hash;;) {
        SetEntry *e = &t->entries[i], *last = e + (i + SET_PROBES <= mask ? SET_PROBES : 0);
        do {
            Value stored = shared_ref_peek(&e->key);
            if (stored.bits == key.bits) {
                return e - t->entries;
            }
            if (stored.bits == 0) {
                *vacant = e;
                return -1;
            }
            if (UNLIKELY(e->hash == hash && stored.bits != SET_EMPTIED)) {
                int same = compare_entry(ts, s, e, stored, key);
                if (same == -2) {
                    goto restart;
                }
                if (same != 0) {
                    return same > 0 ? e - t->entries : -2;
                }
            }
            e++;
        } while (e <= last);
        perturb >>= PROBE_SHIFT;
        i = (i * 5 + 1 + perturb) & mask;
    }
}

int64_t set_find(ThreadState *ts, Set *s, Value key, int64_t hash)
{
    SetEntry *vacant = NULL;
    return find_or_vacant(ts, s, key, hash, &vacant);
}

// --- Reading from any thread ---------------------------------------------------------------------

enum { TRY_WITH_LOCK = 2 };

static int contains_optimistic(ThreadState *ts, Set *s, Value key, int64_t hash)
{
    SetTable *t = atomic_load_acquire(&s->table);
    SET_PROBE_FOR(i, hash, t->mask)
    {
        SetEntry *e = &t->entries[i];
        Value stored = {atomic_load_acquire(&e->key.bits)};
        if (stored.bits == 0) {
            return LOOKUP_ABSENT;
        }
        if (stored.bits == key.bits) {
            return LOOKUP_FOUND;
        }
        if (stored.bits == SET_EMPTIED || atomic_load_relaxed(&e->hash) != hash ||
            values_are_small_ints(stored, key)) {
            continue;
        }
        OWNED Ref held = NO_REF;
        if (!shared_ref_try_load(&e->key, &held)) {
            return TRY_WITH_LOCK;
        }
        if (held.v.bits != stored.bits || atomic_load_acquire(&s->table) != t) {
            return TRY_WITH_LOCK;
        }
        if (value_is_exactly(held.v, KIND_STR) && value_is_exactly(key, KIND_STR)) {
            if (str_equal(held.v, key)) {
                return LOOKUP_FOUND;
            }
            continue;
        }
        Truth same = object_compare_truth(ts, held.v, key, OP_EQ);
        if (same != TRUTH_FALSE) {
            return (int)same;
        }
        if (atomic_load_acquire(&s->table) != t) {
            return TRY_WITH_LOCK;
        }
    }
}

static Lookup lookup_of(int64_t place)
{
    return place >= 0 ? LOOKUP_FOUND : place == -1 ? LOOKUP_ABSENT : LOOKUP_ERROR;
}

Lookup set_contains_hashed(ThreadState *ts, Set *s, Value key, int64_t hash)
{
    if (LIKELY(!is_concurrent())) {
        return lookup_of(set_find(ts, s, key, hash));
    }
    int result = contains_optimistic(ts, s, key, hash);
    if (result == TRY_WITH_LOCK) {
        CRITICAL_SECTION(ts, &s->head) { result = lookup_of(set_find(ts, s, key, hash)); }
    }
    return (Lookup)result;
}

Lookup set_contains(ThreadState *ts, Value set, Value item)
{
    int64_t hash;
    return key_hash(ts, item, &hash) == STATUS_ERROR
               ? LOOKUP_ERROR
               : set_contains_hashed(ts, set_from(set), item, hash);
}

bool set_next_concurrent(ThreadState *ts, Set *s, size_t *position, Ref *item, int64_t *hash)
{
    for (size_t i = *position;; i++) {
        SetTable *t = atomic_load_acquire(&s->table);
        if (i > t->mask) {
            *position = i;
            return false;
        }
        SetEntry *e = &t->entries[i];
        Value stored = {atomic_load_acquire(&e->key.bits)};
        if (!set_key_is_live(stored)) {
            continue;
        }
        *hash = atomic_load_relaxed(&e->hash);
        bool is_read = shared_ref_try_load(&e->key, item);
        if (is_read && (item->v.bits != stored.bits || atomic_load_acquire(&s->table) != t)) {
            ref_drop(item);
            is_read = false;
        }
        if (!is_read) {
            *item = NO_REF;
            CRITICAL_SECTION(ts, &s->head)
            {
                t = s->table;
                if (i <= t->mask && set_key_is_live(shared_ref_peek(&t->entries[i].key))) {
                    *item = shared_ref_load_locked(&t->entries[i].key);
                    *hash = t->entries[i].hash;
                }
            }
            if (is_error(*item)) {
                continue;
            }
        }
        *position = i + 1;
        return true;
    }
}

bool set_next(ThreadState *ts, Value set, size_t *position, Ref *item)
{
    int64_t hash;
    return set_next_hashed(ts, set_from(set), position, item, &hash);
}

// --- Changing ------------------------------------------------------------------------------------

// After an entry was filled: a larger table when three fifths of it are.
static ALWAYS_INLINE Status note_added(ThreadState *ts, Set *s, SetTable *t)
{
    size_t used = s->used + 1;
    atomic_store_relaxed(&s->used, used);
    if (LIKELY((size_t)t->fill * 5 < (size_t)t->mask * 3)) {
        return STATUS_OK;
    }
    return resize_table(ts, s, used > 50000 ? used * 2 : used * 4);
}

static ALWAYS_INLINE Status add_locked(ThreadState *ts, Set *s, Value key, int64_t hash)
{
    SetEntry *vacant = NULL;
    int64_t place = find_or_vacant(ts, s, key, hash, &vacant);
    if (place >= 0) {
        return STATUS_OK;
    }
    if (UNLIKELY(place == -2)) {
        return STATUS_ERROR;
    }
    SetTable *t = s->table;
    if (LIKELY(t != set_table_empty)) {
        put_entry(t, vacant, ref_new(key).v, hash);
        t->fill++;
    } else if (resize_table(ts, s, 0) == STATUS_OK) {
        t = s->table;
        insert_clean(t, ref_new(key).v, hash);
    } else {
        return STATUS_ERROR;
    }
    return note_added(ts, s, t);
}

Status set_add_unique(ThreadState *ts, Set *s, Ref key, int64_t hash)
{
    if (is_concurrent()) { // a set that changes while it is walked may show a key twice
        OWNED Ref held = key;
        return set_add_hashed(ts, s, held.v, hash);
    }
    if (UNLIKELY(s->table == set_table_empty && resize_table(ts, s, 0) == STATUS_ERROR)) {
        ref_drop(&key);
        return STATUS_ERROR;
    }
    SetTable *t = s->table;
    insert_clean(t, key.v, hash);
    return note_added(ts, s, t);
}

Status set_add_hashed(ThreadState *ts, Set *s, Value key, int64_t hash)
{
    Status status = STATUS_ERROR;
    CRITICAL_SECTION(ts, &s->head) { status = add_locked(ts, s, key, hash); }
    return status;
}

Status set_add(ThreadState *ts, Value set, Value item)
{
    int64_t hash;
    return key_hash(ts, item, &hash) == STATUS_ERROR
               ? STATUS_ERROR
               : set_add_hashed(ts, set_from(set), item, hash);
}

static void empty_entry_locked(Set *s, SetEntry *e, Ref *old)
{
    *old = (Ref){shared_ref_peek(&e->key)};
    atomic_store_release(&e->key.bits, SET_EMPTIED);
    atomic_store_relaxed(&e->hash, (int64_t)-1);
    atomic_store_relaxed(&s->used, s->used - 1);
}

Lookup set_discard_hashed(ThreadState *ts, Set *s, Value key, int64_t hash)
{
    Lookup result = LOOKUP_ABSENT;
    Ref old = NO_REF;
    CRITICAL_SECTION(ts, &s->head)
    {
        int64_t place = set_find(ts, s, key, hash);
        result = lookup_of(place);
        if (place >= 0) {
            empty_entry_locked(s, &s->table->entries[place], &old);
        }
    }
    ref_drop(&old);
    return result;
}

Lookup set_discard(ThreadState *ts, Value set, Value item)
{
    int64_t hash;
    return key_hash(ts, item, &hash) == STATUS_ERROR
               ? LOOKUP_ERROR
               : set_discard_hashed(ts, set_from(set), item, hash);
}

Lookup set_pop(ThreadState *ts, Set *s, Ref *item)
{
    Lookup result = LOOKUP_ABSENT;
    CRITICAL_SECTION(ts, &s->head)
    {
        if (s->used != 0) {
            SetTable *t = s->table;
            size_t i = t->finger & t->mask;
            while (!set_key_is_live(shared_ref_peek(&t->entries[i].key))) {
                i = i == t->mask ? 0 : i + 1;
            }
            empty_entry_locked(s, &t->entries[i], item);
            t->finger = (uint32_t)i + 1;
            result = LOOKUP_FOUND;
        }
    }
    return result;
}

static void dispose_table(ThreadState *ts, SetTable *t)
{
    if (t == set_table_empty) {
        return;
    }
    for (size_t i = 0; i <= t->mask && t->holds_objects; i++) {
        Value key = shared_ref_peek(&t->entries[i].key);
        if (key.bits != SET_EMPTIED) {
            value_release(key);
        }
    }
    array_free(ts, t);
}

void set_clear(ThreadState *ts, Set *s)
{
    SetTable *old = set_table_empty;
    CRITICAL_SECTION(ts, &s->head)
    {
        old = s->table;
        s->version++;
        atomic_store_relaxed(&s->used, 0);
        atomic_store_release(&s->table, set_table_empty);
    }
    dispose_table(ts, old);
}

void set_swap(ThreadState *ts, Set *a, Set *b)
{
    CRITICAL_SECTION2(ts, &a->head, &b->head)
    {
        SetTable *table = a->table;
        size_t used = a->used;
        a->version++;
        b->version++;
        atomic_store_release(&a->table, b->table);
        atomic_store_relaxed(&a->used, b->used);
        atomic_store_release(&b->table, table);
        atomic_store_relaxed(&b->used, used);
    }
}

static Status presize_locked(ThreadState *ts, Set *s, size_t added)
{
    if (((size_t)s->table->fill + added) * 5 < (size_t)s->table->mask * 3) {
        return STATUS_OK;
    }
    return resize_table(ts, s, (s->used + added) * 2);
}

Status set_presize(ThreadState *ts, Set *s, size_t added)
{
    Status status = STATUS_OK;
    CRITICAL_SECTION(ts, &s->head) { status = presize_locked(ts, s, added); }
    return status;
}

Status set_compact(ThreadState *ts, Set *s)
{
    Status status = STATUS_OK;
    CRITICAL_SECTION(ts, &s->head)
    {
        if (s->table->fill - s->used > s->table->mask / 5) {
            status = resize_table(ts, s, s->used > 50000 ? s->used * 2 : s->used * 4);
        }
    }
    return status;
}

// Both locks held, s is empty: takes over the keys of other without comparing any.
static Status fill_empty_locked(ThreadState *ts, Set *s, Set *other)
{
    if (presize_locked(ts, s, other->used) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    if (s->table == set_table_empty && resize_table(ts, s, 0) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    SetTable *to = s->table, *from = other->table;
    bool is_same_shape = to->mask == from->mask && from->fill == other->used;
    for (size_t i = 0; i <= from->mask; i++) {
        SetEntry *e = &from->entries[i];
        if (!set_key_is_live(shared_ref_peek(&e->key))) {
            continue;
        }
        Value key = place_get(&e->key).v;
        if (is_same_shape) {
            shared_ref_init(&to->entries[i].key, (Ref){key});
            to->entries[i].hash = e->hash;
        } else {
            insert_clean(to, key, e->hash);
        }
    }
    to->fill = (uint32_t)other->used;
    to->holds_objects |= from->holds_objects;
    atomic_store_relaxed(&s->used, other->used);
    return STATUS_OK;
}

Status set_merge(ThreadState *ts, Set *s, Set *other)
{
    size_t added = atomic_load_relaxed(&other->used);
    if (s == other || added == 0) {
        return STATUS_OK;
    }
    bool is_done = false;
    Status status = STATUS_OK;
    CRITICAL_SECTION2(ts, &s->head, &other->head)
    {
        is_done = s->table->fill == 0;
        status = is_done ? fill_empty_locked(ts, s, other) : presize_locked(ts, s, other->used);
    }
    if (is_done || status == STATUS_ERROR) {
        return status;
    }
    size_t position = 0;
    Ref item;
    int64_t hash;
    while (set_next_hashed(ts, other, &position, &item, &hash)) {
        status =
            is_concurrent() ? set_add_hashed(ts, s, item.v, hash) : add_locked(ts, s, item.v, hash);
        ref_drop(&item);
        if (status == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    return STATUS_OK;
}

static Status update_from_dict(ThreadState *ts, Set *s, Dict *d)
{
    if (set_presize(ts, s, dict_size(d)) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    size_t position = 0;
    int64_t hash;
    Ref key, value;
    while (dict_next_hashed(ts, d, &position, &key, &value, &hash)) {
        Status status = set_add_hashed(ts, s, key.v, hash);
        ref_drop(&key);
        ref_drop(&value);
        if (status == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    return STATUS_OK;
}

Status set_update(ThreadState *ts, Value set, Value iterable)
{
    if (value_is_set(iterable)) {
        return set_merge(ts, set_from(set), set_from(iterable));
    }
    if (value_is_exactly(iterable, KIND_DICT)) {
        return update_from_dict(ts, set_from(set), dict_from(iterable));
    }
    if (value_is_exactly(iterable, KIND_LIST)) {
        for (size_t i = 0;; i++) {
            OWNED Ref item = list_get(ts, list_from(iterable), i);
            if (is_error(item)) {
                return STATUS_OK;
            }
            if (set_add(ts, set, item.v) == STATUS_ERROR) {
                return STATUS_ERROR;
            }
        }
    }
    OWNED Ref it = object_iterate(ts, iterable);
    if (is_error(it)) {
        return STATUS_ERROR;
    }
    NextFunction next = next_of(it.v);
    for (;;) {
        OWNED Ref item = iterator_step(ts, it.v, next);
        if (is_error(item)) {
            return has_exception(ts) ? STATUS_ERROR : STATUS_OK;
        }
        if (set_add(ts, set, item.v) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
}

// --- Types ---------------------------------------------------------------------------------------

Status set_append_to(ThreadState *ts, Set *s, List *l)
{
    Status status = list_reserve(ts, l, atomic_load_relaxed(&s->used));
    if (status == STATUS_ERROR) {
        return status;
    }
    CRITICAL_SECTION(ts, &s->head)
    {
        const SetTable *t = s->table;
        for (size_t i = 0; i <= t->mask && status == STATUS_OK; i++) {
            if (set_key_is_live(shared_ref_peek(&t->entries[i].key))) {
                status = list_append_ref(ts, l, place_get(&t->entries[i].key));
            }
        }
    }
    return status;
}

Ref set_new_empty(ThreadState *ts, Type *t)
{
    Set *s = object_new_of(ts, t);
    if (s == NULL) {
        return NO_REF;
    }
    s->used = 0;
    s->table = set_table_empty;
    s->hash = -1;
    s->version = 0;
    object_track(&s->head);
    return REF_FROM_NEW(s);
}

static Ref filled(ThreadState *ts, Type *t, Value iterable)
{
    OWNED Ref set = set_new_empty(ts, t);
    if (is_error(set) ||
        (!is_no_value(iterable) && set_update(ts, set.v, iterable) == STATUS_ERROR)) {
        return NO_REF;
    }
    return ref_take(&set);
}

Ref set_new(ThreadState *ts, Value iterable) { return filled(ts, TYPE_OF_KIND(SET), iterable); }

Ref frozenset_new(ThreadState *ts, Value iterable)
{
    if (!is_no_value(iterable) && value_is_exactly(iterable, KIND_FROZENSET)) {
        return ref_new(iterable);
    }
    return filled(ts, TYPE_OF_KIND(FROZENSET), iterable);
}

static void set_finish(ThreadState *ts, ObjectHead *o)
{
    Set *s = (Set *)o;
    SetTable *table = s->table;
    s->table = set_table_empty;
    s->used = 0;
    dispose_table(ts, table);
}

static void set_traverse(ObjectHead *o, Visitor visit, void *context)
{
    SetTable *t = ((Set *)o)->table;
    for (size_t i = 0; i <= t->mask; i++) {
        visit_place(&t->entries[i].key, visit, context);
    }
}

static void set_break_cycles(ThreadState *ts, ObjectHead *o) { set_clear(ts, (Set *)o); }

static int64_t set_length(ThreadState *ts, Value self) { return (int64_t)set_size(self); }

static Ref set_make(CALL_PARAMETERS) { return set_new_empty(ts, type_from(self)); }

static Status set_init(CALL_PARAMETERS)
{
    if (arguments_no_keywords(ts, "set", names) == STATUS_ERROR ||
        arguments_count(ts, "set", count, 0, 1) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    if (set_size(self) != 0) {
        set_clear(ts, set_from(self));
    }
    return count == 0 ? STATUS_OK : set_update(ts, self, args[0]);
}

static Ref frozenset_make(CALL_PARAMETERS)
{
    Type *type = type_from(self);
    if (arguments_no_keywords_to_make(ts, self, KIND_FROZENSET, "frozenset", names) ==
        STATUS_ERROR) {
        return NO_REF;
    }
    if (arguments_count(ts, "frozenset", count, 0, 1) == STATUS_ERROR) {
        return NO_REF;
    }
    Value iterable = count == 0 ? NO_VALUE : args[0];
    return type == TYPE_OF_KIND(FROZENSET) ? frozenset_new(ts, iterable)
                                           : filled(ts, type, iterable);
}

static uint64_t shuffle_bits(uint64_t h) { return ((h ^ 89869747u) ^ (h << 16)) * 3644798167u; }

// Independent of the order of the items; the same number as in CPython.
static Status frozenset_hash(ThreadState *ts, Value self, int64_t *hash)
{
    Set *s = set_from(self);
    *hash = atomic_load_relaxed(&s->hash);
    if (*hash != -1) {
        return STATUS_OK;
    }
    uint64_t h = 0;
    const SetTable *t = s->table;
    for (size_t i = 0; i <= t->mask; i++) {
        if (set_key_is_live(shared_ref_peek(&t->entries[i].key))) {
            h ^= shuffle_bits((uint64_t)t->entries[i].hash);
        }
    }
    h ^= ((uint64_t)s->used + 1) * 1927868237u;
    h ^= (h >> 11) ^ (h >> 25);
    h = h * 69069u + 907133923u;
    *hash = h == (uint64_t)-1 ? 590923713 : (int64_t)h;
    atomic_store_relaxed(&s->hash, *hash);
    return STATUS_OK;
}

const TypeSpec spec_SET = {
    .name = "set",
    .doc = "set() -> new empty set object\nset(iterable) -> new set object\n\n"
           "Build an unordered collection of unique elements.",
    .base = KIND_OBJECT,
    .size = sizeof(Set),
    .flags = TYPE_SUBCLASSABLE | TYPE_COLLECTED | TYPE_WEAK_REFERENCEABLE,
    .slots =
        {
            .finish = set_finish,
            .traverse = set_traverse,
            .clear = set_break_cycles,
            .repr = set_repr,
            .compare = set_compare,
            .iterate = set_iterate,
            .length = set_length,
            .contains = set_has_item,
            .binary =
                {[BIN_OR] = set_or, [BIN_AND] = set_and, [BIN_SUB] = set_sub, [BIN_XOR] = set_xor},
            .in_place = {[BIN_OR] = set_in_place_or,
                         [BIN_AND] = set_in_place_and,
                         [BIN_SUB] = set_in_place_sub,
                         [BIN_XOR] = set_in_place_xor},
            .make = set_make,
            .init = set_init,
        },
    .methods = set_methods,
};

const TypeSpec spec_FROZENSET = {
    .name = "frozenset",
    .doc = "frozenset() -> empty frozenset object\nfrozenset(iterable) -> frozenset object\n\n"
           "Build an immutable unordered collection of unique elements.",
    .base = KIND_OBJECT,
    .size = sizeof(Set),
    .flags = TYPE_SUBCLASSABLE | TYPE_COLLECTED | TYPE_WEAK_REFERENCEABLE,
    .slots =
        {
            .finish = set_finish,
            .traverse = set_traverse,
            .clear = set_break_cycles,
            .repr = set_repr,
            .hash = frozenset_hash,
            .compare = set_compare,
            .iterate = set_iterate,
            .length = set_length,
            .contains = set_has_item,
            .binary =
                {[BIN_OR] = set_or, [BIN_AND] = set_and, [BIN_SUB] = set_sub, [BIN_XOR] = set_xor},
            .make = frozenset_make,
        },
    .methods = frozenset_methods,
};
