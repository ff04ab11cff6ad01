// core/runtime.h: the runtime as its users see it: create, run scripts, call a handler, destroy.
// server/ and stress/ use nothing else of core/ (but for the object headers).
//
//   RuntimeOptions options = {.program = argv[0]};
//   ThreadState *ts = runtime_create(&options);    // this thread is now the main one, attached
//   int code = runtime_run_file(ts, "script.py");  // exit code, errors reported
//   return runtime_destroy(ts, code);
//
// Threads  create and destroy on one thread. Other threads enter with runtime_thread_enter
//          and may then call scripts until runtime_thread_leave.
// Errors   running returns the exit code that CPython would give; exceptions are printed.
#ifndef ADDER_CORE_RUNTIME_H
#define ADDER_CORE_RUNTIME_H

#include "core/vm/runtime_state.h"

// NULL: a message has been printed (out of memory, library folder missing).
ThreadState *runtime_create(const RuntimeOptions *options);
// Waits for script threads that are no daemons, runs what scripts left for the end, flushes, frees
// everything. Returns the exit code: `code`, or 120 when stdout could not be flushed.
int runtime_destroy(ThreadState *ts, int code);

int runtime_run_file(ThreadState *ts, const char *path); // "-": standard input
int runtime_run_string(ThreadState *ts, const char *source);
int runtime_run_module(ThreadState *ts, const char *name); // as -m: a package runs its __main__
int runtime_run_stdin(ThreadState *ts, const char *name);
// Whether the last of these ended with KeyboardInterrupt: the process should then die of SIGINT,
// after runtime_destroy, so that a shell's loop around it stops as well.
bool runtime_interrupted(void);
// The prompt; with a file that was run before (-i) its names are there.
int runtime_run_prompt(ThreadState *ts);

// Compiles and runs `source` in __main__'s namespace. NO_REF: exception set.
Ref runtime_execute(ThreadState *ts, const char *source, size_t size, Value filename,
                    int mode /* ParseMode */, bool *incomplete);

// Loads an application: "app.py" or "package.module:callable" (default callable: `handle`). A new
// reference; NO_REF: exception set.
Ref runtime_load_application(ThreadState *ts, const char *spec);

// Prints the pending exception as an uncaught one and returns the exit
// code it asks for (SystemExit).
int runtime_report_exception(ThreadState *ts);

// Everything a descriptor gives, to be freed with free(); NULL: errno.
char *runtime_read_file(int fd, size_t *size);

// Attaches the calling thread, which is not one of Python's.
// NULL: too many threads or out of memory.
ThreadState *runtime_thread_enter(void);
void runtime_thread_leave(ThreadState *ts);

#endif
