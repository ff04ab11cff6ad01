// core/modules/io_bytes.c: io.BytesIO: bytes in memory, read and written like a file.
//
// getbuffer() lends the bytes themselves: while such a view is open the size cannot change.
// Each call holds the object's file lock (io.h).
#include <string.h>

#include "core/modules/io.h"
#include "core/object/bytes.h"
#include "core/object/container.h"
#include "core/object/dict.h"
#include "core/object/instance.h"
#include "core/object/int.h"
#include "core/object/str.h"
#include "core/object/tuple.h"

typedef struct BytesIO {
    ObjectHead head;
    FileLock lock;
    uint8_t *bytes;
    size_t size, capacity, position;
    uint32_t exports; // open views; atomic
    bool closed;
} BytesIO;

// What a view of the bytes belongs to.
typedef struct BytesIOBuffer {
    ObjectHead head;
    SharedRef source;
} BytesIOBuffer;

static BytesIO *io_from(Value v) { return (BytesIO *)value_head(v); }

static Status check_open(ThreadState *ts, const BytesIO *b)
{
    return b->closed ? raise_status(ts, EXC_ValueError, "I/O operation on closed file.")
                     : STATUS_OK;
}

// With the lock held; acquire: pairs with the release of a view.
static Status check_exports(ThreadState *ts, const BytesIO *b)
{
    return atomic_load_acquire(&b->exports) == 0
               ? STATUS_OK
               : raise_status(ts, EXC_BufferError,
                              "Existing exports of data: object cannot be re-sized");
}

#define LOCKED(type, failure, expression)                                                          \
    if (file_lock(ts, &b->lock, value_of(b)) == STATUS_ERROR) {                                    \
        return failure;                                                                            \
    }                                                                                              \
    type result = check_open(ts, b) == STATUS_ERROR ? failure : expression;                        \
    file_unlock(&b->lock);                                                                         \
    return result;

// --- Writing -------------------------------------------------------------------------------------

static Status make_room(ThreadState *ts, BytesIO *b, size_t size)
{
    if (size <= b->capacity) {
        return STATUS_OK;
    }
    size_t capacity = MAX_OF(size, b->capacity + (b->capacity >> 1) + 64);
    uint8_t *bytes = raw_realloc(ts, b->bytes, capacity);
    if (bytes == NULL) {
        return STATUS_ERROR;
    }
    b->bytes = bytes;
    b->capacity = capacity;
    return STATUS_OK;
}

