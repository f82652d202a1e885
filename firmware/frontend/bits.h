/* Small integer helpers of the front end. */
#ifndef KWS_BITS_H
#define KWS_BITS_H

#include <stdint.h>

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

#endif
