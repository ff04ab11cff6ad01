// Searching in text.
//
// One byte a code point: the C library's memchr, memrchr and memmem (linear for long needles).
// Wider texts: memmem over the bytes, again from the next element when it hits between two.
#include "core/object/str.h"
#include "core/object/str_internal.h"

int64_t text_find_char(const void *data, unsigned width, uint32_t c, size_t start, size_t end)
{
    if (width == 1) {
        if (c > 0xFF || start >= end) {
            return -1;
        }
        const uint8_t *base = data, *p = memchr(base + start, (int)c, end - start);
        return p == NULL ? -1 : p - base;
    }
    if (width == 2) {
        if (c > 0xFFFF) {
            return -1;
        }
        const uint16_t *p = data;
        for (size_t i = start; i < end; i++) {
            if (p[i] == c) {
                return (int64_t)i;
            }
        }
        return -1;
    }
    const uint32_t *p = data;
    for (size_t i = start; i < end; i++) {
        if (p[i] == c) {
            return (int64_t)i;
        }
    }
    return -1;
}

int64_t text_find_last_char(const void *data, unsigned width, uint32_t c, size_t start, size_t end)
{
    if (width == 1) {
        if (c > 0xFF || start >= end) {
            return -1;
        }
        const uint8_t *base = data, *p = memrchr(base + start, (int)c, end - start);
        return p == NULL ? -1 : p - base;
    }
    for (size_t i = end; i > start; i--) {
        if (text_char(data, width, i - 1) == c) {
            return (int64_t)i - 1;
        }
    }
    return -1;
}

int64_t text_find(const void *hay, size_t count, const void *needle, size_t needle_count,
                  unsigned width)
{
    if (needle_count > count) {
        return -1;
    }
    if (needle_count <= 1) {
        return needle_count == 0
                   ? 0
                   : text_find_char(hay, width, text_char(needle, width, 0), 0, count);
    }
    const uint8_t *base = hay, *from = base, *end = base + count * width;
    for (;;) {
        const uint8_t *hit = memmem(from, (size_t)(end - from), needle, needle_count * width);
        if (hit == NULL) {
            return -1;
        }
        size_t offset = (size_t)(hit - base);
        if (offset % width == 0) {
            return (int64_t)(offset / width);
        }
        from = base + (offset / width + 1) * width;
    }
}

int64_t text_find_last(const void *hay, size_t count, const void *needle, size_t needle_count,
                       unsigned width)
{
    if (needle_count > count) {
        return -1;
    }
    if (needle_count == 0) {
        return (int64_t)count;
    }
    uint32_t first = text_char(needle, width, 0);
    size_t end = count - needle_count + 1;
    for (;;) {
        int64_t i = text_find_last_char(hay, width, first, 0, end);
        if (i < 0 ||
            memcmp((const uint8_t *)hay + (size_t)i * width, needle, needle_count * width) == 0) {
            return i;
        }
        end = (size_t)i;
    }
}

// Eight at a time: the top bit of each byte that is equal, then counted.
static size_t count_byte(const uint8_t *p, size_t size, uint8_t c)
{
    const uint64_t ones = 0x0101010101010101u, lows = 0x7F * ones;
    size_t found = 0, i = 0;
    for (; i + 8 <= size; i += 8) {
        uint64_t word;
        memcpy(&word, p + i, 8);
        word ^= c * ones;
        found += (size_t)__builtin_popcountll(~(((word & lows) + lows) | word | lows));
    }
    for (; i < size; i++) {
        found += p[i] == c;
    }
    return found;
}

size_t text_count(const void *hay, size_t count, const void *needle, size_t needle_count,
                  unsigned width, size_t limit)
{
    if (needle_count == 0) {
        return MIN_OF(count + 1, limit);
    }
    size_t found = 0;
    if (needle_count == 1 && width == 1 && limit > count) {
        return count_byte(hay, count, *(const uint8_t *)needle);
    }
    size_t i = 0;
    while (found < limit) {
        int64_t hit =
            text_find((const uint8_t *)hay + i * width, count - i, needle, needle_count, width);
        if (hit < 0) {
            break;
        }
        found++;
        i += (size_t)hit + needle_count;
    }
    return found;
}

Status needle_prepare(ThreadState *ts, Needle *needle, const Str *part, unsigned width)
{
    unsigned own = str_width(part);
    *needle = (Needle){part->data, part->length, NULL, own > width};
    if (own < width) {
        needle->scratch = raw_alloc(ts, part->length * width + 1);
        if (needle->scratch == NULL) {
            return STATUS_ERROR;
        }
        text_copy(needle->scratch, width, part->data, own, part->length);
        needle->data = needle->scratch;
    }
    return STATUS_OK;
}

void needle_end(ThreadState *ts, Needle *needle)
{
    if (needle->scratch != NULL) {
        raw_free(ts, needle->scratch);
    }
}

int64_t str_find_char(const Str *s, uint32_t c, size_t start, size_t end)
{
    return text_find_char(s->data, str_width(s), c, start, end);
}

// Without raising, so a needle is widened on the stack or compared element by element.
static int64_t find_narrow_in_wide(const Str *s, const Str *part, size_t start, size_t end,
                                   bool last)
{
    unsigned width = str_width(s), own = str_width(part);
    if (part->length > end - start) {
        return -1;
    }
    size_t tries = end - start - part->length + 1;
    for (size_t k = 0; k < tries; k++) {
        size_t i = last ? end - part->length - k : start + k;
        size_t n = 0;
        while (n < part->length &&
               text_char(s->data, width, i + n) == text_char(part->data, own, n)) {
            n++;
        }
        if (n == part->length) {
            return (int64_t)i;
        }
    }
    return -1;
}

static int64_t find_either(Value text, Value part, size_t start, size_t end, bool last)
{
    const Str *s = str_from(text), *p = str_from(part);
    unsigned width = str_width(s), own = str_width(p);
    if (start > end || p->length > end - start || own > width) {
        return -1;
    }
    if (p->length == 1) {
        uint32_t c = text_char(p->data, own, 0);
        return last ? text_find_last_char(s->data, width, c, start, end)
                    : text_find_char(s->data, width, c, start, end);
    }
    const uint8_t *base = s->data + start * width;
    const void *needle = p->data;
    uint32_t wide[64];
    if (own < width) {
        if (p->length * width > sizeof wide) {
            return find_narrow_in_wide(s, p, start, end, last);
        }
        text_copy(wide, width, p->data, own, p->length);
        needle = wide;
    }
    int64_t i = last ? text_find_last(base, end - start, needle, p->length, width)
                     : text_find(base, end - start, needle, p->length, width);
    return i < 0 ? -1 : i + (int64_t)start;
}

int64_t str_find(Value s, Value part, size_t start, size_t end)
{
    return find_either(s, part, start, end, false);
}

int64_t str_find_last(Value s, Value part, size_t start, size_t end)
{
    return find_either(s, part, start, end, true);
}
