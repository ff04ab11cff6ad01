// One program running a script, with the thread count as its only argument. The best of some runs
// counts. A line "RATE operations seconds" on its standard output gives the rate; without one it is
// whole runs a second.
#include "stress/compare.h"
#include "core/base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

static double seconds_of(struct timeval t) { return (double)t.tv_sec + (double)t.tv_usec / 1e6; }

// Runs it once; false if it failed.
static bool run_once(CompareReport *report, CompareRun *run, unsigned repeat)
{
    const CompareOptions *o = report->options;
    char threads[16], line[1024], last[256] = "";
    snprintf(threads, sizeof threads, "%u", run->threads);
    char *argv[] = {(char *)(uintptr_t)run->program->path, (char *)(uintptr_t)o->subject, threads,
                    NULL};
    Child child;
    uint64_t began = clock_monotonic_ns();
    int error = child_start(&child, argv, NULL);
    if (error) {
        snprintf(run->problem, sizeof run->problem, "cannot start %.400s: %s", run->program->path,
                 strerror(-error));
        return false;
    }
    show_progress(o, "%u of %u: %s, %u thread%s, run %u of %u", (unsigned)(run - report->runs) + 1,
                  report->run_count, run->program->name, run->threads, run->threads == 1 ? "" : "s",
                  repeat + 1, o->repeats);
    double operations = -1, seconds = -1;
    bool right = true;
    while (child_read_line(&child, line, sizeof line, 600)) {
        double a, b;
        if (sscanf(line, "RATE %lf %lf", &a, &b) == 2 && b > 0) {
            operations = a;
            seconds = b;
        }
        right &= strncmp(line, "CHECK bad", 9) != 0;
        snprintf(last, sizeof last, "%.200s", line);
    }
    struct rusage usage;
    int status = child_wait(&child, 5, &usage);
    double wall = (double)(clock_monotonic_ns() - began) / 1e9;
    if (status != 0 || !right) {
        snprintf(run->problem, sizeof run->problem, "%s%s%s",
                 !right                ? "wrong result"
                 : status == -1        ? "it took longer than 10 minutes"
                 : WIFSIGNALED(status) ? strsignal(WTERMSIG(status))
                                       : "it failed",
                 last[0] ? ": " : "", last);
        return false;
    }
    double rate = seconds > 0 ? operations / seconds : 1 / wall;
    if (run->rate < 0 || rate > run->rate) {
        run->rate = rate;
        run->wall_seconds = wall;
        run->cpu_seconds = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
        run->cpu_per_million = operations > 0 ? run->cpu_seconds / operations * 1e6 : -1;
    }
    run->resident_mib = MAX_OF(run->resident_mib, (double)usage.ru_maxrss / 1024);
    return true;
}

void compare_script_run(CompareReport *report, CompareRun *run)
{
    for (unsigned i = 0; i < report->options->repeats && run_once(report, run, i); i++) {
    }
}
