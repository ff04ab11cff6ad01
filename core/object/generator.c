// core/object/generator.c: generators and coroutines: suspending, resuming, what scripts see.
// See generator.h.
//
#include "core/object/generator.h"

#include "core/object/exception.h"
#include "core/object/object.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/object/warn.h"
#include "core/vm/frame_object.h"

static const char *noun_of(const Code *code)
{
    if ((code->flags & CODE_COROUTINE) != 0) {
        return "coroutine";
    }
    return (code->flags & CODE_ASYNC_GENERATOR) != 0 ? "async generator" : "generator";
}

// --- Making --------------------------------------------------------------------------------------

Ref generator_new(ThreadState *ts, Frame *f)
{
    const Code *code = f->code;
    Kind kind = (code->flags & CODE_COROUTINE) != 0         ? KIND_COROUTINE
                : (code->flags & CODE_ASYNC_GENERATOR) != 0 ? KIND_ASYNC_GENERATOR
                                                            : KIND_GENERATOR;
    Generator *g = object_new_var(ts, kind, sizeof *g, code->slot_count, sizeof(Slot));
    if (g == NULL) {
        return NO_REF;
    }
    const Function *function = frame_function(f);
    memset((char *)g + sizeof(ObjectHead), 0,
           sizeof *g - sizeof(ObjectHead) + code->slot_count * sizeof(Slot));
    g->state = GENERATOR_CREATED;
    g->delegate_slot = NO_DELEGATE;
    shared_ref_init(&g->name, ref_new(shared_ref_peek(&function->name)));
    shared_ref_init(&g->qualname, ref_new(shared_ref_peek(&function->qualname)));
    g->frame = *f;
    g->frame.previous = NULL;
    g->frame.function = slot_own(slot_ref(f->function));
    g->frame.namespace_ = NO_REF;
    g->frame.owner = NO_REF;
    g->frame.flags = FRAME_GENERATOR;
    g->frame.spare = 0;
    Slot *slots = frame_slots(f);
    for (uint32_t i = 0; i < code->temp_base; i++) {
        g->slots[i] = slot_own(slot_take(&slots[i])); // borrowed from a caller: counted from now on
    }
    object_track(&g->head);
    return REF_FROM_NEW(g);
}

// --- Running -------------------------------------------------------------------------------------

static bool begin_running(ThreadState *ts, Generator *g, uint32_t *before)
{
    for (;;) {
        *before = atomic_load_acquire(&g->state);
        if (*before != GENERATOR_CREATED && *before != GENERATOR_SUSPENDED) {
            break;
        }
        if (generator_try_begin(g, *before)) {
            return true;
        }
    }
    if (*before == GENERATOR_RUNNING) {
        raise(ts, EXC_ValueError, "%s already executing", noun_of(g->frame.code));
    } else { // it was finished by another thread just now
        raise_stop_iteration(ts, VALUE_NONE);
    }
    return false;
}

Frame *generator_push(ThreadState *ts, Generator *g, Ref sent, bool throwing)
{
    Execution *e = ts->execution;
    uint32_t before;
    if (!begin_running(ts, g, &before)) {
        ref_drop(&sent);
        return NULL;
    }
    if (before == GENERATOR_CREATED && !throwing && !value_is_none(sent.v)) {
        generator_end_running(g, GENERATOR_CREATED);
        ref_drop(&sent);
        raise(ts, EXC_TypeError, "can't send non-None value to a just-started %s",
              noun_of(g->frame.code));
        return NULL;
    }
    if (execution_deepen(ts, e) != STATUS_OK) {
        generator_end_running(g, (GeneratorState)before);
        ref_drop(&sent);
        return NULL;
    }
    generator_link(e, g, execution_top(e));
    Frame *f = &g->frame;
    f->flags = FRAME_GENERATOR;
    f->resume_words = 1;
    f->destination = 0;
    f->spare = 0;
    if (throwing) {
        ref_drop(&sent);
        return f;
    }
    f->pc++;
    if (before == GENERATOR_SUSPENDED) {
        Slot old = g->slots[g->resume_slot];
        g->slots[g->resume_slot] = slot_own(sent);
        if (slot_is_counted(old)) {
            value_release((Value){old.bits});
        }
    } else {
        ref_drop(&sent);
    }
    return f;
}

