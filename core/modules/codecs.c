// core/modules/codecs.c: the module _codecs, on which the library's codecs and encodings stand.
#include "core/modules/codecs.h"

#include "core/object/bytes.h"
#include "core/object/codec.h"
#include "core/object/codec_registry.h"
#include "core/object/dict.h"
#include "core/object/int.h"
#include "core/object/module.h"
#include "core/object/str_internal.h"
#include "core/object/tuple.h"
#include "core/vm/import.h"

// --- Arguments -----------------------------------------------------------------------------------

// errors: None or a str. False: an exception is set.
static bool get_errors(ThreadState *ts, const char *function, Value v, const char **errors)
{
    *errors = NULL;
    if (is_no_value(v) || value_is_none(v)) {
        return true;
    }
    size_t size;
    if (!value_is_str(v)) {
        (void)raise(ts, EXC_TypeError, "%s() argument 2 must be str or None, not %.50s", function,
                    type_name(type_of(v)));
        return false;
    }
    *errors = str_utf8(ts, v, &size);
    return *errors != NULL;
}

static Ref pair(ThreadState *ts, Ref made, size_t count)
{
    OWNED Ref result = made;
    return is_error(result) ? NO_REF : tuple_pack(ts, 2, result.v, small_int((int64_t)count));
}

typedef Ref (*Encoder)(ThreadState *ts, Value s, const char *errors);
typedef Ref (*Decoder)(ThreadState *ts, const uint8_t *bytes, size_t size, const char *errors,
                       size_t *consumed);

static Ref encode_with(ThreadState *ts, const char *function, const Value *args, Encoder encoder)
{
    const char *errors;
    if (!value_is_str(args[0])) {
        return raise(ts, EXC_TypeError, "%s() argument 1 must be str, not %.50s", function,
                     type_name(type_of(args[0])));
    }
    return get_errors(ts, function, args[1], &errors)
               ? pair(ts, encoder(ts, args[0], errors), str_length(args[0]))
               : NO_REF;
}

static Ref decode_with(ThreadState *ts, const char *function, Value data, Value errors_value,
                       Value final, Decoder decoder)
{
    const char *errors;
    bool is_final = false;
    if (!get_errors(ts, function, errors_value, &errors)) {
        return NO_REF;
    }
    if (!is_no_value(final)) {
        Truth t = object_is_true(ts, final);
        if (t == TRUTH_ERROR) {
            return NO_REF;
        }
        is_final = t == TRUTH_TRUE;
    }
    BufferView view;
    if (value_is_str(data)) { // the escape decoders take text as well
        size_t size;
        const char *text = str_utf8(ts, data, &size);
        if (text == NULL) {
            return NO_REF;
        }
        size_t consumed = size;
        Ref made = decoder(ts, (const uint8_t *)text, size, errors, is_final ? NULL : &consumed);
        return pair(ts, made, consumed);
    }
    if (buffer_get_brief(ts, data, &view) == STATUS_ERROR) {
        return NO_REF;
    }
    size_t consumed = view.size;
    Ref made = decoder(ts, view.data, view.size, errors, is_final ? NULL : &consumed);
    buffer_release(ts, &view);
    return pair(ts, made, consumed);
}

// --- Encodings -----------------------------------------------------------------------------------

static Ref encode_ascii(ThreadState *ts, Value s, const char *errors)
{
    return codec_encode_narrow(ts, s, 0x80, errors);
}
static Ref encode_latin1(ThreadState *ts, Value s, const char *errors)
{
    return codec_encode_narrow(ts, s, 0x100, errors);
}
static Ref encode_utf16(ThreadState *ts, Value s, const char *errors)
{
    return codec_encode_utf16(ts, s, 0, errors);
}
static Ref encode_utf16_le(ThreadState *ts, Value s, const char *errors)
{
    return codec_encode_utf16(ts, s, -1, errors);
}
static Ref encode_utf16_be(ThreadState *ts, Value s, const char *errors)
{
    return codec_encode_utf16(ts, s, 1, errors);
}
static Ref encode_utf32(ThreadState *ts, Value s, const char *errors)
{
    return codec_encode_utf32(ts, s, 0, errors);
}
static Ref encode_utf32_le(ThreadState *ts, Value s, const char *errors)
{
    return codec_encode_utf32(ts, s, -1, errors);
}
static Ref encode_utf32_be(ThreadState *ts, Value s, const char *errors)
{
    return codec_encode_utf32(ts, s, 1, errors);
}
static Ref encode_escape(ThreadState *ts, Value s, const char *errors)
{
    return codec_encode_unicode_escape(ts, s);
}
static Ref encode_raw_escape(ThreadState *ts, Value s, const char *errors)
{
    return codec_encode_raw_unicode_escape(ts, s);
}

