// gc/collector.c: the phases in order.
//
// 1. Candidates. A young collection asks the arenas for pools with young (and middle) objects and
//    their bitmaps for the places; a full one walks all collected pools and spans. The header's
//    byte decides in either case. Before a full one, remote frees are folded in and counts merged.
// 2. Trial deletion (trial.c). In a full collection, frozen objects mark their types, and threads
//    what their slots hold without a count.
// 3. Survivors get older; bits and words that said "young" are cleared.
// 4. Unreachable objects: finalize.c.
#include "gc/collector.h"

#include "alloc/statistics.h"
#include "core/base/clock.h"
#include "gc/dying.h"
#include "gc/finalize.h"
#include "gil/brc.h"
#include "gil/ref.h"
#include "gil/stop_the_world.h"

static bool is_collecting;   // atomic; its owner may use all that follows
static uint32_t debug_flags; // atomic
static Trial trial;
static Unreachable unreachable;
static Vector frozen;

// This many pools with blocks that their owners do not notice are worth a look (4 MiB).
enum { BACKLOG_MAX = 256 };

typedef struct Collection {
    int generation;
    int64_t survivors;
    GenerationStats stats;
} Collection;

bool gc_is_collecting(void) { return atomic_load_relaxed(&is_collecting); }
uint32_t gc_debug_flags(void) { return atomic_load_relaxed(&debug_flags); }
void gc_set_debug_flags(uint32_t flags) { atomic_store_relaxed(&debug_flags, flags); }

// --- tracking, slow cases ------------------------------------------------------------------------

void gc_track_slow(ObjectHead *o)
{
    Pool *pool = pool_of(o);
    // A span is looked at by every collection; another thread's pool has no bit that we may set.
    uint8_t age = pool->is_span ? GC_YOUNG : 0;
    atomic_store_relaxed(&o->gc, (uint8_t)(o->gc | GC_TRACKED | age));
}

void gc_collection_due(void)
{
    ThreadState *ts = thread_current();
    if (!gc_is_collecting() && ts != NULL) {
        eval_breaker_set(ts, BREAK_COLLECT);
    }
}

void gc_mark_middle(ObjectHead *o)
{
    Pool *pool = pool_of(o);
    if (!pool->is_span) {
        uint32_t granule = pool_offset_of(o) / POOL_GRANULE;
        ((CollectedPool *)pool)->middle[granule / 64] |= 1ull << (granule % 64);
        if (!pool->is_middle) {
            arena_mark_middle(pool);
        }
    }
}

// --- candidates ----------------------------------------------------------------------------------

static void add_by_bitmap(CollectedPool *pool, int generation)
{
    if (generation >= GENERATION_MIDDLE) {
        pool->pool.is_middle = 0;
    }
    for (uint32_t word = 0; word < POOL_BITMAP_WORDS; word++) {
        uint64_t bits = pool->young[word];
        pool->young[word] = 0;
        if (generation >= GENERATION_MIDDLE) {
            bits |= pool->middle[word];
            pool->middle[word] = 0;
        }
        for (; bits != 0; bits &= bits - 1) {
            uint32_t granule = word * 64 + (uint32_t)__builtin_ctzll(bits);
            ObjectHead *o = pool_block_at(&pool->pool, granule * POOL_GRANULE);
            if (trial_is_candidate(&trial, o)) {
                trial_add(&trial, o);
            }
        }
    }
    pool->pool.is_young = 0;
}

static void add_all_of_pool(Pool *pool)
{
    CollectedPool *bitmaps = (CollectedPool *)pool;
    for (uint32_t word = 0; word < POOL_BITMAP_WORDS; word++) {
        bitmaps->young[word] = 0;
        bitmaps->middle[word] = 0;
    }
    pool->is_young = pool->is_span;
    pool->is_middle = 0;
    for (uint32_t offset = pool->first; offset < pool->untouched; offset += pool->block_size) {
        ObjectHead *o = pool_block_at(pool, offset);
        uint8_t gc = atomic_load_relaxed(&o->gc);
        if ((gc & GC_TRACKED) == 0) {
            continue;
        }
        if ((gc & GC_FROZEN) == 0) {
            // Whatever survives is old.
            if ((gc & (GC_YOUNG | GC_MIDDLE)) != 0) {
                atomic_store_relaxed(&o->gc, (uint8_t)(gc & ~(GC_YOUNG | GC_MIDDLE)));
            }
            trial_add(&trial, o);
        } else if (!vector_push(&frozen, o)) {
            trial.failed = true;
        }
    }
}

