/* SPDX-License-Identifier: Apache-2.0 */
/* PRELU: negative values times a learned slope each, the others as they are; both rescaled. */
#include "kernels/broadcast.h"

static int8_t prelu(const void *constants, int8_t in, int8_t slope)
{
    const kws_mul *op = constants;
    int32_t value = in - op->zero_points[0];
    if (value >= 0) {
        value = kws_rescale(value, op->positive_multiplier, op->positive_shift);
    } else {
        value = kws_rescale(value * (slope - op->zero_points[1]), op->multiplier, op->shift);
    }
    return (int8_t)kws_clamp(value + op->zero_point, op->low, op->high);
}

void kws_prelu_s8(const kws_mul *op, const int8_t *in, const int8_t *slopes, int8_t *out)
{
    kws_broadcast_each(&op->broadcast, prelu, op, in, slopes, out);
}
