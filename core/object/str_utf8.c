// UTF-8 in and out of str.
//
// Decoding takes two passes: validate and measure, then fill exactly. The UTF-8 form of a text that
// is not ASCII is made when first asked for and kept in a table beside it, found by address, until
// the str dies (flag STR_HAS_UTF8).
#include <pthread.h>
#include <stdlib.h>

#include "core/object/bytes.h"
#include "core/object/codec.h"
#include "core/object/str.h"
#include "core/object/str_internal.h"
#include "core/object/utf8.h"

static size_t skip_ascii(const uint8_t *p, size_t i, size_t size)
{
    while (size - i >= 8) {
        uint64_t word;
        memcpy(&word, p + i, 8);
        word &= 0x8080808080808080u;
        if (word != 0) {
            return i + (size_t)__builtin_ctzll(word) / 8;
        }
        i += 8;
    }
    while (i < size && p[i] < 0x80) {
        i++;
    }
    return i;
}

static inline bool is_continuation(uint8_t c) { return (c & 0xC0) == 0x80; }

// Bytes of the valid sequence at p (left bytes remain), or minus the number of faulty bytes.
static int sequence_length(const uint8_t *p, size_t left, bool surrogates, const char **reason)
{
    uint8_t c = p[0];
    if (c < 0xC2 || c > 0xF4) {
        *reason = "invalid start byte";
        return -1;
    }
    int needed = c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
    if (left > 1) {
        uint8_t d = p[1];
        bool bad = !is_continuation(d) || (c == 0xE0 && d < 0xA0) ||
                   (c == 0xED && d >= 0xA0 && !surrogates) || (c == 0xF0 && d < 0x90) ||
                   (c == 0xF4 && d >= 0x90);
        if (bad) {
            *reason = "invalid continuation byte";
            return -1;
        }
    }
    for (int i = 2; i < needed && (size_t)i < left; i++) {
        if (!is_continuation(p[i])) {
            *reason = "invalid continuation byte";
            return -i;
        }
    }
    if (left < (size_t)needed) {
        *reason = "unexpected end of data";
        return -(int)left;
    }
    return needed;
}

void utf8_scan(const uint8_t *bytes, size_t start, size_t size, bool surrogates, Utf8Scan *scan)
{
    size_t i = start, count = 0;
    uint32_t max_char = 0x7F;
    scan->reason = NULL;
    while (i < size) {
        size_t next = skip_ascii(bytes, i, size);
        count += next - i;
        i = next;
        if (i == size) {
            break;
        }
        int length = sequence_length(bytes + i, size - i, surrogates, &scan->reason);
        if (length < 0) {
            scan->error_end = i + (size_t)-length;
            break;
        }
        uint32_t bound = bytes[i] < 0xC4 ? 0xFF : bytes[i] < 0xF0 ? 0xFFFF : 0x10FFFF;
        max_char = MAX_OF(max_char, bound);
        i += (size_t)length;
        count++;
    }
    scan->count = count;
    scan->stop = i;
    scan->max_char = max_char;
}

static inline uint32_t decode_one(const uint8_t *p, size_t *i)
{
    uint32_t c = p[*i];
    if (c < 0x80) {
        *i += 1;
        return c;
    }
    if (c < 0xE0) {
        c = (c & 0x1F) << 6 | (p[*i + 1] & 0x3F);
        *i += 2;
        return c;
    }
    if (c < 0xF0) {
        c = (c & 0xF) << 12 | (p[*i + 1] & 0x3Fu) << 6 | (p[*i + 2] & 0x3F);
        *i += 3;
        return c;
    }
    c = (c & 7) << 18 | (p[*i + 1] & 0x3Fu) << 12 | (p[*i + 2] & 0x3Fu) << 6 | (p[*i + 3] & 0x3F);
    *i += 4;
    return c;
}

void utf8_decode_valid(const uint8_t *bytes, size_t size, void *to, unsigned width)
{
    size_t i = 0, k = 0;
    if (width == 1) {
        for (uint8_t *out = to; i < size;) {
            out[k++] = (uint8_t)decode_one(bytes, &i);
        }
    } else if (width == 2) {
        for (uint16_t *out = to; i < size;) {
            out[k++] = (uint16_t)decode_one(bytes, &i);
        }
    } else {
        for (uint32_t *out = to; i < size;) {
            out[k++] = decode_one(bytes, &i);
        }
    }
}

