// One program serving the application.
//
// 1. Start it on a free port with N threads; its first words tell the address.
// 2. Closed loop: requests a second, and the server's CPU time for them.
// 3. Fixed rate, a share of that: latencies.
// 4. SIGTERM; at its end the server writes its statistics, which say how long threads
//    waited for the global lock.
#include "stress/compare.h"

#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct Meter {
    pid_t pid;
    double begin, end; // CPU seconds
} Meter;

static void meter_begin(void *argument)
{
    Meter *meter = argument;
    meter->begin = process_cpu_seconds(meter->pid);
}

static void meter_end(void *argument)
{
    Meter *meter = argument;
    meter->end = process_cpu_seconds(meter->pid);
}

typedef struct Stage {
    const CompareReport *report;
    const CompareRun *run;
    const char *name;
} Stage;

static void on_progress(void *argument, double share)
{
    const Stage *stage = argument;
    show_progress(stage->report->options, "%u of %u: %s, %u thread%s, %s %3.0f %%",
                  (unsigned)(stage->run - stage->report->runs) + 1, stage->report->run_count,
                  stage->run->program->name, stage->run->threads,
                  stage->run->threads == 1 ? "" : "s", stage->name, share * 100);
}

// Finds http://HOST:PORT in a line.
static bool parse_address(const char *line, char *host, size_t size, unsigned *port)
{
    const char *at = strstr(line, "http://");
    if (!at) {
        return false;
    }
    at += 7;
    const char *colon = strchr(*at == '[' ? strchr(at, ']') ? strchr(at, ']') : at : at, ':');
    if (!colon) {
        return false;
    }
    const char *from = *at == '[' ? at + 1 : at;
    const char *to = *at == '[' ? colon - 1 : colon;
    snprintf(host, size, "%.*s", (int)(to - from), from);
    *port = (unsigned)strtoul(colon + 1, NULL, 10);
    return *port > 0;
}

// Waits for the address; what the program says instead goes to run->problem.
static bool wait_for_address(Child *child, CompareRun *run, char *host, size_t size, unsigned *port)
{
    char line[512];
    while (child_read_line(child, line, sizeof line, 30)) {
        if (parse_address(line, host, size, port)) {
            return true;
        }
        if (strlen(run->problem) + strlen(line) + 2 < sizeof run->problem) {
            if (run->problem[0]) {
                strcat(run->problem, "\n");
            }
            strcat(run->problem, line);
        }
    }
    if (!run->problem[0]) {
        snprintf(run->problem, sizeof run->problem, "it did not start to serve");
    }
    return false;
}

static void read_statistics(CompareRun *run, const char *file)
{
    run->statistics = json_load_file(file, 0, NULL);
    double seconds = json_number_value(json_object_get(run->statistics, "seconds"));
    double threads = json_number_value(json_object_get(run->statistics, "thread_count"));
    json_t *waited = json_object_get(run->statistics, "gil_wait_ns");
    if (waited && seconds > 0 && threads > 0) {
        run->gil_wait_share = json_number_value(waited) / 1e9 / (seconds * threads);
    }
}

// The server's output must not fill its pipe while it is loaded.
static pid_t drain_output(Child *child)
{
    pid_t pid = fork();
    if (pid == 0) {
        char text[4096];
        unsigned shown = 0;
        ssize_t n;
        while ((n = read(child->out, text, sizeof text)) > 0) {
            if (shown < 2000) { // what the application complains about, but not all of it
                shown += (unsigned)n;
                ssize_t ignored = write(2, text, (size_t)n);
                (void)ignored;
            }
        }
        _exit(0);
    }
    return pid;
}

static bool load(CompareReport *report, CompareRun *run, const char *host, unsigned port,
                 double rate, Meter *meter, LoadResult *result)
{
    const CompareOptions *o = report->options;
    Stage stage = {report, run, rate > 0 ? "fixed rate" : "closed loop"};
    LoadOptions options = {.host = host,
                           .port = port,
                           .path = o->path,
                           .body = o->body,
                           .connections = o->connections,
                           .pipeline = rate > 0 ? 1 : o->pipeline,
                           .seconds = o->seconds,
                           .warm_up_seconds = o->warm_up_seconds,
                           .rate = rate,
                           .progress = on_progress,
                           .progress_argument = &stage};
    memset(result, 0, sizeof *result);
    result->at_start = meter_begin;
    result->at_end = meter_end;
    result->argument = meter;
    return load_run(&options, result, run->problem, sizeof run->problem) == 0;
}

