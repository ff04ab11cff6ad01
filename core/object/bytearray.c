// bytearray: mutable bytes.
//
// The bytes lie in raw memory with room at both ends: deleting in front moves `offset` only.
//
// Rule     size, capacity, data and offset change under the object's lock, and only while there are
//          no exports. Elements are stored to under the lock as well; a view may store at any time.
// Threads  any attached thread; a reader that needs stable memory exports it (span_begin).
#include <stdio.h>

#include "core/object/bytes_internal.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/sequences.h"
#include "core/object/str_methods.h"
#include "core/object/tuple.h"

// --- Size ----------------------------------------------------------------------------------------

static void store_data(ByteArray *b, uint8_t *data) { atomic_store_relaxed(&b->data, data); }

static Status raise_exported(ThreadState *ts)
{
    return raise_status(ts, EXC_BufferError, "Existing exports of data: object cannot be re-sized");
}

// With the lock held. Keeps the contents up to the smaller size; new bytes are not set.
static Status resize_locked(ThreadState *ts, ByteArray *b, size_t size)
{
    if (size == b->size) {
        return STATUS_OK;
    }
    if (atomic_load_acquire(&b->exports) != 0) {
        return raise_exported(ts);
    }
    if (size > BYTES_MAX) {
        (void)raise_no_memory(ts);
        return STATUS_ERROR;
    }
    bool fits = b->offset + size + 1 <= b->capacity;
    bool wastes = size < b->capacity / 4 && b->capacity > 256;
    if (fits && !wastes) {
        atomic_store_relaxed(&b->size, size);
        bytearray_data(b)[size] = 0;
        return STATUS_OK;
    }
    size_t capacity = (size > b->size ? size + (size >> 3) + (size < 9 ? 3 : 6) : size) + 1;
    if (b->offset == 0 && b->data != NULL) {
        uint8_t *data = raw_realloc(ts, b->data, capacity);
        if (data == NULL) {
            return STATUS_ERROR;
        }
        store_data(b, data);
    } else {
        uint8_t *data = raw_alloc(ts, capacity);
        if (data == NULL) {
            return STATUS_ERROR;
        }
        if (b->data != NULL) {
            memcpy(data, bytearray_data(b), MIN_OF(size, b->size));
            raw_free(ts, b->data);
        }
        store_data(b, data);
        b->offset = 0;
    }
    b->capacity = capacity;
    atomic_store_relaxed(&b->size, size);
    b->data[size] = 0;
    return STATUS_OK;
}

