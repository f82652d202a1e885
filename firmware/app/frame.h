/* SPDX-License-Identifier: Apache-2.0 */
/* Frames on the wire: zero, COBS(packet, CRC-32), zero. */
#ifndef KWS_FRAME_H
#define KWS_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "app/cobs.h"
#include "app/protocol.h"
#include "hal/hal.h"

/* Longest frame that a host sends, with both zeros: a port's receive buffer holds this. */
#define KWS_FRAME_MAX_BYTES \
    (KWS_REQUEST_CAPACITY_BYTES + KWS_COBS_OVERHEAD(KWS_REQUEST_CAPACITY_BYTES) + 2)

typedef enum kws_frame_event {
    KWS_FRAME_NONE = 0,  /* no frame ended */
    KWS_FRAME_READY = 1, /* packet[length] is a packet whose CRC holds */
    KWS_FRAME_BAD = 2,   /* a frame ended that is cut, too long or fails its CRC */
} kws_frame_event;

typedef struct kws_frame_receiver {
    uint8_t packet[KWS_REQUEST_CAPACITY_BYTES];
    size_t length; /* of the packet without its CRC, valid after KWS_FRAME_READY */
    uint32_t crc;  /* of that packet */
    kws_cobs_decoder decoder;
} kws_frame_receiver;

/* Before the first byte, and to forget everything received. */
void kws_frame_receiver_init(kws_frame_receiver *receiver);

/* Takes one byte from the wire. The packet stays until the next call. */
kws_frame_event kws_frame_receive(kws_frame_receiver *receiver, uint8_t byte);

/* Sends packet[length]; its CRC is written behind it: packet has room for length + 4. */
void kws_frame_send(const kws_hal *hal, uint8_t *packet, size_t length);

#endif
