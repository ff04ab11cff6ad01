// core/compiler/parser.h: from source bytes to a tree.
//
//     Arena arena;
//     arena_init(&arena);
//     SyntaxError error;
//     Module *module = parse_source(&arena, &(ParseInput){.source = s, .size = n}, &error);
//     … module is NULL: raise error …
//     arena_free(&arena);
//
// The parser is a recursive descent over tokens that are read on demand. It accepts the grammar of
// Python 3.11 and reports errors with CPython's words and places. Checks that need scopes ('return'
// outside function, nonlocal at module level, …) are left to the code generator.
//
// A prompt parses what has been typed so far, lines joined by newlines but none at the end,
// with PARSE_SINGLE and no_dedent; while error.incomplete is set it asks for one more line.
// A blank line then adds the newline that ends a block. Text of blank lines and comments
// only is incomplete as well.
//
// Rule     knows nothing of objects or threads: it may run detached, on any thread.
// Errors   a null result and a filled SyntaxError; never aborts, whatever the source.
// Proof    tests/unit/compiler/test_parser.c, tests/compiler/compare_ast.py,
// tests/fuzz/fuzz_parser.c
#ifndef ADDER_CORE_COMPILER_PARSER_H
#define ADDER_CORE_COMPILER_PARSER_H

#include "core/compiler/ast.h"

typedef struct SyntaxError {
    // Name of the exception: SyntaxError, IndentationError, TabError, MemoryError (out of memory,
    // or nested too deeply for the stack; message is empty) or ValueError (null bytes).
    const char *type;
    const char *message; // UTF-8, in the arena or static; never NULL
    int line;            // from 1; 0 when there is no place (MemoryError, ValueError)
    int column;          // in characters, from 1; 0 when unknown
    int end_line;        // 0 (or -1) and column 0 (or -1) when unknown, as CPython shows them
    int end_column;
    AstString text;  // the source line with its newline, UTF-8, in the arena; absent when unknown
    bool incomplete; // more lines could make this source valid: the prompt asks for them
} SyntaxError;

// A DeprecationWarning or SyntaxWarning that reading the source calls for.
typedef struct ParseWarning {
    struct ParseWarning *next; // in source order
    const char *category;
    const char *message;
    int line;
} ParseWarning;

typedef struct ParseInput {
    const char *source; // need not end with 0
    size_t size;
    ParseMode mode;
    const char *filename;  // for the one message that names it (a file that is not UTF-8), or NULL
    bool is_text;          // the source comes from a str: UTF-8, coding cookies are ignored
    bool allow_incomplete; // PyCF_ALLOW_INCOMPLETE_INPUT: report the message "incomplete input"
    bool no_dedent;        // PyCF_DONT_IMPLY_DEDENT: PARSE_SINGLE wants a blank line after a block
    const void *stack_limit; // the parser stays above this address; NULL: 1 MiB below the caller
    int int_digits_max; // sys.get_int_max_str_digits(): longer literals are errors; 0: no limit
    ParseWarning **warnings; // where to put the list of warnings, in the arena; NULL: not wanted
} ParseInput;

// The tree of the source, in the arena, or NULL with *error filled.
MUST_USE Module *parse_source(Arena *arena, const ParseInput *input, SyntaxError *error);

#endif
