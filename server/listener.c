#include "server/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { BACKLOG = 4096 };

// Returns the port, or -1.
static long parse_port(const char *text)
{
    long port = 0;
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 5 || text[digits]) {
        return -1;
    }
    for (size_t i = 0; i < digits; i++) {
        port = port * 10 + (text[i] - '0');
    }
    return port <= 65535 ? port : -1;
}

// Splits into host and port; false if the form is wrong.
static bool split_address(const char *text, char *host, size_t host_size, const char **port)
{
    const char *from = text, *to;
    if (*text == '[') {
        from++;
        to = strchr(text, ']');
        if (!to || to[1] != ':') {
            return false;
        }
        *port = to + 2;
    } else {
        to = strrchr(text, ':');
        if (!to) { // a port alone
            *port = text;
            to = text;
        } else if (memchr(text, ':', (size_t)(to - text))) {
            return false; // IPv6 without brackets
        } else {
            *port = to + 1;
        }
    }
    if ((size_t)(to - from) >= host_size) {
        return false;
    }
    memcpy(host, from, (size_t)(to - from));
    host[to - from] = 0;
    return true;
}

void socket_address_text(const struct sockaddr *address, char *host, size_t host_size,
                         unsigned *port)
{
    host[0] = 0;
    *port = 0;
    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)address;
        inet_ntop(AF_INET, &in->sin_addr, host, (socklen_t)host_size);
        *port = ntohs(in->sin_port);
    } else if (address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)address;
        inet_ntop(AF_INET6, &in6->sin6_addr, host, (socklen_t)host_size);
        *port = ntohs(in6->sin6_port);
    }
}

static void write_text(ListenAddress *address)
{
    char host[INET6_ADDRSTRLEN];
    unsigned port;
    socket_address_text((struct sockaddr *)&address->storage, host, sizeof host, &port);
    snprintf(address->text, sizeof address->text,
             address->storage.ss_family == AF_INET6 ? "[%s]:%u" : "%s:%u", host, port);
}

int listen_address_parse(ListenAddress *address, const char *text, char *message, size_t size)
{
    char host[256];
    const char *port_text;
    if (!split_address(text, host, sizeof host, &port_text) || parse_port(port_text) < 0) {
        snprintf(
            message, size,
            "'%s' is not an address: expected HOST:PORT, for instance 127.0.0.1:8080 or [::1]:8080",
            text);
        return -EINVAL;
    }
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *found;
    int error = getaddrinfo(host[0] ? host : NULL, port_text, &hints, &found);
    if (error) {
        snprintf(message, size, "no address for '%s': %s", host,
                 error == EAI_SYSTEM ? strerror(errno) : gai_strerror(error));
        return -EADDRNOTAVAIL;
    }
    const struct addrinfo *chosen = found;
    for (const struct addrinfo *a = found; a; a = a->ai_next) {
        if (a->ai_family == AF_INET) { // of a name with both kinds, and of no name
            chosen = a;
            break;
        }
    }
    memset(address, 0, sizeof *address);
    memcpy(&address->storage, chosen->ai_addr, chosen->ai_addrlen);
    address->size = chosen->ai_addrlen;
    freeaddrinfo(found);
    write_text(address);
    return 0;
}

static int open_socket(const ListenAddress *address, bool shared, int *out)
{
    int fd = socket(address->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return -errno;
    }
    int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (shared) {
        setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    }
    // Accepted sockets inherit it.
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (bind(fd, (const struct sockaddr *)&address->storage, address->size) < 0 ||
        listen(fd, BACKLOG) < 0) {
        int error = -errno;
        close(fd);
        return error;
    }
    *out = fd;
    return 0;
}

static void explain_bind(const ListenAddress *address, int error, char *message, size_t size)
{
    switch (-error) {
    case EADDRINUSE:
        snprintf(message, size, "cannot listen on %s: the address is in use", address->text);
        break;
    case EACCES:
    case EPERM:
        snprintf(message, size,
                 "cannot listen on %s: permission denied (ports below 1024 are for root or "
                 "CAP_NET_BIND_SERVICE)",
                 address->text);
        break;
    case EADDRNOTAVAIL:
        snprintf(message, size, "cannot listen on %s: this machine does not have the address",
                 address->text);
        break;
    default:
        snprintf(message, size, "cannot listen on %s: %s", address->text, strerror(-error));
    }
}

int listener_open(ListenAddress *address, unsigned count, int *fds, char *message, size_t size)
{
    unsigned opened = 0;
    int probe;
    int error = open_socket(address, false, &probe);
    if (!error) {
        address->size = sizeof address->storage;
        getsockname(probe, (struct sockaddr *)&address->storage, &address->size);
        write_text(address);
        if (count == 1) {
            fds[0] = probe;
            return 0;
        }
        close(probe);
        while (opened < count && !(error = open_socket(address, true, &fds[opened]))) {
            opened++;
        }
    }
    if (error) {
        explain_bind(address, error, message, size);
        while (opened > 0) {
            close(fds[--opened]);
        }
    }
    return error;
}
