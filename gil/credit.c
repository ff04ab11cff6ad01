// Taking and giving back what threads have in hand. The counting itself is brc.c's.
#include "gil/credit.h"

#include "gil/brc.h"
#include "gil/upcalls.h"

// Threads that ever had credit, by id. A state's memory is never given back.
static ThreadState *holders[THREAD_ID_LIMIT]; // atomic

uint32_t credit_wanted_slow(ThreadState *ts, const ObjectHead *o)
{
    Credit *row = credit_of(ts, o);
    if (row == NULL) {
        uintptr_t address = (uintptr_t)o;
        row = &ts->credits[(address >> 4 ^ address >> 10) % CREDIT_ROWS & ~1u];
        bool is_second = row->count != 0 || (row[1].count == 0 && row[1].heat < row->heat);
        row += is_second;
        if (row->count != 0) {
            if (++row->contested >= CREDIT_CONTESTED) {
                row->contested = 0;
                eval_breaker_set(ts, BREAK_CREDIT);
            }
            return 1;
        }
        if (row->heat > 1) { // cools down first
            row->heat--;
            return 1;
        }
        row->object = o;
        row->heat = 1;
        return 1;
    }
    if (row->heat < CREDIT_HEAT) {
        row->heat++;
        return 1;
    }
    if (atomic_load_relaxed(&holders[ts->id]) != ts) {
        // release: pairs with the acquire in credit_recall.
        atomic_store_release(&holders[ts->id], ts);
    }
    return 1 + CREDIT_GRANT;
}

void credit_give_back_slow(ThreadState *ts)
{
    ts->has_credit = false;
    ts->credit_uses = 0;
    for (uint32_t i = 0; i < CREDIT_ROWS; i++) {
        Credit *row = &ts->credits[i];
        uint32_t count = row->count;
        row->contested = 0;
        if (count == 0) {
            row->heat -= row->heat > 0; // long not needed
            continue;
        }
        ObjectHead *o = (ObjectHead *)(uintptr_t)row->object;
        row->count = 0;
        PERTURB("credit.give_back");
        if (brc_release_many(o, count)) {
            row->object = NULL;
            object_dealloc(ts, o);
        }
    }
}

void credit_recall(void)
{
    for (uint32_t id = 1; id < thread_ids_used(); id++) {
        // acquire: pairs with the release in credit_wanted.
        ThreadState *ts = atomic_load_acquire(&holders[id]);
        if (ts != NULL) {
            eval_breaker_set(ts, BREAK_CREDIT);
        }
    }
}

void credit_give_back_of_stopped(ThreadState *ts)
{
    bool kept = false;
    for (uint32_t i = 0; ts->has_credit && i < CREDIT_ROWS; i++) {
        Credit *row = &ts->credits[i];
        if (row->count != 0) {
            row->count = brc_return_stopped((ObjectHead *)(uintptr_t)row->object, row->count);
            kept = kept || row->count != 0;
        }
    }
    ts->has_credit = kept;
    if (kept) {
        eval_breaker_set(ts, BREAK_CREDIT);
    }
}

void credit_give_back_stopped(void)
{
    threads_lock();
    for (ThreadState *ts = threads_first(); ts != NULL; ts = ts->next) {
        credit_give_back_of_stopped(ts);
    }
    threads_unlock();
}
