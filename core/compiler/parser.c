// core/compiler/parser.c: tokens on demand, errors, lists, and the two passes.
// See parser_internal.h.
#include "core/compiler/parser_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uninorm.h>

enum { STACK_DEFAULT_BYTES = 512 << 10 };

// --- errors --------------------------------------------------------------------------------------

void *raise_memory(Parser *p)
{
    if (!p->raised) {
        p->raised = true;
        *p->error = (SyntaxError){.type = "MemoryError", .message = ""};
    }
    return NULL;
}

static const char *find_line(Parser *p, int line)
{
    const char *start = p->lexer.text;
    for (int i = p->lexer.first_line; i < line; i++) {
        const char *newline = memchr(start, '\n', (size_t)(p->lexer.end - start));
        if (newline == NULL) {
            break;
        }
        start = newline + 1;
    }
    return start;
}

static size_t line_size(Parser *p, const char *start)
{
    const char *newline = memchr(start, '\n', (size_t)(p->lexer.end - start));
    return (size_t)((newline == NULL ? p->lexer.end : newline + 1) - start);
}

// Bytes counted from 1 to characters counted from 1; 0 and -1 stay.
static int character_column(Parser *p, int line, int column)
{
    if (column <= 0) {
        return column;
    }
    if (line == p->lexer.first_line) {
        column -= p->lexer.first_column;
    }
    const char *start = find_line(p, line);
    size_t size = line_size(p, start);
    size_t bytes = (size_t)MAX_OF(column - 1, 0);
    int extra = 0;
    if (bytes > size) {
        bytes = size;
        extra = 1;
    }
    return compiler_count_characters(start, bytes) + 1 - extra;
}

// CPython reads the end's column in the first line, whatever line it is in: it is cut off there.
static int end_column_elsewhere(Parser *p, Position at)
{
    const char *start = find_line(p, at.line);
    const char *end = memchr(start, '\n', (size_t)(p->lexer.end - start));
    int size = (int)((end == NULL ? p->lexer.end : end) - start);
    if (at.end_column <= size) {
        return character_column(p, at.line, at.end_column);
    }
    return at.end_column <= 0 ? at.end_column : compiler_count_characters(start, (size_t)size) + 1;
}

// Columns count bytes from 1.
static void raise_message(Parser *p, const char *type, Position at, const char *format,
                          va_list list)
{
    if (p->raised) {
        return;
    }
    p->raised = true;
    char message[512];
    vsnprintf(message, sizeof message, format, list);
    const char *start = find_line(p, at.line);
    *p->error = (SyntaxError){
        .type = type,
        .message =
            compiler_format(p->arena, "%s%s", p->fstring_depth > 0 ? "f-string: " : "", message),
        .line = at.line,
        .column = character_column(p, at.line, at.column),
        .end_line = at.end_line,
        .end_column = at.end_line == at.line ? character_column(p, at.line, at.end_column)
                                             : end_column_elsewhere(p, at),
        .text = arena_copy(p->arena, start, line_size(p, start)),
    };
}

void *raise_range(Parser *p, Position at, const char *format, ...)
{
    at.column++;
    at.end_column++;
    va_list list;
    va_start(list, format);
    raise_message(p, "SyntaxError", at, format, list);
    va_end(list);
    return NULL;
}

void *raise_at_token(Parser *p, int index, const char *format, ...)
{
    Position at = token_position(p, index);
    at.column++;
    at.end_column++;
    va_list list;
    va_start(list, format);
    raise_message(p, "SyntaxError", at, format, list);
    va_end(list);
    return NULL;
}

void *raise_last(Parser *p, const char *type, const char *format, ...)
{
    Position at = {0, 0, 0, -1};
    if (p->count > 0) {
        at = token_position(p, p->count - 1);
        at.column = at.column < 0 ? (int)(p->lexer.cursor - p->lexer.line_start) : at.column + 1;
        at.end_column = at.end_column < 0 ? -1 : at.end_column + 1;
    }
    va_list list;
    va_start(list, format);
    raise_message(p, type, at, format, list);
    va_end(list);
    return NULL;
}

