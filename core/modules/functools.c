// core/modules/functools.c: the module _functools: reduce, partial, cmp_to_key.
// (lru_cache.c: caching.)
#include "core/object/container.h"
#include "core/object/dict.h"
#include "core/object/module.h"
#include "core/object/str.h"
#include "core/object/tuple.h"

// --- partial -------------------------------------------------------------------------------------

// function, args and keywords are replaced together by __setstate__ only, under the lock.
typedef struct Partial {
    ObjectHead head;
    SharedRef function;
    SharedRef args;     // tuple
    SharedRef keywords; // dict
} Partial;

static Partial *partial_from(Value v) { return (Partial *)value_head(v); }
static Ref load(Value self, SharedRef *place) { return shared_ref_load(value_head(self), place); }

static Ref concat_args(ThreadState *ts, Value tuple, const Value *args, size_t count)
{
    size_t n = tuple_count(tuple);
    OWNED Ref all = tuple_new(ts, n + count);
    if (is_error(all)) {
        return NO_REF;
    }
    for (size_t i = 0; i < n; i++) {
        tuple_init_item(all.v, i, ref_new(tuple_item(tuple, i)));
    }
    for (size_t i = 0; i < count; i++) {
        tuple_init_item(all.v, n + i, ref_new(args[i]));
    }
    return tuple_finish(ts, ref_take(&all));
}