static void drop_slots(Generator *g)
{
    for (uint32_t i = 0; i < g->frame.code->slot_count; i++) {
        slot_drop(&g->slots[i]);
    }
}

// The frame object, which scripts may go on looking at, takes over what it needs.
static void release_frame_object(ThreadState *ts, Generator *g)
{
    if (LIKELY(is_no_value(shared_ref_peek(&g->frame_object)))) {
        return;
    }
    Ref seen;
    CriticalSection section;
    critical_begin(ts, &section, &g->head);
    seen = shared_ref_swap(&g->frame_object, NO_REF);
    critical_end(ts, &section);
    if (!is_error(seen)) {
        frame_object_release(ts, seen.v, &g->frame);
        ref_drop(&seen);
    }
}

Ref generator_frame_object(ThreadState *ts, Generator *g)
{
    Ref known = shared_ref_load(&g->head, &g->frame_object);
    if (!is_error(known)) {
        return known;
    }
    OWNED Ref made = frame_object_new(ts, &g->frame);
    if (is_error(made)) {
        return NO_REF;
    }
    CriticalSection section;
    critical_begin(ts, &section, &g->head);
    if (is_no_value(shared_ref_peek(&g->frame_object))) {
        known = ref_new(made.v);
        shared_ref_init(&g->frame_object, ref_take(&made));
    } else { // another thread was faster
        known = shared_ref_load_locked(&g->frame_object);
    }
    critical_end(ts, &section);
    return known;
}

void generator_leave(ThreadState *ts, Generator *g)
{
    release_frame_object(ts, g);
    drop_slots(g); // still the running frame: finalizers may look at it
    generator_unlink(ts->execution, g);
    Ref handled = g->handled;
    g->handled = NO_REF;
    g->delegate_slot = NO_DELEGATE;
    generator_end_running(g, GENERATOR_FINISHED);
    ref_drop(&handled);
}

void generator_convert_stop(ThreadState *ts, const Code *code)
{
    bool is_async_stop = exception_matches(ts, EXC_StopAsyncIteration);
    if (is_async_stop && (code->flags & CODE_ASYNC_GENERATOR) == 0) {
        return;
    }
    OWNED Ref cause = exception_fetch(ts);
    raise(ts, EXC_RuntimeError, "%s raised %s", noun_of(code),
          is_async_stop ? "StopAsyncIteration" : "StopIteration");
    exception_set_cause(ts, cause.v);
}

void exception_set_cause(ThreadState *ts, Value cause)
{
    OWNED Ref error = exception_fetch(ts);
    if (object_set_attribute(ts, error.v, NAME(__cause__), cause) != STATUS_OK ||
        object_set_attribute(ts, error.v, NAME(__context__), cause) != STATUS_OK) {
        exception_clear(ts);
    }
    exception_restore(ts, ref_take(&error));
}

// --- From C --------------------------------------------------------------------------------------

static ResumeResult resume(ThreadState *ts, Generator *g, Ref sent, bool throwing, Ref *result)
{
    *result = NO_REF;
    if (enter_native(ts, "") != STATUS_OK) {
        ref_drop(&sent);
        return RESUME_ERROR;
    }
    Ref pending = throwing ? exception_fetch(ts) : NO_REF;
    OWNED Ref held = ref_new(value_of(g));
    Frame *f = generator_push(ts, g, sent, throwing);
    if (f == NULL) {
        ref_drop(&pending); // the error of pushing wins
        return RESUME_ERROR;
    }
    if (throwing) {
        if (is_error(ts->execution->handled)) {
            exception_restore(ts, pending);
        } else {
            exception_throw(ts, pending); // what the generator itself handles is its context
        }
    }
    f->flags |= FRAME_ENTRY;
    *result = interpreter_run(ts, f, throwing);
    if (is_error(*result)) {
        return RESUME_ERROR;
    }
    return ts->execution->generator_returned ? RESUME_RETURNED : RESUME_YIELDED;
}

