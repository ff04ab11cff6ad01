// core/object/range.c: ranges of ints of any size, and their iterators.
//
// A range whose numbers fit small ints, as nearly all do, is walked with C arithmetic; others with
// int objects. A range is immutable: its fields are read plainly.
#include "core/object/container.h"
#include "core/object/int.h"
#include "core/object/sequences.h"
#include "core/object/tuple.h"

static Range *range_from(Value v) { return (Range *)value_head(v); }
static Value range_start(Value v) { return shared_ref_peek(&range_from(v)->start); }
static Value range_stop(Value v) { return shared_ref_peek(&range_from(v)->stop); }
static Value range_step(Value v) { return shared_ref_peek(&range_from(v)->step); }
static Value range_length(Value v) { return shared_ref_peek(&range_from(v)->length); }

static bool all_small(Value a, Value b, Value c) { return (a.bits & b.bits & c.bits & 1) != 0; }

// How many numbers there are, as an int.
static Ref compute_length(ThreadState *ts, Value start, Value stop, Value step)
{
    if (all_small(start, stop, step)) {
        int64_t a = small_int_get(start), b = small_int_get(stop), by = small_int_get(step);
        if (by > 0 ? a >= b : a <= b) {
            return REF_OF(small_int(0));
        }
        uint64_t span = by > 0 ? (uint64_t)b - (uint64_t)a : (uint64_t)a - (uint64_t)b;
        return int_from_u64(ts, (span - 1) / (uint64_t)(by > 0 ? by : -by) + 1);
    }
    bool is_up = int_sign(step) > 0;
    if (is_up ? int_compare(start, stop) >= 0 : int_compare(start, stop) <= 0) {
        return REF_OF(small_int(0));
    }
    OWNED Ref span =
        is_up ? int_binary(ts, BIN_SUB, stop, start) : int_binary(ts, BIN_SUB, start, stop);
    OWNED Ref last = is_error(span) ? NO_REF : int_binary(ts, BIN_SUB, span.v, small_int(1));
    OWNED Ref by = is_error(last) ? NO_REF : is_up ? ref_new(step) : int_negative(ts, step);
    OWNED Ref steps = is_error(by) ? NO_REF : int_binary(ts, BIN_FLOOR_DIV, last.v, by.v);
    return is_error(steps) ? NO_REF : int_binary(ts, BIN_ADD, steps.v, small_int(1));
}

// All are ints already.
static Ref new_from_ints(ThreadState *ts, Value start, Value stop, Value step)
{
    OWNED Ref length = compute_length(ts, start, stop, step);
    if (is_error(length)) {
        return NO_REF;
    }
    Range *r = object_new(ts, KIND_RANGE, sizeof(Range));
    if (r == NULL) {
        return NO_REF;
    }
    shared_ref_init(&r->start, ref_new(start));
    shared_ref_init(&r->stop, ref_new(stop));
    shared_ref_init(&r->step, ref_new(step));
    shared_ref_init(&r->length, ref_take(&length));
    return REF_FROM_NEW(r);
}

Ref range_new(ThreadState *ts, Value start, Value stop, Value step)
{
    OWNED Ref a = is_no_value(start) ? REF_OF(small_int(0)) : object_index(ts, start);
    OWNED Ref b = is_error(a) ? NO_REF : object_index(ts, stop);
    OWNED Ref by = is_error(b)         ? NO_REF
                   : is_no_value(step) ? REF_OF(small_int(1))
                                       : object_index(ts, step);
    if (is_error(by)) {
        return NO_REF;
    }
    if (int_sign(by.v) == 0) {
        return raise(ts, EXC_ValueError, "range() arg 3 must not be zero");
    }
    return new_from_ints(ts, a.v, b.v, by.v);
}

static Ref range_make(CALL_PARAMETERS)
{
    if (arguments_positional(ts, "range", count, names, 1, 3) == STATUS_ERROR) {
        return NO_REF;
    }
    return count == 1 ? range_new(ts, NO_VALUE, args[0], NO_VALUE)
                      : range_new(ts, args[0], args[1], count == 3 ? args[2] : NO_VALUE);
}

