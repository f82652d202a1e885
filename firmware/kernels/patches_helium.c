/* CONV_2D's inner part for Helium (Cortex-M55, M85): sixteen multiply-accumulates an
 * instruction, four pixels by one output channel in registers. */
#include "kernels/patches.h"
#include "kernels/requantize.h"

#if defined(KWS_PATCHES_HELIUM)
#include "kernels/helium.h"

void kws_patch_copy(void *patches, unsigned number, unsigned position, const int8_t *values,
                    unsigned count)
{
    if (position % 16 == 0) {
        int8_t *place = (int8_t *)patches + position * KWS_PATCHES + number * 16;
        for (; count >= 16; count -= 16) {
            vst1q_s8(place, vld1q_s8(values));
            place += 16 * KWS_PATCHES;
            values += 16;
            position += 16;
        }
    }
    while (count-- > 0) {
        kws_patch_put(patches, number, position++, *values++);
    }
}

/* Sums of the products of `count` weights and four patches. */
static inline int32x4_t multiply(int32_t bias, const int8_t *x, const int8_t *w, unsigned count)
{
    int32_t s0 = bias, s1 = bias, s2 = bias, s3 = bias;
    for (unsigned blocks = count / 16; blocks > 0; blocks--) {
        int8x16_t weights = vld1q_s8(w);
        s0 = vmladavaq_s8(s0, weights, vld1q_s8(x));
        s1 = vmladavaq_s8(s1, weights, vld1q_s8(x + 16));
        s2 = vmladavaq_s8(s2, weights, vld1q_s8(x + 32));
        s3 = vmladavaq_s8(s3, weights, vld1q_s8(x + 48));
        w += 16;
        x += 16 * KWS_PATCHES;
    }
    if (count % 16 != 0) {
        /* Lanes beyond the row are zero weights. */
        int8x16_t weights = vldrbq_z_s8(w, vctp8q(count % 16));
        s0 = vmladavaq_s8(s0, weights, vld1q_s8(x));
        s1 = vmladavaq_s8(s1, weights, vld1q_s8(x + 16));
        s2 = vmladavaq_s8(s2, weights, vld1q_s8(x + 32));
        s3 = vmladavaq_s8(s3, weights, vld1q_s8(x + 48));
    }
    int32x4_t sums = vdupq_n_s32(s0);
    sums = vsetq_lane_s32(s1, sums, 1);
    sums = vsetq_lane_s32(s2, sums, 2);
    return vsetq_lane_s32(s3, sums, 3);
}

void kws_patches_multiply(const kws_conv_2d *op, const void *patches, int8_t *out,
                          size_t pixel_stride)
{
    const kws_requantization *r = &op->requantization;
    const int8_t *weights = op->weights;
    const uint32x4_t places = vmulq_n_u32(vidupq_n_u32(0, 1), (uint32_t)pixel_stride);
    for (unsigned channel = 0; channel < op->window.out_channels; channel++) {
        int32x4_t sums = multiply(r->bias[channel], patches, weights, op->patch);
        kws_scale scale = kws_scale_of(r, channel);
        sums = vshlq_n_s32(sums, 2);
        if (r->rounding == KWS_ROUND_GENERAL) {
            int32_t values[KWS_PATCHES];
            vst1q_s32(values, sums);
            for (unsigned i = 0; i < KWS_PATCHES; i++) {
                out[i * pixel_stride] = kws_round_general(values[i], scale);
            }
        } else {
            vstrbq_scatter_offset_s32(out, places, kws_round_four(sums, scale));
        }
        weights += op->patch;
        out++;
    }
}

#endif
