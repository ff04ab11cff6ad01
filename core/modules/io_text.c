// core/modules/io_text.c: text over bytes; open(); the standard streams; the io module.
//
// Known here are utf-8, ascii and latin-1; other encodings go through the incremental
// coders of the codecs module, and tell() is then only right where nothing has been read ahead.
// What was decoded and not read yet is `text` from `offset` on.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/modules/io.h"
#include "core/modules/posix.h"
#include "core/object/bytes.h"
#include "core/object/codec.h"
#include "core/object/container.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/module.h"
#include "core/object/str.h"
#include "core/vm/import.h"

static TextFile *file_from(Value v) { return (TextFile *)value_head(v); }
// What was not made by open() lies under a buffer of ours, which scripts do not see.
static BinaryFile *binary_of(TextFile *f)
{
    return (BinaryFile *)value_head(shared_ref_peek(&f->binary));
}

static const char *errors_of(TextFile *f)
{
    return (const char *)str_from(shared_ref_peek(&f->errors))->data; // ASCII, see text_file_new
}
static bool encoding_is(TextFile *f, const char *name)
{
    return str_equal_z(shared_ref_peek(&f->encoding), name);
}

// --- Writing -------------------------------------------------------------------------------------

static bool has_codec(const TextFile *f) { return !is_no_value(shared_ref_peek(&f->decoder)); }

static Ref encode(ThreadState *ts, TextFile *f, Value text)
{
    if (has_codec(f)) {
        OWNED Ref bytes =
            object_call_method_z(ts, shared_ref_peek(&f->encoder), "encode", &text, 1);
        return is_error(bytes) || value_is_bytes(bytes.v)
                   ? ref_take(&bytes)
                   : raise(ts, EXC_TypeError, "encoder should return a bytes object, not '%T'",
                           bytes.v);
    }
    if (encoding_is(f, "utf-8")) {
        return codec_encode_utf8(ts, text, errors_of(f));
    }
    return codec_encode_narrow(ts, text, encoding_is(f, "ascii") ? 0x80 : 0x100, errors_of(f));
}

// With newline '\r\n' or '\r' given, \n is written as that.
static Ref translate_out(ThreadState *ts, TextFile *f, Value text)
{
    Value newline = shared_ref_peek(&f->newline);
    if (value_is_none(newline) || str_length(newline) == 0 || str_equal_z(newline, "\n") ||
        str_find_char(str_from(text), '\n', 0, str_length(text)) < 0) {
        return ref_new(text);
    }
    OWNED Ref plain = str_from_ascii(ts, "\n", 1);
    Value args[2] = {plain.v, newline};
    return is_error(plain) ? NO_REF : object_call_method_z(ts, text, "replace", args, 2);
}

static Status write_locked(ThreadState *ts, TextFile *f, Value given)
{
    BinaryFile *b = binary_of(f);
    OWNED Ref text = translate_out(ts, f, given);
    if (is_error(text)) {
        return STATUS_ERROR;
    }
    Str *s = str_from(text.v);
    Status status;
    if (str_is_ascii(s) && !has_codec(f)) {
        status = binary_write(ts, b, s->data, s->length);
    } else {
        OWNED Ref bytes = encode(ts, f, text.v);
        if (is_error(bytes)) {
            return STATUS_ERROR;
        }
        status = binary_write(ts, b, bytes_from(bytes.v)->data, bytes_from(bytes.v)->size);
    }
    if (status == STATUS_OK &&
        (f->write_through || (f->line_buffered && str_find_char(s, '\n', 0, s->length) >= 0))) {
        status = binary_flush(ts, b);
    }
    return status;
}

#define LOCKED(type, failure, expression)                                                          \
    if (file_lock(ts, &f->lock, value_of(f)) == STATUS_ERROR) {                                    \
        return failure;                                                                            \
    }                                                                                              \
    type result = expression;                                                                      \
    file_unlock(&f->lock);                                                                         \
    return result;

Status io_text_write(ThreadState *ts, Value file, Value text)
{
    TextFile *f = file_from(file);
    LOCKED(Status, STATUS_ERROR, write_locked(ts, f, text))
}

Status io_text_flush(ThreadState *ts, Value file)
{
    return binary_flush(ts, binary_of(file_from(file)));
}

// --- Reading -------------------------------------------------------------------------------------

static size_t available(TextFile *f)
{
    Value text = shared_ref_peek(&f->text);
    return is_no_value(text) ? 0 : str_length(text) - f->offset;
}

static void set_text(TextFile *f, Ref text, Ref untranslated)
{
    Ref old = shared_ref_swap(&f->text, text);
    Ref old_untranslated = shared_ref_swap(&f->untranslated, untranslated);
    f->offset = 0;
    ref_drop(&old);
    ref_drop(&old_untranslated);
}

// What is unread, before its ends of lines were translated.
static Ref untranslated_rest(ThreadState *ts, TextFile *f)
{
    Value text = shared_ref_peek(&f->text), original = shared_ref_peek(&f->untranslated);
    if (is_no_value(original)) {
        return str_substring(ts, text, f->offset, str_length(text));
    }
    Str *s = str_from(original);
    size_t i = 0;
    for (size_t read = 0; read < f->offset && i < s->length; read++, i++) {
        i += str_char(s, i) == '\r' && i + 1 < s->length && str_char(s, i + 1) == '\n';
    }
    return str_substring(ts, original, i, s->length);
}

// newline='': each of the three ends a line, and none is translated.
static bool keeps_all_newlines(const TextFile *f)
{
    Value newline = shared_ref_peek(&f->newline);
    return value_is_str(newline) && str_length(newline) == 0;
}

static void note_newlines(TextFile *f, Str *s, size_t from, size_t to)
{
    if ((f->newlines & NEWLINE_LF) == 0 && str_find_char(s, '\n', from, to) >= 0) {
        f->newlines |= NEWLINE_LF;
    }
}

