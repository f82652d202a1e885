/* The inner part of CONV_2D, one file an instruction set: KWS_PATCHES input patches, gathered in
 * a layout of the instruction set's own, times all weights.
 *
 * Exactly one of patches_*.c is compiled to code, chosen by what the compiler targets. */
#ifndef KWS_PATCHES_H
#define KWS_PATCHES_H

#include "kernels/kernels.h"

#if defined(__ARM_FEATURE_DSP) && defined(__ARM_FEATURE_SIMD32)
#define KWS_PATCHES_DSP
#elif defined(__SSE2__)
#define KWS_PATCHES_SSE2
#else
#define KWS_PATCHES_PORTABLE
#endif

/* Puts `value` at `position` (0 to patch - 1) of patch number `number`. */
static inline void kws_patch_put(void *patches, unsigned number, unsigned position, int8_t value);

/* Fills patch number `number` from `count` values that follow one another. */
void kws_patch_copy(void *patches, unsigned number, const int8_t *values, unsigned count);

/* All output channels of KWS_PATCHES pixels; pixel i is written to out + i * pixel_stride,
 * int8 [out_channels]. A stride of 0 makes one pixel of equal patches. */
void kws_patches_multiply(const kws_conv_2d *op, const void *patches, int8_t *out,
                          size_t pixel_stride);

#if defined(KWS_PATCHES_DSP)
/* int16 [patch / 4][KWS_PATCHES][4], times 4, in the order 0, 2, 1, 3: as SXTB16 splits words. */
static inline void kws_patch_put(void *patches, unsigned number, unsigned position, int8_t value)
{
    unsigned place = (position & ~3u) | (position & 1) << 1 | (position & 2) >> 1;
    ((int16_t *)patches)[(place & ~3u) * KWS_PATCHES + number * 4 + (place & 3)] =
        (int16_t)(value * 4);
}
#elif defined(KWS_PATCHES_SSE2)
/* int16 [patch / 8, rounded up][KWS_PATCHES][8], times 4. */
static inline void kws_patch_put(void *patches, unsigned number, unsigned position, int8_t value)
{
    ((int16_t *)patches)[(position & ~7u) * KWS_PATCHES + number * 8 + (position & 7)] =
        (int16_t)(value * 4);
}
#else
/* int8 [patch][KWS_PATCHES]. */
static inline void kws_patch_put(void *patches, unsigned number, unsigned position, int8_t value)
{
    ((int8_t *)patches)[position * KWS_PATCHES + number] = value;
}
#endif

#endif
