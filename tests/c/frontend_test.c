/* SPDX-License-Identifier: Apache-2.0 */
/* The stages of the front end, each alone: edges that whole clips seldom meet. */
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "check.h"
#include "feature_constants.h"
#include "frontend/bits.h"
#include "frontend/feature_quantize.h"
#include "frontend/fft.h"
#include "frontend/filterbank.h"
#include "frontend/frontend.h"
#include "frontend/log_scale.h"
#include "frontend/noise_reduction.h"
#include "frontend/pcan.h"
#include "frontend/pre_emphasis.h"
#include "frontend/square_root.h"
#include "frontend/window.h"

static uint64_t random_state = 1;

static uint32_t next_random(void)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(random_state >> 33);
}

static void test_bit_length(void)
{
    CHECK_EQUAL(0, kws_bit_length(0));
    for (unsigned bit = 0; bit < 32; bit++) {
        CHECK_EQUAL(bit + 1, kws_bit_length(UINT32_C(1) << bit));
        CHECK_EQUAL(32, kws_bit_length(UINT32_MAX - bit));
    }
}

/* The definition: nearest integer, with the limit below 2^32. */
static void check_square_root(uint64_t value)
{
    const uint64_t root = kws_square_root(value);
    if (value <= UINT32_MAX && value > UINT64_C(65535) * 65536) {
        CHECK_EQUAL(65535, root);
        return;
    }
    CHECK(value <= root * root + root);
    CHECK(root == 0 ? value == 0 : value >= root * root - root + 1);
}

static void test_square_root(void)
{
    const uint64_t largest = (UINT64_C(1) << 56) - 1;
    for (uint64_t value = 0; value < 100000; value++) {
        check_square_root(value);
        check_square_root(UINT32_MAX - value);
        check_square_root(UINT32_MAX + value);
        check_square_root(largest - value);
    }
    for (uint64_t root = 2; root < 1u << 28; root += root / 5000 + 1) {
        const uint64_t half_way = root * root + root; /* the last that rounds down */
        for (uint64_t value = half_way - 2; value <= half_way + 2 && value <= largest; value++) {
            check_square_root(value);
        }
        check_square_root(root * root - 1);
        check_square_root(root * root);
    }
    for (unsigned bits = 1; bits <= 56; bits++) {
        check_square_root((UINT64_C(1) << bits) - 1);
        check_square_root(UINT64_C(1) << (bits - 1));
    }
    for (int i = 0; i < 1000000; i++) {
        const uint64_t high = next_random();
        check_square_root((high << 33 ^ next_random()) >> (8 + next_random() % 56));
    }
    CHECK_EQUAL(65535, kws_square_root(UINT32_MAX));
    CHECK_EQUAL(65536, kws_square_root(UINT64_C(1) << 32));
    CHECK_EQUAL(1u << 28, kws_square_root(largest));
}

#if KWS_PRE_EMPHASIS
/* Every pair of neighbours at the ends of the range, and some between. */
static void test_pre_emphasis(void)
{
    const int32_t one = 1 << KWS_PRE_EMPHASIS_BITS;
    for (int32_t first = INT16_MIN; first <= INT16_MAX; first += 4369) {
        for (int32_t second = INT16_MIN; second <= INT16_MAX; second += 4369) {
            const int16_t samples[2] = {(int16_t)first, (int16_t)second};
            int16_t previous = 0;
            int16_t filtered[2];
            kws_pre_emphasis(samples, 2, &previous, filtered);
            CHECK_EQUAL(first, filtered[0]);
            CHECK_EQUAL(second, previous);
            const double exact = second - (double)first * KWS_PRE_EMPHASIS_COEFFICIENT / one;
            CHECK_EQUAL(fmin(fmax(floor(exact + 0.5), INT16_MIN), INT16_MAX), filtered[1]);
        }
    }
}
#endif

static void test_window(void)
{
    static int16_t samples[KWS_WINDOW_SAMPLES];
    static int16_t windowed[KWS_WINDOW_SAMPLES];
    CHECK_EQUAL(15, kws_window(samples, windowed));
    const size_t middle = KWS_WINDOW_SAMPLES / 2;
    const int32_t peak = kws_window_coefficients[middle];
    for (int32_t value = -32768; value <= 32767; value += 97) {
        samples[middle] = (int16_t)value;
        const unsigned shift = kws_window(samples, windowed);
        const int32_t expected = value * peak >> KWS_WINDOW_BITS;
        CHECK_EQUAL(expected, windowed[middle]);
        if (expected != -32768) {
            const uint32_t magnitude = (uint32_t)(expected < 0 ? -expected : expected);
            CHECK_EQUAL(15 - kws_bit_length(magnitude), shift);
        }
        CHECK_EQUAL(0, windowed[0]);
        CHECK_EQUAL(0, windowed[middle + 1]);
    }
}

