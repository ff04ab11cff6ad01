// gil/critical_section.h: the byte lock of one or two objects, held for a block of C.
//
// A section is released when its thread detaches and taken again when it attaches: it protects
// against other threads, but is not atomic across anything that may block, run script code or open
// another section. Read the object's state again after such a call.
//
// Rule     Only the innermost section of a thread is sure to be locked: when it ends, the next one
//          is locked again. Two objects are locked by one section, never by two nested ones.
// Rule     An object whose lock the innermost section holds already is not locked again, nor is any
//          while this thread has stopped the world.
//
// In adder the GIL already excludes others: sections only check their pairing in debug builds. In
// addert they take no lock until the process starts its second thread, and a section remembers
// whether it took the lock.
#ifndef ADDER_GIL_CRITICAL_SECTION_H
#define ADDER_GIL_CRITICAL_SECTION_H

#include "gil/mutex.h"
#include "gil/object_head.h"
#include "gil/policy.h"
#include "gil/thread_state.h"

struct CriticalSection {
    ObjectHead *first,
        *second; // the objects whose lock this section is for, or NULL: none was taken
    CriticalSection *outer;
    bool is_held; // false: let go while the thread was detached, and not taken again yet
};

void critical_begin_one(ThreadState *ts, CriticalSection *section, ObjectHead *o);
void critical_begin_slow(ThreadState *ts, CriticalSection *section, ObjectHead *a, ObjectHead *b);
void critical_end_slow(ThreadState *ts, CriticalSection *section);

static ALWAYS_INLINE void critical_begin(ThreadState *ts, CriticalSection *section, ObjectHead *o)
{
    section->first = NULL;
    section->second = NULL;
    if (ADDER_DEBUG || (POLICY_FREE_THREADED && process_is_threaded())) {
        critical_begin_one(ts, section, o);
    }
}
// Both locks, in address order; the same object twice is one.
static ALWAYS_INLINE void critical_begin2(ThreadState *ts, CriticalSection *section, ObjectHead *a,
                                          ObjectHead *b)
{
    section->first = NULL;
    section->second = NULL;
    if (ADDER_DEBUG || (POLICY_FREE_THREADED && process_is_threaded())) {
        critical_begin_slow(ts, section, a, b);
    }
}
static ALWAYS_INLINE void critical_end(ThreadState *ts, CriticalSection *section)
{
    if (section->first != NULL || ADDER_DEBUG) {
        critical_end_slow(ts, section);
    }
}

// CRITICAL_SECTION(ts, object) { … } : the block runs once, locked; leave it only at its end, by
// nothing else (never return or goto out of it).
#define CRITICAL_SECTION(ts, object)                                                               \
    CRITICAL_BLOCK_(critical_begin, (ts), SECTION_NAME_(section_), SECTION_NAME_(once_), (object))
#define CRITICAL_SECTION2(ts, a, b)                                                                \
    CRITICAL_BLOCK_(critical_begin2, (ts), SECTION_NAME_(section_), SECTION_NAME_(once_), (a), (b))

#define SECTION_PASTE_(name, line)  name##line
#define SECTION_PASTE2_(name, line) SECTION_PASTE_(name, line)
#define SECTION_NAME_(name)         SECTION_PASTE2_(name, __LINE__) // blocks may nest without shadowing
#define CRITICAL_BLOCK_(begin, ts, section, once, ...)                                             \
    for (CriticalSection section, *once = (begin(ts, &section, __VA_ARGS__), &section);            \
         once != NULL; once = NULL, critical_end(ts, &section))

// The same lock for a few loads and stores, between which nothing may block, raise, drop or open a
// section; counting is allowed. Nobody is told of it. False: somebody has the lock, perhaps this
// very thread; then open a section.
static ALWAYS_INLINE MUST_USE bool brief_lock(ObjectHead *o)
{
    return MUTANT(lock_not_taken) || mutex_try_lock(mutex_of(&o->lock));
}
static ALWAYS_INLINE void brief_unlock(ObjectHead *o)
{
    if (!MUTANT(lock_not_taken)) {
        mutex_unlock(mutex_of(&o->lock));
    }
}

// For thread_attach and thread_detach.
void critical_suspend_all(ThreadState *ts);
void critical_resume_innermost(ThreadState *ts);

#endif
