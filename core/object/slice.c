// core/object/slice.c: slice objects.
#include "core/object/container.h"
#include "core/object/int.h"
#include "core/object/sequences.h"
#include "core/object/tuple.h"

static Slice *slice_from(Value v) { return (Slice *)value_head(v); }

Ref slice_new(ThreadState *ts, Value start, Value stop, Value step)
{
    Slice *s = object_new(ts, KIND_SLICE, sizeof(Slice));
    if (s == NULL) {
        return NO_REF;
    }
    shared_ref_init(&s->start, ref_new(is_no_value(start) ? VALUE_NONE : start));
    shared_ref_init(&s->stop, ref_new(is_no_value(stop) ? VALUE_NONE : stop));
    shared_ref_init(&s->step, ref_new(is_no_value(step) ? VALUE_NONE : step));
    if (value_may_be_cyclic(start) || value_may_be_cyclic(stop) || value_may_be_cyclic(step)) {
        object_track(&s->head);
    }
    return REF_FROM_NEW(s);
}

static Status read_bound(ThreadState *ts, Value v, int64_t *out)
{
    if (value_is_small_int(v)) {
        *out = small_int_get(v);
        return STATUS_OK;
    }
    if (!value_is_index(v)) {
        return raise_status(ts, EXC_TypeError,
                            "slice indices must be integers or None or have an __index__ method");
    }
    return index_clamp(ts, v, out);
}

// A bound within [least, most], counted from the end if negative.
static int64_t place_bound(int64_t bound, int64_t length, int64_t least, int64_t most)
{
    if (bound < 0) {
        bound += length;
        return bound < least ? least : bound;
    }
    return bound > most ? most : bound;
}