// The usual case of the function below. False: nothing was done.
static ALWAYS_INLINE bool resume_suspended(ThreadState *ts, Generator *g, Ref sent, Ref *result)
{
    Execution *e = ts->execution;
    if (UNLIKELY(!stack_has_room(ts) || e->depth >= e->depth_limit) ||
        UNLIKELY(!generator_try_begin(g, GENERATOR_SUSPENDED))) {
        return false;
    }
    e->depth++;
    OWNED Ref held = ref_new(value_of(g));
    generator_link(e, g, execution_top(e));
    Frame *f = &g->frame;
    f->flags = FRAME_GENERATOR | FRAME_ENTRY;
    f->resume_words = 1;
    f->pc++;
    Slot old = g->slots[g->resume_slot];
    g->slots[g->resume_slot] = slot_own(sent);
    if (slot_is_counted(old)) {
        value_release((Value){old.bits});
    }
    *result = interpreter_run(ts, f, false);
    return true;
}

ResumeResult generator_resume(ThreadState *ts, Generator *g, Ref sent, Ref *result)
{
    if (LIKELY(resume_suspended(ts, g, sent, result))) {
        return is_error(*result)                   ? RESUME_ERROR
               : ts->execution->generator_returned ? RESUME_RETURNED
                                                   : RESUME_YIELDED;
    }
    if (generator_is_finished(g)) {
        ref_drop(&sent);
        *result = REF_NONE;
        if (g->head.kind == KIND_COROUTINE) {
            *result = NO_REF;
            raise(ts, EXC_RuntimeError, "cannot reuse already awaited coroutine");
            return RESUME_ERROR;
        }
        return RESUME_RETURNED;
    }
    return resume(ts, g, sent, false, result);
}

// Marks a generator that never ran as finished, and drops its frame.
static bool finish_unstarted(ThreadState *ts, Generator *g)
{
    if (!generator_try_begin(g, GENERATOR_CREATED)) {
        return false;
    }
    release_frame_object(ts, g);
    drop_slots(g);
    generator_end_running(g, GENERATOR_FINISHED);
    return true;
}

ResumeResult generator_resume_throwing(ThreadState *ts, Generator *g, Ref *result)
{
    *result = NO_REF;
    if (generator_is_finished(g)) {
        if (g->head.kind == KIND_COROUTINE) {
            exception_clear(ts);
            raise(ts, EXC_RuntimeError, "cannot reuse already awaited coroutine");
        }
        return RESUME_ERROR;
    }
    return resume(ts, g, NO_REF, true, result);
}

Ref stop_iteration_take_value(ThreadState *ts)
{
    OWNED Ref stop = exception_fetch(ts);
    Ref value = object_get_attribute(ts, stop.v, NAME(value));
    if (is_error(value)) {
        exception_clear(ts);
        return REF_NONE;
    }
    return value;
}

ResumeResult delegate_send(ThreadState *ts, Value delegate, Value sent, Ref *result)
{
    *result = NO_REF;
    if (value_is_generator(delegate) || value_is_coroutine(delegate)) {
        return generator_resume(ts, generator_from(delegate), ref_new(sent), result);
    }
    if (value_is_none(sent)) {
        const Type *t = type_of(delegate);
        if (t->slots.next == NULL) {
            raise(ts, EXC_TypeError, "'%T' object is not an iterator", delegate);
            return RESUME_ERROR;
        }
        *result = t->slots.next(ts, delegate);
        if (is_error(*result) && !has_exception(ts)) {
            *result = REF_NONE;
            return RESUME_RETURNED;
        }
    } else {
        *result = object_call_method(ts, delegate, NAME(send), &sent, 1);
    }
    if (!is_error(*result)) {
        return RESUME_YIELDED;
    }
    if (exception_matches(ts, EXC_StopIteration)) {
        *result = stop_iteration_take_value(ts);
        return RESUME_RETURNED;
    }
    return RESUME_ERROR;
}

// --- Delegates -----------------------------------------------------------------------------------

// What a suspended generator waits for in `yield from` or `await`; NO_REF: nothing.
static Ref delegate_of(Generator *g)
{
    if (atomic_load_acquire(&g->state) != GENERATOR_SUSPENDED || g->delegate_slot == NO_DELEGATE) {
        return NO_REF;
    }
    return slot_ref(g->slots[g->delegate_slot]);
}

