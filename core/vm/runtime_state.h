// core/vm/runtime_state.h: what the whole process has once:
// the module table, builtins, sys, options.
//
// Threads  set up before scripts run, then read by all; the dicts protect themselves.
#ifndef ADDER_CORE_VM_RUNTIME_STATE_H
#define ADDER_CORE_VM_RUNTIME_STATE_H

#include "core/object/dict.h"
#include "core/object/module.h"

typedef struct RuntimeOptions {
    const char *program; // argv[0]
    const char *stdlib;  // library folder, or NULL: ADDER_STDLIB, else Debian's
    int argc;            // sys.argv
    char **argv;
    int orig_argc;
    char **orig_argv;
    bool interactive, unbuffered, no_site, dont_write_bytecode, quiet, inspect, isolated;
    int optimize, verbose;
    uint64_t fail_allocation; // debug builds: the n-th allocation of the script fails
    bool fail_forever;
    const char *warnings[16]; // -W, for sys.warnoptions
    int warning_count;
    const char *x_options[16]; // -X, for sys._xoptions
    int x_count;
    uint64_t max_heap; // bytes; 0: three quarters of the machine's or container's memory
} RuntimeOptions;

typedef struct RuntimeState {
    Ref modules;       // sys.modules, a dict
    Ref builtins;      // module
    Ref builtins_dict; // its namespace
    Ref sys;           // module
    Ref main_globals;  // namespace of __main__
    RuntimeOptions options;
    bool finalizing;
} RuntimeState;

extern RuntimeState runtime_state;

// sys.NAME as a new reference, or NO_REF without an exception (core/modules/sys.c).
Ref sys_attribute(ThreadState *ts, const char *name);

#endif
