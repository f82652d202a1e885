/* What the SSE2 kernels share. */
#ifndef KWS_SSE2_H
#define KWS_SSE2_H

#include <emmintrin.h>

#include "kernels/requantize.h"

/* Eight int8, the low half of `bytes`, as int16. */
static inline __m128i kws_widen(__m128i bytes)
{
    return _mm_srai_epi16(_mm_unpacklo_epi8(bytes, bytes), 8);
}

/* kws_round_signed() for four sums of one channel, as int32 that packing will saturate. */
static inline __m128i kws_round_four(__m128i sums, kws_scale s)
{
    __m128i multiplier = _mm_set1_epi32(s.multiplier);
    __m128i negative = _mm_srai_epi32(sums, 31);
    /* High words of unsigned products, then made those of signed ones. */
    __m128i even = _mm_srli_epi64(_mm_mul_epu32(sums, multiplier), 32);
    __m128i odd = _mm_mul_epu32(_mm_srli_epi64(sums, 32), multiplier);
    odd = _mm_and_si128(odd, _mm_set_epi32(-1, 0, -1, 0));
    __m128i high = _mm_sub_epi32(_mm_or_si128(even, odd), _mm_and_si128(negative, multiplier));
    __m128i half = _mm_add_epi32(negative, _mm_add_epi32(negative, _mm_set1_epi32(s.half)));
    high = _mm_sra_epi32(_mm_add_epi32(high, half), _mm_cvtsi32_si128(s.shift));
    return _mm_add_epi32(high, _mm_set1_epi32(s.zero_point));
}

#endif
