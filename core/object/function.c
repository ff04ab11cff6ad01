// core/object/function.c: functions of scripts, and methods bound to an object.
#include "core/object/function.h"

#include "core/object/container.h"
#include "core/object/module.h"
#include "core/object/type_internal.h"
#include "core/object/upcalls.h"
#include "gc/track.h"
#include "gil/stop_the_world.h"

// --- Functions -----------------------------------------------------------------------------------

static Function *function_from(Value v) { return (Function *)value_head(v); }

static uint32_t next_version(void)
{
    static uint32_t last; // atomic
    return atomic_add_relaxed(&last, 1u) + 1;
}

Ref function_new(ThreadState *ts, Value code, Value globals, Value builtins, Value qualname)
{
    Code *c = code_from(code);
    OWNED Ref module = NO_REF;
    if (value_is_dict(globals) &&
        dict_get(ts, dict_from(globals), NAME(__name__), &module) == LOOKUP_ERROR) {
        return NO_REF;
    }
    Function *f = object_new(ts, KIND_FUNCTION, sizeof *f);
    if (f == NULL) {
        return NO_REF;
    }
    memset((char *)f + sizeof(ObjectHead), 0, sizeof *f - sizeof(ObjectHead));
    f->code = (Code *)value_head(ref_new(code).v);
    shared_ref_init(&f->globals, ref_new(globals));
    shared_ref_init(&f->builtins, ref_new(builtins));
    shared_ref_init(&f->name, ref_new(shared_ref_peek(&c->name)));
    shared_ref_init(&f->qualname,
                    ref_new(is_no_value(qualname) ? shared_ref_peek(&c->qualname) : qualname));
    shared_ref_init(&f->module, ref_take(&module));
    bool has_doc =
        (c->flags & CODE_OPTIMIZED) != 0 && c->constant_count > 0 && value_is_str(c->constants[0]);
    shared_ref_init(&f->doc, has_doc ? ref_new(c->constants[0]) : NO_REF);
    f->version = next_version();
    gc_track(ts->heap, &f->head);
    return REF_FROM_NEW(f);
}

static void function_finish(ThreadState *ts, ObjectHead *o)
{
    Function *f = (Function *)o;
    SharedRef *const fields[] = {&f->globals,     &f->builtins,    &f->closure,  &f->defaults,
                                 &f->kw_defaults, &f->name,        &f->qualname, &f->module,
                                 &f->doc,         &f->annotations, &f->dict};
    for (size_t i = 0; i < ARRAY_LENGTH(fields); i++) {
        shared_ref_clear(fields[i]);
    }
    value_release(value_of(f->code));
}

// Code, globals and names stay: a function that is called by a finalizer
// of the same cycle still works.
static void function_clear(ThreadState *ts, ObjectHead *o)
{
    Function *f = (Function *)o;
    shared_ref_clear(&f->closure);
    shared_ref_clear(&f->defaults);
    shared_ref_clear(&f->kw_defaults);
    shared_ref_clear(&f->annotations);
    shared_ref_clear(&f->dict);
    shared_ref_clear(&f->doc);
    shared_ref_clear(&f->module);
}

static void function_traverse(ObjectHead *o, Visitor visit, void *context)
{
    Function *f = (Function *)o;
    SharedRef *const fields[] = {&f->globals,     &f->builtins,    &f->closure,  &f->defaults,
                                 &f->kw_defaults, &f->name,        &f->qualname, &f->module,
                                 &f->doc,         &f->annotations, &f->dict};
    for (size_t i = 0; i < ARRAY_LENGTH(fields); i++) {
        visit(shared_ref_peek(fields[i]), EDGE_COUNTED, context);
    }
    visit(value_of(f->code), EDGE_COUNTED, context);
}

static Ref function_call(CALL_PARAMETERS) { return interpreter_call(ts, self, args, count, names); }

static Ref function_get(ThreadState *ts, Value self, Value instance, Value owner)
{
    return is_no_value(instance) ? ref_new(self) : bound_method_new(ts, self, instance);
}

static Ref function_repr(ThreadState *ts, Value self)
{
    OWNED Ref name = shared_ref_load(value_head(self), &function_from(self)->qualname);
    return format_str(ts, "<function %U at %p>", name.v, (void *)self.bits);
}

