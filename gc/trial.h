// gc/trial.h: trial deletion over a set of candidates, with the world stopped.
//
// 1. Every candidate's count is copied into a side table of its pool.
// 2. Each counted edge from a candidate to a candidate takes one off the copy of its target. What
//    is left counts the references from outside the set: variables of C, frames, older objects.
// 3. A candidate with some left is alive, and so is all that it reaches, by edges of either kind.
// 4. The others are unreachable.
// The set may be any: nothing needs to be known of references from outside
// it, hence no write barrier.
#ifndef ADDER_GC_TRIAL_H
#define ADDER_GC_TRIAL_H

#include "alloc/pool.h"
#include "gc/upcalls.h"
#include "gc/vector.h"
#include "gil/ref.h"

typedef struct Trial {
    uint8_t wanted;        // a candidate has one of these flags
    uint8_t unwanted;      // and none of these
    uint32_t held;         // references to each candidate that do not count: the collector's own
    bool failed;           // without memory: nothing may be concluded
    bool reached_deferred; // every candidate that mark-only edges may lead to is known to be alive
    uint32_t edges;        // what the object that is being traversed refers to
    Vector candidates;
    Vector deferred; // candidates too: types, and what slots hold without a count
    Vector pools;    // those with a side table
    Vector stack;    // reached, not yet traversed
    Vector chunks;   // memory of side tables
    size_t chunk_used;
} Trial;

static inline bool trial_is_candidate(const Trial *trial, const ObjectHead *o)
{
    uint8_t gc = atomic_load_relaxed(&o->gc);
    return (gc & trial->wanted) != 0 && (gc & trial->unwanted) == 0;
}

void trial_begin(Trial *trial, uint8_t wanted, uint8_t unwanted, uint32_t held);

// An entry of a side table, one per block of the pool. Only those of candidates are ever read, so a
// table is not cleared.
enum {
    TRIAL_REACHED = 1u << 31,
    TRIAL_HAS_COUNTED = 1u << 30,   // refers to candidates by counted edges,
    TRIAL_HAS_MARK_ONLY = 1u << 29, // and so by others: with neither there is nothing to follow
    TRIAL_COUNT_MAX = TRIAL_HAS_MARK_ONLY - 1u,
};

static ALWAYS_INLINE uint32_t *trial_entry(const ObjectHead *o)
{
    Pool *pool = pool_of(o);
    uint32_t *table = pool->collector;
    return table == NULL ? NULL : &table[pool_block_index(pool, o)];
}

static ALWAYS_INLINE uint32_t trial_count_of(const Trial *trial, const ObjectHead *o)
{
    if (head_is_immortal(o)) {
        return TRIAL_COUNT_MAX;
    }
    int64_t count = head_count(o) - trial->held;
    ASSERT(count >= 0);
    if (MUTANT(collector_skips_root) && count > 0 && (uintptr_t)o % 112 == 0) {
        count -= 1;
    }
    return count < 0 ? 0 : count > TRIAL_COUNT_MAX ? TRIAL_COUNT_MAX : (uint32_t)count;
}

// Makes the pool's table. False without memory.
MUST_USE bool trial_give_table(Trial *trial, Pool *pool);

// Adds one object that is a candidate by its flags. All must be added before the next steps.
static ALWAYS_INLINE void trial_add(Trial *trial, ObjectHead *o)
{
    Pool *pool = pool_of(o);
    if (UNLIKELY(trial->failed) ||
        (UNLIKELY(pool->collector == NULL) && !trial_give_table(trial, pool))) {
        trial->failed = true;
        return;
    }
    ((uint32_t *)pool->collector)[pool_block_index(pool, o)] = trial_count_of(trial, o);
    trial->failed = !vector_push(&trial->candidates, o) ||
                    ((o->gc & GC_DEFERRED) != 0 && !vector_push(&trial->deferred, o));
}

void trial_subtract(Trial *trial);
// Marks what is alive: candidates with references from outside, and what they reach.
void trial_mark(Trial *trial);
// A value that is alive for another reason: before trial_mark. A Visitor; context is the trial.
void trial_visit_root(Value target, EdgeKind kind, void *context);
static inline bool trial_is_reached(const ObjectHead *candidate)
{
    uint32_t *entry = trial_entry(candidate);
    return entry == NULL || (*entry & TRIAL_REACHED) != 0;
}
// Forgets side tables; the memory is kept for the next time. `candidates` may be used until then.
void trial_end(Trial *trial);

#endif
