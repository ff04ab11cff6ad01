// tests/unit/gc/test_account.c: what is said to be lost, and what is not.
#include "gc/account.h"
#include "tests/unit/gc/gc_test.h"

static Node *known; // a C variable is a root

__attribute__((weak)) void visit_static_objects(Visitor visit, void *context) {}
__attribute__((weak)) const char *object_kind_name(const ObjectHead *o) { return "Node"; }

static bool can_account(void) { return ADDER_DEBUG && !HEAP_HAS_ASAN; }

static int64_t count_lost(void)
{
    FILE *out = fopen("/dev/null", "w");
    int64_t lost = gc_account_lost(ts, out);
    fclose(out);
    return lost;
}

static void account__all_reachable__nothing_lost(void **state)
{
    known = node_new(0);
    Node *next = node_new(1);
    node_link(known, 0, next);
    node_drop(next);
    assert_int_equal(count_lost(), 0);
    node_drop(known);
    known = NULL;
}

static void account__count_never_dropped__lost(void **state)
{
    Node *lost = node_new(0), *with = node_new(1);
    node_link(lost, 0, with);
    node_drop(with);
    assert_int_equal(count_lost(), can_account() ? 2 : 0);
    node_drop(lost);
    assert_int_equal(count_lost(), 0);
}

static void account__in_a_frame_slot__not_lost(void **state)
{
    Node *held = node_new(0);
    frame_slots[0].bits = (uintptr_t)held;
    assert_int_equal(count_lost(), 0);
    frame_slots[0].bits = 0;
    node_drop(held);
}

static void account__immortal__not_lost(void **state)
{
    Node *immortal = node_new(0), *kept = node_new(1);
    node_link(immortal, 0, kept);
    node_drop(kept);
    head_immortalize(&immortal->head);
    assert_int_equal(count_lost(), 0);
}

int main(void)
{
    ts = thread_state_create(true);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(account__all_reachable__nothing_lost),
        cmocka_unit_test(account__count_never_dropped__lost),
        cmocka_unit_test(account__in_a_frame_slot__not_lost),
        cmocka_unit_test(account__immortal__not_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
