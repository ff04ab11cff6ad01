// The automaton.
//
// 1. http_parser_run() hands the bytes to the part in charge: request line, fields, body of known
//    length, chunks. Each part consumes bytes until it needs more, refuses, or is done.
// 2. A part looks at one byte per step and decides by its state alone. Runs of ordinary
//    bytes are skipped by inner loops that do exactly what single steps would do; limits are
//    tested against the position of a byte, never against what has arrived. Hence the same
//    verdict for every split.
// 3. A field's name decides, at the colon, which grammar its value has (classify_field). Values
//    that frame the message are checked byte by byte as they come.
// 4. Chunk data moves down over the framing, so a complete body is always one contiguous span.
#include "server/http_parser.h"
#include "server/http_chars.h"
#include "core/base/check.h"

#include <string.h>
#include <strings.h>

enum State {
    S_START,
    S_START_LF,
    S_METHOD,
    S_TARGET,
    S_SCHEME,
    S_AUTHORITY,
    S_ASTERISK,
    S_PATH,
    S_PATH_HEX1,
    S_PATH_HEX2,
    S_QUERY,
    S_VERSION,
    S_LINE_LF,
    // from here on the head's limit counts, not the line's
    S_FIELD,
    S_NAME,
    S_VALUE_SPACE,
    S_VALUE,
    S_VALUE_END,
    S_VALUE_LF,
    S_HEAD_LF,
    // body
    S_LENGTH,
    S_CHUNK,
    S_CHUNK_SIZE,
    S_EXT_SPACE,
    S_EXT_NAME_SPACE,
    S_EXT_NAME,
    S_EXT_AFTER_NAME,
    S_EXT_VALUE_SPACE,
    S_EXT_VALUE,
    S_EXT_QUOTED,
    S_EXT_ESCAPE,
    S_EXT_AFTER_VALUE,
    S_CHUNK_LF,
    S_DATA,
    S_DATA_CR,
    S_DATA_LF,
    S_TRAILER,
    S_TRAILER_NAME,
    S_TRAILER_VALUE,
    S_TRAILER_LF,
    S_TRAILERS_LF,
    S_COMPLETE,
    S_REFUSED,
};

enum ValueKind { V_PLAIN, V_LENGTH, V_CODING, V_HOST, V_EXPECT, V_CONNECTION };

enum HostState { H_START, H_NAME, H_HEX1, H_HEX2, H_V6_START, H_V6, H_V6_END, H_PORT };

static HttpVerdict refuse(HttpParser *p, size_t at, unsigned status, const char *reason)
{
    p->read = at;
    p->state = S_REFUSED;
    p->status = (uint16_t)status;
    p->reason = reason;
    return HTTP_REFUSED;
}

static HttpVerdict need_more(HttpParser *p, size_t at, unsigned state)
{
    p->read = at;
    p->state = (uint8_t)state;
    return HTTP_MORE;
}

void http_parser_init(HttpParser *parser, const HttpLimits *limits)
{
    memset(parser, 0, offsetof(HttpParser, fields));
    parser->limits = limits;
}

bool http_parser_is_idle(const HttpParser *parser)
{
    return parser->state == S_START && parser->read == 0;
}

// --- hosts ---------------------------------------------------------------------------------------

