/* SPDX-License-Identifier: Apache-2.0 */
/* TRANSPOSE, STRIDED_SLICE, SPLIT and the like: elements at regular distances, copied. */
#include "kernels/kernels.h"

void kws_strided_copy_s8(const kws_strided_copy *op, const int8_t *in, int8_t *out)
{
    const uint16_t *shape = op->shape;
    const int32_t *strides = op->strides;
    in += op->start;
    for (int i = 0; i < shape[0]; i++) {
        for (int j = 0; j < shape[1]; j++) {
            for (int k = 0; k < shape[2]; k++) {
                const int8_t *plane = in + i * strides[0] + j * strides[1] + k * strides[2];
                for (int l = 0; l < shape[3]; l++) {
                    const int8_t *value = plane + l * strides[3];
                    for (int m = 0; m < shape[4]; m++) {
                        *out++ = *value;
                        value += strides[4];
                    }
                }
            }
        }
    }
}
