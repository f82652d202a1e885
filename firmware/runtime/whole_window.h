/* SPDX-License-Identifier: Apache-2.0 */
/* A model that runs on a whole window, or a whole step, at once: model_static.c or model_tflm.cc,
 * which also say what kws_model_init() and the sizes of model.h are. Private to the window and the
 * steps form. */
#ifndef KWS_WHOLE_WINDOW_H
#define KWS_WHOLE_WINDOW_H

#include <stdint.h>

#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Begins a new sequence: a model with state of its own forgets what came before.
 * kws_model_init() has done so; nothing to do for others. */
KWS_MUST_CHECK kws_status kws_model_reset(void);

/* Where to write the input: int8 [KWS_STEP_FRAMES, KWS_CHANNELS]. kws_model_invoke() may
 * overwrite it (activations share the memory), so write all of it before each call. */
int8_t *kws_model_input(void);

/* One inference. */
KWS_MUST_CHECK kws_status kws_model_invoke(void);

/* Output of the last inference: int8 [KWS_OUTPUTS]; valid until the input is written. */
const int8_t *kws_model_output(void);

/* The same as scores of the classes: int8 [KWS_CLASSES]. */
const int8_t *kws_model_class_scores(void);

#ifdef __cplusplus
}
#endif

#endif
