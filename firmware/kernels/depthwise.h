/* SPDX-License-Identifier: Apache-2.0 */
/* DEPTHWISE_CONV_2D where a set computes several channels at once (KWS_OWN_SLABS). */
#ifndef KWS_DEPTHWISE_H
#define KWS_DEPTHWISE_H

#include <stdbool.h>

#include "kernels/instruction_set.h"
#include "kernels/kernels.h"

/* The operator but for kws_limit(), under the same rules. False where it cannot (nothing is
 * written then): then the planes of plane.h have to do. */
bool kws_depthwise_slabs(const kws_depthwise_conv_2d *op, const int8_t *in, int8_t *out,
                         void *scratch);

#endif
