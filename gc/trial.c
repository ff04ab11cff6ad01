// gc/trial.c: counts in side tables; header words are never written.
#include "gc/trial.h"

#include <sys/mman.h>

#include "alloc/pool.h"
#include "gc/dying.h"
#include "gil/ref.h"

enum { CHUNK_BYTES = 1024 * 1024, AHEAD = 8 };

// An entry of a side table, one per block of the pool.
enum {
    REACHED = 1u << 31,
    HAS_COUNTED = 1u << 30,   // refers to candidates by counted edges,
    HAS_MARK_ONLY = 1u << 29, // and so by others: with neither there is nothing to follow
    COUNT_MAX = HAS_MARK_ONLY - 1u,
};

static uint32_t *entry_of(const ObjectHead *o)
{
    Pool *pool = pool_of(o);
    uint32_t *table = pool->collector;
    return table == NULL ? NULL : &table[pool_block_index(pool, o)];
}

void trial_begin(Trial *trial, uint8_t wanted, uint8_t unwanted, uint32_t held)
{
    trial->wanted = wanted;
    trial->unwanted = unwanted;
    trial->held = held;
    trial->failed = false;
    trial->reached_deferred = false;
    ASSERT(trial->candidates.count == 0 && trial->pools.count == 0 && trial->stack.count == 0);
}

static uint32_t *take_table(Trial *trial, size_t entries)
{
    size_t bytes = (entries * sizeof(uint32_t) + 63) & ~(size_t)63;
    if (trial->chunks.count == 0 || trial->chunk_used + bytes > CHUNK_BYTES) {
        void *chunk = mmap(NULL, CHUNK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                           -1, 0);
        if (chunk == MAP_FAILED) {
            return NULL;
        }
        if (!vector_push(&trial->chunks, chunk)) {
            munmap(chunk, CHUNK_BYTES);
            return NULL;
        }
        trial->chunk_used = 0;
    }
    char *chunk = trial->chunks.items[trial->chunks.count - 1];
    uint32_t *table = (uint32_t *)(chunk + trial->chunk_used);
    trial->chunk_used += bytes;
    return table;
}

// Only the entries of candidates are ever read, so a table need not be cleared.
static bool give_table(Trial *trial, Pool *pool)
{
    uint32_t *table = take_table(trial, pool->capacity);
    if (table == NULL || !vector_push(&trial->pools, pool)) {
        return false;
    }
    pool->collector = table;
    return true;
}

static uint32_t count_of(const Trial *trial, const ObjectHead *o)
{
    if (head_is_immortal(o)) {
        return COUNT_MAX;
    }
    int64_t count = head_count(o) - trial->held;
    ASSERT(count >= 0);
    if (MUTANT(collector_skips_root) && count > 0 && (uintptr_t)o % 112 == 0) {
        count -= 1;
    }
    return count < 0 ? 0 : count > COUNT_MAX ? COUNT_MAX : (uint32_t)count;
}

void trial_add(Trial *trial, ObjectHead *o)
{
    Pool *pool = pool_of(o);
    if (UNLIKELY(trial->failed)) {
        return;
    }
    if (pool->collector == NULL && !give_table(trial, pool)) {
        trial->failed = true;
        return;
    }
    ((uint32_t *)pool->collector)[pool_block_index(pool, o)] = count_of(trial, o);
    bool is_listed = vector_push(&trial->candidates, o) &&
                     ((o->gc & GC_DEFERRED) == 0 || vector_push(&trial->deferred, o));
    trial->failed = !is_listed;
}

static void visit_subtract(Value target, EdgeKind kind, void *context)
{
    Trial *trial = context;
    if (!value_is_object(target)) {
        return;
    }
    ObjectHead *o = value_head(target);
    if (!trial_is_candidate(trial, o)) {
        if (kind == EDGE_MARK_ONLY) {
            dying_note_instance(o);
        }
        return;
    }
    if (kind == EDGE_MARK_ONLY) {
        trial->edges |= HAS_MARK_ONLY;
        return;
    }
    trial->edges |= HAS_COUNTED;
    uint32_t *entry = entry_of(o);
    if (entry == NULL || (*entry & COUNT_MAX) == COUNT_MAX) {
        return;
    }
    // Else an object reports a reference that it does not hold.
    ASSERT((*entry & COUNT_MAX) != 0 || MUTANT(collector_skips_root));
    *entry -= (*entry & COUNT_MAX) != 0;
}

void trial_subtract(Trial *trial)
{
    void **items = trial->candidates.items;
    size_t count = trial->failed ? 0 : trial->candidates.count;
    for (size_t i = 0; i < count; i++) {
        if (i + AHEAD < count) {
            __builtin_prefetch((char *)items[i + AHEAD]);
        }
        trial->edges = 0;
        object_traverse(items[i], visit_subtract, trial);
        if (trial->edges != 0) {
            *entry_of(items[i]) |= trial->edges;
        }
    }
}

static void reach(Trial *trial, ObjectHead *o, uint32_t *entry)
{
    bool has_edges = (*entry & HAS_COUNTED) != 0 ||
                     ((*entry & HAS_MARK_ONLY) != 0 && !trial->reached_deferred);
    *entry |= REACHED;
    if (has_edges && !vector_push(&trial->stack, o)) {
        trial->failed = true;
    }
}

void trial_visit_root(Value target, EdgeKind kind, void *context)
{
    Trial *trial = context;
    if (!value_is_object(target)) {
        return;
    }
    ObjectHead *o = value_head(target);
    if (trial_is_candidate(trial, o)) {
        uint32_t *entry = entry_of(o);
        if (entry != NULL && (*entry & REACHED) == 0) {
            reach(trial, o, entry);
        }
    }
}

static void traverse_reached(Trial *trial)
{
    while (trial->stack.count != 0 && !trial->failed) {
        ObjectHead *o = trial->stack.items[--trial->stack.count];
        object_traverse(o, trial_visit_root, trial);
    }
}

static void mark_from(Trial *trial, Vector *roots)
{
    for (size_t i = 0; i < roots->count && !trial->failed; i++) {
        ObjectHead *o = roots->items[i];
        uint32_t *entry = entry_of(o);
        if ((*entry & REACHED) == 0 && (*entry & COUNT_MAX) != 0) {
            reach(trial, o, entry);
            traverse_reached(trial);
        }
    }
}

void trial_mark(Trial *trial)
{
    traverse_reached(trial);
    // Types first: mostly all of them are alive, and then nobody need be asked for its type.
    mark_from(trial, &trial->deferred);
    bool all = true;
    for (size_t i = 0; i < trial->deferred.count; i++) {
        all = all && trial_is_reached(trial->deferred.items[i]);
    }
    trial->reached_deferred = all && !trial->failed;
    mark_from(trial, &trial->candidates);
}

bool trial_is_reached(const ObjectHead *candidate)
{
    uint32_t *entry = entry_of(candidate);
    return entry == NULL || (*entry & REACHED) != 0;
}

void trial_end(Trial *trial)
{
    for (size_t i = 0; i < trial->pools.count; i++) {
        ((Pool *)trial->pools.items[i])->collector = NULL;
    }
    while (trial->chunks.count > 1) {
        munmap(trial->chunks.items[--trial->chunks.count], CHUNK_BYTES);
    }
    trial->chunk_used = 0;
    vector_reset(&trial->candidates);
    vector_reset(&trial->deferred);
    vector_reset(&trial->pools);
    vector_reset(&trial->stack);
}
