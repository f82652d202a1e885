/* SPDX-License-Identifier: Apache-2.0 */
/* SUB: the difference of two operands, value by value. */
#include "kernels/common_scale.h"

KWS_INLINE int8_t subtract(const void *scale, int8_t first, int8_t second)
{
    return kws_from_common_scale(scale, kws_on_common_scale(scale, 0, first) -
                                            kws_on_common_scale(scale, 1, second));
}

void kws_sub_s8(const kws_add *op, const int8_t *first, const int8_t *second, int8_t *out)
{
    const kws_common_scale scale = kws_common_scale_of(op);
    kws_broadcast_each(&op->broadcast, subtract, &scale, first, second, out);
}
