/* SPDX-License-Identifier: Apache-2.0 */
/* What the SSE2 kernels share: widening, and rounding several sums at a time. */
#ifndef KWS_SSE2_ROUNDING_H
#define KWS_SSE2_ROUNDING_H

#include <emmintrin.h>

#include "kernels/requantize.h"

/* Eight int8, the low half of `bytes`, as int16. */
static inline __m128i kws_widen(__m128i bytes)
{
    return _mm_srai_epi16(_mm_unpacklo_epi8(bytes, bytes), 8);
}

/* Twice the quotients of kws_round_signed(), the lowest bit still to be rounded: four sums of
 * one channel, each times 4, as int32. */
static inline __m128i kws_scale_four(__m128i sums, kws_scale s)
{
    const __m128i multiplier = _mm_set1_epi32(s.multiplier);
    /* High words of unsigned products, in the order 0, 2, 1, 3. */
    __m128i even = _mm_mul_epu32(sums, multiplier);
    __m128i odd = _mm_mul_epu32(_mm_shuffle_epi32(sums, _MM_SHUFFLE(3, 3, 1, 1)), multiplier);
    __m128i high = _mm_castps_si128(
        _mm_shuffle_ps(_mm_castsi128_ps(even), _mm_castsi128_ps(odd), _MM_SHUFFLE(3, 1, 3, 1)));
    /* A negative sum's is larger by the multiplier, and gets two units less of rounding. */
    __m128i negative = _mm_srai_epi32(_mm_shuffle_epi32(sums, _MM_SHUFFLE(3, 1, 2, 0)), 31);
    __m128i excess = _mm_and_si128(negative, _mm_add_epi32(multiplier, _mm_set1_epi32(2)));
    high = _mm_add_epi32(_mm_sub_epi32(high, excess), _mm_set1_epi32(1));
    high = _mm_sra_epi32(high, _mm_cvtsi32_si128(s.shift - 1));
    return _mm_shuffle_epi32(high, _MM_SHUFFLE(3, 1, 2, 0));
}

/* Two results of kws_scale_four() as outputs in int16, which packing to int8 will saturate. */
static inline __m128i kws_round_eight(__m128i low, __m128i high, int8_t zero_point)
{
    __m128i twice = _mm_adds_epi16(_mm_packs_epi32(low, high), _mm_set1_epi16(1));
    return _mm_adds_epi16(_mm_srai_epi16(twice, 1), _mm_set1_epi16(zero_point));
}

#endif
