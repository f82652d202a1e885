/* SPDX-License-Identifier: Apache-2.0 */
/* See hear.h. */
#include "listener/hear.h"

#include "classifier/classifier.h"
#include "detect/detect.h"
#include "detect/gate.h"
#include "runtime/model.h"

static const kws_detect_config config = {
    .classes = KWS_CLASSES,
    .thresholds = kws_detect_thresholds,
    .smoothing = KWS_DETECT_SMOOTHING,
    .consecutive = KWS_DETECT_CONSECUTIVE,
    .refractory = KWS_DETECT_REFRACTORY,
};

static uint16_t sums[KWS_CLASSES];
static uint8_t history[KWS_DETECT_SMOOTHING * KWS_CLASSES];
static kws_detect_state detector = {.sums = sums, .history = history, .best = KWS_CLASSES};
static uint64_t frames; /* heard */

#if KWS_GATE_MEAN_SQUARE
static const kws_gate_config gate_config = {
    .mean_square = KWS_GATE_MEAN_SQUARE,
    .patience = KWS_FRAMES,
    .lead_in = KWS_GATE_LEAD_IN,
    .row_bytes = KWS_CHANNELS,
};

static int8_t waiting_rows[KWS_GATE_LEAD_IN * KWS_CHANNELS];
static kws_gate_state gate = {.rows = waiting_rows};
#endif

void kws_hear_restart(void)
{
    kws_model_restart();
    kws_detect_restart(&config, &detector);
    frames = 0;
#if KWS_GATE_MEAN_SQUARE
    kws_gate_restart(&gate);
#endif
}

void kws_hear_samples(const int16_t *samples, size_t count)
{
#if KWS_GATE_MEAN_SQUARE
    kws_gate_hear(&gate, samples, count);
#else
    (void)samples;
    (void)count;
#endif
}

/* Gives the model its next row; true when a decision is due. Of rows that waited behind the gate
 * none is decided on: at most one decision a frame, so that no frame takes longer than others. */
static bool take_row(const int8_t *row)
{
#if KWS_GATE_MEAN_SQUARE
    if (!kws_gate_open(&gate_config, &gate, row)) {
        return false;
    }
    const int8_t *waiting;
    while ((waiting = kws_gate_next_row(&gate_config, &gate)) != NULL) {
        (void)kws_model_take_row(waiting);
    }
#endif
    return kws_model_take_row(row);
}

void kws_hear_frame(const uint16_t *features, kws_hearing *hearing)
{
    int8_t row[KWS_CHANNELS];
    kws_quantize_frame(features, row);
    *hearing = (kws_hearing){
        .frame = true,
        .event.samples = KWS_WINDOW_SAMPLES + frames * KWS_HOP_SAMPLES,
    };
    frames++;
    if (!take_row(row)) {
        return;
    }
    kws_event *event = &hearing->event;
    kws_detection found;
    event->status = kws_model_scores(&hearing->scores);
    if (event->status == KWS_OK && kws_detect(&config, &detector, hearing->scores, &found)) {
        event->word = kws_labels[found.word];
        event->index = found.word;
        event->score_q16 = found.score_q16;
    }
}
