/* SPDX-License-Identifier: Apache-2.0 */
/* Stage: per-channel amplitude normalisation (PCAN; Wang et al., arXiv:1607.05666). */
#ifndef KWS_PCAN_STAGE_H
#define KWS_PCAN_STAGE_H

#include <stdint.h>

/* Only with KWS_PCAN 1.
 *
 * channels:       uint32 [KWS_CHANNELS], in and out
 * noise_estimate: uint32 [KWS_CHANNELS], as kws_noise_reduction() leaves it */
void kws_pcan(uint32_t *channels, const uint32_t *noise_estimate);

#endif
