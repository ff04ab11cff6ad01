// core/modules/posix_process.c: processes, users, the environment, the system.
#include <grp.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/times.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/modules/posix.h"
#include "core/modules/signal.h"
#include "core/object/bytes.h"
#include "core/object/dict.h"
#include "core/object/float.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/set.h"
#include "core/object/str.h"
#include "core/object/struct_sequence.h"
#include "core/object/tuple.h"

// --- Who -----------------------------------------------------------------------------------------

Ref posix_getpid(BOUND_PARAMETERS) { return REF_OF(small_int(getpid())); }
Ref posix_getppid(BOUND_PARAMETERS) { return REF_OF(small_int(getppid())); }
Ref posix_getpgrp(BOUND_PARAMETERS) { return REF_OF(small_int(getpgrp())); }
Ref posix_getuid(BOUND_PARAMETERS) { return REF_OF(small_int(getuid())); }
Ref posix_geteuid(BOUND_PARAMETERS) { return REF_OF(small_int(geteuid())); }
Ref posix_getgid(BOUND_PARAMETERS) { return REF_OF(small_int(getgid())); }
Ref posix_getegid(BOUND_PARAMETERS) { return REF_OF(small_int(getegid())); }

static Ref int_or_error(ThreadState *ts, int result)
{
    return result < 0 ? posix_error(ts) : REF_OF(small_int(result));
}

Ref posix_getpgid(BOUND_PARAMETERS)
{
    int pid;
    return int_argument(ts, args[0], &pid) == STATUS_ERROR ? NO_REF
                                                           : int_or_error(ts, getpgid(pid));
}

Ref posix_getsid(BOUND_PARAMETERS)
{
    int pid;
    return int_argument(ts, args[0], &pid) == STATUS_ERROR ? NO_REF : int_or_error(ts, getsid(pid));
}

Ref posix_getgroups(BOUND_PARAMETERS)
{
    gid_t groups[1024];
    int n = getgroups((int)ARRAY_LENGTH(groups), groups);
    if (n < 0) {
        return posix_error(ts);
    }
    OWNED Ref list = list_new(ts, (size_t)n);
    for (int i = 0; i < n && !is_error(list); i++) {
        if (list_append(ts, list_from(list.v), small_int(groups[i])) == STATUS_ERROR) {
            return NO_REF;
        }
    }
    return ref_take(&list);
}

Ref posix_getlogin(BOUND_PARAMETERS)
{
    char name[256];
    int error = getlogin_r(name, sizeof name);
    return error != 0 ? raise_os_error(ts, error, NO_VALUE)
                      : file_system_decode(ts, name, strlen(name));
}

// --- Signals and children ------------------------------------------------------------------------

static Ref send_signal(ThreadState *ts, const Value *args, int (*f)(pid_t, int))
{
    int pid, number;
    if (int_argument(ts, args[0], &pid) == STATUS_ERROR ||
        int_argument(ts, args[1], &number) == STATUS_ERROR) {
        return NO_REF;
    }
    if (f(pid, number) != 0) {
        return posix_error(ts);
    }
    // A signal to this process may have arrived already.
    return safepoint_poll(ts) ? REF_NONE : NO_REF;
}

Ref posix_kill(BOUND_PARAMETERS) { return send_signal(ts, args, kill); }
Ref posix_killpg(BOUND_PARAMETERS) { return send_signal(ts, args, killpg); }

static Ref wait_for(ThreadState *ts, int pid, int options)
{
    int status = 0, result;
    do {
        DETACHED(result, waitpid(pid, &status, options));
    } while (must_repeat(ts, result));
    return result < 0 ? posix_error(ts) : tuple_pack(ts, 2, small_int(result), small_int(status));
}

Ref posix_waitpid(BOUND_PARAMETERS)
{
    int pid, options;
    if (int_argument(ts, args[0], &pid) == STATUS_ERROR ||
        int_argument(ts, args[1], &options) == STATUS_ERROR) {
        return NO_REF;
    }
    return wait_for(ts, pid, options);
}

Ref posix_wait(BOUND_PARAMETERS) { return wait_for(ts, -1, 0); }

#define STATUS_TEST(name, MACRO)                                                                   \
    Ref posix_##name(BOUND_PARAMETERS)                                                             \
    {                                                                                              \
        int status;                                                                                \
        return int_argument(ts, args[0], &status) == STATUS_ERROR                                  \
                   ? NO_REF                                                                        \
                   : REF_OF(bool_value(MACRO(status) != 0));                                       \
    }
