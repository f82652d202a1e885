/* SPDX-License-Identifier: Apache-2.0 */
/* See samples.h. */
#include "classifier/samples.h"

#include "classifier/clip_state.h"

bool kws_take_samples(const int16_t *samples, size_t count)
{
    static uint16_t features[KWS_CHANNELS];

    if (kws_clip.samples == 0) {
        kws_frontend_reset();
    }
    const size_t missing = KWS_CLIP_SAMPLES - kws_clip.samples;
    if (count > missing) {
        count = missing;
    }
    kws_clip.samples += (uint32_t)count;
    while (count > 0) {
        bool frame_ready = false;
        const size_t taken = kws_frontend_process(samples, count, features, &frame_ready);
        samples += taken;
        count -= taken;
        if (frame_ready) {
            (void)kws_take_frame(features);
        }
    }
    return kws_clip.samples == KWS_CLIP_SAMPLES;
}
