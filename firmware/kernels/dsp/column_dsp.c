/* SPDX-License-Identifier: Apache-2.0 */
/* DEPTHWISE_CONV_2D along an image that is one pixel wide (sequences of vectors), for the DSP
 * extension: four channels, a word, at a time, read where they lie. */
#include "kernels/dsp/column.h"

#if defined(KWS_SET_DSP)
#include <arm_acle.h>
#include <string.h>

#include "kernels/requantize.h"

#define LANES 4u
#define MOST_TAPS 32 /* of a kernel: their weights lie on the stack */

/* The way along the image, whose only column or row it is. */
typedef struct kws_way {
    int32_t in, out, kernel, stride, dilation, pad;
    int32_t in_step, out_step; /* elements */
} kws_way;

static bool find_way(const kws_depthwise_conv_2d *op, kws_way *way)
{
    if (op->in_width * op->out_width * op->kernel_width == 1) {
        const kws_way down = {op->in_height,     op->out_height,      op->kernel_height,
                              op->stride_height, op->dilation_height, op->pad_top,
                              op->in_row_stride, op->out_row_stride};
        *way = down;
        return op->pad_left == 0;
    }
    const kws_way across = {op->in_width,         op->out_width,        op->kernel_width,
                            op->stride_width,     op->dilation_width,   op->pad_left,
                            op->in_column_stride, op->out_column_stride};
    *way = across;
    return op->in_height * op->out_height * op->kernel_height == 1 && op->pad_top == 0;
}

/* The weights of one tap in halves of a word. */
typedef struct weights_of_tap {
    int32_t even, odd; /* of channels 0 and 2, of 1 and 3 */
} weights_of_tap;

static void load_weights(const int8_t *weights, int32_t taps, weights_of_tap *table)
{
    const int8_t *w1 = weights + taps, *w2 = w1 + taps, *w3 = w2 + taps;
    for (int32_t i = 0; i < taps; i++) {
        table[i].even = (int32_t)(((uint32_t)weights[i] & 0xffffu) | (uint32_t)w2[i] << 16);
        table[i].odd = (int32_t)(((uint32_t)w1[i] & 0xffffu) | (uint32_t)w3[i] << 16);
    }
}

/* The sums of four channels, int32 [LANES], that begin as their biases. */
static inline void add_taps(const int8_t *in, int32_t step, const weights_of_tap *table,
                            int32_t taps, int32_t *sums)
{
    int32_t s0 = sums[0], s1 = sums[1], s2 = sums[2], s3 = sums[3];
    for (const weights_of_tap *end = table + taps; table < end; table++) {
        const int32_t even = table->even, odd = table->odd;
        int32_t word, high;
        memcpy(&word, in, sizeof word);
        in += step;
        __asm__("sxtb16 %0, %1, ror #8" : "=r"(high) : "r"(word));
        word = (int32_t)__sxtb16((int8x4_t)word);
        s0 = __smlabb(word, even, s0);
        s2 = __smlatt(word, even, s2);
        s1 = __smlabb(high, odd, s1);
        s3 = __smlatt(high, odd, s3);
    }
    sums[0] = s0, sums[1] = s1, sums[2] = s2, sums[3] = s3;
}

/* Whether no output overwrites input that is still to be read. */
static bool may_overlap(const kws_way *way, unsigned channels, const int8_t *in, const int8_t *out)
{
    const uintptr_t from = (uintptr_t)in, to = (uintptr_t)out;
    if (to >= from + (uintptr_t)(way->in * way->in_step) ||
        from >= to + (uintptr_t)(way->out * way->out_step)) {
        return true;
    }
    return to <= from && way->out_step <= way->in_step && (from - to) % channels == 0;
}

unsigned kws_depthwise_column(const kws_depthwise_conv_2d *op, const int8_t *in, int8_t *out)
{
    const kws_requantization *r = &op->requantization;
    const unsigned channels = op->in_channels / LANES * LANES;
    kws_way way;
    if (op->multiplier != 1 || r->rounding == KWS_ROUND_GENERAL || !find_way(op, &way) ||
        way.pad != 0 || way.kernel > MOST_TAPS ||
        (way.out - 1) * way.stride + (way.kernel - 1) * way.dilation >= way.in ||
        !may_overlap(&way, op->in_channels, in, out)) {
        return 0;
    }
    weights_of_tap table[MOST_TAPS];
    for (unsigned first = 0; first < channels; first += LANES) {
        const kws_scale c0 = kws_scale_of(r, first), c1 = kws_scale_of(r, first + 1);
        const kws_scale c2 = kws_scale_of(r, first + 2), c3 = kws_scale_of(r, first + 3);
        const int8_t *x = in + first;
        int8_t *place = out + first;
        load_weights(op->weights + (size_t)first * (size_t)way.kernel, way.kernel, table);
        for (int32_t i = 0; i < way.out; i++) {
            const int32_t *bias = r->bias + first;
            int32_t sums[LANES] = {bias[0], bias[1], bias[2], bias[3]};
            add_taps(x, way.dilation * way.in_step, table, way.kernel, sums);
            place[0] = (int8_t)kws_round_signed(4 * sums[0], c0);
            place[1] = (int8_t)kws_round_signed(4 * sums[1], c1);
            place[2] = (int8_t)kws_round_signed(4 * sums[2], c2);
            place[3] = (int8_t)kws_round_signed(4 * sums[3], c3);
            x += way.stride * way.in_step;
            place += way.out_step;
        }
    }
    return channels;
}

#endif
