/* CONV_2D's inner part for Cortex-M0 and M0+ (Thumb-1): eight low registers, no
 * multiply-accumulate, loads of signed bytes only from base plus index. One index serves the
 * weights and four patches; the sums live in high registers. */
#include "kernels/patches.h"
#include "kernels/requantize.h"

#if defined(KWS_PATCHES_THUMB1)
#include <string.h>

void kws_patch_copy(void *patch, unsigned position, const int8_t *values, unsigned count)
{
    memcpy((int8_t *)patch + position, values, count);
}

/* sums int32 [KWS_PATCHES] += x int8 [KWS_PATCHES, count] times w int8 [count]. */
static __attribute__((naked, noinline)) void multiply(int32_t *sums, const int8_t *x,
                                                      const int8_t *w, unsigned count)
{
    (void)sums;
    (void)x;
    (void)w;
    (void)count;
    __asm__(".syntax unified\n"
            "push {r4, r5, r6, r7, lr}\n"
            "mov r4, r8\n"
            "mov r5, r9\n"
            "mov r6, r10\n"
            "mov r7, r11\n"
            "push {r4, r5, r6, r7}\n"
            "mov r12, r0\n"
            "ldmia r0!, {r4, r5, r6, r7}\n"
            "mov r8, r4\n"
            "mov r9, r5\n"
            "mov r10, r6\n"
            "mov r11, r7\n"
            /* Everything is addressed from its end, the index runs from -count to 0. */
            "adds r2, r2, r3\n"
            "adds r1, r1, r3\n"
            "adds r4, r1, r3\n"
            "adds r5, r4, r3\n"
            "adds r6, r5, r3\n"
            "rsbs r3, r3, #0\n"
            "1:\n"
            "ldrsb r7, [r2, r3]\n"
            "ldrsb r0, [r1, r3]\n"
            "muls r0, r7, r0\n"
            "add r8, r0\n"
            "ldrsb r0, [r4, r3]\n"
            "muls r0, r7, r0\n"
            "add r9, r0\n"
            "ldrsb r0, [r5, r3]\n"
            "muls r0, r7, r0\n"
            "add r10, r0\n"
            "ldrsb r0, [r6, r3]\n"
            "muls r0, r7, r0\n"
            "add r11, r0\n"
            "adds r3, r3, #1\n"
            "bne 1b\n"
            "mov r0, r12\n"
            "mov r4, r8\n"
            "mov r5, r9\n"
            "mov r6, r10\n"
            "mov r7, r11\n"
            "stmia r0!, {r4, r5, r6, r7}\n"
            "pop {r4, r5, r6, r7}\n"
            "mov r8, r4\n"
            "mov r9, r5\n"
            "mov r10, r6\n"
            "mov r11, r7\n"
            "pop {r4, r5, r6, r7, pc}\n");
}

void kws_patches_multiply(const kws_conv_2d *op, const void *patches, int8_t *out,
                          size_t pixel_stride)
{
    const kws_requantization *r = &op->requantization;
    const int8_t *weights = op->weights;
    for (unsigned channel = 0; channel < op->window.out_channels; channel++) {
        int32_t bias = r->bias[channel];
        int32_t sums[KWS_PATCHES] = {bias, bias, bias, bias};
        multiply(sums, patches, weights, op->patch);
        int8_t *place = out++;
        if (r->rounding == KWS_ROUND_POSITIVE) {
            kws_scale scale = kws_scale_of(r, channel);
            for (unsigned i = 0; i < KWS_PATCHES; i++) {
                *place = kws_round_positive(4 * sums[i], scale);
                place += pixel_stride;
            }
        } else {
            for (unsigned i = 0; i < KWS_PATCHES; i++) {
                *place = kws_requantize(r, channel, sums[i]);
                place += pixel_stride;
            }
        }
        weights += op->patch;
    }
}

#endif
