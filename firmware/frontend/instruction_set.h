/* SPDX-License-Identifier: Apache-2.0 */
/* What the core can do: the one place of the front end that decides. */
#ifndef KWS_FRONTEND_INSTRUCTION_SET_H
#define KWS_FRONTEND_INSTRUCTION_SET_H

/* 1: dual multiply-accumulate, of Arm's DSP extension (Cortex-M4, M7, M33, M55). */
#if defined(__ARM_FEATURE_DSP)
#define KWS_FRONTEND_DSP 1
#else
#define KWS_FRONTEND_DSP 0
#endif

/* 1: neither divides nor multiplies to 64 bits in hardware. */
#ifndef KWS_SHORT_ARITHMETIC
#if defined(__ARM_ARCH_6M__) || (defined(__riscv) && !defined(__riscv_div))
#define KWS_SHORT_ARITHMETIC 1
#else
#define KWS_SHORT_ARITHMETIC 0
#endif
#endif

#endif
