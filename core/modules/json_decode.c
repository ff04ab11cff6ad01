// core/modules/json_decode.c: JSON text to objects.
//
// A recursive parser over bytes: the text's own when it has one byte a code point, else its
// UTF-8 form (surrogates included). Positions are turned back into code points for messages only.
#include <string.h>

#include "core/modules/json.h"
#include "core/object/dict.h"
#include "core/object/float.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/str_internal.h"
#include "core/object/tuple.h"
#include "core/object/utf8.h"

enum { KEY_CACHE = 64, KEY_MAX = 32 };

typedef struct Parser {
    const uint8_t *p; // the text; a zero stands behind it
    size_t size, i;
    bool is_utf8; // else Latin-1
    Value text;
    const JsonDecode *options;
    Ref keys[KEY_CACHE]; // recently seen short keys, by hash
} Parser;

static Ref fail(ThreadState *ts, Parser *j, const char *message, size_t at)
{
    size_t position = at;
    if (j->is_utf8) {
        position = 0;
        for (size_t i = 0; i < at && i < j->size; i++) {
            position += (j->p[i] & 0xC0) != 0x80;
        }
    }
    return json_raise(ts, message, j->text, position);
}

static inline void skip_space(Parser *j)
{
    uint8_t c = j->p[j->i];
    while (c == ' ' || c == '\n' || c == '\t' || c == '\r') {
        c = j->p[++j->i];
    }
}

static Ref make_text(ThreadState *ts, Parser *j, const uint8_t *from, size_t size, bool is_ascii)
{
    if (is_ascii) {
        return str_from_ascii(ts, (const char *)from, size);
    }
    return j->is_utf8 ? str_from_wtf8(ts, (const char *)from, size)
                      : str_from_latin1(ts, from, size);
}

// --- Strings -------------------------------------------------------------------------------------

// Four hex digits at `at`; -1: they are not there.
static int read_hex(const Parser *j, size_t at)
{
    int value = 0;
    for (size_t i = at; i < at + 4; i++) {
        uint8_t c = i < j->size ? j->p[i] : 0;
        int digit = c >= '0' && c <= '9'                 ? c - '0'
                    : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10
                                                         : -1;
        if (digit < 0) {
            return -1;
        }
        value = value << 4 | digit;
    }
    return value;
}

// The escape at j->i (a backslash). Moves behind it.
static Status read_escape(ThreadState *ts, Parser *j, size_t begin, StrBuilder *out)
{
    size_t slash = j->i;
    if (slash + 1 >= j->size) {
        (void)fail(ts, j, "Unterminated string starting at", begin);
        return STATUS_ERROR;
    }
    uint8_t c = j->p[slash + 1];
    uint32_t point;
    j->i = slash + 2;
    switch (c) {
    case '"':
    case '\\':
    case '/':
        point = c;
        break;
    case 'b':
        point = '\b';
        break;
    case 'f':
        point = '\f';
        break;
    case 'n':
        point = '\n';
        break;
    case 'r':
        point = '\r';
        break;
    case 't':
        point = '\t';
        break;
    case 'u': {
        int unit = slash + 6 >= j->size ? -1 : read_hex(j, slash + 2);
        if (unit < 0) {
            (void)fail(ts, j, "Invalid \\uXXXX escape", slash + 1);
            return STATUS_ERROR;
        }
        point = (uint32_t)unit;
        j->i = slash + 6;
        if ((point & 0xFC00) == 0xD800 && j->i + 6 < j->size && j->p[j->i] == '\\' &&
            j->p[j->i + 1] == 'u') {
            int low = read_hex(j, j->i + 2);
            if (low < 0) {
                (void)fail(ts, j, "Invalid \\uXXXX escape", j->i + 1);
                return STATUS_ERROR;
            }
            if ((low & 0xFC00) == 0xDC00) {
                point = 0x10000 + ((point & 0x3FF) << 10 | (uint32_t)(low & 0x3FF));
                j->i += 6;
            }
        }
        break;
    }
    default:
        (void)fail(ts, j, "Invalid \\escape", slash);
        return STATUS_ERROR;
    }
    return builder_add_char(ts, out, point);
}

