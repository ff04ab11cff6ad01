// core/modules/select.c: select: waiting for descriptors: select(), poll objects.
//
// A wait is cut into a poll() that is detached. A signal that arrives is handled,
// then the rest of the time is waited.
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/modules/timeouts.h"
#include "core/object/container.h"
#include "core/object/dict.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/module.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "gil/critical_section.h"
#include "gil/safepoint.h"
#include "gil/wait.h"

// Waits until one of them is ready or the deadline has come; their number, -1: exception.
static int wait_for(ThreadState *ts, struct pollfd *fds, nfds_t count, uint64_t deadline)
{
    for (;;) {
        int timeout = -1;
        if (deadline != WAIT_FOREVER) {
            uint64_t now = clock_monotonic_ns();
            uint64_t left = deadline > now ? (deadline - now + 999999) / 1000000 : 0;
            timeout = left > 86400000 ? 86400000 : (int)left;
        }
        wait_begin(ts);
        int ready = poll(fds, count, timeout);
        int error = errno;
        wait_end(ts);
        if (ready > 0 ||
            (ready == 0 && (deadline != WAIT_FOREVER && clock_monotonic_ns() >= deadline))) {
            return ready;
        }
        if (ready < 0 && error != EINTR) {
            raise_os_error(ts, error, NO_VALUE);
            return -1;
        }
        if (!safepoint_poll(ts)) {
            return -1;
        }
    }
}

// A descriptor: an int, or what the object's fileno() gives.
static int descriptor_of(ThreadState *ts, Value v)
{
    OWNED Ref number = value_is_int(v) ? ref_new(v) : NO_REF;
    if (is_error(number)) {
        OWNED Ref name = str_intern_z(ts, "fileno");
        OWNED Ref method = NO_REF;
        Lookup l = is_error(name) ? LOOKUP_ERROR : object_lookup_attribute(ts, v, name.v, &method);
        if (l != LOOKUP_FOUND) {
            if (l == LOOKUP_ABSENT) {
                raise(ts, EXC_TypeError, "argument must be an int, or have a fileno() method.");
            }
            return -1;
        }
        number = object_call0(ts, method.v);
        if (is_error(number)) {
            return -1;
        }
        if (!value_is_int(number.v)) {
            raise(ts, EXC_TypeError, "fileno() returned a non-integer");
            return -1;
        }
    }
    int64_t fd;
    if (index_get(ts, number.v, &fd) == STATUS_ERROR) {
        return -1;
    }
    if (fd < 0 || fd > INT32_MAX) {
        raise(ts, EXC_ValueError, "file descriptor cannot be a negative integer (%ld)", (long)fd);
        return -1;
    }
    return (int)fd;
}

// --- select() ------------------------------------------------------------------------------------

static Status add_all(ThreadState *ts, Value list, short events, struct pollfd *fds, size_t *count)
{
    for (size_t i = 0; i < tuple_count(list); i++) {
        int fd = descriptor_of(ts, tuple_item(list, i));
        if (fd < 0) {
            return STATUS_ERROR;
        }
        fds[(*count)++] = (struct pollfd){.fd = fd, .events = events};
    }
    return STATUS_OK;
}

// Those of the list whose descriptors are ready.
static Ref ready_of(ThreadState *ts, Value list, const struct pollfd *fds, short events)
{
    OWNED Ref ready = list_new(ts, 0);
    for (size_t i = 0; !is_error(ready) && i < tuple_count(list); i++) {
        if ((fds[i].revents & events) != 0 &&
            list_append(ts, list_from(ready.v), tuple_item(list, i)) == STATUS_ERROR) {
            return NO_REF;
        }
    }
    return ref_take(&ready);
}

static Ref select_with(ThreadState *ts, Value read, Value write, Value other, struct pollfd *fds,
                       uint64_t deadline)
{
    size_t count = 0;
    if (add_all(ts, read, POLLIN, fds, &count) == STATUS_ERROR ||
        add_all(ts, write, POLLOUT, fds, &count) == STATUS_ERROR ||
        add_all(ts, other, POLLPRI, fds, &count) == STATUS_ERROR ||
        wait_for(ts, fds, count, deadline) < 0) {
        return NO_REF;
    }
    for (size_t i = 0; i < count; i++) {
        if ((fds[i].revents & POLLNVAL) != 0) {
            return raise_os_error(ts, EBADF, NO_VALUE);
        }
    }
    OWNED Ref readable = ready_of(ts, read, fds, POLLIN | POLLHUP | POLLERR);
    OWNED Ref writable = ready_of(ts, write, fds + tuple_count(read), POLLOUT | POLLERR);
    OWNED Ref others = ready_of(ts, other, fds + tuple_count(read) + tuple_count(write), POLLPRI);
    return is_error(readable) || is_error(writable) || is_error(others)
               ? NO_REF
               : tuple_pack(ts, 3, readable.v, writable.v, others.v);
}