static Ref load(Value v, const SharedRef *place)
{
    Ref r = shared_ref_load(value_head(v), place);
    return is_error(r) ? REF_NONE : r;
}

static void store(ThreadState *ts, Value v, SharedRef *place, Value value)
{
    object_store(ts, value_head(v), place, ref_new(value));
}

// What calls read without a count changes while nobody calls.
static void store_stopped(ThreadState *ts, SharedRef *place, Value value)
{
    Ref next = ref_new(value);
    stop_the_world(ts);
    Ref old = shared_ref_swap(place, next);
    start_the_world(ts);
    ref_drop(&old);
}

static Value or_absent(Value v) { return value_is_none(v) ? NO_VALUE : v; }

// Before what calls depend on changes: caches compare the version.
static void change_version(Value self)
{
    atomic_store_release(&function_from(self)->version, next_version());
}

static Ref get_code(ThreadState *ts, Value self)
{
    return ref_new(value_of(atomic_load_acquire(&function_from(self)->code)));
}

static Status set_code(ThreadState *ts, Value self, Value value)
{
    if (is_no_value(value) || !value_is_kind(value, KIND_CODE)) {
        return raise_status(ts, EXC_TypeError, "__code__ must be set to a code object");
    }
    Function *f = function_from(self);
    OWNED Ref closure = load(self, &f->closure);
    size_t cells = value_is_none(closure.v) ? 0 : tuple_count(closure.v);
    if (code_from(value)->free_count != cells) {
        OWNED Ref name = load(self, &f->name);
        return raise_status(ts, EXC_ValueError,
                            "%U() requires a code object with %zu free vars, not %u", name.v, cells,
                            (unsigned)code_from(value)->free_count);
    }
    Ref next = ref_new(value);
    stop_the_world(ts); // others may be about to call it, holding no count of the code
    Code *old = f->code;
    atomic_store_release(&f->code, (Code *)value_head(next.v));
    change_version(self);
    start_the_world(ts);
    value_release(value_of(old));
    return STATUS_OK;
}

static Ref get_defaults(ThreadState *ts, Value self)
{
    return load(self, &function_from(self)->defaults);
}
static Status set_defaults(ThreadState *ts, Value self, Value value)
{
    if (!is_no_value(value) && !value_is_none(value) && !value_is_tuple(value)) {
        return raise_status(ts, EXC_TypeError, "__defaults__ must be set to a tuple object");
    }
    store_stopped(ts, &function_from(self)->defaults, or_absent(value));
    change_version(self);
    return STATUS_OK;
}
static Ref get_kw_defaults(ThreadState *ts, Value self)
{
    return load(self, &function_from(self)->kw_defaults);
}
static Status set_kw_defaults(ThreadState *ts, Value self, Value value)
{
    if (!is_no_value(value) && !value_is_none(value) && !value_is_dict(value)) {
        return raise_status(ts, EXC_TypeError, "__kwdefaults__ must be set to a dict object");
    }
    store_stopped(ts, &function_from(self)->kw_defaults, or_absent(value));
    change_version(self);
    return STATUS_OK;
}

// The compiler's (name, value, name, value, …) becomes a dict when first asked for.
static Ref get_annotations(ThreadState *ts, Value self)
{
    Function *f = function_from(self);
    OWNED Ref now = shared_ref_load(&f->head, &f->annotations);
    if (!is_error(now) && value_is_dict(now.v)) {
        return ref_take(&now);
    }
    OWNED Ref dict = dict_new(ts);
    size_t count = is_error(now) ? 0 : tuple_count(now.v);
    for (size_t i = 0; !is_error(dict) && i + 1 < count; i += 2) {
        if (dict_set(ts, dict_from(dict.v), tuple_item(now.v, i), tuple_item(now.v, i + 1)) ==
            STATUS_ERROR) {
            return NO_REF;
        }
    }
    if (is_error(dict)) {
        return NO_REF;
    }
    store(ts, self, &f->annotations, dict.v);
    return ref_take(&dict);
}