// \r\n and \r become \n; a \r at the very end waits for what follows, unless `final`.
// *original: what stood there, without a \r that waits; nothing if it was the same.
static Ref translate_in(ThreadState *ts, TextFile *f, Value text, bool final, Ref *original)
{
    Str *s = str_from(text);
    if (!f->held_return && str_find_char(s, '\r', 0, s->length) < 0) {
        note_newlines(f, s, 0, s->length);
        return ref_new(text);
    }
    StrBuilder b, before;
    builder_init(&b);
    builder_init(&before);
    Status ok = STATUS_OK;
    size_t i = 0, end = s->length;
    if (f->held_return && (end > 0 || final)) {
        ok = builder_add_char(ts, &b, '\n');
        if (ok == STATUS_OK) {
            ok = builder_add_char(ts, &before, '\r');
        }
        i = end > 0 && str_char(s, 0) == '\n';
        f->newlines |= i == 1 ? NEWLINE_CRLF : NEWLINE_CR;
        f->held_return = false;
    }
    if (end > i && str_char(s, end - 1) == '\r' && !final) {
        f->held_return = true;
        end--;
    }
    if (ok == STATUS_OK) {
        ok = builder_add_range(ts, &before, text, 0, end);
    }
    while (i < end && ok == STATUS_OK) {
        int64_t found = str_find_char(s, '\r', i, end);
        size_t at = found < 0 ? end : (size_t)found;
        ok = builder_add_range(ts, &b, text, i, at);
        note_newlines(f, s, i, at);
        if (found >= 0 && ok == STATUS_OK) {
            ok = builder_add_char(ts, &b, '\n');
        }
        i = at + 1;
        if (found >= 0) {
            bool pair = i < end && str_char(s, i) == '\n';
            f->newlines |= pair ? NEWLINE_CRLF : NEWLINE_CR;
            i += pair;
        }
    }
    if (ok == STATUS_ERROR) {
        builder_abandon(ts, &b);
        builder_abandon(ts, &before);
        return NO_REF;
    }
    *original = builder_finish(ts, &before);
    if (is_error(*original)) {
        builder_abandon(ts, &b);
        return NO_REF;
    }
    return builder_finish(ts, &b);
}

// For newline='': the ends of lines are noted and stay; a \r at the very end waits as above.
static Ref note_kept_newlines(ThreadState *ts, TextFile *f, Value text, bool final)
{
    OWNED Ref whole = NO_REF;
    if (f->held_return) {
        OWNED Ref held = str_from_z(ts, "\r");
        ref_set(&whole, is_error(held) ? NO_REF : str_concat(ts, held.v, text));
    } else {
        whole = ref_new(text);
    }
    if (is_error(whole)) {
        return NO_REF;
    }
    Str *s = str_from(whole.v);
    size_t end = s->length;
    f->held_return = !final && end > 0 && str_char(s, end - 1) == '\r';
    end -= f->held_return;
    size_t i = 0;
    while (i < end) {
        int64_t found = str_find_char(s, '\r', i, end);
        size_t at = found < 0 ? end : (size_t)found;
        note_newlines(f, s, i, at);
        bool pair = at + 1 < end && str_char(s, at + 1) == '\n';
        if (found >= 0) {
            f->newlines |= pair ? NEWLINE_CRLF : NEWLINE_CR;
        }
        i = at + 1 + pair;
    }
    return end == s->length ? ref_take(&whole) : str_substring(ts, whole.v, 0, end);
}

// Decodes bytes; an unfinished character at the end is kept in `partial` unless `final`.
static Ref decode(ThreadState *ts, TextFile *f, const uint8_t *bytes, size_t size, bool final)
{
    if (has_codec(f)) {
        OWNED Ref piece = bytes_new(ts, bytes, size);
        Value args[2] = {piece.v, bool_value(final)};
        OWNED Ref decoded = is_error(piece) ? NO_REF
                                            : object_call_method_z(ts, shared_ref_peek(&f->decoder),
                                                                   "decode", args, 2);
        return is_error(decoded) || value_is_str(decoded.v)
                   ? ref_take(&decoded)
                   : raise(ts, EXC_TypeError, "decoder should return a string result, not '%T'",
                           decoded.v);
    }
    if (encoding_is(f, "latin-1")) {
        return str_from_latin1(ts, bytes, size);
    }
    if (encoding_is(f, "ascii")) {
        return codec_decode_ascii(ts, bytes, size, errors_of(f));
    }
    size_t consumed = size;
    Ref text = codec_decode_utf8(ts, bytes, size, errors_of(f), final ? NULL : &consumed);
    if (!is_error(text) && !final) {
        f->partial_size = (uint8_t)MIN_OF(size - consumed, sizeof f->partial);
        memcpy(f->partial, bytes + size - f->partial_size, f->partial_size);
    }
    return text;
}

// Adds decoded text behind what is there. False with or without an exception: an error, or the end.
static bool read_more(ThreadState *ts, TextFile *f, bool everything)
{
    if (f->at_end && !everything) {
        f->at_end = false; // a terminal may go on
        return false;
    }
    BinaryFile *b = binary_of(f);
    OWNED Ref all = NO_REF;
    uint8_t chunk[FILE_BUFFER_BYTES + 8];
    const uint8_t *bytes = chunk;
    size_t size = f->partial_size;
    memcpy(chunk, f->partial, f->partial_size);
    f->partial_size = 0;
    bool final = everything;
    if (everything) {
        OWNED Ref rest = binary_read_all(ts, b);
        if (is_error(rest)) {
            return false;
        }
        all = bytes_new(ts, NULL, size + bytes_from(rest.v)->size);
        if (is_error(all)) {
            return false;
        }
        memcpy(bytes_from(all.v)->data, chunk, size);
        memcpy(bytes_from(all.v)->data + size, bytes_from(rest.v)->data, bytes_from(rest.v)->size);
        bytes = bytes_from(all.v)->data;
        size = bytes_from(all.v)->size;
    } else {
        int64_t n = binary_read_some(ts, b, chunk + size, FILE_BUFFER_BYTES);
        if (n < 0) {
            return false;
        }
        final = n == 0;
        size += (size_t)n;
    }
    OWNED Ref text = decode(ts, f, bytes, size, final);
    OWNED Ref original = NO_REF;
    if (!is_error(text) && f->translate_in) {
        ref_set(&text, translate_in(ts, f, text.v, final, &original));
    } else if (!is_error(text) && keeps_all_newlines(f)) {
        ref_set(&text, note_kept_newlines(ts, f, text.v, final));
    }
    if (is_error(text)) {
        return false;
    }
    f->at_end = final;
    if (available(f) > 0) {
        Value before = shared_ref_peek(&f->text);
        OWNED Ref rest = str_substring(ts, before, f->offset, str_length(before));
        if (!is_error(rest) &&
            (!is_error(original) || !is_no_value(shared_ref_peek(&f->untranslated)))) {
            OWNED Ref rest_original = untranslated_rest(ts, f);
            ref_set(&original, is_error(rest_original)
                                   ? NO_REF
                                   : str_concat(ts, rest_original.v,
                                                is_error(original) ? text.v : original.v));
            if (is_error(original)) {
                return false;
            }
        }
        ref_set(&text, is_error(rest) ? NO_REF : str_concat(ts, rest.v, text.v));
    }
    if (is_error(text)) {
        return false;
    }
    bool some = str_length(text.v) > 0;
    set_text(f, ref_take(&text), ref_take(&original));
    return some || !final;
}

