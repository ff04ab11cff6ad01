// gc/generations.c: thresholds, counters, statistics.
#include "gc/generations.h"

#include <stdlib.h>

#include "gc/collector.h"

enum { CLASSES_MIN = 256, CLASS_WEIGHT = 8 };

int64_t gc_deferred_count;
int64_t gc_trigger = ADDER_TORTURE ? 1 : 700;

static bool is_enabled = true;                          // atomic
static int64_t thresholds[GENERATIONS] = {700, 10, 10}; // atomic
static int64_t counts[GENERATIONS]; // [1], [2]: collecting thread; atomic to read
static int64_t old_survivors;       // collecting thread: alive after the last full collection
static int64_t new_survivors;       // collecting thread: survived a middle one since
static GenerationStats stats[GENERATIONS]; // the lock below
static pthread_mutex_t stats_lock = PTHREAD_MUTEX_INITIALIZER;

// Torture builds collect after every so many new objects, whatever the thresholds.
static int64_t torture_interval(void)
{
    static int64_t interval = -1;
    if (interval < 0) {
        const char *text = getenv("ADDER_COLLECT_EVERY");
        interval = text == NULL ? 1 : atoll(text);
    }
    return interval;
}

static void update_trigger(void)
{
    int64_t threshold = atomic_load_relaxed(&thresholds[0]);
    bool is_on = atomic_load_relaxed(&is_enabled) && threshold > 0;
    if (ADDER_TORTURE && is_on) {
        threshold = MIN_OF(threshold, torture_interval());
    }
    atomic_store_relaxed(&gc_trigger, is_on ? threshold : INT64_MAX);
}

void gc_enable(void)
{
    atomic_store_relaxed(&is_enabled, true);
    update_trigger();
}

void gc_disable(void)
{
    atomic_store_relaxed(&is_enabled, false);
    update_trigger();
}

bool gc_is_enabled(void) { return atomic_load_relaxed(&is_enabled); }

void gc_set_thresholds(const int64_t wanted[GENERATIONS])
{
    for (int i = 0; i < GENERATIONS; i++) {
        atomic_store_relaxed(&thresholds[i], wanted[i]);
    }
    update_trigger();
}

void gc_get_thresholds(int64_t out[GENERATIONS])
{
    for (int i = 0; i < GENERATIONS; i++) {
        out[i] = atomic_load_relaxed(&thresholds[i]);
    }
}

void gc_get_counts(ThreadState *ts, int64_t out[GENERATIONS])
{
    out[0] = ts->heap->tracked_count;
    out[1] = atomic_load_relaxed(&counts[1]);
    out[2] = atomic_load_relaxed(&counts[2]);
}

// Classes are freed by full collections only. A program that makes many should not wait until their
// garbage fills the caches: one class is about as much as CLASS_WEIGHT objects.
static bool has_many_new_classes(void)
{
    int64_t classes = atomic_load_relaxed(&gc_deferred_count);
    return classes > CLASSES_MIN &&
           classes * CLASS_WEIGHT > atomic_load_relaxed(&old_survivors) / 4;
}

int generation_due(ThreadState *ts)
{
    if (ts->heap->tracked_count <= atomic_load_relaxed(&gc_trigger)) {
        return -1;
    }
    if (has_many_new_classes()) {
        return GENERATION_OLD;
    }
    // relaxed: a guess is good enough, the counts move in pauses.
    if (atomic_load_relaxed(&counts[2]) > atomic_load_relaxed(&thresholds[2]) &&
        atomic_load_relaxed(&new_survivors) > atomic_load_relaxed(&old_survivors) / 4) {
        return GENERATION_OLD;
    }
    return atomic_load_relaxed(&counts[1]) > atomic_load_relaxed(&thresholds[1]) ? GENERATION_MIDDLE
                                                                                 : GENERATION_YOUNG;
}

static void start_over(Heap *heap, void *context) { heap->tracked_count = 0; }

void generation_note_stopped(int generation, int64_t survivors)
{
    heap_visit_stopped(start_over, NULL);
    for (int i = 1; i <= generation; i++) {
        atomic_store_relaxed(&counts[i], (int64_t)0);
    }
    if (generation < GENERATION_OLD) {
        atomic_store_relaxed(&counts[generation + 1], counts[generation + 1] + 1);
    }
    if (generation == GENERATION_OLD) {
        atomic_store_relaxed(&old_survivors, survivors);
        atomic_store_relaxed(&gc_deferred_count, (int64_t)0);
        atomic_store_relaxed(&new_survivors, (int64_t)0);
    } else if (generation == GENERATION_MIDDLE) {
        atomic_store_relaxed(&new_survivors, new_survivors + survivors);
    }
}

void generation_add_stats(int generation, const GenerationStats *more)
{
    pthread_mutex_lock(&stats_lock);
    GenerationStats *own = &stats[generation];
    own->collections += more->collections;
    own->collected += more->collected;
    own->uncollectable += more->uncollectable;
    own->examined += more->examined;
    own->pause_total_ns += more->pause_total_ns;
    own->pause_longest_ns = MAX_OF(own->pause_longest_ns, more->pause_longest_ns);
    pthread_mutex_unlock(&stats_lock);
}

void gc_get_stats(GenerationStats out[GENERATIONS])
{
    pthread_mutex_lock(&stats_lock);
    for (int i = 0; i < GENERATIONS; i++) {
        out[i] = stats[i];
    }
    pthread_mutex_unlock(&stats_lock);
}
