// core/modules/io_binary.c: buffered bytes over a descriptor.
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/modules/io.h"
#include "core/object/bytes.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/str.h"

// --- Locking ----------------------------------------------------------------------------------

Status file_lock(ThreadState *ts, FileLock *lock, Value file)
{
    if (!script_lock_try(&lock->lock)) {
        if (atomic_load_relaxed(&lock->owner) == ts->serial) {
            return raise_status(ts, EXC_RuntimeError, "reentrant call inside %R", file);
        }
        if (script_lock_acquire(ts, &lock->lock, WAIT_FOREVER) != WAIT_DONE) {
            return STATUS_ERROR;
        }
    }
    atomic_store_relaxed(&lock->owner, ts->serial);
    return STATUS_OK;
}

void file_unlock(FileLock *lock)
{
    atomic_store_relaxed(&lock->owner, (uint64_t)0);
    script_lock_release(&lock->lock);
}

// --- The descriptor: the lock is held ---------------------------------------------------------

static Status check_open(ThreadState *ts, const BinaryFile *f)
{
    return f->fd >= 0 ? STATUS_OK : raise_status(ts, EXC_ValueError, "I/O operation on closed file.");
}

// Writes everything, waiting as often as it takes.
static Status write_fully(ThreadState *ts, BinaryFile *f, const uint8_t *bytes, size_t size)
{
    while (size > 0) {
        int fd = f->fd;
        wait_begin(ts);
        ssize_t n = write(fd, bytes, MIN_OF(size, (size_t)1 << 30));
        int error = errno;
        wait_end(ts);
        if (n < 0 && error == EINTR) {
            if (!safepoint_poll(ts)) {
                return STATUS_ERROR;
            }
            continue;
        }
        if (n < 0) {
            raise_os_error(ts, error, NO_VALUE);
            return STATUS_ERROR;
        }
        bytes += n;
        size -= (size_t)n;
    }
    return STATUS_OK;
}

static Status flush_locked(ThreadState *ts, BinaryFile *f)
{
    size_t pending = f->pending;
    f->pending = 0;
    return pending > 0 ? write_fully(ts, f, f->buffer, pending) : STATUS_OK;
}

static int64_t read_fd(ThreadState *ts, BinaryFile *f, uint8_t *into, size_t size)
{
    for (;;) {
        int fd = f->fd;
        wait_begin(ts);
        ssize_t n = read(fd, into, MIN_OF(size, (size_t)1 << 30));
        int error = errno;
        wait_end(ts);
        if (n >= 0) {
            return n;
        }
        if (error != EINTR) {
            raise_os_error(ts, error, NO_VALUE);
            return -1;
        }
        if (!safepoint_poll(ts)) {
            return -1;
        }
    }
}

// What was read ahead is given back to the file's position before a write or a seek.
static void forget_read_ahead(BinaryFile *f)
{
    if (f->end > f->start) {
        lseek(f->fd, -(off_t)(f->end - f->start), SEEK_CUR);
    }
    f->start = f->end = 0;
}

