/* SPDX-License-Identifier: Apache-2.0 */
/* FULLY_CONNECTED's inner part in plain C: four outputs share the loads of the input. */
#include "kernels/connect.h"
#include "kernels/requantize.h"

#if !defined(KWS_OWN_CONNECT)
#define ROWS 4 /* of weights, in registers */

/* Adds the products of input `at` and each row's weight to the sums. */
#define ADD_PRODUCTS(at)  \
    value = in[at];       \
    s0 += value * w0[at]; \
    s1 += value * w1[at]; \
    s2 += value * w2[at]; \
    s3 += value * w3[at]; \
    KWS_FINISH(s0, s1);   \
    KWS_FINISH(s2, s3)

/* Adds the products of the input and each of four rows to the sums. */
static KWS_NOINLINE void multiply(const int8_t *in, const int8_t *const *rows, unsigned count,
                                  int32_t *sums)
{
    const int8_t *w0 = rows[0], *w1 = rows[1], *w2 = rows[2], *w3 = rows[3];
    int32_t s0 = sums[0], s1 = sums[1], s2 = sums[2], s3 = sums[3], value;
#if !defined(KWS_SET_THUMB1) /* which loads from the sum of two registers */
    for (; count >= 4; count -= 4) {
        ADD_PRODUCTS(0);
        ADD_PRODUCTS(1);
        ADD_PRODUCTS(2);
        ADD_PRODUCTS(3);
        in += 4, w0 += 4, w1 += 4, w2 += 4, w3 += 4;
    }
#endif
    for (unsigned i = 0; i < count; i++) {
        ADD_PRODUCTS(i);
    }
    sums[0] = s0, sums[1] = s1, sums[2] = s2, sums[3] = s3;
}

void kws_connect(const int8_t *in, unsigned inputs, const int8_t *weights, unsigned outputs,
                 const kws_requantization *r, int8_t *out)
{
    for (unsigned first = 0; first < outputs; first += ROWS) {
        const unsigned last = outputs - 1;
        const int8_t *rows[ROWS];
        int32_t sums[ROWS];
        for (unsigned i = 0; i < ROWS; i++) {
            /* Rows beyond the last repeat it. */
            const unsigned output = first + i < last ? first + i : last;
            rows[i] = weights + (size_t)output * inputs;
            sums[i] = r->bias[output];
        }
        multiply(in, rows, inputs, sums);
        for (unsigned i = 0; i < ROWS && first + i <= last; i++) {
            out[first + i] = kws_requantize(r, kws_connect_entry(r, first + i), sums[i]);
        }
    }
}

#endif
