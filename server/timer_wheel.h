// server/timer_wheel.h: deadlines of many connections, coarse and cheap.
//
// A wheel of 100 ms ticks, one per server thread. Putting a deadline off costs one store: the entry
// stays where it is, and when its slot comes the owner finds that the time has not come and links
// it again. Only a deadline that comes nearer moves the entry.
//
// Rule     an entry is linked from timer_link() to timer_unlink(), at the latest at its deadline.
// Threads  the owner of the wheel only.
// Proof    tests/unit/server/test_timer_wheel.c
#ifndef ADDER_SERVER_TIMER_WHEEL_H
#define ADDER_SERVER_TIMER_WHEEL_H

#include <stdbool.h>
#include <stdint.h>

#define TIMER_TICK_NS 100000000u
enum { TIMER_SLOTS = 1024 };

typedef struct TimerEntry {
    struct TimerEntry *next, *prev; // NULL when not linked
    uint64_t deadline_ns;
    uint64_t tick; // the slot it lies in, as an absolute tick
} TimerEntry;

typedef struct TimerWheel {
    uint64_t tick; // everything up to here has been looked at
    TimerEntry slots[TIMER_SLOTS];
    uint64_t used[TIMER_SLOTS / 64]; // which slots may have entries
} TimerWheel;

void timer_wheel_init(TimerWheel *wheel, uint64_t now_ns);

// Sets the deadline of an entry that is linked or not.
void timer_set(TimerWheel *wheel, TimerEntry *entry, uint64_t deadline_ns);
void timer_unlink(TimerWheel *wheel, TimerEntry *entry);

// Takes out one entry whose deadline has passed, or returns NULL.
TimerEntry *timer_expire(TimerWheel *wheel, uint64_t now_ns);

// How long nothing can expire; UINT64_MAX if nothing is linked.
uint64_t timer_wait_ns(const TimerWheel *wheel, uint64_t now_ns);

#endif
