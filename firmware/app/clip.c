/* The clip in progress: its kind, how much of it has arrived, and the time it cost. */
#include "app/clip.h"

#include <stdbool.h>
#include <string.h>

#include "app/bytes.h"
#include "app/crc32.h"
#include "app/profile.h"
#include "feature_constants.h"
#include "frontend/feature_quantize.h"
#include "frontend/frontend.h"
#include "model_info.h"
#include "runtime/model.h"

#define SAMPLE_BYTES 2
#define BLOCK_SAMPLES 32 /* samples unpacked at a time */

_Static_assert(KWS_FRAMES ==
                   1 + (KWS_CLIP_SAMPLES - KWS_WINDOW_SAMPLES) / KWS_HOP_SAMPLES,
               "model_info.h and feature_constants.h disagree: run kws generate again");
_Static_assert(KWS_INPUT_BYTES == KWS_FRAMES * KWS_CHANNELS,
               "model_info.h and feature_constants.h disagree: run kws generate again");

static struct {
    bool open;
    kws_clip_kind kind;
    uint32_t total_bytes;
    uint32_t received_bytes;
    uint16_t frames;
    uint64_t front_end_time;
} clip;

void kws_clip_reset(void)
{
    memset(&clip, 0, sizeof clip);
}

kws_status kws_clip_begin(uint8_t kind, uint32_t total_bytes)
{
    kws_clip_reset();
    bool audio = kind == KWS_CLIP_AUDIO && total_bytes == KWS_CLIP_SAMPLES * SAMPLE_BYTES;
    bool features = kind == KWS_CLIP_FEATURES && total_bytes == KWS_INPUT_BYTES;
    if (!audio && !features) {
        return KWS_ERR_BAD_INPUT;
    }
    clip.open = true;
    clip.kind = (kws_clip_kind)kind;
    clip.total_bytes = total_bytes;
    kws_frontend_reset();
    return KWS_OK;
}

/* Puts samples[count] through the front end; complete frames become model input. */
static void take_samples(const int16_t *samples, size_t count)
{
    static const kws_feature_quantization quantization = {
        .multiplier = KWS_FEATURE_MULTIPLIER,
        .shift = KWS_FEATURE_SHIFT,
        .zero_point = KWS_FEATURE_ZERO_POINT,
    };
    static uint16_t features[KWS_CHANNELS];

    while (count > 0) {
        bool frame_ready = false;
        size_t taken = kws_frontend_process(samples, count, features, &frame_ready);
        samples += taken;
        count -= taken;
        if (frame_ready && clip.frames < KWS_FRAMES) {
            int8_t *row = kws_model_input() + (size_t)clip.frames * KWS_CHANNELS;
            kws_feature_quantize(features, KWS_CHANNELS, quantization, row);
            clip.frames++;
        }
    }
}

static void take_audio(const uint8_t *data, size_t count)
{
    while (count > 0) {
        int16_t samples[BLOCK_SAMPLES];
        size_t block = 0;
        for (; block < BLOCK_SAMPLES && count > 0; block++) {
            samples[block] = (int16_t)kws_get_u16(data);
            data += SAMPLE_BYTES;
            count -= SAMPLE_BYTES;
        }
        take_samples(samples, block);
    }
}

kws_status kws_clip_data(const kws_hal *hal, uint32_t offset, const uint8_t *data, size_t count)
{
    if (!clip.open || offset != clip.received_bytes) {
        return KWS_ERR_BAD_STATE;
    }
    if (count == 0 || count > clip.total_bytes - clip.received_bytes) {
        return KWS_ERR_BAD_LENGTH;
    }
    if (clip.kind == KWS_CLIP_AUDIO) {
        if (count % SAMPLE_BYTES != 0) {
            return KWS_ERR_BAD_LENGTH;
        }
        uint64_t start = hal->time();
        take_audio(data, count);
        clip.front_end_time += hal->time() - start;
    } else {
        memcpy(kws_model_input() + offset, data, count);
    }
    clip.received_bytes += (uint32_t)count;
    return KWS_OK;
}

uint32_t kws_clip_received_bytes(void)
{
    return clip.received_bytes;
}

const int8_t *kws_clip_features(void)
{
    bool complete = clip.open && clip.received_bytes == clip.total_bytes;
    return complete ? kws_model_input() : NULL;
}

kws_status kws_clip_run(const kws_hal *hal, kws_clip_result *result)
{
    const int8_t *features = kws_clip_features();
    if (features == NULL) {
        return KWS_ERR_BAD_STATE;
    }
    result->frames = clip.frames;
    result->front_end_time = clip.front_end_time;
    result->features_crc = kws_crc32(0, (const uint8_t *)features, KWS_INPUT_BYTES);
    clip.open = false;

#ifdef KWS_OP_HOOK
    kws_profile_start(hal);
#endif
    uint64_t start = hal->time();
    kws_status status = kws_model_invoke();
    result->inference_time = hal->time() - start;
    if (status != KWS_OK) {
        return status;
    }
    result->scores = kws_model_output();
    result->best = 0;
    for (uint8_t i = 1; i < KWS_CLASSES; i++) {
        if (result->scores[i] > result->scores[result->best]) {
            result->best = i;
        }
    }
    return KWS_OK;
}
