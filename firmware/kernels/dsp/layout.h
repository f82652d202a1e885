/* SPDX-License-Identifier: Apache-2.0 */
/* DSP extension: patches are int16 [patch / 4][2][KWS_PATCHES][2], times 4: of four values those at 0
 * and 2 of each pixel, then those at 1 and 3, as SXTB16 splits words. */
#ifndef KWS_DSP_LAYOUT_H
#define KWS_DSP_LAYOUT_H

#include "kernels/kernels.h"
#include "kernels/portable/plane_row.h"

#define KWS_OWN_CONNECT
#define KWS_OWN_PATCHES
#define KWS_OWN_PIXELS
#define KWS_OWN_PLANE
#define KWS_OWN_PLANE_3X3
#define KWS_OWN_SLABS
#if !defined(__OPTIMIZE_SIZE__)
#define KWS_OWN_PAIRS /* 2 kB for patches of 64 values, 0.8 of 40 */
#endif

#define KWS_PATCHES_MADE(count) KWS_PATCHES

static inline void *kws_patch_start(const kws_conv_2d *op, void *patches, unsigned number)
{
    (void)op;
    return (int16_t *)patches + 2 * number;
}

static inline void kws_patch_put(void *patch, unsigned position, int8_t value)
{
    const unsigned place = (position & 1) * 2 * KWS_PATCHES + (position & 2) / 2;
    ((int16_t *)patch)[(position & ~3u) * KWS_PATCHES + place] = (int16_t)(value * 4);
}

#endif
