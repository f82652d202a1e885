/* SPDX-License-Identifier: Apache-2.0 */
/* DEPTHWISE_CONV_2D's inner part in plain C. */
#include <stdbool.h>

#include "kernels/plane.h"
#include "kernels/requantize.h"

#define WEIGHT_SCALE (4 / KWS_PLANE_SCALE) /* kws_round_...() take the sums four times */

#if !defined(KWS_OWN_PLANE_ANY)
#define TOGETHER 4 /* outputs of a row in registers */

/* Adds the products of all weights to the sums of `count` outputs, 1 to TOGETHER, the first of
 * which begins at x; sums beyond them repeat the last one. */
static KWS_NOINLINE void multiply(const kws_depthwise_conv_2d *op, const int8_t *weights,
                                  const int16_t *x, unsigned count, int32_t *sums)
{
    const int16_t *x1 = count > 1 ? x + op->stride_width : x;
    const int16_t *x2 = count > 2 ? x1 + op->stride_width : x1;
    const int16_t *x3 = count > 3 ? x2 + op->stride_width : x2;
    const size_t dilation = op->dilation_width;
    const size_t row = (size_t)op->dilation_height * op->plane_width;
    int32_t s0 = sums[0], s1 = sums[1], s2 = sums[2], s3 = sums[3];
    for (unsigned ky = 0; ky < op->kernel_height; ky++) {
        size_t at = ky * row;
        for (unsigned left = op->kernel_width; left > 0; left--) {
            const int32_t weight = *weights++;
            s0 += x[at] * weight;
            s1 += x1[at] * weight;
            s2 += x2[at] * weight;
            s3 += x3[at] * weight;
            at += dilation;
        }
    }
    sums[0] = s0, sums[1] = s1, sums[2] = s2, sums[3] = s3;
}

void kws_plane_slide_any(const kws_depthwise_conv_2d *op, unsigned channel, const int16_t *plane,
                         int8_t *out)
{
    const int8_t *weights = op->weights + (size_t)channel * op->kernel_height * op->kernel_width;
    const kws_requantization *r = &op->requantization;
    const bool general = r->rounding == KWS_ROUND_GENERAL;
    const kws_scale scale = general ? (kws_scale){0} : kws_scale_of(r, channel);
    const int32_t bias = KWS_PLANE_SCALE * r->bias[channel];
    for (unsigned y = 0; y < op->out_height; y++) {
        const int16_t *x = plane + (size_t)y * op->stride_height * op->plane_width;
        int8_t *place = out + (int32_t)y * op->out_row_stride;
        unsigned count;
        for (unsigned left = op->out_width; left > 0; left -= count) {
            int32_t sums[TOGETHER] = {bias, bias, bias, bias};
            count = left < TOGETHER ? left : TOGETHER;
            multiply(op, weights, x, count, sums);
            for (unsigned i = 0; i < count; i++) {
                *place = (int8_t)(general ? kws_requantize(r, channel, sums[i] / KWS_PLANE_SCALE)
                                          : kws_round_signed(WEIGHT_SCALE * sums[i], scale));
                place += op->out_column_stride;
            }
            x += count * op->stride_width;
        }
    }
}
#endif

#if !defined(KWS_OWN_PLANE)
void kws_plane_slide(const kws_depthwise_conv_2d *op, unsigned channel, const int16_t *plane,
                     int8_t *out)
{
    kws_plane_slide_any(op, channel, plane, out);
}
#endif

#if !defined(KWS_OWN_PLANE_3X3)

/* A weight times WEIGHT_SCALE. Pinned, or GCC multiplies again where the weight is used. */
KWS_INLINE int32_t scaled(int32_t weight)
{
    weight *= WEIGHT_SCALE;
    KWS_PIN(weight);
    return weight;
}

/* `start` and the products of a column of three inputs and three weights. */
KWS_INLINE int32_t add_column(int32_t start, const int32_t *x, int32_t w0, int32_t w1, int32_t w2)
{
    return start + x[0] * w0 + x[1] * w1 + x[2] * w2;
}

/* Each column of inputs is loaded once and added to the sums of all windows that it is in. `positive`:
 * KWS_ROUND_POSITIVE. `apart`: a stride of 2, else 1. Constants where it is inlined. */
KWS_INLINE void slide_3x3(const kws_depthwise_conv_2d *op, unsigned channel, const int16_t *plane,
                          int8_t *out, bool positive, bool apart)
{
    const int8_t *w = op->weights + (size_t)channel * 9;
    const int32_t w0 = scaled(w[0]), w1 = scaled(w[1]), w2 = scaled(w[2]);
    const int32_t w3 = scaled(w[3]), w4 = scaled(w[4]), w5 = scaled(w[5]);
    const int32_t w6 = scaled(w[6]), w7 = scaled(w[7]), w8 = scaled(w[8]);
    const kws_scale scale = kws_scale_of(&op->requantization, channel);
    const int32_t bias = 4 * op->requantization.bias[channel];
    const size_t width = op->plane_width;
    const int32_t out_step = op->out_column_stride;
    for (unsigned y = 0; y < op->out_height; y++) {
        const int16_t *row0 = plane + (size_t)y * op->stride_height * width;
        const int16_t *row1 = row0 + width;
        const int16_t *row2 = row1 + width;
        int8_t *place = out + (int32_t)y * op->out_row_stride;
        int32_t x[3] = {*row0++, *row1++, *row2++};
        int32_t sum = add_column(bias, x, w0, w3, w6), next = 0;
        if (!apart) {
            x[0] = *row0++, x[1] = *row1++, x[2] = *row2++;
            sum = add_column(sum, x, w1, w4, w7);
            next = add_column(bias, x, w0, w3, w6);
        }
        for (const int8_t *end = place + op->out_width * out_step; place != end;) {
            if (apart) {
                x[0] = *row0++, x[1] = *row1++, x[2] = *row2++;
                sum = add_column(sum, x, w1, w4, w7);
            }
            x[0] = *row0++, x[1] = *row1++, x[2] = *row2++;
            sum = add_column(sum, x, w2, w5, w8);
            *place = kws_round_as(positive, sum, scale);
            place += out_step;
            if (apart) {
                sum = add_column(bias, x, w0, w3, w6);
            } else {
                sum = add_column(next, x, w1, w4, w7);
                next = add_column(bias, x, w0, w3, w6);
            }
        }
    }
}

void kws_plane_slide_3x3(const kws_depthwise_conv_2d *op, unsigned channel, const int16_t *plane,
                         int8_t *out)
{
    const bool positive = op->requantization.rounding == KWS_ROUND_POSITIVE;
    const bool apart = op->stride_width == 2;
    if (op->stride_width > 2) {
        kws_plane_slide_any(op, channel, plane, out);
    } else if (!positive) {
        slide_3x3(op, channel, plane, out, false, apart);
    } else if (apart) {
        slide_3x3(op, channel, plane, out, true, true);
    } else {
        slide_3x3(op, channel, plane, out, true, false);
    }
}

#endif
