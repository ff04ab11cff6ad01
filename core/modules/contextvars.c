// core/modules/contextvars.c: _contextvars: ContextVar, Context, Token.
//
// A Context holds a dict from variables to values. An execution points to the context it runs in;
// the first set() or copy_context() of a thread makes it one. Copying a context copies its dict.
//
// Rule     a context is entered by at most one execution at a time, so its dict has one writer.
#include "core/modules/builtins.h"
#include "core/object/container.h"
#include "core/object/dict.h"
#include "core/object/generic_alias.h"
#include "core/object/module.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/object/type_internal.h"
#include "core/vm/frame.h"

typedef struct Context {
    ObjectHead head;
    SharedRef values; // dict
    uint32_t entered; // atomic
} Context;

typedef struct ContextVar {
    ObjectHead head;
    SharedRef name, default_; // default_: empty place if there is none
} ContextVar;

typedef struct Token {
    ObjectHead head;
    SharedRef context, var, old; // old: empty place if the variable had no value
    uint32_t used;               // atomic
} Token;

static Context *context_from(Value v) { return (Context *)value_head(v); }
static ContextVar *var_from(Value v) { return (ContextVar *)value_head(v); }
static Token *token_from(Value v) { return (Token *)value_head(v); }
static Dict *values_of(Value context)
{
    return dict_from(shared_ref_peek(&context_from(context)->values));
}

// --- Context -------------------------------------------------------------------------------------

static Ref context_new(ThreadState *ts, Ref values)
{
    OWNED Ref owned = values;
    Context *c = is_error(owned) ? NULL : object_new(ts, KIND_CONTEXT, sizeof *c);
    if (c == NULL) {
        return NO_REF;
    }
    c->entered = 0;
    shared_ref_init(&c->values, ref_take(&owned));
    object_track(&c->head);
    return REF_FROM_NEW(c);
}

static Ref context_copy_of(ThreadState *ts, Value context)
{
    return context_new(
        ts, object_call1(ts, type_value(TYPE_OF_KIND(DICT)), value_of(values_of(context))));
}

// The context of the running execution; its reference stays there.
static Value current_context(ThreadState *ts)
{
    Execution *e = ts->execution;
    if (is_error(e->context)) {
        Ref made = context_new(ts, dict_new(ts));
        if (!is_error(made)) {
            atomic_store_relaxed(&context_from(made.v)->entered, 1u);
        }
        e->context = made;
    }
    return e->context.v;
}

static Ref context_make(CALL_PARAMETERS)
{
    if (count > 0 || (!is_no_value(names) && tuple_count(names) > 0)) {
        return raise(ts, EXC_TypeError, "Context() does not accept any arguments");
    }
    return context_new(ts, dict_new(ts));
}

static void context_finish(ThreadState *ts, ObjectHead *o)
{
    shared_ref_clear(&((Context *)o)->values);
}
static void context_traverse(ObjectHead *o, Visitor visit, void *context)
{
    visit_place(&((Context *)o)->values, visit, context);
}

static Ref context_run(CALL_PARAMETERS)
{
    if (count < 1) {
        return raise(ts, EXC_TypeError, "run() missing 1 required positional argument");
    }
    Context *c = context_from(self);
    uint32_t idle = 0;
    if (!atomic_cas_acq_rel(&c->entered, &idle, 1u)) {
        return raise(ts, EXC_RuntimeError, "cannot enter context: %R is already entered", self);
    }
    Execution *e = ts->execution;
    Ref outer = e->context;
    e->context = ref_new(self);
    Ref result = object_call(ts, args[0], args + 1, count - 1, names);
    ref_drop(&e->context);
    e->context = outer;
    atomic_store_release(&c->entered, 0u);
    return result;
}

static Ref context_copy(ThreadState *ts, Value self, const Value *args)
{
    return context_copy_of(ts, self);
}

static Status check_key(ThreadState *ts, Value key)
{
    return value_is_exactly(key, KIND_CONTEXT_VAR)
               ? STATUS_OK
               : raise_status(ts, EXC_TypeError, "a ContextVar key was expected, got %R", key);
}

static Ref context_get(ThreadState *ts, Value self, const Value *args)
{
    Ref found = NO_REF;
    if (check_key(ts, args[0]) == STATUS_ERROR) {
        return NO_REF;
    }
    Lookup l = dict_get(ts, values_of(self), args[0], &found);
    return l == LOOKUP_FOUND      ? found
           : l == LOOKUP_ERROR    ? NO_REF
           : is_no_value(args[1]) ? REF_NONE
                                  : ref_new(args[1]);
}

