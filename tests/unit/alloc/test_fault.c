// tests/unit/alloc/test_fault.c: the switch that makes an allocation fail.
#include "tests/unit/alloc/alloc_test.h"

static Heap *heap;

static void fault__third_request__fails_once(void **state)
{
    fault_fail_allocation(3, false);
    for (int i = 1; i <= 5; i++) {
        void *p = heap_alloc_raw(heap, 100);
        assert_int_equal(p == NULL, ADDER_DEBUG && i == 3);
        heap_free_raw(heap, p);
    }
    assert_int_equal(fault_has_struck(), ADDER_DEBUG);
    fault_fail_allocation(0, false);
}

static void fault__for_ever__fails_until_turned_off(void **state)
{
    fault_fail_allocation(2, true);
    for (int i = 1; i <= 5; i++) {
        void *p = heap_alloc_object(heap, 9000, true);
        assert_int_equal(p == NULL, ADDER_DEBUG && i >= 2);
        if (p != NULL) {
            heap_free_object(heap, p);
        }
    }
    fault_fail_allocation(0, false);
    void *p = heap_alloc_raw(heap, 1);
    assert_non_null(p);
    heap_free_raw(heap, p);
}

static void fault__realloc_fails__old_block_stands(void **state)
{
    for (size_t size = 100; size < 100000; size *= 10) {
        char *p = heap_alloc_raw(heap, size);
        p[size - 1] = 7;
        fault_fail_allocation(1, false);
        char *moved = heap_realloc_raw(heap, p, size * 4);
        assert_int_equal(moved == NULL, ADDER_DEBUG);
        p = moved == NULL ? p : moved;
        assert_int_equal(p[size - 1], 7);
        heap_free_raw(heap, p);
        fault_fail_allocation(0, false);
    }
}

static void fault_allocation_count__debug__counts_requests(void **state)
{
    uint64_t before = fault_allocation_count();
    heap_free_raw(heap, heap_alloc_raw(heap, 10));
    heap_free_object(heap, heap_alloc_object(heap, 20000, false));
    assert_int_equal(fault_allocation_count() - before, ADDER_DEBUG ? 2 : 0);
}

int main(void)
{
    heap = heap_create();
    const struct CMUnitTest tests[] = {
        TEST(fault__third_request__fails_once),
        TEST(fault__for_ever__fails_until_turned_off),
        TEST(fault__realloc_fails__old_block_stands),
        TEST(fault_allocation_count__debug__counts_requests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
