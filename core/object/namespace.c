// core/object/namespace.c: dicts whose entries hold cells. See dict.h.
//
// An entry of a namespace is never taken out while the namespace lives: deleting a name empties its
// cell, so that an instruction that has cached the cell sees the name gone. `used` counts the cells
// that are not empty. Filling an empty cell again moves its entry behind all others.
//
// Emptying and filling hold the locks of the dict and of the cell; replacing holds the cell's alone
// (namespace_cell_replace), and refuses an empty one.
#include "core/object/dict_keys.h"

static uint32_t last_namespace_id; // atomic

Ref namespace_new(ThreadState *ts)
{
    OWNED Ref d = dict_new(ts);
    if (is_error(d) || dict_become_namespace(ts, dict_from(d.v)) == STATUS_ERROR) {
        return NO_REF;
    }
    return ref_take(&d);
}

Status dict_become_namespace(ThreadState *ts, Dict *d)
{
    DictKeys *k = d->keys;
    for (size_t i = 0; i < k->entry_count; i++) {
        DictEntry *e = keys_entry(k, i);
        if (e->key.bits == 0) {
            continue;
        }
        OWNED Ref cell = cell_new(ts, ref_new(shared_ref_peek(&e->value)));
        if (is_error(cell)) {
            return STATUS_ERROR;
        }
        OWNED Ref old = shared_ref_swap(&e->value, ref_take(&cell));
    }
    if ((d->head.gc & GC_TRACKED) == 0) {
        object_track(&d->head);
    }
    uint32_t id = atomic_add_relaxed(&last_namespace_id, 1) + 1;
    CHECK(id != 0);
    atomic_store_relaxed(&d->namespace_id, id);
    return STATUS_OK;
}

static Cell *cell_at(const DictKeys *k, size_t number)
{
    Value cell = {atomic_load_acquire(&keys_entry(k, number)->value.bits)};
    return is_no_value(cell) ? NULL : (Cell *)value_head(cell);
}

// The cell of a key, borrowed from the namespace; NULL: no entry, or an exception is set. Without
// the lock if names are plain, as they nearly always are: entries do not leave, their cells do not
// change, and moved entries keep their cell.
static Cell *find_cell(ThreadState *ts, Dict *d, Value key, int64_t hash)
{
    DictKeys *k = atomic_load_acquire(&d->keys);
    size_t place;
    if (k->is_plain && value_is_plain_key(key)) {
        int64_t number = keys_find_plain(k, key, hash, &place);
        Cell *cell = number < 0 ? NULL : cell_at(k, (size_t)number);
        if (cell != NULL || !is_concurrent()) {
            return cell;
        }
    }
    Cell *cell = NULL;
    CRITICAL_SECTION(ts, &d->head)
    {
        int64_t number = dict_find(ts, d, key, hash, &place);
        cell = number < 0 ? NULL : cell_at(d->keys, (size_t)number);
    }
    return cell;
}

// Lock held. Finds or makes the cell; NULL with an exception.
static Cell *make_cell_locked(ThreadState *ts, Dict *d, Value key, int64_t hash)
{
    size_t place;
    int64_t number = dict_find(ts, d, key, hash, &place);
    if (number >= 0) {
        return cell_at(d->keys, (size_t)number);
    }
    Ref cell = number == -1 ? cell_new(ts, NO_REF) : NO_REF;
    if (is_error(cell)) {
        return NULL;
    }
    if (POLICY_FREE_THREADED) {
        head_mark_shared(value_head(cell.v));
    }
    if (dict_make_room(ts, d, value_is_plain_key(key)) == STATUS_ERROR) {
        value_release(cell.v);
        return NULL;
    }
    keys_append(d->keys, ref_new(key), hash, cell);
    atomic_store_relaxed(&d->version, d->version + 1);
    return (Cell *)value_head(cell.v);
}

static Cell *make_cell(ThreadState *ts, Dict *d, Value key, int64_t hash)
{
    Cell *cell = find_cell(ts, d, key, hash);
    if (cell == NULL && !has_exception(ts)) {
        CRITICAL_SECTION(ts, &d->head) { cell = make_cell_locked(ts, d, key, hash); }
    }
    return cell;
}

Cell *namespace_cell(ThreadState *ts, Dict *d, Value name, bool create)
{
    int64_t hash;
    if (key_hash(ts, name, &hash) == STATUS_ERROR) {
        return NULL;
    }
    return create ? make_cell(ts, d, name, hash) : find_cell(ts, d, name, hash);
}

