// core/modules/io_bytes.c: io.BytesIO: bytes in memory, read and written like a file.
//
// getbuffer() lends the bytes themselves: while such a view is open the size cannot change.
// Each call holds the object's file lock (io_memory.h).
#include <string.h>

#include "core/modules/io_memory.h"
#include "core/object/bytes.h"
#include "core/object/container.h"
#include "core/object/dict.h"
#include "core/object/instance.h"
#include "core/object/int.h"
#include "core/object/str.h"
#include "core/object/tuple.h"

typedef struct BytesIO {
    MemoryFile file;
    uint8_t *bytes;
    uint32_t exports; // open views; atomic
} BytesIO;

// What a view of the bytes belongs to.
typedef struct BytesIOBuffer {
    ObjectHead head;
    SharedRef source;
} BytesIOBuffer;

static BytesIO *io_from(Value v) { return (BytesIO *)value_head(v); }

// With the lock held; acquire: pairs with the release of a view.
static Status check_exports(ThreadState *ts, const BytesIO *b)
{
    return atomic_load_acquire(&b->exports) == 0
               ? STATUS_OK
               : raise_status(ts, EXC_BufferError,
                              "Existing exports of data: object cannot be re-sized");
}

// --- Writing -------------------------------------------------------------------------------------

static Status make_room(ThreadState *ts, BytesIO *b, size_t size)
{
    if (size <= b->file.capacity) {
        return STATUS_OK;
    }
    size_t capacity = MAX_OF(size, b->file.capacity + (b->file.capacity >> 1) + 64);
    uint8_t *bytes = raw_realloc(ts, b->bytes, capacity);
    if (bytes == NULL) {
        return STATUS_ERROR;
    }
    b->bytes = bytes;
    b->file.capacity = capacity;
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
    if (make_room(ts, b, b->file.position + size) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    if (b->file.position > b->file.size) {
        memset(b->bytes + b->file.size, 0, b->file.position - b->file.size);
    }
    memmove(b->bytes + b->file.position, from, size);
    b->file.position += size;
    b->file.size = MAX_OF(b->file.size, b->file.position);
    return STATUS_OK;
}

static Status write_bytes(ThreadState *ts, BytesIO *b, const uint8_t *from, size_t size)
{
    LOCKED_CALL(&b->file, Status, STATUS_ERROR, write_locked(ts, b, from, size))
}

static Ref method_write(ThreadState *ts, Value self, const Value *args)
{
    BytesIO *b = io_from(self);
    BufferView view;
    if (memory_check_open(ts, &b->file) == STATUS_ERROR ||
        buffer_get(ts, args[0], &view) == STATUS_ERROR) {
        return NO_REF;
    }
    size_t size = view.size;
    Status status = write_bytes(ts, b, view.data, size);
    buffer_release(ts, &view);
    return status == STATUS_ERROR ? NO_REF : ref_of_size(size);
}

// --- Reading -------------------------------------------------------------------------------------

static Ref take(ThreadState *ts, BytesIO *b, size_t count)
{
    if (count == 0) {
        return bytes_empty();
    }
    Ref bytes = bytes_new(ts, b->bytes + b->file.position, count);
    b->file.position += is_error(bytes) ? 0 : count;
    return bytes;
}

static Ref read_locked(ThreadState *ts, BytesIO *b, int64_t size)
{
    return take(ts, b,
                size < 0 ? memory_rest(&b->file) : MIN_OF((size_t)size, memory_rest(&b->file)));
}

static Ref read_line_locked(ThreadState *ts, BytesIO *b, int64_t limit)
{
    size_t n = memory_rest(&b->file);
    const uint8_t *newline = n == 0 ? NULL : memchr(b->bytes + b->file.position, '\n', n);
    n = newline == NULL ? n : (size_t)(newline - (b->bytes + b->file.position)) + 1;
    return take(ts, b, limit < 0 ? n : MIN_OF((size_t)limit, n));
}

static Ref read_bytes(ThreadState *ts, BytesIO *b, int64_t size)
{
    LOCKED_CALL(&b->file, Ref, NO_REF, read_locked(ts, b, size))
}
static Ref read_line(ThreadState *ts, BytesIO *b, int64_t limit)
{
    LOCKED_CALL(&b->file, Ref, NO_REF, read_line_locked(ts, b, limit))
}

static Ref method_read(ThreadState *ts, Value self, const Value *args)
{
    int64_t size;
    return memory_optional_size(ts, args[0], &size) == STATUS_ERROR
               ? NO_REF
               : read_bytes(ts, io_from(self), size);
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
    return is_error(line) || bytes_from(line.v)->size == 0 ? NO_REF : ref_take(&line);
}

static int64_t read_into_locked(BytesIO *b, uint8_t *into, size_t size)
{
    size_t n = MIN_OF(size, memory_rest(&b->file));
    if (n > 0) {
        memmove(into, b->bytes + b->file.position, n);
    }
    b->file.position += n;
    return (int64_t)n;
}
static int64_t read_into(ThreadState *ts, BytesIO *b, uint8_t *into, size_t size)
{
    LOCKED_CALL(&b->file, int64_t, -1, read_into_locked(b, into, size))
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
    return bytes_new(ts, b->bytes != NULL ? b->bytes : (const uint8_t *)"", b->file.size);
}
static Ref whole_value(ThreadState *ts, BytesIO *b)
{
    LOCKED_CALL(&b->file, Ref, NO_REF, value_locked(ts, b))
}
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
                         .size = b->file.size,
                         .item_size = 1,
                         .format = "B",
                         .exports = &b->exports};
    return STATUS_OK;
}

