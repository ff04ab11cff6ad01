// Waits end when they should: by their cause, their deadline, or an interrupt.
#include "tests/unit/gil/gil_test.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

static uint64_t ms_since(uint64_t start) { return (clock_monotonic_ns() - start) / 1000000; }

static void wait_until__nothing_happens__times_out(void **state)
{
    uint64_t start = clock_monotonic_ns();
    assert_int_equal(wait_until(test_main_state, deadline_after_ns(5000000)), WAIT_TIMED_OUT);
    assert_true(ms_since(start) >= 5);
}

static void deadline__far_away__is_for_ever(void **state)
{
    assert_true(deadline_after_ns(UINT64_MAX) == WAIT_FOREVER);
    assert_true(deadline_after_ns(UINT64_MAX - 5) == WAIT_FOREVER);
    assert_true(deadline_after_ns(0) <= clock_monotonic_ns());
}

// --- Interrupts ----------------------------------------------------------------------------------

static uint32_t served; // atomic
static bool pending_is_error;

static bool serve(ThreadState *ts)
{
    if (eval_breaker_take(ts, BREAK_RUN_UPPER) != 0) {
        atomic_add_relaxed(&served, 1u);
    }
    return !pending_is_error;
}

static void *interrupt_main(void *argument)
{
    poll(NULL, 0, 5);
    thread_interrupt(test_main_state, BREAK_ASYNC);
    return NULL;
}

// Runs a wait that somebody else interrupts after 5 ms.
#define INTERRUPTED(wait)                                                                          \
    do {                                                                                           \
        pthread_t thread_;                                                                         \
        atomic_store_relaxed(&served, 0u);                                                         \
        test_pending = serve;                                                                      \
        pthread_create(&thread_, NULL, interrupt_main, NULL);                                      \
        wait;                                                                                      \
        pthread_join(thread_, NULL);                                                               \
        test_pending = NULL;                                                                       \
        assert_int_equal(atomic_load_relaxed(&served), 1);                                         \
    } while (0)

static void interrupt__handler_returns__wait_goes_on(void **state)
{
    pending_is_error = false;
    uint64_t start = clock_monotonic_ns();
    INTERRUPTED(
        assert_int_equal(wait_until(test_main_state, deadline_after_ns(30000000)), WAIT_TIMED_OUT));
    assert_true(ms_since(start) >= 30);
}

static void interrupt__handler_raises__every_wait_ends(void **state)
{
    int fds[2];
    short ready;
    ScriptLock lock = {{0}};
    Event event = {0};
    Semaphore semaphore = {0};
    assert_int_equal(pipe(fds), 0);
    assert_true(script_lock_try(&lock));
    pending_is_error = true;
    INTERRUPTED(assert_int_equal(wait_until(test_main_state, WAIT_FOREVER), WAIT_ERROR));
    INTERRUPTED(assert_int_equal(wait_fd(test_main_state, fds[0], POLLIN, WAIT_FOREVER, &ready),
                                 WAIT_ERROR));
    INTERRUPTED(
        assert_int_equal(script_lock_acquire(test_main_state, &lock, WAIT_FOREVER), WAIT_ERROR));
    INTERRUPTED(assert_int_equal(event_wait(test_main_state, &event, WAIT_FOREVER), WAIT_ERROR));
    INTERRUPTED(
        assert_int_equal(semaphore_wait(test_main_state, &semaphore, WAIT_FOREVER), WAIT_ERROR));
    pending_is_error = false;
    assert_true(script_lock_release(&lock));
    close(fds[0]);
    close(fds[1]);
}

// A signal handler of the process, as core/modules/signal.c has one.
static void on_signal(int number) { thread_interrupt(test_main_state, BREAK_SIGNAL); }

enum { SIGNALS = 200 };

// Counts; the last signal raises, which ends the wait.
static bool serve_signal(ThreadState *ts)
{
    return eval_breaker_take(ts, BREAK_RUN_UPPER) == 0 ||
           atomic_add_relaxed(&served, 1u) + 1 < SIGNALS;
}

