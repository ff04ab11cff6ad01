// tests/unit/core/test_containers.c: lists, dicts and sets under several threads: whoever
// reads without a lock gets an item that was there, never another one, never freed memory. Run
// it under ThreadSanitizer.
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/object/dict.h"
#include "core/object/list.h"
#include "core/object/object.h"
#include "core/object/set.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/runtime.h"

enum { THREADS = 4, KEYS = 24 };

static int rounds; // per thread
static Ref shared;
static uint32_t failures; // atomic

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

#define EXPECT(x)                                                                                  \
    do {                                                                                           \
        if (!(x) && atomic_add_relaxed(&failures, 1) == 0) {                                       \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #x);                                \
        }                                                                                          \
    } while (0)

// An item tells whether it is itself: (n, 2 n + 1).
static Ref make_item(ThreadState *ts, int64_t n)
{
    return tuple_pack(ts, 2, small_int(n), small_int(2 * n + 1));
}
static bool item_is(Value item, int64_t n)
{
    return value_is_exactly(item, KIND_TUPLE) && tuple_count(item) == 2 &&
           small_int_get(tuple_item(item, 0)) == n &&
           small_int_get(tuple_item(item, 1)) == 2 * n + 1;
}
static bool is_item(Value item)
{
    return value_is_exactly(item, KIND_TUPLE) && tuple_count(item) == 2 &&
           item_is(item, small_int_get(tuple_item(item, 0)));
}
// A fresh str each time: keys are equal, not identical.
static Ref make_key(ThreadState *ts, int64_t n)
{
    char text[32];
    int size = snprintf(text, sizeof text, "key number %d", (int)n);
    return str_from_ascii(ts, text, (size_t)size);
}

static void use_list(ThreadState *ts, uint64_t random)
{
    List *l = list_from(shared.v);
    uint64_t choice = random % 64, n = random >> 8 & 1023;
    if (choice < 12) {
        EXPECT(list_append_ref(ts, l, make_item(ts, (int64_t)n)) == STATUS_OK);
    } else if (choice < 18) {
        OWNED Ref item = list_take(ts, l, n % 40);
        EXPECT(is_error(item) || is_item(item.v));
    } else if (choice < 22) {
        OWNED Ref item = make_item(ts, (int64_t)n);
        EXPECT(list_insert(ts, l, (int64_t)(n % 50), item.v) == STATUS_OK);
    } else if (choice < 26) {
        if (list_set(ts, l, n % 30, make_item(ts, (int64_t)n)) == STATUS_ERROR) {
            exception_clear(ts);
        }
    } else if (choice == 26) {
        list_clear(ts, l);
    } else if (choice == 27) {
        list_reverse(ts, l);
    } else if (choice == 28) {
        OWNED Ref copy = list_slice(ts, l, n % 10, n % 60);
        for (size_t i = 0; i < list_size(list_from(copy.v)); i++) {
            OWNED Ref item = list_get(ts, list_from(copy.v), i);
            EXPECT(is_item(item.v));
        }
    } else if (choice == 29 && list_size(l) > 200) {
        list_clear(ts, l);
    } else {
        OWNED Ref item = list_get(ts, l, n % 40);
        EXPECT(is_error(item) || is_item(item.v));
    }
}

static void use_dict(ThreadState *ts, uint64_t random)
{
    Dict *d = dict_from(shared.v);
    uint64_t choice = random % 64;
    int64_t n = (int64_t)(random >> 8 & 0xFFFFFF) % KEYS;
    OWNED Ref key = random >> 40 & 1 ? make_key(ts, n) : REF_OF(small_int(n));
    OWNED Ref value = NO_REF;
    if (choice < 10) {
        value = make_item(ts, n);
        EXPECT(dict_set(ts, d, key.v, value.v) == STATUS_OK);
    } else if (choice < 14) {
        Lookup found = dict_pop(ts, d, key.v, &value);
        EXPECT(found != LOOKUP_ERROR && (found == LOOKUP_ABSENT || item_is(value.v, n)));
    } else if (choice == 14) {
        dict_clear(ts, d);
    } else if (choice == 15) {
        OWNED Ref copy = dict_copy(ts, d);
        EXPECT(!is_error(copy));
    } else if (choice == 16) {
        OWNED Ref fresh = make_item(ts, n);
        EXPECT(dict_set_default(ts, d, key.v, fresh.v, &value) != LOOKUP_ERROR &&
               item_is(value.v, n));
    } else if (choice == 17) {
        size_t position = 0;
        Ref k, v;
        while (dict_next(ts, d, &position, &k, &v)) {
            EXPECT(is_item(v.v));
            EXPECT(value_is_str(k.v) || item_is(v.v, small_int_get(k.v)));
            ref_drop(&k);
            ref_drop(&v);
        }
    } else {
        Lookup found = dict_get(ts, d, key.v, &value);
        EXPECT(found != LOOKUP_ERROR && (found == LOOKUP_ABSENT || item_is(value.v, n)));
    }
}

