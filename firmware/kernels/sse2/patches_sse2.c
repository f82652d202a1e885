/* SPDX-License-Identifier: Apache-2.0 */
/* CONV_2D's inner part for SSE2, which every x86-64 has: eight multiply-accumulates an
 * instruction, four pixels by one output channel in registers. */
#include "kernels/patches.h"
#include "kernels/requantize.h"

#if defined(KWS_SET_SSE2)
#include <string.h>

#include "kernels/sse2/rounding.h"

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

/* The sums of KWS_PATCHES pixels, each in four parts. */
typedef struct parts {
    __m128i s0, s1, s2, s3;
} parts;

/* Adds the products of eight weights with each pixel's values at `place`. */
static inline void add_eight(parts *sums, const __m128i *place, __m128i bytes)
{
    __m128i weights = kws_widen(bytes);
    sums->s0 = _mm_add_epi32(sums->s0, _mm_madd_epi16(weights, _mm_loadu_si128(place)));
    sums->s1 = _mm_add_epi32(sums->s1, _mm_madd_epi16(weights, _mm_loadu_si128(place + 1)));
    sums->s2 = _mm_add_epi32(sums->s2, _mm_madd_epi16(weights, _mm_loadu_si128(place + 2)));
    sums->s3 = _mm_add_epi32(sums->s3, _mm_madd_epi16(weights, _mm_loadu_si128(place + 3)));
}

static inline __m128i load_eight(const int8_t *weights)
{
    return _mm_loadl_epi64((const __m128i *)weights);
}

/* Sums of `count` products (a multiple of 4) and the bias, all times 4. */
static KWS_NOINLINE __m128i multiply(int32_t bias, const void *patches, const int8_t *w,
                                     unsigned count)
{
    const __m128i zero = _mm_setzero_si128();
    parts s = {zero, zero, zero, zero};
    const __m128i *place = patches;
    for (; count >= 16; count -= 16) {
        add_eight(&s, place, load_eight(w));
        add_eight(&s, place + KWS_PATCHES, load_eight(w + 8));
        place += 2 * KWS_PATCHES;
        w += 16;
    }
    if (count >= 8) {
        add_eight(&s, place, load_eight(w));
        place += KWS_PATCHES;
        w += 8;
        count -= 8;
    }
    if (count != 0) {
        int32_t four;
        memcpy(&four, w, sizeof four);
        add_eight(&s, place, _mm_cvtsi32_si128(four));
    }
    /* The parts transposed, added. */
    __m128i a = _mm_add_epi32(_mm_unpacklo_epi32(s.s0, s.s1), _mm_unpackhi_epi32(s.s0, s.s1));
    __m128i b = _mm_add_epi32(_mm_unpacklo_epi32(s.s2, s.s3), _mm_unpackhi_epi32(s.s2, s.s3));
    __m128i all = _mm_add_epi32(_mm_unpacklo_epi64(a, b), _mm_unpackhi_epi64(a, b));
    return _mm_add_epi32(all, _mm_set1_epi32(4 * bias));
}

/* The sums of one channel. */
static inline __m128i sums_of(const kws_conv_2d *op, const void *patches, unsigned channel)
{
    return multiply(op->requantization.bias[channel], patches,
                    op->weights + (size_t)channel * op->patch, op->patch);
}

/* Four channels of each pixel. */
static inline void multiply_four(const kws_conv_2d *op, const void *patches, unsigned channel,
                                 int8_t *out, unsigned count)
{
    const kws_requantization *r = &op->requantization;
    __m128i sums[4];
    for (unsigned i = 0; i < 4; i++) {
        sums[i] = kws_scale_four(sums_of(op, patches, channel + i), kws_scale_of(r, channel + i));
    }
    __m128i a = kws_round_eight(sums[0], sums[1], r->zero_point);
    __m128i b = kws_round_eight(sums[2], sums[3], r->zero_point);
    /* Transposed: all channels of a pixel side by side. */
    __m128i c = _mm_unpacklo_epi16(a, b);
    __m128i d = _mm_unpackhi_epi16(a, b);
    int32_t pixels[KWS_PATCHES];
    _mm_storeu_si128((__m128i *)pixels,
                     _mm_packs_epi16(_mm_unpacklo_epi16(c, d), _mm_unpackhi_epi16(c, d)));
    for (unsigned i = 0; i < count; i++) {
        memcpy(out, &pixels[i], sizeof pixels[i]);
        out += op->window.out_channels;
    }
}

void kws_patches_multiply(const kws_conv_2d *op, const void *patches, int8_t *out, unsigned count)
{
    const kws_requantization *r = &op->requantization;
    const unsigned channels = op->window.out_channels;
    unsigned channel = 0;
    if (r->rounding != KWS_ROUND_GENERAL) {
        for (; channel + 4 <= channels; channel += 4) {
            multiply_four(op, patches, channel, out + channel, count);
        }
    }
    for (; channel < channels; channel++) {
        int32_t sums[KWS_PATCHES];
        _mm_storeu_si128((__m128i *)sums, sums_of(op, patches, channel));
        for (unsigned i = 0; i < count; i++) {
            out[channel + i * channels] = kws_requantize(r, channel, sums[i] / 4);
        }
    }
}

#endif
