// JSON at the network's edge.
//
// Reading: jansson parses, the tree becomes objects. It knows no integers beyond 64 bits, no NaN
// and no lone surrogates, and its messages are its own; so whatever it refuses is given to the json
// module, which raises the error that a script expects or knows how to read it after all. So is
// what is large: jansson's tree takes some forty times the text, outside the heap and its ceiling.
//
// Writing: straight into the answer's buffer. jansson would write 0.1 as 0.10000000000000001 and
// could not hold long integers; here numbers are written as repr() does.
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "alloc/heap.h"
#include "core/object/bytes.h"
#include "core/object/dict.h"
#include "core/object/float.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/vm/import.h"
#include "server/http_response.h"
#include "server/request_object.h"

// --- reading -------------------------------------------------------------------------------------

enum { JANSSON_BYTES_MAX = 1 << 20 };

static Ref object_of(ThreadState *ts, json_t *json);

static Ref list_of(ThreadState *ts, json_t *json)
{
    size_t count = json_array_size(json);
    OWNED Ref list = list_new(ts, count);
    for (size_t i = 0; !is_error(list) && i < count; i++) {
        Ref item = object_of(ts, json_array_get(json, i));
        if (is_error(item) || list_append_ref(ts, list_from(list.v), item) == STATUS_ERROR) {
            return NO_REF;
        }
    }
    return ref_take(&list);
}

static Ref dict_of(ThreadState *ts, json_t *json)
{
    OWNED Ref dict = dict_new_sized(ts, json_object_size(json));
    if (is_error(dict)) {
        return NO_REF;
    }
    const char *key;
    json_t *member;
    json_object_foreach(json, key, member)
    {
        OWNED Ref name = str_from_z(ts, key);
        OWNED Ref value = is_error(name) ? NO_REF : object_of(ts, member);
        if (is_error(value) || dict_set(ts, dict_from(dict.v), name.v, value.v) == STATUS_ERROR) {
            return NO_REF;
        }
    }
    return ref_take(&dict);
}

static Ref object_of(ThreadState *ts, json_t *json)
{
    if (enter_native(ts, " while decoding a JSON document") == STATUS_ERROR) {
        return NO_REF;
    }
    switch (json_typeof(json)) {
    case JSON_OBJECT:
        return dict_of(ts, json);
    case JSON_ARRAY:
        return list_of(ts, json);
    case JSON_STRING:
        return str_from_utf8(ts, json_string_value(json), json_string_length(json));
    case JSON_INTEGER:
        return int_from_i64(ts, json_integer_value(json));
    case JSON_REAL:
        return float_from_double(ts, json_real_value(json));
    case JSON_TRUE:
        return REF_OF(VALUE_TRUE);
    case JSON_FALSE:
        return REF_OF(VALUE_FALSE);
    default:
        return REF_NONE;
    }
}

static Ref read_with_module(ThreadState *ts, const char *text, size_t size, const char *message)
{
    OWNED Ref module = import_module(ts, "json");
    if (is_error(module)) {
        exception_clear(ts);
        return raise(ts, EXC_ValueError, "%s", message);
    }
    OWNED Ref bytes = bytes_new(ts, size ? text : "", size);
    OWNED Ref loads = is_error(bytes) ? NO_REF : object_get_attribute_z(ts, module.v, "loads");
    return is_error(loads) ? NO_REF : object_call1(ts, loads.v, bytes.v);
}

Ref json_object_from_bytes(ThreadState *ts, const char *text, size_t size)
{
    json_error_t error = {.text = "the json module is missing"};
    bool is_small = size > 0 && size <= JANSSON_BYTES_MAX;
    json_t *json =
        is_small ? json_loadb(text, size, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error) : NULL;
    if (!json) {
        return read_with_module(ts, text, size,
                                size ? error.text : "Expecting value: line 1 column 1 (char 0)");
    }
    Ref result = object_of(ts, json);
    json_decref(json);
    return result;
}

// --- writing -------------------------------------------------------------------------------------

enum { UNCHECKED_BYTES = 65536 }; // answers up to here need not ask about the heap's ceiling

// Makes room in the answer, which is no part of the heap but must respect its ceiling all the same.
static NO_INLINE Status grow(ThreadState *ts, Buffer *out, size_t more)
{
    size_t next = MAX_OF(out->capacity * 2, out->size + more), limit = heap_limit();
    bool fits = next <= UNCHECKED_BYTES || limit == 0 || heap_system_bytes() + next <= limit;
    if (LIKELY(fits && buffer_reserve(out, more))) {
        return STATUS_OK;
    }
    (void)raise_no_memory(ts);
    return STATUS_ERROR;
}

static inline Status make_room(ThreadState *ts, Buffer *out, size_t more)
{
    return LIKELY(out->capacity - out->size >= more) ? STATUS_OK : grow(ts, out, more);
}

