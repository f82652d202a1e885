/* SPDX-License-Identifier: Apache-2.0 */
/* DEPTHWISE_CONV_2D's inner part for Helium (Cortex-M55, M85): four outputs of a row at a
 * time. */
#include <stdbool.h>

#include "kernels/plane.h"
#include "kernels/requantize.h"

#if defined(KWS_SET_HELIUM)
#include "kernels/helium/rounding.h"

void kws_plane_slide(const kws_depthwise_conv_2d *op, unsigned channel, const int16_t *plane,
                     int8_t *out)
{
    const kws_requantization *r = &op->requantization;
    const bool general = r->rounding == KWS_ROUND_GENERAL;
    const kws_scale scale = general ? (kws_scale){0} : kws_scale_of(r, channel);
    const int8_t *weights = op->weights + (size_t)channel * op->kernel_height * op->kernel_width;
    const size_t row = (size_t)op->dilation_height * op->plane_width;
    for (unsigned y = 0; y < op->out_height; y++) {
        const int16_t *corner = plane + (size_t)y * op->stride_height * op->plane_width;
        int8_t *place = out + (int32_t)y * op->out_row_stride;
        for (int left = op->out_width; left > 0; left -= 4) {
            /* Lanes beyond the row repeat its last output. */
            const uint32x4_t lanes = vminq_u32(vidupq_n_u32(0, 1), vdupq_n_u32((uint32_t)left - 1));
            const uint32x4_t offsets = vmulq_n_u32(lanes, op->stride_width);
            const uint32x4_t places = vmulq_n_u32(lanes, (uint32_t)op->out_column_stride);
            const int8_t *weight = weights;
            int32x4_t sums = vdupq_n_s32(r->bias[channel]);
            for (unsigned ky = 0; ky < op->kernel_height; ky++) {
                const int16_t *x = corner + ky * row;
                for (unsigned kx = op->kernel_width; kx > 0; kx--) {
                    int32x4_t values = vldrhq_gather_shifted_offset_s32(x, offsets);
                    sums = vmlaq_n_s32(sums, values, *weight++);
                    x += op->dilation_width;
                }
            }
            if (general) {
                int32_t each[4];
                vst1q_s32(each, sums);
                for (unsigned i = 0; i < 4; i++) {
                    each[i] = kws_requantize(r, channel, each[i]);
                }
                vstrbq_scatter_offset_s32(place, places, vld1q_s32(each));
            } else {
                vstrbq_scatter_offset_s32(place, places, kws_round_four(sums, scale, false));
            }
            corner += 4 * op->stride_width;
            place += 4 * op->out_column_stride;
        }
    }
}

/* Adds the products of one row of three weights to four sums. (GCC 12 would compute the
 * addresses of the two shifted loads instead of encoding their offsets.) */
KWS_INLINE int32x4_t add_row(int32x4_t sums, const int16_t *x, int32_t w0, int32_t w1, int32_t w2)
{
    int32x4_t values;
    __asm__("vldrh.s32 %q[values], [%[x]]\n"
            "vmla.s32 %q[sums], %q[values], %[w0]\n"
            "vldrh.s32 %q[values], [%[x], #2]\n"
            "vmla.s32 %q[sums], %q[values], %[w1]\n"
            "vldrh.s32 %q[values], [%[x], #4]\n"
            "vmla.s32 %q[sums], %q[values], %[w2]\n"
            : [sums] "+&w"(sums), [values] "=&w"(values)
            : [x] "l"(x), [w0] "r"(w0), [w1] "r"(w1), [w2] "r"(w2), "m"(*(const int16_t (*)[6])x));
    return sums;
}

/* `positive`: KWS_ROUND_POSITIVE. A constant where it is inlined. */
KWS_INLINE void slide_3x3(const kws_depthwise_conv_2d *op, unsigned channel, const int16_t *plane,
                          int8_t *out, bool positive)
{
    const int columns = op->out_width;
    const int8_t *w = op->weights + (size_t)channel * 9;
    const int32_t w0 = w[0], w1 = w[1], w2 = w[2], w3 = w[3], w4 = w[4];
    const int32_t w5 = w[5], w6 = w[6], w7 = w[7], w8 = w[8];
    const kws_scale scale = kws_scale_of(&op->requantization, channel);
    const int32x4_t bias = vdupq_n_s32(op->requantization.bias[channel]);
    const int32_t step = op->out_column_stride;
    const uint32x4_t places = vmulq_n_u32(vidupq_n_u32(0, 1), (uint32_t)step);
    const size_t width = op->plane_width;
    for (unsigned y = 0; y < op->out_height; y++) {
        const int16_t *x = plane + (size_t)y * op->stride_height * width;
        const int16_t *end = x + columns;
        int8_t *place = out + (int32_t)y * op->out_row_stride;
        while (x < end) {
            if (end - x < 4) {
                /* The last four begin among those already done. */
                place -= (4 - (end - x)) * step;
                x = end - 4;
            }
            int32x4_t sums = add_row(bias, x, w0, w1, w2);
            sums = add_row(sums, x + width, w3, w4, w5);
            sums = add_row(sums, x + 2 * width, w6, w7, w8);
            vstrbq_scatter_offset_s32(place, places, kws_round_four(sums, scale, positive));
            place += 4 * step;
            x += 4;
        }
    }
}

void kws_plane_slide_3x3(const kws_depthwise_conv_2d *op, unsigned channel, const int16_t *plane,
                         int8_t *out)
{
    if (op->stride_width != 1 || op->out_width < 4) {
        kws_plane_slide(op, channel, plane, out);
    } else if (op->requantization.rounding == KWS_ROUND_POSITIVE) {
        slide_3x3(op, channel, plane, out, true);
    } else {
        slide_3x3(op, channel, plane, out, false);
    }
}

#endif
