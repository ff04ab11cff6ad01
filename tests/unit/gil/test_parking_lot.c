// No wake-up is lost; time-outs and interrupts take their waiter out of the queue.
#include "tests/unit/gil/gil_test.h"

#include <poll.h>

#include "gil/parking_lot.h"

static uint32_t word;

static void park__memory_differs__returns_at_once(void **state)
{
    uint32_t expected = 1;
    word = 2;
    assert_int_equal(parking_lot_park(&word, &expected, 4, WAIT_FOREVER, NULL, NULL),
                     PARK_MISMATCH);
}

static void park__deadline_passed__times_out(void **state)
{
    uint32_t expected = 2;
    word = 2;
    uint64_t start = clock_monotonic_ns();
    assert_int_equal(parking_lot_park(&word, &expected, 4, start + 3000000, NULL, NULL),
                     PARK_TIMED_OUT);
    assert_true(clock_monotonic_ns() >= start + 3000000);
    assert_false(parking_lot_unpark_one(&word, NULL, NULL));
}

static void park__interrupted_before__does_not_sleep(void **state)
{
    uint32_t expected = 2, interrupt = 0;
    word = 2;
    park_interrupt(&interrupt);
    assert_int_equal(parking_lot_park(&word, &expected, 4, WAIT_FOREVER, NULL, &interrupt),
                     PARK_INTERRUPTED);
    assert_false(parking_lot_unpark_one(&word, NULL, NULL));
}

static void *interrupt_later(void *argument)
{
    poll(NULL, 0, 5);
    park_interrupt(argument);
    return NULL;
}

static void park__interrupted_asleep__wakes(void **state)
{
    uint64_t wide = 7, expected = 7;
    uint32_t interrupt = 0;
    pthread_t thread;
    pthread_create(&thread, NULL, interrupt_later, &interrupt);
    assert_int_equal(parking_lot_park(&wide, &expected, 8, WAIT_FOREVER, NULL, &interrupt),
                     PARK_INTERRUPTED);
    pthread_join(thread, NULL);
}

// Threads pass a turn around: each waits until the word is its number.
enum { RUNNERS = 4 };

static void *run_in_turn(void *argument)
{
    uint32_t me = (uint32_t)(uintptr_t)argument;
    for (int i = 0; i < TEST_ROUNDS / 10; i++) {
        for (;;) {
            uint32_t now = atomic_load_acquire(&word);
            if (now == me) {
                break;
            }
            parking_lot_park(&word, &now, 4, WAIT_FOREVER, NULL, NULL);
        }
        atomic_store_release(&word, (me + 1) % RUNNERS);
        parking_lot_unpark_all(&word);
    }
    return NULL;
}

static void unpark_all__turns_passed_around__none_is_lost(void **state)
{
    pthread_t threads[RUNNERS];
    word = 0;
    for (uintptr_t i = 0; i < RUNNERS; i++) {
        pthread_create(&threads[i], NULL, run_in_turn, (void *)i);
    }
    for (int i = 0; i < RUNNERS; i++) {
        pthread_join(threads[i], NULL);
    }
    assert_int_equal(word, 0);
}

// Permits given one by one; waiters with short deadlines time out again and again meanwhile.
static uint32_t permits;

static void *take_permits(void *argument)
{
    uint64_t seed = (uintptr_t)argument + 1;
    for (int i = 0; i < TEST_ROUNDS / 10; i++) {
        uint32_t now = atomic_load_relaxed(&permits);
        for (;;) {
            if (now == 0) {
                const uint32_t none = 0;
                uint64_t deadline = test_random(&seed) % 4 == 0
                                        ? clock_monotonic_ns() + test_random(&seed) % 50000
                                        : WAIT_FOREVER;
                ParkResult result = parking_lot_park(&permits, &none, 4, deadline, NULL, NULL);
                if (result == PARK_TIMED_OUT) {
                    atomic_add_relaxed((uint64_t *)argument, (uint64_t)0);
                }
                now = atomic_load_relaxed(&permits);
            } else if (atomic_cas_weak_acq_rel(&permits, &now, now - 1)) {
                break;
            }
        }
    }
    return NULL;
}

static void unpark_one__with_time_outs__every_permit_taken(void **state)
{
    pthread_t threads[3];
    static uint64_t marks[3];
    permits = 0;
    for (int i = 0; i < 3; i++) {
        pthread_create(&threads[i], NULL, take_permits, &marks[i]);
    }
    for (int i = 0; i < 3 * (TEST_ROUNDS / 10); i++) {
        atomic_add_acq_rel(&permits, 1u);
        parking_lot_unpark_one(&permits, NULL, NULL);
    }
    for (int i = 0; i < 3; i++) {
        pthread_join(threads[i], NULL);
    }
    assert_int_equal(permits, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(park__memory_differs__returns_at_once),
        TEST(park__deadline_passed__times_out),
        TEST(park__interrupted_before__does_not_sleep),
        TEST(park__interrupted_asleep__wakes),
        TEST(unpark_all__turns_passed_around__none_is_lost),
        TEST(unpark_one__with_time_outs__every_permit_taken),
    };
    return RUN_TESTS(tests);
}
