// core/modules/array_items.c: the items of an array: their conversion, their memory. See array.h.
#include "core/modules/array.h"

#include <string.h>

#include "core/object/bytes.h"
#include "core/object/int.h"
#include "core/object/native_item.h"
#include "core/object/str.h"

// --- Items ---------------------------------------------------------------------------------------

Ref array_item_get(ThreadState *ts, const Array *a, const uint8_t *from)
{
    if (a->code == 'u') {
        uint32_t c;
        memcpy(&c, from, 4);
        if (c > 0x10FFFF) {
            return raise(ts, EXC_ValueError, "character U+%x is not in range [U+0000; U+10ffff]",
                         c);
        }
        return str_from_char(ts, c);
    }
    return native_item_get(ts, a->code, from);
}

static Status raise_range(ThreadState *ts, char code, bool is_negative)
{
    static const struct {
        char code;
        const char *below, *above;
    } messages[] = {
        {'b', "signed char is less than minimum", "signed char is greater than maximum"},
        {'B', "unsigned byte integer is less than minimum",
         "unsigned byte integer is greater than maximum"},
        {'h', "signed short integer is less than minimum",
         "signed short integer is greater than maximum"},
        {'H', "unsigned short is less than minimum", "unsigned short is greater than maximum"},
        {'i', "signed integer is less than minimum", "signed integer is greater than maximum"},
        {'I', "can't convert negative value to unsigned int",
         "unsigned int is greater than maximum"},
        {'l', "Python int too large to convert to C long",
         "Python int too large to convert to C long"},
        {'L', "can't convert negative value to unsigned int",
         "Python int too large to convert to C unsigned long"},
        {'q', "int too big to convert", "int too big to convert"},
        {'Q', "can't convert negative int to unsigned", "int too big to convert"},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(messages); i++) {
        if (messages[i].code == code) {
            return raise_status(ts, EXC_OverflowError, "%s",
                                is_negative ? messages[i].below : messages[i].above);
        }
    }
    return STATUS_ERROR;
}

