// core/object/async_generator.c: asynchronous generators, and what asend(),
// athrow() and aclose() give.
//
// The frame is a generator's. Its own `yield v` suspends with v wrapped, an `await` inside with the
// bare value of the event loop, so whoever resumes it can tell them apart: a wrapped value ends the
// asend() with StopIteration(v), a bare one is passed on.
#include "core/object/generator.h"
#include "core/object/object.h"
#include "core/object/str.h"

typedef struct Wrapped {
    ObjectHead head;
    SharedRef value;
} Wrapped;

typedef enum { STEP_FRESH, STEP_RUNNING, STEP_CLOSED } StepState;

// asend() and __anext__(); athrow() and aclose().
typedef struct Step {
    ObjectHead head;
    SharedRef generator;
    SharedRef value; // to be sent, or the exception to be thrown; empty: aclose()
    uint32_t state;
} Step;

static Step *step_from(Value v) { return (Step *)value_head(v); }
static Generator *generator_of(const Step *s)
{
    return generator_from(shared_ref_peek(&s->generator));
}

Ref async_generator_wrap(ThreadState *ts, Ref value)
{
    Wrapped *w = object_new(ts, KIND_ASYNC_GENERATOR_WRAPPED, sizeof *w);
    if (w == NULL) {
        ref_drop(&value);
        return NO_REF;
    }
    shared_ref_init(&w->value, value);
    object_track(&w->head);
    return REF_FROM_NEW(w);
}

static void wrapped_finish(ThreadState *ts, ObjectHead *o)
{
    shared_ref_clear(&((Wrapped *)o)->value);
}
static void wrapped_traverse(ObjectHead *o, Visitor visit, void *context)
{
    visit(shared_ref_peek(&((Wrapped *)o)->value), EDGE_COUNTED, context);
}

const TypeSpec spec_ASYNC_GENERATOR_WRAPPED = {
    .name = "async_generator_wrapped_value",
    .base = KIND_OBJECT,
    .size = sizeof(Wrapped),
    .flags = TYPE_COLLECTED | TYPE_NOT_CONSTRUCTIBLE,
    .slots = {.finish = wrapped_finish, .traverse = wrapped_traverse, .clear = NULL},
};

// --- Steps ---------------------------------------------------------------------------------------

static Ref step_new(ThreadState *ts, Kind kind, Value generator, Ref value)
{
    Step *s = object_new(ts, kind, sizeof *s);
    if (s == NULL) {
        ref_drop(&value);
        return NO_REF;
    }
    shared_ref_init(&s->generator, ref_new(generator));
    shared_ref_init(&s->value, value);
    s->state = STEP_FRESH;
    object_track(&s->head);
    return REF_FROM_NEW(s);
}

static void step_finish(ThreadState *ts, ObjectHead *o)
{
    shared_ref_clear(&((Step *)o)->generator);
    shared_ref_clear(&((Step *)o)->value);
}
static void step_traverse(ObjectHead *o, Visitor visit, void *context)
{
    visit(shared_ref_peek(&((Step *)o)->generator), EDGE_COUNTED, context);
    visit(shared_ref_peek(&((Step *)o)->value), EDGE_COUNTED, context);
}

static bool is_wrapped(Ref r)
{
    return !is_error(r) && value_is_kind(r.v, KIND_ASYNC_GENERATOR_WRAPPED);
}

// What a resumption of the generator means to its asend().
static Ref unwrap(ThreadState *ts, Generator *g, ResumeResult resumed, Ref result)
{
    if (resumed == RESUME_RETURNED) {
        ref_drop(&result);
        raise_args(ts, EXC_StopAsyncIteration, NULL, 0);
        resumed = RESUME_ERROR;
    }
    if (resumed == RESUME_ERROR) {
        if (exception_matches(ts, EXC_StopAsyncIteration) ||
            exception_matches(ts, EXC_GeneratorExit)) {
            g->is_closed = true;
        }
        g->is_async_running = false;
        return NO_REF;
    }
    if (!is_wrapped(result)) {
        return result;
    }
    g->is_async_running = false;
    OWNED Ref wrapper = result;
    OWNED Ref value =
        shared_ref_load(value_head(wrapper.v), &((Wrapped *)value_head(wrapper.v))->value);
    return raise_stop_iteration(ts, value.v);
}

