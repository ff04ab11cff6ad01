// core/modules/json.c: the module json: loads, dumps, load, dump, JSONDecodeError.
// Left out: the classes JSONEncoder and JSONDecoder and the parameter cls.
#include "core/modules/json.h"

#include "core/object/bytes.h"
#include "core/object/int.h"
#include "core/object/module.h"
#include "core/object/str_internal.h"
#include "core/object/tuple.h"

static SharedRef decode_error; // the type

Ref json_raise(ThreadState *ts, const char *message, Value text, size_t position)
{
    const Str *s = str_from(text);
    int64_t line = 1, column = (int64_t)position + 1;
    for (size_t i = 0; i < position && i < s->length; i++) {
        if (str_char(s, i) == '\n') {
            line++;
            column = (int64_t)(position - i);
        }
    }
    OWNED Ref whole = format_str(ts, "%s: line %lld column %lld (char %zu)", message,
                                 (long long)line, (long long)column, position);
    OWNED Ref exception =
        is_error(whole) ? NO_REF : object_call1(ts, shared_ref_peek(&decode_error), whole.v);
    OWNED Ref plain = is_error(exception) ? NO_REF : str_from_z(ts, message);
    if (is_error(plain)) {
        return NO_REF;
    }
    const struct {
        const char *name;
        Value value;
    } attributes[] = {{"msg", plain.v},
                      {"doc", text},
                      {"pos", small_int((int64_t)position)},
                      {"lineno", small_int(line)},
                      {"colno", small_int(column)}};
    for (size_t i = 0; i < ARRAY_LENGTH(attributes); i++) {
        OWNED Ref name = str_intern_z(ts, attributes[i].name);
        if (is_error(name) ||
            object_set_attribute(ts, exception.v, name.v, attributes[i].value) == STATUS_ERROR) {
            return NO_REF;
        }
    }
    return raise_object(ts, exception.v, NO_VALUE);
}

static Value given(Value v) { return is_no_value(v) || value_is_none(v) ? NO_VALUE : v; }

static Status refuse_class(ThreadState *ts, Value v)
{
    return is_no_value(given(v)) ? STATUS_OK
                                 : raise_status(ts, EXC_NotImplementedError,
                                                "json: the parameter cls is not supported");
}

static Status get_flag(ThreadState *ts, Value v, bool otherwise, bool *out)
{
    Truth t = is_no_value(v) ? (otherwise ? TRUTH_TRUE : TRUTH_FALSE) : object_is_true(ts, v);
    *out = t == TRUTH_TRUE;
    return t == TRUTH_ERROR ? STATUS_ERROR : STATUS_OK;
}

// The encoding of JSON bytes, by the zeros in front (RFC 4627) or a byte order mark.
static const char *detect_encoding(const uint8_t *b, size_t n, size_t *skip)
{
    *skip = 0;
    if ((n >= 4 && memcmp(b, "\xFF\xFE\0\0", 4) == 0) ||
        (n >= 4 && memcmp(b, "\0\0\xFE\xFF", 4) == 0)) {
        return "utf-32";
    }
    if ((n >= 2 && memcmp(b, "\xFF\xFE", 2) == 0) || (n >= 2 && memcmp(b, "\xFE\xFF", 2) == 0)) {
        return "utf-16";
    }
    if (n >= 3 && memcmp(b, "\xEF\xBB\xBF", 3) == 0) {
        *skip = 3;
        return "utf-8";
    }
    if (n >= 4) {
        if (b[0] == 0) {
            return b[1] != 0 ? "utf-16-be" : "utf-32-be";
        }
        if (b[1] == 0) {
            return b[2] != 0 || b[3] != 0 ? "utf-16-le" : "utf-32-le";
        }
    } else if (n == 2) {
        return b[0] == 0 ? "utf-16-be" : b[1] == 0 ? "utf-16-le" : "utf-8";
    }
    return "utf-8";
}

static Ref text_of(ThreadState *ts, Value s)
{
    if (value_is_str(s)) {
        if (str_length(s) > 0 && str_char(str_from(s), 0) == 0xFEFF) {
            return json_raise(ts, "Unexpected UTF-8 BOM (decode using utf-8-sig)", s, 0);
        }
        return ref_new(s);
    }
    if (!value_is_bytes(s) && !value_is_bytearray(s)) {
        return raise(ts, EXC_TypeError,
                     "the JSON object must be str, bytes or bytearray, not %.100s",
                     type_name(type_of(s)));
    }
    BufferView view;
    if (buffer_get_brief(ts, s, &view) == STATUS_ERROR) {
        return NO_REF;
    }
    size_t skip;
    const char *encoding = detect_encoding(view.data, view.size, &skip);
    Ref text = str_decode(ts, view.data + skip, view.size - skip, encoding, "surrogatepass");
    buffer_release(ts, &view);
    return text;
}

// args: s, cls, object_hook, parse_float, parse_int, parse_constant, object_pairs_hook, kw
static Ref loads(ThreadState *ts, Value self, const Value *args)
{
    JsonDecode options = {.object_hook = given(args[2]),
                          .parse_float = given(args[3]),
                          .parse_int = given(args[4]),
                          .parse_constant = given(args[5]),
                          .pairs_hook = given(args[6])};
    bool is_strict;
    if (refuse_class(ts, args[1]) == STATUS_ERROR ||
        get_flag(ts, args[7], true, &is_strict) == STATUS_ERROR) {
        return NO_REF;
    }
    options.is_lenient = !is_strict;
    OWNED Ref text = text_of(ts, args[0]);
    return is_error(text) ? NO_REF : json_decode(ts, text.v, &options);
}

