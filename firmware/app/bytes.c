/* SPDX-License-Identifier: Apache-2.0 */
/* See bytes.h. */
#include "app/bytes.h"

static unsigned hex_digit(char digit)
{
    return (unsigned)(digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

void kws_put_hex(uint8_t *bytes, const char *hex, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        bytes[i] = (uint8_t)(hex_digit(hex[2 * i]) << 4 | hex_digit(hex[2 * i + 1]));
    }
}

/* Bytes of the name that are sent. */
static size_t sent_length(const char *name, size_t longest)
{
    size_t length = strlen(name);
    if (length > longest) {
        length = longest;
        while (length > 0 && ((uint8_t)name[length] & 0xC0u) == 0x80u) {
            length--; /* the next byte is not the first of a character */
        }
    }
    return length;
}

size_t kws_put_name(uint8_t *bytes, const char *name, size_t longest)
{
    const size_t length = sent_length(name, longest);
    bytes[0] = (uint8_t)length;
    memcpy(bytes + 1, name, length);
    return 1 + length;
}

size_t kws_put_bytes(uint8_t *bytes, size_t room, const void *values, size_t count)
{
    size_t written = count < room ? count : room;
    memcpy(bytes, values, written);
    return written;
}

size_t kws_put_u32s(uint8_t *bytes, size_t room, const uint32_t *values, size_t count)
{
    size_t written = 0;
    for (size_t i = 0; i < count && written + 4 <= room; i++) {
        kws_put_u32(bytes + written, values[i]);
        written += 4;
    }
    return written;
}

size_t kws_put_names(uint8_t *bytes, size_t room, const char *const *values, size_t count,
                     size_t longest)
{
    size_t written = 0;
    for (size_t i = 0; i < count && written + 1 + sent_length(values[i], longest) <= room; i++) {
        written += kws_put_name(bytes + written, values[i], longest);
    }
    return written;
}
