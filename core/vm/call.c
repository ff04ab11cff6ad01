// core/vm/call.c: calling anything from C.
//
// object_call goes straight to what it calls for functions, natives and bound methods, and through
// the type's call slot otherwise. Every call from C passes the guard on real stack bytes.
#include "core/object/dict.h"
#include "core/object/function.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/vm/frame.h"

enum { ARGUMENTS_ON_STACK = 16 };

// function(self, args…): the arguments with self in front.
static Ref call_with_self(ThreadState *ts, Value function, Value self, const Value *args,
                          size_t count, Value names)
{
    Value few[ARGUMENTS_ON_STACK];
    Value *all = few;
    size_t total = count + (is_no_value(names) ? 0 : tuple_count(names));
    if (total + 1 > ARGUMENTS_ON_STACK) {
        all = raw_alloc(ts, (total + 1) * sizeof(Value));
        if (all == NULL) {
            return NO_REF;
        }
    }
    all[0] = self;
    for (size_t i = 0; i < total; i++) {
        all[i + 1] = args[i];
    }
    Ref result = object_call(ts, function, all, count + 1, names);
    if (all != few) {
        raw_free(ts, all);
    }
    return result;
}

static Ref call_bound(ThreadState *ts, Value callable, const Value *args, size_t count, Value names)
{
    BoundMethod *m = (BoundMethod *)value_head(callable);
    return call_with_self(ts, shared_ref_peek(&m->function), shared_ref_peek(&m->self), args, count,
                          names);
}

Ref object_call(ThreadState *ts, Value callable, const Value *args, size_t count, Value names)
{
    ASSERT(!has_exception(ts));
    if (enter_native(ts, " while calling a Python object") == STATUS_ERROR) {
        return NO_REF;
    }
    if (value_is_object(callable)) {
        switch (value_head(callable)->kind) {
        case KIND_FUNCTION:
            return interpreter_call(ts, callable, args, count, names);
        case KIND_BOUND_METHOD:
            return call_bound(ts, callable, args, count, names);
        case KIND_NATIVE_FUNCTION: {
            NativeFunction *f = (NativeFunction *)value_head(callable);
            return native_call(ts, f->def, f->signature, shared_ref_peek(&f->self), args, count,
                               names);
        }
        default:
            break;
        }
    }
    Type *t = type_of(callable);
    if (t->slots.call == NULL) {
        return raise(ts, EXC_TypeError, "'%T' object is not callable", callable);
    }
    return t->slots.call(ts, callable, args, count, names);
}

Ref object_call0(ThreadState *ts, Value callable)
{
    return object_call(ts, callable, NULL, 0, NO_VALUE);
}

Ref object_call1(ThreadState *ts, Value callable, Value a)
{
    return object_call(ts, callable, &a, 1, NO_VALUE);
}

Ref object_call2(ThreadState *ts, Value callable, Value a, Value b)
{
    Value args[2] = {a, b};
    return object_call(ts, callable, args, 2, NO_VALUE);
}

Ref object_call3(ThreadState *ts, Value callable, Value a, Value b, Value c)
{
    Value args[3] = {a, b, c};
    return object_call(ts, callable, args, 3, NO_VALUE);
}

bool object_is_callable(Value v) { return type_of(v)->slots.call != NULL; }

// The values of a keyword dict behind the positional ones, and their names as a tuple.
static Ref call_unpacked(ThreadState *ts, Value callable, Value tuple, Value dict)
{
    size_t positional = is_no_value(tuple) ? 0 : tuple_count(tuple);
    size_t keywords = dict_size(dict_from(dict));
    size_t total = positional + keywords;
    Ref *kept = raw_alloc(ts, (total + 1) * sizeof(Ref));
    if (kept == NULL) {
        return NO_REF;
    }
    for (size_t i = 0; i < total; i++) {
        kept[i] = NO_REF;
    }
    Ref *names = raw_alloc(ts, (keywords + 1) * sizeof(Ref));
    size_t filled = 0, position = 0;
    for (size_t i = 0; i < positional; i++) {
        kept[i] = ref_new(tuple_item(tuple, i));
    }
    bool ok = names != NULL;
    Ref key, value;
    while (ok && filled < keywords && dict_next(ts, dict_from(dict), &position, &key, &value)) {
        names[filled] = key;
        kept[positional + filled] = value;
        filled++;
        if (!value_is_str(key.v)) {
            raise(ts, EXC_TypeError, "keywords must be strings");
            ok = false;
        }
    }
    Ref result = NO_REF;
    if (names != NULL) {
        if (ok) {
            OWNED Ref name_tuple = tuple_from_refs(ts, names, filled);
            if (!is_error(name_tuple)) {
                // A Ref is a Value with a promise: the array can be lent as it is.
                result = object_call(ts, callable, &kept[0].v, positional, name_tuple.v);
            }
        } else {
            for (size_t i = 0; i < filled; i++) {
                ref_drop(&names[i]);
            }
        }
        raw_free(ts, names);
    }
    for (size_t i = 0; i < total; i++) {
        ref_drop(&kept[i]);
    }
    raw_free(ts, kept);
    return result;
}

Ref object_call_packed(ThreadState *ts, Value callable, Value tuple, Value dict)
{
    if (!is_no_value(dict) && dict_size(dict_from(dict)) > 0) {
        return call_unpacked(ts, callable, tuple, dict);
    }
    if (is_no_value(tuple)) {
        return object_call(ts, callable, NULL, 0, NO_VALUE);
    }
    // A tuple does not change: its places are values.
    _Static_assert(sizeof(SharedRef) == sizeof(Value), "places of a tuple are read as values");
    return object_call(ts, callable, (const Value *)tuple_from(tuple)->items, tuple_count(tuple),
                       NO_VALUE);
}

// A method found on the type that nothing on the instance hides is called without a bound object.
static Ref find_plain_method(ThreadState *ts, Value v, Value name)
{
    Type *t = type_of(v);
    if (!(t->flags & TYPE_GENERIC_GET) || (t->flags & TYPE_HAS_DICT) ||
        !str_is_interned(str_from(name))) {
        return NO_REF;
    }
    OWNED Ref found = type_lookup(ts, t, name);
    if (!is_error(found) &&
        (value_is_function(found.v) || value_is_exactly(found.v, KIND_METHOD_DESCRIPTOR))) {
        return ref_take(&found);
    }
    return NO_REF;
}

Ref object_call_method(ThreadState *ts, Value v, Value name, const Value *args, size_t count)
{
    OWNED Ref plain = find_plain_method(ts, v, name);
    if (!is_error(plain)) {
        return call_with_self(ts, plain.v, v, args, count, NO_VALUE);
    }
    if (has_exception(ts)) {
        return NO_REF;
    }
    OWNED Ref method = object_get_attribute(ts, v, name);
    return is_error(method) ? NO_REF : object_call(ts, method.v, args, count, NO_VALUE);
}

Ref object_call_method_z(ThreadState *ts, Value v, const char *name, const Value *args,
                         size_t count)
{
    OWNED Ref interned = str_intern_z(ts, name);
    return is_error(interned) ? NO_REF : object_call_method(ts, v, interned.v, args, count);
}
