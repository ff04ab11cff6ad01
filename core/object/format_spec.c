// The format mini-language: parsing, and int, float and str by it.
#include <math.h>
#include <string.h>

#include "core/object/float.h"
#include "core/object/format.h"
#include "core/object/int.h"
#include "core/object/str_internal.h"

// --- Parsing -------------------------------------------------------------------------------------

static inline bool is_align(uint32_t c) { return c == '<' || c == '>' || c == '=' || c == '^'; }

// A run of digits at *i. False: an exception is set. *out is -1 when there are none.
static bool read_number(ThreadState *ts, const Str *s, size_t *i, int64_t *out)
{
    int64_t n = 0;
    size_t start = *i;
    for (; *i < s->length && str_char(s, *i) - '0' < 10; ++*i) {
        if (n > (INT64_MAX - 9) / 10) {
            (void)raise(ts, EXC_ValueError, "Too many decimal digits in format string");
            return false;
        }
        n = n * 10 + (int64_t)(str_char(s, *i) - '0');
    }
    *out = *i == start ? -1 : n;
    return true;
}

static Status raise_grouping(ThreadState *ts, char grouping, uint32_t type)
{
    if (type > 32 && type < 128) {
        return raise_status(ts, EXC_ValueError, "Cannot specify '%c' with '%c'.", grouping,
                            (int)type);
    }
    return raise_status(ts, EXC_ValueError, "Cannot specify '%c' with '\\x%x'.", grouping, type);
}

Status format_spec_parse(ThreadState *ts, Value spec, Value self, char default_align, FormatSpec *f)
{
    const Str *s = str_from(spec);
    size_t i = 0, n = s->length;
    bool align_given = false, fill_given = false;
    uint32_t default_type = f->type; // given by the caller
    *f = (FormatSpec){
        .fill = ' ', .align = default_align, .width = -1, .precision = -1, .type = default_type};
#define AT(c) (i < n && str_char(s, i) == (c))
    if (n >= 2 && is_align(str_char(s, 1))) {
        f->fill = str_char(s, 0);
        f->align = (char)str_char(s, 1);
        align_given = fill_given = true;
        i = 2;
    } else if (n >= 1 && is_align(str_char(s, 0))) {
        f->align = (char)str_char(s, 0);
        align_given = true;
        i = 1;
    }
    if (AT(' ') || AT('+') || AT('-')) {
        f->sign = (char)str_char(s, i++);
    }
    if (AT('z')) {
        f->no_negative_zero = true;
        i++;
    }
    if (AT('#')) {
        f->alternate = true;
        i++;
    }
    if (!fill_given && AT('0')) {
        f->fill = '0';
        if (!align_given && default_align == '>') {
            f->align = '=';
        }
        i++;
    }
    if (!read_number(ts, s, &i, &f->width)) {
        return STATUS_ERROR;
    }
    if (AT(',')) {
        f->grouping = ',';
        i++;
    }
    if (AT('_')) {
        if (f->grouping != 0) {
            return raise_status(ts, EXC_ValueError, "Cannot specify both ',' and '_'.");
        }
        f->grouping = '_';
        i++;
    }
    if (AT(',') && f->grouping == '_') {
        return raise_status(ts, EXC_ValueError, "Cannot specify both ',' and '_'.");
    }
    if (AT('.')) {
        i++;
        if (!read_number(ts, s, &i, &f->precision)) {
            return STATUS_ERROR;
        }
        if (f->precision < 0) {
            return raise_status(ts, EXC_ValueError, "Format specifier missing precision");
        }
    }
#undef AT
    if (n - i > 1) {
        return raise_status(ts, EXC_ValueError,
                            "Invalid format specifier '%U' for object of type '%.200s'", spec,
                            type_name(type_of(self)));
    }
    if (n - i == 1) {
        f->type = str_char(s, i);
    }
    if (f->grouping != 0) {
        uint32_t t = f->type;
        bool fits = t == 0 || (t < 128 && strchr("defgEGF%", (int)t) != NULL) ||
                    (f->grouping == '_' && t < 128 && strchr("boxX", (int)t) != NULL);
        if (!fits) {
            return raise_grouping(ts, f->grouping, t);
        }
    }
    return STATUS_OK;
}

