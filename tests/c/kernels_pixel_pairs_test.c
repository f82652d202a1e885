/* SPDX-License-Identifier: Apache-2.0 */
/* Two pixels in a word (pixel_pairs.h) against plain sums: all combinations of edge values, and
 * long sums of the extremes. Sanitizers see to it that nothing overflows. Exit status 1 on a
 * difference. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

#include "kernels/paired/pixel_pairs.h"

/* What kws_patch_put() makes of two pixels. */
static int32_t word(int32_t first, int32_t second)
{
    return first * 65536 + second;
}

static bool check(kws_pair_sums sums, int32_t first, int32_t second)
{
    if (sums.first == first && kws_pair_second(sums) == second) {
        return true;
    }
    printf("expected %" PRId32 " and %" PRId32 ", got %" PRId32 " and %" PRId32 "\n", first, second,
           sums.first, kws_pair_second(sums));
    return false;
}

/* a and b are the pixels, at two positions with weights w. */
static bool check_products(const int32_t *a, const int32_t *b, const int32_t *w, int32_t bias,
                           unsigned pairs)
{
    kws_pair_sums sums = kws_pair_start(bias, 2 * pairs);
    for (unsigned i = 0; i < pairs; i++) {
        kws_pair_add(&sums, word(a[0], b[0]), w[0], word(a[1], b[1]), w[1]);
    }
    const int32_t count = (int32_t)pairs;
    return check(sums, bias + count * (a[0] * w[0] + a[1] * w[1]),
                 bias + count * (b[0] * w[0] + b[1] * w[1]));
}

/* All combinations of `count` values for the six operands. */
static bool check_all(const int32_t *values, unsigned count, int32_t bias, unsigned pairs)
{
    unsigned combinations = 1;
    for (unsigned i = 0; i < 6; i++) {
        combinations *= count;
    }
    for (unsigned number = 0; number < combinations; number++) {
        int32_t operands[6];
        unsigned rest = number;
        for (unsigned i = 0; i < 6; i++) {
            operands[i] = values[rest % count];
            rest /= count;
        }
        if (!check_products(operands, operands + 2, operands + 4, bias, pairs)) {
            return false;
        }
    }
    return true;
}

int main(void)
{
    const int32_t edges[] = {-128, -127, -1, 0, 1, 126, 127};
    const int32_t extremes[] = {-128, 127};
    bool good = check_all(edges, sizeof edges / sizeof edges[0], 0, 1);
    good = check_all(extremes, 2, 1 << 28, 4096) && good;
    good = check_all(extremes, 2, -(1 << 28), 4096) && good;
    return good ? 0 : 1;
}
