/* SPDX-License-Identifier: Apache-2.0 */
/* The innermost loop for Cortex-M0 and M0+ (Thumb-1): two channels' totals in high registers. */
#include "kernels/instruction_set.h"

#if defined(KWS_SET_THUMB1)
#include "kernels/packed/multiply.h"

/* One position: r4 and r5 are the words, r6 and r7 products. */
#define ADD_POSITION        \
    "ldmia r1!, {r4, r5}\n" \
    "ldrsb r6, [r2, r3]\n"  \
    "movs r7, r6\n"         \
    "muls r6, r4, r6\n"     \
    "add r8, r6\n"          \
    "muls r7, r5, r7\n"     \
    "add r9, r7\n"          \
    "ldrsb r7, [r0, r3]\n"  \
    "muls r4, r7, r4\n"     \
    "add r10, r4\n"         \
    "muls r5, r7, r5\n"     \
    "add r11, r5\n"         \
    "adds r3, r3, #1\n"

__attribute__((naked, noinline)) void
kws_packed_multiply(__attribute__((unused)) kws_triple_totals *totals,
                    __attribute__((unused)) const uint32_t *words,
                    __attribute__((unused)) const int8_t *row,
                    __attribute__((unused)) size_t stride, /* r3 */
                    __attribute__((unused)) unsigned count)
{
    /* clang-format off */
    __asm__(".syntax unified\n"
            "push {r0, r4, r5, r6, r7, lr}\n"
            "mov r4, r8\n"
            "mov r5, r9\n"
            "mov r6, r10\n"
            "mov r7, r11\n"
            "push {r4, r5, r6, r7}\n"
            "ldr r4, =-4096\n" /* -KWS_TRIPLE_CENTRE */
            "mov r8, r4\n"
            "mov r9, r4\n"
            "mov r10, r4\n"
            "mov r11, r4\n"
            /* Weights are addressed from their end, the index runs from -count to 0. */
            "adds r0, r2, r3\n"
            "ldr r3, [sp, #40]\n" /* count, above what was pushed */
            "adds r0, r0, r3\n"
            "adds r2, r2, r3\n"
            "rsbs r3, r3, #0\n"
            "1:\n"
            ADD_POSITION
            ADD_POSITION
            ADD_POSITION
            ADD_POSITION
            "bne 1b\n"
            "mov r0, r8\n"
            "mov r1, r9\n"
            "mov r2, r10\n"
            "mov r3, r11\n"
            "pop {r4, r5, r6, r7}\n"
            "mov r8, r4\n"
            "mov r9, r5\n"
            "mov r10, r6\n"
            "mov r11, r7\n"
            "pop {r4}\n"
            "stmia r4!, {r0, r1, r2, r3}\n"
            "pop {r4, r5, r6, r7, pc}\n"
            ".ltorg\n");
    /* clang-format on */
}

#endif
