// Text: construction, forms, comparison, concatenation, and the type.
//
// Every text has exactly one form (the narrowest width; the ASCII flag says more for width one), so
// equal texts are equal bytes: comparison is memcmp, the hash is taken over the bytes.
#include "core/object/str.h"

#include "alloc/heap.h"
#include "core/object/codec.h"
#include "core/object/hash.h"
#include "core/object/str_internal.h"
#include "core/object/str_methods.h"
#include "core/object/tuple.h"

uint8_t str_latin1_storage[256][STR_LATIN1_BYTES] __attribute__((aligned(16)));
static uint8_t empty_storage[STR_LATIN1_BYTES] __attribute__((aligned(16)));
_Static_assert(sizeof(Str) + 2 <= STR_LATIN1_BYTES, "a single character fits");

// --- Constants -----------------------------------------------------------------------------------

static void init_constant(uint8_t *storage, size_t length, uint8_t c)
{
    Str *s = (Str *)(void *)storage;
    head_init(&s->head);
    s->head.shape = KIND_STR;
    s->head.kind = KIND_STR;
    s->head.flags = 1 | (c < 0x80 ? STR_ASCII : 0);
    s->length = length;
    s->data[0] = c;
    s->data[length] = 0;
    head_immortalize(&s->head);
    s->hash = hash_bytes(s->data, length);
}

void str_init_constants(void)
{
    init_constant(empty_storage, 0, 0);
    for (unsigned c = 0; c < 256; c++) {
        init_constant(str_latin1_storage[c], 1, (uint8_t)c);
    }
}

Ref str_empty(void) { return REF_OF(value_of(empty_storage)); }

// --- Plain arrays of code points -----------------------------------------------------------------

void text_copy(void *to, unsigned to_width, const void *from, unsigned from_width, size_t count)
{
    if (to_width == from_width) {
        memcpy(to, from, count * to_width);
        return;
    }
#define COPY_LOOP(T, F)                                                                            \
    for (size_t i = 0; i < count; i++) {                                                           \
        ((T *)to)[i] = (T)((const F *)from)[i];                                                    \
    }
    switch (to_width * 8 + from_width) {
    case 8 + 2:
        COPY_LOOP(uint8_t, uint16_t) break;
    case 8 + 4:
        COPY_LOOP(uint8_t, uint32_t) break;
    case 16 + 1:
        COPY_LOOP(uint16_t, uint8_t) break;
    case 16 + 4:
        COPY_LOOP(uint16_t, uint32_t) break;
    case 32 + 1:
        COPY_LOOP(uint32_t, uint8_t) break;
    default:
        COPY_LOOP(uint32_t, uint16_t) break;
    }
#undef COPY_LOOP
}

bool bytes_are_ascii(const void *data, size_t size)
{
    const uint8_t *p = data, *end = p + size;
    uint64_t word = 0;
    for (; end - p >= 8; p += 8) {
        memcpy(&word, p, 8);
        if (word & 0x8080808080808080u) {
            return false;
        }
    }
    uint8_t all = 0;
    while (p < end) {
        all |= *p++;
    }
    return all < 0x80;
}

uint32_t text_max_class(const void *data, unsigned width, size_t count)
{
    if (width == 1) {
        return bytes_are_ascii(data, count) ? 0x7F : 0xFF;
    }
    uint32_t all = 0;
    if (width == 2) {
        for (size_t i = 0; i < count; i++) {
            all |= ((const uint16_t *)data)[i];
        }
    } else {
        for (size_t i = 0; i < count; i++) {
            all |= ((const uint32_t *)data)[i];
        }
    }
    return char_class(all);
}

// --- Construction --------------------------------------------------------------------------------

static inline Str *new_text(ThreadState *ts, size_t length, size_t room, uint32_t max_char)
{
    if (UNLIKELY(room > STR_LENGTH_MAX)) {
        raise_no_memory(ts);
        return NULL;
    }
    unsigned width = width_of_char(max_char);
    Str *s = object_new_var(ts, KIND_STR, sizeof(Str), room + 1, width);
    if (LIKELY(s != NULL)) {
        s->head.flags = (uint8_t)(width | (max_char < 0x80 ? STR_ASCII : 0));
        s->hash = 0;
        s->length = length;
        text_set(s->data, width, length, 0);
    }
    return s;
}