static Ref take(ThreadState *ts, TextFile *f, size_t count)
{
    if (available(f) == 0) {
        return str_empty();
    }
    Value text = shared_ref_peek(&f->text);
    size_t from = f->offset;
    f->offset += count;
    return str_substring(ts, text, from, from + count);
}

static Status check_readable(ThreadState *ts, TextFile *f)
{
    BinaryFile *b = binary_of(f);
    if (b->fd < 0) {
        return raise_status(ts, EXC_ValueError, "I/O operation on closed file.");
    }
    return b->readable ? STATUS_OK : (io_unsupported(ts, "not readable"), STATUS_ERROR);
}

static Ref read_locked(ThreadState *ts, TextFile *f, int64_t count)
{
    if (check_readable(ts, f) == STATUS_ERROR) {
        return NO_REF;
    }
    if (count < 0) {
        read_more(ts, f, true);
        f->at_end = false;
        OWNED Ref all = has_exception(ts) ? NO_REF : take(ts, f, available(f));
        if (!is_error(all)) {
            set_text(f, NO_REF, NO_REF);
        }
        return ref_take(&all);
    }
    while (available(f) < (size_t)count && read_more(ts, f, false)) {
    }
    return has_exception(ts) ? NO_REF : take(ts, f, MIN_OF((size_t)count, available(f)));
}

// The end of the first line in the text at hand (one past its newline), or -1.
static int64_t line_end(TextFile *f, size_t from)
{
    Value text = shared_ref_peek(&f->text);
    if (is_no_value(text)) {
        return -1;
    }
    Str *s = str_from(text);
    Value newline = shared_ref_peek(&f->newline);
    if (f->translate_in || value_is_none(newline) || str_equal_z(newline, "\n")) {
        int64_t at = str_find_char(s, '\n', from, s->length);
        return at < 0 ? -1 : at + 1;
    }
    if (str_length(newline) > 0) {
        int64_t at = str_find(text, newline, from, s->length);
        return at < 0 ? -1 : at + (int64_t)str_length(newline);
    }
    for (size_t i = from; i < s->length;
         i++) { // newline='': any of the three ends a line, kept as it is
        uint32_t c = str_char(s, i);
        if (c == '\n') {
            return (int64_t)i + 1;
        }
        if (c == '\r') {
            if (i + 1 == s->length && !f->at_end) {
                return -1;
            }
            return (int64_t)i + 1 + (i + 1 < s->length && str_char(s, i + 1) == '\n');
        }
    }
    return -1;
}

static Ref read_line_locked(ThreadState *ts, TextFile *f, int64_t limit)
{
    if (check_readable(ts, f) == STATUS_ERROR) {
        return NO_REF;
    }
    for (;;) {
        int64_t end = line_end(f, f->offset);
        size_t there = available(f);
        size_t line = end < 0 ? there : (size_t)end - f->offset;
        if (limit >= 0 && line > (size_t)limit) {
            line = (size_t)limit;
            end = 0;
        }
        if (end >= 0 || (limit >= 0 && there >= (size_t)limit)) {
            return take(ts, f, line);
        }
        if (!read_more(ts, f, false)) {
            return has_exception(ts) ? NO_REF : take(ts, f, available(f));
        }
    }
}

static Ref read_line(ThreadState *ts, TextFile *f, int64_t limit)
{
    LOCKED(Ref, NO_REF, read_line_locked(ts, f, limit))
}

static Ref read_text(ThreadState *ts, TextFile *f, int64_t count)
{
    LOCKED(Ref, NO_REF, read_locked(ts, f, count))
}

// --- As scripts see it ---------------------------------------------------------------------------

static void text_finish(ThreadState *ts, ObjectHead *o)
{
    TextFile *f = (TextFile *)o;
    shared_ref_clear(&f->binary);
    shared_ref_clear(&f->encoding);
    shared_ref_clear(&f->errors);
    shared_ref_clear(&f->newline);
    shared_ref_clear(&f->mode);
    shared_ref_clear(&f->decoder);
    shared_ref_clear(&f->encoder);
    shared_ref_clear(&f->encoding_name);
    shared_ref_clear(&f->text);
    shared_ref_clear(&f->untranslated);
}

static void text_traverse(ObjectHead *o, Visitor visit, void *context)
{
    TextFile *f = (TextFile *)o;
    visit_place(&f->binary, visit, context);
    visit_place(&f->decoder, visit, context);
    visit_place(&f->encoder, visit, context);
}

static Ref optional_size(ThreadState *ts, Value v, int64_t *size)
{
    *size = -1;
    if (is_no_value(v) || value_is_none(v)) {
        return REF_NONE;
    }
    return index_get(ts, v, size) == STATUS_ERROR ? NO_REF : REF_NONE;
}

static Ref method_read(ThreadState *ts, Value self, const Value *args)
{
    int64_t size;
    return is_error(optional_size(ts, args[0], &size)) ? NO_REF
                                                       : read_text(ts, file_from(self), size);
}

static Ref method_readline(ThreadState *ts, Value self, const Value *args)
{
    int64_t size;
    return is_error(optional_size(ts, args[0], &size)) ? NO_REF
                                                       : read_line(ts, file_from(self), size);
}

static Ref text_next(ThreadState *ts, Value self)
{
    OWNED Ref line = read_line(ts, file_from(self), -1);
    return is_error(line) || str_length(line.v) == 0 ? NO_REF : ref_take(&line);
}

static Ref method_readlines(ThreadState *ts, Value self, const Value *args)
{
    return io_lines_up_to(ts, self, args[0]);
}

static Ref method_write(ThreadState *ts, Value self, const Value *args)
{
    if (!value_is_str(args[0])) {
        return raise(ts, EXC_TypeError, "write() argument must be str, not %T", args[0]);
    }
    return io_text_write(ts, self, args[0]) == STATUS_ERROR
               ? NO_REF
               : int_from_i64(ts, (int64_t)str_length(args[0]));
}

