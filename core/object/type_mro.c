// core/object/type_mro.c: the method resolution order (C3), and who is whose subclass.
#include <pthread.h>
#include <stdlib.h>

#include "alloc/heap.h"
#include "core/object/list.h"
#include "core/object/type_internal.h"

// --- C3 ------------------------------------------------------------------------------------------

typedef struct Sequence {
    Value tuple;
    size_t at; // items before it are merged
} Sequence;

static bool is_in_tail(const Sequence *s, Value type)
{
    for (size_t i = s->at + 1; i < tuple_count(s->tuple); i++) {
        if (value_is_same(tuple_item(s->tuple, i), type)) {
            return true;
        }
    }
    return false;
}

// The first head that stands in no tail; NO_VALUE: none.
static Value next_candidate(const Sequence *sequences, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (sequences[i].at >= tuple_count(sequences[i].tuple)) {
            continue;
        }
        Value head = tuple_item(sequences[i].tuple, sequences[i].at);
        bool is_blocked = false;
        for (size_t j = 0; j < count && !is_blocked; j++) {
            is_blocked = is_in_tail(&sequences[j], head);
        }
        if (!is_blocked) {
            return head;
        }
    }
    return NO_VALUE;
}

static Ref raise_inconsistent(ThreadState *ts, const Sequence *sequences, size_t count)
{
    StrBuilder b;
    builder_init(&b);
    Status status = STATUS_OK;
    bool first = true;
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        if (sequences[i].at >= tuple_count(sequences[i].tuple)) {
            continue;
        }
        Value head = tuple_item(sequences[i].tuple, sequences[i].at);
        bool seen = false;
        for (size_t j = 0; j < i && !seen; j++) {
            seen = sequences[j].at < tuple_count(sequences[j].tuple) &&
                   value_is_same(tuple_item(sequences[j].tuple, sequences[j].at), head);
        }
        if (!seen) {
            OWNED Ref name = ref_new(shared_ref_peek(&type_from(head)->name));
            status = first ? STATUS_OK : builder_add_ascii(ts, &b, ", ", 2);
            status = status == STATUS_OK ? builder_add(ts, &b, name.v) : status;
            first = false;
        }
    }
    if (status == STATUS_ERROR) {
        builder_abandon(ts, &b);
        return NO_REF;
    }
    OWNED Ref text = builder_finish(ts, &b);
    return is_error(text)
               ? NO_REF
               : raise(ts, EXC_TypeError,
                       "Cannot create a consistent method resolution\norder (MRO) for bases %U",
                       text.v);
}

static Status check_duplicates(ThreadState *ts, Value bases)
{
    for (size_t i = 0; i < tuple_count(bases); i++) {
        for (size_t j = i + 1; j < tuple_count(bases); j++) {
            if (value_is_same(tuple_item(bases, i), tuple_item(bases, j))) {
                return raise_status(ts, EXC_TypeError, "duplicate base class %N",
                                    type_from(tuple_item(bases, i)));
            }
        }
    }
    return STATUS_OK;
}

static Ref order_of(ThreadState *ts, Type *base)
{
    OWNED Ref order = shared_ref_load(&base->head, &base->mro);
    return is_error(order) ? raise(ts, EXC_TypeError, "Cannot extend an incomplete type '%N'", base)
                           : ref_take(&order);
}

// The orders of the bases, held while they are merged: they may get others meanwhile.
static Ref orders_of(ThreadState *ts, Value bases)
{
    size_t count = tuple_count(bases);
    OWNED Ref orders = list_new(ts, count);
    for (size_t i = 0; !is_error(orders) && i < count; i++) {
        Ref order = order_of(ts, type_from(tuple_item(bases, i)));
        if (is_error(order) || list_append_ref(ts, list_from(orders.v), order) == STATUS_ERROR) {
            return NO_REF;
        }
    }
    return is_error(orders) ? NO_REF : list_to_tuple(ts, list_from(orders.v));
}

Ref type_compute_mro(ThreadState *ts, Type *t, Value bases)
{
    size_t count = tuple_count(bases);
    if (count == 1) { // the usual case: t and then the base's order
        OWNED Ref order = order_of(ts, type_from(tuple_item(bases, 0)));
        OWNED Ref mro = is_error(order) ? NO_REF : tuple_new(ts, tuple_count(order.v) + 1);
        if (is_error(mro)) {
            return NO_REF;
        }
        tuple_init_item(mro.v, 0, ref_new(type_value(t)));
        for (size_t i = 0; i < tuple_count(order.v); i++) {
            tuple_init_item(mro.v, i + 1, ref_new(tuple_item(order.v, i)));
        }
        return tuple_finish(ts, ref_take(&mro));
    }
    OWNED Ref orders = orders_of(ts, bases);
    if (is_error(orders) || check_duplicates(ts, bases) == STATUS_ERROR) {
        return NO_REF;
    }
    Sequence *sequences = raw_alloc(ts, (count + 1) * sizeof *sequences);
    OWNED Ref merged = sequences == NULL ? NO_REF : list_new(ts, 8);
    if (is_error(merged)) {
        raw_free(ts, sequences);
        return NO_REF;
    }
    for (size_t i = 0; i < count; i++) {
        sequences[i] = (Sequence){tuple_item(orders.v, i), 0};
    }
    sequences[count] = (Sequence){bases, 0};
    Status status = list_append(ts, list_from(merged.v), type_value(t));
    while (status == STATUS_OK) {
        Value next = next_candidate(sequences, count + 1);
        if (is_no_value(next)) {
            break;
        }
        status = list_append(ts, list_from(merged.v), next);
        for (size_t i = 0; i <= count; i++) {
            Sequence *s = &sequences[i];
            s->at +=
                s->at < tuple_count(s->tuple) && value_is_same(tuple_item(s->tuple, s->at), next);
        }
    }
    for (size_t i = 0; i <= count && status == STATUS_OK; i++) {
        if (sequences[i].at < tuple_count(sequences[i].tuple)) {
            (void)raise_inconsistent(ts, sequences, count + 1);
            status = STATUS_ERROR;
        }
    }
    raw_free(ts, sequences);
    return status == STATUS_OK ? list_to_tuple(ts, list_from(merged.v)) : NO_REF;
}

