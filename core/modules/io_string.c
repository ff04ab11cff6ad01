// core/modules/io_string.c: io.StringIO: text in memory, read and written like a file.
//
// The text is an array of code points. Each call holds the object's file lock (io_memory.h),
// so that several threads may write to one.
#include <string.h>

#include "core/modules/io_memory.h"
#include "core/object/container.h"
#include "core/object/dict.h"
#include "core/object/instance.h"
#include "core/object/int.h"
#include "core/object/str.h"
#include "core/object/tuple.h"

enum { SEEN_LF = 1, SEEN_CR = 2, SEEN_CRLF = 4 };

typedef struct StringIO {
    MemoryFile file;
    uint32_t *text;
    SharedRef newline; // as given: None, '', '\n', '\r' or '\r\n'
    bool universal;    // \r and \r\n end lines as well
    bool translate;    // and become \n when written
    uint8_t seen;      // SEEN_…
} StringIO;

static StringIO *io_from(Value v) { return (StringIO *)value_head(v); }

// --- Writing -------------------------------------------------------------------------------------

static Status make_room(ThreadState *ts, StringIO *s, size_t length)
{
    if (length <= s->file.capacity) {
        return STATUS_OK;
    }
    size_t capacity = MAX_OF(length, s->file.capacity + (s->file.capacity >> 1) + 32);
    uint32_t *text =
        capacity > SIZE_MAX / 8 ? NULL : raw_realloc(ts, s->text, capacity * sizeof *text);
    if (text == NULL) {
        return has_exception(ts) ? STATUS_ERROR : (raise_no_memory(ts), STATUS_ERROR);
    }
    s->text = text;
    s->file.capacity = capacity;
    return STATUS_OK;
}

