/* SPDX-License-Identifier: Apache-2.0 */
/* Two ways to the same number: by division where the core divides in hardware, else two bits
 * of the value at a time. */
#include "frontend/square_root.h"

#include "frontend/bits.h"
#include "frontend/instruction_set.h"

#if !KWS_SHORT_ARITHMETIC

/* Floor of the square root of value in [2^30, 2^32); *rest is what it leaves. */
static uint32_t root_of_32_bits(uint32_t value, uint32_t *rest)
{
    /* A straight line is within 4 %, Heron's rule squares that twice: 0 or 1 too large. */
    uint32_t root = (value >> 17) + (value >> 19) + (value >> 21) + 23000;
    root = (root + value / root) / 2;
    root = (root + value / root) / 2;
    int32_t left = (int32_t)(value - root * root);
    if (left < 0) {
        root--;
        left += (int32_t)(2 * root + 1);
    }
    *rest = (uint32_t)left;
    return root;
}

/* Zimmermann, "Karatsuba Square Root", 1999: the lower half of the root by one division. */
static uint32_t nearest_root(uint64_t value)
{
    const uint32_t upper = (uint32_t)(value >> 32);
    const unsigned length = upper ? 32 + kws_bit_length(upper) : kws_bit_length((uint32_t)value);
    const unsigned half_shift = (64 - length) / 2;
    const uint64_t scaled = value << (2 * half_shift);
    uint32_t rest;
    const uint32_t high = root_of_32_bits((uint32_t)(scaled >> 32), &rest);
    uint32_t low = ((rest << 15) | ((uint32_t)scaled >> 17)) / high;
    if (low > UINT16_MAX) {
        low = UINT16_MAX;
    }
    /* The root of the scaled value or one more; rounded to the value's own scale. */
    const uint32_t root = (((high << 16 | low) >> (half_shift - 1)) + 1) / 2;
    return (uint64_t)root * (root - 1) >= value ? root - 1 : root;
}

#else

typedef struct partial_root {
    uint32_t root;
    uint32_t rest; /* at most 2 * root */
} partial_root;

/* Takes the upper 2 * digits bits of word into account. */
static partial_root add_digits(partial_root p, uint32_t word, unsigned digits)
{
    for (; digits > 0; digits--) {
        p.rest = p.rest << 2 | word >> 30;
        word <<= 2;
        p.root <<= 1;
        const uint32_t step = 2 * p.root + 1;
        if (p.rest >= step) {
            p.rest -= step;
            p.root++;
        }
    }
    return p;
}

static uint32_t nearest_root(uint64_t value)
{
    const uint32_t upper = (uint32_t)(value >> 32);
    const uint32_t first = upper ? upper : (uint32_t)value;
    const unsigned digits = (kws_bit_length(first) + 1) / 2;
    partial_root p = add_digits((partial_root){0, 0}, first << (32 - 2 * digits), digits);
    if (upper) {
        p = add_digits(p, (uint32_t)value, 16);
    }
    return p.root + (p.rest > p.root);
}

#endif

uint32_t kws_square_root(uint64_t value)
{
    if (value == 0) {
        return 0;
    }
    const uint32_t root = nearest_root(value);
    return root == UINT16_MAX + 1 && value <= UINT32_MAX ? UINT16_MAX : root;
}
