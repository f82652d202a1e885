/* SPDX-License-Identifier: Apache-2.0 */
/* CRC-32/ISO-HDLC, the checksum of zlib, Ethernet and PNG.
 *
 * Polynomial 0x04C11DB7, reflected (0xEDB88320), initial value and final XOR 0xFFFFFFFF.
 * The check value of "123456789" is 0xCBF43926. */
#ifndef KWS_CRC32_H
#define KWS_CRC32_H

#include <stddef.h>
#include <stdint.h>

/* Continues `crc` (0 to start) over data[count]; the return value is a finished CRC. */
uint32_t kws_crc32(uint32_t crc, const uint8_t *data, size_t count);

#endif
