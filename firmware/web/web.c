/* SPDX-License-Identifier: Apache-2.0 */
/* See web.h. */
#include "web/web.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "detect/detect.h"
#include "detect/gate.h"
#include "detect_config.h"
#include "frontend/feature_quantize.h"
#include "frontend/frontend.h"
#include "runtime/model.h"

static int16_t heard[KWS_WEB_SAMPLES];
static uint16_t frames[KWS_WEB_FRAMES][KWS_CHANNELS];
static uint32_t frame_count;
static kws_web_decision decisions[KWS_WEB_FRAMES];
static uint32_t decision_count;
static uint32_t samples_heard;

static uint32_t thresholds[KWS_CLASSES];
static uint16_t sums[KWS_CLASSES];
static uint8_t history[KWS_DETECT_SMOOTHING * KWS_CLASSES];
static kws_detect_state detector = {.sums = sums, .history = history};
static const kws_detect_config settings = {
    .classes = KWS_CLASSES,
    .thresholds = thresholds,
    .smoothing = KWS_DETECT_SMOOTHING,
    .consecutive = KWS_DETECT_CONSECUTIVE,
    .refractory = KWS_DETECT_REFRACTORY,
};

static int8_t waiting_rows[KWS_GATE_LEAD_IN][KWS_CHANNELS];
static kws_gate_state gate = {.rows = waiting_rows[0]};
static const kws_gate_config gate_settings = {
    .mean_square = KWS_GATE_MEAN_SQUARE,
    .patience = KWS_FRAMES,
    .lead_in = KWS_GATE_LEAD_IN,
    .row_bytes = KWS_CHANNELS,
};

int16_t *kws_web_samples(void)
{
    return heard;
}

uint32_t kws_web_most_samples(void)
{
    return KWS_WEB_SAMPLES;
}

uint32_t kws_web_frame_count(void)
{
    return frame_count;
}

const uint16_t *kws_web_frames(void)
{
    return frames[0];
}

const kws_web_decision *kws_web_decisions(void)
{
    return decisions;
}

uint32_t kws_web_decision_bytes(void)
{
    return sizeof decisions[0];
}

void kws_web_set_threshold(uint32_t word, uint32_t threshold)
{
    if (word < KWS_CLASSES && kws_detect_thresholds[word] < KWS_DETECT_NEVER) {
        thresholds[word] = threshold < KWS_DETECT_NEVER ? threshold : KWS_DETECT_NEVER;
    }
}

void kws_web_restart(void)
{
    kws_frontend_reset();
    kws_model_restart();
    kws_detect_restart(&settings, &detector);
    kws_gate_restart(&gate);
    samples_heard = 0;
}

uint32_t kws_web_start(void)
{
    memcpy(thresholds, kws_detect_thresholds, sizeof thresholds);
    if (kws_model_init() != KWS_OK) {
        return 0;
    }
    kws_web_restart();
    return 1;
}

/* The scores of the decision that is due, and what the detector makes of them. */
static bool decide(void)
{
    const int8_t *scores = NULL;
    kws_detection detection = {0};
    kws_web_decision *decision = &decisions[decision_count];

    if (kws_model_scores(&scores) != KWS_OK) {
        return false;
    }
    decision_count++;
    decision->samples = samples_heard;
    memcpy(decision->scores, scores, KWS_CLASSES);
    const bool detected = kws_detect(&settings, &detector, scores, &detection);
    decision->word = detected ? (int32_t)detection.word : -1;
    decision->score_q8 = detected ? detection.score_q16 : 0;
    return true;
}

/* The next frame to the model; false when it cannot run. As on a device (listener/hear.c) none of
 * the rows that waited behind the gate is decided on. */
static bool take_frame(const uint16_t *features)
{
    static const kws_feature_quantization quantization = {
        .multiplier = KWS_FEATURE_MULTIPLIER,
        .shift = KWS_FEATURE_SHIFT,
        .zero_point = KWS_FEATURE_ZERO_POINT,
    };
    static int8_t row[KWS_CHANNELS];

    kws_feature_quantize(features, KWS_CHANNELS, quantization, row);
    if (!kws_gate_open(&gate_settings, &gate, row)) {
        return true;
    }
    for (const int8_t *older; (older = kws_gate_next_row(&gate_settings, &gate)) != NULL;) {
        (void)kws_model_take_row(older);
    }
    return !kws_model_take_row(row) || decide();
}

int32_t kws_web_hear(uint32_t count)
{
    const int16_t *samples = heard;

    frame_count = 0;
    decision_count = 0;
    count = count < KWS_WEB_SAMPLES ? count : KWS_WEB_SAMPLES;
    while (count > 0) {
        bool frame_ready = false;
        const size_t taken =
            kws_frontend_process(samples, count, frames[frame_count], &frame_ready);
        kws_gate_hear(&gate, samples, taken);
        samples += taken;
        count -= (uint32_t)taken;
        samples_heard += (uint32_t)taken;
        if (frame_ready && !take_frame(frames[frame_count++])) {
            return -1;
        }
    }
    return (int32_t)decision_count;
}
