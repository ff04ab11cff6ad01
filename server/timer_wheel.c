#include "server/timer_wheel.h"
#include "core/base/check.h"

#include <string.h>

void timer_wheel_init(TimerWheel *wheel, uint64_t now_ns)
{
    memset(wheel, 0, sizeof *wheel);
    wheel->tick = now_ns / TIMER_TICK_NS;
    for (unsigned i = 0; i < TIMER_SLOTS; i++) {
        wheel->slots[i].next = wheel->slots[i].prev = &wheel->slots[i];
    }
}

static void link_at(TimerWheel *wheel, TimerEntry *entry, uint64_t tick)
{
    unsigned slot = (unsigned)(tick % TIMER_SLOTS);
    TimerEntry *head = &wheel->slots[slot];
    entry->tick = tick;
    entry->next = head;
    entry->prev = head->prev;
    head->prev->next = entry;
    head->prev = entry;
    wheel->used[slot / 64] |= 1ull << slot % 64;
}

void timer_unlink(TimerWheel *wheel, TimerEntry *entry)
{
    if (entry->next) {
        entry->prev->next = entry->next;
        entry->next->prev = entry->prev;
        entry->next = entry->prev = NULL;
    }
}

// The first tick whose beginning is not before the deadline, within the wheel's reach.
static uint64_t tick_of(const TimerWheel *wheel, uint64_t deadline_ns)
{
    uint64_t tick = deadline_ns / TIMER_TICK_NS + 1;
    if (tick <= wheel->tick) {
        return wheel->tick + 1;
    }
    return MIN_OF(tick, wheel->tick + TIMER_SLOTS - 1);
}

void timer_set(TimerWheel *wheel, TimerEntry *entry, uint64_t deadline_ns)
{
    entry->deadline_ns = deadline_ns;
    if (entry->next && entry->tick <= deadline_ns / TIMER_TICK_NS + 1) {
        return; // looked at early enough
    }
    timer_unlink(wheel, entry);
    link_at(wheel, entry, tick_of(wheel, deadline_ns));
}

TimerEntry *timer_expire(TimerWheel *wheel, uint64_t now_ns)
{
    uint64_t now_tick = now_ns / TIMER_TICK_NS;
    // After a long sleep one round of the wheel covers everything.
    if (now_tick > wheel->tick + TIMER_SLOTS) {
        wheel->tick = now_tick - TIMER_SLOTS;
    }
    while (wheel->tick < now_tick) {
        unsigned slot = (unsigned)((wheel->tick + 1) % TIMER_SLOTS);
        TimerEntry *head = &wheel->slots[slot];
        while (head->next != head) {
            TimerEntry *entry = head->next;
            timer_unlink(wheel, entry);
            if (entry->deadline_ns <= now_ns) {
                return entry;
            }
            // Put off since it was linked. Never into this slot: that would not end.
            uint64_t tick =
                MIN_OF(entry->deadline_ns / TIMER_TICK_NS + 1, wheel->tick + TIMER_SLOTS);
            link_at(wheel, entry, MAX_OF(tick, wheel->tick + 2));
        }
        wheel->used[slot / 64] &= ~(1ull << slot % 64);
        wheel->tick++;
    }
    return NULL;
}

uint64_t timer_wait_ns(const TimerWheel *wheel, uint64_t now_ns)
{
    for (unsigned distance = 1; distance <= TIMER_SLOTS;) {
        unsigned slot = (unsigned)((wheel->tick + distance) % TIMER_SLOTS);
        uint64_t word = wheel->used[slot / 64] >> slot % 64;
        if (word & 1) {
            uint64_t at = (wheel->tick + distance) * TIMER_TICK_NS;
            return at > now_ns ? at - now_ns : 0;
        }
        // Skip the rest of an empty word at once.
        distance += word ? (unsigned)__builtin_ctzll(word) : 64 - slot % 64;
    }
    return UINT64_MAX;
}
