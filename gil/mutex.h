// gil/mutex.h: a lock of one byte.
//
//   bit 0  LOCKED   somebody has it
//   bit 1  PARKED   somebody sleeps for it in the parking lot: unlocking must look there
//
// Any thread may take it as soon as it is free, also past those that sleep: that is fast. A waiter
// first backs off patiently, for some 20 µs, because a lock that is held for a moment and taken
// again at once goes at full speed in one thread's cache and at a tenth of it when two pull at it.
// Then it parks. Whoever has been parked for a millisecond is handed the lock, so nobody starves.
//
// Rule     unlocking does not touch the byte after the lock is another's: the memory may be gone.
// Rule     a handed-over lock may belong to a thread that is suspended: take none inside a pause.
// Threads  any. mutex_lock waits attached, for locks held for a few instructions and never across a
//          safepoint; mutex_lock_attached detaches, so what the caller knew may have changed.
// Proof    tests/unit/gil/test_mutex.c
#ifndef ADDER_GIL_MUTEX_H
#define ADDER_GIL_MUTEX_H

#include "gil/parking_lot.h"
#include "gil/thread_state.h"

typedef struct Mutex {
    uint8_t bits;
} Mutex;

enum { MUTEX_LOCKED = 1, MUTEX_PARKED = 2 };

void mutex_lock_slow(ThreadState *ts, Mutex *m);
void mutex_unlock_slow(Mutex *m);
MUST_USE bool mutex_try_unlock_slow(Mutex *m);

static inline MUST_USE bool mutex_try_lock(Mutex *m)
{
    uint8_t bits = atomic_load_relaxed(&m->bits);
    // acquire: pairs with the release in mutex_unlock.
    return (bits & MUTEX_LOCKED) == 0 &&
           atomic_cas_acquire(&m->bits, &bits, (uint8_t)(bits | MUTEX_LOCKED));
}

static inline void mutex_lock(Mutex *m)
{
    uint8_t bits = 0;
    if (UNLIKELY(!atomic_cas_acquire(&m->bits, &bits, (uint8_t)MUTEX_LOCKED))) {
        mutex_lock_slow(NULL, m);
    }
}

// Detaches while it sleeps. Critical sections are not let go:
// the caller has none, or has seen to it.
static inline void mutex_lock_attached(ThreadState *ts, Mutex *m)
{
    uint8_t bits = 0;
    if (UNLIKELY(!atomic_cas_acquire(&m->bits, &bits, (uint8_t)MUTEX_LOCKED))) {
        mutex_lock_slow(ts, m);
    }
}

static inline void mutex_unlock(Mutex *m)
{
    uint8_t bits = MUTEX_LOCKED;
    // release: pairs with the acquire of whoever locks next.
    if (UNLIKELY(!atomic_cas_release(&m->bits, &bits, (uint8_t)0))) {
        mutex_unlock_slow(m);
    }
}

// For locks that any thread may release: two may try at the same time. False: it was not locked.
static inline MUST_USE bool mutex_try_unlock(Mutex *m)
{
    uint8_t bits = MUTEX_LOCKED;
    // release: as in mutex_unlock.
    return LIKELY(atomic_cas_release(&m->bits, &bits, (uint8_t)0)) || mutex_try_unlock_slow(m);
}

static inline bool mutex_is_locked(const Mutex *m)
{
    return (atomic_load_relaxed(&m->bits) & MUTEX_LOCKED) != 0;
}

// With one processor to run on, whoever holds a lock cannot let go while somebody spins.
bool processors_allow_spinning(void);

// --- For gil/wait.c, which waits in its own way --------------------------------------------------

// Backs off and tries, for some 20 µs or until `breaker` (may be NULL) is not zero. True: taken.
bool mutex_spin(Mutex *m, const uint32_t *breaker);

typedef struct MutexWait {
    uint64_t since_ns;   // when the waiting began
    bool is_handed_over; // the lock was given to this waiter
} MutexWait;

// Sleeps once for a lock that is held, or returns at once if it is not. Only is_handed_over means
// that the lock was got; else the caller tries again.
ParkResult mutex_park(Mutex *m, MutexWait *wait, uint64_t deadline_ns, uint32_t *interrupt_word);

// The byte in an object's header.
static inline Mutex *mutex_of(uint8_t *byte) { return (Mutex *)byte; }

#endif
