/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/filterbank.h"

#include <stddef.h>

#include "feature_constants.h"
#include "frontend/bits.h"
#include "frontend/square_root.h"

void kws_filterbank(const kws_complex *spectrum, unsigned shift, uint32_t *channels)
{
    const kws_complex *bin = spectrum + KWS_START_BIN;
    const int16_t (*weight)[2] = kws_bin_weights;
    /* A bin lies between the centres of two channels: its energy ends one, begins the next. */
    uint64_t begun = 0;
    for (size_t slot = 0; slot <= KWS_CHANNELS; slot++) {
        uint64_t ended = begun;
        begun = 0;
        for (unsigned width = kws_channel_widths[slot]; width > 0; width--, bin++, weight++) {
            const uint32_t energy = kws_energy(bin);
            ended += kws_multiply_wide(energy, (uint16_t)(*weight)[0]);
            begun += kws_multiply_wide(energy, (uint16_t)(*weight)[1]);
        }
        if (slot > 0) {
            channels[slot - 1] = kws_square_root(ended) >> shift;
        }
    }
}
