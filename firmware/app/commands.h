/* SPDX-License-Identifier: Apache-2.0 */
/* The commands of the protocol: payload in, status and payload out. No framing here. */
#ifndef KWS_COMMANDS_H
#define KWS_COMMANDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hal/hal.h"
#include "status.h"

/* What the link has seen since the start, sent by the command STATS. */
typedef struct kws_link_counters {
    uint32_t packets;    /* requests that were carried out */
    uint32_t bad_frames; /* frames that were cut, too long or failed their CRC */
    uint32_t repeats;    /* requests that came again and were answered from memory */
    uint32_t clips;      /* results sent */
} kws_link_counters;

/* Where the session stands, sent by the command SYNC. */
typedef struct kws_link_position {
    bool open;    /* HELLO has been answered */
    uint8_t last; /* sequence number of the last request carried out */
} kws_link_position;

/* Forgets the clip in progress. The pointers are used until the next call. */
void kws_commands_init(const kws_hal *hal, kws_link_counters *counters,
                       const kws_link_position *position);

/* Carries out one command on payload[length].
 * out: room for KWS_MAX_CHUNK_BYTES; *out_length is set to the bytes written, 0 unless
 * KWS_OK. RESET only checks its payload: the caller restarts after the answer is sent. */
KWS_MUST_CHECK kws_status kws_commands_handle(uint8_t command, const uint8_t *payload,
                                              size_t length, uint8_t *out, size_t *out_length);

#endif
