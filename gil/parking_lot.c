#include "gil/parking_lot.h"

#include <limits.h>

#include "core/base/clock.h"

typedef struct Waiter {
    struct Waiter *next, *prev; // bucket->lock
    const void *address;
    void *argument;
    uint32_t *word; // where its thread sleeps: `own_word`, or the caller's
    uint32_t own_word;
    bool is_queued; // bucket->lock
} Waiter;

typedef struct Bucket {
    RawLock lock;
    Waiter *first, *last; // lock
} __attribute__((aligned(64))) Bucket;

enum { BUCKETS = 256 };
static Bucket buckets[BUCKETS];

static Bucket *bucket_of(const void *address)
{
    uint64_t x = (uintptr_t)address * 0x9E3779B97F4A7C15u;
    return &buckets[x >> 56];
}

static void enqueue(Bucket *bucket, Waiter *w)
{
    w->next = NULL;
    w->prev = bucket->last;
    if (bucket->last != NULL) {
        bucket->last->next = w;
    } else {
        bucket->first = w;
    }
    bucket->last = w;
    w->is_queued = true;
}

static void unlink_waiter(Bucket *bucket, Waiter *w)
{
    if (w->prev != NULL) {
        w->prev->next = w->next;
    } else {
        bucket->first = w->next;
    }
    if (w->next != NULL) {
        w->next->prev = w->prev;
    } else {
        bucket->last = w->prev;
    }
    w->is_queued = false;
}

static bool memory_is(const void *address, const void *expected, size_t size)
{
    switch (size) {
    case 1:
        return atomic_load_relaxed((const uint8_t *)address) == *(const uint8_t *)expected;
    case 4:
        return atomic_load_relaxed((const uint32_t *)address) == *(const uint32_t *)expected;
    default:
        ASSERT(size == 8);
        return atomic_load_relaxed((const uint64_t *)address) == *(const uint64_t *)expected;
    }
}

// After this the waiter's memory may be gone.
static void tell(uint32_t *word)
{
    // release: pairs with the acquire in sleep_until_told; what the changer did is visible first.
    atomic_or_release(word, (uint32_t)PARK_WORD_TOLD);
    futex_wake(word, INT_MAX);
}

static void wait_for_telling(Waiter *w)
{
    uint32_t now;
    while (((now = atomic_load_acquire(w->word)) & PARK_WORD_TOLD) == 0) {
        futex_wait(w->word, now, WAIT_FOREVER);
    }
}

ParkResult parking_lot_park(const void *address, const void *expected, size_t size,
                            uint64_t deadline_ns, void *argument, uint32_t *interrupt_word)
{
    Waiter w = {.address = address, .argument = argument};
    w.word = interrupt_word != NULL ? interrupt_word : &w.own_word;
    Bucket *bucket = bucket_of(address);
    raw_lock(&bucket->lock);
    if (!memory_is(address, expected, size)) {
        raw_unlock(&bucket->lock);
        return PARK_MISMATCH;
    }
    enqueue(bucket, &w);
    raw_unlock(&bucket->lock);
    PERTURB("park.queued");

    ParkResult result;
    for (;;) {
        uint32_t now = atomic_load_acquire(w.word);
        if ((now & PARK_WORD_TOLD) != 0) {
            return PARK_WOKEN;
        }
        if ((now & PARK_WORD_INTERRUPTED) != 0) {
            result = PARK_INTERRUPTED;
            break;
        }
        if (deadline_ns != WAIT_FOREVER && clock_monotonic_ns() >= deadline_ns) {
            result = PARK_TIMED_OUT;
            break;
        }
        futex_wait(w.word, now, deadline_ns);
    }
    raw_lock(&bucket->lock);
    bool was_queued = w.is_queued;
    if (was_queued) {
        unlink_waiter(bucket, &w);
    }
    raw_unlock(&bucket->lock);
    if (was_queued) {
        return result;
    }
    // Somebody has taken us out already and will tell us in a moment: until then `w` must live.
    wait_for_telling(&w);
    return PARK_WOKEN;
}

static bool wakeup_is_lost(void)
{
    static uint32_t counter;
    return MUTANT(lost_wakeup) && atomic_add_relaxed(&counter, 1u) % 16 == 15;
}

bool parking_lot_unpark_one(const void *address, UnparkDecision decide, void *context)
{
    Bucket *bucket = bucket_of(address);
    raw_lock(&bucket->lock);
    Waiter *found = bucket->first;
    while (found != NULL && found->address != address) {
        found = found->next;
    }
    bool more = false;
    uint32_t *word = NULL;
    if (found != NULL) {
        for (Waiter *w = found->next; w != NULL && !more; w = w->next) {
            more = w->address == address;
        }
        word = found->word;
        unlink_waiter(bucket, found);
    }
    if (decide != NULL) {
        decide(context, found != NULL ? found->argument : NULL, more);
    }
    raw_unlock(&bucket->lock);
    PERTURB("unpark.taken");
    if (word != NULL && !wakeup_is_lost()) {
        tell(word);
    }
    return word != NULL;
}

size_t parking_lot_unpark_all(const void *address)
{
    Bucket *bucket = bucket_of(address);
    size_t count = 0;
    Waiter *taken = NULL;
    raw_lock(&bucket->lock);
    for (Waiter *w = bucket->last, *prev; w != NULL; w = prev) {
        prev = w->prev;
        if (w->address == address) {
            unlink_waiter(bucket, w);
            w->next = taken;
            taken = w;
        }
    }
    raw_unlock(&bucket->lock);
    while (taken != NULL) {
        Waiter *next = taken->next; // read first: the waiter goes as soon as it is told
        if (!wakeup_is_lost()) {
            tell(taken->word);
        }
        taken = next;
        count++;
    }
    return count;
}

void park_interrupt(uint32_t *interrupt_word)
{
    atomic_or_seq_cst(interrupt_word, (uint32_t)PARK_WORD_INTERRUPTED);
    futex_wake(interrupt_word, INT_MAX);
}
