/* SPDX-License-Identifier: Apache-2.0 */
/* The firmware core as a program of this computer.
 *
 *   kws_firmware             opens a pseudo-terminal and prints its path
 *   kws_firmware --tcp PORT  listens on 127.0.0.1:PORT (0: any) and prints the URL
 *
 * Runs until SIGTERM or SIGINT, then exits with status 0. */
#define _XOPEN_SOURCE 700 /* POSIX with pseudo-terminals */

#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "boards/host/serial.h"
#include "hal/hal.h"
#include "hal/program.h"

#define EXIT_USAGE 2

static jmp_buf start_of_firmware;

static uint64_t time_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static uint32_t stack_peak_bytes(void)
{
    return 0; /* a process's stack holds the C library's frames too: no useful figure */
}

/* As on a chip: the firmware starts again; the wire stays plugged in. */
static void reset(void)
{
    longjmp(start_of_firmware, 1);
}

const kws_hal *kws_hal_get(void)
{
    static const kws_hal hal = {
        .board = KWS_BOARD_NAME,
        .time_unit = "ns",
        .serial_read = kws_host_serial_read,
        .receive_bytes = KWS_HOST_RECEIVE_BYTES,
        .serial_write = kws_host_serial_write,
        .idle = kws_host_idle,
        .time = time_ns,
        .stack_peak_bytes = stack_peak_bytes,
        .reset = reset,
    };
    return &hal;
}

static void leave(int signal_number)
{
    (void)signal_number;
    _exit(EXIT_SUCCESS);
}

static bool parse_port(const char *text, uint16_t *port)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);
    *port = (uint16_t)value;
    return *text != '\0' && *end == '\0' && value <= UINT16_MAX;
}

int main(int argc, char **argv)
{
    uint16_t port = 0;
    bool tcp = argc == 3 && strcmp(argv[1], "--tcp") == 0 && parse_port(argv[2], &port);
    if (argc != 1 && !tcp) {
        fprintf(stderr, "usage: %s [--tcp PORT]\n", argv[0]);
        return EXIT_USAGE;
    }
    struct sigaction action = {.sa_handler = leave};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    signal(SIGPIPE, SIG_IGN);

    if (!(tcp ? kws_host_listen_tcp(port) : kws_host_open_pty())) {
        return EXIT_FAILURE;
    }
    (void)setjmp(start_of_firmware);
    kws_program_run(kws_hal_get());
}
