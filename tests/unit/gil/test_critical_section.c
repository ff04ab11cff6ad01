// Sections exclude, nest, let go while their thread waits, and never deadlock.
#include "tests/unit/gil/gil_test.h"

#include "gil/mutex.h"

enum { OBJECTS = 4 };

static struct {
    TestObject *objects[OBJECTS];
    uint64_t counters[OBJECTS]; // the object's lock
} shared;

static bool is_locked(const TestObject *t) { return (t->head.lock & MUTEX_LOCKED) != 0; }

static void make_objects(void)
{
    threads_note_second();
    for (int i = 0; i < OBJECTS; i++) {
        shared.objects[i] = test_object(test_main_state, 0);
        shared.counters[i] = 0;
    }
}

static void drop_objects(void)
{
    for (int i = 0; i < OBJECTS; i++) {
        Ref r = REF_FROM_NEW(shared.objects[i]);
        ref_drop(&r);
    }
}

static void section__open__object_is_locked(void **state)
{
    make_objects();
    TestObject *a = shared.objects[0], *b = shared.objects[1];
    ThreadState *ts = test_main_state;
    CRITICAL_SECTION(ts, &a->head)
    {
        assert_int_equal(is_locked(a), POLICY_FREE_THREADED);
        CRITICAL_SECTION(ts, &a->head) // the same again
        {
            assert_int_equal(is_locked(a), POLICY_FREE_THREADED);
        }
        assert_int_equal(is_locked(a), POLICY_FREE_THREADED);
        CRITICAL_SECTION2(ts, &b->head, &a->head) // one of them held by ourselves
        {
            assert_int_equal(is_locked(a), POLICY_FREE_THREADED);
            assert_int_equal(is_locked(b), POLICY_FREE_THREADED);
        }
        assert_int_equal(is_locked(a), POLICY_FREE_THREADED);
        assert_false(is_locked(b));
        CRITICAL_SECTION(ts, &b->head)
        {
            CRITICAL_SECTION(ts, &a->head) // held by an outer section
            {
                assert_int_equal(is_locked(a), POLICY_FREE_THREADED);
            }
            assert_int_equal(is_locked(b), POLICY_FREE_THREADED);
        }
    }
    assert_false(is_locked(a));
    assert_false(is_locked(b));
    assert_null(ts->sections);
    drop_objects();
}

static void section__thread_detaches__let_go_and_taken_again(void **state)
{
    make_objects();
    TestObject *a = shared.objects[0], *b = shared.objects[1];
    ThreadState *ts = test_main_state;
    CRITICAL_SECTION(ts, &a->head)
    {
        CRITICAL_SECTION(ts, &b->head)
        {
            thread_detach(ts);
            assert_false(is_locked(a));
            assert_false(is_locked(b));
            thread_attach(ts);
            assert_int_equal(is_locked(b), POLICY_FREE_THREADED);
            assert_false(is_locked(a)); // taken again when its turn comes
        }
        assert_int_equal(is_locked(a), POLICY_FREE_THREADED);
        assert_false(is_locked(b));
    }
    assert_false(is_locked(a));
    drop_objects();
}

static void section__two_objects_that_are_one(void **state)
{
    make_objects();
    TestObject *a = shared.objects[0];
    CRITICAL_SECTION2(test_main_state, &a->head, &a->head)
    {
        assert_int_equal(is_locked(a), POLICY_FREE_THREADED);
    }
    assert_false(is_locked(a));
    drop_objects();
}

static void work(ThreadState *ts, void *argument)
{
    uint64_t seed = (uintptr_t)argument;
    for (int i = 0; i < TEST_ROUNDS; i++) {
        size_t a = test_random(&seed) % OBJECTS, b = test_random(&seed) % OBJECTS;
        ObjectHead *first = &shared.objects[a]->head, *second = &shared.objects[b]->head;
        switch (test_random(&seed) % 4) {
        case 0:
            CRITICAL_SECTION(ts, first) { shared.counters[a]++; }
            break;
        case 1:
            CRITICAL_SECTION2(ts, first, second)
            {
                shared.counters[a]++;
                shared.counters[b]++;
            }
            break;
        case 2: // any order of nesting
            CRITICAL_SECTION(ts, first)
            {
                CRITICAL_SECTION(ts, second) { shared.counters[b]++; }
                shared.counters[a]++;
            }
            break;
        default:
            CRITICAL_SECTION(ts, first)
            {
                CHECK(safepoint_poll(ts));
                if (test_random(&seed) % 8 == 0) {
                    wait_begin(ts);
                    wait_end(ts);
                }
                shared.counters[a]++;
            }
        }
        CHECK(safepoint_poll(ts));
    }
}

static void pause_often(ThreadState *ts, void *argument)
{
    for (int i = 0; i < TEST_ROUNDS / 100; i++) {
        stop_the_world(ts);
        CRITICAL_SECTION2(ts, &shared.objects[0]->head, &shared.objects[1]->head)
        {
            shared.counters[0] += 0;
        }
        start_the_world(ts);
        test_sleep_ms(ts, 0);
        CHECK(safepoint_poll(ts));
    }
}

static void section__threads_in_any_order__no_deadlock(void **state)
{
    make_objects();
    TestThread threads[5];
    for (uintptr_t i = 0; i < 5; i++) {
        test_thread_start(&threads[i], i == 4 ? pause_often : work, (void *)(i + 1));
    }
    for (int i = 0; i < 5; i++) {
        test_thread_join(&threads[i]);
    }
    uint64_t sum = 0;
    for (int i = 0; i < OBJECTS; i++) {
        assert_false(is_locked(shared.objects[i]));
        sum += shared.counters[i];
    }
    assert_true(sum > 4 * TEST_ROUNDS);
    drop_objects();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(section__open__object_is_locked),
        TEST(section__thread_detaches__let_go_and_taken_again),
        TEST(section__two_objects_that_are_one),
        TEST(section__threads_in_any_order__no_deadlock),
    };
    return RUN_TESTS(tests);
}
