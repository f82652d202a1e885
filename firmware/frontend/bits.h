/* SPDX-License-Identifier: Apache-2.0 */
/* Small integer helpers of the front end. */
#ifndef KWS_BITS_H
#define KWS_BITS_H

#include <stdint.h>

#include "frontend/instruction_set.h"

/* Position of the highest one bit plus one: 0 for 0, 32 for 0x80000000. */
static inline unsigned kws_bit_length(uint32_t value)
{
#if defined(__GNUC__)
    return value == 0 ? 0 : 32 - (unsigned)__builtin_clz(value);
#else
    unsigned length = 0;
    for (unsigned step = 16; step > 0; step /= 2) {
        if (value >> step != 0) {
            value >>= step;
            length += step;
        }
    }
    return length + value;
#endif
}

/* a * b in 48 bits. */
static inline uint64_t kws_multiply_wide(uint32_t a, uint16_t b)
{
#if KWS_SHORT_ARITHMETIC
    return ((uint64_t)((a >> 16) * b) << 16) + (a & UINT16_MAX) * b;
#else
    return (uint64_t)a * b;
#endif
}

#endif
