// bytes and bytearray: split, splitlines, partition, replace, join. A result has the type of self.
#include "core/object/bytes_internal.h"
#include "core/object/list.h"
#include "core/object/str_methods.h"
#include "core/object/tuple.h"
#include "core/object/unicode.h"

// Whether to stop: the new piece could not be made or appended.
static bool append_piece(ThreadState *ts, Ref *list, Value self, const uint8_t *data, size_t size)
{
    Ref piece = bytes_like_new(ts, self, data, size);
    if (is_error(piece) || list_append_ref(ts, list_from(list->v), piece) == STATUS_ERROR) {
        ref_drop(list);
        return false;
    }
    return true;
}

static inline bool is_space(uint8_t c) { return c == ' ' || (c >= 9 && c <= 13); }

static void split_spaces(ThreadState *ts, Value self, const Span *s, size_t limit, Ref *list)
{
    size_t i = 0, n = s->size, parts = 0;
    for (;;) {
        while (i < n && is_space(s->data[i])) {
            i++;
        }
        if (i == n) {
            return;
        }
        size_t start = i;
        if (parts++ == limit) {
            i = n;
        }
        while (i < n && !is_space(s->data[i])) {
            i++;
        }
        if (!append_piece(ts, list, self, s->data + start, i - start)) {
            return;
        }
    }
}

static void split_spaces_last(ThreadState *ts, Value self, const Span *s, size_t limit, Ref *list)
{
    size_t i = s->size, parts = 0;
    for (;;) {
        while (i > 0 && is_space(s->data[i - 1])) {
            i--;
        }
        if (i == 0) {
            break;
        }
        size_t end = i;
        if (parts++ == limit) {
            i = 0;
        }
        while (i > 0 && !is_space(s->data[i - 1])) {
            i--;
        }
        if (!append_piece(ts, list, self, s->data + i, end - i)) {
            return;
        }
    }
    list_reverse_new(list->v);
}

static void split_by(ThreadState *ts, Value self, const Span *s, const BufferView *sep,
                     size_t limit, Ref *list)
{
    size_t start = 0;
    for (size_t parts = 0; parts < limit; parts++) {
        int64_t hit = text_find(s->data + start, s->size - start, sep->data, sep->size, 1);
        if (hit < 0) {
            break;
        }
        if (!append_piece(ts, list, self, s->data + start, (size_t)hit)) {
            return;
        }
        start += (size_t)hit + sep->size;
    }
    append_piece(ts, list, self, s->data + start, s->size - start);
}

static void split_by_last(ThreadState *ts, Value self, const Span *s, const BufferView *sep,
                          size_t limit, Ref *list)
{
    size_t end = s->size;
    for (size_t parts = 0; parts < limit; parts++) {
        int64_t hit = text_find_last(s->data, end, sep->data, sep->size, 1);
        if (hit < 0) {
            break;
        }
        size_t after = (size_t)hit + sep->size;
        if (!append_piece(ts, list, self, s->data + after, end - after)) {
            return;
        }
        end = (size_t)hit;
    }
    if (append_piece(ts, list, self, s->data, end)) {
        list_reverse_new(list->v);
    }
}

static Ref split(ThreadState *ts, Value self, const Value *args, bool last)
{
    int64_t limit = -1;
    if (!is_no_value(args[1]) && argument_size(ts, args[1], &limit) == STATUS_ERROR) {
        return NO_REF;
    }
    size_t most = limit < 0 ? SIZE_MAX : (size_t)limit;
    bool by_space = is_no_value(args[0]) || value_is_none(args[0]);
    BufferView sep = {.owner = NO_REF};
    if (!by_space) {
        if (buffer_get_brief(ts, args[0], &sep) == STATUS_ERROR) {
            return NO_REF;
        }
        if (sep.size == 0) {
            buffer_release(ts, &sep);
            return raise(ts, EXC_ValueError, "empty separator");
        }
    }
    Ref list = list_new(ts, 8);
    if (!is_error(list)) {
        Span span;
        span_begin(ts, &span, self);
        if (by_space) {
            (last ? split_spaces_last : split_spaces)(ts, self, &span, most, &list);
        } else {
            (last ? split_by_last : split_by)(ts, self, &span, &sep, most, &list);
        }
        span_end(&span);
    }
    buffer_release(ts, &sep);
    return list;
}

Ref bytes_method_split(ThreadState *ts, Value self, const Value *args)
{
    return split(ts, self, args, false);
}
Ref bytes_method_rsplit(ThreadState *ts, Value self, const Value *args)
{
    return split(ts, self, args, true);
}

Ref bytes_method_splitlines(ThreadState *ts, Value self, const Value *args)
{
    bool keep = false;
    if (!is_no_value(args[0])) {
        Truth t = argument_flag(ts, args[0]);
        if (t == TRUTH_ERROR) {
            return NO_REF;
        }
        keep = t == TRUTH_TRUE;
    }
    Ref list = list_new(ts, 8);
    if (is_error(list)) {
        return NO_REF;
    }
    Span s;
    span_begin(ts, &s, self);
    for (size_t i = 0; i < s.size;) {
        size_t start = i;
        while (i < s.size && s.data[i] != '\n' && s.data[i] != '\r') {
            i++;
        }
        size_t end = i;
        if (i < s.size) {
            i += s.data[i] == '\r' && i + 1 < s.size && s.data[i + 1] == '\n' ? 2 : 1;
        }
        if (!append_piece(ts, &list, self, s.data + start, (keep ? i : end) - start)) {
            break;
        }
    }
    span_end(&s);
    return list;
}

