/* SPDX-License-Identifier: Apache-2.0 */
/* Complex Q15 arithmetic in portable C; complex_q15.h says what each function does.
 *
 * Between a load and a store numbers may leave the int16 range. */
#ifndef KWS_COMPLEX_Q15_PORTABLE_H
#define KWS_COMPLEX_Q15_PORTABLE_H

#include "frontend/complex_q15.h"

typedef struct kws_wide {
    int32_t re;
    int32_t im;
} kws_wide;

static inline kws_wide kws_load(const kws_complex *source)
{
    return (kws_wide){source->re, source->im};
}

static inline kws_wide kws_load_samples(const int16_t *pair, unsigned shift)
{
    return (kws_wide){(int16_t)((uint32_t)pair[0] << shift), (int16_t)((uint32_t)pair[1] << shift)};
}

static inline kws_wide kws_load_pair(const int16_t *pair)
{
    return (kws_wide){pair[0], pair[1]};
}

static inline void kws_store(kws_complex *target, kws_wide value)
{
    target->re = (int16_t)value.re;
    target->im = (int16_t)value.im;
}

/* Q30 to Q15, rounded half up. */
static inline int32_t kws_round_q15(int32_t product)
{
    return (product + (1 << 14)) >> 15;
}

static inline kws_wide kws_divide(kws_wide value, int32_t divisor)
{
    const int32_t factor = INT16_MAX / divisor;
    return (kws_wide){kws_round_q15(value.re * factor), kws_round_q15(value.im * factor)};
}

static inline kws_wide kws_multiply(kws_wide a, kws_wide b)
{
    return (kws_wide){kws_round_q15(a.re * b.re - a.im * b.im),
                      kws_round_q15(a.re * b.im + a.im * b.re)};
}

static inline kws_wide kws_add(kws_wide a, kws_wide b)
{
    return (kws_wide){a.re + b.re, a.im + b.im};
}

static inline kws_wide kws_subtract(kws_wide a, kws_wide b)
{
    return (kws_wide){a.re - b.re, a.im - b.im};
}

static inline kws_wide kws_subtract_turned(kws_wide a, kws_wide b)
{
    return (kws_wide){a.re + b.im, a.im - b.re};
}

static inline kws_wide kws_add_turned(kws_wide a, kws_wide b)
{
    return (kws_wide){a.re - b.im, a.im + b.re};
}

static inline kws_wide kws_conjugate(kws_wide a)
{
    return (kws_wide){a.re, (int16_t)-a.im};
}

static inline kws_wide kws_half_sum(kws_wide a, kws_wide b)
{
    return (kws_wide){(a.re + (int16_t)b.re) >> 1, (a.im + (int16_t)b.im) >> 1};
}

static inline kws_wide kws_half_difference_conjugate(kws_wide a, kws_wide b)
{
    return (kws_wide){(a.re - (int16_t)b.re) >> 1, ((int16_t)b.im - a.im) >> 1};
}

static inline uint32_t kws_energy(const kws_complex *a)
{
    return (uint32_t)(a->re * a->re + a->im * a->im);
}

#endif
