// core/compiler/parser_calls.c: what follows an atom: attributes, calls, subscripts.
//
// Arguments come in three stretches: positional ones and `*a`; then also `name=value`; and behind
// the first `**b` only names and `**`. An argument that does not fit its stretch ends the list.
#include "core/compiler/parser_internal.h"

#include <string.h>

typedef struct CallItem {
    Expr *value;
    AstString name;
    bool is_keyword;
    Position position;
} CallItem;

// --- arguments -----------------------------------------------------------------------------------

static bool is_keyword_name(Parser *p)
{
    return peek(p) == TOKEN_NAME && peek_behind(p, 1) == TOKEN_EQUAL;
}

static void diagnose_keyword(Parser *p)
{
    Mark start = parser_mark(p);
    TokenKind kind = peek(p);
    ComprehensionList generators;
    if ((kind == TOKEN_TRUE || kind == TOKEN_FALSE || kind == TOKEN_NONE) &&
        peek_behind(p, 1) == TOKEN_EQUAL) {
        raise_range(
            p,
            range_between(token_position(p, start.position), token_position(p, start.position + 1)),
            "cannot assign to %s", token_kind_text(kind));
        return;
    }
    if (is_keyword_name(p)) {
        p->position += 2;
        if (parse_expression(p) != NULL && parse_for_if_clauses(p, &generators)) {
            raise_range(p,
                        range_between(token_position(p, start.position),
                                      token_position(p, start.position + 1)),
                        "invalid syntax. Maybe you meant '==' or ':=' instead of '='?");
        }
    } else {
        Expr *e = parse_expression(p);
        if (e != NULL && accept(p, TOKEN_EQUAL)) {
            raise_range(p, range_between(expr_position(e), token_position(p, p->position - 1)),
                        "expression cannot contain assignment, perhaps you meant \"==\"?");
        }
    }
    parser_reset(p, start);
}

// One argument of stretch *stage (0, 1, 2), which it may move on. False if none fits.
static bool call_item(Parser *p, int *stage, CallItem *item)
{
    int start = p->position;
    memset(item, 0, sizeof *item);
    TokenKind kind = peek(p);
    if (*stage == 0 && !is_keyword_name(p)) {
        if (kind == TOKEN_STAR) {
            item->value = parse_starred(p, parse_expression);
        } else if (kind != TOKEN_DOUBLE_STAR) {
            Mark before = parser_mark(p);
            item->value = parse_assignment_expression(p);
            if (item->value == NULL && !p->raised) {
                parser_reset(p, before);
                item->value = parse_expression(p);
                if (item->value != NULL && peek(p) == TOKEN_COLON_EQUAL) {
                    item->value = NULL;
                }
            }
            if (item->value != NULL && peek(p) == TOKEN_EQUAL) {
                item->value = NULL;
            }
        }
        if (item->value != NULL || p->raised) {
            return !p->raised;
        }
        p->position = start;
    }
    if (p->diagnose) {
        diagnose_keyword(p);
        if (p->raised) {
            return false;
        }
    }
    if (is_keyword_name(p)) {
        item->name = token_name(p, start);
        p->position += 2;
        *stage = MAX_OF(*stage, 1);
    } else if (kind == TOKEN_DOUBLE_STAR) {
        p->position++;
        *stage = 2;
    } else if (kind == TOKEN_STAR && *stage == 1) {
        item->value = parse_starred(p, parse_expression);
        return item->value != NULL;
    } else {
        return false;
    }
    item->is_keyword = true;
    item->value = parse_expression(p);
    if (item->value == NULL) {
        return false;
    }
    item->position = position_from(p, start);
    return true;
}

// Pushes the arguments; takes no last comma. False if there is none.
static bool call_items(Parser *p)
{
    int stage = 0;
    CallItem item;
    if (!call_item(p, &stage, &item)) {
        return false;
    }
    if (!pending_push(p, &item, sizeof item)) {
        return false;
    }
    while (peek(p) == TOKEN_COMMA) {
        Mark before = parser_mark(p);
        int stage_before = stage;
        p->position++;
        if (!call_item(p, &stage, &item)) {
            parser_reset(p, before);
            stage = stage_before;
            break;
        }
        if (!pending_push(p, &item, sizeof item)) {
            return false;
        }
    }
    return !p->raised;
}