bool parser_enter(Parser *p)
{
    if (UNLIKELY((const char *)__builtin_frame_address(0) < p->stack_limit)) {
        if (p->second_pass) {
            p->effort = DIAGNOSIS_EFFORT_MAX; // the first pass got by: so this way led nowhere
            return false;
        }
        raise_memory(p);
    }
    return !p->raised;
}

// --- tokens --------------------------------------------------------------------------------------

static bool grow_tokens(Parser *p)
{
    int capacity = p->capacity == 0 ? 256 : p->capacity * 2;
    Token *tokens = compiler_resize(p->tokens, (size_t)capacity * sizeof *tokens);
    if (tokens == NULL) {
        raise_memory(p);
        return false;
    }
    p->tokens = tokens;
    p->capacity = capacity;
    return true;
}

static void raise_lexer_error(Parser *p)
{
    if (!p->raised) {
        *p->error = p->lexer.error;
        p->raised = p->raised_by_lexer = true;
    }
}

// Reads the next token. After an error nothing more comes, and the kind is one that no rule takes.
TokenKind parser_fill(Parser *p)
{
    if (p->raised || (p->count == p->capacity && !grow_tokens(p))) {
        return TOKEN_STRAY;
    }
    Token *token = &p->tokens[p->count];
    bool good = lexer_next(&p->lexer, token);
    p->count++;
    if (!good) {
        token->kind = TOKEN_STRAY;
        token->line = token->end_line = p->lexer.line;
        token->column = token->end_column = -1;
        p->end_seen = p->lexer.cursor >= p->lexer.end || p->lexer.ended_early;
        raise_lexer_error(p);
        return TOKEN_STRAY;
    }
    if (p->lexer.cursor >= p->lexer.end && token->kind != TOKEN_STRING &&
        token->kind != TOKEN_NEWLINE) {
        p->end_seen = true;
    }
    bool started = p->started;
    p->started = true;
    if (token->kind == TOKEN_END && p->single && started) {
        // At a prompt the text need not end with a newline, and the end closes open blocks.
        token->kind = TOKEN_NEWLINE;
        p->started = false;
        if (p->lexer.indent_count > 0 && !p->input->no_dedent) {
            p->lexer.pending = -p->lexer.indent_count;
            p->lexer.indent_count = 0;
        }
    }
    return (TokenKind)token->kind;
}

TokenKind peek_behind(Parser *p, int distance)
{
    while (p->position + distance >= p->count) {
        if (p->raised) {
            return TOKEN_STRAY;
        }
        parser_fill(p);
    }
    return (TokenKind)p->tokens[p->position + distance].kind;
}

bool token_is(Parser *p, int index, const char *text)
{
    const Token *t = &p->tokens[index];
    size_t size = strlen(text);
    return t->end - t->start == size && memcmp(p->lexer.text + t->start, text, size) == 0;
}

AstString token_name(Parser *p, int index)
{
    const Token *t = &p->tokens[index];
    const char *text = p->lexer.text + t->start;
    size_t size = t->end - t->start;
    AstString name;
    bool ascii = true;
    for (size_t i = 0; i < size; i++) {
        ascii &= (unsigned char)text[i] < 128;
    }
    if (ascii) {
        name = arena_intern(p->arena, text, size);
    } else {
        size_t normal_size;
        uint8_t *normal =
            u8_normalize(UNINORM_NFKC, (const uint8_t *)text, size, NULL, &normal_size);
        if (normal == NULL) {
            raise_memory(p);
            return (AstString){NULL, 0, 0};
        }
        name = arena_intern(p->arena, (const char *)normal, normal_size);
        free(normal);
    }
    if (name.bytes == NULL) {
        raise_memory(p);
    }
    return name;
}

