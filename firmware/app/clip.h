/* SPDX-License-Identifier: Apache-2.0 */
/* One clip on its way through the device: audio or features in, scores out.
 *
 * Audio goes through the front end as it arrives and row by row to the model, so no clip is ever
 * held in memory. A clip's features are: the host may ask for them when they are not its own. */
#ifndef KWS_CLIP_H
#define KWS_CLIP_H

#include <stddef.h>
#include <stdint.h>

#include "app/protocol.h"
#include "hal/hal.h"
#include "status.h"

typedef struct kws_clip_result {
    uint16_t frames;         /* frames that the front end computed; 0 for a clip of features */
    uint64_t front_end_time; /* front end and feature quantization, in hal->time_unit */
    uint64_t inference_time; /* the model alone, all of it for this clip, in hal->time_unit */
    uint32_t features_crc;   /* CRC-32 of the int8 features [KWS_FRAMES, KWS_CHANNELS] */
    uint8_t best;            /* index of the highest score, the first of equals */
    const int8_t *scores;    /* [KWS_CLASSES], valid until the next clip begins */
} kws_clip_result;

/* Forgets the clip in progress. */
void kws_clip_reset(void);

/* Opens a clip of total_bytes. KWS_ERR_BAD_INPUT unless that is what the kind takes. */
KWS_MUST_CHECK kws_status kws_clip_begin(const kws_hal *hal, uint8_t kind, uint32_t total_bytes);

/* Takes data[count] at byte `offset` of the clip. KWS_ERR_BAD_STATE when no clip is open or
 * the offset is not where the clip stands, KWS_ERR_BAD_LENGTH for no bytes, for half a
 * sample, or for more bytes than are missing. */
KWS_MUST_CHECK kws_status kws_clip_data(const kws_hal *hal, uint32_t offset, const uint8_t *data,
                                        size_t count);

/* Bytes of the clip that have been taken. */
uint32_t kws_clip_received_bytes(void);

/* The features [KWS_FRAMES * KWS_CHANNELS] of the complete clip, NULL before that and after
 * its result. */
const int8_t *kws_clip_features(void);

/* Takes the scores of the complete clip and closes it. KWS_ERR_BAD_STATE when it is not
 * complete, KWS_ERR_MODEL when the runtime fails. */
KWS_MUST_CHECK kws_status kws_clip_run(const kws_hal *hal, kws_clip_result *result);

#endif