static Status append(ThreadState *ts, Buffer *out, const char *text, size_t size)
{
    if (make_room(ts, out, size) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    memcpy(out->data + out->size, text, size);
    out->size += size;
    return STATUS_OK;
}
#define APPEND(literal) append(ts, out, literal, sizeof(literal) - 1)

static char *put_escape(char *to, uint32_t c)
{
    static const char hex[] = "0123456789abcdef";
    *to++ = '\\';
    switch (c) {
    case '"':
    case '\\':
        *to++ = (char)c;
        return to;
    case '\n':
        *to++ = 'n';
        return to;
    case '\r':
        *to++ = 'r';
        return to;
    case '\t':
        *to++ = 't';
        return to;
    case '\b':
        *to++ = 'b';
        return to;
    case '\f':
        *to++ = 'f';
        return to;
    default:
        *to++ = 'u';
        for (int shift = 12; shift >= 0; shift -= 4) {
            *to++ = hex[c >> shift & 15];
        }
        return to;
    }
}

static char *put_utf8(char *to, uint32_t c)
{
    if (c < 0x800) {
        *to++ = (char)(0xC0 | c >> 6);
    } else if (c < 0x10000) {
        *to++ = (char)(0xE0 | c >> 12);
        *to++ = (char)(0x80 | (c >> 6 & 0x3F));
    } else {
        *to++ = (char)(0xF0 | c >> 18);
        *to++ = (char)(0x80 | (c >> 12 & 0x3F));
        *to++ = (char)(0x80 | (c >> 6 & 0x3F));
    }
    *to++ = (char)(0x80 | (c & 0x3F));
    return to;
}

static bool is_plain(uint32_t c) { return c >= 0x20 && c != '"' && c != '\\'; }

static Status append_text(ThreadState *ts, Buffer *out, const Str *s)
{
    enum { PIECE = 512, WORST = 6 }; // code points at a time; bytes of one
    size_t at = 0;
    if (APPEND("\"") == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    while (at < s->length) {
        size_t end = MIN_OF(at + PIECE, s->length);
        if (make_room(ts, out, PIECE * WORST) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
        char *to = out->data + out->size;
        for (; at < end; at++) {
            uint32_t c = str_char(s, at);
            if (LIKELY(c < 0x80)) {
                if (LIKELY(is_plain(c))) {
                    *to++ = (char)c;
                } else {
                    to = put_escape(to, c);
                }
            } else if (c >= 0xD800 && c <= 0xDFFF) {
                to = put_escape(to, c);
            } else {
                to = put_utf8(to, c);
            }
        }
        out->size = (size_t)(to - out->data);
    }
    return APPEND("\"");
}

static Status append_ascii(ThreadState *ts, Buffer *out, Ref made)
{
    OWNED Ref text = made;
    if (is_error(text)) {
        return STATUS_ERROR;
    }
    const Str *s = str_from(text.v);
    return append(ts, out, (const char *)s->data, s->length);
}

static Status append_int(ThreadState *ts, Buffer *out, Value v)
{
    int64_t i;
    if (int_to_i64(v, &i)) {
        char digits[24];
        return append(ts, out, digits, int_format_i64(digits, i));
    }
    return append_ascii(ts, out, int_to_str(ts, v, 10));
}

static Status append_float(ThreadState *ts, Buffer *out, double d)
{
    if (!isfinite(d)) {
        return raise_status(ts, EXC_ValueError, "Out of range float values are not JSON compliant");
    }
    return append_ascii(ts, out, double_repr(ts, d));
}

static Status append_key(ThreadState *ts, Buffer *out, Value key)
{
    if (value_is_str(key)) {
        return append_text(ts, out, str_from(key));
    }
    if (!value_is_none(key) && !value_is_int(key) && !value_is_float(key)) {
        return raise_status(ts, EXC_TypeError, "keys must be str, int, float, bool or None, not %T",
                            key);
    }
    if (APPEND("\"") == STATUS_ERROR || json_append_value(ts, out, key) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    return APPEND("\"");
}

static Status append_dict(ThreadState *ts, Buffer *out, Value v)
{
    size_t position = 0;
    bool first = true;
    Ref next_key = NO_REF, next_value = NO_REF;
    if (APPEND("{") == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    while (dict_next(ts, dict_from(v), &position, &next_key, &next_value)) {
        OWNED Ref key = next_key;
        OWNED Ref value = next_value;
        if ((!first && APPEND(",") == STATUS_ERROR) || append_key(ts, out, key.v) == STATUS_ERROR ||
            APPEND(":") == STATUS_ERROR || json_append_value(ts, out, value.v) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
        first = false;
    }
    return APPEND("}");
}

static Status append_list(ThreadState *ts, Buffer *out, Value v)
{
    if (APPEND("[") == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    for (size_t i = 0;; i++) {
        OWNED Ref item = list_get(ts, list_from(v), i); // it may shrink meanwhile
        if (is_error(item)) {
            return APPEND("]");
        }
        if ((i > 0 && APPEND(",") == STATUS_ERROR) ||
            json_append_value(ts, out, item.v) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
}

static Status append_tuple(ThreadState *ts, Buffer *out, Value v)
{
    if (APPEND("[") == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    for (size_t i = 0; i < tuple_count(v); i++) {
        if ((i > 0 && APPEND(",") == STATUS_ERROR) ||
            json_append_value(ts, out, tuple_item(v, i)) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    return APPEND("]");
}

Status json_append_value(ThreadState *ts, Buffer *out, Value v)
{
    if (value_is_str(v)) {
        return append_text(ts, out, str_from(v));
    }
    if (value_is_none(v)) {
        return APPEND("null");
    }
    if (value_is_bool(v)) {
        return value_is_same(v, VALUE_TRUE) ? APPEND("true") : APPEND("false");
    }
    if (value_is_int(v)) {
        return append_int(ts, out, v);
    }
    if (value_is_float(v)) {
        return append_float(ts, out, float_get(v));
    }
    if (enter_native(ts, " while encoding a JSON object") == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    if (value_is_dict(v)) {
        return append_dict(ts, out, v);
    }
    if (value_is_list(v)) {
        return append_list(ts, out, v);
    }
    if (value_is_tuple(v)) {
        return append_tuple(ts, out, v);
    }
    return raise_status(ts, EXC_TypeError, "Object of type %T is not JSON serializable", v);
}