// --- nodes and lists -----------------------------------------------------------------------------

Position position_from(Parser *p, int start)
{
    const Token *first = &p->tokens[start];
    const Token *last = taken(p);
    return (Position){first->line, first->column, last->end_line, last->end_column};
}

Expr *expr_new(Parser *p, ExprKind kind, int start)
{
    Expr *e = arena_allocate(p->arena, sizeof *e);
    if (UNLIKELY(e == NULL)) {
        return raise_memory(p);
    }
    const Token *first = &p->tokens[start];
    const Token *last = taken(p);
    e->kind = kind;
    e->line = first->line;
    e->column = first->column;
    e->end_line = last->end_line;
    e->end_column = last->end_column;
    return e;
}

Stmt *stmt_new(Parser *p, StmtKind kind, int start)
{
    Stmt *s = arena_allocate(p->arena, sizeof *s);
    if (UNLIKELY(s == NULL)) {
        return raise_memory(p);
    }
    const Token *first = &p->tokens[start];
    // A block ends with its last statement, not with the tokens that close it.
    const Token *last = taken(p);
    while (last > first && (last->kind == TOKEN_NEWLINE || last->kind == TOKEN_DEDENT ||
                            last->kind == TOKEN_INDENT || last->kind == TOKEN_END)) {
        last--;
    }
    memset(s, 0, sizeof *s);
    s->kind = kind;
    s->line = first->line;
    s->column = first->column;
    s->end_line = last->end_line;
    s->end_column = last->end_column;
    return s;
}

bool pending_push(Parser *p, const void *item, size_t size)
{
    if (p->pending_size + size > p->pending_capacity) {
        size_t capacity = MAX_OF(p->pending_capacity * 2, (size_t)1024);
        char *pending = compiler_resize(p->pending, capacity);
        if (pending == NULL) {
            raise_memory(p);
            return false;
        }
        p->pending = pending;
        p->pending_capacity = capacity;
    }
    memcpy(p->pending + p->pending_size, item, size);
    p->pending_size += size;
    return true;
}

void *pending_take(Parser *p, size_t mark, size_t item_size, int *count)
{
    size_t size = p->pending_size - mark;
    p->pending_size = mark;
    *count = (int)(size / item_size);
    if (size == 0) {
        return NULL;
    }
    void *items = arena_allocate(p->arena, size);
    if (items == NULL) {
        *count = 0;
        return raise_memory(p);
    }
    memcpy(items, p->pending + mark, size);
    return items;
}

// --- the whole -----------------------------------------------------------------------------------

static Module *new_module(Parser *p)
{
    Module *module = arena_allocate(p->arena, sizeof *module);
    if (module == NULL) {
        return raise_memory(p);
    }
    memset(module, 0, sizeof *module);
    module->mode = p->input->mode;
    return module;
}

static Module *parse_file(Parser *p)
{
    size_t mark = p->pending_size;
    while (peek(p) != TOKEN_END) {
        if (!parse_statement(p)) {
            return NULL;
        }
    }
    Module *module = new_module(p);
    if (module != NULL) {
        module->body.items = pending_take(p, mark, sizeof(Stmt *), &module->body.count);
    }
    return module;
}

static Module *parse_interactive(Parser *p)
{
    size_t mark = p->pending_size;
    bool compound = false;
    if (peek(p) == TOKEN_NEWLINE) {
        p->position++;
        Stmt *nothing = stmt_new(p, STMT_PASS, p->position - 1);
        if (nothing == NULL || !pending_push(p, &nothing, sizeof nothing)) {
            return NULL;
        }
    } else if (!parse_compound(p, &compound)) {
        if (compound || !parse_simple_statements(p)) {
            return NULL;
        }
    } else if (!accept(p, TOKEN_NEWLINE)) {
        return NULL;
    }
    Module *module = new_module(p);
    if (module != NULL) {
        module->body.items = pending_take(p, mark, sizeof(Stmt *), &module->body.count);
    }
    return module;
}

