/* SPDX-License-Identifier: Apache-2.0 */
/* Rows to the front of their buffer, in words where both ends allow. */
#include "kernels/rows.h"

#if defined(__GNUC__)
typedef uint32_t __attribute__((may_alias)) word;
#else
typedef uint32_t word;
#endif

void kws_move_down(int8_t *to, const int8_t *from, size_t bytes)
{
    if ((((uintptr_t)to | (uintptr_t)from) & 3u) == 0 && (size_t)(from - to) >= 16u) {
        word *out = (word *)(void *)to;
        const word *in = (const word *)(const void *)from;
        const size_t blocks = bytes / 16u;
        for (size_t i = 0; i < blocks; i++) {
            /* All four are read before they are written. */
            const uint32_t a = in[0], b = in[1], c = in[2], d = in[3];
            out[0] = a, out[1] = b, out[2] = c, out[3] = d;
            in += 4;
            out += 4;
        }
        to += blocks * 16u;
        from += blocks * 16u;
        bytes %= 16u;
    }
    for (; bytes > 0; bytes--) {
        *to++ = *from++;
    }
}
