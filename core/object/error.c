// core/object/error.c: raising exceptions from C, and taking them back.
//
// Raising allocates an Exception, its tuple of arguments and the message, nothing else: no
// traceback, no dict. When memory is exhausted raise_no_memory takes one of a few instances made at
// start-up, and when those are gone an immortal one, which never gets a traceback or a context.
#include "core/object/error.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/object/exception.h"
#include "core/object/int.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/object/type.h"
#include "core/object/upcalls.h"

__attribute__((weak)) Value exception_handled(ThreadState *ts) { return NO_VALUE; }
__attribute__((weak)) Ref sys_attribute(ThreadState *ts, const char *name) { return NO_REF; }
__attribute__((weak)) void traceback_add_innermost(ThreadState *ts, Value exception) {}

// --- Making it pending ---------------------------------------------------------------------------

// Cuts `exception` out of the chain of contexts that starts at `handled`, lest it become a ring.
static void cut_context_ring(ThreadState *ts, Value handled, Value exception)
{
    Value at = handled;
    Value slow = handled;
    for (unsigned steps = 0;; steps++) {
        Value next = shared_ref_peek(&exception_from(at)->context);
        if (is_no_value(next)) {
            return;
        }
        if (value_is_same(next, exception)) {
            exception_set_field(ts, at, &exception_from(at)->context, NO_REF);
            return;
        }
        at = next;
        if ((steps & 1) != 0) {
            slow = shared_ref_peek(&exception_from(slow)->context);
            if (value_is_same(slow, at)) {
                return; // a ring that the script made
            }
        }
    }
}

void exception_restore(ThreadState *ts, Ref exception)
{
    Ref old = ts->exception;
    ts->exception = exception;
    ref_drop(&old);
}

static Ref set_pending(ThreadState *ts, Ref exception)
{
    Value handled = exception_handled(ts);
    if (UNLIKELY(!is_no_value(handled)) && !value_is_same(handled, exception.v) &&
        !head_is_immortal(value_head(exception.v))) {
        cut_context_ring(ts, handled, exception.v);
        exception_set_field(ts, exception.v, &exception_from(exception.v)->context,
                            ref_new(handled));
    }
    exception_restore(ts, exception);
    return NO_REF;
}

void exception_throw(ThreadState *ts, Ref exception) { (void)set_pending(ts, exception); }

Ref raise_args(ThreadState *ts, ExceptionId id, const Value *args, size_t count)
{
    Ref exception = exception_new(ts, TYPE_OF_EXCEPTION(id), args, count);
    return is_error(exception) ? NO_REF : set_pending(ts, exception);
}

Ref raise_value(ThreadState *ts, ExceptionId id, Value argument)
{
    return raise_args(ts, id, &argument, 1);
}

Ref raise(ThreadState *ts, ExceptionId id, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    OWNED Ref message = format_str_v(ts, format, arguments);
    va_end(arguments);
    return is_error(message) ? NO_REF : raise_value(ts, id, message.v);
}

Ref raise_key_error(ThreadState *ts, Value key) { return raise_value(ts, EXC_KeyError, key); }

Ref raise_stop_iteration(ThreadState *ts, Value value)
{
    if (is_no_value(value) || value_is_none(value)) {
        return raise_args(ts, EXC_StopIteration, NULL, 0);
    }
    return raise_args(ts, EXC_StopIteration, &value, 1);
}

Ref raise_attribute_error(ThreadState *ts, Value object, Value name)
{
    OWNED Ref message = NO_REF;
    if (value_is_type(object)) {
        message = format_str(ts, "type object '%.50s' has no attribute '%U'",
                             type_name(type_from(object)), name);
    } else {
        message = format_str(ts, "'%.50T' object has no attribute '%U'", object, name);
    }
    if (is_error(message)) {
        return NO_REF;
    }
    return raise_attribute_error_message(ts, message.v, object, name);
}

