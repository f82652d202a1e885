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

#define SMALL_PATCH 128 /* bytes; such a patch is gathered on the stack, then laid out */

static int clamp(int value, int low, int high)
{
    return value < low ? low : value > high ? high : value;
}

/* Words are quicker than most memset(). `count` is a multiple of 4. */
static void fill(int8_t *place, int8_t value, unsigned count)
{
    const uint32_t word = 0x01010101u * (uint8_t)value;
    for (const int8_t *end = place + count; place < end; place += sizeof word) {
        memcpy(place, &word, sizeof word);
    }
}

/* Puts `count` times the same value at `position` of a patch and after it. */
static void fill_patch(void *patch, unsigned position, int8_t value, unsigned count)
{
    int8_t values[16];
    if (count > 0) {
        fill(values, value, sizeof values);
    }
    while (count > 0) {
        const unsigned part = count < sizeof values ? count : sizeof values;
        kws_patch_copy(patch, position, values, part);
        position += part;
        count -= part;
    }
}

/* One kernel row of a patch, at `position`: pixels `left` and on of input row `in`, which is
 * NULL outside of the image. */
static void gather_row(const kws_conv_2d *op, const int8_t *in, int left, void *patch,
                       unsigned position)
{
    const kws_sliding_window *w = &op->window;
    const unsigned channels = w->in_channels;
    /* Without dilation all pixels follow one another: one run. */
    const int run = w->dilation_width == 1 ? w->kernel_width : 1;
    for (int done = 0; done < w->kernel_width; done += run) {
        int before = in == NULL ? run : clamp(-left, 0, run);
        int inside = in == NULL ? 0 : clamp(w->in_width - left, before, run) - before;
        fill_patch(patch, position, op->pad_value, (unsigned)before * channels);
        position += (unsigned)before * channels;
        if (inside > 0) {
            kws_patch_copy(patch, position, in + (size_t)(left + before) * channels,
                           (unsigned)inside * channels);
            position += (unsigned)inside * channels;
        }
        unsigned after = (unsigned)(run - before - inside) * channels;
        fill_patch(patch, position, op->pad_value, after);
        position += after;
        left += w->dilation_width;
    }
}

/* Whether the window from row y and column `left` on lies in the image. */
static bool is_inside(const kws_sliding_window *w, int y, int left)
{
    return y >= 0 && left >= 0 && left + (w->kernel_width - 1) * w->dilation_width < w->in_width &&
           y + (w->kernel_height - 1) * w->dilation_height < w->in_height;
}

/* Where the window of the next output pixel lies. */
typedef struct kws_place {
    int top, left;   /* in the input */
    unsigned column; /* of the output */
} kws_place;

static void move_on(const kws_sliding_window *w, kws_place *at)
{
    at->left += w->stride_width;
    if (++at->column == w->out_width) {
        at->column = 0;
        at->left = -w->pad_left;
        at->top += w->stride_height;
    }
}

/* Gathers the input under an output pixel, [kernel_height, kernel_width, in_channels], row by row
 * straight into the patch's layout: where the window reaches beyond the image, or is dilated. */
static KWS_NOINLINE void gather_rows(const kws_conv_2d *op, const int8_t *in, const kws_place *at,
                                     void *patch)
{
    const kws_sliding_window *w = &op->window;
    const unsigned row = (unsigned)w->kernel_width * w->in_channels, end = w->kernel_height * row;
    int y = at->top;
    for (unsigned position = 0; position < end; position += row) {
        const bool inside = y >= 0 && y < w->in_height;
        const int8_t *values = inside ? in + (int32_t)y * w->in_width * w->in_channels : NULL;
        gather_row(op, values, at->left, patch, position);
        y += w->dilation_height;
    }
    fill_patch(patch, end, 0, op->patch - end);
}

/* The same, for most windows quicker. */
static KWS_NOINLINE void gather_large(const kws_conv_2d *op, const int8_t *in, const kws_place *at,
                                      void *patch)
{
    const kws_sliding_window *w = &op->window;
    if (w->dilation_width != 1 || !is_inside(w, at->top, at->left)) {
        gather_rows(op, in, at, patch);
        return;
    }
    const unsigned row = (unsigned)w->kernel_width * w->in_channels, end = w->kernel_height * row;
    const int32_t in_step = w->in_width * w->in_channels;
    const int32_t step = w->dilation_height * in_step;
    in += at->top * in_step + at->left * w->in_channels;
    for (unsigned position = 0; position < end; position += row) {
        kws_patch_copy(patch, position, in, row);
        in += step;
    }
    fill_patch(patch, end, 0, op->patch - end);
}

#if !defined(KWS_OWN_ROWS)
static void kws_copy_rows(int8_t *place, int32_t step, const int8_t *values, int32_t in_step,
                          int rows, unsigned count)
{
    for (; rows > 0; rows--) {
        unsigned at = 0;
        for (; at + 4 <= count; at += 4) {
            memcpy(place + at, values + at, 4);
        }
        for (; at < count; at++) {
            place[at] = values[at];
        }
        place += step;
        values += in_step;
    }
}
#endif

