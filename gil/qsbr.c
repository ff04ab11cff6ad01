#include "gil/qsbr.h"

#include <stdlib.h>

#include "gil/futex.h"

enum {
    BATCH_BLOCKS = 120,
    BATCH_NODES = 64,
    BATCH_BYTES = 256 * 1024,
    SEQUENCE_FIRST = 1, // odd; 0 means detached
    SEQUENCE_STEP = 2,
};

// Laid over the memory that waits: the allocator leaves us 32 bytes of it.
typedef struct Node {
    struct Node *next;
    void (*release)(void *memory);
    uint64_t bytes;
} Node;

typedef struct Batch {
    struct Batch *next;
    uint64_t goal; // the batch may be freed when all attached threads have seen this
    uint64_t bytes;
    Node *nodes;
    uint32_t node_count, block_count;
    void *blocks[BATCH_BLOCKS];
} Batch;

typedef struct BatchList {
    Batch *first, *last;
} BatchList;

typedef struct Queue {
    Batch *open;      // takes new memory; NULL: none yet
    BatchList closed; // oldest first
} Queue;

static uint64_t sequence = SEQUENCE_FIRST; // atomic

static RawLock orphans_lock;
static BatchList orphans;  // orphans_lock: closed batches of ended threads
static bool orphans_exist; // atomic hint

static uint64_t waiting_bytes, freed_bytes, lost_blocks; // atomic; of closed batches

static void append(BatchList *list, Batch *batch)
{
    batch->next = NULL;
    if (list->last == NULL) {
        list->first = batch;
    } else {
        list->last->next = batch;
    }
    list->last = batch;
}

static Batch *take_first(BatchList *list)
{
    Batch *batch = list->first;
    list->first = batch->next;
    if (list->first == NULL) {
        list->last = NULL;
    }
    return batch;
}

// --- Readers -------------------------------------------------------------------------------------

void qsbr_online(ThreadState *ts)
{
    // acquire: pairs with the advance in close_batch:
    // what was unlinked before it is unlinked for us.
    uint64_t now = atomic_load_acquire(&sequence);
    // Read-modify-write, see the header's rule; pairs with the one in oldest_seen.
    (void)atomic_exchange_acq_rel(&ts->qsbr_seen, now);
}

void qsbr_offline(ThreadState *ts)
{
    // release: our reads are over before anybody sees the zero.
    atomic_store_release(&ts->qsbr_seen, (uint64_t)0);
}

// The oldest sequence that some attached thread may still be in.
static uint64_t oldest_seen(void)
{
    uint64_t oldest = atomic_load_acquire(&sequence);
    threads_lock();
    for (ThreadState *t = threads_first(); t != NULL; t = t->next) {
        uint64_t seen = atomic_add_acq_rel(&t->qsbr_seen, (uint64_t)0);
        if (seen != 0 && seen < oldest) {
            oldest = seen;
        }
    }
    threads_unlock();
    return oldest;
}

// --- Freeing -------------------------------------------------------------------------------------

static void free_batch(Batch *batch, Heap *heap)
{
    atomic_add_relaxed(&waiting_bytes, -batch->bytes);
    atomic_add_relaxed(&freed_bytes, batch->bytes);
    for (uint32_t i = 0; i < batch->block_count; i++) {
        heap_free_raw(heap, batch->blocks[i]);
    }
    for (Node *node = batch->nodes, *next; node != NULL; node = next) {
        next = node->next; // the release overwrites it
        node->release(node);
    }
    free(batch);
}

static void free_passed(BatchList *list, uint64_t oldest, Heap *heap)
{
    while (list->first != NULL && list->first->goal <= oldest) {
        free_batch(take_first(list), heap);
    }
}

static void free_passed_orphans(uint64_t oldest, Heap *heap)
{
    BatchList passed = {NULL, NULL};
    raw_lock(&orphans_lock);
    BatchList kept = {NULL, NULL};
    while (orphans.first != NULL) {
        Batch *batch = take_first(&orphans);
        append(batch->goal <= oldest ? &passed : &kept, batch);
    }
    orphans = kept;
    atomic_store_relaxed(&orphans_exist, kept.first != NULL);
    raw_unlock(&orphans_lock);
    free_passed(&passed, UINT64_MAX, heap);
}

static void try_to_free(ThreadState *ts, Queue *queue)
{
    bool orphaned = atomic_load_relaxed(&orphans_exist);
    if ((queue == NULL || queue->closed.first == NULL) && !orphaned) {
        return;
    }
    uint64_t oldest = oldest_seen();
    if (queue != NULL) {
        free_passed(&queue->closed, oldest, ts->heap);
    }
    if (orphaned) {
        free_passed_orphans(oldest, ts->heap);
    }
}