// Moves over plain characters; true when all are ASCII.
static inline bool skip_plain(Parser *j)
{
    uint8_t all = 0;
    const uint8_t *p = j->p + j->i;
    while (*p != '"' && *p != '\\' && *p >= 0x20) {
        all |= *p++;
    }
    j->i = (size_t)(p - j->p);
    return all < 0x80;
}

static Ref read_string_slow(ThreadState *ts, Parser *j, size_t begin, bool is_ascii)
{
    StrBuilder out;
    builder_init(&out);
    size_t start = begin + 1;
    for (;;) {
        if (j->i > start) {
            OWNED Ref part = make_text(ts, j, j->p + start, j->i - start, is_ascii);
            if (is_error(part) || builder_add(ts, &out, part.v) == STATUS_ERROR) {
                break;
            }
        }
        uint8_t c = j->p[j->i];
        if (c == '"') {
            j->i++;
            return builder_finish(ts, &out);
        }
        if (c == '\\') {
            if (read_escape(ts, j, begin, &out) == STATUS_ERROR) {
                break;
            }
        } else if (j->i >= j->size) {
            (void)fail(ts, j, "Unterminated string starting at", begin);
            break;
        } else if (!j->options->is_lenient) {
            (void)fail(ts, j, "Invalid control character at", j->i);
            break;
        } else {
            j->i++;
            if (builder_add_char(ts, &out, c) == STATUS_ERROR) {
                break;
            }
        }
        start = j->i;
        is_ascii = skip_plain(j);
    }
    builder_abandon(ts, &out);
    return NO_REF;
}

// j->i stands on the opening quote.
static Ref read_string(ThreadState *ts, Parser *j)
{
    size_t begin = j->i++;
    bool is_ascii = skip_plain(j);
    if (LIKELY(j->p[j->i] == '"')) {
        Ref text = make_text(ts, j, j->p + begin + 1, j->i - begin - 1, is_ascii);
        j->i++;
        return text;
    }
    return read_string_slow(ts, j, begin, is_ascii);
}

// As read_string, for keys: they repeat, so short ones are made once.
static Ref read_key(ThreadState *ts, Parser *j)
{
    size_t begin = j->i + 1, i = begin;
    uint32_t hash = 2166136261u;
    while (i - begin <= KEY_MAX && j->p[i] != '"' && j->p[i] != '\\' && j->p[i] >= 0x20 &&
           j->p[i] < 0x80) {
        hash = (hash ^ j->p[i++]) * 16777619u;
    }
    size_t size = i - begin;
    if (j->p[i] != '"' || size > KEY_MAX) {
        return read_string(ts, j);
    }
    Ref *kept = &j->keys[(hash ^ hash >> 16) % KEY_CACHE];
    j->i = i + 1;
    if (!is_error(*kept)) {
        Str *s = str_from(kept->v);
        if (s->length == size && memcmp(s->data, j->p + begin, size) == 0) {
            return ref_new(kept->v);
        }
    }
    Ref key = str_from_ascii(ts, (const char *)j->p + begin, size);
    if (!is_error(key)) {
        ref_set(kept, ref_new(key.v));
    }
    return key;
}

// --- Numbers and constants -----------------------------------------------------------------------

static inline bool is_digit(uint8_t c) { return (uint8_t)(c - '0') < 10; }

static Ref call_with_text(ThreadState *ts, Value hook, const uint8_t *text, size_t size)
{
    OWNED Ref s = str_from_ascii(ts, (const char *)text, size);
    return is_error(s) ? NO_REF : object_call1(ts, hook, s.v);
}

