// tests/unit/gc/test_collector.c: what is found, what stays, in which order things happen.
#include <pthread.h>

#include "tests/unit/gc/gc_test.h"

static int start_test(void **state)
{
    gc_disable();
    gc_collect_at_exit(ts);
    finalized = called_back = purges = 0;
    return nodes_alive == 0 ? 0 : -1;
}

static int end_test(void **state)
{
    gc_collect_at_exit(ts);
    gc_enable();
    return nodes_alive == 0 ? 0 : -1;
}

static Node *ring_of(int count, uint32_t name)
{
    Node *first = node_new(name), *last = first;
    for (int i = 1; i < count; i++) {
        Node *next = node_new(name + (uint32_t)i);
        node_link(last, 0, next);
        node_drop(next);
        last = next;
    }
    node_link(last, 0, first);
    return first;
}

static void collect__dropped_ring__freed(void **state)
{
    Node *ring = ring_of(10, 0);
    assert_int_equal(gc_collect(ts, GENERATION_OLD), 0);
    assert_int_equal(nodes_alive, 10);
    node_drop(ring);
    assert_int_equal(nodes_alive, 10);
    assert_int_equal(gc_collect(ts, GENERATION_OLD), 10);
    assert_int_equal(nodes_alive, 0);
}

static void collect__young__sees_young_objects_only(void **state)
{
    Node *old = ring_of(3, 0);
    gc_collect(ts, GENERATION_YOUNG);
    node_drop(old);
    assert_int_equal(gc_collect(ts, GENERATION_YOUNG), 0);
    Node *young = ring_of(2, 0);
    node_drop(young);
    assert_int_equal(gc_collect(ts, GENERATION_YOUNG), 2);
    assert_int_equal(gc_collect(ts, GENERATION_MIDDLE), 3);
    assert_int_equal(nodes_alive, 0);
}

static void collect__generations__survivors_grow_old(void **state)
{
    Node *ring = ring_of(5, 0);
    assert_true((ring->head.gc & GC_YOUNG) != 0);
    gc_collect(ts, GENERATION_YOUNG);
    assert_true((ring->head.gc & (GC_YOUNG | GC_MIDDLE)) == GC_MIDDLE);
    gc_collect(ts, GENERATION_MIDDLE);
    assert_true((ring->head.gc & (GC_YOUNG | GC_MIDDLE)) == 0);
    node_drop(ring);
    assert_int_equal(gc_collect(ts, GENERATION_MIDDLE), 0);
    assert_int_equal(gc_collect(ts, GENERATION_OLD), 5);
}

static void collect__old_refers_to_young__young_stays(void **state)
{
    Node *old = node_new(0);
    gc_collect(ts, GENERATION_MIDDLE);
    gc_collect(ts, GENERATION_MIDDLE);
    Node *young = ring_of(2, 0);
    node_link(old, 0, young);
    node_drop(young);
    assert_int_equal(gc_collect(ts, GENERATION_YOUNG), 0);
    assert_int_equal(nodes_alive, 3);
    node_drop(old);
    assert_int_equal(nodes_alive, 2);
    assert_int_equal(gc_collect(ts, GENERATION_MIDDLE), 2);
}

static void collect__tail_of_a_ring__freed_with_it(void **state)
{
    Node *ring = ring_of(2, 0), *tail = node_new(9);
    tail->is_immutable = true;
    node_link(ring, 1, tail);
    node_drop(tail);
    node_drop(ring);
    assert_int_equal(gc_collect(ts, GENERATION_OLD), 3);
    assert_int_equal(nodes_alive, 0);
}

static void collect__immutable_members__freed(void **state)
{
    Node *a = node_new(0), *b = node_new(1);
    a->is_immutable = true;
    node_link(a, 0, b);
    node_link(b, 0, a);
    node_drop(a);
    node_drop(b);
    assert_int_equal(gc_collect(ts, GENERATION_YOUNG), 2);
    assert_int_equal(nodes_alive, 0);
}

static void collect__finalizers__run_once_each(void **state)
{
    Node *ring = ring_of(3, 100);
    for (Node *n = ring; !n->has_finalizer; n = (Node *)value_head(shared_ref_peek(&n->edges[0]))) {
        n->has_finalizer = true;
    }
    node_drop(ring);
    assert_int_equal(gc_collect(ts, GENERATION_OLD), 3);
    assert_int_equal(finalized, 3);
    assert_int_equal(nodes_alive, 0);
}

