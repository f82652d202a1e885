/* DEPTHWISE_CONV_2D's inner part in plain C. */
#include "kernels/plane.h"
#include "kernels/requantize.h"

static inline int8_t rounded(kws_rounding rounding, int32_t sum4, kws_scale scale)
{
    if (rounding == KWS_ROUND_POSITIVE) {
        return kws_round_positive(sum4, scale);
    }
    return rounding == KWS_ROUND_SIGNED ? kws_round_signed(sum4, scale)
                                        : kws_round_general(sum4, scale);
}

void kws_plane_slide(const kws_depthwise_conv_2d *op, unsigned channel, const int16_t *plane,
                     int8_t *out)
{
    const kws_window *w = &op->window;
    const int8_t *weights = op->weights + (size_t)channel * w->kernel_height * w->kernel_width;
    const kws_scale scale = kws_scale_of(&op->requantization, channel);
    const int32_t bias = 4 * op->requantization.bias[channel];
    for (unsigned y = 0; y < w->out_height; y++) {
        const int16_t *corner = plane + (size_t)y * w->stride_height * op->plane_width;
        for (unsigned x = 0; x < w->out_width; x++) {
            int32_t sum = bias;
            const int8_t *weight = weights;
            const int16_t *row = corner;
            for (unsigned ky = 0; ky < w->kernel_height; ky++) {
                for (unsigned kx = 0; kx < w->kernel_width; kx++) {
                    sum += row[(size_t)kx * w->dilation_width] * *weight++;
                }
                row += (size_t)w->dilation_height * op->plane_width;
            }
            *out = rounded(op->requantization.rounding, sum, scale);
            out += w->out_channels;
            corner += w->stride_width;
        }
    }
}

void kws_plane_slide_3x3(const kws_depthwise_conv_2d *op, unsigned channel, const int16_t *plane,
                         int8_t *out)
{
    const kws_window *w = &op->window;
    const int8_t *weights = op->weights + (size_t)channel * 9;
    const int32_t w0 = weights[0], w1 = weights[1], w2 = weights[2];
    const int32_t w3 = weights[3], w4 = weights[4], w5 = weights[5];
    const int32_t w6 = weights[6], w7 = weights[7], w8 = weights[8];
    const kws_scale scale = kws_scale_of(&op->requantization, channel);
    const int32_t bias = 4 * op->requantization.bias[channel];
    const size_t width = op->plane_width;
    for (unsigned y = 0; y < w->out_height; y++) {
        const int16_t *row0 = plane + (size_t)y * w->stride_height * width;
        const int16_t *row1 = row0 + width;
        const int16_t *row2 = row1 + width;
        for (unsigned x = 0; x < w->out_width; x++) {
            int32_t sum = bias + row0[0] * w0 + row0[1] * w1 + row0[2] * w2;
            sum += row1[0] * w3 + row1[1] * w4 + row1[2] * w5;
            sum += row2[0] * w6 + row2[1] * w7 + row2[2] * w8;
            *out = rounded(op->requantization.rounding, sum, scale);
            out += w->out_channels;
            row0 += w->stride_width;
            row1 += w->stride_width;
            row2 += w->stride_width;
        }
    }
}