static Ref method_writelines(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref iterator = object_iterate(ts, args[0]);
    if (is_error(iterator)) {
        return NO_REF;
    }
    for (;;) {
        OWNED Ref line = iterator_next(ts, iterator.v);
        if (is_error(line)) {
            return has_exception(ts) ? NO_REF : REF_NONE;
        }
        OWNED Ref written = method_write(ts, self, &line.v);
        if (is_error(written)) {
            return NO_REF;
        }
    }
}

static Ref method_flush(ThreadState *ts, Value self, const Value *args)
{
    return io_text_flush(ts, self) == STATUS_ERROR ? NO_REF : REF_NONE;
}

static Ref method_close(ThreadState *ts, Value self, const Value *args)
{
    return binary_close(ts, binary_of(file_from(self))) == STATUS_ERROR ? NO_REF : REF_NONE;
}

// The byte position of what will be read next:
// what is decoded but unread is encoded back to count it.
static Ref tell_locked(ThreadState *ts, TextFile *f)
{
    BinaryFile *b = binary_of(f);
    int64_t at = binary_seek(ts, b, 0, SEEK_CUR);
    if (at < 0) {
        return NO_REF;
    }
    int64_t ahead = f->partial_size + f->held_return;
    if (available(f) > 0) {
        OWNED Ref rest = untranslated_rest(ts, f);
        Value how[2] = {shared_ref_peek(&f->encoding), shared_ref_peek(&f->errors)};
        OWNED Ref bytes = is_error(rest) ? NO_REF
                          : has_codec(f) ? object_call_method_z(ts, rest.v, "encode", how, 2)
                                         : encode(ts, f, rest.v);
        if (is_error(bytes)) {
            return NO_REF;
        }
        ahead += (int64_t)bytes_from(bytes.v)->size;
    }
    return int_from_i64(ts, at - ahead);
}

static Ref method_tell(ThreadState *ts, Value self, const Value *args)
{
    TextFile *f = file_from(self);
    LOCKED(Ref, NO_REF, tell_locked(ts, f))
}

// A mark of byte order belongs to the start of a file only.
static Status place_encoder(ThreadState *ts, TextFile *f, int64_t at)
{
    Value zero = small_int(0);
    OWNED Ref done = object_call_method_z(ts, shared_ref_peek(&f->encoder),
                                          at == 0 ? "reset" : "setstate", &zero, at == 0 ? 0 : 1);
    return is_error(done) ? STATUS_ERROR : STATUS_OK;
}

static Ref seek_locked(ThreadState *ts, TextFile *f, int64_t offset, int64_t whence)
{
    if (whence != 0 && offset != 0) {
        return io_unsupported(ts, whence == 1 ? "can't do nonzero cur-relative seeks"
                                              : "can't do nonzero end-relative seeks");
    }
    if (whence == 0 && offset < 0) {
        return raise(ts, EXC_ValueError, "negative seek position %ld", (long)offset);
    }
    if (whence == 1) {
        return tell_locked(ts, f);
    }
    int64_t at = binary_seek(ts, binary_of(f), offset, (int)whence);
    if (at < 0) {
        return NO_REF;
    }
    if (has_codec(f)) {
        OWNED Ref decoder =
            object_call_method_z(ts, shared_ref_peek(&f->decoder), "reset", NULL, 0);
        if (is_error(decoder) || place_encoder(ts, f, at) == STATUS_ERROR) {
            return NO_REF;
        }
    }
    set_text(f, NO_REF, NO_REF);
    f->newlines = at == 0 ? 0 : f->newlines;
    f->partial_size = 0;
    f->held_return = f->at_end = false;
    return int_from_i64(ts, at);
}

static Ref method_seek(ThreadState *ts, Value self, const Value *args)
{
    TextFile *f = file_from(self);
    int64_t offset, whence = 0;
    if (index_get(ts, args[0], &offset) == STATUS_ERROR ||
        (!is_no_value(args[1]) && index_get(ts, args[1], &whence) == STATUS_ERROR)) {
        return NO_REF;
    }
    LOCKED(Ref, NO_REF, seek_locked(ts, f, offset, whence))
}

static Ref forward(ThreadState *ts, Value self, const char *name)
{
    return object_call_method_z(ts, value_of(binary_of(file_from(self))), name, NULL, 0);
}
static Ref method_fileno(ThreadState *ts, Value self, const Value *args)
{
    return forward(ts, self, "fileno");
}
static Ref method_isatty(ThreadState *ts, Value self, const Value *args)
{
    return forward(ts, self, "isatty");
}
static Ref method_readable(ThreadState *ts, Value self, const Value *args)
{
    return forward(ts, self, "readable");
}
static Ref method_writable(ThreadState *ts, Value self, const Value *args)
{
    return forward(ts, self, "writable");
}
static Ref method_seekable(ThreadState *ts, Value self, const Value *args)
{
    return forward(ts, self, "seekable");
}
static Ref method_truncate(ThreadState *ts, Value self, const Value *args)
{
    return object_call_method_z(ts, value_of(binary_of(file_from(self))), "truncate", args,
                                is_no_value(args[0]) ? 0 : 1);
}
static Ref method_enter(ThreadState *ts, Value self, const Value *args)
{
    return binary_of(file_from(self))->fd < 0
               ? raise(ts, EXC_ValueError, "I/O operation on closed file.")
               : ref_new(self);
}
static Ref method_exit(ThreadState *ts, Value self, const Value *args)
{
    return method_close(ts, self, NULL);
}

static void set_place(SharedRef *place, Ref value)
{
    Ref old = shared_ref_swap(place, value);
    ref_drop(&old);
}

static Status text_file_set(ThreadState *ts, TextFile *f, Value binary, Value encoding,
                            Value errors, Value newline, bool line_buffered);

// A truth that was given and is not None, or what it was.
static Truth given_truth(ThreadState *ts, Value v, bool before)
{
    return is_no_value(v) || value_is_none(v) ? (Truth)before : object_is_true(ts, v);
}

static bool is_given(Value v) { return !is_no_value(v) && !value_is_none(v); }

