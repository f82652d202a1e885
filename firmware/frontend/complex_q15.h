/* SPDX-License-Identifier: Apache-2.0 */
/* Complex Q15 arithmetic with kissfft's roundings (FIXED_POINT=16).
 *
 * A kws_complex lies in memory; a kws_wide is the same number in registers. Both files that
 * implement it give the same results: values wrap to int16, at the latest when stored.
 *
 *   kws_load, kws_store            from and to memory
 *   kws_load_pair                  int16 [2]: real, imaginary
 *   kws_load_samples(pair, shift)  the same, each part shifted left and wrapped to int16
 *   kws_divide(a, 2 or 4)          a * (32767 / divisor) in Q15, rounded half up
 *   kws_multiply(a, b)             a * b in Q15, rounded half up
 *   kws_add, kws_subtract          a + b, a - b
 *   kws_add_turned                 a + i b
 *   kws_subtract_turned            a - i b
 *   kws_conjugate                  -(-32768) stays -32768
 *   kws_half_sum                   (a + b) / 2 rounded down
 *   kws_half_difference_conjugate  ((a - b).re / 2, (b - a).im / 2) rounded down
 *   kws_energy(a)                  |a|^2 as uint32; neither part is -32768
 */
#ifndef KWS_COMPLEX_Q15_H
#define KWS_COMPLEX_Q15_H

#include <stdint.h>

#include "frontend/instruction_set.h"

typedef struct kws_complex {
    _Alignas(4) int16_t re; /* one load for both parts */
    int16_t im;
} kws_complex;

#if KWS_FRONTEND_DSP
#include "frontend/complex_q15_dsp.h"
#else
#include "frontend/complex_q15_portable.h"
#endif

#endif
