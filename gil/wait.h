// gil/wait.h: every way in which a script's thread waits.
//
// A wait detaches, so that other threads run and pauses need not wait for it. It ends when what it
// waits for happens, when its deadline has passed, or when a signal handler (main thread) or an
// exception sent by another thread has to run: then it attaches, runs the safepoint, and goes on
// waiting unless that raised an exception. A thread_interrupt() always gets through, also in the
// gap before the thread really sleeps.
//
// Deadlines are times of clock_monotonic_ns(); WAIT_FOREVER: none.
//
// Rule     everything a script can see may have changed after a wait; open critical sections were
//          let go meanwhile. Before it sleeps a wait merges what other threads queued to this one,
//          so it may run finalizers.
// Rule     no wait inside a pause.
// Threads  the calling thread is attached, before and after.
// Errors   WAIT_ERROR: an exception is set (STYLE's Status for waits).
// Proof    tests/unit/gil/test_wait.c
#ifndef ADDER_GIL_WAIT_H
#define ADDER_GIL_WAIT_H

#include "gil/mutex.h"

typedef enum {
    WAIT_DONE,
    WAIT_TIMED_OUT,
    WAIT_ERROR,
} WaitResult;

// The deadline that lies timeout_ns from now; too far away is WAIT_FOREVER.
uint64_t deadline_after_ns(uint64_t timeout_ns);

// Around a blocking system call: `wait_begin(ts); n = read(…); wait_end(ts);`. errno survives. The
// call returns EINTR when a signal arrives; the caller then polls the safepoint and tries again.
void wait_begin(ThreadState *ts);
void wait_end(ThreadState *ts);

// Sleeps. WAIT_TIMED_OUT when the deadline has come.
MUST_USE WaitResult wait_until(ThreadState *ts, uint64_t deadline_ns);

// Waits until the descriptor is ready for `events` (POLLIN, POLLOUT); *ready gets poll's answer.
// -1 as descriptor waits for nothing but the deadline. Out of memory or descriptors shows as
// WAIT_DONE with *ready = POLLERR.
MUST_USE WaitResult wait_fd(ThreadState *ts, int fd, short events, uint64_t deadline_ns,
                            short *ready);

// --- A lock that scripts see: any thread may release it ------------------------------------------

typedef struct ScriptLock {
    Mutex mutex;
} ScriptLock;

static inline MUST_USE bool script_lock_try(ScriptLock *lock)
{
    return mutex_try_lock(&lock->mutex);
}
MUST_USE WaitResult script_lock_acquire_slow(ThreadState *ts, ScriptLock *lock,
                                             uint64_t deadline_ns);
// WAIT_DONE: it is locked, by us.
static inline MUST_USE WaitResult script_lock_acquire(ThreadState *ts, ScriptLock *lock,
                                                      uint64_t deadline_ns)
{
    return LIKELY(script_lock_try(lock)) ? WAIT_DONE
                                         : script_lock_acquire_slow(ts, lock, deadline_ns);
}
// Without signals or exceptions in between: for joins at shutdown and the like. False: timed out.
bool script_lock_acquire_uninterrupted(ThreadState *ts, ScriptLock *lock, uint64_t deadline_ns);
// The lock is locked. False: it was not.
static inline bool script_lock_release(ScriptLock *lock) { return mutex_try_unlock(&lock->mutex); }
static inline bool script_lock_is_locked(const ScriptLock *lock)
{
    return mutex_is_locked(&lock->mutex);
}

// --- For C code ----------------------------------------------------------------------------------

// Something that happens once, or again after event_clear.
typedef struct Event {
    uint8_t is_set; // atomic
} Event;

void event_set(Event *e); // any thread, attached or not
void event_clear(Event *e);
static inline bool event_is_set(const Event *e) { return atomic_load_acquire(&e->is_set) != 0; }
MUST_USE WaitResult event_wait(ThreadState *ts, Event *e, uint64_t deadline_ns);

// A number of permits.
typedef struct Semaphore {
    uint32_t permits; // atomic
} Semaphore;

void semaphore_post(Semaphore *s); // any thread, attached or not
bool semaphore_try(Semaphore *s);
MUST_USE WaitResult semaphore_wait(ThreadState *ts, Semaphore *s, uint64_t deadline_ns);

// Sleeps while the `size` bytes (1, 4 or 8) at `address` equal those at `expected`, until
// parking_lot_unpark_* there. WAIT_DONE: woken, or it was different: look again.
MUST_USE WaitResult wait_on_memory(ThreadState *ts, const void *address, const void *expected,
                                   size_t size, uint64_t deadline_ns);

#endif