// One byte of `host [":" port]`; false if it cannot stand there.
static bool host_step(HttpParser *p, unsigned char c)
{
    switch (p->host_state) {
    case H_START:
        if (c == '[') {
            p->host_state = H_V6_START;
            return true;
        }
        p->host_state = H_NAME;
        /* fall through */
    case H_NAME:
        if (http_char_is(c, CHAR_HOST)) {
            return true;
        }
        if (c == '%') {
            p->host_state = H_HEX1;
            return true;
        }
        if (c == ':') {
            p->host_state = H_PORT;
            p->digits = 0;
            return true;
        }
        return false;
    case H_HEX1:
        p->host_state = H_HEX2;
        return http_char_is(c, CHAR_HEX);
    case H_HEX2:
        p->host_state = H_NAME;
        return http_char_is(c, CHAR_HEX);
    case H_V6_START:
        p->host_state = H_V6;
        return http_char_is(c, CHAR_HEX) || c == ':';
    case H_V6:
        if (c == ']') {
            p->host_state = H_V6_END;
            return true;
        }
        return http_char_is(c, CHAR_HEX) || c == ':' || c == '.';
    case H_V6_END:
        p->host_state = H_PORT;
        p->digits = 0;
        return c == ':';
    default:
        return http_char_is(c, CHAR_DIGIT) && ++p->digits <= 5;
    }
}

static bool host_may_end(const HttpParser *p)
{
    return p->host_state == H_START || p->host_state == H_NAME || p->host_state == H_V6_END ||
           p->host_state == H_PORT;
}

// --- request line --------------------------------------------------------------------------------

static bool method_is(const HttpParser *p, const char *buffer, const char *word, size_t size)
{
    return p->method_size == size && memcmp(buffer + p->line_start, word, size) == 0;
}

static void end_path(HttpParser *p, size_t at) { p->path_size = (uint32_t)(at - p->path); }

static void end_target(HttpParser *p, size_t at)
{
    p->target_size = (uint32_t)(at - p->target);
    p->match = 0;
}

