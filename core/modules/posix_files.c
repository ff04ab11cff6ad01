// core/modules/posix_files.c: open files: descriptors and the bytes behind them.
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "core/modules/posix.h"
#include "core/object/bytes.h"
#include "core/object/int.h"
#include "core/object/str.h"
#include "core/object/struct_sequence.h"
#include "core/object/tuple.h"

enum { TRANSFER_MAX = 0x7FFFF000 }; // what one read or write moves at most

static Ref fd_result(ThreadState *ts, int fd)
{
    return fd < 0 ? posix_error(ts) : REF_OF(small_int(fd));
}

// --- Opening and closing -------------------------------------------------------------------------

Ref posix_open(BOUND_PARAMETERS)
{
    PATH path = {0};
    int flags, mode, dir_fd, fd;
    if (path_get(ts, args[0], "open", 0, &path) == STATUS_ERROR ||
        int_argument(ts, args[1], &flags) == STATUS_ERROR ||
        int_argument_or(ts, args[2], 0777, &mode) == STATUS_ERROR ||
        dir_fd_argument(ts, args[3], &dir_fd) == STATUS_ERROR) {
        return NO_REF;
    }
    do {
        DETACHED(fd, openat(dir_fd, path.text, flags | O_CLOEXEC, mode));
    } while (must_repeat(ts, fd));
    return fd < 0 ? path_error(ts, &path) : REF_OF(small_int(fd));
}

Ref posix_close(BOUND_PARAMETERS)
{
    int fd, failed;
    if (int_argument(ts, args[0], &fd) == STATUS_ERROR) {
        return NO_REF;
    }
    DETACHED(failed, close(fd));
    // Interrupted, it is closed all the same.
    return failed != 0 && errno != EINTR ? posix_error(ts) : REF_NONE;
}

Ref posix_closerange(BOUND_PARAMETERS)
{
    int low, high;
    if (int_argument(ts, args[0], &low) == STATUS_ERROR ||
        int_argument(ts, args[1], &high) == STATUS_ERROR) {
        return NO_REF;
    }
    if (high > low && high > 0) {
        wait_begin(ts);
        (void)close_range((unsigned)(low < 0 ? 0 : low), (unsigned)high - 1, 0);
        wait_end(ts);
    }
    return REF_NONE;
}

Ref posix_dup(BOUND_PARAMETERS)
{
    int fd;
    return int_argument(ts, args[0], &fd) == STATUS_ERROR
               ? NO_REF
               : fd_result(ts, fcntl(fd, F_DUPFD_CLOEXEC, 0));
}

Ref posix_dup2(BOUND_PARAMETERS)
{
    int from, to, result;
    bool inheritable;
    if (int_argument(ts, args[0], &from) == STATUS_ERROR ||
        int_argument(ts, args[1], &to) == STATUS_ERROR ||
        bool_argument_or(ts, args[2], true, &inheritable) == STATUS_ERROR) {
        return NO_REF;
    }
    DETACHED(result, inheritable || from == to ? dup2(from, to) : dup3(from, to, O_CLOEXEC));
    return fd_result(ts, result);
}

static Ref pipe_with(ThreadState *ts, int flags)
{
    int ends[2];
    return pipe2(ends, flags) != 0 ? posix_error(ts)
                                   : tuple_pack(ts, 2, small_int(ends[0]), small_int(ends[1]));
}

Ref posix_pipe(BOUND_PARAMETERS) { return pipe_with(ts, O_CLOEXEC); }

Ref posix_pipe2(BOUND_PARAMETERS)
{
    int flags;
    return int_argument(ts, args[0], &flags) == STATUS_ERROR ? NO_REF : pipe_with(ts, flags);
}

// --- Bytes ---------------------------------------------------------------------------------------

static Ref read_bytes(ThreadState *ts, int fd, int64_t length, int64_t offset)
{
    if (length < 0) {
        return raise_os_error(ts, EINVAL, NO_VALUE);
    }
    size_t size = (size_t)MIN_OF(length, (int64_t)TRANSFER_MAX);
    // Into memory that is no object yet: the thread is detached while the system fills it.
    uint8_t *bytes = raw_alloc(ts, MAX_OF(size, (size_t)1));
    if (bytes == NULL) {
        return NO_REF;
    }
    ssize_t n;
    do {
        DETACHED(n, offset >= 0 ? pread(fd, bytes, size, offset) : read(fd, bytes, size));
    } while (must_repeat(ts, n));
    Ref result = n < 0 ? posix_error(ts) : bytes_new(ts, bytes, (size_t)n);
    raw_free(ts, bytes);
    return result;
}