static Status close_delegate(ThreadState *ts, Value delegate)
{
    if (value_is_generator(delegate) || value_is_coroutine(delegate)) {
        return generator_close(ts, generator_from(delegate));
    }
    OWNED Ref close = NO_REF;
    Lookup found = object_lookup_attribute(ts, delegate, NAME(close), &close);
    if (found != LOOKUP_FOUND) {
        exception_unraisable(ts, delegate, NULL);
        return STATUS_OK;
    }
    OWNED Ref done = object_call0(ts, close.v);
    return is_error(done) ? STATUS_ERROR : STATUS_OK;
}

static ResumeResult throw_into_delegate(ThreadState *ts, Value delegate, Value exception,
                                        Ref *result, bool *has)
{
    *has = true;
    if (value_is_generator(delegate) || value_is_coroutine(delegate)) {
        return generator_throw(ts, generator_from(delegate), ref_new(exception), result);
    }
    OWNED Ref throw = NO_REF;
    Lookup found = object_lookup_attribute(ts, delegate, NAME(throw), &throw);
    if (found != LOOKUP_FOUND) {
        *has = false;
        return RESUME_ERROR;
    }
    *result = object_call1(ts, throw.v, exception);
    if (!is_error(*result)) {
        return RESUME_YIELDED;
    }
    if (exception_matches(ts, EXC_StopIteration)) {
        *result = stop_iteration_take_value(ts);
        return RESUME_RETURNED;
    }
    return RESUME_ERROR;
}

// While the delegate works the generator counts as running.
static bool occupy(ThreadState *ts, Generator *g)
{
    uint32_t before;
    return begin_running(ts, g, &before);
}

// Throws into the delegate, with the generator's frame below the delegate's.
static ResumeResult throw_below(ThreadState *ts, Generator *g, Value delegate, Value exception,
                                Ref *result, bool *has)
{
    Execution *e = ts->execution;
    *has = true;
    if (execution_deepen(ts, e) != STATUS_OK) {
        return RESUME_ERROR;
    }
    generator_link(e, g, execution_top(e));
    ResumeResult resumed = throw_into_delegate(ts, delegate, exception, result, has);
    generator_unlink(e, g);
    return resumed;
}

ResumeResult generator_throw(ThreadState *ts, Generator *g, Ref exception, Ref *result)
{
    *result = NO_REF;
    OWNED Ref thrown = exception;
    OWNED Ref delegate = delegate_of(g);
    if (is_error(delegate)) {
        exception_restore(ts, ref_take(&thrown));
        return generator_resume_throwing(ts, g, result);
    }
    if (!occupy(ts, g)) {
        return RESUME_ERROR;
    }
    if (value_is_exception_of(thrown.v, EXC_GeneratorExit)) {
        Status closed = close_delegate(ts, delegate.v);
        generator_end_running(g, GENERATOR_SUSPENDED);
        if (closed == STATUS_OK) {
            exception_restore(ts, ref_take(&thrown));
        }
        return generator_resume_throwing(ts, g, result);
    }
    bool has;
    ResumeResult resumed = throw_below(ts, g, delegate.v, thrown.v, result, &has);
    generator_end_running(g, GENERATOR_SUSPENDED);
    if (resumed == RESUME_YIELDED) {
        return resumed;
    }
    if (resumed == RESUME_ERROR) {
        if (!has && !has_exception(ts)) {
            exception_restore(ts, ref_take(&thrown));
        }
        return generator_resume_throwing(ts, g, result);
    }
    // The delegate has returned: its StopIteration takes its place, and SEND finds it there.
    OWNED Ref value = *result;
    *result = NO_REF;
    raise_stop_iteration(ts, value.v);
    Slot old = g->slots[g->delegate_slot];
    g->slots[g->delegate_slot] = slot_own(exception_fetch(ts));
    Ref dropped = slot_take(&old);
    ref_drop(&dropped);
    return generator_resume(ts, g, REF_NONE, result);
}

Status generator_close(ThreadState *ts, Generator *g)
{
    if (generator_is_finished(g) || finish_unstarted(ts, g)) {
        return STATUS_OK;
    }
    OWNED Ref delegate = delegate_of(g);
    Status closed = STATUS_OK;
    if (!is_error(delegate)) {
        if (!occupy(ts, g)) {
            return STATUS_ERROR;
        }
        closed = close_delegate(ts, delegate.v);
        generator_end_running(g, GENERATOR_SUSPENDED);
    }
    if (closed == STATUS_OK) {
        raise_args(ts, EXC_GeneratorExit, NULL, 0);
    }
    Ref result;
    ResumeResult resumed = generator_resume_throwing(ts, g, &result);
    ref_drop(&result);
    if (resumed == RESUME_YIELDED) {
        return raise_status(ts, EXC_RuntimeError, "%s ignored GeneratorExit",
                            noun_of(g->frame.code));
    }
    if (resumed == RESUME_RETURNED || exception_clear_if(ts, EXC_StopIteration) ||
        exception_clear_if(ts, EXC_GeneratorExit)) {
        return STATUS_OK;
    }
    return STATUS_ERROR;
}

