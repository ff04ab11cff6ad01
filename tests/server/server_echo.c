// server-echo: the server with an application in C, to test what sees bytes without an interpreter.
//
//   /            "Hello, World!"           /echo          what came, as text
//   /status/N    that status               /bytes/N       N bytes
//   /sleep/MS    waits, detached           /spin/MS       computes
//   /length      number of body bytes      /json          {"message":"Hello, World!"}
//   /bad/status, /bad/header, /bad/name, /bad/length      answers that cannot be sent
//   /close       asks to close             /keep/N        N bytes, lent and counted
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/atomics.h"
#include "core/base/clock.h"
#include "server/server.h"

typedef struct EchoThread {
    bool attached;
    char *text;
    size_t capacity;
} EchoThread;

static int lent; // atomic: bodies not yet released

static void *thread_start(Application *application, unsigned thread_index)
{
    EchoThread *t = calloc(1, sizeof *t);
    if (t) {
        t->attached = true;
        t->capacity = 65536;
        t->text = malloc(t->capacity);
    }
    return t;
}

static void thread_wait_begin(void *thread)
{
    EchoThread *t = thread;
    CHECK(t->attached);
    t->attached = false;
}

static void thread_wait_end(void *thread)
{
    EchoThread *t = thread;
    CHECK(!t->attached);
    t->attached = true;
}

static void thread_stop(void *thread)
{
    EchoThread *t = thread;
    CHECK(t->attached);
    free(t->text);
    free(t);
}

static bool path_is(const Request *request, const char *path)
{
    return request->path.size == strlen(path) &&
           memcmp(request->path.data, path, request->path.size) == 0;
}

// The number behind a prefix of the path, or -1.
static long number_after(const Request *request, const char *prefix)
{
    size_t size = strlen(prefix);
    if (request->path.size <= size || request->path.size > size + 9 ||
        memcmp(request->path.data, prefix, size) != 0) {
        return -1;
    }
    long n = 0;
    for (size_t i = size; i < request->path.size; i++) {
        if (request->path.data[i] < '0' || request->path.data[i] > '9') {
            return -1;
        }
        n = n * 10 + (request->path.data[i] - '0');
    }
    return n;
}

static void append(EchoThread *t, size_t *size, Span span)
{
    if (*size + span.size + 1 > t->capacity) {
        t->capacity = (*size + span.size + 1) * 2;
        t->text = realloc(t->text, t->capacity);
        CHECK(t->text);
    }
    if (span.size > 0) {
        memcpy(t->text + *size, span.data, span.size);
    }
    *size += span.size;
}

static void echo(EchoThread *t, const Request *request, Response *response)
{
    size_t size = 0;
    char decoded[65536];
    char line[128];
#define TEXT(literal) append(t, &size, SPAN_LITERAL(literal))
    TEXT("method=");
    append(t, &size, request->method);
    TEXT("\npath=");
    append(t, &size,
           (Span){decoded,
                  request->path.size < sizeof decoded ? request_decode_path(request, decoded) : 0});
    TEXT("\nraw_path=");
    append(t, &size, request->path);
    TEXT("\nquery=");
    append(t, &size, request->query);
    TEXT("\nhost=");
    append(t, &size, request->host);
    int n = snprintf(line, sizeof line, "\nversion=1.%u\nremote=%s\nheaders=%u\n",
                     request->version_minor, request->remote_address, request->header_count);
    append(t, &size, (Span){line, (size_t)n});
    for (unsigned i = 0; i < request->header_count; i++) {
        append(t, &size, request->headers[i].name);
        TEXT(": ");
        append(t, &size, request->headers[i].value);
        TEXT("\n");
    }
    TEXT("body=");
    append(t, &size, request->body);
    response->body = (Span){t->text, size};
    if (size > 16384) { // lent beyond this call
        response->body.data = memcpy(malloc(size), t->text, size);
    }
}

static void release_bytes(void *thread, void *keep)
{
    EchoThread *t = thread;
    CHECK(t->attached);
    free(keep);
    atomic_sub_acq_rel(&lent, 1);
}

