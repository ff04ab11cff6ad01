// The allocator's way to gil/qsbr.h, for both programs.
#include "alloc/upcalls.h"
#include "gil/qsbr.h"

void reclaim_after_grace(void (*release)(void *memory), void *memory, size_t bytes)
{
    if (POLICY_FREE_THREADED && process_is_threaded()) {
        qsbr_defer(release, memory, bytes);
    } else {
        release(memory);
    }
}
