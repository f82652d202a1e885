/* SPDX-License-Identifier: Apache-2.0 */
/* CONV_2D's inner part for the DSP extension of Cortex-M4, M7 and M33: two multiply-accumulates
 * an instruction, four pixels by one output channel in registers. */
#include "kernels/patches.h"
#include "kernels/requantize.h"

#if defined(KWS_SET_DSP)
#include <arm_acle.h>
#include <string.h>

#include "kernels/dsp/patches_dsp.h"
#include "kernels/dsp/round.h"

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

/* For times 4 as two int16 at once: the bits that move across are masked away. In a register: an AND
 * shifts, as GCC would not with a constant. */
static inline uint32_t times_four_mask(void)
{
    uint32_t mask = 0xfffcfffcu;
    __asm__("" : "+r"(mask));
    return mask;
}

void kws_patches_copy(void *patches, const int8_t *pixels, unsigned size)
{
    const uint32_t mask = times_four_mask();
    const int8_t *second = pixels + size, *third = second + size, *fourth = third + size;
    uint32_t *place = patches;
    for (const int8_t *end = second; pixels != end; pixels += 4) {
        const uint32_t a = load_word(pixels), b = load_word(second);
        const uint32_t c = load_word(third), d = load_word(fourth);
        place[0] = mask & (uint32_t)even_bytes(a) << 2;
        place[1] = mask & (uint32_t)even_bytes(b) << 2;
        place[2] = mask & (uint32_t)even_bytes(c) << 2;
        place[3] = mask & (uint32_t)even_bytes(d) << 2;
        place[4] = mask & (uint32_t)odd_bytes(a) << 2;
        place[5] = mask & (uint32_t)odd_bytes(b) << 2;
        place[6] = mask & (uint32_t)odd_bytes(c) << 2;
        place[7] = mask & (uint32_t)odd_bytes(d) << 2;
        place += 2 * KWS_PATCHES;
        second += 4, third += 4, fourth += 4;
    }
}

void kws_patch_copy(void *patch, unsigned position, const int8_t *values, unsigned count)
{
    if (position % 4 == 0) {
        uint32_t *place = (uint32_t *)patch + position / 4 * 2 * KWS_PATCHES;
        const uint32_t mask = times_four_mask();
        position += count & ~3u;
        for (; count >= 8; count -= 8) {
            const uint32_t word = load_word(values), next = load_word(values + 4);
            place[0] = mask & (uint32_t)even_bytes(word) << 2;
            place[KWS_PATCHES] = mask & (uint32_t)odd_bytes(word) << 2;
            place[2 * KWS_PATCHES] = mask & (uint32_t)even_bytes(next) << 2;
            place[3 * KWS_PATCHES] = mask & (uint32_t)odd_bytes(next) << 2;
            place += 4 * KWS_PATCHES;
            values += 8;
        }
        if (count >= 4) {
            const uint32_t word = load_word(values);
            place[0] = mask & (uint32_t)even_bytes(word) << 2;
            place[KWS_PATCHES] = mask & (uint32_t)odd_bytes(word) << 2;
            values += 4;
            count -= 4;
        }
    }
    while (count-- > 0) {
        kws_patch_put(patch, position++, *values++);
    }
}

/* What multiply() needs, in the order in which it loads it. */
typedef struct kws_job {
    const int32_t *multiplier;
    const int8_t *shift;
    int32_t half; /* 2 * zero_point + 1 */
    int8_t *out[KWS_PATCHES];
    uint32_t channel; /* the next one */
    const void *patches;
    uint32_t patch; /* weights of a channel */
    const int32_t *bias;
    uint32_t channels;
} kws_job;
#define OUT_3 "-4"
#define CHANNEL "0"
#define CHANNELS "16"

/* Four weights, at r2, times four of each patch, at r1; sums in r9 to r12. */
#define MULTIPLY_FOUR               \
    "ldr r3, [r2], #4\n"            \
    "sxtb16 r0, r3\n"               \
    "sxtb16 r3, r3, ror #8\n"       \
    "ldmia r1!, {r4, r5, r6, r7}\n" \
    "smlad r9, r4, r0, r9\n"        \
    "smlad r10, r5, r0, r10\n"      \
    "smlad r11, r6, r0, r11\n"      \
    "smlad r12, r7, r0, r12\n"      \
    "ldmia r1!, {r4, r5, r6, r7}\n" \
    "smlad r9, r4, r3, r9\n"        \
    "smlad r10, r5, r3, r10\n"      \
    "smlad r11, r6, r3, r11\n"      \
    "smlad r12, r7, r3, r12\n"

