/* SPDX-License-Identifier: Apache-2.0 */
/* BATCH_MATMUL: each output is one dot product; four of a row share the loads of that row. */
#include "kernels/kernels.h"
#include "kernels/requantize.h"

#define TOGETHER 4

/* Adds the products of one row with TOGETHER columns to the sums. The row's zero point is
 * subtracted here, that of the columns is in the sums already. */
static void multiply(const kws_batch_matmul *op, const int8_t *row, const int8_t *const *columns,
                     int32_t *sums)
{
    const int8_t *c0 = columns[0], *c1 = columns[1], *c2 = columns[2], *c3 = columns[3];
    const size_t row_stride = op->depth_strides[0], column_stride = op->depth_strides[1];
    const int32_t zero_point = op->zero_points[0];
    int32_t s0 = sums[0], s1 = sums[1], s2 = sums[2], s3 = sums[3];
    size_t in_row = 0, in_column = 0;
    for (unsigned i = 0; i < op->depth; i++) {
        const int32_t value = row[in_row] - zero_point;
        s0 += value * c0[in_column];
        s1 += value * c1[in_column];
        s2 += value * c2[in_column];
        s3 += value * c3[in_column];
        in_row += row_stride;
        in_column += column_stride;
    }
    sums[0] = s0, sums[1] = s1, sums[2] = s2, sums[3] = s3;
}

/* What the columns' zero point adds to each product of this row. */
static int32_t offset(const kws_batch_matmul *op, const int8_t *row)
{
    int32_t total = -op->zero_points[0] * (int32_t)op->depth;
    for (unsigned i = 0; i < op->depth; i++) {
        total += row[i * op->depth_strides[0]];
    }
    return -op->zero_points[1] * total;
}

/* One matrix times another; returns the end of the output. */
static int8_t *multiply_matrices(const kws_batch_matmul *op, const int8_t *first,
                                 const int8_t *second, int8_t *out)
{
    const unsigned last = op->columns - 1u;
    for (unsigned row = 0; row < op->rows; row++) {
        const int8_t *values = first + (size_t)row * op->line_strides[0];
        const int32_t start = offset(op, values);
        for (unsigned column = 0; column <= last; column += TOGETHER) {
            const int8_t *columns[TOGETHER];
            int32_t sums[TOGETHER];
            for (unsigned i = 0; i < TOGETHER; i++) {
                /* Columns beyond the last repeat it. */
                const unsigned number = column + i < last ? column + i : last;
                columns[i] = second + (size_t)number * op->line_strides[1];
                sums[i] = start;
            }
            multiply(op, values, columns, sums);
            for (unsigned i = 0; i < TOGETHER && column + i <= last; i++) {
                const int32_t value = kws_rescale(sums[i], op->multiplier, op->shift);
                *out++ = (int8_t)kws_clamp(value + op->zero_point, INT8_MIN, INT8_MAX);
            }
        }
    }
    return out;
}

void kws_batch_matmul_s8(const kws_batch_matmul *op, const int8_t *first, const int8_t *second,
                         int8_t *out)
{
    const uint32_t *one = op->batch_strides[0], *two = op->batch_strides[1];
    for (size_t i = 0; i < op->batches[0]; i++) {
        for (size_t j = 0; j < op->batches[1]; j++) {
            for (size_t k = 0; k < op->batches[2]; k++) {
                out = multiply_matrices(op, first + i * one[0] + j * one[1] + k * one[2],
                                        second + i * two[0] + j * two[1] + k * two[2], out);
            }
        }
    }
}
