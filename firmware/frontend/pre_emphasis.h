/* SPDX-License-Identifier: Apache-2.0 */
/* Stage: pre-emphasis, a high-pass of first order. */
#ifndef KWS_PRE_EMPHASIS_STAGE_H
#define KWS_PRE_EMPHASIS_STAGE_H

#include <stddef.h>
#include <stdint.h>

/* Only with KWS_PRE_EMPHASIS 1.
 *
 * filtered[n] = samples[n] - c * samples[n - 1], rounded half up and limited to int16, where
 * c = KWS_PRE_EMPHASIS_COEFFICIENT / 2^KWS_PRE_EMPHASIS_BITS.
 *
 * samples:  int16 [count]
 * previous: int16, in and out: the sample before samples[0], 0 at the start of a stream
 * filtered: int16 [count], out */
void kws_pre_emphasis(const int16_t *samples, size_t count, int16_t *previous, int16_t *filtered);

#endif