static Status add_keywords(ThreadState *ts, Dict *d, const Value *values, Value names)
{
    size_t count = is_no_value(names) ? 0 : tuple_count(names);
    for (size_t i = 0; i < count; i++) {
        if (dict_set(ts, d, tuple_item(names, i), values[i]) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    return STATUS_OK;
}

static Ref partial_make(CALL_PARAMETERS)
{
    if (count < 1) {
        return raise(ts, EXC_TypeError, "type 'partial' takes at least one argument");
    }
    OWNED Ref function = ref_new(args[0]);
    OWNED Ref inner_args = tuple_empty();
    OWNED Ref keywords = NO_REF;
    if (value_is_exactly(function.v, KIND_PARTIAL)) {
        // A partial of a partial becomes one, unless the inner one has attributes of its own.
        OWNED Ref dict = object_get_dict(ts, function.v);
        if (is_error(dict)) {
            return NO_REF;
        }
        if (dict_size(dict_from(dict.v)) == 0) {
            Partial *inner = partial_from(function.v);
            OWNED Ref held = ref_new(function.v);
            ref_set(&inner_args, load(held.v, &inner->args));
            keywords = load(held.v, &inner->keywords);
            ref_set(&function, load(held.v, &inner->function));
        }
    }
    if (!object_is_callable(function.v)) {
        return raise(ts, EXC_TypeError, "the first argument must be callable");
    }
    OWNED Ref all = concat_args(ts, inner_args.v, args + 1, count - 1);
    OWNED Ref merged = is_error(all)        ? NO_REF
                       : is_error(keywords) ? dict_new(ts)
                                            : dict_copy(ts, dict_from(keywords.v));
    if (is_error(merged) ||
        add_keywords(ts, dict_from(merged.v), args + count, names) == STATUS_ERROR) {
        return NO_REF;
    }
    Partial *p = object_new_of(ts, type_from(self));
    if (p == NULL) {
        return NO_REF;
    }
    shared_ref_init(&p->function, ref_take(&function));
    shared_ref_init(&p->args, ref_take(&all));
    shared_ref_init(&p->keywords, ref_take(&merged));
    object_track(&p->head);
    return REF_FROM_NEW(p);
}

static Ref partial_call(CALL_PARAMETERS)
{
    Partial *p = partial_from(self);
    OWNED Ref function = load(self, &p->function);
    OWNED Ref stored = load(self, &p->args);
    OWNED Ref keywords = load(self, &p->keywords);
    if (dict_size(dict_from(keywords.v)) > 0) {
        OWNED Ref all = concat_args(ts, stored.v, args, count);
        OWNED Ref merged = is_error(all) ? NO_REF : dict_copy(ts, dict_from(keywords.v));
        if (is_error(merged) ||
            add_keywords(ts, dict_from(merged.v), args + count, names) == STATUS_ERROR) {
            return NO_REF;
        }
        return object_call_packed(ts, function.v, all.v, merged.v);
    }
    size_t first = tuple_count(stored.v), named = is_no_value(names) ? 0 : tuple_count(names);
    if (first == 0) {
        return object_call(ts, function.v, args, count, names);
    }
    Value few[16];
    size_t total = first + count + named;
    Value *all = total <= ARRAY_LENGTH(few) ? few : raw_alloc(ts, total * sizeof *all);
    if (all == NULL) {
        return NO_REF;
    }
    for (size_t i = 0; i < first; i++) {
        all[i] = tuple_item(stored.v, i);
    }
    memcpy(all + first, args, (count + named) * sizeof *all);
    Ref result = object_call(ts, function.v, all, first + count, names);
    if (all != few) {
        raw_free(ts, all);
    }
    return result;
}

static void partial_finish(ThreadState *ts, ObjectHead *o)
{
    Partial *p = (Partial *)o;
    shared_ref_clear(&p->function);
    shared_ref_clear(&p->args);
    shared_ref_clear(&p->keywords);
}
static void partial_traverse(ObjectHead *o, Visitor visit, void *context)
{
    Partial *p = (Partial *)o;
    visit_place(&p->function, visit, context);
    visit_place(&p->args, visit, context);
    visit_place(&p->keywords, visit, context);
}

static Status replace_fields(ThreadState *ts, Value self, Ref function, Ref args, Ref keywords)
{
    Partial *p = partial_from(self);
    CRITICAL_SECTION(ts, &p->head)
    {
        function = shared_ref_swap(&p->function, function);
        args = shared_ref_swap(&p->args, args);
        keywords = shared_ref_swap(&p->keywords, keywords);
    }
    ref_drop(&function);
    ref_drop(&args);
    ref_drop(&keywords);
    return STATUS_OK;
}

// Breaks cycles and stays callable in form: the fields become None, () and {}.
static void partial_clear(ThreadState *ts, ObjectHead *o)
{
    Ref empty = dict_new(ts);
    if (is_error(empty)) {
        exception_clear(ts);
        return;
    }
    (void)replace_fields(ts, value_of(o), REF_NONE, tuple_empty(), empty);
}

static Ref partial_repr(ThreadState *ts, Value self)
{
    int inside = repr_enter(ts, self);
    if (inside != 0) {
        return inside > 0 ? str_from_z(ts, "...") : NO_REF;
    }
    Partial *p = partial_from(self);
    OWNED Ref function = load(self, &p->function);
    OWNED Ref args = load(self, &p->args);
    OWNED Ref keywords = load(self, &p->keywords);
    const char *prefix = value_is_exactly(self, KIND_PARTIAL) ? "functools." : "";
    const char *name = strrchr(type_name(type_of(self)), '.');
    name = name != NULL && *prefix != 0 ? name + 1 : type_name(type_of(self));
    OWNED Ref text = format_str(ts, "%s%s(%R", prefix, name, function.v);
    for (size_t i = 0; i < tuple_count(args.v) && !is_error(text); i++) {
        ref_set(&text, format_str(ts, "%U, %R", text.v, tuple_item(args.v, i)));
    }
    size_t position = 0;
    Ref key, value;
    while (!is_error(text) && dict_next(ts, dict_from(keywords.v), &position, &key, &value)) {
        ref_set(&text, format_str(ts, "%U, %S=%R", text.v, key.v, value.v));
        ref_drop(&key);
        ref_drop(&value);
    }
    OWNED Ref whole = is_error(text) ? NO_REF : format_str(ts, "%U)", text.v);
    repr_leave(ts, self);
    return ref_take(&whole);
}

static Ref partial_reduce(ThreadState *ts, Value self, const Value *args)
{
    Partial *p = partial_from(self);
    OWNED Ref function = load(self, &p->function);
    OWNED Ref stored = load(self, &p->args);
    OWNED Ref keywords = load(self, &p->keywords);
    OWNED Ref dict = object_get_dict(ts, self);
    if (is_error(dict)) {
        return NO_REF;
    }
    Value attributes = dict_size(dict_from(dict.v)) == 0 ? VALUE_NONE : dict.v;
    OWNED Ref arguments = tuple_pack(ts, 1, function.v);
    OWNED Ref state = is_error(arguments)
                          ? NO_REF
                          : tuple_pack(ts, 4, function.v, stored.v, keywords.v, attributes);
    return is_error(state) ? NO_REF
                           : tuple_pack(ts, 3, type_value(type_of(self)), arguments.v, state.v);
}

static Ref partial_set_state(ThreadState *ts, Value self, const Value *args)
{
    Value state = args[0];
    if (!value_is_tuple(state) || tuple_count(state) != 4 ||
        !object_is_callable(tuple_item(state, 0)) || !value_is_tuple(tuple_item(state, 1)) ||
        !(value_is_none(tuple_item(state, 2)) || value_is_dict(tuple_item(state, 2)))) {
        return raise(ts, EXC_TypeError, "invalid partial state");
    }
    Value given = tuple_item(state, 2);
    OWNED Ref arguments = sequence_tuple(ts, tuple_item(state, 1));
    OWNED Ref keywords = is_error(arguments)                  ? NO_REF
                         : value_is_none(given)               ? dict_new(ts)
                         : value_is_exactly(given, KIND_DICT) ? ref_new(given)
                                                              : dict_copy(ts, dict_from(given));
    if (is_error(keywords)) {
        return NO_REF;
    }
    Value attributes = tuple_item(state, 3);
    OWNED Ref fresh = value_is_none(attributes) ? dict_new(ts) : ref_new(attributes);
    if (is_error(fresh) ||
        object_set_attribute(ts, self, NAME(__dict__), fresh.v) == STATUS_ERROR) {
        return NO_REF;
    }
    (void)replace_fields(ts, self, ref_new(tuple_item(state, 0)), ref_take(&arguments),
                         ref_take(&keywords));
    return REF_NONE;
}

static Ref get_func(ThreadState *ts, Value self)
{
    return load(self, &partial_from(self)->function);
}
static Ref get_args(ThreadState *ts, Value self) { return load(self, &partial_from(self)->args); }
static Ref get_keywords(ThreadState *ts, Value self)
{
    return load(self, &partial_from(self)->keywords);
}

static const NativeDef partial_methods[] = {
    NATIVE("__reduce__", partial_reduce, "($self, /)", NULL),
    NATIVE("__setstate__", partial_set_state, "($self, state, /)", NULL),
    NATIVE_CLASS_GETITEM,
    NATIVE_END,
};
static const GetSetDef partial_getset[] = {
    {"func", get_func, NULL, "function object to use in future partial calls"},
    {"args", get_args, NULL, "tuple of arguments to future partial calls"},
    {"keywords", get_keywords, NULL, "dictionary of keyword arguments to future partial calls"},
    {NULL, NULL, NULL, NULL},
};

const TypeSpec spec_PARTIAL = {
    .name = "functools.partial",
    .doc = "partial(func, *args, **keywords) - new function with partial application\n"
           "    of the given arguments and keywords.\n",
    .base = KIND_OBJECT,
    .size = sizeof(Partial),
    .flags = TYPE_SUBCLASSABLE | TYPE_COLLECTED | TYPE_HAS_DICT | TYPE_WEAK_REFERENCEABLE,
    .slots = {.finish = partial_finish,
              .traverse = partial_traverse,
              .clear = partial_clear,
              .repr = partial_repr,
              .call = partial_call,
              .make = partial_make},
    .methods = partial_methods,
    .getset = partial_getset,
};

// --- cmp_to_key ----------------------------------------------------------------------------------

typedef struct CmpKey {
    ObjectHead head;
    SharedRef compare;
    SharedRef object; // empty: the class-like thing that cmp_to_key returns
} CmpKey;

static CmpKey *key_from(Value v) { return (CmpKey *)value_head(v); }

static Ref new_key(ThreadState *ts, Value compare, Value object)
{
    CmpKey *k = object_new(ts, KIND_CMP_KEY, sizeof(CmpKey));
    if (k == NULL) {
        return NO_REF;
    }
    shared_ref_init(&k->compare, ref_new(compare));
    shared_ref_init(&k->object, is_no_value(object) ? NO_REF : ref_new(object));
    object_track(&k->head);
    return REF_FROM_NEW(k);
}

static Ref key_call(CALL_PARAMETERS)
{
    static const char *const parameters[] = {"obj", NULL};
    Value object;
    if (arguments_bind(ts, "K", parameters, 0, 1, 1, args, count, names, &object) == STATUS_ERROR) {
        return NO_REF;
    }
    return new_key(ts, shared_ref_peek(&key_from(self)->compare), object);
}

static Ref key_compare(ThreadState *ts, Value a, Value b, CompareOp op)
{
    if (!value_is_kind(a, KIND_CMP_KEY) || !value_is_kind(b, KIND_CMP_KEY)) {
        return raise(ts, EXC_TypeError, "other argument must be K instance");
    }
    OWNED Ref x = load(a, &key_from(a)->object);
    OWNED Ref y = load(b, &key_from(b)->object);
    if (is_error(x) || is_error(y)) {
        return raise(ts, EXC_AttributeError, "object");
    }
    OWNED Ref order = object_call2(ts, shared_ref_peek(&key_from(a)->compare), x.v, y.v);
    return is_error(order) ? NO_REF : object_compare(ts, order.v, small_int(0), op);
}

static void key_finish(ThreadState *ts, ObjectHead *o)
{
    shared_ref_clear(&((CmpKey *)o)->compare);
    shared_ref_clear(&((CmpKey *)o)->object);
}
static void key_traverse(ObjectHead *o, Visitor visit, void *context)
{
    visit_place(&((CmpKey *)o)->compare, visit, context);
    visit_place(&((CmpKey *)o)->object, visit, context);
}

static Ref get_object(ThreadState *ts, Value self)
{
    Ref object = load(self, &key_from(self)->object);
    return is_error(object) ? raise(ts, EXC_AttributeError, "obj") : object;
}
static Status set_object(ThreadState *ts, Value self, Value value)
{
    object_store(ts, value_head(self), &key_from(self)->object,
                 is_no_value(value) ? NO_REF : ref_new(value));
    return STATUS_OK;
}
static const GetSetDef key_getset[] = {
    {"obj", get_object, set_object, "Value wrapped by a key function."},
    {NULL, NULL, NULL, NULL},
};

const TypeSpec spec_CMP_KEY = {
    .name = "functools.KeyWrapper",
    .base = KIND_OBJECT,
    .size = sizeof(CmpKey),
    .flags = TYPE_COLLECTED | TYPE_NOT_CONSTRUCTIBLE,
    .slots = {.finish = key_finish,
              .traverse = key_traverse,
              .compare = key_compare,
              .call = key_call},
    .getset = key_getset,
};

static Ref cmp_to_key(ThreadState *ts, Value self, const Value *args)
{
    return new_key(ts, args[0], NO_VALUE);
}

// --- reduce --------------------------------------------------------------------------------------

static Ref reduce(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref it = object_iterate(ts, args[1]);
    if (is_error(it)) {
        if (exception_clear_if(ts, EXC_TypeError)) {
            return raise(ts, EXC_TypeError, "reduce() arg 2 must support iteration");
        }
        return NO_REF;
    }
    NextFunction next = next_of(it.v);
    OWNED Ref result = is_no_value(args[2]) ? NO_REF : ref_new(args[2]);
    for (;;) {
        OWNED Ref item = iterator_step(ts, it.v, next);
        if (is_error(item)) {
            break;
        }
        if (is_error(result)) {
            result = ref_take(&item);
        } else {
            ref_set(&result, object_call2(ts, args[0], result.v, item.v));
            if (is_error(result)) {
                return NO_REF;
            }
        }
    }
    if (has_exception(ts)) {
        return NO_REF;
    }
    return is_error(result)
               ? raise(ts, EXC_TypeError, "reduce() of empty iterable with no initial value")
               : ref_take(&result);
}

static const NativeDef functions[] = {
    NATIVE(
        "reduce", reduce, "($module, function, iterable, initial=<unrepresentable>, /)",
        "reduce(function, iterable[, initial], /) -> value\n\n"
        "Apply a function of two arguments cumulatively to the items of a sequence\n"
        "or iterable, from left to right, so as to reduce the iterable to a single\n"
        "value.  For example, reduce(lambda x, y: x+y, [1, 2, 3, 4, 5]) calculates\n"
        "((((1+2)+3)+4)+5).  If initial is present, it is placed before the items\n"
        "of the iterable in the calculation, and serves as a default when the\niterable is empty."),
    NATIVE("cmp_to_key", cmp_to_key, "($module, /, mycmp)",
           "Convert a cmp= function into a key= function.\n\n  mycmp\n    Function that compares "
           "two objects."),
    NATIVE_END,
};

static Status setup(ThreadState *ts, Value module)
{
    return module_add_type(ts, module, KIND_PARTIAL) == STATUS_ERROR
               ? STATUS_ERROR
               : module_add_type(ts, module, KIND_LRU_CACHE);
}

extern const ModuleSpec module_functools;
const ModuleSpec module_functools = {
    .name = "_functools",
    .doc = "Tools that operate on functions.",
    .functions = functions,
    .setup = setup,
};