static Ref raise_unknown_type(ThreadState *ts, uint32_t type, Value self)
{
    if (type > 32 && type < 128) {
        return raise(ts, EXC_ValueError, "Unknown format code '%c' for object of type '%.200s'",
                     (int)type, type_name(type_of(self)));
    }
    return raise(ts, EXC_ValueError, "Unknown format code '\\x%x' for object of type '%.200s'",
                 type, type_name(type_of(self)));
}

// --- Assembling a number -------------------------------------------------------------------------

typedef struct NumberParts {
    char sign;          // 0: none
    const char *prefix; // "0x" …
    const char *digits; // grouped and zero-filled
    size_t digit_count;
    const char *rest; // point, exponent, "inf"
    size_t rest_count;
    size_t group; // digits per group
} NumberParts;

static Ref assemble(ThreadState *ts, const FormatSpec *f, const NumberParts *p)
{
    size_t prefix = strlen(p->prefix), fixed = (p->sign != 0) + prefix + p->rest_count;
    size_t width = f->width < 0 ? 0 : (size_t)f->width;
    // Zeros in front that belong to the number, groups included.
    size_t count = p->digit_count;
    bool zero_fill = f->fill == '0' && f->align == '=';
    size_t wanted = zero_fill && width > fixed ? width - fixed : 0;
    size_t group = f->grouping != 0 && p->digit_count > 0 ? p->group : 0; // inf and nan have none
    if (wanted > 0) {
        if (group == 0) {
            count = MAX_OF(count, wanted);
        } else {
            while (count + (count == 0 ? 0 : (count - 1) / group) < wanted) {
                count++;
            }
        }
    }
    size_t body = count + (group > 0 && count > 0 ? (count - 1) / group : 0);
    size_t padding = width > fixed + body ? width - fixed - body : 0;
    size_t left = f->align == '>' ? padding : f->align == '^' ? padding / 2 : 0;
    size_t inner = f->align == '=' ? padding : 0;
    size_t right = padding - left - inner;
    if (width > STR_LENGTH_MAX) {
        return raise_no_memory(ts);
    }
    Ref result = str_new(ts, fixed + body + padding, MAX_OF(f->fill, 0x7F));
    if (is_error(result) || fixed + body + padding == 0) {
        return result;
    }
    Str *s = str_from(result.v);
    unsigned w = str_width(s);
    size_t k = 0;
#define PUT(c) text_set(s->data, w, k++, (uint8_t)(c))
    for (size_t i = 0; i < left; i++) {
        text_set(s->data, w, k++, f->fill);
    }
    if (p->sign != 0) {
        PUT(p->sign);
    }
    for (size_t i = 0; i < prefix; i++) {
        PUT(p->prefix[i]);
    }
    for (size_t i = 0; i < inner; i++) {
        text_set(s->data, w, k++, f->fill);
    }
    if (group == 0 && w == 1) {
        memset(s->data + k, '0', count - p->digit_count);
        memcpy(s->data + k + count - p->digit_count, p->digits, p->digit_count);
        k += count;
    } else {
        for (size_t i = 0; i < count; i++) {
            size_t from_end = count - i;
            if (i > 0 && group > 0 && from_end % group == 0) {
                PUT(f->grouping);
            }
            PUT(from_end > p->digit_count ? '0' : p->digits[p->digit_count - from_end]);
        }
    }
    for (size_t i = 0; i < p->rest_count; i++) {
        PUT(p->rest[i]);
    }
    for (size_t i = 0; i < right; i++) {
        text_set(s->data, w, k++, f->fill);
    }
#undef PUT
    // A single Latin-1 character is one of the shared ones elsewhere; here a copy does no harm.
    return result;
}

static char sign_char(bool is_negative, char wanted)
{
    return is_negative ? '-' : wanted == '+' || wanted == ' ' ? wanted : 0;
}

// --- int -----------------------------------------------------------------------------------------

