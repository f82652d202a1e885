/* SPDX-License-Identifier: Apache-2.0 */
/* CONV_2D with patches of 64 values, for which a set may have a loop of its own. */
#include "kernels/kernels.h"
#include "kernels/patches.h"

void kws_conv_2d_64_s8(const kws_conv_2d *op, const int8_t *in, int8_t *out, void *scratch)
{
#if defined(KWS_OWN_PAIRS)
    kws_convolve(op, in, out, scratch, kws_patches_multiply_64);
#else
    kws_convolve(op, in, out, scratch, kws_patches_multiply);
#endif
}
