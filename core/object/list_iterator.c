// core/object/list_iterator.c: walking a list forwards and backwards while it may change.
//
// An iterator keeps its list until it is exhausted. If it is shared between threads, both may see
// the same item; neither sees freed memory.
#include "core/object/list.h"
#include "core/object/sequences.h"
#include "core/object/tuple.h"

static Ref new_iterator(ThreadState *ts, Kind kind, Value list, size_t index)
{
    ListIterator *it = object_new(ts, kind, sizeof(ListIterator));
    if (it == NULL) {
        return NO_REF;
    }
    shared_ref_init(&it->list, ref_new(list));
    it->index = index;
    object_track(&it->head);
    return REF_FROM_NEW(it);
}

Ref list_iterate(ThreadState *ts, Value list)
{
    return new_iterator(ts, KIND_LIST_ITERATOR, list, 0);
}

// A reverse iterator's index is one above the item that comes next; 0: exhausted.
Ref list_iterate_reversed(ThreadState *ts, Value list)
{
    return new_iterator(ts, KIND_LIST_REVERSE_ITERATOR, list, list_size(list_from(list)));
}

// Lets go of the list: the iterator is exhausted for good.
static void exhaust(ThreadState *ts, ListIterator *it)
{
    object_store(ts, &it->head, &it->list, NO_REF);
}

static Ref list_iterator_next(ThreadState *ts, Value self)
{
    ListIterator *it = (ListIterator *)value_head(self);
    if (LIKELY(!is_concurrent())) {
        Value list = shared_ref_peek(&it->list);
        if (is_no_value(list)) {
            return NO_REF;
        }
        List *l = list_from(list);
        if (LIKELY(it->index < l->size)) {
            return ref_new(shared_ref_peek(&l->array->items[it->index++]));
        }
        exhaust(ts, it);
        return NO_REF;
    }
    OWNED Ref list = shared_ref_load(&it->head, &it->list);
    if (is_error(list)) {
        return NO_REF;
    }
    size_t i = atomic_load_relaxed(&it->index);
    Ref item = list_get(ts, list_from(list.v), i);
    if (!is_error(item)) {
        atomic_store_relaxed(&it->index, i + 1);
    } else {
        exhaust(ts, it);
    }
    return item;
}

static Ref list_reverse_iterator_next(ThreadState *ts, Value self)
{
    ListIterator *it = (ListIterator *)value_head(self);
    OWNED Ref list = shared_ref_load(&it->head, &it->list);
    if (is_error(list)) {
        return NO_REF;
    }
    size_t i = atomic_load_relaxed(&it->index);
    Ref item = i == 0 ? NO_REF : list_get(ts, list_from(list.v), i - 1);
    if (!is_error(item)) {
        atomic_store_relaxed(&it->index, i - 1);
    } else {
        exhaust(ts, it);
    }
    return item;
}

static void iterator_finish(ThreadState *ts, ObjectHead *o)
{
    shared_ref_clear(&((ListIterator *)o)->list);
}
static void iterator_traverse(ObjectHead *o, Visitor visit, void *context)
{
    visit_place(&((ListIterator *)o)->list, visit, context);
}

static Ref length_hint(ThreadState *ts, Value self, const Value *args)
{
    ListIterator *it = (ListIterator *)value_head(self);
    OWNED Ref list = shared_ref_load(&it->head, &it->list);
    size_t size = is_error(list) ? 0 : list_size(list_from(list.v)),
           i = atomic_load_relaxed(&it->index);
    return ref_of_size(i < size ? size - i : 0);
}

static Ref reverse_length_hint(ThreadState *ts, Value self, const Value *args)
{
    ListIterator *it = (ListIterator *)value_head(self);
    OWNED Ref list = shared_ref_load(&it->head, &it->list);
    size_t size = is_error(list) ? 0 : list_size(list_from(list.v)),
           i = atomic_load_relaxed(&it->index);
    return ref_of_size(i <= size ? i : 0);
}

