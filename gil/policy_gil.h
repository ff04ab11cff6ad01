// gil/policy_gil.h: reference counts under the global interpreter lock. See gil/policy.h.
//
// `own` is the whole count. A count with its top bit set is immortal and never changes; a count
// that would overflow becomes immortal by itself.
#ifndef ADDER_GIL_POLICY_GIL_H
#define ADDER_GIL_POLICY_GIL_H

#include "core/base/atomics.h"
#include "gil/object_head.h"

enum { POLICY_FREE_THREADED = 0 };

#define IMMORTAL_OWN 0xC0000000u
// What a deferred object's count is raised by, so that it never reaches zero by counting.
#define DEFERRED_BIAS 0x20000000u

static ALWAYS_INLINE void head_init(ObjectHead *o)
{
    o->own = 1;
    o->shared = 0;
}

static ALWAYS_INLINE void head_retain(ObjectHead *o)
{
    if (LIKELY((int32_t)o->own >= 0)) {
        o->own++;
    }
}

static ALWAYS_INLINE MUST_USE bool head_release(ObjectHead *o)
{
    if (UNLIKELY((int32_t)o->own < 0)) {
        return false;
    }
    ASSERT(o->own != 0);
    return --o->own == 0;
}

static ALWAYS_INLINE MUST_USE bool head_try_retain(ObjectHead *o)
{
    if (UNLIKELY(o->own == 0)) {
        return false; // being taken apart
    }
    head_retain(o);
    return true;
}

static inline void head_add_many(ObjectHead *o, size_t n)
{
    if ((int32_t)o->own >= 0) {
        o->own = n < 0x80000000u - o->own ? o->own + (uint32_t)n : IMMORTAL_OWN;
    }
}

static inline bool head_is_mine(const ObjectHead *o)
{
    (void)o;
    return true;
}
static inline bool head_is_immortal(const ObjectHead *o) { return (int32_t)o->own < 0; }
static inline void head_immortalize(ObjectHead *o) { o->own = IMMORTAL_OWN; }
static inline bool head_try_immortalize(ObjectHead *o)
{
    o->own = IMMORTAL_OWN;
    return true;
}

static inline int64_t head_count(const ObjectHead *o)
{
    bool biased = (o->gc & GC_DEFERRED) != 0 && !head_is_immortal(o);
    return (int64_t)o->own - (biased ? (int64_t)DEFERRED_BIAS : 0);
}

static inline bool head_is_unique(const ObjectHead *o) { return o->own == 1; }
static inline void head_mark_shared(ObjectHead *o) { (void)o; }
static inline void head_retain_found(ObjectHead *o) { head_retain(o); }

static inline void head_defer(ObjectHead *o)
{
    if ((o->gc & GC_DEFERRED) == 0) {
        head_add_many(o, DEFERRED_BIAS);
        o->gc |= GC_DEFERRED;
    }
}

static inline void head_undefer_stopped(ObjectHead *o)
{
    if ((o->gc & GC_DEFERRED) != 0) {
        o->gc &= (uint8_t)~GC_DEFERRED;
        o->own -= head_is_immortal(o) ? 0 : DEFERRED_BIAS;
    }
}

static inline bool head_is_deferred(const ObjectHead *o)
{
    (void)o;
    return false;
}

static inline void head_begin_finalizer(ObjectHead *o)
{
    ASSERT(o->own == 0);
    o->own = 1;
}

static inline MUST_USE bool head_end_finalizer(ObjectHead *o) { return head_release(o); }

static inline void head_set_dead(ObjectHead *o)
{
    o->own = 0;
    o->shared = SHARED_STATE_MERGED;
}

#endif