static HttpVerdict run_line(HttpParser *p, const char *buffer, size_t size)
{
    static const char version_word[] = "HTTP/1.";
    const unsigned char *b = (const unsigned char *)buffer;
    size_t at = p->read;
    unsigned state = p->state;
    size_t limit = (size_t)p->line_start + p->limits->request_line_bytes;

#define LINE_TOO_LONG() refuse(p, at, 414, "request line too long")
    for (; at < size; at++) {
        unsigned char c = b[at];
        if (UNLIKELY(at >= limit) && state > S_START_LF && state != S_LINE_LF && c != '\r') {
            return LINE_TOO_LONG();
        }
        switch (state) {
        case S_START:
            if (c == '\r') {
                if (++p->empty_lines > HTTP_EMPTY_LINES_MAX) {
                    return refuse(p, at, 400, "empty lines before the request line");
                }
                state = S_START_LF;
                break;
            }
            if (!http_char_is(c, CHAR_TOKEN)) {
                return refuse(p, at, 400, "bad method");
            }
            p->line_start = (uint32_t)at;
            limit = at + p->limits->request_line_bytes;
            state = S_METHOD;
            break;
        case S_START_LF:
            if (c != '\n') {
                return refuse(p, at, 400, "CR without LF");
            }
            state = S_START;
            break;
        case S_METHOD:
            if (c == ' ') {
                p->method_size = (uint32_t)(at - p->line_start);
                if (method_is(p, buffer, "CONNECT", 7)) {
                    return refuse(p, at, 501, "CONNECT is not implemented");
                }
                p->target = p->path = (uint32_t)at + 1;
                state = S_TARGET;
            } else if (!http_char_is(c, CHAR_TOKEN)) {
                return refuse(p, at, 400, "bad method");
            } else if (at - p->line_start >= HTTP_METHOD_BYTES_MAX) {
                return refuse(p, at, 501, "method too long");
            }
            break;
        case S_TARGET:
            if (c == '/') {
                state = S_PATH;
            } else if (c == '*' && method_is(p, buffer, "OPTIONS", 7)) {
                state = S_ASTERISK;
            } else if ((c | 0x20) == 'h') {
                p->match = 1;
                p->is_absolute = true;
                state = S_SCHEME;
            } else {
                return refuse(p, at, 400, "bad request target");
            }
            break;
        case S_ASTERISK:
            if (c != ' ') {
                return refuse(p, at, 400, "bad request target");
            }
            end_path(p, at);
            end_target(p, at);
            state = S_VERSION;
            break;
        case S_SCHEME:
            // http:// or https://; match counts within "http://", the s takes no part
            if (p->match == 4 && (c | 0x20) == 's' && (b[at - 1] | 0x20) == 'p') {
                break;
            }
            if ((p->match < 4 ? (c | 0x20) : c) != "http://"[p->match]) {
                return refuse(p, at, 400, "bad request target");
            }
            if (++p->match == 7) {
                p->host = (uint32_t)at + 1;
                p->host_state = H_START;
                state = S_AUTHORITY;
            }
            break;
        case S_AUTHORITY:
            if (c == '/' || c == '?' || c == ' ') {
                p->host_size = (uint32_t)(at - p->host);
                if (p->host_size == 0 || !host_may_end(p) || b[p->host] == ':') {
                    return refuse(p, at, 400, "bad host in the request target");
                }
                p->path = (uint32_t)at;
                if (c == '/') {
                    state = S_PATH;
                } else if (c == '?') {
                    p->query = (uint32_t)at + 1;
                    p->has_query = true;
                    state = S_QUERY;
                } else {
                    end_target(p, at);
                    state = S_VERSION;
                }
            } else if (!host_step(p, c)) {
                return refuse(p, at, 400, "bad host in the request target");
            }
            break;
        case S_PATH:
            while (http_char_is(c, CHAR_TARGET)) {
                if (++at >= size) {
                    return need_more(p, at, state);
                }
                if (UNLIKELY(at >= limit) && b[at] != '\r') {
                    return LINE_TOO_LONG();
                }
                c = b[at];
            }
            if (c == ' ') {
                end_path(p, at);
                end_target(p, at);
                state = S_VERSION;
            } else if (c == '?') {
                end_path(p, at);
                p->query = (uint32_t)at + 1;
                p->has_query = true;
                state = S_QUERY;
            } else if (c == '%') {
                p->path_has_escapes = true;
                state = S_PATH_HEX1;
            } else {
                return refuse(p, at, 400, "bad character in the request target");
            }
            break;
        case S_PATH_HEX1:
        case S_PATH_HEX2:
            if (!http_char_is(c, CHAR_HEX)) {
                return refuse(p, at, 400, "bad escape in the request target");
            }
            state = state == S_PATH_HEX1 ? S_PATH_HEX2 : S_PATH;
            break;
        case S_QUERY:
            while (http_char_is(c, CHAR_TARGET) || c == '%' || c == '?') {
                if (++at >= size) {
                    return need_more(p, at, state);
                }
                if (UNLIKELY(at >= limit) && b[at] != '\r') {
                    return LINE_TOO_LONG();
                }
                c = b[at];
            }
            if (c != ' ') {
                return refuse(p, at, 400, "bad character in the request target");
            }
            p->query_size = (uint32_t)(at - p->query);
            end_target(p, at);
            state = S_VERSION;
            break;
        case S_VERSION:
            // HTTP/1.d CR; match counts the bytes seen
            if (p->match < 7) {
                if (c != (unsigned char)version_word[p->match]) {
                    if (p->match == 5 && http_char_is(c, CHAR_DIGIT)) {
                        return refuse(p, at, 505, "unsupported version");
                    }
                    return refuse(p, at, 400, "bad version");
                }
                p->match++;
            } else if (p->match == 7) {
                if (!http_char_is(c, CHAR_DIGIT)) {
                    return refuse(p, at, 400, "bad version");
                }
                p->version_minor = c != '0';
                p->match++;
            } else if (c == '\r') {
                state = S_LINE_LF;
            } else {
                return refuse(p, at, 400, "bad version");
            }
            break;
        default: // S_LINE_LF
            if (c != '\n') {
                return refuse(p, at, 400, "CR without LF");
            }
            return need_more(p, at + 1, S_FIELD);
        }
    }
#undef LINE_TOO_LONG
    return need_more(p, at, state);
}

// --- fields --------------------------------------------------------------------------------------

