// core/modules/array_methods.c: the methods of array.array, and how arrays
// are pickled. See array.h.
#include "core/modules/array.h"

#include <string.h>

#include "core/object/bytes.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/native_item.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/vm/import.h"

// --- Methods -------------------------------------------------------------------------------------

static Ref none_or_error(Status status) { return status == STATUS_ERROR ? NO_REF : REF_NONE; }

static Ref array_append(ThreadState *ts, Value self, const Value *args)
{
    Array *a = array_from(self);
    uint8_t item[8];
    return array_item_from(ts, a->code, args[0], item) == STATUS_ERROR
               ? NO_REF
               : none_or_error(array_append_items(ts, a, item, 1));
}

Status array_extend_any(ThreadState *ts, Array *a, Value v)
{
    if (value_is_array(v)) {
        if (array_from(v)->code != a->code) {
            return raise_status(ts, EXC_TypeError, "can only extend with array of same kind");
        }
        return array_append_bytes(ts, a, v);
    }
    return array_extend_iterable(ts, a, v);
}
static Ref array_extend(ThreadState *ts, Value self, const Value *args)
{
    return none_or_error(array_extend_any(ts, array_from(self), args[0]));
}

static Ref array_insert(ThreadState *ts, Value self, const Value *args)
{
    Array *a = array_from(self);
    int64_t i;
    uint8_t item[8];
    if (index_get(ts, args[0], &i) == STATUS_ERROR ||
        array_item_from(ts, a->code, args[1], item) == STATUS_ERROR) {
        return NO_REF;
    }
    Status status = STATUS_OK;
    CRITICAL_SECTION(ts, &a->head)
    {
        int64_t n = (int64_t)a->count;
        i = i < 0 ? MAX_OF(i + n, 0) : MIN_OF(i, n);
        status = array_splice_locked(ts, a, (size_t)i, 0, item, 1);
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
            status = array_splice_locked(ts, a, (size_t)i, 1, NULL, 0);
        }
    }
    if (!found) {
        return raise(ts, EXC_IndexError,
                     is_empty ? "pop from empty array" : "pop index out of range");
    }
    return status == STATUS_ERROR ? NO_REF : array_item_get(ts, a, item);
}

// Where the value is found first from `from`; -1: nowhere, -2: error. *count counts all when given.
static int64_t find_value(ThreadState *ts, Array *a, Value value, int64_t from, int64_t to,
                          size_t *count)
{
    for (int64_t i = from; i < to && i < (int64_t)array_count(a); i++) {
        OWNED Ref item = array_get_at(ts, a, i);
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
    return none_or_error(array_set_item(ts, self, small_int(i), NO_VALUE));
}
Truth array_contains(ThreadState *ts, Value self, Value value)
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
    uint8_t *copy = array_copy_items(ts, a, &count);
    if (copy == NULL) {
        return NO_REF;
    }
    Ref bytes = bytes_new(ts, copy, count * a->item_size);
    raw_free(ts, copy);
    return bytes;
}
static Ref array_frombytes(ThreadState *ts, Value self, const Value *args)
{
    return none_or_error(array_append_bytes(ts, array_from(self), args[0]));
}
Ref array_tolist(ThreadState *ts, Value self, const Value *args)
{
    size_t count;
    Array *a = array_from(self);
    uint8_t *copy = array_copy_items(ts, a, &count);
    Ref list = copy == NULL ? NO_REF : list_new(ts, count);
    for (size_t i = 0; i < count && !is_error(list); i++) {
        Ref item = array_item_get(ts, a, copy + i * a->item_size);
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
    if (is_error(made) || array_extend_iterable(ts, array_from(made.v), args[0]) == STATUS_ERROR) {
        return NO_REF;
    }
    return none_or_error(array_append_bytes(ts, a, made.v));
}
Ref array_tounicode(ThreadState *ts, Value self, const Value *args)
{
    size_t count;
    Array *a = array_from(self);
    if (a->code != 'u') {
        return raise(ts, EXC_ValueError, "tounicode() may only be called on unicode type arrays");
    }
    uint8_t *copy = array_copy_items(ts, a, &count);
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
    return none_or_error(array_append_str(ts, a, args[0]));
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
    if (array_append_bytes(ts, a, bytes.v) == STATUS_ERROR) {
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
Ref array_copy(ThreadState *ts, Value self, const Value *args)
{
    size_t count;
    Array *a = array_from(self);
    uint8_t *copy = array_copy_items(ts, a, &count);
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
        if (is_error(value) || array_item_from(ts, a->code, value.v, converted) == STATUS_ERROR ||
            array_append_items(ts, a, converted, 1) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    return STATUS_OK;
}

Ref array_reconstructor(ThreadState *ts, Value self, const Value *args)
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
    if (code == 0 || code > 127 || strchr(ARRAY_TYPECODES, (int)code) == NULL) {
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
        status = is_error(text) ? STATUS_ERROR : array_append_str(ts, a, text.v);
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

const NativeDef array_methods[] = {
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
const GetSetDef array_getset[] = {
    {"typecode", get_typecode, NULL, "the typecode character used to create the array"},
    {"itemsize", get_itemsize, NULL, "the size, in bytes, of one array item"},
    {NULL, NULL, NULL, NULL},
};
