// core/modules/string.c: _string: how format strings are taken apart,
// for the library's string.Formatter.
//
// Both functions parse everything at once and return iterators over the result:
// what is wrong with a format string shows at the call already.
#include "core/object/str.h"

#include "core/object/container.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/module.h"
#include "core/object/tuple.h"

// --- formatter_parser ----------------------------------------------------------------------------

typedef struct Parser {
    Value text;
    const Str *s;
    size_t at;
} Parser;

static bool at_end(const Parser *p) { return p->at >= p->s->length; }
static uint32_t peek(const Parser *p) { return str_char(p->s, p->at); }

// Literal text up to a brace; a doubled brace ends it and stands in it once.
// *field: a field follows.
static Ref parse_literal(ThreadState *ts, Parser *p, bool *field)
{
    size_t start = p->at;
    *field = false;
    while (!at_end(p) && peek(p) != '{' && peek(p) != '}') {
        p->at++;
    }
    if (at_end(p)) {
        return str_substring(ts, p->text, start, p->at);
    }
    uint32_t brace = peek(p);
    bool doubled = p->at + 1 < p->s->length && str_char(p->s, p->at + 1) == brace;
    if (!doubled && (brace == '}' || p->at + 1 == p->s->length)) {
        return raise(ts, EXC_ValueError, "Single '%c' encountered in format string", (int)brace);
    }
    Ref literal = str_substring(ts, p->text, start, p->at + doubled);
    p->at += 1 + doubled;
    *field = !doubled;
    return literal;
}

// Up to the } : or ! that ends the name, outside of brackets.
// That character is passed and returned.
static Ref parse_name(ThreadState *ts, Parser *p, uint32_t *end)
{
    size_t start = p->at;
    bool in_brackets = false;
    for (; !at_end(p); p->at++) {
        uint32_t c = peek(p);
        if (c == '{') {
            return raise(ts, EXC_ValueError, "unexpected '{' in field name");
        }
        in_brackets = c == '[' || (in_brackets && c != ']');
        if (!in_brackets && (c == '}' || c == ':' || c == '!')) {
            *end = c;
            return str_substring(ts, p->text, start, p->at++);
        }
    }
    return raise(ts, EXC_ValueError, "expected '}' before end of string");
}

// Behind the !. *closed: the field ends here.
static Ref parse_conversion(ThreadState *ts, Parser *p, bool *closed)
{
    *closed = false;
    if (at_end(p)) {
        return raise(ts, EXC_ValueError, "end of string while looking for conversion specifier");
    }
    uint32_t c = str_char(p->s, p->at++);
    if (!at_end(p)) {
        uint32_t next = str_char(p->s, p->at++);
        *closed = next == '}';
        if (!*closed && next != ':') {
            return raise(ts, EXC_ValueError, "expected ':' after conversion specifier");
        }
    }
    return str_from_char(ts, c);
}

static Ref parse_spec(ThreadState *ts, Parser *p)
{
    size_t start = p->at;
    for (int depth = 1; !at_end(p); p->at++) {
        depth += (peek(p) == '{') - (peek(p) == '}');
        if (depth == 0) {
            return str_substring(ts, p->text, start, p->at++);
        }
    }
    return raise(ts, EXC_ValueError, "unmatched '{' in format spec");
}

static Ref parse_field(ThreadState *ts, Parser *p, Value literal)
{
    uint32_t end = 0;
    OWNED Ref name = parse_name(ts, p, &end);
    if (is_error(name)) {
        return NO_REF;
    }
    bool closed = end == '}';
    OWNED Ref conversion = end == '!' ? parse_conversion(ts, p, &closed) : REF_NONE;
    OWNED Ref spec = is_error(conversion) ? NO_REF : closed ? str_empty() : parse_spec(ts, p);
    return is_error(spec) ? NO_REF : tuple_pack(ts, 4, literal, name.v, spec.v, conversion.v);
}

static Ref parse_format(ThreadState *ts, Value text)
{
    Parser p = {text, str_from(text), 0};
    OWNED Ref list = list_new(ts, 4);
    while (!is_error(list) && !at_end(&p)) {
        bool has_field;
        OWNED Ref literal = parse_literal(ts, &p, &has_field);
        if (is_error(literal)) {
            return NO_REF;
        }
        OWNED Ref part = has_field
                             ? parse_field(ts, &p, literal.v)
                             : tuple_pack(ts, 4, literal.v, VALUE_NONE, VALUE_NONE, VALUE_NONE);
        if (is_error(part) || list_append(ts, list_from(list.v), part.v) == STATUS_ERROR) {
            return NO_REF;
        }
    }
    return ref_take(&list);
}

