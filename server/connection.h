// server/connection.h: one client, from accept to close.
//
//   OPEN ──────────► LINGER ─────────► CLOSING ─────────► FREE
//   requests and     answered: our     cancel by fd,      last completion
//   answers          side is shut,     shutdown           has come: close(fd)
//        │           discard a little        ▲
//        └───────── error, end of file ──────┘
//
// Bytes of a complete request are parsed where the kernel put them. Only a request that is not
// complete is copied to a buffer of the connection's own; an idle connection has none.
//
// Answers gather in `pending` while `flight` is being sent: one send at a time. When more than
// options.output_bytes are waiting, no further request is parsed, and once as much input has piled
// up, nothing is received either.
//
// Rule     a connection is freed only when no operation on it is outstanding, or when the deadline
//          for that has passed; its memory for sends is then kept until the ring is gone.
// Rule     after a refused request nothing is parsed any more.
// Threads  the worker's own.
// Errors   every failure ends in an answer or in CLOSING; none reaches other connections.
#ifndef ADDER_SERVER_CONNECTION_H
#define ADDER_SERVER_CONNECTION_H

#include "server/http_parser.h"
#include "server/http_response.h"
#include "server/ring.h"
#include "server/timer_wheel.h"

struct Worker;

typedef enum Phase { PHASE_FREE, PHASE_OPEN, PHASE_LINGER, PHASE_CLOSING } Phase;

// Bytes on their way out: a buffer, then perhaps a body that the application keeps alive.
typedef struct Outgoing {
    Buffer buffer;
    Span body;
    size_t sent; // of both together
    void (*release)(void *thread, void *keep);
    void *keep;
    struct Outgoing *next; // in quarantine
} Outgoing;

typedef struct Connection {
    TimerEntry timer; // first: the wheel hands out its address
    int fd;
    uint32_t index, generation;
    uint8_t phase;
    uint8_t close_attempts;
    // operations outstanding
    bool recv_armed, send_armed, cancel_armed, pause_armed;
    bool pausing;       // the receive is being cancelled because too much waits
    bool end_of_file;   // the client sends no more
    bool close_after;   // after what is pending has left
    bool continue_sent; // 100 Continue, for the request being read
    bool body_begun;    // the request being read has its head
    bool retry;         // something could not be queued
    uint32_t lingered;  // bytes discarded
    uint64_t requests;
    uint64_t read_deadline_ns, write_deadline_ns, phase_deadline_ns, retry_ns, body_began_ns;
    uint64_t write_look_ns; // when to look next whether the client takes anything
    uint64_t bytes_taken;   // at the last look
    HttpParser *parser;     // of a request that is not complete, or NULL
    Buffer input;           // its bytes and what came after; empty between requests
    Outgoing pending, flight;
    struct iovec vectors[2];
    struct msghdr message;
    uint16_t remote_port;
    char remote_address[46];
    struct Connection *next_free;
} Connection;

// A new client; takes the descriptor.
void connection_open(struct Worker *worker, int fd);

// A completion of one of the connection's operations (not stale).
void connection_on_recv(struct Worker *worker, Connection *c, const Completion *completion);
void connection_on_send(struct Worker *worker, Connection *c, int result);
void connection_on_cancel(struct Worker *worker, Connection *c, bool pause);

// Its deadline has passed.
void connection_on_deadline(struct Worker *worker, Connection *c);

// The server is shutting down: close if idle and no byte waits, else after the next answer.
void connection_drain(struct Worker *worker, Connection *c);
// Ends it without looking back.
void connection_abort(struct Worker *worker, Connection *c);

// exchange.c: parses and answers what lies in data[0..size), which is `c->input` or a ring's
// buffer; keeps the rest in `c->input`.
void exchange_run(struct Worker *worker, Connection *c, char *data, size_t size);
// Answers an error of the server's own and parses no more.
void exchange_refuse(struct Worker *worker, Connection *c, unsigned status, const char *reason);
// Whether so much output waits that parsing has to pause.
bool exchange_is_blocked(const struct Worker *worker, const Connection *c);

#endif
