// The life of a connection.
//
// 1. Each event (bytes, end of file, a send done, a deadline) changes the state and calls
//    settle(), the one place that decides what happens next: send, receive, pause,
//    linger, close, and by when.
// 2. Closing: cancel what is outstanding on the descriptor, shut it down (close alone
//    would cancel nothing), wait for the last completion, then close. A descriptor or
//    slot is never reused before.
// 3. If that completion does not come within CLOSE_TIMEOUT, twice, the connection is abandoned: the
//    generation in late completions no longer fits, and memory of an outstanding send stays until
//    the ring is gone.
#include "server/worker.h"

#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CLOSE_TIMEOUT_NS 5000000000u
#define RETRY_NS         20000000u
#define GRACE_NS         1000000000u // for a client that has connected but not asked, at shutdown
enum { LINGER_BYTES_MAX = 65536 };
// A send completes when all of it is gone. Pieces show that a slow client makes progress.
#define SEND_BYTES_MAX ((size_t)262144)

static void settle(Worker *w, Connection *c);

static uint64_t tag_of(const Connection *c, OpKind kind)
{
    return op_tag(kind, c->index, c->generation);
}

// --- output --------------------------------------------------------------------------------------

static bool outgoing_is_empty(const Outgoing *out)
{
    return out->buffer.size == 0 && out->body.size == 0;
}

static void outgoing_release(Worker *w, Outgoing *out)
{
    if (out->release) {
        out->release(w->context, out->keep);
    }
    worker_give_buffer(w, &out->buffer);
    *out = (Outgoing){0};
}

static void retry_later(Worker *w, Connection *c)
{
    c->retry = true;
    c->retry_ns = w->now_ns + RETRY_NS;
}

// Queues what is left of the flight.
static void queue_send(Worker *w, Connection *c)
{
    Outgoing *out = &c->flight;
    size_t head = out->buffer.size > out->sent ? out->buffer.size - out->sent : 0;
    size_t body_sent = head > 0 ? 0 : out->sent - out->buffer.size;
    bool queued;
    if (head > 0 && out->body.size > 0) {
        c->vectors[0] = (struct iovec){out->buffer.data + out->sent, head};
        c->vectors[1] = (struct iovec){(void *)(uintptr_t)out->body.data,
                                       MIN_OF(out->body.size, SEND_BYTES_MAX)};
        c->message = (struct msghdr){.msg_iov = c->vectors, .msg_iovlen = 2};
        queued = ring_sendmsg(&w->ring, c->fd, &c->message, tag_of(c, OP_SEND));
    } else {
        const char *data = head > 0 ? out->buffer.data + out->sent : out->body.data + body_sent;
        size_t left = head > 0 ? head : out->body.size - body_sent;
        queued = ring_send(&w->ring, c->fd, data, MIN_OF(left, SEND_BYTES_MAX), tag_of(c, OP_SEND));
    }
    if (queued) {
        c->send_armed = true;
    } else {
        retry_later(w, c);
    }
}

static void expect_progress(Worker *w, Connection *c)
{
    c->write_deadline_ns = w->now_ns + w->options->write_timeout_ns;
    c->write_look_ns = w->now_ns + w->options->write_timeout_ns / 4;
}

