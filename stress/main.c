// stress/main.c: adder-stress: runs scenarios on many threads and checks afterwards what must hold.
#include <getopt.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/atomics.h"
#include "core/base/clock.h"
#include "core/compiler/parse_mode.h"
#include "core/object/exception.h"
#include "core/object/int.h"
#include "core/object/str.h"
#include "core/runtime.h"
#include "gil/wait.h"
#include "stress/scenario.h"

static const Scenario *const scenarios[] = {
#define SCENARIO(name) &scenario_##name,
#include "stress/scenarios.def"
#undef SCENARIO
};

// What every script gets in front.
static const char prelude[] = "def random_of(seed):\n"
                              "    state = [(seed * 2654435761 + 1) & 0xFFFFFFFF]\n"
                              "    def rnd(n):\n"
                              "        x = state[0]\n"
                              "        x ^= (x << 13) & 0xFFFFFFFF\n"
                              "        x ^= x >> 17\n"
                              "        x ^= (x << 5) & 0xFFFFFFFF\n"
                              "        state[0] = x or 1\n"
                              "        return x % n\n"
                              "    return rnd\n";

typedef struct Options {
    unsigned threads;
    double seconds;
    uint64_t seed;
} Options;

// One scenario under way.
// The main thread and the workers meet at a barrier before and after each round.
typedef struct Run {
    const Scenario *scenario;
    Ref work;
    unsigned threads;
    uint64_t round_seed;
    bool over;       // written between two barriers
    uint32_t failed; // workers whose work raised; atomic
    pthread_barrier_t barrier;
} Run;

typedef struct Worker {
    Run *run;
    unsigned index;
    pthread_t thread;
} Worker;

// A barrier that blocks detached, so that pauses and the GIL go on.
static void meet(ThreadState *ts, Run *run)
{
    wait_begin(ts);
    pthread_barrier_wait(&run->barrier);
    wait_end(ts);
}

static void *worker_main(void *argument)
{
    Worker *w = argument;
    ThreadState *ts = runtime_thread_enter();
    if (ts == NULL) {
        fprintf(stderr, "a thread could not start\n");
        exit(1);
    }
    for (;;) {
        meet(ts, w->run);
        if (w->run->over) {
            break;
        }
        OWNED Ref seed = int_from_u64(ts, w->run->round_seed & 0xFFFFFFF);
        OWNED Ref result = object_call2(ts, w->run->work.v, small_int(w->index), seed.v);
        if (is_error(result)) {
            atomic_add_relaxed(&w->run->failed, 1u);
            exception_print(ts);
        }
        meet(ts, w->run);
    }
    runtime_thread_leave(ts);
    return NULL;
}

static Ref global(ThreadState *ts, const char *name)
{
    Ref found = NO_REF;
    if (dict_get_z(ts, dict_from(runtime_state.main_globals.v), name, &found) != LOOKUP_FOUND) {
        fprintf(stderr, "the script has no %s()\n", name);
        exit(1);
    }
    return found;
}

static bool load_script(ThreadState *ts, const char *name, const char *text)
{
    OWNED Ref filename = format_str(ts, "<scenario %s>", name);
    OWNED Ref result = is_error(filename)
                           ? NO_REF
                           : runtime_execute(ts, text, strlen(text), filename.v, PARSE_EXEC, NULL);
    if (is_error(result)) {
        exception_print(ts);
    }
    return !is_error(result);
}

// check() answered: NULL, or a text to be freed.
static char *ask_check(ThreadState *ts, Value check)
{
    OWNED Ref answer = object_call0(ts, check);
    if (is_error(answer)) {
        exception_print(ts);
        return strdup("check() raised");
    }
    if (value_is_none(answer.v)) {
        return NULL;
    }
    OWNED Ref text = object_str(ts, answer.v);
    size_t size;
    const char *utf8 = is_error(text) ? NULL : str_utf8(ts, text.v, &size);
    return strdup(utf8 != NULL ? utf8 : "check() failed");
}

