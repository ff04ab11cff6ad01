// str: split, rsplit, splitlines, partition, join, replace.
#include "core/object/list.h"
#include "core/object/str.h"
#include "core/object/str_internal.h"
#include "core/object/str_methods.h"
#include "core/object/tuple.h"
#include "core/object/unicode.h"

// --- Splitting -----------------------------------------------------------------------------------

static Status append_range(ThreadState *ts, Value list, Value s, size_t start, size_t end)
{
    Ref part = str_substring(ts, s, start, end);
    return is_error(part) ? STATUS_ERROR : list_append_ref(ts, list_from(list), part);
}

static inline bool is_space_at(const Str *s, unsigned width, size_t i)
{
    uint32_t c = text_char(s->data, width, i);
    return c < 128 ? ascii_is_space((uint8_t)c) : unicode_is_space(c);
}

static Ref split_spaces(ThreadState *ts, Value text, size_t limit)
{
    OWNED Ref list = list_new(ts, 8);
    if (is_error(list)) {
        return NO_REF;
    }
    const Str *s = str_from(text);
    unsigned width = str_width(s);
    size_t i = 0, n = s->length, parts = 0;
    for (;;) {
        while (i < n && is_space_at(s, width, i)) {
            i++;
        }
        if (i == n) {
            break;
        }
        size_t start = i, end;
        if (parts++ == limit) {
            end = i = n; // the rest stands as it is, trailing spaces too
        } else {
            do {
                i++;
            } while (i < n && !is_space_at(s, width, i));
            end = i;
        }
        if (append_range(ts, list.v, text, start, end) == STATUS_ERROR) {
            return NO_REF;
        }
    }
    return ref_take(&list);
}

static Ref split_spaces_last(ThreadState *ts, Value text, size_t limit)
{
    OWNED Ref list = list_new(ts, 8);
    if (is_error(list)) {
        return NO_REF;
    }
    const Str *s = str_from(text);
    unsigned width = str_width(s);
    size_t i = s->length, parts = 0;
    for (;;) {
        while (i > 0 && is_space_at(s, width, i - 1)) {
            i--;
        }
        if (i == 0) {
            break;
        }
        size_t end = i, start = 0;
        if (parts++ == limit) {
            i = 0;
        } else {
            do {
                i--;
            } while (i > 0 && !is_space_at(s, width, i - 1));
            start = i;
        }
        if (append_range(ts, list.v, text, start, end) == STATUS_ERROR) {
            return NO_REF;
        }
    }
    list_reverse_new(list.v);
    return ref_take(&list);
}

static Ref split_by(ThreadState *ts, Value text, const Needle *needle, size_t limit)
{
    OWNED Ref list = list_new(ts, 8);
    if (is_error(list)) {
        return NO_REF;
    }
    const Str *s = str_from(text);
    unsigned width = str_width(s);
    size_t start = 0;
    for (size_t parts = 0; parts < limit; parts++) {
        int64_t hit = text_find(s->data + start * width, s->length - start, needle->data,
                                needle->count, width);
        if (hit < 0) {
            break;
        }
        if (append_range(ts, list.v, text, start, start + (size_t)hit) == STATUS_ERROR) {
            return NO_REF;
        }
        start += (size_t)hit + needle->count;
    }
    if (append_range(ts, list.v, text, start, s->length) == STATUS_ERROR) {
        return NO_REF;
    }
    return ref_take(&list);
}

static Ref split_by_last(ThreadState *ts, Value text, const Needle *needle, size_t limit)
{
    OWNED Ref list = list_new(ts, 8);
    if (is_error(list)) {
        return NO_REF;
    }
    const Str *s = str_from(text);
    size_t end = s->length;
    for (size_t parts = 0; parts < limit; parts++) {
        int64_t hit = text_find_last(s->data, end, needle->data, needle->count, str_width(s));
        if (hit < 0) {
            break;
        }
        if (append_range(ts, list.v, text, (size_t)hit + needle->count, end) == STATUS_ERROR) {
            return NO_REF;
        }
        end = (size_t)hit;
    }
    if (append_range(ts, list.v, text, 0, end) == STATUS_ERROR) {
        return NO_REF;
    }
    list_reverse_new(list.v);
    return ref_take(&list);
}

