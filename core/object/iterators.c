// core/object/iterators.c: the iterators that are made of other iterables: by index, by calling,
// and enumerate, reversed, zip, map, filter.
//
// What such an iterator is made of never changes after construction, so it is read plainly;
// positions are atomic words: a shared iterator may repeat or skip in addert.
#include "core/object/container.h"
#include "core/object/dict.h"
#include "core/object/int.h"
#include "core/object/sequences.h"
#include "core/object/str.h"
#include "core/object/tuple.h"

// --- Two fields and a position: the structure of most of them ------------------------------------

typedef struct Walker {
    ObjectHead head;
    SharedRef a, b;
    int64_t position; // atomic
} Walker;

static void walker_finish(ThreadState *ts, ObjectHead *o)
{
    shared_ref_clear(&((Walker *)o)->a);
    shared_ref_clear(&((Walker *)o)->b);
}
static void walker_traverse(ObjectHead *o, Visitor visit, void *context)
{
    visit_place(&((Walker *)o)->a, visit, context);
    visit_place(&((Walker *)o)->b, visit, context);
}
static Walker *walker_from(Value v) { return (Walker *)value_head(v); }
static Value walker_a(Value v) { return shared_ref_peek(&walker_from(v)->a); }
static Value walker_b(Value v) { return shared_ref_peek(&walker_from(v)->b); }

static Ref init_walker(Walker *w, Ref a, Ref b, int64_t position)
{
    if (w == NULL) {
        value_release(a.v);
        value_release(b.v);
        return NO_REF;
    }
    shared_ref_init(&w->a, a);
    shared_ref_init(&w->b, b);
    w->position = position;
    object_track(&w->head);
    return REF_FROM_NEW(w);
}

// The iterator is exhausted: lets go of both fields.
static void exhaust(ThreadState *ts, Walker *w)
{
    Ref a = NO_REF, b = NO_REF;
    CRITICAL_SECTION(ts, &w->head)
    {
        a = shared_ref_swap(&w->a, NO_REF);
        b = shared_ref_swap(&w->b, NO_REF);
    }
    ref_drop(&a);
    ref_drop(&b);
}

// The type of the instance and what it was made of, for pickling. Steals the arguments.
static Ref reduce_to(ThreadState *ts, Value self, Ref arguments, Value state)
{
    OWNED Ref held = arguments;
    if (is_error(held)) {
        return NO_REF;
    }
    Value type = type_value(type_of(self));
    return is_no_value(state) ? tuple_pack(ts, 2, type, held.v)
                              : tuple_pack(ts, 3, type, held.v, state);
}

// --- iter(sequence) ------------------------------------------------------------------------------

Ref sequence_iterator_new(ThreadState *ts, Value sequence)
{
    return init_walker(object_new(ts, KIND_SEQUENCE_ITERATOR, sizeof(Walker)), ref_new(sequence),
                       NO_REF, 0);
}

static Ref sequence_next(ThreadState *ts, Value self)
{
    Walker *w = walker_from(self);
    OWNED Ref sequence = shared_ref_load(&w->head, &w->a);
    if (is_error(sequence)) {
        return NO_REF;
    }
    int64_t i = atomic_load_relaxed(&w->position);
    if (i == INT64_MAX) {
        return raise(ts, EXC_OverflowError, "iter index too large");
    }
    OWNED Ref index = int_from_i64(ts, i);
    Ref item = is_error(index) ? NO_REF : object_get_item(ts, sequence.v, index.v);
    if (!is_error(item)) {
        atomic_store_relaxed(&w->position, i + 1);
    } else if (exception_clear_if(ts, EXC_IndexError) ||
               exception_clear_if(ts, EXC_StopIteration)) {
        exhaust(ts, w);
    }
    return item;
}

static Ref sequence_length_hint(ThreadState *ts, Value self, const Value *args)
{
    Walker *w = walker_from(self);
    OWNED Ref sequence = shared_ref_load(&w->head, &w->a);
    if (is_error(sequence)) {
        return REF_OF(small_int(0));
    }
    if (type_of(sequence.v)->slots.length == NULL) {
        return not_implemented();
    }
    int64_t length = object_length(ts, sequence.v);
    return length < 0 ? NO_REF
                      : int_from_i64(ts, MAX_OF(length - atomic_load_relaxed(&w->position), 0));
}