Lookup namespace_get(ThreadState *ts, Dict *d, Value key, int64_t hash, Ref *out)
{
    Cell *cell = find_cell(ts, d, key, hash);
    *out = cell == NULL ? NO_REF : cell_load(cell);
    if (!is_error(*out)) {
        return LOOKUP_FOUND;
    }
    return has_exception(ts) ? LOOKUP_ERROR : LOOKUP_ABSENT;
}

// Both locks held. Puts the entry of a cell that gets filled behind all others.
static Status move_to_end(ThreadState *ts, Dict *d, Cell *cell)
{
    DictKeys *k = d->keys;
    size_t number = 0;
    while (number < k->entry_count && cell_at(k, number) != cell) {
        number++;
    }
    bool is_last = true;
    for (size_t i = number + 1; i < k->entry_count && is_last; i++) {
        Cell *other = cell_at(k, i);
        is_last = other == NULL || shared_ref_peek(&other->value).bits == 0;
    }
    if (is_last || number == k->entry_count) {
        return STATUS_OK;
    }
    if (k->entry_count == k->capacity) {
        if (dict_make_room(ts, d, true) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
        return move_to_end(ts, d, cell);
    }
    int64_t hash = entry_get_hash(k, keys_entry(k, number));
    keys_move_to_end(k, number, keys_place_of(k, number, hash), hash);
    return STATUS_OK;
}

// Both locks held.
static Status store_locked(ThreadState *ts, Dict *d, Cell *cell, Value value, Ref *old)
{
    if (shared_ref_peek(&cell->value).bits == 0) {
        if (move_to_end(ts, d, cell) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
        dict_note_change(d, 1);
    }
    *old = shared_ref_swap(&cell->value, ref_new(value));
    return STATUS_OK;
}

Status namespace_set(ThreadState *ts, Dict *d, Value key, int64_t hash, Value value)
{
    Cell *cell = make_cell(ts, d, key, hash);
    if (cell == NULL) {
        return STATUS_ERROR;
    }
    Ref old = NO_REF;
    Status status = STATUS_OK;
    CRITICAL_SECTION2(ts, &d->head, &cell->head)
    {
        status = store_locked(ts, d, cell, value, &old);
    }
    ref_drop(&old);
    return status;
}

Lookup namespace_set_default(ThreadState *ts, Dict *d, Value key, int64_t hash, Value value,
                             Ref *out)
{
    Cell *cell = make_cell(ts, d, key, hash);
    if (cell == NULL) {
        return LOOKUP_ERROR;
    }
    Lookup result = LOOKUP_FOUND;
    CRITICAL_SECTION2(ts, &d->head, &cell->head)
    {
        *out = place_get(&cell->value);
        if (is_error(*out)) {
            Ref old;
            result =
                store_locked(ts, d, cell, value, &old) == STATUS_OK ? LOOKUP_ABSENT : LOOKUP_ERROR;
            *out = result == LOOKUP_ABSENT ? ref_new(value) : NO_REF;
        }
    }
    return result;
}

Lookup namespace_pop(ThreadState *ts, Dict *d, Value key, int64_t hash, Ref *out)
{
    Cell *cell = find_cell(ts, d, key, hash);
    if (cell == NULL) {
        return has_exception(ts) ? LOOKUP_ERROR : LOOKUP_ABSENT;
    }
    CRITICAL_SECTION2(ts, &d->head, &cell->head)
    {
        *out = shared_ref_swap(&cell->value, NO_REF);
        if (!is_error(*out)) {
            dict_note_change(d, -1);
        }
    }
    return is_error(*out) ? LOOKUP_ABSENT : LOOKUP_FOUND;
}

void namespace_clear(ThreadState *ts, Dict *d)
{
    for (size_t i = 0; i < keys_count(atomic_load_acquire(&d->keys)); i++) {
        Cell *cell = cell_at(atomic_load_acquire(&d->keys), i);
        if (cell == NULL) {
            continue;
        }
        Ref old = NO_REF;
        CRITICAL_SECTION2(ts, &d->head, &cell->head)
        {
            old = shared_ref_swap(&cell->value, NO_REF);
            if (!is_error(old)) {
                dict_note_change(d, -1);
            }
        }
        ref_drop(&old);
    }
}