static Ref context_get_item(ThreadState *ts, Value self, Value key)
{
    Ref found = NO_REF;
    if (check_key(ts, key) == STATUS_ERROR) {
        return NO_REF;
    }
    Lookup l = dict_get(ts, values_of(self), key, &found);
    return l == LOOKUP_FOUND ? found : l == LOOKUP_ERROR ? NO_REF : raise_key_error(ts, key);
}

static Truth context_contains(ThreadState *ts, Value self, Value key)
{
    return check_key(ts, key) == STATUS_ERROR ? TRUTH_ERROR
                                              : object_contains(ts, value_of(values_of(self)), key);
}

static Ref context_iterate(ThreadState *ts, Value self)
{
    return object_iterate(ts, value_of(values_of(self)));
}
static int64_t context_length(ThreadState *ts, Value self)
{
    return object_length(ts, value_of(values_of(self)));
}

static Ref context_compare(ThreadState *ts, Value a, Value b, CompareOp op)
{
    if ((op != OP_EQ && op != OP_NE) || !value_is_exactly(b, KIND_CONTEXT)) {
        return REF_OF(VALUE_NOT_IMPLEMENTED);
    }
    return object_compare(ts, value_of(values_of(a)), value_of(values_of(b)), op);
}

static Ref context_view(ThreadState *ts, Value self, const char *method)
{
    return object_call_method_z(ts, value_of(values_of(self)), method, NULL, 0);
}
static Ref context_keys(ThreadState *ts, Value self, const Value *args)
{
    return context_view(ts, self, "keys");
}
static Ref context_values(ThreadState *ts, Value self, const Value *args)
{
    return context_view(ts, self, "values");
}
static Ref context_items(ThreadState *ts, Value self, const Value *args)
{
    return context_view(ts, self, "items");
}

static const NativeDef context_methods[] = {
    NATIVE_RAW("run", context_run, NULL, "Call the argument in this context."),
    NATIVE("copy", context_copy, "($self, /)", "A copy of the context."),
    NATIVE("get", context_get, "($self, key, default=None, /)",
           "The variable's value, or the default."),
    NATIVE("keys", context_keys, "($self, /)", "The variables."),
    NATIVE("values", context_values, "($self, /)", "Their values."),
    NATIVE("items", context_items, "($self, /)", "Variables and values."),
    NATIVE_END,
};

const TypeSpec spec_CONTEXT = {
    .name = "_contextvars.Context",
    .base = KIND_OBJECT,
    .size = sizeof(Context),
    .flags = TYPE_COLLECTED | TYPE_WEAK_REFERENCEABLE,
    .slots = {.finish = context_finish,
              .traverse = context_traverse,
              .make = context_make,
              .get_item = context_get_item,
              .contains = context_contains,
              .iterate = context_iterate,
              .length = context_length,
              .compare = context_compare},
    .methods = context_methods,
};

// --- ContextVar ----------------------------------------------------------------------------------

static Ref var_make(CALL_PARAMETERS)
{
    size_t named = is_no_value(names) ? 0 : tuple_count(names);
    bool has_default = named == 1 && str_equal_z(tuple_item(names, 0), "default");
    if (count != 1 || named != (has_default ? 1u : 0u)) {
        return raise(ts, EXC_TypeError,
                     count != 1 ? "ContextVar() takes exactly 1 positional argument (%d given)"
                                : "ContextVar() got an unexpected keyword argument",
                     (int)count);
    }
    if (!value_is_str(args[0])) {
        return raise(ts, EXC_TypeError, "context variable name must be a str");
    }
    ContextVar *v = object_new(ts, KIND_CONTEXT_VAR, sizeof *v);
    if (v == NULL) {
        return NO_REF;
    }
    shared_ref_init(&v->name, ref_new(args[0]));
    shared_ref_init(&v->default_, has_default ? ref_new(args[1]) : NO_REF);
    object_track(&v->head);
    return REF_FROM_NEW(v);
}

static void var_finish(ThreadState *ts, ObjectHead *o)
{
    shared_ref_clear(&((ContextVar *)o)->name);
    shared_ref_clear(&((ContextVar *)o)->default_);
}
static void var_traverse(ObjectHead *o, Visitor visit, void *context)
{
    visit_place(&((ContextVar *)o)->name, visit, context);
    visit_place(&((ContextVar *)o)->default_, visit, context);
}

