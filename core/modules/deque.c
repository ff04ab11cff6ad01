// core/modules/deque.c: collections.deque, a ring of references.
//
// Everything happens under the deque's lock: operations are short, and most of them write.
#include "core/modules/deque.h"

#include "core/object/container.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/str.h"
#include "core/object/tuple.h"

typedef struct Deque {
    ObjectHead head;
    size_t size;      // atomic; the rest under the lock
    size_t first;     // place of the first item
    size_t capacity;  // a power of two, or 0
    SharedRef *items; // item i stands at (first + i) & (capacity - 1)
    int64_t maxlen;   // -1: none
    uint64_t state;   // atomic; changes with every addition or removal
} Deque;

static Deque *deque_from(Value v) { return (Deque *)value_head(v); }
static bool value_is_deque(Value v) { return value_is_kind(v, KIND_DEQUE); }
static size_t deque_size(const Deque *d) { return atomic_load_relaxed(&d->size); }
static SharedRef *place_of(Deque *d, size_t i)
{
    return &d->items[(d->first + i) & (d->capacity - 1)];
}

static void note_change(Deque *d, size_t size)
{
    atomic_store_relaxed(&d->size, size);
    atomic_store_relaxed(&d->state, d->state + 1);
}

// --- Under the lock ------------------------------------------------------------------------------

static Status make_room(ThreadState *ts, Deque *d)
{
    if (d->size < d->capacity) {
        return STATUS_OK;
    }
    size_t capacity = d->capacity == 0 ? 8 : d->capacity * 2;
    SharedRef *items = raw_alloc(ts, capacity * sizeof *items);
    if (items == NULL) {
        return STATUS_ERROR;
    }
    for (size_t i = 0; i < d->size; i++) {
        place_move(&items[i], place_of(d, i));
    }
    raw_free(ts, d->items); // nobody reads it without the lock
    d->items = items;
    d->first = 0;
    d->capacity = capacity;
    return STATUS_OK;
}

static Ref take_first(Deque *d)
{
    if (d->size == 0) {
        return NO_REF;
    }
    Ref item = {shared_ref_peek(place_of(d, 0))};
    d->first = (d->first + 1) & (d->capacity - 1);
    note_change(d, d->size - 1);
    return item;
}

static Ref take_last(Deque *d)
{
    if (d->size == 0) {
        return NO_REF;
    }
    Ref item = {shared_ref_peek(place_of(d, d->size - 1))};
    note_change(d, d->size - 1);
    return item;
}

// Adds at one end; *out gets what maxlen pushes out at the other.
static Status push(ThreadState *ts, Deque *d, Ref item, bool at_front, Ref *out)
{
    *out = NO_REF;
    if (d->maxlen == 0) {
        *out = item;
        atomic_store_relaxed(&d->state, d->state + 1);
        return STATUS_OK;
    }
    if (d->maxlen > 0 && d->size == (size_t)d->maxlen) {
        *out = at_front ? take_last(d) : take_first(d);
    }
    if (make_room(ts, d) == STATUS_ERROR) {
        *out = item;
        return STATUS_ERROR;
    }
    if (at_front) {
        d->first = (d->first - 1) & (d->capacity - 1);
        place_put(place_of(d, 0), item.v);
    } else {
        place_put(place_of(d, d->size), item.v);
    }
    note_change(d, d->size + 1);
    return STATUS_OK;
}

static void rotate_locked(Deque *d, int64_t n)
{
    int64_t size = (int64_t)d->size;
    if (size < 2) {
        return;
    }
    n %= size;
    if (n > size / 2) {
        n -= size;
    } else if (n < -size / 2) {
        n += size;
    }
    size_t mask = d->capacity - 1;
    for (; n > 0; n--) {
        SharedRef *last = place_of(d, d->size - 1);
        d->first = (d->first - 1) & mask;
        place_move(place_of(d, 0), last);
    }
    for (; n < 0; n++) {
        SharedRef *first = place_of(d, 0);
        place_move(&d->items[(d->first + d->size) & mask], first);
        d->first = (d->first + 1) & mask;
    }
    atomic_store_relaxed(&d->state, d->state + 1);
}