static bool split_items(Parser *p, size_t mark, CallArguments *arguments)
{
    int count;
    CallItem *items = pending_take(p, mark, sizeof *items, &count);
    memset(arguments, 0, sizeof *arguments);
    int keyword_count = 0;
    for (int i = 0; i < count; i++) {
        keyword_count += items[i].is_keyword;
    }
    if (count > keyword_count) {
        arguments->args.items =
            arena_allocate(p->arena, (size_t)(count - keyword_count) * sizeof(Expr *));
    }
    if (keyword_count > 0) {
        arguments->keywords.items =
            arena_allocate(p->arena, (size_t)keyword_count * sizeof(Keyword));
    }
    if (p->raised || (count > keyword_count && arguments->args.items == NULL) ||
        (keyword_count > 0 && arguments->keywords.items == NULL)) {
        raise_memory(p);
        return false;
    }
    for (int i = 0; i < count; i++) {
        if (items[i].is_keyword) {
            arguments->keywords.items[arguments->keywords.count++] =
                (Keyword){items[i].name, items[i].value, items[i].position};
        } else {
            arguments->args.items[arguments->args.count++] = items[i].value;
        }
    }
    return true;
}

static Position last_of(const ComprehensionList *generators)
{
    const Comprehension *last = &generators->items[generators->count - 1];
    return expr_position(last->ifs.count == 0 ? last->iter : last->ifs.items[last->ifs.count - 1]);
}

static void diagnose_first_generator(Parser *p, Mark start)
{
    ComprehensionList generators;
    Expr *first = parse_expression(p);
    if (first != NULL && parse_for_if_clauses(p, &generators) && accept(p, TOKEN_COMMA)) {
        raise_range(p, range_between(expr_position(first), last_of(&generators)),
                    "Generator expression must be parenthesized");
    }
    parser_reset(p, start);
}

static void diagnose_after_arguments(Parser *p, CallArguments *arguments)
{
    ComprehensionList generators;
    if (peek(p) == TOKEN_FOR || peek(p) == TOKEN_ASYNC) {
        if (parse_for_if_clauses(p, &generators) && arguments->args.count > 1) {
            Expr *last = arguments->args.items[arguments->args.count - 1];
            raise_range(p, range_between(expr_position(last), last_of(&generators)),
                        "Generator expression must be parenthesized");
        }
        return;
    }
    if (!accept(p, TOKEN_COMMA)) {
        return;
    }
    Mark second = parser_mark(p);
    Expr *e = parse_expression(p);
    if (e != NULL && parse_for_if_clauses(p, &generators)) {
        raise_range(p,
                    range_between(expr_position(e),
                                  expr_position(generators.items[generators.count - 1].target)),
                    "Generator expression must be parenthesized");
    }
    if (p->raised) {
        return;
    }
    parser_reset(p, second);
    if (call_items(p)) {
        bool unpacking = false;
        for (int i = 0; i < arguments->keywords.count; i++) {
            unpacking |= arguments->keywords.items[i].name.bytes == NULL;
        }
        raise_last(p, "SyntaxError",
                   unpacking ? "positional argument follows keyword argument unpacking"
                             : "positional argument follows keyword argument");
    }
}

static void diagnose_arguments(Parser *p, Mark start)
{
    parser_reset(p, start);
    CallArguments arguments;
    bool any = call_items(p);
    if (p->raised) {
        return;
    }
    Mark behind = parser_mark(p);
    if (any) {
        Position whole = position_from(p, start.position);
        if (!split_items(p, start.pending, &arguments)) {
            return;
        }
        behind.pending = start.pending;
        if (peek(p) == TOKEN_COMMA && peek_behind(p, 1) == TOKEN_STAR) {
            raise_range(p, whole, "iterable argument unpacking follows keyword argument unpacking");
            return;
        }
    }
    parser_reset(p, start);
    diagnose_first_generator(p, start);
    if (!p->raised) {
        diagnose_keyword(p);
    }
    if (any && !p->raised) {
        parser_reset(p, behind);
        diagnose_after_arguments(p, &arguments);
    }
}

