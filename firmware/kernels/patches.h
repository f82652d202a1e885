/* SPDX-License-Identifier: Apache-2.0 */
/* The inner part of CONV_2D: KWS_TOGETHER input patches, gathered in a layout of the instruction
 * set's own, times all weights.
 *
 * The set's layout.h has, inlined:
 *   unsigned KWS_PATCHES_MADE(unsigned count)
 *       how many patches kws_patches_multiply() reads for `count` pixels
 *   void *kws_patch_start(const kws_conv_2d *op, void *patches, unsigned number)
 *       where patch number `number` begins
 *   KWS_TOGETHER
 *       how many pixels are computed together, where not KWS_PATCHES; conv_2d.py knows all of them */
#ifndef KWS_PATCHES_H
#define KWS_PATCHES_H

#include "kernels/instruction_set.h"
#include "kernels/kernels.h"

#if !defined(KWS_TOGETHER)
#define KWS_TOGETHER KWS_PATCHES
#endif

/* Puts `count` values that follow one another at `position` (0 to op->patch - 1) and after it of the
 * patch that begins at `patch`. Patches are filled in order. */
void kws_patch_copy(void *patch, unsigned position, const int8_t *values, unsigned count);

#if defined(KWS_OWN_PIXELS)
/* KWS_TOGETHER patches at once, which are pixels that follow one another: int8 [KWS_TOGETHER, size]. */
void kws_patches_copy(void *patches, const int8_t *pixels, unsigned size);
#endif

#if defined(KWS_OWN_ROWS)
/* Copies `rows` times (at least once) `count` values that follow one another; places lie `step`
 * apart, values `in_step`. */
void kws_copy_rows(int8_t *place, int32_t step, const int8_t *values, int32_t in_step, int rows,
                   unsigned count);
#endif

/* All output channels of `count` pixels, 1 to KWS_TOGETHER, that follow one another in `out`,
 * int8 [count, out_channels]. `patches`: KWS_PATCHES_MADE(count). */
typedef void kws_multiply(const kws_conv_2d *op, const void *patches, int8_t *out, unsigned count);
kws_multiply kws_patches_multiply;

#if defined(KWS_OWN_PAIRS)
/* The same for patches of 40 and of 64 values. */
kws_multiply kws_patches_multiply_40, kws_patches_multiply_64;
#endif

/* CONV_2D with one of them. */
void kws_convolve(const kws_conv_2d *op, const int8_t *in, int8_t *out, void *scratch,
                  kws_multiply *multiply);

#endif
