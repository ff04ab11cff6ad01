// core/modules/binascii.c: binascii: hexadecimal, base64, uuencode, quoted-printable, checksums.
//
// Every function reads a buffer (or, where text is decoded, an ASCII str) and makes bytes.
#include <string.h>

#include "core/object/bytes.h"
#include "core/object/container.h"
#include "core/object/int.h"
#include "core/object/module.h"
#include "core/object/str.h"
#include "core/object/tuple.h"

static Ref error_type; // binascii.Error, kept for the life of the process
static Ref incomplete_type;

static Ref raise_binascii(ThreadState *ts, const char *format, long number)
{
    OWNED Ref text = format_str(ts, format, number);
    OWNED Ref exception = is_error(text) ? NO_REF : object_call1(ts, error_type.v, text.v);
    return is_error(exception) ? NO_REF : raise_object(ts, exception.v, NO_VALUE);
}

// The argument's bytes in an object of their own, so that nobody changes them meanwhile.
static Ref input_of(ThreadState *ts, Value v, bool text_too)
{
    if (text_too && value_is_str(v)) {
        Str *s = str_from(v);
        return str_is_ascii(s) ? bytes_new(ts, s->data, s->length)
                               : raise(ts, EXC_ValueError,
                                       "string argument should contain only ASCII characters");
    }
    BufferView view;
    if (type_of(v)->slots.buffer == NULL) {
        return raise(ts, EXC_TypeError,
                     text_too ? "argument should be bytes, buffer or ASCII string, not '%T'"
                              : "a bytes-like object is required, not '%T'",
                     v);
    }
    if (buffer_get(ts, v, &view) == STATUS_ERROR) {
        return NO_REF;
    }
    Ref copy = bytes_new(ts, view.data, view.size);
    buffer_release(ts, &view);
    return copy;
}

// --- Hexadecimal ---------------------------------------------------------------------------------

static Ref b2a_hex(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref input = input_of(ts, args[0], false);
    if (is_error(input)) {
        return NO_REF;
    }
    OWNED Ref text = is_no_value(args[1]) ? object_call_method_z(ts, input.v, "hex", NULL, 0)
                                          : object_call_method_z(ts, input.v, "hex", &args[1],
                                                                 is_no_value(args[2]) ? 1 : 2);
    return is_error(text) ? NO_REF
                          : bytes_new(ts, str_from(text.v)->data, str_from(text.v)->length);
}

