// core/modules/anext.c: what anext(iterator, default) gives to `await`:
// the awaitable of the iterator, with StopAsyncIteration turned into the default.
//
// Each step asks the wrapped awaitable for its iterator anew, as awaiting it directly would.
#include "core/modules/builtins.h"
#include "core/object/container.h"
#include "core/object/generator.h"
#include "core/object/str.h"

typedef struct AnextAwaitable {
    ObjectHead head;
    SharedRef wrapped, otherwise;
} AnextAwaitable;

static AnextAwaitable *from(Value v) { return (AnextAwaitable *)value_head(v); }

Ref anext_awaitable_new(ThreadState *ts, Value wrapped, Value otherwise)
{
    AnextAwaitable *a = object_new(ts, KIND_ANEXT_AWAITABLE, sizeof *a);
    if (a == NULL) {
        return NO_REF;
    }
    shared_ref_init(&a->wrapped, ref_new(wrapped));
    shared_ref_init(&a->otherwise, ref_new(otherwise));
    object_track(&a->head);
    return REF_FROM_NEW(a);
}

static void finish(ThreadState *ts, ObjectHead *o)
{
    shared_ref_clear(&((AnextAwaitable *)o)->wrapped);
    shared_ref_clear(&((AnextAwaitable *)o)->otherwise);
}

static void traverse(ObjectHead *o, Visitor visit, void *context)
{
    visit_place(&((AnextAwaitable *)o)->wrapped, visit, context);
    visit_place(&((AnextAwaitable *)o)->otherwise, visit, context);
}

// The pending StopAsyncIteration becomes StopIteration(default).
static Ref end_with_default(ThreadState *ts, AnextAwaitable *a)
{
    if (has_exception(ts) && !exception_clear_if(ts, EXC_StopAsyncIteration)) {
        return NO_REF;
    }
    return raise_stop_iteration(ts, shared_ref_peek(&a->otherwise));
}

// A coroutine is no iterator itself; what its __await__ gives is.
static Ref iterator_of(ThreadState *ts, Value self)
{
    OWNED Ref iterator = coroutine_get_awaitable(ts, shared_ref_peek(&from(self)->wrapped), 0);
    if (is_error(iterator)) {
        return NO_REF;
    }
    const Type *t = type_of(iterator.v);
    return t->slots.next == NULL && t->slots.await != NULL ? t->slots.await(ts, iterator.v)
                                                           : ref_take(&iterator);
}

static Ref step(ThreadState *ts, Value self)
{
    OWNED Ref iterator = iterator_of(ts, self);
    if (is_error(iterator)) {
        return NO_REF;
    }
    Type *t = type_of(iterator.v);
    if (t->slots.next == NULL) {
        return raise(ts, EXC_TypeError, "'%T' object is not an iterator", iterator.v);
    }
    Ref item = t->slots.next(ts, iterator.v);
    if (!is_error(item)) {
        return item;
    }
    // Ended without an exception: the item was None.
    return has_exception(ts) ? end_with_default(ts, from(self)) : NO_REF;
}

static Ref pass_on(ThreadState *ts, Value self, Value name, const Value *args, size_t count)
{
    OWNED Ref iterator = iterator_of(ts, self);
    if (is_error(iterator)) {
        return NO_REF;
    }
    Ref result = object_call_method(ts, iterator.v, name, args, count);
    return is_error(result) ? end_with_default(ts, from(self)) : result;
}

static Ref method_send(BOUND_PARAMETERS) { return pass_on(ts, self, NAME(send), args, 1); }
static Ref method_throw(CALL_PARAMETERS) { return pass_on(ts, self, NAME(throw), args, count); }
static Ref method_close(BOUND_PARAMETERS) { return pass_on(ts, self, NAME(close), NULL, 0); }

static const NativeDef methods[] = {
    NATIVE("send", method_send, "($self, value, /)", "Passes a value on to the awaitable."),
    NATIVE_RAW("throw", method_throw, NULL, "Raises an exception inside the awaitable."),
    NATIVE("close", method_close, "($self, /)", "Ends the awaitable."),
    NATIVE_END,
};

const TypeSpec spec_ANEXT_AWAITABLE = {
    .name = "anext_awaitable",
    .base = KIND_OBJECT,
    .size = sizeof(AnextAwaitable),
    .flags = TYPE_COLLECTED | TYPE_NOT_CONSTRUCTIBLE,
    .slots = {.finish = finish,
              .traverse = traverse,
              .clear = finish,
              .iterate = object_itself,
              .next = step,
              .await = object_itself},
    .methods = methods,
};
