// Biased counts: every hand-over ends in exactly one deallocation, neither early nor never.
#include "tests/unit/gil/gil_test.h"

#include "gil/brc.h"

static uint32_t state_of(const ObjectHead *o) { return o->shared & SHARED_STATE_MASK; }

// --- One thread ----------------------------------------------------------------------------------

static void release__owner_only__freed_at_once(void **state)
{
    OWNED Ref a = test_ref(test_main_state, 1);
    OWNED Ref b = ref_new(a.v);
    assert_int_equal(head_count(value_head(a.v)), 2);
    assert_false(head_is_unique(value_head(a.v)));
    ref_drop(&b);
    assert_true(head_is_unique(value_head(a.v)));
    uint64_t before = objects_deallocated;
    ref_drop(&a);
    assert_int_equal(objects_deallocated, before + 1);
}

static void retain__local_count_full__half_moves_over(void **state)
{
    OWNED Ref r = test_ref(test_main_state, 1);
    ObjectHead *o = value_head(r.v);
    for (int i = 0; i < 3000000; i++) {
        head_retain(o);
    }
    assert_int_equal(head_count(o), 3000001);
    assert_int_equal(state_of(o), SHARED_STATE_UNSHARED);
    for (int i = 0; i < 3000000; i++) {
        assert_false(head_release(o));
    }
    assert_int_equal(head_count(o), 1);
    assert_int_equal(state_of(o), SHARED_STATE_MERGED); // the local count came to its end first
}

static void add_many__any_number__counted(void **state)
{
    static const size_t numbers[] = {1, 1000, LOCAL_MASK - 1, LOCAL_MASK, 1u << 19, 5000000};
    for (size_t i = 0; i < ARRAY_LENGTH(numbers); i++) {
        OWNED Ref r = test_ref(test_main_state, 1);
        ObjectHead *o = value_head(r.v);
        head_add_many(o, numbers[i]);
        assert_int_equal(head_count(o), (int64_t)numbers[i] + 1);
        for (size_t n = 0; n < numbers[i]; n++) {
            assert_false(head_release(o));
        }
    }
}

static void add_many__beyond_the_limit__lives_for_ever(void **state)
{
    TestObject *t = test_object(test_main_state, 1);
    ObjectHead *o = &t->head;
    head_add_many(o, (size_t)1 << 40);
    head_add_many(o, (size_t)1 << 40);
    int64_t count = head_count(o);
    assert_true(count >= SHARED_STICKY_MIN);
    for (int i = 0; i < 100; i++) {
        assert_false(head_release(o));
    }
    assert_true(shared_count_of(o->shared) >= SHARED_STICKY_MIN);
    head_retain(o);
    assert_true(head_try_retain(o));
    // Put it right by hand, so that the accounts balance.
    o->shared = 0;
    o->own = thread_tag() | 1;
    if (head_release(o)) {
        object_dealloc(test_main_state, o);
    }
}

static void immortalize__counts_stand_still(void **state)
{
    TestObject *t = test_object(test_main_state, 1);
    head_immortalize(&t->head);
    assert_true(head_is_immortal(&t->head));
    for (int i = 0; i < 10; i++) {
        assert_false(head_release(&t->head));
    }
    assert_true(head_try_retain(&t->head));
    head_add_many(&t->head, 1000);
    assert_true(head_is_immortal(&t->head));
    head_init(&t->head);
    if (head_release(&t->head)) {
        object_dealloc(test_main_state, &t->head);
    }
}

static void defer__counting_alone__never_frees(void **state)
{
    TestObject *t = test_object(test_main_state, 1);
    ObjectHead *o = &t->head;
    head_defer(o);
    assert_true(head_is_deferred(o));
    assert_int_equal(head_count(o), 1);
    assert_false(head_release(o));
    assert_int_equal(head_count(o), 0);
    head_retain(o);
    stop_the_world(test_main_state);
    head_undefer_stopped(o);
    start_the_world(test_main_state);
    assert_false(head_is_deferred(o));
    assert_int_equal(head_count(o), 1);
    assert_true(head_release(o));
    object_dealloc(test_main_state, o);
}

// --- Two threads ---------------------------------------------------------------------------------

static struct {
    Ref refs[64];
    uint32_t step; // atomic
    Event go, done;
} meeting;

static void wait_event(ThreadState *ts, Event *e)
{
    CHECK(event_wait(ts, e, deadline_after_ns(20000000000u)) == WAIT_DONE);
    event_clear(e);
}

static void drop_one(ThreadState *ts, void *argument)
{
    wait_event(ts, &meeting.go);
    ref_drop(&meeting.refs[0]);
    event_set(&meeting.done);
}

