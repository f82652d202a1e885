/* ADD: both operands on a common scale with 20 bits of headroom, then to the output's. */
#include "kernels/kernels.h"
#include "kernels/requantize.h"

#define HEADROOM_BITS 20

static int8_t add(const kws_add *op, int8_t first, int8_t second)
{
    int32_t a = (first - op->zero_points[0]) * (1 << HEADROOM_BITS);
    int32_t b = (second - op->zero_points[1]) * (1 << HEADROOM_BITS);
    int32_t sum = kws_rescale(a, op->multipliers[0], op->shifts[0]) +
                  kws_rescale(b, op->multipliers[1], op->shifts[1]);
    int32_t value = kws_rescale(sum, op->multipliers[2], op->shifts[2]) + op->zero_point;
    return (int8_t)kws_clamp(value, op->low, op->high);
}

void kws_add_s8(const kws_add *op, const int8_t *first, const int8_t *second, int8_t *out)
{
    const uint16_t *a = op->strides[0];
    const uint16_t *b = op->strides[1];
    for (size_t i = 0; i < op->shape[0]; i++) {
        for (size_t j = 0; j < op->shape[1]; j++) {
            for (size_t k = 0; k < op->shape[2]; k++) {
                for (size_t l = 0; l < op->shape[3]; l++) {
                    *out++ = add(op, first[i * a[0] + j * a[1] + k * a[2] + l * a[3]],
                                 second[i * b[0] + j * b[1] + k * b[2] + l * b[3]]);
                }
            }
        }
    }
}
