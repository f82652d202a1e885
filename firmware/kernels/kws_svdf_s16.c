/* SPDX-License-Identifier: Apache-2.0 */
/* SVDF with a state of int16. */
#include <string.h>

#include "kernels/svdf.h"

/* A filter's memory moves on by one and takes the newest value; the weighted sum of all. */
static uint32_t remember(const kws_svdf *op, const int8_t *in, int16_t *memory, size_t filter)
{
    const int16_t *times = (const int16_t *)op->times + filter * op->memory;
    const unsigned last = op->memory - 1u;
    const int32_t newest = kws_clamp(kws_svdf_feature(op, in, filter), INT16_MIN, INT16_MAX);
    uint32_t sum = 0;
    memmove(memory, memory + 1, last * sizeof *memory);
    memory[last] = (int16_t)(newest + op->state_zero_point);
    for (unsigned i = 0; i <= last; i++) {
        sum += (uint32_t)(times[i] * (memory[i] - op->state_zero_point));
    }
    return sum;
}

void kws_svdf_s16(const kws_svdf *op, const int8_t *in, void *state, int8_t *out)
{
    int16_t *memory = state;
    size_t filter = 0;
    for (unsigned unit = 0; unit < op->units; unit++) {
        uint32_t sum = (uint32_t)op->bias[unit];
        for (unsigned i = 0; i < op->rank; i++) {
            sum += remember(op, in, memory, filter);
            memory += op->memory;
            filter++;
        }
        out[unit] = kws_svdf_output(op, sum);
    }
}