static Ref close_on_error(Step *s, Ref result)
{
    if (is_error(result)) {
        s->state = STEP_CLOSED;
    }
    return result;
}

static Ref asend_send(ThreadState *ts, Value self, const Value *args)
{
    Step *s = step_from(self);
    Generator *g = generator_of(s);
    Value sent = args[0];
    if (s->state == STEP_CLOSED) {
        return raise(ts, EXC_RuntimeError, "cannot reuse already awaited __anext__()/asend()");
    }
    if (s->state == STEP_FRESH) {
        if (g->is_async_running) {
            return raise(ts, EXC_RuntimeError,
                         "anext(): asynchronous generator is already running");
        }
        if (value_is_none(sent)) {
            sent = shared_ref_peek(&s->value);
        }
        s->state = STEP_RUNNING;
        g->is_async_running = true;
    }
    Ref result;
    ResumeResult resumed = generator_resume(ts, g, ref_new(sent), &result);
    return close_on_error(s, unwrap(ts, g, resumed, result));
}

static Ref asend_next(ThreadState *ts, Value self)
{
    Value none = VALUE_NONE;
    return asend_send(ts, self, &none);
}

static Ref asend_throw(ThreadState *ts, Value self, const Value *args)
{
    Step *s = step_from(self);
    if (s->state == STEP_CLOSED) {
        return raise(ts, EXC_RuntimeError, "cannot reuse already awaited __anext__()/asend()");
    }
    Ref exception = generator_thrown_exception(ts, args);
    if (is_error(exception)) {
        return NO_REF;
    }
    Ref result;
    Generator *g = generator_of(s);
    ResumeResult resumed = generator_throw(ts, g, exception, &result);
    return close_on_error(s, unwrap(ts, g, resumed, result));
}

static Ref step_close(ThreadState *ts, Value self, const Value *args)
{
    step_from(self)->state = STEP_CLOSED;
    return REF_NONE;
}

static const NativeDef asend_methods[] = {
    NATIVE("send", asend_send, "($self, arg, /)", NULL),
    NATIVE("throw", asend_throw, "($self, typ, val=None, tb=None, /)", NULL),
    NATIVE("close", step_close, "($self, /)", NULL),
    NATIVE_END,
};

const TypeSpec spec_ASYNC_GENERATOR_ASEND = {
    .name = "async_generator_asend",
    .base = KIND_OBJECT,
    .size = sizeof(Step),
    .flags = TYPE_COLLECTED | TYPE_NOT_CONSTRUCTIBLE,
    .slots = {.finish = step_finish,
              .traverse = step_traverse,
              .iterate = object_itself,
              .next = asend_next,
              .await = object_itself},
    .methods = asend_methods,
};

// --- athrow() and aclose() -----------------------------------------------------------------------

static Ref athrow_failed(ThreadState *ts, Step *s)
{
    bool is_close = is_no_value(shared_ref_peek(&s->value));
    generator_of(s)->is_async_running = false;
    s->state = STEP_CLOSED;
    if (is_close && (exception_clear_if(ts, EXC_StopAsyncIteration) ||
                     exception_clear_if(ts, EXC_GeneratorExit))) {
        return raise_stop_iteration(ts, VALUE_NONE);
    }
    return NO_REF;
}

static Ref athrow_result(ThreadState *ts, Step *s, ResumeResult resumed, Ref result)
{
    Generator *g = generator_of(s);
    if (!is_no_value(shared_ref_peek(&s->value))) {
        Ref value = unwrap(ts, g, resumed, result);
        return is_error(value) ? athrow_failed(ts, s) : value;
    }
    if (resumed == RESUME_YIELDED && !is_wrapped(result)) {
        return result;
    }
    if (resumed == RESUME_YIELDED) {
        ref_drop(&result);
        g->is_async_running = false;
        s->state = STEP_CLOSED;
        return raise(ts, EXC_RuntimeError, "async generator ignored GeneratorExit");
    }
    if (resumed == RESUME_RETURNED) {
        ref_drop(&result);
        raise_args(ts, EXC_StopAsyncIteration, NULL, 0);
    }
    return athrow_failed(ts, s);
}

