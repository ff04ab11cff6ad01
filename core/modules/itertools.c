// core/modules/itertools.c: the module itertools, and its tools that walk one iterable at a time.
// (itertools_many.c: those that take several or make several; itertools_combinatorics.c.)
#include "core/modules/itertools.h"

// --- What they share -----------------------------------------------------------------------------

void tool_finish(ThreadState *ts, ObjectHead *o)
{
    Tool *t = (Tool *)o;
    shared_ref_clear(&t->a);
    shared_ref_clear(&t->b);
    shared_ref_clear(&t->c);
    shared_ref_clear(&t->d);
}
void tool_traverse(ObjectHead *o, Visitor visit, void *context)
{
    Tool *t = (Tool *)o;
    visit_place(&t->a, visit, context);
    visit_place(&t->b, visit, context);
    visit_place(&t->c, visit, context);
    visit_place(&t->d, visit, context);
}

Ref tool_new(ThreadState *ts, Value type, Ref a, Ref b, Ref c, Ref d)
{
    Tool *t = object_new_of(ts, type_from(type));
    if (t == NULL) {
        ref_drop(&a);
        ref_drop(&b);
        ref_drop(&c);
        ref_drop(&d);
        return NO_REF;
    }
    shared_ref_init(&t->a, a);
    shared_ref_init(&t->b, b);
    shared_ref_init(&t->c, c);
    shared_ref_init(&t->d, d);
    t->n = t->m = t->k = 0;
    object_track(&t->head);
    return REF_FROM_NEW(t);
}

void tool_set(ThreadState *ts, Value self, SharedRef *place, Ref value)
{
    CRITICAL_SECTION(ts, value_head(self)) { value = shared_ref_swap(place, value); }
    ref_drop(&value);
}

Ref tool_reduce(ThreadState *ts, Value self, Ref arguments, Ref state)
{
    OWNED Ref args = arguments;
    OWNED Ref held = state;
    if (is_error(args) || has_exception(ts)) {
        return NO_REF;
    }
    Value type = type_value(type_of(self));
    return is_error(held) ? tuple_pack(ts, 2, type, args.v)
                          : tuple_pack(ts, 3, type, args.v, held.v);
}

// A tool over function (a) and iterator (b).
static Ref make_with_function(ThreadState *ts, Value type, Kind kind, const char *name,
                              const Value *args, size_t count, Value names)
{
    if (arguments_no_keywords_to_make(ts, type, kind, name, names) == STATUS_ERROR ||
        arguments_count(ts, name, count, 2, 2) == STATUS_ERROR) {
        return NO_REF;
    }
    Ref it = object_iterate(ts, args[1]);
    return is_error(it) ? NO_REF : tool_new(ts, type, ref_new(args[0]), it, NO_REF, NO_REF);
}

static Truth ask(ThreadState *ts, Value function, Value item)
{
    OWNED Ref answer = object_call1(ts, function, item);
    return is_error(answer) ? TRUTH_ERROR : object_is_true(ts, answer.v);
}

static Ref reduce_two(ThreadState *ts, Value self, const Value *args)
{
    return tool_reduce(ts, self, tuple_pack(ts, 2, tool_a(self), tool_b(self)), NO_REF);
}

// --- count ---------------------------------------------------------------------------------------

// a: the number if it is no small int or the step is not 1; b: the step; n: the number.

static bool is_number(Value v)
{
    const TypeSlots *s = &type_of(v)->slots;
    return s->index != NULL || s->to_int != NULL || s->to_float != NULL ||
           s->binary[BIN_POW] != NULL;
}

static Ref count_make(CALL_PARAMETERS)
{
    static const char *const parameters[] = {"start", "step", NULL};
    Value bound[2];
    if (arguments_bind(ts, "count", parameters, 0, 2, 0, args, count, names, bound) ==
        STATUS_ERROR) {
        return NO_REF;
    }
    if ((!is_no_value(bound[0]) && !is_number(bound[0])) ||
        (!is_no_value(bound[1]) && !is_number(bound[1]))) {
        return raise(ts, EXC_TypeError, "a number is required");
    }
    Value start = is_no_value(bound[0]) ? small_int(0) : bound[0];
    Value step = is_no_value(bound[1]) ? small_int(1) : bound[1];
    bool is_fast = value_is_small_int(start) && step.bits == small_int(1).bits;
    Ref it = tool_new(ts, self, is_fast ? NO_REF : ref_new(start), ref_new(step), NO_REF, NO_REF);
    if (!is_error(it) && is_fast) {
        tool_from(it.v)->n = small_int_get(start);
    }
    return it;
}

