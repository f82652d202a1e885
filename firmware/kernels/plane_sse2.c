/* DEPTHWISE_CONV_2D's inner part for SSE2: eight outputs of a row at a time. */
#include "kernels/plane.h"
#include "kernels/requantize.h"

#if defined(KWS_PLANE_SSE2)
#include "kernels/sse2.h"

/* Eight sums as two vectors of int32. */
typedef struct eight_sums {
    __m128i low, high;
} eight_sums;

/* Two weights as the int16 pair that _mm_madd_epi16() takes. */
static inline __m128i pair(int8_t first, int8_t second)
{
    return _mm_set1_epi32((int32_t)(((uint32_t)first & 0xffffu) | (uint32_t)second << 16));
}

static inline void add_pair(eight_sums *sums, __m128i first, __m128i second, __m128i weights)
{
    __m128i low = _mm_unpacklo_epi16(first, second);
    __m128i high = _mm_unpackhi_epi16(first, second);
    sums->low = _mm_add_epi32(sums->low, _mm_madd_epi16(low, weights));
    sums->high = _mm_add_epi32(sums->high, _mm_madd_epi16(high, weights));
}

static inline __m128i load(const int16_t *values)
{
    return _mm_loadu_si128((const __m128i *)values);
}

/* Outputs x[0..7] of a stride of 1, into out[0], out[step], ... */
static inline void slide_eight(const int16_t *x, size_t width, const __m128i *weights,
                               __m128i bias, kws_scale scale, int8_t *out, int32_t step)
{
    eight_sums sums = {bias, bias};
    add_pair(&sums, load(x), load(x + 1), weights[0]);
    add_pair(&sums, load(x + width), load(x + width + 1), weights[1]);
    add_pair(&sums, load(x + 2 * width), load(x + 2 * width + 1), weights[2]);
    add_pair(&sums, load(x + 2), load(x + width + 2), weights[3]);
    add_pair(&sums, load(x + 2 * width + 2), _mm_setzero_si128(), weights[4]);
    __m128i low = kws_round_four(sums.low, scale);
    __m128i high = kws_round_four(sums.high, scale);
    __m128i words = _mm_packs_epi32(low, high);
    uint64_t bytes = (uint64_t)_mm_cvtsi128_si64(_mm_packs_epi16(words, words));
    for (int i = 0; i < 8; i++) {
        *out = (int8_t)bytes;
        bytes >>= 8;
        out += step;
    }
}

/* Rows shorter than eight outputs, and strides. */
static void slide_some(const kws_depthwise_conv_2d *op, const int8_t *w, const int16_t *x,
                       int32_t bias, kws_scale scale, int8_t *out)
{
    const int16_t *x1 = x + op->plane_width;
    const int16_t *x2 = x1 + op->plane_width;
    for (unsigned i = 0; i < op->out_width; i++) {
        int32_t sum = bias + x[0] * w[0] + x[1] * w[1] + x[2] * w[2];
        sum += x1[0] * w[3] + x1[1] * w[4] + x1[2] * w[5];
        sum += x2[0] * w[6] + x2[1] * w[7] + x2[2] * w[8];
        *out = kws_round_signed(sum, scale);
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
    const __m128i weights[5] = {pair(w[0], w[1]), pair(w[3], w[4]), pair(w[6], w[7]),
                                pair(w[2], w[5]), pair(w[8], 0)};
    const kws_scale scale = kws_scale_of(&op->requantization, channel);
    const int32_t bias = 4 * op->requantization.bias[channel];
    const unsigned columns = op->out_width;
    for (unsigned y = 0; y < op->out_height; y++) {
        const int16_t *row = plane + (size_t)y * op->stride_height * op->plane_width;
        int8_t *place = out + (int32_t)y * op->out_row_stride;
        if (columns < 8 || op->stride_width != 1) {
            slide_some(op, w, row, bias, scale, place);
            continue;
        }
        for (unsigned done = 0; done < columns; done += 8) {
            /* The last eight may begin among those already done. */
            unsigned x = done + 8 <= columns ? done : columns - 8;
            slide_eight(row + x, op->plane_width, weights, _mm_set1_epi32(bias), scale,
                        place + (int32_t)x * op->out_column_stride, op->out_column_stride);
        }
    }
}

#endif
