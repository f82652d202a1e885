/* SPDX-License-Identifier: Apache-2.0 */
/* FULLY_CONNECTED: each output is one dot product. */
#include "kernels/connect.h"
#include "kernels/kernels.h"
#include "kernels/requantize.h"

void kws_fully_connected_s8(const kws_fully_connected *op, const int8_t *in, int8_t *out)
{
    int8_t *first = out;
    for (unsigned row = 0; row < op->rows; row++) {
        kws_connect(in, op->inputs, op->weights, op->outputs, &op->requantization, out);
        in += op->inputs;
        out += op->outputs;
    }
    kws_limit(&op->requantization, first, (size_t)op->rows * op->outputs);
}
