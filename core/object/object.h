// core/object/object.h: what can be done with any value: make, compare, call, iterate, take apart.
//
// The C form of the language's operations; each dispatches on the slots of
// the value's type (type.h).
//
// Rule     whatever takes a ThreadState may run script code: no lock is held, and what was read of
//          an object before is read again after it.
// Errors   NO_REF, STATUS_ERROR, TRUTH_ERROR, LOOKUP_ERROR or -1, with an exception in the thread.
#ifndef ADDER_CORE_OBJECT_OBJECT_H
#define ADDER_CORE_OBJECT_OBJECT_H

#include "core/object/error.h"
#include "core/object/kinds.h"
#include "core/object/type.h"
#include "gil/critical_section.h"

// --- Memory (object.c) ---------------------------------------------------------------------------

// A block for a builtin kind, header filled, one reference, fields NOT initialised, NOT
// tracked yet. Fill every field, then object_track it if its type is TYPE_COLLECTED.
// NULL: MemoryError is set.
void *object_new(ThreadState *ts, Kind kind, size_t size);
// As object_new, for an instance of a type that may be a subclass (t->kind's structure,
// t's shape and size; overflow word and inline values are cleared).
void *object_new_of(ThreadState *ts, Type *t);
// As object_new with room for `count` items of `item_size` behind the structure.
void *object_new_var(ThreadState *ts, Kind kind, size_t size, size_t count, size_t item_size);
void *object_new_var_of(ThreadState *ts, Type *t, size_t count, size_t item_size);
void object_track(ObjectHead *o); // last step of construction: the collector may see it now
void object_untrack(ObjectHead *o);
// No finalizer and no weak reference's callback runs from here on:
// what they rely on is taken apart.
void object_end_finalizers(void);
bool object_finalizers_have_ended(void);
// Bytes from the raw heap of this thread; NULL with MemoryError set.
void *raw_alloc(ThreadState *ts, size_t size);
void *raw_realloc(ThreadState *ts, void *p, size_t size);
void raw_free(ThreadState *ts, void *p);
// For arrays that lock-free readers may still see (addert): after a grace period.
void raw_free_shared(ThreadState *ts, void *p);
// Stores into a place of an object that others may see, with its lock; then drops what was there.
void object_store(ThreadState *ts, ObjectHead *o, SharedRef *place, Ref value);
size_t object_size(const ObjectHead *o); // bytes of its block as used, for sys.getsizeof

// --- Text, identity, comparison (protocol.c) -----------------------------------------------------

Ref object_repr(ThreadState *ts, Value v);
Ref object_str(ThreadState *ts, Value v);
Ref object_ascii(ThreadState *ts, Value v);
Ref object_format(ThreadState *ts, Value v, Value spec); // spec NO_VALUE: empty
Status object_hash(ThreadState *ts, Value v, int64_t *hash);
Ref object_compare(ThreadState *ts, Value a, Value b, CompareOp op);
Truth object_compare_truth(ThreadState *ts, Value a, Value b, CompareOp op);
// == with the identity shortcut of containers.
Truth object_equal(ThreadState *ts, Value a, Value b);
Truth object_is_true(ThreadState *ts, Value v);
Ref object_id(ThreadState *ts, Value v);
Truth object_is_instance(ThreadState *ts, Value v, Value class_or_tuple);
Truth object_is_subclass(ThreadState *ts, Value type, Value class_or_tuple);
// Without __instancecheck__ and __subclasscheck__: what type's own ones do.
Truth object_is_instance_plain(ThreadState *ts, Value v, Value class_);
Truth object_is_subclass_plain(ThreadState *ts, Value type, Value class_);
// repr of containers that contain themselves.
// 1: already inside (print "..."), 0: entered, -1: error.
int repr_enter(ThreadState *ts, Value v);
void repr_leave(ThreadState *ts, Value v);

// --- Attributes (attribute.c). Names are str; interned ones are fast. ----------------------------

