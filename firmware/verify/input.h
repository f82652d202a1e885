/* SPDX-License-Identifier: Apache-2.0 */
/* The inputs of `kws verify`: made on the device, so that none travels to it. */
#ifndef KWS_VERIFY_INPUT_H
#define KWS_VERIFY_INPUT_H

#include <stdint.h>

/* Writes input `number` to values[count]. 0: all -128; 1: all 127; 2: -128 and 127 in turn;
 * others: value i is the highest byte of mix(number * 0x9E3779B9 + i) modulo 2^32, where mix is
 * x ^= x >> 16, x *= 0x7FEB352D, x ^= x >> 15, x *= 0x846CA68B, x ^= x >> 16.
 * host/kws/verify/inputs.py makes the same. */
void kws_verify_input(uint32_t number, int8_t *values, uint32_t count);

#endif
