#include "gil/gil.h"

#include "core/base/clock.h"
#include "gil/futex.h"

enum {
    GIL_HELD = 1,
    GIL_WANTED = 2, // some queue is not empty
};

enum { WAITER_ASLEEP = 0, WAITER_TRY = 1, WAITER_GRANTED = 2 };

typedef struct Waiter {
    struct Waiter *next;
    uint32_t word;     // WAITER_…; atomic
    uint64_t since_ns; // when it came
} Waiter;

typedef struct WaitQueue {
    Waiter *first, *last; // gil.lock
} WaitQueue;

static struct {
    uint32_t word;                  // GIL_ bits; atomic. WANTED changes under `lock`.
    RawLock lock;                   // guards the queues
    ThreadState *holder;            // atomic; may be stale, its memory stays valid
    uint64_t switches;              // times that the lock went to another thread; atomic
    WaitQueue returning, preempted; // lock
    uint32_t favours;               // lock: returning threads served in a row while others waited
} gil;

static void join_queue_locked(WaitQueue *queue, Waiter *w)
{
    w->next = NULL;
    if (queue->first == NULL) {
        queue->first = w;
    } else {
        queue->last->next = w;
    }
    queue->last = w;
    atomic_or_relaxed(&gil.word, (uint32_t)GIL_WANTED);
}

static void leave_queue_locked(WaitQueue *queue, Waiter *w)
{
    Waiter *before = NULL;
    for (Waiter *at = queue->first; at != w; at = at->next) {
        before = at;
    }
    if (before == NULL) {
        queue->first = w->next;
    } else {
        before->next = w->next;
    }
    if (queue->last == w) {
        queue->last = before;
    }
    if (gil.returning.first == NULL && gil.preempted.first == NULL) {
        atomic_and_relaxed(&gil.word, ~(uint32_t)GIL_WANTED);
    }
}

// Whose turn it is; NULL: nobody waits.
static WaitQueue *next_queue_locked(void)
{
    if (gil.returning.first == NULL) {
        return gil.preempted.first == NULL ? NULL : &gil.preempted;
    }
    return gil.preempted.first != NULL && gil.favours >= 7 ? &gil.preempted : &gil.returning;
}

static void note_turn_locked(const WaitQueue *queue)
{
    gil.favours = queue == &gil.returning && gil.preempted.first != NULL ? gil.favours + 1 : 0;
}

static void became_holder(ThreadState *ts)
{
    if (atomic_load_relaxed(&gil.holder) != ts) {
        // release: pairs with the acquire in wait_in_queue; the state is one that is filled in.
        atomic_store_release(&gil.holder, ts);
        atomic_add_relaxed(&gil.switches, 1u);
    }
    if ((atomic_load_relaxed(&ts->eval_breaker) & BREAK_GIL) != 0) {
        (void)eval_breaker_take(ts, BREAK_GIL); // meant for an earlier holding
    }
}

static bool try_take(void)
{
    uint32_t word = atomic_load_relaxed(&gil.word);
    while ((word & GIL_HELD) == 0) {
        // acquire: pairs with the release in gil_release; what the last holder did is visible.
        if (__atomic_compare_exchange_n(&gil.word, &word, word | GIL_HELD, true, __ATOMIC_ACQUIRE,
                                        __ATOMIC_RELAXED)) {
            return true;
        }
    }
    return false;
}

// Waits in the queue until the lock is ours.
static void wait_in_queue(WaitQueue *queue, Waiter *w, uint64_t patience_ns)
{
    for (;;) {
        uint64_t switches = atomic_load_relaxed(&gil.switches);
        futex_wait(&w->word, WAITER_ASLEEP, clock_monotonic_ns() + patience_ns);
        // acquire: pairs with the release in gil_yield; a grant is the lock.
        uint32_t told = atomic_load_acquire(&w->word);
        if (told == WAITER_GRANTED) {
            return; // and we are out of the queue
        }
        if (told == WAITER_TRY) {
            // relaxed: only we turn it back, and nobody grants what is free.
            (void)atomic_cas_acquire(&w->word, &told, (uint32_t)WAITER_ASLEEP);
            if (told == WAITER_GRANTED) {
                return;
            }
        }
        if (try_take()) {
            raw_lock(&gil.lock);
            leave_queue_locked(queue, w);
            note_turn_locked(queue);
            raw_unlock(&gil.lock);
            return;
        }
        if (told == WAITER_ASLEEP && atomic_load_relaxed(&gil.switches) == switches) {
            ThreadState *holder = atomic_load_acquire(&gil.holder);
            if (holder != NULL) {
                eval_breaker_set(holder, BREAK_GIL);
            }
        }
    }
}

