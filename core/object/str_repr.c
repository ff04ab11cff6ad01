// repr() and ascii() of str.
#include "core/object/str.h"
#include "core/object/str_internal.h"
#include "core/object/unicode.h"

// Code points that c takes in the repr.
static unsigned repr_width(uint32_t c, uint32_t quote, bool ascii_only)
{
    if (c == quote || c == '\\' || c == '\t' || c == '\n' || c == '\r') {
        return 2;
    }
    if (c < 32 || c == 127) {
        return 4;
    }
    if (c < 127 || (!ascii_only && unicode_is_printable(c))) {
        return 1;
    }
    return c < 0x100 ? 4 : c < 0x10000 ? 6 : 10;
}

static Status add_escaped(ThreadState *ts, StrBuilder *b, uint32_t c, unsigned width)
{
    static const char digits[] = "0123456789abcdef";
    char text[10] = "\\";
    if (width == 2) {
        text[1] = c == '\t' ? 't' : c == '\n' ? 'n' : c == '\r' ? 'r' : (char)c;
        return builder_add_ascii(ts, b, text, 2);
    }
    text[1] = width == 4 ? 'x' : width == 6 ? 'u' : 'U';
    for (unsigned i = width - 1; i >= 2; i--, c >>= 4) {
        text[i] = digits[c & 15];
    }
    return builder_add_ascii(ts, b, text, width);
}

Ref str_repr(ThreadState *ts, Value v, bool ascii_only)
{
    const Str *s = str_from(v);
    unsigned width = str_width(s);
    bool has_single = text_find_char(s->data, width, '\'', 0, s->length) >= 0;
    bool has_double = has_single && text_find_char(s->data, width, '"', 0, s->length) >= 0;
    uint32_t quote = has_single && !has_double ? '"' : '\'';
    StrBuilder b;
    builder_init(&b);
    if (builder_add_char(ts, &b, quote) == STATUS_ERROR) {
        goto fail;
    }
    for (size_t i = 0; i < s->length;) {
        size_t start = i;
        unsigned escaped = 1;
        while (i < s->length &&
               (escaped = repr_width(text_char(s->data, width, i), quote, ascii_only)) == 1) {
            i++;
        }
        if (i > start && builder_add_range(ts, &b, v, start, i) == STATUS_ERROR) {
            goto fail;
        }
        if (i < s->length) {
            if (add_escaped(ts, &b, text_char(s->data, width, i), escaped) == STATUS_ERROR) {
                goto fail;
            }
            i++;
        }
    }
    if (builder_add_char(ts, &b, quote) == STATUS_ERROR) {
        goto fail;
    }
    return builder_finish(ts, &b);
fail:
    builder_abandon(ts, &b);
    return NO_REF;
}
