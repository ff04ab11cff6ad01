// server/serve.h: the `serve` command.
#ifndef ADDER_SERVER_SERVE_H
#define ADDER_SERVER_SERVE_H

// `serve APP [options]`; argv[0] is "serve". Returns the exit code.
int serve_main(int argc, char **argv);

#endif