static Ref format_character(ThreadState *ts, Value v, const FormatSpec *f)
{
    if (f->sign != 0) {
        return raise(ts, EXC_ValueError, "Sign not allowed with integer format specifier 'c'");
    }
    if (f->alternate) {
        return raise(ts, EXC_ValueError,
                     "Alternate form (#) not allowed with integer format specifier 'c'");
    }
    int64_t c;
    if (!int_to_i64(v, &c)) {
        return raise(ts, EXC_OverflowError, "Python int too large to convert to C long");
    }
    if (c < 0 || c > 0x10FFFF) {
        return raise(ts, EXC_OverflowError, "%%c arg not in range(0x110000)");
    }
    OWNED Ref text = str_from_char(ts, (uint32_t)c);
    if (is_error(text) || f->width <= 1) {
        return ref_take(&text);
    }
    size_t padding = (size_t)f->width - 1;
    size_t left = f->align == '<' ? 0 : f->align == '^' ? padding / 2 : padding;
    StrBuilder b;
    builder_init(&b);
    if (builder_add_repeat(ts, &b, f->fill, left) == STATUS_ERROR ||
        builder_add(ts, &b, text.v) == STATUS_ERROR ||
        builder_add_repeat(ts, &b, f->fill, padding - left) == STATUS_ERROR) {
        builder_abandon(ts, &b);
        return NO_REF;
    }
    return builder_finish(ts, &b);
}

static Ref format_double(ThreadState *ts, double d, FormatSpec *f, Value self);

static Ref format_int_parsed(ThreadState *ts, Value v, FormatSpec *f)
{
    uint32_t type = f->type;
    switch (type) {
    case 'd':
    case 'b':
    case 'c':
    case 'o':
    case 'x':
    case 'X':
    case 'n':
        break;
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
    case '%': {
        double d;
        return int_to_double(ts, v, &d) == STATUS_ERROR ? NO_REF : format_double(ts, d, f, v);
    }
    default:
        return raise_unknown_type(ts, type, v);
    }
    if (f->precision >= 0) {
        return raise(ts, EXC_ValueError, "Precision not allowed in integer format specifier");
    }
    if (f->no_negative_zero) {
        return raise(ts, EXC_ValueError,
                     "Negative zero coercion (z) not allowed in integer format specifier");
    }
    if (type == 'c') {
        return format_character(ts, v, f);
    }
    int base = type == 'b' ? 2 : type == 'o' ? 8 : (type | 32) == 'x' ? 16 : 10;
    char local[72];
    OWNED Ref text = NO_REF;
    NumberParts p = {.prefix = "", .group = base == 10 ? 3 : 4};
    bool is_negative;
    if (value_is_small_int(v) && base == 10) {
        size_t size = int_format_i64(local, small_int_get(v));
        is_negative = local[0] == '-';
        p.digits = local + is_negative;
        p.digit_count = size - is_negative;
    } else {
        text = int_to_str(ts, v, base);
        if (is_error(text)) {
            return NO_REF;
        }
        Str *s = str_from(text.v);
        is_negative = s->data[0] == '-';
        p.digits = (const char *)s->data + is_negative;
        p.digit_count = s->length - is_negative;
        if (type == 'X') {
            if (s->length == 1 || !value_is_exactly_str(text.v)) {
                local[0] = (char)(s->data[0] >= 'a' ? s->data[0] - 32 : s->data[0]);
                p.digits = local;
            } else {
                for (size_t i = 0; i < s->length; i++) { // fresh from int_to_str
                    s->data[i] = s->data[i] >= 'a' ? s->data[i] - 32 : s->data[i];
                }
            }
        }
    }
    if (f->alternate) {
        p.prefix = type == 'b'   ? "0b"
                   : type == 'o' ? "0o"
                   : type == 'x' ? "0x"
                   : type == 'X' ? "0X"
                                 : "";
    }
    p.sign = sign_char(is_negative, f->sign);
    return assemble(ts, f, &p);
}

