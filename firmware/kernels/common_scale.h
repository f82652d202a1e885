/* What ADD and SUB share: both operands on a common scale with 20 bits of headroom. */
#ifndef KWS_COMMON_SCALE_H
#define KWS_COMMON_SCALE_H

#include "kernels/broadcast.h"

#define KWS_HEADROOM_BITS 20

static inline int32_t kws_on_common_scale(const kws_add *op, unsigned operand, int8_t value)
{
    return kws_rescale((value - op->zero_points[operand]) * (1 << KWS_HEADROOM_BITS),
                       op->multipliers[operand], op->shifts[operand]);
}

static inline int8_t kws_from_common_scale(const kws_add *op, int32_t sum)
{
    int32_t value = kws_rescale(sum, op->multipliers[2], op->shifts[2]) + op->zero_point;
    return (int8_t)kws_clamp(value, op->low, op->high);
}

#endif
