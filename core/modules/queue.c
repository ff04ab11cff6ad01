// core/modules/queue.c: the module _queue: SimpleQueue and Empty.
//
// A deque holds the items, a semaphore counts them: put adds the item, then a permit; get waits for
// a permit, then takes an item, which must be there.
#include "core/modules/deque.h"
#include "core/object/container.h"
#include "core/object/module.h"
#include "core/object/tuple.h"
#include "core/modules/timeouts.h"
#include "gil/wait.h"

typedef struct SimpleQueue {
    ObjectHead head;
    SharedRef items; // deque, never replaced
    Semaphore filled;
} SimpleQueue;

static Value empty_exception; // the module keeps it alive for the process

static SimpleQueue *queue_from(Value v) { return (SimpleQueue *)value_head(v); }
static Value items_of(Value v) { return shared_ref_peek(&queue_from(v)->items); }

static Ref queue_make(CALL_PARAMETERS)
{
    if (type_from(self) == TYPE_OF_KIND(SIMPLE_QUEUE)) {
        if (count > 0) {
            return raise(ts, EXC_TypeError, "SimpleQueue() takes no positional arguments");
        }
        if (arguments_no_keywords(ts, "SimpleQueue", names) == STATUS_ERROR) {
            return NO_REF;
        }
    }
    OWNED Ref items = deque_new(ts);
    SimpleQueue *q = is_error(items) ? NULL : object_new_of(ts, type_from(self));
    if (q == NULL) {
        return NO_REF;
    }
    shared_ref_init(&q->items, ref_take(&items));
    q->filled = (Semaphore){0};
    object_track(&q->head);
    return REF_FROM_NEW(q);
}

static void queue_finish(ThreadState *ts, ObjectHead *o)
{
    shared_ref_clear(&((SimpleQueue *)o)->items);
}
static void queue_traverse(ObjectHead *o, Visitor visit, void *context)
{
    visit_place(&((SimpleQueue *)o)->items, visit, context);
}

static Ref method_put(ThreadState *ts, Value self, const Value *args)
{
    if (deque_append(ts, items_of(self), args[0]) == STATUS_ERROR) {
        return NO_REF;
    }
    semaphore_post(&queue_from(self)->filled);
    return REF_NONE;
}

static Ref raise_empty(ThreadState *ts) { return raise_object(ts, empty_exception, NO_VALUE); }

// A permit is held: there is an item, which another thread may be about to show.
static Ref take_item(ThreadState *ts, Value self)
{
    Ref item = deque_take_first(ts, items_of(self));
    return is_error(item) ? raise_empty(ts) : item;
}

static Ref get_until(ThreadState *ts, Value self, uint64_t deadline_ns)
{
    switch (semaphore_wait(ts, &queue_from(self)->filled, deadline_ns)) {
    case WAIT_DONE:
        return take_item(ts, self);
    case WAIT_TIMED_OUT:
        return raise_empty(ts);
    default:
        return NO_REF;
    }
}

static Ref method_get_nowait(ThreadState *ts, Value self, const Value *args)
{
    return semaphore_try(&queue_from(self)->filled) ? take_item(ts, self) : raise_empty(ts);
}

static Ref method_get(ThreadState *ts, Value self, const Value *args)
{
    Truth block = is_no_value(args[0]) ? TRUTH_TRUE : object_is_true(ts, args[0]);
    if (block == TRUTH_ERROR) {
        return NO_REF;
    }
    uint64_t deadline_ns = WAIT_FOREVER;
    if (block == TRUTH_FALSE) {
        return method_get_nowait(ts, self, args);
    }
    if (!is_no_value(args[1]) && !value_is_none(args[1])) {
        int64_t timeout_ns;
        if (seconds_to_ns(ts, args[1], &timeout_ns) == STATUS_ERROR) {
            return NO_REF;
        }
        if (timeout_ns < 0) {
            return raise(ts, EXC_ValueError, "'timeout' must be a non-negative number");
        }
        deadline_ns = deadline_after_ns((uint64_t)timeout_ns);
    }
    return get_until(ts, self, deadline_ns);
}

static Ref method_qsize(ThreadState *ts, Value self, const Value *args)
{
    return ref_of_size(deque_count(items_of(self)));
}
static Ref method_empty(ThreadState *ts, Value self, const Value *args)
{
    return REF_OF(bool_value(deque_count(items_of(self)) == 0));
}

static const NativeDef queue_methods[] = {
    NATIVE("put", method_put, "($self, /, item, block=True, timeout=None)",
           "Put the item on the queue.\n\nThe optional 'block' and 'timeout' arguments are "
           "ignored, as this method\n"
           "never blocks.  They are provided for compatibility with the Queue class."),
    NATIVE("put_nowait", method_put, "($self, /, item)",
           "Put an item into the queue: as put(item), which never blocks here."),
    NATIVE("get", method_get, "($self, /, block=True, timeout=None)",
           "Remove and return an item from the queue.\n\n"
           "If optional args 'block' is true and 'timeout' is None (the default),\n"
           "block if necessary until an item is available. If 'timeout' is\n"
           "a non-negative number, it blocks at most 'timeout' seconds and raises\n"
           "the Empty exception if no item was available within that time.\n"
           "Otherwise ('block' is false), return an item if one is immediately\n"
           "available, else raise the Empty exception ('timeout' is ignored\nin that case)."),
    NATIVE(
        "get_nowait", method_get_nowait, "($self, /)",
        "Remove and return an item from the queue without blocking.\n\n"
        "Only get an item if one is immediately available. Otherwise\nraise the Empty exception."),
    NATIVE("qsize", method_qsize, "($self, /)",
           "Return the approximate size of the queue (not reliable!)."),
    NATIVE("empty", method_empty, "($self, /)",
           "Return True if the queue is empty, False otherwise (not reliable!)."),
    NATIVE_CLASS_GETITEM,
    NATIVE_END,
};

const TypeSpec spec_SIMPLE_QUEUE = {
    .name = "_queue.SimpleQueue",
    .doc = "Simple, unbounded, reentrant FIFO queue.",
    .base = KIND_OBJECT,
    .size = sizeof(SimpleQueue),
    .flags = TYPE_SUBCLASSABLE | TYPE_COLLECTED | TYPE_WEAK_REFERENCEABLE,
    .slots = {.finish = queue_finish, .traverse = queue_traverse, .make = queue_make},
    .methods = queue_methods,
};

static const NativeDef functions[] = {NATIVE_END};

static Status setup(ThreadState *ts, Value module)
{
    OWNED Ref empty = type_make_simple(ts, "_queue.Empty", TYPE_OF_EXCEPTION(EXC_Exception),
                                       "Exception raised by Queue.get(block=0)/get_nowait().");
    if (is_error(empty)) {
        return STATUS_ERROR;
    }
    empty_exception = ref_new(empty.v).v;
    return module_add(ts, module, "Empty", empty.v) == STATUS_ERROR
               ? STATUS_ERROR
               : module_add_type(ts, module, KIND_SIMPLE_QUEUE);
}

extern const ModuleSpec module_queue;
const ModuleSpec module_queue = {
    .name = "_queue",
    .doc = "SimpleQueue, for the module queue.",
    .functions = functions,
    .setup = setup,
};