static Ref split_either(ThreadState *ts, Value self, const Value *args, bool last)
{
    int64_t limit = -1;
    if (!is_no_value(args[1]) && argument_size(ts, args[1], &limit) == STATUS_ERROR) {
        return NO_REF;
    }
    size_t most = limit < 0 ? SIZE_MAX : (size_t)limit;
    if (is_no_value(args[0]) || value_is_none(args[0])) {
        return last ? split_spaces_last(ts, self, most) : split_spaces(ts, self, most);
    }
    if (!value_is_str(args[0])) {
        return raise(ts, EXC_TypeError, "must be str or None, not %.100s",
                     type_name(type_of(args[0])));
    }
    if (str_length(args[0]) == 0) {
        return raise(ts, EXC_ValueError, "empty separator");
    }
    Needle needle;
    if (needle_prepare(ts, &needle, str_from(args[0]), str_width(str_from(self))) == STATUS_ERROR) {
        return NO_REF;
    }
    if (needle.is_impossible) {
        most = 0;
    }
    Ref list = last ? split_by_last(ts, self, &needle, most) : split_by(ts, self, &needle, most);
    needle_end(ts, &needle);
    return list;
}

Ref str_method_split(ThreadState *ts, Value self, const Value *args)
{
    return split_either(ts, self, args, false);
}

Ref str_method_rsplit(ThreadState *ts, Value self, const Value *args)
{
    return split_either(ts, self, args, true);
}

static inline bool is_line_break(uint32_t c)
{
    return c < 128 ? (c >= 0x0A && c <= 0x0D) || (c >= 0x1C && c <= 0x1E)
                   : c == 0x85 || c == 0x2028 || c == 0x2029;
}

Ref str_method_splitlines(ThreadState *ts, Value self, const Value *args)
{
    bool keep = false;
    if (!is_no_value(args[0])) {
        Truth t = argument_flag(ts, args[0]);
        if (t == TRUTH_ERROR) {
            return NO_REF;
        }
        keep = t == TRUTH_TRUE;
    }
    OWNED Ref list = list_new(ts, 8);
    if (is_error(list)) {
        return NO_REF;
    }
    const Str *s = str_from(self);
    unsigned width = str_width(s);
    for (size_t i = 0; i < s->length;) {
        size_t start = i;
        while (i < s->length && !is_line_break(text_char(s->data, width, i))) {
            i++;
        }
        size_t end = i;
        if (i < s->length) {
            bool pair = text_char(s->data, width, i) == '\r' && i + 1 < s->length &&
                        text_char(s->data, width, i + 1) == '\n';
            i += pair ? 2 : 1;
        }
        if (append_range(ts, list.v, self, start, keep ? i : end) == STATUS_ERROR) {
            return NO_REF;
        }
    }
    return ref_take(&list);
}

static Ref partition(ThreadState *ts, Value self, Value part, bool last)
{
    if (!value_is_str(part)) {
        return raise(ts, EXC_TypeError, "must be str, not %.100s", type_name(type_of(part)));
    }
    if (str_length(part) == 0) {
        return raise(ts, EXC_ValueError, "empty separator");
    }
    size_t length = str_length(self);
    int64_t hit = last ? str_find_last(self, part, 0, length) : str_find(self, part, 0, length);
    Ref refs[3];
    if (hit < 0) {
        OWNED Ref whole = str_exact(ts, self);
        if (is_error(whole)) {
            return NO_REF;
        }
        refs[0] = last ? str_empty() : ref_new(whole.v);
        refs[1] = str_empty();
        refs[2] = last ? ref_new(whole.v) : str_empty();
        return tuple_from_refs(ts, refs, 3);
    }
    OWNED Ref before = str_substring(ts, self, 0, (size_t)hit);
    OWNED Ref after = str_substring(ts, self, (size_t)hit + str_length(part), length);
    if (is_error(before) || is_error(after)) {
        return NO_REF;
    }
    refs[0] = ref_take(&before);
    refs[1] = ref_new(part);
    refs[2] = ref_take(&after);
    return tuple_from_refs(ts, refs, 3);
}

Ref str_method_partition(ThreadState *ts, Value self, const Value *args)
{
    return partition(ts, self, args[0], false);
}

Ref str_method_rpartition(ThreadState *ts, Value self, const Value *args)
{
    return partition(ts, self, args[0], true);
}

// --- Replacing -----------------------------------------------------------------------------------

