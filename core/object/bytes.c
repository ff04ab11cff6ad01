// bytes: construction, comparison, slots.
#include "core/object/bytes.h"

#include "core/object/bytes_internal.h"
#include "core/object/codec.h"
#include "core/object/dict.h"
#include "core/object/hash.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/sequences.h"
#include "core/object/str_methods.h"
#include "core/object/tuple.h"

// The empty bytes object is one: immortal, static.
static struct {
    ObjectHead head;
    int64_t hash;
    size_t size;
    uint8_t data[16];
} empty __attribute__((aligned(16)));

void bytes_init(void)
{
    empty.head.shape = KIND_BYTES;
    empty.head.kind = KIND_BYTES;
    empty.hash = -1;
    head_init(&empty.head);
    head_immortalize(&empty.head);
}

Ref bytes_empty(void) { return REF_OF(value_of(&empty)); }

Ref bytes_new(ThreadState *ts, const void *data, size_t size)
{
    if (size == 0) {
        return bytes_empty();
    }
    if (UNLIKELY(size > BYTES_MAX)) {
        return raise_no_memory(ts);
    }
    Bytes *b = object_new_var(ts, KIND_BYTES, sizeof(Bytes), size + 1, 1);
    if (LIKELY(b != NULL)) {
        b->hash = -1;
        b->size = size;
        b->data[size] = 0;
        if (data != NULL) {
            memcpy(b->data, data, size);
        }
    }
    return REF_FROM_NEW(b);
}

Ref bytes_like_new(ThreadState *ts, Value like, const void *data, size_t size)
{
    return value_is_bytearray(like) ? bytearray_new(ts, data, size) : bytes_new(ts, data, size);
}

uint8_t *made_data(Value v)
{
    return value_is_bytearray(v) ? bytearray_data(bytearray_from(v)) : bytes_from(v)->data;
}

Ref bytes_concat(ThreadState *ts, Value a, Value b)
{
    BufferView x, y;
    if (buffer_get_brief(ts, a, &x) == STATUS_ERROR) {
        return NO_REF;
    }
    if (buffer_get_brief(ts, b, &y) == STATUS_ERROR) {
        buffer_release(ts, &x);
        return NO_REF;
    }
    Ref sum;
    if (y.size == 0 && value_is_exactly(a, KIND_BYTES)) {
        sum = ref_new(a);
    } else if (x.size == 0 && value_is_exactly(a, KIND_BYTES) && value_is_exactly(b, KIND_BYTES)) {
        sum = ref_new(b);
    } else if (x.size > BYTES_MAX - y.size) {
        sum = raise_no_memory(ts);
    } else {
        sum = bytes_like_new(ts, a, NULL, x.size + y.size);
        if (!is_error(sum) && x.size + y.size > 0) {
            memcpy(made_data(sum.v), x.data, x.size);
            memcpy(made_data(sum.v) + x.size, y.data, y.size);
        }
    }
    buffer_release(ts, &y);
    buffer_release(ts, &x);
    return sum;
}

// --- bytes(…) ------------------------------------------------------------------------------------

Status byte_from(ThreadState *ts, Value v, const char *range_message, uint8_t *out)
{
    int64_t i;
    if (value_is_small_int(v)) {
        i = small_int_get(v);
    } else {
        OWNED Ref index = object_index(ts, v);
        if (is_error(index)) {
            return STATUS_ERROR;
        }
        if (!int_to_i64(index.v, &i)) {
            i = -1;
        }
    }
    if (i < 0 || i > 255) {
        return raise_status(ts, EXC_ValueError, "%s", range_message);
    }
    *out = (uint8_t)i;
    return STATUS_OK;
}

Status bytes_collect(ThreadState *ts, Value iterable, const char *range_message, uint8_t **out,
                     size_t *size)
{
    OWNED Ref iterator = object_iterate(ts, iterable);
    if (is_error(iterator)) {
        return STATUS_ERROR;
    }
    size_t capacity = 64, n = 0;
    uint8_t *data = raw_alloc(ts, capacity);
    if (data == NULL) {
        return STATUS_ERROR;
    }
    for (;;) {
        OWNED Ref item = iterator_next(ts, iterator.v);
        if (is_error(item)) {
            break;
        }
        if (n == capacity) {
            uint8_t *larger = raw_realloc(ts, data, capacity * 2);
            if (larger == NULL) {
                break;
            }
            data = larger;
            capacity *= 2;
        }
        if (byte_from(ts, item.v, range_message, &data[n]) == STATUS_ERROR) {
            break;
        }
        n++;
    }
    if (has_exception(ts)) {
        raw_free(ts, data);
        return STATUS_ERROR;
    }
    *out = data;
    *size = n;
    return STATUS_OK;
}

