#include "gil/thread_state.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc/heap.h"
#include "alloc/upcalls.h"
#include "core/base/clock.h"
#include "gil/brc.h"
#include "gil/critical_section.h"
#include "gil/futex.h"
#include "gil/gil.h"
#include "gil/mutex.h"
#include "gil/policy.h"
#include "gil/qsbr.h"
#include "gil/safepoint.h"
#include "gil/stop_the_world.h"

enum { IDS_AT_REST = 32 };

_Thread_local ThreadState *thread_state_current_ __attribute__((tls_model("local-exec")));
bool threads_started_;

static struct {
    RawLock lock;
    ThreadState *first;                   // lock
    uint32_t count;                       // lock
    ThreadState *main;                    // atomic
    ThreadState *states[THREAD_ID_LIMIT]; // lock; by id, kept when the thread has ended
    uint16_t free_ids[THREAD_ID_LIMIT]; // lock; a ring, so that an id rests before it is used again
    uint32_t free_head, free_count;     // lock
    uint32_t ids_used;                  // atomic; ids from here on were never given
    uint64_t serial;                    // lock
    ThreadWaits ended;                  // lock: of threads that are no more
    bool are_shut_down;                 // lock: no thread begins any more
    uint32_t prepared;                  // lock: threads that were started and have not begun
    uint32_t lost;                      // lock: threads that hang for ever
} threads = {.ids_used = 1};

void threads_lock(void) { raw_lock(&threads.lock); }
void threads_unlock(void) { raw_unlock(&threads.lock); }
ThreadState *threads_first(void) { return threads.first; }
ThreadState *threads_main(void) { return atomic_load_acquire(&threads.main); }
uint32_t thread_ids_used(void) { return atomic_load_acquire(&threads.ids_used); }

uint32_t threads_count(void)
{
    threads_lock();
    uint32_t count = threads.count;
    threads_unlock();
    return count;
}

uint32_t threads_lost(void)
{
    threads_lock();
    uint32_t lost = threads.lost + threads.prepared;
    threads_unlock();
    return lost;
}

void threads_note_second(void) { atomic_store_release(&threads_started_, true); }

ThreadWaits threads_waits(void)
{
    threads_lock();
    ThreadWaits sum = threads.ended;
    for (ThreadState *t = threads.first; t != NULL; t = t->next) {
        sum.gil_ns += atomic_load_relaxed(&t->gil_wait_ns);
        sum.lock_ns += atomic_load_relaxed(&t->lock_wait_ns);
    }
    threads_unlock();
    return sum;
}

// --- The C stack ---------------------------------------------------------------------------------

// The lowest address that scripts may use. What lies below is for the code that notices.
static uintptr_t find_stack_limit(void)
{
    pthread_attr_t attributes;
    void *low = NULL;
    size_t size = 0, guard = 0;
    if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
        pthread_attr_getstack(&attributes, &low, &size);
        pthread_attr_getguardsize(&attributes, &guard);
        pthread_attr_destroy(&attributes);
    }
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);
    uintptr_t bottom = (uintptr_t)low + guard;
    if (low == NULL || here <= bottom) {
        bottom = here - 256 * 1024; // nothing is known: most stacks have this much
    }
#ifdef __SANITIZE_THREAD__
    // ThreadSanitizer notes the calls of a thread in 65536 places of its own, and dies beyond.
    const uintptr_t most = 4u << 20;
#else
    // An unlimited stack is not endless memory; the main thread's grows on demand.
    const uintptr_t most = 64u << 20;
#endif
    if (here - bottom > most) {
        bottom = here - most;
    }
    size_t room = here - bottom;
    size_t reserve = room >= 1u << 20 ? 128u << 10 : room >= 512u << 10 ? 64u << 10 : room / 4;
    return bottom + reserve;
}

// --- Attaching -----------------------------------------------------------------------------------

void thread_hang(void)
{
    thread_state_current_ = NULL;
    for (;;) {
        pause();
    }
}

