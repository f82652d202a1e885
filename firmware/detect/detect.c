/* SPDX-License-Identifier: Apache-2.0 */
/* See detect.h. */
#include "detect/detect.h"

#include <string.h>

void kws_detect_restart(const kws_detect_config *config, kws_detect_state *state)
{
    memset(state->sums, 0, config->classes * sizeof *state->sums);
    state->next = 0;
    state->held = 0;
    state->best = config->classes;
    state->run = 0;
    state->waiting = 0;
}

/* Puts the scores in the place of the oldest ones. */
static void average(const kws_detect_config *config, kws_detect_state *state, const int8_t *scores)
{
    const bool full = state->held == config->smoothing;
    uint8_t *oldest = state->history + state->next * config->classes;
    for (size_t i = 0; i < config->classes; i++) {
        const uint8_t score = (uint8_t)(scores[i] + 128);
        const uint32_t gone = full ? oldest[i] : 0u;
        state->sums[i] = (uint16_t)(state->sums[i] + score - gone);
        oldest[i] = score;
    }
    state->next = state->next + 1 < config->smoothing ? state->next + 1 : 0;
    state->held += !full;
}

/* The class with the highest average of those not below their thresholds; `classes`: none. */
static size_t best_word(const kws_detect_config *config, const kws_detect_state *state)
{
    size_t best = config->classes;
    for (size_t i = 0; i < config->classes; i++) {
        const bool over = state->sums[i] * 256u >= config->smoothing * config->thresholds[i];
        if (over && (best == config->classes || state->sums[i] > state->sums[best])) {
            best = i;
        }
    }
    return best;
}

bool kws_detect(const kws_detect_config *config, kws_detect_state *state, const int8_t *scores,
                kws_detection *detection)
{
    average(config, state, scores);
    if (state->waiting > 0) {
        state->waiting--;
    }
    if (state->held < config->smoothing) {
        return false;
    }
    const size_t best = best_word(config, state);
    if (best != state->best) {
        state->best = best;
        state->run = 0;
    }
    state->run += state->run < config->consecutive;
    if (best == config->classes || state->run < config->consecutive || state->waiting > 0) {
        return false;
    }
    state->waiting = config->refractory;
    detection->word = best;
    detection->score_q16 = (uint16_t)(state->sums[best] * 256u / config->smoothing);
    return true;
}
