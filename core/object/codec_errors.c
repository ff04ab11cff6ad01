// What happens when bytes do not decode, or text does not encode: the builtin error handlers,
// and those that scripts register.
#include <stdio.h>

#include "core/object/bytes.h"
#include "core/object/character_names.h"
#include "core/object/codec.h"
#include "core/object/dict.h"
#include "core/object/int.h"
#include "core/object/str_internal.h"
#include "core/object/tuple.h"
#include "core/object/utf8.h"

static Status make_args(ThreadState *ts, Ref *args, const char *encoding, Ref object, size_t start,
                        size_t end, const char *reason)
{
    args[0] = str_from_z(ts, encoding);
    args[1] = object;
    args[2] = int_from_u64(ts, start);
    args[3] = int_from_u64(ts, end);
    args[4] = str_from_z(ts, reason);
    return is_error(args[0]) || is_error(args[1]) || is_error(args[4]) ? STATUS_ERROR : STATUS_OK;
}

static Ref raise_unicode_error(ThreadState *ts, ExceptionId id, const char *encoding, Ref object,
                               size_t start, size_t end, const char *reason)
{
    Ref args[5];
    if (make_args(ts, args, encoding, object, start, end, reason) == STATUS_OK) {
        Value values[5];
        for (int i = 0; i < 5; i++) {
            values[i] = args[i].v;
        }
        (void)raise_args(ts, id, values, 5);
    }
    for (int i = 0; i < 5; i++) {
        ref_drop(&args[i]);
    }
    return NO_REF;
}

Ref raise_decode_error(ThreadState *ts, const char *encoding, const uint8_t *bytes, size_t size,
                       size_t start, size_t end, const char *reason)
{
    return raise_unicode_error(ts, EXC_UnicodeDecodeError, encoding, bytes_new(ts, bytes, size),
                               start, end, reason);
}

Ref raise_encode_error(ThreadState *ts, const char *encoding, Value s, size_t start, size_t end,
                       const char *reason)
{
    return raise_unicode_error(ts, EXC_UnicodeEncodeError, encoding, ref_new(s), start, end,
                               reason);
}

// --- Registered handlers -------------------------------------------------------------------------

static SharedRef registry; // dict: name to function; made by the first registration

