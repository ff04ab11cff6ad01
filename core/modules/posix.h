// core/modules/posix.h: arguments and results that the files of the module posix share.
//
// A Path holds what a path-like argument stands for: bytes for the system, or a descriptor.
// Declare it as `PATH path = {0};`, so that it is released at the end of its scope.
//
// System calls that may block run between wait_begin and wait_end. One that a signal interrupts is
// repeated after the handlers have run:
//
//   do { DETACHED(n, read(fd, …)); } while (must_repeat(ts, n));
//   if (n < 0) return posix_error(ts);        // errno, unless a handler raised
#ifndef ADDER_CORE_MODULES_POSIX_H
#define ADDER_CORE_MODULES_POSIX_H

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "core/modules/builtins.h"
#include "core/object/module.h"
#include "gil/wait.h"

#define DETACHED(result, call)                                                                     \
    do {                                                                                           \
        wait_begin(ts);                                                                            \
        (result) = (call);                                                                         \
        wait_end(ts);                                                                              \
    } while (0)

static inline bool must_repeat(ThreadState *ts, int64_t result)
{
    return result < 0 && errno == EINTR && safepoint_poll(ts);
}

// --- Arguments (posix.c) -------------------------------------------------------------------------

typedef struct Path {
    Ref object; // what messages show: str, bytes, int or None
    Ref bytes;
    const char *text; // NULL: `fd` was given
    int fd;
    bool is_bytes; // results are bytes as well
} Path;

enum { PATH_TAKES_FD = 1, PATH_TAKES_NONE = 2 }; // None and absence mean "."
Status path_get(ThreadState *ts, Value given, const char *function, unsigned takes, Path *path);
void path_release(Path *path);
#define PATH __attribute__((cleanup(path_release))) Path

// OSError for errno with the path's name; with two names.
Ref path_error(ThreadState *ts, const Path *path);
Ref path_error2(ThreadState *ts, const Path *from, const Path *to);
// OSError for errno alone. If a handler raised, that exception stays.
Ref posix_error(ThreadState *ts);
// None, or the error.
Ref posix_done(ThreadState *ts, int result);
// A name that the system gave, as the argument was: bytes or str.
Ref path_result(ThreadState *ts, const Path *path, const char *name, size_t size);
// A str from the system's bytes; a str or bytes (or a path-like) as the system's bytes.
Ref file_system_decode(ThreadState *ts, const char *text, size_t size);
Ref file_system_encode(ThreadState *ts, Value path);
Ref path_of_object(ThreadState *ts, Value given); // os.fspath

Status int_argument(ThreadState *ts, Value v, int *out);
Status long_argument(ThreadState *ts, Value v, int64_t *out);
// An argument that may be absent.
Status int_argument_or(ThreadState *ts, Value v, int otherwise, int *out);
Status bool_argument_or(ThreadState *ts, Value v, bool otherwise, bool *out);
// dir_fd: None and absence mean the working directory.
Status dir_fd_argument(ThreadState *ts, Value v, int *out);

// --- stat (posix_stat.c) -------------------------------------------------------------------------

Ref stat_result_new(ThreadState *ts, const struct stat *s);
Status posix_stat_setup(ThreadState *ts, Value module);
Status posix_process_setup(ThreadState *ts, Value module);
Status posix_files_setup(ThreadState *ts, Value module);
Status posix_constants_setup(ThreadState *ts, Value module);

// --- The functions, by topic; posix.c has the table ----------------------------------------------

