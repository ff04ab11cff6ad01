#include "server/request_object.h"

#include <string.h>
#include <strings.h>

#include "core/object/bytes.h"
#include "core/object/container.h"
#include "core/object/dict.h"
#include "core/object/list.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "gil/wait.h"
#include "server/http_chars.h"

// Kind SERVER_REQUEST. It refers to text and bytes only, so it is never part of a cycle.
typedef struct RequestObject {
    ObjectHead head;
    const Request *live;                 // atomic; the server's, while the handler runs
    Request *copy;                       // under the lock until it is set, then constant; raw heap
    ThreadState *server;                 // the thread whose handler runs
    uint32_t pins;                       // other threads that look at `live`; under the lock
    SharedRef method, path, query, body; // made when asked for
} RequestObject;

// Kind SERVER_HEADERS: a view of the request's fields.
typedef struct HeadersObject {
    ObjectHead head;
    SharedRef request;
} HeadersObject;

static RequestObject *request_from(Value v) { return (RequestObject *)value_head(v); }

// --- borrowed bytes ------------------------------------------------------------------------------

// Returns the request's bytes, to be let go with unpin(); NULL with an exception set.
static const Request *pin(ThreadState *ts, RequestObject *r, bool *pinned)
{
    *pinned = false;
    const Request *live = atomic_load_relaxed(&r->live);
    if (LIKELY(live != NULL && r->server == ts)) {
        return live; // nobody but this thread takes it away
    }
    const Request *found = NULL;
    CRITICAL_SECTION(ts, &r->head)
    {
        found = r->copy;
        live = atomic_load_relaxed(&r->live);
        if (found == NULL && live != NULL) {
            r->pins++;
            *pinned = true;
            found = live;
        }
    }
    if (found == NULL) {
        raise(ts, EXC_RuntimeError,
              "the request is over, and there was no memory to keep its data");
    }
    return found;
}

static void unpin(ThreadState *ts, RequestObject *r, bool pinned)
{
    if (UNLIKELY(pinned)) {
        CRITICAL_SECTION(ts, &r->head) { r->pins--; }
    }
}

static Span copy_span(char **to, Span span)
{
    char *at = *to;
    if (span.size > 0) {
        memcpy(at, span.data, span.size);
    }
    *to += span.size;
    return (Span){at, span.size};
}

// A copy with everything it refers to in one block.
static Request *copy_request(ThreadState *ts, const Request *from)
{
    size_t address = strlen(from->remote_address) + 1;
    size_t size = sizeof *from + from->header_count * sizeof(HttpHeader) + from->method.size +
                  from->target.size + from->path.size + from->query.size + from->host.size +
                  from->body.size + address;
    for (unsigned i = 0; i < from->header_count; i++) {
        size += from->headers[i].name.size + from->headers[i].value.size;
    }
    Request *copy = raw_alloc(ts, size);
    if (copy == NULL) {
        return NULL;
    }
    HttpHeader *headers = (HttpHeader *)(copy + 1);
    char *to = (char *)(headers + from->header_count);
    *copy = *from;
    copy->method = copy_span(&to, from->method);
    copy->target = copy_span(&to, from->target);
    copy->path = copy_span(&to, from->path);
    copy->query = copy_span(&to, from->query);
    copy->host = copy_span(&to, from->host);
    copy->body = copy_span(&to, from->body);
    for (unsigned i = 0; i < from->header_count; i++) {
        headers[i].name = copy_span(&to, from->headers[i].name);
        headers[i].value = copy_span(&to, from->headers[i].value);
    }
    copy->headers = headers;
    copy->remote_address = memcpy(to, from->remote_address, address);
    return copy;
}

// The handler is over but somebody has kept the object.
static void keep_data(ThreadState *ts, RequestObject *r)
{
    OWNED Ref pending = exception_fetch(ts);
    Request *copy = copy_request(ts, r->live);
    exception_clear(ts); // without memory the data is gone, and whoever asks is told so
    for (bool pinned = true; pinned;) {
        CRITICAL_SECTION(ts, &r->head)
        {
            pinned = r->pins > 0;
            if (!pinned) {
                r->copy = copy;
                atomic_store_relaxed(&r->live, (const Request *)NULL);
            }
        }
        if (pinned) { // another thread is about to have read what it wanted
            wait_begin(ts);
            spin_pause();
            wait_end(ts);
        }
    }
    if (!is_error(pending)) {
        exception_restore(ts, ref_take(&pending));
    }
}

