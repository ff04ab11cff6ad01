// server/bridge_python.h: an application whose handler is a Python callable.
#ifndef ADDER_SERVER_BRIDGE_PYTHON_H
#define ADDER_SERVER_BRIDGE_PYTHON_H

#include "gil/ref.h"
#include "server/bridge.h"

typedef struct PythonApplication {
    Application base;         // first
    ThreadState *main_thread; // detached while the server runs, but for the first server thread
    Value handler;            // kept alive by whoever started the application
    const char *program;
    uint64_t failures; // atomic: handlers that raised or returned nonsense
} PythonApplication;

// On the main thread, attached. STATUS_ERROR: MemoryError is set.
Status python_application_start(PythonApplication *application, ThreadState *ts,
                                const char *program, Value handler);

#endif
