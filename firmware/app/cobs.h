/* SPDX-License-Identifier: Apache-2.0 */
/* Consistent Overhead Byte Stuffing: packets without zero bytes, so that zero ends a frame.
 *
 * Cheshire and Baker, IEEE/ACM Transactions on Networking 7(2), 1999. Decoding goes byte by
 * byte into the final buffer; encoding hands out runs of the packet: no copy is needed. */
#ifndef KWS_COBS_H
#define KWS_COBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes that encoding adds at most to `count` bytes, without the zero that ends the frame. */
#define KWS_COBS_OVERHEAD(count) (1 + (count) / 254)

typedef struct kws_cobs_decoder {
    uint8_t *out;       /* decoded bytes, [capacity] */
    size_t capacity;    /* more decoded bytes than this make the frame bad */
    size_t length;      /* decoded so far */
    uint8_t block_left; /* bytes to come before the next code byte */
    bool zero_pending;  /* a zero stands before the next block, if one follows */
    bool started;       /* a byte of this frame has arrived */
    bool overflow;      /* the frame does not fit */
} kws_cobs_decoder;

/* Forgets the frame in progress. */
void kws_cobs_decoder_reset(kws_cobs_decoder *decoder);

/* Takes one byte other than the zero that ends a frame. */
void kws_cobs_decode(kws_cobs_decoder *decoder, uint8_t byte);

/* At the end of a frame: whether it was complete and fitted into out[capacity]. */
bool kws_cobs_decoder_complete(const kws_cobs_decoder *decoder);

/* Length of the next block of packet[count] from `start` on: bytes before the next zero, 254
 * at most. Its code byte is that length + 1; after a block shorter than 254 a zero of the
 * packet is skipped. */
size_t kws_cobs_block_length(const uint8_t *packet, size_t count, size_t start);

#endif