static Status put(ThreadState *ts, StringIO *s, uint32_t c)
{
    if (s->file.position >= s->file.capacity &&
        make_room(ts, s, s->file.position + 1) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    s->text[s->file.position++] = c;
    s->file.size = MAX_OF(s->file.size, s->file.position);
    return STATUS_OK;
}

static bool writes_return(const StringIO *s)
{
    Value newline = shared_ref_peek(&s->newline);
    return !value_is_none(newline) && str_length(newline) > 0 &&
           str_char(str_from(newline), 0) == '\r';
}

// One line end as it is written: \n as the newline given.
static Status put_newline(ThreadState *ts, StringIO *s)
{
    Value newline = shared_ref_peek(&s->newline);
    if (!writes_return(s)) {
        return put(ts, s, '\n');
    }
    Status status = put(ts, s, '\r');
    return status == STATUS_OK && str_length(newline) == 2 ? put(ts, s, '\n') : status;
}

static Status write_locked(ThreadState *ts, StringIO *s, Value text)
{
    const Str *from = str_from(text);
    if (from->length == 0) {
        return STATUS_OK;
    }
    if (make_room(ts, s, s->file.position + from->length) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    if (s->file.position > s->file.size) {
        memset(s->text + s->file.size, 0, (s->file.position - s->file.size) * sizeof *s->text);
    }
    bool plain = !s->universal && !writes_return(s);
    for (size_t i = 0; i < from->length; i++) {
        uint32_t c = str_char(from, i);
        bool pair = c == '\r' && i + 1 < from->length && str_char(from, i + 1) == '\n';
        Status status;
        if (plain || (c != '\n' && c != '\r')) {
            status = put(ts, s, c);
        } else if (!s->universal) {
            status = c == '\n' ? put_newline(ts, s) : put(ts, s, c);
        } else {
            s->seen |= pair ? SEEN_CRLF : c == '\r' ? SEEN_CR : SEEN_LF;
            status = put(ts, s, s->translate ? '\n' : c);
            if (pair && status == STATUS_OK) {
                status = s->translate ? STATUS_OK : put(ts, s, '\n');
                i++;
            }
        }
        if (status == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    return STATUS_OK;
}

static Status write_text(ThreadState *ts, StringIO *s, Value text)
{
    LOCKED_CALL(&s->file, Status, STATUS_ERROR, write_locked(ts, s, text))
}

static Ref method_write(ThreadState *ts, Value self, const Value *args)
{
    if (!value_is_str(args[0])) {
        return raise(ts, EXC_TypeError, "string argument expected, got '%T'", args[0]);
    }
    return write_text(ts, io_from(self), args[0]) == STATUS_ERROR
               ? NO_REF
               : ref_of_size(str_length(args[0]));
}

// --- Reading -------------------------------------------------------------------------------------

static Ref take(ThreadState *ts, StringIO *s, size_t count)
{
    if (count == 0) {
        return str_empty();
    }
    Ref text = str_from_ucs4(ts, s->text + s->file.position, count);
    s->file.position += is_error(text) ? 0 : count;
    return text;
}

// How many code points the line at the position has, its end included.
static size_t line_length(const StringIO *s)
{
    Value newline = shared_ref_peek(&s->newline);
    bool any = s->universal && !s->translate;
    uint32_t first =
        any || s->translate || value_is_none(newline) ? '\n' : str_char(str_from(newline), 0);
    bool two = !any && !s->translate && !value_is_none(newline) && str_length(newline) == 2;
    const uint32_t *from = s->text + s->file.position;
    size_t n = memory_rest(&s->file);
    for (size_t i = 0; i < n; i++) {
        bool next_lf = i + 1 < n && from[i + 1] == '\n';
        if (from[i] == first && (!two || next_lf)) {
            return i + 1 + two;
        }
        if (any && from[i] == '\r') {
            return i + 1 + next_lf;
        }
    }
    return n;
}

static Ref read_locked(ThreadState *ts, StringIO *s, int64_t size)
{
    return take(ts, s,
                size < 0 ? memory_rest(&s->file) : MIN_OF((size_t)size, memory_rest(&s->file)));
}

static Ref read_line_locked(ThreadState *ts, StringIO *s, int64_t limit)
{
    size_t n = line_length(s);
    return take(ts, s, limit < 0 ? n : MIN_OF((size_t)limit, n));
}

static Ref read_line(ThreadState *ts, StringIO *s, int64_t limit)
{
    LOCKED_CALL(&s->file, Ref, NO_REF, read_line_locked(ts, s, limit))
}
static Ref read_text(ThreadState *ts, StringIO *s, int64_t size)
{
    LOCKED_CALL(&s->file, Ref, NO_REF, read_locked(ts, s, size))
}

static Ref method_read(ThreadState *ts, Value self, const Value *args)
{
    int64_t size;
    return memory_optional_size(ts, args[0], &size) == STATUS_ERROR
               ? NO_REF
               : read_text(ts, io_from(self), size);
}

static Ref method_readline(ThreadState *ts, Value self, const Value *args)
{
    int64_t size;
    return memory_optional_size(ts, args[0], &size) == STATUS_ERROR
               ? NO_REF
               : read_line(ts, io_from(self), size);
}

static Ref io_next(ThreadState *ts, Value self)
{
    OWNED Ref line = read_line(ts, io_from(self), -1);
    return is_error(line) || str_length(line.v) == 0 ? NO_REF : ref_take(&line);
}

static Ref value_locked(ThreadState *ts, StringIO *s)
{
    return str_from_ucs4(ts, s->text, s->file.size);
}
static Ref whole_value(ThreadState *ts, StringIO *s)
{
    LOCKED_CALL(&s->file, Ref, NO_REF, value_locked(ts, s))
}
static Ref method_getvalue(ThreadState *ts, Value self, const Value *args)
{
    return whole_value(ts, io_from(self));
}

// --- Position and size ---------------------------------------------------------------------------

static Ref move_locked(ThreadState *ts, StringIO *s, int64_t offset, int64_t whence)
{
    if (whence < 0 || whence > 2) {
        return raise(ts, EXC_ValueError, "Invalid whence (%d, should be 0, 1 or 2)", (int)whence);
    }
    if (offset < 0 && whence == 0) {
        return raise(ts, EXC_ValueError, "Negative seek position %lld", (long long)offset);
    }
    if (whence != 0 && offset != 0) {
        return raise(ts, EXC_OSError, "Can't do nonzero cur-relative seeks");
    }
    s->file.position = whence == 0 ? (size_t)offset : whence == 1 ? s->file.position : s->file.size;
    return ref_of_size(s->file.position);
}

static Ref move_to(ThreadState *ts, StringIO *s, int64_t offset, int64_t whence)
{
    LOCKED_CALL(&s->file, Ref, NO_REF, move_locked(ts, s, offset, whence))
}

static Ref method_seek(ThreadState *ts, Value self, const Value *args)
{
    int64_t offset, whence;
    if (memory_seek_arguments(ts, args, &offset, &whence) == STATUS_ERROR) {
        return NO_REF;
    }
    return move_to(ts, io_from(self), offset, whence);
}

static Ref method_tell(ThreadState *ts, Value self, const Value *args)
{
    return move_to(ts, io_from(self), 0, 1);
}

static Ref cut_locked(ThreadState *ts, StringIO *s, int64_t size, bool here)
{
    size_t length = here ? s->file.position : (size_t)size;
    s->file.size = MIN_OF(s->file.size, length);
    return ref_of_size(length);
}
static Ref cut(ThreadState *ts, StringIO *s, int64_t size, bool here)
{
    LOCKED_CALL(&s->file, Ref, NO_REF, cut_locked(ts, s, size, here))
}

static Ref method_truncate(ThreadState *ts, Value self, const Value *args)
{
    int64_t size = 0;
    bool here = is_no_value(args[0]) || value_is_none(args[0]);
    if (!here && memory_optional_size(ts, args[0], &size) == STATUS_ERROR) {
        return NO_REF;
    }
    return size < 0 ? raise(ts, EXC_ValueError, "Negative size value %lld", (long long)size)
                    : cut(ts, io_from(self), size, here);
}

// --- The rest of a file --------------------------------------------------------------------------

static Ref method_close(ThreadState *ts, Value self, const Value *args)
{
    StringIO *s = io_from(self);
    if (file_lock(ts, &s->file.lock, self) == STATUS_ERROR) {
        return NO_REF;
    }
    s->file.closed = true;
    raw_free(ts, s->text);
    s->text = NULL;
    s->file.size = s->file.capacity = 0;
    file_unlock(&s->file.lock);
    return REF_NONE;
}

static Ref method_flush(ThreadState *ts, Value self, const Value *args) { return REF_NONE; }

static Ref method_getstate(ThreadState *ts, Value self, const Value *args)
{
    StringIO *s = io_from(self);
    OWNED Ref value = whole_value(ts, s);
    OWNED Ref attributes = is_error(value) ? NO_REF : memory_attributes(ts, self);
    if (is_error(attributes)) {
        return NO_REF;
    }
    return tuple_pack(ts, 4, value.v, shared_ref_peek(&s->newline),
                      small_int((int64_t)s->file.position), attributes.v);
}

static Status set_up(ThreadState *ts, StringIO *s, Value initial, Value newline);

static Ref method_setstate(ThreadState *ts, Value self, const Value *args)
{
    Value state = args[0];
    int64_t position;
    if (!value_is_tuple(state) || tuple_count(state) < 4) {
        return raise(ts, EXC_TypeError, "%T.__setstate__ argument should be 4-tuple, got %T", self,
                     state);
    }
    if (set_up(ts, io_from(self), tuple_item(state, 0), tuple_item(state, 1)) == STATUS_ERROR ||
        index_get(ts, tuple_item(state, 2), &position) == STATUS_ERROR) {
        return NO_REF;
    }
    OWNED Ref moved = move_to(ts, io_from(self), position, 0);
    return is_error(moved) ||
                   memory_attributes_restore(ts, self, tuple_item(state, 3)) == STATUS_ERROR
               ? NO_REF
               : REF_NONE;
}

static Ref get_none(ThreadState *ts, Value self) { return REF_NONE; }
static Ref get_line_buffering(ThreadState *ts, Value self)
{
    return memory_check_open(ts, memory_file(self)) == STATUS_ERROR ? NO_REF : REF_OF(VALUE_FALSE);
}

// The line ends seen so far: None, one, or a tuple.
static Ref get_newlines(ThreadState *ts, Value self)
{
    static const char *const texts[3] = {"\r", "\n", "\r\n"};
    static const uint8_t bits[3] = {SEEN_CR, SEEN_LF, SEEN_CRLF};
    if (memory_check_open(ts, memory_file(self)) == STATUS_ERROR) {
        return NO_REF;
    }
    uint8_t seen = io_from(self)->seen;
    OWNED Ref found = tuple_empty();
    for (size_t i = 0; i < 3 && !is_error(found); i++) {
        if ((seen & bits[i]) != 0) {
            OWNED Ref text = str_from_z(ts, texts[i]);
            OWNED Ref one = is_error(text) ? NO_REF : tuple_pack(ts, 1, text.v);
            ref_set(&found, is_error(one) ? NO_REF : object_binary(ts, BIN_ADD, found.v, one.v));
        }
    }
    if (is_error(found) || tuple_count(found.v) > 1) {
        return ref_take(&found);
    }
    return tuple_count(found.v) == 0 ? REF_NONE : ref_new(tuple_item(found.v, 0));
}

// --- The type ------------------------------------------------------------------------------------

static bool newline_is_valid(Value newline)
{
    return str_length(newline) == 0 || str_equal_z(newline, "\n") || str_equal_z(newline, "\r") ||
           str_equal_z(newline, "\r\n");
}

static Status begin_locked(ThreadState *ts, StringIO *s, Value initial, Value newline)
{
    OWNED Ref old = shared_ref_swap(&s->newline, ref_new(newline));
    s->file.closed = false;
    s->universal = value_is_none(newline) || str_length(newline) == 0;
    s->translate = value_is_none(newline);
    s->seen = 0;
    s->file.size = s->file.position = 0;
    Status status = value_is_str(initial) ? write_locked(ts, s, initial) : STATUS_OK;
    s->file.position = 0;
    return status;
}

static Status set_up(ThreadState *ts, StringIO *s, Value initial, Value newline)
{
    if (!value_is_none(newline) && !value_is_str(newline)) {
        return raise_status(ts, EXC_TypeError, "newline must be str or None, not %T", newline);
    }
    if (value_is_str(newline) && !newline_is_valid(newline)) {
        return raise_status(ts, EXC_ValueError, "illegal newline value: %R", newline);
    }
    if (!value_is_none(initial) && !value_is_str(initial)) {
        return raise_status(ts, EXC_TypeError, "initial_value must be str or None, not %T",
                            initial);
    }
    if (file_lock(ts, &s->file.lock, value_of(&s->file)) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    Status status = begin_locked(ts, s, initial, newline);
    file_unlock(&s->file.lock);
    return status;
}

static Ref io_make(CALL_PARAMETERS)
{
    StringIO *s = object_new_of(ts, type_from(self));
    if (s == NULL) {
        return NO_REF;
    }
    memset(&s->file.lock, 0, sizeof *s - offsetof(StringIO, file.lock));
    shared_ref_init(&s->newline, REF_OF(str_latin1_char('\n')));
    object_track(&s->file.head);
    return REF_FROM_NEW(s);
}

static Status io_init(CALL_PARAMETERS)
{
    static const char *const parameters[] = {"initial_value", "newline", NULL};
    Value given[2];
    if (arguments_bind(ts, "StringIO", parameters, 0, 2, 0, args, count, names, given) ==
        STATUS_ERROR) {
        return STATUS_ERROR;
    }
    return set_up(ts, io_from(self), is_no_value(given[0]) ? VALUE_NONE : given[0],
                  is_no_value(given[1]) ? str_latin1_char('\n') : given[1]);
}

static void io_finish(ThreadState *ts, ObjectHead *o)
{
    StringIO *s = (StringIO *)o;
    raw_free(ts, s->text);
    s->text = NULL;
    shared_ref_clear(&s->newline);
}

static void io_traverse(ObjectHead *o, Visitor visit, void *context) {}

static const NativeDef methods[] = {
    NATIVE("read", method_read, "($self, size=-1, /)",
           "Read at most size characters, or everything."),
    NATIVE("readline", method_readline, "($self, size=-1, /)", "Read to the end of the line."),
    NATIVE("readlines", memory_readlines, "($self, hint=-1, /)", "All lines as a list."),
    NATIVE("write", method_write, "($self, s, /)", "Write text; returns the number of characters."),
    NATIVE("writelines", memory_writelines, "($self, lines, /)",
           "Write every item of an iterable."),
    NATIVE("getvalue", method_getvalue, "($self, /)", "The whole text."),
    NATIVE("seek", method_seek, "($self, pos, whence=0, /)", "Change the position."),
    NATIVE("tell", method_tell, "($self, /)", "The position."),
    NATIVE("truncate", method_truncate, "($self, pos=None, /)", "Cut the text at a size, or here."),
    NATIVE("flush", method_flush, "($self, /)", "Nothing: everything is in memory."),
    NATIVE("close", method_close, "($self, /)", "Close it, and forget the text."),
    NATIVE("readable", memory_yes_if_open, "($self, /)", "Whether it can be read."),
    NATIVE("writable", memory_yes_if_open, "($self, /)", "Whether it can be written."),
    NATIVE("seekable", memory_yes_if_open, "($self, /)", "Whether its position can be changed."),
    NATIVE("isatty", memory_isatty, "($self, /)", "Whether it is a terminal."),
    NATIVE("fileno", memory_fileno, "($self, /)", "There is no descriptor."),
    NATIVE("detach", memory_detach, "($self, /)", "There is nothing to detach."),
    NATIVE("__enter__", memory_enter, "($self, /)", NULL),
    NATIVE("__exit__", io_exit, "($self, *args)", NULL),
    NATIVE("__getstate__", method_getstate, "($self, /)", NULL),
    NATIVE("__setstate__", method_setstate, "($self, state, /)", NULL),
    NATIVE_END,
};

static const GetSetDef getset[] = {
    {"closed", memory_get_closed, NULL, NULL},
    {"newlines", get_newlines, NULL, NULL},
    {"line_buffering", get_line_buffering, NULL, NULL},
    {"encoding", get_none, NULL, NULL},
    {"errors", get_none, NULL, NULL},
    {0},
};

const TypeSpec spec_STRING_IO = {
    .name = "_io.StringIO",
    .doc = "Text in memory, read and written like a file.",
    .base = KIND_TEXT_IO_BASE,
    .size = sizeof(StringIO),
    .flags = TYPE_SUBCLASSABLE | TYPE_COLLECTED | TYPE_HAS_DICT | TYPE_WEAK_REFERENCEABLE,
    .slots = {.finish = io_finish,
              .traverse = io_traverse,
              .make = io_make,
              .init = io_init,
              .iterate = memory_iterate,
              .next = io_next},
    .methods = methods,
    .getset = getset,
};
