// core/object/list.c: the list as C code uses it, and its type. See list.h.
//
// A change has three parts: prepare (what may run script code or fail), change under the lock, drop
// what came out after the lock. When others may be looking, an array is never reallocated in place:
// a new one is filled, published, and the old one given to the grace period.
#include "core/object/dict.h"
#include "core/object/list.h"
#include "core/object/set.h"

#include "core/object/dict_keys.h"
#include "core/object/sequences.h"
#include "core/object/set_table.h"
#include "core/object/str.h"
#include "core/object/tuple.h"

#define CAPACITY_MAX ((size_t)1 << 47)

static ListArray *new_array(ThreadState *ts, size_t capacity)
{
    capacity |= 1; // with the header an even number of words: a whole number of granules
    if (UNLIKELY(capacity > CAPACITY_MAX)) {
        (void)raise_no_memory(ts);
        return NULL;
    }
    ListArray *array = raw_alloc(ts, sizeof(ListArray) + capacity * sizeof(SharedRef));
    if (array != NULL) {
        array->capacity = capacity;
    }
    return array;
}

// Empties the places that hold no item: readers of addert may look there.
static void empty_rest(ListArray *array, size_t from)
{
    if (POLICY_FREE_THREADED && array != NULL) {
        places_empty(&array->items[from], array->capacity - from);
    }
}

static Ref new_list_of(ThreadState *ts, ListArray *array, size_t size)
{
    List *l = object_new(ts, KIND_LIST, sizeof(List));
    if (l == NULL) {
        return NO_REF;
    }
    l->size = size;
    l->array = array;
    object_track(&l->head);
    return REF_FROM_NEW(l);
}

Ref list_new(ThreadState *ts, size_t capacity)
{
    if (capacity == 0) {
        return new_list_of(ts, NULL, 0);
    }
    ListArray *array = new_array(ts, capacity);
    if (array == NULL) {
        return NO_REF;
    }
    empty_rest(array, 0);
    Ref l = new_list_of(ts, array, 0);
    if (is_error(l)) {
        raw_free(ts, array);
    }
    return l;
}

Ref list_from_values(ThreadState *ts, const Value *items, size_t count)
{
    Ref result = list_new(ts, count);
    if (!is_error(result)) {
        List *l = list_from(result.v);
        for (size_t i = 0; i < count; i++) {
            shared_ref_init(&l->array->items[i], ref_new(items[i]));
        }
        l->size = count;
    }
    return result;
}

Ref list_from_refs(ThreadState *ts, Ref *items, size_t count)
{
    Ref result = list_new(ts, count);
    if (is_error(result)) {
        for (size_t i = 0; i < count; i++) {
            ref_drop(&items[i]);
        }
        return NO_REF;
    }
    List *l = list_from(result.v);
    for (size_t i = 0; i < count; i++) {
        shared_ref_init(&l->array->items[i], ref_take(&items[i]));
    }
    l->size = count;
    return result;
}

// --- Reading -------------------------------------------------------------------------------------

// Where one item was not to be had without the lock, those behind it are not either: while we have
// the lock they are marked, so that a thread that walks another's list takes it now and then only.
static void mark_ahead_locked(const List *l, size_t i)
{
    enum { AHEAD = 16 };
    size_t end = MIN_OF(i + AHEAD, l->size);
    // All of them are fetched from the other thread's cache at the same time.
    for (size_t k = i; k < end; k++) {
        Value v = shared_ref_peek(&l->array->items[k]);
        if (value_is_object(v)) {
            PREFETCH_WRITE(value_head(v));
        }
    }
    for (; i < end; i++) {
        Value v = shared_ref_peek(&l->array->items[i]);
        if (value_is_object(v)) {
            head_mark_shared(value_head(v));
        }
    }
}

