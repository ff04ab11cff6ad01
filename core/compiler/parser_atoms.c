// core/compiler/parser_atoms.c: names, literals, and what stands in brackets of its own.
//
// The first element of a bracket is read before it is known what the bracket is: a comma makes `(`
// a tuple, `for` a generator, `:` makes `{` a dict.
#include "core/compiler/parser_internal.h"

#include <string.h>

static Expr *constant(Parser *p, ConstantKind kind)
{
    int start = p->position++;
    Expr *e = expr_new(p, EXPR_CONSTANT, start);
    if (e != NULL) {
        e->constant = (Constant){.kind = kind};
    }
    return e;
}

// `a, *b, c := d,` behind the first element, whose comma is the next token. Pushes.
static bool more_elements(Parser *p)
{
    while (accept(p, TOKEN_COMMA)) {
        Mark before = parser_mark(p);
        Expr *e = parse_star_named_expression(p);
        if (e == NULL) {
            parser_reset(p, before);
            break;
        }
        if (!push_expr(p, e)) {
            return false;
        }
    }
    return !p->raised;
}

bool parse_star_named_list(Parser *p)
{
    Expr *first = parse_star_named_expression(p);
    return first != NULL && push_expr(p, first) && more_elements(p);
}

static Expr *finish_elements(Parser *p, ExprKind kind, int start, size_t mark, TokenKind closing)
{
    if (!accept(p, closing)) {
        return NULL;
    }
    Expr *e = expr_new(p, kind, start);
    if (e != NULL) {
        e->elements = take_exprs(p, mark);
    }
    return e;
}

// --- comprehensions ------------------------------------------------------------------------------

static bool at_for(Parser *p)
{
    TokenKind kind = peek(p);
    return kind == TOKEN_FOR || (kind == TOKEN_ASYNC && peek_behind(p, 1) == TOKEN_FOR);
}

static bool for_if_clause(Parser *p, Comprehension *clause)
{
    int start = p->position;
    clause->is_async = accept(p, TOKEN_ASYNC);
    if (!accept(p, TOKEN_FOR)) {
        return false;
    }
    clause->target = parse_star_targets(p);
    if (clause->target == NULL || !accept(p, TOKEN_IN)) {
        if (p->diagnose && !p->raised) {
            diagnose_for_target(p, start);
        }
        return false;
    }
    clause->iter = parse_disjunction(p);
    if (clause->iter == NULL) {
        return false;
    }
    size_t mark = p->pending_size;
    while (peek(p) == TOKEN_IF) {
        Mark before = parser_mark(p);
        p->position++;
        Expr *test = parse_disjunction(p);
        if (test == NULL) {
            parser_reset(p, before);
            break;
        }
        if (!push_expr(p, test)) {
            return false;
        }
    }
    clause->ifs = take_exprs(p, mark);
    return !p->raised;
}

bool parse_for_if_clauses(Parser *p, ComprehensionList *list)
{
    size_t mark = p->pending_size;
    while (at_for(p)) {
        Mark before = parser_mark(p);
        Comprehension clause;
        memset(&clause, 0, sizeof clause);
        if (!for_if_clause(p, &clause)) {
            parser_reset(p, before);
            break;
        }
        if (!pending_push(p, &clause, sizeof clause)) {
            return false;
        }
    }
    list->items = pending_take(p, mark, sizeof(Comprehension), &list->count);
    return list->count > 0;
}

// `for …` up to the closing bracket, behind the element.
static Expr *comprehension(Parser *p, ExprKind kind, int start, Expr *key, Expr *element,
                           TokenKind closing)
{
    ComprehensionList generators;
    if (element->kind == EXPR_STARRED || !parse_for_if_clauses(p, &generators) ||
        !accept(p, closing)) {
        return NULL;
    }
    Expr *e = expr_new(p, kind, start);
    if (e != NULL) {
        e->comp.element = element;
        e->comp.key = key;
        e->comp.generators = generators;
    }
    return e;
}

Expr *parse_generator(Parser *p, int start, Expr *element)
{
    return comprehension(p, EXPR_GENERATOR_EXP, start, NULL, element, TOKEN_RIGHT_PAREN);
}

