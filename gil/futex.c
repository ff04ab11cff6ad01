#include "gil/futex.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "core/base/clock.h"

// ThreadSanitizer holds a signal back until the thread calls something it knows to block, or uses
// an atomic. It does not know this call: a signal that comes just before it would be served only
// after the sleep, so there no sleep is long.
#ifdef __SANITIZE_THREAD__
static uint64_t longest_sleep(uint64_t deadline_ns)
{
    return MIN_OF(deadline_ns, clock_monotonic_ns() + 10000000);
}
#else
static uint64_t longest_sleep(uint64_t deadline_ns) { return deadline_ns; }
#endif

void futex_wait(uint32_t *word, uint32_t expected, uint64_t deadline_ns)
{
    int saved = errno;
    deadline_ns = longest_sleep(deadline_ns);
    struct timespec until, *limit = NULL;
    if (deadline_ns != WAIT_FOREVER) {
        until.tv_sec = (time_t)(deadline_ns / 1000000000u);
        until.tv_nsec = (long)(deadline_ns % 1000000000u);
        limit = &until;
    }
    // The bitset form takes an absolute time of the monotonic clock.
    syscall(SYS_futex, word, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, expected, limit, NULL,
            FUTEX_BITSET_MATCH_ANY);
    errno = saved;
}

void futex_wake(uint32_t *word, int count)
{
    int saved = errno;
    syscall(SYS_futex, word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, count, NULL, NULL, 0);
    errno = saved;
}

void raw_lock_slow(RawLock *lock)
{
    for (int spin = 0; spin < 100; spin++) {
        uint32_t expected = 0;
        if (atomic_load_relaxed(&lock->word) == 0 &&
            atomic_cas_acquire(&lock->word, &expected, 1u)) {
            return;
        }
        spin_pause();
    }
    // From here on the word says that somebody may sleep, also while we hold it:
    // the price is one needless wake-up.
    while (atomic_exchange_acquire(&lock->word, 2u) != 0) {
        futex_wait(&lock->word, 2, WAIT_FOREVER);
    }
}
