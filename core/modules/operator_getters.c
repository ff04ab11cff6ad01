// core/modules/operator_getters.c: itemgetter, attrgetter, methodcaller.
// None changes after construction.
#include "core/object/container.h"
#include "core/object/dict.h"
#include "core/object/list.h"
#include "core/object/module.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/vm/import.h"

typedef struct Getter {
    ObjectHead head;
    SharedRef given; // tuple: the arguments as they came
    SharedRef what;  // attrgetter: for each a str or a tuple of str; methodcaller: the name
    SharedRef names; // methodcaller: tuple of keywords, or empty; their values end `given`
} Getter;

static Getter *getter_from(Value v) { return (Getter *)value_head(v); }
static Value given_of(Value v) { return shared_ref_peek(&getter_from(v)->given); }
static Value what_of(Value v) { return shared_ref_peek(&getter_from(v)->what); }
static Value names_of(Value v) { return shared_ref_peek(&getter_from(v)->names); }

static void getter_finish(ThreadState *ts, ObjectHead *o)
{
    shared_ref_clear(&((Getter *)o)->given);
    shared_ref_clear(&((Getter *)o)->what);
    shared_ref_clear(&((Getter *)o)->names);
}
static void getter_traverse(ObjectHead *o, Visitor visit, void *context)
{
    visit_place(&((Getter *)o)->given, visit, context);
    visit_place(&((Getter *)o)->what, visit, context);
    visit_place(&((Getter *)o)->names, visit, context);
}

static Ref new_getter(ThreadState *ts, Value type, Ref given, Ref what, Ref names)
{
    Getter *g = is_error(given) ? NULL : object_new_of(ts, type_from(type));
    if (g == NULL) {
        ref_drop(&given);
        ref_drop(&what);
        ref_drop(&names);
        return NO_REF;
    }
    shared_ref_init(&g->given, given);
    shared_ref_init(&g->what, what);
    shared_ref_init(&g->names, names);
    object_track(&g->head);
    return REF_FROM_NEW(g);
}

// What `get` finds in the object for each of the keys: the one thing, or a tuple.
static Ref get_each(ThreadState *ts, Value object, Value keys,
                    Ref (*get)(ThreadState *ts, Value object, Value key))
{
    size_t n = tuple_count(keys);
    if (n == 1) {
        return get(ts, object, tuple_item(keys, 0));
    }
    OWNED Ref items = tuple_new(ts, n);
    for (size_t i = 0; i < n && !is_error(items); i++) {
        Ref item = get(ts, object, tuple_item(keys, i));
        if (is_error(item)) {
            return NO_REF;
        }
        tuple_init_item(items.v, i, item);
    }
    return is_error(items) ? NO_REF : tuple_finish(ts, ref_take(&items));
}

static Ref reduce_getter(ThreadState *ts, Value self, const Value *args)
{
    return tuple_pack(ts, 2, type_value(type_of(self)), given_of(self));
}

static Ref repr_with(ThreadState *ts, Value self, Value arguments)
{
    int inside = repr_enter(ts, self);
    if (inside != 0) {
        return inside > 0 ? format_str(ts, "%T(...)", self) : NO_REF;
    }
    OWNED Ref text = tuple_count(arguments) == 1
                         ? format_str(ts, "%T(%R)", self, tuple_item(arguments, 0))
                         : format_str(ts, "%T%R", self, arguments);
    repr_leave(ts, self);
    return ref_take(&text);
}
static Ref getter_repr(ThreadState *ts, Value self) { return repr_with(ts, self, given_of(self)); }

// --- itemgetter ----------------------------------------------------------------------------------

static Ref item_make(CALL_PARAMETERS)
{
    if (arguments_no_keywords(ts, "itemgetter", names) == STATUS_ERROR) {
        return NO_REF;
    }
    if (count == 0) {
        return raise(ts, EXC_TypeError, "itemgetter expected 1 argument, got 0");
    }
    return new_getter(ts, self, tuple_from_values(ts, args, count), NO_REF, NO_REF);
}

static Ref get_one_item(ThreadState *ts, Value object, Value key)
{
    if (value_is_small_int(key) && small_int_get(key) >= 0) {
        size_t i = (size_t)small_int_get(key);
        if (value_is_exactly(object, KIND_TUPLE) && i < tuple_count(object)) {
            return ref_new(tuple_item(object, i));
        }
        if (value_is_exactly(object, KIND_LIST)) {
            Ref item = list_get(ts, list_from(object), i);
            if (!is_error(item)) {
                return item;
            }
        }
    }
    return object_get_item(ts, object, key);
}

