// Every request here is parsed whole, split at every byte, and byte by byte, with the same verdict,
// the same fields and the same body.
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "server/http_parser.h"

typedef struct Outcome {
    HttpVerdict verdict;
    unsigned status;
    size_t used; // bytes of the input that belong to the request, if complete
    char text[8192];
} Outcome;

// Feeds `input` in pieces that end at the given offsets, each into its own exact allocation, so
// that a sanitizer sees every byte looked at too many.
static void parse(const char *input, size_t size, const size_t *cuts, size_t cut_count,
                  const HttpLimits *limits, Outcome *out)
{
    HttpParser *p = malloc(sizeof *p);
    http_parser_init(p, limits);
    memset(out, 0, sizeof *out);
    char *buffer = NULL;
    size_t have = 0, fed = 0;
    HttpVerdict verdict = HTTP_MORE;
    for (size_t i = 0; i <= cut_count && verdict == HTTP_MORE; i++) {
        size_t until = i < cut_count ? cuts[i] : size;
        size_t more = until - fed;
        char *grown = malloc(have + more + !(have + more));
        if (have) {
            memcpy(grown, buffer, have);
        }
        memcpy(grown + have, input + fed, more);
        free(buffer);
        buffer = grown;
        have += more;
        fed = until;
        verdict = http_parser_run(p, buffer, &have);
        assert_true(verdict != HTTP_MORE || p->read == have);
    }
    out->verdict = verdict;
    if (verdict == HTTP_REFUSED) {
        out->status = p->status;
        assert_non_null(p->reason);
    } else if (verdict == HTTP_COMPLETE) {
        HttpHeader headers[HTTP_HEADERS_MAX];
        Request r = {0};
        http_parser_request(p, buffer, &r, headers);
        out->used = fed - (have - p->read);
        size_t at = (size_t)snprintf(out->text, sizeof out->text, "%.*s|%.*s|%.*s|%.*s|1.%u|%s|",
                                     (int)r.method.size, r.method.data, (int)r.path.size,
                                     r.path.data, (int)r.query.size, r.query.data, (int)r.host.size,
                                     r.host.data, r.version_minor, r.keep_alive ? "keep" : "close");
        for (unsigned i = 0; i < r.header_count && at < sizeof out->text; i++) {
            at += (size_t)snprintf(out->text + at, sizeof out->text - at, "%.*s=%.*s;",
                                   (int)headers[i].name.size, headers[i].name.data,
                                   (int)headers[i].value.size, headers[i].value.data);
        }
        if (at < sizeof out->text) {
            snprintf(out->text + at, sizeof out->text - at, "|%.*s", (int)r.body.size, r.body.data);
        }
    }
    free(buffer);
    free(p);
}

static void same(const Outcome *a, const Outcome *b, const char *input, const char *how,
                 size_t where)
{
    // What was used may differ only in what had been fed when the verdict came.
    if (a->verdict != b->verdict || a->status != b->status || strcmp(a->text, b->text) != 0 ||
        a->used != b->used) {
        fail_msg("%s at %zu: %d %u %s (%zu) instead of %d %u %s (%zu)\nfor: %.300s", how, where,
                 b->verdict, b->status, b->text, b->used, a->verdict, a->status, a->text, a->used,
                 input);
    }
}

static void parse_every_way(const char *input, size_t size, const HttpLimits *limits,
                            Outcome *whole)
{
    static Outcome other;
    parse(input, size, NULL, 0, limits, whole);
    size_t step = size > 4000 ? size / 500 : 1;
    for (size_t cut = 1; cut < size; cut += step) {
        parse(input, size, &cut, 1, limits, &other);
        same(whole, &other, input, "split", cut);
    }
    size_t *cuts = malloc((size + 1) * sizeof *cuts);
    size_t count = 0;
    for (size_t cut = 1; cut < size; cut++) {
        cuts[count++] = cut;
    }
    if (size <= 4000) {
        parse(input, size, cuts, count, limits, &other);
        same(whole, &other, input, "byte by byte", 0);
    }
    free(cuts);
}

static const HttpLimits defaults = {8192, 32768, HTTP_HEADERS_MAX, 8u << 20};

