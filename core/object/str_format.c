// str.format and format_map.
//
// A template is a run of literals and fields: {name!conversion:spec}.
// The spec may hold fields itself, one level deep. Numbering is automatic or manual throughout.
#include "core/object/dict.h"
#include "core/object/float.h"
#include "core/object/format.h"
#include "core/object/int.h"
#include "core/object/str_internal.h"
#include "core/object/str_methods.h"
#include "core/object/tuple.h"

typedef struct Template {
    const Value *args;
    size_t count;
    Value names;       // keywords: their values follow the positional arguments
    Value mapping;     // format_map: NO_VALUE otherwise
    int64_t automatic; // next number; -1 before the first
    bool is_manual;
} Template;

// A part of the template's text.
typedef struct Part {
    size_t start, end;
} Part;

static Status fail(ThreadState *ts, const char *message)
{
    return raise_status(ts, EXC_ValueError, "%s", message);
}

// --- Names of fields -----------------------------------------------------------------------------

// The number that a part is; -1: none; -2: too large (exception set).
static int64_t part_number(ThreadState *ts, const Str *s, Part part)
{
    int64_t n = 0;
    if (part.start == part.end) {
        return -1;
    }
    for (size_t i = part.start; i < part.end; i++) {
        uint32_t digit = str_char(s, i) - '0';
        if (digit > 9) {
            return -1;
        }
        if (n > (INT64_MAX - 9) / 10) {
            (void)fail(ts, "Too many decimal digits in format string");
            return -2;
        }
        n = n * 10 + digit;
    }
    return n;
}

static Status choose_numbering(ThreadState *ts, Template *t, bool manual)
{
    if (manual ? t->automatic >= 0 : t->is_manual) {
        return fail(
            ts, manual
                    ? "cannot switch from automatic field numbering to manual field specification"
                    : "cannot switch from manual field specification to automatic field numbering");
    }
    if (manual) {
        t->is_manual = true;
    } else if (t->automatic < 0) {
        t->automatic = 0;
    }
    return STATUS_OK;
}

static Ref positional(ThreadState *ts, Template *t, int64_t i)
{
    if (!is_no_value(t->mapping)) {
        return raise(ts, EXC_ValueError, "Format string contains positional fields");
    }
    if ((uint64_t)i >= t->count) {
        return raise(ts, EXC_IndexError,
                     "Replacement index %lld out of range for positional args tuple", (long long)i);
    }
    return ref_new(t->args[i]);
}

static Ref named(ThreadState *ts, Template *t, Value text, Part part)
{
    OWNED Ref key = str_substring(ts, text, part.start, part.end);
    if (is_error(key)) {
        return NO_REF;
    }
    if (!is_no_value(t->mapping)) {
        return object_get_item(ts, t->mapping, key.v);
    }
    size_t named_count = is_no_value(t->names) ? 0 : tuple_count(t->names);
    for (size_t i = 0; i < named_count; i++) {
        if (str_equal(tuple_item(t->names, i), key.v)) {
            return ref_new(t->args[t->count + i]);
        }
    }
    return raise_key_error(ts, key.v);
}

// The value that a field's name means: first part, then attributes and items.
static Ref field_value(ThreadState *ts, Template *t, Value text, Part name)
{
    const Str *s = str_from(text);
    size_t i = name.start;
    while (i < name.end && str_char(s, i) != '.' && str_char(s, i) != '[') {
        i++;
    }
    Part first = {name.start, i};
    int64_t number = part_number(ts, s, first);
    if (number == -2) {
        return NO_REF;
    }
    OWNED Ref value = NO_REF;
    if (first.start == first.end || number >= 0) {
        if (choose_numbering(ts, t, number >= 0) == STATUS_ERROR) {
            return NO_REF;
        }
        value = positional(ts, t, number >= 0 ? number : t->automatic++);
    } else {
        value = named(ts, t, text, first);
    }
    while (i < name.end && !is_error(value)) {
        bool is_item = str_char(s, i) == '[';
        i++;
        Part part = {i, i};
        while (i < name.end &&
               (is_item ? str_char(s, i) != ']' : str_char(s, i) != '.' && str_char(s, i) != '[')) {
            i++;
        }
        part.end = i;
        if (is_item) {
            if (i == name.end) {
                return raise(ts, EXC_ValueError, "Missing ']' in format string");
            }
            i++;
        }
        if (part.start == part.end) {
            return raise(ts, EXC_ValueError, "Empty attribute in format string");
        }
        if (is_item && i < name.end && str_char(s, i) != '.' && str_char(s, i) != '[') {
            return raise(ts, EXC_ValueError,
                         "Only '.' or '[' may follow ']' in format field specifier");
        }
        number = is_item ? part_number(ts, s, part) : -1;
        if (number == -2) {
            return NO_REF;
        }
        if (number >= 0) {
            ref_set(&value, object_get_item(ts, value.v, small_int(number)));
            continue;
        }
        OWNED Ref key = str_substring(ts, text, part.start, part.end);
        if (is_error(key)) {
            return NO_REF;
        }
        if (!is_item) {
            key = str_intern(ts, ref_take(&key));
        }
        ref_set(&value, is_item ? object_get_item(ts, value.v, key.v)
                                : object_get_attribute(ts, value.v, key.v));
    }
    return ref_take(&value);
}

// --- Fields --------------------------------------------------------------------------------------

typedef struct Field {
    Part name, spec;
    uint32_t conversion; // 0: none
    bool spec_has_fields;
} Field;

