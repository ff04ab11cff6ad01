// The builtin encodings besides UTF-8, and the choice of an encoding by name.
#include "core/object/codec.h"

#include <string.h>

#include "core/object/bytes.h"
#include "core/object/codec_registry.h"
#include "core/object/str_internal.h"
#include "core/object/unicode.h"

Status codec_names(ThreadState *ts, const char *function, Value encoding, Value errors,
                   const char *names[2])
{
    static const char *const keywords[2] = {"encoding", "errors"};
    const Value given[2] = {encoding, errors};
    for (int i = 0; i < 2; i++) {
        if (is_no_value(given[i])) {
            continue;
        }
        if (!value_is_str(given[i])) {
            return raise_status(ts, EXC_TypeError, "%s() argument '%s' must be str, not %.50s",
                                function, keywords[i], type_name(type_of(given[i])));
        }
        size_t size;
        names[i] = str_utf8(ts, given[i], &size);
        if (names[i] == NULL) {
            return STATUS_ERROR;
        }
        if (strlen(names[i]) != size) {
            return raise_status(ts, EXC_ValueError, "embedded null character");
        }
    }
    return STATUS_OK;
}

// --- One byte a code point -----------------------------------------------------------------------

Ref codec_decode_ascii(ThreadState *ts, const uint8_t *bytes, size_t size, const char *errors)
{
    if (LIKELY(bytes_are_ascii(bytes, size))) {
        return str_from_ascii(ts, (const char *)bytes, size);
    }
    DecodeErrors state;
    decode_errors_begin(&state, "ascii", errors, bytes, size);
    for (size_t i = 0; i < state.size;) {
        Status status = STATUS_OK;
        if (state.bytes[i] < 0x80) {
            status = builder_add_char(ts, &state.out, state.bytes[i++]);
        } else {
            status = decode_errors_handle(ts, &state, i, i + 1, "ordinal not in range(128)", &i);
        }
        if (status == STATUS_ERROR) {
            return decode_errors_fail(ts, &state);
        }
    }
    return decode_errors_finish(ts, &state);
}

Ref codec_encode_narrow(ThreadState *ts, Value v, uint32_t limit, const char *errors)
{
    const Str *s = str_from(v);
    if (str_is_ascii(s) || (limit == 0x100 && str_width(s) == 1)) {
        return bytes_new(ts, s->data, s->length);
    }
    EncodeErrors state;
    encode_errors_begin(&state, limit == 0x80 ? "ascii" : "latin-1", errors, v);
    state.max_char = limit - 1;
    const char *reason = limit == 0x80 ? "ordinal not in range(128)" : "ordinal not in range(256)";
    for (size_t i = 0; i < s->length;) {
        uint32_t c = str_char(s, i);
        Status status;
        if (c < limit) {
            uint8_t byte = (uint8_t)c;
            status = encode_errors_put(ts, &state, &byte, 1);
            i++;
        } else {
            size_t end = i + 1;
            while (end < s->length && str_char(s, end) >= limit) {
                end++;
            }
            status = encode_errors_handle(ts, &state, i, end, reason, &i);
        }
        if (status == STATUS_ERROR) {
            return encode_errors_fail(ts, &state);
        }
    }
    return encode_errors_finish(ts, &state);
}

// --- UTF-16 and UTF-32 ---------------------------------------------------------------------------

static inline uint32_t unit_at(const uint8_t *p, unsigned unit, bool big)
{
    uint32_t c = 0;
    for (unsigned i = 0; i < unit; i++) {
        c |= (uint32_t)p[big ? unit - 1 - i : i] << 8 * i;
    }
    return c;
}

// Reads a byte order mark where the order is open. Returns the bytes it takes.
static size_t read_order(const uint8_t *bytes, size_t size, unsigned unit, int *order)
{
    if (*order != 0 || size < unit) {
        return 0;
    }
    if (unit_at(bytes, unit, false) == 0xFEFF) {
        *order = -1;
        return unit;
    }
    if (unit_at(bytes, unit, true) == 0xFEFF) {
        *order = 1;
        return unit;
    }
    return 0;
}