// --- Awaiting ------------------------------------------------------------------------------------

static bool is_iterable_coroutine(Value v)
{
    return value_is_generator(v) &&
           (generator_from(v)->frame.code->flags & CODE_ITERABLE_COROUTINE) != 0;
}

Ref coroutine_get_awaitable(ThreadState *ts, Value v, unsigned where)
{
    if (value_is_coroutine(v)) {
        OWNED Ref delegate = delegate_of(generator_from(v));
        if (!is_error(delegate)) {
            return raise(ts, EXC_RuntimeError, "coroutine is being awaited already");
        }
        return ref_new(v);
    }
    if (is_iterable_coroutine(v)) {
        return ref_new(v);
    }
    const Type *t = type_of(v);
    if (t->slots.await == NULL) {
        if (where != 0) {
            return raise(
                ts, EXC_TypeError,
                "'async with' received an object from %s that does not implement __await__: %T",
                where == 1 ? "__aenter__" : "__aexit__", v);
        }
        return raise(ts, EXC_TypeError, "object %T can't be used in 'await' expression", v);
    }
    OWNED Ref iterator = t->slots.await(ts, v);
    if (is_error(iterator)) {
        return NO_REF;
    }
    if (value_is_coroutine(iterator.v) || is_iterable_coroutine(iterator.v)) {
        return raise(ts, EXC_TypeError, "__await__() returned a coroutine");
    }
    if (type_of(iterator.v)->slots.next == NULL) {
        return raise(ts, EXC_TypeError, "__await__() returned non-iterator of type '%T'",
                     iterator.v);
    }
    return ref_take(&iterator);
}

// --- Memory --------------------------------------------------------------------------------------

void generator_traverse(ObjectHead *o, Visitor visit, void *context)
{
    const Generator *g = (const Generator *)o;
    visit(shared_ref_peek(&g->name), EDGE_COUNTED, context);
    visit(shared_ref_peek(&g->qualname), EDGE_COUNTED, context);
    visit(shared_ref_peek(&g->frame_object), EDGE_COUNTED, context);
    visit(shared_ref_peek(&g->finalizer), EDGE_COUNTED, context);
    visit(g->handled.v, EDGE_COUNTED, context);
    visit(g->outer_handled.v, EDGE_COUNTED, context);
    visit(slot_value(g->frame.function), EDGE_COUNTED, context);
    // While it runs, counted slots belong to the thread: what they hold is alive. Uncounted ones
    // are visited always, for a generator whose delegate is being closed is linked to no execution.
    bool is_running = g->state == GENERATOR_RUNNING;
    for (uint32_t i = 0; i < g->frame.code->slot_count; i++) {
        if (!is_running || !slot_is_counted(g->slots[i])) {
            frame_traverse_slots(&g->slots[i], 1, visit, context);
        }
    }
}

static void drop_frame(ThreadState *ts, Generator *g)
{
    if (g->state == GENERATOR_RUNNING) {
        return;
    }
    release_frame_object(ts, g);
    atomic_store_relaxed(&g->state, (uint32_t)GENERATOR_FINISHED);
    drop_slots(g);
    ref_drop(&g->handled);
    shared_ref_clear(&g->finalizer);
}

void generator_clear(ThreadState *ts, ObjectHead *o) { drop_frame(ts, (Generator *)o); }

void generator_finish(ThreadState *ts, ObjectHead *o)
{
    Generator *g = (Generator *)o;
    drop_frame(ts, g);
    shared_ref_clear(&g->name);
    shared_ref_clear(&g->qualname);
    slot_drop(&g->frame.function);
}

