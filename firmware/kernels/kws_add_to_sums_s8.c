/* SPDX-License-Identifier: Apache-2.0 */
/* Sums over a clip whose rows come one after the other. */
#include "kernels/rows.h"

void kws_add_to_sums_s8(const int8_t *in, size_t pixels, size_t channels, void *sums)
{
    int32_t *sum = sums;
    for (size_t channel = 0; channel < channels; channel++) {
        const int8_t *value = in++;
        int32_t total = sum[channel];
        for (size_t left = pixels; left > 0; left--) {
            total += *value;
            value += channels;
        }
        sum[channel] = total;
    }
}