Ref codec_decode_utf16(ThreadState *ts, const uint8_t *bytes, size_t size, int *order,
                       const char *errors, size_t *consumed)
{
    size_t i = read_order(bytes, size, 2, order);
    bool big = *order > 0;
    DecodeErrors state;
    decode_errors_begin(&state, big ? "utf-16-be" : "utf-16-le", errors, bytes, size);
    while (i < state.size) {
        const uint8_t *p = state.bytes + i;
        size_t left = state.size - i;
        const char *reason = NULL;
        size_t faulty = 2;
        uint32_t c = left >= 2 ? unit_at(p, 2, big) : 0;
        if (left < 2) {
            reason = "truncated data";
            faulty = left;
        } else if (!is_surrogate(c)) {
            i += 2;
        } else if (c >= 0xDC00) {
            reason = "illegal encoding";
        } else if (left < 4) {
            reason = "unexpected end of data";
            faulty = left;
        } else {
            uint32_t low = unit_at(p + 2, 2, big);
            if (low < 0xDC00 || low > 0xDFFF) {
                reason = "illegal UTF-16 surrogate";
            } else {
                c = 0x10000 + ((c & 0x3FF) << 10 | (low & 0x3FF));
                i += 4;
            }
        }
        if (reason != NULL && consumed != NULL && (left < 2 || (left < 4 && c < 0xDC00))) {
            break;
        }
        Status status = reason == NULL
                            ? builder_add_char(ts, &state.out, c)
                            : decode_errors_handle(ts, &state, i, i + faulty, reason, &i);
        if (status == STATUS_ERROR) {
            return decode_errors_fail(ts, &state);
        }
    }
    if (consumed != NULL) {
        *consumed = i;
    }
    return decode_errors_finish(ts, &state);
}

Ref codec_decode_utf32(ThreadState *ts, const uint8_t *bytes, size_t size, int *order,
                       const char *errors, size_t *consumed)
{
    size_t i = read_order(bytes, size, 4, order);
    bool big = *order > 0;
    DecodeErrors state;
    decode_errors_begin(&state, big ? "utf-32-be" : "utf-32-le", errors, bytes, size);
    while (i < state.size) {
        size_t left = state.size - i, faulty = MIN_OF(left, 4);
        const char *reason = NULL;
        uint32_t c = 0;
        if (left < 4) {
            if (consumed != NULL) {
                break;
            }
            reason = "truncated data";
        } else {
            c = unit_at(state.bytes + i, 4, big);
            reason = is_surrogate(c) ? "code point in surrogate code point range"
                     : c > 0x10FFFF  ? "code point not in range(0x110000)"
                                     : NULL;
        }
        Status status;
        if (reason == NULL) {
            status = builder_add_char(ts, &state.out, c);
            i += 4;
        } else {
            status = decode_errors_handle(ts, &state, i, i + faulty, reason, &i);
        }
        if (status == STATUS_ERROR) {
            return decode_errors_fail(ts, &state);
        }
    }
    if (consumed != NULL) {
        *consumed = i;
    }
    return decode_errors_finish(ts, &state);
}

