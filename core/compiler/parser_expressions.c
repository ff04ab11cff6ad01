// core/compiler/parser_expressions.c: operators, from `yield` and `a, *b` down to `a.b(c)[d]`.
//
// 1. The binary operators of numbers are one loop with precedences; each other level is a function.
// 2. An operator without a right operand is not taken: `a +` parses as `a`, and whoever comes next
//    stumbles over the `+`. So a mistake is always met at the furthest token that was looked at.
#include "core/compiler/parser_internal.h"

#include <string.h>

static const bool expression_starts[TOKEN_KIND_COUNT] = {
    [TOKEN_NAME] = true,       [TOKEN_NUMBER] = true,       [TOKEN_STRING] = true,
    [TOKEN_LEFT_PAREN] = true, [TOKEN_LEFT_BRACKET] = true, [TOKEN_LEFT_BRACE] = true,
    [TOKEN_ELLIPSIS] = true,   [TOKEN_PLUS] = true,         [TOKEN_MINUS] = true,
    [TOKEN_TILDE] = true,      [TOKEN_FALSE] = true,        [TOKEN_TRUE] = true,
    [TOKEN_NONE] = true,       [TOKEN_NOT] = true,          [TOKEN_LAMBDA] = true,
    [TOKEN_AWAIT] = true,
};

bool may_start_expression(TokenKind kind) { return expression_starts[kind]; }

// --- arithmetic ----------------------------------------------------------------------------------

static const struct {
    uint8_t level; // 0: no binary operator
    uint8_t op;
} binary_operators[TOKEN_KIND_COUNT] = {
    [TOKEN_VERTICAL_BAR] = {1, BINARY_BIT_OR}, [TOKEN_CIRCUMFLEX] = {2, BINARY_BIT_XOR},
    [TOKEN_AMPERSAND] = {3, BINARY_BIT_AND},   [TOKEN_LEFT_SHIFT] = {4, BINARY_LSHIFT},
    [TOKEN_RIGHT_SHIFT] = {4, BINARY_RSHIFT},  [TOKEN_PLUS] = {5, BINARY_ADD},
    [TOKEN_MINUS] = {5, BINARY_SUB},           [TOKEN_STAR] = {6, BINARY_MULT},
    [TOKEN_SLASH] = {6, BINARY_DIV},           [TOKEN_DOUBLE_SLASH] = {6, BINARY_FLOOR_DIV},
    [TOKEN_PERCENT] = {6, BINARY_MOD},         [TOKEN_AT] = {6, BINARY_MAT_MULT},
};

static Expr *await_primary(Parser *p)
{
    int start = p->position;
    if (!accept(p, TOKEN_AWAIT)) {
        return parse_primary(p);
    }
    Expr *value = parse_primary(p);
    Expr *e = value == NULL ? NULL : expr_new(p, EXPR_AWAIT, start);
    if (e != NULL) {
        e->value = value;
    }
    return e;
}

static Expr *factor(Parser *p)
{
    int start = p->position;
    TokenKind kind = peek(p);
    if (kind == TOKEN_PLUS || kind == TOKEN_MINUS || kind == TOKEN_TILDE) {
        p->position++;
        if (!parser_enter(p)) {
            return NULL;
        }
        Expr *operand = factor(p);
        Expr *e = operand == NULL ? NULL : expr_new(p, EXPR_UNARY_OP, start);
        if (e != NULL) {
            e->unary_op.op = kind == TOKEN_PLUS    ? UNARY_ADD
                             : kind == TOKEN_MINUS ? UNARY_SUB
                                                   : UNARY_INVERT;
            e->unary_op.operand = operand;
        }
        return e;
    }
    Expr *left = await_primary(p);
    if (left == NULL || peek(p) != TOKEN_DOUBLE_STAR) {
        return left;
    }
    Mark before = parser_mark(p);
    p->position++;
    Expr *right = parser_enter(p) ? factor(p) : NULL;
    if (right == NULL) {
        parser_reset(p, before);
        return left;
    }
    Expr *e = expr_new(p, EXPR_BIN_OP, start);
    if (e != NULL) {
        e->bin_op.left = left;
        e->bin_op.op = BINARY_POW;
        e->bin_op.right = right;
    }
    return e;
}

