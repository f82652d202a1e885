/* SPDX-License-Identifier: Apache-2.0 */
/* Cores without multiply-accumulate: patches are int32 [patch][KWS_PATCHES / 2], 0 and 1 share a
 * word, 2 and 3 (pixel_pairs.h). */
#ifndef KWS_PAIRED_LAYOUT_H
#define KWS_PAIRED_LAYOUT_H

#include "kernels/kernels.h"
#include "kernels/portable/plane_row.h"

#define KWS_OWN_PATCHES

#define KWS_PATCHES_MADE(count) KWS_PATCHES

static inline void *kws_patch_start(const kws_conv_2d *op, void *patches, unsigned number)
{
    (void)op;
    return (int32_t *)patches + number / 2;
}

/* Patches are filled in order: the second of a word pushes the first to the upper half. */
static inline void kws_patch_put(void *patch, unsigned position, int8_t value)
{
    uint32_t *word = (uint32_t *)patch + position * (KWS_PATCHES / 2);
    const uint32_t second = (uint32_t)value; /* its sign goes to the first */
    *word = (*word << 16) + second;
}

#endif
