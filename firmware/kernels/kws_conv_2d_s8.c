/* SPDX-License-Identifier: Apache-2.0 */
/* CONV_2D: gathers the patches under a few output pixels, then multiplies them by all weights.
 *
 * The patches are copies, so the output may replace input that no later patch needs: a 1x1
 * convolution works in place. Padding is filled in with the input's zero point, which is
 * folded into the bias, so the inner loop knows no borders. */
#include <stdbool.h>

#include "kernels/kernels.h"
#include "kernels/patches.h"
#include "kernels/requantize.h"

static int clamp(int value, int low, int high)
{
    return value < low ? low : value > high ? high : value;
}

/* One kernel row of a patch, at `position`: pixels `left` and on of input row `in`, which is
 * NULL outside of the image. */
static void gather_row(const kws_conv_2d *op, const int8_t *in, int left, void *patch,
                       unsigned position)
{
    const kws_sliding_window *w = &op->window;
    const unsigned channels = w->in_channels;
    if (in != NULL && w->dilation_width == 1 && left >= 0 &&
        left + w->kernel_width <= w->in_width) {
        kws_patch_copy(patch, position, in + (unsigned)left * channels, w->kernel_width * channels);
        return;
    }
    /* Without dilation all pixels follow one another: one run. */
    const int run = w->dilation_width == 1 ? w->kernel_width : 1;
    for (int done = 0; done < w->kernel_width; done += run) {
        int before = in == NULL ? run : clamp(-left, 0, run);
        int inside = in == NULL ? 0 : clamp(w->in_width - left, before, run) - before;
        kws_patch_fill(patch, position, op->pad_value, (unsigned)before * channels);
        position += (unsigned)before * channels;
        if (inside > 0) {
            kws_patch_copy(patch, position, in + (size_t)(left + before) * channels,
                           (unsigned)inside * channels);
            position += (unsigned)inside * channels;
        }
        unsigned after = (unsigned)(run - before - inside) * channels;
        kws_patch_fill(patch, position, op->pad_value, after);
        position += after;
        left += w->dilation_width;
    }
}

/* Gathers the input under output pixel `pixel`: [kernel_height, kernel_width, in_channels]. */
static void gather_window(const kws_conv_2d *op, const int8_t *in, unsigned pixel, void *patch)
{
    const kws_sliding_window *w = &op->window;
    const unsigned row = (unsigned)w->kernel_width * w->in_channels;
    int y = (int)(pixel / w->out_width) * w->stride_height - w->pad_top;
    int left = (int)(pixel % w->out_width) * w->stride_width - w->pad_left;
    unsigned position = 0;
    for (unsigned ky = 0; ky < w->kernel_height; ky++) {
        bool inside = y >= 0 && y < w->in_height;
        const int8_t *values = inside ? in + (size_t)y * w->in_width * w->in_channels : NULL;
        gather_row(op, values, left, patch, position);
        position += row;
        y += w->dilation_height;
    }
    kws_patch_fill(patch, position, 0, op->patch - position);
}

/* Whether patches are simply consecutive input pixels. */
static bool is_pointwise(const kws_conv_2d *op)
{
    const kws_sliding_window *w = &op->window;
    return w->kernel_height * w->kernel_width == 1 && w->stride_height * w->stride_width == 1 &&
           w->in_channels == op->patch;
}

void kws_conv_2d_s8(const kws_conv_2d *op, const int8_t *in, int8_t *out, void *scratch)
{
    const size_t channels = op->window.out_channels;
    const unsigned pixels = (unsigned)op->window.out_height * op->window.out_width;
    const bool pointwise = is_pointwise(op);
    int8_t *next = out;
    unsigned step;
    for (unsigned pixel = 0; pixel < pixels; pixel += step) {
        /* The last few pixels are done one by one, each as KWS_PATCHES equal patches. */
        step = pixels - pixel >= KWS_PATCHES ? KWS_PATCHES : 1;
        for (unsigned i = 0; i < KWS_PATCHES; i++) {
            unsigned source = step == 1 ? pixel : pixel + i;
            void *patch = kws_patch_start(scratch, i);
            if (pointwise) {
                kws_patch_copy(patch, 0, in + (size_t)source * op->patch, op->patch);
            } else {
                gather_window(op, in, source, patch);
            }
        }
        kws_patches_multiply(op, scratch, next, step == 1 ? 0 : channels);
        next += step * channels;
    }
    kws_limit(&op->requantization, out, pixels * channels);
}
