// core/compiler/parser_blocks.c: statements that hold blocks.
#include "core/compiler/parser_internal.h"

#include <string.h>

// --- blocks --------------------------------------------------------------------------------------

bool parse_block(Parser *p, const char *owner, int line, StmtList *list)
{
    size_t mark = p->pending_size;
    if (!parser_enter(p)) {
        return false;
    }
    if (!accept(p, TOKEN_NEWLINE)) {
        if (!parse_simple_statements(p)) {
            return false;
        }
    } else {
        if (!accept(p, TOKEN_INDENT)) {
            if (p->diagnose && !p->raised) {
                raise_last(p, "IndentationError", "expected an indented block after %s on line %d",
                           owner, line);
            }
            return false;
        }
        do {
            if (!parse_statement(p)) {
                return false;
            }
        } while (!accept(p, TOKEN_DEDENT));
    }
    list->items = pending_take(p, mark, sizeof(Stmt *), &list->count);
    return !p->raised;
}

// A colon without which the line cannot be meant otherwise.
static bool forced(Parser *p, TokenKind kind)
{
    if (accept(p, kind)) {
        return true;
    }
    peek(p);
    if (!p->raised) {
        raise_at_token(p, p->position, "expected '%s'", token_kind_text(kind));
    }
    return false;
}

bool parse_colon(Parser *p)
{
    if (accept(p, TOKEN_COLON)) {
        return true;
    }
    if (p->diagnose && !p->raised && peek(p) == TOKEN_NEWLINE) {
        raise_last(p, "SyntaxError", "expected ':'");
    }
    return false;
}

static bool else_block(Parser *p, StmtList *list)
{
    list->items = NULL;
    list->count = 0;
    if (!accept(p, TOKEN_ELSE)) {
        return true;
    }
    int line = taken(p)->line;
    return forced(p, TOKEN_COLON) && parse_block(p, "'else' statement", line, list);
}

// --- if, while, for ------------------------------------------------------------------------------

// A chain of `elif` is a loop here and a chain of nodes in the tree;
// all end where the last one ends.
static Stmt *if_statement(Parser *p)
{
    Stmt *first = NULL, *last = NULL;
    const char *owner = "'if' statement";
    int first_token = p->position;
    do {
        int start = p->position++;
        Expr *test = parse_named_expression(p);
        StmtList body;
        if (test == NULL || !parse_colon(p) ||
            !parse_block(p, owner, p->tokens[start].line, &body)) {
            return NULL;
        }
        Stmt *s = stmt_new(p, STMT_IF, start);
        if (s == NULL) {
            return NULL;
        }
        s->if_stmt.test = test;
        s->if_stmt.body = body;
        if (last == NULL) {
            first = s;
        } else {
            Stmt **only = arena_allocate(p->arena, sizeof *only);
            if (only == NULL) {
                return raise_memory(p);
            }
            *only = s;
            last->if_stmt.orelse = (StmtList){only, 1};
        }
        last = s;
        owner = "'elif' statement";
    } while (peek(p) == TOKEN_ELIF);
    if (!else_block(p, &last->if_stmt.orelse)) {
        return NULL;
    }
    Stmt *whole = stmt_new(p, STMT_PASS, first_token);
    if (whole == NULL) {
        return NULL;
    }
    for (Stmt *s = first;; s = s->if_stmt.orelse.items[0]) {
        s->end_line = whole->end_line;
        s->end_column = whole->end_column;
        if (s == last) {
            return first;
        }
    }
}

static Stmt *while_statement(Parser *p)
{
    int start = p->position++;
    Expr *test = parse_named_expression(p);
    StmtList body, orelse;
    if (test == NULL || !parse_colon(p) ||
        !parse_block(p, "'while' statement", p->tokens[start].line, &body) ||
        !else_block(p, &orelse)) {
        return NULL;
    }
    Stmt *s = stmt_new(p, STMT_WHILE, start);
    if (s != NULL) {
        s->while_loop.test = test;
        s->while_loop.body = body;
        s->while_loop.orelse = orelse;
    }
    return s;
}