bool parse_arguments(Parser *p, CallArguments *arguments)
{
    Mark start = parser_mark(p);
    memset(arguments, 0, sizeof *arguments);
    if (accept(p, TOKEN_RIGHT_PAREN)) {
        return true;
    }
    if (call_items(p)) {
        accept(p, TOKEN_COMMA);
        if (accept(p, TOKEN_RIGHT_PAREN)) {
            return split_items(p, start.pending, arguments);
        }
    }
    if (p->diagnose && !p->raised) {
        diagnose_arguments(p, start);
    }
    return false;
}

// --- calls ---------------------------------------------------------------------------------------

// `(element for …)` as the only argument, at the `(`; NULL if it is something else.
static Expr *sole_generator(Parser *p)
{
    int start = p->position++;
    Mark inside = parser_mark(p);
    if (p->diagnose && peek(p) == TOKEN_STAR) {
        ComprehensionList generators;
        Expr *e = parse_starred(p, parse_expression);
        if (e != NULL && parse_for_if_clauses(p, &generators)) {
            raise_range(p, expr_position(e), "iterable unpacking cannot be used in comprehension");
        }
        return NULL;
    }
    Expr *element = parse_assignment_expression(p);
    if (element == NULL && !p->raised) {
        parser_reset(p, inside);
        element = parse_expression(p);
    }
    if (element == NULL || (peek(p) != TOKEN_FOR && peek(p) != TOKEN_ASYNC)) {
        return NULL;
    }
    return parse_generator(p, start, element);
}

// Whether the first argument is followed by `for`: found out by reading the arguments as usual and
// coming back here only if that stops at a `for`.
static bool call_suffix(Parser *p, CallArguments *arguments)
{
    Mark start = parser_mark(p);
    if (p->diagnose) {
        Expr *generator = sole_generator(p);
        if (p->raised) {
            return false;
        }
        if (generator == NULL) {
            parser_reset(p, start);
            p->position++;
            return parse_arguments(p, arguments);
        }
        memset(arguments, 0, sizeof *arguments);
        arguments->args.items = arena_allocate(p->arena, sizeof(Expr *));
        if (arguments->args.items == NULL) {
            raise_memory(p);
            return false;
        }
        arguments->args.items[0] = generator;
        arguments->args.count = 1;
        return true;
    }
    p->position++;
    Mark inside = parser_mark(p);
    if (accept(p, TOKEN_RIGHT_PAREN)) {
        memset(arguments, 0, sizeof *arguments);
        return true;
    }
    if (!call_items(p)) {
        return false;
    }
    if (peek(p) == TOKEN_FOR || peek(p) == TOKEN_ASYNC) {
        if (!split_items(p, inside.pending, arguments) || arguments->args.count != 1 ||
            arguments->keywords.count != 0) {
            return false;
        }
        arguments->args.items[0] = parse_generator(p, start.position, arguments->args.items[0]);
        return arguments->args.items[0] != NULL;
    }
    accept(p, TOKEN_COMMA);
    return accept(p, TOKEN_RIGHT_PAREN) && split_items(p, inside.pending, arguments);
}

static Expr *call(Parser *p, int start, Expr *func)
{
    CallArguments arguments;
    if (!parser_enter(p) || !call_suffix(p, &arguments)) {
        return NULL;
    }
    Expr *e = expr_new(p, EXPR_CALL, start);
    if (e != NULL) {
        e->call.func = func;
        e->call.args = arguments.args;
        e->call.keywords = arguments.keywords;
    }
    return e;
}

// --- subscripts ----------------------------------------------------------------------------------

