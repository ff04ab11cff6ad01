// At exit other threads can never attach again; what they kept is taken over. (In a program of its
// own: the threads hang until the process ends.)
#include "tests/unit/gil/gil_test.h"

#include <poll.h>

#include "gil/qsbr.h"
#include "gil/safepoint.h"

enum { OTHERS = 10 };

static uint32_t steps; // atomic: turns of threads that compute or wait
static uint32_t ready; // atomic
static Ref shared[OTHERS];
static ScriptLock lock;

static void note_ready(void) { atomic_add_acq_rel(&ready, 1u); }

static void compute(ThreadState *ts, void *argument)
{
    size_t i = (size_t)(uintptr_t)argument;
    shared[i] = test_ref(ts, 1);
    note_ready();
    for (;;) {
        atomic_add_relaxed(&steps, 1u);
        free_after_grace(ts, heap_alloc_raw(ts->heap, 1000));
        CHECK(safepoint_poll(ts));
    }
}

static void wait_often(ThreadState *ts, void *argument)
{
    size_t i = (size_t)(uintptr_t)argument;
    shared[i] = test_ref(ts, 1);
    note_ready();
    for (;;) {
        atomic_add_relaxed(&steps, 1u);
        wait_begin(ts);
        poll(NULL, 0, 1);
        wait_end(ts);
    }
}

static void wait_for_lock(ThreadState *ts, void *argument)
{
    size_t i = (size_t)(uintptr_t)argument;
    shared[i] = test_ref(ts, 1);
    note_ready();
    WaitResult result = script_lock_acquire(ts, &lock, WAIT_FOREVER);
    CHECK(result != WAIT_DONE);
}

static TestObject *object;

static void fight_for_section(ThreadState *ts, void *argument)
{
    size_t i = (size_t)(uintptr_t)argument;
    shared[i] = test_ref(ts, 1);
    note_ready();
    for (;;) {
        CRITICAL_SECTION(ts, &object->head)
        {
            uint64_t until = clock_monotonic_ns() + 200000;
            while (clock_monotonic_ns() < until) {
                spin_pause();
            }
        }
        CHECK(safepoint_poll(ts));
    }
}

static void pause_often(ThreadState *ts, void *argument)
{
    size_t i = (size_t)(uintptr_t)argument;
    shared[i] = test_ref(ts, 1);
    note_ready();
    for (;;) {
        stop_the_world(ts);
        uint64_t until = clock_monotonic_ns() + 200000;
        while (clock_monotonic_ns() < until) {
            spin_pause();
        }
        start_the_world(ts);
        CHECK(safepoint_poll(ts));
    }
}

static void shut_down__threads_of_all_kinds__hang_for_ever(void **state)
{
    static void (*const bodies[])(ThreadState *, void *) = {compute, wait_often, wait_for_lock,
                                                            fight_for_section, pause_often};
    TestThread threads[OTHERS];
    assert_true(script_lock_try(&lock));
    object = test_object(test_main_state, 0);
    for (uintptr_t i = 0; i < OTHERS; i++) {
        test_thread_start(&threads[i], bodies[i % 5], (void *)i);
    }
    while (atomic_load_acquire(&ready) < OTHERS) {
        test_sleep_ms(test_main_state, 1);
    }
    test_sleep_ms(test_main_state, 20);
    threads_shut_down_others(test_main_state);
    assert_int_equal(threads_count(), 1);
    uint32_t then = atomic_load_relaxed(&steps);
    assert_true(script_lock_release(&lock));
    test_sleep_ms(test_main_state, 50);
    assert_int_equal(atomic_load_relaxed(&steps), then);
    // Whatever lock they may have been handed is not taken again.
    for (int i = 0; i < 3; i++) {
        stop_the_world(test_main_state);
        start_the_world(test_main_state);
        CRITICAL_SECTION(test_main_state, &object->head) { object->payload++; }
    }
    Ref r = REF_FROM_NEW(object);
    ref_drop(&r);
    // Their objects are ours to free.
    for (int i = 0; i < OTHERS; i++) {
        ref_drop(&shared[i]);
    }
    assert_true(safepoint_poll(test_main_state));
    stop_the_world(test_main_state);
    reclaim_all_stopped();
    start_the_world(test_main_state);
    // Nor does a new thread come up.
    TestThread late;
    test_thread_start(&late, compute, NULL);
    test_sleep_ms(test_main_state, 20);
    assert_int_equal(atomic_load_relaxed(&steps), then);
}

static void send_exception__thread_or_none(void **state)
{
    assert_false(thread_send_exception(12345, test_ref(test_main_state, 1)));
    assert_true(thread_send_exception(test_main_state->native_ident, test_ref(test_main_state, 1)));
    assert_true(thread_send_exception(test_main_state->native_ident, test_ref(test_main_state, 2)));
    OWNED Ref sent = thread_take_sent_exception(test_main_state);
    assert_int_equal(test_object_of(sent.v)->payload, 2);
    assert_true(is_error(thread_take_sent_exception(test_main_state)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(send_exception__thread_or_none),
        TEST(shut_down__threads_of_all_kinds__hang_for_ever),
    };
    return RUN_TESTS(tests);
}
