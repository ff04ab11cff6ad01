#include "server/http_response.h"
#include "server/http_chars.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

// --- buffers -------------------------------------------------------------------------------------

bool buffer_reserve(Buffer *buffer, size_t more)
{
    if (buffer->capacity - buffer->size >= more) {
        return true;
    }
    size_t capacity = buffer->capacity ? buffer->capacity * 2 : 4096;
    while (capacity - buffer->size < more) {
        capacity *= 2;
    }
    char *data = realloc(buffer->data, capacity);
    if (!data) {
        return false;
    }
    buffer->data = data;
    buffer->capacity = capacity;
    return true;
}

bool buffer_append(Buffer *buffer, const void *data, size_t size)
{
    if (!buffer_reserve(buffer, size)) {
        return false;
    }
    if (size > 0) {
        memcpy(buffer->data + buffer->size, data, size);
    }
    buffer->size += size;
    return true;
}

void buffer_free(Buffer *buffer)
{
    free(buffer->data);
    *buffer = (Buffer){0};
}

// --- phrases and dates ---------------------------------------------------------------------------

const char *http_status_phrase(unsigned status)
{
    switch (status) {
    case 100:
        return "Continue";
    case 200:
        return "OK";
    case 201:
        return "Created";
    case 202:
        return "Accepted";
    case 203:
        return "Non-Authoritative Information";
    case 204:
        return "No Content";
    case 205:
        return "Reset Content";
    case 206:
        return "Partial Content";
    case 300:
        return "Multiple Choices";
    case 301:
        return "Moved Permanently";
    case 302:
        return "Found";
    case 303:
        return "See Other";
    case 304:
        return "Not Modified";
    case 307:
        return "Temporary Redirect";
    case 308:
        return "Permanent Redirect";
    case 400:
        return "Bad Request";
    case 401:
        return "Unauthorized";
    case 402:
        return "Payment Required";
    case 403:
        return "Forbidden";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 406:
        return "Not Acceptable";
    case 408:
        return "Request Timeout";
    case 409:
        return "Conflict";
    case 410:
        return "Gone";
    case 411:
        return "Length Required";
    case 412:
        return "Precondition Failed";
    case 413:
        return "Content Too Large";
    case 414:
        return "URI Too Long";
    case 415:
        return "Unsupported Media Type";
    case 416:
        return "Range Not Satisfiable";
    case 417:
        return "Expectation Failed";
    case 418:
        return "I'm a teapot";
    case 421:
        return "Misdirected Request";
    case 422:
        return "Unprocessable Content";
    case 423:
        return "Locked";
    case 425:
        return "Too Early";
    case 426:
        return "Upgrade Required";
    case 428:
        return "Precondition Required";
    case 429:
        return "Too Many Requests";
    case 431:
        return "Request Header Fields Too Large";
    case 451:
        return "Unavailable For Legal Reasons";
    case 500:
        return "Internal Server Error";
    case 501:
        return "Not Implemented";
    case 502:
        return "Bad Gateway";
    case 503:
        return "Service Unavailable";
    case 504:
        return "Gateway Timeout";
    case 505:
        return "HTTP Version Not Supported";
    default:
        return "";
    }
}

