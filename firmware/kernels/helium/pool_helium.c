/* SPDX-License-Identifier: Apache-2.0 */
/* AVERAGE_POOL_2D's sums for Helium (Cortex-M55, M85): sixteen channels at a time. */
#include "kernels/pool_area.h"

#if defined(KWS_SET_HELIUM)
#include <arm_mve.h>

void kws_sum_group(const kws_sliding_window *w, const int8_t *in, kws_pool_area area, int32_t *sums)
{
    int32x4_t s0 = vdupq_n_s32(0), s1 = s0, s2 = s0, s3 = s0;
    for (int y = area.top; y < area.bottom; y++) {
        const int8_t *values = in + ((size_t)y * w->in_width + (size_t)area.left) * w->in_channels;
        for (int x = area.left; x < area.right; x++) {
            s0 = vaddq_s32(s0, vldrbq_s32(values));
            s1 = vaddq_s32(s1, vldrbq_s32(values + 4));
            s2 = vaddq_s32(s2, vldrbq_s32(values + 8));
            s3 = vaddq_s32(s3, vldrbq_s32(values + 12));
            values += w->in_channels;
        }
    }
    vstrwq_s32(sums, s0);
    vstrwq_s32(sums + 4, s1);
    vstrwq_s32(sums + 8, s2);
    vstrwq_s32(sums + 12, s3);
}

#endif