Status array_item_from(ThreadState *ts, char code, Value v, uint8_t *to)
{
    if (code == 'u') {
        if (!value_is_str(v) || str_length(v) != 1) {
            return raise_status(ts, EXC_TypeError, "array item must be unicode character");
        }
        uint32_t c = str_char(str_from(v), 0);
        memcpy(to, &c, 4);
        return STATUS_OK;
    }
    if (code == 'f' || code == 'd') {
        double d;
        if (object_to_double(ts, v, &d) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
        float f = (float)d;
        memcpy(to, code == 'd' ? (void *)&d : (void *)&f, code == 'd' ? 8 : 4);
        return STATUS_OK;
    }
    OWNED Ref index = object_index(ts, v);
    if (is_error(index)) {
        return STATUS_ERROR;
    }
    ItemResult result = native_item_set(ts, code, to, index.v);
    return result == ITEM_OK      ? STATUS_OK
           : result == ITEM_ERROR ? STATUS_ERROR
                                  : raise_range(ts, code, int_sign(index.v) < 0);
}

// --- Size ----------------------------------------------------------------------------------------

Status array_resize_locked(ThreadState *ts, Array *a, size_t count)
{
    if (count == a->count) {
        return STATUS_OK;
    }
    if (atomic_load_acquire(&a->exports) != 0) {
        return raise_status(ts, EXC_BufferError,
                            "cannot resize an array that is exporting buffers");
    }
    if (count > (size_t)INT64_MAX / 32) {
        (void)raise_no_memory(ts);
        return STATUS_ERROR;
    }
    if (count > a->capacity || count < a->capacity / 2) {
        size_t capacity = count == 0 ? 0 : count + (count >> 4) + (a->count < 8 ? 3 : 7);
        if (capacity == 0) {
            raw_free(ts, a->data);
            atomic_store_relaxed(&a->data, NULL);
        } else {
            uint8_t *data = raw_realloc(ts, a->data, capacity * a->item_size);
            if (data == NULL) {
                return STATUS_ERROR;
            }
            atomic_store_relaxed(&a->data, data);
        }
        a->capacity = capacity;
    }
    atomic_store_relaxed(&a->count, count);
    return STATUS_OK;
}

Status array_splice_locked(ThreadState *ts, Array *a, size_t at, size_t gone, const uint8_t *items,
                           size_t count)
{
    size_t size = a->item_size, old = a->count, tail = (old - at - gone) * size;
    if (count < gone) {
        if (atomic_load_acquire(&a->exports) != 0) {
            return raise_status(ts, EXC_BufferError,
                                "cannot resize an array that is exporting buffers");
        }
        memmove(a->data + (at + count) * size, a->data + (at + gone) * size, tail);
        if (array_resize_locked(ts, a, old - gone + count) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    } else if (count > gone) {
        if (array_resize_locked(ts, a, old - gone + count) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
        memmove(a->data + (at + count) * size, a->data + (at + gone) * size, tail);
    }
    if (count > 0) {
        memcpy(a->data + at * size, items, count * size);
    }
    return STATUS_OK;
}

Status array_append_items(ThreadState *ts, Array *a, const uint8_t *items, size_t count)
{
    Status status = STATUS_OK;
    CRITICAL_SECTION(ts, &a->head)
    {
        status = array_splice_locked(ts, a, a->count, 0, items, count);
    }
    return status;
}

uint8_t *array_copy_items(ThreadState *ts, Array *a, size_t *count)
{
    for (;;) {
        size_t n = array_count(a);
        uint8_t *copy = raw_alloc(ts, (n + 1) * a->item_size);
        bool done = copy == NULL;
        if (!done) {
            CRITICAL_SECTION(ts, &a->head)
            {
                done = a->count == n;
                if (done && n > 0) {
                    memcpy(copy, a->data, n * a->item_size);
                }
            }
        }
        if (done) {
            *count = n;
            return copy;
        }
        raw_free(ts, copy);
    }
}

// --- Construction --------------------------------------------------------------------------------

Ref array_make(ThreadState *ts, Type *type, char code, const uint8_t *items, size_t count)
{
    Array *a = type == TYPE_OF_KIND(ARRAY) ? object_new(ts, KIND_ARRAY, sizeof *a)
                                           : object_new_of(ts, type);
    if (a == NULL) {
        return NO_REF;
    }
    a->count = a->capacity = 0;
    a->data = NULL;
    a->exports = 0;
    a->code = code;
    a->item_size = code == 'u' ? 4 : (uint8_t)native_item_size(code);
    if (type->flags & TYPE_COLLECTED) {
        object_track(&a->head);
    }
    OWNED Ref made = REF_FROM_NEW(a);
    return count > 0 && array_append_items(ts, a, items, count) == STATUS_ERROR ? NO_REF
                                                                                : ref_take(&made);
}

Status array_extend_iterable(ThreadState *ts, Array *a, Value iterable)
{
    OWNED Ref iterator = object_iterate(ts, iterable);
    if (is_error(iterator)) {
        return STATUS_ERROR;
    }
    for (;;) {
        OWNED Ref item = iterator_next(ts, iterator.v);
        uint8_t bytes[8];
        if (is_error(item)) {
            return has_exception(ts) ? STATUS_ERROR : STATUS_OK;
        }
        if (array_item_from(ts, a->code, item.v, bytes) == STATUS_ERROR ||
            array_append_items(ts, a, bytes, 1) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
}

Status array_append_bytes(ThreadState *ts, Array *a, Value v)
{
    BufferView view;
    if (buffer_get_brief(ts, v, &view) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    Status status = STATUS_OK;
    if (view.size % a->item_size != 0) {
        status = raise_status(ts, EXC_ValueError, "bytes length not a multiple of item size");
    } else if (view.owner.v.bits == (uintptr_t)a) {
        size_t count;
        uint8_t *copy = array_copy_items(ts, a, &count);
        buffer_release(ts, &view); // or it could not grow
        status = copy == NULL ? STATUS_ERROR : array_append_items(ts, a, copy, count);
        raw_free(ts, copy);
        return status;
    } else {
        status = array_append_items(ts, a, view.data, view.size / a->item_size);
    }
    buffer_release(ts, &view);
    return status;
}

Status array_append_str(ThreadState *ts, Array *a, Value text)
{
    const Str *s = str_from(text);
    for (size_t i = 0; i < s->length; i++) {
        uint32_t c = str_char(s, i);
        if (array_append_items(ts, a, (uint8_t *)&c, 1) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    return STATUS_OK;
}