static void add_arena(Arena *arena, int generation)
{
    uint64_t pools =
        generation == GENERATION_OLD ? arena->collected : arena->young & arena->collected;
    if (generation == GENERATION_MIDDLE) {
        pools |= arena->middle & arena->collected;
    }
    // relaxed: everybody stands still.
    atomic_store_relaxed(&arena->young, (uint64_t)0);
    if (generation != GENERATION_YOUNG) {
        atomic_store_relaxed(&arena->middle, (uint64_t)0);
    }
    for (; pools != 0; pools &= pools - 1) {
        char *pool = arena->base + (size_t)__builtin_ctzll(pools) * POOL_BYTES;
        if (generation == GENERATION_OLD) {
            add_all_of_pool((Pool *)pool);
        } else {
            add_by_bitmap((CollectedPool *)pool, generation);
        }
    }
}

static void add_candidates(int generation)
{
    for (uint32_t i = 0; i < arena_index_end(); i++) {
        Arena *arena = arena_at(i);
        if (arena->base != NULL) {
            add_arena(arena, generation);
        }
    }
    for (Pool *span = large_first_span(); span != NULL; span = span->next) {
        ObjectHead *o = pool_block_at(span, span->first);
        if (span->kind != POOL_COLLECTED) {
            continue;
        }
        if (generation == GENERATION_OLD) {
            add_all_of_pool(span);
        } else if (trial_is_candidate(&trial, o)) {
            trial_add(&trial, o);
        }
    }
}

// --- roots of a full collection ------------------------------------------------------------------

static void visit_mark_only(Value target, EdgeKind kind, void *context)
{
    if (kind == EDGE_MARK_ONLY) {
        if (value_is_object(target)) {
            dying_note_instance(value_head(target));
        }
        trial_visit_root(target, kind, context);
    }
}

static void visit_root(Value target, EdgeKind kind, void *context)
{
    if (value_is_object(target)) {
        dying_note_instance(value_head(target));
    }
    trial_visit_root(target, kind, context);
}

static void mark_roots(void)
{
    for (size_t i = 0; i < frozen.count; i++) {
        object_traverse(frozen.items[i], visit_mark_only, &trial);
    }
    vector_reset(&frozen);
    threads_lock();
    for (ThreadState *ts = threads_first(); ts != NULL; ts = ts->next) {
        visit_thread_roots(ts, visit_root, &trial);
    }
    threads_unlock();
}

// --- survivors -----------------------------------------------------------------------------------

static void age_survivors(Collection *collection)
{
    if (collection->generation == GENERATION_OLD) {
        collection->survivors = (int64_t)(trial.candidates.count - unreachable.objects.count);
        return;
    }
    for (size_t i = 0; i < trial.candidates.count; i++) {
        ObjectHead *o = trial.candidates.items[i];
        uint8_t gc = o->gc;
        if ((gc & GC_UNREACHABLE) != 0) {
            continue;
        }
        collection->survivors += 1;
        bool stays_middle = collection->generation == GENERATION_YOUNG && (gc & GC_DEFERRED) == 0;
        gc = (uint8_t)(gc & ~(GC_YOUNG | GC_MIDDLE));
        atomic_store_relaxed(&o->gc, (uint8_t)(stays_middle ? gc | GC_MIDDLE : gc));
        if (stays_middle) {
            gc_mark_middle(o);
        }
    }
}

// --- phases --------------------------------------------------------------------------------------

static void note_pause(Collection *collection, uint64_t since_ns)
{
    uint64_t pause_ns = clock_monotonic_ns() - since_ns;
    collection->stats.pause_total_ns += pause_ns;
    collection->stats.pause_longest_ns = MAX_OF(collection->stats.pause_longest_ns, pause_ns);
}

static uint8_t candidate_flags(int generation)
{
    return generation == GENERATION_OLD      ? GC_TRACKED
           : generation == GENERATION_MIDDLE ? GC_YOUNG | GC_MIDDLE
                                             : GC_YOUNG;
}