// Parses what follows '{' at *i, to behind its '}'.
static Status parse_field(ThreadState *ts, const Str *s, size_t *i, size_t end, Field *f)
{
    *f = (Field){.name = {*i, *i}};
    uint32_t c = 0;
    while (*i < end) {
        c = str_char(s, (*i)++);
        if (c == '{') {
            return fail(ts, "unexpected '{' in field name");
        }
        if (c == '[') {
            while (*i < end && str_char(s, *i) != ']') {
                ++*i;
            }
            continue;
        }
        if (c == '}' || c == ':' || c == '!') {
            break;
        }
    }
    if (c != '}' && c != ':' && c != '!') {
        return fail(ts, "expected '}' before end of string");
    }
    f->name.end = *i - 1;
    f->spec = (Part){*i, *i};
    if (c == '}') {
        return STATUS_OK;
    }
    if (c == '!') {
        if (*i >= end) {
            return fail(ts, "end of string while looking for conversion specifier");
        }
        f->conversion = str_char(s, (*i)++);
        if (*i < end) {
            c = str_char(s, (*i)++);
            if (c == '}') {
                return STATUS_OK;
            }
            if (c != ':') {
                return fail(ts, "expected ':' after conversion specifier");
            }
        }
    }
    f->spec.start = *i;
    for (int depth = 1; *i < end;) {
        c = str_char(s, (*i)++);
        if (c == '{') {
            f->spec_has_fields = true;
            depth++;
        } else if (c == '}' && --depth == 0) {
            f->spec.end = *i - 1;
            return STATUS_OK;
        }
    }
    return fail(ts, "unmatched '{' in format spec");
}

static Status expand(ThreadState *ts, Template *t, Value text, Part part, int depth,
                     StrBuilder *out);

static Ref convert(ThreadState *ts, Value v, uint32_t conversion)
{
    switch (conversion) {
    case 'r':
        return object_repr(ts, v);
    case 's':
        return object_str(ts, v);
    case 'a':
        return object_ascii(ts, v);
    default:
        break;
    }
    if (conversion > 32 && conversion < 127) {
        return raise(ts, EXC_ValueError, "Unknown conversion specifier %c", (int)conversion);
    }
    return raise(ts, EXC_ValueError, "Unknown conversion specifier \\x%x", conversion);
}

static Status add_field(ThreadState *ts, Template *t, Value text, const Field *f, int depth,
                        StrBuilder *out)
{
    OWNED Ref value = field_value(ts, t, text, f->name);
    if (is_error(value)) {
        return STATUS_ERROR;
    }
    if (f->conversion != 0) {
        ref_set(&value, convert(ts, value.v, f->conversion));
        if (is_error(value)) {
            return STATUS_ERROR;
        }
    }
    OWNED Ref spec = NO_REF;
    if (f->spec_has_fields) {
        StrBuilder b;
        builder_init(&b);
        if (expand(ts, t, text, f->spec, depth - 1, &b) == STATUS_ERROR) {
            builder_abandon(ts, &b);
            return STATUS_ERROR;
        }
        spec = builder_finish(ts, &b);
    } else if (f->spec.start == f->spec.end) {
        if (value_is_exactly_str(value.v)) {
            return builder_add(ts, out, value.v);
        }
        if (value_is_small_int(value.v)) {
            char digits[24];
            return builder_add_ascii(ts, out, digits,
                                     int_format_i64(digits, small_int_get(value.v)));
        }
        spec = str_empty();
    } else {
        spec = str_substring(ts, text, f->spec.start, f->spec.end);
    }
    if (is_error(spec)) {
        return STATUS_ERROR;
    }
    OWNED Ref formatted = object_format(ts, value.v, spec.v);
    return is_error(formatted) ? STATUS_ERROR : builder_add(ts, out, formatted.v);
}

static Status expand(ThreadState *ts, Template *t, Value text, Part part, int depth,
                     StrBuilder *out)
{
    if (depth <= 0) {
        return fail(ts, "Max string recursion exceeded");
    }
    const Str *s = str_from(text);
    for (size_t i = part.start; i < part.end;) {
        size_t start = i;
        uint32_t c = 0;
        while (i < part.end) {
            c = str_char(s, i++);
            if (c == '{' || c == '}') {
                break;
            }
        }
        bool is_brace = c == '{' || c == '}', at_end = i >= part.end;
        size_t literal_end = is_brace ? i - 1 : i;
        bool is_doubled = is_brace && !at_end && str_char(s, i) == c;
        if (c == '}' && !is_doubled) {
            return fail(ts, "Single '}' encountered in format string");
        }
        if (c == '{' && at_end) {
            return fail(ts, "Single '{' encountered in format string");
        }
        if (is_doubled) {
            literal_end = i++; // one of the two belongs to the literal
        }
        if (literal_end > start &&
            builder_add_range(ts, out, text, start, literal_end) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
        if (is_brace && !is_doubled) {
            Field field;
            if (parse_field(ts, s, &i, part.end, &field) == STATUS_ERROR ||
                add_field(ts, t, text, &field, depth, out) == STATUS_ERROR) {
                return STATUS_ERROR;
            }
        }
    }
    return STATUS_OK;
}

static Ref format_template(ThreadState *ts, Value format, Template *t)
{
    StrBuilder out;
    builder_init(&out);
    if (expand(ts, t, format, (Part){0, str_length(format)}, 2, &out) == STATUS_ERROR) {
        builder_abandon(ts, &out);
        return NO_REF;
    }
    return builder_finish(ts, &out);
}

Ref str_format_braces(ThreadState *ts, Value format, const Value *args, size_t count, Value names)
{
    Template t = {
        .args = args, .count = count, .names = names, .mapping = NO_VALUE, .automatic = -1};
    return format_template(ts, format, &t);
}

Ref str_method_format_map(ThreadState *ts, Value self, const Value *args)
{
    Template t = {.names = NO_VALUE, .mapping = args[0], .automatic = -1};
    return format_template(ts, self, &t);
}