static void range_finish(ThreadState *ts, ObjectHead *o)
{
    Range *r = (Range *)o;
    shared_ref_clear(&r->start);
    shared_ref_clear(&r->stop);
    shared_ref_clear(&r->step);
    shared_ref_clear(&r->length);
}

static void range_traverse(ObjectHead *o, Visitor visit, void *context)
{
    Range *r = (Range *)o;
    visit_place(&r->start, visit, context);
    visit_place(&r->stop, visit, context);
    visit_place(&r->step, visit, context);
    visit_place(&r->length, visit, context);
}

static Ref range_repr(ThreadState *ts, Value self)
{
    if (range_step(self).bits == small_int(1).bits) {
        return format_str(ts, "range(%R, %R)", range_start(self), range_stop(self));
    }
    return format_str(ts, "range(%R, %R, %R)", range_start(self), range_stop(self),
                      range_step(self));
}

static int64_t range_size(ThreadState *ts, Value self)
{
    int64_t length;
    if (int_to_i64(range_length(self), &length)) {
        return length;
    }
    (void)raise(ts, EXC_OverflowError, "Python int too large to convert to C ssize_t");
    return -1;
}

static Truth range_truth(ThreadState *ts, Value self)
{
    return range_length(self).bits != small_int(0).bits ? TRUTH_TRUE : TRUTH_FALSE;
}

// start + i * step.
static Ref number_at(ThreadState *ts, Value self, Value i)
{
    OWNED Ref offset = int_binary(ts, BIN_MUL, i, range_step(self));
    return is_error(offset) ? NO_REF : int_binary(ts, BIN_ADD, range_start(self), offset.v);
}

static Ref get_slice(ThreadState *ts, Value self, Value slice)
{
    OWNED Ref bounds = object_call_method_z(ts, slice, "indices", (Value[]){range_length(self)}, 1);
    if (is_error(bounds)) {
        return NO_REF;
    }
    OWNED Ref start = number_at(ts, self, tuple_item(bounds.v, 0));
    OWNED Ref stop = is_error(start) ? NO_REF : number_at(ts, self, tuple_item(bounds.v, 1));
    OWNED Ref step = is_error(stop)
                         ? NO_REF
                         : int_binary(ts, BIN_MUL, tuple_item(bounds.v, 2), range_step(self));
    return is_error(step) ? NO_REF : new_from_ints(ts, start.v, stop.v, step.v);
}

static Ref range_get_item(ThreadState *ts, Value self, Value key)
{
    if (value_is_exactly(key, KIND_SLICE)) {
        return get_slice(ts, self, key);
    }
    if (!value_is_index(key)) {
        return raise(ts, EXC_TypeError, "range indices must be integers or slices, not %T", key);
    }
    OWNED Ref i = object_index(ts, key);
    if (is_error(i)) {
        return NO_REF;
    }
    if (int_sign(i.v) < 0) {
        ref_set(&i, int_binary(ts, BIN_ADD, i.v, range_length(self)));
        if (is_error(i)) {
            return NO_REF;
        }
    }
    if (int_sign(i.v) < 0 || int_compare(i.v, range_length(self)) >= 0) {
        return raise(ts, EXC_IndexError, "range object index out of range");
    }
    return number_at(ts, self, i.v);
}

// Where an int stands in the range: an int, or NO_REF without an exception.
static Ref position_of(ThreadState *ts, Value self, Value number)
{
    Value start = range_start(self), stop = range_stop(self), step = range_step(self);
    bool is_up = int_sign(step) > 0;
    if (is_up ? int_compare(number, start) < 0 || int_compare(number, stop) >= 0
              : int_compare(number, start) > 0 || int_compare(number, stop) <= 0) {
        return NO_REF;
    }
    OWNED Ref offset = int_binary(ts, BIN_SUB, number, start);
    OWNED Ref rest = is_error(offset) ? NO_REF : int_binary(ts, BIN_MOD, offset.v, step);
    if (is_error(rest) || rest.v.bits != small_int(0).bits) {
        return NO_REF;
    }
    return int_binary(ts, BIN_FLOOR_DIV, offset.v, step);
}

