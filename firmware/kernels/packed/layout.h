/* SPDX-License-Identifier: Apache-2.0 */
/* Cores that multiply one number at a time: patches are int32 [patch][2], three pixels in two words
 * (pixel_triples.h). */
#ifndef KWS_PACKED_LAYOUT_H
#define KWS_PACKED_LAYOUT_H

#include "kernels/kernels.h"

#define KWS_PLANE_SCALE 1
#include "kernels/portable/plane_row.h"

#define KWS_OWN_PATCHES
#define KWS_OWN_PIXELS
#define KWS_TOGETHER 3

#define KWS_PATCHES_MADE(count) KWS_TOGETHER

/* Words are aligned to 4 bytes, so the number goes into the address. */
static inline void *kws_patch_start(const kws_conv_2d *op, void *patches, unsigned number)
{
    (void)op;
    return (int8_t *)patches + number;
}

#endif