// The next signal is sent when the one before has been served: each has to end a wait by itself.
static void *send_signals(void *argument)
{
    for (uint32_t i = 0; i < SIGNALS; i++) {
        pthread_kill(*(pthread_t *)argument, SIGUSR1);
        while (atomic_load_relaxed(&served) == i) {
            sched_yield();
        }
    }
    return NULL;
}

static void interrupt__by_signals__none_is_missed(void **state)
{
    pthread_t self = pthread_self(), thread;
    struct sigaction action = {.sa_handler = on_signal}, old;
    sigaction(SIGUSR1, &action, &old);
    atomic_store_relaxed(&served, 0u);
    test_pending = serve_signal;
    pthread_create(&thread, NULL, send_signals, &self);
    // A signal that is missed is never followed by another: then the wait never ends.
    assert_int_equal(wait_until(test_main_state, WAIT_FOREVER), WAIT_ERROR);
    assert_int_equal(atomic_load_relaxed(&served), SIGNALS);
    pthread_join(thread, NULL);
    test_pending = NULL;
    sigaction(SIGUSR1, &old, NULL);
}

// --- Descriptors ---------------------------------------------------------------------------------

static void wait_fd__ready_or_not(void **state)
{
    int fds[2];
    short ready;
    assert_int_equal(pipe(fds), 0);
    assert_int_equal(wait_fd(test_main_state, fds[0], POLLIN, deadline_after_ns(2000000), &ready),
                     WAIT_TIMED_OUT);
    assert_int_equal(wait_fd(test_main_state, fds[1], POLLOUT, WAIT_FOREVER, &ready), WAIT_DONE);
    assert_int_equal(ready & POLLOUT, POLLOUT);
    assert_int_equal(write(fds[1], "x", 1), 1);
    assert_int_equal(wait_fd(test_main_state, fds[0], POLLIN, 0, &ready), WAIT_DONE);
    assert_int_equal(ready & POLLIN, POLLIN);
    close(fds[0]);
    close(fds[1]);
}

// --- Locks, events, semaphores between threads ---------------------------------------------------

static struct {
    ScriptLock lock;
    uint64_t counter; // lock
    Event event;
    Semaphore semaphore;
} shared;

static void count_locked(ThreadState *ts, void *argument)
{
    for (int i = 0; i < TEST_ROUNDS; i++) {
        CHECK(script_lock_acquire(ts, &shared.lock, WAIT_FOREVER) == WAIT_DONE);
        shared.counter++;
        CHECK(script_lock_release(&shared.lock));
        CHECK(safepoint_poll(ts));
    }
}

static void script_lock__four_threads__excludes(void **state)
{
    TestThread threads[4];
    shared.counter = 0;
    for (int i = 0; i < 4; i++) {
        test_thread_start(&threads[i], count_locked, NULL);
    }
    for (int i = 0; i < 4; i++) {
        test_thread_join(&threads[i]);
    }
    assert_int_equal(shared.counter, 4 * TEST_ROUNDS);
    assert_false(script_lock_release(&shared.lock));
}

static void script_lock__held__times_out(void **state)
{
    ScriptLock lock = {{0}};
    assert_int_equal(script_lock_acquire(test_main_state, &lock, 0), WAIT_DONE);
    assert_int_equal(script_lock_acquire(test_main_state, &lock, 0), WAIT_TIMED_OUT);
    uint64_t start = clock_monotonic_ns();
    assert_int_equal(script_lock_acquire(test_main_state, &lock, deadline_after_ns(3000000)),
                     WAIT_TIMED_OUT);
    assert_true(ms_since(start) >= 3);
    assert_false(
        script_lock_acquire_uninterrupted(test_main_state, &lock, deadline_after_ns(1000000)));
    assert_true(script_lock_release(&lock));
    assert_true(script_lock_acquire_uninterrupted(test_main_state, &lock, WAIT_FOREVER));
    assert_true(script_lock_release(&lock));
}

// Waiters that are interrupted while others wait for the same lock: nobody is forgotten.
static bool drop_interrupt(ThreadState *ts)
{
    return (eval_breaker_take(ts, BREAK_RUN_UPPER) & BREAK_ASYNC) == 0;
}