// `[*a for …]`, `[a, b for …]`: behind an opening bracket.
void diagnose_comprehension(Parser *p, Mark inside, TokenKind opening)
{
    if (p->raised) {
        return;
    }
    ComprehensionList generators;
    parser_reset(p, inside);
    if (peek(p) == TOKEN_STAR) {
        Expr *e = parse_starred(p, parse_expression);
        if (e != NULL && parse_for_if_clauses(p, &generators)) {
            raise_range(p, expr_position(e), "iterable unpacking cannot be used in comprehension");
        }
    }
    if (opening == TOKEN_LEFT_PAREN || p->raised) {
        return;
    }
    parser_reset(p, inside);
    Expr *first = parse_star_named_expression(p);
    if (first == NULL || !accept(p, TOKEN_COMMA)) {
        return;
    }
    int comma = p->position - 1;
    size_t mark = p->pending_size;
    Position last = token_position(p, comma);
    if (parse_star_named_list(p)) {
        int count;
        Expr **items = pending_take(p, mark, sizeof(Expr *), &count);
        if (items != NULL) {
            last = expr_position(items[count - 1]);
        }
    } else {
        p->position = comma + 1;
        p->pending_size = mark;
    }
    if (!p->raised && at_for(p) && parse_for_if_clauses(p, &generators)) {
        raise_range(p, range_between(expr_position(first), last),
                    "did you forget parentheses around the comprehension target?");
    }
}

// --- parentheses and brackets --------------------------------------------------------------------

static void diagnose_group(Parser *p, Mark inside)
{
    if (p->raised) {
        return;
    }
    parser_reset(p, inside);
    if (peek(p) == TOKEN_STAR) {
        Expr *e = parse_starred(p, parse_expression);
        if (e != NULL && accept(p, TOKEN_RIGHT_PAREN)) {
            raise_range(p, expr_position(e), "cannot use starred expression here");
        }
    } else if (peek(p) == TOKEN_DOUBLE_STAR) {
        int stars = p->position++;
        if (parse_expression(p) != NULL && accept(p, TOKEN_RIGHT_PAREN)) {
            raise_at_token(p, stars, "cannot use double starred expression here");
        }
    }
}

static Expr *parenthesised_content(Parser *p, int start)
{
    if (accept(p, TOKEN_RIGHT_PAREN)) {
        Expr *empty = expr_new(p, EXPR_TUPLE, start);
        if (empty != NULL) {
            empty->elements = (ExprList){NULL, 0};
        }
        return empty;
    }
    if (peek(p) == TOKEN_YIELD) {
        Expr *e = parse_yield(p);
        return e != NULL && accept(p, TOKEN_RIGHT_PAREN) ? e : NULL;
    }
    Expr *first = parse_star_named_expression(p);
    if (first == NULL) {
        return NULL;
    }
    if (accept(p, TOKEN_RIGHT_PAREN)) {
        return first->kind == EXPR_STARRED ? NULL : first;
    }
    if (at_for(p)) {
        return parse_generator(p, start, first);
    }
    size_t mark = p->pending_size;
    if (peek(p) != TOKEN_COMMA || !push_expr(p, first) || !more_elements(p)) {
        return NULL;
    }
    return finish_elements(p, EXPR_TUPLE, start, mark, TOKEN_RIGHT_PAREN);
}

static Expr *parenthesised(Parser *p)
{
    int start = p->position++;
    Mark inside = parser_mark(p);
    Expr *e = parenthesised_content(p, start);
    if (e == NULL && p->diagnose) {
        diagnose_group(p, inside);
        diagnose_comprehension(p, inside, TOKEN_LEFT_PAREN);
    }
    return p->raised ? NULL : e;
}

static Expr *bracketed_content(Parser *p, int start)
{
    size_t mark = p->pending_size;
    if (peek(p) == TOKEN_RIGHT_BRACKET) {
        return finish_elements(p, EXPR_LIST, start, mark, TOKEN_RIGHT_BRACKET);
    }
    Expr *first = parse_star_named_expression(p);
    if (first == NULL) {
        return NULL;
    }
    if (at_for(p)) {
        return comprehension(p, EXPR_LIST_COMP, start, NULL, first, TOKEN_RIGHT_BRACKET);
    }
    if (!push_expr(p, first) || !more_elements(p)) {
        return NULL;
    }
    return finish_elements(p, EXPR_LIST, start, mark, TOKEN_RIGHT_BRACKET);
}

