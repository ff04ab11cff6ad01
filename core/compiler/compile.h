// core/compiler/compile.h: from source text to code objects.
//
//   source ─ parser ─► tree ─ scopes ─► where each name lives ─ codegen ─► instructions ─ assembler
//   ─► Code
//
// Errors   SyntaxError and its kind, with filename, line, columns and source line set;
//          RecursionError for a tree that nests too deeply; MemoryError.
// Threads  any; nothing is shared but the interned names.
#ifndef ADDER_CORE_COMPILER_COMPILE_H
#define ADDER_CORE_COMPILER_COMPILE_H

#include "core/compiler/parse_mode.h"
#include "core/object/code.h"

enum {
    COMPILE_DONT_IMPLY_DEDENT = 0x200,
    COMPILE_ONLY_AST = 0x400,
    COMPILE_TOP_LEVEL_AWAIT = 0x2000,
    COMPILE_ALLOW_INCOMPLETE = 0x4000,
    COMPILE_FUTURE_ANNOTATIONS = 0x1000000,
};

struct Module; // core/compiler/ast.h: the tree

typedef struct CompileOptions {
    ParseMode mode;
    bool is_text;             // the source is text already (a str): no encoding cookie
    bool is_script;           // the program's own file: a message of bad UTF-8 names it
    bool from_file;           // names and constants become immortal
    bool allow_incomplete;    // interactive: see *incomplete
    bool no_dedent;           // interactive: a block wants a blank line behind it (flag 0x200)
    bool annotations_as_text; // inherited `from __future__ import annotations`
    int optimize;             // 0; 1: no assert, __debug__ is False; 2: no docstrings either
    bool *incomplete;         // set when more lines could complete the source; may be NULL
    Ref (*tree)(ThreadState *ts,
                const struct Module *module); // not NULL: makes the result, in place of code
} CompileOptions;

// `filename` is a str. NO_REF: exception set.
Ref compile_source(ThreadState *ts, const char *source, size_t size, Value filename,
                   const CompileOptions *options);

// The value of a literal.
struct Constant; // core/compiler/ast.h
Ref constant_object(ThreadState *ts, const struct Constant *k);

// The listing of a code object's instructions, as `dis` shows it: a str.
Ref disassemble(ThreadState *ts, Value code);

#endif
