// tests/unit/alloc/alloc_test.h: what the allocator's tests share.
#ifndef ADDER_TESTS_ALLOC_TEST_H
#define ADDER_TESTS_ALLOC_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "alloc/heap.h"
#include "alloc/statistics.h"
#include "alloc/upcalls.h"

// These tests run without thread states: there are no late readers, so nothing waits. Weak: where
// the runtime's own comes in, it wins.
__attribute__((weak)) void reclaim_after_grace(void (*release)(void *memory), void *memory,
                                               size_t bytes)
{
    release(memory);
}

// Asking for the impossible is part of these tests; sanitizers must answer NULL as malloc does.
const char *__asan_default_options(void);
const char *__asan_default_options(void) { return "allocator_may_return_null=1"; }
const char *__tsan_default_options(void);
const char *__tsan_default_options(void) { return "allocator_may_return_null=1"; }

static inline HeapStatistics statistics_now(void)
{
    HeapStatistics statistics;
    heap_statistics_stopped(&statistics);
    return statistics;
}

static inline uint64_t blocks_now(void) { return statistics_now().blocks_used; }

// Every test leaves as many blocks as it found.
static uint64_t blocks_before;
static inline int setup_blocks(void **state)
{
    blocks_before = blocks_now();
    return 0;
}
static inline int teardown_blocks(void **state) { return blocks_now() == blocks_before ? 0 : -1; }

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup_blocks, teardown_blocks)

#endif
