// core/object/dict_methods.c: the type dict: construction, operators, methods.
#include "core/object/dict_keys.h"
#include "core/object/set_table.h"
#include "core/object/tuple.h"

// --- Memory --------------------------------------------------------------------------------------

static void dict_finish(ThreadState *ts, ObjectHead *o)
{
    Dict *d = (Dict *)o;
    DictKeys *keys = d->keys;
    d->keys = keys_empty;
    d->used = 0;
    keys_dispose(ts, keys);
}

static void dict_traverse(ObjectHead *o, Visitor visit, void *context)
{
    DictKeys *k = ((Dict *)o)->keys;
    for (size_t i = 0; i < k->entry_count; i++) {
        DictEntry *e = keys_entry(k, i);
        visit_place(&e->key, visit, context);
        visit_place(&e->value, visit, context);
    }
}

static void dict_break_cycles(ThreadState *ts, ObjectHead *o) { dict_clear(ts, (Dict *)o); }

static Ref dict_make(CALL_PARAMETERS)
{
    Dict *d = object_new_of(ts, type_from(self));
    if (d == NULL) {
        return NO_REF;
    }
    d->used = 0;
    d->keys = keys_empty;
    d->namespace_id = 0;
    d->version = 0;
    d->replaced = 0;
    if (POLICY_FREE_THREADED || type_from(self) != TYPE_OF_KIND(DICT)) {
        object_track(&d->head);
    }
    return REF_FROM_NEW(d);
}

