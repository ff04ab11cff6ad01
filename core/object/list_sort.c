// core/object/list_sort.c: list.sort: a stable merge sort that uses runs found in the data.
//
// 1. The list is emptied: its array is set aside, so that scripts called
//    by the sort see an empty list.
// 2. The keys are computed, in order. What all of them are (small ints, floats, str, tuples that
//    begin with one of these, anything) chooses how they are compared.
// 3. Ascending and strictly descending runs are found; short ones are extended by binary
//    insertion; neighbours are merged in an order that keeps merges balanced; merging
//    gallops while one run wins.
// 4. The items go back into the array and the array into the list. If the list is not empty then,
//    somebody changed it: ValueError.
//
// Origin   T. Peters, listsort, 2002; merge order: J. I. Munro, S.
//          Wild, "Nearly-Optimal Mergesorts", 2018.
// Rule     the working arrays are a permutation of the items at every moment,
//          so an error loses nothing.
#include "core/object/float.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/str.h"
#include "core/object/tuple.h"

enum { GALLOP_LEAST = 7, RUNS_MAX = 90, RUN_LEAST_MAX = 64 };

typedef enum { KEYS_INT, KEYS_FLOAT, KEYS_STR, KEYS_TUPLE, KEYS_ANY } KeySort;

typedef struct Run {
    int64_t start, length;
    int power;
} Run;

typedef struct Sort {
    ThreadState *ts;
    Value *keys;
    Value *values; // moved along with the keys, or NULL
    Value *scratch_keys, *scratch_values;
    int64_t scratch_size;
    int64_t least_gallop;
    int run_count;
    KeySort first; // what tuples begin with
    Run runs[RUNS_MAX];
    Value local[512];
} Sort;

// --- Moving --------------------------------------------------------------------------------------

static void reverse_values(Value *values, int64_t n)
{
    for (int64_t low = 0, high = n - 1; low < high; low++, high--) {
        Value v = values[low];
        values[low] = values[high];
        values[high] = v;
    }
}

static ALWAYS_INLINE void take_right(Sort *s, int64_t to, int64_t from)
{
    s->keys[to] = s->keys[from];
    if (s->values != NULL) {
        s->values[to] = s->values[from];
    }
}
static ALWAYS_INLINE void take_scratch(Sort *s, int64_t to, int64_t from)
{
    s->keys[to] = s->scratch_keys[from];
    if (s->values != NULL) {
        s->values[to] = s->scratch_values[from];
    }
}
static void move_items(Sort *s, int64_t to, int64_t from, int64_t n)
{
    memmove(s->keys + to, s->keys + from, (size_t)n * sizeof(Value));
    if (s->values != NULL) {
        memmove(s->values + to, s->values + from, (size_t)n * sizeof(Value));
    }
}
static void copy_from_scratch(Sort *s, int64_t to, int64_t from, int64_t n)
{
    memcpy(s->keys + to, s->scratch_keys + from, (size_t)n * sizeof(Value));
    if (s->values != NULL) {
        memcpy(s->values + to, s->scratch_values + from, (size_t)n * sizeof(Value));
    }
}
static void copy_to_scratch(Sort *s, int64_t from, int64_t n)
{
    memcpy(s->scratch_keys, s->keys + from, (size_t)n * sizeof(Value));
    if (s->values != NULL) {
        memcpy(s->scratch_values, s->values + from, (size_t)n * sizeof(Value));
    }
}

static void sort_release(Sort *s)
{
    if (s->scratch_keys != s->local) {
        raw_free(s->ts, s->scratch_keys);
    }
}

// Room for n items to be set aside.
static bool sort_reserve(Sort *s, int64_t n)
{
    if (n <= s->scratch_size) {
        return true;
    }
    size_t halves = s->values != NULL ? 2 : 1;
    Value *fresh = raw_alloc(s->ts, (size_t)n * halves * sizeof(Value));
    if (fresh == NULL) {
        return false;
    }
    sort_release(s);
    s->scratch_keys = fresh;
    s->scratch_values = s->values != NULL ? fresh + n : NULL;
    s->scratch_size = n;
    return true;
}

// Runs shorter than this are extended: n / least_run(n) is a power of two or a little less.
static int64_t least_run(int64_t n)
{
    int64_t rest = 0;
    while (n >= RUN_LEAST_MAX) {
        rest |= n & 1;
        n >>= 1;
    }
    return n + rest;
}

// The depth, in a balanced tree over all n items, of the node that separates two neighbouring runs:
// the first binary digit in which their midpoints (as fractions of n) differ.
static int node_power(int64_t start, int64_t length_a, int64_t length_b, int64_t n)
{
    int64_t a = 2 * start + length_a;
    int64_t b = a + length_a + length_b;
    for (int power = 1;; power++) {
        if (a >= n) {
            a -= n;
            b -= n;
        } else if (b >= n) {
            return power;
        }
        a <<= 1;
        b <<= 1;
    }
}

