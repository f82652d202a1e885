/* SPDX-License-Identifier: Apache-2.0 */
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

typedef struct kws_sums {
    int32_t s0, s1, s2, s3;
} kws_sums;

/* Four weights, at r2, times four of each patch, at r1; sums in r9 to r12. */
#define MULTIPLY_FOUR               \
    "ldr r3, [r2], #4\n"            \
    "sxtb16 r0, r3\n"               \
    "sxtb16 r3, r3, ror #8\n"       \
    "ldmia r1!, {r4, r5, r6, r7}\n" \
    "smlad r9, r4, r0, r9\n"        \
    "smlad r10, r6, r0, r10\n"      \
    "smlad r9, r5, r3, r9\n"        \
    "smlad r10, r7, r3, r10\n"      \
    "ldmia r1!, {r4, r5, r6, r7}\n" \
    "smlad r11, r4, r0, r11\n"      \
    "smlad r12, r6, r0, r12\n"      \
    "smlad r11, r5, r3, r11\n"      \
    "smlad r12, r7, r3, r12\n"

/* sums = sums->s0 + the products of `count` weights w (a multiple of 4) and four patches x.
 * Written out: it takes every register. */
static __attribute__((naked, noinline)) void multiply(__attribute__((unused)) kws_sums *sums,
                                                      __attribute__((unused)) const void *x,
                                                      __attribute__((unused)) const int8_t *w,
                                                      __attribute__((unused)) unsigned count)
{
    /* clang-format off */
    __asm__("push {r0, r4, r5, r6, r7, r8, r9, r10, r11, lr}\n"
            "ldr r9, [r0]\n"
            "mov r10, r9\n"
            "mov r11, r9\n"
            "mov r12, r9\n"
            "add lr, r2, r3\n"
            "tst r3, #4\n"
            "beq 2f\n"
            "1:\n" MULTIPLY_FOUR
            "cmp r2, lr\n"
            "beq 3f\n"
            "2:\n" MULTIPLY_FOUR
            "b 1b\n"
            "3:\n"
            "pop {r0}\n"
            "stmia r0, {r9, r10, r11, r12}\n"
            "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}\n");
    /* clang-format on */
}

/* `positive`: KWS_ROUND_POSITIVE. A constant where it is inlined. */
KWS_INLINE void store(kws_sums s, kws_scale scale, int8_t *out, size_t stride, bool positive)
{
    out[0] = kws_round_as(positive, s.s0, scale);
    out += stride;
    out[0] = kws_round_as(positive, s.s1, scale);
    out += stride;
    out[0] = kws_round_as(positive, s.s2, scale);
    out[stride] = kws_round_as(positive, s.s3, scale);
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
        kws_sums sums;
        sums.s0 = 4 * r->bias[channel];
        multiply(&sums, patches, weights, op->patch);
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
