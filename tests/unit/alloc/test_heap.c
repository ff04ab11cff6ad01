// tests/unit/alloc/test_heap.c: one heap, one thread.
#include "tests/unit/alloc/alloc_test.h"

static Heap *heap;

static void heap_alloc__every_size__aligned_and_disjoint(void **state)
{
    enum { SIZES = 8200 / 8 };
    unsigned char **blocks = calloc(SIZES * 3, sizeof *blocks);
    for (size_t kind = 0; kind < 3; kind++) {
        for (size_t i = 0; i < SIZES; i++) {
            size_t size = 16 + i * 8;
            unsigned char *p =
                kind == 2 ? heap_alloc_raw(heap, size) : heap_alloc_object(heap, size, kind == 0);
            assert_non_null(p);
            assert_int_equal((uintptr_t)p % (kind == 2 ? 8 : 16), 0);
            assert_true((kind == 2 ? heap_raw_size(p) : heap_object_size(p)) >= size);
            memset(p, (int)(i % 251), size);
            blocks[kind * SIZES + i] = p;
        }
    }
    for (size_t kind = 0; kind < 3; kind++) {
        for (size_t i = 0; i < SIZES; i++) {
            unsigned char *p = blocks[kind * SIZES + i];
            for (size_t k = 0; k < 16 + i * 8; k++) {
                assert_int_equal(p[k], i % 251);
            }
            if (kind == 2) {
                heap_free_raw(heap, p);
            } else {
                heap_free_object(heap, p);
            }
        }
    }
    free(blocks);
}

static void heap_alloc__freed_block__comes_back_first(void **state)
{
    void *a = heap_alloc_object(heap, 32, true);
    void *b = heap_alloc_object(heap, 32, true);
    heap_free_object(heap, a);
    assert_ptr_equal(heap_alloc_object(heap, 32, true), a);
    heap_free_object(heap, a);
    heap_free_object(heap, b);
}

static void heap_free__object__keeps_counts_and_clears_collector_byte(void **state)
{
    uint32_t *o = heap_alloc_object(heap, 48, true);
    o[0] = 0;
    o[1] = 3;
    memset(&o[2], 0xff, 8);
    heap_free_object(heap, o);
    assert_int_equal(o[0], 0);
    assert_int_equal(o[1], 3);
    assert_int_equal(o[3], 0);
}

static void heap_alloc__kinds__never_share_a_pool(void **state)
{
    void *a = heap_alloc_object(heap, 64, true);
    void *b = heap_alloc_object(heap, 64, false);
    void *c = heap_alloc_raw(heap, 64);
    assert_int_equal(pool_of(a)->kind, POOL_COLLECTED);
    assert_int_equal(pool_of(b)->kind, POOL_PLAIN);
    assert_true(HEAP_HAS_ASAN || pool_of(c)->kind == POOL_RAW);
    heap_free_object(heap, a);
    heap_free_object(heap, b);
    heap_free_raw(heap, c);
}

static void heap_free__everything__arenas_go_back(void **state)
{
    enum { COUNT = 300000 };
    void **blocks = malloc(COUNT * sizeof *blocks);
    heap_trim(heap);
    uint64_t arenas = statistics_now().arenas.count;
    for (int i = 0; i < COUNT; i++) {
        blocks[i] = heap_alloc_object(heap, 32 + 16 * (size_t)(i % 3), true);
    }
    assert_true(statistics_now().arenas.count >= arenas + 12);
    for (int i = 0; i < COUNT; i++) {
        heap_free_object(heap, blocks[(size_t)i * 7919 % COUNT]);
    }
    heap_trim(heap);
    assert_true(statistics_now().arenas.count <= arenas + 1);
    free(blocks);
}

static void heap_alloc__bytes_per_object__little_more_than_its_size(void **state)
{
    enum { COUNT = 100000 };
    void **blocks = malloc(COUNT * sizeof *blocks);
    heap_trim(heap);
    uint64_t pools = statistics_now().pools;
    for (int i = 0; i < COUNT; i++) {
        blocks[i] = heap_alloc_object(heap, 32, true);
    }
    uint64_t bytes = (statistics_now().pools - pools) * POOL_BYTES;
    assert_true(bytes / COUNT <= 34);
    for (int i = 0; i < COUNT; i++) {
        heap_free_object(heap, blocks[i]);
    }
    free(blocks);
}

static void pool_block_index__every_class__counts_blocks(void **state)
{
    for (size_t size = 16; size <= POOL_BLOCK_MAX; size += 16) {
        void *p = heap_alloc_object(heap, size, true);
        Pool *pool = pool_of(p);
        for (uint32_t i = 0; i < pool->capacity; i++) {
            char *block = pool_block_by_index(pool, i);
            assert_int_equal(pool_block_index(pool, block), i);
            assert_int_equal(pool_block_index(pool, block + pool->block_size - 1), i);
        }
        heap_free_object(heap, p);
    }
}

static void heap_realloc__grows_and_shrinks__keeps_content(void **state)
{
    unsigned char *p = NULL;
    size_t sizes[] = {1, 16, 40, 600, 500, 9000, 100000, 2000000, 8000, 30, 5000, 20000, 1};
    size_t kept = 0;
    for (size_t i = 0; i < ARRAY_LENGTH(sizes); i++) {
        p = heap_realloc_raw(heap, p, sizes[i]);
        assert_non_null(p);
        for (size_t k = 0; k < MIN_OF(kept, sizes[i]); k++) {
            assert_int_equal(p[k], k % 253);
        }
        for (size_t k = 0; k < sizes[i]; k++) {
            p[k] = (unsigned char)(k % 253);
        }
        kept = sizes[i];
    }
    heap_free_raw(heap, p);
    heap_free_raw(heap, NULL);
}

