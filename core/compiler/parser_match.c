// core/compiler/parser_match.c: the match statement and its patterns.
//
// `match`, `case` and `_` are names anywhere else. So a match statement is tried first,
// and where it fails before a block begins, the line is read again as an expression.
#include "core/compiler/parser_internal.h"

#include <string.h>

static Pattern *pattern(Parser *p);
static Pattern *maybe_star_pattern(Parser *p);

static Pattern *pattern_new(Parser *p, PatternKind kind, int start)
{
    Pattern *made = p->raised ? NULL : arena_allocate(p->arena, sizeof *made);
    if (made == NULL) {
        return p->raised ? NULL : raise_memory(p);
    }
    memset(made, 0, sizeof *made);
    Position at = position_from(p, start);
    made->kind = kind;
    made->line = at.line;
    made->column = at.column;
    made->end_line = at.end_line;
    made->end_column = at.end_column;
    return made;
}

static bool push_pattern(Parser *p, Pattern *one)
{
    return one != NULL && pending_push(p, &one, sizeof one);
}

static PatternList take_patterns(Parser *p, size_t mark)
{
    PatternList list;
    list.items = pending_take(p, mark, sizeof(Pattern *), &list.count);
    return list;
}

static bool at_wildcard(Parser *p)
{
    return peek(p) == TOKEN_NAME && token_is(p, p->position, "_");
}

// A name that the pattern binds: not part of a dotted name, a class or a keyword.
static bool capture_target(Parser *p, AstString *name)
{
    if (peek(p) != TOKEN_NAME || at_wildcard(p)) {
        return false;
    }
    TokenKind behind = peek_behind(p, 1);
    if (behind == TOKEN_DOT || behind == TOKEN_LEFT_PAREN || behind == TOKEN_EQUAL) {
        return false;
    }
    *name = token_name(p, p->position++);
    return true;
}

// --- literals ------------------------------------------------------------------------------------

static Expr *signed_number(Parser *p)
{
    int start = p->position;
    bool negative = accept(p, TOKEN_MINUS);
    Expr *number = peek(p) == TOKEN_NUMBER ? parse_number(p) : NULL;
    if (number == NULL || !negative) {
        return number;
    }
    Expr *e = expr_new(p, EXPR_UNARY_OP, start);
    if (e != NULL) {
        e->unary_op.op = UNARY_SUB;
        e->unary_op.operand = number;
    }
    return e;
}

static bool is_imaginary(const Expr *e)
{
    e = e->kind == EXPR_UNARY_OP ? e->unary_op.operand : e;
    return e->constant.kind == CONSTANT_IMAGINARY;
}

// 1, -1, 1 + 2j
static Expr *number_or_complex(Parser *p)
{
    int start = p->position;
    Expr *left = signed_number(p);
    if (left == NULL || (peek(p) != TOKEN_PLUS && peek(p) != TOKEN_MINUS)) {
        return left;
    }
    BinaryOperator op = peek(p) == TOKEN_PLUS ? BINARY_ADD : BINARY_SUB;
    p->position++;
    Expr *right = peek(p) == TOKEN_NUMBER ? parse_number(p) : NULL;
    if (right == NULL) {
        return NULL;
    }
    if (is_imaginary(left)) {
        return raise_range(p, expr_position(left), "real number required in complex literal");
    }
    if (!is_imaginary(right)) {
        return raise_range(p, expr_position(right), "imaginary number required in complex literal");
    }
    Expr *e = expr_new(p, EXPR_BIN_OP, start);
    if (e != NULL) {
        e->bin_op.left = left;
        e->bin_op.op = op;
        e->bin_op.right = right;
    }
    return e;
}

static bool at_singleton(Parser *p)
{
    TokenKind kind = peek(p);
    return kind == TOKEN_NONE || kind == TOKEN_TRUE || kind == TOKEN_FALSE;
}

static Expr *literal(Parser *p)
{
    switch (peek(p)) {
    case TOKEN_MINUS:
    case TOKEN_NUMBER:
        return number_or_complex(p);
    case TOKEN_STRING:
    case TOKEN_NONE:
    case TOKEN_TRUE:
    case TOKEN_FALSE:
        return parse_atom(p);
    default:
        return NULL;
    }
}

