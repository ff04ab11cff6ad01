// gil/policy.h: the one place where the two programs differ by #if. Each twin gives the same names:
//
//   POLICY_FREE_THREADED              0 or 1, for ordinary `if`
//   head_init(o)                      a new object: one reference, owned by the current thread
//   head_retain(o), head_release(o)   one reference more; one less, true when the object is dead
//   head_try_retain(o)                for lock-free readers: false when it may be dying or unshared
//   head_count(o)                     the sum, for sys.getrefcount and the collector
//   head_is_unique(o)                 one reference, held by the caller: may be changed in place
//   head_is_mine(o)                   this thread owns it (in adder always)
//   head_immortalize(o), head_is_immortal(o)
//   head_try_immortalize(o)           of an object that others may hold: false when it belongs to
//                                     another thread, which would undo it
//   head_add_many(o, n)               n references more at once
//   head_mark_shared(o)               lets foreign readers try-increment from now on
//   head_retain_found(o)              found in a container whose lock is held: retains it; unless it is
//                                     this thread's own, marks it as well
//   head_defer(o)                     from now on counting alone never frees it, a full collection
//                                     does; in addert slots may hold it uncounted. By the owner of
//                                     a new object, or world stopped. Sets GC_DEFERRED.
//   head_undefer_stopped(o)           the collector found it dead: counting decides again. World
//                                     stopped, or nobody else can reach it; if slots may still hold
//                                     it, the caller counts those first.
//   head_is_deferred(o)               slots may hold it uncounted (never in adder)
//   head_begin_finalizer(o)           the last release said dead, and script code is about to see
//                                     the object once more: it gets one fresh reference, the
//                                     caller's, owned by this thread. Counts work as in a new
//                                     object; flags, shape and the collector's byte are left alone.
//   head_end_finalizer(o)             gives that reference back. True: still (or again) dead, the
//                                     caller goes on taking the object apart. False:
//                                     somebody kept it; it may be gone by now, do not
//                                     touch it, not even to assert.
//   head_set_dead(o)                  the words of a free block, as late readers must find them:
//                                     the last thing before the block goes back to the allocator.
//
// A release that returns true has taken the last reference: the caller calls object_dealloc. In
// addert a release may hand the reference to the owner, which may run finalizers of other objects:
// it counts as running script code, so no lock is held meanwhile.
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
