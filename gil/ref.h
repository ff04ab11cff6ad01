// gil/ref.h: values and who owns them, made visible in types.
//
//   Value      borrowed: look, lend, never keep
//   Ref        owned: exactly one must drop it
//   SharedRef  an owned place in a heap object, which many threads may reach
//   Slot       a place in a frame: a value that says itself whether it is counted
//
// The bits of a value (encodings of numbers: core/object/value.h):
//   ...1       integer of 63 bits
//   ..10       double
//   .100       small constants: None, True, False, NotImplemented, Ellipsis
//   0000       pointer to an object, or 0: no value
//   1000       in a Slot only: a pointer held without a count (bit 3 says so)
//
// Bridges: `ref.v` lends, `ref_new(v)` owns (one count), `shared_ref_load` reads a place.
// `ref_drop` may run finalizers, hence script code: drop nothing while holding a lock.
#ifndef ADDER_GIL_REF_H
#define ADDER_GIL_REF_H

#include "gil/handles.h"
#include "gil/policy.h"
#include "gil/thread_state.h"
#include "gil/upcalls.h"

#define NO_VALUE ((Value){0})
#define NO_REF   ((Ref){{0}})
#define NO_SLOT  ((Slot){0})

#define VALUE_NONE            ((Value){0x04})
#define VALUE_FALSE           ((Value){0x14})
#define VALUE_TRUE            ((Value){0x24})
#define VALUE_NOT_IMPLEMENTED ((Value){0x34})
#define VALUE_ELLIPSIS        ((Value){0x44})

// Immediates need no count, so a constant may be given away as owned.
#define REF_OF(value) ((Ref){value})
#define REF_NONE      REF_OF(VALUE_NONE)

static inline bool is_no_value(Value v) { return v.bits == 0; }
static inline bool is_error(Ref r) { return r.v.bits == 0; }
static inline bool value_is_same(Value a, Value b) { return a.bits == b.bits; }

// True for a heap object; NO_VALUE is none.
static inline bool value_is_object(Value v) { return (v.bits & 15) == 0 && v.bits != 0; }
// For a value that is known to exist.
static inline bool value_is_pointer(Value v) { return (v.bits & 15) == 0; }

static inline ObjectHead *value_head(Value v)
{
    ASSERT(value_is_object(v));
    return (ObjectHead *)v.bits;
}
static inline Value value_of(const void *object) { return (Value){(uintptr_t)object}; }
#define REF_FROM_NEW(object) ((Ref){{(uintptr_t)(object)}}) // a new object's first reference

static ALWAYS_INLINE Ref ref_new(Value v)
{
    if (value_is_object(v)) {
        head_retain(value_head(v));
    }
    return (Ref){v};
}

static ALWAYS_INLINE void value_release(Value v)
{
    if (value_is_object(v) && head_release(value_head(v))) {
        object_dealloc(thread_current(), value_head(v));
    }
}

// Drops a reference and empties the variable. Does nothing for NO_REF.
static ALWAYS_INLINE void ref_drop(Ref *r)
{
    Value v = r->v;
    r->v.bits = 0;
    value_release(v);
}

// Empties the variable and passes its reference on.
static ALWAYS_INLINE MUST_USE Ref ref_take(Ref *r)
{
    Ref taken = *r;
    r->v.bits = 0;
    return taken;
}

// Replaces what a variable owns.
static inline void ref_set(Ref *r, Ref next)
{
    Value old = r->v;
    *r = next;
    value_release(old);
}

// A local Ref that is dropped when it goes out of scope. Not in interpreter handlers.
#define OWNED __attribute__((cleanup(ref_drop), unused))

// --- Places in heap objects ----------------------------------------------------------------------

// A place is stored to by whoever holds the object's lock (or owns an object nobody else has seen),
// and read either under the lock (peek) or without one (load). Every store of a reference into a
// heap object, bulk moves included, goes through these: a later step publishes values here.

// First store into a place of a new object.
static inline void shared_ref_init(SharedRef *place, Ref r)
{
    atomic_store_relaxed(&place->bits, r.v.bits);
}

// Borrowed look: lock held, or world stopped, or object seen by this thread only.
static inline Value shared_ref_peek(const SharedRef *place)
{
    return (Value){atomic_load_relaxed(&place->bits)};
}

// Puts a new reference into the place and returns the old one, to be dropped after unlocking.
// release: pairs with the acquire in shared_ref_try_load; the object's fields are visible first.
static inline MUST_USE Ref shared_ref_swap(SharedRef *place, Ref r)
{
    Value old = {atomic_load_relaxed(&place->bits)};
    atomic_store_release(&place->bits, r.v.bits);
    return (Ref){old};
}

