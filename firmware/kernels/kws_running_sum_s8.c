/* SPDX-License-Identifier: Apache-2.0 */
/* Sums over time: the new row's come, the oldest row's go. */
#include "kernels/rows.h"

void kws_running_sum_s8(const kws_running_sum *op, uint16_t *next, const int8_t *row)
{
    const size_t channels = op->channels;
    int16_t *oldest = op->history + (size_t)*next * channels;
    int32_t *sums = op->sums;
    for (size_t channel = 0; channel < channels; channel++) {
        const int8_t *value = row++;
        int32_t sum = 0;
        for (unsigned x = 0; x < op->width; x++) {
            sum += *value;
            value += channels;
        }
        *sums++ += sum - *oldest;
        *oldest++ = (int16_t)sum;
    }
    *next = (uint16_t)(*next + 1u < op->rows ? *next + 1u : 0u);
}