// a.b.c, or a name alone.
static Expr *dotted_name(Parser *p)
{
    int start = p->position;
    Expr *e = peek(p) == TOKEN_NAME ? parse_atom(p) : NULL;
    while (e != NULL && accept(p, TOKEN_DOT)) {
        if (!accept(p, TOKEN_NAME)) {
            return NULL;
        }
        int index = p->position - 1;
        Expr *outer = expr_new(p, EXPR_ATTRIBUTE, start);
        if (outer != NULL) {
            outer->attribute.value = e;
            outer->attribute.attr = token_name(p, index);
        }
        e = outer;
    }
    return e;
}

// --- sequences and mappings ----------------------------------------------------------------------

static Pattern *star_pattern(Parser *p)
{
    int start = p->position++;
    AstString name = {0};
    if (at_wildcard(p)) {
        p->position++;
    } else if (!capture_target(p, &name)) {
        return NULL;
    }
    Pattern *made = pattern_new(p, PATTERN_STAR, start);
    if (made != NULL) {
        made->as.name = name;
    }
    return made;
}

static Pattern *maybe_star_pattern(Parser *p)
{
    return peek(p) == TOKEN_STAR ? star_pattern(p) : pattern(p);
}

// Pushes what stands between the brackets and takes the closing one. *comma: there was a comma.
static bool bracketed_patterns(Parser *p, TokenKind closing, bool *comma)
{
    *comma = false;
    while (!accept(p, closing)) {
        if (!push_pattern(p, maybe_star_pattern(p))) {
            return false;
        }
        if (accept(p, TOKEN_COMMA)) {
            *comma = true;
        } else if (peek(p) != closing) {
            return false;
        }
    }
    return true;
}

static Pattern *sequence_or_group(Parser *p)
{
    int start = p->position;
    size_t mark = p->pending_size;
    TokenKind closing = peek(p) == TOKEN_LEFT_PAREN ? TOKEN_RIGHT_PAREN : TOKEN_RIGHT_BRACKET;
    bool comma;
    p->position++;
    if (!bracketed_patterns(p, closing, &comma)) {
        return NULL;
    }
    PatternList items = take_patterns(p, mark);
    if (closing == TOKEN_RIGHT_PAREN && items.count == 1 && !comma) {
        return items.items[0]->kind == PATTERN_STAR ? NULL : items.items[0];
    }
    Pattern *made = pattern_new(p, PATTERN_SEQUENCE, start);
    if (made != NULL) {
        made->patterns = items;
    }
    return made;
}

static Expr *mapping_key(Parser *p)
{
    Expr *key = literal(p);
    if (key == NULL && !p->raised) {
        key = dotted_name(p);
        key = key != NULL && key->kind == EXPR_ATTRIBUTE ? key : NULL;
    }
    return key;
}

static Pattern *mapping_pattern(Parser *p)
{
    typedef struct Item {
        Expr *key;
        Pattern *pattern;
    } Item;
    int start = p->position++;
    size_t mark = p->pending_size;
    AstString rest = {0};
    while (!accept(p, TOKEN_RIGHT_BRACE)) {
        if (rest.bytes != NULL) {
            return NULL; // **rest comes last
        }
        if (accept(p, TOKEN_DOUBLE_STAR)) {
            if (!capture_target(p, &rest)) {
                return NULL;
            }
        } else {
            Item item = {.key = mapping_key(p)};
            item.pattern = item.key != NULL && accept(p, TOKEN_COLON) ? pattern(p) : NULL;
            if (item.pattern == NULL || !pending_push(p, &item, sizeof item)) {
                return NULL;
            }
        }
        if (!accept(p, TOKEN_COMMA) && peek(p) != TOKEN_RIGHT_BRACE) {
            return NULL;
        }
    }
    int count;
    Item *items = pending_take(p, mark, sizeof(Item), &count);
    for (int i = 0; i < count; i++) {
        push_expr(p, items[i].key);
    }
    ExprList keys = take_exprs(p, mark);
    for (int i = 0; i < count; i++) {
        push_pattern(p, items[i].pattern);
    }
    PatternList patterns = take_patterns(p, mark);
    Pattern *made = pattern_new(p, PATTERN_MAPPING, start);
    if (made != NULL) {
        made->mapping.keys = keys;
        made->mapping.patterns = patterns;
        made->mapping.rest = rest;
    }
    return made;
}

// --- classes -------------------------------------------------------------------------------------

