// str: searching, padding, stripping, subscripts, and the table of methods.
//
// Methods that CPython binds by hand (find and its like) are raw: their messages differ.
#include "core/object/str_methods.h"

#include "core/object/bytes.h"
#include "core/object/codec.h"
#include "core/object/dict.h"
#include "core/object/int.h"
#include "core/object/sequences.h"
#include "core/object/str_internal.h"
#include "core/object/tuple.h"
#include "core/object/unicode.h"

// --- Arguments -----------------------------------------------------------------------------------

bool argument_is_str(ThreadState *ts, const char *function, int position, Value v)
{
    if (LIKELY(value_is_str(v))) {
        return true;
    }
    (void)raise(ts, EXC_TypeError, "%s() argument %d must be str, not %.50s", function, position,
                type_name(type_of(v)));
    return false;
}

Truth argument_flag(ThreadState *ts, Value v)
{
    int64_t i;
    if (value_is_bool(v)) {
        return v.bits == VALUE_TRUE.bits;
    }
    if (type_of(v)->slots.index == NULL) {
        (void)raise(ts, EXC_TypeError, "'%.200s' object cannot be interpreted as an integer",
                    type_name(type_of(v)));
        return TRUTH_ERROR;
    }
    return index_clamp(ts, v, &i) == STATUS_ERROR ? TRUTH_ERROR : i != 0;
}

static Status index_argument(ThreadState *ts, Value v, const char *format, int64_t *out)
{
    if (LIKELY(value_is_small_int(v))) {
        *out = small_int_get(v);
        return STATUS_OK;
    }
    OWNED Ref index = object_index(ts, v);
    if (is_error(index)) {
        return STATUS_ERROR;
    }
    return int_to_i64(index.v, out)
               ? STATUS_OK
               : raise_status(ts, EXC_OverflowError, format, type_name(type_of(v)));
}

Status argument_size(ThreadState *ts, Value v, int64_t *out)
{
    return index_argument(ts, v, "Python int too large to convert to C ssize_t", out);
}

Status argument_count(ThreadState *ts, Value v, int64_t *out)
{
    return index_argument(ts, v, "cannot fit '%.200s' into an index-sized integer", out);
}

static Status slice_index(ThreadState *ts, Value v, int64_t *out)
{
    if (is_no_value(v) || value_is_none(v)) {
        return STATUS_OK;
    }
    if (LIKELY(value_is_small_int(v))) {
        *out = small_int_get(v);
        return STATUS_OK;
    }
    if (type_of(v)->slots.index == NULL) {
        return raise_status(ts, EXC_TypeError,
                            "slice indices must be integers or None or have an __index__ method");
    }
    return index_clamp(ts, v, out);
}

