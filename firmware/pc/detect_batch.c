/* SPDX-License-Identifier: Apache-2.0 */
#include "pc/detect_batch.h"

#include <string.h>

size_t kws_detect_stream(const kws_detect_config *config, kws_detect_state *state,
                         const int8_t *scores, size_t decisions, uint16_t *sums,
                         kws_detect_found *found)
{
    size_t count = 0;
    kws_detect_restart(config, state);
    for (size_t i = 0; i < decisions; i++) {
        kws_detection detection;
        if (kws_detect(config, state, scores + i * config->classes, &detection)) {
            found[count++] = (kws_detect_found){
                .decision = i,
                .word = (uint32_t)detection.word,
                .score_q16 = detection.score_q16,
            };
        }
        if (sums != NULL) {
            memcpy(sums + i * config->classes, state->sums, config->classes * sizeof *sums);
        }
    }
    return count;
}

/* A row is its number here: config->row_bytes is sizeof(uint64_t). */
size_t kws_gate_stream(const kws_gate_config *config, kws_gate_state *state, const int16_t *samples,
                       size_t window_samples, size_t hop_samples, size_t rows, uint64_t *passed,
                       uint64_t *heard)
{
    size_t count = 0;
    kws_gate_restart(state);
    for (uint64_t i = 0; i < rows; i++) {
        const size_t new_samples = i == 0 ? window_samples : hop_samples;
        const int8_t *row;
        int8_t number[sizeof i];
        kws_gate_hear(state, samples, new_samples);
        samples += new_samples;
        memcpy(number, &i, sizeof i);
        if (kws_gate_open(config, state, number)) {
            while ((row = kws_gate_next_row(config, state)) != NULL) {
                memcpy(passed + count, row, sizeof i);
                heard[count++] = i;
            }
            passed[count] = i;
            heard[count++] = i;
        }
    }
    return count;
}
