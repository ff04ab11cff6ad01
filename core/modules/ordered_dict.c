// core/modules/ordered_dict.c: collections.OrderedDict: a dict whose order can be changed and
// counts in comparisons. Every dict keeps its order, so nothing is stored beside the entries.
//
// Subclasses that override __setitem__, __getitem__ or __delitem__ are asked through them,
// as in CPython.
#include "core/object/dict_keys.h"
#include "core/object/tuple.h"

extern const TypeSpec spec_DICT;

static bool is_exact(Value self) { return value_is_exactly(self, KIND_ORDERED_DICT); }

static Status store(ThreadState *ts, Value self, Value key, Value value)
{
    return is_exact(self) ? dict_set(ts, dict_from(self), key, value)
                          : object_set_item(ts, self, key, value);
}

static Status update_pairs(ThreadState *ts, Value self, Value pairs)
{
    OWNED Ref it = object_iterate(ts, pairs);
    if (is_error(it)) {
        return STATUS_ERROR;
    }
    for (;;) {
        OWNED Ref pair = iterator_next(ts, it.v);
        if (is_error(pair)) {
            return has_exception(ts) ? STATUS_ERROR : STATUS_OK;
        }
        OWNED Ref parts = object_iterate(ts, pair.v);
        if (is_error(parts)) {
            return STATUS_ERROR;
        }
        OWNED Ref key = iterator_next(ts, parts.v);
        OWNED Ref value = is_error(key) ? NO_REF : iterator_next(ts, parts.v);
        if (is_error(value)) {
            return has_exception(ts)
                       ? STATUS_ERROR
                       : raise_status(ts, EXC_ValueError, "need more than %d value%s to unpack",
                                      is_error(key) ? 0 : 1, is_error(key) ? "s" : "");
        }
        OWNED Ref more = iterator_next(ts, parts.v);
        if (!is_error(more)) {
            return raise_status(ts, EXC_ValueError, "too many values to unpack (expected 2)");
        }
        if (has_exception(ts) || store(ts, self, key.v, value.v) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
}

static Status update_by_keys(ThreadState *ts, Value self, Value other, Value keys_method)
{
    OWNED Ref keys = object_call0(ts, keys_method);
    OWNED Ref it = is_error(keys) ? NO_REF : object_iterate(ts, keys.v);
    if (is_error(it)) {
        return STATUS_ERROR;
    }
    for (;;) {
        OWNED Ref key = iterator_next(ts, it.v);
        if (is_error(key)) {
            return has_exception(ts) ? STATUS_ERROR : STATUS_OK;
        }
        OWNED Ref value = object_get_item(ts, other, key.v);
        if (is_error(value) || store(ts, self, key.v, value.v) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
}

static Status update_from(ThreadState *ts, Value self, Value other)
{
    if (value_is_exactly(other, KIND_DICT) || is_exact(other)) {
        size_t position = 0;
        Ref key, value;
        while (dict_next(ts, dict_from(other), &position, &key, &value)) {
            Status status = store(ts, self, key.v, value.v);
            ref_drop(&key);
            ref_drop(&value);
            if (status == STATUS_ERROR) {
                return STATUS_ERROR;
            }
        }
        return STATUS_OK;
    }
    OWNED Ref method = NO_REF;
    Lookup found = object_lookup_attribute(ts, other, NAME(keys), &method);
    if (found != LOOKUP_ABSENT) {
        return found == LOOKUP_FOUND ? update_by_keys(ts, self, other, method.v) : STATUS_ERROR;
    }
    found = object_lookup_attribute(ts, other, NAME(items), &method);
    if (found == LOOKUP_FOUND) {
        OWNED Ref items = object_call0(ts, method.v);
        return is_error(items) ? STATUS_ERROR : update_pairs(ts, self, items.v);
    }
    return found == LOOKUP_ERROR ? STATUS_ERROR : update_pairs(ts, self, other);
}

static Status update_from_arguments(ThreadState *ts, Value self, const char *function,
                                    const Value *args, size_t count, Value names)
{
    if (arguments_count(ts, function, count, 0, 1) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    if (count == 1 && update_from(ts, self, args[0]) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    size_t named = is_no_value(names) ? 0 : tuple_count(names);
    for (size_t i = 0; i < named; i++) {
        if (store(ts, self, tuple_item(names, i), args[count + i]) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    return STATUS_OK;
}

static Status ordered_dict_init(CALL_PARAMETERS)
{
    return update_from_arguments(ts, self, "OrderedDict", args, count, names);
}

static Ref method_update(CALL_PARAMETERS)
{
    return update_from_arguments(ts, self, "update", args, count, names) == STATUS_ERROR ? NO_REF
                                                                                         : REF_NONE;
}

// --- Slots ---------------------------------------------------------------------------------------

static Ref ordered_dict_repr(ThreadState *ts, Value self)
{
    if (dict_size(dict_from(self)) == 0) {
        return format_str(ts, "%s()", type_short_name(self));
    }
    int inside = repr_enter(ts, self);
    if (inside != 0) {
        return inside > 0 ? str_from_z(ts, "...") : NO_REF;
    }
    OWNED Ref items = is_exact(self) ? dict_view_items(ts, self)
                                     : object_call_method(ts, self, NAME(items), NULL, 0);
    OWNED Ref list = is_error(items) ? NO_REF : sequence_list(ts, items.v);
    OWNED Ref text =
        is_error(list) ? NO_REF : format_str(ts, "%s(%R)", type_short_name(self), list.v);
    repr_leave(ts, self);
    return ref_take(&text);
}

static Truth same_key_order(ThreadState *ts, Dict *a, Dict *b)
{
    size_t at_a = 0, at_b = 0;
    Ref key_a, key_b, value;
    while (dict_next(ts, a, &at_a, &key_a, &value)) {
        ref_drop(&value);
        if (!dict_next(ts, b, &at_b, &key_b, &value)) {
            ref_drop(&key_a);
            return TRUTH_FALSE;
        }
        ref_drop(&value);
        Truth same = value_equal(ts, key_a.v, key_b.v);
        ref_drop(&key_a);
        ref_drop(&key_b);
        if (same != TRUTH_TRUE) {
            return same;
        }
    }
    return TRUTH_TRUE;
}

static Ref ordered_dict_compare(ThreadState *ts, Value a, Value b, CompareOp op)
{
    if (!value_is_kind(a, KIND_ORDERED_DICT) || !value_is_dict(b) || (op != OP_EQ && op != OP_NE)) {
        return not_implemented();
    }
    OWNED Ref equal = dict_compare(ts, a, b, OP_EQ);
    if (is_error(equal) || equal.v.bits == VALUE_NOT_IMPLEMENTED.bits) {
        return ref_take(&equal);
    }
    Truth same = equal.v.bits == VALUE_TRUE.bits ? TRUTH_TRUE : TRUTH_FALSE;
    if (same == TRUTH_TRUE && value_is_kind(b, KIND_ORDERED_DICT)) {
        same = same_key_order(ts, dict_from(a), dict_from(b));
    }
    return same == TRUTH_ERROR ? NO_REF : REF_OF(bool_value((same == TRUTH_TRUE) == (op == OP_EQ)));
}

static Ref ordered_dict_or(ThreadState *ts, Value a, Value b)
{
    if (!value_is_dict(a) || !value_is_dict(b)) {
        return not_implemented();
    }
    Value type = type_value(type_of(value_is_kind(a, KIND_ORDERED_DICT) ? a : b));
    OWNED Ref result = object_call1(ts, type, a);
    if (is_error(result) || update_from(ts, result.v, b) == STATUS_ERROR) {
        return NO_REF;
    }
    return ref_take(&result);
}

static Ref ordered_dict_in_place_or(ThreadState *ts, Value a, Value b)
{
    return update_from(ts, a, b) == STATUS_ERROR ? NO_REF : ref_new(a);
}

// --- Methods -------------------------------------------------------------------------------------

static Ref method_move_to_end(ThreadState *ts, Value self, const Value *args)
{
    Truth last = is_no_value(args[1]) ? TRUTH_TRUE : object_is_true(ts, args[1]);
    if (last == TRUTH_ERROR) {
        return NO_REF;
    }
    Lookup found = dict_move(ts, dict_from(self), args[0], last == TRUTH_TRUE);
    if (found == LOOKUP_ABSENT) {
        return raise_key_error(ts, args[0]);
    }
    return found == LOOKUP_ERROR ? NO_REF : REF_NONE;
}

static Ref method_popitem(ThreadState *ts, Value self, const Value *args)
{
    Truth last = is_no_value(args[0]) ? TRUTH_TRUE : object_is_true(ts, args[0]);
    if (last == TRUTH_ERROR) {
        return NO_REF;
    }
    Dict *d = dict_from(self);
    OWNED Ref key = NO_REF;
    OWNED Ref value = NO_REF;
    Lookup found = last == TRUTH_TRUE ? dict_pop_last(ts, d, &key, &value)
                                      : dict_pop_first(ts, d, &key, &value);
    if (found == LOOKUP_FOUND) {
        return tuple_pack(ts, 2, key.v, value.v);
    }
    return found == LOOKUP_ERROR ? NO_REF : raise(ts, EXC_KeyError, "dictionary is empty");
}

static Ref method_pop(ThreadState *ts, Value self, const Value *args)
{
    Value key = args[0], otherwise = args[1];
    Ref value;
    switch (dict_pop(ts, dict_from(self), key, &value)) {
    case LOOKUP_FOUND:
        return value;
    case LOOKUP_ABSENT:
        return is_no_value(otherwise) ? raise_key_error(ts, key) : ref_new(otherwise);
    default:
        return NO_REF;
    }
}

static Ref method_setdefault(ThreadState *ts, Value self, const Value *args)
{
    Value otherwise = is_no_value(args[1]) ? VALUE_NONE : args[1];
    if (is_exact(self)) {
        Ref value;
        (void)dict_set_default(ts, dict_from(self), args[0], otherwise, &value);
        return value;
    }
    Truth inside = object_contains(ts, self, args[0]);
    if (inside == TRUTH_TRUE) {
        return object_get_item(ts, self, args[0]);
    }
    if (inside == TRUTH_ERROR || object_set_item(ts, self, args[0], otherwise) == STATUS_ERROR) {
        return NO_REF;
    }
    return ref_new(otherwise);
}

static Ref method_copy(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref copy = object_call0(ts, type_value(type_of(self)));
    if (is_error(copy)) {
        return NO_REF;
    }
    size_t position = 0;
    Ref key, value;
    while (dict_next(ts, dict_from(self), &position, &key, &value)) {
        Status status = value_is_kind(copy.v, KIND_ORDERED_DICT)
                            ? store(ts, copy.v, key.v, value.v)
                            : object_set_item(ts, copy.v, key.v, value.v);
        ref_drop(&key);
        ref_drop(&value);
        if (status == STATUS_ERROR) {
            return NO_REF;
        }
    }
    return ref_take(&copy);
}

static Ref method_reduce(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref state = object_call_method(ts, self, NAME(__getstate__), NULL, 0);
    OWNED Ref items = is_error(state) ? NO_REF : object_call_method(ts, self, NAME(items), NULL, 0);
    OWNED Ref it = is_error(items) ? NO_REF : object_iterate(ts, items.v);
    OWNED Ref none = tuple_empty();
    return is_error(it)
               ? NO_REF
               : tuple_pack(ts, 5, type_value(type_of(self)), none.v, state.v, VALUE_NONE, it.v);
}

static Ref method_fromkeys(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref result = object_call0(ts, self);
    OWNED Ref it = is_error(result) ? NO_REF : object_iterate(ts, args[0]);
    if (is_error(it)) {
        return NO_REF;
    }
    Value value = is_no_value(args[1]) ? VALUE_NONE : args[1];
    for (;;) {
        OWNED Ref key = iterator_next(ts, it.v);
        if (is_error(key)) {
            return has_exception(ts) ? NO_REF : ref_take(&result);
        }
        if (object_set_item(ts, result.v, key.v, value) == STATUS_ERROR) {
            return NO_REF;
        }
    }
}

static const NativeDef ordered_dict_methods[] = {
    NATIVE_CLASS(
        "fromkeys", method_fromkeys, "($type, /, iterable, value=None)",
        "Create a new ordered dictionary with keys from iterable and values set to value."),
    NATIVE("setdefault", method_setdefault, "($self, /, key, default=None)",
           "Insert key with a value of default if key is not in the dictionary.\n\n"
           "Return the value for key if key is in the dictionary, else default."),
    NATIVE("pop", method_pop, "($self, /, key, default=<unrepresentable>)",
           "od.pop(key[,default]) -> v, remove specified key and return the corresponding value."),
    NATIVE("popitem", method_popitem, "($self, /, last=True)",
           "Remove and return a (key, value) pair from the dictionary.\n\n"
           "Pairs are returned in LIFO order if last is true or FIFO order if false."),
    NATIVE("move_to_end", method_move_to_end, "($self, /, key, last=True)",
           "Move an existing element to the end (or beginning if last is false).\n\n"
           "Raise KeyError if the element does not exist."),
    NATIVE_RAW("update", method_update, "($self, /, *args, **kwargs)", NULL),
    NATIVE("copy", method_copy, "($self, /)", "od.copy() -> a shallow copy of od"),
    NATIVE("__reduce__", method_reduce, "($self, /)", "Return state information for pickling"),
    NATIVE_END,
};

const TypeSpec spec_ORDERED_DICT = {
    .name = "collections.OrderedDict",
    .doc = "Dictionary that remembers insertion order",
    .base = KIND_DICT,
    .size = sizeof(Dict),
    .flags = TYPE_SUBCLASSABLE | TYPE_COLLECTED | TYPE_HAS_DICT | TYPE_IS_MAPPING |
             TYPE_WEAK_REFERENCEABLE,
    .slots = {.repr = ordered_dict_repr,
              .compare = ordered_dict_compare,
              .binary = {[BIN_OR] = ordered_dict_or},
              .in_place = {[BIN_OR] = ordered_dict_in_place_or},
              .init = ordered_dict_init},
    .methods = ordered_dict_methods,
};
