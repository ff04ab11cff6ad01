// server/main.c: the command line: runs scripts, the prompt, `serve`,
// or the program adder-NAME beside it.
#include <errno.h>
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc/fault.h"
#include "core/runtime.h"
#include "server/serve.h"

static const char help_text[] =
    "usage: %1$s [option] ... [-c CODE | -m MODULE | FILE | -] [ARG] ...\n"
    "       %1$s serve APP [option] ...     serve requests (see %1$s serve --help)\n"
    "       %1$s compare | stress ...       compare both programs, stress the runtime\n"
    "       %1$s                            an interactive prompt\n"
    "\n"
    "  -c CODE         run a string\n"
    "  -m MODULE       run a library module as a script\n"
    "  -               run what standard input gives\n"
    "  -i              go on at the prompt after a script\n"
    "  -u              do not buffer stdout and stderr\n"
    "  -O, -OO         leave out assert statements; and docstrings\n"
    "  -B              write no bytecode files\n"
    "  -I              ignore PYTHON* variables\n"
    "  -q              no banner at the prompt\n"
    "  -V, --version   print the version\n"
    "  -h, --help      this text\n"
    "  --max-heap SIZE ceiling for the heap, e.g. 512m or 2g (default: 3/4 of the memory); beyond "
    "it MemoryError\n"
#if ADDER_DEBUG
    "  --fail-alloc N[,forever]   let the N-th allocation fail, and with `forever` every later "
    "one\n"
#endif
    "\n"
    "Environment: ADDER_STDLIB (folder of the Python library), PYTHONPATH, PYTHONHASHSEED, "
    "PYTHONUNBUFFERED,\n"
    "PYTHONDONTWRITEBYTECODE.\n";

static int usage_error(const char *program, const char *format, const char *what)
{
    fprintf(stderr, "%s: ", program);
    fprintf(stderr, format, what);
    fprintf(stderr, "\nTry '%s --help'.\n", program);
    return 2;
}

// "512m", "2g", "1048576" in bytes; 0: malformed.
static uint64_t parse_size(const char *text)
{
    char *end;
    errno = 0;
    unsigned long long n = strtoull(text, &end, 10);
    if (end == text || errno != 0 || *text == '-') {
        return 0;
    }
    unsigned shift = 0;
    switch (*end) {
    case 'k':
    case 'K':
        shift = 10;
        end++;
        break;
    case 'm':
    case 'M':
        shift = 20;
        end++;
        break;
    case 'g':
    case 'G':
        shift = 30;
        end++;
        break;
    default:
        break;
    }
    return *end != '\0' || n > UINT64_MAX >> shift ? 0 : (uint64_t)n << shift;
}

// `adder stress …` runs adder-stress beside this program; addert's own is addert-stress,
// a program that serves both (adder-compare) is found under adder's name.
static int run_sibling(const char *program, int argc, char **argv)
{
    char self[4096], path[8192];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (n <= 0) {
        return usage_error(program, "cannot tell where this program is: %s", strerror(errno));
    }
    self[n] = '\0';
    char *folder = dirname(self);
    const char *names[2] = {POLICY_FREE_THREADED ? "addert" : "adder", "adder"};
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s-%s", folder, names[i], argv[1]);
        if (access(path, X_OK) == 0) {
            argv[1] = path;
            execv(path, argv + 1);
            return usage_error(program, "cannot run %s", path);
        }
    }
    (void)argc;
    return -1;
}

typedef struct Command {
    const char *code, *module;
    bool inspect;
    int first; // index of the script and its arguments
} Command;

static bool flag_from_environment(const RuntimeOptions *o, const char *name)
{
    const char *value = o->isolated ? NULL : getenv(name);
    return value != NULL && *value != '\0';
}

static int parse_long_option(RuntimeOptions *o, const char *program, const char *name,
                             const char *value)
{
    if (strcmp(name, "--max-heap") == 0) {
        o->max_heap = value != NULL ? parse_size(value) : 0;
        return o->max_heap != 0
                   ? 0
                   : usage_error(program, "--max-heap wants a size such as 512m, not '%s'",
                                 value ? value : "");
    }
    if (ADDER_DEBUG && strcmp(name, "--fail-alloc") == 0) {
        char *end = NULL;
        unsigned long long nth = value != NULL ? strtoull(value, &end, 10) : 0;
        bool forever = end != NULL && strcmp(end, ",forever") == 0;
        if (nth == 0 || (*end != '\0' && !forever)) {
            return usage_error(program, "--fail-alloc wants N or N,forever, not '%s'",
                               value ? value : "");
        }
        o->fail_allocation = nth;
        o->fail_forever = forever;
        return 0;
    }
    return usage_error(program, "unknown option %s", name);
}