static void lend_bytes(Response *response, size_t size)
{
    char *bytes = malloc(size + 1);
    CHECK(bytes);
    memset(bytes, 'x', size);
    response->body = (Span){bytes, size};
    response->keep = bytes;
    response->release = release_bytes;
    atomic_add_acq_rel(&lent, 1);
}

static void handle(void *thread, const Request *request, Response *response)
{
    EchoThread *t = thread;
    CHECK(t->attached);
    long n;
    response_add_header(response, SPAN_LITERAL("Content-Type"),
                        SPAN_LITERAL("text/plain; charset=utf-8"));
    if (path_is(request, "/") || path_is(request, "*")) {
        response->body = SPAN_LITERAL("Hello, World!");
    } else if (path_is(request, "/echo")) {
        echo(t, request, response);
        if (response->body.data != t->text) {
            response->keep = (void *)(uintptr_t)response->body.data;
            response->release = release_bytes;
            atomic_add_acq_rel(&lent, 1);
        }
    } else if (path_is(request, "/json")) {
        response->headers[0].value = SPAN_LITERAL("application/json");
        response->body = SPAN_LITERAL("{\"message\":\"Hello, World!\"}");
    } else if (path_is(request, "/length")) {
        response->body =
            (Span){t->text, (size_t)snprintf(t->text, t->capacity, "%zu", request->body.size)};
    } else if (path_is(request, "/close")) {
        response->close = true;
        response->body = SPAN_LITERAL("bye");
    } else if (path_is(request, "/bad/status")) {
        response->status = 99;
    } else if (path_is(request, "/bad/header")) {
        response_add_header(response, SPAN_LITERAL("X-Evil"), SPAN_LITERAL("a\r\nSet-Cookie: b"));
    } else if (path_is(request, "/bad/name")) {
        response_add_header(response, SPAN_LITERAL("X Evil"), SPAN_LITERAL("a"));
    } else if (path_is(request, "/bad/length")) {
        response_add_header(response, SPAN_LITERAL("Content-Length"), SPAN_LITERAL("7"));
        response->body = SPAN_LITERAL("123456789");
    } else if ((n = number_after(request, "/status/")) >= 0) {
        response->status = (unsigned)n;
        response->body = SPAN_LITERAL("status");
    } else if ((n = number_after(request, "/bytes/")) >= 0 ||
               (n = number_after(request, "/keep/")) >= 0) {
        lend_bytes(response, (size_t)n);
    } else if ((n = number_after(request, "/sleep/")) >= 0 ||
               (n = number_after(request, "/nap/")) >= 0) {
        if (memcmp(request->path.data, "/nap", 4) == 0) {
            fputs("napping\n", stderr); // tells the test that it has begun
        }
        struct timespec time = {n / 1000, n % 1000 * 1000000};
        thread_wait_begin(thread);
        nanosleep(&time, NULL);
        thread_wait_end(thread);
        response->body = SPAN_LITERAL("slept");
    } else if ((n = number_after(request, "/spin/")) >= 0) {
        uint64_t end = clock_monotonic_ns() + (uint64_t)n * 1000000;
        while (clock_monotonic_ns() < end) {
            spin_pause();
        }
        response->body = SPAN_LITERAL("spun");
    } else {
        response->status = 404;
        response->body = SPAN_LITERAL("not found");
    }
}

int main(int argc, char **argv)
{
    ServerOptions options;
    server_options_init(&options);
    options.program = "server-echo";
    int skip = argc > 1 && strcmp(argv[1], "serve") == 0 ? 2 : 1; // so that it can be compared
    switch (server_options_parse(&options, argc - skip, argv + skip,
                                 "usage: server-echo [options]\n")) {
    case OPTIONS_DONE:
        return 0;
    case OPTIONS_BAD:
        return 2;
    default:
        break;
    }
    Application application = {.thread_start = thread_start,
                               .handle = handle,
                               .thread_wait_begin = thread_wait_begin,
                               .thread_wait_end = thread_wait_end,
                               .thread_stop = thread_stop};
    int code = server_run(&options, &application);
    if (lent != 0) {
        fprintf(stderr, "server-echo: %d bodies were never released\n", lent);
        return 3;
    }
    return code;
}
