/* SPDX-License-Identifier: Apache-2.0 */
/* FULLY_CONNECTED's inner part for SSE2 (every x86-64): eight multiply-accumulates an instruction,
 * four outputs share the loads of the input. */
#include "kernels/connect.h"
#include "kernels/requantize.h"

#if defined(KWS_SET_SSE2)
#include "kernels/sse2/rounding.h"

static inline __m128i load_eight(const int8_t *bytes)
{
    return kws_widen(_mm_loadl_epi64((const __m128i *)bytes));
}

static inline int32_t total(__m128i sums)
{
    sums = _mm_add_epi32(sums, _mm_shuffle_epi32(sums, _MM_SHUFFLE(1, 0, 3, 2)));
    sums = _mm_add_epi32(sums, _mm_shuffle_epi32(sums, _MM_SHUFFLE(2, 3, 0, 1)));
    return _mm_cvtsi128_si32(sums);
}

/* The sums of `rows` rows of weights, 1 to 4; a constant. */
KWS_INLINE void multiply(unsigned rows, const int8_t *in, unsigned inputs, const int8_t *weights,
                         int32_t *sums)
{
    __m128i parts[4] = {_mm_setzero_si128(), _mm_setzero_si128(), _mm_setzero_si128(),
                        _mm_setzero_si128()};
    unsigned at = 0;
    for (; at + 8 <= inputs; at += 8) {
        const __m128i values = load_eight(in + at);
        for (unsigned i = 0; i < rows; i++) {
            const __m128i row = load_eight(weights + (size_t)i * inputs + at);
            parts[i] = _mm_add_epi32(parts[i], _mm_madd_epi16(values, row));
        }
    }
    for (unsigned i = 0; i < rows; i++) {
        sums[i] += total(parts[i]);
        for (unsigned rest = at; rest < inputs; rest++) {
            sums[i] += in[rest] * weights[(size_t)i * inputs + rest];
        }
    }
}

void kws_connect(const int8_t *in, unsigned inputs, const int8_t *weights, unsigned outputs,
                 const kws_requantization *r, int8_t *out)
{
    unsigned rows;
    for (unsigned channel = 0; channel < outputs; channel += rows) {
        int32_t sums[4];
        rows = channel + 4 <= outputs ? 4 : 1;
        for (unsigned i = 0; i < rows; i++) {
            sums[i] = r->bias[channel + i];
        }
        if (rows == 4) {
            multiply(4, in, inputs, weights, sums);
        } else {
            multiply(1, in, inputs, weights, sums);
        }
        for (unsigned i = 0; i < rows; i++) {
            *out++ = kws_requantize(r, kws_connect_entry(r, channel + i), sums[i]);
        }
        weights += (size_t)rows * inputs;
    }
}

#endif
