/* SPDX-License-Identifier: Apache-2.0 */
/* Host only: whole streams in one call, for the shared library that kws.detect loads. */
#ifndef KWS_DETECT_BATCH_H
#define KWS_DETECT_BATCH_H

#include "detect/detect.h"
#include "detect/gate.h"

typedef struct kws_detect_found {
    uint64_t decision;  /* number of the decision, from 0 */
    uint32_t word;      /* class */
    uint32_t score_q16; /* as in kws_detection */
} kws_detect_found;

/* Detections in a stream of decisions that begins afresh; returns how many.
 *
 * state:  sums and history as detect.h says
 * scores: int8 [decisions, classes]
 * sums:   uint16 [decisions, classes], out, state->sums after each decision; may be NULL
 * found:  out, room for `decisions` */
size_t kws_detect_stream(const kws_detect_config *config, kws_detect_state *state,
                         const int8_t *scores, size_t decisions, uint16_t *sums,
                         kws_detect_found *found);

/* Which rows of a stream that begins afresh pass the gate, in order; returns how many.
 *
 * state:   rows as gate.h says
 * samples: int16 [window_samples + (rows - 1) * hop_samples], rows at least 1
 * passed:  out, room for `rows`: number of the row, from 0
 * heard:   out, room for `rows`: number of the frame with which it went to the model */
size_t kws_gate_stream(const kws_gate_config *config, kws_gate_state *state, const int16_t *samples,
                       size_t window_samples, size_t hop_samples, size_t rows, uint64_t *passed,
                       uint64_t *heard);

#endif
