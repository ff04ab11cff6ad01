// server/options.h: what an operator can set, and the command line that sets it.
#ifndef ADDER_SERVER_OPTIONS_H
#define ADDER_SERVER_OPTIONS_H

#include "server/http_parser.h"
#include "server/ring.h"
#include "server/ring_fault.h"

typedef struct ServerOptions {
    const char *program;     // for messages: "adder"
    const char *application; // the one word that is no option, or NULL
    const char *bind;
    unsigned threads;
    HttpLimits limits;
    size_t output_bytes;          // answers buffered for one client before it is read no further
    uint64_t head_timeout_ns;     // from the first byte of a request to the end of its head
    uint64_t body_timeout_ns;     // grace for the body, which then must come at body_rate at least
    uint64_t body_rate;           // bytes a second
    uint64_t idle_timeout_ns;     // between two requests
    uint64_t write_timeout_ns;    // without progress
    uint64_t linger_timeout_ns;   // after the last answer, until the client closes
    uint64_t shutdown_timeout_ns; // for requests in flight after SIGTERM
    const char *stats_file;       // statistics as JSON at the end; NULL: none
    uint64_t max_heap;            // of the interpreter; 0: its default
    bool quiet;
    // Called once when all threads accept, with "HOST:PORT"; may be NULL. On the main thread.
    void (*on_ready)(void *argument, const char *address);
    void *on_ready_argument;
    RingOptions ring;
    bool faults_on; // tests only
    FaultOptions faults;
} ServerOptions;

void server_options_init(ServerOptions *options);

typedef enum OptionsResult { OPTIONS_GO, OPTIONS_DONE, OPTIONS_BAD } OptionsResult;

// Reads the words after the program's and command's names. DONE: --help has been printed. BAD: a
// message has been printed to stderr, the exit code is 2.
OptionsResult server_options_parse(ServerOptions *options, int argc, char **argv,
                                   const char *usage);

#endif
