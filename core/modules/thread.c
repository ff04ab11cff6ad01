// core/modules/thread.c: the module `_thread`: threads. Its locks are in thread_lock.c,
// its thread-local data in thread_local.c.
//
// A thread's life:
//  1. start_new_thread prepares the new thread's state, so that too many threads are refused there.
//  2. The new thread attaches, makes its execution and calls the function.
//     An exception is reported; SystemExit ends the thread silently.
//  3. It drops its thread-local data.
//  4. It drains what others queued to it (thread_state_leave), then frees what is left.
//  5. Last of all it releases the lock that join() waits for:
//     what is dropped after a join finds no owner that might have to be waited for.
// At exit the main thread waits for all but daemons; those that are left can never attach again:
// they hang until the process ends.
#include "core/modules/thread.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/modules/signal.h"
#include "core/object/container.h"
#include "core/object/dict.h"
#include "core/object/exception.h"
#include "core/object/float.h"
#include "core/object/int.h"
#include "core/object/module.h"
#include "core/object/str.h"
#include "core/object/struct_sequence.h"
#include "core/object/tuple.h"
#include "core/vm/frame.h"
#include "core/vm/runtime_state.h"

static uint64_t stack_bytes;     // atomic; 0: the system's default
static uint32_t threads_running; // atomic: threads that start_new_thread made

// --- A thread's end ------------------------------------------------------------------------------

void thread_scripts_end(ThreadState *ts)
{
    thread_local_data_drop(ts);
    if (ts->locals != NULL) {
        raw_free(ts, ts->locals);
        ts->locals = NULL;
    }
}

// --- start_new_thread ----------------------------------------------------------------------------

typedef struct Launch {
    ThreadState *state;
    Ref function, args, keywords;
} Launch;

static void report_error(ThreadState *ts, Value function)
{
    if (!exception_clear_if(ts, EXC_SystemExit)) {
        exception_unraisable(ts, function, "Exception ignored in thread started by");
    }
}

static void run_function(ThreadState *ts, Launch *launch)
{
    ts->execution = execution_new(ts);
    if (ts->execution == NULL) {
        // Nothing that belongs to scripts can run here, not even the report of an error.
        static const char message[] = "adder: no memory for a new thread\n";
        ssize_t n = write(2, message, sizeof message - 1);
        (void)n;
        exception_clear(ts);
    } else {
        OWNED Ref result =
            object_call_packed(ts, launch->function.v, launch->args.v, launch->keywords.v);
        if (is_error(result)) {
            report_error(ts, launch->function.v);
        }
    }
    ref_drop(&launch->function);
    ref_drop(&launch->args);
    ref_drop(&launch->keywords);
}

static void *thread_main(void *argument)
{
    Launch *launch = argument;
    ThreadState *ts = launch->state;
    thread_state_begin(ts, false);
    atomic_add_relaxed(&threads_running, 1u);
    run_function(ts, launch);
    free(launch);
    atomic_add_relaxed(&threads_running, (uint32_t)-1);
    thread_scripts_end(ts);
    thread_state_leave(ts);
    if (ts->execution != NULL) {
        execution_free(ts, ts->execution);
        ts->execution = NULL;
    }
    thread_state_destroy(ts);
    return NULL;
}

