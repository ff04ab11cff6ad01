// core/modules/weakref.c: _weakref: references and proxies that do not keep their object alive.
//
// Both embed a WeakLink, which the table of gc/weakref.h clears when the object dies. A reference
// without a callback, of the exact type, is unique per object while it lives.
#include "core/object/dict.h"
#include "core/object/list.h"
#include "core/object/module.h"
#include "core/object/object.h"
#include "core/object/str.h"
#include "gc/upcalls.h"
#include "gc/weakref.h"

// Kinds WEAK_REFERENCE, WEAK_PROXY and WEAK_CALLABLE_PROXY.
typedef struct WeakReference {
    ObjectHead head;
    SharedRef callback;
    int64_t hash;     // atomic, valid once has_hash is set
    uint8_t has_hash; // atomic
    WeakLink link;
} WeakReference;

static WeakReference *reference_from(Value v) { return (WeakReference *)value_head(v); }

static bool is_proxy(Value v)
{
    return value_is_kind(v, KIND_WEAK_PROXY) || value_is_kind(v, KIND_WEAK_CALLABLE_PROXY);
}

static void reference_finish(ThreadState *ts, ObjectHead *o)
{
    WeakReference *r = (WeakReference *)o;
    weak_unlink(&r->link);
    shared_ref_clear(&r->callback);
}

static void reference_traverse(ObjectHead *o, Visitor visit, void *context)
{
    visit(shared_ref_peek(&((WeakReference *)o)->callback), EDGE_COUNTED, context);
}

void weak_reference_call(ThreadState *ts, ObjectHead *reference)
{
    WeakReference *r = (WeakReference *)reference;
    OWNED Ref callback = NO_REF;
    CRITICAL_SECTION(ts, reference) { callback = shared_ref_swap(&r->callback, NO_REF); }
    if (is_error(callback) || object_finalizers_have_ended()) {
        return;
    }
    OWNED Ref pending = exception_fetch(ts);
    OWNED Ref result = object_call1(ts, callback.v, value_of(reference));
    if (is_error(result)) {
        exception_unraisable(ts, callback.v, NULL);
    }
    if (!is_error(pending)) {
        exception_restore(ts, ref_take(&pending));
    }
}

// A new reference or proxy of type `t` to `object`; a callback of NO_VALUE or None is none.
static Ref link_new(ThreadState *ts, Type *t, Value object, Value callback)
{
    if (!value_is_object(object) || (type_of(object)->flags & TYPE_WEAK_REFERENCEABLE) == 0) {
        return raise(ts, EXC_TypeError, "cannot create weak reference to '%T' object", object);
    }
    bool has_callback = !is_no_value(callback) && !value_is_none(callback);
    bool is_plain = !has_callback && (t->flags & TYPE_MADE_BY_SCRIPT) == 0;
    if (is_plain) {
        Ref known = weak_find_plain(value_head(object), (uint32_t)t->kind);
        if (!is_error(known)) {
            return known;
        }
    }
    WeakReference *r = object_new_of(ts, t);
    if (r == NULL) {
        return NO_REF;
    }
    r->hash = 0;
    r->has_hash = 0;
    r->link = (WeakLink){
        .reference = &r->head,
        .is_plain = is_plain,
        .has_callback = has_callback,
    };
    shared_ref_init(&r->callback, has_callback ? ref_new(callback) : NO_REF);
    OWNED Ref result = REF_FROM_NEW(r);
    object_track(&r->head);
    if (!weak_link(&r->link, value_head(object))) {
        return raise_no_memory(ts);
    }
    return ref_take(&result);
}

static Status check_count(ThreadState *ts, const char *function, size_t count)
{
    if (count < 1) {
        return raise_status(ts, EXC_TypeError, "%s expected at least 1 argument, got 0", function);
    }
    if (count > 2) {
        return raise_status(ts, EXC_TypeError, "%s expected at most 2 arguments, got %zu", function,
                            count);
    }
    return STATUS_OK;
}

static Ref get_callback(ThreadState *ts, Value self)
{
    WeakReference *r = reference_from(self);
    OWNED Ref callback = shared_ref_load(&r->head, &r->callback);
    // Once the object has died the callback is used up.
    if (is_error(callback) || atomic_load_acquire(&r->link.referent) == NULL) {
        return REF_NONE;
    }
    return ref_take(&callback);
}

// --- ref -----------------------------------------------------------------------------------------

