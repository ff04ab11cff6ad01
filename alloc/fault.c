// alloc/fault.c: counts requests and fails the chosen one.
#include "alloc/fault.h"

#include "core/base/atomics.h"

static uint64_t requests;  // atomic
static uint64_t strike_at; // atomic; 0 is never
static bool strike_on;     // atomic; every later one as well
static bool has_struck;    // atomic

void fault_fail_allocation(uint64_t n, bool forever)
{
    uint64_t now = atomic_load_relaxed(&requests);
    atomic_store_relaxed(&has_struck, false);
    atomic_store_relaxed(&strike_on, forever);
    atomic_store_relaxed(&strike_at, n == 0 ? 0 : now + n);
}

uint64_t fault_allocation_count(void) { return atomic_load_relaxed(&requests); }

bool fault_has_struck(void) { return atomic_load_relaxed(&has_struck); }

bool fault_counts_down(void)
{
    // relaxed throughout: the order of requests of different threads is nobody's promise.
    uint64_t mine = atomic_add_relaxed(&requests, 1) + 1;
    uint64_t at = atomic_load_relaxed(&strike_at);
    if (LIKELY(at == 0 || mine < at || (mine > at && !atomic_load_relaxed(&strike_on)))) {
        return false;
    }
    atomic_store_relaxed(&has_struck, true);
    return true;
}