static Ref sequence_reduce(ThreadState *ts, Value self, const Value *args)
{
    Walker *w = walker_from(self);
    OWNED Ref position = int_from_i64(ts, atomic_load_relaxed(&w->position));
    if (is_error(position)) {
        return NO_REF;
    }
    OWNED Ref sequence = shared_ref_load(&w->head, &w->a);
    return is_error(sequence) ? reduce_through_builtin(ts, "iter", tuple_empty(), NO_VALUE)
                              : reduce_through_builtin(ts, "iter", ref_take(&sequence), position.v);
}

static Ref walker_set_state(ThreadState *ts, Value self, const Value *args)
{
    int64_t i;
    if (index_get(ts, args[0], &i) == STATUS_ERROR) {
        return NO_REF;
    }
    if (walker_a(self).bits != 0) {
        atomic_store_relaxed(&walker_from(self)->position, MAX_OF(i, 0));
    }
    return REF_NONE;
}

static const NativeDef sequence_iterator_methods[] = {
    NATIVE("__length_hint__", sequence_length_hint, "($self, /)",
           "Private method returning an estimate of len(list(it))."),
    NATIVE("__reduce__", sequence_reduce, "($self, /)", "Return state information for pickling."),
    NATIVE("__setstate__", walker_set_state, "($self, state, /)",
           "Set state information for unpickling."),
    NATIVE_END,
};

const TypeSpec spec_SEQUENCE_ITERATOR = {
    .name = "iterator",
    .base = KIND_OBJECT,
    .size = sizeof(Walker),
    .flags = TYPE_COLLECTED | TYPE_NOT_CONSTRUCTIBLE,
    .slots = {.finish = walker_finish,
              .traverse = walker_traverse,
              .clear = walker_finish,
              .iterate = object_itself,
              .next = sequence_next},
    .methods = sequence_iterator_methods,
};

// --- iter(callable, sentinel) --------------------------------------------------------------------

Ref callable_iterator_new(ThreadState *ts, Value callable, Value sentinel)
{
    return init_walker(object_new(ts, KIND_CALLABLE_ITERATOR, sizeof(Walker)), ref_new(callable),
                       ref_new(sentinel), 0);
}

static Ref callable_next(ThreadState *ts, Value self)
{
    Walker *w = walker_from(self);
    OWNED Ref callable = shared_ref_load(&w->head, &w->a);
    if (is_error(callable)) {
        return NO_REF;
    }
    OWNED Ref result = object_call0(ts, callable.v);
    if (is_error(result)) {
        if (exception_clear_if(ts, EXC_StopIteration)) {
            exhaust(ts, w);
        }
        return NO_REF;
    }
    OWNED Ref sentinel = shared_ref_load(&w->head, &w->b);
    if (is_error(sentinel)) {
        return NO_REF;
    }
    Truth same = object_equal(ts, sentinel.v, result.v);
    if (same == TRUTH_TRUE) {
        exhaust(ts, w);
    }
    return same == TRUTH_FALSE ? ref_take(&result) : NO_REF;
}

static Ref callable_reduce(ThreadState *ts, Value self, const Value *args)
{
    Walker *w = walker_from(self);
    OWNED Ref callable = shared_ref_load(&w->head, &w->a);
    OWNED Ref sentinel = shared_ref_load(&w->head, &w->b);
    if (is_error(callable) || is_error(sentinel)) {
        return reduce_through_builtin(ts, "iter", tuple_empty(), NO_VALUE);
    }
    OWNED Ref iter = builtins_get(ts, "iter");
    OWNED Ref arguments = is_error(iter) ? NO_REF : tuple_pack(ts, 2, callable.v, sentinel.v);
    return is_error(arguments) ? NO_REF : tuple_pack(ts, 2, iter.v, arguments.v);
}

static const NativeDef callable_iterator_methods[] = {
    NATIVE("__reduce__", callable_reduce, "($self, /)", "Return state information for pickling."),
    NATIVE_END,
};

