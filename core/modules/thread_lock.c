// core/modules/thread_lock.c: `_thread.lock` and `_thread.RLock`.
//
// A lock is a ScriptLock (gil/wait.h). A reentrant lock adds who owns it and how often. `owner` is
// written by the owner only, and read by others who compare it with themselves: they find some
// other thread or nobody, which is all they want to know.
#include "core/modules/thread.h"

#include <stdlib.h>

#include "core/modules/timeouts.h"
#include "core/object/int.h"
#include "core/object/str.h"
#include "core/object/tuple.h"

static LockObject *lock_from(Value v) { return (LockObject *)value_head(v); }

// --- Arguments -----------------------------------------------------------------------------------

Status lock_arguments(ThreadState *ts, Value blocking, Value timeout, uint64_t *deadline_ns)
{
    int64_t wait = 1, ns = -1000000000;
    if (!is_no_value(blocking) && index_get(ts, blocking, &wait) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    bool has_timeout = !is_no_value(timeout);
    if (has_timeout && seconds_to_ns(ts, timeout, &ns) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    has_timeout = ns != -1000000000;
    if (wait == 0) {
        *deadline_ns = 0;
        return has_timeout ? raise_status(ts, EXC_ValueError,
                                          "can't specify a timeout for a non-blocking call")
                           : STATUS_OK;
    }
    if (ns < 0 && has_timeout) {
        return raise_status(ts, EXC_ValueError, "timeout value must be positive");
    }
    *deadline_ns = has_timeout ? (ns == 0 ? 0 : deadline_after_ns((uint64_t)ns)) : WAIT_FOREVER;
    return STATUS_OK;
}

static Ref acquired(WaitResult result)
{
    return result == WAIT_ERROR ? NO_REF : REF_OF(bool_value(result == WAIT_DONE));
}

// --- lock ----------------------------------------------------------------------------------------

Ref lock_object_new(ThreadState *ts)
{
    LockObject *l = object_new(ts, KIND_THREAD_LOCK, sizeof *l);
    if (l == NULL) {
        return NO_REF;
    }
    l->own = (ScriptLock){{0}};
    l->lock = &l->own;
    l->sentinel = NULL;
    return REF_FROM_NEW(l);
}

Ref lock_object_new_for(ThreadState *ts, Sentinel *sentinel)
{
    OWNED Ref r = lock_object_new(ts);
    if (!is_error(r)) {
        lock_from(r.v)->sentinel = sentinel;
        lock_from(r.v)->lock = &sentinel->lock;
    }
    return ref_take(&r);
}

void sentinel_let_go(Sentinel *s)
{
    if (atomic_sub_acq_rel(&s->holders, 1u) == 1) {
        free(s);
    }
}

static void lock_finish(ThreadState *ts, ObjectHead *o)
{
    LockObject *l = (LockObject *)o;
    if (l->sentinel != NULL) {
        sentinel_let_go(l->sentinel);
    }
}

// A signal that has come together with the lock is served here, where the caller's `finally` covers
// it: threading.Condition relies on that. Not after __enter__: there nobody would release.
static Ref serve_signals(ThreadState *ts, Ref result)
{
    return is_error(result) || safepoint_poll(ts) ? result : NO_REF;
}

static Ref lock_acquire(ThreadState *ts, Value self, const Value *args)
{
    uint64_t deadline;
    if (lock_arguments(ts, args[0], args[1], &deadline) == STATUS_ERROR) {
        return NO_REF;
    }
    return serve_signals(ts, acquired(script_lock_acquire(ts, lock_from(self)->lock, deadline)));
}

static Ref lock_enter(ThreadState *ts, Value self, const Value *args)
{
    return acquired(script_lock_acquire(ts, lock_from(self)->lock, WAIT_FOREVER));
}

static Ref lock_release(ThreadState *ts, Value self, const Value *args)
{
    return script_lock_release(lock_from(self)->lock)
               ? REF_NONE
               : raise(ts, EXC_RuntimeError, "release unlocked lock");
}

// Any arguments: type, value, traceback. Raw, so that none is packed into a tuple.
static Ref lock_exit(CALL_PARAMETERS) { return lock_release(ts, self, args); }

static Ref lock_locked(ThreadState *ts, Value self, const Value *args)
{
    return REF_OF(bool_value(script_lock_is_locked(lock_from(self)->lock)));
}

static Ref lock_reinit(ThreadState *ts, Value self, const Value *args)
{
    *lock_from(self)->lock = (ScriptLock){{0}};
    return REF_NONE;
}

static Ref lock_repr(ThreadState *ts, Value self)
{
    return format_str(ts, "<%s %s object at %p>",
                      script_lock_is_locked(lock_from(self)->lock) ? "locked" : "unlocked",
                      type_name(type_of(self)), (void *)value_head(self));
}

#define ACQUIRE_DOC                                                                                \
    "Locks, and says whether that was done. Waits, unless blocking is false; with a\n"             \
    "timeout, at most so many seconds. Signals are served meanwhile."
#define RELEASE_DOC "Unlocks, so that a thread that waits can have the lock."

static const NativeDef lock_methods[] = {
    NATIVE("acquire", lock_acquire, "($self, blocking=True, timeout=-1)", ACQUIRE_DOC),
    NATIVE("acquire_lock", lock_acquire, "($self, blocking=True, timeout=-1)", ACQUIRE_DOC),
    NATIVE("release", lock_release, "($self, /)", RELEASE_DOC),
    NATIVE("release_lock", lock_release, "($self, /)", RELEASE_DOC),
    NATIVE("locked", lock_locked, "($self, /)", "Is it locked?"),
    NATIVE("locked_lock", lock_locked, "($self, /)", "Is it locked?"),
    NATIVE("__enter__", lock_enter, "($self, /)", "Locks."),
    NATIVE_RAW("__exit__", lock_exit, "($self, /, *args)", "Unlocks."),
    NATIVE("_at_fork_reinit", lock_reinit, "($self, /)", "Unlocked, in the child of a fork."),
    NATIVE_END,
};

const TypeSpec spec_THREAD_LOCK = {
    .name = "_thread.lock",
    .doc = "A lock: locked by one thread, unlocked by any. Made by allocate_lock().",
    .base = KIND_OBJECT,
    .size = sizeof(LockObject),
    .flags = TYPE_NOT_CONSTRUCTIBLE | TYPE_WEAK_REFERENCEABLE,
    .slots = {.repr = lock_repr, .finish = lock_finish},
    .methods = lock_methods,
};

// --- RLock ---------------------------------------------------------------------------------------

typedef struct RLockObject {
    ObjectHead head;
    ScriptLock lock;
    uint64_t owner; // ident of the thread that has it, or 0; atomic
    uint64_t count; // owner only
} RLockObject;

static RLockObject *rlock_from(Value v) { return (RLockObject *)value_head(v); }

// relaxed: only this thread ever stores its own ident there.
static bool is_mine(const RLockObject *l, const ThreadState *ts)
{
    return atomic_load_relaxed(&l->owner) == ts->native_ident;
}

static Ref rlock_make(CALL_PARAMETERS)
{
    RLockObject *l = object_new_of(ts, type_from(self));
    if (l == NULL) {
        return NO_REF;
    }
    l->lock = (ScriptLock){{0}};
    atomic_store_relaxed(&l->owner, (uint64_t)0);
    atomic_store_relaxed(&l->count, (uint64_t)0);
    return REF_FROM_NEW(l);
}

static void become_owner(RLockObject *l, const ThreadState *ts, uint64_t count)
{
    atomic_store_relaxed(&l->owner, ts->native_ident);
    atomic_store_relaxed(&l->count, count);
}

static void give_up(RLockObject *l)
{
    atomic_store_relaxed(&l->count, (uint64_t)0);
    atomic_store_relaxed(&l->owner, (uint64_t)0);
    (void)script_lock_release(&l->lock);
}

static Ref acquire_until(ThreadState *ts, RLockObject *l, uint64_t deadline_ns)
{
    if (is_mine(l, ts)) {
        if (l->count == UINT64_MAX) {
            return raise(ts, EXC_OverflowError, "Internal lock count overflowed");
        }
        atomic_store_relaxed(&l->count, l->count + 1);
        return REF_OF(VALUE_TRUE);
    }
    WaitResult result = script_lock_acquire(ts, &l->lock, deadline_ns);
    if (result == WAIT_DONE) {
        become_owner(l, ts, 1);
    }
    return acquired(result);
}

static Ref rlock_acquire(ThreadState *ts, Value self, const Value *args)
{
    uint64_t deadline;
    if (lock_arguments(ts, args[0], args[1], &deadline) == STATUS_ERROR) {
        return NO_REF;
    }
    return serve_signals(ts, acquire_until(ts, rlock_from(self), deadline));
}

static Ref rlock_enter(ThreadState *ts, Value self, const Value *args)
{
    return acquire_until(ts, rlock_from(self), WAIT_FOREVER);
}

static Ref rlock_release(ThreadState *ts, Value self, const Value *args)
{
    RLockObject *l = rlock_from(self);
    if (!is_mine(l, ts)) {
        return raise(ts, EXC_RuntimeError, "cannot release un-acquired lock");
    }
    if (l->count > 1) {
        atomic_store_relaxed(&l->count, l->count - 1);
    } else {
        give_up(l);
    }
    return REF_NONE;
}

static Ref rlock_exit(CALL_PARAMETERS) { return rlock_release(ts, self, args); }

static Ref rlock_is_owned(ThreadState *ts, Value self, const Value *args)
{
    return REF_OF(bool_value(is_mine(rlock_from(self), ts)));
}

static Ref rlock_recursion_count(ThreadState *ts, Value self, const Value *args)
{
    RLockObject *l = rlock_from(self);
    return int_from_u64(ts, is_mine(l, ts) ? l->count : 0);
}

// For conditions: lets go completely, and returns what brings it back.
static Ref rlock_release_save(ThreadState *ts, Value self, const Value *args)
{
    RLockObject *l = rlock_from(self);
    if (!is_mine(l, ts)) {
        return raise(ts, EXC_RuntimeError, "cannot release un-acquired lock");
    }
    OWNED Ref count = int_from_u64(ts, l->count);
    OWNED Ref owner = int_from_u64(ts, l->owner);
    if (is_error(count) || is_error(owner)) {
        return NO_REF;
    }
    OWNED Ref saved = tuple_pack(ts, 2, count.v, owner.v);
    if (!is_error(saved)) {
        give_up(l);
    }
    return ref_take(&saved);
}

static Ref rlock_acquire_restore(ThreadState *ts, Value self, const Value *args)
{
    RLockObject *l = rlock_from(self);
    uint64_t count, owner;
    if (!value_is_tuple(args[0]) || tuple_count(args[0]) != 2 ||
        !value_is_int(tuple_item(args[0], 0)) || !int_to_u64(tuple_item(args[0], 0), &count) ||
        !value_is_int(tuple_item(args[0], 1)) || !int_to_u64(tuple_item(args[0], 1), &owner)) {
        return raise(ts, EXC_TypeError,
                     "_acquire_restore() argument 1 must be 2-item tuple, not %T", args[0]);
    }
    // Signals wait: who gave the lock away for a while has to have it back.
    (void)script_lock_acquire_uninterrupted(ts, &l->lock, WAIT_FOREVER);
    become_owner(l, ts, count);
    atomic_store_relaxed(&l->owner, owner);
    return REF_NONE;
}

static Ref rlock_reinit(ThreadState *ts, Value self, const Value *args)
{
    RLockObject *l = rlock_from(self);
    l->lock = (ScriptLock){{0}};
    become_owner(l, ts, 0);
    atomic_store_relaxed(&l->owner, (uint64_t)0);
    return REF_NONE;
}

static Ref rlock_repr(ThreadState *ts, Value self)
{
    RLockObject *l = rlock_from(self);
    uint64_t count = atomic_load_relaxed(&l->count);
    return format_str(ts, "<%s %s object owner=%llu count=%llu at %p>",
                      count != 0 ? "locked" : "unlocked", type_name(type_of(self)),
                      (unsigned long long)atomic_load_relaxed(&l->owner), (unsigned long long)count,
                      (void *)l);
}

static const NativeDef rlock_methods[] = {
    NATIVE("acquire", rlock_acquire, "($self, blocking=True, timeout=-1)",
           ACQUIRE_DOC "\nA thread that has the lock gets it once more at once."),
    NATIVE("release", rlock_release, "($self, /)",
           "Takes one acquire() back; after the last the lock is free. Only by its owner."),
    NATIVE("__enter__", rlock_enter, "($self, /)", "Locks."),
    NATIVE_RAW("__exit__", rlock_exit, "($self, /, *args)", "Takes one acquire() back."),
    NATIVE("_is_owned", rlock_is_owned, "($self, /)", "For threading.Condition."),
    NATIVE("_recursion_count", rlock_recursion_count, "($self, /)", "How often the caller has it."),
    NATIVE("_release_save", rlock_release_save, "($self, /)", "For threading.Condition."),
    NATIVE("_acquire_restore", rlock_acquire_restore, "($self, state, /)",
           "For threading.Condition."),
    NATIVE("_at_fork_reinit", rlock_reinit, "($self, /)", "Unlocked, in the child of a fork."),
    NATIVE_END,
};

const TypeSpec spec_THREAD_RLOCK = {
    .name = "_thread.RLock",
    .doc = "A lock that its owner may acquire again.",
    .base = KIND_OBJECT,
    .size = sizeof(RLockObject),
    .flags = TYPE_SUBCLASSABLE | TYPE_WEAK_REFERENCEABLE,
    .slots = {.repr = rlock_repr, .make = rlock_make},
    .methods = rlock_methods,
};
