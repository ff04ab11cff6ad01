// core/compiler/parser_parameters.c: parameters of functions and lambdas.
//
// The first pass reads them in one loop with a few flags. Only when that fails does the second pass
// try the patterns of mistakes, in the order in which CPython looks for them.
#include "core/compiler/parser_internal.h"

#include <string.h>

typedef struct Parameter {
    Argument argument;
    Expr *value; // default, or NULL
} Parameter;

static TokenKind closing_of(bool of_lambda) { return of_lambda ? TOKEN_COLON : TOKEN_RIGHT_PAREN; }

// `name` or `name: annotation`.
static bool parameter_name(Parser *p, bool of_lambda, bool allow_star, Argument *argument)
{
    int start = p->position;
    memset(argument, 0, sizeof *argument);
    if (!accept(p, TOKEN_NAME)) {
        return false;
    }
    argument->name = token_name(p, start);
    if (!of_lambda && accept(p, TOKEN_COLON)) {
        argument->annotation = allow_star && peek(p) == TOKEN_STAR
                                   ? parse_starred(p, parse_bitwise_or)
                                   : parse_expression(p);
        if (argument->annotation == NULL) {
            return false;
        }
    }
    argument->position = position_from(p, start);
    return !p->raised;
}

// --- the ordinary way ----------------------------------------------------------------------------

typedef struct ParameterReader {
    Parser *p;
    Arguments *arguments;
    bool of_lambda;
    bool default_seen; // positional ones behind it need defaults too
    bool keyword_only; // behind `*`
    bool star_is_bare; // `*,` wants at least one keyword-only parameter
    size_t mark;       // positional Parameters collected
    int keyword_count;
} ParameterReader;

static bool finish_positional(ParameterReader *r, bool positional_only)
{
    Parser *p = r->p;
    int count;
    Parameter *items = pending_take(p, r->mark, sizeof *items, &count);
    if (p->raised) {
        return false;
    }
    ArgumentList *list = positional_only ? &r->arguments->positional_only : &r->arguments->args;
    Expr **defaults = r->arguments->defaults.items;
    int default_count = r->arguments->defaults.count;
    int more = 0;
    for (int i = 0; i < count; i++) {
        more += items[i].value != NULL;
    }
    if (count > 0) {
        list->items = arena_allocate(p->arena, (size_t)count * sizeof *list->items);
        if (list->items == NULL) {
            raise_memory(p);
            return false;
        }
    }
    if (more > 0) {
        Expr **all = arena_allocate(p->arena, (size_t)(default_count + more) * sizeof *all);
        if (all == NULL) {
            raise_memory(p);
            return false;
        }
        if (default_count > 0) {
            memcpy(all, defaults, (size_t)default_count * sizeof *all);
        }
        r->arguments->defaults.items = all;
    }
    for (int i = 0; i < count; i++) {
        list->items[i] = items[i].argument;
        if (items[i].value != NULL) {
            r->arguments->defaults.items[r->arguments->defaults.count++] = items[i].value;
        }
    }
    list->count = count;
    return true;
}

static bool finish_keyword_only(ParameterReader *r)
{
    Parser *p = r->p;
    int count;
    Parameter *items = pending_take(p, r->mark, sizeof *items, &count);
    if (p->raised || count == 0) {
        return !p->raised;
    }
    Argument *names = arena_allocate(p->arena, (size_t)count * sizeof *names);
    Expr **defaults = arena_allocate(p->arena, (size_t)count * sizeof *defaults);
    if (names == NULL || defaults == NULL) {
        raise_memory(p);
        return false;
    }
    for (int i = 0; i < count; i++) {
        names[i] = items[i].argument;
        defaults[i] = items[i].value;
    }
    r->arguments->keyword_only = (ArgumentList){names, count};
    r->arguments->keyword_defaults = (ExprList){defaults, count};
    return true;
}

static Argument *keep_argument(Parser *p, const Argument *argument)
{
    Argument *copy = arena_allocate(p->arena, sizeof *copy);
    if (copy == NULL) {
        return raise_memory(p);
    }
    *copy = *argument;
    return copy;
}

static bool read_star(ParameterReader *r)
{
    Parser *p = r->p;
    p->position++;
    if (r->keyword_only || !finish_positional(r, false)) {
        return false;
    }
    r->keyword_only = true;
    if (peek(p) == TOKEN_COMMA) {
        r->star_is_bare = true;
        return true;
    }
    Argument argument;
    if (!parameter_name(p, r->of_lambda, true, &argument)) {
        return false;
    }
    r->arguments->vararg = keep_argument(p, &argument);
    return r->arguments->vararg != NULL;
}

