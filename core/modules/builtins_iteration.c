// core/modules/builtins_iteration.c: functions that go through iterables.
#include "core/modules/builtins.h"

#include "core/object/dict.h"
#include "core/object/float.h"
#include "core/object/generator.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/object/bytes.h"

// True as soon as an item's truth is `wanted`; what all() and any() share.
static Truth some_item_is(ThreadState *ts, Value iterable, bool wanted)
{
    OWNED Ref iterator = object_iterate(ts, iterable);
    if (is_error(iterator)) {
        return TRUTH_ERROR;
    }
    for (;;) {
        OWNED Ref item = iterator_next(ts, iterator.v);
        if (is_error(item)) {
            return has_exception(ts) ? TRUTH_ERROR : TRUTH_FALSE;
        }
        Truth t = object_is_true(ts, item.v);
        if (t == TRUTH_ERROR || (t == TRUTH_TRUE) == wanted) {
            return t == TRUTH_ERROR ? TRUTH_ERROR : TRUTH_TRUE;
        }
    }
}

Ref builtin_all(BOUND_PARAMETERS)
{
    Truth t = some_item_is(ts, args[0], false);
    return t == TRUTH_ERROR ? NO_REF : REF_OF(bool_value(t == TRUTH_FALSE));
}

Ref builtin_any(BOUND_PARAMETERS)
{
    Truth t = some_item_is(ts, args[0], true);
    return t == TRUTH_ERROR ? NO_REF : REF_OF(bool_value(t == TRUTH_TRUE));
}

// Adds item to *total: ints and floats without a detour while they last.
static Status add_to(ThreadState *ts, Ref *total, Value item)
{
    if (values_are_small_ints(total->v, item)) {
        int64_t sum = small_int_get(total->v) + small_int_get(item);
        if (fits_small_int(sum)) {
            total->v = small_int(sum);
            return STATUS_OK;
        }
    }
    Ref next = value_is_flonum(total->v) && value_is_flonum(item)
                   ? float_from_double(ts, flonum_get(total->v) + flonum_get(item))
                   : object_binary(ts, BIN_ADD, total->v, item);
    if (is_error(next)) {
        return STATUS_ERROR;
    }
    ref_set(total, next);
    return STATUS_OK;
}

Ref builtin_sum(BOUND_PARAMETERS)
{
    OWNED Ref total = is_no_value(args[1]) ? REF_OF(small_int(0)) : ref_new(args[1]);
    if (value_is_str(total.v)) {
        return raise(ts, EXC_TypeError, "sum() can't sum strings [use ''.join(seq) instead]");
    }
    if (value_is_bytes(total.v)) {
        return raise(ts, EXC_TypeError, "sum() can't sum bytes [use b''.join(seq) instead]");
    }
    if (value_is_bytearray(total.v)) {
        return raise(ts, EXC_TypeError, "sum() can't sum bytearray [use b''.join(seq) instead]");
    }
    if (value_is_exactly(args[0], KIND_LIST)) {
        List *l = list_from(args[0]);
        for (size_t i = 0;; i++) {
            OWNED Ref item = list_get(ts, l, i);
            if (is_error(item)) {
                return has_exception(ts) ? NO_REF : ref_take(&total);
            }
            if (add_to(ts, &total, item.v) == STATUS_ERROR) {
                return NO_REF;
            }
        }
    }
    OWNED Ref iterator = object_iterate(ts, args[0]);
    if (is_error(iterator)) {
        return NO_REF;
    }
    for (;;) {
        OWNED Ref item = iterator_next(ts, iterator.v);
        if (is_error(item)) {
            return has_exception(ts) ? NO_REF : ref_take(&total);
        }
        if (add_to(ts, &total, item.v) == STATUS_ERROR) {
            return NO_REF;
        }
    }
}

// --- min and max ---------------------------------------------------------------------------------

typedef struct Extreme {
    const char *name;
    CompareOp better; // the new item wins when (new better best)
    Value key;        // or None
    Ref best, best_key;
} Extreme;

static Status consider(ThreadState *ts, Extreme *e, Value item)
{
    OWNED Ref key = value_is_none(e->key) ? ref_new(item) : object_call1(ts, e->key, item);
    if (is_error(key)) {
        return STATUS_ERROR;
    }
    Truth wins = TRUTH_TRUE;
    if (!is_error(e->best)) {
        if (values_are_small_ints(key.v, e->best_key.v)) {
            bool less = small_int_get(key.v) < small_int_get(e->best_key.v);
            bool more = small_int_get(key.v) > small_int_get(e->best_key.v);
            wins = (e->better == OP_LT ? less : more) ? TRUTH_TRUE : TRUTH_FALSE;
        } else {
            wins = object_compare_truth(ts, key.v, e->best_key.v, e->better);
        }
    }
    if (wins == TRUTH_TRUE) {
        ref_set(&e->best, ref_new(item));
        ref_set(&e->best_key, ref_take(&key));
    }
    return wins == TRUTH_ERROR ? STATUS_ERROR : STATUS_OK;
}

