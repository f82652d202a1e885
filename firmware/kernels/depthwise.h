/* SPDX-License-Identifier: Apache-2.0 */
/* DEPTHWISE_CONV_2D where a set computes several channels at once (KWS_OWN_SLABS). */
#ifndef KWS_DEPTHWISE_H
#define KWS_DEPTHWISE_H

#include "kernels/instruction_set.h"
#include "kernels/kernels.h"

/* The operator but for kws_limit(), under the same rules, for the first channels: returns how many.
 * The planes of plane.h have to do for the rest; 0 where nothing could be done. */
unsigned kws_depthwise_slabs(const kws_depthwise_conv_2d *op, const int8_t *in, int8_t *out,
                             void *scratch);

/* The operator but for kws_limit(), for all channels from `first` on. */
void kws_depthwise_planes(const kws_depthwise_conv_2d *op, unsigned first, const int8_t *in,
                          int8_t *out, void *scratch);

#endif
