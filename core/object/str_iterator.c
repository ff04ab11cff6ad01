// Iterating over a str. The position is atomic: an iterator shared by threads may repeat or skip.
#include "core/object/str.h"
#include "core/object/str_internal.h"
#include "core/object/tuple.h"
#include "core/object/int.h"

typedef struct StrIterator {
    ObjectHead head;
    SharedRef text;  // never changes; the position tells whether it is exhausted
    size_t position; // atomic
} StrIterator;

Ref str_iterate(ThreadState *ts, Value self);
Ref str_iterate(ThreadState *ts, Value self)
{
    StrIterator *it = object_new(ts, KIND_STR_ITERATOR, sizeof *it);
    if (it != NULL) {
        shared_ref_init(&it->text, ref_new(self));
        it->position = 0;
        object_track(&it->head);
    }
    return REF_FROM_NEW(it);
}

static Ref next_char(ThreadState *ts, Value self)
{
    StrIterator *it = (StrIterator *)value_head(self);
    const Str *s = str_from(shared_ref_peek(&it->text));
    // relaxed: guards nothing; whoever reads a stale position repeats a character.
    size_t i = atomic_load_relaxed(&it->position);
    if (i >= s->length) {
        return NO_REF;
    }
    atomic_store_relaxed(&it->position, i + 1);
    return str_from_char(ts, str_char(s, i));
}

static void finish(ThreadState *ts, ObjectHead *o) { shared_ref_clear(&((StrIterator *)o)->text); }
static void traverse(ObjectHead *o, Visitor visit, void *context)
{
    visit(shared_ref_peek(&((StrIterator *)o)->text), EDGE_COUNTED, context);
}

static Ref length_hint(ThreadState *ts, Value self, const Value *args)
{
    StrIterator *it = (StrIterator *)value_head(self);
    size_t i = atomic_load_relaxed(&it->position), n = str_length(shared_ref_peek(&it->text));
    return REF_OF(small_int(i < n ? (int64_t)(n - i) : 0));
}

static Ref reduce(ThreadState *ts, Value self, const Value *args)
{
    StrIterator *it = (StrIterator *)value_head(self);
    OWNED Ref iter = object_get_attribute_z(ts, type_value(TYPE_OF_KIND(STR)), "__iter__");
    if (is_error(iter)) {
        return NO_REF;
    }
    OWNED Ref arguments = tuple_pack(ts, 1, shared_ref_peek(&it->text));
    if (is_error(arguments)) {
        return NO_REF;
    }
    return tuple_pack(ts, 3, iter.v, arguments.v,
                      small_int((int64_t)atomic_load_relaxed(&it->position)));
}

static Ref setstate(ThreadState *ts, Value self, const Value *args)
{
    StrIterator *it = (StrIterator *)value_head(self);
    int64_t i, n = (int64_t)str_length(shared_ref_peek(&it->text));
    if (index_get(ts, args[0], &i) == STATUS_ERROR) {
        return NO_REF;
    }
    atomic_store_relaxed(&it->position, (size_t)(i < 0 ? 0 : i > n ? n : i));
    return REF_NONE;
}

static const NativeDef methods[] = {
    NATIVE("__length_hint__", length_hint, "($self, /)",
           "Private method returning an estimate of len(list(it))."),
    NATIVE("__reduce__", reduce, "($self, /)", "Return state information for pickling."),
    NATIVE("__setstate__", setstate, "($self, state, /)", "Set state information for unpickling."),
    NATIVE_END,
};

// Exact instances hold a str that never refers to anything, but a str subclass may: collected.
const TypeSpec spec_STR_ITERATOR = {
    .name = "str_iterator",
    .base = KIND_OBJECT,
    .size = sizeof(StrIterator),
    .flags = TYPE_COLLECTED | TYPE_IMMUTABLE | TYPE_NOT_CONSTRUCTIBLE,
    .slots = {.finish = finish, .traverse = traverse, .iterate = object_itself, .next = next_char},
    .methods = methods,
};
