/* SPDX-License-Identifier: Apache-2.0 */
/* AVERAGE_POOL_2D, when the sums are known: halves rounded away from zero. */
#include "kernels/requantize.h"
#include "kernels/rows.h"

void kws_average_of_sums_s8(const kws_pool_2d *op, const int32_t *sums, int8_t *out)
{
    const int32_t count = op->window.kernel_height * op->window.kernel_width;
    for (unsigned i = 0; i < op->window.in_channels; i++) {
        const int32_t half = sums[i] > 0 ? count / 2 : -(count / 2);
        out[i] = (int8_t)kws_clamp((sums[i] + half) / count, op->low, op->high);
    }
}
