// core/modules/itertools_many.c: itertools that take several iterables or give several: chain,
// zip_longest, groupby, tee.
#include "core/modules/itertools.h"

// --- chain: a: iterator over the iterables, empty at the end; b: the one being walked ------------

static Ref chain_over(ThreadState *ts, Value type, Value iterables)
{
    Ref it = object_iterate(ts, iterables);
    return is_error(it) ? NO_REF : tool_new(ts, type, it, NO_REF, NO_REF, NO_REF);
}

static Ref chain_make(CALL_PARAMETERS)
{
    if (arguments_no_keywords_to_make(ts, self, KIND_CHAIN, "chain", names) == STATUS_ERROR) {
        return NO_REF;
    }
    OWNED Ref iterables = tuple_from_values(ts, args, count);
    return is_error(iterables) ? NO_REF : chain_over(ts, self, iterables.v);
}

static Ref chain_from_iterable(ThreadState *ts, Value self, const Value *args)
{
    return chain_over(ts, self, args[0]);
}

static Ref chain_next(ThreadState *ts, Value self)
{
    Tool *t = tool_from(self);
    for (;;) {
        OWNED Ref active = tool_load(self, &t->b);
        if (!is_error(active)) {
            Ref item = iterator_next(ts, active.v);
            if (!is_error(item) || has_exception(ts)) {
                return item;
            }
            tool_set(ts, self, &t->b, NO_REF);
        }
        OWNED Ref source = tool_load(self, &t->a);
        if (is_error(source)) {
            return NO_REF;
        }
        OWNED Ref iterable = iterator_next(ts, source.v);
        Ref it = is_error(iterable) ? NO_REF : object_iterate(ts, iterable.v);
        if (is_error(it)) {
            tool_set(ts, self, &t->a, NO_REF);
            return NO_REF;
        }
        tool_set(ts, self, &t->b, it);
    }
}

static Ref chain_reduce(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref source = tool_load(self, &tool_from(self)->a);
    OWNED Ref active = tool_load(self, &tool_from(self)->b);
    if (is_error(source)) {
        return tool_reduce(ts, self, tuple_empty(), NO_REF);
    }
    return tool_reduce(ts, self, tuple_empty(),
                       is_error(active) ? tuple_pack(ts, 1, source.v)
                                        : tuple_pack(ts, 2, source.v, active.v));
}

static Ref chain_set_state(ThreadState *ts, Value self, const Value *args)
{
    Value state = args[0];
    if (!value_is_tuple(state)) {
        return raise(ts, EXC_TypeError, "state is not a tuple");
    }
    size_t count = tuple_count(state);
    if (count < 1 || count > 2) {
        return raise(ts, EXC_TypeError, "function takes at least 1 argument (%zu given)", count);
    }
    for (size_t i = 0; i < count; i++) {
        if (type_of(tuple_item(state, i))->slots.next == NULL) {
            return raise(ts, EXC_TypeError, "Arguments must be iterators.");
        }
    }
    tool_set(ts, self, &tool_from(self)->a, ref_new(tuple_item(state, 0)));
    tool_set(ts, self, &tool_from(self)->b, count == 2 ? ref_new(tuple_item(state, 1)) : NO_REF);
    return REF_NONE;
}

static const NativeDef chain_methods[] = {
    NATIVE_CLASS(
        "from_iterable", chain_from_iterable, "($type, iterable, /)",
        "Alternative chain() constructor taking a single iterable argument that evaluates lazily."),
    REDUCE_METHOD(chain_reduce),
    SET_STATE_METHOD(chain_set_state),
    NATIVE_CLASS_GETITEM,
    NATIVE_END,
};
TOOL_SPEC(CHAIN, "chain",
          "chain(*iterables) --> chain object\n\n"
          "The items of the first iterable, then those of the second, and so on.",
          chain_next, chain_make, chain_methods);

// --- zip_longest ---------------------------------------------------------------------------------

// a: list of iterators, None for exhausted ones; b: the fill value; n: iterators still going.