// args: encoding, errors, newline, line_buffering, write_through.
static Ref reconfigure_locked(ThreadState *ts, TextFile *f, const Value *args)
{
    bool changes = is_given(args[0]) || is_given(args[1]) || !is_no_value(args[2]);
    bool has_read = !is_no_value(shared_ref_peek(&f->text)) || f->partial_size > 0 || f->at_end;
    if (changes && has_read) {
        return io_unsupported(ts, "It is not possible to set the encoding or newline of stream "
                                  "after the first read");
    }
    Truth by_line = given_truth(ts, args[3], f->line_buffered);
    Truth through = given_truth(ts, args[4], f->write_through);
    if (by_line == TRUTH_ERROR || through == TRUTH_ERROR ||
        binary_flush(ts, binary_of(f)) == STATUS_ERROR) {
        return NO_REF;
    }
    OWNED Ref binary = shared_ref_load(&f->head, &f->binary);
    OWNED Ref encoding =
        is_given(args[0]) ? ref_new(args[0]) : shared_ref_load(&f->head, &f->encoding_name);
    OWNED Ref errors = is_given(args[1])   ? ref_new(args[1])
                       : is_given(args[0]) ? str_from_z(ts, "strict")
                                           : shared_ref_load(&f->head, &f->errors);
    OWNED Ref newline =
        is_no_value(args[2]) ? shared_ref_load(&f->head, &f->newline) : ref_new(args[2]);
    if (changes &&
        (is_error(errors) || text_file_set(ts, f, binary.v, encoding.v, errors.v, newline.v,
                                           by_line == TRUTH_TRUE) == STATUS_ERROR)) {
        return NO_REF;
    }
    f->line_buffered = by_line == TRUTH_TRUE;
    f->write_through = through == TRUTH_TRUE;
    return REF_NONE;
}

static Ref method_reconfigure(ThreadState *ts, Value self, const Value *args)
{
    TextFile *f = file_from(self);
    LOCKED(Ref, NO_REF, reconfigure_locked(ts, f, args))
}

static Ref get_buffer(ThreadState *ts, Value self);

static Ref method_detach(ThreadState *ts, Value self, const Value *args)
{
    TextFile *f = file_from(self);
    OWNED Ref nothing = io_text_flush(ts, self) == STATUS_ERROR
                            ? NO_REF
                            : binary_file_new(ts, -1, "rb", VALUE_NONE, false, false);
    OWNED Ref buffer = is_error(nothing) ? NO_REF : get_buffer(ts, self);
    if (is_error(buffer)) {
        return NO_REF;
    }
    if (f->over_object) {
        binary_of(f)->fd = -1;
    }
    set_place(&f->binary, ref_take(&nothing));
    f->over_object = false;
    return ref_take(&buffer);
}

static const NativeDef methods[] = {
    NATIVE("detach", method_detach, "($self, /)", "Separate the bytes from the text."),
    NATIVE("read", method_read, "($self, size=-1, /)",
           "Read at most size characters, or everything."),
    NATIVE("readline", method_readline, "($self, size=-1, /)", "Read to the end of the line."),
    NATIVE("readlines", method_readlines, "($self, hint=-1, /)", "All lines as a list."),
    NATIVE("write", method_write, "($self, text, /)",
           "Write text; returns the number of characters."),
    NATIVE("writelines", method_writelines, "($self, lines, /)",
           "Write every item of an iterable."),
    NATIVE("flush", method_flush, "($self, /)", "Write what is in the buffer."),
    NATIVE("close", method_close, "($self, /)", "Flush and close."),
    NATIVE("seek", method_seek, "($self, cookie, whence=0, /)", "Change the position."),
    NATIVE("tell", method_tell, "($self, /)", "The position."),
    NATIVE("truncate", method_truncate, "($self, size=None, /)", "Cut or extend the file."),
    NATIVE("fileno", method_fileno, "($self, /)", "The descriptor."),
    NATIVE("isatty", method_isatty, "($self, /)", "Whether it is a terminal."),
    NATIVE("readable", method_readable, "($self, /)", "Whether it can be read."),
    NATIVE("writable", method_writable, "($self, /)", "Whether it can be written."),
    NATIVE("seekable", method_seekable, "($self, /)", "Whether its position can be changed."),
    NATIVE("reconfigure", method_reconfigure,
           "($self, /, *, encoding=None, errors=None, newline=, line_buffering=None, "
           "write_through=None)",
           "Change how text becomes bytes, and how it buffers."),
    NATIVE("__enter__", method_enter, "($self, /)", NULL),
    NATIVE("__exit__", method_exit, "($self, type=None, value=None, traceback=None, /)", NULL),
    NATIVE_END,
};

static Ref get_closed(ThreadState *ts, Value self)
{
    return REF_OF(bool_value(binary_of(file_from(self))->fd < 0));
}
static Ref get_buffer(ThreadState *ts, Value self)
{
    BinaryFile *b = binary_of(file_from(self));
    Ref raw = file_from(self)->over_object ? shared_ref_load(&b->head, &b->raw) : NO_REF;
    return is_error(raw) ? ref_new(shared_ref_peek(&file_from(self)->binary)) : raw;
}

static Ref get_name(ThreadState *ts, Value self)
{
    OWNED Ref buffer = get_buffer(ts, self);
    OWNED Ref name = str_intern_z(ts, "name");
    return is_error(buffer) || is_error(name) ? NO_REF : object_get_attribute(ts, buffer.v, name.v);
}
static Ref get_mode(ThreadState *ts, Value self)
{
    Ref own = shared_ref_load(value_head(self), &file_from(self)->mode);
    if (!is_error(own)) {
        return own;
    }
    OWNED Ref buffer = get_buffer(ts, self);
    OWNED Ref name = str_intern_z(ts, "mode");
    return is_error(buffer) || is_error(name) ? NO_REF : object_get_attribute(ts, buffer.v, name.v);
}
static Status set_mode(ThreadState *ts, Value self, Value mode)
{
    set_place(&file_from(self)->mode, is_no_value(mode) ? NO_REF : ref_new(mode));
    return STATUS_OK;
}
static Ref get_encoding(ThreadState *ts, Value self)
{
    return shared_ref_load(value_head(self), &file_from(self)->encoding_name);
}
static Ref get_errors(ThreadState *ts, Value self)
{
    return shared_ref_load(value_head(self), &file_from(self)->errors);
}
static Ref get_line_buffering(ThreadState *ts, Value self)
{
    return REF_OF(bool_value(file_from(self)->line_buffered));
}
static Ref get_write_through(ThreadState *ts, Value self)
{
    return REF_OF(bool_value(file_from(self)->write_through));
}
static Ref get_newlines(ThreadState *ts, Value self)
{
    static const char *const names[] = {"\r", "\n", "\r\n"};
    OWNED Ref list = list_new(ts, 0);
    uint8_t seen = file_from(self)->newlines;
    for (size_t i = 0; !is_error(list) && i < ARRAY_LENGTH(names); i++) {
        OWNED Ref name = (seen >> i & 1) != 0 ? str_from_z(ts, names[i]) : NO_REF;
        if (has_exception(ts) ||
            (!is_error(name) && list_append(ts, list_from(list.v), name.v) == STATUS_ERROR)) {
            return NO_REF;
        }
    }
    return is_error(list)                      ? NO_REF
           : seen == 0                         ? REF_NONE
           : list_size(list_from(list.v)) == 1 ? list_get(ts, list_from(list.v), 0)
                                               : sequence_tuple(ts, list.v);
}

