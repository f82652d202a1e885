/* SPDX-License-Identifier: Apache-2.0 */
/* A part of kws_patches_multiply() for the DSP extension. */
#ifndef KWS_DSP_PATCHES_DSP_H
#define KWS_DSP_PATCHES_DSP_H

#include "kernels/patches.h"

/* The same for the channels from `first` on, for any rounding but KWS_ROUND_GENERAL. */
void kws_patches_multiply_from(const kws_conv_2d *op, uint32_t first, const void *patches,
                               int8_t *out, unsigned count);

#endif
