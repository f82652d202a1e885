/* SPDX-License-Identifier: Apache-2.0 */
/* CONV_2D's inner part for Cortex-M0 and M0+ (Thumb-1): no multiply-accumulate, so two pixels
 * share a word (pixel_pairs.h); four pixels by one output channel, their sums in high registers. */
#include "kernels/patches.h"

#if defined(KWS_SET_THUMB1)
#include "kernels/paired/pixel_pairs.h"
#include "kernels/patches_store.h"

void kws_patch_copy(void *patch, unsigned position, const int8_t *values, unsigned count)
{
    for (; count > 0; count--) {
        kws_patch_put(patch, position++, *values++);
    }
}

/* Centres the sum of two products for two pixels, adds it to their total and to the first's sum. */
#define ADD_PAIR(sum, total, first) \
    "add " sum ", r8\n"             \
    "add " total ", " sum "\n"      \
    "asrs " sum ", " sum ", #16\n"  \
    "add " first ", " sum "\n"

/* sums += x int32 [count, 2] times w int8 [count]; count is even. */
static __attribute__((naked, noinline)) void multiply(__attribute__((unused)) kws_pair_sums *sums,
                                                      __attribute__((unused)) const int32_t *x,
                                                      __attribute__((unused)) const int8_t *w,
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
            "ldmia r0!, {r4, r5, r6, r7}\n"
            "mov r9, r4\n"
            "mov r10, r5\n"
            "mov r11, r6\n"
            "mov r12, r7\n"
            "ldr r4, =-32769\n" /* -KWS_PAIR_CENTRE */
            "mov r8, r4\n"
            /* Weights are addressed from their end, the index runs from -count to 0. */
            "adds r2, r2, r3\n"
            "rsbs r3, r3, #0\n"
            "1:\n"
            "ldrsh r0, [r2, r3]\n" /* two weights */
            "sxtb r6, r0\n"
            "asrs r0, r0, #8\n"
            "ldmia r1!, {r4, r5}\n"
            "muls r4, r6, r4\n"
            "muls r5, r6, r5\n"
            "ldmia r1!, {r6, r7}\n"
            "muls r6, r0, r6\n"
            "muls r7, r0, r7\n"
            "adds r4, r4, r6\n"
            "adds r5, r5, r7\n"
            ADD_PAIR("r4", "r9", "r10")
            ADD_PAIR("r5", "r11", "r12")
            "adds r3, r3, #2\n"
            "bne 1b\n"
            "mov r0, r9\n"
            "mov r1, r10\n"
            "mov r2, r11\n"
            "mov r3, r12\n"
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

void kws_patches_multiply(const kws_conv_2d *op, const void *patches, int8_t *out, unsigned count)
{
    const kws_requantization *r = &op->requantization;
    const int8_t *weights = op->weights;
    for (unsigned channel = 0; channel < op->window.out_channels; channel++) {
        kws_pair_sums start = kws_pair_start(r->bias[channel], op->patch);
        kws_pair_sums sums[KWS_PATCHES / 2] = {start, start};
        multiply(sums, patches, weights, op->patch);
        const int32_t values[KWS_PATCHES] = {sums[0].first, kws_pair_second(sums[0]), sums[1].first,
                                             kws_pair_second(sums[1])};
        kws_store(r, channel, values, out++, op->window.out_channels, count);
        weights += op->patch;
    }
}

#endif
