// core/modules/posix.c: the module posix, which the library's os is made of: its table, and how
// arguments become paths and numbers.
//
// Not here, because they need a second process of this runtime: fork, exec*,
// posix_spawn and what the library builds on them.
#include "core/modules/posix.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "core/object/bytes.h"
#include "core/object/dict.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/str.h"
#include "core/object/warn.h"

extern char **environ;

// --- Numbers -------------------------------------------------------------------------------------

Status long_argument(ThreadState *ts, Value v, int64_t *out)
{
    OWNED Ref i = object_index(ts, v);
    if (is_error(i)) {
        return STATUS_ERROR;
    }
    return int_to_i64(i.v, out)
               ? STATUS_OK
               : raise_status(ts, EXC_OverflowError, "Python int too large to convert to C long");
}

Status int_argument(ThreadState *ts, Value v, int *out)
{
    int64_t i = 0;
    OWNED Ref index = object_index(ts, v);
    if (is_error(index)) {
        return STATUS_ERROR;
    }
    if (!int_to_i64(index.v, &i) || i > INT_MAX || i < INT_MIN) {
        return raise_status(ts, EXC_OverflowError, "Python int too large to convert to C int");
    }
    *out = (int)i;
    return STATUS_OK;
}

Status int_argument_or(ThreadState *ts, Value v, int otherwise, int *out)
{
    *out = otherwise;
    return is_no_value(v) ? STATUS_OK : int_argument(ts, v, out);
}

Status bool_argument_or(ThreadState *ts, Value v, bool otherwise, bool *out)
{
    Truth t = is_no_value(v) ? (otherwise ? TRUTH_TRUE : TRUTH_FALSE) : object_is_true(ts, v);
    *out = t == TRUTH_TRUE;
    return t == TRUTH_ERROR ? STATUS_ERROR : STATUS_OK;
}

static Status descriptor_of(ThreadState *ts, Value v, int *out)
{
    OWNED Ref index = object_index(ts, v);
    int64_t i;
    if (is_error(index)) {
        return STATUS_ERROR;
    }
    if (!int_to_i64(index.v, &i)) {
        i = int_sign(index.v) < 0 ? INT64_MIN : INT64_MAX;
    }
    if (i > INT_MAX) {
        return raise_status(ts, EXC_OverflowError, "fd is greater than maximum");
    }
    if (i < INT_MIN) {
        return raise_status(ts, EXC_OverflowError, "fd is less than minimum");
    }
    *out = (int)i;
    return STATUS_OK;
}

Status dir_fd_argument(ThreadState *ts, Value v, int *out)
{
    *out = AT_FDCWD;
    if (is_no_value(v) || value_is_none(v)) {
        return STATUS_OK;
    }
    if (!value_is_int(v) && type_of(v)->slots.index == NULL) {
        return raise_status(ts, EXC_TypeError, "argument should be integer or None, not %T", v);
    }
    return descriptor_of(ts, v, out);
}

// --- Paths ---------------------------------------------------------------------------------------

Ref file_system_decode(ThreadState *ts, const char *text, size_t size)
{
    return str_decode(ts, (const uint8_t *)text, size, "utf-8", "surrogateescape");
}

Ref path_of_object(ThreadState *ts, Value given)
{
    if (value_is_str(given) || value_is_bytes(given)) {
        return ref_new(given);
    }
    bool unbound;
    OWNED Ref method = type_lookup_special(ts, given, NAME(__fspath__), &unbound);
    if (is_error(method)) {
        return has_exception(ts)
                   ? NO_REF
                   : raise(ts, EXC_TypeError, "expected str, bytes or os.PathLike object, not %T",
                           given);
    }
    OWNED Ref path = unbound ? object_call1(ts, method.v, given) : object_call0(ts, method.v);
    if (!is_error(path) && !value_is_str(path.v) && !value_is_bytes(path.v)) {
        return raise(ts, EXC_TypeError, "expected %T.__fspath__() to return str or bytes, not %T",
                     given, path.v);
    }
    return ref_take(&path);
}

static bool has_null_byte(Value bytes)
{
    return strlen((const char *)bytes_from(bytes)->data) != bytes_from(bytes)->size;
}

Ref file_system_encode(ThreadState *ts, Value given)
{
    OWNED Ref path = path_of_object(ts, given);
    if (is_error(path)) {
        return NO_REF;
    }
    OWNED Ref bytes =
        value_is_str(path.v) ? str_encode(ts, path.v, "utf-8", "surrogateescape") : ref_take(&path);
    if (!is_error(bytes) && has_null_byte(bytes.v)) {
        return raise(ts, EXC_ValueError, "embedded null byte");
    }
    return ref_take(&bytes);
}