const TypeSpec spec_CALLABLE_ITERATOR = {
    .name = "callable_iterator",
    .base = KIND_OBJECT,
    .size = sizeof(Walker),
    .flags = TYPE_COLLECTED | TYPE_NOT_CONSTRUCTIBLE,
    .slots = {.finish = walker_finish,
              .traverse = walker_traverse,
              .clear = walker_finish,
              .iterate = object_itself,
              .next = callable_next},
    .methods = callable_iterator_methods,
};

// --- enumerate -----------------------------------------------------------------------------------

// a: the iterator; b: the next number once it is beyond small ints, else empty.
static Ref enumerate_make(CALL_PARAMETERS)
{
    static const char *const parameters[] = {"iterable", "start", NULL};
    Value bound[2];
    if (count == 0 && is_no_value(names)) {
        return raise(ts, EXC_TypeError, "enumerate() missing required argument 'iterable'");
    }
    if (arguments_bind(ts, "enumerate", parameters, 0, 2, 1, args, count, names, bound) ==
        STATUS_ERROR) {
        return NO_REF;
    }
    OWNED Ref start = is_no_value(bound[1]) ? REF_OF(small_int(0)) : object_index(ts, bound[1]);
    OWNED Ref it = is_error(start) ? NO_REF : object_iterate(ts, bound[0]);
    if (is_error(it)) {
        return NO_REF;
    }
    bool is_small = value_is_small_int(start.v);
    int64_t position = is_small ? small_int_get(start.v) : 0;
    return init_walker(object_new_of(ts, type_from(self)), ref_take(&it),
                       is_small ? NO_REF : ref_take(&start), position);
}

static Ref next_big_number(ThreadState *ts, Walker *w)
{
    OWNED Ref number = shared_ref_load(&w->head, &w->b);
    OWNED Ref next = int_binary(ts, BIN_ADD, number.v, small_int(1));
    if (is_error(next)) {
        return NO_REF;
    }
    object_store(ts, &w->head, &w->b, ref_take(&next));
    return ref_take(&number);
}

static bool enumerate_next_pair(ThreadState *ts, Value self, Ref pair[2])
{
    Walker *w = walker_from(self);
    pair[1] = iterator_next(ts, walker_a(self));
    if (is_error(pair[1])) {
        return false;
    }
    if (LIKELY(walker_b(self).bits == 0)) {
        int64_t i = atomic_load_relaxed(&w->position);
        pair[0] = REF_OF(small_int(i));
        if (LIKELY(i < SMALL_INT_MAX)) {
            atomic_store_relaxed(&w->position, i + 1);
        } else {
            Ref big = int_from_i64(ts, i + 1);
            CRITICAL_SECTION(ts, &w->head) { shared_ref_init(&w->b, big); }
        }
    } else {
        pair[0] = next_big_number(ts, w);
        if (is_error(pair[0])) {
            ref_drop(&pair[1]);
            return false;
        }
    }
    return true;
}

static Ref enumerate_next(ThreadState *ts, Value self)
{
    Ref pair[2];
    return enumerate_next_pair(ts, self, pair) ? tuple_from_refs(ts, pair, 2) : NO_REF;
}

static Ref enumerate_reduce(ThreadState *ts, Value self, const Value *args)
{
    Walker *w = walker_from(self);
    OWNED Ref big = shared_ref_load(&w->head, &w->b);
    Value number = is_error(big) ? small_int(atomic_load_relaxed(&w->position)) : big.v;
    return reduce_to(ts, self, tuple_pack(ts, 2, walker_a(self), number), NO_VALUE);
}

static const NativeDef enumerate_methods[] = {
    NATIVE("__reduce__", enumerate_reduce, "($self, /)", "Return state information for pickling."),
    NATIVE_CLASS_GETITEM,
    NATIVE_END,
};

const TypeSpec spec_ENUMERATE = {
    .name = "enumerate",
    .doc = "enumerate(iterable, start=0)\n\n"
           "The items of an iterable, each in a pair behind its number.",
    .base = KIND_OBJECT,
    .size = sizeof(Walker),
    .flags = TYPE_SUBCLASSABLE | TYPE_COLLECTED,
    .slots = {.finish = walker_finish,
              .traverse = walker_traverse,
              .iterate = object_itself,
              .next = enumerate_next,
              .make = enumerate_make},
    .methods = enumerate_methods,
};

