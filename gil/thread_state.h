// gil/thread_state.h: what the runtime knows of one operating-system thread that runs scripts.
//
// A thread is ATTACHED while it may touch objects, DETACHED while it waits or runs foreign code,
// SUSPENDED while it is detached and a pause forbids it to attach. In adder, attached means holding
// the GIL. Every blocking call happens detached (gil/wait.h).
//
// Rule     exactly one C thread-local exists: the current ThreadState.
// Rule     `eval_breaker` is set by anyone, atomically; it is looked at by the owner at safepoints:
//          backward jumps, calls, and long loops in C (safepoint_poll).
// Threads  fields say who writes them; unmarked fields belong to the owner.
#ifndef ADDER_GIL_THREAD_STATE_H
#define ADDER_GIL_THREAD_STATE_H

#include "core/base/atomics.h"
#include "core/base/check.h"
#include "gil/handles.h"

typedef struct Heap Heap;                       // alloc/heap.h
typedef struct Execution Execution;             // core/vm/frame.h
typedef struct CriticalSection CriticalSection; // gil/critical_section.h
typedef struct ThreadLocals ThreadLocals;       // core/runtime: what upper layers keep per thread

// HELD: detached, and another thread does something on its behalf for a moment (gil/brc.c).
// SHUT_DOWN: may never attach again, it hangs instead.
//
//              thread_attach              a pause begins
//   DETACHED ──────────────► ATTACHED   DETACHED ──► SUSPENDED     ATTACHED ──► SUSPENDED
//            ◄──────────────             (by the requester)         (itself, at a safepoint)
//              thread_detach            the pause ends: back to DETACHED, or straight to ATTACHED
//                                       if the thread has missed its turn several times
enum {
    THREAD_DETACHED = 0,
    THREAD_ATTACHED = 1,
    THREAD_SUSPENDED = 2,
    THREAD_SHUT_DOWN = 3,
    THREAD_HELD = 4,
};

// While a thread may not attach it watches `state` for a while, then sleeps on it.
enum { WANTS_ATTACHED = 1, WANTS_WAKING = 2 };

enum { THREAD_ID_LIMIT = 4095 }; // ids are 1 .. 4094

// Bits of eval_breaker: why the thread should leave the fast path at its next safepoint.
enum {
    BREAK_STOP = 1,     // a pause waits for this thread
    BREAK_GIL = 2,      // adder: another thread wants the GIL
    BREAK_MERGE = 4,    // addert: references were queued to this thread (gil/brc.h)
    BREAK_SIGNAL = 8,   // a signal handler of the script is due (main thread)
    BREAK_COLLECT = 16, // a collection is due
    BREAK_ASYNC = 32,   // an exception was sent to this thread
    BREAK_RECLAIM = 64, // addert: freed memory may have passed its grace period
    BREAK_CREDIT = 128, // addert: references in hand are wanted back (gil/credit.h)
    BREAK_RUN_UPPER = BREAK_SIGNAL | BREAK_COLLECT | BREAK_ASYNC,
};

// References in hand to one object of another thread: gil/credit.h.
typedef struct Credit {
    const struct ObjectHead *object;
    uint32_t count;
    uint16_t heat, contested;
} Credit;
enum { CREDIT_ROWS = 64 };

typedef struct ThreadState {
    uint32_t tag;          // addert: owner id << 20; adder: the id in the same place
    uint32_t eval_breaker; // BREAK_ bits; anyone, atomic
    // Other threads may touch these at any time, even through a stale pointer:
    // they outlive the thread.
    uint32_t state;           // THREAD_ATTACHED …; atomic, see gil/stop_the_world.c
    uint32_t id;              // 1 .. 4094; the same as long as this memory is used
    uint32_t wake_word;       // what interruptible waits sleep on (gil/parking_lot.h); anyone
    uint32_t wants_to_attach; // atomic: WANTS_ATTACHED, WANTS_WAKING or 0
    uint32_t pauses_missed;   // atomic: pauses since it wanted to attach
    int interrupt_fd;         // atomic: eventfd that ends fd waits, -1: not made yet
    uint64_t qsbr_seen;       // addert: last global sequence seen, 0 while detached; atomic
    uint64_t gil_wait_ns;     // adder: time spent waiting for the GIL; read by anyone
    uint64_t lock_wait_ns;    // time spent waiting for object locks; read by anyone
    struct ThreadState *next, *previous; // all threads; threads_lock
    // From here on all is zero when a thread begins.
    Heap *heap;
    Execution *execution;      // what this thread runs
    Ref exception;             // the exception being raised, or NO_REF
    uintptr_t stack_limit;     // C stack address below which RecursionError is raised
    CriticalSection *sections; // innermost open critical section
    ThreadLocals *locals;      // upper layers' per-thread data
    Ref async_exception;       // sent by another thread; threads_lock
    uint64_t serial;           // never reused
    uint64_t native_ident;     // threading.get_ident()
    void *qsbr_queue;          // addert: memory waiting for its grace period
    void *trash;               // objects whose deallocation was put off (core/object/object.c)
    void *dying;               // types of instances being taken apart (core/object/object.c)
    void *inside_repr;         // values whose repr is being made (core/object/protocol_items.c)
    uint32_t dealloc_depth;
    uint32_t pause_depth;   // > 0 while this thread has stopped the world
    void *native_unwind;    // where a library's failed allocation goes (core/object/int_gmp.c)
    void (*at_end)(void *); // called when nothing of the thread is left, or NULL
    void *at_end_argument;
    bool is_main;
    bool is_daemon;
    bool has_left;      // counts may not be touched any more (thread_state_leave)
    bool is_finalizing; // this thread has shut down all others
    bool has_credit;    // addert: some row below may hold references
    uint32_t credit_uses, credit_misses;
    Credit credits[CREDIT_ROWS]; // addert
} ThreadState;