Ref posix_read(BOUND_PARAMETERS)
{
    int fd;
    int64_t length;
    if (int_argument(ts, args[0], &fd) == STATUS_ERROR ||
        index_get(ts, args[1], &length) == STATUS_ERROR) {
        return NO_REF;
    }
    return read_bytes(ts, fd, length, -1);
}

Ref posix_pread(BOUND_PARAMETERS)
{
    int fd;
    int64_t length, offset;
    if (int_argument(ts, args[0], &fd) == STATUS_ERROR ||
        index_get(ts, args[1], &length) == STATUS_ERROR ||
        long_argument(ts, args[2], &offset) == STATUS_ERROR) {
        return NO_REF;
    }
    return offset < 0 ? raise_os_error(ts, EINVAL, NO_VALUE) : read_bytes(ts, fd, length, offset);
}

static Ref write_bytes(ThreadState *ts, int fd, Value data, int64_t offset)
{
    BufferView view;
    if (buffer_get(ts, data, &view) == STATUS_ERROR) {
        return NO_REF;
    }
    ssize_t n;
    do {
        size_t size = MIN_OF(view.size, (size_t)TRANSFER_MAX);
        DETACHED(n, offset >= 0 ? pwrite(fd, view.data, size, offset) : write(fd, view.data, size));
    } while (must_repeat(ts, n));
    Ref result = n < 0 ? posix_error(ts) : int_from_i64(ts, n);
    buffer_release(ts, &view);
    return result;
}

Ref posix_write(BOUND_PARAMETERS)
{
    int fd;
    return int_argument(ts, args[0], &fd) == STATUS_ERROR ? NO_REF
                                                          : write_bytes(ts, fd, args[1], -1);
}

Ref posix_pwrite(BOUND_PARAMETERS)
{
    int fd;
    int64_t offset;
    if (int_argument(ts, args[0], &fd) == STATUS_ERROR ||
        long_argument(ts, args[2], &offset) == STATUS_ERROR) {
        return NO_REF;
    }
    return offset < 0 ? raise_os_error(ts, EINVAL, NO_VALUE) : write_bytes(ts, fd, args[1], offset);
}

Ref posix_lseek(BOUND_PARAMETERS)
{
    int fd, whence;
    int64_t position, result;
    if (int_argument(ts, args[0], &fd) == STATUS_ERROR ||
        long_argument(ts, args[1], &position) == STATUS_ERROR ||
        int_argument(ts, args[2], &whence) == STATUS_ERROR) {
        return NO_REF;
    }
    DETACHED(result, lseek(fd, position, whence));
    return result < 0 ? posix_error(ts) : int_from_i64(ts, result);
}

// f(fd), repeated when interrupted. The argument may be a file with fileno().
static Ref call_on_descriptor(ThreadState *ts, Value file, int (*f)(int))
{
    OWNED Ref number = NO_REF;
    if (!value_is_int(file) && type_of(file)->slots.index == NULL) {
        OWNED Ref method = NO_REF;
        if (object_lookup_attribute(ts, file, NAME(fileno), &method) == LOOKUP_ERROR) {
            return NO_REF;
        }
        if (is_error(method)) {
            return raise(ts, EXC_TypeError, "argument must be an int, or have a fileno() method.");
        }
        number = object_call0(ts, method.v);
        if (is_error(number)) {
            return NO_REF;
        }
        if (!value_is_int(number.v)) {
            return raise(ts, EXC_TypeError, "fileno() returned a non-integer");
        }
        file = number.v;
    }
    int fd, failed;
    if (int_argument(ts, file, &fd) == STATUS_ERROR) {
        return NO_REF;
    }
    if (fd < 0) {
        return raise(ts, EXC_ValueError, "file descriptor cannot be a negative integer (%i)", fd);
    }
    do {
        DETACHED(failed, f(fd));
    } while (must_repeat(ts, failed));
    return posix_done(ts, failed);
}

Ref posix_fsync(BOUND_PARAMETERS) { return call_on_descriptor(ts, args[0], fsync); }
Ref posix_fdatasync(BOUND_PARAMETERS) { return call_on_descriptor(ts, args[0], fdatasync); }
Ref posix_fchdir(BOUND_PARAMETERS) { return call_on_descriptor(ts, args[0], fchdir); }

Ref posix_sync(BOUND_PARAMETERS)
{
    wait_begin(ts);
    sync();
    wait_end(ts);
    return REF_NONE;
}

Ref posix_ftruncate(BOUND_PARAMETERS)
{
    int fd, failed;
    int64_t length;
    if (int_argument(ts, args[0], &fd) == STATUS_ERROR ||
        long_argument(ts, args[1], &length) == STATUS_ERROR) {
        return NO_REF;
    }
    do {
        DETACHED(failed, ftruncate(fd, length));
    } while (must_repeat(ts, failed));
    return posix_done(ts, failed);
}

