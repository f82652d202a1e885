/* SPDX-License-Identifier: Apache-2.0 */
/* ADD and SUB for Helium (Cortex-M55, M85): four values at a time. */
#include "kernels/common_scale.h"

#if defined(KWS_SET_HELIUM)
#include <arm_mve.h>

/* kws_rescale_by() for four values, in TensorFlow Lite Micro's two steps. A negative value gets one
 * less before it is shifted: r->negative is -2 then, else 0. */
KWS_INLINE int32x4_t rescale_four(int32x4_t values, const kws_rescaling *r)
{
    values = vqrdmulhq_n_s32(values, r->multiplier);
    if (r->negative != 0) {
        values = vaddq_s32(values, vshrq_n_s32(values, 31));
    }
    return vrshlq_n_s32(values, 1 - r->shift);
}

/* Four values of an operand that lie `step` apart. */
KWS_INLINE int32x4_t load_four(const int8_t *values, size_t step, mve_pred16_t inside)
{
    if (step == 1) {
        return vldrbq_z_s32(values, inside);
    }
    const uint32x4_t offsets = vmulq_n_u32(vidupq_n_u32(0, 1), (uint32_t)step);
    return vldrbq_gather_offset_z_s32(values, offsets, inside);
}

void kws_add_vectors(const kws_common_scale *scale, const kws_row_of_two *row, bool subtract)
{
    const kws_common_scale s = *scale; /* a copy: outputs cannot overlap it */
    const int32x4_t low = vdupq_n_s32(s.low), high = vdupq_n_s32(s.high);
    const size_t x_step = row->steps[0], y_step = row->steps[1];
    const int8_t *x = row->first, *y = row->second;
    int8_t *out = row->out;
    for (int32_t left = (int32_t)row->count; left > 0; left -= 4) {
        const mve_pred16_t inside = vctp32q((uint32_t)left);
        int32x4_t a = vsubq_n_s32(load_four(x, x_step, inside), s.zero_points[0]);
        int32x4_t b = vsubq_n_s32(load_four(y, y_step, inside), s.zero_points[1]);
        a = rescale_four(vshlq_n_s32(a, KWS_HEADROOM_BITS), &s.operands[0]);
        b = rescale_four(vshlq_n_s32(b, KWS_HEADROOM_BITS), &s.operands[1]);
        a = rescale_four(subtract ? vsubq_s32(a, b) : vaddq_s32(a, b), &s.sum);
        a = vminq_s32(vmaxq_s32(vaddq_n_s32(a, s.zero_point), low), high);
        vstrbq_p_s32(out, a, inside);
        x += 4 * x_step;
        y += 4 * y_step;
        out += 4;
    }
}

#endif
