// server/worker.h: one server thread: a ring, its connections, its deadlines,
// its interpreter thread.
//
// One turn of the loop:
//
//   take every completion ─► run handlers ─► queue answers ─► deadlines ─► enter the ring
//        ▲                                                                  │ completions? stay
//        attached └───────────── attach ◄── wait for one ◄── detach ◄────────────────┘ none
//
// The thread is attached to its interpreter all the time except while it waits with nothing to do,
// so in the program with a global lock the lock is not passed on for each request.
//
// New connections are accepted on each thread's own socket. A thread that has more than another
// hands a new one over, so that few connections spread evenly.
//
// Rule     all but `inbox` and the atomic counters is touched by the worker's own thread only.
// Proof    tests/unit/server/test_faults.c, tests/server/
#ifndef ADDER_SERVER_WORKER_H
#define ADDER_SERVER_WORKER_H

#include <pthread.h>

#include "core/base/atomics.h"
#include "server/connection.h"
#include "server/http_parser.h"
#include "server/http_response.h"
#include "server/options.h"
#include "server/ring.h"
#include "server/timer_wheel.h"

typedef struct Server Server;

// What an operation's tag says: kind 8 bits, connection index 24, generation 32.
typedef enum OpKind {
    OP_ACCEPT = 1,
    OP_WAKE,
    OP_CANCEL_ACCEPT,
    OP_RECV,
    OP_SEND,
    OP_CANCEL,
    OP_PAUSE,
} OpKind;

static inline uint64_t op_tag(OpKind kind, uint32_t index, uint32_t generation)
{
    return (uint64_t)kind << 56 | (uint64_t)index << 32 | generation;
}

// Written by the worker, relaxed; read by anyone.
#define WORKER_COUNTERS(X)                                                                         \
    X(requests)                                                                                    \
    X(connections)                                                                                 \
    X(handed_over)                                                                                 \
    X(bytes_in)                                                                                    \
    X(bytes_out)                                                                                   \
    X(refused)                                                                                     \
    X(failed)                                                                                      \
    X(timeouts)                                                                                    \
    X(no_buffers)                                                                                  \
    X(accept_pauses)                                                                               \
    X(abandoned)                                                                                   \
    X(turns)                                                                                       \
    X(waits)                                                                                       \
    X(blocked_ns)                                                                                  \
    X(attach_ns)

typedef struct WorkerCounters {
#define FIELD_OF(name) uint64_t name;
    WORKER_COUNTERS(FIELD_OF)
#undef FIELD_OF
} WorkerCounters;

#define COUNT(worker, name, n)                                                                     \
    atomic_store_relaxed(&(worker)->counters.name, (worker)->counters.name + (uint64_t)(n))

enum {
    INBOX_MAX = 1024,
    CONNECTION_CHUNK = 256,
    CONNECTION_CHUNKS_MAX = 65536,
    SPARE_BUFFERS_MAX = 256
};

typedef struct Inbox {
    pthread_mutex_t mutex;
    int fds[INBOX_MAX]; // mutex
    unsigned count;     // mutex
    bool closed;        // mutex
} Inbox;

typedef struct Worker {
    Server *server;
    const ServerOptions *options;
    Application *application;
    void *context; // the application's, of this thread
    unsigned index;
    pthread_t thread;
    Ring ring;
    TimerWheel wheel;
    uint64_t now_ns;
    DateCache date;
    // connections
    Connection *chunks[CONNECTION_CHUNKS_MAX];
    uint32_t chunk_count;
    Connection *free_connections;
    uint32_t connection_count; // atomic: other workers compare
    Outgoing *quarantine;      // sends whose completion never came; freed with the ring
    // accepting
    int listener;
    bool accepting, accept_cancelled;
    uint64_t accept_retry_ns; // 0: none; while draining: until when the accept must have ended
    int wake_fd;
    bool wake_armed;
    bool draining;
    bool started;
    uint64_t busy_since_ns; // atomic; 0 while waiting
    Inbox inbox;
    // scratch for the request being answered
    HttpParser *parser;
    HttpParser *spare_parsers; // linked through their first word
    Buffer spare_buffers[SPARE_BUFFERS_MAX];
    unsigned spare_buffer_count;
    HttpHeader headers[HTTP_HEADERS_MAX];
    Response response;
    WorkerCounters counters;
} Worker;

struct Server {
    const ServerOptions *options;
    Application *application;
    Worker **workers;
    unsigned worker_count;
    int wake_fd;                  // of the main thread
    bool draining;                // atomic
    bool aborting;                // atomic: do not wait for anybody
    bool complained;              // atomic: a ring could not be opened, and it has been said why
    unsigned started;             // atomic: workers ready
    unsigned failed;              // atomic: workers that could not start
    unsigned ended;               // atomic
    uint64_t faults;              // atomic: injected
    uint64_t accept_complaint_ns; // atomic: no complaint about accepting before
};

// Makes a worker for a listening socket; returns NULL if memory is out.
Worker *worker_create(Server *server, unsigned index, int listener);
void worker_destroy(Worker *worker);

// The thread's function; the argument is a Worker.
void *worker_main(void *argument);

// Makes the worker look around; from any thread.
void worker_wake(Worker *worker);

// For connection.c: spare parts. NULL or an empty buffer if there are none.
HttpParser *worker_take_parser(Worker *worker);
void worker_give_parser(Worker *worker, HttpParser *parser);
Buffer worker_take_buffer(Worker *worker);
void worker_give_buffer(Worker *worker, Buffer *buffer);
// Room for a connection, with its index and generation set; NULL if memory is out.
Connection *worker_take_connection(Worker *worker);
void worker_give_connection(Worker *worker, Connection *connection);

// One line to stderr: "adder: …".
void server_log(const Server *server, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
