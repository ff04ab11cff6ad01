// The slow paths of biased counting. Each of them is reached from gil/policy_free.h when
// the one compare there has failed: the object is foreign, merged, immortal, or its
// local count is at an end.
#include "gil/brc.h"

#include <stdlib.h>

#include "gil/credit.h"
#include "gil/futex.h"
#include "gil/stop_the_world.h"
#include "gil/upcalls.h"

// What is queued to the thread with this id. Never freed; the array is.
typedef struct OwnerQueue {
    RawLock lock;
    uint32_t count;       // lock
    uint32_t capacity;    // lock
    ObjectHead **objects; // lock
    ThreadState *owner;   // lock; NULL: no thread has this id
} OwnerQueue;

static OwnerQueue queues[THREAD_ID_LIMIT];

static inline uint32_t owner_of(uint32_t own) { return own >> OWNER_SHIFT; }
static inline uint32_t state_of(uint32_t shared) { return shared & SHARED_STATE_MASK; }
static inline bool is_sticky(uint32_t shared)
{
    return shared_count_of(shared) >= SHARED_STICKY_MIN;
}

static inline uint32_t shared_word(int32_t count, uint32_t state)
{
    return ((uint32_t)count << 2) | state;
}

// --- Changing the shared count -------------------------------------------------------------------

// The counting is atomic except in one planted fault.
static inline uint32_t shared_add(ObjectHead *o, uint32_t delta)
{
    if (MUTANT(shared_count_plain)) {
        uint32_t old = *(volatile uint32_t *)&o->shared;
        *(volatile uint32_t *)&o->shared = old + delta;
        return old;
    }
    // acq_rel: the last drop sees what every earlier dropper did to the object.
    return atomic_add_acq_rel(&o->shared, delta);
}

// n references more. Many threads may be between the test and the addition at once, but the room
// above SHARED_STICKY_MIN holds them all.
static void add_to_shared(ObjectHead *o, size_t n)
{
    uint32_t old = atomic_load_relaxed(&o->shared);
    if (is_sticky(old)) {
        return;
    }
    if (n < 1u << 19) {
        shared_add(o, (uint32_t)n * SHARED_ONE);
        return;
    }
    uint32_t wanted;
    do {
        if (is_sticky(old)) {
            return;
        }
        int64_t count =
            n < SHARED_STICKY_MIN ? (int64_t)n + shared_count_of(old) : SHARED_STICKY_MIN;
        wanted = shared_word((int32_t)MIN_OF(count, SHARED_STICKY_MIN), state_of(old));
        // release on success: as every other change; relaxed otherwise: only tried again.
    } while (!atomic_cas_weak_acq_rel(&o->shared, &old, wanted));
}

// One reference less of a merged object. True: it was the last.
static bool release_merged(ObjectHead *o)
{
    if (is_sticky(atomic_load_relaxed(&o->shared))) {
        return false;
    }
    uint32_t old = shared_add(o, (uint32_t)-SHARED_ONE);
    // Or the owner has cleared `own` and is about to merge: then its addition decides.
    ASSERT(state_of(old) >= SHARED_STATE_QUEUED);
    ASSERT(MUTANT(shared_count_plain) || state_of(old) == SHARED_STATE_QUEUED ||
           shared_count_of(old) > 0);
    return old == shared_word(1, SHARED_STATE_MERGED);
}

