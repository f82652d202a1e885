/* SPDX-License-Identifier: Apache-2.0 */
/* How the patches_*.c without vectors store the sums of four pixels. */
#ifndef KWS_PATCHES_STORE_H
#define KWS_PATCHES_STORE_H

#include "kernels/requantize.h"

/* Any rounding but KWS_ROUND_POSITIVE. */
static KWS_NOINLINE void kws_store_any(const kws_requantization *r, unsigned channel,
                                       const int32_t *sums, int8_t *out, size_t pixel_stride,
                                       unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        *out = kws_requantize(r, channel, sums[i]);
        out += pixel_stride;
    }
}

/* The outputs of one channel for `count` pixels: `sums` int32 [KWS_PATCHES], written to out,
 * out + pixel_stride... */
static inline void kws_store(const kws_requantization *r, unsigned channel, const int32_t *sums,
                             int8_t *out, size_t pixel_stride, unsigned count)
{
    if (r->rounding != KWS_ROUND_POSITIVE) {
        kws_store_any(r, channel, sums, out, pixel_stride, count);
        return;
    }
    const kws_scale scale = kws_scale_of(r, channel);
    if (count < KWS_PATCHES) {
        for (unsigned i = 0; i < count; i++) {
            out[i * pixel_stride] = (int8_t)kws_round_positive(4 * sums[i], scale);
        }
        return;
    }
    out[0] = (int8_t)kws_round_positive(4 * sums[0], scale);
    out += pixel_stride;
    out[0] = (int8_t)kws_round_positive(4 * sums[1], scale);
    out += pixel_stride;
    out[0] = (int8_t)kws_round_positive(4 * sums[2], scale);
    out[pixel_stride] = (int8_t)kws_round_positive(4 * sums[3], scale);
}

#endif