static Ref longest_make(CALL_PARAMETERS)
{
    Value fill = VALUE_NONE;
    size_t named = is_no_value(names) ? 0 : tuple_count(names);
    for (size_t i = 0; i < named; i++) {
        if (!str_equal_z(tuple_item(names, i), "fillvalue")) {
            return raise(ts, EXC_TypeError, "zip_longest() got an unexpected keyword argument");
        }
        fill = args[count + i];
    }
    OWNED Ref iterators = list_new(ts, count);
    for (size_t i = 0; i < count && !is_error(iterators); i++) {
        Ref it = object_iterate(ts, args[i]);
        if (is_error(it) || list_append_ref(ts, list_from(iterators.v), it) == STATUS_ERROR) {
            return NO_REF;
        }
    }
    Ref tool = is_error(iterators)
                   ? NO_REF
                   : tool_new(ts, self, ref_take(&iterators), ref_new(fill), NO_REF, NO_REF);
    if (!is_error(tool)) {
        tool_from(tool.v)->n = (int64_t)count;
    }
    return tool;
}

static Ref longest_next(ThreadState *ts, Value self)
{
    Tool *t = tool_from(self);
    List *iterators = list_from(tool_a(self));
    size_t count = list_size(iterators);
    if (count == 0 || atomic_load_relaxed(&t->n) == 0) {
        return NO_REF;
    }
    OWNED Ref fill = tool_load(self, &t->b);
    OWNED Ref items = tuple_new(ts, count);
    for (size_t i = 0; i < count && !is_error(items); i++) {
        OWNED Ref it = list_get(ts, iterators, i);
        OWNED Ref item = value_is_none(it.v) ? NO_REF : iterator_next(ts, it.v);
        if (is_error(item)) {
            if (has_exception(ts)) {
                atomic_store_relaxed(&t->n, (int64_t)0);
                return NO_REF;
            }
            if (!value_is_none(it.v)) {
                int64_t left = atomic_load_relaxed(&t->n) - 1;
                atomic_store_relaxed(&t->n, left);
                if (left <= 0 || list_set(ts, iterators, i, REF_NONE) == STATUS_ERROR) {
                    return NO_REF;
                }
            }
            item = ref_new(fill.v);
        }
        tuple_init_item(items.v, i, ref_take(&item));
    }
    return is_error(items) ? NO_REF : tuple_finish(ts, ref_take(&items));
}

static Ref longest_reduce(ThreadState *ts, Value self, const Value *args)
{
    List *iterators = list_from(tool_a(self));
    size_t count = list_size(iterators);
    OWNED Ref arguments = tuple_new(ts, count);
    for (size_t i = 0; i < count && !is_error(arguments); i++) {
        OWNED Ref it = list_get(ts, iterators, i);
        tuple_init_item(arguments.v, i, value_is_none(it.v) ? tuple_empty() : ref_take(&it));
    }
    return is_error(arguments) ? NO_REF
                               : tool_reduce(ts, self, tuple_finish(ts, ref_take(&arguments)),
                                             tool_load(self, &tool_from(self)->b));
}
static Ref longest_set_state(ThreadState *ts, Value self, const Value *args)
{
    tool_set(ts, self, &tool_from(self)->b, ref_new(args[0]));
    return REF_NONE;
}
static const NativeDef longest_methods[] = {REDUCE_METHOD(longest_reduce),
                                            SET_STATE_METHOD(longest_set_state), NATIVE_END};
TOOL_SPEC(ZIP_LONGEST, "zip_longest",
          "zip_longest(iter1 [,iter2 [...]], [fillvalue=None]) --> zip_longest object\n\n"
          "Return a zip_longest object whose .__next__() method returns a tuple where\n"
          "the i-th element comes from the i-th iterable argument.  The .__next__()\n"
          "method continues until the longest iterable in the argument sequence\n"
          "is exhausted and then it raises StopIteration.  When the shorter iterables\n"
          "are exhausted, the fillvalue is substituted in their place.  The fillvalue\n"
          "defaults to None or can be specified by a keyword argument.\n",
          longest_next, longest_make, longest_methods);

// --- groupby -------------------------------------------------------------------------------------

// c, d and `target` are empty before the first item; `current` is the grouper handed out last (its
// address only is compared).
typedef struct GroupBy {
    Tool tool;         // a: iterator; b: key function or None; c: item; d: its key
    SharedRef target;  // key of the group being walked
    uintptr_t current; // atomic
} GroupBy;

static GroupBy *group_by_from(Value v) { return (GroupBy *)value_head(v); }

