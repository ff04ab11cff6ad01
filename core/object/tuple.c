// core/object/tuple.c: fixed sequences.
//
// A tuple never changes once it is complete, so its items are read plainly and without a count. The
// empty tuple is one immortal object. A tuple whose items cannot be part of a cycle is not tracked.
#include "core/object/tuple.h"

#include <stdarg.h>

#include "core/object/container.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/sequences.h"
#include "core/object/str.h"

static Tuple empty_tuple = {
    .head = {.own = IMMORTAL_OWN, .shape = KIND_TUPLE, .kind = KIND_TUPLE},
    .count = 0,
};

Ref tuple_empty(void) { return (Ref){value_of(&empty_tuple)}; }

Ref tuple_new(ThreadState *ts, size_t count)
{
    if (count == 0) {
        return tuple_empty();
    }
    if (UNLIKELY(count > ((size_t)1 << 48))) {
        return raise_no_memory(ts);
    }
    Tuple *t = object_new_var(ts, KIND_TUPLE, sizeof(Tuple), count, sizeof(SharedRef));
    if (t == NULL) {
        return NO_REF;
    }
    t->count = count;
    places_empty(t->items, count);
    return REF_FROM_NEW(t);
}

// Tracks t if an item may be part of a cycle.
static void track_if_cyclic(Tuple *t)
{
    for (size_t i = 0; i < t->count; i++) {
        if (value_may_be_cyclic(shared_ref_peek(&t->items[i]))) {
            object_track(&t->head);
            return;
        }
    }
}

Ref tuple_finish(ThreadState *ts, Ref t)
{
    Tuple *tuple = tuple_from(t.v);
    if ((tuple->head.gc & GC_TRACKED) == 0) {
        track_if_cyclic(tuple);
    }
    return t;
}

Ref tuple_from_values(ThreadState *ts, const Value *items, size_t count)
{
    if (count == 0) {
        return tuple_empty();
    }
    Tuple *t = object_new_var(ts, KIND_TUPLE, sizeof(Tuple), count, sizeof(SharedRef));
    if (t == NULL) {
        return NO_REF;
    }
    t->count = count;
    bool is_cyclic = false;
    for (size_t i = 0; i < count; i++) {
        shared_ref_init(&t->items[i], ref_new(items[i]));
        is_cyclic = is_cyclic || value_may_be_cyclic(items[i]);
    }
    if (is_cyclic) {
        object_track(&t->head);
    }
    return REF_FROM_NEW(t);
}

Ref tuple_from_refs(ThreadState *ts, Ref *items, size_t count)
{
    if (count == 0) {
        return tuple_empty();
    }
    Tuple *t = object_new_var(ts, KIND_TUPLE, sizeof(Tuple), count, sizeof(SharedRef));
    if (t == NULL) {
        for (size_t i = 0; i < count; i++) {
            ref_drop(&items[i]);
        }
        return NO_REF;
    }
    t->count = count;
    bool is_cyclic = false;
    for (size_t i = 0; i < count; i++) {
        is_cyclic = is_cyclic || value_may_be_cyclic(items[i].v);
        shared_ref_init(&t->items[i], ref_take(&items[i]));
    }
    if (is_cyclic) {
        object_track(&t->head);
    }
    return REF_FROM_NEW(t);
}

Ref tuple_pack(ThreadState *ts, size_t count, ...)
{
    OWNED Ref t = tuple_new(ts, count);
    if (is_error(t)) {
        return NO_REF;
    }
    va_list arguments;
    va_start(arguments, count);
    for (size_t i = 0; i < count; i++) {
        tuple_init_item(t.v, i, ref_new(va_arg(arguments, Value)));
    }
    va_end(arguments);
    return tuple_finish(ts, ref_take(&t));
}

Ref tuple_slice(ThreadState *ts, Value t, size_t start, size_t end)
{
    Tuple *from = tuple_from(t);
    end = MIN_OF(end, from->count);
    start = MIN_OF(start, end);
    if (start == 0 && end == from->count && value_is_exactly(t, KIND_TUPLE)) {
        return ref_new(t);
    }
    OWNED Ref copy = tuple_new(ts, end - start);
    if (is_error(copy)) {
        return NO_REF;
    }
    for (size_t i = start; i < end; i++) {
        tuple_init_item(copy.v, i - start, ref_new(tuple_item(t, i)));
    }
    return tuple_finish(ts, ref_take(&copy));
}