static Ref encode_units(ThreadState *ts, Value v, unsigned unit, int order, const char *errors)
{
    const Str *s = str_from(v);
    EncodeErrors state;
    const char *names[2][3] = {{"utf-16-le", "utf-16", "utf-16-be"},
                               {"utf-32-le", "utf-32", "utf-32-be"}};
    encode_errors_begin(&state, names[unit == 4][order + 1], errors, v);
    state.unit = unit;
    state.big_endian = order > 0;
    uint8_t bytes[4];
    if (order == 0) {
        const uint8_t mark[4] = {0xFF, 0xFE, 0, 0};
        if (encode_errors_put(ts, &state, mark, unit) == STATUS_ERROR) {
            return encode_errors_fail(ts, &state);
        }
    }
    for (size_t i = 0; i < s->length;) {
        uint32_t c = str_char(s, i);
        Status status = STATUS_OK;
        if (is_surrogate(c)) {
            status = encode_errors_handle(ts, &state, i, i + 1, "surrogates not allowed", &i);
        } else {
            uint32_t parts[2] = {c, 0};
            int count = 1;
            if (unit == 2 && c > 0xFFFF) {
                parts[0] = 0xD800 | (c - 0x10000) >> 10;
                parts[1] = 0xDC00 | ((c - 0x10000) & 0x3FF);
                count = 2;
            }
            for (int k = 0; k < count && status == STATUS_OK; k++) {
                for (unsigned n = 0; n < unit; n++) {
                    bytes[order > 0 ? unit - 1 - n : n] = (uint8_t)(parts[k] >> 8 * n);
                }
                status = encode_errors_put(ts, &state, bytes, unit);
            }
            i++;
        }
        if (status == STATUS_ERROR) {
            return encode_errors_fail(ts, &state);
        }
    }
    return encode_errors_finish(ts, &state);
}

Ref codec_encode_utf16(ThreadState *ts, Value s, int order, const char *errors)
{
    return encode_units(ts, s, 2, order, errors);
}
Ref codec_encode_utf32(ThreadState *ts, Value s, int order, const char *errors)
{
    return encode_units(ts, s, 4, order, errors);
}

// --- By name -------------------------------------------------------------------------------------

typedef enum {
    ENCODING_OTHER,
    ENCODING_UTF8,
    ENCODING_ASCII,
    ENCODING_LATIN1,
    ENCODING_UTF16,
    ENCODING_UTF16_LE,
    ENCODING_UTF16_BE,
    ENCODING_UTF32,
    ENCODING_UTF32_LE,
    ENCODING_UTF32_BE,
    ENCODING_UNICODE_ESCAPE,
    ENCODING_RAW_UNICODE_ESCAPE,
} Encoding;

// Case, '-', '_' and spaces do not matter.
static Encoding encoding_named(const char *name)
{
    static const struct {
        const char *name;
        Encoding encoding;
    } known[] = {
        {"utf8", ENCODING_UTF8},
        {"u8", ENCODING_UTF8},
        {"utf", ENCODING_UTF8},
        {"cp65001", ENCODING_UTF8},
        {"ascii", ENCODING_ASCII},
        {"usascii", ENCODING_ASCII},
        {"646", ENCODING_ASCII},
        {"latin1", ENCODING_LATIN1},
        {"latin", ENCODING_LATIN1},
        {"l1", ENCODING_LATIN1},
        {"iso88591", ENCODING_LATIN1},
        {"88591", ENCODING_LATIN1},
        {"8859", ENCODING_LATIN1},
        {"cp819", ENCODING_LATIN1},
        {"utf16", ENCODING_UTF16},
        {"u16", ENCODING_UTF16},
        {"utf16le", ENCODING_UTF16_LE},
        {"utf16be", ENCODING_UTF16_BE},
        {"utf32", ENCODING_UTF32},
        {"u32", ENCODING_UTF32},
        {"utf32le", ENCODING_UTF32_LE},
        {"utf32be", ENCODING_UTF32_BE},
        {"unicodeescape", ENCODING_UNICODE_ESCAPE},
        {"rawunicodeescape", ENCODING_RAW_UNICODE_ESCAPE},
    };
    char plain[24];
    size_t n = 0;
    for (; *name != 0; name++) {
        if (*name == '-' || *name == '_' || *name == ' ') {
            continue;
        }
        if (n + 1 == sizeof plain) {
            return ENCODING_OTHER;
        }
        plain[n++] = (char)(ascii_is_upper((uint8_t)*name) ? *name + 32 : *name);
    }
    plain[n] = 0;
    for (size_t i = 0; i < ARRAY_LENGTH(known); i++) {
        if (strcmp(plain, known[i].name) == 0) {
            return known[i].encoding;
        }
    }
    return ENCODING_OTHER;
}