static Status write_locked(ThreadState *ts, BinaryFile *f, const uint8_t *bytes, size_t size)
{
    if (check_open(ts, f) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    if (!f->writable) {
        return (io_unsupported(ts, "not writable"), STATUS_ERROR);
    }
    forget_read_ahead(f);
    if (f->pending + size > FILE_BUFFER_BYTES && flush_locked(ts, f) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    if (size >= FILE_BUFFER_BYTES || f->unbuffered) {
        return write_fully(ts, f, bytes, size);
    }
    memcpy(f->buffer + f->pending, bytes, size);
    f->pending += size;
    if (f->line_buffered && memchr(bytes, '\n', size) != NULL) {
        return flush_locked(ts, f);
    }
    return STATUS_OK;
}

static Status begin_reading(ThreadState *ts, BinaryFile *f)
{
    if (check_open(ts, f) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    if (!f->readable) {
        return (io_unsupported(ts, "not readable"), STATUS_ERROR);
    }
    return flush_locked(ts, f);
}

static int64_t read_some_locked(ThreadState *ts, BinaryFile *f, uint8_t *into, size_t size)
{
    if (f->start == f->end) {
        if (size >= FILE_BUFFER_BYTES || f->unbuffered) {
            return read_fd(ts, f, into, size);
        }
        int64_t n = read_fd(ts, f, f->buffer, FILE_BUFFER_BYTES);
        if (n < 0) {
            return -1;
        }
        f->start = 0;
        f->end = (size_t)n;
    }
    size_t n = MIN_OF(size, f->end - f->start);
    memcpy(into, f->buffer + f->start, n);
    f->start += n;
    return (int64_t)n;
}

// --- For TextFile -----------------------------------------------------------------------------

#define LOCKED(type, failure, expression)                                                          \
    if (file_lock(ts, &f->lock, value_of(f)) == STATUS_ERROR) {                                    \
        return failure;                                                                            \
    }                                                                                              \
    type result = expression;                                                                      \
    file_unlock(&f->lock);                                                                         \
    return result;

Status binary_write(ThreadState *ts, BinaryFile *f, const uint8_t *bytes, size_t size)
{
    LOCKED(Status, STATUS_ERROR, write_locked(ts, f, bytes, size))
}

static Status flush_checked(ThreadState *ts, BinaryFile *f)
{
    return check_open(ts, f) == STATUS_ERROR ? STATUS_ERROR : flush_locked(ts, f);
}

Status binary_flush(ThreadState *ts, BinaryFile *f) { LOCKED(Status, STATUS_ERROR, flush_checked(ts, f)) }

static int64_t read_some(ThreadState *ts, BinaryFile *f, uint8_t *into, size_t size)
{
    return begin_reading(ts, f) == STATUS_ERROR ? -1 : read_some_locked(ts, f, into, size);
}

int64_t binary_read_some(ThreadState *ts, BinaryFile *f, uint8_t *into, size_t size)
{
    LOCKED(int64_t, -1, read_some(ts, f, into, size))
}

// Reads until `limit` bytes or the end.
static Ref read_up_to(ThreadState *ts, BinaryFile *f, size_t limit)
{
    if (begin_reading(ts, f) == STATUS_ERROR) {
        return NO_REF;
    }
    size_t capacity = MIN_OF(limit, (size_t)FILE_BUFFER_BYTES), size = 0;
    struct stat s;
    if (limit == SIZE_MAX && fstat(f->fd, &s) == 0 && S_ISREG(s.st_mode) && s.st_size > 0) {
        capacity = (size_t)s.st_size + 1;
    }
    uint8_t *bytes = raw_alloc(ts, MAX_OF(capacity, (size_t)1));
    int64_t n = bytes == NULL ? -1 : 1;
    while (n > 0 && size < limit) {
        if (size == capacity) {
            capacity = MIN_OF(limit, capacity * 2);
            uint8_t *grown = raw_realloc(ts, bytes, capacity);
            if (grown == NULL) {
                n = -1;
                break;
            }
            bytes = grown;
        }
        n = read_some_locked(ts, f, bytes + size, capacity - size);
        size += n > 0 ? (size_t)n : 0;
    }
    Ref result = n < 0 ? NO_REF : bytes_new(ts, bytes, size);
    if (bytes != NULL) {
        raw_free(ts, bytes);
    }
    return result;
}

Ref binary_read_all(ThreadState *ts, BinaryFile *f) { LOCKED(Ref, NO_REF, read_up_to(ts, f, SIZE_MAX)) }

static Status close_locked(ThreadState *ts, BinaryFile *f)
{
    if (f->fd < 0) {
        return STATUS_OK;
    }
    Status s = flush_locked(ts, f);
    OWNED Ref problem = s == STATUS_ERROR ? exception_fetch(ts) : NO_REF;
    int fd = f->fd;
    f->fd = -1;
    f->start = f->end = 0;
    if (f->close_fd) {
        wait_begin(ts);
        int failed = close(fd);
        int error = errno;
        wait_end(ts);
        if (failed != 0 && s == STATUS_OK) {
            raise_os_error(ts, error, NO_VALUE);
            return STATUS_ERROR;
        }
    }
    if (s == STATUS_ERROR) {
        exception_restore(ts, ref_take(&problem));
    }
    return s;
}

Status binary_close(ThreadState *ts, BinaryFile *f) { LOCKED(Status, STATUS_ERROR, close_locked(ts, f)) }

static int64_t seek_locked(ThreadState *ts, BinaryFile *f, int64_t offset, int whence)
{
    if (flush_checked(ts, f) == STATUS_ERROR) {
        return -1;
    }
    forget_read_ahead(f);
    off_t at = lseek(f->fd, (off_t)offset, whence);
    if (at < 0) {
        raise_os_error(ts, errno, NO_VALUE);
    }
    return at;
}

int64_t binary_seek(ThreadState *ts, BinaryFile *f, int64_t offset, int whence)
{
    LOCKED(int64_t, -1, seek_locked(ts, f, offset, whence))
}

Ref binary_file_new(ThreadState *ts, int fd, const char *mode, Value name, bool close_fd, bool unbuffered)
{
    OWNED Ref mode_text = str_from_z(ts, mode);
    BinaryFile *f = is_error(mode_text) ? NULL : object_new_of(ts, TYPE_OF_KIND(BINARY_FILE));
    if (f == NULL) {
        return NO_REF;
    }
    memset(&f->lock, 0, sizeof *f - offsetof(BinaryFile, lock));
    f->fd = fd;
    bool plus = strchr(mode, '+') != NULL;
    f->readable = strchr(mode, 'r') != NULL || plus;
    f->writable = strchr(mode, 'r') == NULL || plus;
    f->appending = strchr(mode, 'a') != NULL;
    f->close_fd = close_fd;
    f->unbuffered = unbuffered;
    shared_ref_init(&f->name, ref_new(name));
    shared_ref_init(&f->mode, ref_take(&mode_text));
    object_track(&f->head);
    f->buffer = raw_alloc(ts, FILE_BUFFER_BYTES);
    if (f->buffer == NULL) {
        f->close_fd = false; // the caller closes what it opened
        f->fd = -1;
        Ref r = REF_FROM_NEW(f);
        ref_drop(&r);
        return NO_REF;
    }
    return REF_FROM_NEW(f);
}

// --- As scripts see it ------------------------------------------------------------------------

static BinaryFile *file_from(Value v) { return (BinaryFile *)value_head(v); }

static void binary_finish(ThreadState *ts, ObjectHead *o)
{
    BinaryFile *f = (BinaryFile *)o;
    if (f->fd >= 0 && close_locked(ts, f) == STATUS_ERROR) {
        exception_clear(ts);
    }
    if (f->buffer != NULL) {
        raw_free(ts, f->buffer);
        f->buffer = NULL;
    }
    shared_ref_clear(&f->name);
    shared_ref_clear(&f->mode);
}

static void binary_traverse(ObjectHead *o, Visitor visit, void *context)
{
    BinaryFile *f = (BinaryFile *)o;
    visit(shared_ref_peek(&f->name), EDGE_COUNTED, context);
}

static Ref binary_repr(ThreadState *ts, Value self)
{
    return format_str(ts, "<_io.BufferedFile name=%R>", shared_ref_peek(&file_from(self)->name));
}

static Ref method_read(ThreadState *ts, Value self, const Value *args)
{
    BinaryFile *f = file_from(self);
    int64_t size = -1;
    if (!is_no_value(args[0]) && !value_is_none(args[0]) && index_get(ts, args[0], &size) == STATUS_ERROR) {
        return NO_REF;
    }
    LOCKED(Ref, NO_REF, read_up_to(ts, f, size < 0 ? SIZE_MAX : (size_t)size))
}

static Ref read_line_locked(ThreadState *ts, BinaryFile *f, size_t limit)
{
    if (begin_reading(ts, f) == STATUS_ERROR) {
        return NO_REF;
    }
    uint8_t *bytes = NULL;
    size_t size = 0;
    bool ended = false;
    while (!ended && size < limit) {
        if (f->start == f->end) {
            int64_t n = read_fd(ts, f, f->buffer, f->unbuffered ? 1 : FILE_BUFFER_BYTES);
            if (n < 0) {
                raw_free(ts, bytes);
                return NO_REF;
            }
            f->start = 0;
            f->end = (size_t)n;
            if (n == 0) {
                break;
            }
        }
        size_t n = MIN_OF(f->end - f->start, limit - size);
        const uint8_t *newline = memchr(f->buffer + f->start, '\n', n);
        if (newline != NULL) {
            n = (size_t)(newline - (f->buffer + f->start)) + 1;
            ended = true;
        }
        uint8_t *grown = raw_realloc(ts, bytes, size + n);
        if (grown == NULL) {
            raw_free(ts, bytes);
            return NO_REF;
        }
        bytes = grown;
        memcpy(bytes + size, f->buffer + f->start, n);
        f->start += n;
        size += n;
    }
    Ref line = bytes_new(ts, bytes != NULL ? bytes : (const uint8_t *)"", size);
    raw_free(ts, bytes);
    return line;
}

static Ref read_line(ThreadState *ts, BinaryFile *f, size_t limit)
{
    LOCKED(Ref, NO_REF, read_line_locked(ts, f, limit))
}

static Ref method_readline(ThreadState *ts, Value self, const Value *args)
{
    int64_t size = -1;
    if (!is_no_value(args[0]) && !value_is_none(args[0]) && index_get(ts, args[0], &size) == STATUS_ERROR) {
        return NO_REF;
    }
    return read_line(ts, file_from(self), size < 0 ? SIZE_MAX : (size_t)size);
}

static Ref binary_next(ThreadState *ts, Value self)
{
    OWNED Ref line = read_line(ts, file_from(self), SIZE_MAX);
    return is_error(line) || bytes_from(line.v)->size == 0 ? NO_REF : ref_take(&line);
}

static Ref binary_iterate(ThreadState *ts, Value self) { return ref_new(self); }

static Ref method_readlines(ThreadState *ts, Value self, const Value *args) { return sequence_list(ts, self); }

static Ref method_readinto(ThreadState *ts, Value self, const Value *args)
{
    BufferView view;
    if (buffer_get_writable(ts, args[0], &view) == STATUS_ERROR) {
        return NO_REF;
    }
    int64_t n = view.size == 0 ? 0 : binary_read_some(ts, file_from(self), view.data, view.size);
    buffer_release(ts, &view);
    return n < 0 ? NO_REF : int_from_i64(ts, n);
}

static Ref method_write(ThreadState *ts, Value self, const Value *args)
{
    BufferView view;
    if (value_is_str(args[0])) {
        return raise(ts, EXC_TypeError, "a bytes-like object is required, not 'str'");
    }
    if (buffer_get(ts, args[0], &view) == STATUS_ERROR) {
        return NO_REF;
    }
    size_t size = view.size;
    Status s = binary_write(ts, file_from(self), view.data, size);
    buffer_release(ts, &view);
    return s == STATUS_ERROR ? NO_REF : int_from_i64(ts, (int64_t)size);
}

static Ref method_flush(ThreadState *ts, Value self, const Value *args)
{
    return binary_flush(ts, file_from(self)) == STATUS_ERROR ? NO_REF : REF_NONE;
}

static Ref method_close(ThreadState *ts, Value self, const Value *args)
{
    return binary_close(ts, file_from(self)) == STATUS_ERROR ? NO_REF : REF_NONE;
}

static Ref method_seek(ThreadState *ts, Value self, const Value *args)
{
    int64_t offset, whence = 0;
    if (index_get(ts, args[0], &offset) == STATUS_ERROR ||
        (!is_no_value(args[1]) && index_get(ts, args[1], &whence) == STATUS_ERROR)) {
        return NO_REF;
    }
    int64_t at = binary_seek(ts, file_from(self), offset, (int)whence);
    return at < 0 ? NO_REF : int_from_i64(ts, at);
}

static int64_t tell_locked(ThreadState *ts, BinaryFile *f)
{
    if (check_open(ts, f) == STATUS_ERROR) {
        return -1;
    }
    off_t at = lseek(f->fd, 0, SEEK_CUR);
    if (at < 0) {
        raise_os_error(ts, errno, NO_VALUE);
        return -1;
    }
    return (int64_t)at - (int64_t)(f->end - f->start) + (int64_t)f->pending;
}

static int64_t tell(ThreadState *ts, BinaryFile *f) { LOCKED(int64_t, -1, tell_locked(ts, f)) }

static Ref method_tell(ThreadState *ts, Value self, const Value *args)
{
    int64_t at = tell(ts, file_from(self));
    return at < 0 ? NO_REF : int_from_i64(ts, at);
}

static Ref method_truncate(ThreadState *ts, Value self, const Value *args)
{
    BinaryFile *f = file_from(self);
    int64_t size;
    if (is_no_value(args[0]) || value_is_none(args[0])) {
        size = tell(ts, f);
    } else if (index_get(ts, args[0], &size) == STATUS_ERROR) {
        return NO_REF;
    }
    if (size < 0 || binary_flush(ts, f) == STATUS_ERROR) {
        return NO_REF;
    }
    if (ftruncate(f->fd, size) != 0) {
        return raise_os_error(ts, errno, NO_VALUE);
    }
    return int_from_i64(ts, size);
}

static Ref method_fileno(ThreadState *ts, Value self, const Value *args)
{
    BinaryFile *f = file_from(self);
    return check_open(ts, f) == STATUS_ERROR ? NO_REF : REF_OF(small_int(f->fd));
}

static Ref method_isatty(ThreadState *ts, Value self, const Value *args)
{
    BinaryFile *f = file_from(self);
    return check_open(ts, f) == STATUS_ERROR ? NO_REF : REF_OF(bool_value(isatty(f->fd) == 1));
}

static Ref method_readable(ThreadState *ts, Value self, const Value *args)
{
    return REF_OF(bool_value(file_from(self)->readable));
}
static Ref method_writable(ThreadState *ts, Value self, const Value *args)
{
    return REF_OF(bool_value(file_from(self)->writable));
}
static Ref method_seekable(ThreadState *ts, Value self, const Value *args)
{
    BinaryFile *f = file_from(self);
    return check_open(ts, f) == STATUS_ERROR ? NO_REF : REF_OF(bool_value(lseek(f->fd, 0, SEEK_CUR) >= 0));
}
static Ref method_enter(ThreadState *ts, Value self, const Value *args)
{
    return check_open(ts, file_from(self)) == STATUS_ERROR ? NO_REF : ref_new(self);
}
static Ref method_exit(ThreadState *ts, Value self, const Value *args) { return method_close(ts, self, NULL); }

static const NativeDef methods[] = {
    NATIVE("read", method_read, "($self, size=-1, /)", "Read up to size bytes, or to the end."),
    NATIVE("read1", method_read, "($self, size=-1, /)", "As read."),
    NATIVE("readline", method_readline, "($self, size=-1, /)", "Read to the end of the line."),
    NATIVE("readlines", method_readlines, "($self, hint=-1, /)", "All lines as a list."),
    NATIVE("readinto", method_readinto, "($self, buffer, /)", "Read into a writable buffer."),
    NATIVE("write", method_write, "($self, buffer, /)", "Write bytes; they may stay in the buffer until flush."),
    NATIVE("flush", method_flush, "($self, /)", "Write what is in the buffer."),
    NATIVE("close", method_close, "($self, /)", "Flush and close."),
    NATIVE("seek", method_seek, "($self, target, whence=0, /)", "Change the position."),
    NATIVE("tell", method_tell, "($self, /)", "The position."),
    NATIVE("truncate", method_truncate, "($self, size=None, /)", "Cut or extend the file."),
    NATIVE("fileno", method_fileno, "($self, /)", "The descriptor."),
    NATIVE("isatty", method_isatty, "($self, /)", "Whether it is a terminal."),
    NATIVE("readable", method_readable, "($self, /)", "Whether it can be read."),
    NATIVE("writable", method_writable, "($self, /)", "Whether it can be written."),
    NATIVE("seekable", method_seekable, "($self, /)", "Whether its position can be changed."),
    NATIVE("__enter__", method_enter, "($self, /)", NULL),
    NATIVE("__exit__", method_exit, "($self, type, value, traceback, /)", NULL),
    NATIVE_END,
};

static Ref get_closed(ThreadState *ts, Value self) { return REF_OF(bool_value(file_from(self)->fd < 0)); }
static Ref get_name(ThreadState *ts, Value self) { return shared_ref_load(value_head(self), &file_from(self)->name); }
static Ref get_mode(ThreadState *ts, Value self) { return shared_ref_load(value_head(self), &file_from(self)->mode); }

static const GetSetDef getset[] = {{"closed", get_closed, NULL, NULL}, {"name", get_name, NULL, NULL},
                                   {"mode", get_mode, NULL, NULL}, {NULL, NULL, NULL, NULL}};

const TypeSpec spec_BINARY_FILE = {
    .name = "_io.BufferedFile", .doc = "Bytes of a descriptor, with a buffer.", .base = KIND_BUFFERED_IO_BASE,
    .size = sizeof(BinaryFile), .flags = TYPE_COLLECTED | TYPE_NOT_CONSTRUCTIBLE | TYPE_WEAK_REFERENCEABLE,
    .slots = {.finish = binary_finish, .traverse = binary_traverse, .repr = binary_repr,
              .iterate = binary_iterate, .next = binary_next},
    .methods = methods, .getset = getset};
