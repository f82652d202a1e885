/* SPDX-License-Identifier: Apache-2.0 */
/* Values in byte arrays: little-endian numbers, whatever the processor's own order and alignment,
 * hashes, names and arrays. */
#ifndef KWS_BYTES_H
#define KWS_BYTES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint8_t kws_get_u8(const uint8_t *bytes)
{
    return bytes[0];
}

static inline uint16_t kws_get_u16(const uint8_t *bytes)
{
    return (uint16_t)(bytes[0] | (bytes[1] << 8));
}

static inline uint32_t kws_get_u32(const uint8_t *bytes)
{
    return kws_get_u16(bytes) | ((uint32_t)kws_get_u16(bytes + 2) << 16);
}

static inline void kws_put_u8(uint8_t *bytes, uint8_t value)
{
    bytes[0] = value;
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

/* Writes `count` bytes out of twice as many lower-case hex digits. */
void kws_put_hex(uint8_t *bytes, const char *hex, size_t count);

/* Writes the length in one byte, then the text (UTF-8) without its zero, cut after the last
 * whole character of the first `longest` bytes, 255 at most. Returns the bytes written. */
size_t kws_put_name(uint8_t *bytes, const char *name, size_t longest);

/* These write as many of values[count] as fit into `room` bytes and return the bytes written. */
size_t kws_put_bytes(uint8_t *bytes, size_t room, const void *values, size_t count);
size_t kws_put_u32s(uint8_t *bytes, size_t room, const uint32_t *values, size_t count);
size_t kws_put_names(uint8_t *bytes, size_t room, const char *const *values, size_t count,
                     size_t longest); /* of each, see kws_put_name() */

#endif
