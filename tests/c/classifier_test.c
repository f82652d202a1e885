/* SPDX-License-Identifier: Apache-2.0 */
/* The product API: the three ways to feed a clip give the same scores, in any portions; what is
 * too much or too little; one clip after the other. Uses the generated model. */
#include <string.h>

#include "check.h"
#include "classifier/samples.h"
#include "runtime/model.h"

static int16_t samples[KWS_CLIP_SAMPLES];
static int8_t quantized[KWS_INPUT_BYTES];
static int8_t expected[KWS_CLASSES];

static void make_clip(uint32_t seed)
{
    for (size_t i = 0; i < KWS_CLIP_SAMPLES; i++) {
        seed = seed * 1664525u + 1013904223u;
        samples[i] = (int16_t)(seed >> 17);
    }
}

static void listen(size_t block)
{
    for (size_t start = 0; start < KWS_CLIP_SAMPLES; start += block) {
        const size_t left = KWS_CLIP_SAMPLES - start;
        const size_t count = left < block ? left : block;
        CHECK_EQUAL(count == left, kws_take_samples(samples + start, count));
    }
}

static void check_scores(void)
{
    const int8_t *scores = NULL;
    CHECK_EQUAL(KWS_OK, kws_run(&scores));
    CHECK(memcmp(expected, scores, KWS_CLASSES) == 0);
    CHECK(!kws_complete());
    CHECK_EQUAL(0, kws_frames());
    CHECK_EQUAL(KWS_ERR_BAD_STATE, kws_run(&scores));
}

/* The features of a complete clip, where the model keeps them. */
static void check_features(void)
{
    CHECK(kws_complete());
    CHECK(kws_features() == kws_model_window());
    if (kws_features() != NULL) {
        CHECK(memcmp(quantized, kws_features(), KWS_INPUT_BYTES) == 0);
    }
}

/* The clip of `seed` in one call; what it gives is what all other ways must give. */
static void test_whole_clip(uint32_t seed)
{
    kws_decision decision;
    make_clip(seed);
    CHECK_EQUAL(KWS_ERR_BAD_STATE, kws_decide(&decision));
    listen(KWS_CLIP_SAMPLES);
    CHECK_EQUAL(KWS_FRAMES, kws_frames());
    CHECK_EQUAL(KWS_OK, kws_decide(&decision));
    memcpy(expected, decision.scores, KWS_CLASSES);
    CHECK(decision.index < KWS_CLASSES && decision.word == kws_labels[decision.index]);
    for (size_t i = 0; i < KWS_CLASSES; i++) {
        const int8_t highest = expected[decision.index];
        CHECK(i < decision.index ? expected[i] < highest : expected[i] <= highest);
    }
}

static void test_portions(void)
{
    for (size_t block = 1; block < 3000; block = block * 2 + 1) {
        listen(block);
        check_scores();
    }
}

static void test_samples_beyond_are_ignored(void)
{
    listen(1000);
    CHECK(kws_take_samples(samples, 1000));
    check_scores();
}

static void test_all_samples_belong_to_a_clip(void)
{
    const int8_t *scores;
    CHECK(!kws_take_samples(samples, KWS_CLIP_SAMPLES - 1));
    CHECK(!kws_complete());
    CHECK_EQUAL(KWS_ERR_BAD_STATE, kws_run(&scores));
    CHECK(kws_take_samples(samples + KWS_CLIP_SAMPLES - 1, 1));
    check_scores();
}

static void test_restart(void)
{
    CHECK(!kws_take_samples(samples, KWS_CLIP_SAMPLES / 2));
    CHECK(kws_frames() > 0 && kws_frames() < KWS_FRAMES);
    kws_restart();
    CHECK_EQUAL(0, kws_frames());
    listen(160);
    check_scores();
}

/* A front end of one's own beside the model. */
static void test_frames(void)
{
    uint16_t features[KWS_CHANNELS];
    const int16_t *next = samples;
    size_t left = KWS_CLIP_SAMPLES;
    size_t frames = 0;
    kws_frontend_reset();
    while (left > 0) {
        bool frame_ready;
        const size_t taken = kws_frontend_process(next, left, features, &frame_ready);
        next += taken;
        left -= taken;
        if (frame_ready) {
            frames++;
            kws_quantize_frame(features, quantized + frames * KWS_CHANNELS - KWS_CHANNELS);
            CHECK_EQUAL(frames == KWS_FRAMES, kws_take_frame(features));
            CHECK_EQUAL(frames, kws_frames());
        }
    }
    memset(features, 0, sizeof features);
    CHECK(kws_take_frame(features)); /* one too many */
    check_features();
    check_scores();
}

static void test_quantized(void)
{
    for (size_t block = 1; block < KWS_INPUT_BYTES; block = block * 3 + 1) {
        for (size_t start = 0; start < KWS_INPUT_BYTES; start += block) {
            const size_t left = KWS_INPUT_BYTES - start;
            const size_t count = left < block ? left : block;
            CHECK(!kws_complete() && kws_features() == NULL);
            CHECK_EQUAL(count == left, kws_take_quantized(quantized + start, count));
        }
        CHECK(kws_take_quantized(quantized, 5)); /* too many */
        check_scores();
    }
}

int main(void)
{
    CHECK_EQUAL(KWS_OK, kws_start());
    for (uint32_t seed = 1; seed < 4; seed++) {
        test_whole_clip(seed);
        test_portions();
        test_samples_beyond_are_ignored();
        test_all_samples_belong_to_a_clip();
        test_restart();
        test_frames();
        test_quantized();
    }
    return EXIT_SUCCESS;
}
