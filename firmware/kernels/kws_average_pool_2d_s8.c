/* SPDX-License-Identifier: Apache-2.0 */
/* AVERAGE_POOL_2D: the mean of the window's inputs, halves rounded away from zero. */
#include "kernels/kernels.h"
#include "kernels/pool_area.h"
#include "kernels/requantize.h"

#if defined(KWS_OWN_SUMS)
#define GROUP KWS_SUMS
#else
#define GROUP 4

static void kws_sum_group(const kws_sliding_window *w, const int8_t *in, kws_pool_area area,
                          int32_t *sums)
{
    int32_t s0 = 0, s1 = 0, s2 = 0, s3 = 0;
    for (int y = area.top; y < area.bottom; y++) {
        const int8_t *value = in + ((size_t)y * w->in_width + (size_t)area.left) * w->in_channels;
        for (int x = area.left; x < area.right; x++) {
            s0 += value[0];
            s1 += value[1];
            s2 += value[2];
            s3 += value[3];
            value += w->in_channels;
        }
    }
    sums[0] = s0, sums[1] = s1, sums[2] = s2, sums[3] = s3;
}
#endif

/* Adds up one channel of the area. */
static int32_t sum_one(const kws_sliding_window *w, const int8_t *in, kws_pool_area area)
{
    int32_t sum = 0;
    for (int y = area.top; y < area.bottom; y++) {
        const int8_t *value = in + ((size_t)y * w->in_width + (size_t)area.left) * w->in_channels;
        for (int x = area.left; x < area.right; x++) {
            sum += *value;
            value += w->in_channels;
        }
    }
    return sum;
}

/* One output pixel: int8 [in_channels]. A channel's inputs are read before it is written. */
static void average(const kws_pool_2d *op, const int8_t *in, kws_pool_area area, int8_t *out)
{
    const unsigned channels = op->window.in_channels;
    const int32_t count = (area.bottom - area.top) * (area.right - area.left);
    unsigned group;
    for (unsigned channel = 0; channel < channels; channel += group) {
        int32_t sums[GROUP];
        group = channels - channel >= GROUP ? GROUP : 1;
        if (group == GROUP) {
            kws_sum_group(&op->window, in + channel, area, sums);
        } else {
            sums[0] = sum_one(&op->window, in + channel, area);
        }
        for (unsigned i = 0; i < group; i++) {
            int32_t half = sums[i] > 0 ? count / 2 : -(count / 2);
            *out++ = (int8_t)kws_clamp((sums[i] + half) / count, op->low, op->high);
        }
    }
}

void kws_average_pool_2d_s8(const kws_pool_2d *op, const int8_t *in, int8_t *out)
{
    for (unsigned y = 0; y < op->window.out_height; y++) {
        for (unsigned x = 0; x < op->window.out_width; x++) {
            average(op, in, kws_pool_area_at(&op->window, y, x), out);
            out += op->window.in_channels;
        }
    }
}
