// core/compiler/lexer.h: source text to tokens.
//
//     lexer_init(&lexer, arena, text, size);
//     while (lexer_next(&lexer, &token) && token.kind != TOKEN_END) { … }
//
// Tokens come one at a time; indentation becomes INDENT and DEDENT, newlines inside
// brackets and blank lines vanish, comments too. Reserved words are kinds of their own;
// `match`, `case`, `_` are names.
//
// Rule     text is valid UTF-8 without null bytes and `\r`,
//          and text[size] is 0: source_decode() sees to it.
// Errors   lexer_next() is false and lexer->error filled; every later call fails the same way.
// Proof    tests/unit/compiler/test_lexer.c
#ifndef ADDER_CORE_COMPILER_LEXER_H
#define ADDER_CORE_COMPILER_LEXER_H

#include "core/compiler/parser.h"

typedef enum TokenKind {
#define TOKEN(name)          TOKEN_##name,
#define OPERATOR(name, text) TOKEN_##name,
#define KEYWORD(name, text)  TOKEN_##name,
#include "core/compiler/tokens.def"
#undef TOKEN
#undef OPERATOR
#undef KEYWORD
    TOKEN_KIND_COUNT
} TokenKind;

// The fixed text of a kind, or its name ("NEWLINE").
const char *token_kind_text(TokenKind kind);

typedef struct Token {
    uint8_t kind;
    uint8_t level; // brackets open behind it
    int line;
    int column; // -1 for END, INDENT and DEDENT, which have no text
    int end_line;
    int end_column;
    uint32_t start; // offsets in the text
    uint32_t end;
} Token;

enum { LEXER_BRACKETS_MAX = 200, LEXER_INDENTS_MAX = 100 };

typedef struct Lexer {
    Arena *arena;
    const char *text;
    const char *end;
    const char *cursor;
    const char *line_start;
    const char *comment; // in front of the next token, or NULL
    int line;
    int first_line; // line and column of text[0], for expressions inside f-strings
    int first_column;
    bool in_fstring;
    bool at_line_start;
    bool newline_read; // the line counter moves on with the next character
    bool ended_early;  // the error is that the text ended
    bool soft_error;   // an error that a parser's earlier error outranks
    int pending;       // INDENTs to be given (> 0), DEDENTs (< 0)
    int indent_count;
    int indents[LEXER_INDENTS_MAX];
    int narrow_indents[LEXER_INDENTS_MAX]; // the same with a tab as one column: they must agree
    int level;
    struct {
        char bracket;
        int line;
        int column;
    } open[LEXER_BRACKETS_MAX];
    SyntaxError error;       // type is NULL while there is none
    ParseWarning **warnings; // end of the list, or NULL
} Lexer;

void lexer_init(Lexer *lexer, Arena *arena, const char *text, size_t size);
MUST_USE bool lexer_next(Lexer *lexer, Token *token);

// Fills lexer->error with "'(' was never closed" for the innermost open bracket.
void lexer_fail_unclosed(Lexer *lexer);

// Appends a warning; out of memory loses it.
void lexer_warn(Lexer *lexer, const char *category, int line, const char *format, ...)
    PRINTF_LIKE(4, 5);

// printf into the arena; a static text when memory is out.
const char *compiler_format(Arena *arena, const char *format, ...) PRINTF_LIKE(2, 3);

// Number of characters in the first `size` bytes of `text`; a character cut in two counts.
int compiler_count_characters(const char *text, size_t size);

// Does the source declare an encoding that source_decode does not know? Its name, if there is room.
bool source_foreign_encoding(const char *source, size_t size, char *name, size_t room);
// Makes text fit for a lexer: decodes it, turns \r\n and \r into \n, adds a last newline when
// wanted. False with *error filled.
MUST_USE bool source_decode(Arena *arena, const ParseInput *input, AstString *text,
                            SyntaxError *error);

#endif