static bool name_is(const char *name, size_t size, const char *lower, size_t lower_size)
{
    if (size != lower_size) {
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        // A token has no byte that this folding could confuse with a letter or '-'.
        if (((unsigned char)name[i] | 0x20) != (unsigned char)lower[i] && name[i] != lower[i]) {
            return false;
        }
    }
    return true;
}

#define NAME_IS(literal) name_is(name, size, literal, sizeof(literal) - 1)

// At the colon: which grammar does the value have? Returns a reason to refuse, or NULL.
static const char *classify_field(HttpParser *p, const char *name, size_t size)
{
    p->value_kind = V_PLAIN;
    switch (size) {
    case 4:
        if (NAME_IS("host")) {
            if (p->has_host) {
                return "two Host fields";
            }
            p->has_host = true;
            p->host_state = H_START;
            p->value_kind = V_HOST;
        }
        break;
    case 6:
        if (NAME_IS("expect") && p->version_minor == 1) {
            p->match = 0;
            p->value_kind = V_EXPECT;
        }
        break;
    case 10:
        if (NAME_IS("connection")) {
            p->value_kind = V_CONNECTION;
        }
        break;
    case 14:
        if (NAME_IS("content-length")) {
            if (p->has_length) {
                return "two Content-Length fields";
            }
            if (p->chunked) {
                return "Content-Length beside Transfer-Encoding";
            }
            p->has_length = true;
            p->digits = 0;
            p->value_kind = V_LENGTH;
        }
        break;
    case 17:
        if (NAME_IS("transfer-encoding")) {
            if (p->version_minor == 0) {
                return "Transfer-Encoding in HTTP/1.0";
            }
            if (p->chunked) {
                return "two Transfer-Encoding fields";
            }
            if (p->has_length) {
                return "Content-Length beside Transfer-Encoding";
            }
            p->chunked = true;
            p->match = 0;
            p->value_kind = V_CODING;
        }
        break;
    default:
        break;
    }
    return NULL;
}

// One byte of a value that frames the message; returns the status of a refusal, or 0.
static unsigned value_step(HttpParser *p, unsigned char c)
{
    switch (p->value_kind) {
    case V_LENGTH:
        if (!http_char_is(c, CHAR_DIGIT)) {
            p->reason = "bad Content-Length";
            return 400;
        }
        if (++p->digits > 19) {
            p->reason = "body too large";
            return 413;
        }
        p->length = p->length * 10 + (c - '0');
        return 0;
    case V_CODING:
        if (p->match >= 7 || (c | 0x20) != (unsigned char)"chunked"[p->match] || c < 'A') {
            p->reason = "unsupported Transfer-Encoding";
            return 400;
        }
        p->match++;
        return 0;
    case V_EXPECT: {
        static const char word[] = "100-continue";
        if (p->match >= 12 || (p->match < 4 ? c : (c | 0x20)) != (unsigned char)word[p->match]) {
            p->reason = "unsupported expectation";
            return 417;
        }
        p->match++;
        return 0;
    }
    default:
        p->reason = "bad Host";
        return host_step(p, c) ? 0 : 400;
    }
}

// At the end of such a value: is it whole?
static unsigned value_end(HttpParser *p, size_t value, size_t size)
{
    switch (p->value_kind) {
    case V_LENGTH:
        p->reason = p->digits > 0 ? "bad Content-Length" : "empty Content-Length";
        return p->digits > 0 ? 0 : 400;
    case V_CODING:
        p->reason = "unsupported Transfer-Encoding";
        return p->match == 7 ? 0 : 400;
    case V_EXPECT:
        p->reason = "unsupported expectation";
        p->expects_continue = true;
        return p->match == 12 ? 0 : 417;
    default:
        p->reason = "bad Host";
        if (!p->is_absolute) {
            p->host = (uint32_t)value;
            p->host_size = (uint32_t)size;
        }
        return host_may_end(p) ? 0 : 400;
    }
}

