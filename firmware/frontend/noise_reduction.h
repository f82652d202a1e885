/* SPDX-License-Identifier: Apache-2.0 */
/* Stage: a noise estimate per channel, subtracted from the signal. */
#ifndef KWS_NOISE_REDUCTION_STAGE_H
#define KWS_NOISE_REDUCTION_STAGE_H

#include <stdint.h>

/* Only with KWS_NOISE_ESTIMATE 1.
 *
 * channels: uint32 [KWS_CHANNELS], in and out; unchanged with KWS_NOISE_REDUCTION 0
 * estimate: uint32 [KWS_CHANNELS], in and out: the noise, scaled up by KWS_SMOOTHING_BITS;
 *           all 0 at the start of a stream */
void kws_noise_reduction(uint32_t *channels, uint32_t *estimate);

#endif
