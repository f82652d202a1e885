/* SPDX-License-Identifier: Apache-2.0 */
/* Any function of one int8 value, from a table of its 256 results. */
#include "kernels/kernels.h"

void kws_lookup_s8(const int8_t *table, const int8_t *in, int8_t *out, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        out[i] = table[in[i] + 128];
    }
}
