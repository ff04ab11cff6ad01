// gc/account.c: marks from the roots, over all object pools, and counts what is left over.
//
// 1. Debug pools know which of their blocks are allocated.
//    Every pool of objects gets a table with a byte per block.
// 2. Marking starts at immortal objects, at what static objects refer to, at thread roots, and at
//    whatever looks like an object's address in C variables or in raw memory; it follows edges of
//    both kinds. (An array that only a lost object knows hides its items, not the object.)
// 3. Allocated, of an object pool, and not reached: lost.
#include "gc/account.h"

#include <stdlib.h>

#include "alloc/heap.h"
#include "alloc/statistics.h"
#include "gc/upcalls.h"
#include "gc/vector.h"
#include "gil/ref.h"
#include "gil/stop_the_world.h"

enum { PRINTED_MAX = 40 };

// The address sanitizer fills data with red zones, and raw memory lies in malloc: all bets are off.
enum { CAN_ACCOUNT = ADDER_DEBUG && !HEAP_HAS_ASAN };

typedef struct Account {
    Vector stack;
    FILE *out;
    int64_t lost;
} Account;

static uint8_t *mark_of(const ObjectHead *o)
{
    Pool *pool = pool_of(o);
    uint8_t *table = pool->collector;
    return table == NULL ? NULL : &table[pool_block_index(pool, o)];
}

static void give_table(Pool *pool, void *context)
{
    if (pool->kind != POOL_RAW) {
        pool->collector = calloc(pool->capacity, 1);
    }
}

static void take_table(Pool *pool, void *context)
{
    free(pool->collector);
    pool->collector = NULL;
}

static void visit(Value target, EdgeKind kind, void *context)
{
    Account *account = context;
    if (!value_is_object(target)) {
        return;
    }
    ObjectHead *o = value_head(target);
    if (!heap_contains_stopped(o)) {
        return; // a static object: its references are roots
    }
    uint8_t *mark = mark_of(o);
    if (mark != NULL && *mark == 0) {
        *mark = 1;
        CHECK(vector_push(&account->stack, o));
    }
}

static void visit_immortal(void *block, PoolKind kind, size_t size, void *context)
{
    if (kind != POOL_RAW && head_is_immortal(block)) {
        visit(value_of(block), EDGE_COUNTED, context);
    }
}

// Words that happen to be the address of an allocated object.
static void visit_words(const uintptr_t *words, size_t count, Account *account)
{
    for (size_t i = 0; i < count; i++) {
        ObjectHead *o = (ObjectHead *)words[i];
        if (words[i] == 0 || (words[i] & 15) != 0 || !heap_contains_stopped(o)) {
            continue;
        }
        Pool *pool = pool_of(o);
        if (pool->collector != NULL && pool_offset_of(o) >= pool->first &&
            pool_block_by_index(pool, pool_block_index(pool, o)) == (void *)o &&
            heap_is_allocated_stopped(o)) {
            visit(value_of(o), EDGE_COUNTED, account);
        }
    }
}

static void visit_raw(void *block, PoolKind kind, size_t size, void *context)
{
    if (kind == POOL_RAW) {
        visit_words(block, size / sizeof(uintptr_t), context);
    }
}

extern uintptr_t __data_start[], _end[]; // of the linker

static void visit_lost(void *block, PoolKind kind, size_t size, void *context)
{
    Account *account = context;
    ObjectHead *o = block;
    if (kind == POOL_RAW || *mark_of(o) != 0) {
        return;
    }
    if (account->lost++ < PRINTED_MAX) {
        fprintf(account->out, "adder: lost object at %p: %s, %lld references, %zu bytes\n", block,
                object_kind_name(o), (long long)head_count(o), size);
    }
}

int64_t gc_account_lost(ThreadState *ts, FILE *out)
{
    if (!CAN_ACCOUNT) {
        return 0;
    }
    Account account = {.out = out};
    stop_the_world(ts);
    heap_trim_all_stopped();
    heap_visit_pools_stopped(give_table, NULL);
    visit_static_objects(visit, &account);
    visit_thread_roots(ts, visit, &account);
    heap_visit_allocated_stopped(visit_immortal, &account);
    heap_visit_allocated_stopped(visit_raw, &account);
    visit_words(__data_start, (size_t)(_end - __data_start), &account);
    while (account.stack.count != 0) {
        object_traverse(account.stack.items[--account.stack.count], visit, &account);
    }
    heap_visit_allocated_stopped(visit_lost, &account);
    heap_visit_pools_stopped(take_table, NULL);
    start_the_world(ts);
    vector_free(&account.stack);
    return account.lost;
}
