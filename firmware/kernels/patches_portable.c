/* CONV_2D's inner part in plain C: four pixels by two output channels in registers. */
#include "kernels/patches.h"
#include "kernels/requantize.h"

#if defined(KWS_PATCHES_PORTABLE)

void kws_patch_copy(void *patch, unsigned position, const int8_t *values, unsigned count)
{
    int8_t *place = (int8_t *)patch + position * KWS_PATCHES;
    for (unsigned i = 0; i < count; i++) {
        *place = values[i];
        place += KWS_PATCHES;
    }
}

/* The outputs of one channel, KWS_PATCHES pixels. */
static void store(const kws_requantization *r, unsigned channel, const int32_t *sums, int8_t *out,
                  size_t pixel_stride)
{
    const kws_scale scale = kws_scale_of(r, channel);
    const int32_t *end = sums + KWS_PATCHES;
    out += channel;
    if (r->rounding == KWS_ROUND_POSITIVE) {
        for (; sums < end; sums++, out += pixel_stride) {
            *out = kws_round_positive(4 * *sums, scale);
        }
    } else if (r->rounding == KWS_ROUND_SIGNED) {
        for (; sums < end; sums++, out += pixel_stride) {
            *out = kws_round_signed(4 * *sums, scale);
        }
    } else {
        for (; sums < end; sums++, out += pixel_stride) {
            *out = kws_round_general(4 * *sums, scale);
        }
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

/* The products of position `at`: two weights, four inputs. */
#define ADD_PRODUCTS(at)                   \
    do {                                   \
        const int32_t a = w[at];           \
        const int32_t b = w1[at];          \
        int32_t value = x[4 * (at)];       \
        a0 += value * a, b0 += value * b;  \
        value = x[4 * (at) + 1];           \
        a1 += value * a, b1 += value * b;  \
        value = x[4 * (at) + 2];           \
        a2 += value * a, b2 += value * b;  \
        value = x[4 * (at) + 3];           \
        a3 += value * a, b3 += value * b;  \
    } while (0)

/* Two output channels, sums int32 [2][KWS_PATCHES]; `count` is a multiple of 4. */
static KWS_OWN_REGISTERS void multiply_two(const int8_t *x, const int8_t *w, unsigned count, int32_t *sums)
{
    int32_t a0 = sums[0], a1 = sums[1], a2 = sums[2], a3 = sums[3];
    int32_t b0 = sums[4], b1 = sums[5], b2 = sums[6], b3 = sums[7];
    const int8_t *w1 = w + count;
    for (const int8_t *end = w1; w < end; w += 4) {
        ADD_PRODUCTS(0);
        KWS_IN_ORDER();
        ADD_PRODUCTS(1);
        KWS_IN_ORDER();
        ADD_PRODUCTS(2);
        KWS_IN_ORDER();
        ADD_PRODUCTS(3);
        w1 += 4;
        x += 4 * KWS_PATCHES;
    }
    sums[0] = a0, sums[1] = a1, sums[2] = a2, sums[3] = a3;
    sums[4] = b0, sums[5] = b1, sums[6] = b2, sums[7] = b3;
}

void kws_patches_multiply(const kws_conv_2d *op, const void *patches, int8_t *out,
                          size_t pixel_stride)
{
    const kws_requantization *r = &op->requantization;
    const int8_t *weights = op->weights;
    unsigned channels = op->window.out_channels;
    for (unsigned channel = 0; channel < channels; channel += 2) {
        int32_t sums[2 * KWS_PATCHES];
        unsigned group = channels - channel > 1 ? 2 : 1;
        for (unsigned i = 0; i < KWS_PATCHES; i++) {
            sums[i] = r->bias[channel];
            sums[KWS_PATCHES + i] = r->bias[channel + group - 1];
        }
        if (group == 2) {
            multiply_two(patches, weights, op->patch, sums);
            store(r, channel + 1, sums + KWS_PATCHES, out, pixel_stride);
        } else {
            multiply_one(patches, weights, op->patch, sums);
        }
        store(r, channel, sums, out, pixel_stride);
        weights += (size_t)group * op->patch;
    }
}

#endif
