/* SPDX-License-Identifier: Apache-2.0 */
/* Stage: the real FFT, with the roundings of kissfft's kiss_fftr and FIXED_POINT=16. */
#ifndef KWS_FFT_H
#define KWS_FFT_H

#include <stdint.h>

#include "frontend/complex_q15.h"

/* samples:  int16 [KWS_FFT_SIZE], the tail beyond the window zero
 * shift:    0 .. 15, left shift of each sample first (wraps)
 * spectrum: [KWS_FFT_POINTS], out: bins 1 .. KWS_FFT_POINTS - 1. The bins at 0 Hz and half
 *           the sample rate belong to no filter: spectrum[0] is left undefined. */
void kws_fft(const int16_t *samples, unsigned shift, kws_complex *spectrum);

#endif
