// core/object/instance.h: the attributes that an object has itself: inline, in the overflow array,
// or in its dict. Nothing here looks at the class; names are interned str.
//
//   [structure] [__slots__] [overflow word] [inline values …]           ordinary types
//   [structure, items …] … [__slots__] [overflow word]                  TYPE_VAR_SIZE, block's end
//
// Rule     readers take no lock. A place that holds nothing means "look again, with the lock".
// Threads  writers hold the object's lock.
// Proof    tests/unit/core/test_instances.c
#ifndef ADDER_CORE_OBJECT_INSTANCE_H
#define ADDER_CORE_OBJECT_INSTANCE_H

#include "core/object/object.h"

void type_learn(ThreadState *ts, Type *t);
// The shape id of the next new instance.
static ALWAYS_INLINE uint32_t type_next_shape(ThreadState *ts, Type *t)
{
    if (UNLIKELY(!atomic_load_relaxed(&t->learned))) {
        type_learn(ts, t);
    }
    // acquire: pairs with the release in type_learn(); the shape is complete.
    return atomic_load_acquire(&t->shape);
}

// Where what a subclass added begins.
SharedRef *instance_extra_var(ObjectHead *o, const Type *t);
static inline SharedRef *instance_extra(ObjectHead *o, const Type *t)
{
    if (UNLIKELY((t->flags & TYPE_VAR_SIZE) != 0)) {
        return instance_extra_var(o, t);
    }
    return (SharedRef *)((char *)o + t->struct_size);
}
static inline SharedRef *instance_overflow(ObjectHead *o, const Type *t)
{
    return instance_extra(o, t) + (t->basic_size - t->struct_size) / sizeof(SharedRef);
}
static inline SharedRef *instance_inline(ObjectHead *o, const Type *t)
{
    return instance_overflow(o, t) + 1;
}

static inline bool type_has_dict(const Type *t) { return (t->flags & TYPE_HAS_DICT) != 0; }

// LOOKUP_ABSENT: the object has no such attribute of its own.
// Only fails (LOOKUP_ERROR) in dictionary mode.
Lookup instance_get(ThreadState *ts, ObjectHead *o, Value name, Ref *out);
// Sets, or (NO_VALUE) deletes; LOOKUP_ABSENT: there was nothing to delete.
Lookup instance_set(ThreadState *ts, ObjectHead *o, Value name, Value value);
// __dict__: turns the object to dictionary mode. The type has TYPE_HAS_DICT.
Ref instance_dict(ThreadState *ts, ObjectHead *o);
// __dict__ = d; NO_VALUE: an empty one.
Status instance_set_dict(ThreadState *ts, ObjectHead *o, Value dict);
// A new dict with the attributes; the object keeps its form.
Ref instance_dict_copy(ThreadState *ts, ObjectHead *o);
// __class__ = t, whose layout is known to be the same.
Status instance_set_type(ThreadState *ts, ObjectHead *o, Type *t);

// Parts of object_traverse, object_clear and object_dealloc.
void instance_traverse(ObjectHead *o, Type *t, Visitor visit, void *context);
void instance_clear(ThreadState *ts, ObjectHead *o, Type *t);
void instance_finish(ThreadState *ts, ObjectHead *o, Type *t);

// What keeps the type of an object alive that is being taken apart: the collector calls it for each
// thread and marks what it is told.
void object_visit_dying(ThreadState *ts, Visitor visit, void *context);

#endif