// Reads the place without a lock. *out is a new reference or NO_REF for an empty place. False: the
// object could not be counted safely; take the owner's lock, then shared_ref_load_locked.
static ALWAYS_INLINE MUST_USE bool shared_ref_try_load(const SharedRef *place, Ref *out)
{
    // acquire: pairs with the release in shared_ref_swap.
    Value v = {atomic_load_acquire(&place->bits)};
    if (!POLICY_FREE_THREADED || !value_is_object(v)) {
        *out = ref_new(v);
        return true;
    }
    if (UNLIKELY(!head_try_retain(value_head(v)))) {
        return false;
    }
    // The block may have been freed and reused between load and count: look again.
    if (UNLIKELY(atomic_load_acquire(&place->bits) != v.bits)) {
        value_release(v);
        return false;
    }
    *out = (Ref){v};
    return true;
}

// With the container's lock held: counts, and lets later readers succeed without the lock.
static ALWAYS_INLINE Ref shared_ref_load_locked(const SharedRef *place)
{
    Value v = shared_ref_peek(place);
    if (value_is_object(v)) {
        head_retain_found(value_head(v));
    }
    return (Ref){v};
}

// Reads a place of `container` from any thread: without a lock if possible, else with its lock.
Ref shared_ref_load_slow(ObjectHead *container, const SharedRef *place);
static inline Ref shared_ref_load(ObjectHead *container, const SharedRef *place)
{
    Ref r;
    return LIKELY(shared_ref_try_load(place, &r)) ? r : shared_ref_load_slow(container, place);
}

// Empties a place and drops what it held: dealloc and clear only.
static inline void shared_ref_clear(SharedRef *place)
{
    Value old = {atomic_load_relaxed(&place->bits)};
    atomic_store_relaxed(&place->bits, (uintptr_t)0);
    value_release(old);
}

// Until publication is switched on every object counts as shared (docs/DECISIONS.md): fast paths
// ask this and read the object again after anything that may run script code.
enum { BORN_SHARED = 1 };
static inline bool object_is_unshared(const ObjectHead *o)
{
    return !BORN_SHARED && (atomic_load_relaxed(&o->shared) & SHARED_STATE_MASK) == 0;
}

// --- Slots of frames -----------------------------------------------------------------------------

static ALWAYS_INLINE Value slot_value(Slot s)
{
    return (Value){(s.bits & 7) == 0 ? s.bits & ~(uintptr_t)8 : s.bits};
}
static ALWAYS_INLINE Slot slot_own(Ref r) { return (Slot){r.v.bits}; }
// A copy that holds no count: legal while a counted slot of the same frame (or of a caller that
// waits in this call) holds the value, or while the value is deferred or immortal.
static ALWAYS_INLINE Slot slot_borrow(Value v)
{
    return (Slot){(v.bits & 15) == 0 && v.bits != 0 ? v.bits | 8 : v.bits};
}
static ALWAYS_INLINE bool slot_is_counted(Slot s) { return (s.bits & 15) == 0 && s.bits != 0; }
static ALWAYS_INLINE bool slot_is_empty(Slot s) { return s.bits == 0; }
// A counted reference to what the slot holds; the slot keeps its own.
static ALWAYS_INLINE Ref slot_ref(Slot s) { return ref_new(slot_value(s)); }
// Moves the slot's reference out, counting it first if it was borrowed.
static ALWAYS_INLINE Ref slot_take(Slot *s)
{
    Slot old = *s;
    s->bits = 0;
    return slot_is_counted(old) ? (Ref){{old.bits}} : ref_new(slot_value(old));
}
static ALWAYS_INLINE void slot_drop(Slot *s)
{
    Slot old = *s;
    s->bits = 0;
    if (slot_is_counted(old) && head_release((ObjectHead *)old.bits)) {
        object_dealloc(thread_current(), (ObjectHead *)old.bits);
    }
}

// --- Results -------------------------------------------------------------------------------------

typedef enum { STATUS_OK = 0, STATUS_ERROR = -1 } Status;
typedef enum { LOOKUP_ERROR = -1, LOOKUP_ABSENT = 0, LOOKUP_FOUND = 1 } Lookup;
typedef enum { TRUTH_ERROR = -1, TRUTH_FALSE = 0, TRUTH_TRUE = 1 } Truth;

#endif