Expr *parse_rest_of_tuple(Parser *p, Expr *first, int start, Expr *(*item)(Parser *))
{
    size_t mark = p->pending_size;
    if (!push_expr(p, first)) {
        return NULL;
    }
    while (accept(p, TOKEN_COMMA)) {
        Mark before = parser_mark(p);
        Expr *e = item(p);
        if (e == NULL) {
            parser_reset(p, before);
            break;
        }
        if (!push_expr(p, e)) {
            return NULL;
        }
    }
    Expr *tuple = expr_new(p, EXPR_TUPLE, start);
    if (tuple != NULL) {
        tuple->elements = take_exprs(p, mark);
    }
    return tuple;
}

static Expr *parse_expressions(Parser *p)
{
    int start = p->position;
    Expr *first = parse_expression(p);
    return first == NULL || peek(p) != TOKEN_COMMA
               ? first
               : parse_rest_of_tuple(p, first, start, parse_expression);
}

static Module *parse_eval(Parser *p)
{
    Expr *expression = parse_expressions(p);
    if (expression == NULL) {
        return NULL;
    }
    while (accept(p, TOKEN_NEWLINE)) {
    }
    if (peek(p) != TOKEN_END) {
        return NULL;
    }
    Module *module = new_module(p);
    if (module != NULL) {
        module->expression = expression;
    }
    return module;
}

// In an f-string the text stands in parentheses of our own, so nothing may follow.
static void *parse_fstring_start(Parser *p) { return parse_star_expressions(p); }
static void *parse_start(Parser *p)
{
    if (p->fstring_depth > 0) {
        return parse_fstring_start(p);
    }
    return p->input->mode == PARSE_EVAL     ? parse_eval(p)
           : p->input->mode == PARSE_SINGLE ? parse_interactive(p)
                                            : parse_file(p);
}

// An error of the lexer further down is more telling than the parser's: an unclosed string or
// bracket is often what made the parser stumble.
static void look_for_lexer_errors(Parser *p)
{
    int error_line = p->count == 0 ? 0 : p->tokens[p->count - 1].line;
    Token token;
    while (lexer_next(&p->lexer, &token)) {
        if (token.kind == TOKEN_END) {
            return;
        }
    }
    if (!p->lexer.soft_error) {
        *p->error = p->lexer.error;
    } else if (p->lexer.level > 0 && error_line > p->lexer.open[p->lexer.level - 1].line) {
        lexer_fail_unclosed(&p->lexer);
        *p->error = p->lexer.error;
    }
}

static void explain_failure(Parser *p, int last)
{
    if (p->raised) {
        if (!p->raised_by_lexer && strcmp(p->error->type, "MemoryError") != 0) {
            look_for_lexer_errors(p);
        }
        return;
    }
    if (p->count == 0) {
        raise_last(p, "SyntaxError", "error at start before reading any input");
        return;
    }
    TokenKind kind = (TokenKind)p->tokens[last].kind;
    if (kind == TOKEN_INDENT || kind == TOKEN_DEDENT) {
        raise_last(p, "IndentationError",
                   kind == TOKEN_INDENT ? "unexpected indent" : "unexpected unindent");
        return;
    }
    raise_at_token(p, last, "invalid syntax");
    look_for_lexer_errors(p);
}

static void raise_incomplete(Parser *p)
{
    p->raised = p->raised_by_lexer = false;
    raise_last(p, "SyntaxError", "incomplete input");
    p->error->incomplete = true;
}

// Whether the token is the end of the text, be it in the shape of a prompt's NEWLINE.
static bool is_end(Parser *p, int index)
{
    return index >= 0 && (p->tokens[index].kind == TOKEN_END ||
                          (p->tokens[index].kind == TOKEN_NEWLINE && p->tokens[index].column < 0));
}