#define STATUS_NUMBER(name, MACRO)                                                                 \
    Ref posix_##name(BOUND_PARAMETERS)                                                             \
    {                                                                                              \
        int status;                                                                                \
        return int_argument(ts, args[0], &status) == STATUS_ERROR                                  \
                   ? NO_REF                                                                        \
                   : REF_OF(small_int(MACRO(status)));                                             \
    }
STATUS_TEST(wcoredump, WCOREDUMP)
STATUS_TEST(wifcontinued, WIFCONTINUED)
STATUS_TEST(wifstopped, WIFSTOPPED)
STATUS_TEST(wifsignaled, WIFSIGNALED)
STATUS_TEST(wifexited, WIFEXITED)
STATUS_NUMBER(wexitstatus, WEXITSTATUS)
STATUS_NUMBER(wtermsig, WTERMSIG)
STATUS_NUMBER(wstopsig, WSTOPSIG)

Ref posix_waitstatus_to_exitcode(BOUND_PARAMETERS)
{
    int status;
    if (int_argument(ts, args[0], &status) == STATUS_ERROR) {
        return NO_REF;
    }
    if (WIFEXITED(status)) {
        return REF_OF(small_int(WEXITSTATUS(status)));
    }
    if (WIFSIGNALED(status)) {
        return REF_OF(small_int(-WTERMSIG(status)));
    }
    return WIFSTOPPED(status) ? raise(ts, EXC_ValueError,
                                      "process stopped by delivery of signal %i", WSTOPSIG(status))
                              : raise(ts, EXC_ValueError, "invalid wait status: %i", status);
}

Ref posix_exit(BOUND_PARAMETERS)
{
    int status;
    if (int_argument(ts, args[0], &status) == STATUS_ERROR) {
        return NO_REF;
    }
    _exit(status);
}

Ref posix_abort(BOUND_PARAMETERS) { abort(); }

Ref posix_system(BOUND_PARAMETERS)
{
    OWNED Ref command = file_system_encode(ts, args[0]);
    if (is_error(command)) {
        return NO_REF;
    }
    int status;
    DETACHED(status, system((const char *)bytes_from(command.v)->data));
    return REF_OF(small_int(status));
}

Ref posix_nice(BOUND_PARAMETERS)
{
    int increment;
    if (int_argument(ts, args[0], &increment) == STATUS_ERROR) {
        return NO_REF;
    }
    errno = 0;
    int result = nice(increment);
    return result == -1 && errno != 0 ? posix_error(ts) : REF_OF(small_int(result));
}

Ref posix_umask(BOUND_PARAMETERS)
{
    int mask;
    return int_argument(ts, args[0], &mask) == STATUS_ERROR
               ? NO_REF
               : REF_OF(small_int((int)umask((mode_t)mask)));
}

// There is no fork: nothing would ever call them.
Ref posix_register_at_fork(BOUND_PARAMETERS)
{
    static const char *const names[] = {"before", "after_in_child", "after_in_parent"};
    bool some = false;
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        if (is_no_value(args[i])) {
            continue;
        }
        if (!object_is_callable(args[i])) {
            return raise(ts, EXC_TypeError, "'%s' must be callable, not %T", names[i], args[i]);
        }
        some = true;
    }
    return some ? REF_NONE : raise(ts, EXC_TypeError, "At least one argument is required.");
}

// --- The environment -----------------------------------------------------------------------------

// The C library's environment is one for the process:
// putenv and getenv elsewhere would race otherwise.
static Mutex environment_mutex;

Ref posix_putenv(BOUND_PARAMETERS)
{
    OWNED Ref name = file_system_encode(ts, args[0]);
    OWNED Ref value = is_error(name) ? NO_REF : file_system_encode(ts, args[1]);
    if (is_error(value)) {
        return NO_REF;
    }
    const char *text = (const char *)bytes_from(name.v)->data;
    if (strchr(text, '=') != NULL) {
        return raise(ts, EXC_ValueError, "illegal environment variable name");
    }
    mutex_lock(&environment_mutex);
    int failed = setenv(text, (const char *)bytes_from(value.v)->data, 1), error = errno;
    mutex_unlock(&environment_mutex);
    return failed != 0 ? raise_os_error(ts, error, NO_VALUE) : REF_NONE;
}

