/* SPDX-License-Identifier: Apache-2.0 */
/* MAX_POOL_2D: the largest of the window's inputs. */
#include "kernels/kernels.h"
#include "kernels/pool_area.h"
#include "kernels/requantize.h"

static int8_t largest(const kws_pool_2d *op, const int8_t *in, kws_pool_area area)
{
    const kws_sliding_window *w = &op->window;
    int32_t result = INT8_MIN;
    for (int y = area.top; y < area.bottom; y++) {
        const int8_t *value = in + ((size_t)y * w->in_width + (size_t)area.left) * w->in_channels;
        for (int x = area.left; x < area.right; x++) {
            result = *value > result ? *value : result;
            value += w->in_channels;
        }
    }
    return (int8_t)kws_clamp(result, op->low, op->high);
}

void kws_max_pool_2d_s8(const kws_pool_2d *op, const int8_t *in, int8_t *out)
{
    for (unsigned y = 0; y < op->window.out_height; y++) {
        for (unsigned x = 0; x < op->window.out_width; x++) {
            kws_pool_area area = kws_pool_area_at(&op->window, y, x);
            for (unsigned channel = 0; channel < op->window.in_channels; channel++) {
                *out++ = largest(op, in + channel, area);
            }
        }
    }
}
