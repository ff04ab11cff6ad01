// core/object/type_slots.c: which function stands in which slot of a type.
//
// Builtin types: what their spec gives, the rest from the base. Scripts' classes: for each special
// method the first class along the MRO that has it decides. If that is a builtin type, its slot is
// taken over as it is; a slot wrapper that was put into the class by hand stands for its slot;
// anything else is a script's method, and the slot gets the dispatcher that looks it up. Where
// several methods share a slot (__lt__ … __ge__, __add__ and __radd__) all must agree on one
// function, else it is the dispatcher.
#include "core/object/slot_dispatch.h"

#include <stddef.h>

#include "core/object/function.h"
#include "core/object/type_internal.h"

Status hash_refused(ThreadState *ts, Value self, int64_t *hash)
{
    return raise_status(ts, EXC_TypeError, "unhashable type: '%T'", self);
}

// --- Builtin types -------------------------------------------------------------------------------

void slots_inherit(Type *t, const Type *base)
{
    TypeSlots *own = &t->slots;
    if (own->hash == NULL && own->compare != NULL) {
        own->hash = hash_refused;
    }
    const size_t first = offsetof(TypeSlots, finalize);
    for (size_t at = first; at < sizeof(TypeSlots); at += sizeof(AnySlot)) {
        bool is_make = at == offsetof(TypeSlots, make);
        if (slot_at(own, at) == NULL && !(is_make && base == TYPE_OF_KIND(OBJECT))) {
            slot_put(own, at, slot_at(&base->slots, at));
        }
    }
    if (own->finish == NULL && t->struct_size == base->struct_size) {
        own->finish = base->slots.finish;
        own->traverse = base->slots.traverse;
        own->clear = base->slots.clear;
    }
}

