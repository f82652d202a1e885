/* SPDX-License-Identifier: Apache-2.0 */
/* The int8 kernels of the static model: one function and one struct of constants an operator.
 *
 * The generated static_model.c calls them in order. All tensors are int8 [H, W, C] (batch 1),
 * all constants are worked out by the generator, results equal TensorFlow Lite Micro's
 * reference kernels bit for bit. A kernel may be called with its output over its input as
 * far as the order says that its module in codegen/kws_codegen/operators/ gives (steps()). */
#ifndef KWS_KERNELS_H
#define KWS_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How sums become outputs, told apart by the generator (requantize.h has the arithmetic). */
#define KWS_MOST_SHIFT 21 /* with a larger one the zero point does not fit beside the sum */
typedef enum kws_rounding {
    KWS_ROUND_POSITIVE, /* shifts 1 to KWS_MOST_SHIFT; results below zero_point are clamped anyway */
    KWS_ROUND_SIGNED,   /* shifts 1 to KWS_MOST_SHIFT */
    KWS_ROUND_GENERAL,  /* any shift, -30 to 31 */
} kws_rounding;

/* From int32 sums to int8 outputs, an entry of each array per output channel (see `step`):
 * output = clamp(sum * multiplier / 2^(31 + shift), rounded, + zero_point, low, high).
 * The generator makes sure that |sum| < 2^29, the bias included. */
typedef struct kws_requantization {
    const int32_t *bias;       /* added first; holds the input's zero point too */
    const int32_t *multiplier; /* 0, or 2^30 to 2^31 - 1 */
    const int8_t *shift;
    uint8_t step; /* from a channel's multiplier and shift to the next one's: 1, or in
                     FULLY_CONNECTED 0, where all channels have one of each */
    kws_rounding rounding;
    int8_t zero_point; /* of the output */
    int8_t low, high;  /* limits of the output (fused activation) */
} kws_requantization;

/* A kernel sliding over an image. Sizes are in elements; rows come before columns. */
typedef struct kws_sliding_window {
    uint16_t in_height, in_width, in_channels;
    uint16_t out_height, out_width, out_channels;
    uint16_t kernel_height, kernel_width;
    uint16_t stride_height, stride_width;
    uint16_t dilation_height, dilation_width;
    uint16_t pad_top, pad_left; /* rows above and columns left of the image */
} kws_sliding_window;

/* CONV_2D. `scratch`: int16 [patch up to a multiple of 8, KWS_PATCHES], aligned to 4 bytes. */
#define KWS_PATCHES 4 /* output pixels that are computed together, at most */
typedef struct kws_conv_2d {
    kws_sliding_window window;
    uint16_t patch;        /* kernel_height * kernel_width * in_channels, up to a multiple of 4 */
    int8_t pad_value;      /* zero point of the input */
    const int8_t *weights; /* [out_channels, patch]: row, column, input channel, then zeros */
    kws_requantization requantization;
} kws_conv_2d;
void kws_conv_2d_s8(const kws_conv_2d *op, const int8_t *in, int8_t *out, void *scratch);
/* The same for patches of 40 and of 64 values: only models that have them hold their code. */
void kws_conv_2d_40_s8(const kws_conv_2d *op, const int8_t *in, int8_t *out, void *scratch);
void kws_conv_2d_64_s8(const kws_conv_2d *op, const int8_t *in, int8_t *out, void *scratch);

/* DEPTHWISE_CONV_2D. `scratch`: int16 [plane_height, plane_width], one padded channel, or the rows
 * under one row of outputs, 16 channels of each; aligned to 4 bytes. Sizes are those of the plane that is slid over; the generator may exchange rows
 * and columns (a depthwise convolution does not care) so that rows are long: the strides say
 * where a pixel lies in the tensors. */
typedef struct kws_depthwise_conv_2d {
    uint16_t in_height, in_width, in_channels;
    uint16_t out_height, out_width, out_channels;
    uint16_t kernel_height, kernel_width;
    uint16_t stride_height, stride_width;
    uint16_t dilation_height, dilation_width;
    uint16_t pad_top, pad_left;
    uint16_t plane_height, plane_width; /* what windows touch; plane_width is even */
    uint16_t multiplier;                /* output channels an input channel */
    int8_t pad_value;                   /* zero point of the input */
    int32_t in_row_stride, in_column_stride, out_row_stride, out_column_stride; /* elements */
    const int8_t *weights; /* [out_channels, kernel_height, kernel_width] */
    kws_requantization requantization;
} kws_depthwise_conv_2d;
void kws_depthwise_conv_2d_s8(const kws_depthwise_conv_2d *op, const int8_t *in, int8_t *out,
                              void *scratch);