static bool read_double_star(ParameterReader *r)
{
    Parser *p = r->p;
    p->position++;
    Argument argument;
    if ((r->star_is_bare && r->keyword_count == 0) ||
        !parameter_name(p, r->of_lambda, false, &argument)) {
        return false;
    }
    r->arguments->kwarg = keep_argument(p, &argument);
    accept(p, TOKEN_COMMA);
    return r->arguments->kwarg != NULL && peek(p) == closing_of(r->of_lambda);
}

static bool read_parameter(ParameterReader *r)
{
    Parser *p = r->p;
    Parameter parameter = {.value = NULL};
    if (!parameter_name(p, r->of_lambda, false, &parameter.argument)) {
        return false;
    }
    if (accept(p, TOKEN_EQUAL)) {
        parameter.value = parse_expression(p);
        if (parameter.value == NULL) {
            return false;
        }
        r->default_seen |= !r->keyword_only;
    } else if (r->default_seen && !r->keyword_only) {
        return false;
    }
    r->keyword_count += r->keyword_only;
    return pending_push(p, &parameter, sizeof parameter);
}

static bool read_parameters(ParameterReader *r)
{
    Parser *p = r->p;
    TokenKind closing = closing_of(r->of_lambda);
    bool slash_seen = false, first = true;
    do {
        TokenKind kind = peek(p);
        if (kind == closing && !first) {
            break; // behind a last comma
        }
        if (kind == TOKEN_STAR) {
            if (!read_star(r)) {
                return false;
            }
        } else if (kind == TOKEN_DOUBLE_STAR) {
            if (!r->keyword_only && !finish_positional(r, false)) {
                return false;
            }
            if (!read_double_star(r)) {
                return false;
            }
            return !r->keyword_only || finish_keyword_only(r);
        } else if (kind == TOKEN_SLASH) {
            if (slash_seen || first || r->keyword_only) {
                return false;
            }
            slash_seen = true;
            p->position++;
            if (!finish_positional(r, true)) {
                return false;
            }
        } else if (!read_parameter(r)) {
            return false;
        }
        first = false;
    } while (accept(p, TOKEN_COMMA));
    if (peek(p) != closing || (r->star_is_bare && r->keyword_count == 0)) {
        return false;
    }
    return r->keyword_only ? finish_keyword_only(r) : finish_positional(r, false);
}

// --- patterns of mistakes ------------------------------------------------------------------------

// Each matches at the position and moves it, or leaves it alone and returns false.

static bool match_end(Parser *p, bool of_lambda)
{
    return accept(p, TOKEN_COMMA) || peek(p) == closing_of(of_lambda);
}

static bool match_plain(Parser *p, bool of_lambda, Argument *argument)
{
    Mark before = parser_mark(p);
    if (parameter_name(p, of_lambda, false, argument) && match_end(p, of_lambda)) {
        return true;
    }
    parser_reset(p, before);
    return false;
}

// `= value`; raises for `=` alone.
static bool match_default(Parser *p)
{
    Mark before = parser_mark(p);
    if (!accept(p, TOKEN_EQUAL)) {
        return false;
    }
    int equal = p->position - 1;
    if (parse_expression(p) != NULL) {
        return true;
    }
    p->position = equal + 1;
    if (!p->raised && (peek(p) == TOKEN_COMMA || peek(p) == TOKEN_RIGHT_PAREN)) {
        raise_at_token(p, equal, "expected default value expression");
    }
    parser_reset(p, before);
    return false;
}

static bool match_defaulted(Parser *p, bool of_lambda)
{
    Mark before = parser_mark(p);
    Argument argument;
    if (parameter_name(p, of_lambda, false, &argument) && match_default(p) &&
        match_end(p, of_lambda)) {
        return true;
    }
    parser_reset(p, before);
    return false;
}

static bool match_maybe_defaulted(Parser *p, bool of_lambda)
{
    Argument argument;
    return match_plain(p, of_lambda, &argument) || match_defaulted(p, of_lambda);
}

static void skip_plain(Parser *p, bool of_lambda)
{
    Argument argument;
    while (match_plain(p, of_lambda, &argument)) {
    }
}

