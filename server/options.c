#include "server/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECONDS(n) ((uint64_t)(n)*1000000000u)

void server_options_init(ServerOptions *options)
{
    *options = (ServerOptions){
        .program = "adder",
        .bind = "127.0.0.1:8080",
        .threads = 1,
        .limits = HTTP_LIMITS_DEFAULT,
        .output_bytes = 65536,
        .head_timeout_ns = SECONDS(10),
        .body_timeout_ns = SECONDS(10),
        .body_rate = 1024,
        .idle_timeout_ns = SECONDS(75),
        .write_timeout_ns = SECONDS(30),
        .linger_timeout_ns = SECONDS(1),
        .shutdown_timeout_ns = SECONDS(30),
        .stats_file = getenv("ADDER_STATS_FILE"),
        .ring = RING_OPTIONS_DEFAULT,
    };
}

typedef enum Kind { K_TEXT, K_FLAG, K_COUNT, K_BYTES32, K_BYTES64, K_TIME, K_FAULTS } Kind;

typedef struct Option {
    const char *name, *value, *help;
    Kind kind;
    size_t offset;
    uint64_t min, max; // of numbers
} Option;

#define FIELD(field) offsetof(ServerOptions, field)
#define MIB          (1024u * 1024u)
// A row without help is for tests and not shown.
static const Option table[] = {
    {"--bind", "HOST:PORT", "where to listen; port 0 takes a free one (127.0.0.1:8080)", K_TEXT,
     FIELD(bind), 0, 0},
    {"--threads", "N", "server threads, each with a ring and an interpreter thread (1)", K_COUNT,
     FIELD(threads), 1, 1024},
    {"--max-request-line", "BYTES", "longer request lines get 414 (8K)", K_BYTES32,
     FIELD(limits.request_line_bytes), 64, 512 * 1024},
    {"--max-head", "BYTES", "longer heads get 431 (32K)", K_BYTES32, FIELD(limits.head_bytes), 128,
     MIB},
    {"--max-fields", "N", "more header fields get 431 (100)", K_COUNT, FIELD(limits.field_count), 1,
     HTTP_HEADERS_MAX},
    {"--max-body", "BYTES", "longer bodies get 413 (8M)", K_BYTES64, FIELD(limits.body_bytes), 0,
     (uint64_t)1 << 40},
    {"--max-buffered", "BYTES", "answers kept for a client that does not read (64K)", K_BYTES64,
     FIELD(output_bytes), 1, 1024 * MIB},
    {"--head-timeout", "SECONDS", "from a request's first byte to the end of its head (10)", K_TIME,
     FIELD(head_timeout_ns), 0, 0},
    {"--body-timeout", "SECONDS", "for a body; each KiB that comes adds a second (10)", K_TIME,
     FIELD(body_timeout_ns), 0, 0},
    {"--idle-timeout", "SECONDS", "between two requests of a connection (75)", K_TIME,
     FIELD(idle_timeout_ns), 0, 0},
    {"--write-timeout", "SECONDS", "for a client to take any of its answer (30)", K_TIME,
     FIELD(write_timeout_ns), 0, 0},
    {"--shutdown-timeout", "SECONDS", "for requests in flight after SIGTERM or SIGINT (30)", K_TIME,
     FIELD(shutdown_timeout_ns), 0, 0},
    {"--stats-file", "FILE", "write statistics as JSON at the end (or ADDER_STATS_FILE)", K_TEXT,
     FIELD(stats_file), 0, 0},
    {"--max-heap", "BYTES", "beyond it handlers get MemoryError (three quarters of the memory)",
     K_BYTES64, FIELD(max_heap), MIB, (uint64_t)1 << 47},
    {"--quiet", NULL, "do not print the address", K_FLAG, FIELD(quiet), 0, 0},
    {"--linger-timeout", "SECONDS", NULL, K_TIME, FIELD(linger_timeout_ns), 0, 0},
    {"--ring-submissions", "N", NULL, K_COUNT, FIELD(ring.submissions), 1, 32768},
    {"--ring-completions", "N", NULL, K_COUNT, FIELD(ring.completions), 2, 65536},
    {"--ring-buffers", "N", NULL, K_COUNT, FIELD(ring.buffer_count), 1, 32768},
    {"--ring-buffer-bytes", "BYTES", NULL, K_BYTES32, FIELD(ring.buffer_bytes), 1, MIB},
    {"--ring-faults", "SEED:PER_MILLE", NULL, K_FAULTS, FIELD(faults), 0, 0},
};

