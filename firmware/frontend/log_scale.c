/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/log_scale.h"

#include <stddef.h>

#include "feature_constants.h"
#include "frontend/bits.h"

#if KWS_LOG

enum {
    BITS = KWS_LOG_BITS,
    POSITION_BITS = BITS - KWS_LOG_SEGMENT_BITS, /* within a segment */
    ONE_HALF = 1 << (BITS - 1)
};

/* log2 of 1 + fraction, both of BITS bits: the fraction plus a difference from a table of segments. */
static uint32_t log2_fraction(uint32_t fraction)
{
    const uint16_t *segment = &kws_log_table[fraction >> POSITION_BITS];
    const int32_t position = (int32_t)(fraction & ((1u << POSITION_BITS) - 1));
    const int32_t rise = ((segment[1] - segment[0]) * position) >> BITS;
    return fraction + segment[0] + (uint32_t)rise;
}

static uint32_t scaled_log(uint32_t value)
{
    if (value < 2) {
        return 0;
    }
    const unsigned exponent = kws_bit_length(value) - 1;
    const uint32_t rest = value - (1u << exponent);
    const uint32_t fraction =
        exponent < BITS ? rest << (BITS - exponent) : rest >> (exponent - BITS);
    /* (exponent + log2) * ln 2, rounded: the exponent's part needs no rounding, so
     * 32 bits hold every product. */
    const uint32_t natural =
        KWS_LOG_LN2 * exponent + ((KWS_LOG_LN2 * log2_fraction(fraction) + ONE_HALF) >> BITS);
    return ((natural << KWS_LOG_SCALE_SHIFT) + ONE_HALF) >> BITS;
}

#endif

void kws_log_scale(const uint32_t *channels, uint16_t *features)
{
    for (size_t i = 0; i < KWS_CHANNELS; i++) {
        uint32_t value = channels[i];
#if KWS_LOG
        value = scaled_log(value << KWS_LOG_INPUT_LEFT_SHIFT >> KWS_LOG_INPUT_RIGHT_SHIFT);
#endif
        features[i] = value < UINT16_MAX ? (uint16_t)value : UINT16_MAX;
    }
}
