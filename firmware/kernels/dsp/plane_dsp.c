/* SPDX-License-Identifier: Apache-2.0 */
/* DEPTHWISE_CONV_2D's inner part for the DSP extension of Cortex-M4, M7 and M33: two
 * multiply-accumulates an instruction, two outputs of a row at a time for strides of 1 and 2. */
#include <stdbool.h>

#include "kernels/plane.h"
#include "kernels/requantize.h"

#if defined(KWS_SET_DSP)
#include <arm_acle.h>
#include <string.h>

#define MOST_PAIRS 32 /* of weights, on the stack */

/* A row of three weights as the two pairs (0, 1) and (1, 2). */
typedef struct weight_row {
    int32_t first, last;
} weight_row;

static inline int32_t pair(int32_t low, int32_t high)
{
    return (int32_t)(((uint32_t)low & 0xffffu) | (uint32_t)high << 16);
}

static inline weight_row row_of(const int8_t *weights)
{
    weight_row row = {pair(weights[0], weights[1]), pair(weights[1], weights[2])};
    return row;
}

static inline int32_t load_pair(const int16_t *values)
{
    int32_t result;
    memcpy(&result, values, sizeof result);
    return result;
}

/* Products of x[0..2] and the row. */
KWS_INLINE int32_t add_row(int32_t sum, const int16_t *x, weight_row w)
{
    sum = __smlad(load_pair(x), w.first, sum);
    return __smlabt(x[2], w.last, sum);
}

/* Products of x[0..2] and of x[1..3], or x[2..4] when `apart`; x is aligned to 4 bytes. */
KWS_INLINE void add_row_twice(int32_t *sum0, int32_t *sum1, const int16_t *x, weight_row w,
                              bool apart)
{
    int32_t x01 = load_pair(x);
    int32_t x23 = load_pair(x + 2);
    *sum0 = __smlad(x01, w.first, *sum0);
    *sum1 = apart ? __smlad(x23, w.first, *sum1) : __smlatb(x01, w.first, *sum1);
    *sum0 = __smlabt(x23, w.last, *sum0);
    *sum1 = apart ? __smlabt(x[4], w.last, *sum1) : __smlad(x23, w.last, *sum1);
}

/* `positive`: KWS_ROUND_POSITIVE. `apart`: a stride of 2. Constants where it is inlined. */
KWS_INLINE void slide_3x3(const kws_depthwise_conv_2d *op, unsigned channel, const int16_t *plane,
                          int8_t *out, bool positive, bool apart)
{
    const int8_t *weights = op->weights + (size_t)channel * 9;
    const weight_row w0 = row_of(weights), w1 = row_of(weights + 3), w2 = row_of(weights + 6);
    const kws_scale scale = kws_scale_of(&op->requantization, channel);
    const int32_t bias = 4 * op->requantization.bias[channel];
    const size_t width = op->plane_width;
    const int32_t out_step = op->out_column_stride;
    for (unsigned y = 0; y < op->out_height; y++) {
        const int16_t *x = plane + (size_t)y * op->stride_height * width;
        int8_t *place = out + (int32_t)y * op->out_row_stride;
        unsigned left = op->out_width;
        if (apart || op->stride_width == 1) {
            for (; left >= 2; left -= 2) {
                int32_t sum0 = bias, sum1 = bias;
                add_row_twice(&sum0, &sum1, x, w0, apart);
                add_row_twice(&sum0, &sum1, x + width, w1, apart);
                add_row_twice(&sum0, &sum1, x + 2 * width, w2, apart);
                *place = kws_round_as(positive, sum0, scale);
                place += out_step;
                *place = kws_round_as(positive, sum1, scale);
                place += out_step;
                x += apart ? 4 : 2;
            }
        }
        for (; left > 0; left--) {
            int32_t sum = add_row(bias, x, w0);
            sum = add_row(sum, x + width, w1);
            sum = add_row(sum, x + 2 * width, w2);
            *place = kws_round_as(positive, sum, scale);
            place += out_step;
            x += op->stride_width;
        }
    }
}

#include "kernels/plane_forms.h"

/* The sum of one output that begins at x, int16. `pairs`: the weights of each kernel row two by two,
 * an odd one last alone. */