static void read_connection_options(HttpParser *p, const char *value, size_t size)
{
    size_t at = 0;
    while (at < size) {
        size_t end = at;
        while (end < size && value[end] != ',') {
            end++;
        }
        size_t from = at, to = end;
        while (from < to && (value[from] == ' ' || value[from] == '\t')) {
            from++;
        }
        while (to > from && (value[to - 1] == ' ' || value[to - 1] == '\t')) {
            to--;
        }
        if (to - from == 5 && strncasecmp(value + from, "close", 5) == 0) {
            p->connection_close = true;
        } else if (to - from == 10 && strncasecmp(value + from, "keep-alive", 10) == 0) {
            p->connection_keep_alive = true;
        }
        at = end + 1;
    }
}

// The empty line has come: decides what the body is. Returns the status of a refusal, or 0.
static unsigned end_head(HttpParser *p, size_t at)
{
    p->head_complete = true;
    p->head_end = (uint32_t)at;
    p->body_start = at;
    p->body_size = 0;
    if (p->version_minor == 1 && !p->has_host) {
        p->reason = "no Host";
        return 400;
    }
    if (p->has_length && p->length > p->limits->body_bytes) {
        p->reason = "body too large";
        return 413;
    }
    if (p->chunked) {
        p->state = S_CHUNK;
    } else {
        p->state = p->length > 0 ? S_LENGTH : S_COMPLETE;
    }
    return 0;
}

static HttpVerdict run_fields(HttpParser *p, const char *buffer, size_t size)
{
    const unsigned char *b = (const unsigned char *)buffer;
    size_t at = p->read;
    unsigned state = p->state;
    const size_t limit = (size_t)p->line_start + p->limits->head_bytes;
    // Bytes beyond the limit are never looked at.
    const size_t end = MIN_OF(size, limit);
    HttpField *field = &p->fields[p->field_count];

    for (; at < end; at++) {
        unsigned char c = b[at];
        switch (state) {
        case S_FIELD:
            if (c == '\r') {
                state = S_HEAD_LF;
                break;
            }
            if (!http_char_is(c, CHAR_TOKEN)) {
                return refuse(p, at, 400, "bad field name");
            }
            if (p->field_count >= p->limits->field_count) {
                return refuse(p, at, 431, "too many fields");
            }
            field = &p->fields[p->field_count];
            field->name = (uint32_t)at;
            state = S_NAME;
            break;
        case S_NAME: {
            while (http_char_is(c, CHAR_TOKEN)) {
                if (++at >= end) {
                    goto out;
                }
                c = b[at];
            }
            if (c != ':') {
                return refuse(p, at, 400, "bad field name");
            }
            field->name_size = (uint32_t)(at - field->name);
            const char *reason = classify_field(p, buffer + field->name, field->name_size);
            if (reason) {
                return refuse(p, at, 400, reason);
            }
            field->value = (uint32_t)at + 1;
            state = S_VALUE_SPACE;
            break;
        }
        case S_VALUE_SPACE:
            if (c == ' ' || c == '\t') {
                break;
            }
            field->value = (uint32_t)at;
            state = S_VALUE;
            /* fall through */
        case S_VALUE:
            if (p->value_kind == V_PLAIN || p->value_kind == V_CONNECTION) {
                while (http_char_is(c, CHAR_VALUE)) {
                    if (++at >= end) {
                        goto out;
                    }
                    c = b[at];
                }
                if (c != '\r') {
                    return refuse(p, at, 400, "bad character in a field value");
                }
                size_t to = at;
                while (to > field->value && (b[to - 1] == ' ' || b[to - 1] == '\t')) {
                    to--;
                }
                field->value_size = (uint32_t)(to - field->value);
                if (p->value_kind == V_CONNECTION) {
                    read_connection_options(p, buffer + field->value, field->value_size);
                }
                state = S_VALUE_LF;
            } else if (c == '\r' || c == ' ' || c == '\t') {
                field->value_size = (uint32_t)(at - field->value);
                unsigned status = value_end(p, field->value, field->value_size);
                if (status) {
                    return refuse(p, at, status, p->reason);
                }
                state = c == '\r' ? S_VALUE_LF : S_VALUE_END;
            } else {
                unsigned status = value_step(p, c);
                if (status) {
                    return refuse(p, at, status, p->reason);
                }
            }
            break;
        case S_VALUE_END: // white space after a value that frames the message
            if (c == '\r') {
                state = S_VALUE_LF;
            } else if (c != ' ' && c != '\t') {
                return refuse(p, at, p->value_kind == V_EXPECT ? 417 : 400, p->reason);
            }
            break;
        case S_VALUE_LF:
            if (c != '\n') {
                return refuse(p, at, 400, "CR without LF");
            }
            p->field_count++;
            state = S_FIELD;
            break;
        default: { // S_HEAD_LF
            if (c != '\n') {
                return refuse(p, at, 400, "CR without LF");
            }
            unsigned status = end_head(p, at + 1);
            if (status) {
                return refuse(p, at, status, p->reason);
            }
            p->read = at + 1;
            return HTTP_MORE;
        }
        }
    }
out:
    if (size > limit) {
        return refuse(p, limit, 431, "head too large");
    }
    return need_more(p, at, state);
}