static Ref formatter_parser(ThreadState *ts, Value self, const Value *args)
{
    if (!value_is_str(args[0])) {
        return raise(ts, EXC_TypeError, "expected str, got %T", args[0]);
    }
    OWNED Ref list = parse_format(ts, args[0]);
    return is_error(list) ? NO_REF : object_iterate(ts, list.v);
}

// --- formatter_field_name_split ------------------------------------------------------------------

// A part as int if it is all digits, else as str.
static Ref name_or_number(ThreadState *ts, Value text, size_t start, size_t end)
{
    const Str *s = str_from(text);
    int64_t number = 0;
    for (size_t i = start; i < end; i++) {
        uint32_t c = str_char(s, i);
        if (c < '0' || c > '9') {
            return str_substring(ts, text, start, end);
        }
        if (__builtin_mul_overflow(number, 10, &number) ||
            __builtin_add_overflow(number, (int64_t)(c - '0'), &number)) {
            return raise(ts, EXC_ValueError, "Too many decimal digits in format string");
        }
    }
    return start == end ? str_empty() : int_from_i64(ts, number);
}

static size_t find_any(const Str *s, size_t from, uint32_t a, uint32_t b)
{
    while (from < s->length && str_char(s, from) != a && str_char(s, from) != b) {
        from++;
    }
    return from;
}

// One .name or [key] at *at: (is it an attribute?, name or key).
static Ref next_access(ThreadState *ts, Value text, size_t *at)
{
    const Str *s = str_from(text);
    bool is_attribute = str_char(s, *at) == '.';
    if (!is_attribute && str_char(s, *at) != '[') {
        return raise(ts, EXC_ValueError,
                     "Only '.' or '[' may follow ']' in format field specifier");
    }
    size_t start = *at + 1,
           end = is_attribute ? find_any(s, start, '.', '[') : find_any(s, start, ']', ']');
    if (!is_attribute && end == s->length) {
        return raise(ts, EXC_ValueError, "Missing ']' in format string");
    }
    if (start == end) {
        return raise(ts, EXC_ValueError, "Empty attribute in format string");
    }
    *at = end + !is_attribute;
    OWNED Ref name =
        is_attribute ? str_substring(ts, text, start, end) : name_or_number(ts, text, start, end);
    return is_error(name) ? NO_REF : tuple_pack(ts, 2, bool_value(is_attribute), name.v);
}

static Ref formatter_field_name_split(ThreadState *ts, Value self, const Value *args)
{
    if (!value_is_str(args[0])) {
        return raise(ts, EXC_TypeError, "expected str, got %T", args[0]);
    }
    size_t at = find_any(str_from(args[0]), 0, '.', '[');
    OWNED Ref first = name_or_number(ts, args[0], 0, at);
    OWNED Ref rest = is_error(first) ? NO_REF : list_new(ts, 2);
    while (!is_error(rest) && at < str_length(args[0])) {
        OWNED Ref access = next_access(ts, args[0], &at);
        if (is_error(access) || list_append(ts, list_from(rest.v), access.v) == STATUS_ERROR) {
            return NO_REF;
        }
    }
    OWNED Ref iterator = is_error(rest) ? NO_REF : object_iterate(ts, rest.v);
    return is_error(iterator) ? NO_REF : tuple_pack(ts, 2, first.v, iterator.v);
}

static const NativeDef functions[] = {
    NATIVE("formatter_parser", formatter_parser, "($module, format, /)",
           "The parts of a format string: (literal, field name, specification, conversion)."),
    NATIVE("formatter_field_name_split", formatter_field_name_split, "($module, name, /)",
           "A field's name as its first part and an iterator over (is attribute, name or key)."),
    NATIVE_END,
};

static Status setup(ThreadState *ts, Value module) { return STATUS_OK; }

extern const ModuleSpec module_string;
const ModuleSpec module_string = {"_string", "How format strings are taken apart.", functions,
                                  setup};
