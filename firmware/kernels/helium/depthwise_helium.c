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

static void fill(int8_t *place, int8_t value, int32_t pixels)
{
    const int8x16_t values = vdupq_n_s8(value);
    for (; pixels > 0; pixels--) {
        vstrbq_s8(place, values);
        place += LANES;
    }
}

/* Rows of LANES channels each, of which the oldest is written over by the next. */
typedef struct kws_ring {
    int8_t *begin, *end;
    int32_t row_bytes;
} kws_ring;

KWS_INLINE int8_t *next_row(const kws_ring *ring, int8_t *row)
{
    row += ring->row_bytes;
    return row < ring->end ? row : ring->begin;
}

/* Where the input of each weight lies for the first output of a row. */
static void find_taps(const kws_axis *down, const kws_axis *across, const kws_ring *ring,
                      int8_t *oldest, const int8_t **taps)
{
    for (int32_t k = 0; k < down->kernel; k++) {
        for (int32_t i = 0; i < across->kernel; i++) {
            *taps++ = oldest + i * LANES;
        }
        for (int32_t i = 0; i < down->dilation; i++) {
            oldest = next_row(ring, oldest);
        }
    }
}

/* Copies `count` pixels of the image that lie `step` apart. Written out: GCC 12 makes twice as much of
 * it. */
