// core/modules/posix_stat.c: what files are, and changing it: status, permissions, owners, times.
#include <math.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "core/modules/posix.h"
#include "core/object/float.h"
#include "core/object/int.h"
#include "core/object/str.h"
#include "core/object/struct_sequence.h"
#include "core/object/tuple.h"

enum { NS = 1000000000 };

static Ref stat_type, statvfs_type; // made by the first import, kept for the life of the process

// --- stat ----------------------------------------------------------------------------------------

static const StructSequenceField stat_fields[] = {
    {"st_mode", "protection bits"},
    {"st_ino", "inode"},
    {"st_dev", "device"},
    {"st_nlink", "number of hard links"},
    {"st_uid", "user ID of owner"},
    {"st_gid", "group ID of owner"},
    {"st_size", "total size, in bytes"},
    {NULL, "integer time of last access"},
    {NULL, "integer time of last modification"},
    {NULL, "integer time of last change"},
    {"st_atime", "time of last access"},
    {"st_mtime", "time of last modification"},
    {"st_ctime", "time of last change"},
    {"st_atime_ns", "time of last access in nanoseconds"},
    {"st_mtime_ns", "time of last modification in nanoseconds"},
    {"st_ctime_ns", "time of last change in nanoseconds"},
    {"st_blksize", "blocksize for filesystem I/O"},
    {"st_blocks", "number of blocks allocated"},
    {"st_rdev", "device type (if inode device)"},
    {"", NULL}};
static const StructSequenceSpec stat_spec = {
    "os.stat_result", "The status of a file: what stat, fstat and lstat return.", stat_fields, 10};

static Ref time_ns(ThreadState *ts, struct timespec t)
{
    int64_t ns;
    if (!__builtin_mul_overflow((int64_t)t.tv_sec, (int64_t)NS, &ns) &&
        !__builtin_add_overflow(ns, t.tv_nsec, &ns)) {
        return int_from_i64(ts, ns);
    }
    OWNED Ref seconds = int_from_i64(ts, t.tv_sec);
    OWNED Ref whole =
        is_error(seconds) ? NO_REF : int_binary(ts, BIN_MUL, seconds.v, small_int(NS));
    return is_error(whole) ? NO_REF : int_binary(ts, BIN_ADD, whole.v, small_int(t.tv_nsec));
}

static Ref time_float(ThreadState *ts, struct timespec t)
{
    return float_from_double(ts, (double)t.tv_sec + 1e-9 * (double)t.tv_nsec);
}

Ref stat_result_new(ThreadState *ts, const struct stat *s)
{
    Ref values[19] = {int_from_u64(ts, s->st_mode),
                      int_from_u64(ts, s->st_ino),
                      int_from_u64(ts, s->st_dev),
                      int_from_u64(ts, s->st_nlink),
                      int_from_u64(ts, s->st_uid),
                      int_from_u64(ts, s->st_gid),
                      int_from_i64(ts, s->st_size),
                      int_from_i64(ts, s->st_atim.tv_sec),
                      int_from_i64(ts, s->st_mtim.tv_sec),
                      int_from_i64(ts, s->st_ctim.tv_sec),
                      time_float(ts, s->st_atim),
                      time_float(ts, s->st_mtim),
                      time_float(ts, s->st_ctim),
                      time_ns(ts, s->st_atim),
                      time_ns(ts, s->st_mtim),
                      time_ns(ts, s->st_ctim),
                      int_from_i64(ts, s->st_blksize),
                      int_from_i64(ts, s->st_blocks),
                      int_from_u64(ts, s->st_rdev)};
    bool failed = false;
    for (size_t i = 0; i < ARRAY_LENGTH(values); i++) {
        failed |= is_error(values[i]);
    }
    if (failed) {
        for (size_t i = 0; i < ARRAY_LENGTH(values); i++) {
            ref_drop(&values[i]);
        }
        return NO_REF;
    }
    return struct_sequence_new(ts, type_from(stat_type.v), values, ARRAY_LENGTH(values));
}

static Ref stat_path(ThreadState *ts, const char *function, Value given, Value dir, bool follow)
{
    PATH path = {0};
    int dir_fd;
    bool only_path = strcmp(function, "lstat") == 0;
    if (path_get(ts, given, function, only_path ? 0 : PATH_TAKES_FD, &path) == STATUS_ERROR ||
        dir_fd_argument(ts, dir, &dir_fd) == STATUS_ERROR) {
        return NO_REF;
    }
    if (path.text == NULL && dir_fd != AT_FDCWD) {
        return raise(ts, EXC_ValueError, "%s: can't specify dir_fd without matching path",
                     function);
    }
    if (path.text == NULL && path.fd > 0 && !follow) {
        return raise(ts, EXC_ValueError, "%s: cannot use fd and follow_symlinks together",
                     function);
    }
    struct stat s;
    int failed;
    DETACHED(failed, path.text == NULL
                         ? fstat(path.fd, &s)
                         : fstatat(dir_fd, path.text, &s, follow ? 0 : AT_SYMLINK_NOFOLLOW));
    return failed != 0 ? path_error(ts, &path) : stat_result_new(ts, &s);
}