static Ref count_next(ThreadState *ts, Value self)
{
    Tool *t = tool_from(self);
    if (LIKELY(tool_a(self).bits == 0)) {
        int64_t n = atomic_load_relaxed(&t->n);
        if (LIKELY(n < SMALL_INT_MAX)) {
            atomic_store_relaxed(&t->n, n + 1);
            return REF_OF(small_int(n));
        }
        tool_set(ts, self, &t->a, REF_OF(small_int(n)));
    }
    OWNED Ref now = tool_load(self, &t->a);
    OWNED Ref next = object_binary(ts, BIN_ADD, now.v, tool_b(self));
    if (is_error(next)) {
        return NO_REF;
    }
    tool_set(ts, self, &t->a, ref_take(&next));
    return ref_take(&now);
}

static Ref count_now(Value self)
{
    Ref now = tool_load(self, &tool_from(self)->a);
    return is_error(now) ? REF_OF(small_int(atomic_load_relaxed(&tool_from(self)->n))) : now;
}

static Ref count_repr(ThreadState *ts, Value self)
{
    OWNED Ref now = count_now(self);
    const char *name = type_short_name(self);
    return tool_b(self).bits == small_int(1).bits
               ? format_str(ts, "%s(%R)", name, now.v)
               : format_str(ts, "%s(%R, %R)", name, now.v, tool_b(self));
}

static Ref count_reduce(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref now = count_now(self);
    return tool_reduce(ts, self,
                       tool_b(self).bits == small_int(1).bits
                           ? tuple_pack(ts, 1, now.v)
                           : tuple_pack(ts, 2, now.v, tool_b(self)),
                       NO_REF);
}

static const NativeDef count_methods[] = {REDUCE_METHOD(count_reduce), NATIVE_END};
const TypeSpec spec_COUNT_ITERATOR = {
    .name = "itertools.count",
    .doc = "Return a count object whose .__next__() method returns consecutive values.\n\n"
           "Equivalent to:\n    def count(firstval=0, step=1):\n        x = firstval\n"
           "        while 1:\n            yield x\n            x += step",
    .base = KIND_OBJECT,
    .size = sizeof(Tool),
    .flags = TYPE_SUBCLASSABLE | TYPE_COLLECTED,
    .slots = {.finish = tool_finish,
              .traverse = tool_traverse,
              .repr = count_repr,
              .iterate = object_itself,
              .next = count_next,
              .make = count_make},
    .methods = count_methods,
};

// --- repeat: a: the object; n: how often still, -1 for ever --------------------------------------

static Ref repeat_make(CALL_PARAMETERS)
{
    static const char *const parameters[] = {"object", "times", NULL};
    Value bound[2];
    int64_t times = -1;
    if (arguments_bind(ts, "repeat", parameters, 0, 2, 1, args, count, names, bound) ==
            STATUS_ERROR ||
        (!is_no_value(bound[1]) && index_get(ts, bound[1], &times) == STATUS_ERROR)) {
        return NO_REF;
    }
    if (!is_no_value(bound[1]) && times < 0) {
        times = 0;
    }
    Ref it = tool_new(ts, self, ref_new(bound[0]), NO_REF, NO_REF, NO_REF);
    if (!is_error(it)) {
        tool_from(it.v)->n = times;
    }
    return it;
}

static Ref repeat_next(ThreadState *ts, Value self)
{
    Tool *t = tool_from(self);
    int64_t n = atomic_load_relaxed(&t->n);
    if (n == 0) {
        return NO_REF;
    }
    if (n > 0) {
        atomic_store_relaxed(&t->n, n - 1);
    }
    return ref_new(tool_a(self));
}

