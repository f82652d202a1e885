/* SPDX-License-Identifier: Apache-2.0 */
/* The part of a pooling window that lies inside the image. */
#ifndef KWS_POOL_AREA_H
#define KWS_POOL_AREA_H

#include "kernels/instruction_set.h"
#include "kernels/kernels.h"

typedef struct kws_pool_area {
    int top, bottom; /* rows top to bottom - 1 */
    int left, right; /* columns left to right - 1 */
} kws_pool_area;

static inline int kws_at_least(int value, int low)
{
    return value < low ? low : value;
}

static inline int kws_at_most(int value, int high)
{
    return value > high ? high : value;
}

/* For output row y, column x; never empty. */
static inline kws_pool_area kws_pool_area_at(const kws_sliding_window *w, unsigned y, unsigned x)
{
    int top = (int)y * w->stride_height - w->pad_top;
    int left = (int)x * w->stride_width - w->pad_left;
    kws_pool_area area = {
        .top = kws_at_least(top, 0),
        .bottom = kws_at_most(top + w->kernel_height, w->in_height),
        .left = kws_at_least(left, 0),
        .right = kws_at_most(left + w->kernel_width, w->in_width),
    };
    return area;
}

#if defined(KWS_OWN_SUMS)
/* Adds up the first KWS_SUMS channels of the area: int32 [KWS_SUMS]. */
void kws_sum_group(const kws_sliding_window *w, const int8_t *in, kws_pool_area area,
                   int32_t *sums);
#endif

#endif
