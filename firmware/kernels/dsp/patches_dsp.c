/* CONV_2D's inner part for the DSP extension of Cortex-M4, M7 and M33: two multiply-accumulates
 * an instruction, four pixels by one output channel in registers. */
#include <stdbool.h>

#include "kernels/patches.h"
#include "kernels/requantize.h"

#if defined(KWS_SET_DSP)
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

void kws_patch_copy(void *patch, unsigned position, const int8_t *values, unsigned count)
{
    if (position % 4 == 0) {
        uint32_t *place = (uint32_t *)patch + position / 4 * 2 * KWS_PATCHES;
        for (; count >= 4; count -= 4) {
            uint32_t word = load_word(values);
            /* Times 4 as two int16 at once: the bits that move across are masked away. */
            place[0] = ((uint32_t)even_bytes(word) << 2) & 0xfffcfffcu;
            place[1] = ((uint32_t)odd_bytes(word) << 2) & 0xfffcfffcu;
            place += 2 * KWS_PATCHES;
            values += 4;
            position += 4;
        }
    }
    while (count-- > 0) {
        kws_patch_put(patch, position++, *values++);
    }
}

/* Four weights times four of each patch. */
#define MULTIPLY_FOUR                          \
    "ldr %[odd], [%[w]], #4\n"                 \
    "sxtb16 %[even], %[odd]\n"                 \
    "sxtb16 %[odd], %[odd], ror #8\n"          \
    "ldmia %[x]!, {r4, r5, r6, r8}\n"          \
    "smlad %[s0], r4, %[even], %[s0]\n"        \
    "smlad %[s1], r6, %[even], %[s1]\n"        \
    "smlad %[s0], r5, %[odd], %[s0]\n"         \
    "smlad %[s1], r8, %[odd], %[s1]\n"         \
    "ldmia %[x]!, {r4, r5, r6, r8}\n"          \
    "smlad %[s2], r4, %[even], %[s2]\n"        \
    "smlad %[s3], r6, %[even], %[s3]\n"        \
    "smlad %[s2], r5, %[odd], %[s2]\n"         \
    "smlad %[s3], r8, %[odd], %[s3]\n"

typedef struct kws_sums {
    int32_t s0, s1, s2, s3;
} kws_sums;

/* Sums of the products of `count` weights (a multiple of 4) and four patches. */
static KWS_NOINLINE kws_sums multiply(int32_t bias, const void *x, const int8_t *w,
                                      unsigned count)
{
    kws_sums s = {bias, bias, bias, bias};
    const int8_t *end = w + count;
    uint32_t even, odd;
    /* r4 to r8 are loaded together, in this order. */
    __asm__ volatile("subs %[even], %[end], %[w]\n"
                     "tst %[even], #4\n"
                     "beq 2f\n"
                     "1:\n" MULTIPLY_FOUR
                     "cmp %[w], %[end]\n"
                     "beq 3f\n"
                     "2:\n" MULTIPLY_FOUR "b 1b\n"
                     "3:\n"
                     : [s0] "+&r"(s.s0), [s1] "+&r"(s.s1), [s2] "+&r"(s.s2), [s3] "+&r"(s.s3),
                       [x] "+&r"(x), [w] "+&r"(w), [even] "=&r"(even), [odd] "=&r"(odd)
                     : [end] "r"(end)
                     : "r4", "r5", "r6", "r8", "cc", "memory");
    return s;
}

/* `positive`: KWS_ROUND_POSITIVE. A constant where it is inlined. */
KWS_INLINE void store(kws_sums s, kws_scale scale, int8_t *out, size_t stride, bool positive)
{
    out[0] = positive ? kws_round_positive(s.s0, scale) : kws_round_signed(s.s0, scale);
    out += stride;
    out[0] = positive ? kws_round_positive(s.s1, scale) : kws_round_signed(s.s1, scale);
    out += stride;
    out[0] = positive ? kws_round_positive(s.s2, scale) : kws_round_signed(s.s2, scale);
    out[stride] = positive ? kws_round_positive(s.s3, scale) : kws_round_signed(s.s3, scale);
}

static void store_general(const kws_requantization *r, unsigned channel, kws_sums s, int8_t *out,
                          size_t stride)
{
    out[0] = kws_requantize(r, channel, s.s0 / 4);
    out[stride] = kws_requantize(r, channel, s.s1 / 4);
    out[2 * stride] = kws_requantize(r, channel, s.s2 / 4);
    out[3 * stride] = kws_requantize(r, channel, s.s3 / 4);
}

void kws_patches_multiply(const kws_conv_2d *op, const void *patches, int8_t *out,
                          size_t pixel_stride)
{
    const kws_requantization *r = &op->requantization;
    const int8_t *weights = op->weights;
    for (unsigned channel = 0; channel < op->window.out_channels; channel++) {
        kws_sums sums = multiply(4 * r->bias[channel], patches, weights, op->patch);
        if (r->rounding == KWS_ROUND_POSITIVE) {
            store(sums, kws_scale_of(r, channel), out, pixel_stride, true);
        } else if (r->rounding == KWS_ROUND_SIGNED) {
            store(sums, kws_scale_of(r, channel), out, pixel_stride, false);
        } else {
            store_general(r, channel, sums, out, pixel_stride);
        }
        weights += op->patch;
        out++;
    }
}

#endif
