// gil/futex.h: sleeping on a word of memory, and the smallest lock built on it.
//
// A RawLock guards a few instructions of this folder: it never detaches, knows no thread state and
// may be taken inside a pause. Nothing that can wait, allocate from a heap or drop a reference
// happens under one.
//
// Threads  any, attached or not. futex_wake is async-signal-safe.
#ifndef ADDER_GIL_FUTEX_H
#define ADDER_GIL_FUTEX_H

#include "core/base/atomics.h"
#include "core/base/check.h"

// A deadline is a time of clock_monotonic_ns. Forever: none.
#define WAIT_FOREVER UINT64_MAX

// Sleeps while *word is `expected`, until woken or the deadline has passed. May return for no
// reason at all: look at the word again.
void futex_wait(uint32_t *word, uint32_t expected, uint64_t deadline_ns);

// Wakes up to `count` sleepers. The word may be gone already: a stray wake-up is all that happens.
void futex_wake(uint32_t *word, int count);

typedef struct RawLock {
    uint32_t word; // 0 free, 1 held, 2 held and somebody may sleep
} RawLock;

void raw_lock_slow(RawLock *lock);

static inline void raw_lock(RawLock *lock)
{
    uint32_t expected = 0;
    // acquire: pairs with the release in raw_unlock.
    if (UNLIKELY(!atomic_cas_acquire(&lock->word, &expected, 1u))) {
        raw_lock_slow(lock);
    }
}

static inline void raw_unlock(RawLock *lock)
{
    // release: what was written under the lock is seen by the next to take it.
    if (UNLIKELY(__atomic_exchange_n(&lock->word, 0u, __ATOMIC_RELEASE) == 2)) {
        futex_wake(&lock->word, 1);
    }
}

#endif
