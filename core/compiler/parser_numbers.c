// core/compiler/parser_numbers.c: the value of a number token. The lexer has checked its form.
#include "core/compiler/parser_internal.h"

#include <stdlib.h>
#include <string.h>

enum { INT_DIGITS_ALWAYS_ALLOWED = 640 };

static int digit_value(char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; }

static bool set_integer(Parser *p, int index, Constant *constant, AstString digits, int base)
{
    const char *at = digits.bytes;
    while (*at == '0' && at[1] != 0) {
        at++;
    }
    uint32_t size = (uint32_t)(digits.bytes + digits.size - at);
    int limit = p->input->int_digits_max;
    if (base == 10 && limit > 0 && size > INT_DIGITS_ALWAYS_ALLOWED && size > (uint32_t)limit) {
        int line = p->tokens[index].line;
        raise_range(p, (Position){line, -1, line, -1},
                    "Exceeds the limit (%d digits) for integer string conversion: value has %u "
                    "digits; use sys.set_int_max_str_digits() to increase the limit - Consider "
                    "hexadecimal for huge integer literals to avoid decimal conversion limits.",
                    limit, size);
        return false;
    }
    uint64_t value = 0;
    for (const char *c = at; *c != 0; c++) {
        uint64_t digit = (uint64_t)digit_value(*c);
        if (value > ((uint64_t)INT64_MAX - digit) / (uint64_t)base) {
            constant->kind = CONSTANT_BIG_INT;
            constant->base = base;
            constant->text = (AstString){at, size, 0};
            return true;
        }
        value = value * (uint64_t)base + digit;
    }
    constant->kind = CONSTANT_INT;
    constant->integer = (int64_t)value;
    return true;
}

// The token's text without underscores, in the arena.
static AstString plain_digits(Parser *p, const Token *t)
{
    AstString text = arena_copy(p->arena, p->lexer.text + t->start, t->end - t->start);
    if (text.bytes == NULL) {
        raise_memory(p);
        return text;
    }
    char *to = (char *)text.bytes;
    for (const char *from = text.bytes; *from != 0; from++) {
        if (*from != '_') {
            *to++ = *from;
        }
    }
    *to = 0;
    text.size = (uint32_t)(to - text.bytes);
    return text;
}

Expr *parse_number(Parser *p)
{
    int index = p->position++;
    AstString digits = plain_digits(p, &p->tokens[index]);
    Expr *e = digits.bytes == NULL ? NULL : expr_new(p, EXPR_CONSTANT, index);
    if (e == NULL) {
        return NULL;
    }
    e->constant = (Constant){.kind = CONSTANT_FLOAT};
    char last = digits.bytes[digits.size - 1] | 0x20;
    char second = digits.size > 1 ? digits.bytes[1] | 0x20 : 0;
    int base = digits.bytes[0] != '0' ? 10
               : second == 'x'        ? 16
               : second == 'o'        ? 8
               : second == 'b'        ? 2
                                      : 10;
    if (base != 10) {
        digits.bytes += 2;
        digits.size -= 2;
        return set_integer(p, index, &e->constant, digits, base) ? e : NULL;
    }
    if (last == 'j') {
        e->constant.kind = CONSTANT_IMAGINARY;
        e->constant.real = strtod(digits.bytes, NULL);
        return e;
    }
    if (strpbrk(digits.bytes, ".eE") == NULL) {
        return set_integer(p, index, &e->constant, digits, 10) ? e : NULL;
    }
    e->constant.real = strtod(digits.bytes, NULL);
    return e;
}
