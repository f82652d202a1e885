/* What the Helium (MVE) kernels share. */
#ifndef KWS_HELIUM_H
#define KWS_HELIUM_H

#include <arm_mve.h>
#include <stdbool.h>

#include "kernels/requantize.h"

/* kws_round_positive() or kws_round_signed() for four sums of one channel; sum4 = 4 * sum. The
 * rounding shift adds the second half. */
KWS_INLINE int32x4_t kws_round_four(int32x4_t sum4, kws_scale s, bool positive)
{
    const int32x4_t one = vdupq_n_s32(1);
    int32x4_t high = vmulhq_s32(sum4, vdupq_n_s32(s.multiplier));
    high = vaddq_s32(high, positive ? one : vorrq_s32(vshrq_n_s32(sum4, 31), one));
    high = vaddq_n_s32(vrshlq_n_s32(high, -s.shift), s.zero_point);
    high = vmaxq_s32(high, vdupq_n_s32(INT8_MIN));
    return vminq_s32(high, vdupq_n_s32(INT8_MAX));
}

#endif
