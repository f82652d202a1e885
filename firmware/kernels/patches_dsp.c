/* CONV_2D's inner part for the DSP extension of Cortex-M4, M7 and M33: two multiply-accumulates
 * an instruction, four pixels by one output channel in registers. */
#include "kernels/patches.h"
#include "kernels/requantize.h"

#if defined(KWS_PATCHES_DSP)
#include <arm_acle.h>
#include <string.h>

static inline uint32_t load_word(const int8_t *bytes)
{
    uint32_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

/* Bytes 0 and 2, or 1 and 3, of a word as two int16. */
static inline int16x2_t even_bytes(uint32_t word)
{
    return __sxtb16((int8x4_t)word);
}

static inline int16x2_t odd_bytes(uint32_t word)
{
    int16x2_t result;
    __asm__("sxtb16 %0, %1, ror #8" : "=r"(result) : "r"(word));
    return result;
}

void kws_patch_copy(void *patches, unsigned number, const int8_t *values, unsigned count)
{
    uint32_t *patch = (uint32_t *)patches + number * 2;
    for (unsigned i = 0; i < count; i += 4) {
        uint32_t word = load_word(values + i);
        /* Times 4 as two int16 at once: the top bits that move across are masked away. */
        patch[0] = ((uint32_t)even_bytes(word) << 2) & 0xfffcfffcu;
        patch[1] = ((uint32_t)odd_bytes(word) << 2) & 0xfffcfffcu;
        patch += 2 * KWS_PATCHES;
    }
}

/* Adds the products of `count` weights (a multiple of 4) and four patches to the sums. */
static inline void multiply(const uint32_t *x, const int8_t *w, unsigned count, int32_t *sums)
{
    int32_t s0 = sums[0], s1 = sums[1], s2 = sums[2], s3 = sums[3];
    const int8_t *end = w + count;
    uint32_t even, odd;
    __asm__ volatile(
        "1:\n"
        "ldr %[odd], [%[w]], #4\n"
        "sxtb16 %[even], %[odd]\n"
        "sxtb16 %[odd], %[odd], ror #8\n"
        "ldmia %[x]!, {r4, r5, r6, r8}\n"
        "smlad %[s0], r4, %[even], %[s0]\n"
        "smlad %[s0], r5, %[odd], %[s0]\n"
        "smlad %[s1], r6, %[even], %[s1]\n"
        "smlad %[s1], r8, %[odd], %[s1]\n"
        "ldmia %[x]!, {r4, r5, r6, r8}\n"
        "smlad %[s2], r4, %[even], %[s2]\n"
        "smlad %[s2], r5, %[odd], %[s2]\n"
        "smlad %[s3], r6, %[even], %[s3]\n"
        "smlad %[s3], r8, %[odd], %[s3]\n"
        "cmp %[w], %[end]\n"
        "bne 1b\n"
        : [s0] "+&r"(s0), [s1] "+&r"(s1), [s2] "+&r"(s2), [s3] "+&r"(s3), [x] "+&r"(x),
          [w] "+&r"(w), [even] "=&r"(even), [odd] "=&r"(odd)
        : [end] "r"(end)
        : "r4", "r5", "r6", "r8", "cc", "memory");
    sums[0] = s0, sums[1] = s1, sums[2] = s2, sums[3] = s3;
}

void kws_patches_multiply(const kws_conv_2d *op, const void *patches, int8_t *out,
                          size_t pixel_stride)
{
    const kws_requantization *r = &op->requantization;
    const int8_t *weights = op->weights;
    for (unsigned channel = 0; channel < op->window.out_channels; channel++) {
        int32_t bias = 4 * r->bias[channel];
        int32_t sums[KWS_PATCHES] = {bias, bias, bias, bias};
        multiply(patches, weights, op->patch, sums);
        kws_scale scale = kws_scale_of(r, channel);
        int8_t *place = out + channel;
        for (unsigned i = 0; i < KWS_PATCHES; i++) {
            if (r->rounding == KWS_ROUND_POSITIVE) {
                *place = kws_round_positive(sums[i], scale);
            } else if (r->rounding == KWS_ROUND_SIGNED) {
                *place = kws_round_signed(sums[i], scale);
            } else {
                *place = kws_round_general(sums[i], scale);
            }
            place += pixel_stride;
        }
        weights += op->patch;
    }
}

#endif