/* A cosine on a bin has its energy there, and the levels come out as 1/points of the size. */
static void test_fft(void)
{
    static int16_t samples[KWS_FFT_SIZE];
    static kws_complex spectrum[KWS_FFT_POINTS];
    const double turn = 6.283185307179586;
    const size_t step = KWS_FFT_POINTS > 64 ? KWS_FFT_POINTS / 64 : 1;
    for (size_t bin = 1; bin < KWS_FFT_POINTS; bin += step) {
        for (size_t i = 0; i < KWS_FFT_SIZE; i++) {
            const size_t phase = bin * i % KWS_FFT_SIZE;
            samples[i] = (int16_t)lround(8000 * cos(turn * (double)phase / KWS_FFT_SIZE));
        }
        kws_fft(samples, 1, spectrum);
        for (size_t k = 1; k < KWS_FFT_POINTS; k++) {
            const int expected = k == bin ? 8000 : 0; /* 2 * 8000 in two halves, one seen */
            CHECK(abs(spectrum[k].re - expected) <= 12);
            CHECK(abs(spectrum[k].im) <= 12);
        }
    }
    memset(samples, 0, sizeof samples);
    kws_fft(samples, 15, spectrum);
    for (size_t k = 1; k < KWS_FFT_POINTS; k++) {
        CHECK(spectrum[k].re == 0 && spectrum[k].im == 0);
    }
    /* Extremes wrap, silently and without undefined behaviour. */
    for (int round = 0; round < 200; round++) {
        for (size_t i = 0; i < KWS_FFT_SIZE; i++) {
            samples[i] = next_random() % 2 ? INT16_MIN : INT16_MAX;
        }
        kws_fft(samples, (unsigned)round % 16, spectrum);
    }
}

static void test_filterbank(void)
{
    static kws_complex spectrum[KWS_FFT_POINTS];
    static uint32_t channels[KWS_CHANNELS];
    for (size_t k = 0; k < KWS_FFT_POINTS; k++) {
        spectrum[k] = (kws_complex){k % 2 ? INT16_MAX : -INT16_MAX, -INT16_MAX};
    }
    const int16_t (*weight)[2] = kws_bin_weights;
    kws_filterbank(spectrum, 3, channels);
    uint64_t carried = 0;
    for (size_t slot = 0; slot <= KWS_CHANNELS; slot++) {
        uint64_t sum = carried;
        carried = 0;
        for (unsigned i = 0; i < kws_channel_widths[slot]; i++, weight++) {
            sum += UINT64_C(2147352578) * (uint64_t)(*weight)[0];
            carried += UINT64_C(2147352578) * (uint64_t)(*weight)[1];
        }
        if (slot > 0) {
            CHECK_EQUAL(kws_square_root(sum) >> 3, channels[slot - 1]);
        }
    }
    memset(spectrum, 0, sizeof spectrum);
    spectrum[KWS_START_BIN - 1].re = 1000; /* outside the band */
    kws_filterbank(spectrum, 0, channels);
    for (size_t i = 0; i < KWS_CHANNELS; i++) {
        CHECK_EQUAL(0, channels[i]);
    }
}

#if KWS_NOISE_REDUCTION
static void test_noise_reduction(void)
{
    uint32_t channels[KWS_CHANNELS];
    uint32_t estimate[KWS_CHANNELS] = {0};
    for (int frame = 0; frame < 2000; frame++) {
        for (size_t i = 0; i < KWS_CHANNELS; i++) {
            channels[i] = 1000;
        }
        kws_noise_reduction(channels, estimate);
        const uint32_t least = 1000 * KWS_MIN_SIGNAL_REMAINING >> KWS_NOISE_COEFFICIENT_BITS;
        for (size_t i = 0; i < KWS_CHANNELS; i++) {
            CHECK(channels[i] >= least && channels[i] <= 1000);
        }
    }
    /* A steady signal is noise in the end. */
    CHECK_EQUAL(1000 * KWS_MIN_SIGNAL_REMAINING >> KWS_NOISE_COEFFICIENT_BITS, channels[0]);
    for (size_t i = 0; i < KWS_CHANNELS; i++) {
        channels[i] = 0;
    }
    kws_noise_reduction(channels, estimate);
    CHECK_EQUAL(0, channels[KWS_CHANNELS - 1]);
}
#endif

