/* CONV_2D's inner part in plain C: four pixels by two output channels in registers. */
#include "kernels/patches.h"
#include "kernels/requantize.h"

#if defined(KWS_PATCHES_PORTABLE)

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

/* The outputs of one channel, KWS_PATCHES pixels. */
static void store(const kws_requantization *r, unsigned channel, const int32_t *sums, int8_t *out,
                  size_t pixel_stride)
{
    int8_t *out1 = out + pixel_stride, *out2 = out1 + pixel_stride, *out3 = out2 + pixel_stride;
    if (r->rounding == KWS_ROUND_POSITIVE) {
        const kws_scale scale = kws_scale_of(r, channel);
        out[channel] = kws_round_positive(4 * sums[0], scale);
        out1[channel] = kws_round_positive(4 * sums[1], scale);
        out2[channel] = kws_round_positive(4 * sums[2], scale);
        out3[channel] = kws_round_positive(4 * sums[3], scale);
    } else {
        out[channel] = kws_requantize(r, channel, sums[0]);
        out1[channel] = kws_requantize(r, channel, sums[1]);
        out2[channel] = kws_requantize(r, channel, sums[2]);
        out3[channel] = kws_requantize(r, channel, sums[3]);
    }
}

/* One output channel; the odd one of an odd number. */
static void multiply_one(const int8_t *x, const int8_t *w, unsigned count, int32_t *sums)
{
    for (unsigned i = 0; i < count; i++) {
        for (unsigned j = 0; j < KWS_PATCHES; j++) {
            sums[j] += *x++ * w[i];
        }
    }
}

/* Keeps the compiler from loading everything first, for which there are no registers. */
#if defined(__GNUC__)
#define KWS_IN_ORDER() __asm__ volatile("" : : : "memory")
#define KWS_OWN_REGISTERS __attribute__((noinline))
#else
#define KWS_IN_ORDER() ((void)0)
#define KWS_OWN_REGISTERS
#endif

/* Output channels in registers at a time: RISC-V has twice as many as the others. */
#if defined(__riscv)
#define CHANNELS 4
#else
#define CHANNELS 2
#endif

/* The products of position `at` and one patch: its input times a weight a channel. */
#if CHANNELS == 4
#define ADD_PRODUCT(at, patch)                                    \
    value = x[4 * (at) + (patch)];                                \
    a##patch += value * wa, b##patch += value * wb;               \
    c##patch += value * wc, d##patch += value * wd;               \
    KWS_IN_ORDER()
#define LOAD_WEIGHTS(at) wa = pa[at], wb = pb[at], wc = pc[at], wd = pd[at]
#else
#define ADD_PRODUCT(at, patch)     \
    value = x[4 * (at) + (patch)]; \
    a##patch += value * wa, b##patch += value * wb
#define LOAD_WEIGHTS(at) wa = pa[at], wb = pb[at]
#endif
#define ADD_PRODUCTS(at) \
    LOAD_WEIGHTS(at);    \
    ADD_PRODUCT(at, 0);  \
    ADD_PRODUCT(at, 1);  \
    ADD_PRODUCT(at, 2);  \
    ADD_PRODUCT(at, 3);  \
    KWS_IN_ORDER()

/* CHANNELS output channels, sums int32 [CHANNELS][KWS_PATCHES]; `count` is a multiple of 4. */
static KWS_OWN_REGISTERS void multiply_group(const int8_t *x, const int8_t *w, unsigned count,
                                             int32_t *sums)
{
    const int8_t *pa = w, *pb = w + count;
    int32_t value, wa, wb;
    int32_t a0 = sums[0], a1 = sums[1], a2 = sums[2], a3 = sums[3];
    int32_t b0 = sums[4], b1 = sums[5], b2 = sums[6], b3 = sums[7];
#if CHANNELS == 4
    const int8_t *pc = pb + count, *pd = pc + count;
    int32_t wc, wd;
    int32_t c0 = sums[8], c1 = sums[9], c2 = sums[10], c3 = sums[11];
    int32_t d0 = sums[12], d1 = sums[13], d2 = sums[14], d3 = sums[15];
#endif
    for (; count > 0; count -= 4) {
        ADD_PRODUCTS(0);
        ADD_PRODUCTS(1);
        ADD_PRODUCTS(2);
        ADD_PRODUCTS(3);
        pa += 4, pb += 4;
#if CHANNELS == 4
        pc += 4, pd += 4;
#endif
        x += 4 * KWS_PATCHES;
    }
    sums[0] = a0, sums[1] = a1, sums[2] = a2, sums[3] = a3;
    sums[4] = b0, sums[5] = b1, sums[6] = b2, sums[7] = b3;
#if CHANNELS == 4
    sums[8] = c0, sums[9] = c1, sums[10] = c2, sums[11] = c3;
    sums[12] = d0, sums[13] = d1, sums[14] = d2, sums[15] = d3;
#endif
}

void kws_patches_multiply(const kws_conv_2d *op, const void *patches, int8_t *out,
                          size_t pixel_stride)
{
    const kws_requantization *r = &op->requantization;
    const int8_t *weights = op->weights;
    const unsigned channels = op->window.out_channels;
    unsigned group;
    for (unsigned channel = 0; channel < channels; channel += group) {
        int32_t sums[CHANNELS * KWS_PATCHES];
        group = channels - channel >= CHANNELS ? CHANNELS : 1;
        for (unsigned i = 0; i < group; i++) {
            int32_t *own = sums + i * KWS_PATCHES;
            own[0] = own[1] = own[2] = own[3] = r->bias[channel + i];
        }
        if (group == CHANNELS) {
            multiply_group(patches, weights, op->patch, sums);
        } else {
            multiply_one(patches, weights, op->patch, sums);
        }
        for (unsigned i = 0; i < group; i++) {
            store(r, channel + i, sums + i * KWS_PATCHES, out, pixel_stride);
        }
        weights += (size_t)group * op->patch;
    }
}

#endif