#define ACCEPTED(input, expected) check_accepted(input, sizeof(input) - 1, expected, __LINE__)
static void check_accepted(const char *input, size_t size, const char *expected, int line)
{
    static Outcome got;
    parse_every_way(input, size, &defaults, &got);
    if (got.verdict != HTTP_COMPLETE) {
        fail_msg("line %d: verdict %d, status %u for %s", line, got.verdict, got.status, input);
    }
    if (strcmp(got.text, expected) != 0) {
        fail_msg("line %d: got %s\nexpected %s", line, got.text, expected);
    }
    assert_int_equal(got.used, size);
}

#define REFUSED(status, input) check_refused(status, input, sizeof(input) - 1, __LINE__)
static void check_refused(unsigned status, const char *input, size_t size, int line)
{
    static Outcome got;
    parse_every_way(input, size, &defaults, &got);
    if (got.verdict != HTTP_REFUSED || got.status != status) {
        fail_msg("line %d: verdict %d, status %u instead of %u for %s", line, got.verdict,
                 got.status, status, input);
    }
}

#define INCOMPLETE(input) check_incomplete(input, sizeof(input) - 1, __LINE__)
static void check_incomplete(const char *input, size_t size, int line)
{
    static Outcome got;
    parse_every_way(input, size, &defaults, &got);
    if (got.verdict != HTTP_MORE) {
        fail_msg("line %d: verdict %d, status %u for %s", line, got.verdict, got.status, input);
    }
}

static void parser__plain_requests(void **state)
{
    ACCEPTED("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET|/||a|1.1|keep|Host=a;|");
    ACCEPTED("GET /a/b?c=d&e=%zz HTTP/1.1\r\nHost: a:80\r\n\r\n",
             "GET|/a/b|c=d&e=%zz|a:80|1.1|keep|Host=a:80;|");
    ACCEPTED("GET /%41%2f HTTP/1.1\r\nHost:a\r\n\r\n", "GET|/%41%2f||a|1.1|keep|Host=a;|");
    ACCEPTED("GET / HTTP/1.0\r\n\r\n", "GET|/|||1.0|close||");
    ACCEPTED("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n",
             "GET|/|||1.0|keep|Connection=Keep-Alive;|");
    ACCEPTED("GET / HTTP/1.1\r\nHost: a\r\nConnection: foo , Close\r\n\r\n",
             "GET|/||a|1.1|close|Host=a;Connection=foo , Close;|");
    ACCEPTED("GET / HTTP/1.9\r\nHost: a\r\n\r\n", "GET|/||a|1.1|keep|Host=a;|");
    ACCEPTED("\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET|/||a|1.1|keep|Host=a;|");
    ACCEPTED("get / HTTP/1.1\r\nhOST: a\r\n\r\n", "get|/||a|1.1|keep|hOST=a;|");
    ACCEPTED("M-SEARCH / HTTP/1.1\r\nHost: a\r\n\r\n", "M-SEARCH|/||a|1.1|keep|Host=a;|");
    ACCEPTED("GET / HTTP/1.1\r\nHost:\r\n\r\n", "GET|/|||1.1|keep|Host=;|");
    ACCEPTED("GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n",
             "GET|/||[::1]:8080|1.1|keep|Host=[::1]:8080;|");
    ACCEPTED("GET /a|b[c]{d}^`\\ HTTP/1.1\r\nHost: a\r\n\r\n",
             "GET|/a|b[c]{d}^`\\||a|1.1|keep|Host=a;|");
}

static void parser__values(void **state)
{
    ACCEPTED("GET / HTTP/1.1\r\nHost: a\r\nX:  b c\td \t \r\nY:\r\nZ: \t \r\n\r\n",
             "GET|/||a|1.1|keep|Host=a;X=b c\td;Y=;Z=;|");
    ACCEPTED("GET / HTTP/1.1\r\nHost: \ta\t \r\nX: \x80\xff\r\n\r\n",
             "GET|/||a|1.1|keep|Host=a;X=\x80\xff;|");
    REFUSED(400, "GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n");
    REFUSED(400, "GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n");
    REFUSED(400, "GET / HTTP/1.1\r\nHost: a\r\nX: a\nb\r\n\r\n");
    REFUSED(400, "GET / HTTP/1.1\r\nHost: a\r\nX: a\x01\r\n\r\n");
    REFUSED(400, "GET / HTTP/1.1\r\nHost: a\r\nX: a\x7f\r\n\r\n");
    REFUSED(400, "GET / HTTP/1.1\r\nHost: a\r\nX : a\r\n\r\n");
    REFUSED(400, "GET / HTTP/1.1\r\nHost : a\r\n\r\n");
    REFUSED(400, "GET / HTTP/1.1\r\nHost: a\r\n: a\r\n\r\n");
    REFUSED(400, "GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n");
    REFUSED(400, "GET / HTTP/1.1\r\nHost: a\r\nX\x80: a\r\n\r\n");
    REFUSED(400, "GET / HTTP/1.1\r\nHost: a\r\n folded: b\r\n\r\n");
    REFUSED(400, "GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n\tb\r\n\r\n");
    REFUSED(400, "GET / HTTP/1.1\r\n X: a\r\nHost: a\r\n\r\n");
    REFUSED(400, "GET / HTTP/1.1\r\nHost: a\r\n\rX");
}

