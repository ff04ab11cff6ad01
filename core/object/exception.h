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
    SharedRef extra;     // value of StopIteration, errno…; empty until needed
    bool suppress_context;
} Exception;

// One frame that an exception passed through, outermost first by `next`.
typedef struct Traceback {
    ObjectHead head;
    SharedRef next;    // towards where it was raised
    SharedRef frame;   // FrameObject; made when asked for (tb_frame)
    SharedRef code;    // Code
    SharedRef globals; // Dict
    uint32_t instruction;
    uint32_t line;
} Traceback;

static inline bool value_is_exception(Value v) { return value_is_kind(v, KIND_EXCEPTION); }
// Puts one frame in front of the exception's traceback.
Status traceback_add(ThreadState *ts, Value exception, Value code, Value globals, uint32_t instruction);
// The whole report as CPython prints it, chains included, source lines and carets.
Ref traceback_format(ThreadState *ts, Value exception);
// Prints the pending exception to sys.stderr through sys.excepthook rules and clears it. 
void exception_print(ThreadState *ts);

#endif