static Ref item_call(CALL_PARAMETERS)
{
    if (UNLIKELY(arguments_no_keywords(ts, "itemgetter", names) == STATUS_ERROR ||
                 arguments_count(ts, "itemgetter", count, 1, 1) == STATUS_ERROR)) {
        return NO_REF;
    }
    return get_each(ts, args[0], given_of(self), get_one_item);
}

static const NativeDef getter_methods[] = {
    NATIVE("__reduce__", reduce_getter, "($self, /)", "Return state information for pickling"),
    NATIVE_END,
};

const TypeSpec spec_ITEM_GETTER = {
    .name = "operator.itemgetter",
    .doc = "itemgetter(item, ...) --> itemgetter object\n\n"
           "Called with an object it returns object[item]; for several items, a tuple.",
    .base = KIND_OBJECT,
    .size = sizeof(Getter),
    .flags = TYPE_COLLECTED,
    .slots = {.finish = getter_finish,
              .traverse = getter_traverse,
              .repr = getter_repr,
              .call = item_call,
              .make = item_make},
    .methods = getter_methods,
};

// --- attrgetter ----------------------------------------------------------------------------------

// "a" as an interned name, "a.b" as a tuple of such.
static Ref split_name(ThreadState *ts, Value name)
{
    const Str *s = str_from(name);
    size_t dots = 0;
    for (size_t i = 0; i < s->length; i++) {
        dots += str_char(s, i) == '.';
    }
    if (dots == 0) {
        return str_intern(ts, ref_new(name));
    }
    OWNED Ref parts = tuple_new(ts, dots + 1);
    size_t start = 0, at = 0;
    for (size_t i = 0; i <= s->length && !is_error(parts); i++) {
        if (i < s->length && str_char(s, i) != '.') {
            continue;
        }
        Ref part = str_substring(ts, name, start, i);
        part = is_error(part) ? NO_REF : str_intern(ts, part);
        if (is_error(part)) {
            return NO_REF;
        }
        tuple_init_item(parts.v, at++, part);
        start = i + 1;
    }
    return ref_take(&parts);
}

static Ref attr_make(CALL_PARAMETERS)
{
    if (arguments_no_keywords(ts, "attrgetter", names) == STATUS_ERROR) {
        return NO_REF;
    }
    if (count == 0) {
        return raise(ts, EXC_TypeError, "attrgetter expected 1 argument, got 0");
    }
    OWNED Ref paths = tuple_new(ts, count);
    for (size_t i = 0; i < count && !is_error(paths); i++) {
        if (!value_is_str(args[i])) {
            return raise(ts, EXC_TypeError, "attribute name must be a string");
        }
        Ref path = split_name(ts, args[i]);
        if (is_error(path)) {
            return NO_REF;
        }
        tuple_init_item(paths.v, i, path);
    }
    return is_error(paths)
               ? NO_REF
               : new_getter(ts, self, tuple_from_values(ts, args, count), ref_take(&paths), NO_REF);
}

static Ref get_path(ThreadState *ts, Value object, Value path)
{
    if (!value_is_tuple(path)) {
        return object_get_attribute(ts, object, path);
    }
    OWNED Ref at = ref_new(object);
    for (size_t i = 0; i < tuple_count(path) && !is_error(at); i++) {
        ref_set(&at, object_get_attribute(ts, at.v, tuple_item(path, i)));
    }
    return ref_take(&at);
}

static Ref attr_call(CALL_PARAMETERS)
{
    if (UNLIKELY(arguments_no_keywords(ts, "attrgetter", names) == STATUS_ERROR ||
                 arguments_count(ts, "attrgetter", count, 1, 1) == STATUS_ERROR)) {
        return NO_REF;
    }
    return get_each(ts, args[0], what_of(self), get_path);
}

const TypeSpec spec_ATTR_GETTER = {
    .name = "operator.attrgetter",
    .doc = "attrgetter(attr, ...) --> attrgetter object\n\n"
           "Called with an object it returns its attribute; for several, a tuple. A name may "
           "be a path: 'a.b'.",
    .base = KIND_OBJECT,
    .size = sizeof(Getter),
    .flags = TYPE_COLLECTED,
    .slots = {.finish = getter_finish,
              .traverse = getter_traverse,
              .repr = getter_repr,
              .call = attr_call,
              .make = attr_make},
    .methods = getter_methods,
};

// --- methodcaller --------------------------------------------------------------------------------

static Ref caller_make(CALL_PARAMETERS)
{
    if (count == 0) {
        return raise(ts, EXC_TypeError,
                     "methodcaller needs at least one argument, the method name");
    }
    if (!value_is_str(args[0])) {
        return raise(ts, EXC_TypeError, "method name must be a string");
    }
    OWNED Ref name = str_intern(ts, ref_new(args[0]));
    size_t named = is_no_value(names) ? 0 : tuple_count(names);
    OWNED Ref given = is_error(name) ? NO_REF : tuple_from_values(ts, args + 1, count - 1 + named);
    if (is_error(given)) {
        return NO_REF;
    }
    return new_getter(ts, self, ref_take(&given), ref_take(&name),
                      named == 0 ? NO_REF : ref_new(names));
}

