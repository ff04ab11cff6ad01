#include "stress/compare.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

// The run of the same program with the fewest threads (the base of its speed-up), if that worked.
static const CompareRun *base_of(const CompareReport *report, const CompareRun *run)
{
    const CompareRun *base = NULL;
    for (unsigned i = 0; i < report->run_count; i++) {
        const CompareRun *r = &report->runs[i];
        if (r->program == run->program && r->threads == 1 && r->rate > 0) {
            base = r;
        }
    }
    return base;
}

// The first program's run with as many threads.
static const CompareRun *rival_of(const CompareReport *report, const CompareRun *run)
{
    for (unsigned i = 0; i < report->run_count; i++) {
        const CompareRun *r = &report->runs[i];
        if (r->program == &report->options->programs[0] && r->threads == run->threads &&
            r->rate > 0) {
            return r != run && run->program != r->program ? r : NULL;
        }
    }
    return NULL;
}

static double speed_up(const CompareReport *report, const CompareRun *run)
{
    const CompareRun *base = base_of(report, run);
    return base && run->rate > 0 ? run->rate / base->rate : -1;
}

static double ratio(const CompareReport *report, const CompareRun *run)
{
    const CompareRun *rival = rival_of(report, run);
    return rival && run->rate > 0 ? run->rate / rival->rate : -1;
}

static void print_cell(int width, const char *format, double value)
{
    char text[32];
    if (value < 0) {
        snprintf(text, sizeof text, "-");
    } else {
        // The formats are our own, each with one %f or %g.
        snprintf(text, sizeof text, format, value);
    }
    printf(" %*s", width, text);
}

static const char *magnitude(double *value)
{
    if (*value >= 1e7) {
        *value /= 1e6;
        return "%.1fM";
    }
    return *value >= 100 ? "%.0f" : "%.2f";
}

static void print_head(const CompareReport *report)
{
    const CompareOptions *o = report->options;
    char ratio_name[24];
    if (o->program_count == 2) {
        snprintf(ratio_name, sizeof ratio_name, "%.9s/%.9s", o->programs[1].name,
                 o->programs[0].name);
    } else {
        snprintf(ratio_name, sizeof ratio_name, "/%.15s", o->programs[0].name);
    }
    if (report->script) {
        printf("%-10s %7s %12s %9s %9s %9s %13s %8s\n", "program", "threads", "operations/s",
               "wall s", "CPU s", "speed-up", ratio_name, "RSS MiB");
    } else {
        printf("%-10s %7s %10s %8s %8s %8s %8s %9s %13s %9s %8s\n", "program", "threads",
               "requests/s", "CPU s/M", "p50 ms", "p99 ms", "p99.9 ms", "speed-up", ratio_name,
               "GIL wait", "RSS MiB");
    }
}

static void print_run(const CompareReport *report, const CompareRun *run)
{
    printf("%-10s %7u", run->program->name, run->threads);
    if (run->rate < 0) {
        printf("  no result\n");
        return;
    }
    double rate = run->rate;
    const char *format = magnitude(&rate);
    print_cell(report->script ? 12 : 10, format, rate);
    if (report->script) {
        print_cell(9, "%.3f", run->wall_seconds);
        print_cell(9, "%.3f", run->cpu_seconds);
    } else {
        print_cell(8, "%.2f", run->cpu_per_million);
        for (unsigned i = 0; i < 3; i++) {
            print_cell(8, "%.3f", run->latency_ms[i]);
        }
    }
    print_cell(9, "%.2f", speed_up(report, run));
    print_cell(13, "%.2f", ratio(report, run));
    if (!report->script) {
        print_cell(9, "%.1f %%", run->gil_wait_share < 0 ? -1 : run->gil_wait_share * 100);
    }
    print_cell(8, "%.1f", run->resident_mib);
    printf("\n");
}

void compare_print(const CompareReport *report)
{
    const CompareOptions *o = report->options;
    print_head(report);
    for (unsigned t = 0; t < o->thread_count; t++) {
        for (unsigned i = 0; i < report->run_count; i++) {
            if (report->runs[i].threads == o->threads[t]) {
                print_run(report, &report->runs[i]);
            }
        }
    }
    for (unsigned i = 0; i < report->run_count; i++) {
        const CompareRun *r = &report->runs[i];
        if (r->problem[0]) {
            printf("%s, %u thread%s:%s%s\n", r->program->name, r->threads,
                   r->threads == 1 ? "" : "s", strchr(r->problem, '\n') != NULL ? "\n" : " ",
                   r->problem);
        }
        // A few are always under way when the time is up.
        if (r->not_2xx || r->failed_connections || r->unanswered > o->connections) {
            printf("%s, %u thread%s: %ju answers other than 2xx, %ju connections broken, %ju "
                   "requests unanswered\n",
                   r->program->name, r->threads, r->threads == 1 ? "" : "s", (uintmax_t)r->not_2xx,
                   (uintmax_t)r->failed_connections, (uintmax_t)r->unanswered);
        }
    }
    if (!report->script) {
        char rate[64];
        if (o->rate > 0) {
            snprintf(rate, sizeof rate, "%g requests a second", o->rate);
        } else {
            snprintf(rate, sizeof rate, "%.0f %% of the throughput", o->rate_share * 100);
        }
        printf("%u connections%s; latencies at %s, counted from when a request was due%s\n",
               o->connections, o->pipeline > 1 ? ", pipelined" : "", rate,
               report->pinned ? "; server and load on processors of their own"
                              : "; server and load share processors where there are too few");
    }
}

