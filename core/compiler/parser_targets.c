// core/compiler/parser_targets.c: what can be assigned to, and what to say of what cannot.
//
// A target is parsed as the expression it looks like and then examined. That reads `a, b = c` in
// one go, without knowing at `a` that an assignment is coming.
#include "core/compiler/parser_internal.h"

const char *expr_description(const Expr *e)
{
    switch (e->kind) {
    case EXPR_ATTRIBUTE:
        return "attribute";
    case EXPR_SUBSCRIPT:
        return "subscript";
    case EXPR_STARRED:
        return "starred";
    case EXPR_NAME:
        return "name";
    case EXPR_LIST:
        return "list";
    case EXPR_TUPLE:
        return "tuple";
    case EXPR_LAMBDA:
        return "lambda";
    case EXPR_CALL:
        return "function call";
    case EXPR_BOOL_OP:
    case EXPR_BIN_OP:
    case EXPR_UNARY_OP:
        return "expression";
    case EXPR_GENERATOR_EXP:
        return "generator expression";
    case EXPR_YIELD:
    case EXPR_YIELD_FROM:
        return "yield expression";
    case EXPR_AWAIT:
        return "await expression";
    case EXPR_LIST_COMP:
        return "list comprehension";
    case EXPR_SET_COMP:
        return "set comprehension";
    case EXPR_DICT_COMP:
        return "dict comprehension";
    case EXPR_DICT:
        return "dict literal";
    case EXPR_SET:
        return "set display";
    case EXPR_JOINED_STR:
    case EXPR_FORMATTED_VALUE:
        return "f-string expression";
    case EXPR_CONSTANT:
        switch (e->constant.kind) {
        case CONSTANT_NONE:
            return "None";
        case CONSTANT_TRUE:
            return "True";
        case CONSTANT_FALSE:
            return "False";
        case CONSTANT_ELLIPSIS:
            return "ellipsis";
        default:
            return "literal";
        }
    case EXPR_COMPARE:
        return "comparison";
    case EXPR_IF_EXP:
        return "conditional expression";
    case EXPR_NAMED_EXPR:
        return "named expression";
    case EXPR_SLICE:
        return "slice";
    }
    return "expression";
}

// --- validity ------------------------------------------------------------------------------------

bool is_single_target(const Expr *e)
{
    return e->kind == EXPR_NAME || e->kind == EXPR_ATTRIBUTE || e->kind == EXPR_SUBSCRIPT;
}

bool is_star_target(const Expr *e, bool allow_star)
{
    if (e->kind == EXPR_STARRED) {
        return allow_star && is_star_target(e->value, false);
    }
    if (e->kind != EXPR_TUPLE && e->kind != EXPR_LIST) {
        return is_single_target(e);
    }
    for (int i = 0; i < e->elements.count; i++) {
        if (!is_star_target(e->elements.items[i], true)) {
            return false;
        }
    }
    return true;
}

bool is_delete_target(const Expr *e)
{
    if (e->kind != EXPR_TUPLE && e->kind != EXPR_LIST) {
        return is_single_target(e);
    }
    for (int i = 0; i < e->elements.count; i++) {
        if (!is_delete_target(e->elements.items[i])) {
            return false;
        }
    }
    return true;
}

Expr *parse_star_target(Parser *p)
{
    Expr *e = peek(p) == TOKEN_STAR ? parse_starred(p, parse_primary) : parse_primary(p);
    return e != NULL && is_star_target(e, true) ? e : NULL;
}

Expr *parse_star_targets(Parser *p)
{
    int start = p->position;
    Expr *first = parse_star_target(p);
    if (first == NULL || peek(p) != TOKEN_COMMA) {
        return first;
    }
    return parse_rest_of_tuple(p, first, start, parse_star_target);
}

// --- diagnosis -----------------------------------------------------------------------------------

