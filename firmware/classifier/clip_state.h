/* SPDX-License-Identifier: Apache-2.0 */
/* How much of the clip in progress there is. Private to classifier.c and samples.c. */
#ifndef KWS_CLIP_STATE_H
#define KWS_CLIP_STATE_H

#include <stdint.h>

typedef struct kws_clip_state {
    uint32_t samples; /* that kws_take_samples() has taken */
    uint32_t values;  /* of the clip's features that are there */
} kws_clip_state;

extern kws_clip_state kws_clip;

#endif