// Replaces count bytes at start by other ones (data may not lie in b). With the lock held.
static Status splice_locked(ThreadState *ts, ByteArray *b, size_t start, size_t count,
                            const uint8_t *data, size_t size)
{
    size_t old = b->size, tail = old - start - count;
    if (size < count) {
        if (atomic_load_acquire(&b->exports) != 0) {
            return raise_exported(ts);
        }
        uint8_t *base = bytearray_data(b);
        if (start == 0) {
            // Cheap deletion in front.
            b->offset += count - size;
            atomic_store_relaxed(&b->size, old - (count - size));
            base = bytearray_data(b);
        } else {
            memmove(base + start + size, base + start + count, tail);
            if (resize_locked(ts, b, old - (count - size)) == STATUS_ERROR) {
                return STATUS_ERROR;
            }
            base = bytearray_data(b);
        }
        if (size > 0) {
            memcpy(base + start, data, size);
        }
        return STATUS_OK;
    }
    if (size > count) {
        if (resize_locked(ts, b, old + (size - count)) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
        uint8_t *base = bytearray_data(b);
        memmove(base + start + size, base + start + count, tail);
    }
    if (size > 0) {
        memcpy(bytearray_data(b) + start, data, size);
    }
    return STATUS_OK;
}

// --- Construction --------------------------------------------------------------------------------

Ref bytearray_make_raw(ThreadState *ts, Type *type, const void *data, size_t size)
{
    ByteArray *b = type == TYPE_OF_KIND(BYTEARRAY) ? object_new(ts, KIND_BYTEARRAY, sizeof *b)
                                                   : object_new_of(ts, type);
    if (b == NULL) {
        return NO_REF;
    }
    b->size = b->capacity = b->offset = 0;
    b->data = NULL;
    b->exports = 0;
    if (type->flags & TYPE_COLLECTED) {
        object_track(&b->head);
    }
    OWNED Ref made = REF_FROM_NEW(b);
    if (size > 0) {
        if (size > BYTES_MAX) {
            return raise_no_memory(ts);
        }
        b->data = raw_alloc(ts, size + 1);
        if (b->data == NULL) {
            return NO_REF;
        }
        b->capacity = size + 1;
        b->size = size;
        b->data[size] = 0;
        if (data != NULL) {
            memcpy(b->data, data, size);
        }
    }
    return ref_take(&made);
}

Ref bytearray_new(ThreadState *ts, const void *data, size_t size)
{
    return bytearray_make_raw(ts, TYPE_OF_KIND(BYTEARRAY), data, size);
}

static Ref make_slot(CALL_PARAMETERS) { return bytearray_make_raw(ts, type_from(self), NULL, 0); }

static Status extend_with(ThreadState *ts, ByteArray *b, const uint8_t *data, size_t size)
{
    Status status = STATUS_OK;
    CRITICAL_SECTION(ts, &b->head)
    {
        size_t old = b->size;
        status = size > BYTES_MAX - old ? (raise_no_memory(ts), STATUS_ERROR)
                                        : resize_locked(ts, b, old + size);
        if (status == STATUS_OK && size > 0) {
            memcpy(bytearray_data(b) + old, data, size);
        }
    }
    return status;
}

static Status extend_by_items(ThreadState *ts, ByteArray *b, Value iterable)
{
    OWNED Ref iterator = object_iterate(ts, iterable);
    if (is_error(iterator)) {
        return STATUS_ERROR;
    }
    for (;;) {
        OWNED Ref item = iterator_next(ts, iterator.v);
        uint8_t byte;
        if (is_error(item)) {
            return has_exception(ts) ? STATUS_ERROR : STATUS_OK;
        }
        if (byte_from(ts, item.v, "byte must be in range(0, 256)", &byte) == STATUS_ERROR ||
            extend_with(ts, b, &byte, 1) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
}

static Status init_slot(CALL_PARAMETERS)
{
    Value source;
    const char *encoding, *errors;
    ByteArray *b = bytearray_from(self);
    if (bytes_make_arguments(ts, "bytearray", args, count, names, &source, &encoding, &errors) ==
        STATUS_ERROR) {
        return STATUS_ERROR;
    }
    Status status = STATUS_OK;
    CRITICAL_SECTION(ts, &b->head) { status = resize_locked(ts, b, 0); }
    if (status == STATUS_ERROR || is_no_value(source)) {
        return status;
    }
    OWNED Ref bytes = NO_REF;
    Type *t = type_of(source);
    if (value_is_str(source)) {
        bytes = str_encode(ts, source, encoding, errors);
    } else if (t->slots.index != NULL && t->slots.buffer == NULL) {
        int64_t size;
        if (argument_count(ts, source, &size) == STATUS_OK) {
            if (size < 0) {
                return raise_status(ts, EXC_ValueError, "negative count");
            }
            CRITICAL_SECTION(ts, &b->head)
            {
                status = resize_locked(ts, b, (size_t)size);
                if (status == STATUS_OK && size > 0) {
                    memset(bytearray_data(b), 0, (size_t)size);
                }
            }
            return status;
        }
        if (!exception_clear_if(ts, EXC_TypeError)) {
            return STATUS_ERROR;
        }
        bytes = bytes_from_object(ts, source);
    } else if (t->slots.buffer != NULL || value_is_bytes(source)) {
        bytes = bytes_from_object(ts, source);
    } else if (t->slots.iterate != NULL || t->slots.get_item != NULL) {
        return extend_by_items(ts, b, source);
    } else {
        return raise_status(ts, EXC_TypeError, "cannot convert '%.200s' object to bytearray",
                            type_name(t));
    }
    return is_error(bytes)
               ? STATUS_ERROR
               : extend_with(ts, b, bytes_from(bytes.v)->data, bytes_from(bytes.v)->size);
}

// --- Items and slices ----------------------------------------------------------------------------

static Status parse_index(ThreadState *ts, Value key, int64_t *i)
{
    if (LIKELY(value_is_small_int(key))) {
        *i = small_int_get(key);
        return STATUS_OK;
    }
    if (type_of(key)->slots.index == NULL) {
        return raise_status(ts, EXC_TypeError,
                            "bytearray indices must be integers or slices, not %.200s",
                            type_name(type_of(key)));
    }
    return index_get(ts, key, i);
}

static Ref get_slice(ThreadState *ts, Value self, Value slice)
{
    Span s;
    int64_t start, step, count;
    span_begin(ts, &s, self);
    Ref made = NO_REF;
    if (slice_resolve(ts, slice, (int64_t)s.size, &start, &step, &count) == STATUS_OK) {
        made = bytearray_new(ts, step == 1 ? s.data + start : NULL, (size_t)MAX_OF(count, 0));
        if (!is_error(made) && step != 1) {
            for (int64_t k = 0; k < count; k++) {
                made_data(made.v)[k] = s.data[start + k * step];
            }
        }
    }
    span_end(&s);
    return made;
}

static Ref get_item_slot(ThreadState *ts, Value self, Value key)
{
    int64_t i;
    if (value_is_kind(key, KIND_SLICE)) {
        return get_slice(ts, self, key);
    }
    if (parse_index(ts, key, &i) == STATUS_ERROR) {
        return NO_REF;
    }
    ByteArray *b = bytearray_from(self);
    int found = -1;
    CRITICAL_SECTION(ts, &b->head)
    {
        if (i < 0) {
            i += (int64_t)b->size;
        }
        if ((uint64_t)i < b->size) {
            found = atomic_load_relaxed(&bytearray_data(b)[i]);
        }
    }
    return found < 0 ? raise(ts, EXC_IndexError, "bytearray index out of range")
                     : REF_OF(small_int(found));
}

// What a slice is to become, as a bytes object.
static Ref slice_source(ThreadState *ts, Value value)
{
    if (is_no_value(value)) {
        return bytes_empty();
    }
    Type *t = type_of(value);
    if (value_is_str(value) ||
        (t->slots.buffer == NULL && t->slots.iterate == NULL && t->slots.get_item == NULL)) {
        return raise(ts, EXC_TypeError,
                     "can assign only bytes, buffers, or iterables of ints in range(0, 256)");
    }
    if (t->slots.buffer == NULL && !value_is_bytes(value)) {
        uint8_t *data;
        size_t size;
        if (bytes_collect(ts, value, "byte must be in range(0, 256)", &data, &size) ==
            STATUS_ERROR) {
            return NO_REF;
        }
        Ref bytes = bytes_new(ts, data, size);
        raw_free(ts, data);
        return bytes;
    }
    return bytes_from_object(ts, value);
}

static Status set_extended_locked(ThreadState *ts, ByteArray *b, int64_t start, int64_t step,
                                  int64_t count, Bytes *from, bool is_deletion)
{
    uint8_t *data = bytearray_data(b);
    if (!is_deletion) {
        if ((int64_t)from->size != count) {
            return raise_status(
                ts, EXC_ValueError,
                "attempt to assign bytes of size %zu to extended slice of size %lld", from->size,
                (long long)count);
        }
        for (int64_t k = 0; k < count; k++) {
            data[start + k * step] = from->data[k];
        }
        return STATUS_OK;
    }
    if (count == 0) {
        return STATUS_OK;
    }
    if (atomic_load_acquire(&b->exports) != 0) {
        return raise_exported(ts);
    }
    if (step < 0) {
        start += (count - 1) * step;
        step = -step;
    }
    size_t out = (size_t)start;
    for (size_t i = (size_t)start, next = (size_t)start, left = (size_t)count; i < b->size; i++) {
        if (left > 0 && i == next) {
            next += (size_t)step;
            left--;
        } else {
            data[out++] = data[i];
        }
    }
    return resize_locked(ts, b, out);
}

static Status set_slice(ThreadState *ts, Value self, Value slice, Value value)
{
    OWNED Ref source = slice_source(ts, value);
    if (is_error(source)) {
        return STATUS_ERROR;
    }
    ByteArray *b = bytearray_from(self);
    Bytes *from = bytes_from(source.v);
    int64_t start, step, count;
    Status status = STATUS_OK;
    for (bool again = true; again;) {
        // Resolving may run script code, so the size is looked at again under the lock.
        size_t size = atomic_load_relaxed(&b->size);
        if (slice_resolve(ts, slice, (int64_t)size, &start, &step, &count) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
        CRITICAL_SECTION(ts, &b->head)
        {
            again = b->size != size;
            if (!again) {
                count = MAX_OF(count, 0);
                status =
                    step == 1
                        ? splice_locked(ts, b, (size_t)start, (size_t)count, from->data, from->size)
                        : set_extended_locked(ts, b, start, step, count, from,
                                              from->size == 0); // nothing: deletes, as CPython
            }
        }
    }
    return status;
}

static Status set_item_slot(ThreadState *ts, Value self, Value key, Value value)
{
    if (value_is_kind(key, KIND_SLICE)) {
        return set_slice(ts, self, key, value);
    }
    int64_t i;
    uint8_t byte = 0;
    if (parse_index(ts, key, &i) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    ByteArray *b = bytearray_from(self);
    bool is_deletion = is_no_value(value), in_range = false;
    Status status = STATUS_OK;
    if (!is_deletion) {
        int64_t size = (int64_t)atomic_load_relaxed(&b->size);
        if (i >= size || i < -size) {
            return raise_status(ts, EXC_IndexError, "bytearray index out of range");
        }
        if (byte_from(ts, value, "byte must be in range(0, 256)", &byte) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    CRITICAL_SECTION(ts, &b->head)
    {
        if (i < 0) {
            i += (int64_t)b->size;
        }
        in_range = (uint64_t)i < b->size;
        if (in_range && is_deletion) {
            status = splice_locked(ts, b, (size_t)i, 1, NULL, 0);
        } else if (in_range) {
            atomic_store_relaxed(&bytearray_data(b)[i], byte);
        }
    }
    return in_range ? status : raise_status(ts, EXC_IndexError, "bytearray index out of range");
}

// --- Methods -------------------------------------------------------------------------------------

static Ref append(ThreadState *ts, Value self, const Value *args)
{
    uint8_t byte;
    ByteArray *b = bytearray_from(self);
    if (byte_from(ts, args[0], "byte must be in range(0, 256)", &byte) == STATUS_ERROR) {
        return NO_REF;
    }
    return extend_with(ts, b, &byte, 1) == STATUS_ERROR ? NO_REF : REF_NONE;
}

static Ref extend(ThreadState *ts, Value self, const Value *args)
{
    ByteArray *b = bytearray_from(self);
    Type *t = type_of(args[0]);
    Status status;
    if (value_is_bytes(args[0])) {
        status = extend_with(ts, b, bytes_from(args[0])->data, bytes_from(args[0])->size);
    } else if (t->slots.buffer != NULL) {
        OWNED Ref copy = bytes_from_object(ts, args[0]); // it may be this object
        status = is_error(copy)
                     ? STATUS_ERROR
                     : extend_with(ts, b, bytes_from(copy.v)->data, bytes_from(copy.v)->size);
    } else if (t->slots.iterate == NULL && t->slots.get_item == NULL) {
        return raise(ts, EXC_TypeError, "can't extend bytearray with %.100s", type_name(t));
    } else {
        uint8_t *data;
        size_t size;
        if (bytes_collect(ts, args[0], "byte must be in range(0, 256)", &data, &size) ==
            STATUS_ERROR) {
            return NO_REF;
        }
        status = extend_with(ts, b, data, size);
        raw_free(ts, data);
    }
    return status == STATUS_ERROR ? NO_REF : REF_NONE;
}

static Ref insert(ThreadState *ts, Value self, const Value *args)
{
    int64_t i;
    uint8_t byte;
    ByteArray *b = bytearray_from(self);
    if (argument_size(ts, args[0], &i) == STATUS_ERROR ||
        byte_from(ts, args[1], "byte must be in range(0, 256)", &byte) == STATUS_ERROR) {
        return NO_REF;
    }
    Status status = STATUS_OK;
    CRITICAL_SECTION(ts, &b->head)
    {
        int64_t n = (int64_t)b->size;
        i = i < 0 ? MAX_OF(i + n, 0) : MIN_OF(i, n);
        status = splice_locked(ts, b, (size_t)i, 0, &byte, 1);
    }
    return status == STATUS_ERROR ? NO_REF : REF_NONE;
}

static Ref pop(ThreadState *ts, Value self, const Value *args)
{
    int64_t i = -1;
    ByteArray *b = bytearray_from(self);
    if (!is_no_value(args[0]) && argument_size(ts, args[0], &i) == STATUS_ERROR) {
        return NO_REF;
    }
    int byte = -1;
    bool is_empty = false;
    Status status = STATUS_OK;
    CRITICAL_SECTION(ts, &b->head)
    {
        is_empty = b->size == 0;
        if (i < 0) {
            i += (int64_t)b->size;
        }
        if ((uint64_t)i < b->size) {
            byte = bytearray_data(b)[i];
            status = splice_locked(ts, b, (size_t)i, 1, NULL, 0);
        }
    }
    if (status == STATUS_ERROR) {
        return NO_REF;
    }
    return byte < 0 ? raise(ts, EXC_IndexError,
                            is_empty ? "pop from empty bytearray" : "pop index out of range")
                    : REF_OF(small_int(byte));
}

static Ref remove_byte(ThreadState *ts, Value self, const Value *args)
{
    uint8_t byte;
    ByteArray *b = bytearray_from(self);
    if (byte_from(ts, args[0], "byte must be in range(0, 256)", &byte) == STATUS_ERROR) {
        return NO_REF;
    }
    Status status = STATUS_OK;
    bool found = false;
    CRITICAL_SECTION(ts, &b->head)
    {
        const uint8_t *data = bytearray_data(b),
                      *hit = b->size > 0 ? memchr(data, byte, b->size) : NULL;
        found = hit != NULL;
        if (found) {
            status = splice_locked(ts, b, (size_t)(hit - data), 1, NULL, 0);
        }
    }
    if (!found) {
        return raise(ts, EXC_ValueError, "value not found in bytearray");
    }
    return status == STATUS_ERROR ? NO_REF : REF_NONE;
}

static Ref clear(ThreadState *ts, Value self, const Value *args)
{
    ByteArray *b = bytearray_from(self);
    Status status = STATUS_OK;
    CRITICAL_SECTION(ts, &b->head) { status = resize_locked(ts, b, 0); }
    return status == STATUS_ERROR ? NO_REF : REF_NONE;
}

static Ref copy(ThreadState *ts, Value self, const Value *args)
{
    Span s;
    span_begin(ts, &s, self);
    Ref made = bytearray_new(ts, s.data, s.size);
    span_end(&s);
    return made;
}

static Ref reverse(ThreadState *ts, Value self, const Value *args)
{
    ByteArray *b = bytearray_from(self);
    CRITICAL_SECTION(ts, &b->head)
    {
        uint8_t *data = bytearray_data(b);
        for (size_t i = 0, k = b->size; i + 1 < k; i++) {
            k--;
            uint8_t held = data[i];
            data[i] = data[k];
            data[k] = held;
        }
    }
    return REF_NONE;
}

static Ref alloc(ThreadState *ts, Value self, const Value *args)
{
    return REF_OF(small_int((int64_t)bytearray_from(self)->capacity));
}

static Ref size_of(ThreadState *ts, Value self, const Value *args)
{
    return REF_OF(
        small_int((int64_t)(object_size(value_head(self)) + bytearray_from(self)->capacity)));
}

static Ref reduce(ThreadState *ts, Value self, const Value *args)
{
    Span s;
    span_begin(ts, &s, self);
    OWNED Ref text = str_from_latin1(ts, s.data, s.size);
    span_end(&s);
    OWNED Ref latin = str_from_z(ts, "latin-1");
    if (is_error(text) || is_error(latin)) {
        return NO_REF;
    }
    OWNED Ref arguments =
        str_length(text.v) == 0 ? tuple_empty() : tuple_pack(ts, 2, text.v, latin.v);
    OWNED Ref state =
        is_error(arguments) ? NO_REF : object_call_method(ts, self, NAME(__getstate__), NULL, 0);
    return is_error(state) ? NO_REF
                           : tuple_pack(ts, 3, type_value(type_of(self)), arguments.v, state.v);
}

static const NativeDef methods[] = {
    BYTES_COMMON_ROWS,
    NATIVE("append", append, "($self, item, /)",
           "Append a single item to the end of the bytearray."),
    NATIVE("extend", extend, "($self, iterable_of_ints, /)",
           "Append all the items from the iterator or sequence to the end of the bytearray."),
    NATIVE("insert", insert, "($self, index, item, /)",
           "Insert a single item into the bytearray before the given index."),
    NATIVE("pop", pop, "($self, index=-1, /)", "Remove and return a single item from B."),
    NATIVE("remove", remove_byte, "($self, value, /)",
           "Remove the first occurrence of a value in the bytearray."),
    NATIVE("clear", clear, "($self, /)", "Remove all items from the bytearray."),
    NATIVE("copy", copy, "($self, /)", "Return a copy of B."),
    NATIVE("reverse", reverse, "($self, /)", "Reverse the order of the values in B in place."),
    NATIVE("__alloc__", alloc, "($self, /)", "Returns the number of bytes actually allocated."),
    NATIVE("__sizeof__", size_of, "($self, /)",
           "Returns the size of the bytearray object in memory, in bytes."),
    NATIVE("__reduce__", reduce, "($self, /)", "Return state information for pickling."),
    NATIVE_END,
};

// --- Slots ---------------------------------------------------------------------------------------

static void finish_slot(ThreadState *ts, ObjectHead *o)
{
    ByteArray *b = (ByteArray *)o;
    if (b->data != NULL) {
        raw_free(ts, b->data);
        b->data = NULL;
    }
}

static Ref repr_slot(ThreadState *ts, Value self)
{
    Span s;
    char before[220];
    span_begin(ts, &s, self);
    const char *name = type_name(type_of(self)), *dot = strrchr(name, '.');
    snprintf(before, sizeof before, "%.200s(b", dot != NULL ? dot + 1 : name);
    Ref text = bytes_repr(ts, s.data, s.size, before, ")");
    span_end(&s);
    return text;
}

static Truth truth_slot(ThreadState *ts, Value self)
{
    return atomic_load_relaxed(&bytearray_from(self)->size) > 0;
}
static int64_t length_slot(ThreadState *ts, Value self)
{
    return (int64_t)atomic_load_relaxed(&bytearray_from(self)->size);
}

static bool has_buffer(Value v) { return value_is_bytes(v) || type_of(v)->slots.buffer != NULL; }

static Ref add_slot(ThreadState *ts, Value a, Value b)
{
    if (!value_is_bytearray(a)) {
        return REF_OF(VALUE_NOT_IMPLEMENTED);
    }
    if (!has_buffer(b)) {
        return raise(ts, EXC_TypeError, "can't concat %.100s to bytearray", type_name(type_of(b)));
    }
    return bytes_concat(ts, a, b);
}

static Ref add_in_place(ThreadState *ts, Value a, Value b)
{
    if (!has_buffer(b)) {
        return raise(ts, EXC_TypeError, "can't concat %.100s to bytearray", type_name(type_of(b)));
    }
    OWNED Ref done = extend(ts, a, &b);
    return is_error(done) ? NO_REF : ref_new(a);
}

static Status repeat_count(ThreadState *ts, Value number, int64_t *count)
{
    if (type_of(number)->slots.index == NULL) {
        return raise_status(ts, EXC_TypeError,
                            "can't multiply sequence by non-int of type '%.200s'",
                            type_name(type_of(number)));
    }
    return argument_count(ts, number, count);
}

static Ref multiply_slot(ThreadState *ts, Value a, Value b)
{
    Value self = value_is_bytearray(a) ? a : b;
    int64_t count;
    if (repeat_count(ts, value_is_bytearray(a) ? b : a, &count) == STATUS_ERROR) {
        return NO_REF;
    }
    Span s;
    span_begin(ts, &s, self);
    Ref made = NO_REF;
    count = MAX_OF(count, 0);
    if (s.size > 0 && (uint64_t)count > BYTES_MAX / s.size) {
        made = raise_no_memory(ts);
    } else {
        made = bytearray_new(ts, NULL, s.size * (size_t)count);
        for (int64_t i = 0; i < count && !is_error(made) && s.size > 0; i++) {
            memcpy(made_data(made.v) + (size_t)i * s.size, s.data, s.size);
        }
    }
    span_end(&s);
    return made;
}

static Ref multiply_in_place(ThreadState *ts, Value a, Value number)
{
    ByteArray *b = bytearray_from(a);
    int64_t count;
    if (repeat_count(ts, number, &count) == STATUS_ERROR) {
        return NO_REF;
    }
    count = MAX_OF(count, 0);
    Status status = STATUS_OK;
    CRITICAL_SECTION(ts, &b->head)
    {
        size_t size = b->size;
        if (size > 0 && (uint64_t)count > BYTES_MAX / size) {
            (void)raise_no_memory(ts);
            status = STATUS_ERROR;
        } else {
            status = resize_locked(ts, b, size * (size_t)count);
            for (int64_t i = 1; i < count && status == STATUS_OK; i++) {
                memcpy(bytearray_data(b) + (size_t)i * size, bytearray_data(b), size);
            }
        }
    }
    return status == STATUS_ERROR ? NO_REF : ref_new(a);
}

static Ref modulo_slot(ThreadState *ts, Value a, Value b)
{
    return value_is_bytearray(a) ? bytes_modulo(ts, a, b) : REF_OF(VALUE_NOT_IMPLEMENTED);
}

static Status buffer_slot(ThreadState *ts, Value self, BufferView *view)
{
    ByteArray *b = bytearray_from(self);
    CRITICAL_SECTION(ts, &b->head)
    {
        atomic_add_relaxed(&b->exports, 1); // the lock orders it before a resize
        *view = (BufferView){.owner = ref_new(self),
                             .data = bytearray_data(b),
                             .size = b->size,
                             .item_size = 1,
                             .format = "B",
                             .exports = &b->exports};
    }
    return STATUS_OK;
}

// --- Iterator ------------------------------------------------------------------------------------

typedef struct ByteArrayIterator {
    ObjectHead head;
    SharedRef array;
    size_t position; // atomic; SIZE_MAX: exhausted for good
} ByteArrayIterator;

static Ref iterate_slot(ThreadState *ts, Value self)
{
    ByteArrayIterator *it = object_new(ts, KIND_BYTEARRAY_ITERATOR, sizeof *it);
    if (it != NULL) {
        shared_ref_init(&it->array, ref_new(self));
        it->position = 0;
        object_track(&it->head);
    }
    return REF_FROM_NEW(it);
}
static Ref next_byte(ThreadState *ts, Value self)
{
    ByteArrayIterator *it = (ByteArrayIterator *)value_head(self);
    ByteArray *b = bytearray_from(shared_ref_peek(&it->array));
    size_t i = atomic_load_relaxed(&it->position); // relaxed: a stale one repeats a byte
    if (i == SIZE_MAX) {
        return NO_REF;
    }
    int byte = -1;
    CRITICAL_SECTION(ts, &b->head)
    {
        if (i < b->size) {
            byte = bytearray_data(b)[i];
        }
    }
    atomic_store_relaxed(&it->position, byte < 0 ? SIZE_MAX : i + 1);
    return byte < 0 ? NO_REF : REF_OF(small_int(byte));
}
static void iterator_finish(ThreadState *ts, ObjectHead *o)
{
    shared_ref_clear(&((ByteArrayIterator *)o)->array);
}
static void iterator_traverse(ObjectHead *o, Visitor visit, void *context)
{
    visit(shared_ref_peek(&((ByteArrayIterator *)o)->array), EDGE_COUNTED, context);
}
static Ref iterator_hint(ThreadState *ts, Value self, const Value *args)
{
    ByteArrayIterator *it = (ByteArrayIterator *)value_head(self);
    size_t i = atomic_load_relaxed(&it->position);
    size_t n = atomic_load_relaxed(&bytearray_from(shared_ref_peek(&it->array))->size);
    return REF_OF(small_int(i < n ? (int64_t)(n - i) : 0));
}
static Ref iterator_reduce(ThreadState *ts, Value self, const Value *args)
{
    ByteArrayIterator *it = (ByteArrayIterator *)value_head(self);
    size_t i = atomic_load_relaxed(&it->position);
    return i == SIZE_MAX ? reduce_through_builtin(ts, "iter", tuple_empty(), NO_VALUE)
                         : reduce_through_builtin(ts, "iter", ref_new(shared_ref_peek(&it->array)),
                                                  ref_of_size(i).v);
}
// What is exhausted stays so.
static Ref iterator_set_state(ThreadState *ts, Value self, const Value *args)
{
    ByteArrayIterator *it = (ByteArrayIterator *)value_head(self);
    int64_t i;
    if (index_get(ts, args[0], &i) == STATUS_ERROR) {
        return NO_REF;
    }
    size_t size = atomic_load_relaxed(&bytearray_from(shared_ref_peek(&it->array))->size);
    if (atomic_load_relaxed(&it->position) != SIZE_MAX) {
        atomic_store_relaxed(&it->position, i < 0 ? 0 : MIN_OF((size_t)i, size));
    }
    return REF_NONE;
}
static const NativeDef iterator_methods[] = {
    NATIVE("__length_hint__", iterator_hint, "($self, /)",
           "Private method returning an estimate of len(list(it))."),
    NATIVE("__reduce__", iterator_reduce, "($self, /)", "Return state information for pickling."),
    NATIVE("__setstate__", iterator_set_state, "($self, state, /)",
           "Set state information for unpickling."),
    NATIVE_END,
};
const TypeSpec spec_BYTEARRAY_ITERATOR = {
    .name = "bytearray_iterator",
    .base = KIND_OBJECT,
    .size = sizeof(ByteArrayIterator),
    .flags = TYPE_COLLECTED | TYPE_IMMUTABLE | TYPE_NOT_CONSTRUCTIBLE,
    .slots = {.finish = iterator_finish,
              .traverse = iterator_traverse,
              .iterate = object_itself,
              .next = next_byte},
    .methods = iterator_methods,
};

const TypeSpec spec_BYTEARRAY = {
    .name = "bytearray",
    .doc = "bytearray() -> empty\n"
           "bytearray(size) -> so many null bytes\n"
           "bytearray(buffer or iterable of ints) -> a copy that can change\n"
           "bytearray(text, encoding[, errors]) -> the text encoded",
    .base = KIND_OBJECT,
    .size = sizeof(ByteArray),
    .flags = TYPE_SUBCLASSABLE | TYPE_IMMUTABLE,
    .slots =
        {
            .finish = finish_slot,
            .repr = repr_slot,
            .compare = bytes_compare,
            .truth = truth_slot,
            .iterate = iterate_slot,
            .length = length_slot,
            .get_item = get_item_slot,
            .set_item = set_item_slot,
            .contains = bytes_contains,
            .binary = {[BIN_ADD] = add_slot, [BIN_MUL] = multiply_slot, [BIN_MOD] = modulo_slot},
            .in_place = {[BIN_ADD] = add_in_place, [BIN_MUL] = multiply_in_place},
            .make = make_slot,
            .init = init_slot,
            .buffer = buffer_slot,
        },
    .methods = methods,
};