static Ref athrow_send(ThreadState *ts, Value self, const Value *args)
{
    Step *s = step_from(self);
    Generator *g = generator_of(s);
    Value exception = shared_ref_peek(&s->value);
    bool is_close = is_no_value(exception);
    if (s->state == STEP_CLOSED) {
        return raise(ts, EXC_RuntimeError, "cannot reuse already awaited aclose()/athrow()");
    }
    if (generator_is_finished(g)) {
        s->state = STEP_CLOSED;
        return raise_stop_iteration(ts, VALUE_NONE);
    }
    Ref result;
    ResumeResult resumed;
    if (s->state == STEP_RUNNING) {
        resumed = generator_resume(ts, g, ref_new(args[0]), &result);
        return athrow_result(ts, s, resumed, result);
    }
    if (g->is_async_running) {
        s->state = STEP_CLOSED;
        return raise(ts, EXC_RuntimeError, "%s(): asynchronous generator is already running",
                     is_close ? "aclose" : "athrow");
    }
    if (g->is_closed) {
        s->state = STEP_CLOSED;
        return raise_args(ts, EXC_StopAsyncIteration, NULL, 0);
    }
    if (!value_is_none(args[0])) {
        return raise(ts, EXC_RuntimeError, "can't send non-None value to a just-started coroutine");
    }
    s->state = STEP_RUNNING;
    g->is_async_running = true;
    Ref thrown;
    if (is_close) {
        g->is_closed = true;
        raise_args(ts, EXC_GeneratorExit, NULL, 0);
        thrown = exception_fetch(ts);
    } else {
        thrown = ref_new(exception);
    }
    resumed = generator_throw(ts, g, thrown, &result);
    return athrow_result(ts, s, resumed, result);
}

static Ref athrow_next(ThreadState *ts, Value self)
{
    Value none = VALUE_NONE;
    return athrow_send(ts, self, &none);
}

static Ref athrow_throw(ThreadState *ts, Value self, const Value *args)
{
    Step *s = step_from(self);
    if (s->state == STEP_CLOSED) {
        return raise(ts, EXC_RuntimeError, "cannot reuse already awaited aclose()/athrow()");
    }
    Ref exception = generator_thrown_exception(ts, args);
    if (is_error(exception)) {
        return NO_REF;
    }
    Ref result;
    ResumeResult resumed = generator_throw(ts, generator_of(s), exception, &result);
    return athrow_result(ts, s, resumed, result);
}

static const NativeDef athrow_methods[] = {
    NATIVE("send", athrow_send, "($self, arg, /)", NULL),
    NATIVE("throw", athrow_throw, "($self, typ, val=None, tb=None, /)", NULL),
    NATIVE("close", step_close, "($self, /)", NULL),
    NATIVE_END,
};

const TypeSpec spec_ASYNC_GENERATOR_ATHROW = {
    .name = "async_generator_athrow",
    .base = KIND_OBJECT,
    .size = sizeof(Step),
    .flags = TYPE_COLLECTED | TYPE_NOT_CONSTRUCTIBLE,
    .slots = {.finish = step_finish,
              .traverse = step_traverse,
              .iterate = object_itself,
              .next = athrow_next,
              .await = object_itself},
    .methods = athrow_methods,
};

// --- The generator -------------------------------------------------------------------------------

static Ref async_generator_anext(ThreadState *ts, Value self)
{
    return step_new(ts, KIND_ASYNC_GENERATOR_ASEND, self, REF_NONE);
}

Ref async_generator_next(ThreadState *ts, Value generator)
{
    return async_generator_anext(ts, generator);
}

