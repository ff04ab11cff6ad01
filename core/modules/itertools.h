// core/modules/itertools.h: the one structure of all itertools,
// and how its fields are read and replaced.
//
// Fields that never change after construction are peeked at; others are loaded counted and replaced
// under the object's lock. A tool that is shared by threads may repeat or skip, as any iterator.
#ifndef ADDER_CORE_MODULES_ITERTOOLS_H
#define ADDER_CORE_MODULES_ITERTOOLS_H

#include "core/object/container.h"
#include "core/object/dict.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/module.h"
#include "core/object/str.h"
#include "core/object/tuple.h"

typedef struct Tool {
    ObjectHead head;
    SharedRef a, b, c, d;
    int64_t n, m, k; // atomic where they change
} Tool;

static inline Tool *tool_from(Value v) { return (Tool *)value_head(v); }
static inline Value tool_a(Value v) { return shared_ref_peek(&tool_from(v)->a); }
static inline Value tool_b(Value v) { return shared_ref_peek(&tool_from(v)->b); }
static inline Value tool_c(Value v) { return shared_ref_peek(&tool_from(v)->c); }
static inline Value tool_d(Value v) { return shared_ref_peek(&tool_from(v)->d); }
static inline Ref tool_load(Value self, SharedRef *place)
{
    return shared_ref_load(value_head(self), place);
}

void tool_finish(ThreadState *ts, ObjectHead *o);
void tool_traverse(ObjectHead *o, Visitor visit, void *context);
// A new tool of this type; steals the references, also when it fails. All numbers 0.
Ref tool_new(ThreadState *ts, Value type, Ref a, Ref b, Ref c, Ref d);
// Replaces a field and drops what it held.
void tool_set(ThreadState *ts, Value self, SharedRef *place, Ref value);
// (type, arguments[, state]); steals arguments and state (NO_REF: none), also when it fails.
Ref tool_reduce(ThreadState *ts, Value self, Ref arguments, Ref state);
// tee(iterable, n=2): n iterators that share what has been read (itertools_many.c).
Ref itertools_tee(ThreadState *ts, Value self, const Value *args);

#define TOOL_SPEC(kind, name_, doc_, next_, make_, methods_)                                       \
    const TypeSpec spec_##kind = {                                                                 \
        .name = "itertools." name_,                                                                \
        .doc = doc_,                                                                               \
        .base = KIND_OBJECT,                                                                       \
        .size = sizeof(Tool),                                                                      \
        .flags = TYPE_SUBCLASSABLE | TYPE_COLLECTED,                                               \
        .slots = {.finish = tool_finish,                                                           \
                  .traverse = tool_traverse,                                                       \
                  .iterate = object_itself,                                                        \
                  .next = next_,                                                                   \
                  .make = make_},                                                                  \
        .methods = methods_,                                                                       \
    }
#define REDUCE_METHOD(f)                                                                           \
    NATIVE("__reduce__", f, "($self, /)", "Return state information for pickling.")
#define SET_STATE_METHOD(f)                                                                        \
    NATIVE("__setstate__", f, "($self, state, /)", "Set state information for unpickling.")

#endif