static Ref repeat_repr(ThreadState *ts, Value self)
{
    const char *name = type_short_name(self);
    int64_t n = tool_from(self)->n;
    return n < 0 ? format_str(ts, "%s(%R)", name, tool_a(self))
                 : format_str(ts, "%s(%R, %lld)", name, tool_a(self), (long long)n);
}
static Ref repeat_reduce(ThreadState *ts, Value self, const Value *args)
{
    int64_t n = tool_from(self)->n;
    return tool_reduce(ts, self,
                       n < 0 ? tuple_pack(ts, 1, tool_a(self))
                             : tuple_pack(ts, 2, tool_a(self), small_int(n)),
                       NO_REF);
}
static Ref repeat_length_hint(ThreadState *ts, Value self, const Value *args)
{
    int64_t n = tool_from(self)->n;
    return n < 0 ? raise(ts, EXC_TypeError, "len() of unsized object") : REF_OF(small_int(n));
}

static const NativeDef repeat_methods[] = {
    REDUCE_METHOD(repeat_reduce),
    NATIVE("__length_hint__", repeat_length_hint, "($self, /)",
           "Private method returning an estimate of len(list(it))."),
    NATIVE_END,
};
const TypeSpec spec_REPEAT = {
    .name = "itertools.repeat",
    .doc = "repeat(object [,times]) -> create an iterator which returns the object\n"
           "for the specified number of times.  If not specified, returns the object\nendlessly.",
    .base = KIND_OBJECT,
    .size = sizeof(Tool),
    .flags = TYPE_SUBCLASSABLE | TYPE_COLLECTED,
    .slots = {.finish = tool_finish,
              .traverse = tool_traverse,
              .repr = repeat_repr,
              .iterate = object_itself,
              .next = repeat_next,
              .make = repeat_make},
    .methods = repeat_methods,
};

// --- cycle ---------------------------------------------------------------------------------------

// a: the iterator, empty in later rounds; b: a list of what it gave; n: the place in that;
// m: do not save (restored from a state).

static Ref cycle_make(CALL_PARAMETERS)
{
    if (arguments_no_keywords_to_make(ts, self, KIND_CYCLE, "cycle", names) == STATUS_ERROR ||
        arguments_count(ts, "cycle", count, 1, 1) == STATUS_ERROR) {
        return NO_REF;
    }
    OWNED Ref it = object_iterate(ts, args[0]);
    OWNED Ref saved = is_error(it) ? NO_REF : list_new(ts, 0);
    return is_error(saved) ? NO_REF
                           : tool_new(ts, self, ref_take(&it), ref_take(&saved), NO_REF, NO_REF);
}

static Ref cycle_next(ThreadState *ts, Value self)
{
    Tool *t = tool_from(self);
    OWNED Ref it = tool_load(self, &t->a);
    OWNED Ref saved = tool_load(self, &t->b);
    if (!is_error(it)) {
        OWNED Ref item = iterator_next(ts, it.v);
        if (!is_error(item)) {
            if (t->m == 0 && list_append(ts, list_from(saved.v), item.v) == STATUS_ERROR) {
                return NO_REF;
            }
            return ref_take(&item);
        }
        if (has_exception(ts)) {
            return NO_REF;
        }
        tool_set(ts, self, &t->a, NO_REF);
    }
    size_t n = (size_t)atomic_load_relaxed(&t->n);
    Ref again = list_get(ts, list_from(saved.v), n);
    if (!is_error(again)) {
        atomic_store_relaxed(&t->n, (int64_t)(n + 1 >= list_size(list_from(saved.v)) ? 0 : n + 1));
    }
    return again;
}

static Ref cycle_reduce(ThreadState *ts, Value self, const Value *args)
{
    Tool *t = tool_from(self);
    OWNED Ref it = tool_load(self, &t->a);
    OWNED Ref saved = tool_load(self, &t->b);
    if (is_error(it)) {
        it = object_iterate(ts, saved.v);
        if (is_error(it)) {
            return NO_REF;
        }
        Value place = small_int(t->n);
        OWNED Ref done =
            t->n == 0 ? REF_NONE : object_call_method_z(ts, it.v, "__setstate__", &place, 1);
        if (is_error(done)) {
            return NO_REF;
        }
        return tool_reduce(ts, self, tuple_pack(ts, 1, it.v),
                           tuple_pack(ts, 2, saved.v, VALUE_TRUE));
    }
    return tool_reduce(ts, self, tuple_pack(ts, 1, it.v),
                       tuple_pack(ts, 2, saved.v, bool_value(t->m != 0)));
}