// --- bodies --------------------------------------------------------------------------------------

static HttpVerdict run_length(HttpParser *p, size_t size)
{
    size_t have = size - p->body_start;
    if (have < p->length) {
        p->body_size = have;
        p->read = size;
        return HTTP_MORE;
    }
    p->body_size = (size_t)p->length;
    p->read = p->body_start + p->body_size;
    p->state = S_COMPLETE;
    return HTTP_COMPLETE;
}

// One byte of a chunk extension: BWS ";" BWS name [ BWS "=" BWS ( token | quoted-string ) ].
// Returns the next state, or S_REFUSED.
static unsigned extension_step(unsigned state, unsigned char c)
{
    bool space = c == ' ' || c == '\t';
    switch (state) {
    case S_EXT_SPACE:
        return space ? state : c == ';' ? S_EXT_NAME_SPACE : S_REFUSED;
    case S_EXT_NAME_SPACE:
        return space ? state : http_char_is(c, CHAR_TOKEN) ? S_EXT_NAME : S_REFUSED;
    case S_EXT_NAME:
        if (http_char_is(c, CHAR_TOKEN)) {
            return state;
        }
        /* fall through */
    case S_EXT_AFTER_NAME:
        return space                              ? S_EXT_AFTER_NAME
               : c == '='                         ? S_EXT_VALUE_SPACE
               : c == ';'                         ? S_EXT_NAME_SPACE
               : c == '\r' && state == S_EXT_NAME ? S_CHUNK_LF
                                                  : S_REFUSED;
    case S_EXT_VALUE_SPACE:
        return space                         ? state
               : c == '"'                    ? S_EXT_QUOTED
               : http_char_is(c, CHAR_TOKEN) ? S_EXT_VALUE
                                             : S_REFUSED;
    case S_EXT_VALUE:
        if (http_char_is(c, CHAR_TOKEN)) {
            return state;
        }
        return c == '\r'  ? S_CHUNK_LF
               : c == ';' ? S_EXT_NAME_SPACE
               : space    ? S_EXT_SPACE
                          : S_REFUSED;
    case S_EXT_QUOTED:
        return c == '"'                      ? S_EXT_AFTER_VALUE
               : c == '\\'                   ? S_EXT_ESCAPE
               : http_char_is(c, CHAR_VALUE) ? state
                                             : S_REFUSED;
    case S_EXT_ESCAPE:
        return http_char_is(c, CHAR_VALUE) ? S_EXT_QUOTED : S_REFUSED;
    default: // S_EXT_AFTER_VALUE
        return c == '\r'  ? S_CHUNK_LF
               : c == ';' ? S_EXT_NAME_SPACE
               : space    ? S_EXT_SPACE
                          : S_REFUSED;
    }
}

