// core/modules/io_binary.c: buffered bytes over a descriptor, or over another object.
//
// FileIO is such a file without the buffer; BufferedReader,
// BufferedWriter and BufferedRandom differ in what is allowed.
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/modules/io.h"
#include "core/object/bytes.h"
#include "core/object/container.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/str.h"

// --- Locking -------------------------------------------------------------------------------------

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

// --- The descriptor: the lock is held ------------------------------------------------------------

static Status check_open(ThreadState *ts, const BinaryFile *f)
{
    return f->fd >= 0 ? STATUS_OK
                      : raise_status(ts, EXC_ValueError, "I/O operation on closed file.");
}

// --- The object underneath -----------------------------------------------------------------------

static Value raw_of(const BinaryFile *f) { return shared_ref_peek(&f->raw); }

static int64_t call_for_number(ThreadState *ts, const BinaryFile *f, const char *method,
                               const Value *args, size_t count)
{
    OWNED Ref result = object_call_method_z(ts, raw_of(f), method, args, count);
    int64_t n;
    if (is_error(result) || index_get(ts, result.v, &n) == STATUS_ERROR) {
        return -1;
    }
    if (n < 0) {
        raise(ts, EXC_OSError, "Raw stream returned invalid position %ld", (long)n);
    }
    return n;
}

