// core/vm/slot_load.h: from places in heap objects to slots, as the loop's inline paths do it.
//
// In addert a place may be overwritten and its object freed between the load and the count: the
// count is only tried, and the place is looked at again (gil/ref.h). Deferred objects go into slots
// without a count. Whoever finds false does the instruction by the slow path, which takes the lock.
#ifndef ADDER_CORE_VM_SLOT_LOAD_H
#define ADDER_CORE_VM_SLOT_LOAD_H

#include "core/object/list.h"
#include "core/object/module.h"
#include "core/object/tuple.h"

// The object that a slot points to, counted or not.
static ALWAYS_INLINE ObjectHead *slot_head(Slot s)
{
    return (ObjectHead *)(s.bits & ~(uintptr_t)8);
}

static ALWAYS_INLINE bool may_be_concurrent(void)
{
    return POLICY_FREE_THREADED && process_is_threaded();
}

// A slot that holds a value which is safe to count: its container is immutable or held by a slot.
static ALWAYS_INLINE Slot slot_of_new(Value v)
{
    if (!value_is_object(v)) {
        return (Slot){v.bits};
    }
    if (head_is_deferred(value_head(v))) {
        return slot_borrow(v);
    }
    head_retain(value_head(v));
    return (Slot){v.bits};
}

// False: the place is empty, or could not be read safely.
static ALWAYS_INLINE bool slot_load(const SharedRef *place, Slot *out)
{
    // acquire: pairs with the release in shared_ref_swap.
    Value v = {atomic_load_acquire(&place->bits)};
    if (!value_is_pointer(v)) {
        out->bits = v.bits;
        return true;
    }
    if (UNLIKELY(v.bits == 0)) {
        return false;
    }
    if (!POLICY_FREE_THREADED) {
        head_retain(value_head(v));
        out->bits = v.bits;
        return true;
    }
    if (head_is_deferred(value_head(v))) {
        *out = slot_borrow(v);
        // Freed only with the world stopped: if it still is in the place, it is what it was.
        return LIKELY(atomic_load_acquire(&place->bits) == v.bits);
    }
    if (UNLIKELY(!head_try_retain(value_head(v)))) {
        return false;
    }
    if (UNLIKELY(atomic_load_acquire(&place->bits) != v.bits)) {
        value_release(v);
        return false;
    }
    out->bits = v.bits;
    return true;
}

// container[index] of an exact list or tuple.
static ALWAYS_INLINE bool load_indexed(ObjectHead *o, int64_t index, Slot *out)
{
    uint32_t shape = atomic_load_relaxed(&o->shape);
    if (LIKELY(shape == KIND_LIST)) {
        List *list = (List *)o;
        size_t size = list_size(list);
        index += index < 0 ? (int64_t)size : 0;
        if (UNLIKELY((uint64_t)index >= size)) {
            return false;
        }
        ListArray *array = atomic_load_acquire(&list->array);
        if (POLICY_FREE_THREADED && (array == NULL || (size_t)index >= array->capacity)) {
            return false;
        }
        return slot_load(&array->items[index], out);
    }
    if (shape == KIND_TUPLE) {
        size_t count = tuple_count(value_of(o));
        index += index < 0 ? (int64_t)count : 0;
        if (UNLIKELY((uint64_t)index >= count)) {
            return false;
        }
        *out = slot_of_new(tuple_item(value_of(o), (size_t)index));
        return true;
    }
    return false;
}

static ALWAYS_INLINE uint32_t module_namespace_id(const ObjectHead *o)
{
    return dict_from(shared_ref_peek(&((const ModuleObject *)o)->dict))->namespace_id;
}

// May be called with self as its first argument.
static ALWAYS_INLINE bool slot_is_method_like(Slot s)
{
    if ((s.bits & 7) != 0 || s.bits == 0) {
        return false;
    }
    uint8_t kind = slot_head(s)->kind;
    return kind == KIND_FUNCTION || kind == KIND_METHOD_DESCRIPTOR;
}

#endif