// --- Slots ---------------------------------------------------------------------------------------

static void tuple_finish_object(ThreadState *ts, ObjectHead *o)
{
    Tuple *t = (Tuple *)o;
    for (size_t i = t->count; i > 0; i--) {
        value_release(shared_ref_peek(&t->items[i - 1]));
    }
}

static void tuple_traverse(ObjectHead *o, Visitor visit, void *context)
{
    Tuple *t = (Tuple *)o;
    for (size_t i = 0; i < t->count; i++) {
        visit_place(&t->items[i], visit, context);
    }
}

static Ref tuple_repr(ThreadState *ts, Value self)
{
    size_t count = tuple_count(self);
    if (count == 0) {
        return str_from_z(ts, "()");
    }
    int inside = repr_enter(ts, self);
    if (inside != 0) {
        return inside > 0 ? str_from_z(ts, "(...)") : NO_REF;
    }
    StrBuilder text;
    builder_init(&text);
    Status status = builder_add_char(ts, &text, '(');
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        if (i > 0) {
            status = builder_add_ascii(ts, &text, ", ", 2);
        }
        OWNED Ref item = status == STATUS_OK ? object_repr(ts, tuple_item(self, i)) : NO_REF;
        status = is_error(item) ? STATUS_ERROR : builder_add(ts, &text, item.v);
    }
    if (status == STATUS_OK) {
        status =
            count == 1 ? builder_add_ascii(ts, &text, ",)", 2) : builder_add_char(ts, &text, ')');
    }
    repr_leave(ts, self);
    if (status == STATUS_ERROR) {
        builder_abandon(ts, &text);
        return NO_REF;
    }
    return builder_finish(ts, &text);
}