static Ref caller_call(CALL_PARAMETERS)
{
    if (arguments_no_keywords(ts, "methodcaller", names) == STATUS_ERROR ||
        arguments_count(ts, "methodcaller", count, 1, 1) == STATUS_ERROR) {
        return NO_REF;
    }
    Value given = given_of(self), keywords = names_of(self);
    const Value *values = (const Value *)(const void *)tuple_from(given)->items;
    if (is_no_value(keywords)) {
        return object_call_method(ts, args[0], what_of(self), values, tuple_count(given));
    }
    OWNED Ref method = object_get_attribute(ts, args[0], what_of(self));
    return is_error(method) ? NO_REF
                            : object_call(ts, method.v, values,
                                          tuple_count(given) - tuple_count(keywords), keywords);
}

static Ref caller_repr(ThreadState *ts, Value self)
{
    int inside = repr_enter(ts, self);
    if (inside != 0) {
        return inside > 0 ? format_str(ts, "%T(...)", self) : NO_REF;
    }
    Value given = given_of(self), keywords = names_of(self);
    size_t named = is_no_value(keywords) ? 0 : tuple_count(keywords),
           plain = tuple_count(given) - named;
    OWNED Ref text = format_str(ts, "%T(%R", self, what_of(self));
    for (size_t i = 0; i < tuple_count(given) && !is_error(text); i++) {
        ref_set(&text, i < plain
                           ? format_str(ts, "%U, %R", text.v, tuple_item(given, i))
                           : format_str(ts, "%U, %U=%R", text.v, tuple_item(keywords, i - plain),
                                        tuple_item(given, i)));
    }
    OWNED Ref whole = is_error(text) ? NO_REF : format_str(ts, "%U)", text.v);
    repr_leave(ts, self);
    return ref_take(&whole);
}

static Ref caller_reduce(ThreadState *ts, Value self, const Value *args)
{
    Value given = given_of(self), keywords = names_of(self);
    size_t named = is_no_value(keywords) ? 0 : tuple_count(keywords),
           plain = tuple_count(given) - named;
    OWNED Ref arguments = tuple_new(ts, named == 0 ? plain + 1 : plain);
    if (is_error(arguments)) {
        return NO_REF;
    }
    size_t at = 0;
    if (named == 0) {
        tuple_init_item(arguments.v, at++, ref_new(what_of(self)));
    }
    for (size_t i = 0; i < plain; i++) {
        tuple_init_item(arguments.v, at++, ref_new(tuple_item(given, i)));
    }
    arguments = tuple_finish(ts, ref_take(&arguments));
    Value type = type_value(type_of(self));
    if (named == 0) {
        return tuple_pack(ts, 2, type, arguments.v);
    }
    // functools.partial(methodcaller, name, **keywords) is then called with the positional ones.
    OWNED Ref functools = import_module(ts, "functools");
    OWNED Ref partial =
        is_error(functools) ? NO_REF : object_get_attribute_z(ts, functools.v, "partial");
    OWNED Ref head = is_error(partial) ? NO_REF : tuple_pack(ts, 2, type, what_of(self));
    OWNED Ref dict = is_error(head) ? NO_REF : dict_new(ts);
    for (size_t i = 0; i < named && !is_error(dict); i++) {
        if (dict_set(ts, dict_from(dict.v), tuple_item(keywords, i),
                     tuple_item(given, plain + i)) == STATUS_ERROR) {
            return NO_REF;
        }
    }
    OWNED Ref made = is_error(dict) ? NO_REF : object_call_packed(ts, partial.v, head.v, dict.v);
    return is_error(made) ? NO_REF : tuple_pack(ts, 2, made.v, arguments.v);
}

static const NativeDef caller_methods[] = {
    NATIVE("__reduce__", caller_reduce, "($self, /)", "Return state information for pickling"),
    NATIVE_END,
};

const TypeSpec spec_METHOD_CALLER = {
    .name = "operator.methodcaller",
    .doc = "methodcaller(name, ...) --> methodcaller object\n\n"
           "Called with an object it calls that method of it, with the arguments given here.",
    .base = KIND_OBJECT,
    .size = sizeof(Getter),
    .flags = TYPE_COLLECTED,
    .slots = {.finish = getter_finish,
              .traverse = getter_traverse,
              .repr = caller_repr,
              .call = caller_call,
              .make = caller_make},
    .methods = caller_methods,
};
