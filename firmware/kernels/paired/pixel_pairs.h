/* SPDX-License-Identifier: Apache-2.0 */
/* Two pixels in one word, for cores without a multiply-accumulate instruction: one
 * multiplication by a weight serves both.
 *
 * A word holds first * 2^16 + second. The products of two positions with their weights add up
 * to high * 2^16 + low with -32512 <= low, high <= 32768: as low + 32767 is in 0 to 65535,
 * subtracting KWS_PAIR_CENTRE and shifting by 16 gives high - 1 exactly, and nothing
 * overflows. `first` adds up these; `total`, modulo 2^32, the unshifted words, from which the
 * second pixel's sum follows. */
#ifndef KWS_PIXEL_PAIRS_H
#define KWS_PIXEL_PAIRS_H

#include "kernels/requantize.h"

#define KWS_PAIR_CENTRE 32769 /* 65536 - 32767 */

/* The sums of two pixels. */
typedef struct kws_pair_sums {
    uint32_t total; /* first * 2^16 + second */
    int32_t first;
} kws_pair_sums;

/* The bias, and what the centring of `count` products (an even number) will subtract. */
KWS_INLINE kws_pair_sums kws_pair_start(int32_t bias, unsigned count)
{
    const uint32_t pairs = count / 2;
    kws_pair_sums s = {(uint32_t)bias * 65537u + pairs * KWS_PAIR_CENTRE, bias + (int32_t)pairs};
    return s;
}

/* Adds the products of two positions. */
KWS_INLINE void kws_pair_add(kws_pair_sums *s, int32_t x0, int32_t w0, int32_t x1, int32_t w1)
{
    int32_t sum = x0 * w0 - KWS_PAIR_CENTRE + x1 * w1;
    s->total += (uint32_t)sum;
    s->first += sum >> 16;
    KWS_FINISH(s->total, s->first);
}

KWS_INLINE int32_t kws_pair_second(kws_pair_sums s)
{
    return (int32_t)(s.total - ((uint32_t)s.first << 16));
}

#endif
