/* CONV_2D: gathers the patches under two output pixels, then multiplies them by all weights.
 *
 * The patches are copies, so the output may replace input that no later patch needs: a 1x1
 * convolution works in place. Padding is filled in with the input's zero point, which is
 * folded into the bias, so the inner loop knows no borders. */
#include <stdbool.h>
#include <string.h>

#include "kernels/kernels.h"
#include "kernels/requantize.h"

/* Copies the input under one output pixel to patch int8 [kernel_height, kernel_width,
 * in_channels]. */
static void gather_patch(const kws_conv_2d *op, const int8_t *in, unsigned pixel, int8_t *patch)
{
    const kws_window *w = &op->window;
    int top = (int)(pixel / w->out_width) * w->stride_height - w->pad_top;
    int left = (int)(pixel % w->out_width) * w->stride_width - w->pad_left;
    for (int ky = 0; ky < w->kernel_height; ky++) {
        int y = top + ky * w->dilation_height;
        bool row_inside = y >= 0 && y < w->in_height;
        for (int kx = 0; kx < w->kernel_width; kx++) {
            int x = left + kx * w->dilation_width;
            if (row_inside && x >= 0 && x < w->in_width) {
                memcpy(patch, in + ((size_t)y * w->in_width + (size_t)x) * w->in_channels,
                       w->in_channels);
            } else {
                memset(patch, op->pad_value, w->in_channels);
            }
            patch += w->in_channels;
        }
    }
}

/* All output channels of two pixels; patches int8 [patch], outs int8 [out_channels]. */
static void multiply_patches(const kws_conv_2d *op, const int8_t *patch0, const int8_t *patch1,
                             int8_t *out0, int8_t *out1)
{
    const int8_t *weights = op->weights;
    for (unsigned channel = 0; channel < op->window.out_channels; channel++) {
        int32_t sum0 = op->requantization.bias[channel];
        int32_t sum1 = sum0;
        for (unsigned i = 0; i < op->patch; i++) {
            sum0 += patch0[i] * weights[i];
            sum1 += patch1[i] * weights[i];
        }
        out1[channel] = kws_requantize(&op->requantization, channel, sum1);
        out0[channel] = kws_requantize(&op->requantization, channel, sum0);
        weights += op->patch;
    }
}

void kws_conv_2d_s8(const kws_conv_2d *op, const int8_t *in, int8_t *out, void *scratch)
{
    const kws_window *w = &op->window;
    unsigned pixels = (unsigned)w->out_height * w->out_width;
    int8_t *patch0 = scratch;
    int8_t *patch1 = patch0 + op->patch;
    for (unsigned pixel = 0; pixel < pixels; pixel += 2) {
        /* An odd last pixel is computed twice, into the same place. */
        unsigned second = pixel + 1 < pixels ? 1 : 0;
        gather_patch(op, in, pixel, patch0);
        gather_patch(op, in, pixel + second, patch1);
        multiply_patches(op, patch0, patch1, out, out + second * w->out_channels);
        out += 2 * (size_t)w->out_channels;
    }
}
