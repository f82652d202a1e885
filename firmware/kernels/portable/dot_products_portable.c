/* SPDX-License-Identifier: Apache-2.0 */
/* FULLY_CONNECTED's inner part in plain C. */
#include "kernels/dot_products.h"

#if !defined(KWS_OWN_DOT_PRODUCTS)

void kws_dot_products(const int8_t *in, const int8_t *const *rows, unsigned count, int32_t *sums)
{
    const int8_t *w0 = rows[0], *w1 = rows[1], *w2 = rows[2], *w3 = rows[3];
    int32_t s0 = sums[0], s1 = sums[1], s2 = sums[2], s3 = sums[3];
    for (unsigned i = 0; i < count; i++) {
        const int32_t value = in[i];
        s0 += value * w0[i];
        s1 += value * w1[i];
        s2 += value * w2[i];
        s3 += value * w3[i];
    }
    sums[0] = s0, sums[1] = s1, sums[2] = s2, sums[3] = s3;
}

#endif
