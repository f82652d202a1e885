/* SPDX-License-Identifier: Apache-2.0 */
/* A pseudo-terminal or a TCP server as the serial line of the x86 firmware. */
#define _XOPEN_SOURCE 700 /* POSIX with pseudo-terminals */
#define _DEFAULT_SOURCE   /* cfmakeraw() */

#include "boards/host/serial.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#define WRITE_TIMEOUT_MS 1000 /* then the bytes are lost, as on a wire nobody listens to */

static int wire = -1;     /* the pseudo-terminal's master side, or the connected client */
static int listener = -1; /* TCP only */

static bool fail(const char *action)
{
    perror(action);
    return false;
}

static bool set_nonblocking(int descriptor)
{
    int flags = fcntl(descriptor, F_GETFL);
    return flags >= 0 && fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) >= 0;
}

/* What cfmakeraw() does: every byte passes unchanged in both directions. */
static bool set_raw(int terminal)
{
    struct termios settings;
    if (tcgetattr(terminal, &settings) != 0) {
        return false;
    }
    settings.c_iflag &=
        ~(tcflag_t)(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON);
    settings.c_oflag &= ~(tcflag_t)OPOST;
    settings.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
    settings.c_cflag &= ~(tcflag_t)(CSIZE | PARENB);
    settings.c_cflag |= CS8;
    return tcsetattr(terminal, TCSANOW, &settings) == 0;
}

bool kws_host_open_pty(void)
{
    wire = posix_openpt(O_RDWR | O_NOCTTY);
    if (wire < 0 || grantpt(wire) != 0 || unlockpt(wire) != 0 || !set_nonblocking(wire)) {
        return fail("cannot open a pseudo-terminal");
    }
    const char *path = ptsname(wire);
    if (path == NULL) {
        return fail("cannot name the pseudo-terminal");
    }
    /* Kept open: without a slave, reading the master fails each time a host leaves. */
    int slave = open(path, O_RDWR | O_NOCTTY);
    if (slave < 0 || !set_raw(slave)) {
        return fail(path);
    }
    printf("%s\n", path);
    return fflush(stdout) == 0;
}

bool kws_host_listen_tcp(uint16_t port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    socklen_t length = sizeof address;
    int yes = 1;
    listener = socket(AF_INET, SOCK_STREAM, 0);
    if (listener < 0 || setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
        bind(listener, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(listener, 1) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &length) != 0) {
        return fail("cannot listen on TCP");
    }
    printf("socket://127.0.0.1:%u\n", ntohs(address.sin_port));
    return fflush(stdout) == 0;
}

static void accept_client(void)
{
    int yes = 1;
    wire = accept(listener, NULL, NULL);
    if (wire >= 0) {
        (void)setsockopt(wire, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        if (!set_nonblocking(wire)) {
            close(wire);
            wire = -1;
        }
    }
}

static void drop_client(void)
{
    if (listener >= 0) {
        close(wire);
        wire = -1;
    }
}

static void wait_for(int descriptor, short events, int timeout_ms)
{
    struct pollfd entry = {.fd = descriptor, .events = events};
    (void)poll(&entry, 1, timeout_ms);
}

size_t kws_host_serial_read(uint8_t *data, size_t capacity)
{
    if (wire < 0) {
        return 0;
    }
    ssize_t count = read(wire, data, capacity);
    if (count > 0) {
        return (size_t)count;
    }
    bool nothing_yet = count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
    if (!nothing_yet) {
        drop_client();
    }
    return 0;
}

void kws_host_serial_write(const uint8_t *data, size_t bytes)
{
    bool waited = false;
    while (bytes > 0 && wire >= 0) {
        ssize_t count = write(wire, data, bytes);
        if (count > 0) {
            data += count;
            bytes -= (size_t)count;
            waited = false;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            if (waited) {
                return; /* nobody has read for WRITE_TIMEOUT_MS */
            }
            wait_for(wire, POLLOUT, WRITE_TIMEOUT_MS);
            waited = true;
        } else if (errno != EINTR) {
            drop_client();
            return;
        }
    }
}

void kws_host_idle(void)
{
    if (wire >= 0) {
        wait_for(wire, POLLIN, -1);
    } else {
        accept_client();
    }
}