void path_release(Path *path)
{
    ref_drop(&path->object);
    ref_drop(&path->bytes);
}

static const char *path_types(unsigned takes)
{
    return takes == (PATH_TAKES_FD | PATH_TAKES_NONE)
               ? "string, bytes, os.PathLike, integer or None"
           : takes == PATH_TAKES_FD   ? "string, bytes, os.PathLike or integer"
           : takes == PATH_TAKES_NONE ? "string, bytes, os.PathLike or None"
                                      : "string, bytes or os.PathLike";
}

static Status wrong_path_type(ThreadState *ts, Value given, const char *function, unsigned takes)
{
    return raise_status(ts, EXC_TypeError, "%s: path should be %s, not %T", function,
                        path_types(takes), given);
}

// The bytes of a bytearray and its like: deprecated, yet taken.
static Ref path_of_buffer(ThreadState *ts, Value given, const char *function, unsigned takes)
{
    if (warn_format(ts, EXC_DeprecationWarning, 1, "%s: path should be %s, not %T", function,
                    path_types(takes), given) == STATUS_ERROR) {
        return NO_REF;
    }
    BufferView view;
    if (buffer_get(ts, given, &view) == STATUS_ERROR) {
        return NO_REF;
    }
    Ref copy = bytes_new(ts, view.data, view.size);
    buffer_release(ts, &view);
    return copy;
}

// What __fspath__ gives; NO_REF without an exception: there is no such method.
static Ref call_fspath(ThreadState *ts, Value given)
{
    bool unbound;
    OWNED Ref method = type_lookup_special(ts, given, NAME(__fspath__), &unbound);
    if (is_error(method)) {
        return NO_REF;
    }
    return path_of_object(ts, given);
}

Status path_get(ThreadState *ts, Value given, const char *function, unsigned takes, Path *path)
{
    path->fd = -1;
    path->text = ".";
    if ((takes & PATH_TAKES_NONE) != 0 && (is_no_value(given) || value_is_none(given))) {
        path->object = REF_NONE;
        return STATUS_OK;
    }
    path->object = ref_new(given);
    if (!value_is_str(given) && !value_is_bytes(given)) {
        bool is_index = value_is_int(given) || type_of(given)->slots.index != NULL;
        if ((takes & PATH_TAKES_FD) != 0 && is_index) {
            path->text = NULL;
            return descriptor_of(ts, given, &path->fd);
        }
        Ref found = call_fspath(ts, given);
        if (is_error(found) && !has_exception(ts) && type_of(given)->slots.buffer != NULL) {
            found = path_of_buffer(ts, given, function, takes);
        }
        if (is_error(found)) {
            return has_exception(ts) ? STATUS_ERROR : wrong_path_type(ts, given, function, takes);
        }
        ref_set(&path->object, found);
    }
    Value name = path->object.v;
    path->is_bytes = value_is_bytes(name);
    path->bytes = path->is_bytes ? ref_new(name) : str_encode(ts, name, "utf-8", "surrogateescape");
    if (is_error(path->bytes)) {
        return STATUS_ERROR;
    }
    if (has_null_byte(path->bytes.v)) {
        return path->is_bytes ? raise_status(ts, EXC_ValueError,
                                             "%s: embedded null character in path", function)
                              : raise_status(ts, EXC_ValueError, "embedded null byte");
    }
    path->text = (const char *)bytes_from(path->bytes.v)->data;
    return STATUS_OK;
}

Ref path_result(ThreadState *ts, const Path *path, const char *name, size_t size)
{
    return path->is_bytes ? bytes_new(ts, name, size) : file_system_decode(ts, name, size);
}

// --- Results -------------------------------------------------------------------------------------

Ref posix_error(ThreadState *ts)
{
    return has_exception(ts) ? NO_REF : raise_os_error(ts, errno, NO_VALUE);
}

Ref path_error(ThreadState *ts, const Path *path)
{
    if (has_exception(ts)) {
        return NO_REF;
    }
    return raise_os_error(ts, errno, value_is_none(path->object.v) ? NO_VALUE : path->object.v);
}

