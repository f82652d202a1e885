/* SPDX-License-Identifier: Apache-2.0 */
/* What models that run row by row need beside the operators' kernels: rows that move, and sums over
 * time. The streaming model (static_stream.c) keeps sums as rows come and go; in a clip
 * (static_model.c) they only come. */
#ifndef KWS_ROWS_H
#define KWS_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include "kernels/kernels.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Moves `bytes` to a lower address; source and destination may overlap. */
void kws_move_down(int8_t *to, const int8_t *from, size_t bytes);

/* Sums over the last `rows` rows. */
typedef struct kws_running_sum {
    uint16_t rows;
    uint16_t width, channels; /* of a row, int8 [width, channels]; width is 255 at most */
    int16_t *history;         /* [rows, channels]: the sums of each row over its width */
    int32_t *sums;            /* [channels]: those of all rows in `history` */
} kws_running_sum;

/* Takes a row in place of the oldest, which is number *next in `history`. */
void kws_running_sum_s8(const kws_running_sum *op, uint16_t *next, const int8_t *row);

/* Adds `pixels` of `channels` values to the sums of each channel: int32 [channels]. */
void kws_add_to_sums_s8(const int8_t *in, size_t pixels, size_t channels, void *sums);

/* MEAN (or SUM) of [count, inner] whose sums are known: int32 [inner]. */
void kws_mean_of_sums_s8(const kws_mean *op, const int32_t *sums, int8_t *out);

/* AVERAGE_POOL_2D with a window of the whole image, whose sums are known: int32 [channels]. */
void kws_average_of_sums_s8(const kws_pool_2d *op, const int32_t *sums, int8_t *out);

#ifdef __cplusplus
}
#endif

#endif