Ref str_new(ThreadState *ts, size_t length, uint32_t max_char)
{
    return length == 0 ? str_empty() : REF_FROM_NEW(new_text(ts, length, length, max_char));
}

Ref str_from_char_slow(ThreadState *ts, uint32_t c)
{
    Ref s = str_new(ts, 1, c);
    if (!is_error(s)) {
        text_set(str_from(s.v)->data, width_of_char(c), 0, c);
    }
    return s;
}

Ref str_from_ascii(ThreadState *ts, const char *text, size_t size)
{
    ASSERT(bytes_are_ascii(text, size));
    if (size <= 1) {
        return size == 0 ? str_empty() : REF_OF(str_latin1_char((uint8_t)*text));
    }
    Str *s = new_text(ts, size, size, 0x7F);
    if (LIKELY(s != NULL)) {
        memcpy(s->data, text, size);
    }
    return REF_FROM_NEW(s);
}

Ref str_from_latin1(ThreadState *ts, const uint8_t *text, size_t size)
{
    return str_from_text(ts, text, 1, size);
}

Ref str_from_ucs4(ThreadState *ts, const uint32_t *text, size_t count)
{
    return str_from_text(ts, text, 4, count);
}

Ref str_from_text(ThreadState *ts, const void *data, unsigned width, size_t count)
{
    if (count == 0) {
        return str_empty();
    }
    if (count == 1) {
        return str_from_char(ts, text_char(data, width, 0));
    }
    uint32_t max_char = text_max_class(data, width, count);
    Str *s = new_text(ts, count, count, max_char);
    if (LIKELY(s != NULL)) {
        text_copy(s->data, width_of_char(max_char), data, width, count);
    }
    return REF_FROM_NEW(s);
}

Ref str_exact(ThreadState *ts, Value v)
{
    if (value_is_exactly_str(v)) {
        return ref_new(v);
    }
    Str *s = str_from(v);
    return str_from_text(ts, s->data, str_width(s), s->length);
}

Ref str_substring(ThreadState *ts, Value v, size_t start, size_t end)
{
    Str *s = str_from(v);
    ASSERT(start <= end && end <= s->length);
    size_t count = end - start;
    if (count == s->length) {
        return str_exact(ts, v);
    }
    unsigned width = str_width(s);
    if (LIKELY(str_is_ascii(s))) {
        return str_from_ascii(ts, (const char *)s->data + start, count);
    }
    return str_from_text(ts, s->data + start * width, width, count);
}

// --- Comparison and hash -------------------------------------------------------------------------

uint64_t str_hash_slow(Str *s)
{
    uint64_t hash = hash_bytes(s->data, s->length * str_width(s));
    // relaxed: every thread computes the same number.
    atomic_store_relaxed(&s->hash, hash);
    return hash;
}

bool str_equal_slow(const Str *a, const Str *b)
{
    if (a->length != b->length || str_width(a) != str_width(b)) {
        return false;
    }
    uint64_t ha = atomic_load_relaxed(&a->hash), hb = atomic_load_relaxed(&b->hash);
    if (ha != hb && ha != 0 && hb != 0) {
        return false;
    }
    // The zero behind an empty text may be looked at.
    return a->data[0] == b->data[0] && memcmp(a->data, b->data, a->length * str_width(a)) == 0;
}

bool str_equal_z(Value v, const char *ascii)
{
    Str *s = str_from(v);
    size_t size = strlen(ascii);
    return str_width(s) == 1 && s->length == size && memcmp(s->data, ascii, size) == 0;
}

