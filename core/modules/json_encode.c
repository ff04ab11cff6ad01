// core/modules/json_encode.c: objects to JSON text.
#include <math.h>

#include "core/modules/json.h"
#include "core/object/dict.h"
#include "core/object/float.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/str_internal.h"
#include "core/object/tuple.h"

// A container that is being written, for finding cycles; on the C stack.
typedef struct Open {
    Value object;
    const struct Open *outer;
} Open;

typedef struct Writer {
    StrBuilder out;
    const JsonEncode *options;
    const Open *open;
    Ref item_separator, key_separator;
} Writer;

static Status write_value(ThreadState *ts, Writer *w, Value v, size_t depth);

static inline Status put(ThreadState *ts, Writer *w, const char *text, size_t size)
{
    return builder_add_ascii(ts, &w->out, text, size);
}
#define PUT(literal) put(ts, w, literal, sizeof(literal) - 1)

// --- Strings -------------------------------------------------------------------------------------

static bool is_plain(uint32_t c, bool keeps_unicode)
{
    return c >= 0x20 && c != '"' && c != '\\' && (c < 0x7F || keeps_unicode);
}

static Status put_escape(ThreadState *ts, Writer *w, uint32_t c)
{
    static const char digits[] = "0123456789abcdef";
    switch (c) {
    case '"':
        return PUT("\\\"");
    case '\\':
        return PUT("\\\\");
    case '\n':
        return PUT("\\n");
    case '\r':
        return PUT("\\r");
    case '\t':
        return PUT("\\t");
    case '\f':
        return PUT("\\f");
    case '\b':
        return PUT("\\b");
    default:
        break;
    }
    char text[12];
    uint32_t units[2] = {c, 0};
    size_t count = 1, n = 0;
    if (c > 0xFFFF) {
        units[0] = 0xD800 | (c - 0x10000) >> 10;
        units[1] = 0xDC00 | ((c - 0x10000) & 0x3FF);
        count = 2;
    }
    for (size_t i = 0; i < count; i++) {
        text[n++] = '\\';
        text[n++] = 'u';
        for (int shift = 12; shift >= 0; shift -= 4) {
            text[n++] = digits[units[i] >> shift & 15];
        }
    }
    return put(ts, w, text, n);
}

