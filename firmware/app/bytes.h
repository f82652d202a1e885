/* Little-endian numbers in byte arrays, whatever the processor's own order and alignment. */
#ifndef KWS_BYTES_H
#define KWS_BYTES_H

#include <stdint.h>

static inline uint16_t kws_get_u16(const uint8_t *bytes)
{
    return (uint16_t)(bytes[0] | ((uint16_t)bytes[1] << 8));
}

static inline uint32_t kws_get_u32(const uint8_t *bytes)
{
    return kws_get_u16(bytes) | ((uint32_t)kws_get_u16(bytes + 2) << 16);
}

static inline void kws_put_u16(uint8_t *bytes, uint16_t value)
{
    bytes[0] = (uint8_t)value;
    bytes[1] = (uint8_t)(value >> 8);
}

static inline void kws_put_u32(uint8_t *bytes, uint32_t value)
{
    kws_put_u16(bytes, (uint16_t)value);
    kws_put_u16(bytes + 2, (uint16_t)(value >> 16));
}

static inline void kws_put_u64(uint8_t *bytes, uint64_t value)
{
    kws_put_u32(bytes, (uint32_t)value);
    kws_put_u32(bytes + 4, (uint32_t)(value >> 32));
}

#endif
