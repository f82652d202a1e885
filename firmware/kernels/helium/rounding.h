/* SPDX-License-Identifier: Apache-2.0 */
/* Rounding four sums at a time with Helium (MVE). */
#ifndef KWS_HELIUM_ROUNDING_H
#define KWS_HELIUM_ROUNDING_H

#include <arm_mve.h>
#include <stdbool.h>

#include "kernels/requantize.h"

/* kws_round_positive() or kws_round_signed() for four sums (not times 4) of one channel, in
 * TensorFlow Lite Micro's two steps, which are an instruction each; the second rounds halves up, so a
 * negative value needs one less for halves away from zero. */
KWS_INLINE int32x4_t kws_round_four(int32x4_t sums, kws_scale s, bool positive)
{
    int32x4_t values = vqrdmulhq_n_s32(sums, s.multiplier);
    if (!positive) {
        values = vaddq_s32(values, vshrq_n_s32(values, 31));
    }
    values = vrshlq_n_s32(values, 1 - s.shift);
    values = vaddq_n_s32(values, s.zero_point);
    values = vmaxq_s32(values, vdupq_n_s32(INT8_MIN));
    return vminq_s32(values, vdupq_n_s32(INT8_MAX));
}

/* The same for a sum each of four channels, from `channel` on, as KWS_ROUND_SIGNED, whose multipliers
 * and shifts begin at `entry`. The outputs are in the low bytes, the rest of the lanes is undefined. */
KWS_INLINE int32x4_t kws_round_channels(int32x4_t sums, const kws_requantization *r,
                                        unsigned channel, unsigned entry)
{
    int32x4_t values = vaddq_s32(sums, vldrwq_s32(r->bias + channel));
    values = vqrdmulhq_s32(values, vldrwq_s32(r->multiplier + entry));
    values = vaddq_s32(values, vshrq_n_s32(values, 31));
    values = vrshlq_s32(values, vnegq_s32(vldrbq_s32(r->shift + entry)));
    values = vaddq_n_s32(values, r->zero_point);
    /* To int16, then to int8. */
    __asm__("vqmovnb.s32 %q[values], %q[values]\n"
            "vqmovnb.s16 %q[values], %q[values]\n"
            : [values] "+w"(values));
    return values;
}

#endif
