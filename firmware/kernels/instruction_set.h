/* SPDX-License-Identifier: Apache-2.0 */
/* Which instruction set the kernels are made for: the one place that asks the compiler.
 *
 * Each set is a folder. Its layout.h says how patches and planes lie in scratch memory, and with
 * KWS_OWN_... what the folder computes itself: PATCHES, PIXELS, PAIRS and ROWS (patches.h), PLANE, PLANE_ANY and PLANE_3X3
 * (plane.h), SLABS (depthwise.h), CONNECT (connect.h), ADD (common_scale.h), SUMS
 * (pool_area.h). The rest is taken from portable/. All files may be compiled for every core: those of other sets come out empty. */
#ifndef KWS_INSTRUCTION_SET_H
#define KWS_INSTRUCTION_SET_H

#if defined(KWS_KERNELS_PORTABLE) /* for tests */
#define KWS_SET_PORTABLE
#include "kernels/portable/layout.h"
#elif defined(KWS_KERNELS_PACKED) /* for tests */
#define KWS_SET_PACKED
#include "kernels/packed/layout.h"
#elif defined(__ARM_FEATURE_MVE) /* Cortex-M55, M85 */
#define KWS_SET_HELIUM
#include "kernels/helium/layout.h"
#elif defined(__ARM_FEATURE_DSP) && defined(__ARM_FEATURE_SIMD32) /* Cortex-M4, M7, M33 */
#define KWS_SET_DSP
#include "kernels/dsp/layout.h"
#elif defined(__ARM_ARCH_6M__) /* Cortex-M0, M0+ */
#define KWS_SET_THUMB1
#include "kernels/thumb1/layout.h"
#elif defined(__riscv) || defined(__ARM_ARCH_7M__)
#define KWS_SET_PACKED
#include "kernels/packed/layout.h"
#elif defined(__SSE2__) /* every x86-64 */
#define KWS_SET_SSE2
#include "kernels/sse2/layout.h"
#else
#define KWS_SET_PORTABLE
#include "kernels/portable/layout.h"
#endif

/* Single instructions that requantize.h takes where the core has them, whatever the set. */
#if defined(__ARM_FEATURE_DSP)
#define KWS_HAS_SMMLA
#endif
#if defined(__ARM_FEATURE_SAT)
#define KWS_HAS_SSAT
#endif

/* Whose registers and assembly the innermost loop of packed pixels has. */
#if defined(__arm__)
#define KWS_LOOP_ARM
#elif defined(__riscv)
#define KWS_LOOP_RISCV
#endif

#endif
