// References in hand: whatever a thread keeps for speed comes back,
// and no object dies early or never.
#include "gil/credit.h"

#include "tests/unit/gil/gil_test.h"

static Ref strangers[4];

static void make_strangers(ThreadState *ts, void *argument)
{
    for (size_t i = 0; i < ARRAY_LENGTH(strangers); i++) {
        strangers[i] = test_ref(ts, 1);
        head_mark_shared(value_head(strangers[i].v));
    }
}

// Objects of a thread that has ended; every count of them is a foreign one.
static void setup_strangers(void)
{
    TestThread thread;
    test_thread_start(&thread, make_strangers, NULL);
    test_thread_join(&thread);
}

static void drop_strangers(void)
{
    for (size_t i = 0; i < ARRAY_LENGTH(strangers); i++) {
        ref_drop(&strangers[i]);
    }
    credit_give_back(test_main_state);
}

static uint32_t in_hand(ThreadState *ts, const ObjectHead *o)
{
    const Credit *row = credit_of(ts, o);
    return row == NULL ? 0 : row->count;
}

static void heat(ObjectHead *o)
{
    for (int i = 0; i < CREDIT_SAMPLE * (CREDIT_HEAT + 2); i++) {
        head_retain(o);
        assert_false(head_release(o));
    }
}

static void retain__again_and_again__counts_from_hand(void **state)
{
    setup_strangers();
    ObjectHead *o = value_head(strangers[0].v);
    heat(o);
    uint32_t held = in_hand(test_main_state, o);
    assert_in_range(held, CREDIT_GRANT / 2, CREDIT_MAX);
    uint32_t shared = o->shared;
    head_retain(o);
    assert_true(head_try_retain(o));
    assert_int_equal(in_hand(test_main_state, o), held - 2);
    assert_int_equal(o->shared, shared);
    assert_false(head_release(o));
    assert_false(head_release(o));
    credit_give_back(test_main_state);
    assert_int_equal(in_hand(test_main_state, o), 0);
    assert_int_equal(head_count(o), 1);
    drop_strangers();
}

static void retain__more_than_a_grant__exact(void **state)
{
    setup_strangers();
    ObjectHead *o = value_head(strangers[0].v);
    heat(o);
    for (int i = 0; i < 20000; i++) {
        head_retain(o);
    }
    credit_give_back(test_main_state);
    assert_int_equal(head_count(o), 20001);
    heat(o);
    for (int i = 0; i < 20000; i++) {
        assert_false(head_release(o));
    }
    assert_in_range(in_hand(test_main_state, o), 0, CREDIT_MAX);
    credit_give_back(test_main_state);
    assert_int_equal(head_count(o), 1);
    drop_strangers();
}

static void release__all_that_is_left__freed_at_once(void **state)
{
    setup_strangers();
    ObjectHead *o = value_head(strangers[0].v);
    stop_the_world(test_main_state);
    brc_merge_stopped(o);
    start_the_world(test_main_state);
    heat(o);
    assert_true(in_hand(test_main_state, o) > 0);
    uint64_t before = objects_deallocated;
    ref_drop(&strangers[0]);
    assert_int_equal(objects_deallocated, before + 1);
    drop_strangers();
}

static void stopped__only_in_hand__kept_and_given_back_later(void **state)
{
    setup_strangers();
    ObjectHead *o = value_head(strangers[0].v);
    heat(o);
    ObjectHead *other = value_head(strangers[1].v);
    heat(other);
    // The owner's reference goes without this thread's noticing.
    stop_the_world(test_main_state);
    brc_merge_stopped(o);
    o->shared -= SHARED_ONE;
    strangers[0] = NO_REF;
    brc_merge_all_stopped();
    assert_int_equal(head_count(o), 1);
    assert_int_equal(head_count(other), 1);
    start_the_world(test_main_state);
    uint64_t before = objects_deallocated;
    assert_true(safepoint_poll(test_main_state));
    assert_int_equal(objects_deallocated, before + 1);
    drop_strangers();
}

// --- Two threads ---------------------------------------------------------------------------------

static struct {
    Ref ref;
    Event heated, go;
    bool give_back_by_waiting;
} meeting;

static void wait_event(ThreadState *ts, Event *e)
{
    CHECK(event_wait(ts, e, deadline_after_ns(20000000000u)) == WAIT_DONE);
}

