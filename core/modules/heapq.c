// core/modules/heapq.c: the module _heapq: heaps in lists.
//
// A comparison may run script code, which may change the list: each step reads the list anew, and a
// change of its size ends the operation.
#include "core/object/container.h"
#include "core/object/list.h"
#include "core/object/module.h"

typedef struct HeapOperation {
    ThreadState *ts;
    List *list;
    size_t size; // when the operation began
    bool is_max; // the largest item first
} HeapOperation;

// Does item i belong above item j? -1: error.
static int belongs_above(HeapOperation *h, size_t i, size_t j)
{
    OWNED Ref a = list_get(h->ts, h->list, i);
    OWNED Ref b = list_get(h->ts, h->list, j);
    if (is_error(a) || is_error(b)) {
        (void)raise(h->ts, EXC_RuntimeError, "list changed size during iteration");
        return -1;
    }
    Value x = h->is_max ? b.v : a.v, y = h->is_max ? a.v : b.v;
    if (values_are_small_ints(x, y)) {
        return small_int_get(x) < small_int_get(y);
    }
    Truth less = object_compare_truth(h->ts, x, y, OP_LT);
    if (less != TRUTH_ERROR && list_size(h->list) != h->size) {
        (void)raise(h->ts, EXC_RuntimeError, "list changed size during iteration");
        return -1;
    }
    return (int)less;
}

static void exchange(HeapOperation *h, size_t i, size_t j)
{
    List *l = h->list;
    CRITICAL_SECTION(h->ts, &l->head)
    {
        if (i < l->size && j < l->size) {
            Value a = shared_ref_peek(&l->array->items[i]),
                  b = shared_ref_peek(&l->array->items[j]);
            place_put(&l->array->items[i], b);
            place_put(&l->array->items[j], a);
        }
    }
}

// Moves the item at `at` towards `top` until its parent belongs above it.
static Status sift_up(HeapOperation *h, size_t top, size_t at)
{
    while (at > top) {
        size_t parent = (at - 1) >> 1;
        int above = belongs_above(h, at, parent);
        if (above <= 0) {
            return above == 0 ? STATUS_OK : STATUS_ERROR;
        }
        exchange(h, at, parent);
        at = parent;
    }
    return STATUS_OK;
}

// Lets the item at `top` sink to a leaf along the smaller children, then rise to its place: fewer
// comparisons than stopping on the way down.
static Status sift_down(HeapOperation *h, size_t top)
{
    size_t at = top;
    while (2 * at + 1 < h->size) {
        size_t child = 2 * at + 1;
        if (child + 1 < h->size) {
            int left_above = belongs_above(h, child, child + 1);
            if (left_above < 0) {
                return STATUS_ERROR;
            }
            child += left_above == 0;
        }
        exchange(h, child, at);
        at = child;
    }
    return sift_up(h, top, at);
}

// The list argument of a function; false: TypeError.
static bool begin(ThreadState *ts, HeapOperation *h, Value heap, bool is_max, const char *function,
                  const char *which)
{
    if (!value_is_list(heap)) {
        (void)raise(ts, EXC_TypeError, "%s() %s must be list, not %T", function, which, heap);
        return false;
    }
    *h = (HeapOperation){.ts = ts, .list = list_from(heap), .is_max = is_max};
    h->size = list_size(h->list);
    return true;
}

static Ref heappush(ThreadState *ts, Value self, const Value *args)
{
    HeapOperation h;
    if (!begin(ts, &h, args[0], false, "heappush", "argument 1") ||
        list_append(ts, h.list, args[1]) == STATUS_ERROR) {
        return NO_REF;
    }
    h.size = list_size(h.list);
    return h.size == 0 || sift_up(&h, 0, h.size - 1) == STATUS_OK ? REF_NONE : NO_REF;
}

static Ref pop_top(ThreadState *ts, Value heap, bool is_max, const char *function)
{
    HeapOperation h;
    if (!begin(ts, &h, heap, is_max, function, "argument")) {
        return NO_REF;
    }
    OWNED Ref last = h.size == 0 ? NO_REF : list_take(ts, h.list, h.size - 1);
    if (is_error(last)) {
        return raise(ts, EXC_IndexError, "index out of range");
    }
    h.size--;
    OWNED Ref top = list_get(ts, h.list, 0);
    if (is_error(top)) {
        return ref_take(&last);
    }
    if (list_set(ts, h.list, 0, ref_take(&last)) == STATUS_ERROR ||
        sift_down(&h, 0) == STATUS_ERROR) {
        return NO_REF;
    }
    return ref_take(&top);
}
static Ref heappop(ThreadState *ts, Value self, const Value *args)
{
    return pop_top(ts, args[0], false, "heappop");
}
static Ref heappop_max(ThreadState *ts, Value self, const Value *args)
{
    return pop_top(ts, args[0], true, "_heappop_max");
}

