#include "gil/stop_the_world.h"

#include "core/base/clock.h"
#include "gil/brc.h"
#include "gil/futex.h"
#include "gil/mutex.h"
#include "gil/policy.h"

enum {
    PAUSES_MISSED_MAX = 4,  // then the thread gets its turn before the next pause can begin
    BELL_WAIT_NS = 1000000, // a lost ring costs this much
    BELL_SPINS = 200,
};

static struct {
    Mutex turn;        // held by the requester from request to restart
    bool requested;    // threads_lock
    bool complete;     // atomic: all others stand still; the turn's holder writes it
    uint32_t bell;     // atomic: rings when a thread has stopped or gone
    uint32_t listens;  // atomic: the requester sleeps on `bell`, or is about to
    uint64_t began_ns; // turn
    RawLock stats_lock;
    PauseStats stats; // stats_lock
} pauses;

void stop_ring_bell(void)
{
    // A release: pairs with the acquire in wait_for_bell. seq_cst: either we see that the requester
    // listens, or it finds the bell rung when it falls asleep.
    atomic_add_seq_cst(&pauses.bell, 1u);
    if (atomic_load_seq_cst(&pauses.listens) != 0) {
        futex_wake(&pauses.bell, 1);
    }
}

bool stop_is_complete(void) { return atomic_load_relaxed(&pauses.complete); }

bool stop_is_requested_locked(void) { return pauses.requested; }

// Suspends what can be suspended and asks the others. How many are still running?
static uint32_t suspend_others_locked(ThreadState *self)
{
    uint32_t running = 0;
    for (ThreadState *t = threads_first(); t != NULL; t = t->next) {
        if (t == self) {
            continue;
        }
        uint32_t state = THREAD_DETACHED;
        // acq_rel: pairs with the exchange in thread_detach_bare: all it did is visible.
        if (!atomic_cas_acq_rel(&t->state, &state, (uint32_t)THREAD_SUSPENDED) &&
            (state == THREAD_ATTACHED || state == THREAD_HELD)) {
            atomic_or_seq_cst(&t->eval_breaker, (uint32_t)BREAK_STOP);
            running++;
        }
    }
    return running;
}

static void wait_for_bell(uint32_t heard)
{
    for (int spin = 0; spin < BELL_SPINS; spin++) {
        if (atomic_load_acquire(&pauses.bell) != heard) {
            return;
        }
        spin_pause();
    }
    atomic_store_seq_cst(&pauses.listens, 1u);
    futex_wait(&pauses.bell, heard, clock_monotonic_ns() + BELL_WAIT_NS);
    atomic_store_relaxed(&pauses.listens, 0u);
}

static void stop_others(ThreadState *ts)
{
    mutex_lock_attached(ts, &pauses.turn);
    pauses.began_ns = clock_monotonic_ns();
    for (;;) {
        uint32_t heard = atomic_load_acquire(&pauses.bell);
        threads_lock();
        pauses.requested = true;
        uint32_t running = suspend_others_locked(ts);
        threads_unlock();
        if (running == 0) {
            break;
        }
        PERTURB("stop.waiting");
        wait_for_bell(heard);
    }
    // relaxed: it only says for how long it is worth watching.
    atomic_store_relaxed(&pauses.complete, true);
}

static void note_stopped(uint64_t ns)
{
    raw_lock(&pauses.stats_lock);
    pauses.stats.count++;
    pauses.stats.stopping_ns += ns;
    raw_unlock(&pauses.stats_lock);
}

static void note_restarted(uint64_t ns)
{
    raw_lock(&pauses.stats_lock);
    pauses.stats.total_ns += ns;
    pauses.stats.longest_ns = MAX_OF(pauses.stats.longest_ns, ns);
    raw_unlock(&pauses.stats_lock);
}

// When the process ends, a thread that hangs for ever may have been handed the pause lock.
static bool others_may_run(const ThreadState *ts) { return !ts->is_finalizing; }

void stop_the_world(ThreadState *ts)
{
    ASSERT(thread_current() == ts);
    if (ts->pause_depth > 0) {
        ts->pause_depth++;
        return;
    }
    uint64_t start = clock_monotonic_ns();
    if (POLICY_FREE_THREADED && others_may_run(ts)) {
        stop_others(ts);
    } else {
        pauses.began_ns = start; // we are alone
    }
    ts->pause_depth = 1;
    note_stopped(clock_monotonic_ns() - start);
}

// True: references were queued to it while it was suspended, and it sleeps on: nobody merges them.
static bool needs_relief(const ThreadState *t)
{
    return (atomic_load_relaxed(&t->eval_breaker) & BREAK_MERGE) != 0 &&
           atomic_load_relaxed(&t->wants_to_attach) == 0;
}

static void release_one_locked(ThreadState *t)
{
    atomic_and_acq_rel(&t->eval_breaker, ~(uint32_t)BREAK_STOP);
    if (atomic_load_relaxed(&t->state) != THREAD_SUSPENDED) {
        return; // shut down
    }
    // seq_cst, here and in wait_to_attach: either it sees the new state, or we see that it
    // is about to sleep.
    bool wants = atomic_load_seq_cst(&t->wants_to_attach) != 0;
    if (wants && atomic_add_relaxed(&t->pauses_missed, 1u) >= PAUSES_MISSED_MAX) {
        // The next pause has to wait for this thread, so it gets its turn. It has not published
        // itself to qsbr.c yet and touches nothing before it does.
        atomic_store_seq_cst(&t->state, (uint32_t)THREAD_ATTACHED);
    } else {
        atomic_store_seq_cst(&t->state, (uint32_t)THREAD_DETACHED);
    }
    if (atomic_load_seq_cst(&t->wants_to_attach) == WANTS_WAKING) {
        futex_wake(&t->state, 1);
    }
}

void start_the_world(ThreadState *ts)
{
    ASSERT(ts->pause_depth > 0);
    if (--ts->pause_depth > 0) {
        return;
    }
    note_restarted(clock_monotonic_ns() - pauses.began_ns);
    if (!POLICY_FREE_THREADED || !others_may_run(ts)) {
        return;
    }
    bool relief = false;
    atomic_store_relaxed(&pauses.complete, false);
    threads_lock();
    pauses.requested = false;
    for (ThreadState *t = threads_first(); t != NULL; t = t->next) {
        if (t != ts) {
            relief = relief || needs_relief(t);
            release_one_locked(t);
        }
    }
    threads_unlock();
    mutex_unlock(&pauses.turn);
    if (relief) {
        brc_ask_for_relief(ts);
    }
}

PauseStats pause_stats(void)
{
    raw_lock(&pauses.stats_lock);
    PauseStats copy = pauses.stats;
    raw_unlock(&pauses.stats_lock);
    return copy;
}