Ref str_decode(ThreadState *ts, const uint8_t *bytes, size_t size, const char *encoding,
               const char *errors)
{
    int order = 0;
    switch (encoding == NULL ? ENCODING_UTF8 : encoding_named(encoding)) {
    case ENCODING_UTF8:
        return codec_decode_utf8(ts, bytes, size, errors, NULL);
    case ENCODING_ASCII:
        return codec_decode_ascii(ts, bytes, size, errors);
    case ENCODING_LATIN1:
        return str_from_latin1(ts, bytes, size);
    case ENCODING_UTF16:
        return codec_decode_utf16(ts, bytes, size, &order, errors, NULL);
    case ENCODING_UTF16_LE:
        order = -1;
        return codec_decode_utf16(ts, bytes, size, &order, errors, NULL);
    case ENCODING_UTF16_BE:
        order = 1;
        return codec_decode_utf16(ts, bytes, size, &order, errors, NULL);
    case ENCODING_UTF32:
        return codec_decode_utf32(ts, bytes, size, &order, errors, NULL);
    case ENCODING_UTF32_LE:
        order = -1;
        return codec_decode_utf32(ts, bytes, size, &order, errors, NULL);
    case ENCODING_UTF32_BE:
        order = 1;
        return codec_decode_utf32(ts, bytes, size, &order, errors, NULL);
    case ENCODING_UNICODE_ESCAPE:
        return codec_decode_unicode_escape(ts, bytes, size, errors);
    case ENCODING_RAW_UNICODE_ESCAPE:
        return codec_decode_raw_unicode_escape(ts, bytes, size, errors);
    default:
        return codec_decode_registered(ts, bytes, size, encoding, errors);
    }
}

Ref str_encode(ThreadState *ts, Value s, const char *encoding, const char *errors)
{
    switch (encoding == NULL ? ENCODING_UTF8 : encoding_named(encoding)) {
    case ENCODING_UTF8:
        return codec_encode_utf8(ts, s, errors);
    case ENCODING_ASCII:
        return codec_encode_narrow(ts, s, 0x80, errors);
    case ENCODING_LATIN1:
        return codec_encode_narrow(ts, s, 0x100, errors);
    case ENCODING_UTF16:
        return codec_encode_utf16(ts, s, 0, errors);
    case ENCODING_UTF16_LE:
        return codec_encode_utf16(ts, s, -1, errors);
    case ENCODING_UTF16_BE:
        return codec_encode_utf16(ts, s, 1, errors);
    case ENCODING_UTF32:
        return codec_encode_utf32(ts, s, 0, errors);
    case ENCODING_UTF32_LE:
        return codec_encode_utf32(ts, s, -1, errors);
    case ENCODING_UTF32_BE:
        return codec_encode_utf32(ts, s, 1, errors);
    case ENCODING_UNICODE_ESCAPE:
        return codec_encode_unicode_escape(ts, s);
    case ENCODING_RAW_UNICODE_ESCAPE:
        return codec_encode_raw_unicode_escape(ts, s);
    default:
        return codec_encode_registered(ts, s, encoding, errors);
    }
}

Ref str_from_object(ThreadState *ts, Value object, const char *encoding, const char *errors)
{
    if (value_is_str(object)) {
        return raise(ts, EXC_TypeError, "decoding str is not supported");
    }
    if (type_of(object)->slots.buffer == NULL) {
        return raise(ts, EXC_TypeError, "decoding to str: need a bytes-like object, %.80s found",
                     type_name(type_of(object)));
    }
    BufferView view;
    if (buffer_get_brief(ts, object, &view) == STATUS_ERROR) {
        return NO_REF;
    }
    Ref text = str_decode(ts, view.data, view.size, encoding, errors);
    buffer_release(ts, &view);
    return text;
}