#define POSIX_FUNCTION(name) Ref posix_##name(BOUND_PARAMETERS)
// posix_stat.c
POSIX_FUNCTION(stat);
POSIX_FUNCTION(lstat);
POSIX_FUNCTION(fstat);
POSIX_FUNCTION(statvfs);
POSIX_FUNCTION(fstatvfs);
POSIX_FUNCTION(access);
POSIX_FUNCTION(chmod);
POSIX_FUNCTION(fchmod);
POSIX_FUNCTION(chown);
POSIX_FUNCTION(fchown);
POSIX_FUNCTION(lchown);
POSIX_FUNCTION(utime);
// posix_files.c
POSIX_FUNCTION(open);
POSIX_FUNCTION(close);
POSIX_FUNCTION(closerange);
POSIX_FUNCTION(dup);
POSIX_FUNCTION(dup2);
POSIX_FUNCTION(read);
POSIX_FUNCTION(write);
POSIX_FUNCTION(pread);
POSIX_FUNCTION(pwrite);
POSIX_FUNCTION(lseek);
POSIX_FUNCTION(pipe);
POSIX_FUNCTION(pipe2);
POSIX_FUNCTION(isatty);
POSIX_FUNCTION(fsync);
POSIX_FUNCTION(fdatasync);
POSIX_FUNCTION(sync);
POSIX_FUNCTION(ftruncate);
POSIX_FUNCTION(truncate);
POSIX_FUNCTION(get_inheritable);
POSIX_FUNCTION(set_inheritable);
POSIX_FUNCTION(get_blocking);
POSIX_FUNCTION(set_blocking);
POSIX_FUNCTION(ttyname);
POSIX_FUNCTION(device_encoding);
POSIX_FUNCTION(get_terminal_size);
// posix_names.c
POSIX_FUNCTION(getcwd);
POSIX_FUNCTION(getcwdb);
POSIX_FUNCTION(chdir);
POSIX_FUNCTION(fchdir);
POSIX_FUNCTION(mkdir);
POSIX_FUNCTION(rmdir);
POSIX_FUNCTION(unlink);
POSIX_FUNCTION(remove);
POSIX_FUNCTION(rename);
POSIX_FUNCTION(replace);
POSIX_FUNCTION(link);
POSIX_FUNCTION(symlink);
POSIX_FUNCTION(readlink);
POSIX_FUNCTION(mkfifo);
POSIX_FUNCTION(path_normpath);
// posix_dir.c
POSIX_FUNCTION(listdir);
POSIX_FUNCTION(scandir);
// posix_process.c
POSIX_FUNCTION(getpid);
POSIX_FUNCTION(getppid);
POSIX_FUNCTION(getpgrp);
POSIX_FUNCTION(getpgid);
POSIX_FUNCTION(getsid);
POSIX_FUNCTION(getuid);
POSIX_FUNCTION(geteuid);
POSIX_FUNCTION(getgid);
POSIX_FUNCTION(getegid);
POSIX_FUNCTION(getgroups);
POSIX_FUNCTION(getlogin);
POSIX_FUNCTION(kill);
POSIX_FUNCTION(killpg);
POSIX_FUNCTION(waitpid);
POSIX_FUNCTION(wait);
POSIX_FUNCTION(wcoredump);
POSIX_FUNCTION(wifcontinued);
POSIX_FUNCTION(wifstopped);
POSIX_FUNCTION(wifsignaled);
POSIX_FUNCTION(wifexited);
POSIX_FUNCTION(wexitstatus);
POSIX_FUNCTION(wtermsig);
POSIX_FUNCTION(wstopsig);
POSIX_FUNCTION(waitstatus_to_exitcode);
POSIX_FUNCTION(exit);
POSIX_FUNCTION(abort);
POSIX_FUNCTION(system);
POSIX_FUNCTION(nice);
POSIX_FUNCTION(umask);
POSIX_FUNCTION(putenv);
POSIX_FUNCTION(unsetenv);
POSIX_FUNCTION(strerror);
POSIX_FUNCTION(uname);
POSIX_FUNCTION(times);
POSIX_FUNCTION(cpu_count);
POSIX_FUNCTION(sched_yield);
POSIX_FUNCTION(sched_getaffinity);
POSIX_FUNCTION(getloadavg);
POSIX_FUNCTION(sysconf);
POSIX_FUNCTION(urandom);
POSIX_FUNCTION(getrandom);
POSIX_FUNCTION(register_at_fork);

#endif
