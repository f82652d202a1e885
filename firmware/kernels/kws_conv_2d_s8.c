/* CONV_2D: gathers the patches under a few output pixels, then multiplies them by all weights.
 *
 * The patches are copies, so the output may replace input that no later patch needs: a 1x1
 * convolution works in place. Padding is filled in with the input's zero point, which is
 * folded into the bias, so the inner loop knows no borders. */
#include <stdbool.h>

#include "kernels/kernels.h"
#include "kernels/patches.h"
#include "kernels/requantize.h"

/* Gathers the input under output pixel `pixel`: [kernel_height, kernel_width, in_channels]. */
static void gather_window(const kws_conv_2d *op, const int8_t *in, unsigned pixel, void *patches,
                          unsigned number)
{
    const kws_window *w = &op->window;
    int top = (int)(pixel / w->out_width) * w->stride_height - w->pad_top;
    int left = (int)(pixel % w->out_width) * w->stride_width - w->pad_left;
    unsigned position = 0;
    for (int ky = 0; ky < w->kernel_height; ky++) {
        int y = top + ky * w->dilation_height;
        bool row_inside = y >= 0 && y < w->in_height;
        for (int kx = 0; kx < w->kernel_width; kx++) {
            int x = left + kx * w->dilation_width;
            bool inside = row_inside && x >= 0 && x < w->in_width;
            const int8_t *values = in;
            if (inside) {
                values += ((size_t)y * w->in_width + (size_t)x) * w->in_channels;
            }
            for (unsigned channel = 0; channel < w->in_channels; channel++) {
                int8_t value = inside ? values[channel] : op->pad_value;
                kws_patch_put(patches, number, position++, value);
            }
        }
    }
    while (position < op->patch) {
        kws_patch_put(patches, number, position++, 0);
    }
}

/* Whether patches are simply consecutive input pixels. */
static bool is_pointwise(const kws_conv_2d *op)
{
    const kws_window *w = &op->window;
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
            if (pointwise) {
                kws_patch_copy(scratch, i, in + (size_t)source * op->patch, op->patch);
            } else {
                gather_window(op, in, source, scratch, i);
            }
        }
        kws_patches_multiply(op, scratch, next, step == 1 ? 0 : channels);
        next += step * channels;
    }
    kws_limit(&op->requantization, out, pixels * channels);
}