static const GetSetDef getset[] = {{"closed", get_closed, NULL, NULL},
                                   {"name", get_name, NULL, NULL},
                                   {"mode", get_mode, set_mode, NULL},
                                   {"encoding", get_encoding, NULL, NULL},
                                   {"errors", get_errors, NULL, NULL},
                                   {"buffer", get_buffer, NULL, NULL},
                                   {"line_buffering", get_line_buffering, NULL, NULL},
                                   {"newlines", get_newlines, NULL, NULL},
                                   {"write_through", get_write_through, NULL, NULL},
                                   {NULL, NULL, NULL, NULL}};

// `name=…` and the like, if the file has that attribute.
static Ref shown_attribute(ThreadState *ts, const char *label, Ref value)
{
    OWNED Ref owned = value;
    if (is_error(owned)) {
        return exception_clear_if(ts, EXC_Exception) ? str_empty() : NO_REF;
    }
    return format_str(ts, " %s=%R", label, owned.v);
}

static Ref text_repr(ThreadState *ts, Value self)
{
    OWNED Ref name = shown_attribute(ts, "name", get_name(ts, self));
    OWNED Ref mode = is_error(name) ? NO_REF : shown_attribute(ts, "mode", get_mode(ts, self));
    return is_error(mode) ? NO_REF
                          : format_str(ts, "<_io.TextIOWrapper%U%U encoding=%R>", name.v, mode.v,
                                       shared_ref_peek(&file_from(self)->encoding_name));
}

static Ref text_make(CALL_PARAMETERS);
static Status text_init(CALL_PARAMETERS);

static Status text_finalize(ThreadState *ts, Value self)
{
    TextFile *f = file_from(self);
    return f->over_object && binary_of(f)->fd >= 0 ? binary_close(ts, binary_of(f)) : STATUS_OK;
}

const TypeSpec spec_TEXT_FILE = {.name = "_io.TextIOWrapper",
                                 .doc = "Text over a buffered file.",
                                 .base = KIND_TEXT_IO_BASE,
                                 .size = sizeof(TextFile),
                                 .flags =
                                     TYPE_COLLECTED | TYPE_SUBCLASSABLE | TYPE_WEAK_REFERENCEABLE,
                                 .slots = {.finish = text_finish,
                                           .traverse = text_traverse,
                                           .finalize = text_finalize,
                                           .repr = text_repr,
                                           .iterate = object_itself,
                                           .next = text_next,
                                           .make = text_make,
                                           .init = text_init},
                                 .methods = methods,
                                 .getset = getset};

// --- open ----------------------------------------------------------------------------------------

// The names an encoding goes by, brought to one.
static Ref canonical_encoding(ThreadState *ts, Value given)
{
    static const struct {
        const char *name, *canonical;
    } known[] = {{"utf-8", "utf-8"},        {"utf8", "utf-8"},          {"utf_8", "utf-8"},
                 {"u8", "utf-8"},           {"utf-8-sig", "utf-8-sig"}, {"ascii", "ascii"},
                 {"us-ascii", "ascii"},     {"latin-1", "latin-1"},     {"latin1", "latin-1"},
                 {"iso-8859-1", "latin-1"}, {"iso8859-1", "latin-1"},   {"l1", "latin-1"},
                 {"locale", "utf-8"}};
    if (is_no_value(given) || value_is_none(given)) {
        return str_from_z(ts, "utf-8");
    }
    if (!value_is_str(given)) {
        return raise(ts, EXC_TypeError, "open() argument 'encoding' must be str or None, not %T",
                     given);
    }
    OWNED Ref lower = object_call_method_z(ts, given, "lower", NULL, 0);
    for (size_t i = 0; !is_error(lower) && i < ARRAY_LENGTH(known); i++) {
        if (str_equal_z(lower.v, known[i].name)) {
            return str_from_z(ts, known[i].canonical);
        }
    }
    return is_error(lower) ? NO_REF : ref_new(given); // one for the codecs module
}

// An incremental coder of the codecs module.
static Ref coder_for(ThreadState *ts, const char *kind, Value encoding, Value errors)
{
    OWNED Ref codecs = import_module(ts, "codecs");
    OWNED Ref make =
        is_error(codecs) ? NO_REF : object_call_method_z(ts, codecs.v, kind, &encoding, 1);
    return is_error(make) ? NO_REF : object_call1(ts, make.v, errors);
}