// xxHash over the items' hashes, as CPython has it, so that hash((1, 2)) is the same number.
static Status tuple_hash(ThreadState *ts, Value self, int64_t *hash)
{
    const uint64_t prime1 = 11400714785074694791u, prime2 = 14029467366897019727u,
                   prime5 = 2870177450012600261u;
    size_t count = tuple_count(self);
    uint64_t acc = prime5;
    for (size_t i = 0; i < count; i++) {
        int64_t lane;
        Value item = tuple_item(self, i);
        if (value_is_small_int(item) && small_int_get(item) >= 0 &&
            small_int_get(item) < (1L << 60)) {
            lane = small_int_get(item);
        } else if (object_hash(ts, item, &lane) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
        acc += (uint64_t)lane * prime2;
        acc = acc << 31 | acc >> 33;
        acc *= prime1;
    }
    acc += count ^ (prime5 ^ 3527539u);
    *hash = acc == (uint64_t)-1 ? 1546275796 : (int64_t)acc;
    return STATUS_OK;
}

static Ref tuple_compare(ThreadState *ts, Value a, Value b, CompareOp op)
{
    if (!value_is_tuple(a) || !value_is_tuple(b)) {
        return not_implemented();
    }
    size_t count_a = tuple_count(a), count_b = tuple_count(b);
    size_t common = MIN_OF(count_a, count_b);
    size_t i = 0;
    for (; i < common; i++) {
        Truth same = object_equal(ts, tuple_item(a, i), tuple_item(b, i));
        if (same == TRUTH_ERROR) {
            return NO_REF;
        }
        if (same == TRUTH_FALSE) {
            break;
        }
    }
    if (i == common) {
        return REF_OF(bool_value(compare_ints(count_a, count_b, op)));
    }
    if (op == OP_EQ || op == OP_NE) {
        return REF_OF(bool_value(op == OP_NE));
    }
    return object_compare(ts, tuple_item(a, i), tuple_item(b, i), op);
}

static int64_t tuple_length(ThreadState *ts, Value self) { return (int64_t)tuple_count(self); }

static Ref tuple_get_item(ThreadState *ts, Value self, Value key)
{
    int64_t length = (int64_t)tuple_count(self);
    if (LIKELY(value_is_index(key))) {
        int64_t i;
        if (value_is_small_int(key)) {
            i = small_int_get(key);
        } else if (index_get(ts, key, &i) == STATUS_ERROR) {
            return NO_REF;
        }
        i = index_from_end(i, length);
        if (i < 0 || i >= length) {
            return raise(ts, EXC_IndexError, "tuple index out of range");
        }
        return ref_new(tuple_item(self, (size_t)i));
    }
    if (!value_is_exactly(key, KIND_SLICE)) {
        return raise(ts, EXC_TypeError, "tuple indices must be integers or slices, not %T", key);
    }
    int64_t start, step, count;
    if (slice_resolve(ts, key, length, &start, &step, &count) == STATUS_ERROR) {
        return NO_REF;
    }
    if (count <= 0) {
        return tuple_empty();
    }
    if (step == 1) {
        return tuple_slice(ts, self, (size_t)start, (size_t)(start + count));
    }
    OWNED Ref result = tuple_new(ts, (size_t)count);
    if (is_error(result)) {
        return NO_REF;
    }
    for (int64_t i = 0; i < count; i++) {
        tuple_init_item(result.v, (size_t)i, ref_new(tuple_item(self, (size_t)(start + i * step))));
    }
    return tuple_finish(ts, ref_take(&result));
}

static Truth tuple_contains(ThreadState *ts, Value self, Value item)
{
    size_t count = tuple_count(self);
    for (size_t i = 0; i < count; i++) {
        Truth same = object_equal(ts, tuple_item(self, i), item);
        if (same != TRUTH_FALSE) {
            return same;
        }
    }
    return TRUTH_FALSE;
}

static Ref tuple_concat(ThreadState *ts, Value a, Value b)
{
    if (!value_is_tuple(a)) {
        return not_implemented();
    }
    if (!value_is_tuple(b)) {
        return raise(ts, EXC_TypeError, "can only concatenate tuple (not \"%T\") to tuple", b);
    }
    if (tuple_count(a) == 0 && value_is_exactly(b, KIND_TUPLE)) {
        return ref_new(b);
    }
    if (tuple_count(b) == 0 && value_is_exactly(a, KIND_TUPLE)) {
        return ref_new(a);
    }
    size_t count_a = tuple_count(a), count_b = tuple_count(b);
    OWNED Ref result = tuple_new(ts, count_a + count_b);
    if (is_error(result)) {
        return NO_REF;
    }
    for (size_t i = 0; i < count_a; i++) {
        tuple_init_item(result.v, i, ref_new(tuple_item(a, i)));
    }
    for (size_t i = 0; i < count_b; i++) {
        tuple_init_item(result.v, count_a + i, ref_new(tuple_item(b, i)));
    }
    return tuple_finish(ts, ref_take(&result));
}

static Ref tuple_repeat(ThreadState *ts, Value a, Value b)
{
    Value self = value_is_tuple(a) ? a : b;
    Value factor = value_is_tuple(a) ? b : a;
    if (!value_is_tuple(self)) {
        return not_implemented();
    }
    if (!value_is_index(factor)) {
        return raise(ts, EXC_TypeError, "can't multiply sequence by non-int of type '%T'", factor);
    }
    int64_t times;
    if (index_get(ts, factor, &times) == STATUS_ERROR) {
        return NO_REF;
    }
    size_t count = tuple_count(self);
    if (times <= 0 || count == 0) {
        return count == 0 && value_is_exactly(self, KIND_TUPLE) ? ref_new(self) : tuple_empty();
    }
    if (times == 1 && value_is_exactly(self, KIND_TUPLE)) {
        return ref_new(self);
    }
    if ((uint64_t)times > ((uint64_t)1 << 48) / count) {
        return raise_no_memory(ts);
    }
    OWNED Ref result = tuple_new(ts, count * (size_t)times);
    if (is_error(result)) {
        return NO_REF;
    }
    size_t to = 0;
    for (int64_t k = 0; k < times; k++) {
        for (size_t i = 0; i < count; i++) {
            tuple_init_item(result.v, to++, ref_new(tuple_item(self, i)));
        }
    }
    return tuple_finish(ts, ref_take(&result));
}

// --- Iterator ------------------------------------------------------------------------------------

static Ref tuple_iterate(ThreadState *ts, Value self)
{
    TupleIterator *it = object_new(ts, KIND_TUPLE_ITERATOR, sizeof(TupleIterator));
    if (it == NULL) {
        return NO_REF;
    }
    shared_ref_init(&it->tuple, ref_new(self));
    it->index = 0;
    object_track(&it->head);
    return REF_FROM_NEW(it);
}

// The iterator's tuple stays with it until it is exhausted; two threads may exhaust it at once, so
// the tuple is counted while it is used if others may be about.
static Ref tuple_iterator_next(ThreadState *ts, Value self)
{
    TupleIterator *it = (TupleIterator *)value_head(self);
    if (is_concurrent()) {
        OWNED Ref t = shared_ref_load(&it->head, &it->tuple);
        if (is_error(t)) {
            return NO_REF;
        }
        size_t i = atomic_add_relaxed(&it->index, 1);
        if (i < tuple_count(t.v)) {
            return ref_new(tuple_item(t.v, i));
        }
        atomic_store_relaxed(&it->index, tuple_count(t.v));
        return NO_REF;
    }
    Value t = shared_ref_peek(&it->tuple);
    if (is_no_value(t)) {
        return NO_REF;
    }
    if (it->index < tuple_count(t)) {
        return ref_new(tuple_item(t, it->index++));
    }
    shared_ref_clear(&it->tuple);
    return NO_REF;
}

static void tuple_iterator_finish(ThreadState *ts, ObjectHead *o)
{
    shared_ref_clear(&((TupleIterator *)o)->tuple);
}
static void tuple_iterator_traverse(ObjectHead *o, Visitor visit, void *context)
{
    visit_place(&((TupleIterator *)o)->tuple, visit, context);
}

static size_t tuple_iterator_rest(TupleIterator *it, Value t)
{
    size_t i = atomic_load_relaxed(&it->index), count = is_no_value(t) ? 0 : tuple_count(t);
    return i < count ? count - i : 0;
}

static Ref tuple_iterator_length_hint(ThreadState *ts, Value self, const Value *args)
{
    TupleIterator *it = (TupleIterator *)value_head(self);
    OWNED Ref t = shared_ref_load(&it->head, &it->tuple);
    return ref_of_size(tuple_iterator_rest(it, t.v));
}

static Ref tuple_iterator_reduce(ThreadState *ts, Value self, const Value *args)
{
    TupleIterator *it = (TupleIterator *)value_head(self);
    OWNED Ref t = shared_ref_load(&it->head, &it->tuple);
    if (tuple_iterator_rest(it, t.v) == 0) {
        return reduce_through_builtin(ts, "iter", tuple_empty(), NO_VALUE);
    }
    return reduce_through_builtin(ts, "iter", ref_take(&t),
                                  ref_of_size(atomic_load_relaxed(&it->index)).v);
}

static Ref tuple_iterator_set_state(ThreadState *ts, Value self, const Value *args)
{
    TupleIterator *it = (TupleIterator *)value_head(self);
    int64_t i;
    if (index_get(ts, args[0], &i) == STATUS_ERROR) {
        return NO_REF;
    }
    OWNED Ref t = shared_ref_load(&it->head, &it->tuple);
    if (!is_error(t)) {
        int64_t count = (int64_t)tuple_count(t.v);
        atomic_store_relaxed(&it->index, (size_t)(i < 0 ? 0 : MIN_OF(i, count)));
    }
    return REF_NONE;
}

// --- Construction and methods --------------------------------------------------------------------

static Ref tuple_make(CALL_PARAMETERS)
{
    Type *type = type_from(self);
    if (arguments_no_keywords_to_make(ts, self, KIND_TUPLE, "tuple", names) == STATUS_ERROR) {
        return NO_REF;
    }
    if (arguments_count(ts, "tuple", count, 0, 1) == STATUS_ERROR) {
        return NO_REF;
    }
    if (type == TYPE_OF_KIND(TUPLE)) {
        return count == 0 ? tuple_empty() : sequence_tuple(ts, args[0]);
    }
    OWNED Ref plain = count == 0 ? tuple_empty() : sequence_tuple(ts, args[0]);
    if (is_error(plain)) {
        return NO_REF;
    }
    size_t n = tuple_count(plain.v);
    Tuple *t = object_new_var_of(ts, type, n, sizeof(SharedRef));
    if (t == NULL) {
        return NO_REF;
    }
    t->count = n;
    for (size_t i = 0; i < n; i++) {
        shared_ref_init(&t->items[i], ref_new(tuple_item(plain.v, i)));
    }
    object_track(&t->head);
    return REF_FROM_NEW(t);
}

static Ref tuple_getnewargs(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref plain = tuple_from_values(ts, (const Value *)(const void *)tuple_from(self)->items,
                                        tuple_count(self));
    return is_error(plain) ? NO_REF : tuple_pack(ts, 1, plain.v);
}

static Ref tuple_index(ThreadState *ts, Value self, const Value *args)
{
    int64_t length = (int64_t)tuple_count(self), start = 0, stop = length;
    if ((!is_no_value(args[1]) && index_clamp(ts, args[1], &start) == STATUS_ERROR) ||
        (!is_no_value(args[2]) && index_clamp(ts, args[2], &stop) == STATUS_ERROR)) {
        return NO_REF;
    }
    start = clamp_bound(start, length);
    stop = clamp_bound(stop, length);
    for (int64_t i = start; i < stop; i++) {
        Truth same = object_equal(ts, tuple_item(self, (size_t)i), args[0]);
        if (same != TRUTH_FALSE) {
            return same == TRUTH_TRUE ? REF_OF(small_int(i)) : NO_REF;
        }
    }
    return raise(ts, EXC_ValueError, "tuple.index(x): x not in tuple");
}

static Ref tuple_count_item(ThreadState *ts, Value self, const Value *args)
{
    size_t found = 0, count = tuple_count(self);
    for (size_t i = 0; i < count; i++) {
        Truth same = object_equal(ts, tuple_item(self, i), args[0]);
        if (same == TRUTH_ERROR) {
            return NO_REF;
        }
        found += same == TRUTH_TRUE;
    }
    return ref_of_size(found);
}

static const NativeDef tuple_methods[] = {
    NATIVE("__getnewargs__", tuple_getnewargs, "($self, /)", NULL),
    NATIVE("index", tuple_index, "($self, value, start=0, stop=sys.maxsize, /)",
           "Return first index of value.\n\nRaises ValueError if the value is not present."),
    NATIVE("count", tuple_count_item, "($self, value, /)",
           "Return number of occurrences of value."),
    NATIVE_CLASS_GETITEM,
    NATIVE_END,
};

const TypeSpec spec_TUPLE = {
    .name = "tuple",
    .doc = "tuple(iterable=(), /)\n\n"
           "The items of an iterable in a sequence that never changes. A tuple is given back "
           "as it is.",
    .base = KIND_OBJECT,
    .size = sizeof(Tuple),
    .flags = TYPE_SUBCLASSABLE | TYPE_COLLECTED | TYPE_IS_SEQUENCE,
    .slots =
        {
            .finish = tuple_finish_object,
            .traverse = tuple_traverse,
            .repr = tuple_repr,
            .hash = tuple_hash,
            .compare = tuple_compare,
            .iterate = tuple_iterate,
            .length = tuple_length,
            .get_item = tuple_get_item,
            .contains = tuple_contains,
            .binary = {[BIN_ADD] = tuple_concat, [BIN_MUL] = tuple_repeat},
            .make = tuple_make,
        },
    .methods = tuple_methods,
};

static const NativeDef tuple_iterator_methods[] = {
    NATIVE("__length_hint__", tuple_iterator_length_hint, "($self, /)",
           "Private method returning an estimate of len(list(it))."),
    NATIVE("__reduce__", tuple_iterator_reduce, "($self, /)",
           "Return state information for pickling."),
    NATIVE("__setstate__", tuple_iterator_set_state, "($self, state, /)",
           "Set state information for unpickling."),
    NATIVE_END,
};

const TypeSpec spec_TUPLE_ITERATOR = {
    .name = "tuple_iterator",
    .base = KIND_OBJECT,
    .size = sizeof(TupleIterator),
    .flags = TYPE_COLLECTED | TYPE_NOT_CONSTRUCTIBLE,
    .slots = {.finish = tuple_iterator_finish,
              .traverse = tuple_iterator_traverse,
              .clear = tuple_iterator_finish,
              .iterate = object_itself,
              .next = tuple_iterator_next},
    .methods = tuple_iterator_methods,
};