static void group_by_finish(ThreadState *ts, ObjectHead *o)
{
    shared_ref_clear(&((GroupBy *)o)->target);
    tool_finish(ts, o);
}
static void group_by_traverse(ObjectHead *o, Visitor visit, void *context)
{
    visit_place(&((GroupBy *)o)->target, visit, context);
    tool_traverse(o, visit, context);
}

static Ref group_by_make(CALL_PARAMETERS)
{
    static const char *const parameters[] = {"iterable", "key", NULL};
    Value bound[2];
    if (arguments_bind(ts, "groupby", parameters, 0, 2, 1, args, count, names, bound) ==
        STATUS_ERROR) {
        return NO_REF;
    }
    Ref it = object_iterate(ts, bound[0]);
    Ref tool = is_error(it)
                   ? NO_REF
                   : tool_new(ts, self, it, is_no_value(bound[1]) ? REF_NONE : ref_new(bound[1]),
                              NO_REF, NO_REF);
    if (!is_error(tool)) {
        shared_ref_init(&group_by_from(tool.v)->target, NO_REF);
        group_by_from(tool.v)->current = 0;
    }
    return tool;
}

// Reads the next item and its key. False: exhausted or an error.
static bool group_by_read(ThreadState *ts, Value self)
{
    Tool *t = tool_from(self);
    OWNED Ref item = iterator_next(ts, tool_a(self));
    if (is_error(item)) {
        return false;
    }
    OWNED Ref key =
        value_is_none(tool_b(self)) ? ref_new(item.v) : object_call1(ts, tool_b(self), item.v);
    if (is_error(key)) {
        return false;
    }
    tool_set(ts, self, &t->c, ref_take(&item));
    tool_set(ts, self, &t->d, ref_take(&key));
    return true;
}

// The grouper of a: the groupby; b: the key of its group.
static Ref group_by_next(ThreadState *ts, Value self)
{
    Tool *t = tool_from(self);
    GroupBy *g = group_by_from(self);
    atomic_store_relaxed(&g->current, (uintptr_t)0);
    for (;;) {
        OWNED Ref key = tool_load(self, &t->d);
        OWNED Ref target = tool_load(self, &g->target);
        if (!is_error(key)) {
            if (is_error(target)) {
                break;
            }
            Truth same = object_equal(ts, target.v, key.v);
            if (same == TRUTH_ERROR) {
                return NO_REF;
            }
            if (same == TRUTH_FALSE) {
                break;
            }
        }
        if (!group_by_read(ts, self)) {
            return NO_REF;
        }
    }
    OWNED Ref key = tool_load(self, &t->d);
    tool_set(ts, self, &g->target, ref_new(key.v));
    OWNED Ref grouper = tool_new(ts, type_value(TYPE_OF_KIND(GROUPER)), ref_new(self),
                                 ref_new(key.v), NO_REF, NO_REF);
    if (is_error(grouper)) {
        return NO_REF;
    }
    atomic_store_relaxed(&g->current, grouper.v.bits);
    return tuple_pack(ts, 2, key.v, grouper.v);
}

static Ref grouper_next(ThreadState *ts, Value self)
{
    Value parent = tool_a(self);
    Tool *t = tool_from(parent);
    if (atomic_load_relaxed(&group_by_from(parent)->current) != self.bits) {
        return NO_REF;
    }
    OWNED Ref item = tool_load(parent, &t->c);
    if (is_error(item)) {
        if (!group_by_read(ts, parent)) {
            return NO_REF;
        }
        item = tool_load(parent, &t->c);
    }
    OWNED Ref key = tool_load(parent, &t->d);
    if (is_error(item) || is_error(key)) {
        return NO_REF;
    }
    Truth same = object_equal(ts, tool_b(self), key.v);
    if (same != TRUTH_TRUE) {
        return NO_REF;
    }
    tool_set(ts, parent, &t->c, NO_REF);
    return ref_take(&item);
}

