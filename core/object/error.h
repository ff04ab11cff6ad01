// core/object/error.h: raising and looking at exceptions from C.
//
// The exception that is being raised is ts->exception (gil/thread_state.h); the one being handled
// belongs to the execution (core/vm/frame.h). raise_* set it, chain __context__, and return NO_REF,
// so that a failure is one line: `return raise(ts, EXC_KeyError, "…")`.
//
// Formats: the printf family's %s %d %i %u %ld %lu %lld %llu %zd %zu %c %x
// %p %% with widths, %.200s, and
//   %R repr, %S str, %A ascii of a Value; %T the name of the type of a Value; %U a str Value as it
//   is; %N the name of a `Type *`.
#ifndef ADDER_CORE_OBJECT_ERROR_H
#define ADDER_CORE_OBJECT_ERROR_H

#include <signal.h> // before the macro `raise`
#include <stdarg.h>

#include "core/object/kinds.h"
#include "core/object/type.h"

typedef enum ExceptionId {
#define EXCEPTION(name, base, doc) EXC_##name,
#include "core/object/exceptions.def"
#undef EXCEPTION
    EXC_COUNT,
} ExceptionId;

extern Type exception_types[EXC_COUNT];
#define TYPE_OF_EXCEPTION(id) (&exception_types[id])

// `raise` is the C library's name as well, and libraries call that one.
#define raise(...) raise_exception(__VA_ARGS__)
Ref raise_exception(ThreadState *ts, ExceptionId id, const char *format, ...);
Ref raise_value(ThreadState *ts, ExceptionId id, Value argument); // Exc(argument)
Ref raise_args(ThreadState *ts, ExceptionId id, const Value *args, size_t count);
Ref raise_key_error(ThreadState *ts, Value key);
Ref raise_stop_iteration(ThreadState *ts, Value value);
Ref raise_no_memory(ThreadState *ts); // works without memory
Ref raise_attribute_error(ThreadState *ts, Value object, Value name);
Ref raise_attribute_error_message(ThreadState *ts, Value message, Value object, Value name);
// Gives an AttributeError without name and obj these.
void attribute_error_complete(ThreadState *ts, Value exception, Value object, Value name);
// NameError with its name, or UnboundLocalError; the format has one %U: "name '%U' is not defined".
Ref raise_name_error(ThreadState *ts, ExceptionId id, const char *format, Value name);
// ImportError or ModuleNotFoundError; path may be None.
Ref raise_import_error(ThreadState *ts, ExceptionId id, Value message, Value name, Value path);
Ref raise_os_error(ThreadState *ts, int error_number, Value filename /* or NO_VALUE */);
// `raise exception` of the language: an instance or a class;
// with `from cause` (NO_VALUE: none given).
Ref raise_object(ThreadState *ts, Value exception, Value cause);
#define raise_status(...) ((void)raise(__VA_ARGS__), STATUS_ERROR)

static inline bool has_exception(const ThreadState *ts) { return ts->exception.v.bits != 0; }
bool exception_matches(ThreadState *ts, ExceptionId id); // the pending one is an instance
bool value_is_exception_of(Value exception, ExceptionId id);
void exception_clear(ThreadState *ts);
// Takes the pending exception out / puts one back as pending (dropping another pending one).
MUST_USE Ref exception_fetch(ThreadState *ts);
void exception_restore(ThreadState *ts, Ref exception);
// The same with what is being handled as its __context__. Steals.
void exception_throw(ThreadState *ts, Ref exception);
// True and cleared when the pending exception is an instance of id.
bool exception_clear_if(ThreadState *ts, ExceptionId id);
// For errors that nobody can catch (finalizers, callbacks):
// prints "Exception ignored in: …", clears.
void exception_unraisable(ThreadState *ts, Value where, const char *message);
// The exception being handled (sys.exception()), borrowed, or NO_VALUE. Used to chain __context__.
Value exception_handled(ThreadState *ts);

// sys.NAME as a new reference, or NO_REF without an exception: core/modules/sys.c.
// Until there is a sys module this finds nothing.
Ref sys_attribute(ThreadState *ts, const char *name);
// Writes to sys.stderr, or to descriptor 2 when there is none. Errors are dropped.
void write_to_stderr(ThreadState *ts, Value text);

// A new str from a format (see above).
Ref format_str(ThreadState *ts, const char *format, ...);
Ref format_str_v(ThreadState *ts, const char *format, va_list arguments);

#endif
