/* SPDX-License-Identifier: Apache-2.0 */
/* From 32-bit sums to int8 outputs: the one place where exactness is decided.
 *
 * TensorFlow Lite Micro rounds twice: sum * multiplier / 2^31 to the nearest integer (halves
 * up), then the quotient by 2^shift (halves away from zero). Both are floor divisions after
 * adding a half, and floor divisions nest, so the high word of (4 * sum) * multiplier is all
 * that is needed: its two extra bits hold the first half. A negative value needs one unit of
 * the first rounding less; where negative results are clamped anyway (ReLU) even that is
 * left out. tests/c/kernels_requantize_test.c compares it with the two steps. */
#ifndef KWS_REQUANTIZE_H
#define KWS_REQUANTIZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernels/instruction_set.h"
#include "kernels/kernels.h"

/* For what must be inlined for a constant argument to pay; for what needs all registers. */
#if defined(__GNUC__)
#define KWS_INLINE static inline __attribute__((always_inline))
#define KWS_NOINLINE __attribute__((noinline))
#else
#define KWS_INLINE static inline
#define KWS_NOINLINE
#endif

/* Both values are computed when this is passed: GCC would start all steps of a loop at once,
 * and run out of registers (on Thumb-1 it does either way). */
#if defined(__GNUC__) && !defined(KWS_SET_THUMB1)
#define KWS_FINISH(a, b) __asm__ volatile("" : "+r"(a), "+r"(b))
#else
#define KWS_FINISH(a, b) ((void)0)
#endif

/* What is known of the value is forgotten here: it is not worked out again elsewhere. */
#if defined(__GNUC__)
#define KWS_PIN(a) __asm__("" : "+r"(a))
#else
#define KWS_PIN(a) ((void)0)
#endif

/* The constants of one output channel, as the inner loops keep them in registers. */
typedef struct kws_scale {
    int32_t multiplier;
    int32_t half;       /* to add: both roundings' halves, and the zero point before the shift */
    int32_t shift;      /* right shift after it */
    int32_t zero_point; /* of the output */
} kws_scale;

/* For shifts of 1 to KWS_MOST_SHIFT. */
static inline kws_scale kws_scale_from(int32_t multiplier, int32_t shift, int32_t zero_point)
{
    const int32_t half = 2 * zero_point + 1;
    kws_scale scale = {multiplier, (int32_t)((uint32_t)half << shift) + 1, shift + 1, zero_point};
    return scale;
}

static inline kws_scale kws_scale_of(const kws_requantization *r, unsigned channel)
{
    return kws_scale_from(r->multiplier[channel], r->shift[channel], r->zero_point);
}

/* High word of the product, plus `addend`. */
static inline int32_t kws_multiply_high(int32_t a, int32_t b, int32_t addend)
{
#if defined(KWS_HAS_SMMLA)
    int32_t result;
    __asm__("smmla %0, %1, %2, %3" : "=r"(result) : "r"(a), "r"(b), "r"(addend));
    return result;
#elif defined(KWS_SET_THUMB1)
    /* There is no long multiplication: four short ones. b is not negative. */
    uint32_t low = ((uint32_t)a & 0xffffu) * ((uint32_t)b & 0xffffu);
    int32_t middle = (a >> 16) * (b & 0xffff) + (int32_t)(low >> 16);
    int32_t other = (int32_t)(((uint32_t)a & 0xffffu) * ((uint32_t)b >> 16));
    other += middle & 0xffff;
    return (a >> 16) * (b >> 16) + (middle >> 16) + (other >> 16) + addend;
#else
    return (int32_t)(((int64_t)a * b) >> 32) + addend;
#endif
}

static inline int32_t kws_clamp(int32_t value, int32_t low, int32_t high)
{
    value = value < low ? low : value;
    return value > high ? high : value;
}

static inline int32_t kws_saturate(int32_t value)
{
#if defined(KWS_HAS_SSAT)
    int32_t result;
    __asm__("ssat %0, #8, %1" : "=r"(result) : "r"(value));
    return result;
#else
    /* One comparison where nothing saturates. */
    if ((uint32_t)(value + 128) > 255u) {
        return value < 0 ? INT8_MIN : INT8_MAX;
    }
    return value;
#endif
}

/* KWS_ROUND_POSITIVE for a sum with two more bits (sum4 = 4 * sum). Within int8, as int32: the
 * store cuts it off. */
KWS_INLINE int32_t kws_round_positive(int32_t sum4, kws_scale s)
{
#if defined(KWS_SET_THUMB1) || defined(KWS_SET_PACKED)
    /* Cheaper than the rest: what is negative ends at the zero point or below. */
    int32_t value = s.zero_point;
    if (sum4 >= 0) {
        value = kws_multiply_high(sum4, s.multiplier, s.half) >> s.shift;
        value = value > INT8_MAX ? INT8_MAX : value;
    }
    KWS_PIN(value); /* or GCC extends it from int8 in each branch */
    return value;
#else
    return kws_saturate(kws_multiply_high(sum4, s.multiplier, s.half) >> s.shift);
#endif
}

/* KWS_ROUND_SIGNED, likewise. */
KWS_INLINE int32_t kws_round_signed(int32_t sum4, kws_scale s)
{
    int32_t half = s.half + ((sum4 >> 31) & -2);
    return kws_saturate(kws_multiply_high(sum4, s.multiplier, half) >> s.shift);
}

/* The one or the other as int8; `positive` is a constant. */
KWS_INLINE int8_t kws_round_as(bool positive, int32_t sum4, kws_scale s)
{
    return (int8_t)(positive ? kws_round_positive(sum4, s) : kws_round_signed(sum4, s));
}

/* value * multiplier / 2^(31 + shift) with TensorFlow Lite Micro's two roundings for any shift from -30 to
 * 31; the result must fit. Slow, for the rare operators. */
int32_t kws_rescale(int32_t value, int32_t multiplier, int shift);

/* The output of `channel` for any rounding, before kws_limit(). */
int8_t kws_requantize(const kws_requantization *r, unsigned channel, int32_t sum);

/* Clamps `count` finished outputs to the limits of a fused activation; most have none left
 * to clamp after saturation, so the inner loops do without. */
void kws_limit(const kws_requantization *r, int8_t *out, size_t count);

#endif