static Status buffer_export(ThreadState *ts, Value self, BufferView *view)
{
    BytesIO *b = io_from(shared_ref_peek(&((BytesIOBuffer *)value_head(self))->source));
    LOCKED_CALL(&b->file, Status, STATUS_ERROR, export_locked(b, self, view))
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
    if (memory_check_open(ts, memory_file(self)) == STATUS_ERROR) {
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
    int64_t from = whence == 0   ? 0
                   : whence == 1 ? (int64_t)b->file.position
                                 : (int64_t)b->file.size,
            to;
    if (__builtin_add_overflow(from, offset, &to)) {
        return raise(ts, EXC_OverflowError, "new position too large");
    }
    b->file.position = to < 0 ? 0 : (size_t)to;
    return ref_of_size(b->file.position);
}
static Ref move_to(ThreadState *ts, BytesIO *b, int64_t offset, int64_t whence)
{
    LOCKED_CALL(&b->file, Ref, NO_REF, move_locked(ts, b, offset, whence))
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

static Ref cut_locked(ThreadState *ts, BytesIO *b, int64_t size, bool here)
{
    size_t limit = here ? b->file.position : (size_t)size;
    if (check_exports(ts, b) == STATUS_ERROR) {
        return NO_REF;
    }
    b->file.size = MIN_OF(b->file.size, limit);
    return ref_of_size(limit);
}
static Ref cut(ThreadState *ts, BytesIO *b, int64_t size, bool here)
{
    LOCKED_CALL(&b->file, Ref, NO_REF, cut_locked(ts, b, size, here))
}

static Ref method_truncate(ThreadState *ts, Value self, const Value *args)
{
    int64_t size = 0;
    bool here = is_no_value(args[0]) || value_is_none(args[0]);
    if (!here && memory_optional_size(ts, args[0], &size) == STATUS_ERROR) {
        return NO_REF;
    }
    return size < 0 ? raise(ts, EXC_ValueError, "negative size value %lld", (long long)size)
                    : cut(ts, io_from(self), size, here);
}

// --- The rest of a file --------------------------------------------------------------------------

static Ref method_close(ThreadState *ts, Value self, const Value *args)
{
    BytesIO *b = io_from(self);
    if (file_lock(ts, &b->file.lock, self) == STATUS_ERROR) {
        return NO_REF;
    }
    Status status = check_exports(ts, b);
    if (status == STATUS_OK) {
        b->file.closed = true;
        raw_free(ts, b->bytes);
        b->bytes = NULL;
        b->file.size = b->file.capacity = 0;
    }
    file_unlock(&b->file.lock);
    return status == STATUS_ERROR ? NO_REF : REF_NONE;
}

static Ref method_flush(ThreadState *ts, Value self, const Value *args)
{
    return memory_check_open(ts, memory_file(self)) == STATUS_ERROR ? NO_REF : REF_NONE;
}

static Ref method_getstate(ThreadState *ts, Value self, const Value *args)
{
    BytesIO *b = io_from(self);
    OWNED Ref value = whole_value(ts, b);
    OWNED Ref attributes = is_error(value) ? NO_REF : memory_attributes(ts, self);
    if (is_error(attributes)) {
        return NO_REF;
    }
    return tuple_pack(ts, 3, value.v, small_int((int64_t)b->file.position), attributes.v);
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
    return is_error(moved) ||
                   memory_attributes_restore(ts, self, tuple_item(state, 2)) == STATUS_ERROR
               ? NO_REF
               : REF_NONE;
}

// --- The type ------------------------------------------------------------------------------------

static Status begin_locked(ThreadState *ts, BytesIO *b, const BufferView *view)
{
    b->file.closed = false;
    b->file.size = b->file.position = 0;
    Status status = write_locked(ts, b, view->data, view->size);
    b->file.position = 0;
    return status;
}

static Status begin_with(ThreadState *ts, BytesIO *b, const BufferView *view)
{
    if (file_lock(ts, &b->file.lock, value_of(&b->file)) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    Status status = begin_locked(ts, b, view);
    file_unlock(&b->file.lock);
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
    memset(&b->file.lock, 0, sizeof *b - offsetof(BytesIO, file.lock));
    object_track(&b->file.head);
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
    b->file.size = b->file.capacity = 0;
}

static void io_traverse(ObjectHead *o, Visitor visit, void *context) {}

static const NativeDef methods[] = {
    NATIVE("read", method_read, "($self, size=-1, /)", "Read at most size bytes, or everything."),
    NATIVE("read1", method_read, "($self, size=-1, /)", "As read."),
    NATIVE("readline", method_readline, "($self, size=-1, /)", "Read to the end of the line."),
    NATIVE("readlines", memory_readlines, "($self, size=None, /)", "All lines as a list."),
    NATIVE("readinto", method_readinto, "($self, buffer, /)", "Read into a writable buffer."),
    NATIVE("readinto1", method_readinto, "($self, buffer, /)", "As readinto."),
    NATIVE("write", method_write, "($self, b, /)", "Write bytes; returns how many."),
    NATIVE("writelines", memory_writelines, "($self, lines, /)",
           "Write every item of an iterable."),
    NATIVE("getvalue", method_getvalue, "($self, /)", "All bytes."),
    NATIVE("getbuffer", method_getbuffer, "($self, /)",
           "A view of the bytes; while it is open the size cannot change."),
    NATIVE("seek", method_seek, "($self, pos, whence=0, /)", "Change the position."),
    NATIVE("tell", method_tell, "($self, /)", "The position."),
    NATIVE("truncate", method_truncate, "($self, size=None, /)",
           "Cut the bytes at a size, or here."),
    NATIVE("flush", method_flush, "($self, /)", "Nothing: everything is in memory."),
    NATIVE("close", method_close, "($self, /)", "Close it, and forget the bytes."),
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

static const GetSetDef getset[] = {{"closed", memory_get_closed, NULL, NULL}, {0}};

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
              .iterate = object_itself,
              .next = io_next},
    .methods = methods,
    .getset = getset,
};
