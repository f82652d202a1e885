/* SPDX-License-Identifier: Apache-2.0 */
/* CONV_2D's inner part for Helium (Cortex-M55, M85): sixteen multiply-accumulates an instruction.
 * A patch of more than a vector: multiply_wide.h. A smaller one: the weights of four channels stay in
 * registers. Loops are written out: GCC 12 spills there. */
#include "kernels/patches.h"

#if defined(KWS_SET_HELIUM)
#include "kernels/helium/multiply_wide.h"
#include "kernels/helium/rounding.h"

/* The outputs of `count` pixels, each as wide as `step`, for four channels: patches and rows of up to
 * sixteen values, in a vector each. */
#define NARROW(fix_negative)                                                                    \
    __asm__ volatile(                                                                           \
        "dls lr, %[count]\n"                                                                    \
        "1:\n"                                                                                  \
        "vldrb.8 %q[t], [%[x]], #16\n"                                                          \
        "vmladav.s8 %[s0], %q[t], %q[w0]\n"                                                     \
        "vmladav.s8 %[s1], %q[t], %q[w1]\n"                                                     \
        "vmladav.s8 %[s2], %q[t], %q[w2]\n"                                                     \
        "vmladav.s8 %[s3], %q[t], %q[w3]\n"                                                     \
        "vmov %q[t][2], %q[t][0], %[s0], %[s2]\n"                                               \
        "vmov %q[t][3], %q[t][1], %[s1], %[s3]\n"                                               \
        "vldrw.32 %q[c], [%[bias]]\n"                                                           \
        "vadd.i32 %q[t], %q[t], %q[c]\n"                                                        \
        "vqrdmulh.s32 %q[t], %q[t], %q[multiplier]\n" fix_negative                              \
        "vrshl.s32 %q[t], %q[t], %q[shift]\n"                                                   \
        "vadd.i32 %q[t], %q[t], %[zero_point]\n"                                                \
        "vqmovnb.s32 %q[t], %q[t]\n"                                                            \
        "vqmovnb.s16 %q[t], %q[t]\n"                                                            \
        "vstrb.32 %q[t], [%[place]]\n"                                                          \
        "add %[place], %[place], %[step]\n"                                                     \
        "le lr, 1b\n"                                                                           \
        : [s0] "=&Te"(s0), [s1] "=&Te"(s1), [s2] "=&Te"(s2), [s3] "=&Te"(s3), [x] "+&r"(x),     \
          [place] "+&l"(place), [t] "=&w"(t), [c] "=&w"(c)                                      \
        : [w0] "w"(w0), [w1] "w"(w1), [w2] "w"(w2), [w3] "w"(w3), [multiplier] "w"(multiplier), \
          [shift] "w"(shift), [bias] "r"(bias), [zero_point] "r"((int32_t)r->zero_point),       \
          [count] "r"(count), [step] "r"(step)                                                  \
        : "lr", "memory")
#define NEGATIVE_BY_C              \
    "vshr.s32 %q[c], %q[t], #31\n" \
    "vadd.i32 %q[t], %q[t], %q[c]\n"

static void multiply_narrow(const kws_conv_2d *op, const int8_t *patches, unsigned fours,
                            int8_t *out, unsigned count)
{
    const kws_requantization *r = &op->requantization;
    const unsigned step = op->window.out_channels, row = op->patch;
    const mve_pred16_t inside = vctp8q(row);
    const bool negative = r->rounding == KWS_ROUND_SIGNED;
    const int8_t *weights = op->weights;
    for (unsigned channel = 0; channel < 4 * fours; channel += 4) {
        const int8x16_t w0 = vldrbq_z_s8(weights, inside);
        const int8x16_t w1 = vldrbq_z_s8(weights + row, inside);
        const int8x16_t w2 = vldrbq_z_s8(weights + 2 * row, inside);
        const int8x16_t w3 = vldrbq_z_s8(weights + 3 * row, inside);
        const int32x4_t multiplier = vldrwq_s32(r->multiplier + channel);
        const int32x4_t shift = vnegq_s32(vldrbq_s32(r->shift + channel));
        const int32_t *bias = r->bias + channel;
        const int8_t *x = patches;
        int8_t *place = out + channel;
        int8x16_t t, c;
        int32_t s0, s1, s2, s3;
        if (negative) {
            NARROW(NEGATIVE_BY_C);
        } else {
            NARROW("");
        }
        weights += 4 * row;
    }
}

static void multiply_fours(const kws_conv_2d *op, const int8_t *patches, unsigned fours,
                           int8_t *out, unsigned count)
{
    const kws_requantization *r = &op->requantization;
    if (op->patch <= KWS_SLICE) {
        multiply_narrow(op, patches, fours, out, count);
        return;
    }
    const unsigned more = op->patch / KWS_SLICE - 1, tail = op->patch % KWS_SLICE;
    kws_job job = {
        .shift = r->shift,
        .bias = r->bias,
        .multiplier = r->multiplier,
        .zero_point = r->zero_point,
        .negative = r->rounding == KWS_ROUND_SIGNED,
        .patches = patches,
        .loops = (more + 1) / 2 * 2 + more % 2,
        .tail = tail,
        .two_rows = 2u * op->patch,
        .inside = vctp8q(tail),
    };
    for (unsigned i = 0; i < KWS_PATCHES; i++) {
        job.out[i] = out + (i < count ? i : count - 1) * (size_t)op->window.out_channels;
    }
    if (op->patch == 4 * KWS_SLICE) {
        multiply_64(&job, op->weights, fours);
    } else {
        multiply_wide(&job, op->weights, fours);
    }
}

/* The sum of one channel for the pixel at `patch`. */
static int32_t channel_sum(const int8_t *patch, const int8_t *weights, unsigned count)
{
    int32_t sum = 0;
    for (unsigned i = 0; i < count; i += KWS_SLICE) {
        const mve_pred16_t inside = vctp8q(count - i);
        sum = vmladavaq_s8(sum, vldrbq_z_s8(patch + i * KWS_PATCHES, inside),
                           vldrbq_z_s8(weights + i, inside));
    }
    return sum;
}

void kws_patches_multiply(const kws_conv_2d *op, const void *patches, int8_t *out, unsigned count)
{
    const kws_requantization *r = &op->requantization;
    const unsigned channels = op->window.out_channels;
    const unsigned fours = r->rounding == KWS_ROUND_GENERAL ? 0 : channels / 4;
    if (fours > 0) {
        multiply_fours(op, patches, fours, out, count);
    }
    for (unsigned channel = 4 * fours; channel < channels; channel++) {
        const int8_t *weights = op->weights + (size_t)channel * op->patch;
        for (unsigned i = 0; i < count; i++) {
            const int8_t *patch = (const int8_t *)patches + KWS_SLICE * i;
            const int32_t sum = r->bias[channel] + channel_sum(patch, weights, op->patch);
            out[channel + (size_t)i * channels] = kws_requantize(r, channel, sum);
        }
    }
}

#endif
