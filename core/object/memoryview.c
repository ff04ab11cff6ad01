// memoryview: a window on another object's memory. One dimension, native single-character formats,
// any step; more dimensions are left out (NotImplementedError).
#include <stdio.h>

#include "core/object/bytes_internal.h"
#include "core/object/hash.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/native_item.h"
#include "core/object/sequences.h"
#include "core/object/tuple.h"

typedef struct MemoryView {
    ObjectHead head;
    BufferView view; // what is released; its data is the whole of the owner's
    uint8_t *start;  // first item
    size_t count;    // items
    int64_t step;    // bytes from item to item
    size_t item_size;
    char format[4]; // with '@' when the owner's had it
    bool read_only;
    uint32_t is_released; // atomic
    uint32_t exports;     // atomic: views of this view that C code has open
    int64_t hash;         // -1: not computed
} MemoryView;

static inline MemoryView *view_from(Value v) { return (MemoryView *)value_head(v); }
static inline char item_format(const MemoryView *m)
{
    return m->format[0] == '@' ? m->format[1] : m->format[0];
}

static bool is_released(ThreadState *ts, const MemoryView *m)
{
    if (LIKELY(!atomic_load_relaxed(&m->is_released))) {
        return false;
    }
    (void)raise(ts, EXC_ValueError, "operation forbidden on released memoryview object");
    return true;
}

// A view that has its own hold on the owner, everything else as in m.
static MemoryView *new_view(ThreadState *ts, const BufferView *from)
{
    MemoryView *m = object_new(ts, KIND_MEMORYVIEW, sizeof *m);
    if (m != NULL) {
        m->view = *from;
        m->start = from->data;
        m->item_size = from->item_size;
        m->count = from->item_size == 0 ? 0 : from->size / from->item_size;
        m->step = (int64_t)from->item_size;
        snprintf(m->format, sizeof m->format, "%s", from->format);
        m->read_only = from->read_only;
        m->is_released = 0;
        m->exports = 0;
        m->hash = -1;
        object_track(&m->head);
    }
    return m;
}

static Ref view_of_object(ThreadState *ts, Value v)
{
    if (!value_is_bytes(v) && type_of(v)->slots.buffer == NULL) {
        return raise(ts, EXC_TypeError, "memoryview: a bytes-like object is required, not '%.200s'",
                     type_name(type_of(v)));
    }
    BufferView buffer;
    if (buffer_get(ts, v, &buffer) == STATUS_ERROR) {
        return NO_REF;
    }
    MemoryView *m = new_view(ts, &buffer);
    if (m == NULL) {
        buffer_release(ts, &buffer);
    }
    return REF_FROM_NEW(m);
}

// Another view of the same owner, which the caller then narrows.
static MemoryView *clone(ThreadState *ts, MemoryView *m)
{
    BufferView buffer = m->view;
    buffer.owner = ref_new(m->view.owner.v);
    if (buffer.exports != NULL) {
        atomic_add_relaxed(buffer.exports, 1); // not the first one: m holds one
    }
    MemoryView *c = new_view(ts, &buffer);
    if (c == NULL) {
        buffer_release(ts, &buffer);
        return NULL;
    }
    c->start = m->start;
    c->count = m->count;
    c->step = m->step;
    c->item_size = m->item_size;
    memcpy(c->format, m->format, sizeof c->format);
    c->read_only = m->read_only;
    return c;
}

static Ref make_slot(CALL_PARAMETERS)
{
    Value object = NO_VALUE;
    size_t named = is_no_value(names) ? 0 : tuple_count(names);
    if (count + named == 1) {
        object = args[0];
    }
    if (named == 1 && !str_equal_z(tuple_item(names, 0), "object")) {
        return raise(ts, EXC_TypeError, "'%U' is an invalid keyword argument for memoryview()",
                     tuple_item(names, 0));
    }
    if (is_no_value(object)) {
        return count + named == 0
                   ? raise(ts, EXC_TypeError,
                           "memoryview() missing required argument 'object' (pos 1)")
                   : raise(ts, EXC_TypeError, "memoryview() takes at most 1 argument (%zu given)",
                           count + named);
    }
    if (value_is_kind(object, KIND_MEMORYVIEW)) {
        return is_released(ts, view_from(object)) ? NO_REF
                                                  : REF_FROM_NEW(clone(ts, view_from(object)));
    }
    return view_of_object(ts, object);
}

