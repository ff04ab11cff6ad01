// core/modules/faulthandler.c: faulthandler: a word on standard error before
// a fatal signal ends the process.
//
// Of CPython's module only enable, disable, is_enabled and dump_traceback are here:
// a handler that runs in the middle of anything cannot walk the frames of other threads.
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "core/object/container.h"
#include "core/object/int.h"
#include "core/object/module.h"
#include "core/object/str.h"
#include "core/vm/import.h"

static const struct {
    int number;
    const char *message;
} fatal[] = {{SIGBUS, "Fatal Python error: Bus error\n\n"},
             {SIGILL, "Fatal Python error: Illegal instruction\n\n"},
             {SIGFPE, "Fatal Python error: Floating point exception\n\n"},
             {SIGABRT, "Fatal Python error: Aborted\n\n"},
             {SIGSEGV, "Fatal Python error: Segmentation fault\n\n"}};

static struct sigaction previous[ARRAY_LENGTH(fatal)];
static bool enabled;       // atomic
static int descriptor = 2; // atomic

static void on_fatal(int number)
{
    for (size_t i = 0; i < ARRAY_LENGTH(fatal); i++) {
        if (fatal[i].number == number) {
            if (write(atomic_load_relaxed(&descriptor), fatal[i].message,
                      strlen(fatal[i].message)) < 0) {
                break; // nobody is left to tell
            }
        }
    }
    signal(number, SIG_DFL);
    kill(getpid(), number);
}

static Status descriptor_of(ThreadState *ts, Value file, int *fd)
{
    *fd = 2;
    if (is_no_value(file) || value_is_none(file)) {
        return STATUS_OK;
    }
    OWNED Ref number =
        value_is_int(file) ? ref_new(file) : object_call_method_z(ts, file, "fileno", NULL, 0);
    int64_t n;
    if (is_error(number) || index_get(ts, number.v, &n) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    *fd = (int)n;
    return STATUS_OK;
}

static Ref enable(ThreadState *ts, Value self, const Value *args)
{
    int fd;
    if (descriptor_of(ts, args[0], &fd) == STATUS_ERROR) {
        return NO_REF;
    }
    atomic_store_relaxed(&descriptor, fd);
    if (!atomic_load_relaxed(&enabled)) {
        atomic_store_relaxed(&enabled, true);
        struct sigaction action = {.sa_handler = on_fatal, .sa_flags = SA_NODEFER | SA_ONSTACK};
        for (size_t i = 0; i < ARRAY_LENGTH(fatal); i++) {
            sigaction(fatal[i].number, &action, &previous[i]);
        }
    }
    return REF_NONE;
}

static Ref disable(ThreadState *ts, Value self, const Value *args)
{
    bool was = atomic_load_relaxed(&enabled);
    if (was) {
        atomic_store_relaxed(&enabled, false);
        for (size_t i = 0; i < ARRAY_LENGTH(fatal); i++) {
            sigaction(fatal[i].number, &previous[i], NULL);
        }
    }
    return REF_OF(bool_value(was));
}

static Ref is_enabled(ThreadState *ts, Value self, const Value *args)
{
    return REF_OF(bool_value(atomic_load_relaxed(&enabled)));
}

// The calling thread's stack, by the library's traceback.
static Ref dump_traceback(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref module = import_module(ts, "traceback");
    Value none[3] = {VALUE_NONE, VALUE_NONE, is_no_value(args[0]) ? VALUE_NONE : args[0]};
    return is_error(module) ? NO_REF : object_call_method_z(ts, module.v, "print_stack", none, 3);
}

static const NativeDef functions[] = {
    NATIVE("enable", enable, "($module, /, file=None, all_threads=True)",
           "Say what happened before a fatal signal."),
    NATIVE("disable", disable, "($module, /)", "Leave fatal signals alone."),
    NATIVE("is_enabled", is_enabled, "($module, /)", "Whether fatal signals are handled."),
    NATIVE("dump_traceback", dump_traceback, "($module, /, file=None, all_threads=True)",
           "Print the calling thread's stack."),
    NATIVE_END,
};

extern const ModuleSpec module_faulthandler;
const ModuleSpec module_faulthandler = {"faulthandler", "Fatal signals.", functions, NULL};
