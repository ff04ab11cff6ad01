// While one thread has stopped the world no other is attached; afterwards all go on.
#include "tests/unit/gil/gil_test.h"

#include <poll.h>

#include "gil/safepoint.h"

static struct {
    uint64_t value;   // written by attached threads without any lock; read in pauses
    uint32_t running; // atomic: threads inside a step that no pause may interrupt
    bool stop;        // atomic
    uint64_t steps;   // atomic
    TestObject *object;
} world;

static void step(ThreadState *ts)
{
    atomic_add_relaxed(&world.running, 1u);
    for (int i = 0; i < 20; i++) {
        spin_pause();
    }
    atomic_add_relaxed(&world.running, (uint32_t)-1);
    atomic_add_relaxed(&world.steps, (uint64_t)1);
    CHECK(safepoint_poll(ts));
}

static void compute(ThreadState *ts, void *argument)
{
    while (!atomic_load_relaxed(&world.stop)) {
        step(ts);
    }
}

static void block_often(ThreadState *ts, void *argument)
{
    while (!atomic_load_relaxed(&world.stop)) {
        step(ts);
        wait_begin(ts);
        poll(NULL, 0, 0);
        wait_end(ts);
    }
}

static void lock_often(ThreadState *ts, void *argument)
{
    while (!atomic_load_relaxed(&world.stop)) {
        CRITICAL_SECTION(ts, &world.object->head)
        {
            step(ts); // a safepoint inside: the section is let go there
        }
    }
}

static void short_life(ThreadState *ts, void *argument) { step(ts); }

static void spawn(ThreadState *ts, void *argument)
{
    while (!atomic_load_relaxed(&world.stop)) {
        TestThread child;
        test_thread_start(&child, short_life, NULL);
        test_thread_join(&child);
    }
}

static void pause_and_look(ThreadState *ts, void *argument)
{
    for (int i = 0; i < TEST_ROUNDS / 100; i++) {
        stop_the_world(ts);
        CHECK(atomic_load_relaxed(&world.running) == 0);
        uint64_t steps = atomic_load_relaxed(&world.steps);
        stop_the_world(ts); // nested
        safepoint_serve_runtime(ts);
        CRITICAL_SECTION(ts, &world.object->head) { world.value++; }
        start_the_world(ts);
        for (int k = 0; k < 200; k++) {
            spin_pause();
        }
        CHECK(atomic_load_relaxed(&world.running) == 0);
        CHECK(atomic_load_relaxed(&world.steps) == steps);
        start_the_world(ts);
        step(ts);
    }
}

static void stop__all_kinds_of_threads__alone(void **state)
{
    static void (*const bodies[])(ThreadState *, void *) = {compute, block_often, lock_often,
                                                            spawn};
    world.object = test_object(test_main_state, 0);
    world.stop = false;
    world.value = 0;
    TestThread others[ARRAY_LENGTH(bodies)], requesters[2];
    for (size_t i = 0; i < ARRAY_LENGTH(bodies); i++) {
        test_thread_start(&others[i], bodies[i], NULL);
    }
    for (int i = 0; i < 2; i++) {
        test_thread_start(&requesters[i], pause_and_look, NULL);
    }
    for (int i = 0; i < 2; i++) {
        test_thread_join(&requesters[i]);
    }
    atomic_store_relaxed(&world.stop, true);
    for (size_t i = 0; i < ARRAY_LENGTH(bodies); i++) {
        test_thread_join(&others[i]);
    }
    assert_int_equal(world.value, 2 * (TEST_ROUNDS / 100));
    assert_true(pause_stats().count >= world.value);
    Ref r = REF_FROM_NEW(world.object);
    ref_drop(&r);
}

// One thread pauses without end; another must get its turns all the same.
static void count_turns(ThreadState *ts, void *argument)
{
    for (int i = 0; i < 200; i++) {
        wait_begin(ts);
        wait_end(ts);
        CHECK(safepoint_poll(ts));
    }
    atomic_store_relaxed(&world.stop, true);
}

static void stop__back_to_back__others_get_their_turn(void **state)
{
    TestThread other;
    world.stop = false;
    test_thread_start(&other, count_turns, NULL);
    uint64_t limit = clock_monotonic_ns() + 60000000000u;
    while (!atomic_load_relaxed(&world.stop)) {
        stop_the_world(test_main_state);
        start_the_world(test_main_state);
        assert_true(safepoint_poll(test_main_state));
        assert_true(clock_monotonic_ns() < limit);
    }
    test_thread_join(&other);
}

// A thread that is asleep for good does not hold up a pause.
static Event never;
static void sleep_until_told(ThreadState *ts, void *argument)
{
    CHECK(event_wait(ts, &never, WAIT_FOREVER) == WAIT_DONE);
}

static void stop__sleeping_threads__takes_no_time(void **state)
{
    TestThread sleepers[8];
    event_clear(&never);
    for (int i = 0; i < 8; i++) {
        test_thread_start(&sleepers[i], sleep_until_told, NULL);
    }
    test_sleep_ms(test_main_state, 20);
    uint64_t best = UINT64_MAX;
    for (int i = 0; i < 1000 && best >= 1000000; i++) {
        uint64_t start = clock_monotonic_ns();
        stop_the_world(test_main_state);
        start_the_world(test_main_state);
        best = MIN_OF(best, clock_monotonic_ns() - start);
    }
    event_set(&never);
    for (int i = 0; i < 8; i++) {
        test_thread_join(&sleepers[i]);
    }
    assert_true(best < 1000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(stop__all_kinds_of_threads__alone),
        TEST(stop__back_to_back__others_get_their_turn),
        TEST(stop__sleeping_threads__takes_no_time),
    };
    return RUN_TESTS(tests);
}
