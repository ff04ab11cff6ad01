// server/serve.h: `adder serve`.
#ifndef ADDER_SERVER_SERVE_H
#define ADDER_SERVER_SERVE_H

// argv[0] is "serve", then come the application and its options. Returns the exit code: 0 after
// a signal and a clean end, 1 if the application or the server could not start, 2 for a bad option.
int serve_main(int argc, char **argv);

#endif