static Status text_file_set(ThreadState *ts, TextFile *f, Value binary, Value encoding,
                            Value errors, Value newline, bool line_buffered)
{
    OWNED Ref name = canonical_encoding(ts, encoding);
    OWNED Ref handling =
        is_no_value(errors) || value_is_none(errors) ? str_from_z(ts, "strict") : ref_new(errors);
    if (is_error(name) || is_error(handling)) {
        return STATUS_ERROR;
    }
    if (!value_is_str(handling.v) || !str_is_ascii(str_from(handling.v))) {
        return raise_status(ts, EXC_LookupError, "unknown error handler name %R", handling.v);
    }
    if (is_no_value(newline)) {
        newline = VALUE_NONE;
    }
    if (!value_is_none(newline) &&
        !(value_is_str(newline) && (str_length(newline) == 0 || str_equal_z(newline, "\n") ||
                                    str_equal_z(newline, "\r") || str_equal_z(newline, "\r\n")))) {
        return value_is_str(newline)
                   ? raise_status(ts, EXC_ValueError, "illegal newline value: %R", newline)
                   : raise_status(ts, EXC_TypeError,
                                  "open() argument 'newline' must be str or None, not %T", newline);
    }
    static const char *const known[] = {"utf-8", "ascii", "latin-1"};
    OWNED Ref decoder = NO_REF, encoder = NO_REF;
    bool is_known = false;
    for (size_t i = 0; i < ARRAY_LENGTH(known); i++) {
        is_known = is_known || str_equal_z(name.v, known[i]);
    }
    if (!is_known) {
        decoder = coder_for(ts, "getincrementaldecoder", name.v, handling.v);
        encoder =
            is_error(decoder) ? NO_REF : coder_for(ts, "getincrementalencoder", name.v, handling.v);
        if (is_error(encoder)) {
            return STATUS_ERROR;
        }
    }
    set_place(&f->decoder, ref_take(&decoder));
    set_place(&f->encoder, ref_take(&encoder));
    set_place(&f->binary, ref_new(binary));
    set_place(&f->encoding_name, value_is_str(encoding) && !str_equal_z(encoding, "locale")
                                     ? ref_new(encoding)
                                     : str_from_z(ts, "UTF-8"));
    set_place(&f->encoding, ref_take(&name));
    set_place(&f->errors, ref_take(&handling));
    set_place(&f->newline, ref_new(newline));
    f->translate_in = value_is_none(newline);
    f->line_buffered = line_buffered;
    BinaryFile *b = binary_of(f);
    if (has_codec(f) && b->writable && b->fd >= 0) {
        int64_t at = binary_seek(ts, b, 0, SEEK_CUR); // fails in a pipe
        if (at < 0) {
            exception_clear(ts);
        } else if (at > 0) {
            return place_encoder(ts, f, at);
        }
    }
    return STATUS_OK;
}

// A file whose buffer is closed.
static Ref text_make(CALL_PARAMETERS)
{
    OWNED Ref nothing = binary_file_new(ts, -1, "rb", VALUE_NONE, false, false);
    OWNED Ref encoding = str_from_z(ts, "utf-8");
    TextFile *f =
        is_error(nothing) || is_error(encoding) ? NULL : object_new_of(ts, type_from(self));
    if (f == NULL) {
        return NO_REF;
    }
    memset(&f->lock, 0, sizeof *f - offsetof(TextFile, lock));
    shared_ref_init(&f->binary, ref_take(&nothing));
    shared_ref_init(&f->encoding, ref_new(encoding.v));
    shared_ref_init(&f->errors, ref_take(&encoding));
    shared_ref_init(&f->newline, REF_NONE);
    shared_ref_init(&f->mode, NO_REF);
    shared_ref_init(&f->decoder, NO_REF);
    shared_ref_init(&f->encoder, NO_REF);
    shared_ref_init(&f->untranslated, NO_REF);
    shared_ref_init(&f->encoding_name, ref_new(shared_ref_peek(&f->encoding)));
    object_track(&f->head);
    return REF_FROM_NEW(f);
}

static Truth can(ThreadState *ts, Value buffer, const char *method)
{
    OWNED Ref answer = object_call_method_z(ts, buffer, method, NULL, 0);
    return is_error(answer) ? TRUTH_ERROR : object_is_true(ts, answer.v);
}