// Moves the owner's count into the shared one and gives back `returned` references. The caller is
// the owner, or nobody can be. True: no reference is left.
static bool merge(ObjectHead *o, int32_t returned)
{
    uint32_t own = atomic_load_relaxed(&o->own);
    if (own == IMMORTAL_OWN) {
        return false;
    }
    if (own == 0) {
        ASSERT(returned <= 1);
        return returned != 0 && release_merged(o);
    }
    int32_t change = (int32_t)(own & LOCAL_MASK) - returned;
    // relaxed, but before the CAS below publishes MERGED: after that the object may be gone.
    atomic_store_relaxed(&o->own, 0u);
    PERTURB("brc.merge");
    uint32_t old = atomic_load_relaxed(&o->shared), wanted;
    do {
        int32_t count = is_sticky(old) ? SHARED_STICKY_MIN : shared_count_of(old) + change;
        ASSERT(count >= 0 || MUTANT(shared_count_plain));
        wanted = shared_word(count, SHARED_STATE_MERGED);
        // acq_rel: pairs with every other change of the word, as in shared_add().
    } while (!atomic_cas_weak_acq_rel(&o->shared, &old, wanted));
    if (shared_count_of(wanted) >= CREDIT_TRACE && shared_count_of(wanted) < DEFERRED_BIAS / 2) {
        credit_recall();
    }
    return wanted == shared_word(0, SHARED_STATE_MERGED);
}

// --- The queues ----------------------------------------------------------------------------------

static bool make_room_locked(OwnerQueue *q)
{
    if (q->count < q->capacity) {
        return true;
    }
    uint32_t wanted = q->capacity == 0 ? 64 : q->capacity * 2;
    ObjectHead **grown = realloc(q->objects, wanted * sizeof *grown);
    if (grown == NULL) {
        return false;
    }
    q->objects = grown;
    q->capacity = wanted;
    return true;
}

typedef struct Batch {
    ObjectHead **objects;
    uint32_t count, capacity;
} Batch;

static Batch take_all_locked(OwnerQueue *q)
{
    Batch batch = {q->objects, q->count, q->capacity};
    q->objects = NULL;
    q->count = q->capacity = 0;
    return batch;
}

static void give_back_array(OwnerQueue *q, Batch *batch)
{
    ObjectHead **old = batch->objects;
    raw_lock(&q->lock);
    if (q->objects == NULL && batch->capacity <= 4096) {
        q->objects = batch->objects;
        q->capacity = batch->capacity;
        old = NULL;
    }
    raw_unlock(&q->lock);
    free(old);
}

// Merges each object of the batch, which keeps its references: so none is dead while it waits for
// drop_batch(), and a collection that happens meanwhile leaves it alone. Runs no script code.
static void merge_batch(Batch *batch)
{
    enum { AHEAD = 8 };
    uint32_t kept = 0;
    for (uint32_t i = 0; i < batch->count; i++) {
        ObjectHead *o = batch->objects[i];
        if (i + AHEAD < batch->count) {
            PREFETCH_WRITE(batch->objects[i + AHEAD]); // another processor has counted it last
        }
        if (MUTANT(merge_missed) && i % 8 == 7) {
            continue;
        }
        (void)merge(o, 0);
        batch->objects[kept++] = o;
    }
    batch->count = kept;
}

// Gives back the references of a merged batch; may run finalizers.
static void drop_batch(ThreadState *ts, const Batch *batch)
{
    for (uint32_t i = 0; i < batch->count; i++) {
        if (head_release(batch->objects[i])) {
            object_dealloc(ts, batch->objects[i]);
        }
    }
}

void brc_enter(ThreadState *ts)
{
    OwnerQueue *q = &queues[ts->id];
    raw_lock(&q->lock);
    ASSERT(q->owner == NULL && q->count == 0);
    q->owner = ts;
    raw_unlock(&q->lock);
}

void brc_leave(ThreadState *ts)
{
    OwnerQueue *q = &queues[ts->id];
    for (;;) {
        credit_give_back(ts);
        raw_lock(&q->lock);
        bool empty = q->count == 0 && !ts->has_credit;
        Batch batch = take_all_locked(q);
        if (empty) {
            q->owner = NULL;
        }
        raw_unlock(&q->lock);
        if (empty) {
            free(batch.objects);
            return;
        }
        merge_batch(&batch);
        drop_batch(ts, &batch);
        free(batch.objects);
    }
}

