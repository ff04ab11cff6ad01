#include "stress/compare.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage_text[] =
    "usage: adder compare APP [options]       serve APP (app.py, package.module:callable) and load "
    "it\n"
    "       adder compare SCRIPT [options]    run a script without handle(); it gets the thread "
    "count\n"
    "       adder compare load URL [options]  only load a server that runs already\n"
    "\noptions:\n"
    "  --threads LIST        thread counts (1,2,4)\n"
    "  --seconds N           of each phase of load (5)\n"
    "  --path /X             what to ask for (/)\n"
    "  --body TEXT           send this with POST\n"
    "  --connections N       keep-alive connections (64)\n"
    "  --pipeline N          requests in flight on each, closed loop (1)\n"
    "  --rate N              requests a second of the latency phase (60 % of the throughput)\n"
    "  --repeats N           runs of a script, of which the best counts (3)\n"
    "  --json FILE           write the figures as JSON; - is standard output\n"
    "  --program NAME=PATH   compare this instead of adder and addert; may be repeated\n"
    "  --script, --app       say what it is, where the text does not tell\n"
    "  --quiet               no progress on a terminal\n"
    "\nA script may print a line \"RATE operations seconds\" to say what it did in which time.\n";

NO_RETURN static void usage_error(const char *format, const char *word)
{
    fprintf(stderr, "adder compare: ");
    fprintf(stderr, format, word);
    fprintf(stderr, " (see --help)\n");
    exit(2);
}

static double parse_positive(const char *option, const char *text, double most)
{
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end || !(value > 0) || value > most) {
        usage_error("option %s needs a positive number", option);
    }
    return value;
}

static void parse_threads(CompareOptions *options, const char *text)
{
    options->thread_count = 0;
    while (*text) {
        char *end;
        unsigned long n = strtoul(text, &end, 10);
        if (end == text || n < 1 || n > 1024 || options->thread_count == THREAD_COUNTS_MAX ||
            (*end && *end != ',')) {
            usage_error("'%s' is no list of thread counts", text);
        }
        options->threads[options->thread_count++] = (unsigned)n;
        text = *end ? end + 1 : end;
    }
    if (options->thread_count == 0) {
        usage_error("--threads needs a list%s", "");
    }
}

static void add_program(CompareOptions *options, const char *text)
{
    const char *equals = strchr(text, '=');
    if (!equals || equals == text || options->program_count == PROGRAMS_MAX) {
        usage_error("'%s' is not NAME=PATH", text);
    }
    Program *p = &options->programs[options->program_count++];
    snprintf(p->name, sizeof p->name, "%.*s", (int)(equals - text), text);
    snprintf(p->path, sizeof p->path, "%s", equals + 1);
}

static void add_our_programs(CompareOptions *options)
{
    char self[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    self[n > 0 ? n : 0] = 0;
    const char *folder = dirname(self);
    static const char *const names[] = {"adder", "addert"};
    for (unsigned i = 0; i < 2; i++) {
        Program *p = &options->programs[options->program_count++];
        snprintf(p->name, sizeof p->name, "%s", names[i]);
        snprintf(p->path, sizeof p->path, "%s/%s", folder, names[i]);
    }
}

static void parse_options(CompareOptions *o, int argc, char **argv)
{
    *o = (CompareOptions){.path = "/",
                          .connections = 64,
                          .pipeline = 1,
                          .repeats = 3,
                          .seconds = 5,
                          .rate_share = 0.6,
                          .warm_up_seconds = -1,
                          .threads = {1, 2, 4},
                          .thread_count = 3};
    for (int i = 1; i < argc; i++) {
        const char *word = argv[i];
        if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
            fputs(usage_text, stdout);
            exit(0);
        }
        if (strcmp(word, "--script") == 0) {
            o->as_script = true;
        } else if (strcmp(word, "--app") == 0) {
            o->as_app = true;
        } else if (strcmp(word, "--quiet") == 0) {
            o->quiet = true;
        } else if (word[0] != '-') {
            if (o->subject) {
                usage_error("unexpected word '%s'", word);
            }
            o->subject = word;
        } else {
            static const char *const known[] = {
                "--threads", "--seconds", "--path", "--body",    "--connections", "--pipeline",
                "--rate",    "--repeats", "--json", "--program", "--warm-up"};
            unsigned k = 0;
            while (k < ARRAY_LENGTH(known) && strcmp(word, known[k]) != 0) {
                k++;
            }
            if (k == ARRAY_LENGTH(known)) {
                usage_error("unknown option '%s'", word);
            }
            if (++i >= argc) {
                usage_error("option %s needs a value", word);
            }
            const char *value = argv[i];
            switch (k) {
            case 0:
                parse_threads(o, value);
                break;
            case 1:
                o->seconds = parse_positive(word, value, 86400);
                break;
            case 2:
                o->path = value;
                break;
            case 3:
                o->body = value;
                break;
            case 4:
                o->connections = (unsigned)parse_positive(word, value, 100000);
                break;
            case 5:
                o->pipeline = (unsigned)parse_positive(word, value, 64);
                break;
            case 6:
                o->rate = parse_positive(word, value, 1e8);
                break;
            case 7:
                o->repeats = (unsigned)parse_positive(word, value, 1000);
                break;
            case 8:
                o->json_file = value;
                break;
            case 9:
                add_program(o, value);
                break;
            default:
                o->warm_up_seconds = parse_positive(word, value, 3600);
                break;
            }
        }
    }
    if (!o->subject) {
        usage_error("which application or script?%s", "");
    }
    if (o->path[0] != '/') {
        usage_error("'%s' is not a path that begins with /", o->path);
    }
    if (o->warm_up_seconds < 0) {
        o->warm_up_seconds = MIN_OF(1.0, o->seconds / 5);
    }
    if (o->program_count == 0) {
        add_our_programs(o);
    }
}