// -1: go on; otherwise the exit code.
static int parse_options(RuntimeOptions *o, Command *command, int argc, char **argv)
{
    const char *program = argv[0];
    int i = 1;
    for (; i < argc && argv[i][0] == '-' && argv[i][1] != '\0'; i++) {
        const char *arg = argv[i];
        if (strcmp(arg, "--help") == 0 || strcmp(arg, "-h") == 0) {
            printf(help_text, program);
            return 0;
        }
        if (strcmp(arg, "--version") == 0 || strcmp(arg, "-V") == 0) {
            puts(POLICY_FREE_THREADED ? "Adder 0.1.0 (addert, free-threaded), Python 3.11"
                                      : "Adder 0.1.0 (adder, GIL), Python 3.11");
            return 0;
        }
        if (arg[1] == '-') {
            char name[64];
            size_t size = strcspn(arg, "=");
            snprintf(name, sizeof name, "%.*s", (int)MIN_OF(size, sizeof name - 1), arg);
            const char *value = arg[size] == '=' ? arg + size + 1 : i + 1 < argc ? argv[++i] : NULL;
            int failed = parse_long_option(o, program, name, value);
            if (failed != 0) {
                return failed;
            }
            continue;
        }
        for (const char *letter = arg + 1; *letter != '\0'; letter++) {
            switch (*letter) {
            case 'c':
            case 'm': {
                const char *value = letter[1] != '\0' ? letter + 1
                                    : i + 1 < argc    ? argv[++i]
                                                      : NULL;
                if (value == NULL) {
                    return usage_error(program, *letter == 'c' ? "-c wants %s" : "-m wants %s",
                                       *letter == 'c' ? "code" : "a module");
                }
                if (*letter == 'c') {
                    command->code = value;
                } else {
                    command->module = value;
                }
                command->first = i + 1;
                return -1;
            }
            case 'i':
                o->interactive = command->inspect = o->inspect = true;
                break;
            case 'u':
                o->unbuffered = true;
                break;
            case 'O':
                o->optimize++;
                break;
            case 'B':
                o->dont_write_bytecode = true;
                break;
            case 'I':
                o->isolated = true;
                break;
            case 'E':
                o->isolated = true;
                break;
            case 'q':
                o->quiet = true;
                break;
            case 's':
            case 'S':
                break; // no site-packages are ever added
            case 'b':
            case 'd':
            case 'v':
            case 'x':
                break;
            case 'X':
            case 'W': {
                const char *value = letter[1] != '\0' ? letter + 1
                                    : i + 1 < argc    ? argv[++i]
                                                      : NULL;
                if (value == NULL) {
                    fprintf(stderr, "Argument expected for the -%c option\n", *letter);
                    return usage_error(program, "%s", "an argument is missing");
                }
                int *count = *letter == 'W' ? &o->warning_count : &o->x_count;
                if (*count == (int)ARRAY_LENGTH(o->warnings)) {
                    return usage_error(program, "%s", "too many -W or -X options");
                }
                (*letter == 'W' ? o->warnings : o->x_options)[(*count)++] = value;
                letter = "x"; // the rest of the word was the value
                break;
            }
            default: {
                char shown[3] = {'-', *letter, '\0'};
                return usage_error(program, "unknown option %s", shown);
            }
            }
        }
    }
    command->first = i;
    return -1;
}

static int run(ThreadState *ts, const Command *command, int argc, char **argv)
{
    int code;
    bool prompt = command->inspect;
    if (command->code != NULL) {
        code = runtime_run_string(ts, command->code);
    } else if (command->module != NULL) {
        code = runtime_run_module(ts, command->module);
    } else if (command->first < argc && strcmp(argv[command->first], "-") != 0) {
        code = runtime_run_file(ts, argv[command->first]);
    } else if (isatty(0) || (command->inspect && command->first >= argc)) {
        return runtime_run_prompt(ts);
    } else {
        code = runtime_run_stdin(ts, "<stdin>");
    }
    return prompt ? runtime_run_prompt(ts) : code;
}

// Whether the first word names a script. A folder of that name does not hide a command.
static bool is_script(const char *word)
{
    struct stat s;
    return stat(word, &s) == 0 && !S_ISDIR(s.st_mode);
}

int main(int argc, char **argv)
{
    if (argc > 1 && argv[1][0] != '-' && !is_script(argv[1])) {
        if (strcmp(argv[1], "serve") == 0) {
            return serve_main(argc - 1, argv + 1);
        }
        if (strchr(argv[1], '/') == NULL && strchr(argv[1], '.') == NULL) {
            int code = run_sibling(argv[0], argc, argv);
            if (code >= 0) {
                return code;
            }
        }
    }
    RuntimeOptions options = {.program = argv[0], .orig_argc = argc, .orig_argv = argv};
    Command command = {.first = argc};
    int code = parse_options(&options, &command, argc, argv);
    if (code >= 0) {
        return code;
    }
    options.unbuffered |= flag_from_environment(&options, "PYTHONUNBUFFERED");
    options.dont_write_bytecode |= flag_from_environment(&options, "PYTHONDONTWRITEBYTECODE");
    // sys.argv[0] is "-c", "-m", the script, or "".
    static char dash_c[] = "-c", dash_m[] = "-m", empty[] = "";
    bool named = command.code != NULL || command.module != NULL;
    options.argc = named ? argc - command.first + 1 : argc - command.first;
    options.argv = calloc((size_t)options.argc + 2, sizeof(char *));
    if (options.argv == NULL) {
        return usage_error(argv[0], "%s", "out of memory");
    }
    int used = 0;
    if (named) {
        options.argv[used++] = command.code != NULL ? dash_c : dash_m;
    }
    for (int i = command.first; i < argc; i++) {
        options.argv[used++] = argv[i];
    }
    if (used == 0) {
        options.argv[used++] = empty;
        options.argc = 1;
        options.interactive = options.interactive || isatty(0);
    }
    ThreadState *ts = runtime_create(&options);
    if (ts == NULL) {
        return 1;
    }
    if (options.fail_allocation != 0) {
        fault_fail_allocation(options.fail_allocation, options.fail_forever);
    }
    code = run(ts, &command, argc, argv);
    bool interrupted = runtime_interrupted() && !command.inspect;
    code = runtime_destroy(ts, code);
    free(options.argv);
    if (interrupted) {
        signal(SIGINT, SIG_DFL);
        kill(getpid(), SIGINT);
    }
    return code;
}