static void print_help(const char *usage)
{
    printf("%s\noptions:\n", usage);
    for (size_t i = 0; i < ARRAY_LENGTH(table); i++) {
        const Option *o = &table[i];
        if (o->help) {
            char left[64];
            snprintf(left, sizeof left, "%s %s", o->name, o->value ? o->value : "");
            printf("  %-28s %s\n", left, o->help);
        }
    }
    printf("  %-28s %s\n\nBYTES may end in K, M or G.\n", "--help", "print this");
}

// Digits with an optional unit; false if there is anything else.
static bool parse_number(const char *text, bool units, uint64_t *out)
{
    uint64_t n = 0;
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 12) {
        return false;
    }
    for (size_t i = 0; i < digits; i++) {
        n = n * 10 + (uint64_t)(text[i] - '0');
    }
    const char *unit = text + digits;
    if (units && *unit && !unit[1]) {
        const char *at = strchr("KMG", *unit & ~0x20);
        if (!at) {
            return false;
        }
        n <<= 10 * (at - "KMG" + 1);
        unit++;
    }
    *out = n;
    return *unit == 0;
}

static bool parse_seconds(const char *text, uint64_t *out)
{
    char *end;
    double seconds = strtod(text, &end);
    if (end == text || *end || !(seconds >= 0) || seconds > 1e6) {
        return false;
    }
    *out = (uint64_t)(seconds * 1e9);
    return true;
}

static bool parse_faults(const char *text, ServerOptions *options)
{
    unsigned long long seed;
    unsigned per_mille = 100;
    if (sscanf(text, "%llu:%u", &seed, &per_mille) < 1) {
        return false;
    }
    options->faults_on = true;
    options->faults = (FaultOptions){.seed = seed,
                                     .per_mille = per_mille,
                                     .vanish = 50,
                                     .queue_full = per_mille / 2,
                                     .clock = true};
    return true;
}

// Stores a value; returns what is wrong with it, or NULL.
static const char *store(ServerOptions *options, const Option *o, const char *text)
{
    void *field = (char *)options + o->offset;
    uint64_t n;
    switch (o->kind) {
    case K_TEXT:
        *(const char **)field = text;
        return NULL;
    case K_FLAG:
        *(bool *)field = true;
        return NULL;
    case K_TIME:
        return parse_seconds(text, field) ? NULL : "expected seconds";
    case K_FAULTS:
        return parse_faults(text, options) ? NULL : "expected SEED:PER_MILLE";
    default:
        if (!parse_number(text, o->kind != K_COUNT, &n)) {
            return "expected a number";
        }
        if (n < o->min || n > o->max) {
            return "out of range";
        }
        if (o->kind == K_BYTES64) {
            *(uint64_t *)field = n;
        } else {
            *(uint32_t *)field = (uint32_t)n;
        }
        return NULL;
    }
}

static const Option *find_option(const char *word, size_t size)
{
    for (size_t i = 0; i < ARRAY_LENGTH(table); i++) {
        if (strlen(table[i].name) == size && memcmp(table[i].name, word, size) == 0) {
            return &table[i];
        }
    }
    return NULL;
}

OptionsResult server_options_parse(ServerOptions *options, int argc, char **argv, const char *usage)
{
    const char *program = options->program;
    for (int i = 0; i < argc; i++) {
        const char *word = argv[i];
        if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
            print_help(usage);
            return OPTIONS_DONE;
        }
        if (word[0] != '-' || !word[1]) {
            if (options->application) {
                fprintf(stderr, "%s: one application, not two: '%s', '%s'\n", program,
                        options->application, word);
                return OPTIONS_BAD;
            }
            options->application = word;
            continue;
        }
        const char *equals = strchr(word, '=');
        const Option *o = find_option(word, equals ? (size_t)(equals - word) : strlen(word));
        if (!o || (o->kind == K_FLAG && equals)) {
            fprintf(stderr, "%s: unknown option '%s' (see --help)\n", program, word);
            return OPTIONS_BAD;
        }
        const char *text = equals ? equals + 1 : NULL;
        if (!text && o->kind != K_FLAG) {
            if (i + 1 >= argc) {
                fprintf(stderr, "%s: option %s needs a value: %s\n", program, o->name, o->value);
                return OPTIONS_BAD;
            }
            text = argv[++i];
        }
        const char *wrong = store(options, o, text);
        if (wrong) {
            fprintf(stderr, "%s: option %s: %s, not '%s'\n", program, o->name, wrong, text);
            return OPTIONS_BAD;
        }
    }
    if (options->limits.request_line_bytes + 4 > options->limits.head_bytes) {
        fprintf(stderr, "%s: --max-head must leave room for --max-request-line\n", program);
        return OPTIONS_BAD;
    }
    return OPTIONS_GO;
}
