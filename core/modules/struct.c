// core/modules/struct.c: the module _struct: values packed into bytes by a format.
//
// A format is compiled to a list of fields with fixed offsets;
// compiled ones are kept in a small cache.
#include <math.h>
#include <string.h>

#include "core/object/bytes.h"
#include "core/object/dict.h"
#include "core/object/float.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/module.h"
#include "core/object/native_item.h"
#include "core/object/str.h"
#include "core/object/tuple.h"

typedef struct Field {
    char code;
    bool is_swapped;     // big-endian
    bool is_native;      // '@': messages and float overflow differ
    size_t offset, size; // of one item; s and p: the whole
    size_t count;
} Field;

typedef struct Struct {
    ObjectHead head;
    SharedRef format; // str
    size_t size;
    size_t values; // how many pack takes
    size_t field_count;
    Field *fields; // raw; immutable after construction
} Struct;

static SharedRef struct_error;
static SharedRef cache; // dict: format to Struct

static inline Struct *struct_from(Value v) { return (Struct *)value_head(v); }

static COLD Ref fail(ThreadState *ts, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    OWNED Ref text = format_str_v(ts, format, arguments);
    va_end(arguments);
    OWNED Ref exception =
        is_error(text) ? NO_REF : object_call1(ts, shared_ref_peek(&struct_error), text.v);
    return is_error(exception) ? NO_REF : raise_object(ts, exception.v, NO_VALUE);
}

// --- Compiling a format --------------------------------------------------------------------------

static size_t standard_size(char code)
{
    switch (code) {
    case 'l':
    case 'L':
        return 4;
    case 'n':
    case 'N':
    case 'P':
        return 0;
    case 'x':
    case 's':
    case 'p':
        return 1;
    default:
        return native_item_size(code);
    }
}

static size_t native_size(char code)
{
    return code == 'x' || code == 's' || code == 'p' ? 1 : native_item_size(code);
}

// One pass measures (fields NULL), the second fills.
static bool parse_format(ThreadState *ts, const char *p, Struct *s, Field *fields)
{
    bool is_native = true, is_swapped = false;
    switch (*p) {
    case '@':
        p++;
        break;
    case '=':
    case '<':
        is_native = false;
        p++;
        break;
    case '>':
    case '!':
        is_native = false;
        is_swapped = true;
        p++;
        break;
    default:
        break;
    }
    size_t offset = 0, values = 0, n = 0;
    for (; *p != 0; p++) {
        if (*p == ' ' || (*p >= 9 && *p <= 13)) {
            continue;
        }
        size_t count = 1;
        if (*p >= '0' && *p <= '9') {
            count = 0;
            for (; *p >= '0' && *p <= '9'; p++) {
                if (count > (size_t)INT64_MAX / 10 - 1) {
                    (void)fail(ts, "total struct size too long");
                    return false;
                }
                count = count * 10 + (size_t)(*p - '0');
            }
            if (*p == 0) {
                (void)fail(ts, "repeat count given without format specifier");
                return false;
            }
        }
        size_t size = is_native ? native_size(*p) : standard_size(*p);
        if (size == 0) {
            (void)fail(ts, "bad char in struct format");
            return false;
        }
        if (is_native) {
            offset = (offset + size - 1) / size * size;
        }
        if (count > ((size_t)INT64_MAX - offset) / size) {
            (void)fail(ts, "total struct size too long");
            return false;
        }
        if (*p == 'x') {
            offset += count;
            continue;
        }
        bool is_text = *p == 's' || *p == 'p';
        if (fields != NULL && (count > 0 || is_text)) {
            fields[n] = (Field){
                *p, is_swapped, is_native, offset, is_text ? count : size, is_text ? 1 : count};
        }
        n += count > 0 || is_text;
        values += is_text ? 1 : count;
        offset += count * size;
    }
    s->size = offset;
    s->values = values;
    s->field_count = n;
    return true;
}

