/* SPDX-License-Identifier: Apache-2.0 */
/* The innermost loop of CONV_2D for patches of 40 values: a window of ten by four over one channel, with which
 * keyword spotters like to begin. */
#include "kernels/patches.h"

#if defined(KWS_OWN_PAIRS)
#include "kernels/dsp/multiply_pairs.h"

#define EIGHT(w, x) KWS_PAIRS_FOUR("40", w, x) KWS_PAIRS_FOUR("40", w "+4", x "+32")

/* In two halves: straight code would be half a kilobyte more. Negative outputs are rare here. */
static __attribute__((naked, noinline)) void multiply_positive_40(__attribute__((unused))
                                                                  kws_pairs *job,
                                                                  __attribute__((unused))
                                                                  const int8_t *weights)
{
    __asm__(KWS_PAIRS_BEGIN);
    __asm__("2:\n" EIGHT("0", "0"));
    __asm__(EIGHT("8", "64"));
    __asm__(KWS_PAIRS_FOUR("40", "16", "128") "ldr r0, [sp]\n"
                                              "add r2, r2, #160\n"
                                              "ldr r0, [r0, #" KWS_PAIRS_END "]\n"
                                              "add r3, r3, #20\n"
                                              "cmp r2, r0\n"
                                              "bne.w 2b\n");
    __asm__(KWS_PAIRS_NEXT("40") KWS_PAIRS_ROUND(KWS_ASM_ROUND_POSITIVE));
    __asm__(KWS_PAIRS_STORE);
}

void kws_patches_multiply_40(const kws_conv_2d *op, const void *patches, int8_t *out,
                             unsigned count)
{
    if (op->requantization.rounding != KWS_ROUND_POSITIVE) {
        kws_patches_multiply(op, patches, out, count);
        return;
    }
    kws_multiply_pairs(op, patches, out, count, multiply_positive_40);
}

#endif
