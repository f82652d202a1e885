/* SPDX-License-Identifier: Apache-2.0 */
/* Rows to the front of their buffer, in words where both ends allow. */
#include <string.h>

#include "kernels/rows.h"

void kws_move_down(int8_t *to, const int8_t *from, size_t bytes)
{
    if ((((uintptr_t)to | (uintptr_t)from) & 3u) == 0 && (size_t)(from - to) >= 16u) {
        /* 16 bytes are read before they are written. */
        for (; bytes >= 16; bytes -= 16) {
            uint32_t words[4];
            memcpy(words, from, sizeof words);
            memcpy(to, words, sizeof words);
            from += sizeof words;
            to += sizeof words;
        }
    }
    for (; bytes > 0; bytes--) {
        *to++ = *from++;
    }
}
