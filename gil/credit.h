// gil/credit.h: references that a thread keeps in hand for objects it counts often (addert).
//
// Counting somebody else's object is an atomic operation on a word that all its users fight for. A
// thread that does so again and again takes CREDIT_GRANT references at once and counts with those:
// in its own memory, by plain arithmetic. Each is a true reference of the shared count, so the sum
// stays exact; it merely comes back later:
//
//   another thread's object, retained often   shared += 1 + CREDIT_GRANT      one atomic addition
//   retained again                            credit -= 1                     plain
//   released                                  credit += 1                     plain
//   given back                                shared -= credit                one atomic operation
//
// What is in hand keeps the object alive. So it is given back before a wait that may be long, at
// the thread's end, after CREDIT_USES_MAX uses, when another object needs the row, by every full
// collection, and as soon as the owner has dropped its last reference (BREAK_CREDIT asks for it). A
// thread that finds that it holds all there is lets go at once.
//
// Rule     given back only where finalizers may run (credit_give_back), or with the world stopped.
// Rule     a row is its thread's; others touch it with the world stopped.
// Origin   the idea of counting per thread for what many share is CPython's (per-thread
//          counts of types and code); here it is bounded, for any object, and follows
//          what a program really does.
// Proof    tests/unit/gil/test_credit_free.c
#ifndef ADDER_GIL_CREDIT_H
#define ADDER_GIL_CREDIT_H

#include "gil/object_head.h"
#include "gil/thread_state.h"

enum {
    CREDIT_SAMPLE = 8,       // one in so many foreign counts is looked at
    CREDIT_HEAT = 3,         // as many of these for one object, and it gets credit
    CREDIT_GRANT = 1024,     // references taken at a time
    CREDIT_MAX = 4096,       // more in hand than this: all but a grant go back
    CREDIT_USES_MAX = 32768, // then all go back: nothing stays for ever
    CREDIT_CONTESTED = 128,  // as many misses, and the tenants of a pair of rows have to go
    CREDIT_TRACE = 512,      // a count as high as this may be nothing but credit
};

// The row of an object, or NULL. Rows go in pairs: an object may have either.
static ALWAYS_INLINE Credit *credit_of(ThreadState *ts, const ObjectHead *o)
{
    uintptr_t address = (uintptr_t)o;
    Credit *row = &ts->credits[(address >> 4 ^ address >> 10) % CREDIT_ROWS & ~1u];
    return row->object == o ? row : (row + 1)->object == o ? row + 1 : NULL;
}

// One reference from what is in hand. False: there is none.
static ALWAYS_INLINE bool credit_use(ThreadState *ts, const ObjectHead *o)
{
    Credit *row = credit_of(ts, o);
    if (row == NULL || row->count == 0) {
        return false;
    }
    row->count--;
    return true;
}

// How many references to count at once for one that is wanted: 1, or a grant too.
// Then the caller, if it has counted them, calls credit_granted.
uint32_t credit_wanted_slow(ThreadState *ts, const ObjectHead *o);
static ALWAYS_INLINE uint32_t credit_wanted(ThreadState *ts, const ObjectHead *o)
{
    // One in so many is looked at: where many objects are counted now and then,
    // that must cost little.
    return (++ts->credit_misses % CREDIT_SAMPLE) == 0 ? credit_wanted_slow(ts, o) : 1;
}
static inline void credit_granted(ThreadState *ts, const ObjectHead *o, uint32_t counted)
{
    if (counted != 1) {
        credit_of(ts, o)->count += counted - 1;
        ts->has_credit = true;
    }
}

// Gives back everything in hand; may run finalizers.
void credit_give_back_slow(ThreadState *ts);
static inline void credit_give_back(ThreadState *ts)
{
    if (ts->has_credit) {
        credit_give_back_slow(ts);
    }
}

// Asks all threads that have something in hand to give it back at their next safepoint.
void credit_recall(void);

// World stopped: gives back what all threads, or this one, have in hand. Where that was the last
// reference one is kept, and the thread asked to give it back; so no object is dead.
void credit_give_back_stopped(void);
void credit_give_back_of_stopped(ThreadState *ts);

#endif
