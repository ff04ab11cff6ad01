// core/modules/io_string.c: io.StringIO: text in memory, read and written like a file.
//
// The text is an array of code points. Each call holds the object's file lock (io.h),
// so that several threads may write to one.
#include <string.h>

#include "core/modules/io.h"
#include "core/object/container.h"
#include "core/object/dict.h"
#include "core/object/instance.h"
#include "core/object/int.h"
#include "core/object/str.h"
#include "core/object/tuple.h"

enum { SEEN_LF = 1, SEEN_CR = 2, SEEN_CRLF = 4 };

typedef struct StringIO {
    ObjectHead head;
    FileLock lock;
    uint32_t *text;
    size_t length, capacity, position; // code points
    SharedRef newline;                 // as given: None, '', '\n', '\r' or '\r\n'
    bool closed;
    bool universal; // \r and \r\n end lines as well
    bool translate; // and become \n when written
    uint8_t seen;   // SEEN_…
} StringIO;

static StringIO *io_from(Value v) { return (StringIO *)value_head(v); }

static Status check_open(ThreadState *ts, const StringIO *s)
{
    return s->closed ? raise_status(ts, EXC_ValueError, "I/O operation on closed file") : STATUS_OK;
}

#define LOCKED(type, failure, expression)                                                          \
    if (file_lock(ts, &s->lock, value_of(s)) == STATUS_ERROR) {                                    \
        return failure;                                                                            \
    }                                                                                              \
    type result = check_open(ts, s) == STATUS_ERROR ? failure : expression;                        \
    file_unlock(&s->lock);                                                                         \
    return result;

// --- Writing -------------------------------------------------------------------------------------

static Status make_room(ThreadState *ts, StringIO *s, size_t length)
{
    if (length <= s->capacity) {
        return STATUS_OK;
    }
    size_t capacity = MAX_OF(length, s->capacity + (s->capacity >> 1) + 32);
    uint32_t *text =
        capacity > SIZE_MAX / 8 ? NULL : raw_realloc(ts, s->text, capacity * sizeof *text);
    if (text == NULL) {
        return has_exception(ts) ? STATUS_ERROR : (raise_no_memory(ts), STATUS_ERROR);
    }
    s->text = text;
    s->capacity = capacity;
    return STATUS_OK;
}