static Ref make_valid(ThreadState *ts, const uint8_t *bytes, size_t size, const Utf8Scan *scan)
{
    if (scan->max_char < 0x80) {
        return str_from_ascii(ts, (const char *)bytes, size);
    }
    if (scan->count == 1) {
        size_t i = 0;
        return str_from_char(ts, decode_one(bytes, &i));
    }
    Ref s = str_new(ts, scan->count, scan->max_char);
    if (!is_error(s)) {
        utf8_decode_valid(bytes, size, str_from(s.v)->data, str_width(str_from(s.v)));
    }
    return s;
}

Ref str_from_utf8(ThreadState *ts, const char *text, size_t size)
{
    Utf8Scan scan;
    utf8_scan((const uint8_t *)text, 0, size, false, &scan);
    if (UNLIKELY(scan.reason != NULL)) {
        return raise_decode_error(ts, "utf-8", (const uint8_t *)text, size, scan.stop,
                                  scan.error_end, scan.reason);
    }
    return make_valid(ts, (const uint8_t *)text, size, &scan);
}

Ref str_from_wtf8(ThreadState *ts, const char *text, size_t size)
{
    Utf8Scan scan;
    utf8_scan((const uint8_t *)text, 0, size, true, &scan);
    if (scan.reason != NULL) {
        return raise_decode_error(ts, "utf-8", (const uint8_t *)text, size, scan.stop,
                                  scan.error_end, scan.reason);
    }
    return make_valid(ts, (const uint8_t *)text, size, &scan);
}

Ref str_from_utf8_replace(ThreadState *ts, const char *text, size_t size)
{
    return codec_decode_utf8(ts, (const uint8_t *)text, size, "replace", NULL);
}

Ref str_from_z(ThreadState *ts, const char *text) { return str_from_utf8(ts, text, strlen(text)); }

Ref codec_decode_utf8(ThreadState *ts, const uint8_t *bytes, size_t size, const char *errors,
                      size_t *consumed)
{
    Utf8Scan scan;
    utf8_scan(bytes, 0, size, false, &scan);
    if (LIKELY(scan.reason == NULL)) {
        if (consumed != NULL) {
            *consumed = size;
        }
        return make_valid(ts, bytes, size, &scan);
    }
    DecodeErrors state;
    decode_errors_begin(&state, "utf-8", errors, bytes, size);
    size_t i = 0;
    for (;;) {
        if (scan.count > 0) {
            OWNED Ref part = make_valid(ts, state.bytes + i, scan.stop - i, &scan);
            if (is_error(part) || builder_add(ts, &state.out, part.v) == STATUS_ERROR) {
                return decode_errors_fail(ts, &state);
            }
        }
        i = scan.stop;
        if (scan.reason == NULL ||
            (consumed != NULL && strcmp(scan.reason, "unexpected end of data") == 0)) {
            break;
        }
        if (decode_errors_handle(ts, &state, i, scan.error_end, scan.reason, &i) == STATUS_ERROR) {
            return decode_errors_fail(ts, &state);
        }
        utf8_scan(state.bytes, i, state.size, false, &scan);
    }
    if (consumed != NULL) {
        *consumed = i;
    }
    return decode_errors_finish(ts, &state);
}

// --- Out -----------------------------------------------------------------------------------------

// Bytes that the text takes; *surrogate is the index of the first lone surrogate, or the length.
static size_t encoded_size(const Str *s, size_t *surrogate)
{
    size_t size = 0;
    unsigned width = str_width(s);
    *surrogate = s->length;
    for (size_t i = 0; i < s->length; i++) {
        uint32_t c = text_char(s->data, width, i);
        if (UNLIKELY(is_surrogate(c)) && *surrogate == s->length) {
            *surrogate = i;
        }
        size += c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    }
    return size;
}

static void encode_into(const Str *s, uint8_t *to)
{
    unsigned width = str_width(s);
    for (size_t i = 0; i < s->length; i++) {
        to += utf8_put(to, text_char(s->data, width, i));
    }
}

