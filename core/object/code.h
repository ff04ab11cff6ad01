// core/object/code.h: compiled code: instructions, constants, names, tables; and its inline caches.
#ifndef ADDER_CORE_OBJECT_CODE_H
#define ADDER_CORE_OBJECT_CODE_H

#include "core/object/object.h"

typedef uint32_t
    Instruction; // op, a, b, c: one byte each, lowest first (core/compiler/opcodes.def)

enum {
    CODE_VARARGS = 4,
    CODE_VARKEYWORDS = 8,
    CODE_NESTED = 16,
    CODE_GENERATOR = 32,
    CODE_NEWLOCALS = 2,
    CODE_OPTIMIZED = 1, // slots hold the locals (functions); else a namespace does
    CODE_COROUTINE = 128,
    CODE_ITERABLE_COROUTINE = 256,
    CODE_ASYNC_GENERATOR = 512,
};

// An instruction's inline cache. `entry` is one atomic word that validates itself: 0, or a pointer
// to an immutable entry, or guard and payload packed (core/vm/cache.h). The name is an interned
// str, counted by the code object.
typedef struct CacheSite {
    uint64_t entry;
    Value name;
} CacheSite;

// pc range → handler. Innermost entries stand first.
typedef struct ExceptionEntry {
    uint32_t start, end; // instructions [start, end)
    uint32_t handler;
    uint16_t depth; // slots below this one stay alive in the handler, the rest is dropped
    uint16_t slot;  // the exception goes there
} ExceptionEntry;

typedef struct Code {
    ObjectHead head;
    Instruction *instructions;
    uint32_t instruction_count;
    uint32_t flags;   // CODE_
    Value *constants; // each counted by the code object
    uint32_t constant_count;
    CacheSite *sites; // one per instruction with a name: its inline cache
    uint32_t site_count;
    // Slots of a frame: parameters (positional, keyword-only, *args, **kwargs), other locals,
    // cells, free variables, temporaries. Constant 0 of a function is its docstring or None.
    uint16_t argument_count; // positional, positional-only included
    uint16_t positional_only_count;
    uint16_t keyword_only_count;
    uint16_t local_count;      // parameters (with *args, **kwargs) and plain locals
    uint16_t cell_count;       // slots [local_count, +cell_count): this function's cells
    uint16_t free_count;       // then the closure's cells
    uint16_t temp_base;        // first temporary
    uint16_t slot_count;       // all, with the deepest temporaries
    int16_t *cell_of_argument; // for each cell: the parameter it takes over, or -1
    uint16_t *depths; // for each instruction: slots [temp_base, depth) may be alive before it
    uint8_t *lines;   // packed line and column table (core/compiler/line_table.h)
    uint32_t lines_size;
    ExceptionEntry *exceptions;
    uint32_t exception_count;
    uint32_t first_line;
    SharedRef name, qualname, filename; // str
    SharedRef local_names;              // tuple of str: locals, cells, free variables in slot order
    struct Code *next, *previous;       // all code objects, so that caches can be purged
    uint32_t simple_arity; // 1 + argument_count when a call with just so many positional
                           // arguments needs no binding, else 0: code_publish
    uint32_t version;
    uint32_t warmth; // calls; for later tiers
} Code;

typedef struct SourcePosition {
    int line, column, end_line, end_column;
} SourcePosition; // 0: unknown

static inline Code *code_from(Value v) { return (Code *)value_head(v); }
Code *code_new(ThreadState *ts); // empty, to be filled by the assembler; then code_publish
void code_publish(ThreadState *ts, Code *code);
SourcePosition code_position(const Code *code, uint32_t instruction);
// World stopped: every inline cache of every code object becomes empty.
void code_purge_caches_stopped(void);

#endif