static Status set_annotations(ThreadState *ts, Value self, Value value)
{
    if (!is_no_value(value) && !value_is_none(value) && !value_is_dict(value)) {
        return raise_status(ts, EXC_TypeError, "__annotations__ must be set to a dict object");
    }
    store(ts, self, &function_from(self)->annotations, or_absent(value));
    return STATUS_OK;
}

static Ref get_name(ThreadState *ts, Value self) { return load(self, &function_from(self)->name); }
static Ref get_qualname(ThreadState *ts, Value self)
{
    return load(self, &function_from(self)->qualname);
}
static Status set_text(ThreadState *ts, Value self, SharedRef *place, Value value, const char *name)
{
    if (is_no_value(value) || !value_is_str(value)) {
        return raise_status(ts, EXC_TypeError, "%s must be set to a string object", name);
    }
    store(ts, self, place, value);
    return STATUS_OK;
}
static Status set_name(ThreadState *ts, Value self, Value value)
{
    return set_text(ts, self, &function_from(self)->name, value, "__name__");
}
static Status set_qualname(ThreadState *ts, Value self, Value value)
{
    return set_text(ts, self, &function_from(self)->qualname, value, "__qualname__");
}
static Ref get_module(ThreadState *ts, Value self)
{
    return load(self, &function_from(self)->module);
}
static Status set_module(ThreadState *ts, Value self, Value value)
{
    store(ts, self, &function_from(self)->module, value);
    return STATUS_OK;
}
static Ref get_doc(ThreadState *ts, Value self) { return load(self, &function_from(self)->doc); }
static Status set_doc(ThreadState *ts, Value self, Value value)
{
    store(ts, self, &function_from(self)->doc, value);
    return STATUS_OK;
}
static Ref get_dict(ThreadState *ts, Value self) { return object_get_dict(ts, self); }
static Status set_dict(ThreadState *ts, Value self, Value value)
{
    if (is_no_value(value)) {
        return raise_status(ts, EXC_TypeError, "cannot delete __dict__");
    }
    if (!value_is_dict(value)) {
        return raise_status(ts, EXC_TypeError, "__dict__ must be set to a dictionary, not a '%T'",
                            value);
    }
    store(ts, self, &function_from(self)->dict, value);
    return STATUS_OK;
}

static const GetSetDef function_getset[] = {
    {"__code__", get_code, set_code, NULL},
    {"__defaults__", get_defaults, set_defaults, NULL},
    {"__kwdefaults__", get_kw_defaults, set_kw_defaults, NULL},
    {"__annotations__", get_annotations, set_annotations, NULL},
    {"__dict__", get_dict, set_dict, NULL},
    {"__name__", get_name, set_name, NULL},
    {"__qualname__", get_qualname, set_qualname, NULL},
    {"__module__", get_module, set_module, NULL},
    {"__doc__", get_doc, set_doc, NULL},
    {NULL, NULL, NULL, NULL},
};

static Status check_closure(ThreadState *ts, Value code, Value closure)
{
    size_t wanted = code_from(code)->free_count;
    bool is_none = is_no_value(closure) || value_is_none(closure);
    if (!is_none && !value_is_tuple(closure)) {
        return raise_status(ts, EXC_TypeError, "arg 5 (closure) must be None or tuple");
    }
    if (is_none && wanted > 0) {
        return raise_status(ts, EXC_TypeError, "arg 5 (closure) must be tuple");
    }
    size_t given = is_none ? 0 : tuple_count(closure);
    if (given != wanted) {
        return raise_status(ts, EXC_ValueError, "%U requires closure of length %zu, not %zu",
                            shared_ref_peek(&code_from(code)->name), wanted, given);
    }
    for (size_t i = 0; i < given; i++) {
        if (!value_is_kind(tuple_item(closure, i), KIND_CELL)) {
            return raise_status(ts, EXC_TypeError, "arg 5 (closure) expected cell, found %T",
                                tuple_item(closure, i));
        }
    }
    return STATUS_OK;
}

