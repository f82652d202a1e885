/* The inner part of CONV_2D, one file an instruction set: KWS_PATCHES input patches, gathered in
 * a layout of the instruction set's own, times all weights.
 *
 * Exactly one of patches_*.c is compiled to code, chosen by what the compiler targets. */
#ifndef KWS_PATCHES_H
#define KWS_PATCHES_H

#include "kernels/kernels.h"

#if defined(KWS_KERNELS_PORTABLE)
#define KWS_PATCHES_PORTABLE /* for tests */
#elif defined(KWS_KERNELS_PAIRED)
#define KWS_PATCHES_PAIRED /* for tests */
#elif defined(__ARM_FEATURE_MVE)
#define KWS_PATCHES_HELIUM
#elif defined(__ARM_FEATURE_DSP) && defined(__ARM_FEATURE_SIMD32)
#define KWS_PATCHES_DSP
#elif defined(__ARM_ARCH_6M__)
#define KWS_PATCHES_THUMB1
#elif defined(__riscv)
#define KWS_PATCHES_PAIRED
#elif defined(__SSE2__)
#define KWS_PATCHES_SSE2
#else
#define KWS_PATCHES_PORTABLE
#endif

/* Where patch number `number` begins. */
static inline void *kws_patch_start(const kws_conv_2d *op, void *patches, unsigned number);

/* Puts `value` at `position` (0 to op->patch - 1) of the patch that begins at `patch`. */
static inline void kws_patch_put(void *patch, unsigned position, int8_t value);

/* Puts `count` values that follow one another at `position` and after it. */
void kws_patch_copy(void *patch, unsigned position, const int8_t *values, unsigned count);

/* Puts `count` times the same value. */
static inline void kws_patch_fill(void *patch, unsigned position, int8_t value, unsigned count)
{
    while (count-- > 0) {
        kws_patch_put(patch, position++, value);
    }
}

/* All output channels of KWS_PATCHES pixels; pixel i is written to out + i * pixel_stride,
 * int8 [out_channels]. A stride of 0 makes one pixel of equal patches. */
void kws_patches_multiply(const kws_conv_2d *op, const void *patches, int8_t *out,
                          size_t pixel_stride);

#if defined(KWS_PATCHES_DSP)
/* int16 [patch / 4][KWS_PATCHES][4], times 4, in the order 0, 2, 1, 3: as SXTB16 splits words. */
static inline void *kws_patch_start(const kws_conv_2d *op, void *patches, unsigned number)
{
    (void)op;
    return (int16_t *)patches + 4 * number;
}

static inline void kws_patch_put(void *patch, unsigned position, int8_t value)
{
    unsigned place = (position & 1) << 1 | (position & 2) >> 1;
    ((int16_t *)patch)[(position & ~3u) * KWS_PATCHES + place] = (int16_t)(value * 4);
}
#elif defined(KWS_PATCHES_SSE2)
/* int16 [patch / 8, rounded up][KWS_PATCHES][8], times 4. */
static inline void *kws_patch_start(const kws_conv_2d *op, void *patches, unsigned number)
{
    (void)op;
    return (int16_t *)patches + 8 * number;
}

static inline void kws_patch_put(void *patch, unsigned position, int8_t value)
{
    ((int16_t *)patch)[(position & ~7u) * KWS_PATCHES + (position & 7)] = (int16_t)(value * 4);
}
#elif defined(KWS_PATCHES_HELIUM)
/* int8 [patch / 16, rounded up][KWS_PATCHES][16]. */
static inline void *kws_patch_start(const kws_conv_2d *op, void *patches, unsigned number)
{
    (void)op;
    return (int8_t *)patches + 16 * number;
}

static inline void kws_patch_put(void *patch, unsigned position, int8_t value)
{
    ((int8_t *)patch)[(position & ~15u) * KWS_PATCHES + (position & 15)] = value;
}
#elif defined(KWS_PATCHES_PAIRED) || defined(KWS_PATCHES_THUMB1)
/* int32 [patch][KWS_PATCHES / 2]: patches 0 and 1 share a word, 2 and 3 (pixel_pairs.h). */
static inline void *kws_patch_start(const kws_conv_2d *op, void *patches, unsigned number)
{
    (void)op;
    return (int32_t *)patches + number / 2;
}

/* Patches are filled in order: the second of a word pushes the first to the upper half. */
static inline void kws_patch_put(void *patch, unsigned position, int8_t value)
{
    uint32_t *word = (uint32_t *)patch + position * (KWS_PATCHES / 2);
    *word = (*word << 16) + (uint32_t)value;
}
#else
/* int8 [patch][KWS_PATCHES]. */
static inline void *kws_patch_start(const kws_conv_2d *op, void *patches, unsigned number)
{
    (void)op;
    return (int8_t *)patches + number;
}

static inline void kws_patch_put(void *patch, unsigned position, int8_t value)
{
    ((int8_t *)patch)[position * KWS_PATCHES] = value;
}
#endif

#endif