Ref raise_attribute_error_message(ThreadState *ts, Value message, Value object, Value name)
{
    OWNED Ref exception = exception_new(ts, TYPE_OF_EXCEPTION(EXC_AttributeError), &message, 1);
    if (is_error(exception) ||
        exception_set_extra(ts, exception.v, EXTRA_ATTRIBUTE_NAME, EXTRA_ATTRIBUTE_COUNT, name) ==
            STATUS_ERROR ||
        exception_set_extra(ts, exception.v, EXTRA_ATTRIBUTE_OBJ, EXTRA_ATTRIBUTE_COUNT, object) ==
            STATUS_ERROR) {
        return NO_REF;
    }
    return set_pending(ts, ref_take(&exception));
}

void attribute_error_complete(ThreadState *ts, Value exception, Value object, Value name)
{
    if (head_is_immortal(value_head(exception))) {
        return;
    }
    OWNED Ref known_name = exception_extra(exception, EXTRA_ATTRIBUTE_NAME);
    OWNED Ref known_object = exception_extra(exception, EXTRA_ATTRIBUTE_OBJ);
    if ((is_error(known_name) || value_is_none(known_name.v)) &&
        (is_error(known_object) || value_is_none(known_object.v)) &&
        (exception_set_extra(ts, exception, EXTRA_ATTRIBUTE_NAME, EXTRA_ATTRIBUTE_COUNT, name) ==
             STATUS_ERROR ||
         exception_set_extra(ts, exception, EXTRA_ATTRIBUTE_OBJ, EXTRA_ATTRIBUTE_COUNT, object) ==
             STATUS_ERROR)) {
        exception_clear(ts);
    }
}

Ref raise_name_error(ThreadState *ts, ExceptionId id, const char *format, Value name)
{
    OWNED Ref message = format_str(ts, format, name);
    if (is_error(message)) {
        return NO_REF;
    }
    OWNED Ref exception = exception_new(ts, TYPE_OF_EXCEPTION(id), &message.v, 1);
    if (is_error(exception) ||
        (id == EXC_NameError && exception_set_extra(ts, exception.v, EXTRA_NAME_NAME,
                                                    EXTRA_NAME_COUNT, name) == STATUS_ERROR)) {
        return NO_REF;
    }
    return set_pending(ts, ref_take(&exception));
}

Ref raise_import_error(ThreadState *ts, ExceptionId id, Value message, Value name, Value path)
{
    OWNED Ref exception = exception_new(ts, TYPE_OF_EXCEPTION(id), &message, 1);
    if (is_error(exception) ||
        exception_set_extra(ts, exception.v, EXTRA_IMPORT_NAME, EXTRA_IMPORT_COUNT, name) ==
            STATUS_ERROR ||
        exception_set_extra(ts, exception.v, EXTRA_IMPORT_PATH, EXTRA_IMPORT_COUNT, path) ==
            STATUS_ERROR) {
        return NO_REF;
    }
    return set_pending(ts, ref_take(&exception));
}

Ref raise_os_error(ThreadState *ts, int error_number, Value filename)
{
    OWNED Ref text = str_from_z(ts, strerror(error_number));
    if (is_error(text)) {
        return NO_REF;
    }
    Value args[3] = {small_int(error_number), text.v, filename};
    OWNED Ref exception =
        exception_new(ts, TYPE_OF_EXCEPTION(EXC_OSError), args, is_no_value(filename) ? 2 : 3);
    return is_error(exception) ? NO_REF : set_pending(ts, ref_take(&exception));
}

Status raise_recursion_error(ThreadState *ts, const char *what)
{
    // The message needs some stack of its own; the limit leaves room for it.
    uintptr_t limit = ts->stack_limit;
    ts->stack_limit = 0;
    (void)raise(ts, EXC_RecursionError, "maximum recursion depth exceeded%s", what);
    ts->stack_limit = limit;
    return STATUS_ERROR;
}

