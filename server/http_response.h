// server/http_response.h: answers to bytes.
//
// Writes status line, Date, Content-Length, Connection and the application's fields to the end of a
// Buffer, so that the answers to pipelined requests gather there and leave in one send. A body
// beyond RESPONSE_COPY_MAX is not copied: the caller sends it after the buffer.
//
// Rule     what reaches the wire is well formed whatever the application returned: names are
//          tokens, values hold no CR, LF or NUL, Content-Length is the truth. A response that
//          breaks this is replaced by a 500 before its first byte is written.
// Rule     no body after HEAD, 204 and 304; no Content-Length with 204.
// Threads  a DateCache and a Buffer belong to one server thread.
// Proof    tests/unit/server/test_http_response.c
#ifndef ADDER_SERVER_HTTP_RESPONSE_H
#define ADDER_SERVER_HTTP_RESPONSE_H

#include <time.h>

#include "core/base/check.h"
#include "server/bridge.h"

enum { RESPONSE_COPY_MAX = 16384 };

// Bytes that grow. On failure to grow nothing changes.
typedef struct Buffer {
    char *data;
    size_t size, capacity;
} Buffer;

// Makes room for `more` bytes; false if memory is out.
MUST_USE bool buffer_reserve(Buffer *buffer, size_t more);
MUST_USE bool buffer_append(Buffer *buffer, const void *data, size_t size);
void buffer_free(Buffer *buffer);

// "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n", made anew when the second changes.
typedef struct DateCache {
    time_t second;
    char line[40];
    unsigned size;
} DateCache;

void date_cache_update(DateCache *cache, time_t now);

typedef struct ResponseContext {
    bool head;             // the request was HEAD
    bool keep_alive;       // the connection stays open
    uint8_t version_minor; // of the request
} ResponseContext;

typedef enum WriteResult {
    WRITE_DONE,       // all of it is in the buffer
    WRITE_BODY_AFTER, // response->body must follow the buffer
    WRITE_NO_MEMORY,  // nothing was written
} WriteResult;

// Returns why the response cannot be sent, or NULL.
// Sets `close` if a field `Connection: close` asks.
const char *http_response_error(Response *response, const ResponseContext *context);

// Writes a response for which http_response_error() said NULL.
MUST_USE WriteResult http_response_write(Buffer *out, const Response *response,
                                         const ResponseContext *context, const DateCache *date);

// Writes a short plain-text answer of the server's own; `reason` may be NULL.
MUST_USE bool http_response_write_plain(Buffer *out, unsigned status, const char *reason,
                                        const ResponseContext *context, const DateCache *date);

// "Not Found"; "" for an unknown status.
const char *http_status_phrase(unsigned status);

#endif