static int skip_maybe_defaulted(Parser *p, bool of_lambda)
{
    int count = 0;
    while (match_maybe_defaulted(p, of_lambda)) {
        count++;
    }
    return count;
}

static bool match_slash(Parser *p, bool of_lambda)
{
    Mark before = parser_mark(p);
    if (accept(p, TOKEN_SLASH) && match_end(p, of_lambda)) {
        return true;
    }
    parser_reset(p, before);
    return false;
}

// `a, b, /`
static bool match_slash_plain(Parser *p, bool of_lambda)
{
    Mark before = parser_mark(p);
    skip_plain(p, of_lambda);
    if (p->position > before.position && match_slash(p, of_lambda)) {
        return true;
    }
    parser_reset(p, before);
    return false;
}

// `a, b=1, /`
static bool match_slash_defaulted(Parser *p, bool of_lambda)
{
    Mark before = parser_mark(p);
    skip_plain(p, of_lambda);
    int count = 0;
    while (match_defaulted(p, of_lambda)) {
        count++;
    }
    if (count > 0 && match_slash(p, of_lambda)) {
        return true;
    }
    parser_reset(p, before);
    return false;
}

static bool match_slash_part(Parser *p, bool of_lambda)
{
    return match_slash_plain(p, of_lambda) || match_slash_defaulted(p, of_lambda);
}

static void diagnose_order_of_defaults(Parser *p, bool of_lambda)
{
    skip_plain(p, of_lambda);
    if (!match_slash_defaulted(p, of_lambda)) {
        int count = 0;
        while (match_defaulted(p, of_lambda)) {
            count++;
        }
        if (count == 0) {
            return;
        }
    }
    Argument argument;
    if (!p->raised && match_plain(p, of_lambda, &argument)) {
        raise_range(p, argument.position, "non-default argument follows default argument");
    }
}

static void diagnose_parentheses(Parser *p, bool of_lambda)
{
    skip_plain(p, of_lambda);
    if (!accept(p, TOKEN_LEFT_PAREN)) {
        return;
    }
    int opening = p->position - 1;
    Argument argument;
    int count = 0;
    if (of_lambda) {
        // Names with commas between them.
        while (accept(p, TOKEN_NAME)) {
            count++;
            if (!accept(p, TOKEN_COMMA)) {
                break;
            }
        }
    } else {
        while (match_plain(p, false, &argument)) {
            count++;
        }
    }
    accept(p, TOKEN_COMMA);
    if (count > 0 && !p->raised && accept(p, TOKEN_RIGHT_PAREN)) {
        raise_range(p,
                    range_between(token_position(p, opening), token_position(p, p->position - 1)),
                    of_lambda ? "Lambda expression parameters cannot be parenthesized"
                              : "Function parameters cannot be parenthesized");
    }
}

static void diagnose_slash(Parser *p, bool of_lambda, Mark start)
{
    Argument argument;
    if (peek(p) == TOKEN_SLASH && peek_behind(p, 1) == TOKEN_COMMA) {
        raise_at_token(p, p->position, "at least one argument must precede /");
        return;
    }
    bool has_slash = match_slash_part(p, of_lambda);
    if (has_slash) {
        skip_maybe_defaulted(p, of_lambda);
        if (!p->raised && peek(p) == TOKEN_SLASH) {
            raise_at_token(p, p->position, "/ may appear only once");
            return;
        }
    }
    parser_reset(p, start);
    match_slash_part(p, of_lambda);
    skip_maybe_defaulted(p, of_lambda);
    if (accept(p, TOKEN_STAR) && (accept(p, TOKEN_COMMA) || match_plain(p, of_lambda, &argument))) {
        skip_maybe_defaulted(p, of_lambda);
        if (!p->raised && peek(p) == TOKEN_SLASH) {
            raise_at_token(p, p->position, "/ must be ahead of *");
            return;
        }
    }
    parser_reset(p, start);
    if (skip_maybe_defaulted(p, of_lambda) > 0 && accept(p, TOKEN_SLASH) && peek(p) == TOKEN_STAR &&
        !p->raised) {
        raise_at_token(p, p->position, "expected comma between / and *");
    }
}

