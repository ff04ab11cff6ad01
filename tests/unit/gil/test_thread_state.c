// Threads begin and end; ids come back; the stack's end is known, also on small stacks.
#include "tests/unit/gil/gil_test.h"

#include <pthread.h>
#include <signal.h>

static void note_id(ThreadState *ts, void *argument)
{
    *(uint32_t *)argument = ts->id;
    CHECK(thread_current() == ts);
    CHECK(ts->tag == ts->id << 20);
    CHECK(ts->native_ident == (uint64_t)pthread_self());
}

static void create__many_in_a_row__ids_come_back(void **state)
{
    uint32_t highest = 0, before = threads_count();
    for (int i = 0; i < 300; i++) {
        TestThread thread;
        uint32_t id = 0;
        test_thread_start(&thread, note_id, &id);
        test_thread_join(&thread);
        assert_true(id >= 1 && id < THREAD_ID_LIMIT);
        assert_int_not_equal(id, test_main_state->id);
        highest = MAX_OF(highest, id);
    }
    assert_true(highest < 64);
    assert_int_equal(threads_count(), before);
}

static Event all_here;
static uint32_t here; // atomic

static void stay(ThreadState *ts, void *argument)
{
    atomic_add_relaxed(&here, 1u);
    CHECK(event_wait(ts, &all_here, WAIT_FOREVER) == WAIT_DONE);
}

static void create__many_at_once__different_ids(void **state)
{
    enum { MANY = 40 };
    TestThread threads[MANY];
    for (int i = 0; i < MANY; i++) {
        test_thread_start(&threads[i], stay, NULL);
    }
    while (atomic_load_relaxed(&here) < MANY) {
        test_sleep_ms(test_main_state, 1);
    }
    static bool seen[THREAD_ID_LIMIT];
    threads_lock();
    for (ThreadState *t = threads_first(); t != NULL; t = t->next) {
        assert_false(seen[t->id]);
        seen[t->id] = true;
    }
    threads_unlock();
    assert_int_equal(threads_count(), MANY + 1);
    event_set(&all_here);
    for (int i = 0; i < MANY; i++) {
        test_thread_join(&threads[i]);
    }
}

// Eats stack until the guard says stop; must not touch the guard page.
static NO_INLINE uint32_t eat_stack(const ThreadState *ts, uint32_t depth)
{
    volatile char room[256];
    room[0] = (char)depth;
    if (!stack_has_room(ts)) {
        return depth;
    }
    uint32_t deepest = eat_stack(ts, depth + 1);
    room[255] = (char)deepest; // the frame is still needed: no loop can be made of this
    return deepest + (room[255] != (char)deepest);
}

static void note_depth(ThreadState *ts, void *argument)
{
    *(uint32_t *)argument = eat_stack(ts, 0);
}

static uint32_t depth_on_stack_of(size_t bytes)
{
    TestThread t = {.body = note_depth};
    uint32_t depth = 0;
    t.argument = &depth;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    CHECK(pthread_attr_setstacksize(&attributes, bytes) == 0);
    threads_note_second();
    CHECK(pthread_create(&t.thread, &attributes, test_thread_main, &t) == 0);
    pthread_attr_destroy(&attributes);
    test_thread_join(&t);
    return depth;
}

static void stack_limit__any_size__is_reached_safely(void **state)
{
    uint32_t main_depth = eat_stack(test_main_state, 0);
    assert_true(main_depth > 4000);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    uint32_t tiny = depth_on_stack_of(64 * 1024);
    assert_true(tiny > 30);
    uint32_t small = depth_on_stack_of(256 * 1024);
    assert_true(small > tiny * 2);
#endif
    uint32_t large = depth_on_stack_of(8 * 1024 * 1024);
    assert_true(large > 4000);
}

static void interval__set__read_back(void **state)
{
    assert_int_equal(switch_interval_ns(), 5000000);
    switch_interval_set_ns(1000000);
    assert_int_equal(switch_interval_ns(), 1000000);
    switch_interval_set_ns(5000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(create__many_in_a_row__ids_come_back),
        TEST(create__many_at_once__different_ids),
        TEST(stack_limit__any_size__is_reached_safely),
        TEST(interval__set__read_back),
    };
    return RUN_TESTS(tests);
}
