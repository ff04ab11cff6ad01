// core/modules/signal.c: the module `_signal`, on which the library's `signal` is built. Left out:
// sigwaitinfo, sigtimedwait, pidfd_send_signal.
#include "core/modules/signal.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "core/modules/timeouts.h"
#include "core/object/container.h"
#include "core/object/float.h"
#include "core/object/function.h"
#include "core/object/int.h"
#include "core/object/module.h"
#include "core/object/set.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/vm/frame.h"
#include "gil/futex.h"
#include "gil/wait.h"

enum { SIGNALS = 65 };

static struct {
    uint8_t arrived[SIGNALS]; // atomic; set by the C handler
    int wakeup_fd;            // atomic; -1: none
    RawLock lock;
    Ref handlers[SIGNALS];   // lock: callable, 0 (default), 1 (ignored), or None (not a script's)
    Ref default_int_handler; // start-up
} signals = {.wakeup_fd = -1};

bool signal_number_is_valid(int64_t number) { return number >= 1 && number < SIGNALS; }

// --- Arrival -------------------------------------------------------------------------------------

static void note_arrival(int number)
{
    // release: pairs with the exchange in signals_run_handlers.
    atomic_store_release(&signals.arrived[number], (uint8_t)1);
    ThreadState *main_thread = threads_main();
    if (main_thread != NULL) {
        thread_interrupt(main_thread, BREAK_SIGNAL);
    }
}

static void on_signal(int number)
{
    int saved = errno;
    note_arrival(number);
    int fd = atomic_load_relaxed(&signals.wakeup_fd);
    if (fd >= 0) {
        unsigned char byte = (unsigned char)number;
        ssize_t n = write(fd, &byte, 1);
        (void)n; // full: whoever reads it will wake up anyway
    }
    errno = saved;
}

static void set_disposition(int number, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler};
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, NULL); // no SA_RESTART: waits must end, so that handlers run
}

static Ref handler_of(int number)
{
    raw_lock(&signals.lock);
    Ref handler = ref_new(signals.handlers[number].v);
    raw_unlock(&signals.lock);
    return handler;
}

static MUST_USE Ref exchange_handler(int number, Ref handler)
{
    raw_lock(&signals.lock);
    Ref old = signals.handlers[number];
    signals.handlers[number] = handler;
    raw_unlock(&signals.lock);
    return old;
}

static bool is_system_handler(Value v) { return value_is_small_int(v) || value_is_none(v); }

void signal_simulate(ThreadState *ts, int number)
{
    OWNED Ref handler = handler_of(number);
    if (!is_error(handler) && !is_system_handler(handler.v)) {
        note_arrival(number);
    }
}

static Status run_handler(ThreadState *ts, int number)
{
    OWNED Ref handler = handler_of(number);
    if (is_error(handler) || is_system_handler(handler.v)) {
        return STATUS_OK; // changed since it arrived
    }
    Frame *frame = ts->execution == NULL ? NULL : frame_current(ts);
    OWNED Ref frame_ref = frame == NULL ? REF_NONE : frame_object(ts, frame);
    if (is_error(frame_ref)) {
        return STATUS_ERROR;
    }
    OWNED Ref result = object_call2(ts, handler.v, small_int(number), frame_ref.v);
    return is_error(result) ? STATUS_ERROR : STATUS_OK;
}

Status signals_run_handlers(ThreadState *ts)
{
    if (!ts->is_main) {
        return STATUS_OK;
    }
    for (int number = 1; number < SIGNALS; number++) {
        if (atomic_load_relaxed(&signals.arrived[number]) != 0 &&
            __atomic_exchange_n(&signals.arrived[number], (uint8_t)0, __ATOMIC_ACQUIRE) != 0 &&
            run_handler(ts, number) == STATUS_ERROR) {
            eval_breaker_set(ts, BREAK_SIGNAL); // others may be due
            return STATUS_ERROR;
        }
    }
    return STATUS_OK;
}

// --- Handlers ------------------------------------------------------------------------------------