// Bytes of a chunk-size line and of the trailers are counted, each towards its own limit.
static HttpVerdict run_chunks(HttpParser *p, char *buffer, size_t *size)
{
    const unsigned char *b = (const unsigned char *)buffer;
    size_t at = p->read;
    unsigned state = p->state;

    while (at < *size) {
        unsigned char c = b[at];
        switch (state) {
        case S_CHUNK:
            if (!http_char_is(c, CHAR_HEX)) {
                return refuse(p, at, 400, "bad chunk size");
            }
            p->length = 0;
            p->digits = 0;
            p->chunk_line_bytes = 0;
            state = S_CHUNK_SIZE;
            /* fall through */
        case S_CHUNK_SIZE:
            if (http_char_is(c, CHAR_HEX)) {
                if (++p->digits > 15) {
                    return refuse(p, at, 413, "body too large");
                }
                p->length = p->length << 4 | hex_value(c);
                break;
            }
            if (p->length > p->limits->body_bytes - p->body_size) {
                return refuse(p, at, 413, "body too large");
            }
            if (c == '\r') {
                state = S_CHUNK_LF;
                break;
            }
            state = S_EXT_SPACE;
            /* fall through */
        case S_EXT_SPACE:
        case S_EXT_NAME_SPACE:
        case S_EXT_NAME:
        case S_EXT_AFTER_NAME:
        case S_EXT_VALUE_SPACE:
        case S_EXT_VALUE:
        case S_EXT_QUOTED:
        case S_EXT_ESCAPE:
        case S_EXT_AFTER_VALUE:
            if (++p->chunk_extension_bytes > HTTP_CHUNK_EXTENSION_BYTES_MAX ||
                ++p->chunk_line_bytes > HTTP_CHUNK_LINE_BYTES_MAX) {
                return refuse(p, at, 400, "chunk extensions too long");
            }
            state = extension_step(state, c);
            if (state == S_REFUSED) {
                return refuse(p, at, 400, "bad chunk extension");
            }
            break;
        case S_CHUNK_LF:
            if (c != '\n') {
                return refuse(p, at, 400, "CR without LF");
            }
            state = p->length > 0 ? S_DATA : S_TRAILER;
            break;
        case S_DATA: {
            size_t n = *size - at;
            if (n > p->length) {
                n = (size_t)p->length;
            }
            memmove(buffer + p->body_start + p->body_size, buffer + at, n);
            p->body_size += n;
            p->length -= n;
            at += n;
            if (p->length == 0) {
                state = S_DATA_CR;
            }
            continue;
        }
        case S_DATA_CR:
            if (c != '\r') {
                return refuse(p, at, 400, "chunk longer than its size");
            }
            state = S_DATA_LF;
            break;
        case S_DATA_LF:
            if (c != '\n') {
                return refuse(p, at, 400, "CR without LF");
            }
            state = S_CHUNK;
            break;
        default: // trailers: checked like fields, then forgotten
            if (++p->trailer_bytes > HTTP_TRAILER_BYTES_MAX) {
                return refuse(p, at, 431, "trailers too large");
            }
            switch (state) {
            case S_TRAILER:
                if (c == '\r') {
                    state = S_TRAILERS_LF;
                } else if (http_char_is(c, CHAR_TOKEN)) {
                    state = S_TRAILER_NAME;
                } else {
                    return refuse(p, at, 400, "bad field name");
                }
                break;
            case S_TRAILER_NAME:
                if (c == ':') {
                    state = S_TRAILER_VALUE;
                } else if (!http_char_is(c, CHAR_TOKEN)) {
                    return refuse(p, at, 400, "bad field name");
                }
                break;
            case S_TRAILER_VALUE:
                if (c == '\r') {
                    state = S_TRAILER_LF;
                } else if (!http_char_is(c, CHAR_VALUE)) {
                    return refuse(p, at, 400, "bad character in a field value");
                }
                break;
            default: // S_TRAILER_LF, S_TRAILERS_LF
                if (c != '\n') {
                    return refuse(p, at, 400, "CR without LF");
                }
                if (state == S_TRAILERS_LF) {
                    p->read = at + 1;
                    p->state = S_COMPLETE;
                    return HTTP_COMPLETE;
                }
                state = S_TRAILER;
                break;
            }
            break;
        }
        at++;
    }
    // Everything has been consumed: the framing bytes behind the body are free again.
    *size = p->body_start + p->body_size;
    return need_more(p, *size, state);
}

