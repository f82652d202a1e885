/* SPDX-License-Identifier: Apache-2.0 */
/* The assembly of CONV_2D's innermost loops for patches of one size: four pixels by two output channels
 * share each load. A second row of weights takes a register more than there are: with a size that is known
 * it lies at an offset that an instruction holds.
 *
 * r3: the weights; r2: the pixels; the sums of a channel in r5 to r8, of the next one in r9 to r12; the job
 * at the stack's top. */
#ifndef KWS_DSP_MULTIPLY_PAIRS_H
#define KWS_DSP_MULTIPLY_PAIRS_H

#include "kernels/dsp/round.h"
#include "kernels/patches.h"

/* What kws_multiply_pairs() hands to a loop; the first four are loaded together. */
typedef struct kws_pairs {
    const int32_t *multiplier;
    const int8_t *shift;
    int32_t half;     /* 2 * zero_point + 1 */
    uint32_t channel; /* the first of the next two */
    uint32_t channels;
    const int32_t *bias; /* of the next two */
    const void *patches;
    int8_t *out;             /* of the next two, of the first pixel */
    uint32_t step;           /* to the next pixel */
    uint32_t negative;       /* KWS_ROUND_SIGNED */
    const void *patches_end; /* behind the last value of all four */
} kws_pairs;
#define KWS_PAIRS_CHANNEL "12"
#define KWS_PAIRS_CHANNELS "16"
#define KWS_PAIRS_BIAS "20"
#define KWS_PAIRS_PATCHES "24"
#define KWS_PAIRS_OUT "28"
#define KWS_PAIRS_STEP "32"
#define KWS_PAIRS_NEGATIVE "36"
#define KWS_PAIRS_END "40"
_Static_assert(offsetof(kws_pairs, patches_end) == 40, "see the offsets above");

/* All channels of four pixels, two at a time; `job->channels` is even and not 0. */
typedef void kws_pairs_loop(kws_pairs *job, const int8_t *weights);

/* As kws_patches_multiply(), for any rounding but KWS_ROUND_GENERAL by `loop`. */
void kws_multiply_pairs(const kws_conv_2d *op, const void *patches, int8_t *out, unsigned count,
                        kws_pairs_loop *loop);

/* Two channels begin. */
#define KWS_PAIRS_BEGIN                                 \
    "push {r0, r4, r5, r6, r7, r8, r9, r10, r11, lr}\n" \
    "mov r3, r1\n"                                      \
    "1:\n"                                              \
    "ldr r2, [r0, #" KWS_PAIRS_PATCHES "]\n"            \
    "ldr r4, [r0, #" KWS_PAIRS_BIAS "]\n"               \
    "ldrd r5, r9, [r4], #8\n"                           \
    "str r4, [r0, #" KWS_PAIRS_BIAS "]\n"               \
    "lsl r5, r5, #2\n"                                  \
    "lsl r9, r9, #2\n"                                  \
    "mov r6, r5\n"                                      \
    "mov r7, r5\n"                                      \
    "mov r8, r5\n"                                      \
    "mov r10, r9\n"                                     \
    "mov r11, r9\n"                                     \
    "mov r12, r9\n"

/* Two of four weights of each channel, whose rows have `size`, at r3 + `w`, times those of the pixels, at
 * r2 + `x`. Of a Cortex-M4's loads those that follow one another take a cycle each, and one more; LDRD is
 * one instruction less, but takes part in no such row. */
#define KWS_PAIRS_TWO(size, w, x, split) \
    "ldr r0, [r3, #" w "]\n"             \
    "ldr r1, [r3, #" size "+" w "]\n"    \
    "ldr r4, [r2, #" x "]\n"             \
    "ldr lr, [r2, #" x "+4]\n"           \
    "sxtb16 r0, r0" split "\n"           \
    "sxtb16 r1, r1" split "\n"           \
    "smlad r5, r4, r0, r5\n"             \
    "smlad r9, r4, r1, r9\n"             \
    "smlad r6, lr, r0, r6\n"             \
    "smlad r10, lr, r1, r10\n"           \
    "ldrd r4, lr, [r2, #" x "+8]\n"      \
    "smlad r7, r4, r0, r7\n"             \
    "smlad r11, r4, r1, r11\n"           \
    "smlad r8, lr, r0, r8\n"             \
    "smlad r12, lr, r1, r12\n"
#define KWS_PAIRS_FOUR(size, w, x) \
    KWS_PAIRS_TWO(size, w, x, "") KWS_PAIRS_TWO(size, w, x "+16", ", ror #8")

/* Once the sums are made: r0 is the job, r2 the next weights, `beyond` r3. */
#define KWS_PAIRS_NEXT(beyond) \
    "ldr r0, [sp]\n"           \
    "add r2, r3, #" beyond "\n"

/* The constants of the channel in lr, for ROUND. */
#define KWS_PAIRS_SCALE          \
    "ldr r1, [r1, lr, lsl #2]\n" \
    "ldrsb r3, [r3, lr]\n"       \
    "lsl r4, r4, r3\n"           \
    "add r4, r4, #1\n"           \
    "add r3, r3, #1\n"
#define KWS_PAIRS_ROUND(ROUND)                                                               \
    "ldmia r0, {r1, r3, r4, lr}\n" KWS_PAIRS_SCALE ROUND("r5") ROUND("r6") ROUND("r7")       \
        ROUND("r8") "ldmia r0, {r1, r3, r4, lr}\n"                                           \
                    "add lr, lr, #1\n" KWS_PAIRS_SCALE ROUND("r9") ROUND("r10") ROUND("r11") \
                        ROUND("r12")

/* Stores the outputs; the next two channels, or the end. */
#define KWS_PAIRS_STORE                       \
    "ldr r1, [r0, #" KWS_PAIRS_OUT "]\n"      \
    "ldr r3, [r0, #" KWS_PAIRS_STEP "]\n"     \
    "ldr lr, [r0, #" KWS_PAIRS_CHANNEL "]\n"  \
    "add r4, r1, r3\n"                        \
    "strb r9, [r1, #1]\n"                     \
    "strb r5, [r1], #2\n"                     \
    "add r5, r4, r3\n"                        \
    "strb r6, [r4]\n"                         \
    "strb r10, [r4, #1]\n"                    \
    "add r6, r5, r3\n"                        \
    "strb r7, [r5]\n"                         \
    "strb r11, [r5, #1]\n"                    \
    "strb r8, [r6]\n"                         \
    "strb r12, [r6, #1]\n"                    \
    "ldr r4, [r0, #" KWS_PAIRS_CHANNELS "]\n" \
    "add lr, lr, #2\n"                        \
    "str r1, [r0, #" KWS_PAIRS_OUT "]\n"      \
    "str lr, [r0, #" KWS_PAIRS_CHANNEL "]\n"  \
    "mov r3, r2\n"                            \
    "cmp lr, r4\n"                            \
    "bne.w 1b\n"                              \
    "add sp, sp, #4\n"                        \
    "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}\n"

#endif