static Ref group_by_reduce(ThreadState *ts, Value self, const Value *args)
{
    Tool *t = tool_from(self);
    OWNED Ref item = tool_load(self, &t->c);
    OWNED Ref key = tool_load(self, &t->d);
    OWNED Ref target = tool_load(self, &group_by_from(self)->target);
    bool has_state = !is_error(item) && !is_error(key) && !is_error(target);
    return tool_reduce(ts, self, tuple_pack(ts, 2, tool_a(self), tool_b(self)),
                       has_state ? tuple_pack(ts, 3, item.v, target.v, key.v) : NO_REF);
}
static Ref group_by_set_state(ThreadState *ts, Value self, const Value *args)
{
    Value state = args[0];
    if (!value_is_tuple(state) || tuple_count(state) != 3) {
        return raise(ts, EXC_TypeError, "state is not a tuple");
    }
    tool_set(ts, self, &tool_from(self)->c, ref_new(tuple_item(state, 0)));
    tool_set(ts, self, &group_by_from(self)->target, ref_new(tuple_item(state, 1)));
    tool_set(ts, self, &tool_from(self)->d, ref_new(tuple_item(state, 2)));
    return REF_NONE;
}
static const NativeDef group_by_methods[] = {REDUCE_METHOD(group_by_reduce),
                                             SET_STATE_METHOD(group_by_set_state), NATIVE_END};
const TypeSpec spec_GROUPBY = {
    .name = "itertools.groupby",
    .doc = "groupby(iterable, key=None)\n\n"
           "Pairs of a key and an iterator over the items in a row that have it. The key of an "
           "item is what the function returns for it; None: the item itself.",
    .base = KIND_OBJECT,
    .size = sizeof(GroupBy),
    .flags = TYPE_SUBCLASSABLE | TYPE_COLLECTED,
    .slots = {.finish = group_by_finish,
              .traverse = group_by_traverse,
              .iterate = object_itself,
              .next = group_by_next,
              .make = group_by_make},
    .methods = group_by_methods,
};

static Ref grouper_make(CALL_PARAMETERS)
{
    if (arguments_positional(ts, "_grouper", count, names, 2, 2) == STATUS_ERROR) {
        return NO_REF;
    }
    if (!value_is_kind(args[0], KIND_GROUPBY)) {
        return raise(ts, EXC_TypeError, "_grouper() argument 1 must be itertools.groupby, not %T",
                     args[0]);
    }
    Ref grouper = tool_new(ts, self, ref_new(args[0]), ref_new(args[1]), NO_REF, NO_REF);
    if (!is_error(grouper)) {
        atomic_store_relaxed(&group_by_from(args[0])->current, grouper.v.bits);
    }
    return grouper;
}
static Ref grouper_reduce(ThreadState *ts, Value self, const Value *args)
{
    if (atomic_load_relaxed(&group_by_from(tool_a(self))->current) != self.bits) {
        return reduce_through_builtin(ts, "iter", tuple_empty(), NO_VALUE);
    }
    return tool_reduce(ts, self, tuple_pack(ts, 2, tool_a(self), tool_b(self)), NO_REF);
}
static const NativeDef grouper_methods[] = {REDUCE_METHOD(grouper_reduce), NATIVE_END};
const TypeSpec spec_GROUPER = {
    .name = "itertools._grouper",
    .base = KIND_OBJECT,
    .size = sizeof(Tool),
    .flags = TYPE_COLLECTED,
    .slots = {.finish = tool_finish,
              .traverse = tool_traverse,
              .iterate = object_itself,
              .next = grouper_next,
              .make = grouper_make},
    .methods = grouper_methods,
};

// --- tee -----------------------------------------------------------------------------------------

enum { TEE_VALUES = 57 };

// A stretch of what was read: a: the iterator; b: a list of up to TEE_VALUES items; c: the next
// stretch; n: is being read. A tee: a: its stretch; n: its place there.

static Ref new_tee_data(ThreadState *ts, Ref it)
{
    Ref values = list_new(ts, 0);
    if (is_error(values)) {
        ref_drop(&it);
        return NO_REF;
    }
    return tool_new(ts, type_value(TYPE_OF_KIND(TEE_DATA)), it, values, NO_REF, NO_REF);
}

static Ref tee_data_item(ThreadState *ts, Value data, size_t i)
{
    Tool *t = tool_from(data);
    List *values = list_from(tool_b(data));
    Ref item = list_get(ts, values, i);
    if (!is_error(item)) {
        return item;
    }
    int64_t free = 0;
    if (!atomic_cas_acquire(&t->n, &free, (int64_t)1)) {
        return raise(ts, EXC_RuntimeError, "cannot re-enter the tee iterator");
    }
    item = list_get(ts, values, i); // another thread may have read it
    if (is_error(item)) {
        item = iterator_next(ts, tool_a(data));
        if (!is_error(item) && list_append(ts, values, item.v) == STATUS_ERROR) {
            ref_drop(&item);
        }
    }
    atomic_store_release(&t->n, (int64_t)0);
    return item;
}

