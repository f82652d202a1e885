/* SPDX-License-Identifier: Apache-2.0 */
/* The innermost loops of CONV_2D for Helium where a patch has more than sixteen values: four pixels by
 * four output channels, of which eight sums at a time are in registers, all the even ones that there are. */
#ifndef KWS_HELIUM_MULTIPLY_WIDE_H
#define KWS_HELIUM_MULTIPLY_WIDE_H

#include "kernels/patches.h"

/* What multiply_wide() needs, in the order in which it loads it. */
typedef struct kws_job {
    const int8_t *shift;
    int8_t *out[KWS_PATCHES];
    const int32_t *bias;
    const int32_t *multiplier;
    int32_t zero_point;
    uint32_t negative; /* results may be negative: KWS_ROUND_SIGNED */
    const void *patches;
    uint32_t loops;    /* over two slices after the first; an odd number begins with their second */
    uint32_t tail;     /* values of the last slice, if it is not full */
    uint32_t two_rows; /* of weights, bytes */
    uint32_t inside;   /* predicate for the tail */
} kws_job;
#define KWS_WIDE_ZERO_POINT "28"
#define KWS_WIDE_NEGATIVE "32"
#define KWS_WIDE_PATCHES "36"
#define KWS_WIDE_LOOPS "40"
#define KWS_WIDE_TAIL "44"
#define KWS_WIDE_TWO_ROWS "48"
#define KWS_WIDE_INSIDE "52"
_Static_assert(offsetof(kws_job, inside) == 52, "see the offsets above");

/* Four pixels, at r1, times the weights of two channels in q0 and q1. */
#define KWS_WIDE_MULTIPLY_SLICE(multiply)                                        \
    "vldrb.8 q2, [r1], #16\n" multiply " r0, q2, q0\n" multiply " r8, q2, q1\n"  \
    "vldrb.8 q3, [r1], #16\n" multiply " r2, q3, q0\n" multiply " r10, q3, q1\n" \
    "vldrb.8 q2, [r1], #16\n" multiply " r4, q2, q0\n" multiply " r12, q2, q1\n" \
    "vldrb.8 q3, [r1], #16\n" multiply " r6, q3, q0\n" multiply " lr, q3, q1\n"
#define KWS_WIDE_SLICE(multiply) \
    "vldrb.8 q0, [r3], #16\n"    \
    "vldrb.8 q1, [r5], #16\n" KWS_WIDE_MULTIPLY_SLICE(multiply)

/* All slices for two channels, whose weights begin at r3 and r5, and end there. */
#define KWS_WIDE_ANY_SLICES                                     \
    KWS_WIDE_SLICE("vmladav.s8")                                \
    "ldr r7, [r9, #" KWS_WIDE_LOOPS "]\n"                       \
    "lsrs r7, r7, #1\n"                                         \
    "bcs.w 3f\n"                                                \
    "beq.w 4f\n"                                                \
    "2:\n" KWS_WIDE_SLICE("vmladava.s8") "3:\n" KWS_WIDE_SLICE( \
        "vmladava.s8") "subs r7, r7, #1\n"                      \
                       "bne.w 2b\n"                             \
                       "4:\n"                                   \
                       "ldr r7, [r9, #" KWS_WIDE_TAIL "]\n"     \
                       "cbz r7, 2f\n"                           \
                       "vpstt\n"                                \
                       "vldrbt.8 q0, [r3]\n"                    \
                       "vldrbt.8 q1, [r5]\n"                    \
                       "add r3, r3, r7\n"                       \
                       "add r5, r5, r7\n" KWS_WIDE_MULTIPLY_SLICE("vmladava.s8") "2:\n"
#define KWS_WIDE_FOUR_SLICES     \
    KWS_WIDE_SLICE("vmladav.s8") \
    KWS_WIDE_SLICE("vmladava.s8") KWS_WIDE_SLICE("vmladava.s8") KWS_WIDE_SLICE("vmladava.s8")

/* Their sums go to lanes `high` and `low` of the pixels' q4 to q7. */
#define KWS_WIDE_TWO_CHANNELS(SLICES, high, low)                                              \
    "ldr r1, [r9, #" KWS_WIDE_PATCHES "]\n" SLICES "vmov q4[" high "], q4[" low "], r0, r8\n" \
    "vmov q5[" high "], q5[" low "], r2, r10\n"                                               \
    "vmov q6[" high "], q6[" low "], r4, r12\n"                                               \
    "vmov q7[" high "], q7[" low "], r6, lr\n"

