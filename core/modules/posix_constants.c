// core/modules/posix_constants.c: the numbers of the module posix.
#include <linux/limits.h>
#include <sched.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "core/modules/posix.h"

static const struct {
    const char *name;
    int64_t value;
} constants[] = {
#define ROW(name)                                                                                  \
    {                                                                                              \
#name, name                                                                                \
    }
    ROW(F_OK),         ROW(R_OK),           ROW(W_OK),        ROW(X_OK),           ROW(O_RDONLY),
    ROW(O_WRONLY),     ROW(O_RDWR),         ROW(O_ACCMODE),   ROW(O_NDELAY),       ROW(O_NONBLOCK),
    ROW(O_APPEND),     ROW(O_DSYNC),        ROW(O_RSYNC),     ROW(O_SYNC),         ROW(O_FSYNC),
    ROW(O_NOCTTY),     ROW(O_CREAT),        ROW(O_EXCL),      ROW(O_TRUNC),        ROW(O_CLOEXEC),
    ROW(O_LARGEFILE),  ROW(O_ASYNC),        ROW(O_DIRECT),    ROW(O_DIRECTORY),    ROW(O_NOFOLLOW),
    ROW(O_NOATIME),    ROW(O_PATH),         ROW(O_TMPFILE),   ROW(SEEK_DATA),      ROW(SEEK_HOLE),
    ROW(EX_OK),        ROW(EX_USAGE),       ROW(EX_DATAERR),  ROW(EX_NOINPUT),     ROW(EX_NOUSER),
    ROW(EX_NOHOST),    ROW(EX_UNAVAILABLE), ROW(EX_SOFTWARE), ROW(EX_OSERR),       ROW(EX_OSFILE),
    ROW(EX_CANTCREAT), ROW(EX_IOERR),       ROW(EX_TEMPFAIL), ROW(EX_PROTOCOL),    ROW(EX_NOPERM),
    ROW(EX_CONFIG),    ROW(WNOHANG),        ROW(WUNTRACED),   ROW(WCONTINUED),     ROW(WEXITED),
    ROW(WSTOPPED),     ROW(WNOWAIT),        ROW(GRND_RANDOM), ROW(GRND_NONBLOCK),  ROW(SCHED_OTHER),
    ROW(SCHED_FIFO),   ROW(SCHED_RR),       ROW(SCHED_BATCH), ROW(SCHED_IDLE),     ROW(ST_RDONLY),
    ROW(ST_NOSUID),    ROW(ST_NODEV),       ROW(ST_NOEXEC),   ROW(ST_SYNCHRONOUS), ROW(ST_MANDLOCK),
    ROW(ST_WRITE),     ROW(ST_APPEND),      ROW(ST_NOATIME),  ROW(ST_NODIRATIME),  ROW(ST_RELATIME),
    ROW(TMP_MAX),      ROW(NGROUPS_MAX),
#undef ROW
};

Status posix_constants_setup(ThreadState *ts, Value module)
{
    for (size_t i = 0; i < ARRAY_LENGTH(constants); i++) {
        if (module_add_int(ts, module, constants[i].name, constants[i].value) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    return STATUS_OK;
}
