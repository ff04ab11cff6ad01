// core/vm/frame.h: frames, and the execution that they belong to.
//
// A frame is a header of eight words and a run of slots behind it: parameters and locals,
// cells, free variables, temporaries. Frames lie one behind the other in chunks: a call's
// arguments are the callee's first slots, its header is made in the call area in front of
// them (opcodes.h), so nothing is copied but at the edge of a chunk. A call of a script's
// function does not recurse in C.
//
// An Execution is what runs: chunks, the exception being handled, context variables, depth. The
// ThreadState is who runs it. A generator's frame lies in its generator object
// (core/object/generator.h); while it runs it is linked to its resumer's execution, and frames that
// it calls lie on the chunks.
//
// Rule     a dead temporary, and all memory above the top frame, holds no pointer: it is 0 or an
//          immediate. Hence slots may be scanned without asking which of them are alive, and a new
//          frame clears its locals only.
// Rule     when a frame ends every slot of it has been dropped and its header is zero again.
// Rule     `execution->frame` is the running frame whenever C code other than the loop's own runs,
//          and its `pc` is the instruction that runs.
#ifndef ADDER_CORE_VM_FRAME_H
#define ADDER_CORE_VM_FRAME_H

#include "core/compiler/opcodes.h"
#include "core/object/code.h"
#include "core/object/dict.h"
#include "core/object/function.h"

typedef enum {
    FRAME_ENTRY = 1,       // its return leaves interpreter_run: called from C
    FRAME_CONSTRUCTOR = 2, // an __init__ called by a type: gives the instance before the header
    FRAME_GENERATOR = 4,   // in a generator object
    FRAME_NEW_CHUNK = 8,   // first of its chunk
    FRAME_OWNS = 16,       // `owner` or `namespace_` is set
} FrameFlags;

typedef struct Frame {
    struct Frame *previous; // the caller in this execution, or NULL
    const Instruction *pc;  // saved position: the instruction that runs or called
    Code *code;             // kept alive by `function`
    Slot function;          // Function: module code, class bodies and exec have one as well
    Value globals;          // Dict, kept alive by the function
    Ref namespace_;         // mapping that holds the names of module and class bodies, or NO_REF
    Ref owner;              // frame object, when there is one
    uint16_t destination;   // the caller's slot for the result
    uint8_t flags;          // FrameFlags; 0: the plain return
    uint8_t resume_words;   // the caller goes on so many words behind its pc
    uint32_t spare;
} Frame;

_Static_assert(sizeof(Frame) == 8 * FRAME_HEADER_SLOTS, "header words are slots");

static ALWAYS_INLINE Slot *frame_slots(const Frame *f) { return (Slot *)(uintptr_t)(f + 1); }
static ALWAYS_INLINE Frame *frame_of_slots(Slot *slots) { return (Frame *)(void *)slots - 1; }
// Few words each: loops, not library calls.
static ALWAYS_INLINE void slots_copy(Slot *to, const Slot *from, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        to[i] = from[i];
    }
}
static ALWAYS_INLINE void slots_clear(Slot *slots, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        slots[i] = NO_SLOT;
    }
}
// First slot beyond a frame.
static ALWAYS_INLINE Slot *frame_end(const Frame *f)
{
    return frame_slots(f) + f->code->slot_count;
}
static inline Function *frame_function(const Frame *f)
{
    return (Function *)value_head(slot_value(f->function));
}

typedef struct FrameChunk FrameChunk; // frame.c
typedef struct Generator Generator;   // core/object/generator.h

struct Execution {
    Frame *frame; // the running or calling frame; NULL: none
    Slot *limit;  // end of the current chunk
    FrameChunk *chunk;
    uint32_t depth; // frames of scripts, against sys.getrecursionlimit()
    uint32_t depth_limit;
    Ref handled;             // the exception being handled (sys.exc_info), or NO_REF
    Generator *generator;    // innermost running generator: it keeps what its resumer handled
    uint32_t native_depth;   // C frames in between: > 0 pins the execution to its thread
    bool generator_returned; // in interpreter_run just now a generator's frame ended; else yielded
    bool in_overflow;        // a RecursionError is being made: some frames more are allowed
    Ref context;             // contextvars; NO_REF: none
};

