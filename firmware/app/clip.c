/* SPDX-License-Identifier: Apache-2.0 */
/* The clip in progress: its kind, how much of it has arrived, and the time it cost. */
#include "app/clip.h"

#include <stdbool.h>
#include <string.h>

#include "app/bytes.h"
#include "app/crc32.h"
#include "app/profile.h"
#include "classifier/classifier.h"
#include "frontend/frontend.h"

#define SAMPLE_BYTES 2
#define BLOCK_SAMPLES 64 /* samples unpacked at a time */

static struct {
    bool open;
    kws_clip_kind kind;
    uint32_t received_bytes;
    uint64_t front_end_time;
    uint64_t inference_time; /* of rows that the model has computed as they came */
#if defined(KWS_KEEP_FEATURES) || KWS_STEPS > 1
    uint32_t kept_bytes; /* of `features` */
#endif
} clip;

#if defined(KWS_KEEP_FEATURES) || KWS_STEPS > 1
/* For GET_FEATURES: the model in its rows or steps form keeps none. */
static int8_t features[KWS_INPUT_BYTES];
#endif

static uint32_t total_bytes(uint8_t kind)
{
    return kind == KWS_CLIP_AUDIO ? KWS_CLIP_SAMPLES * SAMPLE_BYTES : KWS_INPUT_BYTES;
}

void kws_clip_reset(void)
{
    memset(&clip, 0, sizeof clip);
    kws_frontend_reset();
    kws_restart();
}

kws_status kws_clip_begin(const kws_hal *hal, uint8_t kind, uint32_t bytes)
{
    (void)hal;
    kws_clip_reset();
    if ((kind != KWS_CLIP_AUDIO && kind != KWS_CLIP_FEATURES) || bytes != total_bytes(kind)) {
        return KWS_ERR_BAD_INPUT;
    }
    clip.open = true;
    clip.kind = (kws_clip_kind)kind;
#ifdef KWS_OP_HOOK
    kws_profile_start(hal);
#endif
    return KWS_OK;
}

/* Gives the model its next values, int8 [count]. */
static void take_features(const kws_hal *hal, const int8_t *values, size_t count)
{
#if defined(KWS_KEEP_FEATURES) || KWS_STEPS > 1
    memcpy(features + clip.kept_bytes, values, count); /* no more than a clip has */
    clip.kept_bytes += (uint32_t)count;
#endif
    const uint64_t start = hal->time();
    (void)kws_take_quantized(values, count);
    clip.inference_time += hal->time() - start;
}

static void take_samples(const kws_hal *hal, const int16_t *samples, size_t count)
{
    static uint16_t frame[KWS_CHANNELS];
    uint64_t start = hal->time();
    while (count > 0) {
        bool frame_ready = false;
        const size_t taken = kws_frontend_process(samples, count, frame, &frame_ready);
        samples += taken;
        count -= taken;
        if (frame_ready) {
            int8_t row[KWS_CHANNELS];
            kws_quantize_frame(frame, row);
            clip.front_end_time += hal->time() - start;
            take_features(hal, row, KWS_CHANNELS);
            start = hal->time();
        }
    }
    clip.front_end_time += hal->time() - start;
}

static void take_audio(const kws_hal *hal, const uint8_t *data, size_t count)
{
    while (count > 0) {
        int16_t samples[BLOCK_SAMPLES];
        size_t block = 0;
        for (; block < BLOCK_SAMPLES && count > 0; block++) {
            samples[block] = (int16_t)kws_get_u16(data);
            data += SAMPLE_BYTES;
            count -= SAMPLE_BYTES;
        }
        take_samples(hal, samples, block);
    }
}

kws_status kws_clip_data(const kws_hal *hal, uint32_t offset, const uint8_t *data, size_t count)
{
    if (!clip.open || offset != clip.received_bytes) {
        return KWS_ERR_BAD_STATE;
    }
    if (count == 0 || count > total_bytes(clip.kind) - clip.received_bytes) {
        return KWS_ERR_BAD_LENGTH;
    }
    if (clip.kind == KWS_CLIP_AUDIO) {
        if (count % SAMPLE_BYTES != 0) {
            return KWS_ERR_BAD_LENGTH;
        }
        take_audio(hal, data, count);
    } else {
        take_features(hal, (const int8_t *)data, count);
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
    const bool complete = clip.open && clip.received_bytes == total_bytes(clip.kind);
#if defined(KWS_KEEP_FEATURES) || KWS_STEPS > 1
    return complete ? features : NULL;
#else
    return complete ? kws_features() : NULL;
#endif
}

kws_status kws_clip_run(const kws_hal *hal, kws_clip_result *result)
{
    const int8_t *values = kws_clip_features();
    if (values == NULL) {
        return KWS_ERR_BAD_STATE;
    }
    result->frames = clip.kind == KWS_CLIP_AUDIO ? KWS_FRAMES : 0;
    result->front_end_time = clip.front_end_time;
    result->features_crc = kws_crc32(0, (const uint8_t *)values, KWS_INPUT_BYTES);
    clip.open = false;

    uint64_t start = hal->time();
    kws_status status = kws_run(&result->scores);
    result->inference_time = clip.inference_time + (hal->time() - start);
    if (status == KWS_OK) {
        result->best = (uint8_t)kws_best(result->scores);
    }
    return status;
}
