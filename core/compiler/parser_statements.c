// core/compiler/parser_statements.c: statements of one line.
#include "core/compiler/parser_internal.h"

#include <string.h>

BinaryOperator binary_operator(TokenKind kind)
{
    static const uint8_t operators[] = {
        BINARY_ADD,     BINARY_SUB,     BINARY_MULT,      BINARY_MAT_MULT, BINARY_DIV,
        BINARY_MOD,     BINARY_POW,     BINARY_LSHIFT,    BINARY_RSHIFT,   BINARY_BIT_OR,
        BINARY_BIT_XOR, BINARY_BIT_AND, BINARY_FLOOR_DIV,
    };
    return (BinaryOperator)operators[kind - TOKEN_PLUS_EQUAL];
}

// --- assignments ---------------------------------------------------------------------------------

// `target: annotation = value`, at the colon.
static Stmt *annotated(Parser *p, int start, Expr *target)
{
    p->position++;
    Expr *annotation = parse_expression(p);
    if (annotation == NULL) {
        return NULL;
    }
    Expr *value = NULL;
    Mark before = parser_mark(p);
    if (accept(p, TOKEN_EQUAL)) {
        value = parse_yield_or_star(p);
        if (value == NULL) {
            parser_reset(p, before);
        }
    }
    Stmt *s = p->raised ? NULL : stmt_new(p, STMT_ANN_ASSIGN, start);
    if (s != NULL) {
        s->ann_assign.target = target;
        s->ann_assign.annotation = annotation;
        s->ann_assign.value = value;
        s->ann_assign.simple = p->tokens[start].kind == TOKEN_NAME && target->kind == EXPR_NAME;
    }
    return s;
}

// `target = target = value`, at the first `=`.
static Stmt *assigned(Parser *p, int start, Expr *first)
{
    size_t mark = p->pending_size;
    Expr *value = first;
    while (peek(p) == TOKEN_EQUAL) {
        if (!is_star_target(value, true)) {
            return NULL;
        }
        if (!push_expr(p, value)) {
            return NULL;
        }
        p->position++;
        value = parse_yield_or_star(p);
        if (value == NULL) {
            return NULL;
        }
    }
    Stmt *s = stmt_new(p, STMT_ASSIGN, start);
    if (s != NULL) {
        s->assign.targets = take_exprs(p, mark);
        s->assign.value = value;
    }
    return s;
}

static Stmt *augmented(Parser *p, int start, Expr *target)
{
    TokenKind kind = peek(p);
    p->position++;
    Expr *value = parse_yield_or_star(p);
    Stmt *s = value == NULL ? NULL : stmt_new(p, STMT_AUG_ASSIGN, start);
    if (s != NULL) {
        s->aug_assign.target = target;
        s->aug_assign.op = binary_operator(kind);
        s->aug_assign.value = value;
    }
    return s;
}

// Whether the expression just read may stand in front of a colon: a name, an attribute, a
// subscript; in parentheses or not.
static bool may_be_annotated(const Expr *e) { return is_single_target(e); }

static Stmt *assignment_behind(Parser *p, int start, Expr *e)
{
    TokenKind kind = peek(p);
    if (kind == TOKEN_EQUAL) {
        return assigned(p, start, e);
    }
    if (kind == TOKEN_COLON) {
        return may_be_annotated(e) ? annotated(p, start, e) : NULL;
    }
    if (kind >= TOKEN_PLUS_EQUAL && kind <= TOKEN_DOUBLE_SLASH_EQUAL) {
        return is_single_target(e) ? augmented(p, start, e) : NULL;
    }
    return NULL;
}

static Stmt *expression_statement(Parser *p)
{
    int start = p->position;
    Expr *e = parse_yield_or_star(p);
    if (p->raised) {
        return NULL;
    }
    Mark behind = parser_mark(p);
    if (e != NULL) {
        Stmt *s = assignment_behind(p, start, e);
        if (s != NULL) {
            return s;
        }
    }
    if (p->diagnose && !p->raised) {
        diagnose_assignment(p, start);
    }
    if (e == NULL || p->raised) {
        return NULL;
    }
    parser_reset(p, behind);
    Stmt *s = stmt_new(p, STMT_EXPR, start);
    if (s != NULL) {
        s->value = e;
    }
    return s;
}

// --- keywords ------------------------------------------------------------------------------------

static Stmt *return_statement(Parser *p)
{
    int start = p->position++;
    Mark before = parser_mark(p);
    Expr *value = parse_star_expressions(p);
    if (value == NULL) {
        parser_reset(p, before);
    }
    Stmt *s = p->raised ? NULL : stmt_new(p, STMT_RETURN, start);
    if (s != NULL) {
        s->value = value;
    }
    return s;
}