/* The same for an image that is one pixel wide, or high, and is not padded. */
void kws_depthwise_sequence_s8(const kws_depthwise_conv_2d *op, const int8_t *in, int8_t *out,
                               void *scratch);

/* FULLY_CONNECTED on `rows` vectors. */
typedef struct kws_fully_connected {
    uint16_t rows;
    uint16_t inputs, outputs; /* of one row */
    const int8_t *weights;    /* [outputs, inputs] */
    kws_requantization requantization;
} kws_fully_connected;
void kws_fully_connected_s8(const kws_fully_connected *op, const int8_t *in, int8_t *out);

/* BATCH_MATMUL: [.., rows, depth] times [.., depth, columns] for each of `batches`. Strides are
 * in elements, of the first and the second operand, which may lie transposed; 0 repeats. The
 * generator makes sure that no sum overflows. */
#define KWS_BATCH_DIMENSIONS 3
typedef struct kws_batch_matmul {
    uint16_t batches[KWS_BATCH_DIMENSIONS];
    uint16_t rows, columns, depth;
    uint32_t batch_strides[2][KWS_BATCH_DIMENSIONS];
    uint32_t line_strides[2]; /* between rows of the first, columns of the second */
    uint32_t depth_strides[2];
    int8_t zero_points[2]; /* of the operands */
    int32_t multiplier;    /* of the sum */
    int8_t shift;
    int8_t zero_point; /* of the output */
} kws_batch_matmul;
void kws_batch_matmul_s8(const kws_batch_matmul *op, const int8_t *first, const int8_t *second,
                         int8_t *out);

/* AVERAGE_POOL_2D and MAX_POOL_2D: padding does not take part. */
typedef struct kws_pool_2d {
    kws_sliding_window window;
    int8_t low, high; /* limits of the output (fused activation) */
} kws_pool_2d;
void kws_average_pool_2d_s8(const kws_pool_2d *op, const int8_t *in, int8_t *out);
void kws_max_pool_2d_s8(const kws_pool_2d *op, const int8_t *in, int8_t *out);

/* MEAN of int8 [outer, count, inner] over count; one entry in `requantization`. */
typedef struct kws_mean {
    uint16_t outer, count, inner;
    kws_requantization requantization;
} kws_mean;
void kws_mean_s8(const kws_mean *op, const int8_t *in, int8_t *out);

/* Two operands value by value over four dimensions. A stride of 0 repeats an operand along that
 * dimension. */
typedef struct kws_broadcast {
    uint16_t shape[4];
    uint16_t strides[2][4]; /* of the operands, in elements */
} kws_broadcast;

/* ADD and SUB. */
typedef struct kws_add {
    kws_broadcast broadcast;
    int8_t zero_points[2];  /* of the operands */
    int32_t multipliers[3]; /* operands to the common scale, then to the output's */
    int8_t shifts[3];       /* 0 to 30 */
    int8_t zero_point;      /* of the output */
    int8_t low, high;
} kws_add;
void kws_add_s8(const kws_add *op, const int8_t *first, const int8_t *second, int8_t *out);
void kws_sub_s8(const kws_add *op, const int8_t *first, const int8_t *second, int8_t *out);

/* MUL; and PRELU, where only negative values are multiplied, the others rescaled. */
typedef struct kws_mul {
    kws_broadcast broadcast;
    int8_t zero_points[2]; /* of the operands */
    int32_t multiplier;    /* of the product */
    int8_t shift;
    int32_t positive_multiplier; /* PRELU: of a value that is not negative */
    int8_t positive_shift;
    int8_t zero_point; /* of the output */
    int8_t low, high;
} kws_mul;
void kws_mul_s8(const kws_mul *op, const int8_t *first, const int8_t *second, int8_t *out);
void kws_prelu_s8(const kws_mul *op, const int8_t *in, const int8_t *slopes, int8_t *out);

/* MAXIMUM and MINIMUM. */
void kws_maximum_s8(const kws_broadcast *op, const int8_t *first, const int8_t *second,
                    int8_t *out);
void kws_minimum_s8(const kws_broadcast *op, const int8_t *first, const int8_t *second,
                    int8_t *out);

/* CONCATENATION, PACK: runs[i] bytes of each operand i in turn, `outer` times. */
typedef struct kws_concatenation {
    uint16_t operands, outer;
    const uint16_t *runs;
} kws_concatenation;
void kws_concatenation_s8(const kws_concatenation *op, const int8_t *const *in, int8_t *out);