// Returns whether classes that were found dead before can be freed now.
static bool find_unreachable(ThreadState *ts, Collection *collection)
{
    bool is_full = collection->generation == GENERATION_OLD;
    bool frees_classes = false;
    stop_the_world(ts);
    uint64_t start_ns = clock_monotonic_ns();
    // What is deferred may be held by slots, which only a full collection looks at.
    uint8_t unwanted = is_full ? GC_FROZEN : GC_FROZEN | GC_DEFERRED;
    trial_begin(&trial, candidate_flags(collection->generation), unwanted, 0);
    if (is_full || heap_remote_backlog() > BACKLOG_MAX) {
        heap_trim_all_stopped();
    }
    if (is_full) {
        brc_merge_all_stopped();
        dying_begin_stopped();
    }
    add_candidates(collection->generation);
    trial_subtract(&trial);
    if (is_full) {
        mark_roots();
    }
    trial_mark(&trial);
    if (trial.failed || !finalize_begin_stopped(&unreachable, &trial)) {
        unreachable.objects.count = 0;
    }
    age_survivors(collection);
    if (is_full && !trial.failed) {
        frees_classes = dying_end_stopped();
        if (frees_classes) {
            purge_inline_caches_stopped();
        }
    }
    collection->stats.examined = (int64_t)trial.candidates.count;
    generation_note_stopped(collection->generation, collection->survivors);
    trial_end(&trial);
    note_pause(collection, start_ns);
    start_the_world(ts);
    return frees_classes;
}

static void keep_resurrected(ThreadState *ts, Collection *collection)
{
    stop_the_world(ts);
    uint64_t start_ns = clock_monotonic_ns();
    brc_merge_all_stopped();
    finalize_keep_resurrected_stopped(&unreachable, &trial);
    note_pause(collection, start_ns);
    start_the_world(ts);
}

static void free_unreachable(ThreadState *ts, Collection *collection)
{
    Vector *objects = &unreachable.objects;
    if (objects->count == 0) {
        return;
    }
    int64_t found = (int64_t)objects->count;
    bool ran_code = unreachable.has_finalizers || unreachable.callbacks.count != 0;
    finalize_run(ts, &unreachable);
    if (ran_code) {
        keep_resurrected(ts, collection);
        found = (int64_t)objects->count;
    }
    collection->stats.collected = found;
    if (gc_debug_flags() != 0 &&
        collection_found(ts, (ObjectHead **)objects->items, objects->count)) {
        finalize_spare(ts, &unreachable);
    } else {
        finalize_clear(ts, &unreachable);
    }
    unreachable.has_finalizers = false;
}

int64_t gc_collect(ThreadState *ts, int generation)
{
    // acq_rel: pairs with the release below; what the last collection left is visible.
    if (atomic_exchange_acq_rel(&is_collecting, true)) {
        return 0;
    }
    Collection collection = {.generation = generation, .stats = {.collections = 1}};
    CollectionInfo info = {.generation = generation};
    uint64_t start_ns = clock_monotonic_ns();
    collection_notify(ts, false, &info);
    bool frees_classes = find_unreachable(ts, &collection);
    if (frees_classes) {
        dying_free(ts);
    }
    free_unreachable(ts, &collection);
    info.collected = collection.stats.collected;
    info.elapsed_ns = clock_monotonic_ns() - start_ns;
    generation_add_stats(generation, &collection.stats);
    if (generation == GENERATION_OLD) {
        heap_trim(ts->heap);
    }
    collection_notify(ts, true, &info);
    atomic_store_release(&is_collecting, false);
    return collection.stats.collected;
}

void gc_collect_due(ThreadState *ts)
{
    int generation = generation_due(ts);
    if (generation >= 0 && !gc_is_collecting()) {
        gc_collect(ts, generation);
    }
}

void gc_collect_at_exit(ThreadState *ts)
{
    size_t dying;
    collection_end(ts);
    do {
        dying = dying_count();
        // A collection leaves references to be dropped at the next drain,
        // and what those held may be garbage then: so until two in a row find nothing.
        for (int quiet = 0; quiet < 2;) {
            if (POLICY_FREE_THREADED) {
                brc_drain(ts);
            }
            quiet = gc_collect(ts, GENERATION_OLD) == 0 ? quiet + 1 : 0;
        }
    } while (dying_count() != dying);
}