static Ref cycle_set_state(ThreadState *ts, Value self, const Value *args)
{
    Value state = args[0];
    if (!value_is_tuple(state)) {
        return raise(ts, EXC_TypeError, "state is not a tuple");
    }
    int64_t first_pass;
    if (tuple_count(state) != 2 || !value_is_list(tuple_item(state, 0)) ||
        !value_is_index(tuple_item(state, 1))) {
        return raise(ts, EXC_TypeError, "invalid state");
    }
    if (index_get(ts, tuple_item(state, 1), &first_pass) == STATUS_ERROR) {
        return NO_REF;
    }
    tool_set(ts, self, &tool_from(self)->b, ref_new(tuple_item(state, 0)));
    tool_from(self)->m = first_pass != 0;
    tool_from(self)->n = 0;
    return REF_NONE;
}

static const NativeDef cycle_methods[] = {REDUCE_METHOD(cycle_reduce),
                                          SET_STATE_METHOD(cycle_set_state), NATIVE_END};
TOOL_SPEC(CYCLE, "cycle",
          "Return elements from the iterable until it is exhausted. Then repeat the sequence "
          "indefinitely.",
          cycle_next, cycle_make, cycle_methods);

// --- accumulate ----------------------------------------------------------------------------------

// a: the iterator; b: the function or None; c: the total, empty before the first; d: initial.

static Ref accumulate_make(CALL_PARAMETERS)
{
    static const char *const parameters[] = {"iterable", "func", "initial", NULL};
    Value bound[3];
    if (arguments_bind(ts, "accumulate", parameters, 0, 2, 1, args, count, names, bound) ==
        STATUS_ERROR) {
        return NO_REF;
    }
    Ref it = object_iterate(ts, bound[0]);
    if (is_error(it)) {
        return NO_REF;
    }
    Ref initial = is_no_value(bound[2]) || value_is_none(bound[2]) ? NO_REF : ref_new(bound[2]);
    return tool_new(ts, self, it, is_no_value(bound[1]) ? REF_NONE : ref_new(bound[1]), NO_REF,
                    initial);
}

static Ref accumulate_next(ThreadState *ts, Value self)
{
    Tool *t = tool_from(self);
    OWNED Ref initial = tool_load(self, &t->d);
    if (!is_error(initial)) {
        tool_set(ts, self, &t->d, NO_REF);
        tool_set(ts, self, &t->c, ref_new(initial.v));
        return ref_take(&initial);
    }
    OWNED Ref item = iterator_next(ts, tool_a(self));
    if (is_error(item)) {
        return NO_REF;
    }
    OWNED Ref total = tool_load(self, &t->c);
    if (is_error(total)) {
        tool_set(ts, self, &t->c, ref_new(item.v));
        return ref_take(&item);
    }
    OWNED Ref next = value_is_none(tool_b(self)) ? object_binary(ts, BIN_ADD, total.v, item.v)
                                                 : object_call2(ts, tool_b(self), total.v, item.v);
    if (is_error(next)) {
        return NO_REF;
    }
    tool_set(ts, self, &t->c, ref_new(next.v));
    return ref_take(&next);
}

