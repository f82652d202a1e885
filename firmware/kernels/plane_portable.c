/* DEPTHWISE_CONV_2D's inner part in plain C. */
#include <stdbool.h>

#include "kernels/plane.h"
#include "kernels/requantize.h"

void kws_plane_slide(const kws_depthwise_conv_2d *op, unsigned channel, const int16_t *plane,
                     int8_t *out)
{
    const int8_t *weights = op->weights + (size_t)channel * op->kernel_height * op->kernel_width;
    const kws_scale scale = kws_scale_of(&op->requantization, channel);
    const int32_t bias = 4 * op->requantization.bias[channel];
    const bool general = op->requantization.rounding == KWS_ROUND_GENERAL;
    for (unsigned y = 0; y < op->out_height; y++) {
        const int16_t *corner = plane + (size_t)y * op->stride_height * op->plane_width;
        int8_t *place = out + (int32_t)y * op->out_row_stride;
        for (unsigned x = 0; x < op->out_width; x++) {
            int32_t sum = bias;
            const int8_t *weight = weights;
            const int16_t *row = corner;
            for (unsigned ky = 0; ky < op->kernel_height; ky++) {
                for (unsigned kx = 0; kx < op->kernel_width; kx++) {
                    sum += row[(size_t)kx * op->dilation_width] * *weight++;
                }
                row += (size_t)op->dilation_height * op->plane_width;
            }
            *place = general ? kws_round_general(sum, scale) : kws_round_signed(sum, scale);
            place += op->out_column_stride;
            corner += op->stride_width;
        }
    }
}

#if defined(KWS_PLANE_PORTABLE)

/* `positive`: KWS_ROUND_POSITIVE. A constant where it is inlined. */
KWS_INLINE void slide_3x3(const kws_depthwise_conv_2d *op, unsigned channel,
                             const int16_t *plane, int8_t *out, bool positive)
{
    const int8_t *weights = op->weights + (size_t)channel * 9;
    const int32_t w0 = weights[0], w1 = weights[1], w2 = weights[2];
    const int32_t w3 = weights[3], w4 = weights[4], w5 = weights[5];
    const int32_t w6 = weights[6], w7 = weights[7], w8 = weights[8];
    const kws_scale scale = kws_scale_of(&op->requantization, channel);
    const int32_t bias = 4 * op->requantization.bias[channel];
    const size_t width = op->plane_width;
    const size_t step = op->stride_width;
    for (unsigned y = 0; y < op->out_height; y++) {
        const int16_t *row0 = plane + (size_t)y * op->stride_height * width;
        const int16_t *row1 = row0 + width;
        const int16_t *row2 = row1 + width;
        int8_t *place = out + (int32_t)y * op->out_row_stride;
        for (const int16_t *end = row0 + op->out_width * step; row0 < end; row0 += step) {
            int32_t sum = bias + row0[0] * w0 + row0[1] * w1 + row0[2] * w2;
            sum += row1[0] * w3 + row1[1] * w4 + row1[2] * w5;
            sum += row2[0] * w6 + row2[1] * w7 + row2[2] * w8;
            *place = positive ? kws_round_positive(sum, scale) : kws_round_signed(sum, scale);
            place += op->out_column_stride;
            row1 += step;
            row2 += step;
        }
    }
}

void kws_plane_slide_3x3(const kws_depthwise_conv_2d *op, unsigned channel, const int16_t *plane,
                         int8_t *out)
{
    if (op->requantization.rounding == KWS_ROUND_POSITIVE) {
        slide_3x3(op, channel, plane, out, true);
    } else {
        slide_3x3(op, channel, plane, out, false);
    }
}

#endif