Status bytes_make_arguments(ThreadState *ts, const char *name, const Value *args, size_t count,
                            Value names, Value *source, const char **encoding, const char **errors)
{
    static const char *const keywords[] = {"source", "encoding", "errors"};
    Value given[3] = {NO_VALUE, NO_VALUE, NO_VALUE};
    size_t named = is_no_value(names) ? 0 : tuple_count(names);
    if (count + named > 3) {
        return raise_status(ts, EXC_TypeError, "%s() takes at most 3 arguments (%zu given)", name,
                            count + named);
    }
    for (size_t i = 0; i < count + named; i++) {
        size_t k = i;
        if (i >= count) {
            Value keyword = tuple_item(names, i - count);
            for (k = 0; k < 3 && !str_equal_z(keyword, keywords[k]); k++) {
            }
            if (k == 3) {
                return raise_status(ts, EXC_TypeError,
                                    "'%U' is an invalid keyword argument for %s()", keyword, name);
            }
            if (!is_no_value(given[k])) {
                return raise_status(ts, EXC_TypeError,
                                    "argument for %s() given by name ('%s') and position (%zu)",
                                    name, keywords[k], k + 1);
            }
        }
        given[k] = args[i];
    }
    *source = given[0];
    const char *texts[2] = {NULL, NULL};
    if (codec_names(ts, name, given[1], given[2], texts) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    *encoding = texts[0];
    *errors = texts[1];
    if (is_no_value(*source) ? *encoding != NULL || *errors != NULL
                             : !value_is_str(*source) && (*encoding != NULL || *errors != NULL)) {
        return raise_status(ts, EXC_TypeError, "%s without a string argument",
                            *encoding != NULL ? "encoding" : "errors");
    }
    if (!is_no_value(*source) && value_is_str(*source) && *encoding == NULL) {
        return raise_status(ts, EXC_TypeError, "string argument without an encoding");
    }
    return STATUS_OK;
}

Ref memoryview_to_bytes(ThreadState *ts, Value view); // memoryview.c: views with gaps

Ref bytes_from_object(ThreadState *ts, Value v)
{
    if (value_is_exactly(v, KIND_BYTES)) {
        return ref_new(v);
    }
    if (value_is_kind(v, KIND_MEMORYVIEW)) {
        return memoryview_to_bytes(ts, v);
    }
    Type *t = type_of(v);
    if (t->slots.buffer != NULL || value_is_bytes(v)) {
        BufferView view;
        if (buffer_get_brief(ts, v, &view) == STATUS_ERROR) {
            return NO_REF;
        }
        Ref bytes = bytes_new(ts, view.data, view.size);
        buffer_release(ts, &view);
        return bytes;
    }
    if (!value_is_str(v) && (t->slots.iterate != NULL || t->slots.get_item != NULL)) {
        uint8_t *data;
        size_t size;
        if (bytes_collect(ts, v, "bytes must be in range(0, 256)", &data, &size) == STATUS_ERROR) {
            return NO_REF;
        }
        Ref bytes = bytes_new(ts, data, size);
        raw_free(ts, data);
        return bytes;
    }
    return raise(ts, EXC_TypeError, "cannot convert '%.200s' object to bytes", type_name(t));
}

// What __bytes__ gives; NO_REF without an exception when there is none.
static Ref by_method(ThreadState *ts, Value source)
{
    OWNED Ref method = type_lookup(ts, type_of(source), NAME(__bytes__));
    if (is_error(method)) {
        return NO_REF;
    }
    OWNED Ref made = type_call_special(ts, source, NAME(__bytes__), NULL, 0);
    if (!is_error(made) && !value_is_bytes(made.v)) {
        return raise(ts, EXC_TypeError, "__bytes__ returned non-bytes (type %.200s)",
                     type_name(type_of(made.v)));
    }
    return ref_take(&made);
}

Ref bytes_of(ThreadState *ts, Value v)
{
    if (!value_is_exactly(v, KIND_BYTES)) {
        Ref made = by_method(ts, v);
        if (!is_error(made) || has_exception(ts)) {
            return made;
        }
    }
    return bytes_from_object(ts, v);
}

static Ref from_source(ThreadState *ts, Value source)
{
    Type *t = type_of(source);
    if (!value_is_exactly(source, KIND_BYTES)) {
        Ref made = by_method(ts, source);
        if (!is_error(made) || has_exception(ts)) {
            return made;
        }
    }
    if (t->slots.index != NULL && !value_is_str(source)) {
        int64_t size;
        if (argument_count(ts, source, &size) == STATUS_ERROR) {
            if (!exception_clear_if(ts, EXC_TypeError)) {
                return NO_REF;
            }
        } else {
            if (size < 0) {
                return raise(ts, EXC_ValueError, "negative count");
            }
            Ref bytes = bytes_new(ts, NULL, (size_t)size);
            if (!is_error(bytes) && size > 0) {
                memset(bytes_from(bytes.v)->data, 0, (size_t)size);
            }
            return bytes;
        }
    }
    return bytes_from_object(ts, source);
}

static Ref make_slot(CALL_PARAMETERS)
{
    Value source = NO_VALUE;
    const char *encoding = NULL, *errors = NULL;
    OWNED Ref bytes = NO_REF;
    if (count == 1 && is_no_value(names) && value_is_str(args[0]) &&
        !value_is_exactly_str(args[0])) {
        bytes = by_method(ts, args[0]); // a str may say how it is bytes
        if (has_exception(ts)) {
            return NO_REF;
        }
    }
    if (is_error(bytes) && bytes_make_arguments(ts, "bytes", args, count, names, &source, &encoding,
                                                &errors) == STATUS_ERROR) {
        return NO_REF;
    }
    if (!is_error(bytes)) {
        // by its method
    } else if (is_no_value(source)) {
        bytes = bytes_empty();
    } else if (value_is_str(source)) {
        bytes = str_encode(ts, source, encoding, errors);
    } else {
        bytes = from_source(ts, source);
    }
    Type *type = type_from(self);
    if (is_error(bytes) || type == TYPE_OF_KIND(BYTES)) {
        return ref_take(&bytes);
    }
    Bytes *from = bytes_from(bytes.v);
    Bytes *b = object_new_var_of(ts, type, from->size + 1, 1);
    if (b != NULL) {
        b->hash = -1;
        b->size = from->size;
        memcpy(b->data, from->data, from->size);
        b->data[b->size] = 0;
        if (type->flags & TYPE_COLLECTED) {
            object_track(&b->head);
        }
    }
    return REF_FROM_NEW(b);
}

// --- Slots ---------------------------------------------------------------------------------------

Ref bytes_repr(ThreadState *ts, const uint8_t *data, size_t size, const char *before,
               const char *after)
{
    static const char digits[] = "0123456789abcdef";
    char quote = memchr(data, '\'', size) != NULL && memchr(data, '"', size) == NULL ? '"' : '\'';
    StrBuilder b;
    builder_init(&b);
    Status status = builder_add_ascii(ts, &b, before, strlen(before));
    status = status == STATUS_OK ? builder_add_char(ts, &b, (uint8_t)quote) : status;
    for (size_t i = 0; i < size && status == STATUS_OK; i++) {
        uint8_t c = data[i];
        char text[4] = {'\\', 0, 0, 0};
        size_t n = 2;
        if (c == (uint8_t)quote || c == '\\' ||
            (c == '\'' && *after != 0)) { // bytearray: as CPython
            text[1] = (char)c;
        } else if (c == '\t' || c == '\n' || c == '\r') {
            text[1] = c == '\t' ? 't' : c == '\n' ? 'n' : 'r';
        } else if (c < 32 || c >= 127) {
            text[1] = 'x';
            text[2] = digits[c >> 4];
            text[3] = digits[c & 15];
            n = 4;
        } else {
            text[0] = (char)c;
            n = 1;
        }
        status = builder_add_ascii(ts, &b, text, n);
    }
    status = status == STATUS_OK ? builder_add_char(ts, &b, (uint8_t)quote) : status;
    status = status == STATUS_OK ? builder_add_ascii(ts, &b, after, strlen(after)) : status;
    if (status == STATUS_ERROR) {
        builder_abandon(ts, &b);
        return NO_REF;
    }
    return builder_finish(ts, &b);
}

static Ref repr_slot(ThreadState *ts, Value self)
{
    return bytes_repr(ts, bytes_from(self)->data, bytes_from(self)->size, "b", "");
}

static Status hash_slot(ThreadState *ts, Value self, int64_t *hash)
{
    Bytes *b = bytes_from(self);
    int64_t h = atomic_load_relaxed(&b->hash);
    if (h == -1) {
        h = (int64_t)hash_bytes(b->data, b->size);
        atomic_store_relaxed(&b->hash, h); // relaxed: every thread computes the same
    }
    *hash = h;
    return STATUS_OK;
}

Ref bytes_compare(ThreadState *ts, Value a, Value b, CompareOp op)
{
    bool ok = (value_is_bytes(a) || type_of(a)->slots.buffer != NULL) &&
              (value_is_bytes(b) || type_of(b)->slots.buffer != NULL);
    BufferView x, y;
    if (!ok) {
        return REF_OF(VALUE_NOT_IMPLEMENTED);
    }
    if (buffer_get_brief(ts, a, &x) == STATUS_ERROR) {
        exception_clear(ts);
        return REF_OF(VALUE_NOT_IMPLEMENTED);
    }
    if (buffer_get_brief(ts, b, &y) == STATUS_ERROR) {
        exception_clear(ts);
        buffer_release(ts, &x);
        return REF_OF(VALUE_NOT_IMPLEMENTED);
    }
    int order;
    if ((op == OP_EQ || op == OP_NE) && x.size != y.size) {
        order = 1;
    } else {
        size_t common = MIN_OF(x.size, y.size);
        order = common == 0 ? 0 : memcmp(x.data, y.data, common);
        if (order == 0) {
            order = (x.size > y.size) - (x.size < y.size);
        }
    }
    buffer_release(ts, &y);
    buffer_release(ts, &x);
    bool truth = op == OP_LT   ? order < 0
                 : op == OP_LE ? order <= 0
                 : op == OP_EQ ? order == 0
                 : op == OP_NE ? order != 0
                 : op == OP_GT ? order > 0
                               : order >= 0;
    return REF_OF(bool_value(truth));
}

// Other buffers compare themselves to bytes, in their own way.
static Ref compare_slot(ThreadState *ts, Value a, Value b, CompareOp op)
{
    return value_is_bytes(a) && value_is_bytes(b) ? bytes_compare(ts, a, b, op)
                                                  : REF_OF(VALUE_NOT_IMPLEMENTED);
}

static Truth truth_slot(ThreadState *ts, Value self) { return bytes_from(self)->size > 0; }
static int64_t length_slot(ThreadState *ts, Value self) { return (int64_t)bytes_from(self)->size; }

static bool knows_operator(Value other, BinaryOp op)
{
    Type *t = type_of(other);
    return (t->flags & TYPE_MADE_BY_SCRIPT) != 0 &&
           t->slots.binary[op] != builtin_types[t->kind].slots.binary[op];
}

static Ref add_slot(ThreadState *ts, Value a, Value b)
{
    if (!value_is_bytes(a)) {
        return REF_OF(VALUE_NOT_IMPLEMENTED);
    }
    if (!value_is_bytes(b) && type_of(b)->slots.buffer == NULL) {
        if (knows_operator(b, BIN_ADD)) {
            return REF_OF(VALUE_NOT_IMPLEMENTED);
        }
        return raise(ts, EXC_TypeError, "can't concat %.100s to bytes", type_name(type_of(b)));
    }
    return bytes_concat(ts, a, b);
}

static Ref multiply_slot(ThreadState *ts, Value a, Value b)
{
    Value self = value_is_bytes(a) ? a : b, number = value_is_bytes(a) ? b : a;
    if (knows_operator(number, BIN_MUL)) {
        return REF_OF(VALUE_NOT_IMPLEMENTED);
    }
    if (type_of(number)->slots.index == NULL) {
        return raise(ts, EXC_TypeError, "can't multiply sequence by non-int of type '%.200s'",
                     type_name(type_of(number)));
    }
    int64_t count;
    if (argument_count(ts, number, &count) == STATUS_ERROR) {
        return NO_REF;
    }
    Bytes *from = bytes_from(self);
    if (count <= 0 || from->size == 0) {
        return bytes_empty();
    }
    if (count == 1 && value_is_exactly(self, KIND_BYTES)) {
        return ref_new(self);
    }
    if ((uint64_t)count > BYTES_MAX / from->size) {
        return raise(ts, EXC_OverflowError, "repeated bytes are too long");
    }
    size_t total = from->size * (size_t)count;
    Ref made = bytes_new(ts, NULL, total);
    if (is_error(made)) {
        return NO_REF;
    }
    uint8_t *to = bytes_from(made.v)->data;
    if (from->size == 1) {
        memset(to, from->data[0], total);
        return made;
    }
    memcpy(to, from->data, from->size);
    for (size_t done = from->size; done < total;) {
        size_t step = MIN_OF(done, total - done);
        memcpy(to + done, to, step);
        done += step;
    }
    return made;
}

static Ref modulo_slot(ThreadState *ts, Value a, Value b)
{
    return value_is_bytes(a) ? bytes_modulo(ts, a, b) : REF_OF(VALUE_NOT_IMPLEMENTED);
}

Truth bytes_contains(ThreadState *ts, Value self, Value item)
{
    uint8_t byte;
    Span span;
    if (type_of(item)->slots.index != NULL && type_of(item)->slots.buffer == NULL) {
        if (byte_from(ts, item, "byte must be in range(0, 256)", &byte) == STATUS_ERROR) {
            return TRUTH_ERROR;
        }
        span_begin(ts, &span, self);
        bool found = memchr(span.data, byte, span.size) != NULL;
        span_end(&span);
        return found;
    }
    BufferView part;
    if (buffer_get_brief(ts, item, &part) == STATUS_ERROR) {
        return TRUTH_ERROR;
    }
    span_begin(ts, &span, self);
    bool found = text_find(span.data, span.size, part.data, part.size, 1) >= 0;
    span_end(&span);
    buffer_release(ts, &part);
    return found;
}

static Ref get_item_slot(ThreadState *ts, Value self, Value key)
{
    Bytes *b = bytes_from(self);
    int64_t i;
    if (LIKELY(value_is_small_int(key))) {
        i = small_int_get(key);
    } else if (value_is_kind(key, KIND_SLICE)) {
        int64_t start, step, count;
        if (slice_resolve(ts, key, (int64_t)b->size, &start, &step, &count) == STATUS_ERROR) {
            return NO_REF;
        }
        if (count == (int64_t)b->size && step == 1 && value_is_exactly(self, KIND_BYTES)) {
            return ref_new(self);
        }
        Ref made = bytes_new(ts, step == 1 ? b->data + start : NULL, (size_t)MAX_OF(count, 0));
        if (!is_error(made) && step != 1) {
            for (int64_t k = 0; k < count; k++) {
                bytes_from(made.v)->data[k] = b->data[start + k * step];
            }
        }
        return made;
    } else if (type_of(key)->slots.index == NULL) {
        return raise(ts, EXC_TypeError, "byte indices must be integers or slices, not %.200s",
                     type_name(type_of(key)));
    } else if (index_get(ts, key, &i) == STATUS_ERROR) {
        return NO_REF;
    }
    if (i < 0) {
        i += (int64_t)b->size;
    }
    if ((uint64_t)i >= b->size) {
        return raise(ts, EXC_IndexError, "index out of range");
    }
    return REF_OF(small_int(b->data[i]));
}

static Status buffer_slot(ThreadState *ts, Value self, BufferView *view)
{
    return buffer_get(ts, self, view);
}

// --- Iterator ------------------------------------------------------------------------------------

typedef struct BytesIterator {
    ObjectHead head;
    SharedRef bytes;
    size_t position; // atomic; SIZE_MAX: exhausted for good
} BytesIterator;

static Ref iterate_slot(ThreadState *ts, Value self)
{
    BytesIterator *it = object_new(ts, KIND_BYTES_ITERATOR, sizeof *it);
    if (it != NULL) {
        shared_ref_init(&it->bytes, ref_new(self));
        it->position = 0;
        object_track(&it->head);
    }
    return REF_FROM_NEW(it);
}
static Ref next_byte(ThreadState *ts, Value self)
{
    BytesIterator *it = (BytesIterator *)value_head(self);
    Bytes *b = bytes_from(shared_ref_peek(&it->bytes));
    size_t i = atomic_load_relaxed(&it->position); // relaxed: a stale one repeats a byte
    if (i >= b->size) {
        atomic_store_relaxed(&it->position, SIZE_MAX);
        return NO_REF;
    }
    atomic_store_relaxed(&it->position, i + 1);
    return REF_OF(small_int(b->data[i]));
}
static void iterator_finish(ThreadState *ts, ObjectHead *o)
{
    shared_ref_clear(&((BytesIterator *)o)->bytes);
}
static void iterator_traverse(ObjectHead *o, Visitor visit, void *context)
{
    visit(shared_ref_peek(&((BytesIterator *)o)->bytes), EDGE_COUNTED, context);
}
static Ref iterator_hint(ThreadState *ts, Value self, const Value *args)
{
    BytesIterator *it = (BytesIterator *)value_head(self);
    size_t i = atomic_load_relaxed(&it->position),
           n = bytes_from(shared_ref_peek(&it->bytes))->size;
    return REF_OF(small_int(i < n ? (int64_t)(n - i) : 0));
}
static Ref iterator_reduce(ThreadState *ts, Value self, const Value *args)
{
    BytesIterator *it = (BytesIterator *)value_head(self);
    size_t i = atomic_load_relaxed(&it->position);
    return i == SIZE_MAX ? reduce_through_builtin(ts, "iter", tuple_empty(), NO_VALUE)
                         : reduce_through_builtin(ts, "iter", ref_new(shared_ref_peek(&it->bytes)),
                                                  ref_of_size(i).v);
}
// What is exhausted stays so.
static Ref iterator_set_state(ThreadState *ts, Value self, const Value *args)
{
    BytesIterator *it = (BytesIterator *)value_head(self);
    int64_t i, size = (int64_t)bytes_from(shared_ref_peek(&it->bytes))->size;
    if (index_get(ts, args[0], &i) == STATUS_ERROR) {
        return NO_REF;
    }
    if (atomic_load_relaxed(&it->position) != SIZE_MAX) {
        atomic_store_relaxed(&it->position, (size_t)(i < 0 ? 0 : MIN_OF(i, size)));
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
const TypeSpec spec_BYTES_ITERATOR = {
    .name = "bytes_iterator",
    .base = KIND_OBJECT,
    .size = sizeof(BytesIterator),
    .flags = TYPE_COLLECTED | TYPE_IMMUTABLE | TYPE_NOT_CONSTRUCTIBLE,
    .slots = {.finish = iterator_finish,
              .traverse = iterator_traverse,
              .iterate = object_itself,
              .next = next_byte},
    .methods = iterator_methods,
};

// --- The type ------------------------------------------------------------------------------------

static Ref dunder_bytes(ThreadState *ts, Value self, const Value *args)
{
    return value_is_exactly(self, KIND_BYTES)
               ? ref_new(self)
               : bytes_new(ts, bytes_from(self)->data, bytes_from(self)->size);
}
static Ref getnewargs(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref plain = dunder_bytes(ts, self, args);
    return is_error(plain) ? NO_REF : tuple_pack(ts, 1, plain.v);
}

static const NativeDef methods[] = {
    BYTES_COMMON_ROWS,
    NATIVE("__bytes__", dunder_bytes, "($self, /)", "Convert this value to exact type bytes."),
    NATIVE("__getnewargs__", getnewargs, "($self, /)", ""),
    NATIVE_END,
};

const TypeSpec spec_BYTES = {
    .name = "bytes",
    .doc = "bytes() -> empty\n"
           "bytes(size) -> so many null bytes\n"
           "bytes(buffer or iterable of ints) -> a copy\n"
           "bytes(text, encoding[, errors]) -> the text encoded",
    .base = KIND_OBJECT,
    .size = sizeof(Bytes),
    .flags = TYPE_SUBCLASSABLE | TYPE_IMMUTABLE,
    .slots =
        {
            .repr = repr_slot,
            .hash = hash_slot,
            .compare = compare_slot,
            .truth = truth_slot,
            .iterate = iterate_slot,
            .length = length_slot,
            .get_item = get_item_slot,
            .contains = bytes_contains,
            .binary = {[BIN_ADD] = add_slot, [BIN_MUL] = multiply_slot, [BIN_MOD] = modulo_slot},
            .make = make_slot,
            .buffer = buffer_slot,
        },
    .methods = methods,
};