static Ref format_text(ThreadState *ts, Value format)
{
    if (value_is_str(format)) {
        OWNED Ref bytes = str_encode(ts, format, "ascii", "strict");
        return is_error(bytes) ? NO_REF : str_exact(ts, format);
    }
    if (value_is_bytes(format)) {
        return str_from_latin1(ts, bytes_from(format)->data, bytes_from(format)->size);
    }
    return raise(ts, EXC_TypeError, "Struct() argument 1 must be a str or bytes object, not %.200s",
                 type_name(type_of(format)));
}

static Ref struct_make(ThreadState *ts, Type *type, Value format)
{
    OWNED Ref text = format_text(ts, format);
    if (is_error(text)) {
        return NO_REF;
    }
    if (memchr(str_from(text.v)->data, 0, str_length(text.v)) != NULL) {
        return fail(ts, "embedded null character");
    }
    Struct *s = type == TYPE_OF_KIND(STRUCT) ? object_new(ts, KIND_STRUCT, sizeof *s)
                                             : object_new_of(ts, type);
    if (s == NULL) {
        return NO_REF;
    }
    const char *p = (const char *)str_from(text.v)->data;
    shared_ref_init(&s->format, ref_take(&text));
    s->fields = NULL;
    s->field_count = 0;
    object_track(&s->head);
    OWNED Ref made = REF_FROM_NEW(s);
    if (!parse_format(ts, p, s, NULL)) {
        return NO_REF;
    }
    Field *fields = raw_alloc(ts, (s->field_count + 1) * sizeof *fields);
    if (fields == NULL) {
        return NO_REF;
    }
    (void)parse_format(ts, p, s, fields);
    s->fields = fields;
    return ref_take(&made);
}

enum { CACHE_MAX = 100 };

static Ref struct_for(ThreadState *ts, Value format)
{
    if (value_is_exactly(format, KIND_STRUCT)) {
        return ref_new(format);
    }
    Dict *known = dict_from(shared_ref_peek(&cache));
    Ref found = NO_REF;
    bool is_key = value_is_str(format) || value_is_bytes(format);
    Lookup lookup = is_key ? dict_get(ts, known, format, &found) : LOOKUP_ABSENT;
    if (lookup != LOOKUP_ABSENT) {
        return found;
    }
    OWNED Ref made = struct_make(ts, TYPE_OF_KIND(STRUCT), format);
    if (is_error(made)) {
        return NO_REF;
    }
    if (dict_size(known) >= CACHE_MAX) {
        dict_clear(ts, known);
    }
    return dict_set(ts, known, format, made.v) == STATUS_ERROR ? NO_REF : ref_take(&made);
}

// --- Packing -------------------------------------------------------------------------------------

static void copy_swapped(uint8_t *to, const uint8_t *from, size_t size, bool swap)
{
    for (size_t i = 0; i < size; i++) {
        to[i] = from[swap ? size - 1 - i : i];
    }
}

static Status fail_range(ThreadState *ts, const Field *f)
{
    if (f->is_swapped) {
        bool is_signed = strchr("bhilq", f->code) != NULL;
        if (f->size == 8) {
            (void)fail(ts, "int too large to convert");
        } else if (is_signed) {
            int64_t most = ((int64_t)1 << (8 * f->size - 1)) - 1;
            (void)fail(ts, "'%c' format requires %lld <= number <= %lld", f->code,
                       (long long)-most - 1, (long long)most);
        } else {
            (void)fail(ts, "'%c' format requires 0 <= number <= %lld", f->code,
                       (long long)(((uint64_t)1 << (8 * f->size)) - 1));
        }
        return STATUS_ERROR;
    }
    switch (f->code) {
    case 'b':
        (void)fail(ts, "byte format requires -128 <= number <= 127");
        break;
    case 'B':
        (void)fail(ts, "ubyte format requires 0 <= number <= 255");
        break;
    case 'h':
        (void)fail(ts, "short format requires -32768 <= number <= 32767");
        break;
    case 'H':
        (void)fail(ts, "ushort format requires 0 <= number <= 65535");
        break;
    case 'i':
        (void)fail(ts, "'i' format requires -2147483648 <= number <= 2147483647");
        break;
    default:
        (void)fail(ts, "argument out of range");
        break;
    }
    return STATUS_ERROR;
}