static Ref var_repr(ThreadState *ts, Value self)
{
    ContextVar *v = var_from(self);
    Value fallback = shared_ref_peek(&v->default_);
    OWNED Ref shown = is_no_value(fallback) ? str_empty() : format_str(ts, " default=%R", fallback);
    return is_error(shown) ? NO_REF
                           : format_str(ts, "<ContextVar name=%R%U at %p>",
                                        shared_ref_peek(&v->name), shown.v, (void *)v);
}

static Ref var_get(ThreadState *ts, Value self, const Value *args)
{
    Ref found = NO_REF;
    Execution *e = ts->execution;
    Lookup l =
        is_error(e->context) ? LOOKUP_ABSENT : dict_get(ts, values_of(e->context.v), self, &found);
    if (l != LOOKUP_ABSENT) {
        return l == LOOKUP_FOUND ? found : NO_REF;
    }
    if (!is_no_value(args[0])) {
        return ref_new(args[0]);
    }
    Value fallback = shared_ref_peek(&var_from(self)->default_);
    if (!is_no_value(fallback)) {
        return ref_new(fallback);
    }
    raise_args(ts, EXC_LookupError, &self, 1);
    return NO_REF;
}

static Ref var_set(ThreadState *ts, Value self, const Value *args)
{
    Value context = current_context(ts);
    OWNED Ref old = NO_REF;
    if (is_no_value(context) || dict_get(ts, values_of(context), self, &old) == LOOKUP_ERROR) {
        return NO_REF;
    }
    Token *t = object_new(ts, KIND_CONTEXT_TOKEN, sizeof *t);
    if (t == NULL) {
        return NO_REF;
    }
    t->used = 0;
    shared_ref_init(&t->context, ref_new(context));
    shared_ref_init(&t->var, ref_new(self));
    shared_ref_init(&t->old, ref_take(&old));
    object_track(&t->head);
    OWNED Ref token = REF_FROM_NEW(t);
    return dict_set(ts, values_of(context), self, args[0]) == STATUS_ERROR ? NO_REF
                                                                           : ref_take(&token);
}

static Ref var_reset(ThreadState *ts, Value self, const Value *args)
{
    if (!value_is_exactly(args[0], KIND_CONTEXT_TOKEN)) {
        return raise(ts, EXC_TypeError, "expected an instance of Token, got %R", args[0]);
    }
    Token *t = token_from(args[0]);
    if (atomic_load_relaxed(&t->used) != 0) {
        return raise(ts, EXC_RuntimeError, "%R has already been used once", args[0]);
    }
    if (!value_is_same(shared_ref_peek(&t->var), self)) {
        return raise(ts, EXC_ValueError, "%R was created by a different ContextVar", args[0]);
    }
    Value context = current_context(ts);
    if (is_no_value(context)) {
        return NO_REF;
    }
    if (!value_is_same(shared_ref_peek(&t->context), context)) {
        return raise(ts, EXC_ValueError, "%R was created in a different Context", args[0]);
    }
    atomic_store_relaxed(&t->used, 1u);
    Value old = shared_ref_peek(&t->old);
    if (!is_no_value(old)) {
        return dict_set(ts, values_of(context), self, old) == STATUS_ERROR ? NO_REF : REF_NONE;
    }
    return dict_delete(ts, values_of(context), self) == LOOKUP_ERROR ? NO_REF : REF_NONE;
}

static const NativeDef var_methods[] = {
    NATIVE("get", var_get, "($self, default=, /)", "The value here, or the default."),
    NATIVE("set", var_set, "($self, value, /)",
           "Set the value here; the token returned undoes it by reset()."),
    NATIVE("reset", var_reset, "($self, token, /)",
           "What the value was before the set() that returned the token."),
    NATIVE_CLASS("__class_getitem__", class_getitem, "($type, object, /)", "See PEP 585"),
    NATIVE_END,
};

static Ref var_name(ThreadState *ts, Value self)
{
    return ref_new(shared_ref_peek(&var_from(self)->name));
}
static const GetSetDef var_getset[] = {{"name", var_name, NULL, NULL}, {NULL, NULL, NULL, NULL}};

