/* SPDX-License-Identifier: Apache-2.0 */
/* ADD: the sum of two operands, value by value. */
#include "kernels/common_scale.h"

#if defined(KWS_OWN_ADD)
static void work(const void *scale, const kws_row_of_two *row)
{
    kws_add_vectors(scale, row, false);
}
#else
KWS_INLINE int8_t add(const void *scale, int8_t first, int8_t second)
{
    return kws_from_common_scale(scale, kws_on_common_scale(scale, 0, first) +
                                            kws_on_common_scale(scale, 1, second));
}
#endif

void kws_add_s8(const kws_add *op, const int8_t *first, const int8_t *second, int8_t *out)
{
    const kws_common_scale scale = kws_common_scale_of(op);
#if defined(KWS_OWN_ADD)
    kws_broadcast_rows(&op->broadcast, work, &scale, first, second, out);
#else
    kws_broadcast_each(&op->broadcast, add, &scale, first, second, out);
#endif
}
