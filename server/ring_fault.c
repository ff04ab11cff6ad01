#include "server/ring_fault.h"
#include "core/base/check.h"
#include "core/base/clock.h"

#include <errno.h>
#include <stdlib.h>

typedef struct Planned {
    uint64_t tag;
    int result;
    bool vanish;
} Planned;

struct RingFault {
    FaultOptions options;
    uint64_t random;
    uint64_t now_ns, real_ns;
    uint64_t count;
    Planned *planned; // faults whose no-op has not come back
    unsigned planned_count, planned_capacity;
};

// splitmix64
static uint64_t draw(RingFault *fault)
{
    uint64_t z = fault->random += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static bool chance(RingFault *fault, unsigned per_mille) { return draw(fault) % 1000 < per_mille; }

RingFault *ring_fault_create(const FaultOptions *options, unsigned thread_index)
{
    RingFault *fault = calloc(1, sizeof *fault);
    if (fault) {
        fault->options = *options;
        fault->random = options->seed * 1000003u + thread_index;
        fault->real_ns = clock_monotonic_ns();
        fault->now_ns = 1000000000u;
    }
    return fault;
}

void ring_fault_destroy(RingFault *fault)
{
    if (fault) {
        free(fault->planned);
        free(fault);
    }
}

static bool plan(RingFault *fault, Planned planned)
{
    if (fault->planned_count == fault->planned_capacity) {
        unsigned capacity = fault->planned_capacity ? fault->planned_capacity * 2 : 64;
        Planned *grown = realloc(fault->planned, capacity * sizeof *grown);
        if (!grown) {
            return false;
        }
        fault->planned = grown;
        fault->planned_capacity = capacity;
    }
    fault->planned[fault->planned_count++] = planned;
    return true;
}

static int draw_error(RingFault *fault, FaultOp op)
{
    static const int accept_errors[] = {EMFILE,       ENFILE, ENOMEM, ENOBUFS,
                                        ECONNABORTED, EINTR,  EAGAIN, EPROTO};
    static const int recv_errors[] = {ENOBUFS,   EINTR,  ECONNRESET, ENOMEM,
                                      ECANCELED, EAGAIN, ETIMEDOUT};
    static const int send_errors[] = {EPIPE, ECONNRESET, EINTR, EAGAIN, ENOMEM, ENOBUFS, ECANCELED};
    static const int cancel_errors[] = {ENOENT, EALREADY, ENOMEM};
    static const int poll_errors[] = {EINTR, ENOMEM, ECANCELED};
    switch (op) {
#define DRAW_FROM(table) table[draw(fault) % ARRAY_LENGTH(table)]
    case FAULT_OP_ACCEPT:
        return -DRAW_FROM(accept_errors);
    case FAULT_OP_RECV:
        return -DRAW_FROM(recv_errors);
    case FAULT_OP_SEND:
        return -DRAW_FROM(send_errors);
    case FAULT_OP_CANCEL:
        return -DRAW_FROM(cancel_errors);
    default:
        return -DRAW_FROM(poll_errors);
#undef DRAW_FROM
    }
}

FaultAction ring_fault_draw(RingFault *fault, FaultOp op, uint64_t tag)
{
    if ((fault->options.ops && !(fault->options.ops & 1u << op)) ||
        !chance(fault, fault->options.per_mille)) {
        return FAULT_NONE;
    }
    fault->count++;
    bool may_vanish = op != FAULT_OP_ACCEPT && op != FAULT_OP_POLL;
    if (may_vanish && chance(fault, fault->options.vanish)) {
        return plan(fault, (Planned){.tag = tag, .vanish = true}) ? FAULT_VANISH : FAULT_NONE;
    }
    if (fault->options.error == 0 && op != FAULT_OP_CANCEL) {
        if (chance(fault, 300) && op != FAULT_OP_SEND) {
            return FAULT_ONE_SHOT;
        }
        if (chance(fault, 400) && (op == FAULT_OP_SEND || op == FAULT_OP_RECV)) {
            return FAULT_SHORT;
        }
    }
    int result = fault->options.error ? fault->options.error : draw_error(fault, op);
    return plan(fault, (Planned){.tag = tag, .result = result}) ? FAULT_FAIL : FAULT_NONE;
}

bool ring_fault_queue_is_full(RingFault *fault) { return chance(fault, fault->options.queue_full); }

uint32_t ring_fault_shorten(RingFault *fault, uint32_t size)
{
    return size > 1 ? 1 + (uint32_t)(draw(fault) % (size - 1)) : size;
}

bool ring_fault_filter(RingFault *fault, uint64_t tag, int *result)
{
    for (unsigned i = 0; i < fault->planned_count; i++) {
        Planned planned = fault->planned[i];
        if (planned.tag == tag) {
            fault->planned[i] = fault->planned[--fault->planned_count];
            *result = planned.result;
            return !planned.vanish;
        }
    }
    return true;
}

uint64_t ring_fault_now_ns(RingFault *fault)
{
    uint64_t real = clock_monotonic_ns();
    if (!fault->options.clock) {
        return real;
    }
    fault->now_ns += real - fault->real_ns;
    fault->real_ns = real;
    return fault->now_ns;
}

uint64_t ring_fault_wait_ns(RingFault *fault, uint64_t timeout_ns)
{
    if (!fault->options.clock) {
        return timeout_ns;
    }
    // 2 ms of waiting pass as up to 100 ms, now and then as two seconds.
    uint64_t jump = chance(fault, 5) ? 2000000000u : draw(fault) % 100000000u;
    fault->now_ns += MIN_OF(jump, timeout_ns);
    return MIN_OF(timeout_ns, 2000000u);
}

uint64_t ring_fault_count(const RingFault *fault) { return fault->count; }