// Copies one code point for another where neither changes the width.
static Ref replace_char(ThreadState *ts, Value self, uint32_t from, uint32_t to, size_t limit)
{
    Str *s = str_from(self);
    unsigned width = str_width(s);
    int64_t first = text_find_char(s->data, width, from, 0, s->length);
    if (first < 0) {
        return str_exact(ts, self);
    }
    Ref result = str_new(ts, s->length, str_max_char(s));
    if (is_error(result)) {
        return NO_REF;
    }
    uint8_t *data = str_from(result.v)->data;
    memcpy(data, s->data, s->length * width);
    for (size_t i = (size_t)first; i < s->length && limit > 0; i++) {
        if (text_char(data, width, i) == from) {
            text_set(data, width, i, to);
            limit--;
        }
    }
    return result;
}

static Ref replace_general(ThreadState *ts, Value self, const Needle *needle, Value with,
                           size_t limit)
{
    Str *s = str_from(self), *to = str_from(with);
    unsigned width = str_width(s);
    size_t hits = text_count(s->data, s->length, needle->data, needle->count, width, limit);
    if (hits == 0) {
        return str_exact(ts, self);
    }
    size_t kept = s->length - hits * needle->count;
    if (to->length > 0 && hits > (STR_LENGTH_MAX - kept) / to->length) {
        return raise(ts, EXC_OverflowError, "replace string is too long");
    }
    size_t length = kept + hits * to->length;
    // What is cut away may have been the widest part: then the form must be found anew.
    bool may_narrow = !str_is_ascii(s) && needle->count > 0;
    uint32_t max_char = MAX_OF(str_max_char(s), str_max_char(to));
    unsigned out_width = width_of_char(max_char), to_width = str_width(to);
    Ref result = NO_REF;
    uint8_t *scratch = NULL, *out;
    if (may_narrow) {
        out = scratch = raw_alloc(ts, length * out_width + 1);
        if (scratch == NULL) {
            return NO_REF;
        }
    } else {
        result = str_new(ts, length, max_char);
        if (is_error(result)) {
            return NO_REF;
        }
        out = str_from(result.v)->data;
    }
    size_t i = 0, k = 0;
    for (size_t n = 0; n < hits; n++) {
        size_t step;
        if (needle->count == 0) {
            step = n == 0 ? 0 : 1;
        } else {
            step = (size_t)text_find(s->data + i * width, s->length - i, needle->data,
                                     needle->count, width);
        }
        text_copy(out + k * out_width, out_width, s->data + i * width, width, step);
        k += step;
        i += step + needle->count;
        text_copy(out + k * out_width, out_width, to->data, to_width, to->length);
        k += to->length;
    }
    text_copy(out + k * out_width, out_width, s->data + i * width, width, s->length - i);
    if (may_narrow) {
        result = str_from_text(ts, scratch, out_width, length);
        raw_free(ts, scratch);
    }
    return result;
}

Ref str_replace(ThreadState *ts, Value self, Value old, Value with, int64_t limit)
{
    Str *s = str_from(self), *from = str_from(old), *to = str_from(with);
    size_t most = limit < 0 ? SIZE_MAX : (size_t)limit;
    if (most == 0 || from->length > s->length ||
        (s->length == 0 && from->length == 0 && to->length == 0)) {
        return str_exact(ts, self);
    }
    if (from->length == 1 && to->length == 1 && str_max_char(to) <= str_max_char(s) &&
        (str_is_ascii(s) || str_max_char(to) == str_max_char(s))) {
        return replace_char(ts, self, str_char(from, 0), str_char(to, 0), most);
    }
    Needle needle;
    if (needle_prepare(ts, &needle, from, str_width(s)) == STATUS_ERROR) {
        return NO_REF;
    }
    Ref result =
        needle.is_impossible ? str_exact(ts, self) : replace_general(ts, self, &needle, with, most);
    needle_end(ts, &needle);
    return result;
}

Ref str_method_replace(ThreadState *ts, Value self, const Value *args)
{
    int64_t limit = -1;
    if (!argument_is_str(ts, "replace", 1, args[0]) ||
        !argument_is_str(ts, "replace", 2, args[1]) ||
        (!is_no_value(args[2]) && argument_size(ts, args[2], &limit) == STATUS_ERROR)) {
        return NO_REF;
    }
    return str_replace(ts, self, args[0], args[1], limit);
}

// --- Joining -------------------------------------------------------------------------------------