static void use_set(ThreadState *ts, uint64_t random)
{
    uint64_t choice = random % 64;
    int64_t n = (int64_t)(random >> 8 & 0xFFFFFF) % KEYS;
    OWNED Ref key = random >> 40 & 1 ? make_key(ts, n) : REF_OF(small_int(n));
    if (choice < 16) {
        EXPECT(set_add(ts, shared.v, key.v) == STATUS_OK);
    } else if (choice < 26) {
        EXPECT(set_discard(ts, shared.v, key.v) != LOOKUP_ERROR);
    } else if (choice == 26) {
        OWNED Ref copy = set_new(ts, shared.v);
        EXPECT(!is_error(copy));
    } else if (choice == 27) {
        size_t position = 0;
        Ref item;
        while (set_next(ts, shared.v, &position, &item)) {
            EXPECT(value_is_small_int(item.v) || value_is_str(item.v));
            ref_drop(&item);
        }
    } else {
        EXPECT(set_contains(ts, shared.v, key.v) != LOOKUP_ERROR);
    }
}

typedef struct Worker {
    pthread_t thread;
    uint64_t seed;
    void (*use)(ThreadState *ts, uint64_t random);
} Worker;

static void *work(void *argument)
{
    Worker *w = argument;
    ThreadState *ts = runtime_thread_enter();
    uint64_t random = w->seed;
    for (int i = 0; i < rounds; i++) {
        w->use(ts, next_random(&random));
        if ((i & 15) == 0) {
            EXPECT(safepoint_poll(ts));
        }
    }
    runtime_thread_leave(ts);
    return NULL;
}

static void run_threads(ThreadState *ts, Ref container, void (*use)(ThreadState *, uint64_t))
{
    Worker workers[THREADS];
    shared = container;
    failures = 0;
    threads_note_second();
    for (int i = 0; i < THREADS; i++) {
        workers[i] = (Worker){.seed = 88172645463325252u * (uint64_t)(i + 1), .use = use};
        pthread_create(&workers[i].thread, NULL, work, &workers[i]);
    }
    thread_detach(ts);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(workers[i].thread, NULL);
    }
    thread_attach(ts);
    ref_drop(&shared);
    assert_int_equal(failures, 0);
}

static void list__many_threads__items_stay_whole(void **state)
{
    run_threads(*state, list_new(*state, 0), use_list);
}
static void dict__many_threads__values_fit_keys(void **state)
{
    run_threads(*state, dict_new(*state), use_dict);
}
static void set__many_threads__members_stay_whole(void **state)
{
    run_threads(*state, set_new(*state, NO_VALUE), use_set);
}

static void list__sort__stable_and_sorted(void **state)
{
    ThreadState *ts = *state;
    uint64_t random = 7;
    for (int n = 0; n < 700; n += 13) {
        OWNED Ref list = list_new(ts, 0);
        for (int i = 0; i < n; i++) {
            OWNED Ref item =
                tuple_pack(ts, 2, small_int((int64_t)(next_random(&random) % 20)), small_int(i));
            assert_int_equal(list_append(ts, list_from(list.v), item.v), STATUS_OK);
        }
        assert_int_equal(list_sort(ts, list.v, NO_VALUE, n % 2 == 1), STATUS_OK);
        for (int i = 1; i < n; i++) {
            OWNED Ref a = list_get(ts, list_from(list.v), (size_t)i - 1);
            OWNED Ref b = list_get(ts, list_from(list.v), (size_t)i);
            Truth less = object_compare_truth(ts, a.v, b.v, OP_LT);
            assert_int_equal(less, n % 2 == 1 ? TRUTH_FALSE : TRUTH_TRUE);
        }
    }
}