/* All channels of four pixels. r8: the job's `channel`. Written out: it takes every register. */
#define MULTIPLY_ALL(ROUND)                                   \
    "push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n"           \
    "mov r2, r0\n"                                            \
    "mov r8, r1\n"                                            \
    "1:\n"                                                    \
    "ldmia r8, {r0, r1, r3, r4}\n"                            \
    "ldr r9, [r4, r0, lsl #2]\n"                              \
    "lsl r9, r9, #2\n"                                        \
    "mov r10, r9\n"                                           \
    "mov r11, r9\n"                                           \
    "mov r12, r9\n"                                           \
    "add lr, r2, r3\n"                                        \
    "tst r3, #4\n"                                            \
    "bne 3f\n"                                                \
    "2:\n" MULTIPLY_FOUR "3:\n" MULTIPLY_FOUR "cmp r2, lr\n"  \
    "bne 2b\n"                                                \
    "ldmdb r8, {r1, r3, r4, r5, r6, r7, lr}\n"                \
    "ldr r0, [r8, #" CHANNEL "]\n"                            \
    "ldr r1, [r1, r0, lsl #2]\n"                              \
    "ldrsb r3, [r3, r0]\n"                                    \
    "lsl r4, r4, r3\n"                                        \
    "add r4, r4, #1\n"                                        \
    "add r3, r3, #1\n" ROUND("r12") ROUND("r11") ROUND("r10") \
        ROUND("r9") "ldr lr, [r8, #" OUT_3 "]\n"              \
                    "strb r9, [r5, r0]\n"                     \
                    "strb r10, [r6, r0]\n"                    \
                    "strb r11, [r7, r0]\n"                    \
                    "strb r12, [lr, r0]\n"                    \
                    "add r0, r0, #1\n"                        \
                    "ldr r3, [r8, #" CHANNELS "]\n"           \
                    "str r0, [r8, #" CHANNEL "]\n"            \
                    "cmp r0, r3\n"                            \
                    "bne 1b\n"                                \
                    "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}\n"

static __attribute__((naked, noinline)) void multiply_positive(__attribute__((unused))
                                                               const int8_t *weights,
                                                               __attribute__((unused))
                                                               uint32_t *channel)
{
    __asm__(MULTIPLY_ALL(KWS_ASM_ROUND_POSITIVE));
}

static __attribute__((naked, noinline)) void multiply_signed(__attribute__((unused))
                                                             const int8_t *weights,
                                                             __attribute__((unused))
                                                             uint32_t *channel)
{
    __asm__(MULTIPLY_ALL(KWS_ASM_ROUND_SIGNED));
}

/* KWS_ROUND_GENERAL, in plain C: it is rare. */
static void multiply_general(const kws_conv_2d *op, const int16_t *patches, int8_t *out,
                             unsigned count)
{
    for (unsigned channel = 0; channel < op->window.out_channels; channel++) {
        const int8_t *weights = op->weights + (size_t)channel * op->patch;
        for (unsigned i = 0; i < count; i++) {
            const int16_t *x = kws_patch_start(op, (void *)(uintptr_t)patches, i);
            int32_t sum = 0;
            for (unsigned at = 0; at < op->patch; at += 4) {
                const int8_t *w = weights + at;
                sum += x[0] * w[0] + x[1] * w[2];
                sum += x[2 * KWS_PATCHES] * w[1] + x[2 * KWS_PATCHES + 1] * w[3];
                x += 4 * KWS_PATCHES;
            }
            sum = op->requantization.bias[channel] + sum / 4;
            out[channel + i * op->window.out_channels] =
                kws_requantize(&op->requantization, channel, sum);
        }
    }
}

void kws_patches_multiply_from(const kws_conv_2d *op, uint32_t first, const void *patches,
                               int8_t *out, unsigned count)
{
    const kws_requantization *r = &op->requantization;
    const int8_t *weights = op->weights + (size_t)first * op->patch;
    kws_job job = {
        .multiplier = r->multiplier,
        .shift = r->shift,
        .half = 2 * r->zero_point + 1,
        .channel = first,
        .patches = patches,
        .patch = op->patch,
        .bias = r->bias,
        .channels = op->window.out_channels,
    };
    for (unsigned i = 0; i < KWS_PATCHES; i++) {
        /* Patches beyond `count` repeat the last one. */
        job.out[i] = out + (i < count ? i : count - 1) * (size_t)op->window.out_channels;
    }
    if (r->rounding == KWS_ROUND_POSITIVE) {
        multiply_positive(weights, &job.channel);
    } else {
        multiply_signed(weights, &job.channel);
    }
}

void kws_patches_multiply(const kws_conv_2d *op, const void *patches, int8_t *out, unsigned count)
{
    if (op->requantization.rounding == KWS_ROUND_GENERAL) {
        multiply_general(op, patches, out, count);
        return;
    }
    kws_patches_multiply_from(op, 0, patches, out, count);
}

#endif