static Status text_init(CALL_PARAMETERS)
{
    static const char *const parameters[] = {"buffer",         "encoding",      "errors", "newline",
                                             "line_buffering", "write_through", NULL};
    Value given[6];
    TextFile *f = file_from(self);
    if (arguments_bind(ts, "TextIOWrapper", parameters, 0, 6, 1, args, count, names, given) ==
        STATUS_ERROR) {
        return STATUS_ERROR;
    }
    Truth by_line = is_no_value(given[4]) ? TRUTH_FALSE : object_is_true(ts, given[4]);
    Truth through = is_no_value(given[5]) ? TRUTH_FALSE : object_is_true(ts, given[5]);
    if (by_line == TRUTH_ERROR || through == TRUTH_ERROR) {
        return STATUS_ERROR;
    }
    Value buffer = given[0];
    bool own = value_is_exactly(buffer, KIND_BUFFERED_READER) ||
               value_is_exactly(buffer, KIND_BUFFERED_WRITER) ||
               value_is_exactly(buffer, KIND_BUFFERED_RANDOM);
    OWNED Ref binary = own ? ref_new(buffer) : NO_REF;
    if (!own) {
        Truth reads = can(ts, buffer, "readable");
        Truth writes = reads == TRUTH_ERROR ? TRUTH_ERROR : can(ts, buffer, "writable");
        if (writes == TRUTH_ERROR) {
            return STATUS_ERROR;
        }
        binary = binary_file_over(ts, buffer, reads == TRUTH_TRUE, writes == TRUTH_TRUE);
    }
    if (is_error(binary) || text_file_set(ts, f, binary.v, given[1], given[2], given[3],
                                          by_line == TRUTH_TRUE) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    f->over_object = !own;
    f->write_through = through == TRUTH_TRUE;
    return STATUS_OK;
}

static Ref text_file_new(ThreadState *ts, Value binary, Value encoding, Value errors, Value newline,
                         bool line_buffered)
{
    OWNED Ref made = text_make(ts, type_value(TYPE_OF_KIND(TEXT_FILE)), NULL, 0, NO_VALUE);
    if (is_error(made) || text_file_set(ts, file_from(made.v), binary, encoding, errors, newline,
                                        line_buffered) == STATUS_ERROR) {
        return NO_REF;
    }
    return ref_take(&made);
}

typedef struct OpenMode {
    bool text, binary, plus;
    char action; // r, w, a, x
    char plain[4];
} OpenMode;

static Status parse_mode(ThreadState *ts, Value mode, OpenMode *m)
{
    memset(m, 0, sizeof *m);
    if (is_no_value(mode)) {
        m->action = 'r';
        m->text = true;
    } else if (!value_is_str(mode)) {
        return raise_status(ts, EXC_TypeError, "open() argument 'mode' must be str, not %T", mode);
    }
    for (size_t i = 0; !is_no_value(mode) && i < str_length(mode); i++) {
        uint32_t c = str_char(str_from(mode), i);
        bool *flag = c == 't' ? &m->text : c == 'b' ? &m->binary : c == '+' ? &m->plus : NULL;
        bool action = c == 'r' || c == 'w' || c == 'a' || c == 'x';
        if ((flag == NULL && !action) || (flag != NULL && *flag)) {
            return raise_status(ts, EXC_ValueError, "invalid mode: %R", mode);
        }
        if (flag != NULL) {
            *flag = true;
        } else if (m->action != 0) {
            return raise_status(ts, EXC_ValueError,
                                "must have exactly one of create/read/write/append mode");
        } else {
            m->action = (char)c;
        }
    }
    if (m->text && m->binary) {
        return raise_status(ts, EXC_ValueError, "can't have text and binary mode at once");
    }
    if (m->action == 0) {
        return raise_status(
            ts, EXC_ValueError,
            "Must have exactly one of create/read/write/append mode and at most one plus");
    }
    snprintf(m->plain, sizeof m->plain, "%cb%s", m->action, m->plus ? "+" : "");
    return STATUS_OK;
}

static int open_flags(const OpenMode *m)
{
    int access = m->plus ? O_RDWR : m->action == 'r' ? O_RDONLY : O_WRONLY;
    int how = m->action == 'w'   ? O_CREAT | O_TRUNC
              : m->action == 'a' ? O_CREAT | O_APPEND
              : m->action == 'x' ? O_CREAT | O_EXCL
                                 : 0;
    return access | how | O_CLOEXEC;
}

static int open_path(ThreadState *ts, Value file, const OpenMode *m)
{
    OWNED Ref path = path_of_object(ts, file);
    OWNED Ref bytes = is_error(path) ? NO_REF : file_system_encode(ts, path.v);
    if (is_error(bytes)) {
        return -1;
    }
    const char *name = (const char *)bytes_from(bytes.v)->data;
    wait_begin(ts);
    int fd = open(name, open_flags(m), 0666);
    int error = errno;
    wait_end(ts);
    struct stat s;
    if (fd >= 0 && fstat(fd, &s) == 0 && S_ISDIR(s.st_mode)) {
        close(fd);
        fd = -1;
        error = EISDIR;
    }
    if (fd < 0) {
        raise_os_error(ts, error, path.v);
    }
    return fd;
}

Ref io_open(ThreadState *ts, Value self, const Value *args)
{
    Value file = args[0], buffering = args[2], encoding = args[3], errors = args[4],
          newline = args[5];
    OpenMode mode;
    if (parse_mode(ts, args[1], &mode) == STATUS_ERROR) {
        return NO_REF;
    }
    int64_t buffer = -1;
    Truth close_fd = is_no_value(args[6]) ? TRUTH_TRUE : object_is_true(ts, args[6]);
    if (close_fd == TRUTH_ERROR ||
        (!is_no_value(buffering) && index_get(ts, buffering, &buffer) == STATUS_ERROR)) {
        return NO_REF;
    }
    const struct {
        Value value;
        const char *what;
    } text_only[] = {{encoding, "encoding"}, {errors, "errors"}, {newline, "newline"}};
    for (size_t i = 0; mode.binary && i < ARRAY_LENGTH(text_only); i++) {
        if (!is_no_value(text_only[i].value) && !value_is_none(text_only[i].value)) {
            return raise(ts, EXC_ValueError, "binary mode doesn't take %s %s argument",
                         text_only[i].what[0] == 'e' ? "an" : "a", text_only[i].what);
        }
    }
    if (!mode.binary && buffer == 0) {
        return raise(ts, EXC_ValueError, "can't have unbuffered text I/O");
    }
    int fd;
    bool opened = false;
    if (value_is_int(file)) {
        int64_t n;
        if (index_get(ts, file, &n) == STATUS_ERROR) {
            return NO_REF;
        }
        if (n < 0) {
            return raise(ts, EXC_ValueError, "negative file descriptor");
        }
        if (fcntl((int)n, F_GETFD) < 0) {
            return raise_os_error(ts, errno, NO_VALUE);
        }
        fd = (int)n;
    } else {
        if (close_fd == TRUTH_FALSE) {
            return raise(ts, EXC_ValueError, "Cannot use closefd=False with file name");
        }
        if (!is_no_value(args[7]) && !value_is_none(args[7])) {
            Value call[2] = {file, small_int(open_flags(&mode))};
            OWNED Ref given = object_call2(ts, args[7], call[0], call[1]);
            int64_t n;
            if (is_error(given) || index_get(ts, given.v, &n) == STATUS_ERROR) {
                return NO_REF;
            }
            if (n < 0) {
                return raise(ts, EXC_ValueError, "opener returned %ld", (long)n);
            }
            fd = (int)n;
        } else {
            fd = open_path(ts, file, &mode);
        }
        opened = true;
    }
    if (fd < 0) {
        return NO_REF;
    }
    if (mode.action == 'a') {
        lseek(fd, 0, SEEK_END);
    }
    OWNED Ref binary =
        binary_file_new(ts, fd, mode.plain, file, close_fd == TRUTH_TRUE, buffer == 0);
    if (is_error(binary)) {
        if (opened) {
            close(fd);
        }
        return NO_REF;
    }
    if (mode.binary) {
        return ref_take(&binary);
    }
    OWNED Ref text = text_file_new(ts, binary.v, encoding, errors, newline,
                                   buffer == 1 || (buffer < 0 && isatty(fd) == 1));
    if (!is_error(text)) {
        set_place(&file_from(text.v)->mode,
                  is_no_value(args[1]) ? str_from_z(ts, "r") : ref_new(args[1]));
    }
    return ref_take(&text);
}

Ref io_standard_stream(ThreadState *ts, int fd, const char *name, bool writing, bool unbuffered)
{
    if (fcntl(fd, F_GETFD) < 0) {
        return REF_NONE;
    }
    OWNED Ref label = str_from_z(ts, name);
    OWNED Ref errors = str_from_z(ts, fd == 2 ? "backslashreplace" : "surrogateescape");
    OWNED Ref newline = str_from_z(ts, "\n");
    OWNED Ref binary = is_error(label) ? NO_REF
                                       : binary_file_new(ts, fd, writing ? "wb" : "rb", label.v,
                                                         false, writing && unbuffered);
    if (is_error(binary) || is_error(errors) || is_error(newline)) {
        return NO_REF;
    }
    OWNED Ref text =
        text_file_new(ts, binary.v, NO_VALUE, errors.v, writing ? newline.v : VALUE_NONE,
                      fd == 2 || (writing && isatty(fd) == 1));
    if (!is_error(text)) {
        file_from(text.v)->write_through = writing && unbuffered;
        set_place(&file_from(text.v)->mode, str_from_z(ts, writing ? "w" : "r"));
        set_place(&file_from(text.v)->encoding_name, str_from_z(ts, "utf-8"));
    }
    return ref_take(&text);
}