// NULL: out of memory (MemoryError is set if ts can hold one).
Execution *execution_new(ThreadState *ts);
void execution_free(ThreadState *ts, Execution *e);
// sys.setrecursionlimit: this value for every execution.
extern uint32_t recursion_limit;
void recursion_limit_set(uint32_t limit);

// Runs a script's function with arguments as object_call takes them.
Ref interpreter_call(ThreadState *ts, Value function, const Value *args, size_t count, Value names);
// Runs code of a module or class body, exec or eval: names live in `namespace_` (NO_VALUE:
// globals). `closure`: a tuple of cells, or NO_VALUE.
Ref interpreter_run_code(ThreadState *ts, Value code, Value globals, Value namespace_,
                         Value closure);
// The body of a class: runs `function` with its names in `namespace_`.
Ref interpreter_run_body(ThreadState *ts, Value function, Value namespace_);

// For super(), locals(), sys._getframe, warnings, tracebacks.
Frame *frame_current(ThreadState *ts); // of the innermost script function, or NULL
uint32_t frame_line(const Frame *f);
uint32_t frame_instruction(const Frame *f);
Ref frame_object(ThreadState *ts, Frame *f); // the FrameObject, made when first asked for
// The namespace that builtins are looked up in, borrowed from the frame's function.
Value frame_builtins(const Frame *f);
// Zero-argument super(): the class cell's content and the first argument of the current frame.
Status frame_super_arguments(ThreadState *ts, Ref *type, Ref *self);
// A dict of the names and values of a frame: its namespace if it has one,
// else built from the slots.
Ref frame_locals(ThreadState *ts, Frame *f);
// The globals and builtins that code run from C uses: those of the current frame,
// or the interpreter's.
Value frame_current_globals(ThreadState *ts); // NO_VALUE: no frame

// --- For the interpreter's own files -------------------------------------------------------------

// Where the slots of a frame may begin that no call area has room for: behind the running frame.
Slot *execution_top(const Execution *e);

// Makes the frame for a call of the function in *callee (moved). args[0 .. count) are slots of a
// call area whose header room is in front of them; the last tuple_count(names) of them have names.
// All are consumed, also on failure. The frame is linked in, its flags are 0. NULL: exception set.
Frame *frame_push_call(ThreadState *ts, Slot *callee, Slot *args, size_t count, Value names);
// Room for `needed` slots behind a header: at `slots` if they lie in the current chunk, else at
// execution_top, else in a new chunk (*new_chunk is then true). NULL: MemoryError.
Slot *execution_reserve(ThreadState *ts, Execution *e, Slot *slots, size_t needed, bool *new_chunk);
// Counts one frame more. STATUS_ERROR: RecursionError is set.
Status execution_deepen_slow(ThreadState *ts, Execution *e);
static ALWAYS_INLINE Status execution_deepen(ThreadState *ts, Execution *e)
{
    return LIKELY(++e->depth <= e->depth_limit) ? STATUS_OK : execution_deepen_slow(ts, e);
}
// Drops the locals and everything else that a frame (no generator's) holds, unlinks it,
// frees its chunk if it was the first there. The caller's slots are left alone.
void frame_pop(ThreadState *ts, Execution *e, Frame *f);
void chunk_pop(ThreadState *ts, Execution *e);
// The loop: runs `entry` (flagged FRAME_ENTRY) until it returns.
// `throwing`: ts->exception is raised at its position first.
Ref interpreter_run(ThreadState *ts, Frame *entry, bool throwing);
// Finds the handler of the pending exception: the frame to go on with, its pc at the handler;
// NULL when the entry frame is gone. traced: the running frame is already part of the traceback.
Frame *unwind(ThreadState *ts, bool traced);
// Calls visit for every slot that frames of the execution hold.
void execution_traverse(Execution *e, Visitor visit, void *context);
void frame_traverse_slots(const Slot *slots, size_t count, Visitor visit, void *context);
Ref frame_object_new(ThreadState *ts, Frame *f);
// The frame ends: its frame object takes over what scripts may still ask for.
void frame_object_release(ThreadState *ts, Value frame_object, Frame *f);

static inline Slot *chunk_first_slots(FrameChunk *chunk);
struct FrameChunk {
    FrameChunk *previous;
    FrameChunk *next; // kept for the next need
    size_t slot_count;
    Slot slots[];
};
static inline Slot *chunk_first_slots(FrameChunk *chunk)
{
    return chunk->slots + 1 + FRAME_HEADER_SLOTS;
}
#endif