static Ref next_stretch(ThreadState *ts, Value data)
{
    Tool *t = tool_from(data);
    OWNED Ref next = tool_load(data, &t->c);
    if (!is_error(next)) {
        return ref_take(&next);
    }
    OWNED Ref fresh = new_tee_data(ts, ref_new(tool_a(data)));
    if (is_error(fresh)) {
        return NO_REF;
    }
    CRITICAL_SECTION(ts, &t->head)
    {
        if (shared_ref_peek(&t->c).bits == 0) {
            Ref none = shared_ref_swap(&t->c, ref_new(fresh.v));
            next = ref_take(&fresh);
            (void)none;
        } else {
            next = place_get(&t->c);
        }
    }
    return ref_take(&next);
}

static Ref tee_next(ThreadState *ts, Value self)
{
    Tool *t = tool_from(self);
    OWNED Ref data = tool_load(self, &t->a);
    if (atomic_load_relaxed(&t->n) >= TEE_VALUES) {
        Ref next = next_stretch(ts, data.v);
        if (is_error(next)) {
            return NO_REF;
        }
        ref_set(&data, next);
        tool_set(ts, self, &t->a, ref_new(data.v));
        atomic_store_relaxed(&t->n, (int64_t)0);
    }
    int64_t i = atomic_load_relaxed(&t->n);
    Ref item = tee_data_item(ts, data.v, (size_t)i);
    if (!is_error(item)) {
        atomic_store_relaxed(&t->n, i + 1);
    }
    return item;
}

static Ref copy_tee(ThreadState *ts, Value tee)
{
    Ref copy = tool_new(ts, type_value(TYPE_OF_KIND(TEE)), tool_load(tee, &tool_from(tee)->a),
                        NO_REF, NO_REF, NO_REF);
    if (!is_error(copy)) {
        tool_from(copy.v)->n = atomic_load_relaxed(&tool_from(tee)->n);
    }
    return copy;
}

// A tee over any iterable; a tee is copied.
static Ref tee_over(ThreadState *ts, Value iterable)
{
    OWNED Ref it = object_iterate(ts, iterable);
    if (is_error(it)) {
        return NO_REF;
    }
    if (value_is_kind(it.v, KIND_TEE)) {
        return copy_tee(ts, it.v);
    }
    Ref data = new_tee_data(ts, ref_take(&it));
    return is_error(data)
               ? NO_REF
               : tool_new(ts, type_value(TYPE_OF_KIND(TEE)), data, NO_REF, NO_REF, NO_REF);
}

static Ref tee_make(CALL_PARAMETERS)
{
    return arguments_positional(ts, "_tee", count, names, 1, 1) == STATUS_ERROR
               ? NO_REF
               : tee_over(ts, args[0]);
}

Ref itertools_tee(ThreadState *ts, Value self, const Value *args)
{
    int64_t n = 2;
    if (!is_no_value(args[1]) && index_get(ts, args[1], &n) == STATUS_ERROR) {
        return NO_REF;
    }
    if (n < 0) {
        return raise(ts, EXC_ValueError, "n must be >= 0");
    }
    OWNED Ref result = tuple_new(ts, (size_t)n);
    if (is_error(result) || n == 0) {
        return ref_take(&result);
    }
    OWNED Ref it = object_iterate(ts, args[0]);
    OWNED Ref copier = NO_REF;
    Lookup can_copy =
        is_error(it) ? LOOKUP_ERROR : object_lookup_attribute(ts, it.v, NAME(__copy__), &copier);
    if (can_copy == LOOKUP_ERROR) {
        return NO_REF;
    }
    OWNED Ref first = can_copy == LOOKUP_FOUND ? ref_take(&it) : tee_over(ts, it.v);
    for (int64_t i = 0; i < n && !is_error(first); i++) {
        Ref one =
            i == 0 ? ref_new(first.v) : object_call_method(ts, first.v, NAME(__copy__), NULL, 0);
        if (is_error(one)) {
            return NO_REF;
        }
        tuple_init_item(result.v, (size_t)i, one);
    }
    return is_error(first) ? NO_REF : tuple_finish(ts, ref_take(&result));
}