// Holds a detached owner still, merges for it and lets it go. The queue is locked, and stays so: no
// two threads hold the same owner. False: the owner is not detached.
static bool merge_for_detached_locked(OwnerQueue *q, Batch *batch)
{
    uint32_t state = THREAD_DETACHED;
    // acq_rel: pairs with the owner's exchange in thread_detach; its plain counts are visible.
    if (!atomic_cas_acq_rel(&q->owner->state, &state, (uint32_t)THREAD_HELD)) {
        return false;
    }
    *batch = take_all_locked(q);
    atomic_and_acq_rel(&q->owner->eval_breaker, ~(uint32_t)BREAK_MERGE);
    merge_batch(batch);
    PERTURB("brc.held");
    thread_let_go(q->owner);
    return true;
}

// If `owner` sleeps, merges what is queued to it.
static bool relieve(ThreadState *ts, OwnerQueue *q)
{
    Batch batch;
    raw_lock(&q->lock);
    bool merged =
        q->owner != NULL && q->owner != ts && q->count != 0 && merge_for_detached_locked(q, &batch);
    raw_unlock(&q->lock);
    if (merged) {
        drop_batch(ts, &batch);
        give_back_array(q, &batch);
    }
    return merged;
}

static uint32_t relief_is_due; // atomic

void brc_ask_for_relief(ThreadState *ts)
{
    atomic_store_relaxed(&relief_is_due, 1u);
    eval_breaker_set(ts, BREAK_MERGE);
}

void brc_drain(ThreadState *ts)
{
    OwnerQueue *q = &queues[ts->id];
    // acq_rel: pairs with the seq_cst or in queue_to_owner(), and comes before the look at the
    // queue: a reference queued later sets the bit again.
    atomic_and_acq_rel(&ts->eval_breaker, ~(uint32_t)BREAK_MERGE);
    raw_lock(&q->lock);
    Batch batch = take_all_locked(q);
    raw_unlock(&q->lock);
    PERTURB("brc.drain");
    merge_batch(&batch);
    drop_batch(ts, &batch);
    give_back_array(q, &batch);
    if (UNLIKELY(atomic_load_relaxed(&relief_is_due) != 0) &&
        atomic_exchange_acquire(&relief_is_due, 0u) != 0) {
        for (uint32_t id = 1; id < thread_ids_used(); id++) {
            (void)relieve(ts, &queues[id]);
        }
    }
}

void brc_bury(ThreadState *lost)
{
    ThreadState *ts = thread_current();
    OwnerQueue *theirs = &queues[lost->id], *mine = &queues[ts->id];
    raw_lock(&theirs->lock);
    theirs->owner = NULL;
    Batch batch = take_all_locked(theirs);
    raw_unlock(&theirs->lock);
    credit_give_back_of_stopped(lost);
    raw_lock(&mine->lock);
    for (uint32_t i = 0; lost->has_credit && i < CREDIT_ROWS; i++) {
        if (lost->credits[i].count != 0 && make_room_locked(mine)) {
            mine->objects[mine->count++] = (ObjectHead *)(uintptr_t)lost->credits[i].object;
        }
    }
    lost->has_credit = false;
    for (uint32_t i = 0; i < batch.count && make_room_locked(mine); i++) {
        mine->objects[mine->count++] = batch.objects[i];
    }
    raw_unlock(&mine->lock);
    free(batch.objects);
    eval_breaker_set(ts, BREAK_MERGE);
}

// No memory for the queue: with the world stopped nobody else can be the owner.
static bool merge_by_stopping(ObjectHead *o)
{
    ThreadState *ts = thread_current();
    stop_the_world(ts);
    bool dead = merge(o, 1);
    start_the_world(ts);
    return dead;
}

