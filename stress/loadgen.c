#include "stress/loadgen.h"
#include "core/base/check.h"
#include "core/base/clock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <liburing.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

// --- histogram -----------------------------------------------------------------------------------

static unsigned slot_of(uint64_t ns)
{
    if (ns < HISTOGRAM_STEPS) {
        return (unsigned)ns;
    }
    unsigned exponent = 63 - (unsigned)__builtin_clzll(ns); // at least 6
    unsigned slot =
        (exponent - 5) * HISTOGRAM_STEPS + (unsigned)(ns >> (exponent - 6)) - HISTOGRAM_STEPS;
    return MIN_OF(slot, HISTOGRAM_SIZE - 1u);
}

// The largest value that lies in the slot.
static uint64_t slot_top(unsigned slot)
{
    if (slot < HISTOGRAM_STEPS) {
        return slot;
    }
    unsigned shift = slot / HISTOGRAM_STEPS - 1;
    return ((uint64_t)(slot % HISTOGRAM_STEPS + HISTOGRAM_STEPS + 1) << shift) - 1;
}

void histogram_add(Histogram *histogram, uint64_t ns)
{
    histogram->counts[slot_of(ns)]++;
    histogram->count++;
    histogram->sum_ns += ns;
    histogram->max_ns = MAX_OF(histogram->max_ns, ns);
}

uint64_t histogram_quantile(const Histogram *histogram, double share)
{
    uint64_t wanted = (uint64_t)(share * (double)histogram->count + 0.5);
    wanted = MAX_OF(wanted, 1u);
    uint64_t seen = 0;
    for (unsigned slot = 0; slot < HISTOGRAM_SIZE; slot++) {
        seen += histogram->counts[slot];
        if (seen >= wanted) {
            return MIN_OF(slot_top(slot), histogram->max_ns);
        }
    }
    return 0;
}

// --- connections ---------------------------------------------------------------------------------

enum { PIPELINE_MAX = 64, BUFFER_BYTES = 16384, RING_ENTRIES = 1024 };

typedef struct Client {
    int fd;
    bool idle; // fixed rate: waits for work
    unsigned in_flight;
    uint64_t due_ns[PIPELINE_MAX]; // of the requests in flight, oldest first
    unsigned oldest;
    bool in_body;
    uint64_t body_left;
    unsigned status;
    size_t have; // bytes of an unfinished head
    char buffer[BUFFER_BYTES];
} Client;

typedef struct Load {
    const LoadOptions *options;
    LoadResult *result;
    struct io_uring ring;
    struct sockaddr_storage address;
    socklen_t address_size;
    Client *clients;
    unsigned *idle; // a stack of client numbers
    unsigned idle_count;
    char *request; // `pipeline` times the same
    size_t request_size;
    uint64_t start_ns, measured_from_ns, end_ns, now_ns;
    bool measuring;
    // fixed rate: request n is due at measured start + n / rate
    uint64_t due_count, given_count;
} Load;

enum { TAG_RECV, TAG_SEND };

static struct io_uring_sqe *next_entry(Load *load)
{
    struct io_uring_sqe *entry = io_uring_get_sqe(&load->ring);
    if (!entry) {
        io_uring_submit(&load->ring);
        entry = io_uring_get_sqe(&load->ring);
        CHECK(entry);
    }
    return entry;
}

static void queue_recv(Load *load, Client *c)
{
    struct io_uring_sqe *entry = next_entry(load);
    io_uring_prep_recv(entry, c->fd, c->buffer + c->have, BUFFER_BYTES - c->have, 0);
    entry->user_data = (uint64_t)(c - load->clients) << 1 | TAG_RECV;
}

static void queue_send(Load *load, Client *c, unsigned count)
{
    struct io_uring_sqe *entry = next_entry(load);
    io_uring_prep_send(entry, c->fd, load->request, load->request_size * count,
                       MSG_NOSIGNAL | MSG_WAITALL);
    entry->flags |= IOSQE_CQE_SKIP_SUCCESS; // a failure shows in the receive as well
    entry->user_data = (uint64_t)(c - load->clients) << 1 | TAG_SEND;
}

