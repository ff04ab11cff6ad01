// core/base/atomics.h: atomic operations, named by their memory order.
//
// They work on plain members of any integer or pointer type. Beside each use stands what it pairs
// with. There are no fences: ThreadSanitizer cannot follow them.
#ifndef ADDER_CORE_BASE_ATOMICS_H
#define ADDER_CORE_BASE_ATOMICS_H

#include <stdbool.h>
#include <stdint.h>

#define atomic_load_relaxed(p)     __atomic_load_n((p), __ATOMIC_RELAXED)
#define atomic_load_acquire(p)     __atomic_load_n((p), __ATOMIC_ACQUIRE)
#define atomic_load_seq_cst(p)     __atomic_load_n((p), __ATOMIC_SEQ_CST)
#define atomic_store_relaxed(p, v) __atomic_store_n((p), (v), __ATOMIC_RELAXED)
#define atomic_store_release(p, v) __atomic_store_n((p), (v), __ATOMIC_RELEASE)
#define atomic_store_seq_cst(p, v) __atomic_store_n((p), (v), __ATOMIC_SEQ_CST)

// Each returns the value before the operation.
#define atomic_add_relaxed(p, v)      __atomic_fetch_add((p), (v), __ATOMIC_RELAXED)
#define atomic_add_release(p, v)      __atomic_fetch_add((p), (v), __ATOMIC_RELEASE)
#define atomic_add_acq_rel(p, v)      __atomic_fetch_add((p), (v), __ATOMIC_ACQ_REL)
#define atomic_add_seq_cst(p, v)      __atomic_fetch_add((p), (v), __ATOMIC_SEQ_CST)
#define atomic_sub_acq_rel(p, v)      __atomic_fetch_sub((p), (v), __ATOMIC_ACQ_REL)
#define atomic_or_relaxed(p, v)       __atomic_fetch_or((p), (v), __ATOMIC_RELAXED)
#define atomic_or_release(p, v)       __atomic_fetch_or((p), (v), __ATOMIC_RELEASE)
#define atomic_or_acq_rel(p, v)       __atomic_fetch_or((p), (v), __ATOMIC_ACQ_REL)
#define atomic_or_seq_cst(p, v)       __atomic_fetch_or((p), (v), __ATOMIC_SEQ_CST)
#define atomic_and_relaxed(p, v)      __atomic_fetch_and((p), (v), __ATOMIC_RELAXED)
#define atomic_and_acq_rel(p, v)      __atomic_fetch_and((p), (v), __ATOMIC_ACQ_REL)
#define atomic_exchange_acquire(p, v) __atomic_exchange_n((p), (v), __ATOMIC_ACQUIRE)
#define atomic_exchange_acq_rel(p, v) __atomic_exchange_n((p), (v), __ATOMIC_ACQ_REL)

// Store `desired` if *p equals *expected, else load *p into *expected. The weak form may fail
// without reason and belongs in a loop. On failure nothing is ordered, except in acq_rel and
// seq_cst, whose failure acquires.
#define atomic_cas_weak_relaxed(p, expected, desired)                                              \
    __atomic_compare_exchange_n((p), (expected), (desired), true, __ATOMIC_RELAXED,                \
                                __ATOMIC_RELAXED)
#define atomic_cas_weak_release(p, expected, desired)                                              \
    __atomic_compare_exchange_n((p), (expected), (desired), true, __ATOMIC_RELEASE,                \
                                __ATOMIC_RELAXED)
#define atomic_cas_weak_acq_rel(p, expected, desired)                                              \
    __atomic_compare_exchange_n((p), (expected), (desired), true, __ATOMIC_ACQ_REL,                \
                                __ATOMIC_ACQUIRE)
#define atomic_cas_acquire(p, expected, desired)                                                   \
    __atomic_compare_exchange_n((p), (expected), (desired), false, __ATOMIC_ACQUIRE,               \
                                __ATOMIC_RELAXED)
#define atomic_cas_release(p, expected, desired)                                                   \
    __atomic_compare_exchange_n((p), (expected), (desired), false, __ATOMIC_RELEASE,               \
                                __ATOMIC_RELAXED)
#define atomic_cas_acq_rel(p, expected, desired)                                                   \
    __atomic_compare_exchange_n((p), (expected), (desired), false, __ATOMIC_ACQ_REL,               \
                                __ATOMIC_ACQUIRE)
#define atomic_cas_seq_cst(p, expected, desired)                                                   \
    __atomic_compare_exchange_n((p), (expected), (desired), false, __ATOMIC_SEQ_CST,               \
                                __ATOMIC_SEQ_CST)

// Tells the processor that this is a waiting loop.
static inline void spin_pause(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

#endif
