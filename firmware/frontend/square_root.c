#include "square_root.h"

#include "bits.h"

uint32_t kws_square_root(uint64_t value)
{
    const uint32_t high = (uint32_t)(value >> 32);
    const uint32_t limit = high == 0 ? UINT16_MAX : UINT32_MAX;
    const unsigned length = high == 0 ? kws_bit_length((uint32_t)value) : 32 + kws_bit_length(high);
    uint64_t root = 0;
    for (uint64_t bit = length == 0 ? 0 : (uint64_t)1 << ((length - 1) & ~1u); bit > 0; bit >>= 2) {
        if (value >= root + bit) {
            value -= root + bit;
            root = (root >> 1) + bit;
        } else {
            root >>= 1;
        }
    }
    return (uint32_t)root + (value > root && root != limit);
}