static void diagnose_double_star(Parser *p, bool of_lambda)
{
    Argument argument;
    p->position++;
    if (!parameter_name(p, of_lambda, false, &argument)) {
        return;
    }
    if (peek(p) == TOKEN_EQUAL) {
        raise_at_token(p, p->position, "var-keyword argument cannot have default value");
        return;
    }
    if (!accept(p, TOKEN_COMMA)) {
        return;
    }
    TokenKind kind = peek(p);
    int next = p->position;
    if (kind == TOKEN_STAR || kind == TOKEN_DOUBLE_STAR || kind == TOKEN_SLASH) {
        raise_at_token(p, next, "arguments cannot follow var-keyword argument");
    } else if (parameter_name(p, of_lambda, false, &argument)) {
        raise_range(p, argument.position, "arguments cannot follow var-keyword argument");
    }
}

static void diagnose_star(Parser *p, bool of_lambda)
{
    Argument argument;
    TokenKind closing = closing_of(of_lambda);
    int star = p->position++;
    Mark behind = parser_mark(p);
    bool bare = peek(p) == closing;
    if (accept(p, TOKEN_COMMA)) {
        bare = peek(p) == closing || peek(p) == TOKEN_DOUBLE_STAR;
    }
    if (bare) {
        if (of_lambda) {
            raise_last(p, "SyntaxError", "named arguments must follow bare *");
        } else {
            raise_at_token(p, star, "named arguments must follow bare *");
        }
        return;
    }
    parser_reset(p, behind);
    if (parameter_name(p, of_lambda, true, &argument) && peek(p) == TOKEN_EQUAL) {
        raise_at_token(p, p->position, "var-positional argument cannot have default value");
        return;
    }
    parser_reset(p, behind);
    if (!match_plain(p, of_lambda, &argument) && !accept(p, TOKEN_COMMA)) {
        return;
    }
    skip_maybe_defaulted(p, of_lambda);
    int second = p->position;
    if (!p->raised && accept(p, TOKEN_STAR) &&
        (match_plain(p, of_lambda, &argument) || accept(p, TOKEN_COMMA))) {
        raise_at_token(p, second, "* argument may appear only once");
        return;
    }
    parser_reset(p, behind);
    if (!accept(p, TOKEN_COMMA) && !match_plain(p, of_lambda, &argument)) {
        return;
    }
    skip_maybe_defaulted(p, of_lambda);
    if (!p->raised && peek(p) == TOKEN_DOUBLE_STAR) {
        diagnose_double_star(p, of_lambda);
    }
}

static void diagnose_parameters(Parser *p, bool of_lambda, Mark start)
{
    parser_reset(p, start);
    diagnose_order_of_defaults(p, of_lambda);
    if (!p->raised) {
        parser_reset(p, start);
        diagnose_parentheses(p, of_lambda);
    }
    if (!p->raised) {
        parser_reset(p, start);
        diagnose_slash(p, of_lambda, start);
    }
    if (!p->raised) {
        parser_reset(p, start);
        match_slash_part(p, of_lambda);
        skip_plain(p, of_lambda);
        while (match_defaulted(p, of_lambda)) {
        }
        if (peek(p) == TOKEN_STAR && !p->raised) {
            diagnose_star(p, of_lambda);
        } else if (peek(p) == TOKEN_DOUBLE_STAR && !p->raised) {
            diagnose_double_star(p, of_lambda);
        }
    }
}

// --- entry ---------------------------------------------------------------------------------------

Arguments *parse_parameters(Parser *p, bool of_lambda)
{
    Arguments *arguments = arena_allocate(p->arena, sizeof *arguments);
    if (arguments == NULL) {
        return raise_memory(p);
    }
    memset(arguments, 0, sizeof *arguments);
    if (peek(p) == closing_of(of_lambda)) {
        return arguments;
    }
    Mark start = parser_mark(p);
    ParameterReader reader = {
        .p = p, .arguments = arguments, .of_lambda = of_lambda, .mark = p->pending_size};
    if (read_parameters(&reader)) {
        return arguments;
    }
    if (p->diagnose && !p->raised) {
        diagnose_parameters(p, of_lambda, start);
    }
    return NULL;
}

Expr *parse_lambda(Parser *p)
{
    int start = p->position++;
    Arguments *arguments = parse_parameters(p, true);
    if (arguments == NULL || !accept(p, TOKEN_COLON)) {
        return NULL;
    }
    Expr *body = parse_expression(p);
    Expr *e = body == NULL ? NULL : expr_new(p, EXPR_LAMBDA, start);
    if (e != NULL) {
        e->lambda.args = arguments;
        e->lambda.body = body;
    }
    return e;
}
