// core/object/type_lookup.c: class attributes: finding them along the MRO, storing them, and what a
// change of structure costs.
//
// A table remembers (type, name) -> cell for all threads. Its rows are valid for one epoch: every
// structural change of any class starts a new one, which empties the table without touching it.
// A row is read without a lock: sequence, fields, sequence again.
//
//  reader                                   writer
//  s = sequence (acquire), even?            sequence: even -> odd  (CAS acquire; else give up)
//  type, name, cell, epoch (acquire)        fields (release)
//  sequence still s?                        sequence: odd -> even (release)
//
// Who fills a row took the epoch before it walked the MRO; who changes a class stores
// first and starts the new epoch afterwards. So a row that was filled from the old
// state carries the old epoch.
//
// Instruction caches cannot be told apart like that: a type notes in `looked_up`, a
// filter of hashed names, what they may hold; a structural change of such a name stops
// the world and empties them all.
#include "core/object/type_internal.h"

#include "core/object/code.h"
#include "core/object/descriptors.h"
#include "core/object/function.h"
#include "core/object/upcalls.h"
#include "gc/upcalls.h"
#include "gil/stop_the_world.h"

enum { TABLE_BITS = 12, TABLE_ROWS = 1 << TABLE_BITS };

typedef struct Row {
    uint32_t sequence;
    uint32_t epoch;
    const Type *type;
    uintptr_t name;
    Cell *cell; // NULL: known to be absent
} Row;

static Row table[TABLE_ROWS];
static uint32_t epoch = 1; // atomic

static Row *row_for(const Type *t, Value name)
{
    uint64_t h = ((uintptr_t)t >> 4) * 0x9E3779B97F4A7C15u ^ (name.bits >> 4) * 0xC2B2AE3D27D4EB4Fu;
    return &table[h >> (64 - TABLE_BITS)];
}

static uint64_t filter_bit(Value name)
{
    return 1ull << (((name.bits >> 4) * 0x9E3779B97F4A7C15u) >> 58);
}

// --- Finding -------------------------------------------------------------------------------------

static bool row_read(Row *row, const Type *t, Value name, uint32_t now, Cell **cell)
{
    uint32_t sequence = atomic_load_acquire(&row->sequence);
    const Type *type = atomic_load_acquire(&row->type);
    uintptr_t bits = atomic_load_acquire(&row->name);
    *cell = atomic_load_acquire(&row->cell);
    uint32_t then = atomic_load_acquire(&row->epoch);
    return type == t && bits == name.bits && then == now && (sequence & 1) == 0 &&
           (!POLICY_FREE_THREADED || atomic_load_relaxed(&row->sequence) == sequence);
}

static void row_write(Row *row, const Type *t, Value name, uint32_t then, Cell *cell)
{
    uint32_t sequence = atomic_load_relaxed(&row->sequence);
    if ((sequence & 1) != 0 || !atomic_cas_acquire(&row->sequence, &sequence, sequence + 1)) {
        return;
    }
    atomic_store_release(&row->type, t);
    atomic_store_release(&row->name, name.bits);
    atomic_store_release(&row->cell, cell);
    atomic_store_release(&row->epoch, then);
    atomic_store_release(&row->sequence, sequence + 2);
}

static bool cell_is_full(Cell *c) { return c != NULL && !is_no_value(shared_ref_peek(&c->value)); }

static Cell *walk(ThreadState *ts, Type *t, Value name, Type **owner)
{
    // Held: a key that is no str may run a script's __eq__, which may assign to __bases__.
    OWNED Ref mro = shared_ref_load(&t->head, &t->mro);
    size_t count = is_error(mro) ? 0 : tuple_count(mro.v);
    for (size_t i = 0; i < count; i++) {
        Type *at = type_from(tuple_item(mro.v, i));
        Value namespace_ = shared_ref_peek(&at->namespace_);
        if (is_no_value(namespace_)) {
            continue; // a class that was cleared
        }
        Cell *cell = namespace_cell(ts, dict_from(namespace_), name, false);
        if (cell_is_full(cell)) {
            *owner = at;
            return cell;
        }
        if (UNLIKELY(has_exception(ts))) {
            exception_clear(ts); // a key of the class that is no str failed to compare
        }
    }
    *owner = NULL;
    return NULL;
}