static void collect__resurrected__stays_with_all_it_reaches(void **state)
{
    Node *keeper = node_new(0);
    Node *ring = ring_of(4, 10), *other = ring_of(2, 20);
    ring->has_finalizer = true;
    ring->saved_to = keeper;
    node_drop(ring);
    node_drop(other);
    assert_int_equal(gc_collect(ts, GENERATION_OLD), 2);
    assert_int_equal(nodes_alive, 5);
    assert_int_equal(finalized, 1);
    node_drop(keeper);
    assert_int_equal(gc_collect(ts, GENERATION_OLD), 4);
    assert_int_equal(finalized, 1);
    assert_int_equal(nodes_alive, 0);
}

static void collect__weak_references__cleared_and_called(void **state)
{
    Node *ring = ring_of(2, 0);
    Node *plain = weak_new(ring, false), *with_callback = weak_new(ring, true);
    Node *inside = weak_new(ring, true);
    node_link(ring, 1, inside);
    node_drop(inside);
    assert_false(weak_is_dead(plain));
    assert_int_equal(weak_count(&ring->head), 3);
    node_drop(ring);
    assert_int_equal(gc_collect(ts, GENERATION_OLD), 3);
    assert_true(weak_is_dead(plain));
    assert_true(weak_is_dead(with_callback));
    assert_int_equal(called_back, 1);
    node_drop(plain);
    node_drop(with_callback);
}

static void collect__class__outlives_its_instances(void **state)
{
    Node *class = node_new_sized(ts, 0, NODE_CLASS, sizeof(Node));
    Node *instance = node_new(1);
    instance->class = class;
    node_link(class, 0, class);
    node_drop(class);
    assert_int_equal(gc_collect(ts, GENERATION_OLD), 0);
    assert_int_equal(nodes_alive, 2);
    // A class attribute that is an instance: class and instance die together.
    node_link(class, 1, instance);
    node_drop(instance);
    assert_int_equal(gc_collect(ts, GENERATION_OLD), 2);
    assert_int_equal(nodes_alive, 1);
    assert_int_equal(dying_count(), 1);
    gc_collect(ts, GENERATION_OLD);
    assert_int_equal(nodes_alive, 0);
    assert_int_equal(purges, 1);
}

static void collect__class_of_a_frozen_object__stays(void **state)
{
    Node *class = node_new_sized(ts, 0, NODE_CLASS, sizeof(Node));
    Node *instance = node_new(1);
    instance->class = class;
    gc_freeze(ts);
    gc_clear_flag(&class->head, GC_FROZEN);
    node_drop(class);
    assert_int_equal(gc_collect(ts, GENERATION_OLD), 0);
    assert_int_equal(gc_frozen_count(ts), 1);
    gc_unfreeze(ts);
    node_drop(instance);
    assert_int_equal(gc_collect(ts, GENERATION_OLD), 1);
}

static void collect__frozen_ring__not_looked_at(void **state)
{
    Node *ring = ring_of(3, 0);
    gc_freeze(ts);
    node_drop(ring);
    assert_int_equal(gc_collect(ts, GENERATION_OLD), 0);
    gc_unfreeze(ts);
    assert_int_equal(gc_collect(ts, GENERATION_OLD), 3);
}

static void collect__deferred_in_a_slot__stays_until_the_slot_is_empty(void **state)
{
    Node *function = node_new(0);
    gc_defer(&function->head);
    frame_slots[3].bits = (uintptr_t)function;
    node_drop(function);
    assert_int_equal(gc_collect(ts, GENERATION_OLD), 0);
    assert_int_equal(nodes_alive, 1);
    frame_slots[3].bits = 0;
    assert_int_equal(gc_collect(ts, GENERATION_MIDDLE), 0);
    assert_int_equal(gc_collect(ts, GENERATION_OLD), 1);
    assert_int_equal(nodes_alive, 0);
}

static void collect__large_objects__found_in_every_generation(void **state)
{
    for (int generation = 0; generation < GENERATIONS; generation++) {
        Node *large = node_new_sized(ts, 0, NODE_PLAIN, 50000);
        Node *medium = node_new_sized(ts, 0, NODE_PLAIN, 3000);
        node_link(large, 0, medium);
        node_link(medium, 0, large);
        node_drop(large);
        node_drop(medium);
        assert_int_equal(gc_collect(ts, generation), 2);
        assert_int_equal(nodes_alive, 0);
    }
}

static void collect__long_chain__needs_no_c_stack(void **state)
{
    enum { LENGTH = 300000 };
    Node **nodes = malloc(LENGTH * sizeof *nodes);
    for (int i = 0; i < LENGTH; i++) {
        nodes[i] = node_new(0);
        if (i > 0) {
            node_link(nodes[i - 1], 0, nodes[i]);
            node_drop(nodes[i]);
        }
    }
    gc_collect(ts, GENERATION_OLD); // reached through the first node alone
    assert_int_equal(nodes_alive, LENGTH);
    // From the end, for deallocation of these nodes does recurse.
    for (int i = LENGTH - 2; i >= 0; i--) {
        node_link(nodes[i], 0, nodes[i]);
    }
    node_drop(nodes[0]);
    gc_collect(ts, GENERATION_OLD);
    assert_int_equal(nodes_alive, 0);
    free(nodes);
}

