/* DEPTHWISE_CONV_2D: one channel at a time, from a padded copy of its plane.
 *
 * A channel is read wholly before its first output is written, and no other channel reads
 * those bytes: with one output channel an input channel, and no more output than input
 * pixels, the operator works in place. Padding holds the input's zero point, which is folded
 * into the bias, so the inner loop knows no borders. */
#include <stdbool.h>

#include "kernels/kernels.h"
#include "kernels/plane.h"
#include "kernels/requantize.h"

/* Copies one channel of the input, times 4, to plane int16 [plane_height, plane_width]. */
static void gather_plane(const kws_depthwise_conv_2d *op, const int8_t *in, int16_t *plane)
{
    const kws_window *w = &op->window;
    const int16_t padding = (int16_t)(4 * op->pad_value);
    const int inside_width = kws_min(w->in_width, op->plane_width - w->pad_left);
    for (int row = 0; row < op->plane_height; row++) {
        int y = row - w->pad_top;
        int16_t *end = plane + op->plane_width;
        if (y >= 0 && y < w->in_height) {
            const int8_t *value = in + (size_t)y * w->in_width * w->in_channels;
            for (int i = 0; i < w->pad_left; i++) {
                *plane++ = padding;
            }
            for (int i = 0; i < inside_width; i++) {
                *plane++ = (int16_t)(4 * *value);
                value += w->in_channels;
            }
        }
        while (plane < end) {
            *plane++ = padding;
        }
    }
}

void kws_depthwise_conv_2d_s8(const kws_depthwise_conv_2d *op, const int8_t *in, int8_t *out,
                              void *scratch)
{
    const kws_window *w = &op->window;
    const bool three = w->kernel_height == 3 && w->kernel_width == 3 &&
                       w->dilation_height * w->dilation_width == 1;
    unsigned channel = 0;
    for (unsigned in_channel = 0; in_channel < w->in_channels; in_channel++) {
        gather_plane(op, in + in_channel, scratch);
        for (unsigned i = 0; i < op->multiplier; i++) {
            if (three) {
                kws_plane_slide_3x3(op, channel, scratch, out + channel);
            } else {
                kws_plane_slide(op, channel, scratch, out + channel);
            }
            channel++;
        }
    }
    kws_limit(&op->requantization, out, (size_t)w->out_height * w->out_width * w->out_channels);
}
