#include "frontend/pcan.h"

#include <stddef.h>

#include "frontend/bits.h"
#include "feature_constants.h"

#if KWS_PCAN

enum { SNR_BITS = 12, OUTPUT_BITS = 6 };

/* Gain for a noise estimate: a parabola within each octave. */
static uint32_t gain_for(uint32_t noise)
{
    if (noise < 2) {
        return (uint32_t)(int32_t)kws_pcan_gain[noise];
    }
    const unsigned octave = kws_bit_length(noise);
    const int16_t *parabola = &kws_pcan_gain[4 * octave - 6];
    const int32_t position =
        (int32_t)((octave < 11 ? noise << (11 - octave) : noise >> (octave - 11)) & 0x3FF);
    const int32_t slope = ((parabola[2] * position) >> 5) + parabola[1] * 32;
    const int32_t gain = ((slope * position + (1 << 14)) >> 15) + parabola[0];
    return (uint32_t)(int32_t)(int16_t)gain;
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
