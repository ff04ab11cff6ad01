#include "server/worker.h"
#include "server/ring_fault.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define ACCEPT_RETRY_NS     100000000u
#define ACCEPT_COMPLAINT_NS 10000000000u
#define ACCEPT_END_NS       500000000u // for the accept to end once it is cancelled
#define STUCK_NS            50000000u  // a thread this long in one turn gets no new connections

void server_log(const Server *server, const char *format, ...)
{
    char line[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    fprintf(stderr, "%s: %s\n", server->options->program, line); // one call, one line
}

// --- spare parts ---------------------------------------------------------------------------------

HttpParser *worker_take_parser(Worker *w)
{
    HttpParser *parser = w->spare_parsers;
    if (parser) {
        w->spare_parsers = *(HttpParser **)(void *)parser;
        return parser;
    }
    return malloc(sizeof *parser);
}

void worker_give_parser(Worker *w, HttpParser *parser)
{
    *(HttpParser **)(void *)parser = w->spare_parsers;
    w->spare_parsers = parser;
}

Buffer worker_take_buffer(Worker *w)
{
    return w->spare_buffer_count > 0 ? w->spare_buffers[--w->spare_buffer_count] : (Buffer){0};
}

void worker_give_buffer(Worker *w, Buffer *buffer)
{
    // Large ones go back to the system, so that one big request does not weigh for ever.
    if (buffer->data && buffer->capacity <= 32768 && w->spare_buffer_count < SPARE_BUFFERS_MAX) {
        buffer->size = 0;
        w->spare_buffers[w->spare_buffer_count++] = *buffer;
        *buffer = (Buffer){0};
    } else {
        buffer_free(buffer);
    }
}

static Connection *connection_at(const Worker *w, uint32_t index)
{
    return &w->chunks[index / CONNECTION_CHUNK][index % CONNECTION_CHUNK];
}

static bool add_chunk(Worker *w)
{
    if (w->chunk_count == CONNECTION_CHUNKS_MAX) {
        return false;
    }
    Connection *chunk = calloc(CONNECTION_CHUNK, sizeof *chunk);
    if (!chunk) {
        return false;
    }
    for (unsigned i = CONNECTION_CHUNK; i-- > 0;) {
        chunk[i].index = w->chunk_count * CONNECTION_CHUNK + i;
        chunk[i].next_free = w->free_connections;
        w->free_connections = &chunk[i];
    }
    w->chunks[w->chunk_count++] = chunk;
    return true;
}

Connection *worker_take_connection(Worker *w)
{
    if (!w->free_connections && !add_chunk(w)) {
        return NULL;
    }
    Connection *c = w->free_connections;
    w->free_connections = c->next_free;
    uint32_t index = c->index, generation = c->generation;
    memset(c, 0, sizeof *c);
    c->index = index;
    c->generation = generation;
    atomic_store_relaxed(&w->connection_count, w->connection_count + 1);
    return c;
}

void worker_give_connection(Worker *w, Connection *c)
{
    c->phase = PHASE_FREE;
    c->generation++;
    c->next_free = w->free_connections;
    w->free_connections = c;
    atomic_store_relaxed(&w->connection_count, w->connection_count - 1);
    if (w->accept_retry_ns > w->now_ns && !w->draining) {
        w->accept_retry_ns = w->now_ns; // a descriptor is free again
    }
}

// --- waking and handing over ---------------------------------------------------------------------

void worker_wake(Worker *w)
{
    uint64_t one = 1;
    ssize_t ignored = write(w->wake_fd, &one, sizeof one);
    (void)ignored; // the counter is full: it is awake
}

static bool put_in_inbox(Worker *w, int fd)
{
    bool taken = false;
    pthread_mutex_lock(&w->inbox.mutex);
    if (!w->inbox.closed && w->inbox.count < INBOX_MAX) {
        w->inbox.fds[w->inbox.count++] = fd;
        taken = true;
    }
    pthread_mutex_unlock(&w->inbox.mutex);
    if (taken) {
        worker_wake(w);
    }
    return taken;
}

static void empty_inbox(Worker *w, bool close_it)
{
    int fds[INBOX_MAX];
    pthread_mutex_lock(&w->inbox.mutex);
    unsigned count = w->inbox.count;
    memcpy(fds, w->inbox.fds, count * sizeof fds[0]);
    w->inbox.count = 0;
    w->inbox.closed |= close_it;
    pthread_mutex_unlock(&w->inbox.mutex);
    for (unsigned i = 0; i < count; i++) {
        connection_open(w, fds[i]);
    }
}

// The worker with the fewest connections among those that are not stuck in a handler.
static Worker *find_idler(Worker *w)
{
    Worker *best = w;
    uint32_t fewest = w->connection_count;
    for (unsigned i = 0; i < w->server->worker_count; i++) {
        Worker *other = w->server->workers[i];
        uint32_t count = atomic_load_relaxed(&other->connection_count);
        if (count < fewest) {
            // relaxed: a guess about load, nothing depends on it
            uint64_t since = atomic_load_relaxed(&other->busy_since_ns);
            if (since == 0 || w->now_ns < since + STUCK_NS) {
                fewest = count;
                best = other;
            }
        }
    }
    return best;
}

static void welcome(Worker *w, int fd)
{
    if (w->server->worker_count > 1 && !w->draining) {
        Worker *idler = find_idler(w);
        if (idler != w && put_in_inbox(idler, fd)) {
            COUNT(w, handed_over, 1);
            return;
        }
    }
    connection_open(w, fd);
}

// --- accepting -----------------------------------------------------------------------------------

static void start_accepting(Worker *w)
{
    w->accept_retry_ns = 0;
    w->accepting = ring_accept(&w->ring, w->listener, op_tag(OP_ACCEPT, 0, 0));
    if (!w->accepting) {
        w->accept_retry_ns = w->now_ns + ACCEPT_RETRY_NS;
    }
}

static void complain_about_accept(Worker *w, int error)
{
    COUNT(w, accept_pauses, 1);
    // relaxed: one line for all threads is meant, nothing depends on it
    uint64_t due = atomic_load_relaxed(&w->server->accept_complaint_ns);
    if (w->now_ns >= due && atomic_cas_acq_rel(&w->server->accept_complaint_ns, &due,
                                               w->now_ns + ACCEPT_COMPLAINT_NS)) {
        server_log(w->server, "cannot accept connections: %s%s", strerror(error),
                   error == EMFILE ? " (limit: ulimit -n)" : "");
    }
}

// At shutdown: takes what clients have already connected, so that they are answered.
static void accept_the_rest(Worker *w)
{
    int fd;
    fcntl(w->listener, F_SETFL, O_NONBLOCK);
    while ((fd = accept4(w->listener, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
        connection_open(w, fd);
    }
}

static void on_accept(Worker *w, const Completion *completion)
{
    int result = completion->result;
    if (!completion->more) {
        w->accepting = false;
    }
    if (result >= 0) {
        welcome(w, result);
    } else if (result != -ECONNABORTED && result != -ECANCELED && !w->draining) {
        complain_about_accept(w, -result);
        w->accept_retry_ns = w->now_ns + ACCEPT_RETRY_NS;
    }
    if (!w->accepting && !w->draining && w->accept_retry_ns == 0) {
        if (result == -ECANCELED) {
            w->accept_retry_ns = w->now_ns + ACCEPT_RETRY_NS;
        } else {
            start_accepting(w);
        }
    }
}

static void start_waking(Worker *w)
{
    w->wake_armed = ring_poll(&w->ring, w->wake_fd, op_tag(OP_WAKE, 0, 0));
}

static void on_wake(Worker *w, const Completion *completion)
{
    uint64_t count;
    ssize_t ignored = read(w->wake_fd, &count, sizeof count);
    (void)ignored;
    if (!completion->more) {
        w->wake_armed = false; // armed again with the next turn's deadlines
    }
    empty_inbox(w, false);
}

// --- shutting down -------------------------------------------------------------------------------

static void for_each_connection(Worker *w, void (*act)(Worker *w, Connection *c))
{
    for (uint32_t i = 0; i < w->chunk_count * CONNECTION_CHUNK; i++) {
        Connection *c = connection_at(w, i);
        if (c->phase != PHASE_FREE) {
            act(w, c);
        }
    }
}

static void start_draining(Worker *w)
{
    accept_the_rest(w);
    w->draining = true;
    w->accept_retry_ns = w->now_ns + ACCEPT_END_NS;
    if (w->accepting &&
        !ring_cancel_tag(&w->ring, op_tag(OP_ACCEPT, 0, 0), op_tag(OP_CANCEL_ACCEPT, 0, 0))) {
        w->accepting = false; // closing the ring will end it
    }
    for_each_connection(w, connection_drain);
}

// The listener closes when its accept has ended, after a last look at its queue.
static bool listener_is_closed(Worker *w)
{
    bool late = w->now_ns >= w->accept_retry_ns;
    if (w->listener >= 0 && (!w->accepting || late)) {
        w->accept_retry_ns = 0;
        accept_the_rest(w);
        close(w->listener);
        w->listener = -1;
    }
    return w->listener < 0;
}

static bool may_stop(Worker *w)
{
    if (!w->draining || !listener_is_closed(w)) {
        return false;
    }
    empty_inbox(w, true);
    return w->connection_count == 0;
}

// --- the loop ------------------------------------------------------------------------------------

static void dispatch(Worker *w, const Completion *completion)
{
    uint64_t tag = completion->tag;
    OpKind kind = (OpKind)(tag >> 56);
    if (kind >= OP_RECV) {
        uint32_t index = (uint32_t)(tag >> 32) & 0xFFFFFF;
        Connection *c = connection_at(w, index);
        // A late completion may name a slot that has a new tenant.
        if (c->generation == (uint32_t)tag && c->phase != PHASE_FREE) {
            switch (kind) {
            case OP_RECV:
                connection_on_recv(w, c, completion);
                break;
            case OP_SEND:
                connection_on_send(w, c, completion->result);
                break;
            default:
                connection_on_cancel(w, c, kind == OP_PAUSE);
                break;
            }
        }
    } else if (kind == OP_ACCEPT) {
        on_accept(w, completion);
    } else if (kind == OP_WAKE) {
        on_wake(w, completion);
    }
    if (completion->has_buffer) {
        ring_buffer_return(&w->ring, completion->buffer);
    }
}

static void run_deadlines(Worker *w)
{
    TimerEntry *entry;
    while ((entry = timer_expire(&w->wheel, w->now_ns))) {
        connection_on_deadline(w, (Connection *)entry);
    }
    if (w->accept_retry_ns && w->now_ns >= w->accept_retry_ns && !w->accepting && !w->draining) {
        start_accepting(w);
    }
    if (UNLIKELY(!w->wake_armed)) {
        start_waking(w);
    }
}

static void look_at_clock(Worker *w)
{
    struct timespec wall;
    w->now_ns = ring_now_ns(&w->ring);
    clock_gettime(CLOCK_REALTIME_COARSE, &wall);
    date_cache_update(&w->date, wall.tv_sec);
}

static uint64_t wait_limit_ns(const Worker *w)
{
    uint64_t limit = timer_wait_ns(&w->wheel, w->now_ns);
    if (w->accept_retry_ns) {
        uint64_t left = w->accept_retry_ns > w->now_ns ? w->accept_retry_ns - w->now_ns : 0;
        limit = MIN_OF(limit, left);
    }
    return w->wake_armed ? limit : MIN_OF(limit, 10000000u);
}

static int wait_for_work(Worker *w)
{
    const Application *application = w->application;
    uint64_t limit = wait_limit_ns(w);
    uint64_t before = w->now_ns;
    application->thread_wait_begin(w->context);
    atomic_store_relaxed(&w->busy_since_ns, 0);
    int error = ring_wait(&w->ring, limit);
    look_at_clock(w);
    uint64_t woken = w->now_ns;
    atomic_store_relaxed(&w->busy_since_ns, woken);
    application->thread_wait_end(w->context);
    w->now_ns = ring_now_ns(&w->ring);
    COUNT(w, waits, 1);
    COUNT(w, blocked_ns, woken - before);
    COUNT(w, attach_ns, w->now_ns - woken);
    return error;
}

static void take_completions(Worker *w)
{
    Completion completion;
    while (ring_next(&w->ring, &completion)) {
        dispatch(w, &completion);
    }
}

static void run_loop(Worker *w)
{
    for (;;) {
        take_completions(w);
        run_deadlines(w);
        // acquire: pairs with the release in server_drain(); the flag alone matters
        if (UNLIKELY(atomic_load_acquire(&w->server->draining)) && !w->draining) {
            start_draining(w);
        }
        if (UNLIKELY(atomic_load_acquire(&w->server->aborting))) {
            return;
        }
        if (UNLIKELY(w->draining) && may_stop(w)) {
            return;
        }
        if (w->application->thread_poll) {
            w->application->thread_poll(w->context);
        }
        COUNT(w, turns, 1);
        int error = ring_submit(&w->ring);
        if (!error && !ring_has_completion(&w->ring)) {
            error = wait_for_work(w);
        } else {
            look_at_clock(w);
            atomic_store_relaxed(&w->busy_since_ns, w->now_ns);
        }
        if (UNLIKELY(error)) {
            server_log(w->server, "thread %u: the ring failed: %s", w->index, strerror(-error));
            return;
        }
    }
}

// --- starting and ending -------------------------------------------------------------------------

Worker *worker_create(Server *server, unsigned index, int listener)
{
    Worker *w = calloc(1, sizeof *w);
    HttpParser *parser = malloc(sizeof *parser);
    int wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (!w || !parser || wake_fd < 0) {
        free(w);
        free(parser);
        if (wake_fd >= 0) {
            close(wake_fd);
        }
        return NULL;
    }
    w->server = server;
    w->options = server->options;
    w->application = server->application;
    w->index = index;
    w->listener = listener;
    w->parser = parser;
    w->wake_fd = wake_fd;
    pthread_mutex_init(&w->inbox.mutex, NULL);
    return w;
}

void worker_destroy(Worker *w)
{
    if (w->listener >= 0) {
        close(w->listener);
    }
    close(w->wake_fd);
    for (uint32_t i = 0; i < w->chunk_count; i++) {
        free(w->chunks[i]);
    }
    while (w->spare_parsers) {
        free(worker_take_parser(w));
    }
    while (w->spare_buffer_count > 0) {
        buffer_free(&w->spare_buffers[--w->spare_buffer_count]);
    }
    free(w->parser);
    pthread_mutex_destroy(&w->inbox.mutex);
    free(w);
}

static void close_by_force(Worker *w, Connection *c)
{
    close(c->fd);
    for (unsigned i = 0; i < 2; i++) {
        Outgoing *out = i ? &c->flight : &c->pending;
        if (out->release) {
            out->release(w->context, out->keep);
        }
        buffer_free(&out->buffer);
    }
    buffer_free(&c->input);
    if (c->parser) {
        worker_give_parser(w, c->parser);
    }
    worker_give_connection(w, c);
}

// Ends the ring, then everything it might still have looked at.
static void clean_up(Worker *w)
{
    empty_inbox(w, true);
    if (w->connection_count == 0 && w->quarantine == NULL) {
        take_completions(w);
        ASSERT(w->ring.buffers_out == 0);
    }
    ring_close(&w->ring);
    for_each_connection(w, close_by_force);
    while (w->quarantine) {
        Outgoing *out = w->quarantine;
        w->quarantine = out->next;
        if (out->release) {
            out->release(w->context, out->keep);
        }
        buffer_free(&out->buffer);
        free(out);
    }
    if (w->ring.fault) {
        atomic_add_relaxed(&w->server->faults, ring_fault_count(w->ring.fault));
        ring_fault_destroy(w->ring.fault);
    }
}

static void tell_main_thread(Server *server)
{
    uint64_t one = 1;
    ssize_t ignored = write(server->wake_fd, &one, sizeof one);
    (void)ignored;
}

static bool open_ring(Worker *w)
{
    RingOptions options = w->options->ring;
    if (w->options->faults_on) {
        options.fault = ring_fault_create(&w->options->faults, w->index);
    }
    int error = ring_open(&w->ring, &options);
    if (error) {
        // One message, though every thread finds the same.
        if (atomic_exchange_acq_rel(&w->server->complained, true) == false) {
            char why[512];
            ring_explain(error, why, sizeof why);
            server_log(w->server, "%s", why);
        }
        ring_fault_destroy(options.fault);
    }
    return error == 0;
}

void *worker_main(void *argument)
{
    Worker *w = argument;
    Server *server = w->server;
    bool ring_ready = open_ring(w);
    if (ring_ready) {
        w->context = w->application->thread_start(w->application, w->index);
    }
    if (w->context) {
        look_at_clock(w);
        timer_wheel_init(&w->wheel, w->now_ns);
        start_waking(w);
        start_accepting(w);
        atomic_store_relaxed(&w->busy_since_ns, w->now_ns);
        atomic_add_acq_rel(&server->started, 1u);
        tell_main_thread(server);
        run_loop(w);
        clean_up(w);
        w->application->thread_stop(w->context);
    } else {
        if (ring_ready) {
            ring_close(&w->ring);
            ring_fault_destroy(w->ring.fault);
        }
        atomic_add_acq_rel(&server->failed, 1u);
    }
    // acq_rel: pairs with the main thread's load; what this worker did happened before it ended
    atomic_add_acq_rel(&server->ended, 1u);
    tell_main_thread(server);
    return NULL;
}