static Ref replace_top(ThreadState *ts, Value heap, Value item, bool is_max, const char *function)
{
    HeapOperation h;
    if (!begin(ts, &h, heap, is_max, function, "argument 1")) {
        return NO_REF;
    }
    OWNED Ref top = list_get(ts, h.list, 0);
    if (is_error(top)) {
        return raise(ts, EXC_IndexError, "index out of range");
    }
    if (list_set(ts, h.list, 0, ref_new(item)) == STATUS_ERROR ||
        sift_down(&h, 0) == STATUS_ERROR) {
        return NO_REF;
    }
    return ref_take(&top);
}
static Ref heapreplace(ThreadState *ts, Value self, const Value *args)
{
    return replace_top(ts, args[0], args[1], false, "heapreplace");
}
static Ref heapreplace_max(ThreadState *ts, Value self, const Value *args)
{
    return replace_top(ts, args[0], args[1], true, "_heapreplace_max");
}

static Ref heappushpop(ThreadState *ts, Value self, const Value *args)
{
    HeapOperation h;
    if (!begin(ts, &h, args[0], false, "heappushpop", "argument 1")) {
        return NO_REF;
    }
    OWNED Ref top = list_get(ts, h.list, 0);
    if (is_error(top)) {
        return ref_new(args[1]);
    }
    Truth less = object_compare_truth(ts, top.v, args[1], OP_LT);
    if (less != TRUTH_TRUE) {
        return less == TRUTH_FALSE ? ref_new(args[1]) : NO_REF;
    }
    if (list_size(h.list) == 0) {
        return raise(ts, EXC_IndexError, "index out of range");
    }
    ref_drop(&top);
    return replace_top(ts, args[0], args[1], false, "heappushpop");
}

static Ref make_heap(ThreadState *ts, Value list, bool is_max, const char *function)
{
    HeapOperation h;
    if (!begin(ts, &h, list, is_max, function, "argument")) {
        return NO_REF;
    }
    for (size_t i = h.size / 2; i > 0; i--) {
        if (sift_down(&h, i - 1) == STATUS_ERROR) {
            return NO_REF;
        }
    }
    return REF_NONE;
}
static Ref heapify(ThreadState *ts, Value self, const Value *args)
{
    return make_heap(ts, args[0], false, "heapify");
}
static Ref heapify_max(ThreadState *ts, Value self, const Value *args)
{
    return make_heap(ts, args[0], true, "_heapify_max");
}

static const NativeDef functions[] = {
    NATIVE("heappush", heappush, "($module, heap, item, /)",
           "Push item onto heap, maintaining the heap invariant."),
    NATIVE("heappushpop", heappushpop, "($module, heap, item, /)",
           "Push item on the heap, then pop and return the smallest item from the heap.\n\n"
           "The combined action runs more efficiently than heappush() followed by\n"
           "a separate call to heappop()."),
    NATIVE("heappop", heappop, "($module, heap, /)",
           "Pop the smallest item off the heap, maintaining the heap invariant."),
    NATIVE("heapreplace", heapreplace, "($module, heap, item, /)",
           "Pop and return the current smallest value, and add the new item.\n\n"
           "This is more efficient than heappop() followed by heappush(), and can be\n"
           "more appropriate when using a fixed-size heap.  Note that the value\n"
           "returned may be larger than item!  That constrains reasonable uses of\n"
           "this routine unless written as part of a conditional replacement:\n\n"
           "    if item > heap[0]:\n        item = heapreplace(heap, item)"),
    NATIVE("heapify", heapify, "($module, heap, /)",
           "Transform list into a heap, in-place, in O(len(heap)) time."),
    NATIVE("_heappop_max", heappop_max, "($module, heap, /)", "Maxheap variant of heappop."),
    NATIVE("_heapify_max", heapify_max, "($module, heap, /)", "Maxheap variant of heapify."),
    NATIVE("_heapreplace_max", heapreplace_max, "($module, heap, item, /)",
           "Maxheap variant of heapreplace."),
    NATIVE_END,
};

static Status setup(ThreadState *ts, Value module)
{
    return module_add_str(ts, module, "__about__",
                          "Heap queues\n\nHeaps are lists for which heap[k] <= heap[2*k+1] and\n"
                          "heap[k] <= heap[2*k+2] for all k, counting items from 0.\n");
}

extern const ModuleSpec module_heapq;
const ModuleSpec module_heapq = {
    .name = "_heapq",
    .doc = "Heap queue algorithm (a.k.a. priority queue).",
    .functions = functions,
    .setup = setup,
};
