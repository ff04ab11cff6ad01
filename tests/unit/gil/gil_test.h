// tests/unit/gil/gil_test.h: what the tests of gil/ share: threads with a state, objects without a
// type, and doubles of what the upper layers define.
#ifndef ADDER_TESTS_GIL_TEST_H
#define ADDER_TESTS_GIL_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <pthread.h>

#include "alloc/heap.h"
#include "core/base/clock.h"
#include "gil/brc.h"
#include "gil/critical_section.h"
#include "gil/ref.h"
#include "gil/stop_the_world.h"
#include "gil/thread_state.h"
#include "gil/wait.h"

// An object as small as they come. `magic` is cleared when it is deallocated, once.
typedef struct TestObject {
    ObjectHead head;
    uint32_t magic;
    uint32_t payload;
    SharedRef place;
} TestObject;

enum { TEST_MAGIC = 0x0B1EC7 };

static uint64_t objects_alive;       // atomic
static uint64_t objects_deallocated; // atomic

// What a test wants to happen when an object dies, before it is freed. True: it lives on.
static bool (*test_finalizer)(ThreadState *ts, ObjectHead *o);

// Weak: where the runtime's own come in, they win.
__attribute__((weak)) void object_dealloc(ThreadState *ts, ObjectHead *o)
{
    TestObject *t = (TestObject *)o;
    if (test_finalizer != NULL) {
        head_begin_finalizer(o);
        bool keep = test_finalizer(ts, o);
        (void)keep;
        if (!head_end_finalizer(o)) {
            return;
        }
    }
    CHECK(t->magic == TEST_MAGIC);
    t->magic = 0;
    shared_ref_clear(&t->place);
    head_set_dead(o);
    heap_free_object(ts->heap, t);
    atomic_add_relaxed(&objects_alive, (uint64_t)-1);
    atomic_add_relaxed(&objects_deallocated, (uint64_t)1);
}

static bool (*test_pending)(ThreadState *ts);
__attribute__((weak)) bool safepoint_run_pending(ThreadState *ts)
{
    if (test_pending != NULL) {
        return test_pending(ts);
    }
    (void)eval_breaker_take(ts, BREAK_RUN_UPPER);
    return true;
}

static inline TestObject *test_object(ThreadState *ts, uint32_t payload)
{
    TestObject *t = heap_alloc_object(ts->heap, sizeof *t, false);
    CHECK(t != NULL);
    t->head.shape = 0;
    t->head.lock = t->head.gc = t->head.kind = t->head.flags = 0;
    t->payload = payload;
    shared_ref_init(&t->place, NO_REF);
    head_init(&t->head);
    t->magic = TEST_MAGIC;
    atomic_add_relaxed(&objects_alive, (uint64_t)1);
    return t;
}

static inline Ref test_ref(ThreadState *ts, uint32_t payload)
{
    return REF_FROM_NEW(test_object(ts, payload));
}

static inline TestObject *test_object_of(Value v) { return (TestObject *)value_head(v); }

// A thread with a state of its own. `body` runs attached.
typedef struct TestThread {
    pthread_t thread;
    void (*body)(ThreadState *ts, void *argument);
    void *argument;
} TestThread;

static inline void *test_thread_main(void *argument)
{
    TestThread *t = argument;
    ThreadState *ts = thread_state_create(false);
    CHECK(ts != NULL);
    t->body(ts, t->argument);
    thread_state_destroy(ts);
    return NULL;
}

static inline void test_thread_start(TestThread *t, void (*body)(ThreadState *, void *),
                                     void *argument)
{
    t->body = body;
    t->argument = argument;
    threads_note_second();
    CHECK(pthread_create(&t->thread, NULL, test_thread_main, t) == 0);
}

static inline void test_thread_join(TestThread *t)
{
    ThreadState *ts = thread_current();
    if (ts != NULL) {
        wait_begin(ts);
    }
    CHECK(pthread_join(t->thread, NULL) == 0);
    if (ts != NULL) {
        wait_end(ts);
    }
}

static inline void test_sleep_ms(ThreadState *ts, uint64_t ms)
{
    WaitResult result = wait_until(ts, deadline_after_ns(ms * 1000000));
    CHECK(result == WAIT_TIMED_OUT);
}

static inline uint64_t test_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

// How often a stress test repeats: less where each step is slow.
#if defined(__SANITIZE_THREAD__) || ADDER_TORTURE
enum { TEST_ROUNDS = 2000 };
#else
enum { TEST_ROUNDS = 20000 };
#endif

static ThreadState *test_main_state;

static inline int gil_group_setup(void **state)
{
    (void)state;
    test_main_state = thread_state_create(true);
    return test_main_state == NULL ? -1 : 0;
}

static inline int gil_group_teardown(void **state)
{
    (void)state;
    thread_state_destroy(test_main_state);
    return 0;
}

// Every test leaves as many objects as it found.
static uint64_t objects_before;
static inline int gil_setup(void **state)
{
    (void)state;
    test_finalizer = NULL;
    test_pending = NULL;
    objects_before = atomic_load_relaxed(&objects_alive);
    return 0;
}
static inline int gil_teardown(void **state)
{
    (void)state;
    CHECK(safepoint_poll(test_main_state));
    return atomic_load_relaxed(&objects_alive) == objects_before ? 0 : -1;
}

#define TEST(f)          cmocka_unit_test_setup_teardown(f, gil_setup, gil_teardown)
#define RUN_TESTS(tests) cmocka_run_group_tests(tests, gil_group_setup, gil_group_teardown)

// --- A crowd -------------------------------------------------------------------------------------

// Places that many threads change at a time; the lock of `board` guards them.
enum { CROWD = 4, CROWD_PLACES_MAX = 64 };

static struct {
    TestObject *board;
    SharedRef places[CROWD_PLACES_MAX];
} crowd;

// The calling thread and CROWD others do `work`, each with a number from 1 on as its argument.
static inline void crowd_run(void (*work)(ThreadState *ts, void *argument))
{
    TestThread threads[CROWD];
    for (uintptr_t i = 0; i < CROWD; i++) {
        test_thread_start(&threads[i], work, (void *)(i + 1));
    }
    work(test_main_state, (void *)(uintptr_t)(CROWD + 1));
    for (int i = 0; i < CROWD; i++) {
        test_thread_join(&threads[i]);
    }
}

// A new object in a place; what was there is dropped.
static inline void crowd_put(ThreadState *ts, SharedRef *place, Ref fresh)
{
    OWNED Ref old = NO_REF;
    CRITICAL_SECTION(ts, &crowd.board->head) { old = shared_ref_swap(place, fresh); }
}

// Keeps in *mine what is in a place, alive and whole.
static inline void crowd_take(SharedRef *place, Ref *mine)
{
    Ref got = shared_ref_load(&crowd.board->head, place);
    CHECK(is_error(got) || test_object_of(got.v)->magic == TEST_MAGIC);
    ref_set(mine, got);
}

static inline void crowd_begin(void) { crowd.board = test_object(test_main_state, 0); }
static inline void crowd_end(void)
{
    for (size_t i = 0; i < CROWD_PLACES_MAX; i++) {
        shared_ref_clear(&crowd.places[i]);
    }
    Ref board = REF_FROM_NEW(crowd.board);
    ref_drop(&board);
}

#endif