// Would throwing an exception at the current position run any code of the script?
static bool position_is_guarded(const Generator *g)
{
    const Code *code = g->frame.code;
    uint32_t at = frame_instruction(&g->frame);
    for (uint32_t i = 0; i < code->exception_count; i++) {
        if (at >= code->exceptions[i].start && at < code->exceptions[i].end) {
            return true;
        }
    }
    return g->delegate_slot != NO_DELEGATE;
}

Status generator_finalize(ThreadState *ts, Value self)
{
    Generator *g = generator_from(self);
    uint32_t state = atomic_load_acquire(&g->state);
    if (state == GENERATOR_FINISHED || state == GENERATOR_RUNNING) {
        return STATUS_OK;
    }
    if (state == GENERATOR_CREATED) {
        if (g->head.kind == KIND_COROUTINE) {
            return warn_format(ts, EXC_RuntimeWarning, 1, "coroutine '%U' was never awaited",
                               shared_ref_peek(&g->qualname));
        }
        return STATUS_OK;
    }
    Value hook = shared_ref_peek(&g->finalizer);
    if (!is_no_value(hook) && !g->is_closed) {
        OWNED Ref done = object_call1(ts, hook, self);
        return is_error(done) ? STATUS_ERROR : STATUS_OK;
    }
    return position_is_guarded(g) ? generator_close(ts, g) : STATUS_OK;
}

// --- What scripts see ----------------------------------------------------------------------------

// send's and next's answer: a value, or StopIteration.
static Ref as_iterator_result(ThreadState *ts, ResumeResult resumed, Ref result)
{
    if (resumed != RESUME_RETURNED) {
        return result;
    }
    OWNED Ref value = result;
    return raise_stop_iteration(ts, value.v);
}

static Ref generator_next(ThreadState *ts, Value self)
{
    Ref result;
    ResumeResult resumed = generator_resume(ts, generator_from(self), REF_NONE, &result);
    if (resumed == RESUME_RETURNED && value_is_none(result.v)) {
        return NO_REF; // exhausted: nobody needs the exception
    }
    return as_iterator_result(ts, resumed, result);
}

static Ref generator_send(ThreadState *ts, Value self, const Value *args)
{
    Ref result;
    ResumeResult resumed = generator_resume(ts, generator_from(self), ref_new(args[0]), &result);
    return as_iterator_result(ts, resumed, result);
}

// The exception of throw(type, value, traceback).
Ref generator_thrown_exception(ThreadState *ts, const Value *args)
{
    Value type = args[0], value = args[1], traceback = args[2];
    bool has_value = !is_no_value(value) && !value_is_none(value);
    if (!is_no_value(traceback) && !value_is_none(traceback) &&
        !value_is_kind(traceback, KIND_TRACEBACK)) {
        return raise(ts, EXC_TypeError, "throw() third argument must be a traceback object");
    }
    OWNED Ref exception = NO_REF;
    if (value_is_type(type) &&
        type_is_subtype(type_from(type), TYPE_OF_EXCEPTION(EXC_BaseException))) {
        if (has_value && value_is_instance(value, type_from(type))) {
            exception = ref_new(value);
        } else if (has_value && value_is_tuple(value)) {
            exception = object_call_packed(ts, type, value, NO_VALUE);
        } else {
            exception = has_value ? object_call1(ts, type, value) : object_call0(ts, type);
        }
    } else if (value_is_exception(type)) {
        if (has_value) {
            return raise(ts, EXC_TypeError, "instance exception may not have a separate value");
        }
        exception = ref_new(type);
    } else {
        return raise(ts, EXC_TypeError,
                     "exceptions must be classes or instances deriving from BaseException, not %T",
                     type);
    }
    if (!is_error(exception) && !value_is_exception(exception.v)) {
        raise(ts, EXC_TypeError,
              "calling %R should have returned an instance of BaseException, not %T", type,
              exception.v);
    }
    if (has_exception(ts)) { // then that is what the generator gets
        OWNED Ref failure = exception_fetch(ts);
        return ref_take(&failure);
    }
    if (!is_error(exception) && !is_no_value(traceback) && !value_is_none(traceback) &&
        object_set_attribute(ts, exception.v, NAME(__traceback__), traceback) != STATUS_OK) {
        return NO_REF;
    }
    return ref_take(&exception);
}