Ref path_error2(ThreadState *ts, const Path *from, const Path *to)
{
    if (has_exception(ts)) {
        return NO_REF;
    }
    int error = errno;
    OWNED Ref text = str_from_z(ts, strerror(error));
    Value args[5] = {small_int(error), text.v, from->object.v, VALUE_NONE, to->object.v};
    return is_error(text) ? NO_REF : raise_args(ts, EXC_OSError, args, 5);
}

Ref posix_done(ThreadState *ts, int result) { return result < 0 ? posix_error(ts) : REF_NONE; }

// --- The module ----------------------------------------------------------------------------------

static Ref posix_fspath(BOUND_PARAMETERS) { return path_of_object(ts, args[0]); }

static const NativeDef functions[] = {
#define ROW(name, signature, doc) NATIVE(#name, posix_##name, signature, doc)
    ROW(fspath, "($module, /, path)", "The path that an object stands for: a str or bytes."),
    // what a file is
    ROW(stat, "($module, /, path, *, dir_fd=None, follow_symlinks=True)",
        "The status of a file: by path or descriptor."),
    ROW(lstat, "($module, /, path, *, dir_fd=None)", "As stat, of a symbolic link itself."),
    ROW(fstat, "($module, /, fd)", "The status of an open file."),
    ROW(statvfs, "($module, /, path)", "The status of the file system that holds a path."),
    ROW(fstatvfs, "($module, fd, /)", "The status of the file system of an open file."),
    ROW(access,
        "($module, /, path, mode, *, dir_fd=None, effective_ids=False, follow_symlinks=True)",
        "May the real user do this with the path?"),
    ROW(chmod, "($module, /, path, mode, *, dir_fd=None, follow_symlinks=True)",
        "Change a file's permissions."),
    ROW(fchmod, "($module, /, fd, mode)", "Change an open file's permissions."),
    ROW(chown, "($module, /, path, uid, gid, *, dir_fd=None, follow_symlinks=True)",
        "Change a file's owner."),
    ROW(fchown, "($module, /, fd, uid, gid)", "Change an open file's owner."),
    ROW(lchown, "($module, /, path, uid, gid)", "Change the owner of a symbolic link itself."),
    ROW(utime, "($module, /, path, times=None, *, ns=None, dir_fd=None, follow_symlinks=True)",
        "Set the times of access and modification: (seconds, seconds), or ns=(nanoseconds, "
        "nanoseconds), or now."),
    // open files
    ROW(open, "($module, /, path, flags, mode=511, *, dir_fd=None)",
        "Open a file; returns its descriptor."),
    ROW(close, "($module, /, fd)", "Close a descriptor."),
    ROW(closerange, "($module, fd_low, fd_high, /)",
        "Close the descriptors of a range, whichever are open."),
    ROW(dup, "($module, fd, /)", "A second descriptor of the same file, not inheritable."),
    ROW(dup2, "($module, /, fd, fd2, inheritable=True)", "Make fd2 a descriptor of fd's file."),
    ROW(read, "($module, fd, length, /)", "Read at most so many bytes."),
    ROW(write, "($module, fd, data, /)", "Write bytes; returns how many were written."),
    ROW(pread, "($module, fd, length, offset, /)",
        "Read from a position, leaving the file's own alone."),
    ROW(pwrite, "($module, fd, buffer, offset, /)",
        "Write at a position, leaving the file's own alone."),
    ROW(lseek, "($module, fd, position, whence, /)", "Change the position; returns it."),
    ROW(pipe, "($module, /)", "A pipe: (read end, write end)."),
    ROW(pipe2, "($module, flags, /)", "A pipe whose ends are opened with flags."),
    ROW(isatty, "($module, fd, /)", "Is it a terminal?"),
    ROW(fsync, "($module, /, fd)", "Wait until what was written is on the disk."),
    ROW(fdatasync, "($module, /, fd)", "As fsync, without what is not needed to read it back."),
    ROW(sync, "($module, /)", "Write everything to the disks."),
    ROW(ftruncate, "($module, fd, length, /)", "Cut or extend an open file."),
    ROW(truncate, "($module, /, path, length)", "Cut or extend a file."),
    ROW(get_inheritable, "($module, fd, /)", "Would a program that is executed inherit it?"),
    ROW(set_inheritable, "($module, fd, inheritable, /)", "Say whether it would."),
    ROW(get_blocking, "($module, fd, /)", "Do reads and writes wait?"),
    ROW(set_blocking, "($module, fd, blocking, /)", "Say whether they do."),
    ROW(ttyname, "($module, fd, /)", "The name of the terminal."),
    ROW(device_encoding, "($module, /, fd)", "The encoding of a terminal, or None."),
    ROW(get_terminal_size, "($module, fd=None, /)", "(columns, lines) of a terminal."),
    // names
    ROW(getcwd, "($module, /)", "The working directory."),
    ROW(getcwdb, "($module, /)", "The working directory as bytes."),
    ROW(chdir, "($module, /, path)", "Change the working directory: a path or a descriptor."),
    ROW(fchdir, "($module, /, fd)", "Change the working directory to an open one."),
    ROW(mkdir, "($module, /, path, mode=511, *, dir_fd=None)", "Make a directory."),
    ROW(rmdir, "($module, /, path, *, dir_fd=None)", "Remove an empty directory."),
    ROW(unlink, "($module, /, path, *, dir_fd=None)", "Remove a file."),
    ROW(remove, "($module, /, path, *, dir_fd=None)", "Remove a file."),
    ROW(rename, "($module, /, src, dst, *, src_dir_fd=None, dst_dir_fd=None)",
        "Give a file another name."),
    ROW(replace, "($module, /, src, dst, *, src_dir_fd=None, dst_dir_fd=None)",
        "Give a file another name, replacing what is there."),
    ROW(link, "($module, /, src, dst, *, src_dir_fd=None, dst_dir_fd=None, follow_symlinks=True)",
        "Give a file a second name."),
    ROW(symlink, "($module, /, src, dst, target_is_directory=False, *, dir_fd=None)",
        "Make a symbolic link."),
    ROW(readlink, "($module, /, path, *, dir_fd=None)", "What a symbolic link points to."),
    ROW(mkfifo, "($module, /, path, mode=438, *, dir_fd=None)", "Make a named pipe."),
    NATIVE("_path_normpath", posix_path_normpath, "($module, /, path)",
           "A path without . and .. and doubled slashes."),
    ROW(listdir, "($module, /, path=None)",
        "The names in a directory, in any order, without . and .."),
    ROW(scandir, "($module, /, path=None)",
        "An iterator of a directory's entries, which know their type."),
    // processes and users
    ROW(getpid, "($module, /)", "This process."),
    ROW(getppid, "($module, /)", "The parent process."),
    ROW(getpgrp, "($module, /)", "The process group."),
    ROW(getpgid, "($module, /, pid)", "The process group of a process."),
    ROW(getsid, "($module, pid, /)", "The session of a process."),
    ROW(getuid, "($module, /)", "The real user."),
    ROW(geteuid, "($module, /)", "The effective user."),
    ROW(getgid, "($module, /)", "The real group."),
    ROW(getegid, "($module, /)", "The effective group."),
    ROW(getgroups, "($module, /)", "The supplementary groups."),
    ROW(getlogin, "($module, /)", "The name of the user of the terminal."),
    ROW(kill, "($module, pid, signal, /)", "Send a signal to a process."),
    ROW(killpg, "($module, pgid, signal, /)", "Send a signal to a process group."),
    ROW(waitpid, "($module, pid, options, /)", "Wait for a child process: (pid, status)."),
    ROW(wait, "($module, /)", "Wait for any child process: (pid, status)."),
    NATIVE("WCOREDUMP", posix_wcoredump, "($module, status, /)", "Did it leave a core?"),
    NATIVE("WIFCONTINUED", posix_wifcontinued, "($module, /, status)", "Was it continued?"),
    NATIVE("WIFSTOPPED", posix_wifstopped, "($module, /, status)", "Was it stopped?"),
    NATIVE("WIFSIGNALED", posix_wifsignaled, "($module, /, status)", "Did a signal end it?"),
    NATIVE("WIFEXITED", posix_wifexited, "($module, /, status)", "Did it exit?"),
    NATIVE("WEXITSTATUS", posix_wexitstatus, "($module, /, status)", "Its exit code."),
    NATIVE("WTERMSIG", posix_wtermsig, "($module, /, status)", "The signal that ended it."),
    NATIVE("WSTOPSIG", posix_wstopsig, "($module, /, status)", "The signal that stopped it."),
    ROW(waitstatus_to_exitcode, "($module, /, status)", "The exit code, or the negative signal."),
    NATIVE("_exit", posix_exit, "($module, /, status)", "End the process at once."),
    ROW(abort, "($module, /)", "End the process with a core."),
    ROW(system, "($module, /, command)", "Run a shell command; returns its wait status."),
    ROW(nice, "($module, increment, /)", "Be more modest about processor time."),
    ROW(umask, "($module, mask, /)",
        "Set the mask for new files' permissions; returns the old one."),
    ROW(putenv, "($module, name, value, /)", "Set an environment variable of the process."),
    ROW(unsetenv, "($module, name, /)", "Remove an environment variable of the process."),
    ROW(strerror, "($module, code, /)", "The message of an error number."),
    ROW(uname, "($module, /)", "What system this is."),
    ROW(times, "($module, /)", "Processor times of this process and its children."),
    ROW(cpu_count, "($module, /)", "How many processors there are."),
    ROW(sched_yield, "($module, /)", "Let other threads run."),
    ROW(sched_getaffinity, "($module, pid, /)", "The processors that a process may use."),
    ROW(getloadavg, "($module, /)",
        "How many processes wanted to run in the last 1, 5 and 15 minutes."),
    ROW(sysconf, "($module, name, /)", "A limit of the system."),
    ROW(urandom, "($module, size, /)", "Random bytes fit for secrets."),
    ROW(getrandom, "($module, /, size, flags=0)", "Random bytes from the system."),
    ROW(register_at_fork, "($module, /, *, before=None, after_in_child=None, after_in_parent=None)",
        "Functions to be called around fork, which there is none of: they are checked and "
        "forgotten."),
#undef ROW
    NATIVE_END,
};

