// bytes and bytearray: the methods they share, besides those of bytes_split.c.
// ASCII rules the letters.
#include "core/object/bytes_internal.h"
#include "core/object/codec.h"
#include "core/object/str_methods.h"
#include "core/object/tuple.h"
#include "core/object/unicode.h"

// --- Searching -----------------------------------------------------------------------------------

// What is looked for: one byte (an int) or a buffer.
typedef struct Part {
    uint8_t byte;
    BufferView view;
    const uint8_t *data;
    size_t size;
} Part;

static Status part_begin(ThreadState *ts, Part *part, Value v)
{
    part->view.owner = NO_REF;
    part->view.exports = NULL;
    part->view.is_locked = false;
    Type *t = type_of(v);
    if (value_is_bytes(v) || t->slots.buffer != NULL) {
        if (buffer_get_brief(ts, v, &part->view) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
        part->data = part->view.data;
        part->size = part->view.size;
        return STATUS_OK;
    }
    if (t->slots.index == NULL) {
        return raise_status(ts, EXC_TypeError,
                            "argument should be integer or bytes-like object, not '%.200s'",
                            type_name(t));
    }
    part->data = &part->byte;
    part->size = 1;
    return byte_from(ts, v, "byte must be in range(0, 256)", &part->byte);
}

static Status find_arguments(ThreadState *ts, const char *function, Value self, const Value *args,
                             size_t count, Value names, size_t size, size_t *from, size_t *to)
{
    if (!is_no_value(names) && tuple_count(names) > 0) {
        return raise_status(ts, EXC_TypeError, "%s.%s() takes no keyword arguments",
                            value_is_bytes(self) ? "bytes" : "bytearray", function);
    }
    if (count < 1 || count > 3) {
        return raise_status(ts, EXC_TypeError, "%s() takes at %s %d argument%s (%zu given)",
                            function, count < 1 ? "least" : "most", count < 1 ? 1 : 3,
                            count < 1 ? "" : "s", count);
    }
    return range_arguments(ts, count > 1 ? args[1] : NO_VALUE, count > 2 ? args[2] : NO_VALUE, size,
                           from, to);
}

typedef enum { FIND_FIRST, FIND_LAST, FIND_COUNT } FindKind;

static Status find_part(ThreadState *ts, const char *function, Value self, const Value *args,
                        size_t count, Value names, FindKind kind, int64_t *out)
{
    Span s;
    size_t from, to;
    Part part;
    span_begin(ts, &s, self);
    Status status = find_arguments(ts, function, self, args, count, names, s.size, &from, &to);
    if (status == STATUS_OK) {
        status = part_begin(ts, &part, args[0]);
    }
    if (status == STATUS_OK) {
        *out = kind == FIND_COUNT ? 0 : -1;
        if (from <= to) {
            const uint8_t *base = s.data + from;
            int64_t hit =
                kind == FIND_COUNT
                    ? (int64_t)text_count(base, to - from, part.data, part.size, 1, SIZE_MAX)
                : kind == FIND_LAST ? text_find_last(base, to - from, part.data, part.size, 1)
                                    : text_find(base, to - from, part.data, part.size, 1);
            *out = hit < 0 || kind == FIND_COUNT ? hit : hit + (int64_t)from;
        }
        buffer_release(ts, &part.view);
    }
    span_end(&s);
    return status;
}

#define FIND_METHOD(name, kind, must_be_found)                                                     \
    Ref bytes_method_##name(CALL_PARAMETERS)                                                       \
    {                                                                                              \
        int64_t i;                                                                                 \
        if (find_part(ts, #name, self, args, count, names, kind, &i) == STATUS_ERROR) {            \
            return NO_REF;                                                                         \
        }                                                                                          \
        if (must_be_found && i < 0) {                                                              \
            return raise(ts, EXC_ValueError, "subsection not found");                              \
        }                                                                                          \
        return REF_OF(small_int(i));                                                               \
    }
FIND_METHOD(find, FIND_FIRST, false)
FIND_METHOD(rfind, FIND_LAST, false)
FIND_METHOD(index, FIND_FIRST, true)
FIND_METHOD(rindex, FIND_LAST, true)
FIND_METHOD(count, FIND_COUNT, false)

static Truth has_end(ThreadState *ts, const Span *s, Value affix, size_t from, size_t to,
                     bool at_end)
{
    BufferView part;
    if (buffer_get_brief(ts, affix, &part) == STATUS_ERROR) {
        return TRUTH_ERROR;
    }
    bool truth = from <= to && part.size <= to - from &&
                 memcmp(s->data + (at_end ? to - part.size : from), part.data, part.size) == 0;
    buffer_release(ts, &part);
    return truth;
}

static Ref has_affix(ThreadState *ts, const char *function, Value self, const Value *args,
                     size_t count, Value names, bool at_end)
{
    Span s;
    size_t from, to;
    span_begin(ts, &s, self);
    Truth truth = TRUTH_ERROR;
    if (find_arguments(ts, function, self, args, count, names, s.size, &from, &to) == STATUS_OK) {
        if (value_is_tuple(args[0])) {
            truth = TRUTH_FALSE;
            for (size_t i = 0; i < tuple_count(args[0]) && truth == TRUTH_FALSE; i++) {
                truth = has_end(ts, &s, tuple_item(args[0], i), from, to, at_end);
            }
        } else if (!value_is_bytes(args[0]) && type_of(args[0])->slots.buffer == NULL) {
            (void)raise(ts, EXC_TypeError,
                        "%s first arg must be bytes or a tuple of bytes, not %.100s", function,
                        type_name(type_of(args[0])));
        } else {
            truth = has_end(ts, &s, args[0], from, to, at_end);
        }
    }
    span_end(&s);
    return truth == TRUTH_ERROR ? NO_REF : REF_OF(bool_value(truth == TRUTH_TRUE));
}

Ref bytes_method_startswith(CALL_PARAMETERS)
{
    return has_affix(ts, "startswith", self, args, count, names, false);
}
Ref bytes_method_endswith(CALL_PARAMETERS)
{
    return has_affix(ts, "endswith", self, args, count, names, true);
}

static Ref slice_of(ThreadState *ts, Value self, const Span *s, size_t from, size_t to)
{
    if (from == 0 && to == s->size && value_is_exactly(self, KIND_BYTES)) {
        return ref_new(self);
    }
    return bytes_like_new(ts, self, s->data + from, to - from);
}

static Ref remove_affix(ThreadState *ts, Value self, Value affix, bool at_end)
{
    Span s;
    span_begin(ts, &s, self);
    Ref result = NO_REF;
    BufferView part;
    if (buffer_get_brief(ts, affix, &part) == STATUS_OK) {
        size_t n = part.size;
        bool found = n <= s.size && memcmp(s.data + (at_end ? s.size - n : 0), part.data, n) == 0;
        n = found ? n : 0;
        result = slice_of(ts, self, &s, at_end ? 0 : n, at_end ? s.size - n : s.size);
        buffer_release(ts, &part);
    }
    span_end(&s);
    return result;
}
Ref bytes_method_removeprefix(ThreadState *ts, Value self, const Value *args)
{
    return remove_affix(ts, self, args[0], false);
}
Ref bytes_method_removesuffix(ThreadState *ts, Value self, const Value *args)
{
    return remove_affix(ts, self, args[0], true);
}

static Ref strip(ThreadState *ts, Value self, Value what, bool left, bool right)
{
    bool spaces = is_no_value(what) || value_is_none(what);
    BufferView set = {.owner = NO_REF, .data = (uint8_t *)" \t\n\r\v\f", .size = 6};
    if (!spaces && buffer_get_brief(ts, what, &set) == STATUS_ERROR) {
        return NO_REF;
    }
    Span s;
    span_begin(ts, &s, self);
    size_t from = 0, to = s.size;
    while (left && from < to && memchr(set.data, s.data[from], set.size) != NULL) {
        from++;
    }
    while (right && from < to && memchr(set.data, s.data[to - 1], set.size) != NULL) {
        to--;
    }
    Ref result = slice_of(ts, self, &s, from, to);
    span_end(&s);
    buffer_release(ts, &set);
    return result;
}
Ref bytes_method_strip(ThreadState *ts, Value self, const Value *args)
{
    return strip(ts, self, args[0], true, true);
}
Ref bytes_method_lstrip(ThreadState *ts, Value self, const Value *args)
{
    return strip(ts, self, args[0], true, false);
}
Ref bytes_method_rstrip(ThreadState *ts, Value self, const Value *args)
{
    return strip(ts, self, args[0], false, true);
}

// --- Padding -------------------------------------------------------------------------------------

static Ref pad(ThreadState *ts, Value self, const Span *s, size_t left, size_t right, uint8_t fill)
{
    if (left + right == 0) {
        return slice_of(ts, self, s, 0, s->size);
    }
    Ref result = bytes_like_new(ts, self, NULL, left + s->size + right);
    if (!is_error(result)) {
        uint8_t *out = made_data(result.v);
        memset(out, fill, left);
        memcpy(out + left, s->data, s->size);
        memset(out + left + s->size, fill, right);
    }
    return result;
}

static Ref align(ThreadState *ts, const char *function, Value self, const Value *args, int side)
{
    int64_t width;
    uint8_t fill = ' ';
    if (argument_size(ts, args[0], &width) == STATUS_ERROR) {
        return NO_REF;
    }
    if (!is_no_value(args[1])) {
        Span one = {.data = NULL};
        if (value_is_bytes(args[1]) || value_is_bytearray(args[1])) {
            span_begin(ts, &one, args[1]);
            fill = one.size > 0 ? one.data[0] : 0;
            span_end(&one);
        }
        if (one.size != 1) {
            return raise(ts, EXC_TypeError,
                         "%s() argument 2 must be a byte string of length 1, not %.50s", function,
                         type_name(type_of(args[1])));
        }
    }
    Span s;
    span_begin(ts, &s, self);
    size_t margin = width > (int64_t)s.size ? (size_t)width - s.size : 0;
    size_t left = side < 0 ? 0 : side > 0 ? margin : margin / 2 + (margin & (size_t)width & 1);
    Ref result =
        margin > BYTES_MAX ? raise_no_memory(ts) : pad(ts, self, &s, left, margin - left, fill);
    span_end(&s);
    return result;
}
Ref bytes_method_center(ThreadState *ts, Value self, const Value *args)
{
    return align(ts, "center", self, args, 0);
}
Ref bytes_method_ljust(ThreadState *ts, Value self, const Value *args)
{
    return align(ts, "ljust", self, args, -1);
}
Ref bytes_method_rjust(ThreadState *ts, Value self, const Value *args)
{
    return align(ts, "rjust", self, args, 1);
}

Ref bytes_method_zfill(ThreadState *ts, Value self, const Value *args)
{
    int64_t width;
    if (argument_size(ts, args[0], &width) == STATUS_ERROR) {
        return NO_REF;
    }
    Span s;
    span_begin(ts, &s, self);
    size_t fill = width > (int64_t)s.size ? (size_t)width - s.size : 0;
    Ref result = fill > BYTES_MAX ? raise_no_memory(ts) : pad(ts, self, &s, fill, 0, '0');
    if (!is_error(result) && fill > 0 && s.size > 0 && (s.data[0] == '+' || s.data[0] == '-')) {
        made_data(result.v)[0] = s.data[0];
        made_data(result.v)[fill] = '0';
    }
    span_end(&s);
    return result;
}

Ref bytes_method_expandtabs(ThreadState *ts, Value self, const Value *args)
{
    int64_t tab = 8;
    if (!is_no_value(args[0]) && argument_size(ts, args[0], &tab) == STATUS_ERROR) {
        return NO_REF;
    }
    if (tab > INT32_MAX || tab < INT32_MIN) {
        return raise(ts, EXC_OverflowError, "Python int too large to convert to C int");
    }
    Span s;
    span_begin(ts, &s, self);
    Ref result = NO_REF;
    uint8_t *out = NULL;
    for (int pass = 0; pass < 2; pass++) {
        size_t column = 0, k = 0;
        for (size_t i = 0; i < s.size; i++) {
            uint8_t c = s.data[i];
            size_t step = c != '\t' ? 1 : tab > 0 ? (size_t)tab - column % (size_t)tab : 0;
            if (pass == 1) {
                memset(out + k, c == '\t' ? ' ' : c, step);
            }
            k += step;
            column = c == '\n' || c == '\r' ? 0 : column + step;
        }
        if (pass == 0) {
            result = bytes_like_new(ts, self, NULL, k);
            if (is_error(result)) {
                break;
            }
            out = made_data(result.v);
        }
    }
    span_end(&s);
    return result;
}

// --- Letters -------------------------------------------------------------------------------------

typedef uint8_t (*ByteMapping)(uint8_t c, bool *state);
static uint8_t map_lower(uint8_t c, bool *state) { return ascii_is_upper(c) ? c | 32 : c; }
static uint8_t map_upper(uint8_t c, bool *state) { return ascii_is_lower(c) ? c & 0xDF : c; }
static uint8_t map_swap(uint8_t c, bool *state) { return ascii_is_alpha(c) ? c ^ 32 : c; }
static uint8_t map_title(uint8_t c, bool *was_letter)
{
    uint8_t out = *was_letter ? map_lower(c, NULL) : map_upper(c, NULL);
    *was_letter = ascii_is_alpha(c);
    return out;
}
static uint8_t map_capital(uint8_t c, bool *is_later)
{
    uint8_t out = *is_later ? map_lower(c, NULL) : map_upper(c, NULL);
    *is_later = true;
    return out;
}

static Ref map_bytes(ThreadState *ts, Value self, ByteMapping mapping)
{
    Span s;
    span_begin(ts, &s, self);
    Ref result = bytes_like_new(ts, self, NULL, s.size);
    if (!is_error(result)) {
        uint8_t *out = made_data(result.v);
        bool state = false;
        for (size_t i = 0; i < s.size; i++) {
            out[i] = mapping(s.data[i], &state);
        }
    }
    span_end(&s);
    return result;
}
#define MAP_METHOD(name, mapping)                                                                  \
    Ref bytes_method_##name(ThreadState *ts, Value self, const Value *args)                        \
    {                                                                                              \
        return map_bytes(ts, self, mapping);                                                       \
    }
MAP_METHOD(lower, map_lower)
MAP_METHOD(upper, map_upper)
MAP_METHOD(swapcase, map_swap)
MAP_METHOD(title, map_title)
MAP_METHOD(capitalize, map_capital)

static bool is_space(uint8_t c) { return c == ' ' || (c >= 9 && c <= 13); }
static bool is_letter(uint8_t c) { return ascii_is_alpha(c); }
static bool is_digit(uint8_t c) { return ascii_is_digit(c); }
static bool is_either(uint8_t c) { return ascii_is_alpha(c) || ascii_is_digit(c); }
static bool is_ascii(uint8_t c) { return c < 128; }

static Ref all_are(ThreadState *ts, Value self, bool (*test)(uint8_t), bool if_empty)
{
    Span s;
    span_begin(ts, &s, self);
    bool truth = s.size > 0 || if_empty;
    for (size_t i = 0; i < s.size && truth; i++) {
        truth = test(s.data[i]);
    }
    span_end(&s);
    return REF_OF(bool_value(truth));
}
#define QUESTION(name, test, if_empty)                                                             \
    Ref bytes_method_##name(ThreadState *ts, Value self, const Value *args)                        \
    {                                                                                              \
        return all_are(ts, self, test, if_empty);                                                  \
    }
QUESTION(isalpha, is_letter, false)
QUESTION(isdigit, is_digit, false)
QUESTION(isalnum, is_either, false)
QUESTION(isspace, is_space, false)
QUESTION(isascii, is_ascii, true)

// want: which case; title: words begin with upper case.
static Ref cases_are(ThreadState *ts, Value self, bool want_lower, bool title)
{
    Span s;
    span_begin(ts, &s, self);
    bool any = false, truth = true, was_letter = false;
    for (size_t i = 0; i < s.size && truth; i++) {
        uint8_t c = s.data[i];
        bool letter = ascii_is_alpha(c);
        if (letter) {
            any = true;
            truth = ascii_is_lower(c) == (title ? was_letter : want_lower);
        }
        was_letter = letter;
    }
    span_end(&s);
    return REF_OF(bool_value(truth && any));
}
Ref bytes_method_islower(ThreadState *ts, Value self, const Value *args)
{
    return cases_are(ts, self, true, false);
}
Ref bytes_method_isupper(ThreadState *ts, Value self, const Value *args)
{
    return cases_are(ts, self, false, false);
}
Ref bytes_method_istitle(ThreadState *ts, Value self, const Value *args)
{
    return cases_are(ts, self, false, true);
}

// --- Tables, text, hexadecimal -------------------------------------------------------------------

Ref bytes_method_maketrans(ThreadState *ts, Value self, const Value *args)
{
    BufferView from, to;
    if (buffer_get_brief(ts, args[0], &from) == STATUS_ERROR) {
        return NO_REF;
    }
    if (buffer_get_brief(ts, args[1], &to) == STATUS_ERROR) {
        buffer_release(ts, &from);
        return NO_REF;
    }
    Ref table = NO_REF;
    if (from.size != to.size) {
        table = raise(ts, EXC_ValueError, "maketrans arguments must have same length");
    } else {
        table = bytes_new(ts, NULL, 256);
        for (unsigned i = 0; i < 256 && !is_error(table); i++) {
            made_data(table.v)[i] = (uint8_t)i;
        }
        for (size_t i = 0; i < from.size && !is_error(table); i++) {
            made_data(table.v)[from.data[i]] = to.data[i];
        }
    }
    buffer_release(ts, &to);
    buffer_release(ts, &from);
    return table;
}

Ref bytes_method_translate(ThreadState *ts, Value self, const Value *args)
{
    uint8_t table[256];
    bool deleted[256] = {false};
    for (unsigned i = 0; i < 256; i++) {
        table[i] = (uint8_t)i;
    }
    BufferView view;
    if (!value_is_none(args[0])) {
        if (buffer_get_brief(ts, args[0], &view) == STATUS_ERROR) {
            return NO_REF;
        }
        bool fits = view.size == 256;
        if (fits) {
            memcpy(table, view.data, 256);
        }
        buffer_release(ts, &view);
        if (!fits) {
            return raise(ts, EXC_ValueError, "translation table must be 256 characters long");
        }
    }
    if (!is_no_value(args[1])) {
        if (buffer_get_brief(ts, args[1], &view) == STATUS_ERROR) {
            return NO_REF;
        }
        for (size_t i = 0; i < view.size; i++) {
            deleted[view.data[i]] = true;
        }
        buffer_release(ts, &view);
    }
    Span s;
    span_begin(ts, &s, self);
    size_t kept = 0;
    for (size_t i = 0; i < s.size; i++) {
        kept += !deleted[s.data[i]];
    }
    Ref result = bytes_like_new(ts, self, NULL, kept);
    if (!is_error(result)) {
        uint8_t *out = made_data(result.v);
        for (size_t i = 0; i < s.size; i++) {
            if (!deleted[s.data[i]]) {
                *out++ = table[s.data[i]];
            }
        }
    }
    span_end(&s);
    return result;
}

Ref bytes_method_decode(ThreadState *ts, Value self, const Value *args)
{
    const char *names[2] = {"utf-8", NULL};
    if (codec_names(ts, "decode", args[0], args[1], names) == STATUS_ERROR) {
        return NO_REF;
    }
    Span s;
    span_begin(ts, &s, self);
    Ref text = str_decode(ts, s.data, s.size, names[0], names[1]);
    span_end(&s);
    return text;
}

Ref bytes_hex(ThreadState *ts, const uint8_t *data, size_t size, const Value *args)
{
    static const char digits[] = "0123456789abcdef";
    int64_t group = 1;
    uint32_t sep = 0;
    if (!is_no_value(args[1]) && argument_size(ts, args[1], &group) == STATUS_ERROR) {
        return NO_REF;
    }
    if (!is_no_value(args[0])) {
        int64_t length = object_length(ts, args[0]);
        if (length < 0) {
            return NO_REF;
        }
        if (length != 1) {
            return raise(ts, EXC_ValueError, "sep must be length 1.");
        }
        if (!value_is_str(args[0]) && !value_is_bytes(args[0])) {
            return raise(ts, EXC_TypeError, "sep must be str or bytes.");
        }
        sep = value_is_str(args[0]) ? str_char(str_from(args[0]), 0) : bytes_from(args[0])->data[0];
        if (sep > 127) {
            return raise(ts, EXC_ValueError, "sep must be ASCII.");
        }
    }
    bool from_left = group < 0;
    size_t each = (size_t)(group < 0 ? -group : group);
    size_t seps = is_no_value(args[0]) || each == 0 || size == 0 ? 0 : (size - 1) / each;
    Ref result = str_new(ts, size * 2 + seps, 0x7F);
    if (is_error(result)) {
        return NO_REF;
    }
    uint8_t *out = size > 0 ? str_from(result.v)->data : NULL;
    for (size_t i = 0; i < size; i++) {
        size_t done = from_left ? i : size - i;
        if (i > 0 && seps > 0 && done % each == 0) {
            *out++ = (uint8_t)sep;
        }
        *out++ = (uint8_t)digits[data[i] >> 4];
        *out++ = (uint8_t)digits[data[i] & 15];
    }
    return result;
}

Ref bytes_method_hex(ThreadState *ts, Value self, const Value *args)
{
    Span s;
    span_begin(ts, &s, self);
    Ref text = bytes_hex(ts, s.data, s.size, args);
    span_end(&s);
    return text;
}

static int hex_digit(uint32_t c)
{
    return c - '0' < 10 ? (int)c - '0' : (c | 32) - 'a' < 6 ? (int)(c | 32) - 'a' + 10 : -1;
}

Ref bytes_method_fromhex(ThreadState *ts, Value self, const Value *args)
{
    if (!value_is_str(args[0])) {
        return raise(ts, EXC_TypeError, "fromhex() argument must be str, not %.50s",
                     type_name(type_of(args[0])));
    }
    const Str *text = str_from(args[0]);
    uint8_t *data = raw_alloc(ts, text->length / 2 + 1);
    if (data == NULL) {
        return NO_REF;
    }
    size_t n = 0, i = 0, bad = SIZE_MAX;
    while (i < text->length) {
        uint32_t c = str_char(text, i);
        if (c < 128 && is_space((uint8_t)c)) {
            i++;
            continue;
        }
        int high = hex_digit(c), low = i + 1 < text->length ? hex_digit(str_char(text, i + 1)) : -1;
        if (high < 0 || low < 0) {
            bad = high < 0 ? i : i + 1;
            break;
        }
        data[n++] = (uint8_t)(high << 4 | low);
        i += 2;
    }
    Ref made = NO_REF;
    Type *type = type_from(self);
    if (bad != SIZE_MAX) {
        (void)raise(ts, EXC_ValueError,
                    "non-hexadecimal number found in fromhex() arg at position %zu", bad);
    } else if (type == TYPE_OF_KIND(BYTEARRAY)) {
        made = bytearray_new(ts, data, n);
    } else {
        made = bytes_new(ts, data, n);
    }
    raw_free(ts, data);
    if (is_error(made) || type == TYPE_OF_KIND(BYTES) || type == TYPE_OF_KIND(BYTEARRAY)) {
        return made;
    }
    Ref converted = object_call1(ts, self, made.v);
    ref_drop(&made);
    return converted;
}
