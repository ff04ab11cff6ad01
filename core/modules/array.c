// core/modules/array.c: array.array: the type, its slots, its iterator; the module. See array.h.
#include "core/modules/array.h"

#include <string.h>

#include "core/object/bytes.h"
#include "core/object/container.h"
#include "core/object/int.h"
#include "core/object/module.h"
#include "core/object/native_item.h"
#include "core/object/sequences.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/vm/import.h"

// --- Construction --------------------------------------------------------------------------------

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
    if (code == 0 || code > 127 || strchr(ARRAY_TYPECODES, (int)code) == NULL) {
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
        status = array_append_str(ts, a, initial);
    } else if (value_is_bytes(initial) || value_is_bytearray(initial)) {
        status = array_append_bytes(ts, a, initial);
    } else if (value_is_array(initial) && array_from(initial)->code == a->code) {
        status = array_append_bytes(ts, a, initial);
    } else {
        status = array_extend_iterable(ts, a, initial);
    }
    return status == STATUS_ERROR ? NO_REF : ref_take(&made);
}

// --- Items and slices ----------------------------------------------------------------------------

Ref array_get_at(ThreadState *ts, Array *a, int64_t i)
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
    return found ? array_item_get(ts, a, item) : NO_REF;
}

static Ref get_slice(ThreadState *ts, Array *a, Value slice)
{
    size_t total;
    int64_t start, step, count;
    uint8_t *copy = array_copy_items(ts, a, &total);
    Ref made = NO_REF;
    if (copy != NULL &&
        slice_resolve(ts, slice, (int64_t)total, &start, &step, &count) == STATUS_OK) {
        made = array_make(ts, TYPE_OF_KIND(ARRAY), a->code, NULL, 0);
        size_t size = a->item_size;
        if (!is_error(made) && step == 1) {
            if (array_append_items(ts, array_from(made.v), copy + (size_t)start * size,
                                   (size_t)MAX_OF(count, 0)) == STATUS_ERROR) {
                ref_drop(&made);
            }
        }
        for (int64_t i = 0; step != 1 && i < count && !is_error(made); i++) {
            if (array_append_items(ts, array_from(made.v), copy + (size_t)(start + i * step) * size,
                                   1) == STATUS_ERROR) {
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
    Ref item = array_get_at(ts, array_from(self), i);
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
    return array_resize_locked(ts, a, out);
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
        items = array_copy_items(ts, array_from(value), &given);
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
                        ? array_splice_locked(ts, a, (size_t)start, (size_t)count, items, given)
                        : set_extended_locked(ts, a, start, step, count, items, given, is_deletion);
            }
        }
    }
    if (items != NULL) {
        raw_free(ts, items);
    }
    return status;
}

