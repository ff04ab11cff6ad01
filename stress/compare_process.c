#include "stress/compare.h"
#include "core/base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int child_start(Child *child, char *const argv[], const cpu_set_t *cpus)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0) {
        return -errno;
    }
    child->pid = fork();
    if (child->pid < 0) {
        int error = -errno;
        close(ends[0]);
        close(ends[1]);
        return error;
    }
    if (child->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); // nothing stays behind when we are killed
        if (cpus) {
            sched_setaffinity(0, sizeof *cpus, cpus);
        }
        dup2(ends[1], 1);
        dup2(ends[1], 2);
        execv(argv[0], argv);
        dprintf(2, "cannot run %s: %s\n", argv[0], strerror(errno));
        _exit(127);
    }
    close(ends[1]);
    child->out = ends[0];
    return 0;
}

bool child_read_line(Child *child, char *line, size_t size, double seconds)
{
    uint64_t end = clock_monotonic_ns() + (uint64_t)(seconds * 1e9);
    size_t at = 0;
    while (at + 1 < size) {
        uint64_t now = clock_monotonic_ns();
        struct pollfd fd = {.fd = child->out, .events = POLLIN};
        if (now >= end || poll(&fd, 1, (int)((end - now) / 1000000 + 1)) <= 0) {
            break;
        }
        if (read(child->out, line + at, 1) != 1) {
            break;
        }
        if (line[at] == '\n') {
            line[at] = 0;
            return true;
        }
        at++;
    }
    line[at] = 0;
    return at > 0;
}

int child_wait(Child *child, double seconds, struct rusage *usage)
{
    uint64_t end = clock_monotonic_ns() + (uint64_t)(seconds * 1e9);
    int status = -1;
    bool killed = false;
    struct rusage ignored;
    while (wait4(child->pid, &status, killed ? 0 : WNOHANG, usage ? usage : &ignored) == 0) {
        if (clock_monotonic_ns() >= end) {
            kill(child->pid, SIGKILL);
            killed = true;
        } else {
            nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
        }
    }
    close(child->out);
    return killed ? -1 : status;
}

double process_cpu_seconds(pid_t pid)
{
    clockid_t clock;
    struct timespec time;
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &time) != 0) {
        return -1;
    }
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

double process_resident_mib(pid_t pid)
{
    char path[64];
    long pages = -1, ignored;
    snprintf(path, sizeof path, "/proc/%d/statm", (int)pid);
    FILE *file = fopen(path, "re");
    if (file) {
        if (fscanf(file, "%ld %ld", &ignored, &pages) != 2) {
            pages = -1;
        }
        fclose(file);
    }
    return pages < 0 ? -1 : (double)pages * (double)sysconf(_SC_PAGESIZE) / 1048576;
}

bool split_processors(unsigned threads, cpu_set_t *server, cpu_set_t *load)
{
    cpu_set_t all;
    CPU_ZERO(server);
    CPU_ZERO(load);
    if (sched_getaffinity(0, sizeof all, &all) < 0 || (unsigned)CPU_COUNT(&all) < threads + 1) {
        return false;
    }
    unsigned given = 0;
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (CPU_ISSET(cpu, &all)) {
            CPU_SET(cpu, given < threads ? server : load);
            given++;
        }
    }
    return true;
}

void show_progress(const CompareOptions *options, const char *format, ...)
{
    if (options->quiet || !isatty(2)) {
        return;
    }
    if (!format) {
        fprintf(stderr, "\r\033[K");
        return;
    }
    char line[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    fprintf(stderr, "\r%s\033[K", line);
}
