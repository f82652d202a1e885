/* SPDX-License-Identifier: Apache-2.0 */
/* Plain C: patches are int8 [patch][KWS_PATCHES]. */
#ifndef KWS_PORTABLE_LAYOUT_H
#define KWS_PORTABLE_LAYOUT_H

#include "kernels/kernels.h"

#define KWS_PLANE_SCALE 1
#include "kernels/portable/plane_row.h"

#define KWS_PATCHES_MADE(count) KWS_PATCHES

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
