#include "gil/mutex.h"

#include <sched.h>

#include "core/base/clock.h"
#include "gil/policy.h"

enum {
    HAND_OVER_NS = 1000000,
    BACK_OFF_FIRST = 64,  // pauses before the second try
    BACK_OFF_LAST = 1024, // and before the last; together some 20 µs
};

bool processors_allow_spinning(void)
{
    static int processors; // atomic; 0: not known yet
    int n = atomic_load_relaxed(&processors);
    if (n == 0) {
        cpu_set_t set;
        n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 2;
        atomic_store_relaxed(&processors, n);
    }
    return n > 1;
}

bool mutex_spin(Mutex *m, const uint32_t *breaker)
{
    if (!processors_allow_spinning()) {
        return false;
    }
    for (int pauses = BACK_OFF_FIRST; pauses <= BACK_OFF_LAST; pauses *= 2) {
        for (int i = 0; i < pauses; i++) {
            spin_pause();
        }
        if (mutex_try_lock(m)) {
            return true;
        }
        if (breaker != NULL && atomic_load_relaxed(breaker) != 0) {
            return false;
        }
    }
    return false;
}

ParkResult mutex_park(Mutex *m, MutexWait *wait, uint64_t deadline_ns, uint32_t *interrupt_word)
{
    uint8_t bits = atomic_load_relaxed(&m->bits);
    if ((bits & MUTEX_LOCKED) == 0) {
        return PARK_MISMATCH;
    }
    if ((bits & MUTEX_PARKED) == 0 &&
        !atomic_cas_acquire(&m->bits, &bits, (uint8_t)(bits | MUTEX_PARKED))) {
        return PARK_MISMATCH;
    }
    PERTURB("mutex.park");
    const uint8_t expected = MUTEX_LOCKED | MUTEX_PARKED;
    // A waiter that times out leaves PARKED set: the price is one needless look into the lot.
    return parking_lot_park(&m->bits, &expected, 1, deadline_ns, wait, interrupt_word);
}

void mutex_lock_slow(ThreadState *ts, Mutex *m)
{
    if (mutex_spin(m, ts != NULL ? &ts->eval_breaker : NULL)) {
        return;
    }
    MutexWait wait = {.since_ns = clock_monotonic_ns()};
    while (!mutex_try_lock(m)) {
        if (ts != NULL) {
            thread_detach_bare(ts);
        }
        (void)mutex_park(m, &wait, WAIT_FOREVER, NULL);
        if (ts != NULL) {
            thread_attach_bare(ts);
        }
        if (wait.is_handed_over) {
            break;
        }
    }
    if (ts != NULL) {
        atomic_store_relaxed(&ts->lock_wait_ns,
                             ts->lock_wait_ns + clock_monotonic_ns() - wait.since_ns);
    }
}

typedef struct Unlock {
    Mutex *mutex;
    bool was_locked;
} Unlock;

static void unlock_knowing_who_waits(void *context, void *argument, bool more)
{
    Unlock *unlock = context;
    MutexWait *wait = argument;
    bool hands_over = wait != NULL && clock_monotonic_ns() - wait->since_ns >= HAND_OVER_NS;
    uint8_t next = (uint8_t)((more ? MUTEX_PARKED : 0) | (hands_over ? MUTEX_LOCKED : 0));
    uint8_t bits = atomic_load_relaxed(&unlock->mutex->bits);
    do {
        if ((bits & MUTEX_LOCKED) == 0) {
            return; // a waiter that was taken out looks again
        }
        // release: pairs with the acquire of whoever locks next;
        // a hand-over is ordered by the telling.
    } while (!atomic_cas_release(&unlock->mutex->bits, &bits, next));
    unlock->was_locked = true;
    if (hands_over) {
        wait->is_handed_over = true;
    }
}

bool mutex_try_unlock_slow(Mutex *m)
{
    if (!mutex_is_locked(m)) {
        return false;
    }
    Unlock unlock = {.mutex = m};
    parking_lot_unpark_one(&m->bits, unlock_knowing_who_waits, &unlock);
    return unlock.was_locked;
}

void mutex_unlock_slow(Mutex *m)
{
    bool was_locked = mutex_try_unlock_slow(m);
    ASSERT(was_locked);
    (void)was_locked;
}