Ref posix_truncate(BOUND_PARAMETERS)
{
    PATH path = {0};
    int failed;
    int64_t length;
    if (path_get(ts, args[0], "truncate", PATH_TAKES_FD, &path) == STATUS_ERROR ||
        long_argument(ts, args[1], &length) == STATUS_ERROR) {
        return NO_REF;
    }
    DETACHED(failed, path.text == NULL ? ftruncate(path.fd, length) : truncate(path.text, length));
    return failed != 0 ? path_error(ts, &path) : REF_NONE;
}

// --- Flags ---------------------------------------------------------------------------------------

static Ref get_flag(ThreadState *ts, Value file, int command, int flag, bool inverted)
{
    int fd;
    if (int_argument(ts, file, &fd) == STATUS_ERROR) {
        return NO_REF;
    }
    int flags = fcntl(fd, command);
    return flags < 0 ? posix_error(ts) : REF_OF(bool_value(((flags & flag) != 0) != inverted));
}

static Ref set_flag(ThreadState *ts, const Value *args, int get, int set, int flag)
{
    int fd;
    bool off;
    if (int_argument(ts, args[0], &fd) == STATUS_ERROR ||
        bool_argument_or(ts, args[1], false, &off) == STATUS_ERROR) {
        return NO_REF;
    }
    int flags = fcntl(fd, get);
    return flags < 0 ? posix_error(ts)
                     : posix_done(ts, fcntl(fd, set, off ? flags & ~flag : flags | flag));
}

Ref posix_get_inheritable(BOUND_PARAMETERS)
{
    return get_flag(ts, args[0], F_GETFD, FD_CLOEXEC, true);
}
Ref posix_set_inheritable(BOUND_PARAMETERS)
{
    return set_flag(ts, args, F_GETFD, F_SETFD, FD_CLOEXEC);
}
Ref posix_get_blocking(BOUND_PARAMETERS)
{
    return get_flag(ts, args[0], F_GETFL, O_NONBLOCK, true);
}
Ref posix_set_blocking(BOUND_PARAMETERS)
{
    return set_flag(ts, args, F_GETFL, F_SETFL, O_NONBLOCK);
}

// --- Terminals -----------------------------------------------------------------------------------

Ref posix_isatty(BOUND_PARAMETERS)
{
    int fd;
    return int_argument(ts, args[0], &fd) == STATUS_ERROR ? NO_REF
                                                          : REF_OF(bool_value(isatty(fd) == 1));
}

Ref posix_ttyname(BOUND_PARAMETERS)
{
    int fd;
    char name[256];
    if (int_argument(ts, args[0], &fd) == STATUS_ERROR) {
        return NO_REF;
    }
    int error = ttyname_r(fd, name, sizeof name);
    return error != 0 ? raise_os_error(ts, error, NO_VALUE)
                      : file_system_decode(ts, name, strlen(name));
}

Ref posix_device_encoding(BOUND_PARAMETERS)
{
    int fd;
    if (int_argument(ts, args[0], &fd) == STATUS_ERROR) {
        return NO_REF;
    }
    return isatty(fd) == 1 ? str_from_z(ts, "UTF-8") : REF_NONE;
}

static Ref terminal_size_type; // made by the first import, kept for the life of the process

Ref posix_get_terminal_size(BOUND_PARAMETERS)
{
    int fd;
    struct winsize size;
    if (int_argument_or(ts, args[0], STDOUT_FILENO, &fd) == STATUS_ERROR) {
        return NO_REF;
    }
    if (ioctl(fd, TIOCGWINSZ, &size) != 0) {
        return posix_error(ts);
    }
    Ref values[2] = {REF_OF(small_int(size.ws_col)), REF_OF(small_int(size.ws_row))};
    return struct_sequence_new(ts, type_from(terminal_size_type.v), values, 2);
}

Status posix_files_setup(ThreadState *ts, Value module)
{
    static const StructSequenceField fields[] = {
        {"columns", "width of the terminal window in characters"},
        {"lines", "height of the terminal window in characters"},
        {"", NULL}};
    static const StructSequenceSpec spec = {
        "os.terminal_size", "A tuple of (columns, lines) for holding terminal window size", fields,
        2};
    if (is_error(terminal_size_type)) {
        terminal_size_type = struct_sequence_type_new(ts, &spec);
    }
    return is_error(terminal_size_type)
               ? STATUS_ERROR
               : module_add(ts, module, "terminal_size", terminal_size_type.v);
}