static int hex_digit(uint8_t c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

static Ref a2b_hex(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref input = input_of(ts, args[0], true);
    if (is_error(input)) {
        return NO_REF;
    }
    const Bytes *in = bytes_from(input.v);
    if (in->size % 2 != 0) {
        return raise_binascii(ts, "Odd-length string", 0);
    }
    OWNED Ref out = bytes_new(ts, NULL, in->size / 2);
    for (size_t i = 0; !is_error(out) && i < in->size / 2; i++) {
        int high = hex_digit(in->data[2 * i]), low = hex_digit(in->data[2 * i + 1]);
        if (high < 0 || low < 0) {
            return raise_binascii(ts, "Non-hexadecimal digit found", 0);
        }
        bytes_from(out.v)->data[i] = (uint8_t)(high << 4 | low);
    }
    return ref_take(&out);
}

// --- Base64 --------------------------------------------------------------------------------------

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static int base64_value(uint8_t c)
{
    return c >= 'A' && c <= 'Z'   ? c - 'A'
           : c >= 'a' && c <= 'z' ? c - 'a' + 26
           : c >= '0' && c <= '9' ? c - '0' + 52
           : c == '+'             ? 62
           : c == '/'             ? 63
                                  : -1;
}

static Ref b2a_base64(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref input = input_of(ts, args[0], false);
    Truth newline = is_no_value(args[1]) ? TRUTH_TRUE : object_is_true(ts, args[1]);
    if (is_error(input) || newline == TRUTH_ERROR) {
        return NO_REF;
    }
    const Bytes *in = bytes_from(input.v);
    OWNED Ref out = bytes_new(ts, NULL, (in->size + 2) / 3 * 4 + (newline == TRUTH_TRUE));
    if (is_error(out)) {
        return NO_REF;
    }
    uint8_t *to = bytes_from(out.v)->data;
    for (size_t i = 0; i < in->size; i += 3) {
        size_t left = in->size - i;
        uint32_t three = (uint32_t)in->data[i] << 16 |
                         (left > 1 ? (uint32_t)in->data[i + 1] << 8 : 0) |
                         (left > 2 ? in->data[i + 2] : 0);
        *to++ = (uint8_t)base64_digits[three >> 18];
        *to++ = (uint8_t)base64_digits[three >> 12 & 63];
        *to++ = left > 1 ? (uint8_t)base64_digits[three >> 6 & 63] : '=';
        *to++ = left > 2 ? (uint8_t)base64_digits[three & 63] : '=';
    }
    if (newline == TRUTH_TRUE) {
        *to = '\n';
    }
    return ref_take(&out);
}

static Ref a2b_base64(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref input = input_of(ts, args[0], true);
    Truth strict = is_no_value(args[1]) ? TRUTH_FALSE : object_is_true(ts, args[1]);
    if (is_error(input) || strict == TRUTH_ERROR) {
        return NO_REF;
    }
    const Bytes *in = bytes_from(input.v);
    bool is_strict = strict == TRUTH_TRUE, padding_seen = false;
    if (is_strict && in->size > 0 && in->data[0] == '=') {
        return raise_binascii(ts, "Leading padding not allowed", 0);
    }
    OWNED Ref out = bytes_new(ts, NULL, (in->size + 3) / 4 * 3);
    if (is_error(out)) {
        return NO_REF;
    }
    uint8_t *to = bytes_from(out.v)->data;
    size_t made = 0;
    int quad = 0, pads = 0;
    uint32_t bits = 0;
    bool ended = false;
    for (size_t i = 0; i < in->size && !ended; i++) {
        uint8_t c = in->data[i];
        if (c == '=') {
            padding_seen = true;
            if (quad >= 2 && quad + ++pads >= 4) {
                if (is_strict && i + 1 < in->size) {
                    return raise_binascii(ts, "Excess data after padding", 0);
                }
                ended = true;
            }
            continue;
        }
        int v = base64_value(c);
        if (v < 0) {
            if (is_strict) {
                return raise_binascii(ts, "Only base64 data is allowed", 0);
            }
            continue;
        }
        if (is_strict && padding_seen) {
            return raise_binascii(ts, "Discontinuous padding not allowed", 0);
        }
        pads = 0;
        bits = bits << 6 | (uint32_t)v;
        quad++;
        if (quad == 2) {
            to[made++] = (uint8_t)(bits >> 4);
        } else if (quad == 3) {
            to[made++] = (uint8_t)(bits >> 2);
        } else if (quad == 4) {
            to[made++] = (uint8_t)bits;
            quad = 0;
        }
    }
    if (quad != 0 && !ended) {
        return quad == 1 ? raise_binascii(ts,
                                          "Invalid base64-encoded string: number of data "
                                          "characters (%ld) cannot be 1 more than "
                                          "a multiple of 4",
                                          (long)(made / 3 * 4 + 1))
                         : raise_binascii(ts, "Incorrect padding", 0);
    }
    return bytes_new(ts, to, made);
}

// --- Uuencode ------------------------------------------------------------------------------------

static Ref b2a_uu(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref input = input_of(ts, args[0], false);
    Truth backtick = is_no_value(args[1]) ? TRUTH_FALSE : object_is_true(ts, args[1]);
    if (is_error(input) || backtick == TRUTH_ERROR) {
        return NO_REF;
    }
    const Bytes *in = bytes_from(input.v);
    if (in->size > 45) {
        return raise_binascii(ts, "At most 45 bytes at once", 0);
    }
    uint8_t line[64], *to = line, zero = backtick == TRUTH_TRUE ? '`' : ' ';
    *to++ = in->size == 0 ? zero : (uint8_t)(' ' + in->size);
    for (size_t i = 0; i < in->size; i += 3) {
        uint32_t three = 0;
        for (size_t k = i; k < i + 3; k++) {
            three = three << 8 | (k < in->size ? in->data[k] : 0);
        }
        for (int shift = 18; shift >= 0; shift -= 6) {
            uint8_t six = three >> shift & 63;
            *to++ = six == 0 ? zero : (uint8_t)(' ' + six);
        }
    }
    *to++ = '\n';
    return bytes_new(ts, line, (size_t)(to - line));
}

// The first character tells the number of bytes. Spaces at the end may have been lost on the way.
static Ref a2b_uu(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref input = input_of(ts, args[0], true);
    if (is_error(input)) {
        return NO_REF;
    }
    const Bytes *in = bytes_from(input.v);
    size_t size = ((in->size == 0 ? 0u : in->data[0]) - ' ') & 63, made = 0, at = 1;
    uint8_t out[64];
    uint32_t bits = 0;
    int count = 0;
    for (; made < size; at++) {
        uint8_t c = at < in->size ? in->data[at] : '\n';
        if (c == '\n' || c == '\r') {
            c = ' ';
        }
        if (c < ' ' || c > ' ' + 64) {
            return raise_binascii(ts, "Illegal char", 0);
        }
        bits = bits << 6 | ((c - ' ') & 63);
        count += 6;
        if (count >= 8) {
            count -= 8;
            out[made++] = (uint8_t)(bits >> count);
        }
    }
    for (; at < in->size; at++) {
        if (strchr(" `\n\r", in->data[at]) == NULL || in->data[at] == 0) {
            return raise_binascii(ts, "Trailing garbage", 0);
        }
    }
    return bytes_new(ts, out, made);
}

// --- Quoted-printable ----------------------------------------------------------------------------

static Ref a2b_qp(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref input = input_of(ts, args[0], true);
    Truth header = is_no_value(args[1]) ? TRUTH_FALSE : object_is_true(ts, args[1]);
    if (is_error(input) || header == TRUTH_ERROR) {
        return NO_REF;
    }
    const uint8_t *in = bytes_from(input.v)->data;
    size_t size = bytes_from(input.v)->size, made = 0, i = 0;
    OWNED Ref out = bytes_new(ts, NULL, size);
    if (is_error(out)) {
        return NO_REF;
    }
    uint8_t *to = bytes_from(out.v)->data;
    while (i < size) {
        uint8_t c = in[i++];
        if (c != '=') {
            to[made++] = header == TRUTH_TRUE && c == '_' ? ' ' : c;
        } else if (i < size && (in[i] == '\n' || in[i] == '\r')) { // the line goes on
            while (i < size && in[i] != '\n') {
                i++;
            }
            i += i < size;
        } else if (i < size && in[i] == '=') {
            to[made++] = in[i++];
        } else if (i + 1 < size && hex_digit(in[i]) >= 0 && hex_digit(in[i + 1]) >= 0) {
            to[made++] = (uint8_t)(hex_digit(in[i]) << 4 | hex_digit(in[i + 1]));
            i += 2;
        } else if (i < size) {
            to[made++] = '=';
        }
    }
    return bytes_new(ts, to, made);
}

typedef struct QuotedLine {
    uint8_t *to;
    size_t length; // of the line so far
    bool crlf;     // what ends lines
} QuotedLine;

enum { QUOTED_LINE_MAX = 76 };

static void end_quoted_line(QuotedLine *q)
{
    if (q->crlf) {
        *q->to++ = '\r';
    }
    *q->to++ = '\n';
    q->length = 0;
}

static void put_quoted(QuotedLine *q, uint8_t c)
{
    static const char digits[] = "0123456789ABCDEF";
    *q->to++ = '=';
    *q->to++ = (uint8_t)digits[c >> 4];
    *q->to++ = (uint8_t)digits[c & 15];
}

typedef struct QuotedOptions {
    bool quote_tabs, is_text, is_header;
} QuotedOptions;

static bool must_quote(const uint8_t *in, size_t i, size_t size, const QuotedOptions *o,
                       size_t line_length)
{
    uint8_t c = in[i];
    bool last = i + 1 == size, is_end = c == '\r' || c == '\n', is_blank = c == ' ' || c == '\t';
    if (c > 126 || c == '=' || (o->is_header && c == '_') || (!o->is_text && is_end)) {
        return true;
    }
    if (c == '.' && line_length == 0) { // alone on a line it ends a message
        return last || in[i + 1] == '\n' || in[i + 1] == '\r' || in[i + 1] == 0;
    }
    return (is_blank && last) || (c < 33 && !is_end && (o->quote_tabs || !is_blank));
}

static void quote(QuotedLine *q, const uint8_t *in, size_t size, const QuotedOptions *o)
{
    const uint8_t *start = q->to, *newline = size == 0 ? NULL : memchr(in, '\n', size);
    q->crlf = newline != NULL && newline > in && newline[-1] == '\r';
    for (size_t i = 0; i < size;) {
        uint8_t c = in[i];
        bool last = i + 1 == size;
        if (must_quote(in, i, size, o, q->length)) {
            if (q->length + 3 >= QUOTED_LINE_MAX) {
                *q->to++ = '=';
                end_quoted_line(q);
            }
            put_quoted(q, c);
            q->length += 3;
            i++;
        } else if (o->is_text && (c == '\n' || (c == '\r' && !last && in[i + 1] == '\n'))) {
            if (q->to > start && (q->to[-1] == ' ' || q->to[-1] == '\t')) {
                uint8_t blank = *--q->to; // none may end a line
                put_quoted(q, blank);
            }
            end_quoted_line(q);
            i += c == '\r' ? 2 : 1;
        } else {
            if (!last && in[i + 1] != '\n' && q->length + 1 >= QUOTED_LINE_MAX) {
                *q->to++ = '=';
                end_quoted_line(q);
            }
            *q->to++ = o->is_header && c == ' ' ? '_' : c;
            q->length++;
            i++;
        }
    }
}

static Ref b2a_qp(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref input = input_of(ts, args[0], false);
    Truth flags[3] = {TRUTH_FALSE, TRUTH_TRUE, TRUTH_FALSE};
    for (size_t i = 0; i < 3; i++) {
        flags[i] = is_no_value(args[1 + i]) ? flags[i] : object_is_true(ts, args[1 + i]);
        if (is_error(input) || flags[i] == TRUTH_ERROR) {
            return NO_REF;
        }
    }
    const Bytes *in = bytes_from(input.v);
    if (in->size > SIZE_MAX / 8) {
        return raise_no_memory(ts);
    }
    // Three for each, and a break of three after every 73 or more.
    OWNED Ref out = bytes_new(ts, NULL, in->size * 3 + (in->size * 3 / 70 + 1) * 3);
    if (is_error(out)) {
        return NO_REF;
    }
    QuotedLine q = {.to = bytes_from(out.v)->data};
    QuotedOptions o = {flags[0] == TRUTH_TRUE, flags[1] == TRUTH_TRUE, flags[2] == TRUTH_TRUE};
    quote(&q, in->data, in->size, &o);
    return bytes_new(ts, bytes_from(out.v)->data, (size_t)(q.to - bytes_from(out.v)->data));
}

// --- Checksums -----------------------------------------------------------------------------------

static Ref crc_of(ThreadState *ts, const Value *args, bool is_hqx)
{
    OWNED Ref input = input_of(ts, args[0], false);
    OWNED Ref start = is_no_value(args[1]) ? REF_OF(small_int(0)) : object_index(ts, args[1]);
    uint64_t mask = 0;
    if (is_error(input) || is_error(start)) {
        return NO_REF;
    }
    OWNED Ref low = object_binary(ts, BIN_AND, start.v, small_int(0xFFFFFFFF));
    if (is_error(low) || !int_to_u64(low.v, &mask)) {
        return NO_REF;
    }
    const Bytes *in = bytes_from(input.v);
    uint32_t crc = is_hqx ? (uint32_t)mask & 0xFFFF : ~(uint32_t)mask;
    for (size_t i = 0; i < in->size; i++) {
        crc ^= is_hqx ? (uint32_t)in->data[i] << 8 : in->data[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = is_hqx ? ((crc << 1) ^ (crc & 0x8000 ? 0x1021 : 0)) & 0xFFFF
                         : (crc >> 1) ^ (crc & 1 ? 0xEDB88320u : 0);
        }
    }
    return int_from_i64(ts, (int64_t)(is_hqx ? crc : ~crc));
}

static Ref crc32_of(ThreadState *ts, Value self, const Value *args)
{
    return crc_of(ts, args, false);
}
static Ref crc_hqx(ThreadState *ts, Value self, const Value *args)
{
    return crc_of(ts, args, true);
}

// --- The module ----------------------------------------------------------------------------------

static const NativeDef functions[] = {
    NATIVE("hexlify", b2a_hex, "($module, /, data, sep=, bytes_per_sep=1)",
           "Hexadecimal representation of binary data."),
    NATIVE("b2a_hex", b2a_hex, "($module, /, data, sep=, bytes_per_sep=1)",
           "Hexadecimal representation of binary data."),
    NATIVE("unhexlify", a2b_hex, "($module, hexstr, /)",
           "Binary data of its hexadecimal representation."),
    NATIVE("a2b_hex", a2b_hex, "($module, hexstr, /)",
           "Binary data of its hexadecimal representation."),
    NATIVE("b2a_base64", b2a_base64, "($module, data, /, *, newline=True)",
           "Base64-code line of data."),
    NATIVE("a2b_base64", a2b_base64, "($module, data, /, *, strict_mode=False)",
           "Decode a line of base64 data."),
    NATIVE("b2a_uu", b2a_uu, "($module, data, /, *, backtick=False)", "Uuencode line of data."),
    NATIVE("a2b_uu", a2b_uu, "($module, data, /)", "Decode a line of uuencoded data."),
    NATIVE("b2a_qp", b2a_qp, "($module, /, data, quotetabs=False, istext=True, header=False)",
           "Encode a string using quoted-printable encoding."),
    NATIVE("a2b_qp", a2b_qp, "($module, /, data, header=False)",
           "Decode a string of qp-encoded data."),
    NATIVE("crc32", crc32_of, "($module, data, crc=0, /)", "CRC-32 of the data."),
    NATIVE("crc_hqx", crc_hqx, "($module, data, crc, /)", "CRC-CCITT of the data."),
    NATIVE_END,
};

static Ref make_exception(ThreadState *ts, const char *name, ExceptionId base)
{
    OWNED Ref text = str_from_z(ts, name);
    OWNED Ref home = str_from_z(ts, "binascii");
    OWNED Ref bases = tuple_pack(ts, 1, type_value(TYPE_OF_EXCEPTION(base)));
    OWNED Ref space = dict_new(ts);
    if (is_error(text) || is_error(home) || is_error(bases) || is_error(space) ||
        dict_set(ts, dict_from(space.v), NAME(__module__), home.v) == STATUS_ERROR) {
        return NO_REF;
    }
    return object_call3(ts, type_value(TYPE_OF_KIND(TYPE)), text.v, bases.v, space.v);
}

static Status setup(ThreadState *ts, Value module)
{
    if (is_error(error_type)) {
        error_type = make_exception(ts, "Error", EXC_ValueError);
        incomplete_type =
            is_error(error_type) ? NO_REF : make_exception(ts, "Incomplete", EXC_Exception);
    }
    return is_error(incomplete_type) ||
                   module_add(ts, module, "Error", error_type.v) == STATUS_ERROR ||
                   module_add(ts, module, "Incomplete", incomplete_type.v) == STATUS_ERROR
               ? STATUS_ERROR
               : STATUS_OK;
}

extern const ModuleSpec module_binascii;
const ModuleSpec module_binascii = {"binascii", "Binary data as ASCII text.", functions, setup};
