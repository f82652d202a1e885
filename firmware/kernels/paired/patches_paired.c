/* SPDX-License-Identifier: Apache-2.0 */
/* CONV_2D's inner part for cores without a multiply-accumulate instruction (RISC-V): two pixels
 * share a word (pixel_pairs.h), four pixels by two output channels are in registers. */
#include "kernels/patches.h"

#if defined(KWS_SET_PAIRED)
#include "kernels/paired/pixel_pairs.h"
#include "kernels/patches_store.h"

void kws_patch_copy(void *patch, unsigned position, const int8_t *values, unsigned count)
{
    for (; count >= 4; count -= 4) {
        kws_patch_put(patch, position, values[0]);
        kws_patch_put(patch, position + 1, values[1]);
        kws_patch_put(patch, position + 2, values[2]);
        kws_patch_put(patch, position + 3, values[3]);
        position += 4;
        values += 4;
    }
    for (; count > 0; count--) {
        kws_patch_put(patch, position++, *values++);
    }
}

/* Adds the products of two positions, x int32 [2, 2], with their weights. */
KWS_INLINE void add(kws_pair_sums *s0, kws_pair_sums *s1, const int32_t *x, const int8_t *w)
{
    kws_pair_add(s0, x[0], w[0], x[2], w[1]);
    kws_pair_add(s1, x[1], w[0], x[3], w[1]);
}

/* The sums of two channels, int32 [2, KWS_PATCHES]. A function of its own
 * has all registers to itself. */
static KWS_NOINLINE void multiply(const int32_t *x, const int8_t *wa, const int8_t *wb,
                                  unsigned count, int32_t bias_a, int32_t bias_b, int32_t *sums)
{
    const int8_t *end = wa + count;
    kws_pair_sums a0 = kws_pair_start(bias_a, count), a1 = a0;
    kws_pair_sums b0 = kws_pair_start(bias_b, count), b1 = b0;
    do {
        add(&a0, &a1, x, wa);
        add(&b0, &b1, x, wb);
        add(&a0, &a1, x + 4, wa + 2);
        add(&b0, &b1, x + 4, wb + 2);
        x += 8;
        wa += 4;
        wb += 4;
    } while (wa != end);
    sums[0] = a0.first, sums[1] = kws_pair_second(a0);
    sums[2] = a1.first, sums[3] = kws_pair_second(a1);
    sums[4] = b0.first, sums[5] = kws_pair_second(b0);
    sums[6] = b1.first, sums[7] = kws_pair_second(b1);
}

void kws_patches_multiply(const kws_conv_2d *op, const void *patches, int8_t *out, unsigned count)
{
    const kws_requantization *r = &op->requantization;
    const unsigned channels = op->window.out_channels;
    const int8_t *weights = op->weights;
    for (unsigned channel = 0; channel < channels; channel += 2) {
        /* The last one of an odd number is computed twice, stored once. */
        const unsigned together = channel + 1 < channels ? 2 : 1;
        int32_t sums[2 * KWS_PATCHES];
        multiply(patches, weights, weights + (together - 1) * op->patch, op->patch,
                 r->bias[channel], r->bias[channel + together - 1], sums);
        for (unsigned i = 0; i < together; i++) {
            kws_store(r, channel + i, sums + i * KWS_PATCHES, out++, channels, count);
        }
        weights += 2 * op->patch;
    }
}

#endif
