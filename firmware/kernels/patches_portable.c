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

static void store(const kws_requantization *r, unsigned channel, const int32_t *sums, int8_t *out,
                  size_t pixel_stride)
{
    kws_scale scale = kws_scale_of(r, channel);
    for (unsigned i = 0; i < KWS_PATCHES; i++) {
        int32_t sum4 = 4 * sums[i];
        int8_t *place = out + i * pixel_stride + channel;
        if (r->rounding == KWS_ROUND_POSITIVE) {
            *place = kws_round_positive(sum4, scale);
        } else if (r->rounding == KWS_ROUND_SIGNED) {
            *place = kws_round_signed(sum4, scale);
        } else {
            *place = kws_round_general(sum4, scale);
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

/* Two output channels, sums int32 [2][KWS_PATCHES]. */
static void multiply_two(const int8_t *x, const int8_t *w, unsigned count, int32_t *sums)
{
    int32_t a0 = sums[0], a1 = sums[1], a2 = sums[2], a3 = sums[3];
    int32_t b0 = sums[4], b1 = sums[5], b2 = sums[6], b3 = sums[7];
    const int8_t *w1 = w + count;
    const int8_t *end = w1;
    do {
        int32_t a = *w++;
        int32_t b = *w1++;
        a0 += x[0] * a;
        b0 += x[0] * b;
        a1 += x[1] * a;
        b1 += x[1] * b;
        a2 += x[2] * a;
        b2 += x[2] * b;
        a3 += x[3] * a;
        b3 += x[3] * b;
        x += KWS_PATCHES;
    } while (w != end);
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
