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
    const kws_status status = kws_model_init();
    kws_restart();
    return status;
}

void kws_restart(void)
{
    kws_clip = (kws_clip_state){0};
    kws_clip_scores_restart();
    kws_model_restart();
}

void kws_quantize_frame(const uint16_t *features, int8_t *row)
{
    static const kws_feature_quantization quantization = {
        .multiplier = KWS_FEATURE_MULTIPLIER,
        .shift = KWS_FEATURE_SHIFT,
        .zero_point = KWS_FEATURE_ZERO_POINT,
    };
    kws_feature_quantize(features, KWS_CHANNELS, quantization, row);
}

bool kws_take_frame(const uint16_t *features)
{
    int8_t row[KWS_CHANNELS];
    kws_quantize_frame(features, row);
    return kws_take_quantized(row, KWS_CHANNELS);
}

bool kws_take_quantized(const int8_t *values, size_t count)
{
    static int8_t row[KWS_CHANNELS]; /* in progress */
    const size_t missing = KWS_INPUT_BYTES - kws_clip.values;
    if (count > missing) {
        count = missing;
    }
    while (count > 0) {
        const size_t there = kws_clip.values % KWS_CHANNELS;
        const size_t taken = count < KWS_CHANNELS - there ? count : KWS_CHANNELS - there;
        memcpy(row + there, values, taken);
        values += taken;
        count -= taken;
        kws_clip.values += (uint32_t)taken;
        if (there + taken == KWS_CHANNELS) {
            kws_clip_take_row(row);
        }
    }
    return kws_clip.values == KWS_INPUT_BYTES;
}

size_t kws_frames(void)
{
    return kws_clip.values / KWS_CHANNELS;
}

bool kws_complete(void)
{
    /* The last samples of a clip may be too few for another frame: they belong to it all the same.
     * Neither 0 nor all of them; one comparison, so that both take the same instructions. */
    const bool heard_part = kws_clip.samples - 1u < KWS_CLIP_SAMPLES - 1u;
    return !heard_part && kws_clip.values == KWS_INPUT_BYTES;
}

const int8_t *kws_features(void)
{
    return kws_complete() ? kws_model_window() : NULL;
}

kws_status kws_run(const int8_t **scores)
{
    if (!kws_complete()) {
        return KWS_ERR_BAD_STATE;
    }
    const kws_status status = kws_clip_scores(scores);
    kws_restart();
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
