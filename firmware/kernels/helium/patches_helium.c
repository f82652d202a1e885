/* SPDX-License-Identifier: Apache-2.0 */
/* CONV_2D's inner part for Helium (Cortex-M55, M85): pixel by pixel, as FULLY_CONNECTED. */
#include "kernels/connect.h"
#include "kernels/patches.h"

#if defined(KWS_SET_HELIUM)

void kws_patch_copy(void *patch, unsigned position, const int8_t *values, unsigned count)
{
    int8_t *place = (int8_t *)patch + position;
    kws_four_lanes lanes;
    /* Written out: GCC 12 has no tail-predicated loops. */
    __asm__ volatile("wlstp.8 lr, %[count], 2f\n"
                     "1:\n"
                     "vldrb.8 %q[lanes], [%[values]], #16\n"
                     "vstrb.8 %q[lanes], [%[place]], #16\n"
                     "letp lr, 1b\n"
                     "2:\n"
                     : [values] "+&r"(values), [place] "+&r"(place), [lanes] "=&w"(lanes)
                     : [count] "r"(count)
                     : "lr", "memory");
}

void kws_patches_multiply(const kws_conv_2d *op, const void *patches, int8_t *out, unsigned count)
{
    const unsigned channels = op->window.out_channels;
    const int8_t *patch = patches;
    for (; count > 0; count--) {
        kws_connect(patch, op->patch, op->weights, channels, &op->requantization, out);
        patch += op->patch;
        out += channels;
    }
}

#endif
