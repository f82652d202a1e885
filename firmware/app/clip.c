/* SPDX-License-Identifier: Apache-2.0 */
/* The clip in progress: its kind, how much of it has arrived, and the time it cost. */
#include "app/clip.h"

#include <stdbool.h>

#include "app/bytes.h"
#include "app/crc32.h"
#include "app/profile.h"
#include "classifier/samples.h"

#define SAMPLE_BYTES 2
#define BLOCK_SAMPLES 64 /* samples unpacked at a time */

static struct {
    bool open;
    kws_clip_kind kind;
    uint32_t received_bytes;
    uint64_t front_end_time;
} clip;

static uint32_t total_bytes(uint8_t kind)
{
    return kind == KWS_CLIP_AUDIO ? KWS_CLIP_SAMPLES * SAMPLE_BYTES : KWS_INPUT_BYTES;
}

void kws_clip_reset(void)
{
    clip.open = false;
    clip.received_bytes = 0;
    clip.front_end_time = 0;
    kws_restart();
}

kws_status kws_clip_begin(uint8_t kind, uint32_t bytes)
{
    kws_clip_reset();
    if ((kind != KWS_CLIP_AUDIO && kind != KWS_CLIP_FEATURES) || bytes != total_bytes(kind)) {
        return KWS_ERR_BAD_INPUT;
    }
    clip.open = true;
    clip.kind = (kws_clip_kind)kind;
    return KWS_OK;
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
        (void)kws_take_samples(samples, block);
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
        uint64_t start = hal->time();
        take_audio(data, count);
        clip.front_end_time += hal->time() - start;
    } else {
        (void)kws_take_quantized((const int8_t *)data, count);
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
    return kws_features();
}

kws_status kws_clip_run(const kws_hal *hal, kws_clip_result *result)
{
    const int8_t *features = kws_features();
    if (features == NULL) {
        return KWS_ERR_BAD_STATE;
    }
    result->frames = clip.kind == KWS_CLIP_AUDIO ? KWS_FRAMES : 0;
    result->front_end_time = clip.front_end_time;
    result->features_crc = kws_crc32(0, (const uint8_t *)features, KWS_INPUT_BYTES);
    clip.open = false;

#ifdef KWS_OP_HOOK
    kws_profile_start(hal);
#endif
    uint64_t start = hal->time();
    kws_status status = kws_run(&result->scores);
    result->inference_time = hal->time() - start;
    if (status == KWS_OK) {
        result->best = (uint8_t)kws_best(result->scores);
    }
    return status;
}
