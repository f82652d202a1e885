/* SPDX-License-Identifier: Apache-2.0 */
/* SVDF. Its state is int8 or int16 (`wide`, a constant), and so are its weights of time. Sums wrap as
 * those of TensorFlow Lite Micro do. */
#ifndef KWS_SVDF_H
#define KWS_SVDF_H

#include <string.h>

#include "kernels/kernels.h"
#include "kernels/requantize.h"

/* What the newest value of a filter's feature is, before the state's zero point. */
static inline int32_t kws_svdf_feature(const kws_svdf *op, const int8_t *in, size_t filter)
{
    const int8_t *weights = op->features + filter * op->inputs;
    int32_t sum = op->feature_bias[filter];
    for (unsigned i = 0; i < op->inputs; i++) {
        sum += weights[i] * in[i];
    }
    return kws_rescale(sum, op->feature_multiplier, op->feature_shift);
}

KWS_INLINE int32_t kws_svdf_value(const void *values, size_t at, bool wide)
{
    return wide ? ((const int16_t *)values)[at] : ((const int8_t *)values)[at];
}

/* A filter's memory moves on by one and takes the newest value; the weighted sum of all. */
KWS_INLINE uint32_t kws_svdf_remember(const kws_svdf *op, const int8_t *in, void *memory,
                                      size_t filter, bool wide)
{
    const size_t size = wide ? sizeof(int16_t) : sizeof(int8_t), first = filter * op->memory;
    const unsigned last = op->memory - 1u;
    const int32_t newest = kws_clamp(kws_svdf_feature(op, in, filter), wide ? INT16_MIN : INT8_MIN,
                                     wide ? INT16_MAX : INT8_MAX) +
                           op->state_zero_point;
    uint32_t sum = 0;
    memmove(memory, (int8_t *)memory + size, last * size);
    if (wide) {
        ((int16_t *)memory)[last] = (int16_t)newest;
    } else {
        ((int8_t *)memory)[last] = (int8_t)newest;
    }
    for (unsigned i = 0; i <= last; i++) {
        const int32_t value = kws_svdf_value(memory, i, wide) - op->state_zero_point;
        sum += (uint32_t)(kws_svdf_value(op->times, first + i, wide) * value);
    }
    return sum;
}

/* kws_svdf_s16() if `wide`, else kws_svdf_s8(). */
KWS_INLINE void kws_svdf_run(const kws_svdf *op, const int8_t *in, void *state, int8_t *out,
                             bool wide)
{
    const size_t step = op->memory * (wide ? sizeof(int16_t) : sizeof(int8_t));
    int8_t *memory = state;
    size_t filter = 0;
    for (unsigned unit = 0; unit < op->units; unit++) {
        uint32_t sum = (uint32_t)op->bias[unit];
        for (unsigned i = 0; i < op->rank; i++) {
            sum += kws_svdf_remember(op, in, memory, filter, wide);
            memory += step;
            filter++;
        }
        const int32_t value = kws_rescale((int32_t)sum, op->multiplier, op->shift);
        out[unit] = (int8_t)kws_clamp(value + op->zero_point, INT8_MIN, INT8_MAX);
    }
}

#endif
