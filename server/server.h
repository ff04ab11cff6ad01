// server/server.h: runs an application on a number of server threads until a signal ends it.
//
// The calling thread opens the sockets and becomes the first server thread; a thread apart waits
// for signals: the first SIGTERM or SIGINT drains (every request that was received is answered,
// idle connections are closed), the second ends the process at once.
//
// Threads  call from the process's first thread, detached from any interpreter; the application's
//          thread_start with index 0 comes on it. SIGTERM and SIGINT are blocked meanwhile.
#ifndef ADDER_SERVER_SERVER_H
#define ADDER_SERVER_SERVER_H

#include "server/bridge.h"
#include "server/options.h"

// Returns the exit code: 0 after a clean drain; 1 if it could not start (a message has been
// printed) or had to cut requests off.
int server_run(const ServerOptions *options, Application *application);

#endif