// Takes out item i.
static Ref take_locked(Deque *d, size_t i)
{
    if (i >= d->size) {
        return NO_REF;
    }
    Ref item = {shared_ref_peek(place_of(d, i))};
    if (i < d->size / 2) {
        for (; i > 0; i--) {
            place_move(place_of(d, i), place_of(d, i - 1));
        }
        d->first = (d->first + 1) & (d->capacity - 1);
    } else {
        for (; i + 1 < d->size; i++) {
            place_move(place_of(d, i), place_of(d, i + 1));
        }
    }
    note_change(d, d->size - 1);
    return item;
}

// --- From any thread -----------------------------------------------------------------------------

static Ref deque_get(ThreadState *ts, Deque *d, size_t i)
{
    Ref item = NO_REF;
    CRITICAL_SECTION(ts, &d->head)
    {
        if (i < d->size) {
            item = place_get(place_of(d, i));
        }
    }
    return item;
}

static Status deque_push(ThreadState *ts, Deque *d, Ref item, bool at_front)
{
    Ref out = NO_REF;
    Status status = STATUS_OK;
    CRITICAL_SECTION(ts, &d->head) { status = push(ts, d, item, at_front, &out); }
    ref_drop(&out);
    return status;
}

static Ref deque_pop_end(ThreadState *ts, Deque *d, bool at_front)
{
    Ref item = NO_REF;
    CRITICAL_SECTION(ts, &d->head) { item = at_front ? take_first(d) : take_last(d); }
    return is_error(item) ? raise(ts, EXC_IndexError, "pop from an empty deque") : item;
}

static void deque_empty(ThreadState *ts, Deque *d)
{
    SharedRef *items = NULL;
    size_t size = 0, first = 0, capacity = 0;
    CRITICAL_SECTION(ts, &d->head)
    {
        items = d->items;
        size = d->size;
        first = d->first;
        capacity = d->capacity;
        d->items = NULL;
        d->first = d->capacity = 0;
        note_change(d, 0);
    }
    for (size_t i = 0; i < size; i++) {
        value_release(shared_ref_peek(&items[(first + i) & (capacity - 1)]));
    }
    raw_free(ts, items);
}