static void dict__many_keys__found_in_order(void **state)
{
    ThreadState *ts = *state;
    OWNED Ref dict = dict_new(ts);
    Dict *d = dict_from(dict.v);
    for (int64_t i = 0; i < 20000; i++) {
        OWNED Ref key = make_key(ts, i);
        assert_int_equal(dict_set(ts, d, key.v, small_int(i)), STATUS_OK);
        assert_int_equal(dict_set(ts, d, small_int(i * 1024), small_int(i)), STATUS_OK);
    }
    assert_int_equal(dict_size(d), 40000);
    for (int64_t i = 0; i < 20000; i += 2) {
        OWNED Ref key = make_key(ts, i);
        assert_int_equal(dict_delete(ts, d, key.v), LOOKUP_FOUND);
    }
    for (int64_t i = 0; i < 20000; i++) {
        OWNED Ref key = make_key(ts, i);
        Ref value;
        assert_int_equal(dict_get(ts, d, key.v, &value), i % 2 == 0 ? LOOKUP_ABSENT : LOOKUP_FOUND);
        assert_int_equal(dict_get(ts, d, small_int(i * 1024), &value), LOOKUP_FOUND);
        assert_int_equal(small_int_get(value.v), i);
    }
    size_t position = 0, seen = 0;
    int64_t last = -1;
    Ref key, value;
    while (dict_next(ts, d, &position, &key, &value)) {
        assert_true(small_int_get(value.v) >= last);
        last = small_int_get(value.v);
        seen++;
        ref_drop(&key);
        ref_drop(&value);
    }
    assert_int_equal(seen, 30000);
}

static void namespace__emptied_and_filled__moves_to_the_end(void **state)
{
    ThreadState *ts = *state;
    OWNED Ref dict = namespace_new(ts);
    Dict *d = dict_from(dict.v);
    for (int i = 0; i < 100; i++) {
        OWNED Ref key = make_key(ts, i);
        assert_int_equal(dict_set(ts, d, key.v, small_int(i)), STATUS_OK);
    }
    OWNED Ref first = make_key(ts, 0);
    Cell *cell = namespace_cell(ts, d, first.v, false);
    assert_non_null(cell);
    Ref old;
    assert_true(namespace_cell_replace(ts, cell, REF_OF(small_int(-1)), &old));
    assert_int_equal(dict_delete(ts, d, first.v), LOOKUP_FOUND);
    assert_int_equal(dict_size(d), 99);
    assert_false(namespace_cell_replace(ts, cell, REF_OF(small_int(5)), &old));
    assert_int_equal(dict_get(ts, d, first.v, &old), LOOKUP_ABSENT);
    assert_int_equal(dict_set(ts, d, first.v, small_int(7)), STATUS_OK);
    assert_ptr_equal(namespace_cell(ts, d, first.v, false), cell);
    size_t position = SIZE_MAX;
    Ref key, value;
    size_t at = 0, count = 0;
    position = 0;
    while (dict_next(ts, d, &at, &key, &value)) {
        position = (size_t)small_int_get(value.v);
        ref_drop(&key);
        count++;
    }
    assert_int_equal(position, 7);
    assert_int_equal(count, 100);
}

int main(void)
{
    const char *text = getenv("ADDER_TEST_ROUNDS");
    rounds = text == NULL ? 20000 : atoi(text);
    RuntimeOptions options = {0};
    ThreadState *ts = runtime_create(&options);
    if (ts == NULL) {
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(list__sort__stable_and_sorted, ts),
        cmocka_unit_test_prestate(dict__many_keys__found_in_order, ts),
        cmocka_unit_test_prestate(namespace__emptied_and_filled__moves_to_the_end, ts),
        cmocka_unit_test_prestate(list__many_threads__items_stay_whole, ts),
        cmocka_unit_test_prestate(dict__many_threads__values_fit_keys, ts),
        cmocka_unit_test_prestate(set__many_threads__members_stay_whole, ts),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    return failed != 0 ? failed : runtime_destroy(ts, 0);
}