static Expr *binary(Parser *p, int level_min)
{
    int start = p->position;
    Expr *left = factor(p);
    while (left != NULL) {
        TokenKind kind = peek(p);
        int level = binary_operators[kind].level;
        if (level < level_min || level == 0) {
            break;
        }
        Mark before = parser_mark(p);
        p->position++;
        Expr *right = binary(p, level + 1);
        if (right == NULL) {
            parser_reset(p, before);
            break;
        }
        Expr *e = expr_new(p, EXPR_BIN_OP, start);
        if (e != NULL) {
            e->bin_op.left = left;
            e->bin_op.op = (BinaryOperator)binary_operators[kind].op;
            e->bin_op.right = right;
        }
        left = e;
    }
    return left;
}

Expr *parse_bitwise_or(Parser *p) { return binary(p, 1); }

// --- comparison and logic ------------------------------------------------------------------------

static bool accept_comparison(Parser *p, CompareOperator *op)
{
    static const uint8_t simple[TOKEN_KIND_COUNT] = {
        [TOKEN_EQUAL_EQUAL] = 1 + COMPARE_EQ,     [TOKEN_LESS] = 1 + COMPARE_LT,
        [TOKEN_LESS_EQUAL] = 1 + COMPARE_LT_E,    [TOKEN_GREATER] = 1 + COMPARE_GT,
        [TOKEN_GREATER_EQUAL] = 1 + COMPARE_GT_E, [TOKEN_IN] = 1 + COMPARE_IN,
        [TOKEN_NOT_EQUAL] = 1 + COMPARE_NOT_EQ,
    };
    TokenKind kind = peek(p);
    if (simple[kind] != 0) {
        if (kind == TOKEN_NOT_EQUAL && token_is(p, p->position, "<>")) {
            return false;
        }
        p->position++;
        *op = (CompareOperator)(simple[kind] - 1);
        return true;
    }
    if (kind == TOKEN_IS) {
        p->position++;
        *op = accept(p, TOKEN_NOT) ? COMPARE_IS_NOT : COMPARE_IS;
        return true;
    }
    if (kind == TOKEN_NOT && peek_behind(p, 1) == TOKEN_IN) {
        p->position += 2;
        *op = COMPARE_NOT_IN;
        return true;
    }
    return false;
}

typedef struct ComparePair {
    Expr *comparator;
    CompareOperator op;
} ComparePair;

static Expr *finish_comparison(Parser *p, int start, Expr *left, size_t mark)
{
    int count;
    ComparePair *pairs = pending_take(p, mark, sizeof *pairs, &count);
    if (pairs == NULL) {
        return p->raised ? NULL : left;
    }
    Expr *e = expr_new(p, EXPR_COMPARE, start);
    CompareOperator *ops = arena_allocate(p->arena, (size_t)count * sizeof *ops);
    Expr **comparators = arena_allocate(p->arena, (size_t)count * sizeof *comparators);
    if (e == NULL || ops == NULL || comparators == NULL) {
        return raise_memory(p);
    }
    for (int i = 0; i < count; i++) {
        ops[i] = pairs[i].op;
        comparators[i] = pairs[i].comparator;
    }
    e->compare.left = left;
    e->compare.ops = ops;
    e->compare.comparators = (ExprList){comparators, count};
    return e;
}

static Expr *comparison(Parser *p)
{
    int start = p->position;
    Expr *left = parse_bitwise_or(p);
    if (left == NULL) {
        return NULL;
    }
    size_t mark = p->pending_size;
    for (;;) {
        Mark before = parser_mark(p);
        ComparePair pair = {NULL, COMPARE_EQ};
        if (!accept_comparison(p, &pair.op)) {
            break;
        }
        // `is not x` may also be `is (not x)`, which no operand can be: nothing to try again.
        pair.comparator = parse_bitwise_or(p);
        if (pair.comparator == NULL) {
            parser_reset(p, before);
            break;
        }
        if (!pending_push(p, &pair, sizeof pair)) {
            return NULL;
        }
    }
    return p->pending_size == mark ? left : finish_comparison(p, start, left, mark);
}

