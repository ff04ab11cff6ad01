// core/object/exception.c: exception instances: what all have in common, and the types without
// attributes of their own. Those with some: exception_types.c; groups: exception_group.c.
#include "core/object/exception.h"

#include "alloc/heap.h"
#include "core/object/dict.h"
#include "core/object/exception_specs.h"
#include "core/object/instance.h"
#include "core/object/list.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "gc/track.h"

// --- Fields --------------------------------------------------------------------------------------

void exception_set_field(ThreadState *ts, Value exception, SharedRef *field, Ref value)
{
    object_store(ts, value_head(exception), field, value);
}

Ref exception_extra(Value exception, size_t index)
{
    OWNED Ref extra = shared_ref_load(value_head(exception), &exception_from(exception)->extra);
    if (is_error(extra) || index >= tuple_count(extra.v)) {
        return NO_REF;
    }
    return ref_new(tuple_item(extra.v, index));
}

Status exception_set_extra(ThreadState *ts, Value exception, size_t index, size_t count,
                           Value value)
{
    OWNED Ref next = tuple_new(ts, count);
    if (is_error(next)) {
        return STATUS_ERROR;
    }
    OWNED Ref old = shared_ref_load(value_head(exception), &exception_from(exception)->extra);
    for (size_t i = 0; i < count; i++) {
        Value item = i == index                                 ? value
                     : is_error(old) || i >= tuple_count(old.v) ? NO_VALUE
                                                                : tuple_item(old.v, i);
        tuple_init_item(next.v, i, ref_new(item));
    }
    // Places may be empty in this tuple, which no script ever sees.
    object_track(value_head(next.v));
    exception_set_field(ts, exception, &exception_from(exception)->extra, ref_take(&next));
    return STATUS_OK;
}

Ref exception_args(Value exception)
{
    Ref args = shared_ref_load(value_head(exception), &exception_from(exception)->args);
    return is_error(args) ? tuple_empty() : args;
}

static void finish(ThreadState *ts, ObjectHead *o)
{
    Exception *e = (Exception *)o;
    shared_ref_clear(&e->args);
    shared_ref_clear(&e->traceback);
    shared_ref_clear(&e->context);
    shared_ref_clear(&e->cause);
    shared_ref_clear(&e->extra);
}

static void traverse(ObjectHead *o, Visitor visit, void *context)
{
    Exception *e = (Exception *)o;
    visit(shared_ref_peek(&e->args), EDGE_COUNTED, context);
    visit(shared_ref_peek(&e->traceback), EDGE_COUNTED, context);
    visit(shared_ref_peek(&e->context), EDGE_COUNTED, context);
    visit(shared_ref_peek(&e->cause), EDGE_COUNTED, context);
    visit(shared_ref_peek(&e->extra), EDGE_COUNTED, context);
}

// The structure of all exceptions; never a type that scripts see.
const TypeSpec spec_EXCEPTION = {
    .name = "exception",
    .base = KIND_OBJECT,
    .size = sizeof(Exception),
    .flags = TYPE_COLLECTED | TYPE_HAS_DICT | TYPE_SUBCLASSABLE,
    .slots = {.finish = finish, .traverse = traverse, .clear = finish},
};

// --- Making --------------------------------------------------------------------------------------

Ref exception_new_with(ThreadState *ts, Type *t, Ref args)
{
    Exception *e = is_error(args) ? NULL : object_new_of(ts, t);
    if (e == NULL) {
        ref_drop(&args);
        return NO_REF;
    }
    shared_ref_init(&e->args, args);
    shared_ref_init(&e->traceback, NO_REF);
    shared_ref_init(&e->context, NO_REF);
    shared_ref_init(&e->cause, NO_REF);
    shared_ref_init(&e->extra, NO_REF);
    e->suppress_context = false;
    object_track(&e->head);
    return REF_FROM_NEW(e);
}

static Ref args_tuple(ThreadState *ts, const Value *args, size_t count)
{
    return count == 0 ? tuple_empty() : tuple_from_values(ts, args, count);
}