// Most pauses, and whatever others do for a thread that they hold, take less time than falling asleep
// and being woken. Until all have stopped we watch but briefly: somebody who has not may need our
// processor to get there.
static bool is_worth_watching(uint32_t state, int spin)
{
    enum { SPINS_STOPPING = 200, SPINS_STOPPED = 3000, SPINS_HELD = 1000 };
    return processors_allow_spinning() && (state == THREAD_HELD ? spin < SPINS_HELD
                                           : stop_is_complete() ? spin < SPINS_STOPPED
                                                                : spin < SPINS_STOPPING);
}

// Waits until the state is none that forbids to attach.
static void wait_to_attach(ThreadState *ts)
{
    uint32_t wants = WANTS_ATTACHED;
    atomic_store_seq_cst(&ts->wants_to_attach, wants);
    for (int spin = 0;; spin++) {
        uint32_t state = atomic_load_seq_cst(&ts->state);
        if (state == THREAD_SHUT_DOWN) {
            thread_hang();
        }
        if (state != THREAD_SUSPENDED && state != THREAD_HELD) {
            break;
        }
        if (wants == WANTS_ATTACHED && is_worth_watching(state, spin)) {
            spin_pause();
        } else if (wants == WANTS_ATTACHED) {
            wants = WANTS_WAKING;
            // seq_cst: pairs with release_one_locked and thread_let_go: either they see that we want
            // to be woken, or we see the state that they stored.
            atomic_store_seq_cst(&ts->wants_to_attach, wants);
        } else {
            futex_wait(&ts->state, state, WAIT_FOREVER);
        }
    }
    atomic_store_relaxed(&ts->wants_to_attach, 0u);
}

void thread_attach_bare(ThreadState *ts)
{
    ASSERT(thread_state_current_ == NULL);
    if (!POLICY_FREE_THREADED) {
        gil_take(ts);
        return;
    }
    for (;;) {
        uint32_t state = THREAD_DETACHED;
        // acq_rel: pairs with whoever held or suspended us: what it did is visible.
        if (atomic_cas_acq_rel(&ts->state, &state, (uint32_t)THREAD_ATTACHED) ||
            state == THREAD_ATTACHED) { // the end of a pause gave us our turn
            break;
        }
        wait_to_attach(ts);
    }
    atomic_store_relaxed(&ts->pauses_missed, 0u);
    qsbr_online(ts);
    thread_state_current_ = ts;
}

void thread_detach_bare(ThreadState *ts)
{
    ASSERT(thread_state_current_ == ts && ts->pause_depth == 0);
    thread_state_current_ = NULL;
    if (!POLICY_FREE_THREADED) {
        atomic_store_relaxed(&ts->state, (uint32_t)THREAD_DETACHED);
        gil_release(ts);
        return;
    }
    qsbr_offline(ts);
    PERTURB("thread.detach");
    // seq_cst: a release for whoever holds or suspends us; and before the look at the eval breaker,
    // here and in gil/wait.c.
    uint32_t old = __atomic_exchange_n(&ts->state, (uint32_t)THREAD_DETACHED, __ATOMIC_SEQ_CST);
    ASSERT(old == THREAD_ATTACHED);
    (void)old;
    if ((atomic_load_seq_cst(&ts->eval_breaker) & BREAK_STOP) != 0) {
        stop_ring_bell();
    }
}

void thread_attach(ThreadState *ts)
{
    thread_attach_bare(ts);
    if (POLICY_FREE_THREADED && ts->sections != NULL) {
        critical_resume_innermost(ts);
    }
}

void thread_detach(ThreadState *ts)
{
    if (POLICY_FREE_THREADED && ts->sections != NULL) {
        critical_suspend_all(ts);
    }
    thread_detach_bare(ts);
}

void thread_let_go(ThreadState *held)
{
    // seq_cst: see wait_to_attach. Also a release: the owner sees what was done on its behalf.
    atomic_store_seq_cst(&held->state, (uint32_t)THREAD_DETACHED);
    if (atomic_load_seq_cst(&held->wants_to_attach) == WANTS_WAKING) {
        futex_wake(&held->state, 1);
    }
}

