/* SPDX-License-Identifier: Apache-2.0 */
/* How much of the clip in progress there is. Private to classifier.c and samples.c. */
#ifndef KWS_CLIP_STATE_H
#define KWS_CLIP_STATE_H

#include <stdint.h>

#include "status.h"

typedef struct kws_clip_state {
    uint32_t samples; /* that kws_take_samples() has taken */
    uint32_t values;  /* of the clip's features that are there */
} kws_clip_state;

extern kws_clip_state kws_clip;

/* Another clip begins. */
void kws_clip_scores_restart(void);

/* Gives the model the clip's next row: int8 [KWS_CHANNELS]. */
void kws_clip_take_row(const int8_t *row);

/* The scores of the clip, whose last row was taken: *scores is set to int8 [KWS_CLASSES].
 * KWS_ERR_MODEL when the runtime fails. */
KWS_MUST_CHECK kws_status kws_clip_scores(const int8_t **scores);

#endif