extern _Thread_local ThreadState *thread_state_current_ __attribute__((tls_model("local-exec")));

// The running thread's state, or NULL in a thread that is not attached.
static ALWAYS_INLINE ThreadState *thread_current(void) { return thread_state_current_; }
static ALWAYS_INLINE uint32_t thread_tag(void) { return thread_state_current_->tag; }

// Makes a state for the calling thread and attaches it. NULL: out of memory or of ids
// (4094). The memory of a state is used again but never given back, so a pointer to it may
// be stale but never wild.
ThreadState *thread_state_create(bool is_main);
// The same in two steps, for whoever starts threads and wants to know in time that there are too
// many: prepare on any thread, then begin on the new one, or cancel.
ThreadState *thread_state_prepare(void);
void thread_state_begin(ThreadState *prepared, bool is_main);
void thread_state_cancel(ThreadState *prepared);
// First step of a thread's end: drains what other threads queued to it, which may run finalizers,
// so execution and locals are still valid. Afterwards this thread may touch no reference count;
// upper layers free the raw memory that they keep per thread.
void thread_state_leave(ThreadState *ts);
// Second step (does the first if that was forgotten): detaches and ends the calling thread's state;
// what waits for a grace period is handed over, the heap abandoned. Last of all calls ts->at_end,
// which may touch no object: whoever waits for the thread may go on.
void thread_state_destroy(ThreadState *ts);

// Attach waits for the GIL (adder) and for pauses to end. Detach publishes a quiescent state and
// lets go of open critical sections.
void thread_attach(ThreadState *ts);
void thread_detach(ThreadState *ts);

// All threads, under a lock: for pauses, statistics, and the threading module.
void threads_lock(void);
void threads_unlock(void);
ThreadState *threads_first(void);
uint32_t threads_count(void);
ThreadState *threads_main(void); // the main thread's state, or NULL
uint32_t thread_ids_used(void);  // every id ever given is below this

// At exit: from now on no other thread can attach; those that wait or reach a safepoint hang. The
// caller is attached and stays so.
void threads_shut_down_others(ThreadState *ts);
// How many threads that has cost, those included that were started and had not begun: what their
// frames hold stays.
uint32_t threads_lost(void);

// Sets bits of the eval breaker and ends an interruptible wait of that thread (gil/wait.h), if it
// is in one. Async-signal-safe.
void thread_interrupt(ThreadState *target, uint32_t bits);

// Time spent waiting for the GIL and for object locks, by all threads there are and were.
typedef struct ThreadWaits {
    uint64_t gil_ns, lock_ns;
} ThreadWaits;
ThreadWaits threads_waits(void);

// sys.getswitchinterval: how long a thread keeps the GIL while others want it.
// addert only remembers.
uint64_t switch_interval_ns(void);
void switch_interval_set_ns(uint64_t interval_ns);

// For gil/ alone: the steps of attaching without critical sections, letting go of a HELD thread,
// and the address below which `size` bytes of stack are used up.
void thread_attach_bare(ThreadState *ts);
void thread_detach_bare(ThreadState *ts);
void thread_let_go(ThreadState *held);
NO_RETURN void thread_hang(void); // what a thread does that may not attach any more

// True from the moment the process starts a second script thread, until threads_shut_down_others:
// before and after, critical sections take no lock and optimistic reads need no care.
extern bool threads_started_;
static inline bool process_is_threaded(void) { return atomic_load_relaxed(&threads_started_); }
void threads_note_second(void);

// Asks one thread, or all, to leave the fast path at the next safepoint.
static inline void eval_breaker_set(ThreadState *ts, uint32_t bits)
{
    atomic_or_release(&ts->eval_breaker, bits);
}

// Takes bits out of the eval breaker: those of `bits` that were set. safepoint_run_pending takes
// each bit before it serves it, so that a request which arrives meanwhile is served again.
static inline uint32_t eval_breaker_take(ThreadState *ts, uint32_t bits)
{
    return atomic_and_acq_rel(&ts->eval_breaker, ~bits) & bits;
}

// At a safepoint: no borrowed pointer is held beyond what slots keep alive. False: an exception is
// set (signal handler, asynchronous exception). May run script code and collect.
MUST_USE bool safepoint_slow(ThreadState *ts);
static ALWAYS_INLINE MUST_USE bool safepoint_poll(ThreadState *ts)
{
    return LIKELY(atomic_load_relaxed(&ts->eval_breaker) == 0) ? true : safepoint_slow(ts);
}

// Real bytes left on the C stack? False: raise RecursionError (see enter_native in object.h).
static ALWAYS_INLINE bool stack_has_room(const ThreadState *ts)
{
    return (uintptr_t)__builtin_frame_address(0) > ts->stack_limit;
}

#endif