// --- reversed ------------------------------------------------------------------------------------

// a: the sequence; position: the index that comes next.
static Ref reversed_make(CALL_PARAMETERS)
{
    Type *type = type_from(self);
    if (arguments_no_keywords_to_make(ts, self, KIND_REVERSED, "reversed", names) == STATUS_ERROR ||
        arguments_count(ts, "reversed", count, 1, 1) == STATUS_ERROR) {
        return NO_REF;
    }
    Value sequence = args[0];
    bool is_unbound = false;
    OWNED Ref method = type_lookup_special(ts, sequence, NAME(__reversed__), &is_unbound);
    if (is_error(method) && has_exception(ts)) {
        return NO_REF;
    }
    if (!is_error(method) && !value_is_none(method.v)) {
        return is_unbound ? object_call1(ts, method.v, sequence) : object_call0(ts, method.v);
    }
    const Type *t = type_of(sequence);
    if (is_error(method) && t->slots.get_item != NULL && t->slots.length == NULL &&
        !value_is_dict(sequence)) {
        return raise(ts, EXC_TypeError, "object of type '%T' has no len()", sequence);
    }
    if (!is_error(method) || t->slots.get_item == NULL || value_is_dict(sequence)) {
        return raise(ts, EXC_TypeError, "'%T' object is not reversible", sequence);
    }
    int64_t length = object_length(ts, sequence);
    if (length < 0) {
        return NO_REF;
    }
    return init_walker(object_new_of(ts, type), ref_new(sequence), NO_REF, length - 1);
}

static Ref reversed_next(ThreadState *ts, Value self)
{
    Walker *w = walker_from(self);
    int64_t i = atomic_load_relaxed(&w->position);
    OWNED Ref sequence = shared_ref_load(&w->head, &w->a);
    if (is_error(sequence)) {
        return NO_REF;
    }
    if (i >= 0) {
        OWNED Ref index = int_from_i64(ts, i);
        Ref item = is_error(index) ? NO_REF : object_get_item(ts, sequence.v, index.v);
        if (!is_error(item)) {
            atomic_store_relaxed(&w->position, i - 1);
            return item;
        }
        if (!exception_clear_if(ts, EXC_IndexError)) {
            (void)exception_clear_if(ts, EXC_StopIteration);
        }
    }
    atomic_store_relaxed(&w->position, (int64_t)-1);
    exhaust(ts, w);
    return NO_REF;
}

static Ref reversed_length_hint(ThreadState *ts, Value self, const Value *args)
{
    Walker *w = walker_from(self);
    OWNED Ref sequence = shared_ref_load(&w->head, &w->a);
    if (is_error(sequence)) {
        return REF_OF(small_int(0));
    }
    int64_t length = object_length(ts, sequence.v), left = atomic_load_relaxed(&w->position) + 1;
    return length < 0 ? NO_REF : REF_OF(small_int(length < left ? 0 : left));
}

static Ref reversed_reduce(ThreadState *ts, Value self, const Value *args)
{
    Walker *w = walker_from(self);
    OWNED Ref sequence = shared_ref_load(&w->head, &w->a);
    if (is_error(sequence)) {
        OWNED Ref empty = tuple_empty();
        return reduce_to(ts, self, tuple_pack(ts, 1, empty.v), NO_VALUE);
    }
    return reduce_to(ts, self, tuple_pack(ts, 1, sequence.v),
                     small_int(atomic_load_relaxed(&w->position)));
}

static Ref reversed_set_state(ThreadState *ts, Value self, const Value *args)
{
    Walker *w = walker_from(self);
    int64_t i;
    if (index_get(ts, args[0], &i) == STATUS_ERROR) {
        return NO_REF;
    }
    OWNED Ref sequence = shared_ref_load(&w->head, &w->a);
    if (!is_error(sequence)) {
        int64_t length = object_length(ts, sequence.v);
        if (length < 0) {
            return NO_REF;
        }
        i = i < -1 ? -1 : MIN_OF(i, length - 1);
        atomic_store_relaxed(&w->position, i);
    }
    return REF_NONE;
}