// At the parenthesis behind a class.
static Pattern *class_pattern(Parser *p, int start, Expr *cls)
{
    typedef struct Item {
        AstString name;
        Pattern *pattern;
    } Item;
    size_t mark = p->pending_size;
    Pattern *late = NULL; // a positional pattern behind a keyword
    Position first_late = {0};
    int positional = 0;
    p->position++;
    while (!accept(p, TOKEN_RIGHT_PAREN)) {
        Item item = {0};
        int at = p->position;
        if (peek(p) == TOKEN_NAME && peek_behind(p, 1) == TOKEN_EQUAL) {
            item.name = token_name(p, p->position);
            p->position += 2;
        }
        item.pattern = pattern(p);
        if (item.pattern == NULL && late != NULL) {
            break;
        }
        if (item.pattern == NULL || !pending_push(p, &item, sizeof item)) {
            return NULL;
        }
        size_t pushed = (p->pending_size - mark) / sizeof item;
        if (item.name.bytes == NULL && (size_t)positional < pushed - 1) {
            first_late = late == NULL ? position_from(p, at) : first_late;
            late = item.pattern;
        }
        positional += item.name.bytes == NULL;
        if (!accept(p, TOKEN_COMMA) && peek(p) != TOKEN_RIGHT_PAREN) {
            return NULL;
        }
    }
    if (late != NULL) {
        Position last = {late->line, late->column, late->end_line, late->end_column};
        return p->diagnose ? raise_range(p, range_between(first_late, last),
                                         "positional patterns follow keyword patterns")
                           : NULL;
    }
    int count;
    Item *items = pending_take(p, mark, sizeof(Item), &count);
    for (int i = 0; i < positional; i++) {
        push_pattern(p, items[i].pattern);
    }
    PatternList patterns = take_patterns(p, mark);
    for (int i = positional; i < count; i++) {
        push_pattern(p, items[i].pattern);
    }
    PatternList keyword_patterns = take_patterns(p, mark);
    for (int i = positional; i < count; i++) {
        pending_push(p, &items[i].name, sizeof items[i].name);
    }
    NameList names;
    names.items = pending_take(p, mark, sizeof(AstString), &names.count);
    Pattern *made = pattern_new(p, PATTERN_CLASS, start);
    if (made != NULL) {
        made->cls.cls = cls;
        made->cls.patterns = patterns;
        made->cls.attributes = names;
        made->cls.attribute_patterns = keyword_patterns;
    }
    return made;
}

// --- any pattern ---------------------------------------------------------------------------------

// A capture, `_`, a dotted name, or a class with parentheses.
static Pattern *name_pattern(Parser *p)
{
    int start = p->position;
    AstString name = {0};
    TokenKind behind = peek_behind(p, 1);
    if (behind != TOKEN_DOT && behind != TOKEN_LEFT_PAREN) {
        if (at_wildcard(p)) {
            p->position++;
        } else if (!capture_target(p, &name)) {
            return NULL;
        }
        Pattern *made = pattern_new(p, PATTERN_AS, start);
        if (made != NULL) {
            made->as.name = name;
        }
        return made;
    }
    Expr *e = dotted_name(p);
    if (e == NULL) {
        return NULL;
    }
    if (peek(p) == TOKEN_LEFT_PAREN) {
        return class_pattern(p, start, e);
    }
    Pattern *made = pattern_new(p, PATTERN_VALUE, start);
    if (made != NULL) {
        made->value = e;
    }
    return made;
}

static Pattern *closed_pattern(Parser *p)
{
    if (!parser_enter(p)) {
        return NULL;
    }
    switch (peek(p)) {
    case TOKEN_NAME:
        return name_pattern(p);
    case TOKEN_LEFT_PAREN:
    case TOKEN_LEFT_BRACKET:
        return sequence_or_group(p);
    case TOKEN_LEFT_BRACE:
        return mapping_pattern(p);
    default:
        break;
    }
    int start = p->position;
    bool singleton = at_singleton(p);
    Expr *e = literal(p);
    Pattern *made =
        e == NULL ? NULL : pattern_new(p, singleton ? PATTERN_SINGLETON : PATTERN_VALUE, start);
    if (made != NULL) {
        made->value = e;
    }
    return made;
}

static Pattern *or_pattern(Parser *p)
{
    int start = p->position;
    size_t mark = p->pending_size;
    Pattern *first = closed_pattern(p);
    if (first == NULL || peek(p) != TOKEN_VERTICAL_BAR) {
        return first;
    }
    push_pattern(p, first);
    while (accept(p, TOKEN_VERTICAL_BAR)) {
        if (!push_pattern(p, closed_pattern(p))) {
            return NULL;
        }
    }
    PatternList alternatives = take_patterns(p, mark);
    Pattern *made = pattern_new(p, PATTERN_OR, start);
    if (made != NULL) {
        made->patterns = alternatives;
    }
    return made;
}

