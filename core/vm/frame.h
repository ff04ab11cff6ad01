// core/vm/frame.h: frames, and the execution that they belong to.
//
// A frame is a header of eight words and a run of slots behind it: parameters and locals, cells, free
// variables, temporaries. Frames lie one behind the other in chunks: a call's arguments are the
// callee's first slots, its header is made in the call area in front of them (opcodes.h), so nothing is
// copied but at the edge of a chunk. A call of a script's function does not recurse in C.
//
// An Execution is what runs: chunks, the exception being handled, context variables, depth. The
// ThreadState is who runs it. A suspended generator is a frame copied out into its generator object;
// while it runs it is on its resumer's execution.
//
// Rule     memory above the top frame's slots holds no counted slot, so a new frame clears its locals only.
// Rule     when a frame ends every slot of it has been dropped.
#ifndef ADDER_CORE_VM_FRAME_H
#define ADDER_CORE_VM_FRAME_H

#include "core/compiler/opcodes.h"
#include "core/object/code.h"
#include "core/object/dict.h"
#include "core/object/function.h"

typedef enum {
    FRAME_ENTRY = 1,       // its return leaves interpreter_run: called from C
    FRAME_CONSTRUCTOR = 2, // an __init__ called by a type: the result is the instance kept in the area
    FRAME_GENERATOR = 4,   // resumed generator: `owner` is the generator object
    FRAME_NATIVE_EDGE = 8,
} FrameFlags;

typedef struct Frame {
    struct Frame *previous;  // the caller in this execution, or NULL
    const Instruction *pc;   // saved position: the instruction that runs or called
    Code *code;              // kept alive by `function` or `owner`
    Slot function;           // Function, or empty (module code: `owner` holds the code object)
    Value globals;           // Dict, kept alive by the function (or by the module's caller)
    Ref namespace_;          // mapping that holds the names of module and class bodies, or NO_REF
    Ref owner;               // frame object, generator, or code object, when there is one
    uint16_t destination;    // the caller's slot for the result
    uint8_t flags;
    uint8_t spare;
    uint32_t spare2;
} Frame;

_Static_assert(sizeof(Frame) == 8 * FRAME_HEADER_SLOTS, "header words are slots");

static ALWAYS_INLINE Slot *frame_slots(Frame *f) { return (Slot *)(f + 1); }

typedef struct FrameChunk FrameChunk; // frame.c

struct Execution {
    Frame *frame;       // the running or calling frame; NULL: none
    Slot *top;          // first slot beyond the top frame (while C code runs)
    Slot *limit;        // end of the current chunk
    FrameChunk *chunk;
    Ref handled;        // the exception being handled (sys.exc_info), or NO_REF
    uint32_t depth;     // frames of scripts, against sys.getrecursionlimit()
    uint32_t depth_limit;
    uint32_t native_depth; // C frames in between: > 0 pins the execution to its thread
    Ref context;        // contextvars; NO_REF: none
};

Execution *execution_new(ThreadState *ts);
void execution_free(ThreadState *ts, Execution *e);

// Runs a script's function with arguments already bound: interpreter.c. The usual way in is object_call.
Ref interpreter_call(ThreadState *ts, Value function, const Value *args, size_t count, Value names);
// Runs code of a module or class body, exec or eval: names live in `namespace_` (NO_VALUE: globals).
Ref interpreter_run_code(ThreadState *ts, Value code, Value globals, Value namespace_, Value closure);

// For super(), locals(), sys._getframe, warnings, tracebacks.
Frame *frame_current(ThreadState *ts);       // of the innermost script function, or NULL
uint32_t frame_line(const Frame *f);
Ref frame_object(ThreadState *ts, Frame *f); // the FrameObject, made when first asked for
// Zero-argument super(): the class cell's content and the first argument of the current frame.
Status frame_super_arguments(ThreadState *ts, Ref *type, Ref *self);

#endif
