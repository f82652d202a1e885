/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/frontend.h"

#include <string.h>

#include "feature_constants.h"
#include "frontend/fft.h"
#include "frontend/filterbank.h"
#include "frontend/log_scale.h"
#include "frontend/noise_reduction.h"
#include "frontend/pcan.h"
#include "frontend/pre_emphasis.h"
#include "frontend/window.h"

/* A debug build (compare/) looks at what each stage gives: define KWS_STAGE_HOOK and
 * void KWS_STAGE_HOOK(const char *stage, const void *values, size_t bytes). */
#ifdef KWS_STAGE_HOOK
void KWS_STAGE_HOOK(const char *stage, const void *values, size_t bytes);
#define STAGE_DONE(stage, values, bytes) KWS_STAGE_HOOK(stage, values, bytes)
#else
#define STAGE_DONE(stage, values, bytes) ((void)0)
#endif

/* What a stream remembers from frame to frame; all 0 at its start. */
static struct {
    size_t samples_held;
#if KWS_PRE_EMPHASIS
    int16_t last_sample; /* before pre-emphasis */
#endif
    int16_t samples[KWS_WINDOW_SAMPLES]; /* the first samples_held are valid */
#if KWS_NOISE_ESTIMATE
    uint32_t noise_estimate[KWS_CHANNELS];
#endif
} stream;

/* Used within one frame only. The tail of windowed, beyond the window, stays zero. */
static struct {
    int16_t windowed[KWS_FFT_SIZE];
    kws_complex spectrum[KWS_FFT_POINTS];
    uint32_t channels[KWS_CHANNELS];
} frame;

void kws_frontend_reset(void)
{
    memset(&stream, 0, sizeof stream);
}

void *kws_frontend_state(size_t *bytes)
{
    *bytes = sizeof stream;
    return &stream;
}

static void compute_frame(uint16_t *features)
{
    STAGE_DONE("framing", stream.samples, sizeof stream.samples);
    const unsigned shift = kws_window(stream.samples, frame.windowed);
    STAGE_DONE("window", frame.windowed, sizeof stream.samples);
    kws_fft(frame.windowed, shift, frame.spectrum);
    STAGE_DONE("fft", frame.spectrum + 1, sizeof frame.spectrum - sizeof *frame.spectrum);
    kws_filterbank(frame.spectrum, shift, frame.channels);
    STAGE_DONE("filterbank", frame.channels, sizeof frame.channels);
#if KWS_NOISE_ESTIMATE
    kws_noise_reduction(frame.channels, stream.noise_estimate);
    STAGE_DONE("noise_estimate", stream.noise_estimate, sizeof stream.noise_estimate);
    STAGE_DONE("noise_reduction", frame.channels, sizeof frame.channels);
#endif
#if KWS_PCAN
    kws_pcan(frame.channels, stream.noise_estimate);
    STAGE_DONE("pcan", frame.channels, sizeof frame.channels);
#endif
    kws_log_scale(frame.channels, features);
    STAGE_DONE("log_scale", features, KWS_CHANNELS * sizeof *features);
}

size_t kws_frontend_process(const int16_t *samples, size_t count, uint16_t *features,
                            bool *frame_ready)
{
    const size_t missing = KWS_WINDOW_SAMPLES - stream.samples_held;
    const size_t taken = count < missing ? count : missing;
#if KWS_PRE_EMPHASIS
    kws_pre_emphasis(samples, taken, &stream.last_sample, stream.samples + stream.samples_held);
    STAGE_DONE("pre_emphasis", stream.samples + stream.samples_held, taken * sizeof *samples);
#else
    memcpy(stream.samples + stream.samples_held, samples, taken * sizeof *samples);
#endif
    stream.samples_held += taken;
    *frame_ready = stream.samples_held == KWS_WINDOW_SAMPLES;
    if (*frame_ready) {
        compute_frame(features);
        stream.samples_held -= KWS_HOP_SAMPLES;
        memmove(stream.samples, stream.samples + KWS_HOP_SAMPLES,
                stream.samples_held * sizeof *samples);
    }
    return taken;
}