static Ref read_number(ThreadState *ts, Parser *j)
{
    const uint8_t *p = j->p + j->i, *start = p;
    bool is_negative = *p == '-';
    p += is_negative;
    if (!is_digit(*p)) {
        return fail(ts, j, "Expecting value", j->i);
    }
    int64_t n = 0;
    if (*p == '0') {
        p++;
    } else {
        while (is_digit(*p) && p - start < 18) {
            n = n * 10 + (*p++ - '0');
        }
        while (is_digit(*p)) {
            p++;
        }
    }
    const uint8_t *whole = p;
    if (*p == '.' && is_digit(p[1])) {
        do {
            p++;
        } while (is_digit(*p));
    }
    if ((*p | 32) == 'e') {
        const uint8_t *q = p + 1;
        q += *q == '+' || *q == '-';
        if (is_digit(*q)) {
            while (is_digit(*q)) {
                q++;
            }
            p = q;
        }
    }
    size_t size = (size_t)(p - start);
    j->i += size;
    if (p != whole) {
        if (!is_no_value(j->options->parse_float)) {
            return call_with_text(ts, j->options->parse_float, start, size);
        }
        double d;
        (void)double_parse((const char *)start, (const char *)p, &d);
        return float_from_double(ts, d);
    }
    if (!is_no_value(j->options->parse_int)) {
        return call_with_text(ts, j->options->parse_int, start, size);
    }
    if (LIKELY(size < 18)) {
        return REF_OF(small_int(is_negative ? -n : n));
    }
    return int_from_text(ts, (const char *)start, size, 10, NO_VALUE);
}

static bool takes_word(Parser *j, const char *word)
{
    size_t n = strlen(word);
    if (j->size - j->i < n || memcmp(j->p + j->i, word, n) != 0) {
        return false;
    }
    j->i += n;
    return true;
}

static Ref constant(ThreadState *ts, Parser *j, const char *word, double value)
{
    if (!is_no_value(j->options->parse_constant)) {
        return call_with_text(ts, j->options->parse_constant, (const uint8_t *)word, strlen(word));
    }
    return float_from_double(ts, value);
}

// --- Containers ----------------------------------------------------------------------------------

static Ref read_value(ThreadState *ts, Parser *j);

static Ref read_array(ThreadState *ts, Parser *j)
{
    if (enter_native(ts, " while decoding a JSON array from a unicode string") == STATUS_ERROR) {
        return NO_REF;
    }
    OWNED Ref list = list_new(ts, 0);
    if (is_error(list)) {
        return NO_REF;
    }
    j->i++;
    skip_space(j);
    if (j->p[j->i] == ']') {
        j->i++;
        return ref_take(&list);
    }
    for (;;) {
        Ref item = read_value(ts, j);
        if (is_error(item) || list_append_ref(ts, list_from(list.v), item) == STATUS_ERROR) {
            return NO_REF;
        }
        skip_space(j);
        uint8_t c = j->p[j->i];
        if (c == ']') {
            j->i++;
            return ref_take(&list);
        }
        if (c != ',') {
            return fail(ts, j, "Expecting ',' delimiter", j->i);
        }
        j->i++;
        skip_space(j);
    }
}

static Status add_pair(ThreadState *ts, Value into, bool is_list, Value key, Value value)
{
    if (!is_list) {
        return dict_set(ts, dict_from(into), key, value);
    }
    Ref pair = tuple_pack(ts, 2, key, value);
    return is_error(pair) ? STATUS_ERROR : list_append_ref(ts, list_from(into), pair);
}

