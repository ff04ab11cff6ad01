// server/request_object.h: the request as a script sees it.
//
//   request.method       "GET"                        request.headers    mapping, any case
//   request.path         "/a b", escapes undone       request.body       bytes
//   request.raw_path     "/a%20b", as sent            request.json()     the body, parsed
//   request.query        "x=1&y=%20", as sent         request.params     {"x": "1", "y": " "}
//   request.target       all of it, as sent           request.host       "example.org:8080"
//   request.version      "1.1"                        request.remote     "127.0.0.1"
//
// While its handler runs, a request object borrows the bytes where the server received them:
// nothing is copied but what is asked for. If a script keeps the object (or another thread has it),
// it gets a copy of its own when the handler ends; in the usual case it simply dies.
//
// Rule     `live` is set from making to request_object_end(), and only the server thread that made
//          the object clears it. Other threads pin the object while they look at borrowed bytes.
// Threads  any, once a handler has given the object away.
// Proof    tests/server/app.py with tests/server/suite.py
#ifndef ADDER_SERVER_REQUEST_OBJECT_H
#define ADDER_SERVER_REQUEST_OBJECT_H

#include "core/object/object.h"
#include "server/bridge.h"
#include "server/http_response.h"

// NO_REF: MemoryError is set.
Ref request_object_new(ThreadState *ts, const Request *request);
// The bytes are about to go. Steals the server's reference.
void request_object_end(ThreadState *ts, Ref object);

// Before the first request: makes the texts of the common methods.
Status request_object_start(ThreadState *ts);

// bridge_json.c: JSON at the network's edge. Parses with jansson; what that refuses or cannot hold
// (errors, integers beyond 64 bits) goes to the json module, for its values and its messages.
Ref json_object_from_bytes(ThreadState *ts, const char *text, size_t size);
// Appends the value as compact UTF-8 JSON; STATUS_ERROR: TypeError, ValueError, RecursionError or
// MemoryError is set.

Status json_append_value(ThreadState *ts, Buffer *out, Value value);

#endif
