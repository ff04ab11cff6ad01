// gil/policy.h: the one place where the two programs differ by #if. Each twin gives the same names:
//
//   POLICY_FREE_THREADED              0 or 1, for ordinary `if`
//   head_init(o)                      a new object: one reference, owned by the current thread
//   head_retain(o), head_release(o)   one reference more; one less, true when the object is dead
//   head_try_retain(o)                for lock-free readers: false when it may be dying or unshared
//   head_count(o)                     the sum, for sys.getrefcount and the collector
//   head_is_unique(o)                 one reference, held by the caller: may be changed in place
//   head_immortalize(o), head_is_immortal(o)
//   head_mark_shared(o)               lets foreign readers try-increment from now on
//   head_is_deferred(o)               slots hold it uncounted
#ifndef ADDER_GIL_POLICY_H
#define ADDER_GIL_POLICY_H

#ifndef ADDER_FREE_THREADED
#error "ADDER_FREE_THREADED is set by CMake: 0 for adder, 1 for addert"
#endif
#if ADDER_FREE_THREADED
#include "gil/policy_free.h"
#else
#include "gil/policy_gil.h"
#endif

#endif
