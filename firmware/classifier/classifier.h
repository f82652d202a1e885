/* SPDX-License-Identifier: Apache-2.0 */
/* The model and its clip: features in, scores out.
 *
 * A clip's features go to the model row by row, so none is held twice. They come from
 * kws_take_samples() (classifier/samples.h), or frame by frame from a front end that other models
 * share, or as int8 from elsewhere. One clip at a time: feed it in one of these ways only.
 *
 * Sizes stand in model_info.h (KWS_FRAMES, KWS_CLASSES, KWS_INPUT_BYTES) and
 * feature_constants.h (KWS_CHANNELS, KWS_SAMPLE_RATE_HZ). No heap, no floating point; not for
 * use from several threads at once. */
#ifndef KWS_CLASSIFIER_H
#define KWS_CLASSIFIER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "feature_constants.h"
#include "labels.h"
#include "model_info.h"
#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct kws_decision {
    size_t index;         /* 0 .. KWS_CLASSES - 1, the first of equals */
    const char *word;     /* kws_labels[index], UTF-8 */
    const int8_t *scores; /* int8 [KWS_CLASSES], valid until the next clip begins */
} kws_decision;

/* Once before everything else. When it fails (KWS_ERR_MODEL, _SCHEMA, _ARENA or _SHAPE), the
 * functions below must not be called. */
KWS_MUST_CHECK kws_status kws_start(void);

/* Forgets the clip in progress. */
void kws_restart(void);

/* Takes the next frame of the clip; true when it has all KWS_FRAMES of them. Frames beyond are
 * ignored until the model has run.
 *
 * features: uint16 [KWS_CHANNELS], as a front end with this feature configuration makes them */
bool kws_take_frame(const uint16_t *features);

/* A frame as the model's input.
 *
 * features: uint16 [KWS_CHANNELS]; row: int8 [KWS_CHANNELS], written */
void kws_quantize_frame(const uint16_t *features, int8_t *row);

/* Takes the next values of the clip, quantized elsewhere; true when it has all
 * KWS_INPUT_BYTES of them. Values beyond are ignored until the model has run.
 *
 * values: int8 [count], any part of the features [KWS_FRAMES, KWS_CHANNELS] */
bool kws_take_quantized(const int8_t *values, size_t count);

/* Whole frames that the clip has. */
size_t kws_frames(void);

/* Whether the clip has all its features, and kws_run() may be called. */
bool kws_complete(void);

/* The features of the complete clip, int8 [KWS_FRAMES, KWS_CHANNELS], until the next one begins.
 * NULL while some are missing, and always where the model computes row by row and keeps none
 * (runtime/model.h): who wants them keeps them while they pass. */
const int8_t *kws_features(void);

/* Runs what is left to run of the model on the complete clip and ends it: what is fed next begins
 * another one. *scores is set to int8 [KWS_CLASSES], valid until then. KWS_ERR_BAD_STATE when the
 * clip is not complete, KWS_ERR_MODEL when the runtime fails. */
KWS_MUST_CHECK kws_status kws_run(const int8_t **scores);

/* Index of the highest of scores[KWS_CLASSES], the first of equals. */
size_t kws_best(const int8_t *scores);

/* kws_run() and what it means: index, word and scores. */
KWS_MUST_CHECK kws_status kws_decide(kws_decision *decision);

#ifdef __cplusplus
}
#endif

#endif
