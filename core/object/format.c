// core/object/format.c: format_str, the small printf that builds messages.
// See error.h for the formats.
#include <stdio.h>
#include <string.h>

#include "core/object/error.h"
#include "core/object/object.h"
#include "core/object/str.h"

typedef struct Conversion {
    char text[24]; // as printf wants it: "%-5.3ll"
    size_t length;
    int precision; // -1: none
    int longs;     // how many l
    bool is_size;  // z
    char letter;
} Conversion;

// Reads one conversion behind its '%'; returns the place behind it.
static const char *parse_conversion(const char *p, Conversion *c, va_list *arguments)
{
    memset(c, 0, sizeof *c);
    c->precision = -1;
    c->text[c->length++] = '%';
    while (*p != '\0' && strchr("-+ #0123456789.lz", *p) != NULL &&
           c->length < sizeof c->text - 2) {
        if (p[0] == '.' && p[1] == '*') { // only texts and values are given a precision like that
            c->precision = va_arg(*arguments, int);
            p += 2;
            continue;
        }
        if (*p == '.') {
            c->precision = 0;
        } else if (c->precision >= 0 && *p >= '0' && *p <= '9') {
            c->precision = c->precision * 10 + (*p - '0');
        }
        c->longs += *p == 'l';
        c->is_size |= *p == 'z';
        c->text[c->length++] = *p++;
    }
    c->letter = *p;
    if (*p != '\0') {
        p++;
    }
    c->text[c->length++] = c->letter;
    return p;
}

static Status add_number(ThreadState *ts, StrBuilder *b, const Conversion *c, va_list *arguments)
{
    char buffer[64];
    int n;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    if (c->letter == 'p') {
        n = snprintf(buffer, sizeof buffer, "0x%lx", (unsigned long)va_arg(*arguments, void *));
    } else if (c->letter == 'c') {
        return builder_add_char(ts, b, (uint32_t)va_arg(*arguments, int));
    } else if (c->is_size) {
        n = snprintf(buffer, sizeof buffer, c->text, va_arg(*arguments, size_t));
    } else if (c->longs == 2) {
        n = snprintf(buffer, sizeof buffer, c->text, va_arg(*arguments, long long));
    } else if (c->longs == 1) {
        n = snprintf(buffer, sizeof buffer, c->text, va_arg(*arguments, long));
    } else {
        n = snprintf(buffer, sizeof buffer, c->text, va_arg(*arguments, int));
    }
#pragma GCC diagnostic pop
    return builder_add_ascii(ts, b, buffer, (size_t)MIN_OF(n, (int)sizeof buffer - 1));
}

static Status add_text(ThreadState *ts, StrBuilder *b, const char *text, int precision)
{
    if (text == NULL) {
        text = "(null)";
    }
    size_t size = precision < 0 ? strlen(text) : strnlen(text, (size_t)precision);
    for (size_t i = 0; i < size; i++) {
        if ((text[i] & 0x80) != 0) {
            OWNED Ref str = str_from_utf8_replace(ts, text, size);
            return is_error(str) ? STATUS_ERROR : builder_add(ts, b, str.v);
        }
    }
    return builder_add_ascii(ts, b, text, size);
}

static Status add_value(ThreadState *ts, StrBuilder *b, const Conversion *c, Value v)
{
    if (is_no_value(v)) {
        return builder_add_ascii(ts, b, "<NULL>", 6);
    }
    OWNED Ref text = c->letter == 'R'   ? object_repr(ts, v)
                     : c->letter == 'A' ? object_ascii(ts, v)
                     : c->letter == 'S' ? object_str(ts, v)
                                        : ref_new(v);
    if (is_error(text)) {
        return STATUS_ERROR;
    }
    size_t length = str_length(text.v);
    if (c->precision >= 0 && (size_t)c->precision < length) {
        return builder_add_range(ts, b, text.v, 0, (size_t)c->precision);
    }
    return builder_add(ts, b, text.v);
}

static Status add_conversion(ThreadState *ts, StrBuilder *b, const Conversion *c,
                             va_list *arguments)
{
    switch (c->letter) {
    case '%':
        return builder_add_char(ts, b, '%');
    case 's':
        return add_text(ts, b, va_arg(*arguments, const char *), c->precision);
    case 'R':
    case 'S':
    case 'A':
    case 'U':
        return add_value(ts, b, c, va_arg(*arguments, Value));
    case 'T': {
        Value v = va_arg(*arguments, Value);
        return add_text(ts, b, type_name(type_of(v)), c->precision);
    }
    case 'N':
        return add_text(ts, b, type_name(va_arg(*arguments, Type *)), c->precision);
    default:
        return add_number(ts, b, c, arguments);
    }
}

Ref format_str_v(ThreadState *ts, const char *format, va_list arguments)
{
    StrBuilder b;
    builder_init(&b);
    va_list rest;
    va_copy(rest, arguments);
    Status status = STATUS_OK;
    while (*format != '\0' && status == STATUS_OK) {
        size_t plain = strcspn(format, "%");
        if (plain > 0) {
            status = add_text(ts, &b, format, (int)plain);
            format += plain;
        } else {
            Conversion conversion;
            format = parse_conversion(format + 1, &conversion, &rest);
            status = add_conversion(ts, &b, &conversion, &rest);
        }
    }
    va_end(rest);
    if (status == STATUS_ERROR) {
        builder_abandon(ts, &b);
        return NO_REF;
    }
    return builder_finish(ts, &b);
}

Ref format_str(ThreadState *ts, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    Ref text = format_str_v(ts, format, arguments);
    va_end(arguments);
    return text;
}
