// core/compiler/parser_fstrings.c: f-strings, by the rules of Python 3.11.
//
// 1. Text up to a brace is literal; `{{` and `}}` stand for one brace, outside format specs.
// 2. An expression ends at the first `!`, `:`, `=` or `}` outside brackets and quotes of
//    its own. Its text is parsed as a source of its own, in parentheses, whose positions
//    start where the brace stands.
// 3. A format spec is an f-string again, one level deep.
#include "core/compiler/parser_internal.h"

#include <string.h>

static bool fail(Parser *p, const char *message)
{
    raise_last(p, "SyntaxError", "f-string: %s", message);
    return false;
}

static bool fail_expected_brace(Parser *p) { return fail(p, "expecting '}'"); }

// --- literal text --------------------------------------------------------------------------------

// Takes literal text. *doubled: it ended in a doubled brace, and more literal text follows.
static bool take_literal(StringBuilder *b, const char **at, const char *end, bool raw, int depth,
                         int token, bool *doubled)
{
    const char *start = *at;
    const char *s = start;
    *doubled = false;
    while (s < end) {
        char c = *s++;
        if (!raw && c == '\\' && s < end) {
            c = *s++;
            if (c == 'N') {
                // The braces of \N{name} begin no expression.
                if (s < end && *s++ == '{') {
                    while (s < end && *s++ != '}') {
                    }
                    continue;
                }
                continue;
            }
            if (c == '{') {
                warn_escape(b->p, s - 1, token);
            }
        }
        if (c != '{' && c != '}') {
            continue;
        }
        if (depth == 0) {
            if (s < end && *s == c) {
                *at = s + 1;
                *doubled = true;
                break;
            }
            if (c == '}') {
                *at = s - 1;
                return fail(b->p, "single '}' is not allowed");
            }
        }
        s--;
        break;
    }
    if (!*doubled) {
        *at = s;
    }
    if (s == start) {
        return true;
    }
    size_t size = (size_t)(s - start);
    return raw ? string_append(b, start, size) : string_decode(b, start, size, false, token);
}

// --- expressions ---------------------------------------------------------------------------------

typedef struct Nesting {
    char brackets[LEXER_BRACKETS_MAX];
    int depth;
    char quote; // inside a string: its quote, and how many of them
    int quotes;
} Nesting;

static bool inside_string(Nesting *n, const char **at, const char *end)
{
    const char *s = *at;
    if (*s == n->quote) {
        if (n->quotes == 1) {
            n->quote = 0;
        } else if (s + 2 < end && s[1] == n->quote && s[2] == n->quote) {
            *at += 2;
            n->quote = 0;
        }
    }
    return true;
}

static bool close_bracket(Parser *p, Nesting *n, char closing)
{
    if (n->depth == 0) {
        raise_last(p, "SyntaxError", "f-string: unmatched '%c'", closing);
        return false;
    }
    char opening = n->brackets[--n->depth];
    if ((opening == '(' && closing == ')') || (opening == '[' && closing == ']') ||
        (opening == '{' && closing == '}')) {
        return true;
    }
    raise_last(p, "SyntaxError",
               "f-string: closing parenthesis '%c' does not match opening parenthesis '%c'",
               closing, opening);
    return false;
}

// Moves *at from behind the brace to the character that ends the expression.
static bool find_expression_end(Parser *p, const char **at, const char *end)
{
    Nesting n = {.depth = 0, .quote = 0};
    for (; *at < end; (*at)++) {
        char c = **at;
        if (c == '\\') {
            raise_last(p, "SyntaxError", "f-string expression part cannot include a backslash");
            return false;
        }
        if (n.quote != 0) {
            inside_string(&n, at, end);
            continue;
        }
        if (c == '\'' || c == '"') {
            n.quote = c;
            n.quotes = 1;
            if (*at + 2 < end && (*at)[1] == c && (*at)[2] == c) {
                n.quotes = 3;
                *at += 2;
            }
            continue;
        }
        if (c == '(' || c == '[' || c == '{') {
            if (n.depth >= LEXER_BRACKETS_MAX) {
                return fail(p, "too many nested parenthesis");
            }
            n.brackets[n.depth++] = c;
            continue;
        }
        if (c == '#') {
            raise_last(p, "SyntaxError", "f-string expression part cannot include '#'");
            return false;
        }
        if (n.depth == 0 && strchr("!:}=<>", c) != NULL && c != 0) {
            if (*at + 1 < end && (*at)[1] == '=' && strchr("!=<>", c) != NULL) {
                (*at)++;
                continue;
            }
            if (c == '<' || c == '>') {
                continue;
            }
            break;
        }
        if ((c == ')' || c == ']' || c == '}') && !close_bracket(p, &n, c)) {
            return false;
        }
    }
    if (n.quote != 0) {
        return fail(p, "unterminated string");
    }
    if (n.depth != 0) {
        raise_last(p, "SyntaxError", "f-string: unmatched '%c'", n.brackets[n.depth - 1]);
        return false;
    }
    return *at < end || fail_expected_brace(p);
}

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\f'; }

