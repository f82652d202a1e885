/* Front end and model put together: one clip at a time. */
#include "kws.h"

#include "frontend/feature_quantize.h"
#include "frontend/frontend.h"
#include "runtime/model.h"

static uint32_t heard_samples;
static uint32_t frames;

static void start_clip(void)
{
    kws_frontend_reset();
    heard_samples = 0;
    frames = 0;
}

kws_status kws_start(void)
{
    start_clip();
    return kws_model_init();
}

/* features: uint16 [KWS_CHANNELS], the next frame of the clip. */
static void take_frame(const uint16_t *features)
{
    static const kws_feature_quantization quantization = {
        .multiplier = KWS_FEATURE_MULTIPLIER,
        .shift = KWS_FEATURE_SHIFT,
        .zero_point = KWS_FEATURE_ZERO_POINT,
    };
    int8_t *row = kws_model_input() + frames * KWS_CHANNELS;
    kws_feature_quantize(features, KWS_CHANNELS, quantization, row);
    frames++;
}

bool kws_listen(const int16_t *samples, size_t count)
{
    static uint16_t features[KWS_CHANNELS];

    while (count > 0 && heard_samples < KWS_CLIP_SAMPLES) {
        size_t wanted = KWS_CLIP_SAMPLES - heard_samples;
        bool frame_ready = false;
        size_t taken = kws_frontend_process(samples, count < wanted ? count : wanted, features,
                                            &frame_ready);
        samples += taken;
        count -= taken;
        heard_samples += (uint32_t)taken;
        if (frame_ready && frames < KWS_FRAMES) {
            take_frame(features);
        }
    }
    return heard_samples == KWS_CLIP_SAMPLES;
}

kws_status kws_decide(kws_decision *decision)
{
    if (heard_samples != KWS_CLIP_SAMPLES) {
        return KWS_ERR_BAD_STATE;
    }
    start_clip();
    kws_status status = kws_model_invoke();
    if (status != KWS_OK) {
        return status;
    }
    decision->scores = kws_model_output();
    decision->index = 0;
    for (size_t i = 1; i < KWS_CLASSES; i++) {
        if (decision->scores[i] > decision->scores[decision->index]) {
            decision->index = i;
        }
    }
    decision->word = kws_labels[decision->index];
    return KWS_OK;
}