/* The outputs of one pixel, as kws_round_channels() makes them. */
#define KWS_WIDE_ROUND(sums, out, fix_negative)                      \
    "vadd.i32 " sums ", " sums ", q0\n"                              \
    "vqrdmulh.s32 " sums ", " sums                                   \
    ", q1\n" fix_negative(sums) "vrshl.s32 " sums ", " sums ", q2\n" \
                                "vadd.i32 " sums ", " sums ", r12\n" \
                                "vqmovnb.s32 " sums ", " sums "\n"   \
                                "vqmovnb.s16 " sums ", " sums "\n"   \
                                "vstrb.32 " sums ", [" out "], #4\n"
#define KWS_WIDE_AS_IT_IS(sums)
#define KWS_WIDE_FIX_NEGATIVE(sums) \
    "vshr.s32 q3, " sums ", #31\n"  \
    "vadd.i32 " sums ", " sums ", q3\n"
/* Pixels that there are not share the last one's place: it is written after them. */
#define KWS_WIDE_ROUND_ALL(fix_negative)     \
    KWS_WIDE_ROUND("q7", "r6", fix_negative) \
    KWS_WIDE_ROUND("q6", "r4", fix_negative) \
    KWS_WIDE_ROUND("q5", "r2", fix_negative) KWS_WIDE_ROUND("q4", "r1", fix_negative)

/* Four pixels by r2 times four channels: all of a function, in parts that C's limit on the length of a
 * string allows. */
#define KWS_WIDE_MULTIPLY(SLICES)                                                                         \
    __asm__("push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n"                                               \
            "vpush {d8, d9, d10, d11, d12, d13, d14, d15}\n"                                              \
            "mov r9, r0\n"                                                                                \
            "mov r3, r1\n"                                                                                \
            "mov r11, r2\n"                                                                               \
            "ldr r0, [r9, #" KWS_WIDE_INSIDE "]\n"                                                        \
            "vmsr p0, r0\n"                                                                               \
            "1:\n"                                                                                        \
            "ldr r5, [r9, #" KWS_WIDE_TWO_ROWS "]\n"                                                      \
            "add r5, r5, r3\n");                                                                          \
    __asm__(KWS_WIDE_TWO_CHANNELS(SLICES, "2", "0"));                                                     \
    __asm__(KWS_WIDE_TWO_CHANNELS(SLICES, "3", "1"));                                                     \
    __asm__(                                                                                              \
        "ldmia r9, {r0, r1, r2, r4, r6, r8, r10}\n"                                                       \
        "mov r3, r5\n"                                                                                    \
        "ldr r12, [r9, #" KWS_WIDE_ZERO_POINT "]\n"                                                       \
        "ldr r7, [r9, #" KWS_WIDE_NEGATIVE "]\n"                                                          \
        "vldrb.s32 q2, [r0], #4\n"                                                                        \
        "vldrw.32 q0, [r8], #16\n"                                                                        \
        "vldrw.32 q1, [r10], #16\n"                                                                       \
        "vneg.s32 q2, q2\n"                                                                               \
        "cmp r7, #0\n"                                                                                    \
        "bne.w 2f\n" KWS_WIDE_ROUND_ALL(                                                                  \
            KWS_WIDE_AS_IT_IS) "b.w 3f\n"                                                                 \
                               "2:\n" KWS_WIDE_ROUND_ALL(                                                 \
                                   KWS_WIDE_FIX_NEGATIVE) "3:\n"                                          \
                                                          "stmia r9, {r0, r1, r2, r4, r6, r8, r10}\n"     \
                                                          "subs r11, r11, #1\n"                           \
                                                          "bne.w 1b\n"                                    \
                                                          "vpop {d8, d9, d10, d11, d12, d13, d14, d15}\n" \
                                                          "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}\n")

/* Patches of more than sixteen values. */
static __attribute__((naked, noinline)) void multiply_wide(__attribute__((unused)) kws_job *job,
                                                           __attribute__((unused))
                                                           const int8_t *weights,
                                                           __attribute__((unused)) unsigned fours)
{
    KWS_WIDE_MULTIPLY(KWS_WIDE_ANY_SLICES);
}

/* Patches of 64 values, which networks like. */
static __attribute__((naked, noinline)) void multiply_64(__attribute__((unused)) kws_job *job,
                                                         __attribute__((unused))
                                                         const int8_t *weights,
                                                         __attribute__((unused)) unsigned fours)
{
    KWS_WIDE_MULTIPLY(KWS_WIDE_FOUR_SLICES);
}

#endif