// At `for`; `start` is there or at the `async` in front.
static Stmt *for_statement(Parser *p, int start)
{
    int line = p->tokens[p->position].line;
    p->position++;
    Expr *target = parse_star_targets(p);
    if (target == NULL || !accept(p, TOKEN_IN)) {
        if (p->diagnose && !p->raised) {
            diagnose_for_target(p, start);
        }
        return NULL;
    }
    Expr *iter = parse_star_expressions(p);
    StmtList body, orelse;
    if (iter == NULL || !parse_colon(p) || !parse_block(p, "'for' statement", line, &body) ||
        !else_block(p, &orelse)) {
        return NULL;
    }
    bool is_async = p->tokens[start].kind == TOKEN_ASYNC;
    Stmt *s = stmt_new(p, is_async ? STMT_ASYNC_FOR : STMT_FOR, start);
    if (s != NULL) {
        s->for_loop.target = target;
        s->for_loop.iter = iter;
        s->for_loop.body = body;
        s->for_loop.orelse = orelse;
    }
    return s;
}

// --- with ----------------------------------------------------------------------------------------

static bool with_item(Parser *p, WithItem *item)
{
    item->optional_vars = NULL;
    item->context_expr = parse_expression(p);
    if (item->context_expr == NULL) {
        return false;
    }
    Mark before = parser_mark(p);
    if (!accept(p, TOKEN_AS)) {
        return true;
    }
    Mark behind = parser_mark(p);
    item->optional_vars = parse_star_target(p);
    TokenKind kind = peek(p);
    if (item->optional_vars != NULL &&
        (kind == TOKEN_COMMA || kind == TOKEN_RIGHT_PAREN || kind == TOKEN_COLON)) {
        return true;
    }
    if (p->diagnose && !p->raised) {
        parser_reset(p, behind);
        Expr *e = parse_expression(p);
        kind = peek(p);
        if (e != NULL &&
            (kind == TOKEN_COMMA || kind == TOKEN_RIGHT_PAREN || kind == TOKEN_COLON)) {
            raise_invalid_target(p, TARGET_STAR, e);
        } else if (item->optional_vars != NULL && kind == TOKEN_NEWLINE && !p->raised) {
            raise_last(p, "SyntaxError", "expected ':'");
        }
    }
    item->optional_vars = NULL;
    parser_reset(p, before);
    return !p->raised;
}

// Pushes items separated by commas; takes no last comma.
static bool with_items(Parser *p)
{
    for (;;) {
        WithItem item;
        Mark before = parser_mark(p);
        if (!with_item(p, &item)) {
            parser_reset(p, before);
            return false;
        }
        if (!pending_push(p, &item, sizeof item)) {
            return false;
        }
        before = parser_mark(p);
        if (!accept(p, TOKEN_COMMA)) {
            return true;
        }
        TokenKind kind = peek(p);
        if (kind == TOKEN_RIGHT_PAREN) {
            parser_reset(p, before);
            return true;
        }
    }
}

// `(a as b, c as d):`, up to the colon. False if the parenthesis is part of an expression.
static bool enclosed_items(Parser *p)
{
    if (!accept(p, TOKEN_LEFT_PAREN) || !with_items(p)) {
        return false;
    }
    accept(p, TOKEN_COMMA);
    if (!accept(p, TOKEN_RIGHT_PAREN)) {
        return false;
    }
    if (p->diagnose && peek(p) == TOKEN_NEWLINE) {
        raise_last(p, "SyntaxError", "expected ':'");
    }
    return accept(p, TOKEN_COLON);
}

// At `with`; `start` is there or at the `async` in front.
static Stmt *with_statement(Parser *p, int start)
{
    int line = p->tokens[p->position].line;
    p->position++;
    Mark inside = parser_mark(p);
    if (!enclosed_items(p)) {
        parser_reset(p, inside);
        if (p->raised || !with_items(p) || !parse_colon(p)) {
            return NULL;
        }
    }
    WithItemList items;
    items.items = pending_take(p, inside.pending, sizeof(WithItem), &items.count);
    StmtList body;
    if (p->raised || !parse_block(p, "'with' statement", line, &body)) {
        return NULL;
    }
    bool is_async = p->tokens[start].kind == TOKEN_ASYNC;
    Stmt *s = stmt_new(p, is_async ? STMT_ASYNC_WITH : STMT_WITH, start);
    if (s != NULL) {
        s->with.items = items;
        s->with.body = body;
    }
    return s;
}

// --- try -----------------------------------------------------------------------------------------

static void diagnose_except(Parser *p, Mark inside)
{
    parser_reset(p, inside);
    Expr *first = parse_expression(p);
    if (first != NULL && accept(p, TOKEN_COMMA) && parse_star_expressions(p) != NULL) {
        if (accept(p, TOKEN_AS)) {
            accept(p, TOKEN_NAME);
        }
        if (accept(p, TOKEN_COLON)) {
            Position at = expr_position(first);
            at.end_line = p->lexer.line;
            at.end_column = (int)(p->lexer.cursor - p->lexer.line_start) - 1;
            raise_range(p, at, "multiple exception types must be parenthesized");
        }
    }
}

