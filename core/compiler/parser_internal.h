// core/compiler/parser_internal.h: what the files of the parser share.
//
// 1. Every rule is a function that looks at the tokens from p->position on. It returns its node and
//    leaves the position behind it, or returns NULL and leaves the position anywhere: a caller that
//    has another way to go on restores it with parser_reset().
// 2. A NULL is no error yet. When the whole fails, the same tokens are parsed a second time with
//    p->diagnose set: now the rules look for typical mistakes as well and may raise. If none does,
//    it is "invalid syntax" at the furthest token that the first pass had looked at.
// 3. A raised error is final: p->raised makes every rule that could recurse return NULL at once.
// 4. Lists under construction lie on one stack of bytes (p->pending) until their length is known.
//
// Rule     recursion passes through parser_enter(), which watches the stack.
#ifndef ADDER_CORE_COMPILER_PARSER_INTERNAL_H
#define ADDER_CORE_COMPILER_PARSER_INTERNAL_H

#include "core/compiler/lexer.h"

// What was found at a token during the second pass. The positions are those behind it; 0: not known
// yet; -1: nothing there.
typedef struct ExpressionMemo {
    Expr *expression;
    Expr *primary;
    int expression_end;
    int primary_end;
    bool named_seen; // `:=` and `=` behind it have been looked for
} ExpressionMemo;

typedef struct Parser {
    Arena *arena;
    const ParseInput *input;
    SyntaxError *error;
    Lexer lexer;
    Token *tokens;
    int count;
    int capacity;
    int position;
    bool raised;
    bool raised_by_lexer;
    bool second_pass;  // results are remembered
    bool diagnose;     // look for mistakes; off in parts of the second pass
    bool single;       // prompt mode: the end of text is given as a NEWLINE first
    bool started;      // something else than that has been given since
    bool end_seen;     // the lexer has looked beyond the last character
    int fstring_depth; // expressions of f-strings around this source
    int effort;        // bounds the work of the second pass
    const char *stack_limit;
    char *pending;
    size_t pending_size;
    size_t pending_capacity;
    ExpressionMemo *memo; // of `capacity` items, second pass only
    int memo_capacity;
} Parser;

typedef struct Mark {
    int position;
    size_t pending;
} Mark;

enum { DIAGNOSIS_EFFORT_MAX = 1000000 };

// --- tokens --------------------------------------------------------------------------------------

TokenKind parser_fill(Parser *p);

static inline TokenKind peek(Parser *p)
{
    return LIKELY(p->position < p->count) ? (TokenKind)p->tokens[p->position].kind : parser_fill(p);
}

TokenKind peek_behind(Parser *p, int distance);

static inline bool accept(Parser *p, TokenKind kind)
{
    if (peek(p) == kind && p->position < p->count) {
        p->position++;
        return true;
    }
    return false;
}

// The token just taken.
static inline const Token *taken(Parser *p) { return &p->tokens[p->position - 1]; }

static inline Mark parser_mark(Parser *p) { return (Mark){p->position, p->pending_size}; }
static inline void parser_reset(Parser *p, Mark mark)
{
    p->position = mark.position;
    p->pending_size = mark.pending;
}

// Whether the token is this word or operator, spelled so.
bool token_is(Parser *p, int index, const char *text);
AstString token_name(Parser *p, int index);

// False when the stack is nearly used up (raised) or an error has been raised.
bool parser_enter(Parser *p);

// --- errors --------------------------------------------------------------------------------------

// All return NULL, for the caller to return. Columns count bytes from 0; the first error stays.
void *raise_memory(Parser *p);
void *raise_range(Parser *p, Position position, const char *format, ...) PRINTF_LIKE(3, 4);
void *raise_at_token(Parser *p, int index, const char *format, ...) PRINTF_LIKE(3, 4);
// At the furthest token looked at.
void *raise_last(Parser *p, const char *type, const char *format, ...) PRINTF_LIKE(3, 4);

static inline Position expr_position(const Expr *e)
{
    return (Position){e->line, e->column, e->end_line, e->end_column};
}
static inline Position range_between(Position a, Position b)
{
    return (Position){a.line, a.column, b.end_line, b.end_column};
}
static inline Position token_position(Parser *p, int index)
{
    const Token *t = &p->tokens[index];
    return (Position){t->line, t->column, t->end_line, t->end_column};
}

// --- nodes and lists -----------------------------------------------------------------------------

// A node from the token `start` to the one just taken. NULL when memory is out (raised).
Expr *expr_new(Parser *p, ExprKind kind, int start);
Stmt *stmt_new(Parser *p, StmtKind kind, int start);
Position position_from(Parser *p, int start);

bool pending_push(Parser *p, const void *item, size_t size);
// Copies what lies above the mark into the arena and pops it;
// NULL for nothing, or no memory (raised).
void *pending_take(Parser *p, size_t mark, size_t item_size, int *count);

static inline bool push_expr(Parser *p, Expr *e) { return pending_push(p, &e, sizeof e); }
static inline ExprList take_exprs(Parser *p, size_t mark)
{
    ExprList list;
    list.items = pending_take(p, mark, sizeof(Expr *), &list.count);
    return list;
}