Ref posix_unsetenv(BOUND_PARAMETERS)
{
    OWNED Ref name = file_system_encode(ts, args[0]);
    if (is_error(name)) {
        return NO_REF;
    }
    mutex_lock(&environment_mutex);
    int failed = unsetenv((const char *)bytes_from(name.v)->data), error = errno;
    mutex_unlock(&environment_mutex);
    return failed != 0 ? raise_os_error(ts, error, NO_VALUE) : REF_NONE;
}

// --- The system ----------------------------------------------------------------------------------

Ref posix_strerror(BOUND_PARAMETERS)
{
    int code;
    return int_argument(ts, args[0], &code) == STATUS_ERROR ? NO_REF
                                                            : str_from_z(ts, strerror(code));
}

static Ref uname_type, times_type; // made by the first import, kept for the life of the process

Ref posix_uname(BOUND_PARAMETERS)
{
    struct utsname u;
    if (uname(&u) != 0) {
        return posix_error(ts);
    }
    const char *const texts[5] = {u.sysname, u.nodename, u.release, u.version, u.machine};
    Ref values[5];
    for (size_t i = 0; i < 5; i++) {
        values[i] = file_system_decode(ts, texts[i], strlen(texts[i]));
        if (is_error(values[i])) {
            while (i > 0) {
                ref_drop(&values[--i]);
            }
            return NO_REF;
        }
    }
    return struct_sequence_new(ts, type_from(uname_type.v), values, 5);
}

Ref posix_times(BOUND_PARAMETERS)
{
    struct tms t;
    clock_t elapsed = times(&t);
    double per_second = (double)sysconf(_SC_CLK_TCK);
    const clock_t ticks[5] = {t.tms_utime, t.tms_stime, t.tms_cutime, t.tms_cstime, elapsed};
    Ref values[5];
    for (size_t i = 0; i < 5; i++) {
        values[i] = float_from_double(ts, (double)ticks[i] / per_second);
        if (is_error(values[i])) {
            while (i > 0) {
                ref_drop(&values[--i]);
            }
            return NO_REF;
        }
    }
    return struct_sequence_new(ts, type_from(times_type.v), values, 5);
}

Ref posix_cpu_count(BOUND_PARAMETERS)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? REF_NONE : REF_OF(small_int(n));
}

Ref posix_sched_yield(BOUND_PARAMETERS)
{
    wait_begin(ts);
    sched_yield();
    wait_end(ts);
    return REF_NONE;
}

Ref posix_sched_getaffinity(BOUND_PARAMETERS)
{
    int pid;
    cpu_set_t mask;
    if (int_argument(ts, args[0], &pid) == STATUS_ERROR) {
        return NO_REF;
    }
    if (sched_getaffinity(pid, sizeof mask, &mask) != 0) {
        return posix_error(ts);
    }
    OWNED Ref set = set_new(ts, NO_VALUE);
    for (int i = 0; i < CPU_SETSIZE && !is_error(set); i++) {
        if (CPU_ISSET(i, &mask) && set_add(ts, set.v, small_int(i)) == STATUS_ERROR) {
            return NO_REF;
        }
    }
    return ref_take(&set);
}

Ref posix_getloadavg(BOUND_PARAMETERS)
{
    double loads[3];
    if (getloadavg(loads, 3) != 3) {
        return raise(ts, EXC_OSError, "Load averages are unobtainable");
    }
    OWNED Ref a = float_from_double(ts, loads[0]);
    OWNED Ref b = float_from_double(ts, loads[1]);
    OWNED Ref c = float_from_double(ts, loads[2]);
    return is_error(a) || is_error(b) || is_error(c) ? NO_REF : tuple_pack(ts, 3, a.v, b.v, c.v);
}

static const struct {
    const char *name;
    int number;
} sysconf_names[] = {{"SC_ARG_MAX", _SC_ARG_MAX},
                     {"SC_CHILD_MAX", _SC_CHILD_MAX},
                     {"SC_CLK_TCK", _SC_CLK_TCK},
                     {"SC_HOST_NAME_MAX", _SC_HOST_NAME_MAX},
                     {"SC_IOV_MAX", _SC_IOV_MAX},
                     {"SC_NPROCESSORS_CONF", _SC_NPROCESSORS_CONF},
                     {"SC_NPROCESSORS_ONLN", _SC_NPROCESSORS_ONLN},
                     {"SC_OPEN_MAX", _SC_OPEN_MAX},
                     {"SC_PAGESIZE", _SC_PAGESIZE},
                     {"SC_PAGE_SIZE", _SC_PAGESIZE},
                     {"SC_PHYS_PAGES", _SC_PHYS_PAGES},
                     {"SC_AVPHYS_PAGES", _SC_AVPHYS_PAGES},
                     {"SC_SEM_NSEMS_MAX", _SC_SEM_NSEMS_MAX}};

