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
static void read_prompt(ThreadState *ts, const char *name, const char *otherwise, char *out, size_t size)
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

static bool append(char **text, size_t *size, const char *line)
{
    size_t n = strlen(line);
    char *grown = realloc(*text, *size + n + 2);
    if (grown == NULL) {
        return false;
    }
    memcpy(grown + *size, line, n);
    grown[*size + n] = '\n';
    grown[*size + n + 1] = '\0';
    *text = grown;
    *size += n + 1;
    return true;
}

static bool is_blank(const char *line) { return line[strspn(line, " \t")] == '\0'; }

// Compiles what has been typed. A block goes on until an empty line.
static Ref try_compile(ThreadState *ts, const char *text, size_t size, bool last_blank, bool *incomplete)
{
    OWNED Ref filename = ref_new(NAME(stdin_));
    CompileOptions options = {.mode = PARSE_SINGLE, .is_text = true, .allow_incomplete = true, .incomplete = incomplete};
    Ref code = compile_source(ts, text, size, filename.v, &options);
    bool is_block = memchr(text, '\n', size - 1) != NULL;
    if (!is_error(code) && is_block && !last_blank) { // def f(): with a body so far
        ref_drop(&code);
        *incomplete = true;
        return NO_REF;
    }
    if (!is_error(code) || !*incomplete) {
        return code;
    }
    exception_clear(ts);
    return NO_REF;
}

// False at the end of input; *code is the exit code when a statement asked to leave.
static bool run_statement(ThreadState *ts, int *code)
{
    char prompt[64];
    char *text = NULL;
    size_t size = 0;
    bool incomplete = false;
    Ref compiled = NO_REF;
    do {
        read_prompt(ts, text == NULL ? "ps1" : "ps2", text == NULL ? ">>> " : "... ", prompt, sizeof prompt);
        char *line = read_line(ts, prompt);
        if (line == NULL) {
            bool at_start = text == NULL;
            free(text);
            if (!safepoint_poll(ts)) {
                runtime_report_exception(ts);
                return true;
            }
            if (at_start) {
                puts("");
            }
            return !at_start;
        }
        bool blank = is_blank(line);
        bool ok = append(&text, &size, line);
        free(line);
        if (!ok) {
            raise_no_memory(ts);
            break;
        }
        if (blank && strcmp(text, "\n") == 0) {
            free(text);
            return true;
        }
        incomplete = false;
        compiled = try_compile(ts, text, size, blank, &incomplete);
    } while (incomplete);
    free(text);
    OWNED Ref result = is_error(compiled) ? NO_REF
                                          : interpreter_run_code(ts, compiled.v, runtime_state.main_globals.v, NO_VALUE, NO_VALUE);
    ref_drop(&compiled);
    if (is_error(result)) {
        bool leaving = exception_matches(ts, EXC_SystemExit);
        int asked = runtime_report_exception(ts);
        if (leaving) {
            *code = asked;
            return false;
        }
    }
    sys_flush_streams(ts);
    return true;
}

int runtime_run_prompt(ThreadState *ts)
{
    if (!runtime_state.options.quiet) {
        fprintf(stderr, "Adder 0.1.0 (%s), Python 3.11. Ctrl+D leaves.\n", POLICY_FREE_THREADED ? "free-threaded" : "GIL");
    }
    OWNED Ref first = str_empty();
    OWNED Ref path = sys_attribute(ts, "path");
    Value args[2] = {small_int(0), first.v};
    OWNED Ref inserted = is_error(path) ? NO_REF : object_call_method_z(ts, path.v, "insert", args, 2);
    exception_clear(ts);
    int code = 0;
    while (run_statement(ts, &code)) {
    }
    return code;
}
