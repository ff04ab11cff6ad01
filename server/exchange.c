// Requests to answers.
//
// 1. exchange_run() walks over the bytes at hand: parse, answer, next, until they are used up, the
//    request is incomplete, or too much output waits.
// 2. A complete request is lent to the application where it lies. The answer is written behind
//    those already pending; a large body follows by reference and ends the round.
// 3. What is left over is kept in the connection's input, its first byte at the front, so the
//    parser's offsets stay right.
#include "server/worker.h"
#include "server/listener.h"

#include <string.h>
#include <sys/socket.h>

// --- answering -----------------------------------------------------------------------------------

static void find_remote_address(Connection *c)
{
    struct sockaddr_storage storage;
    socklen_t size = sizeof storage;
    unsigned port = 0;
    if (getpeername(c->fd, (struct sockaddr *)&storage, &size) == 0) {
        socket_address_text((struct sockaddr *)&storage, c->remote_address,
                            sizeof c->remote_address, &port);
    }
    if (!c->remote_address[0]) {
        memcpy(c->remote_address, "?", 2);
    }
    c->remote_port = (uint16_t)port;
}

static void release_response(Worker *w, Response *response)
{
    if (response->release) {
        response->release(w->context, response->keep);
        response->release = NULL;
    }
}

static void write_plain(Worker *w, Connection *c, unsigned status, const char *reason,
                        const ResponseContext *context)
{
    if (!http_response_write_plain(&c->pending.buffer, status, reason, context, &w->date)) {
        // No memory even for this: the client sees the connection end.
        connection_abort(w, c);
    }
}

static void take_output_buffer(Worker *w, Connection *c)
{
    if (!c->pending.buffer.data) {
        c->pending.buffer = worker_take_buffer(w);
    }
}

// `more` tells that bytes of a further request are at hand.
static void answer(Worker *w, Connection *c, const HttpParser *parser, const char *data, bool more)
{
    Request request;
    http_parser_request(parser, data, &request, w->headers);
    if (UNLIKELY(!c->remote_address[0])) {
        find_remote_address(c);
    }
    request.remote_address = c->remote_address;
    request.remote_port = c->remote_port;

    Response *response = &w->response;
    response->status = 200;
    response->header_count = 0;
    response->body = (Span){0};
    response->close = false;
    response->release = NULL;
    response->keep = NULL;
    w->application->handle(w->context, &request, response);
    w->now_ns = ring_now_ns(&w->ring); // the handler may have taken long
    c->requests++;
    COUNT(w, requests, 1);

    ResponseContext context = {
        .head = request.method.size == 4 && memcmp(request.method.data, "HEAD", 4) == 0,
        // relaxed: a hint; whoever is told to keep the connection is closed when it rests
        .keep_alive = request.keep_alive && (more || !atomic_load_relaxed(&w->server->draining)),
        .version_minor = request.version_minor,
    };
    take_output_buffer(w, c);
    const char *wrong = http_response_error(response, &context);
    context.keep_alive &= !response->close;
    if (UNLIKELY(wrong != NULL)) {
        COUNT(w, failed, 1);
        server_log(w->server, "%.*s %.*s: the answer cannot be sent: %s", (int)request.method.size,
                   request.method.data, (int)MIN_OF(request.target.size, 200u), request.target.data,
                   wrong);
        release_response(w, response);
        write_plain(w, c, 500, NULL, &context);
    } else {
        switch (http_response_write(&c->pending.buffer, response, &context, &w->date)) {
        case WRITE_DONE:
            release_response(w, response);
            break;
        case WRITE_BODY_AFTER:
            c->pending.body = response->body;
            c->pending.release = response->release;
            c->pending.keep = response->keep;
            break;
        case WRITE_NO_MEMORY:
            release_response(w, response);
            connection_abort(w, c);
            return;
        }
    }
    if (!context.keep_alive) {
        c->close_after = true;
    }
}