Status range_arguments(ThreadState *ts, Value start, Value end, size_t length, size_t *from,
                       size_t *to)
{
    int64_t a = 0, b = INT64_MAX, n = (int64_t)length;
    if (slice_index(ts, start, &a) == STATUS_ERROR || slice_index(ts, end, &b) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    b = b > n ? n : b < 0 ? MAX_OF(b + n, 0) : b;
    a = a < 0 ? MAX_OF(a + n, 0) : a;
    *from = (size_t)a;
    *to = (size_t)b;
    return STATUS_OK;
}

// Binds sub[, start[, end]]. The range may come out empty or reversed (from > to).
static Status find_arguments(ThreadState *ts, const char *function, Value self, const Value *args,
                             size_t count, Value names, size_t *from, size_t *to)
{
    if (UNLIKELY(!is_no_value(names) && tuple_count(names) > 0)) {
        return raise_status(ts, EXC_TypeError, "str.%s() takes no keyword arguments", function);
    }
    if (UNLIKELY(count < 1 || count > 3)) {
        return raise_status(ts, EXC_TypeError, "%s() takes at %s %d argument%s (%zu given)",
                            function, count < 1 ? "least" : "most", count < 1 ? 1 : 3,
                            count < 1 ? "" : "s", count);
    }
    if (count == 1) {
        *from = 0;
        *to = str_length(self);
        return STATUS_OK;
    }
    return range_arguments(ts, args[1], count > 2 ? args[2] : NO_VALUE, str_length(self), from, to);
}

static Status find_part(ThreadState *ts, const char *function, Value self, const Value *args,
                        size_t count, Value names, bool last, int64_t *out)
{
    size_t from, to;
    if (find_arguments(ts, function, self, args, count, names, &from, &to) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    if (UNLIKELY(!value_is_str(args[0]))) {
        return raise_status(ts, EXC_TypeError, "must be str, not %.100s",
                            type_name(type_of(args[0])));
    }
    *out = last ? str_find_last(self, args[0], from, to) : str_find(self, args[0], from, to);
    return STATUS_OK;
}

static Ref str_method_find(CALL_PARAMETERS)
{
    int64_t i;
    return find_part(ts, "find", self, args, count, names, false, &i) == STATUS_ERROR
               ? NO_REF
               : REF_OF(small_int(i));
}
static Ref str_method_rfind(CALL_PARAMETERS)
{
    int64_t i;
    return find_part(ts, "rfind", self, args, count, names, true, &i) == STATUS_ERROR
               ? NO_REF
               : REF_OF(small_int(i));
}
static Ref index_or_raise(ThreadState *ts, int64_t i)
{
    return i < 0 ? raise(ts, EXC_ValueError, "substring not found") : REF_OF(small_int(i));
}
static Ref str_method_index(CALL_PARAMETERS)
{
    int64_t i;
    return find_part(ts, "index", self, args, count, names, false, &i) == STATUS_ERROR
               ? NO_REF
               : index_or_raise(ts, i);
}
static Ref str_method_rindex(CALL_PARAMETERS)
{
    int64_t i;
    return find_part(ts, "rindex", self, args, count, names, true, &i) == STATUS_ERROR
               ? NO_REF
               : index_or_raise(ts, i);
}

static Ref str_method_count(CALL_PARAMETERS)
{
    size_t from, to;
    if (find_arguments(ts, "count", self, args, count, names, &from, &to) == STATUS_ERROR) {
        return NO_REF;
    }
    if (!value_is_str(args[0])) {
        return raise(ts, EXC_TypeError, "must be str, not %.100s", type_name(type_of(args[0])));
    }
    Str *s = str_from(self);
    Needle needle;
    if (from > to) {
        return REF_OF(small_int(0));
    }
    if (needle_prepare(ts, &needle, str_from(args[0]), str_width(s)) == STATUS_ERROR) {
        return NO_REF;
    }
    size_t found = 0;
    if (!needle.is_impossible) {
        unsigned width = str_width(s);
        found = text_count(s->data + from * width, to - from, needle.data, needle.count, width,
                           SIZE_MAX);
    }
    needle_end(ts, &needle);
    return REF_OF(small_int((int64_t)found));
}

// --- Prefix and suffix ---------------------------------------------------------------------------

static bool matches_at(const Str *s, const Str *part, size_t i)
{
    unsigned width = str_width(s), own = str_width(part);
    if (width == own) {
        return memcmp(s->data + i * width, part->data, part->length * width) == 0;
    }
    if (own > width) {
        return part->length == 0;
    }
    for (size_t n = 0; n < part->length; n++) {
        if (text_char(s->data, width, i + n) != text_char(part->data, own, n)) {
            return false;
        }
    }
    return true;
}

static bool has_end(Value self, Value part, size_t from, size_t to, bool at_end)
{
    size_t n = str_length(part);
    return from <= to && n <= to - from &&
           matches_at(str_from(self), str_from(part), at_end ? to - n : from);
}

static Ref has_affix(ThreadState *ts, const char *function, Value self, const Value *args,
                     size_t count, Value names, bool at_end)
{
    size_t from, to;
    if (find_arguments(ts, function, self, args, count, names, &from, &to) == STATUS_ERROR) {
        return NO_REF;
    }
    if (LIKELY(value_is_str(args[0]))) {
        return REF_OF(bool_value(has_end(self, args[0], from, to, at_end)));
    }
    if (!value_is_tuple(args[0])) {
        return raise(ts, EXC_TypeError, "%s first arg must be str or a tuple of str, not %.100s",
                     function, type_name(type_of(args[0])));
    }
    for (size_t i = 0; i < tuple_count(args[0]); i++) {
        Value part = tuple_item(args[0], i);
        if (!value_is_str(part)) {
            return raise(ts, EXC_TypeError, "tuple for %s must only contain str, not %.100s",
                         function, type_name(type_of(part)));
        }
        if (has_end(self, part, from, to, at_end)) {
            return REF_OF(VALUE_TRUE);
        }
    }
    return REF_OF(VALUE_FALSE);
}

static Ref str_method_startswith(CALL_PARAMETERS)
{
    return has_affix(ts, "startswith", self, args, count, names, false);
}
static Ref str_method_endswith(CALL_PARAMETERS)
{
    return has_affix(ts, "endswith", self, args, count, names, true);
}

static Ref str_method_removeprefix(ThreadState *ts, Value self, const Value *args)
{
    if (!value_is_str(args[0])) {
        return raise(ts, EXC_TypeError, "removeprefix() argument must be str, not %.50s",
                     type_name(type_of(args[0])));
    }
    size_t n = str_length(self);
    size_t cut = has_end(self, args[0], 0, n, false) ? str_length(args[0]) : 0;
    return str_substring(ts, self, cut, n);
}
static Ref str_method_removesuffix(ThreadState *ts, Value self, const Value *args)
{
    if (!value_is_str(args[0])) {
        return raise(ts, EXC_TypeError, "removesuffix() argument must be str, not %.50s",
                     type_name(type_of(args[0])));
    }
    size_t n = str_length(self);
    size_t cut = has_end(self, args[0], 0, n, true) ? str_length(args[0]) : 0;
    return str_substring(ts, self, 0, n - cut);
}

// --- Stripping and padding -----------------------------------------------------------------------

static Ref strip(ThreadState *ts, const char *function, Value self, Value what, bool left,
                 bool right)
{
    const Str *s = str_from(self);
    unsigned width = str_width(s);
    size_t from = 0, to = s->length;
    if (is_no_value(what) || value_is_none(what)) {
        while (left && from < to && unicode_is_space(text_char(s->data, width, from))) {
            from++;
        }
        while (right && from < to && unicode_is_space(text_char(s->data, width, to - 1))) {
            to--;
        }
    } else if (value_is_str(what)) {
        const Str *set = str_from(what);
        while (left && from < to &&
               str_find_char(set, text_char(s->data, width, from), 0, set->length) >= 0) {
            from++;
        }
        while (right && from < to &&
               str_find_char(set, text_char(s->data, width, to - 1), 0, set->length) >= 0) {
            to--;
        }
    } else {
        return raise(ts, EXC_TypeError, "%s arg must be None or str", function);
    }
    return str_substring(ts, self, from, to);
}

static Ref str_method_strip(ThreadState *ts, Value self, const Value *args)
{
    return strip(ts, "strip", self, args[0], true, true);
}
static Ref str_method_lstrip(ThreadState *ts, Value self, const Value *args)
{
    return strip(ts, "lstrip", self, args[0], true, false);
}
static Ref str_method_rstrip(ThreadState *ts, Value self, const Value *args)
{
    return strip(ts, "rstrip", self, args[0], false, true);
}

static Ref pad(ThreadState *ts, Value self, size_t left, size_t right, uint32_t fill)
{
    if (left == 0 && right == 0) {
        return str_exact(ts, self);
    }
    const Str *s = str_from(self);
    if (left > STR_LENGTH_MAX - s->length || right > STR_LENGTH_MAX - s->length - left) {
        return raise(ts, EXC_OverflowError, "padded string is too long");
    }
    uint32_t max_char = MAX_OF(char_class(fill), str_max_char(s));
    Ref result = str_new(ts, left + s->length + right, max_char);
    if (is_error(result)) {
        return NO_REF;
    }
    uint8_t *out = str_from(result.v)->data;
    unsigned width = width_of_char(max_char);
    if (width == 1) {
        memset(out, (int)fill, left);
        memset(out + left + s->length, (int)fill, right);
    } else {
        for (size_t i = 0; i < left; i++) {
            text_set(out, width, i, fill);
        }
        for (size_t i = 0; i < right; i++) {
            text_set(out, width, left + s->length + i, fill);
        }
    }
    text_copy(out + left * width, width, s->data, str_width(s), s->length);
    return result;
}

static Ref align(ThreadState *ts, Value self, const Value *args, int side)
{
    int64_t width;
    uint32_t fill = ' ';
    if (argument_size(ts, args[0], &width) == STATUS_ERROR) {
        return NO_REF;
    }
    if (!is_no_value(args[1])) {
        if (!value_is_str(args[1])) {
            return raise(ts, EXC_TypeError,
                         "The fill character must be a unicode character, not %.100s",
                         type_name(type_of(args[1])));
        }
        if (str_length(args[1]) != 1) {
            return raise(ts, EXC_TypeError,
                         "The fill character must be exactly one character long");
        }
        fill = str_char(str_from(args[1]), 0);
    }
    int64_t length = (int64_t)str_length(self);
    if (width <= length) {
        return str_exact(ts, self);
    }
    size_t margin = (size_t)(width - length);
    size_t left = side < 0 ? 0 : side > 0 ? margin : margin / 2 + (margin & (size_t)width & 1);
    return pad(ts, self, left, margin - left, fill);
}
static Ref str_method_center(ThreadState *ts, Value self, const Value *args)
{
    return align(ts, self, args, 0);
}
static Ref str_method_ljust(ThreadState *ts, Value self, const Value *args)
{
    return align(ts, self, args, -1);
}
static Ref str_method_rjust(ThreadState *ts, Value self, const Value *args)
{
    return align(ts, self, args, 1);
}

static Ref str_method_zfill(ThreadState *ts, Value self, const Value *args)
{
    int64_t width, length = (int64_t)str_length(self);
    if (argument_size(ts, args[0], &width) == STATUS_ERROR) {
        return NO_REF;
    }
    if (width <= length) {
        return str_exact(ts, self);
    }
    size_t fill = (size_t)(width - length);
    Ref result = pad(ts, self, fill, 0, '0');
    if (is_error(result)) {
        return NO_REF;
    }
    Str *s = str_from(result.v);
    uint32_t sign = length > 0 ? str_char(s, fill) : 0;
    if (sign == '+' || sign == '-') {
        text_set(s->data, str_width(s), 0, sign);
        text_set(s->data, str_width(s), fill, '0');
    }
    return result;
}

static Ref str_method_expandtabs(ThreadState *ts, Value self, const Value *args)
{
    int64_t tab = 8;
    if (!is_no_value(args[0]) && argument_size(ts, args[0], &tab) == STATUS_ERROR) {
        return NO_REF;
    }
    if (tab > INT32_MAX || tab < INT32_MIN) {
        return raise(ts, EXC_OverflowError, "Python int too large to convert to C int");
    }
    const Str *s = str_from(self);
    StrBuilder b;
    builder_init(&b);
    size_t column = 0;
    for (size_t i = 0; i < s->length; i++) {
        uint32_t c = str_char(s, i);
        Status status;
        if (c == '\t') {
            size_t step = tab > 0 ? (size_t)tab - column % (size_t)tab : 0;
            column += step;
            status = b.length + step > (size_t)INT64_MAX / 16
                         ? raise_status(ts, EXC_OverflowError, "new string is too long")
                         : builder_add_repeat(ts, &b, ' ', step);
        } else {
            column = c == '\n' || c == '\r' ? 0 : column + 1;
            status = builder_add_char(ts, &b, c);
        }
        if (status == STATUS_ERROR) {
            builder_abandon(ts, &b);
            return NO_REF;
        }
    }
    return builder_finish(ts, &b);
}

// --- translate -----------------------------------------------------------------------------------

// What the table says of c: a str to add (*out), one code point (*point), or nothing (deleted).
typedef enum { TRANSLATE_ERROR, TRANSLATE_POINT, TRANSLATE_TEXT, TRANSLATE_NOTHING } Translation;

static Translation translate_one(ThreadState *ts, Value table, uint32_t c, uint32_t *point,
                                 Ref *out)
{
    Ref found = NO_REF;
    *point = c;
    if (value_is_exactly(table, KIND_DICT)) {
        Lookup lookup = dict_get(ts, dict_from(table), small_int(c), &found);
        if (lookup == LOOKUP_ERROR) {
            return TRANSLATE_ERROR;
        }
        if (lookup == LOOKUP_ABSENT) {
            return TRANSLATE_POINT;
        }
    } else {
        found = object_get_item(ts, table, small_int(c));
        if (is_error(found)) {
            return exception_clear_if(ts, EXC_LookupError) ? TRANSLATE_POINT : TRANSLATE_ERROR;
        }
    }
    if (value_is_none(found.v)) {
        return TRANSLATE_NOTHING;
    }
    if (value_is_str(found.v)) {
        *out = found;
        return TRANSLATE_TEXT;
    }
    int64_t i = -1;
    bool is_int = value_is_int(found.v);
    bool fits = is_int && int_to_i64(found.v, &i) && i >= 0 && i <= 0x10FFFF;
    ref_drop(&found);
    if (!is_int) {
        (void)raise(ts, EXC_TypeError, "character mapping must return integer, None or str");
        return TRANSLATE_ERROR;
    }
    if (!fits) {
        (void)raise(ts, EXC_ValueError, "character mapping must be in range(0x110000)");
        return TRANSLATE_ERROR;
    }
    *point = (uint32_t)i;
    return TRANSLATE_POINT;
}

Ref str_method_translate(ThreadState *ts, Value self, const Value *args)
{
    const Str *s = str_from(self);
    uint8_t known[128]; // ASCII to ASCII, 0xFF: not asked yet
    memset(known, 0xFF, sizeof known);
    StrBuilder b;
    builder_init(&b);
    for (size_t i = 0; i < s->length; i++) {
        uint32_t c = str_char(s, i), point;
        if (c < 128 && known[c] != 0xFF) {
            if (LIKELY(b.width == 1 && b.length < b.capacity)) {
                b.data[b.length++] = known[c];
                continue;
            }
            if (builder_add_char(ts, &b, known[c]) == STATUS_ERROR) {
                goto fail;
            }
            continue;
        }
        Ref text = NO_REF;
        Status status = STATUS_OK;
        switch (translate_one(ts, args[0], c, &point, &text)) {
        case TRANSLATE_ERROR:
            goto fail;
        case TRANSLATE_POINT:
            if (c < 128 && point < 128) {
                known[c] = (uint8_t)point;
            }
            status = builder_add_char(ts, &b, point);
            break;
        case TRANSLATE_TEXT: {
            if (c < 128 && str_length(text.v) == 1 && str_char(str_from(text.v), 0) < 128) {
                known[c] = (uint8_t)str_char(str_from(text.v), 0);
            }
            status = builder_add(ts, &b, text.v);
            ref_drop(&text);
            break;
        }
        case TRANSLATE_NOTHING:
            break;
        }
        if (status == STATUS_ERROR) {
            goto fail;
        }
    }
    return builder_finish(ts, &b);
fail:
    builder_abandon(ts, &b);
    return NO_REF;
}

static Ref maketrans_from_dict(ThreadState *ts, Value from)
{
    if (!value_is_exactly(from, KIND_DICT)) {
        return raise(ts, EXC_TypeError,
                     "if you give only one argument to maketrans it must be a dict");
    }
    OWNED Ref table = dict_new(ts);
    if (is_error(table)) {
        return NO_REF;
    }
    size_t position = 0;
    Ref next_key, next_value;
    while (dict_next(ts, dict_from(from), &position, &next_key, &next_value)) {
        OWNED Ref key = next_key;
        OWNED Ref value = next_value;
        Value number = key.v;
        if (value_is_str(key.v)) {
            if (str_length(key.v) != 1) {
                return raise(ts, EXC_ValueError,
                             "string keys in translate table must be of length 1");
            }
            number = small_int(str_char(str_from(key.v), 0));
        } else if (!value_is_int(key.v)) {
            return raise(ts, EXC_TypeError, "keys in translate table must be strings or integers");
        }
        if (dict_set(ts, dict_from(table.v), number, value.v) == STATUS_ERROR) {
            return NO_REF;
        }
    }
    return ref_take(&table);
}

Ref str_method_maketrans(ThreadState *ts, Value self, const Value *args)
{
    if (is_no_value(args[1])) {
        return maketrans_from_dict(ts, args[0]);
    }
    if (!value_is_str(args[1])) {
        return raise(ts, EXC_TypeError, "maketrans() argument 2 must be str, not %.50s",
                     type_name(type_of(args[1])));
    }
    if (!value_is_str(args[0])) {
        return raise(ts, EXC_TypeError,
                     "first maketrans argument must be a string if there is a second argument");
    }
    if (!is_no_value(args[2]) && !value_is_str(args[2])) {
        return raise(ts, EXC_TypeError, "maketrans() argument 3 must be str, not %.50s",
                     type_name(type_of(args[2])));
    }
    const Str *from = str_from(args[0]), *to = str_from(args[1]);
    if (from->length != to->length) {
        return raise(ts, EXC_ValueError,
                     "the first two maketrans arguments must have equal length");
    }
    OWNED Ref table = dict_new(ts);
    if (is_error(table)) {
        return NO_REF;
    }
    Dict *d = dict_from(table.v);
    for (size_t i = 0; i < from->length; i++) {
        if (dict_set(ts, d, small_int(str_char(from, i)), small_int(str_char(to, i))) ==
            STATUS_ERROR) {
            return NO_REF;
        }
    }
    for (size_t i = 0; !is_no_value(args[2]) && i < str_length(args[2]); i++) {
        if (dict_set(ts, d, small_int(str_char(str_from(args[2]), i)), VALUE_NONE) ==
            STATUS_ERROR) {
            return NO_REF;
        }
    }
    return ref_take(&table);
}

char *str_numeric_text(ThreadState *ts, const Str *s)
{
    char *ascii = raw_alloc(ts, s->length + 1);
    for (size_t i = 0; ascii != NULL && i < s->length; i++) {
        uint32_t c = str_char(s, i);
        int digit = unicode_decimal_value(c);
        ascii[i] = c < 128               ? (char)c
                   : digit >= 0          ? (char)('0' + digit)
                   : unicode_is_space(c) ? ' '
                                         : '?';
    }
    return ascii;
}

// --- Encoding and the rest -----------------------------------------------------------------------

static Ref str_method_encode(ThreadState *ts, Value self, const Value *args)
{
    const char *names[2] = {"utf-8", NULL};
    if (codec_names(ts, "encode", args[0], args[1], names) == STATUS_ERROR) {
        return NO_REF;
    }
    return str_encode(ts, self, names[0], names[1]);
}

static Ref str_method_getnewargs(ThreadState *ts, Value self, const Value *args)
{
    const Str *s = str_from(self);
    OWNED Ref text = str_from_text(ts, s->data, str_width(s), s->length);
    return is_error(text) ? NO_REF : tuple_pack(ts, 1, text.v);
}

static Ref str_method_dunder_format(ThreadState *ts, Value self, const Value *args)
{
    if (!value_is_str(args[0])) {
        return raise(ts, EXC_TypeError, "__format__() argument must be str, not %.50s",
                     type_name(type_of(args[0])));
    }
    return str_format_value(ts, self, args[0]);
}

static Ref str_method_format_raw(CALL_PARAMETERS)
{
    return str_format_braces(ts, self, args, count, names);
}

static Ref subscript_slice(ThreadState *ts, Value self, Value slice)
{
    const Str *s = str_from(self);
    int64_t start, step, count;
    if (slice_resolve(ts, slice, (int64_t)s->length, &start, &step, &count) == STATUS_ERROR) {
        return NO_REF;
    }
    if (step == 1 || count <= 1) {
        return count <= 0 ? str_empty()
                          : str_substring(ts, self, (size_t)start, (size_t)(start + count));
    }
    unsigned width = str_width(s);
    if (str_is_ascii(s)) {
        Ref result = str_new(ts, (size_t)count, 0x7F);
        if (!is_error(result)) {
            uint8_t *out = str_from(result.v)->data;
            const uint8_t *from = s->data + start;
            if (step == -1) {
                for (int64_t i = 0; i < count; i++) {
                    out[i] = from[-i];
                }
            } else {
                for (int64_t i = 0; i < count; i++) {
                    out[i] = from[i * step];
                }
            }
        }
        return result;
    }
    uint32_t max_char = 0;
    for (int64_t i = 0; i < count; i++) {
        max_char |= text_char(s->data, width, (size_t)(start + i * step));
    }
    max_char = MIN_OF(max_char, 0x10FFFF);
    Ref result = str_new(ts, (size_t)count, max_char);
    if (!is_error(result)) {
        Str *r = str_from(result.v);
        for (int64_t i = 0; i < count; i++) {
            text_set(r->data, str_width(r), (size_t)i,
                     text_char(s->data, width, (size_t)(start + i * step)));
        }
    }
    return result;
}

Ref str_subscript(ThreadState *ts, Value self, Value key)
{
    int64_t i;
    if (LIKELY(value_is_small_int(key))) {
        i = small_int_get(key);
    } else if (value_is_kind(key, KIND_SLICE)) {
        return subscript_slice(ts, self, key);
    } else if (type_of(key)->slots.index == NULL) {
        return raise(ts, EXC_TypeError, "string indices must be integers, not '%.200s'",
                     type_name(type_of(key)));
    } else if (index_get(ts, key, &i) == STATUS_ERROR) {
        return NO_REF;
    }
    const Str *s = str_from(self);
    if (i < 0) {
        i += (int64_t)s->length;
    }
    if (UNLIKELY((uint64_t)i >= s->length)) {
        return raise(ts, EXC_IndexError, "string index out of range");
    }
    return str_from_char(ts, str_char(s, (size_t)i));
}

const NativeDef str_methods[] = {
    NATIVE("encode", str_method_encode, "($self, /, encoding='utf-8', errors='strict')",
           "Encode the string using the codec registered for encoding."),
    NATIVE("replace", str_method_replace, "($self, old, new, count=-1, /)",
           "Return a copy with all occurrences of substring old replaced by new."),
    NATIVE("split", str_method_split, "($self, /, sep=None, maxsplit=-1)",
           "Return a list of the substrings in the string, using sep as the separator string."),
    NATIVE("rsplit", str_method_rsplit, "($self, /, sep=None, maxsplit=-1)",
           "Return a list of the substrings in the string, splitting from the end."),
    NATIVE("join", str_method_join, "($self, iterable, /)", "Concatenate any number of strings."),
    NATIVE("capitalize", str_method_capitalize, "($self, /)",
           "Return a capitalized version of the string."),
    NATIVE("casefold", str_method_casefold, "($self, /)",
           "Return a version of the string suitable for caseless comparisons."),
    NATIVE("title", str_method_title, "($self, /)",
           "Return a version of the string where each word is titlecased."),
    NATIVE("center", str_method_center, "($self, width, fillchar=' ', /)",
           "Return a centered string of length width."),
    NATIVE_RAW("count", str_method_count, "(sub[, start[, end]])",
               "Number of non-overlapping occurrences of sub in the slice."),
    NATIVE("expandtabs", str_method_expandtabs, "($self, /, tabsize=8)",
           "Return a copy where all tab characters are expanded using spaces."),
    NATIVE_RAW("find", str_method_find, "(sub[, start[, end]])",
               "Lowest index in the slice where sub is found, -1 if it is not."),
    NATIVE("partition", str_method_partition, "($self, sep, /)",
           "Partition the string into three parts using the given separator."),
    NATIVE_RAW("index", str_method_index, "(sub[, start[, end]])",
               "Lowest index in the slice where sub is found; ValueError if it is not."),
    NATIVE("ljust", str_method_ljust, "($self, width, fillchar=' ', /)",
           "Return a left-justified string of length width."),
    NATIVE("lower", str_method_lower, "($self, /)",
           "Return a copy of the string converted to lowercase."),
    NATIVE("lstrip", str_method_lstrip, "($self, chars=None, /)",
           "Return a copy of the string with leading whitespace removed."),
    NATIVE_RAW("rfind", str_method_rfind, "(sub[, start[, end]])",
               "Highest index in the slice where sub is found, -1 if it is not."),
    NATIVE_RAW("rindex", str_method_rindex, "(sub[, start[, end]])",
               "Highest index in the slice where sub is found; ValueError if it is not."),
    NATIVE("rjust", str_method_rjust, "($self, width, fillchar=' ', /)",
           "Return a right-justified string of length width."),
    NATIVE("rstrip", str_method_rstrip, "($self, chars=None, /)",
           "Return a copy of the string with trailing whitespace removed."),
    NATIVE("rpartition", str_method_rpartition, "($self, sep, /)",
           "Partition the string into three parts, searching from the end."),
    NATIVE("splitlines", str_method_splitlines, "($self, /, keepends=False)",
           "Return a list of the lines in the string, breaking at line boundaries."),
    NATIVE("strip", str_method_strip, "($self, chars=None, /)",
           "Return a copy of the string with leading and trailing whitespace removed."),
    NATIVE("swapcase", str_method_swapcase, "($self, /)",
           "Convert uppercase characters to lowercase and lowercase characters to uppercase."),
    NATIVE("translate", str_method_translate, "($self, table, /)",
           "Replace each character in the string using the given translation table."),
    NATIVE("upper", str_method_upper, "($self, /)",
           "Return a copy of the string converted to uppercase."),
    NATIVE_RAW("startswith", str_method_startswith, "(prefix[, start[, end]])",
               "True if the slice starts with the prefix (or one of a tuple of them)."),
    NATIVE_RAW("endswith", str_method_endswith, "(suffix[, start[, end]])",
               "True if the slice ends with the suffix (or one of a tuple of them)."),
    NATIVE("removeprefix", str_method_removeprefix, "($self, prefix, /)",
           "Return a str with the given prefix string removed if present."),
    NATIVE("removesuffix", str_method_removesuffix, "($self, suffix, /)",
           "Return a str with the given suffix string removed if present."),
    NATIVE("isascii", str_method_isascii, "($self, /)", "True if all characters are ASCII."),
    NATIVE("islower", str_method_islower, "($self, /)",
           "True if the string is a lowercase string."),
    NATIVE("isupper", str_method_isupper, "($self, /)",
           "True if the string is an uppercase string."),
    NATIVE("istitle", str_method_istitle, "($self, /)",
           "True if the string is a title-cased string."),
    NATIVE("isspace", str_method_isspace, "($self, /)",
           "True if the string is a whitespace string."),
    NATIVE("isdecimal", str_method_isdecimal, "($self, /)",
           "True if the string is a decimal string."),
    NATIVE("isdigit", str_method_isdigit, "($self, /)", "True if the string is a digit string."),
    NATIVE("isnumeric", str_method_isnumeric, "($self, /)",
           "True if the string is a numeric string."),
    NATIVE("isalpha", str_method_isalpha, "($self, /)",
           "True if the string is an alphabetic string."),
    NATIVE("isalnum", str_method_isalnum, "($self, /)",
           "True if the string is an alpha-numeric string."),
    NATIVE("isidentifier", str_method_isidentifier, "($self, /)",
           "True if the string is a valid Python identifier."),
    NATIVE("isprintable", str_method_isprintable, "($self, /)", "True if the string is printable."),
    NATIVE("zfill", str_method_zfill, "($self, width, /)",
           "Pad a numeric string with zeros on the left, to fill a field of the given width."),
    NATIVE_RAW("format", str_method_format_raw, "(*args, **kwargs)",
               "The string with its replacement fields filled from args and kwargs."),
    NATIVE("format_map", str_method_format_map, "($self, mapping, /)",
           "The string with its replacement fields filled from the mapping."),
    NATIVE("__format__", str_method_dunder_format, "($self, format_spec, /)",
           "Return a formatted version of the string as described by format_spec."),
    NATIVE_STATIC("maketrans", str_method_maketrans,
                  "(x, y=<unrepresentable>, z=<unrepresentable>, /)",
                  "Return a translation table usable for str.translate()."),
    NATIVE("__getnewargs__", str_method_getnewargs, "($self, /)", ""),
    NATIVE_END,
};
