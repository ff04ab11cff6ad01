#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "server/http_response.h"

static DateCache date;

static int set_up(void **state)
{
    date_cache_update(&date, 784111777);
    return 0;
}

#define DATE "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"

static void expect_written(const Response *response, ResponseContext context, const char *expected)
{
    Buffer out = {0};
    assert_null(http_response_error((Response *)(uintptr_t)response, &context));
    assert_int_equal(http_response_write(&out, response, &context, &date), WRITE_DONE);
    assert_int_equal(out.size, strlen(expected));
    assert_memory_equal(out.data, expected, out.size);
    buffer_free(&out);
}

static const ResponseContext keep = {.keep_alive = true, .version_minor = 1};

static void response__plain(void **state)
{
    Response r = {.status = 200, .body = SPAN_LITERAL("abc")};
    response_add_header(&r, SPAN_LITERAL("X-A"), SPAN_LITERAL("b"));
    expect_written(&r, keep, "HTTP/1.1 200 OK\r\nX-A: b\r\n" DATE "Content-Length: 3\r\n\r\nabc");
    expect_written(&r, (ResponseContext){.version_minor = 1},
                   "HTTP/1.1 200 OK\r\nX-A: b\r\n" DATE
                   "Content-Length: 3\r\nConnection: close\r\n\r\nabc");
    expect_written(&r, (ResponseContext){.keep_alive = true},
                   "HTTP/1.1 200 OK\r\nX-A: b\r\n" DATE
                   "Content-Length: 3\r\nConnection: keep-alive\r\n\r\nabc");
    expect_written(&r, (ResponseContext){.head = true, .keep_alive = true, .version_minor = 1},
                   "HTTP/1.1 200 OK\r\nX-A: b\r\n" DATE "Content-Length: 3\r\n\r\n");
}

static void response__statuses(void **state)
{
    Response r = {.status = 204, .body = SPAN_LITERAL("abc")};
    expect_written(&r, keep, "HTTP/1.1 204 No Content\r\n" DATE "\r\n");
    r.status = 304;
    expect_written(&r, keep, "HTTP/1.1 304 Not Modified\r\n" DATE "\r\n");
    r.status = 205;
    expect_written(&r, keep, "HTTP/1.1 205 Reset Content\r\n" DATE "Content-Length: 0\r\n\r\n");
    response_add_header(&r, SPAN_LITERAL("Content-Length"), SPAN_LITERAL("3"));
    assert_non_null(http_response_error(&r, &keep)); // no body will follow
    r.headers[0].value = SPAN_LITERAL("0");
    assert_null(http_response_error(&r, &keep));
    r.header_count = 0;
    r.status = 599;
    r.body = (Span){0};
    expect_written(&r, keep, "HTTP/1.1 599 \r\n" DATE "Content-Length: 0\r\n\r\n");
}

static void response__own_fields(void **state)
{
    Response r = {.status = 200, .body = SPAN_LITERAL("abc")};
    response_add_header(&r, SPAN_LITERAL("content-length"), SPAN_LITERAL("3"));
    response_add_header(&r, SPAN_LITERAL("DATE"), SPAN_LITERAL("today"));
    response_add_header(&r, SPAN_LITERAL("Connection"), SPAN_LITERAL("keep-alive"));
    expect_written(&r, keep, "HTTP/1.1 200 OK\r\ncontent-length: 3\r\nDATE: today\r\n\r\nabc");
    assert_false(r.close);
    r.headers[2].value = SPAN_LITERAL("Close");
    assert_null(http_response_error(&r, &keep));
    assert_true(r.close);
}

static void refuses(unsigned status, const char *name, size_t name_size, const char *value,
                    size_t value_size)
{
    Response r = {.status = status, .body = SPAN_LITERAL("abc")};
    if (name) {
        response_add_header(&r, (Span){name, name_size}, (Span){value, value_size});
    }
    assert_non_null(http_response_error(&r, &keep));
}

static void response__nonsense__is_refused(void **state)
{
    refuses(0, NULL, 0, NULL, 0);
    refuses(100, NULL, 0, NULL, 0);
    refuses(199, NULL, 0, NULL, 0);
    refuses(600, NULL, 0, NULL, 0);
    refuses(4000000000u, NULL, 0, NULL, 0);
    refuses(200, "X", 1, "a\r\nb", 4);
    refuses(200, "X", 1, "a\nb", 3);
    refuses(200, "X", 1, "a\0b", 3);
    refuses(200, "X", 1, "\x7f", 1);
    refuses(200, "X Y", 3, "a", 1);
    refuses(200, "", 0, "a", 1);
    refuses(200, "X:", 2, "a", 1);
    refuses(200, "X\n", 2, "a", 1);
    refuses(200, "\xc3\xa9", 2, "a", 1);
    refuses(200, "Content-Length", 14, "4", 1);
    refuses(200, "Content-Length", 14, "+3", 2);
    refuses(200, "Content-Length", 14, "99999999999999999999", 20);
    refuses(200, "transfer-encoding", 17, "chunked", 7);
    Response r = {.status = 200};
    for (unsigned i = 0; i < RESPONSE_HEADERS_MAX; i++) {
        assert_true(response_add_header(&r, SPAN_LITERAL("X"), SPAN_LITERAL("y")));
    }
    assert_null(http_response_error(&r, &keep));
    assert_false(response_add_header(&r, SPAN_LITERAL("X"), SPAN_LITERAL("y")));
    assert_non_null(http_response_error(&r, &keep));
}

static void response__large_body__follows(void **state)
{
    static char bytes[RESPONSE_COPY_MAX + 1];
    Buffer out = {0};
    Response r = {.status = 200, .body = {bytes, RESPONSE_COPY_MAX}};
    assert_int_equal(http_response_write(&out, &r, &keep, &date), WRITE_DONE);
    size_t whole = out.size;
    assert_true(whole > RESPONSE_COPY_MAX);
    r.body.size++;
    assert_int_equal(http_response_write(&out, &r, &keep, &date), WRITE_BODY_AFTER);
    assert_int_equal(out.size, whole + whole - RESPONSE_COPY_MAX);
    buffer_free(&out);
}

static void response__plain_text_of_the_servers_own(void **state)
{
    Buffer out = {0};
    assert_true(http_response_write_plain(&out, 400, "bad", &keep, &date));
    assert_non_null(memmem(out.data, out.size, "\r\n\r\n400 Bad Request: bad\n", 25));
    buffer_free(&out);
}

static void date__changes_with_the_second(void **state)
{
    DateCache cache = {0};
    date_cache_update(&cache, 0);
    assert_memory_equal(cache.line, "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n", cache.size);
    date_cache_update(&cache, 951782400);
    assert_memory_equal(cache.line, "Date: Tue, 29 Feb 2000 00:00:00 GMT\r\n", cache.size);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(response__plain),
        cmocka_unit_test(response__statuses),
        cmocka_unit_test(response__own_fields),
        cmocka_unit_test(response__nonsense__is_refused),
        cmocka_unit_test(response__large_body__follows),
        cmocka_unit_test(response__plain_text_of_the_servers_own),
        cmocka_unit_test(date__changes_with_the_second),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