Status array_set_item(ThreadState *ts, Value self, Value key, Value value)
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
        array_item_from(ts, a->code, value, item) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    Status status = STATUS_OK;
    CRITICAL_SECTION(ts, &a->head)
    {
        i += i < 0 ? (int64_t)a->count : 0;
        in_range = (uint64_t)i < a->count && (is_deletion || i < total);
        if (in_range) {
            status = array_splice_locked(ts, a, (size_t)i, 1, item, !is_deletion);
        }
    }
    return in_range ? status
                    : raise_status(ts, EXC_IndexError, "array assignment index out of range");
}

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
        OWNED Ref p = array_get_at(ts, a, (int64_t)i);
        OWNED Ref q = is_error(p) ? NO_REF : array_get_at(ts, b, (int64_t)i);
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
    return is_error(sum) || array_append_bytes(ts, array_from(sum.v), y) == STATUS_ERROR
               ? NO_REF
               : ref_take(&sum);
}
static Ref add_in_place(ThreadState *ts, Value x, Value y)
{
    if (!value_is_array(y)) {
        return raise(ts, EXC_TypeError, "can only extend array with array (not \"%.200s\")",
                     type_name(type_of(y)));
    }
    return array_extend_any(ts, array_from(x), y) == STATUS_ERROR ? NO_REF : ref_new(x);
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
    uint8_t *copy = array_copy_items(ts, from, &count);
    Status status = copy == NULL ? STATUS_ERROR : STATUS_OK;
    if (status == STATUS_OK && count > 0 && times > INT64_MAX / 64 / (int64_t)count) {
        (void)raise_no_memory(ts);
        status = STATUS_ERROR;
    }
    if (status == STATUS_OK && times <= 0 && from == to) {
        CRITICAL_SECTION(ts, &to->head) { status = array_resize_locked(ts, to, 0); }
    }
    for (int64_t i = from == to; i < times && status == STATUS_OK && count > 0; i++) {
        status = array_append_items(ts, to, copy, count);
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
                             .format = formats[strchr(ARRAY_TYPECODES, a->code) - ARRAY_TYPECODES],
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
    Ref item = array_get_at(ts, array_from(shared_ref_peek(&it->array)), (int64_t)i);
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
static Ref iterator_reduce(ThreadState *ts, Value self, const Value *args)
{
    ArrayIterator *it = (ArrayIterator *)value_head(self);
    size_t i = atomic_load_relaxed(&it->position);
    return i == SIZE_MAX ? reduce_through_builtin(ts, "iter", tuple_empty(), NO_VALUE)
                         : reduce_through_builtin(ts, "iter", ref_new(shared_ref_peek(&it->array)),
                                                  ref_of_size(i).v);
}
// What is exhausted stays so.
static Ref iterator_set_state(ThreadState *ts, Value self, const Value *args)
{
    ArrayIterator *it = (ArrayIterator *)value_head(self);
    int64_t i;
    if (index_get(ts, args[0], &i) == STATUS_ERROR) {
        return NO_REF;
    }
    size_t count = atomic_load_relaxed(&array_from(shared_ref_peek(&it->array))->count);
    if (atomic_load_relaxed(&it->position) != SIZE_MAX) {
        atomic_store_relaxed(&it->position, i < 0 ? 0 : MIN_OF((size_t)i, count));
    }
    return REF_NONE;
}
static const NativeDef iterator_methods[] = {
    NATIVE("__reduce__", iterator_reduce, "($self, /)", "Return state information for pickling."),
    NATIVE("__setstate__", iterator_set_state, "($self, state, /)",
           "Set state information for unpickling."),
    NATIVE_END,
};
const TypeSpec spec_ARRAY_ITERATOR = {
    .name = "array.arrayiterator",
    .base = KIND_OBJECT,
    .size = sizeof(ArrayIterator),
    .flags = TYPE_COLLECTED | TYPE_IMMUTABLE | TYPE_NOT_CONSTRUCTIBLE,
    .slots = {.finish = iterator_finish,
              .traverse = iterator_traverse,
              .iterate = object_itself,
              .next = next_item},
    .methods = iterator_methods,
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
            .set_item = array_set_item,
            .contains = array_contains,
            .iterate = iterate_slot,
            .binary = {[BIN_ADD] = add_slot, [BIN_MUL] = multiply_slot},
            .in_place = {[BIN_ADD] = add_in_place, [BIN_MUL] = multiply_in_place},
            .make = make_slot,
            .buffer = buffer_slot,
        },
    .methods = array_methods,
    .getset = array_getset,
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
        module_add_str(ts, module, "typecodes", ARRAY_TYPECODES) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    return module_add(ts, module, "ArrayType", type_value(TYPE_OF_KIND(ARRAY)));
}

static const NativeDef functions[] = {
    NATIVE("_array_reconstructor", array_reconstructor,
           "($module, arraytype, typecode, mformat_code, items, /)",
           "Internal. Used for pickling support."),
    NATIVE_END,
};
const ModuleSpec module_array = {
    "array",
    "This module defines an object type which can efficiently represent an array of basic values.",
    functions, setup};