static int connect_client(Load *load, Client *c)
{
    c->fd = socket(load->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int on = 1;
    if (c->fd < 0) {
        return -errno;
    }
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(c->fd, (struct sockaddr *)&load->address, load->address_size) < 0) {
        int error = -errno;
        close(c->fd);
        c->fd = -1;
        return error;
    }
    c->in_flight = c->oldest = 0;
    c->in_body = false;
    c->have = 0;
    return 0;
}

static void ask(Load *load, Client *c, uint64_t due_ns, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        c->due_ns[(c->oldest + c->in_flight++) % PIPELINE_MAX] = due_ns;
    }
    queue_send(load, c, count);
}

static uint64_t due_time(const Load *load, uint64_t n)
{
    return load->start_ns + (uint64_t)((double)n * 1e9 / load->options->rate);
}

// Gives the client its next request, or puts it to rest.
static void give_work(Load *load, Client *c, unsigned count)
{
    if (load->now_ns >= load->end_ns) {
        return;
    }
    if (load->options->rate <= 0) {
        ask(load, c, load->now_ns, count);
    } else if (load->given_count < load->due_count) {
        ask(load, c, due_time(load, load->given_count++), 1);
    } else {
        load->idle[load->idle_count++] = (unsigned)(c - load->clients);
        c->idle = true;
    }
}

static void wake_idle(Load *load)
{
    if (load->options->rate <= 0) {
        return;
    }
    while (load->due_count < UINT64_MAX && due_time(load, load->due_count) <= load->now_ns) {
        load->due_count++;
    }
    while (load->given_count < load->due_count && load->idle_count > 0) {
        Client *c = &load->clients[load->idle[--load->idle_count]];
        c->idle = false;
        ask(load, c, due_time(load, load->given_count++), 1);
    }
}

static void count_answer(Load *load, Client *c)
{
    LoadResult *result = load->result;
    uint64_t due = c->due_ns[c->oldest];
    c->oldest = (c->oldest + 1) % PIPELINE_MAX;
    c->in_flight--;
    bool counts = load->options->rate > 0 ? due >= load->measured_from_ns : load->measuring;
    if (counts && load->now_ns < load->end_ns) {
        result->requests++;
        result->not_2xx += c->status / 100 != 2;
        histogram_add(&result->latency, load->now_ns - due);
    }
}

// --- reading answers -----------------------------------------------------------------------------

// Reads status and length from a head; -1 if it makes no sense.
static int read_head(Client *c, const char *head, size_t size)
{
    if (size < 13 || memcmp(head, "HTTP/1.", 7) != 0) {
        return -1;
    }
    c->status = (unsigned)((head[9] - '0') * 100 + (head[10] - '0') * 10 + (head[11] - '0'));
    c->body_left = 0;
    const char *at = head, *end = head + size;
    while ((at = memchr(at, '\n', (size_t)(end - at))) && ++at < end) {
        if (end - at > 16 && (*at | 0x20) == 'c' && strncasecmp(at, "content-length:", 15) == 0) {
            for (at += 15; at < end && *at == ' '; at++) {
            }
            for (; at < end && *at >= '0' && *at <= '9'; at++) {
                c->body_left = c->body_left * 10 + (uint64_t)(*at - '0');
            }
        }
    }
    return 0;
}

// Takes what has come; returns how many answers are complete, or -1.
static int take_bytes(Load *load, Client *c, size_t size)
{
    const char *at = c->buffer, *end = c->buffer + c->have + size;
    int answers = 0;
    load->result->bytes += size;
    while (at < end) {
        if (c->in_body) {
            size_t n = MIN_OF((size_t)(end - at), c->body_left);
            at += n;
            c->body_left -= n;
        } else {
            const char *stop = memmem(at, (size_t)(end - at), "\r\n\r\n", 4);
            if (!stop) {
                break;
            }
            if (read_head(c, at, (size_t)(stop - at) + 2) < 0 || c->in_flight == 0) {
                return -1;
            }
            at = stop + 4;
            c->in_body = true;
        }
        if (c->in_body && c->body_left == 0) {
            c->in_body = false;
            if (c->status >= 200) {
                count_answer(load, c);
                answers++;
            }
        }
    }
    c->have = (size_t)(end - at);
    memmove(c->buffer, at, c->have);
    return c->have == BUFFER_BYTES ? -1 : answers;
}

static bool reopen(Load *load, Client *c)
{
    // What was in flight gets no answer.
    load->result->unanswered += c->in_flight;
    load->result->failed_connections += c->in_flight > 0;
    close(c->fd);
    return connect_client(load, c) == 0;
}