Ref object_get_attribute(ThreadState *ts, Value v, Value name);
// AttributeError becomes LOOKUP_ABSENT.
Lookup object_lookup_attribute(ThreadState *ts, Value v, Value name, Ref *out);
Status object_set_attribute(ThreadState *ts, Value v, Value name, Value value); // NO_VALUE deletes
Ref object_get_attribute_z(ThreadState *ts, Value v, const char *name);
// The generic ways, for slots and super: object.__getattribute__ and object.__setattr__.
Ref generic_get_attribute(ThreadState *ts, Value v, Value name);
// As generic_get_attribute; an attribute that is not there is LOOKUP_ABSENT, without an exception.
Lookup generic_lookup_attribute(ThreadState *ts, Value v, Value name, Ref *out);
Status generic_set_attribute(ThreadState *ts, Value v, Value name, Value value);
Ref object_get_dict(ThreadState *ts, Value v); // instance's __dict__, made when first asked for

// --- Calls (core/vm/call.c) ----------------------------------------------------------------------

Ref object_call(ThreadState *ts, Value callable, const Value *args, size_t count, Value names);
Ref object_call0(ThreadState *ts, Value callable);
Ref object_call1(ThreadState *ts, Value callable, Value a);
Ref object_call2(ThreadState *ts, Value callable, Value a, Value b);
Ref object_call3(ThreadState *ts, Value callable, Value a, Value b, Value c);
// A tuple of positional arguments and a dict of keywords; either may be NO_VALUE.
Ref object_call_packed(ThreadState *ts, Value callable, Value tuple, Value dict);
// v.name(args…) without a bound method object.
Ref object_call_method(ThreadState *ts, Value v, Value name, const Value *args, size_t count);
Ref object_call_method_z(ThreadState *ts, Value v, const char *name, const Value *args,
                         size_t count);
bool object_is_callable(Value v);

// --- Iteration and containers (protocol.c) -------------------------------------------------------

Ref object_iterate(ThreadState *ts, Value v);
// NO_REF: exhausted (StopIteration was cleared) or an error (exception set): ask has_exception(ts).
Ref iterator_next(ThreadState *ts, Value iterator);
// The slot `iterate` of iterators, which are their own: gives `self`.
Ref object_itself(ThreadState *ts, Value self);
int64_t object_length(ThreadState *ts, Value v); // -1: error
int64_t object_length_hint(ThreadState *ts, Value v, int64_t otherwise);
Ref object_get_item(ThreadState *ts, Value v, Value key);
Status object_set_item(ThreadState *ts, Value v, Value key, Value value); // NO_VALUE deletes
Truth object_contains(ThreadState *ts, Value v, Value item);
Ref sequence_tuple(ThreadState *ts, Value iterable); // tuple(iterable)
Ref sequence_list(ThreadState *ts, Value iterable);  // list(iterable)

// --- Arithmetic (protocol.c) ---------------------------------------------------------------------

Ref object_binary(ThreadState *ts, BinaryOp op, Value a, Value b);
Ref object_in_place(ThreadState *ts, BinaryOp op, Value a, Value b);
Ref object_unary(ThreadState *ts, UnaryOp op, Value v);
Ref object_power(ThreadState *ts, Value base, Value exponent, Value modulus);
// __index__ as an int object; as a C number. `index_get` raises IndexError/OverflowError
// when it does not fit; `index_clamp` saturates (slices).
Ref object_index(ThreadState *ts, Value v);
Status index_get(ThreadState *ts, Value v, int64_t *out);
Status index_clamp(ThreadState *ts, Value v, int64_t *out);
Status object_to_double(ThreadState *ts, Value v, double *out);

// --- Guards --------------------------------------------------------------------------------------

COLD Status raise_recursion_error(ThreadState *ts, const char *what);
// Before C code that may recurse through script code or nested objects: STATUS_ERROR with
// RecursionError when few real bytes of C stack are left. `what` completes the message:
// "maximum recursion depth exceeded while calling a Python object".
static inline Status enter_native(ThreadState *ts, const char *what)
{
    return LIKELY(stack_has_room(ts)) ? STATUS_OK : raise_recursion_error(ts, what);
}
// As enter_native, and counts as a frame against sys.getrecursionlimit()
// until depth_leave (vm/frame.c).
MUST_USE Status depth_enter(ThreadState *ts, const char *what);
void depth_leave(ThreadState *ts);

#endif
