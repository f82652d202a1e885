/* SPDX-License-Identifier: Apache-2.0 */
/* What SVDF with a state of int8 and of int16 share. Sums wrap as those of TensorFlow Lite Micro
 * do. */
#ifndef KWS_SVDF_H
#define KWS_SVDF_H

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

static inline int8_t kws_svdf_output(const kws_svdf *op, uint32_t sum)
{
    const int32_t value = kws_rescale((int32_t)sum, op->multiplier, op->shift) + op->zero_point;
    return (int8_t)kws_clamp(value, INT8_MIN, INT8_MAX);
}

#endif