static Status write_string(ThreadState *ts, Writer *w, Value text)
{
    const Str *s = str_from(text);
    unsigned width = str_width(s);
    bool keeps = w->options->keeps_unicode;
    if (PUT("\"") == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    for (size_t i = 0; i < s->length;) {
        size_t start = i;
        if (width == 1) {
            while (i < s->length && is_plain(s->data[i], keeps)) {
                i++;
            }
        } else {
            while (i < s->length && is_plain(text_char(s->data, width, i), keeps)) {
                i++;
            }
        }
        if (i > start && builder_add_range(ts, &w->out, text, start, i) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
        if (i < s->length && put_escape(ts, w, text_char(s->data, width, i++)) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    return PUT("\"");
}

// --- Numbers -------------------------------------------------------------------------------------

static Status write_int(ThreadState *ts, Writer *w, Value v)
{
    if (LIKELY(value_is_small_int(v))) {
        char text[24];
        return put(ts, w, text, int_format_i64(text, small_int_get(v)));
    }
    OWNED Ref text = int_to_str(ts, v, 10);
    return is_error(text) ? STATUS_ERROR : builder_add(ts, &w->out, text.v);
}

static Status write_double(ThreadState *ts, Writer *w, double d)
{
    if (!isfinite(d)) {
        if (w->options->forbids_nan) {
            return raise_status(ts, EXC_ValueError,
                                "Out of range float values are not JSON compliant");
        }
        return isnan(d) ? PUT("NaN") : d > 0 ? PUT("Infinity") : PUT("-Infinity");
    }
    OWNED Ref text = double_repr(ts, d);
    return is_error(text) ? STATUS_ERROR : builder_add(ts, &w->out, text.v);
}

// --- Containers ----------------------------------------------------------------------------------

static Status check_cycle(ThreadState *ts, Writer *w, Value v)
{
    for (const Open *o = w->open; o != NULL && !w->options->ignores_cycles; o = o->outer) {
        if (o->object.bits == v.bits) {
            return raise_status(ts, EXC_ValueError, "Circular reference detected");
        }
    }
    return enter_native(ts, " while encoding a JSON object");
}

static Status new_line(ThreadState *ts, Writer *w, size_t depth)
{
    if (is_no_value(w->options->indent)) {
        return STATUS_OK;
    }
    if (PUT("\n") == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    for (size_t i = 0; i < depth; i++) {
        if (builder_add(ts, &w->out, w->options->indent) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    return STATUS_OK;
}

// What stands before an item.
static Status before_item(ThreadState *ts, Writer *w, bool is_first, size_t depth)
{
    if (!is_first && builder_add(ts, &w->out, w->item_separator.v) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    return new_line(ts, w, depth);
}

static Status write_items(ThreadState *ts, Writer *w, Value v, size_t depth)
{
    bool is_list = value_is_list(v);
    size_t i = 0;
    for (;; i++) {
        OWNED Ref item = NO_REF;
        if (is_list) {
            item = list_get(ts, list_from(v), i);
        } else if (i < tuple_count(v)) {
            item = ref_new(tuple_item(v, i));
        }
        if (is_error(item)) {
            break;
        }
        if ((i == 0 && PUT("[") == STATUS_ERROR) ||
            before_item(ts, w, i == 0, depth + 1) == STATUS_ERROR ||
            write_value(ts, w, item.v, depth + 1) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    if (i == 0) {
        return PUT("[]");
    }
    return new_line(ts, w, depth) == STATUS_ERROR ? STATUS_ERROR : PUT("]");
}

// *skip: the key is left out.
static Status write_key(ThreadState *ts, Writer *w, Value key, bool *skip)
{
    *skip = false;
    if (LIKELY(value_is_str(key))) {
        return write_string(ts, w, key);
    }
    bool fits = value_is_float(key) || value_is_int(key) || value_is_none(key);
    if (!fits) {
        if (w->options->skips_keys) {
            *skip = true;
            return STATUS_OK;
        }
        return raise_status(ts, EXC_TypeError,
                            "keys must be str, int, float, bool or None, not %.100s",
                            type_name(type_of(key)));
    }
    Status status = PUT("\"");
    if (status == STATUS_OK) {
        status = value_is_float(key)            ? write_double(ts, w, float_get(key))
                 : value_is_none(key)           ? PUT("null")
                 : key.bits == VALUE_TRUE.bits  ? PUT("true")
                 : key.bits == VALUE_FALSE.bits ? PUT("false")
                                                : write_int(ts, w, key);
    }
    return status == STATUS_ERROR ? STATUS_ERROR : PUT("\"");
}

static bool key_is_skipped(const Writer *w, Value key)
{
    return w->options->skips_keys && !value_is_str(key) && !value_is_float(key) &&
           !value_is_int(key) && !value_is_none(key);
}

static Status write_member(ThreadState *ts, Writer *w, Value key, Value value, bool *any,
                           size_t depth)
{
    bool skip;
    if (key_is_skipped(w, key)) {
        return STATUS_OK;
    }
    if ((!*any && PUT("{") == STATUS_ERROR) ||
        before_item(ts, w, !*any, depth + 1) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    *any = true;
    if (write_key(ts, w, key, &skip) == STATUS_ERROR ||
        builder_add(ts, &w->out, w->key_separator.v) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    return write_value(ts, w, value, depth + 1);
}

// The items as a list of pairs: sorted, or those of a subclass.
static Status write_pairs(ThreadState *ts, Writer *w, Value v, bool *any, size_t depth)
{
    OWNED Ref view = object_call_method(ts, v, NAME(items), NULL, 0);
    OWNED Ref list = is_error(view) ? NO_REF : sequence_list(ts, view.v);
    if (is_error(list) ||
        (w->options->sorts_keys && list_sort(ts, list.v, NO_VALUE, false) == STATUS_ERROR)) {
        return STATUS_ERROR;
    }
    for (size_t i = 0;; i++) {
        OWNED Ref pair = list_get(ts, list_from(list.v), i);
        if (is_error(pair)) {
            return STATUS_OK;
        }
        if (!value_is_tuple(pair.v) || tuple_count(pair.v) != 2) {
            return raise_status(ts, EXC_ValueError, "items must return 2-tuples");
        }
        if (write_member(ts, w, tuple_item(pair.v, 0), tuple_item(pair.v, 1), any, depth) ==
            STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
}

static Status write_dict(ThreadState *ts, Writer *w, Value v, size_t depth)
{
    bool any = false;
    if (w->options->sorts_keys || !value_is_exactly(v, KIND_DICT)) {
        if (dict_size(dict_from(v)) == 0 && value_is_exactly(v, KIND_DICT)) {
            return PUT("{}");
        }
        if (write_pairs(ts, w, v, &any, depth) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    } else {
        size_t position = 0;
        Ref next_key, next_value;
        while (dict_next(ts, dict_from(v), &position, &next_key, &next_value)) {
            OWNED Ref key = next_key;
            OWNED Ref value = next_value;
            if (write_member(ts, w, key.v, value.v, &any, depth) == STATUS_ERROR) {
                return STATUS_ERROR;
            }
        }
    }
    if (!any) {
        return PUT("{}");
    }
    return new_line(ts, w, depth) == STATUS_ERROR ? STATUS_ERROR : PUT("}");
}

static Status write_container(ThreadState *ts, Writer *w, Value v, size_t depth)
{
    if (check_cycle(ts, w, v) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    Open open = {v, w->open};
    w->open = &open;
    Status status = STATUS_ERROR;
    if (value_is_list(v) || value_is_tuple(v)) {
        status = write_items(ts, w, v, depth);
    } else if (value_is_dict(v)) {
        status = write_dict(ts, w, v, depth);
    } else if (is_no_value(w->options->default_)) {
        (void)raise(ts, EXC_TypeError, "Object of type %.200s is not JSON serializable",
                    type_name(type_of(v)));
    } else {
        OWNED Ref other = object_call1(ts, w->options->default_, v);
        status = is_error(other) ? STATUS_ERROR : write_value(ts, w, other.v, depth);
    }
    w->open = open.outer;
    return status;
}

static Status write_value(ThreadState *ts, Writer *w, Value v, size_t depth)
{
    if (value_is_str(v)) {
        return write_string(ts, w, v);
    }
    if (value_is_none(v)) {
        return PUT("null");
    }
    if (value_is_bool(v)) {
        return v.bits == VALUE_TRUE.bits ? PUT("true") : PUT("false");
    }
    if (value_is_int(v)) {
        return write_int(ts, w, v);
    }
    if (value_is_float(v)) {
        return write_double(ts, w, float_get(v));
    }
    return write_container(ts, w, v, depth);
}

static Ref separator(ThreadState *ts, Value given, const char *otherwise)
{
    return is_no_value(given) ? str_from_z(ts, otherwise) : ref_new(given);
}

Ref json_encode(ThreadState *ts, Value object, const JsonEncode *options)
{
    Writer w = {.options = options};
    OWNED Ref items =
        separator(ts, options->item_separator, is_no_value(options->indent) ? ", " : ",");
    OWNED Ref keys = separator(ts, options->key_separator, ": ");
    if (is_error(items) || is_error(keys)) {
        return NO_REF;
    }
    w.item_separator.v = items.v;
    w.key_separator.v = keys.v;
    builder_init(&w.out);
    if (write_value(ts, &w, object, 0) == STATUS_ERROR) {
        builder_abandon(ts, &w.out);
        return NO_REF;
    }
    return builder_finish(ts, &w.out);
}
