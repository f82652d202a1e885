/* SPDX-License-Identifier: Apache-2.0 */
/* Integer square root with the rounding of TFLite's micro-frontend. */
#ifndef KWS_SQUARE_ROOT_H
#define KWS_SQUARE_ROOT_H

#include <stdint.h>

/* Nearest integer to the square root of value < 2^56, but 65535 for the values below 2^32
 * that are nearer to 65536. (A filter's sum is less than 2^55: 2^12 bins of 2^31, times 2^12.) */
uint32_t kws_square_root(uint64_t value);

#endif
