/* SPDX-License-Identifier: Apache-2.0 */
/* DEPTHWISE_CONV_2D for Helium (Cortex-M55, M85), sixteen channels at a time: nothing is gathered
 * or scattered. The rows that an output row needs are copied into a ring, so the output may lie
 * over the input, as in kws_depthwise_conv_2d_s8.c. */
#include <stdbool.h>

#include "kernels/depthwise.h"

#if defined(KWS_SET_HELIUM)
#include "kernels/helium/rounding.h"

#define LANES 16
#define MOST_TAPS 25 /* of a kernel: their weights lie on the stack */

/* Rows of the image, or columns. */
typedef struct kws_axis {
    int32_t in, out, kernel, stride, dilation, pad;
    int32_t in_step, out_step; /* elements */
    int32_t tap_step;          /* of the weights of one channel */
} kws_axis;

/* The constants of sixteen channels, in the order in which the sums lie: 0, 4, 8, 12; 2, 6...;
 * 1, 5...; 3, 7... */
typedef struct kws_slab {
    int32_t bias[LANES], multiplier[LANES], shift[LANES]; /* shifts to the left */
    int8_t weights[MOST_TAPS][LANES];
} kws_slab;

/* One value a lane, in the order of the sums, from an array of values a channel. `lanes`: indices of
 * the first four, 0, 4, 8, 12; lanes beyond `last` repeat that. */
KWS_INLINE void load_words(int32_t *place, const int32_t *values, uint32x4_t lanes, uint32_t last)
{
    const uint8_t firsts[4] = {0, 2, 1, 3};
    for (unsigned i = 0; i < 4; i++) {
        const uint32x4_t at = vminq_u32(vaddq_n_u32(lanes, firsts[i]), vdupq_n_u32(last));
        vstrwq_s32(place + 4 * i, vldrwq_gather_shifted_offset_s32(values, at));
    }
}

KWS_INLINE void load_shifts(int32_t *place, const int8_t *values, uint32x4_t lanes, uint32_t last)
{
    const uint8_t firsts[4] = {0, 2, 1, 3};
    for (unsigned i = 0; i < 4; i++) {
        const uint32x4_t at = vminq_u32(vaddq_n_u32(lanes, firsts[i]), vdupq_n_u32(last));
        vstrwq_s32(place + 4 * i, vnegq_s32(vldrbq_gather_offset_s32(values, at)));
    }
}

/* The constants of `count` channels from `first` on. */
static void load_slab(const kws_depthwise_conv_2d *op, const kws_axis *down, const kws_axis *across,
                      unsigned first, unsigned count, kws_slab *slab)
{
    const kws_requantization *r = &op->requantization;
    const uint32x4_t lanes = vmulq_n_u32(vidupq_n_u32(0, 1), 4);
    const uint16_t last = (uint16_t)(count - 1), taps = (uint16_t)(down->kernel * across->kernel);
    const uint16x8_t limit = vdupq_n_u16(last);
    const uint16x8_t low = vmulq_n_u16(vminq_u16(vidupq_n_u16(0, 1), limit), taps);
    const uint16x8_t high = vmulq_n_u16(vminq_u16(vidupq_n_u16(8, 1), limit), taps);
    const int8_t *weights = op->weights + (size_t)first * taps;
    int8_t *tap = slab->weights[0];
    load_words(slab->bias, r->bias + first, lanes, last);
    load_words(slab->multiplier, r->multiplier + first, lanes, last);
    load_shifts(slab->shift, r->shift + first, lanes, last);
    for (int32_t row = 0; row < down->kernel; row++) {
        for (int32_t column = 0; column < across->kernel; column++) {
            const int8_t *from = weights + row * down->tap_step + column * across->tap_step;
            vstrbq_s16(tap, vldrbq_gather_offset_s16(from, low));
            vstrbq_s16(tap + 8, vldrbq_gather_offset_s16(from, high));
            tap += LANES;
        }
    }
}

