// core/vm/prompt.c: the interactive prompt, on libedit.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/compiler/compile.h"
#include "core/modules/sys.h"
#include "core/object/str.h"
#include "core/runtime.h"
#include "core/vm/frame.h"
#include "core/vm/line_reader.h"
#include "gil/wait.h"

// sys.ps1 or sys.ps2 as text for the terminal.
static void read_prompt(ThreadState *ts, const char *name, const char *otherwise, char *out,
                        size_t size)
{
    OWNED Ref value = sys_attribute(ts, name);
    OWNED Ref text = is_error(value) ? NO_REF : object_str(ts, value.v);
    size_t length;
    const char *utf8 = is_error(text) ? NULL : str_utf8(ts, text.v, &length);
    snprintf(out, size, "%s", utf8 != NULL ? utf8 : otherwise);
    exception_clear(ts);
}

static char *read_line(ThreadState *ts, const char *prompt)
{
    wait_begin(ts);
    char *line = line_read(prompt);
    wait_end(ts);
    return line;
}

// Adds a line to what has been typed: lines are joined by newlines, none at the end.
static bool append(char **text, size_t *size, const char *line)
{
    size_t n = strlen(line);
    char *grown = realloc(*text, *size + n + 2);
    if (grown == NULL) {
        return false;
    }
    if (*text != NULL) {
        grown[(*size)++] = '\n';
    }
    memcpy(grown + *size, line, n + 1);
    *text = grown;
    *size += n;
    return true;
}

static bool is_blank(const char *line)
{
    line += strspn(line, " \t\f");
    return *line == '\0' || *line == '#';
}

// Compiles what has been typed; *incomplete: one more line could complete it
// (core/compiler/parser.h).
static Ref try_compile(ThreadState *ts, const char *text, size_t size, bool last, bool *incomplete)
{
    OWNED Ref filename = ref_new(NAME(stdin_));
    CompileOptions options = {.mode = PARSE_SINGLE,
                              .is_text = true,
                              .no_dedent = !last,
                              .optimize = runtime_state.options.optimize,
                              .incomplete = incomplete};
    *incomplete = false;
    Ref code = compile_source(ts, text, size, filename.v, &options);
    *incomplete = !last && (*incomplete || (is_error(code) && text[size - 1] == '\\'));
    if (!*incomplete) {
        return code;
    }
    ref_drop(&code);
    if (text[size - 1] == '\n') { // a blank line: no block follows where one must
        code = try_compile(ts, text, size, true, incomplete);
        if (exception_matches(ts, EXC_IndentationError)) {
            return code;
        }
        ref_drop(&code);
        *incomplete = true;
    }
    exception_clear(ts);
    return NO_REF;
}

// A bare `exit` says how to leave, as CPython's does.
static bool explains_leaving(ThreadState *ts, const char *text)
{
    if (strcmp(text, "exit") != 0 && strcmp(text, "quit") != 0) {
        return false;
    }
    OWNED Ref own = NO_REF;
    if (dict_get_z(ts, dict_from(runtime_state.main_globals.v), text, &own) == LOOKUP_FOUND) {
        return false;
    }
    printf("Use %s() or Ctrl-D (i.e. EOF) to exit\n", text);
    return true;
}

typedef enum Typed { TYPED_CODE, TYPED_NOTHING, TYPED_END } Typed;

// Reads one statement. TYPED_CODE: *code, or NO_REF with its error set. TYPED_NOTHING: a blank
// line, or Ctrl+C, already reported.
static Typed read_statement(ThreadState *ts, Ref *code)
{
    char prompt[64];
    char *text = NULL;
    size_t size = 0;
    bool incomplete = true;
    Typed typed = TYPED_CODE;
    while (incomplete) {
        read_prompt(ts, text == NULL ? "ps1" : "ps2", text == NULL ? ">>> " : "... ", prompt,
                    sizeof prompt);
        char *line = read_line(ts, prompt);
        if (line == NULL && !safepoint_poll(ts)) {
            runtime_report_exception(ts);
            typed = TYPED_NOTHING;
            break;
        }
        if (line == NULL) {
            puts("");
            if (text == NULL) {
                typed = TYPED_END;
            } else {
                *code = try_compile(ts, text, size, true, &incomplete);
            }
            break;
        }
        bool ignored = text == NULL && (is_blank(line) || explains_leaving(ts, line));
        bool added = !ignored && append(&text, &size, line);
        free(line);
        if (ignored) {
            typed = TYPED_NOTHING;
            break;
        }
        if (!added) {
            raise_no_memory(ts);
            break;
        }
        *code = try_compile(ts, text, size, false, &incomplete);
    }
    free(text);
    return typed;
}

// False when it is time to leave; *code is the exit code when a statement asked for it.
static bool run_statement(ThreadState *ts, int *code)
{
    OWNED Ref compiled = NO_REF;
    Typed typed = read_statement(ts, &compiled);
    if (typed != TYPED_CODE) {
        return typed == TYPED_NOTHING;
    }
    OWNED Ref result = is_error(compiled)
                           ? NO_REF
                           : interpreter_run_code(ts, compiled.v, runtime_state.main_globals.v,
                                                  NO_VALUE, NO_VALUE);
    ref_drop(&compiled);
    if (is_error(result)) {
        bool leaving = exception_matches(ts, EXC_SystemExit);
        int asked = runtime_report_exception(ts);
        if (leaving) {
            *code = asked;
            return false;
        }
    }
    sys_flush_streams(ts, false);
    return true;
}

int runtime_run_prompt(ThreadState *ts)
{
    if (!runtime_state.options.quiet) {
        fprintf(stderr, "Adder 0.1.0 (%s), Python 3.11. Ctrl+D leaves.\n",
                POLICY_FREE_THREADED ? "free-threaded" : "GIL");
    }
    OWNED Ref first = str_empty();
    OWNED Ref path = sys_attribute(ts, "path");
    Value args[2] = {small_int(0), first.v};
    OWNED Ref inserted =
        is_error(path) ? NO_REF : object_call_method_z(ts, path.v, "insert", args, 2);
    exception_clear(ts);
    int code = 0;
    while (run_statement(ts, &code)) {
    }
    return code;
}