// *is_star: a star stood behind `except`, and was taken.
static bool except_header(Parser *p, ExceptHandler *handler, const bool *is_star)
{
    if (*is_star && (peek(p) == TOKEN_COLON || peek(p) == TOKEN_NEWLINE)) {
        if (p->diagnose && !p->raised) {
            raise_last(p, "SyntaxError",
                       peek(p) == TOKEN_COLON ? "expected one or more exception types"
                                              : "expected ':'");
        }
        return false;
    }
    if (peek(p) == TOKEN_COLON || peek(p) == TOKEN_NEWLINE) {
        return parse_colon(p);
    }
    Mark inside = parser_mark(p);
    handler->type = parse_expression(p);
    if (handler->type == NULL) {
        return false;
    }
    if (accept(p, TOKEN_AS)) {
        if (!accept(p, TOKEN_NAME)) {
            return false;
        }
        handler->name = token_name(p, p->position - 1);
    }
    if (accept(p, TOKEN_COLON)) {
        return true;
    }
    if (p->diagnose && !p->raised) {
        Mark here = parser_mark(p);
        diagnose_except(p, inside);
        if (!p->raised) {
            parser_reset(p, here);
            parse_colon(p);
        }
    }
    return false;
}

static bool except_block(Parser *p, bool *is_star)
{
    int start = p->position++;
    ExceptHandler handler;
    memset(&handler, 0, sizeof handler);
    *is_star = accept(p, TOKEN_STAR);
    if (!except_header(p, &handler, is_star) ||
        !parse_block(p, *is_star ? "'except*' statement" : "'except' statement",
                     p->tokens[start].line, &handler.body)) {
        return false;
    }
    Stmt *measure = stmt_new(p, STMT_PASS, start);
    if (measure == NULL) {
        return false;
    }
    handler.position =
        (Position){measure->line, measure->column, measure->end_line, measure->end_column};
    return pending_push(p, &handler, sizeof handler);
}

static Stmt *try_statement(Parser *p)
{
    int start = p->position++;
    Stmt parts;
    memset(&parts, 0, sizeof parts);
    if (!forced(p, TOKEN_COLON) ||
        !parse_block(p, "'try' statement", p->tokens[start].line, &parts.try_stmt.body)) {
        return NULL;
    }
    size_t mark = p->pending_size;
    for (int count = 0; peek(p) == TOKEN_EXCEPT; count++) {
        bool is_star = peek_behind(p, 1) == TOKEN_STAR;
        if (count > 0 && is_star != parts.try_stmt.is_star) {
            if (p->diagnose && !p->raised) {
                raise_at_token(p, p->position,
                               "cannot have both 'except' and 'except*' on the same 'try'");
            }
            return NULL;
        }
        if (!except_block(p, &parts.try_stmt.is_star)) {
            return NULL;
        }
    }
    parts.try_stmt.handlers.items =
        pending_take(p, mark, sizeof(ExceptHandler), &parts.try_stmt.handlers.count);
    if (parts.try_stmt.handlers.count == 0 && peek(p) != TOKEN_FINALLY) {
        if (p->diagnose && !p->raised) {
            raise_last(p, "SyntaxError", "expected 'except' or 'finally' block");
        }
        return NULL;
    }
    if (parts.try_stmt.handlers.count > 0 && !else_block(p, &parts.try_stmt.orelse)) {
        return NULL;
    }
    if (accept(p, TOKEN_FINALLY)) {
        int line = taken(p)->line;
        if (!forced(p, TOKEN_COLON) ||
            !parse_block(p, "'finally' statement", line, &parts.try_stmt.finalbody)) {
            return NULL;
        }
    }
    Stmt *s = p->raised ? NULL : stmt_new(p, STMT_TRY, start);
    if (s != NULL) {
        s->try_stmt = parts.try_stmt;
    }
    return s;
}

// --- definitions ---------------------------------------------------------------------------------