Ref request_object_new(ThreadState *ts, const Request *request)
{
    RequestObject *r = object_new(ts, KIND_SERVER_REQUEST, sizeof *r);
    if (r == NULL) {
        return NO_REF;
    }
    r->live = request;
    r->copy = NULL;
    r->server = ts;
    r->pins = 0;
    shared_ref_init(&r->method, NO_REF);
    shared_ref_init(&r->path, NO_REF);
    shared_ref_init(&r->query, NO_REF);
    shared_ref_init(&r->body, NO_REF);
    return REF_FROM_NEW(r);
}

void request_object_end(ThreadState *ts, Ref object)
{
    if (UNLIKELY(!head_is_unique(value_head(object.v)))) {
        keep_data(ts, request_from(object.v));
    }
    ref_drop(&object);
}

static void request_finish(ThreadState *ts, ObjectHead *o)
{
    RequestObject *r = (RequestObject *)o;
    shared_ref_clear(&r->method);
    shared_ref_clear(&r->path);
    shared_ref_clear(&r->query);
    shared_ref_clear(&r->body);
    raw_free(ts, r->copy);
}

// --- attributes ----------------------------------------------------------------------------------

// Common methods as immortal text.
static const char *const common_methods[] = {"GET",  "POST",  "PUT",    "DELETE",
                                             "HEAD", "PATCH", "OPTIONS"};
static Value common_method_texts[ARRAY_LENGTH(common_methods)];

Status request_object_start(ThreadState *ts)
{
    for (unsigned i = 0; i < ARRAY_LENGTH(common_methods); i++) {
        OWNED Ref text = str_from_z(ts, common_methods[i]);
        if (is_error(text)) {
            return STATUS_ERROR;
        }
        OWNED Ref interned = str_intern_immortal(ts, ref_take(&text));
        if (is_error(interned)) {
            return STATUS_ERROR;
        }
        common_method_texts[i] = interned.v;
    }
    return STATUS_OK;
}

static Ref text_of(ThreadState *ts, Span span)
{
    return str_from_latin1(ts, (const uint8_t *)span.data, span.size);
}

static Ref make_method(ThreadState *ts, const Request *request)
{
    for (unsigned i = 0; i < ARRAY_LENGTH(common_methods); i++) {
        if (strlen(common_methods[i]) == request->method.size &&
            memcmp(common_methods[i], request->method.data, request->method.size) == 0) {
            return ref_new(common_method_texts[i]);
        }
    }
    return text_of(ts, request->method);
}

static Ref make_path(ThreadState *ts, const Request *request)
{
    if (!request->path_has_escapes) {
        return str_from_ascii(ts, request->path.data, request->path.size);
    }
    char *decoded = raw_alloc(ts, request->path.size);
    if (decoded == NULL) {
        return NO_REF;
    }
    size_t size = request_decode_path(request, decoded);
    Ref path = str_from_utf8_replace(ts, decoded, size);
    raw_free(ts, decoded);
    return path;
}

static Ref make_query(ThreadState *ts, const Request *request)
{
    return request->query.size == 0 ? str_empty()
                                    : str_from_ascii(ts, request->query.data, request->query.size);
}

static Ref make_body(ThreadState *ts, const Request *request)
{
    return bytes_new(ts, request->body.size ? request->body.data : "", request->body.size);
}

typedef Ref (*Maker)(ThreadState *ts, const Request *request);

static Ref make_attribute(ThreadState *ts, RequestObject *r, Maker make)
{
    bool pinned;
    const Request *request = pin(ts, r, &pinned);
    Ref made = request ? make(ts, request) : NO_REF;
    unpin(ts, r, pinned);
    return made;
}

// The attribute kept in `place`, made when first asked for.
// Two threads may both make it; one stays.
static Ref cached_attribute(ThreadState *ts, RequestObject *r, SharedRef *place, Maker make)
{
    Ref known = shared_ref_load(&r->head, place);
    if (!is_error(known)) {
        return known;
    }
    OWNED Ref made = make_attribute(ts, r, make);
    if (!is_error(made)) {
        OWNED Ref old = NO_REF;
        Ref kept = ref_new(made.v);
        CRITICAL_SECTION(ts, &r->head) { old = shared_ref_swap(place, kept); }
    }
    return ref_take(&made);
}

