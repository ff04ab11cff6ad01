// How sections nest, in addert:
//
//  1. begin tries the lock byte. Free: done.
//  2. Else every open section of this thread is let go first, so that a thread never waits for one
//     section while it holds another: no deadlock, whatever the order. It also frees the lock if an
//     outer section of this very thread has it.
//  3. end unlocks, and locks the section around it again if that was let go.
#include "gil/critical_section.h"

#include "gil/mutex.h"
#include "gil/ref.h"
#include "gil/stop_the_world.h"

static bool takes_no_lock(const CriticalSection *s)
{
    return MUTANT(lock_not_taken) && s->second == NULL;
}

static bool try_section(CriticalSection *s)
{
    if (takes_no_lock(s)) {
        return true;
    }
    if (!mutex_try_lock(mutex_of(&s->first->lock))) {
        return false;
    }
    if (s->second != NULL && !mutex_try_lock(mutex_of(&s->second->lock))) {
        mutex_unlock(mutex_of(&s->first->lock));
        return false;
    }
    return true;
}

// No section of this thread is held. May detach.
static void lock_section(ThreadState *ts, CriticalSection *s)
{
    if (!takes_no_lock(s)) {
        mutex_lock_attached(ts, mutex_of(&s->first->lock));
        if (s->second != NULL) {
            mutex_lock_attached(ts, mutex_of(&s->second->lock));
        }
    }
    s->is_held = true;
}

static void unlock_section(CriticalSection *s)
{
    s->is_held = false;
    if (takes_no_lock(s)) {
        return;
    }
    if (s->second != NULL) {
        mutex_unlock(mutex_of(&s->second->lock));
    }
    mutex_unlock(mutex_of(&s->first->lock));
}

static CriticalSection *innermost_locking(const ThreadState *ts)
{
    CriticalSection *s = ts->sections;
    while (s != NULL && s->first == NULL) {
        s = s->outer;
    }
    return s;
}

static bool covers(const CriticalSection *s, const ObjectHead *o)
{
    return o == NULL || s->first == o || s->second == o;
}

void critical_suspend_all(ThreadState *ts)
{
    for (CriticalSection *s = ts->sections; s != NULL; s = s->outer) {
        if (s->is_held) {
            unlock_section(s);
        }
    }
}

void critical_resume_innermost(ThreadState *ts)
{
    CriticalSection *s = innermost_locking(ts);
    if (s != NULL && !s->is_held) {
        lock_section(ts, s);
    }
}

void critical_begin_one(ThreadState *ts, CriticalSection *section, ObjectHead *o)
{
    // Mostly no section is open and the lock is free.
    if (LIKELY(ts->sections == NULL && ts->pause_depth == 0 && !MUTANT(lock_not_taken)) &&
        POLICY_FREE_THREADED && LIKELY(mutex_try_lock(mutex_of(&o->lock)))) {
        *section = (CriticalSection){.first = o, .is_held = true};
        ts->sections = section;
    } else {
        critical_begin_slow(ts, section, o, NULL);
    }
}

void critical_begin_slow(ThreadState *ts, CriticalSection *section, ObjectHead *a, ObjectHead *b)
{
    *section = (CriticalSection){.outer = ts->sections};
    if (POLICY_FREE_THREADED && process_is_threaded() && !world_is_stopped_by(ts)) {
        CriticalSection *around = innermost_locking(ts);
        b = a == b ? NULL : b;
        if (around == NULL || !around->is_held || !covers(around, a) || !covers(around, b)) {
            bool swap = b != NULL && (uintptr_t)b < (uintptr_t)a;
            section->first = swap ? b : a;
            section->second = swap ? a : b;
            if (LIKELY(try_section(section))) {
                section->is_held = true;
            } else {
                critical_suspend_all(ts);
                lock_section(ts, section);
            }
        }
    }
    // Sections without a lock are kept in debug builds only, to check the pairing.
    if (ADDER_DEBUG || section->first != NULL) {
        ts->sections = section;
    }
}

void critical_end_slow(ThreadState *ts, CriticalSection *section)
{
    ASSERT(ts->sections == section); // ended in the order in which they began
    ts->sections = section->outer;
    if (section->first == NULL) {
        return;
    }
    if (section->is_held) {
        unlock_section(section);
    }
    if (section->outer != NULL) {
        critical_resume_innermost(ts);
    }
}

Ref shared_ref_load_slow(ObjectHead *container, const SharedRef *place)
{
    ThreadState *ts = thread_current();
    Ref r = NO_REF;
    CRITICAL_SECTION(ts, container) { r = shared_ref_load_locked(place); }
    return r;
}