static Ref select_select(ThreadState *ts, Value self, const Value *args)
{
    uint64_t deadline = WAIT_FOREVER;
    if (!is_no_value(args[3]) && !value_is_none(args[3])) {
        int64_t ns;
        if (seconds_to_ns(ts, args[3], &ns) == STATUS_ERROR) {
            return NO_REF;
        }
        if (ns < 0) {
            return raise(ts, EXC_ValueError, "timeout must be non-negative");
        }
        deadline = deadline_after_ns((uint64_t)ns);
    }
    OWNED Ref read = sequence_tuple(ts, args[0]);
    OWNED Ref write = is_error(read) ? NO_REF : sequence_tuple(ts, args[1]);
    OWNED Ref other = is_error(write) ? NO_REF : sequence_tuple(ts, args[2]);
    if (is_error(other)) {
        if (exception_clear_if(ts, EXC_TypeError)) {
            return raise(ts, EXC_TypeError, "arguments 1-3 must be sequences");
        }
        return NO_REF;
    }
    size_t count = tuple_count(read.v) + tuple_count(write.v) + tuple_count(other.v);
    struct pollfd *fds = calloc(count + 1, sizeof *fds);
    if (fds == NULL) {
        return raise_no_memory(ts);
    }
    Ref result = select_with(ts, read.v, write.v, other.v, fds, deadline);
    free(fds);
    return result;
}

// --- poll objects --------------------------------------------------------------------------------

typedef struct Poll {
    ObjectHead head;
    SharedRef events; // dict: descriptor → events
} Poll;

static Dict *events_of(Value v)
{
    return dict_from(shared_ref_peek(&((Poll *)value_head(v))->events));
}

static Ref poll_new(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref events = dict_new(ts);
    Poll *p = is_error(events) ? NULL : object_new(ts, KIND_POLL, sizeof *p);
    if (p == NULL) {
        return NO_REF;
    }
    shared_ref_init(&p->events, ref_take(&events));
    object_track(&p->head);
    return REF_FROM_NEW(p);
}

static void poll_finish(ThreadState *ts, ObjectHead *o) { shared_ref_clear(&((Poll *)o)->events); }
static void poll_traverse(ObjectHead *o, Visitor visit, void *context)
{
    visit_place(&((Poll *)o)->events, visit, context);
}

static Status mask_of(ThreadState *ts, Value v, int64_t *mask)
{
    *mask = POLLIN | POLLPRI | POLLOUT;
    if (is_no_value(v)) {
        return STATUS_OK;
    }
    if (index_get(ts, v, mask) == STATUS_ERROR) {
        return exception_clear_if(ts, EXC_IndexError)
                   ? raise_status(ts, EXC_OverflowError, "int too large to convert")
                   : STATUS_ERROR;
    }
    return *mask < 0 ? raise_status(ts, EXC_ValueError, "value must be positive")
           : *mask > UINT16_MAX
               ? raise_status(ts, EXC_OverflowError, "Python int too large for C unsigned short")
               : STATUS_OK;
}

static Ref poll_register(ThreadState *ts, Value self, const Value *args)
{
    int fd = descriptor_of(ts, args[0]);
    int64_t mask;
    if (fd < 0 || mask_of(ts, args[1], &mask) == STATUS_ERROR ||
        dict_set(ts, events_of(self), small_int(fd), small_int(mask)) == STATUS_ERROR) {
        return NO_REF;
    }
    return REF_NONE;
}

static Ref poll_modify(ThreadState *ts, Value self, const Value *args)
{
    int fd = descriptor_of(ts, args[0]);
    Truth known =
        fd < 0 ? TRUTH_ERROR : object_contains(ts, value_of(events_of(self)), small_int(fd));
    return known == TRUTH_ERROR   ? NO_REF
           : known == TRUTH_FALSE ? raise_os_error(ts, ENOENT, NO_VALUE)
                                  : poll_register(ts, self, args);
}

static Ref poll_unregister(ThreadState *ts, Value self, const Value *args)
{
    int fd = descriptor_of(ts, args[0]);
    Lookup l = fd < 0 ? LOOKUP_ERROR : dict_delete(ts, events_of(self), small_int(fd));
    return l == LOOKUP_FOUND   ? REF_NONE
           : l == LOOKUP_ERROR ? NO_REF
                               : raise_key_error(ts, small_int(fd));
}