static void heap_alloc_raw_zeroed__any_size__zero(void **state)
{
    for (size_t size = 1; size < 40000; size = size * 3 + 1) {
        unsigned char *p = heap_alloc_raw(heap, size);
        memset(p, 0xff, size);
        heap_free_raw(heap, p);
        p = heap_alloc_raw_zeroed(heap, size);
        for (size_t k = 0; k < size; k++) {
            assert_int_equal(p[k], 0);
        }
        heap_free_raw(heap, p);
    }
}

static void heap_alloc_object__large__is_a_span_the_collector_finds(void **state)
{
    void *p = heap_alloc_object(heap, 100000, true);
    Pool *span = pool_of(p);
    assert_true(span->is_span);
    assert_ptr_equal(large_first_span(), span);
    assert_int_equal(pool_touched_blocks(span), 1);
    assert_ptr_equal(pool_block_by_index(span, 0), p);
    assert_int_equal(pool_block_index(span, p), 0);
    assert_int_equal(heap_object_size(p), 100000);
    memset(p, 1, 100000);
    heap_free_object(heap, p);
    assert_null(large_first_span());
}

static void heap_set_limit__reached__null_and_room_again_after_frees(void **state)
{
    heap_trim(heap);
    heap_set_limit(heap_system_bytes() + 5 * 1024 * 1024);
    void **blocks = calloc(1000000, sizeof *blocks);
    int count = 0;
    while ((blocks[count] = heap_alloc_object(heap, 512, false)) != NULL) {
        count += 1;
    }
    assert_in_range(count, 4 * 2048 - 512, 6 * 2048);
    assert_null(heap_alloc_raw(heap, 8 * 1024 * 1024));
    assert_null(heap_alloc_object(heap, 8 * 1024 * 1024, true));
    while (count-- > 0) {
        heap_free_object(heap, blocks[count]);
    }
    heap_trim(heap);
    void *p = heap_alloc_raw(heap, 1024 * 1024);
    assert_non_null(p);
    heap_free_raw(heap, p);
    heap_set_limit(0);
    free(blocks);
}

static void heap_alloc__impossible_sizes__null(void **state)
{
    assert_null(heap_alloc_raw(heap, SIZE_MAX));
    assert_null(heap_alloc_raw(heap, SIZE_MAX - 8));
    assert_null(heap_alloc_object(heap, SIZE_MAX - 64, true));
    assert_null(heap_alloc_raw(heap, (size_t)1 << 50));
    assert_null(heap_alloc_object(heap, (size_t)1 << 50, false));
}

static void arena_mark_young__block_freed__bit_goes_with_its_pool(void **state)
{
    void *p = heap_alloc_object(heap, 480, true);
    Pool *pool = pool_of(p);
    arena_mark_young(pool);
    Arena *arena = arena_at(pool->arena);
    uint64_t bit = 1ull << (((uintptr_t)pool - (uintptr_t)arena->base) / POOL_BYTES);
    assert_true((arena->young & bit) != 0 && (arena->collected & bit) != 0);
    heap_free_object(heap, p);
    heap_trim(heap);
    assert_true((arena->young & bit) == 0 && (arena->collected & bit) == 0);
}

static void random_churn__many_sizes__contents_stay(void **state)
{
    enum { SLOTS = 2000, ROUNDS = 400000 };
    struct {
        unsigned char *p;
        size_t size;
        unsigned char tag;
    } slots[SLOTS] = {0};
    uint64_t random = 88172645463325252ull;
    for (int round = 0; round < ROUNDS; round++) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        size_t i = random % SLOTS;
        if (slots[i].p != NULL) {
            size_t last = slots[i].size - 1;
            assert_int_equal(slots[i].p[16], slots[i].tag);
            assert_int_equal(slots[i].p[last], slots[i].tag);
            heap_free_object(heap, slots[i].p);
            slots[i].p = NULL;
        } else {
            size_t size = 17 + (random >> 20) % ((random >> 50) % 64 == 0 ? 20000 : 600);
            unsigned char *p = heap_alloc_object(heap, size, (random >> 40) % 2 == 0);
            slots[i].p = p;
            slots[i].size = size;
            slots[i].tag = (unsigned char)round;
            p[16] = p[size - 1] = (unsigned char)round;
        }
    }
    for (int i = 0; i < SLOTS; i++) {
        if (slots[i].p != NULL) {
            heap_free_object(heap, slots[i].p);
        }
    }
}

int main(void)
{
    heap = heap_create();
    const struct CMUnitTest tests[] = {
        TEST(heap_alloc__every_size__aligned_and_disjoint),
        TEST(heap_alloc__freed_block__comes_back_first),
        TEST(heap_free__object__keeps_counts_and_clears_collector_byte),
        TEST(heap_alloc__kinds__never_share_a_pool),
        TEST(heap_free__everything__arenas_go_back),
        TEST(heap_alloc__bytes_per_object__little_more_than_its_size),
        TEST(pool_block_index__every_class__counts_blocks),
        TEST(heap_realloc__grows_and_shrinks__keeps_content),
        TEST(heap_alloc_raw_zeroed__any_size__zero),
        TEST(heap_alloc_object__large__is_a_span_the_collector_finds),
        TEST(heap_set_limit__reached__null_and_room_again_after_frees),
        TEST(heap_alloc__impossible_sizes__null),
        TEST(arena_mark_young__block_freed__bit_goes_with_its_pool),
        TEST(random_churn__many_sizes__contents_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
