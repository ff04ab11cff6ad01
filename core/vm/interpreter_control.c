// core/vm/interpreter_control.c: exceptions, with, and what generators and coroutines wait for.
#include "core/object/exception.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/vm/interpreter_slow.h"
#include "core/vm/slot_load.h"

// --- Handlers ------------------------------------------------------------------------------------

bool slow_handler_begin(OPERANDS)
{
    Execution *e = ts->execution;
    Ref before = e->handled;
    e->handled = slot_ref(R[A]);
    Slot old = R[B];
    R[B] = slot_own(before);
    stolen_drop(old);
    return true;
}

bool slow_handler_end(OPERANDS)
{
    Execution *e = ts->execution;
    Ref handled = e->handled;
    e->handled = slot_take(&R[B]);
    Slot exception = R[A];
    R[A] = NO_SLOT;
    ref_drop(&handled);
    stolen_drop(exception);
    return true;
}

static bool is_exception_class(Value v)
{
    return value_is_type(v) && type_is_subtype(type_from(v), TYPE_OF_EXCEPTION(EXC_BaseException));
}

Truth slow_exception_match(OPERANDS)
{
    Value exception = slot_value(R[A]), wanted = slot_value(R[B]);
    const Type *type = type_of(exception);
    bool is_tuple = value_is_tuple(wanted);
    size_t count = is_tuple ? tuple_count(wanted) : 1;
    bool match = false;
    for (size_t i = 0; i < count; i++) {
        Value one = is_tuple ? tuple_item(wanted, i) : wanted;
        if (!is_exception_class(one)) {
            raise(ts, EXC_TypeError,
                  "catching classes that do not inherit from BaseException is not allowed");
            return TRUTH_ERROR;
        }
    }
    for (size_t i = 0; i < count && !match; i++) {
        match = type_is_subtype(type, type_from(is_tuple ? tuple_item(wanted, i) : wanted));
    }
    consume1(R, B);
    return match ? TRUTH_TRUE : TRUTH_FALSE;
}

bool slow_raise(OPERANDS)
{
    if (C == 0) {
        Value handled = exception_handled(ts);
        if (is_no_value(handled)) {
            raise(ts, EXC_RuntimeError, "No active exception to reraise");
            return false;
        }
        exception_restore(ts, ref_new(handled));
        return true;
    }
    raise_object(ts, slot_value(R[A]), C == 2 ? slot_value(R[B]) : NO_VALUE);
    return false;
}

// --- with ----------------------------------------------------------------------------------------

bool slow_with_begin(OPERANDS, bool is_async)
{
    Ref manager = slot_take(&R[B]);
    bool enter_unbound = false, exit_unbound = false;
    Ref enter = type_lookup_special(ts, manager.v, is_async ? NAME(__aenter__) : NAME(__enter__),
                                    &enter_unbound);
    Ref leave = NO_REF;
    if (!is_error(enter)) {
        leave = type_lookup_special(ts, manager.v, is_async ? NAME(__aexit__) : NAME(__exit__),
                                    &exit_unbound);
    }
    if (is_error(leave)) {
        if (!has_exception(ts)) {
            const char *missed =
                is_async ? " (missed __aexit__ method)" : " (missed __exit__ method)";
            raise(ts, EXC_TypeError,
                  "'%T' object does not support the %scontext manager protocol%s", manager.v,
                  is_async ? "asynchronous " : "", is_error(enter) ? "" : missed);
        }
        ref_drop(&enter);
        ref_drop(&manager);
        return false;
    }
    R[C] = slot_own(enter);
    R[C + CALL_SELF_AT] = NO_SLOT;
    R[A] = slot_own(leave);
    R[A + 1] = NO_SLOT;
    if (enter_unbound) {
        R[C + CALL_SELF_AT] = slot_own(ref_new(manager.v));
    }
    if (exit_unbound) {
        R[A + 1] = slot_own(ref_take(&manager));
    }
    ref_drop(&manager);
    return true;
}

