// core/modules/thread.h: what the module `_thread` shares: locks,
// thread-local data, the end of threads.
#ifndef ADDER_CORE_MODULES_THREAD_H
#define ADDER_CORE_MODULES_THREAD_H

#include "core/object/object.h"
#include "gil/wait.h"

// A lock that is released when a thread has ended (threading.Thread.join): nothing of the thread
// is left by then, so it cannot hold an object. It shares this with the object.
typedef struct Sentinel {
    ScriptLock lock;
    uint32_t holders; // atomic
} Sentinel;

typedef struct LockObject {
    ObjectHead head;
    ScriptLock own;
    ScriptLock *lock;   // `own`, or the sentinel's
    Sentinel *sentinel; // or NULL
} LockObject;

Ref lock_object_new(ThreadState *ts);
// For a sentinel, whose holder it becomes.
Ref lock_object_new_for(ThreadState *ts, Sentinel *sentinel);
void sentinel_let_go(Sentinel *s);

// What scripts keep per thread; ts->locals, made when first needed.
struct ThreadLocals {
    // Ids of the `_thread._local` objects that hold data of this thread; raw memory.
    uint64_t *touched;
    size_t touched_count, touched_capacity;
};
ThreadLocals *thread_locals(ThreadState *ts); // NULL: MemoryError is set

// The thread's data in every `_thread._local` is dropped.
void thread_local_data_drop(ThreadState *ts);

// The end of any thread that ran scripts, the main thread's too: drops its data, frees ts->locals.
// Finalizers may run. Before thread_state_leave.
void thread_scripts_end(ThreadState *ts);

// At exit, on the main thread: what `threading` does to wait for the threads that are no daemons.
// Errors are reported. Then call threads_shut_down_others.
void thread_module_shutdown(ThreadState *ts);

// (blocking, timeout) as acquire() takes them: the deadline, 0 for "do not wait".
Status lock_arguments(ThreadState *ts, Value blocking, Value timeout, uint64_t *deadline_ns);

#endif
