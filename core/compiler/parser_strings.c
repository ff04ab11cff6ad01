// core/compiler/parser_strings.c: string literals, their escapes, and literals side by side.
//
// 1. Adjacent literals are one expression. Text is collected in a builder; an f-string's
//    expressions cut it into pieces.
// 2. Positions of all pieces are those of the whole, as in CPython.
// 3. In messages about escapes, positions count as if each character beyond ASCII were written as a
//    ten-byte escape: that is the text CPython decodes.
#include "core/object/character_names.h"
#include "core/compiler/parser_internal.h"

#include <stdlib.h>
#include <string.h>
#include <unistr.h>

// --- the builder ---------------------------------------------------------------------------------

bool string_append(StringBuilder *b, const char *bytes, size_t size)
{
    b->has_text = true;
    if (b->size + size > b->capacity) {
        size_t capacity = MAX_OF(b->capacity * 2, b->size + size + 64);
        char *text = compiler_resize(b->text, capacity);
        if (text == NULL) {
            raise_memory(b->p);
            return false;
        }
        b->text = text;
        b->capacity = capacity;
    }
    if (size != 0) {
        memcpy(b->text + b->size, bytes, size);
    }
    b->size += size;
    return true;
}

void string_release(StringBuilder *b) { free(b->text); }

static Expr *text_constant(StringBuilder *b, ConstantKind kind)
{
    Expr *e = string_node(b, EXPR_CONSTANT);
    if (e == NULL) {
        return NULL;
    }
    e->constant = (Constant){.kind = kind, .unicode_prefix = b->unicode_prefix};
    e->constant.text = arena_copy(b->p->arena, b->text, b->size);
    return e->constant.text.bytes == NULL ? raise_memory(b->p) : e;
}

Expr *string_node(StringBuilder *b, ExprKind kind)
{
    Expr *e = expr_new(b->p, kind, b->first);
    if (e != NULL) {
        const Token *last = &b->p->tokens[b->last];
        e->end_line = last->end_line;
        e->end_column = last->end_column;
    }
    return e;
}

bool string_flush(StringBuilder *b)
{
    if (b->size == 0) {
        return true;
    }
    Expr *e = text_constant(b, CONSTANT_STR);
    b->size = 0;
    return e != NULL && push_expr(b->p, e);
}

// --- escapes -------------------------------------------------------------------------------------

typedef struct Escapes {
    StringBuilder *b;
    const char *start;
    const char *at;
    const char *end;
    size_t extra; // how much longer the text would be with all characters in ASCII
} Escapes;

void warn_escape(Parser *p, const char *at, int token)
{
    if (!p->diagnose) {
        lexer_warn(&p->lexer, "DeprecationWarning", p->tokens[token].line,
                   "invalid escape sequence '\\%c'", *at);
    }
}

static void warn_octal(Parser *p, const char *at, int token)
{
    if (!p->diagnose) {
        lexer_warn(&p->lexer, "DeprecationWarning", p->tokens[token].line,
                   "invalid octal escape sequence '\\%.3s'", at);
    }
}

