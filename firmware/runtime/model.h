/* SPDX-License-Identifier: Apache-2.0 */
/* The model, whatever runs it, fed row by row: a row is what the front end makes of one frame.
 *
 * It has three forms. In the steps form (model_steps.c) the model remembers by itself and takes
 * KWS_STEP_FRAMES new rows for each decision (KWS_STEPS > 1). In the rows form (model_rows.c, the
 * streaming static model) each row of each layer is computed once. In the window form
 * (model_window.c: a model that pads time, or an interpreter) the last KWS_FRAMES rows are kept, and
 * all of them computed for each decision. These two give the same scores.
 *
 * Sizes come from the generated model_info.h: rows of KWS_CHANNELS values, windows of KWS_FRAMES
 * rows, a decision every KWS_DECISION_FRAMES rows, KWS_CLASSES scores. */
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

/* Bytes of RAM that hold activations, in the rows form the rows among them; the window form keeps
 * KWS_INPUT_BYTES of rows beside them. */
uint32_t kws_model_activation_bytes(void);

/* Of these, the bytes that are really used; 0 before kws_model_init(), and when it found them too few
 * (KWS_ERR_MODEL_ARENA) those that the model needs by the generator's plan. */
uint32_t kws_model_used_bytes(void);

/* Once before everything else. KWS_ERR_MODEL, _SCHEMA, _ARENA or _SHAPE when the model cannot
 * be run; the functions below must not be called then. */
KWS_MUST_CHECK kws_status kws_model_init(void);

/* Forgets all rows: the next one is the first of a stream. The last scores stay as they are until
 * then. */
void kws_model_restart(void);

/* Takes the next row: int8 [KWS_CHANNELS]. True when a decision is due: after the first
 * KWS_FRAMES rows (KWS_STEP_FRAMES in the steps form), then every KWS_DECISION_FRAMES rows. */
bool kws_model_take_row(const int8_t *row);

/* The scores of the last KWS_FRAMES rows (of all since the last restart in the steps form): *scores
 * is set to int8 [KWS_CLASSES], valid until the next row. Runs what is left to run; to be asked once
 * a decision. KWS_ERR_BAD_STATE when none is due, KWS_ERR_MODEL when the runtime fails. */
KWS_MUST_CHECK kws_status kws_model_scores(const int8_t **scores);

/* The rows since the last restart, int8 [KWS_FRAMES, KWS_CHANNELS], while there are no more than
 * that; NULL in the rows form, which keeps none. */
const int8_t *kws_model_window(void);

#ifdef __cplusplus
}
#endif

#endif
