// stress/bench/allocator.c: what allocation costs, alone and between threads.
// Nanoseconds per block.
//
//   one block        allocated and freed again and again
//   a thousand       allocated, then freed in the same order
//   a million        allocated (fresh memory: the system's page faults are in it), then freed
//   handed over      allocated by one thread, freed by another
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#include "alloc/heap.h"
#include "core/base/clock.h"

enum { ROUNDS = 20000000, SOME = 1000, MANY = 1000000, RING = 4096 };

static Heap *heap;
static void *blocks[MANY];

static double since(uint64_t start_ns, double count)
{
    return (double)(clock_monotonic_ns() - start_ns) / count;
}

static double one_block(size_t size)
{
    uint64_t start = clock_monotonic_ns();
    for (int i = 0; i < ROUNDS; i++) {
        void *volatile block = heap_alloc_object(heap, size, true);
        heap_free_object(heap, block);
    }
    return since(start, ROUNDS);
}

static double a_thousand(size_t size)
{
    uint64_t start = clock_monotonic_ns();
    for (int round = 0; round < ROUNDS / SOME; round++) {
        for (int i = 0; i < SOME; i++) {
            blocks[i] = heap_alloc_object(heap, size, true);
        }
        for (int i = 0; i < SOME; i++) {
            heap_free_object(heap, blocks[i]);
        }
    }
    return since(start, ROUNDS);
}

static void a_million(size_t size, double *allocate, double *release)
{
    uint64_t start = clock_monotonic_ns();
    for (int i = 0; i < MANY; i++) {
        blocks[i] = heap_alloc_object(heap, size, true);
    }
    *allocate = since(start, MANY);
    start = clock_monotonic_ns();
    for (int i = 0; i < MANY; i++) {
        heap_free_object(heap, blocks[i]);
    }
    *release = since(start, MANY);
}

static void *ring[RING];
static uint64_t head, tail; // atomic

static void *consume(void *unused)
{
    Heap *mine = heap_create();
    for (uint64_t i = 0; i < MANY; i++) {
        while (atomic_load_acquire(&head) == i) {
            sched_yield();
        }
        heap_free_object(mine, ring[i % RING]);
        atomic_store_release(&tail, i + 1);
    }
    heap_abandon(mine);
    return NULL;
}

static double handed_over(size_t size)
{
    pthread_t thread;
    head = tail = 0;
    uint64_t start = clock_monotonic_ns();
    if (pthread_create(&thread, NULL, consume, NULL) != 0) {
        return 0;
    }
    for (uint64_t i = 0; i < MANY; i++) {
        while (i - atomic_load_acquire(&tail) >= RING) {
            sched_yield();
        }
        ring[i % RING] = heap_alloc_object(heap, size, true);
        atomic_store_release(&head, i + 1);
    }
    pthread_join(thread, NULL);
    return since(start, MANY);
}

int main(void)
{
    heap = heap_create();
    if (heap == NULL) {
        return 1;
    }
    printf("%6s %10s %10s %20s %12s\n", "bytes", "one block", "a thousand", "a million",
           "handed over");
    for (size_t size = 16; size <= 4096; size *= 4) {
        double allocate, release;
        a_million(MIN_OF(size, 256), &allocate, &release);
        printf("%6zu %10.2f %10.2f %10.2f+%.2f %12.2f\n", size, one_block(size), a_thousand(size),
               allocate, release, handed_over(size));
    }
    return 0;
}
