// unicode-escape and raw-unicode-escape.
#include <stdio.h>

#include "core/object/bytes.h"
#include "core/object/character_names.h"
#include "core/object/codec.h"
#include "core/object/str_internal.h"

static int hex_value(uint8_t c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
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

static Status decode_escape(ThreadState *ts, DecodeErrors *d, size_t *position)
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
                break;
            }
            if (builder_add_char(ts, &d->out, '\\') == STATUS_ERROR) {
                return STATUS_ERROR;
            }
            c = kind;
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
    for (size_t i = 0; i < state.size;) {
        Status status = state.bytes[i] == '\\' ? decode_escape(ts, &state, &i)
                                               : builder_add_char(ts, &state.out, state.bytes[i++]);
        if (status == STATUS_ERROR) {
            return decode_errors_fail(ts, &state);
        }
    }
    return decode_errors_finish(ts, &state);
}

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