int str_compare(Value va, Value vb)
{
    Str *a = str_from(va), *b = str_from(vb);
    size_t count = MIN_OF(a->length, b->length);
    unsigned wa = str_width(a), wb = str_width(b);
    if (wa == 1 && wb == 1) {
        int order = memcmp(a->data, b->data, count);
        if (order != 0) {
            return order < 0 ? -1 : 1;
        }
    } else {
        for (size_t i = 0; i < count; i++) {
            uint32_t ca = text_char(a->data, wa, i), cb = text_char(b->data, wb, i);
            if (ca != cb) {
                return ca < cb ? -1 : 1;
            }
        }
    }
    return a->length == b->length ? 0 : a->length < b->length ? -1 : 1;
}

// --- Concatenation -------------------------------------------------------------------------------

static Ref concat_with_room(ThreadState *ts, Str *a, Str *b, size_t slack)
{
    if (UNLIKELY(a->length > STR_LENGTH_MAX - b->length)) {
        return raise(ts, EXC_OverflowError, "strings are too large to concat");
    }
    uint32_t max_char = MAX_OF(str_max_char(a), str_max_char(b));
    unsigned width = width_of_char(max_char);
    size_t length = a->length + b->length;
    Str *s = new_text(ts, length, length + slack, max_char);
    if (LIKELY(s != NULL)) {
        text_copy(s->data, width, a->data, str_width(a), a->length);
        text_copy(s->data + a->length * width, width, b->data, str_width(b), b->length);
    }
    return REF_FROM_NEW(s);
}

Ref str_concat(ThreadState *ts, Value a, Value b)
{
    if (str_length(a) == 0) {
        return str_exact(ts, b);
    }
    if (str_length(b) == 0) {
        return str_exact(ts, a);
    }
    return concat_with_room(ts, str_from(a), str_from(b), 0);
}

// The code points that fit into the block of s. Watched blocks (debug, ASan) have no slack.
static inline size_t room_of(const Str *s)
{
    if (HEAP_WATCHED) {
        return s->length;
    }
    return (heap_object_size(s) - sizeof(Str)) / str_width(s) - 1;
}

enum { APPEND_SLACK_FROM = 96 }; // shorter texts are not given room to grow

Status str_append(ThreadState *ts, Ref *a, Value b)
{
    Str *s = str_from(a->v), *t = str_from(b);
    Ref sum;
    if (s->length == 0 || t->length == 0 || !value_is_exactly_str(a->v)) {
        sum = str_concat(ts, a->v, b);
    } else {
        bool is_mine = head_is_unique(&s->head) && s != t &&
                       (atomic_load_relaxed(&s->head.flags) & (STR_INTERNED | STR_HAS_UTF8)) == 0;
        unsigned width = str_width(s), other = str_width(t);
        if (is_mine && width >= other && room_of(s) - s->length >= t->length) {
            text_copy(s->data + s->length * width, width, t->data, other, t->length);
            s->length += t->length;
            text_set(s->data, width, s->length, 0);
            s->hash = 0;
            if (width == 1 && !str_is_ascii(t)) {
                s->head.flags = 1;
            }
            return STATUS_OK;
        }
        size_t length = s->length + t->length;
        sum = concat_with_room(ts, s, t, is_mine && length > APPEND_SLACK_FROM ? length / 4 : 0);
    }
    if (is_error(sum)) {
        return STATUS_ERROR;
    }
    ref_drop(a);
    *a = sum;
    return STATUS_OK;
}

Ref str_repeat(ThreadState *ts, Value v, int64_t count)
{
    Str *s = str_from(v);
    if (count <= 0 || s->length == 0) {
        return str_empty();
    }
    if (count == 1) {
        return str_exact(ts, v);
    }
    if ((uint64_t)count > STR_LENGTH_MAX / s->length) {
        return raise(ts, EXC_OverflowError, "repeated string is too long");
    }
    unsigned width = str_width(s);
    Str *r = new_text(ts, s->length * (size_t)count, s->length * (size_t)count, str_max_char(s));
    if (r == NULL) {
        return NO_REF;
    }
    size_t total = r->length * width, done = s->length * width;
    if (done == 1) {
        memset(r->data, s->data[0], total);
        return REF_FROM_NEW(r);
    }
    memcpy(r->data, s->data, done);
    while (done < total) {
        size_t step = MIN_OF(done, total - done);
        memcpy(r->data + done, r->data, step);
        done += step;
    }
    return REF_FROM_NEW(r);
}