Ref posix_stat(BOUND_PARAMETERS)
{
    bool follow;
    return bool_argument_or(ts, args[2], true, &follow) == STATUS_ERROR
               ? NO_REF
               : stat_path(ts, "stat", args[0], args[1], follow);
}

Ref posix_lstat(BOUND_PARAMETERS) { return stat_path(ts, "lstat", args[0], args[1], false); }

Ref posix_fstat(BOUND_PARAMETERS)
{
    int fd, failed;
    struct stat s;
    if (int_argument(ts, args[0], &fd) == STATUS_ERROR) {
        return NO_REF;
    }
    do {
        DETACHED(failed, fstat(fd, &s));
    } while (must_repeat(ts, failed));
    return failed != 0 ? posix_error(ts) : stat_result_new(ts, &s);
}

// --- statvfs -------------------------------------------------------------------------------------

static const StructSequenceField statvfs_fields[] = {
    {"f_bsize", NULL},  {"f_frsize", NULL},  {"f_blocks", NULL}, {"f_bfree", NULL},
    {"f_bavail", NULL}, {"f_files", NULL},   {"f_ffree", NULL},  {"f_favail", NULL},
    {"f_flag", NULL},   {"f_namemax", NULL}, {"f_fsid", NULL},   {"", NULL}};
static const StructSequenceSpec statvfs_spec = {
    "os.statvfs_result", "The status of a file system: what statvfs and fstatvfs return.",
    statvfs_fields, 10};

static Ref statvfs_result(ThreadState *ts, const struct statvfs *s)
{
    const uint64_t numbers[11] = {s->f_bsize,  s->f_frsize,  s->f_blocks, s->f_bfree,
                                  s->f_bavail, s->f_files,   s->f_ffree,  s->f_favail,
                                  s->f_flag,   s->f_namemax, s->f_fsid};
    Ref values[11];
    for (size_t i = 0; i < ARRAY_LENGTH(numbers); i++) {
        values[i] = int_from_u64(ts, numbers[i]);
        if (is_error(values[i])) {
            while (i > 0) {
                ref_drop(&values[--i]);
            }
            return NO_REF;
        }
    }
    return struct_sequence_new(ts, type_from(statvfs_type.v), values, ARRAY_LENGTH(values));
}

Ref posix_statvfs(BOUND_PARAMETERS)
{
    PATH path = {0};
    struct statvfs s;
    int failed;
    if (path_get(ts, args[0], "statvfs", PATH_TAKES_FD, &path) == STATUS_ERROR) {
        return NO_REF;
    }
    DETACHED(failed, path.text == NULL ? fstatvfs(path.fd, &s) : statvfs(path.text, &s));
    return failed != 0 ? path_error(ts, &path) : statvfs_result(ts, &s);
}

Ref posix_fstatvfs(BOUND_PARAMETERS)
{
    int fd, failed;
    struct statvfs s;
    if (int_argument(ts, args[0], &fd) == STATUS_ERROR) {
        return NO_REF;
    }
    DETACHED(failed, fstatvfs(fd, &s));
    return failed != 0 ? posix_error(ts) : statvfs_result(ts, &s);
}

// --- Permissions and owners ----------------------------------------------------------------------

Ref posix_access(BOUND_PARAMETERS)
{
    PATH path = {0};
    int mode, dir_fd, failed;
    bool effective, follow;
    if (path_get(ts, args[0], "access", 0, &path) == STATUS_ERROR ||
        int_argument(ts, args[1], &mode) == STATUS_ERROR ||
        dir_fd_argument(ts, args[2], &dir_fd) == STATUS_ERROR ||
        bool_argument_or(ts, args[3], false, &effective) == STATUS_ERROR ||
        bool_argument_or(ts, args[4], true, &follow) == STATUS_ERROR) {
        return NO_REF;
    }
    int flags = (effective ? AT_EACCESS : 0) | (follow ? 0 : AT_SYMLINK_NOFOLLOW);
    DETACHED(failed, faccessat(dir_fd, path.text, mode, flags));
    return REF_OF(bool_value(failed == 0));
}

