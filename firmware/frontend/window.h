/* SPDX-License-Identifier: Apache-2.0 */
/* Stage: the window function. */
#ifndef KWS_WINDOW_H
#define KWS_WINDOW_H

#include <stdint.h>

/* Multiplies samples by the window, cut to int16.
 *
 * samples:  int16 [KWS_WINDOW_SAMPLES]
 * windowed: int16 [KWS_WINDOW_SAMPLES], out
 *
 * Returns the left shift 0 .. 15 that brings the loudest value to full scale (15 for
 * silence). -32768 has no magnitude in int16 and is left out, as TFLite's micro-frontend does. */
unsigned kws_window(const int16_t *samples, int16_t *windowed);

#endif
