/* SPDX-License-Identifier: Apache-2.0 */
/* CONV_2D's inner part in plain C: four pixels by two output channels in registers. */
#include "kernels/patches.h"

#if !defined(KWS_OWN_PATCHES)
#include "kernels/patches_store.h"

void kws_patch_copy(void *patch, unsigned position, const int8_t *values, unsigned count)
{
    int8_t *place = (int8_t *)patch + position * KWS_PATCHES;
    for (; count >= 4; count -= 4) {
        place[0] = values[0];
        place[KWS_PATCHES] = values[1];
        place[2 * KWS_PATCHES] = values[2];
        place[3 * KWS_PATCHES] = values[3];
        place += 4 * KWS_PATCHES;
        values += 4;
    }
    for (; count > 0; count--) {
        *place = *values++;
        place += KWS_PATCHES;
    }
}

/* One output channel: the odd one of an odd number. */
static void multiply_one(const int8_t *x, const int8_t *w, unsigned count, int32_t *sums)
{
    for (unsigned i = 0; i < count; i++) {
        for (unsigned j = 0; j < KWS_PATCHES; j++) {
            sums[j] += *x++ * w[i];
        }
    }
}

/* The products of position `at` and one patch: its input times a weight a channel. */
#define ADD_PRODUCT(at, patch)     \
    value = x[4 * (at) + (patch)]; \
    a##patch += value * wa, b##patch += value * wb
#define ADD_PRODUCTS(at)      \
    wa = pa[at], wb = pb[at]; \
    ADD_PRODUCT(at, 0);       \
    ADD_PRODUCT(at, 1);       \
    ADD_PRODUCT(at, 2);       \
    ADD_PRODUCT(at, 3)

/* Two output channels, sums int32 [2][KWS_PATCHES]; `count` is a multiple of 4. */
static KWS_NOINLINE void multiply_two(const int8_t *x, const int8_t *w, unsigned count,
                                      int32_t *sums)
{
    const int8_t *pa = w, *pb = w + count;
    int32_t value, wa, wb;
    int32_t a0 = sums[0], a1 = sums[1], a2 = sums[2], a3 = sums[3];
    int32_t b0 = sums[4], b1 = sums[5], b2 = sums[6], b3 = sums[7];
    for (; count > 0; count -= 4) {
        ADD_PRODUCTS(0);
        ADD_PRODUCTS(1);
        ADD_PRODUCTS(2);
        ADD_PRODUCTS(3);
        pa += 4, pb += 4;
        x += 4 * KWS_PATCHES;
    }
    sums[0] = a0, sums[1] = a1, sums[2] = a2, sums[3] = a3;
    sums[4] = b0, sums[5] = b1, sums[6] = b2, sums[7] = b3;
}

void kws_patches_multiply(const kws_conv_2d *op, const void *patches, int8_t *out, unsigned count)
{
    const kws_requantization *r = &op->requantization;
    const int8_t *weights = op->weights;
    const unsigned channels = op->window.out_channels;
    unsigned together;
    for (unsigned channel = 0; channel < channels; channel += together) {
        int32_t sums[2 * KWS_PATCHES];
        together = channel + 1 < channels ? 2 : 1;
        for (unsigned i = 0; i < together; i++) {
            int32_t *own = sums + i * KWS_PATCHES;
            own[0] = own[1] = own[2] = own[3] = r->bias[channel + i];
        }
        if (together == 2) {
            multiply_two(patches, weights, op->patch, sums);
        } else {
            multiply_one(patches, weights, op->patch, sums);
        }
        for (unsigned i = 0; i < together; i++) {
            kws_store(r, channel + i, sums + i * KWS_PATCHES, out++, channels, count);
        }
        weights += (size_t)together * op->patch;
    }
}

#endif