static Ref poll_list(ThreadState *ts, const struct pollfd *fds, size_t count)
{
    OWNED Ref list = list_new(ts, 0);
    for (size_t i = 0; !is_error(list) && i < count; i++) {
        if (fds[i].revents != 0) {
            OWNED Ref pair =
                tuple_pack(ts, 2, small_int(fds[i].fd), small_int(fds[i].revents & 0xFFFF));
            if (is_error(pair) || list_append(ts, list_from(list.v), pair.v) == STATUS_ERROR) {
                return NO_REF;
            }
        }
    }
    return ref_take(&list);
}

static Ref poll_poll(ThreadState *ts, Value self, const Value *args)
{
    uint64_t deadline = WAIT_FOREVER;
    if (!is_no_value(args[0]) && !value_is_none(args[0])) {
        OWNED Ref seconds = object_binary(ts, BIN_TRUE_DIV, args[0], small_int(1000));
        int64_t ns;
        if (is_error(seconds) || seconds_to_ns(ts, seconds.v, &ns) == STATUS_ERROR) {
            return NO_REF;
        }
        deadline = ns < 0 ? WAIT_FOREVER : deadline_after_ns((uint64_t)ns);
    }
    OWNED Ref items = object_call_method_z(ts, value_of(events_of(self)), "items", NULL, 0);
    OWNED Ref pairs = is_error(items) ? NO_REF : sequence_tuple(ts, items.v);
    if (is_error(pairs)) {
        return NO_REF;
    }
    size_t count = tuple_count(pairs.v);
    struct pollfd *fds = calloc(count + 1, sizeof *fds);
    if (fds == NULL) {
        return raise_no_memory(ts);
    }
    for (size_t i = 0; i < count; i++) {
        Value pair = tuple_item(pairs.v, i);
        fds[i] = (struct pollfd){.fd = (int)small_int_get(tuple_item(pair, 0)),
                                 .events = (short)small_int_get(tuple_item(pair, 1))};
    }
    int ready = wait_for(ts, fds, count, deadline);
    Ref result = ready < 0 ? NO_REF : poll_list(ts, fds, count);
    free(fds);
    return result;
}

static const NativeDef poll_methods[] = {
    NATIVE("register", poll_register, "($self, fd, eventmask=, /)", "Watch a descriptor."),
    NATIVE("modify", poll_modify, "($self, fd, eventmask, /)", "Watch it for other events."),
    NATIVE("unregister", poll_unregister, "($self, fd, /)", "Watch it no longer."),
    NATIVE("poll", poll_poll, "($self, timeout=None, /)",
           "Wait, at most so many milliseconds; what is ready."),
    NATIVE_END,
};

const TypeSpec spec_POLL = {
    .name = "select.poll",
    .base = KIND_OBJECT,
    .size = sizeof(Poll),
    .flags = TYPE_COLLECTED | TYPE_NOT_CONSTRUCTIBLE,
    .slots = {.finish = poll_finish, .traverse = poll_traverse},
    .methods = poll_methods,
};

static const NativeDef functions[] = {
    NATIVE("select", select_select, "($module, rlist, wlist, xlist, timeout=None, /)",
           "Wait until descriptors are ready."),
    NATIVE("poll", poll_new, "($module, /)", "A new poll object."),
    NATIVE_END,
};

static Status setup(ThreadState *ts, Value module)
{
    static const struct {
        const char *name;
        int value;
    } numbers[] = {{"POLLIN", POLLIN},   {"POLLPRI", POLLPRI}, {"POLLOUT", POLLOUT},
                   {"POLLERR", POLLERR}, {"POLLHUP", POLLHUP}, {"POLLNVAL", POLLNVAL},
                   {"POLLRDNORM", 64},   {"POLLRDBAND", 128},  {"POLLWRNORM", 256},
                   {"POLLWRBAND", 512},  {"POLLMSG", 1024},    {"POLLRDHUP", 0x2000},
                   {"PIPE_BUF", 4096}};
    for (size_t i = 0; i < ARRAY_LENGTH(numbers); i++) {
        if (module_add_int(ts, module, numbers[i].name, numbers[i].value) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    return module_add(ts, module, "error", type_value(TYPE_OF_EXCEPTION(EXC_OSError)));
}

extern const ModuleSpec module_select;
const ModuleSpec module_select = {"select", "Waiting for descriptors.", functions, setup};