/* TRANSPOSE, STRIDED_SLICE, SPLIT and the like: output element (i0, ... i4) of `shape` is input
 * element start + i0 * strides[0] + ... + i4 * strides[4]. */
#define KWS_COPY_DIMENSIONS 5
typedef struct kws_strided_copy {
    uint16_t shape[KWS_COPY_DIMENSIONS];
    int32_t strides[KWS_COPY_DIMENSIONS]; /* of the input, in elements */
    int32_t start;
} kws_strided_copy;
void kws_strided_copy_s8(const kws_strided_copy *op, const int8_t *in, int8_t *out);

/* The same values elsewhere; the areas may overlap. */
void kws_copy_s8(const int8_t *in, int8_t *out, size_t count);

/* PAD over four dimensions. */
typedef struct kws_pad {
    uint16_t in_shape[4], out_shape[4];
    uint16_t before[4]; /* elements in front, per dimension */
    int8_t value;
} kws_pad;
void kws_pad_s8(const kws_pad *op, const int8_t *in, int8_t *out);

/* SOFTMAX over the last dimension; output scale 1/256, zero point -128. */
typedef struct kws_softmax {
    uint16_t rows, depth;
    int32_t multiplier; /* a difference of inputs to Q5.26, with `shift` to the left */
    uint8_t shift;
    int16_t diff_min; /* differences below it count as zero */
} kws_softmax;
void kws_softmax_s8(const kws_softmax *op, const int8_t *in, int8_t *out);

/* The same with int16 outputs: scale 1/65536, zero point -32768. `out`: int16 [rows, depth]. */
void kws_softmax_s8_s16(const kws_softmax *op, const int8_t *in, void *out);

/* RESIZE_NEAREST_NEIGHBOR: output pixel (y, x) is input pixel (rows[y], columns[x]). */
typedef struct kws_resize_nearest_neighbor {
    uint16_t in_width, channels;
    uint16_t out_height, out_width;
    const uint16_t *rows, *columns;
} kws_resize_nearest_neighbor;
void kws_resize_nearest_neighbor_s8(const kws_resize_nearest_neighbor *op, const int8_t *in,
                                    int8_t *out);

/* SVDF. Each of units * rank filters remembers `memory` values of its feature, the newest last:
 * `state`, int8 or int16 [filters, memory], aligned to 4 bytes. */
typedef struct kws_svdf {
    uint16_t inputs, units, rank, memory;
    const int8_t *features;      /* [filters, inputs] */
    const int32_t *feature_bias; /* [filters]: the input's zero point */
    int32_t feature_multiplier;
    int8_t feature_shift;
    const void *times;   /* [filters, memory], of the state's type */
    const int32_t *bias; /* [units] */
    int32_t multiplier;
    int8_t shift;
    int8_t state_zero_point; /* 0 for int16 */
    int8_t zero_point;       /* of the output */
} kws_svdf;
void kws_svdf_s8(const kws_svdf *op, const int8_t *in, void *state, int8_t *out);
void kws_svdf_s16(const kws_svdf *op, const int8_t *in, void *state, int8_t *out);

/* UNIDIRECTIONAL_SEQUENCE_LSTM on `steps` vectors. A gate is a function of two weighted sums, of the
 * input and of the hidden state, each rescaled to Q3.12 first. */
typedef struct kws_lstm_gate {
    const int8_t *weights[2]; /* [units, inputs], [units, units] */
    const int32_t *biases[2]; /* [units] each, zero points folded in */
    int32_t multipliers[2];
    int8_t shifts[2];
} kws_lstm_gate;

typedef struct kws_lstm {
    uint16_t steps, inputs, units;
    kws_lstm_gate gates[4];  /* input, forget, cell, output */
    const uint16_t *sigmoid; /* [256]: of i / 24, in Q0.16 */
    int32_t tanh_multiplier; /* of the cell state, to 3 * Q3.12 */
    int8_t tanh_shift;
    int32_t multipliers[3]; /* forget * cell, input * new, tanh(cell) * output */
    int8_t shifts[3];
    int16_t clip; /* of the cell state; 0: none */
    int8_t zero_point;
} kws_lstm;
/* hidden: int8 [units]; cell: int16 [units], aligned to 4 bytes; both are kept. in: int8 [steps,
 * inputs]; out: int8 [steps, units]. */
void kws_lstm_s8(const kws_lstm *op, const int8_t *in, int8_t *hidden, void *cell, int8_t *out);

/* Any function of one value (RELU, QUANTIZE, LOGISTIC): table int8 [256], by value + 128. */
void kws_lookup_s8(const int8_t *table, const int8_t *in, int8_t *out, size_t count);

#ifdef __cplusplus
}
#endif

#endif
