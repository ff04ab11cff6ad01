// `adder serve app.py`: starts the interpreter, loads the application, serves it, takes all down.
#include "server/serve.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/object/error.h"
#include "core/object/exception.h"
#include "core/object/str.h"
#include "core/runtime.h"
#include "gil/wait.h"
#include "server/bridge_python.h"
#include "server/server.h"

static const char usage_text[] =
    "usage: %s serve APP [options]\n"
    "\n"
    "APP is a file (app.py) or module:callable (package.module:callable) found from the current "
    "folder.\n"
    "The callable, `handle` if none is named, gets a request (method, path, query, headers, body, "
    "json())\n"
    "and returns str, bytes, a dict or list (sent as JSON), or (status, headers, body).\n";

// An application that cannot be loaded: one line where the mistake is in the command, the traceback
// where it is in the application.
static int report_load_error(ThreadState *ts, const char *program, const char *name)
{
    OWNED Ref exception = exception_fetch(ts);
    bool plain = value_is_exception_of(exception.v, EXC_OSError) ||
                 value_is_exception_of(exception.v, EXC_ModuleNotFoundError) ||
                 value_is_exception_of(exception.v, EXC_AttributeError) ||
                 value_is_exception_of(exception.v, EXC_TypeError);
    // Something went wrong inside the application's own code if the exception passed through it.
    OWNED Ref traceback = NO_REF;
    if (plain &&
        object_lookup_attribute(ts, exception.v, NAME(__traceback__), &traceback) == LOOKUP_FOUND &&
        value_is_none(traceback.v)) {
        OWNED Ref line = format_str(ts, "%s: cannot serve %s: %S\n", program, name, exception.v);
        if (!is_error(line)) {
            write_to_stderr(ts, line.v);
            exception_clear(ts);
            return 1;
        }
    }
    exception_clear(ts);
    exception_restore(ts, ref_take(&exception));
    int code = runtime_report_exception(ts);
    return code ? code : 1;
}

// With the interpreter running; returns the exit code.
static int load_and_serve(ThreadState *ts, const ServerOptions *options)
{
    OWNED Ref handler = runtime_load_application(ts, options->application);
    if (is_error(handler)) {
        return report_load_error(ts, options->program, options->application);
    }
    PythonApplication application;
    if (python_application_start(&application, ts, options->program, handler.v) == STATUS_ERROR) {
        return report_load_error(ts, options->program, options->application);
    }
    wait_begin(ts);
    int code = server_run(options, &application.base);
    wait_end(ts);
    return code;
}

// Where stdin, stdout or stderr is closed, a client's socket would get its number, and the log.
static void fill_standard_descriptors(void)
{
    int fd;
    do {
        fd = open("/dev/null", O_RDWR);
    } while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0) {
        close(fd);
    }
}

int serve_main(int argc, char **argv)
{
    ServerOptions options;
    fill_standard_descriptors();
    char usage[1024];
    server_options_init(&options);
    options.program = program_invocation_short_name;
    snprintf(usage, sizeof usage, usage_text, options.program);
    switch (server_options_parse(&options, argc - 1, argv + 1, usage)) {
    case OPTIONS_DONE:
        return 0;
    case OPTIONS_BAD:
        return 2;
    case OPTIONS_GO:
        break;
    }
    if (!options.application) {
        fprintf(stderr, "%s: which application? for instance: %s serve app.py (see --help)\n",
                options.program, options.program);
        return 2;
    }
    char *script[] = {(char *)(uintptr_t)options.application, NULL};
    RuntimeOptions runtime = {.program = program_invocation_name,
                              .argc = 1,
                              .argv = script,
                              .orig_argc = argc,
                              .orig_argv = argv,
                              .max_heap = options.max_heap};
    ThreadState *ts = runtime_create(&runtime);
    if (!ts) {
        return 1;
    }
    return runtime_destroy(ts, load_and_serve(ts, &options));
}
