/* SPDX-License-Identifier: Apache-2.0 */
/* MEAN: sums, then one rescaling that holds the division. */
#include "kernels/kernels.h"
#include "kernels/requantize.h"

void kws_mean_s8(const kws_mean *op, const int8_t *in, int8_t *out)
{
    for (unsigned outer = 0; outer < op->outer; outer++) {
        for (unsigned inner = 0; inner < op->inner; inner++) {
            int32_t sum = op->requantization.bias[0];
            for (unsigned i = 0; i < op->count; i++) {
                sum += in[(size_t)i * op->inner + inner];
            }
            *out++ = kws_requantize(&op->requantization, 0, sum);
        }
        in += (size_t)op->count * op->inner;
    }
}
