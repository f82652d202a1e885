/* SPDX-License-Identifier: Apache-2.0 */
/* See input.h. */
#include "verify/input.h"

static uint32_t mix(uint32_t x)
{
    x ^= x >> 16;
    x *= 0x7FEB352Du;
    x ^= x >> 15;
    x *= 0x846CA68Bu;
    return x ^ (x >> 16);
}

static int8_t value_at(uint32_t number, uint32_t i)
{
    switch (number) {
    case 0:
        return INT8_MIN;
    case 1:
        return INT8_MAX;
    case 2:
        return i % 2u == 0u ? INT8_MIN : INT8_MAX;
    default:
        return (int8_t)(mix(number * 0x9E3779B9u + i) >> 24);
    }
}

void kws_verify_input(uint32_t number, int8_t *values, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        values[i] = value_at(number, i);
    }
}
