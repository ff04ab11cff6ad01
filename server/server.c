#include "server/server.h"
#include "server/listener.h"
#include "server/worker.h"
#include "core/base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

// --- statistics ----------------------------------------------------------------------------------

static void add_counters(json_t *object, const WorkerCounters *counters)
{
#define ADD_TO(name) json_object_set_new(object, #name, json_integer((json_int_t)counters->name));
    WORKER_COUNTERS(ADD_TO)
#undef ADD_TO
}

static double seconds_of(struct timeval t) { return (double)t.tv_sec + (double)t.tv_usec / 1e6; }

static void write_statistics(const Server *server, uint64_t began_ns)
{
    const ServerOptions *options = server->options;
    WorkerCounters total = {0};
    json_t *object = json_object();
    json_t *threads = json_array();
    for (unsigned i = 0; i < server->worker_count; i++) {
        const WorkerCounters *c = &server->workers[i]->counters;
#define ADD_UP(name) total.name += c->name;
        WORKER_COUNTERS(ADD_UP)
#undef ADD_UP
        json_t *thread = json_object();
        add_counters(thread, c);
        json_array_append_new(threads, thread);
    }
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    double seconds = (double)(clock_monotonic_ns() - began_ns) / 1e9;
    json_object_set_new(object, "program", json_string(options->program));
    json_object_set_new(object, "thread_count", json_integer(server->worker_count));
    json_object_set_new(object, "seconds", json_real(seconds));
    json_object_set_new(object, "cpu_user_seconds", json_real(seconds_of(usage.ru_utime)));
    json_object_set_new(object, "cpu_system_seconds", json_real(seconds_of(usage.ru_stime)));
    json_object_set_new(object, "max_resident_kib", json_integer(usage.ru_maxrss));
    json_object_set_new(object, "faults", json_integer((json_int_t)server->faults));
    add_counters(object, &total);
    json_object_set_new(object, "threads", threads);
    if (server->application->statistics) {
        server->application->statistics(server->application, object);
    }
    if (json_dump_file(object, options->stats_file, JSON_INDENT(2) | JSON_REAL_PRECISION(9)) < 0) {
        server_log(server, "cannot write %s: %s", options->stats_file, strerror(errno));
    }
    json_decref(object);
}

// --- the main thread -----------------------------------------------------------------------------

static void wake_all(Server *server)
{
    for (unsigned i = 0; i < server->worker_count; i++) {
        worker_wake(server->workers[i]);
    }
}

static void server_drain(Server *server)
{
    // release: pairs with the acquire in run_loop()
    atomic_store_release(&server->draining, true);
    wake_all(server);
}

// --- signals -------------------------------------------------------------------------------------

// A handler that writes to a pipe, and not signalfd: threads that a script has started do not block
// the signals, so they may come on any thread.

static int signal_pipe[2];
static struct sigaction handlers_before[2];
static const int end_signals[2] = {SIGTERM, SIGINT};

static void on_signal(int number)
{
    int error = errno;
    unsigned char byte = (unsigned char)number;
    ssize_t ignored = write(signal_pipe[1], &byte, 1);
    (void)ignored;
    errno = error;
}

static int watch_signals(void)
{
    if (pipe2(signal_pipe, O_CLOEXEC | O_NONBLOCK) < 0) {
        return -errno;
    }
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    for (unsigned i = 0; i < ARRAY_LENGTH(end_signals); i++) {
        sigaction(end_signals[i], &action, &handlers_before[i]);
    }
    signal(SIGPIPE, SIG_IGN);
    return 0;
}

static void unwatch_signals(void)
{
    for (unsigned i = 0; i < ARRAY_LENGTH(end_signals); i++) {
        sigaction(end_signals[i], &handlers_before[i], NULL);
    }
    close(signal_pipe[0]);
    close(signal_pipe[1]);
}

static void block_signals(bool block)
{
    sigset_t signals;
    sigemptyset(&signals);
    for (unsigned i = 0; i < ARRAY_LENGTH(end_signals); i++) {
        sigaddset(&signals, end_signals[i]);
    }
    pthread_sigmask(block ? SIG_BLOCK : SIG_UNBLOCK, &signals, NULL);
}

// A signal that ends the server, or 0 after `timeout_ns` or when a worker has reported.
static int wait_for_signal(Server *server, uint64_t timeout_ns)
{
    struct pollfd fds[2] = {{.fd = signal_pipe[0], .events = POLLIN},
                            {.fd = server->wake_fd, .events = POLLIN}};
    int timeout_ms =
        timeout_ns == UINT64_MAX ? -1 : (int)MIN_OF(timeout_ns / 1000000 + 1, 86400000u);
    if (poll(fds, 2, timeout_ms) <= 0 && errno != EINTR) {
        return 0;
    }
    uint64_t count;
    ssize_t ignored = read(server->wake_fd, &count, sizeof count);
    (void)ignored;
    unsigned char byte;
    return read(signal_pipe[0], &byte, 1) == 1 ? byte : 0;
}

static unsigned started(const Server *server) { return atomic_load_acquire(&server->started); }
static unsigned failed(const Server *server) { return atomic_load_acquire(&server->failed); }
static unsigned ended(const Server *server) { return atomic_load_acquire(&server->ended); }

