/* DEPTHWISE_CONV_2D's inner part for Helium (Cortex-M55, M85): four outputs of a row at a
 * time, any stride. */
#include "kernels/plane.h"
#include "kernels/requantize.h"

#if defined(KWS_PLANE_HELIUM)
#include "kernels/helium.h"

/* Adds the products of one row of three weights; `places` are the offsets of four windows. */
static inline int32x4_t add_row(int32x4_t sums, const int16_t *x, uint32x4_t places,
                                const int8_t *w)
{
    sums = vmlaq_n_s32(sums, vldrhq_gather_shifted_offset_s32(x, places), w[0]);
    sums = vmlaq_n_s32(sums, vldrhq_gather_shifted_offset_s32(x + 1, places), w[1]);
    return vmlaq_n_s32(sums, vldrhq_gather_shifted_offset_s32(x + 2, places), w[2]);
}

void kws_plane_slide_3x3(const kws_depthwise_conv_2d *op, unsigned channel, const int16_t *plane,
                         int8_t *out)
{
    const int8_t *w = op->weights + (size_t)channel * 9;
    const kws_scale scale = kws_scale_of(&op->requantization, channel);
    const int32x4_t bias = vdupq_n_s32(4 * op->requantization.bias[channel]);
    const uint32x4_t lanes = vidupq_n_u32(0, 1);
    const uint32x4_t windows = vmulq_n_u32(lanes, op->stride_width);
    const uint32x4_t places = vmulq_n_u32(lanes, (uint32_t)op->out_column_stride);
    const size_t width = op->plane_width;
    for (unsigned y = 0; y < op->out_height; y++) {
        const int16_t *x = plane + (size_t)y * op->stride_height * width;
        int8_t *place = out + (int32_t)y * op->out_row_stride;
        for (int left = op->out_width; left > 0; left -= 4) {
            mve_pred16_t inside = vctp32q((uint32_t)left);
            uint32x4_t at = vpselq_u32(windows, vdupq_n_u32(0), inside);
            int32x4_t sums = add_row(bias, x, at, w);
            sums = add_row(sums, x + width, at, w + 3);
            sums = add_row(sums, x + 2 * width, at, w + 6);
            vstrbq_scatter_offset_p_s32(place, places, kws_round_four(sums, scale), inside);
            place += 4 * op->out_column_stride;
            x += 4 * op->stride_width;
        }
    }
}

#endif