// --- Comparing -----------------------------------------------------------------------------------

static ALWAYS_INLINE int less_int(Value a, Value b) { return (int64_t)a.bits < (int64_t)b.bits; }
static ALWAYS_INLINE int less_float(Value a, Value b) { return float_get(a) < float_get(b); }
static ALWAYS_INLINE int less_str(Value a, Value b)
{
    const Str *x = str_from(a), *y = str_from(b);
    if (LIKELY(str_width(x) == 1 && str_width(y) == 1)) {
        size_t common = MIN_OF(x->length, y->length);
        int order = memcmp(x->data, y->data, common);
        return order != 0 ? order < 0 : x->length < y->length;
    }
    return str_compare(a, b) < 0;
}
static int less_any(Sort *s, Value a, Value b)
{
    return (int)object_compare_truth(s->ts, a, b, OP_LT);
}
static int less_tuple(Sort *s, Value a, Value b)
{
    size_t count_a = tuple_count(a), count_b = tuple_count(b), common = MIN_OF(count_a, count_b),
           i = 0;
    for (; i < common; i++) {
        Truth same = value_equal(s->ts, tuple_item(a, i), tuple_item(b, i));
        if (same == TRUTH_ERROR) {
            return -1;
        }
        if (same == TRUTH_FALSE) {
            break;
        }
    }
    if (i == common) {
        return count_a < count_b;
    }
    Value x = tuple_item(a, i), y = tuple_item(b, i);
    if (values_are_small_ints(x, y)) {
        return less_int(x, y);
    }
    if (i == 0 && s->first == KEYS_STR) {
        return less_str(x, y);
    }
    if (i == 0 && s->first == KEYS_FLOAT) {
        return less_float(x, y);
    }
    return less_any(s, x, y);
}

#define SORT_NAME(f)       f##_ints
#define SORT_LESS(s, a, b) less_int(a, b)
#include "core/object/list_sort_template.h"
#define SORT_NAME(f)       f##_floats
#define SORT_LESS(s, a, b) less_float(a, b)
#include "core/object/list_sort_template.h"
#define SORT_NAME(f)       f##_strs
#define SORT_LESS(s, a, b) less_str(a, b)
#include "core/object/list_sort_template.h"
#define SORT_NAME(f)       f##_tuples
#define SORT_LESS(s, a, b) less_tuple(s, a, b)
#include "core/object/list_sort_template.h"
#define SORT_NAME(f)       f##_any
#define SORT_LESS(s, a, b) less_any(s, a, b)
#include "core/object/list_sort_template.h"

static KeySort sort_of_key(Value v)
{
    if (value_is_small_int(v)) {
        return KEYS_INT;
    }
    if (value_is_flonum(v) || value_is_exactly(v, KIND_FLOAT)) {
        return KEYS_FLOAT;
    }
    if (value_is_exactly(v, KIND_STR)) {
        return KEYS_STR;
    }
    return value_is_exactly(v, KIND_TUPLE) && tuple_count(v) > 0 ? KEYS_TUPLE : KEYS_ANY;
}

static KeySort sort_of_keys(const Value *keys, int64_t n, KeySort *first)
{
    KeySort all = sort_of_key(keys[0]);
    *first = all == KEYS_TUPLE ? sort_of_key(tuple_item(keys[0], 0)) : KEYS_ANY;
    for (int64_t i = 1; i < n; i++) {
        if (sort_of_key(keys[i]) != all) {
            return KEYS_ANY;
        }
        if (all == KEYS_TUPLE && *first != KEYS_ANY &&
            sort_of_key(tuple_item(keys[i], 0)) != *first) {
            *first = KEYS_ANY;
        }
    }
    return all;
}

static bool sort_values(ThreadState *ts, Value *keys, Value *values, int64_t n)
{
    if (n < 2) {
        return true;
    }
    Sort s; // not initialised as a whole: most of it is scratch
    s.ts = ts;
    s.keys = keys;
    s.values = values;
    s.run_count = 0;
    s.least_gallop = GALLOP_LEAST;
    s.scratch_keys = s.local;
    s.scratch_size =
        values != NULL ? (int64_t)ARRAY_LENGTH(s.local) / 2 : (int64_t)ARRAY_LENGTH(s.local);
    s.scratch_values = s.local + ARRAY_LENGTH(s.local) / 2;
    bool is_fine;
    switch (sort_of_keys(keys, n, &s.first)) {
    case KEYS_INT:
        is_fine = sort_ints(&s, n);
        break;
    case KEYS_FLOAT:
        is_fine = sort_floats(&s, n);
        break;
    case KEYS_STR:
        is_fine = sort_strs(&s, n);
        break;
    case KEYS_TUPLE:
        is_fine = sort_tuples(&s, n);
        break;
    default:
        is_fine = sort_any(&s, n);
        break;
    }
    sort_release(&s);
    return is_fine;
}

