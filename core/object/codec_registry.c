#include "core/object/codec_registry.h"

#include "core/object/bytes.h"
#include "core/object/dict.h"
#include "core/object/list.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/object/unicode.h"

CodecLoader codec_loader;
static SharedRef search_path; // list of functions
static SharedRef cache;       // dict: normalised name to CodecInfo
static uint32_t is_loaded;    // atomic

// Makes a container once; it lives as long as the process.
static Status make_once(ThreadState *ts, SharedRef *place, Ref (*make)(ThreadState *ts))
{
    if (shared_ref_peek(place).bits != 0) {
        return STATUS_OK;
    }
    OWNED Ref made = make(ts);
    if (is_error(made)) {
        return STATUS_ERROR;
    }
    uintptr_t expected = 0;
    if (atomic_cas_acq_rel(&place->bits, &expected, made.v.bits)) {
        made.v.bits = 0; // the place owns it now
    }
    return STATUS_OK;
}
static Ref make_list(ThreadState *ts) { return list_new(ts, 4); }

static Status prepare(ThreadState *ts)
{
    return make_once(ts, &search_path, make_list) == STATUS_ERROR ? STATUS_ERROR
                                                                  : make_once(ts, &cache, dict_new);
}

Status codec_register(ThreadState *ts, Value search)
{
    if (!object_is_callable(search)) {
        return raise_status(ts, EXC_TypeError, "argument must be callable");
    }
    if (prepare(ts) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    return list_append(ts, list_from(shared_ref_peek(&search_path)), search);
}

Status codec_unregister(ThreadState *ts, Value search)
{
    Value path = shared_ref_peek(&search_path);
    if (path.bits == 0) {
        return STATUS_OK;
    }
    for (size_t i = 0; i < list_size(list_from(path)); i++) {
        OWNED Ref item = list_get(ts, list_from(path), i);
        if (!is_error(item) && item.v.bits == search.bits) {
            dict_clear(ts, dict_from(shared_ref_peek(&cache)));
            return object_set_item(ts, path, small_int((int64_t)i), NO_VALUE);
        }
    }
    return STATUS_OK;
}

void codec_registry_finish(void)
{
    shared_ref_clear(&search_path);
    shared_ref_clear(&cache);
}

static Ref normal_name(ThreadState *ts, const char *encoding)
{
    StrBuilder b;
    builder_init(&b);
    for (const char *p = encoding; *p != 0; p++) {
        uint32_t c = *p == ' '                     ? '-'
                     : ascii_is_upper((uint8_t)*p) ? (uint32_t)*p + 32
                                                   : (uint8_t)*p;
        if (builder_add_char(ts, &b, c) == STATUS_ERROR) {
            builder_abandon(ts, &b);
            return NO_REF;
        }
    }
    return builder_finish(ts, &b);
}

Ref codec_lookup(ThreadState *ts, const char *encoding)
{
    if (prepare(ts) == STATUS_ERROR) {
        return NO_REF;
    }
    if (!atomic_load_relaxed(&is_loaded)) {
        atomic_store_relaxed(&is_loaded, 1u);
        if (codec_loader != NULL && codec_loader(ts) == STATUS_ERROR) {
            exception_clear(ts); // no library: only builtin encodings
        }
    }
    OWNED Ref name = normal_name(ts, encoding);
    if (is_error(name)) {
        return NO_REF;
    }
    Ref found = NO_REF;
    Dict *known = dict_from(shared_ref_peek(&cache));
    Lookup lookup = dict_get(ts, known, name.v, &found);
    if (lookup != LOOKUP_ABSENT) {
        return found;
    }
    List *path = list_from(shared_ref_peek(&search_path));
    for (size_t i = 0; i < list_size(path); i++) {
        OWNED Ref search = list_get(ts, path, i);
        if (is_error(search)) {
            break;
        }
        OWNED Ref info = object_call1(ts, search.v, name.v);
        if (is_error(info)) {
            return NO_REF;
        }
        if (value_is_none(info.v)) {
            continue;
        }
        if (!value_is_tuple(info.v) || tuple_count(info.v) != 4) {
            return raise(ts, EXC_TypeError, "codec search functions must return 4-tuples");
        }
        return dict_set(ts, known, name.v, info.v) == STATUS_ERROR ? NO_REF : ref_take(&info);
    }
    return raise(ts, EXC_LookupError, "unknown encoding: %s", encoding);
}

static Ref apply(ThreadState *ts, Value info, Value object, const char *errors, int index)
{
    Value args[2] = {object, NO_VALUE};
    OWNED Ref errors_text = NO_REF;
    if (errors != NULL) {
        errors_text = str_from_z(ts, errors);
        if (is_error(errors_text)) {
            return NO_REF;
        }
        args[1] = errors_text.v;
    }
    OWNED Ref result =
        object_call(ts, tuple_item(info, (size_t)index), args, errors != NULL ? 2 : 1, NO_VALUE);
    if (is_error(result)) {
        return NO_REF;
    }
    if (!value_is_tuple(result.v) || tuple_count(result.v) != 2) {
        return raise(ts, EXC_TypeError, "%s must return a tuple (object, integer)",
                     index == 0 ? "encoder" : "decoder");
    }
    return ref_new(tuple_item(result.v, 0));
}

Ref codec_apply(ThreadState *ts, Value object, const char *encoding, const char *errors, int index)
{
    OWNED Ref info = codec_lookup(ts, encoding);
    return is_error(info) ? NO_REF : apply(ts, info.v, object, errors, index);
}

static Ref lookup_text_encoding(ThreadState *ts, const char *encoding, const char *instead)
{
    OWNED Ref info = codec_lookup(ts, encoding);
    if (is_error(info)) {
        return NO_REF;
    }
    if (!value_is_exactly(info.v, KIND_TUPLE)) {
        OWNED Ref flag = NO_REF;
        OWNED Ref name = str_intern_z(ts, "_is_text_encoding");
        Lookup lookup =
            is_error(name) ? LOOKUP_ERROR : object_lookup_attribute(ts, info.v, name.v, &flag);
        if (lookup == LOOKUP_ERROR) {
            return NO_REF;
        }
        Truth t = lookup == LOOKUP_FOUND ? object_is_true(ts, flag.v) : TRUTH_TRUE;
        if (t == TRUTH_ERROR) {
            return NO_REF;
        }
        if (t == TRUTH_FALSE) {
            return raise(ts, EXC_LookupError,
                         "'%.400s' is not a text encoding; use %s to handle arbitrary codecs",
                         encoding, instead);
        }
    }
    return ref_take(&info);
}

Ref codec_decode_registered(ThreadState *ts, const uint8_t *bytes, size_t size,
                            const char *encoding, const char *errors)
{
    OWNED Ref info = lookup_text_encoding(ts, encoding, "codecs.decode()");
    OWNED Ref object = is_error(info) ? NO_REF : bytes_new(ts, bytes, size);
    if (is_error(object)) {
        return NO_REF;
    }
    OWNED Ref text = apply(ts, info.v, object.v, errors, 1);
    if (!is_error(text) && !value_is_str(text.v)) {
        return raise(
            ts, EXC_TypeError,
            "'%.400s' decoder returned '%.400s' instead of 'str'; use codecs.decode() to decode to "
            "arbitrary types",
            encoding, type_name(type_of(text.v)));
    }
    return ref_take(&text);
}

Ref codec_encode_registered(ThreadState *ts, Value s, const char *encoding, const char *errors)
{
    OWNED Ref info = lookup_text_encoding(ts, encoding, "codecs.encode()");
    if (is_error(info)) {
        return NO_REF;
    }
    OWNED Ref bytes = apply(ts, info.v, s, errors, 0);
    if (!is_error(bytes) && !value_is_bytes(bytes.v)) {
        return raise(
            ts, EXC_TypeError,
            "'%.400s' encoder returned '%.400s' instead of 'bytes'; use codecs.encode() to encode "
            "to arbitrary types",
            encoding, type_name(type_of(bytes.v)));
    }
    return ref_take(&bytes);
}
