// One holder at a time; nobody starves, nobody's wake-up is lost, and a thread that waits for input
// is not held up by one that computes.
#include "tests/unit/gil/gil_test.h"

#include <poll.h>
#include <unistd.h>

static struct {
    uint64_t value;  // the GIL guards it
    uint32_t inside; // atomic
    bool stop;       // atomic
    uint64_t turns[4];
} shared;

static void add(ThreadState *ts, void *argument)
{
    uint64_t seed = (uintptr_t)argument;
    for (int i = 0; i < TEST_ROUNDS; i++) {
        CHECK(atomic_add_relaxed(&shared.inside, 1u) == 0);
        shared.value++;
        atomic_add_relaxed(&shared.inside, (uint32_t)-1);
        if (test_random(&seed) % 16 == 0) {
            wait_begin(ts);
            wait_end(ts);
        }
        CHECK(safepoint_poll(ts));
    }
}

static void gil__four_threads__one_at_a_time(void **state)
{
    TestThread threads[4];
    shared.value = 0;
    for (uintptr_t i = 0; i < 4; i++) {
        test_thread_start(&threads[i], add, (void *)(i + 1));
    }
    for (int i = 0; i < 4; i++) {
        test_thread_join(&threads[i]);
    }
    assert_int_equal(shared.value, 4 * TEST_ROUNDS);
}

static void compute(ThreadState *ts, void *argument)
{
    uint64_t *turns = argument;
    while (!atomic_load_relaxed(&shared.stop)) {
        for (int i = 0; i < 100; i++) {
            spin_pause();
        }
        atomic_add_relaxed(turns, (uint64_t)1);
        CHECK(safepoint_poll(ts));
    }
}

// Whether each of three threads has its part of the next milliseconds.
static bool all_get_turns(uint64_t ms)
{
    uint64_t turns[3], sum = 0;
    for (int i = 0; i < 3; i++) {
        turns[i] = atomic_load_relaxed(&shared.turns[i]);
    }
    test_sleep_ms(test_main_state, ms);
    for (int i = 0; i < 3; i++) {
        turns[i] = atomic_load_relaxed(&shared.turns[i]) - turns[i];
        sum += turns[i];
    }
    return turns[0] > sum / 12 && turns[1] > sum / 12 && turns[2] > sum / 12;
}

static void gil__threads_compute__all_get_on(void **state)
{
    TestThread threads[3];
    shared.stop = false;
    memset(shared.turns, 0, sizeof shared.turns);
    for (int i = 0; i < 3; i++) {
        test_thread_start(&threads[i], compute, &shared.turns[i]);
    }
    // Whom the GIL starves it starves each time; whom the machine keeps away, now and then.
    bool all_get_on = false;
    for (int i = 0; i < 30 && !all_get_on; i++) {
        all_get_on = all_get_turns(300);
    }
    atomic_store_relaxed(&shared.stop, true);
    for (int i = 0; i < 3; i++) {
        test_thread_join(&threads[i]);
    }
    assert_true(all_get_on);
}

// Round trips through a pipe while two threads compute.
static int ping[2], pong[2];

static void *echo(void *argument)
{
    char c;
    while (read(ping[0], &c, 1) == 1) {
        CHECK(write(pong[1], &c, 1) == 1);
    }
    return NULL;
}

static uint64_t round_trip_us(unsigned trips)
{
    uint64_t start = clock_monotonic_ns();
    for (unsigned i = 0; i < trips; i++) {
        char c = 'x';
        assert_int_equal(write(ping[1], &c, 1), 1);
        wait_begin(test_main_state);
        assert_int_equal(read(pong[0], &c, 1), 1);
        wait_end(test_main_state);
        assert_true(safepoint_poll(test_main_state));
    }
    return (clock_monotonic_ns() - start) / trips / 1000;
}

static void gil__input_while_others_compute__no_convoy(void **state)
{
    pthread_t echoer;
    TestThread threads[2];
    assert_int_equal(pipe(ping) | pipe(pong), 0);
    pthread_create(&echoer, NULL, echo, NULL);
    shared.stop = false;
    for (int i = 0; i < 2; i++) {
        test_thread_start(&threads[i], compute, &shared.turns[i]);
    }
    test_sleep_ms(test_main_state, 20);
    // A convoy would cost a switch interval (5 ms) and more each time; a machine that is busy, now and then.
    uint64_t each_us = UINT64_MAX;
    for (int i = 0; i < 30 && each_us >= 3000; i++) {
        each_us = MIN_OF(each_us, round_trip_us(50));
    }
    atomic_store_relaxed(&shared.stop, true);
    for (int i = 0; i < 2; i++) {
        test_thread_join(&threads[i]);
    }
    close(ping[1]);
    pthread_join(echoer, NULL);
    close(ping[0]);
    close(pong[0]);
    close(pong[1]);
    print_message("one round trip: %lu us\n", (unsigned long)each_us);
    assert_true(each_us < 3000);
    assert_true(threads_waits().gil_ns > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(gil__four_threads__one_at_a_time),
        TEST(gil__threads_compute__all_get_on),
        TEST(gil__input_while_others_compute__no_convoy),
    };
    return RUN_TESTS(tests);
}
