/* SUB: the difference of two operands, value by value. */
#include "kernels/common_scale.h"

static int8_t subtract(const void *op, int8_t first, int8_t second)
{
    return kws_from_common_scale(
        op, kws_on_common_scale(op, 0, first) - kws_on_common_scale(op, 1, second));
}

void kws_sub_s8(const kws_add *op, const int8_t *first, const int8_t *second, int8_t *out)
{
    kws_broadcast_each(&op->broadcast, subtract, op, first, second, out);
}
