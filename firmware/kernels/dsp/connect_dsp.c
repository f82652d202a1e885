/* SPDX-License-Identifier: Apache-2.0 */
/* FULLY_CONNECTED's inner part for the DSP extension of Cortex-M4, M7 and M33: two
 * multiply-accumulates an instruction, four outputs share the loads of the input. */
#include "kernels/connect.h"
#include "kernels/requantize.h"

#if defined(KWS_SET_DSP)
#define ROWS 4 /* of weights, in registers */

typedef struct kws_rows {
    const int8_t *weights[ROWS];
    int32_t sums[ROWS];
} kws_rows;

/* Four weights of a row times the input, whose even and odd values are in r12 and r5. */
#define MULTIPLY_ROW(row, sum)          \
    "ldr r7, [" row "], #4\n"           \
    "sxtb16 r6, r7\n"                   \
    "sxtb16 r7, r7, ror #8\n"           \
    "smlad " sum ", r12, r6, " sum "\n" \
    "smlad " sum ", r5, r7, " sum "\n"
#define MULTIPLY_ROWS                                                           \
    "ldr r5, [r0], #4\n"                                                        \
    "sxtb16 r12, r5\n"                                                          \
    "sxtb16 r5, r5, ror #8\n" MULTIPLY_ROW("r1", "r8") MULTIPLY_ROW("r2", "r9") \
        MULTIPLY_ROW("r3", "r10") MULTIPLY_ROW("r4", "r11")

/* Adds the products of `count` inputs (a multiple of 4, not 0) and each row to rows->sums.
 * Written out: it takes every register. */
static __attribute__((naked, noinline)) void multiply(__attribute__((unused)) const int8_t *in,
                                                      __attribute__((unused)) kws_rows *rows,
                                                      __attribute__((unused)) unsigned count)
{
    /* clang-format off */
    __asm__("push {r1, r4, r5, r6, r7, r8, r9, r10, r11, lr}\n"
            "add lr, r0, r2\n"
            "tst r2, #4\n"
            "ldmia r1, {r1, r2, r3, r4, r8, r9, r10, r11}\n"
            "bne 2f\n"
            "1:\n" MULTIPLY_ROWS
            "2:\n" MULTIPLY_ROWS
            "cmp r0, lr\n"
            "bne 1b\n"
            "pop {r0}\n"
            "add r0, r0, #16\n"
            "stmia r0, {r8, r9, r10, r11}\n"
            "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}\n");
    /* clang-format on */
}

/* The output of one row, whose last products (those beyond whole words) are added here. */
KWS_INLINE int8_t finish(const kws_requantization *r, unsigned entry, int32_t sum, const int8_t *in,
                         const int8_t *weights, unsigned left)
{
    for (; left > 0; left--) {
        sum += *in++ * *weights++;
    }
    return r->rounding == KWS_ROUND_GENERAL
               ? kws_requantize(r, entry, sum)
               : (int8_t)kws_round_signed(4 * sum, kws_scale_of(r, entry));
}

/* An output of KWS_ROUND_POSITIVE or KWS_ROUND_SIGNED; *scale is that of the one before. */
KWS_INLINE int8_t round_next(const kws_requantization *r, unsigned output, int32_t sum,
                             kws_scale *scale)
{
    if (r->step != 0) {
        *scale = kws_scale_of(r, output);
    }
    return (int8_t)kws_round_signed(4 * sum, *scale);
}

void kws_connect(const int8_t *in, unsigned inputs, const int8_t *weights, unsigned outputs,
                 const kws_requantization *r, int8_t *out)
{
    const unsigned words = inputs & ~3u, rest = inputs & 3u;
    const bool plain = words > 0 && rest == 0 && r->rounding != KWS_ROUND_GENERAL;
    kws_scale scale = kws_scale_of(r, 0);
    unsigned channel = 0;
    for (; plain && channel + ROWS <= outputs; channel += ROWS) {
        const int8_t *second = weights + inputs, *third = second + inputs;
        const int32_t *bias = r->bias + channel;
        kws_rows rows = {{weights, second, third, third + inputs},
                         {bias[0], bias[1], bias[2], bias[3]}};
        multiply(in, &rows, words);
        for (unsigned i = 0; i < ROWS; i++) {
            out[i] = round_next(r, channel + i, rows.sums[i], &scale);
        }
        out += ROWS;
        weights = third + 2 * inputs;
    }
    for (; channel < outputs; channel++) {
        /* One by one, each as four equal rows. */
        const int32_t bias = r->bias[channel];
        kws_rows rows = {{weights, weights, weights, weights}, {bias, bias, bias, bias}};
        if (words > 0) {
            multiply(in, &rows, words);
        }
        *out++ = finish(r, kws_connect_entry(r, channel), rows.sums[0], in + words, weights + words,
                        rest);
        weights += inputs;
    }
}

#endif