// --- Slots ---------------------------------------------------------------------------------------

static void str_finish(ThreadState *ts, ObjectHead *o)
{
    uint8_t flags = atomic_load_relaxed(&o->flags);
    if (UNLIKELY((flags & (STR_INTERNED | STR_HAS_UTF8)) != 0)) {
        if (flags & STR_INTERNED) {
            str_forget_interned((Str *)o);
        }
        if (flags & STR_HAS_UTF8) {
            str_forget_utf8((Str *)o);
        }
    }
}

static Ref repr_slot(ThreadState *ts, Value self) { return str_repr(ts, self, false); }
static Ref str_slot(ThreadState *ts, Value self) { return str_exact(ts, self); }
static Status hash_slot(ThreadState *ts, Value self, int64_t *hash)
{
    *hash = (int64_t)str_hash(self);
    return STATUS_OK;
}
static Truth truth_slot(ThreadState *ts, Value self) { return str_length(self) != 0; }
static int64_t length_slot(ThreadState *ts, Value self) { return (int64_t)str_length(self); }

static Ref compare_slot(ThreadState *ts, Value a, Value b, CompareOp op)
{
    if (!value_is_str(a) || !value_is_str(b)) {
        return REF_OF(VALUE_NOT_IMPLEMENTED);
    }
    switch (op) {
    case OP_EQ:
        return REF_OF(bool_value(str_equal(a, b)));
    case OP_NE:
        return REF_OF(bool_value(!str_equal(a, b)));
    default:
        break;
    }
    int order = str_compare(a, b);
    bool truth = op == OP_LT   ? order < 0
                 : op == OP_LE ? order <= 0
                 : op == OP_GT ? order > 0
                               : order >= 0;
    return REF_OF(bool_value(truth));
}

// A script's class that defines the operator comes before the error that a str would raise.
static bool knows_operator(Value other, BinaryOp op)
{
    Type *t = type_of(other);
    return (t->flags & TYPE_MADE_BY_SCRIPT) != 0 &&
           t->slots.binary[op] != builtin_types[t->kind].slots.binary[op];
}

static Ref add_slot(ThreadState *ts, Value a, Value b)
{
    if (!value_is_str(a)) {
        return REF_OF(VALUE_NOT_IMPLEMENTED);
    }
    if (!value_is_str(b)) {
        if (knows_operator(b, BIN_ADD)) {
            return REF_OF(VALUE_NOT_IMPLEMENTED);
        }
        return raise(ts, EXC_TypeError, "can only concatenate str (not \"%.200s\") to str",
                     type_name(type_of(b)));
    }
    return str_concat(ts, a, b);
}

static Ref multiply_slot(ThreadState *ts, Value a, Value b)
{
    Value text = value_is_str(a) ? a : b;
    Value number = value_is_str(a) ? b : a;
    int64_t count;
    if (value_is_small_int(number)) {
        return str_repeat(ts, text, small_int_get(number));
    }
    if (knows_operator(number, BIN_MUL)) {
        return REF_OF(VALUE_NOT_IMPLEMENTED);
    }
    if (type_of(number)->slots.index == NULL) {
        return raise(ts, EXC_TypeError, "can't multiply sequence by non-int of type '%.200s'",
                     type_name(type_of(number)));
    }
    if (argument_count(ts, number, &count) == STATUS_ERROR) {
        return NO_REF;
    }
    return str_repeat(ts, text, count);
}

static Ref modulo_slot(ThreadState *ts, Value a, Value b)
{
    return value_is_str(a) ? str_format_percent(ts, a, b) : REF_OF(VALUE_NOT_IMPLEMENTED);
}