static void set_number(json_t *object, const char *name, double value)
{
    json_object_set_new(object, name, value < 0 ? json_null() : json_real(value));
}

static json_t *run_as_json(const CompareReport *report, const CompareRun *run)
{
    json_t *object = json_object();
    json_object_set_new(object, "program", json_string(run->program->name));
    json_object_set_new(object, "threads", json_integer(run->threads));
    set_number(object, report->script ? "operations_per_second" : "requests_per_second", run->rate);
    set_number(object, "cpu_seconds_per_million", run->cpu_per_million);
    set_number(object, "cpu_seconds", run->cpu_seconds);
    set_number(object, "wall_seconds", run->wall_seconds);
    if (!report->script) {
        set_number(object, "offered_rate", run->offered_rate);
        set_number(object, "p50_ms", run->latency_ms[0]);
        set_number(object, "p99_ms", run->latency_ms[1]);
        set_number(object, "p99_9_ms", run->latency_ms[2]);
        set_number(object, "max_ms", run->latency_max_ms);
        set_number(object, "gil_wait_share", run->gil_wait_share);
        json_object_set_new(object, "requests", json_integer((json_int_t)run->requests));
        json_object_set_new(object, "not_2xx", json_integer((json_int_t)run->not_2xx));
        json_object_set_new(object, "failed_connections",
                            json_integer((json_int_t)run->failed_connections));
        json_object_set_new(object, "unanswered", json_integer((json_int_t)run->unanswered));
    }
    set_number(object, "speed_up", speed_up(report, run));
    set_number(object, "ratio", ratio(report, run));
    set_number(object, "resident_mib", run->resident_mib);
    if (run->problem[0]) {
        json_object_set_new(object, "problem", json_string(run->problem));
    }
    if (run->statistics) {
        json_object_set(object, "server", run->statistics);
    }
    return object;
}

static bool write_json(json_t *object, const char *file)
{
    bool is_stdout = strcmp(file, "-") == 0;
    int failed = is_stdout ? json_dumpf(object, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(9))
                           : json_dump_file(object, file, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
    if (!failed && is_stdout) {
        printf("\n");
    }
    json_decref(object);
    return failed == 0;
}

bool load_write_json(const LoadResult *result, const char *file)
{
    const Histogram *h = &result->latency;
    json_t *object = json_object();
    json_object_set_new(object, "requests", json_integer((json_int_t)result->requests));
    json_object_set_new(object, "seconds", json_real(result->seconds));
    json_object_set_new(object, "bytes", json_integer((json_int_t)result->bytes));
    json_object_set_new(object, "not_2xx", json_integer((json_int_t)result->not_2xx));
    json_object_set_new(object, "failed_connections",
                        json_integer((json_int_t)result->failed_connections));
    json_object_set_new(object, "unanswered", json_integer((json_int_t)result->unanswered));
    set_number(object, "p50_ms", (double)histogram_quantile(h, .5) / 1e6);
    set_number(object, "p99_ms", (double)histogram_quantile(h, .99) / 1e6);
    set_number(object, "p99_9_ms", (double)histogram_quantile(h, .999) / 1e6);
    set_number(object, "max_ms", (double)h->max_ns / 1e6);
    return write_json(object, file);
}

bool compare_write_json(const CompareReport *report, const char *file)
{
    const CompareOptions *o = report->options;
    struct utsname name;
    uname(&name);
    json_t *object = json_object(), *runs = json_array();
    json_object_set_new(object, "subject", json_string(o->subject));
    json_object_set_new(object, "kind", json_string(report->script ? "script" : "application"));
    json_object_set_new(object, "kernel", json_string(name.release));
    json_object_set_new(object, "processors", json_integer(sysconf(_SC_NPROCESSORS_ONLN)));
    if (!report->script) {
        json_object_set_new(object, "path", json_string(o->path));
        json_object_set_new(object, "connections", json_integer(o->connections));
        json_object_set_new(object, "pipeline", json_integer(o->pipeline));
        json_object_set_new(object, "seconds", json_real(o->seconds));
        json_object_set_new(object, "pinned", json_boolean(report->pinned));
    }
    for (unsigned i = 0; i < report->run_count; i++) {
        json_array_append_new(runs, run_as_json(report, &report->runs[i]));
    }
    json_object_set_new(object, "runs", runs);
    return write_json(object, file);
}