static const NativeDef reversed_methods[] = {
    NATIVE("__length_hint__", reversed_length_hint, "($self, /)",
           "Private method returning an estimate of len(list(it))."),
    NATIVE("__reduce__", reversed_reduce, "($self, /)", "Return state information for pickling."),
    NATIVE("__setstate__", reversed_set_state, "($self, state, /)",
           "Set state information for unpickling."),
    NATIVE_END,
};

const TypeSpec spec_REVERSED = {
    .name = "reversed",
    .doc = "Return a reverse iterator over the values of the given sequence.",
    .base = KIND_OBJECT,
    .size = sizeof(Walker),
    .flags = TYPE_SUBCLASSABLE | TYPE_COLLECTED,
    .slots = {.finish = walker_finish,
              .traverse = walker_traverse,
              .clear = walker_finish,
              .iterate = object_itself,
              .next = reversed_next,
              .make = reversed_make},
    .methods = reversed_methods,
};

// --- zip -----------------------------------------------------------------------------------------

// A tuple of iterators over args[0 .. count).
static Ref iterate_all(ThreadState *ts, const Value *args, size_t count)
{
    OWNED Ref iterators = tuple_new(ts, count);
    for (size_t i = 0; i < count && !is_error(iterators); i++) {
        Ref it = object_iterate(ts, args[i]);
        if (is_error(it)) {
            return NO_REF;
        }
        tuple_init_item(iterators.v, i, it);
    }
    return is_error(iterators) ? NO_REF : tuple_finish(ts, ref_take(&iterators));
}

// a: the iterators; position: 1 if strict, -1 exhausted.
static Ref zip_make(CALL_PARAMETERS)
{
    Type *type = type_from(self);
    Truth is_strict = TRUTH_FALSE;
    size_t named = is_no_value(names) ? 0 : tuple_count(names);
    for (size_t i = 0; i < named; i++) {
        if (!str_equal_z(tuple_item(names, i), "strict")) {
            return raise(ts, EXC_TypeError, "'%U' is an invalid keyword argument for zip()",
                         tuple_item(names, i));
        }
        is_strict = object_is_true(ts, args[count + i]);
        if (is_strict == TRUTH_ERROR) {
            return NO_REF;
        }
    }
    OWNED Ref iterators = iterate_all(ts, args, count);
    if (is_error(iterators)) {
        return NO_REF;
    }
    return init_walker(object_new_of(ts, type), ref_take(&iterators), NO_REF, is_strict);
}

static Ref zip_mismatch(ThreadState *ts, size_t i, const char *what)
{
    return raise(ts, EXC_ValueError, "zip() argument %zu is %s than argument%s%zu", i + 1, what,
                 i == 1 ? " " : "s 1-", i);
}

// Iterator i ended while those before it gave an item (or i is 0): is that an error?
static Ref zip_ended(ThreadState *ts, Value iterators, size_t i)
{
    if (has_exception(ts)) {
        return NO_REF;
    }
    if (i > 0) {
        return zip_mismatch(ts, i, "shorter");
    }
    for (i = 1; i < tuple_count(iterators); i++) {
        OWNED Ref item = iterator_next(ts, tuple_item(iterators, i));
        if (!is_error(item)) {
            return zip_mismatch(ts, i, "longer");
        }
        if (has_exception(ts)) {
            return NO_REF;
        }
    }
    return NO_REF;
}

static bool zip_next_pair(ThreadState *ts, Value self, Ref pair[2])
{
    Value iterators = walker_a(self);
    Value first = tuple_item(iterators, 0), second = tuple_item(iterators, 1);
    pair[0] = iterator_step(ts, first, next_of(first));
    if (is_error(pair[0])) {
        if (walker_from(self)->position > 0) {
            (void)zip_ended(ts, iterators, 0);
        }
        return false;
    }
    pair[1] = iterator_step(ts, second, next_of(second));
    if (is_error(pair[1])) {
        ref_drop(&pair[0]);
        if (walker_from(self)->position > 0) {
            (void)zip_ended(ts, iterators, 1);
        }
        return false;
    }
    return true;
}

