/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/noise_reduction.h"

#include <stddef.h>

#include "feature_constants.h"
#include "frontend/bits.h"

#if KWS_NOISE_ESTIMATE

enum { ONE = 1 << KWS_NOISE_COEFFICIENT_BITS };

void kws_noise_reduction(uint32_t *channels, uint32_t *estimate)
{
    for (size_t i = 0; i < KWS_CHANNELS; i++) {
        const uint32_t signal = channels[i];
        const uint32_t scaled = signal << KWS_SMOOTHING_BITS;
        const uint16_t smoothing = i % 2 == 0 ? KWS_EVEN_SMOOTHING : KWS_ODD_SMOOTHING;
        const uint64_t sum = kws_multiply_wide(scaled, smoothing) +
                             kws_multiply_wide(estimate[i], (uint16_t)(ONE - smoothing));
        const uint32_t noise = (uint32_t)(sum >> KWS_NOISE_COEFFICIENT_BITS);
        estimate[i] = noise;
#if KWS_NOISE_REDUCTION
        const uint32_t least = (uint32_t)(kws_multiply_wide(signal, KWS_MIN_SIGNAL_REMAINING) >>
                                          KWS_NOISE_COEFFICIENT_BITS);
        const uint32_t reduced = noise > scaled ? 0 : (scaled - noise) >> KWS_SMOOTHING_BITS;
        channels[i] = reduced > least ? reduced : least;
#endif
    }
}

#endif
