// StrBuilder: text made piece by piece. Starts in the local array with one byte a code point;
// moves to the raw heap when it grows, and widens when a piece needs it.
#include "core/object/str.h"
#include "core/object/str_internal.h"

void builder_init(StrBuilder *b)
{
    b->data = b->local;
    b->length = 0;
    b->capacity = sizeof b->local;
    b->width = 1;
    b->max_char = 0x7F;
}

static COLD Status make_room(ThreadState *ts, StrBuilder *b, size_t extra, uint32_t max_char)
{
    uint32_t wanted = MAX_OF(b->max_char, char_class(max_char));
    unsigned width = width_of_char(wanted);
    if (UNLIKELY(extra > STR_LENGTH_MAX - b->length)) {
        raise_no_memory(ts);
        return STATUS_ERROR;
    }
    size_t needed = b->length + extra;
    if (width == b->width && needed <= b->capacity) {
        b->max_char = wanted;
        return STATUS_OK;
    }
    size_t capacity = MAX_OF(needed + needed / 2, 2 * sizeof b->local / width);
    if (width == b->width && b->data != b->local) {
        uint8_t *data = raw_realloc(ts, b->data, capacity * width);
        if (data == NULL) {
            return STATUS_ERROR;
        }
        b->data = data;
    } else {
        uint8_t *data = raw_alloc(ts, capacity * width);
        if (data == NULL) {
            return STATUS_ERROR;
        }
        text_copy(data, width, b->data, b->width, b->length);
        if (b->data != b->local) {
            raw_free(ts, b->data);
        }
        b->data = data;
    }
    b->capacity = capacity;
    b->width = width;
    b->max_char = wanted;
    return STATUS_OK;
}

static inline Status reserve(ThreadState *ts, StrBuilder *b, size_t extra, uint32_t max_char)
{
    if (LIKELY(max_char <= b->max_char && extra <= b->capacity - b->length)) {
        return STATUS_OK;
    }
    return make_room(ts, b, extra, max_char);
}

Status builder_add(ThreadState *ts, StrBuilder *b, Value str)
{
    Str *s = str_from(str);
    if (reserve(ts, b, s->length, str_max_char(s)) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    text_copy(b->data + b->length * b->width, b->width, s->data, str_width(s), s->length);
    b->length += s->length;
    return STATUS_OK;
}

Status builder_add_range(ThreadState *ts, StrBuilder *b, Value str, size_t start, size_t end)
{
    Str *s = str_from(str);
    unsigned width = str_width(s);
    const uint8_t *from = s->data + start * width;
    uint32_t max_char = str_is_ascii(s) ? 0x7F : text_max_class(from, width, end - start);
    if (reserve(ts, b, end - start, max_char) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    text_copy(b->data + b->length * b->width, b->width, from, width, end - start);
    b->length += end - start;
    return STATUS_OK;
}

Status builder_add_ascii(ThreadState *ts, StrBuilder *b, const char *text, size_t size)
{
    if (reserve(ts, b, size, 0x7F) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    text_copy(b->data + b->length * b->width, b->width, text, 1, size);
    b->length += size;
    return STATUS_OK;
}

Status builder_add_char(ThreadState *ts, StrBuilder *b, uint32_t c)
{
    if (reserve(ts, b, 1, c) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    text_set(b->data, b->width, b->length++, c);
    return STATUS_OK;
}

Status builder_add_repeat(ThreadState *ts, StrBuilder *b, uint32_t c, size_t count)
{
    if (count == 0) {
        return STATUS_OK;
    }
    if (reserve(ts, b, count, c) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    if (b->width == 1) {
        memset(b->data + b->length, (int)c, count);
    } else {
        for (size_t i = 0; i < count; i++) {
            text_set(b->data, b->width, b->length + i, c);
        }
    }
    b->length += count;
    return STATUS_OK;
}

Ref builder_finish(ThreadState *ts, StrBuilder *b)
{
    Ref result;
    if (b->length <= 1) {
        result = b->length == 0 ? str_empty() : str_from_char(ts, text_char(b->data, b->width, 0));
    } else {
        result = str_new(ts, b->length, b->max_char);
        if (!is_error(result)) {
            memcpy(str_from(result.v)->data, b->data, b->length * b->width);
        }
    }
    builder_abandon(ts, b);
    return result;
}

void builder_abandon(ThreadState *ts, StrBuilder *b)
{
    if (b->data != b->local) {
        raw_free(ts, b->data);
    }
    builder_init(b);
}