static Expr *inversion(Parser *p)
{
    int start = p->position;
    if (!accept(p, TOKEN_NOT)) {
        return comparison(p);
    }
    Expr *operand = parser_enter(p) ? inversion(p) : NULL;
    Expr *e = operand == NULL ? NULL : expr_new(p, EXPR_UNARY_OP, start);
    if (e != NULL) {
        e->unary_op.op = UNARY_NOT;
        e->unary_op.operand = operand;
    }
    return e;
}

static Expr *bool_chain(Parser *p, TokenKind word, BoolOperator op, Expr *(*operand)(Parser *))
{
    int start = p->position;
    Expr *first = operand(p);
    if (first == NULL || peek(p) != word) {
        return first;
    }
    size_t mark = p->pending_size;
    if (!push_expr(p, first)) {
        return NULL;
    }
    int count = 1;
    while (peek(p) == word) {
        Mark before = parser_mark(p);
        p->position++;
        Expr *next = operand(p);
        if (next == NULL) {
            parser_reset(p, before);
            break;
        }
        if (!push_expr(p, next)) {
            return NULL;
        }
        count++;
    }
    if (count == 1) {
        p->pending_size = mark;
        return first;
    }
    Expr *e = expr_new(p, EXPR_BOOL_OP, start);
    if (e != NULL) {
        e->bool_op.op = op;
        e->bool_op.values = take_exprs(p, mark);
    }
    return e;
}

static Expr *conjunction(Parser *p) { return bool_chain(p, TOKEN_AND, BOOL_AND, inversion); }
Expr *parse_disjunction(Parser *p) { return bool_chain(p, TOKEN_OR, BOOL_OR, conjunction); }

// --- expression ----------------------------------------------------------------------------------

// `body if test else orelse`, at the `if`; gives the body back when that does not come.
static Expr *conditional(Parser *p, int start, Expr *body)
{
    Mark before = parser_mark(p);
    p->position++;
    Expr *test = parse_disjunction(p);
    Expr *orelse = test != NULL && accept(p, TOKEN_ELSE) ? parse_expression(p) : NULL;
    if (orelse == NULL) {
        parser_reset(p, before);
        return body;
    }
    Expr *e = expr_new(p, EXPR_IF_EXP, start);
    if (e != NULL) {
        e->if_exp.test = test;
        e->if_exp.body = body;
        e->if_exp.orelse = orelse;
    }
    return e;
}

static Expr *plain_expression(Parser *p)
{
    int start = p->position;
    if (peek(p) == TOKEN_LAMBDA) {
        return parse_lambda(p);
    }
    Expr *body = parse_disjunction(p);
    return body != NULL && peek(p) == TOKEN_IF ? conditional(p, start, body) : body;
}

static bool is_legacy_name(Parser *p, int index)
{
    return p->tokens[index].kind == TOKEN_NAME &&
           (token_is(p, index, "print") || token_is(p, index, "exec"));
}

static bool is_soft_keyword(Parser *p, int index)
{
    // CPython takes each beginning of such a word for the word here; so places agree.
    const Token *t = &p->tokens[index];
    const char *text = p->lexer.text + t->start;
    size_t size = t->end - t->start;
    return strncmp("match", text, size) == 0 || strncmp("case", text, size) == 0 ||
           strncmp("_", text, size) == 0;
}

// Two expressions side by side: inside brackets a comma may be missing.
static void diagnose_missing_comma(Parser *p, int start, const Expr *first)
{
    if (p->tokens[start].kind == TOKEN_NAME &&
        (is_soft_keyword(p, start) || p->tokens[start + 1].kind == TOKEN_STRING ||
         (first->kind == EXPR_NAME && is_legacy_name(p, start)))) {
        return;
    }
    p->diagnose = false;
    Expr *second = may_start_expression(peek(p)) ? plain_expression(p) : NULL;
    p->diagnose = true;
    if (second != NULL && !p->raised && taken(p)->level > 0) {
        raise_range(p, range_between(expr_position(first), expr_position(second)),
                    "invalid syntax. Perhaps you forgot a comma?");
    }
}