static Ref read_members(ThreadState *ts, Parser *j, bool as_pairs)
{
    OWNED Ref into = as_pairs ? list_new(ts, 0) : dict_new(ts);
    if (is_error(into)) {
        return NO_REF;
    }
    j->i++;
    skip_space(j);
    if (j->p[j->i] == '}') {
        j->i++;
        return ref_take(&into);
    }
    for (;;) {
        if (j->p[j->i] != '"') {
            return fail(ts, j, "Expecting property name enclosed in double quotes", j->i);
        }
        OWNED Ref key = read_key(ts, j);
        if (is_error(key)) {
            return NO_REF;
        }
        skip_space(j);
        if (j->p[j->i] != ':') {
            return fail(ts, j, "Expecting ':' delimiter", j->i);
        }
        j->i++;
        skip_space(j);
        OWNED Ref value = read_value(ts, j);
        if (is_error(value) || add_pair(ts, into.v, as_pairs, key.v, value.v) == STATUS_ERROR) {
            return NO_REF;
        }
        skip_space(j);
        uint8_t c = j->p[j->i];
        if (c == '}') {
            j->i++;
            return ref_take(&into);
        }
        if (c != ',') {
            return fail(ts, j, "Expecting ',' delimiter", j->i);
        }
        j->i++;
        skip_space(j);
    }
}

static Ref read_object(ThreadState *ts, Parser *j)
{
    if (enter_native(ts, " while decoding a JSON object from a unicode string") == STATUS_ERROR) {
        return NO_REF;
    }
    const JsonDecode *o = j->options;
    bool as_pairs = !is_no_value(o->pairs_hook);
    OWNED Ref made = read_members(ts, j, as_pairs);
    Value hook = as_pairs ? o->pairs_hook : o->object_hook;
    return is_error(made) || is_no_value(hook) ? ref_take(&made) : object_call1(ts, hook, made.v);
}

static Ref read_value(ThreadState *ts, Parser *j)
{
    switch (j->p[j->i]) {
    case '"':
        return read_string(ts, j);
    case '{':
        return read_object(ts, j);
    case '[':
        return read_array(ts, j);
    case 'n':
        if (takes_word(j, "null")) {
            return REF_NONE;
        }
        break;
    case 't':
        if (takes_word(j, "true")) {
            return REF_OF(VALUE_TRUE);
        }
        break;
    case 'f':
        if (takes_word(j, "false")) {
            return REF_OF(VALUE_FALSE);
        }
        break;
    case 'N':
        if (takes_word(j, "NaN")) {
            return constant(ts, j, "NaN", __builtin_nan(""));
        }
        break;
    case 'I':
        if (takes_word(j, "Infinity")) {
            return constant(ts, j, "Infinity", __builtin_inf());
        }
        break;
    case '-':
        if (takes_word(j, "-Infinity")) {
            return constant(ts, j, "-Infinity", -__builtin_inf());
        }
        return read_number(ts, j);
    default:
        if (is_digit(j->p[j->i])) {
            return read_number(ts, j);
        }
        break;
    }
    return fail(ts, j, "Expecting value", j->i);
}

static Ref parse(ThreadState *ts, Parser *j)
{
    skip_space(j);
    OWNED Ref value = read_value(ts, j);
    if (is_error(value)) {
        return NO_REF;
    }
    skip_space(j);
    return j->i < j->size ? fail(ts, j, "Extra data", j->i) : ref_take(&value);
}

Ref json_decode(ThreadState *ts, Value text, const JsonDecode *options)
{
    const Str *s = str_from(text);
    Parser j = {.p = s->data, .size = s->length, .text = text, .options = options};
    uint8_t *wide = NULL;
    if (str_width(s) > 1) {
        wide = raw_alloc(ts, s->length * 4 + 1);
        if (wide == NULL) {
            return NO_REF;
        }
        size_t n = 0;
        for (size_t i = 0; i < s->length; i++) {
            n += utf8_put(wide + n, str_char(s, i));
        }
        wide[n] = 0;
        j.p = wide;
        j.size = n;
        j.is_utf8 = true;
    }
    Ref value = parse(ts, &j);
    for (size_t i = 0; i < KEY_CACHE; i++) {
        ref_drop(&j.keys[i]);
    }
    if (wide != NULL) {
        raw_free(ts, wide);
    }
    return value;
}