static Pattern *diagnose_as_target(Parser *p)
{
    if (!p->diagnose || p->raised) {
        return NULL;
    }
    if (at_wildcard(p)) {
        return raise_at_token(p, p->position, "cannot use '_' as a target");
    }
    if (peek(p) != TOKEN_NAME) {
        Expr *e = parse_expression(p);
        if (e != NULL && !p->raised) {
            return raise_range(p, expr_position(e), "invalid pattern target");
        }
    }
    return NULL;
}

static Pattern *pattern(Parser *p)
{
    int start = p->position;
    Pattern *inner = or_pattern(p);
    if (inner == NULL || !accept(p, TOKEN_AS)) {
        return inner;
    }
    AstString name;
    if (!capture_target(p, &name)) {
        return diagnose_as_target(p);
    }
    Pattern *made = pattern_new(p, PATTERN_AS, start);
    if (made != NULL) {
        made->as.pattern = inner;
        made->as.name = name;
    }
    return made;
}

// Behind `case`: a pattern, or several without brackets.
static Pattern *open_pattern(Parser *p)
{
    int start = p->position;
    size_t mark = p->pending_size;
    Pattern *first = maybe_star_pattern(p);
    if (first == NULL || peek(p) != TOKEN_COMMA) {
        return first != NULL && first->kind == PATTERN_STAR ? NULL : first;
    }
    push_pattern(p, first);
    while (accept(p, TOKEN_COMMA)) {
        if (peek(p) == TOKEN_COLON || peek(p) == TOKEN_IF) {
            break;
        }
        if (!push_pattern(p, maybe_star_pattern(p))) {
            return NULL;
        }
    }
    PatternList items = take_patterns(p, mark);
    Pattern *made = pattern_new(p, PATTERN_SEQUENCE, start);
    if (made != NULL) {
        made->patterns = items;
    }
    return made;
}

// --- the statement -------------------------------------------------------------------------------

static bool at_case(Parser *p) { return peek(p) == TOKEN_NAME && token_is(p, p->position, "case"); }

static bool case_block(Parser *p)
{
    int start = p->position++;
    MatchCase one = {.pattern = open_pattern(p)};
    if (one.pattern == NULL) {
        return false;
    }
    if (accept(p, TOKEN_IF)) {
        one.guard = parse_named_expression(p);
        if (one.guard == NULL) {
            return false;
        }
    }
    return parse_colon(p) && parse_block(p, "'case' statement", p->tokens[start].line, &one.body) &&
           pending_push(p, &one, sizeof one);
}

static Expr *subject(Parser *p)
{
    int start = p->position;
    size_t mark = p->pending_size;
    if (peek(p) != TOKEN_STAR) {
        Expr *e = parse_named_expression(p);
        if (e == NULL || peek(p) != TOKEN_COMMA) {
            return e;
        }
        p->position = start;
        p->pending_size = mark;
    }
    if (!parse_star_named_list(p)) {
        return NULL;
    }
    if (taken(p)->kind != TOKEN_COMMA && (p->pending_size - mark) / sizeof(Expr *) < 2) {
        return NULL; // `match *a:`
    }
    ExprList items = take_exprs(p, mark);
    Expr *e = expr_new(p, EXPR_TUPLE, start);
    if (e != NULL) {
        e->elements = items;
    }
    return e;
}

bool may_be_match(Parser *p)
{
    if (peek(p) != TOKEN_NAME || !token_is(p, p->position, "match")) {
        return false;
    }
    TokenKind kind = peek_behind(p, 1);
    return may_start_expression(kind) || kind == TOKEN_STAR;
}

Stmt *parse_match(Parser *p)
{
    int start = p->position++;
    Expr *e = subject(p);
    if (e == NULL || !parse_colon(p) || !accept(p, TOKEN_NEWLINE)) {
        return NULL;
    }
    if (!accept(p, TOKEN_INDENT)) {
        return p->diagnose && !p->raised
                   ? raise_last(p, "IndentationError",
                                "expected an indented block after 'match' statement on line %d",
                                p->tokens[start].line)
                   : NULL;
    }
    size_t mark = p->pending_size;
    do {
        if (!at_case(p) || !case_block(p)) {
            return NULL;
        }
    } while (!accept(p, TOKEN_DEDENT));
    MatchCaseList cases;
    cases.items = pending_take(p, mark, sizeof(MatchCase), &cases.count);
    Stmt *s = p->raised ? NULL : stmt_new(p, STMT_MATCH, start);
    if (s != NULL) {
        s->match.subject = e;
        s->match.cases = cases;
    }
    return s;
}