#define DECODER(name, call)                                                                        \
    static Ref name(ThreadState *ts, const uint8_t *bytes, size_t size, const char *errors,        \
                    size_t *consumed)                                                              \
    {                                                                                              \
        int order = 0;                                                                             \
        (void)order;                                                                               \
        return call;                                                                               \
    }
DECODER(decode_ascii, codec_decode_ascii(ts, bytes, size, errors))
DECODER(decode_latin1, str_from_latin1(ts, bytes, size))
DECODER(decode_utf16, codec_decode_utf16(ts, bytes, size, &order, errors, consumed))
DECODER(decode_utf16_le,
        (order = -1, codec_decode_utf16(ts, bytes, size, &order, errors, consumed)))
DECODER(decode_utf16_be, (order = 1, codec_decode_utf16(ts, bytes, size, &order, errors, consumed)))
DECODER(decode_utf32, codec_decode_utf32(ts, bytes, size, &order, errors, consumed))
DECODER(decode_utf32_le,
        (order = -1, codec_decode_utf32(ts, bytes, size, &order, errors, consumed)))
DECODER(decode_utf32_be, (order = 1, codec_decode_utf32(ts, bytes, size, &order, errors, consumed)))
DECODER(decode_escape, codec_decode_unicode_escape(ts, bytes, size, errors))
DECODER(decode_raw_escape, codec_decode_raw_unicode_escape(ts, bytes, size, errors))