// --- expressions (parser_expressions.c) ----------------------------------------------------------

bool may_start_expression(TokenKind kind);
Expr *parse_star_expressions(Parser *p);      // a, *b
Expr *parse_star_named_expression(Parser *p); // *a | a := b | a
Expr *parse_named_expression(Parser *p);      // a := b | a
Expr *parse_assignment_expression(Parser *p); // a := b
Expr *parse_expression(Parser *p);            // a if b else c | lambda
Expr *parse_disjunction(Parser *p);           // a or b
Expr *parse_bitwise_or(Parser *p);            // a | b
Expr *parse_primary(Parser *p);               // a.b(c)[d]
bool parser_ensure_memo(Parser *p, int position);
// `first` and what follows it behind commas, each by `item`, as a tuple that
// begins at token `start`.
Expr *parse_rest_of_tuple(Parser *p, Expr *first, int start, Expr *(*item)(Parser *));
Expr *parse_yield(Parser *p); // yield a | yield from a
Expr *parse_yield_or_star(Parser *p);
Expr *parse_starred(Parser *p, Expr *(*operand)(Parser *)); // * operand

// --- atoms (parser_atoms.c), calls (parser_calls.c), parameters (parser_parameters.c) ------------

Expr *parse_atom(Parser *p);
// Behind an opening bracket: raises for what looks like a comprehension gone wrong.
void diagnose_comprehension(Parser *p, Mark inside, TokenKind opening);
bool parse_for_if_clauses(Parser *p, ComprehensionList *list);
bool parse_star_named_list(Parser *p); // pushes the items, takes a last comma

typedef struct CallArguments {
    ExprList args;
    KeywordList keywords;
} CallArguments;

bool parse_arguments(Parser *p, CallArguments *arguments);  // behind `(`; takes the `)`
Expr *parse_generator(Parser *p, int start, Expr *element); // at `for`; takes the `)`

Arguments *parse_parameters(Parser *p, bool of_lambda); // up to `)` or `:`, which it leaves
Expr *parse_lambda(Parser *p);

// --- literals (parser_numbers.c, parser_strings.c, parser_fstrings.c) ----------------------------

Expr *parse_number(Parser *p);
Expr *parse_strings(Parser *p);

// Parts of a literal: text collected so far and finished pieces.
typedef struct StringBuilder {
    Parser *p;
    int first; // tokens of the whole concatenation
    int last;
    bool unicode_prefix;
    bool is_fstring;
    char *text;
    size_t size;
    size_t capacity;
    bool has_text;
    size_t pieces; // mark in p->pending
} StringBuilder;

bool string_append(StringBuilder *b, const char *bytes, size_t size);
void string_release(StringBuilder *b);
bool string_flush(StringBuilder *b); // pushes the text as a constant
Expr *string_node(StringBuilder *b, ExprKind kind);
// Appends a piece of source between quotes, escapes decoded. `token` is where it stands.
bool string_decode(StringBuilder *b, const char *bytes, size_t size, bool is_bytes, int token);
void warn_escape(Parser *p, const char *at, int token);
bool fstring_parse(StringBuilder *b, const char **at, const char *end, bool raw, int depth,
                   int token);
// Parses text (which has a 0 behind it) as the inside of an f-string's braces.
Expr *parse_fstring_expression(Parser *p, AstString text, int line, int column);

// --- targets (parser_targets.c) ------------------------------------------------------------------

typedef enum TargetUse { TARGET_STAR, TARGET_DELETE, TARGET_FOR } TargetUse;

const char *expr_description(const Expr *e); // "function call"
bool is_star_target(const Expr *e, bool allow_star);
bool is_single_target(const Expr *e);
bool is_delete_target(const Expr *e);
Expr *parse_star_targets(Parser *p); // of `for`
Expr *parse_star_target(Parser *p);  // of `with … as`
// Raises "cannot assign to …" if something in the expression cannot be a target.
void raise_invalid_target(Parser *p, TargetUse use, Expr *e);
void diagnose_for_target(Parser *p, int start); // start: at `for` or `async`
void diagnose_assignment(Parser *p, int start);

// --- statements (parser_statements.c, parser_blocks.c) -------------------------------------------

bool parse_simple_statements(Parser *p);       // pushes them
bool parse_statement(Parser *p);               // pushes one or, of a line, several
bool parse_compound(Parser *p, bool *matched); // pushes; matched: the first token begins one
BinaryOperator binary_operator(TokenKind kind);
// Behind the colon. `owner` and `line` are for the message when nothing is indented.
bool parse_block(Parser *p, const char *owner, int line, StmtList *list);
bool parse_colon(Parser *p); // its absence at the end of a line is worth a word

// --- match (parser_match.c) ----------------------------------------------------------------------

// Whether `match` stands here and may begin a statement: it may be a name as well.
bool may_be_match(Parser *p);
Stmt *parse_match(Parser *p); // NULL without an error: it is a name after all

#endif
