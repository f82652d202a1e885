/* SPDX-License-Identifier: Apache-2.0 */
/* MEAN, when the sums are known. */
#include "kernels/requantize.h"
#include "kernels/rows.h"

void kws_mean_of_sums_s8(const kws_mean *op, const int32_t *sums, int8_t *out)
{
    const kws_requantization *r = &op->requantization;
    for (unsigned i = 0; i < op->inner; i++) {
        out[i] = kws_requantize(r, 0, sums[i] + r->bias[0]);
    }
}
