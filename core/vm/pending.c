// core/vm/pending.c: what a thread does at a safepoint besides stopping and merging:
// signal handlers, exceptions sent by other threads, collections.
#include "core/modules/signal.h"
#include "core/object/object.h"
#include "gc/collector.h"
#include "gil/safepoint.h"
#include "gil/upcalls.h"

static Status raise_async(ThreadState *ts)
{
    threads_lock();
    Ref sent = ts->async_exception;
    ts->async_exception = NO_REF;
    threads_unlock();
    if (is_error(sent)) {
        return STATUS_OK;
    }
    raise_object(ts, sent.v, NO_VALUE);
    ref_drop(&sent);
    return STATUS_ERROR;
}

bool safepoint_run_pending(ThreadState *ts)
{
    uint32_t bits = eval_breaker_take(ts, BREAK_RUN_UPPER);
    if ((bits & BREAK_COLLECT) != 0) {
        gc_collect_due(ts);
    }
    if ((bits & BREAK_SIGNAL) != 0 && signals_run_handlers(ts) == STATUS_ERROR) {
        eval_breaker_set(ts, bits & BREAK_ASYNC);
        return false;
    }
    return (bits & BREAK_ASYNC) == 0 || raise_async(ts) == STATUS_OK;
}