// --- Without memory ------------------------------------------------------------------------------

enum { SPARE_MEMORY_ERRORS = 8 };
static Ref spare_memory_errors[SPARE_MEMORY_ERRORS]; // atomic exchange
static Ref last_memory_error;                        // immortal

Status errors_init(ThreadState *ts)
{
    last_memory_error = exception_new(ts, TYPE_OF_EXCEPTION(EXC_MemoryError), NULL, 0);
    if (is_error(last_memory_error)) {
        return STATUS_ERROR;
    }
    object_untrack(value_head(last_memory_error.v));
    head_immortalize(value_head(last_memory_error.v));
    for (size_t i = 0; i < SPARE_MEMORY_ERRORS; i++) {
        spare_memory_errors[i] = exception_new(ts, TYPE_OF_EXCEPTION(EXC_MemoryError), NULL, 0);
        if (is_error(spare_memory_errors[i])) {
            return STATUS_ERROR;
        }
    }
    return STATUS_OK;
}

void errors_finish(ThreadState *ts)
{
    for (size_t i = 0; i < SPARE_MEMORY_ERRORS; i++) {
        ref_drop(&spare_memory_errors[i]);
    }
}

static Ref take_spare_memory_error(void)
{
    for (size_t i = 0; i < SPARE_MEMORY_ERRORS; i++) {
        // acq_rel: whoever takes one has it alone.
        uintptr_t bits = atomic_exchange_acq_rel(&spare_memory_errors[i].v.bits, (uintptr_t)0);
        if (bits != 0) {
            return (Ref){{bits}};
        }
    }
    return ref_new(last_memory_error.v);
}

Ref raise_no_memory(ThreadState *ts)
{
    Ref exception = memory_error_try_new(ts);
    for (size_t i = 0; !is_error(exception) && i < SPARE_MEMORY_ERRORS; i++) {
        uintptr_t empty = 0;
        if (UNLIKELY(atomic_load_relaxed(&spare_memory_errors[i].v.bits) == 0) &&
            atomic_cas_acq_rel(&spare_memory_errors[i].v.bits, &empty, exception.v.bits)) {
            exception = memory_error_try_new(ts);
        }
    }
    if (is_error(exception)) {
        exception = take_spare_memory_error();
        CHECK(!is_error(exception)); // out of memory before the runtime has started
    }
    return set_pending(ts, exception);
}

// --- raise, as the language has it ---------------------------------------------------------------

// An exception instance from what stands behind `raise` or `from`.
static Ref instantiate(ThreadState *ts, Value v, const char *complaint)
{
    if (value_is_exception(v)) {
        return ref_new(v);
    }
    if (!value_is_type(v) || (type_from(v)->flags & TYPE_IS_EXCEPTION) == 0) {
        return raise(ts, EXC_TypeError, complaint);
    }
    OWNED Ref made = object_call0(ts, v);
    if (!is_error(made) && !value_is_exception(made.v)) {
        return raise(ts, EXC_TypeError,
                     "calling %R should have returned an instance of BaseException, not %R", v,
                     type_value(type_of(made.v)));
    }
    return ref_take(&made);
}

Ref raise_object(ThreadState *ts, Value exception, Value cause)
{
    OWNED Ref instance = instantiate(ts, exception, "exceptions must derive from BaseException");
    if (is_error(instance)) {
        return NO_REF;
    }
    if (!is_no_value(cause)) {
        OWNED Ref reason = NO_REF;
        if (!value_is_none(cause)) {
            reason = instantiate(ts, cause, "exception causes must derive from BaseException");
            if (is_error(reason)) {
                return NO_REF;
            }
        }
        Exception *e = exception_from(instance.v);
        exception_set_field(ts, instance.v, &e->cause, ref_take(&reason));
        e->suppress_context = true;
    }
    return set_pending(ts, ref_take(&instance));
}

// --- Looking and taking back ---------------------------------------------------------------------

