// The whole server in this process, its rings failing by a seed, while clients ask. Whatever goes
// wrong: an answer that comes is the right one and whole or the connection ends within it, the
// server ends with code 0, and no descriptor, body or receive buffer is left over.
//
// ADDER_FAULT_SEEDS says how many seeds to run; a failing one is printed.
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "core/base/atomics.h"
#include "core/base/clock.h"
#include "server/ring_fault.h"
#include "server/server.h"

enum { CLIENTS = 6, REQUESTS = 12 };

static int lent; // atomic

static void release_bytes(void *thread, void *keep)
{
    free(keep);
    atomic_sub_acq_rel(&lent, 1);
}

// "/ID/SIZE": SIZE bytes, beginning with ID and its body's size.
static void handle(void *thread, const Request *request, Response *response)
{
    char path[64] = {0};
    memcpy(path, request->path.data, MIN_OF(request->path.size, sizeof path - 1));
    unsigned id = 0, size = 0;
    if (sscanf(path, "/%u/%u", &id, &size) != 2) {
        response->status = 404;
        return;
    }
    size = MAX_OF(size, 32u);
    char *bytes = malloc(size);
    memset(bytes, 'x', size);
    int n = snprintf(bytes, size, "%u %zu", id, request->body.size);
    bytes[n] = ' ';
    response->body = (Span){bytes, size};
    response->keep = bytes;
    response->release = release_bytes;
    atomic_add_acq_rel(&lent, 1);
}

static void *thread_start(Application *application, unsigned thread_index) { return application; }
static void nothing(void *thread) {}

typedef struct Run {
    struct sockaddr_in address;
    pthread_t clients[CLIENTS];
    pthread_t closer;
    bool has_faults;
    unsigned answered, failed; // atomic: whole answers; wrong ones
} Run;

typedef struct Client {
    Run *run;
    unsigned number;
    int fd;
    char data[300000];
    size_t size;
} Client;

static bool fill(Client *c)
{
    ssize_t n = recv(c->fd, c->data + c->size, sizeof c->data - c->size, 0);
    if (n <= 0) {
        return false;
    }
    c->size += (size_t)n;
    return true;
}

// Reads one answer and compares; false if the connection is at its end.
static bool read_answer(Client *c, unsigned id, unsigned body, unsigned size)
{
    char *end;
    while (!(end = memmem(c->data, c->size, "\r\n\r\n", 4))) {
        if (!fill(c)) {
            return false;
        }
    }
    size_t head = (size_t)(end - c->data) + 4;
    char *length = memmem(c->data, head, "Content-Length: ", 16);
    size_t expected = length ? strtoul(length + 16, NULL, 10) : 0;
    bool ok = memcmp(c->data, "HTTP/1.1 200", 12) == 0;
    while (c->size < head + expected) {
        if (!fill(c)) {
            return false;
        }
    }
    if (!ok) { // a deadline that came early, by the seeded clock
        ok = memcmp(c->data, "HTTP/1.1 408", 12) == 0;
        if (!ok) {
            atomic_add_relaxed(&c->run->failed, 1u);
        }
        return false;
    }
    char want[40];
    int n = snprintf(want, sizeof want, "%u %u ", id, body);
    if (expected != size || memcmp(c->data + head, want, (size_t)n) != 0) {
        atomic_add_relaxed(&c->run->failed, 1u);
        fprintf(stderr, "wanted %s (%u bytes), got %.*s (%zu bytes)\n", want, size, n,
                c->data + head, expected);
        return false;
    }
    for (size_t i = (size_t)n; i < expected; i++) {
        if (c->data[head + i] != 'x') {
            atomic_add_relaxed(&c->run->failed, 1u);
            return false;
        }
    }
    memmove(c->data, c->data + head + expected, c->size - head - expected);
    c->size -= head + expected;
    atomic_add_relaxed(&c->run->answered, 1u);
    return true;
}

static bool ask(Client *c, unsigned id, unsigned body, unsigned size)
{
    char text[1200];
    int n =
        snprintf(text, sizeof text, "POST /%u/%u HTTP/1.1\r\nHost: a\r\nContent-Length: %u\r\n\r\n",
                 id, size, body);
    memset(text + n, 'b', body);
    return send(c->fd, text, (size_t)n + body, MSG_NOSIGNAL) == n + (int)body;
}

static void *run_client(void *argument)
{
    Client *c = argument;
    unsigned left = REQUESTS;
    for (unsigned connection = 0; connection < 4 && left > 0; connection++) {
        c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        c->size = 0;
        // For an answer that will come; one that a fault has lost is not waited for that long.
        struct timeval patience = {.tv_sec = c->run->has_faults ? 0 : 60, .tv_usec = 200000};
        setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        if (connect(c->fd, (struct sockaddr *)&c->run->address, sizeof c->run->address) == 0) {
            bool alive = true;
            while (alive && left > 0) {
                unsigned id = c->number * 1000 + left;
                unsigned size = left % 4 == 0 ? 50000 : 40 + left, body = id % 7 * 100;
                if (left % 3 == 0 && left > 1) { // two at once
                    alive = ask(c, id, body, size) && ask(c, id + 500, 0, 33) &&
                            read_answer(c, id, body, size) && read_answer(c, id + 500, 0, 33);
                } else {
                    alive = ask(c, id, body, size) && read_answer(c, id, body, size);
                }
                left--;
            }
        }
        close(c->fd);
    }
    free(c);
    return NULL;
}