Ref int_format(ThreadState *ts, Value v, Value spec)
{
    if (str_length(spec) == 0) {
        return object_str(ts, v); // a subclass may have its own __str__
    }
    FormatSpec f = {.type = 'd'};
    return format_spec_parse(ts, spec, v, '>', &f) == STATUS_ERROR ? NO_REF
                                                                   : format_int_parsed(ts, v, &f);
}

// --- float ---------------------------------------------------------------------------------------

static bool is_double_type(uint32_t type)
{
    switch (type) {
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
    case 'n':
    case '%':
        return true;
    default:
        return false;
    }
}

// A double of that kind and precision, with the spec's sign, grouping and padding.
static Ref assemble_double(ThreadState *ts, double d, char kind, int64_t precision, unsigned flags,
                           const FormatSpec *f)
{
    DoubleText text;
    if (double_text(ts, d, kind, precision, flags, &text) == STATUS_ERROR) {
        return NO_REF;
    }
    char *rest_start = text.text;
    size_t size = text.size;
    bool is_negative = size > 0 && text.text[0] == '-';
    NumberParts p = {.prefix = "", .group = 3, .sign = sign_char(is_negative, f->sign)};
    rest_start += is_negative;
    size -= is_negative;
    p.digits = rest_start;
    while (p.digit_count < size && rest_start[p.digit_count] >= '0' &&
           rest_start[p.digit_count] <= '9') {
        p.digit_count++;
    }
    p.rest = rest_start + p.digit_count;
    p.rest_count = size - p.digit_count;
    if (f->type == '%') {
        text.text[text.size] = '%'; // double_text leaves room for one more
        p.rest_count++;
    }
    Ref result = assemble(ts, f, &p);
    double_text_free(ts, &text);
    return result;
}

static Ref format_double(ThreadState *ts, double d, FormatSpec *f, Value self)
{
    uint32_t type = f->type;
    char kind = (char)type;
    int64_t precision = f->precision;
    unsigned flags =
        (f->alternate ? DOUBLE_ALTERNATE : 0) | (f->no_negative_zero ? DOUBLE_NO_NEGATIVE_ZERO : 0);
    if (type == 0) {
        kind = precision < 0 ? 'r' : 'g';
        flags |= DOUBLE_ADD_DOT_0;
    } else if (!is_double_type(type)) {
        return raise_unknown_type(ts, type, self);
    }
    if (precision < 0) {
        precision = 6;
    }
    if (precision > INT32_MAX) {
        return raise(ts, EXC_ValueError, "precision too big");
    }
    if (type == '%') {
        kind = 'f';
        d *= 100;
    } else if (type == 'n') {
        kind = 'g';
    }
    return assemble_double(ts, d, kind, precision, flags, f);
}

Ref float_format(ThreadState *ts, Value v, Value spec)
{
    if (str_length(spec) == 0) {
        return value_is_flonum(v) || value_is_exactly(v, KIND_FLOAT) ? double_repr(ts, float_get(v))
                                                                     : object_str(ts, v);
    }
    FormatSpec f = {.type = 0};
    return format_spec_parse(ts, spec, v, '>', &f) == STATUS_ERROR
               ? NO_REF
               : format_double(ts, float_get(v), &f, v);
}

// --- complex -------------------------------------------------------------------------------------

