// core/modules/posixsubprocess.c: _posixsubprocess: fork_exec, under the library's subprocess.
//
// 1. Everything the child needs is laid out before the fork: between fork and exec nothing
//    is allocated, locked or asked of a script, for other threads may hold any lock at that moment.
// 2. The child puts its descriptors in place, changes what was asked, and executes
//    the first candidate that works. What fails is written to the error pipe, in the
//    words that subprocess reads.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/modules/posix.h"
#include "core/object/bytes.h"
#include "core/object/container.h"
#include "core/object/int.h"
#include "core/object/module.h"
#include "core/object/str.h"
#include "core/object/tuple.h"

enum { PARAMETERS = 23, KEEP_MAX = 256 };

typedef struct Child {
    char **arguments, **executables, **environment; // environment NULL: as it is
    const char *cwd;
    int p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite, errpipe_read, errpipe_write;
    bool close_fds, restore_signals, new_session;
    int process_group, umask; // -1: as it is
    bool set_gid, set_uid, set_groups;
    gid_t gid;
    uid_t uid;
    gid_t *groups;
    size_t group_count;
    int keep[KEEP_MAX]; // ascending
    size_t keep_count;
} Child;

// --- Before the fork -----------------------------------------------------------------------------

static void free_texts(char **texts)
{
    for (size_t i = 0; texts != NULL && texts[i] != NULL; i++) {
        free(texts[i]);
    }
    free(texts);
}

// A sequence of str, bytes or paths as an array that ends with NULL.
static char **texts_of(ThreadState *ts, Value sequence)
{
    OWNED Ref items = sequence_tuple(ts, sequence);
    if (is_error(items)) {
        return NULL;
    }
    size_t count = tuple_count(items.v);
    char **texts = calloc(count + 1, sizeof *texts);
    for (size_t i = 0; texts != NULL && i < count; i++) {
        Value item = tuple_item(items.v, i);
        OWNED Ref bytes = file_system_encode(ts, item);
        if (is_error(bytes)) {
            free_texts(texts);
            return NULL;
        }
        const Bytes *b = bytes_from(bytes.v);
        texts[i] = strndup((const char *)b->data, b->size);
        if (texts[i] == NULL) {
            free_texts(texts);
            texts = NULL;
        }
    }
    if (texts == NULL) {
        raise_no_memory(ts);
    }
    return texts;
}

