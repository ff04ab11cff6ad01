// gc/trial.h: trial deletion over a set of candidates, with the world stopped.
//
// 1. Every candidate's count is copied into a side table of its pool.
// 2. Each counted edge from a candidate to a candidate takes one off the copy of its target. What is
//    left counts the references from outside the set: variables of C, frames, older objects.
// 3. A candidate with some left is alive, and so is all that it reaches, by edges of either kind.
// 4. The others are unreachable.
// The set may be any: nothing needs to be known of references from outside it, hence no write barrier.
#ifndef ADDER_GC_TRIAL_H
#define ADDER_GC_TRIAL_H

#include "gc/upcalls.h"
#include "gc/vector.h"

typedef struct Trial {
    uint8_t wanted;   // a candidate has one of these flags
    uint8_t unwanted; // and none of these
    uint32_t held;    // references to each candidate that do not count: the collector's own
    bool failed;      // without memory: nothing may be concluded
    bool reached_deferred; // every candidate that mark-only edges may lead to is known to be alive
    uint32_t edges;        // what the object that is being traversed refers to
    Vector candidates;
    Vector deferred;  // candidates too: types, and what slots hold without a count
    Vector pools;     // those with a side table
    Vector stack;     // reached, not yet traversed
    Vector chunks;    // memory of side tables
    size_t chunk_used;
} Trial;

static inline bool trial_is_candidate(const Trial *trial, const ObjectHead *o)
{
    uint8_t gc = atomic_load_relaxed(&o->gc);
    return (gc & trial->wanted) != 0 && (gc & trial->unwanted) == 0;
}

void trial_begin(Trial *trial, uint8_t wanted, uint8_t unwanted, uint32_t held);
// Adds one object that is a candidate by its flags. All must be added before the next steps.
void trial_add(Trial *trial, ObjectHead *o);
void trial_subtract(Trial *trial);
// Marks what is alive: candidates with references from outside, and what they reach.
void trial_mark(Trial *trial);
// A value that is alive for another reason: before trial_mark. A Visitor; context is the trial.
void trial_visit_root(Value target, EdgeKind kind, void *context);
bool trial_is_reached(const ObjectHead *candidate);
// Forgets side tables; the memory is kept for the next time. `candidates` may be used until then.
void trial_end(Trial *trial);

#endif
