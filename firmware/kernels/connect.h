/* SPDX-License-Identifier: Apache-2.0 */
/* The inner part of FULLY_CONNECTED, and of CONV_2D where that works pixel by pixel. */
#ifndef KWS_CONNECT_H
#define KWS_CONNECT_H

#include "kernels/instruction_set.h"
#include "kernels/kernels.h"

/* Where the multiplier and the shift of an output are. */
static inline unsigned kws_connect_entry(const kws_requantization *r, unsigned output)
{
    return output * r->step;
}

/* One vector times all rows of weights, int8 [outputs, inputs]: output i is that of row i.
 * `out` must not overlap `in`. Limits of a fused activation are left to kws_limit(). */
void kws_connect(const int8_t *in, unsigned inputs, const int8_t *weights, unsigned outputs,
                 const kws_requantization *r, int8_t *out);

#endif