static void show_progress(const Scenario *s, uint64_t started, double seconds, uint64_t rounds)
{
    static uint64_t shown;
    uint64_t now = clock_monotonic_ns();
    if (isatty(2) && now - shown > 200000000u) {
        shown = now;
        fprintf(stderr, "\r\033[K%-18s %5.1f of %.0f s  %llu rounds", s->name,
                (double)(now - started) / 1e9, seconds, (unsigned long long)rounds);
    }
}

// Runs one scenario in this process. Returns NULL or what went wrong.
static char *run_rounds(ThreadState *ts, Run *run, const Options *o, uint64_t *rounds)
{
    OWNED Ref setup = global(ts, "setup");
    OWNED Ref check = global(ts, "check");
    uint64_t started = clock_monotonic_ns();
    uint64_t end = started + (uint64_t)(o->seconds * 1e9);
    char *problem = NULL;
    while (problem == NULL && clock_monotonic_ns() < end) {
        run->round_seed = o->seed + *rounds * 1000;
        OWNED Ref seed = int_from_u64(ts, run->round_seed & 0xFFFFFFF);
        OWNED Ref ready = object_call2(ts, setup.v, seed.v, small_int(run->threads));
        if (is_error(ready)) {
            exception_print(ts);
            return strdup("setup() raised");
        }
        meet(ts, run); // go
        meet(ts, run); // all done
        if (atomic_load_relaxed(&run->failed) > 0) {
            return strdup("work() raised");
        }
        problem = ask_check(ts, check.v);
        ++*rounds;
        show_progress(run->scenario, started, o->seconds, *rounds);
    }
    return problem;
}

static int run_scenario(const Scenario *s, const Options *o)
{
    RuntimeOptions options = {.program = "adder-stress", .orig_argc = 0};
    ThreadState *ts = runtime_create(&options);
    if (ts == NULL || !load_script(ts, "prelude", prelude) ||
        !load_script(ts, s->name, s->script)) {
        return 1;
    }
    Run run = {.scenario = s, .threads = o->threads, .work = global(ts, "work")};
    Worker *workers = calloc(o->threads, sizeof *workers);
    pthread_barrier_init(&run.barrier, NULL, o->threads + 1);
    for (unsigned i = 0; workers != NULL && i < o->threads; i++) {
        workers[i] = (Worker){.run = &run, .index = i};
        if (pthread_create(&workers[i].thread, NULL, worker_main, &workers[i]) != 0) {
            perror("pthread_create");
            return 1;
        }
    }
    uint64_t rounds = 0;
    uint64_t started = clock_monotonic_ns();
    char *problem = run_rounds(ts, &run, o, &rounds);
    run.over = true;
    meet(ts, &run);
    wait_begin(ts);
    for (unsigned i = 0; i < o->threads; i++) {
        pthread_join(workers[i].thread, NULL);
    }
    wait_end(ts);
    double seconds = (double)(clock_monotonic_ns() - started) / 1e9;
    fprintf(stderr, isatty(2) ? "\r\033[K" : "");
    printf("%-18s %8llu %9.1f  %s%s\n", s->name, (unsigned long long)rounds, seconds,
           problem == NULL ? "ok" : "FAILED: ", problem == NULL ? "" : problem);
    fflush(stdout);
    free(workers);
    ref_drop(&run.work);
    pthread_barrier_destroy(&run.barrier);
    int failed = problem != NULL;
    free(problem);
    int code = runtime_destroy(ts, 0);
    return failed || code != 0;
}

static void list_scenarios(void)
{
    printf("Scenarios (adder stress NAME … | all, with --threads N --seconds S --seed X):\n\n");
    for (size_t i = 0; i < ARRAY_LENGTH(scenarios); i++) {
        printf("  %-18s %s\n", scenarios[i]->name, scenarios[i]->imitates);
    }
}