static bool on_recv(Load *load, Client *c, int result)
{
    int answers = result > 0 ? take_bytes(load, c, (size_t)result) : -1;
    if (answers < 0) {
        if (result == -EINTR || result == -EAGAIN) {
            queue_recv(load, c);
            return true;
        }
        bool was_idle = c->idle;
        if (load->now_ns >= load->end_ns) {
            return true;
        }
        if (!reopen(load, c)) {
            return false;
        }
        queue_recv(load, c);
        if (!was_idle) {
            give_work(load, c, load->options->pipeline);
        }
        return true;
    }
    queue_recv(load, c);
    if (answers > 0 && (load->options->rate <= 0 || c->in_flight == 0)) {
        give_work(load, c, (unsigned)answers);
    }
    return true;
}

// --- running -------------------------------------------------------------------------------------

static bool make_request(Load *load)
{
    const LoadOptions *o = load->options;
    char host[128], one[8192];
    snprintf(host, sizeof host, strchr(o->host, ':') ? "[%s]:%u" : "%s:%u", o->host, o->port);
    size_t body = o->body ? strlen(o->body) : 0;
    int n = snprintf(one, sizeof one, "%s %s HTTP/1.1\r\nHost: %s\r\n",
                     o->method ? o->method
                     : body    ? "POST"
                               : "GET",
                     o->path, o->host_field ? o->host_field : host);
    if (body > 0 && n < (int)sizeof one) {
        n += snprintf(one + n, sizeof one - (size_t)n,
                      "Content-Type: application/json\r\nContent-Length: %zu\r\n", body);
    }
    if (n + 2 >= (int)sizeof one) {
        return false;
    }
    memcpy(one + n, "\r\n", 2);
    load->request_size = (size_t)n + 2 + body;
    load->request = malloc(load->request_size * o->pipeline);
    for (unsigned i = 0; load->request && i < o->pipeline; i++) {
        char *to = load->request + i * load->request_size;
        memcpy(to, one, (size_t)n + 2);
        if (body > 0) {
            memcpy(to + n + 2, o->body, body);
        }
    }
    return load->request != NULL;
}

static int parse_address(Load *load)
{
    struct sockaddr_in *in = (struct sockaddr_in *)&load->address;
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&load->address;
    if (inet_pton(AF_INET, load->options->host, &in->sin_addr) == 1) {
        in->sin_family = AF_INET;
        in->sin_port = htons((uint16_t)load->options->port);
        load->address_size = sizeof *in;
    } else if (inet_pton(AF_INET6, load->options->host, &in6->sin6_addr) == 1) {
        in6->sin6_family = AF_INET6;
        in6->sin6_port = htons((uint16_t)load->options->port);
        load->address_size = sizeof *in6;
    } else {
        return -EINVAL;
    }
    return 0;
}

static int open_ring(Load *load)
{
    struct io_uring_params params = {.flags = IORING_SETUP_CQSIZE | IORING_SETUP_SINGLE_ISSUER |
                                              IORING_SETUP_DEFER_TASKRUN,
                                     .cq_entries = 16384};
    return io_uring_queue_init_params(RING_ENTRIES, &load->ring, &params);
}

static void mark_boundaries(Load *load)
{
    LoadResult *result = load->result;
    if (!load->measuring && load->now_ns >= load->measured_from_ns) {
        load->measuring = true;
        if (result->at_start) {
            result->at_start(result->argument);
        }
    }
}

static uint64_t next_wake_ns(const Load *load)
{
    uint64_t next = load->now_ns + 50000000;
    if (load->options->rate > 0 && load->idle_count > 0) {
        next = MIN_OF(next, due_time(load, load->due_count));
    }
    next = MIN_OF(next, load->measuring ? load->end_ns : load->measured_from_ns);
    return next > load->now_ns ? next - load->now_ns : 0;
}

