#include "frontend/frontend.h"

#include <string.h>

#include "feature_constants.h"
#include "frontend/fft.h"
#include "frontend/filterbank.h"
#include "frontend/log_scale.h"
#include "frontend/noise_reduction.h"
#include "frontend/pcan.h"
#include "frontend/stream.h"
#include "frontend/window.h"

kws_stream kws_frontend_stream;

/* Used within one frame only. The tail of windowed, beyond the window, stays zero. */
static struct {
    int16_t windowed[KWS_FFT_SIZE];
    kws_complex spectrum[KWS_FFT_POINTS];
    uint32_t channels[KWS_CHANNELS];
} frame;

void kws_frontend_reset(void)
{
    memset(&kws_frontend_stream, 0, sizeof kws_frontend_stream);
}

static void compute_frame(uint16_t *features)
{
    const unsigned shift = kws_window(kws_frontend_stream.samples, frame.windowed);
    kws_fft(frame.windowed, shift, frame.spectrum);
    kws_filterbank(frame.spectrum, shift, frame.channels);
#if KWS_NOISE_REDUCTION || KWS_PCAN
    kws_noise_reduction(frame.channels, kws_frontend_stream.noise_estimate);
#endif
#if KWS_PCAN
    kws_pcan(frame.channels, kws_frontend_stream.noise_estimate);
#endif
    kws_log_scale(frame.channels, features);
}

size_t kws_frontend_process(const int16_t *samples, size_t count, uint16_t *features,
                            bool *frame_ready)
{
    kws_stream *stream = &kws_frontend_stream;
    const size_t missing = KWS_WINDOW_SAMPLES - stream->samples_held;
    const size_t taken = count < missing ? count : missing;
    memcpy(stream->samples + stream->samples_held, samples, taken * sizeof *samples);
    stream->samples_held += taken;
    *frame_ready = stream->samples_held == KWS_WINDOW_SAMPLES;
    if (*frame_ready) {
        compute_frame(features);
        stream->samples_held -= KWS_HOP_SAMPLES;
        memmove(stream->samples, stream->samples + KWS_HOP_SAMPLES,
                stream->samples_held * sizeof *samples);
    }
    return taken;
}