/* Fills one row of the ring, `cells` pixels, with row `row` of the image. */
static void load_row(const kws_depthwise_conv_2d *op, const kws_axis *rows, const kws_axis *columns,
                     const int8_t *in, int32_t row, int32_t cells, mve_pred16_t inside,
                     int8_t *place)
{
    const int8x16_t padding = vdupq_n_s8(op->pad_value);
    const bool outside = row < 0 || row >= rows->in;
    const int32_t before = outside ? cells : columns->pad;
    int32_t left = columns->in < cells - before ? columns->in : cells - before;
    const int8_t *end = place + cells * LANES;
    in += row * rows->in_step;
    for (int32_t i = 0; i < before; i++) {
        vstrbq_s8(place, padding);
        place += LANES;
    }
    for (; left > 0; left--) {
        vstrbq_s8(place, vldrbq_z_s8(in, inside));
        in += columns->in_step;
        place += LANES;
    }
    for (; place < end; place += LANES) {
        vstrbq_s8(place, padding);
    }
}

/* Adds products of 16 bits, p (even channels) and a (odd ones), to the sums. */
#define ADD_PRODUCTS                   \
    "vmovlb.s16 %q[b], %q[p]\n"        \
    "vadd.i32 %q[s0], %q[s0], %q[b]\n" \
    "vmovlt.s16 %q[p], %q[p]\n"        \
    "vadd.i32 %q[s1], %q[s1], %q[p]\n" \
    "vmovlb.s16 %q[b], %q[a]\n"        \
    "vadd.i32 %q[s2], %q[s2], %q[b]\n" \
    "vmovlt.s16 %q[a], %q[a]\n"        \
    "vadd.i32 %q[s3], %q[s3], %q[a]\n"
#define ONE_TAP(x, w)                 \
    "vldrb.8 %q[a], [" x "]\n"        \
    "vldrb.8 %q[b], [" w "]\n"        \
    "vmullb.s8 %q[p], %q[a], %q[b]\n" \
    "vmullt.s8 %q[a], %q[a], %q[b]\n" ADD_PRODUCTS
/* Two products fit 16 bits: no weight is -128. */
#define TWO_TAPS(x0, w0, x1, w1)      \
    "vldrb.8 %q[a], [" x0 "]\n"       \
    "vldrb.8 %q[b], [" w0 "]\n"       \
    "vmullb.s8 %q[p], %q[a], %q[b]\n" \
    "vmullt.s8 %q[a], %q[a], %q[b]\n" \
    "vldrb.8 %q[b], [" x1 "]\n"       \
    "vldrb.8 %q[c], [" w1 "]\n"       \
    "vmullb.s8 %q[b], %q[b], %q[c]\n" \
    "vadd.i16 %q[p], %q[p], %q[b]\n"  \
    "vldrb.8 %q[b], [" x1 "]\n"       \
    "vmullt.s8 %q[b], %q[b], %q[c]\n" \
    "vadd.i16 %q[a], %q[a], %q[b]\n" ADD_PRODUCTS

/* The tables of a slab, from its weights on. */
#define LOAD_BIAS                      \
    "vldrw.32 %q[s0], [%[w], #-192]\n" \
    "vldrw.32 %q[s1], [%[w], #-176]\n" \
    "vldrw.32 %q[s2], [%[w], #-160]\n" \
    "vldrw.32 %q[s3], [%[w], #-144]\n"
#define ROUND_FOUR(sum, multiplier, shift)      \
    "vldrw.32 %q[a], [%[w], #" multiplier "]\n" \
    "vqrdmulh.s32 " sum ", " sum ", %q[a]\n"    \
    "vshr.s32 %q[a], " sum ", #31\n"            \
    "vadd.i32 " sum ", " sum ", %q[a]\n"        \
    "vldrw.32 %q[a], [%[w], #" shift "]\n"      \
    "vrshl.s32 " sum ", " sum ", %q[a]\n"
/* Rounds, narrows and stores the sums; the store leaves out the lanes beyond the last channel. */
#define STORE                             \
    ROUND_FOUR("%q[s0]", "-128", "-64")   \
    ROUND_FOUR("%q[s1]", "-112", "-48")   \
    ROUND_FOUR("%q[s2]", "-96", "-32")    \
    ROUND_FOUR("%q[s3]", "-80", "-16")    \
    "vqmovnb.s32 %q[s0], %q[s0]\n"        \
    "vqmovnt.s32 %q[s0], %q[s1]\n"        \
    "vqmovnb.s32 %q[s2], %q[s2]\n"        \
    "vqmovnt.s32 %q[s2], %q[s3]\n"        \
    "vqadd.s16 %q[s0], %q[s0], %[zero]\n" \
    "vqadd.s16 %q[s2], %q[s2], %[zero]\n" \
    "vqmovnb.s16 %q[s0], %q[s0]\n"        \
    "vqmovnt.s16 %q[s0], %q[s2]\n"        \
    "vpst\n"                              \
    "vstrbt.8 %q[s0], [%[out]]\n"         \
    "add %[out], %[out], %[out_step]\n"