Cell *type_lookup_cell_once(ThreadState *ts, Type *t, Value name)
{
    Row *row = row_for(t, name);
    Cell *cell;
    // acquire: pairs with the release in type_caches_forget.
    uint32_t now = atomic_load_acquire(&epoch);
    if (LIKELY(row_read(row, t, name, now, &cell)) && (cell == NULL || cell_is_full(cell))) {
        return cell;
    }
    // Also when the class that had the name has just lost it and the purge is still to come.
    Type *owner;
    cell = walk(ts, t, name, &owner);
    // A mortal name that was not found could die, and another name get its address.
    if (cell != NULL || head_is_immortal(value_head(name))) {
        row_write(row, t, name, now, cell);
    }
    return cell;
}

Cell *type_lookup_cell(ThreadState *ts, Type *t, Value name)
{
    uint64_t bit = filter_bit(name);
    if ((atomic_load_relaxed(&t->looked_up) & bit) == 0) {
        // seq_cst: before the walk; pairs with the load in changed_below, after the change.
        atomic_or_seq_cst(&t->looked_up, bit);
    }
    return type_lookup_cell_once(ts, t, name);
}

Ref type_lookup(ThreadState *ts, Type *t, Value name)
{
    for (;;) {
        Cell *cell = type_lookup_cell_once(ts, t, name);
        Ref found = cell == NULL ? NO_REF : cell_load(cell);
        if (cell == NULL || !is_error(found)) {
            return found;
        }
        // The cell was emptied in between: a base may have the name.
    }
}

Type *type_lookup_owner(ThreadState *ts, Type *t, Value name)
{
    Type *owner;
    (void)walk(ts, t, name, &owner);
    return owner;
}

Ref type_lookup_special(ThreadState *ts, Value self, Value name, bool *unbound)
{
    *unbound = false;
    OWNED Ref found = type_lookup(ts, type_of(self), name);
    if (is_error(found)) {
        return NO_REF;
    }
    if (value_is_function(found.v) || value_is_kind(found.v, KIND_METHOD_DESCRIPTOR) ||
        value_is_kind(found.v, KIND_SLOT_WRAPPER)) {
        *unbound = true;
        return ref_take(&found);
    }
    Type *t = type_of(found.v);
    if (t->slots.descriptor_get == NULL) {
        return ref_take(&found);
    }
    return t->slots.descriptor_get(ts, found.v, self, type_value(type_of(self)));
}

Ref type_call_special(ThreadState *ts, Value self, Value name, const Value *args, size_t count)
{
    bool unbound;
    OWNED Ref f = type_lookup_special(ts, self, name, &unbound);
    if (is_error(f)) {
        return has_exception(ts) ? NO_REF : raise_attribute_error(ts, self, name);
    }
    if (!unbound) {
        return object_call(ts, f.v, args, count, NO_VALUE);
    }
    Value all[6];
    CHECK(count < ARRAY_LENGTH(all));
    all[0] = self;
    for (size_t i = 0; i < count; i++) {
        all[i + 1] = args[i];
    }
    return object_call(ts, f.v, all, count + 1, NO_VALUE);
}

// --- Forgetting ----------------------------------------------------------------------------------

void type_caches_forget(ThreadState *ts)
{
    // release: pairs with the acquire in type_lookup_cell_once; the change is visible before.
    (void)atomic_add_acq_rel(&epoch, 1u);
}

void type_caches_purge_stopped(void) { (void)atomic_add_acq_rel(&epoch, 1u); }

__attribute__((weak)) void constructors_purge_stopped(void) {}

void purge_inline_caches_stopped(void)
{
    code_purge_caches_stopped();
    constructors_purge_stopped();
    type_caches_purge_stopped();
}