KWS_INLINE void load_pixels(const int8_t *in, int32_t step, int32_t count, mve_pred16_t inside,
                            int8_t *place)
{
    int8x16_t pixel;
    __asm__ volatile("vmsr p0, %[inside]\n"
                     "wls lr, %[count], 2f\n"
                     "1:\n"
                     "vpst\n"
                     "vldrbt.8 %q[pixel], [%[in]]\n"
                     "add %[in], %[in], %[step]\n"
                     "vstrb.8 %q[pixel], [%[place]], #16\n"
                     "le lr, 1b\n"
                     "2:\n"
                     : [in] "+&r"(in), [place] "+&r"(place), [pixel] "=&w"(pixel)
                     : [count] "r"(count), [step] "r"(step), [inside] "r"((int32_t)inside)
                     : "lr", "memory");
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

/* The tables of a slab; `w` is at the weights of its second tap. */
#define LOAD_BIAS                      \
    "vldrw.32 %q[s0], [%[w], #-208]\n" \
    "vldrw.32 %q[s1], [%[w], #-192]\n" \
    "vldrw.32 %q[s2], [%[w], #-176]\n" \
    "vldrw.32 %q[s3], [%[w], #-160]\n"
#define AS_IT_IS(sum)
#define FIX_NEGATIVE(sum)            \
    "vshr.s32 %q[a], " sum ", #31\n" \
    "vadd.i32 " sum ", " sum ", %q[a]\n"
#define ROUND_FOUR(sum, multiplier, shift, fix_negative)                 \
    "vldrw.32 %q[a], [%[w], #" multiplier "]\n"                          \
    "vqrdmulh.s32 " sum ", " sum                                         \
    ", %q[a]\n" fix_negative(sum) "vldrw.32 %q[a], [%[w], #" shift "]\n" \
                                  "vrshl.s32 " sum ", " sum ", %q[a]\n"
/* Rounds, narrows and stores the sums; the store leaves out the lanes beyond the last channel. */
#define STORE(fix_negative)                           \
    ROUND_FOUR("%q[s0]", "-144", "-80", fix_negative) \
    ROUND_FOUR("%q[s1]", "-128", "-64", fix_negative) \
    ROUND_FOUR("%q[s2]", "-112", "-48", fix_negative) \
    ROUND_FOUR("%q[s3]", "-96", "-32", fix_negative)  \
    "vqmovnb.s32 %q[s0], %q[s0]\n"                    \
    "vqmovnt.s32 %q[s0], %q[s1]\n"                    \
    "vqmovnb.s32 %q[s2], %q[s2]\n"                    \
    "vqmovnt.s32 %q[s2], %q[s3]\n"                    \
    "vqadd.s16 %q[s0], %q[s0], %[zero]\n"             \
    "vqadd.s16 %q[s2], %q[s2], %[zero]\n"             \
    "vqmovnb.s16 %q[s0], %q[s0]\n"                    \
    "vqmovnt.s16 %q[s0], %q[s2]\n"                    \
    "vpst\n"                                          \
    "vstrbt.8 %q[s0], [%[out]]\n"                     \
    "add %[out], %[out], %[out_step]\n"

#define SLIDE_3X3(fix_negative)                                                                    \
    __asm__ volatile(                                                                              \
        "vmsr p0, %[inside]\n"                                                                     \
        "dls lr, %[count]\n"                                                                       \
        "1:\n" LOAD_BIAS TWO_TAPS("%[x0]", "%[w], #-16", "%[x0], #16", "%[w]")                     \
            TWO_TAPS("%[x0], #32", "%[w], #16", "%[x1]", "%[w], #32")                              \
                TWO_TAPS("%[x1], #16", "%[w], #48", "%[x1], #32", "%[w], #64")                     \
                    TWO_TAPS("%[x2]", "%[w], #80", "%[x2], #16", "%[w], #96")                      \
                        ONE_TAP("%[x2], #32", "%[w], #112") "add %[x0], %[x0], %[step]\n"          \
                                                            "add %[x1], %[x1], %[step]\n"          \
                                                            "add %[x2], %[x2], %[step]\n" STORE(   \
                                                                fix_negative) "le lr, 1b\n"        \
        : [x0] "+r"(x0), [x1] "+r"(x1), [x2] "+r"(x2), [out] "+r"(out), [s0] "=&w"(s0),            \
          [s1] "=&w"(s1), [s2] "=&w"(s2), [s3] "=&w"(s3), [a] "=&w"(a), [b] "=&w"(b),              \
          [c] "=&w"(c), [p] "=&w"(p)                                                               \
        : [w] "r"(slab->weights[1]), [count] "r"(across->out), [step] "r"(across->stride * LANES), \
          [out_step] "r"(across->out_step), [zero] "r"(zero_point), [inside] "r"((int32_t)inside)  \
        : "lr", "memory")

/* One row of outputs from the three rows under it, for a kernel of 3x3. `positive`:
 * KWS_ROUND_POSITIVE. */
static KWS_NOINLINE void slide_3x3(const kws_slab *slab, const int8_t *const *rows,
                                   const kws_axis *across, int32_t zero_point, bool positive,
                                   mve_pred16_t inside, int8_t *out)
{
    const int8_t *x0 = rows[0], *x1 = rows[1], *x2 = rows[2];
    int8x16_t a, b, c, p;
    int32x4_t s0, s1, s2, s3;
    if (positive) {
        SLIDE_3X3(AS_IT_IS);
    } else {
        SLIDE_3X3(FIX_NEGATIVE);
    }
}

/* The same for any kernel: `taps` says where the input of each weight lies for the first output. */
static KWS_NOINLINE void slide(const kws_slab *slab, const int8_t *const *taps, int32_t count,
                               const kws_axis *across, int32_t zero_point, mve_pred16_t inside,
                               int8_t *out)
{
    int8x16_t a, b, c, p;
    int32x4_t s0, s1, s2, s3;
    const int32_t end = across->out * across->stride * LANES;
    for (int32_t at = 0; at < end; at += across->stride * LANES) {
        const int8_t *const *tap = taps;
        const int8_t *w = slab->weights[1], *x0, *x1;
        __asm__ volatile(
            "vmsr p0, %[inside]\n" LOAD_BIAS "wls lr, %[pairs], 2f\n"
            "1:\n"
            "ldrd %[x0], %[x1], [%[tap]], #8\n"
            "add %[x0], %[x0], %[at]\n"
            "add %[x1], %[x1], %[at]\n" TWO_TAPS(
                "%[x0]", "%[w], #-16", "%[x1]",
                "%[w]") "add %[w], %[w], #32\n"
                        "le lr, 1b\n"
                        "2:\n"
                        "tst %[count], #1\n"
                        "beq 3f\n"
                        "ldr %[x0], [%[tap]]\n"
                        "add %[x0], %[x0], %[at]\n" ONE_TAP(
                            "%[x0]",
                            "%[w], #-16") "3:\n"
                                          "sub %[w], %[w], %[pairs], lsl #5\n" STORE(FIX_NEGATIVE)
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
    const kws_axis vertical = {op->in_height,     op->out_height,      op->kernel_height,
                               op->stride_height, op->dilation_height, op->pad_top,
                               op->in_row_stride, op->out_row_stride,  op->kernel_width};
    const kws_axis horizontal = {op->in_width,         op->out_width,         op->kernel_width,
                                 op->stride_width,     op->dilation_width,    op->pad_left,
                                 op->in_column_stride, op->out_column_stride, 1};
    /* Down the image, as it lies in memory. */
    const bool plain = op->in_row_stride >= op->in_column_stride;
    const kws_axis *down = plain ? &vertical : &horizontal;
    const kws_axis *across = plain ? &horizontal : &vertical;
    const int32_t taps = vertical.kernel * horizontal.kernel;
    if (op->multiplier != 1 || op->requantization.rounding == KWS_ROUND_GENERAL ||
        taps > MOST_TAPS || across->dilation != 1 || !may_overlap(op, down, in, out) ||
        has_smallest_weight(op)) {
        return 0;
    }
    const int32_t cells = (across->out - 1) * across->stride + across->kernel;
    const int32_t rows_in_ring = (down->kernel - 1) * down->dilation + 1;
    const int32_t row_bytes = cells * LANES;
    const kws_ring ring = {scratch, (int8_t *)scratch + rows_in_ring * row_bytes, row_bytes};
    const int32_t zero_point = op->requantization.zero_point;
    const int32_t room = cells - across->pad; /* what is left or right of the image stays */
    const int32_t width = across->in < room ? across->in : room;
    const bool three = down->kernel == 3 && across->kernel == 3 && down->dilation == 1;
    const bool positive = op->requantization.rounding == KWS_ROUND_POSITIVE;
    kws_slab slab;
    fill(scratch, op->pad_value, rows_in_ring * cells);
    for (unsigned first = 0; first < op->in_channels; first += LANES) {
        const unsigned left = op->in_channels - first;
        const mve_pred16_t inside = vctp8q(left);
        const int8_t *under[MOST_TAPS];
        const int8_t *from = in + first - down->pad * down->in_step;
        int32_t next = -down->pad; /* row of the image, at `from` */
        int8_t *place = out + first, *oldest = scratch;
        load_slab(op, down, across, first, left < LANES ? left : LANES, &slab);
        for (int32_t y = 0; y < down->out; y++) {
            for (int32_t more = y == 0 ? rows_in_ring : down->stride; more > 0; more--) {
                if (next >= 0 && next < down->in) {
                    load_pixels(from, across->in_step, width, inside, oldest + across->pad * LANES);
                } else {
                    fill(oldest + across->pad * LANES, op->pad_value, width);
                }
                next++;
                from += down->in_step;
                oldest = next_row(&ring, oldest);
            }
            if (three) {
                int8_t *second = next_row(&ring, oldest);
                const int8_t *const rows[] = {oldest, second, next_row(&ring, second)};
                slide_3x3(&slab, rows, across, zero_point, positive, inside, place);
            } else {
                find_taps(down, across, &ring, oldest, under);
                slide(&slab, under, taps, across, zero_point, inside, place);
            }
            place += down->out_step;
        }
    }
    return op->in_channels;
}

#endif