static Status consider_all(ThreadState *ts, Extreme *e, const Value *args, size_t count)
{
    if (count > 1) {
        for (size_t i = 0; i < count; i++) {
            if (consider(ts, e, args[i]) == STATUS_ERROR) {
                return STATUS_ERROR;
            }
        }
        return STATUS_OK;
    }
    OWNED Ref iterator = object_iterate(ts, args[0]);
    if (is_error(iterator)) {
        return STATUS_ERROR;
    }
    for (;;) {
        OWNED Ref item = iterator_next(ts, iterator.v);
        if (is_error(item)) {
            return has_exception(ts) ? STATUS_ERROR : STATUS_OK;
        }
        if (consider(ts, e, item.v) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
}

static Ref find_extreme(ThreadState *ts, const char *name, CompareOp better, const Value *args,
                        size_t count, Value names)
{
    Extreme e = {
        .name = name, .better = better, .key = VALUE_NONE, .best = NO_REF, .best_key = NO_REF};
    Value otherwise = NO_VALUE;
    size_t keywords = is_no_value(names) ? 0 : tuple_count(names);
    for (size_t i = 0; i < keywords; i++) {
        Value keyword = tuple_item(names, i);
        if (str_equal_z(keyword, "key")) {
            e.key = args[count + i];
        } else if (str_equal_z(keyword, "default")) {
            otherwise = args[count + i];
        } else {
            return raise(ts, EXC_TypeError, "'%U' is an invalid keyword argument for %s()", keyword,
                         name);
        }
    }
    if (count == 0) {
        return raise(ts, EXC_TypeError, "%s expected at least 1 argument, got 0", name);
    }
    if (count > 1 && !is_no_value(otherwise)) {
        return raise(ts, EXC_TypeError,
                     "Cannot specify a default for %s() with multiple positional arguments", name);
    }
    Status s = consider_all(ts, &e, args, count);
    ref_drop(&e.best_key);
    if (s == STATUS_ERROR) {
        ref_drop(&e.best);
        return NO_REF;
    }
    if (is_error(e.best)) {
        return is_no_value(otherwise)
                   ? raise(ts, EXC_ValueError, "%s() arg is an empty sequence", name)
                   : ref_new(otherwise);
    }
    return e.best;
}

Ref builtin_min(CALL_PARAMETERS) { return find_extreme(ts, "min", OP_LT, args, count, names); }
Ref builtin_max(CALL_PARAMETERS) { return find_extreme(ts, "max", OP_GT, args, count, names); }

Ref builtin_sorted(BOUND_PARAMETERS)
{
    OWNED Ref list = sequence_list(ts, args[0]);
    if (is_error(list)) {
        return NO_REF;
    }
    bool reverse = false;
    if (!is_no_value(args[2])) {
        Truth t = object_is_true(ts, args[2]);
        if (t == TRUTH_ERROR) {
            return NO_REF;
        }
        reverse = t == TRUTH_TRUE;
    }
    Value key = !is_no_value(args[1]) && value_is_none(args[1]) ? NO_VALUE : args[1];
    return list_sort(ts, list.v, key, reverse) == STATUS_ERROR ? NO_REF : ref_take(&list);
}

Ref builtin_len(BOUND_PARAMETERS)
{
    int64_t length = object_length(ts, args[0]);
    return length < 0 ? NO_REF : int_from_i64(ts, length);
}

// --- iter and next -------------------------------------------------------------------------------

static Status check_count(ThreadState *ts, const char *name, size_t count, Value names,
                          size_t least, size_t most)
{
    if (!is_no_value(names) && tuple_count(names) > 0) {
        return raise_status(ts, EXC_TypeError, "%s() takes no keyword arguments", name);
    }
    if (count < least) {
        return raise_status(ts, EXC_TypeError, "%s expected at least %zu argument%s, got %zu", name,
                            least, least == 1 ? "" : "s", count);
    }
    if (count > most) {
        return raise_status(ts, EXC_TypeError, "%s expected at most %zu arguments, got %zu", name,
                            most, count);
    }
    return STATUS_OK;
}

Ref callable_iterator_new(ThreadState *ts, Value callable,
                          Value sentinel); // core/object/iterators.c

Ref builtin_iter(CALL_PARAMETERS)
{
    if (check_count(ts, "iter", count, names, 1, 2) == STATUS_ERROR) {
        return NO_REF;
    }
    if (count == 1) {
        return object_iterate(ts, args[0]);
    }
    if (!object_is_callable(args[0])) {
        return raise(ts, EXC_TypeError, "iter(v, w): v must be callable");
    }
    return callable_iterator_new(ts, args[0], args[1]);
}

Ref builtin_next(CALL_PARAMETERS)
{
    if (check_count(ts, "next", count, names, 1, 2) == STATUS_ERROR) {
        return NO_REF;
    }
    Type *t = type_of(args[0]);
    if (t->slots.next == NULL) {
        return raise(ts, EXC_TypeError, "'%T' object is not an iterator", args[0]);
    }
    Ref item = t->slots.next(ts, args[0]);
    if (!is_error(item)) {
        return item;
    }
    if (has_exception(ts) && (count == 1 || !exception_clear_if(ts, EXC_StopIteration))) {
        return NO_REF;
    }
    return count == 2 ? ref_new(args[1]) : raise_args(ts, EXC_StopIteration, NULL, 0);
}

Ref builtin_aiter(BOUND_PARAMETERS) { return async_get_iterator(ts, args[0]); }

Ref builtin_anext(CALL_PARAMETERS)
{
    if (check_count(ts, "anext", count, names, 1, 2) == STATUS_ERROR) {
        return NO_REF;
    }
    if (type_of(args[0])->slots.async_next == NULL) {
        return raise(ts, EXC_TypeError, "'%T' object is not an async iterator", args[0]);
    }
    OWNED Ref awaitable = type_of(args[0])->slots.async_next(ts, args[0]);
    return is_error(awaitable) || count == 1 ? ref_take(&awaitable)
                                             : anext_awaitable_new(ts, awaitable.v, args[1]);
}
