/* SPDX-License-Identifier: Apache-2.0 */
/* FULLY_CONNECTED: each output is one dot product; four of them share the loads of the input. */
#include "kernels/dot_products.h"
#include "kernels/kernels.h"
#include "kernels/requantize.h"

/* All outputs of one vector. */
static void connect(const kws_fully_connected *op, const int8_t *in, int8_t *out)
{
    for (unsigned first = 0; first < op->outputs; first += KWS_ROWS) {
        const unsigned last = (unsigned)op->outputs - 1;
        const int8_t *rows[KWS_ROWS];
        int32_t sums[KWS_ROWS];
        for (unsigned i = 0; i < KWS_ROWS; i++) {
            /* Rows beyond the last repeat it. */
            const unsigned output = first + i < last ? first + i : last;
            rows[i] = op->weights + (size_t)output * op->inputs;
            sums[i] = op->requantization.bias[output];
        }
        kws_dot_products(in, rows, op->inputs, sums);
        for (unsigned i = 0; i < KWS_ROWS && first + i <= last; i++) {
            out[first + i] = kws_requantize(&op->requantization, first + i, sums[i]);
        }
    }
}

void kws_fully_connected_s8(const kws_fully_connected *op, const int8_t *in, int8_t *out)
{
    int8_t *first = out;
    for (unsigned row = 0; row < op->rows; row++) {
        connect(op, in, out);
        in += op->inputs;
        out += op->outputs;
    }
    kws_limit(&op->requantization, first, (size_t)op->rows * op->outputs);
}
