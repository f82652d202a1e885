/* SPDX-License-Identifier: Apache-2.0 */
/* The loop of the operators that take two operands value by value. */
#ifndef KWS_BROADCAST_H
#define KWS_BROADCAST_H

#include "kernels/kernels.h"
#include "kernels/requantize.h"

/* One output value; `op` is the operator's struct. */
typedef int8_t (*kws_function_of_two)(const void *op, int8_t first, int8_t second);

/* The innermost dimension: `count` values, those of the operands `steps` apart. */
typedef struct kws_row_of_two {
    const int8_t *first, *second;
    int8_t *out;
    size_t steps[2];
    unsigned count;
} kws_row_of_two;

/* What is done with one row. */
typedef void (*kws_work_on_row)(const void *op, const kws_row_of_two *row);

KWS_INLINE void kws_broadcast_rows(const kws_broadcast *b, kws_work_on_row work, const void *op,
                                   const int8_t *first, const int8_t *second, int8_t *out)
{
    const uint16_t *one = b->strides[0];
    const uint16_t *two = b->strides[1];
    kws_row_of_two row = {first, second, out, {one[3], two[3]}, b->shape[3]};
    for (size_t i = 0; i < b->shape[0]; i++) {
        for (size_t j = 0; j < b->shape[1]; j++) {
            for (size_t k = 0; k < b->shape[2]; k++) {
                row.first = first + i * one[0] + j * one[1] + k * one[2];
                row.second = second + i * two[0] + j * two[1] + k * two[2];
                work(op, &row);
                row.out += row.count;
            }
        }
    }
}

/* Inlined, so that `function` is known: no call a value. */
KWS_INLINE void kws_broadcast_each(const kws_broadcast *b, kws_function_of_two function,
                                   const void *op, const int8_t *first, const int8_t *second,
                                   int8_t *out)
{
    const uint16_t *one = b->strides[0];
    const uint16_t *two = b->strides[1];
    for (size_t i = 0; i < b->shape[0]; i++) {
        for (size_t j = 0; j < b->shape[1]; j++) {
            for (size_t k = 0; k < b->shape[2]; k++) {
                const int8_t *x = first + i * one[0] + j * one[1] + k * one[2];
                const int8_t *y = second + i * two[0] + j * two[1] + k * two[2];
                const int8_t *end = out + b->shape[3];
                const size_t x_step = one[3], y_step = two[3];
                while (out < end) {
                    *out++ = function(op, *x, *y);
                    x += x_step;
                    y += y_step;
                }
            }
        }
    }
}

#endif