static Ref partition(ThreadState *ts, Value self, Value separator, bool last)
{
    BufferView sep;
    if (buffer_get_brief(ts, separator, &sep) == STATUS_ERROR) {
        return NO_REF;
    }
    if (sep.size == 0) {
        buffer_release(ts, &sep);
        return raise(ts, EXC_ValueError, "empty separator");
    }
    Span s;
    span_begin(ts, &s, self);
    int64_t hit = last ? text_find_last(s.data, s.size, sep.data, sep.size, 1)
                       : text_find(s.data, s.size, sep.data, sep.size, 1);
    size_t cut = hit >= 0 ? (size_t)hit : last ? 0 : s.size, width = hit >= 0 ? sep.size : 0;
    OWNED Ref before = bytes_like_new(ts, self, s.data, cut);
    OWNED Ref middle = bytes_like_new(ts, self, sep.data, width);
    OWNED Ref after = bytes_like_new(ts, self, s.data + cut + width, s.size - cut - width);
    span_end(&s);
    buffer_release(ts, &sep);
    if (is_error(before) || is_error(middle) || is_error(after)) {
        return NO_REF;
    }
    return tuple_pack(ts, 3, before.v, middle.v, after.v);
}

Ref bytes_method_partition(ThreadState *ts, Value self, const Value *args)
{
    return partition(ts, self, args[0], false);
}
Ref bytes_method_rpartition(ThreadState *ts, Value self, const Value *args)
{
    return partition(ts, self, args[0], true);
}

static Ref replace(ThreadState *ts, Value self, const BufferView *from, const BufferView *to,
                   size_t limit)
{
    Span s;
    span_begin(ts, &s, self);
    size_t hits = text_count(s.data, s.size, from->data, from->size, 1, limit);
    Ref result = NO_REF;
    size_t kept = s.size - hits * from->size;
    if (to->size > 0 && hits > (BYTES_MAX - kept) / to->size) {
        result = raise(ts, EXC_OverflowError, "replace bytes is too long");
    } else if (hits == 0 && value_is_exactly(self, KIND_BYTES)) {
        result = ref_new(self);
    } else {
        result = bytes_like_new(ts, self, NULL, kept + hits * to->size);
    }
    if (!is_error(result) && result.v.bits != self.bits) {
        uint8_t *out = made_data(result.v);
        size_t i = 0;
        for (size_t n = 0; n < hits; n++) {
            size_t step = from->size == 0 ? n > 0
                                          : (size_t)text_find(s.data + i, s.size - i, from->data,
                                                              from->size, 1);
            memcpy(out, s.data + i, step);
            memcpy(out + step, to->data, to->size);
            out += step + to->size;
            i += step + from->size;
        }
        if (s.size > i) {
            memcpy(out, s.data + i, s.size - i);
        }
    }
    span_end(&s);
    return result;
}

Ref bytes_method_replace(ThreadState *ts, Value self, const Value *args)
{
    int64_t limit = -1;
    BufferView from, to;
    if (!is_no_value(args[2]) && argument_size(ts, args[2], &limit) == STATUS_ERROR) {
        return NO_REF;
    }
    if (buffer_get_brief(ts, args[0], &from) == STATUS_ERROR) {
        return NO_REF;
    }
    if (buffer_get_brief(ts, args[1], &to) == STATUS_ERROR) {
        buffer_release(ts, &from);
        return NO_REF;
    }
    Ref result = replace(ts, self, &from, &to, limit < 0 ? SIZE_MAX : (size_t)limit);
    buffer_release(ts, &to);
    buffer_release(ts, &from);
    return result;
}

static Ref join_items(ThreadState *ts, Value self, Value items)
{
    size_t count = tuple_count(items), total = 0, opened = 0;
    BufferView *views = raw_alloc(ts, (count + 1) * sizeof *views);
    if (views == NULL) {
        return NO_REF;
    }
    Span sep;
    span_begin(ts, &sep, self);
    Ref result = NO_REF;
    for (; opened < count; opened++) {
        Value item = tuple_item(items, opened);
        if (!value_is_bytes(item) && type_of(item)->slots.buffer == NULL) {
            (void)raise(ts, EXC_TypeError,
                        "sequence item %zu: expected a bytes-like object, %.80s found", opened,
                        type_name(type_of(item)));
            break;
        }
        if (buffer_get_brief(ts, item, &views[opened]) == STATUS_ERROR) {
            break;
        }
        total += views[opened].size + (opened > 0 ? sep.size : 0);
    }
    if (opened == count) {
        result = bytes_like_new(ts, self, NULL, total);
        if (!is_error(result) && total > 0) {
            uint8_t *out = made_data(result.v);
            for (size_t i = 0; i < count; i++) {
                if (i > 0) {
                    memcpy(out, sep.data, sep.size);
                    out += sep.size;
                }
                memcpy(out, views[i].data, views[i].size);
                out += views[i].size;
            }
        }
    }
    while (opened > 0) {
        buffer_release(ts, &views[--opened]);
    }
    span_end(&sep);
    raw_free(ts, views);
    return result;
}

Ref bytes_method_join(ThreadState *ts, Value self, const Value *args)
{
    Type *t = type_of(args[0]);
    if (t->slots.iterate == NULL && t->slots.get_item == NULL) {
        return raise(ts, EXC_TypeError, "can only join an iterable");
    }
    OWNED Ref items = sequence_tuple(ts, args[0]);
    if (is_error(items)) {
        return NO_REF;
    }
    if (tuple_count(items.v) == 1 && value_is_exactly(tuple_item(items.v, 0), KIND_BYTES) &&
        value_is_bytes(self)) {
        return ref_new(tuple_item(items.v, 0));
    }
    return join_items(ts, self, items.v);
}