static Stmt *raise_statement(Parser *p)
{
    int start = p->position++;
    Mark before = parser_mark(p);
    Expr *cause = NULL;
    Expr *exc = parse_expression(p);
    if (exc == NULL) {
        parser_reset(p, before);
    } else {
        before = parser_mark(p);
        if (accept(p, TOKEN_FROM)) {
            cause = parse_expression(p);
            if (cause == NULL) {
                parser_reset(p, before);
            }
        }
    }
    Stmt *s = p->raised ? NULL : stmt_new(p, STMT_RAISE, start);
    if (s != NULL) {
        s->raise.exc = exc;
        s->raise.cause = cause;
    }
    return s;
}

static Stmt *names_statement(Parser *p, StmtKind kind)
{
    int start = p->position++;
    size_t mark = p->pending_size;
    do {
        if (!accept(p, TOKEN_NAME)) {
            return NULL;
        }
        AstString name = token_name(p, p->position - 1);
        if (!pending_push(p, &name, sizeof name)) {
            return NULL;
        }
    } while (accept(p, TOKEN_COMMA));
    Stmt *s = stmt_new(p, kind, start);
    if (s != NULL) {
        s->names.items = pending_take(p, mark, sizeof(AstString), &s->names.count);
    }
    return s;
}

static Stmt *delete_targets(Parser *p, int start)
{
    size_t mark = p->pending_size;
    do {
        Mark before = parser_mark(p);
        Expr *target = parse_primary(p);
        if (target == NULL && p->pending_size > mark) {
            parser_reset(p, before);
            break;
        }
        if (target == NULL || !is_delete_target(target) || !push_expr(p, target)) {
            return NULL;
        }
    } while (accept(p, TOKEN_COMMA));
    if (p->raised || (peek(p) != TOKEN_SEMICOLON && peek(p) != TOKEN_NEWLINE)) {
        return NULL;
    }
    Stmt *s = stmt_new(p, STMT_DELETE, start);
    if (s != NULL) {
        s->targets = take_exprs(p, mark);
    }
    return s;
}

static Stmt *delete_statement(Parser *p)
{
    int start = p->position++;
    Mark inside = parser_mark(p);
    Stmt *s = delete_targets(p, start);
    if (s == NULL && p->diagnose && !p->raised) {
        parser_reset(p, inside);
        Expr *e = parse_star_expressions(p);
        if (e != NULL) {
            raise_invalid_target(p, TARGET_DELETE, e);
        }
    }
    return s;
}

static Stmt *assert_statement(Parser *p)
{
    int start = p->position++;
    Expr *test = parse_expression(p);
    if (test == NULL) {
        return NULL;
    }
    Expr *message = NULL;
    Mark before = parser_mark(p);
    if (accept(p, TOKEN_COMMA)) {
        message = parse_expression(p);
        if (message == NULL) {
            parser_reset(p, before);
        }
    }
    Stmt *s = p->raised ? NULL : stmt_new(p, STMT_ASSERT, start);
    if (s != NULL) {
        s->assert_stmt.test = test;
        s->assert_stmt.message = message;
    }
    return s;
}

// --- imports -------------------------------------------------------------------------------------

// `a.b.c` as one name.
static bool dotted_name(Parser *p, AstString *name)
{
    int start = p->position;
    if (!accept(p, TOKEN_NAME)) {
        return false;
    }
    *name = token_name(p, start);
    while (peek(p) == TOKEN_DOT && name->bytes != NULL) {
        Mark before = parser_mark(p);
        p->position++;
        if (!accept(p, TOKEN_NAME)) {
            parser_reset(p, before);
            break;
        }
        AstString part = token_name(p, p->position - 1);
        if (part.bytes == NULL) {
            return false;
        }
        size_t size = (size_t)name->size + 1 + part.size;
        char *joined = arena_allocate(p->arena, size);
        if (joined == NULL) {
            raise_memory(p);
            return false;
        }
        memcpy(joined, name->bytes, name->size);
        joined[name->size] = '.';
        memcpy(joined + name->size + 1, part.bytes, part.size);
        *name = arena_intern(p->arena, joined, size);
        if (name->bytes == NULL) {
            raise_memory(p);
        }
    }
    return !p->raised;
}

// `as name`, or nothing.
static bool optional_as(Parser *p, AstString *asname)
{
    *asname = (AstString){NULL, 0, 0};
    Mark before = parser_mark(p);
    if (accept(p, TOKEN_AS)) {
        if (accept(p, TOKEN_NAME)) {
            *asname = token_name(p, p->position - 1);
        } else {
            parser_reset(p, before);
        }
    }
    return !p->raised;
}