// --- Items and slices ----------------------------------------------------------------------------

static Status check_format(ThreadState *ts, const MemoryView *m)
{
    if (native_item_size(item_format(m)) != m->item_size) {
        return raise_status(ts, EXC_NotImplementedError, "memoryview: format %s not supported",
                            m->format);
    }
    return STATUS_OK;
}

static Ref get_item(ThreadState *ts, MemoryView *m, size_t i)
{
    if (check_format(ts, m) == STATUS_ERROR) {
        return NO_REF;
    }
    return native_item_get(ts, item_format(m), m->start + (int64_t)i * m->step);
}

static Status set_item(ThreadState *ts, MemoryView *m, size_t i, Value value)
{
    uint8_t item[16];
    if (check_format(ts, m) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    char format[] = {item_format(m), 0};
    switch (native_item_set(ts, format[0], item, value)) {
    case ITEM_WRONG_TYPE:
        return raise_status(ts, EXC_TypeError, "memoryview: invalid type for format '%s'", format);
    case ITEM_OUT_OF_RANGE:
        return raise_status(ts, EXC_ValueError, "memoryview: invalid value for format '%s'",
                            format);
    case ITEM_ERROR:
        return STATUS_ERROR;
    case ITEM_OK:
        break;
    }
    if (is_released(ts, m)) {
        return STATUS_ERROR; // by the value's __index__
    }
    memcpy(m->start + (int64_t)i * m->step, item, m->item_size);
    return STATUS_OK;
}

static Status parse_index(ThreadState *ts, MemoryView *m, Value key, size_t *out)
{
    int64_t i;
    if (index_get(ts, key, &i) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    i += i < 0 ? (int64_t)m->count : 0;
    if ((uint64_t)i >= m->count) {
        return raise_status(ts, EXC_IndexError, "index out of bounds on dimension 1");
    }
    *out = (size_t)i;
    return is_released(ts, m) ? STATUS_ERROR : STATUS_OK;
}

static MemoryView *slice_view(ThreadState *ts, MemoryView *m, Value slice)
{
    int64_t start, step, count;
    MemoryView *c = clone(ts, m); // first: the slice's __index__ may release m
    if (c == NULL) {
        return NULL;
    }
    OWNED Ref made = REF_FROM_NEW(c);
    if (slice_resolve(ts, slice, (int64_t)c->count, &start, &step, &count) == STATUS_ERROR) {
        return NULL;
    }
    c->start += count > 0 ? start * c->step : 0;
    c->count = (size_t)MAX_OF(count, 0);
    c->step *= step;
    made.v = NO_VALUE;
    return c;
}

static bool all_are_slices(Value key)
{
    for (size_t k = 0; k < tuple_count(key); k++) {
        if (!value_is_kind(tuple_item(key, k), KIND_SLICE)) {
            return false;
        }
    }
    return tuple_count(key) > 0;
}

static Ref get_item_slot(ThreadState *ts, Value self, Value key)
{
    MemoryView *m = view_from(self);
    size_t i;
    if (is_released(ts, m)) {
        return NO_REF;
    }
    if (value_is_kind(key, KIND_SLICE)) {
        return REF_FROM_NEW(slice_view(ts, m, key));
    }
    if (value_is_exactly(key, KIND_ELLIPSIS_TYPE) || key.bits == VALUE_ELLIPSIS.bits) {
        return REF_FROM_NEW(clone(ts, m));
    }
    if (value_is_tuple(key)) {
        if (tuple_count(key) != 1) {
            if (all_are_slices(key)) {
                return raise(ts, EXC_NotImplementedError,
                             "multi-dimensional slicing is not implemented");
            }
            return raise(ts, EXC_TypeError, "cannot index 1-dimension view with %zu-element tuple",
                         tuple_count(key));
        }
        key = tuple_item(key, 0);
    }
    if (type_of(key)->slots.index == NULL) {
        return raise(ts, EXC_TypeError, "memoryview: invalid slice key");
    }
    return parse_index(ts, m, key, &i) == STATUS_ERROR ? NO_REF : get_item(ts, m, i);
}

static void copy_items(uint8_t *to, int64_t to_step, const uint8_t *from, int64_t from_step,
                       size_t count, size_t item_size)
{
    if (to_step == (int64_t)item_size && from_step == to_step) {
        memmove(to, from, count * item_size);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        memcpy(to + (int64_t)i * to_step, from + (int64_t)i * from_step, item_size);
    }
}

static Status set_slice(ThreadState *ts, MemoryView *m, Value key, Value value)
{
    OWNED Ref target = REF_FROM_NEW(slice_view(ts, m, key));
    OWNED Ref made = is_error(target)                        ? NO_REF
                     : value_is_kind(value, KIND_MEMORYVIEW) ? ref_new(value)
                                                             : view_of_object(ts, value);
    if (is_error(made)) {
        return STATUS_ERROR;
    }
    MemoryView *to = view_from(target.v), *from = view_from(made.v);
    if (is_released(ts, from)) {
        return STATUS_ERROR;
    }
    if (to->count != from->count || item_format(to) != item_format(from)) {
        return raise_status(ts, EXC_ValueError,
                            "memoryview assignment: lvalue and rvalue have different structures");
    }
    // Through a copy: they may overlap.
    size_t size = from->count * from->item_size;
    uint8_t *copy = raw_alloc(ts, size + 1);
    if (copy == NULL) {
        return STATUS_ERROR;
    }
    copy_items(copy, (int64_t)from->item_size, from->start, from->step, from->count,
               from->item_size);
    copy_items(to->start, to->step, copy, (int64_t)to->item_size, to->count, to->item_size);
    raw_free(ts, copy);
    return STATUS_OK;
}

static Status set_item_slot(ThreadState *ts, Value self, Value key, Value value)
{
    MemoryView *m = view_from(self);
    size_t i;
    if (is_released(ts, m)) {
        return STATUS_ERROR;
    }
    if (is_no_value(value)) {
        return raise_status(ts, EXC_TypeError, "cannot delete memory");
    }
    if (m->read_only) {
        return raise_status(ts, EXC_TypeError, "cannot modify read-only memory");
    }
    if (value_is_kind(key, KIND_SLICE)) {
        return set_slice(ts, m, key, value);
    }
    if (value_is_tuple(key) && tuple_count(key) != 1) {
        if (all_are_slices(key)) {
            return raise_status(
                ts, EXC_NotImplementedError,
                "memoryview slice assignments are currently restricted to ndim = 1");
        }
        return raise_status(ts, EXC_TypeError,
                            "cannot index 1-dimension view with %zu-element tuple",
                            tuple_count(key));
    }
    key = value_is_tuple(key) ? tuple_item(key, 0) : key;
    if (type_of(key)->slots.index == NULL) {
        return raise_status(ts, EXC_TypeError, "memoryview: invalid slice key");
    }
    return parse_index(ts, m, key, &i) == STATUS_ERROR ? STATUS_ERROR : set_item(ts, m, i, value);
}

// --- Conversions ---------------------------------------------------------------------------------

Ref memoryview_to_bytes(ThreadState *ts, Value view);
Ref memoryview_to_bytes(ThreadState *ts, Value v)
{
    MemoryView *m = view_from(v);
    if (is_released(ts, m)) {
        return NO_REF;
    }
    Ref bytes = bytes_new(ts, NULL, m->count * m->item_size);
    if (!is_error(bytes) && m->count > 0) {
        copy_items(bytes_from(bytes.v)->data, (int64_t)m->item_size, m->start, m->step, m->count,
                   m->item_size);
    }
    return bytes;
}

static Ref tobytes(ThreadState *ts, Value self, const Value *args)
{
    return memoryview_to_bytes(ts, self);
}

static Ref tolist(ThreadState *ts, Value self, const Value *args)
{
    MemoryView *m = view_from(self);
    if (is_released(ts, m)) {
        return NO_REF;
    }
    OWNED Ref list = list_new(ts, m->count);
    for (size_t i = 0; i < m->count && !is_error(list); i++) {
        Ref item = get_item(ts, m, i);
        if (is_error(item) || list_append_ref(ts, list_from(list.v), item) == STATUS_ERROR) {
            return NO_REF;
        }
    }
    return ref_take(&list);
}

static Ref hex(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref bytes = memoryview_to_bytes(ts, self);
    return is_error(bytes)
               ? NO_REF
               : bytes_hex(ts, bytes_from(bytes.v)->data, bytes_from(bytes.v)->size, args);
}

static Ref toreadonly(ThreadState *ts, Value self, const Value *args)
{
    MemoryView *m = view_from(self);
    MemoryView *c = is_released(ts, m) ? NULL : clone(ts, m);
    if (c != NULL) {
        c->read_only = true;
    }
    return REF_FROM_NEW(c);
}

static bool is_contiguous(const MemoryView *m)
{
    return m->step == (int64_t)m->item_size || m->count <= 1;
}

static Ref cast(ThreadState *ts, Value self, const Value *args)
{
    MemoryView *m = view_from(self);
    if (is_released(ts, m)) {
        return NO_REF;
    }
    if (!value_is_str(args[0])) {
        return raise(ts, EXC_TypeError, "cast() argument 'format' must be str, not %.50s",
                     type_name(type_of(args[0])));
    }
    if (!is_no_value(args[1])) {
        return raise(ts, EXC_NotImplementedError,
                     "memoryview: more than one dimension is not supported");
    }
    if (!is_contiguous(m)) {
        return raise(ts, EXC_TypeError, "memoryview: casts are restricted to C-contiguous views");
    }
    size_t length = str_length(args[0]);
    uint32_t first = length > 0 ? str_char(str_from(args[0]), 0) : 0;
    uint32_t code = first == '@' && length == 2 ? str_char(str_from(args[0]), 1)
                    : length == 1               ? first
                                                : 0;
    size_t item_size = code > 0 && code < 128 && code != 'e' ? native_item_size((char)code) : 0;
    if (item_size == 0) {
        return raise(
            ts, EXC_ValueError,
            "memoryview: destination format must be a native single character format prefixed with "
            "an optional '@'");
    }
    bool from_bytes = strchr("bBc", item_format(m)) != NULL,
         to_bytes = strchr("bBc", (int)code) != NULL;
    if (!from_bytes && !to_bytes) {
        return raise(ts, EXC_TypeError, "memoryview: cannot cast between two non-byte formats");
    }
    size_t size = m->count * m->item_size;
    if (size % item_size != 0) {
        return raise(ts, EXC_TypeError, "memoryview: length is not a multiple of itemsize");
    }
    MemoryView *c = clone(ts, m);
    if (c != NULL) {
        c->item_size = item_size;
        c->count = size / item_size;
        c->step = (int64_t)item_size;
        snprintf(c->format, sizeof c->format, "%s%c", first == '@' ? "@" : "", (char)code);
    }
    return REF_FROM_NEW(c);
}

static Status release_view(ThreadState *ts, MemoryView *m)
{
    uint32_t exports = atomic_load_relaxed(&m->exports);
    if (exports > 0) {
        return raise_status(ts, EXC_BufferError, "memoryview has %u exported buffer%s", exports,
                            exports == 1 ? "" : "s");
    }
    bool first = false;
    CRITICAL_SECTION(ts, &m->head)
    {
        first = !m->is_released;
        atomic_store_relaxed(&m->is_released, 1u);
    }
    if (first) {
        buffer_release(ts, &m->view);
    }
    return STATUS_OK;
}

static Ref release(ThreadState *ts, Value self, const Value *args)
{
    return release_view(ts, view_from(self)) == STATUS_ERROR ? NO_REF : REF_NONE;
}
static Ref enter(ThreadState *ts, Value self, const Value *args)
{
    return is_released(ts, view_from(self)) ? NO_REF : ref_new(self);
}
static Ref leave(CALL_PARAMETERS) { return release(ts, self, NULL); }

static const NativeDef methods[] = {
    NATIVE("release", release, "($self, /)",
           "Release the underlying buffer exposed by the memoryview object."),
    NATIVE("tobytes", tobytes, "($self, /, order='C')",
           "Return the data in the buffer as a byte string."),
    NATIVE("tolist", tolist, "($self, /)", "Return the data in the buffer as a list of elements."),
    NATIVE("hex", hex, "($self, /, sep=<unrepresentable>, bytes_per_sep=1)",
           "Return the data in the buffer as a str of hexadecimal numbers."),
    NATIVE("cast", cast, "($self, /, format, shape=<unrepresentable>)",
           "Cast a memoryview to a new format or shape."),
    NATIVE("toreadonly", toreadonly, "($self, /)", "Return a readonly version of the memoryview."),
    NATIVE("__enter__", enter, "($self, /)", ""),
    NATIVE_RAW("__exit__", leave, "(*args)", ""),
    NATIVE_END,
};

// --- Attributes ----------------------------------------------------------------------------------

#define ATTRIBUTE(name, expression)                                                                \
    static Ref name(ThreadState *ts, Value self)                                                   \
    {                                                                                              \
        MemoryView *m = view_from(self);                                                           \
        return is_released(ts, m) ? NO_REF : (expression);                                         \
    }
ATTRIBUTE(get_obj, ref_new(m->view.owner.v))
ATTRIBUTE(get_nbytes, int_from_u64(ts, m->count * m->item_size))
ATTRIBUTE(get_itemsize, int_from_u64(ts, m->item_size))
ATTRIBUTE(get_format, str_from_z(ts, m->format))
ATTRIBUTE(get_ndim, REF_OF(small_int(1)))
ATTRIBUTE(get_shape, tuple_pack(ts, 1, small_int((int64_t)m->count)))
ATTRIBUTE(get_strides, tuple_pack(ts, 1, small_int(m->step)))
ATTRIBUTE(get_suboffsets, tuple_empty())
ATTRIBUTE(get_readonly, REF_OF(bool_value(m->read_only)))
ATTRIBUTE(get_contiguous, REF_OF(bool_value(is_contiguous(m))))

static const GetSetDef getset[] = {
    {"obj", get_obj, NULL, "The underlying object of the memoryview."},
    {"nbytes", get_nbytes, NULL,
     "The amount of space in bytes that the array would use in a contiguous representation."},
    {"readonly", get_readonly, NULL, "A bool indicating whether the memory is read only."},
    {"itemsize", get_itemsize, NULL, "The size in bytes of each element of the memoryview."},
    {"format", get_format, NULL,
     "A string containing the format (in struct module style) for each element."},
    {"ndim", get_ndim, NULL, "How many dimensions the memory represents."},
    {"shape", get_shape, NULL, "A tuple of ndim integers giving the shape of the memory."},
    {"strides", get_strides, NULL,
     "A tuple of ndim integers giving the size in bytes to access each element."},
    {"suboffsets", get_suboffsets, NULL, "Used internally for PIL-style arrays."},
    {"c_contiguous", get_contiguous, NULL, "A bool indicating whether the memory is C contiguous."},
    {"f_contiguous", get_contiguous, NULL,
     "A bool indicating whether the memory is Fortran contiguous."},
    {"contiguous", get_contiguous, NULL, "A bool indicating whether the memory is contiguous."},
    {NULL, NULL, NULL, NULL},
};

// --- Slots ---------------------------------------------------------------------------------------

static Ref repr_slot(ThreadState *ts, Value self)
{
    return format_str(ts,
                      atomic_load_relaxed(&view_from(self)->is_released) ? "<released memory at %p>"
                                                                         : "<memory at %p>",
                      (void *)self.bits);
}

static Status hash_slot(ThreadState *ts, Value self, int64_t *hash)
{
    MemoryView *m = view_from(self);
    int64_t known = atomic_load_relaxed(&m->hash);
    if (known == -1) {
        if (is_released(ts, m)) {
            return STATUS_ERROR;
        }
        if (!m->read_only) {
            return raise_status(ts, EXC_ValueError, "cannot hash writable memoryview object");
        }
        if (strchr("bBc", item_format(m)) == NULL) {
            return raise_status(ts, EXC_ValueError,
                                "memoryview: hashing is restricted to formats 'B', 'b' or 'c'");
        }
        OWNED Ref bytes = memoryview_to_bytes(ts, self);
        if (is_error(bytes)) {
            return STATUS_ERROR;
        }
        known = (int64_t)hash_bytes(bytes_from(bytes.v)->data, bytes_from(bytes.v)->size);
        atomic_store_relaxed(&m->hash, known);
    }
    *hash = known;
    return STATUS_OK;
}

// Items compare as values when the formats differ, as bytes when they agree (floats as values).
static Truth views_equal(ThreadState *ts, MemoryView *a, MemoryView *b)
{
    if (a->count != b->count) {
        return TRUTH_FALSE;
    }
    char format = item_format(a);
    bool plain = format == item_format(b) && strchr("efd?", format) == NULL;
    for (size_t i = 0; i < a->count; i++) {
        if (plain) {
            if (memcmp(a->start + (int64_t)i * a->step, b->start + (int64_t)i * b->step,
                       a->item_size) != 0) {
                return TRUTH_FALSE;
            }
            continue;
        }
        OWNED Ref x = get_item(ts, a, i);
        OWNED Ref y = get_item(ts, b, i);
        Truth same =
            is_error(x) || is_error(y) ? TRUTH_ERROR : object_compare_truth(ts, x.v, y.v, OP_EQ);
        if (same != TRUTH_TRUE) {
            return same;
        }
    }
    return TRUTH_TRUE;
}

static Ref compare_slot(ThreadState *ts, Value a, Value b, CompareOp op)
{
    if (op != OP_EQ && op != OP_NE) {
        return REF_OF(VALUE_NOT_IMPLEMENTED);
    }
    Value self = value_is_kind(a, KIND_MEMORYVIEW) ? a : b,
          other = value_is_kind(a, KIND_MEMORYVIEW) ? b : a;
    OWNED Ref made = NO_REF;
    if (value_is_kind(other, KIND_MEMORYVIEW)) {
        made = ref_new(other);
    } else if (value_is_bytes(other) || type_of(other)->slots.buffer != NULL) {
        made = view_of_object(ts, other);
    } else {
        return REF_OF(VALUE_NOT_IMPLEMENTED);
    }
    if (is_error(made)) {
        exception_clear(ts);
        return REF_OF(VALUE_NOT_IMPLEMENTED);
    }
    MemoryView *x = view_from(self), *y = view_from(made.v);
    Truth same;
    if (atomic_load_relaxed(&x->is_released) || atomic_load_relaxed(&y->is_released)) {
        same = x == y;
    } else {
        same = views_equal(ts, x, y);
    }
    return same == TRUTH_ERROR ? NO_REF : REF_OF(bool_value((same == TRUTH_TRUE) == (op == OP_EQ)));
}

static int64_t length_slot(ThreadState *ts, Value self)
{
    MemoryView *m = view_from(self);
    return is_released(ts, m) ? -1 : (int64_t)m->count;
}

static Status buffer_slot(ThreadState *ts, Value self, BufferView *view)
{
    MemoryView *m = view_from(self);
    if (is_released(ts, m)) {
        return STATUS_ERROR;
    }
    if (!is_contiguous(m)) {
        return raise_status(ts, EXC_BufferError,
                            "memoryview: underlying buffer is not C-contiguous");
    }
    atomic_add_relaxed(&m->exports, 1);
    *view = (BufferView){.owner = ref_new(self),
                         .data = m->start,
                         .size = m->count * m->item_size,
                         .item_size = m->item_size,
                         .format = m->format,
                         .read_only = m->read_only,
                         .exports = &m->exports};
    return STATUS_OK;
}

static void finish_slot(ThreadState *ts, ObjectHead *o)
{
    MemoryView *m = (MemoryView *)o;
    if (!m->is_released) {
        m->is_released = 1;
        buffer_release(ts, &m->view);
    }
}

static void traverse_slot(ObjectHead *o, Visitor visit, void *context)
{
    MemoryView *m = (MemoryView *)o;
    if (!is_no_value(m->view.owner.v)) {
        visit(m->view.owner.v, EDGE_COUNTED, context);
    }
}

static void clear_slot(ThreadState *ts, ObjectHead *o)
{
    MemoryView *m = (MemoryView *)o;
    if (m->exports == 0) {
        finish_slot(ts, o);
    }
}

const TypeSpec spec_MEMORYVIEW = {
    .name = "memoryview",
    .doc = "Create a new memoryview object which references the given object.",
    .base = KIND_OBJECT,
    .size = sizeof(MemoryView),
    .flags = TYPE_COLLECTED | TYPE_IMMUTABLE | TYPE_IS_SEQUENCE | TYPE_WEAK_REFERENCEABLE,
    .slots =
        {
            .finish = finish_slot,
            .traverse = traverse_slot,
            .clear = clear_slot,
            .repr = repr_slot,
            .hash = hash_slot,
            .compare = compare_slot,
            .length = length_slot,
            .get_item = get_item_slot,
            .set_item = set_item_slot,
            .make = make_slot,
            .buffer = buffer_slot,
        },
    .methods = methods,
    .getset = getset,
};
