/* SPDX-License-Identifier: Apache-2.0 */
/* CONV_2D's inner part for cores that multiply one number at a time (RISC-V, Cortex-M0 and M3): three
 * pixels in two words (pixel_triples.h). */
#include <string.h>

#include "kernels/patches.h"

#if defined(KWS_SET_PACKED) || defined(KWS_SET_THUMB1)
#include "kernels/packed/multiply.h"

#define MOST_CHANNELS 16 /* whose totals are in memory together */
#define MOST_SUMS 8      /* the same where there are sums too */

void kws_patches_copy(void *patches, const int8_t *pixels, unsigned size)
{
    int32_t *words = patches;
    const int8_t *b_pixel = pixels + size, *c_pixel = b_pixel + size;
    for (const int8_t *end = b_pixel; pixels != end; pixels += 2) {
        words[0] = kws_triple_first(pixels[0], b_pixel[0]);
        words[1] = kws_triple_second(b_pixel[0], c_pixel[0]);
        words[2] = kws_triple_first(pixels[1], b_pixel[1]);
        words[3] = kws_triple_second(b_pixel[1], c_pixel[1]);
        words += 4, b_pixel += 2, c_pixel += 2;
    }
}

/* Patches are filled in order: number 0, then 1, then 2. */
void kws_patch_copy(void *patch, unsigned position, const int8_t *values, unsigned count)
{
    const unsigned number = (uintptr_t)patch % sizeof(int32_t);
    int32_t *word = (int32_t *)(void *)((int8_t *)patch - number) + 2 * position;
    const int8_t *end = values + count;
    if (number == 0) {
        for (; values < end; word += 2) {
            word[0] = *values++;
        }
    } else if (number == 1) {
        for (; values < end; word += 2) {
            word[0] += kws_triple_first(0, *values);
            word[1] = kws_triple_second(*values++, 0);
        }
    } else {
        for (; values < end; word += 2) {
            word[1] += *values++;
        }
    }
}

/* As kws_packed_multiply(), `groups` times: totals [groups * KWS_PACKED_CHANNELS]. */
static KWS_NOINLINE void multiply(kws_triple_totals *totals, const uint32_t *words,
                                  const int8_t *row, size_t stride, unsigned count, unsigned groups)
{
    for (; groups > 0; groups--) {
        kws_packed_multiply(totals, words, row, stride, count);
        totals += KWS_PACKED_CHANNELS;
        row += KWS_PACKED_CHANNELS * stride;
    }
}

/* The same for any count; all positions but the last KWS_TRIPLE_POSITIONS go to `sums`. */
static KWS_NOINLINE void multiply_blocks(kws_triple_totals *totals, const uint32_t *words,
                                         const int8_t *row, size_t stride, unsigned count,
                                         unsigned groups, kws_triple_sums *sums)
{
    const unsigned channels = groups * KWS_PACKED_CHANNELS;
    memset(sums, 0, channels * sizeof *sums);
    for (; count > KWS_TRIPLE_POSITIONS; count -= KWS_TRIPLE_POSITIONS) {
        multiply(totals, words, row, stride, KWS_TRIPLE_POSITIONS, groups);
        for (unsigned i = 0; i < channels; i++) {
            const kws_triple_sums more = kws_triple_sums_of(totals[i], 0);
            sums[i].a += more.a, sums[i].b += more.b, sums[i].c += more.c;
        }
        words += 2 * KWS_TRIPLE_POSITIONS;
        row += KWS_TRIPLE_POSITIONS;
    }
    multiply(totals, words, row, stride, count, groups);
}

/* Adds `bias` and what was summed up before, if not NULL. */
KWS_INLINE kws_triple_sums sums_of(kws_triple_totals totals, int32_t bias,
                                   const kws_triple_sums *before)
{
    kws_triple_sums s = kws_triple_sums_of(totals, bias);
    if (before != NULL) {
        s.a += before->a, s.b += before->b, s.c += before->c;
    }
    return s;
}

/* The outputs of `channels` channels from `channel` on for `count` pixels: out, out + stride... */
static KWS_NOINLINE void store_any(const kws_requantization *r, unsigned channel, unsigned channels,
                                   const kws_triple_totals *totals, const kws_triple_sums *before,
                                   int8_t *out, size_t stride, unsigned count)
{
    for (const unsigned end = channel + channels; channel < end; channel++) {
        const kws_triple_sums s = sums_of(*totals++, r->bias[channel], before);
        const int32_t sums[KWS_TOGETHER] = {s.a, s.b, s.c};
        for (unsigned i = 0; i < count; i++) {
            out[i * stride] = kws_requantize(r, channel, sums[i]);
        }
        before += before != NULL;
        out++;
    }
}

/* The same for KWS_ROUND_POSITIVE. */
static KWS_NOINLINE void store(const kws_requantization *r, unsigned channel, unsigned channels,
                               const kws_triple_totals *totals, const kws_triple_sums *before,
                               int8_t *out, size_t stride, unsigned count)
{
    const int32_t *bias = r->bias + channel, *multiplier = r->multiplier + channel;
    const int8_t *shift = r->shift + channel;
    const kws_triple_totals *end = totals + channels;
    const int32_t zero_point = r->zero_point;
    /* A pixel that is not wanted is overwritten by the first. */
    const size_t to_b = count > 1 ? stride : 0, to_c = count > 2 ? 2 * stride : 0;
    do {
        const kws_triple_sums s = sums_of(*totals++, *bias++, before);
        const kws_scale scale = kws_scale_from(*multiplier++, *shift++, zero_point);
        out[to_c] = (int8_t)kws_round_positive(4 * s.c, scale);
        out[to_b] = (int8_t)kws_round_positive(4 * s.b, scale);
        *out++ = (int8_t)kws_round_positive(4 * s.a, scale);
        before += before != NULL;
    } while (totals != end);
}

void kws_patches_multiply(const kws_conv_2d *op, const void *patches, int8_t *out, unsigned count)
{
    const kws_requantization *r = &op->requantization;
    const unsigned channels = op->window.out_channels, patch = op->patch;
    const bool blocks = patch > KWS_TRIPLE_POSITIONS;
    const unsigned most = blocks ? MOST_SUMS : MOST_CHANNELS;
    const int8_t *row = op->weights;
    kws_triple_totals totals[MOST_CHANNELS];
    kws_triple_sums sums[MOST_SUMS];
    const kws_triple_sums *before = blocks ? sums : NULL;
    unsigned together;
    for (unsigned channel = 0; channel < channels; channel += together) {
        const unsigned left = channels - channel;
        unsigned groups = (left < most ? left : most) / KWS_PACKED_CHANNELS;
        size_t stride = patch;
        together = groups * KWS_PACKED_CHANNELS;
        if (groups == 0) {
            /* The last few one at a time, computed KWS_PACKED_CHANNELS times. */
            groups = together = 1;
            stride = 0;
        }
        if (blocks) {
            multiply_blocks(totals, patches, row, stride, patch, groups, sums);
        } else {
            multiply(totals, patches, row, stride, patch, groups);
        }
        if (r->rounding == KWS_ROUND_POSITIVE) {
            store(r, channel, together, totals, before, out + channel, channels, count);
        } else {
            store_any(r, channel, together, totals, before, out + channel, channels, count);
        }
        row += together * patch;
    }
}

#endif
