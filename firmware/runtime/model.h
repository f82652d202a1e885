/* SPDX-License-Identifier: Apache-2.0 */
/* The model, whatever runs it: the static C model or an interpreter.
 *
 * Sizes come from the generated model_info.h: KWS_INPUT_BYTES int8 features in
 * [frames, channels] order, KWS_CLASSES int8 scores. */
#ifndef KWS_MODEL_H
#define KWS_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Name of the runtime, sent in the handshake ("static", "tflm-cmsis_nn"). */
const char *kws_model_runtime(void);

/* Bytes of weights and constants in flash. */
uint32_t kws_model_weights_bytes(void);

/* Bytes of RAM that hold input, activations and output. */
uint32_t kws_model_activation_bytes(void);

/* Of these, the bytes that are really used; 0 before kws_model_init(). */
uint32_t kws_model_used_bytes(void);

/* Once before everything else. KWS_ERR_MODEL, _SCHEMA, _ARENA or _SHAPE when the model cannot
 * be run; the functions below must not be called then. */
KWS_MUST_CHECK kws_status kws_model_init(void);

/* Begins a new sequence: the model forgets what came before. kws_model_init() has done so. Nothing
 * to do for a model without state (KWS_MODEL_HAS_STATE in model_info.h). */
KWS_MUST_CHECK kws_status kws_model_reset(void);

/* Where to write the input: int8 [KWS_STEP_FRAMES, KWS_CHANNELS]. kws_model_invoke() may
 * overwrite it (activations share the memory), so write all of it before each call. */
int8_t *kws_model_input(void);

/* One inference. */
KWS_MUST_CHECK kws_status kws_model_invoke(void);

/* Scores of the last inference: int8 [KWS_CLASSES]; valid until the input is written. */
const int8_t *kws_model_output(void);

/* In a stream the model is given one row after the other, and decides every KWS_DECISION_FRAMES of
 * them on the last KWS_FRAMES. Its scores are those of kws_model_invoke() on these rows. */

/* Forgets all rows: the next one is the first of a stream. */
void kws_model_restart(void);

/* Takes the next frame; true when it makes a decision due: kws_model_scores() has new scores.
 *
 * row: int8 [KWS_CHANNELS] */
bool kws_model_take_row(const int8_t *row);

/* The scores of the decision that is due, after what is left of its computation: int8
 * [KWS_CLASSES], valid until the next row. KWS_ERR_BAD_STATE before the first one is due,
 * KWS_ERR_MODEL when the runtime fails. */
KWS_MUST_CHECK kws_status kws_model_scores(const int8_t **scores);

#ifdef __cplusplus
}
#endif

#endif
