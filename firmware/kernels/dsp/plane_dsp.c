/* SPDX-License-Identifier: Apache-2.0 */
/* DEPTHWISE_CONV_2D's inner part for the DSP extension of Cortex-M4, M7 and M33: two
 * multiply-accumulates an instruction, two outputs of a row at a time for strides of 1 and 2. */
#include <stdbool.h>

#include "kernels/plane.h"
#include "kernels/requantize.h"

#if defined(KWS_SET_DSP)
#include <arm_acle.h>
#include <string.h>

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

#endif