static Ref tee_copy(ThreadState *ts, Value self, const Value *args) { return copy_tee(ts, self); }
static Ref tee_reduce(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref data = tool_load(self, &tool_from(self)->a);
    OWNED Ref empty = tuple_empty();
    return tool_reduce(ts, self, tuple_pack(ts, 1, empty.v),
                       tuple_pack(ts, 2, data.v, small_int(tool_from(self)->n)));
}
static Ref tee_set_state(ThreadState *ts, Value self, const Value *args)
{
    Value state = args[0];
    int64_t place;
    if (!value_is_tuple(state)) {
        return raise(ts, EXC_TypeError, "state is not a tuple");
    }
    if (tuple_count(state) != 2 || !value_is_kind(tuple_item(state, 0), KIND_TEE_DATA)) {
        return raise(ts, EXC_TypeError, "invalid state");
    }
    if (index_get(ts, tuple_item(state, 1), &place) == STATUS_ERROR) {
        return NO_REF;
    }
    if (place < 0 || place > TEE_VALUES) {
        return raise(ts, EXC_ValueError, "Index out of range");
    }
    tool_set(ts, self, &tool_from(self)->a, ref_new(tuple_item(state, 0)));
    atomic_store_relaxed(&tool_from(self)->n, place);
    return REF_NONE;
}
static const NativeDef tee_methods[] = {
    NATIVE("__copy__", tee_copy, "($self, /)", "Returns an independent iterator."),
    REDUCE_METHOD(tee_reduce),
    SET_STATE_METHOD(tee_set_state),
    NATIVE_END,
};
const TypeSpec spec_TEE = {
    .name = "itertools._tee",
    .doc = "Iterator wrapped to make it copyable.",
    .base = KIND_OBJECT,
    .size = sizeof(Tool),
    .flags = TYPE_COLLECTED | TYPE_WEAK_REFERENCEABLE,
    .slots = {.finish = tool_finish,
              .traverse = tool_traverse,
              .iterate = object_itself,
              .next = tee_next,
              .make = tee_make},
    .methods = tee_methods,
};

static Ref tee_data_make(CALL_PARAMETERS)
{
    if (arguments_positional(ts, "_tee_dataobject", count, names, 3, 3) == STATUS_ERROR) {
        return NO_REF;
    }
    if (!value_is_list(args[1]) || list_size(list_from(args[1])) > TEE_VALUES) {
        return raise(ts, EXC_ValueError, "Invalid arguments");
    }
    bool is_full = list_size(list_from(args[1])) == TEE_VALUES;
    if (!value_is_none(args[2]) && !(is_full && value_is_kind(args[2], KIND_TEE_DATA))) {
        return raise(ts, EXC_ValueError, "Invalid arguments");
    }
    OWNED Ref data = new_tee_data(ts, ref_new(args[0]));
    if (is_error(data) || list_extend(ts, list_from(tool_b(data.v)), args[1]) == STATUS_ERROR) {
        return NO_REF;
    }
    if (!value_is_none(args[2])) {
        tool_set(ts, data.v, &tool_from(data.v)->c, ref_new(args[2]));
    }
    return ref_take(&data);
}
static Ref tee_data_reduce(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref values = list_slice(ts, list_from(tool_b(self)), 0, SIZE_MAX);
    OWNED Ref next = tool_load(self, &tool_from(self)->c);
    return is_error(values) ? NO_REF
                            : tool_reduce(ts, self,
                                          tuple_pack(ts, 3, tool_a(self), values.v,
                                                     is_error(next) ? VALUE_NONE : next.v),
                                          NO_REF);
}
static const NativeDef tee_data_methods[] = {REDUCE_METHOD(tee_data_reduce), NATIVE_END};
const TypeSpec spec_TEE_DATA = {
    .name = "itertools._tee_dataobject",
    .doc = "teedataobject(iterable, values, next, /)\n--\n\nData container common to multiple tee "
           "objects.",
    .base = KIND_OBJECT,
    .size = sizeof(Tool),
    .flags = TYPE_COLLECTED,
    .slots = {.finish = tool_finish, .traverse = tool_traverse, .make = tee_data_make},
    .methods = tee_data_methods,
};