static Status extend_from(ThreadState *ts, Deque *d, Value iterable, bool at_front)
{
    if (iterable.bits == value_of(d).bits) {
        OWNED Ref copy = sequence_list(ts, iterable);
        return is_error(copy) ? STATUS_ERROR : extend_from(ts, d, copy.v, at_front);
    }
    OWNED Ref it = object_iterate(ts, iterable);
    if (is_error(it)) {
        return STATUS_ERROR;
    }
    NextFunction next = next_of(it.v);
    for (;;) {
        Ref item = iterator_step(ts, it.v, next);
        if (is_error(item)) {
            return has_exception(ts) ? STATUS_ERROR : STATUS_OK;
        }
        if (deque_push(ts, d, item, at_front) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
}

Status deque_append(ThreadState *ts, Value deque, Value item)
{
    return deque_push(ts, deque_from(deque), ref_new(item), false);
}
Ref deque_take_first(ThreadState *ts, Value deque)
{
    Deque *d = deque_from(deque);
    Ref item = NO_REF;
    CRITICAL_SECTION(ts, &d->head) { item = take_first(d); }
    return item;
}
size_t deque_count(Value deque) { return deque_size(deque_from(deque)); }

// --- Construction and memory ---------------------------------------------------------------------

static Ref new_deque(ThreadState *ts, Type *type, int64_t maxlen)
{
    Deque *d = object_new_of(ts, type);
    if (d == NULL) {
        return NO_REF;
    }
    d->size = d->first = d->capacity = 0;
    d->items = NULL;
    d->maxlen = maxlen;
    d->state = 0;
    object_track(&d->head);
    return REF_FROM_NEW(d);
}

Ref deque_new(ThreadState *ts) { return new_deque(ts, TYPE_OF_KIND(DEQUE), -1); }

static Ref deque_make(CALL_PARAMETERS) { return new_deque(ts, type_from(self), -1); }

static Status read_maxlen(ThreadState *ts, Value v, int64_t *maxlen)
{
    *maxlen = -1;
    if (is_no_value(v) || value_is_none(v)) {
        return STATUS_OK;
    }
    if (!value_is_int(v)) {
        return raise_status(ts, EXC_TypeError, "an integer is required");
    }
    if (!int_to_i64(v, maxlen)) {
        return raise_status(ts, EXC_OverflowError, "Python int too large to convert to C ssize_t");
    }
    return *maxlen >= 0 ? STATUS_OK
                        : raise_status(ts, EXC_ValueError, "maxlen must be non-negative");
}

static Status deque_init(CALL_PARAMETERS)
{
    static const char *const parameters[] = {"iterable", "maxlen", NULL};
    Value bound[2];
    int64_t maxlen;
    if (arguments_bind(ts, "deque", parameters, 0, 2, 0, args, count, names, bound) ==
            STATUS_ERROR ||
        read_maxlen(ts, bound[1], &maxlen) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    Deque *d = deque_from(self);
    d->maxlen = maxlen;
    if (deque_size(d) > 0) {
        deque_empty(ts, d);
    }
    return is_no_value(bound[0]) ? STATUS_OK : extend_from(ts, d, bound[0], false);
}

static void deque_finish(ThreadState *ts, ObjectHead *o) { deque_empty(ts, (Deque *)o); }

static void deque_traverse(ObjectHead *o, Visitor visit, void *context)
{
    Deque *d = (Deque *)o;
    for (size_t i = 0; i < d->size; i++) {
        visit_place(place_of(d, i), visit, context);
    }
}

static Ref deque_copy(ThreadState *ts, Value self, const Value *args)
{
    Deque *d = deque_from(self);
    if (value_is_exactly(self, KIND_DEQUE)) {
        OWNED Ref copy = new_deque(ts, TYPE_OF_KIND(DEQUE), d->maxlen);
        if (is_error(copy) || extend_from(ts, deque_from(copy.v), self, false) == STATUS_ERROR) {
            return NO_REF;
        }
        return ref_take(&copy);
    }
    Value type = type_value(type_of(self));
    OWNED Ref copy = d->maxlen < 0 ? object_call1(ts, type, self)
                                   : object_call2(ts, type, self, small_int(d->maxlen));
    if (!is_error(copy) && !value_is_deque(copy.v)) {
        return raise(ts, EXC_TypeError, "%N() must return a deque, not %T", type_of(self), copy.v);
    }
    return ref_take(&copy);
}

// --- Slots ---------------------------------------------------------------------------------------

static Ref deque_repr(ThreadState *ts, Value self)
{
    int inside = repr_enter(ts, self);
    if (inside != 0) {
        return inside > 0 ? str_from_z(ts, "[...]") : NO_REF;
    }
    OWNED Ref items = sequence_list(ts, self);
    Deque *d = deque_from(self);
    OWNED Ref text = is_error(items)  ? NO_REF
                     : d->maxlen >= 0 ? format_str(ts, "%s(%R, maxlen=%lld)", type_short_name(self),
                                                   items.v, (long long)d->maxlen)
                                      : format_str(ts, "%s(%R)", type_short_name(self), items.v);
    repr_leave(ts, self);
    return ref_take(&text);
}

static Ref deque_compare(ThreadState *ts, Value a, Value b, CompareOp op)
{
    if (!value_is_deque(a) || !value_is_deque(b)) {
        return not_implemented();
    }
    Deque *x = deque_from(a), *y = deque_from(b);
    if ((op == OP_EQ || op == OP_NE) && deque_size(x) != deque_size(y)) {
        return REF_OF(bool_value(op == OP_NE));
    }
    for (size_t i = 0;; i++) {
        OWNED Ref p = deque_get(ts, x, i);
        OWNED Ref q = deque_get(ts, y, i);
        if (is_error(p) || is_error(q)) {
            return REF_OF(bool_value(compare_ints(deque_size(x), deque_size(y), op)));
        }
        Truth same = value_equal(ts, p.v, q.v);
        if (same == TRUTH_ERROR) {
            return NO_REF;
        }
        if (same == TRUTH_FALSE) {
            return op == OP_EQ   ? REF_OF(VALUE_FALSE)
                   : op == OP_NE ? REF_OF(VALUE_TRUE)
                                 : object_compare(ts, p.v, q.v, op);
        }
    }
}

static int64_t deque_length(ThreadState *ts, Value self)
{
    return (int64_t)deque_size(deque_from(self));
}

static Status read_index(ThreadState *ts, Value key, int64_t *i)
{
    if (value_is_small_int(key)) {
        *i = small_int_get(key);
        return STATUS_OK;
    }
    if (!value_is_index(key)) {
        return raise_status(ts, EXC_TypeError, "sequence index must be integer, not '%T'", key);
    }
    return index_get(ts, key, i);
}

static Ref deque_get_item(ThreadState *ts, Value self, Value key)
{
    Deque *d = deque_from(self);
    int64_t i;
    if (read_index(ts, key, &i) == STATUS_ERROR) {
        return NO_REF;
    }
    i = index_from_end(i, (int64_t)deque_size(d));
    Ref item = i < 0 ? NO_REF : deque_get(ts, d, (size_t)i);
    return is_error(item) ? raise(ts, EXC_IndexError, "deque index out of range") : item;
}

static Status deque_set_item(ThreadState *ts, Value self, Value key, Value value)
{
    Deque *d = deque_from(self);
    int64_t i;
    if (read_index(ts, key, &i) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    i = index_from_end(i, (int64_t)deque_size(d));
    Ref old = NO_REF;
    bool is_inside = false;
    CRITICAL_SECTION(ts, &d->head)
    {
        is_inside = i >= 0 && (size_t)i < d->size;
        if (is_inside && is_no_value(value)) {
            old = take_locked(d, (size_t)i);
        } else if (is_inside) {
            old = shared_ref_swap(place_of(d, (size_t)i), ref_new(value));
        }
    }
    ref_drop(&old);
    return is_inside ? STATUS_OK : raise_status(ts, EXC_IndexError, "deque index out of range");
}

// Where the first item equal to x stands in [start, stop): -1 none, -2 error.
static int64_t find_item(ThreadState *ts, Deque *d, Value x, int64_t start, int64_t stop,
                         const char *mutated, ExceptionId error)
{
    uint64_t state = atomic_load_relaxed(&d->state);
    for (int64_t i = start; i < stop; i++) {
        OWNED Ref item = deque_get(ts, d, (size_t)i);
        if (is_error(item)) {
            break;
        }
        Truth same = value_equal(ts, item.v, x);
        if (same == TRUTH_ERROR) {
            return -2;
        }
        if (atomic_load_relaxed(&d->state) != state && !is_concurrent()) {
            (void)raise(ts, error, mutated);
            return -2;
        }
        if (same == TRUTH_TRUE) {
            return i;
        }
    }
    return -1;
}

#define MUTATED "deque mutated during iteration"

static Truth deque_contains(ThreadState *ts, Value self, Value item)
{
    int64_t i = find_item(ts, deque_from(self), item, 0, INT64_MAX, MUTATED, EXC_RuntimeError);
    return i == -2 ? TRUTH_ERROR : i >= 0 ? TRUTH_TRUE : TRUTH_FALSE;
}

static Ref deque_concat(ThreadState *ts, Value a, Value b)
{
    if (!value_is_deque(a)) {
        return not_implemented();
    }
    if (!value_is_deque(b)) {
        return raise(ts, EXC_TypeError, "can only concatenate deque (not \"%T\") to deque", b);
    }
    OWNED Ref result = deque_copy(ts, a, NULL);
    if (is_error(result) || extend_from(ts, deque_from(result.v), b, false) == STATUS_ERROR) {
        return NO_REF;
    }
    return ref_take(&result);
}

static Ref deque_in_place_concat(ThreadState *ts, Value a, Value b)
{
    return extend_from(ts, deque_from(a), b, false) == STATUS_ERROR ? NO_REF : ref_new(a);
}

static Ref deque_in_place_repeat(ThreadState *ts, Value self, Value factor)
{
    Deque *d = deque_from(self);
    int64_t times;
    if (!value_is_index(factor)) {
        return raise(ts, EXC_TypeError, "can't multiply sequence by non-int of type '%T'", factor);
    }
    if (index_get(ts, factor, &times) == STATUS_ERROR) {
        return NO_REF;
    }
    size_t size = deque_size(d);
    if (size == 0 || times == 1) {
        return ref_new(self);
    }
    if (times <= 0) {
        deque_empty(ts, d);
        return ref_new(self);
    }
    if (d->maxlen >= 0 && (uint64_t)times > (uint64_t)d->maxlen / size + 2) {
        // Only the last items stay: as many whole rounds as show.
        times = (int64_t)((uint64_t)d->maxlen / size + 2);
    } else if ((uint64_t)times > ((uint64_t)1 << 40) / size) {
        return raise_no_memory(ts);
    }
    OWNED Ref items = sequence_list(ts, self);
    for (int64_t k = 1; k < times && !is_error(items); k++) {
        if (extend_from(ts, d, items.v, false) == STATUS_ERROR) {
            return NO_REF;
        }
    }
    return is_error(items) ? NO_REF : ref_new(self);
}

static Ref deque_repeat(ThreadState *ts, Value a, Value b)
{
    Value self = value_is_deque(a) ? a : b, factor = value_is_deque(a) ? b : a;
    if (!value_is_deque(self)) {
        return not_implemented();
    }
    OWNED Ref copy = deque_copy(ts, self, NULL);
    return is_error(copy) ? NO_REF : deque_in_place_repeat(ts, copy.v, factor);
}

// --- Methods -------------------------------------------------------------------------------------

static Ref method_append(ThreadState *ts, Value self, const Value *args)
{
    return deque_push(ts, deque_from(self), ref_new(args[0]), false) == STATUS_ERROR ? NO_REF
                                                                                     : REF_NONE;
}
static Ref method_appendleft(ThreadState *ts, Value self, const Value *args)
{
    return deque_push(ts, deque_from(self), ref_new(args[0]), true) == STATUS_ERROR ? NO_REF
                                                                                    : REF_NONE;
}
static Ref method_pop(ThreadState *ts, Value self, const Value *args)
{
    return deque_pop_end(ts, deque_from(self), false);
}
static Ref method_popleft(ThreadState *ts, Value self, const Value *args)
{
    return deque_pop_end(ts, deque_from(self), true);
}
static Ref method_extend(ThreadState *ts, Value self, const Value *args)
{
    return extend_from(ts, deque_from(self), args[0], false) == STATUS_ERROR ? NO_REF : REF_NONE;
}
static Ref method_extendleft(ThreadState *ts, Value self, const Value *args)
{
    return extend_from(ts, deque_from(self), args[0], true) == STATUS_ERROR ? NO_REF : REF_NONE;
}
static Ref method_clear(ThreadState *ts, Value self, const Value *args)
{
    deque_empty(ts, deque_from(self));
    return REF_NONE;
}

static Ref method_rotate(ThreadState *ts, Value self, const Value *args)
{
    int64_t n = 1;
    if (!is_no_value(args[0]) && index_get(ts, args[0], &n) == STATUS_ERROR) {
        return NO_REF;
    }
    CRITICAL_SECTION(ts, value_head(self)) { rotate_locked(deque_from(self), n); }
    return REF_NONE;
}

static Ref method_reverse(ThreadState *ts, Value self, const Value *args)
{
    Deque *d = deque_from(self);
    CRITICAL_SECTION(ts, &d->head)
    {
        for (size_t low = 0, high = d->size; low + 1 < high; low++) {
            high--;
            Value a = shared_ref_peek(place_of(d, low)), b = shared_ref_peek(place_of(d, high));
            place_put(place_of(d, low), b);
            place_put(place_of(d, high), a);
        }
    }
    return REF_NONE;
}

static Ref method_count(ThreadState *ts, Value self, const Value *args)
{
    Deque *d = deque_from(self);
    uint64_t state = atomic_load_relaxed(&d->state);
    int64_t found = 0;
    for (size_t i = 0;; i++) {
        OWNED Ref item = deque_get(ts, d, i);
        if (is_error(item)) {
            return REF_OF(small_int(found));
        }
        Truth same = value_equal(ts, item.v, args[0]);
        if (same == TRUTH_ERROR) {
            return NO_REF;
        }
        if (atomic_load_relaxed(&d->state) != state && !is_concurrent()) {
            return raise(ts, EXC_RuntimeError, MUTATED);
        }
        found += same == TRUTH_TRUE;
    }
}

static Ref method_index(ThreadState *ts, Value self, const Value *args)
{
    Deque *d = deque_from(self);
    int64_t size = (int64_t)deque_size(d), start = 0, stop = size;
    if ((!is_no_value(args[1]) && index_clamp(ts, args[1], &start) == STATUS_ERROR) ||
        (!is_no_value(args[2]) && index_clamp(ts, args[2], &stop) == STATUS_ERROR)) {
        return NO_REF;
    }
    start = clamp_bound(start, size);
    stop = clamp_bound(stop, size);
    int64_t i = find_item(ts, d, args[0], start, stop, MUTATED, EXC_RuntimeError);
    if (i == -1) {
        return raise(ts, EXC_ValueError, "%R is not in deque", args[0]);
    }
    return i < 0 ? NO_REF : REF_OF(small_int(i));
}

static Ref method_remove(ThreadState *ts, Value self, const Value *args)
{
    Deque *d = deque_from(self);
    int64_t i =
        find_item(ts, d, args[0], 0, INT64_MAX, "deque mutated during remove().", EXC_IndexError);
    if (i == -1) {
        return raise(ts, EXC_ValueError, "%R is not in deque", args[0]);
    }
    if (i < 0) {
        return NO_REF;
    }
    Ref item = NO_REF;
    CRITICAL_SECTION(ts, &d->head) { item = take_locked(d, (size_t)i); }
    ref_drop(&item);
    return REF_NONE;
}

static Ref method_insert(ThreadState *ts, Value self, const Value *args)
{
    Deque *d = deque_from(self);
    int64_t i;
    if (index_get(ts, args[0], &i) == STATUS_ERROR) {
        return NO_REF;
    }
    bool is_full = false;
    Status status = STATUS_OK;
    CRITICAL_SECTION(ts, &d->head)
    {
        is_full = d->maxlen >= 0 && d->size >= (size_t)d->maxlen;
        int64_t size = (int64_t)d->size;
        if (!is_full) {
            Ref none;
            if (i >= size) {
                status = push(ts, d, ref_new(args[1]), false, &none);
            } else if (i <= -size || i == 0) {
                status = push(ts, d, ref_new(args[1]), true, &none);
            } else {
                rotate_locked(d, -i);
                status = push(ts, d, ref_new(args[1]), i > 0, &none);
                rotate_locked(d, i);
            }
            if (status == STATUS_ERROR) {
                value_release(args[1]);
            }
        }
    }
    if (is_full) {
        return raise(ts, EXC_IndexError, "deque already at its maximum size");
    }
    return status == STATUS_ERROR ? NO_REF : REF_NONE;
}

static Ref method_reduce(ThreadState *ts, Value self, const Value *args)
{
    Deque *d = deque_from(self);
    bool is_exact = value_is_exactly(self, KIND_DEQUE);
    OWNED Ref state =
        is_exact ? REF_NONE : object_call_method(ts, self, NAME(__getstate__), NULL, 0);
    OWNED Ref it = is_error(state) ? NO_REF : object_iterate(ts, self);
    OWNED Ref none = tuple_empty();
    OWNED Ref arguments = is_error(it)    ? NO_REF
                          : d->maxlen < 0 ? tuple_empty()
                                          : tuple_pack(ts, 2, none.v, small_int(d->maxlen));
    if (is_error(arguments)) {
        return NO_REF;
    }
    return tuple_pack(ts, 4, type_value(type_of(self)), arguments.v, state.v, it.v);
}

static Ref method_sizeof(ThreadState *ts, Value self, const Value *args)
{
    Deque *d = deque_from(self);
    return ref_of_size(object_size(&d->head) + d->capacity * sizeof(SharedRef));
}

static Ref get_maxlen(ThreadState *ts, Value self)
{
    int64_t maxlen = deque_from(self)->maxlen;
    return maxlen < 0 ? REF_NONE : REF_OF(small_int(maxlen));
}

// --- Iterators -----------------------------------------------------------------------------------

typedef struct DequeIterator {
    ObjectHead head;
    SharedRef deque;
    size_t index;   // atomic: steps made
    uint64_t state; // the deque's when this was made
} DequeIterator;

static Ref new_iterator(ThreadState *ts, Kind kind, Value deque, size_t index)
{
    DequeIterator *it = object_new(ts, kind, sizeof(DequeIterator));
    if (it == NULL) {
        return NO_REF;
    }
    shared_ref_init(&it->deque, ref_new(deque));
    it->index = MIN_OF(index, deque_size(deque_from(deque)));
    it->state = atomic_load_relaxed(&deque_from(deque)->state);
    object_track(&it->head);
    return REF_FROM_NEW(it);
}

static Ref deque_iterate(ThreadState *ts, Value self)
{
    return new_iterator(ts, KIND_DEQUE_ITERATOR, self, 0);
}
static Ref method_reversed(ThreadState *ts, Value self, const Value *args)
{
    return new_iterator(ts, KIND_DEQUE_REVERSE_ITERATOR, self, 0);
}

// An iterator keeps its deque to the end of its life, exhausted or not.
static Ref iterator_next_(ThreadState *ts, Value self)
{
    DequeIterator *it = (DequeIterator *)value_head(self);
    Deque *d = deque_from(shared_ref_peek(&it->deque));
    size_t i = atomic_load_relaxed(&it->index), size = deque_size(d);
    if (atomic_load_relaxed(&d->state) != atomic_load_relaxed(&it->state)) {
        atomic_store_relaxed(&it->index, SIZE_MAX);
        return raise(ts, EXC_RuntimeError, MUTATED);
    }
    if (i >= size) {
        return NO_REF;
    }
    atomic_store_relaxed(&it->index, i + 1);
    return deque_get(ts, d, it->head.kind == KIND_DEQUE_ITERATOR ? i : size - 1 - i);
}

static Ref iterator_make(CALL_PARAMETERS)
{
    Type *type = type_from(self);
    const char *name =
        type->kind == KIND_DEQUE_ITERATOR ? "_deque_iterator" : "_deque_reverse_iterator";
    if (arguments_positional(ts, name, count, names, 1, 2) == STATUS_ERROR) {
        return NO_REF;
    }
    if (!value_is_deque(args[0])) {
        return raise(ts, EXC_TypeError, "argument 1 must be collections.deque, not %T", args[0]);
    }
    int64_t i = 0;
    if (count == 2 && index_get(ts, args[1], &i) == STATUS_ERROR) {
        return NO_REF;
    }
    return new_iterator(ts, (Kind)type->kind, args[0], (size_t)MAX_OF(i, 0));
}

static size_t steps_left(DequeIterator *it)
{
    size_t i = atomic_load_relaxed(&it->index),
           size = deque_size(deque_from(shared_ref_peek(&it->deque)));
    return i < size ? size - i : 0;
}

static Ref iterator_length_hint(ThreadState *ts, Value self, const Value *args)
{
    return ref_of_size(steps_left((DequeIterator *)value_head(self)));
}

static Ref iterator_reduce(ThreadState *ts, Value self, const Value *args)
{
    DequeIterator *it = (DequeIterator *)value_head(self);
    Value deque = shared_ref_peek(&it->deque);
    size_t done = deque_size(deque_from(deque)) - steps_left(it);
    OWNED Ref arguments = tuple_pack(ts, 2, deque, small_int((int64_t)done));
    return is_error(arguments) ? NO_REF : tuple_pack(ts, 2, type_value(type_of(self)), arguments.v);
}

static void iterator_finish(ThreadState *ts, ObjectHead *o)
{
    shared_ref_clear(&((DequeIterator *)o)->deque);
}
static void iterator_traverse(ObjectHead *o, Visitor visit, void *context)
{
    visit_place(&((DequeIterator *)o)->deque, visit, context);
}

static const NativeDef iterator_methods[] = {
    NATIVE("__length_hint__", iterator_length_hint, "($self, /)",
           "Private method returning an estimate of len(list(it))."),
    NATIVE("__reduce__", iterator_reduce, "($self, /)", "Return state information for pickling."),
    NATIVE_END,
};

const TypeSpec spec_DEQUE_ITERATOR = {
    .name = "_collections._deque_iterator",
    .base = KIND_OBJECT,
    .size = sizeof(DequeIterator),
    .flags = TYPE_COLLECTED,
    .slots = {.finish = iterator_finish,
              .traverse = iterator_traverse,
              .iterate = object_itself,
              .next = iterator_next_,
              .make = iterator_make},
    .methods = iterator_methods,
};

const TypeSpec spec_DEQUE_REVERSE_ITERATOR = {
    .name = "_collections._deque_reverse_iterator",
    .base = KIND_OBJECT,
    .size = sizeof(DequeIterator),
    .flags = TYPE_COLLECTED,
    .slots = {.finish = iterator_finish,
              .traverse = iterator_traverse,
              .iterate = object_itself,
              .next = iterator_next_,
              .make = iterator_make},
    .methods = iterator_methods,
};

// --- The type ------------------------------------------------------------------------------------

static const NativeDef deque_methods[] = {
    NATIVE("append", method_append, "($self, item, /)",
           "Add an element to the right side of the deque."),
    NATIVE("appendleft", method_appendleft, "($self, item, /)",
           "Add an element to the left side of the deque."),
    NATIVE("clear", method_clear, "($self, /)", "Remove all elements from the deque."),
    NATIVE("__copy__", deque_copy, "($self, /)", "Return a shallow copy of a deque."),
    NATIVE("copy", deque_copy, "($self, /)", "Return a shallow copy of a deque."),
    NATIVE("count", method_count, "($self, value, /)",
           "D.count(value) -- return number of occurrences of value"),
    NATIVE("extend", method_extend, "($self, iterable, /)",
           "Extend the right side of the deque with elements from the iterable"),
    NATIVE("extendleft", method_extendleft, "($self, iterable, /)",
           "Extend the left side of the deque with elements from the iterable"),
    NATIVE("index", method_index, "($self, value, start=0, stop=sys.maxsize, /)",
           "D.index(value, [start, [stop]]) -- return first index of value.\n"
           "Raises ValueError if the value is not present."),
    NATIVE("insert", method_insert, "($self, index, object, /)",
           "D.insert(index, object) -- insert object before index"),
    NATIVE("pop", method_pop, "($self, /)", "Remove and return the rightmost element."),
    NATIVE("popleft", method_popleft, "($self, /)", "Remove and return the leftmost element."),
    NATIVE("remove", method_remove, "($self, value, /)",
           "D.remove(value) -- remove first occurrence of value."),
    NATIVE("__reduce__", method_reduce, "($self, /)", "Return state information for pickling."),
    NATIVE("__reversed__", method_reversed, "($self, /)",
           "D.__reversed__() -- return a reverse iterator over the deque"),
    NATIVE("reverse", method_reverse, "($self, /)", "D.reverse() -- reverse *IN PLACE*"),
    NATIVE("rotate", method_rotate, "($self, n=1, /)",
           "Rotate the deque n steps to the right (default n=1).  If n is negative, rotates left."),
    NATIVE("__sizeof__", method_sizeof, "($self, /)",
           "D.__sizeof__() -- size of D in memory, in bytes"),
    NATIVE_CLASS_GETITEM,
    NATIVE_END,
};
static const GetSetDef deque_getset[] = {
    {"maxlen", get_maxlen, NULL, "maximum size of a deque or None if unbounded"},
    {NULL, NULL, NULL, NULL},
};

const TypeSpec spec_DEQUE = {
    .name = "collections.deque",
    .doc = "deque([iterable[, maxlen]]) --> deque object\n\n"
           "A list-like sequence optimized for data accesses near its endpoints.",
    .base = KIND_OBJECT,
    .size = sizeof(Deque),
    .flags = TYPE_SUBCLASSABLE | TYPE_COLLECTED | TYPE_IS_SEQUENCE | TYPE_WEAK_REFERENCEABLE,
    .slots = {.finish = deque_finish,
              .traverse = deque_traverse,
              .clear = deque_finish,
              .repr = deque_repr,
              .compare = deque_compare,
              .iterate = deque_iterate,
              .length = deque_length,
              .get_item = deque_get_item,
              .set_item = deque_set_item,
              .contains = deque_contains,
              .binary = {[BIN_ADD] = deque_concat, [BIN_MUL] = deque_repeat},
              .in_place = {[BIN_ADD] = deque_in_place_concat, [BIN_MUL] = deque_in_place_repeat},
              .make = deque_make,
              .init = deque_init},
    .methods = deque_methods,
    .getset = deque_getset,
};