// `print x`. Whatever the name is, what follows is looked into: it may hold the better message.
static void diagnose_legacy_statement(Parser *p, int start)
{
    if (p->tokens[start].kind != TOKEN_NAME) {
        return;
    }
    p->position = start + 1;
    if (peek(p) == TOKEN_LEFT_PAREN) {
        return;
    }
    Expr *rest = parse_star_expressions(p);
    if (rest == NULL || !is_legacy_name(p, start)) {
        return;
    }
    const char *name = token_is(p, start, "print") ? "print" : "exec";
    raise_range(p, range_between(token_position(p, start), expr_position(rest)),
                "Missing parentheses in call to '%s'. Did you mean %s(...)?", name, name);
}

static Expr *diagnose_expression(Parser *p)
{
    int start = p->position;
    Mark before = parser_mark(p);
    Expr *body = parse_disjunction(p);
    Mark behind = parser_mark(p);
    if (body != NULL && !p->raised) {
        peek(p);
        diagnose_missing_comma(p, start, body);
        parser_reset(p, behind);
        if (!p->raised && accept(p, TOKEN_IF)) {
            Expr *test = parse_disjunction(p);
            if (test != NULL && peek(p) != TOKEN_ELSE && peek(p) != TOKEN_COLON) {
                raise_range(p, range_between(expr_position(body), expr_position(test)),
                            "expected 'else' after 'if' expression");
            }
        }
    }
    if (!p->raised) {
        parser_reset(p, before);
        diagnose_legacy_statement(p, start);
    }
    if (p->raised) {
        return NULL;
    }
    if (p->tokens[start].kind == TOKEN_LAMBDA) {
        parser_reset(p, before);
        return parse_lambda(p);
    }
    parser_reset(p, behind);
    return body != NULL && peek(p) == TOKEN_IF ? conditional(p, start, body) : body;
}

bool parser_ensure_memo(Parser *p, int position)
{
    if (position < p->memo_capacity) {
        return true;
    }
    int capacity = MAX_OF(p->capacity, position + 1);
    ExpressionMemo *memo = arena_allocate(p->arena, (size_t)capacity * sizeof *memo);
    if (memo == NULL) {
        raise_memory(p);
        return false;
    }
    memset(memo, 0, (size_t)capacity * sizeof *memo);
    if (p->memo_capacity > 0) {
        memcpy(memo, p->memo, (size_t)p->memo_capacity * sizeof *memo);
    }
    p->memo = memo;
    p->memo_capacity = capacity;
    return true;
}

// The second pass tries many readings of the same tokens: each is looked into once.
static Expr *remembered_expression(Parser *p)
{
    int start = p->position;
    if (!parser_ensure_memo(p, start)) {
        return NULL;
    }
    if (p->memo[start].expression_end != 0) {
        p->position = MAX_OF(p->memo[start].expression_end, start);
        return p->memo[start].expression;
    }
    if (++p->effort > DIAGNOSIS_EFFORT_MAX) {
        return NULL; // a hopeless text: leave it at "invalid syntax"
    }
    Expr *e = p->diagnose ? diagnose_expression(p) : plain_expression(p);
    if (!p->raised) {
        p->memo[start].expression = e;
        p->memo[start].expression_end = e == NULL ? -1 : p->position;
    }
    return e;
}

Expr *parse_expression(Parser *p)
{
    if (!may_start_expression(peek(p)) || !parser_enter(p)) {
        return NULL;
    }
    return p->second_pass ? remembered_expression(p) : plain_expression(p);
}

// --- named, starred, tuples, yield ---------------------------------------------------------------

Expr *parse_assignment_expression(Parser *p)
{
    int start = p->position;
    if (peek(p) != TOKEN_NAME || peek_behind(p, 1) != TOKEN_COLON_EQUAL) {
        return NULL;
    }
    p->position++;
    Expr *target = expr_new(p, EXPR_NAME, start);
    if (target == NULL) {
        return NULL;
    }
    target->name = token_name(p, start);
    p->position++;
    Expr *value = parse_expression(p);
    Expr *e = value == NULL ? NULL : expr_new(p, EXPR_NAMED_EXPR, start);
    if (e != NULL) {
        e->named_expr.target = target;
        e->named_expr.value = value;
    }
    return e;
}