static Status write_locked(ThreadState *ts, BytesIO *b, const uint8_t *from, size_t size)
{
    if (check_exports(ts, b) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    if (size == 0) {
        return STATUS_OK;
    }
    if (make_room(ts, b, b->position + size) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    if (b->position > b->size) {
        memset(b->bytes + b->size, 0, b->position - b->size);
    }
    memmove(b->bytes + b->position, from, size);
    b->position += size;
    b->size = MAX_OF(b->size, b->position);
    return STATUS_OK;
}

static Status write_bytes(ThreadState *ts, BytesIO *b, const uint8_t *from, size_t size)
{
    LOCKED(Status, STATUS_ERROR, write_locked(ts, b, from, size))
}

static Ref method_write(ThreadState *ts, Value self, const Value *args)
{
    BytesIO *b = io_from(self);
    BufferView view;
    if (check_open(ts, b) == STATUS_ERROR || buffer_get(ts, args[0], &view) == STATUS_ERROR) {
        return NO_REF;
    }
    size_t size = view.size;
    Status status = write_bytes(ts, b, view.data, size);
    buffer_release(ts, &view);
    return status == STATUS_ERROR ? NO_REF : ref_of_size(size);
}

static Ref method_writelines(ThreadState *ts, Value self, const Value *args)
{
    if (check_open(ts, io_from(self)) == STATUS_ERROR) {
        return NO_REF;
    }
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

static size_t rest(const BytesIO *b) { return b->position < b->size ? b->size - b->position : 0; }

static Ref take(ThreadState *ts, BytesIO *b, size_t count)
{
    if (count == 0) {
        return bytes_empty();
    }
    Ref bytes = bytes_new(ts, b->bytes + b->position, count);
    b->position += is_error(bytes) ? 0 : count;
    return bytes;
}

static Ref read_locked(ThreadState *ts, BytesIO *b, int64_t size)
{
    return take(ts, b, size < 0 ? rest(b) : MIN_OF((size_t)size, rest(b)));
}

static Ref read_line_locked(ThreadState *ts, BytesIO *b, int64_t limit)
{
    size_t n = rest(b);
    const uint8_t *newline = n == 0 ? NULL : memchr(b->bytes + b->position, '\n', n);
    n = newline == NULL ? n : (size_t)(newline - (b->bytes + b->position)) + 1;
    return take(ts, b, limit < 0 ? n : MIN_OF((size_t)limit, n));
}

static Ref read_bytes(ThreadState *ts, BytesIO *b, int64_t size)
{
    LOCKED(Ref, NO_REF, read_locked(ts, b, size))
}
static Ref read_line(ThreadState *ts, BytesIO *b, int64_t limit)
{
    LOCKED(Ref, NO_REF, read_line_locked(ts, b, limit))
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
                                                             : read_bytes(ts, io_from(self), size);
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
    return is_error(line) || bytes_from(line.v)->size == 0 ? NO_REF : ref_take(&line);
}

static Ref method_readlines(ThreadState *ts, Value self, const Value *args)
{
    return io_lines_up_to(ts, self, args[0]);
}

static int64_t read_into_locked(BytesIO *b, uint8_t *into, size_t size)
{
    size_t n = MIN_OF(size, rest(b));
    if (n > 0) {
        memmove(into, b->bytes + b->position, n);
    }
    b->position += n;
    return (int64_t)n;
}
static int64_t read_into(ThreadState *ts, BytesIO *b, uint8_t *into, size_t size)
{
    LOCKED(int64_t, -1, read_into_locked(b, into, size))
}

static Ref method_readinto(ThreadState *ts, Value self, const Value *args)
{
    BufferView view;
    if (buffer_get_writable(ts, args[0], &view) == STATUS_ERROR) {
        return exception_clear_if(ts, EXC_TypeError)
                   ? raise(ts, EXC_TypeError,
                           "readinto() argument must be read-write bytes-like object, not %T",
                           args[0])
                   : NO_REF;
    }
    int64_t n = read_into(ts, io_from(self), view.data, view.size);
    buffer_release(ts, &view);
    return n < 0 ? NO_REF : ref_of_size((size_t)n);
}

static Ref value_locked(ThreadState *ts, BytesIO *b)
{
    return bytes_new(ts, b->bytes != NULL ? b->bytes : (const uint8_t *)"", b->size);
}
static Ref whole_value(ThreadState *ts, BytesIO *b) { LOCKED(Ref, NO_REF, value_locked(ts, b)) }
static Ref method_getvalue(ThreadState *ts, Value self, const Value *args)
{
    return whole_value(ts, io_from(self));
}

// --- Views ---------------------------------------------------------------------------------------

static void buffer_finish(ThreadState *ts, ObjectHead *o)
{
    shared_ref_clear(&((BytesIOBuffer *)o)->source);
}
static void buffer_traverse(ObjectHead *o, Visitor visit, void *context)
{
    visit_place(&((BytesIOBuffer *)o)->source, visit, context);
}

static Status export_locked(BytesIO *b, Value owner, BufferView *view)
{
    static uint8_t nothing[1];
    atomic_add_relaxed(&b->exports, 1u); // the lock orders it before a resize
    *view = (BufferView){.owner = ref_new(owner),
                         .data = b->bytes != NULL ? b->bytes : nothing,
                         .size = b->size,
                         .item_size = 1,
                         .format = "B",
                         .exports = &b->exports};
    return STATUS_OK;
}

static Status buffer_export(ThreadState *ts, Value self, BufferView *view)
{
    BytesIO *b = io_from(shared_ref_peek(&((BytesIOBuffer *)value_head(self))->source));
    LOCKED(Status, STATUS_ERROR, export_locked(b, self, view))
}

const TypeSpec spec_BYTES_IO_BUFFER = {
    .name = "_io._BytesIOBuffer",
    .base = KIND_OBJECT,
    .size = sizeof(BytesIOBuffer),
    .flags = TYPE_COLLECTED | TYPE_NOT_CONSTRUCTIBLE,
    .slots = {.finish = buffer_finish, .traverse = buffer_traverse, .buffer = buffer_export},
};

static Ref method_getbuffer(ThreadState *ts, Value self, const Value *args)
{
    if (check_open(ts, io_from(self)) == STATUS_ERROR) {
        return NO_REF;
    }
    BytesIOBuffer *buffer = object_new(ts, KIND_BYTES_IO_BUFFER, sizeof *buffer);
    if (buffer == NULL) {
        return NO_REF;
    }
    shared_ref_init(&buffer->source, ref_new(self));
    object_track(&buffer->head);
    OWNED Ref owner = REF_FROM_NEW(buffer);
    return object_call1(ts, type_value(TYPE_OF_KIND(MEMORYVIEW)), owner.v);
}

// --- Position and size ---------------------------------------------------------------------------

static Ref move_locked(ThreadState *ts, BytesIO *b, int64_t offset, int64_t whence)
{
    if (offset < 0 && whence == 0) {
        return raise(ts, EXC_ValueError, "negative seek value %lld", (long long)offset);
    }
    if (whence < 0 || whence > 2) {
        return raise(ts, EXC_ValueError, "invalid whence (%i, should be 0, 1 or 2)", (int)whence);
    }
    int64_t from = whence == 0 ? 0 : whence == 1 ? (int64_t)b->position : (int64_t)b->size, to;
    if (__builtin_add_overflow(from, offset, &to)) {
        return raise(ts, EXC_OverflowError, "new position too large");
    }
    b->position = to < 0 ? 0 : (size_t)to;
    return ref_of_size(b->position);
}
static Ref move_to(ThreadState *ts, BytesIO *b, int64_t offset, int64_t whence)
{
    LOCKED(Ref, NO_REF, move_locked(ts, b, offset, whence))
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

static Ref cut_locked(ThreadState *ts, BytesIO *b, int64_t size, bool here)
{
    size_t limit = here ? b->position : (size_t)size;
    if (check_exports(ts, b) == STATUS_ERROR) {
        return NO_REF;
    }
    b->size = MIN_OF(b->size, limit);
    return ref_of_size(limit);
}
static Ref cut(ThreadState *ts, BytesIO *b, int64_t size, bool here)
{
    LOCKED(Ref, NO_REF, cut_locked(ts, b, size, here))
}

static Ref method_truncate(ThreadState *ts, Value self, const Value *args)
{
    int64_t size = 0;
    bool here = is_no_value(args[0]) || value_is_none(args[0]);
    if (!here && optional_size(ts, args[0], &size) == STATUS_ERROR) {
        return NO_REF;
    }
    return size < 0 ? raise(ts, EXC_ValueError, "negative size value %lld", (long long)size)
                    : cut(ts, io_from(self), size, here);
}

// --- The rest of a file --------------------------------------------------------------------------

static Ref method_close(ThreadState *ts, Value self, const Value *args)
{
    BytesIO *b = io_from(self);
    if (file_lock(ts, &b->lock, self) == STATUS_ERROR) {
        return NO_REF;
    }
    Status status = check_exports(ts, b);
    if (status == STATUS_OK) {
        b->closed = true;
        raw_free(ts, b->bytes);
        b->bytes = NULL;
        b->size = b->capacity = 0;
    }
    file_unlock(&b->lock);
    return status == STATUS_ERROR ? NO_REF : REF_NONE;
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
    return check_open(ts, io_from(self)) == STATUS_ERROR ? NO_REF : ref_new(self);
}

static Ref method_getstate(ThreadState *ts, Value self, const Value *args)
{
    BytesIO *b = io_from(self);
    OWNED Ref value = whole_value(ts, b);
    OWNED Ref dict = is_error(value)                ? NO_REF
                     : type_has_dict(type_of(self)) ? instance_dict_copy(ts, &b->head)
                                                    : REF_NONE;
    if (is_error(dict)) {
        return NO_REF;
    }
    bool is_empty = value_is_dict(dict.v) && dict_size(dict_from(dict.v)) == 0;
    return tuple_pack(ts, 3, value.v, small_int((int64_t)b->position),
                      is_empty ? VALUE_NONE : dict.v);
}

static Status set_up(ThreadState *ts, BytesIO *b, Value initial);

static Ref method_setstate(ThreadState *ts, Value self, const Value *args)
{
    Value state = args[0];
    int64_t position;
    if (!value_is_tuple(state) || tuple_count(state) < 3) {
        return raise(ts, EXC_TypeError, "%T.__setstate__ argument should be 3-tuple, got %T", self,
                     state);
    }
    if (set_up(ts, io_from(self), tuple_item(state, 0)) == STATUS_ERROR ||
        index_get(ts, tuple_item(state, 1), &position) == STATUS_ERROR) {
        return NO_REF;
    }
    OWNED Ref moved = move_to(ts, io_from(self), position, 0);
    if (is_error(moved) || value_is_none(tuple_item(state, 2))) {
        return is_error(moved) ? NO_REF : REF_NONE;
    }
    OWNED Ref dict = object_get_dict(ts, self);
    return is_error(dict) ||
                   dict_update(ts, dict_from(dict.v), tuple_item(state, 2)) == STATUS_ERROR
               ? NO_REF
               : REF_NONE;
}

static Ref get_closed(ThreadState *ts, Value self)
{
    return REF_OF(bool_value(io_from(self)->closed));
}

// --- The type ------------------------------------------------------------------------------------

static Status begin_locked(ThreadState *ts, BytesIO *b, const BufferView *view)
{
    b->closed = false;
    b->size = b->position = 0;
    Status status = write_locked(ts, b, view->data, view->size);
    b->position = 0;
    return status;
}

static Status begin_with(ThreadState *ts, BytesIO *b, const BufferView *view)
{
    if (file_lock(ts, &b->lock, value_of(b)) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    Status status = begin_locked(ts, b, view);
    file_unlock(&b->lock);
    return status;
}

static Status set_up(ThreadState *ts, BytesIO *b, Value initial)
{
    BufferView view = {.data = (uint8_t *)(uintptr_t) "", .size = 0};
    if (value_is_none(initial)) {
        return begin_with(ts, b, &view);
    }
    if (buffer_get(ts, initial, &view) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    Status status = begin_with(ts, b, &view);
    buffer_release(ts, &view);
    return status;
}

static Ref io_make(CALL_PARAMETERS)
{
    BytesIO *b = object_new_of(ts, type_from(self));
    if (b == NULL) {
        return NO_REF;
    }
    memset(&b->lock, 0, sizeof *b - offsetof(BytesIO, lock));
    object_track(&b->head);
    return REF_FROM_NEW(b);
}

static Status io_init(CALL_PARAMETERS)
{
    static const char *const parameters[] = {"initial_bytes", NULL};
    Value given[1];
    if (arguments_bind(ts, "BytesIO", parameters, 0, 1, 0, args, count, names, given) ==
        STATUS_ERROR) {
        return STATUS_ERROR;
    }
    return set_up(ts, io_from(self), is_no_value(given[0]) ? VALUE_NONE : given[0]);
}

static void io_finish(ThreadState *ts, ObjectHead *o)
{
    BytesIO *b = (BytesIO *)o;
    raw_free(ts, b->bytes);
    b->bytes = NULL;
    b->size = b->capacity = 0;
}

static void io_traverse(ObjectHead *o, Visitor visit, void *context) {}

static const NativeDef methods[] = {
    NATIVE("read", method_read, "($self, size=-1, /)", "Read at most size bytes, or everything."),
    NATIVE("read1", method_read, "($self, size=-1, /)", "As read."),
    NATIVE("readline", method_readline, "($self, size=-1, /)", "Read to the end of the line."),
    NATIVE("readlines", method_readlines, "($self, size=None, /)", "All lines as a list."),
    NATIVE("readinto", method_readinto, "($self, buffer, /)", "Read into a writable buffer."),
    NATIVE("readinto1", method_readinto, "($self, buffer, /)", "As readinto."),
    NATIVE("write", method_write, "($self, b, /)", "Write bytes; returns how many."),
    NATIVE("writelines", method_writelines, "($self, lines, /)",
           "Write every item of an iterable."),
    NATIVE("getvalue", method_getvalue, "($self, /)", "All bytes."),
    NATIVE("getbuffer", method_getbuffer, "($self, /)",
           "A view of the bytes; while it is open the size cannot change."),
    NATIVE("seek", method_seek, "($self, pos, whence=0, /)", "Change the position."),
    NATIVE("tell", method_tell, "($self, /)", "The position."),
    NATIVE("truncate", method_truncate, "($self, size=None, /)",
           "Cut the bytes at a size, or here."),
    NATIVE("flush", none_if_open, "($self, /)", "Nothing: everything is in memory."),
    NATIVE("close", method_close, "($self, /)", "Close it, and forget the bytes."),
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

static const GetSetDef getset[] = {{"closed", get_closed, NULL, NULL}, {0}};

const TypeSpec spec_BYTES_IO = {
    .name = "_io.BytesIO",
    .doc = "Bytes in memory, read and written like a file.",
    .base = KIND_BUFFERED_IO_BASE,
    .size = sizeof(BytesIO),
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
