// gc/generations.h: when a collection is due, and of which generation.
//
// Three generations. A young collection is due when a thread has made more tracked objects than
// threshold 0 (700) since the last one, those that died meanwhile not counted; after 10 of these
// the middle one is collected too; after 10 of those everything, but only when a quarter of what
// was alive after the last full collection is new. Each thread counts alone: with N threads
// running, N times as many objects are made between two young collections, so that their number
// does not grow with N. New classes, which full collections alone can free, hasten the next one.
//
// Threads  thresholds and switches are atomic; counts change with the world stopped, or by the one
//          thread that collects.
// Origin   the thresholds and the rule of a quarter: CPython's gc module.
#ifndef ADDER_GC_GENERATIONS_H
#define ADDER_GC_GENERATIONS_H

#include "gc/track.h"

enum { GENERATION_YOUNG, GENERATION_MIDDLE, GENERATION_OLD, GENERATIONS };

void gc_enable(void);
void gc_disable(void);
bool gc_is_enabled(void);

void gc_set_thresholds(const int64_t thresholds[GENERATIONS]);
void gc_get_thresholds(int64_t thresholds[GENERATIONS]);

// New objects of the calling thread; young collections since the last middle one; middle ones since
// the last full one.
void gc_get_counts(ThreadState *ts, int64_t counts[GENERATIONS]);

typedef struct GenerationStats {
    int64_t collections;
    int64_t collected;
    int64_t uncollectable;
    uint64_t pause_total_ns; // the world stood still
    uint64_t pause_longest_ns;
    int64_t examined; // objects looked at
} GenerationStats;
void gc_get_stats(GenerationStats stats[GENERATIONS]);

// --- For the collector ---------------------------------------------------------------------------

// Which generation is due now, or -1.
int generation_due(ThreadState *ts);
// World stopped: the collection of `generation` has found so many survivors.
void generation_note_stopped(int generation, int64_t survivors);
void generation_add_stats(int generation, const GenerationStats *more);

#endif
