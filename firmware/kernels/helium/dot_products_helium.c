/* SPDX-License-Identifier: Apache-2.0 */
/* FULLY_CONNECTED's inner part for Helium (Cortex-M55, M85): sixteen inputs at a time. */
#include "kernels/dot_products.h"

#if defined(KWS_SET_HELIUM)
#include <arm_mve.h>

void kws_dot_products(const int8_t *in, const int8_t *const *rows, unsigned count, int32_t *sums)
{
    for (unsigned i = 0; i < count; i += 16) {
        const mve_pred16_t inside = vctp8q(count - i);
        const int8x16_t values = vldrbq_z_s8(in + i, inside);
        for (unsigned row = 0; row < KWS_ROWS; row++) {
            sums[row] = vmladavaq_s8(sums[row], values, vldrbq_z_s8(rows[row] + i, inside));
        }
    }
}

#endif