static Expr *slice(Parser *p)
{
    int start = p->position;
    Mark before = parser_mark(p);
    Expr *lower = NULL;
    if (peek(p) != TOKEN_COLON) {
        if (peek(p) == TOKEN_NAME && peek_behind(p, 1) == TOKEN_COLON_EQUAL) {
            return parse_named_expression(p);
        }
        lower = parse_expression(p);
        if (p->raised) {
            return NULL;
        }
        if (lower == NULL || peek(p) != TOKEN_COLON) {
            if (p->diagnose) {
                parser_reset(p, before);
                return parse_named_expression(p);
            }
            return lower != NULL && peek(p) == TOKEN_COLON_EQUAL ? NULL : lower;
        }
    }
    p->position++;
    Expr *parts[2] = {NULL, NULL};
    for (int i = 0; i < 2; i++) {
        if (i == 1 && !accept(p, TOKEN_COLON)) {
            break;
        }
        before = parser_mark(p);
        parts[i] = parse_expression(p);
        if (parts[i] == NULL) {
            parser_reset(p, before);
        }
    }
    Expr *e = p->raised ? NULL : expr_new(p, EXPR_SLICE, start);
    if (e != NULL) {
        e->slice.lower = lower;
        e->slice.upper = parts[0];
        e->slice.step = parts[1];
    }
    return e;
}

static Expr *slice_or_starred(Parser *p)
{
    return peek(p) == TOKEN_STAR ? parse_starred(p, parse_expression) : slice(p);
}

static Expr *slices(Parser *p)
{
    int start = p->position;
    Expr *first = slice_or_starred(p);
    if (first == NULL || (peek(p) != TOKEN_COMMA && first->kind != EXPR_STARRED)) {
        return first;
    }
    return parse_rest_of_tuple(p, first, start, slice_or_starred);
}

static Expr *subscript(Parser *p, int start, Expr *value)
{
    p->position++;
    Expr *index = parser_enter(p) ? slices(p) : NULL;
    if (index == NULL || !accept(p, TOKEN_RIGHT_BRACKET)) {
        return NULL;
    }
    Expr *e = expr_new(p, EXPR_SUBSCRIPT, start);
    if (e != NULL) {
        e->subscript.value = value;
        e->subscript.slice = index;
    }
    return e;
}

static Expr *attribute(Parser *p, int start, Expr *value)
{
    p->position++;
    if (!accept(p, TOKEN_NAME)) {
        return NULL;
    }
    Expr *e = expr_new(p, EXPR_ATTRIBUTE, start);
    if (e != NULL) {
        e->attribute.value = value;
        e->attribute.attr = token_name(p, p->position - 1);
    }
    return e;
}

static Expr *plain_primary(Parser *p)
{
    int start = p->position;
    Expr *e = parse_atom(p);
    while (e != NULL) {
        Mark before = parser_mark(p);
        TokenKind kind = peek(p);
        if (UNLIKELY(p->diagnose) && (kind == TOKEN_LEFT_BRACKET || kind == TOKEN_LEFT_BRACE)) {
            p->position++;
            diagnose_comprehension(p, parser_mark(p), kind);
            parser_reset(p, before);
        }
        Expr *longer = kind == TOKEN_DOT            ? attribute(p, start, e)
                       : kind == TOKEN_LEFT_PAREN   ? call(p, start, e)
                       : kind == TOKEN_LEFT_BRACKET ? subscript(p, start, e)
                                                    : NULL;
        if (longer == NULL) {
            parser_reset(p, before);
            return p->raised ? NULL : e;
        }
        e = longer;
    }
    return NULL;
}

// The second pass comes by the same brackets on many ways.
static Expr *remembered_primary(Parser *p)
{
    int start = p->position;
    if (!parser_ensure_memo(p, start)) {
        return NULL;
    }
    if (p->memo[start].primary_end != 0) {
        p->position = MAX_OF(p->memo[start].primary_end, start);
        return p->memo[start].primary;
    }
    Expr *e = plain_primary(p);
    if (!p->raised) {
        p->memo[start].primary = e;
        p->memo[start].primary_end = e == NULL ? -1 : p->position;
    }
    return e;
}

Expr *parse_primary(Parser *p)
{
    return UNLIKELY(p->second_pass) ? remembered_primary(p) : plain_primary(p);
}
