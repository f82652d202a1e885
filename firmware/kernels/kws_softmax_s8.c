/* SPDX-License-Identifier: Apache-2.0 */
/* SOFTMAX in 32-bit fixed point, step by step as TensorFlow Lite's reference computes it
 * (tensorflow/lite/kernels/internal/reference/softmax.h with gemmlowp's fixedpoint.h).
 *
 * Qm.n below is a signed number with m integer and n fraction bits. */
#include "kernels/kernels.h"
#include "kernels/requantize.h"

#define SUM_INTEGER_BITS 12 /* the sum of exponentials is Q12.19 */

/* Product of a Q0.31 and another number, rounded (halves up). */
static int32_t multiply(int32_t a, int32_t b)
{
    return (int32_t)(((int64_t)a * b + ((int64_t)1 << 30)) >> 31);
}

/* value / 2^exponent, halves away from zero; exponent 0 to 31. */
static int32_t divide_by_power(int32_t value, int exponent)
{
    if (exponent == 0) {
        return value;
    }
    int64_t half = ((int64_t)1 << (exponent - 1)) - (value < 0 ? 1 : 0);
    return (int32_t)((value + half) >> exponent);
}

/* exp(a) in Q0.31 for a in Q5.26, a <= 0: a Taylor series for the part below 1/4, then a
 * factor for each remaining bit. */
static int32_t exp_of_negative(int32_t a)
{
    static const int32_t factors[] = {
        1672461947, /* exp(-1/4) */
        1302514674, /* exp(-1/2) */
        790015084,  /* exp(-1) */
        290630308,  /* exp(-2) */
        39332535,   /* exp(-4) */
        720401,     /* exp(-8) */
        242,        /* exp(-16) */
    };
    const int32_t quarter = 1 << 24;
    if (a == 0) {
        return INT32_MAX;
    }
    int32_t fraction = (a & (quarter - 1)) - quarter; /* in [-1/4, 0) */
    int32_t x = fraction * 32 + (1 << 28);            /* Q0.31, around -1/8 */
    int32_t x2 = multiply(x, x);
    int32_t x3 = multiply(x2, x);
    int32_t x4 = multiply(x2, x2);
    int32_t third = multiply(divide_by_power(x4, 2) + x3, 715827883); /* times 1/3 */
    int32_t series = x + divide_by_power(third + x2, 1);
    int32_t result = 1895147668 + multiply(1895147668, series); /* exp(-1/8) */
    int32_t rest = fraction - a;
    for (unsigned i = 0; i < sizeof factors / sizeof factors[0]; i++) {
        if (rest & (quarter << i)) {
            result = multiply(result, factors[i]);
        }
    }
    return result;
}

/* 1 / (1 + a) in Q0.31 for a in Q0.31, 0 <= a < 1: three Newton-Raphson steps in Q2.29. */
static int32_t one_over_one_plus(int32_t a)
{
    const int32_t one = 1 << 29;
    int32_t half_denominator = (int32_t)(((int64_t)a + INT32_MAX + 1) / 2);
    int32_t x = 1515870810 + multiply(half_denominator, -1010580540); /* 48/17, -32/17 */
    for (int i = 0; i < 3; i++) {
        x += multiply(x, one - multiply(half_denominator, x)) * 4;
    }
    return x > (1 << 30) - 1 ? INT32_MAX : x * 2; /* half of it, Q0.31, saturated */
}

static int leading_zeros(uint32_t value)
{
    int count = 0;
    while (!(value & 0x80000000u)) {
        value <<= 1;
        count++;
    }
    return count;
}

/* exp(difference * input scale * beta) in Q0.31 for a difference <= 0. */
static int32_t exp_of_difference(const kws_softmax *op, int32_t difference)
{
    int32_t shifted = (int32_t)(difference * ((int64_t)1 << op->shift)); /* fits: diff_min */
    return exp_of_negative(multiply(shifted, op->multiplier));
}

/* One row; `out` is int16 where `bits` is 16, else int8. */
static void softmax_row(const kws_softmax *op, const int8_t *in, void *out, int bits)
{
    int32_t largest = INT8_MIN;
    for (unsigned i = 0; i < op->depth; i++) {
        largest = in[i] > largest ? in[i] : largest;
    }
    int32_t sum = 0;
    for (unsigned i = 0; i < op->depth; i++) {
        int32_t difference = in[i] - largest;
        if (difference >= op->diff_min) {
            sum += divide_by_power(exp_of_difference(op, difference), SUM_INTEGER_BITS);
        }
    }
    int headroom = leading_zeros((uint32_t)sum);
    int32_t above_one = (int32_t)(((uint32_t)sum << headroom) - 0x80000000u);
    int32_t scale = one_over_one_plus(above_one);
    int exponent = SUM_INTEGER_BITS - headroom + 31 - bits;
    for (unsigned i = 0; i < op->depth; i++) {
        int32_t difference = in[i] - largest;
        int32_t value = 0;
        if (difference >= op->diff_min) {
            value = divide_by_power(multiply(scale, exp_of_difference(op, difference)), exponent);
        }
        if (bits == 8) {
            ((int8_t *)out)[i] = (int8_t)kws_clamp(value - 128, INT8_MIN, INT8_MAX);
        } else {
            ((int16_t *)out)[i] = (int16_t)kws_clamp(value - 32768, INT16_MIN, INT16_MAX);
        }
    }
}

void kws_softmax_s8(const kws_softmax *op, const int8_t *in, int8_t *out)
{
    for (unsigned row = 0; row < op->rows; row++) {
        softmax_row(op, in, out, 8);
        in += op->depth;
        out += op->depth;
    }
}

void kws_softmax_s8_s16(const kws_softmax *op, const int8_t *in, void *out)
{
    int16_t *values = out;
    for (unsigned row = 0; row < op->rows; row++) {
        softmax_row(op, in, values, 16);
        in += op->depth;
        values += op->depth;
    }
}