bool value_is_exception_of(Value exception, ExceptionId id)
{
    return value_is_exception(exception) && value_is_instance(exception, TYPE_OF_EXCEPTION(id));
}

bool exception_matches(ThreadState *ts, ExceptionId id)
{
    return has_exception(ts) && value_is_exception_of(ts->exception.v, id);
}

void exception_clear(ThreadState *ts)
{
    if (has_exception(ts)) {
        Ref old = ts->exception;
        ts->exception = NO_REF;
        ref_drop(&old);
    }
}

Ref exception_fetch(ThreadState *ts)
{
    Ref exception = ts->exception;
    ts->exception = NO_REF;
    return exception;
}

bool exception_clear_if(ThreadState *ts, ExceptionId id)
{
    if (!exception_matches(ts, id)) {
        return false;
    }
    exception_clear(ts);
    return true;
}

void write_to_stderr(ThreadState *ts, Value text)
{
    OWNED Ref pending = exception_fetch(ts);
    OWNED Ref file = sys_attribute(ts, "stderr");
    bool written = false;
    if (!is_error(file) && !value_is_none(file.v)) {
        OWNED Ref result = object_call_method_z(ts, file.v, "write", &text, 1);
        written = !is_error(result);
    }
    exception_clear(ts);
    size_t size = 0;
    const char *bytes = written ? NULL : str_utf8(ts, text, &size);
    while (bytes != NULL && size > 0) {
        ssize_t n = write(STDERR_FILENO, bytes, size);
        if (n < 0 && errno != EINTR) {
            break;
        }
        bytes += n < 0 ? 0 : n;
        size -= n < 0 ? 0 : (size_t)n;
    }
    exception_clear(ts);
    if (!is_error(pending)) {
        exception_restore(ts, ref_take(&pending));
    }
}

static Ref unraisable_text(ThreadState *ts, Value exception, Value where, const char *message)
{
    OWNED Ref head = NO_REF;
    if (is_no_value(where)) {
        head = message == NULL ? str_empty() : format_str(ts, "%s:\n", message);
    } else {
        head =
            format_str(ts, "%s: %R\n", message == NULL ? "Exception ignored in" : message, where);
        if (is_error(head)) {
            exception_clear(ts);
            head = format_str(ts, "%s: <object repr() failed>\n",
                              message == NULL ? "Exception ignored in" : message);
        }
    }
    OWNED Ref report = is_error(head) ? NO_REF : traceback_format(ts, exception);
    return is_error(report) ? NO_REF : str_concat(ts, head.v, report.v);
}

void exception_unraisable(ThreadState *ts, Value where, const char *message)
{
    OWNED Ref exception = exception_fetch(ts);
    if (is_error(exception)) {
        return;
    }
    if (is_no_value(shared_ref_peek(&exception_from(exception.v)->traceback))) {
        traceback_add_innermost(ts, exception.v);
    }
    OWNED Ref hook = sys_attribute(ts, "unraisablehook");
    exception_clear(ts);
    if (!is_error(hook) && !value_is_none(hook.v)) {
        OWNED Ref info = unraisable_info(ts, exception.v, where, message);
        OWNED Ref done = is_error(info) ? NO_REF : object_call1(ts, hook.v, info.v);
        if (!is_error(done)) {
            return;
        }
        exception_clear(ts);
    }
    unraisable_print(ts, exception.v, where, message);
}

// The default sys.unraisablehook.
void unraisable_print(ThreadState *ts, Value exception, Value where, const char *message)
{
    OWNED Ref text = unraisable_text(ts, exception, where, message);
    if (!is_error(text)) {
        write_to_stderr(ts, text.v);
    } else {
        // No memory at all.
        dprintf(STDERR_FILENO, "%s: %s\n", message == NULL ? "Exception ignored" : message,
                type_name(type_of(exception)));
    }
    exception_clear(ts);
}
