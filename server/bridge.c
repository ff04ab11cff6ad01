// An application written in Python, behind the interface of bridge.h.
//
// 1. Each server thread is a thread of the interpreter (the first one is its main thread); it
//    attaches in thread_start and detaches only while the server waits.
// 2. A request becomes a request object, the handler is called, what it returns becomes an answer:
//    text, bytes, a dict or list as JSON, or (status, headers, body).
// 3. Header fields are copied to the thread's own buffer, JSON is written there; the bytes of text
//    and bytes objects are lent, and the object is kept until the server has sent them.
// 4. Whatever goes wrong in the handler is logged with its traceback and answered with 500.
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/object/bytes.h"
#include "core/object/dict.h"
#include "core/object/exception.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/runtime.h"
#include "gil/wait.h"
#include "server/bridge_python.h"
#include "server/request_object.h"

typedef struct PythonThread {
    ThreadState *ts;
    PythonApplication *application;
    Value handler; // the application keeps it
    bool is_main;
    Buffer json;    // the body of the answer being made
    Buffer headers; // its header fields
} PythonThread;

// --- threads -------------------------------------------------------------------------------------

static void *thread_start(Application *base, unsigned thread_index)
{
    PythonApplication *application = (PythonApplication *)base;
    PythonThread *t = calloc(1, sizeof *t);
    if (!t) {
        return NULL;
    }
    t->application = application;
    t->handler = application->handler;
    t->is_main = thread_index == 0;
    if (t->is_main) {
        t->ts = application->main_thread;
        wait_end(t->ts);
    } else {
        t->ts = runtime_thread_enter();
    }
    if (!t->ts) {
        fprintf(stderr, "%s: thread %u: no memory, or too many threads\n", application->program,
                thread_index);
        free(t);
        return NULL;
    }
    return t;
}

static void thread_stop(void *thread)
{
    PythonThread *t = thread;
    buffer_free(&t->json);
    buffer_free(&t->headers);
    if (t->is_main) {
        wait_begin(t->ts);
    } else {
        runtime_thread_leave(t->ts);
    }
    free(t);
}

static void thread_wait_begin(void *thread) { wait_begin(((PythonThread *)thread)->ts); }
static void thread_wait_end(void *thread) { wait_end(((PythonThread *)thread)->ts); }

// A traceback in the log, whatever kind of exception it is.
static void log_exception(PythonThread *t, const char *what)
{
    ThreadState *ts = t->ts;
    OWNED Ref exception = exception_fetch(ts);
    OWNED Ref line = format_str(ts, "%s: %s\n", t->application->program, what);
    if (!is_error(line)) {
        write_to_stderr(ts, line.v);
    }
    exception_clear(ts);
    if (!is_error(exception)) {
        exception_print_default(ts, exception.v);
        exception_clear(ts);
    }
}

static void thread_poll(void *thread)
{
    PythonThread *t = thread;
    if (UNLIKELY(!safepoint_poll(t->ts))) {
        log_exception(t, "an exception came between two requests");
    }
}

// --- answers -------------------------------------------------------------------------------------

static const char text_plain[] = "text/plain; charset=utf-8";

static void release_object(void *thread, void *keep) { value_release((Value){(uintptr_t)keep}); }
static void release_memory(void *thread, void *keep) { free(keep); }

// Lends the bytes of an object; steals the reference.
static void keep_object(Response *response, Ref object)
{
    response->keep = (void *)object.v.bits;
    response->release = release_object;
}

static void add_content_type(Response *response, const char *type)
{
    static const char name[] = "content-type";
    for (unsigned i = 0; i < response->header_count; i++) {
        const HttpHeader *h = &response->headers[i];
        if (h->name.size == sizeof name - 1 &&
            strncasecmp(h->name.data, name, sizeof name - 1) == 0) {
            return;
        }
    }
    response_add_header(response, SPAN_LITERAL("Content-Type"), (Span){type, strlen(type)});
}

static Status body_from_text(PythonThread *t, Value body, Response *response)
{
    const Str *s = str_from(body);
    if (LIKELY(str_is_ascii(s))) {
        response->body = (Span){(const char *)s->data, s->length};
    } else {
        response->body.data = str_utf8(t->ts, body, &response->body.size);
        if (response->body.data == NULL) {
            return STATUS_ERROR;
        }
    }
    add_content_type(response, text_plain);
    if (response->body.size > 0) {
        keep_object(response, ref_new(body));
    }
    return STATUS_OK;
}

