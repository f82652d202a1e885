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
    const int16_t padding = (int16_t)(4 * op->pad_value);
    const int room = op->plane_width - op->pad_left;
    const int inside = op->in_width < room ? op->in_width : room;
    const int32_t stride = op->in_column_stride;
    for (int row = 0; row < op->plane_height; row++) {
        int y = row - op->pad_top;
        int16_t *end = plane + op->plane_width;
        if (y >= 0 && y < op->in_height) {
            const int8_t *value = in + y * op->in_row_stride;
            for (int i = 0; i < op->pad_left; i++) {
                *plane++ = padding;
            }
            for (int16_t *stop = plane + inside; plane < stop; plane++) {
                *plane = (int16_t)(4 * *value);
                value += stride;
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
    const bool three = op->kernel_height == 3 && op->kernel_width == 3 &&
                       op->dilation_height == 1 && op->dilation_width == 1 &&
                       op->requantization.rounding != KWS_ROUND_GENERAL;
    unsigned channel = 0;
    for (unsigned in_channel = 0; in_channel < op->in_channels; in_channel++) {
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
    kws_limit(&op->requantization, out,
              (size_t)op->out_height * op->out_width * op->out_channels);
}