static void *run_closer(void *argument)
{
    Run *run = argument;
    for (unsigned i = 0; i < CLIENTS; i++) {
        pthread_join(run->clients[i], NULL);
    }
    kill(getpid(), SIGTERM);
    return NULL;
}

static void on_ready(void *argument, const char *address)
{
    Run *run = argument;
    unsigned port = 0;
    sscanf(address, "127.0.0.1:%u", &port);
    run->address = (struct sockaddr_in){.sin_family = AF_INET,
                                        .sin_port = htons((uint16_t)port),
                                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    for (unsigned i = 0; i < CLIENTS; i++) {
        Client *c = calloc(1, sizeof *c);
        c->run = run;
        c->number = i + 1;
        pthread_create(&run->clients[i], NULL, run_client, c);
    }
    pthread_create(&run->closer, NULL, run_closer, run);
}

static unsigned open_descriptors(void)
{
    unsigned count = 0;
    DIR *dir = opendir("/proc/self/fd");
    while (readdir(dir)) {
        count++;
    }
    closedir(dir);
    return count;
}

static unsigned run_server(const FaultOptions *faults, const char *name)
{
    static Run run;
    memset(&run, 0, sizeof run);
    run.has_faults = faults != NULL;
    Application application = {.thread_start = thread_start,
                               .handle = handle,
                               .thread_wait_begin = nothing,
                               .thread_wait_end = nothing,
                               .thread_stop = nothing};
    ServerOptions options;
    server_options_init(&options);
    options.bind = "127.0.0.1:0";
    options.threads = 2;
    options.quiet = true;
    options.stats_file = NULL;
    options.program = name;
    options.ring.buffer_count = 8;
    options.ring.buffer_bytes = 512;
    options.ring.submissions = 16;
    options.ring.completions = 64;
    options.shutdown_timeout_ns = 60000000000u;
    options.on_ready = on_ready;
    options.on_ready_argument = &run;
    if (faults) {
        options.faults_on = true;
        options.faults = *faults;
    }
    unsigned before = open_descriptors();
    uint64_t began = clock_monotonic_ns();
    int code = server_run(&options, &application);
    pthread_join(run.closer, NULL);
    if (getenv("ADDER_FAULT_TIMES")) {
        fprintf(stderr, "%s: %u answers, %.2f s\n", name, run.answered,
                (double)(clock_monotonic_ns() - began) / 1e9);
    }
    if (code != 0 || run.failed != 0 || lent != 0 || open_descriptors() != before) {
        fail_msg("%s: code %d, %u wrong answers, %d bodies kept, %d descriptors more", name, code,
                 run.failed, lent, (int)open_descriptors() - (int)before);
    }
    return run.answered;
}

static void server__no_faults__answers_all(void **state)
{
    unsigned answered = run_server(NULL, "no faults");
    assert_int_equal(answered, CLIENTS * (REQUESTS + REQUESTS / 3));
}

static void server__seeded_faults(void **state)
{
    const char *wish = getenv("ADDER_FAULT_SEEDS");
    unsigned seeds = wish ? (unsigned)strtoul(wish, NULL, 10) : 60;
    unsigned answered = 0;
    for (unsigned seed = 1; seed <= seeds; seed++) {
        char name[64];
        FaultOptions faults = {.seed = seed,
                               .per_mille = 20 + seed * 37 % 300,
                               .vanish = seed % 3 ? 0 : 50,
                               .queue_full = seed % 4 ? 0 : 100,
                               .clock = seed % 2 || seed % 3 == 0};
        snprintf(name, sizeof name, "seed %u", seed);
        answered += run_server(&faults, name);
    }
    assert_true(answered > seeds * 5);
}

// Every operation fails with every error now and then, one kind at a time.
static void server__each_error(void **state)
{
    static const int errors[] = {ENOBUFS, EINTR,  EAGAIN, ECONNRESET, EPIPE,
                                 EMFILE,  ENFILE, ENOMEM, ECANCELED};
    for (FaultOp op = 0; op < FAULT_OPS; op++) {
        for (unsigned i = 0; i < ARRAY_LENGTH(errors); i++) {
            char name[64];
            FaultOptions faults = {.seed = op * 100u + i,
                                   .per_mille = 150,
                                   .ops = 1u << op,
                                   .error = -errors[i],
                                   .clock = true};
            snprintf(name, sizeof name, "operation %d, error %s", (int)op, strerror(errors[i]));
            run_server(&faults, name);
        }
    }
}

static int set_up(void **state)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    return pthread_sigmask(SIG_BLOCK, &signals, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(server__no_faults__answers_all),
        cmocka_unit_test(server__seeded_faults),
        cmocka_unit_test(server__each_error),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
