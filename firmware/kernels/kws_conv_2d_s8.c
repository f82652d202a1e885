/* SPDX-License-Identifier: Apache-2.0 */
/* CONV_2D: gathers the patches under a few output pixels, then multiplies them by all weights.
 *
 * The patches are copies, so the output may replace input that no later patch needs: a 1x1
 * convolution works in place. Padding is filled in with the input's zero point, which is
 * folded into the bias, so the inner loop knows no borders. */
#include <stdbool.h>
#include <string.h>

#include "kernels/connect.h"
#include "kernels/kernels.h"
#include "kernels/patches.h"
#include "kernels/requantize.h"

#define LONG_ROW 16     /* bytes, worth a call */
#define SMALL_PATCH 128 /* bytes; such a patch is gathered on the stack, then laid out */

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

/* Gathers the input from row y and column `left` on, straight into the patch's layout. */
static void gather_window(const kws_conv_2d *op, const int8_t *in, int y, int left, void *patch)
{
    const kws_sliding_window *w = &op->window;
    const unsigned row = (unsigned)w->kernel_width * w->in_channels;
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

/* Copies a kernel row, often a few values. */
static inline void copy_row(int8_t *place, const int8_t *values, unsigned count)
{
#if defined(KWS_PLAIN_PATCHES)
    if (count >= LONG_ROW) {
        kws_patch_copy(place, 0, values, count);
        return;
    }
#endif
    for (; count >= 4; count -= 4) {
        memcpy(place, values, 4);
        place += 4;
        values += 4;
    }
    for (; count > 0; count--) {
        *place++ = *values++;
    }
}

/* As gather_window(), into plain int8 [patch]; without dilation along rows. */
static void gather_plain(const kws_conv_2d *op, const int8_t *in, int y, int left, int8_t *place)
{
    const kws_sliding_window *w = &op->window;
    const int channels = w->in_channels;
    const int before = clamp(-left, 0, w->kernel_width);
    const int inside = clamp(w->in_width - left, before, w->kernel_width) - before;
    const unsigned run = (unsigned)(inside * channels);
    const int32_t in_step = (int32_t)w->dilation_height * w->in_width * channels;
    const int32_t step = w->kernel_width * channels;
    const int8_t *end = place + op->patch;
    if (inside < w->kernel_width || y < 0 ||
        y + (w->kernel_height - 1) * w->dilation_height >= w->in_height) {
        memset(place, op->pad_value, op->patch);
    }
    int32_t at = ((int32_t)y * w->in_width + left + before) * channels;
    place += before * channels;
    for (int row = w->kernel_height; row > 0; row--) {
        if (y >= 0 && y < w->in_height) {
            copy_row(place, in + at, run);
        }
        y += w->dilation_height;
        at += in_step;
        place += step;
    }
    for (place -= before * channels; place < end; place++) {
        *place = 0;
    }
}

/* Gathers the input under output pixel `pixel`: [kernel_height, kernel_width, in_channels]. */
static KWS_NOINLINE void gather(const kws_conv_2d *op, const int8_t *in, unsigned pixel,
                                void *patch)
{
    const kws_sliding_window *w = &op->window;
    const int y = (int)(pixel / w->out_width) * w->stride_height - w->pad_top;
    const int left = (int)(pixel % w->out_width) * w->stride_width - w->pad_left;
#if defined(KWS_PLAIN_PATCHES)
    if (w->dilation_width == 1) {
        gather_plain(op, in, y, left, patch);
        return;
    }
#else
    if (w->dilation_width == 1 && op->patch <= SMALL_PATCH) {
        int8_t plain[SMALL_PATCH];
        gather_plain(op, in, y, left, plain);
        kws_patch_copy(patch, 0, plain, op->patch);
        return;
    }
#endif
    gather_window(op, in, y, left, patch);
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
    const unsigned channels = op->window.out_channels;
    const unsigned pixels = (unsigned)op->window.out_height * op->window.out_width;
    const bool pointwise = is_pointwise(op);
    int8_t *next = out;
    unsigned count;
    for (unsigned pixel = 0; pixel < pixels; pixel += count) {
        count = pixels - pixel < KWS_PATCHES ? pixels - pixel : KWS_PATCHES;
        if (pointwise && count == 1) {
            memcpy(scratch, in + (size_t)pixel * op->patch, op->patch);
            kws_connect(scratch, op->patch, op->weights, channels, &op->requantization, next);
        } else {
            for (unsigned i = 0; i < KWS_PATCHES_MADE(count); i++) {
                /* Those beyond the last repeat it. */
                const unsigned source = i < count ? pixel + i : pixels - 1;
                void *patch = kws_patch_start(op, scratch, i);
                if (pointwise) {
                    kws_patch_copy(patch, 0, in + (size_t)source * op->patch, op->patch);
                } else {
                    gather(op, in, source, patch);
                }
            }
            kws_patches_multiply(op, scratch, next, count);
        }
        next += (size_t)count * channels;
    }
    kws_limit(&op->requantization, out, (size_t)pixels * channels);
}