// Hands one reference to the object's owner; the state is QUEUED already. True: there is no owner
// any more, and it was the last reference.
static bool queue_to_owner(ObjectHead *o)
{
    PERTURB("brc.queue");
    uint32_t id = owner_of(atomic_load_relaxed(&o->own));
    if (id == 0 || id == OWNER_IMMORTAL) {
        return merge(o, 1);
    }
    OwnerQueue *q = &queues[id];
    raw_lock(&q->lock);
    if (owner_of(atomic_load_relaxed(&o->own)) != id || q->owner == NULL) {
        // Merged meanwhile, or the owner has ended; the lock keeps a new one from taking the id.
        bool dead = merge(o, 1);
        raw_unlock(&q->lock);
        return dead;
    }
    if (!make_room_locked(q)) {
        raw_unlock(&q->lock);
        return merge_by_stopping(o);
    }
    q->objects[q->count++] = o;
    // seq_cst, and in this order: either we see below that the owner has detached, or it sees the
    // bit after detaching (wait_begin in gil/wait.c looks again).
    atomic_or_seq_cst(&q->owner->eval_breaker, (uint32_t)BREAK_MERGE);
    Batch batch;
    bool merged = atomic_load_seq_cst(&q->owner->state) == THREAD_DETACHED &&
                  merge_for_detached_locked(q, &batch);
    raw_unlock(&q->lock);
    if (merged) {
        drop_batch(thread_current(), &batch);
        give_back_array(q, &batch);
    }
    return false;
}

void brc_merge_stopped(ObjectHead *o) { (void)merge(o, 0); }

uint32_t brc_return_stopped(ObjectHead *o, uint32_t n)
{
    uint32_t own = o->own;
    if (own == IMMORTAL_OWN || is_sticky(o->shared)) {
        return 0;
    }
    int64_t all = (int64_t)(own & LOCAL_MASK) + shared_count_of(o->shared);
    uint32_t kept = all <= n ? 1 : 0;
    ASSERT(all >= n);
    if (state_of(o->shared) < SHARED_STATE_QUEUED &&
        shared_count_of(o->shared) < (int32_t)(n - kept)) {
        (void)merge(o,
                    0); // else the shared count would go below zero, and nobody be asked to merge
    }
    // relaxed: everybody else stands still.
    atomic_store_relaxed(&o->shared, o->shared - (n - kept) * SHARED_ONE);
    return kept;
}

void brc_merge_queued_stopped(void)
{
    credit_give_back_stopped();
    for (uint32_t id = 1; id < thread_ids_used(); id++) {
        OwnerQueue *q = &queues[id];
        raw_lock(&q->lock);
        uint32_t kept = 0;
        for (uint32_t i = 0; i < q->count; i++) {
            ObjectHead *o = q->objects[i];
            (void)merge(o, 0);
            if (head_is_immortal(o) || shared_count_of(atomic_load_relaxed(&o->shared)) > 1) {
                bool dead = merge(o, 1);
                ASSERT(!dead);
                (void)dead;
            } else {
                q->objects[kept++] = o;
            }
        }
        q->count = kept;
        raw_unlock(&q->lock);
    }
}

// --- The slow halves of gil/policy_free.h --------------------------------------------------------

void head_retain_slow(ObjectHead *o)
{
    uint32_t own = atomic_load_relaxed(&o->own);
    if (own == IMMORTAL_OWN) {
        return;
    }
    ThreadState *ts = thread_current();
    if (owner_of(own) == ts->id) {
        // The local count is full: half of it moves over.
        // The sum is too high for a moment, never too low.
        ASSERT((own & LOCAL_MASK) == LOCAL_MASK);
        uint32_t half = (LOCAL_MASK + 1) / 2;
        add_to_shared(o, half);
        atomic_store_relaxed(&o->own, own - half + 1);
        return;
    }
    if (!credit_use(ts, o)) {
        uint32_t n = credit_wanted(ts, o);
        add_to_shared(o, n);
        credit_granted(ts, o, n);
    }
}

void head_add_many(ObjectHead *o, size_t n)
{
    uint32_t own = atomic_load_relaxed(&o->own);
    if (own == IMMORTAL_OWN) {
        return;
    }
    if (owner_of(own) == thread_current()->id && n <= LOCAL_MASK - (own & LOCAL_MASK)) {
        atomic_store_relaxed(&o->own, own + (uint32_t)n);
        return;
    }
    add_to_shared(o, n);
}