/* One row of outputs from the three rows under it, for a kernel of 3x3. */
static void slide_3x3(const kws_slab *slab, const int8_t *const *rows, const kws_axis *across,
                      int32_t zero_point, mve_pred16_t inside, int8_t *out)
{
    const int8_t *x0 = rows[0], *x1 = rows[1], *x2 = rows[2];
    int8x16_t a, b, c, p;
    int32x4_t s0, s1, s2, s3;
    __asm__ volatile(
        "vmsr p0, %[inside]\n"
        "dls lr, %[count]\n"
        "1:\n" LOAD_BIAS TWO_TAPS("%[x0]", "%[w]", "%[x0], #16", "%[w], #16") TWO_TAPS(
            "%[x0], #32", "%[w], #32", "%[x1]", "%[w], #48")
            TWO_TAPS("%[x1], #16", "%[w], #64", "%[x1], #32", "%[w], #80") TWO_TAPS(
                "%[x2]", "%[w], #96", "%[x2], #16",
                "%[w], #112") "add %[w], %[w], #128\n" ONE_TAP("%[x2], #32",
                                                               "%[w]") "sub %[w], %[w], #128\n"
                                                                       "add %[x0], %[x0], %[step]\n"
                                                                       "add %[x1], %[x1], %[step]\n"
                                                                       "add %[x2], %[x2], %[step]\n" STORE
                                                                       "le lr, 1b\n"
        : [x0] "+r"(x0), [x1] "+r"(x1), [x2] "+r"(x2), [out] "+r"(out), [s0] "=&w"(s0),
          [s1] "=&w"(s1), [s2] "=&w"(s2), [s3] "=&w"(s3), [a] "=&w"(a), [b] "=&w"(b), [c] "=&w"(c),
          [p] "=&w"(p)
        : [w] "r"(slab->weights), [count] "r"(across->out), [step] "r"(across->stride * LANES),
          [out_step] "r"(across->out_step), [zero] "r"(zero_point), [inside] "r"((int32_t)inside)
        : "lr", "memory");
}

/* The same for any kernel: `taps` says where the input of each weight lies for the first output. */
static void slide(const kws_slab *slab, const int8_t *const *taps, int32_t count,
                  const kws_axis *across, int32_t zero_point, mve_pred16_t inside, int8_t *out)
{
    int8x16_t a, b, c, p;
    int32x4_t s0, s1, s2, s3;
    const int32_t end = across->out * across->stride * LANES;
    for (int32_t at = 0; at < end; at += across->stride * LANES) {
        const int8_t *const *tap = taps;
        const int8_t *w = slab->weights[0], *x0, *x1;
        __asm__ volatile(
            "vmsr p0, %[inside]\n" LOAD_BIAS "wls lr, %[pairs], 2f\n"
            "1:\n"
            "ldrd %[x0], %[x1], [%[tap]], #8\n"
            "add %[x0], %[x0], %[at]\n"
            "add %[x1], %[x1], %[at]\n" TWO_TAPS(
                "%[x0]", "%[w]", "%[x1]",
                "%[w], #16") "add %[w], %[w], #32\n"
                             "le lr, 1b\n"
                             "2:\n"
                             "tst %[count], #1\n"
                             "beq 3f\n"
                             "ldr %[x0], [%[tap]]\n"
                             "add %[x0], %[x0], %[at]\n" ONE_TAP(
                                 "%[x0]", "%[w]") "3:\n"
                                                  "sub %[w], %[w], %[pairs], lsl #5\n" STORE
            : [tap] "+r"(tap), [x0] "=&r"(x0), [x1] "=&r"(x1), [out] "+r"(out), [w] "+r"(w),
              [s0] "=&w"(s0), [s1] "=&w"(s1), [s2] "=&w"(s2), [s3] "=&w"(s3), [a] "=&w"(a),
              [b] "=&w"(b), [c] "=&w"(c), [p] "=&w"(p)
            : [count] "r"(count), [pairs] "r"(count / 2), [at] "r"(at),
              [out_step] "r"(across->out_step), [zero] "r"(zero_point),
              [inside] "r"((int32_t)inside)
            : "lr", "cc", "memory");
    }
}

