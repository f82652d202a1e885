/* SPDX-License-Identifier: Apache-2.0 */
#include "pc/frontend_batch.h"

#include <string.h>

#include "feature_constants.h"
#include "frontend/frontend.h"

static size_t process_all(const int16_t *samples, size_t count, uint16_t *features)
{
    size_t frames = 0;
    while (count > 0) {
        bool frame_ready;
        const size_t taken =
            kws_frontend_process(samples, count, features + frames * KWS_CHANNELS, &frame_ready);
        samples += taken;
        count -= taken;
        frames += frame_ready;
    }
    return frames;
}

size_t kws_frontend_state_bytes(void)
{
    size_t bytes;
    (void)kws_frontend_state(&bytes);
    return bytes;
}

size_t kws_frontend_continue(void *state, const int16_t *samples, size_t count, uint16_t *features)
{
    size_t bytes;
    void *current = kws_frontend_state(&bytes);
    memcpy(current, state, bytes);
    const size_t frames = process_all(samples, count, features);
    memcpy(state, current, bytes);
    return frames;
}

void kws_frontend_clips(const int16_t *clips, size_t clip_count, size_t clip_samples,
                        uint16_t *features)
{
    for (size_t i = 0; i < clip_count; i++) {
        kws_frontend_reset();
        features += process_all(clips + i * clip_samples, clip_samples, features) * KWS_CHANNELS;
    }
}
