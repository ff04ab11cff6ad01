// tests/unit/alloc/test_remote_free.c: blocks freed by other threads, pools of ended threads.
#include <pthread.h>

#include "tests/unit/alloc/alloc_test.h"

static Heap *heap;

static void run_thread(void *(*body)(void *), void *argument)
{
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, body, argument), 0);
    pthread_join(thread, NULL);
}

// --- one after the other -------------------------------------------------------------------------

enum { MANY = 20000 };
static void *blocks[MANY];

static void *free_all(void *argument)
{
    Heap *mine = argument == NULL ? heap_create() : NULL;
    for (int i = 0; i < MANY; i++) {
        heap_free_object(mine, blocks[i]);
    }
    if (mine != NULL) {
        heap_abandon(mine);
    }
    return NULL;
}

static void allocate_all(Heap *from)
{
    for (int i = 0; i < MANY; i++) {
        blocks[i] = heap_alloc_object(from, 48, true);
        assert_non_null(blocks[i]);
    }
}

static void remote_free__full_pools__owner_uses_them_again(void **state)
{
    allocate_all(heap);
    uint64_t pools = statistics_now().pools;
    run_thread(free_all, NULL);
    for (int round = 0; round < 5; round++) {
        allocate_all(heap);
        assert_true(statistics_now().pools <= pools + 1);
        run_thread(free_all, NULL);
    }
    heap_trim(heap);
    assert_true(statistics_now().pools <= pools / 10);
}

static void remote_free__thread_without_a_heap__works(void **state)
{
    allocate_all(heap);
    run_thread(free_all, heap);
    heap_trim(heap);
}

static void *allocate_and_end(void *unused)
{
    Heap *mine = heap_create();
    allocate_all(mine);
    heap_abandon(mine);
    return NULL;
}

static void heap_abandon__blocks_live_on__freed_by_others(void **state)
{
    heap_trim(heap);
    uint64_t pools = statistics_now().pools;
    for (int round = 0; round < 4; round++) {
        run_thread(allocate_and_end, NULL);
        assert_true(statistics_now().pools >= pools + MANY * 48 / POOL_BYTES);
        if (round % 2 == 0) {
            free_all(heap); // without a heap: under the lock
        } else {
            run_thread(free_all, NULL); // adopted
        }
        heap_trim(heap);
        assert_true(statistics_now().pools <= pools + 1);
    }
}

static void heap_abandon__half_empty_pools__adopted_by_who_allocates(void **state)
{
    heap_trim(heap);
    run_thread(allocate_and_end, NULL);
    // Free all but one in each pool through no heap: the pools stay abandoned.
    int kept = 0;
    Pool *seen = NULL;
    for (int i = 0; i < MANY; i++) {
        if (pool_of(blocks[i]) != seen) {
            seen = pool_of(blocks[i]);
            blocks[kept++] = blocks[i];
        } else {
            heap_free_object(NULL, blocks[i]);
        }
    }
    uint64_t pools = statistics_now().pools;
    void *more[MANY];
    for (int i = kept; i < MANY; i++) {
        more[i] = heap_alloc_object(heap, 48, true);
    }
    assert_true(statistics_now().pools <= pools + 1);
    for (int i = 0; i < MANY; i++) {
        heap_free_object(heap, i < kept ? blocks[i] : more[i]);
    }
    heap_trim(heap);
}

// --- all at once ---------------------------------------------------------------------------------

enum { THREADS = 4, EXCHANGE = 512, STEPS = 60000 };
static void *exchange[EXCHANGE];

// Everybody allocates, puts blocks into a common exchange and frees what was there; now and then a
// thread lets its heap go and starts over.
static void *trade(void *argument)
{
    uint64_t random = (uint64_t)(uintptr_t)argument * 2654435761u + 88172645463325252ull;
    Heap *mine = heap_create();
    for (int step = 0; step < STEPS; step++) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        size_t size = 16 + (random >> 8) % ((random >> 32) % 100 == 0 ? 12000 : 300);
        bool is_collected = (random >> 50) % 2 == 0;
        unsigned char *fresh = heap_alloc_object(mine, size, is_collected);
        if (size > 16) {
            fresh[16] = fresh[size - 1] = (unsigned char)size;
        }
        void *old = atomic_exchange_acq_rel(&exchange[random % EXCHANGE], (void *)fresh);
        if (old != NULL) {
            heap_free_object(mine, old);
        }
        if (step % 10000 == 9999) {
            heap_abandon(mine);
            mine = heap_create();
        }
        if (step % 3000 == 2999) {
            heap_fold_remote(mine);
        }
    }
    heap_abandon(mine);
    return NULL;
}

static void remote_free__threads_trade_blocks__none_lost(void **state)
{
    pthread_t threads[THREADS];
    for (uintptr_t i = 0; i < THREADS; i++) {
        pthread_create(&threads[i], NULL, trade, (void *)(i + 1));
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    for (int i = 0; i < EXCHANGE; i++) {
        if (exchange[i] != NULL) {
            heap_free_object(heap, exchange[i]);
            exchange[i] = NULL;
        }
    }
    heap_adopt(heap);
    heap_trim(heap);
    assert_true(statistics_now().pools <= 2);
}

// One thread only makes, another only frees: memory must not grow.
static void *ring[1024];
static uint64_t ring_head, ring_tail;
enum { PASSED = 400000 };

static void *consume(void *unused)
{
    Heap *mine = heap_create();
    for (uint64_t i = 0; i < PASSED; i++) {
        while (atomic_load_acquire(&ring_head) == i) {
            sched_yield();
        }
        heap_free_object(mine, ring[i % 1024]);
        atomic_store_release(&ring_tail, i + 1);
    }
    heap_abandon(mine);
    return NULL;
}

static void remote_free__producer_and_consumer__memory_stays_small(void **state)
{
    pthread_t consumer;
    uint64_t pools = statistics_now().pools;
    ring_head = ring_tail = 0;
    pthread_create(&consumer, NULL, consume, NULL);
    for (uint64_t i = 0; i < PASSED; i++) {
        while (i - atomic_load_acquire(&ring_tail) >= 1024) {
            sched_yield();
        }
        ring[i % 1024] = heap_alloc_object(heap, 32, true);
        atomic_store_release(&ring_head, i + 1);
    }
    pthread_join(consumer, NULL);
    assert_true(statistics_now().pools <= pools + 12);
    heap_trim(heap);
}

int main(void)
{
    heap = heap_create();
    const struct CMUnitTest tests[] = {
        TEST(remote_free__full_pools__owner_uses_them_again),
        TEST(remote_free__thread_without_a_heap__works),
        TEST(heap_abandon__blocks_live_on__freed_by_others),
        TEST(heap_abandon__half_empty_pools__adopted_by_who_allocates),
        TEST(remote_free__threads_trade_blocks__none_lost),
        TEST(remote_free__producer_and_consumer__memory_stays_small),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