void date_cache_update(DateCache *cache, time_t now)
{
    if (now == cache->second && cache->size) {
        return;
    }
    static const char days[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct tm t;
    gmtime_r(&now, &t);
    // Not strftime: it asks the locale, which a script may have changed.
    int size =
        snprintf(cache->line, sizeof cache->line, "Date: %s, %02d %s %04d %02d:%02d:%02d GMT\r\n",
                 days[t.tm_wday % 7], t.tm_mday % 100, months[t.tm_mon % 12],
                 (t.tm_year + 1900) % 10000, t.tm_hour % 100, t.tm_min % 100, t.tm_sec % 100);
    cache->size = (unsigned)size;
    cache->second = now;
}

// --- checking ------------------------------------------------------------------------------------

static bool has_name(const HttpHeader *h, const char *lower, size_t size)
{
    return h->name.size == size && strncasecmp(h->name.data, lower, size) == 0;
}
#define HAS_NAME(h, literal) has_name((h), literal, sizeof(literal) - 1)

static bool is_plain_value(Span value)
{
    for (size_t i = 0; i < value.size; i++) {
        if (!http_char_is((unsigned char)value.data[i], CHAR_VALUE)) {
            return false;
        }
    }
    return true;
}

static bool is_token(Span name)
{
    for (size_t i = 0; i < name.size; i++) {
        if (!http_char_is((unsigned char)name.data[i], CHAR_TOKEN)) {
            return false;
        }
    }
    return name.size > 0;
}

static bool body_is_forbidden(unsigned status) { return status == 204 || status == 304; }

// A Content-Length of the application's own is accepted where it says what will be sent, and after
// HEAD or with 304, where nothing is sent.
static bool length_is_true(Span value, const Response *response, const ResponseContext *context)
{
    uint64_t n = 0;
    if (value.size == 0 || value.size > 18) {
        return false;
    }
    for (size_t i = 0; i < value.size; i++) {
        if (!http_char_is((unsigned char)value.data[i], CHAR_DIGIT)) {
            return false;
        }
        n = n * 10 + (uint64_t)(value.data[i] - '0');
    }
    if (response->status == 304 || (context->head && response->body.size == 0)) {
        return true;
    }
    return n == (response->status == 205 ? 0 : response->body.size);
}

const char *http_response_error(Response *response, const ResponseContext *context)
{
    if (response->status < 200 || response->status > 599) {
        return "the status is not between 200 and 599";
    }
    if (response->header_count > RESPONSE_HEADERS_MAX) {
        return "too many header fields";
    }
    for (unsigned i = 0; i < response->header_count; i++) {
        const HttpHeader *h = &response->headers[i];
        if (!is_token(h->name)) {
            return "a header name is not a token";
        }
        if (!is_plain_value(h->value)) {
            return "a header value contains a control character";
        }
        if (HAS_NAME(h, "content-length") && !length_is_true(h->value, response, context)) {
            return "Content-Length does not match the body";
        }
        if (HAS_NAME(h, "transfer-encoding")) {
            return "Transfer-Encoding is the server's to set";
        }
        if (HAS_NAME(h, "connection") && h->value.size == 5 &&
            strncasecmp(h->value.data, "close", 5) == 0) {
            response->close = true;
        }
    }
    return NULL;
}

// --- writing -------------------------------------------------------------------------------------

static char *put(char *to, const char *data, size_t size)
{
    if (size > 0) { // an empty span may have no address
        memcpy(to, data, size);
    }
    return to + size;
}
#define PUT(to, literal) put((to), literal, sizeof(literal) - 1)

static char *put_number(char *to, uint64_t n)
{
    char digits[20];
    unsigned count = 0;
    do {
        digits[count++] = (char)('0' + n % 10);
        n /= 10;
    } while (n > 0);
    while (count > 0) {
        *to++ = digits[--count];
    }
    return to;
}

static char *put_status(char *to, unsigned status)
{
    if (status == 200) {
        return PUT(to, "HTTP/1.1 200 OK\r\n");
    }
    const char *phrase = http_status_phrase(status);
    to = PUT(to, "HTTP/1.1 ");
    to = put_number(to, status);
    *to++ = ' ';
    to = put(to, phrase, strlen(phrase));
    return PUT(to, "\r\n");
}

static char *put_connection(char *to, const ResponseContext *context)
{
    if (!context->keep_alive) {
        return PUT(to, "Connection: close\r\n");
    }
    if (context->version_minor == 0) {
        return PUT(to, "Connection: keep-alive\r\n");
    }
    return to;
}

// Fields that the server writes itself.
static bool is_servers_own(const HttpHeader *h)
{
    return HAS_NAME(h, "connection") || HAS_NAME(h, "keep-alive");
}

WriteResult http_response_write(Buffer *out, const Response *response,
                                const ResponseContext *context, const DateCache *date)
{
    bool no_body = context->head || body_is_forbidden(response->status);
    size_t body_size = response->status == 205 ? 0 : response->body.size;
    bool copies = !no_body && body_size > 0 && body_size <= RESPONSE_COPY_MAX;
    size_t room = 256 + (copies ? body_size : 0);
    for (unsigned i = 0; i < response->header_count; i++) {
        room += response->headers[i].name.size + response->headers[i].value.size + 4;
    }
    if (!buffer_reserve(out, room)) {
        return WRITE_NO_MEMORY;
    }

    char *to = put_status(out->data + out->size, response->status);
    bool has_date = false, has_length = false;
    for (unsigned i = 0; i < response->header_count; i++) {
        const HttpHeader *h = &response->headers[i];
        if (h->name.size >= 4 && h->name.size <= 14) {
            if (is_servers_own(h)) {
                continue;
            }
            has_date |= HAS_NAME(h, "date");
            if (HAS_NAME(h, "content-length")) {
                if (response->status == 204 || has_length) {
                    continue;
                }
                has_length = true;
            }
        }
        to = put(to, h->name.data, h->name.size);
        to = PUT(to, ": ");
        to = put(to, h->value.data, h->value.size);
        to = PUT(to, "\r\n");
    }
    if (!has_date) {
        to = put(to, date->line, date->size);
    }
    if (!has_length && !body_is_forbidden(response->status)) {
        to = PUT(to, "Content-Length: ");
        to = put_number(to, body_size);
        to = PUT(to, "\r\n");
    }
    to = put_connection(to, context);
    to = PUT(to, "\r\n");
    if (copies) {
        to = put(to, response->body.data, body_size);
    }
    out->size = (size_t)(to - out->data);
    ASSERT(out->size <= out->capacity);
    return no_body || copies || body_size == 0 ? WRITE_DONE : WRITE_BODY_AFTER;
}

bool http_response_write_plain(Buffer *out, unsigned status, const char *reason,
                               const ResponseContext *context, const DateCache *date)
{
    char body[256];
    const char *phrase = http_status_phrase(status);
    int size = reason ? snprintf(body, sizeof body, "%u %s: %s\n", status, phrase, reason)
                      : snprintf(body, sizeof body, "%u %s\n", status, phrase);
    Response response = {.status = status, .body = {body, MIN_OF((size_t)size, sizeof body - 1)}};
    response_add_header(&response, SPAN_LITERAL("Content-Type"),
                        SPAN_LITERAL("text/plain; charset=utf-8"));
    return http_response_write(out, &response, context, date) == WRITE_DONE;
}

bool response_add_header(Response *response, Span name, Span value)
{
    if (response->header_count >= RESPONSE_HEADERS_MAX) {
        response->header_count = RESPONSE_HEADERS_MAX + 1; // seen by http_response_error()
        return false;
    }
    response->headers[response->header_count++] = (HttpHeader){name, value};
    return true;
}