// Whether the client's side has confirmed bytes since the last time: a slow one may take long for a
// piece. Only its kernel is known to have them, but that takes more only as the client reads.
static bool takes_bytes(Connection *c)
{
    struct tcp_info info = {0};
    socklen_t size = sizeof info;
    uint64_t before = c->bytes_taken;
    if (getsockopt(c->fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0) {
        c->bytes_taken = info.tcpi_bytes_acked;
    }
    return c->bytes_taken > before;
}

static void start_send(Worker *w, Connection *c)
{
    if (outgoing_is_empty(&c->flight)) {
        if (outgoing_is_empty(&c->pending)) {
            return;
        }
        c->flight = c->pending;
        c->pending = (Outgoing){0};
        expect_progress(w, c);
    }
    queue_send(w, c);
}

// --- input ---------------------------------------------------------------------------------------

static bool wants_input(const Worker *w, const Connection *c)
{
    if (c->end_of_file || c->phase == PHASE_CLOSING) {
        return false;
    }
    if (c->phase == PHASE_LINGER || c->close_after) {
        return c->lingered < LINGER_BYTES_MAX; // to notice that the client is gone
    }
    return c->input.size < w->options->output_bytes || !exchange_is_blocked(w, c);
}

static void start_recv(Worker *w, Connection *c)
{
    if (ring_recv(&w->ring, c->fd, tag_of(c, OP_RECV))) {
        c->recv_armed = true;
    } else {
        retry_later(w, c);
    }
}

static void pause_recv(Worker *w, Connection *c)
{
    if (!c->pausing && ring_cancel_tag(&w->ring, tag_of(c, OP_RECV), tag_of(c, OP_PAUSE))) {
        c->pause_armed = c->pausing = true;
    }
}

// --- closing -------------------------------------------------------------------------------------

static void drop_input(Worker *w, Connection *c)
{
    if (c->parser) {
        worker_give_parser(w, c->parser);
        c->parser = NULL;
    }
    worker_give_buffer(w, &c->input);
}

static bool has_operations(const Connection *c)
{
    return c->recv_armed || c->send_armed || c->cancel_armed || c->pause_armed;
}

static void finish(Worker *w, Connection *c)
{
    timer_unlink(&w->wheel, &c->timer);
    close(c->fd);
    outgoing_release(w, &c->flight);
    worker_give_connection(w, c);
}

static void cancel_operations(Worker *w, Connection *c)
{
    c->phase_deadline_ns = w->now_ns + CLOSE_TIMEOUT_NS;
    if ((c->recv_armed || c->send_armed) && !c->cancel_armed) {
        if (ring_cancel_fd(&w->ring, c->fd, tag_of(c, OP_CANCEL))) {
            c->cancel_armed = true;
        } else {
            retry_later(w, c);
        }
    }
    shutdown(c->fd, SHUT_RDWR);
}

// Completions will not come any more: keeps what the kernel might still read, frees the rest.
static void abandon(Worker *w, Connection *c)
{
    COUNT(w, abandoned, 1);
    if (c->send_armed) {
        Outgoing *kept = malloc(sizeof *kept);
        if (kept) {
            *kept = c->flight;
            kept->next = w->quarantine;
            w->quarantine = kept;
        }
        c->flight = (Outgoing){0}; // without memory for the record the bytes are lost, not reused
    }
    finish(w, c);
}

void connection_abort(Worker *w, Connection *c)
{
    if (c->phase == PHASE_CLOSING || c->phase == PHASE_FREE) {
        return;
    }
    c->phase = PHASE_CLOSING;
    c->close_attempts = 0;
    c->retry = false;
    drop_input(w, c);
    outgoing_release(w, &c->pending);
    if (has_operations(c)) {
        cancel_operations(w, c);
    } // else settle() finishes: whoever called us still looks at the connection
}

static void begin_linger(Worker *w, Connection *c)
{
    drop_input(w, c);
    if (shutdown(c->fd, SHUT_WR) < 0) {
        connection_abort(w, c);
        return;
    }
    c->phase = PHASE_LINGER;
    c->phase_deadline_ns = w->now_ns + w->options->linger_timeout_ns;
}

// --- deciding ------------------------------------------------------------------------------------

static uint64_t next_deadline(const Worker *w, const Connection *c)
{
    uint64_t deadline = UINT64_MAX;
    if (c->phase != PHASE_OPEN) {
        deadline = c->phase_deadline_ns;
    } else if (!outgoing_is_empty(&c->flight)) {
        deadline = c->write_look_ns;
        if (c->parser && !exchange_is_blocked(w, c)) {
            deadline = MIN_OF(deadline, c->read_deadline_ns);
        }
    } else if (c->parser) {
        deadline = c->read_deadline_ns;
    } else {
        deadline = c->phase_deadline_ns; // idle
    }
    return c->retry ? MIN_OF(deadline, c->retry_ns) : deadline;
}

static void settle(Worker *w, Connection *c)
{
    if (c->phase == PHASE_OPEN) {
        if (!c->send_armed && !c->retry) {
            start_send(w, c);
        }
        if (outgoing_is_empty(&c->flight) && outgoing_is_empty(&c->pending)) {
            if (c->end_of_file) {
                connection_abort(w, c);
            } else if (c->close_after) {
                begin_linger(w, c);
            }
        }
    }
    if (c->phase == PHASE_LINGER && c->end_of_file) {
        connection_abort(w, c);
    }
    if (c->phase == PHASE_CLOSING) {
        if (!has_operations(c)) {
            finish(w, c);
            return;
        }
    } else if (!wants_input(w, c)) {
        if (c->recv_armed) {
            pause_recv(w, c);
        }
    } else if (!c->recv_armed && !c->retry) {
        start_recv(w, c);
    }
    timer_set(&w->wheel, &c->timer, next_deadline(w, c));
}

static void rest_until(Connection *c, uint64_t deadline_ns) { c->phase_deadline_ns = deadline_ns; }

// Whether the client has sent something that we have not been told of yet.
static bool bytes_wait(const Connection *c)
{
    char byte;
    return recv(c->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

static bool is_resting(const Connection *c)
{
    return c->phase == PHASE_OPEN && !c->parser && c->input.size == 0 && !c->send_armed &&
           outgoing_is_empty(&c->flight) && outgoing_is_empty(&c->pending);
}

// --- events --------------------------------------------------------------------------------------

void connection_open(Worker *w, int fd)
{
    Connection *c = worker_take_connection(w);
    if (!c) {
        close(fd);
        return;
    }
    COUNT(w, connections, 1);
    c->fd = fd;
    c->phase = PHASE_OPEN;
    rest_until(c, w->now_ns + (w->draining ? GRACE_NS : w->options->idle_timeout_ns));
    settle(w, c);
}

static void on_bytes(Worker *w, Connection *c, char *data, size_t size)
{
    COUNT(w, bytes_in, size);
    if (c->phase == PHASE_LINGER || (c->phase == PHASE_OPEN && c->close_after)) {
        // Beyond the limit nothing is received:
        // the client has until the deadline to read our answer.
        c->lingered += (uint32_t)MIN_OF(size, (size_t)LINGER_BYTES_MAX);
        return;
    }
    if (c->phase != PHASE_OPEN) {
        return;
    }
    c->close_attempts = 0;
    if (c->input.size == 0) {
        exchange_run(w, c, data, size);
    } else if (buffer_append(&c->input, data, size)) {
        exchange_run(w, c, c->input.data, c->input.size);
    } else {
        drop_input(w, c);
        exchange_refuse(w, c, 503, NULL);
    }
    rest_until(c, w->now_ns + w->options->idle_timeout_ns);
}

void connection_on_recv(Worker *w, Connection *c, const Completion *completion)
{
    bool by_pause = c->pausing;
    if (!completion->more) {
        c->recv_armed = c->pausing = false;
    }
    int result = completion->result;
    if (result > 0 && completion->has_buffer) {
        on_bytes(w, c, ring_buffer(&w->ring, completion->buffer), (size_t)result);
    } else if (result == 0) {
        c->end_of_file = true;
    } else {
        switch (-result) {
        case ENOBUFS:
            // Buffers go back before the next submission, so there is no need to wait.
            COUNT(w, no_buffers, 1);
            break;
        case ECANCELED:
            if (!by_pause) {
                retry_later(w, c);
            }
            break;
        case EINTR:
        case EAGAIN:
        case ENOMEM:
            retry_later(w, c);
            break;
        default:
            c->end_of_file = true;
            connection_abort(w, c);
            break;
        }
    }
    settle(w, c);
}

void connection_on_send(Worker *w, Connection *c, int result)
{
    c->send_armed = false;
    Outgoing *out = &c->flight;
    if (result > 0) {
        COUNT(w, bytes_out, result);
        out->sent += (size_t)result;
        expect_progress(w, c);
        if (out->sent >= out->buffer.size + out->body.size) {
            outgoing_release(w, out);
        }
    } else if (result == -EINTR || result == -EAGAIN || result == -ENOMEM || result == -ENOBUFS ||
               (result == -ECANCELED && c->phase == PHASE_OPEN)) {
        retry_later(w, c);
    } else {
        connection_abort(w, c);
    }
    if (c->phase == PHASE_OPEN && outgoing_is_empty(out)) {
        rest_until(c, w->now_ns + w->options->idle_timeout_ns);
        if (c->input.size > 0) {
            exchange_run(w, c, c->input.data, c->input.size); // what had to wait
        }
        if (w->draining && is_resting(c)) {
            connection_drain(w, c);
            return;
        }
    }
    settle(w, c);
}

void connection_on_cancel(Worker *w, Connection *c, bool pause)
{
    if (pause) {
        c->pause_armed = false;
    } else {
        c->cancel_armed = false;
    }
    settle(w, c);
}

void connection_on_deadline(Worker *w, Connection *c)
{
    uint64_t now = w->now_ns;
    if (c->retry && now >= c->retry_ns) {
        c->retry = false;
        if (c->phase == PHASE_CLOSING) {
            cancel_operations(w, c);
        }
    } else if (c->phase == PHASE_CLOSING) {
        if (c->close_attempts++ > 0) {
            abandon(w, c);
            return;
        }
        c->cancel_armed = false; // it may be the cancellation that got lost
        c->pause_armed = false;
        cancel_operations(w, c);
    } else if (c->phase == PHASE_LINGER) {
        connection_abort(w, c);
    } else if (is_resting(c)) {
        if (bytes_wait(c)) {
            // Their completion is under way; if not, the operation got lost.
            rest_until(c, now + GRACE_NS);
            if (++c->close_attempts > 3) {
                connection_abort(w, c);
            }
        } else {
            COUNT(w, timeouts, 1);
            connection_abort(w, c);
        }
    } else if (!outgoing_is_empty(&c->flight) && now >= c->write_look_ns && takes_bytes(c)) {
        expect_progress(w, c);
    } else if (!outgoing_is_empty(&c->flight) && now >= c->write_deadline_ns) {
        COUNT(w, timeouts, 1);
        // The kernel's copy is of no use either: reset.
        setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &(struct linger){.l_onoff = 1},
                   sizeof(struct linger));
        connection_abort(w, c);
    } else if (!outgoing_is_empty(&c->flight) && now >= c->write_look_ns) {
        c->write_look_ns = MIN_OF(now + w->options->write_timeout_ns / 4, c->write_deadline_ns);
    } else if (c->parser && !c->close_after && now >= c->read_deadline_ns) {
        COUNT(w, timeouts, 1);
        exchange_refuse(w, c, 408,
                        c->body_begun ? "the body took too long" : "the head took too long");
        if (c->phase == PHASE_OPEN) {
            drop_input(w, c);
        }
    }
    settle(w, c);
}

void connection_drain(Worker *w, Connection *c)
{
    if (!is_resting(c)) {
        return; // closes after its answer, or is closing already
    }
    if (c->requests == 0 || bytes_wait(c)) {
        rest_until(c, w->now_ns + GRACE_NS);
    } else {
        connection_abort(w, c);
    }
    settle(w, c);
}