static void visit_count(ObjectHead *o, void *context) { *(int *)context += 1; }

static void visit_tracked__by_generation__counts(void **state)
{
    Node *ring = ring_of(7, 0);
    gc_collect(ts, GENERATION_YOUNG);
    Node *young = ring_of(2, 0);
    int counts[3] = {0}, all = 0;
    stop_the_world(ts);
    for (int i = 0; i < 3; i++) {
        gc_visit_tracked_stopped(i, visit_count, &counts[i]);
    }
    gc_visit_tracked_stopped(-1, visit_count, &all);
    start_the_world(ts);
    assert_int_equal(counts[0], 2);
    assert_int_equal(counts[1], 7);
    assert_int_equal(counts[2], 0);
    assert_int_equal(all, 9);
    node_drop(ring);
    node_drop(young);
}

static void generations__many_objects__collected_by_themselves(void **state)
{
    gc_enable();
    GenerationStats before[GENERATIONS], after[GENERATIONS];
    gc_get_stats(before);
    for (int i = 0; i < 100000; i++) {
        node_drop(ring_of(2, 0));
        assert_true(safepoint_poll(ts));
        assert_true(nodes_alive < 20000);
    }
    gc_get_stats(after);
    assert_true(after[0].collections - before[0].collections > 200);
    assert_true(after[1].collections - before[1].collections > 15);
}

// --- several threads -----------------------------------------------------------------------------

enum { THREADS = 4, ROUNDS = 4000, BOARD = 64 };
static Node *board; // BOARD nodes; edges are exchanged under their lock

static void *make_cycles(void *argument)
{
    ThreadState *mine = thread_state_create(false);
    uint64_t random = (uint64_t)(uintptr_t)argument * 88172645463325252ull;
    for (int round = 0; round < ROUNDS; round++) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        Node *a = node_new_sized(mine, 1, NODE_PLAIN, sizeof(Node) + 16 * (random % 4));
        Node *b = node_new_sized(mine, 2, NODE_PLAIN, sizeof(Node));
        a->has_finalizer = random % 8 == 0;
        node_link(a, 0, b);
        node_link(b, 0, a);
        node_drop(b);
        Node *place = (Node *)value_head(shared_ref_peek(&board->edges[random % 2]));
        Ref old = NO_REF;
        CRITICAL_SECTION(mine, &place->head)
        {
            old = shared_ref_swap(&place->edges[(random >> 8) % EDGES], (Ref){value_of(a)});
        }
        ref_drop(&old);
        assert_true(safepoint_poll(mine));
        if (round % 1000 == 999) {
            gc_collect(mine, GENERATION_OLD);
        }
    }
    thread_state_destroy(mine);
    return NULL;
}

static void collect__threads_make_cycles__all_found(void **state)
{
    gc_enable();
    threads_note_second();
    board = node_new(0);
    for (int i = 0; i < 2; i++) {
        Node *place = node_new(1);
        head_mark_shared(&place->head);
        node_link(board, i, place);
        node_drop(place);
    }
    pthread_t threads[THREADS];
    for (uintptr_t i = 0; i < THREADS; i++) {
        pthread_create(&threads[i], NULL, make_cycles, (void *)(i + 1));
    }
    thread_detach(ts);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    thread_attach(ts);
    gc_collect_at_exit(ts);
    assert_true(nodes_alive <= 3 + 2 * EDGES * 2);
    node_drop(board);
    gc_collect_at_exit(ts);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start_test, end_test)

int main(void)
{
    ts = thread_state_create(true);
    const struct CMUnitTest tests[] = {
        TEST(collect__dropped_ring__freed),
        TEST(collect__young__sees_young_objects_only),
        TEST(collect__generations__survivors_grow_old),
        TEST(collect__old_refers_to_young__young_stays),
        TEST(collect__tail_of_a_ring__freed_with_it),
        TEST(collect__immutable_members__freed),
        TEST(collect__finalizers__run_once_each),
        TEST(collect__resurrected__stays_with_all_it_reaches),
        TEST(collect__weak_references__cleared_and_called),
        TEST(collect__class__outlives_its_instances),
        TEST(collect__class_of_a_frozen_object__stays),
        TEST(collect__frozen_ring__not_looked_at),
        TEST(collect__deferred_in_a_slot__stays_until_the_slot_is_empty),
        TEST(collect__large_objects__found_in_every_generation),
        TEST(collect__long_chain__needs_no_c_stack),
        TEST(visit_tracked__by_generation__counts),
        TEST(generations__many_objects__collected_by_themselves),
        TEST(collect__threads_make_cycles__all_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
