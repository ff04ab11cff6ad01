// server/bridge.h: where the server meets an application.
//
// The server knows bytes; an application knows requests. A Request lends spans of the bytes as they
// came; handle() fills a Response whose spans belong to the application. The server copies what it
// needs and then calls `release` once, on the same thread, attached: at once for small bodies,
// after the last byte has left for large ones.
//
// Rule     every span of a Request is valid until handle() returns, and not after.
// Rule     the server calls an application only on a thread between thread_start and thread_stop,
//          never inside thread_wait_begin/thread_wait_end.
// Threads  one context per server thread; handle() runs on many threads at the same time.
// Errors   an application reports a failed request by a status of 500; it cannot stop the server.
#ifndef ADDER_SERVER_BRIDGE_H
#define ADDER_SERVER_BRIDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_t;

typedef struct Span {
    const char *data; // not terminated by zero
    size_t size;
} Span;

// Makes a span of a string literal.
#define SPAN_LITERAL(text) ((Span){"" text, sizeof(text) - 1})

typedef struct HttpHeader {
    Span name;  // as sent: names compare without regard to case
    Span value; // without the white space around it
} HttpHeader;

enum {
    HTTP_HEADERS_MAX = 100,    // fields of one request
    RESPONSE_HEADERS_MAX = 64, // fields that an application may add
};

typedef struct Request {
    Span method; // "GET"
    Span target; // the request target as sent, all of it
    Span path;   // percent-encoded as sent, at least "/" (or "*" for OPTIONS *)
    Span query;  // what follows '?', percent-encoded as sent; empty if there is none
    Span host;   // of the absolute target, or the Host field; may be empty
    const HttpHeader *headers;
    unsigned header_count;
    Span body;                  // decoded: chunks and trailers are gone
    uint8_t version_minor;      // 0 or 1: HTTP/1.0 or HTTP/1.1
    bool path_has_escapes;      // a '%' occurs in path
    bool has_query;             // tells "/x?" from "/x"
    bool keep_alive;            // what the client asked for
    const char *remote_address; // "127.0.0.1" or "::1", terminated by zero
    uint16_t remote_port;
} Request;

typedef struct Response {
    unsigned status; // 200..599; anything else is answered with 500
    unsigned header_count;
    HttpHeader headers[RESPONSE_HEADERS_MAX]; // checked by the server, see http_response.h
    Span body;
    bool close; // close the connection after this answer
    // What keeps the spans above alive. Called once if not NULL, after the server has what it
    // needs. Without it they must stay valid until the thread stops.
    void (*release)(void *thread, void *keep);
    void *keep;
} Response;

typedef struct Application Application;
struct Application {
    // The first call on a server thread; returns this thread's context, or NULL if the thread
    // cannot serve (the reason has been printed). The thread is attached when it returns.
    void *(*thread_start)(Application *application, unsigned thread_index);
    // Answers one request. `response` is cleared beforehand, except that status is 200.
    void (*handle)(void *thread, const Request *request, Response *response);
    // Around every wait of the server that may block: detach from, and attach to, the interpreter.
    void (*thread_wait_begin)(void *thread);
    void (*thread_wait_end)(void *thread);
    // Once per turn of the event loop while attached: lets others run, does what is pending.
    // May be NULL.
    void (*thread_poll)(void *thread);
    // The last call on a server thread; `thread` is gone afterwards.
    void (*thread_stop)(void *thread);
    // Adds figures of the application's own to the statistics, a jansson object. May be NULL.
    // Called once, after every thread has stopped.
    void (*statistics)(Application *application, struct json_t *object);
};

// Writes the path with its escapes undone to `out` (room for path.size bytes), returns the size.
size_t request_decode_path(const Request *request, char *out);

// Finds a header by its name in lower case; returns NULL if there is none.
const HttpHeader *request_header(const Request *request, const char *lower_name);

// Adds a header; returns false when there is no room (the answer is then 500).
bool response_add_header(Response *response, Span name, Span value);

#endif
