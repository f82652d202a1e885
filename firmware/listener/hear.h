/* SPDX-License-Identifier: Apache-2.0 */
/* Listening, frame by frame: model and detector behind a front end, which others may share.
 *
 *     kws_hearing hearing;
 *     kws_hear_frame(features, &hearing);
 *     if (hearing.event.word != NULL) { hearing.event.word was said }
 *
 * kws_listen() (listener/listen.h) is this with the front end before it. */
#ifndef KWS_HEAR_H
#define KWS_HEAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "detect_config.h"
#include "feature_constants.h"
#include "labels.h"
#include "model_info.h"
#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A word that was heard, or none. */
typedef struct kws_event {
    const char *word;   /* kws_labels[index], UTF-8; NULL: none */
    size_t index;       /* 0 .. KWS_CLASSES - 1 */
    uint16_t score_q16; /* average of its scores, in 1/65536 */
    kws_status status;  /* KWS_ERR_MODEL: the runtime failed, and there is no word */
    uint64_t samples;   /* from the beginning of the stream to where the word was detected */
} kws_event;

/* What a frame brought. */
typedef struct kws_hearing {
    bool frame; /* whether there was one */
    const int8_t
        *scores; /* of the decision, int8 [KWS_CLASSES], until the next frame; NULL: none */
    kws_event event;
} kws_hearing;

/* Forgets all that was heard: the next frame is the first of a stream. */
void kws_hear_restart(void);

/* Hears the samples of the frame that comes next, int16 [count]: all new ones since the last frame,
 * in any portions. Only the energy gate needs them; nothing to do without one
 * (KWS_GATE_MEAN_SQUARE 0). */
void kws_hear_samples(const int16_t *samples, size_t count);

/* Hears the next frame.
 *
 * features: uint16 [KWS_CHANNELS], as a front end with this feature configuration makes them */
void kws_hear_frame(const uint16_t *features, kws_hearing *hearing);

#ifdef __cplusplus
}
#endif

#endif