Status slice_resolve(ThreadState *ts, Value slice, int64_t length, int64_t *start, int64_t *step,
                     int64_t *count)
{
    Slice *s = slice_from(slice);
    Value first = shared_ref_peek(&s->start), last = shared_ref_peek(&s->stop),
          by = shared_ref_peek(&s->step);
    *step = 1;
    if (!value_is_none(by)) {
        if (read_bound(ts, by, step) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
        if (*step == 0) {
            return raise_status(ts, EXC_ValueError, "slice step cannot be zero");
        }
        if (*step < -INT64_MAX) {
            *step = -INT64_MAX;
        }
    }
    bool is_up = *step > 0;
    int64_t least = is_up ? 0 : -1, most = is_up ? length : length - 1;
    int64_t stop;
    *start = is_up ? 0 : INT64_MAX;
    stop = is_up ? INT64_MAX : INT64_MIN;
    if ((!value_is_none(first) && read_bound(ts, first, start) == STATUS_ERROR) ||
        (!value_is_none(last) && read_bound(ts, last, &stop) == STATUS_ERROR)) {
        return STATUS_ERROR;
    }
    *start = place_bound(*start, length, least, most);
    stop = place_bound(stop, length, least, most);
    if (is_up) {
        *count = *start < stop ? (stop - *start - 1) / *step + 1 : 0;
    } else {
        *count = stop < *start ? (*start - stop - 1) / -*step + 1 : 0;
    }
    return STATUS_OK;
}

static void slice_finish(ThreadState *ts, ObjectHead *o)
{
    Slice *s = (Slice *)o;
    shared_ref_clear(&s->start);
    shared_ref_clear(&s->stop);
    shared_ref_clear(&s->step);
}

static void slice_traverse(ObjectHead *o, Visitor visit, void *context)
{
    Slice *s = (Slice *)o;
    visit_place(&s->start, visit, context);
    visit_place(&s->stop, visit, context);
    visit_place(&s->step, visit, context);
}

static Ref slice_repr(ThreadState *ts, Value self)
{
    Slice *s = slice_from(self);
    return format_str(ts, "slice(%R, %R, %R)", shared_ref_peek(&s->start),
                      shared_ref_peek(&s->stop), shared_ref_peek(&s->step));
}

static Ref parts(ThreadState *ts, Value self)
{
    Slice *s = slice_from(self);
    return tuple_pack(ts, 3, shared_ref_peek(&s->start), shared_ref_peek(&s->stop),
                      shared_ref_peek(&s->step));
}

static Ref slice_compare(ThreadState *ts, Value a, Value b, CompareOp op)
{
    if (!value_is_kind(a, KIND_SLICE) || !value_is_kind(b, KIND_SLICE)) {
        return not_implemented();
    }
    if (a.bits == b.bits) {
        return REF_OF(bool_value(op == OP_EQ || op == OP_LE || op == OP_GE));
    }
    OWNED Ref x = parts(ts, a);
    OWNED Ref y = is_error(x) ? NO_REF : parts(ts, b);
    return is_error(y) ? NO_REF : object_compare(ts, x.v, y.v, op);
}

static Ref slice_make(CALL_PARAMETERS)
{
    if (arguments_positional(ts, "slice", count, names, 1, 3) == STATUS_ERROR) {
        return NO_REF;
    }
    return count == 1 ? slice_new(ts, NO_VALUE, args[0], NO_VALUE)
                      : slice_new(ts, args[0], args[1], count == 3 ? args[2] : NO_VALUE);
}

static Ref get_start(ThreadState *ts, Value self)
{
    return ref_new(shared_ref_peek(&slice_from(self)->start));
}
static Ref get_stop(ThreadState *ts, Value self)
{
    return ref_new(shared_ref_peek(&slice_from(self)->stop));
}
static Ref get_step(ThreadState *ts, Value self)
{
    return ref_new(shared_ref_peek(&slice_from(self)->step));
}

// A bound of any size, as indices() reckons it: missing, counted from the end, clamped.
static Ref big_bound(ThreadState *ts, Value bound, Value missing, Value length, Value least,
                     Value most)
{
    if (value_is_none(bound)) {
        return ref_new(missing);
    }
    if (!value_is_index(bound)) {
        return raise(ts, EXC_TypeError,
                     "slice indices must be integers or None or have an __index__ method");
    }
    OWNED Ref i = object_index(ts, bound);
    if (is_error(i)) {
        return NO_REF;
    }
    if (int_sign(i.v) < 0) {
        ref_set(&i, int_binary(ts, BIN_ADD, i.v, length));
        return is_error(i) || int_compare(i.v, least) >= 0 ? ref_take(&i) : ref_new(least);
    }
    return int_compare(i.v, most) <= 0 ? ref_take(&i) : ref_new(most);
}

static Ref slice_indices(ThreadState *ts, Value self, const Value *args)
{
    Slice *s = slice_from(self);
    OWNED Ref length = object_index(ts, args[0]);
    if (is_error(length)) {
        return NO_REF;
    }
    if (int_sign(length.v) < 0) {
        return raise(ts, EXC_ValueError, "length should not be negative");
    }
    Value by = shared_ref_peek(&s->step);
    if (!value_is_none(by) && !value_is_index(by)) {
        return raise(ts, EXC_TypeError,
                     "slice indices must be integers or None or have an __index__ method");
    }
    OWNED Ref step = value_is_none(by) ? REF_OF(small_int(1)) : object_index(ts, by);
    if (is_error(step)) {
        return NO_REF;
    }
    if (int_sign(step.v) == 0) {
        return raise(ts, EXC_ValueError, "slice step cannot be zero");
    }
    bool is_up = int_sign(step.v) > 0;
    OWNED Ref last = int_binary(ts, BIN_SUB, length.v, small_int(1));
    if (is_error(last)) {
        return NO_REF;
    }
    Value least = is_up ? small_int(0) : small_int(-1), most = is_up ? length.v : last.v;
    OWNED Ref start =
        big_bound(ts, shared_ref_peek(&s->start), is_up ? least : most, length.v, least, most);
    OWNED Ref stop = is_error(start) ? NO_REF
                                     : big_bound(ts, shared_ref_peek(&s->stop),
                                                 is_up ? most : least, length.v, least, most);
    return is_error(stop) ? NO_REF : tuple_pack(ts, 3, start.v, stop.v, step.v);
}

static Ref slice_reduce(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref arguments = parts(ts, self);
    return is_error(arguments) ? NO_REF
                               : tuple_pack(ts, 2, type_value(TYPE_OF_KIND(SLICE)), arguments.v);
}

static const NativeDef slice_methods[] = {
    NATIVE("indices", slice_indices, "($self, object, /)",
           "S.indices(len) -> (start, stop, stride)\n\n"
           "Assuming a sequence of length len, calculate the start and stop\n"
           "indices, and the stride length of the extended slice described by\n"
           "S. Out of bounds indices are clipped in a manner consistent with the\n"
           "handling of normal slices."),
    NATIVE("__reduce__", slice_reduce, "($self, /)", "Return state information for pickling."),
    NATIVE_END,
};
static const GetSetDef slice_getset[] = {
    {"start", get_start, NULL, NULL},
    {"stop", get_stop, NULL, NULL},
    {"step", get_step, NULL, NULL},
    {NULL, NULL, NULL, NULL},
};

const TypeSpec spec_SLICE = {
    .name = "slice",
    .doc = "slice(stop)\nslice(start, stop[, step])\n\n"
           "Create a slice object.  This is used for extended slicing (e.g. a[0:10:2]).",
    .base = KIND_OBJECT,
    .size = sizeof(Slice),
    .flags = TYPE_COLLECTED,
    .slots = {.finish = slice_finish,
              .traverse = slice_traverse,
              .repr = slice_repr,
              .compare = slice_compare,
              .make = slice_make},
    .methods = slice_methods,
    .getset = slice_getset,
};