static NO_INLINE Ref get_with_lock(ThreadState *ts, List *l, size_t i)
{
    Ref item = NO_REF;
    CRITICAL_SECTION(ts, &l->head)
    {
        if (i < l->size) {
            item = shared_ref_load_locked(&l->array->items[i]);
            if (POLICY_FREE_THREADED && value_is_object(item.v) &&
                !head_is_mine(value_head(item.v))) {
                mark_ahead_locked(l, i + 1);
            }
        }
    }
    return item;
}

Ref list_get_concurrent(ThreadState *ts, List *l, size_t i)
{
    if (i >= list_size(l)) {
        return NO_REF;
    }
    ListArray *array = atomic_load_acquire(&l->array);
    if (array == NULL || i >= array->capacity) {
        return get_with_lock(ts, l, i);
    }
    OWNED Ref item = NO_REF;
    if (!shared_ref_try_load(&array->items[i], &item)) {
        return get_with_lock(ts, l, i);
    }
    // The place may belong to an array that was replaced, whose items no longer count for it.
    if (is_error(item) || atomic_load_acquire(&l->array) != array) {
        ref_drop(&item);
        return get_with_lock(ts, l, i);
    }
    return ref_take(&item);
}

// --- Changing size, lock held --------------------------------------------------------------------

static size_t grown_capacity(size_t size) { return size + (size >> 3) + (size < 64 ? 3 : 6); }

// A new array with the first `keep` items; published, the old one let go.
static Status replace_array(ThreadState *ts, List *l, size_t capacity, size_t keep)
{
    ListArray *old = l->array;
    if (!is_concurrent() && old != NULL) {
        capacity |= 1;
        if (UNLIKELY(capacity > CAPACITY_MAX)) {
            (void)raise_no_memory(ts);
            return STATUS_ERROR;
        }
        ListArray *array = raw_realloc(ts, old, sizeof(ListArray) + capacity * sizeof(SharedRef));
        if (array == NULL) {
            return STATUS_ERROR;
        }
        array->capacity = capacity;
        empty_rest(array, keep);
        atomic_store_release(&l->array, array);
        return STATUS_OK;
    }
    ListArray *array = new_array(ts, capacity);
    if (array == NULL) {
        return STATUS_ERROR;
    }
    for (size_t i = 0; i < keep; i++) {
        place_move(&array->items[i], &old->items[i]);
    }
    empty_rest(array, keep);
    // release: pairs with the acquire in list_get_concurrent.
    atomic_store_release(&l->array, array);
    if (old != NULL) {
        if (is_concurrent()) {
            places_empty(old->items,
                         keep); // readers that hold it find nothing rather than lost items
        }
        array_free(ts, old);
    }
    return STATUS_OK;
}

static Status make_room(ThreadState *ts, List *l, size_t size)
{
    if (LIKELY(l->array != NULL && size <= l->array->capacity)) {
        return STATUS_OK;
    }
    // An empty list that is filled at once gets just the room it needs.
    return replace_array(ts, l, l->size == 0 && size > 4 ? size : grown_capacity(size), l->size);
}

// After items went: gives memory back when less than half is used.
static void give_back_room(ThreadState *ts, List *l)
{
    if (l->array != NULL && l->size < l->array->capacity / 2 && l->array->capacity > 16) {
        if (replace_array(ts, l, grown_capacity(l->size), l->size) == STATUS_ERROR) {
            exception_clear(ts); // the large array serves as well
        }
    }
}