void stop_acknowledge(ThreadState *ts)
{
    if (!POLICY_FREE_THREADED) {
        return; // there, only the holder of the GIL runs
    }
    critical_suspend_all(ts);
    thread_state_current_ = NULL;
    qsbr_offline(ts);
    threads_lock();
    // The bit is set and cleared under this lock, so none is lost. Suspended at once: detached, we
    // could attach again before the requester's next round.
    bool requested = stop_is_requested_locked();
    if (!requested) {
        (void)eval_breaker_take(ts, BREAK_STOP);
    }
    uint32_t next = requested ? THREAD_SUSPENDED : THREAD_DETACHED;
    __atomic_exchange_n(&ts->state, next, __ATOMIC_SEQ_CST);
    threads_unlock();
    if (requested) {
        stop_ring_bell();
    }
    thread_attach(ts);
}

// --- Beginning and ending ------------------------------------------------------------------------

// A fresh id while few have come back: an id rests a while before it is used again.
static uint32_t take_id_locked(void)
{
    if (threads.ids_used < THREAD_ID_LIMIT && threads.free_count < IDS_AT_REST) {
        uint32_t id = threads.ids_used;
        atomic_store_release(&threads.ids_used, id + 1);
        return id;
    }
    if (threads.free_count == 0) {
        return 0;
    }
    uint32_t id = threads.free_ids[threads.free_head];
    threads.free_head = (threads.free_head + 1) % THREAD_ID_LIMIT;
    threads.free_count--;
    return id;
}

static void give_id_back_locked(uint32_t id)
{
    threads.free_ids[(threads.free_head + threads.free_count) % THREAD_ID_LIMIT] = (uint16_t)id;
    threads.free_count++;
}

// A state with an id, in no list yet.
static ThreadState *take_state(void)
{
    threads_lock();
    uint32_t id = take_id_locked();
    uint64_t serial = ++threads.serial;
    threads_unlock();
    if (id == 0) {
        return NULL;
    }
    ThreadState *ts = threads.states[id];
    if (ts == NULL) {
        ts = aligned_alloc(64, (sizeof *ts + 63) & ~(size_t)63);
        if (ts == NULL) {
            threads_lock();
            give_id_back_locked(id);
            threads_unlock();
            return NULL;
        }
        memset(ts, 0, sizeof *ts);
        ts->id = id;
        ts->tag = id << 20;
        ts->interrupt_fd = -1; // made by gil/wait.c, kept as long as the memory is
        threads.states[id] = ts;
    }
    ts->serial = serial;
    return ts;
}

static void give_state_back(ThreadState *ts)
{
    threads_lock();
    give_id_back_locked(ts->id);
    threads_unlock();
}

static void reset_state(ThreadState *ts)
{
    atomic_store_relaxed(&ts->eval_breaker, 0u);
    atomic_store_relaxed(&ts->wake_word, 0u);
    atomic_store_relaxed(&ts->wants_to_attach, 0u);
    atomic_store_relaxed(&ts->pauses_missed, 0u);
    atomic_store_relaxed(&ts->qsbr_seen, (uint64_t)0);
    atomic_store_relaxed(&ts->gil_wait_ns, (uint64_t)0);
    atomic_store_relaxed(&ts->lock_wait_ns, (uint64_t)0);
    uint64_t serial = ts->serial;
    memset(&ts->heap, 0, sizeof *ts - offsetof(ThreadState, heap));
    ts->serial = serial;
}

ThreadState *thread_state_prepare(void)
{
    ThreadState *ts = take_state();
    if (ts == NULL) {
        return NULL;
    }
    reset_state(ts);
    ts->heap = heap_create();
    if (ts->heap == NULL) {
        give_state_back(ts);
        return NULL;
    }
    threads_lock();
    threads.prepared++;
    threads_unlock();
    return ts;
}

void thread_state_cancel(ThreadState *prepared)
{
    threads_lock();
    threads.prepared--;
    threads_unlock();
    heap_abandon(prepared->heap);
    prepared->heap = NULL;
    give_state_back(prepared);
}

