/* CONV_2D's inner part for SSE2, which every x86-64 has: eight multiply-accumulates an
 * instruction, four pixels by one output channel in registers. */
#include "kernels/patches.h"
#include "kernels/requantize.h"

#if defined(KWS_PATCHES_SSE2)
#include <string.h>

#include "kernels/sse2.h"

void kws_patch_copy(void *patch, unsigned position, const int8_t *values, unsigned count)
{
    if (position % 8 == 0) {
        __m128i *place = (__m128i *)patch + position / 8 * KWS_PATCHES;
        for (; count >= 8; count -= 8) {
            __m128i wide = kws_widen(_mm_loadl_epi64((const __m128i *)values));
            _mm_storeu_si128(place, _mm_slli_epi16(wide, 2));
            place += KWS_PATCHES;
            values += 8;
            position += 8;
        }
    }
    while (count-- > 0) {
        kws_patch_put(patch, position++, *values++);
    }
}

/* Four sums: of `count` products (a multiple of 4) and the bias. */
static inline __m128i multiply(int32_t bias, const void *x, const int8_t *w, unsigned count)
{
    __m128i s0 = _mm_setzero_si128();
    __m128i s1 = s0, s2 = s0, s3 = s0;
    const int8_t *end = w + (count & ~7u);
    const __m128i *place = x;
    for (; w != end; w += 8) {
        __m128i weights = kws_widen(_mm_loadl_epi64((const __m128i *)w));
        s0 = _mm_add_epi32(s0, _mm_madd_epi16(weights, _mm_loadu_si128(place)));
        s1 = _mm_add_epi32(s1, _mm_madd_epi16(weights, _mm_loadu_si128(place + 1)));
        s2 = _mm_add_epi32(s2, _mm_madd_epi16(weights, _mm_loadu_si128(place + 2)));
        s3 = _mm_add_epi32(s3, _mm_madd_epi16(weights, _mm_loadu_si128(place + 3)));
        place += KWS_PATCHES;
    }
    if (count & 4) {
        int32_t four;
        memcpy(&four, w, sizeof four);
        __m128i weights = kws_widen(_mm_cvtsi32_si128(four));
        s0 = _mm_add_epi32(s0, _mm_madd_epi16(weights, _mm_loadu_si128(place)));
        s1 = _mm_add_epi32(s1, _mm_madd_epi16(weights, _mm_loadu_si128(place + 1)));
        s2 = _mm_add_epi32(s2, _mm_madd_epi16(weights, _mm_loadu_si128(place + 2)));
        s3 = _mm_add_epi32(s3, _mm_madd_epi16(weights, _mm_loadu_si128(place + 3)));
    }
    /* Four partial sums each: transposed, added. */
    __m128i a = _mm_add_epi32(_mm_unpacklo_epi32(s0, s1), _mm_unpackhi_epi32(s0, s1));
    __m128i b = _mm_add_epi32(_mm_unpacklo_epi32(s2, s3), _mm_unpackhi_epi32(s2, s3));
    __m128i all = _mm_add_epi32(_mm_unpacklo_epi64(a, b), _mm_unpackhi_epi64(a, b));
    return _mm_add_epi32(all, _mm_set1_epi32(bias));
}

void kws_patches_multiply(const kws_conv_2d *op, const void *patches, int8_t *out,
                          size_t pixel_stride)
{
    const kws_requantization *r = &op->requantization;
    const int8_t *weights = op->weights;
    for (unsigned channel = 0; channel < op->window.out_channels; channel++) {
        __m128i sums = multiply(4 * r->bias[channel], patches, weights, op->patch);
        if (r->rounding == KWS_ROUND_GENERAL) {
            int32_t values[KWS_PATCHES];
            _mm_storeu_si128((__m128i *)values, sums);
            for (unsigned i = 0; i < KWS_PATCHES; i++) {
                out[i * pixel_stride] = kws_requantize(r, channel, values[i] / 4);
            }
        } else {
            __m128i words = kws_round_four(sums, kws_scale_of(r, channel));
            words = _mm_packs_epi32(words, words);
            uint32_t bytes = (uint32_t)_mm_cvtsi128_si32(_mm_packs_epi16(words, words));
            out[0] = (int8_t)bytes;
            out[pixel_stride] = (int8_t)(bytes >> 8);
            out[2 * pixel_stride] = (int8_t)(bytes >> 16);
            out[3 * pixel_stride] = (int8_t)(bytes >> 24);
        }
        weights += op->patch;
        out++;
    }
}

#endif