const TypeSpec spec_CONTEXT_VAR = {
    .name = "_contextvars.ContextVar",
    .base = KIND_OBJECT,
    .size = sizeof(ContextVar),
    .flags = TYPE_COLLECTED,
    .slots = {.finish = var_finish, .traverse = var_traverse, .make = var_make, .repr = var_repr},
    .methods = var_methods,
    .getset = var_getset,
};

// --- Token ---------------------------------------------------------------------------------------

static void token_finish(ThreadState *ts, ObjectHead *o)
{
    shared_ref_clear(&((Token *)o)->context);
    shared_ref_clear(&((Token *)o)->var);
    shared_ref_clear(&((Token *)o)->old);
}
static void token_traverse(ObjectHead *o, Visitor visit, void *context)
{
    visit_place(&((Token *)o)->context, visit, context);
    visit_place(&((Token *)o)->var, visit, context);
    visit_place(&((Token *)o)->old, visit, context);
}

static Ref token_repr(ThreadState *ts, Value self)
{
    Token *t = token_from(self);
    return format_str(ts, "<Token%s var=%R at %p>", atomic_load_relaxed(&t->used) ? " used" : "",
                      shared_ref_peek(&t->var), (void *)t);
}

static Ref missing(ThreadState *ts)
{
    OWNED Ref name = str_intern_z(ts, "MISSING");
    return is_error(name)
               ? NO_REF
               : object_get_attribute(ts, type_value(TYPE_OF_KIND(CONTEXT_TOKEN)), name.v);
}

static Ref token_var(ThreadState *ts, Value self)
{
    return ref_new(shared_ref_peek(&token_from(self)->var));
}
static Ref token_old(ThreadState *ts, Value self)
{
    Value old = shared_ref_peek(&token_from(self)->old);
    return is_no_value(old) ? missing(ts) : ref_new(old);
}
static const GetSetDef token_getset[] = {
    {"var", token_var, NULL, NULL}, {"old_value", token_old, NULL, NULL}, {NULL, NULL, NULL, NULL}};

static const NativeDef token_methods[] = {
    NATIVE_CLASS("__class_getitem__", class_getitem, "($type, object, /)", "See PEP 585"),
    NATIVE_END,
};

const TypeSpec spec_CONTEXT_TOKEN = {
    .name = "_contextvars.Token",
    .base = KIND_OBJECT,
    .size = sizeof(Token),
    .flags = TYPE_COLLECTED | TYPE_NOT_CONSTRUCTIBLE,
    .slots = {.finish = token_finish, .traverse = token_traverse, .repr = token_repr},
    .methods = token_methods,
    .getset = token_getset,
};

// --- The module ----------------------------------------------------------------------------------

static Ref missing_repr(ThreadState *ts, Value self) { return str_from_z(ts, "<Token.MISSING>"); }
const TypeSpec spec_TOKEN_MISSING = {.name = "Token.MISSING",
                                     .base = KIND_OBJECT,
                                     .size = sizeof(ObjectHead),
                                     .flags = TYPE_NOT_CONSTRUCTIBLE,
                                     .slots = {.repr = missing_repr}};

static Ref copy_context(ThreadState *ts, Value self, const Value *args)
{
    Value context = current_context(ts);
    return is_no_value(context) ? NO_REF : context_copy_of(ts, context);
}

static const NativeDef functions[] = {
    NATIVE("copy_context", copy_context, "($module, /)", "A copy of the running context."),
    NATIVE_END,
};

static Status setup(ThreadState *ts, Value module)
{
    ObjectHead *sentinel = object_new(ts, KIND_TOKEN_MISSING, sizeof *sentinel);
    if (sentinel == NULL) {
        return STATUS_ERROR;
    }
    OWNED Ref missing_object = REF_FROM_NEW(sentinel);
    return dict_set_z(ts, type_namespace(TYPE_OF_KIND(CONTEXT_TOKEN)), "MISSING",
                      missing_object.v) == STATUS_ERROR ||
                   module_add_type(ts, module, KIND_CONTEXT) == STATUS_ERROR ||
                   module_add_type(ts, module, KIND_CONTEXT_VAR) == STATUS_ERROR ||
                   module_add(ts, module, "Token", type_value(TYPE_OF_KIND(CONTEXT_TOKEN))) ==
                       STATUS_ERROR
               ? STATUS_ERROR
               : STATUS_OK;
}

extern const ModuleSpec module_contextvars;
const ModuleSpec module_contextvars = {"_contextvars", "Context variables.", functions, setup};