void slow_with_exit(OPERANDS)
{
    Slot function = R[B], self = R[B + 1];
    R[B] = NO_SLOT;
    R[B + 1] = NO_SLOT;
    R[A] = function;
    R[A + CALL_SELF_AT] = self;
    for (uint32_t i = 0; i < 3; i++) {
        R[A + CALL_ARGUMENTS_AT + i] = (Slot){VALUE_NONE.bits};
    }
}

bool slow_with_exit_raised(OPERANDS)
{
    Value exception = slot_value(R[C]);
    slow_with_exit(ts, R, A, B, C);
    Slot *args = &R[A + CALL_ARGUMENTS_AT];
    args[0] = slot_own(ref_new(type_value(type_of(exception))));
    args[1] = slot_own(ref_new(exception));
    if (value_is_exception(exception)) {
        Exception *e = (Exception *)value_head(exception);
        Ref traceback = shared_ref_load(&e->head, &e->traceback);
        if (!is_error(traceback)) {
            args[2] = slot_own(traceback);
        }
    }
    return true;
}

// --- Generators and coroutines -------------------------------------------------------------------

bool slow_get_yield_from_iter(OPERANDS)
{
    Value v = slot_value(R[B]);
    if (value_is_coroutine(v)) {
        if ((frame_of_slots(R)->code->flags & (CODE_COROUTINE | CODE_ITERABLE_COROUTINE)) == 0) {
            raise(ts, EXC_TypeError,
                  "cannot 'yield from' a coroutine object in a non-coroutine generator");
            return false;
        }
        return finish0(R, A, slot_consume(R, B, temp_base_of(R)));
    }
    if (value_is_generator(v)) {
        return finish0(R, A, slot_consume(R, B, temp_base_of(R)));
    }
    return finish1(R, A, B, object_iterate(ts, v));
}

bool slow_get_awaitable(OPERANDS)
{
    return finish1(R, A, B, coroutine_get_awaitable(ts, slot_value(R[B]), C));
}

int slow_send(OPERANDS, Frame **frame)
{
    Value delegate = slot_value(R[B]);
    Ref result = NO_REF;
    if (value_is_exception(delegate)) {
        // throw() found the delegate finished: its StopIteration stands in for it.
        exception_restore(ts, slot_take(&R[B]));
        result = stop_iteration_take_value(ts);
        consume1(R, C);
        finish0(R, A, result);
        return 0;
    }
    if ((value_is_generator(delegate) || value_is_coroutine(delegate)) &&
        !generator_is_finished(generator_from(delegate))) {
        Ref sent = slot_consume(R, C, temp_base_of(R));
        Frame *f = generator_push(ts, generator_from(delegate), sent, false);
        if (f == NULL) {
            return -1;
        }
        f->destination = (uint16_t)A;
        f->spare = B;
        f->resume_words = 2;
        *frame = f;
        return 1;
    }
    ResumeResult resumed = delegate_send(ts, delegate, slot_value(R[C]), &result);
    if (resumed == RESUME_ERROR) {
        return -1;
    }
    consume1(R, C);
    if (resumed == RESUME_RETURNED) {
        Slot finished = R[B];
        R[B] = NO_SLOT;
        stolen_drop(finished);
    }
    finish0(R, A, result);
    return resumed == RESUME_YIELDED;
}

bool slow_get_aiter(OPERANDS) { return finish1(R, A, B, async_get_iterator(ts, slot_value(R[B]))); }

bool slow_get_anext(OPERANDS) { return finish0(R, A, async_get_next(ts, slot_value(R[B]))); }

bool slow_async_gen_wrap(OPERANDS)
{
    return finish0(R, A, async_generator_wrap(ts, slot_consume(R, B, temp_base_of(R))));
}

bool slow_end_async_for(OPERANDS)
{
    Ref exception = slot_take(&R[A]);
    if (value_is_exception_of(exception.v, EXC_StopAsyncIteration)) {
        ref_drop(&exception);
        return false;
    }
    exception_restore(ts, exception);
    return true;
}