HttpVerdict http_parser_run(HttpParser *parser, char *buffer, size_t *size)
{
    HttpVerdict verdict = HTTP_MORE;
    if (parser->state < S_FIELD) {
        verdict = run_line(parser, buffer, *size);
    }
    if (verdict == HTTP_MORE && parser->state >= S_FIELD && parser->state < S_LENGTH) {
        verdict = run_fields(parser, buffer, *size);
    }
    if (verdict == HTTP_MORE && parser->state == S_LENGTH) {
        verdict = run_length(parser, *size);
    }
    if (verdict == HTTP_MORE && parser->state >= S_CHUNK && parser->state < S_COMPLETE) {
        verdict = run_chunks(parser, buffer, size);
    }
    if (parser->state == S_COMPLETE) {
        return HTTP_COMPLETE;
    }
    return parser->state == S_REFUSED ? HTTP_REFUSED : verdict;
}

bool http_parser_keep_alive(const HttpParser *parser)
{
    if (parser->state != S_COMPLETE || parser->connection_close) {
        return false;
    }
    return parser->version_minor == 1 || parser->connection_keep_alive;
}

void http_parser_request(const HttpParser *p, const char *buffer, Request *request,
                         HttpHeader *headers)
{
    request->method = (Span){buffer + p->line_start, p->method_size};
    request->target = (Span){buffer + p->target, p->target_size};
    request->path = p->path_size > 0 ? (Span){buffer + p->path, p->path_size}
                    : request->method.size == 7 && memcmp(request->method.data, "OPTIONS", 7) == 0
                        ? SPAN_LITERAL("*")
                        : SPAN_LITERAL("/");
    request->query = (Span){buffer + p->query, p->query_size};
    request->host = (Span){buffer + p->host, p->host_size};
    for (uint32_t i = 0; i < p->field_count; i++) {
        const HttpField *f = &p->fields[i];
        headers[i].name = (Span){buffer + f->name, f->name_size};
        headers[i].value = (Span){buffer + f->value, f->value_size};
    }
    request->headers = headers;
    request->header_count = p->field_count;
    request->body = (Span){buffer + p->body_start, p->body_size};
    request->version_minor = p->version_minor;
    request->path_has_escapes = p->path_has_escapes;
    request->has_query = p->has_query;
    request->keep_alive = http_parser_keep_alive(p);
}

// --- what applications ask of a request ----------------------------------------------------------

size_t request_decode_path(const Request *request, char *out)
{
    const char *from = request->path.data;
    const char *end = from + request->path.size;
    char *to = out;
    while (from < end) {
        if (*from == '%') {
            *to++ =
                (char)(hex_value((unsigned char)from[1]) << 4 | hex_value((unsigned char)from[2]));
            from += 3;
        } else {
            *to++ = *from++;
        }
    }
    return (size_t)(to - out);
}

const HttpHeader *request_header(const Request *request, const char *lower_name)
{
    size_t size = strlen(lower_name);
    for (unsigned i = 0; i < request->header_count; i++) {
        const HttpHeader *h = &request->headers[i];
        if (h->name.size == size && strncasecmp(h->name.data, lower_name, size) == 0) {
            return h;
        }
    }
    return NULL;
}