static Ref get_method(ThreadState *ts, Value self)
{
    RequestObject *r = request_from(self);
    return cached_attribute(ts, r, &r->method, make_method);
}
static Ref get_path(ThreadState *ts, Value self)
{
    RequestObject *r = request_from(self);
    return cached_attribute(ts, r, &r->path, make_path);
}
static Ref get_query(ThreadState *ts, Value self)
{
    RequestObject *r = request_from(self);
    return cached_attribute(ts, r, &r->query, make_query);
}
static Ref get_body(ThreadState *ts, Value self)
{
    RequestObject *r = request_from(self);
    return cached_attribute(ts, r, &r->body, make_body);
}

static Ref make_raw_path(ThreadState *ts, const Request *request)
{
    return text_of(ts, request->path);
}
static Ref make_target(ThreadState *ts, const Request *request)
{
    return text_of(ts, request->target);
}
static Ref make_host(ThreadState *ts, const Request *request) { return text_of(ts, request->host); }
static Ref make_remote(ThreadState *ts, const Request *request)
{
    return str_from_z(ts, request->remote_address);
}
static Ref make_version(ThreadState *ts, const Request *request)
{
    return str_from_z(ts, request->version_minor ? "1.1" : "1.0");
}
static Ref get_raw_path(ThreadState *ts, Value self)
{
    return make_attribute(ts, request_from(self), make_raw_path);
}
static Ref get_target(ThreadState *ts, Value self)
{
    return make_attribute(ts, request_from(self), make_target);
}
static Ref get_host(ThreadState *ts, Value self)
{
    return make_attribute(ts, request_from(self), make_host);
}
static Ref get_remote(ThreadState *ts, Value self)
{
    return make_attribute(ts, request_from(self), make_remote);
}
static Ref get_version(ThreadState *ts, Value self)
{
    return make_attribute(ts, request_from(self), make_version);
}

// One name or value of a query: '+' is a space, escapes are undone where they are whole.
static Ref decode_form_text(ThreadState *ts, const char *from, const char *end)
{
    char local[512] = "";
    size_t room = (size_t)(end - from);
    char *text = room <= sizeof local ? local : raw_alloc(ts, room);
    if (text == NULL) {
        return NO_REF;
    }
    char *to = text;
    while (from < end) {
        if (*from == '%' && end - from >= 3 && http_char_is((unsigned char)from[1], CHAR_HEX) &&
            http_char_is((unsigned char)from[2], CHAR_HEX)) {
            *to++ =
                (char)(hex_value((unsigned char)from[1]) << 4 | hex_value((unsigned char)from[2]));
            from += 3;
        } else {
            *to++ = *from == '+' ? ' ' : *from;
            from++;
        }
    }
    Ref result = str_from_utf8_replace(ts, text, (size_t)(to - text));
    if (text != local) {
        raw_free(ts, text);
    }
    return result;
}

static Ref make_params(ThreadState *ts, const Request *request)
{
    OWNED Ref params = dict_new(ts);
    if (is_error(params)) {
        return NO_REF;
    }
    const char *at = request->query.data, *end = at + request->query.size;
    while (at < end) {
        const char *stop = memchr(at, '&', (size_t)(end - at));
        stop = stop ? stop : end;
        if (stop > at) {
            const char *equals = memchr(at, '=', (size_t)(stop - at));
            OWNED Ref name = decode_form_text(ts, at, equals ? equals : stop);
            OWNED Ref value =
                is_error(name) ? NO_REF : decode_form_text(ts, equals ? equals + 1 : stop, stop);
            if (is_error(value) ||
                dict_set(ts, dict_from(params.v), name.v, value.v) == STATUS_ERROR) {
                return NO_REF;
            }
        }
        at = stop + 1;
    }
    return ref_take(&params);
}
static Ref get_params(ThreadState *ts, Value self)
{
    return make_attribute(ts, request_from(self), make_params);
}

static Ref make_json(ThreadState *ts, const Request *request)
{
    return json_object_from_bytes(ts, request->body.data, request->body.size);
}
static Ref request_json(ThreadState *ts, Value self, const Value *args)
{
    return make_attribute(ts, request_from(self), make_json);
}

