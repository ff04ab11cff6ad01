// core/object/dict.h: mappings that keep insertion order; and namespaces.
//
// Open addressing over a compact table of entries (origin: R. Hettinger's compact dict, 2012, as
// used by PyPy and CPython). Readers take no lock: load the keys table, probe, try-increment the
// value, validate; writers hold the object's lock; replaced tables are freed after a grace period.
//
// A namespace (module globals, class attributes) is a Dict whose entries hold Cells: an instruction
// caches the cell of a name and never probes again. A cell may be empty: such a name counts as
// absent everywhere, and filling it again moves it to the end of the order. Cells that leave a
// namespace live on until the next purge of caches.
#ifndef ADDER_CORE_OBJECT_DICT_H
#define ADDER_CORE_OBJECT_DICT_H

#include "core/object/cell.h"
#include "core/object/object.h"

typedef struct DictKeys DictKeys; // dict_keys.h

typedef struct Dict {
    ObjectHead head;
    size_t used;           // entries that count; atomic
    DictKeys *keys;        // atomic; never NULL (an empty dict shares a static table)
    uint32_t namespace_id; // 0: an ordinary dict; else unique in the process, never reused
    uint32_t version;      // changes when entries are added, removed or moved; for iterators
    uint32_t replaced;     // counts tables: the same address may be another table; under the lock
} Dict;

// A dict or a structure that begins with one (defaultdict, OrderedDict), subclasses included.
// d.keys(), d.values(), d.items().
typedef struct DictView {
    ObjectHead head;
    SharedRef dict;
} DictView;

static inline bool value_is_dict(Value v)
{
    return value_is_object(v) &&
           (uint8_t)(value_head(v)->kind - KIND_DICT) <= KIND_ORDERED_DICT - KIND_DICT;
}
static inline Dict *dict_from(Value v) { return (Dict *)value_head(v); }
static inline size_t dict_size(const Dict *d) { return atomic_load_relaxed(&d->used); }

Ref dict_new(ThreadState *ts);
Ref dict_new_sized(ThreadState *ts, size_t expected);
Lookup dict_get(ThreadState *ts, Dict *d, Value key, Ref *out);
Lookup dict_get_hashed(ThreadState *ts, Dict *d, Value key, int64_t hash, Ref *out);
Lookup dict_get_z(ThreadState *ts, Dict *d, const char *name, Ref *out);
Lookup dict_contains(ThreadState *ts, Dict *d, Value key);
Status dict_set(ThreadState *ts, Dict *d, Value key, Value value);
Status dict_set_hashed(ThreadState *ts, Dict *d, Value key, int64_t hash, Value value);
Status dict_set_z(ThreadState *ts, Dict *d, const char *name, Value value);
Lookup dict_delete(ThreadState *ts, Dict *d, Value key); // LOOKUP_ABSENT: no exception
Lookup dict_pop(ThreadState *ts, Dict *d, Value key, Ref *out);
// Stores `value` if the key is absent; *out is what is there afterwards.
Lookup dict_set_default(ThreadState *ts, Dict *d, Value key, Value value, Ref *out);
void dict_clear(ThreadState *ts, Dict *d);
Ref dict_copy(ThreadState *ts, Dict *d);
// Any mapping, or iterable of pairs; override false keeps existing keys.
Status dict_update(ThreadState *ts, Dict *d, Value other);
Status dict_merge(ThreadState *ts, Dict *d, Value mapping, bool override);
// Walks the entries in order: start with *position = 0. Key and value are new references. False:
// end. Safe against concurrent changes (it may then skip or repeat).
bool dict_next(ThreadState *ts, Dict *d, size_t *position, Ref *key, Ref *value);

// One step of any of the dict's iterators, forward or reverse, without making a tuple. False:
// exhausted or (has_exception) an error.
bool dict_iterator_next_pair(ThreadState *ts, Value iterator, Ref *key, Ref *value);

// --- Namespaces ----------------------------------------------------------------------------------

Ref namespace_new(ThreadState *ts);
// The cell of `name` (interned str), borrowed: the namespace and the purge rule keep it alive.
// create: an absent name gets an empty cell. NULL: absent (no exception) or error (exception set).
Cell *namespace_cell(ThreadState *ts, Dict *d, Value name, bool create);
// Replaces the value of a namespace's cell, from an instruction that has cached it. False: the cell
// is empty (or, in addert, in use): nothing happened, the instruction stores through dict_set.
// Steals the value when true; *old is what the caller drops.
static inline bool namespace_cell_replace(ThreadState *ts, Cell *c, Ref value, Ref *old)
{
    bool done = false;
    CRITICAL_SECTION(ts, &c->head)
    {
        if (shared_ref_peek(&c->value).bits != 0) {
            *old = shared_ref_swap(&c->value, value);
            done = true;
        }
    }
    return done;
}
// Turns an ordinary dict that nobody else has seen into a namespace with the same entries.
Status dict_become_namespace(ThreadState *ts, Dict *d);

#endif
