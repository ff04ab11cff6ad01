// gil/policy_free.h: biased reference counts, for the free-threaded program. See gil/policy.h.
//
// The owner counts in the low 20 bits of `own`, everybody else atomically in `shared`. One load and
// one compare answer "mine, and room to count?": `own ^ my tag` is the local count when the object
// is mine and large when it is merged (tag 0), immortal (tag 0xFFF) or foreign.
//
// The shared count saturates: from SHARED_STICKY_MIN on it never changes again and the object lives
// for ever. A deferred object's shared count is raised by DEFERRED_BIAS, so that counting alone
// never takes it to zero.
//
// Origin   Choi, Shull, Torrellas, "Biased Reference Counting", PACT 2018; states as in PEP 703.
// Proof    tests/unit/gil/test_brc_free.c, stress/scenarios/
#ifndef ADDER_GIL_POLICY_FREE_H
#define ADDER_GIL_POLICY_FREE_H

#include "core/base/atomics.h"
#include "gil/object_head.h"

enum { POLICY_FREE_THREADED = 1 };

#define OWNER_SHIFT    20
#define LOCAL_MASK     0xFFFFFu
#define IMMORTAL_OWN   0xFFFFFFFFu
#define OWNER_IMMORTAL 0xFFFu

#define SHARED_STICKY_MIN (1 << 28)
#define DEFERRED_BIAS     (1 << 27)

#include "gil/thread_state.h" // thread_tag(): the current thread's id, shifted to its place in `own`

// The rare cases, in gil/brc.c.
void head_retain_slow(ObjectHead *o);
MUST_USE bool head_release_slow(ObjectHead *o);
MUST_USE bool head_release_last(ObjectHead *o); // the owner's local count is 1 and drops to 0
MUST_USE bool head_try_retain_slow(ObjectHead *o);
void head_mark_shared(ObjectHead *o);
void head_retain_found_slow(ObjectHead *o);
int64_t
head_count(const ObjectHead *o);      // exact for the owner of an unshared object, or world stopped
void head_immortalize(ObjectHead *o); // by the owner, or world stopped, or before it is shared
void head_add_many(ObjectHead *o, size_t n);
void head_defer(ObjectHead *o);
void head_undefer_stopped(ObjectHead *o);

static ALWAYS_INLINE void head_init_tagged(ObjectHead *o, uint32_t tag)
{
    // relaxed: a late lock-free reader of the block's last object may look; it finds count 0.
    atomic_store_relaxed(&o->shared, 0u);
    atomic_store_relaxed(&o->own, tag | 1u);
}

static ALWAYS_INLINE void head_init(ObjectHead *o) { head_init_tagged(o, thread_tag()); }

static ALWAYS_INLINE void head_retain_tagged(ObjectHead *o, uint32_t tag)
{
    // relaxed: only the owner writes `own`; others merely learn that it is not theirs.
    uint32_t own = atomic_load_relaxed(&o->own);
    if (LIKELY((own ^ tag) < LOCAL_MASK)) {
        atomic_store_relaxed(&o->own, own + 1);
    } else {
        head_retain_slow(o);
    }
}

static ALWAYS_INLINE MUST_USE bool head_release_tagged(ObjectHead *o, uint32_t tag)
{
    uint32_t own = atomic_load_relaxed(&o->own);
    uint32_t local = own ^ tag;
    if (LIKELY(local - 2u < LOCAL_MASK - 1u)) { // 2 .. LOCAL_MASK
        atomic_store_relaxed(&o->own, own - 1);
        return false;
    }
    return local == 1 ? head_release_last(o) : head_release_slow(o);
}

static ALWAYS_INLINE MUST_USE bool head_try_retain_tagged(ObjectHead *o, uint32_t tag)
{
    uint32_t own = atomic_load_relaxed(&o->own);
    // Mine with a local count of 0 is refused here: the block may be anything by now.
    if (LIKELY((own ^ tag) - 1u < LOCAL_MASK - 1u)) {
        atomic_store_relaxed(&o->own, own + 1);
        return true;
    }
    return head_try_retain_slow(o);
}

static ALWAYS_INLINE void head_retain_found(ObjectHead *o)
{
    uint32_t own = atomic_load_relaxed(&o->own);
    if (LIKELY((own ^ thread_tag()) < LOCAL_MASK)) {
        atomic_store_relaxed(&o->own, own + 1); // the owner needs no leave
    } else {
        head_retain_found_slow(o);
    }
}

static ALWAYS_INLINE void head_retain(ObjectHead *o) { head_retain_tagged(o, thread_tag()); }
static ALWAYS_INLINE MUST_USE bool head_release(ObjectHead *o)
{
    return head_release_tagged(o, thread_tag());
}
static ALWAYS_INLINE MUST_USE bool head_try_retain(ObjectHead *o)
{
    return head_try_retain_tagged(o, thread_tag());
}

// One reference, and it is the caller's: mine, local 1, nobody else ever counted.
static inline bool head_is_unique(const ObjectHead *o)
{
    return (atomic_load_relaxed(&o->own) ^ thread_tag()) == 1 &&
           (atomic_load_acquire(&o->shared) & ~(uint32_t)SHARED_STATE_MASK) == 0;
}

static inline bool head_is_mine(const ObjectHead *o)
{
    return atomic_load_relaxed(&o->own) >> OWNER_SHIFT == thread_tag() >> OWNER_SHIFT;
}

static inline bool head_is_immortal(const ObjectHead *o)
{
    return atomic_load_relaxed(&o->own) == IMMORTAL_OWN;
}

static inline bool head_try_immortalize(ObjectHead *o)
{
    uint32_t own = atomic_load_relaxed(&o->own);
    // Merged: nobody writes `own` any more, and those who saw it merged count in vain.
    if (own == 0 || own == IMMORTAL_OWN || own >> OWNER_SHIFT == thread_tag() >> OWNER_SHIFT) {
        head_immortalize(o);
        return true;
    }
    return false;
}

static inline bool head_is_deferred(const ObjectHead *o)
{
    return (atomic_load_relaxed(&o->gc) & GC_DEFERRED) != 0;
}

// The count of everybody but the owner; alone it may be negative.
static inline int32_t shared_count_of(uint32_t shared) { return (int32_t)shared >> 2; }

static inline void head_begin_finalizer(ObjectHead *o)
{
    // relaxed: nobody holds a reference. A late reader finds (MERGED, 0) or (UNSHARED, 0) and is
    // refused either way.
    head_init(o);
}

static inline MUST_USE bool head_end_finalizer(ObjectHead *o) { return head_release(o); }

static inline void head_set_dead(ObjectHead *o)
{
    // relaxed: late readers refuse the old words and the new ones alike.
    atomic_store_relaxed(&o->shared, (uint32_t)SHARED_STATE_MERGED);
    atomic_store_relaxed(&o->own, 0u);
}

#endif
