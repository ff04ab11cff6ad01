// stress/compare.h: the same application or script under several programs, measured side by side.
//
// `adder compare app.py` serves it with every program for every thread count and loads it twice: in
// a closed loop for throughput and cost, then at a fixed rate for latency. `adder compare
// script.py` runs a script without a handler with the thread count as its argument.
//
// Files    compare.c  command line      compare_app.c  servers      compare_script.c  scripts
//          compare_report.c  table and JSON      compare_process.c  starting, pinning, clocks
#ifndef ADDER_STRESS_COMPARE_H
#define ADDER_STRESS_COMPARE_H

#include <jansson.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "core/base/check.h"
#include "stress/loadgen.h"

enum { PROGRAMS_MAX = 8, THREAD_COUNTS_MAX = 16, RUNS_MAX = PROGRAMS_MAX * THREAD_COUNTS_MAX };

typedef struct Program {
    char name[64];
    char path[4096];
} Program;

typedef struct CompareOptions {
    const char *subject; // app.py, module:callable, script.py
    Program programs[PROGRAMS_MAX];
    unsigned program_count;
    unsigned threads[THREAD_COUNTS_MAX];
    unsigned thread_count;
    const char *path, *body, *json_file;
    unsigned connections, pipeline, repeats;
    double seconds, warm_up_seconds, rate_share, rate; // rate: 0 = share of the throughput
    bool as_script, as_app;                            // forced
    bool quiet;
} CompareOptions;

// One program with one thread count. Figures below zero are unknown.
typedef struct CompareRun {
    const Program *program;
    unsigned threads;
    char problem[512]; // not empty: it did not work
    double rate;       // requests or operations a second
    double cpu_per_million, cpu_seconds, wall_seconds;
    double latency_ms[3]; // p50, p99, p99.9 at the fixed rate
    double latency_max_ms;
    double offered_rate;
    double resident_mib;
    double gil_wait_share;
    uint64_t requests, not_2xx, failed_connections, unanswered;
    json_t *statistics; // of the server itself, or NULL
} CompareRun;

typedef struct CompareReport {
    const CompareOptions *options;
    bool script;
    bool pinned; // for every run
    unsigned run_count;
    CompareRun runs[RUNS_MAX];
} CompareReport;

// --- compare_process.c ---------------------------------------------------------------------------

typedef struct Child {
    pid_t pid;
    int out; // the read end of its stdout and stderr
} Child;

// Starts argv[0] with stdout (or stderr) in a pipe; `cpus` may be NULL;
// `environment` adds NAME=VALUE.
int child_start(Child *child, char *const argv[], const cpu_set_t *cpus);
// Reads a line within the time; false at the end or when it does not come.
bool child_read_line(Child *child, char *line, size_t size, double seconds);
// Waits for its end; kills it after the time. Returns the wait status, -1 if killed.
int child_wait(Child *child, double seconds, struct rusage *usage);
// CPU time of a running process in seconds; -1 if unknown.
double process_cpu_seconds(pid_t pid);
double process_resident_mib(pid_t pid);
// Splits the processors between `threads` server threads and one of load;
// false if there are too few.
bool split_processors(unsigned threads, cpu_set_t *server, cpu_set_t *load);

// A line of progress on a terminal's stderr; NULL clears it.
void show_progress(const CompareOptions *options, const char *format, ...) PRINTF_LIKE(2, 3);

// --- the rest ------------------------------------------------------------------------------------

void compare_app_run(CompareReport *report, CompareRun *run);
void compare_script_run(CompareReport *report, CompareRun *run);
void compare_print(const CompareReport *report);
// Returns false if the file cannot be written.
bool compare_write_json(const CompareReport *report, const char *file);
bool load_write_json(const LoadResult *result, const char *file);

#endif