#define ENCODING(name, encoder, decoder)                                                           \
    static Ref name##_encode(ThreadState *ts, Value self, const Value *args)                       \
    {                                                                                              \
        return encode_with(ts, #name "_encode", args, encoder);                                    \
    }                                                                                              \
    static Ref name##_decode(ThreadState *ts, Value self, const Value *args)                       \
    {                                                                                              \
        return decode_with(ts, #name "_decode", args[0], args[1], args[2], decoder);               \
    }
ENCODING(utf_8, codec_encode_utf8, codec_decode_utf8)
ENCODING(ascii, encode_ascii, decode_ascii)
ENCODING(latin_1, encode_latin1, decode_latin1)
ENCODING(utf_16, encode_utf16, decode_utf16)
ENCODING(utf_16_le, encode_utf16_le, decode_utf16_le)
ENCODING(utf_16_be, encode_utf16_be, decode_utf16_be)
ENCODING(utf_32, encode_utf32, decode_utf32)
ENCODING(utf_32_le, encode_utf32_le, decode_utf32_le)
ENCODING(utf_32_be, encode_utf32_be, decode_utf32_be)
ENCODING(unicode_escape, encode_escape, decode_escape)
ENCODING(raw_unicode_escape, encode_raw_escape, decode_raw_escape)

// utf_16_ex_decode(data, errors, byteorder, final): the order found as well.
static Ref ex_decode(ThreadState *ts, const Value *args, bool wide)
{
    const char *errors;
    int64_t order = 0;
    BufferView view;
    if (!get_errors(ts, wide ? "utf_32_ex_decode" : "utf_16_ex_decode", args[1], &errors) ||
        (!is_no_value(args[2]) && index_get(ts, args[2], &order) == STATUS_ERROR)) {
        return NO_REF;
    }
    Truth final = is_no_value(args[3]) ? TRUTH_FALSE : object_is_true(ts, args[3]);
    if (final == TRUTH_ERROR || buffer_get_brief(ts, args[0], &view) == STATUS_ERROR) {
        return NO_REF;
    }
    int found = (int)order;
    size_t consumed = view.size, *place = final == TRUTH_TRUE ? NULL : &consumed;
    OWNED Ref text = wide ? codec_decode_utf32(ts, view.data, view.size, &found, errors, place)
                          : codec_decode_utf16(ts, view.data, view.size, &found, errors, place);
    buffer_release(ts, &view);
    return is_error(text)
               ? NO_REF
               : tuple_pack(ts, 3, text.v, small_int((int64_t)consumed), small_int(found));
}
static Ref utf_16_ex_decode(ThreadState *ts, Value self, const Value *args)
{
    return ex_decode(ts, args, false);
}
static Ref utf_32_ex_decode(ThreadState *ts, Value self, const Value *args)
{
    return ex_decode(ts, args, true);
}

// --- Character maps ------------------------------------------------------------------------------

static Ref charmap_decode(ThreadState *ts, Value self, const Value *args)
{
    const char *errors;
    BufferView view;
    if (!get_errors(ts, "charmap_decode", args[1], &errors) ||
        buffer_get_brief(ts, args[0], &view) == STATUS_ERROR) {
        return NO_REF;
    }
    Value map = is_no_value(args[2]) ? VALUE_NONE : args[2];
    if (value_is_none(map)) {
        Ref text = str_from_latin1(ts, view.data, view.size);
        size_t size = view.size;
        buffer_release(ts, &view);
        return pair(ts, text, size);
    }
    DecodeErrors state;
    decode_errors_begin(&state, "charmap", errors, view.data, view.size);
    Status status = STATUS_OK;
    for (size_t i = 0; i < state.size && status == STATUS_OK;) {
        uint8_t c = state.bytes[i];
        OWNED Ref found = NO_REF;
        if (value_is_str(map)) {
            found = c < str_length(map) ? str_from_char(ts, str_char(str_from(map), c)) : NO_REF;
        } else {
            found = object_get_item(ts, map, small_int(c));
            if (is_error(found) && !exception_clear_if(ts, EXC_LookupError)) {
                status = STATUS_ERROR;
                break;
            }
        }
        bool undefined = is_error(found) || value_is_none(found.v) ||
                         (value_is_str(found.v) && str_length(found.v) == 1 &&
                          str_char(str_from(found.v), 0) == 0xFFFE);
        int64_t point;
        if (undefined) {
            status =
                decode_errors_handle(ts, &state, i, i + 1, "character maps to <undefined>", &i);
            continue;
        }
        if (value_is_str(found.v)) {
            status = builder_add(ts, &state.out, found.v);
        } else if (value_is_int(found.v) && int_to_i64(found.v, &point) && point >= 0 &&
                   point <= 0x10FFFF) {
            status = builder_add_char(ts, &state.out, (uint32_t)point);
        } else {
            status = raise_status(ts, EXC_TypeError,
                                  "character mapping must return integer, None or str");
        }
        i++;
    }
    size_t size = view.size;
    Ref text =
        status == STATUS_OK ? decode_errors_finish(ts, &state) : decode_errors_fail(ts, &state);
    buffer_release(ts, &view);
    return pair(ts, text, size);
}

// What the map gives for c: bytes appended to the output. LOOKUP_ABSENT: undefined.
static Lookup map_char(ThreadState *ts, EncodeErrors *state, Value map, uint32_t c)
{
    OWNED Ref found = object_get_item(ts, map, small_int(c));
    if (is_error(found)) {
        return exception_clear_if(ts, EXC_LookupError) ? LOOKUP_ABSENT : LOOKUP_ERROR;
    }
    if (value_is_none(found.v)) {
        return LOOKUP_ABSENT;
    }
    Status status;
    int64_t number;
    if (value_is_bytes(found.v)) {
        status = encode_errors_put(ts, state, bytes_from(found.v)->data, bytes_from(found.v)->size);
    } else if (value_is_int(found.v)) {
        if (!int_to_i64(found.v, &number) || number < 0 || number > 255) {
            (void)raise(ts, EXC_TypeError, "character mapping must be in range(256)");
            return LOOKUP_ERROR;
        }
        uint8_t byte = (uint8_t)number;
        status = encode_errors_put(ts, state, &byte, 1);
    } else {
        (void)raise(ts, EXC_TypeError,
                    "character mapping must return integer, bytes or None, not %.400s",
                    type_name(type_of(found.v)));
        return LOOKUP_ERROR;
    }
    return status == STATUS_ERROR ? LOOKUP_ERROR : LOOKUP_FOUND;
}

static Lookup put_mapped(ThreadState *ts, EncodeErrors *state, uint32_t c)
{
    return map_char(ts, state, state->map, c);
}

static Ref charmap_encode(ThreadState *ts, Value self, const Value *args)
{
    const char *errors;
    if (!value_is_str(args[0])) {
        return raise(ts, EXC_TypeError, "charmap_encode() argument 1 must be str, not %.50s",
                     type_name(type_of(args[0])));
    }
    if (!get_errors(ts, "charmap_encode", args[1], &errors)) {
        return NO_REF;
    }
    if (is_no_value(args[2]) || value_is_none(args[2])) {
        return pair(ts, codec_encode_narrow(ts, args[0], 0x100, errors), str_length(args[0]));
    }
    const Str *s = str_from(args[0]);
    EncodeErrors state;
    encode_errors_begin(&state, "charmap", errors, args[0]);
    state.put_mapped = put_mapped;
    state.map = args[2];
    for (size_t i = 0; i < s->length;) {
        Lookup found = map_char(ts, &state, args[2], str_char(s, i));
        Status status = found == LOOKUP_ERROR ? STATUS_ERROR : STATUS_OK;
        if (found == LOOKUP_ABSENT) {
            status =
                encode_errors_handle(ts, &state, i, i + 1, "character maps to <undefined>", &i);
        } else {
            i++;
        }
        if (status == STATUS_ERROR) {
            return encode_errors_fail(ts, &state);
        }
    }
    return pair(ts, encode_errors_finish(ts, &state), s->length);
}

static Ref charmap_build(ThreadState *ts, Value self, const Value *args)
{
    if (!value_is_str(args[0])) {
        return raise(ts, EXC_TypeError, "charmap_build() argument must be str, not %.50s",
                     type_name(type_of(args[0])));
    }
    OWNED Ref map = dict_new(ts);
    for (size_t i = 0; i < str_length(args[0]) && !is_error(map); i++) {
        uint32_t c = str_char(str_from(args[0]), i);
        if (c != 0xFFFE &&
            dict_set(ts, dict_from(map.v), small_int(c), small_int((int64_t)i)) == STATUS_ERROR) {
            return NO_REF;
        }
    }
    return ref_take(&map);
}

// --- The registry --------------------------------------------------------------------------------

static const char *name_argument(ThreadState *ts, const char *function, Value v)
{
    size_t size;
    if (!value_is_str(v)) {
        (void)raise(ts, EXC_TypeError, "%s() argument must be str, not %.50s", function,
                    type_name(type_of(v)));
        return NULL;
    }
    return str_utf8(ts, v, &size);
}

static Ref codecs_register(ThreadState *ts, Value self, const Value *args)
{
    return codec_register(ts, args[0]) == STATUS_ERROR ? NO_REF : REF_NONE;
}
static Ref codecs_unregister(ThreadState *ts, Value self, const Value *args)
{
    return codec_unregister(ts, args[0]) == STATUS_ERROR ? NO_REF : REF_NONE;
}
static Ref codecs_lookup(ThreadState *ts, Value self, const Value *args)
{
    const char *name = name_argument(ts, "lookup", args[0]);
    return name == NULL ? NO_REF : codec_lookup(ts, name);
}

static Ref apply(ThreadState *ts, const Value *args, int index)
{
    const char *encoding = is_no_value(args[1])
                               ? "utf-8"
                               : name_argument(ts, index == 0 ? "encode" : "decode", args[1]);
    const char *errors;
    if (encoding == NULL || !get_errors(ts, index == 0 ? "encode" : "decode", args[2], &errors)) {
        return NO_REF;
    }
    return codec_apply(ts, args[0], encoding, errors, index);
}
static Ref codecs_encode(ThreadState *ts, Value self, const Value *args)
{
    return apply(ts, args, 0);
}
static Ref codecs_decode(ThreadState *ts, Value self, const Value *args)
{
    return apply(ts, args, 1);
}

static Ref codecs_register_error(ThreadState *ts, Value self, const Value *args)
{
    if (name_argument(ts, "register_error", args[0]) == NULL) {
        return NO_REF;
    }
    if (!object_is_callable(args[1])) {
        return raise(ts, EXC_TypeError, "handler must be callable");
    }
    return codec_register_error(ts, args[0], args[1]) == STATUS_ERROR ? NO_REF : REF_NONE;
}

// The builtin handlers as functions: applied to the exception given.
static Ref handle_strict(ThreadState *ts, Value self, const Value *args)
{
    if (!value_is_exception_of(args[0], EXC_BaseException)) {
        return raise(ts, EXC_TypeError, "codec must pass exception instance");
    }
    return raise_object(ts, args[0], NO_VALUE);
}

static Ref exception_part(ThreadState *ts, Value exception, const char *name)
{
    return object_get_attribute_z(ts, exception, name);
}

// The replacement that a builtin handler makes of bytes or text from..to;
// *resume is where to go on.
static Ref replacement_of(ThreadState *ts, const char *errors, const char *encoding, Value object,
                          bool decoding, size_t from, size_t to, const char *reason, size_t *resume)
{
    if (decoding) {
        BufferView view;
        if (buffer_get_brief(ts, object, &view) == STATUS_ERROR) {
            return NO_REF;
        }
        DecodeErrors state;
        decode_errors_begin(&state, encoding, errors, view.data, view.size);
        Status status = from <= to && to <= view.size
                            ? decode_errors_handle(ts, &state, from, to, reason, resume)
                            : STATUS_OK;
        Ref text =
            status == STATUS_OK ? decode_errors_finish(ts, &state) : decode_errors_fail(ts, &state);
        buffer_release(ts, &view);
        return text;
    }
    EncodeErrors state;
    encode_errors_begin(&state, encoding, errors, object);
    if (strcmp(errors, "surrogatepass") == 0) {
        state.unit = strstr(encoding, "16") != NULL ? 2 : strstr(encoding, "32") != NULL ? 4 : 1;
        state.big_endian = strstr(encoding, "be") != NULL || strstr(encoding, "BE") != NULL;
        state.max_char = strncmp(encoding, "utf", 3) == 0 || strncmp(encoding, "cp65001", 7) == 0
                             ? 0x10FFFF
                             : 0xFF;
    }
    bool in_range = value_is_str(object) && from <= to && to <= str_length(object);
    Status status =
        in_range ? encode_errors_handle(ts, &state, from, to, reason, resume) : STATUS_OK;
    OWNED Ref bytes =
        status == STATUS_OK ? encode_errors_finish(ts, &state) : encode_errors_fail(ts, &state);
    if (is_error(bytes) || strncmp(errors, "surrogate", 9) == 0) {
        return ref_take(&bytes);
    }
    return str_from_utf8(ts, (char *)bytes_from(bytes.v)->data, bytes_from(bytes.v)->size);
}

// str.translate's errors: nothing, replacement characters, or escapes.
static Ref translate_replacement(ThreadState *ts, const char *errors, Value object, size_t from,
                                 size_t to)
{
    if (strcmp(errors, "ignore") == 0) {
        return str_empty();
    }
    if (strcmp(errors, "replace") == 0) {
        uint32_t c = 0xFFFD;
        OWNED Ref one = str_from_ucs4(ts, &c, 1);
        return is_error(one) ? NO_REF : str_repeat(ts, one.v, (int64_t)(to - from));
    }
    size_t resume;
    return replacement_of(ts, errors, "utf-8", object, false, from, to, "", &resume);
}

// (replacement, where to go on), for every handler but strict.
static Ref handle_simply(ThreadState *ts, const char *errors, Value exception)
{
    bool decoding = value_is_exception_of(exception, EXC_UnicodeDecodeError);
    bool encoding_error = value_is_exception_of(exception, EXC_UnicodeEncodeError);
    bool translating = value_is_exception_of(exception, EXC_UnicodeTranslateError);
    bool surrogates = strncmp(errors, "surrogate", 9) == 0;
    bool fits = decoding
                    ? strcmp(errors, "xmlcharrefreplace") != 0 && strcmp(errors, "namereplace") != 0
                : translating ? !surrogates && strcmp(errors, "xmlcharrefreplace") != 0 &&
                                    strcmp(errors, "namereplace") != 0
                              : encoding_error;
    if (!fits) {
        return raise(ts, EXC_TypeError, "don't know how to handle %.200s in error callback",
                     type_name(type_of(exception)));
    }
    OWNED Ref object = exception_part(ts, exception, "object");
    OWNED Ref start = is_error(object) ? NO_REF : exception_part(ts, exception, "start");
    OWNED Ref end = is_error(start) ? NO_REF : exception_part(ts, exception, "end");
    int64_t from, to;
    if (is_error(end) || index_get(ts, start.v, &from) == STATUS_ERROR ||
        index_get(ts, end.v, &to) == STATUS_ERROR) {
        return NO_REF;
    }
    if (!decoding && !value_is_str(object.v)) {
        return raise(ts, EXC_TypeError, "object attribute must be str");
    }
    int64_t length = object_length(ts, object.v);
    if (length < 0) {
        return NO_REF;
    }
    // As CPython clamps them.
    from = from < 0 || length == 0 ? 0 : MIN_OF(from, length - 1);
    to = MIN_OF(MAX_OF(to, MIN_OF(1, length)), length);
    to = MAX_OF(from, to);
    OWNED Ref encoding = NO_REF;
    const char *encoding_name = "utf-8";
    size_t ignored;
    if (surrogates) {
        encoding = exception_part(ts, exception, "encoding");
        encoding_name = is_error(encoding) || !value_is_str(encoding.v)
                            ? NULL
                            : str_utf8(ts, encoding.v, &ignored);
        if (encoding_name == NULL) {
            return has_exception(ts) ? NO_REF
                                     : raise(ts, EXC_TypeError, "encoding attribute must be str");
        }
    }
    size_t resume = (size_t)to;
    OWNED Ref text = translating
                         ? translate_replacement(ts, errors, object.v, (size_t)from, (size_t)to)
                         : replacement_of(ts, errors, encoding_name, object.v, decoding,
                                          (size_t)from, (size_t)to, "", &resume);
    if (is_error(text)) {
        // surrogateescape and surrogatepass leave what they cannot handle as it was.
        if (surrogates && (exception_clear_if(ts, EXC_UnicodeDecodeError) ||
                           exception_clear_if(ts, EXC_UnicodeEncodeError))) {
            return raise_object(ts, exception, NO_VALUE);
        }
        return NO_REF;
    }
    return tuple_pack(ts, 2, text.v, small_int((int64_t)resume));
}

#define HANDLER(name, text)                                                                        \
    static Ref name(ThreadState *ts, Value self, const Value *args)                                \
    {                                                                                              \
        return handle_simply(ts, text, args[0]);                                                   \
    }
HANDLER(handle_ignore, "ignore")
HANDLER(handle_replace, "replace")
HANDLER(handle_backslash, "backslashreplace")
HANDLER(handle_xml, "xmlcharrefreplace")
HANDLER(handle_names, "namereplace")
HANDLER(handle_escape, "surrogateescape")
HANDLER(handle_pass, "surrogatepass")

static Ref codecs_lookup_error(ThreadState *ts, Value self, const Value *args)
{
    const char *name = name_argument(ts, "lookup_error", args[0]);
    if (name == NULL) {
        return NO_REF;
    }
    Ref handler = codec_lookup_error(ts, name);
    if (!is_error(handler) || !exception_matches(ts, EXC_LookupError)) {
        return handler;
    }
    static const char *const functions[][2] = {{"strict", "strict_errors"},
                                               {"ignore", "ignore_errors"},
                                               {"replace", "replace_errors"},
                                               {"backslashreplace", "backslashreplace_errors"},
                                               {"xmlcharrefreplace", "xmlcharrefreplace_errors"},
                                               {"namereplace", "namereplace_errors"},
                                               {"surrogateescape", "_surrogateescape_errors"},
                                               {"surrogatepass", "_surrogatepass_errors"}};
    for (size_t i = 0; i < ARRAY_LENGTH(functions); i++) {
        if (strcmp(name, functions[i][0]) == 0) {
            exception_clear(ts);
            return object_get_attribute_z(ts, self, functions[i][1]);
        }
    }
    return handler;
}

#define ENCODE_ROW(name)                                                                           \
    NATIVE(#name "_encode", name##_encode, "($module, str, errors=None, /)", "")
#define DECODE_ROW(name)                                                                           \
    NATIVE(#name "_decode", name##_decode, "($module, data, errors=None, final=False, /)", "")
#define CODEC_ROWS(name) ENCODE_ROW(name), DECODE_ROW(name)
static Ref decode_escapes(ThreadState *ts, const uint8_t *bytes, size_t size, const char *errors,
                          size_t *consumed)
{
    return codec_decode_escape(ts, bytes, size, errors);
}

static Ref escape_decode(ThreadState *ts, Value self, const Value *args)
{
    return decode_with(ts, "escape_decode", args[0], args[1], VALUE_TRUE, decode_escapes);
}

static Ref escape_encode(ThreadState *ts, Value self, const Value *args)
{
    const char *errors;
    if (!value_is_bytes(args[0])) {
        return raise(ts, EXC_TypeError, "escape_encode() argument 1 must be bytes, not %T",
                     args[0]);
    }
    if (!get_errors(ts, "escape_encode", args[1], &errors)) {
        return NO_REF;
    }
    const Bytes *b = bytes_from(args[0]);
    return pair(ts, codec_encode_escape(ts, b->data, b->size), b->size);
}

static const NativeDef functions[] = {
    NATIVE("escape_encode", escape_encode, "($module, data, errors=None, /)",
           "Bytes as a bytes literal would write them."),
    NATIVE("escape_decode", escape_decode, "($module, data, errors=None, /)",
           "Bytes of what a bytes literal would have written."),
    NATIVE("register", codecs_register, "($module, search_function, /)",
           "Register a codec search function."),
    NATIVE("unregister", codecs_unregister, "($module, search_function, /)",
           "Unregister a codec search function and clear the registry's cache."),
    NATIVE("lookup", codecs_lookup, "($module, encoding, /)",
           "Looks up a codec tuple in the Python codec registry and returns a CodecInfo object."),
    NATIVE("encode", codecs_encode, "($module, /, obj, encoding='utf-8', errors='strict')",
           "Encodes obj using the codec registered for encoding."),
    NATIVE("decode", codecs_decode, "($module, /, obj, encoding='utf-8', errors='strict')",
           "Decodes obj using the codec registered for encoding."),
    NATIVE("register_error", codecs_register_error, "($module, errors, handler, /)",
           "Register the specified error handler under the name errors."),
    NATIVE("lookup_error", codecs_lookup_error, "($module, name, /)",
           "lookup_error(errors) -> handler"),
    NATIVE("strict_errors", handle_strict, "($module, exception, /)",
           "Implements the 'strict' error handling."),
    NATIVE("ignore_errors", handle_ignore, "($module, exception, /)",
           "Implements the 'ignore' error handling."),
    NATIVE("replace_errors", handle_replace, "($module, exception, /)",
           "Implements the 'replace' error handling."),
    NATIVE("backslashreplace_errors", handle_backslash, "($module, exception, /)",
           "Implements the 'backslashreplace' error handling."),
    NATIVE("xmlcharrefreplace_errors", handle_xml, "($module, exception, /)",
           "Implements the 'xmlcharrefreplace' error handling."),
    NATIVE("_surrogateescape_errors", handle_escape, "($module, exception, /)",
           "Implements the 'surrogateescape' error handling."),
    NATIVE("_surrogatepass_errors", handle_pass, "($module, exception, /)",
           "Implements the 'surrogatepass' error handling."),
    NATIVE("namereplace_errors", handle_names, "($module, exception, /)",
           "Implements the 'namereplace' error handling."),
    CODEC_ROWS(utf_8),
    CODEC_ROWS(ascii),
    CODEC_ROWS(latin_1),
    CODEC_ROWS(utf_16),
    CODEC_ROWS(utf_16_le),
    CODEC_ROWS(utf_16_be),
    CODEC_ROWS(utf_32),
    CODEC_ROWS(utf_32_le),
    CODEC_ROWS(utf_32_be),
    CODEC_ROWS(unicode_escape),
    CODEC_ROWS(raw_unicode_escape),
    NATIVE("utf_16_ex_decode", utf_16_ex_decode,
           "($module, data, errors=None, byteorder=0, final=False, /)", ""),
    NATIVE("utf_32_ex_decode", utf_32_ex_decode,
           "($module, data, errors=None, byteorder=0, final=False, /)", ""),
    NATIVE("charmap_encode", charmap_encode, "($module, str, errors=None, mapping=None, /)", ""),
    NATIVE("charmap_decode", charmap_decode, "($module, data, errors=None, mapping=None, /)", ""),
    NATIVE("charmap_build", charmap_build, "($module, map, /)", ""),
    NATIVE_END,
};

static Status load_library(ThreadState *ts)
{
    OWNED Ref module = import_module(ts, "encodings");
    return is_error(module) ? STATUS_ERROR : STATUS_OK;
}

void codecs_start(void) { codec_loader = load_library; }

void codecs_finish(void)
{
    codec_errors_finish();
    codec_registry_finish();
}

const ModuleSpec module_codecs = {"_codecs", NULL, functions, NULL};