static Ref request_repr(ThreadState *ts, Value self)
{
    OWNED Ref method = get_method(ts, self);
    OWNED Ref target = is_error(method) ? NO_REF : get_target(ts, self);
    return is_error(target) ? NO_REF : format_str(ts, "<Request %U %U>", method.v, target.v);
}

// --- headers -------------------------------------------------------------------------------------

static Ref get_headers(ThreadState *ts, Value self)
{
    HeadersObject *h = object_new(ts, KIND_SERVER_HEADERS, sizeof *h);
    if (h == NULL) {
        return NO_REF;
    }
    shared_ref_init(&h->request, ref_new(self));
    return REF_FROM_NEW(h);
}

static void headers_finish(ThreadState *ts, ObjectHead *o)
{
    shared_ref_clear(&((HeadersObject *)o)->request);
}

// The view keeps its request for as long as it lives.
static RequestObject *request_of(Value headers)
{
    return request_from(shared_ref_peek(&((HeadersObject *)value_head(headers))->request));
}

static bool same_name(Span a, const char *b, size_t size)
{
    return a.size == size && strncasecmp(a.data, b, size) == 0;
}

// The value of a field, or of all fields of that name, joined. LOOKUP_ABSENT: no such field.
static Lookup find_header(ThreadState *ts, Value self, Value name, Ref *out)
{
    if (!value_is_str(name)) {
        return LOOKUP_ABSENT;
    }
    size_t size;
    const char *text = str_utf8(ts, name, &size);
    if (text == NULL) {
        return LOOKUP_ERROR;
    }
    RequestObject *r = request_of(self);
    bool pinned;
    const Request *request = pin(ts, r, &pinned);
    if (request == NULL) {
        return LOOKUP_ERROR;
    }
    Lookup found = LOOKUP_ABSENT;
    OWNED Ref value = NO_REF;
    for (unsigned i = 0; i < request->header_count && found != LOOKUP_ERROR; i++) {
        if (!same_name(request->headers[i].name, text, size)) {
            continue;
        }
        OWNED Ref more = text_of(ts, request->headers[i].value);
        if (is_error(more)) {
            found = LOOKUP_ERROR;
        } else if (found == LOOKUP_ABSENT) {
            value = ref_take(&more);
            found = LOOKUP_FOUND;
        } else {
            bool cookie = size == 6 && strncasecmp(text, "cookie", 6) == 0;
            Ref joined = format_str(ts, cookie ? "%U; %U" : "%U, %U", value.v, more.v);
            ref_set(&value, joined);
            found = is_error(joined) ? LOOKUP_ERROR : LOOKUP_FOUND;
        }
    }
    unpin(ts, r, pinned);
    if (found == LOOKUP_FOUND) {
        *out = ref_take(&value);
    }
    return found;
}

static Ref headers_get_item(ThreadState *ts, Value self, Value key)
{
    Ref value = NO_REF;
    return find_header(ts, self, key, &value) == LOOKUP_ABSENT ? raise_key_error(ts, key) : value;
}

static Ref headers_get(ThreadState *ts, Value self, const Value *args)
{
    Ref value = NO_REF;
    if (find_header(ts, self, args[0], &value) == LOOKUP_ABSENT) {
        return is_no_value(args[1]) ? REF_NONE : ref_new(args[1]);
    }
    return value;
}

static Truth headers_contains(ThreadState *ts, Value self, Value key)
{
    OWNED Ref value = NO_REF;
    return (Truth)find_header(ts, self, key, &value);
}

static bool is_first_of_its_name(const Request *request, unsigned i)
{
    for (unsigned k = 0; k < i; k++) {
        if (same_name(request->headers[k].name, request->headers[i].name.data,
                      request->headers[i].name.size)) {
            return false;
        }
    }
    return true;
}

// Each name once, as first sent.
static Ref list_names(ThreadState *ts, Value self)
{
    RequestObject *r = request_of(self);
    bool pinned;
    const Request *request = pin(ts, r, &pinned);
    if (request == NULL) {
        return NO_REF;
    }
    OWNED Ref names = list_new(ts, request->header_count);
    for (unsigned i = 0; !is_error(names) && i < request->header_count; i++) {
        if (is_first_of_its_name(request, i)) {
            Ref name = text_of(ts, request->headers[i].name);
            if (is_error(name) || list_append_ref(ts, list_from(names.v), name) == STATUS_ERROR) {
                ref_drop(&names);
            }
        }
    }
    unpin(ts, r, pinned);
    return ref_take(&names);
}

