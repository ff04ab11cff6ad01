// core/object/exception.h: exception instances and tracebacks.
#ifndef ADDER_CORE_OBJECT_EXCEPTION_H
#define ADDER_CORE_OBJECT_EXCEPTION_H

#include "core/object/code.h"
#include "core/object/object.h"

// Every builtin exception and what scripts derive from them: one structure. Special fields of
// OSError, SyntaxError and so on live in `extra`, a tuple whose order exception.c knows.
typedef struct Exception {
    ObjectHead head;
    SharedRef args;      // tuple
    SharedRef traceback; // Traceback or empty
    SharedRef context, cause;
    SharedRef extra; // value of StopIteration, errno…; empty until needed
    bool suppress_context;
} Exception;

static inline Exception *exception_from(Value v) { return (Exception *)value_head(v); }
static inline bool value_is_exception(Value v) { return value_is_kind(v, KIND_EXCEPTION); }

// Places in `extra` for the exceptions that have attributes of their own.
enum {
    EXTRA_VALUE = 0,
    EXTRA_VALUE_COUNT = 1, // StopIteration.value, SystemExit.code, once assigned
    EXTRA_ATTRIBUTE_NAME = 0,
    EXTRA_ATTRIBUTE_OBJ,
    EXTRA_ATTRIBUTE_COUNT,
    EXTRA_NAME_NAME = 0,
    EXTRA_NAME_COUNT,
    EXTRA_IMPORT_MSG = 0,
    EXTRA_IMPORT_NAME,
    EXTRA_IMPORT_PATH,
    EXTRA_IMPORT_COUNT,
    EXTRA_OS_ERRNO = 0,
    EXTRA_OS_STRERROR,
    EXTRA_OS_FILENAME,
    EXTRA_OS_FILENAME2,
    EXTRA_OS_WRITTEN,
    EXTRA_OS_COUNT,
    EXTRA_SYNTAX_MSG = 0,
    EXTRA_SYNTAX_FILENAME,
    EXTRA_SYNTAX_LINENO,
    EXTRA_SYNTAX_OFFSET,
    EXTRA_SYNTAX_TEXT,
    EXTRA_SYNTAX_END_LINENO,
    EXTRA_SYNTAX_END_OFFSET,
    EXTRA_SYNTAX_PRINT,
    EXTRA_SYNTAX_COUNT,
    EXTRA_UNICODE_ENCODING = 0,
    EXTRA_UNICODE_OBJECT,
    EXTRA_UNICODE_START,
    EXTRA_UNICODE_END,
    EXTRA_UNICODE_REASON,
    EXTRA_UNICODE_COUNT,
    EXTRA_GROUP_MESSAGE = 0,
    EXTRA_GROUP_EXCEPTIONS,
    EXTRA_GROUP_COUNT,
};

// An instance of a builtin exception type, as the type called with `args` makes it (OSError
// chooses a subclass by errno).
Ref exception_new(ThreadState *ts, Type *t, const Value *args, size_t count);
// A special attribute: NO_REF without an exception when it was never set.
Ref exception_extra(Value exception, size_t index);
Status exception_set_extra(ThreadState *ts, Value exception, size_t index, size_t count,
                           Value value);
// Stores into a field of an exception that others may see; steals.
void exception_set_field(ThreadState *ts, Value exception, SharedRef *field, Ref value);
// Start-up, after types_init: memory for running out of memory. And its end.
Status errors_init(ThreadState *ts);
void errors_finish(ThreadState *ts);

// --- Groups (exception_group.c) ------------------------------------------------------------------

Ref exception_group_new(ThreadState *ts, Value message, Value exceptions /* list or tuple */);
// except*: splits `exception` (a group, or wrapped into one) by type or tuple of types.
// *matched and *rest are NO_REF when empty.
Status exception_split(ThreadState *ts, Value exception, Value type, Ref *matched, Ref *rest);
// After the except* clauses: what is to be raised of the exceptions raised in them (list)
// and the rest. None: nothing.
Ref exception_prepare_reraise(ThreadState *ts, Value original, Value raised_list);

// --- Tracebacks (traceback.c, traceback_print.c) -------------------------------------------------

// One frame that an exception passed through, outermost first by `next`.
typedef struct Traceback {
    ObjectHead head;
    SharedRef next;    // towards where it was raised
    SharedRef frame;   // FrameObject; made when asked for (tb_frame)
    SharedRef code;    // Code
    SharedRef globals; // Dict
    uint32_t instruction;
    uint32_t line;
    int32_t last; // tb_lasti as a script gave it, or -1
} Traceback;

static inline Traceback *traceback_from(Value v) { return (Traceback *)value_head(v); }
uint32_t traceback_line(Traceback *t);
// Puts one frame in front of the exception's traceback.
Status traceback_add(ThreadState *ts, Value exception, Value code, Value globals,
                     uint32_t instruction);
// The whole report as CPython prints it, chains included, source lines and carets.
Ref traceback_format(ThreadState *ts, Value exception);
// Prints the pending exception to sys.stderr through sys.excepthook rules and clears it.
void exception_print(ThreadState *ts);
// What sys.excepthook and sys.unraisablehook do by default.
void exception_print_default(ThreadState *ts, Value exception);
void unraisable_print(ThreadState *ts, Value exception, Value where, const char *message);
// The argument of sys.unraisablehook.
Ref unraisable_info(ThreadState *ts, Value exception, Value where, const char *message);

// For error.c.
Ref memory_error_try_new(ThreadState *ts); // NO_REF without an exception

#endif