static bool push_alias(Parser *p, int start, AstString name, AstString asname)
{
    Alias alias = {name, asname, position_from(p, start)};
    return pending_push(p, &alias, sizeof alias);
}

static Stmt *finish_import(Parser *p, StmtKind kind, int start, size_t mark)
{
    Stmt *s = stmt_new(p, kind, start);
    if (s != NULL) {
        s->import.names.items = pending_take(p, mark, sizeof(Alias), &s->import.names.count);
    }
    return p->raised ? NULL : s;
}

static Stmt *import_name(Parser *p)
{
    int start = p->position++;
    size_t mark = p->pending_size;
    do {
        int first = p->position;
        AstString name, asname;
        if (!dotted_name(p, &name) || !optional_as(p, &asname) ||
            !push_alias(p, first, name, asname)) {
            return NULL;
        }
    } while (accept(p, TOKEN_COMMA));
    return finish_import(p, STMT_IMPORT, start, mark);
}

// The names behind `import`; pushes.
static bool import_targets(Parser *p)
{
    int start = p->position;
    if (accept(p, TOKEN_STAR)) {
        AstString star = arena_intern(p->arena, "*", 1);
        if (star.bytes == NULL) {
            raise_memory(p);
            return false;
        }
        return push_alias(p, start, star, (AstString){NULL, 0, 0});
    }
    bool enclosed = accept(p, TOKEN_LEFT_PAREN);
    int count = 0;
    bool comma = false;
    do {
        int first = p->position;
        comma = count > 0;
        if (!accept(p, TOKEN_NAME)) {
            break;
        }
        AstString name = token_name(p, first), asname;
        if (!optional_as(p, &asname) || !push_alias(p, first, name, asname)) {
            return false;
        }
        comma = false;
        count++;
    } while (accept(p, TOKEN_COMMA));
    if (count == 0) {
        return false;
    }
    if (enclosed) {
        return accept(p, TOKEN_RIGHT_PAREN);
    }
    if (comma && p->diagnose && peek(p) == TOKEN_NEWLINE) {
        raise_last(p, "SyntaxError", "trailing comma not allowed without surrounding parentheses");
    }
    return !comma;
}

static Stmt *import_from(Parser *p)
{
    int start = p->position++;
    size_t mark = p->pending_size;
    int level = 0;
    for (;;) {
        if (accept(p, TOKEN_DOT)) {
            level++;
        } else if (accept(p, TOKEN_ELLIPSIS)) {
            level += 3;
        } else {
            break;
        }
    }
    AstString module = {NULL, 0, 0};
    if (peek(p) == TOKEN_NAME ? !dotted_name(p, &module) : level == 0) {
        return NULL;
    }
    if (!accept(p, TOKEN_IMPORT) || !import_targets(p)) {
        return NULL;
    }
    Stmt *s = finish_import(p, STMT_IMPORT_FROM, start, mark);
    if (s != NULL) {
        s->import.module = module;
        s->import.level = level;
    }
    return s;
}

// --- lines ---------------------------------------------------------------------------------------

static Stmt *plain_statement(Parser *p, StmtKind kind)
{
    int start = p->position++;
    return stmt_new(p, kind, start);
}

static Stmt *simple_statement(Parser *p)
{
    switch (peek(p)) {
    case TOKEN_RETURN:
        return return_statement(p);
    case TOKEN_IMPORT:
        return import_name(p);
    case TOKEN_FROM:
        return import_from(p);
    case TOKEN_RAISE:
        return raise_statement(p);
    case TOKEN_PASS:
        return plain_statement(p, STMT_PASS);
    case TOKEN_BREAK:
        return plain_statement(p, STMT_BREAK);
    case TOKEN_CONTINUE:
        return plain_statement(p, STMT_CONTINUE);
    case TOKEN_DEL:
        return delete_statement(p);
    case TOKEN_ASSERT:
        return assert_statement(p);
    case TOKEN_GLOBAL:
        return names_statement(p, STMT_GLOBAL);
    case TOKEN_NONLOCAL:
        return names_statement(p, STMT_NONLOCAL);
    default:
        return expression_statement(p);
    }
}

bool parse_simple_statements(Parser *p)
{
    do {
        if (peek(p) == TOKEN_NEWLINE && p->position > 0 && taken(p)->kind == TOKEN_SEMICOLON) {
            break;
        }
        Mark before = parser_mark(p);
        Stmt *s = simple_statement(p);
        if (s == NULL) {
            parser_reset(p, before);
            return false;
        }
        if (!pending_push(p, &s, sizeof s)) {
            return false;
        }
    } while (accept(p, TOKEN_SEMICOLON));
    return accept(p, TOKEN_NEWLINE);
}
