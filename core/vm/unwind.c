// core/vm/unwind.c: what happens between an exception and its handler.
//
// 1. The running frame joins the traceback, unless it is there already (re-raised).
// 2. A handler is looked for in the code's exception table, innermost first.
//    If there is one: drop the temporaries above its depth, hand the exception over, go on there.
// 3. Otherwise the frame ends. If C code called it, the exception goes there;
//    else on with the caller.
#include "core/object/error.h"
#include "core/object/exception.h"
#include "core/object/generator.h"
#include "core/object/upcalls.h"
#include "core/vm/frame.h"

void traceback_add_innermost(ThreadState *ts, Value exception)
{
    const Frame *f = ts->execution != NULL ? ts->execution->frame : NULL;
    if (f != NULL && traceback_add(ts, exception, value_of(f->code), f->globals,
                                   frame_instruction(f)) != STATUS_OK) {
        exception_clear(ts);
    }
}

static void join_traceback(ThreadState *ts, const Frame *f)
{
    Ref exception = exception_fetch(ts);
    if (traceback_add(ts, exception.v, value_of(f->code), f->globals, frame_instruction(f)) !=
        STATUS_OK) {
        exception_clear(ts); // no memory: the traceback lacks a line
    }
    exception_restore(ts, exception);
}

static const ExceptionEntry *find_handler(const Frame *f)
{
    const Code *code = f->code;
    uint32_t at = frame_instruction(f);
    for (uint32_t i = 0; i < code->exception_count; i++) {
        const ExceptionEntry *entry = &code->exceptions[i];
        if (at >= entry->start && at < entry->end) {
            return entry;
        }
    }
    return NULL;
}

static void enter_handler(ThreadState *ts, Frame *f, const ExceptionEntry *entry)
{
    Slot *slots = frame_slots(f);
    Ref exception =
        exception_fetch(ts); // dropping may run script code: nothing is pending meanwhile
    for (size_t i = MAX_OF(entry->depth, f->code->temp_base); i < f->code->slot_count; i++) {
        slot_drop(&slots[i]);
    }
    slots[entry->slot] = slot_own(exception);
    f->pc = f->code->instructions + entry->handler;
}

Frame *unwind(ThreadState *ts, bool traced)
{
    Execution *e = ts->execution;
    for (;; traced = false) {
        Frame *f = e->frame;
        ASSERT(has_exception(ts));
        if (!traced) {
            join_traceback(ts, f);
        }
        const ExceptionEntry *entry = find_handler(f);
        if (entry != NULL) {
            enter_handler(ts, f, entry);
            return f;
        }
        uint8_t flags = f->flags;
        // Dropping what the frame holds may run script code: no exception may be pending meanwhile.
        Ref exception = exception_fetch(ts);
        if ((flags & FRAME_GENERATOR) != 0) {
            generator_leave(ts, generator_of_frame(f));
            if (value_is_exception_of(exception.v, EXC_StopIteration) ||
                value_is_exception_of(exception.v, EXC_StopAsyncIteration)) {
                exception_restore(ts, exception);
                generator_convert_stop(ts, f->code);
                exception = exception_fetch(ts);
            }
        } else {
            frame_pop(ts, e, f);
        }
        exception_restore(ts, exception);
        if ((flags & FRAME_ENTRY) != 0) {
            return NULL;
        }
    }
}

Value exception_handled(ThreadState *ts)
{
    const Execution *e = ts->execution;
    if (UNLIKELY(e == NULL)) {
        return NO_VALUE;
    }
    if (!is_error(e->handled)) {
        return e->handled.v;
    }
    for (const Generator *g = e->generator; g != NULL; g = g->outer) {
        if (!is_error(g->outer_handled)) {
            return g->outer_handled.v;
        }
    }
    return NO_VALUE;
}