// --- Subclasses ----------------------------------------------------------------------------------

// Uncounted, under one mutex: a type takes itself out before it dies.

typedef struct Subclasses {
    size_t count, capacity; // items in use, those that are gone (NULL) included
    size_t gone;
    Type *items[];
} Subclasses;

static pthread_mutex_t subclasses_mutex = PTHREAD_MUTEX_INITIALIZER;

// A class remembers its place in its first base's list.
static void note_place_locked(const Type *base, Type *t, size_t place)
{
    Value bases = shared_ref_peek(&t->bases);
    if (!is_no_value(bases) && tuple_count(bases) > 0 &&
        tuple_item(bases, 0).bits == (uintptr_t)base) {
        t->subclass_place = (uint32_t)place;
    }
}

static void close_gaps_locked(const Type *base, Subclasses *s)
{
    size_t kept = 0;
    for (size_t i = 0; i < s->count; i++) {
        if (s->items[i] != NULL) {
            note_place_locked(base, s->items[i], kept);
            s->items[kept++] = s->items[i];
        }
    }
    s->count = kept;
    s->gone = 0;
}

Status type_add_subclass(ThreadState *ts, Type *base, Type *t)
{
    pthread_mutex_lock(&subclasses_mutex);
    Subclasses *s = base->subclasses;
    if (s == NULL || s->count == s->capacity) {
        size_t capacity = s == NULL ? 2 : s->capacity * 2;
        Subclasses *larger = heap_realloc_raw(ts->heap, s, sizeof *s + capacity * sizeof(Type *));
        if (larger == NULL) {
            pthread_mutex_unlock(&subclasses_mutex);
            (void)raise_no_memory(ts);
            return STATUS_ERROR;
        }
        if (s == NULL) {
            larger->count = larger->gone = 0;
        }
        larger->capacity = capacity;
        base->subclasses = s = larger;
    }
    note_place_locked(base, t, s->count);
    s->items[s->count++] = t;
    pthread_mutex_unlock(&subclasses_mutex);
    return STATUS_OK;
}

void type_remove_subclass(Type *base, Type *t)
{
    pthread_mutex_lock(&subclasses_mutex);
    Subclasses *s = base->subclasses;
    size_t count = s == NULL ? 0 : s->count;
    size_t place = t->subclass_place;
    if (place >= count || s->items[place] != t) {
        place = 0;
        while (place < count && s->items[place] != t) {
            place++;
        }
    }
    if (place < count) {
        s->items[place] = NULL;
        s->gone++;
        if (s->gone > 16 && s->gone * 2 > s->count) {
            close_gaps_locked(base, s);
        }
    }
    pthread_mutex_unlock(&subclasses_mutex);
}

Ref type_subclasses(ThreadState *ts, Type *t)
{
    for (size_t room = 8;; room *= 2) {
        Ref *refs = raw_alloc(ts, room * sizeof *refs);
        if (refs == NULL) {
            return NO_REF;
        }
        pthread_mutex_lock(&subclasses_mutex);
        const Subclasses *s = t->subclasses;
        size_t all = s == NULL ? 0 : s->count, taken = 0;
        for (size_t i = 0; i < all && all <= room; i++) {
            if (s->items[i] != NULL && head_try_retain(&s->items[i]->head)) {
                refs[taken++] = REF_FROM_NEW(s->items[i]);
            }
        }
        pthread_mutex_unlock(&subclasses_mutex);
        if (all <= room) {
            Ref list = list_from_refs(ts, refs, taken);
            raw_free(ts, refs);
            return list;
        }
        raw_free(ts, refs);
    }
}

static void visit_below(ThreadState *ts, Type *t, void (*visit)(ThreadState *, Type *, void *),
                        void *context)
{
    visit(ts, t, context);
    const Subclasses *s = t->subclasses;
    for (size_t i = 0; s != NULL && i < s->count; i++) {
        if (s->items[i] != NULL) {
            visit_below(ts, s->items[i], visit, context);
        }
    }
}

void type_for_each_below(ThreadState *ts, Type *t,
                         void (*visit)(ThreadState *ts, Type *t, void *context), void *context)
{
    pthread_mutex_lock(&subclasses_mutex);
    visit_below(ts, t, visit, context);
    pthread_mutex_unlock(&subclasses_mutex);
}