Ref posix_chmod(BOUND_PARAMETERS)
{
    PATH path = {0};
    int mode, dir_fd, failed;
    bool follow;
    if (path_get(ts, args[0], "chmod", PATH_TAKES_FD, &path) == STATUS_ERROR ||
        int_argument(ts, args[1], &mode) == STATUS_ERROR ||
        dir_fd_argument(ts, args[2], &dir_fd) == STATUS_ERROR ||
        bool_argument_or(ts, args[3], true, &follow) == STATUS_ERROR) {
        return NO_REF;
    }
    if (!follow) {
        return raise(ts, EXC_NotImplementedError,
                     "chmod: follow_symlinks unavailable on this platform");
    }
    DETACHED(failed, path.text == NULL ? fchmod(path.fd, (mode_t)mode)
                                       : fchmodat(dir_fd, path.text, (mode_t)mode, 0));
    return failed != 0 ? path_error(ts, &path) : REF_NONE;
}

Ref posix_fchmod(BOUND_PARAMETERS)
{
    int fd, mode, failed;
    if (int_argument(ts, args[0], &fd) == STATUS_ERROR ||
        int_argument(ts, args[1], &mode) == STATUS_ERROR) {
        return NO_REF;
    }
    do {
        DETACHED(failed, fchmod(fd, (mode_t)mode));
    } while (must_repeat(ts, failed));
    return posix_done(ts, failed);
}

// A user or group; -1 leaves it as it is.
static Status id_argument(ThreadState *ts, Value v, const char *what, uint32_t *out)
{
    if (!value_is_int(v) && type_of(v)->slots.index == NULL) {
        return raise_status(ts, EXC_TypeError, "%s should be integer, not %T", what, v);
    }
    OWNED Ref index = object_index(ts, v);
    int64_t i;
    if (is_error(index)) {
        return STATUS_ERROR;
    }
    if (!int_to_i64(index.v, &i)) {
        i = int_sign(index.v) < 0 ? INT64_MIN : INT64_MAX;
    }
    if (i < -1 || i > UINT32_MAX) {
        return raise_status(ts, EXC_OverflowError, "%s is %s", what,
                            i < 0 ? "less than minimum" : "greater than maximum");
    }
    *out = (uint32_t)i;
    return STATUS_OK;
}

static Ref change_owner(ThreadState *ts, const char *function, const Value *args, Value dir,
                        bool follow)
{
    PATH path = {0};
    int dir_fd, failed;
    uint32_t uid, gid;
    if (path_get(ts, args[0], function, strcmp(function, "chown") == 0 ? PATH_TAKES_FD : 0,
                 &path) == STATUS_ERROR ||
        id_argument(ts, args[1], "uid", &uid) == STATUS_ERROR ||
        id_argument(ts, args[2], "gid", &gid) == STATUS_ERROR ||
        dir_fd_argument(ts, dir, &dir_fd) == STATUS_ERROR) {
        return NO_REF;
    }
    if (path.text == NULL && (dir_fd != AT_FDCWD || (path.fd > 0 && !follow))) {
        return raise(ts, EXC_ValueError,
                     dir_fd != AT_FDCWD ? "chown: can't specify dir_fd without matching path"
                                        : "chown: cannot use fd and follow_symlinks together");
    }
    DETACHED(failed, path.text == NULL
                         ? fchown(path.fd, uid, gid)
                         : fchownat(dir_fd, path.text, uid, gid, follow ? 0 : AT_SYMLINK_NOFOLLOW));
    return failed != 0 ? path_error(ts, &path) : REF_NONE;
}

Ref posix_chown(BOUND_PARAMETERS)
{
    bool follow;
    return bool_argument_or(ts, args[4], true, &follow) == STATUS_ERROR
               ? NO_REF
               : change_owner(ts, "chown", args, args[3], follow);
}

Ref posix_lchown(BOUND_PARAMETERS) { return change_owner(ts, "lchown", args, NO_VALUE, false); }

Ref posix_fchown(BOUND_PARAMETERS)
{
    int fd, failed;
    uint32_t uid, gid;
    if (int_argument(ts, args[0], &fd) == STATUS_ERROR ||
        id_argument(ts, args[1], "uid", &uid) == STATUS_ERROR ||
        id_argument(ts, args[2], "gid", &gid) == STATUS_ERROR) {
        return NO_REF;
    }
    DETACHED(failed, fchown(fd, uid, gid));
    return posix_done(ts, failed);
}

// --- Times ---------------------------------------------------------------------------------------

