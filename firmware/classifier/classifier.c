/* SPDX-License-Identifier: Apache-2.0 */
/* See classifier.h. */
#include "classifier/classifier.h"

#include <string.h>

#include "classifier/clip_state.h"
#include "frontend/feature_quantize.h"
#include "runtime/model.h"

_Static_assert(KWS_FRAMES == 1 + (KWS_CLIP_SAMPLES - KWS_WINDOW_SAMPLES) / KWS_HOP_SAMPLES,
               "model_info.h and feature_constants.h disagree: run kws generate again");
_Static_assert(KWS_INPUT_BYTES == KWS_FRAMES * KWS_CHANNELS,
               "model_info.h and feature_constants.h disagree: run kws generate again");

kws_clip_state kws_clip;

kws_status kws_start(void)
{
    kws_restart();
    return kws_model_init();
}

void kws_restart(void)
{
    kws_clip = (kws_clip_state){0};
}

bool kws_take_frame(const uint16_t *features)
{
    static const kws_feature_quantization quantization = {
        .multiplier = KWS_FEATURE_MULTIPLIER,
        .shift = KWS_FEATURE_SHIFT,
        .zero_point = KWS_FEATURE_ZERO_POINT,
    };
    if (KWS_INPUT_BYTES - kws_clip.input_bytes >= KWS_CHANNELS) {
        int8_t *row = kws_model_input() + kws_clip.input_bytes;
        kws_feature_quantize(features, KWS_CHANNELS, quantization, row);
        kws_clip.input_bytes += KWS_CHANNELS;
    }
    return kws_clip.input_bytes == KWS_INPUT_BYTES;
}

bool kws_take_quantized(const int8_t *values, size_t count)
{
    const size_t missing = KWS_INPUT_BYTES - kws_clip.input_bytes;
    const size_t taken = count < missing ? count : missing;
    memcpy(kws_model_input() + kws_clip.input_bytes, values, taken);
    kws_clip.input_bytes += (uint32_t)taken;
    return kws_clip.input_bytes == KWS_INPUT_BYTES;
}

size_t kws_frames(void)
{
    return kws_clip.input_bytes / KWS_CHANNELS;
}

const int8_t *kws_features(void)
{
    /* The last samples of a clip may be too few for another frame: they belong to it all the same.
     * Neither 0 nor all of them; one comparison, so that both take the same instructions. */
    const bool heard_part = kws_clip.samples - 1u < KWS_CLIP_SAMPLES - 1u;
    return !heard_part && kws_clip.input_bytes == KWS_INPUT_BYTES ? kws_model_input() : NULL;
}

kws_status kws_run(const int8_t **scores)
{
    if (kws_features() == NULL) {
        return KWS_ERR_BAD_STATE;
    }
    kws_restart();
    const kws_status status = kws_model_invoke();
    if (status == KWS_OK) {
        *scores = kws_model_output();
    }
    return status;
}

size_t kws_best(const int8_t *scores)
{
    size_t best = 0;
    for (size_t i = 1; i < KWS_CLASSES; i++) {
        if (scores[i] > scores[best]) {
            best = i;
        }
    }
    return best;
}