static bool is_plain_int(Value v) { return value_is_exactly_int(v) || value_is_bool(v); }

// By comparison, for what is no int: 1 found (*at set), 0 not, -1 error.
static int search(ThreadState *ts, Value self, Value item, int64_t *at, int64_t *times)
{
    OWNED Ref it = object_iterate(ts, self);
    if (is_error(it)) {
        return -1;
    }
    *at = -1;
    *times = 0;
    for (int64_t i = 0;; i++) {
        OWNED Ref number = iterator_next(ts, it.v);
        if (is_error(number)) {
            return has_exception(ts) ? -1 : *at >= 0;
        }
        Truth same = object_equal(ts, number.v, item);
        if (same == TRUTH_ERROR) {
            return -1;
        }
        if (same == TRUTH_TRUE) {
            *times += 1;
            *at = *at < 0 ? i : *at;
        }
    }
}

static Truth range_contains(ThreadState *ts, Value self, Value item)
{
    if (is_plain_int(item)) {
        OWNED Ref at = position_of(ts, self, item);
        return is_error(at) ? (has_exception(ts) ? TRUTH_ERROR : TRUTH_FALSE) : TRUTH_TRUE;
    }
    int64_t at, times;
    return (Truth)search(ts, self, item, &at, &times);
}

// Two ranges are equal when they give the same numbers.
static Ref key_of(ThreadState *ts, Value self)
{
    Value length = range_length(self);
    Value start = length.bits == small_int(0).bits ? VALUE_NONE : range_start(self);
    Value step = length.bits == small_int(0).bits || length.bits == small_int(1).bits
                     ? VALUE_NONE
                     : range_step(self);
    return tuple_pack(ts, 3, length, start, step);
}

static Ref range_compare(ThreadState *ts, Value a, Value b, CompareOp op)
{
    if (!value_is_kind(a, KIND_RANGE) || !value_is_kind(b, KIND_RANGE) ||
        (op != OP_EQ && op != OP_NE)) {
        return not_implemented();
    }
    OWNED Ref x = key_of(ts, a);
    OWNED Ref y = is_error(x) ? NO_REF : key_of(ts, b);
    return is_error(y) ? NO_REF : object_compare(ts, x.v, y.v, op);
}

static Status range_hash(ThreadState *ts, Value self, int64_t *hash)
{
    OWNED Ref key = key_of(ts, self);
    return is_error(key) ? STATUS_ERROR : object_hash(ts, key.v, hash);
}

// --- Iterators -----------------------------------------------------------------------------------

static Ref new_iterator(ThreadState *ts, Value start, Value step, Value length)
{
    RangeIterator *it = object_new(ts, KIND_RANGE_ITERATOR, sizeof(RangeIterator));
    if (it == NULL) {
        return NO_REF;
    }
    it->end = it->step = it->remaining = 0;
    shared_ref_init(&it->big, NO_REF);
    int64_t span, end;
    if (all_small(start, step, length) &&
        !__builtin_mul_overflow(small_int_get(step), small_int_get(length), &span) &&
        !__builtin_add_overflow(small_int_get(start), span, &end) && fits_small_int(end)) {
        it->end = end;
        it->step = small_int_get(step);
        it->remaining = small_int_get(length);
        shared_ref_init(&it->big, REF_OF(length));
        return REF_FROM_NEW(it);
    }
    OWNED Ref self = REF_FROM_NEW(it);
    Ref big = tuple_pack(ts, 3, start, step, length);
    if (is_error(big)) {
        return NO_REF;
    }
    shared_ref_init(&it->big, big);
    return ref_take(&self);
}

static bool is_big(const RangeIterator *it) { return value_is_object(shared_ref_peek(&it->big)); }
// The tuple (next, step, remaining), or NO_REF.
static Ref big_state(RangeIterator *it)
{
    return is_big(it) ? shared_ref_load(&it->head, &it->big) : NO_REF;
}

static Ref range_iterate(ThreadState *ts, Value self)
{
    return new_iterator(ts, range_start(self), range_step(self), range_length(self));
}

