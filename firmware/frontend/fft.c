/* SPDX-License-Identifier: Apache-2.0 */
/* The even samples are the real, the odd the imaginary parts of a complex FFT of half the
 * size (decimation in time, radix 4, one radix 2 pass first when the size asks for it); a
 * last step splits its result into the real signal's spectrum.
 *
 * Every pass divides by its radix before it multiplies, so nothing but signals near full
 * scale can wrap, and those wrap as kissfft's do. */
#include "frontend/fft.h"

#include <stddef.h>

#include "feature_constants.h"

/* Joins four values, already divided and turned by their twiddles, to x[0], x[m], ... */
static inline void butterfly4(kws_complex *x, size_t m, kws_wide a, kws_wide b, kws_wide c,
                              kws_wide d)
{
    const kws_wide even_sum = kws_add(a, c);
    const kws_wide even_difference = kws_subtract(a, c);
    const kws_wide odd_sum = kws_add(b, d);
    const kws_wide odd_difference = kws_subtract(b, d);
    kws_store(&x[0], kws_add(even_sum, odd_sum));
    kws_store(&x[m], kws_subtract_turned(even_difference, odd_difference));
    kws_store(&x[2 * m], kws_subtract(even_sum, odd_sum));
    kws_store(&x[3 * m], kws_add_turned(even_difference, odd_difference));
}

/* First pass: fetches the samples in digit-reversed order; all twiddles are one. */
static void first_pass(const int16_t *samples, unsigned shift, kws_complex *x)
{
    enum { RADIX = KWS_FFT_FIRST_RADIX, STRIDE = 2 * KWS_FFT_POINTS / RADIX };
    for (size_t i = 0; i < KWS_FFT_POINTS / RADIX; i++, x += RADIX) {
        const int16_t *source = samples + 2 * kws_fft_order[i];
        const kws_wide a = kws_divide(kws_load_samples(source, shift), RADIX);
        const kws_wide b = kws_divide(kws_load_samples(source + STRIDE, shift), RADIX);
#if KWS_FFT_FIRST_RADIX == 2
        kws_store(&x[0], kws_add(a, b));
        kws_store(&x[1], kws_subtract(a, b));
#else
        const kws_wide c = kws_divide(kws_load_samples(source + 2 * STRIDE, shift), RADIX);
        const kws_wide d = kws_divide(kws_load_samples(source + 3 * STRIDE, shift), RADIX);
        butterfly4(x, 1, a, b, c, d);
#endif
    }
}

/* Joins transforms of m points to transforms of 4 m points, in place. */
static void radix4_pass(kws_complex *x, size_t m, const int16_t (*twiddle)[2])
{
    const kws_complex *end = x + KWS_FFT_POINTS;
    for (kws_complex *p = x; p < end; p += 4 * m) {
        butterfly4(p, m, kws_divide(kws_load(&p[0]), 4), kws_divide(kws_load(&p[m]), 4),
                   kws_divide(kws_load(&p[2 * m]), 4), kws_divide(kws_load(&p[3 * m]), 4));
    }
    for (size_t k = 1; k < m; k++, twiddle += 3) {
        const kws_wide t1 = kws_load_pair(twiddle[0]);
        const kws_wide t2 = kws_load_pair(twiddle[1]);
        const kws_wide t3 = kws_load_pair(twiddle[2]);
        for (kws_complex *p = x + k; p < end; p += 4 * m) {
            const kws_wide a = kws_divide(kws_load(&p[0]), 4);
            const kws_wide b = kws_multiply(kws_divide(kws_load(&p[m]), 4), t1);
            const kws_wide c = kws_multiply(kws_divide(kws_load(&p[2 * m]), 4), t2);
            const kws_wide d = kws_multiply(kws_divide(kws_load(&p[3 * m]), 4), t3);
            butterfly4(p, m, a, b, c, d);
        }
    }
}

/* Turns the complex FFT of the packed samples into the real signal's spectrum, in place. */
static void split_real(kws_complex *x)
{
    for (size_t k = 1; k <= KWS_FFT_POINTS / 2; k++) {
        kws_complex *low = &x[k];
        kws_complex *high = &x[KWS_FFT_POINTS - k];
        const kws_wide a = kws_divide(kws_load(low), 2);
        const kws_wide b = kws_divide(kws_conjugate(kws_load(high)), 2);
        const kws_wide even = kws_add(a, b);
        const kws_wide odd =
            kws_multiply(kws_subtract(a, b), kws_load_pair(kws_fft_split_twiddles[k - 1]));
        kws_store(low, kws_half_sum(even, odd));
        kws_store(high, kws_half_difference_conjugate(even, odd));
    }
}

void kws_fft(const int16_t *samples, unsigned shift, kws_complex *spectrum)
{
    const int16_t (*twiddle)[2] = kws_fft_twiddles;
    first_pass(samples, shift, spectrum);
    for (size_t m = KWS_FFT_FIRST_RADIX; m < KWS_FFT_POINTS; m *= 4) {
        radix4_pass(spectrum, m, twiddle);
        twiddle += 3 * (m - 1);
    }
    split_real(spectrum);
}
