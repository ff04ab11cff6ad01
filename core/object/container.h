// core/object/container.h: what the containers share: moving references between places, the
// question whether anybody else may be looking, and the arguments of their constructors.
//
// Rule     while is_concurrent() is false no other thread runs scripts: places may be read and
//          moved as plain words. It turns true only inside calls that may run script code, so it
//          is asked anew after those.
#ifndef ADDER_CORE_OBJECT_CONTAINER_H
#define ADDER_CORE_OBJECT_CONTAINER_H

#include "core/object/object.h"

// May another thread be reading or writing the same container right now?
static ALWAYS_INLINE bool is_concurrent(void)
{
    return POLICY_FREE_THREADED && process_is_threaded();
}

// --- Places --------------------------------------------------------------------------------------

// A new reference to what a place holds: lock held, or nobody else looks.
static ALWAYS_INLINE Ref place_get(const SharedRef *place)
{
    return is_concurrent() ? shared_ref_load_locked(place) : ref_new(shared_ref_peek(place));
}

// Moves a reference from one place to another, which held none. The old place keeps its word.
// release: a reader of the new place must see what the first store made visible.
static ALWAYS_INLINE void place_move(SharedRef *to, const SharedRef *from)
{
    atomic_store_release(&to->bits, atomic_load_relaxed(&from->bits));
}

// Overwrites a place whose reference was moved elsewhere.
static ALWAYS_INLINE void place_put(SharedRef *place, Value v)
{
    atomic_store_release(&place->bits, v.bits);
}

// Moves n references, front or back first as the overlap demands; the words left behind stay.
void places_move(SharedRef *to, const SharedRef *from, size_t n);
// Counts n references into new places.
void places_copy(SharedRef *to, const SharedRef *from, size_t n);
static inline void places_empty(SharedRef *to, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        atomic_store_relaxed(&to[i].bits, (uintptr_t)0);
    }
}
// Drops n references that nobody else can reach any more.
void values_drop(Value *values, size_t n);
// Empties and drops n places of an array that its object has let go: a reader that still holds the
// array finds either a reference that counts or nothing.
void places_drop(SharedRef *places, size_t n);

// An array that lock-free readers may have seen.
static inline void array_free(ThreadState *ts, void *array)
{
    if (is_concurrent()) {
        raw_free_shared(ts, array);
    } else {
        raw_free(ts, array);
    }
}

// Can a container that holds v be part of a cycle through v?
static inline bool value_may_be_cyclic(Value v)
{
    if (!value_is_object(v)) {
        return false;
    }
    const ObjectHead *o = value_head(v);
    uint32_t shape = atomic_load_relaxed(&o->shape);
    if (shape == KIND_STR || head_is_immortal(o)) {
        return false;
    }
    if (shape == KIND_TUPLE) {
        return (atomic_load_relaxed(&o->gc) & GC_TRACKED) != 0;
    }
    return (type_of(v)->flags & TYPE_COLLECTED) != 0;
}

// Visits a place in a traverse function.
static inline void visit_place(const SharedRef *place, Visitor visit, void *context)
{
    Value v = shared_ref_peek(place);
    if (value_is_object(v)) {
        visit(v, EDGE_COUNTED, context);
    }
}

// --- Comparing and iterating quickly -------------------------------------------------------------

// object_equal, with the answers that need no call given here.
static ALWAYS_INLINE Truth value_equal(ThreadState *ts, Value a, Value b)
{
    if (a.bits == b.bits) {
        return TRUTH_TRUE;
    }
    if (values_are_small_ints(a, b)) {
        return TRUTH_FALSE;
    }
    return object_equal(ts, a, b);
}

// One step of an iterator whose type's `next` was looked up before the loop; as iterator_next.
typedef Ref (*NextFunction)(ThreadState *ts, Value iterator);
static ALWAYS_INLINE Ref iterator_step(ThreadState *ts, Value iterator, NextFunction next)
{
    if (enter_native(ts, " while iterating") == STATUS_ERROR) {
        return NO_REF; // iterators over iterators nest
    }
    Ref item = next(ts, iterator);
    if (UNLIKELY(is_error(item)) && has_exception(ts)) {
        (void)exception_clear_if(ts, EXC_StopIteration);
    }
    return item;
}
// `next` of an iterator that object_iterate gave.
static inline NextFunction next_of(Value iterator) { return type_of(iterator)->slots.next; }

