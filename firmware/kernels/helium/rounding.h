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

#endif