static void release_foreign__owner_runs__owner_frees_at_its_safepoint(void **state)
{
    TestThread thread;
    test_thread_start(&thread, drop_one, NULL);
    meeting.refs[0] = test_ref(test_main_state, 1);
    ObjectHead *o = value_head(meeting.refs[0].v);
    uint64_t before = atomic_load_relaxed(&objects_deallocated);
    event_set(&meeting.go);
    // Run on, without a safepoint: nobody may free it now.
    while (!event_is_set(&meeting.done)) {
        spin_pause();
    }
    assert_int_equal(state_of(o), SHARED_STATE_QUEUED);
    assert_int_equal(atomic_load_relaxed(&objects_deallocated), before);
    assert_true(safepoint_poll(test_main_state));
    assert_int_equal(atomic_load_relaxed(&objects_deallocated), before + 1);
    test_thread_join(&thread);
    event_clear(&meeting.done);
}

static void release_foreign__owner_waits__dropper_frees(void **state)
{
    TestThread thread;
    test_thread_start(&thread, drop_one, NULL);
    meeting.refs[0] = test_ref(test_main_state, 1);
    uint64_t before = atomic_load_relaxed(&objects_deallocated);
    event_set(&meeting.go);
    wait_begin(test_main_state); // may find it queued already, and frees it then
    uint64_t limit = clock_monotonic_ns() + 10000000000u;
    while (atomic_load_acquire(&objects_deallocated) == before && clock_monotonic_ns() < limit) {
        spin_pause();
    }
    uint64_t after = atomic_load_acquire(&objects_deallocated);
    wait_end(test_main_state);
    assert_int_equal(after, before + 1);
    test_thread_join(&thread);
    event_clear(&meeting.done);
}

static void make_some(ThreadState *ts, void *argument)
{
    for (size_t i = 0; i < ARRAY_LENGTH(meeting.refs); i++) {
        meeting.refs[i] = test_ref(ts, 1);
    }
}

static void release_foreign__owner_gone__freed_at_once(void **state)
{
    TestThread thread;
    test_thread_start(&thread, make_some, NULL);
    test_thread_join(&thread);
    uint64_t before = objects_deallocated;
    for (size_t i = 0; i < ARRAY_LENGTH(meeting.refs); i++) {
        ref_drop(&meeting.refs[i]);
    }
    assert_int_equal(objects_deallocated, before + ARRAY_LENGTH(meeting.refs));
}

static void drop_all_here(ThreadState *ts, void *argument)
{
    for (size_t i = 0; i < ARRAY_LENGTH(meeting.refs); i++) {
        ref_drop(&meeting.refs[i]);
    }
}

static void id__used_again__new_thread_inherits(void **state)
{
    TestThread thread;
    test_thread_start(&thread, make_some, NULL);
    test_thread_join(&thread);
    // Long enough a row of threads that every id at rest comes round again.
    for (int i = 0; i < 100; i++) {
        test_thread_start(&thread, i == 99 ? drop_all_here : drop_one, NULL);
        if (i != 99) {
            meeting.refs[0] = ref_new(meeting.refs[0].v); // one for drop_one
            Value kept = meeting.refs[0].v;
            event_set(&meeting.go);
            test_thread_join(&thread);
            event_clear(&meeting.done);
            meeting.refs[0] = (Ref){kept};
        }
    }
    test_thread_join(&thread);
}

static void try_retain__unshared__refused_until_marked(void **state)
{
    TestThread thread;
    test_thread_start(&thread, make_some, NULL);
    test_thread_join(&thread);
    ObjectHead *o = value_head(meeting.refs[0].v);
    assert_int_equal(state_of(o), SHARED_STATE_UNSHARED);
    assert_false(head_try_retain(o));
    head_mark_shared(o);
    assert_true(head_try_retain(o));
    assert_int_equal(head_count(o), 2);
    assert_false(head_release(o));
    for (size_t i = 0; i < ARRAY_LENGTH(meeting.refs); i++) {
        ref_drop(&meeting.refs[i]);
    }
}

static void try_retain__dead_block__refused(void **state)
{
    TestObject *t = test_object(test_main_state, 1);
    ObjectHead *o = &t->head;
    assert_true(head_release(o));
    assert_false(head_try_retain(o));
    object_dealloc(test_main_state, o);
    assert_false(head_try_retain(o)); // the block's words outlive it
}

// --- Finalizers that keep the object -------------------------------------------------------------

static Ref rescued;

static bool rescue(ThreadState *ts, ObjectHead *o)
{
    rescued = ref_new(value_of(o));
    return true;
}

