/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/window.h"

#include "feature_constants.h"
#include "frontend/bits.h"

unsigned kws_window(const int16_t *samples, int16_t *windowed)
{
    /* The highest bit of the loudest magnitude is the highest bit of all of them joined. */
    uint32_t magnitudes = 0;
    for (int i = 0; i < KWS_WINDOW_SAMPLES; i++) {
        int32_t value = (samples[i] * kws_window_coefficients[i]) >> KWS_WINDOW_BITS;
        windowed[i] = (int16_t)value;
        magnitudes |= (uint32_t)(value < 0 ? -value : value);
    }
    return 15 - kws_bit_length(magnitudes & INT16_MAX);
}