static ThreadState *waiters[3]; // atomic
static uint32_t started;        // atomic
static uint64_t taken[3];       // each its own thread's
static uint64_t fire_until_ns;

// Nearly every turn costs a switch of threads, which take long on a busy machine: after half a second few turns do.
enum { FEW_TURNS = 20 };

static void lock_under_fire(ThreadState *ts, void *argument)
{
    uint64_t turns = 0;
    atomic_store_release(&waiters[(uintptr_t)argument], ts);
    atomic_add_acq_rel(&started, 1u);
    while (turns < FEW_TURNS ||
           (turns < TEST_ROUNDS / 10 && clock_monotonic_ns() < fire_until_ns)) {
        WaitResult result = script_lock_acquire(ts, &shared.lock, WAIT_FOREVER);
        if (result == WAIT_DONE) {
            shared.counter++;
            sched_yield();
            CHECK(script_lock_release(&shared.lock));
            turns++;
        }
        while (!safepoint_poll(ts)) {
        }
    }
    taken[(uintptr_t)argument] = turns;
    atomic_store_release(&waiters[(uintptr_t)argument], NULL);
}

static void script_lock__waiters_interrupted__none_left_behind(void **state)
{
    TestThread threads[3];
    shared.counter = 0;
    started = 0;
    fire_until_ns = clock_monotonic_ns() + 500000000u;
    test_pending = drop_interrupt;
    for (uintptr_t i = 0; i < 3; i++) {
        test_thread_start(&threads[i], lock_under_fire, (void *)i);
    }
    wait_begin(test_main_state);
    for (int quiet = 0; quiet < 3;) {
        quiet = 0;
        for (int i = 0; i < 3; i++) {
            ThreadState *t = atomic_load_acquire(&waiters[i]);
            if (t != NULL) {
                thread_interrupt(t, BREAK_ASYNC);
            } else if (atomic_load_relaxed(&started) == 3) {
                quiet++;
            }
        }
        poll(NULL, 0, 0);
    }
    wait_end(test_main_state);
    for (int i = 0; i < 3; i++) {
        test_thread_join(&threads[i]);
    }
    test_pending = NULL;
    assert_int_equal(shared.counter, taken[0] + taken[1] + taken[2]);
}

static void take_permits(ThreadState *ts, void *argument)
{
    for (int i = 0; i < TEST_ROUNDS / 10; i++) {
        CHECK(semaphore_wait(ts, &shared.semaphore, WAIT_FOREVER) == WAIT_DONE);
    }
    event_set(&shared.event);
}

static void semaphore__permits_given__all_taken(void **state)
{
    TestThread threads[3];
    for (int i = 0; i < 3; i++) {
        test_thread_start(&threads[i], take_permits, NULL);
    }
    for (int i = 0; i < 3 * (TEST_ROUNDS / 10); i++) {
        semaphore_post(&shared.semaphore);
        assert_true(safepoint_poll(test_main_state));
    }
    for (int i = 0; i < 3; i++) {
        test_thread_join(&threads[i]);
    }
    assert_int_equal(shared.semaphore.permits, 0);
    assert_int_equal(event_wait(test_main_state, &shared.event, WAIT_FOREVER), WAIT_DONE);
}

static void event__unset__times_out(void **state)
{
    Event e = {0};
    assert_int_equal(event_wait(test_main_state, &e, deadline_after_ns(1000000)), WAIT_TIMED_OUT);
    event_set(&e);
    assert_int_equal(event_wait(test_main_state, &e, 0), WAIT_DONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(wait_until__nothing_happens__times_out),
        TEST(deadline__far_away__is_for_ever),
        TEST(interrupt__handler_returns__wait_goes_on),
        TEST(interrupt__handler_raises__every_wait_ends),
        TEST(interrupt__by_signals__none_is_missed),
        TEST(wait_fd__ready_or_not),
        TEST(script_lock__four_threads__excludes),
        TEST(script_lock__held__times_out),
        TEST(script_lock__waiters_interrupted__none_left_behind),
        TEST(semaphore__permits_given__all_taken),
        TEST(event__unset__times_out),
    };
    return RUN_TESTS(tests);
}