static Status pack_integer(ThreadState *ts, const Field *f, Value v, uint8_t *to)
{
    if (!value_is_int(v) && type_of(v)->slots.index == NULL) {
        (void)fail(ts, "required argument is not an integer");
        return STATUS_ERROR;
    }
    OWNED Ref index = object_index(ts, v);
    if (is_error(index)) {
        return STATUS_ERROR;
    }
    bool is_signed = strchr("bhilqn", f->code) != NULL;
    int64_t i = 0;
    uint64_t u = 0;
    bool fits;
    if (is_signed || (f->code == 'P' && int_sign(index.v) < 0)) {
        fits = int_to_i64(index.v, &i);
        int64_t most = f->size == 8 ? INT64_MAX : ((int64_t)1 << (8 * f->size - 1)) - 1;
        fits = fits && i <= most && i >= -most - 1;
        u = (uint64_t)i;
    } else {
        fits = int_to_u64(index.v, &u) && (f->size == 8 || u >> (8 * f->size) == 0);
    }
    if (!fits) {
        return fail_range(ts, f);
    }
    copy_swapped(to, (uint8_t *)&u, f->size, f->is_swapped);
    return STATUS_OK;
}

static Status pack_double(ThreadState *ts, const Field *f, Value v, uint8_t *to)
{
    double d;
    if (!value_is_float(v) && type_of(v)->slots.to_float == NULL &&
        type_of(v)->slots.index == NULL) {
        (void)fail(ts, "required argument is not a float");
        return STATUS_ERROR;
    }
    if (object_to_double(ts, v, &d) == STATUS_ERROR) {
        if (exception_clear_if(ts, EXC_TypeError)) {
            (void)fail(ts, "required argument is not a float");
        }
        return STATUS_ERROR;
    }
    uint8_t item[8];
    if (f->code == 'd') {
        memcpy(item, &d, 8);
    } else if (f->code == 'f') {
        float x = (float)d;
        if (isinf(x) && !isinf(d) && !f->is_native) {
            return raise_status(ts, EXC_OverflowError, "float too large to pack with f format");
        }
        memcpy(item, &x, 4);
    } else {
        uint16_t bits;
        if (!double_to_half(d, &bits)) {
            return raise_status(ts, EXC_OverflowError, "float too large to pack with e format");
        }
        memcpy(item, &bits, 2);
    }
    copy_swapped(to, item, f->size, f->is_swapped);
    return STATUS_OK;
}

