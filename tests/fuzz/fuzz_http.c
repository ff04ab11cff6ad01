// libFuzzer: the HTTP parser. The first byte of an input says where it is cut; the verdict, the
// offsets and the body must be the same as for the whole.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/check.h"
#include "server/http_parser.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct Outcome {
    HttpVerdict verdict;
    HttpParser parser;
    char *buffer;
    size_t fed, have;
} Outcome;

static const HttpLimits limits = {
    .request_line_bytes = 256, .head_bytes = 1024, .field_count = 8, .body_bytes = 512};

// Feeds the bytes in `count` pieces, each time into an allocation of exactly the size.
static void parse(Outcome *o, const uint8_t *data, size_t size, const size_t *ends, unsigned count)
{
    http_parser_init(&o->parser, &limits);
    o->verdict = HTTP_MORE;
    o->buffer = NULL;
    o->fed = o->have = 0;
    for (unsigned i = 0; i < count && o->verdict == HTTP_MORE; i++) {
        size_t more = MIN_OF(ends[i], size) - o->fed;
        char *grown = malloc(o->have + more + 1);
        CHECK(grown);
        char *exact = realloc(grown, o->have + more ? o->have + more : 1);
        if (o->have) {
            memcpy(exact, o->buffer, o->have);
        }
        if (more) {
            memcpy(exact + o->have, data + o->fed, more);
        }
        free(o->buffer);
        o->buffer = exact;
        o->have += more;
        o->fed += more;
        o->verdict = http_parser_run(&o->parser, o->buffer, &o->have);
        CHECK(o->parser.read <= o->have);
        CHECK(o->verdict != HTTP_MORE || o->parser.read == o->have);
    }
}

static void same_span(Span a, Span b)
{
    CHECK(a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0));
}

static void compare(const Outcome *a, const Outcome *b)
{
    CHECK(a->verdict == b->verdict);
    if (a->verdict == HTTP_REFUSED) {
        CHECK(a->parser.status == b->parser.status && a->parser.status >= 400 &&
              a->parser.status <= 505);
    }
    if (a->verdict != HTTP_COMPLETE) {
        return;
    }
    CHECK(a->fed - (a->have - a->parser.read) == b->fed - (b->have - b->parser.read));
    HttpHeader ha[HTTP_HEADERS_MAX], hb[HTTP_HEADERS_MAX];
    Request ra = {0}, rb = {0};
    http_parser_request(&a->parser, a->buffer, &ra, ha);
    http_parser_request(&b->parser, b->buffer, &rb, hb);
    same_span(ra.method, rb.method);
    same_span(ra.target, rb.target);
    same_span(ra.path, rb.path);
    same_span(ra.query, rb.query);
    same_span(ra.host, rb.host);
    same_span(ra.body, rb.body);
    CHECK(ra.header_count == rb.header_count && ra.keep_alive == rb.keep_alive);
    for (unsigned i = 0; i < ra.header_count; i++) {
        same_span(ra.headers[i].name, rb.headers[i].name);
        same_span(ra.headers[i].value, rb.headers[i].value);
    }
    char *decoded = malloc(ra.path.size + 1);
    CHECK(decoded && request_decode_path(&ra, decoded) <= ra.path.size);
    free(decoded);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || size > 8192) {
        return 0;
    }
    uint8_t where = data[0];
    data++;
    size--;
    static Outcome whole, halves, thirds;
    parse(&whole, data, size, &size, 1);
    size_t two[2] = {size * where / 256, size};
    parse(&halves, data, size, two, 2);
    compare(&whole, &halves);
    size_t three[3] = {where % 64 < size ? where % 64 : size, 0, size};
    three[1] = three[0] + (size - three[0]) / 2;
    parse(&thirds, data, size, three, 3);
    compare(&whole, &thirds);
    free(whole.buffer);
    free(halves.buffer);
    free(thirds.buffer);
    return 0;
}
