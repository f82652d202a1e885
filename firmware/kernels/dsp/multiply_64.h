/* SPDX-License-Identifier: Apache-2.0 */
/* The innermost loop of CONV_2D for patches of 64 values, which networks like: four pixels by two output
 * channels share each load. A second row of weights takes a register more than there are: here it lies at
 * an offset that an instruction holds. */
#ifndef KWS_DSP_MULTIPLY_64_H
#define KWS_DSP_MULTIPLY_64_H

#include "kernels/dsp/round.h"
#include "kernels/patches.h"

/* What kws_multiply_64() hands to its loop; the first four are loaded together. */
typedef struct kws_job_64 {
    const int32_t *multiplier;
    const int8_t *shift;
    int32_t half;     /* 2 * zero_point + 1 */
    uint32_t channel; /* the first of the next two */
    uint32_t channels;
    const int32_t *bias; /* of the next two */
    const void *patches;
    int8_t *out;       /* of the next two, of the first pixel */
    uint32_t step;     /* to the next pixel */
    uint32_t negative; /* KWS_ROUND_SIGNED */
} kws_job_64;
#define KWS_CHANNEL_64 "12"
#define KWS_CHANNELS_64 "16"
#define KWS_BIAS_64 "20"
#define KWS_PATCHES_64 "24"
#define KWS_OUT_64 "28"
#define KWS_STEP_64 "32"
#define KWS_NEGATIVE_64 "36"
_Static_assert(offsetof(kws_job_64, negative) == 36, "see KWS_NEGATIVE_64");

/* Two of four weights of each channel, at r3 + `w`, times those of the pixels, at r2 + `x` and so on. */
#define KWS_TWO_OF_FOUR(w, pixels, more, split)                   \
    "ldr r0, [r3, #" w "]\n"                                      \
    "ldr r1, [r3, #64+" w "]\n" pixels "sxtb16 r0, r0" split "\n" \
    "sxtb16 r1, r1" split "\n"                                    \
    "smlad r5, r4, r0, r5\n"                                      \
    "smlad r9, r4, r1, r9\n"                                      \
    "smlad r6, lr, r0, r6\n"                                      \
    "smlad r10, lr, r1, r10\n"                                    \
    "ldrd r4, lr, [r2, #" more "]\n"                              \
    "smlad r7, r4, r0, r7\n"                                      \
    "smlad r11, r4, r1, r11\n"                                    \
    "smlad r8, lr, r0, r8\n"                                      \
    "smlad r12, lr, r1, r12\n"
/* Of a Cortex-M4's loads those that follow one another take a cycle each, and one more; LDRD is one
 * instruction less, but takes part in no such row. */
#define KWS_FOUR_64(w, x)                       \
    KWS_TWO_OF_FOUR(w,                          \
                    "ldr r4, [r2, #" x "]\n"    \
                    "ldr lr, [r2, #" x "+4]\n", \
                    x "+8", "")                 \
    KWS_TWO_OF_FOUR(w, "ldrd r4, lr, [r2, #" x "+16]\n", x "+24", ", ror #8")

/* The constants of the channel in lr, for ROUND. */
#define KWS_SCALE_64             \
    "ldr r1, [r1, lr, lsl #2]\n" \
    "ldrsb r3, [r3, lr]\n"       \
    "lsl r4, r4, r3\n"           \
    "add r4, r4, #1\n"           \
    "add r3, r3, #1\n"
#define KWS_ROUND_64(ROUND)                                                               \
    "ldmia r0, {r1, r3, r4, lr}\n" KWS_SCALE_64 ROUND("r5") ROUND("r6") ROUND("r7")       \
        ROUND("r8") "ldmia r0, {r1, r3, r4, lr}\n"                                        \
                    "add lr, lr, #1\n" KWS_SCALE_64 ROUND("r9") ROUND("r10") ROUND("r11") \
                        ROUND("r12")

