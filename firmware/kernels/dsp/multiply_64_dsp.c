/* SPDX-License-Identifier: Apache-2.0 */
/* The innermost loop of CONV_2D for patches of 64 values, which networks like: straight code. */
#include "kernels/patches.h"

#if defined(KWS_OWN_PAIRS)
#include "kernels/dsp/multiply_pairs.h"

#define EIGHT(w, x) KWS_PAIRS_FOUR("64", w, x) KWS_PAIRS_FOUR("64", w "+4", x "+32")
#define SIXTEEN(w, x) EIGHT(w, x) EIGHT(w "+8", x "+64")

static __attribute__((naked, noinline)) void
multiply_64(__attribute__((unused)) kws_pairs *job, __attribute__((unused)) const int8_t *weights)
{
    __asm__(KWS_PAIRS_BEGIN);
    __asm__(SIXTEEN("0", "0"));
    __asm__(SIXTEEN("16", "128"));
    __asm__(SIXTEEN("32", "256"));
    __asm__(SIXTEEN("48", "384"));
    __asm__(KWS_PAIRS_NEXT("128") "ldr r4, [r0, #" KWS_PAIRS_NEGATIVE "]\n"
                                  "cmp r4, #0\n"
                                  "bne 3f\n" KWS_PAIRS_ROUND(KWS_ASM_ROUND_POSITIVE));
    __asm__("2:\n" KWS_PAIRS_STORE);
    __asm__("3:\n" KWS_PAIRS_ROUND(KWS_ASM_ROUND_SIGNED) "b.w 2b\n");
}

void kws_patches_multiply_64(const kws_conv_2d *op, const void *patches, int8_t *out,
                             unsigned count)
{
    kws_multiply_pairs(op, patches, out, count, multiply_64);
}

#endif
