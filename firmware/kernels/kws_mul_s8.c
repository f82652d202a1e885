/* SPDX-License-Identifier: Apache-2.0 */
/* MUL: the product of two operands, rescaled. */
#include "kernels/broadcast.h"

static int8_t multiply(const void *constants, int8_t first, int8_t second)
{
    const kws_mul *op = constants;
    int32_t product = (first - op->zero_points[0]) * (second - op->zero_points[1]);
    int32_t value = kws_rescale(product, op->multiplier, op->shift) + op->zero_point;
    return (int8_t)kws_clamp(value, op->low, op->high);
}

void kws_mul_s8(const kws_mul *op, const int8_t *first, const int8_t *second, int8_t *out)
{
    kws_broadcast_each(&op->broadcast, multiply, op, first, second, out);
}