#define KWS_EIGHT_64(w, x) KWS_FOUR_64(w, x) KWS_FOUR_64(w "+4", x "+32")
#define KWS_SIXTEEN_64(w, x) KWS_EIGHT_64(w, x) KWS_EIGHT_64(w "+8", x "+64")

/* All channels, two at a time, whose number is even. r2: the next weights, once the pixels are used. */
static __attribute__((naked, noinline)) void
kws_loop_64(__attribute__((unused)) kws_job_64 *job, __attribute__((unused)) const int8_t *weights)
{
    __asm__("push {r0, r4, r5, r6, r7, r8, r9, r10, r11, lr}\n"
            "mov r3, r1\n"
            "1:\n"
            "ldr r2, [r0, #" KWS_PATCHES_64 "]\n"
            "ldr r4, [r0, #" KWS_BIAS_64 "]\n"
            "ldrd r5, r9, [r4], #8\n"
            "str r4, [r0, #" KWS_BIAS_64 "]\n"
            "lsl r5, r5, #2\n"
            "lsl r9, r9, #2\n"
            "mov r6, r5\n"
            "mov r7, r5\n"
            "mov r8, r5\n"
            "mov r10, r9\n"
            "mov r11, r9\n"
            "mov r12, r9\n");
    __asm__(KWS_SIXTEEN_64("0", "0"));
    __asm__(KWS_SIXTEEN_64("16", "128"));
    __asm__(KWS_SIXTEEN_64("32", "256"));
    __asm__(KWS_SIXTEEN_64("48", "384"));
    __asm__("ldr r0, [sp]\n"
            "add r2, r3, #128\n"
            "ldr r4, [r0, #" KWS_NEGATIVE_64 "]\n"
            "cmp r4, #0\n"
            "bne 3f\n" KWS_ROUND_64(KWS_ASM_ROUND_POSITIVE));
    __asm__("2:\n"
            "ldr r1, [r0, #" KWS_OUT_64 "]\n"
            "ldr r3, [r0, #" KWS_STEP_64 "]\n"
            "ldr lr, [r0, #" KWS_CHANNEL_64 "]\n"
            "add r4, r1, r3\n"
            "strb r9, [r1, #1]\n"
            "strb r5, [r1], #2\n"
            "add r5, r4, r3\n"
            "strb r6, [r4]\n"
            "strb r10, [r4, #1]\n"
            "add r6, r5, r3\n"
            "strb r7, [r5]\n"
            "strb r11, [r5, #1]\n"
            "strb r8, [r6]\n"
            "strb r12, [r6, #1]\n"
            "ldr r4, [r0, #" KWS_CHANNELS_64 "]\n"
            "add lr, lr, #2\n"
            "str r1, [r0, #" KWS_OUT_64 "]\n"
            "str lr, [r0, #" KWS_CHANNEL_64 "]\n"
            "mov r3, r2\n"
            "cmp lr, r4\n"
            "bne.w 1b\n"
            "add sp, sp, #4\n"
            "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}\n");
    __asm__("3:\n" KWS_ROUND_64(KWS_ASM_ROUND_SIGNED) "b.w 2b\n");
}

/* As kws_patches_multiply() for KWS_PATCHES pixels, for the first channels: returns how many. */
static inline uint32_t kws_multiply_64(const kws_conv_2d *op, const void *patches, int8_t *out)
{
    const kws_requantization *r = &op->requantization;
    kws_job_64 job = {
        .multiplier = r->multiplier,
        .shift = r->shift,
        .half = 2 * r->zero_point + 1,
        .channels = op->window.out_channels & ~1u,
        .bias = r->bias,
        .patches = patches,
        .out = out,
        .step = op->window.out_channels,
        .negative = r->rounding == KWS_ROUND_SIGNED,
    };
    if (job.channels > 0) {
        kws_loop_64(&job, op->weights);
    }
    return job.channels;
}

#endif