static bool is_builtin_handler(const char *name)
{
    static const char *const names[] = {
        "strict",          "ignore",        "replace",           "backslashreplace",
        "surrogateescape", "surrogatepass", "xmlcharrefreplace", "namereplace"};
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        if (strcmp(name, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

Status codec_register_error(ThreadState *ts, Value name, Value handler)
{
    if (shared_ref_peek(&registry).bits == 0) {
        OWNED Ref dict = dict_new(ts);
        if (is_error(dict)) {
            return STATUS_ERROR;
        }
        uintptr_t expected = 0;
        if (atomic_cas_acq_rel(&registry.bits, &expected, dict.v.bits)) {
            dict.v.bits = 0; // the registry owns it now
        }
    }
    return dict_set(ts, dict_from(shared_ref_peek(&registry)), name, handler);
}

void codec_errors_finish(void) { shared_ref_clear(&registry); }

Ref codec_lookup_error(ThreadState *ts, const char *name)
{
    Ref handler = NO_REF;
    Value dict = shared_ref_peek(&registry);
    if (dict.bits != 0) {
        Lookup lookup = dict_get_z(ts, dict_from(dict), name, &handler);
        if (lookup != LOOKUP_ABSENT) {
            return handler;
        }
    }
    return raise(ts, EXC_LookupError, "unknown error handler name '%.400s'", name);
}

// A script may have put its own function in a builtin handler's place.
static bool is_overridden(ThreadState *ts, const char *name, Ref *handler)
{
    Value dict = shared_ref_peek(&registry);
    return dict.bits != 0 && dict_get_z(ts, dict_from(dict), name, handler) == LOOKUP_FOUND;
}

// Calls a handler with the pending exception; *text is what to use instead, *resume where to go on.
static Status call_handler(ThreadState *ts, Value handler, size_t length, const char *what,
                           Ref *text, size_t *resume, Ref *object)
{
    OWNED Ref exception = exception_fetch(ts);
    OWNED Ref result = object_call1(ts, handler, exception.v);
    if (is_error(result)) {
        return STATUS_ERROR;
    }
    if (object != NULL) { // it may have put other bytes there
        *object = object_get_attribute(ts, exception.v, NAME(object));
        if (is_error(*object)) {
            return STATUS_ERROR;
        }
        if (!value_is_bytes(object->v)) {
            return raise_status(ts, EXC_TypeError, "exception attribute object must be bytes");
        }
        length = bytes_from(object->v)->size;
    }
    bool is_decoding = what[0] == 'd';
    bool ok = value_is_tuple(result.v) && tuple_count(result.v) == 2;
    ok = ok && (value_is_str(tuple_item(result.v, 0)) ||
                (!is_decoding && value_is_bytes(tuple_item(result.v, 0))));
    int64_t position;
    if (!ok || !value_is_int(tuple_item(result.v, 1))) {
        return raise_status(ts, EXC_TypeError, "%s error handler must return (str%s, int) tuple",
                            what, is_decoding ? "" : "/bytes");
    }
    if (!int_to_i64(tuple_item(result.v, 1), &position)) {
        position = INT64_MAX;
    }
    int64_t given = position;
    if (position < 0) {
        position += (int64_t)length;
    }
    if (position < 0 || position > (int64_t)length) {
        return raise_status(ts, EXC_IndexError, "position %lld from error handler out of bounds",
                            (long long)given);
    }
    *text = ref_new(tuple_item(result.v, 0));
    *resume = (size_t)position;
    return STATUS_OK;
}

// --- Decoding ------------------------------------------------------------------------------------

void decode_errors_begin(DecodeErrors *d, const char *encoding, const char *errors,
                         const uint8_t *bytes, size_t size)
{
    d->encoding = encoding;
    d->errors = errors == NULL ? "strict" : errors;
    d->bytes = bytes;
    d->size = size;
    d->object = d->handler = NO_REF;
    builder_init(&d->out);
}

static Status raise_here(ThreadState *ts, DecodeErrors *d, size_t start, size_t end,
                         const char *reason)
{
    (void)raise_decode_error(ts, d->encoding, d->bytes, d->size, start, end, reason);
    return STATUS_ERROR;
}

static Status escape_bytes(ThreadState *ts, DecodeErrors *d, size_t start, size_t end)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = start; i < end; i++) {
        char text[4] = {'\\', 'x', digits[d->bytes[i] >> 4], digits[d->bytes[i] & 15]};
        if (builder_add_ascii(ts, &d->out, text, 4) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    return STATUS_OK;
}

// A surrogate in the encoding's own form at the error's start; 0: none.
static uint32_t encoded_surrogate(const DecodeErrors *d, size_t start, size_t *length)
{
    const uint8_t *p = d->bytes + start;
    size_t left = d->size - start;
    uint32_t c = 0;
    if (strncmp(d->encoding, "utf-16", 6) == 0) {
        *length = 2;
        if (left >= 2) {
            c = strcmp(d->encoding, "utf-16-be") == 0 ? (uint32_t)p[0] << 8 | p[1]
                                                      : (uint32_t)p[1] << 8 | p[0];
        }
    } else if (strncmp(d->encoding, "utf-32", 6) == 0) {
        *length = 4;
        if (left >= 4) {
            bool big = strcmp(d->encoding, "utf-32-be") == 0;
            c = big ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]
                    : (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
        }
    } else {
        *length = 3;
        if (left >= 3 && (p[0] & 0xF0) == 0xE0 && (p[1] & 0xC0) == 0x80 && (p[2] & 0xC0) == 0x80) {
            c = (uint32_t)(p[0] & 0xF) << 12 | (uint32_t)(p[1] & 0x3F) << 6 | (p[2] & 0x3F);
        }
    }
    return is_surrogate(c) ? c : 0;
}

static Status decode_by_script(ThreadState *ts, DecodeErrors *d, size_t start, size_t end,
                               const char *reason, size_t *resume)
{
    if (is_error(d->handler)) {
        d->handler = codec_lookup_error(ts, d->errors);
        if (is_error(d->handler)) {
            return STATUS_ERROR;
        }
    }
    (void)raise_here(ts, d, start, end, reason);
    OWNED Ref text = NO_REF;
    OWNED Ref object = NO_REF;
    if (call_handler(ts, d->handler.v, d->size, "decoding", &text, resume, &object) ==
        STATUS_ERROR) {
        return STATUS_ERROR;
    }
    d->bytes = bytes_from(object.v)->data;
    d->size = bytes_from(object.v)->size;
    ref_set(&d->object, ref_take(&object));
    return builder_add(ts, &d->out, text.v);
}

Status decode_errors_handle(ThreadState *ts, DecodeErrors *d, size_t start, size_t end,
                            const char *reason, size_t *resume)
{
    const char *e = d->errors;
    if (!is_builtin_handler(e) || is_overridden(ts, e, &d->handler)) {
        return decode_by_script(ts, d, start, end, reason, resume);
    }
    *resume = end;
    if (strcmp(e, "ignore") == 0) {
        return STATUS_OK;
    }
    if (strcmp(e, "replace") == 0) {
        return builder_add_char(ts, &d->out, 0xFFFD);
    }
    if (strcmp(e, "backslashreplace") == 0) {
        return escape_bytes(ts, d, start, end);
    }
    if (strcmp(e, "surrogateescape") == 0) {
        size_t i = start;
        while (i < end && i < start + 4 && d->bytes[i] >= 0x80) {
            if (builder_add_char(ts, &d->out, 0xDC00u + d->bytes[i]) == STATUS_ERROR) {
                return STATUS_ERROR;
            }
            i++;
        }
        *resume = i;
        return i > start ? STATUS_OK : raise_here(ts, d, start, end, reason);
    }
    if (strcmp(e, "surrogatepass") == 0) {
        size_t length;
        uint32_t c = encoded_surrogate(d, start, &length);
        if (c != 0) {
            *resume = start + length;
            return builder_add_char(ts, &d->out, c);
        }
        return raise_here(ts, d, start, end, reason);
    }
    if (strcmp(e, "strict") != 0) {
        return raise_status(ts, EXC_TypeError,
                            "don't know how to handle UnicodeDecodeError in error callback");
    }
    return raise_here(ts, d, start, end, reason);
}

static void decode_errors_end(DecodeErrors *d)
{
    ref_drop(&d->object);
    ref_drop(&d->handler);
}

Ref decode_errors_finish(ThreadState *ts, DecodeErrors *d)
{
    decode_errors_end(d);
    return builder_finish(ts, &d->out);
}

Ref decode_errors_fail(ThreadState *ts, DecodeErrors *d)
{
    builder_abandon(ts, &d->out);
    decode_errors_end(d);
    return NO_REF;
}

// --- Encoding ------------------------------------------------------------------------------------

void encode_errors_begin(EncodeErrors *e, const char *encoding, const char *errors, Value text)
{
    *e = (EncodeErrors){.encoding = encoding,
                        .errors = errors == NULL ? "strict" : errors,
                        .text = text,
                        .handler = NO_REF,
                        .unit = 1,
                        .max_char = 0x10FFFF};
}

Status encode_errors_put(ThreadState *ts, EncodeErrors *e, const uint8_t *bytes, size_t size)
{
    if (size > e->capacity - e->size) {
        size_t capacity = (e->size + size) * 2 + str_length(e->text);
        uint8_t *out = raw_realloc(ts, e->out, capacity);
        if (out == NULL) {
            return STATUS_ERROR;
        }
        e->out = out;
        e->capacity = capacity;
    }
    memcpy(e->out + e->size, bytes, size);
    e->size += size;
    return STATUS_OK;
}

// One code point that the encoding has.
static Status put_char(ThreadState *ts, EncodeErrors *e, uint32_t c)
{
    uint8_t bytes[4];
    size_t size = e->unit;
    if (e->put_mapped != NULL) {
        Lookup found = e->put_mapped(ts, e, c);
        if (found == LOOKUP_ABSENT) {
            (void)raise_encode_error(ts, e->encoding, e->text, e->start, e->end,
                                     "character maps to <undefined>");
        }
        return found == LOOKUP_FOUND ? STATUS_OK : STATUS_ERROR;
    }
    if (e->unit == 1) {
        if (e->max_char > 0xFF) {
            size = utf8_put(bytes, c);
        } else {
            bytes[0] = (uint8_t)c;
        }
    } else if (e->unit == 2 && c > 0xFFFF) {
        uint32_t high = 0xD800 | (c - 0x10000) >> 10, low = 0xDC00 | ((c - 0x10000) & 0x3FF);
        return put_char(ts, e, high) == STATUS_ERROR ? STATUS_ERROR : put_char(ts, e, low);
    } else {
        for (unsigned i = 0; i < e->unit; i++) {
            bytes[e->big_endian ? e->unit - 1 - i : i] = (uint8_t)(c >> 8 * i);
        }
    }
    return encode_errors_put(ts, e, bytes, size);
}

static Status put_ascii(ThreadState *ts, EncodeErrors *e, const char *text)
{
    for (; *text != 0; text++) {
        if (put_char(ts, e, (uint8_t)*text) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    return STATUS_OK;
}

static Status raise_encoding(ThreadState *ts, EncodeErrors *e, size_t start, size_t end,
                             const char *reason)
{
    (void)raise_encode_error(ts, e->encoding, e->text, start, end, reason);
    return STATUS_ERROR;
}

static Status encode_by_script(ThreadState *ts, EncodeErrors *e, size_t start, size_t end,
                               const char *reason, size_t *resume)
{
    if (is_error(e->handler)) {
        e->handler = codec_lookup_error(ts, e->errors);
        if (is_error(e->handler)) {
            return STATUS_ERROR;
        }
    }
    (void)raise_encoding(ts, e, start, end, reason);
    OWNED Ref text = NO_REF;
    if (call_handler(ts, e->handler.v, str_length(e->text), "encoding", &text, resume, NULL) ==
        STATUS_ERROR) {
        return STATUS_ERROR;
    }
    if (value_is_bytes(text.v)) {
        if (bytes_from(text.v)->size % e->unit != 0) {
            return raise_encoding(ts, e, start, end, reason);
        }
        return encode_errors_put(ts, e, bytes_from(text.v)->data, bytes_from(text.v)->size);
    }
    const Str *s = str_from(text.v);
    for (size_t i = 0; i < s->length; i++) {
        uint32_t c = str_char(s, i);
        // UTF encoders take ASCII replacements only, as CPython's.
        if (c > (e->max_char == 0x10FFFF && e->put_mapped == NULL ? 0x7F : e->max_char)) {
            return raise_encoding(ts, e, start, end, reason);
        }
        if (put_char(ts, e, c) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    return STATUS_OK;
}

static void escape_text(char *out, size_t room, uint32_t c)
{
    snprintf(out, room, c < 0x100 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x", c);
}

// The replacement of one code point by a handler that replaces each by itself.
static Status replace_one(ThreadState *ts, EncodeErrors *e, uint32_t c)
{
    char text[CHARACTER_NAME_MAX + 16];
    switch (e->errors[0]) {
    case 'x':
        snprintf(text, sizeof text, "&#%u;", c);
        break;
    case 'n': {
        char name[CHARACTER_NAME_MAX];
        if (character_name(c, name)) {
            snprintf(text, sizeof text, "\\N{%s}", name);
        } else {
            escape_text(text, sizeof text, c);
        }
        break;
    }
    case 'b':
        escape_text(text, sizeof text, c);
        break;
    default:
        strcpy(text, "?");
        break;
    }
    return put_ascii(ts, e, text);
}

Status encode_errors_handle(ThreadState *ts, EncodeErrors *e, size_t start, size_t end,
                            const char *reason, size_t *resume)
{
    const char *errors = e->errors;
    e->start = start;
    e->end = end;
    if (!is_builtin_handler(errors) || is_overridden(ts, errors, &e->handler)) {
        return encode_by_script(ts, e, start, end, reason, resume);
    }
    *resume = end;
    if (strcmp(errors, "strict") == 0) {
        return raise_encoding(ts, e, start, end, reason);
    }
    bool escape = strcmp(errors, "surrogateescape") == 0,
         pass = strcmp(errors, "surrogatepass") == 0;
    for (size_t i = start; i < end && strcmp(errors, "ignore") != 0; i++) {
        uint32_t c = str_char(str_from(e->text), i);
        Status status;
        if (escape) {
            if (c < 0xDC80 || c > 0xDCFF || e->unit != 1) {
                return raise_encoding(ts, e, start, end, reason);
            }
            uint8_t byte = (uint8_t)c;
            status = encode_errors_put(ts, e, &byte, 1);
        } else if (pass) {
            if (!is_surrogate(c) || e->max_char < 0x10FFFF) {
                return raise_encoding(ts, e, start, end, reason);
            }
            status = put_char(ts, e, c);
        } else {
            status = replace_one(ts, e, c);
        }
        if (status == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    return STATUS_OK;
}

static void encode_errors_end(ThreadState *ts, EncodeErrors *e)
{
    if (e->out != NULL) {
        raw_free(ts, e->out);
    }
    ref_drop(&e->handler);
}

Ref encode_errors_finish(ThreadState *ts, EncodeErrors *e)
{
    Ref bytes = bytes_new(ts, e->out == NULL ? (const uint8_t *)"" : e->out, e->size);
    encode_errors_end(ts, e);
    return bytes;
}

Ref encode_errors_fail(ThreadState *ts, EncodeErrors *e)
{
    encode_errors_end(ts, e);
    return NO_REF;
}
