/* SPDX-License-Identifier: Apache-2.0 */
/* What ADD and SUB share: both operands on a common scale with 20 bits of headroom. */
#ifndef KWS_COMMON_SCALE_H
#define KWS_COMMON_SCALE_H

#include "kernels/broadcast.h"

#define KWS_HEADROOM_BITS 20

/* The constants of kws_rescale() for one shift, 0 to 30. */
typedef struct kws_rescaling {
    int32_t multiplier;
    int32_t half;     /* to be added before shifting */
    int32_t negative; /* bits of what a negative value gets beside it */
    int32_t shift;
} kws_rescaling;

/* Those of a kws_add, copied: outputs cannot overlap them, so they stay in registers. */
typedef struct kws_common_scale {
    kws_rescaling operands[2], sum;
    int32_t zero_points[2], zero_point, low, high;
} kws_common_scale;

static inline kws_rescaling kws_rescaling_of(const kws_add *op, unsigned number)
{
    const int32_t shift = op->shifts[number];
    kws_rescaling none = {op->multipliers[number], 1, 0, 1};
    kws_rescaling some = {op->multipliers[number], (int32_t)(1u << shift) + 1, -2, shift + 1};
    return shift == 0 ? none : some;
}

static inline kws_common_scale kws_common_scale_of(const kws_add *op)
{
    kws_common_scale scale = {
        {kws_rescaling_of(op, 0), kws_rescaling_of(op, 1)},
        kws_rescaling_of(op, 2),
        {op->zero_points[0], op->zero_points[1]},
        op->zero_point,
        op->low,
        op->high,
    };
    return scale;
}

/* As in requantize.h: `value4` is 4 times the value. */
KWS_INLINE int32_t kws_rescale_by(int32_t value4, const kws_rescaling *r)
{
    int32_t half = r->half + ((value4 >> 31) & r->negative);
    return kws_multiply_high(value4, r->multiplier, half) >> r->shift;
}

KWS_INLINE int32_t kws_on_common_scale(const kws_common_scale *s, unsigned operand, int8_t value)
{
    return kws_rescale_by((value - s->zero_points[operand]) * (4 << KWS_HEADROOM_BITS),
                          &s->operands[operand]);
}

KWS_INLINE int8_t kws_from_common_scale(const kws_common_scale *s, int32_t sum)
{
    return (int8_t)kws_clamp(kws_rescale_by(4 * sum, &s->sum) + s->zero_point, s->low, s->high);
}

/* Half of a value on the common scale, times 4: of an operand whose scale is the larger one. */
#define KWS_SHIFTED_BY_4 (2 << KWS_HEADROOM_BITS)

/* The operand of the larger scale, whose factor is exactly 1/2, where that makes the sum quick: all
 * values follow one another, and the output has no limits but int8's. Else -1. */
static inline int kws_plain_operand(const kws_add *op)
{
    const kws_broadcast *b = &op->broadcast;
    const bool plain = b->shape[0] * b->shape[1] * b->shape[2] == 1 && b->strides[0][3] == 1 &&
                       b->strides[1][3] == 1 && op->low == INT8_MIN && op->high == INT8_MAX &&
                       op->shifts[2] >= 1 && op->shifts[2] <= KWS_MOST_SHIFT;
    for (int i = 0; plain && i < 2; i++) {
        if (op->multipliers[i] == 1 << 30 && op->shifts[i] == 0) {
            return i;
        }
    }
    return -1;
}

/* From the common scale to the output's, zero point included: for kws_round_signed(). */
static inline kws_scale kws_add_scale_of(const kws_add *op)
{
    const int32_t shift = op->shifts[2];
    kws_scale scale = {op->multipliers[2],
                       (int32_t)((uint32_t)(2 * op->zero_point + 1) << shift) + 1, shift + 1,
                       op->zero_point};
    return scale;
}

#if defined(KWS_OWN_ADD)
/* The set's own ADD, or SUB, of one row; each value as kws_from_common_scale() gives it. */
void kws_add_vectors(const kws_common_scale *s, const kws_row_of_two *row, bool subtract);
#endif

#endif