// The items as they are, all exact str or subclasses: measures, then fills. No script code runs.
static Ref join_items(ThreadState *ts, Value separator, const SharedRef *items, size_t count)
{
    if (count == 0) {
        return str_empty();
    }
    Str *sep = str_from(separator);
    size_t length = 0;
    uint32_t max_char = count > 1 ? str_max_char(sep) : 0x7F;
    for (size_t i = 0; i < count; i++) {
        Value item = shared_ref_peek(&items[i]);
        if (UNLIKELY(!value_is_str(item))) {
            return raise(ts, EXC_TypeError, "sequence item %zu: expected str instance, %.80s found",
                         i, type_name(type_of(item)));
        }
        length += str_from(item)->length;
        max_char |= str_max_char(str_from(item));
        if (UNLIKELY(length > STR_LENGTH_MAX)) {
            break;
        }
    }
    if (count == 1) {
        Value only = shared_ref_peek(&items[0]);
        if (value_is_exactly_str(only)) {
            return ref_new(only);
        }
    }
    if (UNLIKELY(length > STR_LENGTH_MAX || sep->length > (STR_LENGTH_MAX - length) / count)) {
        return raise(ts, EXC_OverflowError, "join() result is too long for a Python string");
    }
    length += sep->length * (count - 1);
    max_char = char_class(max_char);
    if (max_char > 0x10FFFF) {
        max_char = 0x10FFFF;
    }
    Ref result = str_new(ts, length, max_char);
    if (is_error(result) || length == 0) {
        return result;
    }
    uint8_t *out = str_from(result.v)->data;
    unsigned width = width_of_char(max_char), sep_width = str_width(sep);
    if (width == 1) {
        for (size_t i = 0; i < count; i++) {
            const Str *s = str_from(shared_ref_peek(&items[i]));
            if (i > 0) {
                if (sep->length == 1) {
                    *out++ = sep->data[0];
                } else {
                    memcpy(out, sep->data, sep->length);
                    out += sep->length;
                }
            }
            if (s->length == 1) {
                *out++ = s->data[0];
            } else {
                memcpy(out, s->data, s->length);
                out += s->length;
            }
        }
        return result;
    }
    for (size_t i = 0; i < count; i++) {
        const Str *s = str_from(shared_ref_peek(&items[i]));
        if (i > 0) {
            text_copy(out, width, sep->data, sep_width, sep->length);
            out += sep->length * width;
        }
        text_copy(out, width, s->data, str_width(s), s->length);
        out += s->length * width;
    }
    return result;
}

Ref str_join(ThreadState *ts, Value separator, Value iterable)
{
    if (value_is_exactly(iterable, KIND_TUPLE)) {
        return join_items(ts, separator, tuple_from(iterable)->items, tuple_count(iterable));
    }
    OWNED Ref list = NO_REF;
    if (!value_is_exactly(iterable, KIND_LIST)) {
        if (type_of(iterable)->slots.iterate == NULL && type_of(iterable)->slots.get_item == NULL) {
            return raise(ts, EXC_TypeError, "can only join an iterable");
        }
        list = sequence_list(ts, iterable);
        if (is_error(list)) {
            return NO_REF;
        }
        iterable = list.v;
    }
    List *l = list_from(iterable);
    Ref result = NO_REF;
    CRITICAL_SECTION(ts, &l->head)
    {
        size_t count = list_size(l);
        result = join_items(ts, separator,
                            count == 0 ? NULL : atomic_load_relaxed(&l->array)->items, count);
    }
    return result;
}

Ref str_method_join(ThreadState *ts, Value self, const Value *args)
{
    return str_join(ts, self, args[0]);
}

Ref str_join_values(ThreadState *ts, const Value *parts, size_t count)
{
    size_t length = 0;
    uint32_t max_char = 0x7F;
    for (size_t i = 0; i < count; i++) {
        length += str_from(parts[i])->length;
        max_char |= str_max_char(str_from(parts[i]));
    }
    if (max_char > 0xFFFF) {
        max_char = 0x10FFFF;
    }
    Ref result = str_new(ts, length, max_char);
    if (is_error(result) || length == 0) {
        return result;
    }
    uint8_t *out = str_from(result.v)->data;
    unsigned width = width_of_char(max_char);
    for (size_t i = 0; i < count; i++) {
        const Str *s = str_from(parts[i]);
        text_copy(out, width, s->data, str_width(s), s->length);
        out += s->length * width;
    }
    return result;
}
