// alloc/upcalls.h: what the allocator asks of the folders above it.
#ifndef ADDER_ALLOC_UPCALLS_H
#define ADDER_ALLOC_UPCALLS_H

#include <stddef.h>

// Calls release(memory) once no reader can still hold an address inside `memory`: at once in adder,
// after a grace period in addert. Defined by gil/. Called with no lock held, from any thread that
// is attached; it must not allocate from a heap. Until the release the first 32 bytes at `memory`
// are the callee's own, to link what waits; nobody else looks at them. `bytes` is what the wait
// holds back, so that many bytes may hurry the grace period.
void reclaim_after_grace(void (*release)(void *memory), void *memory, size_t bytes);

#endif