Status slots_add_wrappers(ThreadState *ts, Type *t, const TypeSlots *own)
{
    Dict *namespace_ = type_namespace(t);
    for (size_t i = 0; i < slot_row_count; i++) {
        const SlotRow *row = &slot_rows[i];
        AnySlot f = slot_at(own, row->offset);
        if (f == NULL || row->style == STYLE_NO_WRAPPER) {
            continue;
        }
        Value name = names_table[row->name];
        Lookup present = dict_contains(ts, namespace_, name);
        if (present != LOOKUP_ABSENT) {
            if (present == LOOKUP_ERROR) {
                return STATUS_ERROR;
            }
            continue;
        }
        OWNED Ref wrapper = slot_wrapper_new(ts, row, t, f);
        if (is_error(wrapper) || dict_set(ts, namespace_, name, wrapper.v) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    if (own->compare != NULL && own->hash == NULL) {
        return dict_set(ts, namespace_, NAME(__hash__), VALUE_NONE);
    }
    return STATUS_OK;
}

// --- Scripts' classes ----------------------------------------------------------------------------

// What one row says about the slot of t. *absent: nobody along the MRO has the method.
static AnySlot slot_by_row(ThreadState *ts, Type *t, const SlotRow *row, bool *absent)
{
    Value name = names_table[row->name];
    Type *owner = type_lookup_owner(ts, t, name);
    *absent = owner == NULL;
    if (owner == NULL) {
        return NULL;
    }
    if (!type_is_heap(owner)) {
        return slot_at(&owner->slots, row->offset);
    }
    Cell *cell = namespace_cell(ts, type_namespace(owner), name, false);
    Value found = cell == NULL ? NO_VALUE : shared_ref_peek(&cell->value);
    if (value_is_none(found) && row->name == NAME_ID___hash__) {
        return (AnySlot)hash_refused;
    }
    if (value_is_kind(found, KIND_SLOT_WRAPPER)) {
        const SlotWrapper *w = (const SlotWrapper *)value_head(found);
        if (w->row->offset == row->offset && w->row->name == row->name &&
            type_is_subtype(t, w->owner)) {
            return w->function;
        }
    }
    return row->dispatcher;
}

static void fix_get_attribute(ThreadState *ts, Type *t)
{
    static const SlotRow plain_row = {.name = NAME_ID___getattribute__,
                                      .offset = offsetof(TypeSlots, get_attribute),
                                      .dispatcher = (AnySlot)dispatch_get_attribute};
    bool absent;
    AnySlot plain = slot_by_row(ts, t, &plain_row, &absent);
    bool is_script = plain == (AnySlot)dispatch_get_attribute;
    bool is_generic = plain == (AnySlot)generic_get_attribute;
    bool has_hook = type_lookup_owner(ts, t, NAME(__getattr__)) != NULL;
    t->plain_get_attribute = is_script ? NULL : (Ref(*)(ThreadState *, Value, Value))plain;
    slot_put(&t->slots, plain_row.offset, has_hook ? (AnySlot)dispatch_get_attribute_hook : plain);
    uint32_t flags = t->flags & ~(uint32_t)(TYPE_GENERIC_GET | TYPE_HAS_GETATTR);
    t->flags = flags | (is_generic ? TYPE_GENERIC_GET : 0) | (has_hook ? TYPE_HAS_GETATTR : 0);
}

// How the first class along the MRO with a __new__ makes instances.
static void fix_make(ThreadState *ts, Type *t)
{
    Type *owner = type_lookup_owner(ts, t, NAME(__new__));
    if (owner == NULL || !type_is_heap(owner)) {
        Type *base = owner == NULL ? type_base(t) : owner;
        t->slots.make = base == NULL ? NULL : base->slots.make;
        return;
    }
    t->slots.make = dispatch_make;
    Cell *cell = namespace_cell(ts, type_namespace(owner), NAME(__new__), false);
    Value found = cell == NULL ? NO_VALUE : shared_ref_peek(&cell->value);
    if (value_is_kind(found, KIND_NATIVE_FUNCTION)) {
        const NativeFunction *f = (const NativeFunction *)value_head(found);
        Value self = shared_ref_peek(&f->self);
        if (f->def->flags == NATIVE_IS_RAW && f->def->raw == builtin_new && value_is_type(self)) {
            t->slots.make = type_from(self)->slots.make;
        }
    }
}

// Rows [first, end) share one slot.
static void fix_rows(ThreadState *ts, Type *t, size_t first, size_t end)
{
    if (slot_rows[first].offset == offsetof(TypeSlots, get_attribute)) {
        fix_get_attribute(ts, t);
        return;
    }
    AnySlot use = NULL;
    bool decided = false;
    for (size_t i = first; i < end; i++) {
        bool absent;
        AnySlot f = slot_by_row(ts, t, &slot_rows[i], &absent);
        if (absent) {
            continue;
        }
        if (decided && f != use) {
            f = slot_rows[i].dispatcher;
        }
        use = f;
        decided = true;
    }
    slot_put(&t->slots, slot_rows[first].offset, use);
}

static void fix_flags(Type *t)
{
    uint32_t flags = t->flags & ~(uint32_t)(TYPE_GENERIC_SET | TYPE_HAS_FINALIZER);
    flags |= t->slots.set_attribute == generic_set_attribute ? TYPE_GENERIC_SET : 0;
    flags |= t->slots.finalize != NULL ? TYPE_HAS_FINALIZER : 0;
    t->flags = flags;
}

static size_t rows_end(size_t first)
{
    size_t end = first + 1;
    while (end < slot_row_count && slot_rows[end].offset == slot_rows[first].offset) {
        end++;
    }
    return end;
}

// With one base and the usual MRO all is as in the base, but for what the class defines itself.
static bool fix_from_only_base(ThreadState *ts, Type *t, const Type *base)
{
    Value mro = type_mro(t), base_mro = type_mro(base);
    if (tuple_count(shared_ref_peek(&t->bases)) != 1 ||
        tuple_count(mro) != tuple_count(base_mro) + 1 ||
        !value_is_same(tuple_item(mro, 1), type_value(base))) {
        return false;
    }
    t->slots = base->slots;
    t->plain_get_attribute = base->plain_get_attribute;
    t->flags |= base->flags & (TYPE_GENERIC_GET | TYPE_HAS_GETATTR);
    size_t position = 0;
    Ref key, value;
    while (dict_next(ts, type_namespace(t), &position, &key, &value)) {
        if (value_is_str(key.v) && slots_is_special(key.v)) {
            (void)slots_fix_name(ts, t, key.v);
        }
        ref_drop(&key);
        ref_drop(&value);
    }
    fix_flags(t);
    return true;
}

Status slots_fix(ThreadState *ts, Type *t)
{
    const Type *base = type_base(t);
    if (fix_from_only_base(ts, t, base)) {
        return STATUS_OK;
    }
    t->slots.finish = base->slots.finish;
    t->slots.traverse = base->slots.traverse;
    t->slots.clear = base->slots.clear;
    t->slots.buffer = base->slots.buffer;
    for (size_t i = 0; i < slot_row_count; i = rows_end(i)) {
        fix_rows(ts, t, i, rows_end(i));
    }
    fix_make(ts, t);
    fix_flags(t);
    return STATUS_OK;
}

bool slots_is_special(Value name)
{
    const Str *s = str_from(name);
    if (s->length < 5 || str_width(s) != 1 || s->data[0] != '_' || s->data[1] != '_') {
        return false;
    }
    if (value_is_same(name, NAME(__new__))) {
        return true;
    }
    for (size_t i = 0; i < slot_row_count; i++) {
        if (value_is_same(name, names_table[slot_rows[i].name])) {
            return true;
        }
    }
    return false;
}

Status slots_fix_name(ThreadState *ts, Type *t, Value name)
{
    if (value_is_same(name, NAME(__new__))) {
        fix_make(ts, t);
    }
    for (size_t i = 0; i < slot_row_count; i = rows_end(i)) {
        for (size_t j = i; j < rows_end(i); j++) {
            if (value_is_same(name, names_table[slot_rows[j].name])) {
                fix_rows(ts, t, i, rows_end(i));
                break;
            }
        }
    }
    fix_flags(t);
    return STATUS_OK;
}