/* A window that reaches beyond the image: int8 [patch], without dilation along rows. */
static KWS_NOINLINE void gather_border(const kws_conv_2d *op, const int8_t *in, int y, int left,
                                       int8_t *place)
{
    const kws_sliding_window *w = &op->window;
    const int channels = w->in_channels, dilation = w->dilation_height;
    const int before = clamp(-left, 0, w->kernel_width);
    const int inside = clamp(w->in_width - left, before, w->kernel_width) - before;
    const int32_t step = w->kernel_width * channels, in_step = w->in_width * channels;
    int row = 0, rows = w->kernel_height;
    for (; row < rows && y < 0; row++) {
        y += dilation;
    }
    while (rows > row && y + (rows - row - 1) * dilation >= w->in_height) {
        rows--;
    }
    fill(place, op->pad_value, op->patch);
    if (rows > row && inside > 0) {
        kws_copy_rows(place + row * step + before * channels, step,
                      in + y * in_step + (left + before) * channels, dilation * in_step, rows - row,
                      (unsigned)(inside * channels));
    }
}

/* As gather_large(), by way of plain int8 [patch] on the stack; without dilation along rows. */
static KWS_NOINLINE void gather_small(const kws_conv_2d *op, const int8_t *in, const kws_place *at,
                                      void *patch)
{
    const kws_sliding_window *w = &op->window;
    const int32_t step = w->kernel_width * w->in_channels;
    int8_t plain[SMALL_PATCH];
    if (is_inside(w, at->top, at->left)) {
        const int32_t in_step = w->in_width * w->in_channels;
        kws_copy_rows(plain, step, in + at->top * in_step + at->left * w->in_channels,
                      w->dilation_height * in_step, w->kernel_height, (unsigned)step);
    } else {
        gather_border(op, in, at->top, at->left, plain);
    }
    for (int32_t i = w->kernel_height * step; i < op->patch; i++) {
        plain[i] = 0;
    }
    kws_patch_copy(patch, 0, plain, op->patch);
}

/* Whether patches are simply consecutive input pixels. */
static bool is_pointwise(const kws_conv_2d *op)
{
    const kws_sliding_window *w = &op->window;
    return w->kernel_height * w->kernel_width == 1 && w->stride_height * w->stride_width == 1 &&
           w->in_channels == op->patch;
}

/* The patches of the next `count` output pixels. */
static void gather(const kws_conv_2d *op, const int8_t *in, kws_place *at, unsigned count,
                   void *scratch)
{
    const bool small = op->window.dilation_width == 1 && op->patch <= SMALL_PATCH;
    for (unsigned i = 0; i < KWS_PATCHES_MADE(count); i++) {
        void *patch = kws_patch_start(op, scratch, i);
        if (small) {
            gather_small(op, in, at, patch);
        } else {
            gather_large(op, in, at, patch);
        }
        /* Those beyond the last repeat it. */
        if (i + 1 < count || count == KWS_TOGETHER) {
            move_on(&op->window, at);
        }
    }
}

/* The same where they are the pixels from `in` on. */
static void gather_pixels(const kws_conv_2d *op, const int8_t *in, unsigned count, void *scratch)
{
#if defined(KWS_OWN_PIXELS)
    if (count == KWS_TOGETHER) {
        kws_patches_copy(scratch, in, op->patch);
        return;
    }
#endif
    for (unsigned i = 0; i < KWS_PATCHES_MADE(count); i++) {
        kws_patch_copy(kws_patch_start(op, scratch, i), 0, in, op->patch);
        in += i + 1 < count ? op->patch : 0;
    }
}

void kws_convolve(const kws_conv_2d *op, const int8_t *in, int8_t *out, void *scratch,
                  kws_multiply *multiply)
{
    const unsigned channels = op->window.out_channels;
    const unsigned pixels = (unsigned)op->window.out_height * op->window.out_width;
    const bool pointwise = is_pointwise(op);
    kws_place at = {-op->window.pad_top, -op->window.pad_left, 0};
    int8_t *next = out;
    unsigned count;
    for (unsigned pixel = 0; pixel < pixels; pixel += count) {
        count = pixels - pixel < KWS_TOGETHER ? pixels - pixel : KWS_TOGETHER;
        if (pointwise && count == 1) {
            memcpy(scratch, in, op->patch);
            kws_connect(scratch, op->patch, op->weights, channels, &op->requantization, next);
        } else {
            if (pointwise) {
                gather_pixels(op, in, count, scratch);
                in += count * op->patch;
            } else {
                gather(op, in, &at, count, scratch);
            }
            multiply(op, scratch, next, count);
        }
        next += (size_t)count * channels;
    }
    kws_limit(&op->requantization, out, (size_t)pixels * channels);
}

void kws_conv_2d_s8(const kws_conv_2d *op, const int8_t *in, int8_t *out, void *scratch)
{
    kws_convolve(op, in, out, scratch, kws_patches_multiply);
}
