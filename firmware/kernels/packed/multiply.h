/* SPDX-License-Identifier: Apache-2.0 */
/* The innermost loop of CONV_2D where pixels are packed. */
#ifndef KWS_PACKED_MULTIPLY_H
#define KWS_PACKED_MULTIPLY_H

#include "kernels/packed/pixel_triples.h"

/* Output channels at a time: as many as there are registers for. */
#if defined(KWS_LOOP_ARM)
#define KWS_PACKED_CHANNELS 2
#else
#define KWS_PACKED_CHANNELS 4
#endif

/* totals[i]: of `words`, [count, 2], times the weights row[i * stride], int8 [count]. `count` is a multiple of
 * 4, from 4 to KWS_TRIPLE_POSITIONS. */
#if defined(KWS_SET_THUMB1)
void kws_packed_multiply(kws_triple_totals *totals, const uint32_t *words, const int8_t *row,
                         size_t stride, unsigned count);
#else
/* *total += word * weight, in this order and place: left to itself, GCC runs out of registers, or moves
 * totals from one to another. */
KWS_INLINE void add_product(uint32_t *total, uint32_t word, int32_t weight)
{
#if defined(KWS_LOOP_RISCV)
    const uint32_t product = word * (uint32_t)weight;
    __asm__ volatile("add %0, %0, %1" : "+r"(*total) : "r"(product));
#elif defined(KWS_LOOP_ARM)
    __asm__ volatile("mla %0, %1, %2, %0" : "+r"(*total) : "r"(word), "r"(weight));
#else
    *total += word * (uint32_t)weight;
#endif
}

/* Adds a weight's products with the words of a position. */
KWS_INLINE void add(kws_triple_totals *totals, uint32_t first, uint32_t second, int32_t weight)
{
    add_product(&totals->first, first, weight);
    add_product(&totals->second, second, weight);
}

#if KWS_PACKED_CHANNELS == 4
#define ADD_POSITION(at)            \
    first = words[2 * (at)];        \
    second = words[2 * (at) + 1];   \
    add(&a, first, second, wa[at]); \
    add(&b, first, second, wb[at]); \
    add(&c, first, second, wc[at]); \
    add(&d, first, second, wd[at])
#else
#define ADD_POSITION(at)            \
    first = words[2 * (at)];        \
    second = words[2 * (at) + 1];   \
    add(&a, first, second, wa[at]); \
    add(&b, first, second, wb[at])
#endif

KWS_INLINE void kws_packed_multiply(kws_triple_totals *totals, const uint32_t *words,
                                    const int8_t *row, size_t stride, unsigned count)
{
    const int8_t *wa = row, *wb = wa + stride, *end = wa + count, *last = end - 4;
    kws_triple_totals a = kws_triple_start(), b = kws_triple_start();
#if KWS_PACKED_CHANNELS == 4
    const int8_t *wc = wb + stride, *wd = wc + stride;
    kws_triple_totals c = kws_triple_start(), d = kws_triple_start();
#endif
    do {
        uint32_t first, second;
        ADD_POSITION(0);
        ADD_POSITION(1);
        ADD_POSITION(2);
        ADD_POSITION(3);
        if (wa == last) { /* not a multiple of 8 */
            break;
        }
        ADD_POSITION(4);
        ADD_POSITION(5);
        ADD_POSITION(6);
        ADD_POSITION(7);
        words += 16, wa += 8, wb += 8;
#if KWS_PACKED_CHANNELS == 4
        wc += 8, wd += 8;
#endif
    } while (wa != end);
    totals[0] = a, totals[1] = b;
#if KWS_PACKED_CHANNELS == 4
    totals[2] = c, totals[3] = d;
#endif
}

#endif

#endif