static void measure(CompareReport *report, CompareRun *run, pid_t pid, const char *host,
                    unsigned port)
{
    const CompareOptions *o = report->options;
    static LoadResult result; // large, for its histogram
    Meter meter = {.pid = pid};
    if (!load(report, run, host, port, 0, &meter, &result)) {
        return;
    }
    if (result.requests == 0) {
        snprintf(run->problem, sizeof run->problem, "it answered no request within %g s",
                 o->seconds);
        return;
    }
    run->requests = result.requests;
    run->not_2xx = result.not_2xx;
    run->failed_connections = result.failed_connections;
    run->rate = (double)result.requests / result.seconds;
    run->cpu_seconds = meter.end - meter.begin;
    run->cpu_per_million = run->cpu_seconds / (double)result.requests * 1e6;
    run->wall_seconds = result.seconds;
    run->resident_mib = process_resident_mib(pid);

    run->offered_rate = o->rate > 0 ? o->rate : run->rate * o->rate_share;
    if (!load(report, run, host, port, run->offered_rate, &meter, &result)) {
        return;
    }
    static const double shares[3] = {0.5, 0.99, 0.999};
    for (unsigned i = 0; i < 3; i++) {
        run->latency_ms[i] = (double)histogram_quantile(&result.latency, shares[i]) / 1e6;
    }
    run->latency_max_ms = (double)result.latency.max_ns / 1e6;
    run->unanswered = result.unanswered;
    run->not_2xx += result.not_2xx;
    run->failed_connections += result.failed_connections;
    run->resident_mib = MAX_OF(run->resident_mib, process_resident_mib(pid));
}

void compare_app_run(CompareReport *report, CompareRun *run)
{
    const CompareOptions *o = report->options;
    cpu_set_t all, server_cpus, load_cpus;
    bool pinned = split_processors(run->threads, &server_cpus, &load_cpus);
    report->pinned &= pinned;
    char threads[16], stats_file[] = "/tmp/adder-compare-XXXXXX";
    int stats_fd = mkstemp(stats_file);
    if (stats_fd >= 0) {
        close(stats_fd);
    }
    snprintf(threads, sizeof threads, "%u", run->threads);
    char *argv[] = {(char *)(uintptr_t)run->program->path,
                    "serve",
                    (char *)(uintptr_t)o->subject,
                    "--bind",
                    "127.0.0.1:0",
                    "--threads",
                    threads,
                    "--stats-file",
                    stats_file,
                    NULL};
    Child child;
    int error = child_start(&child, argv, pinned ? &server_cpus : NULL);
    if (error) {
        snprintf(run->problem, sizeof run->problem, "cannot start %.400s: %s", run->program->path,
                 strerror(-error));
        unlink(stats_file);
        return;
    }
    char host[INET6_ADDRSTRLEN];
    unsigned port;
    if (wait_for_address(&child, run, host, sizeof host, &port)) {
        run->problem[0] = 0;
        pid_t drain = drain_output(&child);
        sched_getaffinity(0, sizeof all, &all);
        if (pinned) {
            sched_setaffinity(0, sizeof load_cpus, &load_cpus);
        }
        measure(report, run, child.pid, host, port);
        sched_setaffinity(0, sizeof all, &all);
        kill(child.pid, SIGTERM);
        int status = child_wait(&child, 40, NULL);
        if (status != 0 && !run->problem[0]) {
            snprintf(run->problem, sizeof run->problem, "it ended with %s %d",
                     status >= 0 && (status & 127) ? "signal" : "code",
                     status >= 0 && (status & 127) ? status & 127 : status >> 8);
        }
        Child drained = {.pid = drain, .out = -1};
        child_wait(&drained, 1, NULL);
        read_statistics(run, stats_file);
    } else {
        kill(child.pid, SIGKILL);
        child_wait(&child, 5, NULL);
    }
    unlink(stats_file);
}