static Truth contains_slot(ThreadState *ts, Value self, Value item)
{
    if (!value_is_str(item)) {
        (void)raise(ts, EXC_TypeError, "'in <string>' requires string as left operand, not %.100s",
                    type_name(type_of(item)));
        return TRUTH_ERROR;
    }
    return str_find(self, item, 0, str_length(self)) >= 0;
}

Ref str_iterate(ThreadState *ts, Value self); // str_iterator.c

// str(object='') or str(bytes, encoding, errors); for a subclass, a copy of that.
static Ref make_slot(CALL_PARAMETERS)
{
    if (LIKELY(count == 1 && is_no_value(names) &&
               value_is_same(self, type_value(TYPE_OF_KIND(STR))))) {
        return object_str(ts, args[0]);
    }
    Value object = NO_VALUE, encoding = NO_VALUE, errors = NO_VALUE;
    static const char *const keywords[] = {"object", "encoding", "errors"};
    Value *places[] = {&object, &encoding, &errors};
    size_t named = is_no_value(names) ? 0 : tuple_count(names);
    if (count + named > 3) {
        return raise(ts, EXC_TypeError, "str() takes at most 3 arguments (%zu given)",
                     count + named);
    }
    for (size_t i = 0; i < count; i++) {
        *places[i] = args[i];
    }
    for (size_t i = 0; i < named; i++) {
        Value name = tuple_item(names, i);
        size_t k = 0;
        while (k < 3 && !str_equal_z(name, keywords[k])) {
            k++;
        }
        if (k == 3) {
            return raise(ts, EXC_TypeError, "'%U' is an invalid keyword argument for str()", name);
        }
        if (k < count) {
            return raise(ts, EXC_TypeError,
                         "argument for str() given by name ('%s') and position (%zu)", keywords[k],
                         k + 1);
        }
        *places[k] = args[count + i];
    }
    Type *type = type_from(self);
    OWNED Ref text = NO_REF;
    if (is_no_value(encoding) && is_no_value(errors)) {
        text = is_no_value(object) ? str_empty() : object_str(ts, object);
    } else {
        const char *names_z[2] = {NULL, NULL};
        if (codec_names(ts, "str", encoding, errors, names_z) == STATUS_ERROR) {
            return NO_REF;
        }
        text =
            is_no_value(object) ? str_empty() : str_from_object(ts, object, names_z[0], names_z[1]);
    }
    if (is_error(text) || type == TYPE_OF_KIND(STR)) {
        return ref_take(&text);
    }
    Str *from = str_from(text.v);
    unsigned width = str_width(from);
    Str *s = object_new_var_of(ts, type, from->length + 1, width);
    if (s == NULL) {
        return NO_REF;
    }
    s->head.flags = (uint8_t)(width | (str_is_ascii(from) ? STR_ASCII : 0));
    s->hash = 0;
    s->length = from->length;
    memcpy(s->data, from->data, (from->length + 1) * width);
    if (type->flags & TYPE_COLLECTED) {
        object_track(&s->head);
    }
    return REF_FROM_NEW(s);
}

const TypeSpec spec_STR = {
    .name = "str",
    .doc = "str(object='') -> str\n"
           "str(bytes_or_buffer[, encoding[, errors]]) -> str\n\n"
           "Text made from the given object: its __str__() or repr(), or, with an encoding or "
           "an error handler, the decoded bytes of a buffer. encoding defaults to "
           "sys.getdefaultencoding(), errors to 'strict'.",
    .base = KIND_OBJECT,
    .size = sizeof(Str),
    .flags = TYPE_SUBCLASSABLE | TYPE_IMMUTABLE,
    .slots =
        {
            .finish = str_finish,
            .repr = repr_slot,
            .str = str_slot,
            .hash = hash_slot,
            .compare = compare_slot,
            .truth = truth_slot,
            .iterate = str_iterate,
            .length = length_slot,
            .get_item = str_subscript,
            .contains = contains_slot,
            .binary = {[BIN_ADD] = add_slot, [BIN_MUL] = multiply_slot, [BIN_MOD] = modulo_slot},
            .make = make_slot,
        },
    .methods = str_methods,
};