static Ref accumulate_reduce(ThreadState *ts, Value self, const Value *args)
{
    Tool *t = tool_from(self);
    OWNED Ref initial = tool_load(self, &t->d);
    OWNED Ref total = tool_load(self, &t->c);
    if (!is_error(initial)) {
        OWNED Ref first = tuple_pack(ts, 1, initial.v);
        OWNED Ref chained = is_error(first) ? NO_REF
                                            : object_call2(ts, type_value(TYPE_OF_KIND(CHAIN)),
                                                           first.v, tool_a(self));
        return is_error(chained)
                   ? NO_REF
                   : tool_reduce(ts, self, tuple_pack(ts, 2, chained.v, tool_b(self)), REF_NONE);
    }
    if (!is_error(total) && value_is_none(total.v)) {
        // None as a state would mean "no total yet": start again from it, and skip it.
        OWNED Ref first = tuple_pack(ts, 1, total.v);
        OWNED Ref chained = is_error(first) ? NO_REF
                                            : object_call2(ts, type_value(TYPE_OF_KIND(CHAIN)),
                                                           first.v, tool_a(self));
        OWNED Ref again = is_error(chained) ? NO_REF
                                            : object_call2(ts, type_value(TYPE_OF_KIND(ACCUMULATE)),
                                                           chained.v, tool_b(self));
        OWNED Ref arguments =
            is_error(again) ? NO_REF : tuple_pack(ts, 3, again.v, small_int(1), VALUE_NONE);
        return is_error(arguments)
                   ? NO_REF
                   : tuple_pack(ts, 2, type_value(TYPE_OF_KIND(ISLICE)), arguments.v);
    }
    return tool_reduce(ts, self, tuple_pack(ts, 2, tool_a(self), tool_b(self)),
                       is_error(total) ? REF_NONE : ref_take(&total));
}

static Ref accumulate_set_state(ThreadState *ts, Value self, const Value *args)
{
    tool_set(ts, self, &tool_from(self)->c, value_is_none(args[0]) ? NO_REF : ref_new(args[0]));
    return REF_NONE;
}

static const NativeDef accumulate_methods[] = {REDUCE_METHOD(accumulate_reduce),
                                               SET_STATE_METHOD(accumulate_set_state), NATIVE_END};
TOOL_SPEC(ACCUMULATE, "accumulate",
          "Return series of accumulated sums (or other binary function results).", accumulate_next,
          accumulate_make, accumulate_methods);

// --- compress: a: data; b: selectors -------------------------------------------------------------

static Ref compress_make(CALL_PARAMETERS)
{
    static const char *const parameters[] = {"data", "selectors", NULL};
    Value bound[2];
    if (arguments_bind(ts, "compress", parameters, 0, 2, 2, args, count, names, bound) ==
        STATUS_ERROR) {
        return NO_REF;
    }
    OWNED Ref data = object_iterate(ts, bound[0]);
    OWNED Ref selectors = is_error(data) ? NO_REF : object_iterate(ts, bound[1]);
    return is_error(selectors)
               ? NO_REF
               : tool_new(ts, self, ref_take(&data), ref_take(&selectors), NO_REF, NO_REF);
}

static Ref compress_next(ThreadState *ts, Value self)
{
    for (;;) {
        OWNED Ref item = iterator_next(ts, tool_a(self));
        OWNED Ref selector = is_error(item) ? NO_REF : iterator_next(ts, tool_b(self));
        if (is_error(selector)) {
            return NO_REF;
        }
        Truth keep = object_is_true(ts, selector.v);
        if (keep != TRUTH_FALSE) {
            return keep == TRUTH_TRUE ? ref_take(&item) : NO_REF;
        }
    }
}

static const NativeDef pair_methods[] = {REDUCE_METHOD(reduce_two), NATIVE_END};
TOOL_SPEC(COMPRESS, "compress",
          "Return data elements corresponding to true selector elements.\n\n"
          "Forms a shorter iterator from selected data elements using the selectors to\n"
          "choose the data elements.",
          compress_next, compress_make, pair_methods);

// --- dropwhile, takewhile, filterfalse, starmap --------------------------------------------------

// a: the function; b: the iterator; n: dropped / stopped.

static Ref dropwhile_make(CALL_PARAMETERS)
{
    return make_with_function(ts, self, KIND_DROPWHILE, "dropwhile", args, count, names);
}
static Ref dropwhile_next(ThreadState *ts, Value self)
{
    Tool *t = tool_from(self);
    for (;;) {
        OWNED Ref item = iterator_next(ts, tool_b(self));
        if (is_error(item) || atomic_load_relaxed(&t->n) != 0) {
            return ref_take(&item);
        }
        Truth drop = ask(ts, tool_a(self), item.v);
        if (drop != TRUTH_TRUE) {
            atomic_store_relaxed(&t->n, (int64_t)(drop == TRUTH_FALSE));
            return drop == TRUTH_FALSE ? ref_take(&item) : NO_REF;
        }
    }
}