static bool has_smallest_weight(const kws_depthwise_conv_2d *op)
{
    const unsigned count = (unsigned)op->out_channels * op->kernel_height * op->kernel_width;
    for (unsigned i = 0; i < count; i += LANES) {
        const mve_pred16_t inside = vctp8q(count - i);
        if (vcmpeqq_m_n_s8(vldrbq_z_s8(op->weights + i, inside), INT8_MIN, inside) != 0) {
            return true;
        }
    }
    return false;
}

/* Whether no output overwrites input that is still to be read: row by row of the image, sixteen
 * channels after sixteen. */
static bool may_overlap(const kws_depthwise_conv_2d *op, const kws_axis *down, const int8_t *in,
                        const int8_t *out)
{
    const uintptr_t from = (uintptr_t)in, to = (uintptr_t)out;
    const uintptr_t in_size = (uintptr_t)(down->in * down->in_step);
    const uintptr_t out_size = (uintptr_t)(down->out * down->out_step);
    if (to >= from + in_size || from >= to + out_size) {
        return true;
    }
    return to <= from && down->out_step <= down->in_step && (from - to) % op->in_channels == 0;
}

unsigned kws_depthwise_slabs(const kws_depthwise_conv_2d *op, const int8_t *in, int8_t *out,
                             void *scratch)
{
    const kws_axis rows = {op->in_height,     op->out_height,      op->kernel_height,
                           op->stride_height, op->dilation_height, op->pad_top,
                           op->in_row_stride, op->out_row_stride,  op->kernel_width};
    const kws_axis columns = {op->in_width,         op->out_width,         op->kernel_width,
                              op->stride_width,     op->dilation_width,    op->pad_left,
                              op->in_column_stride, op->out_column_stride, 1};
    /* Down the image, as it lies in memory. */
    const bool plain = op->in_row_stride >= op->in_column_stride;
    const kws_axis *down = plain ? &rows : &columns, *across = plain ? &columns : &rows;
    const int32_t taps = rows.kernel * columns.kernel;
    if (op->multiplier != 1 || op->requantization.rounding == KWS_ROUND_GENERAL ||
        taps > MOST_TAPS || across->dilation != 1 || !may_overlap(op, down, in, out) ||
        has_smallest_weight(op)) {
        return 0;
    }
    const int32_t cells = (across->out - 1) * across->stride + across->kernel;
    const int32_t ring = (down->kernel - 1) * down->dilation + 1;
    const int32_t zero_point = op->requantization.zero_point;
    const bool three = down->kernel == 3 && across->kernel == 3;
    kws_slab slab;
    for (unsigned first = 0; first < op->in_channels; first += LANES) {
        const unsigned left = op->in_channels - first;
        const mve_pred16_t inside = vctp8q(left);
        const int8_t *under[MOST_TAPS]; /* the rows of the ring, or the place of each tap */
        int32_t loaded = 0;
        load_slab(op, down, across, first, left < LANES ? left : LANES, &slab);
        for (int32_t y = 0; y < down->out; y++) {
            for (; loaded < y * down->stride + ring; loaded++) {
                load_row(op, down, across, in + first, loaded - down->pad, cells, inside,
                         (int8_t *)scratch + loaded % ring * cells * LANES);
            }
            int32_t tap = 0;
            for (int32_t k = 0; k < down->kernel; k++) {
                const int32_t row = (y * down->stride + k * down->dilation) % ring;
                const int8_t *place = (const int8_t *)scratch + row * cells * LANES;
                for (int32_t i = 0; i < (three ? 1 : across->kernel); i++) {
                    under[tap++] = place + i * LANES;
                }
            }
            int8_t *place = out + first + y * down->out_step;
            if (three) {
                slide_3x3(&slab, under, across, zero_point, inside, place);
            } else {
                slide(&slab, under, taps, across, zero_point, inside, place);
            }
        }
    }
    return op->in_channels;
}

#endif
