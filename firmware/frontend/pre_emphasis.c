/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/pre_emphasis.h"

#include "feature_constants.h"

#if KWS_PRE_EMPHASIS

enum { BITS = KWS_PRE_EMPHASIS_BITS, ONE = 1 << BITS, ONE_HALF = ONE / 2 };

static int16_t limited(int32_t value)
{
    if (value > INT16_MAX) {
        return INT16_MAX;
    }
    return value < INT16_MIN ? INT16_MIN : (int16_t)value;
}

void kws_pre_emphasis(const int16_t *samples, size_t count, int16_t *previous, int16_t *filtered)
{
    int32_t last = *previous;
    for (size_t i = 0; i < count; i++) {
        const int32_t sample = samples[i];
        /* Two samples times at most ONE: 32 bits hold the difference. */
        const int32_t difference = sample * ONE - last * KWS_PRE_EMPHASIS_COEFFICIENT;
        filtered[i] = limited((difference + ONE_HALF) >> BITS);
        last = sample;
    }
    *previous = (int16_t)last;
}

#endif
