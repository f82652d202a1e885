/* SPDX-License-Identifier: Apache-2.0 */
/* MAXIMUM: the larger of two operands; all have one quantization. */
#include "kernels/broadcast.h"

static int8_t larger(const void *op, int8_t first, int8_t second)
{
    (void)op;
    return first > second ? first : second;
}

void kws_maximum_s8(const kws_broadcast *op, const int8_t *first, const int8_t *second, int8_t *out)
{
    kws_broadcast_each(op, larger, op, first, second, out);
}
