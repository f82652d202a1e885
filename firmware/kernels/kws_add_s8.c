/* ADD, SUB: both operands on a common scale with 20 bits of headroom, then to the output's. */
#include "kernels/broadcast.h"

#define HEADROOM_BITS 20

static int32_t on_common_scale(const kws_add *op, unsigned operand, int8_t value)
{
    return kws_rescale((value - op->zero_points[operand]) * (1 << HEADROOM_BITS),
                       op->multipliers[operand], op->shifts[operand]);
}

static int8_t to_output(const kws_add *op, int32_t sum)
{
    int32_t value = kws_rescale(sum, op->multipliers[2], op->shifts[2]) + op->zero_point;
    return (int8_t)kws_clamp(value, op->low, op->high);
}

static int8_t add(const void *op, int8_t first, int8_t second)
{
    return to_output(op, on_common_scale(op, 0, first) + on_common_scale(op, 1, second));
}

static int8_t subtract(const void *op, int8_t first, int8_t second)
{
    return to_output(op, on_common_scale(op, 0, first) - on_common_scale(op, 1, second));
}

void kws_add_s8(const kws_add *op, const int8_t *first, const int8_t *second, int8_t *out)
{
    kws_broadcast_each(&op->broadcast, add, op, first, second, out);
}

void kws_sub_s8(const kws_add *op, const int8_t *first, const int8_t *second, int8_t *out)
{
    kws_broadcast_each(&op->broadcast, subtract, op, first, second, out);
}
