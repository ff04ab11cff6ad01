// server/http_parser.h: requests from bytes.
//
// One automaton walks over the bytes of a request exactly once and refuses it at the first byte
// that cannot belong to a valid one. It keeps offsets, not pointers, so the buffer may move or grow
// between two calls, and every split of the same bytes ends in the same verdict.
//
// It reads HTTP/1.1 as RFC 9112 writes it and settles each ambiguity by refusing: a second or
// listed Content-Length, Content-Length beside Transfer-Encoding, any coding but `chunked`, a
// folded line, white space before a colon, a bare CR or LF, a missing, double or malformed Host.
//
//                    ┌ method ─ target ─ version ┐   ┌ name ─ value ┐
//   empty lines ──►  │       request line        │─► │   fields     │─► length or chunks ─►
//   complete
//                    └───────────────────────────┘   └──────────────┘
//
// After a refusal nothing of the connection may be read as a request again. The connection's part
// of this contract: earlier requests are answered first, then this one with `status` and
// `Connection: close`, then the sending side is shut, what still comes is discarded up to 64 KiB or
// 1 s, and the socket is closed.
//
// Rule     offsets lie within the first `read` bytes; `body_start + body_size` never passes `read`.
// Threads  one parser belongs to one thread at a time.
// Errors   HTTP_REFUSED with a status of 400, 413, 414, 417, 431, 501 or 505 and a reason.
// Proof    tests/unit/server/test_http_parser.c, tests/fuzz/fuzz_http.c, tests/server/suite.py
#ifndef ADDER_SERVER_HTTP_PARSER_H
#define ADDER_SERVER_HTTP_PARSER_H

#include "server/bridge.h"

typedef struct HttpLimits {
    uint32_t request_line_bytes; // without CRLF; longer: 414
    uint32_t head_bytes;         // request line and fields with the empty line; longer: 431
    uint32_t field_count;        // at most HTTP_HEADERS_MAX; more: 431
    uint64_t body_bytes;         // decoded; longer: 413
} HttpLimits;

#define HTTP_LIMITS_DEFAULT                                                                        \
    ((HttpLimits){.request_line_bytes = 8192,                                                      \
                  .head_bytes = 32768,                                                             \
                  .field_count = HTTP_HEADERS_MAX,                                                 \
                  .body_bytes = 8u << 20})

enum {
    HTTP_METHOD_BYTES_MAX = 32,             // longer: 501
    HTTP_EMPTY_LINES_MAX = 4,               // before a request line; more: 400
    HTTP_CHUNK_LINE_BYTES_MAX = 4096,       // one chunk-size line; longer: 400
    HTTP_CHUNK_EXTENSION_BYTES_MAX = 16384, // all of one request; more: 400
    HTTP_TRAILER_BYTES_MAX = 8192,          // more: 431
};

typedef enum HttpVerdict {
    HTTP_MORE,     // valid so far
    HTTP_COMPLETE, // the request ends at `read`; what follows belongs to the next one
    HTTP_REFUSED,  // see `status`
} HttpVerdict;

typedef struct HttpField {
    uint32_t name, name_size, value, value_size; // offsets and sizes
} HttpField;

typedef struct HttpParser {
    const HttpLimits *limits;
    size_t read; // bytes of the buffer that have been looked at
    uint8_t state;
    uint8_t empty_lines;
    uint8_t host_state;
    uint8_t value_kind;
    uint8_t value_state;
    uint8_t match;         // progress within a fixed word
    uint8_t digits;        // of a length, a chunk size or a port
    uint8_t version_minor; // 0 or 1
    uint16_t status;       // of a refusal
    const char *reason;
    // What the fields said.
    bool head_complete, has_length, has_host, chunked, expects_continue;
    bool connection_close, connection_keep_alive, path_has_escapes, has_query, is_absolute;
    // Offsets into the buffer.
    uint32_t line_start, head_end;
    uint32_t method_size, target, target_size, path, path_size, query, query_size;
    uint32_t host, host_size;
    uint32_t chunk_line_bytes, chunk_extension_bytes, trailer_bytes;
    uint64_t length; // Content-Length, or what is left of the chunk
    size_t body_start, body_size;
    uint32_t field_count;
    HttpField fields[HTTP_HEADERS_MAX]; // the first field_count are meaningful
} HttpParser;

void http_parser_init(HttpParser *parser, const HttpLimits *limits);

// Goes on reading buffer[parser->read .. *size). The buffer begins with the first byte given
// since init. Chunk framing is removed in place, so HTTP_MORE may lower *size: the next bytes
// are to be appended there.
HttpVerdict http_parser_run(HttpParser *parser, char *buffer, size_t *size);

// True while a request has begun but is not complete.
bool http_parser_is_idle(const HttpParser *parser);

// Describes the complete request. `headers` has room for HTTP_HEADERS_MAX.
// Leaves the address alone.
void http_parser_request(const HttpParser *parser, const char *buffer, Request *request,
                         HttpHeader *headers);

// Whether the connection may carry another request after this one.
bool http_parser_keep_alive(const HttpParser *parser);

#endif
