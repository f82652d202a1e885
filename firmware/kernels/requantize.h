/* Rounding from 32-bit accumulators to int8, the one place where exactness is decided.
 *
 * TensorFlow Lite Micro rounds twice: the product with a 31-bit multiplier to its high word
 * (halves up), then the right shift (halves away from zero). Nested floor divisions make both
 * one shift of the 64-bit product; a negative value needs one unit of the first rounding less.
 * The proof is in DESIGN.md, the test in tests/test_static_model_rounding.py. */
#ifndef KWS_REQUANTIZE_H
#define KWS_REQUANTIZE_H

#include <stdint.h>

#include "kernels/kernels.h"

/* value * multiplier / 2^shift with upstream's rounding; shift 1 to 62 (31: no second
 * rounding; less: the value is first shifted to the left, which must not overflow). */
static inline int32_t kws_rescale(int32_t value, int32_t multiplier, int shift)
{
    int64_t product = (int64_t)value * multiplier + ((int64_t)1 << (shift - 1));
    if (shift > 31) {
        product += ((int64_t)1 << 30) + ((int64_t)(value >> 31) * ((int64_t)1 << 31));
    }
    return (int32_t)(product >> shift);
}

static inline int32_t kws_clamp(int32_t value, int32_t low, int32_t high)
{
    value = value < low ? low : value;
    return value > high ? high : value;
}

/* The int8 output of `channel` for an accumulator that starts at the channel's bias. */
static inline int8_t kws_requantize(const kws_requantization *r, unsigned channel,
                                    int32_t accumulator)
{
    int32_t value = kws_rescale(accumulator, r->multiplier[channel], r->shift[channel]);
    return (int8_t)kws_clamp(value + r->zero_point, r->low, r->high);
}

#endif