static Status body_from_buffer(PythonThread *t, Value body, Response *response)
{
    add_content_type(response, "application/octet-stream");
    if (value_is_bytes(body)) {
        response->body = (Span){(const char *)bytes_from(body)->data, bytes_from(body)->size};
        keep_object(response, ref_new(body));
        return STATUS_OK;
    }
    // What may change while it is being sent is copied.
    BufferView view;
    if (buffer_get(t->ts, body, &view) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    char *copy = malloc(view.size + 1);
    if (copy) {
        memcpy(copy, view.data, view.size);
        response->body = (Span){copy, view.size};
        response->keep = copy;
        response->release = release_memory;
    }
    buffer_release(t->ts, &view);
    if (!copy) {
        (void)raise_no_memory(t->ts);
        return STATUS_ERROR;
    }
    return STATUS_OK;
}

static Status body_from_json(PythonThread *t, Value body, Response *response)
{
    t->json.size = 0;
    if (json_append_value(t->ts, &t->json, body) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    add_content_type(response, "application/json");
    response->body = (Span){t->json.data, t->json.size};
    if (t->json.size > RESPONSE_COPY_MAX) { // sent from here
        response->keep = t->json.data;
        response->release = release_memory;
        t->json = (Buffer){0};
    }
    return STATUS_OK;
}

static Status set_body(PythonThread *t, Value body, Response *response)
{
    if (value_is_str(body)) {
        return body_from_text(t, body, response);
    }
    if (value_is_dict(body) || value_is_list(body)) {
        return body_from_json(t, body, response);
    }
    return body_from_buffer(t, body, response);
}

static bool is_body(Value v)
{
    return value_is_str(v) || value_is_dict(v) || value_is_list(v) || value_is_bytes(v) ||
           value_is_bytearray(v) || value_is_kind(v, KIND_MEMORYVIEW);
}

// One header field to the thread's buffer, as offsets: the buffer may move.
static Status append_header_text(PythonThread *t, Value v, size_t *offset, size_t *size)
{
    const char *data;
    if (value_is_str(v)) {
        data = str_utf8(t->ts, v, size);
        if (data == NULL) {
            return STATUS_ERROR;
        }
    } else if (value_is_bytes(v)) {
        data = (const char *)bytes_from(v)->data;
        *size = bytes_from(v)->size;
    } else if (value_is_int(v) && !value_is_bool(v)) {
        OWNED Ref text = int_to_str(t->ts, v, 10);
        return is_error(text) ? STATUS_ERROR : append_header_text(t, text.v, offset, size);
    } else {
        return raise_status(t->ts, EXC_TypeError, "header names and values must be str, not %T", v);
    }
    *offset = t->headers.size;
    if (!buffer_append(&t->headers, data, *size)) {
        (void)raise_no_memory(t->ts);
        return STATUS_ERROR;
    }
    return STATUS_OK;
}

// Fields hold offsets until all are there (place_headers).
static Status add_header(PythonThread *t, Value name, Value value, Response *response)
{
    size_t name_at, name_size, value_at, value_size;
    if (append_header_text(t, name, &name_at, &name_size) == STATUS_ERROR ||
        append_header_text(t, value, &value_at, &value_size) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    if (!response_add_header(response, (Span){(const char *)name_at, name_size},
                             (Span){(const char *)value_at, value_size})) {
        return raise_status(t->ts, EXC_ValueError, "more than %d header fields",
                            (int)RESPONSE_HEADERS_MAX);
    }
    return STATUS_OK;
}

static void place_headers(PythonThread *t, Response *response)
{
    for (unsigned i = 0; i < response->header_count; i++) {
        HttpHeader *h = &response->headers[i];
        h->name.data = t->headers.data + (size_t)h->name.data;
        h->value.data = t->headers.data + (size_t)h->value.data;
    }
}

static Status headers_from_dict(PythonThread *t, Value headers, Response *response)
{
    ThreadState *ts = t->ts;
    size_t position = 0;
    Ref next_name = NO_REF, next_value = NO_REF;
    while (dict_next(ts, dict_from(headers), &position, &next_name, &next_value)) {
        OWNED Ref name = next_name;
        OWNED Ref value = next_value;
        if (value_is_list(value.v)) { // several fields of one name
            for (size_t i = 0;; i++) {
                OWNED Ref one = list_get(ts, list_from(value.v), i);
                if (is_error(one)) {
                    break;
                }
                if (add_header(t, name.v, one.v, response) == STATUS_ERROR) {
                    return STATUS_ERROR;
                }
            }
        } else if (add_header(t, name.v, value.v, response) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    return STATUS_OK;
}

static Status headers_from_pairs(PythonThread *t, Value headers, Response *response)
{
    OWNED Ref pairs = sequence_tuple(t->ts, headers);
    for (size_t i = 0; !is_error(pairs) && i < tuple_count(pairs.v); i++) {
        OWNED Ref pair = sequence_tuple(t->ts, tuple_item(pairs.v, i));
        if (is_error(pair)) {
            return STATUS_ERROR;
        }
        if (tuple_count(pair.v) != 2) {
            return raise_status(t->ts, EXC_TypeError,
                                "headers must be a dict or pairs of name and value");
        }
        if (add_header(t, tuple_item(pair.v, 0), tuple_item(pair.v, 1), response) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    return is_error(pairs) ? STATUS_ERROR : STATUS_OK;
}

static Status set_headers(PythonThread *t, Value headers, Response *response)
{
    Status status = STATUS_OK;
    t->headers.size = 0;
    if (value_is_dict(headers)) {
        status = headers_from_dict(t, headers, response);
    } else if (value_is_list(headers) || value_is_tuple(headers)) {
        status = headers_from_pairs(t, headers, response);
    } else if (!value_is_none(headers)) {
        return raise_status(t->ts, EXC_TypeError,
                            "headers must be a dict or a list of pairs, not %T", headers);
    }
    place_headers(t, response);
    return status;
}

// (status, headers, body)
static Status answer_from_tuple(PythonThread *t, Value result, Response *response)
{
    int64_t status;
    Value number = tuple_item(result, 0), body = tuple_item(result, 2);
    if (!value_is_int(number) || value_is_bool(number)) {
        return raise_status(t->ts, EXC_TypeError, "the status must be an int, not %T", number);
    }
    if (!int_to_i64(number, &status) || status < 200 || status > 599) {
        return raise_status(t->ts, EXC_ValueError, "the status must be between 200 and 599, not %R",
                            number);
    }
    if (!value_is_none(body) && !is_body(body)) {
        return raise_status(t->ts, EXC_TypeError,
                            "the body must be str, bytes, dict, list or None, not %T", body);
    }
    response->status = (unsigned)status;
    if (set_headers(t, tuple_item(result, 1), response) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    return value_is_none(body) ? STATUS_OK : set_body(t, body, response);
}

static Status answer_from(PythonThread *t, Value result, Response *response)
{
    if (is_body(result)) {
        return set_body(t, result, response);
    }
    if (value_is_tuple(result) && tuple_count(result) == 3) {
        return answer_from_tuple(t, result, response);
    }
    return raise_status(
        t->ts, EXC_TypeError,
        "a handler returns str, bytes, dict, list or (status, headers, body), not %T", result);
}

// Logs the exception and answers 500, with nothing of it.
COLD static void answer_failure(PythonThread *t, const Request *request, Response *response)
{
    char what[256];
    snprintf(what, sizeof what, "%.*s %.*s failed", (int)request->method.size, request->method.data,
             (int)MIN_OF(request->target.size, 180u), request->target.data);
    log_exception(t, what);
    if (response->release) {
        response->release(t, response->keep);
    }
    *response = (Response){.status = 500};
    response_add_header(response, SPAN_LITERAL("Content-Type"),
                        SPAN_LITERAL("text/plain; charset=utf-8"));
    response->body = SPAN_LITERAL("500 Internal Server Error\n");
    atomic_add_relaxed(&t->application->failures, (uint64_t)1);
}

static void handle(void *thread, const Request *request, Response *response)
{
    PythonThread *t = thread;
    ThreadState *ts = t->ts;
    Ref object = request_object_new(ts, request);
    OWNED Ref result = is_error(object) ? NO_REF : object_call1(ts, t->handler, object.v);
    if (is_error(result) || answer_from(t, result.v, response) == STATUS_ERROR) {
        answer_failure(t, request, response);
    }
    if (!is_error(object)) {
        request_object_end(ts, object);
    }
}

// --- the application -----------------------------------------------------------------------------

static void statistics(Application *base, json_t *object)
{
    PythonApplication *application = (PythonApplication *)base;
    ThreadWaits waits = threads_waits();
    json_object_set_new(object, "handler_failures",
                        json_integer((json_int_t)application->failures));
    json_object_set_new(object, "gil_wait_ns", json_integer((json_int_t)waits.gil_ns));
    json_object_set_new(object, "lock_wait_ns", json_integer((json_int_t)waits.lock_ns));
}

Status python_application_start(PythonApplication *application, ThreadState *ts,
                                const char *program, Value handler)
{
    *application = (PythonApplication){
        .base = {.thread_start = thread_start,
                 .handle = handle,
                 .thread_wait_begin = thread_wait_begin,
                 .thread_wait_end = thread_wait_end,
                 .thread_poll = thread_poll,
                 .thread_stop = thread_stop,
                 .statistics = statistics},
        .main_thread = ts,
        .handler = handler,
        .program = program,
    };
    return request_object_start(ts);
}