static Ref function_make(CALL_PARAMETERS)
{
    static const char *const parameters[] = {"code", "globals", "name", "argdefs", "closure", NULL};
    Value given[5];
    if (arguments_bind(ts, "function", parameters, 0, 5, 2, args, count, names, given) ==
        STATUS_ERROR) {
        return NO_REF;
    }
    if (!value_is_kind(given[0], KIND_CODE)) {
        return raise(ts, EXC_TypeError, "function() argument 'code' must be code, not %T",
                     given[0]);
    }
    if (!value_is_dict(given[1])) {
        return raise(ts, EXC_TypeError, "function() argument 'globals' must be dict, not %T",
                     given[1]);
    }
    Value name = is_no_value(given[2]) ? VALUE_NONE : given[2];
    if (!value_is_none(name) && !value_is_str(name)) {
        return raise(ts, EXC_TypeError, "arg 3 (name) must be None or string");
    }
    Value defaults = is_no_value(given[3]) ? VALUE_NONE : given[3];
    if (!value_is_none(defaults) && !value_is_tuple(defaults)) {
        return raise(ts, EXC_TypeError, "arg 4 (defaults) must be None or tuple");
    }
    if (check_closure(ts, given[0], given[4]) == STATUS_ERROR) {
        return NO_REF;
    }
    OWNED Ref builtins = builtins_for_globals(ts, given[1]);
    OWNED Ref made =
        is_error(builtins) ? NO_REF : function_new(ts, given[0], given[1], builtins.v, NO_VALUE);
    if (is_error(made)) {
        return NO_REF;
    }
    Function *f = function_from(made.v);
    if (!value_is_none(name)) {
        store(ts, made.v, &f->name, name);
    }
    store(ts, made.v, &f->defaults, or_absent(defaults));
    store(ts, made.v, &f->closure, is_no_value(given[4]) ? NO_VALUE : or_absent(given[4]));
    return ref_take(&made);
}

const TypeSpec spec_FUNCTION = {
    .name = "function",
    .doc = "FunctionType(code, globals, name=None, argdefs=None, closure=None)\n\n"
           "A function made of a code object and its globals; argdefs are the defaults of the "
           "last parameters, closure the cells of the free variables.",
    .base = KIND_OBJECT,
    .size = sizeof(Function),
    .flags = TYPE_COLLECTED | TYPE_WEAK_REFERENCEABLE,
    .slots = {.finish = function_finish,
              .traverse = function_traverse,
              .clear = function_clear,
              .repr = function_repr,
              .call = function_call,
              .descriptor_get = function_get,
              .make = function_make},
    .getset = function_getset,
};

// --- Bound methods -------------------------------------------------------------------------------

static BoundMethod *method_from(Value v) { return (BoundMethod *)value_head(v); }
static Value method_function(Value v) { return shared_ref_peek(&method_from(v)->function); }
static Value method_self(Value v) { return shared_ref_peek(&method_from(v)->self); }

Ref bound_method_new(ThreadState *ts, Value function, Value self)
{
    BoundMethod *m = object_new(ts, KIND_BOUND_METHOD, sizeof *m);
    if (m == NULL) {
        return NO_REF;
    }
    shared_ref_init(&m->function, ref_new(function));
    shared_ref_init(&m->self, ref_new(self));
    gc_track(ts->heap, &m->head);
    return REF_FROM_NEW(m);
}

static void method_finish(ThreadState *ts, ObjectHead *o)
{
    shared_ref_clear(&((BoundMethod *)o)->function);
    shared_ref_clear(&((BoundMethod *)o)->self);
}

static void method_traverse(ObjectHead *o, Visitor visit, void *context)
{
    visit(shared_ref_peek(&((BoundMethod *)o)->function), EDGE_COUNTED, context);
    visit(shared_ref_peek(&((BoundMethod *)o)->self), EDGE_COUNTED, context);
}

static Ref method_call(CALL_PARAMETERS) { return object_call(ts, self, args, count, names); }

static Ref method_make(CALL_PARAMETERS)
{
    if (arguments_positional(ts, "method", count, names, 2, 2) == STATUS_ERROR) {
        return NO_REF;
    }
    if (!object_is_callable(args[0])) {
        return raise(ts, EXC_TypeError, "first argument must be callable");
    }
    if (value_is_none(args[1])) {
        return raise(ts, EXC_TypeError, "self must not be None");
    }
    return bound_method_new(ts, args[0], args[1]);
}

