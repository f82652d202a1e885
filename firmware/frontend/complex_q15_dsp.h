/* SPDX-License-Identifier: Apache-2.0 */
/* Complex Q15 arithmetic for Arm cores with the DSP extension;
 * complex_q15.h says what each function does.
 *
 * A complex number is one register: real part in the lower half, imaginary in the upper. */
#ifndef KWS_COMPLEX_Q15_DSP_H
#define KWS_COMPLEX_Q15_DSP_H

#include <arm_acle.h>
#include <string.h>

#include "frontend/complex_q15.h"

typedef int32_t kws_wide;

/* The upper halves of both. Compilers do not find PKHTB and PKHBT by themselves. */
static inline kws_wide kws_pack_upper(int32_t re, int32_t im)
{
    kws_wide packed;
    __asm__("pkhtb %0, %1, %2, asr #16" : "=r"(packed) : "r"(im), "r"(re));
    return packed;
}

/* Both parts from Q30 to Q15, wrapped to int16. */
static inline kws_wide kws_pack_q15(int32_t re, int32_t im)
{
    kws_wide packed;
    __asm__("pkhbt %0, %1, %2, lsl #1" : "=r"(packed) : "r"(re >> 15), "r"(im));
    return packed;
}

static inline kws_wide kws_load(const kws_complex *source)
{
    kws_wide value;
    memcpy(&value, source, sizeof value);
    return value;
}

static inline kws_wide kws_load_pair(const int16_t *pair)
{
    kws_wide value;
    memcpy(&value, pair, sizeof value);
    return value;
}

static inline kws_wide kws_load_samples(const int16_t *pair, unsigned shift)
{
    const uint32_t from_the_lower_half = ((1u << shift) - 1) << 16;
    return (kws_wide)(((uint32_t)kws_load_pair(pair) << shift) & ~from_the_lower_half);
}

static inline void kws_store(kws_complex *target, kws_wide value)
{
    memcpy(target, &value, sizeof value);
}

static inline kws_wide kws_divide(kws_wide value, int32_t divisor)
{
    /* Twice the factor, so that the quotients lie in the upper halves. */
    const int32_t factor = 2 * (INT16_MAX / divisor);
    const int32_t re = __smlabb(value, factor, 1 << 15);
    const int32_t im = __smlatb(value, factor, 1 << 15);
    return kws_pack_upper(re, im);
}

static inline kws_wide kws_multiply(kws_wide a, kws_wide b)
{
    const int32_t re = __smlsd(a, b, 1 << 14);
    const int32_t im = __smladx(a, b, 1 << 14);
    return kws_pack_q15(re, im);
}

static inline kws_wide kws_add(kws_wide a, kws_wide b)
{
    return __sadd16(a, b);
}

static inline kws_wide kws_subtract(kws_wide a, kws_wide b)
{
    return __ssub16(a, b);
}

static inline kws_wide kws_subtract_turned(kws_wide a, kws_wide b)
{
    return __ssax(a, b);
}

static inline kws_wide kws_add_turned(kws_wide a, kws_wide b)
{
    return __sasx(a, b);
}

static inline kws_wide kws_conjugate(kws_wide a)
{
    return (kws_wide)(((uint32_t)a ^ 0xFFFF0000u) + 0x10000u);
}

static inline kws_wide kws_half_sum(kws_wide a, kws_wide b)
{
    return __shadd16(a, b);
}

static inline kws_wide kws_half_difference_conjugate(kws_wide a, kws_wide b)
{
    const uint32_t re = (uint32_t)__shsub16(a, b) & 0xFFFFu;
    const uint32_t im = (uint32_t)__shsub16(b, a) & 0xFFFF0000u;
    return (kws_wide)(re | im);
}

static inline uint32_t kws_energy(const kws_complex *a)
{
    const kws_wide value = kws_load(a);
    return (uint32_t)__smuad(value, value);
}

#endif