static Status signal_number(ThreadState *ts, Value v, int *number)
{
    int64_t i;
    if (index_get(ts, v, &i) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    if (!signal_number_is_valid(i)) {
        return raise_status(ts, EXC_ValueError, "signal number out of range");
    }
    *number = (int)i;
    return STATUS_OK;
}

// NO_REF when nothing has to be served, else what a native returns after a signal may have arrived.
static Ref served(ThreadState *ts, Ref result)
{
    OWNED Ref kept = result;
    return safepoint_poll(ts) ? ref_take(&kept) : NO_REF;
}

static Ref signal_signal(ThreadState *ts, Value self, const Value *args)
{
    int64_t wanted;
    if (index_get(ts, args[0], &wanted) == STATUS_ERROR) {
        return NO_REF;
    }
    if (!ts->is_main) {
        return raise(ts, EXC_ValueError,
                     "signal only works in main thread of the main interpreter");
    }
    if (!signal_number_is_valid(wanted)) {
        return raise(ts, EXC_ValueError, "signal number out of range");
    }
    int number = (int)wanted;
    int64_t system = -1;
    if (value_is_int(args[1]) && !(int_to_i64(args[1], &system) && (system == 0 || system == 1))) {
        system = -1;
    }
    if (system < 0 && !object_is_callable(args[1])) {
        return raise(ts, EXC_TypeError,
                     "signal handler must be signal.SIG_IGN, signal.SIG_DFL, or a callable object");
    }
    if (!safepoint_poll(ts)) {
        return NO_REF;
    }
    struct sigaction action = {.sa_handler = system == 0   ? SIG_DFL
                                             : system == 1 ? SIG_IGN
                                                           : on_signal};
    sigemptyset(&action.sa_mask);
    if (sigaction(number, &action, NULL) != 0) {
        return raise_os_error(ts, errno, NO_VALUE);
    }
    OWNED Ref old =
        exchange_handler(number, system >= 0 ? REF_OF(small_int(system)) : ref_new(args[1]));
    return is_error(old) ? REF_NONE : ref_take(&old);
}

static Ref signal_getsignal(ThreadState *ts, Value self, const Value *args)
{
    int number;
    if (signal_number(ts, args[0], &number) == STATUS_ERROR) {
        return NO_REF;
    }
    Ref handler = handler_of(number);
    return is_error(handler) ? REF_NONE : handler;
}

static Ref signal_default_int_handler(ThreadState *ts, Value self, const Value *args)
{
    return raise_args(ts, EXC_KeyboardInterrupt, NULL, 0);
}

static Ref signal_siginterrupt(ThreadState *ts, Value self, const Value *args)
{
    int number;
    int64_t interrupt;
    struct sigaction action;
    if (signal_number(ts, args[0], &number) == STATUS_ERROR ||
        index_get(ts, args[1], &interrupt) == STATUS_ERROR) {
        return NO_REF;
    }
    sigaction(number, NULL, &action);
    action.sa_flags = interrupt != 0 ? action.sa_flags & ~SA_RESTART : action.sa_flags | SA_RESTART;
    return sigaction(number, &action, NULL) != 0 ? raise_os_error(ts, errno, NO_VALUE) : REF_NONE;
}

static Ref signal_set_wakeup_fd(ThreadState *ts, Value self, const Value *args)
{
    int64_t fd;
    if (index_get(ts, args[0], &fd) == STATUS_ERROR) {
        return NO_REF;
    }
    if (!ts->is_main) {
        return raise(ts, EXC_ValueError,
                     "set_wakeup_fd only works in main thread of the main interpreter");
    }
    if (fd != (int)fd || (fd != -1 && fcntl((int)fd, F_GETFD) < 0)) {
        return raise_os_error(ts, EBADF, NO_VALUE);
    }
    if (fd != -1 && (fcntl((int)fd, F_GETFL) & O_NONBLOCK) == 0) {
        return raise(ts, EXC_ValueError, "the fd %lld must be in non-blocking mode", (long long)fd);
    }
    return int_from_i64(ts, __atomic_exchange_n(&signals.wakeup_fd, (int)fd, __ATOMIC_RELAXED));
}

// The C library's raise(), whose name is taken here.
static int raise_here(int number) { return kill(getpid(), number); }

// --- Sending and waiting -------------------------------------------------------------------------

static Ref signal_raise_signal(ThreadState *ts, Value self, const Value *args)
{
    int64_t number;
    if (index_get(ts, args[0], &number) == STATUS_ERROR) {
        return NO_REF;
    }
    return raise_here((int)number) != 0 ? raise_os_error(ts, errno, NO_VALUE)
                                        : served(ts, REF_NONE);
}

static Ref signal_pthread_kill(ThreadState *ts, Value self, const Value *args)
{
    int64_t number;
    uint64_t ident;
    if (!value_is_int(args[0]) || !int_to_u64(args[0], &ident)) {
        return raise(ts, EXC_TypeError, "an integer is required (got type %T)", args[0]);
    }
    if (index_get(ts, args[1], &number) == STATUS_ERROR) {
        return NO_REF;
    }
    // An ident that is none would be a wild pointer for the C library.
    // The lock keeps the thread there.
    int failure = ESRCH;
    threads_lock();
    for (ThreadState *t = threads_first(); t != NULL; t = t->next) {
        if (t->native_ident == ident) {
            failure = pthread_kill((pthread_t)ident, (int)number);
            break;
        }
    }
    threads_unlock();
    return failure != 0 ? raise_os_error(ts, failure, NO_VALUE) : served(ts, REF_NONE);
}

static Ref signal_alarm(ThreadState *ts, Value self, const Value *args)
{
    int64_t seconds;
    return index_get(ts, args[0], &seconds) == STATUS_ERROR
               ? NO_REF
               : int_from_i64(ts, alarm((unsigned)seconds));
}

static Ref signal_pause(ThreadState *ts, Value self, const Value *args)
{
    wait_begin(ts);
    (void)pause();
    wait_end(ts);
    return served(ts, REF_NONE);
}

static Status timeval_of(ThreadState *ts, Value seconds, struct timeval *t)
{
    int64_t ns = 0;
    if (!is_no_value(seconds) && seconds_to_ns(ts, seconds, &ns) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    int64_t us = (ns + (ns >= 0 ? 999 : 0)) / 1000;
    *t = (struct timeval){us / 1000000, us % 1000000};
    return STATUS_OK;
}

static Ref itimer_pair(ThreadState *ts, const struct itimerval *t)
{
    OWNED Ref value =
        float_from_double(ts, (double)t->it_value.tv_sec + (double)t->it_value.tv_usec / 1e6);
    OWNED Ref interval =
        float_from_double(ts, (double)t->it_interval.tv_sec + (double)t->it_interval.tv_usec / 1e6);
    return is_error(value) || is_error(interval) ? NO_REF : tuple_pack(ts, 2, value.v, interval.v);
}

static Ref itimer_error; // the class ItimerError; made by the first import

static Ref raise_itimer_error(ThreadState *ts)
{
    int number = errno;
    OWNED Ref text = str_from_z(ts, strerror(number));
    if (is_error(text)) {
        return NO_REF;
    }
    OWNED Ref e = object_call2(ts, itimer_error.v, small_int(number), text.v);
    return is_error(e) ? NO_REF : raise_object(ts, e.v, NO_VALUE);
}

static Ref signal_setitimer(ThreadState *ts, Value self, const Value *args)
{
    int64_t which;
    struct itimerval wanted, old;
    if (index_get(ts, args[0], &which) == STATUS_ERROR ||
        timeval_of(ts, args[1], &wanted.it_value) == STATUS_ERROR ||
        timeval_of(ts, args[2], &wanted.it_interval) == STATUS_ERROR) {
        return NO_REF;
    }
    return setitimer((int)which, &wanted, &old) != 0 ? raise_itimer_error(ts)
                                                     : itimer_pair(ts, &old);
}

static Ref signal_getitimer(ThreadState *ts, Value self, const Value *args)
{
    int64_t which;
    struct itimerval now;
    if (index_get(ts, args[0], &which) == STATUS_ERROR) {
        return NO_REF;
    }
    return getitimer((int)which, &now) != 0 ? raise_itimer_error(ts) : itimer_pair(ts, &now);
}

// --- Sets of signals -----------------------------------------------------------------------------

static Status add_to_mask(ThreadState *ts, Value item, sigset_t *mask)
{
    int64_t number;
    if (index_get(ts, item, &number) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    if (!signal_number_is_valid(number)) {
        return raise_status(ts, EXC_ValueError, "signal number %lld out of range [1; %d]",
                            (long long)number, SIGNALS - 1);
    }
    // The C library keeps 32 and 33 for itself: those are passed over.
    (void)sigaddset(mask, (int)number);
    return STATUS_OK;
}

static Status mask_of(ThreadState *ts, Value iterable, sigset_t *mask)
{
    sigemptyset(mask);
    OWNED Ref iterator = object_iterate(ts, iterable);
    if (is_error(iterator)) {
        return STATUS_ERROR;
    }
    for (;;) {
        OWNED Ref item = iterator_next(ts, iterator.v);
        if (is_error(item)) {
            return has_exception(ts) ? STATUS_ERROR : STATUS_OK;
        }
        if (add_to_mask(ts, item.v, mask) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
}

static Ref set_of(ThreadState *ts, const sigset_t *mask)
{
    OWNED Ref set = set_new(ts, NO_VALUE);
    for (int number = 1; number < SIGNALS && !is_error(set); number++) {
        if (sigismember(mask, number) == 1 &&
            set_add(ts, set.v, small_int(number)) == STATUS_ERROR) {
            return NO_REF;
        }
    }
    return ref_take(&set);
}

static Ref signal_pthread_sigmask(ThreadState *ts, Value self, const Value *args)
{
    int64_t how;
    sigset_t mask, old;
    if (index_get(ts, args[0], &how) == STATUS_ERROR ||
        mask_of(ts, args[1], &mask) == STATUS_ERROR) {
        return NO_REF;
    }
    int failure = pthread_sigmask((int)how, &mask, &old);
    return failure != 0 ? raise_os_error(ts, failure, NO_VALUE) : served(ts, set_of(ts, &old));
}

static Ref signal_sigpending(ThreadState *ts, Value self, const Value *args)
{
    sigset_t mask;
    return sigpending(&mask) != 0 ? raise_os_error(ts, errno, NO_VALUE) : set_of(ts, &mask);
}

static Ref signal_sigwait(ThreadState *ts, Value self, const Value *args)
{
    sigset_t mask;
    int number = 0;
    if (mask_of(ts, args[0], &mask) == STATUS_ERROR) {
        return NO_REF;
    }
    wait_begin(ts);
    int failure = sigwait(&mask, &number);
    wait_end(ts);
    return failure != 0 ? raise_os_error(ts, failure, NO_VALUE) : int_from_i64(ts, number);
}

static Ref signal_valid_signals(ThreadState *ts, Value self, const Value *args)
{
    sigset_t mask;
    sigfillset(&mask);
    return set_of(ts, &mask);
}

static Ref signal_strsignal(ThreadState *ts, Value self, const Value *args)
{
    int number;
    if (signal_number(ts, args[0], &number) == STATUS_ERROR) {
        return NO_REF;
    }
    const char *text = strsignal(number);
    return text == NULL || strstr(text, "Unknown signal") != NULL ? REF_NONE : str_from_z(ts, text);
}

// --- The module ----------------------------------------------------------------------------------

static const NativeDef functions[] = {
    NATIVE("signal", signal_signal, "($module, signalnum, handler, /)",
           "Sets what a signal does: SIG_DFL, SIG_IGN, or a function of (number, frame).\n"
           "Returns what it did before. Main thread only."),
    NATIVE("getsignal", signal_getsignal, "($module, signalnum, /)",
           "What a signal does: SIG_DFL, SIG_IGN, a function, or None if no script set it."),
    NATIVE("default_int_handler", signal_default_int_handler, "($module, signalnum, frame, /)",
           "Raises KeyboardInterrupt: what Control-C does."),
    NATIVE("raise_signal", signal_raise_signal, "($module, signalnum, /)",
           "Sends a signal to this process."),
    NATIVE("pthread_kill", signal_pthread_kill, "($module, thread_id, signalnum, /)",
           "Sends a signal to a thread."),
    NATIVE("alarm", signal_alarm, "($module, seconds, /)", "SIGALRM after so many seconds."),
    NATIVE("pause", signal_pause, "($module, /)", "Waits until a signal arrives."),
    NATIVE("setitimer", signal_setitimer, "($module, which, seconds, interval=0.0, /)",
           "Starts one of the three interval timers; returns its old setting."),
    NATIVE("getitimer", signal_getitimer, "($module, which, /)", "An interval timer's setting."),
    NATIVE("siginterrupt", signal_siginterrupt, "($module, signalnum, flag, /)",
           "Shall the signal interrupt system calls?"),
    NATIVE("set_wakeup_fd", signal_set_wakeup_fd, "($module, fd, /, *, warn_on_full_buffer=True)",
           "Arriving signals write their number there. Returns the old descriptor."),
    NATIVE("pthread_sigmask", signal_pthread_sigmask, "($module, how, mask, /)",
           "Changes which signals the thread blocks; returns the old set."),
    NATIVE("sigpending", signal_sigpending, "($module, /)",
           "The blocked signals that have arrived."),
    NATIVE("sigwait", signal_sigwait, "($module, sigset, /)",
           "Waits for one of the signals and takes it."),
    NATIVE("valid_signals", signal_valid_signals, "($module, /)", "All signal numbers."),
    NATIVE("strsignal", signal_strsignal, "($module, signalnum, /)",
           "The system's description of a signal."),
    NATIVE_END,
};

Status signals_start(ThreadState *ts)
{
    for (int number = 1; number < SIGNALS; number++) {
        struct sigaction now;
        if (sigaction(number, NULL, &now) != 0) {
            continue;
        }
        Ref handler = now.sa_handler == SIG_DFL   ? REF_OF(small_int(0))
                      : now.sa_handler == SIG_IGN ? REF_OF(small_int(1))
                                                  : REF_NONE;
        Ref old = exchange_handler(number, handler);
        ref_drop(&old);
    }
    static const int ignored[] = {SIGPIPE, SIGXFSZ};
    for (size_t i = 0; i < ARRAY_LENGTH(ignored); i++) {
        set_disposition(ignored[i], SIG_IGN);
        Ref old = exchange_handler(ignored[i], REF_OF(small_int(1)));
        ref_drop(&old);
    }
    OWNED Ref current = handler_of(SIGINT);
    if (value_is_same(current.v, small_int(0))) {
        const NativeDef *def = functions;
        while (strcmp(def->name, "default_int_handler") != 0) {
            def++;
        }
        OWNED Ref name = str_intern_z(ts, "_signal");
        OWNED Ref handler =
            is_error(name) ? NO_REF : native_function_new(ts, def, NO_VALUE, name.v);
        if (is_error(handler)) {
            return STATUS_ERROR;
        }
        set_disposition(SIGINT, on_signal);
        Ref old = exchange_handler(SIGINT, ref_take(&handler));
        ref_drop(&old);
    }
    return STATUS_OK;
}

void signals_finish(ThreadState *ts)
{
    for (int number = 1; number < SIGNALS; number++) {
        OWNED Ref old = exchange_handler(number, NO_REF);
        if (!is_error(old) && !is_system_handler(old.v)) {
            set_disposition(number, SIG_DFL);
        }
    }
}

static Status setup(ThreadState *ts, Value module)
{
    static const struct {
        const char *name;
        int value;
    } constants[] = {
#define NAMED(name) {#name, name}
        NAMED(SIGHUP),      NAMED(SIGINT),       NAMED(SIGQUIT),        NAMED(SIGILL),
        NAMED(SIGTRAP),     NAMED(SIGIOT),       NAMED(SIGABRT),        NAMED(SIGFPE),
        NAMED(SIGKILL),     NAMED(SIGBUS),       NAMED(SIGSEGV),        NAMED(SIGSYS),
        NAMED(SIGPIPE),     NAMED(SIGALRM),      NAMED(SIGTERM),        NAMED(SIGUSR1),
        NAMED(SIGUSR2),     {"SIGCLD", SIGCHLD}, NAMED(SIGCHLD),        NAMED(SIGPWR),
        NAMED(SIGIO),       NAMED(SIGURG),       NAMED(SIGWINCH),       NAMED(SIGPOLL),
        NAMED(SIGSTOP),     NAMED(SIGTSTP),      NAMED(SIGCONT),        NAMED(SIGTTIN),
        NAMED(SIGTTOU),     NAMED(SIGVTALRM),    NAMED(SIGPROF),        NAMED(SIGXCPU),
        NAMED(SIGXFSZ),     NAMED(SIGSTKFLT),    NAMED(SIG_BLOCK),      NAMED(SIG_UNBLOCK),
        NAMED(SIG_SETMASK), NAMED(ITIMER_REAL),  NAMED(ITIMER_VIRTUAL), NAMED(ITIMER_PROF),
#undef NAMED
        {"SIG_DFL", 0},     {"SIG_IGN", 1},      {"NSIG", SIGNALS},     {"SIGRTMIN", 34},
        {"SIGRTMAX", 64},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(constants); i++) {
        if (module_add_int(ts, module, constants[i].name, constants[i].value) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    if (is_error(itimer_error)) {
        itimer_error =
            type_make_simple(ts, "signal.itimer_error", TYPE_OF_EXCEPTION(EXC_OSError), NULL);
        if (is_error(itimer_error)) {
            return STATUS_ERROR;
        }
    }
    if (module_add(ts, module, "ItimerError", itimer_error.v) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    // Scripts compare the function with what getsignal() returns:
    // it is the one that start-up installed.
    OWNED Ref handler = handler_of(SIGINT);
    return !is_error(handler) && value_is_kind(handler.v, KIND_NATIVE_FUNCTION)
               ? module_add(ts, module, "default_int_handler", handler.v)
               : STATUS_OK;
}

const ModuleSpec module_signal = {
    "_signal",
    "Signals: handlers that scripts set, run in the main thread; timers that send signals.",
    functions, setup};