Status list_splice_locked(ThreadState *ts, List *l, size_t start, size_t removed,
                          const Value *added, size_t added_count, Value *old)
{
    size_t size = l->size, next_size = size - removed + added_count;
    if (make_room(ts, l, next_size) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    SharedRef *items = l->array->items;
    for (size_t i = 0; i < removed; i++) {
        old[i] = shared_ref_peek(&items[start + i]);
    }
    if (next_size < size) {
        atomic_store_relaxed(&l->size, next_size);
    }
    if (added_count != removed) {
        places_move(&items[start + added_count], &items[start + removed], size - start - removed);
    }
    for (size_t i = 0; i < added_count; i++) {
        place_put(&items[start + i], added[i]);
    }
    if (next_size < size) {
        places_empty(&items[next_size], size - next_size);
        give_back_room(ts, l);
    } else {
        atomic_store_relaxed(&l->size, next_size);
    }
    return STATUS_OK;
}

static Status append_locked(ThreadState *ts, List *l, Ref item)
{
    if (make_room(ts, l, l->size + 1) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    place_put(&l->array->items[l->size], item.v);
    atomic_store_relaxed(&l->size, l->size + 1);
    return STATUS_OK;
}

Status list_append_slow(ThreadState *ts, List *l, Ref item)
{
    Status status = STATUS_ERROR;
    CRITICAL_SECTION(ts, &l->head) { status = append_locked(ts, l, item); }
    if (status == STATUS_ERROR) {
        ref_drop(&item);
    }
    return status;
}

Status list_set_slow(ThreadState *ts, List *l, size_t i, Ref item)
{
    bool is_inside = false;
    OWNED Ref old = item;
    CRITICAL_SECTION(ts, &l->head)
    {
        is_inside = i < l->size;
        if (is_inside) {
            old = shared_ref_swap(&l->array->items[i], item);
        }
    }
    return is_inside ? STATUS_OK
                     : raise_status(ts, EXC_IndexError, "list assignment index out of range");
}

static Ref take_locked(ThreadState *ts, List *l, size_t i)
{
    size_t size = l->size;
    if (i >= size) {
        return NO_REF;
    }
    SharedRef *items = l->array->items;
    Value item = shared_ref_peek(&items[i]);
    atomic_store_relaxed(&l->size, size - 1);
    if (i + 1 < size) {
        places_move(&items[i], &items[i + 1], size - i - 1);
    }
    place_put(&items[size - 1], NO_VALUE);
    give_back_room(ts, l);
    return (Ref){item};
}

Ref list_take(ThreadState *ts, List *l, size_t i)
{
    Ref item = NO_REF;
    CRITICAL_SECTION(ts, &l->head) { item = take_locked(ts, l, i); }
    return item;
}

Status list_insert(ThreadState *ts, List *l, int64_t i, Value item)
{
    Status status = STATUS_ERROR;
    Value counted = ref_new(item).v;
    CRITICAL_SECTION(ts, &l->head)
    {
        size_t at = (size_t)clamp_bound(i, (int64_t)l->size);
        status = list_splice_locked(ts, l, at, 0, &counted, 1, NULL);
    }
    if (status == STATUS_ERROR) {
        value_release(counted);
    }
    return status;
}

void list_clear(ThreadState *ts, List *l)
{
    ListArray *array = NULL;
    size_t size = 0;
    CRITICAL_SECTION(ts, &l->head)
    {
        array = l->array;
        size = l->size;
        atomic_store_relaxed(&l->size, 0);
        atomic_store_release(&l->array, NULL);
    }
    if (array != NULL) {
        places_drop(array->items, size);
        array_free(ts, array);
    }
}

void list_reverse(ThreadState *ts, List *l)
{
    CRITICAL_SECTION(ts, &l->head)
    {
        for (size_t low = 0, high = l->size; low + 1 < high; low++) {
            high--;
            Value a = shared_ref_peek(&l->array->items[low]),
                  b = shared_ref_peek(&l->array->items[high]);
            place_put(&l->array->items[low], b);
            place_put(&l->array->items[high], a);
        }
    }
}

// --- Copies --------------------------------------------------------------------------------------

Ref list_slice(ThreadState *ts, List *l, size_t start, size_t end)
{
    size_t size = list_size(l);
    end = MIN_OF(end, size);
    start = MIN_OF(start, end);
    OWNED Ref copy = list_new(ts, end - start);
    if (is_error(copy)) {
        return NO_REF;
    }
    List *to = list_from(copy.v);
    CRITICAL_SECTION(ts, &l->head)
    {
        end = MIN_OF(end, l->size); // it may have shrunk meanwhile
        if (start < end) {
            places_copy(to->array->items, &l->array->items[start], end - start);
            to->size = end - start;
        }
    }
    return ref_take(&copy);
}

Ref list_to_tuple(ThreadState *ts, List *l)
{
    for (;;) {
        size_t size = list_size(l);
        OWNED Ref result = tuple_new(ts, size);
        if (is_error(result)) {
            return NO_REF;
        }
        bool is_same_size = false;
        CRITICAL_SECTION(ts, &l->head)
        {
            is_same_size = l->size == size;
            if (is_same_size && size > 0) {
                places_copy(tuple_from(result.v)->items, l->array->items, size);
            }
        }
        if (is_same_size) {
            return tuple_finish(ts, ref_take(&result));
        }
    }
}

// --- Extending -----------------------------------------------------------------------------------

static Status extend_by_tuple(ThreadState *ts, List *l, Value t)
{
    size_t count = tuple_count(t);
    Status status = STATUS_OK;
    CRITICAL_SECTION(ts, &l->head)
    {
        status = make_room(ts, l, l->size + count);
        for (size_t i = 0; i < count && status == STATUS_OK; i++) {
            place_put(&l->array->items[l->size + i], ref_new(tuple_item(t, i)).v);
        }
        if (status == STATUS_OK) {
            atomic_store_relaxed(&l->size, l->size + count);
        }
    }
    return status;
}

static Status extend_by_list(ThreadState *ts, List *l, List *from)
{
    Status status = STATUS_OK;
    CRITICAL_SECTION2(ts, &l->head, &from->head)
    {
        size_t count = from->size;
        status = count == 0 ? STATUS_OK : make_room(ts, l, l->size + count);
        if (status == STATUS_OK && count > 0) {
            // `from` may be the list itself, whose array may just have moved.
            for (size_t i = 0; i < count; i++) {
                place_put(&l->array->items[l->size + i], place_get(&from->array->items[i]).v);
            }
            atomic_store_relaxed(&l->size, l->size + count);
        }
    }
    return status;
}

Status list_reserve(ThreadState *ts, List *l, size_t added)
{
    Status status = STATUS_OK;
    CRITICAL_SECTION(ts, &l->head)
    {
        if (added > 0 && (l->array == NULL || l->array->capacity < l->size + added)) {
            status = replace_array(ts, l, l->size + added, l->size);
        }
    }
    return status;
}

static Status extend_by_iterator(ThreadState *ts, List *l, Value iterable)
{
    OWNED Ref it = object_iterate(ts, iterable);
    if (is_error(it)) {
        return STATUS_ERROR;
    }
    int64_t expected = object_length_hint(ts, iterable, 0);
    if (expected < 0) {
        return STATUS_ERROR;
    }
    if (expected > 0 && expected < (1 << 28)) {
        if (list_reserve(ts, l, (size_t)expected) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    NextFunction next = next_of(it.v);
    for (;;) {
        Ref item = iterator_step(ts, it.v, next);
        if (is_error(item)) {
            break;
        }
        if (list_append_ref(ts, l, item) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    return has_exception(ts) ? STATUS_ERROR : STATUS_OK;
}

// list(d), list(d.items()), list(s) are atomic: with other threads about, the items are collected
// while nobody can change the container. NO_REF without an exception: not such a container.
static Ref collect_locked(ThreadState *ts, Value iterable)
{
    Value container = iterable;
    bool wants_key = true, wants_value = false, is_set = value_is_exactly(iterable, KIND_SET);
    if (value_is_exactly(iterable, KIND_DICT_KEYS) ||
        value_is_exactly(iterable, KIND_DICT_VALUES) ||
        value_is_exactly(iterable, KIND_DICT_ITEMS)) {
        container = shared_ref_peek(&((DictView *)value_head(iterable))->dict);
        wants_key = !value_is_exactly(iterable, KIND_DICT_VALUES);
        wants_value = !value_is_exactly(iterable, KIND_DICT_KEYS);
    }
    if (is_no_value(container) || (!is_set && !value_is_exactly(container, KIND_DICT))) {
        return NO_REF;
    }
    OWNED Ref list = list_new(ts, is_set ? 0 : dict_size(dict_from(container)));
    if (is_error(list)) {
        return NO_REF;
    }
    Status status = STATUS_OK;
    CRITICAL_SECTION(ts, value_head(container))
    {
        size_t position = 0;
        Ref key, value = NO_REF;
        while (status == STATUS_OK &&
               (is_set ? set_next(ts, container, &position, &key)
                       : dict_next(ts, dict_from(container), &position, &key, &value))) {
            Ref item = wants_key && wants_value ? tuple_pack(ts, 2, key.v, value.v)
                       : wants_key              ? ref_new(key.v)
                                                : ref_new(value.v);
            // The container keeps what is dropped here alive.
            ref_drop(&key);
            ref_drop(&value);
            status = is_error(item) ? STATUS_ERROR : list_append_ref(ts, list_from(list.v), item);
        }
    }
    return status == STATUS_ERROR ? NO_REF : ref_take(&list);
}

Status list_extend(ThreadState *ts, List *l, Value iterable)
{
    if (POLICY_FREE_THREADED && process_is_threaded() && value_is_object(iterable)) {
        OWNED Ref items = collect_locked(ts, iterable);
        if (!is_error(items)) {
            return extend_by_list(ts, l, list_from(items.v));
        }
        if (has_exception(ts)) {
            return STATUS_ERROR;
        }
    }
    if (value_is_exactly(iterable, KIND_LIST)) {
        return extend_by_list(ts, l, list_from(iterable));
    }
    if (value_is_exactly(iterable, KIND_TUPLE)) {
        return extend_by_tuple(ts, l, iterable);
    }
    Dict *dict;
    DictPart part;
    if (dict_of_iterable(iterable, &dict, &part)) {
        return dict_append_to(ts, dict, l, part);
    }
    if (value_is_exactly(iterable, KIND_SET) || value_is_exactly(iterable, KIND_FROZENSET)) {
        return set_append_to(ts, set_from(iterable), l);
    }
    return extend_by_iterator(ts, l, iterable);
}

// --- Slots ---------------------------------------------------------------------------------------

static void list_finish(ThreadState *ts, ObjectHead *o)
{
    List *l = (List *)o;
    ListArray *array = l->array;
    if (array != NULL) {
        size_t size = l->size;
        l->size = 0;
        l->array = NULL;
        values_drop((Value *)(void *)array->items, size);
        raw_free(ts, array);
    }
}

static void list_traverse(ObjectHead *o, Visitor visit, void *context)
{
    List *l = (List *)o;
    for (size_t i = 0; i < l->size; i++) {
        visit_place(&l->array->items[i], visit, context);
    }
}

static void list_break_cycles(ThreadState *ts, ObjectHead *o) { list_clear(ts, (List *)o); }

static Ref list_repr(ThreadState *ts, Value self)
{
    List *l = list_from(self);
    int inside = list_size(l) == 0 ? 0 : repr_enter(ts, self);
    if (inside != 0) {
        return inside > 0 ? str_from_z(ts, "[...]") : NO_REF;
    }
    if (list_size(l) == 0) {
        return str_from_z(ts, "[]");
    }
    StrBuilder text;
    builder_init(&text);
    Status status = builder_add_char(ts, &text, '[');
    for (size_t i = 0; status == STATUS_OK; i++) {
        OWNED Ref item = list_get(ts, l, i);
        if (is_error(item)) {
            break;
        }
        if (i > 0) {
            status = builder_add_ascii(ts, &text, ", ", 2);
        }
        OWNED Ref part = status == STATUS_OK ? object_repr(ts, item.v) : NO_REF;
        status = is_error(part) ? STATUS_ERROR : builder_add(ts, &text, part.v);
    }
    if (status == STATUS_OK) {
        status = builder_add_char(ts, &text, ']');
    }
    repr_leave(ts, self);
    if (status == STATUS_ERROR) {
        builder_abandon(ts, &text);
        return NO_REF;
    }
    return builder_finish(ts, &text);
}

static Ref list_compare(ThreadState *ts, Value a, Value b, CompareOp op)
{
    if (!value_is_list(a) || !value_is_list(b)) {
        return not_implemented();
    }
    List *x = list_from(a), *y = list_from(b);
    if (list_size(x) != list_size(y) && (op == OP_EQ || op == OP_NE)) {
        return REF_OF(bool_value(op == OP_NE));
    }
    for (size_t i = 0;; i++) {
        OWNED Ref p = list_get(ts, x, i);
        OWNED Ref q = list_get(ts, y, i);
        if (is_error(p) || is_error(q)) {
            return REF_OF(bool_value(compare_ints(list_size(x), list_size(y), op)));
        }
        Truth same = value_equal(ts, p.v, q.v);
        if (same == TRUTH_ERROR) {
            return NO_REF;
        }
        if (same == TRUTH_FALSE) {
            if (i >= list_size(x) || i >= list_size(y)) { // the comparison changed a list
                return REF_OF(bool_value(compare_ints(list_size(x), list_size(y), op)));
            }
            return op == OP_EQ   ? REF_OF(VALUE_FALSE)
                   : op == OP_NE ? REF_OF(VALUE_TRUE)
                                 : object_compare(ts, p.v, q.v, op);
        }
    }
}

static int64_t list_length(ThreadState *ts, Value self)
{
    return (int64_t)list_size(list_from(self));
}

static Truth list_contains(ThreadState *ts, Value self, Value item)
{
    List *l = list_from(self);
    for (size_t i = 0;; i++) {
        OWNED Ref candidate = list_get(ts, l, i);
        if (is_error(candidate)) {
            return TRUTH_FALSE;
        }
        Truth same = value_equal(ts, candidate.v, item);
        if (same != TRUTH_FALSE) {
            return same;
        }
    }
}

static Ref list_concat(ThreadState *ts, Value a, Value b)
{
    if (!value_is_list(a)) {
        return not_implemented();
    }
    if (!value_is_list(b)) {
        return raise(ts, EXC_TypeError, "can only concatenate list (not \"%T\") to list", b);
    }
    OWNED Ref result = list_new(ts, list_size(list_from(a)) + list_size(list_from(b)));
    if (is_error(result) || extend_by_list(ts, list_from(result.v), list_from(a)) == STATUS_ERROR ||
        extend_by_list(ts, list_from(result.v), list_from(b)) == STATUS_ERROR) {
        return NO_REF;
    }
    return ref_take(&result);
}

static Ref list_in_place_concat(ThreadState *ts, Value a, Value b)
{
    return list_extend(ts, list_from(a), b) == STATUS_ERROR ? NO_REF : ref_new(a);
}

// Appends (times - 1) copies of what the list, seen by nobody else or locked, holds.
static Status repeat_locked(ThreadState *ts, List *l, int64_t times)
{
    size_t size = l->size;
    if (size == 0 || times == 1) {
        return STATUS_OK;
    }
    if ((uint64_t)times > CAPACITY_MAX / size) {
        (void)raise_no_memory(ts);
        return STATUS_ERROR;
    }
    size_t total = size * (size_t)times;
    if ((l->array->capacity < total) && replace_array(ts, l, total, size) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    SharedRef *items = l->array->items;
    for (size_t i = size; i < total; i++) {
        place_put(&items[i], ref_new(shared_ref_peek(&items[i - size])).v);
    }
    atomic_store_relaxed(&l->size, total);
    return STATUS_OK;
}

static Status repeat_factor(ThreadState *ts, Value factor, int64_t *times)
{
    if (!value_is_index(factor)) {
        return raise_status(ts, EXC_TypeError, "can't multiply sequence by non-int of type '%T'",
                            factor);
    }
    return index_get(ts, factor, times);
}

static Ref list_repeat(ThreadState *ts, Value a, Value b)
{
    Value self = value_is_list(a) ? a : b, factor = value_is_list(a) ? b : a;
    int64_t times;
    if (!value_is_list(self)) {
        return not_implemented();
    }
    if (repeat_factor(ts, factor, &times) == STATUS_ERROR) {
        return NO_REF;
    }
    List *l = list_from(self);
    if (times <= 0 || list_size(l) == 0) {
        return list_new(ts, 0);
    }
    if ((uint64_t)times > CAPACITY_MAX / list_size(l)) {
        return raise_no_memory(ts);
    }
    OWNED Ref result = list_new(ts, list_size(l) * (size_t)times);
    if (is_error(result) || extend_by_list(ts, list_from(result.v), l) == STATUS_ERROR ||
        repeat_locked(ts, list_from(result.v), times) == STATUS_ERROR) {
        return NO_REF;
    }
    return ref_take(&result);
}

static Ref list_in_place_repeat(ThreadState *ts, Value self, Value factor)
{
    int64_t times;
    if (repeat_factor(ts, factor, &times) == STATUS_ERROR) {
        return NO_REF;
    }
    if (times <= 0) {
        list_clear(ts, list_from(self));
        return ref_new(self);
    }
    Status status = STATUS_OK;
    CRITICAL_SECTION(ts, value_head(self)) { status = repeat_locked(ts, list_from(self), times); }
    return status == STATUS_ERROR ? NO_REF : ref_new(self);
}

static Ref list_make(CALL_PARAMETERS)
{
    List *l = object_new_of(ts, type_from(self));
    if (l == NULL) {
        return NO_REF;
    }
    l->size = 0;
    l->array = NULL;
    object_track(&l->head);
    return REF_FROM_NEW(l);
}

static Status list_init(CALL_PARAMETERS)
{
    // A subclass with a __new__ of its own may take keywords.
    if ((type_of(self)->slots.make == list_make &&
         arguments_no_keywords(ts, "list", names) == STATUS_ERROR) ||
        arguments_count(ts, "list", count, 0, 1) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    if (list_size(list_from(self)) > 0) {
        list_clear(ts, list_from(self));
    }
    return count == 0 ? STATUS_OK : list_extend(ts, list_from(self), args[0]);
}

const TypeSpec spec_LIST = {
    .name = "list",
    .doc = "Built-in mutable sequence.\n\nIf no argument is given, the constructor creates a new "
           "empty list.\n"
           "The argument must be an iterable if specified.",
    .base = KIND_OBJECT,
    .size = sizeof(List),
    .flags = TYPE_SUBCLASSABLE | TYPE_COLLECTED | TYPE_IS_SEQUENCE,
    .slots =
        {
            .finish = list_finish,
            .traverse = list_traverse,
            .clear = list_break_cycles,
            .repr = list_repr,
            .compare = list_compare,
            .iterate = list_iterate,
            .length = list_length,
            .get_item = list_get_item,
            .set_item = list_set_item,
            .contains = list_contains,
            .binary = {[BIN_ADD] = list_concat, [BIN_MUL] = list_repeat},
            .in_place = {[BIN_ADD] = list_in_place_concat, [BIN_MUL] = list_in_place_repeat},
            .make = list_make,
            .init = list_init,
        },
    .methods = list_methods,
};