static Ref range_reversed(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref last = int_binary(ts, BIN_SUB, range_length(self), small_int(1));
    OWNED Ref start = is_error(last) ? NO_REF : number_at(ts, self, last.v);
    OWNED Ref step = is_error(start) ? NO_REF : int_negative(ts, range_step(self));
    return is_error(step) ? NO_REF : new_iterator(ts, start.v, step.v, range_length(self));
}

// Moves on by `steps` of what is left, with int objects; the number before the move, or NO_REF.
static Ref step_big(ThreadState *ts, RangeIterator *it)
{
    OWNED Ref state = big_state(it);
    if (is_error(state) || tuple_item(state.v, 2).bits == small_int(0).bits) {
        return NO_REF;
    }
    Value now = tuple_item(state.v, 0), step = tuple_item(state.v, 1);
    OWNED Ref next = int_binary(ts, BIN_ADD, now, step);
    OWNED Ref left =
        is_error(next) ? NO_REF : int_binary(ts, BIN_SUB, tuple_item(state.v, 2), small_int(1));
    OWNED Ref fresh = is_error(left) ? NO_REF : tuple_pack(ts, 3, next.v, step, left.v);
    if (is_error(fresh)) {
        return NO_REF;
    }
    object_store(ts, &it->head, &it->big, ref_take(&fresh));
    return ref_new(now);
}

static Ref range_iterator_next(ThreadState *ts, Value self)
{
    RangeIterator *it = (RangeIterator *)value_head(self);
    Value number;
    if (LIKELY(range_iterator_step(it, &number))) {
        return REF_OF(number);
    }
    return is_big(it) ? step_big(ts, it) : NO_REF;
}

static void iterator_finish(ThreadState *ts, ObjectHead *o)
{
    shared_ref_clear(&((RangeIterator *)o)->big);
}
static void iterator_traverse(ObjectHead *o, Visitor visit, void *context)
{
    visit_place(&((RangeIterator *)o)->big, visit, context);
}

static Ref iterator_length_hint(ThreadState *ts, Value self, const Value *args)
{
    RangeIterator *it = (RangeIterator *)value_head(self);
    OWNED Ref state = big_state(it);
    return is_error(state) ? REF_OF(small_int(atomic_load_relaxed(&it->remaining)))
                           : ref_new(tuple_item(state.v, 2));
}

// iter(range(the numbers that are left)), 0
static Ref iterator_reduce(ThreadState *ts, Value self, const Value *args)
{
    RangeIterator *it = (RangeIterator *)value_head(self);
    OWNED Ref state = big_state(it);
    OWNED Ref rest = NO_REF;
    int64_t done = 0;
    if (is_error(state)) {
        int64_t length = small_int_get(shared_ref_peek(&it->big));
        done = length - atomic_load_relaxed(&it->remaining);
        rest = new_from_ints(ts, small_int(it->end - length * it->step), small_int(it->end),
                             small_int(it->step));
    } else {
        OWNED Ref span = int_binary(ts, BIN_MUL, tuple_item(state.v, 1), tuple_item(state.v, 2));
        OWNED Ref end =
            is_error(span) ? NO_REF : int_binary(ts, BIN_ADD, tuple_item(state.v, 0), span.v);
        rest = is_error(end)
                   ? NO_REF
                   : new_from_ints(ts, tuple_item(state.v, 0), end.v, tuple_item(state.v, 1));
    }
    return reduce_through_builtin(ts, "iter", ref_take(&rest), small_int(done));
}

static Ref iterator_set_state(ThreadState *ts, Value self, const Value *args)
{
    RangeIterator *it = (RangeIterator *)value_head(self);
    int64_t i;
    if (index_clamp(ts, args[0], &i) == STATUS_ERROR) {
        return NO_REF;
    }
    if (!is_big(it)) {
        int64_t remaining = atomic_load_relaxed(&it->remaining);
        atomic_store_relaxed(&it->remaining, remaining - (i < 0 ? 0 : MIN_OF(i, remaining)));
        return REF_NONE;
    }
    for (; i > 0; i--) {
        OWNED Ref number = step_big(ts, it);
        if (is_error(number)) {
            return has_exception(ts) ? NO_REF : REF_NONE;
        }
    }
    return REF_NONE;
}