// --- The list ------------------------------------------------------------------------------------

static bool compute_keys(ThreadState *ts, Value key, const Value *items, Value *keys, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        Ref k = object_call1(ts, key, items[i]);
        if (is_error(k)) {
            values_drop(keys, (size_t)i);
            return false;
        }
        keys[i] = k.v;
    }
    return true;
}

// Sorts the items, reversed twice around a stable sort if `reverse`,
// so that equals keep their order.
static bool sort_items(ThreadState *ts, Value *items, int64_t n, Value key, bool reverse)
{
    Value *keys = NULL;
    if (!is_no_value(key) && !value_is_none(key)) {
        keys = raw_alloc(ts, (size_t)(n > 0 ? n : 1) * sizeof *keys);
        if (keys == NULL) {
            return false;
        }
        if (!compute_keys(ts, key, items, keys, n)) {
            raw_free(ts, keys);
            return false;
        }
    }
    if (reverse) {
        reverse_values(items, n);
        if (keys != NULL) {
            reverse_values(keys, n);
        }
    }
    bool is_fine = keys != NULL ? sort_values(ts, keys, items, n) : sort_values(ts, items, NULL, n);
    if (reverse) {
        reverse_values(items, n);
    }
    if (keys != NULL) {
        values_drop(keys, (size_t)n);
        raw_free(ts, keys);
    }
    return is_fine;
}

// Keys that are compared without script code are sorted aside while the list, locked, stays as it
// is: to others the sort happens at one moment. 1: done; 0: not such keys; -1: error.
static int sort_at_once(ThreadState *ts, List *l, bool reverse)
{
    size_t size = l->size;
    if (size == 0) {
        return 1;
    }
    Value *items = raw_alloc(ts, size * sizeof *items);
    if (items == NULL) {
        return -1;
    }
    for (size_t i = 0; i < size; i++) {
        items[i] = shared_ref_peek(&l->array->items[i]);
    }
    KeySort first;
    int result = sort_of_keys(items, (int64_t)size, &first) <= KEYS_STR;
    if (result == 1 && !sort_items(ts, items, (int64_t)size, NO_VALUE, reverse)) {
        result = -1;
    }
    for (size_t i = 0; i < size && result == 1; i++) {
        place_put(&l->array->items[i], items[i]);
    }
    raw_free(ts, items);
    return result;
}

// The array of a list that is being sorted, and what became of it.
typedef struct Detached {
    ListArray *array, *other; // other: what the list got meanwhile
    size_t size, other_size;
    bool is_fine;
} Detached;

// The list's lock is held, but script code may let it go for a while.
static void sort_detached(ThreadState *ts, List *l, Value key, bool reverse, Detached *d)
{
    bool was_concurrent = is_concurrent();
    d->array = l->array;
    d->size = l->size;
    if (d->array == NULL) {
        return;
    }
    atomic_store_relaxed(&l->size, 0);
    atomic_store_release(&l->array, NULL);
    // Readers that came too early may still look at the array: then a copy is sorted.
    Value *own = (Value *)(void *)d->array->items, *items = own;
    if (was_concurrent && d->size > 0) {
        items = raw_alloc(ts, d->size * sizeof *items);
        for (size_t i = 0; i < d->size && items != NULL; i++) {
            items[i] = shared_ref_peek(&d->array->items[i]);
        }
    }
    d->is_fine = items != NULL && sort_items(ts, items, (int64_t)d->size, key, reverse);
    for (size_t i = 0; items != own && items != NULL && i < d->size; i++) {
        place_put(&d->array->items[i], items[i]);
    }
    if (items != own && items != NULL) {
        raw_free(ts, items);
    }
    d->other = l->array;
    d->other_size = l->size;
    atomic_store_release(&l->array, d->array);
    atomic_store_relaxed(&l->size, d->size);
}

Status list_sort(ThreadState *ts, Value list, Value key, bool reverse)
{
    List *l = list_from(list);
    bool has_key = !is_no_value(key) && !value_is_none(key);
    Detached d = {.is_fine = true};
    int done = 0;
    CRITICAL_SECTION(ts, &l->head)
    {
        done = is_concurrent() && !has_key ? sort_at_once(ts, l, reverse) : 0;
        if (done == 0) {
            sort_detached(ts, l, key, reverse, &d);
        }
    }
    if (done != 0) {
        return done > 0 ? STATUS_OK : STATUS_ERROR;
    }
    if (d.other != NULL) {
        places_drop(d.other->items, d.other_size);
        array_free(ts, d.other);
        if (d.is_fine) {
            return raise_status(ts, EXC_ValueError, "list modified during sort");
        }
    }
    return d.is_fine ? STATUS_OK : STATUS_ERROR;
}
