/* What a stream remembers from frame to frame. Private to frontend.c and pc/frontend_batch.c. */
#ifndef KWS_STREAM_H
#define KWS_STREAM_H

#include <stddef.h>
#include <stdint.h>

#include "feature_constants.h"

typedef struct kws_stream {
    size_t samples_held;
    int16_t samples[KWS_WINDOW_SAMPLES]; /* the first samples_held are valid */
    uint32_t noise_estimate[KWS_CHANNELS];
} kws_stream;

extern kws_stream kws_frontend_stream;

#endif