static Ref zip_next(ThreadState *ts, Value self)
{
    Value iterators = walker_a(self);
    size_t count = tuple_count(iterators);
    if (count == 0) {
        return NO_REF;
    }
    if (count == 2) {
        Ref pair[2];
        return zip_next_pair(ts, self, pair) ? tuple_from_refs(ts, pair, 2) : NO_REF;
    }
    OWNED Ref items = tuple_new(ts, count);
    for (size_t i = 0; i < count && !is_error(items); i++) {
        Value it = tuple_item(iterators, i);
        Ref item = iterator_step(ts, it, next_of(it));
        if (is_error(item)) {
            ref_drop(&items);
            return walker_from(self)->position > 0 ? zip_ended(ts, iterators, i) : NO_REF;
        }
        tuple_init_item(items.v, i, item);
    }
    return is_error(items) ? NO_REF : tuple_finish(ts, ref_take(&items));
}

static Ref zip_reduce(ThreadState *ts, Value self, const Value *args)
{
    return reduce_to(ts, self, ref_new(walker_a(self)),
                     walker_from(self)->position > 0 ? VALUE_TRUE : NO_VALUE);
}

static Ref zip_set_state(ThreadState *ts, Value self, const Value *args)
{
    Truth is_strict = object_is_true(ts, args[0]);
    if (is_strict == TRUTH_ERROR) {
        return NO_REF;
    }
    atomic_store_relaxed(&walker_from(self)->position, (int64_t)is_strict);
    return REF_NONE;
}

static const NativeDef zip_methods[] = {
    NATIVE("__reduce__", zip_reduce, "($self, /)", "Return state information for pickling."),
    NATIVE("__setstate__", zip_set_state, "($self, state, /)",
           "Set state information for unpickling."),
    NATIVE_END,
};

const TypeSpec spec_ZIP = {
    .name = "zip",
    .doc = "zip(*iterables, strict=False)\n\n"
           "Tuples of the items that the iterables give in the same place, until the shortest "
           "ends. If strict, ValueError when they do not end together.",
    .base = KIND_OBJECT,
    .size = sizeof(Walker),
    .flags = TYPE_SUBCLASSABLE | TYPE_COLLECTED,
    .slots = {.finish = walker_finish,
              .traverse = walker_traverse,
              .iterate = object_itself,
              .next = zip_next,
              .make = zip_make},
    .methods = zip_methods,
};

bool iterator_next_pair(ThreadState *ts, Value iterator, Ref pair[2], bool *applies)
{
    *applies = true;
    switch (atomic_load_relaxed(&value_head(iterator)->shape)) {
    case KIND_DICT_ITEM_ITERATOR:
        return dict_iterator_next_pair(ts, iterator, &pair[0], &pair[1]);
    case KIND_ENUMERATE:
        return enumerate_next_pair(ts, iterator, pair);
    case KIND_ZIP:
        if (tuple_count(walker_a(iterator)) == 2) {
            return zip_next_pair(ts, iterator, pair);
        }
        break;
    default:
        break;
    }
    *applies = false;
    return false;
}

// --- map -----------------------------------------------------------------------------------------

// a: the function; b: the iterators.
static Ref map_make(CALL_PARAMETERS)
{
    Type *type = type_from(self);
    if (arguments_no_keywords_to_make(ts, self, KIND_MAP, "map", names) == STATUS_ERROR) {
        return NO_REF;
    }
    if (count < 2) {
        return raise(ts, EXC_TypeError, "map() must have at least two arguments.");
    }
    OWNED Ref iterators = iterate_all(ts, args + 1, count - 1);
    if (is_error(iterators)) {
        return NO_REF;
    }
    return init_walker(object_new_of(ts, type), ref_new(args[0]), ref_take(&iterators), 0);
}

static Ref map_next(ThreadState *ts, Value self)
{
    Value iterators = walker_b(self);
    size_t count = tuple_count(iterators);
    if (count == 1) {
        Value it = tuple_item(iterators, 0);
        OWNED Ref item = iterator_step(ts, it, next_of(it));
        return is_error(item) ? NO_REF : object_call1(ts, walker_a(self), item.v);
    }
    Value few[8];
    Value *items = count <= ARRAY_LENGTH(few) ? few : raw_alloc(ts, count * sizeof *items);
    if (items == NULL) {
        return NO_REF;
    }
    size_t got = 0;
    for (; got < count; got++) {
        Ref item = iterator_next(ts, tuple_item(iterators, got));
        if (is_error(item)) {
            break;
        }
        items[got] = item.v;
    }
    Ref result = got == count ? object_call(ts, walker_a(self), items, count, NO_VALUE) : NO_REF;
    values_drop(items, got);
    if (items != few) {
        raw_free(ts, items);
    }
    return result;
}