Ref codec_encode_utf8(ThreadState *ts, Value v, const char *errors)
{
    Str *s = str_from(v);
    if (str_is_ascii(s)) {
        return bytes_new(ts, s->data, s->length);
    }
    size_t surrogate, size = encoded_size(s, &surrogate);
    if (LIKELY(surrogate == s->length)) {
        Ref bytes = bytes_new(ts, NULL, size);
        if (!is_error(bytes)) {
            encode_into(s, bytes_from(bytes.v)->data);
        }
        return bytes;
    }
    EncodeErrors state;
    encode_errors_begin(&state, "utf-8", errors, v);
    for (size_t i = 0; i < s->length;) {
        uint32_t c = str_char(s, i);
        if (is_surrogate(c)) {
            size_t end = i + 1;
            while (end < s->length && is_surrogate(str_char(s, end))) {
                end++;
            }
            if (encode_errors_handle(ts, &state, i, end, "surrogates not allowed", &i) ==
                STATUS_ERROR) {
                return encode_errors_fail(ts, &state);
            }
            continue;
        }
        uint8_t unit[4];
        if (encode_errors_put(ts, &state, unit, utf8_put(unit, c)) == STATUS_ERROR) {
            return encode_errors_fail(ts, &state);
        }
        i++;
    }
    return encode_errors_finish(ts, &state);
}

// --- UTF-8 kept beside a str ---------------------------------------------------------------------

typedef struct Kept {
    struct Kept *next;
    const Str *owner;
    size_t size;
    char text[];
} Kept;

enum { KEPT_BUCKETS = 1024 };
static Kept *kept_buckets[KEPT_BUCKETS]; // kept_lock
static pthread_mutex_t kept_lock = PTHREAD_MUTEX_INITIALIZER;

static inline Kept **bucket_of(const Str *s)
{
    return &kept_buckets[((uintptr_t)s >> 4) * 0x9E3779B97F4A7C15u >> 54];
}

static const Kept *find_kept(const Str *s)
{
    pthread_mutex_lock(&kept_lock);
    Kept *k = *bucket_of(s);
    while (k != NULL && k->owner != s) {
        k = k->next;
    }
    pthread_mutex_unlock(&kept_lock);
    return k;
}

const char *str_utf8(ThreadState *ts, Value v, size_t *size)
{
    Str *s = str_from(v);
    if (LIKELY(str_is_ascii(s))) {
        *size = s->length;
        return (const char *)s->data;
    }
    if (atomic_load_acquire(&s->head.flags) & STR_HAS_UTF8) {
        const Kept *kept = find_kept(s);
        *size = kept->size;
        return kept->text;
    }
    size_t surrogate, bytes = encoded_size(s, &surrogate);
    if (surrogate != s->length) {
        size_t end = surrogate + 1;
        while (end < s->length && is_surrogate(str_char(s, end))) {
            end++;
        }
        (void)raise_encode_error(ts, "utf-8", v, surrogate, end, "surrogates not allowed");
        return NULL;
    }
    Kept *made = malloc(sizeof *made + bytes + 1);
    if (made == NULL) {
        raise_no_memory(ts);
        return NULL;
    }
    made->owner = s;
    made->size = bytes;
    encode_into(s, (uint8_t *)made->text);
    made->text[bytes] = 0;

    pthread_mutex_lock(&kept_lock);
    Kept **bucket = bucket_of(s), *k = *bucket;
    while (k != NULL && k->owner != s) {
        k = k->next;
    }
    if (k == NULL) {
        made->next = *bucket;
        *bucket = made;
        k = made;
        made = NULL;
    }
    // release: pairs with the acquire above; the table entry is visible first.
    atomic_or_release(&s->head.flags, (uint8_t)STR_HAS_UTF8);
    pthread_mutex_unlock(&kept_lock);
    free(made);
    *size = k->size;
    return k->text;
}

void str_forget_utf8(Str *s)
{
    pthread_mutex_lock(&kept_lock);
    Kept **place = bucket_of(s);
    while (*place != NULL && (*place)->owner != s) {
        place = &(*place)->next;
    }
    Kept *found = *place;
    if (found != NULL) {
        *place = found->next;
    }
    pthread_mutex_unlock(&kept_lock);
    free(found);
}
