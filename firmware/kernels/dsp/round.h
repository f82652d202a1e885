/* SPDX-License-Identifier: Apache-2.0 */
/* Rounding in the assembly of CONV_2D's inner loops for the DSP extension. */
#ifndef KWS_DSP_ROUND_H
#define KWS_DSP_ROUND_H

/* One output, as kws_round_positive() and kws_round_signed() make it: the multiplier is in r1,
 * half and shift of a kws_scale in r4 and r3. */
#define KWS_ASM_ROUND_POSITIVE(sum)    \
    "smmla " sum ", " sum ", r1, r4\n" \
    "asr " sum ", " sum ", r3\n"       \
    "ssat " sum ", #8, " sum "\n"
#define KWS_ASM_ROUND_SIGNED(sum)      \
    "asr lr, " sum ", #31\n"           \
    "add lr, r4, lr, lsl #1\n"         \
    "smmla " sum ", " sum ", r1, lr\n" \
    "asr " sum ", " sum ", r3\n"       \
    "ssat " sum ", #8, " sum "\n"

#endif