static bool is_display_or_constant(Parser *p)
{
    TokenKind kind = peek(p);
    if (kind == TOKEN_TRUE || kind == TOKEN_FALSE || kind == TOKEN_NONE) {
        return true;
    }
    if (kind != TOKEN_LEFT_PAREN && kind != TOKEN_LEFT_BRACKET) {
        return false;
    }
    int start = p->position;
    Expr *e = parse_atom(p);
    return e != NULL && e->column == p->tokens[start].column && e->line == p->tokens[start].line &&
           (e->kind == EXPR_LIST || e->kind == EXPR_TUPLE || e->kind == EXPR_GENERATOR_EXP);
}

static void diagnose_equals(Parser *p, Mark start)
{
    parser_reset(p, start);
    Expr *left = parse_bitwise_or(p);
    if (left == NULL || !accept(p, TOKEN_EQUAL)) {
        return;
    }
    Expr *right = parse_bitwise_or(p);
    if (right == NULL || peek(p) == TOKEN_EQUAL || peek(p) == TOKEN_COLON_EQUAL) {
        return;
    }
    if (p->tokens[start.position].kind == TOKEN_NAME &&
        p->tokens[start.position + 1].kind == TOKEN_EQUAL) {
        raise_range(p, range_between(expr_position(left), expr_position(right)),
                    "invalid syntax. Maybe you meant '==' or ':=' instead of '='?");
        return;
    }
    parser_reset(p, start);
    if (!is_display_or_constant(p)) {
        raise_range(p, expr_position(left),
                    "cannot assign to %s here. Maybe you meant '==' instead of '='?",
                    expr_description(left));
    }
}

static void diagnose_named_expression(Parser *p, Mark start)
{
    if (!parser_ensure_memo(p, start.position) || p->memo[start.position].named_seen) {
        return;
    }
    p->memo[start.position].named_seen = true;
    Expr *e = parse_expression(p);
    if (e != NULL && accept(p, TOKEN_COLON_EQUAL) && parse_expression(p) != NULL) {
        raise_range(p, expr_position(e), "cannot use assignment expressions with %s",
                    expr_description(e));
    }
    if (!p->raised) {
        diagnose_equals(p, start);
    }
    parser_reset(p, start);
}

Expr *parse_named_expression(Parser *p)
{
    Mark start = parser_mark(p);
    Expr *e = parse_assignment_expression(p);
    if (e != NULL || p->raised) {
        return e;
    }
    parser_reset(p, start);
    if (p->diagnose && may_start_expression(peek(p))) {
        diagnose_named_expression(p, start);
    }
    e = parse_expression(p);
    return e != NULL && peek(p) == TOKEN_COLON_EQUAL ? NULL : e;
}

Expr *parse_starred(Parser *p, Expr *(*operand)(Parser *))
{
    int start = p->position++;
    Expr *value = operand(p);
    Expr *e = value == NULL ? NULL : expr_new(p, EXPR_STARRED, start);
    if (e != NULL) {
        e->value = value;
    }
    return e;
}

Expr *parse_star_named_expression(Parser *p)
{
    return peek(p) == TOKEN_STAR ? parse_starred(p, parse_bitwise_or) : parse_named_expression(p);
}

static Expr *star_expression(Parser *p)
{
    return peek(p) == TOKEN_STAR ? parse_starred(p, parse_bitwise_or) : parse_expression(p);
}

Expr *parse_star_expressions(Parser *p)
{
    int start = p->position;
    Expr *first = star_expression(p);
    if (first == NULL || peek(p) != TOKEN_COMMA) {
        return first;
    }
    return parse_rest_of_tuple(p, first, start, star_expression);
}

Expr *parse_yield(Parser *p)
{
    int start = p->position;
    if (!accept(p, TOKEN_YIELD)) {
        return NULL;
    }
    if (accept(p, TOKEN_FROM)) {
        Expr *value = parse_expression(p);
        Expr *e = value == NULL ? NULL : expr_new(p, EXPR_YIELD_FROM, start);
        if (e != NULL) {
            e->value = value;
        }
        return e;
    }
    Mark before = parser_mark(p);
    Expr *value = parse_star_expressions(p);
    if (value == NULL) {
        parser_reset(p, before);
    }
    Expr *e = p->raised ? NULL : expr_new(p, EXPR_YIELD, start);
    if (e != NULL) {
        e->value = value;
    }
    return e;
}

Expr *parse_yield_or_star(Parser *p)
{
    return peek(p) == TOKEN_YIELD ? parse_yield(p) : parse_star_expressions(p);
}
