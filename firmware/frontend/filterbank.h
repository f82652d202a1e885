/* SPDX-License-Identifier: Apache-2.0 */
/* Stage: the mel filter bank. */
#ifndef KWS_FILTERBANK_H
#define KWS_FILTERBANK_H

#include <stdint.h>

#include "frontend/complex_q15.h"

/* Energy of each bin, weighted sums per channel in 64 bits, square root, and the samples'
 * left shift undone.
 *
 * spectrum: [KWS_FFT_POINTS], bins KWS_START_BIN on are read, as many as kws_bin_weights has
 * shift:    0 .. 15, the left shift that kws_window() returned
 * channels: uint32 [KWS_CHANNELS], out */
void kws_filterbank(const kws_complex *spectrum, unsigned shift, uint32_t *channels);

#endif