static void finalizer__keeps_it__lives_until_dropped(void **state)
{
    OWNED Ref r = test_ref(test_main_state, 1);
    test_finalizer = rescue;
    ref_drop(&r);
    test_finalizer = NULL;
    assert_int_equal(test_object_of(rescued.v)->magic, TEST_MAGIC);
    assert_int_equal(head_count(value_head(rescued.v)), 1);
    ref_drop(&rescued);
}

static void finalizer__merged_object__owned_anew(void **state)
{
    TestThread thread;
    test_thread_start(&thread, make_some, NULL);
    test_thread_join(&thread);
    test_finalizer = rescue;
    ref_drop(&meeting.refs[0]); // merges, dies, is rescued
    test_finalizer = NULL;
    assert_int_equal(value_head(rescued.v)->own, thread_tag() | 1);
    ref_drop(&rescued);
    for (size_t i = 1; i < ARRAY_LENGTH(meeting.refs); i++) {
        ref_drop(&meeting.refs[i]);
    }
}

// --- Many threads --------------------------------------------------------------------------------

// Makes objects, puts them into shared places, reads others' without a lock, drops, sleeps.
static void mingle(ThreadState *ts, void *argument)
{
    uint64_t seed = (uintptr_t)argument * 77 + 1;
    Ref kept[8] = {{{0}}};
    for (int i = 0; i < TEST_ROUNDS; i++) {
        uint64_t dice = test_random(&seed);
        SharedRef *place = &crowd.places[dice % CROWD_PLACES_MAX];
        Ref *mine = &kept[(dice >> 8) % ARRAY_LENGTH(kept)];
        switch ((dice >> 16) % 8) {
        case 0:
        case 1:
            crowd_put(ts, place, test_ref(ts, (uint32_t)dice));
            break;
        case 2:
        case 3:
        case 4:
            crowd_take(place, mine);
            break;
        case 5:
            ref_drop(mine);
            break;
        case 6:
            crowd_put(ts, place, ref_take(mine));
            break;
        default:
            if (dice >> 60 == 0) {
                wait_begin(ts);
                sched_yield();
                wait_end(ts);
            }
        }
        CHECK(safepoint_poll(ts));
    }
    for (size_t i = 0; i < ARRAY_LENGTH(kept); i++) {
        ref_drop(&kept[i]);
    }
}

static void counts__threads_mingle__all_freed_once(void **state)
{
    crowd_begin();
    for (int round = 0; round < 3; round++) {
        crowd_run(mingle);
    }
    crowd_end();
}

// Pauses that merge everything, while the others mingle.
static void merge_all(ThreadState *ts)
{
    for (int i = 0; i < TEST_ROUNDS / 100; i++) {
        stop_the_world(ts);
        brc_merge_all_stopped();
        int64_t sum = 0;
        for (int k = 0; k < CROWD_PLACES_MAX; k++) {
            Value v = shared_ref_peek(&crowd.places[k]);
            if (value_is_object(v)) {
                int64_t count = head_count(value_head(v));
                CHECK(count >= 1);
                sum += count;
            }
        }
        CHECK(sum >= 0);
        start_the_world(ts);
        CHECK(safepoint_poll(ts));
        test_sleep_ms(ts, 1);
    }
}

static void mingle_or_merge(ThreadState *ts, void *argument)
{
    if ((uintptr_t)argument == 1) {
        merge_all(ts);
    } else {
        mingle(ts, argument);
    }
}

static void merge_all_stopped__threads_mingle__counts_stay_exact(void **state)
{
    crowd_begin();
    crowd_run(mingle_or_merge);
    crowd_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(release__owner_only__freed_at_once),
        TEST(retain__local_count_full__half_moves_over),
        TEST(add_many__any_number__counted),
        TEST(add_many__beyond_the_limit__lives_for_ever),
        TEST(immortalize__counts_stand_still),
        TEST(defer__counting_alone__never_frees),
        TEST(release_foreign__owner_runs__owner_frees_at_its_safepoint),
        TEST(release_foreign__owner_waits__dropper_frees),
        TEST(release_foreign__owner_gone__freed_at_once),
        TEST(id__used_again__new_thread_inherits),
        TEST(try_retain__unshared__refused_until_marked),
        TEST(try_retain__dead_block__refused),
        TEST(finalizer__keeps_it__lives_until_dropped),
        TEST(finalizer__merged_object__owned_anew),
        TEST(counts__threads_mingle__all_freed_once),
        TEST(merge_all_stopped__threads_mingle__counts_stay_exact),
    };
    return RUN_TESTS(tests);
}
