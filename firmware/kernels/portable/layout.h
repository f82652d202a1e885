/* SPDX-License-Identifier: Apache-2.0 */
/* Plain C: patches are int8 [patch][KWS_PATCHES]. */
#ifndef KWS_PORTABLE_LAYOUT_H
#define KWS_PORTABLE_LAYOUT_H

#include "kernels/kernels.h"
#include "kernels/portable/plane_row.h"

static inline void *kws_patch_start(void *patches, unsigned number)
{
    return (int8_t *)patches + number;
}

static inline void kws_patch_put(void *patch, unsigned position, int8_t value)
{
    ((int8_t *)patch)[position * KWS_PATCHES] = value;
}

#endif