static Expr *bracketed(Parser *p)
{
    int start = p->position++;
    Mark inside = parser_mark(p);
    Expr *e = bracketed_content(p, start);
    if (e == NULL && p->diagnose) {
        diagnose_comprehension(p, inside, TOKEN_LEFT_BRACKET);
    }
    return p->raised ? NULL : e;
}

// --- braces --------------------------------------------------------------------------------------

typedef struct DictItem {
    Expr *key; // NULL: `**value`
    Expr *value;
} DictItem;

// How far the last item got that was begun: what diagnose_dict() needs, without reading it again.
typedef struct DictProgress {
    Expr *key;
    int colon; // its token, or 0
    bool is_first;
} DictProgress;

static bool dict_item(Parser *p, DictItem *item, DictProgress *progress)
{
    item->key = progress->key = NULL;
    progress->colon = 0;
    if (accept(p, TOKEN_DOUBLE_STAR)) {
        item->value = parse_bitwise_or(p);
        return item->value != NULL;
    }
    item->key = progress->key = parse_expression(p);
    if (item->key == NULL || !accept(p, TOKEN_COLON)) {
        return false;
    }
    progress->colon = p->position - 1;
    item->value = parse_expression(p);
    return item->value != NULL;
}

static Expr *finish_dict(Parser *p, int start, size_t mark)
{
    int count;
    DictItem *items = pending_take(p, mark, sizeof *items, &count);
    Expr *e = expr_new(p, EXPR_DICT, start);
    if (e == NULL || p->raised) {
        return NULL;
    }
    e->dict.keys = e->dict.values = (ExprList){NULL, 0};
    if (count == 0) {
        return e;
    }
    Expr **keys = arena_allocate(p->arena, (size_t)count * sizeof *keys);
    Expr **values = arena_allocate(p->arena, (size_t)count * sizeof *values);
    if (keys == NULL || values == NULL) {
        return raise_memory(p);
    }
    for (int i = 0; i < count; i++) {
        keys[i] = items[i].key;
        values[i] = items[i].value;
    }
    e->dict.keys = (ExprList){keys, count};
    e->dict.values = (ExprList){values, count};
    return e;
}

// An item that stopped at a mistake.
// Unlike all else, CPython looks for these in the first pass too.
static void diagnose_dict(Parser *p, const DictProgress *progress)
{
    const Expr *key = progress->key;
    if (p->raised || key == NULL) {
        return;
    }
    if (progress->colon == 0) {
        if (!progress->is_first) {
            Position at = {key->end_line, key->end_column - 1, key->end_line, -1};
            raise_range(p, at, "':' expected after dictionary key");
        }
        return;
    }
    p->position = progress->colon + 1;
    if (peek(p) == TOKEN_STAR) {
        int star = p->position++;
        if (parse_bitwise_or(p) != NULL) {
            Position at = token_position(p, star);
            at.end_line = p->lexer.line;
            at.end_column = (int)(p->lexer.cursor - p->lexer.line_start) - 1;
            raise_range(p, at, "cannot use a starred expression in a dictionary value");
        }
    } else if (peek(p) == TOKEN_RIGHT_BRACE || peek(p) == TOKEN_COMMA) {
        raise_at_token(p, progress->colon, "expression expected after dictionary key and ':'");
    }
}

// Items from the second on, the comma being next; pushes.
static bool more_dict_items(Parser *p, DictProgress *progress)
{
    progress->key = NULL;
    progress->is_first = false;
    while (accept(p, TOKEN_COMMA)) {
        Mark before = parser_mark(p);
        DictItem item;
        if (!dict_item(p, &item, progress)) {
            parser_reset(p, before);
            break;
        }
        progress->key = NULL;
        if (!pending_push(p, &item, sizeof item)) {
            return false;
        }
    }
    return !p->raised;
}

static Expr *dict_content(Parser *p, int start, DictItem first, DictProgress *progress)
{
    size_t mark = p->pending_size;
    progress->key = NULL;
    if (first.key != NULL && at_for(p)) {
        return comprehension(p, EXPR_DICT_COMP, start, first.key, first.value, TOKEN_RIGHT_BRACE);
    }
    if (!pending_push(p, &first, sizeof first) || !more_dict_items(p, progress)) {
        return NULL;
    }
    if (!accept(p, TOKEN_RIGHT_BRACE)) {
        diagnose_dict(p, progress);
        return NULL;
    }
    return finish_dict(p, start, mark);
}