static Status write_raw(ThreadState *ts, BinaryFile *f, const uint8_t *bytes, size_t size,
                        size_t *done)
{
    OWNED Ref raw = ref_new(raw_of(f));
    while (*done < size) {
        size_t left = size - *done;
        OWNED Ref data = bytes_new(ts, bytes + *done, left);
        OWNED Ref written =
            is_error(data) ? NO_REF : object_call_method_z(ts, raw.v, "write", &data.v, 1);
        int64_t n;
        if (is_error(written)) {
            return STATUS_ERROR;
        }
        if (value_is_none(written.v)) {
            return raise_status(ts, EXC_BlockingIOError,
                                "write could not complete without blocking");
        }
        if (index_get(ts, written.v, &n) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
        if (n < 0 || (size_t)n > left) {
            return raise_status(
                ts, EXC_OSError,
                "raw write() returned invalid length %ld (should have been between 0 and %ld)",
                (long)n, (long)left);
        }
        *done += (size_t)n;
    }
    return STATUS_OK;
}

static bool has_method(ThreadState *ts, Value object, const char *name)
{
    OWNED Ref interned = str_intern_z(ts, name);
    OWNED Ref method = NO_REF;
    return !is_error(interned) &&
           object_lookup_attribute(ts, object, interned.v, &method) == LOOKUP_FOUND;
}

static int64_t read_raw(ThreadState *ts, BinaryFile *f, uint8_t *into, size_t size)
{
    OWNED Ref raw = ref_new(raw_of(f));
    Value wanted = small_int((int64_t)MIN_OF(size, (size_t)1 << 30));
    const char *method = has_method(ts, raw.v, "read1")      ? "read1"
                         : has_method(ts, raw.v, "readinto") ? "readinto"
                                                             : "read";
    if (has_exception(ts)) {
        return -1;
    }
    OWNED Ref buffer = NO_REF;
    OWNED Ref data = NO_REF;
    if (strcmp(method, "readinto") == 0) {
        buffer = object_call1(ts, type_value(TYPE_OF_KIND(BYTEARRAY)), wanted);
        OWNED Ref count =
            is_error(buffer) ? NO_REF : object_call_method_z(ts, raw.v, method, &buffer.v, 1);
        int64_t n;
        if (is_error(count) || value_is_none(count.v)) {
            return is_error(count) ? -1 : 0;
        }
        if (index_get(ts, count.v, &n) == STATUS_ERROR) {
            return -1;
        }
        if (n < 0 || n > small_int_get(wanted)) {
            raise(ts, EXC_OSError,
                  "raw readinto() returned invalid length %ld (should have been between 0 and %ld)",
                  (long)n, (long)small_int_get(wanted));
            return -1;
        }
        data = object_call1(ts, type_value(TYPE_OF_KIND(BYTES)), buffer.v);
        if (!is_error(data)) { // the method may have made the array smaller
            n = MIN_OF(n, (int64_t)bytes_from(data.v)->size);
            memcpy(into, bytes_from(data.v)->data, (size_t)n);
        }
        return is_error(data) ? -1 : n;
    }
    data = object_call_method_z(ts, raw.v, method, &wanted, 1);
    if (is_error(data) || value_is_none(data.v)) {
        return is_error(data) ? -1 : 0;
    }
    BufferView view;
    if (buffer_get(ts, data.v, &view) == STATUS_ERROR) {
        exception_clear(ts);
        raise(ts, EXC_TypeError,
              "underlying %s() should have returned a bytes-like object, not '%T'", method, data.v);
        return -1;
    }
    int64_t n = (int64_t)view.size;
    bool fits = view.size <= size;
    if (fits && n > 0) {
        memcpy(into, view.data, view.size);
    }
    buffer_release(ts, &view);
    if (!fits) {
        raise(ts, EXC_OSError, "%s() returned more bytes than asked for", method);
        return -1;
    }
    return n;
}

// --- The descriptor ------------------------------------------------------------------------------

static int64_t seek_below(ThreadState *ts, BinaryFile *f, int64_t offset, int whence)
{
    if (binary_has_raw(f)) {
        OWNED Ref where = int_from_i64(ts, offset);
        Value args[2] = {where.v, small_int(whence)};
        return is_error(where) ? -1 : call_for_number(ts, f, "seek", args, 2);
    }
    off_t at = lseek(f->fd, (off_t)offset, whence);
    if (at < 0) {
        raise_os_error(ts, errno, NO_VALUE);
    }
    return at;
}

// Writes everything, waiting as often as it takes. *done: how much was written, also after an
// error.
static Status write_fully(ThreadState *ts, BinaryFile *f, const uint8_t *bytes, size_t size,
                          size_t *done)
{
    *done = 0;
    if (binary_has_raw(f)) {
        return write_raw(ts, f, bytes, size, done);
    }
    while (*done < size) {
        int fd = f->fd;
        wait_begin(ts);
        ssize_t n = write(fd, bytes + *done, MIN_OF(size - *done, (size_t)1 << 30));
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
        *done += (size_t)n;
        // A signal that came in the middle cut the write short: its handler may end it.
        if (*done < size && !safepoint_poll(ts)) {
            return STATUS_ERROR;
        }
    }
    return STATUS_OK;
}

// What could not be written stays in the buffer, for the next attempt.
static Status flush_locked(ThreadState *ts, BinaryFile *f)
{
    size_t done;
    Status s = write_fully(ts, f, f->buffer, f->pending, &done);
    f->pending -= done;
    if (f->pending > 0) {
        memmove(f->buffer, f->buffer + done, f->pending);
    }
    return s;
}

static int64_t read_fd(ThreadState *ts, BinaryFile *f, uint8_t *into, size_t size)
{
    if (binary_has_raw(f)) {
        return read_raw(ts, f, into, size);
    }
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
static void forget_read_ahead(ThreadState *ts, BinaryFile *f)
{
    if (f->end > f->start && seek_below(ts, f, -(int64_t)(f->end - f->start), SEEK_CUR) < 0) {
        exception_clear(ts);
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
    forget_read_ahead(ts, f);
    if (f->pending + size > FILE_BUFFER_BYTES && flush_locked(ts, f) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    if (size >= FILE_BUFFER_BYTES || f->unbuffered) {
        size_t done;
        return write_fully(ts, f, bytes, size, &done);
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

// --- For TextFile --------------------------------------------------------------------------------

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
    if (check_open(ts, f) == STATUS_ERROR || flush_locked(ts, f) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    if (binary_has_raw(f) && f->writable) {
        OWNED Ref done = object_call_method(ts, raw_of(f), NAME(flush), NULL, 0);
        return is_error(done) ? STATUS_ERROR : STATUS_OK;
    }
    return STATUS_OK;
}

Status binary_flush(ThreadState *ts, BinaryFile *f)
{
    LOCKED(Status, STATUS_ERROR, flush_checked(ts, f))
}

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
    if (limit == SIZE_MAX && !binary_has_raw(f) && fstat(f->fd, &s) == 0 && S_ISREG(s.st_mode) &&
        s.st_size > 0) {
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

Ref binary_read_all(ThreadState *ts, BinaryFile *f)
{
    LOCKED(Ref, NO_REF, read_up_to(ts, f, SIZE_MAX))
}

static Status close_locked(ThreadState *ts, BinaryFile *f)
{
    if (f->fd < 0) {
        return STATUS_OK;
    }
    Status s = flush_locked(ts, f);
    OWNED Ref problem = s == STATUS_ERROR ? exception_fetch(ts) : NO_REF;
    int fd = f->fd;
    f->fd = -1;
    f->start = f->end = f->pending = 0;
    if (fd == FD_OF_RAW) {
        OWNED Ref closed = object_call_method(ts, raw_of(f), NAME(close), NULL, 0);
        if (is_error(closed) && s == STATUS_OK) {
            return STATUS_ERROR;
        }
        exception_clear(ts);
    } else if (f->close_fd) {
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

Status binary_close(ThreadState *ts, BinaryFile *f)
{
    LOCKED(Status, STATUS_ERROR, close_locked(ts, f))
}

static int64_t seek_locked(ThreadState *ts, BinaryFile *f, int64_t offset, int whence)
{
    if (check_open(ts, f) == STATUS_ERROR || flush_locked(ts, f) == STATUS_ERROR) {
        return -1;
    }
    forget_read_ahead(ts, f);
    return seek_below(ts, f, offset, whence);
}

int64_t binary_seek(ThreadState *ts, BinaryFile *f, int64_t offset, int whence)
{
    LOCKED(int64_t, -1, seek_locked(ts, f, offset, whence))
}

// Which of the types a file opened so is of.
static Type *type_for(bool readable, bool writable, bool unbuffered)
{
    return unbuffered             ? TYPE_OF_KIND(FILE_IO)
           : readable && writable ? TYPE_OF_KIND(BUFFERED_RANDOM)
           : readable             ? TYPE_OF_KIND(BUFFERED_READER)
                                  : TYPE_OF_KIND(BUFFERED_WRITER);
}

// A file that is closed still.
static BinaryFile *new_file(ThreadState *ts, Type *type)
{
    BinaryFile *f = object_new_of(ts, type);
    if (f == NULL) {
        return NULL;
    }
    memset(&f->lock, 0, sizeof *f - offsetof(BinaryFile, lock));
    f->fd = -1;
    shared_ref_init(&f->name, NO_REF);
    shared_ref_init(&f->mode, NO_REF);
    shared_ref_init(&f->raw, NO_REF);
    object_track(&f->head);
    return f;
}

static Status set_up(ThreadState *ts, BinaryFile *f, bool readable, bool writable)
{
    f->readable = readable;
    f->writable = writable;
    if (f->buffer == NULL) {
        f->buffer = raw_alloc(ts, FILE_BUFFER_BYTES);
    }
    return f->buffer == NULL ? STATUS_ERROR : STATUS_OK;
}

static void set_place(SharedRef *place, Ref value)
{
    Ref old = shared_ref_swap(place, value);
    ref_drop(&old);
}

Ref binary_file_new(ThreadState *ts, int fd, const char *mode, Value name, bool close_fd,
                    bool unbuffered)
{
    OWNED Ref mode_text = str_from_z(ts, mode);
    bool plus = strchr(mode, '+') != NULL;
    bool readable = strchr(mode, 'r') != NULL || plus, writable = strchr(mode, 'r') == NULL || plus;
    BinaryFile *f =
        is_error(mode_text) ? NULL : new_file(ts, type_for(readable, writable, unbuffered));
    if (f == NULL) {
        return NO_REF;
    }
    OWNED Ref made = REF_FROM_NEW(f);
    if (set_up(ts, f, readable, writable) == STATUS_ERROR) {
        return NO_REF; // the caller closes what it opened
    }
    f->fd = fd;
    f->appending = strchr(mode, 'a') != NULL;
    f->close_fd = close_fd;
    f->unbuffered = unbuffered;
    set_place(&f->name, ref_new(name));
    set_place(&f->mode, ref_take(&mode_text));
    return ref_take(&made);
}

Ref binary_file_over(ThreadState *ts, Value raw, bool readable, bool writable)
{
    BinaryFile *f = new_file(ts, type_for(readable, writable, false));
    if (f == NULL) {
        return NO_REF;
    }
    OWNED Ref made = REF_FROM_NEW(f);
    if (set_up(ts, f, readable, writable) == STATUS_ERROR) {
        return NO_REF;
    }
    set_place(&f->raw, ref_new(raw));
    f->fd = FD_OF_RAW;
    return ref_take(&made);
}

// --- As scripts see it ---------------------------------------------------------------------------

static BinaryFile *file_from(Value v) { return (BinaryFile *)value_head(v); }

static Ref binary_make(CALL_PARAMETERS)
{
    BinaryFile *f = new_file(ts, type_from(self));
    return f == NULL ? NO_REF : REF_FROM_NEW(f);
}

static Status ask(ThreadState *ts, Value raw, const char *method, const char *message)
{
    OWNED Ref can = object_call_method_z(ts, raw, method, NULL, 0);
    Truth t = is_error(can) ? TRUTH_ERROR : object_is_true(ts, can.v);
    return t == TRUTH_TRUE    ? STATUS_OK
           : t == TRUTH_ERROR ? STATUS_ERROR
                              : (io_unsupported(ts, message), STATUS_ERROR);
}

// BufferedReader(raw, buffer_size), and the like.
static Status buffered_init(CALL_PARAMETERS)
{
    static const char *const parameters[] = {"raw", "buffer_size", NULL};
    Value given[2];
    BinaryFile *f = file_from(self);
    const Type *t = type_of(self);
    bool reads = !type_is_subtype(t, TYPE_OF_KIND(BUFFERED_WRITER)),
         writes = !type_is_subtype(t, TYPE_OF_KIND(BUFFERED_READER));
    int64_t size = FILE_BUFFER_BYTES;
    if (arguments_bind(ts, type_name(t), parameters, 0, 2, 1, args, count, names, given) ==
            STATUS_ERROR ||
        (!is_no_value(given[1]) && index_get(ts, given[1], &size) == STATUS_ERROR)) {
        return STATUS_ERROR;
    }
    if (size <= 0) {
        return raise_status(ts, EXC_ValueError, "buffer size must be strictly positive");
    }
    if ((reads &&
         ask(ts, given[0], "readable", "File or stream is not readable.") == STATUS_ERROR) ||
        (writes &&
         ask(ts, given[0], "writable", "File or stream is not writable.") == STATUS_ERROR) ||
        set_up(ts, f, reads, writes) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    set_place(&f->raw, ref_new(given[0]));
    f->fd = FD_OF_RAW;
    return STATUS_OK;
}

// FileIO(file, mode, closefd, opener)
static Status file_io_init(CALL_PARAMETERS)
{
    static const char *const parameters[] = {"file", "mode", "closefd", "opener", NULL};
    Value given[4];
    BinaryFile *f = file_from(self);
    if (arguments_bind(ts, "FileIO", parameters, 0, 4, 1, args, count, names, given) ==
        STATUS_ERROR) {
        return STATUS_ERROR;
    }
    OWNED Ref letters = is_no_value(given[1]) ? str_from_z(ts, "r") : ref_new(given[1]);
    OWNED Ref mode =
        is_error(letters)
            ? NO_REF
            : format_str(ts, "%S%s", letters.v,
                         value_is_str(letters.v) && str_find_char(str_from(letters.v), 'b', 0,
                                                                  str_length(letters.v)) >= 0
                             ? ""
                             : "b");
    Value call[8] = {given[0], mode.v,   small_int(0), NO_VALUE,
                     NO_VALUE, NO_VALUE, given[2],     given[3]};
    OWNED Ref opened = is_error(mode) ? NO_REF : io_open(ts, NO_VALUE, call);
    if (is_error(opened)) {
        return STATUS_ERROR;
    }
    // What open() has made gives its descriptor away.
    BinaryFile *o = file_from(opened.v);
    if (set_up(ts, f, o->readable, o->writable) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    f->unbuffered = true;
    f->appending = o->appending;
    f->close_fd = o->close_fd;
    set_place(&f->name, ref_new(shared_ref_peek(&o->name)));
    set_place(&f->mode, ref_new(shared_ref_peek(&o->mode)));
    f->fd = o->fd;
    o->fd = -1;
    return STATUS_OK;
}

// What lies over an object of a script is closed while scripts can still run.
static Status binary_finalize(ThreadState *ts, Value self)
{
    BinaryFile *f = file_from(self);
    return binary_has_raw(f) ? close_locked(ts, f) : STATUS_OK;
}

static void binary_finish(ThreadState *ts, ObjectHead *o)
{
    BinaryFile *f = (BinaryFile *)o;
    if (f->fd >= 0 && !binary_has_raw(f) && close_locked(ts, f) == STATUS_ERROR) {
        exception_clear(ts);
    }
    if (f->buffer != NULL) {
        raw_free(ts, f->buffer);
        f->buffer = NULL;
    }
    shared_ref_clear(&f->name);
    shared_ref_clear(&f->mode);
    shared_ref_clear(&f->raw);
}

static void binary_traverse(ObjectHead *o, Visitor visit, void *context)
{
    BinaryFile *f = (BinaryFile *)o;
    visit_place(&f->name, visit, context);
    visit_place(&f->raw, visit, context);
}

static Ref get_name(ThreadState *ts, Value self)
{
    BinaryFile *f = file_from(self);
    OWNED Ref raw = shared_ref_load(&f->head, &f->raw);
    if (!is_error(raw)) {
        OWNED Ref name = str_intern_z(ts, "name");
        return is_error(name) ? NO_REF : object_get_attribute(ts, raw.v, name.v);
    }
    Ref own = shared_ref_load(&f->head, &f->name);
    return is_error(own)
               ? raise(ts, EXC_AttributeError, "'%T' object has no attribute 'name'", self)
               : own;
}

static Status set_name(ThreadState *ts, Value self, Value name)
{
    set_place(&file_from(self)->name, is_no_value(name) ? NO_REF : ref_new(name));
    return STATUS_OK;
}

static Ref get_mode(ThreadState *ts, Value self)
{
    BinaryFile *f = file_from(self);
    OWNED Ref raw = shared_ref_load(&f->head, &f->raw);
    if (!is_error(raw)) {
        OWNED Ref name = str_intern_z(ts, "mode");
        return is_error(name) ? NO_REF : object_get_attribute(ts, raw.v, name.v);
    }
    Ref own = shared_ref_load(&f->head, &f->mode);
    return is_error(own)
               ? raise(ts, EXC_AttributeError, "'%T' object has no attribute 'mode'", self)
               : own;
}

static Ref binary_repr(ThreadState *ts, Value self)
{
    BinaryFile *f = file_from(self);
    OWNED Ref name = get_name(ts, self);
    if (is_error(name)) {
        return exception_clear_if(ts, EXC_Exception) ? format_str(ts, "<%N>", type_of(self))
                                                     : NO_REF;
    }
    if (type_of(self) != TYPE_OF_KIND(FILE_IO)) {
        return format_str(ts, "<%N name=%R>", type_of(self), name.v);
    }
    return f->fd < 0 ? str_from_z(ts, "<_io.FileIO [closed]>")
                     : format_str(ts, "<_io.FileIO name=%R mode=%R closefd=%s>", name.v,
                                  shared_ref_peek(&f->mode), f->close_fd ? "True" : "False");
}

static Ref method_read(ThreadState *ts, Value self, const Value *args)
{
    BinaryFile *f = file_from(self);
    int64_t size = -1;
    if (!is_no_value(args[0]) && !value_is_none(args[0]) &&
        index_get(ts, args[0], &size) == STATUS_ERROR) {
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
    if (!is_no_value(args[0]) && !value_is_none(args[0]) &&
        index_get(ts, args[0], &size) == STATUS_ERROR) {
        return NO_REF;
    }
    return read_line(ts, file_from(self), size < 0 ? SIZE_MAX : (size_t)size);
}

static Ref binary_next(ThreadState *ts, Value self)
{
    OWNED Ref line = read_line(ts, file_from(self), SIZE_MAX);
    return is_error(line) || bytes_from(line.v)->size == 0 ? NO_REF : ref_take(&line);
}

static Ref method_readlines(ThreadState *ts, Value self, const Value *args)
{
    return io_lines_up_to(ts, self, args[0]);
}

// Once, or until the buffer is full, the file at its end, or nothing more there without waiting.
static Ref read_into(ThreadState *ts, Value self, Value buffer, bool once)
{
    BufferView view;
    if (buffer_get_writable(ts, buffer, &view) == STATUS_ERROR) {
        return NO_REF;
    }
    size_t done = 0;
    int64_t n = 0;
    while (done < view.size) {
        n = binary_read_some(ts, file_from(self), (uint8_t *)view.data + done, view.size - done);
        if (n <= 0) {
            break;
        }
        done += (size_t)n;
        if (once) {
            break;
        }
    }
    buffer_release(ts, &view);
    if (n < 0 && done > 0 && exception_matches(ts, EXC_BlockingIOError)) {
        exception_clear(ts);
        n = 0;
    }
    return n < 0 ? NO_REF : int_from_i64(ts, (int64_t)done);
}

static Ref method_readinto(ThreadState *ts, Value self, const Value *args)
{
    return read_into(ts, self, args[0], file_from(self)->unbuffered);
}

static Ref method_readinto1(ThreadState *ts, Value self, const Value *args)
{
    return read_into(ts, self, args[0], true);
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
    int64_t at = binary_has_raw(f) ? call_for_number(ts, f, "tell", NULL, 0)
                                   : seek_below(ts, f, 0, SEEK_CUR);
    if (at < 0) {
        return -1;
    }
    return at - (int64_t)(f->end - f->start) + (int64_t)f->pending;
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
    if (binary_has_raw(f)) {
        OWNED Ref wanted = int_from_i64(ts, size);
        return is_error(wanted) ? NO_REF
                                : object_call_method_z(ts, raw_of(f), "truncate", &wanted.v, 1);
    }
    if (ftruncate(f->fd, size) != 0) {
        return raise_os_error(ts, errno, NO_VALUE);
    }
    return int_from_i64(ts, size);
}

static Ref method_fileno(ThreadState *ts, Value self, const Value *args)
{
    BinaryFile *f = file_from(self);
    if (binary_has_raw(f)) {
        return object_call_method_z(ts, raw_of(f), "fileno", NULL, 0);
    }
    return check_open(ts, f) == STATUS_ERROR ? NO_REF : REF_OF(small_int(f->fd));
}

static Ref method_isatty(ThreadState *ts, Value self, const Value *args)
{
    BinaryFile *f = file_from(self);
    if (binary_has_raw(f)) {
        return object_call_method_z(ts, raw_of(f), "isatty", NULL, 0);
    }
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
    if (binary_has_raw(f)) {
        return object_call_method_z(ts, raw_of(f), "seekable", NULL, 0);
    }
    return check_open(ts, f) == STATUS_ERROR ? NO_REF
                                             : REF_OF(bool_value(lseek(f->fd, 0, SEEK_CUR) >= 0));
}
static Ref method_enter(ThreadState *ts, Value self, const Value *args)
{
    return check_open(ts, file_from(self)) == STATUS_ERROR ? NO_REF : ref_new(self);
}
static Ref method_exit(ThreadState *ts, Value self, const Value *args)
{
    return method_close(ts, self, NULL);
}

static Ref peek_locked(ThreadState *ts, BinaryFile *f)
{
    if (begin_reading(ts, f) == STATUS_ERROR) {
        return NO_REF;
    }
    if (f->start == f->end) {
        int64_t n = read_fd(ts, f, f->buffer, FILE_BUFFER_BYTES);
        if (n < 0) {
            return NO_REF;
        }
        f->start = 0;
        f->end = (size_t)n;
    }
    return bytes_new(ts, f->buffer + f->start, f->end - f->start);
}

static Ref method_peek(ThreadState *ts, Value self, const Value *args)
{
    BinaryFile *f = file_from(self);
    LOCKED(Ref, NO_REF, peek_locked(ts, f))
}

static Ref read_once(ThreadState *ts, BinaryFile *f, int64_t size)
{
    uint8_t chunk[FILE_BUFFER_BYTES];
    size_t wanted = size < 0 || size > FILE_BUFFER_BYTES ? FILE_BUFFER_BYTES : (size_t)size;
    int64_t n = wanted == 0 ? 0 : binary_read_some(ts, f, chunk, wanted);
    return n < 0 ? NO_REF : bytes_new(ts, chunk, (size_t)n);
}

static Ref method_read1(ThreadState *ts, Value self, const Value *args)
{
    int64_t size = -1;
    return !is_no_value(args[0]) && index_get(ts, args[0], &size) == STATUS_ERROR
               ? NO_REF
               : read_once(ts, file_from(self), size);
}

static Ref method_readall(ThreadState *ts, Value self, const Value *args)
{
    return binary_read_all(ts, file_from(self));
}

static Ref method_detach(ThreadState *ts, Value self, const Value *args)
{
    BinaryFile *f = file_from(self);
    if (!binary_has_raw(f)) {
        return io_unsupported(ts, "detach");
    }
    if (binary_flush(ts, f) == STATUS_ERROR) {
        return NO_REF;
    }
    f->fd = -1;
    return shared_ref_swap(&f->raw, NO_REF);
}

static const NativeDef methods[] = {
    NATIVE("read", method_read, "($self, size=-1, /)", "Read up to size bytes, or to the end."),
    NATIVE("read1", method_read1, "($self, size=-1, /)",
           "Read by at most one call of what lies below."),
    NATIVE("readall", method_readall, "($self, /)", "Read to the end."),
    NATIVE("peek", method_peek, "($self, size=0, /)",
           "What will be read next; the position stays."),
    NATIVE("detach", method_detach, "($self, /)", "Separate the raw file from the buffer."),
    NATIVE("readinto1", method_readinto1, "($self, buffer, /)",
           "Read into a writable buffer, once."),
    NATIVE("readline", method_readline, "($self, size=-1, /)", "Read to the end of the line."),
    NATIVE("readlines", method_readlines, "($self, hint=-1, /)", "All lines as a list."),
    NATIVE("readinto", method_readinto, "($self, buffer, /)", "Read into a writable buffer."),
    NATIVE("write", method_write, "($self, buffer, /)",
           "Write bytes; they may stay in the buffer until flush."),
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
    NATIVE("__exit__", method_exit, "($self, type=None, value=None, traceback=None, /)", NULL),
    NATIVE_END,
};

static Ref get_closed(ThreadState *ts, Value self)
{
    return REF_OF(bool_value(file_from(self)->fd < 0));
}
// What lies under the buffer: of a file of our own, the file itself.
static Ref get_raw(ThreadState *ts, Value self)
{
    Ref raw = shared_ref_load(value_head(self), &file_from(self)->raw);
    return is_error(raw) ? ref_new(self) : raw;
}
static Ref get_closefd(ThreadState *ts, Value self)
{
    return REF_OF(bool_value(file_from(self)->close_fd));
}

static const GetSetDef getset[] = {
    {"closed", get_closed, NULL, NULL},   {"name", get_name, set_name, NULL},
    {"mode", get_mode, NULL, NULL},       {"raw", get_raw, NULL, NULL},
    {"closefd", get_closefd, NULL, NULL}, {NULL, NULL, NULL, NULL}};

#define FILE_TYPE(NAME_, name_, base_, init_)                                                      \
    const TypeSpec spec_##NAME_ = {.name = name_,                                                  \
                                   .doc = "Bytes of a descriptor or of another file.",             \
                                   .base = base_,                                                  \
                                   .size = sizeof(BinaryFile),                                     \
                                   .flags = TYPE_COLLECTED | TYPE_SUBCLASSABLE |                   \
                                            TYPE_WEAK_REFERENCEABLE,                               \
                                   .slots = {.finish = binary_finish,                              \
                                             .traverse = binary_traverse,                          \
                                             .finalize = binary_finalize,                          \
                                             .repr = binary_repr,                                  \
                                             .iterate = object_itself,                             \
                                             .next = binary_next,                                  \
                                             .make = binary_make,                                  \
                                             .init = init_},                                       \
                                   .methods = methods,                                             \
                                   .getset = getset}

FILE_TYPE(FILE_IO, "_io.FileIO", KIND_RAW_IO_BASE, file_io_init);
FILE_TYPE(BUFFERED_READER, "_io.BufferedReader", KIND_BUFFERED_IO_BASE, buffered_init);
FILE_TYPE(BUFFERED_WRITER, "_io.BufferedWriter", KIND_BUFFERED_IO_BASE, buffered_init);
FILE_TYPE(BUFFERED_RANDOM, "_io.BufferedRandom", KIND_BUFFERED_IO_BASE, buffered_init);
