/* SPDX-License-Identifier: Apache-2.0 */
/* A stream of samples on its way through the device: what is heard, decided and detected, and what
 * it costs. The last decisions are kept, for a host whose answer was lost. */
#ifndef KWS_STREAM_H
#define KWS_STREAM_H

#include <stddef.h>
#include <stdint.h>

#include "app/protocol.h"
#include "hal/hal.h"
#include "model_info.h"
#include "status.h"

#define KWS_DECISIONS_KEPT 8

typedef struct kws_stream_decision {
    uint64_t samples; /* of the stream, up to the end of its window */
    uint8_t word;     /* class that it detected, or KWS_NO_WORD */
    uint16_t score_q16;
    int8_t scores[KWS_CLASSES];
} kws_stream_decision;

/* Since the stream began; times in hal->time_unit. */
typedef struct kws_stream_cost {
    uint32_t frames;
    uint64_t time;
    uint32_t longest; /* of a frame */
} kws_stream_cost;

/* Forgets what was heard; closed. hal->time() is used from here on. */
void kws_stream_init(const kws_hal *hal);

/* Ends the stream: its decisions and its cost can still be asked for. */
void kws_stream_end(void);

/* Begins a stream. */
void kws_stream_begin(void);

/* Hears data[count], int16 little-endian, at byte `offset` of the stream, modulo 2^32.
 * KWS_ERR_BAD_STATE when no stream is open or the offset is not where it stands,
 * KWS_ERR_BAD_LENGTH for no bytes or half a sample, KWS_ERR_MODEL when the runtime fails. */
KWS_MUST_CHECK kws_status kws_stream_data(uint32_t offset, const uint8_t *data, size_t count);

/* Bytes heard, modulo 2^32. */
uint32_t kws_stream_received_bytes(void);

/* Decisions so far. */
uint32_t kws_stream_decisions(void);

/* The decision with so many before it; NULL when it is not there yet, or no longer kept. */
const kws_stream_decision *kws_stream_decision_at(uint32_t number);

kws_stream_cost kws_stream_cost_so_far(void);

#endif