// The second pass reads a dict's item first, so that a `:` is seen before an `=` is.
static Expr *dict_first(Parser *p, int start)
{
    DictItem item = {NULL, NULL};
    DictProgress progress = {.is_first = true};
    if (dict_item(p, &item, &progress)) {
        return dict_content(p, start, item, &progress);
    }
    diagnose_dict(p, &progress);
    return NULL;
}

static Expr *braced_content(Parser *p, int start)
{
    size_t mark = p->pending_size;
    if (accept(p, TOKEN_RIGHT_BRACE)) {
        return finish_dict(p, start, mark);
    }
    if (peek(p) == TOKEN_DOUBLE_STAR) {
        return dict_first(p, start);
    }
    if (p->diagnose && peek(p) != TOKEN_STAR) {
        Mark inside = parser_mark(p);
        Expr *dict = dict_first(p, start);
        if (dict != NULL || p->raised) {
            return dict;
        }
        parser_reset(p, inside);
    }
    Expr *first = parse_star_named_expression(p);
    if (first == NULL) {
        return NULL;
    }
    bool bare_walrus = first->kind == EXPR_NAMED_EXPR && p->tokens[start + 1].kind == TOKEN_NAME;
    if (first->kind != EXPR_STARRED && !bare_walrus && accept(p, TOKEN_COLON)) {
        DictProgress progress = {first, p->position - 1, true};
        DictItem item = {first, parse_expression(p)};
        if (item.value != NULL) {
            return dict_content(p, start, item, &progress);
        }
        diagnose_dict(p, &progress);
        return NULL;
    }
    if (at_for(p)) {
        return comprehension(p, EXPR_SET_COMP, start, NULL, first, TOKEN_RIGHT_BRACE);
    }
    if (!push_expr(p, first) || !more_elements(p)) {
        return NULL;
    }
    return finish_elements(p, EXPR_SET, start, mark, TOKEN_RIGHT_BRACE);
}

// `{**a for …}`, and what is wrong in any bracket.
static void diagnose_braces(Parser *p, Mark inside)
{
    parser_reset(p, inside);
    if (accept(p, TOKEN_DOUBLE_STAR)) {
        int stars = p->position - 1;
        ComprehensionList generators;
        if (parse_bitwise_or(p) != NULL && at_for(p) && parse_for_if_clauses(p, &generators) &&
            accept(p, TOKEN_RIGHT_BRACE)) {
            raise_at_token(p, stars, "dict unpacking cannot be used in dict comprehension");
        }
    }
    if (!p->raised) {
        diagnose_comprehension(p, inside, TOKEN_LEFT_BRACE);
    }
}

static Expr *braced(Parser *p)
{
    int start = p->position++;
    Mark inside = parser_mark(p);
    Expr *e = braced_content(p, start);
    if (e == NULL && p->diagnose && !p->raised) {
        diagnose_braces(p, inside);
    }
    return p->raised ? NULL : e;
}

// --- atoms ---------------------------------------------------------------------------------------

static Expr *name_node(Parser *p)
{
    int start = p->position++;
    Expr *e = expr_new(p, EXPR_NAME, start);
    if (e != NULL) {
        e->name = token_name(p, start);
    }
    return e;
}

Expr *parse_atom(Parser *p)
{
    switch (peek(p)) {
    case TOKEN_NAME:
        return name_node(p);
    case TOKEN_NUMBER:
        return parse_number(p);
    case TOKEN_STRING:
        return parse_strings(p);
    case TOKEN_TRUE:
        return constant(p, CONSTANT_TRUE);
    case TOKEN_FALSE:
        return constant(p, CONSTANT_FALSE);
    case TOKEN_NONE:
        return constant(p, CONSTANT_NONE);
    case TOKEN_ELLIPSIS:
        return constant(p, CONSTANT_ELLIPSIS);
    case TOKEN_LEFT_PAREN:
        return parser_enter(p) ? parenthesised(p) : NULL;
    case TOKEN_LEFT_BRACKET:
        return parser_enter(p) ? bracketed(p) : NULL;
    case TOKEN_LEFT_BRACE:
        return parser_enter(p) ? braced(p) : NULL;
    default:
        return NULL;
    }
}
