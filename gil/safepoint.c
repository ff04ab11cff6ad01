// What a thread does when its eval breaker is set, in this order: stand still for a pause; merge
// what was queued to it; report that it holds no pointers, and free what has passed its grace
// period; give the GIL to others; then the upper layers' business (signals, collection,
// asynchronous exceptions).
#include "gil/safepoint.h"

#include "gil/brc.h"
#include "gil/credit.h"
#include "gil/gil.h"
#include "gil/qsbr.h"
#include "gil/stop_the_world.h"
#include "gil/upcalls.h"

static uint64_t switch_interval = 5000000; // atomic

uint64_t switch_interval_ns(void) { return atomic_load_relaxed(&switch_interval); }
void switch_interval_set_ns(uint64_t interval_ns)
{
    atomic_store_relaxed(&switch_interval, interval_ns);
}

static void serve_free_threaded(ThreadState *ts, uint32_t bits)
{
    if ((bits & BREAK_STOP) != 0) {
        stop_acknowledge(ts);
    }
    if ((bits & BREAK_MERGE) != 0) {
        brc_drain(ts);
    }
    if ((bits & BREAK_CREDIT) != 0) {
        credit_give_back(ts);
        (void)eval_breaker_take(ts, BREAK_CREDIT);
    }
    if ((bits & BREAK_RECLAIM) != 0) {
        qsbr_poll(ts);
    }
}

void safepoint_serve_runtime(ThreadState *ts)
{
    ASSERT(thread_current() == ts);
    if (world_is_stopped_by(ts)) {
        return; // later
    }
    // acquire: pairs with eval_breaker_set; what a bit announces is visible.
    uint32_t bits = atomic_load_acquire(&ts->eval_breaker);
    if (POLICY_FREE_THREADED) {
        serve_free_threaded(ts, bits);
    } else if ((bits & BREAK_GIL) != 0) {
        gil_yield(ts);
    }
}

bool safepoint_slow(ThreadState *ts)
{
    safepoint_serve_runtime(ts);
    if (!world_is_stopped_by(ts) && !ts->has_left &&
        (atomic_load_acquire(&ts->eval_breaker) & BREAK_RUN_UPPER) != 0) {
        return safepoint_run_pending(ts);
    }
    return true;
}

bool thread_send_exception(uint64_t native_ident, Ref exception)
{
    bool found = false;
    OWNED Ref unused = exception;
    threads_lock();
    for (ThreadState *t = threads_first(); t != NULL && !found; t = t->next) {
        if (t->native_ident == native_ident) {
            Ref old = t->async_exception;
            t->async_exception = unused;
            unused = old;
            thread_interrupt(t, BREAK_ASYNC);
            found = true;
        }
    }
    threads_unlock();
    return found;
}

Ref thread_take_sent_exception(ThreadState *ts)
{
    threads_lock();
    Ref sent = ref_take(&ts->async_exception);
    threads_unlock();
    return sent;
}
