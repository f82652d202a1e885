/* SPDX-License-Identifier: Apache-2.0 */
/* SSE2: patches are int16 [patch / 8, rounded up][KWS_PATCHES][8], times 4. */
#ifndef KWS_SSE2_LAYOUT_H
#define KWS_SSE2_LAYOUT_H

#include "kernels/kernels.h"
#include "kernels/portable/plane_row.h"

#define KWS_OWN_CONNECT
#define KWS_OWN_PATCHES
#define KWS_OWN_PLANE_3X3

#define KWS_PATCHES_MADE(count) KWS_PATCHES

static inline void *kws_patch_start(const kws_conv_2d *op, void *patches, unsigned number)
{
    (void)op;
    return (int16_t *)patches + 8 * number;
}

static inline void kws_patch_put(void *patch, unsigned position, int8_t value)
{
    ((int16_t *)patch)[(position & ~7u) * KWS_PATCHES + (position & 7)] = (int16_t)(value * 4);
}

#endif
