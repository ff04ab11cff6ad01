// The % operator of str, and of bytes and bytearray (which is done in Latin-1 text).
#include <math.h>

#include "core/object/bytes_internal.h"
#include "core/object/dict.h"
#include "core/object/float.h"
#include "core/object/format.h"
#include "core/object/int.h"
#include "core/object/str_internal.h"
#include "core/object/tuple.h"

enum { FLAG_LEFT = 1, FLAG_SIGN = 2, FLAG_BLANK = 4, FLAG_ALTERNATE = 8, FLAG_ZERO = 16 };

typedef struct Percent {
    Value format; // str
    Value arguments;
    bool is_tuple, is_bytes;
    bool is_mapping; // arguments can be asked by key
    bool used_keys;
    size_t next, count; // arguments taken; how many there are
    Ref key_value;      // %(key): what it gave
    StrBuilder out;
} Percent;

typedef struct Conversion {
    unsigned flags;
    int64_t width, precision; // -1: none
    uint32_t type;
    size_t position; // of the type, for messages
} Conversion;

static Value next_argument(ThreadState *ts, Percent *p)
{
    if (!is_error(p->key_value)) {
        return p->key_value.v;
    }
    if (p->next >= p->count) {
        (void)raise(ts, EXC_TypeError, "not enough arguments for format string");
        return NO_VALUE;
    }
    p->next++;
    return p->is_tuple ? tuple_item(p->arguments, p->next - 1) : p->arguments;
}

// %(key), *i behind the parenthesis.
static Status take_key(ThreadState *ts, Percent *p, size_t *i)
{
    const Str *s = str_from(p->format);
    if (!p->is_mapping) {
        return raise_status(ts, EXC_TypeError, "format requires a mapping");
    }
    size_t start = *i;
    int depth = 1;
    while (*i < s->length && depth > 0) {
        uint32_t c = str_char(s, (*i)++);
        depth += (c == '(') - (c == ')');
    }
    if (depth > 0) {
        return raise_status(ts, EXC_ValueError, "incomplete format key");
    }
    OWNED Ref key = str_substring(ts, p->format, start, *i - 1);
    if (!is_error(key) && p->is_bytes) {
        ref_set(&key, str_encode(ts, key.v, "latin-1", NULL));
    }
    if (is_error(key)) {
        return STATUS_ERROR;
    }
    p->used_keys = true;
    ref_set(&p->key_value, object_get_item(ts, p->arguments, key.v));
    return is_error(p->key_value) ? STATUS_ERROR : STATUS_OK;
}

static Status take_star(ThreadState *ts, Percent *p, const char *what, int64_t *out)
{
    Value v = next_argument(ts, p);
    if (is_no_value(v)) {
        return STATUS_ERROR;
    }
    if (!value_is_int(v)) {
        return raise_status(ts, EXC_TypeError, "* wants int");
    }
    if (!int_to_i64(v, out) || *out > INT32_MAX || *out < INT32_MIN) {
        return raise_status(ts, EXC_OverflowError, "Python int too large to convert to C %s", what);
    }
    return STATUS_OK;
}

static Status take_number(ThreadState *ts, const Str *s, size_t *i, const char *what, int64_t *out)
{
    int64_t n = 0;
    for (; *i < s->length && str_char(s, *i) - '0' < 10; ++*i) {
        n = n * 10 + (int64_t)(str_char(s, *i) - '0');
        if (n > (what[0] == 'w' ? INT64_MAX / 16 : INT32_MAX)) {
            return raise_status(ts, EXC_ValueError, "%s too big", what);
        }
    }
    *out = n;
    return STATUS_OK;
}

