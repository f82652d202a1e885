/* SPDX-License-Identifier: Apache-2.0 */
/* MINIMUM: the smaller of two operands; all have one quantization. */
#include "kernels/broadcast.h"

static int8_t smaller(const void *op, int8_t first, int8_t second)
{
    (void)op;
    return first < second ? first : second;
}

void kws_minimum_s8(const kws_broadcast *op, const int8_t *first, const int8_t *second, int8_t *out)
{
    kws_broadcast_each(op, smaller, op, first, second, out);
}