bool head_release_last(ObjectHead *o)
{
    // acquire: pairs with the release of every foreign change; what others did to the object before
    // they let go of it is visible before it is freed.
    if (atomic_load_acquire(&o->shared) == 0) {
        // Nobody else ever counted, nobody can try to: no atomic read-modify-write is needed.
        atomic_store_relaxed(&o->own, atomic_load_relaxed(&o->own) - 1);
        return true;
    }
    return merge(o, 1);
}

// Takes a released reference in hand again if that is where such references come from.
// False: it has to be given back now; `n` says how many with it.
static bool release_to_credit(ThreadState *ts, ObjectHead *o, uint32_t *n)
{
    *n = 1;
    Credit *row = credit_of(ts, o);
    if (row == NULL || row->count == 0) {
        return false;
    }
    // relaxed: the object cannot go, and what the word says is only a hint.
    uint32_t shared = atomic_load_relaxed(&o->shared);
    int32_t others = shared_count_of(shared) - (int32_t)(row->count + 1);
    // Are these the last, or has the owner given away what it counted
    // itself? Then it must know soon.
    if (UNLIKELY(others < 0 && state_of(shared) != SHARED_STATE_QUEUED) ||
        UNLIKELY(others == 0 && state_of(shared) == SHARED_STATE_MERGED)) {
        *n += row->count;
        row->count = 0;
        return false;
    }
    if (UNLIKELY(++row->count > CREDIT_MAX)) {
        *n = row->count - CREDIT_GRANT;
        row->count = CREDIT_GRANT;
        return false;
    }
    if (UNLIKELY(++ts->credit_uses >= CREDIT_USES_MAX)) {
        ts->credit_uses = 0;
        eval_breaker_set(ts, BREAK_CREDIT);
    }
    return true;
}

bool brc_release_many(ObjectHead *o, uint32_t n)
{
    uint32_t own = atomic_load_relaxed(&o->own);
    if (own == IMMORTAL_OWN) {
        return false;
    }
    ASSERT(owner_of(own) != thread_current()->id); // else it was dead already
    uint32_t old = atomic_load_relaxed(&o->shared), wanted;
    bool queue;
    do {
        if (is_sticky(old)) {
            return false;
        }
        if (MUTANT(shared_count_plain) &&
            (shared_count_of(old) != 0 || old >= SHARED_STATE_QUEUED)) {
            return shared_add(o, (uint32_t)-SHARED_ONE * n) ==
                   shared_word((int32_t)n, SHARED_STATE_MERGED);
        }
        // Would go below zero for the first time: the queue takes one reference over, uncounted.
        int32_t left = shared_count_of(old) - (int32_t)n;
        queue = left < 0 && state_of(old) < SHARED_STATE_QUEUED;
        ASSERT(left >= 0 || state_of(old) != SHARED_STATE_MERGED || MUTANT(shared_count_plain));
        wanted =
            queue ? shared_word(left + 1, SHARED_STATE_QUEUED) : shared_word(left, state_of(old));
        // acq_rel: release for whoever drops last; acquire as in shared_add().
    } while (!atomic_cas_weak_acq_rel(&o->shared, &old, wanted));
    return queue ? queue_to_owner(o) : wanted == shared_word(0, SHARED_STATE_MERGED);
}

bool head_release_slow(ObjectHead *o)
{
    if (atomic_load_relaxed(&o->own) == IMMORTAL_OWN) {
        return false;
    }
    uint32_t n;
    return !release_to_credit(thread_current(), o, &n) && brc_release_many(o, n);
}