static void announce(const Server *server, const ListenAddress *address)
{
    if (server->options->on_ready) {
        server->options->on_ready(server->options->on_ready_argument, address->text);
    }
    if (!server->options->quiet) {
        server_log(server, "serving on http://%s with %u thread%s (Ctrl-C stops)", address->text,
                   server->worker_count, server->worker_count == 1 ? "" : "s");
    }
}

typedef struct Supervisor {
    Server *server;
    const ListenAddress *address;
    uint64_t began_ns;
    int code;
} Supervisor;

// Handlers still run on the workers' threads: nothing can be taken apart.
NO_RETURN static void cut_off(const Supervisor *s)
{
    server_log(s->server, "requests were still in flight after %g s: cut off",
               (double)s->server->options->shutdown_timeout_ns / 1e9);
    if (s->server->options->stats_file) {
        write_statistics(s->server, s->began_ns);
    }
    fflush(NULL);
    _exit(1);
}

// Watches over the workers until all have ended.
static void *supervise(void *argument)
{
    Supervisor *s = argument;
    Server *server = s->server;
    bool announced = false, draining = false;
    block_signals(false);
    uint64_t limit_ns = UINT64_MAX;
    while (ended(server) < server->worker_count) {
        uint64_t now = clock_monotonic_ns();
        if (draining && now >= limit_ns) {
            cut_off(s);
        }
        if (!announced && started(server) == server->worker_count) {
            announced = true;
            announce(server, s->address);
        }
        int number = wait_for_signal(server, draining ? limit_ns - now : UINT64_MAX);
        if (number && draining) {
            _exit(128 + number);
        }
        bool broken = failed(server) > 0 || (ended(server) > 0 && !draining);
        if ((number || broken) && !draining) {
            draining = true;
            limit_ns = clock_monotonic_ns() + server->options->shutdown_timeout_ns;
            s->code = broken ? 1 : 0;
            server_drain(server);
        }
    }
    return NULL;
}

static bool create_workers(Server *server, const int *listeners)
{
    for (unsigned i = 0; i < server->worker_count; i++) {
        server->workers[i] = worker_create(server, i, listeners[i]);
        if (!server->workers[i]) {
            server_log(server, "not enough memory or descriptors for %u threads",
                       server->worker_count);
            for (unsigned j = i; j < server->worker_count; j++) {
                close(listeners[j]);
            }
            server->worker_count = i;
            return false;
        }
    }
    return true;
}

// Starts the supervisor and all workers but the first, which is for the calling thread. On failure
// those that run are told to end.
static bool start_threads(Server *server, Supervisor *supervisor, pthread_t *supervisor_thread)
{
    int error = 0;
    for (unsigned i = 1; i < server->worker_count && !error; i++) {
        Worker *w = server->workers[i];
        error = pthread_create(&w->thread, NULL, worker_main, w);
        w->started = !error;
    }
    if (!error) {
        error = pthread_create(supervisor_thread, NULL, supervise, supervisor);
    }
    if (error) {
        server_log(server, "cannot start %u threads: %s", server->worker_count, strerror(error));
        server_drain(server);
    }
    return !error;
}

static int serve_on(Server *server, const ListenAddress *address, const int *listeners)
{
    Supervisor supervisor = {server, address, clock_monotonic_ns(), 1};
    pthread_t supervisor_thread;
    bool healthy = create_workers(server, listeners);
    if (healthy) {
        healthy = start_threads(server, &supervisor, &supervisor_thread);
        if (healthy) {
            worker_main(server->workers[0]);
            pthread_join(supervisor_thread, NULL);
        }
        for (unsigned i = 1; i < server->worker_count; i++) {
            if (server->workers[i]->started) {
                pthread_join(server->workers[i]->thread, NULL);
            }
        }
    }
    if (server->options->stats_file && healthy) {
        write_statistics(server, supervisor.began_ns);
    }
    for (unsigned i = 0; i < server->worker_count; i++) {
        worker_destroy(server->workers[i]);
    }
    return supervisor.code;
}

// Every client takes a descriptor: as many as we may have.
static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

int server_run(const ServerOptions *options, Application *application)
{
    Server server = {
        .options = options, .application = application, .worker_count = options->threads};
    ListenAddress address;
    char message[512];
    int *listeners = calloc(options->threads, sizeof *listeners);
    server.workers = calloc(options->threads, sizeof *server.workers);
    int code = 1;
    raise_descriptor_limit();
    if (!listeners || !server.workers) {
        server_log(&server, "out of memory");
    } else if (listen_address_parse(&address, options->bind, message, sizeof message) < 0 ||
               listener_open(&address, options->threads, listeners, message, sizeof message) < 0) {
        server_log(&server, "%s", message);
    } else {
        sigset_t before;
        pthread_sigmask(SIG_BLOCK, NULL, &before);
        server.wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        int error = server.wake_fd < 0 ? -errno : watch_signals();
        if (error) {
            server_log(&server, "cannot watch for signals: %s", strerror(-error));
        } else {
            block_signals(true); // inherited by the workers; the supervisor takes them
            code = serve_on(&server, &address, listeners);
            unwatch_signals();
        }
        if (server.wake_fd >= 0) {
            close(server.wake_fd);
        }
        pthread_sigmask(SIG_SETMASK, &before, NULL);
    }
    free(listeners);
    free(server.workers);
    return code;
}