static int run_loop(Load *load)
{
    uint64_t told_ns = 0;
    const LoadOptions *o = load->options;
    while (load->now_ns < load->end_ns) {
        mark_boundaries(load);
        wake_idle(load);
        if (o->progress && load->now_ns >= told_ns) {
            told_ns = load->now_ns + 100000000;
            o->progress(o->progress_argument, (double)(load->now_ns - load->start_ns) /
                                                  (double)(load->end_ns - load->start_ns));
        }
        uint64_t wait = next_wake_ns(load);
        struct __kernel_timespec time = {.tv_nsec = (int64_t)wait};
        struct io_uring_cqe *entry;
        io_uring_submit_and_wait_timeout(&load->ring, &entry, 1, &time, NULL);
        load->now_ns = clock_monotonic_ns();
        unsigned head, count = 0;
        bool alive = true;
        io_uring_for_each_cqe(&load->ring, head, entry)
        {
            count++;
            if ((entry->user_data & 1) == TAG_RECV) {
                alive = on_recv(load, &load->clients[entry->user_data >> 1], entry->res);
            }
            if (!alive) {
                return -ECONNREFUSED;
            }
        }
        io_uring_cq_advance(&load->ring, count);
    }
    return 0;
}

// What was due and got no answer counts with the time it has waited.
static void count_unanswered(Load *load)
{
    LoadResult *result = load->result;
    if (load->options->rate <= 0) {
        return;
    }
    for (unsigned i = 0; i < load->options->connections; i++) {
        const Client *c = &load->clients[i];
        for (unsigned k = 0; k < c->in_flight; k++) {
            uint64_t due = c->due_ns[(c->oldest + k) % PIPELINE_MAX];
            if (due >= load->measured_from_ns && due < load->end_ns) {
                histogram_add(&result->latency, load->end_ns - due);
                result->unanswered++;
            }
        }
    }
    for (uint64_t n = load->given_count; n < load->due_count; n++) {
        uint64_t due = due_time(load, n);
        if (due >= load->measured_from_ns && due < load->end_ns) {
            histogram_add(&result->latency, load->end_ns - due);
            result->unanswered++;
        }
    }
}

static int start_clients(Load *load)
{
    for (unsigned i = 0; i < load->options->connections; i++) {
        int error = connect_client(load, &load->clients[i]);
        if (error) {
            return error;
        }
    }
    load->start_ns = load->now_ns = clock_monotonic_ns();
    load->measured_from_ns = load->start_ns + (uint64_t)(load->options->warm_up_seconds * 1e9);
    load->end_ns = load->measured_from_ns + (uint64_t)(load->options->seconds * 1e9);
    for (unsigned i = 0; i < load->options->connections; i++) {
        queue_recv(load, &load->clients[i]);
        give_work(load, &load->clients[i], load->options->pipeline);
    }
    return 0;
}

int load_run(const LoadOptions *options, LoadResult *result, char *message, size_t size)
{
    Load load = {.options = options, .result = result};
    if (options->pipeline < 1 || options->pipeline > PIPELINE_MAX || options->connections < 1) {
        snprintf(message, size, "bad load: %u connections, pipeline %u", options->connections,
                 options->pipeline);
        return -EINVAL;
    }
    if (parse_address(&load) < 0) {
        snprintf(message, size, "'%s' is not an IP address", options->host);
        return -EINVAL;
    }
    int error = open_ring(&load);
    if (error) {
        snprintf(message, size, "the load generator needs io_uring of Linux 6.1: %s",
                 strerror(-error));
        return error;
    }
    prctl(PR_SET_TIMERSLACK, 1000);
    load.clients = calloc(options->connections, sizeof *load.clients);
    load.idle = calloc(options->connections, sizeof *load.idle);
    error = -ENOMEM;
    if (load.clients && load.idle && make_request(&load)) {
        for (unsigned i = 0; i < options->connections; i++) {
            load.clients[i].fd = -1;
        }
        error = start_clients(&load);
        if (!error) {
            error = run_loop(&load);
        }
        if (result->at_end) {
            result->at_end(result->argument);
        }
        result->seconds = (double)(load.now_ns - load.measured_from_ns) / 1e9;
        count_unanswered(&load);
    }
    if (error) {
        snprintf(message, size, "cannot load %s port %u: %s", options->host, options->port,
                 strerror(-error));
    }
    io_uring_queue_exit(&load.ring);
    for (unsigned i = 0; load.clients && i < options->connections; i++) {
        if (load.clients[i].fd >= 0) {
            close(load.clients[i].fd);
        }
    }
    free(load.clients);
    free(load.idle);
    free(load.request);
    return error;
}
