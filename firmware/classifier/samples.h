/* SPDX-License-Identifier: Apache-2.0 */
/* A clip of samples: the front end and the model put together.
 *
 *     if (kws_start() != KWS_OK) { once; the model cannot run }
 *     while (!kws_take_samples(samples, count)) { record the next int16 samples, any count }
 *     kws_decision decision;
 *     if (kws_decide(&decision) == KWS_OK) { decision.word, decision.scores }
 *
 * kws_frontend_process() and kws_take_frame() are its two halves, for a front end that feeds
 * several models. */
#ifndef KWS_SAMPLES_H
#define KWS_SAMPLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "classifier/classifier.h"
#include "frontend/frontend.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Takes the next samples of a clip; true when it has all KWS_CLIP_SAMPLES of them. Samples
 * beyond are ignored until the model has run. The front end starts afresh with each clip.
 *
 * samples: int16 [count], KWS_SAMPLE_RATE_HZ, mono; any count */
bool kws_take_samples(const int16_t *samples, size_t count);

#ifdef __cplusplus
}
#endif

#endif