static const Scenario *find(const char *name)
{
    for (size_t i = 0; i < ARRAY_LENGTH(scenarios); i++) {
        if (strcmp(scenarios[i]->name, name) == 0) {
            return scenarios[i];
        }
    }
    return NULL;
}

// Every scenario in a process of its own: one that dies does not hide the others.
static int run_child(const char *self, const char *name, const Options *o)
{
    char command[8192];
    snprintf(command, sizeof command, "'%s' --child --threads %u --seconds %g --seed %llu %s", self,
             o->threads, o->seconds, (unsigned long long)o->seed, name);
    int status = system(command);
    if (status != 0 && !(WIFEXITED(status) && WEXITSTATUS(status) == 1)) {
        printf("%-18s %8s %9s  FAILED: the process ended with status %d (%s %d)\n", name, "-", "-",
               status, WIFSIGNALED(status) ? "signal" : "exit code",
               WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    }
    return status != 0;
}

static void usage(void)
{
    puts("usage: adder stress [NAME ... | all] [--threads N] [--seconds S] [--seed X]\n"
         "Runs scenarios of threads that share objects, S seconds each (5), on N threads (4), and "
         "checks\n"
         "afterwards what must hold. The same seed makes the same choices. Without a name: the "
         "list.");
}

int main(int argc, char **argv)
{
    static const struct option long_options[] = {
        {"threads", required_argument, NULL, 't'}, {"seconds", required_argument, NULL, 's'},
        {"seed", required_argument, NULL, 'x'},    {"child", no_argument, NULL, 'c'},
        {"help", no_argument, NULL, 'h'},          {NULL, 0, NULL, 0}};
    Options o = {.threads = 4, .seconds = 5, .seed = 1};
    bool child = false;
    int letter;
    while ((letter = getopt_long(argc, argv, "h", long_options, NULL)) != -1) {
        char *end = NULL;
        switch (letter) {
        case 't':
            o.threads = (unsigned)strtoul(optarg, &end, 10);
            break;
        case 's':
            o.seconds = strtod(optarg, &end);
            break;
        case 'x':
            o.seed = strtoull(optarg, &end, 10);
            break;
        case 'c':
            child = true;
            break;
        case 'h':
            usage();
            return 0;
        default:
            usage();
            return 2;
        }
        if (end != NULL && (*end != '\0' || end == optarg)) {
            fprintf(stderr, "adder stress: not a number: %s\n", optarg);
            return 2;
        }
    }
    if (o.threads < 1 || o.threads > 1000 || !(o.seconds > 0)) {
        fprintf(stderr, "adder stress: 1 to 1000 threads, more than 0 seconds\n");
        return 2;
    }
    if (optind == argc) {
        list_scenarios();
        return 0;
    }
    for (int i = optind; i < argc; i++) {
        if (strcmp(argv[i], "all") != 0 && find(argv[i]) == NULL) {
            fprintf(stderr, "adder stress: no scenario '%s'; without a name the list is shown\n",
                    argv[i]);
            return 2;
        }
    }
    if (child) {
        return run_scenario(find(argv[optind]), &o);
    }
    char self[4096];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    self[n > 0 ? n : 0] = '\0';
    printf("%s, %u threads, seed %llu\n%-18s %8s %9s  result\n",
           POLICY_FREE_THREADED ? "addert" : "adder", o.threads, (unsigned long long)o.seed,
           "scenario", "rounds", "seconds");
    fflush(stdout);
    int failed = 0, ran = 0;
    for (int i = optind; i < argc; i++) {
        bool all = strcmp(argv[i], "all") == 0;
        for (size_t k = 0; k < ARRAY_LENGTH(scenarios); k++) {
            if (all || strcmp(scenarios[k]->name, argv[i]) == 0) {
                failed += run_child(self, scenarios[k]->name, &o);
                ran++;
            }
        }
    }
    printf("%d passed, %d failed\n", ran - failed, failed);
    return failed > 0;
}
