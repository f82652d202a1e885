/* SPDX-License-Identifier: Apache-2.0 */
/* DEPTHWISE_CONV_2D's inner part in plain C. */
#include <stdbool.h>

#include "kernels/plane.h"
#include "kernels/requantize.h"

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
    const int32_t bias = 4 * r->bias[channel];
    for (unsigned y = 0; y < op->out_height; y++) {
        const int16_t *x = plane + (size_t)y * op->stride_height * op->plane_width;
        int8_t *place = out + (int32_t)y * op->out_row_stride;
        unsigned count;
        for (unsigned left = op->out_width; left > 0; left -= count) {
            int32_t sums[TOGETHER] = {bias, bias, bias, bias};
            count = left < TOGETHER ? left : TOGETHER;
            multiply(op, weights, x, count, sums);
            for (unsigned i = 0; i < count; i++) {
                *place = (int8_t)(general ? kws_requantize(r, channel, sums[i] / 4)
                                          : kws_round_signed(sums[i], scale));
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

/* Adds a row of three weights times x[0..2] to *sum0, times x[1..3] to *sum1, or x[2..4] when
 * `apart`. */
KWS_INLINE void add_row_twice(int32_t *sum0, int32_t *sum1, const int16_t *x, int32_t w0,
                              int32_t w1, int32_t w2, bool apart)
{
    *sum0 += x[0] * w0;
    int32_t value = x[1];
    *sum0 += value * w1;
    *sum1 += apart ? 0 : value * w0;
    value = x[2];
    *sum0 += value * w2;
    *sum1 += value * (apart ? w0 : w1);
    value = x[3];
    *sum1 += value * (apart ? w1 : w2);
    *sum1 += apart ? x[4] * w2 : 0;
    KWS_FINISH(*sum0, *sum1);
}

/* `positive`: KWS_ROUND_POSITIVE. `apart`: a stride of 2. Constants where it is inlined. */
KWS_INLINE void slide_3x3(const kws_depthwise_conv_2d *op, unsigned channel, const int16_t *plane,
                          int8_t *out, bool positive, bool apart)
{
    const int8_t *weights = op->weights + (size_t)channel * 9;
    const int32_t w0 = weights[0], w1 = weights[1], w2 = weights[2];
    const int32_t w3 = weights[3], w4 = weights[4], w5 = weights[5];
    const int32_t w6 = weights[6], w7 = weights[7], w8 = weights[8];
    const kws_scale scale = kws_scale_of(&op->requantization, channel);
    const int32_t bias = 4 * op->requantization.bias[channel];
    const size_t width = op->plane_width;
    const size_t step = apart ? 2 : op->stride_width;
    const int32_t out_step = op->out_column_stride;
    for (unsigned y = 0; y < op->out_height; y++) {
        const int16_t *row0 = plane + (size_t)y * op->stride_height * width;
        const int16_t *row1 = row0 + width;
        const int16_t *row2 = row1 + width;
        int8_t *place = out + (int32_t)y * op->out_row_stride;
        unsigned left = op->out_width;
        for (; (apart || step == 1) && left >= 2; left -= 2) {
            int32_t sum0 = bias, sum1 = bias;
            add_row_twice(&sum0, &sum1, row0, w0, w1, w2, apart);
            add_row_twice(&sum0, &sum1, row1, w3, w4, w5, apart);
            add_row_twice(&sum0, &sum1, row2, w6, w7, w8, apart);
            place[0] = kws_round_as(positive, sum0, scale);
            place[out_step] = kws_round_as(positive, sum1, scale);
            place += 2 * out_step;
            row0 += 2 * step, row1 += 2 * step, row2 += 2 * step;
        }
        for (; left > 0; left--) {
            int32_t sum = bias + row0[0] * w0 + row0[1] * w1 + row0[2] * w2;
            sum += row1[0] * w3 + row1[1] * w4 + row1[2] * w5;
            sum += row2[0] * w6 + row2[1] * w7 + row2[2] * w8;
            *place = kws_round_as(positive, sum, scale);
            place += out_step;
            row0 += step, row1 += step, row2 += step;
        }
    }
}

#include "kernels/plane_forms.h"

#endif