// What the method has not itself it takes from the function.
static Ref method_get_attribute(ThreadState *ts, Value self, Value name)
{
    OWNED Ref found = type_lookup(ts, TYPE_OF_KIND(BOUND_METHOD), name);
    if (!is_error(found)) {
        Ref (*get)(ThreadState *, Value, Value, Value) = type_of(found.v)->slots.descriptor_get;
        return get == NULL ? ref_take(&found)
                           : get(ts, found.v, self, type_value(TYPE_OF_KIND(BOUND_METHOD)));
    }
    return object_get_attribute(ts, method_function(self), name);
}

static Ref method_repr(ThreadState *ts, Value self)
{
    OWNED Ref name = NO_REF;
    if (object_lookup_attribute(ts, method_function(self), NAME(__qualname__), &name) ==
        LOOKUP_ABSENT) {
        (void)object_lookup_attribute(ts, method_function(self), NAME(__name__), &name);
    }
    if (has_exception(ts)) {
        return NO_REF;
    }
    return !is_error(name) && value_is_str(name.v)
               ? format_str(ts, "<bound method %U of %R>", name.v, method_self(self))
               : format_str(ts, "<bound method ? of %R>", method_self(self));
}

static Status method_hash(ThreadState *ts, Value self, int64_t *hash)
{
    int64_t function;
    if (object_hash(ts, method_function(self), &function) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    uint64_t h = (method_self(self).bits >> 4) ^ (uint64_t)function;
    *hash = (int64_t)h == -1 ? -2 : (int64_t)h;
    return STATUS_OK;
}

static Ref method_compare(ThreadState *ts, Value a, Value b, CompareOp op)
{
    if ((op != OP_EQ && op != OP_NE) || !value_is_kind(a, KIND_BOUND_METHOD) ||
        !value_is_kind(b, KIND_BOUND_METHOD)) {
        return REF_OF(VALUE_NOT_IMPLEMENTED);
    }
    Truth same = object_equal(ts, method_function(a), method_function(b));
    if (same == TRUTH_ERROR) {
        return NO_REF;
    }
    bool equal = same == TRUTH_TRUE && value_is_same(method_self(a), method_self(b));
    return REF_OF(bool_value(equal == (op == OP_EQ)));
}

static Ref get_func(ThreadState *ts, Value self) { return ref_new(method_function(self)); }
static Ref get_self(ThreadState *ts, Value self) { return ref_new(method_self(self)); }
static Ref get_method_doc(ThreadState *ts, Value self)
{
    return object_get_attribute(ts, method_function(self), NAME(__doc__));
}
static Ref method_reduce(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref getattr = builtins_get(ts, "getattr");
    OWNED Ref name = is_error(getattr)
                         ? NO_REF
                         : object_get_attribute(ts, method_function(self), NAME(__name__));
    OWNED Ref pair = is_error(name) ? NO_REF : tuple_pack(ts, 2, method_self(self), name.v);
    return is_error(pair) ? NO_REF : tuple_pack(ts, 2, getattr.v, pair.v);
}

static const GetSetDef method_getset[] = {
    {"__func__", get_func, NULL, "the function (or other callable) implementing a method"},
    {"__self__", get_self, NULL, "the instance to which a method is bound"},
    {"__doc__", get_method_doc, NULL, NULL},
    {NULL, NULL, NULL, NULL},
};
static const NativeDef method_methods[] = {NATIVE("__reduce__", method_reduce, "($self, /)", NULL),
                                           NATIVE_END};

const TypeSpec spec_BOUND_METHOD = {
    .name = "method",
    .doc = "Create a bound instance method object.",
    .base = KIND_OBJECT,
    .size = sizeof(BoundMethod),
    .flags = TYPE_COLLECTED | TYPE_WEAK_REFERENCEABLE,
    .slots = {.finish = method_finish,
              .traverse = method_traverse,
              .repr = method_repr,
              .hash = method_hash,
              .compare = method_compare,
              .call = method_call,
              .get_attribute = method_get_attribute,
              .make = method_make},
    .methods = method_methods,
    .getset = method_getset,
};