static Status number(ThreadState *ts, Value v, int *out)
{
    int64_t n;
    if (index_get(ts, v, &n) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    *out = (int)n;
    return STATUS_OK;
}

static Status keep_descriptors(ThreadState *ts, Value pass, Child *c)
{
    OWNED Ref items = sequence_tuple(ts, pass);
    if (is_error(items)) {
        return STATUS_ERROR;
    }
    int before = -1;
    for (size_t i = 0; i < tuple_count(items.v); i++) {
        int fd;
        if (number(ts, tuple_item(items.v, i), &fd) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
        if (fd <= before) {
            return raise_status(ts, EXC_ValueError, "bad value(s) in fds_to_keep");
        }
        if (c->keep_count == KEEP_MAX) {
            return raise_status(ts, EXC_ValueError, "too many descriptors to keep");
        }
        c->keep[c->keep_count++] = before = fd;
    }
    return STATUS_OK;
}

static Status set_groups(ThreadState *ts, Value list, Child *c)
{
    OWNED Ref items = sequence_tuple(ts, list);
    c->groups = is_error(items) ? NULL : calloc(tuple_count(items.v) + 1, sizeof *c->groups);
    if (c->groups == NULL) {
        return is_error(items) ? STATUS_ERROR : (raise_no_memory(ts), STATUS_ERROR);
    }
    for (c->group_count = 0; c->group_count < tuple_count(items.v); c->group_count++) {
        int id;
        if (number(ts, tuple_item(items.v, c->group_count), &id) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
        c->groups[c->group_count] = (gid_t)id;
    }
    c->set_groups = true;
    return STATUS_OK;
}

static Status gather(ThreadState *ts, const Value *args, Child *c, Ref *cwd)
{
    int *numbers[] = {&c->p2cread, &c->p2cwrite, &c->c2pread,      &c->c2pwrite,
                      &c->errread, &c->errwrite, &c->errpipe_read, &c->errpipe_write};
    for (size_t i = 0; i < ARRAY_LENGTH(numbers); i++) {
        if (number(ts, args[6 + i], numbers[i]) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    Truth flags[3] = {object_is_true(ts, args[2]), object_is_true(ts, args[14]),
                      object_is_true(ts, args[15])};
    int id = 0;
    if (flags[0] == TRUTH_ERROR || flags[1] == TRUTH_ERROR || flags[2] == TRUTH_ERROR ||
        number(ts, args[16], &c->process_group) == STATUS_ERROR ||
        number(ts, args[20], &c->umask) == STATUS_ERROR ||
        keep_descriptors(ts, args[3], c) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    c->close_fds = flags[0] == TRUTH_TRUE;
    c->restore_signals = flags[1] == TRUTH_TRUE;
    c->new_session = flags[2] == TRUTH_TRUE;
    if (!value_is_none(args[17])) {
        if (number(ts, args[17], &id) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
        c->set_gid = true;
        c->gid = (gid_t)id;
    }
    if (!value_is_none(args[18]) && set_groups(ts, args[18], c) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    if (!value_is_none(args[19])) {
        if (number(ts, args[19], &id) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
        c->set_uid = true;
        c->uid = (uid_t)id;
    }
    if (!value_is_none(args[4])) {
        *cwd = file_system_encode(ts, args[4]);
        if (is_error(*cwd)) {
            return STATUS_ERROR;
        }
        c->cwd = (const char *)bytes_from(cwd->v)->data;
    }
    c->arguments = texts_of(ts, args[0]);
    c->executables = c->arguments == NULL ? NULL : texts_of(ts, args[1]);
    if (c->executables == NULL) {
        return STATUS_ERROR;
    }
    if (!value_is_none(args[5])) {
        c->environment = texts_of(ts, args[5]);
        return c->environment == NULL ? STATUS_ERROR : STATUS_OK;
    }
    return STATUS_OK;
}

// --- The child -----------------------------------------------------------------------------------

static void say(int fd, const char *text)
{
    if (write(fd, text, strlen(text)) < 0) {
        return; // nobody is left to tell
    }
}

static NO_RETURN void child_failed(const Child *c, int error, const char *when)
{
    char hex[16];
    size_t at = sizeof hex;
    hex[--at] = 0;
    unsigned rest = (unsigned)error;
    do {
        hex[--at] = "0123456789ABCDEF"[rest & 15];
        rest >>= 4;
    } while (rest != 0);
    say(c->errpipe_write, "OSError:");
    say(c->errpipe_write, hex + at);
    say(c->errpipe_write, ":");
    say(c->errpipe_write, when);
    _exit(255);
}

static bool is_kept(const Child *c, int fd)
{
    for (size_t i = 0; i < c->keep_count; i++) {
        if (c->keep[i] == fd) {
            return true;
        }
    }
    return false;
}

static void close_others(const Child *c)
{
    unsigned from = 3;
    for (size_t i = 0; i < c->keep_count; i++) {
        if ((unsigned)c->keep[i] > from) {
            syscall(SYS_close_range, from, (unsigned)c->keep[i] - 1, 0);
        }
        from = c->keep[i] >= 3 ? (unsigned)c->keep[i] + 1 : from;
    }
    if (syscall(SYS_close_range, from, ~0u, 0) != 0) {
        long most = sysconf(_SC_OPEN_MAX);
        for (int fd = (int)from; fd < (most > 0 ? most : 1024); fd++) {
            if (!is_kept(c, fd)) {
                close(fd);
            }
        }
    }
}

static bool put_in_place(int from, int to)
{
    if (from == to) {
        int flags = fcntl(from, F_GETFD);
        return flags >= 0 && fcntl(from, F_SETFD, flags & ~FD_CLOEXEC) == 0;
    }
    return from < 0 || dup2(from, to) >= 0;
}

static NO_RETURN void run_child(Child *c)
{
    for (size_t i = 0; i < c->keep_count; i++) {
        if (c->keep[i] != c->errpipe_write && !put_in_place(c->keep[i], c->keep[i])) {
            child_failed(c, errno, "noexec");
        }
    }
    int ends[] = {c->p2cwrite, c->c2pread, c->errread, c->errpipe_read};
    for (size_t i = 0; i < ARRAY_LENGTH(ends); i++) {
        if (ends[i] >= 0) {
            close(ends[i]);
        }
    }
    if (c->c2pwrite == 0 && (c->c2pwrite = dup(c->c2pwrite)) < 0) {
        child_failed(c, errno, "noexec");
    }
    while (c->errwrite == 0 || c->errwrite == 1) {
        if ((c->errwrite = dup(c->errwrite)) < 0) {
            child_failed(c, errno, "noexec");
        }
    }
    if (!put_in_place(c->p2cread, 0) || !put_in_place(c->c2pwrite, 1) ||
        !put_in_place(c->errwrite, 2) || (c->cwd != NULL && chdir(c->cwd) != 0)) {
        child_failed(c, errno, "noexec");
    }
    if (c->umask >= 0) {
        umask((mode_t)c->umask);
    }
    if (c->restore_signals) {
        signal(SIGPIPE, SIG_DFL);
        signal(SIGXFSZ, SIG_DFL);
    }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if ((c->new_session && setsid() < 0) ||
        (c->process_group >= 0 && setpgid(0, c->process_group) < 0) ||
        (c->set_groups && syscall(SYS_setgroups, c->group_count, c->groups) != 0) ||
        (c->set_gid && syscall(SYS_setresgid, c->gid, c->gid, -1) != 0) ||
        (c->set_uid && syscall(SYS_setresuid, c->uid, c->uid, -1) != 0)) {
        child_failed(c, errno, "noexec");
    }
    if (c->close_fds) {
        close_others(c);
    }
    int error = ENOENT;
    for (size_t i = 0; c->executables[i] != NULL; i++) {
        if (c->environment != NULL) {
            execve(c->executables[i], c->arguments, c->environment);
        } else {
            execv(c->executables[i], c->arguments);
        }
        error = errno != ENOENT && errno != ENOTDIR && error == ENOENT ? errno : error;
    }
    child_failed(c, error, "");
}

// --- The function --------------------------------------------------------------------------------

static Ref fork_exec(CALL_PARAMETERS)
{
    if (count != PARAMETERS) {
        return raise(ts, EXC_TypeError, "fork_exec() takes exactly %d arguments (%zu given)",
                     PARAMETERS, count);
    }
    if (!value_is_none(args[21])) {
        return raise(ts, EXC_NotImplementedError,
                     "preexec_fn: Adder runs no scripts between fork and exec");
    }
    Child child = {.umask = -1, .process_group = -1};
    OWNED Ref cwd = NO_REF;
    pid_t pid = -1;
    int error = 0;
    if (gather(ts, args, &child, &cwd) == STATUS_OK) {
        sigset_t all, before;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before); // no handler of ours in the child
        pid = fork();
        if (pid == 0) {
            run_child(&child);
        }
        error = errno;
        pthread_sigmask(SIG_SETMASK, &before, NULL);
    }
    free_texts(child.arguments);
    free_texts(child.executables);
    free_texts(child.environment);
    free(child.groups);
    if (has_exception(ts)) {
        return NO_REF;
    }
    return pid < 0 ? raise_os_error(ts, error, NO_VALUE) : REF_OF(small_int(pid));
}

static const NativeDef functions[] = {
    NATIVE_RAW("fork_exec", fork_exec, NULL, "Start a program in a new process."),
    NATIVE_END,
};

extern const ModuleSpec module_posixsubprocess;
const ModuleSpec module_posixsubprocess = {"_posixsubprocess", "Starting programs.", functions,
                                           NULL};
