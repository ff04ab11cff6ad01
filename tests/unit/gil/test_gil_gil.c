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

static void gil__threads_compute__all_get_on(void **state)
{
    TestThread threads[3];
    shared.stop = false;
    memset(shared.turns, 0, sizeof shared.turns);
    for (int i = 0; i < 3; i++) {
        test_thread_start(&threads[i], compute, &shared.turns[i]);
    }
    test_sleep_ms(test_main_state, 300);
    atomic_store_relaxed(&shared.stop, true);
    for (int i = 0; i < 3; i++) {
        test_thread_join(&threads[i]);
    }
    uint64_t sum = shared.turns[0] + shared.turns[1] + shared.turns[2];
    for (int i = 0; i < 3; i++) {
        assert_true(shared.turns[i] > sum / 12);
    }
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
    uint64_t start = clock_monotonic_ns();
    for (int i = 0; i < 100; i++) {
        char c = 'x';
        assert_int_equal(write(ping[1], &c, 1), 1);
        wait_begin(test_main_state);
        assert_int_equal(read(pong[0], &c, 1), 1);
        wait_end(test_main_state);
        assert_true(safepoint_poll(test_main_state));
    }
    uint64_t each_us = (clock_monotonic_ns() - start) / 100 / 1000;
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
    // A convoy would cost a switch interval (5 ms) and more each time.
    assert_true(each_us < 4000);
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