void thread_state_begin(ThreadState *ts, bool is_main)
{
    ASSERT(thread_state_current_ == NULL);
    ts->is_main = is_main;
    ts->native_ident = (uint64_t)pthread_self();
    ts->stack_limit = find_stack_limit();
    if (POLICY_FREE_THREADED) {
        brc_enter(ts);
    }
    if (!is_main) {
        threads_note_second();
    }
    threads_lock();
    // One that starts during a pause is born suspended: the requester has counted already.
    bool suspended = POLICY_FREE_THREADED && stop_is_requested_locked();
    uint32_t state = threads.are_shut_down ? THREAD_SHUT_DOWN
                     : suspended           ? THREAD_SUSPENDED
                                           : THREAD_DETACHED;
    atomic_store_release(&ts->state, state);
    ts->previous = NULL;
    ts->next = threads.first;
    if (threads.first != NULL) {
        threads.first->previous = ts;
    }
    threads.first = ts;
    threads.count++;
    threads.prepared--;
    threads.lost += threads.are_shut_down; // this one too: thread_attach() below does not return
    threads_unlock();
    if (is_main) {
        atomic_store_release(&threads.main, ts);
    }
    thread_attach(ts);
}

ThreadState *thread_state_create(bool is_main)
{
    ThreadState *ts = thread_state_prepare();
    if (ts != NULL) {
        thread_state_begin(ts, is_main);
    }
    return ts;
}

static void unlink_thread_locked(ThreadState *ts)
{
    if (ts->previous != NULL) {
        ts->previous->next = ts->next;
    } else {
        threads.first = ts->next;
    }
    if (ts->next != NULL) {
        ts->next->previous = ts->previous;
    }
    threads.count--;
    threads.ended.gil_ns += ts->gil_wait_ns;
    threads.ended.lock_ns += ts->lock_wait_ns;
}

void thread_state_leave(ThreadState *ts)
{
    ASSERT(thread_state_current_ == ts && ts->sections == NULL && ts->pause_depth == 0);
    if (!ts->has_left) {
        Ref sent = thread_take_sent_exception(ts);
        ref_drop(&sent);
        if (POLICY_FREE_THREADED) {
            brc_leave(ts);
        }
        ts->has_left = true;
    }
}

void thread_state_destroy(ThreadState *ts)
{
    thread_state_leave(ts);
    if (ts->is_main) {
        atomic_store_release(&threads.main, NULL);
    }
    heap_abandon(ts->heap);
    if (POLICY_FREE_THREADED) {
        qsbr_leave(ts);
    }
    ts->heap = NULL;
    void (*at_end)(void *) = ts->at_end;
    void *at_end_argument = ts->at_end_argument;
    // Still attached, so no pause can count us as suspended; in adder the GIL is given up last.
    threads_lock();
    unlink_thread_locked(ts);
    bool requested = stop_is_requested_locked();
    thread_state_current_ = NULL;
    atomic_store_release(&ts->qsbr_seen, (uint64_t)0);
    atomic_store_relaxed(&ts->state, (uint32_t)THREAD_DETACHED);
    if (POLICY_FREE_THREADED) {
        give_id_back_locked(ts->id);
    }
    threads_unlock();
    if (!POLICY_FREE_THREADED) {
        gil_release(ts);
        give_state_back(ts);
    } else if (requested) {
        stop_ring_bell();
    }
    if (at_end != NULL) {
        at_end(at_end_argument);
    }
}

// --- Shutting down -------------------------------------------------------------------------------

// `t` will never run again: what it kept for itself goes to those who remain.
static void bury(ThreadState *t)
{
    heap_abandon(t->heap);
    if (POLICY_FREE_THREADED) {
        brc_bury(t);
        qsbr_leave(t);
    }
    t->heap = NULL;
}

void threads_shut_down_others(ThreadState *ts)
{
    ASSERT(ts->sections == NULL && ts->pause_depth == 0);
    stop_the_world(ts);
    ThreadState *lost = NULL;
    threads_lock();
    threads.are_shut_down = true;
    for (ThreadState *t = threads.first, *next; t != NULL; t = next) {
        next = t->next;
        if (t != ts) {
            unlink_thread_locked(t);
            threads.lost++;
            atomic_store_seq_cst(&t->state, (uint32_t)THREAD_SHUT_DOWN);
            t->next = lost;
            lost = t;
        }
    }
    threads_unlock();
    for (; lost != NULL; lost = lost->next) {
        bury(lost);
    }
    start_the_world(ts);
    // Alone from here on. Locks that were handed to a thread just before it was lost stay locked
    // for ever: nobody takes one again.
    ts->is_finalizing = true;
    atomic_store_release(&threads_started_, false);
}