bool head_try_retain_slow(ObjectHead *o)
{
    uint32_t own = atomic_load_relaxed(&o->own);
    if (own == IMMORTAL_OWN) {
        return true;
    }
    ThreadState *ts = thread_current();
    if (owner_of(own) == ts->id) {
        if ((own & LOCAL_MASK) == 0) {
            return false; // dying under our own hands
        }
        head_retain_slow(o);
        return true;
    }
    if (credit_use(ts, o)) { // so it lives
        return true;
    }
    // acquire: pairs with the change that let foreign readers in; the object's fields are visible.
    uint32_t old = atomic_load_acquire(&o->shared), n = 0;
    do {
        if (state_of(old) == SHARED_STATE_UNSHARED || old == SHARED_STATE_MERGED) {
            return false;
        }
        if (is_sticky(old)) {
            return true;
        }
        n = n != 0 ? n : credit_wanted(ts, o);
    } while (!atomic_cas_weak_acq_rel(&o->shared, &old, old + n * SHARED_ONE));
    credit_granted(ts, o, n);
    return true;
}

void head_retain_found_slow(ObjectHead *o)
{
    uint32_t own = atomic_load_relaxed(&o->own);
    if (own == IMMORTAL_OWN) {
        return;
    }
    ThreadState *ts = thread_current();
    if (owner_of(own) == ts->id) {
        head_retain_slow(o);
        return;
    }
    if (credit_use(ts, o)) {
        return;
    }
    uint32_t old = atomic_load_relaxed(&o->shared), wanted, n = credit_wanted(ts, o);
    do {
        if (is_sticky(old)) {
            return;
        }
        uint32_t found = state_of(old) == SHARED_STATE_UNSHARED ? SHARED_STATE_SHARED : 0;
        wanted = (old | found) + n * SHARED_ONE;
        // acq_rel: as in shared_add(); and pairs with the acquire in head_try_retain_slow.
    } while (!atomic_cas_weak_acq_rel(&o->shared, &old, wanted));
    credit_granted(ts, o, n);
}

void head_mark_shared(ObjectHead *o)
{
    uint32_t old = atomic_load_relaxed(&o->shared);
    while (state_of(old) == SHARED_STATE_UNSHARED) {
        // release: pairs with the acquire in head_try_retain_slow.
        if (atomic_cas_weak_release(&o->shared, &old, old | SHARED_STATE_SHARED)) {
            return;
        }
    }
}

int64_t head_count(const ObjectHead *o)
{
    uint32_t own = atomic_load_relaxed(&o->own);
    if (own == IMMORTAL_OWN) {
        return IMMORTAL_OWN;
    }
    int64_t count = (int64_t)(own & LOCAL_MASK) + shared_count_of(atomic_load_relaxed(&o->shared));
    return (atomic_load_relaxed(&o->gc) & GC_DEFERRED) != 0 ? count - DEFERRED_BIAS : count;
}

void head_immortalize(ObjectHead *o)
{
    // relaxed: by the owner (whose plain stores cannot undo it), or of a merged object that only
    // this thread holds, or world stopped. Counts are not looked at any more.
    atomic_store_relaxed(&o->own, IMMORTAL_OWN);
}

void head_defer(ObjectHead *o)
{
    if ((atomic_load_relaxed(&o->gc) & GC_DEFERRED) == 0) {
        add_to_shared(o, DEFERRED_BIAS);
        atomic_store_relaxed(&o->gc, (uint8_t)(o->gc | GC_DEFERRED));
    }
}

void head_undefer_stopped(ObjectHead *o)
{
    if ((o->gc & GC_DEFERRED) == 0) {
        return;
    }
    // While it was deferred the shared count never looked like zero, so nobody queued: it may be
    // below zero without its bias. Merged, it is exact.
    (void)merge(o, 0);
    uint32_t old = atomic_load_relaxed(&o->shared);
    atomic_store_relaxed(&o->gc, (uint8_t)(o->gc & ~GC_DEFERRED));
    if (!is_sticky(old) && !head_is_immortal(o)) {
        atomic_store_relaxed(&o->shared, old - (uint32_t)DEFERRED_BIAS * SHARED_ONE);
    }
}