Ref exception_new(ThreadState *ts, Type *t, const Value *args, size_t count)
{
    if (t->slots.make == exception_make && t->slots.init == exception_init) {
        return exception_new_with(ts, t, args_tuple(ts, args, count));
    }
    OWNED Ref made = t->slots.make(ts, type_value(t), args, count, NO_VALUE);
    if (is_error(made) ||
        type_of(made.v)->slots.init(ts, made.v, args, count, NO_VALUE) == STATUS_ERROR) {
        return NO_REF;
    }
    return ref_take(&made);
}

Ref memory_error_try_new(ThreadState *ts)
{
    Type *t = TYPE_OF_EXCEPTION(EXC_MemoryError);
    Ref args = tuple_empty();
    size_t size = t->basic_size + sizeof(SharedRef);
    Exception *e = t->shape == 0 || is_error(args) ? NULL : heap_alloc_object(ts->heap, size, true);
    if (e == NULL) {
        return NO_REF;
    }
    memset(&e->head + 1, 0, size - sizeof(ObjectHead));
    head_init(&e->head);
    atomic_store_relaxed((uint64_t *)(void *)&e->head.shape,
                         t->shape | (uint64_t)KIND_EXCEPTION << 48);
    shared_ref_init(&e->args, args);
    gc_track(ts->heap, &e->head);
    return REF_FROM_NEW(e);
}

Ref exception_make(CALL_PARAMETERS)
{
    return exception_new_with(ts, type_from(self), args_tuple(ts, args, count));
}

Status exception_refuse_keywords(ThreadState *ts, Value self, Value names)
{
    if (!is_no_value(names) && tuple_count(names) > 0) {
        return raise_status(ts, EXC_TypeError, "%T() takes no keyword arguments", self);
    }
    return STATUS_OK;
}

// args = the positional ones, unless `make` has stored the same already.
Status exception_store_args(ThreadState *ts, Value self, const Value *args, size_t count)
{
    OWNED Ref now = exception_args(self);
    bool same = tuple_count(now.v) == count;
    for (size_t i = 0; same && i < count; i++) {
        same = value_is_same(tuple_item(now.v, i), args[i]);
    }
    if (same) {
        return STATUS_OK;
    }
    OWNED Ref next = args_tuple(ts, args, count);
    if (is_error(next)) {
        return STATUS_ERROR;
    }
    exception_set_field(ts, self, &exception_from(self)->args, ref_take(&next));
    return STATUS_OK;
}

