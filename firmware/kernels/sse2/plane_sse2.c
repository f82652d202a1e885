/* SPDX-License-Identifier: Apache-2.0 */
/* DEPTHWISE_CONV_2D's inner part for SSE2: eight outputs of a row at a time, four where every
 * second column is left out. */
#include "kernels/plane.h"
#include "kernels/requantize.h"

#if defined(KWS_SET_SSE2)
#include "kernels/sse2/rounding.h"

/* A row of three weights as the pairs of int16 that _mm_madd_epi16() takes: the columns x[0] and
 * x[1], then x[2] and x[3], for the window that begins at x[0] and for the one at x[1]. */
typedef struct weight_row {
    __m128i even_first, even_last, odd_first, odd_last;
} weight_row;

static inline __m128i pair(int8_t first, int8_t second)
{
    return _mm_set1_epi32((int32_t)(((uint32_t)first & 0xffffu) | (uint32_t)second << 16));
}

static inline weight_row row_of(const int8_t *w)
{
    weight_row row = {pair(w[0], w[1]), pair(w[2], 0), pair(0, w[0]), pair(w[1], w[2])};
    return row;
}

static inline __m128i load(const int16_t *values)
{
    return _mm_loadu_si128((const __m128i *)values);
}

/* Adds a row's products for the windows at x[0], x[2], x[4], x[6]. */
static inline __m128i add_even(__m128i sums, const int16_t *x, const weight_row *w)
{
    sums = _mm_add_epi32(sums, _mm_madd_epi16(load(x), w->even_first));
    return _mm_add_epi32(sums, _mm_madd_epi16(load(x + 2), w->even_last));
}

/* Likewise at x[1], x[3], x[5], x[7]. */
static inline __m128i add_odd(__m128i sums, const int16_t *x, const weight_row *w)
{
    sums = _mm_add_epi32(sums, _mm_madd_epi16(load(x), w->odd_first));
    return _mm_add_epi32(sums, _mm_madd_epi16(load(x + 2), w->odd_last));
}

/* The four outputs of a stride of 2 that begin at x. */
static inline void slide_four(const int16_t *x, size_t width, const weight_row *w, __m128i bias,
                              kws_scale scale, int8_t *out, ptrdiff_t step)
{
    __m128i even = add_even(bias, x, &w[0]);
    even = add_even(even, x + width, &w[1]);
    even = kws_scale_four(add_even(even, x + 2 * width, &w[2]), scale);
    __m128i words = kws_round_eight(even, even, (int8_t)scale.zero_point);
    uint32_t bytes = (uint32_t)_mm_cvtsi128_si32(_mm_packs_epi16(words, words));
    out[0] = (int8_t)bytes;
    out[step] = (int8_t)(bytes >> 8);
    out[2 * step] = (int8_t)(bytes >> 16);
    out[3 * step] = (int8_t)(bytes >> 24);
}

/* The eight outputs of a stride of 1 that begin at x. */
static inline void slide_eight(const int16_t *x, size_t width, const weight_row *w, __m128i bias,
                               kws_scale scale, int8_t *out, ptrdiff_t step)
{
    __m128i even = add_even(bias, x, &w[0]);
    __m128i odd = add_odd(bias, x, &w[0]);
    even = add_even(even, x + width, &w[1]);
    odd = add_odd(odd, x + width, &w[1]);
    even = kws_scale_four(add_even(even, x + 2 * width, &w[2]), scale);
    odd = kws_scale_four(add_odd(odd, x + 2 * width, &w[2]), scale);
    __m128i words = kws_round_eight(even, odd, (int8_t)scale.zero_point);
    int8_t bytes[8];
    _mm_storel_epi64((__m128i *)bytes, _mm_packs_epi16(words, words));
    out[0] = bytes[0];
    out[2 * step] = bytes[1];
    out[4 * step] = bytes[2];
    out[6 * step] = bytes[3];
    out[step] = bytes[4];
    out[3 * step] = bytes[5];
    out[5 * step] = bytes[6];
    out[7 * step] = bytes[7];
}

/* Rows too short for vectors, and larger strides. */
static void slide_some(const kws_depthwise_conv_2d *op, const int8_t *w, const int16_t *x,
                       int32_t bias, kws_scale scale, int8_t *out)
{
    const int16_t *x1 = x + op->plane_width;
    const int16_t *x2 = x1 + op->plane_width;
    for (unsigned i = 0; i < op->out_width; i++) {
        int32_t sum = bias + x[0] * w[0] + x[1] * w[1] + x[2] * w[2];
        sum += x1[0] * w[3] + x1[1] * w[4] + x1[2] * w[5];
        sum += x2[0] * w[6] + x2[1] * w[7] + x2[2] * w[8];
        *out = (int8_t)kws_round_signed(sum, scale);
        out += op->out_column_stride;
        x += op->stride_width;
        x1 += op->stride_width;
        x2 += op->stride_width;
    }
}

void kws_plane_slide_3x3(const kws_depthwise_conv_2d *op, unsigned channel, const int16_t *plane,
                         int8_t *out)
{
    const int8_t *w = op->weights + (size_t)channel * 9;
    const weight_row rows[3] = {row_of(w), row_of(w + 3), row_of(w + 6)};
    const kws_scale scale = kws_scale_of(&op->requantization, channel);
    const int32_t bias = 4 * op->requantization.bias[channel];
    const __m128i biases = _mm_set1_epi32(bias);
    const size_t width = op->plane_width;
    const unsigned columns = op->out_width;
    const unsigned together = op->stride_width == 1 ? 8 : 4;
    const ptrdiff_t step = op->out_column_stride;
    for (unsigned y = 0; y < op->out_height; y++) {
        const int16_t *row = plane + (size_t)y * op->stride_height * width;
        int8_t *place = out + (int32_t)y * op->out_row_stride;
        if (columns < together || op->stride_width > 2) {
            slide_some(op, w, row, bias, scale, place);
            continue;
        }
        for (unsigned done = 0; done < columns; done += together) {
            /* The last ones may begin among those already done. */
            unsigned x = done + together <= columns ? done : columns - together;
            if (op->stride_width == 1) {
                slide_eight(row + x, width, rows, biases, scale, place + x * step, step);
            } else {
                slide_four(row + 2 * x, width, rows, biases, scale, place + x * step, step);
            }
        }
    }
}

#endif
