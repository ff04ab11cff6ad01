// server/listener.h: from "HOST:PORT" to listening sockets.
//
// One socket per server thread on the same address (SO_REUSEPORT): each ring accepts on its own.
// The address is first bound without sharing, so that another server on it is an error and not a
// silent division of the traffic.
#ifndef ADDER_SERVER_LISTENER_H
#define ADDER_SERVER_LISTENER_H

#include <stddef.h>
#include <sys/socket.h>

#include "core/base/check.h"

typedef struct ListenAddress {
    struct sockaddr_storage storage;
    socklen_t size;
    char text[80]; // "127.0.0.1:8080", "[::1]:8080"
} ListenAddress;

// Understands HOST:PORT, [IPV6]:PORT, :PORT and PORT.
// On failure writes a message and returns -errno.
MUST_USE int listen_address_parse(ListenAddress *address, const char *text, char *message,
                                  size_t size);

// Opens `count` sockets; port 0 is replaced by the one the system chose. On failure all are closed.
MUST_USE int listener_open(ListenAddress *address, unsigned count, int *fds, char *message,
                           size_t size);

// Writes "HOST:PORT" of any socket address.
void socket_address_text(const struct sockaddr *address, char *host, size_t host_size,
                         unsigned *port);

#endif
