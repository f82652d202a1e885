/* SPDX-License-Identifier: Apache-2.0 */
/* Three pixels in two words (pixel_triples.h) against plain sums: as many of all combinations of the
 * extremes as a block holds, and random values. Exit status 1 on a difference. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

#include "kernels/packed/pixel_triples.h"

#define SEED 12345u
#define RANDOM_BLOCKS 20000

typedef struct position {
    int32_t a, b, c, weight;
} position;

/* The sums of one position after the other, packed and plain. */
static kws_triple_totals totals;
static int32_t expected[3];

static void start(void)
{
    totals = kws_triple_start();
    expected[0] = expected[1] = expected[2] = 0;
}

static void add(position p)
{
    const uint32_t weight = (uint32_t)p.weight;
    totals.first += (uint32_t)kws_triple_first(p.a, p.b) * weight;
    totals.second += (uint32_t)kws_triple_second(p.b, p.c) * weight;
    expected[0] += p.a * p.weight;
    expected[1] += p.b * p.weight;
    expected[2] += p.c * p.weight;
}

static bool check(int32_t bias)
{
    const kws_triple_sums s = kws_triple_sums_of(totals, bias);
    if (s.a == expected[0] + bias && s.b == expected[1] + bias && s.c == expected[2] + bias) {
        return true;
    }
    printf("expected %" PRId32 " %" PRId32 " %" PRId32 ", got %" PRId32 " %" PRId32 " %" PRId32
           "\n",
           expected[0] + bias, expected[1] + bias, expected[2] + bias, s.a, s.b, s.c);
    return false;
}

/* Bit `number` of `bits` as an extreme of int8. */
static int32_t extreme(unsigned bits, unsigned number)
{
    return (bits >> number & 1u) != 0 ? 127 : -128;
}

/* One combination of extremes up to `turn`, another one behind it. */
static bool check_extremes(void)
{
    bool good = true;
    for (unsigned bits = 0; bits < 256; bits++) {
        for (int turn = 0; turn <= KWS_TRIPLE_POSITIONS; turn++) {
            start();
            for (int i = 0; i < KWS_TRIPLE_POSITIONS; i++) {
                const unsigned own = i < turn ? bits : bits >> 4;
                add((position){extreme(own, 0), extreme(own, 1), extreme(own, 2), extreme(own, 3)});
            }
            good = check(0) && check(1 << 28) && check(-(1 << 28)) && good;
        }
    }
    return good;
}

static int32_t random_int8(void)
{
    static uint32_t state = SEED;
    state = state * 1664525u + 1013904223u;
    return (int32_t)(state >> 24) - 128;
}

static bool check_random(void)
{
    bool good = true;
    for (int block = 0; block < RANDOM_BLOCKS; block++) {
        start();
        for (int i = 0; i < KWS_TRIPLE_POSITIONS; i++) {
            add((position){random_int8(), random_int8(), random_int8(), random_int8()});
            good = check(block) && good;
        }
    }
    return good;
}

int main(void)
{
    const bool extremes = check_extremes();
    return check_random() && extremes ? 0 : 1;
}