static uint64_t patience(uint64_t part)
{
    uint64_t ns = switch_interval_ns() / part;
    return ns < 1000 ? 1000 : ns;
}

// Takes the first waiter out of its queue to be given the lock.
static uint32_t *choose_heir_locked(WaitQueue *queue)
{
    Waiter *heir = queue->first;
    leave_queue_locked(queue, heir);
    note_turn_locked(queue);
    return &heir->word;
}

static void grant(uint32_t *word)
{
    // release: pairs with the acquire in wait_in_queue. HELD stays set: the lock changes hands.
    atomic_store_release(word, (uint32_t)WAITER_GRANTED);
    futex_wake(word, 1);
}

// Others wait. One that was passed over for too long is given the lock, else the lock is free.
static void release_wanted(void)
{
    uint32_t *word = NULL;
    raw_lock(&gil.lock);
    WaitQueue *queue = next_queue_locked();
    if (queue != NULL && clock_monotonic_ns() - queue->first->since_ns > 2 * switch_interval_ns()) {
        word = choose_heir_locked(queue);
        raw_unlock(&gil.lock);
        grant(word);
        return;
    }
    // release: pairs with the acquire in try_take.
    __atomic_fetch_and(&gil.word, ~(uint32_t)GIL_HELD, __ATOMIC_RELEASE);
    if (queue != NULL) {
        uint32_t asleep = WAITER_ASLEEP;
        // Still on its way from the last wake-up? Then it needs no second one.
        if (atomic_cas_release(&queue->first->word, &asleep, (uint32_t)WAITER_TRY)) {
            word = &queue->first->word;
        }
    }
    raw_unlock(&gil.lock);
    if (word != NULL) {
        futex_wake(word, 1);
    }
}

void gil_release(ThreadState *ts)
{
    (void)ts;
    uint32_t word = GIL_HELD;
    // release: pairs with the acquire in try_take. It fails when somebody waits.
    if (!atomic_cas_release(&gil.word, &word, 0u)) {
        ASSERT((word & GIL_HELD) != 0);
        PERTURB("gil.release");
        release_wanted();
    }
}

// The lock is ours.
static void attach_with_lock(ThreadState *ts)
{
    if (atomic_load_relaxed(&ts->state) == THREAD_SHUT_DOWN) {
        gil_release(ts);
        thread_hang();
    }
    atomic_store_relaxed(&ts->state, (uint32_t)THREAD_ATTACHED);
    thread_state_current_ = ts;
}

void gil_take(ThreadState *ts)
{
    if (!try_take()) {
        uint64_t start = clock_monotonic_ns();
        Waiter w = {.since_ns = start};
        raw_lock(&gil.lock);
        join_queue_locked(&gil.returning, &w);
        raw_unlock(&gil.lock);
        // The holder may have let go before it could see that somebody waits.
        if (try_take()) {
            raw_lock(&gil.lock);
            leave_queue_locked(&gil.returning, &w);
            raw_unlock(&gil.lock);
        } else {
            PERTURB("gil.queued");
            wait_in_queue(&gil.returning, &w, patience(10));
        }
        atomic_store_relaxed(&ts->gil_wait_ns, ts->gil_wait_ns + clock_monotonic_ns() - start);
    }
    became_holder(ts);
    attach_with_lock(ts);
}

void gil_yield(ThreadState *ts)
{
    (void)eval_breaker_take(ts, BREAK_GIL);
    uint64_t start = clock_monotonic_ns();
    Waiter mine = {.since_ns = start};
    raw_lock(&gil.lock);
    WaitQueue *queue = next_queue_locked();
    if (queue == NULL) {
        raw_unlock(&gil.lock); // whoever asked has got it meanwhile, or has given up
        return;
    }
    uint32_t *word = choose_heir_locked(queue);
    join_queue_locked(&gil.preempted, &mine);
    raw_unlock(&gil.lock);
    thread_state_current_ = NULL;
    atomic_store_relaxed(&ts->state, (uint32_t)THREAD_DETACHED);
    PERTURB("gil.yield");
    grant(word);
    wait_in_queue(&gil.preempted, &mine, patience(1));
    atomic_store_relaxed(&ts->gil_wait_ns, ts->gil_wait_ns + clock_monotonic_ns() - start);
    became_holder(ts);
    attach_with_lock(ts);
}