static const NativeDef iterator_methods[] = {
    NATIVE("__length_hint__", iterator_length_hint, "($self, /)",
           "Private method returning an estimate of len(list(it))."),
    NATIVE("__reduce__", iterator_reduce, "($self, /)", "Return state information for pickling."),
    NATIVE("__setstate__", iterator_set_state, "($self, state, /)",
           "Set state information for unpickling."),
    NATIVE_END,
};

const TypeSpec spec_RANGE_ITERATOR = {
    .name = "range_iterator",
    .base = KIND_OBJECT,
    .size = sizeof(RangeIterator),
    .flags = TYPE_NOT_CONSTRUCTIBLE,
    .slots = {.finish = iterator_finish,
              .traverse = iterator_traverse,
              .iterate = object_itself,
              .next = range_iterator_next},
    .methods = iterator_methods,
};

// --- Methods -------------------------------------------------------------------------------------

static Ref method_count(ThreadState *ts, Value self, const Value *args)
{
    if (is_plain_int(args[0])) {
        Truth inside = range_contains(ts, self, args[0]);
        return inside == TRUTH_ERROR ? NO_REF : REF_OF(small_int(inside));
    }
    int64_t at, times;
    return search(ts, self, args[0], &at, &times) < 0 ? NO_REF : REF_OF(small_int(times));
}

static Ref method_index(ThreadState *ts, Value self, const Value *args)
{
    if (is_plain_int(args[0])) {
        Ref at = position_of(ts, self, args[0]);
        if (!is_error(at) || has_exception(ts)) {
            return at;
        }
        return raise(ts, EXC_ValueError, "%R is not in range", args[0]);
    }
    int64_t at, times;
    int found = search(ts, self, args[0], &at, &times);
    if (found > 0) {
        return REF_OF(small_int(at));
    }
    return found < 0 ? NO_REF : raise(ts, EXC_ValueError, "sequence.index(x): x not in sequence");
}

static Ref method_reduce(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref bounds = tuple_pack(ts, 3, range_start(self), range_stop(self), range_step(self));
    return is_error(bounds) ? NO_REF : tuple_pack(ts, 2, type_value(TYPE_OF_KIND(RANGE)), bounds.v);
}

static Ref get_start(ThreadState *ts, Value self) { return ref_new(range_start(self)); }
static Ref get_stop(ThreadState *ts, Value self) { return ref_new(range_stop(self)); }
static Ref get_step(ThreadState *ts, Value self) { return ref_new(range_step(self)); }

static const NativeDef range_methods[] = {
    NATIVE("__reversed__", range_reversed, "($self, /)", "Return a reverse iterator."),
    NATIVE("__reduce__", method_reduce, "($self, /)", NULL),
    NATIVE("count", method_count, "($self, object, /)",
           "rangeobject.count(value) -> integer -- return number of occurrences of value"),
    NATIVE("index", method_index, "($self, object, /)",
           "rangeobject.index(value) -> integer -- return index of value.\n"
           "Raise ValueError if the value is not present."),
    NATIVE_END,
};
static const GetSetDef range_getset[] = {
    {"start", get_start, NULL, NULL},
    {"stop", get_stop, NULL, NULL},
    {"step", get_step, NULL, NULL},
    {NULL, NULL, NULL, NULL},
};

const TypeSpec spec_RANGE = {
    .name = "range",
    .doc = "range(stop) -> range object\n"
           "range(start, stop[, step]) -> range object\n\n"
           "The integers from start (0) on in steps of step (1), short of stop.",
    .base = KIND_OBJECT,
    .size = sizeof(Range),
    .flags = TYPE_IS_SEQUENCE,
    .slots = {.finish = range_finish,
              .traverse = range_traverse,
              .repr = range_repr,
              .hash = range_hash,
              .compare = range_compare,
              .truth = range_truth,
              .iterate = range_iterate,
              .length = range_size,
              .get_item = range_get_item,
              .contains = range_contains,
              .make = range_make},
    .methods = range_methods,
    .getset = range_getset,
};