static void parser__request_lines(void **state)
{
    REFUSED(400, "\x16\x03\x01");
    REFUSED(400, " GET / HTTP/1.1\r\n");
    REFUSED(400, "\nGET / HTTP/1.1\r\n");
    REFUSED(400, "\rGET / HTTP/1.1\r\n");
    REFUSED(400, "\r\n\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\n");
    REFUSED(400, "GET  / HTTP/1.1\r\n");
    REFUSED(400, "GET /  HTTP/1.1\r\n");
    REFUSED(400, "GET\t/ HTTP/1.1\r\n");
    REFUSED(400, "GET / HTTP/1.1 \r\n");
    REFUSED(400, "GET / HTTP/1.1\n");
    REFUSED(400, "GET / HTTP/1.1\rX");
    REFUSED(400, "GET / http/1.1\r\n");
    REFUSED(400, "GET / HTTP/1,1\r\n");
    REFUSED(400, "GET / HTTP/1.11\r\n");
    REFUSED(400, "GET / HTTP/a.1\r\n");
    REFUSED(400, "GET / HTTPS/1.1\r\n");
    REFUSED(400, "GET /\r\n");
    REFUSED(400, "GET / \r\n");
    REFUSED(400, "GET\r\n");
    REFUSED(505, "GET / HTTP/2.0\r\n");
    REFUSED(505, "GET / HTTP/0.9\r\n");
    REFUSED(505, "GET / HTTP/3\r\n");
    REFUSED(400, "GET /\x80 HTTP/1.1\r\n");
    REFUSED(400, "GET /\0 HTTP/1.1\r\n");
    REFUSED(400, "GET /\x7f HTTP/1.1\r\n");
    REFUSED(400, "GET /a\"b HTTP/1.1\r\n");
    REFUSED(400, "GET /a<b HTTP/1.1\r\n");
    REFUSED(400, "GET /#f HTTP/1.1\r\n");
    REFUSED(400, "GET /%4 HTTP/1.1\r\n");
    REFUSED(400, "GET /%zz HTTP/1.1\r\n");
    REFUSED(400, "GET /?a\nb HTTP/1.1\r\n");
    REFUSED(400, "GET index.html HTTP/1.1\r\n");
    REFUSED(400, "G@T / HTTP/1.1\r\n");
    REFUSED(400, "G\xc3\x89T / HTTP/1.1\r\n");
    REFUSED(501, "ABCDEFGHIJABCDEFGHIJABCDEFGHIJABCDEFGHIJ / HTTP/1.1\r\n");
    REFUSED(501, "CONNECT a:80 HTTP/1.1\r\n");
    REFUSED(400, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
}

static void parser__targets(void **state)
{
    ACCEPTED("GET http://b/x?y HTTP/1.1\r\nHost: a\r\n\r\n", "GET|/x|y|b|1.1|keep|Host=a;|");
    ACCEPTED("GET HTTPS://b:8080 HTTP/1.1\r\nHost: a\r\n\r\n", "GET|/||b:8080|1.1|keep|Host=a;|");
    ACCEPTED("GET http://b?q HTTP/1.1\r\nHost: a\r\n\r\n", "GET|/|q|b|1.1|keep|Host=a;|");
    ACCEPTED("GET http://[::1]:80/ HTTP/1.1\r\nHost: a\r\n\r\n",
             "GET|/||[::1]:80|1.1|keep|Host=a;|");
    ACCEPTED("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "OPTIONS|*||a|1.1|keep|Host=a;|");
    ACCEPTED("OPTIONS http://b HTTP/1.1\r\nHost: a\r\n\r\n", "OPTIONS|*||b|1.1|keep|Host=a;|");
    REFUSED(400, "GET * HTTP/1.1\r\nHost: a\r\n\r\n");
    REFUSED(400, "OPTIONS *x HTTP/1.1\r\nHost: a\r\n\r\n");
    REFUSED(400, "GET http:///x HTTP/1.1\r\nHost: a\r\n\r\n");
    REFUSED(400, "GET http://u@b/ HTTP/1.1\r\nHost: a\r\n\r\n");
    REFUSED(400, "GET http:/b/ HTTP/1.1\r\nHost: a\r\n\r\n");
    REFUSED(400, "GET httpx://b/ HTTP/1.1\r\nHost: a\r\n\r\n");
    REFUSED(400, "GET httpss://b/ HTTP/1.1\r\nHost: a\r\n\r\n");
    REFUSED(400, "GET ftp://b/ HTTP/1.1\r\nHost: a\r\n\r\n");
    REFUSED(400, "GET http://b:x/ HTTP/1.1\r\nHost: a\r\n\r\n");
    REFUSED(400, "GET http://:80/ HTTP/1.1\r\nHost: a\r\n\r\n");
    REFUSED(400, "GET http://[::1/ HTTP/1.1\r\nHost: a\r\n\r\n");
}

static void parser__hosts(void **state)
{
    REFUSED(400, "GET / HTTP/1.1\r\n\r\n");
    REFUSED(400, "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n");
    REFUSED(400, "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n");
    REFUSED(400, "GET / HTTP/1.1\r\nHost: a b\r\n\r\n");
    REFUSED(400, "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n");
    REFUSED(400, "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n");
    REFUSED(400, "GET / HTTP/1.1\r\nHost: a:b\r\n\r\n");
    REFUSED(400, "GET / HTTP/1.1\r\nHost: a:123456\r\n\r\n");
    REFUSED(400, "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n");
    REFUSED(400, "GET / HTTP/1.1\r\nHost: [x]\r\n\r\n");
    REFUSED(400, "GET / HTTP/1.1\r\nHost: [::1]x\r\n\r\n");
    REFUSED(400, "GET / HTTP/1.1\r\nHost: a%2\r\n\r\n");
    REFUSED(400, "GET http://b/ HTTP/1.1\r\n\r\n");
}

static void parser__lengths(void **state)
{
    ACCEPTED("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
             "POST|/||a|1.1|keep|Host=a;Content-Length=5;|hello");
    ACCEPTED("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
             "POST|/||a|1.1|keep|Host=a;Content-Length=0;|");
    ACCEPTED("POST / HTTP/1.1\r\nHost: a\r\nContent-Length:005 \r\n\r\nhello",
             "POST|/||a|1.1|keep|Host=a;Content-Length=005;|hello");
    ACCEPTED("GET / HTTP/1.1\r\nHost: a\r\ncontent-length: 1\r\n\r\nx",
             "GET|/||a|1.1|keep|Host=a;content-length=1;|x");
    INCOMPLETE("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhell");
    REFUSED(400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\n");
    REFUSED(400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -0\r\n\r\n");
    REFUSED(400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x5\r\n\r\n");
    REFUSED(400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5_0\r\n\r\n");
    REFUSED(400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5 0\r\n\r\n");
    REFUSED(400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 5\r\n\r\n");
    REFUSED(400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5,5\r\n\r\n");
    REFUSED(400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n");
    REFUSED(400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \r\n\r\n");
    REFUSED(400,
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello");
    REFUSED(400,
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello");
    REFUSED(400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5.0\r\n\r\n");
    REFUSED(400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \xb5\r\n\r\n");
    REFUSED(413, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 8388609\r\n\r\n");
    REFUSED(413, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551617\r\n\r\n");
    REFUSED(413, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999999999999999\r\n\r\n");
}

#define CHUNKED      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
#define CHUNKED_TEXT "POST|/||a|1.1|keep|Host=a;Transfer-Encoding=chunked;|"

static void parser__chunks(void **state)
{
    ACCEPTED(CHUNKED "0\r\n\r\n", CHUNKED_TEXT);
    ACCEPTED(CHUNKED "5\r\nhello\r\n0\r\n\r\n", CHUNKED_TEXT "hello");
    ACCEPTED(CHUNKED "5\r\nhello\r\n00B\r\n, world and\r\n1\r\n!\r\n000\r\n\r\n",
             CHUNKED_TEXT "hello, world and!");
    ACCEPTED(CHUNKED "5;a\r\nhello\r\n0;b=c;d=\"e\\\"f\" ;g\r\n\r\n", CHUNKED_TEXT "hello");
    ACCEPTED(CHUNKED "5 ; a = b\r\nhello\r\n0\r\nX-Sum: abc\r\nY:\r\n\r\n", CHUNKED_TEXT "hello");
    ACCEPTED("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \tCHUNKED \r\n\r\n0\r\n\r\n",
             "POST|/||a|1.1|keep|Host=a;Transfer-Encoding=CHUNKED;|");
    INCOMPLETE(CHUNKED "5\r\nhello\r\n0\r\n");
    INCOMPLETE(CHUNKED "5\r\nhello");
    REFUSED(400, CHUNKED "\r\n");
    REFUSED(400, CHUNKED "-1\r\n");
    REFUSED(400, CHUNKED "+5\r\nhello\r\n");
    REFUSED(400, CHUNKED " 5\r\nhello\r\n");
    REFUSED(400, CHUNKED "5 \r\nhello\r\n");
    REFUSED(400, CHUNKED "0x5\r\nhello\r\n");
    REFUSED(400, CHUNKED "5_0\r\n");
    REFUSED(400, CHUNKED "5g\r\n");
    REFUSED(400, CHUNKED "5\nhello\r\n");
    REFUSED(400, CHUNKED "5\rhello\r\n");
    REFUSED(400, CHUNKED "5\r\nhello!\r\n");
    REFUSED(400, CHUNKED "5\r\nhello\n");
    REFUSED(400, CHUNKED "5\r\nhelloXX0\r\n\r\n");
    REFUSED(400, CHUNKED "5;\r\nhello\r\n");
    REFUSED(400, CHUNKED "5;a\nhello\r\n");
    REFUSED(400, CHUNKED "5;a=\r\nhello\r\n");
    REFUSED(400, CHUNKED "5;a=\"b\r\nhello\r\n");
    REFUSED(400, CHUNKED "5;a\0\r\nhello\r\n");
    REFUSED(400, CHUNKED "0\r\n\rX");
    REFUSED(400, CHUNKED "0\r\n folded\r\n\r\n");
    REFUSED(400, CHUNKED "0\r\nX : a\r\n\r\n");
    REFUSED(400, CHUNKED "0\r\nX: a\nb\r\n\r\n");
    REFUSED(413, CHUNKED "fffffffffffffffff\r\n");
    REFUSED(413, CHUNKED "800001\r\n");
    REFUSED(413, CHUNKED "7fffffffffffffff\r\n");
}

static void parser__codings(void **state)
{
    REFUSED(
        400,
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n");
    REFUSED(
        400,
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n");
    REFUSED(400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: "
                 "chunked\r\n\r\n");
    REFUSED(400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n");
    REFUSED(400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n");
    REFUSED(400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\n");
    REFUSED(400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n");
    REFUSED(400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n");
    REFUSED(400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunkedx\r\n\r\n");
    REFUSED(400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: ,chunked\r\n\r\n");
    REFUSED(400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \x0b"
                 "chunked\r\n\r\n");
    REFUSED(400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \xa0"
                 "chunked\r\n\r\n");
    REFUSED(400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \"chunked\"\r\n\r\n");
    REFUSED(400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n\r\n");
    REFUSED(400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunk\r\n\r\n");
    REFUSED(400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked;q=1\r\n\r\n");
    REFUSED(400, "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n");
    REFUSED(417, "POST / HTTP/1.1\r\nHost: a\r\nExpect: 200-ok\r\n\r\n");
    REFUSED(417, "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue, x\r\n\r\n");
    ACCEPTED("POST / HTTP/1.0\r\nExpect: 200-ok\r\n\r\n", "POST|/|||1.0|close|Expect=200-ok;|");
}

static void parser__limits(void **state)
{
    static Outcome got;
    static char input[64 * 1024];
    // A request line of exactly 8192 bytes is taken, one more is not.
    for (unsigned extra = 0; extra < 2; extra++) {
        size_t path = 8192 - strlen("GET  HTTP/1.1") + extra;
        int n = snprintf(input, sizeof input, "GET /%0*d HTTP/1.1\r\nHost: a\r\n\r\n",
                         (int)path - 1, 0);
        parse_every_way(input, (size_t)n, &defaults, &got);
        assert_int_equal(got.verdict, extra ? HTTP_REFUSED : HTTP_COMPLETE);
        assert_int_equal(got.status, extra ? 414 : 0);
    }
    // A head of exactly 32768 bytes, and one byte more.
    for (unsigned extra = 0; extra < 2; extra++) {
        const char *start = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
        size_t value = 32768 - strlen(start) - 4 + extra;
        int n = snprintf(input, sizeof input, "%s%0*d\r\n\r\n", start, (int)value, 0);
        parse_every_way(input, (size_t)n, &defaults, &got);
        assert_int_equal(got.verdict, extra ? HTTP_REFUSED : HTTP_COMPLETE);
        assert_int_equal(got.status, extra ? 431 : 0);
    }
    // 100 fields, and 101.
    for (unsigned extra = 0; extra < 2; extra++) {
        size_t n = (size_t)snprintf(input, sizeof input, "GET / HTTP/1.1\r\nHost: a\r\n");
        for (unsigned i = 0; i < 99 + extra; i++) {
            n += (size_t)snprintf(input + n, sizeof input - n, "X%u: y\r\n", i);
        }
        n += (size_t)snprintf(input + n, sizeof input - n, "\r\n");
        parse_every_way(input, n, &defaults, &got);
        assert_int_equal(got.verdict, extra ? HTTP_REFUSED : HTTP_COMPLETE);
        assert_int_equal(got.status, extra ? 431 : 0);
    }
    // Chunk extensions and trailers have an end.
    size_t n = (size_t)snprintf(input, sizeof input, CHUNKED "1;a=%05000d\r\nx\r\n0\r\n\r\n", 0);
    parse_every_way(input, n, &defaults, &got);
    assert_int_equal(got.status, 400);
    n = (size_t)snprintf(input, sizeof input, CHUNKED "0\r\nX: %09000d\r\n\r\n", 0);
    parse_every_way(input, n, &defaults, &got);
    assert_int_equal(got.status, 431);
    // A body limit of one's own, for both kinds of body.
    HttpLimits small = defaults;
    small.body_bytes = 4;
    static const char four[] = CHUNKED "2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n";
    parse_every_way(four, sizeof four - 1, &small, &got);
    assert_int_equal(got.verdict, HTTP_COMPLETE);
    static const char five[] = CHUNKED "2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n";
    parse_every_way(five, sizeof five - 1, &small, &got);
    assert_int_equal(got.status, 413);
}

static void parser__pipelined__ends_where_it_ends(void **state)
{
    static const char input[] =
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
        "GET /2 HTTP/1.1\r\nHost: b\r\n\r\n";
    char buffer[sizeof input];
    memcpy(buffer, input, sizeof input);
    HttpParser p;
    http_parser_init(&p, &defaults);
    size_t size = sizeof input - 1;
    assert_int_equal(http_parser_run(&p, buffer, &size), HTTP_COMPLETE);
    assert_int_equal(size, sizeof input - 1);
    assert_memory_equal(buffer + p.read, "GET /2", 6);
    size_t rest = size - p.read;
    char *second = buffer + p.read;
    http_parser_init(&p, &defaults);
    assert_true(http_parser_is_idle(&p));
    assert_int_equal(http_parser_run(&p, second, &rest), HTTP_COMPLETE);
    assert_int_equal(p.read, rest);
}

static void parser__after_refusal__stays_refused(void **state)
{
    char buffer[] = "\x16GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    HttpParser p;
    http_parser_init(&p, &defaults);
    size_t size = 1;
    assert_int_equal(http_parser_run(&p, buffer, &size), HTTP_REFUSED);
    size = sizeof buffer - 1;
    assert_int_equal(http_parser_run(&p, buffer, &size), HTTP_REFUSED);
}

static void request__decode_path(void **state)
{
    Request r = {.path = SPAN_LITERAL("/a%20b%2F%c3%A9%00")};
    char out[32];
    assert_int_equal(request_decode_path(&r, out), 8);
    assert_memory_equal(out, "/a b/\xc3\xa9\0", 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parser__plain_requests),
        cmocka_unit_test(parser__values),
        cmocka_unit_test(parser__request_lines),
        cmocka_unit_test(parser__targets),
        cmocka_unit_test(parser__hosts),
        cmocka_unit_test(parser__lengths),
        cmocka_unit_test(parser__chunks),
        cmocka_unit_test(parser__codings),
        cmocka_unit_test(parser__limits),
        cmocka_unit_test(parser__pipelined__ends_where_it_ends),
        cmocka_unit_test(parser__after_refusal__stays_refused),
        cmocka_unit_test(request__decode_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
