// core/modules/io_newline.c: IncrementalNewlineDecoder: \r\n and \r become \n, piece by piece.
#include <string.h>

#include "core/modules/io.h"
#include "core/object/container.h"
#include "core/object/int.h"
#include "core/object/str.h"
#include "core/object/tuple.h"

typedef struct NewlineDecoder {
    ObjectHead head;
    SharedRef decoder; // or None
    bool translate;
    bool held_return; // lock; a \r at the end waits for its \n
    uint8_t seen;     // lock; bits: \r 1, \n 2, \r\n 4
} NewlineDecoder;

static NewlineDecoder *from(Value v) { return (NewlineDecoder *)value_head(v); }

static Ref newline_make(CALL_PARAMETERS)
{
    static const char *const parameters[] = {"decoder", "translate", "errors", NULL};
    Value given[3];
    if (arguments_bind(ts, "IncrementalNewlineDecoder", parameters, 0, 3, 2, args, count, names,
                       given) == STATUS_ERROR) {
        return NO_REF;
    }
    Truth translate = object_is_true(ts, given[1]);
    NewlineDecoder *d = translate == TRUTH_ERROR ? NULL : object_new_of(ts, type_from(self));
    if (d == NULL) {
        return NO_REF;
    }
    d->translate = translate == TRUTH_TRUE;
    d->held_return = false;
    d->seen = 0;
    shared_ref_init(&d->decoder, ref_new(given[0]));
    object_track(&d->head);
    return REF_FROM_NEW(d);
}

static Status newline_init(CALL_PARAMETERS) { return STATUS_OK; }
static void newline_finish(ThreadState *ts, ObjectHead *o)
{
    shared_ref_clear(&((NewlineDecoder *)o)->decoder);
}
static void newline_traverse(ObjectHead *o, Visitor visit, void *context)
{
    visit_place(&((NewlineDecoder *)o)->decoder, visit, context);
}

static Ref replaced(ThreadState *ts, Value text, const char *from_text, const char *to)
{
    OWNED Ref old = str_from_z(ts, from_text);
    OWNED Ref new = str_from_z(ts, to);
    Value args[2] = {old.v, new.v};
    return is_error(old) || is_error(new) ? NO_REF
                                          : object_call_method_z(ts, text, "replace", args, 2);
}

static void note_newlines(NewlineDecoder *d, const Str *s)
{
    for (size_t i = 0; i < s->length; i++) {
        uint32_t c = str_char(s, i);
        if (c == '\n') {
            d->seen |= 2;
        } else if (c == '\r' && i + 1 < s->length && str_char(s, i + 1) == '\n') {
            d->seen |= 4;
            i++;
        } else if (c == '\r') {
            d->seen |= 1;
        }
    }
}

static Ref newline_decode(ThreadState *ts, Value self, const Value *args)
{
    NewlineDecoder *d = from(self);
    Truth final = is_no_value(args[1]) ? TRUTH_FALSE : object_is_true(ts, args[1]);
    Value decoder = shared_ref_peek(&d->decoder);
    Value given[2] = {args[0], bool_value(final == TRUTH_TRUE)};
    OWNED Ref text = final == TRUTH_ERROR ? NO_REF
                     : value_is_none(decoder)
                         ? ref_new(args[0])
                         : object_call_method_z(ts, decoder, "decode", given, 2);
    if (is_error(text)) {
        return NO_REF;
    }
    if (!value_is_str(text.v)) {
        return raise(ts, EXC_TypeError, "decoder should return a string result, not '%T'", text.v);
    }
    if (d->held_return && (str_length(text.v) > 0 || final == TRUTH_TRUE)) {
        OWNED Ref held = str_from_z(ts, "\r");
        d->held_return = false;
        ref_set(&text, is_error(held) ? NO_REF : str_concat(ts, held.v, text.v));
    }
    if (is_error(text)) {
        return NO_REF;
    }
    size_t length = str_length(text.v);
    if (length > 0 && final != TRUTH_TRUE && str_char(str_from(text.v), length - 1) == '\r') {
        d->held_return = true;
        ref_set(&text, str_substring(ts, text.v, 0, length - 1));
        if (is_error(text)) {
            return NO_REF;
        }
    }
    note_newlines(d, str_from(text.v));
    if (d->translate && str_find_char(str_from(text.v), '\r', 0, str_length(text.v)) >= 0) {
        ref_set(&text, replaced(ts, text.v, "\r\n", "\n"));
        ref_set(&text, is_error(text) ? NO_REF : replaced(ts, text.v, "\r", "\n"));
    }
    return ref_take(&text);
}

static Ref newline_reset(ThreadState *ts, Value self, const Value *args)
{
    NewlineDecoder *d = from(self);
    d->held_return = false;
    d->seen = 0;
    Value decoder = shared_ref_peek(&d->decoder);
    return value_is_none(decoder) ? REF_NONE : object_call_method_z(ts, decoder, "reset", NULL, 0);
}

static Ref get_newlines(ThreadState *ts, Value self)
{
    static const char *const texts[] = {"\r", "\n", "\r\n"};
    unsigned seen = from(self)->seen;
    if (seen == 0) {
        return REF_NONE;
    }
    Value found[3];
    size_t count = 0;
    OWNED Ref a = str_from_z(ts, texts[0]);
    OWNED Ref b = str_from_z(ts, texts[1]);
    OWNED Ref c = str_from_z(ts, texts[2]);
    const Ref all[] = {a, b, c};
    for (unsigned i = 0; i < 3; i++) {
        if (is_error(all[i])) {
            return NO_REF;
        }
        if ((seen & 1u << i) != 0) {
            found[count++] = all[i].v;
        }
    }
    return count == 1   ? ref_new(found[0])
           : count == 2 ? tuple_pack(ts, 2, found[0], found[1])
                        : tuple_pack(ts, 3, found[0], found[1], found[2]);
}

static const NativeDef methods[] = {
    NATIVE("decode", newline_decode, "($self, /, input, final=False)",
           "Decode a piece, newlines translated."),
    NATIVE("reset", newline_reset, "($self, /)", "Forget what was decoded."),
    NATIVE_END,
};
static const GetSetDef getset[] = {{"newlines", get_newlines, NULL, NULL},
                                   {NULL, NULL, NULL, NULL}};

const TypeSpec spec_NEWLINE_DECODER = {
    .name = "_io.IncrementalNewlineDecoder",
    .doc = "Makes every kind of newline one, piece by piece.",
    .base = KIND_OBJECT,
    .size = sizeof(NewlineDecoder),
    .flags = TYPE_COLLECTED | TYPE_SUBCLASSABLE,
    .slots = {.finish = newline_finish,
              .traverse = newline_traverse,
              .make = newline_make,
              .init = newline_init},
    .methods = methods,
    .getset = getset,
};
