/* SPDX-License-Identifier: Apache-2.0 */
/* DEPTHWISE_CONV_2D: one channel at a time, from a padded copy of its plane.
 *
 * A channel is read wholly before its first output is written, and no other channel reads
 * those bytes: with one output channel an input channel, and no more output than input
 * pixels, the operator works in place. Padding holds the input's zero point, which is folded
 * into the bias, so the inner loop knows no borders. */
#include <stdbool.h>

#include "kernels/depthwise.h"
#include "kernels/kernels.h"
#include "kernels/plane.h"
#include "kernels/requantize.h"

static int smaller(int a, int b)
{
    return a < b ? a : b;
}

/* Fills plane int16 [plane_height, plane_width] with padding, which stays for all channels. */
static void fill_plane(const kws_depthwise_conv_2d *op, int16_t *plane)
{
    const unsigned size = (unsigned)op->plane_height * op->plane_width;
    for (unsigned i = 0; i < size; i++) {
        plane[i] = (int16_t)(KWS_PLANE_SCALE * op->pad_value);
    }
}

/* Copies one channel of the input, times KWS_PLANE_SCALE, into the plane. */
static void gather_plane(const kws_depthwise_conv_2d *op, const int8_t *in, int16_t *plane)
{
    const int rows = smaller(op->in_height, op->plane_height - op->pad_top);
    const int columns = smaller(op->in_width, op->plane_width - op->pad_left);
    const int32_t stride = op->in_column_stride;
    plane += op->pad_top * op->plane_width + op->pad_left;
    for (int row = 0; row < rows && columns > 0; row++) {
        kws_plane_copy_row(in, stride, plane, columns);
        plane += op->plane_width;
        in += op->in_row_stride;
    }
}

void kws_depthwise_planes(const kws_depthwise_conv_2d *op, unsigned first, const int8_t *in,
                          int8_t *out, void *scratch)
{
    const bool three = op->kernel_height == 3 && op->kernel_width == 3 &&
                       op->dilation_height == 1 && op->dilation_width == 1 &&
                       op->requantization.rounding != KWS_ROUND_GENERAL;
    unsigned channel = first * op->multiplier;
    fill_plane(op, scratch);
    for (unsigned in_channel = first; in_channel < op->in_channels; in_channel++) {
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
}

void kws_depthwise_conv_2d_s8(const kws_depthwise_conv_2d *op, const int8_t *in, int8_t *out,
                              void *scratch)
{
#if defined(KWS_OWN_SLABS)
    const unsigned done = kws_depthwise_slabs(op, in, out, scratch);
#else
    const unsigned done = 0;
#endif
    if (done < op->in_channels) {
        kws_depthwise_planes(op, done, in, out, scratch);
    }
    kws_limit(&op->requantization, out, (size_t)op->out_height * op->out_width * op->out_channels);
}
