// How an interrupt gets through:
//
//  waiting thread                            thread_interrupt (any thread, or a signal handler)
//  wake_word = 0                             eval_breaker |= bits
//  eval_breaker has such bits? serve them    wake_word |= INTERRUPTED, futex wake, eventfd
//  detach
//  sleep while wake_word is 0
//
// If the interrupt comes before the word is cleared its bits are seen; if it comes after, the word
// is not 0 and nobody sleeps.
#include "gil/wait.h"

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "gil/credit.h"
#include "gil/critical_section.h"
#include "gil/safepoint.h"

uint64_t deadline_after_ns(uint64_t timeout_ns)
{
    uint64_t now = clock_monotonic_ns();
    return timeout_ns >= WAIT_FOREVER - now ? WAIT_FOREVER : now + timeout_ns;
}

void thread_interrupt(ThreadState *target, uint32_t bits)
{
    atomic_or_seq_cst(&target->eval_breaker, bits);
    park_interrupt(&target->wake_word);
    int fd = atomic_load_relaxed(&target->interrupt_fd);
    if (fd >= 0) {
        int saved = errno;
        uint64_t one = 1;
        ssize_t written = write(fd, &one, sizeof one);
        (void)written; // full: then it is readable anyway
        errno = saved;
    }
}

// What keeps objects alive for speed alone is given back; errno stays.
static void give_back_before_wait(ThreadState *ts)
{
    if (POLICY_FREE_THREADED && ts->has_credit) {
        int saved = errno;
        credit_give_back(ts);
        errno = saved;
    }
}

// What must be served before sleeping: merges, because the wait may be long and others wait for the
// memory; and what interrupts. WAIT_ERROR: an exception is set.
static WaitResult before_sleep(ThreadState *ts)
{
    ASSERT(ts->pause_depth == 0);
    give_back_before_wait(ts);
    atomic_store_seq_cst(&ts->wake_word, 0u);
    if (LIKELY(atomic_load_seq_cst(&ts->eval_breaker) == 0)) {
        return WAIT_DONE;
    }
    int saved = errno;
    bool ok = safepoint_slow(ts);
    errno = saved;
    return ok ? WAIT_DONE : WAIT_ERROR;
}

// References may have been queued to us between the last look and the detaching: whoever queued
// them thought that we were running.
static bool detach_to_wait(ThreadState *ts)
{
    critical_suspend_all(ts);
    thread_detach_bare(ts);
    if (!POLICY_FREE_THREADED ||
        LIKELY((atomic_load_seq_cst(&ts->eval_breaker) & BREAK_MERGE) == 0)) {
        return true;
    }
    thread_attach_bare(ts);
    return false;
}

void wait_begin(ThreadState *ts)
{
    int saved = errno;
    give_back_before_wait(ts);
    do {
        if (atomic_load_relaxed(&ts->eval_breaker) != 0) {
            safepoint_serve_runtime(ts);
        }
    } while (!detach_to_wait(ts));
    errno = saved;
}

void wait_end(ThreadState *ts)
{
    int saved = errno;
    thread_attach(ts);
    errno = saved;
}

WaitResult wait_until(ThreadState *ts, uint64_t deadline_ns)
{
    for (;;) {
        if (before_sleep(ts) == WAIT_ERROR) {
            return WAIT_ERROR;
        }
        if (deadline_ns != WAIT_FOREVER && clock_monotonic_ns() >= deadline_ns) {
            return WAIT_TIMED_OUT;
        }
        if (detach_to_wait(ts)) {
            futex_wait(&ts->wake_word, 0, deadline_ns);
            thread_attach(ts);
        } else {
            critical_resume_innermost(ts);
        }
    }
}

WaitResult wait_on_memory(ThreadState *ts, const void *address, const void *expected, size_t size,
                          uint64_t deadline_ns)
{
    for (;;) {
        if (before_sleep(ts) == WAIT_ERROR) {
            return WAIT_ERROR;
        }
        if (!detach_to_wait(ts)) {
            critical_resume_innermost(ts);
            continue;
        }
        ParkResult result =
            parking_lot_park(address, expected, size, deadline_ns, NULL, &ts->wake_word);
        thread_attach(ts);
        switch (result) {
        case PARK_TIMED_OUT:
            return WAIT_TIMED_OUT;
        case PARK_INTERRUPTED:
            break;
        default:
            return WAIT_DONE;
        }
    }
}

// --- Descriptors ---------------------------------------------------------------------------------

static int interrupt_fd_of(ThreadState *ts)
{
    int fd = atomic_load_relaxed(&ts->interrupt_fd);
    if (fd < 0) {
        fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
        atomic_store_seq_cst(&ts->interrupt_fd, fd);
    }
    return fd;
}

static int timeout_ms_until(uint64_t deadline_ns, bool can_be_interrupted)
{
    uint64_t most = can_be_interrupted ? 3600000 : 50; // without an eventfd: look now and then
    if (deadline_ns == WAIT_FOREVER) {
        return (int)most;
    }
    uint64_t now = clock_monotonic_ns();
    uint64_t ms = deadline_ns <= now ? 0 : (deadline_ns - now + 999999) / 1000000;
    return (int)MIN_OF(ms, most);
}

