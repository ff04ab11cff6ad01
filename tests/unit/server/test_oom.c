// The n-th allocation on a server thread fails, once or for ever after: the server
// closes connections or answers 503, loses nothing, and ends with code 0. Linked with
// --wrap (tests/server.cmake).
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "core/base/atomics.h"
#include "server/server.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *p, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *p, size_t size);

static _Thread_local bool counted;
static int allocations;        // atomic: made by server threads since the start
static int fail_from, fail_to; // which of them fail

enum { NEVER = 1 << 30 };

static bool fails(void)
{
    if (!counted) {
        return false;
    }
    int n = atomic_add_relaxed(&allocations, 1) + 1;
    return n >= fail_from && n < fail_to;
}

void *__wrap_malloc(size_t size) { return fails() ? NULL : __real_malloc(size); }
void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}
void *__wrap_realloc(void *p, size_t size) { return fails() ? NULL : __real_realloc(p, size); }

static char bytes[100000];
static int released; // atomic

static void release(void *thread, void *keep) { atomic_add_acq_rel(&released, 1); }

static void handle(void *thread, const Request *request, Response *response)
{
    response->body = (Span){bytes, request->path.size > 1 ? sizeof bytes : 20};
    response->release = release;
}

static void *thread_start(Application *application, unsigned thread_index)
{
    counted = true;
    return application;
}
static void thread_stop(void *thread) { counted = false; }
static void nothing(void *thread) {}

static struct sockaddr_in address;
static pthread_t client;
static unsigned answers; // whole ones seen by the client

static void talk(const char *const *pieces)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    // For an answer that will come; one that is lost with its allocation is not waited for that long.
    struct timeval patience = {.tv_sec = fail_from == NEVER ? 60 : 0, .tv_usec = 200000};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0) {
        for (; *pieces; pieces++) {
            if (send(fd, *pieces, strlen(*pieces), MSG_NOSIGNAL) < 0) {
                break;
            }
            usleep(1000);
        }
        shutdown(fd, SHUT_WR);
        static char data[300000];
        size_t size = 0;
        ssize_t n;
        while ((n = recv(fd, data + size, sizeof data - size, 0)) > 0) {
            size += (size_t)n;
        }
        answers += memmem(data, size, "HTTP/1.1 200", 12) != NULL;
        assert_true(size == 0 || memcmp(data, "HTTP/1.1 ", MIN_OF(size, 9u)) == 0);
    }
    close(fd);
}

static void *run_client(void *argument)
{
    static const char *const plain[] = {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", NULL};
    static const char *const split[] = {"GET / HT", "TP/1.1\r\nHost: a\r\n",
                                        "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", NULL};
    static const char *const large[] = {
        "GET /large HTTP/1.1\r\nHost: a\r\n\r\nGET /large HTTP/1.1\r\nHost: a\r\n\r\n", NULL};
    static const char *const chunked[] = {"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n",
                                          "Transfer-Encoding: chunked\r\n\r\n", "5\r\nhel",
                                          "lo\r\n0\r\n\r\n", NULL};
    static const char *const broken[] = {"GET / HTTP/9.9\r\n", NULL};
    talk(plain);
    talk(split);
    talk(large);
    talk(chunked);
    talk(broken);
    talk(plain);
    kill(getpid(), SIGTERM);
    return NULL;
}

static void on_ready(void *argument, const char *text)
{
    unsigned port = 0;
    sscanf(text, "127.0.0.1:%u", &port);
    address = (struct sockaddr_in){.sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    pthread_create(&client, NULL, run_client, NULL);
}

static int run_failing(int from, int to)
{
    Application application = {.thread_start = thread_start,
                               .handle = handle,
                               .thread_wait_begin = nothing,
                               .thread_wait_end = nothing,
                               .thread_stop = thread_stop};
    ServerOptions options;
    server_options_init(&options);
    options.bind = "127.0.0.1:0";
    options.quiet = true;
    options.stats_file = NULL;
    options.on_ready = on_ready;
    allocations = 0;
    answers = 0;
    fail_from = from;
    fail_to = to;
    int code = server_run(&options, &application);
    pthread_join(client, NULL);
    assert_int_equal(code, 0);
    return allocations;
}

static void server__each_allocation_fails(void **state)
{
    int sites = run_failing(NEVER, NEVER);
    assert_int_equal(answers, 5);
    assert_true(sites >= 3);
    for (int n = 1; n <= sites + 1; n++) {
        run_failing(n, n + 1);
        run_failing(n, NEVER);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(server__each_allocation_fails)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
