/* SPDX-License-Identifier: Apache-2.0 */
/* DEPTHWISE_CONV_2D along an image that is one pixel wide. */
#ifndef KWS_DSP_COLUMN_H
#define KWS_DSP_COLUMN_H

#include "kernels/instruction_set.h"
#include "kernels/kernels.h"

/* As kws_depthwise_slabs(), for such an image without padding. */
unsigned kws_depthwise_column(const kws_depthwise_conv_2d *op, const int8_t *in, int8_t *out);

#endif
