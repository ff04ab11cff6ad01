// core/modules/array.c: the module array: arrays of C numbers.
//
// Rule     count, capacity and data change under the object's lock,
//          and only while there are no exports.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/object/bytes.h"
#include "core/object/float.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/module.h"
#include "core/object/native_item.h"
#include "core/object/sequences.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/vm/import.h"

typedef struct Array {
    ObjectHead head;
    size_t count, capacity; // items; lock, count is read by anyone
    uint8_t *data;          // lock
    uint32_t exports;       // atomic
    char code;              // b B u h H i I l L q Q f d
    uint8_t item_size;
} Array;

static const char typecodes[] = "bBuhHiIlLqQfd";

static inline Array *array_from(Value v) { return (Array *)value_head(v); }
static inline bool value_is_array(Value v) { return value_is_kind(v, KIND_ARRAY); }
static inline size_t array_count(const Array *a) { return atomic_load_relaxed(&a->count); }

// --- Items ---------------------------------------------------------------------------------------

static Ref item_get(ThreadState *ts, const Array *a, const uint8_t *from)
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

static Status item_from(ThreadState *ts, char code, Value v, uint8_t *to)
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

static Status resize_locked(ThreadState *ts, Array *a, size_t count)
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

// Puts `count` items at `at` in place of `gone` ones. The items do not lie in the array.
static Status splice_locked(ThreadState *ts, Array *a, size_t at, size_t gone, const uint8_t *items,
                            size_t count)
{
    size_t size = a->item_size, old = a->count, tail = (old - at - gone) * size;
    if (count < gone) {
        if (atomic_load_acquire(&a->exports) != 0) {
            return raise_status(ts, EXC_BufferError,
                                "cannot resize an array that is exporting buffers");
        }
        memmove(a->data + (at + count) * size, a->data + (at + gone) * size, tail);
        if (resize_locked(ts, a, old - gone + count) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    } else if (count > gone) {
        if (resize_locked(ts, a, old - gone + count) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
        memmove(a->data + (at + count) * size, a->data + (at + gone) * size, tail);
    }
    if (count > 0) {
        memcpy(a->data + at * size, items, count * size);
    }
    return STATUS_OK;
}

static Status append_items(ThreadState *ts, Array *a, const uint8_t *items, size_t count)
{
    Status status = STATUS_OK;
    CRITICAL_SECTION(ts, &a->head) { status = splice_locked(ts, a, a->count, 0, items, count); }
    return status;
}

// A copy of the items in raw memory, with one item to spare.
static uint8_t *copy_items(ThreadState *ts, Array *a, size_t *count)
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

static Ref array_make(ThreadState *ts, Type *type, char code, const uint8_t *items, size_t count)
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
    return count > 0 && append_items(ts, a, items, count) == STATUS_ERROR ? NO_REF
                                                                          : ref_take(&made);
}

static Status extend_iterable(ThreadState *ts, Array *a, Value iterable)
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
        if (item_from(ts, a->code, item.v, bytes) == STATUS_ERROR ||
            append_items(ts, a, bytes, 1) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
}

static Status append_bytes(ThreadState *ts, Array *a, Value v)
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
        uint8_t *copy = copy_items(ts, a, &count);
        buffer_release(ts, &view); // or it could not grow
        status = copy == NULL ? STATUS_ERROR : append_items(ts, a, copy, count);
        raw_free(ts, copy);
        return status;
    } else {
        status = append_items(ts, a, view.data, view.size / a->item_size);
    }
    buffer_release(ts, &view);
    return status;
}

