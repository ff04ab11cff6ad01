// gil/policy_gil.h: reference counts under the global interpreter lock. See gil/policy.h.
//
// `own` is the whole count. A count with its top bit set is immortal and never changes; a count that
// would overflow becomes immortal by itself.
#ifndef ADDER_GIL_POLICY_GIL_H
#define ADDER_GIL_POLICY_GIL_H

#include "core/base/atomics.h"
#include "gil/object_head.h"

enum { POLICY_FREE_THREADED = 0 };

#define IMMORTAL_OWN 0xC0000000u

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
    head_retain(o);
    return true;
}

static inline int64_t head_count(const ObjectHead *o) { return o->own; }
static inline bool head_is_unique(const ObjectHead *o) { return o->own == 1; }
static inline bool head_is_immortal(const ObjectHead *o) { return (int32_t)o->own < 0; }
static inline void head_immortalize(ObjectHead *o) { o->own = IMMORTAL_OWN; }
static inline void head_mark_shared(ObjectHead *o) { (void)o; }
static inline bool head_is_deferred(const ObjectHead *o)
{
    (void)o;
    return false;
}

#endif