static Ref takewhile_make(CALL_PARAMETERS)
{
    return make_with_function(ts, self, KIND_TAKEWHILE, "takewhile", args, count, names);
}
static Ref takewhile_next(ThreadState *ts, Value self)
{
    Tool *t = tool_from(self);
    if (atomic_load_relaxed(&t->n) != 0) {
        return NO_REF;
    }
    OWNED Ref item = iterator_next(ts, tool_b(self));
    Truth take = is_error(item) ? TRUTH_ERROR : ask(ts, tool_a(self), item.v);
    if (take == TRUTH_FALSE) {
        atomic_store_relaxed(&t->n, (int64_t)1);
    }
    return take == TRUTH_TRUE ? ref_take(&item) : NO_REF;
}

static Ref while_reduce(ThreadState *ts, Value self, const Value *args)
{
    return tool_reduce(ts, self, tuple_pack(ts, 2, tool_a(self), tool_b(self)),
                       REF_OF(small_int(tool_from(self)->n)));
}
static Ref while_set_state(ThreadState *ts, Value self, const Value *args)
{
    Truth state = object_is_true(ts, args[0]);
    if (state == TRUTH_ERROR) {
        return NO_REF;
    }
    atomic_store_relaxed(&tool_from(self)->n, (int64_t)state);
    return REF_NONE;
}
static const NativeDef while_methods[] = {REDUCE_METHOD(while_reduce),
                                          SET_STATE_METHOD(while_set_state), NATIVE_END};
TOOL_SPEC(DROPWHILE, "dropwhile",
          "Drop items from the iterable while predicate(item) is true.\n\n"
          "Afterwards, return every element until the iterable is exhausted.",
          dropwhile_next, dropwhile_make, while_methods);
TOOL_SPEC(TAKEWHILE, "takewhile",
          "Return successive entries from an iterable as long as the predicate evaluates to true "
          "for each entry.",
          takewhile_next, takewhile_make, while_methods);

static Ref filterfalse_make(CALL_PARAMETERS)
{
    return make_with_function(ts, self, KIND_FILTERFALSE, "filterfalse", args, count, names);
}
static Ref filterfalse_next(ThreadState *ts, Value self)
{
    Value function = tool_a(self);
    bool by_truth = value_is_none(function) || function.bits == type_value(TYPE_OF_KIND(BOOL)).bits;
    for (;;) {
        OWNED Ref item = iterator_next(ts, tool_b(self));
        if (is_error(item)) {
            return NO_REF;
        }
        Truth drop = by_truth ? object_is_true(ts, item.v) : ask(ts, function, item.v);
        if (drop != TRUTH_TRUE) {
            return drop == TRUTH_FALSE ? ref_take(&item) : NO_REF;
        }
    }
}
TOOL_SPEC(FILTERFALSE, "filterfalse",
          "Return those items of iterable for which function(item) is false.\n\n"
          "If function is None, return the items that are false.",
          filterfalse_next, filterfalse_make, pair_methods);

static Ref starmap_make(CALL_PARAMETERS)
{
    return make_with_function(ts, self, KIND_STARMAP, "starmap", args, count, names);
}
static Ref starmap_next(ThreadState *ts, Value self)
{
    OWNED Ref item = iterator_next(ts, tool_b(self));
    if (is_error(item)) {
        return NO_REF;
    }
    OWNED Ref arguments =
        value_is_exactly(item.v, KIND_TUPLE) ? ref_new(item.v) : sequence_tuple(ts, item.v);
    if (is_error(arguments)) {
        return NO_REF;
    }
    return object_call(ts, tool_a(self),
                       (const Value *)(const void *)tuple_from(arguments.v)->items,
                       tuple_count(arguments.v), NO_VALUE);
}
TOOL_SPEC(STARMAP, "starmap",
          "What the function returns for each item of the iterable, taken as its arguments.",
          starmap_next, starmap_make, pair_methods);

// --- islice --------------------------------------------------------------------------------------

// a: the iterator, empty at the end; n: items taken; m: the next to give;
// k: stop (-1: none); b: step.

#define ISLICE_INDICES "Indices for islice() must be None or an integer: 0 <= x <= sys.maxsize."
#define ISLICE_STOP    "Stop argument for islice() must be None or an integer: 0 <= x <= sys.maxsize."