// --- Exact types and indices ---------------------------------------------------------------------

static inline bool value_is_index(Value v)
{
    return value_is_small_int(v) || type_of(v)->slots.index != NULL;
}
// Adds the length to a negative index.
static inline int64_t index_from_end(int64_t i, int64_t length) { return i < 0 ? i + length : i; }
// Where seq.index(x, start, stop) looks: like slice bounds.
static inline int64_t clamp_bound(int64_t i, int64_t length)
{
    if (i < 0) {
        i += length;
        return i < 0 ? 0 : i;
    }
    return i > length ? length : i;
}
// a < b and so on, for small ints and for sizes.
static inline bool compare_ints(int64_t a, int64_t b, CompareOp op)
{
    switch (op) {
    case OP_LT:
        return a < b;
    case OP_LE:
        return a <= b;
    case OP_EQ:
        return a == b;
    case OP_NE:
        return a != b;
    case OP_GT:
        return a > b;
    default:
        return a >= b;
    }
}
static inline Ref ref_of_size(size_t n) { return REF_OF(small_int((int64_t)n)); }
static inline Ref not_implemented(void) { return REF_OF(VALUE_NOT_IMPLEMENTED); }
static inline Ref ref_of_truth(Truth t)
{
    return t == TRUTH_ERROR ? NO_REF : REF_OF(bool_value(t != TRUTH_FALSE));
}

// The type's name without its module, as reprs show it.
static inline const char *type_short_name(Value v)
{
    const char *name = type_name(type_of(v)), *dot = strrchr(name, '.');
    return dot == NULL ? name : dot + 1;
}

// --- Arguments of constructors -------------------------------------------------------------------

// "list() takes no keyword arguments"
Status arguments_no_keywords(ThreadState *ts, const char *function, Value names);
// The same for a constructor: a subclass with an __init__ of its own may take keywords.
Status arguments_no_keywords_to_make(ThreadState *ts, Value type, Kind kind, const char *function,
                                     Value names);
// "list expected at most 1 argument, got 2" and its relatives.
Status arguments_count(ThreadState *ts, const char *function, size_t count, size_t least,
                       size_t most);
// Both of the above.
static inline Status arguments_positional(ThreadState *ts, const char *function, size_t count,
                                          Value names, size_t least, size_t most)
{
    if (LIKELY(is_no_value(names) && count >= least && count <= most)) {
        return STATUS_OK;
    }
    return arguments_no_keywords(ts, function, names) == STATUS_OK
               ? arguments_count(ts, function, count, least, most)
               : STATUS_ERROR;
}
// Binds positional and keyword arguments to `parameters` (NULL at the end). The first
// positional_only ones have no keyword. out[i] is NO_VALUE where an optional argument is absent.
Status arguments_bind(ThreadState *ts, const char *function, const char *const *parameters,
                      size_t positional_only, size_t positional_most, size_t required,
                      const Value *args, size_t count, Value names, Value *out);

// --- Pickling and generic aliases ----------------------------------------------------------------

// What is called `name` in the module builtins, counted.
Ref builtins_get(ThreadState *ts, const char *name);
// (iter, (argument,)) or (iter, (argument,), state): what iterators return from __reduce__. The
// name is looked up in builtins. Steals argument; state NO_VALUE: none.
Ref reduce_through_builtin(ThreadState *ts, const char *name, Ref argument, Value state);
// origin[args], from a class's __class_getitem__ (generic_alias.c).
Ref generic_alias_new(ThreadState *ts, Value origin, Value args);
// types.MappingProxyType(mapping) (mapping_proxy.c).
Ref mapping_proxy_new(ThreadState *ts, Value mapping);
// A NativeDef body for __class_getitem__.
Ref generic_class_getitem(ThreadState *ts, Value self, const Value *args);
#define NATIVE_CLASS_GETITEM                                                                       \
    NATIVE_CLASS("__class_getitem__", generic_class_getitem, "($type, object, /)", "See PEP 585")

#endif