// Counts main's object until it has some in hand, then runs on, waits, or ends.
static void use_it(ThreadState *ts, void *argument)
{
    ObjectHead *o = value_head(meeting.ref.v);
    heat(o);
    CHECK(in_hand(ts, o) > 0);
    event_set(&meeting.heated);
    if (meeting.give_back_by_waiting) {
        wait_event(ts, &meeting.go);
        CHECK(in_hand(ts, o) == 0);
        return;
    }
    while (!event_is_set(&meeting.go)) {
        CHECK(safepoint_poll(ts));
        spin_pause();
    }
}

static void begin_meeting(TestThread *thread, bool by_waiting)
{
    event_clear(&meeting.heated);
    event_clear(&meeting.go);
    meeting.ref = test_ref(test_main_state, 1);
    head_mark_shared(value_head(meeting.ref.v));
    meeting.give_back_by_waiting = by_waiting;
    test_thread_start(thread, use_it, NULL);
    wait_event(test_main_state, &meeting.heated);
}

static bool deallocates_soon(uint64_t before)
{
    uint64_t limit = clock_monotonic_ns() + 10000000000u;
    while (atomic_load_acquire(&objects_deallocated) == before && clock_monotonic_ns() < limit) {
        CHECK(safepoint_poll(test_main_state));
        spin_pause();
    }
    return atomic_load_acquire(&objects_deallocated) == before + 1;
}

static void owner_drops__other_runs__recalled(void **state)
{
    TestThread thread;
    begin_meeting(&thread, false);
    uint64_t before = objects_deallocated;
    ref_drop(&meeting.ref);
    assert_true(deallocates_soon(before));
    event_set(&meeting.go);
    test_thread_join(&thread);
}

static void owner_drops__other_waits__nothing_in_hand(void **state)
{
    TestThread thread;
    begin_meeting(&thread, true);
    uint64_t before = objects_deallocated;
    ref_drop(&meeting.ref);
    assert_true(deallocates_soon(before));
    event_set(&meeting.go);
    test_thread_join(&thread);
}

static void thread_ends__gives_back(void **state)
{
    TestThread thread;
    begin_meeting(&thread, false);
    event_set(&meeting.go);
    test_thread_join(&thread);
    assert_int_equal(head_count(value_head(meeting.ref.v)), 1);
    ref_drop(&meeting.ref);
}

// --- Many threads --------------------------------------------------------------------------------

enum { PLACES = 6 }; // few, so that all fight for them

// A few objects that everybody counts all the time; now and then one is replaced.
static void crowd_in(ThreadState *ts, void *argument)
{
    uint64_t seed = (uintptr_t)argument * 77 + 1;
    Ref kept[8] = {{{0}}};
    for (int i = 0; i < TEST_ROUNDS * 5; i++) {
        uint64_t dice = test_random(&seed);
        SharedRef *place = &crowd.places[dice % PLACES];
        Ref *mine = &kept[(dice >> 8) % ARRAY_LENGTH(kept)];
        if ((dice >> 16) % 512 == 0) {
            crowd_put(ts, place, test_ref(ts, (uint32_t)dice));
        } else if ((dice >> 16) % 512 == 1) {
            wait_begin(ts);
            sched_yield();
            wait_end(ts);
        } else if ((dice >> 16) % 512 == 2) {
            stop_the_world(ts);
            brc_merge_all_stopped();
            start_the_world(ts);
        } else if ((dice >> 16) % 4 == 1) {
            ref_drop(mine);
        } else {
            crowd_take(place, mine);
        }
        CHECK(safepoint_poll(ts));
    }
    for (size_t i = 0; i < ARRAY_LENGTH(kept); i++) {
        ref_drop(&kept[i]);
    }
}

static void counts__crowd_on_few_objects__all_freed_once(void **state)
{
    crowd_begin();
    crowd_run(crowd_in);
    crowd_end();
    credit_give_back(test_main_state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(retain__again_and_again__counts_from_hand),
        TEST(retain__more_than_a_grant__exact),
        TEST(release__all_that_is_left__freed_at_once),
        TEST(stopped__only_in_hand__kept_and_given_back_later),
        TEST(owner_drops__other_runs__recalled),
        TEST(owner_drops__other_waits__nothing_in_hand),
        TEST(thread_ends__gives_back),
        TEST(counts__crowd_on_few_objects__all_freed_once),
    };
    return RUN_TESTS(tests);
}
