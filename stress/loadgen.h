// stress/loadgen.h: an HTTP load generator on io_uring.
//
// Two kinds of load. Closed loop: every connection asks again as soon as it is answered,
// which shows how much the server can do. Fixed rate: requests are due at regular times
// whether or not the server keeps up, and each one's latency counts from when it was due, not
// from when a connection happened to be free, so a stall shows in every request that it held
// up (no coordinated omission).
//
// Rule     a request that was due and has no answer at the end counts with the time it has waited.
// Threads  load_run() uses the calling thread alone.
#ifndef ADDER_STRESS_LOADGEN_H
#define ADDER_STRESS_LOADGEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Latencies in nanoseconds: 64 steps for each power of two, so within 1.6 % of the truth.
enum { HISTOGRAM_STEPS = 64, HISTOGRAM_SIZE = 42 * HISTOGRAM_STEPS };

typedef struct Histogram {
    uint64_t count, max_ns, sum_ns;
    uint64_t counts[HISTOGRAM_SIZE];
} Histogram;

void histogram_add(Histogram *histogram, uint64_t ns);
// The latency that a share (0..1) of the requests did not exceed; 0 if there are none.
uint64_t histogram_quantile(const Histogram *histogram, double share);

typedef struct LoadOptions {
    const char *host; // an IP address
    unsigned port;
    const char *method, *path, *body; // body may be NULL
    const char *host_field;           // NULL: HOST:PORT
    unsigned connections;
    unsigned pipeline; // requests in flight on a connection, closed loop only
    double seconds;
    double warm_up_seconds; // before it, not measured
    double rate;            // requests a second; 0: closed loop
    // Called about ten times a second if not NULL, with the share of the time that has passed.
    void (*progress)(void *argument, double share);
    void *progress_argument;
} LoadOptions;

typedef struct LoadResult {
    uint64_t requests; // answered within the measured time
    uint64_t bytes;
    uint64_t not_2xx;
    uint64_t failed_connections; // ended or reset while an answer was due, then opened again
    uint64_t unanswered;         // fixed rate: due, but without an answer at the end
    double seconds;
    Histogram latency;
    // Called at the boundaries of the measured time, to read the server's clocks; may be NULL.
    void (*at_start)(void *argument);
    void (*at_end)(void *argument);
    void *argument;
} LoadResult;

// Returns 0, or -errno with a message.
int load_run(const LoadOptions *options, LoadResult *result, char *message, size_t size);

#endif