static bool has_more_statements(Parser *p)
{
    const char *c = p->lexer.cursor;
    for (;;) {
        while (*c == ' ' || *c == '\t' || *c == '\n' || *c == '\f') {
            c++;
        }
        if (*c != '#') {
            return c < p->lexer.end;
        }
        while (c < p->lexer.end && *c != '\n') {
            c++;
        }
    }
}

static void *run(Parser *p)
{
    void *result = parse_start(p);
    if (result != NULL && !p->raised) {
        if (p->input->mode == PARSE_SINGLE && p->fstring_depth == 0 && has_more_statements(p)) {
            return raise_last(p, "SyntaxError",
                              "multiple statements found while compiling a single statement");
        }
        return result;
    }
    bool is_memory = p->raised && strcmp(p->error->type, "MemoryError") == 0;
    if (p->input->allow_incomplete && p->end_seen && p->fstring_depth == 0 && !is_memory &&
        (!p->raised_by_lexer || p->lexer.ended_early)) {
        raise_incomplete(p);
        return NULL;
    }
    int last = p->count - 1;
    bool incomplete = is_end(p, last);
    if (!p->raised && p->count > 0) {
        p->position = 0;
        p->pending_size = 0;
        p->second_pass = p->diagnose = true;
        parse_start(p);
    }
    bool lexer_failed = p->raised_by_lexer;
    explain_failure(p, last);
    if (!lexer_failed && !p->error->incomplete) {
        p->error->incomplete = incomplete && p->fstring_depth == 0;
    }
    return NULL;
}

static void parser_free(Parser *p)
{
    free(p->tokens);
    free(p->pending);
}

Expr *parse_fstring_expression(Parser *outer, AstString text, int line, int column)
{
    Parser *p = compiler_resize(NULL, sizeof *p);
    if (p == NULL) {
        return raise_memory(outer);
    }
    memset(p, 0, sizeof *p);
    p->arena = outer->arena;
    p->input = outer->input;
    p->error = outer->error;
    p->stack_limit = outer->stack_limit;
    p->fstring_depth = outer->fstring_depth + 1;
    lexer_init(&p->lexer, p->arena, text.bytes, text.size);
    p->lexer.line = line - 1;
    p->lexer.first_line = line;
    p->lexer.first_column = column;
    p->lexer.in_fstring = true;
    p->lexer.warnings = outer->diagnose ? NULL : outer->lexer.warnings;
    Expr *result = run(p);
    parser_free(p);
    free(p);
    if (result == NULL) {
        outer->raised = true;
        outer->raised_by_lexer = false;
    }
    return result;
}

Module *parse_source(Arena *arena, const ParseInput *input, SyntaxError *error)
{
    *error = (SyntaxError){.type = NULL};
    AstString text;
    ParseWarning *warnings = NULL;
    if (input->warnings != NULL) {
        *input->warnings = NULL;
    }
    if (!source_decode(arena, input, &text, error)) {
        return NULL;
    }
    // On the heap: the lexer's bracket and indentation stacks are a few KiB.
    Parser *p = compiler_resize(NULL, sizeof *p);
    if (p == NULL) {
        *error = (SyntaxError){.type = "MemoryError", .message = ""};
        return NULL;
    }
    memset(p, 0, sizeof *p);
    p->arena = arena;
    p->input = input;
    p->error = error;
    p->single = input->mode == PARSE_SINGLE;
    p->stack_limit = input->stack_limit != NULL
                         ? (const char *)input->stack_limit
                         : (const char *)__builtin_frame_address(0) - STACK_DEFAULT_BYTES;
    lexer_init(&p->lexer, arena, text.bytes, text.size);
    p->lexer.warnings = input->warnings == NULL ? NULL : &warnings;
    Module *module = run(p);
    parser_free(p);
    free(p);
    if (input->warnings != NULL) {
        *input->warnings = warnings;
    }
    return module;
}
