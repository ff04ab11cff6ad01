// core/object/attribute.h: where an attribute is, in a form that an instruction can remember.
//
// attribute_find_get / _set look at an object and a name, run no script code, raise nothing, and
// say how the same access can be repeated for every object that passes one check:
//
//   found            the check                        then the access is
//   ACCESS_INLINE    o->shape == shape                the value at byte `offset` of the object: an
//                                                     inline attribute, or a __slots__ member
//   ACCESS_OVERFLOW  o->shape == shape                value `index` of the OverflowArray whose
//                                                     address is the word at byte `offset`
//   ACCESS_METHOD    o->shape == shape                cell: a function or method descriptor to be
//                                                     called with the object in front, or
//                                                     bound to it
//   ACCESS_CLASS_VALUE  o->shape == shape             cell: the value itself (no descriptor)
//   ACCESS_PROPERTY  o->shape == shape                cell: a property object (descriptors.h)
//   ACCESS_DESCRIPTOR o->shape == shape               cell: something whose type has descriptor_get
//   ACCESS_TYPE_VALUE  the object is `owner` (a type) cell: the value itself: needs no binding when
//                                                     asked of a class
//   ACCESS_TYPE_DESCRIPTOR  likewise                  cell: bind with (NO_VALUE, owner)
//   ACCESS_MODULE_VALUE  the module's namespace id    cell: the value itself
//   ACCESS_ADD       o->shape == shape (stores only)  store at `offset`, then o->shape = new_shape
//   ACCESS_NONE      this access cannot be remembered: take the general way
//
// An instance's own attribute hides a class's unless that is a data descriptor: all of this is
// settled when the description is made, since a shape says which attributes an instance has and its
// type's structure does not change without a purge. A value in a cell may change at any time, but
// stays of the kind that was found (function, plain value, property, other descriptor): anything
// else is a structural change. A cell or place that is found empty means: take the general way.
//
// Reading a cell: cell_load(cell). Reading a place: access_load below. In addert a place is written
// with the object's lock held and the shape checked again under it: access_store, access_add.
//
// Rule     descriptions are valid until the next purge (purge_inline_caches_stopped).
// Threads  any.
// Proof    tests/unit/core/test_instances.c
#ifndef ADDER_CORE_OBJECT_ATTRIBUTE_H
#define ADDER_CORE_OBJECT_ATTRIBUTE_H

#include "core/object/cell.h"
#include "core/object/object.h"

typedef enum AccessKind {
    ACCESS_NONE = 0,
    ACCESS_INLINE,
    ACCESS_OVERFLOW,
    ACCESS_METHOD,
    ACCESS_CLASS_VALUE,
    ACCESS_PROPERTY,
    ACCESS_DESCRIPTOR,
    ACCESS_TYPE_VALUE,
    ACCESS_TYPE_DESCRIPTOR,
    ACCESS_MODULE_VALUE,
    ACCESS_ADD,
} AccessKind;

typedef struct Access {
    AccessKind kind;
    uint32_t shape;        // the check, where it is a shape
    uint32_t offset;       // bytes from the object's start
    uint32_t index;        // ACCESS_OVERFLOW
    uint32_t new_shape;    // ACCESS_ADD
    uint32_t namespace_id; // ACCESS_MODULE_VALUE
    Cell *cell;
    const Type *owner; // ACCESS_TYPE_*
} Access;

// How to read `name` (an interned str) from v.
Access attribute_find_get(ThreadState *ts, Value v, Value name);
// How to store it: ACCESS_INLINE, ACCESS_OVERFLOW, ACCESS_ADD (inline places only), or ACCESS_NONE.
Access attribute_find_set(ThreadState *ts, Value v, Value name);

// --- Doing it ------------------------------------------------------------------------------------

// True: *out is a new reference. False: other shape, empty place, or a race: take the general way.
static ALWAYS_INLINE bool access_load(ObjectHead *o, uint32_t shape, uint32_t offset, Ref *out)
{
    // acquire: pairs with the release in instance.c that stores a shape
    // after the values that it shows.
    if (UNLIKELY(atomic_load_acquire(&o->shape) != shape)) {
        return false;
    }
    return shared_ref_try_load((SharedRef *)((char *)o + offset), out) && LIKELY(!is_error(*out));
}

static ALWAYS_INLINE bool access_load_overflow(ObjectHead *o, uint32_t shape, uint32_t offset,
                                               uint32_t index, Ref *out)
{
    if (UNLIKELY(atomic_load_acquire(&o->shape) != shape)) {
        return false;
    }
    OverflowArray *array =
        (OverflowArray *)atomic_load_acquire(&((SharedRef *)((char *)o + offset))->bits);
    // The word may hold a dict by now; then the shape has changed before (instance.c).
    if (POLICY_FREE_THREADED && UNLIKELY(atomic_load_acquire(&o->shape) != shape)) {
        return false;
    }
    return shared_ref_try_load(&array->values[index], out) && LIKELY(!is_error(*out));
}

// Replaces an existing attribute. True: `value` was stored (stolen) and *old is to be dropped.
// False: nothing happened.
static ALWAYS_INLINE bool access_store(ThreadState *ts, ObjectHead *o, uint32_t shape,
                                       uint32_t offset, Ref value, Ref *old)
{
    bool done = false;
    CriticalSection section;
    critical_begin(ts, &section, o);
    if (LIKELY(atomic_load_relaxed(&o->shape) == shape)) {
        *old = shared_ref_swap((SharedRef *)((char *)o + offset), value);
        done = true;
    }
    critical_end(ts, &section);
    return done;
}

static ALWAYS_INLINE bool access_store_overflow(ThreadState *ts, ObjectHead *o, uint32_t shape,
                                                uint32_t offset, uint32_t index, Ref value,
                                                Ref *old)
{
    bool done = false;
    CriticalSection section;
    critical_begin(ts, &section, o);
    if (LIKELY(atomic_load_relaxed(&o->shape) == shape)) {
        OverflowArray *array =
            (OverflowArray *)atomic_load_relaxed(&((SharedRef *)((char *)o + offset))->bits);
        *old = shared_ref_swap(&array->values[index], value);
        done = true;
    }
    critical_end(ts, &section);
    return done;
}

// Adds an attribute at an inline place.
// The value comes first, then (release) the shape that shows it.
static ALWAYS_INLINE bool access_add(ThreadState *ts, ObjectHead *o, uint32_t shape,
                                     uint32_t offset, uint32_t new_shape, Ref value)
{
    bool done = false;
    CriticalSection section;
    critical_begin(ts, &section, o);
    if (LIKELY(atomic_load_relaxed(&o->shape) == shape)) {
        Ref none = shared_ref_swap((SharedRef *)((char *)o + offset), value);
        (void)none; // a place that the shape does not show is empty
        atomic_store_release(&o->shape, new_shape);
        done = true;
    }
    critical_end(ts, &section);
    return done;
}

#endif