static Status parse_conversion(ThreadState *ts, Percent *p, size_t *i, Conversion *c)
{
    const Str *s = str_from(p->format);
    size_t n = s->length;
    *c = (Conversion){.width = -1, .precision = -1};
    ref_drop(&p->key_value);
#define AT(x) (*i < n && str_char(s, *i) == (x))
    if (AT('(')) {
        ++*i;
        if (take_key(ts, p, i) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    for (bool more = true; more && *i < n;) {
        switch (str_char(s, *i)) {
        case '-':
            c->flags |= FLAG_LEFT;
            break;
        case '+':
            c->flags |= FLAG_SIGN;
            break;
        case ' ':
            c->flags |= FLAG_BLANK;
            break;
        case '#':
            c->flags |= FLAG_ALTERNATE;
            break;
        case '0':
            c->flags |= FLAG_ZERO;
            break;
        default:
            more = false;
        }
        *i += more;
    }
    if (AT('*')) {
        ++*i;
        if (take_star(ts, p, "ssize_t", &c->width) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
        if (c->width < 0) {
            c->flags |= FLAG_LEFT;
            c->width = -c->width;
        }
    } else if (*i < n && str_char(s, *i) - '0' < 10 &&
               take_number(ts, s, i, "width", &c->width) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    if (AT('.')) {
        ++*i;
        c->precision = 0;
        if (AT('*')) {
            ++*i;
            if (take_star(ts, p, "int", &c->precision) == STATUS_ERROR) {
                return STATUS_ERROR;
            }
            c->precision = MAX_OF(c->precision, 0);
        } else if (take_number(ts, s, i, "precision", &c->precision) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    if (AT('h') || AT('l') || AT('L')) {
        ++*i;
    }
#undef AT
    if (*i >= n) {
        return raise_status(ts, EXC_ValueError, "incomplete format");
    }
    c->position = *i;
    c->type = str_char(s, (*i)++);
    return STATUS_OK;
}

// --- Output --------------------------------------------------------------------------------------

static Status add_padded(ThreadState *ts, Percent *p, const Conversion *c, Value text)
{
    size_t length = str_length(text);
    if (c->precision >= 0 && (size_t)c->precision < length) {
        length = (size_t)c->precision;
    }
    size_t padding = c->width > (int64_t)length ? (size_t)c->width - length : 0;
    bool left = (c->flags & FLAG_LEFT) != 0;
    if (padding > 0 && !left && builder_add_repeat(ts, &p->out, ' ', padding) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    if (builder_add_range(ts, &p->out, text, 0, length) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    return left ? builder_add_repeat(ts, &p->out, ' ', padding) : STATUS_OK;
}

// sign and prefix, zeros for the precision, digits;
// padded with zeros behind the sign or with spaces.
static Status add_number(ThreadState *ts, Percent *p, const Conversion *c, const char *text,
                         size_t size, const char *prefix, size_t digits_min)
{
    bool is_negative = size > 0 && text[0] == '-';
    text += is_negative;
    size -= is_negative;
    char head[4];
    size_t head_size = 0;
    if (is_negative || (c->flags & (FLAG_SIGN | FLAG_BLANK)) != 0) {
        head[head_size++] = is_negative ? '-' : (c->flags & FLAG_SIGN) != 0 ? '+' : ' ';
    }
    for (; *prefix != 0; prefix++) {
        head[head_size++] = *prefix;
    }
    size_t zeros = digits_min > size ? digits_min - size : 0;
    size_t length = head_size + zeros + size;
    size_t padding = c->width > (int64_t)length ? (size_t)c->width - length : 0;
    size_t before = 0, after = 0;
    if ((c->flags & FLAG_LEFT) != 0) {
        after = padding;
    } else if ((c->flags & FLAG_ZERO) != 0) {
        zeros += padding;
    } else {
        before = padding;
    }
    StrBuilder *b = &p->out;
    if (builder_add_repeat(ts, b, ' ', before) == STATUS_ERROR ||
        builder_add_ascii(ts, b, head, head_size) == STATUS_ERROR ||
        builder_add_repeat(ts, b, '0', zeros) == STATUS_ERROR ||
        builder_add_ascii(ts, b, text, size) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    return builder_add_repeat(ts, b, ' ', after);
}

static Ref integer_argument(ThreadState *ts, Value v, uint32_t type)
{
    if (value_is_int(v)) {
        return ref_new(v);
    }
    bool is_decimal = type == 'd' || type == 'i' || type == 'u';
    Type *t = type_of(v);
    OWNED Ref number = NO_REF;
    if (value_is_float(v) && is_decimal) {
        return int_from_double(ts, float_get(v));
    }
    if (is_decimal && t->slots.to_int != NULL) {
        number = t->slots.to_int(ts, v);
    } else if (t->slots.index != NULL) {
        number = object_index(ts, v);
    }
    if (is_error(number) && (!has_exception(ts) || exception_clear_if(ts, EXC_TypeError))) {
        return raise(ts, EXC_TypeError,
                     is_decimal ? "%%%c format: a real number is required, not %.200s"
                                : "%%%c format: an integer is required, not %.200s",
                     (int)type, type_name(t));
    }
    return ref_take(&number);
}

static Status add_integer(ThreadState *ts, Percent *p, const Conversion *c, Value v)
{
    OWNED Ref number = integer_argument(ts, v, c->type);
    if (is_error(number)) {
        return STATUS_ERROR;
    }
    int base = c->type == 'o' ? 8 : (c->type | 32) == 'x' ? 16 : 10;
    size_t digits_min = c->precision > 0 ? (size_t)c->precision : 0;
    char local[24];
    if (value_is_small_int(number.v) && base == 10) {
        return add_number(ts, p, c, local, int_format_i64(local, small_int_get(number.v)), "",
                          digits_min);
    }
    OWNED Ref text = int_to_str(ts, number.v, base);
    if (is_error(text)) {
        return STATUS_ERROR;
    }
    const char *prefix = "";
    if ((c->flags & FLAG_ALTERNATE) != 0) {
        prefix = c->type == 'o' ? "0o" : c->type == 'x' ? "0x" : c->type == 'X' ? "0X" : "";
    }
    Str *s = str_from(text.v);
    if (c->type != 'X') {
        return add_number(ts, p, c, (const char *)s->data, s->length, prefix, digits_min);
    }
    char *upper = raw_alloc(ts, s->length + 1);
    if (upper == NULL) {
        return STATUS_ERROR;
    }
    for (size_t i = 0; i < s->length; i++) {
        upper[i] = (char)(s->data[i] >= 'a' ? s->data[i] - 32 : s->data[i]);
    }
    Status status = add_number(ts, p, c, upper, s->length, prefix, digits_min);
    raw_free(ts, upper);
    return status;
}

static Status add_double(ThreadState *ts, Percent *p, const Conversion *c, Value v)
{
    double d;
    if (object_to_double(ts, v, &d) == STATUS_ERROR) {
        if (p->is_bytes && exception_clear_if(ts, EXC_TypeError)) {
            return raise_status(ts, EXC_TypeError, "float argument required, not %.200s",
                                type_name(type_of(v)));
        }
        return STATUS_ERROR;
    }
    DoubleText text;
    if (double_text(ts, d, (char)c->type, c->precision < 0 ? 6 : c->precision,
                    (c->flags & FLAG_ALTERNATE) != 0 ? DOUBLE_ALTERNATE : 0,
                    &text) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    Status status = add_number(ts, p, c, text.text, text.size, "", 0);
    double_text_free(ts, &text);
    return status;
}

static Status add_char(ThreadState *ts, Percent *p, const Conversion *c, Value v)
{
    Conversion whole = *c;
    whole.precision = -1;
    OWNED Ref text = NO_REF;
    uint32_t limit = p->is_bytes ? 0x100 : 0x110000;
    if (p->is_bytes && (value_is_bytes(v) || value_is_bytearray(v))) {
        Span span;
        span_begin(ts, &span, v);
        text = span.size == 1 ? str_from_latin1(ts, span.data, 1) : NO_REF;
        span_end(&span);
    } else if (!p->is_bytes && value_is_str(v)) {
        text = str_length(v) == 1 ? ref_new(v) : NO_REF;
    } else if (type_of(v)->slots.index != NULL) {
        OWNED Ref index = object_index(ts, v);
        int64_t i;
        if (is_error(index)) {
            return STATUS_ERROR;
        }
        if (!int_to_i64(index.v, &i) || i < 0 || i >= (int64_t)limit) {
            return raise_status(ts, EXC_OverflowError,
                                p->is_bytes ? "%%c arg not in range(256)"
                                            : "%%c arg not in range(0x110000)");
        }
        text = str_from_char(ts, (uint32_t)i);
    }
    if (is_error(text)) {
        return has_exception(ts)
                   ? STATUS_ERROR
                   : raise_status(ts, EXC_TypeError,
                                  p->is_bytes
                                      ? "%%c requires an integer in range(256) or a single byte"
                                      : "%%c requires int or char");
    }
    return add_padded(ts, p, &whole, text.v);
}

// %s and %b of bytes: a buffer, or what __bytes__ gives, as Latin-1 text.
static Ref bytes_argument(ThreadState *ts, Value v)
{
    OWNED Ref made = NO_REF;
    if (!value_is_bytes(v) && type_of(v)->slots.buffer == NULL) {
        OWNED Ref method = type_lookup(ts, type_of(v), NAME(__bytes__));
        if (!is_error(method)) {
            made = type_call_special(ts, v, NAME(__bytes__), NULL, 0);
            if (is_error(made)) {
                return NO_REF;
            }
            v = made.v;
        }
        if (is_error(method) || !value_is_bytes(v)) {
            return has_exception(ts) ? NO_REF
                                     : raise(ts, EXC_TypeError,
                                             "%%b requires a bytes-like object, or an object that "
                                             "implements __bytes__, not '%.100s'",
                                             type_name(type_of(v)));
        }
    }
    BufferView view;
    if (buffer_get_brief(ts, v, &view) == STATUS_ERROR) {
        return NO_REF;
    }
    Ref text = str_from_latin1(ts, view.data, view.size);
    buffer_release(ts, &view);
    return text;
}

static Status raise_unsupported(ThreadState *ts, const Conversion *c)
{
    return raise_status(ts, EXC_ValueError, "unsupported format character '%c' (0x%x) at index %zu",
                        c->type >= 32 && c->type < 127 ? (int)c->type : '?', c->type, c->position);
}

static Status add_conversion(ThreadState *ts, Percent *p, const Conversion *c)
{
    Value v = next_argument(ts, p);
    if (is_no_value(v)) {
        return STATUS_ERROR;
    }
    switch (c->type) {
    case 'd':
    case 'i':
    case 'u':
    case 'o':
    case 'x':
    case 'X':
        return add_integer(ts, p, c, v);
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
        return add_double(ts, p, c, v);
    case 'c':
        return add_char(ts, p, c, v);
    case 's':
    case 'b':
    case 'r':
    case 'a':
        break;
    default:
        return raise_unsupported(ts, c);
    }
    OWNED Ref text = NO_REF;
    if (c->type == 's' || c->type == 'b') {
        if (c->type == 'b' && !p->is_bytes) {
            return raise_unsupported(ts, c);
        }
        text = p->is_bytes               ? bytes_argument(ts, v)
               : value_is_exactly_str(v) ? ref_new(v)
                                         : object_str(ts, v);
    } else {
        text = c->type == 'r' && !p->is_bytes ? object_repr(ts, v) : object_ascii(ts, v);
    }
    return is_error(text) ? STATUS_ERROR : add_padded(ts, p, c, text.v);
}

static Status format_all(ThreadState *ts, Percent *p)
{
    const Str *s = str_from(p->format);
    for (size_t i = 0; i < s->length;) {
        int64_t hit = str_find_char(s, '%', i, s->length);
        size_t end = hit < 0 ? s->length : (size_t)hit;
        if (end > i && builder_add_range(ts, &p->out, p->format, i, end) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
        i = end + 1;
        if (end == s->length) {
            break;
        }
        if (i < s->length && str_char(s, i) == '%') {
            i++;
            if (builder_add_char(ts, &p->out, '%') == STATUS_ERROR) {
                return STATUS_ERROR;
            }
            continue;
        }
        Conversion c;
        if (parse_conversion(ts, p, &i, &c) == STATUS_ERROR ||
            add_conversion(ts, p, &c) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    if (p->next < p->count && !p->is_mapping) {
        return raise_status(ts, EXC_TypeError, "not all arguments converted during %s formatting",
                            p->is_bytes ? "bytes" : "string");
    }
    return STATUS_OK;
}

static Ref run(ThreadState *ts, Value format, Value arguments, bool is_bytes)
{
    Percent p = {
        .format = format, .arguments = arguments, .is_bytes = is_bytes, .key_value = NO_REF};
    p.is_tuple = value_is_tuple(arguments);
    p.count = p.is_tuple ? tuple_count(arguments) : 1;
    p.is_mapping = !p.is_tuple && !value_is_str(arguments) &&
                   type_of(arguments)->slots.get_item != NULL &&
                   !(is_bytes && (value_is_bytes(arguments) || value_is_bytearray(arguments)));
    builder_init(&p.out);
    Status status = format_all(ts, &p);
    ref_drop(&p.key_value);
    if (status == STATUS_ERROR) {
        builder_abandon(ts, &p.out);
        return NO_REF;
    }
    return builder_finish(ts, &p.out);
}

Ref str_format_percent(ThreadState *ts, Value format, Value arguments)
{
    return run(ts, format, arguments, false);
}

Ref bytes_modulo(ThreadState *ts, Value format, Value arguments)
{
    Span span;
    span_begin(ts, &span, format);
    OWNED Ref text = str_from_latin1(ts, span.data, span.size);
    span_end(&span);
    if (is_error(text)) {
        return NO_REF;
    }
    OWNED Ref done = run(ts, text.v, arguments, true);
    if (is_error(done)) {
        return NO_REF;
    }
    Str *s = str_from(done.v);
    return bytes_like_new(ts, format, s->data, s->length); // one byte each: every piece was Latin-1
}