static Ref load(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref text = object_call_method(ts, args[0], NAME(read), NULL, 0);
    if (is_error(text)) {
        return NO_REF;
    }
    Value copy[8] = {text.v, args[1], args[2], args[3], args[4], args[5], args[6], args[7]};
    return loads(ts, self, copy);
}

// The two parts of separators=(item, key).
static Status get_separators(ThreadState *ts, Value v, Ref *holder, JsonEncode *options)
{
    if (is_no_value(given(v))) {
        return STATUS_OK;
    }
    if (type_of(v)->slots.iterate == NULL && type_of(v)->slots.get_item == NULL) {
        return raise_status(ts, EXC_TypeError, "cannot unpack non-iterable %.200s object",
                            type_name(type_of(v)));
    }
    *holder = sequence_tuple(ts, v);
    if (is_error(*holder)) {
        return STATUS_ERROR;
    }
    size_t count = tuple_count(holder->v);
    if (count != 2) {
        return count < 2
                   ? raise_status(ts, EXC_ValueError,
                                  "not enough values to unpack (expected 2, got %zu)", count)
                   : raise_status(ts, EXC_ValueError, "too many values to unpack (expected 2)");
    }
    options->item_separator = tuple_item(holder->v, 0);
    options->key_separator = tuple_item(holder->v, 1);
    if (!value_is_str(options->item_separator) || !value_is_str(options->key_separator)) {
        return raise_status(ts, EXC_TypeError, "separators must be str");
    }
    return STATUS_OK;
}

// indent: a number of spaces or the text itself.
static Status get_indent(ThreadState *ts, Value v, Ref *holder, JsonEncode *options)
{
    if (is_no_value(given(v))) {
        return STATUS_OK;
    }
    if (value_is_str(v)) {
        *holder = ref_new(v);
    } else {
        int64_t spaces;
        if (index_get(ts, v, &spaces) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
        *holder = str_repeat(ts, str_latin1_char(' '), spaces);
        if (is_error(*holder)) {
            return STATUS_ERROR;
        }
    }
    options->indent = holder->v;
    return STATUS_OK;
}

// args: obj, skipkeys, ensure_ascii, check_circular, allow_nan, cls, indent,
// separators, default, sort_keys
static Ref dumps(ThreadState *ts, Value self, const Value *args)
{
    JsonEncode options = {.default_ = given(args[8])};
    bool ensure_ascii, check_circular, allow_nan;
    OWNED Ref indent = NO_REF;
    OWNED Ref separators = NO_REF;
    if (get_flag(ts, args[1], false, &options.skips_keys) == STATUS_ERROR ||
        get_flag(ts, args[2], true, &ensure_ascii) == STATUS_ERROR ||
        get_flag(ts, args[3], true, &check_circular) == STATUS_ERROR ||
        get_flag(ts, args[4], true, &allow_nan) == STATUS_ERROR ||
        refuse_class(ts, args[5]) == STATUS_ERROR ||
        get_indent(ts, args[6], &indent, &options) == STATUS_ERROR ||
        get_separators(ts, args[7], &separators, &options) == STATUS_ERROR ||
        get_flag(ts, args[9], false, &options.sorts_keys) == STATUS_ERROR) {
        return NO_REF;
    }
    options.keeps_unicode = !ensure_ascii;
    options.ignores_cycles = !check_circular;
    options.forbids_nan = !allow_nan;
    return json_encode(ts, args[0], &options);
}

// args: obj, fp, then as dumps
static Ref dump(ThreadState *ts, Value self, const Value *args)
{
    Value copy[10] = {args[0]};
    for (int i = 1; i < 10; i++) {
        copy[i] = args[i + 1];
    }
    OWNED Ref text = dumps(ts, self, copy);
    OWNED Ref done =
        is_error(text) ? NO_REF : object_call_method(ts, args[1], NAME(write), &text.v, 1);
    return is_error(done) ? NO_REF : REF_NONE;
}

#define LOAD_OPTIONS                                                                               \
    "*, cls=None, object_hook=None, parse_float=None, parse_int=None, parse_constant=None, "       \
    "object_pairs_hook=None, strict=True)"
#define DUMP_OPTIONS                                                                               \
    "*, skipkeys=False, ensure_ascii=True, check_circular=True, allow_nan=True, cls=None, "        \
    "indent=None, separators=None, default=None, sort_keys=False)"
static const NativeDef functions[] = {
    NATIVE("loads", loads, "($module, /, s, " LOAD_OPTIONS,
           "Deserialize s, a str, bytes or bytearray with a JSON document."),
    NATIVE("load", load, "($module, /, fp, " LOAD_OPTIONS,
           "Deserialize the JSON document that fp.read() gives."),
    NATIVE("dumps", dumps, "($module, /, obj, " DUMP_OPTIONS,
           "Serialize obj to a JSON formatted str."),
    NATIVE("dump", dump, "($module, /, obj, fp, " DUMP_OPTIONS,
           "Serialize obj as a JSON formatted stream to fp."),
    NATIVE_END,
};

static Status setup(ThreadState *ts, Value module)
{
    if (shared_ref_peek(&decode_error).bits == 0) {
        Ref type =
            type_make_simple(ts, "json.decoder.JSONDecodeError", TYPE_OF_EXCEPTION(EXC_ValueError),
                             "A ValueError with the properties msg, doc, pos, lineno and colno.");
        if (is_error(type)) {
            return STATUS_ERROR;
        }
        shared_ref_init(&decode_error, type);
    }
    return module_add(ts, module, "JSONDecodeError", shared_ref_peek(&decode_error));
}

const ModuleSpec module_json = {"json", "JSON encoder and decoder.", functions, setup};