// Line and column, in bytes, of a place inside a token.
static void locate(Parser *p, int token, const char *place, int *line, int *column)
{
    const Token *t = &p->tokens[token];
    const char *start = p->lexer.text + t->start;
    *line = t->line;
    *column = t->column + (int)(place - start);
    for (const char *c = start; c < place; c++) {
        if (*c == '\n') {
            (*line)++;
            *column = (int)(place - c - 1);
        }
    }
}

static Expr *compile_expression(StringBuilder *b, const char *start, const char *end, int token)
{
    Parser *p = b->p;
    const char *c = start;
    while (c < end && is_blank(*c)) {
        c++;
    }
    if (c == end) {
        if (*end == '!' || *end == ':' || *end == '=') {
            return raise_last(p, "SyntaxError", "f-string: expression required before '%c'", *end);
        }
        return raise_last(p, "SyntaxError", "f-string: empty expression not allowed");
    }
    size_t size = (size_t)(end - start);
    char *text = arena_allocate(p->arena, size + 3);
    if (text == NULL) {
        return raise_memory(p);
    }
    text[0] = '(';
    memcpy(text + 1, start, size);
    text[size + 1] = ')';
    text[size + 2] = 0;
    int line, column;
    locate(p, token, start - 1, &line, &column);
    if (!parser_enter(p)) {
        return NULL;
    }
    return parse_fstring_expression(p, (AstString){text, (uint32_t)size + 2, 0}, line, column);
}

static bool take_conversion(Parser *p, const char **at, const char *end, int *conversion)
{
    if (**at != '!') {
        return true;
    }
    (*at)++;
    if (*at >= end) {
        return fail_expected_brace(p);
    }
    *conversion = (unsigned char)*(*at)++;
    if (*conversion != 's' && *conversion != 'r' && *conversion != 'a') {
        return fail(p, "invalid conversion character: expected 's', 'r', or 'a'");
    }
    return *at < end || fail_expected_brace(p);
}

static Expr *format_spec(StringBuilder *outer, const char **at, const char *end, bool raw,
                         int depth, int token)
{
    Parser *p = outer->p;
    StringBuilder b = {.p = p,
                       .first = token,
                       .last = token,
                       .unicode_prefix = outer->unicode_prefix,
                       .is_fstring = true,
                       .pieces = p->pending_size};
    bool good = fstring_parse(&b, at, end, raw, depth + 1, token) && string_flush(&b);
    Expr *e = NULL;
    if (good) {
        ExprList pieces = take_exprs(p, b.pieces);
        e = p->raised ? NULL : string_node(&b, EXPR_JOINED_STR);
        if (e != NULL) {
            e->elements = pieces;
        }
    }
    string_release(&b);
    return e;
}

// At `{`. Pushes the text collected so far and the value.
static bool take_expression(StringBuilder *b, const char **at, const char *end, bool raw, int depth,
                            int token)
{
    Parser *p = b->p;
    if (depth >= 2) {
        return fail(p, "expressions nested too deeply");
    }
    (*at)++;
    const char *start = *at;
    if (!find_expression_end(p, at, end)) {
        return false;
    }
    Expr *value = compile_expression(b, start, *at, token);
    if (value == NULL) {
        return false;
    }
    bool shows_itself = **at == '=';
    if (shows_itself) {
        (*at)++;
        while (**at == ' ' || (**at >= '\t' && **at <= '\r')) {
            (*at)++;
        }
        if (*at >= end) {
            return fail_expected_brace(p);
        }
        if (!string_append(b, start, (size_t)(*at - start))) {
            return false;
        }
    }
    int conversion = -1;
    if (!take_conversion(p, at, end, &conversion)) {
        return false;
    }
    Expr *spec = NULL;
    if (**at == ':') {
        (*at)++;
        if (*at >= end) {
            return fail_expected_brace(p);
        }
        spec = format_spec(b, at, end, raw, depth, token);
        if (spec == NULL) {
            return false;
        }
    }
    if (*at >= end || **at != '}') {
        return fail_expected_brace(p);
    }
    (*at)++;
    if (shows_itself && spec == NULL && conversion == -1) {
        conversion = 'r';
    }
    Expr *e = string_flush(b) ? string_node(b, EXPR_FORMATTED_VALUE) : NULL;
    if (e == NULL) {
        return false;
    }
    e->formatted_value.value = value;
    e->formatted_value.conversion = conversion;
    e->formatted_value.format_spec = spec;
    return push_expr(p, e);
}

bool fstring_parse(StringBuilder *b, const char **at, const char *end, bool raw, int depth,
                   int token)
{
    for (;;) {
        bool doubled;
        if (!take_literal(b, at, end, raw, depth, token, &doubled)) {
            return false;
        }
        if (doubled) {
            continue;
        }
        if (*at >= end || **at == '}') {
            break;
        }
        if (!take_expression(b, at, end, raw, depth, token)) {
            return false;
        }
    }
    if (depth > 0 && (*at >= end || **at != '}')) {
        return fail_expected_brace(b->p);
    }
    return true;
}