#if KWS_PCAN
static void test_pcan(void)
{
    uint32_t channels[KWS_CHANNELS];
    uint32_t estimate[KWS_CHANNELS];
    uint32_t last = UINT32_MAX;
    for (uint64_t noise = 0; noise <= UINT32_MAX; noise = noise * 3 / 2 + 1) {
        for (size_t i = 0; i < KWS_CHANNELS; i++) {
            channels[i] = 50000;
            estimate[i] = (uint32_t)noise;
        }
        kws_pcan(channels, estimate);
        CHECK(channels[0] <= last); /* more noise, less gain */
        CHECK_EQUAL(channels[0], channels[KWS_CHANNELS - 1]);
        last = channels[0];
    }
}
#endif

static void test_log_scale(void)
{
    uint32_t channels[KWS_CHANNELS] = {0};
    uint16_t features[KWS_CHANNELS];
#if KWS_LOG
    for (uint64_t value = 0; value <= UINT32_MAX; value += value / 50 + 1) {
        channels[0] = (uint32_t)value;
        kws_log_scale(channels, features);
        const uint32_t scaled =
            (uint32_t)value << KWS_LOG_INPUT_LEFT_SHIFT >> KWS_LOG_INPUT_RIGHT_SHIFT;
        const double expected = scaled < 2 ? 0 : ldexp(log(scaled), KWS_LOG_SCALE_SHIFT);
        /* One table step, 224 / 2^16 of an octave: TFLite's micro-frontend hardly interpolates. */
        CHECK(fabs(features[0] - expected) <= 0.5 + ldexp(0.0024, KWS_LOG_SCALE_SHIFT));
    }
#else
    channels[0] = 65534;
    channels[1] = UINT32_MAX;
    kws_log_scale(channels, features);
    CHECK_EQUAL(65534, features[0]);
    CHECK_EQUAL(65535, features[1]);
#endif
    CHECK_EQUAL(0, features[KWS_CHANNELS - 1] * (KWS_CHANNELS > 2));
}

static void test_feature_quantize(void)
{
    const kws_feature_quantization half = {.multiplier = 1u << 30, .shift = 31, .zero_point = -128};
    const uint16_t features[] = {0, 1, 2, 3, 509, 510, 511, 65535};
    const int8_t expected[] = {-128, -127, -127, -126, 127, 127, 127, 127};
    int8_t out[8];
    kws_feature_quantize(features, 8, half, out);
    for (size_t i = 0; i < 8; i++) {
        CHECK_EQUAL(expected[i], out[i]);
    }
    const kws_feature_quantization big = {.multiplier = INT32_MAX, .shift = 1, .zero_point = 127};
    kws_feature_quantize(features, 8, big, out);
    CHECK_EQUAL(127, out[0]);
    CHECK_EQUAL(127, out[7]);
    const kws_feature_quantization small = {.multiplier = INT32_MAX, .shift = 63, .zero_point = 5};
    kws_feature_quantize(features, 8, small, out);
    CHECK_EQUAL(5, out[7]);
}

/* A frame is ready exactly when its last sample is taken, and never takes more. */
static void test_stream(void)
{
    static int16_t samples[KWS_WINDOW_SAMPLES + 3 * KWS_HOP_SAMPLES];
    uint16_t features[KWS_CHANNELS];
    bool ready = true;
    kws_frontend_reset();
    CHECK_EQUAL(0, kws_frontend_process(samples, 0, features, &ready));
    CHECK(!ready);
    CHECK_EQUAL(KWS_WINDOW_SAMPLES - 1,
                kws_frontend_process(samples, KWS_WINDOW_SAMPLES - 1, features, &ready));
    CHECK(!ready);
    CHECK_EQUAL(1, kws_frontend_process(samples, 3 * KWS_HOP_SAMPLES, features, &ready));
    CHECK(ready);
    for (int frame = 0; frame < 3; frame++) {
        CHECK_EQUAL(KWS_HOP_SAMPLES, kws_frontend_process(samples, sizeof samples / sizeof *samples,
                                                          features, &ready));
        CHECK(ready);
    }
    for (size_t i = 0; i < KWS_CHANNELS; i++) {
        CHECK_EQUAL(0, features[i]);
    }
}

int main(void)
{
    test_bit_length();
    test_square_root();
#if KWS_PRE_EMPHASIS
    test_pre_emphasis();
#endif
    test_window();
    test_fft();
    test_filterbank();
#if KWS_NOISE_REDUCTION
    test_noise_reduction();
#endif
#if KWS_PCAN
    test_pcan();
#endif
    test_log_scale();
    test_feature_quantize();
    test_stream();
    return 0;
}
