// server/ring.h: one io_uring of one thread.
//
// A thin wrapper over liburing 2.3: deferred task work (completions run only when the owner asks),
// multishot accept and receive, one ring of provided receive buffers. Operations are queued and
// leave with the next ring_submit() or ring_wait(); completions are taken with ring_next().
//
//   ring_recv(…)  ──►  submission queue  ──► ring_submit / ring_wait ──►  kernel
//   ring_next(…)  ◄──  fault shim (tests only)  ◄──  completion queue  ◄──┘
//
// A completion names its operation by the `tag` given to it. A multishot operation is over when a
// completion comes without `more`, whatever its result; whoever wants it to go on queues it again.
//
// Rule     every buffer that a completion carries is given back with ring_buffer_return().
// Rule     memory given to ring_send() stays as it is until the completion has come.
// Threads  only the thread that opened the ring calls anything here.
// Errors   -errno. Queueing returns false when the submission queue is full and the kernel takes
//          nothing off it; try again in a later turn.
#ifndef ADDER_SERVER_RING_H
#define ADDER_SERVER_RING_H

#include <liburing.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "core/base/check.h"

typedef struct RingFault RingFault;

typedef struct RingOptions {
    unsigned submissions; // powers of two
    unsigned completions;
    unsigned buffer_count; // 0: no receive buffers
    unsigned buffer_bytes;
    RingFault *fault; // NULL except in tests; see ring_fault.h
} RingOptions;

#define RING_OPTIONS_DEFAULT                                                                       \
    ((RingOptions){                                                                                \
        .submissions = 512, .completions = 8192, .buffer_count = 512, .buffer_bytes = 4096})

typedef struct Completion {
    uint64_t tag;
    int result; // bytes, a descriptor, or -errno
    bool more;  // the multishot operation goes on
    bool has_buffer;
    uint16_t buffer; // if has_buffer: which
} Completion;

typedef struct Ring {
    struct io_uring uring;
    struct io_uring_buf_ring *buffers;
    size_t buffers_mapped_bytes;
    char *buffer_memory;
    size_t buffer_memory_bytes;
    unsigned buffer_count, buffer_bytes, buffer_stride;
    unsigned buffers_pending; // given back, not yet shown to the kernel
    unsigned buffers_out;     // taken by completions, not yet given back
    uint64_t overflows;       // how often the completion queue overflowed
    RingFault *fault;
    bool open;
} Ring;

MUST_USE int ring_open(Ring *ring, const RingOptions *options);
void ring_close(Ring *ring);

// Why ring_open() failed, for people: what forbids io_uring and what to do about it.
void ring_explain(int error, char *text, size_t size);

MUST_USE bool ring_accept(Ring *ring, int fd, uint64_t tag); // multishot
MUST_USE bool ring_recv(Ring *ring, int fd, uint64_t tag);   // multishot
MUST_USE bool ring_send(Ring *ring, int fd, const void *data, size_t size, uint64_t tag);
MUST_USE bool ring_sendmsg(Ring *ring, int fd, const struct msghdr *message, uint64_t tag);
MUST_USE bool ring_poll(Ring *ring, int fd, uint64_t tag);                // readable, multishot
MUST_USE bool ring_cancel_tag(Ring *ring, uint64_t victim, uint64_t tag); // one operation
MUST_USE bool ring_cancel_fd(Ring *ring, int fd, uint64_t tag);           // all on a descriptor

// Hands over what is queued and lets completions arrive, without waiting.
int ring_submit(Ring *ring);
// Likewise, and waits for a completion, a signal or the timeout (UINT64_MAX: none).
int ring_wait(Ring *ring, uint64_t timeout_ns);

// Takes the next completion; false if there is none.
bool ring_next(Ring *ring, Completion *completion);
// Whether ring_next() would find one.
bool ring_has_completion(Ring *ring);
// Whether anything is queued and not handed over.
static inline bool ring_has_submission(Ring *ring) { return io_uring_sq_ready(&ring->uring) > 0; }

static inline char *ring_buffer(Ring *ring, uint16_t buffer)
{
    return ring->buffer_memory + (size_t)buffer * ring->buffer_stride;
}
void ring_buffer_return(Ring *ring, uint16_t buffer);

// The clock by which the ring's timeouts pass: the monotonic one, or the fault shim's own.
uint64_t ring_now_ns(Ring *ring);

#endif
