// unicode-escape, raw-unicode-escape, and the escapes of bytes literals.
#include <stdio.h>
#include <string.h>

#include "core/object/bytes.h"
#include "core/object/character_names.h"
#include "core/object/codec.h"
#include "core/object/str_internal.h"
#include "core/object/warn.h"

static int hex_value(uint8_t c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

// -1: none. A letter that means nothing behind a backslash, or an octal number over 0377.
static Status warn_invalid_escape(ThreadState *ts, int bad)
{
    return bad < 0 ? STATUS_OK
           : bad > 0377
               ? warn_format(ts, EXC_DeprecationWarning, 1,
                             "invalid octal escape sequence '\\%c%c%c'", '0' + (bad >> 6),
                             '0' + (bad >> 3 & 7), '0' + (bad & 7))
               : warn_format(ts, EXC_DeprecationWarning, 1, "invalid escape sequence '\\%c'", bad);
}

// Reads up to `count` hex digits at *i; true when all are there.
static bool read_hex(const DecodeErrors *d, size_t *i, int count, uint32_t *out)
{
    uint32_t c = 0;
    for (int k = 0; k < count; k++) {
        int digit = *i < d->size ? hex_value(d->bytes[*i]) : -1;
        if (digit < 0) {
            return false;
        }
        c = c << 4 | (uint32_t)digit;
        ++*i;
    }
    *out = c;
    return true;
}

static bool read_name(const DecodeErrors *d, size_t *i, uint32_t *out, const char **reason)
{
    *reason = "malformed \\N character escape";
    if (*i >= d->size || d->bytes[*i] != '{') {
        return false;
    }
    const uint8_t *end = memchr(d->bytes + *i, '}', d->size - *i);
    if (end == NULL) {
        *i = d->size;
        return false;
    }
    size_t size = (size_t)(end - (d->bytes + *i)) - 1;
    *out = character_from_name((const char *)d->bytes + *i + 1, size);
    *i += size + 2;
    *reason = "unknown Unicode character name";
    return *out != CHARACTER_UNKNOWN;
}

// *bad: the first that means nothing, for warn_invalid_escape.
static Status decode_escape(ThreadState *ts, DecodeErrors *d, size_t *position, int *bad)
{
    size_t start = *position, i = start + 1;
    const char *reason = "\\ at end of string";
    uint32_t c = 0;
    bool ok = i < d->size;
    if (ok) {
        uint8_t kind = d->bytes[i++];
        switch (kind) {
        case '\n':
            *position = i;
            return STATUS_OK;
        case 'a':
            c = '\a';
            break;
        case 'b':
            c = '\b';
            break;
        case 'f':
            c = '\f';
            break;
        case 'n':
            c = '\n';
            break;
        case 'r':
            c = '\r';
            break;
        case 't':
            c = '\t';
            break;
        case 'v':
            c = '\v';
            break;
        case '\\':
        case '\'':
        case '"':
            c = kind;
            break;
        case 'x':
            reason = "truncated \\xXX escape";
            ok = read_hex(d, &i, 2, &c);
            break;
        case 'u':
            reason = "truncated \\uXXXX escape";
            ok = read_hex(d, &i, 4, &c);
            break;
        case 'U':
            reason = "truncated \\UXXXXXXXX escape";
            ok = read_hex(d, &i, 8, &c);
            if (ok && c > 0x10FFFF) {
                reason = "illegal Unicode character";
                ok = false;
            }
            break;
        case 'N':
            ok = read_name(d, &i, &c, &reason);
            break;
        default:
            if (kind >= '0' && kind <= '7') {
                c = kind - '0';
                for (int k = 0; k < 2 && i < d->size && d->bytes[i] >= '0' && d->bytes[i] <= '7';
                     k++) {
                    c = c * 8 + (d->bytes[i++] - '0');
                }
                *bad = *bad < 0 && c > 0377 ? (int)c : *bad;
                break;
            }
            if (builder_add_char(ts, &d->out, '\\') == STATUS_ERROR) {
                return STATUS_ERROR;
            }
            c = kind;
            *bad = *bad < 0 ? kind : *bad;
            break;
        }
    }
    if (!ok) {
        return decode_errors_handle(ts, d, start, i, reason, position);
    }
    *position = i;
    return builder_add_char(ts, &d->out, c);
}

Ref codec_decode_unicode_escape(ThreadState *ts, const uint8_t *bytes, size_t size,
                                const char *errors)
{
    DecodeErrors state;
    decode_errors_begin(&state, "unicodeescape", errors, bytes, size);
    int bad = -1;
    for (size_t i = 0; i < state.size;) {
        Status status = state.bytes[i] == '\\' ? decode_escape(ts, &state, &i, &bad)
                                               : builder_add_char(ts, &state.out, state.bytes[i++]);
        if (status == STATUS_ERROR) {
            return decode_errors_fail(ts, &state);
        }
    }
    if (bad >= 0 && warn_invalid_escape(ts, bad) == STATUS_ERROR) {
        return decode_errors_fail(ts, &state);
    }
    return decode_errors_finish(ts, &state);
}

// --- Escapes of bytes literals -------------------------------------------------------------------

// What a single letter behind the backslash stands for; -1: nothing.
static int simple_escape(uint8_t c)
{
    static const char letters[] = "\\'\"abfnrtv", values[] = "\\'\"\a\b\f\n\r\t\v";
    const char *found = c == 0 ? NULL : strchr(letters, c);
    return found == NULL ? -1 : values[found - letters];
}

// \x at in[*i], which is behind the x. Writes a byte, a substitute or nothing.
static Status decode_hex_escape(ThreadState *ts, const uint8_t *in, size_t size, size_t *i,
                                const char *errors, uint8_t **to)
{
    int high = *i < size ? hex_value(in[*i]) : -1;
    int low = high >= 0 && *i + 1 < size ? hex_value(in[*i + 1]) : -1;
    if (low >= 0) {
        *(*to)++ = (uint8_t)(high << 4 | low);
        *i += 2;
        return STATUS_OK;
    }
    if (errors == NULL || strcmp(errors, "strict") == 0) {
        return raise_status(ts, EXC_ValueError, "invalid \\x escape at position %zu", *i - 2);
    }
    if (strcmp(errors, "replace") == 0) {
        *(*to)++ = '?';
    } else if (strcmp(errors, "ignore") != 0) {
        return raise_status(ts, EXC_ValueError,
                            "decoding error; unknown error handling code: %.400s", errors);
    }
    *i += high >= 0;
    return STATUS_OK;
}

static Status decode_byte_escape(ThreadState *ts, const uint8_t *in, size_t size, size_t *i,
                                 const char *errors, uint8_t **to, int *bad)
{
    if (*i == size) {
        return raise_status(ts, EXC_ValueError, "Trailing \\ in string");
    }
    uint8_t c = in[(*i)++];
    int simple = simple_escape(c);
    if (c == '\n') { // the line goes on
        return STATUS_OK;
    }
    if (simple >= 0) {
        *(*to)++ = (uint8_t)simple;
        return STATUS_OK;
    }
    if (c == 'x') {
        return decode_hex_escape(ts, in, size, i, errors, to);
    }
    if (c < '0' || c > '7') {
        *bad = *bad < 0 ? c : *bad;
        *(*to)++ = '\\';
        *(*to)++ = c;
        return STATUS_OK;
    }
    int value = c - '0';
    for (int digits = 1; digits < 3 && *i < size && in[*i] >= '0' && in[*i] <= '7'; digits++) {
        value = value * 8 + in[(*i)++] - '0';
    }
    *bad = *bad < 0 && value > 0377 ? value : *bad;
    *(*to)++ = (uint8_t)value;
    return STATUS_OK;
}

Ref codec_decode_escape(ThreadState *ts, const uint8_t *in, size_t size, const char *errors)
{
    OWNED Ref out = bytes_new(ts, NULL, size);
    if (is_error(out)) {
        return NO_REF;
    }
    uint8_t *to = bytes_from(out.v)->data;
    int bad = -1; // the first escape that means nothing: its letter, or an octal number over 0377
    for (size_t i = 0; i < size;) {
        if (in[i] != '\\') {
            *to++ = in[i++];
            continue;
        }
        i++;
        if (decode_byte_escape(ts, in, size, &i, errors, &to, &bad) == STATUS_ERROR) {
            return NO_REF;
        }
    }
    if (warn_invalid_escape(ts, bad) == STATUS_ERROR) {
        return NO_REF;
    }
    return bytes_new(ts, bytes_from(out.v)->data, (size_t)(to - bytes_from(out.v)->data));
}

Ref codec_encode_escape(ThreadState *ts, const uint8_t *in, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    if (size > SIZE_MAX / 8) {
        return raise_no_memory(ts);
    }
    OWNED Ref out = bytes_new(ts, NULL, size * 4);
    if (is_error(out)) {
        return NO_REF;
    }
    uint8_t *to = bytes_from(out.v)->data;
    for (size_t i = 0; i < size; i++) {
        uint8_t c = in[i];
        uint8_t letter = c == '\t' ? 't' : c == '\n' ? 'n' : c == '\r' ? 'r' : 0;
        if (c == '\'' || c == '\\' || letter != 0) {
            *to++ = '\\';
            *to++ = letter != 0 ? letter : c;
        } else if (c < ' ' || c >= 0x7f) {
            *to++ = '\\';
            *to++ = 'x';
            *to++ = (uint8_t)digits[c >> 4];
            *to++ = (uint8_t)digits[c & 15];
        } else {
            *to++ = c;
        }
    }
    return bytes_new(ts, bytes_from(out.v)->data, (size_t)(to - bytes_from(out.v)->data));
}

// --- raw-unicode-escape --------------------------------------------------------------------------

Ref codec_decode_raw_unicode_escape(ThreadState *ts, const uint8_t *bytes, size_t size,
                                    const char *errors)
{
    DecodeErrors state;
    decode_errors_begin(&state, "rawunicodeescape", errors, bytes, size);
    for (size_t i = 0; i < state.size;) {
        Status status;
        const uint8_t *p = state.bytes + i;
        if (*p == '\\' && i + 1 < state.size && (p[1] == 'u' || p[1] == 'U')) {
            bool wide = p[1] == 'U';
            size_t k = i + 2;
            uint32_t c = 0;
            bool ok = read_hex(&state, &k, wide ? 8 : 4, &c);
            if (ok && c <= 0x10FFFF) {
                status = builder_add_char(ts, &state.out, c);
                i = k;
            } else {
                status = decode_errors_handle(ts, &state, i, k,
                                              ok     ? "\\Uxxxxxxxx out of range"
                                              : wide ? "truncated \\UXXXXXXXX escape"
                                                     : "truncated \\uXXXX escape",
                                              &i);
            }
        } else {
            status = builder_add_char(ts, &state.out, state.bytes[i++]);
        }
        if (status == STATUS_ERROR) {
            return decode_errors_fail(ts, &state);
        }
    }
    return decode_errors_finish(ts, &state);
}

static Ref encode_escapes(ThreadState *ts, Value v, bool raw)
{
    const Str *s = str_from(v);
    EncodeErrors state;
    encode_errors_begin(&state, "unicodeescape", NULL, v);
    for (size_t i = 0; i < s->length; i++) {
        uint32_t c = str_char(s, i);
        char text[16];
        int size = 1;
        text[0] = (char)c;
        if (raw) {
            if (c >= 0x100) {
                size = snprintf(text, sizeof text, c < 0x10000 ? "\\u%04x" : "\\U%08x", c);
            }
        } else if (c == '\\' || c == '\n' || c == '\r' || c == '\t') {
            size = snprintf(text, sizeof text, "\\%c",
                            c == '\n'   ? 'n'
                            : c == '\r' ? 'r'
                            : c == '\t' ? 't'
                                        : '\\');
        } else if (c < 32 || c >= 127) {
            size = snprintf(text, sizeof text,
                            c < 0x100     ? "\\x%02x"
                            : c < 0x10000 ? "\\u%04x"
                                          : "\\U%08x",
                            c);
        }
        if (encode_errors_put(ts, &state, (uint8_t *)text, (size_t)size) == STATUS_ERROR) {
            return encode_errors_fail(ts, &state);
        }
    }
    return encode_errors_finish(ts, &state);
}

Ref codec_encode_unicode_escape(ThreadState *ts, Value s) { return encode_escapes(ts, s, false); }
Ref codec_encode_raw_unicode_escape(ThreadState *ts, Value s)
{
    return encode_escapes(ts, s, true);
}