// dict.update(other, **names) and dict(other, **names).
static Status update_from_arguments(ThreadState *ts, Dict *d, const char *function,
                                    const Value *args, size_t count, Value names)
{
    if (arguments_count(ts, function, count, 0, 1) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    if (count == 1 && dict_update(ts, d, args[0]) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    size_t named = is_no_value(names) ? 0 : tuple_count(names);
    for (size_t i = 0; i < named; i++) {
        if (dict_set(ts, d, tuple_item(names, i), args[count + i]) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    return STATUS_OK;
}

static Status dict_init(CALL_PARAMETERS)
{
    return update_from_arguments(ts, dict_from(self), "dict", args, count, names);
}

// --- Operators -----------------------------------------------------------------------------------

Ref dict_repr(ThreadState *ts, Value self)
{
    Dict *d = dict_from(self);
    int inside = repr_enter(ts, self);
    if (inside != 0) {
        return inside > 0 ? str_from_z(ts, "{...}") : NO_REF;
    }
    StrBuilder text;
    builder_init(&text);
    Status status = builder_add_char(ts, &text, '{');
    size_t position = 0;
    bool is_first = true;
    Ref key, value;
    while (status == STATUS_OK && dict_next(ts, d, &position, &key, &value)) {
        if (!is_first) {
            status = builder_add_ascii(ts, &text, ", ", 2);
        }
        is_first = false;
        Ref part = status == STATUS_OK ? object_repr(ts, key.v) : NO_REF;
        status = is_error(part) ? STATUS_ERROR : builder_add(ts, &text, part.v);
        ref_drop(&part);
        if (status == STATUS_OK) {
            status = builder_add_ascii(ts, &text, ": ", 2);
        }
        part = status == STATUS_OK ? object_repr(ts, value.v) : NO_REF;
        status = is_error(part) ? STATUS_ERROR : builder_add(ts, &text, part.v);
        ref_drop(&part);
        ref_drop(&key);
        ref_drop(&value);
    }
    if (status == STATUS_OK) {
        status = builder_add_char(ts, &text, '}');
    }
    repr_leave(ts, self);
    if (status == STATUS_ERROR) {
        builder_abandon(ts, &text);
        return NO_REF;
    }
    return builder_finish(ts, &text);
}

static Truth dicts_equal(ThreadState *ts, Dict *a, Dict *b)
{
    if (dict_size(a) != dict_size(b)) {
        return TRUTH_FALSE;
    }
    size_t position = 0;
    Ref key, value;
    while (dict_next(ts, a, &position, &key, &value)) {
        Ref other = NO_REF;
        Lookup there = dict_get(ts, b, key.v, &other);
        Truth same = there == LOOKUP_FOUND    ? object_equal(ts, value.v, other.v)
                     : there == LOOKUP_ABSENT ? TRUTH_FALSE
                                              : TRUTH_ERROR;
        ref_drop(&other);
        ref_drop(&key);
        ref_drop(&value);
        if (same != TRUTH_TRUE) {
            return same;
        }
    }
    return TRUTH_TRUE;
}

Ref dict_compare(ThreadState *ts, Value a, Value b, CompareOp op)
{
    if (!value_is_dict(a) || !value_is_dict(b) || (op != OP_EQ && op != OP_NE)) {
        return not_implemented();
    }
    Truth same = dicts_equal(ts, dict_from(a), dict_from(b));
    return same == TRUTH_ERROR ? NO_REF : REF_OF(bool_value((same == TRUTH_TRUE) == (op == OP_EQ)));
}

static int64_t dict_length(ThreadState *ts, Value self)
{
    return (int64_t)dict_size(dict_from(self));
}

static Ref dict_get_item(ThreadState *ts, Value self, Value key)
{
    Ref value;
    Lookup found = dict_get(ts, dict_from(self), key, &value);
    if (LIKELY(found == LOOKUP_FOUND)) {
        return value;
    }
    if (found == LOOKUP_ERROR) {
        return NO_REF;
    }
    if (value_is_exactly(self, KIND_DEFAULT_DICT)) {
        return default_dict_missing(ts, self, key);
    }
    if (!value_is_exactly(self, KIND_DICT)) {
        bool is_unbound = false;
        OWNED Ref missing = type_lookup_special(ts, self, NAME(__missing__), &is_unbound);
        if (!is_error(missing)) {
            return is_unbound ? object_call2(ts, missing.v, self, key)
                              : object_call1(ts, missing.v, key);
        }
        if (has_exception(ts)) {
            return NO_REF;
        }
    }
    return raise_key_error(ts, key);
}

static Status dict_set_item(ThreadState *ts, Value self, Value key, Value value)
{
    if (LIKELY(!is_no_value(value))) {
        return dict_set(ts, dict_from(self), key, value);
    }
    Lookup found = dict_delete(ts, dict_from(self), key);
    if (found == LOOKUP_ABSENT) {
        (void)raise_key_error(ts, key);
    }
    return found == LOOKUP_FOUND ? STATUS_OK : STATUS_ERROR;
}

static Truth dict_has_item(ThreadState *ts, Value self, Value key)
{
    return (Truth)dict_contains(ts, dict_from(self), key);
}

Ref dict_or(ThreadState *ts, Value a, Value b)
{
    if (!value_is_dict(a) || !value_is_dict(b)) {
        return not_implemented();
    }
    OWNED Ref result = dict_copy(ts, dict_from(a));
    if (is_error(result) || dict_update(ts, dict_from(result.v), b) == STATUS_ERROR) {
        return NO_REF;
    }
    return ref_take(&result);
}

Ref dict_in_place_or(ThreadState *ts, Value a, Value b)
{
    return dict_update(ts, dict_from(a), b) == STATUS_ERROR ? NO_REF : ref_new(a);
}

// --- Methods -------------------------------------------------------------------------------------

static Ref method_get(ThreadState *ts, Value self, const Value *args)
{
    Ref value;
    switch (dict_get(ts, dict_from(self), args[0], &value)) {
    case LOOKUP_FOUND:
        return value;
    case LOOKUP_ABSENT:
        return is_no_value(args[1]) ? REF_NONE : ref_new(args[1]);
    default:
        return NO_REF;
    }
}

static Ref method_setdefault(ThreadState *ts, Value self, const Value *args)
{
    Ref value;
    (void)dict_set_default(ts, dict_from(self), args[0],
                           is_no_value(args[1]) ? VALUE_NONE : args[1], &value);
    return value;
}

static Ref method_pop(ThreadState *ts, Value self, const Value *args)
{
    Ref value;
    switch (dict_pop(ts, dict_from(self), args[0], &value)) {
    case LOOKUP_FOUND:
        return value;
    case LOOKUP_ABSENT:
        return is_no_value(args[1]) ? raise_key_error(ts, args[0]) : ref_new(args[1]);
    default:
        return NO_REF;
    }
}

static Ref method_popitem(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref key = NO_REF;
    OWNED Ref value = NO_REF;
    Lookup found = dict_pop_last(ts, dict_from(self), &key, &value);
    if (found == LOOKUP_ABSENT) {
        return raise(ts, EXC_KeyError, "popitem(): dictionary is empty");
    }
    return found == LOOKUP_FOUND ? tuple_pack(ts, 2, key.v, value.v) : NO_REF;
}

static Ref method_update(CALL_PARAMETERS)
{
    return update_from_arguments(ts, dict_from(self), "update", args, count, names) == STATUS_ERROR
               ? NO_REF
               : REF_NONE;
}

static Ref method_clear(ThreadState *ts, Value self, const Value *args)
{
    dict_clear(ts, dict_from(self));
    return REF_NONE;
}

static Ref method_copy(ThreadState *ts, Value self, const Value *args)
{
    return dict_copy(ts, dict_from(self));
}

static Ref method_keys(ThreadState *ts, Value self, const Value *args)
{
    return dict_view_keys(ts, self);
}
static Ref method_values(ThreadState *ts, Value self, const Value *args)
{
    return dict_view_values(ts, self);
}
static Ref method_items(ThreadState *ts, Value self, const Value *args)
{
    return dict_view_items(ts, self);
}
static Ref method_reversed(ThreadState *ts, Value self, const Value *args)
{
    return dict_iterate_reversed(ts, self);
}
static Ref method_sizeof(ThreadState *ts, Value self, const Value *args)
{
    Dict *d = dict_from(self);
    const DictKeys *k = d->keys;
    size_t table =
        k == keys_empty ? 0 : (size_t)k->entries_at * 8 + (size_t)k->capacity * k->stride;
    return ref_of_size(object_size(&d->head) + table);
}

// Keys of a dict or set, whose hashes are known.
static Status fill_with_keys_of(ThreadState *ts, Dict *d, Value keys, Value value)
{
    size_t position = 0;
    int64_t hash;
    Ref key, other;
    if (value_is_dict(keys)) {
        while (dict_next_hashed(ts, dict_from(keys), &position, &key, &other, &hash)) {
            Status status = dict_set_hashed(ts, d, key.v, hash, value);
            ref_drop(&key);
            ref_drop(&other);
            if (status == STATUS_ERROR) {
                return STATUS_ERROR;
            }
        }
        return STATUS_OK;
    }
    while (set_next_hashed(ts, set_from(keys), &position, &key, &hash)) {
        Status status = dict_set_hashed(ts, d, key.v, hash, value);
        ref_drop(&key);
        if (status == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    return STATUS_OK;
}

static Ref method_fromkeys(ThreadState *ts, Value self, const Value *args)
{
    Value value = is_no_value(args[1]) ? VALUE_NONE : args[1];
    OWNED Ref result = object_call0(ts, self);
    if (is_error(result)) {
        return NO_REF;
    }
    bool is_exact = value_is_exactly(result.v, KIND_DICT);
    if (is_exact && (value_is_exactly(args[0], KIND_DICT) || value_is_exactly(args[0], KIND_SET) ||
                     value_is_exactly(args[0], KIND_FROZENSET))) {
        return fill_with_keys_of(ts, dict_from(result.v), args[0], value) == STATUS_ERROR
                   ? NO_REF
                   : ref_take(&result);
    }
    OWNED Ref it = object_iterate(ts, args[0]);
    if (is_error(it)) {
        return NO_REF;
    }
    for (;;) {
        OWNED Ref key = iterator_next(ts, it.v);
        if (is_error(key)) {
            return has_exception(ts) ? NO_REF : ref_take(&result);
        }
        Status status = is_exact ? dict_set(ts, dict_from(result.v), key.v, value)
                                 : object_set_item(ts, result.v, key.v, value);
        if (status == STATUS_ERROR) {
            return NO_REF;
        }
    }
}

const NativeDef dict_methods[] = {
    NATIVE("__sizeof__", method_sizeof, "($self, /)",
           "D.__sizeof__() -> size of D in memory, in bytes"),
    NATIVE("get", method_get, "($self, key, default=None, /)",
           "Return the value for key if key is in the dictionary, else default."),
    NATIVE("setdefault", method_setdefault, "($self, key, default=None, /)",
           "Insert key with a value of default if key is not in the dictionary.\n\n"
           "Return the value for key if key is in the dictionary, else default."),
    NATIVE("pop", method_pop, "($self, key, default=<unrepresentable>, /)",
           "D.pop(k[,d]) -> v, remove specified key and return the corresponding value.\n\n"
           "If the key is not found, return the default if given; otherwise,\nraise a KeyError."),
    NATIVE("popitem", method_popitem, "($self, /)",
           "Remove and return a (key, value) pair as a 2-tuple.\n\n"
           "Pairs are returned in LIFO (last-in, first-out) order.\nRaises KeyError if the dict is "
           "empty."),
    NATIVE("keys", method_keys, "($self, /)",
           "D.keys() -> a set-like object providing a view on D's keys"),
    NATIVE("items", method_items, "($self, /)",
           "D.items() -> a set-like object providing a view on D's items"),
    NATIVE("values", method_values, "($self, /)",
           "D.values() -> an object providing a view on D's values"),
    NATIVE_RAW("update", method_update, "($self, /, *args, **kwargs)",
               "D.update([E, ]**F) -> None.  Update D from dict/iterable E and F."),
    NATIVE_CLASS("fromkeys", method_fromkeys, "($type, iterable, value=None, /)",
                 "Create a new dictionary with keys from iterable and values set to value."),
    NATIVE("clear", method_clear, "($self, /)", "D.clear() -> None.  Remove all items from D."),
    NATIVE("copy", method_copy, "($self, /)", "D.copy() -> a shallow copy of D"),
    NATIVE("__reversed__", method_reversed, "($self, /)",
           "Return a reverse iterator over the dict keys."),
    NATIVE_CLASS_GETITEM,
    NATIVE_END,
};

const TypeSpec spec_DICT = {
    .name = "dict",
    .doc = "dict() -> an empty dict\n"
           "dict(mapping) -> its keys and values\n"
           "dict(iterable of pairs) -> the first of each leads to the second\n"
           "dict(..., name=value, ...) -> the names and values as well",
    .base = KIND_OBJECT,
    .size = sizeof(Dict),
    .flags = TYPE_SUBCLASSABLE | TYPE_COLLECTED | TYPE_IS_MAPPING,
    .slots =
        {
            .finish = dict_finish,
            .traverse = dict_traverse,
            .clear = dict_break_cycles,
            .repr = dict_repr,
            .compare = dict_compare,
            .iterate = dict_iterate,
            .length = dict_length,
            .get_item = dict_get_item,
            .set_item = dict_set_item,
            .contains = dict_has_item,
            .binary = {[BIN_OR] = dict_or},
            .in_place = {[BIN_OR] = dict_in_place_or},
            .make = dict_make,
            .init = dict_init,
        },
    .methods = dict_methods,
};
