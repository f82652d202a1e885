/* SPDX-License-Identifier: Apache-2.0 */
/* The wire of this computer's firmware: a pseudo-terminal, or one TCP client at a time. */
#ifndef KWS_HOST_SERIAL_H
#define KWS_HOST_SERIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the kernel keeps of a pseudo-terminal (of a TCP connection more); then the writer waits. */
#define KWS_HOST_RECEIVE_BYTES 4096u

/* Opens a pseudo-terminal in raw mode and prints its path. False with a message on failure. */
bool kws_host_open_pty(void);

/* Listens on 127.0.0.1:port (0: any free port) and prints socket://127.0.0.1:PORT. */
bool kws_host_listen_tcp(uint16_t port);

/* The functions of kws_hal with the same names. */
size_t kws_host_serial_read(uint8_t *data, size_t capacity);
void kws_host_serial_write(const uint8_t *data, size_t bytes);
void kws_host_idle(void);

#endif