static int create_thread(Launch *launch, pthread_t *thread)
{
    pthread_attr_t attributes;
    int failure = pthread_attr_init(&attributes);
    if (failure != 0) {
        return failure;
    }
    uint64_t size = atomic_load_relaxed(&stack_bytes);
    if (size != 0) {
        (void)pthread_attr_setstacksize(&attributes, size); // refused sizes never got here
    }
    (void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    failure = pthread_create(thread, &attributes, thread_main, launch);
    pthread_attr_destroy(&attributes);
    return failure;
}

static Ref cannot_start(ThreadState *ts)
{
    return raise(ts, EXC_RuntimeError, "can't start new thread");
}

static Ref launch_thread(ThreadState *ts, Value function, Value args, Value keywords)
{
    Launch *launch = malloc(sizeof *launch);
    if (launch == NULL) {
        return raise_no_memory(ts);
    }
    launch->state = thread_state_prepare();
    if (launch->state == NULL) {
        free(launch);
        return cannot_start(ts);
    }
    threads_note_second();
    launch->function = ref_new(function);
    launch->args = ref_new(args);
    launch->keywords = is_no_value(keywords) ? NO_REF : ref_new(keywords);
    pthread_t thread;
    if (create_thread(launch, &thread) != 0) {
        thread_state_cancel(launch->state);
        ref_drop(&launch->function);
        ref_drop(&launch->args);
        ref_drop(&launch->keywords);
        free(launch);
        return cannot_start(ts);
    }
    return int_from_u64(ts, (uint64_t)thread);
}

static Ref thread_start_new(ThreadState *ts, Value self, const Value *args)
{
    if (!object_is_callable(args[0])) {
        return raise(ts, EXC_TypeError, "first arg must be callable");
    }
    if (!value_is_tuple(args[1])) {
        return raise(ts, EXC_TypeError, "2nd arg must be a tuple");
    }
    if (!is_no_value(args[2]) && !value_is_dict(args[2])) {
        return raise(ts, EXC_TypeError, "optional 3rd arg must be a dictionary");
    }
    return launch_thread(ts, args[0], args[1], args[2]);
}

// --- Small functions -----------------------------------------------------------------------------

static Ref thread_allocate_lock(ThreadState *ts, Value self, const Value *args)
{
    return lock_object_new(ts);
}

static Ref thread_get_ident(ThreadState *ts, Value self, const Value *args)
{
    return int_from_u64(ts, ts->native_ident);
}

static Ref thread_get_native_id(ThreadState *ts, Value self, const Value *args)
{
    return int_from_i64(ts, syscall(SYS_gettid));
}

static Ref thread_count(ThreadState *ts, Value self, const Value *args)
{
    return int_from_i64(ts, atomic_load_relaxed(&threads_running));
}

static Ref thread_exit(ThreadState *ts, Value self, const Value *args)
{
    return raise_args(ts, EXC_SystemExit, NULL, 0);
}

static Ref thread_stack_size(ThreadState *ts, Value self, const Value *args)
{
    int64_t size = 0;
    if (!is_no_value(args[0]) && index_get(ts, args[0], &size) == STATUS_ERROR) {
        return NO_REF;
    }
    if (size < 0) {
        return raise(ts, EXC_ValueError, "size must be 0 or a positive value");
    }
    enum { STACK_LEAST = 32768 };
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    bool valid = size == 0 ||
                 (size >= STACK_LEAST && pthread_attr_setstacksize(&attributes, (size_t)size) == 0);
    pthread_attr_destroy(&attributes);
    if (!valid) {
        return raise(ts, EXC_ValueError, "size not valid: %lld bytes", (long long)size);
    }
    return int_from_u64(ts, __atomic_exchange_n(&stack_bytes, (uint64_t)size, __ATOMIC_RELAXED));
}

// Nothing of the thread is left: whoever joins it may go on.
static void release_sentinel(void *argument)
{
    Sentinel *s = argument;
    (void)script_lock_release(&s->lock);
    sentinel_let_go(s);
}

static Ref thread_set_sentinel(ThreadState *ts, Value self, const Value *args)
{
    Sentinel *s = malloc(sizeof *s);
    if (s == NULL) {
        return raise_no_memory(ts);
    }
    *s = (Sentinel){.holders = 1};
    Ref lock = lock_object_new_for(ts, s);
    if (is_error(lock)) {
        free(s);
        return lock;
    }
    if (ts->at_end == release_sentinel) {
        sentinel_let_go(ts->at_end_argument);
    }
    s->holders = 2;
    ts->at_end_argument = s;
    ts->at_end = release_sentinel;
    return lock;
}

static Ref thread_interrupt_main(ThreadState *ts, Value self, const Value *args)
{
    int64_t number = SIGINT;
    if (!is_no_value(args[0]) && index_get(ts, args[0], &number) == STATUS_ERROR) {
        return NO_REF;
    }
    if (!signal_number_is_valid(number)) {
        return raise(ts, EXC_ValueError, "signal number out of range");
    }
    signal_simulate(ts, (int)number);
    return safepoint_poll(ts) ? REF_NONE
                              : NO_REF; // the main thread handles it here, not behind the call
}

// --- excepthook ----------------------------------------------------------------------------------

static const StructSequenceField hook_fields[] = {
    {"exc_type", "Exception type"},
    {"exc_value", "Exception value"},
    {"exc_traceback", "Exception traceback"},
    {"thread", "Thread"},
    {"", NULL},
};
static const StructSequenceSpec hook_spec = {
    "_thread._ExceptHookArgs",
    "What threading.excepthook gets: exc_type, exc_value, exc_traceback, thread.", hook_fields, 4};
static Ref hook_type; // made by the first import, kept for the life of the process

// "Exception in thread NAME:" and the traceback.
static Ref hook_text(ThreadState *ts, Value thread, Value exception)
{
    OWNED Ref name = value_is_none(thread) ? NO_REF : object_get_attribute_z(ts, thread, "name");
    if (is_error(name)) {
        exception_clear(ts);
        ref_set(&name, int_from_u64(ts, ts->native_ident));
    }
    OWNED Ref report = is_error(name) ? NO_REF : traceback_format(ts, exception);
    return is_error(report) ? NO_REF
                            : format_str(ts, "Exception in thread %S:\n%S", name.v, report.v);
}

static Ref thread_excepthook(ThreadState *ts, Value self, const Value *args)
{
    if (type_of(args[0]) != type_from(hook_type.v)) {
        return raise(ts, EXC_TypeError, "_thread.excepthook argument type must be ExceptHookArgs");
    }
    Value type = tuple_item(args[0], 0), thread = tuple_item(args[0], 3);
    if (type.bits == type_value(TYPE_OF_EXCEPTION(EXC_SystemExit)).bits) {
        return REF_NONE;
    }
    OWNED Ref exception = ref_new(tuple_item(args[0], 1));
    if (value_is_none(exception.v)) {
        ref_set(&exception, object_call0(ts, type));
        if (is_error(exception)) {
            return NO_REF;
        }
    }
    OWNED Ref text = hook_text(ts, thread, exception.v);
    if (is_error(text)) {
        return NO_REF;
    }
    OWNED Ref file = sys_attribute(ts, "stderr");
    if ((is_error(file) || value_is_none(file.v)) && !value_is_none(thread)) {
        exception_clear(ts);
        ref_set(&file, object_get_attribute_z(ts, thread, "_stderr"));
    }
    if (is_error(file) || value_is_none(file.v)) {
        exception_clear(ts);
        return REF_NONE; // nowhere to write to
    }
    OWNED Ref written = object_call_method_z(ts, file.v, "write", &text.v, 1);
    if (is_error(written)) {
        return NO_REF;
    }
    OWNED Ref flushed = object_call_method_z(ts, file.v, "flush", NULL, 0);
    return is_error(flushed) ? NO_REF : REF_NONE;
}

// --- Shutdown ------------------------------------------------------------------------------------

void thread_module_shutdown(ThreadState *ts)
{
    OWNED Ref threading = NO_REF;
    if (is_error(runtime_state.modules) || dict_get_z(ts, dict_from(runtime_state.modules.v),
                                                      "threading", &threading) != LOOKUP_FOUND) {
        exception_clear(ts);
        return;
    }
    OWNED Ref result = object_call_method_z(ts, threading.v, "_shutdown", NULL, 0);
    if (is_error(result)) {
        exception_unraisable(ts, threading.v, NULL);
    }
}

// --- The module ----------------------------------------------------------------------------------

static const NativeDef functions[] = {
    NATIVE("start_new_thread", thread_start_new,
           "($module, function, args, kwargs=<unrepresentable>, /)",
           "Calls the function in a new thread and returns the thread's identifier. The\n"
           "thread ends when the function returns; an exception is reported first."),
    NATIVE("start_new", thread_start_new, "($module, function, args, kwargs=<unrepresentable>, /)",
           "An old name of start_new_thread()."),
    NATIVE("allocate_lock", thread_allocate_lock, "($module, /)", "A new lock, unlocked."),
    NATIVE("allocate", thread_allocate_lock, "($module, /)", "An old name of allocate_lock()."),
    NATIVE("get_ident", thread_get_ident, "($module, /)",
           "The calling thread's identifier, never zero."),
    NATIVE("get_native_id", thread_get_native_id, "($module, /)",
           "The calling thread's identifier in the operating system."),
    NATIVE("_count", thread_count, "($module, /)",
           "How many threads run, the main thread not counted."),
    NATIVE("stack_size", thread_stack_size, "($module, size=0, /)",
           "Sets the stack's bytes for new threads (0: the system's default) and returns what\n"
           "it was. At least 32 KiB."),
    NATIVE("_set_sentinel", thread_set_sentinel, "($module, /)",
           "A lock that is released when the calling thread ends."),
    NATIVE("interrupt_main", thread_interrupt_main, "($module, signum=2, /)",
           "As if the signal had arrived: its handler runs in the main thread."),
    NATIVE("exit", thread_exit, "($module, /)", "Raises SystemExit, which ends the thread."),
    NATIVE("exit_thread", thread_exit, "($module, /)", "An old name of exit()."),
    NATIVE("_excepthook", thread_excepthook, "($module, args, /)",
           "Reports an exception of a thread."),
    NATIVE_END,
};

static Status setup(ThreadState *ts, Value module)
{
    if (is_error(hook_type)) {
        hook_type = struct_sequence_type_new(ts, &hook_spec);
        if (is_error(hook_type)) {
            return STATUS_ERROR;
        }
    }
    if (module_add(ts, module, "_ExceptHookArgs", hook_type.v) == STATUS_ERROR ||
        module_add(ts, module, "LockType", type_value(TYPE_OF_KIND(THREAD_LOCK))) == STATUS_ERROR ||
        module_add_type(ts, module, KIND_THREAD_RLOCK) == STATUS_ERROR ||
        module_add_type(ts, module, KIND_THREAD_LOCAL) == STATUS_ERROR ||
        module_add(ts, module, "error", type_value(TYPE_OF_EXCEPTION(EXC_RuntimeError))) ==
            STATUS_ERROR) {
        return STATUS_ERROR;
    }
    // What fits 63 bits of nanoseconds, in whole seconds.
    return module_add_ref(ts, module, "TIMEOUT_MAX",
                          float_from_double(ts, (double)(INT64_MAX / 1000000000)));
}

const ModuleSpec module_thread = {
    "_thread", "Threads and locks, in their simplest form. The module threading builds on it.",
    functions, setup};
