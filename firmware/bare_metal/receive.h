/* SPDX-License-Identifier: Apache-2.0 */
/* Received bytes between the interrupt that takes them and the core that reads them. */
#ifndef KWS_BARE_METAL_RECEIVE_H
#define KWS_BARE_METAL_RECEIVE_H

#include <stddef.h>
#include <stdint.h>

/* Bytes that are kept while the core computes, a power of two. A host that sends ahead fills a line
 * of 921,600 baud over which an answer takes 32 ms (DESIGN.md); a board with little RAM has less. */
#ifndef KWS_RECEIVE_BYTES
#define KWS_RECEIVE_BYTES 4096u
#endif

/* From the receive interrupt: keeps the byte; drops it when the buffer is full (the frame
 * then fails its CRC and the host sends it again). */
void kws_receive_put(uint8_t byte);

/* Takes up to `capacity` bytes into data; returns how many, 0 if there are none. */
size_t kws_receive_take(uint8_t *data, size_t capacity);

/* Sleeps until a byte is there (or another interrupt came). */
void kws_receive_wait(void);

#endif
