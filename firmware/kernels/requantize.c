/* SPDX-License-Identifier: Apache-2.0 */
/* See requantize.h: what is not needed in an inner loop. */
#include "kernels/requantize.h"

int32_t kws_rescale(int32_t value, int32_t multiplier, int shift)
{
    if (shift >= 1 && shift <= 30 && (uint32_t)value + (1u << 29) < 1u << 30) {
        /* The quick way of kws_round_signed(), which needs two bits more. */
        int32_t half = (int32_t)(1u << shift) + 1 + ((value >> 31) & -2);
        return kws_multiply_high(4 * value, multiplier, half) >> (shift + 1);
    }
    int total = 31 + shift;
    int64_t product = (int64_t)value * multiplier + ((int64_t)1 << (total - 1));
    if (shift > 0) {
        product += ((int64_t)1 << 30) + ((int64_t)(value >> 31) * ((int64_t)1 << 31));
    }
    return (int32_t)(product >> total);
}

int8_t kws_requantize(const kws_requantization *r, unsigned channel, int32_t sum)
{
    if (r->rounding != KWS_ROUND_GENERAL) {
        return (int8_t)kws_round_signed(4 * sum, kws_scale_of(r, channel));
    }
    int32_t value = kws_rescale(sum, r->multiplier[channel], r->shift[channel]);
    return (int8_t)kws_clamp(value + r->zero_point, INT8_MIN, INT8_MAX);
}

void kws_limit(const kws_requantization *r, int8_t *out, size_t count)
{
    if (r->low == INT8_MIN && r->high == INT8_MAX) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        out[i] = (int8_t)kws_clamp(out[i], r->low, r->high);
    }
}