Ref complex_format(ThreadState *ts, Value v, double real, double imag, Value spec)
{
    FormatSpec f = {.type = 0};
    if (format_spec_parse(ts, spec, v, '>', &f) == STATUS_ERROR) {
        return NO_REF;
    }
    if (f.type == '%' || (f.type != 0 && !is_double_type(f.type))) {
        return raise_unknown_type(ts, f.type, v);
    }
    if (f.fill == '0') {
        return raise(ts, EXC_ValueError, "Zero padding is not allowed in complex format specifier");
    }
    if (f.align == '=') {
        return raise(ts, EXC_ValueError,
                     "'=' alignment flag is not allowed in complex format specifier");
    }
    if (f.precision > INT32_MAX) {
        return raise(ts, EXC_ValueError, "precision too big");
    }
    // Without a type it looks like str(): in parentheses, or without a real part that is +0.
    bool plain = f.type == 0, imag_only = plain && real == 0.0 && !signbit(real);
    bool parentheses = plain && !imag_only;
    char kind = plain ? (f.precision < 0 ? 'r' : 'g') : f.type == 'n' ? 'g' : (char)f.type;
    int64_t precision = f.precision < 0 ? 6 : f.precision;
    unsigned flags =
        (f.alternate ? DOUBLE_ALTERNATE : 0) | (f.no_negative_zero ? DOUBLE_NO_NEGATIVE_ZERO : 0);
    FormatSpec part = {
        .fill = ' ', .align = '>', .sign = f.sign, .grouping = f.grouping, .width = -1};
    OWNED Ref first =
        imag_only ? str_from_z(ts, "") : assemble_double(ts, real, kind, precision, flags, &part);
    part.sign = imag_only ? f.sign : '+';
    OWNED Ref second = assemble_double(ts, imag, kind, precision, flags, &part);
    if (is_error(first) || is_error(second)) {
        return NO_REF;
    }
    size_t length = str_length(first.v) + str_length(second.v) + 1 + 2 * (size_t)parentheses;
    size_t padding = f.width > (int64_t)length ? (size_t)f.width - length : 0;
    size_t left = f.align == '>' ? padding : f.align == '^' ? padding / 2 : 0;
    StrBuilder b;
    builder_init(&b);
    if (builder_add_repeat(ts, &b, f.fill, left) == STATUS_ERROR ||
        builder_add_repeat(ts, &b, '(', parentheses) == STATUS_ERROR ||
        builder_add(ts, &b, first.v) == STATUS_ERROR ||
        builder_add(ts, &b, second.v) == STATUS_ERROR ||
        builder_add_repeat(ts, &b, 'j', 1) == STATUS_ERROR ||
        builder_add_repeat(ts, &b, ')', parentheses) == STATUS_ERROR ||
        builder_add_repeat(ts, &b, f.fill, padding - left) == STATUS_ERROR) {
        builder_abandon(ts, &b);
        return NO_REF;
    }
    return builder_finish(ts, &b);
}

// --- str -----------------------------------------------------------------------------------------

Ref str_format_value(ThreadState *ts, Value v, Value spec)
{
    if (str_length(spec) == 0) {
        return value_is_exactly_str(v) ? ref_new(v) : object_str(ts, v);
    }
    FormatSpec f = {.type = 's'};
    if (format_spec_parse(ts, spec, v, '<', &f) == STATUS_ERROR) {
        return NO_REF;
    }
    if (f.type != 's') {
        return raise_unknown_type(ts, f.type, v);
    }
    if (f.sign != 0) {
        return raise(ts, EXC_ValueError, "%s not allowed in string format specifier",
                     f.sign == ' ' ? "Space" : "Sign");
    }
    if (f.no_negative_zero) {
        return raise(ts, EXC_ValueError,
                     "Negative zero coercion (z) not allowed in string format specifier");
    }
    if (f.alternate) {
        return raise(ts, EXC_ValueError,
                     "Alternate form (#) not allowed in string format specifier");
    }
    if (f.align == '=') {
        return raise(ts, EXC_ValueError, "'=' alignment not allowed in string format specifier");
    }
    const Str *s = str_from(v);
    size_t length =
        f.precision >= 0 && (size_t)f.precision < s->length ? (size_t)f.precision : s->length;
    size_t padding = f.width > (int64_t)length ? (size_t)f.width - length : 0;
    if (padding == 0) {
        return str_substring(ts, v, 0, length);
    }
    size_t left = f.align == '>' ? padding : f.align == '^' ? padding / 2 : 0;
    StrBuilder b;
    builder_init(&b);
    if (builder_add_repeat(ts, &b, f.fill, left) == STATUS_ERROR ||
        builder_add_range(ts, &b, v, 0, length) == STATUS_ERROR ||
        builder_add_repeat(ts, &b, f.fill, padding - left) == STATUS_ERROR) {
        builder_abandon(ts, &b);
        return NO_REF;
    }
    return builder_finish(ts, &b);
}
