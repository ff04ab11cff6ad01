// Nothing is freed while a reader may look at it, and everything is freed in the end.
#include "tests/unit/gil/gil_test.h"

#include "gil/qsbr.h"

enum { ARRAY_WORDS = 64, ARRAY_ALIVE = 0xA11FE };

typedef struct Array {
    uint64_t words[ARRAY_WORDS];
} Array;

static Array *current; // atomic
static bool stop;      // atomic

static Array *make_array(ThreadState *ts)
{
    Array *a = heap_alloc_raw(ts->heap, sizeof *a);
    CHECK(a != NULL);
    for (int i = 0; i < ARRAY_WORDS; i++) {
        atomic_store_relaxed(&a->words[i], (uint64_t)ARRAY_ALIVE);
    }
    return a;
}

static void read_arrays(ThreadState *ts, void *argument)
{
    while (!atomic_load_relaxed(&stop)) {
        Array *a = atomic_load_acquire(&current);
        for (int i = 0; i < ARRAY_WORDS; i++) {
            CHECK(atomic_load_relaxed(&a->words[i]) == ARRAY_ALIVE);
        }
        CHECK(safepoint_poll(ts));
    }
}

static void replace_arrays(ThreadState *ts, void *argument)
{
    for (int i = 0; i < TEST_ROUNDS; i++) {
        Array *fresh = make_array(ts);
        Array *old = atomic_exchange_acq_rel(&current, fresh);
        free_after_grace(ts, old);
        if (i % 64 == 0) {
            wait_begin(ts);
            wait_end(ts);
        }
        CHECK(safepoint_poll(ts));
    }
}

static void free_after_grace__readers_run__never_early(void **state)
{
    current = make_array(test_main_state);
    stop = false;
    TestThread readers[2], writers[2];
    for (int i = 0; i < 2; i++) {
        test_thread_start(&readers[i], read_arrays, NULL);
        test_thread_start(&writers[i], replace_arrays, NULL);
    }
    for (int i = 0; i < 2; i++) {
        test_thread_join(&writers[i]);
    }
    atomic_store_relaxed(&stop, true);
    for (int i = 0; i < 2; i++) {
        test_thread_join(&readers[i]);
    }
    heap_free_raw(test_main_state->heap, current);
    stop_the_world(test_main_state);
    reclaim_all_stopped();
    start_the_world(test_main_state);
    assert_int_equal(qsbr_stats().waiting_bytes, 0);
    assert_int_equal(qsbr_stats().lost_blocks, 0);
}

// A reader that never comes to a safepoint holds everything back, until it detaches.
static Event reading, let_go;

static void read_for_long(ThreadState *ts, void *argument)
{
    event_set(&reading);
    while (!event_is_set(&let_go)) {
        spin_pause();
    }
}

static void run_safepoints(int n)
{
    for (int i = 0; i < n; i++) {
        assert_true(safepoint_poll(test_main_state));
    }
}

static void free_after_grace__reader_stays__waits_for_it(void **state)
{
    TestThread reader;
    event_clear(&reading);
    event_clear(&let_go);
    test_thread_start(&reader, read_for_long, NULL);
    assert_int_equal(event_wait(test_main_state, &reading, WAIT_FOREVER), WAIT_DONE);
    uint64_t freed = qsbr_stats().freed_bytes;
    for (int i = 0; i < 1000; i++) {
        free_after_grace(test_main_state, make_array(test_main_state));
        run_safepoints(1);
    }
    assert_int_equal(qsbr_stats().freed_bytes, freed);
    event_set(&let_go);
    test_thread_join(&reader);
    for (int i = 0; i < 1000; i++) {
        free_after_grace(test_main_state, make_array(test_main_state));
        run_safepoints(1);
    }
    assert_true(qsbr_stats().freed_bytes > freed + 1000 * sizeof(Array));
    assert_true(qsbr_stats().waiting_bytes < 512 * 1024);
}

// Few but large blocks: bytes alone must hurry the grace period.
static void free_after_grace__large_blocks__bytes_bound(void **state)
{
    for (int i = 0; i < 200; i++) {
        void *block = heap_alloc_raw(test_main_state->heap, 1 << 20);
        assert_non_null(block);
        free_after_grace(test_main_state, block);
        run_safepoints(1);
        assert_true(qsbr_stats().waiting_bytes < 4 << 20);
    }
}

static void free_some_and_end(ThreadState *ts, void *argument)
{
    for (int i = 0; i < 10; i++) {
        free_after_grace(ts, make_array(ts));
    }
}

static void thread_ends__waiting_memory__handed_over(void **state)
{
    for (int i = 0; i < 50; i++) {
        TestThread thread;
        test_thread_start(&thread, free_some_and_end, NULL);
        test_thread_join(&thread);
        run_safepoints(1);
    }
    // The last one's may wait still; all others' have passed.
    assert_true(qsbr_stats().waiting_bytes < 512 * 1024);
    stop_the_world(test_main_state);
    reclaim_all_stopped();
    start_the_world(test_main_state);
    assert_int_equal(qsbr_stats().waiting_bytes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(free_after_grace__readers_run__never_early),
        TEST(free_after_grace__reader_stays__waits_for_it),
        TEST(free_after_grace__large_blocks__bytes_bound),
        TEST(thread_ends__waiting_memory__handed_over),
    };
    return RUN_TESTS(tests);
}