static Ref exhausted_reduce(ThreadState *ts)
{
    return reduce_through_builtin(ts, "iter", list_new(ts, 0), NO_VALUE);
}

static Ref reduce(ThreadState *ts, Value self, const Value *args)
{
    ListIterator *it = (ListIterator *)value_head(self);
    OWNED Ref list = shared_ref_load(&it->head, &it->list);
    if (is_error(list)) {
        return exhausted_reduce(ts);
    }
    return reduce_through_builtin(ts, "iter", ref_take(&list),
                                  ref_of_size(atomic_load_relaxed(&it->index)).v);
}

static Ref reverse_reduce(ThreadState *ts, Value self, const Value *args)
{
    ListIterator *it = (ListIterator *)value_head(self);
    OWNED Ref list = shared_ref_load(&it->head, &it->list);
    size_t i = atomic_load_relaxed(&it->index);
    if (is_error(list)) {
        return exhausted_reduce(ts);
    }
    return reduce_through_builtin(ts, "reversed", ref_take(&list),
                                  REF_OF(small_int((int64_t)i - 1)).v);
}

static Ref set_state(ThreadState *ts, Value self, const Value *args)
{
    ListIterator *it = (ListIterator *)value_head(self);
    int64_t i;
    if (index_get(ts, args[0], &i) == STATUS_ERROR) {
        return NO_REF;
    }
    OWNED Ref list = shared_ref_load(&it->head, &it->list);
    if (!is_error(list)) {
        int64_t size = (int64_t)list_size(list_from(list.v));
        atomic_store_relaxed(&it->index, (size_t)(i < 0 ? 0 : MIN_OF(i, size)));
    }
    return REF_NONE;
}

static Ref reverse_set_state(ThreadState *ts, Value self, const Value *args)
{
    ListIterator *it = (ListIterator *)value_head(self);
    int64_t i;
    if (index_get(ts, args[0], &i) == STATUS_ERROR) {
        return NO_REF;
    }
    OWNED Ref list = shared_ref_load(&it->head, &it->list);
    if (!is_error(list)) {
        int64_t last = (int64_t)list_size(list_from(list.v)) - 1;
        i = i < -1 ? -1 : MIN_OF(i, last);
        atomic_store_relaxed(&it->index, (size_t)(i + 1));
    }
    return REF_NONE;
}

#define ITERATOR_METHODS(hint, reduce_, set_state_)                                                \
    {                                                                                              \
        NATIVE("__length_hint__", hint, "($self, /)",                                              \
               "Private method returning an estimate of len(list(it))."),                          \
            NATIVE("__reduce__", reduce_, "($self, /)", "Return state information for pickling."), \
            NATIVE("__setstate__", set_state_, "($self, state, /)",                                \
                   "Set state information for unpickling."),                                       \
            NATIVE_END                                                                             \
    }
static const NativeDef iterator_methods[] = ITERATOR_METHODS(length_hint, reduce, set_state);
static const NativeDef reverse_iterator_methods[] =
    ITERATOR_METHODS(reverse_length_hint, reverse_reduce, reverse_set_state);

const TypeSpec spec_LIST_ITERATOR = {
    .name = "list_iterator",
    .base = KIND_OBJECT,
    .size = sizeof(ListIterator),
    .flags = TYPE_COLLECTED | TYPE_NOT_CONSTRUCTIBLE,
    .slots = {.finish = iterator_finish,
              .traverse = iterator_traverse,
              .clear = iterator_finish,
              .iterate = object_itself,
              .next = list_iterator_next},
    .methods = iterator_methods,
};

const TypeSpec spec_LIST_REVERSE_ITERATOR = {
    .name = "list_reverseiterator",
    .base = KIND_OBJECT,
    .size = sizeof(ListIterator),
    .flags = TYPE_COLLECTED | TYPE_NOT_CONSTRUCTIBLE,
    .slots = {.finish = iterator_finish,
              .traverse = iterator_traverse,
              .clear = iterator_finish,
              .iterate = object_itself,
              .next = list_reverse_iterator_next},
    .methods = reverse_iterator_methods,
};
