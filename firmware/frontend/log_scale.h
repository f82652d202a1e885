/* SPDX-License-Identifier: Apache-2.0 */
/* Stage: logarithm, and the features as uint16. */
#ifndef KWS_LOG_SCALE_H
#define KWS_LOG_SCALE_H

#include <stdint.h>

/* Natural logarithm times 2^KWS_LOG_SCALE_SHIFT; with KWS_LOG 0 the values themselves.
 * Larger ones become 65535.
 *
 * channels: uint32 [KWS_CHANNELS]
 * features: uint16 [KWS_CHANNELS], out */
void kws_log_scale(const uint32_t *channels, uint16_t *features);

#endif