static Ref generator_throw_method(ThreadState *ts, Value self, const Value *args)
{
    Ref exception = generator_thrown_exception(ts, args);
    if (is_error(exception)) {
        return NO_REF;
    }
    Ref result;
    ResumeResult resumed = generator_throw(ts, generator_from(self), exception, &result);
    return as_iterator_result(ts, resumed, result);
}

static Ref generator_close_method(ThreadState *ts, Value self, const Value *args)
{
    return generator_close(ts, generator_from(self)) == STATUS_OK ? REF_NONE : NO_REF;
}

Ref generator_repr(ThreadState *ts, Value self)
{
    const Generator *g = generator_from(self);
    const char *noun =
        g->head.kind == KIND_ASYNC_GENERATOR ? "async_generator" : noun_of(g->frame.code);
    return format_str(ts, "<%s object %U at %p>", noun, shared_ref_peek(&g->qualname),
                      (void *)self.bits);
}

static Ref get_running(ThreadState *ts, Value self)
{
    return REF_OF(
        bool_value(atomic_load_relaxed(&generator_from(self)->state) == GENERATOR_RUNNING));
}
static Ref get_suspended(ThreadState *ts, Value self)
{
    return REF_OF(
        bool_value(atomic_load_relaxed(&generator_from(self)->state) == GENERATOR_SUSPENDED));
}
Ref generator_get_code(ThreadState *ts, Value self)
{
    return ref_new(value_of(generator_from(self)->frame.code));
}
Ref generator_get_frame(ThreadState *ts, Value self)
{
    Generator *g = generator_from(self);
    if (generator_is_finished(g)) {
        return REF_NONE;
    }
    return generator_frame_object(ts, g);
}
Ref generator_get_delegate(ThreadState *ts, Value self)
{
    Ref delegate = delegate_of(generator_from(self));
    return is_error(delegate) ? REF_NONE : delegate;
}
static Ref get_none(ThreadState *ts, Value self) { return REF_NONE; }

static Ref get_text(Value self, SharedRef *place)
{
    return shared_ref_load(value_head(self), place);
}
static Status set_text(ThreadState *ts, Value self, SharedRef *place, Value value, const char *what)
{
    if (is_no_value(value) || !value_is_str(value)) {
        return raise_status(ts, EXC_TypeError, "%s must be set to a string object", what);
    }
    object_store(ts, value_head(self), place, ref_new(value));
    return STATUS_OK;
}
Ref generator_get_name(ThreadState *ts, Value self)
{
    return get_text(self, &generator_from(self)->name);
}
Ref generator_get_qualname(ThreadState *ts, Value self)
{
    return get_text(self, &generator_from(self)->qualname);
}
Status generator_set_name(ThreadState *ts, Value self, Value value)
{
    return set_text(ts, self, &generator_from(self)->name, value, "__name__");
}
Status generator_set_qualname(ThreadState *ts, Value self, Value value)
{
    return set_text(ts, self, &generator_from(self)->qualname, value, "__qualname__");
}

static const NativeDef generator_methods[] = {
    NATIVE("send", generator_send, "($self, arg, /)",
           "send(arg) -> send 'arg' into generator,\nreturn next yielded value or raise "
           "StopIteration."),
    NATIVE("throw", generator_throw_method, "($self, typ, val=None, tb=None, /)",
           "Raise an exception at the place where the generator is suspended."),
    NATIVE("close", generator_close_method, "($self, /)",
           "close() -> raise GeneratorExit inside generator."),
    NATIVE_END,
};

#define COMMON_GETSET                                                                              \
    {"__name__", generator_get_name, generator_set_name, "name of the generator"},                 \
    {                                                                                              \
        "__qualname__", generator_get_qualname, generator_set_qualname,                            \
            "qualified name of the generator"                                                      \
    }

static const GetSetDef generator_getset[] = {
    COMMON_GETSET,
    {"gi_running", get_running, NULL, NULL},
    {"gi_suspended", get_suspended, NULL, NULL},
    {"gi_code", generator_get_code, NULL, NULL},
    {"gi_frame", generator_get_frame, NULL, NULL},
    {"gi_yieldfrom", generator_get_delegate, NULL, "object being iterated by yield from, or None"},
    {NULL, NULL, NULL, NULL},
};