static Expr *find_invalid(Expr *e, TargetUse use)
{
    switch (e->kind) {
    case EXPR_LIST:
    case EXPR_TUPLE:
        for (int i = 0; i < e->elements.count; i++) {
            Expr *invalid = find_invalid(e->elements.items[i], use);
            if (invalid != NULL) {
                return invalid;
            }
        }
        return NULL;
    case EXPR_STARRED:
        return use == TARGET_DELETE ? e : find_invalid(e->value, use);
    case EXPR_COMPARE:
        // `for a in b` without the rest looks like a comparison.
        if (use == TARGET_FOR) {
            return e->compare.ops[0] == COMPARE_IN ? find_invalid(e->compare.left, use) : NULL;
        }
        return e;
    case EXPR_NAME:
    case EXPR_SUBSCRIPT:
    case EXPR_ATTRIBUTE:
        return NULL;
    default:
        return e;
    }
}

void raise_invalid_target(Parser *p, TargetUse use, Expr *e)
{
    Expr *invalid = find_invalid(e, use);
    if (invalid != NULL) {
        raise_range(p, expr_position(invalid), "cannot %s %s",
                    use == TARGET_DELETE ? "delete" : "assign to", expr_description(invalid));
    }
}

void diagnose_for_target(Parser *p, int start)
{
    p->position = start;
    accept(p, TOKEN_ASYNC);
    if (!accept(p, TOKEN_FOR)) {
        return;
    }
    Expr *e = parse_star_expressions(p);
    if (e != NULL) {
        raise_invalid_target(p, TARGET_FOR, e);
    }
}

static void diagnose_annotation(Parser *p, Mark start)
{
    // A parenthesised or bracketed list in front of the colon.
    TokenKind kind = peek(p);
    if (kind == TOKEN_LEFT_PAREN || kind == TOKEN_LEFT_BRACKET) {
        Expr *e = parse_atom(p);
        if (e != NULL && (e->kind == EXPR_LIST || e->kind == EXPR_TUPLE) &&
            accept(p, TOKEN_COLON) && parse_expression(p) != NULL) {
            raise_range(p, expr_position(e), "only single target (not %s) can be annotated",
                        expr_description(e));
            return;
        }
    }
    parser_reset(p, start);
    Expr *e = parse_star_named_expression(p);
    if (e != NULL && accept(p, TOKEN_COMMA)) {
        Mark before = parser_mark(p);
        if (!parse_star_named_list(p)) {
            parser_reset(p, before);
        }
        p->pending_size = start.pending;
        if (accept(p, TOKEN_COLON) && parse_expression(p) != NULL) {
            raise_range(p, expr_position(e), "only single target (not tuple) can be annotated");
            return;
        }
    }
    parser_reset(p, start);
    e = parse_expression(p);
    if (e != NULL && accept(p, TOKEN_COLON) && parse_expression(p) != NULL) {
        raise_range(p, expr_position(e), "illegal target for annotation");
    }
}

// Skips `target =` as often as it comes.
static void skip_assigned_targets(Parser *p)
{
    for (;;) {
        Mark before = parser_mark(p);
        Expr *target = parse_star_targets(p);
        if (target == NULL || !accept(p, TOKEN_EQUAL)) {
            parser_reset(p, before);
            return;
        }
    }
}

void diagnose_assignment(Parser *p, int position)
{
    Mark start = {position, p->pending_size};
    parser_reset(p, start);
    diagnose_annotation(p, start);
    if (p->raised) {
        return;
    }
    parser_reset(p, start);
    skip_assigned_targets(p);
    Mark value = parser_mark(p);
    Expr *e = parse_star_expressions(p);
    if (e != NULL && accept(p, TOKEN_EQUAL)) {
        raise_invalid_target(p, TARGET_STAR, e);
    }
    if (p->raised) {
        return;
    }
    parser_reset(p, value);
    e = parse_yield(p);
    if (e != NULL && peek(p) == TOKEN_EQUAL) {
        raise_range(p, expr_position(e), "assignment to yield expression not possible");
        return;
    }
    parser_reset(p, start);
    e = parse_star_expressions(p);
    if (e != NULL && peek(p) >= TOKEN_PLUS_EQUAL && peek(p) <= TOKEN_DOUBLE_SLASH_EQUAL) {
        p->position++;
        if (parse_yield_or_star(p) != NULL) {
            raise_range(p, expr_position(e),
                        "'%s' is an illegal expression for augmented assignment",
                        expr_description(e));
        }
    }
    parser_reset(p, start);
}