static Status add_environment(ThreadState *ts, Value module)
{
    OWNED Ref variables = dict_new(ts);
    for (char **e = environ; !is_error(variables) && e != NULL && *e != NULL; e++) {
        const char *equals = strchr(*e, '=');
        if (equals == NULL) {
            continue;
        }
        OWNED Ref name = bytes_new(ts, *e, (size_t)(equals - *e));
        OWNED Ref value = bytes_new(ts, equals + 1, strlen(equals + 1));
        OWNED Ref kept = NO_REF;
        if (is_error(name) || is_error(value) ||
            dict_set_default(ts, dict_from(variables.v), name.v, value.v, &kept) == LOOKUP_ERROR) {
            return STATUS_ERROR;
        }
    }
    return is_error(variables) ? STATUS_ERROR : module_add(ts, module, "environ", variables.v);
}

// The functions that take descriptors and dir_fd, in the words that the library's os asks for.
static Status add_have_functions(ThreadState *ts, Value module)
{
    static const char *const names[] = {
        "HAVE_FACCESSAT",  "HAVE_FCHDIR",    "HAVE_FCHMOD",    "HAVE_FCHMODAT", "HAVE_FCHOWN",
        "HAVE_FCHOWNAT",   "HAVE_FDOPENDIR", "HAVE_FSTATAT",   "HAVE_FSTATVFS", "HAVE_FTRUNCATE",
        "HAVE_FUTIMENS",   "HAVE_FUTIMES",   "HAVE_FUTIMESAT", "HAVE_LINKAT",   "HAVE_LCHOWN",
        "HAVE_LSTAT",      "HAVE_LUTIMES",   "HAVE_MKDIRAT",   "HAVE_MKFIFOAT", "HAVE_OPENAT",
        "HAVE_READLINKAT", "HAVE_RENAMEAT",  "HAVE_SYMLINKAT", "HAVE_UNLINKAT", "HAVE_UTIMENSAT",
    };
    OWNED Ref list = list_new(ts, ARRAY_LENGTH(names));
    for (size_t i = 0; i < ARRAY_LENGTH(names) && !is_error(list); i++) {
        OWNED Ref name = str_from_z(ts, names[i]);
        if (is_error(name) || list_append(ts, list_from(list.v), name.v) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    return is_error(list) ? STATUS_ERROR : module_add(ts, module, "_have_functions", list.v);
}

static Status setup(ThreadState *ts, Value module)
{
    if (add_environment(ts, module) == STATUS_ERROR ||
        add_have_functions(ts, module) == STATUS_ERROR ||
        posix_stat_setup(ts, module) == STATUS_ERROR ||
        posix_files_setup(ts, module) == STATUS_ERROR ||
        posix_process_setup(ts, module) == STATUS_ERROR ||
        posix_constants_setup(ts, module) == STATUS_ERROR ||
        module_add(ts, module, "error", type_value(TYPE_OF_EXCEPTION(EXC_OSError))) ==
            STATUS_ERROR) {
        return STATUS_ERROR;
    }
    return module_add_type(ts, module, KIND_DIR_ENTRY);
}

extern const ModuleSpec module_posix;
const ModuleSpec module_posix = {
    "posix", "What the operating system offers by name and number. Scripts import os instead.",
    functions, setup};