static Status pack_text(ThreadState *ts, const Field *f, Value v, uint8_t *to)
{
    if (!value_is_bytes(v) && !value_is_bytearray(v)) {
        (void)fail(ts, "argument for '%c' must be a bytes object", f->code);
        return STATUS_ERROR;
    }
    BufferView view;
    if (buffer_get_brief(ts, v, &view) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    if (f->code == 's') {
        memcpy(to, view.data, MIN_OF(view.size, f->size));
    } else if (f->size > 0) {
        size_t n = MIN_OF(view.size, f->size - 1);
        memcpy(to + 1, view.data, n);
        to[0] = (uint8_t)MIN_OF(n, 255);
    }
    buffer_release(ts, &view);
    return STATUS_OK;
}

static Status pack_one(ThreadState *ts, const Field *f, Value v, uint8_t *to)
{
    switch (f->code) {
    case 's':
    case 'p':
        return pack_text(ts, f, v, to);
    case 'c':
        if (!value_is_bytes(v) || bytes_from(v)->size != 1) {
            (void)fail(ts, "char format requires a bytes object of length 1");
            return STATUS_ERROR;
        }
        *to = bytes_from(v)->data[0];
        return STATUS_OK;
    case '?': {
        Truth t = object_is_true(ts, v);
        *to = t == TRUTH_TRUE;
        return t == TRUTH_ERROR ? STATUS_ERROR : STATUS_OK;
    }
    case 'e':
    case 'f':
    case 'd':
        return pack_double(ts, f, v, to);
    default:
        return pack_integer(ts, f, v, to);
    }
}

// `to` is zeroed first.
static Status pack_all(ThreadState *ts, const Struct *s, const Value *values, uint8_t *to)
{
    memset(to, 0, s->size);
    for (size_t i = 0; i < s->field_count; i++) {
        const Field *f = &s->fields[i];
        for (size_t k = 0; k < f->count; k++) {
            if (pack_one(ts, f, *values++, to + f->offset + k * f->size) == STATUS_ERROR) {
                return STATUS_ERROR;
            }
        }
    }
    return STATUS_OK;
}

static Ref pack(ThreadState *ts, Struct *s, const Value *values, size_t count)
{
    if (count != s->values) {
        return fail(ts, "pack expected %zu items for packing (got %zu)", s->values, count);
    }
    if (s->size == 0) {
        uint8_t nothing[1];
        return pack_all(ts, s, values, nothing) == STATUS_ERROR ? NO_REF : bytes_empty();
    }
    OWNED Ref bytes = bytes_new(ts, NULL, s->size);
    if (is_error(bytes) || pack_all(ts, s, values, bytes_from(bytes.v)->data) == STATUS_ERROR) {
        return NO_REF;
    }
    return ref_take(&bytes);
}

static Ref pack_into(ThreadState *ts, Struct *s, const Value *args, size_t count)
{
    if (count < 2) {
        return fail(ts, "pack_into expected %s argument", count == 0 ? "buffer" : "offset");
    }
    if (count - 2 != s->values) {
        return fail(ts, "pack_into expected %zu items for packing (got %zu)", s->values, count - 2);
    }
    BufferView view;
    int64_t offset, size = (int64_t)s->size;
    if (index_get(ts, args[1], &offset) == STATUS_ERROR) {
        return NO_REF;
    }
    if (buffer_get_writable(ts, args[0], &view) == STATUS_ERROR) {
        if (exception_clear_if(ts, EXC_TypeError)) {
            return raise(ts, EXC_TypeError,
                         "argument must be read-write bytes-like object, not %.200s",
                         type_name(type_of(args[0])));
        }
        return NO_REF;
    }
    int64_t whole = (int64_t)view.size;
    Ref result = REF_NONE;
    if (offset < 0 && offset + size > 0) {
        result = fail(ts, "no space to pack %lld bytes at offset %lld", (long long)size,
                      (long long)offset);
    } else if (offset < 0 && offset + whole < 0) {
        result = fail(ts, "offset %lld out of range for %lld-byte buffer", (long long)offset,
                      (long long)whole);
    } else {
        offset += offset < 0 ? whole : 0;
        if (whole - offset < size) {
            result = fail(ts,
                          "pack_into requires a buffer of at least %llu bytes for packing %lld "
                          "bytes at offset %lld (actual buffer size is %lld)",
                          (unsigned long long)size + (unsigned long long)offset, (long long)size,
                          (long long)offset, (long long)whole);
        } else if (pack_all(ts, s, args + 2, view.data + offset) == STATUS_ERROR) {
            result = NO_REF;
        }
    }
    buffer_release(ts, &view);
    return result;
}

// --- Unpacking -----------------------------------------------------------------------------------

static Ref unpack_one(ThreadState *ts, const Field *f, const uint8_t *from)
{
    if (f->code == 's') {
        return bytes_new(ts, from, f->size);
    }
    if (f->code == 'p') {
        size_t n = f->size == 0 ? 0 : MIN_OF((size_t)from[0], f->size - 1);
        return bytes_new(ts, from + 1, n);
    }
    uint8_t item[8];
    copy_swapped(item, from, f->size, f->is_swapped);
    char code = f->code;
    if (!f->is_native && (code == 'l' || code == 'L')) {
        code = code == 'l' ? 'i' : 'I'; // four bytes in the standard sizes
    }
    return native_item_get(ts, code, item);
}

static Ref unpack_all(ThreadState *ts, const Struct *s, const uint8_t *from)
{
    OWNED Ref tuple = tuple_new(ts, s->values);
    size_t n = 0;
    for (size_t i = 0; i < s->field_count && !is_error(tuple); i++) {
        const Field *f = &s->fields[i];
        for (size_t k = 0; k < f->count; k++) {
            Ref item = unpack_one(ts, f, from + f->offset + k * f->size);
            if (is_error(item)) {
                return NO_REF;
            }
            tuple_init_item(tuple.v, n++, item);
        }
    }
    return is_error(tuple) ? NO_REF : tuple_finish(ts, ref_take(&tuple));
}

static Ref unpack(ThreadState *ts, Struct *s, Value buffer)
{
    BufferView view;
    if (buffer_get_brief(ts, buffer, &view) == STATUS_ERROR) {
        return NO_REF;
    }
    Ref result = view.size == s->size ? unpack_all(ts, s, view.data)
                                      : fail(ts, "unpack requires a buffer of %zu bytes", s->size);
    buffer_release(ts, &view);
    return result;
}

static Ref unpack_from(ThreadState *ts, Struct *s, Value buffer, Value at)
{
    int64_t offset = 0, size = (int64_t)s->size;
    BufferView view;
    if (!is_no_value(at) && index_get(ts, at, &offset) == STATUS_ERROR) {
        return NO_REF;
    }
    if (buffer_get_brief(ts, buffer, &view) == STATUS_ERROR) {
        return NO_REF;
    }
    int64_t whole = (int64_t)view.size;
    Ref result;
    if (offset < 0 && offset + size > 0) {
        result = fail(ts, "not enough data to unpack %lld bytes at offset %lld", (long long)size,
                      (long long)offset);
    } else if (offset < 0 && offset + whole < 0) {
        result = fail(ts, "offset %lld out of range for %lld-byte buffer", (long long)offset,
                      (long long)whole);
    } else {
        offset += offset < 0 ? whole : 0;
        result = whole - offset < size ? fail(ts,
                                              "unpack_from requires a buffer of at least %llu "
                                              "bytes for unpacking %lld bytes at "
                                              "offset %lld (actual buffer size is %lld)",
                                              (unsigned long long)size + (unsigned long long)offset,
                                              (long long)size, (long long)offset, (long long)whole)
                                       : unpack_all(ts, s, view.data + offset);
    }
    buffer_release(ts, &view);
    return result;
}

// --- Iterating -----------------------------------------------------------------------------------

typedef struct StructIterator {
    ObjectHead head;
    SharedRef format; // Struct; never changes
    BufferView view;  // released with the iterator
    size_t position;  // atomic
} StructIterator;

static Ref iter_unpack(ThreadState *ts, Value self, Value buffer)
{
    Struct *s = struct_from(self);
    if (s->size == 0) {
        return fail(ts, "cannot iteratively unpack with a struct of length 0");
    }
    BufferView view;
    if (buffer_get(ts, buffer, &view) == STATUS_ERROR) {
        return NO_REF;
    }
    StructIterator *it = NULL;
    if (view.size % s->size != 0) {
        (void)fail(ts, "iterative unpacking requires a buffer of a multiple of %zu bytes", s->size);
    } else {
        it = object_new(ts, KIND_STRUCT_ITERATOR, sizeof *it);
    }
    if (it == NULL) {
        buffer_release(ts, &view);
        return NO_REF;
    }
    shared_ref_init(&it->format, ref_new(self));
    it->view = view;
    it->position = 0;
    object_track(&it->head);
    return REF_FROM_NEW(it);
}

static Ref next_tuple(ThreadState *ts, Value self)
{
    StructIterator *it = (StructIterator *)value_head(self);
    Struct *s = struct_from(shared_ref_peek(&it->format));
    size_t at = atomic_load_relaxed(&it->position); // relaxed: a stale one repeats an item
    if (at >= it->view.size) {
        return NO_REF;
    }
    atomic_store_relaxed(&it->position, at + s->size);
    return unpack_all(ts, s, it->view.data + at);
}
static void iterator_finish(ThreadState *ts, ObjectHead *o)
{
    StructIterator *it = (StructIterator *)o;
    shared_ref_clear(&it->format);
    buffer_release(ts, &it->view);
}
static void iterator_traverse(ObjectHead *o, Visitor visit, void *context)
{
    StructIterator *it = (StructIterator *)o;
    visit(shared_ref_peek(&it->format), EDGE_COUNTED, context);
    visit(it->view.owner.v, EDGE_COUNTED, context);
}
static Ref iterator_hint(ThreadState *ts, Value self, const Value *args)
{
    StructIterator *it = (StructIterator *)value_head(self);
    size_t at = atomic_load_relaxed(&it->position);
    size_t left = at < it->view.size ? it->view.size - at : 0;
    return REF_OF(small_int((int64_t)(left / struct_from(shared_ref_peek(&it->format))->size)));
}
static const NativeDef iterator_methods[] = {
    NATIVE("__length_hint__", iterator_hint, "($self, /)", ""),
    NATIVE_END,
};
const TypeSpec spec_STRUCT_ITERATOR = {
    .name = "_struct.unpack_iterator",
    .base = KIND_OBJECT,
    .size = sizeof(StructIterator),
    .flags = TYPE_COLLECTED | TYPE_IMMUTABLE | TYPE_NOT_CONSTRUCTIBLE,
    .slots = {.finish = iterator_finish,
              .traverse = iterator_traverse,
              .iterate = object_itself,
              .next = next_tuple},
    .methods = iterator_methods,
};

// --- The type and the functions ------------------------------------------------------------------

static Ref method_pack(CALL_PARAMETERS) { return pack(ts, struct_from(self), args, count); }
static Ref method_pack_into(CALL_PARAMETERS)
{
    return pack_into(ts, struct_from(self), args, count);
}
static Ref method_unpack(ThreadState *ts, Value self, const Value *args)
{
    return unpack(ts, struct_from(self), args[0]);
}
static Ref method_unpack_from(ThreadState *ts, Value self, const Value *args)
{
    return unpack_from(ts, struct_from(self), args[0], args[1]);
}
static Ref method_iter_unpack(ThreadState *ts, Value self, const Value *args)
{
    return iter_unpack(ts, self, args[0]);
}
static Ref get_format(ThreadState *ts, Value self)
{
    return ref_new(shared_ref_peek(&struct_from(self)->format));
}
static Ref get_size(ThreadState *ts, Value self)
{
    return REF_OF(small_int((int64_t)struct_from(self)->size));
}

static Ref make_slot(CALL_PARAMETERS)
{
    size_t named = is_no_value(names) ? 0 : tuple_count(names);
    if (count + named == 0) {
        return raise(ts, EXC_TypeError, "Struct() missing required argument 'format' (pos 1)");
    }
    if (count + named > 1) {
        return raise(ts, EXC_TypeError, "Struct() takes at most 1 argument (%zu given)",
                     count + named);
    }
    if (named == 1 && !str_equal_z(tuple_item(names, 0), "format")) {
        return raise(ts, EXC_TypeError, "'%U' is an invalid keyword argument for Struct()",
                     tuple_item(names, 0));
    }
    return struct_make(ts, type_from(self), args[0]);
}

static void finish_slot(ThreadState *ts, ObjectHead *o)
{
    Struct *s = (Struct *)o;
    shared_ref_clear(&s->format);
    if (s->fields != NULL) {
        raw_free(ts, s->fields);
    }
}
static void traverse_slot(ObjectHead *o, Visitor visit, void *context)
{
    visit(shared_ref_peek(&((Struct *)o)->format), EDGE_COUNTED, context);
}

static const NativeDef methods[] = {
    NATIVE_RAW("pack", method_pack, "(*values)",
               "Return a bytes object with the values packed by the format."),
    NATIVE_RAW("pack_into", method_pack_into, "(buffer, offset, *values)",
               "Pack values into a writable buffer."),
    NATIVE("unpack", method_unpack, "($self, buffer, /)",
           "Return a tuple containing unpacked values."),
    NATIVE("unpack_from", method_unpack_from, "($self, /, buffer, offset=0)",
           "Return a tuple containing unpacked values."),
    NATIVE("iter_unpack", method_iter_unpack, "($self, buffer, /)",
           "Return an iterator yielding tuples."),
    NATIVE_END,
};
static const GetSetDef getset[] = {
    {"format", get_format, NULL, "struct format string"},
    {"size", get_size, NULL, "struct size in bytes"},
    {NULL, NULL, NULL, NULL},
};
const TypeSpec spec_STRUCT = {
    .name = "_struct.Struct",
    .doc = "Struct(fmt) --> compiled struct object",
    .base = KIND_OBJECT,
    .size = sizeof(Struct),
    .flags = TYPE_SUBCLASSABLE | TYPE_IMMUTABLE | TYPE_COLLECTED,
    .slots = {.finish = finish_slot, .traverse = traverse_slot, .make = make_slot},
    .methods = methods,
    .getset = getset,
};

static Ref module_pack(CALL_PARAMETERS)
{
    if (count == 0) {
        return raise(ts, EXC_TypeError, "missing format argument");
    }
    OWNED Ref s = struct_for(ts, args[0]);
    return is_error(s) ? NO_REF : pack(ts, struct_from(s.v), args + 1, count - 1);
}
static Ref module_pack_into(CALL_PARAMETERS)
{
    if (count == 0) {
        return raise(ts, EXC_TypeError, "missing format argument");
    }
    OWNED Ref s = struct_for(ts, args[0]);
    return is_error(s) ? NO_REF : pack_into(ts, struct_from(s.v), args + 1, count - 1);
}
static Ref module_unpack(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref s = struct_for(ts, args[0]);
    return is_error(s) ? NO_REF : unpack(ts, struct_from(s.v), args[1]);
}
static Ref module_unpack_from(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref s = struct_for(ts, args[0]);
    return is_error(s) ? NO_REF : unpack_from(ts, struct_from(s.v), args[1], args[2]);
}
static Ref module_iter_unpack(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref s = struct_for(ts, args[0]);
    return is_error(s) ? NO_REF : iter_unpack(ts, s.v, args[1]);
}
static Ref module_calcsize(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref s = struct_for(ts, args[0]);
    return is_error(s) ? NO_REF : REF_OF(small_int((int64_t)struct_from(s.v)->size));
}
static Ref module_clearcache(ThreadState *ts, Value self, const Value *args)
{
    dict_clear(ts, dict_from(shared_ref_peek(&cache)));
    return REF_NONE;
}

static const NativeDef functions[] = {
    NATIVE_RAW("pack", module_pack, "(format, *values)",
               "Return a bytes object with the values packed by the format."),
    NATIVE_RAW("pack_into", module_pack_into, "(format, buffer, offset, *values)",
               "Pack values into a writable buffer."),
    NATIVE("unpack", module_unpack, "($module, format, buffer, /)",
           "Return a tuple of the values in the buffer."),
    NATIVE("unpack_from", module_unpack_from, "($module, format, /, buffer, offset=0)",
           "Return a tuple of the values at the offset in the buffer."),
    NATIVE("iter_unpack", module_iter_unpack, "($module, format, buffer, /)",
           "Return an iterator yielding tuples."),
    NATIVE("calcsize", module_calcsize, "($module, format, /)",
           "Return size in bytes of the struct described by the format string."),
    NATIVE("_clearcache", module_clearcache, "($module, /)", "Clear the internal cache."),
    NATIVE_END,
};

static Status setup(ThreadState *ts, Value module)
{
    if (shared_ref_peek(&cache).bits == 0) {
        Ref error = type_make_simple(ts, "struct.error", TYPE_OF_EXCEPTION(EXC_Exception), NULL);
        Ref dict = is_error(error) ? NO_REF : dict_new(ts);
        if (is_error(dict)) {
            ref_drop(&error);
            return STATUS_ERROR;
        }
        shared_ref_init(&struct_error, error);
        shared_ref_init(&cache, dict);
    }
    if (module_add(ts, module, "error", shared_ref_peek(&struct_error)) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    return module_add_type(ts, module, KIND_STRUCT);
}

const ModuleSpec module_struct = {
    "_struct", "Functions to convert between Python values and C structs.", functions, setup};
