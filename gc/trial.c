// gc/trial.c: counts in side tables; header words are never written.
#include "gc/trial.h"

#include <sys/mman.h>

#include "gc/dying.h"

enum { CHUNK_BYTES = 1024 * 1024, AHEAD = 8 };

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
        void *chunk =
            mmap(NULL, CHUNK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
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

bool trial_give_table(Trial *trial, Pool *pool)
{
    uint32_t *table = take_table(trial, pool->capacity);
    if (table == NULL || !vector_push(&trial->pools, pool)) {
        return false;
    }
    pool->collector = table;
    return true;
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
        trial->edges |= TRIAL_HAS_MARK_ONLY;
        return;
    }
    trial->edges |= TRIAL_HAS_COUNTED;
    uint32_t *entry = trial_entry(o);
    if (entry == NULL || (*entry & TRIAL_COUNT_MAX) == TRIAL_COUNT_MAX) {
        return;
    }
    // Else an object reports a reference that it does not hold.
    ASSERT((*entry & TRIAL_COUNT_MAX) != 0 || MUTANT(collector_skips_root));
    *entry -= (*entry & TRIAL_COUNT_MAX) != 0;
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
            *trial_entry(items[i]) |= trial->edges;
        }
    }
}

static void reach(Trial *trial, ObjectHead *o, uint32_t *entry)
{
    bool has_edges = (*entry & TRIAL_HAS_COUNTED) != 0 ||
                     ((*entry & TRIAL_HAS_MARK_ONLY) != 0 && !trial->reached_deferred);
    *entry |= TRIAL_REACHED;
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
        uint32_t *entry = trial_entry(o);
        if (entry != NULL && (*entry & TRIAL_REACHED) == 0) {
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
        uint32_t *entry = trial_entry(o);
        if ((*entry & TRIAL_REACHED) == 0 && (*entry & TRIAL_COUNT_MAX) != 0) {
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