// A file is an application if it defines `handle`, and so is everything that is no file.
static bool is_script(const CompareOptions *options)
{
    if (options->as_script || options->as_app) {
        return options->as_script;
    }
    FILE *file = fopen(options->subject, "re");
    if (!file) {
        if (strchr(options->subject, ':') || !strstr(options->subject, ".py")) {
            return false;
        }
        fprintf(stderr, "adder compare: cannot read %s: %s\n", options->subject, strerror(errno));
        exit(1);
    }
    bool handles = false;
    char line[4096];
    while (fgets(line, sizeof line, file)) {
        handles |= strncmp(line, "def handle(", 11) == 0 || strncmp(line, "handle =", 8) == 0 ||
                   strncmp(line, "handle=", 7) == 0 ||
                   (strstr(line, "import") && strstr(line, "handle"));
    }
    fclose(file);
    return !handles;
}

// --- load only -----------------------------------------------------------------------------------

static void print_load(const CompareOptions *o, const LoadResult *result)
{
    const Histogram *h = &result->latency;
    printf("%ju requests in %.2f s: %.0f a second; %.1f MiB\n", (uintmax_t)result->requests,
           result->seconds, (double)result->requests / result->seconds,
           (double)result->bytes / 1048576);
    printf("latency ms: mean %.3f  p50 %.3f  p90 %.3f  p99 %.3f  p99.9 %.3f  max %.3f\n",
           h->count ? (double)h->sum_ns / (double)h->count / 1e6 : 0,
           (double)histogram_quantile(h, .5) / 1e6, (double)histogram_quantile(h, .9) / 1e6,
           (double)histogram_quantile(h, .99) / 1e6, (double)histogram_quantile(h, .999) / 1e6,
           (double)h->max_ns / 1e6);
    printf("not 2xx %ju, broken connections %ju, unanswered %ju\n", (uintmax_t)result->not_2xx,
           (uintmax_t)result->failed_connections, (uintmax_t)result->unanswered);
}

// http://HOST:PORT/PATH
static int load_only(int argc, char **argv)
{
    CompareOptions o;
    parse_options(&o, argc, argv);
    char host[128], path[2048] = "/";
    unsigned port = 80;
    if (sscanf(o.subject, "http://[%127[0-9a-fA-F:.]]:%u%2047s", host, &port, path) < 2 &&
        sscanf(o.subject, "http://%127[0-9.]:%u%2047s", host, &port, path) < 2) {
        usage_error("'%s' is not http://ADDRESS:PORT/PATH", o.subject);
    }
    static LoadResult result;
    char message[512];
    LoadOptions load = {.host = host,
                        .port = port,
                        .path = strcmp(o.path, "/") == 0 ? path : o.path,
                        .body = o.body,
                        .connections = o.connections,
                        .pipeline = o.rate > 0 ? 1 : o.pipeline,
                        .seconds = o.seconds,
                        .warm_up_seconds = o.warm_up_seconds,
                        .rate = o.rate};
    if (load_run(&load, &result, message, sizeof message) < 0) {
        fprintf(stderr, "adder compare: %s\n", message);
        return 1;
    }
    if (!o.json_file || strcmp(o.json_file, "-") != 0) {
        print_load(&o, &result);
    }
    if (o.json_file && !load_write_json(&result, o.json_file)) {
        fprintf(stderr, "adder compare: cannot write %s\n", o.json_file);
        return 1;
    }
    return result.requests == 0 || result.failed_connections || result.not_2xx;
}

// --- comparing -----------------------------------------------------------------------------------

static int compare(const CompareOptions *options)
{
    static CompareReport report;
    report.options = options;
    report.script = is_script(options);
    report.pinned = true;
    for (unsigned t = 0; t < options->thread_count; t++) {
        for (unsigned p = 0; p < options->program_count; p++) {
            report.runs[report.run_count++] = (CompareRun){.program = &options->programs[p],
                                                           .threads = options->threads[t],
                                                           .rate = -1,
                                                           .cpu_per_million = -1,
                                                           .cpu_seconds = -1,
                                                           .wall_seconds = -1,
                                                           .latency_ms = {-1, -1, -1},
                                                           .latency_max_ms = -1,
                                                           .offered_rate = -1,
                                                           .resident_mib = -1,
                                                           .gil_wait_share = -1};
        }
    }
    bool worked = true;
    for (unsigned i = 0; i < report.run_count; i++) {
        CompareRun *run = &report.runs[i];
        if (report.script) {
            compare_script_run(&report, run);
        } else {
            compare_app_run(&report, run);
        }
        worked &= !run->problem[0];
        if (run->rate < 0) { // it does not run at all: it would not with more threads either
            report.run_count = i + 1;
        }
    }
    show_progress(options, NULL);
    if (!options->json_file || strcmp(options->json_file, "-") != 0) {
        compare_print(&report);
    }
    if (options->json_file && !compare_write_json(&report, options->json_file)) {
        fprintf(stderr, "adder compare: cannot write %s\n", options->json_file);
        worked = false;
    }
    for (unsigned i = 0; i < report.run_count; i++) {
        json_decref(report.runs[i].statistics);
    }
    return worked ? 0 : 1;
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "load") == 0) {
        return load_only(argc - 1, argv + 1);
    }
    CompareOptions options;
    parse_options(&options, argc, argv);
    return compare(&options);
}