Status exception_init(CALL_PARAMETERS)
{
    if (exception_refuse_keywords(ts, self, names) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    return exception_store_args(ts, self, args, count);
}

// --- Text ----------------------------------------------------------------------------------------

static Ref exception_repr(ThreadState *ts, Value self)
{
    OWNED Ref args = exception_args(self);
    if (tuple_count(args.v) == 1) {
        return format_str(ts, "%T(%R)", self, tuple_item(args.v, 0));
    }
    return format_str(ts, "%T%R", self, args.v);
}

Ref exception_str(ThreadState *ts, Value self)
{
    OWNED Ref args = exception_args(self);
    switch (tuple_count(args.v)) {
    case 0:
        return str_empty();
    case 1:
        return object_str(ts, tuple_item(args.v, 0));
    default:
        return object_str(ts, args.v);
    }
}

// --- Attributes of all exceptions ----------------------------------------------------------------

static Ref get_args(ThreadState *ts, Value self) { return exception_args(self); }

static Status set_args(ThreadState *ts, Value self, Value value)
{
    if (is_no_value(value)) {
        return raise_status(ts, EXC_TypeError, "args may not be deleted");
    }
    OWNED Ref args = sequence_tuple(ts, value);
    if (is_error(args) || exception_keep_value(ts, self) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    exception_set_field(ts, self, &exception_from(self)->args, ref_take(&args));
    return STATUS_OK;
}

static Ref or_none(Ref r) { return is_error(r) ? REF_NONE : r; }

static Ref get_traceback(ThreadState *ts, Value self)
{
    return or_none(shared_ref_load(value_head(self), &exception_from(self)->traceback));
}

static Status set_traceback(ThreadState *ts, Value self, Value value)
{
    if (is_no_value(value)) {
        return raise_status(ts, EXC_TypeError, "__traceback__ may not be deleted");
    }
    if (!value_is_none(value) && !value_is_kind(value, KIND_TRACEBACK)) {
        return raise_status(ts, EXC_TypeError, "__traceback__ must be a traceback or None");
    }
    exception_set_field(ts, self, &exception_from(self)->traceback,
                        value_is_none(value) ? NO_REF : ref_new(value));
    return STATUS_OK;
}

static Ref get_context(ThreadState *ts, Value self)
{
    return or_none(shared_ref_load(value_head(self), &exception_from(self)->context));
}

static Status set_linked(ThreadState *ts, Value self, Value value, SharedRef *field,
                         const char *name)
{
    if (is_no_value(value)) {
        return raise_status(ts, EXC_TypeError, "%s may not be deleted", name);
    }
    if (!value_is_none(value) && !value_is_exception(value)) {
        const char *what =
            strcmp(name, "__context__") == 0 ? "exception context" : "exception cause";
        return raise_status(ts, EXC_TypeError, "%s must be None or derive from BaseException",
                            what);
    }
    exception_set_field(ts, self, field, value_is_none(value) ? NO_REF : ref_new(value));
    return STATUS_OK;
}

static Status set_context(ThreadState *ts, Value self, Value value)
{
    return set_linked(ts, self, value, &exception_from(self)->context, "__context__");
}

static Ref get_cause(ThreadState *ts, Value self)
{
    return or_none(shared_ref_load(value_head(self), &exception_from(self)->cause));
}

static Status set_cause(ThreadState *ts, Value self, Value value)
{
    if (set_linked(ts, self, value, &exception_from(self)->cause, "__cause__") == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    exception_from(self)->suppress_context = true;
    return STATUS_OK;
}

static Ref get_suppress(ThreadState *ts, Value self)
{
    return REF_OF(bool_value(exception_from(self)->suppress_context));
}

static Status set_suppress(ThreadState *ts, Value self, Value value)
{
    if (is_no_value(value)) {
        return raise_status(ts, EXC_TypeError, "can't delete numeric/char attribute");
    }
    if (!value_is_bool(value)) {
        return raise_status(ts, EXC_TypeError, "attribute value type must be bool");
    }
    exception_from(self)->suppress_context = value_is_same(value, VALUE_TRUE);
    return STATUS_OK;
}

static const GetSetDef base_getset[] = {
    {"args", get_args, set_args, NULL},
    {"__traceback__", get_traceback, set_traceback, NULL},
    {"__context__", get_context, set_context, "exception context"},
    {"__cause__", get_cause, set_cause, "exception cause"},
    {"__suppress_context__", get_suppress, set_suppress, NULL},
    {NULL, NULL, NULL, NULL},
};

// --- Methods of all exceptions -------------------------------------------------------------------

static Ref with_traceback(ThreadState *ts, Value self, const Value *args)
{
    return set_traceback(ts, self, args[0]) == STATUS_ERROR ? NO_REF : ref_new(self);
}

static Ref add_note(ThreadState *ts, Value self, const Value *args)
{
    if (!value_is_str(args[0])) {
        return raise(ts, EXC_TypeError, "note must be a str, not '%T'", args[0]);
    }
    OWNED Ref notes = NO_REF;
    Lookup found = object_lookup_attribute(ts, self, NAME(__notes__), &notes);
    if (found == LOOKUP_ABSENT) {
        notes = list_new(ts, 1);
        if (is_error(notes) ||
            object_set_attribute(ts, self, NAME(__notes__), notes.v) == STATUS_ERROR) {
            return NO_REF;
        }
    } else if (found == LOOKUP_ERROR) {
        return NO_REF;
    }
    if (!value_is_list(notes.v)) {
        return raise(ts, EXC_TypeError, "Cannot add note: __notes__ is not a list");
    }
    return list_append(ts, list_from(notes.v), args[0]) == STATUS_ERROR ? NO_REF : REF_NONE;
}

// (type, args) or (type, args, attributes).
Ref exception_reduce_with(ThreadState *ts, Value self, Value args, Value state)
{
    Value type = type_value(type_of(self));
    if (is_no_value(state) || (value_is_dict(state) && dict_size(dict_from(state)) == 0)) {
        return tuple_pack(ts, 2, type, args);
    }
    return tuple_pack(ts, 3, type, args, state);
}

static Ref reduce(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref own = exception_args(self);
    OWNED Ref state = instance_dict_copy(ts, value_head(self));
    return is_error(state) ? NO_REF : exception_reduce_with(ts, self, own.v, state.v);
}

static Ref setstate(ThreadState *ts, Value self, const Value *args)
{
    if (value_is_none(args[0])) {
        return REF_NONE;
    }
    if (!value_is_dict(args[0])) {
        return raise(ts, EXC_TypeError, "state is not a dictionary");
    }
    size_t position = 0;
    OWNED Ref key = NO_REF;
    OWNED Ref value = NO_REF;
    while (dict_next(ts, dict_from(args[0]), &position, &key, &value)) {
        if (object_set_attribute(ts, self, key.v, value.v) == STATUS_ERROR) {
            return NO_REF;
        }
        ref_drop(&key);
        ref_drop(&value);
    }
    return REF_NONE;
}

static const NativeDef base_methods[] = {
    NATIVE("__reduce__", reduce, "($self, /)", NULL),
    NATIVE("__setstate__", setstate, "($self, state, /)", NULL),
    NATIVE("with_traceback", with_traceback, "($self, tb, /)",
           "Exception.with_traceback(tb) --\n    set self.__traceback__ to tb and return self."),
    NATIVE("add_note", add_note, "($self, note, /)",
           "Exception.add_note(note) --\n    add a note to the exception"),
    NATIVE_END,
};

// --- KeyError ------------------------------------------------------------------------------------

static Ref key_error_str(ThreadState *ts, Value self)
{
    OWNED Ref args = exception_args(self);
    return tuple_count(args.v) == 1 ? object_repr(ts, tuple_item(args.v, 0))
                                    : exception_str(ts, self);
}

// --- The specs of all ----------------------------------------------------------------------------

ExceptionId exception_bases[EXC_COUNT] = {
#define EXCEPTION(name, base, doc) EXC_##base,
#include "core/object/exceptions.def"
#undef EXCEPTION
};

static TypeSpec specs[EXC_COUNT] = {
#define EXCEPTION(name_, base_, doc_)                                                              \
    {.name = #name_,                                                                               \
     .doc = doc_,                                                                                  \
     .base = KIND_EXCEPTION,                                                                       \
     .size = sizeof(Exception),                                                                    \
     .flags = TYPE_COLLECTED | TYPE_HAS_DICT | TYPE_SUBCLASSABLE | TYPE_IS_EXCEPTION |             \
              TYPE_WEAK_REFERENCEABLE},
#include "core/object/exceptions.def"
#undef EXCEPTION
};

const TypeSpec *exception_spec(ExceptionId id)
{
    if (specs[EXC_BaseException].slots.make == NULL) {
        TypeSpec *base = &specs[EXC_BaseException];
        base->slots.make = exception_make;
        base->slots.init = exception_init;
        base->slots.repr = exception_repr;
        base->slots.str = exception_str;
        base->methods = base_methods;
        base->getset = base_getset;
        specs[EXC_KeyError].slots.str = key_error_str;
        exception_specs_fill(specs);
        exception_group_specs_fill(specs);
    }
    return &specs[id];
}