// False: no index, or the number -1, for which CPython takes it.
static bool read_bound(ThreadState *ts, Value v, int64_t otherwise, int64_t *out)
{
    *out = otherwise;
    if (is_no_value(v) || value_is_none(v)) {
        return true;
    }
    if (!value_is_index(v) || index_get(ts, v, out) == STATUS_ERROR || *out == -1) {
        exception_clear(ts);
        return false;
    }
    return true;
}

static Ref islice_make(CALL_PARAMETERS)
{
    if (arguments_no_keywords_to_make(ts, self, KIND_ISLICE, "islice", names) == STATUS_ERROR ||
        arguments_count(ts, "islice", count, 2, 4) == STATUS_ERROR) {
        return NO_REF;
    }
    int64_t start = 0, stop, step = 1;
    if (!read_bound(ts, count == 2 ? args[1] : args[2], -1, &stop)) {
        return raise(ts, EXC_ValueError, ISLICE_STOP);
    }
    if ((count > 2 && !read_bound(ts, args[1], 0, &start)) || start < 0 || stop < -1) {
        return raise(ts, EXC_ValueError, ISLICE_INDICES);
    }
    if (count > 3 && (!read_bound(ts, args[3], 1, &step) || step < 1)) {
        return raise(ts, EXC_ValueError, "Step for islice() must be a positive integer or None.");
    }
    Ref it = object_iterate(ts, args[0]);
    Ref tool = is_error(it) ? NO_REF
                            : tool_new(ts, self, it, REF_OF(small_int(MIN_OF(step, SMALL_INT_MAX))),
                                       NO_REF, NO_REF);
    if (!is_error(tool)) {
        tool_from(tool.v)->m = start;
        tool_from(tool.v)->k = stop;
    }
    return tool;
}

static Ref islice_step(ThreadState *ts, Value self, Value it)
{
    Tool *t = tool_from(self);
    int64_t taken = atomic_load_relaxed(&t->n), next = atomic_load_relaxed(&t->m), stop = t->k;
    NextFunction step = next_of(it);
    while (taken < next && (stop < 0 || taken < stop)) {
        OWNED Ref skipped = iterator_step(ts, it, step);
        if (is_error(skipped)) {
            return NO_REF;
        }
        taken++;
    }
    atomic_store_relaxed(&t->n, taken);
    if (stop >= 0 && taken >= stop) {
        return NO_REF;
    }
    Ref item = iterator_step(ts, it, step);
    if (is_error(item)) {
        return NO_REF;
    }
    atomic_store_relaxed(&t->n, taken + 1);
    int64_t after;
    if (__builtin_add_overflow(next, small_int_get(tool_b(self)), &after) ||
        (stop >= 0 && after > stop)) {
        after = stop >= 0 ? stop : INT64_MAX;
    }
    atomic_store_relaxed(&t->m, after);
    return item;
}

static Ref islice_next(ThreadState *ts, Value self)
{
    OWNED Ref it = tool_load(self, &tool_from(self)->a);
    if (is_error(it)) {
        return NO_REF;
    }
    Ref item = islice_step(ts, self, it.v);
    if (is_error(item)) {
        tool_set(ts, self, &tool_from(self)->a, NO_REF);
    }
    return item;
}

static Ref islice_reduce(ThreadState *ts, Value self, const Value *args)
{
    Tool *t = tool_from(self);
    OWNED Ref it = tool_load(self, &t->a);
    if (is_error(it)) {
        OWNED Ref empty = list_new(ts, 0);
        OWNED Ref none = is_error(empty) ? NO_REF : object_iterate(ts, empty.v);
        return is_error(none) ? NO_REF
                              : tool_reduce(ts, self, tuple_pack(ts, 2, none.v, small_int(0)),
                                            REF_OF(small_int(0)));
    }
    Value stop = t->k < 0 ? VALUE_NONE : small_int(t->k);
    return tool_reduce(ts, self, tuple_pack(ts, 4, it.v, small_int(t->m), stop, tool_b(self)),
                       REF_OF(small_int(t->n)));
}
static Ref islice_set_state(ThreadState *ts, Value self, const Value *args)
{
    int64_t taken;
    if (index_get(ts, args[0], &taken) == STATUS_ERROR) {
        return NO_REF;
    }
    tool_from(self)->n = taken;
    return REF_NONE;
}
static const NativeDef islice_methods[] = {REDUCE_METHOD(islice_reduce),
                                           SET_STATE_METHOD(islice_set_state), NATIVE_END};