static void ask_everybody(void)
{
    threads_lock();
    for (ThreadState *t = threads_first(); t != NULL; t = t->next) {
        eval_breaker_set(t, BREAK_RECLAIM);
    }
    threads_unlock();
}

static void close_batch(Queue *queue)
{
    PERTURB("qsbr.close");
    // acq_rel: everything unlinked so far is visible to whoever sees this sequence or a later one.
    queue->open->goal = atomic_add_acq_rel(&sequence, (uint64_t)SEQUENCE_STEP) + SEQUENCE_STEP;
    atomic_add_relaxed(&waiting_bytes, queue->open->bytes);
    append(&queue->closed, queue->open);
    queue->open = NULL;
    ask_everybody();
}

void qsbr_poll(ThreadState *ts)
{
    (void)eval_breaker_take(ts, BREAK_RECLAIM);
    qsbr_online(ts);
    try_to_free(ts, ts->qsbr_queue);
}

static Batch *open_batch(ThreadState *ts)
{
    Queue *queue = ts->qsbr_queue;
    if (queue == NULL) {
        queue = calloc(1, sizeof *queue);
        if (queue == NULL) {
            return NULL;
        }
        ts->qsbr_queue = queue;
    }
    if (queue->open == NULL) {
        try_to_free(ts, queue); // most often the batch before last has passed by now
        queue->open = malloc(sizeof *queue->open);
        if (queue->open == NULL) {
            return NULL;
        }
        *queue->open = (Batch){.next = NULL};
    }
    return queue->open;
}

static void note_added(ThreadState *ts, Batch *batch, size_t bytes)
{
    batch->bytes += bytes; // to waiting_bytes when the batch is closed: all threads write that
    if (batch->bytes >= BATCH_BYTES || batch->node_count >= BATCH_NODES ||
        batch->block_count == BATCH_BLOCKS) {
        close_batch(ts->qsbr_queue);
    }
}

void qsbr_free_raw(ThreadState *ts, void *raw_block)
{
    if (raw_block == NULL) {
        return;
    }
    Batch *batch = open_batch(ts);
    if (batch == NULL) {
        // There is nowhere to note it down. A reader may be looking, so it is lost.
        atomic_add_relaxed(&lost_blocks, (uint64_t)1);
        return;
    }
    batch->blocks[batch->block_count++] = raw_block;
    note_added(ts, batch, heap_raw_size(raw_block));
}

void qsbr_defer(void (*release)(void *memory), void *memory, size_t bytes)
{
    ThreadState *ts = thread_current();
    Batch *batch = open_batch(ts);
    if (batch == NULL) {
        atomic_add_relaxed(&lost_blocks, (uint64_t)1);
        return;
    }
    Node *node = memory;
    *node = (Node){batch->nodes, release, bytes};
    batch->nodes = node;
    batch->node_count++;
    note_added(ts, batch, bytes);
}

void qsbr_leave(ThreadState *ts)
{
    Queue *queue = ts->qsbr_queue;
    ts->qsbr_queue = NULL;
    if (queue == NULL) {
        return;
    }
    if (queue->open != NULL) {
        close_batch(queue);
    }
    raw_lock(&orphans_lock);
    while (queue->closed.first != NULL) {
        append(&orphans, take_first(&queue->closed));
        atomic_store_relaxed(&orphans_exist, true);
    }
    raw_unlock(&orphans_lock);
    free(queue);
}

void qsbr_reclaim_stopped(void)
{
    BatchList all = {NULL, NULL};
    threads_lock();
    for (ThreadState *t = threads_first(); t != NULL; t = t->next) {
        Queue *queue = t->qsbr_queue;
        if (queue == NULL) {
            continue;
        }
        if (queue->open != NULL) {
            append(&all, queue->open);
            queue->open = NULL;
        }
        while (queue->closed.first != NULL) {
            append(&all, take_first(&queue->closed));
        }
    }
    threads_unlock();
    Heap *heap = thread_current()->heap;
    free_passed(&all, UINT64_MAX, heap);
    free_passed_orphans(UINT64_MAX, heap);
}

QsbrStats qsbr_stats(void)
{
    return (QsbrStats){atomic_load_relaxed(&waiting_bytes), atomic_load_relaxed(&freed_bytes),
                       atomic_load_relaxed(&lost_blocks)};
}