Ref posix_sysconf(BOUND_PARAMETERS)
{
    int number = -1;
    if (!value_is_str(args[0])) {
        if (!value_is_int(args[0])) {
            return raise(ts, EXC_TypeError, "configuration names must be strings or integers");
        }
        if (int_argument(ts, args[0], &number) == STATUS_ERROR) {
            return NO_REF;
        }
    }
    for (size_t i = 0; value_is_str(args[0]) && i < ARRAY_LENGTH(sysconf_names); i++) {
        if (str_equal_z(args[0], sysconf_names[i].name)) {
            number = sysconf_names[i].number;
        }
    }
    if (value_is_str(args[0]) && number < 0) {
        return raise(ts, EXC_ValueError, "unrecognized configuration name");
    }
    errno = 0;
    long result = sysconf(number);
    return result == -1 && errno != 0 ? posix_error(ts) : int_from_i64(ts, result);
}

// --- Randomness ----------------------------------------------------------------------------------

static Ref random_bytes(ThreadState *ts, int64_t size, unsigned flags, bool all)
{
    OWNED Ref bytes = bytes_new(ts, NULL, (size_t)size);
    if (is_error(bytes)) {
        return NO_REF;
    }
    uint8_t *at = bytes_from(bytes.v)->data;
    int64_t done = 0;
    while (done < size) {
        ssize_t n;
        do {
            DETACHED(n, getrandom(at + done, (size_t)(size - done), flags));
        } while (must_repeat(ts, n));
        if (n < 0) {
            return posix_error(ts);
        }
        done += n;
        if (!all) {
            break;
        }
    }
    return done == size ? ref_take(&bytes) : bytes_new(ts, at, (size_t)done);
}

Ref posix_urandom(BOUND_PARAMETERS)
{
    int64_t size;
    if (index_get(ts, args[0], &size) == STATUS_ERROR) {
        return NO_REF;
    }
    return size < 0 ? raise(ts, EXC_ValueError, "negative argument not allowed")
                    : random_bytes(ts, size, 0, true);
}

Ref posix_getrandom(BOUND_PARAMETERS)
{
    int64_t size;
    int flags;
    if (index_get(ts, args[0], &size) == STATUS_ERROR ||
        int_argument_or(ts, args[1], 0, &flags) == STATUS_ERROR) {
        return NO_REF;
    }
    return size < 0 ? raise_os_error(ts, EINVAL, NO_VALUE)
                    : random_bytes(ts, size, (unsigned)flags, false);
}

// --- The module ----------------------------------------------------------------------------------

Status posix_process_setup(ThreadState *ts, Value module)
{
    static const StructSequenceField uname_fields[] = {
        {"sysname", "operating system name"},
        {"nodename", "name of machine on network (implementation-defined)"},
        {"release", "operating system release"},
        {"version", "operating system version"},
        {"machine", "hardware identifier"},
        {"", NULL}};
    static const StructSequenceSpec uname_spec = {"posix.uname_result", "What system this is.",
                                                  uname_fields, 5};
    static const StructSequenceField times_fields[] = {
        {"user", "user time"},
        {"system", "system time"},
        {"children_user", "user time of children"},
        {"children_system", "system time of children"},
        {"elapsed", "elapsed time since an arbitrary point in the past"},
        {"", NULL}};
    static const StructSequenceSpec times_spec = {"posix.times_result", "Processor times.",
                                                  times_fields, 5};
    if (is_error(uname_type)) {
        uname_type = struct_sequence_type_new(ts, &uname_spec);
    }
    if (is_error(times_type)) {
        times_type = struct_sequence_type_new(ts, &times_spec);
    }
    if (is_error(uname_type) || is_error(times_type) ||
        module_add(ts, module, "uname_result", uname_type.v) == STATUS_ERROR ||
        module_add(ts, module, "times_result", times_type.v) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    OWNED Ref names = dict_new(ts);
    for (size_t i = 0; i < ARRAY_LENGTH(sysconf_names) && !is_error(names); i++) {
        if (dict_set_z(ts, dict_from(names.v), sysconf_names[i].name,
                       small_int(sysconf_names[i].number)) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    return is_error(names) ? STATUS_ERROR : module_add(ts, module, "sysconf_names", names.v);
}
