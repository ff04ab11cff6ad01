// tests/unit/gc/test_weakref.c: the table of weak references, alone and under threads.
#include <pthread.h>

#include "tests/unit/gc/gc_test.h"

static int start_test(void **state)
{
    gc_collect_at_exit(ts);
    called_back = 0;
    return nodes_alive == 0 ? 0 : -1;
}

static int end_test(void **state)
{
    gc_collect_at_exit(ts);
    return nodes_alive == 0 ? 0 : -1;
}

static void weak_get__alive_then_dead__counts_then_nothing(void **state)
{
    Node *node = node_new(1), *weak = weak_new(node, false);
    {
        OWNED Ref r = weak_get(&weak->weak);
        assert_ptr_equal(value_head(r.v), &node->head);
        assert_int_equal(head_count(&node->head), 2);
    }
    node_drop(node);
    assert_true(weak_is_dead(weak));
    node_drop(weak);
}

static void weak_clear__callbacks__each_once(void **state)
{
    Node *node = node_new(1), *weak[5];
    for (int i = 0; i < 5; i++) {
        weak[i] = weak_new(node, true);
    }
    assert_int_equal(weak_count(&node->head), 5);
    node_drop(weak[2]); // has lost interest
    assert_int_equal(weak_count(&node->head), 4);
    node_drop(node);
    assert_int_equal(called_back, 4);
    for (int i = 0; i < 5; i++) {
        if (i != 2) {
            node_drop(weak[i]);
        }
    }
}

static void weak_find_plain__by_shape__same_reference(void **state)
{
    Node *node = node_new(1), *with_callback = weak_new(node, true);
    OWNED Ref none = weak_find_plain(&node->head, 0);
    assert_true(is_error(none));
    Node *plain = weak_new(node, false), *proxy = node_new_sized(ts, 0, NODE_WEAK, sizeof(Node));
    proxy->head.shape = 7;
    proxy->weak.reference = &proxy->head;
    proxy->weak.is_plain = true;
    assert_true(weak_link(&proxy->weak, &node->head));
    Node *last = weak_new(node, true);
    OWNED Ref found = weak_find_plain(&node->head, 0);
    assert_ptr_equal(value_head(found.v), &plain->head);
    OWNED Ref other = weak_find_plain(&node->head, 7);
    assert_ptr_equal(value_head(other.v), &proxy->head);
    // Plain ones first, then the newest.
    Ref all[8];
    assert_int_equal(weak_list(&node->head, all, 8), 4);
    Node *expected[] = {plain, proxy, last, with_callback};
    for (int i = 0; i < 4; i++) {
        assert_ptr_equal(value_head(all[i].v), &expected[i]->head);
        ref_drop(&all[i]);
        node_drop(expected[i]);
    }
    ref_drop(&found);
    ref_drop(&other);
    node_drop(node);
}

static void weak_link__many_objects__table_grows_and_shrinks(void **state)
{
    enum { COUNT = 20000 };
    Node **nodes = malloc(2 * COUNT * sizeof *nodes);
    for (int i = 0; i < COUNT; i++) {
        nodes[i] = node_new((uint32_t)i);
        nodes[COUNT + i] = weak_new(nodes[i], i % 2 == 0);
    }
    for (int i = 0; i < COUNT; i++) {
        Node *node = nodes[(size_t)i * 7919 % COUNT],
             *weak = nodes[COUNT + (size_t)i * 7919 % COUNT];
        assert_false(weak_is_dead(weak));
        if (i % 3 == 0) {
            node_drop(weak);
            node_drop(node);
        } else {
            node_drop(node);
            assert_true(weak_is_dead(weak));
            node_drop(weak);
        }
    }
    free(nodes);
}

// --- several threads: references are read while their objects die --------------------------------

enum { THREADS = 4, PLACES = 16, ROUNDS = 20000 };
static Node *hub; // edges hold objects; each place has a weak reference in `watchers`
static Node *watchers[PLACES];

static void *read_and_replace(void *argument)
{
    ThreadState *mine = thread_state_create(false);
    uint64_t random = (uint64_t)(uintptr_t)argument * 88172645463325252ull;
    int64_t alive = 0;
    for (int round = 0; round < ROUNDS; round++) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        Node *watcher = watchers[random % PLACES];
        OWNED Ref seen = weak_get(&watcher->weak);
        if (!is_error(seen)) {
            assert_int_equal(((Node *)value_head(seen.v))->name, 77);
            alive += 1;
        }
        ref_drop(&seen);
        if ((random >> 16) % 64 == 0) {
            Ref old = NO_REF;
            CRITICAL_SECTION(mine, &hub->head)
            {
                old = shared_ref_swap(&hub->edges[(random >> 24) % EDGES], NO_REF);
            }
            ref_drop(&old);
        }
        assert_true(safepoint_poll(mine));
    }
    thread_state_destroy(mine);
    return (void *)(uintptr_t)alive;
}

static void weak_get__objects_die_meanwhile__never_a_dead_one(void **state)
{
    threads_note_second();
    for (int repeat = 0; repeat < 5; repeat++) {
        hub = node_new(0);
        head_mark_shared(&hub->head);
        for (int i = 0; i < PLACES; i++) {
            Node *node = node_new(77);
            watchers[i] = weak_new(node, i % 2 == 0);
            // Four of them can be reached by all threads, the others die with this loop.
            node_link(hub, i % EDGES, node);
            node_drop(node);
        }
        pthread_t threads[THREADS];
        for (uintptr_t i = 0; i < THREADS; i++) {
            pthread_create(&threads[i], NULL, read_and_replace, (void *)(i + 1));
        }
        thread_detach(ts);
        for (int i = 0; i < THREADS; i++) {
            pthread_join(threads[i], NULL);
        }
        thread_attach(ts);
        node_drop(hub);
        assert_true(safepoint_poll(ts));
        for (int i = 0; i < PLACES; i++) {
            assert_true(weak_is_dead(watchers[i]));
            node_drop(watchers[i]);
        }
    }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start_test, end_test)

int main(void)
{
    ts = thread_state_create(true);
    const struct CMUnitTest tests[] = {
        TEST(weak_get__alive_then_dead__counts_then_nothing),
        TEST(weak_clear__callbacks__each_once),
        TEST(weak_find_plain__by_shape__same_reference),
        TEST(weak_link__many_objects__table_grows_and_shrinks),
        TEST(weak_get__objects_die_meanwhile__never_a_dead_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
