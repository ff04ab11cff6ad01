// Mutual exclusion, hand-over, and no waiter left behind.
#include "tests/unit/gil/gil_test.h"

#include "gil/mutex.h"

static struct {
    Mutex mutex;
    uint64_t counter; // mutex
    bool stop;
    uint64_t turns[4];
} shared;

static void add_attached(ThreadState *ts, void *argument)
{
    for (int i = 0; i < TEST_ROUNDS; i++) {
        mutex_lock_attached(ts, &shared.mutex);
        shared.counter++;
        mutex_unlock(&shared.mutex);
        CHECK(safepoint_poll(ts));
    }
}

static void mutex_lock__four_threads__excludes(void **state)
{
    TestThread threads[4];
    shared.counter = 0;
    for (int i = 0; i < 4; i++) {
        test_thread_start(&threads[i], add_attached, NULL);
    }
    for (int i = 0; i < 4; i++) {
        test_thread_join(&threads[i]);
    }
    assert_int_equal(shared.counter, 4 * TEST_ROUNDS);
    assert_int_equal(shared.mutex.bits & MUTEX_LOCKED, 0);
}

static void *add_bare(void *argument)
{
    for (int i = 0; i < TEST_ROUNDS; i++) {
        mutex_lock(&shared.mutex);
        shared.counter++;
        mutex_unlock(&shared.mutex);
    }
    return NULL;
}

static void mutex_lock__threads_without_state__excludes(void **state)
{
    pthread_t threads[3];
    shared.counter = 0;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, add_bare, NULL), 0);
    }
    for (int i = 0; i < 3; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    assert_int_equal(shared.counter, 3 * TEST_ROUNDS);
}

// Holds the lock nearly always; the waiter must get it by hand-over.
static void *hog(void *argument)
{
    while (!atomic_load_relaxed(&shared.stop)) {
        mutex_lock(&shared.mutex);
        uint64_t until = clock_monotonic_ns() + 200000;
        while (clock_monotonic_ns() < until) {
            spin_pause();
        }
        mutex_unlock(&shared.mutex);
    }
    return NULL;
}

static void mutex_unlock__waiter_of_a_millisecond__handed_over(void **state)
{
    pthread_t thread;
    shared.stop = false;
    assert_int_equal(pthread_create(&thread, NULL, hog, NULL), 0);
    for (int i = 0; i < 20; i++) {
        mutex_lock(&shared.mutex);
        mutex_unlock(&shared.mutex);
    }
    atomic_store_relaxed(&shared.stop, true);
    pthread_join(thread, NULL);
}

static void mutex_try_lock__held__fails(void **state)
{
    Mutex m = {0};
    assert_true(mutex_try_lock(&m));
    assert_false(mutex_try_lock(&m));
    assert_true(mutex_is_locked(&m));
    mutex_unlock(&m);
    assert_false(mutex_is_locked(&m));
}

static void mutex_park__times_out__unlock_finds_nobody(void **state)
{
    Mutex m = {0};
    mutex_lock(&m);
    MutexWait wait = {.since_ns = clock_monotonic_ns()};
    assert_int_equal(mutex_park(&m, &wait, clock_monotonic_ns() + 2000000, NULL), PARK_TIMED_OUT);
    assert_false(wait.is_handed_over);
    mutex_unlock(&m);
    assert_int_equal(m.bits, 0);
}

static void mutex_try_unlock__not_locked__false(void **state)
{
    Mutex m = {0};
    assert_false(mutex_try_unlock(&m));
    mutex_lock(&m);
    assert_true(mutex_try_unlock(&m));
    assert_false(mutex_try_unlock(&m));
    m.bits = MUTEX_PARKED; // as a waiter that timed out leaves it
    assert_false(mutex_try_unlock(&m));
    mutex_lock(&m);
    assert_true(mutex_try_unlock(&m));
    assert_int_equal(m.bits, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(mutex_lock__four_threads__excludes),
        TEST(mutex_lock__threads_without_state__excludes),
        TEST(mutex_unlock__waiter_of_a_millisecond__handed_over),
        TEST(mutex_try_lock__held__fails),
        TEST(mutex_park__times_out__unlock_finds_nobody),
        TEST(mutex_try_unlock__not_locked__false),
    };
    return RUN_TESTS(tests);
}