const TypeSpec spec_GENERATOR = {
    .name = "generator",
    .base = KIND_OBJECT,
    .size = sizeof(Generator),
    .flags = TYPE_COLLECTED | TYPE_NOT_CONSTRUCTIBLE | TYPE_WEAK_REFERENCEABLE | TYPE_HAS_FINALIZER,
    .slots = {.finish = generator_finish,
              .traverse = generator_traverse,
              .clear = generator_clear,
              .finalize = generator_finalize,
              .repr = generator_repr,
              .iterate = object_itself,
              .next = generator_next},
    .methods = generator_methods,
    .getset = generator_getset,
};

// --- Coroutines ----------------------------------------------------------------------------------

// The iterator that __await__ gives: passes everything on to its coroutine.
typedef struct CoroutineWrapper {
    ObjectHead head;
    SharedRef coroutine;
} CoroutineWrapper;

static Ref coroutine_await(ThreadState *ts, Value self)
{
    CoroutineWrapper *w = object_new(ts, KIND_COROUTINE_WRAPPER, sizeof *w);
    if (w == NULL) {
        return NO_REF;
    }
    shared_ref_init(&w->coroutine, ref_new(self));
    object_track(&w->head);
    return REF_FROM_NEW(w);
}

static const GetSetDef coroutine_getset[] = {
    COMMON_GETSET,
    {"cr_running", get_running, NULL, NULL},
    {"cr_suspended", get_suspended, NULL, NULL},
    {"cr_code", generator_get_code, NULL, NULL},
    {"cr_frame", generator_get_frame, NULL, NULL},
    {"cr_await", generator_get_delegate, NULL, "object being awaited on, or None"},
    {"cr_origin", get_none, NULL, NULL},
    {NULL, NULL, NULL, NULL},
};

const TypeSpec spec_COROUTINE = {
    .name = "coroutine",
    .base = KIND_OBJECT,
    .size = sizeof(Generator),
    .flags = TYPE_COLLECTED | TYPE_NOT_CONSTRUCTIBLE | TYPE_WEAK_REFERENCEABLE | TYPE_HAS_FINALIZER,
    .slots = {.finish = generator_finish,
              .traverse = generator_traverse,
              .clear = generator_clear,
              .finalize = generator_finalize,
              .repr = generator_repr,
              .await = coroutine_await},
    .methods = generator_methods,
    .getset = coroutine_getset,
};

static Value wrapped(Value self)
{
    return shared_ref_peek(&((CoroutineWrapper *)value_head(self))->coroutine);
}

static void wrapper_finish(ThreadState *ts, ObjectHead *o)
{
    shared_ref_clear(&((CoroutineWrapper *)o)->coroutine);
}
static void wrapper_traverse(ObjectHead *o, Visitor visit, void *context)
{
    visit(shared_ref_peek(&((CoroutineWrapper *)o)->coroutine), EDGE_COUNTED, context);
}
static Ref wrapper_next(ThreadState *ts, Value self) { return generator_next(ts, wrapped(self)); }
static Ref wrapper_send(ThreadState *ts, Value self, const Value *args)
{
    return generator_send(ts, wrapped(self), args);
}
static Ref wrapper_throw(ThreadState *ts, Value self, const Value *args)
{
    return generator_throw_method(ts, wrapped(self), args);
}
static Ref wrapper_close(ThreadState *ts, Value self, const Value *args)
{
    return generator_close_method(ts, wrapped(self), args);
}

static const NativeDef wrapper_methods[] = {
    NATIVE("send", wrapper_send, "($self, arg, /)", "Send into the coroutine."),
    NATIVE("throw", wrapper_throw, "($self, typ, val=None, tb=None, /)",
           "Raise an exception in the coroutine."),
    NATIVE("close", wrapper_close, "($self, /)", "Raise GeneratorExit inside the coroutine."),
    NATIVE_END,
};

const TypeSpec spec_COROUTINE_WRAPPER = {
    .name = "coroutine_wrapper",
    .doc = "A wrapper object implementing __await__ for coroutines.",
    .base = KIND_OBJECT,
    .size = sizeof(CoroutineWrapper),
    .flags = TYPE_COLLECTED | TYPE_NOT_CONSTRUCTIBLE,
    .slots = {.finish = wrapper_finish,
              .traverse = wrapper_traverse,
              .clear = NULL,
              .iterate = object_itself,
              .next = wrapper_next},
    .methods = wrapper_methods,
};
