/* SPDX-License-Identifier: Apache-2.0 */
/* The innermost loop of CONV_2D for patches of 64 values, which networks like: four pixels by two output
 * channels share each load. A second row of weights takes a register more than there are: here it lies at
 * an offset that an instruction holds. */
#include "kernels/patches.h"

#if defined(KWS_OWN_64)
#include "kernels/dsp/patches_dsp.h"
#include "kernels/dsp/round.h"
#include "kernels/requantize.h"

/* What kws_multiply_64() hands to its loop; the first four are loaded together. */
typedef struct job_64 {
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
} job_64;
#define CHANNEL_64 "12"
#define CHANNELS_64 "16"
#define BIAS_64 "20"
#define PATCHES_64 "24"
#define OUT_64 "28"
#define STEP_64 "32"
#define NEGATIVE_64 "36"
_Static_assert(offsetof(job_64, negative) == 36, "see NEGATIVE_64");

/* Two of four weights of each channel, at r3 + `w`, times those of the pixels, at r2 + `x`. Of a
 * Cortex-M4's loads those that follow one another take a cycle each, and one more; LDRD is one instruction
 * less, but takes part in no such row. */
#define TWO_OF_FOUR(w, x, split)    \
    "ldr r0, [r3, #" w "]\n"        \
    "ldr r1, [r3, #64+" w "]\n"     \
    "ldr r4, [r2, #" x "]\n"        \
    "ldr lr, [r2, #" x "+4]\n"      \
    "sxtb16 r0, r0" split "\n"      \
    "sxtb16 r1, r1" split "\n"      \
    "smlad r5, r4, r0, r5\n"        \
    "smlad r9, r4, r1, r9\n"        \
    "smlad r6, lr, r0, r6\n"        \
    "smlad r10, lr, r1, r10\n"      \
    "ldrd r4, lr, [r2, #" x "+8]\n" \
    "smlad r7, r4, r0, r7\n"        \
    "smlad r11, r4, r1, r11\n"      \
    "smlad r8, lr, r0, r8\n"        \
    "smlad r12, lr, r1, r12\n"
#define FOUR_64(w, x) TWO_OF_FOUR(w, x, "") TWO_OF_FOUR(w, x "+16", ", ror #8")

/* The constants of the channel in lr, for ROUND. */
#define SCALE_64                 \
    "ldr r1, [r1, lr, lsl #2]\n" \
    "ldrsb r3, [r3, lr]\n"       \
    "lsl r4, r4, r3\n"           \
    "add r4, r4, #1\n"           \
    "add r3, r3, #1\n"
#define ROUND_64(ROUND)                                                         \
    "ldmia r0, {r1, r3, r4, lr}\n" SCALE_64 ROUND("r5") ROUND("r6") ROUND("r7") \
        ROUND("r8") "ldmia r0, {r1, r3, r4, lr}\n"                              \
                    "add lr, lr, #1\n" SCALE_64 ROUND("r9") ROUND("r10") ROUND("r11") ROUND("r12")

#define EIGHT_64(w, x) FOUR_64(w, x) FOUR_64(w "+4", x "+32")
#define SIXTEEN_64(w, x) EIGHT_64(w, x) EIGHT_64(w "+8", x "+64")

/* All channels, two at a time, whose number is even. r2: the next weights, once the pixels are used. */
static __attribute__((naked, noinline)) void
multiply_64(__attribute__((unused)) job_64 *job, __attribute__((unused)) const int8_t *weights)
{
    __asm__("push {r0, r4, r5, r6, r7, r8, r9, r10, r11, lr}\n"
            "mov r3, r1\n"
            "1:\n"
            "ldr r2, [r0, #" PATCHES_64 "]\n"
            "ldr r4, [r0, #" BIAS_64 "]\n"
            "ldrd r5, r9, [r4], #8\n"
            "str r4, [r0, #" BIAS_64 "]\n"
            "lsl r5, r5, #2\n"
            "lsl r9, r9, #2\n"
            "mov r6, r5\n"
            "mov r7, r5\n"
            "mov r8, r5\n"
            "mov r10, r9\n"
            "mov r11, r9\n"
            "mov r12, r9\n");
    __asm__(SIXTEEN_64("0", "0"));
    __asm__(SIXTEEN_64("16", "128"));
    __asm__(SIXTEEN_64("32", "256"));
    __asm__(SIXTEEN_64("48", "384"));
    __asm__("ldr r0, [sp]\n"
            "add r2, r3, #128\n"
            "ldr r4, [r0, #" NEGATIVE_64 "]\n"
            "cmp r4, #0\n"
            "bne 3f\n" ROUND_64(KWS_ASM_ROUND_POSITIVE));
    __asm__("2:\n"
            "ldr r1, [r0, #" OUT_64 "]\n"
            "ldr r3, [r0, #" STEP_64 "]\n"
            "ldr lr, [r0, #" CHANNEL_64 "]\n"
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
            "ldr r4, [r0, #" CHANNELS_64 "]\n"
            "add lr, lr, #2\n"
            "str r1, [r0, #" OUT_64 "]\n"
            "str lr, [r0, #" CHANNEL_64 "]\n"
            "mov r3, r2\n"
            "cmp lr, r4\n"
            "bne.w 1b\n"
            "add sp, sp, #4\n"
            "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}\n");
    __asm__("3:\n" ROUND_64(KWS_ASM_ROUND_SIGNED) "b.w 2b\n");
}

void kws_patches_multiply_64(const kws_conv_2d *op, const void *patches, int8_t *out,
                             unsigned count)
{
    const kws_requantization *r = &op->requantization;
    job_64 job = {
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
    if (r->rounding == KWS_ROUND_GENERAL || count < KWS_PATCHES || job.channels == 0) {
        kws_patches_multiply(op, patches, out, count);
        return;
    }
    multiply_64(&job, op->weights);
    if (job.channels < op->window.out_channels) {
        kws_patches_multiply_from(op, job.channels, patches, out, count);
    }
}

#endif