WaitResult wait_fd(ThreadState *ts, int fd, short events, uint64_t deadline_ns, short *ready)
{
    int interrupt = interrupt_fd_of(ts);
    *ready = 0;
    for (;;) {
        uint64_t drained;
        if (interrupt >= 0) {
            ssize_t n = read(interrupt, &drained, sizeof drained);
            (void)n;
        }
        if (before_sleep(ts) == WAIT_ERROR) {
            return WAIT_ERROR;
        }
        struct pollfd fds[2] = {{.fd = fd, .events = events}, {.fd = interrupt, .events = POLLIN}};
        // What is ready already costs no detaching.
        int n = poll(fds, 1, 0);
        if (n == 0 && clock_monotonic_ns() < deadline_ns) {
            if (!detach_to_wait(ts)) {
                critical_resume_innermost(ts);
                continue;
            }
            n = poll(fds, 2, timeout_ms_until(deadline_ns, interrupt >= 0));
            int failure = errno;
            thread_attach(ts);
            errno = failure;
        }
        if (n < 0 && errno != EINTR) {
            *ready = POLLERR;
            return WAIT_DONE;
        }
        if (n > 0 && fds[0].revents != 0) {
            *ready = fds[0].revents;
            return WAIT_DONE;
        }
        if (clock_monotonic_ns() >= deadline_ns) {
            return WAIT_TIMED_OUT;
        }
    }
}

// --- Locks ---------------------------------------------------------------------------------------

// Sleeps once. True: the lock is ours.
static bool park_for_lock(ThreadState *ts, Mutex *m, MutexWait *wait, uint64_t deadline_ns,
                          uint32_t *interrupt_word, ParkResult *result)
{
    *result = PARK_MISMATCH;
    if (!detach_to_wait(ts)) {
        critical_resume_innermost(ts);
        return false;
    }
    *result = mutex_park(m, wait, deadline_ns, interrupt_word);
    thread_attach(ts);
    return wait->is_handed_over;
}

WaitResult script_lock_acquire_slow(ThreadState *ts, ScriptLock *lock, uint64_t deadline_ns)
{
    Mutex *m = &lock->mutex;
    if (deadline_ns == 0) {
        return WAIT_TIMED_OUT;
    }
    // In adder the owner cannot go on while we have the GIL.
    if (POLICY_FREE_THREADED && mutex_spin(m, &ts->eval_breaker)) {
        return WAIT_DONE;
    }
    MutexWait wait = {.since_ns = clock_monotonic_ns()};
    for (;;) {
        // First of all: we may have been woken to take it, and nobody else was.
        if (mutex_try_lock(m)) {
            return WAIT_DONE;
        }
        if (before_sleep(ts) == WAIT_ERROR) {
            return WAIT_ERROR;
        }
        ParkResult result;
        if (park_for_lock(ts, m, &wait, deadline_ns, &ts->wake_word, &result)) {
            return WAIT_DONE;
        }
        if (result == PARK_TIMED_OUT) {
            return mutex_try_lock(m) ? WAIT_DONE : WAIT_TIMED_OUT;
        }
    }
}

bool script_lock_acquire_uninterrupted(ThreadState *ts, ScriptLock *lock, uint64_t deadline_ns)
{
    Mutex *m = &lock->mutex;
    MutexWait wait = {.since_ns = clock_monotonic_ns()};
    while (!mutex_try_lock(m)) {
        ParkResult result;
        if (atomic_load_relaxed(&ts->eval_breaker) != 0) {
            safepoint_serve_runtime(ts);
        }
        if (park_for_lock(ts, m, &wait, deadline_ns, NULL, &result)) {
            return true;
        }
        if (result == PARK_TIMED_OUT) {
            return false;
        }
    }
    return true;
}

// --- Events and permits --------------------------------------------------------------------------

void event_set(Event *e)
{
    // release: pairs with the acquire in event_is_set.
    atomic_store_release(&e->is_set, (uint8_t)1);
    parking_lot_unpark_all(&e->is_set);
}

void event_clear(Event *e) { atomic_store_relaxed(&e->is_set, (uint8_t)0); }

WaitResult event_wait(ThreadState *ts, Event *e, uint64_t deadline_ns)
{
    const uint8_t unset = 0;
    while (!event_is_set(e)) {
        WaitResult result = wait_on_memory(ts, &e->is_set, &unset, 1, deadline_ns);
        if (result != WAIT_DONE) {
            return result == WAIT_TIMED_OUT && event_is_set(e) ? WAIT_DONE : result;
        }
    }
    return WAIT_DONE;
}

void semaphore_post(Semaphore *s)
{
    // release: pairs with the acquire in semaphore_try.
    atomic_add_release(&s->permits, 1u);
    parking_lot_unpark_one(&s->permits, NULL, NULL);
}

bool semaphore_try(Semaphore *s)
{
    uint32_t permits = atomic_load_relaxed(&s->permits);
    while (permits > 0) {
        if (atomic_cas_weak_acq_rel(&s->permits, &permits, permits - 1)) {
            return true;
        }
    }
    return false;
}

WaitResult semaphore_wait(ThreadState *ts, Semaphore *s, uint64_t deadline_ns)
{
    const uint32_t none = 0;
    while (!semaphore_try(s)) {
        WaitResult result = wait_on_memory(ts, &s->permits, &none, 4, deadline_ns);
        if (result != WAIT_DONE) {
            return result == WAIT_TIMED_OUT && semaphore_try(s) ? WAIT_DONE : result;
        }
    }
    return WAIT_DONE;
}
