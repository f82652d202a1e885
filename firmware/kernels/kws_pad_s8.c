/* SPDX-License-Identifier: Apache-2.0 */
/* PAD: the input with a frame of one value. */
#include <stdbool.h>

#include "kernels/kernels.h"

static bool inside(const kws_pad *op, unsigned dimension, unsigned position)
{
    return position >= op->before[dimension] &&
           position < (unsigned)op->before[dimension] + op->in_shape[dimension];
}

void kws_pad_s8(const kws_pad *op, const int8_t *in, int8_t *out)
{
    for (unsigned i = 0; i < op->out_shape[0]; i++) {
        for (unsigned j = 0; j < op->out_shape[1]; j++) {
            for (unsigned k = 0; k < op->out_shape[2]; k++) {
                bool row = inside(op, 0, i) && inside(op, 1, j) && inside(op, 2, k);
                for (unsigned l = 0; l < op->out_shape[3]; l++) {
                    *out++ = row && inside(op, 3, l) ? *in++ : op->value;
                }
            }
        }
    }
}