typedef struct Change {
    uint64_t bits;
    bool was_looked_up;
} Change;

static void note_looked_up(ThreadState *ts, Type *t, void *context)
{
    Change *change = context;
    change->was_looked_up |= (atomic_load_seq_cst(&t->looked_up) & change->bits) != 0;
}

static void forget_looked_up(ThreadState *ts, Type *t, void *context)
{
    atomic_store_relaxed(&t->looked_up, (uint64_t)0); // world stopped, caches empty
}

void type_structure_changed(ThreadState *ts, Type *t, Value name)
{
    type_caches_forget(ts);
    Change change = {is_no_value(name) ? ~0ull : filter_bit(name), false};
    type_for_each_below(ts, t, note_looked_up, &change);
    if (!change.was_looked_up) {
        return;
    }
    stop_the_world(ts);
    purge_inline_caches_stopped();
    type_for_each_below(ts, t, forget_looked_up, NULL);
    start_the_world(ts);
}

// --- Storing -------------------------------------------------------------------------------------

// Instructions that have cached a cell rely on its value staying of one of these.
typedef enum { IS_ABSENT, IS_PLAIN, IS_FUNCTION, IS_PROPERTY, IS_DESCRIPTOR, IS_DATA } Category;

static Category category_of(Value v)
{
    if (is_no_value(v)) {
        return IS_ABSENT;
    }
    if (value_is_function(v)) {
        return IS_FUNCTION;
    }
    Type *t = type_of(v);
    if (t->slots.descriptor_set != NULL) {
        return t == TYPE_OF_KIND(PROPERTY) ? IS_PROPERTY : IS_DATA;
    }
    return t->slots.descriptor_get != NULL ? IS_DESCRIPTOR : IS_PLAIN;
}

static void fix_slots_below(ThreadState *ts, Type *t, void *context)
{
    if (type_is_heap(t) && slots_fix_name(ts, t, *(Value *)context) == STATUS_ERROR) {
        exception_clear(ts);
    }
}

// Slots are read without care, so they change while nobody looks.
static void fix_slots_of(ThreadState *ts, Type *t, Value name)
{
    bool stop = POLICY_FREE_THREADED && process_is_threaded();
    if (stop) {
        stop_the_world(ts);
    }
    type_for_each_below(ts, t, fix_slots_below, &name);
    if (stop) {
        start_the_world(ts);
    }
}

// A class that becomes a descriptor, or no longer is one, changes what is cached about all those
// that have an instance of it among their attributes.
static bool is_descriptor_method(Value name)
{
    return name.bits == NAME(__get__).bits || name.bits == NAME(__set__).bits ||
           name.bits == NAME(__delete__).bits;
}

Status type_set_attribute(ThreadState *ts, Type *t, Value name, Value value)
{
    OWNED Ref interned = str_intern(ts, ref_new(name));
    if (is_error(interned)) {
        return STATUS_ERROR;
    }
    name = interned.v;
    Dict *namespace_ = type_namespace(t);
    Cell *cell = namespace_cell(ts, namespace_, name, false);
    OWNED Ref old = cell == NULL ? NO_REF : cell_load(cell);
    if (is_no_value(value)) {
        Lookup found = dict_delete(ts, namespace_, name);
        if (found == LOOKUP_ERROR) {
            return STATUS_ERROR;
        }
        if (found == LOOKUP_ABSENT) {
            (void)raise_attribute_error(ts, type_value(t), name);
            return STATUS_ERROR;
        }
    } else if (dict_set(ts, namespace_, name, value) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    Category before = category_of(old.v), after = category_of(value);
    bool is_special = slots_is_special(name);
    if (before != after || after == IS_DESCRIPTOR || after == IS_DATA || is_special) {
        type_structure_changed(ts, t, name);
    }
    if (is_special) {
        fix_slots_of(ts, t, name);
    }
    if (is_descriptor_method(name)) {
        stop_the_world(ts);
        purge_inline_caches_stopped();
        start_the_world(ts);
    }
    return STATUS_OK;
}
