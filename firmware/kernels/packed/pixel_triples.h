/* SPDX-License-Identifier: Apache-2.0 */
/* Three pixels in two words, for cores that multiply one number at a time: two multiplications by a
 * weight serve three pixels.
 *
 * Sums of KWS_TRIPLE_POSITIONS products of int8 have 21 bits, three of them 63. With the pixels a, b
 * and c in words a + b * 2^21 and c + b * 2^10, the sums of the words' products, modulo 2^32, hold
 * them all: the low 21 bits of the first are a's sum, its upper 11 bits the lower ones of b's sum;
 * without these, the low 21 bits of the second are c's, its upper 11 bits the upper ones of b's. */
#ifndef KWS_PIXEL_TRIPLES_H
#define KWS_PIXEL_TRIPLES_H

#include <stdint.h>

#include "kernels/requantize.h"

#define KWS_TRIPLE_POSITIONS 64
#define KWS_TRIPLE_BITS 21
/* 64 products are -1040384 to 1048576: 4096 less is symmetric. */
#define KWS_TRIPLE_CENTRE 4096

/* The sums of the words' products, each less KWS_TRIPLE_CENTRE. */
typedef struct kws_triple_totals {
    uint32_t first, second;
} kws_triple_totals;

/* Those of the pixels. */
typedef struct kws_triple_sums {
    int32_t a, b, c;
} kws_triple_sums;

/* The words of three pixels. */
KWS_INLINE int32_t kws_triple_first(int32_t a, int32_t b)
{
    return a + b * (1 << KWS_TRIPLE_BITS);
}

KWS_INLINE int32_t kws_triple_second(int32_t b, int32_t c)
{
    return b * (1 << 10) + c;
}

/* Before the first product; in registers, or GCC would use further ones. */
KWS_INLINE kws_triple_totals kws_triple_start(void)
{
    kws_triple_totals totals = {0u - KWS_TRIPLE_CENTRE, 0u - KWS_TRIPLE_CENTRE};
    KWS_FINISH(totals.first, totals.second);
    return totals;
}

/* The low bits, with their sign. */
KWS_INLINE int32_t kws_triple_low(uint32_t total)
{
    return (int32_t)(total << (32 - KWS_TRIPLE_BITS)) >> (32 - KWS_TRIPLE_BITS);
}

/* The pixels' sums, `bias` added. */
KWS_INLINE kws_triple_sums kws_triple_sums_of(kws_triple_totals totals, int32_t bias)
{
    const int32_t a = kws_triple_low(totals.first);
    const uint32_t lower = totals.first - (uint32_t)a; /* b's, times 2^21 */
    const uint32_t second = totals.second - (lower >> 11);
    const int32_t c = kws_triple_low(second);
    const int32_t upper = (int32_t)(second - (uint32_t)c) >> 10;
    const int32_t centred = bias + KWS_TRIPLE_CENTRE;
    kws_triple_sums sums = {a + centred, (int32_t)(lower >> KWS_TRIPLE_BITS) + upper + bias,
                            c + centred};
    return sums;
}

#endif