static Ref async_generator_asend(ThreadState *ts, Value self, const Value *args)
{
    return step_new(ts, KIND_ASYNC_GENERATOR_ASEND, self, ref_new(args[0]));
}

static Ref async_generator_athrow(ThreadState *ts, Value self, const Value *args)
{
    Ref exception = generator_thrown_exception(ts, args);
    return is_error(exception) ? NO_REF
                               : step_new(ts, KIND_ASYNC_GENERATOR_ATHROW, self, exception);
}

static Ref async_generator_aclose(ThreadState *ts, Value self, const Value *args)
{
    return step_new(ts, KIND_ASYNC_GENERATOR_ATHROW, self, NO_REF);
}

static Ref get_running(ThreadState *ts, Value self)
{
    return REF_OF(bool_value(generator_from(self)->is_async_running));
}

static const NativeDef async_generator_methods[] = {
    NATIVE("asend", async_generator_asend, "($self, value, /)",
           "asend(v) -> send 'v' in generator."),
    NATIVE("athrow", async_generator_athrow, "($self, typ, val=None, tb=None, /)",
           "athrow(typ[,val[,tb]]) -> raise exception in generator."),
    NATIVE("aclose", async_generator_aclose, "($self, /)",
           "aclose() -> raise GeneratorExit inside generator."),
    NATIVE_END,
};

static const GetSetDef async_generator_getset[] = {
    {"__name__", generator_get_name, generator_set_name, "name of the async generator"},
    {"__qualname__", generator_get_qualname, generator_set_qualname,
     "qualified name of the async generator"},
    {"ag_running", get_running, NULL, NULL},
    {"ag_code", generator_get_code, NULL, NULL},
    {"ag_frame", generator_get_frame, NULL, NULL},
    {"ag_await", generator_get_delegate, NULL, "object being awaited on, or None"},
    {NULL, NULL, NULL, NULL},
};

const TypeSpec spec_ASYNC_GENERATOR = {
    .name = "async_generator",
    .base = KIND_OBJECT,
    .size = sizeof(Generator),
    .flags = TYPE_COLLECTED | TYPE_NOT_CONSTRUCTIBLE | TYPE_WEAK_REFERENCEABLE | TYPE_HAS_FINALIZER,
    .slots = {.finish = generator_finish,
              .traverse = generator_traverse,
              .clear = generator_clear,
              .finalize = generator_finalize,
              .repr = generator_repr,
              .async_iterate = object_itself,
              .async_next = async_generator_anext},
    .methods = async_generator_methods,
    .getset = async_generator_getset,
};

// --- async for -----------------------------------------------------------------------------------

Ref async_get_iterator(ThreadState *ts, Value v)
{
    const Type *t = type_of(v);
    if (t->slots.async_iterate == NULL) {
        return raise(ts, EXC_TypeError,
                     "'async for' requires an object with __aiter__ method, got %T", v);
    }
    OWNED Ref iterator = t->slots.async_iterate(ts, v);
    if (is_error(iterator)) {
        return NO_REF;
    }
    if (type_of(iterator.v)->slots.async_next == NULL) {
        return raise(
            ts, EXC_TypeError,
            "'async for' received an object from __aiter__ that does not implement __anext__: %T",
            iterator.v);
    }
    return ref_take(&iterator);
}

Ref async_get_next(ThreadState *ts, Value iterator)
{
    const Type *t = type_of(iterator);
    if (t->slots.async_next == NULL) {
        return raise(ts, EXC_TypeError,
                     "'async for' requires an iterator with __anext__ method, got %T", iterator);
    }
    OWNED Ref next = t->slots.async_next(ts, iterator);
    if (is_error(next)) {
        return NO_REF;
    }
    Ref awaitable = coroutine_get_awaitable(ts, next.v, 0);
    if (is_error(awaitable)) {
        OWNED Ref cause = exception_fetch(ts);
        raise(ts, EXC_TypeError, "'async for' received an invalid object from __anext__: %T",
              next.v);
        exception_set_cause(ts, cause.v);
    }
    return awaitable;
}
