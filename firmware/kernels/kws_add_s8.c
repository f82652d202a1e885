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

/* Values that follow one another, the operand of the larger scale first: it is but shifted. */
static void add_plain(const kws_add *op, unsigned larger, const int8_t *first, const int8_t *second,
                      int8_t *out)
{
    const kws_rescaling r = kws_rescaling_of(op, 1 - larger);
    const kws_scale sum = kws_add_scale_of(op);
    const int32_t first_zero = op->zero_points[larger] * KWS_SHIFTED_BY_4;
    const int32_t second_zero = op->zero_points[1 - larger] * (4 << KWS_HEADROOM_BITS);
    for (const int8_t *end = out + op->broadcast.shape[3]; out < end; out++) {
        const int32_t value4 = *second++ * (4 << KWS_HEADROOM_BITS) - second_zero;
        const int32_t sum4 = *first++ * KWS_SHIFTED_BY_4 - first_zero;
        *out = (int8_t)kws_round_signed(sum4 + 4 * kws_rescale_by(value4, &r), sum);
    }
}
#endif

void kws_add_s8(const kws_add *op, const int8_t *first, const int8_t *second, int8_t *out)
{
    const kws_common_scale scale = kws_common_scale_of(op);
#if defined(KWS_OWN_ADD)
    kws_broadcast_rows(&op->broadcast, work, &scale, first, second, out);
#else
    const int larger = kws_plain_operand(op);
    if (larger == 0) {
        add_plain(op, 0, first, second, out);
    } else if (larger == 1) {
        add_plain(op, 1, second, first, out);
    } else {
        kws_broadcast_each(&op->broadcast, add, &scale, first, second, out);
    }
#endif
}