static Ref headers_keys(ThreadState *ts, Value self, const Value *args)
{
    return list_names(ts, self);
}

// Pairs or values, in the order of the names.
static Ref list_fields(ThreadState *ts, Value self, bool pairs)
{
    OWNED Ref names = list_names(ts, self);
    OWNED Ref fields = is_error(names) ? NO_REF : list_new(ts, list_size(list_from(names.v)));
    for (size_t i = 0; !is_error(fields) && i < list_size(list_from(names.v)); i++) {
        OWNED Ref name = list_get(ts, list_from(names.v), i);
        OWNED Ref value = NO_REF;
        if (find_header(ts, self, name.v, &value) != LOOKUP_FOUND) {
            return NO_REF;
        }
        Ref field = pairs ? tuple_pack(ts, 2, name.v, value.v) : ref_take(&value);
        if (is_error(field) || list_append_ref(ts, list_from(fields.v), field) == STATUS_ERROR) {
            return NO_REF;
        }
    }
    return ref_take(&fields);
}

static Ref headers_items(ThreadState *ts, Value self, const Value *args)
{
    return list_fields(ts, self, true);
}
static Ref headers_values(ThreadState *ts, Value self, const Value *args)
{
    return list_fields(ts, self, false);
}

static Ref headers_iterate(ThreadState *ts, Value self)
{
    OWNED Ref names = list_names(ts, self);
    return is_error(names) ? NO_REF : object_iterate(ts, names.v);
}

static int64_t headers_length(ThreadState *ts, Value self)
{
    OWNED Ref names = list_names(ts, self);
    return is_error(names) ? -1 : (int64_t)list_size(list_from(names.v));
}

static Ref headers_repr(ThreadState *ts, Value self)
{
    OWNED Ref items = list_fields(ts, self, true);
    return is_error(items) ? NO_REF : format_str(ts, "<Headers %R>", items.v);
}

// --- types ---------------------------------------------------------------------------------------

static const NativeDef request_methods[] = {
    NATIVE("json", request_json, "($self, /)",
           "The body, parsed as JSON; ValueError if it is none."),
    NATIVE_END,
};

static const GetSetDef request_attributes[] = {
    {"method", get_method, NULL, "The method, as sent: 'GET'."},
    {"path", get_path, NULL, "The path without the query, escapes undone."},
    {"raw_path", get_raw_path, NULL, "The path as sent."},
    {"query", get_query, NULL, "What follows the '?', as sent."},
    {"params", get_params, NULL,
     "The query as a dict of decoded names and values; of equal names the last."},
    {"target", get_target, NULL, "Path and query as sent."},
    {"headers", get_headers, NULL, "The header fields: a mapping whose keys ignore case."},
    {"body", get_body, NULL, "The body, bytes."},
    {"host", get_host, NULL, "The host that was asked for, with its port if given."},
    {"version", get_version, NULL, "'1.1' or '1.0'."},
    {"remote", get_remote, NULL, "The client's address."},
    {NULL, NULL, NULL, NULL},
};

const TypeSpec spec_SERVER_REQUEST = {
    .name = "adder.Request",
    .doc = "One HTTP request.",
    .base = KIND_OBJECT,
    .size = sizeof(RequestObject),
    .flags = TYPE_NOT_CONSTRUCTIBLE,
    .slots = {.finish = request_finish, .repr = request_repr},
    .methods = request_methods,
    .getset = request_attributes,
};

static const NativeDef headers_methods[] = {
    NATIVE("get", headers_get, "($self, name, default=None, /)",
           "The field's value, or the default."),
    NATIVE("keys", headers_keys, "($self, /)", "The names, each once."),
    NATIVE("values", headers_values, "($self, /)", "The values."),
    NATIVE("items", headers_items, "($self, /)", "Names and values."),
    NATIVE_END,
};

const TypeSpec spec_SERVER_HEADERS = {
    .name = "adder.Headers",
    .doc = "The header fields of a request; names compare without regard to case.",
    .base = KIND_OBJECT,
    .size = sizeof(HeadersObject),
    .flags = TYPE_NOT_CONSTRUCTIBLE,
    .slots = {.finish = headers_finish,
              .repr = headers_repr,
              .iterate = headers_iterate,
              .length = headers_length,
              .get_item = headers_get_item,
              .contains = headers_contains},
    .methods = headers_methods,
};
