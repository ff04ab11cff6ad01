// core/object/tuple.h: fixed sequences.
//
// Rule     a tuple is filled by whoever made it and never changes once anybody else can see it: any
//          thread may read the items without a lock, and an item lives as long as the tuple.
// Rule     tracked only if an item may be part of a cycle (tuple_finish).
#ifndef ADDER_CORE_OBJECT_TUPLE_H
#define ADDER_CORE_OBJECT_TUPLE_H

#include "core/object/object.h"

typedef struct Tuple {
    ObjectHead head;
    size_t count;
    SharedRef items[];
} Tuple;

static inline bool value_is_tuple(Value v) { return value_is_kind(v, KIND_TUPLE); }
static inline Tuple *tuple_from(Value v) { return (Tuple *)value_head(v); }
static inline size_t tuple_count(Value v) { return tuple_from(v)->count; }
// Borrowed: the tuple keeps it alive.
static inline Value tuple_item(Value v, size_t i)
{
    return shared_ref_peek(&tuple_from(v)->items[i]);
}

Ref tuple_empty(void);
// With items empty; fill with tuple_init_item, then object_track (unless
// it has only immediates/str).
Ref tuple_new(ThreadState *ts, size_t count);
static inline void tuple_init_item(Value t, size_t i, Ref item) // steals
{
    shared_ref_init(&tuple_from(t)->items[i], item);
}
Ref tuple_finish(ThreadState *ts, Ref t); // tracks it if an item may be part of a cycle
Ref tuple_from_values(ThreadState *ts, const Value *items, size_t count); // counts each
Ref tuple_from_refs(ThreadState *ts, Ref *items, size_t count);           // steals, even on failure
Ref tuple_pack(ThreadState *ts, size_t count, ...);                       // Values, counted
Ref tuple_slice(ThreadState *ts, Value t, size_t start, size_t end);

#endif