static Status append_str(ThreadState *ts, Array *a, Value text)
{
    const Str *s = str_from(text);
    for (size_t i = 0; i < s->length; i++) {
        uint32_t c = str_char(s, i);
        if (append_items(ts, a, (uint8_t *)&c, 1) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    return STATUS_OK;
}

static Ref make_slot(CALL_PARAMETERS)
{
    Type *type = type_from(self);
    if (type == TYPE_OF_KIND(ARRAY) && !is_no_value(names) && tuple_count(names) > 0) {
        return raise(ts, EXC_TypeError, "array.array() takes no keyword arguments");
    }
    if (count < 1 || count > 2) {
        return raise(ts, EXC_TypeError, "array() takes at %s %d argument%s (%zu given)",
                     count < 1 ? "least" : "most", count < 1 ? 1 : 2, count < 1 ? "" : "s", count);
    }
    if (!value_is_str(args[0]) || str_length(args[0]) != 1) {
        return raise(ts, EXC_TypeError, "array() argument 1 must be a unicode character, not %.50s",
                     type_name(type_of(args[0])));
    }
    uint32_t code = str_char(str_from(args[0]), 0);
    Value initial = count > 1 ? args[1] : NO_VALUE;
    bool is_text =
        !is_no_value(initial) &&
        (value_is_str(initial) || (value_is_array(initial) && array_from(initial)->code == 'u'));
    if (is_text && code != 'u') {
        return value_is_str(initial)
                   ? raise(ts, EXC_TypeError,
                           "cannot use a str to initialize an array with typecode '%c'", (int)code)
                   : raise(ts, EXC_TypeError,
                           "cannot use a unicode array to initialize an array with typecode '%c'",
                           (int)code);
    }
    if (code == 0 || code > 127 || strchr(typecodes, (int)code) == NULL) {
        return raise(ts, EXC_ValueError,
                     "bad typecode (must be b, B, u, h, H, i, I, l, L, q, Q, f or d)");
    }
    OWNED Ref made = array_make(ts, type, (char)code, NULL, 0);
    if (is_error(made) || is_no_value(initial)) {
        return ref_take(&made);
    }
    Array *a = array_from(made.v);
    Status status;
    if (value_is_str(initial)) {
        status = append_str(ts, a, initial);
    } else if (value_is_bytes(initial) || value_is_bytearray(initial)) {
        status = append_bytes(ts, a, initial);
    } else if (value_is_array(initial) && array_from(initial)->code == a->code) {
        status = append_bytes(ts, a, initial);
    } else {
        status = extend_iterable(ts, a, initial);
    }
    return status == STATUS_ERROR ? NO_REF : ref_take(&made);
}

// --- Items and slices ----------------------------------------------------------------------------

// NO_REF without an exception: out of range.
static Ref get_at(ThreadState *ts, Array *a, int64_t i)
{
    uint8_t item[8];
    bool found = false;
    CRITICAL_SECTION(ts, &a->head)
    {
        i += i < 0 ? (int64_t)a->count : 0;
        found = (uint64_t)i < a->count;
        if (found) {
            memcpy(item, a->data + (size_t)i * a->item_size, a->item_size);
        }
    }
    return found ? item_get(ts, a, item) : NO_REF;
}

static Ref get_slice(ThreadState *ts, Array *a, Value slice)
{
    size_t total;
    int64_t start, step, count;
    uint8_t *copy = copy_items(ts, a, &total);
    Ref made = NO_REF;
    if (copy != NULL &&
        slice_resolve(ts, slice, (int64_t)total, &start, &step, &count) == STATUS_OK) {
        made = array_make(ts, TYPE_OF_KIND(ARRAY), a->code, NULL, 0);
        size_t size = a->item_size;
        if (!is_error(made) && step == 1) {
            if (append_items(ts, array_from(made.v), copy + (size_t)start * size,
                             (size_t)MAX_OF(count, 0)) == STATUS_ERROR) {
                ref_drop(&made);
            }
        }
        for (int64_t i = 0; step != 1 && i < count && !is_error(made); i++) {
            if (append_items(ts, array_from(made.v), copy + (size_t)(start + i * step) * size, 1) ==
                STATUS_ERROR) {
                ref_drop(&made);
            }
        }
    }
    raw_free(ts, copy);
    return made;
}

static Status parse_index(ThreadState *ts, Value key, int64_t *i)
{
    if (type_of(key)->slots.index == NULL) {
        return raise_status(ts, EXC_TypeError, "array indices must be integers");
    }
    return index_get(ts, key, i);
}

static Ref get_item_slot(ThreadState *ts, Value self, Value key)
{
    int64_t i;
    if (value_is_kind(key, KIND_SLICE)) {
        return get_slice(ts, array_from(self), key);
    }
    if (parse_index(ts, key, &i) == STATUS_ERROR) {
        return NO_REF;
    }
    Ref item = get_at(ts, array_from(self), i);
    return is_error(item) && !has_exception(ts)
               ? raise(ts, EXC_IndexError, "array index out of range")
               : item;
}

static Status set_extended_locked(ThreadState *ts, Array *a, int64_t start, int64_t step,
                                  int64_t count, const uint8_t *items, size_t given,
                                  bool is_deletion)
{
    size_t size = a->item_size;
    if (!is_deletion) {
        if ((int64_t)given != count) {
            return raise_status(
                ts, EXC_ValueError,
                "attempt to assign array of size %zu to extended slice of size %lld", given,
                (long long)count);
        }
        for (int64_t i = 0; i < count; i++) {
            memcpy(a->data + (size_t)(start + i * step) * size, items + (size_t)i * size, size);
        }
        return STATUS_OK;
    }
    if (count == 0) {
        return STATUS_OK;
    }
    if (atomic_load_acquire(&a->exports) != 0) {
        return raise_status(ts, EXC_BufferError,
                            "cannot resize an array that is exporting buffers");
    }
    if (step < 0) {
        start += (count - 1) * step;
        step = -step;
    }
    size_t out = (size_t)start, next = (size_t)start;
    for (size_t i = (size_t)start; i < a->count; i++) {
        if (i == next && count > 0) {
            next += (size_t)step;
            count--;
        } else {
            memmove(a->data + out++ * size, a->data + i * size, size);
        }
    }
    return resize_locked(ts, a, out);
}

static Status set_slice(ThreadState *ts, Array *a, Value slice, Value value)
{
    size_t given = 0;
    uint8_t *items = NULL;
    bool is_deletion = is_no_value(value);
    if (!is_deletion) {
        if (!value_is_array(value)) {
            return raise_status(ts, EXC_TypeError,
                                "can only assign array (not \"%.200s\") to array slice",
                                type_name(type_of(value)));
        }
        if (array_from(value)->code != a->code) {
            return raise_status(ts, EXC_TypeError, "bad argument type for built-in operation");
        }
        items = copy_items(ts, array_from(value), &given);
        if (items == NULL) {
            return STATUS_ERROR;
        }
    }
    Status status = STATUS_OK;
    for (bool again = true; again && status == STATUS_OK;) {
        int64_t start, step, count;
        size_t total = array_count(a);
        status = slice_resolve(ts, slice, (int64_t)total, &start, &step, &count);
        if (status == STATUS_ERROR) {
            break;
        }
        CRITICAL_SECTION(ts, &a->head)
        {
            again = a->count != total;
            if (!again) {
                count = MAX_OF(count, 0);
                status =
                    step == 1
                        ? splice_locked(ts, a, (size_t)start, (size_t)count, items, given)
                        : set_extended_locked(ts, a, start, step, count, items, given, is_deletion);
            }
        }
    }
    if (items != NULL) {
        raw_free(ts, items);
    }
    return status;
}

static Status set_item_slot(ThreadState *ts, Value self, Value key, Value value)
{
    Array *a = array_from(self);
    int64_t i;
    uint8_t item[8];
    if (value_is_kind(key, KIND_SLICE)) {
        return set_slice(ts, a, key, value);
    }
    if (parse_index(ts, key, &i) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    bool is_deletion = is_no_value(value), in_range = false;
    int64_t total = (int64_t)array_count(a);
    if (!is_deletion && i < total && i >= -total &&
        item_from(ts, a->code, value, item) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    Status status = STATUS_OK;
    CRITICAL_SECTION(ts, &a->head)
    {
        i += i < 0 ? (int64_t)a->count : 0;
        in_range = (uint64_t)i < a->count && (is_deletion || i < total);
        if (in_range) {
            status = splice_locked(ts, a, (size_t)i, 1, item, !is_deletion);
        }
    }
    return in_range ? status
                    : raise_status(ts, EXC_IndexError, "array assignment index out of range");
}

// --- Methods -------------------------------------------------------------------------------------

static Ref none_or_error(Status status) { return status == STATUS_ERROR ? NO_REF : REF_NONE; }

static Ref array_append(ThreadState *ts, Value self, const Value *args)
{
    Array *a = array_from(self);
    uint8_t item[8];
    return item_from(ts, a->code, args[0], item) == STATUS_ERROR
               ? NO_REF
               : none_or_error(append_items(ts, a, item, 1));
}

static Status extend_any(ThreadState *ts, Array *a, Value v)
{
    if (value_is_array(v)) {
        if (array_from(v)->code != a->code) {
            return raise_status(ts, EXC_TypeError, "can only extend with array of same kind");
        }
        return append_bytes(ts, a, v);
    }
    return extend_iterable(ts, a, v);
}
static Ref array_extend(ThreadState *ts, Value self, const Value *args)
{
    return none_or_error(extend_any(ts, array_from(self), args[0]));
}

static Ref array_insert(ThreadState *ts, Value self, const Value *args)
{
    Array *a = array_from(self);
    int64_t i;
    uint8_t item[8];
    if (index_get(ts, args[0], &i) == STATUS_ERROR ||
        item_from(ts, a->code, args[1], item) == STATUS_ERROR) {
        return NO_REF;
    }
    Status status = STATUS_OK;
    CRITICAL_SECTION(ts, &a->head)
    {
        int64_t n = (int64_t)a->count;
        i = i < 0 ? MAX_OF(i + n, 0) : MIN_OF(i, n);
        status = splice_locked(ts, a, (size_t)i, 0, item, 1);
    }
    return none_or_error(status);
}

static Ref array_pop(ThreadState *ts, Value self, const Value *args)
{
    Array *a = array_from(self);
    int64_t i = -1;
    uint8_t item[8];
    bool is_empty = false, found = false;
    if (!is_no_value(args[0]) && index_get(ts, args[0], &i) == STATUS_ERROR) {
        return NO_REF;
    }
    Status status = STATUS_OK;
    CRITICAL_SECTION(ts, &a->head)
    {
        is_empty = a->count == 0;
        i += i < 0 ? (int64_t)a->count : 0;
        found = (uint64_t)i < a->count;
        if (found) {
            memcpy(item, a->data + (size_t)i * a->item_size, a->item_size);
            status = splice_locked(ts, a, (size_t)i, 1, NULL, 0);
        }
    }
    if (!found) {
        return raise(ts, EXC_IndexError,
                     is_empty ? "pop from empty array" : "pop index out of range");
    }
    return status == STATUS_ERROR ? NO_REF : item_get(ts, a, item);
}

// Where the value is found first from `from`; -1: nowhere, -2: error. *count counts all when given.
static int64_t find_value(ThreadState *ts, Array *a, Value value, int64_t from, int64_t to,
                          size_t *count)
{
    for (int64_t i = from; i < to && i < (int64_t)array_count(a); i++) {
        OWNED Ref item = get_at(ts, a, i);
        if (is_error(item)) {
            return has_exception(ts) ? -2 : -1;
        }
        Truth same = object_compare_truth(ts, item.v, value, OP_EQ);
        if (same == TRUTH_ERROR) {
            return -2;
        }
        if (same == TRUTH_TRUE) {
            if (count == NULL) {
                return i;
            }
            ++*count;
        }
    }
    return -1;
}

static Ref array_index(ThreadState *ts, Value self, const Value *args)
{
    int64_t bounds[2] = {0, INT64_MAX}, n = (int64_t)array_count(array_from(self));
    for (int k = 0; k < 2; k++) {
        if (!is_no_value(args[1 + k])) {
            if (type_of(args[1 + k])->slots.index == NULL) {
                return raise(ts, EXC_TypeError,
                             "slice indices must be integers or have an __index__ method");
            }
            if (index_clamp(ts, args[1 + k], &bounds[k]) == STATUS_ERROR) {
                return NO_REF;
            }
            bounds[k] = bounds[k] < 0 ? MAX_OF(bounds[k] + n, 0) : bounds[k];
        }
    }
    int64_t i = find_value(ts, array_from(self), args[0], bounds[0], bounds[1], NULL);
    return i == -1 ? raise(ts, EXC_ValueError, "array.index(x): x not in array")
           : i < 0 ? NO_REF
                   : REF_OF(small_int(i));
}
static Ref array_count_method(ThreadState *ts, Value self, const Value *args)
{
    size_t count = 0;
    return find_value(ts, array_from(self), args[0], 0, INT64_MAX, &count) == -2
               ? NO_REF
               : REF_OF(small_int((int64_t)count));
}
static Ref array_remove(ThreadState *ts, Value self, const Value *args)
{
    Array *a = array_from(self);
    int64_t i = find_value(ts, a, args[0], 0, INT64_MAX, NULL);
    if (i < 0) {
        return i == -2 ? NO_REF : raise(ts, EXC_ValueError, "array.remove(x): x not in array");
    }
    return none_or_error(set_item_slot(ts, self, small_int(i), NO_VALUE));
}
static Truth contains_slot(ThreadState *ts, Value self, Value value)
{
    int64_t i = find_value(ts, array_from(self), value, 0, INT64_MAX, NULL);
    return i == -2 ? TRUTH_ERROR : i >= 0;
}

static void reverse_bytes(uint8_t *p, size_t unit, size_t count)
{
    for (size_t i = 0, k = count; i + 1 < k; i++) {
        uint8_t held[8];
        k--;
        memcpy(held, p + i * unit, unit);
        memcpy(p + i * unit, p + k * unit, unit);
        memcpy(p + k * unit, held, unit);
    }
}
static Ref array_reverse(ThreadState *ts, Value self, const Value *args)
{
    Array *a = array_from(self);
    CRITICAL_SECTION(ts, &a->head) { reverse_bytes(a->data, a->item_size, a->count); }
    return REF_NONE;
}
static Ref array_byteswap(ThreadState *ts, Value self, const Value *args)
{
    Array *a = array_from(self);
    CRITICAL_SECTION(ts, &a->head)
    {
        for (size_t i = 0; i < a->count; i++) {
            reverse_bytes(a->data + i * a->item_size, 1, a->item_size);
        }
    }
    return REF_NONE;
}

static Ref array_tobytes(ThreadState *ts, Value self, const Value *args)
{
    size_t count;
    Array *a = array_from(self);
    uint8_t *copy = copy_items(ts, a, &count);
    if (copy == NULL) {
        return NO_REF;
    }
    Ref bytes = bytes_new(ts, copy, count * a->item_size);
    raw_free(ts, copy);
    return bytes;
}
static Ref array_frombytes(ThreadState *ts, Value self, const Value *args)
{
    return none_or_error(append_bytes(ts, array_from(self), args[0]));
}
static Ref array_tolist(ThreadState *ts, Value self, const Value *args)
{
    size_t count;
    Array *a = array_from(self);
    uint8_t *copy = copy_items(ts, a, &count);
    Ref list = copy == NULL ? NO_REF : list_new(ts, count);
    for (size_t i = 0; i < count && !is_error(list); i++) {
        Ref item = item_get(ts, a, copy + i * a->item_size);
        if (is_error(item) || list_append_ref(ts, list_from(list.v), item) == STATUS_ERROR) {
            ref_drop(&list);
        }
    }
    if (copy != NULL) {
        raw_free(ts, copy);
    }
    return list;
}
static Ref array_fromlist(ThreadState *ts, Value self, const Value *args)
{
    Array *a = array_from(self);
    if (!value_is_list(args[0])) {
        return raise(ts, EXC_TypeError, "arg must be list");
    }
    // All or nothing: into another array first.
    OWNED Ref made = array_make(ts, TYPE_OF_KIND(ARRAY), a->code, NULL, 0);
    if (is_error(made) || extend_iterable(ts, array_from(made.v), args[0]) == STATUS_ERROR) {
        return NO_REF;
    }
    return none_or_error(append_bytes(ts, a, made.v));
}
static Ref array_tounicode(ThreadState *ts, Value self, const Value *args)
{
    size_t count;
    Array *a = array_from(self);
    if (a->code != 'u') {
        return raise(ts, EXC_ValueError, "tounicode() may only be called on unicode type arrays");
    }
    uint8_t *copy = copy_items(ts, a, &count);
    if (copy == NULL) {
        return NO_REF;
    }
    const uint32_t *points = (uint32_t *)(void *)copy;
    for (size_t i = 0; i < count; i++) {
        if (points[i] > 0x10FFFF) {
            (void)raise(ts, EXC_ValueError, "character U+%x is not in range [U+0000; U+10ffff]",
                        points[i]);
            raw_free(ts, copy);
            return NO_REF;
        }
    }
    Ref text = str_from_ucs4(ts, points, count);
    raw_free(ts, copy);
    return text;
}
static Ref array_fromunicode(ThreadState *ts, Value self, const Value *args)
{
    Array *a = array_from(self);
    if (!value_is_str(args[0])) {
        return raise(ts, EXC_TypeError, "fromunicode() argument must be str, not %.50s",
                     type_name(type_of(args[0])));
    }
    if (a->code != 'u') {
        return raise(ts, EXC_ValueError, "fromunicode() may only be called on unicode type arrays");
    }
    return none_or_error(append_str(ts, a, args[0]));
}
static Ref array_tofile(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref bytes = array_tobytes(ts, self, NULL);
    OWNED Ref done =
        is_error(bytes) ? NO_REF : object_call_method(ts, args[0], NAME(write), &bytes.v, 1);
    return is_error(done) ? NO_REF : REF_NONE;
}
static Ref array_fromfile(ThreadState *ts, Value self, const Value *args)
{
    Array *a = array_from(self);
    int64_t count;
    if (index_get(ts, args[1], &count) == STATUS_ERROR) {
        return NO_REF;
    }
    if (count < 0) {
        return raise(ts, EXC_ValueError, "negative count");
    }
    Value size = small_int(count * a->item_size);
    OWNED Ref bytes = object_call_method(ts, args[0], NAME(read), &size, 1);
    if (is_error(bytes)) {
        return NO_REF;
    }
    if (!value_is_bytes(bytes.v)) {
        return raise(ts, EXC_TypeError, "read() didn't return bytes");
    }
    if (append_bytes(ts, a, bytes.v) == STATUS_ERROR) {
        return NO_REF;
    }
    return bytes_from(bytes.v)->size != (size_t)(count * a->item_size)
               ? raise(ts, EXC_EOFError, "read() didn't return enough bytes")
               : REF_NONE;
}
static Ref array_buffer_info(ThreadState *ts, Value self, const Value *args)
{
    Array *a = array_from(self);
    OWNED Ref address = int_from_u64(ts, (uintptr_t)atomic_load_relaxed(&a->data));
    return is_error(address) ? NO_REF
                             : tuple_pack(ts, 2, address.v, small_int((int64_t)array_count(a)));
}
static Ref array_copy(ThreadState *ts, Value self, const Value *args)
{
    size_t count;
    Array *a = array_from(self);
    uint8_t *copy = copy_items(ts, a, &count);
    if (copy == NULL) {
        return NO_REF;
    }
    Ref made = array_make(ts, TYPE_OF_KIND(ARRAY), a->code, copy, count);
    raw_free(ts, copy);
    return made;
}
// --- Pickling: by values, or by bytes in a named machine format ----------------------------------

// The numbers are pickle's: size, sign and byte order of each machine format.
static const struct {
    char code; // native item it is read as, little-endian
    uint8_t size;
    bool is_big;
} machine_formats[] = {
    {'B', 1, false}, {'b', 1, false}, {'H', 2, false}, {'H', 2, true},  {'h', 2, false},
    {'h', 2, true},  {'I', 4, false}, {'I', 4, true},  {'i', 4, false}, {'i', 4, true},
    {'Q', 8, false}, {'Q', 8, true},  {'q', 8, false}, {'q', 8, true},  {'f', 4, false},
    {'f', 4, true},  {'d', 8, false}, {'d', 8, true},  {0, 2, false},   {0, 2, true},
    {0, 4, false},   {0, 4, true}, // UTF-16, UTF-32
};

static int machine_format_of(char code)
{
    if (code == 'u') {
        return 20;
    }
    char plain = code == 'l' ? 'q' : code == 'L' ? 'Q' : code;
    for (int i = 0; i < 18; i++) {
        if (machine_formats[i].code == plain && !machine_formats[i].is_big) {
            return i;
        }
    }
    return -1;
}

static Ref array_reduce(ThreadState *ts, Value self, const Value *args)
{
    Array *a = array_from(self);
    int64_t protocol;
    if (index_get(ts, args[0], &protocol) == STATUS_ERROR) {
        return NO_REF;
    }
    OWNED Ref dict = NO_REF;
    if (object_lookup_attribute(ts, self, NAME(__dict__), &dict) == LOOKUP_ERROR) {
        return NO_REF;
    }
    Value type = type_value(type_of(self)), state = is_error(dict) ? VALUE_NONE : dict.v;
    Value code = str_latin1_char((uint8_t)a->code);
    if (protocol < 3) {
        OWNED Ref list = array_tolist(ts, self, NULL);
        OWNED Ref arguments = is_error(list) ? NO_REF : tuple_pack(ts, 2, code, list.v);
        return is_error(arguments) ? NO_REF : tuple_pack(ts, 3, type, arguments.v, state);
    }
    OWNED Ref module = import_module(ts, "array");
    OWNED Ref maker =
        is_error(module) ? NO_REF : object_get_attribute_z(ts, module.v, "_array_reconstructor");
    OWNED Ref bytes = is_error(maker) ? NO_REF : array_tobytes(ts, self, NULL);
    OWNED Ref arguments =
        is_error(bytes)
            ? NO_REF
            : tuple_pack(ts, 4, type, code, small_int(machine_format_of(a->code)), bytes.v);
    return is_error(arguments) ? NO_REF : tuple_pack(ts, 3, maker.v, arguments.v, state);
}

static Status append_machine_items(ThreadState *ts, Array *a, int64_t format, const Bytes *bytes)
{
    size_t size = machine_formats[format].size;
    if (bytes->size % size != 0) {
        return raise_status(ts, EXC_ValueError, "string length not a multiple of item size");
    }
    for (size_t at = 0; at < bytes->size; at += size) {
        uint8_t item[8], converted[8];
        for (size_t i = 0; i < size; i++) {
            item[i] = bytes->data[at + (machine_formats[format].is_big ? size - 1 - i : i)];
        }
        OWNED Ref value = native_item_get(ts, machine_formats[format].code, item);
        if (is_error(value) || item_from(ts, a->code, value.v, converted) == STATUS_ERROR ||
            append_items(ts, a, converted, 1) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    return STATUS_OK;
}

static Ref reconstructor(ThreadState *ts, Value self, const Value *args)
{
    int64_t format;
    if (!value_is_type(args[0]) || !type_is_subtype(type_from(args[0]), TYPE_OF_KIND(ARRAY))) {
        return value_is_type(args[0])
                   ? raise(ts, EXC_TypeError, "%.200s is not a subtype of array.array",
                           type_name(type_from(args[0])))
                   : raise(ts, EXC_TypeError, "first argument must be a type object, not %.200s",
                           type_name(type_of(args[0])));
    }
    if (!value_is_str(args[1]) || str_length(args[1]) != 1) {
        return raise(ts, EXC_TypeError,
                     "_array_reconstructor() argument 2 must be a unicode character, not %.50s",
                     type_name(type_of(args[1])));
    }
    uint32_t code = str_char(str_from(args[1]), 0);
    if (code == 0 || code > 127 || strchr(typecodes, (int)code) == NULL) {
        return raise(ts, EXC_ValueError, "second argument must be a valid type code");
    }
    if (index_get(ts, args[2], &format) == STATUS_ERROR) {
        return NO_REF;
    }
    if (format < 0 || format >= (int64_t)ARRAY_LENGTH(machine_formats)) {
        return raise(ts, EXC_ValueError, "third argument must be a valid machine format code.");
    }
    if (!value_is_bytes(args[3])) {
        return raise(ts, EXC_TypeError, "fourth argument should be bytes, not %.200s",
                     type_name(type_of(args[3])));
    }
    OWNED Ref made = array_make(ts, type_from(args[0]), (char)code, NULL, 0);
    if (is_error(made)) {
        return NO_REF;
    }
    Array *a = array_from(made.v);
    Status status;
    if (format >= 18) {
        static const char *const encodings[] = {"utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"};
        OWNED Ref text = str_decode(ts, bytes_from(args[3])->data, bytes_from(args[3])->size,
                                    encodings[format - 18], NULL);
        status = is_error(text) ? STATUS_ERROR : append_str(ts, a, text.v);
    } else {
        status = append_machine_items(ts, a, format, bytes_from(args[3]));
    }
    return status == STATUS_ERROR ? NO_REF : ref_take(&made);
}

static Ref array_sizeof(ThreadState *ts, Value self, const Value *args)
{
    Array *a = array_from(self);
    return REF_OF(small_int((int64_t)(object_size(&a->head) + a->capacity * a->item_size)));
}

static const NativeDef methods[] = {
    NATIVE("append", array_append, "($self, v, /)", "Append new value v to the end of the array."),
    NATIVE("extend", array_extend, "($self, bb, /)", "Append items to the end of the array."),
    NATIVE("insert", array_insert, "($self, i, v, /)",
           "Insert a new item v into the array before position i."),
    NATIVE("pop", array_pop, "($self, i=-1, /)",
           "Return the i-th element and delete it from the array."),
    NATIVE("remove", array_remove, "($self, v, /)",
           "Remove the first occurrence of v in the array."),
    NATIVE("index", array_index, "($self, v, start=0, stop=sys.maxsize, /)",
           "Return index of first occurrence of v in the array."),
    NATIVE("count", array_count_method, "($self, v, /)",
           "Return number of occurrences of v in the array."),
    NATIVE("reverse", array_reverse, "($self, /)", "Reverse the order of the items in the array."),
    NATIVE("byteswap", array_byteswap, "($self, /)", "Byteswap all items of the array."),
    NATIVE("tobytes", array_tobytes, "($self, /)",
           "Convert the array to an array of machine values and return the bytes representation."),
    NATIVE("frombytes", array_frombytes, "($self, buffer, /)",
           "Appends items from the string, interpreting it as an array of machine values."),
    NATIVE("tolist", array_tolist, "($self, /)",
           "Convert array to an ordinary list with the same items."),
    NATIVE("fromlist", array_fromlist, "($self, list, /)", "Append items to array from list."),
    NATIVE("tounicode", array_tounicode, "($self, /)",
           "Extends this array with data from the unicode string ustr."),
    NATIVE("fromunicode", array_fromunicode, "($self, ustr, /)",
           "Extends this array with data from the unicode string ustr."),
    NATIVE("tofile", array_tofile, "($self, f, /)",
           "Write all items (as machine values) to the file object f."),
    NATIVE("fromfile", array_fromfile, "($self, f, n, /)",
           "Read n objects from the file object f and append them to the end of the array."),
    NATIVE("buffer_info", array_buffer_info, "($self, /)", "Return a tuple (address, length)."),
    NATIVE("__copy__", array_copy, "($self, /)", "Return a copy of the array."),
    NATIVE("__deepcopy__", array_copy, "($self, unused, /)", "Return a copy of the array."),
    NATIVE("__reduce_ex__", array_reduce, "($self, value, /)",
           "Return state information for pickling."),
    NATIVE("__sizeof__", array_sizeof, "($self, /)", "Size of the array in memory, in bytes."),
    NATIVE_END,
};

static Ref get_typecode(ThreadState *ts, Value self)
{
    return str_from_char(ts, (uint8_t)array_from(self)->code);
}
static Ref get_itemsize(ThreadState *ts, Value self)
{
    return REF_OF(small_int(array_from(self)->item_size));
}
static const GetSetDef getset[] = {
    {"typecode", get_typecode, NULL, "the typecode character used to create the array"},
    {"itemsize", get_itemsize, NULL, "the size, in bytes, of one array item"},
    {NULL, NULL, NULL, NULL},
};

// --- Slots ---------------------------------------------------------------------------------------

static void finish_slot(ThreadState *ts, ObjectHead *o)
{
    Array *a = (Array *)o;
    if (a->data != NULL) {
        raw_free(ts, a->data);
        a->data = NULL;
    }
}

static Ref repr_slot(ThreadState *ts, Value self)
{
    Array *a = array_from(self);
    const char *name = type_name(type_of(self)), *dot = strrchr(name, '.');
    name = dot != NULL ? dot + 1 : name;
    if (array_count(a) == 0) {
        return format_str(ts, "%s('%c')", name, a->code);
    }
    OWNED Ref items =
        a->code == 'u' ? array_tounicode(ts, self, NULL) : array_tolist(ts, self, NULL);
    return is_error(items) ? NO_REF : format_str(ts, "%s('%c', %R)", name, a->code, items.v);
}

static int64_t length_slot(ThreadState *ts, Value self)
{
    return (int64_t)array_count(array_from(self));
}

static Ref compare_slot(ThreadState *ts, Value x, Value y, CompareOp op)
{
    if (!value_is_array(x) || !value_is_array(y)) {
        return REF_OF(VALUE_NOT_IMPLEMENTED);
    }
    Array *a = array_from(x), *b = array_from(y);
    size_t na = array_count(a), nb = array_count(b);
    if (na != nb && (op == OP_EQ || op == OP_NE)) {
        return REF_OF(bool_value(op == OP_NE));
    }
    for (size_t i = 0; i < na && i < nb; i++) {
        OWNED Ref p = get_at(ts, a, (int64_t)i);
        OWNED Ref q = is_error(p) ? NO_REF : get_at(ts, b, (int64_t)i);
        if (is_error(q)) {
            return has_exception(ts)
                       ? NO_REF
                       : raise(ts, EXC_RuntimeError, "array changed size during comparison");
        }
        Truth same = object_compare_truth(ts, p.v, q.v, OP_EQ);
        if (same == TRUTH_ERROR) {
            return NO_REF;
        }
        if (same == TRUTH_FALSE) {
            return op == OP_EQ || op == OP_NE ? REF_OF(bool_value(op == OP_NE))
                                              : object_compare(ts, p.v, q.v, op);
        }
    }
    return object_compare(ts, small_int((int64_t)na), small_int((int64_t)nb), op);
}

static Ref add_slot(ThreadState *ts, Value x, Value y)
{
    if (!value_is_array(x)) {
        return REF_OF(VALUE_NOT_IMPLEMENTED);
    }
    if (!value_is_array(y)) {
        return raise(ts, EXC_TypeError, "can only append array (not \"%.200s\") to array",
                     type_name(type_of(y)));
    }
    if (array_from(x)->code != array_from(y)->code) {
        return raise(ts, EXC_TypeError, "bad argument type for built-in operation");
    }
    OWNED Ref sum = array_copy(ts, x, NULL);
    return is_error(sum) || append_bytes(ts, array_from(sum.v), y) == STATUS_ERROR ? NO_REF
                                                                                   : ref_take(&sum);
}
static Ref add_in_place(ThreadState *ts, Value x, Value y)
{
    if (!value_is_array(y)) {
        return raise(ts, EXC_TypeError, "can only extend array with array (not \"%.200s\")",
                     type_name(type_of(y)));
    }
    return extend_any(ts, array_from(x), y) == STATUS_ERROR ? NO_REF : ref_new(x);
}
static Status repeat(ThreadState *ts, Array *from, Array *to, Value number)
{
    int64_t times;
    if (type_of(number)->slots.index == NULL) {
        return raise_status(ts, EXC_TypeError,
                            "can't multiply sequence by non-int of type '%.200s'",
                            type_name(type_of(number)));
    }
    if (index_get(ts, number, &times) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    size_t count;
    uint8_t *copy = copy_items(ts, from, &count);
    Status status = copy == NULL ? STATUS_ERROR : STATUS_OK;
    if (status == STATUS_OK && count > 0 && times > INT64_MAX / 64 / (int64_t)count) {
        (void)raise_no_memory(ts);
        status = STATUS_ERROR;
    }
    if (status == STATUS_OK && times <= 0 && from == to) {
        CRITICAL_SECTION(ts, &to->head) { status = resize_locked(ts, to, 0); }
    }
    for (int64_t i = from == to; i < times && status == STATUS_OK && count > 0; i++) {
        status = append_items(ts, to, copy, count);
    }
    if (copy != NULL) {
        raw_free(ts, copy);
    }
    return status;
}
static Ref multiply_slot(ThreadState *ts, Value x, Value y)
{
    Value self = value_is_array(x) ? x : y;
    OWNED Ref made = array_make(ts, TYPE_OF_KIND(ARRAY), array_from(self)->code, NULL, 0);
    if (is_error(made) || repeat(ts, array_from(self), array_from(made.v),
                                 value_is_array(x) ? y : x) == STATUS_ERROR) {
        return NO_REF;
    }
    return ref_take(&made);
}
static Ref multiply_in_place(ThreadState *ts, Value x, Value y)
{
    return repeat(ts, array_from(x), array_from(x), y) == STATUS_ERROR ? NO_REF : ref_new(x);
}

static Status buffer_slot(ThreadState *ts, Value self, BufferView *view)
{
    static const char formats[][2] = {"b", "B", "w", "h", "H", "i", "I",
                                      "l", "L", "q", "Q", "f", "d"};
    Array *a = array_from(self);
    CRITICAL_SECTION(ts, &a->head)
    {
        atomic_add_relaxed(&a->exports, 1); // the lock orders it before a resize
        *view = (BufferView){.owner = ref_new(self),
                             .data = a->data != NULL ? a->data : (uint8_t *)"",
                             .size = a->count * a->item_size,
                             .item_size = a->item_size,
                             .format = formats[strchr(typecodes, a->code) - typecodes],
                             .exports = &a->exports};
    }
    return STATUS_OK;
}

// --- Iterator ------------------------------------------------------------------------------------

typedef struct ArrayIterator {
    ObjectHead head;
    SharedRef array;
    size_t position; // atomic; SIZE_MAX: exhausted for good
} ArrayIterator;

static Ref iterate_slot(ThreadState *ts, Value self)
{
    ArrayIterator *it = object_new(ts, KIND_ARRAY_ITERATOR, sizeof *it);
    if (it != NULL) {
        shared_ref_init(&it->array, ref_new(self));
        it->position = 0;
        object_track(&it->head);
    }
    return REF_FROM_NEW(it);
}
static Ref next_item(ThreadState *ts, Value self)
{
    ArrayIterator *it = (ArrayIterator *)value_head(self);
    size_t i = atomic_load_relaxed(&it->position); // relaxed: a stale one repeats an item
    if (i == SIZE_MAX) {
        return NO_REF;
    }
    Ref item = get_at(ts, array_from(shared_ref_peek(&it->array)), (int64_t)i);
    atomic_store_relaxed(&it->position, is_error(item) ? SIZE_MAX : i + 1);
    return item;
}
static void iterator_finish(ThreadState *ts, ObjectHead *o)
{
    shared_ref_clear(&((ArrayIterator *)o)->array);
}
static void iterator_traverse(ObjectHead *o, Visitor visit, void *context)
{
    visit(shared_ref_peek(&((ArrayIterator *)o)->array), EDGE_COUNTED, context);
}
const TypeSpec spec_ARRAY_ITERATOR = {
    .name = "array.arrayiterator",
    .base = KIND_OBJECT,
    .size = sizeof(ArrayIterator),
    .flags = TYPE_COLLECTED | TYPE_IMMUTABLE | TYPE_NOT_CONSTRUCTIBLE,
    .slots = {.finish = iterator_finish,
              .traverse = iterator_traverse,
              .iterate = object_itself,
              .next = next_item},
};

const TypeSpec spec_ARRAY = {
    .name = "array.array",
    .doc = "array(typecode [, initializer]) -> array",
    .base = KIND_OBJECT,
    .size = sizeof(Array),
    .flags = TYPE_SUBCLASSABLE | TYPE_IMMUTABLE | TYPE_IS_SEQUENCE | TYPE_WEAK_REFERENCEABLE,
    .slots =
        {
            .finish = finish_slot,
            .repr = repr_slot,
            .compare = compare_slot,
            .length = length_slot,
            .get_item = get_item_slot,
            .set_item = set_item_slot,
            .contains = contains_slot,
            .iterate = iterate_slot,
            .binary = {[BIN_ADD] = add_slot, [BIN_MUL] = multiply_slot},
            .in_place = {[BIN_ADD] = add_in_place, [BIN_MUL] = multiply_in_place},
            .make = make_slot,
            .buffer = buffer_slot,
        },
    .methods = methods,
    .getset = getset,
};

// isinstance(array(…), collections.abc.MutableSequence), where the library is there.
static Status register_sequence(ThreadState *ts)
{
    OWNED Ref module = import_module(ts, "collections.abc");
    OWNED Ref base =
        is_error(module) ? NO_REF : object_get_attribute_z(ts, module.v, "MutableSequence");
    Value type = type_value(TYPE_OF_KIND(ARRAY));
    OWNED Ref done =
        is_error(base) ? NO_REF : object_call_method_z(ts, base.v, "register", &type, 1);
    return !is_error(done) || exception_clear_if(ts, EXC_ImportError) ? STATUS_OK : STATUS_ERROR;
}

static Status setup(ThreadState *ts, Value module)
{
    if (register_sequence(ts) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    if (module_add_type(ts, module, KIND_ARRAY) == STATUS_ERROR ||
        module_add_str(ts, module, "typecodes", typecodes) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    return module_add(ts, module, "ArrayType", type_value(TYPE_OF_KIND(ARRAY)));
}

static const NativeDef functions[] = {
    NATIVE("_array_reconstructor", reconstructor,
           "($module, arraytype, typecode, mformat_code, items, /)",
           "Internal. Used for pickling support."),
    NATIVE_END,
};
const ModuleSpec module_array = {
    "array",
    "This module defines an object type which can efficiently represent an array of basic values.",
    functions, setup};
