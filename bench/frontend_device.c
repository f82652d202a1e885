/* SPDX-License-Identifier: Apache-2.0 */
/* Instructions of the front end, stage by stage and as a whole, and a checksum of its output.
 * frontend_device.py compiles and runs it on each core. */
#include <stddef.h>

#include "feature_constants.h"
#include "frontend/fft.h"
#include "frontend/filterbank.h"
#include "frontend/frontend.h"
#include "frontend/log_scale.h"
#include "frontend/noise_reduction.h"
#include "frontend/pcan.h"
#include "frontend/window.h"
#include "measure.h"

enum { FRAMES = 49 };

/* Noise whose level swings twice a second; now and then full scale, where values wrap. */
static int16_t next_sample(size_t i)
{
    static uint32_t random_state = 1;
    random_state = random_state * 1664525u + 1013904223u;
    const int32_t noise = (int32_t)(random_state >> 16) - 32768;
    if (i / 2048 % 4 == 3) {
        return noise < 0 ? INT16_MIN : INT16_MAX;
    }
    const int32_t level = (int32_t)(i / 16 % 512) - 256;
    return (int16_t)(noise * (level < 0 ? -level : level) >> 10);
}

static int16_t samples[FRAMES][KWS_WINDOW_SAMPLES];
static int16_t windowed[FRAMES][KWS_FFT_SIZE];
static unsigned shifts[FRAMES];
static kws_complex spectra[FRAMES][KWS_FFT_POINTS];
static uint32_t channels[FRAMES][KWS_CHANNELS];
static uint32_t estimate[KWS_CHANNELS];
static uint16_t features[FRAMES][KWS_CHANNELS];

/* Runs a statement for each frame and reports the instructions of all frames. */
#define MEASURE(name, statement)              \
    do {                                      \
        kws_measure_start();                  \
        for (size_t i = 0; i < FRAMES; i++) { \
            statement;                        \
        }                                     \
        kws_measure_stop(name);               \
    } while (0)

static void process_stream(const int16_t *stream, size_t count)
{
    for (size_t frame = 0; count > 0;) {
        bool frame_ready;
        const size_t taken = kws_frontend_process(stream, count, features[frame], &frame_ready);
        stream += taken;
        count -= taken;
        frame += frame_ready;
    }
}

int kws_measure_main(void)
{
    for (size_t i = 0; i < FRAMES * KWS_WINDOW_SAMPLES; i++) {
        samples[i / KWS_WINDOW_SAMPLES][i % KWS_WINDOW_SAMPLES] = next_sample(i);
    }
    MEASURE("window", shifts[i] = kws_window(samples[i], windowed[i]));
    MEASURE("fft", kws_fft(windowed[i], shifts[i], spectra[i]));
    MEASURE("filterbank", kws_filterbank(spectra[i], shifts[i], channels[i]));
    MEASURE("noise_reduction", kws_noise_reduction(channels[i], estimate));
    MEASURE("pcan", kws_pcan(channels[i], estimate));
    MEASURE("log_scale", kws_log_scale(channels[i], features[i]));

    /* All of it, copies of the stream included. */
    kws_measure_start();
    process_stream(&samples[0][0], KWS_WINDOW_SAMPLES + (FRAMES - 1) * KWS_HOP_SAMPLES);
    kws_measure_stop("whole");

    uint32_t checksum = 0;
    for (size_t i = 0; i < FRAMES * KWS_CHANNELS; i++) {
        checksum = checksum * 31 + features[i / KWS_CHANNELS][i % KWS_CHANNELS];
    }
    kws_measure_value("checksum", checksum);
    return 0;
}
