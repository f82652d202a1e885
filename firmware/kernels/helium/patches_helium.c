/* SPDX-License-Identifier: Apache-2.0 */
/* CONV_2D's inner part for Helium (Cortex-M55, M85): sixteen multiply-accumulates an
 * instruction, four pixels by one output channel in registers. */
#include "kernels/patches.h"
#include "kernels/requantize.h"

#if defined(KWS_SET_HELIUM)
#include "kernels/helium/rounding.h"

void kws_patch_copy(void *patch, unsigned position, const int8_t *values, unsigned count)
{
    while (count > 0) {
        unsigned room = 16 - position % 16;
        unsigned now = count < room ? count : room;
        mve_pred16_t inside = vctp8q(now);
        int8_t *place = (int8_t *)patch + (position & ~15u) * KWS_PATCHES + position % 16;
        vstrbq_p_s8(place, vldrbq_z_s8(values, inside), inside);
        position += now;
        values += now;
        count -= now;
    }
}

/* The sums of the products of `count` weights and four patches, and of the bias. The loop, whose
 * last round leaves out the lanes beyond `count`, is written out: GCC 12 cannot. */
KWS_INLINE int32x4_t multiply(int32_t bias, const int8_t *x, const int8_t *w, unsigned count)
{
    int32_t s0 = bias, s1 = bias, s2 = bias, s3 = bias;
    int8x16_t weights, values;
    __asm__("dlstp.8 lr, %[count]\n"
            "1:\n"
            "vldrb.8 %q[weights], [%[w]], #16\n"
            "vldrb.8 %q[values], [%[x]], #16\n"
            "vmladava.s8 %[s0], %q[weights], %q[values]\n"
            "vldrb.8 %q[values], [%[x]], #16\n"
            "vmladava.s8 %[s1], %q[weights], %q[values]\n"
            "vldrb.8 %q[values], [%[x]], #16\n"
            "vmladava.s8 %[s2], %q[weights], %q[values]\n"
            "vldrb.8 %q[values], [%[x]], #16\n"
            "vmladava.s8 %[s3], %q[weights], %q[values]\n"
            "letp lr, 1b\n"
            : [s0] "+&Te"(s0), [s1] "+&Te"(s1), [s2] "+&Te"(s2), [s3] "+&Te"(s3), [w] "+&r"(w),
              [x] "+&r"(x), [weights] "=&w"(weights), [values] "=&w"(values)
            : [count] "r"(count)
            : "lr", "memory");
    int32x4_t sums;
    __asm__("vmov %q[sums][2], %q[sums][0], %[s0], %[s2]\n"
            "vmov %q[sums][3], %q[sums][1], %[s1], %[s3]\n"
            : [sums] "=&w"(sums)
            : [s0] "r"(s0), [s1] "r"(s1), [s2] "r"(s2), [s3] "r"(s3));
    return sums;
}

static void multiply_general(const kws_conv_2d *op, const void *patches, int8_t *out,
                             size_t pixel_stride)
{
    const kws_requantization *r = &op->requantization;
    const int8_t *weights = op->weights;
    for (unsigned channel = 0; channel < op->window.out_channels; channel++) {
        int32_t sums[KWS_PATCHES];
        vst1q_s32(sums, multiply(r->bias[channel], patches, weights, op->patch));
        for (unsigned i = 0; i < KWS_PATCHES; i++) {
            out[i * pixel_stride] = kws_requantize(r, channel, sums[i]);
        }
        weights += op->patch;
        out++;
    }
}

/* `positive`: KWS_ROUND_POSITIVE. A constant where it is inlined. */
KWS_INLINE void multiply_all(const kws_conv_2d *op, const void *patches, int8_t *out,
                             size_t pixel_stride, bool positive)
{
    const kws_requantization *r = &op->requantization;
    const uint32x4_t places = vmulq_n_u32(vidupq_n_u32(0, 1), (uint32_t)pixel_stride);
    const unsigned count = op->patch;
    const unsigned channels = op->window.out_channels;
    const int8_t *weights = op->weights;
    const int32_t *bias = r->bias, *multiplier = r->multiplier;
    const int8_t *shift = r->shift;
    const int32_t zero_point = r->zero_point;
    for (int8_t *end = out + channels; out < end; out++) {
        int32x4_t sums = multiply(*bias++, patches, weights, count);
        kws_scale scale = {*multiplier++, 0, *shift++ + 1, zero_point};
        vstrbq_scatter_offset_s32(out, places, kws_round_four(sums, scale, positive));
        weights += count;
    }
}

void kws_patches_multiply(const kws_conv_2d *op, const void *patches, int8_t *out,
                          size_t pixel_stride)
{
    if (op->requantization.rounding == KWS_ROUND_POSITIVE) {
        multiply_all(op, patches, out, pixel_stride, true);
    } else if (op->requantization.rounding == KWS_ROUND_SIGNED) {
        multiply_all(op, patches, out, pixel_stride, false);
    } else {
        multiply_general(op, patches, out, pixel_stride);
    }
}

#endif