static bool append_character(StringBuilder *b, uint32_t c)
{
    char bytes[4];
    size_t size;
    if (c < 0x80) {
        bytes[0] = (char)c;
        size = 1;
    } else if (c < 0x800) {
        bytes[0] = (char)(0xC0 | c >> 6);
        bytes[1] = (char)(0x80 | (c & 0x3F));
        size = 2;
    } else if (c < 0x10000) {
        bytes[0] = (char)(0xE0 | c >> 12);
        bytes[1] = (char)(0x80 | (c >> 6 & 0x3F));
        bytes[2] = (char)(0x80 | (c & 0x3F));
        size = 3;
    } else {
        bytes[0] = (char)(0xF0 | c >> 18);
        bytes[1] = (char)(0x80 | (c >> 12 & 0x3F));
        bytes[2] = (char)(0x80 | (c >> 6 & 0x3F));
        bytes[3] = (char)(0x80 | (c & 0x3F));
        size = 4;
    }
    return string_append(b, bytes, size);
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool fail_escape(Escapes *s, const char *backslash, const char *stop, const char *why)
{
    size_t first = (size_t)(backslash - s->start) + s->extra;
    size_t last = (size_t)(stop - s->start) + s->extra - 1;
    if (first == last) {
        raise_last(s->b->p, "SyntaxError",
                   "(unicode error) 'unicodeescape' codec can't decode byte 0x5c in position %zu: "
                   "%s",
                   first, why);
    } else {
        raise_last(s->b->p, "SyntaxError",
                   "(unicode error) 'unicodeescape' codec can't decode bytes in position %zu-%zu: "
                   "%s",
                   first, last, why);
    }
    return false;
}

// \x41, \u0041, \U00000041; `at` is behind the letter.
static bool decode_hex(Escapes *s, const char *backslash, int digits, const char *why)
{
    uint32_t c = 0;
    for (int i = 0; i < digits; i++) {
        int value = s->at < s->end ? hex_value(*s->at) : -1;
        if (value < 0) {
            return fail_escape(s, backslash, s->at, why);
        }
        c = c << 4 | (uint32_t)value;
        s->at++;
    }
    if (c > 0x10FFFF) {
        return fail_escape(s, backslash, s->at, "illegal Unicode character");
    }
    return append_character(s->b, c);
}

static bool decode_name(Escapes *s, const char *backslash)
{
    static const char malformed[] = "malformed \\N character escape";
    if (s->at >= s->end || *s->at != '{') {
        return fail_escape(s, backslash, s->at, malformed);
    }
    const char *name = s->at + 1;
    const char *stop = memchr(name, '}', (size_t)(s->end - name));
    if (stop == NULL || stop == name) {
        return fail_escape(s, backslash, stop == NULL ? s->end : stop, malformed);
    }
    s->at = stop + 1;
    uint32_t c = character_from_name(name, (size_t)(stop - name));
    if (c == CHARACTER_UNKNOWN) {
        return fail_escape(s, backslash, s->at, "unknown Unicode character name");
    }
    return append_character(s->b, c);
}

static uint32_t take_octal(Escapes *s, char first, int token, bool *warned)
{
    const char *start = s->at - 1;
    uint32_t c = (uint32_t)(first - '0');
    for (int i = 0; i < 2 && s->at < s->end && *s->at >= '0' && *s->at <= '7'; i++) {
        c = c * 8 + (uint32_t)(*s->at++ - '0');
    }
    if (c > 0xFF && !*warned) {
        *warned = true;
        warn_octal(s->b->p, start, token);
    }
    return c;
}

// The characters that both kinds of literal know: -1 none of these, -2 nothing (a joined line).
static int simple_escape(char c)
{
    switch (c) {
    case '\n':
        return -2;
    case '\\':
    case '\'':
    case '"':
        return c;
    case 'a':
        return '\a';
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    case 'v':
        return '\v';
    default:
        return -1;
    }
}

static bool decode_str_escape(Escapes *s, int token, bool *warned)
{
    const char *backslash = s->at++;
    if (s->at >= s->end) {
        return string_append(s->b, "\\", 1); // an f-string's text in front of an expression
    }
    char c = *s->at++;
    int simple = simple_escape(c);
    if (simple != -1) {
        char byte = (char)simple;
        return simple == -2 || string_append(s->b, &byte, 1);
    }
    switch (c) {
    case 'x':
        return decode_hex(s, backslash, 2, "truncated \\xXX escape");
    case 'u':
        return decode_hex(s, backslash, 4, "truncated \\uXXXX escape");
    case 'U':
        return decode_hex(s, backslash, 8, "truncated \\UXXXXXXXX escape");
    case 'N':
        return decode_name(s, backslash);
    default:
        break;
    }
    if (c >= '0' && c <= '7') {
        return append_character(s->b, take_octal(s, c, token, warned));
    }
    if ((unsigned char)c < 128) {
        if (!*warned) {
            *warned = true;
            warn_escape(s->b->p, s->at - 1, token);
        }
        return string_append(s->b, s->at - 2, 2);
    }
    s->at--;
    s->extra += 5;
    return string_append(s->b, "\\", 1);
}

static bool decode_bytes_escape(Escapes *s, int token, bool *warned)
{
    s->at++;
    char c = *s->at++;
    int simple = simple_escape(c);
    if (simple != -1) {
        char byte = (char)simple;
        return simple == -2 || string_append(s->b, &byte, 1);
    }
    if (c == 'x') {
        int high = s->at < s->end ? hex_value(s->at[0]) : -1;
        int low = s->at + 1 < s->end ? hex_value(s->at[1]) : -1;
        if (high < 0 || low < 0) {
            raise_last(s->b->p, "SyntaxError", "(value error) invalid \\x escape at position %zu",
                       (size_t)(s->at - 2 - s->start));
            return false;
        }
        char byte = (char)(high << 4 | low);
        s->at += 2;
        return string_append(s->b, &byte, 1);
    }
    if (c >= '0' && c <= '7') {
        char byte = (char)take_octal(s, c, token, warned);
        return string_append(s->b, &byte, 1);
    }
    if (!*warned) {
        *warned = true;
        warn_escape(s->b->p, s->at - 1, token);
    }
    return string_append(s->b, s->at - 2, 2);
}

bool string_decode(StringBuilder *b, const char *bytes, size_t size, bool is_bytes, int token)
{
    Escapes s = {.b = b, .start = bytes, .at = bytes, .end = bytes + size};
    bool warned = false;
    b->has_text = true;
    while (s.at < s.end) {
        const char *stop = memchr(s.at, '\\', (size_t)(s.end - s.at));
        if (stop == NULL) {
            stop = s.end;
        }
        for (const char *c = s.at; c < stop; c++) {
            unsigned char byte = (unsigned char)*c;
            s.extra += byte >= 0xF0 ? 6 : byte >= 0xE0 ? 7 : byte >= 0xC0 ? 8 : 0;
        }
        if (!string_append(b, s.at, (size_t)(stop - s.at))) {
            return false;
        }
        s.at = stop;
        if (s.at < s.end && !(is_bytes ? decode_bytes_escape(&s, token, &warned)
                                       : decode_str_escape(&s, token, &warned))) {
            return false;
        }
    }
    return true;
}

// --- literals ------------------------------------------------------------------------------------

typedef struct Literal {
    bool is_bytes;
    bool is_raw;
    bool is_format;
    const char *start; // between the quotes
    const char *end;
} Literal;

static Literal literal_of(Parser *p, int index)
{
    const Token *t = &p->tokens[index];
    Literal literal = {.start = p->lexer.text + t->start, .end = p->lexer.text + t->end};
    for (; *literal.start != '\'' && *literal.start != '"'; literal.start++) {
        char c = *literal.start | 0x20;
        literal.is_bytes |= c == 'b';
        literal.is_raw |= c == 'r';
        literal.is_format |= c == 'f';
    }
    size_t quotes = literal.end - literal.start >= 6 && literal.start[1] == literal.start[0] &&
                            literal.start[2] == literal.start[0]
                        ? 3
                        : 1;
    literal.start += quotes;
    literal.end -= quotes;
    return literal;
}

static bool add_literal(StringBuilder *b, int index, Literal literal)
{
    Parser *p = b->p;
    if (literal.is_format) {
        b->is_fstring = true;
        const char *at = literal.start;
        // The opening quote lies in front of `at`, so looking one byte back is fine.
        return fstring_parse(b, &at, literal.end, literal.is_raw, 0, index);
    }
    size_t size = (size_t)(literal.end - literal.start);
    if (literal.is_bytes) {
        for (const char *c = literal.start; c < literal.end; c++) {
            if ((unsigned char)*c >= 128) {
                raise_at_token(p, index, "bytes can only contain ASCII literal characters");
                return false;
            }
        }
    }
    if (literal.is_raw) {
        return string_append(b, literal.start, size);
    }
    return string_decode(b, literal.start, size, literal.is_bytes, index);
}

static Expr *finish_strings(StringBuilder *b, bool is_bytes)
{
    if (!b->is_fstring) {
        return text_constant(b, is_bytes ? CONSTANT_BYTES : CONSTANT_STR);
    }
    if (!string_flush(b)) {
        return NULL;
    }
    ExprList pieces = take_exprs(b->p, b->pieces);
    Expr *e = b->p->raised ? NULL : string_node(b, EXPR_JOINED_STR);
    if (e != NULL) {
        e->elements = pieces;
    }
    return e;
}

Expr *parse_strings(Parser *p)
{
    int first = p->position;
    while (accept(p, TOKEN_STRING)) {
    }
    int last = p->position - 1;
    bool is_bytes = false;
    for (int i = first; i <= last; i++) {
        Literal literal = literal_of(p, i);
        if (i > first && literal.is_bytes != is_bytes) {
            return raise_last(p, "SyntaxError", "cannot mix bytes and nonbytes literals");
        }
        is_bytes = literal.is_bytes;
    }
    StringBuilder b = {.p = p, .first = first, .last = last, .pieces = p->pending_size};
    char prefix = p->lexer.text[p->tokens[first].start];
    b.unicode_prefix = prefix == 'u';
    bool good = true;
    for (int i = first; i <= last && good; i++) {
        good = add_literal(&b, i, literal_of(p, i));
    }
    if (good && is_bytes) {
        b.unicode_prefix = false;
    }
    Expr *e = good ? finish_strings(&b, is_bytes) : NULL;
    string_release(&b);
    return e;
}
