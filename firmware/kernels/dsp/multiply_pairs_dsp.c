/* SPDX-License-Identifier: Apache-2.0 */
/* CONV_2D two output channels at a time, for patches of the sizes that have a loop. */
#include "kernels/patches.h"

#if defined(KWS_OWN_PAIRS)
#include "kernels/dsp/multiply_pairs.h"
#include "kernels/dsp/patches_dsp.h"

void kws_multiply_pairs(const kws_conv_2d *op, const void *patches, int8_t *out, unsigned count,
                        kws_pairs_loop *loop)
{
    const kws_requantization *r = &op->requantization;
    kws_pairs job = {
        .multiplier = r->multiplier,
        .shift = r->shift,
        .half = 2 * r->zero_point + 1,
        .channels = op->window.out_channels & ~1u,
        .bias = r->bias,
        .patches = patches,
        .out = out,
        .step = op->window.out_channels,
        .negative = r->rounding == KWS_ROUND_SIGNED,
        .patches_end = (const int16_t *)patches + op->patch * KWS_PATCHES,
    };
    if (r->rounding == KWS_ROUND_GENERAL || count < KWS_PATCHES || job.channels == 0) {
        kws_patches_multiply(op, patches, out, count);
        return;
    }
    loop(&job, op->weights);
    if (job.channels < op->window.out_channels) {
        kws_patches_multiply_from(op, job.channels, patches, out, count);
    }
}

#endif
