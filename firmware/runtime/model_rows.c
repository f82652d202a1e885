/* SPDX-License-Identifier: Apache-2.0 */
/* The rows form: generated C that computes each row of each layer once (static_stream.c). */
#include <stddef.h>

#include "feature_constants.h"
#include "model_info.h"
#include "runtime/cadence.h"
#include "runtime/model.h"
#include "static_stream.h"

_Static_assert(KWS_STREAM_FRAMES == KWS_FRAMES && KWS_STREAM_ROW_BYTES == KWS_CHANNELS &&
                   KWS_DECISION_FRAMES % KWS_STREAM_STRIDE == 0,
               "model_info.h and static_stream.h disagree: run kws generate again");

const char *kws_model_runtime(void)
{
    return "static";
}

uint32_t kws_model_weights_bytes(void)
{
    return KWS_STREAM_WEIGHTS_BYTES;
}

uint32_t kws_model_activation_bytes(void)
{
    return KWS_STREAM_ACTIVATION_BYTES;
}

uint32_t kws_model_used_bytes(void)
{
    return KWS_STREAM_ACTIVATION_BYTES;
}

kws_status kws_model_init(void)
{
    kws_model_restart();
    return KWS_OK;
}

void kws_model_restart(void)
{
    kws_stream_restart();
    kws_cadence_restart();
}

bool kws_model_take_row(const int8_t *row)
{
    kws_stream_take_row(row);
    return kws_cadence_row();
}

kws_status kws_model_scores(const int8_t **scores)
{
    if (!kws_cadence_take()) {
        return KWS_ERR_BAD_STATE;
    }
    *scores = kws_stream_scores();
    return KWS_OK;
}

const int8_t *kws_model_window(void)
{
    return NULL;
}
