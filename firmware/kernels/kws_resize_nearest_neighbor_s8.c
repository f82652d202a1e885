/* SPDX-License-Identifier: Apache-2.0 */
/* RESIZE_NEAREST_NEIGHBOR: each output pixel is one of the input, whose place the generator knows. */
#include "kernels/kernels.h"

void kws_resize_nearest_neighbor_s8(const kws_resize_nearest_neighbor *op, const int8_t *in,
                                    int8_t *out)
{
    for (unsigned row = 0; row < op->out_height; row++) {
        const int8_t *line = in + (size_t)op->rows[row] * op->in_width * op->channels;
        for (unsigned column = 0; column < op->out_width; column++) {
            kws_copy_s8(line + (size_t)op->columns[column] * op->channels, out, op->channels);
            out += op->channels;
        }
    }
}