TOOL_SPEC(ISLICE, "islice",
          "islice(iterable, stop) --> islice object\nislice(iterable, start, stop[, step]) --> "
          "islice object\n\n"
          "Return an iterator whose next() method returns selected values from an\n"
          "iterable.  If start is specified, will skip all preceding elements;\n"
          "otherwise, start defaults to zero.  Step defaults to one.  If\n"
          "specified as another value, step determines how many values are\n"
          "skipped between successive calls.  Works like a slice() on a list\n"
          "but returns an iterator.",
          islice_next, islice_make, islice_methods);

// --- pairwise: a: the iterator, empty at the end; b: the item before -----------------------------

static Ref pairwise_make(CALL_PARAMETERS)
{
    if (arguments_no_keywords_to_make(ts, self, KIND_PAIRWISE, "pairwise", names) == STATUS_ERROR ||
        arguments_count(ts, "pairwise", count, 1, 1) == STATUS_ERROR) {
        return NO_REF;
    }
    Ref it = object_iterate(ts, args[0]);
    return is_error(it) ? NO_REF : tool_new(ts, self, it, NO_REF, NO_REF, NO_REF);
}

static Ref pairwise_next(ThreadState *ts, Value self)
{
    Tool *t = tool_from(self);
    OWNED Ref it = tool_load(self, &t->a);
    if (is_error(it)) {
        return NO_REF;
    }
    OWNED Ref before = tool_load(self, &t->b);
    if (is_error(before)) {
        before = iterator_next(ts, it.v);
        if (!is_error(before)) {
            tool_set(ts, self, &t->b, ref_new(before.v));
        }
        OWNED Ref still = tool_load(self, &t->a); // the call may have exhausted us
        if (is_error(before) || is_error(still)) {
            tool_set(ts, self, &t->a, NO_REF);
            return NO_REF;
        }
    }
    OWNED Ref now = iterator_next(ts, it.v);
    if (is_error(now)) {
        tool_set(ts, self, &t->a, NO_REF);
        tool_set(ts, self, &t->b, NO_REF);
        return NO_REF;
    }
    tool_set(ts, self, &t->b, ref_new(now.v));
    return tuple_pack(ts, 2, before.v, now.v);
}
static const NativeDef no_methods[] = {NATIVE_END};
TOOL_SPEC(PAIRWISE, "pairwise",
          "Return an iterator of overlapping pairs taken from the input iterator.\n\n"
          "    s -> (s0,s1), (s1,s2), (s2, s3), ...",
          pairwise_next, pairwise_make, no_methods);

// --- The module ----------------------------------------------------------------------------------

static const NativeDef functions[] = {
    NATIVE("tee", itertools_tee, "($module, iterable, n=2, /)",
           "Returns a tuple of n independent iterators."),
    NATIVE_END,
};

static Status setup(ThreadState *ts, Value module)
{
    static const Kind kinds[] = {
        KIND_COUNT_ITERATOR, KIND_CYCLE,        KIND_REPEAT,
        KIND_ACCUMULATE,     KIND_CHAIN,        KIND_COMPRESS,
        KIND_DROPWHILE,      KIND_FILTERFALSE,  KIND_GROUPBY,
        KIND_GROUPER,        KIND_ISLICE,       KIND_PAIRWISE,
        KIND_STARMAP,        KIND_TAKEWHILE,    KIND_TEE,
        KIND_TEE_DATA,       KIND_ZIP_LONGEST,  KIND_PRODUCT,
        KIND_PERMUTATIONS,   KIND_COMBINATIONS, KIND_COMBINATIONS_WITH_REPLACEMENT,
    };
    for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++) {
        if (module_add_type(ts, module, kinds[i]) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    return STATUS_OK;
}

extern const ModuleSpec module_itertools;
const ModuleSpec module_itertools = {
    .name = "itertools",
    .doc = "Functional tools for creating and using iterators.",
    .functions = functions,
    .setup = setup,
};