static Status put(ThreadState *ts, StringIO *s, uint32_t c)
{
    if (s->position >= s->capacity && make_room(ts, s, s->position + 1) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    s->text[s->position++] = c;
    s->length = MAX_OF(s->length, s->position);
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
    if (make_room(ts, s, s->position + from->length) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    if (s->position > s->length) {
        memset(s->text + s->length, 0, (s->position - s->length) * sizeof *s->text);
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
    LOCKED(Status, STATUS_ERROR, write_locked(ts, s, text))
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

static Ref method_writelines(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref iterator = object_iterate(ts, args[0]);
    while (!is_error(iterator)) {
        OWNED Ref line = iterator_next(ts, iterator.v);
        if (is_error(line)) {
            return has_exception(ts) ? NO_REF : REF_NONE;
        }
        OWNED Ref written = object_call_method(ts, self, NAME(write), &line.v, 1);
        if (is_error(written)) {
            return NO_REF;
        }
    }
    return NO_REF;
}

// --- Reading -------------------------------------------------------------------------------------

static size_t rest(const StringIO *s)
{
    return s->position < s->length ? s->length - s->position : 0;
}

static Ref take(ThreadState *ts, StringIO *s, size_t count)
{
    if (count == 0) {
        return str_empty();
    }
    Ref text = str_from_ucs4(ts, s->text + s->position, count);
    s->position += is_error(text) ? 0 : count;
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
    const uint32_t *from = s->text + s->position;
    size_t n = rest(s);
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
    return take(ts, s, size < 0 ? rest(s) : MIN_OF((size_t)size, rest(s)));
}

static Ref read_line_locked(ThreadState *ts, StringIO *s, int64_t limit)
{
    size_t n = line_length(s);
    return take(ts, s, limit < 0 ? n : MIN_OF((size_t)limit, n));
}

static Ref read_line(ThreadState *ts, StringIO *s, int64_t limit)
{
    LOCKED(Ref, NO_REF, read_line_locked(ts, s, limit))
}
static Ref read_text(ThreadState *ts, StringIO *s, int64_t size)
{
    LOCKED(Ref, NO_REF, read_locked(ts, s, size))
}

static Status optional_size(ThreadState *ts, Value v, int64_t *size)
{
    *size = -1;
    if (is_no_value(v) || value_is_none(v)) {
        return STATUS_OK;
    }
    if (!value_is_int(v) && type_of(v)->slots.index == NULL) {
        return raise_status(ts, EXC_TypeError, "argument should be integer or None, not '%T'", v);
    }
    return index_get(ts, v, size);
}

static Ref method_read(ThreadState *ts, Value self, const Value *args)
{
    int64_t size;
    return optional_size(ts, args[0], &size) == STATUS_ERROR ? NO_REF
                                                             : read_text(ts, io_from(self), size);
}

static Ref method_readline(ThreadState *ts, Value self, const Value *args)
{
    int64_t size;
    return optional_size(ts, args[0], &size) == STATUS_ERROR ? NO_REF
                                                             : read_line(ts, io_from(self), size);
}

static Ref io_iterate(ThreadState *ts, Value self)
{
    return check_open(ts, io_from(self)) == STATUS_ERROR ? NO_REF : ref_new(self);
}

static Ref io_next(ThreadState *ts, Value self)
{
    OWNED Ref line = read_line(ts, io_from(self), -1);
    return is_error(line) || str_length(line.v) == 0 ? NO_REF : ref_take(&line);
}

static Ref method_readlines(ThreadState *ts, Value self, const Value *args)
{
    return io_lines_up_to(ts, self, args[0]);
}

static Ref value_locked(ThreadState *ts, StringIO *s)
{
    return str_from_ucs4(ts, s->text, s->length);
}
static Ref whole_value(ThreadState *ts, StringIO *s) { LOCKED(Ref, NO_REF, value_locked(ts, s)) }
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
    s->position = whence == 0 ? (size_t)offset : whence == 1 ? s->position : s->length;
    return ref_of_size(s->position);
}

static Ref move_to(ThreadState *ts, StringIO *s, int64_t offset, int64_t whence)
{
    LOCKED(Ref, NO_REF, move_locked(ts, s, offset, whence))
}

static Ref method_seek(ThreadState *ts, Value self, const Value *args)
{
    int64_t offset, whence = 0;
    if (index_get(ts, args[0], &offset) == STATUS_ERROR ||
        (!is_no_value(args[1]) && index_get(ts, args[1], &whence) == STATUS_ERROR)) {
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
    size_t length = here ? s->position : (size_t)size;
    s->length = MIN_OF(s->length, length);
    return ref_of_size(length);
}
static Ref cut(ThreadState *ts, StringIO *s, int64_t size, bool here)
{
    LOCKED(Ref, NO_REF, cut_locked(ts, s, size, here))
}

static Ref method_truncate(ThreadState *ts, Value self, const Value *args)
{
    int64_t size = 0;
    bool here = is_no_value(args[0]) || value_is_none(args[0]);
    if (!here && optional_size(ts, args[0], &size) == STATUS_ERROR) {
        return NO_REF;
    }
    return size < 0 ? raise(ts, EXC_ValueError, "Negative size value %lld", (long long)size)
                    : cut(ts, io_from(self), size, here);
}

// --- The rest of a file --------------------------------------------------------------------------

static Ref method_close(ThreadState *ts, Value self, const Value *args)
{
    StringIO *s = io_from(self);
    if (file_lock(ts, &s->lock, self) == STATUS_ERROR) {
        return NO_REF;
    }
    s->closed = true;
    raw_free(ts, s->text);
    s->text = NULL;
    s->length = s->capacity = 0;
    file_unlock(&s->lock);
    return REF_NONE;
}

static Ref yes_if_open(ThreadState *ts, Value self, const Value *args)
{
    return check_open(ts, io_from(self)) == STATUS_ERROR ? NO_REF : REF_OF(VALUE_TRUE);
}
static Ref no_if_open(ThreadState *ts, Value self, const Value *args)
{
    return check_open(ts, io_from(self)) == STATUS_ERROR ? NO_REF : REF_OF(VALUE_FALSE);
}
static Ref none_if_open(ThreadState *ts, Value self, const Value *args)
{
    return check_open(ts, io_from(self)) == STATUS_ERROR ? NO_REF : REF_NONE;
}
static Ref method_fileno(ThreadState *ts, Value self, const Value *args)
{
    return io_unsupported(ts, "fileno");
}
static Ref method_detach(ThreadState *ts, Value self, const Value *args)
{
    return io_unsupported(ts, "detach");
}
static Ref method_enter(ThreadState *ts, Value self, const Value *args)
{
    return io_from(self)->closed ? raise(ts, EXC_ValueError, "I/O operation on closed file.")
                                 : ref_new(self);
}

static Ref method_getstate(ThreadState *ts, Value self, const Value *args)
{
    StringIO *s = io_from(self);
    OWNED Ref value = whole_value(ts, s);
    OWNED Ref dict = is_error(value)                ? NO_REF
                     : type_has_dict(type_of(self)) ? instance_dict_copy(ts, &s->head)
                                                    : REF_NONE;
    if (is_error(dict)) {
        return NO_REF;
    }
    bool is_empty = value_is_dict(dict.v) && dict_size(dict_from(dict.v)) == 0;
    return tuple_pack(ts, 4, value.v, shared_ref_peek(&s->newline), small_int((int64_t)s->position),
                      is_empty ? VALUE_NONE : dict.v);
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
    if (is_error(moved) || value_is_none(tuple_item(state, 3))) {
        return is_error(moved) ? NO_REF : REF_NONE;
    }
    OWNED Ref dict = object_get_dict(ts, self);
    return is_error(dict) ||
                   dict_update(ts, dict_from(dict.v), tuple_item(state, 3)) == STATUS_ERROR
               ? NO_REF
               : REF_NONE;
}

static Ref get_closed(ThreadState *ts, Value self)
{
    return REF_OF(bool_value(io_from(self)->closed));
}
static Ref get_none(ThreadState *ts, Value self) { return REF_NONE; }
static Ref get_line_buffering(ThreadState *ts, Value self) { return no_if_open(ts, self, NULL); }

// The line ends seen so far: None, one, or a tuple.
static Ref get_newlines(ThreadState *ts, Value self)
{
    static const char *const texts[3] = {"\r", "\n", "\r\n"};
    static const uint8_t bits[3] = {SEEN_CR, SEEN_LF, SEEN_CRLF};
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
    s->closed = false;
    s->universal = value_is_none(newline) || str_length(newline) == 0;
    s->translate = value_is_none(newline);
    s->seen = 0;
    s->length = s->position = 0;
    Status status = value_is_str(initial) ? write_locked(ts, s, initial) : STATUS_OK;
    s->position = 0;
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
    if (file_lock(ts, &s->lock, value_of(s)) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    Status status = begin_locked(ts, s, initial, newline);
    file_unlock(&s->lock);
    return status;
}

static Ref io_make(CALL_PARAMETERS)
{
    StringIO *s = object_new_of(ts, type_from(self));
    if (s == NULL) {
        return NO_REF;
    }
    memset(&s->lock, 0, sizeof *s - offsetof(StringIO, lock));
    shared_ref_init(&s->newline, REF_OF(str_latin1_char('\n')));
    object_track(&s->head);
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
    NATIVE("readlines", method_readlines, "($self, hint=-1, /)", "All lines as a list."),
    NATIVE("write", method_write, "($self, s, /)", "Write text; returns the number of characters."),
    NATIVE("writelines", method_writelines, "($self, lines, /)",
           "Write every item of an iterable."),
    NATIVE("getvalue", method_getvalue, "($self, /)", "The whole text."),
    NATIVE("seek", method_seek, "($self, pos, whence=0, /)", "Change the position."),
    NATIVE("tell", method_tell, "($self, /)", "The position."),
    NATIVE("truncate", method_truncate, "($self, pos=None, /)", "Cut the text at a size, or here."),
    NATIVE("flush", none_if_open, "($self, /)", "Nothing: everything is in memory."),
    NATIVE("close", method_close, "($self, /)", "Close it, and forget the text."),
    NATIVE("readable", yes_if_open, "($self, /)", "Whether it can be read."),
    NATIVE("writable", yes_if_open, "($self, /)", "Whether it can be written."),
    NATIVE("seekable", yes_if_open, "($self, /)", "Whether its position can be changed."),
    NATIVE("isatty", no_if_open, "($self, /)", "Whether it is a terminal."),
    NATIVE("fileno", method_fileno, "($self, /)", "There is no descriptor."),
    NATIVE("detach", method_detach, "($self, /)", "There is nothing to detach."),
    NATIVE("__enter__", method_enter, "($self, /)", NULL),
    NATIVE("__exit__", io_exit, "($self, *args)", NULL),
    NATIVE("__getstate__", method_getstate, "($self, /)", NULL),
    NATIVE("__setstate__", method_setstate, "($self, state, /)", NULL),
    NATIVE_END,
};

static const GetSetDef getset[] = {
    {"closed", get_closed, NULL, NULL},
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
              .iterate = io_iterate,
              .next = io_next},
    .methods = methods,
    .getset = getset,
};