// An int or float of seconds, rounded down.
static Status seconds_argument(ThreadState *ts, Value v, struct timespec *t)
{
    if (value_is_float(v)) {
        double d = float_get(v), whole = floor(d);
        if (!(fabs(d) < 9.2e18)) {
            return isnan(d) ? raise_status(ts, EXC_ValueError, "Invalid value NaN (not a number)")
                            : raise_status(ts, EXC_OverflowError,
                                           "timestamp out of range for platform time_t");
        }
        t->tv_sec = (time_t)whole;
        t->tv_nsec = (long)floor((d - whole) * 1e9);
        return STATUS_OK;
    }
    int64_t seconds;
    OWNED Ref index = object_index(ts, v);
    if (is_error(index)) {
        return STATUS_ERROR;
    }
    if (!int_to_i64(index.v, &seconds)) {
        return raise_status(ts, EXC_OverflowError, "timestamp out of range for platform time_t");
    }
    *t = (struct timespec){.tv_sec = seconds};
    return STATUS_OK;
}

static Status nanoseconds_argument(ThreadState *ts, Value v, struct timespec *t)
{
    OWNED Ref index = object_index(ts, v);
    OWNED Ref rest = NO_REF;
    OWNED Ref whole = is_error(index) ? NO_REF : int_divmod(ts, index.v, small_int(NS), &rest);
    int64_t seconds, nanoseconds;
    if (is_error(whole)) {
        return STATUS_ERROR;
    }
    if (!int_to_i64(whole.v, &seconds) || !int_to_i64(rest.v, &nanoseconds)) {
        return raise_status(ts, EXC_OverflowError, "timestamp out of range for platform time_t");
    }
    *t = (struct timespec){.tv_sec = seconds, .tv_nsec = (long)nanoseconds};
    return STATUS_OK;
}

static Status times_argument(ThreadState *ts, Value times, Value ns, struct timespec out[2])
{
    bool has_times = !is_no_value(times) && !value_is_none(times), has_ns = !is_no_value(ns);
    if (has_times && has_ns) {
        return raise_status(ts, EXC_ValueError,
                            "utime: you may specify either 'times' or 'ns' but not both");
    }
    Value pair = has_times ? times : ns;
    if (!has_times && !has_ns) {
        out[0].tv_nsec = out[1].tv_nsec = UTIME_NOW;
        return STATUS_OK;
    }
    if (!value_is_tuple(pair) || tuple_count(pair) != 2) {
        return raise_status(ts, EXC_TypeError,
                            has_times ? "utime: 'times' must be either a tuple of two ints or None"
                                      : "utime: 'ns' must be a tuple of two ints");
    }
    for (size_t i = 0; i < 2; i++) {
        Value item = tuple_item(pair, i);
        if ((has_times ? seconds_argument(ts, item, &out[i])
                       : nanoseconds_argument(ts, item, &out[i])) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    return STATUS_OK;
}

Ref posix_utime(BOUND_PARAMETERS)
{
    PATH path = {0};
    int dir_fd, failed;
    bool follow;
    struct timespec times[2] = {{0, 0}, {0, 0}};
    if (path_get(ts, args[0], "utime", PATH_TAKES_FD, &path) == STATUS_ERROR ||
        times_argument(ts, args[1], args[2], times) == STATUS_ERROR ||
        dir_fd_argument(ts, args[3], &dir_fd) == STATUS_ERROR ||
        bool_argument_or(ts, args[4], true, &follow) == STATUS_ERROR) {
        return NO_REF;
    }
    if (path.text == NULL && (dir_fd != AT_FDCWD || (path.fd > 0 && !follow))) {
        return raise(ts, EXC_ValueError,
                     dir_fd != AT_FDCWD ? "utime: can't specify dir_fd without matching path"
                                        : "utime: cannot use fd and follow_symlinks together");
    }
    DETACHED(failed, path.text == NULL
                         ? futimens(path.fd, times)
                         : utimensat(dir_fd, path.text, times, follow ? 0 : AT_SYMLINK_NOFOLLOW));
    return failed != 0 ? path_error(ts, &path) : REF_NONE;
}

// --- The module ----------------------------------------------------------------------------------

static Status add_sequence_type(ThreadState *ts, Value module, Ref *type,
                                const StructSequenceSpec *spec, const char *name)
{
    if (is_error(*type)) {
        *type = struct_sequence_type_new(ts, spec);
    }
    return is_error(*type) ? STATUS_ERROR : module_add(ts, module, name, type->v);
}

Status posix_stat_setup(ThreadState *ts, Value module)
{
    return add_sequence_type(ts, module, &stat_type, &stat_spec, "stat_result") == STATUS_ERROR
               ? STATUS_ERROR
               : add_sequence_type(ts, module, &statvfs_type, &statvfs_spec, "statvfs_result");
}
