/* SPDX-License-Identifier: Apache-2.0 */
/* See listen.h. */
#include "listener/listen.h"

void kws_listen_restart(void)
{
    kws_frontend_reset();
    kws_hear_restart();
}

size_t kws_listen_to_frame(const int16_t *samples, size_t count, kws_hearing *hearing)
{
    static uint16_t features[KWS_CHANNELS];
    bool frame_ready = false;
    const size_t taken = kws_frontend_process(samples, count, features, &frame_ready);
    kws_hear_samples(samples, taken);
    if (frame_ready) {
        kws_hear_frame(features, hearing);
    } else {
        *hearing = (kws_hearing){0};
    }
    return taken;
}

size_t kws_listen(const int16_t *samples, size_t count, kws_event *event)
{
    size_t taken = 0;
    kws_hearing hearing = {0};
    while (taken < count && hearing.event.word == NULL && hearing.event.status == KWS_OK) {
        taken += kws_listen_to_frame(samples + taken, count - taken, &hearing);
    }
    *event = hearing.event;
    return taken;
}