// At `def`; `start` is there or at the `async` in front.
static Stmt *function_definition(Parser *p, int start, ExprList decorators)
{
    int line = p->tokens[p->position].line;
    p->position++;
    if (!accept(p, TOKEN_NAME)) {
        return NULL;
    }
    AstString name = token_name(p, p->position - 1);
    Expr *returns = NULL;
    StmtList body;
    if (!forced(p, TOKEN_LEFT_PAREN)) {
        return NULL;
    }
    Arguments *arguments = parse_parameters(p, false);
    if (arguments == NULL || !accept(p, TOKEN_RIGHT_PAREN)) {
        return NULL;
    }
    Mark before = parser_mark(p);
    if (accept(p, TOKEN_ARROW)) {
        returns = parse_expression(p);
        if (returns == NULL) {
            parser_reset(p, before);
        }
    }
    if (!forced(p, TOKEN_COLON) || !parse_block(p, "function definition", line, &body)) {
        return NULL;
    }
    bool is_async = p->tokens[start].kind == TOKEN_ASYNC;
    Stmt *s = stmt_new(p, is_async ? STMT_ASYNC_FUNCTION_DEF : STMT_FUNCTION_DEF, start);
    if (s != NULL) {
        s->function.name = name;
        s->function.args = arguments;
        s->function.body = body;
        s->function.decorators = decorators;
        s->function.returns = returns;
    }
    return s;
}

static Stmt *class_definition(Parser *p, ExprList decorators)
{
    int start = p->position++;
    if (!accept(p, TOKEN_NAME)) {
        return NULL;
    }
    AstString name = token_name(p, p->position - 1);
    CallArguments arguments;
    memset(&arguments, 0, sizeof arguments);
    if (accept(p, TOKEN_LEFT_PAREN) && !parse_arguments(p, &arguments)) {
        return NULL;
    }
    StmtList body;
    if (!parse_colon(p) || !parse_block(p, "class definition", p->tokens[start].line, &body)) {
        return NULL;
    }
    Stmt *s = stmt_new(p, STMT_CLASS_DEF, start);
    if (s != NULL) {
        s->class_def.name = name;
        s->class_def.bases = arguments.args;
        s->class_def.keywords = arguments.keywords;
        s->class_def.body = body;
        s->class_def.decorators = decorators;
    }
    return s;
}

static Stmt *decorated(Parser *p)
{
    size_t mark = p->pending_size;
    while (accept(p, TOKEN_AT)) {
        Expr *e = parse_named_expression(p);
        if (e == NULL || !accept(p, TOKEN_NEWLINE) || !push_expr(p, e)) {
            return NULL;
        }
    }
    ExprList decorators = take_exprs(p, mark);
    if (p->raised) {
        return NULL;
    }
    int start = p->position;
    switch (peek(p)) {
    case TOKEN_DEF:
        return function_definition(p, start, decorators);
    case TOKEN_CLASS:
        return class_definition(p, decorators);
    case TOKEN_ASYNC:
        p->position++;
        return peek(p) == TOKEN_DEF ? function_definition(p, start, decorators) : NULL;
    default:
        return NULL;
    }
}

static Stmt *async_statement(Parser *p)
{
    int start = p->position++;
    switch (peek(p)) {
    case TOKEN_DEF:
        return function_definition(p, start, (ExprList){NULL, 0});
    case TOKEN_FOR:
        return for_statement(p, start);
    case TOKEN_WITH:
        return with_statement(p, start);
    default:
        return NULL;
    }
}

// --- any statement -------------------------------------------------------------------------------

bool parse_compound(Parser *p, bool *matched)
{
    Stmt *s;
    *matched = true;
    switch (peek(p)) {
    case TOKEN_IF:
        s = if_statement(p);
        break;
    case TOKEN_WHILE:
        s = while_statement(p);
        break;
    case TOKEN_FOR:
        s = for_statement(p, p->position);
        break;
    case TOKEN_WITH:
        s = with_statement(p, p->position);
        break;
    case TOKEN_TRY:
        s = try_statement(p);
        break;
    case TOKEN_DEF:
        s = function_definition(p, p->position, (ExprList){NULL, 0});
        break;
    case TOKEN_CLASS:
        s = class_definition(p, (ExprList){NULL, 0});
        break;
    case TOKEN_AT:
        s = decorated(p);
        break;
    case TOKEN_ASYNC:
        s = async_statement(p);
        break;
    default:
        s = NULL;
        if (may_be_match(p)) {
            Mark start = parser_mark(p);
            s = parse_match(p);
            if (s == NULL) {
                parser_reset(p, start);
            }
        }
        *matched = s != NULL || p->raised;
    }
    return s != NULL && pending_push(p, &s, sizeof s);
}

bool parse_statement(Parser *p)
{
    bool compound = false;
    size_t mark = p->pending_size;
    if (!parser_enter(p)) {
        return false;
    }
    if (parse_compound(p, &compound)) {
        return true;
    }
    p->pending_size = compound ? mark : p->pending_size;
    return !compound && parse_simple_statements(p);
}