static int32_t sum_of(const kws_depthwise_conv_2d *op, const int16_t *x, const int32_t *pairs,
                      int32_t sum)
{
    const size_t row = (size_t)op->dilation_height * op->plane_width;
    for (unsigned ky = 0; ky < op->kernel_height; ky++) {
        const int16_t *at = x + ky * row;
        for (unsigned left = op->kernel_width / 2u; left > 0; left--) {
            sum = __smlad(load_pair(at), *pairs++, sum);
            at += 2;
        }
        if (op->kernel_width % 2 != 0) {
            sum = __smlabb(*at, *pairs++, sum);
        }
    }
    return sum;
}

/* Those of four outputs: sums int32 [4]. */
static KWS_NOINLINE void sums_of_four(const kws_depthwise_conv_2d *op, const int16_t *x,
                                      const int32_t *pairs, int32_t *sums)
{
    const size_t row = (size_t)op->dilation_height * op->plane_width;
    const size_t step = op->stride_width;
    int32_t s0 = sums[0], s1 = s0, s2 = s0, s3 = s0;
    for (unsigned ky = 0; ky < op->kernel_height; ky++) {
        const int16_t *x0 = x + ky * row, *x1 = x0 + step, *x2 = x1 + step, *x3 = x2 + step;
        for (const int32_t *end = pairs + op->kernel_width / 2u; pairs < end;) {
            const int32_t weights = *pairs++;
            s0 = __smlad(load_pair(x0), weights, s0);
            s1 = __smlad(load_pair(x1), weights, s1);
            s2 = __smlad(load_pair(x2), weights, s2);
            s3 = __smlad(load_pair(x3), weights, s3);
            x0 += 2, x1 += 2, x2 += 2, x3 += 2;
        }
        if (op->kernel_width % 2 != 0) {
            const int32_t weight = *pairs++;
            s0 = __smlabb(*x0, weight, s0);
            s1 = __smlabb(*x1, weight, s1);
            s2 = __smlabb(*x2, weight, s2);
            s3 = __smlabb(*x3, weight, s3);
        }
    }
    sums[0] = s0, sums[1] = s1, sums[2] = s2, sums[3] = s3;
}

/* The weights of one channel in pairs; returns whether there was room for them. */
static bool load_pairs(const kws_depthwise_conv_2d *op, const int8_t *weights, int32_t *pairs)
{
    const unsigned width = op->kernel_width;
    if (op->kernel_height * ((width + 1u) / 2u) > MOST_PAIRS) {
        return false;
    }
    for (unsigned ky = 0; ky < op->kernel_height; ky++) {
        unsigned left = width;
        for (; left >= 2; left -= 2) {
            *pairs++ = pair(weights[0], weights[1]);
            weights += 2;
        }
        if (left > 0) {
            *pairs++ = *weights++;
        }
    }
    return true;
}

void kws_plane_slide(const kws_depthwise_conv_2d *op, unsigned channel, const int16_t *plane,
                     int8_t *out)
{
    const int8_t *weights = op->weights + (size_t)channel * op->kernel_height * op->kernel_width;
    const kws_requantization *r = &op->requantization;
    int32_t pairs[MOST_PAIRS];
    if (r->rounding == KWS_ROUND_GENERAL || op->dilation_width != 1 ||
        !load_pairs(op, weights, pairs)) {
        kws_plane_slide_any(op, channel, plane, out);
        return;
    }
    const kws_scale scale = kws_scale_of(r, channel);
    const int32_t bias = 4 * r->bias[channel], step = op->out_column_stride;
    for (unsigned y = 0; y < op->out_height; y++) {
        const int16_t *x = plane + (size_t)y * op->stride_height * op->plane_width;
        int8_t *place = out + (int32_t)y * op->out_row_stride;
        unsigned left = op->out_width;
        for (; left >= 4; left -= 4) {
            int32_t sums[4] = {bias};
            sums_of_four(op, x, pairs, sums);
            for (unsigned i = 0; i < 4; i++) {
                *place = (int8_t)kws_round_signed(sums[i], scale);
                place += step;
            }
            x += 4 * op->stride_width;
        }
        for (; left > 0; left--) {
            *place = (int8_t)kws_round_signed(sum_of(op, x, pairs, bias), scale);
            place += step;
            x += op->stride_width;
        }
    }
}

#endif
