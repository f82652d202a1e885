/* DEPTHWISE_CONV_2D: one channel at a time, from a padded copy of its plane.
 *
 * A channel is read wholly before its first output is written, and no other channel reads
 * those bytes: with one output channel an input channel, and no more output than input
 * pixels, the operator works in place. Padding holds the input's zero point, which is folded
 * into the bias, so the inner loop knows no borders. */
#include <stdbool.h>

#include "kernels/kernels.h"
#include "kernels/requantize.h"

/* Copies one channel of the input to plane int16 [plane_height, plane_width]. */
static void gather_plane(const kws_depthwise_conv_2d *op, const int8_t *in, int16_t *plane)
{
    const kws_window *w = &op->window;
    for (int row = 0; row < op->plane_height; row++) {
        int y = row - w->pad_top;
        bool row_inside = y >= 0 && y < w->in_height;
        for (int column = 0; column < op->plane_width; column++) {
            int x = column - w->pad_left;
            bool inside = row_inside && x >= 0 && x < w->in_width;
            *plane++ = inside ? in[((size_t)y * w->in_width + (size_t)x) * w->in_channels]
                              : op->pad_value;
        }
    }
}

/* One output channel; out points to its first element, the next is out_channels further. */
static void slide(const kws_depthwise_conv_2d *op, unsigned channel, const int16_t *plane,
                  int8_t *out)
{
    const kws_window *w = &op->window;
    const int8_t *weights = op->weights + (size_t)channel * w->kernel_height * w->kernel_width;
    for (unsigned y = 0; y < w->out_height; y++) {
        const int16_t *corner = plane + (size_t)y * w->stride_height * op->plane_width;
        for (unsigned x = 0; x < w->out_width; x++) {
            int32_t sum = op->requantization.bias[channel];
            const int8_t *weight = weights;
            for (unsigned ky = 0; ky < w->kernel_height; ky++) {
                const int16_t *row = corner + (size_t)ky * w->dilation_height * op->plane_width;
                for (unsigned kx = 0; kx < w->kernel_width; kx++) {
                    sum += row[(size_t)kx * w->dilation_width] * *weight++;
                }
            }
            *out = kws_requantize(&op->requantization, channel, sum);
            out += w->out_channels;
            corner += w->stride_width;
        }
    }
}

void kws_depthwise_conv_2d_s8(const kws_depthwise_conv_2d *op, const int8_t *in, int8_t *out,
                              void *scratch)
{
    unsigned channel = 0;
    for (unsigned in_channel = 0; in_channel < op->window.in_channels; in_channel++) {
        gather_plane(op, in + in_channel, scratch);
        for (unsigned i = 0; i < op->multiplier; i++) {
            slide(op, channel, scratch, out + channel);
            channel++;
        }
    }
}