static Ref map_reduce(ThreadState *ts, Value self, const Value *args)
{
    size_t count = tuple_count(walker_b(self));
    OWNED Ref arguments = tuple_new(ts, count + 1);
    if (is_error(arguments)) {
        return NO_REF;
    }
    tuple_init_item(arguments.v, 0, ref_new(walker_a(self)));
    for (size_t i = 0; i < count; i++) {
        tuple_init_item(arguments.v, i + 1, ref_new(tuple_item(walker_b(self), i)));
    }
    return reduce_to(ts, self, tuple_finish(ts, ref_take(&arguments)), NO_VALUE);
}

static const NativeDef map_methods[] = {
    NATIVE("__reduce__", map_reduce, "($self, /)", "Return state information for pickling."),
    NATIVE_END,
};

const TypeSpec spec_MAP = {
    .name = "map",
    .doc = "map(function, *iterables)\n\n"
           "What the function returns for the items that the iterables give in the same place, "
           "until the shortest ends.",
    .base = KIND_OBJECT,
    .size = sizeof(Walker),
    .flags = TYPE_SUBCLASSABLE | TYPE_COLLECTED,
    .slots = {.finish = walker_finish,
              .traverse = walker_traverse,
              .iterate = object_itself,
              .next = map_next,
              .make = map_make},
    .methods = map_methods,
};

// --- filter --------------------------------------------------------------------------------------

// a: the function; b: the iterator.
static Ref filter_make(CALL_PARAMETERS)
{
    Type *type = type_from(self);
    if (arguments_no_keywords_to_make(ts, self, KIND_FILTER, "filter", names) == STATUS_ERROR ||
        arguments_count(ts, "filter", count, 2, 2) == STATUS_ERROR) {
        return NO_REF;
    }
    OWNED Ref it = object_iterate(ts, args[1]);
    if (is_error(it)) {
        return NO_REF;
    }
    return init_walker(object_new_of(ts, type), ref_new(args[0]), ref_take(&it), 0);
}

static Ref filter_next(ThreadState *ts, Value self)
{
    Value function = walker_a(self), it = walker_b(self);
    bool by_truth = value_is_none(function) || function.bits == type_value(TYPE_OF_KIND(BOOL)).bits;
    NextFunction next = next_of(it);
    for (;;) {
        OWNED Ref item = iterator_step(ts, it, next);
        if (is_error(item)) {
            return NO_REF;
        }
        Truth keep;
        if (by_truth) {
            keep = object_is_true(ts, item.v);
        } else {
            OWNED Ref answer = object_call1(ts, function, item.v);
            keep = is_error(answer) ? TRUTH_ERROR : object_is_true(ts, answer.v);
        }
        if (keep != TRUTH_FALSE) {
            return keep == TRUTH_TRUE ? ref_take(&item) : NO_REF;
        }
    }
}

static Ref filter_reduce(ThreadState *ts, Value self, const Value *args)
{
    return reduce_to(ts, self, tuple_pack(ts, 2, walker_a(self), walker_b(self)), NO_VALUE);
}

static const NativeDef filter_methods[] = {
    NATIVE("__reduce__", filter_reduce, "($self, /)", "Return state information for pickling."),
    NATIVE_END,
};

const TypeSpec spec_FILTER = {
    .name = "filter",
    .doc = "filter(function or None, iterable) --> filter object\n\n"
           "Return an iterator yielding those items of iterable for which function(item)\n"
           "is true. If function is None, return the items that are true.",
    .base = KIND_OBJECT,
    .size = sizeof(Walker),
    .flags = TYPE_SUBCLASSABLE | TYPE_COLLECTED,
    .slots = {.finish = walker_finish,
              .traverse = walker_traverse,
              .iterate = object_itself,
              .next = filter_next,
              .make = filter_make},
    .methods = filter_methods,
};