void exchange_refuse(Worker *w, Connection *c, unsigned status, const char *reason)
{
    COUNT(w, refused, 1);
    if (c->pending.body.size > 0) { // it follows the buffer: nothing may come between
        c->close_after = true;
        return;
    }
    ResponseContext context = {.keep_alive = false, .version_minor = 1};
    take_output_buffer(w, c);
    c->close_after = true;
    write_plain(w, c, status, reason, &context);
}

// --- parsing -------------------------------------------------------------------------------------

bool exchange_is_blocked(const Worker *w, const Connection *c)
{
    size_t waiting =
        c->pending.buffer.size + c->flight.buffer.size + c->flight.body.size - c->flight.sent;
    return c->pending.body.size > 0 || waiting >= w->options->output_bytes;
}

// Remembers how far the parser has come and until when the rest must be here.
static bool keep_parser(Worker *w, Connection *c, HttpParser *parser)
{
    const ServerOptions *o = w->options;
    if (!c->parser) {
        HttpParser *another = worker_take_parser(w);
        if (!another) {
            return false;
        }
        c->parser = parser; // the scratch parser becomes the connection's
        w->parser = another;
        c->read_deadline_ns = w->now_ns + o->head_timeout_ns;
        c->body_begun = c->continue_sent = false;
    }
    if (parser->head_complete) {
        if (!c->body_begun) {
            c->body_begun = true;
            c->body_began_ns = w->now_ns;
        }
        uint64_t earned = o->body_rate ? parser->body_size * 1000000000u / o->body_rate : 0;
        c->read_deadline_ns = c->body_began_ns + o->body_timeout_ns + earned;
        if (parser->expects_continue && !c->continue_sent && parser->body_size == 0) {
            static const char line[] = "HTTP/1.1 100 Continue\r\n\r\n";
            c->continue_sent = true;
            take_output_buffer(w, c);
            if (!buffer_append(&c->pending.buffer, line, sizeof line - 1)) {
                return false;
            }
        }
    }
    return true;
}

static void drop_input(Worker *w, Connection *c)
{
    if (c->parser) {
        worker_give_parser(w, c->parser);
        c->parser = NULL;
    }
    worker_give_buffer(w, &c->input);
}

// Moves what is left over to the front of the input.
static bool keep_input(Worker *w, Connection *c, char *data, size_t size)
{
    Buffer *input = &c->input;
    if (input->data && data >= input->data && data < input->data + input->capacity) {
        if (data != input->data) {
            memmove(input->data, data, size);
        }
        input->size = size;
        return true;
    }
    if (!input->data) {
        *input = worker_take_buffer(w);
    }
    return buffer_append(input, data, size);
}

void exchange_run(Worker *w, Connection *c, char *data, size_t size)
{
    while (size > 0 && !c->close_after && !exchange_is_blocked(w, c)) {
        HttpParser *parser = c->parser;
        if (!parser) {
            parser = w->parser;
            http_parser_init(parser, &w->options->limits);
        }
        size_t parsed = size;
        HttpVerdict verdict = http_parser_run(parser, data, &parsed);
        if (verdict == HTTP_MORE) {
            size = parsed;
            if (!keep_parser(w, c, parser)) {
                exchange_refuse(w, c, 503, NULL);
            }
            break;
        }
        if (verdict == HTTP_REFUSED) {
            exchange_refuse(w, c, parser->status, parser->reason);
            break;
        }
        size_t used = parser->read;
        answer(w, c, parser, data, size > used);
        if (c->parser) {
            worker_give_parser(w, c->parser);
            c->parser = NULL;
        }
        if (c->phase != PHASE_OPEN) {
            return; // aborted: the input is gone
        }
        data += used;
        size -= used;
    }
    if (c->phase != PHASE_OPEN) {
        return;
    }
    if (size == 0 || c->close_after) {
        drop_input(w, c);
    } else if (!keep_input(w, c, data, size)) {
        exchange_refuse(w, c, 503, NULL);
        if (c->phase == PHASE_OPEN) {
            drop_input(w, c);
        }
    }
}
