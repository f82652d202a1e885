/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/pcan.h"

#include <stddef.h>

#include "feature_constants.h"
#include "frontend/bits.h"

#if KWS_PCAN

enum {
    /* Octaves 0 and 1 have a single gain each instead of a parabola. */
    SPARED_ENTRIES = KWS_PCAN_OCTAVE_ENTRIES * KWS_PCAN_FIRST_OCTAVE - KWS_PCAN_SINGLE_GAINS,
    POSITION_BITS = KWS_PCAN_POSITION_BITS,
    SLOPE_BITS = KWS_PCAN_SLOPE_BITS,
    RISE_BITS = POSITION_BITS + SLOPE_BITS,
    SNR_BITS = KWS_PCAN_SNR_BITS,
    OUTPUT_BITS = KWS_PCAN_OUTPUT_BITS
};

/* Gain for a noise estimate: a parabola within each octave. */
static uint32_t gain_for(uint32_t noise)
{
    if (noise < KWS_PCAN_SINGLE_GAINS) {
        return (uint32_t)kws_pcan_gain[noise];
    }
    const unsigned bits = kws_bit_length(noise);
    const int16_t *parabola = &kws_pcan_gain[KWS_PCAN_OCTAVE_ENTRIES * bits - SPARED_ENTRIES];
    const uint32_t aligned = bits <= POSITION_BITS ? noise << (POSITION_BITS + 1 - bits)
                                                   : noise >> (bits - POSITION_BITS - 1);
    const int32_t position = (int32_t)(aligned & ((1u << POSITION_BITS) - 1));
    const int32_t slope = ((parabola[2] * position) >> (POSITION_BITS - SLOPE_BITS)) +
                          parabola[1] * (1 << SLOPE_BITS);
    const int32_t rise = (slope * position + (1 << (RISE_BITS - 1))) >> RISE_BITS;
    return (uint32_t)(int16_t)(rise + parabola[0]);
}

/* Squares ratios below 2, and goes on as a straight line. */
static uint32_t shrink(uint32_t snr)
{
    if (snr < 2u << SNR_BITS) {
        return (snr * snr) >> (2 + 2 * SNR_BITS - OUTPUT_BITS);
    }
    return (snr >> (SNR_BITS - OUTPUT_BITS)) - (1u << OUTPUT_BITS);
}

void kws_pcan(uint32_t *channels, const uint32_t *noise_estimate)
{
    for (size_t i = 0; i < KWS_CHANNELS; i++) {
        const uint64_t product = (uint64_t)channels[i] * gain_for(noise_estimate[i]);
        channels[i] = shrink((uint32_t)(product >> KWS_PCAN_SNR_SHIFT));
    }
}

#endif