static Status refuse_keywords(ThreadState *ts, Value type, Value names)
{
    if (!is_no_value(names) && (type_from(type)->flags & TYPE_MADE_BY_SCRIPT) == 0) {
        return raise_status(ts, EXC_TypeError, "ref() takes no keyword arguments");
    }
    return STATUS_OK;
}

static Ref reference_make(CALL_PARAMETERS)
{
    if (refuse_keywords(ts, self, names) == STATUS_ERROR ||
        check_count(ts, "__new__", count) == STATUS_ERROR) {
        return NO_REF;
    }
    return link_new(ts, type_from(self), args[0], count == 2 ? args[1] : NO_VALUE);
}

static Status reference_init(CALL_PARAMETERS) { return check_count(ts, "__init__", count); }

static Ref reference_call(CALL_PARAMETERS)
{
    if (!is_no_value(names)) {
        return raise(ts, EXC_TypeError, "weakref() takes no keyword arguments");
    }
    if (count != 0) {
        return raise(ts, EXC_TypeError, "weakref expected 0 arguments, got %zu", count);
    }
    Ref object = weak_get(&reference_from(self)->link);
    return is_error(object) ? REF_NONE : object;
}

static Status reference_hash(ThreadState *ts, Value self, int64_t *hash)
{
    WeakReference *r = reference_from(self);
    // acquire: pairs with the release below.
    if (atomic_load_acquire(&r->has_hash) != 0) {
        *hash = atomic_load_relaxed(&r->hash);
        return STATUS_OK;
    }
    OWNED Ref object = weak_get(&r->link);
    if (is_error(object)) {
        return raise_status(ts, EXC_TypeError, "weak object has gone away");
    }
    if (object_hash(ts, object.v, hash) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    atomic_store_relaxed(&r->hash, *hash);
    atomic_store_release(&r->has_hash, (uint8_t)1);
    return STATUS_OK;
}

// References to living objects compare as the objects do; others are equal to themselves only.
static Ref reference_compare(ThreadState *ts, Value a, Value b, CompareOp op)
{
    if ((op != OP_EQ && op != OP_NE) || !value_is_kind(a, KIND_WEAK_REFERENCE) ||
        !value_is_kind(b, KIND_WEAK_REFERENCE)) {
        return REF_OF(VALUE_NOT_IMPLEMENTED);
    }
    OWNED Ref x = weak_get(&reference_from(a)->link);
    OWNED Ref y = weak_get(&reference_from(b)->link);
    if (is_error(x) || is_error(y)) {
        return REF_OF(bool_value(value_is_same(a, b) == (op == OP_EQ)));
    }
    return object_compare(ts, x.v, y.v, op);
}

static Ref reference_repr(ThreadState *ts, Value self)
{
    OWNED Ref object = weak_get(&reference_from(self)->link);
    void *at = value_head(self);
    if (is_error(object)) {
        return format_str(ts, "<weakref at %p; dead>", at);
    }
    OWNED Ref name = NO_REF;
    void *to = (void *)object.v.bits;
    if (object_lookup_attribute(ts, object.v, NAME(__name__), &name) == LOOKUP_ERROR) {
        return NO_REF;
    }
    if (is_error(name) || !value_is_str(name.v)) {
        return format_str(ts, "<weakref at %p; to '%T' at %p>", at, object.v, to);
    }
    return format_str(ts, "<weakref at %p; to '%T' at %p (%U)>", at, object.v, to, name.v);
}

static const GetSetDef reference_getset[] = {
    {"__callback__", get_callback, NULL, NULL},
    {0},
};

static Ref class_getitem(ThreadState *ts, Value self, const Value *args)
{
    return object_call2(ts, type_value(TYPE_OF_KIND(GENERIC_ALIAS)), self, args[0]);
}

static const NativeDef reference_methods[] = {
    NATIVE_CLASS("__class_getitem__", class_getitem, "($cls, item, /)", "See PEP 585"),
    NATIVE_END,
};

const TypeSpec spec_WEAK_REFERENCE = {
    .name = "weakref.ReferenceType",
    .base = KIND_OBJECT,
    .size = sizeof(WeakReference),
    .flags = TYPE_SUBCLASSABLE | TYPE_COLLECTED,
    .slots =
        {
            .finish = reference_finish,
            .traverse = reference_traverse,
            .clear = reference_finish,
            .repr = reference_repr,
            .hash = reference_hash,
            .compare = reference_compare,
            .call = reference_call,
            .make = reference_make,
            .init = reference_init,
        },
    .methods = reference_methods,
    .getset = reference_getset,
};

// --- proxies -------------------------------------------------------------------------------------

// What a proxy stands for, or the value itself.
static Ref unwrap(ThreadState *ts, Value v)
{
    if (!is_proxy(v)) {
        return ref_new(v);
    }
    Ref object = weak_get(&reference_from(v)->link);
    if (is_error(object)) {
        return raise(ts, EXC_ReferenceError, "weakly-referenced object no longer exists");
    }
    return object;
}

#define UNWRAPPED(name, value, failure)                                                            \
    OWNED Ref name = unwrap(ts, value);                                                            \
    if (is_error(name)) {                                                                          \
        return failure;                                                                            \
    }

static Ref proxy_repr(ThreadState *ts, Value self)
{
    OWNED Ref object = weak_get(&reference_from(self)->link);
    Value to = is_error(object) ? VALUE_NONE : object.v;
    return format_str(ts, "<weakproxy at %p to %T at %p>", (void *)self.bits, to, (void *)to.bits);
}

static Ref proxy_str(ThreadState *ts, Value self)
{
    UNWRAPPED(object, self, NO_REF)
    return object_str(ts, object.v);
}

static Status proxy_hash(ThreadState *ts, Value self, int64_t *hash)
{
    return raise_status(ts, EXC_TypeError, "unhashable type: '%T'", self);
}

static Ref proxy_compare(ThreadState *ts, Value a, Value b, CompareOp op)
{
    UNWRAPPED(x, a, NO_REF)
    UNWRAPPED(y, b, NO_REF)
    return object_compare(ts, x.v, y.v, op);
}

static Truth proxy_truth(ThreadState *ts, Value self)
{
    UNWRAPPED(object, self, TRUTH_ERROR)
    return object_is_true(ts, object.v);
}

static Ref proxy_call(CALL_PARAMETERS)
{
    UNWRAPPED(object, self, NO_REF)
    return object_call(ts, object.v, args, count, names);
}

static Ref proxy_get_attribute(ThreadState *ts, Value self, Value name)
{
    UNWRAPPED(object, self, NO_REF)
    return object_get_attribute(ts, object.v, name);
}

static Status proxy_set_attribute(ThreadState *ts, Value self, Value name, Value value)
{
    UNWRAPPED(object, self, STATUS_ERROR)
    return object_set_attribute(ts, object.v, name, value);
}

static Ref proxy_iterate(ThreadState *ts, Value self)
{
    UNWRAPPED(object, self, NO_REF)
    return object_iterate(ts, object.v);
}

static Ref proxy_next(ThreadState *ts, Value self)
{
    UNWRAPPED(object, self, NO_REF)
    if (type_of(object.v)->slots.next == NULL) {
        return raise(ts, EXC_TypeError, "Weakref proxy referenced a non-iterator '%T' object",
                     object.v);
    }
    return iterator_next(ts, object.v);
}

static int64_t proxy_length(ThreadState *ts, Value self)
{
    UNWRAPPED(object, self, -1)
    return object_length(ts, object.v);
}

static Ref proxy_get_item(ThreadState *ts, Value self, Value key)
{
    UNWRAPPED(object, self, NO_REF)
    UNWRAPPED(plain, key, NO_REF)
    return object_get_item(ts, object.v, plain.v);
}

static Status proxy_set_item(ThreadState *ts, Value self, Value key, Value value)
{
    UNWRAPPED(object, self, STATUS_ERROR)
    return object_set_item(ts, object.v, key, value);
}

static Truth proxy_contains(ThreadState *ts, Value self, Value item)
{
    UNWRAPPED(object, self, TRUTH_ERROR)
    return object_contains(ts, object.v, item);
}

#define BINARY(name, op)                                                                           \
    static Ref proxy_##name(ThreadState *ts, Value left, Value right)                              \
    {                                                                                              \
        UNWRAPPED(x, left, NO_REF)                                                                 \
        UNWRAPPED(y, right, NO_REF)                                                                \
        return object_binary(ts, op, x.v, y.v);                                                    \
    }                                                                                              \
    static Ref proxy_in_place_##name(ThreadState *ts, Value left, Value right)                     \
    {                                                                                              \
        UNWRAPPED(x, left, NO_REF)                                                                 \
        UNWRAPPED(y, right, NO_REF)                                                                \
        return object_in_place(ts, op, x.v, y.v);                                                  \
    }
#define EACH_BINARY(ROW)                                                                           \
    ROW(add, BIN_ADD)                                                                              \
    ROW(sub, BIN_SUB)                                                                              \
    ROW(mul, BIN_MUL)                                                                              \
    ROW(true_div, BIN_TRUE_DIV)                                                                    \
    ROW(floor_div, BIN_FLOOR_DIV)                                                                  \
    ROW(mod, BIN_MOD)                                                                              \
    ROW(pow, BIN_POW)                                                                              \
    ROW(lshift, BIN_LSHIFT)                                                                        \
    ROW(rshift, BIN_RSHIFT)                                                                        \
    ROW(and, BIN_AND)                                                                              \
    ROW(or, BIN_OR)                                                                                \
    ROW(xor, BIN_XOR)                                                                              \
    ROW(matmul, BIN_MATMUL)                                                                        \
    ROW(divmod, BIN_DIVMOD)
EACH_BINARY(BINARY)

static Ref proxy_power(ThreadState *ts, Value base, Value exponent, Value modulus)
{
    UNWRAPPED(x, base, NO_REF)
    UNWRAPPED(y, exponent, NO_REF)
    UNWRAPPED(z, modulus, NO_REF)
    return object_power(ts, x.v, y.v, z.v);
}

#define UNARY(name, op)                                                                            \
    static Ref proxy_##name(ThreadState *ts, Value self)                                           \
    {                                                                                              \
        UNWRAPPED(object, self, NO_REF)                                                            \
        return object_unary(ts, op, object.v);                                                     \
    }
UNARY(negative, UN_NEGATIVE)
UNARY(positive, UN_POSITIVE)
UNARY(invert, UN_INVERT)
UNARY(absolute, UN_ABSOLUTE)

static Ref proxy_index(ThreadState *ts, Value self)
{
    UNWRAPPED(object, self, NO_REF)
    return object_index(ts, object.v);
}

static Ref proxy_to_int(ThreadState *ts, Value self)
{
    UNWRAPPED(object, self, NO_REF)
    return object_call1(ts, type_value(TYPE_OF_KIND(INT)), object.v);
}

static Ref proxy_to_float(ThreadState *ts, Value self)
{
    UNWRAPPED(object, self, NO_REF)
    return object_call1(ts, type_value(TYPE_OF_KIND(FLOAT)), object.v);
}

static Ref proxy_bytes(ThreadState *ts, Value self, const Value *args)
{
    UNWRAPPED(object, self, NO_REF)
    return object_call_method(ts, object.v, NAME(__bytes__), NULL, 0);
}

static Ref proxy_reversed(ThreadState *ts, Value self, const Value *args)
{
    UNWRAPPED(object, self, NO_REF)
    return object_call1(ts, type_value(TYPE_OF_KIND(REVERSED)), object.v);
}

static const NativeDef proxy_methods[] = {
    NATIVE("__bytes__", proxy_bytes, "($self, /)", NULL),
    NATIVE("__reversed__", proxy_reversed, "($self, /)", NULL),
    NATIVE_END,
};

#define BINARY_SLOT(name, op)   [op] = proxy_##name,
#define IN_PLACE_SLOT(name, op) [op] = proxy_in_place_##name,
// divmod has no operator of its own
#define PROXY_SLOTS                                                                                \
    .finish = reference_finish, .traverse = reference_traverse, .clear = reference_finish,         \
    .repr = proxy_repr, .str = proxy_str, .hash = proxy_hash, .compare = proxy_compare,            \
    .truth = proxy_truth, .get_attribute = proxy_get_attribute,                                    \
    .set_attribute = proxy_set_attribute, .iterate = proxy_iterate, .next = proxy_next,            \
    .length = proxy_length, .get_item = proxy_get_item, .set_item = proxy_set_item,                \
    .contains = proxy_contains, .binary = {EACH_BINARY(BINARY_SLOT)},                              \
    .in_place = {EACH_BINARY(IN_PLACE_SLOT)}, .power = proxy_power,                                \
    .unary = {[UN_NEGATIVE] = proxy_negative,                                                      \
              [UN_POSITIVE] = proxy_positive,                                                      \
              [UN_INVERT] = proxy_invert,                                                          \
              [UN_ABSOLUTE] = proxy_absolute},                                                     \
    .index = proxy_index, .to_int = proxy_to_int, .to_float = proxy_to_float

const TypeSpec spec_WEAK_PROXY = {
    .name = "weakref.ProxyType",
    .base = KIND_OBJECT,
    .size = sizeof(WeakReference),
    .flags = TYPE_COLLECTED | TYPE_NOT_CONSTRUCTIBLE,
    .slots = {PROXY_SLOTS},
    .methods = proxy_methods,
};

const TypeSpec spec_WEAK_CALLABLE_PROXY = {
    .name = "weakref.CallableProxyType",
    .base = KIND_OBJECT,
    .size = sizeof(WeakReference),
    .flags = TYPE_COLLECTED | TYPE_NOT_CONSTRUCTIBLE,
    .slots = {PROXY_SLOTS, .call = proxy_call},
    .methods = proxy_methods,
};

// --- the module ----------------------------------------------------------------------------------

static Ref proxy(CALL_PARAMETERS)
{
    if (!is_no_value(names)) {
        return raise(ts, EXC_TypeError, "proxy() takes no keyword arguments");
    }
    if (check_count(ts, "proxy", count) == STATUS_ERROR) {
        return NO_REF;
    }
    bool is_callable = value_is_object(args[0]) && object_is_callable(args[0]);
    Type *t = is_callable ? TYPE_OF_KIND(WEAK_CALLABLE_PROXY) : TYPE_OF_KIND(WEAK_PROXY);
    return link_new(ts, t, args[0], count == 2 ? args[1] : NO_VALUE);
}

static Ref getweakrefcount(ThreadState *ts, Value self, const Value *args)
{
    size_t count = value_is_object(args[0]) ? weak_count(value_head(args[0])) : 0;
    return REF_OF(small_int((int64_t)count));
}

static Ref getweakrefs(ThreadState *ts, Value self, const Value *args)
{
    size_t capacity = value_is_object(args[0]) ? weak_count(value_head(args[0])) : 0;
    if (capacity == 0) {
        return list_new(ts, 0);
    }
    Ref *references = raw_alloc(ts, capacity * sizeof *references);
    if (references == NULL) {
        return NO_REF;
    }
    size_t count = weak_list(value_head(args[0]), references, capacity);
    Ref list = list_from_refs(ts, references, count);
    raw_free(ts, references);
    return list;
}

static bool is_dead_reference(Value v)
{
    return value_is_kind(v, KIND_WEAK_REFERENCE) &&
           atomic_load_acquire(&reference_from(v)->link.referent) == NULL;
}

// Another thread may store a living reference under the key meanwhile: that one is put back.
static Ref remove_dead_weakref(ThreadState *ts, Value self, const Value *args)
{
    if (!value_is_dict(args[0])) {
        return raise(ts, EXC_TypeError, "_remove_dead_weakref() argument 1 must be dict, not %T",
                     args[0]);
    }
    Dict *d = dict_from(args[0]);
    OWNED Ref found = NO_REF;
    Lookup lookup = dict_get(ts, d, args[1], &found);
    if (lookup == LOOKUP_ERROR) {
        return NO_REF;
    }
    if (lookup == LOOKUP_ABSENT || !is_dead_reference(found.v)) {
        return REF_NONE;
    }
    OWNED Ref popped = NO_REF;
    lookup = dict_pop(ts, d, args[1], &popped);
    if (lookup == LOOKUP_ERROR) {
        return NO_REF;
    }
    if (lookup == LOOKUP_FOUND && !is_dead_reference(popped.v)) {
        OWNED Ref there = NO_REF;
        if (dict_set_default(ts, d, args[1], popped.v, &there) == LOOKUP_ERROR) {
            return NO_REF;
        }
    }
    return REF_NONE;
}

static const NativeDef functions[] = {
    NATIVE_RAW("proxy", proxy, "(object, callback=None, /)",
               "A proxy that stands for the object as long as it lives."),
    NATIVE("getweakrefcount", getweakrefcount, "($module, object, /)",
           "How many weak references and proxies there are to the object."),
    NATIVE("getweakrefs", getweakrefs, "($module, object, /)",
           "A list of the weak references and proxies to the object."),
    NATIVE("_remove_dead_weakref", remove_dead_weakref, "($module, dct, key, /)",
           "Removes the key from the dict if its value is a reference to a dead object."),
    NATIVE_END,
};

static Status setup(ThreadState *ts, Value module)
{
    if (module_add(ts, module, "ref", type_value(TYPE_OF_KIND(WEAK_REFERENCE))) == STATUS_ERROR ||
        module_add_type(ts, module, KIND_WEAK_REFERENCE) == STATUS_ERROR ||
        module_add_type(ts, module, KIND_WEAK_PROXY) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    return module_add_type(ts, module, KIND_WEAK_CALLABLE_PROXY);
}

const ModuleSpec module_weakref = {
    .name = "_weakref",
    .doc = "References that do not keep their object alive.",
    .functions = functions,
    .setup = setup,
};
