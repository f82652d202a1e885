/* SPDX-License-Identifier: Apache-2.0 */
/* See gate.h. */
#include "detect/gate.h"

#include <string.h>

void kws_gate_restart(kws_gate_state *state)
{
    *state = (kws_gate_state){.rows = state->rows};
}

void kws_gate_hear(kws_gate_state *state, const int16_t *samples, size_t count)
{
    uint64_t energy = state->energy;
    for (size_t i = 0; i < count; i++) {
        energy += (uint32_t)((int32_t)samples[i] * samples[i]);
    }
    state->energy = energy;
    state->samples += (uint32_t)count;
}

bool kws_gate_open(const kws_gate_config *config, kws_gate_state *state, const int8_t *row)
{
    const bool quiet = state->energy < (uint64_t)config->mean_square * state->samples;
    state->energy = 0;
    state->samples = 0;
    if (!quiet) {
        state->quiet = 0;
        return true;
    }
    state->quiet += state->quiet <= config->patience;
    if (state->quiet <= config->patience) {
        return true;
    }
    memcpy(state->rows + state->next * config->row_bytes, row, config->row_bytes);
    state->next = state->next + 1 < config->lead_in ? state->next + 1 : 0;
    state->waiting += state->waiting < config->lead_in;
    return false;
}

const int8_t *kws_gate_next_row(const kws_gate_config *config, kws_gate_state *state)
{
    if (state->waiting == 0) {
        return NULL;
    }
    const uint32_t behind = state->next + config->lead_in - state->waiting;
    const uint32_t oldest = behind < config->lead_in ? behind : behind - config->lead_in;
    state->waiting--;
    return state->rows + oldest * config->row_bytes;
}
