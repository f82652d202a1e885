/* SPDX-License-Identifier: Apache-2.0 */
/* The kernels' one-shift rounding against TensorFlow Lite Micro's two steps: chosen and random
 * multipliers, every shift that the fast forms take, dense and edge sums. Exit status 1 on a
 * difference. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

#include "kernels/requantize.h"

/* Rounds the product by 2^31 to nearest, halves up: the first step. */
static int64_t high_multiply(int64_t value, int32_t multiplier)
{
    int64_t product = value * multiplier;
    int64_t quotient = product / ((int64_t)1 << 31);
    int64_t rest = product % ((int64_t)1 << 31);
    if (rest < 0) {
        rest += (int64_t)1 << 31;
        quotient--;
    }
    return rest >= ((int64_t)1 << 30) ? quotient + 1 : quotient;
}

/* Divides by 2^shift to nearest, halves away from zero: the second. */
static int64_t divide(int64_t value, int shift)
{
    int64_t divisor = (int64_t)1 << shift;
    int64_t magnitude = value < 0 ? -value : value;
    int64_t rounded = (magnitude + divisor / 2) / divisor;
    return value < 0 ? -rounded : rounded;
}

static bool check(const kws_requantization *r, int32_t sum)
{
    int64_t exact = divide(high_multiply(sum, r->multiplier[0]), r->shift[0]) + r->zero_point;
    int expected = exact < -128 ? -128 : exact > 127 ? 127 : (int)exact;
    kws_scale scale = kws_scale_of(r, 0);
    int is_signed = kws_round_signed(4 * sum, scale);
    int positive = kws_round_positive(4 * sum, scale);
    /* What is below the zero point is clamped to it or above after the positive form. */
    int expected_positive = expected < r->zero_point ? r->zero_point : expected;
    positive = positive < r->zero_point ? r->zero_point : positive;
    int general = (int)kws_rescale(sum, r->multiplier[0], r->shift[0]) + r->zero_point;
    if (is_signed == expected && positive == expected_positive && general == exact) {
        return true;
    }
    printf("sum %" PRId32 ", multiplier %" PRId32 ", shift %d: expected %d, got signed %d, "
           "positive %d, general %d\n",
           sum, r->multiplier[0], r->shift[0], expected, is_signed, positive, general);
    return false;
}

/* kws_rescale() takes all of int32, and shifts of 0 and 31 too. */
static bool check_rescale(int32_t value, int32_t multiplier, int shift)
{
    int64_t exact = divide(high_multiply(value, multiplier), shift);
    int32_t actual = kws_rescale(value, multiplier, shift);
    if (actual == exact) {
        return true;
    }
    printf("value %" PRId32 ", multiplier %" PRId32 ", shift %d: expected %" PRId64 ", got %" PRId32
           "\n",
           value, multiplier, shift, exact, actual);
    return false;
}

static uint32_t random_state = 1;

static uint32_t random_bits(void)
{
    random_state = random_state * 1664525u + 1013904223u;
    return random_state >> 1;
}

int main(void)
{
    const int32_t largest = (1 << 29) - 1;
    int32_t multiplier;
    int8_t shift;
    kws_requantization r = {.multiplier = &multiplier, .shift = &shift};
    for (int round = 0; round < 40; round++) {
        const int32_t chosen[4] = {1 << 30, (1 << 30) + 1, INT32_MAX, 3 << 29};
        multiplier = round < 4 ? chosen[round] : (int32_t)(random_bits() % (1u << 30)) + (1 << 30);
        for (int any = 0; any <= 31; any++) {
            const int32_t edges[] = {INT32_MIN,
                                     -(1 << 29) - 1,
                                     -(1 << 29),
                                     -(1 << 29) + 1,
                                     (1 << 29) - 1,
                                     1 << 29,
                                     (1 << 29) + 1,
                                     INT32_MAX,
                                     -1,
                                     0,
                                     1};
            for (unsigned i = 0; i < sizeof edges / sizeof edges[0]; i++) {
                if (!check_rescale(edges[i], multiplier, any)) {
                    return 1;
                }
            }
            for (int i = 0; i < 2000; i++) {
                int32_t value = (int32_t)(random_bits() << 1) >> random_bits() % 28;
                if (!check_rescale(value, multiplier, any)) {
                    return 1;
                }
            }
        }
        for (shift = 1; shift <= KWS_MOST_SHIFT; shift++) {
            r.zero_point = (int8_t)(random_bits() % 256 - 128);
            for (int32_t sum = -3000; sum <= 3000; sum++) {
                if (!check(&r, sum)) {
                    return 1;
                }
            }
            for (int i = 0; i < 2000; i++) {
                int32_t sum = (int32_t)(random_bits() & (uint32_t)largest);
                sum >>= random_bits() % 28;
                if (!check(&r, sum) || !check(&r, -sum)) {
                    return 1;
                }
            }
            if (!check(&r, largest) || !check(&r, -largest)) {
                return 1;
            }
        }
    }
    return 0;
}
